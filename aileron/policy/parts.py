"""A reading, judged: its commands made ready, and a part for each of them."""

from __future__ import annotations

from aileron.model import CommandRequest, Facts, Part, Policy, Rule
from aileron.policy import environment, inside, part, structural
from aileron.policy.match import Match
from aileron.policy.shape import Shape, shape
from aileron.shell.reading import Reading


def judged(
    policy: Policy,
    request: CommandRequest,
    facts: Facts,
    reading: Reading,
    *,
    descendant: bool = False,
    task: bool = False,
) -> list[Part]:
    """A part for each command, with its verdict; `descendant` and `task` as in `part.judge`."""
    shapes = shapes_of(request, facts, reading)
    text = structural.Text(reading, shapes, facts)
    parts = [
        part.judge(
            policy, shape, facts, structural.judge(text, at), descendant=descendant, task=task
        )
        for at, shape in enumerate(shapes)
    ]
    for whole in (request.text or "", *reading.texts):
        for found in structural.judge_text(whole):
            parts.append(part.made(found, whole, ()))
    for found in () if descendant or task else environment.judge_text(request.text or ""):
        if not part.is_overridden(found, policy):
            parts.append(part.made(found, request.text or "", ()))
    return parts


def speaks(
    policy: Policy, rule: Rule, request: CommandRequest, facts: Facts, reading: Reading
) -> Match:
    """How far one rule, by itself, gives its verdict to any command of a request's text."""
    shapes = shapes_of(request, facts, reading)
    text = structural.Text(reading, shapes, facts)
    found = (
        part.speaks(policy, rule, shape, facts, structural.judge(text, at))
        for at, shape in enumerate(shapes)
    )
    return max(found, default=Match.NO)


def shapes_of(request: CommandRequest, facts: Facts, reading: Reading) -> list[Shape]:
    """The commands of a reading, each ready to be judged."""
    starts = inside.Starts(facts)
    return [starts.placed(shape(command, request.cwd, facts)) for command in reading.commands]
