"""`git clean -f`: where it deletes what git does not know.

That is the folder it runs in, or the work tree that its options or its variables name.
"""

from __future__ import annotations

import re

from aileron.policy.usage import Access
from aileron.shell.reading import SimpleCommand, Word

_TREE = "GIT_WORK_TREE"
_FORCES = re.compile(r"--force|-[a-zA-Z]*f[a-zA-Z]*")


def accesses(command: SimpleCommand, names: frozenset[str]) -> list[Access]:
    words = command.words[1:]
    if "git" not in names or all(word.value != "clean" for word in words):
        return []
    folder = next((_text(word) for name, word in command.assignments if name == _TREE), "")
    forced = False
    for at, word in enumerate(words):
        value = _text(word)
        if value in ("-C", "--work-tree") and at + 1 < len(words):
            folder = _text(words[at + 1])
        elif value.startswith("--work-tree="):
            folder = value.partition("=")[2]
        forced = forced or _FORCES.fullmatch(value) is not None
    where = folder or "."
    place = Word(source=where, value=None, could=(where,))
    return [Access("clear", place, 0)] if forced else []


def _text(word: Word) -> str:
    return word.value if word.value is not None else next(iter(word.could), "")
