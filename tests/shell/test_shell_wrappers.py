"""The table of programs that run others: its shape, and mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from aileron.errors import PolicyError
from aileron.shell.languages import LANGUAGES
from aileron.shell.lookthrough import look
from aileron.shell.read import read
from aileron.shell.reading import Word
from aileron.shell.wrappers import wrappers_from
from tests.shell.shell_table import Case, cases, shown

TABLE = Path(__file__).parents[2] / "policy_defaults" / "wrappers.yaml"


WRAPPERS = wrappers_from(yaml.safe_load(TABLE.read_text()))
CASES = cases((Path(__file__).parent / "wrappers.txt").read_text())


def test_the_table_that_ships_has_no_mistake() -> None:
    WRAPPERS.check()
    assert {"bash", "env", "sudo", "xargs", "find", "ssh", "docker"} <= set(WRAPPERS.programs)


def test_every_language_of_the_table_is_known() -> None:
    """An option's mark names a language, or one of the few roles beside them."""
    WRAPPERS.check()
    others = {"", "sh", "settings", "named", "foreign", "hole", "split", "program", "rest"}
    others.add("folder")
    for entry in WRAPPERS.made.values():
        roles = {option.role for option in entry.options.values()}
        assert roles | {entry.language} <= others | set(LANGUAGES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"line {case.line}")
def test_what_is_found_behind_a_program(case: Case) -> None:
    assert shown(read(case.text, case.shell, WRAPPERS)) == case.expected


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("- a", "wrappers.yaml: the table is not a mapping with names as keys"),
        ("1: {}", "wrappers.yaml: the table is not a mapping with names as keys"),
        ("sudo: [x]", "wrappers.yaml: sudo is not a mapping with names as keys"),
        ("sudo: x", "wrappers.yaml: sudo: x is neither a field nor an option"),
        ("sudo: size=1", "wrappers.yaml: sudo: size=1 is neither a field nor an option"),
        ("sudo: {colour: red}", "wrappers.yaml: sudo: colour is not a field"),
        (
            "sudo: {options: [a]}",
            "wrappers.yaml: sudo: options is not a text of names between blanks",
        ),
        ("sudo: {operands: x}", "wrappers.yaml: sudo: operands is not a int"),
        ("sudo: {again: 1}", "wrappers.yaml: sudo: again is not a bool"),
        ("git: {subcommands: {run: {x: 1}}}", "wrappers.yaml: git run: x is not a field"),
    ],
)
def test_a_mistake_in_the_table_is_named(table: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        wrappers_from(yaml.safe_load(table)).check()
    assert caught.value.message == message


def test_what_a_program_runs_is_what_its_entry_says() -> None:
    """A program is known by the last part of its path."""
    table = wrappers_from({"run walk": "1 -f -v= --value="})
    found = read("/opt/run -fv x --val=y one c1 -v", "bash", table)
    assert found.complete
    assert [command.argv for command in found.commands[1:]] == [("c1", "-v")]


def test_the_environment_names_programs_too() -> None:
    git = WRAPPERS.find("git")
    assert git is not None
    words = [Word(text, text, prefix=text) for text in ("git", "fetch")]
    value = Word("'c1 -x'", "c1 -x", quoted=True, prefix="c1 -x")
    sight = look(git, "git", words, assignments=[("GIT_SSH_COMMAND", value), ("A", value)])
    assert [inner.text for inner in sight.inner] == ["c1 -x"]
