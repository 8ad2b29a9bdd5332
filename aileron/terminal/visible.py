"""Text of others, made harmless to show.

A command comes from an agent, and what an agent writes may try to look like
something else.  So of every such text:

- a control character, a format character (bidirectional marks, zero-width
  joiners, tags, soft hyphens), a blank that is not the ASCII space, a private or
  unassigned code point, a filler letter and a variation selector are shown as
  `<U+202E>`; a byte that was not UTF-8 as `<FF>`;
- more than two combining marks on one letter are shown the same way;
- in ASCII mode, so is everything beyond ASCII.

What is left has a width of one or two cells, does nothing to the terminal, and
looks like what it is, but for letters of different scripts that look alike.

A line is a tuple of spans, a span a text and the name of its style; only
`paint` knows escape sequences.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wcwidth import wcwidth

Span = tuple[str, str]
Line = tuple[Span, ...]

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
_HIDDEN_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159")
_SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
_MARKS_ON_A_LETTER = 2

_ATTRIBUTES = {
    "": "0",
    "bold": "0;1",
    "dim": "0;2",
    "mark": "0;1;4",
    "escape": "0;7",
    "bar": "0;7",
    "alert": "0;1;7",
}
_COLOURED = _ATTRIBUTES | {
    "mark": "0;1;4;33",
    "escape": "0;7;31",
    "bar": "0;38;5;252;48;5;236",
    "alert": "0;1;30;43",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One character as it is shown; `escaped` when that is not the character itself."""

    text: str
    width: int
    escaped: bool = False


def cells(text: str, *, ascii_only: bool = False) -> Iterator[Cell]:
    """The characters of a text as they are shown, one cell for each, in order."""
    marks = _MARKS_ON_A_LETTER  # at the start there is no letter to carry one
    for character in text:
        if " " <= character <= "~":
            marks = 0
            yield Cell(character, 1)
            continue
        category = unicodedata.category(character)
        if category in ("Mn", "Me") and marks < _MARKS_ON_A_LETTER and not _hidden(character):
            marks += 1
            if not ascii_only:
                yield Cell(character, 0)
                continue
        width = wcwidth(character)
        if ascii_only or width < 1 or category in _HIDDEN_CATEGORIES or _hidden(character):
            marks = _MARKS_ON_A_LETTER
            shown = _escape(character)
            yield Cell(shown, len(shown), escaped=True)
        else:
            marks = 0
            yield Cell(character, width)


def _hidden(character: str) -> bool:
    point = ord(character)
    return character in _HIDDEN_LETTERS or any(low <= point <= high for low, high in _SELECTORS)


def _escape(character: str) -> str:
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:  # a byte that was not UTF-8
        return f"<{point - 0xDC00:02X}>"
    return f"<U+{point:04X}>"


def plain(text: str, *, ascii_only: bool = False) -> str:
    """A text as it is shown, on one line and without styles."""
    return "".join(cell.text for cell in cells(text, ascii_only=ascii_only))


def width(text: str) -> int:
    """Cells that an already harmless text takes."""
    return sum(max(wcwidth(character), 0) for character in text)


def clip(line: Iterable[Span], room: int) -> Line:
    """As much of a harmless line as fits into `room` cells."""
    kept: list[Span] = []
    for text, style in line:
        if width(text) > room:
            fitting = ""
            for character in text:
                if width(fitting + character) > room:
                    break
                fitting += character
            kept.append((fitting, style))
            break
        room -= width(text)
        kept.append((text, style))
    return tuple(kept)


def paint(line: Iterable[Span], *, colour: bool) -> str:
    """The line with its styles as escape sequences; ends with all styles off."""
    styles = _COLOURED if colour else _ATTRIBUTES
    return "".join(f"\x1b[{styles[style]}m{text}" for text, style in line) + "\x1b[0m"
