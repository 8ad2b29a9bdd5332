"""What of a child's output reaches the terminal: the table, and the rules for all of it."""

from __future__ import annotations

import itertools
import re

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.terminal.rewriter import SEQUENCE_LIMIT, STRING_LIMIT, Rewriter
from aileron.terminal.tracked import Size, Tracked

ROWS, COLUMNS = 23, 80  # of a terminal of 24 rows

# What the child writes, what the terminal gets; ESC is written ^, {N} the child's last row.
TABLE = {
    "text": ("hello\r\nworld", "hello\r\nworld"),
    "colours": ("^[1;38;5;120;48:2::1:2:3mx", "^[1;38;5;120;48:2::1:2:3mx"),
    "row in the child's part": ("^[5;7H", "^[5;7H"),
    "row below it": ("^[24;7H", "^[23;7H"),
    "row far below it": ("^[999;999H", "^[23;999H"),
    "row with zeros before": ("^[00024;1H", "^[23;1H"),
    "no row": ("^[;5H", "^[1;5H"),
    "HVP": ("^[99;3f", "^[23;3f"),
    "VPA": ("^[24d", "^[23d"),
    "VPR ignores margins, CUD does not": ("^[9e", "^[9B"),
    "whole region": ("^[r", "^[1;23r"),
    "region that ends below": ("^[5;24r", "^[5;23r"),
    "region of the bar alone": ("^[24;24r", ""),
    "region upside down": ("^[10;5r", ""),
    "full reset": ("^c", "^c^[1;23r"),
    "soft reset": ("^[!p", "^[!p^[4l^7^[1;23r^8"),
    "screen of E": ("^#8", "^#8^[1;23r"),
    "alternate screen": ("^[?1049h", "^[?1049h^7^[1;23r^8"),
    "alternate screen among others": ("^[?25;1049h", "^[?25;1049h^7^[1;23r^8"),
    "child's region on the other screen": ("^[3;8r^[?47h", "^[3;8r^[?47h^7^[3;8r^8"),
    "save and restore": ("^7^[5;5H^8", "^7^[5;5H^8"),
    "restore without save": ("^8", "^[0m^(B\x0f^[?6l^[H"),
    "SCO save and restore": ("^[s^[u", "^7^8"),
    "1048": ("^[?1048h^[?1048l", "^7^8"),
    "left and right margin": ("^[?69h^[10;20s", "^[?69h^[10;20s"),
    "REP": ("ab^[3b", "abbbb"),
    "REP after something else": ("a^[1m^[3b", "a^[1m"),
    "REP of a wide letter": ("漢^[2b", "漢漢漢"),
    "saved modes": ("^[?7s^[?7l^[?7r", "^[?7l^[?7h"),
    "132 columns": ("^[?40h^[?3h", ""),
    "VT52": ("^[?2l", ""),
    "reverse wrap": ("^[?45h", ""),
    "size reports in band": ("^[?2048h", ""),
    "unknown mode beside a known one": ("^[?3;25l", "^[?25l"),
    "keyboard lock": ("^[2h", ""),
    "insert mode": ("^[4h", "^[4h"),
    "terminal resize": ("^[8;40;100t^[3;1;1t^[30t", ""),
    "title stack": ("^[22;0t^[23;0t", "^[22;0t^[23;0t"),
    "title report": ("^[21t", ""),
    "checksum of the screen": ("^[1;1;1;24;80*y", ""),
    "presentation report": ("^[1$w", ""),
    "status line": ("^[2$~^[1$}", ""),
    "print the screen": ("^[i^[?5i", ""),
    "macros": ("^[1*z^P1;0;0!zabc^\\", ""),
    "fill of a rectangle": ("^[88;1;1;99;99$x", "^[88;1;1;23;99$x"),
    "rectangle in the bar": ("^[24;1;24;80$z", ""),
    "copy into the bar": ("^[1;1;9;80;1;20;1;1$v", "^[1;1;4;80;1;20;1;1$v"),
    "title": ("^]0;x\x07", "^]0;x\x07"),
    "title with a foreign end": ("^]0;x^[24;1Hy", "^]0;x^\\^[23;1Hy"),
    "title that ends with C1": ("^]0;t\u009cX\x07", "^]0;t\ufffd\udc9cX\x07"),
    "abandoned title": ("^]0;x\x18y", "y"),
    "clipboard": ("^]52;c;aGk=^\\", "^]52;c;aGk=^\\"),
    "link": ("^]8;;http://e.x/^\\", "^]8;;http://e.x/^\\"),
    "image": ("^]1337;File=inline=1:AAAA\x07", ""),
    "kitty image": ("^_Ga=T,f=24;AAAA^\\", ""),
    "sixel": ("^Pq#0;2;0;0;0~~^\\", ""),
    "text of several rows": ("^]66;s=3;EVIL\x07", ""),
    "question for a setting": ("^P$qr^\\", "^P$qr^\\"),
    "restored presentation": ("^P1$t24;1;1^\\", ""),
    "passed on by tmux": ("^Ptmux;^^[24;1H^\\", "^[23;1H"),
    "another character set": ("^%@^%G", ""),
    "8-bit controls": ("^ G^ F", ""),
    "line drawing": ("^(0lqk^(B", "^(0lqk^(B"),
    "control inside": ("^[24;\n5H", "\n^[23;5H"),
    "control inside a row": ("^[24\x0b;1H", "\x0b^[23;1H"),
    "delete inside": ("^[2\x7f4;1H", "^[23;1H"),
    "escape inside": ("^[5;5^[24;1H", "^[23;1H"),
    "abandoned": ("^[24;\x18Hx", "Hx"),
    "twice escape": ("^^[24;1H", "^[23;1H"),
    "intermediate": ("^[24;1 H", ""),
    "colon": ("^[24:1H", ""),
    "private": ("^[>24;1H", ""),
    "letter inside": ("^[24;é1H", "é1H"),
    "C1 in UTF-8": ("\u009b24;1H", "24;1H"),
    "C1 in pieces": ("\udcc2\u009b\udc9bx", "\ufffd\udc9bx"),
    "C1 around something dropped": ("\udcc2^[3t\udc9b24;1H", "\ufffd\udc9b24;1H"),
    "latin letters": ("\u00a0ü«x»", "\u00a0ü«x»"),
}


