"""`python -m timeit CODE` and `python -m cProfile SCRIPT`: judged as `-c CODE` and `SCRIPT` are.

What timeit is given asks unless it is proven harmless (`programs.py`); a profiler asks where the
script is decided at run time or comes from standard input, and its report is a file like others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aileron.policy.finding import Finding, ask
from aileron.policy.shape import Shape
from aileron.policy.usage import Access
from aileron.shell import command_lines, python_modules
from aileron.shell.reading import SimpleCommand

RULE = "inline/python"
_GIVEN = frozenset({None, "timeit", "code", "pdb", "cProfile", "profile", "trace", "runpy"})
_NAME = re.compile(r"(?:.*/)?(?:python|pypy)[0-9.]*")


def _profiled(command: SimpleCommand) -> python_modules.Profiled | None:
    if not _NAME.fullmatch(command.name or ""):
        return None
    found = command_lines.python(command.words)
    if found.kind != "module" or found.word is None:
        return None
    return python_modules.profiled(found.word.value or "", found.rest)


def timed(command: SimpleCommand) -> str | None:
    """The program that timeit is given, "" if it cannot be said, None if it is not timeit."""
    if not _NAME.fullmatch(command.name or ""):
        return None
    found = command_lines.python(command.words)
    return (found.word.value or "") if found.timed and found.word is not None else None


def accesses(command: SimpleCommand) -> list[Access]:
    """The reports that a profiler writes."""
    found = _profiled(command)
    return [Access("write", word, 0, word.value) for word in found.writes] if found else []


def judge(shape: Shape) -> Iterable[Finding]:
    if timed(shape.command) == "":
        yield ask(RULE, "timeit runs code that is not known")
    found = _profiled(shape.command)
    if found is None:
        return
    script = found.script
    again = found.module[0].value in _GIVEN if found.module else False
    if not found.known or again or (script is not None and script.value in command_lines.INPUT):
        yield ask(RULE, "what is profiled is decided at run time")
