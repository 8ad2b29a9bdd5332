"""Whether another reader of the same text sees what ours does.

The rule: another reader only ever makes a verdict stricter.  Every command that
it sees must be one that ours lists, counted (two `rm a` are two) and with the
same words as far as it can decode them; else the text is not completely read.
What ours lists beyond that is no matter: it looks through `sudo`, the others do
not.  A reader that `must` read fails where it meets a syntax error; one that
need not counts only where it reads.

A word that the other reader cannot decode may be any words: a command is
compared up to there.  tree-sitter joins commands on two lines into one now and then
(`c1 2>&1 | c2` above `c3 || c4`): words that are exactly those of commands of ours which
follow each other, all of them literal, are these.  Texts that commands run (`bash -c`,
`eval`) are read by it too, each as a whole, and compared with what ours found behind such
commands.

All of it takes a time that is linear in the text: at most `MAX_TRIES` pairs are
tried, and a reader may have a length from which on it is not asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from aileron.shell.reading import Reading

MAX_TRIES = 20_000
# Words that bash takes from a command before it runs it, which others may take for its name.
PREFIXES = frozenset(("time", "coproc", "!"))
OF_TIME = re.compile(r"(?:-p|--)\Z|[A-Za-z_]\w*\+?=")

Words = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What another reader sees: the words of each command up to the first one that it
    cannot decode, which is None; `failed` says why it could not read the text."""

    commands: tuple[Words, ...] = ()
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """`read` must not raise and keeps nothing between two texts; `limit` is in characters.

    `plainer` writes a text without what the reader is known to misread; it is
    asked once more about that if it does not agree.
    """

    name: str
    read: Callable[[str], Seen]
    plainer: Callable[[str], str] | None = None
    must: bool = True
    limit: int = 64 * 1024


def confirmed(text: str, reading: Reading, readers: Iterable[Reader]) -> Reading:
    """The reading, not complete any more if one of the readers sees something else."""
    if not reading.complete:
        return reading
    for reader in readers:
        why = doubt(text, reading, reader)
        if why:
            return replace(reading, complete=False, why=why)
    return reading


def doubt(text: str, reading: Reading, reader: Reader) -> str:
    """What speaks against a reading, in words for a person; "" if nothing does."""
    outer = [one.argv for one in reading.commands if not (one.via or one.supposed)]
    why = _doubt((text,), outer, reader)
    if not why and reading.texts:
        inner = [one.argv for one in reading.commands if one.via and not one.supposed]
        why = _doubt(reading.texts, inner, reader)
    return why


def _doubt(texts: Sequence[str], ours: Sequence[Words], reader: Reader) -> str:
    why = _once(texts, ours, reader)
    if why and reader.plainer is not None:
        plainer = tuple(map(reader.plainer, texts))
        if plainer != texts and not _once(plainer, ours, reader):
            return ""
    return why


def _once(texts: Sequence[str], ours: Sequence[Words], reader: Reader) -> str:
    theirs: list[Words] = []
    for text in texts:
        if len(text) > reader.limit:
            continue
        seen = reader.read(text)
        if not seen.failed:
            theirs += seen.commands
        elif reader.must:
            return f"{reader.name} cannot read it: {seen.failed}"
    missing = first_missing(theirs, ours)
    if missing is None:
        return ""
    shown = " ".join("…" if word is None else word for word in missing)
    return f"{reader.name} sees a command in it that is not known: {shown[:60]}"


def first_missing(theirs: Sequence[Words], ours: Sequence[Words]) -> Words | None:
    """The first of their commands that is none of ours, None if there is no such command."""
    left = Counter(ours)
    rest = []
    for words in theirs:
        if None not in words and left[words] > 0:
            left[words] -= 1
        else:
            rest.append(words)
    if not rest:
        return None
    rest.sort(key=len, reverse=True)  # the most that is known of first
    named: dict[str | None, list[Words]] = {}
    for words in left.elements():
        if words:
            named.setdefault(words[0], []).append(words)
    tries = MAX_TRIES
    for words in rest:
        found = False
        for form in forms(words):
            if not form:  # `time` alone
                found = True
                break
            keys = named if form[0] is None else (form[0], None)
            for key in keys:
                group = named.get(key, [])
                for at, candidate in enumerate(group):
                    tries -= 1
                    if tries < 0:
                        return words
                    if agree(form, candidate):
                        del group[at]
                        found = True
                        break
                if found:
                    break
            if found:
                break
        if not found and not _joined(words, ours, named):
            return words
    return None


def _joined(theirs: Words, ours: Sequence[Words], left: dict[str | None, list[Words]]) -> bool:
    """Whether a command of theirs is nothing but commands of ours, one behind the other, that no
    other command of theirs was; they are taken from what is left then."""
    for start, first in enumerate(ours):
        if not first or first[0] != theirs[0]:
            continue
        taken: list[Words] = []
        at = 0
        for one in ours[start:]:
            rest = theirs[at:]
            if None in one or not one or one not in left.get(one[0], ()):
                break
            taken.append(one)
            if len(taken) > 1 and agree(rest, one):
                for each in taken:
                    if each in left[each[0]]:
                        left[each[0]].remove(each)
                return True
            if rest[: len(one)] != one:
                break
            at += len(one)
    return False


def forms(words: Words) -> list[Words]:
    """A command, and what is left of it without the words that bash takes away."""
    found = [words]
    while words and words[0] in PREFIXES:
        words = words[1:]
        while words and words[0] is not None and OF_TIME.match(words[0]):
            words = words[1:]
        found.append(words)
    return found


def agree(theirs: Words, ours: Words) -> bool:
    for at, word in enumerate(theirs):
        if word is None:
            return True
        if at >= len(ours):
            return False
        if ours[at] is not None and ours[at] != word:
            return False
    return len(theirs) == len(ours)
