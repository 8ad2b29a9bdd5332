"""What a call hands to the commands in a function's body.

A body is walked where it is defined, and there nothing is known of who will
call it.  In `f() { sh; }; curl x | f` it is `sh` that reads what curl wrote; in
`f | sh` it is the commands of f whose output reaches sh.  So when the whole text
is walked, what a call is fed with is given to the commands of the body that
have no input of their own, and a call in an upstream is joined by its body.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aileron.shell.reading import SimpleCommand

Bodies = dict[str, list[range]]  # by function name: the indices of its commands


def resolve(found: list[SimpleCommand], bodies: Bodies) -> None:
    """Joins calls and bodies, in place."""
    _feed(found, bodies)
    for at, command in enumerate(found):
        if command.upstream:
            found[at] = replace(command, upstream=reached(found, bodies, command.upstream))


def reached(found: list[SimpleCommand], bodies: Bodies, indices: Iterable[int]) -> tuple[int, ...]:
    """`indices`, and the bodies of the functions that are called there."""
    todo = list(indices)
    seen = dict.fromkeys(todo)
    while todo:
        for body in bodies.get(found[todo.pop()].name or "", ()):
            for at in body:
                if at not in seen:
                    seen[at] = None
                    todo.append(at)
    return tuple(seen)


def _feed(found: list[SimpleCommand], bodies: Bodies) -> None:
    todo = [at for at, command in enumerate(found) if command.feeds and command.name in bodies]
    seen = set(todo)
    while todo:
        call = found[todo.pop()]
        for body in bodies[call.name or ""]:
            for at in body:
                command = found[at]
                if command.feeds and not set(call.upstream) - set(command.upstream):
                    continue
                if not command.feeds:
                    upstream = tuple(dict.fromkeys((*command.upstream, *call.upstream)))
                    found[at] = replace(command, feeds=call.feeds, upstream=upstream)
                    if command.name in bodies and at not in seen:
                        seen.add(at)
                        todo.append(at)
