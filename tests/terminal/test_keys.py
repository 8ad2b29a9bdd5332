"""What a terminal sends, told apart: keys, pastes, reports and replies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.terminal.keys import Keys, Kind

# What the terminal sends (ESC is ^), and the tokens: kind and name.
TABLE: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "a letter": ("o", [("text", "o")]),
    "several letters": ("okay", [("text", "okay")]),
    "a letter of another script": ("щ", [("text", "щ")]),
    "enter": ("\r", [("key", "enter")]),
    "tab": ("\t", [("key", "tab")]),
    "backspace": ("\x7f", [("key", "backspace")]),
    "hotkey": ("\x1d", [("key", "ctrl+]")]),
    "ctrl-c": ("\x03", [("key", "ctrl+c")]),
    "alt and a letter": ("^x", [("key", "alt+x")]),
    "arrows": ("^[A^[B^OA", [("key", "up"), ("key", "down"), ("key", "up")]),
    "arrow with ctrl": ("^[1;5A", [("key", "ctrl+up")]),
    "page down": ("^[6~", [("key", "pagedown")]),
    "function key": ("^OP", [("key", "f1")]),
    "kitty escape": ("^[27u", [("key", "escape")]),
    "kitty letter": ("^[111u", [("text", "o")]),
    "kitty letter with caps lock": ("^[111;65u", [("text", "o")]),
    "kitty capital": ("^[111:79;2u", [("text", "O")]),
    "kitty letter by its place": ("^[1097::111u", [("text", "o")]),
    "kitty hotkey": ("^[93;5u", [("key", "ctrl+]")]),
    "kitty hotkey with num lock": ("^[93;133u", [("key", "ctrl+]")]),
    "kitty letter held": ("^[111;1:2u", [("held", "")]),
    "kitty letter let go": ("^[111;1:3u", [("held", "")]),
    "kitty arrow let go": ("^[1;1:3A", [("held", "")]),
    "kitty shift alone": ("^[57441u", [("key", "other")]),
    "modifyOtherKeys hotkey": ("^[27;5;93~", [("key", "ctrl+]")]),
    "modifyOtherKeys letter": ("^[27;1;111~", [("text", "o")]),
    "modifyOtherKeys enter": ("^[27;5;13~", [("key", "ctrl+enter")]),
    "cursor position": ("^[24;80R", [("reply", "")]),
    "device attributes": ("^[?62;4c", [("reply", "")]),
    "mode report": ("^[?2026;2$y", [("reply", "")]),
    "size report": ("^[8;24;80t", [("reply", "")]),
    "colour report": ("^]11;rgb:0000/0000/0000^\\", [("reply", "")]),
    "colour report with BEL": ("^]11;rgb:0/0/0\x07", [("reply", "")]),
    "setting report": ("^P1$r0m^\\", [("reply", "")]),
    "kitty flags report": ("^[?5u", [("reply", "")]),
    "broken report": ("^]11;rgb^[A", [("reply", ""), ("key", "up")]),
    "focus": ("^[I^[O", [("focus in", ""), ("focus out", "")]),
    "mouse": ("^[<0;5;5M^[<0;5;5m", [("mouse", ""), ("mouse", "")]),
    "old mouse, whose place looks like keys": ("^[M ooo", [("mouse", ""), ("text", "o")]),
    "paste": ("^[200~o\r^[201~", [("paste", ""), ("paste", "")]),
    "hotkey inside a paste": ("^[200~\x1d^[201~d", [("paste", ""), ("paste", ""), ("text", "d")]),
    "bytes that are no text": ("\udcff\udc80", [("key", "other"), ("key", "other")]),
}


def encoded(text: str) -> bytes:
    return text.replace("^", "\x1b").encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("case", TABLE)
def test_table(case: str) -> None:
    """Each encoding is recognised for what it is."""
    sent, expected = TABLE[case]
    tokens = Keys().feed(encoded(sent))
    assert [(token.kind.value, token.name) for token in tokens] == expected


@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.one_of(st.sampled_from([encoded(s) for s, _ in TABLE.values()]), st.binary(max_size=5)),
        max_size=15,
    ),
    st.data(),
)
def test_no_byte_is_lost(stream: list[bytes], data: st.DataObject) -> None:
    """Joined, the tokens are what came in, however it was split."""
    whole = b"".join(stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    keys, out = Keys(), b""
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        out += b"".join(token.raw for token in keys.feed(whole[start:end]))
    out += b"".join(token.raw for token in keys.flush())
    assert whole.startswith(out)
    assert len(whole) - len(out) <= len(b"\x1b[201~") or not keys.pasting
    if not keys.pasting:
        assert out == whole


def test_escape_alone_is_a_key_once_nothing_follows() -> None:
    """A lone ESC waits for what may follow; flushed, it is the key."""
    keys = Keys()
    assert keys.feed(b"\x1b") == []
    assert keys.pending
    assert [token.name for token in keys.flush()] == ["escape"]
    assert keys.feed(b"\x1b") == []
    assert [token.name for token in keys.feed(b"[A")] == ["up"]


def test_a_paste_may_come_in_parts() -> None:
    """All of a paste is paste, also where its end is split."""
    keys = Keys()
    tokens = [
        token
        for part in (b"\x1b[20", b"0~o", b"o\x1b[2", b"01", b"~d")
        for token in keys.feed(part)
    ]
    assert {token.kind for token in tokens[:-1]} == {Kind.PASTE}
    assert tokens[-1].name == "d"
    assert not keys.pasting


def test_a_long_paste_is_not_kept() -> None:
    """A megabyte of paste passes through without being held back."""
    keys = Keys()
    keys.feed(b"\x1b[200~")
    sizes = [sum(len(token.raw) for token in keys.feed(b"x" * 65536)) for _ in range(16)]
    assert sizes == [65536] * 16
