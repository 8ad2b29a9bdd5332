"""From the tree to every simple command that could run.

A command stands before those that its words hold, and before those that it
runs itself (what `sudo x` runs is a command of its own, found behind sudo).

What is known of the shell at each point is a `Scope`.  A `cd` that is not
followed by `&&` or `|| exit` may have failed: from there it is the one directory or the other.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

from aileron.shell import functions, hidden, holes, listing
from aileron.shell.expansion import words
from aileron.shell.hooks import reads_hook
from aileron.shell.lookthrough import Inner, assignment, look, with_input
from aileron.shell.output import written
from aileron.shell.parser import Parser
from aileron.shell.parts import Place
from aileron.shell.reading import ANYTHING, SimpleCommand, Word
from aileron.shell.scanner import MAX_DEPTH, Notes, Stop
from aileron.shell.scope import (
    CHANGES_DIRECTORY,
    NAMES,
    UNKNOWN,
    Given,
    Scope,
    either,
    is_one,
    leaves,
    or_elsewhere,
    scope_for,
)
from aileron.shell.stored import MAX_TEXT
from aileron.shell.supposed import SupposedWalk
from aileron.shell.traced import RESETS, SHIFTS
from aileron.shell.tree import (
    AndOr,
    Command,
    Compound,
    Expansion,
    Pipeline,
    Script,
    Simple,
)
from aileron.shell.wrappers import Wrappers

MAX_TEXTS = 300
MAX_MADE = 512  # words that braces make
MAX_WORDS = 20_000  # of commands that other commands run


class Walk(SupposedWalk):
    def __init__(self, wrappers: Wrappers, shell: str, source: str) -> None:
        super().__init__(wrappers, shell, source)
        self.source = source  # the whole text
        self.substitutions: dict[int, tuple[int, ...]] = {}
        self.hooks: set[int] = set()
        self.last_here = shell == "zsh" or "lastpipe" in source  # a pipeline's last command
        self.words = 0
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
        before = scope.where
        self.pipeline(item.pipelines[0], scope, place)
        if not item.operators:
            if scope.where != before:
                scope.where = either(scope.where, before)
            return
        sure = scope.copy()
        here, moved, reached = scope.copy(), scope.where != before, either(before, scope.where)
        for at, operator in enumerate(item.operators):
            pipeline = item.pipelines[at + 1]
            if operator == "||":
                if at == len(item.operators) - 1 and self.ends_shell(item, scope.within):
                    scope.become(here)
                    self.pipeline(pipeline, sure.copy(), place)
                    return
                here = scope.copy()
                here.where = before if at == 0 or not moved else reached
            stood = here.where
            self.pipeline(pipeline, here, place)
            moved = moved or here.where != stood
            reached = either(reached, here.where)
            scope.perhaps(here)
        if moved:
            scope.where = reached

    def ends_shell(self, item: AndOr, within: str) -> bool:
        """`a && b || exit`: what follows runs only if all of them did."""
        ends = leaves(item.pipelines[-1], within)
        return ends and "||" not in item.operators[:-1] and "exit" not in self.bodies

    def pipeline(self, pipeline: Pipeline, scope: Scope, place: Place) -> None:
        if len(pipeline.commands) == 1:
            self.command(pipeline.commands[0], scope, place)
            return
        for command in pipeline.commands:
            first = len(self.found)
            inner = scope.copy()
            self.command(command, inner, place)
            if command is pipeline.commands[-1] and self.last_here:
                scope.perhaps(inner)
            upstream = (*place.upstream, *range(first, len(self.found)))
            self.joined += len(upstream)
            if self.joined > functions.MAX_JOINED:
                raise Stop("it joins too many commands")
            place = replace(
                place,
                feeds="pipe",
                upstream=upstream,
                input=self.piped(upstream),
                alone=True,
                lines=self.printed_by(command, place.lines),
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
        where = scope.where
        self.duplicated(node.redirects, place)
        place = self.fed(node.redirects, redirects, scope, place)
        redirects = self.targets(node.redirects, redirects, scope)
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
            scope.where = either(where, inner.where)
            scope.perhaps(inner)
        inside = tuple(range(first, len(self.found)))
        self.carried(redirects, node, where, replace(place, upstream=inside))
        if ">(" in node.source:
            self.outputs(node, scope, replace(place, upstream=inside))

    def function(self, node: Compound, scope: Scope, place: Place) -> None:
        """Its body is walked here; what is known when it is called, is not known here."""
        first = len(self.found)
        inner = scope.copy()
        leads = CHANGES_DIRECTORY.search(node.source) is not None
        apart = self.source.replace(node.source, "", 1)  # where it is called, it may be elsewhere
        if leads or CHANGES_DIRECTORY.search(apart):
            inner.where = or_elsewhere(scope.where)
        inner.later()
        self.called_with(node, inner)
        self.script(node.bodies[0], inner, replace(place, alone=False, input=None))
        redirects = [self.redirect(item, scope) for item in node.redirects]
        self.carried(redirects, node, UNKNOWN, place)  # opened when it is called, wherever that is
        scope.define(node.name)
        if leads:
            self.moving.add(node.name)
        bodies = self.bodies.setdefault(node.name, [])
        bodies.append(range(first, len(self.found)))

    # Simple commands

    def simple(self, node: Simple, scope: Scope, place: Place) -> None:
        index = self.walked[id(node)] = self.reserve()
        redirects = [self.redirect(item, scope) for item in node.redirects]
        fed = self.fed(node.redirects, redirects, scope, place)
        first = len(self.found)
        assignments = self.assigned(node, scope, place)
        if node.words:
            first = len(self.found)
        found: list[Word] = []
        for word in node.words:
            if len(word.parts) > 1 or isinstance(word.parts[0], Expansion):
                self.nested(word.parts, scope, place)
            traced = functools.partial(self.possible, scope=scope)
            made = words(word, scope.known, MAX_MADE - self.made, traced)
            self.made += len(made) - 1
            if "{" in word.source:
                self.braces(word, made)
            found += made
        if len(self.found) > first:
            self.substitutions[index] = tuple(range(first, len(self.found)))
        if found and "glob" in found[0].dynamic:
            found[0] = replace(found[0], value=None)
        rows = self.in_place(found, node, scope)
        found = list(rows[0]) if rows else found
        self.words += sum(map(len, rows))
        redirects = self.targets(node.redirects, redirects, scope)
        piped = self.program(found, fed)
        if piped is not None:
            redirects, fed = [*redirects, piped], replace(fed, feeds="heredoc")
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
            bool(found) and found[0].value in scope.functions,
            scope.where,
            fed.inputs if fed.appended else (),
            fed.supposed,
        )
        self.found[index] = command
        for row in rows[1:]:  # before what the first of them makes of the shell
            inner = Inner(via=scope.within or node.words[0].source, words=row)
            self.inner(inner, command, index, scope.copy(), fed)
        self.stored(node, command.name, place)
        if ">(" in node.source:
            self.outputs(node, scope, replace(place, upstream=(*fed.upstream, index)))
        self.runs(command, index, scope, fed)

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
            if name is None:
                if self.passed_on(command, index, scope, place):
                    return
                self.suppose(command, index, scope, place)
                scope.lose()
                self.behind_unknown(command, index, scope, place)
            return
        self.named_before(command, index, scope, place)
        if name in hidden.SETS_VARIABLES:
            scope.forget(command)
        if name in hidden.DECLARES:
            scope.declare(command)
            self.declared_arrays(command, scope)
            texts, doubts = hidden.array_texts(command, self.arrays)
            self.doubts += doubts
            for variable, text in texts:
                inside = replace(place, via=(*place.via, name))
                self.read_again(f"{variable}={text}", self.shell, True, scope, inside)
        scope.called(name)
        if name == "shift" and scope.arguments:
            scope.shift(command)
        if name == "set":
            self.reset(command, scope)
        if name in ("mapfile", "readarray") and place.lines:
            scope.may_be(f"{command.words[-1].value}[@]", place.lines)
        if name in ("cd", "pushd", "popd"):
            scope.change_directory(command)
        elif name in self.moving:
            scope.where = UNKNOWN
        if name == "jobs" and command.words[1:] and command.words[1].value == "-x":
            run = Inner(via="jobs -x", words=command.words[2:])
            if run.words:
                self.inner(run, command, index, scope, place)
        called = hidden.callback(command)
        if called is not None:
            inside = replace(place, via=(*place.via, f"{name} -C"))
            self.read_again(f'{called} "$1" "$2"', self.shell, True, scope, inside)
        printed = [self.found[at] for at in self.substitutions.get(index, ())]
        if reads_hook(command, printed, self.source):
            self.hooks.add(index)
            scope.lose()
            return
        if name in ("source", ".") and self.sourced(command, scope, place):
            return
        entry = self.wrappers.find(name)
        if entry is None:
            return
        base = name.rsplit("/", 1)[-1]
        sight = look(entry, base, command.words, place.appended, command.assignments)
        self.doubts += sight.doubts
        given = place.input.value if place.input is not None and base == "xargs" else None
        if entry.appended:
            place = replace(place, inputs=listing.put_in(base, command.words[1:], place.lines))
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
            given: Given = ()
            if any(hole in inner.text for hole in place.holes):
                texts = holes.texts(inner.text, place.holes, place.inputs) if inner.closed else []
                inside = replace(place, appended=False, inputs=(), holes=frozenset())
                if texts:
                    for text in texts:
                        self.read_again(text, inner.shell, inner.same, scope, inside)
                    return
                self.doubts.append(f"{inner.via} runs text that is decided at run time")
            elif inner.closed:
                given = holes.given(inner.given, place)
                place = replace(place, appended=False, inputs=())
            if inner.same and any(item.op[:2] != "<<" for item in outer.redirects):
                scope = scope.copy()  # where one fails, nothing of it runs
            self.read_again(inner.text, inner.shell, inner.same, scope, place, given)
            return
        if inner.listed and self.wrappers.find(inner.words[0].value or "") is None:
            return
        self.deeper()
        self.words += len(inner.words)
        if self.words > MAX_WORDS:
            raise Stop("it holds too many words that are read again")
        at = self.reserve()
        found = [holes.word(word, place.holes, place.inputs) for word in inner.words]
        if found and ("glob" in found[0].dynamic or found[0].value in place.holes):
            found[0] = replace(found[0], value=None)
        same = inner.via in ("command", "builtin", "exec")
        if inner.folder is not None:
            scope = scope.copy()
            scope.enter(inner.folder)
        passed = bool(scope.within) and inner.via == scope.within
        command = replace(
            outer,
            words=tuple(found),
            assignments=inner.assignments,
            via=place.via,
            appended=place.appended,
            function=passed and bool(found) and found[0].value in self.calls,
            cwds=scope.where if inner.folder is not None else outer.cwds,
            inputs=place.inputs if place.appended else (),
            supposed=place.supposed,
        )
        self.found[at] = command
        if index in self.substitutions:
            self.substitutions[at] = self.substitutions[index]
        self.runs(command, at, scope if same else scope.copy(), place)
        self.depth -= 1

    def read_again(
        self, text: str, shell: str, same: bool, scope: Scope, place: Place, given: Given = ()
    ) -> None:
        """A text that a shell reads; `given` are the words that `$0`, `$1`, … may each be."""
        self.deeper()
        self.texts.append(text)
        self.text += len(text)
        if self.text > MAX_TEXT or len(self.texts) > MAX_TEXTS:
            raise Stop("it holds too much text that is read again")
        notes = Notes(extglob=self.extglob or "extglob" in text)
        items: list[AndOr] = []
        stop, outer = None, self.shell
        if not same and not (outer == "bash-3" and shell == "bash"):  # the machine has no other
            self.shell = shell
        try:
            Parser(text, self.shell, self.depth, notes).whole(items)
        except Stop as error:
            stop = error
        self.noted(notes)
        if not same:
            scope = scope_for(text, Script(items)).inside(scope)
            scope.could["0"] = (ANYTHING,)  # the shell's name, if nothing else is given
            if given and not RESETS.search(text) and not SHIFTS.search(text):
                scope.give(given)
        elif text not in self.source:  # names that do not stand in the whole text
            scope.once.difference_update(NAMES.findall(text))
            scope.names.forget(NAMES.findall(text))
        if len(place.via) and place.via[-1] == "trap":
            scope = scope.copy()
            scope.where = UNKNOWN
            scope.later()
        script = Script(items)
        place = replace(place, alone=place.alone and is_one(script))
        self.whole(script, notes, scope, place)
        if stop is not None:
            self.doubts.append(stop.why)
        self.shell = outer
        self.depth -= 1

    def whole(self, script: Script, notes: Notes, scope: Scope, place: Place) -> None:
        """Walks a text: its complete items, then the commands of one that was cut short."""
        self.spawned(script)
        outer = self.calls
        self.calls = {**outer, **functions.calls(script)}
        self.script(script, scope, place)
        self.calls = outer
        for node in notes.simples:
            if id(node) not in self.walked:
                self.simple(node, Scope(UNKNOWN), replace(place, feeds="", input=None, lines=()))

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Stop(f"it is nested more than {MAX_DEPTH} deep")
