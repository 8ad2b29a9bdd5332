"""What inline Python does: the cases of `python.txt`, and that nothing slips through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.inline.deeds import Deed
from aileron.inline.python import LIMIT, deeds

from .tables import Case, agrees, cases

CASES = cases("python.txt")


@pytest.mark.parametrize("case", CASES, ids=[one.title for one in CASES])
def test_what_a_program_does(case: Case) -> None:
    agrees(case, deeds(case.code, case.argv))


def test_titles_are_told_apart() -> None:
    assert len({one.title for one in CASES}) == len(CASES) > 120


def test_imports_are_listed() -> None:
    assert Deed("import", "json") in deeds("import json")
    assert Deed("import", "os") in deeds("from os.path import join")


@pytest.mark.parametrize(
    "code",
    [
        "\0",
        "x = " + "9" * 5000,
        "(" * 5000,
        "-" * 20000 + "1",
        "a" + ".b" * 20000,
        "a" + "[0]" * 20000,
        "x = " + "+".join(["1"] * 20000),
        "\ud800",
        "#" * (LIMIT + 1),
        "é" * LIMIT,
        "f" + "()" * 20000,
        "if 1:\n" + " x\n" * 10000,
    ],
    ids=range(12),
)
def test_strange_text_is_unknown(code: str) -> None:
    assert any(one.kind == "unknown" for one in deeds(code))


@pytest.mark.parametrize("code", ["print(" * 90 + ")" * 90, "x = (" + "x," * 20000 + ")"])
def test_much_of_the_same_is_read(code: str) -> None:
    assert deeds(code) == ()


HARMLESS = [one.code for one in CASES if one.expected == {"nothing"}]
REFERENCES = [
    "eval('1')", "exec('1')", "__import__('os')", "map(eval, 'x')", "x = exec", "[eval]",
    "(exec, 1)",
    "print(key=eval)", "lambda: eval('1')", "f'{eval}'", "{1: exec}", "x[eval]", "eval.x", "-eval",
    "compile", "globals()", "[x for x in [exec]]", "(y := eval)", "eval if 1 else 2", "x.y(eval)",
    "import os; x = os.system", "import os; list(map(os.system, 'x'))", "import os; {os.system}",
    "from os import system; z = system", "import os; [os][0].system('id')",
    "setattr(1, 'x' * 2, 3)",
    "import subprocess as q; q2 = q.run", "import os; print(key=lambda: (os.system, 1))",
]  # fmt: skip
PLACES = [
    "{0}",
    "if 0:\n    {0}",
    "def f():\n    {0}",
    "class A:\n    {0}",
    "try:\n    {0}\nexcept Exception:\n    pass",
    "for i in range(3):\n    {0}",
    "async def f():\n    {0}",
    "with open('x') as f:\n    {0}",
    "while False:\n    pass\nelse:\n    {0}",
    "match 1:\n    case 2:\n        {0}",
]


@given(st.sampled_from(HARMLESS), st.sampled_from(REFERENCES), st.sampled_from(PLACES), st.data())
def test_a_reference_to_what_runs_is_never_missed(
    code: str, reference: str, place: str, data: st.DataObject
) -> None:
    inserted = place.format(reference)
    rows = code.splitlines()
    at = data.draw(st.sampled_from([n for n, one in enumerate([*rows, ""]) if one[:1] != " "]))
    program = "\n".join([*rows[:at], inserted, *rows[at:]])
    assert any(one.kind == "unknown" for one in deeds(program)), program


@given(st.text(max_size=200))
def test_any_text_gives_deeds(code: str) -> None:
    deeds(code)


PIECES = st.sampled_from(re.findall(r"\w+|[^\w\s]|\n *", "".join(one.code for one in CASES)))


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_any_pieces_give_deeds(pieces: list[str]) -> None:
    deeds(" ".join(pieces))


LINES = st.sampled_from([one.code for one in CASES])


@settings(deadline=None)
@given(st.lists(LINES, max_size=3))
def test_more_text_takes_nothing_away(programs: list[str]) -> None:
    """Programs one behind the other do at least what the one that runs something does."""
    attack = "import os\nos.system('id')\n"
    found = deeds("".join([*programs, attack]))
    assert any(one == Deed("text", "id") or one.kind == "unknown" for one in found)
