"""Literal texts and numbers as the program means them."""

from __future__ import annotations

import re
from dataclasses import replace

from aileron.inline import values
from aileron.inline.trees import Node
from aileron.inline.values import NONE, NUMBER, OPAQUE, Value

_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}
_DECIMAL = re.compile(r"0|[1-9]\d{0,14}")


def constant(node: Node) -> Value | None:
    """The value of a literal, None if the node is none."""
    match node.kind:
        case "string":
            return text_of(node.parts)
        case "string_fragment":
            return values.text(node.text)
        case "escape_sequence":
            found = unescaped(node.text)
            return OPAQUE if found is None else values.text(found)
        case "number":
            known = _DECIMAL.fullmatch(node.text)
            return replace(values.text(node.text), kind="number", leaf=True) if known else NUMBER
        case "true" | "false":
            return NUMBER
        case "null" | "undefined":
            return NONE
        case "regex":
            return OPAQUE
    return None


def text_of(parts: list[Node]) -> Value:
    whole = ""
    for one in parts:
        found = one.text if one.kind == "string_fragment" else unescaped(one.text)
        if found is None:
            return OPAQUE
        whole += found
    return values.text(whole)


def unescaped(escape: str) -> str | None:
    """What an escape stands for; None if it is not read."""
    sign = escape[1:2]
    if sign in "xu":
        digits = escape[2:].strip("{}")
        try:
            number = int(digits, 16)
        except ValueError:
            return None
        return chr(number) if number < 0xD800 or 0xDFFF < number < 0x110000 else None
    if escape[1:] in _SIMPLE:
        return _SIMPLE[escape[1:]]
    if len(escape) != 2 or sign.isdigit():
        return None
    return sign
