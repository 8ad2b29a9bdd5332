"""The grammar: from text to the tree, by recursive descent, in one pass without going back.

The rule: what this accepts, bash runs the same way; what it is not sure of it
stops at.  A reserved word counts only where a command may start and only when
it is written plainly.  A list ends at whatever cannot continue it; who asked for
the list checks that the right thing stands there.

    script    item (separator item)*               separator: newline ; &
    item      pipeline ((&& | ||) pipeline)*
    pipeline  (! | time)* command ((| | |&) command)*
    command   compound redirection* | function | simple
"""

from __future__ import annotations

import re

from aileron.shell.compounds import CLOSING, KEYWORD, OPENING, CompoundReader
from aileron.shell.scanner import MAX_COMMANDS, Stop
from aileron.shell.tree import (
    AndOr,
    Command,
    Compound,
    Literal,
    Part,
    Pipeline,
    RawAssignment,
    RawRedirect,
    RawWord,
    Script,
    Simple,
)
from aileron.shell.words import NAME

RESERVED = frozenset((*OPENING, *CLOSING, "!", "time", "in", "]]"))

TIME_OPTIONS = [re.compile(rf"{option}(?=[ \t\n;&|<>()]|\Z)") for option in ("-p", "--")]
REDIRECT = re.compile(
    rf"(?:([0-9]+|\{{{NAME}(?:\[[A-Za-z0-9_]+\])?\}})?"
    r"(<<<|<<-|<<|<&|<>|<(?!\()|>>|>&|>\||>(?!\()))|(&>>|&>)"
)
ASSIGNMENT = re.compile(rf"({NAME})(\[|\+?=)")
END_OF_WORD = re.compile(r"[ \t\n;&|<>()]|\Z")
MAX_DESCRIPTOR = 2**31 - 1
ASSIGN = re.compile(r"\+?=")
ZSH_RANGE = re.compile(r"<[0-9]*-[0-9]*>")

DECLARES = frozenset(("declare", "typeset", "local", "export", "readonly", "alias", "eval", "let"))
ENDS_COMMAND = "\n;&|)"


