"""The rule that would have answered a question: the exact words of the part that asked.

    rule_for(policy, case, at)     for one part of a decision, or None
    rules_for(policy, case)        together for everything that asks in it, or None

A proposed rule says nothing about other words than those that were asked about.  An ask that
comes from a file names the file in `path:`, or, where there are several, each of
them in a word.  It is written as YAML, read back, added to the policy, and proposed only if the
part is then allowed by this very rule.

There is no rule for a deny, for text that was not read to its end, for words that are decided at
run time, and where a person's or project's own rule asks: an allow does not lift these.  Nor
is there one for what nobody should allow for good: code in the words themselves, credentials,
Aileron's own files, what runs by itself later (start-up files, hooks, CI), variables, the
terminal, programs in scratch space, what reads a here-document, words that look like a secret.
With `delicate=True` these have one, too: for telling what would do it, not for proposing it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from aileron.errors import PolicyError
from aileron.model import Layer, Part, Policy, Rule, Verdict
from aileron.policy import inline, match, paths
from aileron.policy.case import Case
from aileron.policy.part import DEFAULT
from aileron.policy.schema import OPERATORS, parse
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Word

LONGEST = 400  # characters of a rule that a person still reads
MOST = 20  # rules for one command
FILES = {Layer.PROJECT: "aileron.yaml", Layer.USER: "settings.yaml"}

# Built-in asks that are about code in the words themselves, or about secrets.
CODE = names("""
    runs-exec make-eval python-module-code python-module-attached code-in-options rails-code
    mix-do-code fd-runs
    """)
SECRETS = names("github-secrets kubernetes-secrets cloud-secrets secret-stores")
_DELICATE = (
    CODE
    | SECRETS
    | names("""
    effect/credential effect/own-files effect/device effect/terminal effect/network
    effect/unknown-path effect/run-download effect/local-url dynamic/program
    effect/startup-file effect/repository-internals effect/ci
    """)
)
_SECRET = re.compile(
    r"secret|token|\blogin\b|passw|credential|api[-_]?key|private[-_]?key|bearer|authorization|_key\b"
    r"|\b(?:ghp|gho|ghs|github_pat|sk|pk|xox[abp]|AKIA|glpat)[-_]?[A-Za-z0-9]{8}",
    re.IGNORECASE,
)
_PLAIN_WORD = re.compile(r"[^\s'\"\\]+")
_PLAIN_YAML = re.compile(r"(?:[A-Za-z./]|~/)(?:(?! #|: ).)*(?<![ :])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """`lines` are the rule as an item of a list in YAML, the first one with its dash."""

    rule: Rule
    lines: tuple[str, ...]

    @property
    def local(self) -> bool:
        """Whether it speaks of places in the project, so that it means little elsewhere."""
        places = (self.rule.path, *self.rule.words[:1])
        return any("/" in one and one[0] not in "/~" for one in places)

    def added_to(self, policy: Policy) -> Policy:
        return replace(policy, rules=(*policy.rules, self.rule))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A rule, and the part that it is for: its case (a script has its own), its place there,
    and what asked."""

    proposed: Proposed
    case: Case
    at: int
    asked: str


def rule_for(
    policy: Policy,
    case: Case,
    at: int,
    *,
    layer: Layer = Layer.USER,
    delicate: bool = False,
) -> Proposed | None:
    """The rule that would allow the part at this place, which asks now."""
    decision = case.decide(policy)
    if not 0 <= at < min(len(decision.parts), len(case.shapes)):
        return None
    part = decision.parts[at]
    if part.verdict is not Verdict.ASK or part.layer is not Layer.BUILTIN or not decision.complete:
        return None
    if part.digest:
        return _inside(policy, case, at, layer, delicate)
    if not delicate and is_delicate(policy, case, at, part):
        return None
    return by_words(policy, case, at, layer)


