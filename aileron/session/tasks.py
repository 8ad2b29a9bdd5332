"""The tasks of the project that a request runs by name, read at the moment when it is judged.

Of the runner's file (Makefile, package.json, justfile) up to 256 KB are read, and
of those that it includes; each must be a regular file that lies in the project or
in scratch space, wherever links lead.  Of others nothing is known.  What the same text writes
word for word (`printf … > Makefile`, `make -f - <<E`, `npm pkg set`) stands for the file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from aileron.model import CommandRequest, Facts
from aileron.policy import paths, taskfiles
from aileron.policy.shape import shape
from aileron.policy.tasks import Piece, Task, called
from aileron.session import contents
from aileron.shell.reading import Reading
from aileron.tasks import runners
from aileron.tasks.task import Call, File

LIMIT = 256 * 1024
MOST = 16  # tasks of one request
MOST_PIECES = 400  # texts of all of them together
_HIGHEST = 32  # folders that are looked through upwards

Reader = Callable[[str, str], Reading]  # the text and the shell that reads it


def found(
    pairs: Iterable[tuple[CommandRequest, Reading]],
    facts: Facts,
    known: dict[Call, Task],
    read: Reader,
) -> Iterator[tuple[Call, Task]]:
    """The tasks that commands of the readings run, without those that are known."""
    new: set[Call] = set()
    pieces = sum(len(task.pieces) for task in known.values())
    for request, reading in pairs:
        for at, command in enumerate(reading.commands):
            name = command.name or ""
            if name.rpartition("/")[2] not in runners.NAMES:
                continue
            there = replace(facts, script=request.script) if request.script else facts
            call = called(shape(command, request.cwd, there), there)
            if call is None or call in known or call in new:
                continue
            if len(known) + len(new) >= MOST or pieces >= MOST_PIECES:
                return
            shapes = [shape(one, request.cwd, there) for one in reading.commands]
            task = _task(call, facts, read, partial(taskfiles.given, shapes, at, facts=facts))
            if task is not None:
                new.add(call)
                pieces += len(task.pieces)
                yield call, task


@dataclass
class _Files:
    """The files of one task, as they are read."""

    facts: Facts
    given: Callable[[str, str | None], str | None]  # by the text itself; what there is without it
    places: set[str] = field(default_factory=set)
    whole: list[bytes] = field(default_factory=list)

    def read(self, path: str) -> str | None:
        """The text of a file of the project; None where there is none that may be read."""
        self.places.add(path)
        there = os.path.realpath(path)
        if not (_is_ours(path, self.facts) and _is_ours(there, self.facts)):
            return None
        content = contents.of(there, LIMIT)
        written = self.given(path, None if content is None else content.decode("utf-8", "replace"))
        if written is not None:
            content = written.encode("utf-8", "surrogateescape")
        if content is None:
            return None
        self.whole += [path.encode("utf-8", "surrogateescape"), content]
        return content.decode("utf-8", "replace")

    def digest(self) -> str:
        whole = hashlib.sha256()
        for one in self.whole:
            whole.update(hashlib.sha256(one).digest())
        return whole.hexdigest()


def _is_ours(path: str, facts: Facts) -> bool:
    roots = (facts.project, *facts.scratch)
    return any(
        paths.inside(path, root) or paths.inside(path, paths.real(root, facts)) for root in roots
    )


def _task(
    call: Call, facts: Facts, read: Reader, given: Callable[[str, str | None], str | None]
) -> Task | None:
    if not _is_ours(call.folder, facts) or "\0" in call.folder:
        return None
    files = _Files(facts, given)
    file = None
    for path in _candidates(call, facts):
        text = files.read(path)
        if text is not None:
            file = File(path, text)
            break
        if os.path.lexists(path):
            return Task("", frozenset(files.places), unclear=f"{path} cannot be read")
    if file is None:
        return Task("", frozenset(files.places), unclear="there is no file that names it")
    environment = {"HOME": facts.home} if facts.home else {}
    plan = runners.plan(call, file, files.read, environment)
    pieces = tuple(
        Piece(step.task, step.folder, read(step.text, step.shell)) for step in plan.steps
    )
    return Task(file.path, frozenset(files.places), pieces, plan.unclear, files.digest())


def _candidates(call: Call, facts: Facts) -> Iterator[str]:
    """Where the runner looks for its file, in its order."""
    folder = paths.join("/", call.folder)
    for _ in range(_HIGHEST):
        for name in call.files:
            yield paths.join(folder, name)
        above = folder.rpartition("/")[0] or "/"
        if not call.upwards or above == folder or not _is_ours(above, facts):
            return
        folder = above