class Parser(CompoundReader):
    def whole(self, items: list[AndOr]) -> None:
        """Reads the whole text into `items`, which holds the complete ones if a `Stop` comes."""
        self._items(items)
        if self.at < self.size:
            raise self.unexpected()
        if self.pending:
            raise Stop("a here-document is not closed")

    # Lists

    def script(self) -> Script:
        script = Script([])
        self._items(script.items)
        return script

    def _items(self, items: list[AndOr]) -> None:
        separator = ""
        while True:
            self.newlines()
            if self.at >= self.size or self.text[self.at] == ")":
                return
            if self.text.startswith((";;", ";&"), self.at):
                return
            keyword = KEYWORD.match(self.text, self.at)
            if keyword and keyword[0] in CLOSING:
                return
            if separator:
                self.connected(separator)
            item = self.and_or()
            items.append(item)
            self.blanks()
            char = separator = self.here()
            if char == "&":
                item.background = True
                self.at += 1
                self.whole_operator()
            elif char == ";" and self.here(2) not in (";;", ";&"):
                self.at += 1
                self.whole_operator()
            elif char != "\n":
                return
            elif self.depth == self.top:
                separator, self.joined = "", None

    def and_or(self) -> AndOr:
        found = AndOr([self.pipeline()], [])
        while True:
            self.blanks()
            operator = self.here(2)
            if operator not in ("&&", "||"):
                return found
            self.at += 2
            self.whole_operator()
            self.newlines()
            self.connected(operator)
            found.operators.append(operator)
            found.pipelines.append(self.pipeline())

    def pipeline(self) -> Pipeline:
        prefixed = timed = False
        fresh, self.fresh = self.fresh, False
        while True:
            self.blanks()
            keyword = KEYWORD.match(self.text, self.at)
            if not keyword or keyword[0] not in ("!", "time"):
                break
            if prefixed:
                self.only_bash("! !")
            prefixed = True
            self.at = keyword.end()
            if keyword[0] == "time":
                self.only_bash("time")
                timed = True
                for option in TIME_OPTIONS:
                    self.blanks()
                    found = option.match(self.text, self.at)
                    if found:
                        self.at = found.end()
            elif self.here() == "(" and self.notes.extglob:
                self.doubt("!( is a pattern if extglob is on")
        if prefixed and (self.at >= self.size or self.here() in "\n;&)"):
            return Pipeline([])
        commands = [self.command()]
        if fresh and timed and not _is_plain(commands[0]):
            self.doubt("bash takes time right behind $( for a program, and finds another end")
        while True:
            self.blanks()
            if self.here() != "|" or self.here(2) == "||":
                return Pipeline(commands)
            self.at += 1
            if self.here() == "&":
                self.only_bash("|&", new=True)
                self.at += 1
            self.whole_operator()
            self.newlines()
            self.connected("|")
            commands.append(self.command())

    # Commands

    def command(self) -> Command:
        self.blanks()
        start = self.at
        if self.here() == "(":
            self.deeper()
            compound = self.parenthesis()
            self.depth -= 1
        else:
            keyword = KEYWORD.match(self.text, start)
            if not keyword or keyword[0] == "time":  # which is none behind a bar
                return self.simple()
            word = keyword[0]
            read = self.compounds.get(word)
            if read is None:
                raise self.unexpected()
            self.deeper()
            self.at += len(word)
            compound = read(self, start)
            self.depth -= 1
        while True:
            compound.source = self.text[start : self.at]
            self.blanks()
            redirect = self.redirect()
            if redirect is None:
                return compound
            compound.redirects.append(redirect)

    def redirect(self) -> RawRedirect | None:
        found = REDIRECT.match(self.text, self.at)
        if not found:
            return None
        if self.shell == "zsh" and ZSH_RANGE.match(self.text, self.at):
            self.doubt("zsh would read <-> differently than bash")
        fd, op = found[1] or "", found[2] or found[3]
        if fd.isdigit() and len(fd) > 1:
            self.only_bash("a descriptor of several digits")
            if int(fd.lstrip("0")[:11] or "0") > MAX_DESCRIPTOR:
                return None  # bash takes it for a word
        if op in ("&>", "&>>", "<<<") or fd.startswith("{"):
            self.only_bash(fd + op, new=op == "&>>" or fd.startswith("{"))
        self.at = found.end()
        self.whole_operator()
        self.blanks()
        if self.at >= self.size or self.here() in "\n;&|()":
            raise self.unexpected()
        if self.shell == "zsh" and self.here() == "!":
            self.doubt("zsh would read >! differently than bash")
        start = self.at
        seen = len(self.notes.simples)
        target = self.closing() if op in (">&", "<&") and self.here() == "-" else self.word()
        redirect = RawRedirect(op, fd.strip("{}"), target)
        if self.at == start:
            raise self.unexpected()
        if op in ("<<", "<<-"):
            self.pending.append(redirect)
            if self.substitutions and self.joined is None:
                self.joined = 0
            del self.notes.simples[seen:]  # a delimiter is not expanded
        return redirect

    def closing(self) -> RawWord:
        """The `-` of `>&-`: to bash it is a word of its own, whatever stands behind it."""
        start = self.at
        self.at += 1
        if not self.shell.startswith("bash") and not END_OF_WORD.match(self.text, self.at):
            self.doubt(f"{self.shell} would read >&- differently than bash")
        return RawWord("-", start, [Literal("-")])

    def simple(self) -> Simple | Compound:
        command = Simple(self.at, "", [], [], [])
        try:
            return self._simple(command)
        except Stop:
            # What was read of it may have run: bash starts a line before it reads the next.
            if command.words or command.assignments or command.redirects:
                command.source = self.text[command.start : self.at]
                self.notes.simples.append(command)
            raise

    def _simple(self, command: Simple) -> Simple | Compound:
        start = end = self.at
        words, declares = command.words, False
        while True:
            self.blanks()
            text = self.text
            if self.at >= self.size:
                break
            char = text[self.at]
            if char in ENDS_COMMAND and not (char == "&" and text.startswith("&>", self.at)):
                break
            if char in "<>&{0123456789":
                redirect = self.redirect()
                if redirect:
                    command.redirects.append(redirect)
                    end = self.at
                    continue
            if char == "(":
                if len(words) == 1 and not command.assignments and not command.redirects:
                    return self.function_body(words[0].literal(), words[0].quoted(), start)
                raise self.unexpected()
            if declares or not words:
                found = ASSIGNMENT.match(text, self.at)
                if found:
                    self.assignment(found, command)
                    end = self.at
                    continue
            begin = self.at
            word = self.word()
            if self.at == begin:
                raise self.unexpected()
            if not words:
                declares = self._first(word, command)
            if self.here() in ("<", ">"):
                if "\\\n" in word.source:
                    raise Stop("a line is continued before a redirection")
                if word.source[0] == "{":  # {a[…]}> f
                    self.arithmetic_text(word.parts)
            words.append(word)
            end = self.at
        if end == start:
            raise self.unexpected()
        command.source = self.text[start:end]
        self.notes.simples.append(command)
        if len(self.notes.simples) > MAX_COMMANDS:
            raise Stop(f"it holds more than {MAX_COMMANDS} commands")
        return command

    def _first(self, word: RawWord, command: Simple) -> bool:
        """Looks at a command's first word; True when its arguments may be assignments."""
        name = word.literal()
        if name is None or word.quoted():
            return name in DECLARES
        if name in RESERVED and command.redirects and self.substitutions:
            self.doubt("bash writes $( ) anew with redirections last, and a reserved word first")
        if name in RESERVED - {"time"} and not (command.assignments or command.redirects):
            raise Stop(f"the word “{name}” stands where it could not be read")
        if "\\\n" in word.source and ASSIGNMENT.match(word.source.replace("\\\n", "")):
            raise Stop("an assignment is continued on another line")
        if "(" in name:
            raise Stop("a pattern with parentheses is the name of a command")
        return name in DECLARES

    # Assignments

    def assignment(self, found: re.Match[str], command: Simple) -> None:
        """`name=value`, `name[…]=value`, `name=(…)`; or a word that only starts like one."""
        start = self.at
        name, op = found[1], found[2]
        parts: list[Part] = []
        subscript: list[Part] | None = None
        if op == "[":
            self.at += len(name)
            parts, gap = self.subscript(start)
            assign = ASSIGN.match(self.text, self.at)
            if not assign:
                if gap:
                    raise Stop("a [ ] holds what may be commands")
                command.words.append(self.word(parts, start))
                return
            self.only_bash("an array")
            subscript, op = parts, assign[0]
            self.at = assign.end()
        else:
            self.at = found.end()
        if op == "+=":
            self.only_bash("+=")
        begin = self.at
        elements: list[RawWord] = []
        if self.here() == "(":
            self.only_bash("an array")
            value = RawWord("", begin, self.array(elements))
            value.parts += self.word().parts  # the word goes on behind the parenthesis
            value.source = self.text[begin : self.at]
            array = True
            if self.substitutions and "\\" in value.source:
                # bash 5.2 writes $( ) anew before it runs it, and loses these backslashes
                self.doubt("an array in $( ) holds a backslash")
        else:
            value, array = self.word(), False
        if not command.words:
            command.assignments.append(RawAssignment(name, op, value, subscript, array, elements))
            return
        head: list[Part] = [*(subscript or [Literal(name)]), Literal(op)]
        parts = [*head, *value.parts]
        command.words.append(RawWord(self.text[start : self.at], start, parts))

    def array(self, elements: list[RawWord]) -> list[Part]:
        """`(…)` of an array, from the parenthesis: the parts of all its elements."""
        self.at += 1
        self.deeper()
        parts: list[Part] = [Literal("(")]
        while True:
            self.newlines()
            if self.here() == ")":
                self.at += 1
                self.depth -= 1
                return [*parts, Literal(")")]
            start = self.at
            begun: list[Part] = []
            if self.here() == "[":
                begun, gap = self.subscript(start)
                if gap and not ASSIGN.match(self.text, self.at):
                    raise Stop("a [ ] holds what may be commands")
            element = self.word(begun, start)
            if self.at == start:
                raise self.unexpected()
            elements.append(element)
            parts += [*element.parts, Literal(" ", True)]


def _is_plain(command: Command) -> bool:
    """Whether a command looks the same to who takes its first word for an argument."""
    return isinstance(command, Simple) and not any(item.array for item in command.assignments)