def by_words(policy: Policy, case: Case, at: int, layer: Layer) -> Proposed | None:
    """The rule of a part's own words, whatever it is that they do; None if it does not count."""
    return next(
        (
            made
            for made in (written(*one, layer) for one in _candidates(policy, case, at))
            if made is not None and allows(made, policy, case, at)
        ),
        None,
    )


def rules_for(
    policy: Policy, case: Case, *, layer: Layer = Layer.USER, delicate: bool = False
) -> tuple[Proposed, ...] | None:
    """The rules with which nothing in the case asks; None where rules cannot do that."""
    found = steps_for(policy, case, layer=layer, delicate=delicate)
    return None if found is None else tuple(one.proposed for one in found)


def steps_for(
    policy: Policy, case: Case, *, layer: Layer = Layer.USER, delicate: bool = False
) -> list[Step] | None:
    """The same, each rule with the part that it is for."""
    found: list[Step] = []
    decision = case.decide(policy)
    while decision.verdict is Verdict.ASK and len(found) < MOST:
        step = _first_step(policy, case, layer, delicate)
        if step is None:
            return None
        found.append(step)
        policy = step.proposed.added_to(policy)
        decision = case.decide(policy)
    return found if decision.verdict is Verdict.ALLOW else None


def allows(made: Proposed, policy: Policy, case: Case, at: int) -> bool:
    """Whether the part at this place is allowed with this rule, and by it."""
    part = case.judge(made.added_to(policy), at)
    return part.verdict is Verdict.ALLOW and (part.rule, part.layer) == (
        made.rule.id,
        made.rule.layer,
    )


def is_delicate(policy: Policy, case: Case, at: int, part: Part) -> bool:
    """Whether this is something that no rule should allow for good."""
    shape = case.shapes[at]
    if inline.is_code(shape) or shape.command.feeds == "heredoc":
        return True
    if shape.command.feeds and part.rule != DEFAULT and not part.rule.startswith("effect/"):
        return True  # what a database or another machine is fed is not in the words
    script = case.script(at)
    if script is not None and not script[1].missing:
        return True  # a script that the same text may write: what it will hold is not known
    found = {one.rule for one in case.findings(policy, at)} | {part.rule}
    if found & _DELICATE or any(one.startswith(("inline/", "environment/")) for one in found):
        return True
    if any(_SECRET.search(word.source) for word in shape.command.words):
        return True
    return shape.program is not None and any(
        paths.inside(shape.program, root) and not paths.inside(shape.program, case.facts.project)
        for root in case.facts.scratch
    )


def _first_step(policy: Policy, case: Case, layer: Layer, delicate: bool) -> Step | None:
    """A rule for the first part that asks, or for the first one in the script that it runs."""
    parts = case.decide(policy).parts
    at = next((at for at, one in enumerate(parts) if one.verdict is Verdict.ASK), -1)
    if not 0 <= at < len(case.shapes):
        return None
    script = case.script(at) if parts[at].digest else None
    if script is not None:
        return _first_step(policy, script[2], layer, delicate)
    made = rule_for(policy, case, at, layer=layer, delicate=delicate)
    return Step(proposed=made, case=case, at=at, asked=parts[at].rule) if made else None


def _inside(policy: Policy, case: Case, at: int, layer: Layer, delicate: bool) -> Proposed | None:
    """For a part that runs a script: the rule for the one command in it that asks."""
    script = case.script(at)
    if script is None:
        return None
    inner = script[2]
    asking = [
        number
        for number, one in enumerate(inner.decide(policy).parts)
        if one.verdict is not Verdict.ALLOW
    ]
    if len(asking) != 1:
        return None
    made = rule_for(policy, inner, asking[0], layer=layer, delicate=delicate)
    if made is None or case.decide(made.added_to(policy)).parts[at].verdict is not Verdict.ALLOW:
        return None
    return made


