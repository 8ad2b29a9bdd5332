"""The scripts that a request runs, and the tasks (`tasks.py`), read when it is judged.

Only regular files of up to 64 KB of UTF-8, with a first line that names a shell or
none at all; of others nothing is known but whether they are there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from aileron.model import CommandRequest, Facts
from aileron.policy import inline, written
from aileron.policy.scripts import DEPTH, MACHINE, Script, Scripts, wanted
from aileron.policy.shape import Shape, shape
from aileron.policy.tasks import Task
from aileron.session import contents, tasks, tracked
from aileron.shell.reading import Reading
from aileron.tasks.task import Call

LIMIT = 64 * 1024
MOST = 16  # scripts of one request
_FIRST_LINE = re.compile(
    rb"#![ \t]*(?:/usr)?(?:/local)?/bin/(?:env[ \t]+)?(bash|sh|dash|zsh)"
    rb"(?:[ \t]+-[eux]+)*[ \t]*(?:\n|\Z)"
)
_OTHER = re.compile(
    rb"#![ \t]*[\w/.-]*/(?:env[ \t]+(?:-S[ \t]+)?)?"
    rb"(python|node|ruby|perl|php|lua|Rscript|deno|bun|tsx)[\d.]*\b"
)
_EXECUTABLES = frozenset(
    (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
)
_MAY_RUN_ONE = inline.SHELLS | {"source", "."}

Read = Callable[[str, str], Reading]  # the text and the shell that reads it
Gather = Callable[[list[tuple[CommandRequest, Reading]]], Facts]


def gather(
    request: CommandRequest, reading: Reading | None, facts: Gather, read: Read
) -> tuple[Facts, Scripts]:
    """The facts of a request and of all the scripts that it would run, and these."""
    pairs = [(request, reading or Reading(()))]
    known: dict[tuple[str, str], Script] = {}
    by_name: dict[Call, Task] = {}
    found = facts(pairs)
    new, first = pairs, pairs
    for _ in range(DEPTH):
        scripts = dict(_scripts(new, found, known, read))
        more = dict(tasks.found(new, found, by_name, read))
        if not scripts and not more:
            break
        known |= scripts
        by_name |= more
        new = [
            (_inside(request, path, cwd), script.reading) for (path, cwd), script in scripts.items()
        ]
        pieces = [piece for task in more.values() for piece in task.pieces]
        new += [(_inside(request, "", piece.folder), piece.reading) for piece in pieces]
        pairs = pairs + new
        found = facts([*first, *new])
    if len(pairs) > 1:
        kept = tracked.untracked(pairs, found) if by_name else frozenset()
        found = replace(facts(pairs), untracked=kept)
    return found, Scripts(known, by_name)


def _inside(request: CommandRequest, path: str, cwd: str) -> CommandRequest:
    return CommandRequest(argv=(), cwd=cwd, text="", script=path, environment=request.environment)


def _scripts(
    pairs: Iterable[tuple[CommandRequest, Reading]],
    facts: Facts,
    known: dict[tuple[str, str], Script],
    read: Read,
) -> Iterable[tuple[tuple[str, str], Script]]:
    for request, reading in pairs:
        there = replace(facts, script=request.script) if request.script else facts
        shapes: list[Shape] = []
        for at, command in enumerate(reading.commands):
            name = command.name or ""
            if "/" not in name and name not in _MAY_RUN_ONE:
                continue
            made = shape(command, request.cwd, there)
            script = wanted(made, there)
            key = (script.path, made.cwd or "") if script else ("", "")
            if script is None or key in known or len(known) >= MOST:
                continue
            shapes = shapes or [shape(one, request.cwd, there) for one in reading.commands]
            given = written.literal(shapes, script.path, at, there)
            content = given[1].encode() if given else _content(script.path)
            if content is None:
                found = _program(script.path)
            else:
                found = _read(content, script.shell, read, given[0] if given else None)
            if found is not None:
                yield key, found


def _program(path: str) -> Script | None:
    """A file that is no text: a program of this machine, or nothing at all."""
    if not os.path.lexists(path):
        return Script(Reading(()), "", missing=True)
    head = contents.start(path, 4)
    return Script(Reading(()), "", program=MACHINE) if head in _EXECUTABLES else None


def _read(content: bytes, shell: str, read: Read, writer: int | None) -> Script | None:
    first = _FIRST_LINE.match(content)
    shell = shell or (first[1].decode() if first else "")
    if not shell and not content.startswith(b"#!"):
        shell = "sh"
    digest = hashlib.sha256(content).hexdigest()
    if shell:
        return Script(read(content.decode(), shell), digest, writer=writer)
    other = _OTHER.match(content)
    if other is None or writer is not None:
        return None
    return Script(Reading(()), digest, program=other[1].decode())


def _content(path: str) -> bytes | None:
    """The bytes of a script that can be read, None of any other file."""
    content = contents.of(path, LIMIT)
    try:
        (content or b"").decode()
    except UnicodeDecodeError:
        return None
    return content
