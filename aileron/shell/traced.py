"""What words could be, told by the commands that were walked before them (`possible.py`)."""

from __future__ import annotations

from dataclasses import replace

from aileron.shell import listing
from aileron.shell.expansion import words
from aileron.shell.parts import Place
from aileron.shell.possible import could_be
from aileron.shell.reading import Word
from aileron.shell.scope import Scope, is_one
from aileron.shell.stored import StoredWalk
from aileron.shell.tree import Command, Compound, Expansion, RawWord, Script


class TracedWalk(StoredWalk):
    def __init__(self, shell: str, extglob: bool) -> None:
        super().__init__(shell, extglob)
        self.walked: dict[int, int] = {}  # the Simple nodes that were reached, and their command

    def printed_by(self, node: Command, given: tuple[str, ...]) -> tuple[str, ...]:
        """The names that a command prints, where that is known."""
        at = self.walked.get(id(node))
        if at is None or self.found[at].name is None:
            return ()
        inner = self.found[at + 1] if at + 1 < len(self.found) else None
        if inner is not None and inner.appended:
            return listing.through(self.found[at], inner, given)
        return listing.names(self.found[at], given)

    def printed(self, part: Expansion) -> tuple[str, ...]:
        """The names that a substitution is replaced by."""
        script = part.nested[0] if len(part.nested) == 1 else None
        if not isinstance(script, Script) or len(script.items) != 1:
            return ()
        item = script.items[0]
        names: tuple[str, ...] = ()
        for command in item.pipelines[0].commands if not item.operators else ():
            names = self.printed_by(command, names)
        return names

    def possible(self, made: Word, raw: RawWord, scope: Scope) -> Word:
        """The word with what it could be, where its value is decided at run time."""
        if made.value is not None:
            return made
        could = could_be(raw, scope.known, scope.could, self.printed)
        return replace(made, could=could) if could else made

    def gone_through(self, node: Compound, scope: Scope) -> tuple[str, ...]:
        """What the variable of a `for` loop may be."""
        patterns: list[str] = []
        for raw in node.words:
            for word in words(raw, scope.known):
                found = listing.named(self.possible(word, raw, scope))
                if not found:
                    return ()
                patterns += [one for one in found if one]
        patterns = list(dict.fromkeys(patterns))
        return tuple(patterns) if len(patterns) <= listing.MOST else ()

    def read_names(self, condition: Script, scope: Scope, place: Place) -> None:
        """`while read -r f`: f is each of the lines that the loop gets."""
        if not place.lines or not is_one(condition):
            return
        command = condition.items[0].pipelines[0].commands[0]
        values = [word.literal() for word in command.words]
        names = [one for one in values[1:] if one and not one.startswith("-")]
        if values[:1] == ["read"] and len(names) == 1 and None not in values:
            scope.may_be(names[0], tuple(one for one in place.lines if one))
