"""What inline JavaScript does: the cases of `javascript.txt`, and that nothing slips through."""

from __future__ import annotations

import re
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.inline import trees
from aileron.inline.deeds import Deed
from aileron.inline.js.program import deeds
from aileron.shell import programs

from .tables import Case, agrees, cases

CASES = cases("javascript.txt")


@pytest.mark.parametrize("case", CASES, ids=[one.title for one in CASES])
def test_what_a_program_does(case: Case) -> None:
    agrees(case, deeds(case.code, case.argv))


def test_titles_are_told_apart() -> None:
    assert len({one.title for one in CASES}) == len(CASES) > 120


@pytest.mark.parametrize(
    "code",
    [
        "\0",
        "\ud800",
        "1 // a\u2028evil()",
        "a\u00a0= 1",
        "(" * 5000,
        "[" * 400 + "]" * 400,
        "!" * 9000 + "1",
        "a" + ".b" * 20000,
        "x=>" * 300 + "1",
        "a?b:" * 2000 + "c",
        "'" * 16000,
        "f(a);" * 9000,
    ],
    ids=range(12),
)
def test_strange_text_is_unknown(code: str) -> None:
    assert any(one.kind == "unknown" for one in deeds(code))


@pytest.mark.parametrize(
    "code", ["let a0=1;" + "".join(f"let a{n}=a{n - 1};" for n in range(1, 200)), "x='a';" * 1000]
)
def test_much_of_the_same_is_read(code: str) -> None:
    assert deeds(code) == ()


@pytest.mark.parametrize(
    "piece", ["f(a);", "'-->';", "function w(d){w(d)}", "let a='x';a;", "b.map(f=>`x${f}`);", "'"]
)
def test_long_programs_take_their_time(piece: str) -> None:
    """64 KB are refused at once; what is as long as a program may be is read in a moment."""
    programs.deeds("node", "1", ())
    started = time.process_time()
    programs.deeds("node", piece * (64 * 1024 // len(piece)), ())
    assert time.process_time() - started < 0.05
    started = time.process_time()
    programs.deeds("node", piece * (programs.LIMIT // len(piece)), ())
    assert time.process_time() - started < 2


def test_without_the_grammar_all_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    trees._parser.cache_clear()
    monkeypatch.setitem(sys.modules, "tree_sitter_javascript", None)
    assert deeds("1") == (Deed("unknown", "is in a language that cannot be read here"),)
    monkeypatch.undo()
    trees._parser.cache_clear()
    assert deeds("1") == ()


def test_typescript_is_not_taken_for_javascript() -> None:
    code = "console.log(require<any, any>('child_process'))"
    assert any(one.kind == "unknown" for one in deeds(code, typed=True))
    assert deeds("f = (a, b) => a < b; console.log(f(1, 2))", typed=True) == ()
    assert any(one.kind == "unknown" for one in deeds("function f(x){} f<g>('a')", typed=True))


HARMLESS = [one.code for one in CASES if one.expected == {"nothing"} and one.code[-2] != "*"]
REFERENCES = [
    "eval('1')", "new Function('1')", "(() => {}).constructor", "x = eval", "[eval]", "(0, eval)",
    "console.log(require('vm'))", "process.binding('fs')", "module.constructor", "globalThis.eval",
    "[require]", "x = {fs}", "(() => fs)()", "((f) => f)(require)", "(function () { this })",
    "[].map(child_process.execSync)", "`${[].filter.constructor}`", "const {constructor} = 1",
    "Array.prototype.map = 1", "({}).__proto__", "console.log = 1", "process.dlopen(1)",
    "new Proxy({}, {})", "process.mainModule", "Reflect", "WebAssembly", "setTimeout('1')",
    "import(process.title)",
    "const F = (() => {})[process.title]; [1].map(F)", "arguments", "with (fs) {}",
    "class A extends Function {}", "x.y.z()", "nobody",
]  # fmt: skip
PLACES = [
    "{0}",
    "if (0) {{ {0} }}",
    "function f() {{ {0} }}",
    "class A {{ m() {{ {0} }} }}",
    "class A {{ static {{ {0} }} }}",
    "try {{ {0} }} catch {{}}",
    "for (const i of []) {{ {0} }}",
    "(async () => {{ {0} }})()",
    "switch (1) {{ default: {0} }}",
    "label: {{ {0} }}",
    "const o = {{ get x() {{ {0} }} }}",
    "[1].map(() => {{ {0} }})",
]


@given(
    st.sampled_from(HARMLESS), st.sampled_from(REFERENCES), st.sampled_from(PLACES), st.booleans()
)
def test_a_reference_to_what_runs_is_never_missed(
    code: str, reference: str, place: str, first: bool
) -> None:
    inserted = place.format(reference)
    program = f"{inserted}\n;{code}" if first else f"{code}\n;{inserted}"
    assert any(one.kind == "unknown" for one in deeds(program)), program


@given(st.text(max_size=200))
def test_any_text_gives_deeds(code: str) -> None:
    deeds(code)


PIECES = st.sampled_from(re.findall(r"\w+|[^\w\s]|\n *", "".join(one.code for one in CASES)))


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40))
def test_any_pieces_give_deeds(pieces: list[str]) -> None:
    deeds(" ".join(pieces))


@settings(deadline=None)
@given(st.lists(st.sampled_from([one.code for one in CASES]), max_size=3))
def test_more_text_takes_nothing_away(codes: list[str]) -> None:
    """Programs one behind the other do at least what the one that runs something does."""
    found = deeds("\n;".join([*codes, "require('child_process').execSync('id')"]))
    assert any(one == Deed("text", "id") or one.kind == "unknown" for one in found)
