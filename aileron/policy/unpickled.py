"""Objects that a program makes of a file (`pickle.load`), by code that the file names.

The project's own files may run, so these may be loaded (`programs.py`); but not where the
same text brings or writes the file first: then nobody has it but the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from aileron.model import Facts
from aileron.policy import effects, programs, scripts
from aileron.policy.finding import Finding, ask
from aileron.policy.shape import Shape


def judge(shapes: Sequence[Shape], index: int, facts: Facts) -> list[Finding]:
    shape = shapes[index]
    if not any(deed.kind == "unpickle" for deed in programs.deeds(shape.command) or ()):
        return []
    for access in effects.touched(shape):
        for path in effects.paths_of(access, shape, facts) if access.kind == "read" else ():
            if scripts.may_change(shapes, index, path, facts):
                reason = f"{path} is written and loaded as objects in one command"
                return [ask("effect/run-download", reason, firm=True)]
    return []
