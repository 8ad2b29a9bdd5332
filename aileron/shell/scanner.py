"""The bottom of the parser: blanks, comments, line ends, here-documents, notes.

Reading stops (`Stop`) where the text is not, or may not be, what bash would
take it for.  A *doubt* does not stop it: the commands are found as bash finds
them, but something about them is not known, so the reading is not complete.

A here-document's body starts after the line its `<<` stands on, several on a
line follow each other.  With an unquoted delimiter bash joins lines that end in
a backslash before it looks for the delimiter: `x\\` followed by `EOF` does not
end the document, `EO\\` followed by `F` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aileron.shell.tree import Compound, Literal, Part, RawRedirect, RawWord, Script, Simple

MAX_DEPTH = 50
MAX_COMMANDS = 800
MAX_NODES = 2200  # words and brackets; a dense script of 64 KB has some 2,800
MAX_JOINS = 1000

BLANKS = re.compile(r"(?:[ \t]+|\\\n)+")
JOINT = re.compile(r"[^ \t\n\\'\"$`#]{0,80}\\\n")
OPERATOR = "&|;<>()"
LEADING_TABS = re.compile(r"(?m)^\t+")
EMPTY_LINE = re.compile(r"(?m)^\n")
TABS_ONLY = re.compile(r"(?m)^\t*\n")
QUOTES = re.compile(r"['\"\\]")
EXPANDS_QUOTED = re.compile(r"['\"\\\n]")
UNUSUAL = "a here-document has an unusual delimiter"
WRITTEN_ANEW = "bash writes $( ) anew before it runs it, and this here-document comes out wrong"
GOES_ON = re.compile(r"\$\w+[({]|\$\{\w+\}[({]")
BACKSLASHES = re.compile(r"\\+\Z")


class Stop(Exception):
    """Reading ends here; `why` is for a person."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(slots=True)
class Notes:
    """What one reading gathers beside the tree: doubts, and every simple command in order."""

    doubts: list[str] = field(default_factory=list)
    simples: list[Simple] = field(default_factory=list)
    functions: list[Compound] = field(default_factory=list)
    substitutions: int = 0
    nodes: int = 0
    extglob: bool = False  # the shell may have it on
    arithmetic: bool = False  # values of variables are taken for expressions
    subscripts: bool = False  # what is expanded becomes part of a subscript
    opens: bool = False  # a dollar at the end of a value would find a parenthesis behind it


