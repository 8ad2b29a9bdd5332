"""No built-in rule could be lost unseen: the tables notice each one that is taken out.

And each has a near miss in them: a command of its program that it says nothing about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from aileron.model import Decision, Part, Rule
from aileron.policy.match import is_one

from . import tables
from .tables import Case

RULES = [rule for source in tables.builtin() for rule in source.rules]


def rules_of(decision: Decision) -> set[str]:
    return {decision.rule, *(part.rule for part in decision.parts)}


def judged_by(case: Case, only: Callable[[Rule], bool]) -> Decision:
    return tables.judge(case.command, case.world, inside=case.inside, only=only)


def base(word: str | None) -> str:
    return (word or "").rpartition("/")[2]


@cache
def named() -> dict[str, list[Case]]:
    """The cases that each rule has a say in; first those that name it, which notice soonest."""
    found: dict[str, list[Case]] = {}
    for case in tables.every_case():
        for rule in rules_of(tables.decision(case)):
            found.setdefault(rule, []).append(case)
    for rule, cases in found.items():
        cases.sort(key=lambda case: case.rule != rule)
    return found


@cache
def words() -> dict[str, list[tuple[Case, Part]]]:
    """Where a word stands in a command; of a path its last component."""
    found: dict[str, list[tuple[Case, Part]]] = {}
    for case in tables.every_case():
        for part in tables.decision(case).parts:
            for word in {base(word) for word in part.argv}:
                found.setdefault(word, []).append((case, part))
    return found


def is_noticed(rule: Rule) -> bool:
    """Whether a table says otherwise when the rule is taken out."""
    return any(
        not tables.fits(case, judged_by(case, lambda one: one is not rule))
        for case in named().get(rule.id, ())
    )


def is_near_miss(case: Case, part: Part, rule: Rule) -> bool:
    """Whether the rule says nothing about a command, even where it is the only one."""
    if part.rule == rule.id:
        return False
    return rule.id not in rules_of(judged_by(case, lambda one: one is rule))


def near(rule: Rule) -> Iterator[tuple[Case, Part]]:
    """The commands of the rule's programs.

    A rule about all that a program does can only be missed where the program's name is a word
    of something else.
    """
    anywhere = set(rule.words[1:]) <= {"*"}
    for word, places in words().items():
        if word and is_one(rule.words[0], word):
            for case, part in places:
                if anywhere or base(part.argv[0]) == word:
                    yield case, part


def test_the_tables_notice_a_rule_that_is_taken_out() -> None:
    unseen = [f"{rule.id} ({rule.place})" for rule in RULES if not is_noticed(rule)]
    assert not unseen, "taken out, and no table says otherwise: " + ", ".join(unseen)


def test_each_rule_has_a_near_miss() -> None:
    without = [
        f"{rule.id} ({rule.place})"
        for rule in RULES
        if not any(is_near_miss(case, part, rule) for case, part in near(rule))
    ]
    assert not without, "no table has a near miss of " + ", ".join(without)