def _candidates(policy: Policy, case: Case, at: int) -> Iterator[tuple[tuple[str, ...], str]]:
    """The words and the path that a rule could have, the tightest first."""
    shape, facts = case.shapes[at], case.facts
    firm = [one for one in case.findings(policy, at) if one.firm]
    touched = {one.path for one in firm}
    if "" in touched:
        return  # a variable, or a path that nobody knows: no rule names it
    ways = [""] if all(one.word for one in firm) else []  # each file is in a word of its own
    if len(touched) == 1:
        path = literal(paths.as_written(next(iter(touched)), facts))
        ways = [path, *ways] if path else ways
    for way in ways:
        for program in _programs(shape, case):
            for rest in _arguments(shape, case):
                yield (program, *rest), way


def _programs(shape: Shape, case: Case) -> Iterator[str]:
    """The program as a rule names it: a bare name only where it is what that name promises."""
    first = shape.command.words[0] if shape.command.words else None
    if first is None or first.value is None:
        return
    if shape.expected:
        name = literal(first.value if "/" not in first.value else shape.base)
    elif shape.program is not None:
        name = literal(paths.as_written(shape.program, case.facts))
    else:
        name = None
    if name:
        yield name


def _arguments(shape: Shape, case: Case) -> Iterator[tuple[str, ...]]:
    """The arguments as they are; then with files named as the project's root sees them."""
    words = shape.command.words[1:]
    plain = [pattern_of(word) for word in words]
    if shape.command.appended or None in plain:
        return
    yield tuple(one for one in plain if one is not None)
    if shape.cwd != case.facts.project:
        seen = [_seen_from_root(word, shape, case) for word in words]
        if None not in seen and seen != plain:
            yield tuple(one for one in seen if one is not None)


def _seen_from_root(word: Word, shape: Shape, case: Case) -> str | None:
    if not match.is_file(word.value or "", shape):
        return pattern_of(word)
    path = paths.of_word(word, shape.cwd, case.facts)
    return literal(paths.as_written(path, case.facts)) if path else None


def pattern_of(word: Word) -> str | None:
    """A word of a command as a word of a rule that means exactly this."""
    if word.value is None or word.dynamic - {"tilde"}:
        return None
    if word.value.startswith("~") and "tilde" not in word.dynamic:
        return None
    return literal(word.value)


def literal(value: str) -> str | None:
    """A text as a word of a rule; None where no rule can say it."""
    if not value.isprintable() or "|" in value:
        return None
    if value in OPERATORS and len(value) > 1:
        return None
    if value == "[":
        return value
    found = re.sub(r"[*?\[]", lambda sign: f"[{sign[0]}]", value)
    special = found in OPERATORS or found.endswith(";")
    return f"{found[:-1]}[{found[-1]}]" if special else found


def written(
    words: Sequence[str], path: str = "", layer: Layer = Layer.USER, extra: Iterable[str] = ()
) -> Proposed | None:
    """A rule of these words, as it would be written and is read; None if it cannot be.

    `extra` are further lines of a rule that is a mapping.
    """
    command = " ".join(one if _PLAIN_WORD.fullmatch(one) else _quoted(one) for one in words)
    further = [*([f"path: {yaml(path)}"] if path else []), *extra]
    lines = [f"- command: {yaml(command)}" if further else f"- {yaml(command)}"]
    lines += [f"  {one}" for one in further]
    if any(len(one) > LONGEST for one in lines):
        return None
    text = "\n".join(["allow:", *(f"  {one}" for one in lines)])
    try:
        rules = parse(text, file=FILES[layer], layer=layer).rules
    except PolicyError:
        return None
    if len(rules) != 1 or (rules[0].words, rules[0].path) != (tuple(words), path):
        return None
    return Proposed(rule=rules[0], lines=tuple(lines))


def _quoted(word: str) -> str:
    """A word in the quotes that a rule's text understands, which are those of a shell."""
    return "'" + word.replace("'", "'\"'\"'") + "'"


def yaml(text: str) -> str:
    """A text as a value of a mapping, in quotes where it needs them."""
    plain = _PLAIN_YAML.fullmatch(text) and text not in _YAML_WORDS
    return text if plain else json.dumps(text, ensure_ascii=False)


_YAML_WORDS = names("true false yes no on off null y n True False Yes No On Off Null Y N NULL")
