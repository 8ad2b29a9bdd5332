"""What inline PHP, Lua, R, Elixir and Julia do: the cases of `plain.txt`, and that nothing slips
through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.inline.plain.program import deeds

from .tables import Case, agrees, cases

CASES = cases("plain.txt")
LANGUAGES = ("php", "lua", "r", "elixir", "julia")


@pytest.mark.parametrize("case", CASES, ids=[one.title for one in CASES])
def test_what_a_program_does(case: Case) -> None:
    agrees(case, deeds(case.title.split()[0], case.code, case.argv))


HARMLESS = [one for one in CASES if not {"unknown"} & one.expected]
REFERENCES = {
    "php": ["eval('1');", "$x('id');", "new $x;", "$$x = 1;", "call_user_func($x);", "`id`;"],
    "lua": ["load('x')()", "local q = _G", "debug.sethook()", "os.execute('id')", "local q = io"],
    "r": ["eval(x)", "get('x')", "q <- system", "do.call(x, list())", "`system`('id')"],
    "elixir": [
        "apply(a, b, c)",
        "Code.eval_string(x)",
        "x.y(1)",
        "spawn fn -> 1 end",
        "Port.open(1)",
    ],
    "julia": ["eval(x)", "q = Base", "@eval 1", "run(x)", "ccall(:x, Cint, ())", "getfield(x, :y)"],
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reference_to_what_runs_is_never_missed(language: str) -> None:
    for case in HARMLESS:
        if case.title.startswith(language):
            for reference in REFERENCES[language]:
                for code in (f"{case.code}\n{reference}\n", f"{reference}\n{case.code}\n"):
                    found = deeds(language, code)
                    assert any(one.kind in ("unknown", "text", "words") for one in found), code


@given(st.sampled_from(LANGUAGES), st.text(max_size=200))
def test_any_text_gives_deeds(language: str, code: str) -> None:
    deeds(language, code)


PIECES = st.sampled_from(re.findall(r"\w+|[^\w\s]|\n *", "".join(one.code for one in CASES)))


@settings(deadline=None)
@given(st.sampled_from(LANGUAGES), st.lists(PIECES, max_size=40))
def test_any_pieces_give_deeds(language: str, pieces: list[str]) -> None:
    deeds(language, " ".join(pieces))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", ["(" * 5000, "\r", "\0", '"' * 3001])
def test_strange_text_is_unknown(language: str, code: str) -> None:
    found = deeds(language, code)
    assert any(one.kind == "unknown" for one in found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_long_program_takes_no_time(language: str) -> None:
    deeds(language, "x = f(x, 1)\n" * 1300)
