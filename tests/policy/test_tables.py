"""Every line of every table in this folder is a case."""

from __future__ import annotations

from pathlib import Path

import pytest

from . import tables


@pytest.mark.parametrize("path", tables.every_table(), ids=lambda path: path.stem)
def test_each_command_of_a_table_gets_its_verdict(path: Path) -> None:
    """The verdict, and the rule where the table names one; all that differ are listed."""
    wrong = []
    for case in tables.cases(path):
        found = tables.decision(case)
        if not tables.fits(case, found):
            got = f"{found.verdict.value} {found.rule} ({found.reason})"
            wrong.append(f"{case.place}: {case.command!r}: {got}, not {case.verdict} {case.rule}")
    assert not wrong, "\n" + "\n".join(wrong)
