"""Brace expansion: `{a,b}` and `{1..3}` make several words of one.

It comes before everything else in bash, and knows nothing of what a word's
parts mean; so a word is handed in as one string in which each quoted or
expanded part is a single stand-in character, and comes back as several such
strings.  Where more words would result than `LIMIT`, the answer is None: not
known.

The rules are those of bash's own scan, odd as they are: a brace opens an
expansion only if some later `}` at its level has a `,` or `..` before it, so
`{a}b,c}` is one, of `a}b` and `c`, and in `{{a,b}` the first brace is text.
"""

from __future__ import annotations

import re

LIMIT = 1024  # words that one may become
MAX_LENGTH = 4096  # of a word that is looked at
MAX_BRACES = 64  # in one word

NUMBER = re.compile(r"[+-]?[0-9]{1,15}\Z")
LETTER = re.compile(r"[A-Za-z]\Z")
PADDED = re.compile(r"-?0[0-9]")


def expand(text: str, limit: int = LIMIT) -> list[str] | None:
    """The words that `text` stands for, None when that cannot be told."""
    if "{" not in text or "}" not in text or ("," not in text and ".." not in text):
        return [text]
    if text.count("{") > MAX_BRACES or len(text) > MAX_LENGTH:
        return None
    return _expand(text, limit)


def _expand(text: str, limit: int) -> list[str] | None:
    start, end = _first(text)
    if start < 0:
        return [text]
    amble = text[start + 1 : end]
    inside: list[str] | None
    if "," in amble:
        inside = []
        for item in _items(amble):
            more = _expand(item, limit)
            if more is None:
                return None
            inside += more
    else:
        inside = _sequence(amble, limit)
    rest = _expand(text[end + 1 :], limit)
    if inside is None or rest is None or len(inside) * len(rest) > limit:
        return None
    head = text[:start]
    return [head + item + tail for item in inside for tail in rest]


def _first(text: str) -> tuple[int, int]:
    """Where the first brace stands that opens an expansion, and where it is closed."""
    start = text.find("{")
    while start >= 0:
        if start > 0 or text[1:2] != "}":
            end = _close(text, start + 1)
            if end >= 0:
                return start, end
        start = text.find("{", start + 1)
    return -1, -1


def _close(text: str, at: int) -> int:
    """The `}` that closes the brace before `at`; -1 if that opens no expansion."""
    level, separators = 0, 0
    for place in range(at, len(text)):
        char = text[place]
        if char == "{":
            level += 1
        elif char == "}":
            if level:
                level -= 1
            elif separators:
                return place
        elif level == 0 and (
            char == "," or (text.startswith("..", place) and text[place + 2 : place + 3] != "}")
        ):
            separators += 1
    return -1


def _items(amble: str) -> list[str]:
    """What stands between the commas that are in no further braces."""
    items, level, start = [], 0, 0
    for at, char in enumerate(amble):
        if char == "{":
            level += 1
        elif char == "}" and level:
            level -= 1
        elif char == "," and level == 0:
            items.append(amble[start:at])
            start = at + 1
    return [*items, amble[start:]]


def _sequence(amble: str, limit: int) -> list[str] | None:
    """`1..3`, `a..e..2`; braces around anything else stand for themselves."""
    itself = ["{" + amble + "}"]
    first, _, rest = amble.partition("..")
    last, stepped, step = rest.partition("..")
    if stepped and not NUMBER.match(step):
        return itself
    by = abs(int(step or 1)) or 1
    if NUMBER.match(first) and NUMBER.match(last):
        numbers = _range(int(first), int(last), by, limit)
        padded = PADDED.match(first) or PADDED.match(last)
        width = max(len(first), len(last)) if padded else 0
        return None if numbers is None else [f"{number:0{width}d}" for number in numbers]
    if LETTER.match(first) and LETTER.match(last):
        if first.isupper() != last.isupper():  # a backslash and a backtick are in between
            return None
        letters = _range(ord(first), ord(last), by, limit)
        return None if letters is None else [chr(letter) for letter in letters]
    return itself


def _range(low: int, high: int, by: int, limit: int) -> list[int] | None:
    if abs(high - low) // by >= limit:
        return None
    return list(range(low, high + 1, by) if low <= high else range(low, high - 1, -by))
