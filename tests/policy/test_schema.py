"""A policy file that is wrong says so, with the place; one that is right means what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.errors import PolicyError
from aileron.model import Layer, Verdict
from aileron.policy.schema import MAX_DEPTH, Source, parse

HERE = Path(__file__).parent


def project(text: str) -> Source:
    return parse(text, file="aileron.yaml", layer=Layer.PROJECT)


def mistakes() -> list[tuple[str, str]]:
    """The headers of errors.txt, each with the file behind it."""
    found = re.split(r"(?m)^-- (.*) --\n", (HERE / "errors.txt").read_text(encoding="utf-8"))
    return list(zip(found[1::2], found[2::2], strict=True))


@pytest.mark.parametrize(("expected", "text"), mistakes())
def test_a_mistake_is_named_with_line_and_column(expected: str, text: str) -> None:
    """The message starts with the file, the line and the column of what is to blame."""
    with pytest.raises(PolicyError) as caught:
        project(text)
    place, _, rest = expected.partition(" ")
    message, _, hint = rest.partition(" · ")
    assert caught.value.message == f"aileron.yaml:{place}: {message}"
    if hint:
        assert caught.value.hint == hint


def test_a_file_without_rules_is_a_policy() -> None:
    """Nothing, comments alone and empty buckets are all fine."""
    for text in ("", "# nothing\n", "allow:\ndeny: []\n", "---\n"):
        assert project(text).rules == ()


def test_a_rule_keeps_what_was_written() -> None:
    """Words, mapping fields, bucket, line and derived id."""
    text = """\
deny:
  - git push origin main
  - command: curl 'a b' *
    id: no-curl
    args_contain: [x, y]
    working_dir: src
    message: use the client
ask:
  - {binary: make, path: out/*}
"""
    first, second, third = project(text).rules
    assert (first.words, first.id, first.line) == (
        ("git", "push", "origin", "main"),
        "deny-git-push-origin-main",
        2,
    )
    assert second.words == ("curl", "a b", "*")
    assert (second.id, second.args_contain, second.message) == (
        "no-curl",
        ("x", "y"),
        "use the client",
    )
    assert second.working_dir == "src"
    assert (third.bucket, third.binary, third.path) == (Verdict.ASK, "make", "out/*")
    assert third.place == "aileron.yaml:9"


def test_equal_rules_get_different_ids() -> None:
    """An id names one rule, so that an override or a message is never ambiguous."""
    found = project("allow: [ls, ls, 'ls *']\n")
    assert [rule.id for rule in found.rules] == ["allow-ls", "allow-ls-2", "allow-ls-any"]


def test_a_rule_may_look_like_another_type() -> None:
    """YAML would make numbers and booleans of these; they are words here."""
    assert [rule.words for rule in project("allow: [true, 7z, 1.0, no *]\n").rules] == [
        ("true",),
        ("7z",),
        ("1.0",),
        ("no", "*"),
    ]


def test_reserved_keys_are_left_alone() -> None:
    """Other parts own them; `profiles` is old and brings a warning."""
    text = "version: 1\nsecrets: {A: 'vault:B'}\nnotifications: [{slack: x}]\nprofiles: {a: b}\n"
    found = project(text)
    assert found.rules == ()
    assert found.notices == ("aileron.yaml:4: profiles are deprecated and ignored",)


def test_overrides_are_collected_from_rules_and_top() -> None:
    text = "override: [inline/python]\nallow: [{command: a, override: [git-push, x]}]\n"
    assert [name for name, _ in project(text).overrides] == ["inline/python", "git-push", "x"]


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    with pytest.raises(PolicyError, match="nested too deeply"):
        project("secrets: " + "[" * 5000)
    assert project("secrets: " + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1)).rules == ()


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from(list("allowdenysk:-[]{}#'\"&*!|>%@`,? \n\t\\0~.")), max_size=60
    )
)
def test_no_text_raises_anything_but_a_policy_error(text: str) -> None:
    """Whatever the file holds, a person gets a message with its name."""
    try:
        project(text)
    except PolicyError as error:
        assert error.message.startswith("aileron.yaml")
