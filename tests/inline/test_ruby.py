"""What inline Ruby does: the cases of `ruby.txt`, and that nothing slips through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.inline.deeds import Deed
from aileron.inline.ruby.program import deeds

from .tables import Case, agrees, cases

CASES = cases("ruby.txt")


@pytest.mark.parametrize("case", CASES, ids=[one.title for one in CASES])
def test_what_a_program_does(case: Case) -> None:
    agrees(case, deeds(case.code, case.argv))


HARMLESS = [one.code for one in CASES if one.expected == {"nothing"}]
REFERENCES = [
    "eval('1')", "send(:x)", "Kernel", "IO.read('x')", "method(:puts)", "[1].each(&x)",
    "def f; end", "class A; end", "'a'.instance_eval { }", "$LOAD_PATH", "x = IO", "`ls #{x}`",
    "puts 1.class", "File = 1", "alias a b", "load 'x'", "lambda { }", "<<X",
]  # fmt: skip
PLACES = [
    "{0}",
    "if true\n{0}\nend",
    "[1].each {{ |i| {0} }}",
    "begin\n{0}\nend",
    'puts "#{{{0}}}"',
]


@given(st.sampled_from(HARMLESS), st.sampled_from(REFERENCES), st.sampled_from(PLACES))
def test_a_reference_to_what_runs_is_never_missed(code: str, reference: str, place: str) -> None:
    found = deeds(f"{code}\n{place.format(reference)}\n")
    assert any(one.kind in ("unknown", "text") for one in found)


@given(st.text(max_size=200))
def test_any_text_gives_deeds(code: str) -> None:
    deeds(code)


PIECES = st.sampled_from(re.findall(r"\w+|[^\w\s]|\n *", "".join(one.code for one in CASES)))


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_any_pieces_give_deeds(pieces: list[str]) -> None:
    deeds(" ".join(pieces))


@pytest.mark.parametrize("code", ["(" * 5000, "a." * 5000, "%" * 9000, "\r"])
def test_strange_text_is_unknown(code: str) -> None:
    assert any(one.kind == "unknown" for one in deeds(code))


@settings(deadline=None)
@given(st.lists(st.sampled_from([one.code for one in CASES]), max_size=3))
def test_more_text_takes_nothing_away(codes: list[str]) -> None:
    found = deeds("\n".join([*codes, "system('id')"]))
    assert any(one == Deed("text", "id") or one.kind == "unknown" for one in found)
