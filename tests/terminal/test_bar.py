"""The one row at the bottom, and how text of others is shown on it and elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aileron.terminal.bar import Bar, render
from aileron.terminal.visible import clip, paint, plain, width

CALM = Bar(agent="codex", tier="contained", state="7 seen", allowed=12, asked=3, secret="heron")
WAITING = replace(CALM, waiting=2)


def text(bar: Bar, columns: int, *, ascii_only: bool = False) -> str:
    return "".join(part for part, _ in render(bar, columns, ascii_only=ascii_only))


@pytest.mark.parametrize("bar", [CALM, WAITING, replace(CALM, agent="漢字エージェント" * 9)])
def test_it_fills_the_row_but_for_the_last_column(bar: Bar) -> None:
    """At any width it is exactly one column short of the row, and names the secret word."""
    for columns in range(20, 201):
        shown = text(bar, columns)
        assert width(shown) == columns - 1
        assert "[heron]" in shown


def test_forty_columns_say_what_matters() -> None:
    """Name, agent, what was seen, the counts and the word fit into forty columns."""
    assert text(CALM, 40) == "aileron codex 7 seen 12/3/0     [heron]"
    assert text(replace(CALM, state="unproven"), 40) == "aileron codex unproven 12/3/0   [heron]"


def test_wide_terminals_say_it_in_words() -> None:
    """With room there are words instead of numbers alone."""
    shown = text(replace(CALM, hint="Ctrl-] opens"), 120)
    assert " aileron · codex · contained · 7 seen · 12 allowed, 3 asked, 0 denied" in shown
    assert "Ctrl-] opens" in shown


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_waiting_question_changes_words_and_style(columns: int) -> None:
    """Without colour too, nobody can take it for the calm bar."""
    assert "APPROVAL 2" in text(WAITING, columns)
    assert "APPROVAL" not in text(CALM, columns)
    calm, waiting = (paint(render(bar, columns), colour=False) for bar in (CALM, WAITING))
    assert calm.startswith("\x1b[0;7m")
    assert waiting.startswith("\x1b[0;1;7m")


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_ascii_mode(columns: int) -> None:
    """In ASCII mode nothing else appears, whatever the agent is called."""
    assert text(replace(CALM, agent="agént"), columns, ascii_only=True).isascii()


def test_an_agents_name_cannot_draw() -> None:
    """Control characters in a name are shown, not obeyed."""
    assert "\x1b" not in text(replace(CALM, agent="x\x1b[2Jy"), 200)


SHOWN = {
    "ordinary": ("ls -l", "ls -l"),
    "letters": ("naïve 漢字", "naïve 漢字"),
    "decomposed letter": ("e\u0301", "e\u0301"),
    "escape": ("\x1b[2J", "<U+001B>[2J"),
    "tab and newline": ("a\tb\n", "a<U+0009>b<U+000A>"),
    "C1": ("\u009b2J", "<U+009B>2J"),
    "right to left override": ("\u202egpj", "<U+202E>gpj"),
    "zero width": ("r\u200bm", "r<U+200B>m"),
    "joiner": ("a\u200db", "a<U+200D>b"),
    "tag letters": ("\U000e0041", "<U+E0041>"),
    "soft hyphen": ("a\u00adb", "a<U+00AD>b"),
    "no-break space": ("rm\u00a0-rf", "rm<U+00A0>-rf"),
    "ideographic space": ("rm\u3000x", "rm<U+3000>x"),
    "hangul filler": ("a\u3164b", "a<U+3164>b"),
    "blank braille": ("a\u2800b", "a<U+2800>b"),
    "variation selector": ("a\ufe0f", "a<U+FE0F>"),
    "line separator": ("a\u2028b", "a<U+2028>b"),
    "many marks": ("e" + "\u0301" * 4, "e" + "\u0301" * 2 + "<U+0301>" * 2),
    "mark without a letter": ("\u0301a", "<U+0301>a"),
    "byte that is no text": ("a\udcffb", "a<FF>b"),
}


@pytest.mark.parametrize("case", SHOWN)
def test_what_cannot_be_seen_is_shown(case: str) -> None:
    """Invisible, bidirectional and control characters are spelled out."""
    given_text, shown = SHOWN[case]
    assert plain(given_text) == shown


@given(st.text(), st.booleans())
def test_shown_text_does_nothing_to_a_terminal(given_text: str, ascii_only: bool) -> None:
    """No text leaves a control character, whatever it holds."""
    shown = plain(given_text, ascii_only=ascii_only)
    assert all(character.isprintable() for character in shown)
    assert shown.isascii() or not ascii_only


@given(st.text(), st.integers(0, 30))
def test_clipping_keeps_to_the_room(given_text: str, room: int) -> None:
    """A clipped line is never wider than asked."""
    line = clip([(plain(given_text), "bold"), ("end", "")], room)
    assert width("".join(part for part, _ in line)) <= room
