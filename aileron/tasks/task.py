"""What a task runner is asked for, and what it would run: the values of this package.

npm, make and just run the project's own text by a name.  Each runner has a
module with two functions, and nothing here touches the world:

    call(name, words, folder)    what a command line asks for: a `Call`, or None where that
                                 is not plainly to be read, or nothing of the project runs
    plan(call, file, read)       what would run, from the text of the runner's file: a `Plan`

A plan that is not the whole truth says why (`unclear`); the steps that it holds
are those that could run, as far as they were read.  Texts are bounded, and so is
what is made of them: nothing here takes longer than a file of that size can make it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable
from dataclasses import dataclass

MOST_STEPS = 200
LONGEST = 64 * 1024  # of all the text that the steps of a plan hold

# Stands for what a runner decides when it runs: a shell reads it as a variable.
UNKNOWN = "${unclear}"


@dataclass(frozen=True, slots=True)
class Call:
    """A command that asks a runner for tasks.

    `files` are the names of the runner's file, in the order in which it looks for them, in
    `folder` and, if `upwards`, in those above it.  No `tasks` means the default one.
    `words` go to the task, None where one is decided at run time; `settings` are variables
    that the command line sets, `environment` those that are set in front of it; `options` are
    those that change what runs.
    """

    runner: str
    folder: str
    files: tuple[str, ...]
    upwards: bool = False
    tasks: tuple[str, ...] = ()
    words: tuple[str | None, ...] = ()
    settings: tuple[tuple[str, str | None], ...] = ()
    environment: tuple[tuple[str, str | None], ...] = ()
    options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class File:
    """A runner's file: its absolute path, and what is in it."""

    path: str
    text: str

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0] or "/"


@dataclass(frozen=True, slots=True)
class Step:
    """A text that a shell would be given, for a task ("" for what runs whatever the task)."""

    task: str
    text: str
    folder: str
    shell: str = "sh"


@dataclass(frozen=True, slots=True)
class Plan:
    steps: tuple[Step, ...]
    unclear: str = ""


Words = tuple[str | None, ...]
Read = Callable[[str], str | None]  # a further file of the project, None where there is none


def names(text: str) -> frozenset[str]:
    """A table of words as a set, written as running text."""
    return frozenset(text.split())


def bounded(steps: Iterable[Step], unclear: str) -> Plan:
    """A plan of as many steps as may be looked at, each once."""
    kept: dict[Step, None] = {}
    length = 0
    for step in steps:
        if step in kept or not step.text.strip():
            continue
        length += len(step.text)
        if len(kept) >= MOST_STEPS or length > LONGEST:
            return Plan(tuple(kept), unclear or "it runs more than can be looked at")
        kept[step] = None
    return Plan(tuple(kept), unclear)


def quoted(words: Iterable[str | None]) -> str:
    """Words as a shell would read them again, with a space in front of each."""
    return "".join(f" {UNKNOWN if word is None else shlex.quote(word)}" for word in words)
