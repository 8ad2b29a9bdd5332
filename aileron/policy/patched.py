"""The files that a patch changes, where the text holds the patch: they are written.

`git apply`, `git am`, `patch` and `apply_patch` take a patch from a here-document, a pipe whose
words are known, an argument, or a file that the same text wrote.  The files that it names are
judged by where they lie, as those of any other command that writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aileron.model import Facts
from aileron.policy import effects, paths, written
from aileron.policy.finding import Finding
from aileron.policy.shape import Shape
from aileron.policy.usage import Access
from aileron.shell import output
from aileron.shell.reading import Word

LIMIT = 256 * 1024
_PROGRAMS = frozenset({"patch", "gpatch", "apply_patch", "applypatch"})
_NAMED = re.compile(
    r"^(?:\+\+\+ |--- |rename (?:to|from) |copy to )(?P<diff>\"[^\"\n]+\"|[^\t\n]+)"
    r"|^\*\*\* (?P<does>Update File|Add File|Delete File|Move to): (?P<marked>[^\n]+)",
    re.MULTILINE,
)
_STRIPS = re.compile(r"-p(\d+)|--strip=(\d+)")
_FOLDER = re.compile(r"--directory=(.+)|-d(.+)")


def judge(shapes: Sequence[Shape], index: int, facts: Facts) -> Iterator[Finding]:
    shape = shapes[index]
    if not _is_patch(shape) or shape.container is not None:
        return
    seen: set[str] = set()
    for text in _texts(shapes, index, facts):
        for kind, path in _files(shape, text[:LIMIT]):
            where = paths.absolute(path, shape.cwd, facts)
            if where is None or where in seen:
                continue
            seen.add(where)
            access = Access(kind, Word(path, path), 0)
            found = effects.known(access, where, facts)
            if found is not None:
                yield found


def _is_patch(shape: Shape) -> bool:
    if shape.names & _PROGRAMS:
        return True
    given = [word.value for word in shape.command.words[1:]]
    return "git" in shape.names and bool({"apply", "am"} & set(given[:4]))


def _texts(shapes: Sequence[Shape], index: int, facts: Facts) -> Iterator[str]:
    """The patches that a command is given, as far as the text holds them."""
    command = shapes[index].command
    for redirect in command.redirects:
        if redirect.op in ("<<", "<<-", "<<<"):
            yield redirect.target.value or redirect.target.source
    for at in command.upstream:
        given = output.written(shapes[at].command, "bash") if at < len(shapes) else None
        yield from (given,) if given else ()
    words = [*command.words[1:], *(one.target for one in command.redirects if one.op == "<")]
    for word in words:
        if "\n" in (word.value or ""):
            yield word.value or ""
            continue
        path = paths.of_word(word, shapes[index].cwd, facts)
        attached = (word.value or "").partition("=")[2] or (word.value or "")[2:]
        for one in (path, paths.absolute(attached, shapes[index].cwd, facts) if attached else None):
            found = written.literal(shapes, one, index, facts) if one is not None else None
            yield from (found[1],) if found is not None else ()


def _files(shape: Shape, text: str) -> Iterator[tuple[str, str]]:
    """What a patch does, and to which file, as seen from the folder that it is applied in."""
    words = [word.value or "" for word in shape.command.words[1:]]
    stripped = next((int(one[1] or one[2]) for one in map(_STRIPS.match, words) if one), None)
    if stripped is None and "-p" in words[:-1] and words[words.index("-p") + 1].isdigit():
        stripped = int(words[words.index("-p") + 1])
    folder = next((one[1] or one[2] for one in map(_FOLDER.fullmatch, words) if one), "")
    if "-d" in words[:-1]:
        folder = words[words.index("-d") + 1]
    for found in _NAMED.finditer(text):
        if found["marked"]:
            kind = "delete" if found["does"] == "Delete File" else "write"
            yield kind, found["marked"].strip()
            continue
        path = found["diff"].strip().strip('"')
        if path in ("/dev/null", ""):
            continue
        if found[0].startswith(("+", "-")):
            path = _without(path, stripped)
        yield "write", f"{folder.rstrip('/')}/{path}" if folder and path[:1] != "/" else path


def _without(path: str, stripped: int | None) -> str:
    """A path without as many folders as are stripped off it, or without git's `a/` and `b/`."""
    if stripped is None:
        return re.sub(r"^[ab]/", "", path)
    return "/".join(path.split("/")[stripped:]) or path
