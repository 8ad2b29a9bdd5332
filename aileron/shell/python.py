"""Python's command line, and what a program given in it runs.

`-c CODE`, `-m MODULE`, a file, or standard input: what stands behind the first of
them is the program's own, and no option of Python's.  What a program does beyond
running others (files, the network) is the policy's matter; see `aileron.inline`.
"""

from __future__ import annotations

import functools
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from aileron.inline.deeds import Deed
from aileron.shell import python_modules
from aileron.shell.filters import Found
from aileron.shell.reading import Word

LIMIT = 16 * 1024  # characters of a program that is looked into
STANDS_FOR_WORD = '"$_"'
WITH_VALUE = "WX"
INPUT = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")


@dataclass(frozen=True, slots=True)
class Program:
    """`kind` is code, module, file, input or nothing; `word` holds or names it, `rest` are
    the words behind it."""

    kind: str
    word: Word | None = None
    rest: tuple[Word, ...] = ()
    timed: bool = False  # timeit was given it


def program(words: Sequence[Word]) -> Program:
    """Where a Python gets its program from; `words` begin with its name."""
    at = 1
    while at < len(words):
        word = words[at]
        text = word.value
        at += 1
        if text in INPUT:
            return Program("input", None, tuple(words[at:]))
        if text is None or text[:1] != "-" or text == "--":
            if text == "--" and at < len(words):
                word, at = words[at], at + 1
            return Program("file", word, tuple(words[at:]))
        if text == "--check-hash-based-pycs":
            at += 1
        elif text[:2] != "--":
            for place, letter in enumerate(text[1:], 2):
                attached = text[place:]
                if letter in "cm":
                    kind = "code" if letter == "c" else "module"
                    if attached:
                        found: Word | None = Word(word.source, attached, quoted=True)
                    else:
                        found = words[at] if at < len(words) else None
                        at += 1
                    return _given(kind, found, tuple(words[at:]))
                if letter in WITH_VALUE:
                    at += 0 if attached else 1
                    break
        elif text in ("--version", "--help"):
            return Program("nothing")
    return Program("input")


def _given(kind: str, found: Word | None, rest: tuple[Word, ...]) -> Program:
    """Code, or a module; what timeit is given is code."""
    if kind == "module" and found is not None and found.value == python_modules.TIMES:
        code = python_modules.timed(rest)
        return Program("code", Word(code or "", code, quoted=True), timed=True)
    return Program(kind, found, rest)


@functools.lru_cache(256)
def deeds(code: str, argv: tuple[str | None, ...]) -> tuple[Deed, ...]:
    """What a program does."""
    from aileron.inline.python import deeds as proven  # loaded when it is first needed

    if len(code) > LIMIT:
        return (Deed("unknown", f"it is longer than {LIMIT // 1024} KB"),)
    return proven(code, argv)


def runs(code: str, argv: tuple[str | None, ...]) -> Found:
    """The commands that a program runs, as text for a shell."""
    found = Found()
    for deed in deeds(code, argv):
        if deed.kind == "words" and isinstance(deed.value, tuple):
            words = (STANDS_FOR_WORD if one is None else shlex.quote(one) for one in deed.value)
            found.texts.append(" ".join(words))
        elif deed.kind == "text" and isinstance(deed.value, str):
            found.texts.append(deed.value)
        elif deed.kind in ("words", "text"):
            found.unknown = True
    return found
