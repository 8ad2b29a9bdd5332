"""What `$'…'` stands for."""

from __future__ import annotations

import re

ESCAPE = re.compile(
    r"\\(?:([abeEfnrtv\\'\"?])|([0-7]{1,3})|x([0-9a-fA-F]{1,2})|x\{([0-9a-fA-F]*)\}?"
    r"|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c(\\\\|.))",
    re.DOTALL,
)
NAMED = {"a": 7, "b": 8, "e": 27, "E": 27, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
MAX_POINT = 0x10FFFF


def decode(text: str) -> str | None:
    """The string that bash makes of `$'text'`, in UTF-8; None where it could not be one.

    It ends at the first NUL, as strings do in C.  A byte that is no character by
    itself becomes a lone surrogate, the way Python keeps such bytes.
    """
    raw = bytearray()
    at = 0
    for found in ESCAPE.finditer(text):
        raw += _bytes(text[at : found.start()])
        at = found.end()
        named, octal, short_hex, long_hex, short, long, control = found.groups()
        if named:
            raw.append(NAMED.get(named, ord(named)))
        elif octal:
            raw.append(int(octal, 8) & 0xFF)
        elif short or long:
            point = int(short or long, 16)
            if point > MAX_POINT:
                return None
            raw += _bytes(chr(point))
        elif control:
            first, *rest = _bytes(control[0])
            raw.append(0x7F if first == ord("?") else ord(chr(first).upper()) & 0x1F)
            raw += bytes(rest)
        else:
            raw.append(int(short_hex or long_hex or "0", 16) & 0xFF)
    raw += _bytes(text[at:])
    return raw.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
