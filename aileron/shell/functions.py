"""What a call hands to the commands in a function's body.

A body is walked where it is defined, and there nothing is known of who will
call it.  In `f() { sh; }; curl x | f` it is `sh` that reads what curl wrote; in
`f | sh` it is the commands of f whose output reaches sh.  So when the whole text
is walked, the commands of every body that a fed call leads to, and that have no
input of their own, get the input of all fed calls together; and a call in an
upstream is joined by its body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from aileron.shell.reading import SimpleCommand
from aileron.shell.scanner import Stop
from aileron.shell.tree import Expansion, Part, RawWord, Script, Simple

ALL_ARGUMENTS = frozenset(('"$@"', '"${@}"', "$@", "$*"))
_RUNS_TEXT = frozenset(("trap", "eval", "mapfile", "readarray"))
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


Calls = dict[str, list[list[RawWord]] | None]  # by function name: the arguments of its calls


def calls(script: Script) -> Calls:
    """The arguments that the functions of a text are called with; None where others may call.

    A function's name behind that of another counts as a call, too: `run f x`; where any of
    them shifts its arguments, at any place.
    """
    found: Calls = {}
    simples: list[Simple] = []
    _collect(script, simples, found)
    found.pop("command_not_found_handle", None)  # bash calls it, too
    shifts = any(one.words and one.words[0].literal() in ("shift", "set") for one in simples)
    for simple in simples if found else ():
        values = [word.literal() for word in simple.words]
        behind = True
        for at, value in enumerate(values):
            if value is None:
                continue
            known = found.get(value)
            if known is not None and (behind or shifts or values[0] in _RUNS_TEXT):
                known.append(simple.words[at + 1 :])
                continue
            behind = False
            if known is not None:
                continue
            if at and values[0] in _RUNS_TEXT:
                for name in found:
                    if name in value and re.search(
                        rf"(?<![\w./-]){re.escape(name)}(?![\w./-])", value
                    ):
                        found[name] = None
    return found


def _collect(script: Script, simples: list[Simple], found: Calls) -> None:
    for item in script.items:
        for pipeline in item.pipelines:
            for command in pipeline.commands:
                words = list(command.words)
                if isinstance(command, Simple):
                    simples.append(command)
                    words += [one.value for one in command.assignments]
                else:
                    if command.kind == "function":
                        found[command.name] = []
                    for body in command.bodies:
                        _collect(body, simples, found)
                for redirect in command.redirects:
                    words += [redirect.target, *([redirect.body] if redirect.body else [])]
                for word in words:
                    _inside(word.parts, simples, found)


def _inside(parts: Iterable[Part | Script], simples: list[Simple], found: Calls) -> None:
    for part in parts:
        if isinstance(part, Script):
            _collect(part, simples, found)
        elif isinstance(part, Expansion) and part.nested:
            _inside(part.nested, simples, found)
