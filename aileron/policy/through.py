"""What is behind a command that runs text of the project: the verdict on what is in there.

A script that nothing speaks about is as strict as the strictest command in it
(`scripts.py`); for a task that is run by name the rule stands in `tasks.py`.
Each reason names the file, and the command that decided.
"""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aileron.model import CommandRequest, Facts, Part, Policy, Verdict
from aileron.policy import part, paths, structural, tasks
from aileron.policy.absent import is_absent, speaks_of_lasting
from aileron.policy.finding import ask, deny
from aileron.policy.parts import judged, shapes_of
from aileron.policy.scripts import DEPTH, MACHINE, Script, Scripts, built, may_change, wanted
from aileron.policy.shape import Shape
from aileron.shell.reading import ANYTHING, Reading

MISSING = "missing"  # there is no such program, or script
BUILT = "built"
PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Inside:
    """What it takes to judge the text of a script or a task."""

    policy: Policy
    request: CommandRequest
    facts: Facts
    scripts: Scripts
    depth: int = 0
    known: dict[tuple[int, str, str, bool, int], list[Part]] = field(default_factory=dict)

    def parts(self, reading: Reading, cwd: str, *, task: bool, script: str = "") -> list[Part]:
        """What is in it, each text looked at once: a hostile one names others a thousand times."""
        key = (id(reading), cwd, script, task, self.depth)
        if key not in self.known:
            inner = replace(self.request, text="", cwd=cwd, options=(), script="")
            there = replace(self.facts, script=script)
            shapes = shapes_of(inner, there, reading)
            held = judged(self.policy, inner, there, reading, shapes, task=task)
            within = replace(self, request=inner, facts=there, depth=self.depth + 1)
            self.known[key] = looked_through(within, shapes, held, task=task)
        return self.known[key]

    def shapes(self, reading: Reading, cwd: str) -> list[Shape]:
        return shapes_of(replace(self.request, cwd=cwd), replace(self.facts, script=""), reading)


def looked_through(
    inside: Inside, shapes: list[Shape], parts: list[Part], *, task: bool = False
) -> list[Part]:
    """The parts, those that run a task, or a script nothing speaks about, with the verdict on
    what is in it."""
    request, facts, scripts = inside.request, inside.facts, inside.scripts
    if inside.depth == DEPTH:
        return parts
    found = list(parts)
    for at, made in enumerate(shapes):
        if made.command.supposed:
            continue
        if tasks.runs(made):
            found[at] = _of_runner(inside, shapes, at, parts[at], in_task=task)
            continue
        if parts[at].rule == part.DYNAMIC and _is_built(shapes, at, facts):
            why = f"{made.command.words[0].source} is made from the sources here"
            found[at] = replace(parts[at], verdict=Verdict.ALLOW, rule=BUILT, reason=why)
            continue
        open_verdict = Verdict.ALLOW if task else Verdict.ASK
        if parts[at].verdict is not open_verdict or parts[at].rule != part.DEFAULT:
            continue
        path = wanted(made, facts)
        script = scripts.of(made, path) if path else None
        if path is None and not task and is_absent(inside.policy, request, shapes, at, facts):
            why = f"there is no {made.name}: nothing can run"
            found[at] = replace(parts[at], verdict=Verdict.ALLOW, rule=MISSING, reason=why)
        if path is None or script is None:
            continue
        if may_change(shapes, at, path.path, facts, writer=script.writer):
            why = f"{parts[at].reason}, which the same command may write"
            found[at] = replace(parts[at], reason=why)
            continue
        if script.missing or script.program:
            found[at] = _of_program(parts[at], shapes, at, path.path, script, facts)
            continue
        cwd = made.cwd or request.cwd
        there = replace(facts, script=path.path)
        if structural.starts_itself(script.reading, path.path, cwd, there):
            sign = deny(structural.BOMB, f"{path.path} starts itself without end")
            found[at] = part.made(sign, parts[at].text, parts[at].argv)
            continue
        held = inside.parts(script.reading, cwd, task=task, script=path.path)
        found[at] = _of_script(parts[at], path.path, script, held)
    return found


def _of_runner(
    inside: Inside, shapes: Sequence[Shape], at: int, outer: Part, *, in_task: bool
) -> Part:
    """The part that runs a task of the project by its name (the rule stands in `tasks.py`)."""
    if outer.verdict is Verdict.DENY:
        return outer
    called = tasks.called(shapes[at], inside.facts)
    task = inside.scripts.tasks.get(called) if called is not None else None
    if not in_task and tasks.writes(shapes, at, called, task, inside.facts):
        why = f"{outer.argv[0]} runs what the same command writes"
        written = part.made(ask(tasks.WRITTEN, why), outer.text, outer.argv)
        seen = _of_task(inside, shapes[at], outer, task) if task is not None else outer
        if seen.verdict is Verdict.DENY or seen.rule in tasks.FED:
            return replace(seen, verdict=Verdict.DENY)
        overridden = tasks.WRITTEN in inside.policy.overrides
        return outer if overridden or not tasks.stricter(outer, written) else written
    return outer if task is None else _of_task(inside, shapes[at], outer, task)


