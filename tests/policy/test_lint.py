"""The warnings about odd rules: as the table has them, and never wrong."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from aileron.model import Facts, Layer, Rule, Verdict
from aileron.policy import covers, match
from aileron.policy.lint import MOST, lint
from aileron.policy.match import Match
from aileron.policy.schema import parse
from aileron.policy.shape import Shape, shape
from aileron.shell.read import read

from . import tables

FACTS = Facts(project="/app", home="/home/dev")
TABLE = Path(__file__).parent / "lint.txt"


def warnings(text: str) -> list[str]:
    source = parse(text, file="aileron.yaml", layer=Layer.PROJECT)
    found = lint(source, tables.builtin())
    return [re.sub(r"^aileron.yaml:|(?<=builtin.yaml):\d+", "", one) for one in found]


def cases() -> list[tuple[str, str]]:
    text = re.sub(r"(?m)^# .*\n", "", TABLE.read_text(encoding="utf-8"))
    found = re.split(r"(?m)^-- (?:aileron.yaml|warnings) --\n", text)[1:]
    return list(zip(found[::2], found[1::2], strict=True))


@pytest.mark.parametrize(("text", "expected"), cases())
def test_a_file_s_odd_rules_are_named_and_no_others(text: str, expected: str) -> None:
    assert warnings(text) == expected.splitlines()


# What is said of two rules is held against the matcher, with rules and commands by chance.

WORDS = ["a", "b", "a|b", "*", "-f", "--force", "-f|--force", "-rf", "x/y", "A", "a|A", "y*"]
PROGRAMS = ["git", "gh", "cat", "git|gh", "*", "g*", "./x", "tool", "tar"]
TEXTS = ["a", "b", "A", "-f", "--force", "-r", "-rf", "x/y", "./x/y", "$v", "--", "c", "../sub/x"]
NAMES = ["git", "gh", "cat", "tool", "./x", "/usr/bin/git", "tar"]


def some_rule(chance: Random, bucket: Verdict) -> Rule:
    return Rule(
        id="x",
        bucket=bucket,
        layer=Layer.PROJECT,
        file="aileron.yaml",
        line=1,
        words=(chance.choice(PROGRAMS), *chance.choices(WORDS, k=chance.randrange(4))),
        args_contain=tuple(chance.sample(["a", "y"], k=chance.choice([0, 0, 1, 2]))),
        working_dir=chance.choice(["", "", "sub"]),
        path=chance.choice(["", "", "x"]),
    )


def some_texts(chance: Random) -> list[Shape]:
    found = []
    for _ in range(500):
        words = " ".join([chance.choice(NAMES), *chance.choices(TEXTS, k=chance.randrange(6))])
        text = chance.choice(["{}", "{}", "v=a; {}", "for v in a b; do {}; done", "ls | xargs {}"])
        reading = read(text.format(words), "bash", tables.wrappers())
        facts = tables.facts(reading, tables.World())
        cwd = chance.choice(["/app", "/app/sub"])
        found.append(shape(reading.commands[-1], cwd, facts))
    return found


def how(rule: Rule, made: Shape) -> Match:
    if rule.bucket is not Verdict.ALLOW:
        return match.loose(rule, made, FACTS)
    return Match.NO if match.tight(rule, made, FACTS) is None else Match.CERTAIN


@pytest.mark.parametrize(
    ("strict", "bucket"),
    [
        (Verdict.DENY, Verdict.DENY),
        (Verdict.DENY, Verdict.ALLOW),
        (Verdict.ALLOW, Verdict.ALLOW),
    ],
)
def test_a_rule_that_covers_another_matches_all_that_it_matches(
    strict: Verdict, bucket: Verdict
) -> None:
    """Certainly where the other does, and at least perhaps where the other perhaps does."""
    chance = Random(1)
    texts = some_texts(chance)
    compared = met = 0
    for _ in range(30_000):
        general, specific = some_rule(chance, strict), some_rule(chance, bucket)
        if not covers.covers(general, specific):
            continue
        compared += 1
        for made in texts:
            sure = how(specific, made)
            met += bool(sure)
            if how(general, made) < (sure if sure is Match.CERTAIN else min(sure, Match.FAINT)):
                pytest.fail(f"{general}\ndoes not cover\n{specific}:\n{made.command.source}")
    assert compared > 100 and met > 100


def test_the_built_in_rules_are_not_odd() -> None:
    """None of them never matches, or is there twice."""
    (builtin,) = tables.builtin()
    assert [one for one in lint(builtin, ()) if "adds nothing" not in one] == []


def test_a_file_of_many_rules_is_looked_through_in_time() -> None:
    """Not each with each: the first of them with each other, all of them by themselves."""
    text = "".join(f"- git push origin b{at}\n" for at in range(3 * MOST))
    assert warnings(f"deny:\n{text}- if\n")[-1].startswith(f"{3 * MOST + 2}: this never matches")
