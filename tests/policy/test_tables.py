"""Every line of every table in this folder is a case."""

from __future__ import annotations

import pytest

from . import tables

CASES = list(tables.every_case())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.place}")
def test_a_command_gets_the_verdict_of_its_table(case: tables.Case) -> None:
    """The verdict, and the rule where the table names one."""
    found = tables.judge(case.command, case.world, inside=case.inside)
    told = (found.verdict.value, found.rule if case.rule != "." else ".")
    assert told == (case.verdict, case.rule), f"{case.command!r}: {found.reason}"