def new(rows: int = ROWS) -> Rewriter:
    return Rewriter(Tracked(Size(rows, COLUMNS)))


def encoded(text: str) -> bytes:
    return text.replace("^", "\x1b").encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("case", TABLE)
def test_table(case: str) -> None:
    """Each sequence reaches the terminal in the form that cannot touch the bar."""
    written, expected = TABLE[case]
    assert new().feed(encoded(written)) == encoded(expected)


@pytest.mark.parametrize("case", TABLE)
def test_table_byte_by_byte(case: str) -> None:
    """The same holds when every byte comes alone."""
    written, expected = TABLE[case]
    rewriter = new()
    out = [rewriter.feed(bytes([byte])) for byte in encoded(written)]
    assert b"".join(out) == encoded(expected)


PIECES = [encoded(written) for written, _ in TABLE.values()]
PIECES += [encoded(x) for x in ("\n", "^[", "^[2J", "^]8;;", "^P", "漢字", "🙂", "e\u0301", "\x18")]
PIECES += [bytes([byte]) for byte in (0x1B, 0xC2, 0x9B, 0xE6, 0xF0, 0xFF, 0x07, 0x5C, 0x3B, 0x48)]

streams = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=30)


@settings(deadline=None, max_examples=100)
@given(streams, st.data())
def test_any_split_gives_the_same_output(stream: list[bytes], data: st.DataObject) -> None:
    """How the bytes are cut into reads changes nothing."""
    whole = b"".join(stream)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=12)))
    at_once, in_parts = new(), new()
    expected = at_once.feed(whole)
    bounds = [0, *cuts, len(whole)]
    parts = [whole[a:b] for a, b in itertools.pairwise(bounds)]
    assert b"".join(map(in_parts.feed, parts)) == expected
    assert in_parts.tracked == at_once.tracked
    assert in_parts.replies == at_once.replies


ABSOLUTE = re.compile(rb"\x1b\[(\d+)(?:;\d+)?[Hfd]|\x1b\[\d+;(\d+)r")


@settings(deadline=None, max_examples=100)
@given(streams)
def test_no_output_names_a_row_of_the_bar(stream: list[bytes]) -> None:
    """Whatever goes in, no row below the child's comes out, no C1, and no part of a sequence."""
    out = Rewriter(Tracked(Size(ROWS, COLUMNS), bar=False)).feed(b"".join(stream))
    rows = [int(a or b) for a, b in ABSOLUTE.findall(out)]
    assert all(row <= ROWS for row in rows)
    assert not re.search(rb"\xc2[\x80-\x9f]", out)
    assert new().feed(out + b"x").endswith(b"x")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(alphabet="abc 漢ü\r\n", max_size=12), max_size=20), st.integers(1, 40))
def test_plain_text_passes_untouched(texts: list[str], size: int) -> None:
    """Text without escape sequences comes out as it went in."""
    data = "".join(texts).encode()
    rewriter = new()
    out = [rewriter.feed(data[at : at + size]) for at in range(0, len(data), size)]
    assert b"".join(out) == data


def test_incomplete_sequences_and_characters_stay_inside() -> None:
    """Between two reads the terminal is never in the middle of something."""
    rewriter = new()
    assert rewriter.feed(b"a\x1b[3") == b"a"
    assert rewriter.feed(b"1mb\xe6\xbc") == b"\x1b[31mb"
    assert rewriter.feed("漢".encode()[2:] + b"\x1b]0;tit") == "漢".encode()
    assert rewriter.feed(b"le\x1b") == b""
    assert rewriter.feed(b"\\") == b"\x1b]0;title\x1b\\"


