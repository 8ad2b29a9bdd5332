"""Where ways part and meet again: conditions, loops, groups; and what is known behind them."""

from __future__ import annotations

import re
from dataclasses import replace

from aileron.shell.assigned import set_in
from aileron.shell.parts import Place
from aileron.shell.scope import CHANGES_DIRECTORY, Scope, either, leaves, moves, or_elsewhere
from aileron.shell.traced import RESETS, SHIFTS, TracedWalk
from aileron.shell.tree import Compound, Script

_LOOPS = frozenset(("while", "for", "cfor", "select"))
_RUNS_TEXT = re.compile(r"\b(?:eval|source)\b")


class WaysWalk(TracedWalk):
    def __init__(self, shell: str, source: str) -> None:
        super().__init__(shell, source)
        self.moving: set[str] = set()  # functions that change the directory

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
                replace(place, feeds="pipe", upstream=(), input=None, lines=(), background=True),
            )
            self.coprocs.update(range(first, len(self.found)))
        elif kind in _LOOPS:
            self.loop(node, scope, replace(place, loop=True))
        else:
            self.branches(node, scope, place)

    def leads(self, node: Compound) -> bool:
        """Whether it may change the directory."""
        return CHANGES_DIRECTORY.search(node.source) is not None and any(
            moves(body, self.moving) for body in node.bodies
        )

    def loop(self, node: Compound, scope: Scope, place: Place) -> None:
        leads = self.leads(node)
        scope.variables.pop(node.name, None)
        scope.may_be(node.name, ())
        names = set_in(node)
        if scope.names.functions:
            names |= scope.names.changed
        before, start = scope.copy(), len(scope.history)
        inner = scope.copy()
        inner.entered_loop(names)
        resets = SHIFTS.search(node.source) or RESETS.search(node.source)
        if resets:
            inner.forget_arguments()
        if _RUNS_TEXT.search(node.source):
            inner.lose()
        if leads:
            inner.where = or_elsewhere(scope.where)
        if node.kind == "cfor":
            inner.count(node)
        if node.kind == "for":
            inner.may_be(node.name, self.gone_through(node, scope))
        for at, body in enumerate(node.bodies):
            if at == 1:
                self.read_names(node.bodies[0], inner, place)
            self.script(body, inner, place)
        scope.perhaps(inner)
        scope.left_loop(names, start, before)
        if resets:
            scope.forget_arguments()
        if leads:
            scope.where = or_elsewhere(either(scope.where, inner.where))

    def branches(self, node: Compound, scope: Scope, place: Place) -> None:
        """`if`, `case`, and what holds no lists."""
        leads, bodies = self.leads(node), node.bodies
        conditions = range(0, len(bodies) - 1, 2) if node.kind == "if" else range(0)
        ends: list[Scope] = []
        inner, reached = scope, scope.where
        for at, body in enumerate(bodies):
            if inner is not scope or at not in conditions[:1]:
                inner = scope.copy()
            if leads:
                inner.where = reached
            self.script(body, inner, place)
            reached = either(reached, inner.where)
            if inner is not scope:
                scope.perhaps(inner)
            if at not in conditions and not self.is_left(body, scope):
                ends.append(inner)
            inner = scope.copy()
        if leads:
            scope.where = reached
        if ends and self.is_whole(node):
            last = ends.pop()
            for one in ends:
                last.perhaps(one)
            scope.take(last)

    def is_whole(self, node: Compound) -> bool:
        """Whether one of its bodies runs, whatever happens."""
        if node.kind == "if":
            return len(node.bodies) % 2 == 1
        return node.kind == "case" and node.words[-1].source == "*"

    def is_left(self, script: Script, scope: Scope) -> bool:
        """Whether a list ends the shell or the function, whatever happens."""
        item = script.items[-1] if script.items else None
        if item is None or item.background or len(item.pipelines) != 1:
            return False
        ends = leaves(item.pipelines[0], scope.within)
        return ends and "exit" not in self.bodies and "return" not in self.bodies
