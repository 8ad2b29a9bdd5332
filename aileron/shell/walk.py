"""From the tree to every simple command that could run.

A command stands before those that its words hold, and before those that it
runs itself (what `sudo x` runs is a command of its own, found behind sudo).

What is known of the shell at each point is a `Scope`.  A `cd` that is not
followed by `&&` or `|| exit` may have failed: from there the directory is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aileron.shell import functions, hidden, languages, python
from aileron.shell.expansion import one, words
from aileron.shell.lookthrough import Inner, Sight, assignment, look, with_input
from aileron.shell.output import written
from aileron.shell.parser import Parser
from aileron.shell.parts import Place
from aileron.shell.reading import SimpleCommand, Word
from aileron.shell.scanner import MAX_DEPTH, Notes, Stop
from aileron.shell.scope import CHANGES_DIRECTORY, NAMES, Scope, is_one, leaves, scope_for
from aileron.shell.stored import MAX_TEXT, StoredWalk
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
from aileron.shell.wrappers import Wrappers

STANDARD_INPUT_FILES = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
# `{01..10}` and `{1..9..2}`, which bash 3.2 knows without padding and step.
NEW_BRACES = re.compile(r"\{-?0\d|\.\.-?0\d|\.\.[^{}]*\.\.")
MAX_TEXTS = 300
MAX_MADE = 512  # words that braces make
MAX_WORDS = 20_000  # of commands that other commands run


class Walk(StoredWalk):
    def __init__(self, wrappers: Wrappers, shell: str, source: str) -> None:
        super().__init__(shell, "extglob" in source)
        self.wrappers = wrappers
        self.source = source  # the whole text
        self.substitutions: dict[int, tuple[int, ...]] = {}
        self.moving: set[str] = set()  # functions that change the directory
        self.walked: set[int] = set()  # the Simple nodes that were reached
        self.texts: list[str] = []  # that commands run, each is read on its own
        self.words = 0
        self.arrays: set[str] = set()  # names of variables that are arrays
        self.made = 0  # words out of braces
        self.joined = 0

    # Lists

    def script(self, script: Script, scope: Scope, place: Place) -> None:
        for item in script.items:
            self.item(item, scope, place)

    def item(self, item: AndOr, scope: Scope, place: Place) -> None:
        if item.background:
            scope = scope.copy()
            place = replace(place, background=True)
        before = scope.cwd
        self.pipeline(item.pipelines[0], scope, place)
        if not item.operators:
            if scope.cwd != before:
                scope.cwd = None
            return
        sure = scope.copy()
        here, moved = scope.copy(), scope.cwd != before
        for at, operator in enumerate(item.operators):
            pipeline = item.pipelines[at + 1]
            if operator == "||":
                if at == len(item.operators) - 1 and self.ends_shell(pipeline, item.operators[:-1]):
                    scope.become(here)
                    self.pipeline(pipeline, sure.copy(), place)
                    return
                here = sure.copy()
                here.cwd = before if at == 0 or not moved else None
            stood = here.cwd
            self.pipeline(pipeline, here, place)
            moved = moved or here.cwd != stood
        if moved:
            scope.cwd = None

    def ends_shell(self, pipeline: Pipeline, operators: Sequence[str]) -> bool:
        """`a && b || exit`: what follows runs only if all of them did."""
        return leaves(pipeline) and "||" not in operators and "exit" not in self.bodies

    def pipeline(self, pipeline: Pipeline, scope: Scope, place: Place) -> None:
        if len(pipeline.commands) == 1:
            self.command(pipeline.commands[0], scope, place)
            return
        for command in pipeline.commands:
            first = len(self.found)
            self.command(command, scope.copy(), place)
            upstream = (*place.upstream, *range(first, len(self.found)))
            self.joined += len(upstream)
            if self.joined > functions.MAX_JOINED:
                raise Stop("it joins too many commands")
            place = replace(
                place, feeds="pipe", upstream=upstream, input=self.piped(upstream), alone=True
            )

    def piped(self, upstream: Sequence[int]) -> Word | None:
        """What a single command writes into a pipe, if that is known."""
        text = written(self.found[upstream[0]], self.shell) if len(upstream) == 1 else None
        return None if text is None else Word("", text, quoted=True, prefix=text)

    def command(self, command: Command, scope: Scope, place: Place) -> None:
        if isinstance(command, Simple):
            self.simple(command, scope, place)
        else:
            self.compound(command, scope, place)

    # Compound commands

    def compound(self, node: Compound, scope: Scope, place: Place) -> None:
        if node.kind == "function":
            self.function(node, scope, place)
            return
        first = len(self.found)
        redirects = [self.redirect(item, scope) for item in node.redirects]
        cwd = scope.cwd
        self.duplicated(node.redirects, place)
        place = self.fed(node.redirects, redirects, scope, place)
        if node.kind not in ("group", "subshell", "coproc"):
            place = replace(place, alone=False)
        elif place.input is not None:
            place = replace(place, alone=is_one(node.bodies[0]))
        for word in node.words:
            self.nested(word.parts, scope, place)
            self.store(hidden.kept(word))
        if all(item.body is not None for item in node.redirects):
            self.bodies_of(node, scope, place)
        else:  # where one fails, nothing in it runs
            inner = scope.copy()
            self.bodies_of(node, inner, place)
            scope.functions |= inner.functions
            scope.cwd = cwd if inner.cwd == cwd else None
        inside = tuple(range(first, len(self.found)))
        self.carried(redirects, node, cwd, replace(place, upstream=inside))
        if ">(" in node.source:
            self.outputs(node, scope, replace(place, upstream=inside))

    def bodies_of(self, node: Compound, scope: Scope, place: Place) -> None:
        kind, bodies, first = node.kind, node.bodies, len(self.found)
        if kind == "group":
            self.script(bodies[0], scope, place)
        elif kind == "subshell":
            self.script(bodies[0], scope.copy(), place)
        elif kind == "coproc":
            self.script(
                bodies[0],
                scope.copy(),
                replace(place, feeds="pipe", upstream=(), input=None, background=True),
            )
            self.coprocs.update(range(first, len(self.found)))
        else:
            loop = kind in ("while", "for", "cfor", "select")
            if loop:
                place = replace(place, loop=True)
            moves = CHANGES_DIRECTORY.search(node.source) is not None
            scope.variables.pop(node.name, None)
            inner = scope if kind == "if" else scope.copy()
            if loop and moves:
                inner.cwd = None
            for body in bodies:
                self.script(body, inner, place)
                inner = scope.copy() if kind != "while" else inner
                if moves:
                    inner.cwd = None
            if moves:
                scope.cwd = None

    def function(self, node: Compound, scope: Scope, place: Place) -> None:
        """Its body is walked here; what is known when it is called, is not known here."""
        first = len(self.found)
        inner = scope.copy()
        inner.cwd = None if CHANGES_DIRECTORY.search(node.source) else scope.cwd
        self.script(node.bodies[0], inner, replace(place, alone=False, input=None))
        redirects = [self.redirect(item, scope) for item in node.redirects]
        self.carried(redirects, node, None, place)  # opened when it is called, wherever that is
        scope.define(node.name)
        if inner.cwd is None:
            self.moving.add(node.name)
        bodies = self.bodies.setdefault(node.name, [])
        bodies.append(range(first, len(self.found)))

    # Simple commands

    def simple(self, node: Simple, scope: Scope, place: Place) -> None:
        self.walked.add(id(node))
        index = self.reserve()
        redirects = [self.redirect(item, scope) for item in node.redirects]
        fed = self.fed(node.redirects, redirects, scope, place)
        assignments = []
        for item in node.assignments:
            if item.subscript:
                self.nested(item.subscript, scope, place)
            self.nested(item.value.parts, scope, place)
            value = one(item.value, scope.known, assigned=True)
            if item.array or item.op == "+=" or item.subscript:
                value = replace(value, value=None)
            assignments.append((item.name, value))
            if item.array:
                self.arrays.add(item.name)
        first = len(self.found)
        found: list[Word] = []
        for word in node.words:
            if len(word.parts) > 1 or isinstance(word.parts[0], Expansion):
                self.nested(word.parts, scope, place)
            made = words(word, scope.known, MAX_MADE - self.made)
            self.made += len(made) - 1
            if "{" in word.source:
                self.braces(word, made)
            found += made
        if len(self.found) > first:
            self.substitutions[index] = tuple(range(first, len(self.found)))
        if found and "glob" in found[0].dynamic:
            found[0] = replace(found[0], value=None)
        command = SimpleCommand(
            tuple(found),
            tuple(assignments),
            tuple(redirects),
            node.source,
            fed.via,
            fed.feeds,
            fed.upstream,
            fed.substituted,
            fed.appended,
            fed.background,
            fed.loop,
            scope.cwd,
            bool(found) and found[0].value in scope.functions,
        )
        self.found[index] = command
        self.stored(node, command.name, place)
        if ">(" in node.source:
            self.outputs(node, scope, replace(place, upstream=(*fed.upstream, index)))
        self.runs(command, index, scope, fed)

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

    def runs(self, command: SimpleCommand, index: int, scope: Scope, place: Place) -> None:
        """What a command does to the shell, and what it runs itself."""
        name = command.name
        self.doubts += hidden.in_command(command, self.shell)
        for variable, text in hidden.prompts(command):
            self.prompt(variable, text, place)
        self.computes(command)
        if name == "" or name in hidden.DECLARES:
            self.exported(command, index, scope, place)
        if not name:
            if name == "":
                scope.assign(command)
            else:
                scope.variables.clear()
                self.behind_unknown(command, index, scope, place)
            return
        if name in hidden.SETS_VARIABLES:
            scope.forget(command)
        if name in hidden.DECLARES:
            texts, doubts = hidden.array_texts(command, self.arrays)
            self.doubts += doubts
            for variable, text in texts:
                inside = replace(place, via=(*place.via, name))
                self.read_again(f"{variable}={text}", self.shell, True, scope, inside)
        if name in ("cd", "pushd", "popd"):
            scope.change_directory(command)
        elif name in self.moving:
            scope.cwd = None
        if name == "jobs" and command.words[1:] and command.words[1].value == "-x":
            run = Inner(via="jobs -x", words=command.words[2:])
            if run.words:
                self.inner(run, command, index, scope, place)
        called = hidden.callback(command)
        if called is not None:
            inside = replace(place, via=(*place.via, f"{name} -C"))
            self.read_again(f'{called} "$1" "$2"', self.shell, True, scope, inside)
        if name in ("source", ".") and self.sourced(command, scope, place):
            return
        entry = self.wrappers.find(name)
        if entry is None:
            return
        base = name.rsplit("/", 1)[-1]
        sight = look(entry, base, command.words, place.appended, command.assignments)
        self.doubts += sight.doubts
        given = place.input.value if place.input is not None and base == "xargs" else None
        for inner in sight.inner:
            known = inner if given is None else with_input(inner, command.words, given)
            self.inner(known, command, index, scope, place)
        if sight.may_read and place.feeds:
            self.doubts.append(f"{base} may read commands from its standard input")
        if sight.input:
            self.shell_input(base, sight.input, index, scope, place)
        elif sight.language == "foreign" and place.feeds:
            self.doubts.append(f"the language of {base} is not read")
        elif sight.language and place.input is not None:
            self.script_input(base, sight, scope, place)

    # What a command runs

    def exported(self, command: SimpleCommand, index: int, scope: Scope, place: Place) -> None:
        """Variables whose value programs run (EDITOR, GIT_SSH_COMMAND): they may, from now on."""
        given = [*command.assignments, *map(assignment, command.words[1:])]
        known = self.wrappers.environment
        given = [(name, word) for name, word in given if name in known.variables]
        if given:
            name = command.name or ""
            sight = look(known, name, command.words[:1], assignments=given)
            self.doubts += sight.doubts
            for inner in sight.inner:
                self.inner(inner, command, index, scope, place)

    def behind_unknown(
        self, command: SimpleCommand, index: int, scope: Scope, place: Place
    ) -> None:
        """`$SUDO sh -c …`: what is not known may be nothing at all, or run the rest."""
        for at, word in enumerate(command.words[1:], 1):
            if word.value and self.wrappers.find(word.value) is not None:
                via = command.words[0].source
                self.inner(Inner(via=via, words=command.words[at:]), command, index, scope, place)
                return

    def inner(
        self, inner: Inner, outer: SimpleCommand, index: int, scope: Scope, place: Place
    ) -> None:
        for variable, word in inner.assignments:
            self.store(word.value or "")
            self.doubts += hidden.in_variable(variable, word.value, self.shell)
            if variable in hidden.PROMPTS and word.value:
                self.prompt(variable, word.value, place)
        place = replace(
            place,
            via=(*place.via, inner.via),
            appended=place.appended or inner.appended,
            holes=place.holes | inner.holes,
        )
        if inner.text is not None:
            if any(hole in inner.text for hole in place.holes):
                self.doubts.append(f"{inner.via} runs text that is decided at run time")
            if inner.same and any(item.op[:2] != "<<" for item in outer.redirects):
                scope = scope.copy()  # where one fails, nothing of it runs
            self.read_again(inner.text, inner.shell, inner.same, scope, place)
            return
        if inner.listed and self.wrappers.find(inner.words[0].value or "") is None:
            return
        self.deeper()
        self.words += len(inner.words)
        if self.words > MAX_WORDS:
            raise Stop("it holds too many words that are read again")
        at = self.reserve()
        found = [_filled(word, place.holes) for word in inner.words]
        if found and ("glob" in found[0].dynamic or found[0].value in place.holes):
            found[0] = replace(found[0], value=None)
        same = inner.via in ("command", "builtin", "exec")
        command = replace(
            outer,
            words=tuple(found),
            assignments=inner.assignments,
            via=place.via,
            appended=place.appended,
            function=False,
        )
        self.found[at] = command
        if index in self.substitutions:
            self.substitutions[at] = self.substitutions[index]
        self.runs(command, at, scope if same else scope.copy(), place)
        self.depth -= 1

    def shell_input(self, name: str, shell: str, index: int, scope: Scope, place: Place) -> None:
        """A shell that reads commands from its standard input: literal ones are read, too."""
        if place.input is None:
            self.doubts.append(f"{name} reads commands from its standard input")
            return
        text = place.input.value
        if text is None or "glob" in place.input.dynamic:
            self.doubts.append(f"{name} reads commands that are decided at run time")
            return
        if not place.alone:
            self.doubts.append(f"{name} reads commands from what others read, too")
        first = len(self.found)
        place = replace(place, via=(*place.via, f"{name} <<"), feeds="", upstream=(), input=None)
        self.read_again(text, shell, False, scope, place)
        if any(
            item.feeds == "" and (item.name is None or item.name in hidden.READS_INPUT)
            for item in self.found[first:]
        ):
            self.doubts.append("a command reads from the text that is being run")

    def script_input(self, name: str, sight: Sight, scope: Scope, place: Place) -> None:
        """A program that reads commands of its own from a here-document: what they run."""
        given = place.input
        assert given is not None
        if sight.language == "python":
            found = python.runs(given.value or "", sight.arguments)
        else:
            found = languages.script(sight.language, languages.known_part(given))
        if found.unknown or (given.value is None and found.texts):
            self.doubts.append(f"{name} runs what is decided at run time")
        place = replace(place, via=(*place.via, f"{name} <<"), feeds="", upstream=(), input=None)
        for text in found.texts if given.value is not None else ():
            self.read_again(text, "sh", False, scope, place)

    def sourced(self, command: SimpleCommand, scope: Scope, place: Place) -> bool:
        """`source /dev/stdin <<< 'text'`: this shell reads the text."""
        found = place.input
        name = command.words[1].value if len(command.words) > 1 else None
        if name in ("stdin", "./stdin"):  # in /dev
            self.doubts.append(f"{command.name} may read its standard input")
        if len(command.words) != 2 or name not in STANDARD_INPUT_FILES:
            return False
        if not place.alone or found is None or found.value is None:
            return False
        if "return" in found.value:
            scope = scope.copy()
        place = replace(place, via=(*place.via, f"{command.name} <<"), upstream=(), input=None)
        self.read_again(found.value, self.shell, True, scope, replace(place, feeds=""))
        return True

    def read_again(self, text: str, shell: str, same: bool, scope: Scope, place: Place) -> None:
        self.deeper()
        self.texts.append(text)
        self.text += len(text)
        if self.text > MAX_TEXT or len(self.texts) > MAX_TEXTS:
            raise Stop("it holds too much text that is read again")
        notes = Notes(extglob=self.extglob or "extglob" in text)
        items: list[AndOr] = []
        stop = None
        outer = self.shell
        if not same and not (outer == "bash-3" and shell == "bash"):  # the machine has no other
            self.shell = shell
        try:
            Parser(text, self.shell, self.depth, notes).whole(items)
        except Stop as error:
            stop = error
        self.noted(notes)
        if not same:
            scope = replace(scope_for(text), cwd=scope.cwd)
        elif text not in self.source:  # names that do not stand in the whole text
            scope.once.difference_update(NAMES.findall(text))
        if len(place.via) and place.via[-1] == "trap":
            scope = scope.copy()
            scope.cwd = None
        script = Script(items)
        place = replace(place, alone=place.alone and is_one(script))
        self.whole(script, notes, scope, place)
        if stop is not None:
            self.doubts.append(stop.why)
        self.shell = outer
        self.depth -= 1

    def whole(self, script: Script, notes: Notes, scope: Scope, place: Place) -> None:
        """Walks a text: its complete items, then the commands of one that was cut short."""
        self.script(script, scope, place)
        for node in notes.simples:
            if id(node) not in self.walked:
                self.simple(node, Scope(cwd=None), replace(place, feeds="", input=None))

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Stop(f"it is nested more than {MAX_DEPTH} deep")


def _filled(word: Word, holes: frozenset[str]) -> Word:
    """A word of a command that input is put into: `{}` alone stays as it is."""
    if word.value is None or word.value == "{}" or not any(hole in word.value for hole in holes):
        return word
    return replace(word, value=None, dynamic=word.dynamic | {"parameter"}, prefix="")
