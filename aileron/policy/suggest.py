"""Rules that would have answered what a person was asked, from what they approved.

One rule for each thing that was approved, in its exact words.  What no built-in rule asks about
may become one rule where several were approved: words that differ in one place
become alternatives (`foo show a|b`), numbers `[0-9]*`; three or more that share
a subcommand become `foo show *`, unless the program runs or sends what its words say, or an
option that the built-in rules ask about could stand in the place of the `*`.

What a built-in rule asks about is suggested in exact words only, and after a second yes.  No
rule is suggested with which something that a person said no to would be allowed.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from aileron.model import CommandRequest, Facts, Layer, Policy, Verdict
from aileron.policy import inline, match
from aileron.policy.case import Case
from aileron.policy.engine import RUNS_OTHERS
from aileron.policy.part import DEFAULT, index_of
from aileron.policy.rule_for import Proposed, Step, allows, steps_for, written
from aileron.policy.senders import NAMES as SENDERS
from aileron.policy.shape import Shape, shape
from aileron.policy.through import MISSING
from aileron.shell.read import read
from aileron.shell.reading import SimpleCommand, Word

ALTERNATIVES = 4
OPEN_ENDED_FROM = 3  # different commands
EXAMPLES = 3
MOST = 40  # rules: more nobody reads
LONGEST_EXAMPLE = 200
_SUBCOMMAND = re.compile(r"[a-z][A-Za-z0-9:_-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A command that a person approved, `asks` times."""

    case: Case
    asks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A command that a person said no to, with the policy of its project."""

    case: Case
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """`asks` is how many it would have answered, with the others; `commands` are what they were
    about, `match` and `not_match` examples for the rule."""

    proposed: Proposed
    asks: int
    commands: tuple[str, ...]
    match: tuple[str, ...]
    not_match: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """`asks` is how many questions a person approved; of these `answered` would not have come,
    `settled` do not come any more, `unruled` no rule could answer, `refused` one that was said
    no to stands against."""

    found: tuple[Suggestion, ...]
    asks: int = 0
    answered: int = 0
    settled: int = 0
    unruled: int = 0
    refused: int = 0


@dataclass(slots=True)
class _Wish:
    """A rule that is wanted: for which parts, and how often they asked."""

    proposed: Proposed
    steps: list[Step] = field(default_factory=list)
    asks: int = 0


def suggest(policy: Policy, asked: Iterable[Asked], denied: Iterable[Denied]) -> Suggestions:
    """The rules for one project."""
    every: list[Asked] = []
    against = list(denied)
    settled = unruled = 0
    open_cases: list[tuple[Asked, list[Step]]] = []
    wishes: dict[tuple[str, ...], _Wish] = {}
    for one in asked:
        every.append(one)
        if one.case.decide(policy).verdict is Verdict.ALLOW:
            settled += one.asks
            continue
        steps = steps_for(policy, one.case, layer=Layer.PROJECT)
        if steps is None:
            unruled += one.asks
            continue
        open_cases.append((one, steps))
        for step in steps:
            wish = wishes.setdefault(step.proposed.lines, _Wish(step.proposed))
            wish.steps.append(step)
            wish.asks += one.asks
    wanted = sorted(_chosen(policy, list(wishes.values()), against), key=lambda one: -one.asks)
    chosen = _together(policy, wanted[:MOST], against)
    whole = replace(policy, rules=(*policy.rules, *(wish.proposed.rule for wish in chosen)))
    answered = [
        (one, {id(step) for step in steps})
        for one, steps in open_cases
        if one.case.decide(whole).verdict is Verdict.ALLOW
    ]
    found = []
    for wish in chosen:
        mine = {id(step) for step in wish.steps}
        covers = [one for one, steps in answered if steps & mine]
        if covers:
            found.append(_suggestion(wish, covers, against))
    found.sort(key=lambda one: (-one.asks, one.proposed.lines))
    total = sum(one.asks for one in every)
    count = sum(one.asks for one, _ in answered)
    return Suggestions(
        found=tuple(found),
        asks=total,
        answered=count,
        settled=settled,
        unruled=unruled,
        refused=total - count - settled - unruled,
    )


def _chosen(policy: Policy, wishes: list[_Wish], against: Sequence[Denied]) -> list[_Wish]:
    """The wishes that stay: grouped where that is safe, none that somebody said no to."""
    groups: dict[tuple[str, ...], list[_Wish]] = {}
    found = []
    for wish in wishes:
        head = _head(wish)
        if head:
            groups.setdefault(head, []).append(wish)
        elif wish.steps[0].asked == DEFAULT or _is_of_file(wish) or wish.asks > 1:
            found.append(wish)
    for head, members in groups.items():
        wider = next(_wider(policy, head, members, against), None) if len(members) > 1 else None
        found += [wider] if wider is not None else members
    return [wish for wish in found if not _is_refused(policy, wish.proposed, against)]


def _together(policy: Policy, wishes: Sequence[_Wish], against: Sequence[Denied]) -> list[_Wish]:
    """Those that may all be added: two rules could allow what neither does."""
    kept: list[_Wish] = []
    touched: dict[int, Denied] = {}
    for wish in wishes:
        near = {id(one): one for one in against if _matches(wish.proposed, one.case)}
        rules = (*(one.proposed.rule for one in kept), wish.proposed.rule)
        whole = replace(policy, rules=(*policy.rules, *rules))
        if any(_lets(whole, policy, one) for one in (touched | near).values() if near):
            continue
        kept.append(wish)
        touched |= near
    return kept


def _is_of_file(wish: _Wish) -> bool:
    return wish.steps[0].asked.startswith("effect/") and bool(wish.proposed.rule.path)


def _head(wish: _Wish) -> tuple[str, ...]:
    """What commands must share to become one rule: the program and its subcommand; () where
    the words must stay as they are."""
    words = wish.proposed.rule.words
    if wish.proposed.rule.path or any(step.asked != DEFAULT for step in wish.steps):
        return ()
    depth = 3 if words[0] in match.TWO_LEVELS else 2
    head = words[:depth]
    if len(head) == depth and all(_SUBCOMMAND.fullmatch(one) for one in head[1:]):
        return head
    return words[:1] if words[0].startswith("./") else ()


def _wider(
    policy: Policy, head: tuple[str, ...], members: list[_Wish], against: Sequence[Denied]
) -> Iterator[_Wish]:
    """One rule in the place of several, the narrowest first; only what was tried."""
    every = [wish.proposed.rule.words for wish in members]
    steps = [step for wish in members for step in wish.steps]
    first = steps[0]
    for words in _patterns(policy, first.case.shapes[first.at], first.case.facts, head, every):
        made = written(words, layer=Layer.PROJECT)
        if made is None or _is_refused(policy, made, against):
            continue
        if all(allows(made, policy, step.case, step.at) for step in steps):
            yield _Wish(made, steps, sum(wish.asks for wish in members))


def _patterns(
    policy: Policy,
    about: Shape,
    facts: Facts,
    head: tuple[str, ...],
    every: list[tuple[str, ...]],
) -> Iterator[tuple[str, ...]]:
    lengths = {len(words) for words in every}
    columns = list(zip(*every, strict=False))
    varying = [at for at, column in enumerate(columns) if len(set(column)) > 1]
    if len(lengths) == 1 and len(varying) == 1 and varying[0] >= len(head):
        at = varying[0]
        values = sorted(set(columns[at]))
        options = {value.startswith("-") for value in values}
        if len(values) <= ALTERNATIVES and len(options) == 1:
            yield (*every[0][:at], "|".join(values), *every[0][at + 1 :])
        elif all(value.isdigit() for value in values):
            yield (*every[0][:at], "[0-9]*", *every[0][at + 1 :])
    if len(set(every)) >= OPEN_ENDED_FROM and _may_be_open(policy, about, facts, head):
        yield (*head, "*")


def _may_be_open(policy: Policy, about: Shape, facts: Facts, head: tuple[str, ...]) -> bool:
    """Whether any further words may be allowed behind these.

    Not where the program runs, or sends, what its words say; and not where words that a
    built-in rule asks about could stand there, since an allow goes before that ask.
    """
    if inline.interpreter(about) is not None or about.names & (RUNS_OTHERS | SENDERS):
        return False
    for rule in index_of(policy.rules).about(about.names):
        if rule.layer is not Layer.BUILTIN or rule.bucket is not Verdict.ASK:
            continue
        reached = [_example(word) for word in rule.words[1:]]
        for start in range(len(reached) + 1):
            words = [*head[1:], *filter(None, reached[start:]), *rule.args_contain]
            tried = _shaped(about, words, facts)
            if len(words) > len(head) - 1 and match.loose(rule, tried, facts):
                return False
    return True


def _example(pattern: str) -> str:
    """A word that a word of a pattern covers; "" where it covers none, too."""
    one = pattern.split("|")[0]
    return "" if one == "*" else one.replace("*", "x").replace("?", "1")


def _shaped(about: Shape, words: Sequence[str], facts: Facts) -> Shape:
    name = about.command.words[0]
    made = tuple(Word(source=one, value=one) for one in words)
    return shape(SimpleCommand((name, *made)), about.cwd or facts.project, facts)


def _is_refused(policy: Policy, made: Proposed, against: Iterable[Denied]) -> bool:
    return any(
        _matches(made, one.case) and _lets(made.added_to(one.policy), one.policy, one)
        for one in against
    )


def _matches(made: Proposed, case: Case) -> bool:
    """Whether a rule covers any command of a text; what is in its scripts is not looked at."""
    return bool(case.scripts.known) or any(
        match.tight(made.rule, one, case.facts) is not None for one in case.shapes
    )


def _lets(policy: Policy, before: Policy, one: Denied) -> bool:
    """Whether this policy allows what was said no to, and the one before did not."""
    if one.case.decide(policy).verdict is not Verdict.ALLOW:
        return False
    was = one.case.decide(before)  # what is not there today may be there tomorrow
    return was.verdict is not Verdict.ALLOW or any(part.rule == MISSING for part in was.parts)


# Examples


def _suggestion(wish: _Wish, covers: Sequence[Asked], against: Iterable[Denied]) -> Suggestion:
    matching = dict.fromkeys(_part_text(step) for step in wish.steps)
    return Suggestion(
        proposed=wish.proposed,
        asks=sum(one.asks for one in covers),
        commands=tuple(dict.fromkeys(one.case.request.text or "" for one in covers)),
        match=tuple(text for text in matching if _is_example(wish, text, speaks=True))[:EXAMPLES],
        not_match=tuple(
            text
            for text in dict.fromkeys(_others(wish, against))
            if _is_example(wish, text, speaks=False)
        )[:EXAMPLES],
    )


def _part_text(step: Step) -> str:
    command = step.case.shapes[step.at].command
    if command.via:
        return " ".join(word.source for word in command.words)
    return command.source


def _others(wish: _Wish, against: Iterable[Denied]) -> Iterator[str]:
    """Commands like it that it must not allow: those said no to, and those that do more."""
    rule = wish.proposed.rule
    step = wish.steps[0]
    name = step.case.shapes[step.at].name
    for one in against:
        for made in one.case.shapes:
            if made.name == name and made.command.words:
                yield " ".join(word.source for word in made.command.words)
    text = _part_text(step)
    if rule.path:
        words = step.case.shapes[step.at].command.words
        yield " ".join([*(word.source for word in words), "~/.profile"])
    elif rule.words[-1] != "*":
        yield f"{text} --more"
    elif len(rule.words) > 2:
        yield shlex.join([name, *rule.words[1:-2]])
        yield shlex.join([name, *rule.words[1:-2], "other"])


def _is_example(wish: _Wish, text: str, *, speaks: bool) -> bool:
    """Whether the rule by itself allows (or does not allow) this text, in the project's folder and
    with every program where programs are: so it is tried when the file is read."""
    if not text.isprintable() or len(text) > LONGEST_EXAMPLE:
        return False
    here = wish.steps[0].case.facts
    request = CommandRequest(argv=("bash", "-c", text), cwd=here.project, text=text)
    reading = read(text, "bash")
    names = {(one.name or "").rpartition("/")[2] for one in reading.commands}
    programs = {name: f"/usr/bin/{name}" for name in names if name}
    facts = Facts(project=here.project, home=here.home, programs=programs)
    case = Case(request=request, reading=reading, facts=facts)
    if not reading.complete or len(case.shapes) != 1:
        return False
    return allows(wish.proposed, Policy(rules=()), case, 0) is speaks
