"""Words: from text to parts.

Every byte of a word becomes literal text or belongs to an expansion; what is
neither stops the reading.

Three kinds of surroundings differ in what quotes mean there:

    BARE    outside quotes: ' and " quote, $'…' is decoded
    DOUBLE  inside "…", and inside $(( )): bash looks for the end of a ${…} as if
            ' quoted, and then runs the $( ) between two of them.  So these are
            read, but nothing may stand there that makes the two views differ
    HERE    a here-document's body: quotes are text

Backticks hold text that is read after one round of backslashes is taken away.
"""

from __future__ import annotations

import re

from aileron.shell.quotes import decode
from aileron.shell.scanner import Scanner, Stop
from aileron.shell.tree import Expansion, Literal, Part, RawWord

BARE, DOUBLE, HERE = 0, 1, 2

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
UNCOUNTED = re.compile(r"#|<<|\bcase\b")  # bash 3.2 counts parentheses, and knows none of these
PLAIN = re.compile(r"[^ \t\n;&|<>()$`\"'\\]+")
DOUBLE_PLAIN = re.compile(r'[^"$`\\]+')
HERE_PLAIN = re.compile(r"[^$`\\]+")
ENCLOSED_PLAIN = re.compile(r"[^\"'\\$`<>(){}\[\]]+")
BACKTICK_PLAIN = re.compile(r"[^`\\]+")
VARIABLE = re.compile(rf"\$(?:({NAME})|[0-9@*#?$!-])")
BRACED_VARIABLE = re.compile(rf"\$\{{(?:({NAME})|#{NAME}|[0-9]+|[@*#?$!-]|#[@*])\}}")
BRACED_HEAD = re.compile(rf"\$\{{[!#]?(?:{NAME}|[0-9]+|[@*#?$!-])")
ANSI_C = re.compile(r"(?:[^'\\]+|\\.)*+'", re.DOTALL)
TWO_MINDS = "a single quote stands inside ${…} or $(( )) where bash reads it twice"
PARENTHESES = re.compile(r"\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|[()]", re.DOTALL)
AMBIGUOUS = "(( that does not end as arithmetic may hold commands"
DOLLAR_JOINT = re.compile(r"\$(?:\(|\{?[!#]?[A-Za-z0-9_]*@?)\\\n")
JOINT_BEHIND = re.compile(r".\\\n", re.DOTALL)
EMPTY_PARENTHESES = re.compile(r"\((?:[ \t]|\\\n)*\)")
EXPANDED_AGAIN = re.compile(r"\$\(|`|\$\{|[<>]\(")
MEANS_SOMETHING = re.compile(r"[$`\"\\<>(){}\[\]]")
OFFSET = re.compile(r":[ \t]*(?![-=?+])")
SUBSCRIPT_GAP = re.compile(r"[ \t\n;&|<>()#]")
ZSH_EQUALS = re.compile(r"=[A-Za-z0-9_./-]")


