"""Whatever a program is, looking for signs in it ends soon, and never fails."""

from __future__ import annotations

import random

import pytest

from aileron.policy.signs import LIMIT, python, text
from aileron.policy.signs.tables import TEXTS
from aileron.policy.signs.text import STEPS, Reader
from aileron.policy.signs.tokens import tokens

NESTED: tuple[str, ...] = (
    *("(", "a(", "a=>", "`${", "a.b(", "f{", "x=", "if ", "%q(", "a,", "<<X\n", "for x of "),
    *("function f(", "1+", "require(", '"#{', '"@{[', "s/a/b/e;", "open(F,x)", "while(1)", "'"),
)
PIECES = (
    *NESTED,
    *("eval ", "exec(", "fork ", ".then(eval)", "x.each{|f| ", "[-", "/[", "$x.", "lambda:"),
    *("f'{", "base64_decode(", "socket", "=>", ")", "]", "}", '"', "\\", "\n", "#", "//", "/*"),
    *("--[[", ";", "const {a} = ", "my ($x) = ", "def f; ", "end ", "loop { ", "%w[a b]"),
    *("qw(a)", "$ENV{HOME}"),
)


@pytest.mark.parametrize("language", [*sorted(set(TEXTS)), "python"])
def test_no_text_makes_it_fail(language: str) -> None:
    chosen = random.Random(language)
    for _ in range(300):
        soup = "".join(chosen.choice(PIECES) for _ in range(chosen.randint(1, 40)))
        if language == "python":
            python.signs(soup, "/home/dev")
        else:
            text.signs(language, soup, "/home/dev")


@pytest.mark.parametrize("piece", NESTED)
def test_the_work_is_bounded(piece: str) -> None:
    """However a program is made, its reader stops after so many steps."""
    whole = piece * (LIMIT // len(piece))
    for language in ("node", "perl", "ruby", "php", "lua"):
        reader = Reader(language, tokens(language, whole), "/home/dev", [])
        try:
            reader.scan()
        except text.Enough:
            assert reader.steps < STEPS + 3 * LIMIT
        except RecursionError:
            pass  # `signs` takes it for the end, too
