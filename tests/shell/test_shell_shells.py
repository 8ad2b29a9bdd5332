"""Texts that another shell than bash 5.2 reads otherwise are not completely read for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from aileron.shell.read import read
from tests.shell.shell_table import Case, cases, shown
from tests.shell.test_shell_wrappers import WRAPPERS

CASES = cases((Path(__file__).parent / "shells.txt").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"line {case.line}")
def test_what_a_shell_reads(case: Case) -> None:
    assert shown(read(case.text, case.shell, WRAPPERS)) == case.expected