class WordReader(Scanner):
    def word(self, parts: list[Part] | None = None, start: int | None = None) -> RawWord:
        """One word, from here to the first unquoted blank or operator.

        `parts` and `start` continue a word that began before (a subscript).
        """
        self.counts(1)
        start = self.at if start is None else start
        parts = [] if parts is None else parts
        while True:
            text = self.text
            plain = PLAIN.match(text, self.at)
            if plain:
                parts.append(Literal(plain[0]))
                self.at = plain.end()
            if self.at >= self.size:
                break
            char = text[self.at]
            if char in " \t\n;&|)":
                break
            if char in "'\"\\$`":
                self.special(char, parts, BARE)
            elif char == "(":
                if not self._pattern_follows(parts):
                    break
                self.pattern(parts)
            elif self.process_follows():
                parts.append(self.process(char))
            else:
                break
        source = self.text[start : self.at]
        if self.shell == "zsh":
            self._zsh(source)
        return RawWord(source, start, parts)

    def process_follows(self) -> bool:
        if self.continued:
            self.join(JOINT_BEHIND)
        return self.text.startswith("(", self.at + 1)

    def _zsh(self, source: str) -> None:
        if ZSH_EQUALS.match(source):
            self.doubt("zsh would read = at the start of a word differently than bash")

    def _pattern_follows(self, parts: list[Part]) -> bool:
        last = parts[-1] if parts else None
        if not (self.notes.extglob or self.tests) and EMPTY_PARENTHESES.match(self.text, self.at):
            return False  # a function is defined
        return isinstance(last, Literal) and not last.quoted and last.text[-1:] in set("?*+@!")

    def special(self, char: str, parts: list[Part], mode: int) -> None:
        """A quote, a backslash, a dollar or a backtick that means something here."""
        if char == "$":
            self.dollar(parts, mode)
        elif char == "`":
            parts.append(self.backticks(mode))
        elif char == "\\":
            self.backslash(parts)
        elif char == '"':
            self.double(parts)
        else:
            end = self.text.find("'", self.at + 1)
            if end < 0:
                raise Stop("a single quote is not closed")
            parts.append(Literal(self.text[self.at + 1 : end], True))
            self.at = end + 1

    def backslash(self, parts: list[Part]) -> None:
        follows = self.here(2)[1:]
        if not follows and self.continued:
            self.doubt("it ends in a backslash behind continued lines")
        if follows != "\n":
            parts.append(Literal(follows or "\\", True))
        self.at += 1 + len(follows)

    def double(self, parts: list[Part]) -> None:
        self.at += 1
        parts.append(Literal("", True))
        while True:
            text = self.text
            plain = DOUBLE_PLAIN.match(text, self.at)
            if plain:
                parts.append(Literal(plain[0], True))
                self.at = plain.end()
            if self.at >= self.size:
                raise Stop("a double quote is not closed")
            char = text[self.at]
            if char == '"':
                self.at += 1
                return
            self._in_quotes(char, parts, DOUBLE, '$`"\\')

    def here_text(self) -> list[Part]:
        """The whole text as the body of a here-document with an unquoted delimiter."""
        parts: list[Part] = []
        while self.at < self.size:
            plain = HERE_PLAIN.match(self.text, self.at)
            if plain:
                parts.append(Literal(plain[0], True))
                self.at = plain.end()
            else:
                self._in_quotes(self.text[self.at], parts, HERE, "$`\\")
        return parts

    def _in_quotes(self, char: str, parts: list[Part], mode: int, escaped: str) -> None:
        if char != "\\":
            self.special(char, parts, mode)
            return
        follows = self.here(2)[1:]
        if follows and follows in escaped:
            parts.append(Literal(follows, True))
        elif follows != "\n":
            parts.append(Literal("\\" + follows, True))
        self.at += 1 + len(follows)

    # $

    def dollar(self, parts: list[Part], mode: int) -> None:
        if self.continued:
            self.join(DOLLAR_JOINT)
        text, at = self.text, self.at
        quoted = mode != BARE
        variable = VARIABLE.match(text, at) or BRACED_VARIABLE.match(text, at)
        if variable:
            self.at = variable.end()
            parts.append(Expansion("parameter", variable[0], quoted, variable[1] or ""))
            return
        follows = text[at + 1 : at + 2]
        if follows == "(":
            twice = text.startswith("(", at + 2)
            parts.append(self.arithmetic(quoted) if twice else self.substitution(quoted))
        elif follows == "{":
            parts.append(self.parameter(mode))
        elif follows == "[":
            self.only_bash("$[ ]")
            inside = Expansion("arithmetic", "", quoted)
            self.at += 2
            self.enclosed("[", "]", DOUBLE, inside)
            inside.source = self.text[at : self.at]
            self.computed(inside.source[2:-1])
            parts.append(inside)
        elif follows == "'" and mode == BARE:
            self.only_bash("$'…'")
            self.ansi_c(parts)
        elif follows == '"' and mode == BARE:
            self.only_bash('$"…"')
            self.at += 1
            self.double(parts)
        else:
            parts.append(Literal("$", True))
            self.at += 1

    def ansi_c(self, parts: list[Part]) -> None:
        found = ANSI_C.match(self.text, self.at + 2)
        if not found:
            raise Stop("a single quote is not closed")
        value = decode(found[0][:-1])
        if value is None:
            raise Stop("$'…' holds a character that could not be decoded")
        parts.append(Literal(value, True))
        self.at = found.end()

    def substitution(self, quoted: bool) -> Expansion:
        start = self.at
        self.at += 2
        nested = Expansion("command", "", quoted)
        self._commands(nested)
        nested.source = self.text[start : self.at]
        return nested

    def process(self, char: str) -> Expansion:
        self.only_bash(f"{char}( )")
        start = self.at
        self.at += 2
        nested = Expansion("process", "", writes=char == ">")
        self._commands(nested)
        nested.source = self.text[start : self.at]
        return nested

    def _commands(self, into: Expansion) -> None:
        self.deeper()
        self.counted()
        self.substitutions += 1
        waiting, self.pending = self.pending, []
        outside, self.top, self.joined = (self.top, self.joined), self.depth, None
        self.fresh = True
        start = self.at
        into.nested.append(self.script())
        if not self.text.startswith(")", self.at):
            raise Stop("a $( ) or <( ) is not closed")
        if self.shell == "bash-3" and UNCOUNTED.search(self.text, start, self.at):
            self.doubt("bash 3.2 would end a $( ) with this in it somewhere else")
        if self.pending:
            raise Stop("a here-document in $( ) has no body there")
        self.pending = waiting
        self.top, self.joined = outside
        self.at += 1
        self.substitutions -= 1
        self.depth -= 1

    def arithmetic(self, quoted: bool) -> Expansion:
        """`$((…))`, or a `$(` whose commands start with a subshell."""
        start = self.at
        inner, outer = self.closings(start + 3)
        if inner + 1 == outer:
            nested = Expansion("arithmetic", "", quoted)
            self.at += 3
            self.double_parentheses(nested)
            nested.source = self.text[start : self.at]
            return nested
        behind = self.size - outer
        nested = self.substitution(quoted)
        if outer < 0 or self.size - self.at + 1 != behind:
            raise Stop(AMBIGUOUS)
        return nested

    def closings(self, at: int) -> tuple[int, int]:
        """Where the two parentheses before `at` are closed by bash's count; -1 if they are not.

        bash takes `((…))` for arithmetic if they are closed one right after the other.
        It counts before it knows what it reads: a `)` of a case or in a comment counts, too.
        """
        size, closed = self.size, self.closed
        if size - at + 1 not in closed or size - at + 2 not in closed:
            open_ = [at - 2, at - 1]
            for found in PARENTHESES.finditer(self.text, at):
                if found[0] == "(":
                    open_.append(found.start())
                elif found[0] == ")":
                    closed[size - open_.pop()] = size - found.start()
                    if not open_:
                        break
            closed.update((size - one, size + 1) for one in open_)
        inner, outer = size - closed[size - at + 1], size - closed[size - at + 2]
        if inner + 1 < outer and self.text[inner + 1 : outer] == "\\\n" * ((outer - inner) // 2):
            outer = inner + 1  # `)\⏎)` is `))` to bash
        return inner, outer

    def double_parentheses(self, into: Expansion) -> None:
        """From behind `((` to behind `))`; what is not surely arithmetic stops the reading."""
        inner, _ = self.closings(self.at)
        behind, start = self.size - inner, self.at
        self.enclosed("(", ")", DOUBLE, into)
        if self.size - self.at + 1 != behind:
            raise Stop(AMBIGUOUS)
        self.computed(self.text[start : self.at])
        while self.text.startswith("\\\n", self.at):
            self.at += 2
        if not self.text.startswith(")", self.at):
            raise Stop(AMBIGUOUS)
        self.at += 1

    def parameter(self, mode: int) -> Expansion:
        start = self.at
        head = BRACED_HEAD.match(self.text, start)
        if not head:
            raise Stop("a ${…} could not be read")
        self.at = head.end()
        nested = Expansion("parameter", "", mode != BARE)
        if self.text.startswith("[", self.at):
            self.at += 1
            self.arithmetic_text(self.enclosed("[", "]", mode, nested, "}"))
            self.computed(self.text[head.end() : self.at])
        if self.text.startswith("@P", self.at):
            self.doubt("${…@P} runs text that is decided at run time")
        offset = OFFSET.match(self.text, self.at)
        if mode == DOUBLE and self.shell == "bash" and self.here() in set("#%/^,"):
            mode = BARE  # in a pattern quotes count as they do outside
        parts = self.enclosed("", "}", mode, nested)
        if offset:
            self.arithmetic_text(parts)
        nested.source = self.text[start : self.at]
        if offset or head[0].startswith("${!"):
            self.computed(nested.source)
        return nested

    def backticks(self, mode: int) -> Expansion:
        text, start = self.text, self.at
        self.at += 1
        pieces: list[str] = []
        while True:
            plain = BACKTICK_PLAIN.match(text, self.at)
            if plain:
                pieces.append(plain[0])
                self.at = plain.end()
            if self.at >= self.size:
                raise Stop("a backtick is not closed")
            if text[self.at] == "`":
                break
            follows = self.here(2)[1:]
            taken = "$`\\" + ('"' if mode == DOUBLE else "")
            if follows != "\n":
                pieces.append(follows if follows and follows in taken else "\\" + follows)
            self.at += 1 + len(follows)
        self.at += 1
        self.deeper()
        self.counted()
        inner = self.inner("".join(pieces))
        script = inner.script()
        if inner.at < inner.size:
            raise Stop("backticks hold a syntax error")
        if inner.pending:
            raise Stop("a here-document is not closed")
        self.depth -= 1
        return Expansion("command", text[start : self.at], mode != BARE, "", [script])

    # What stands between brackets of some kind

    def pattern(self, parts: list[Part]) -> None:
        """`@(a|b)`, from the parenthesis: text, and what is expanded in it."""
        if self.shell == "zsh":
            self.doubt("zsh would read a pattern with parentheses differently than bash")
        self.only_bash("a pattern with parentheses")
        start = self.at
        inside = Expansion("parameter", "")
        self.at += 1
        self.enclosed("(", ")", BARE, inside)
        source = self.text[start : self.at]
        if inside.nested:
            inside.source = source
            parts.append(inside)
        else:
            parts.append(Literal(source))

    def enclosed(
        self, opening: str, closing: str, mode: int, into: Expansion, never: str = ""
    ) -> list[Part]:
        """From here to behind the matching `closing`; expansions in between are nested.

        Of the parts, only those are kept that are quoted or expanded.  Where `never`
        stands unquoted, bash takes what is around it for something else.
        """
        self.deeper()
        level = 0
        single = False  # between two ' where bash is of two minds about them
        parts: list[Part] = []
        while True:
            text = self.text
            plain = ENCLOSED_PLAIN.match(text, self.at)
            if plain:
                self.at = plain.end()
            if self.at >= self.size:
                raise Stop(f"a {closing} is missing")
            char, start = text[self.at], self.at
            if char == "'" and mode == DOUBLE:
                single = not single
                self.at += 1
            elif mode == DOUBLE and not single and text.startswith("$'", self.at):
                self._ansi_in_quotes()
            elif single and (char == '"' or (opening and char in "()[]")):
                raise Stop(TWO_MINDS)
            elif single and char == closing:
                self.at += 1  # bash looks for the end of ${…} as if ' quoted
            elif char == closing:
                self.at += 1
                level -= 1
                if level < 0:
                    break
            elif char == opening:
                self.at += 1
                level += 1
            elif char == never:
                raise Stop("a ${…} ends before its subscript does")
            elif char == "\\":
                self.at += 2
            elif char in "'\"" and mode == HERE:
                self.at += 1
            elif char in "'\"$`":
                self.special(char, parts, mode)
            elif char in "<>" and mode == BARE and self.process_follows():
                parts.append(self.process(char))
            else:
                self.at += 1
            if single and self.text.find("'", start + 1, self.at) >= 0:
                raise Stop(TWO_MINDS)
        self.depth -= 1
        into.nested += [part for part in parts if isinstance(part, Expansion)]
        return parts

    def _ansi_in_quotes(self) -> None:
        """`$'…'` in a ${…} or $(( )) that is quoted: bash puts what it stands for in single
        quotes, which there do not always quote.  Harmless text is passed over."""
        found = ANSI_C.match(self.text, self.at + 2)
        value = decode(found[0][:-1]) if found else None
        if found and value is not None and not MEANS_SOMETHING.search(value):
            self.at = found.end()
        else:
            self.at += 1
            if not found or value != found[0][:-1]:
                raise Stop(TWO_MINDS)

    def arithmetic_text(self, parts: list[Part]) -> None:
        """Single quotes do not keep bash from expanding what arithmetic is done on."""
        if any(isinstance(part, Literal) and EXPANDED_AGAIN.search(part.text) for part in parts):
            self.doubt("text in quotes could run as part of arithmetic")

    def subscript(self, start: int) -> tuple[list[Part], bool]:
        """`[…]` of `name[…]`, from the bracket: its parts, and whether it held a blank or operator.

        `start` is where the word begins.
        """
        inside = Expansion("arithmetic", "")
        parts: list[Part] = []
        if self.at > start:
            parts.append(Literal(self.text[start : self.at]))
        begin = self.at
        self.at += 1
        self.arithmetic_text(self.enclosed("[", "]", BARE, inside))
        source = self.text[begin : self.at]
        inside.source = source
        self.computed(source)
        parts.append(inside if inside.nested else Literal(source))
        return parts, bool(SUBSCRIPT_GAP.search(source))