def test_endless_sequences_are_bounded() -> None:
    """A sequence without an end becomes text, a string without an end is dropped."""
    rewriter = new()
    digits = b"1" * (2 * SEQUENCE_LIMIT)
    out = rewriter.feed(b"\x1b[" + digits)
    assert out == digits[: len(digits) + 2 - SEQUENCE_LIMIT]
    rewriter = new()
    assert rewriter.feed(b"\x1b]0;") == b""
    for _ in range(STRING_LIMIT // 65536 + 2):
        assert rewriter.feed(b"x" * 65536) == b""
    assert rewriter.feed(b"\x07after") == b"after"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("^[18t", "^[8;23;80t"),
        ("^[19t", "^[9;23;80t"),
        ("^[14t", "^[4;368;640t"),
    ],
)
def test_size_questions_are_answered_with_the_childs_size(question: str, answer: str) -> None:
    """A child that asks for the size hears nothing of the bar's row."""
    rewriter = Rewriter(Tracked(Size(ROWS, COLUMNS, 640, 368)))
    assert rewriter.feed(encoded(question)) == b""
    assert rewriter.replies == encoded(answer)


@pytest.mark.parametrize(
    ("written", "dirty"),
    [
        ("text^[2K^[5;5H^[1;5r^[r", False),
        ("^[J", True),
        ("^[2J", True),
        ("^[?J", True),
        ("^c", True),
        ("^[?1049h", True),
        ("^[1;5r^[23;1H\nx", True),
    ],
)
def test_the_bar_is_drawn_again_only_after_what_could_reach_it(written: str, dirty: bool) -> None:
    """Erasing, resets, other screens, and line feeds below a region that ends early."""
    rewriter = new()
    for byte in encoded(written):
        rewriter.feed(bytes([byte]))
    expected = dirty or "5r" in written  # while the region ends early, anything may
    assert rewriter.tracked.dirty is expected


class Terminal:
    """A terminal as pyte sees it, with a bar drawn after each write of the child."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, ROWS + 1)
        self.stream = pyte.ByteStream(self.screen)
        self.rewriter = new()
        self.tracked = self.rewriter.tracked
        self.tracked.content = b"BAR"
        self.stream.feed(self.tracked.begin() + self.tracked.draw_bar())

    def write(self, text: str) -> None:
        self.stream.feed(self.rewriter.feed(encoded(text)))
        if self.tracked.dirty:
            self.stream.feed(self.tracked.draw_bar())

    @property
    def bar(self) -> str:
        return self.screen.display[-1].rstrip()


HOSTILE = [
    "^[24;1HEVIL",
    "^[999;1HEVIL",
    "^[24dEVIL",
    "EVIL\n" * 60,
    "^[1;24r^[24;1HEVIL\nEVIL",
    "^[1;5r^[23;1H\nEVIL\nEVIL",
    "^[1;5r^[23;1H\nEVIL^[r",
    "^[1;5r^[23;79HEVILEVIL^[r^[5;5H",
    "^[1;5r^[10;1H^[99BEVIL",
    "^c^[24;1HEVIL\n\nEVIL",
    "^#8^[24;1HEVIL",
    "^[?1049h^[24;1HEVIL\n\nEVIL",
    "^[?6h^[24;1HEVIL",
    "^[2J",
    "^[41m^[JEVIL",
    "^[r^[1;1H^[30LEVIL",
    "^[24\x0b;1HEVIL",
    "\u009b24;1HEVIL",
    "^7^[r^8^[24;1HEVIL\n",
    "^]0;x^[24;1HEVIL",
]


@pytest.mark.parametrize("attack", HOSTILE)
def test_nothing_of_the_child_stays_on_the_bar(attack: str) -> None:
    """What is known to reach a last row leaves the bar as Aileron drew it."""
    terminal = Terminal()
    terminal.write("some\r\nlines\r\n")
    terminal.write(attack)
    assert terminal.bar == "BAR"


def test_drawing_the_bar_keeps_cursor_and_colour() -> None:
    """The child goes on where it was, in the colour it had."""
    terminal = Terminal()
    terminal.write("^[5;5H^[31mred^[2J")
    terminal.write("more")
    assert (terminal.screen.cursor.y, terminal.screen.cursor.x) == (4, 11)
    assert terminal.screen.buffer[4][8].fg == "red"


def test_a_saved_cursor_survives_a_bar_that_waits() -> None:
    """A bar drawn before a save or after a restore leaves the saved cursor alone."""
    terminal = Terminal()
    terminal.write("^[2J^[5;5H^7^[9;9H^[Jx^8y")
    assert terminal.screen.display[4].strip() == "y"
    assert terminal.bar == "BAR"
