"""The members that tar and unzip are told by name, seen from the folder behind `-C` or `-d`."""

from __future__ import annotations

from aileron.shell.reading import Word


def member(folder: str, word: Word) -> str:
    """Where a member that is unpacked will lie; "" where no folder is named, or for a pattern."""
    value = word.value or ""
    if not folder or value[:1] in ("", "/") or "*" in value:
        return ""
    return f"{folder.rstrip('/')}/{value}"


def text(word: Word) -> str:
    """A word as far as it is known."""
    return word.value or next(iter(word.could), "")


def moved(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words of tar with what stands behind `-C DIR` seen from there."""
    made: list[Word] = []
    folder, pending = "", False
    for word in words:
        value = word.value
        if pending:
            folder, pending = (value or next(iter(word.could), "")).rstrip("/"), False
            folder = folder or "/"
        elif value in ("-C", "--directory"):
            pending = True
        elif folder and value and value[0] not in "-/~":
            place = Word(source=word.source, value=None, could=(f"{folder}/{value}",))
            made.append(place)
            continue
        made.append(word)
    return tuple(made)
