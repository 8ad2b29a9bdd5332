"""The chain that makes an edited log visible.

One entry is one line of JSON.  Its last member is `prev`, the SHA-256 of the
bytes of the line before it (without the newline; 64 zeros for the first), so a
changed, dropped or moved line no longer fits its successor.  The head, the
digest of the last line, is what a checkpoint will sign.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

START = "0" * 64
_encode = json.JSONEncoder(separators=(",", ":")).encode


def line(entry: Mapping[str, object], prev: str) -> bytes:
    """One line with its newline; `entry` must be JSON data without a `prev`.

    Lone surrogates (bytes that were not UTF-8) are escaped, never lost.
    """
    return _encode({**entry, "prev": prev}).encode("ascii") + b"\n"


def digest(written: bytes) -> str:
    return hashlib.sha256(written.rstrip(b"\n")).hexdigest()


def broken(lines: Iterable[bytes]) -> int | None:
    """The number (from 1) of the first line that does not fit, None if all do."""
    expected = START
    for number, written in enumerate(lines, 1):
        try:
            entry = json.loads(written)
        except ValueError:
            return number
        if not isinstance(entry, dict) or entry.get("prev") != expected:
            return number
        expected = digest(written)
    return None
