"""Commands in a container: where they run, and what they do to files of this machine.

A path in the container is this machine's where it lies below a mount, or holds one.  Elsewhere
it is the container's own, which nobody misses.  What a running container, or one of compose,
sees is not known: there its files count as if they were the project's.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from aileron.model import Facts, Verdict
from aileron.policy import effects, paths
from aileron.policy.containers import PROGRAMS, Start, start
from aileron.policy.finding import Finding, ask
from aileron.policy.shape import Container, Mount, Shape
from aileron.policy.tables import names
from aileron.policy.usage import Access
from aileron.shell.reading import ANYTHING, Redirect, SimpleCommand

# How the reading names what it found a command behind.
_VIA = re.compile(
    r"(?:(?:docker|podman|nerdctl)(?: container)? (?:run|create|exec)"
    r"|(?:docker|podman|nerdctl)[ -]compose (?:exec|run))(?: -.*)?"
)
_CHANGES_ROOT = names("chroot nsenter unshare")
_OWN_SCRATCH = re.compile(r"/(tmp|var/tmp|var/cache|var/lib/apt/lists)/.")
_SYSTEM_PROGRAM = re.compile(r"/(usr/|opt/|s?bin/)")
_TOOL = re.compile(r"(?:.*/)?(?:\.?venv/bin|node_modules/\.bin)/[^/]+")


class Starts:
    """The containers of one text, by what their command lines were found behind."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.last: dict[tuple[str, ...], tuple[Start, Shape]] = {}

    def placed(self, shape: Shape) -> Shape:
        """The shape as it is where it runs: in a container, if that is where it was found."""
        via = shape.command.via
        depth = next((at for at in reversed(range(len(via))) if _VIA.fullmatch(via[at])), -1)
        if depth >= 0 and not any(one.split()[0] in _CHANGES_ROOT for one in via[depth + 1 :]):
            outer = self.last.get(via[:depth])
            if outer is not None:
                shape = _inside(shape, *outer, direct=depth == len(via) - 1)
        if shape.names & PROGRAMS:
            self.last.pop(via, None)
            if shape.expected and not shape.command.function:
                found = start(shape.command, shape.cwd, self.facts)
                if found is not None:
                    self.last[via] = (found, shape)
        return shape


def _inside(shape: Shape, start: Start, outer: Shape, *, direct: bool) -> Shape:
    container = Container() if outer.container is not None else start.container()
    command = shape.command
    if direct:
        # What is redirected around `docker exec` is a file of this machine, judged there.
        kept = tuple(one for one in command.redirects if not _is_of(one, outer.command))
        command = replace(command, redirects=kept)
    name = shape.name
    cwds = _folders(command, outer.command, container.workdir, direct)
    absolute = paths.join("/", name) if name.startswith("/") else ""
    ours = any(one.source and paths.inside(absolute, one.target) for one in container.mounts)
    expected = "/" not in name or bool(
        _TOOL.fullmatch(name) or (_SYSTEM_PROGRAM.match(absolute) and not ours)
    )
    return replace(
        shape,
        command=command,
        names=frozenset({name, shape.base} - {""}),
        program=None,
        expected=expected,
        cwd=cwds[0] if len(cwds) == 1 else None,
        cwds=cwds,
        container=container,
        known_paths={},
    )


def _is_of(redirect: Redirect, command: SimpleCommand) -> bool:
    return not redirect.op.startswith("<<") and redirect in command.redirects


def _folders(
    command: SimpleCommand, outer: SimpleCommand, workdir: str | None, direct: bool
) -> tuple[str, ...]:
    """The folders in the container that it may run in, as far as they are known: the text says
    where `cd` led to from the folder outside."""
    found = [workdir]
    if not direct:
        found = [_folder(one, outer.cwds, workdir) for one in command.cwds]
    return () if None in found else tuple(dict.fromkeys(one for one in found if one))


def _folder(now: str, before: tuple[str, ...], workdir: str | None) -> str | None:
    if before == ("",) and not now:
        return workdir
    if (
        not before
        or now in before
        or ANYTHING in (now, *before)
        or any(one.startswith("/") for one in before)
    ):
        return None
    if now.startswith("/"):
        return paths.join("/", now)
    return paths.join(workdir, now) if workdir and before == ("",) else None


