"""Words of options, taken apart: `--flag=value`, `-xVALUE`, `-xzf`."""

from __future__ import annotations

import re

from aileron.shell.reading import Word


def split(valued: frozenset[str], value: str) -> tuple[str, str | None, str]:
    """An option word: its flag, a value attached to it, and the flag whose value comes next."""
    flag, equals, attached = value.partition("=")
    if value.startswith("--"):
        if equals:
            return flag, attached, ""
        return value, None, value if value in valued else ""
    if value in valued:
        return value, None, value
    for at in range(1, len(value)):
        letter = f"-{value[at]}"
        if letter in valued:  # a cluster: what follows the letter is its value
            rest = value[at + 1 :]
            return (letter, rest, "") if rest else (letter, None, letter)
    return value, None, ""


_NAMED = re.compile(r"--?[A-Za-z][\w-]*=")


def flag_of(valued: frozenset[str], prefix: str) -> str:
    """The option that a word starts with, if its value is attached and decided at run time."""
    named = _NAMED.match(prefix)
    if named is not None and named[0][:-1] in valued:
        return named[0]
    return prefix[:2] if prefix[:2] in valued and prefix[1:2].isalpha() else ""


def value_of(word: Word, flag: str) -> Word:
    """What stands behind the option in the same word."""
    could = tuple(one.removeprefix(flag) for one in word.could)
    source = word.source.removeprefix(flag)
    return Word(source, None, word.dynamic, word.quoted, word.prefix[len(flag) :], could=could)


def letters(value: str) -> set[str]:
    return set() if value.startswith("--") else {f"-{letter}" for letter in value[1:]}
