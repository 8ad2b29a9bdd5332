"""Commands and texts that input is put into, where `{}` or what `xargs -I` says stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aileron.shell.parts import Place
from aileron.shell.possible import EMPTY
from aileron.shell.reading import Word

MANY = 8  # texts that one may become
_PLAIN = re.compile(r"[A-Za-z0-9_][\w.,:/@+-]*")


def texts(text: str, holes: frozenset[str], inputs: tuple[str, ...]) -> list[str]:
    """The texts that come of one that input is put into, where all that may be is plain words."""
    if len(inputs) > MANY or not all(map(_PLAIN.fullmatch, inputs)):
        return []
    hole = next(hole for hole in holes if hole in text)
    return [text.replace(hole, one) for one in inputs]


def word(given: Word, holes: frozenset[str], inputs: tuple[str, ...]) -> Word:
    """A word of a command that input is put into: `{}` alone stays as it is.

    What a shell would read of it is looked at, too: with the hole in it.
    """
    if given.value is None or given.value == "{}" or not any(hole in given.value for hole in holes):
        return given
    hole = next(hole for hole in holes if hole in (given.value or ""))
    could = tuple(given.value.replace(hole, one) for one in inputs)
    dynamic = given.dynamic | {"parameter"}
    return replace(given, value=None, dynamic=dynamic, prefix="", home=given.value, could=could)


def given(words: Sequence[Word], place: Place) -> list[list[Word]]:
    """What `$0`, `$1` and so on may each be: `{}` is what is put in, and more may join the end."""
    input_ = Word("", None, quoted=True, could=place.inputs)
    made = [[input_ if one.value == "{}" else one] for one in words]
    if any(word.dynamic - {"tilde"} and not word.quoted for word in words):
        every = [*words, input_, EMPTY]
        return [every, every]
    return [*made, [input_, EMPTY]] if place.appended else made
