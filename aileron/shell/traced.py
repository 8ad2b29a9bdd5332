"""What words could be, told by the commands that were walked before them (`possible.py`)."""

from __future__ import annotations

import re
from dataclasses import replace

from aileron.shell import functions, listing
from aileron.shell.expansion import one, words
from aileron.shell.lookthrough import Inner
from aileron.shell.parts import Place
from aileron.shell.possible import POSITIONS, SOMETHING, could_be, could_of, places
from aileron.shell.reading import SimpleCommand, Word
from aileron.shell.scope import Scope, is_one
from aileron.shell.stored import StoredWalk
from aileron.shell.tree import AndOr, Command, Compound, Expansion, RawAssignment, RawWord, Script

# `{01..10}` and `{1..9..2}`, which bash 3.2 knows without padding and step.
NEW_BRACES = re.compile(r"\{-?0\d|\.\.-?0\d|\.\.[^{}]*\.\.")
MOST_CALLS = 32  # of one function that are followed
WHOLE_ARRAY = re.compile(r'"?\$\{([A-Za-z_]\w*)\[@\]\}"?')
SHIFTS = re.compile(r"\bshift\b")
RESETS = re.compile(r"\bset\b")
# A function that a child could get, or that text could call that is not seen here.
CALLS_ELSEWHERE = re.compile(
    r"\b(?:export|declare|typeset)[ \t]+-\w*[fF]|\bsource\b|(?:^|[;&|\n])[ \t]*\. "
)


class TracedWalk(StoredWalk):
    def __init__(self, shell: str, source: str) -> None:
        super().__init__(shell, "extglob" in source)
        self.calls: functions.Calls = {}
        defines = "(" in source or "function" in source
        self.foreign = defines and CALLS_ELSEWHERE.search(source) is not None
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
        if item.operators == ["&&"]:
            return self.entered(item)
        names: tuple[str, ...] = ()
        commands = item.pipelines[0].commands if not item.operators else []
        if len(commands) == 2 and self.is_home(commands[0], commands[1]):
            return ("/home/*",)
        for command in commands:
            names = self.printed_by(command, names)
        return names

    def is_home(self, first: Command, second: Command) -> bool:
        """`getent passwd NAME | cut -d: -f6`: somebody's home."""
        found = [self.walked.get(id(one)) for one in (first, second)]
        if found[0] is None or found[1] is None:
            return False
        entry, part = (self.found[at] for at in found if at is not None)
        listed = entry.name == "getent" and "passwd" in entry.argv
        listed = listed or (entry.name == "grep" and "/etc/passwd" in entry.argv)
        if part.name == "cut":
            return listed and "-f6" in part.argv
        return listed and part.name == "awk" and any("$6" in (one or "") for one in part.argv)

    def entered(self, item: AndOr) -> tuple[str, ...]:
        """`$(cd DIR && pwd)` is that folder."""
        first, second = (pipeline.commands for pipeline in item.pipelines)
        at = self.walked.get(id(first[0])) if len(first) == len(second) == 1 else None
        if at is None or self.printed_by(second[0], ()) != (".",):
            return ()
        words = [word for word in self.found[at].words[1:] if word.value not in ("-P", "--")]
        named = self.found[at].name == "cd" and len(words) == 1
        return listing.named(words[0]) if named else ()

    def possible(self, made: Word, raw: RawWord, scope: Scope, assigned: str = "") -> Word:
        """The word with what it could be, where its value is decided at run time; of one that
        is `assigned` to a variable, the variable may be the one of before (`X=${X:-y}`)."""
        if made.value is not None:
            return made
        every = scope.names.every
        if assigned in scope.names.single and every is not None:
            every = every - {assigned}
        could = could_be(raw, scope.known, scope.could, self.printed, every)
        return replace(made, could=could) if could else made

    def gone_through(self, node: Compound, scope: Scope) -> tuple[str, ...]:
        """What the variable of a `for` loop may be."""
        patterns: list[str] = []
        if not node.words:  # `for f; do` goes through the arguments
            return scope.could.get("@", ())
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
        if not given or self.foreign or len(given) > MOST_CALLS:
            return
        plain = Scope()
        called = [[self.possible(one(raw, {}), raw, plain) for raw in each] for each in given]
        every = [word for each in called for word in each]
        many = any(word.dynamic - {"tilde"} and not word.quoted for word in every)
        if many or RESETS.search(node.source):
            scope.could |= could_of({key: [*every, SOMETHING] for key in POSITIONS})
            return
        scope.arguments = tuple(map(tuple, called))
        scope.could |= could_of(places(called))

    def array(self, item: RawAssignment, scope: Scope, *, standing: bool) -> None:
        """`name=(…)` on its own; other forms of it are not followed."""
        if not standing or item.op != "=" or item.subscript:
            scope.arrays.pop(item.name, None)
            scope.may_be(f"{item.name}[@]", ())
            return
        made: list[Word] = []
        for raw in item.elements:
            found = words(raw, scope.known)
            made += [self.possible(found[0], raw, scope)] if len(found) == 1 else found
        scope.hold(item.name, tuple(made))

    def handed(self, word: Word, scope: Scope) -> tuple[tuple[Word, ...], ...]:
        """The commands that `"$@"` or `"${name[@]}"` stands for, where that is known."""
        if word.source in functions.ALL_ARGUMENTS:
            return scope.arguments
        found = WHOLE_ARRAY.fullmatch(word.source)
        given = scope.arrays.get(found[1]) if found is not None else None
        return (given,) if given else ()

    def passed_on(self, command: SimpleCommand, index: int, scope: Scope, place: Place) -> bool:
        """`run() { "$@"; }`, `"${cmd[@]}"`: the commands that are handed to it, if known."""
        calls = self.handed(command.words[0], scope)
        if not calls:
            return False
        array = WHOLE_ARRAY.fullmatch(command.words[0].source)
        sure = array is None or array[1] not in scope.unsure
        if sure:
            self.found[index] = replace(command, function=True)
        for given in calls:
            if given:
                via = scope.within or command.words[0].source
                inner = Inner(via=via, words=(*given, *command.words[1:]))
                self.inner(inner, command, index, scope.copy(), place)
        return sure

    def inner(
        self, inner: Inner, outer: SimpleCommand, index: int, scope: Scope, place: Place
    ) -> None:
        raise NotImplementedError

    def braces(self, word: RawWord, made: list[Word]) -> None:
        """Doubts about braces that bash expands, and the shell at hand does not, or otherwise."""
        if self.shell == "bash-3":
            differs = NEW_BRACES.search(word.source) is not None
        else:
            expanded = len(made) != 1 or "brace" in made[0].dynamic
            literal = word.literal()
            differs = self.shell in ("sh", "dash") and (
                expanded or (literal is not None and made[0].value not in (literal, None))
            )
        if differs:
            self.doubts.append(f"{self.shell} would read {word.source} differently than bash")
