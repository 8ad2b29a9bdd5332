"""Text on its way to a terminal: what others wrote is shown, never obeyed."""

from __future__ import annotations

import os
import sys


def visible(text: str) -> str:
    """On one line, every character that is not plainly printable as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def colours() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(text: str, code: str) -> str:
    return f"\033[{code}m{text}\033[0m" if colours() else text


VERDICTS = {"allow": "32", "ask": "33", "deny": "31"}
