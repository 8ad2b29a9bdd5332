"""What each escape sequence of the child may do: the table of the rewriter.

A sequence that is not in a table here does not reach the terminal.  Of those
that are, most act inside the scroll region or from the cursor on, which the
margins keep out of the bar, and pass.  The others are handled so that their
effect ends at the child's last row N:

- absolute rows (CUP, HVP, VPA) and the ends of rectangles are cut to N; VPR, which
  ignores margins, becomes CUD, which respects them;
- a scroll region ends at N at most; an invalid one is dropped, not sent;
- what resets the margins or switches screens (RIS, DECSTR, DECALN, ?47, ?1047,
  ?1049) passes, and the child's margins follow at once;
- what erases below the cursor passes, and the bar is drawn again;
- what could read the screen, print it, name the window back, change its size or the
  character set, run a stored macro, lock the keyboard, or address cells by other
  rules (VT52, columns of 132, status line, pages, reverse wrap) is dropped;
- reports of size are answered here, with the child's size;
- REP is written out, since the character before it may by then be the bar's;
- images are dropped: without the cursor's row it is unknown whether they would
  cover the bar.

Handlers take the tracked state and the parameters (0 where left out) and return
what goes to the terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from aileron.terminal.tracked import (
    CURSOR,
    ORIGIN,
    PLAIN,
    RESTORE,
    SAVE,
    SCREENS,
    SIDES,
    Tracked,
)

Handler = Callable[[Tracked, list[int], bytes], bytes]

MOST_PARAMETERS = 32  # but for colours, which name up to that many each

# Introducers are written without ESC [: prefix, intermediates, final.
PASSING = frozenset(
    b"@ A B C D E F G I K L M P S X Z ` a c g m n q "  # plain
    b"?K ?c ?n ?m ?u ?W ?$p $p >c >q >n >p >s =c "  # queries, colours of keys
    b"!q \"q *x #p #q #{ #} '} '~ ".split()
) | {b" @", b" A"}
MODES = (
    frozenset({1, 4, 5, 6, 7, 8, 9, 12, 25, 66, 67, 69, 2004, 2026, 2027, 2031})
    | frozenset(
        {
            1000,
            *range(1002, 1008),
            1010,
            1011,
            1015,
            1016,
            *range(1034, 1038),
            1039,
            1042,
            1043,
            1048,
        }
    )
    | SCREENS
)
STORED_MODES = MODES - SCREENS - {1048}
ANSI_MODES = frozenset({4, 20})
WINDOW_REPORTS = frozenset({11, 13, 15, 16, 22, 23})
PASSING_ESCAPES = frozenset(b"6 9 = > D E H M Z n o | } ~ #3 #4 #5 #6".split())
_CHARSETS = re.compile(rb"[()*+\-./][ -/]*[0-~]")


def _cut(tracked: Tracked, row: int) -> int:
    return min(row or 1, tracked.rows)


def _position(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    row, column = (*given, 0, 0)[:2]
    return b"\x1b[%d;%d%c" % (_cut(tracked, row), min(column or 1, 9999), raw[-1])


def _row(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    return b"\x1b[%dd" % _cut(tracked, (*given, 0)[0])


def _rows_down(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    return b"\x1b[%dB" % min((*given, 0)[0] or 1, 9999)


def _region(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    top, bottom = (*given, 0, 0)[:2]
    top, bottom = top or 1, min(bottom or tracked.rows, tracked.rows)
    if top >= bottom:
        return b""
    bar = b""
    if tracked.loose:  # what was written until now may be on the bar: that does not wait
        tracked.dirty = True
        bar = tracked.draw_bar() if tracked.slot_held else b""
    tracked.top, tracked.bottom = top, bottom
    return bar + tracked.margins()


def _erase(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    tracked.dirty = True
    return raw


def _scroll_down(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    return raw if len(given) < 2 else b""  # with five parameters it tracks the mouse


def _ansi_modes(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    kept = [mode for mode in given if mode in ANSI_MODES]
    if 4 in kept:
        tracked.insert = raw.endswith(b"h")
    return b"\x1b[%b%c" % (_joined(kept), raw[-1]) if kept else b""


def _joined(numbers: Sequence[int]) -> bytes:
    return b";".join(b"%d" % number for number in numbers)


def _modes(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    kept = [mode for mode in given if mode in MODES]
    return set_modes(tracked, kept, raw.endswith(b"h"))


def set_modes(tracked: Tracked, modes: list[int], value: bool) -> bytes:
    """Private modes set or reset, and what has to follow them."""
    if not modes:
        return b""
    before = after = b""
    for mode in modes:
        if mode == 1048:
            before += _save(tracked) if value else b""
            after += b"" if value else _take_back(tracked)
            continue
        tracked.modes[mode] = value
        if mode == SIDES and not value:
            tracked.sides = b""
        if mode in SCREENS:
            if mode == 1049 and value:
                tracked.saved_on.add(tracked.alternate)
            tracked.alternate, tracked.dirty = value, True
            tracked.modes.pop(mode)
            after += tracked.margins_kept()
    modes = [mode for mode in modes if mode != 1048]
    switch = b"\x1b[?%b%c" % (_joined(modes), b"h" if value else b"l") if modes else b""
    return before + switch + after


def _save(tracked: Tracked) -> bytes:
    """DECSC; a bar that has to be drawn is drawn now, since it will have to wait afterwards."""
    bar = tracked.draw_bar() if tracked.dirty else b""
    tracked.slot_held, tracked.slot_origin = True, tracked.on(ORIGIN)
    tracked.saved_on.add(tracked.alternate)
    return bar + SAVE


def _take_back(tracked: Tracked) -> bytes:
    """DECRC; a bar that waited for it is drawn at once, while slot and cursor are the same.

    Where the child has saved nothing, what the bar left in the slot is not for it.
    """
    if tracked.alternate in tracked.saved_on:
        tracked.modes[ORIGIN] = tracked.slot_origin
        back = RESTORE
    else:
        tracked.modes[ORIGIN] = False
        back = PLAIN + b"\x1b[?6l\x1b[H"
    tracked.slot_held = False
    return back + (tracked.draw_bar() if tracked.dirty else b"")


def _store_modes(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    tracked.stored |= {mode: tracked.on(mode) for mode in given if mode in STORED_MODES}
    return b""


def _restore_modes(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    return b"".join(
        set_modes(tracked, [mode], tracked.stored[mode]) for mode in given if mode in tracked.stored
    )


def _save_or_sides(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    if tracked.on(SIDES):
        tracked.sides = _joined(given)
        return b"\x1b[%bs" % tracked.sides
    return b"" if given else _save(tracked)


def _restore(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    return b"" if given else _take_back(tracked)


def _soft_reset(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    for mode in (1, ORIGIN, 66):
        tracked.modes[mode] = False
    tracked.modes[CURSOR] = True
    tracked.insert, tracked.dirty = False, True
    tracked.top, tracked.bottom = 1, tracked.rows
    tracked.saved_on.discard(tracked.alternate)
    return raw + b"\x1b[4l" + tracked.margins_kept()


def _other_keys(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    if given[:1] in ([], [4]):
        tracked.other_keys = _joined(given) if len(given) > 1 else b""
    return raw


def _kitty(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    stack, flags = tracked.kitty, b"%d" % (*given, 0)[0]
    if raw.startswith(b"\x1b[<"):
        del stack[-((*given, 0)[0] or 1) :]
    elif raw.startswith(b"\x1b[>"):
        stack[:] = [*stack[-15:], flags]
    else:
        stack[-1:] = [flags]
    return raw


def _shape(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    tracked.shape = True
    return raw


def _window(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
    return raw if given[:1] and given[0] in WINDOW_REPORTS else b""


def size_report(tracked: Tracked, given: list[int]) -> bytes:
    """The answer to a question for the size, empty where it is another question."""
    width, height = tracked.size.width, tracked.size.height
    if given in ([18], [19]):
        return b"\x1b[%d;%d;%dt" % (given[0] - 10, tracked.rows, tracked.columns)
    return b"\x1b[4;%d;%dt" % (height, width) if given == [14] and width and height else b""


def _rectangle(first: int) -> Handler:
    """Cuts a rectangle whose top row is parameter `first`; relative rows are not followed."""

    def handle(tracked: Tracked, given: list[int], raw: bytes) -> bytes:
        given = given + [0] * (first + 4 - len(given))
        top, bottom = given[first] or 1, given[first + 2] or tracked.rows
        last = tracked.rows
        if raw.endswith(b"$v"):  # copied to the row of parameter 5 on
            given = given + [0] * (8 - len(given))
            last = min(last, top + tracked.rows - (given[5] or 1))
        if top > last or tracked.on(ORIGIN):
            return b""
        given[first + 2] = min(bottom, last)
        return b"\x1b[%b%b" % (_joined(given), raw[-2:])

    return handle


HANDLERS: dict[bytes, Handler] = {
    b"H": _position,
    b"f": _position,
    b"d": _row,
    b"e": _rows_down,
    b"r": _region,
    b"J": _erase,
    b"?J": _erase,
    b"T": _scroll_down,
    b"h": _ansi_modes,
    b"l": _ansi_modes,
    b"?h": _modes,
    b"?l": _modes,
    b"?s": _store_modes,
    b"?r": _restore_modes,
    b"s": _save_or_sides,
    b"u": _restore,
    b"!p": _soft_reset,
    b">m": _other_keys,
    b">u": _kitty,
    b"<u": _kitty,
    b"=u": _kitty,
    b" q": _shape,
    b"t": _window,
    b"$x": _rectangle(1),
    b"$z": _rectangle(0),
    b"${": _rectangle(0),
    b"$r": _rectangle(0),
    b"$t": _rectangle(0),
    b"$v": _rectangle(0),
}


def escape(tracked: Tracked, body: bytes) -> bytes:
    """An escape sequence that is neither CSI nor a string, given without its ESC."""
    raw = b"\x1b" + body
    if body == b"c":
        tracked.reset()
        return raw + tracked.margins()
    if body == b"#8":
        tracked.top, tracked.bottom, tracked.dirty = 1, tracked.rows, True
        return raw + tracked.margins()
    if body == b"7":
        return _save(tracked)
    if body == b"8":
        return _take_back(tracked)
    return raw if body in PASSING_ESCAPES or _CHARSETS.fullmatch(body) else b""


_NUMBER = re.compile(rb"\d{1,5}")
_DROPPED_COMMANDS = frozenset({50, 66})  # fonts, text of several rows
_CURSOR_SHAPE = b"50;CursorShape="
LINK_LIMIT = 4096  # bytes of an OSC 8; it is sent again after each drawing of ours
_IMAGES = re.compile(rb"1337;\s*(?:Multipart)?File", re.IGNORECASE)
_DEVICE_STRINGS = re.compile(rb"\$q|\+q|=[12]s\Z")  # questions, and frames


def string(tracked: Tracked, kind: int, body: bytes, end: bytes) -> bytes:
    """A complete OSC, DCS, APC, PM or SOS, `kind` the byte after its ESC."""
    raw = b"\x1b%c%b%b" % (kind, body, end)
    if kind == ord("P"):
        return raw if _DEVICE_STRINGS.match(body) else b""
    if kind != ord("]") or _IMAGES.match(body):
        return b""
    number = _NUMBER.match(body)
    if number and int(number[0]) in _DROPPED_COMMANDS and not body.startswith(_CURSOR_SHAPE):
        return b""
    if body.startswith(b"8;"):
        if len(raw) > LINK_LIMIT:
            return b""
        target = body.split(b";", 2)[2:]
        tracked.link = raw if target and target[0] else b""
    return raw
