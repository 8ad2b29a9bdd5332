"""`[[ ]]`: its operands are words, what follows `=~` is one too, with bars and parentheses in it.

or        term ((&& | ||) term)*      the order of && and || matters to nobody here
term      !* ( "(" or ")" | -x word | word | word operator word )
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aileron.shell.scanner import Stop
from aileron.shell.tree import Compound, Expansion, Literal, Part, RawWord
from aileron.shell.words import BARE, WordReader

REGEX_PLAIN = re.compile(r"[^ \t\n;&<>()$`\"'\\]+")
END_OF_TEST = re.compile(r"\]\](?=[ \t\n;&|<>()]|\Z)")
UNARY = re.compile(r"-[abcdefghknoprstuvwxzGLNORS]\Z")
BINARY = re.compile(r"(?:=|==|!=|=~|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))\Z")


NUMERIC = frozenset(("-eq", "-ne", "-lt", "-le", "-gt", "-ge"))


class ConditionReader(WordReader):
    def test(self, start: int) -> Compound:
        self.only_bash("[[")
        found = Compound("test", start)
        self.tests += 1
        self._or(found.words)
        self.tests -= 1
        if not END_OF_TEST.match(self.text, self.at):
            raise self.unexpected()
        self.at += 2
        return found

    def _or(self, words: list[RawWord]) -> None:
        while True:
            self._term(words)
            self.newlines()
            if self.here(2) not in ("&&", "||"):
                return
            self.at += 2

    def _term(self, words: list[RawWord]) -> None:
        self.newlines()
        while self.here() == "!" and self.here(2)[1:] in (" ", "\t", "\n", "("):
            self.at += 1
            self.newlines()
        if self.here() == "(":
            self.at += 1
            self.deeper()
            self._or(words)
            if self.here() != ")":
                raise self.unexpected()
            self.at += 1
            self.depth -= 1
            return
        start = self.at
        first = self._operand(words, self.word)
        self.blanks()
        if self._term_ends():
            return
        if self.here() == "\n":
            raise self.unexpected()
        if self.here() in "<>":
            self.at += 1
            self.blanks()
            self._operand(words, self.word)
            return
        if UNARY.match(first):
            found = BINARY.match(self.text[self.at : self.at + 3].split()[0])
            if not found:
                self._operand(words, self.word)
                if first in ("-v", "-R"):
                    self.computed(self.text[start : self.at])
                return
        operator = self._operand([], self.word)
        if not BINARY.match(operator):
            raise Stop(f"there is a syntax error at “{operator}”")
        self.blanks()
        self._operand(words, self.regex if operator == "=~" else self.word)
        if operator in NUMERIC:
            self.computed(self.text[start : self.at])

    def _term_ends(self) -> bool:
        return (
            self.at >= self.size
            or self.here() in "&|)"
            or END_OF_TEST.match(self.text, self.at) is not None
        )

    def _operand(self, words: list[RawWord], read: Callable[[], RawWord]) -> str:
        start = self.at
        if END_OF_TEST.match(self.text, start):
            raise self.unexpected()
        word = read()
        if self.at == start:
            raise self.unexpected()
        words.append(word)
        return word.literal() or ""

    def regex(self) -> RawWord:
        """What follows `=~`: parentheses and bars are part of the word."""
        start = self.at
        parts: list[Part] = []
        while self.at < self.size:
            plain = REGEX_PLAIN.match(self.text, self.at)
            if plain:
                parts.append(Literal(plain[0]))
                self.at = plain.end()
                continue
            char = self.text[self.at]
            if char == "(":
                self.at += 1
                inside = Expansion("parameter", "")
                self.enclosed("(", ")", BARE, inside)
                parts.append(inside)
            elif char in "'\"\\$`":
                self.special(char, parts, BARE)
            elif char in "<>" and self.process_follows():
                parts.append(self.process(char))
            else:
                break
        return RawWord(self.text[start : self.at], start, parts)
