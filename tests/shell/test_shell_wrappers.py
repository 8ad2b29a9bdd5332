"""The table of programs that run others: its shape, and mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from aileron.errors import PolicyError
from aileron.shell.read import read
from aileron.shell.wrappers import wrappers_from

TABLE = Path(__file__).parents[2] / "policy_defaults" / "wrappers.yaml"


def test_the_table_that_ships_is_read() -> None:
    found = wrappers_from(yaml.safe_load(TABLE.read_text()))
    assert {"bash", "env", "sudo", "xargs", "find", "ssh", "docker"} <= set(found.programs)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("- a", "wrappers.yaml: the table is not a mapping with names as keys"),
        ("1: {}", "wrappers.yaml: the table is not a mapping with names as keys"),
        ("sudo: x", "wrappers.yaml: sudo is not a mapping with names as keys"),
        ("sudo: {colour: red}", "wrappers.yaml: sudo: colour is not a field"),
        ("sudo: {flags: [a]}", "wrappers.yaml: sudo: flags is not a text of names between blanks"),
        ("sudo: {operands: x}", "wrappers.yaml: sudo: operands is not a int"),
        ("sudo: {again: 1}", "wrappers.yaml: sudo: again is not a bool"),
        ("sudo: {texts: {-c: x}}", "wrappers.yaml: sudo: texts is not a list of texts"),
        ("git: {subcommands: {run: {x: 1}}}", "wrappers.yaml: git run: x is not a field"),
    ],
)
def test_a_mistake_in_the_table_is_named(table: str, message: str) -> None:
    with pytest.raises(PolicyError) as caught:
        wrappers_from(yaml.safe_load(table))
    assert caught.value.message == message


def test_what_a_program_runs_is_what_its_entry_says() -> None:
    """A program is known by the last part of its path."""
    table = wrappers_from({"run": {"flags": "-f", "values": "-v --value", "operands": 1}})
    found = read("/opt/run -fv x --value=y one c1 -v", "bash", table)
    assert [command.argv for command in found.commands[1:]] == [("c1", "-v")]
