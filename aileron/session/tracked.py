"""Which folders of the project hold no file that git knows: deleting them loses no source.

Asked of git's index as it lies there; git itself is not run, since a repository
may have it run anything.  Where the index cannot be read nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from aileron.model import CommandRequest, Facts
from aileron.policy import effects, paths
from aileron.policy.shape import shape
from aileron.session import contents
from aileron.shell.reading import Reading

LIMIT = 16 * 1024 * 1024
MOST = 64  # folders of one request
_HITS = 1000


def untracked(pairs: Iterable[tuple[CommandRequest, Reading]], facts: Facts) -> frozenset[str]:
    """Of the folders of the project that commands delete, those that git knows nothing of."""
    wanted = list(dict.fromkeys(_deleted(pairs, facts)))[:MOST]
    index = _index(Path(facts.project)) if wanted else None
    if index is None:
        return frozenset()
    start = len(facts.project.rstrip("/")) + 1
    return frozenset(path for path in wanted if not holds(index, path[start:]))


def _deleted(pairs: Iterable[tuple[CommandRequest, Reading]], facts: Facts) -> Iterable[str]:
    for request, reading in pairs:
        for command in reading.commands:
            if command.name != "rm":
                continue
            there = replace(facts, script=request.script)
            made = shape(command, request.cwd, there)
            for access in effects.touched(made):
                path = effects.path_of(access, made, there) if access.tree else None
                if path and path != facts.project and paths.inside(path, facts.project):
                    yield path


def _index(project: Path) -> bytes | None:
    """The bytes of the repository's index, if they are of a version that names whole paths."""
    git = project / ".git"
    content = contents.of(str(git), 4096)  # a worktree's names its folder
    if content is not None and content.startswith(b"gitdir: "):
        git = project / content[8:].decode("utf-8", "surrogateescape").strip()
    index = contents.of(str(git / "index"), LIMIT, text=False)
    known = index is not None and index[:8] in (b"DIRC\0\0\0\2", b"DIRC\0\0\0\3")
    return index if known else None


def holds(index: bytes, path: str) -> bool:
    """Whether an entry of the index is the path, lies below it, or fits its pattern's start."""
    pattern = next((at for at, sign in enumerate(path) if sign in "*?["), len(path))
    name = path[:pattern].encode("utf-8", "surrogateescape")
    if not name:
        return True
    at = index.find(name)
    for _ in range(_HITS):
        if at < 0:
            return False
        follows = index[at + len(name) : at + len(name) + 1]
        if (pattern < len(path) or follows in (b"/", b"\0")) and _is_entry(index, at):
            return True
        at = index.find(name, at + 1)
    return True


def _is_entry(index: bytes, at: int) -> bool:
    """Whether an entry's path starts here: its length stands before it."""
    length = min(index.find(b"\0", at) - at, 0xFFF)
    return any(
        int.from_bytes(index[at - back : at - back + 2], "big") & 0xFFF == length
        for back in (2, 4)  # the third version may have two bytes more
    )
