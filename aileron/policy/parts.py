"""A reading, judged: its commands made ready, and a part for each of them."""

from __future__ import annotations

from dataclasses import replace

from aileron.model import CommandRequest, Facts, Part, Policy, Rule, Verdict
from aileron.policy import environment, homes, inside, linked, part, structural, unpickled, written
from aileron.policy.finding import Finding
from aileron.policy.match import Match
from aileron.policy.shape import Shape, shape
from aileron.shell.reading import Reading

SUPPOSED = "supposed"


def judged(
    policy: Policy,
    request: CommandRequest,
    facts: Facts,
    reading: Reading,
    shapes: list[Shape],
    *,
    descendant: bool = False,
    task: bool = False,
) -> list[Part]:
    """A part for each command, with its verdict; `descendant` and `task` as in `part.judge`.

    `shapes` are those of the reading (`shapes_of`).
    """
    text = structural.Text(reading, shapes, facts)
    known = linked.known(shapes, facts)
    parts = [
        part.judge(policy, shape, known[at], around(text, at), descendant=descendant, task=task)
        for at, shape in enumerate(shapes)
    ]
    for at in range(1, len(shapes)):  # before the first nothing was written
        given = written.as_given(shapes, at, facts)
        if given is not None:
            found = part.judge(policy, given, facts, [], descendant=descendant, task=task)
            if _counts(found) and found.verdict.strictness > parts[at].verdict.strictness:
                parts[at] = replace(found, text=parts[at].text, argv=parts[at].argv)
    for at, made in enumerate(shapes):
        if made.command.supposed and parts[at].verdict is not Verdict.DENY:
            why = "the command that may be this is judged as one that is not known"
            parts[at] = replace(parts[at], verdict=Verdict.ALLOW, rule=SUPPOSED, reason=why)
    for sign in structural.judge_text(reading):
        parts.append(part.made(sign, request.text or "", ()))
    signs = [*environment.judge_text(request.text or ""), *homes.judge_text(request.text or "")]
    for sign in () if descendant or task else signs:
        if not part.is_overridden(sign, policy):
            parts.append(part.made(sign, request.text or "", ()))
    return parts


def around(text: structural.Text, at: int) -> list[Finding]:
    """What the commands around one say about it."""
    return (
        structural.judge(text, at)
        + unpickled.judge(text.shapes, at, text.facts)
        + homes.judge(text.shapes, at, text.facts)
    )


def _counts(found: Part) -> bool:
    """Whether what a program does counts, where running its file would be allowed."""
    if found.verdict is Verdict.DENY:
        return True
    return not found.rule.startswith(("inline/", "default", "effect/unknown-path"))


def speaks(
    policy: Policy, rule: Rule, request: CommandRequest, facts: Facts, reading: Reading
) -> Match:
    """How far one rule, by itself, gives its verdict to any command of a request's text."""
    shapes = shapes_of(request, facts, reading)
    text = structural.Text(reading, shapes, facts)
    known = linked.known(shapes, facts)
    found = (
        part.speaks(policy, rule, shape, known[at], around(text, at))
        for at, shape in enumerate(shapes)
    )
    return max(found, default=Match.NO)


def shapes_of(request: CommandRequest, facts: Facts, reading: Reading) -> list[Shape]:
    """The commands of a reading, each ready to be judged."""
    starts = inside.Starts(facts)
    shapes = [starts.placed(shape(command, request.cwd, facts)) for command in reading.commands]
    return homes.with_variables(shapes, facts)