def _of_task(inside: Inside, shape: Shape, outer: Part, task: tasks.Task) -> Part:
    found = outer
    digests = [task.digest]
    for piece in task.pieces:
        for one in inside.parts(piece.reading, piece.folder, task=True):
            digests.append(one.digest)
            more = found is outer or one.verdict.strictness > found.verdict.strictness
            if more and tasks.stricter(outer, one):
                found = _held(outer, one, tasks.where(task, piece, inside.facts))
    digest = _combined(digests)
    if found is outer and tasks.is_by_name(outer):
        found = _without_name(inside, shape, outer, task)
    return found if found.verdict is Verdict.ALLOW else replace(found, digest=digest)


def _without_name(inside: Inside, shape: Shape, outer: Part, task: tasks.Task) -> Part:
    """The part that only its name asks about: allowed where all that it runs is."""
    name = tasks.where(task, task.pieces[0], inside.facts) if task.pieces else task.path
    if task.unclear:
        return replace(outer, reason=f"{outer.reason}; not completely read: {task.unclear}")
    for piece in task.pieces:
        where = tasks.where(task, piece, inside.facts)
        if not piece.reading.complete:
            return replace(
                outer,
                reason=f"{outer.reason}; {where} is not completely read: {piece.reading.why}",
            )
        for made, one in zip(
            inside.shapes(piece.reading, piece.folder),
            inside.parts(piece.reading, piece.folder, task=False),
            strict=False,
        ):
            if one.verdict is not Verdict.ALLOW:
                return replace(outer, reason=_held(outer, one, where).reason)
            nested = tasks.called(made, inside.facts)
            further = inside.scripts.tasks.get(nested) if nested is not None else None
            if further is not None and inside.depth < DEPTH:
                deeper = replace(inside, depth=inside.depth + 1)
                below = _without_name(deeper, made, outer, further)
                if below.verdict is not Verdict.ALLOW:
                    return below
            elif tasks.tells(made):
                return replace(outer, reason=f"{outer.reason}: {where} runs {_short(one.text)}")
    lifted = replace(inside.policy, overrides=inside.policy.overrides | tasks.BY_NAME)
    again = part.judge(lifted, shape, inside.facts, [])
    if again.verdict is not Verdict.ALLOW:
        return outer
    return replace(again, rule="task", reason=f"each command of {name} is judged")


def _held(outer: Part, one: Part, where: str) -> Part:
    """A part as strict as a command that it runs, which its reason names."""
    return replace(
        one,
        text=outer.text,
        argv=outer.argv,
        reason=f"{where} runs {_short(one.text)}: {one.reason}",
    )


def _short(text: str) -> str:
    """A command on one line, and not too long a one."""
    line = " ".join(text.split())
    return line if len(line) < 60 else f"{line[:57]}…"


def _combined(digests: list[str]) -> str:
    """One digest for all the files that a verdict rests on."""
    known = [one for one in digests if one]
    if len(known) < 2:
        return "".join(known)
    return hashlib.sha256(" ".join(known).encode()).hexdigest()


def _is_built(shapes: Sequence[Shape], at: int, facts: Facts) -> bool:
    """Whether a program that the run decides can only be one that the text builds before:
    `for t in build/tests/*_test; do "$t"; done`."""
    made = shapes[at]
    if made.container is not None:
        return False
    every = paths.all_of_word(made.command.words[0], made.cwds, facts)
    return bool(every) and all(
        one != ANYTHING
        and paths.is_build_output(posixpath.dirname(one), facts)
        and paths.place(one, facts) is paths.Place.PROJECT
        and built(shapes, at, one, facts)
        and not may_change(shapes, at, one, facts)
        for one in every
    )


def _of_program(
    outer: Part, shapes: Sequence[Shape], at: int, path: str, script: Script, facts: Facts
) -> Part:
    """The part that runs a file of the project which is no shell script, or is not there."""
    if built(shapes, at, path, facts):
        why = f"{path} is made from the sources here"
        return replace(outer, verdict=Verdict.ALLOW, rule=BUILT, reason=why)
    if script.missing:
        said = [posixpath.basename(path), *shapes[at].command.argv[1:]]
        if any(speaks_of_lasting(word or "") for word in said):
            return outer
        why = f"there is no {path}: nothing can run"
        return replace(outer, verdict=Verdict.ALLOW, rule=MISSING, reason=why)
    if not paths.inside(path, facts.project):
        return outer
    if script.program == MACHINE and not paths.is_build_output(path, facts):
        return outer
    why = f"a program of the project, as {script.program} runs it"
    return replace(outer, verdict=Verdict.ALLOW, rule=PROGRAM, reason=why)


def _of_script(outer: Part, path: str, script: Script, held: list[Part]) -> Part:
    """The part that runs a script: as strict as the strictest command in it."""
    held = [
        replace(one, verdict=Verdict.ASK) if one.rule == structural.EVAL else one for one in held
    ]  # scripts may do that; it is asked about, since it cannot be read
    strictest = max(held, key=lambda one: one.verdict.strictness, default=None)
    digest = _combined([script.digest, *(one.digest for one in held)])
    if strictest is not None and strictest.verdict is not Verdict.ALLOW:
        return replace(_held(outer, strictest, path), digest=digest)
    if not script.reading.complete:
        why = f"{outer.reason}, which is not completely read: {script.reading.why}"
        return replace(outer, reason=why, digest=digest)
    return replace(
        outer,
        verdict=Verdict.ALLOW,
        rule="script",
        reason=f"each command of {path} is judged",
        digest=digest,
    )
