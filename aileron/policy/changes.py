"""What would change the verdict on a part; whatever is said here was tried.

    trust      the project's file, where its own rule would allow it
    rule       an allow rule, as it would be written, and how far it goes
    override   a built-in ask that one may turn off, for every command
    edit       the rule that a person or project wrote, which no other lifts
    rewrite    another way to write the command
    nothing    nobody lifts it

A rule or override is only named if the part, decided again with it, is allowed; where an edit
or override leads elsewhere, it says where.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from aileron.model import Layer, Part, Policy, Rule, Verdict
from aileron.policy import judgements, packages, paths
from aileron.policy.case import Case
from aileron.policy.part import DEFAULT
from aileron.policy.registries import MANIFESTS, listed
from aileron.policy.rule_for import (
    Proposed,
    allows,
    by_words,
    is_delicate,
    literal,
    pattern_of,
    written,
)
from aileron.policy.structural import EVAL
from aileron.policy.tasks import FED
from aileron.shell.reading import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`after` is the part's verdict with it, None where that was not tried (a rewrite);
    `caution` says what speaks against it."""

    kind: str
    text: str = ""
    proposed: Proposed | None = None
    override: str = ""
    after: Verdict | None = None
    caution: str = ""


def changes(
    policy: Policy, case: Case, part: Part, at: int, trusted: Policy | None = None
) -> Iterator[Change]:
    """What would make a part that asks or is denied do less of it, the best first; `trusted` is
    the policy if the project's file were trusted."""
    if part.verdict is Verdict.ALLOW:
        return
    then = _judged(trusted, case, at) if trusted is not None and not part.digest else None
    if then is not None and then.verdict is Verdict.ALLOW:
        text = f"`aileron trust`: then {then.rule} allows it"
        yield Change(kind="trust", text=f"{text} ({then.place})", after=then.verdict)
    if part.layer is not Layer.BUILTIN:
        yield from _edits(policy, case, part, at)
        return
    if part.digest and case.script(at) is None:
        yield from _of_task(policy, case, part, at)
        return
    if part.digest:
        yield from _of_script(policy, case, at)
        return
    if part.rule == EVAL or (part.verdict is Verdict.DENY and part.rule != DEFAULT):
        denied = part.verdict is Verdict.DENY
        text = "nothing: no rule lifts a built-in deny" if denied else "nothing: no rule lifts it"
        yield Change(kind="nothing", text=text)
        if part.message:
            yield Change(kind="rewrite", text=f"instead: {part.message}")
        return
    known = at < len(case.shapes)
    found = list(_rules(policy, case, part, at)) if known else []
    rewrites = list(_rewrites(case, part, at, bool(found))) if known else []
    if part.rule == packages.UNKNOWN:
        yield from _manifests(policy, case, at)
    yield from found
    yield from _overrides(policy, case, part, at)
    yield from rewrites


def _rules(policy: Policy, case: Case, part: Part, at: int) -> Iterator[Change]:
    """The rule of its own words; where these are not all known, one that ends in `*`."""
    found = by_words(policy, case, at, Layer.USER)
    if found is not None:
        delicate = is_delicate(policy, case, at, part)
        caution = "think twice: then nobody is asked any more" if delicate else ""
        yield Change(kind="rule", proposed=found, after=Verdict.ALLOW, caution=caution)
        return
    open_ended = _open_ended(policy, case, at) if part.rule == DEFAULT else None
    if open_ended is not None:
        yield Change(
            kind="rule",
            proposed=open_ended,
            after=Verdict.ALLOW,
            caution="it allows any further words",
        )


def _open_ended(policy: Policy, case: Case, at: int) -> Proposed | None:
    """The words up to the first that is not known, and `*` for all that follow."""
    shape = case.shapes[at]
    first: str | None = shape.base
    if not shape.expected:
        program = shape.program
        first = literal(paths.as_written(program, case.facts)) if program else None
    if not first:
        return None
    fixed = [first]
    for word in shape.command.words[1:]:
        pattern = pattern_of(word)
        if pattern is None:
            break
        fixed.append(pattern)
    made = written((*fixed, "*"))
    return made if made is not None and allows(made, policy, case, at) else None


def _overrides(policy: Policy, case: Case, part: Part, at: int) -> Iterator[Change]:
    mine = [rule for rule in policy.rules if rule.layer is Layer.BUILTIN and rule.id == part.rule]
    asks = judgements.find(part.rule) is Verdict.ASK
    if not asks and not any(rule.bucket is Verdict.ASK for rule in mine):
        return
    after = _judged(replace(policy, overrides=policy.overrides | {part.rule}), case, at)
    if (after.verdict, after.rule) == (part.verdict, part.rule):
        return
    caution = "for every command"
    if after.verdict is not Verdict.ALLOW:
        caution += f"; then {after.rule} says {after.verdict.value}"
    yield Change(kind="override", override=part.rule, after=after.verdict, caution=caution)


