"""What words could be, told by the commands that were walked before them (`possible.py`)."""

from __future__ import annotations

import re
from dataclasses import replace

from aileron.shell import functions, listing
from aileron.shell.expansion import one, words
from aileron.shell.parts import Place
from aileron.shell.possible import EMPTY, SOMETHING, could_be, could_of
from aileron.shell.reading import Word
from aileron.shell.scope import Scope, is_one
from aileron.shell.stored import StoredWalk
from aileron.shell.tree import Command, Compound, Expansion, RawWord, Script

SHIFTS = re.compile(r"\b(?:shift|set)\b")
# A function that a child could get, or that text could call that is not seen here.
CALLS_ELSEWHERE = re.compile(
    r"\b(?:export|declare|typeset)[ \t]+-\w*[fF]|\bsource\b|(?:^|[;&|\n])\s*\. "
)


class TracedWalk(StoredWalk):
    def __init__(self, shell: str, source: str) -> None:
        super().__init__(shell, "extglob" in source)
        self.calls: functions.Calls = {}
        self.foreign = CALLS_ELSEWHERE.search(source) is not None
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

    def called_with(self, node: Compound, scope: Scope) -> None:
        """What `$1` and `"$@"` are in a function: the arguments of the calls in the text."""
        given = self.calls.get(node.name)
        scope.arguments, scope.within = (), node.name
        if not given or self.foreign:
            return
        plain = Scope()
        called = [[self.possible(one(raw, {}), raw, plain) for raw in each] for each in given]
        every = [word for each in called for word in each]
        many = any(word.dynamic - {"tilde"} and not word.quoted for word in every)
        if many or SHIFTS.search(node.source):
            scope.could |= could_of({key: [*every, SOMETHING] for key in "123456789@*"})
            return
        scope.arguments = tuple(map(tuple, called))
        places = {
            str(at + 1): [each[at] if at < len(each) else EMPTY for each in called]
            for at in range(9)
        }
        scope.could |= could_of({**places, "@": every, "*": every})
