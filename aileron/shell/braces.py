"""Brace expansion: `{a,b}` and `{1..3}` make several words of one.

It comes before everything else in bash, and knows nothing of what a word's
parts mean; so a word is handed in as one string in which each quoted or
expanded part is a single stand-in character, and comes back as several such
strings.  Where the braces do not match, or more words would result than
`LIMIT`, the answer is None: not known.
"""

from __future__ import annotations

import re
from itertools import pairwise

LIMIT = 256
MAX_NESTING = 8
MAX_BRACES = 64  # in one word

SEQUENCE = re.compile(
    r"(?:(-?[0-9]{1,9})\.\.(-?[0-9]{1,9})|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?[0-9]{1,9}))?\Z"
)


def expand(text: str) -> list[str] | None:
    """The words that `text` stands for, None when that cannot be told."""
    if "{" not in text or ("," not in text and ".." not in text):
        return [text]
    if not _matched(text):
        return None
    return _expand(text)


def _matched(text: str) -> bool:
    level = 0
    if text.count("{") > MAX_BRACES:
        return False
    for char in text:
        if char == "{":
            level += 1
            if level > MAX_NESTING:
                return False
        elif char == "}":
            level -= 1
            if level < 0:
                return False
    return level == 0


def _expand(text: str) -> list[str] | None:
    start = text.find("{")
    if start < 0:
        return [text]
    level, end, cuts = 0, start, [start]
    for at in range(start, len(text)):
        char = text[at]
        if char == "{":
            level += 1
        elif char == "}":
            level -= 1
            if level == 0:
                end = at
                break
        elif char == "," and level == 1:
            cuts.append(at)
    cuts.append(end)
    inside: list[str] | None
    if len(cuts) > 2:
        inside = []
        for one, other in pairwise(cuts):
            more = _expand(text[one + 1 : other])
            if more is None:
                return None
            inside += more
    else:
        body = text[start + 1 : end]
        inside = _sequence(body) if ".." in body else None
        if inside is None:
            within = _expand(body)
            inside = None if within is None else ["{" + item + "}" for item in within]
    rest = _expand(text[end + 1 :])
    if inside is None or rest is None or len(inside) * len(rest) > LIMIT:
        return None
    head = text[:start]
    return [head + item + tail for item in inside for tail in rest]


def _sequence(body: str) -> list[str] | None:
    """`1..3`, `a..e..2`; a body that is no sequence stands for itself in braces."""
    found = SEQUENCE.match(body)
    if not found:
        return None
    first, last, one, other, step = found.groups()
    by = abs(int(step or 1)) or 1
    if first is not None:
        low, high = int(first), int(last)
        padded = any(re.match(r"-?0[0-9]", number) for number in (first, last))
        width = max(len(first), len(last)) if padded else 0
        numbers = _range(low, high, by)
        return None if numbers is None else [f"{number:0{width}d}" for number in numbers]
    if one.isupper() != other.isupper():
        return None
    letters = _range(ord(one), ord(other), by)
    return None if letters is None else [chr(letter) for letter in letters]


def _range(low: int, high: int, by: int) -> list[int] | None:
    if abs(high - low) // by >= LIMIT:
        return None
    return list(range(low, high + 1, by) if low <= high else range(low, high - 1, -by))
