"""Three layers become one policy.

Built-in, then project, then user: the rules of all are joined, `default` and
`readers` are the last writer's, `env` is the union (and a name that any layer passes through
is not scrubbed).  Nobody's rule or override lifts a built-in deny.

A project's file is somebody else's text until the person has trusted exactly
these bytes: before that its denies, its asks and its scrubbed names count, and
nothing else in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from aileron.model import READERS, Layer, Policy, Rule, Verdict
from aileron.policy import judgements
from aileron.policy.schema import Source


def untrusted(source: Source) -> tuple[Source, str]:
    """What counts of a project's file before it is trusted, and what was left out, in words."""
    kept = tuple(rule for rule in source.rules if rule.bucket is not Verdict.ALLOW)
    left = []
    if len(kept) < len(source.rules):
        count = len(source.rules) - len(kept)
        left.append(f"{count} allow rule{'s' if count > 1 else ''}")
    if source.overrides:
        left.append("override")
    if source.default is Verdict.ALLOW:
        left.append("default: allow")
    if source.passthrough:
        left.append("env.passthrough")
    if source.readers is not None and set(source.readers) < set(READERS):
        left.append("readers")  # nobody's repository takes one out
    return (
        Source(
            layer=source.layer,
            file=source.file,
            rules=kept,
            default=None if source.default is Verdict.ALLOW else source.default,
            default_line=source.default_line,
            scrub=source.scrub,
            notices=source.notices,
        ),
        ", ".join(left),
    )


def merge(
    builtin: Iterable[Source],
    project: Source | None = None,
    user: Source | None = None,
    *,
    trusted: bool = False,
    digest: str = "",
) -> Policy:
    """The policy of one session; its `notices` are what the person should be told."""
    notices: list[str] = []
    sources = list(builtin)
    if project is not None:
        if not trusted:
            project, left = untrusted(project)
            if left:
                notices.append(
                    f"{project.file} is not trusted: its denies and asks count, "
                    f"these do not: {left}; `aileron trust` shows and accepts them"
                )
        sources.append(project)
    if user is not None:
        sources.append(user)
    rules = tuple(rule for source in sources for rule in source.rules)
    default = Verdict.ASK
    readers: tuple[str, ...] = READERS
    for source in sources:
        default = source.default or default
        readers = readers if source.readers is None else source.readers
    overrides: set[str] = set()
    for source in sources:
        if source.layer is Layer.BUILTIN:
            continue
        for name, line in source.overrides:
            problem = _override_problem(name, rules)
            if problem:
                notices.append(f"{source.file}:{line}: {problem}")
            else:
                overrides.add(name)
    for source in sources:
        notices += source.notices
    return Policy(
        rules=rules,
        default=default,
        overrides=frozenset(overrides),
        scrub=_union(source.scrub for source in sources),
        passthrough=_union(source.passthrough for source in sources),
        digest=digest,
        notices=tuple(notices),
        readers=readers,
    )


def _override_problem(name: str, rules: tuple[Rule, ...]) -> str:
    if name.startswith("structural/"):
        return f"{name} cannot be overridden: structural denies are always on"
    judgement = judgements.find(name)
    if judgement is Verdict.DENY:
        return f"{name} cannot be overridden: nobody lifts a built-in deny"
    if judgement is not None:
        return ""
    found = [rule for rule in rules if rule.layer is Layer.BUILTIN and rule.id == name]
    if not found:
        return f"override names {name}, which is no built-in rule; `aileron policy show` lists them"
    if found[0].bucket is Verdict.DENY:
        return f"{name} cannot be overridden: nobody lifts a built-in deny"
    return ""


def _union(lists: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for names in lists for name in names))