def judge(shape: Shape, facts: Facts) -> Iterator[Finding]:
    """What a command in a container does to files, as `effects.judge` says it for this machine."""
    container = shape.container
    if container is None:
        return
    for access in effects.touched(shape):
        for path in _paths(access, shape):
            if path is None:
                found = _unknown(access, container, facts)
            else:
                found = _known(access, path, container, facts)
            if found is not None:
                yield found


def _paths(access: Access, shape: Shape) -> list[str | None]:
    """The absolute paths in the container that an access may be to, None for one not known."""
    texts: tuple[str | None, ...] = (access.word.value,)
    if access.attached is not None:
        texts = (access.attached,)
    elif shape.command.appended and access.word.value == "{}":
        texts = shape.command.inputs or (None,)
    elif access.word.value is None and access.word.could:
        texts = access.word.could
    found: list[str | None] = []
    for text in texts:
        if text is None or text[:1] in ("~", "\0"):
            found.append(None)
        elif text.startswith("/"):
            found.append(paths.join("/", text))
        else:
            found += [paths.join(folder, text) for folder in shape.cwds] or [None]
    return list(dict.fromkeys(found))


def _unknown(access: Access, container: Container, facts: Facts) -> Finding | None:
    lasting = [one for one in container.mounts if (one.source and not one.readonly) or one.lasts]
    if access.kind != "read" and container.known and not lasting:
        return None  # wherever it is, it goes with the container
    text = access.attached if access.attached is not None else access.word.value
    if text is None or text.startswith("~"):
        return None if access.kind == "name" else effects.unknown(access)
    return _as_project(access, paths.join("/", text), facts)


def _known(access: Access, path: str, container: Container, facts: Facts) -> Finding | None:
    below = [one for one in container.mounts if _matches(path, one.target)]
    found: list[Finding | None] = []
    if below and not _is_pattern(path):
        below = [max(below, key=lambda one: len(one.target))]
    for mount in below:
        rest = path.split("/")[len([part for part in mount.target.split("/") if part]) + 1 :]
        found.append(_mounted(access, mount, "/".join(rest), facts))
    if (access.kind == "delete" and access.tree) or access.kind == "clear":
        holds = [one for one in container.mounts if one not in below and _matches(one.target, path)]
        found += [_mounted(access, mount, "", facts) for mount in holds]
    if not below and not container.known:
        found.append(_as_project(access, path, facts))
    strict = [one for one in found if one is not None]
    return max(strict, key=lambda one: one.verdict.strictness, default=None)


def _is_pattern(path: str) -> bool:
    return any(sign in path for sign in "*?[")


def _matches(path: str, folder: str) -> bool:
    """Whether a path, which may be a pattern, lies in a folder, which may be one, too."""
    if not _is_pattern(path) and not _is_pattern(folder):
        return paths.inside(path, folder)
    parts = [part for part in path.split("/") if part]
    wanted = [part for part in folder.split("/") if part]
    return len(parts) >= len(wanted) and all(
        fnmatchcase(part, want) or fnmatchcase(want, part)
        for part, want in zip(parts, wanted, strict=False)
    )


def _mounted(access: Access, mount: Mount, rest: str, facts: Facts) -> Finding | None:
    if mount.readonly and access.kind != "read":
        return None
    if mount.source:
        found = effects.known(
            access, paths.join(mount.source, rest) if rest else mount.source, facts
        )
        if found is None:
            return None
        return replace(found, reason=f"{found.reason}, mounted at {mount.target}", word=0)
    if mount.lasts and ((access.kind == "delete" and access.tree) or access.kind == "clear"):
        return ask("effect/delete-tree", f"deletes what is in the volume at {mount.target}")
    return None


def _as_project(access: Access, path: str, facts: Facts) -> Finding | None:
    """A path in a container that may have the project, or part of it, anywhere."""
    if _OWN_SCRATCH.match(path) or access.kind == "link":
        return None
    guessed = paths.join(facts.project, path.lstrip("/")) if path != "/" else facts.project
    found = effects.known(access, guessed, facts)
    if found is None and access.kind == "read":
        found = effects.known(access, path, facts)
    if access.kind == "clear" and posixpath.dirname(path) == path:
        found = ask("effect/delete-tree", "")
    if found is None:
        return None
    verb = {"read": "reads", "write": "writes"}.get(access.kind, "deletes")
    reason = f"{verb} {path} in a container that may see the project"
    return replace(found, verdict=Verdict.ASK, reason=reason, path="", word=0)
