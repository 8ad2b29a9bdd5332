"""A text as `bashlex` reads it, which was made from bash's own grammar.

It rejects much of bash and misses the later lines of a `$( )`, so that it counts
only where it reads a text, and what it does not see says nothing.  Where it is
known to see what is not there, it is not listened to:

    ((              it takes arithmetic for subshells: such a text it does not read
    <<              lines of here-documents it may take for commands: the same
    'a $(b)'        in a word with single quotes it finds expansions that are none
    \\               it drops backslashes that bash keeps: names count, other words do not
    $ ` {           a word that holds one of these it does not decode as bash does

It takes several times as long as all the others.  Text of plain words and the
simplest operators, which leave nothing to misread, is not worth that.
"""

from __future__ import annotations

import re
from typing import Any

import bashlex

from aileron.shell.agreement import Seen, Words

PLAIN = re.compile(r"[\w\s./=:,@%+\-|&;>]*")
UNSURE = re.compile(r"[$`{]")
HOLDERS = ("parts", "list", "command", "output", "heredoc")


def seen(text: str) -> Seen:
    if PLAIN.fullmatch(text):
        return Seen()
    if "((" in text or "<<" in text:
        return Seen(failed="not its strength")
    try:
        return Seen(tuple(_commands(text)))
    except Exception as error:  # noqa: BLE001  # it raises whatever comes, NotImplementedError first
        return Seen(failed=type(error).__name__)


def _commands(text: str) -> list[Words]:
    found: list[Words] = []
    stack: list[Any] = list(reversed(bashlex.parse(text)))
    while stack:
        node = stack.pop()
        if node.kind == "command":
            words = _words(node.parts, names_only="\\" in text)
            if words:
                found.append(words)
        elif node.kind in ("word", "assignment") and "'" in text[slice(*node.pos)]:
            continue
        inner: list[Any] = []
        for name in HOLDERS:
            value = getattr(node, name, None)
            inner += value if isinstance(value, list) else [value]
        stack += [one for one in reversed(inner) if hasattr(one, "kind")]
    return found


def _words(parts: list[Any], *, names_only: bool) -> Words:
    words: list[str | None] = []
    for part in parts:
        if part.kind != "word":
            continue
        unsure = part.parts or UNSURE.search(part.word) or (words and names_only)
        words.append(None if unsure else part.word)
        if words[-1] is None:
            break
    return tuple(words)
