"""Reading the one quoted word that an envelope carries.  Pure.

Agents quote a command in one of two ways: the shell's single quotes (with
`'\\''` or `'"'"'` for a quote inside), or double quotes with backslashes.  A
word with anything that the shell would expand is not a literal, and then the
envelope is not one.
"""

from __future__ import annotations


def literal(text: str, at: int) -> tuple[str, int] | None:
    """The value of the literal word that starts at `at`, and where it ends; else None."""
    out: list[str] = []
    start = at
    while at < len(text) and text[at] not in " \t\n;&|<>()":
        found = _piece(text, at)
        if found is None:
            return None
        piece, at = found
        out.append(piece)
    return ("".join(out), at) if at > start else None


def _piece(text: str, at: int) -> tuple[str, int] | None:
    char = text[at]
    if char == "'":
        end = text.find("'", at + 1)
        return None if end < 0 else (text[at + 1 : end], end + 1)
    if char == '"':
        return _double(text, at + 1)
    if char == "\\":
        if at + 1 >= len(text) or text[at + 1] == "\n":
            return None
        return text[at + 1], at + 2
    if char in "$`*?[]{}~#!":
        return None
    return char, at + 1


def _double(text: str, at: int) -> tuple[str, int] | None:
    out: list[str] = []
    while at < len(text):
        char = text[at]
        if char == '"':
            return "".join(out), at + 1
        if char in "$`":
            return None
        if char == "\\" and at + 1 < len(text):
            following = text[at + 1]
            out.append(
                following if following in '$`"\\' else "" if following == "\n" else "\\" + following
            )
            at += 2
            continue
        out.append(char)
        at += 1
    return None
