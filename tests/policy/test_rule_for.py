"""The rule that would have answered a question: it does, and nothing more."""

from __future__ import annotations

import re
import shlex

import pytest

from aileron.model import Layer, Policy, Verdict
from aileron.policy.case import Case
from aileron.policy.rule_for import CODE, SECRETS, Proposed, by_words, rule_for, rules_for
from aileron.policy.schema import parse

from . import tables
from .test_explain import case_of

WORLD = tables.World()
# What is asked about, and the rule that would allow exactly this; None where there is none.
PROPOSED: dict[str, str | None] = {
    "foo bar --x=1": "- foo bar --x=1",
    "foo 'a b' ''": "- foo 'a b' ''",
    'foo "it\'s"': """- foo 'it'"'"'s'""",
    "foo '*' 'a?b' '[x]'": "- foo [*] a[?]b [[]x]",
    "foo 'a: b' '#c'": "- \"foo 'a: b' #c\"",
    "true; yes-no": "- yes-no",
    "foo ';' '&'": "- foo [;] [&]",
    "foo 'a|b'": None,
    "foo $'a\\nb'": None,
    "foo '~/x'": None,
    "foo $x": None,
    "foo *.c": None,
    "echo a | xargs foo": "- foo a",
    "cat a | xargs foo": None,
    "foo <<E\nx\nE": None,
    "cat x | foo": "- foo",
    "git push origin main": "- git push origin main",
    "/usr/bin/git push": "- git push",
    "cat x | psql": None,
    "psql -c 'drop table x'": "- psql -c 'drop table x'",
    "foo > ~/out": "- command: foo\n  path: ~/out",
    "tee ~/a": "- command: tee ~/a\n  path: ~/a",
    "cp ~/a ~/b": "- cp ~/a ~/b",
    "foo > ~/a 2> ~/b": None,
    "rm -rf src": "- command: rm -rf src\n  path: ./src",
    "echo x > .github/workflows/ci.yml": None,
    "echo x >> ~/.bashrc": None,
    "cat ~/.ssh/id_rsa": None,
    "cp ~/.ssh/id_rsa ~/x": None,
    "cat .env": None,
    'python3 -c "$x"': None,
    'python3 -c \'open("/x", "w")\'': None,
    "node -e 'eval(1)'": None,
    "gh auth token": None,
    "docker login -u x": None,
    "aws secretsmanager get-secret-value --secret-id x": None,
    "foo --token=abcdef": None,
    "foo --header 'Authorization: Bearer x'": None,
    "LD_PRELOAD=x foo": None,
    "cp a $y": None,
    "$X": None,
    "/tmp/tool a": None,
    "foo 'unfinished": None,
    "rm -rf /": None,
    "curl x | sh": None,
    "./bin/tool a": "- ./bin/tool a",
    "cd sub && ./tool ./x": "- ./sub/tool ./sub/x",
    "foo a && git push && ls": "- foo a\n- git push",
}


def lines(found: tuple[Proposed, ...] | None) -> str | None:
    return None if found is None else "\n".join(line for one in found for line in one.lines)


@pytest.mark.parametrize("command", PROPOSED, ids=str)
def test_each_question_has_its_rule_or_none(command: str) -> None:
    assert lines(rules_for(tables.policy(), case_of(command, WORLD))) == PROPOSED[command]


def asking(policy: Policy, case: Case) -> list[int]:
    parts = case.decide(policy).parts[: len(case.shapes)]
    return [at for at, one in enumerate(parts) if one.verdict is Verdict.ASK]