class Scanner:
    def __init__(self, text: str, shell: str, depth: int, notes: Notes) -> None:
        self.text = text
        self.size = len(text)
        self.shell = shell
        self.depth = depth
        self.notes = notes
        self.at = 0
        self.pending: list[RawRedirect] = []
        self.substitutions = 0  # how many $( ) and <( ) we are in
        self.continued = "\\\n" in text
        self.joins = 0
        # Where parentheses are closed by bash's count: from the end of the text, as a line
        # that is joined moves what stands before it only.
        self.closed: dict[int, int] = {}
        self.tests = 0  # how many [[ ]] we are in
        # What stands behind a here-document in a command of $( ): its depth and how many
        # commands were joined to it; None if there is no document in that command.
        self.top = -1
        self.fresh = False  # right behind $( or <(
        self.joined: int | None = None

    # What the parser above gives to the words below.

    def script(self) -> Script:
        raise NotImplementedError

    def inner(self, text: str) -> Scanner:
        """A reader for text that was taken out of this one (backticks, here-documents)."""
        return type(self)(text, self.shell, self.depth, self.notes)

    # Notes

    def unexpected(self) -> Stop:
        word = self.text[self.at : self.at + 12].split()
        return Stop(f"there is a syntax error at “{word[0]}”" if word else "it ends too early")

    def doubt(self, why: str) -> None:
        self.notes.doubts.append(why)

    def counted(self) -> None:
        self.notes.substitutions += 1
        if self.notes.substitutions > MAX_COMMANDS:
            raise Stop(f"it holds more than {MAX_COMMANDS} substitutions")

    def computed(self, source: str) -> None:
        """Notes that `source` is taken for an expression."""
        self.notes.arithmetic = True
        if "[" in source and ("$" in source or "`" in source):
            self.notes.subscripts = True
        if GOES_ON.search(source):
            self.notes.opens = True

    def only_bash(self, what: str, *, new: bool = False) -> None:
        """`what` means something else, or nothing, to dash, and if it is `new` to bash 3.2."""
        if self.shell in ("sh", "dash") or (new and self.shell == "bash-3"):
            self.doubt(f"{self.shell} would read {what} differently than bash")

    def counts(self, nodes: int) -> None:
        """Keeps a text that was made to take long from taking long."""
        self.notes.nodes += nodes
        if self.notes.nodes > MAX_NODES:
            raise Stop("it holds too many words")

    def deeper(self) -> None:
        self.counts(2)
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Stop(f"it is nested more than {MAX_DEPTH} deep")

    # Blanks

    def here(self, size: int = 1) -> str:
        return self.text[self.at : self.at + size]

    def blanks(self) -> None:
        """Passes blanks, continued lines and a comment: to the start of a token."""
        found = BLANKS.match(self.text, self.at)
        if found:
            self.at = found.end()
        if self.text.startswith("#", self.at):
            end = self.text.find("\n", self.at)
            self.at = self.size if end < 0 else end
        elif self.continued:
            self.join(JOINT)

    def join(self, joint: re.Pattern[str]) -> None:
        """Takes continued lines out of what starts here, as bash does before it looks at it.

        `joint` matches up to a backslash and its line end, and nothing that quotes.  Where
        a continued line cannot change what is read it is left alone, which costs nothing.
        """
        while found := joint.match(self.text, self.at):
            self.joins += 1
            if self.joins > MAX_JOINS:
                raise Stop("too many lines are continued in the middle of a word")
            end = found.end()
            for at in range(self.at, end) if self.closed else ():
                self.closed.pop(self.size - at, None)
            self.text = self.text[: end - 2] + self.text[end:]
            self.size -= 2

    def newlines(self) -> None:
        """Passes blanks, comments and line ends."""
        self.blanks()
        while self.text.startswith("\n", self.at):
            self.line_end()
            self.blanks()

    def line_end(self) -> None:
        self.at += 1
        if self.pending:
            waiting, self.pending = self.pending, []
            for redirect in waiting:
                self.here_document(redirect)

    def whole_operator(self) -> None:
        """An operator was read: a continued line must not make another one of it."""
        at = self.at
        if not self.text.startswith("\\\n", at):
            return
        while self.text.startswith("\\\n", at):
            at += 2
        if at < self.size and self.text[at] in OPERATOR + "-":
            raise Stop("a line is continued inside an operator")

    # Here-documents

    def connected(self, operator: str) -> None:
        """A further command follows behind `operator`.

        bash 5.2 writes what stands in $( ) anew before it runs it.  Behind a here-document
        it can lose a semicolon: `c; d` becomes `c d`.
        """
        if self.joined is None:
            return
        if operator == ";" and (self.joined or not self.pending):
            self.doubt(WRITTEN_ANEW)
        self.joined += 1

    def here_document(self, redirect: RawRedirect) -> None:
        delimiter, quoted = self._delimiter(redirect)
        strip = redirect.op == "<<-"
        if "\n" in delimiter or (strip and delimiter.startswith("\t")):
            raise Stop(UNUSUAL)
        if self.substitutions and delimiter in ("", "$"):
            self.doubt(WRITTEN_ANEW)
        start = self.at
        end, after, closed = self._terminator(start, delimiter, strip)
        body = self.text[start:end]
        if not quoted and "\\\n" in body:
            if "<<" in body:  # dash joins lines of the outer document only
                self.only_bash("a continued line in a here-document")
            body, after, closed = self._joined(start, delimiter, strip)
        elif strip:
            body = LEADING_TABS.sub("", body)
        self.at = after
        inner = self.inner(body)
        redirect.body = RawWord(body, start, [Literal(body)] if quoted else inner.here_text())
        if not closed:
            raise Stop("a here-document is not closed")

    def _delimiter(self, redirect: RawRedirect) -> tuple[str, bool]:
        """What ends the document, and whether that was quoted.  Nothing in it is expanded."""
        target = redirect.target
        delimiter = ""
        for part in target.parts:
            if isinstance(part, Literal):
                delimiter += part.text
            elif EXPANDS_QUOTED.search(part.source):
                raise Stop(UNUSUAL)
            else:
                delimiter += part.source
        redirect.target = RawWord(target.source, target.start, [Literal(delimiter, True)])
        return delimiter, QUOTES.search(target.source.replace("\\\n", "")) is not None

    def here_text(self) -> list[Part]:
        raise NotImplementedError

    def _terminator(self, start: int, delimiter: str, strip: bool) -> tuple[int, int, bool]:
        """Where the body ends, where reading goes on, and whether the document is closed.

        Each line is looked at once: where the delimiter is in a line but is not
        the whole of it, the search goes on in the next.
        """
        text = self.text
        if not delimiter:
            empty = (TABS_ONLY if strip else EMPTY_LINE).search(text, start)
            return (empty.start(), empty.end(), True) if empty else (self.size, self.size, False)
        at = text.find(delimiter, start)
        while at >= 0:
            line = text.rfind("\n", start, at) + 1 or start
            end = text.find("\n", at)
            end = self.size if end < 0 else end
            head = text[line:at]
            if not (head.strip("\t") if strip else head):
                if at + len(delimiter) == end:
                    return line, min(end + 1, self.size), True
                self._ends_early(text[at:end])
            at = text.find(delimiter, end)
        return self.size, self.size, False

    def _joined(self, start: int, delimiter: str, strip: bool) -> tuple[str, int, bool]:
        """The body with continued lines joined, where reading goes on, whether it is closed."""
        lines: list[str] = []
        at = start
        while at < self.size:
            pieces = []
            while True:
                end = self.text.find("\n", at)
                end = self.size if end < 0 else end
                piece = self.text[at:end]
                at = min(end + 1, self.size)
                tail = BACKSLASHES.search(piece)
                if tail is None or len(tail[0]) % 2 == 0 or end == self.size:
                    pieces.append(piece)
                    break
                pieces.append(piece[:-1])
            line = "".join(pieces)
            if strip:
                line = line.lstrip("\t")
            if line == delimiter:
                return "".join(lines), at, True
            if line.startswith(delimiter):
                self._ends_early(line)
            lines.append(line + "\n")
        return "".join(lines), self.size, False

    def _ends_early(self, line: str) -> None:
        if self.substitutions and ")" in line:
            # bash lets `EOF)` end a document that stands in $( )
            self.doubt("a here-document in $( ) may end in the middle of a line")
