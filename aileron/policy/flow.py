"""Which commands of a text have a say in what a word of another one is.

By a pipe, by a substitution in the word, or by a variable in it that is set from what they
print: an assignment, `read`, `mapfile`.  The variable of a loop is set nowhere that is listed;
it may hold what any substitution of the text prints that belongs to no command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aileron.policy.printed import VARIABLE
from aileron.policy.shape import Shape
from aileron.shell.reading import Reading, Word

READERS = frozenset({"read", "mapfile", "readarray"})
_REACHING = frozenset({"command", "process"})


_DECLARES = frozenset({"export", "declare", "local", "readonly", "typeset"})
_ASSIGNS = re.compile(r"([A-Za-z_]\w*)\+?=")


def _set_by(shape: Shape) -> Iterator[str]:
    """The variables that a command sets, where it does nothing else."""
    if not shape.command.words:
        yield from (name for name, _ in shape.command.assignments)
    elif shape.name in _DECLARES:
        for word in shape.command.words[1:]:
            found = _ASSIGNS.match(word.source)
            if found is not None and word.dynamic & _REACHING:
                yield found[1]


class Flow:
    """A reading's commands, and what reaches what."""

    def __init__(self, reading: Reading, shapes: Sequence[Shape]) -> None:
        self.shapes = shapes
        self.inside = dict(reading.substitutions)
        self._held: dict[str, set[int]] | None = None

    def piped(self, index: int) -> set[int]:
        """The commands whose output may reach this one by pipes, and by substitutions in those."""
        return self._back(self.shapes[index].command.upstream)

    def substituted(self, index: int) -> set[int]:
        """The commands whose output may reach the words of this one."""
        return self._back(self.inside.get(index, ()))

    def _back(self, start: Sequence[int]) -> set[int]:
        found: set[int] = set()
        waiting = list(start)
        while waiting:
            at = waiting.pop()
            if at not in found and at < len(self.shapes):
                found.add(at)
                waiting += self.shapes[at].command.upstream
                waiting += self.inside.get(at, ())
        return found

    @property
    def held(self) -> dict[str, set[int]]:
        """Variables that are set from what commands print."""
        if self._held is None:
            self._held = {}
            for index, shape in enumerate(self.shapes):
                if shape.name in READERS:
                    names = [word.value for word in shape.command.words[1:] if word.value]
                    origins = self.piped(index) | self.substituted(index)
                else:
                    names = list(_set_by(shape))
                    origins = self.substituted(index) if names else set()
                for name in names if origins else ():
                    self._held.setdefault(name, set()).update(origins)
        return self._held

    def loose(self) -> set[int]:
        """The commands in substitutions that belong to no command: the words of a loop."""
        owned = {at for every in self.inside.values() for at in every}
        fed = {at for one in self.shapes for at in one.command.upstream}
        return self._back(
            [
                at
                for at, one in enumerate(self.shapes)
                if one.command.substituted and at not in owned | fed and not one.command.supposed
            ]
        )

    def into(self, index: int, word: Word) -> set[int]:
        """The commands whose output may become this word of a command."""
        found = self.substituted(index) if word.dynamic & _REACHING else set()
        known = {name for one in self.shapes for name, _ in one.command.assignments}
        for name in VARIABLE.findall(word.source):
            if name in self.held:
                found |= self.held[name]
            elif self.shapes[index].command.loop and name not in known:
                found |= self.loose() | {
                    at for name, every in self.held.items() for at in every if name not in known
                }
        return found
