"""What words could be, told by the commands that were walked before them (`possible.py`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aileron.shell import edits, functions, hidden, listing
from aileron.shell.expansion import one, words
from aileron.shell.lookthrough import Inner
from aileron.shell.parser import Parser
from aileron.shell.parts import Place
from aileron.shell.possible import POSITIONS, SOMETHING, could_be, could_of, literal, places
from aileron.shell.reading import ANYTHING, SimpleCommand, Word
from aileron.shell.scanner import Notes, Stop
from aileron.shell.scope import Calls, Scope, is_one
from aileron.shell.stored import StoredWalk
from aileron.shell.tree import (
    AndOr,
    Command,
    Compound,
    Expansion,
    RawAssignment,
    RawWord,
    Script,
    Simple,
)

# `{01..10}` and `{1..9..2}`, which bash 3.2 knows without padding and step.
NEW_BRACES = re.compile(r"\{-?0\d|\.\.-?0\d|\.\.[^{}]*\.\.")
MOST_CALLS = 32  # of one function that are followed
MOST_PASSED = 512  # words that one command is made of, in all its forms
BLANKS, ANY_SIGN = " \t\n", "".join(map(chr, range(1, 127)))
MANY_WORDS = re.compile(r"\$[@*]|\[[@*]\]|\$\{!?[@*]|[@*]\}")
LATER_ARGUMENTS = re.compile(r'"\$\{@:(\d)\}"')
WORKS_HERE = hidden.SETS_VARIABLES - {"printf", "test", "["} | frozenset(
    """
    cd pushd popd shift exec command builtin alias unalias exit return break continue hash
    shopt enable getopts dirs umask ulimit
    """.split()  # noqa: SIM905
)
WHOLE_ARRAY = re.compile(r'"?\$\{([A-Za-z_]\w*)\[@\]\}"?')
SHIFTS = re.compile(r"\bshift\b")
RESETS = re.compile(r"\bset\b")
# A function that a child could get, or that text could call that is not seen here.
CALLS_ELSEWHERE = re.compile(
    r"\b(?:export|declare|typeset)[ \t]+-\w*[fF]|\bsource\b|(?:^|[;&|\n])[ \t]*\. "
)


def is_plain(word: Word) -> bool:
    """Whether a word stays what it is where it is put in without quotes."""
    return bool(word.value) and re.search(r"[ \t\n*?\[]", word.value or "") is None


def changed(command: SimpleCommand, given: tuple[str, ...]) -> tuple[str, ...]:
    """What `tr` and `sed` make of each line, as far as that is known."""
    values = [word.value or "" for word in command.words[1:]]
    if not given or ANYTHING in given or any(one.op[0] == ">" for one in command.redirects):
        return ()
    if command.name == "tr":
        return edits.translated(values, given)
    if command.name == "sed" and values:
        script = [one for one in values if one not in ("-e", "-E", "-r")]
        return edits.substituted(script[0], given) if len(script) == 1 else ()
    return ()


class TracedWalk(StoredWalk):
    def __init__(self, shell: str, source: str) -> None:
        super().__init__(shell, "extglob" in source)
        self.calls: functions.Calls = {}
        defines = "(" in source or "function" in source
        self.foreign = defines and CALLS_ELSEWHERE.search(source) is not None
        self.several: set[int] = set()  # … which may be several commands
        self.arrays: set[str] = set()  # names of variables that are arrays
        self.walked: dict[int, int] = {}  # the Simple nodes that were reached, and their command

    def printed_by(self, node: Command, given: tuple[str, ...]) -> tuple[str, ...]:
        """The names that a command prints, where that is known."""
        at = self.walked.get(id(node))
        if at is None or self.found[at].name is None or id(node) in self.several:
            return ()
        inner = self.found[at + 1] if at + 1 < len(self.found) else None
        if inner is not None and inner.appended:
            return listing.through(self.found[at], inner, given)
        return changed(self.found[at], given) or listing.names(self.found[at], given)

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
        names = scope.names
        if assigned in names.followed - names.several and every is not None:
            whole = len(raw.parts) == 1 and isinstance(raw.parts[0], Expansion)
            every = every - {assigned} if whole else every
        could = could_be(
            raw,
            scope.known,
            scope.could,
            self.printed,
            every,
            splits="" if assigned else ANY_SIGN if names.splits else BLANKS,
        )
        return replace(made, could=could) if could and could != (ANYTHING,) else made

    def assigned(self, node: Simple, scope: Scope, place: Place) -> list[tuple[str, Word]]:
        """The assignments of a command; where it is nothing else, each counts for the next."""
        made: list[tuple[str, Word]] = []
        before = scope.copy() if node.redirects and node.assignments else scope
        for item in node.assignments:
            if item.subscript:
                self.nested(item.subscript, scope, place)
            self.nested(item.value.parts, scope, place)
            value = one(item.value, scope.known, assigned=True)
            if item.array or item.subscript:
                value = replace(value, value=None)
            else:
                value = self.possible(value, item.value, scope, item.name)
            if item.op == "+=" and not item.array:
                value = self.joined_to(item.name, value, scope)
            made.append((item.name, value))
            if item.array:
                self.arrays.add(item.name)
                self.array(item, scope, standing=not node.words)
            elif not node.words:
                scope.put(item.name, value)
        if before is not scope and not node.words:
            scope.perhaps(before)  # a file may not open
        return made

    def joined_to(self, name: str, value: Word, scope: Scope) -> Word:
        """`name+=value`: what is put behind what it may be."""
        patterns = literal(value) if value.value is not None else value.could
        if value.value is not None and re.fullmatch(r"[-~][\w./~-]*", value.value):
            patterns = (value.value,)  # in the middle these are nothing special
        known = scope.guesses.get(name, ()) if name not in scope.arrays else ()
        could = tuple(
            ANYTHING if ANYTHING in (first, rest) else first + rest
            for first in known
            for rest in patterns
            if not rest.startswith("\0") or rest == ANYTHING
        )
        if len(could) != len(known) * len(patterns) or len(could) > listing.MOST:
            could = ()
        return replace(value, value=None, could=tuple(dict.fromkeys(could)))

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
        if not standing or item.subscript:
            scope.drop(item.name)
            return
        made: list[Word] = []
        for raw in item.elements:
            found = words(raw, scope.known)
            made += [self.possible(found[0], raw, scope)] if len(found) == 1 else found
        held = self.spliced(made, scope)
        if any(MANY_WORDS.search(word.source) for row in held for word in row):
            held = ()
        scope.hold(item.name, made, held, more=item.op == "+=")

    def declared_arrays(self, command: SimpleCommand, scope: Scope) -> None:
        """`local x=(a b)`: as if it stood alone."""
        if command.name == "local" and not scope.within:
            return
        for word in command.words[1:]:
            if hidden.ARRAY_LITERAL.match(word.source):
                items: list[AndOr] = []
                try:
                    Parser(word.source, self.shell, self.depth, Notes(extglob=self.extglob)).whole(
                        items
                    )
                except Stop:
                    continue
                node = items[0].pipelines[0].commands[0]
                if isinstance(node, Simple) and len(node.assignments) == 1:
                    self.array(node.assignments[0], scope, standing=not node.words)

    def handed(self, word: Word, scope: Scope) -> Calls:
        """The rows of words that `"$@"` or `"${name[@]}"` stands for, where that is known."""
        if word.value is not None:
            return ()
        given: Calls = ()
        later = LATER_ARGUMENTS.fullmatch(word.source)
        if later is not None and later[1] != "0":
            given = tuple(each[int(later[1]) - 1 :] for each in scope.arguments)
        elif word.source in functions.ALL_ARGUMENTS:
            given = scope.arguments
        else:
            found = WHOLE_ARRAY.fullmatch(word.source)
            if found is not None and found[1] not in scope.unsure:
                given = scope.arrays.get(found[1], ())
        if not word.source.startswith('"') and not all(
            is_plain(one) for each in given for one in each
        ):
            return ()
        return tuple(dict.fromkeys(given))

    def spliced(self, found: Sequence[Word], scope: Scope) -> Calls:
        """The rows that words may be, with what `"$@"` and `"${name[@]}"` stand for in their
        place, as far as that is known; none where there are too many."""
        rows: list[tuple[Word, ...]] = [()]
        for word in found:
            given = self.handed(word, scope) or ((word,),)
            if len(rows) * len(given) > MOST_CALLS:
                return ()
            rows = [(*row, *more) for row in rows for more in given]
        return tuple(rows) if sum(map(len, rows)) <= MOST_PASSED else ()

    def in_place(self, found: list[Word], node: Simple, scope: Scope) -> Calls:
        """The commands that one with `"$@"` or `"${name[@]}"` behind its name is, if known;
        what works on this shell may be one only."""
        if not found or not found[0].value or not any(self.handed(word, scope) for word in found):
            return ()
        rows = self.spliced(found, scope)
        if len(rows) > 1 and (found[0].value in WORKS_HERE or found[0].value in scope.functions):
            return ()
        if len(rows) > 1:
            self.several.add(id(node))
        return rows

    def reset(self, command: SimpleCommand, scope: Scope) -> None:
        """`set -- a b`: the positional parameters from here; options alone leave them."""
        rest = list(command.words[1:])
        while rest and rest[0].value != "--":
            option = rest.pop(0).value
            if option is None or not re.fullmatch(r"[-+][A-Za-z]+", option):
                scope.reset(())
                return
            if option.endswith("o") and rest and (rest[0].value or "-")[0] not in "-+":
                del rest[0]
        if rest:
            rows = self.spliced(rest[1:], scope)
            known = not any(
                MANY_WORDS.search(word.source) or (word.dynamic - {"tilde"} and not word.quoted)
                for row in rows
                for word in row
            )
            scope.reset(rows if known else ())

    def passed_on(self, command: SimpleCommand, index: int, scope: Scope, place: Place) -> bool:
        """`run() { "$@"; }`, `"${cmd[@]}"`: the commands that are handed to it, if known."""
        first = command.words[0]
        array = WHOLE_ARRAY.fullmatch(first.source)
        sure = array is None or array[1] not in scope.unsure
        calls = self.handed(first, scope) if sure or array is None else scope.arrays.get(array[1])
        if not calls:
            return False
        if sure:
            self.found[index] = replace(command, function=True)
        for given in calls:
            if given:
                via = scope.within or command.words[0].source
                for row in self.spliced(command.words[1:], scope) or (command.words[1:],):
                    inner = Inner(via=via, words=(*given, *row))
                    self.inner(inner, command, index, scope.copy(), place)
        scope.called(next(iter(scope.names.functions), None))
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
