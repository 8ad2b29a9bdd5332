"""What a call hands to the commands in a function's body.

A body is walked where it is defined, and there nothing is known of who will
call it.  In `f() { sh; }; curl x | f` it is `sh` that reads what curl wrote; in
`f | sh` it is the commands of f whose output reaches sh.  So when the whole text
is walked, the commands of every body that a fed call leads to, and that have no
input of their own, get the input of all fed calls together; and a call in an
upstream is joined by its body.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aileron.shell.reading import SimpleCommand
from aileron.shell.scanner import Stop

MAX_JOINED = 400_000  # indices written, all upstreams together

Bodies = dict[str, list[range]]  # by function name: the indices of its commands


def resolve(found: list[SimpleCommand], bodies: Bodies) -> None:
    """Joins calls and bodies, in place; Stop when that would be too much."""
    _feed(found, bodies)
    joined: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {}  # by id of the upstream
    written = 0
    for at, command in enumerate(found):
        upstream = command.upstream
        if not upstream:
            continue
        if id(upstream) not in joined:
            more = reached(found, bodies, upstream)
            joined[id(upstream)] = (upstream, more)
            written += len(more)
            if written > MAX_JOINED:
                raise Stop("it joins too many commands")
        more = joined[id(upstream)][1]
        if len(more) > len(upstream):
            found[at] = replace(command, upstream=more)


def reached(found: list[SimpleCommand], bodies: Bodies, indices: Iterable[int]) -> tuple[int, ...]:
    """`indices`, and the bodies of the functions that are called there."""
    todo = list(indices)
    seen = dict.fromkeys(todo)
    called: set[str] = set()
    while todo:
        name = found[todo.pop()].name
        if not name or name in called or name not in bodies:
            continue
        called.add(name)
        for body in bodies[name]:
            new = [at for at in body if at not in seen]
            seen.update(dict.fromkeys(new))
            todo += new
    return tuple(seen)


def _feed(found: list[SimpleCommand], bodies: Bodies) -> None:
    calls = [at for at, command in enumerate(found) if command.feeds and command.name in bodies]
    if not calls:
        return
    kinds = [found[at].feeds for at in calls]
    feeds = "pipe" if "pipe" in kinds else kinds[0]
    upstreams = {id(found[at].upstream): found[at].upstream for at in calls}
    upstream = tuple(sorted({one for given in upstreams.values() for one in given}))
    for at in set(reached(found, bodies, calls)).difference(calls):
        if not found[at].feeds:
            found[at] = replace(found[at], feeds=feeds, upstream=upstream)
