"""Reads the tables in this folder: what programs do, as far as their text proves it.

A case is a title between two lines of its own, the program, `=>`, and what it does:
one deed a line, in any order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from aileron.inline.deeds import KINDS, Deed


@dataclass(frozen=True)
class Case:
    title: str
    code: str
    argv: tuple[str | None, ...]
    expected: frozenset[str]


def cases(name: str) -> list[Case]:
    text = (Path(__file__).parent / name).read_text()
    found = []
    for block in re.split(r"^-- ", text, flags=re.MULTILINE)[1:]:
        head, _, rest = block.partition("\n")
        code, arrow, after = rest.partition("\n=>")
        assert arrow, head
        argv, _, lines = after.partition("\n")
        expected = {one for one in lines.splitlines() if one and not one.startswith("#")}
        words = tuple(None if one == "?" else one for one in argv.split())
        found.append(Case(head.removesuffix(" --"), code + "\n", words, frozenset(expected)))
    return found


def shown(deed: Deed) -> str:
    if isinstance(deed.value, tuple):
        return f"{deed.kind} {' '.join('?' if one is None else one for one in deed.value)}"
    if deed.kind == "unknown":
        return "unknown"
    if deed.value is None:
        return f"{deed.kind} {deed.prefix}{'...' if deed.below else '?'}"
    return f"{deed.kind} {deed.value}"


def lines(found: tuple[Deed, ...]) -> set[str]:
    return {shown(one).replace("\n", "⏎") for one in found if one.kind != "import"}


def agrees(case: Case, found: tuple[Deed, ...]) -> None:
    """The deeds are those of the table; of a program that must not be proven one says so."""
    assert {one.kind for one in found} <= KINDS
    if case.expected == {"unknown"}:
        assert "unknown" in lines(found)
    else:
        assert lines(found) == case.expected - {"nothing"}, found
