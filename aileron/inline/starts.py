"""Programs that a program starts: their words, or the text that a shell gets.

What another folder or an input of its own changes is said in shell text, since
that is what the policy knows how to judge: `cd DIR && words`, `words` with a here-document.
"""

from __future__ import annotations

import itertools
import shlex

from aileron.inline import values
from aileron.inline.deeds import Deed
from aileron.inline.found import Found
from aileron.inline.values import Value


def text(given: Value, node: object, run: Found) -> None:
    if given.texts is None:
        run.add(Deed("text", None, given.prefix), node)
    for one in given.texts or ():
        run.add(Deed("text", None if values.HOME in one else one), node)


def around(
    texts: list[str] | None,
    folder: Value,
    fed: Value | None,
    node: object,
    run: Found,
) -> None:
    if texts is None:
        run.add(Deed("text", None), node)
        return
    folders = [None] if folder.kind == "none" else [*(folder.texts or ('"$folder"',))]
    for one, where in itertools.product(texts, folders):
        whole = one
        if fed is not None:
            known = fed.texts is not None and len(fed.texts) == 1
            whole += _document(fed.texts[0] if known and fed.texts else None)
        if where is not None:
            known = folder.texts is not None
            whole = f"cd -- {_quoted(where) if known else where} && {whole}"
        run.add(Deed("text", None if values.HOME in whole else whole), node)


def _document(text: str | None) -> str:
    """What a program is given to read, as any shell says it; None if it is not known."""
    end = "INPUT"
    if text is None:
        return f" <<{end}\n$input\n{end}\n"
    while end in text:
        end += "_"
    return f" <<'{end}'\n{text}\n{end}\n"


def _quoted(path: str) -> str:
    if path.startswith(values.HOME):
        return "~" + shlex.quote(path[len(values.HOME) :]) if path != values.HOME else "~"
    return shlex.quote(path)


def shown(words: tuple[str | None, ...]) -> str:
    return " ".join('"$word"' if one is None else shlex.quote(one) for one in words)


def as_words(command: Value) -> list[tuple[str | None, ...]]:
    """The words that a command may be, at most a few kinds of them."""
    if command.items is None:
        return [(one,) for one in command.texts] if command.texts is not None else [(None,)]
    several = sum(one.texts is not None and len(one.texts) > 1 for one in command.items)
    choices = [_choices(one, several <= 1) for one in command.items]
    return list(itertools.product(*choices))


def _choices(value: Value, all_of_them: bool) -> tuple[str | None, ...]:
    if value.texts is None or (len(value.texts) > 1 and not all_of_them):
        return (None,)
    return tuple(_plain(one) for one in value.texts)


def _plain(one: str) -> str | None:
    return None if one.startswith(values.HOME) else one


def words(command: Value, node: object, run: Found) -> None:
    for one in as_words(command):
        run.add(Deed("words", one), node)