def _edits(policy: Policy, case: Case, part: Part, at: int) -> Iterator[Change]:
    """What the rule of a person or project says goes before every allow: only it can change."""
    mine = [rule for rule in policy.rules if (rule.id, rule.layer) == (part.rule, part.layer)]
    if not mine:
        return
    left = tuple(rule for rule in policy.rules if rule is not mine[0])
    after = _judged(replace(policy, rules=left), case, at)
    what = f"only a change of this rule: {_shown(mine[0])}, in {part.place}"
    then = f"without it: {after.verdict.value} by {after.rule}"
    yield Change(kind="edit", text=what, after=after.verdict, caution=then)
    if part.message:
        yield Change(kind="rewrite", text=f"instead: {part.message}")


def _of_task(policy: Policy, case: Case, part: Part, at: int) -> Iterator[Change]:
    """For a task that is run by its name: an allow of the name lifts what built-in rules ask."""
    yield Change(kind="rewrite", text="what speaks against it in the task")
    if part.verdict is Verdict.DENY:
        yield Change(kind="nothing", text="else nothing: no rule lifts a built-in deny")
    elif part.rule not in FED:
        yield from _whole(policy, case, at)


def _of_script(policy: Policy, case: Case, at: int) -> Iterator[Change]:
    yield Change(kind="rewrite", text="what asks in the script, below")
    yield from _whole(policy, case, at)


def _whole(policy: Policy, case: Case, at: int) -> Iterator[Change]:
    whole = by_words(policy, case, at, Layer.PROJECT)
    if whole is not None:
        caution = "then nobody looks into it, whatever it becomes"
        yield Change(kind="rule", proposed=whole, after=Verdict.ALLOW, caution=caution)


_NOTHING = Part(
    text="", argv=(), verdict=Verdict.ALLOW, rule="", layer=Layer.BUILTIN, reason="nothing asks"
)
_SAYS = {
    "parameter": "the variable",
    "command": "the command",
    "arithmetic": "the number",
    "glob": "the pattern",
    "process": "the command",
}


def _rewrites(case: Case, part: Part, at: int, named: bool) -> Iterator[Change]:
    """What makes it less than literal, and so keeps a rule from naming it."""
    command = case.shapes[at].command
    unknown = [word for word in command.words if word.value is None or word.dynamic - {"tilde"}]
    if part.rule == "effect/unknown-path":
        yield Change(kind="rewrite", text="name the path: it is decided at run time")
    elif command.words and command.words[0].value is None:
        yield Change(kind="rewrite", text="name the program: it is decided at run time")
    elif command.appended:
        yield Change(kind="rewrite", text="write its arguments out: they come at run time")
    elif unknown:
        shown = ", ".join(dict.fromkeys(_named(word) for word in unknown))
        yield Change(kind="rewrite", text=f"write it without {shown}, then a rule can name it")
    elif part.rule == DEFAULT and not named:
        yield Change(kind="rewrite", text="put it into a script: no rule can name such words")


def _manifests(policy: Policy, case: Case, at: int) -> Iterator[Change]:
    """Where a person would name a package that is to be no stranger."""
    strange = packages.strangers(case.shapes[at], case.facts)
    files = dict.fromkeys(MANIFESTS[one.registry][0] for one in strange if one.name)
    if files:
        named = packages.named(case.shapes[at], case.facts)
        after = replace(case, facts=named).judge(policy, at)
        text = f"name it in {listed(files)}: what the project names needs no question"
        yield Change(kind="rewrite", text=text, after=after.verdict)


def _named(word: Word) -> str:
    kind = next((_SAYS[one] for one in sorted(word.dynamic) if one in _SAYS), "")
    return f"{kind} {word.source}".strip()


def _judged(policy: Policy, case: Case, at: int) -> Part:
    """The part once more; what is about the whole text stands behind the commands."""
    if at < len(case.shapes):
        return case.judge(policy, at)
    parts = case.decide(policy).parts
    return parts[at] if at < len(parts) else _NOTHING


def _shown(rule: Rule) -> str:
    about = " ".join(rule.words) or rule.binary or rule.path or " ".join(rule.args_contain)
    return f"{rule.bucket.value}: {about}"
