"""How the tables of names in this package are written: words with spaces between them."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())
