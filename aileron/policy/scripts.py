"""Scripts of the project that a command runs: which file, and whether its bytes can be relied on.

The rule: where nothing else speaks about a command that runs a script of the project
(or of scratch space), the commands in the script decide.  Its bytes are looked at when
the command is judged; so it does not count where the same text writes the script
first, or brings files from elsewhere.  Between the judging and the running the script
can still be changed by others; what it then starts is judged as what an allowed
command starts, as it is for `python x.py`.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aileron.model import Facts
from aileron.policy import effects, inline, paths
from aileron.policy.bringing import BUILDS, brings
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.policy.tasks import Task
from aileron.shell.reading import ANYTHING, Reading
from aileron.tasks.task import Call

MACHINE = "this machine"
DEPTH = 4  # scripts that run scripts
_SOURCES = names("source .")
_CHANGES_MODES = names("chmod touch mkdir")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A script that a command runs: its absolute path, and the shell that the command says
    ("" where the script's first line does)."""

    path: str
    shell: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it was when the command was judged; `digest` is SHA-256 of its bytes."""

    reading: Reading
    digest: str
    missing: bool = False  # there is no such file
    program: str = ""  # what runs it, where that is no shell: an interpreter, or "the machine"
    writer: int | None = None  # the command of the same text that writes it, word for word


@dataclass(frozen=True, slots=True)
class Scripts:
    """What is known of scripts, by path and the folder that they would run in, and of tasks."""

    known: Mapping[tuple[str, str], Script] = field(default_factory=dict)
    tasks: Mapping[Call, Task] = field(default_factory=dict)

    def of(self, shape: Shape, wanted: Wanted) -> Script | None:
        return self.known.get((wanted.path, shape.cwd or ""))


NO_SCRIPTS = Scripts()


def wanted(shape: Shape, facts: Facts) -> Wanted | None:
    """The script of the project or of scratch space that a command runs."""
    words = shape.command.words
    if shape.container is not None:
        return None  # its files are not this machine's
    if shape.name in _SOURCES:
        path = paths.of_word(words[1], shape.cwd, facts) if len(words) > 1 else None
        found = Wanted(path, "bash") if path else None
    elif "/" in shape.name and shape.program is not None:
        found = Wanted(shape.program)
    else:
        program = inline.program(shape)
        shell = program is not None and program.interpreter.language == "shell"
        if program is None or not shell or program.source != "file" or program.word is None:
            return None
        path = paths.of_word(program.word, shape.cwd, facts)
        found = Wanted(path, shape.base) if path else None
    if found is None or shape.cwd is None:
        return None
    roots = (facts.project, *facts.scratch)
    there = paths.real(found.path, facts)
    if not any(paths.inside(found.path, root) and paths.inside(there, root) for root in roots):
        return None
    return found


def built(shapes: Sequence[Shape], at: int, path: str, facts: Facts) -> bool:
    """Whether a command before this one makes the program from the project's sources."""
    for shape in shapes[:at]:
        if not shape.names & BUILDS:
            continue
        made = [
            one
            for access in effects.touched(shape)
            for one in effects.paths_of(access, shape, facts)
        ]
        if path in made or paths.is_build_output(path, facts):
            return True
    return False


def may_change(
    shapes: Sequence[Shape], at: int, path: str, facts: Facts, *, writer: int | None = None
) -> bool:
    """Whether a command of the text, other than the one at `at` and the `writer` that is
    known, may write the script; what builds makes it from sources that are there."""
    for number, shape in enumerate(shapes):
        if number in (at, writer) or (number < at and shape.names & BUILDS):
            continue
        before = number < at or shape.command.background or shapes[at].command.loop
        if before and brings(shape):
            return True
        unnamed = shape.command.words and shape.command.name is None
        if before and unnamed:
            return True
        for access in effects.touched(shape):
            if access.kind in ("read", "delete", "clear") or (
                access.index and shape.names & _CHANGES_MODES
            ):
                continue
            touched = effects.paths_of(access, shape, facts)
            if not touched or any(_may_be(path, one) for one in touched):
                return True
    return False


def _may_be(path: str, written: str) -> bool:
    """Whether a write to a path, or to what a pattern stands for, may change a program."""
    if written == ANYTHING:
        return True
    if not any(sign in written for sign in "*?["):
        return paths.inside(path, written) or fnmatch.fnmatchcase(written, path)
    return fnmatch.fnmatchcase(path, written) or fnmatch.fnmatchcase(path, written + "/*")
