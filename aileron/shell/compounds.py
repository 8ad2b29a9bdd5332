"""Compound commands: loops, conditions, groups, functions.

Each method is called behind the command's first word and ends behind its last;
the redirections that may follow are read by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from aileron.shell.conditions import ConditionReader
from aileron.shell.tree import (
    AndOr,
    Command,
    Compound,
    Expansion,
    Pipeline,
    RawWord,
    Script,
    Simple,
)
from aileron.shell.words import EMPTY_PARENTHESES

OPENING = ("if", "for", "while", "until", "case", "select", "{", "[[", "function", "coproc")
CLOSING = ("then", "do", "done", "fi", "elif", "else", "esac", "}")

KEYWORD = re.compile(
    r"(?:if|then|elif|else|fi|for|while|until|do|done|case|esac|select|function|coproc|time"
    r"|\{|\}|!|\[\[)(?=[ \t\n;&|<>()]|\Z)"
)
IN = re.compile(r"in(?=[ \t\n;&|<>()]|\Z)")
SUBSTITUTES = re.compile(r"[(`]")
COPROC_NAME = re.compile(
    r"((?:[^ \t\n;&|<>()$`\"'\\]|\\[^\n]|'[^']*'|\"[^\"$`\\]*\")+)[ \t]+"
    r"(?=\(|(?:if|for|while|until|case|select|\{|\[\[)(?:[ \t\n;&|<>()]|\Z))"
)


class CompoundReader(ConditionReader):
    def command(self) -> Command:
        raise NotImplementedError

    def filled(self) -> Script:
        """A list that may not be empty."""
        script = self.script()
        if not script.items:
            raise self.unexpected()
        return script

    def expect(self, word: str) -> None:
        keyword = KEYWORD.match(self.text, self.at)
        if not keyword or keyword[0] != word:
            raise self.unexpected()
        self.at = keyword.end()

    def parenthesis(self) -> Compound:
        start = self.at
        if self.text.startswith("((", start):
            self.only_bash("((")
            inner, outer = self.closings(start + 2)
            if inner + 1 == outer:
                self.at += 2
                return Compound("arithmetic", start, words=[self._arithmetic_word()])
        self.at += 1
        body = self.filled()
        if self.here() != ")":
            raise self.unexpected()
        self.at += 1
        return Compound("subshell", start, bodies=[body])

    def _arithmetic_word(self) -> RawWord:
        start = self.at
        inside = Expansion("arithmetic", "")
        self.double_parentheses(inside)
        inside.source = self.text[start : self.at - 2]
        return RawWord(inside.source, start, [inside])

    def group(self, start: int) -> Compound:
        body = self.filled()
        self.expect("}")
        return Compound("group", start, bodies=[body])

    def if_(self, start: int) -> Compound:
        bodies = [self.filled()]
        self.expect("then")
        bodies.append(self.filled())
        while True:
            keyword = KEYWORD.match(self.text, self.at)
            word = keyword[0] if keyword else ""
            self.at += len(word)
            if word == "fi":
                return Compound("if", start, bodies=bodies)
            if word == "elif":
                bodies.append(self.filled())
                self.expect("then")
                bodies.append(self.filled())
            elif word == "else":
                bodies.append(self.filled())
                self.expect("fi")
                return Compound("if", start, bodies=bodies)
            else:
                self.at -= len(word)
                raise self.unexpected()

    def while_(self, start: int) -> Compound:
        bodies = [self.filled()]
        self.expect("do")
        bodies.append(self.filled())
        self.expect("done")
        return Compound("while", start, bodies=bodies)

    def for_(self, start: int) -> Compound:
        self.blanks()
        if self.text.startswith("((", self.at):
            self.only_bash("for ((")
            self.at += 2
            word = self._arithmetic_word()
            self.blanks()
            if self.here() == ";":
                self.at += 1
            return Compound("cfor", start, "", "", [word], [self._do()])
        return self._over_words("for", start)

    def select(self, start: int) -> Compound:
        self.only_bash("select")
        self.blanks()
        return self._over_words("select", start)

    def _over_words(self, kind: str, start: int) -> Compound:
        variable = self.word().literal()
        if not variable:
            raise self.unexpected()
        words: list[RawWord] = []
        self.blanks()
        if self.here() == ";" and self.here(2) != ";;":
            self.at += 1
        else:
            self.newlines()
            found = IN.match(self.text, self.at)
            if found:
                self.at = found.end()
                self.blanks()
                while self.at < self.size and self.here() not in ";\n":
                    begin = self.at
                    words.append(self.word())
                    if self.at == begin:
                        raise self.unexpected()
                    self.blanks()
                if self.here() == ";":
                    self.at += 1
        return Compound(kind, start, "", variable, words, [self._do()])

    def _do(self) -> Script:
        self.newlines()
        if self.here() == "{":
            self.expect("{")
            body = self.filled()
            self.expect("}")
        else:
            self.expect("do")
            body = self.filled()
            self.expect("done")
        return body

    def case(self, start: int) -> Compound:
        self.blanks()
        begin = self.at
        found = Compound("case", start, words=[self.word()])
        if self.at == begin:
            raise self.unexpected()
        self.newlines()
        word = IN.match(self.text, self.at)
        if not word:
            raise self.unexpected()
        self.at = word.end()
        while True:
            self.newlines()
            keyword = KEYWORD.match(self.text, self.at)
            if keyword and keyword[0] == "esac":
                self.at = keyword.end()
                return found
            self._patterns(found.words)
            found.bodies.append(self.script())
            if self.here(2) not in (";;", ";&"):
                self.expect("esac")
                return found
            if self.here(3) == ";;&" or self.here(2) == ";&":
                self.only_bash(";&", new=True)
            self.at += 3 if self.here(3) == ";;&" else 2
            self.whole_operator()

    def _patterns(self, words: list[RawWord]) -> None:
        if self.here() == "(":
            self.at += 1
        while True:
            self.blanks()
            begin = self.at
            words.append(self.word())
            if self.at == begin:
                raise self.unexpected()
            self.blanks()
            self.at += 1
            if self.text[self.at - 1 : self.at] == ")":
                return
            if self.text[self.at - 1 : self.at] != "|":
                self.at -= 1
                raise self.unexpected()

    # Functions

    def function_body(self, name: str | None, quoted: bool, start: int) -> Compound:
        found = EMPTY_PARENTHESES.match(self.text, self.at)
        if not found or not name or quoted:
            raise self.unexpected()
        self.at = found.end()
        return self._function(name, start)

    def _function(self, name: str, start: int) -> Compound:
        self.deeper()
        self.newlines()
        keyword = KEYWORD.match(self.text, self.at)
        if self.here() != "(" and (keyword is None or keyword[0] not in OPENING[:8]):
            raise self.unexpected()
        body = self.command()
        self.depth -= 1
        script = Script([AndOr([Pipeline([body])], [])])
        found = Compound("function", start, self.text[start : self.at], name, [], [script])
        self.notes.functions.append(found)
        return found

    def function_keyword(self, start: int) -> Compound:
        self.only_bash("function")
        self.blanks()
        word = self.word()
        name = word.source  # quotes and all: bash then says that it is no name, and goes on
        if not name or (word.literal() is None and SUBSTITUTES.search(name)):
            raise self.unexpected()
        self.blanks()
        found = EMPTY_PARENTHESES.match(self.text, self.at)
        if found:
            self.at = found.end()
        return self._function(name, start)

    def coproc(self, start: int) -> Compound:
        self.only_bash("coproc", new=True)
        self.blanks()
        name = ""
        found = COPROC_NAME.match(self.text, self.at)
        if found and not KEYWORD.match(self.text, self.at):
            name = found[1]
            self.at = found.end()
        body = self.command()
        if isinstance(body, Simple) and self.substitutions:
            self.doubt("bash writes $( ) anew before it runs it, and this coproc comes out wrong")
        if isinstance(body, Simple) and any("[" in word.source for word in body.words[1:2]):
            self.doubt("bash looks for a subscript in the second word of coproc")
        script = Script([AndOr([Pipeline([body])], [], True)])
        return Compound("coproc", start, "", name, [], [script])

    compounds: ClassVar[dict[str, Callable[[CompoundReader, int], Compound]]] = {
        "{": group,
        "if": if_,
        "while": while_,
        "until": while_,
        "for": for_,
        "select": select,
        "case": case,
        "[[": ConditionReader.test,
        "function": function_keyword,
        "coproc": coproc,
    }
