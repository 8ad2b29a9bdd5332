"""The deeds that were found in a program, whatever its language."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, field, replace

from aileron.inline.deeds import Deed
from aileron.inline.values import HOME, START, Value

MOST = 256  # deeds of one program: more are not judged one by one
_REMOTE = re.compile(r"(?i)(https?|ftp|s3|gs|hf)://[\w\[]")
_PATHS = frozenset({"read", "write", "delete", "delete-tree", "search"})


@dataclass(slots=True, kw_only=True)
class Found:
    """What one reading of one program has found so far."""

    folder: str = ""  # where a change of the directory leads
    found: dict[Deed, tuple[int, int]] = field(default_factory=dict)

    def add(self, deed: Deed, node: object) -> None:
        where = _place(node)
        if deed not in self.found or where < self.found[deed]:
            self.found[deed] = where

    def unknown(self, why: str, node: object) -> None:
        self.add(Deed("unknown", why), node)

    def path(self, kind: str, value: Value, node: object) -> None:
        """A deed on the file that a value names; on a file that was opened before, none."""
        if value.kind in ("file", "none"):
            return
        if value.texts is not None:
            for one in value.texts:
                self.add(Deed(kind, written(one)), node)
        elif value.leaf:
            self.add(Deed(kind, None, "./", True, value.fixed), node)
        else:
            self.add(Deed(kind, None, written(value.prefix), value.below, value.fixed), node)

    def source(self, value: Value, node: object) -> None:
        """Reading from what may be a file or a URL."""
        if value.texts is None:
            self.path("read", value, node)
            sure = value.leaf or (value.prefix and value.below) or "/" in value.prefix[:-1]
            if not (value.kind == "file" or sure) or "://" in value.prefix:
                self.add(Deed("fetch", None, value.prefix), node)
            return
        for one in value.texts:
            if "://" in one or one.lower().lstrip().startswith(("file:", "url:", "<")):
                if not _REMOTE.match(one):
                    self.unknown("opens a URL that may be a file", node)
                self.add(Deed("fetch", one), node)
            else:
                self.add(Deed("read", written(one)), node)

    def deeds(self) -> tuple[Deed, ...]:
        """All of them, in the order of the text."""
        found = sorted(self.found, key=lambda one: self.found[one])
        if self.folder:
            found = [after for one in found for after in elsewhere(one, self.folder)]
        if len(found) > MOST:
            return (Deed("unknown", "it does too many things"),)
        return tuple(dict.fromkeys(found))


def _place(node: object) -> tuple[int, int]:
    """Where a node of a tree stands: Python's own nodes have lines, the others bytes."""
    start = getattr(node, "start", None)
    if start is not None:
        return (0, start)
    return (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))


def written(path: str) -> str:
    """A path as a deed says it: `~` is the home folder only where the program means it."""
    if path.startswith(HOME):
        return "~" + path[len(HOME) :]
    if path.startswith(START):
        rest = path[len(START) :]
        return f"../{rest}" if rest and rest[0] != "/" else f".{rest}"  # a name that goes on
    return f"./{path}" if path.startswith("~") else path


def elsewhere(deed: Deed, folder: str) -> list[Deed]:
    """The deed as it stands, and as it is behind `os.chdir(folder)`: the order is not known."""
    where = written(folder)
    if deed.kind in _PATHS:
        path = deed.value if isinstance(deed.value, str) else deed.prefix
        if path.startswith(("/", "~")):
            return [deed]
        moved = posixpath.join(where, path)
        if deed.value is None:
            return [deed, replace(deed, prefix=moved)]
        return [deed, replace(deed, value=moved)]
    if deed.kind in ("text", "words"):
        start = f"cd -- {where if where.startswith('~') else shlex.quote(where)} && "
        if isinstance(deed.value, tuple):
            words = ('"$word"' if one is None else shlex.quote(one) for one in deed.value)
            return [deed, Deed("text", start + " ".join(words))]
        if deed.value is not None:
            return [deed, Deed("text", f"{start}{{ {deed.value}\n}}")]
    return [deed]
