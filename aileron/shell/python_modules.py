"""Modules of Python's own that run code or a script given behind their name.

`-m timeit CODE` runs its words as `-c` would: setup first, then the statements, often.
`-m cProfile`, `profile` and `trace` run a script as `python SCRIPT` does, and may write a
report where an option says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aileron.shell.reading import Word

TIMES = "timeit"
_TIMES_VALUES = {"-n", "-r", "-u", "--number", "--repeat", "--unit"}
_TIMES_SETUP = ("-s", "--setup")
_TIMES_FLAGS = "pvh"
_TIMES_LONG = ("--process", "--verbose", "--help")


def timed(words: Sequence[Word]) -> str | None:
    """The program that timeit makes of the words behind it; None if it cannot be said."""
    setup: list[str] = []
    at = 0
    while at < len(words):
        value = words[at].value
        if value is None:
            return None
        if value[:1] != "-" or value == "-":
            break
        at += 1
        if value == "--":
            break
        flag, equals, attached = value.partition("=")
        if value[:2] != "--":
            flag = value[:2]
            while flag[1] in _TIMES_FLAGS and len(value) > 2:  # `-vn5`: flags in one word
                value = "-" + value[2:]
                flag = value[:2]
            equals, attached = value[2:], value[2:]
        if flag in _TIMES_SETUP or flag in _TIMES_VALUES:
            if not equals:
                given = words[at].value if at < len(words) else None
                if given is None:
                    return None
                attached = given
                at += 1
            if flag in _TIMES_SETUP:
                setup.append(attached)
        elif flag[1:] not in (*_TIMES_FLAGS,) and value not in _TIMES_LONG:
            return None
    texts = [word.value for word in words[at:]]
    lines = [one for one in texts if one is not None] or ["pass"]
    if len(lines) < len(texts):
        return None
    inside = "\n".join(lines).split("\n")
    whole = "\n".join((*setup, *lines))
    if '"""' in whole or "'''" in whole or "\\\n" in whole:
        return None  # where a line begins would change what is in a string
    return "\n".join((*setup, "for _i in range(2):", *(f" {line}" for line in inside)))


@dataclass(frozen=True, slots=True)
class Profiled:
    """`script` or `module`, with its words, is what is run; `writes` are the reports."""

    script: Word | None
    writes: tuple[Word, ...] = ()
    module: tuple[Word, ...] = ()
    known: bool = True


_VALUES = {
    "cProfile": ("-s", "--sort"),
    "profile": ("-s", "--sort"),
    "trace": ("--ignore-module", "--ignore-dir"),
}
_WRITES = {
    "cProfile": ("-o", "--outfile"),
    "profile": ("-o", "--outfile"),
    "trace": ("-f", "--file", "-C", "--coverdir"),
}
_MODULE = ("-m", "--module")


def profiled(module: str, words: Sequence[Word]) -> Profiled | None:
    """What a profiler is given to run; None for another module."""
    if module not in _VALUES:
        return None
    writes: list[Word] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word.value is None:
            return Profiled(None, tuple(writes), known=False)
        if word.value[:1] != "-" or word.value == "-":
            return Profiled(word, tuple(writes))
        at += 1
        flag, equals, attached = word.value.partition("=")
        if module != "trace" and re.match("-m.", word.value):
            whole = Word(word.value[2:], word.value[2:], quoted=True)
            return Profiled(None, tuple(writes), (whole, *words[at:]))
        short = next((one for one in _WRITES[module] if len(one) == 2 and flag[:2] == one), "")
        if flag in _MODULE and module != "trace":
            return Profiled(None, tuple(writes), tuple(words[at:]))
        if flag in _WRITES[module] or (short and flag[:2] != "--"):
            if short and len(word.value) > 2:
                equals, attached = "=", word.value[2:]
            if equals:
                writes.append(Word(attached, attached, quoted=True))
            elif at < len(words):
                writes.append(words[at])
                at += 1
        elif flag in _VALUES[module] and not equals:
            at += 1
    return Profiled(None, tuple(writes))