def test_no_rule_lifts_what_it_must_not() -> None:
    """For every command of every table: the rule is what its lines say, the part is allowed by it,
    and what asks for another reason, or is denied, stays."""
    proposed = 0
    for row in tables.every_case():
        if row.inside:
            continue
        policy = tables.policy(row.world.project, row.world.user, row.world.trusted)
        case = case_of(row.command, row.world)
        before = case.decide(policy)
        for at in asking(policy, case):
            made = rule_for(policy, case, at)
            if made is None:
                continue
            proposed += 1
            text = "allow:\n" + "".join(f"  {line}\n" for line in made.lines)
            (read,) = parse(text, file="settings.yaml", layer=Layer.USER).rules
            assert (read.words, read.path) == (made.rule.words, made.rule.path)
            after = case.decide(made.added_to(policy))
            assert after.parts[at].verdict is Verdict.ALLOW, row.place
            assert before.parts[at].layer is Layer.BUILTIN, row.place
            for one, other in zip(before.parts, after.parts, strict=True):
                if one.verdict is not other.verdict:
                    assert one.argv == before.parts[at].argv, row.place
            assert made.rule.words[-1] != "*", row.place
    assert proposed > 200


def test_a_rule_allows_no_other_words() -> None:
    """One word more, one less, another one, a * in the place of one: all of them still ask."""
    for row in tables.every_case():
        if row.inside or row.world != WORLD:
            continue
        policy = tables.policy()
        case = case_of(row.command, WORLD)
        for at in asking(policy, case):
            made = rule_for(policy, case, at)
            words = [word.value or "" for word in case.shapes[at].command.words]
            if made is None or case.shapes[at].command.redirects:
                continue
            for other in (
                [*words, "more"],
                words[:-1],
                [*words[:-1], "other-word"],
                [*words, "-x"],
            ):
                if len(other) < 1 or other == words:
                    continue
                tried = case_of(shlex.join(other), WORLD)
                if not tried.shapes or tried.shapes[0].command.argv == tuple(words):
                    continue
                part = tried.decide(made.added_to(policy)).parts[0]
                assert part.rule != made.rule.id or part.layer is Layer.BUILTIN, (row.place, other)


def test_what_somebody_wrote_is_not_lifted() -> None:
    for text in ("ask: [foo *]", "deny: [foo *]", "default: deny"):
        case = case_of("foo a", WORLD)
        assert rule_for(tables.policy(text + "\n"), case, 0) is None


def test_a_rule_for_a_command_in_a_script_is_about_that_command() -> None:
    case = case_of("./t.sh", WORLD, {"/app/t.sh": "ls\nfoo a\n"})
    made = rule_for(tables.policy(), case, 0)
    assert made is not None and made.lines == ("- foo a",)
    several = case_of("./t.sh", WORLD, {"/app/t.sh": "foo a\nfoo b\ngit push\n"})
    assert rule_for(tables.policy(), several, 0) is None
    assert lines(rules_for(tables.policy(), several)) == "- foo a\n- foo b\n- git push"
    hidden = case_of("./t.sh", WORLD, {"/app/t.sh": 'foo a\neval "$x"\n'})
    assert rules_for(tables.policy(), hidden) is None
    written = case_of("cp x t.sh && ./t.sh", WORLD, {"/app/t.sh": "ls\n"})
    assert rules_for(tables.policy(), written) is None


def test_by_words_tells_the_rule_that_is_not_to_be_proposed() -> None:
    made = by_words(tables.policy(), case_of("cat .env", WORLD), 0, Layer.USER)
    assert made is not None and made.lines == ("- command: cat .env", "  path: ./.env")


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (r"given in the command", CODE),
        (r"(reads|handles)( or changes)? .*(secrets|credentials)", SECRETS),
    ],
)
def test_what_the_built_in_file_says_of_code_and_secrets_is_known(
    said: str, known: frozenset[str]
) -> None:
    """A new rule whose words say so belongs into the list, too."""
    rules = tables.policy().rules
    found = {one.id for one in rules if re.match(f".*{said}", one.description)}
    asking = {one.id for one in rules if one.bucket is Verdict.ASK and one.id in found}
    assert asking - known <= {"image-push", "aws-change", "gcloud-change"}  # by their words
