"""A rule whose examples do not hold is an error at the example; others load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aileron.errors import PolicyError
from aileron.model import Layer
from aileron.policy import examples
from aileron.policy.schema import MAX_EXAMPLES, parse
from aileron.session import policy_files
from aileron.shell.read import read

from . import tables

TABLE = Path(__file__).parent / "examples.txt"


def checked(text: str) -> None:
    source = parse(text, file="aileron.yaml", layer=Layer.PROJECT)
    examples.check(
        source,
        lambda example: read(example, "bash", tables.wrappers()),
        project="/app",
        home="/home/dev",
    )


def cases() -> list[tuple[str, str]]:
    text = re.sub(r"(?m)^# .*\n", "", TABLE.read_text(encoding="utf-8"))
    found = re.split(r"(?m)^-- (.*) --\n", text)
    return list(zip(found[1::2], found[2::2], strict=True))


@pytest.mark.parametrize(("expected", "text"), cases())
def test_a_rule_is_held_to_its_examples(expected: str, text: str) -> None:
    """The file loads, or the message is about the very example that is wrong."""
    if expected == "fine":
        checked(text)
        return
    with pytest.raises(PolicyError) as caught:
        checked(text)
    place, _, rest = expected.partition(" ")
    message, _, hint = rest.partition(" · ")
    assert caught.value.message == f"aileron.yaml:{place}: {message}"
    if hint:
        assert caught.value.hint == hint


def test_a_long_or_odd_example_is_shown_on_one_line() -> None:
    """What a repository wrote does not reach the terminal as it is."""
    for text in ("x" * 5000, "a\\n\\u202eb"):
        with pytest.raises(PolicyError) as caught:
            checked(f'deny: [{{command: ls, match: "{text}"}}]\n')
        assert caught.value.message.isprintable() and len(caught.value.message) < 200


def test_examples_are_bounded() -> None:
    """A file of a megabyte must not take minutes at each launch."""
    checked(f"deny: [{{command: a, match: [{'a, ' * MAX_EXAMPLES}]}}]\n")
    with pytest.raises(PolicyError, match="more than 1000 examples"):
        checked(f"deny: [{{command: a, match: [{'a, ' * (MAX_EXAMPLES + 1)}]}}]\n")
    with pytest.raises(PolicyError, match="longer than 64 KB together"):
        checked(f"deny: [{{command: a, match: [{('a ' + 'x' * 1000 + ', ') * 66}]}}]\n")


def test_every_file_is_held_to_its_examples_when_it_is_loaded(tmp_path: Path) -> None:
    """The project's, the person's and the one that is named; trusted or not."""
    root, state = tmp_path / "project", tmp_path / "state"
    (root / ".git").mkdir(parents=True)
    state.mkdir(mode=0o700)
    wrong = "allow:\n- command: make x\n  match: make y\n"
    for path in (root / "aileron.yaml", state / "settings.yaml"):
        path.write_text(wrong)
        path.chmod(0o644)
        with pytest.raises(PolicyError) as caught:
            policy_files.load(str(root), aileron_home=state)
        assert (caught.value.file, caught.value.line, caught.value.column) == (str(path), 3, 10)
        path.unlink()


def test_a_project_s_examples_are_about_its_folder_a_person_s_about_any(tmp_path: Path) -> None:
    """A person's file that is right in one project is right in all of them."""
    root, state = tmp_path / "project", tmp_path / "state"
    (root / ".git").mkdir(parents=True)
    state.mkdir(mode=0o700)
    text = f"allow: [{{command: ./check *, match: [./check, {root}/check]}}]\n"
    (root / "aileron.yaml").write_text(text)
    (root / "aileron.yaml").chmod(0o644)
    assert policy_files.load(str(root), aileron_home=state).project is not None
    (state / "settings.yaml").write_text(text)
    (state / "settings.yaml").chmod(0o644)
    with pytest.raises(PolicyError, match="does not match its example"):
        policy_files.load(str(root), aileron_home=state)


def test_examples_leave_ids_and_rules_alone() -> None:
    plain = parse("deny: [git push]\n", file="x", layer=Layer.PROJECT)
    held = parse("deny: [{command: git push, match: git push}]\n", file="x", layer=Layer.PROJECT)
    assert plain.rules == held.rules
