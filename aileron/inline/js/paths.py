"""Paths as Node's `path` takes them apart; None where a folder in them has no name here."""

from __future__ import annotations

from aileron.inline.values import HOME, START

_MARKS = (HOME, START)


def normalized(path: str) -> str | None:
    for mark in _MARKS:
        if path.startswith(mark):
            rest = path[len(mark) :]
            if rest[:1] not in ("", "/"):
                return None
            rest = _normalized(f".{rest}")
            if rest.startswith(".."):
                return None
            return mark if rest in (".", "./") else f"{mark}/{rest}"
    return None if "\0" in path else _normalized(path)


def _normalized(path: str) -> str:
    found: list[str] = []
    root = path[:1] == "/"
    for one in path.split("/"):
        if one == ".." and found and found[-1] != "..":
            found.pop()
        elif one == ".." and root:
            continue
        elif one not in ("", "."):
            found.append(one)
    ending = "/" if path[-1:] == "/" else ""
    whole = "/".join(found)
    if not whole:
        return "/" if root else f".{ending}"
    return f"{'/' if root else ''}{whole}{ending}"


def resolved(path: str) -> str | None:
    """A whole path does not end in a slash."""
    found = normalized(path)
    return found if found in (None, "/") else (found or "").rstrip("/")


def folder(path: str) -> str | None:
    """path.dirname"""
    bare = path.rstrip("/")
    if "\0" in path and "/" not in bare:
        return None
    if not bare:
        return "/" if path else "."
    at = bare.rfind("/")
    return "." if at < 0 else bare[:at] or "/"


def base(path: str, ending: str) -> str | None:
    """path.basename"""
    name = path.rstrip("/").rpartition("/")[2]
    if "\0" in name or name == ending != "":
        return None
    return name[: -len(ending)] if ending and name.endswith(ending) else name
