"""What the world looks like at the moment a request is judged.

`decide` looks nothing up; what it needs to know is gathered here, for the
names and paths that a reading mentions: which program each name would start by
the request's own PATH, and where symbolic links lead.  Folders of Aileron's own
shims are passed over, since what they start is the next program of that name.
"""

from __future__ import annotations

import functools
import os
import shlex
import stat
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from aileron.model import CommandRequest, Facts, Mode
from aileron.policy import containers, databases, paths, programs
from aileron.policy.engine import of_arguments
from aileron.policy.shape import SHELL_BUILTINS, directories
from aileron.session import directory
from aileron.shell.read import read
from aileron.shell.reading import Reading, Word
from aileron.shell.wrappers import Wrappers

SCRATCH = ("/tmp", "/var/tmp")
Pairs = Sequence[tuple[CommandRequest, Reading | None]]
Mentioned = tuple[tuple[str, ...], tuple[str, ...]]  # names to look up, absolute paths
_LONGEST_PATH = 4096
_SHIMS = ("/dev/aileron",)
MENTIONS = 2048  # texts whose names and paths are kept
LOOKUPS = 20_000  # files looked for along PATH, for one request


def reading_of(request: CommandRequest, wrappers: Wrappers) -> Reading | None:
    """The reading of a request: of its text, of the words of a program started without a
    shell, or None where there is no text to read."""
    if request.mode is Mode.EXEC:
        # The kernel takes more words than a text may have: then they are judged as they are.
        found = read(shlex.join(request.argv), "bash", wrappers)
        if found.complete:
            return found
        return replace(found, commands=(*found.commands, *of_arguments(request.argv).commands))
    if request.text is None:
        return None
    return read(request.text, request.shell, wrappers)


def project_root(cwd: str) -> str:
    """The repository that a folder lies in (a worktree's `.git` is a file), or the folder.

    The folder need not exist.
    """
    start = os.path.normpath(os.path.join("/", cwd))  # noqa: PTH118
    folder = Path(start)
    for one in (folder, *folder.parents):
        try:
            (one / ".git").lstat()
        except OSError:
            continue
        return str(one)
    return start


@dataclass(slots=True)
class Mentions:
    """The names and paths that a text speaks of: kept for the texts that were seen before."""

    kept: OrderedDict[tuple[str, str], tuple[Reading | None, Facts, Mentioned]] = field(
        default_factory=OrderedDict
    )

    def of(self, pairs: Pairs, bare: Facts) -> Mentioned:
        request, reading = pairs[0]
        if len(pairs) > 1 or request.mode is not Mode.COMMAND:
            return _mentioned(pairs, bare)
        key = (request.text or "", request.cwd)
        found = self.kept.get(key)
        if found is not None and found[0] is reading and found[1] == bare:
            return found[2]
        made = _mentioned(pairs, bare)
        self.kept[key] = (reading, bare, made)
        if len(self.kept) > MENTIONS:
            self.kept.popitem(last=False)
        return made


def _mentioned(pairs: Pairs, bare: Facts) -> Mentioned:
    names = dict.fromkeys(name for pair in pairs for name in _names(*pair))
    every = dict.fromkeys(
        path
        for request, reading in pairs
        for path in _paths(request, reading, _of_script(bare, request))
    )
    known = (path for path in every if len(path) < _LONGEST_PATH and "\0" not in path)
    return tuple(names), tuple(path for path in known if path[:1] == "/")


def gather(
    pairs: Pairs,
    *,
    project: str,
    home: str,
    aileron_home: str,
    mentions: Mentions | None = None,
) -> Facts:
    """The facts that judging a request needs: it is the first of the pairs, those behind it
    are of the scripts that it runs.

    `project` is the repository's root or the folder of the launch, `home` the
    person's home folder, `aileron_home` where Aileron keeps its state; all are
    absolute.
    """
    scratch = tuple(dict.fromkeys((*SCRATCH, *_temporary())))
    first = pairs[0][0]
    bare = Facts(
        project=project,
        home=home,
        aileron_home=aileron_home,
        scratch=scratch,
        script=paths.join(first.cwd, first.script) if first.script else "",
        environment=first.environment,
    )
    search = _search_path(pairs[0][0])
    wanted_names, mentioned = (mentions or Mentions()).of(pairs, bare)
    # An agent may send any PATH, and a text of any number of names: the broker has one thread.
    searched = search[: LOOKUPS // (len(wanted_names) or 1)]
    programs = {name: _find(name, searched) for name in wanted_names}
    links: dict[str, str] = {}
    known = dict(_system())
    wanted = [project, home, aileron_home, *scratch, *filter(None, programs.values())]
    for path in dict.fromkeys([*(one for one in wanted if one[:1] == "/"), *mentioned]):
        there = _real(path, known)
        if there != path:
            links[path] = there
    return Facts(
        project=project,
        home=home,
        aileron_home=aileron_home,
        scratch=scratch,
        programs=programs,
        links=links,
        searched=len(searched) == len(search),
        script=bare.script,
        environment=bare.environment,
    )


@functools.cache
def _system() -> dict[str, str]:
    """Where the folders of the system lead; they do not change while we run."""
    folders = (
        *("/usr", "/usr/bin", "/usr/local", "/usr/local/bin", "/bin", "/sbin", "/home"),
        *("/tmp", "/var", "/var/tmp", "/etc", "/opt", "/dev", "/root"),
    )
    return {"/": "/"} | {folder: os.path.realpath(folder) for folder in folders}


UNKNOWN = "/proc/unknown"  # neither project nor scratch nor home


def _real(path: str, known: dict[str, str]) -> str:
    """Where an absolute, normalised path leads; `known` remembers the folders on the way."""
    if path in known:
        return known[path]
    walked, there = "", "/"
    for name in path[1:].split("/"):
        walked = f"{walked}/{name}"
        found = known.get(walked)
        if found is None:
            found = f"{there.rstrip('/')}/{name}"
            try:
                link = stat.S_ISLNK(os.lstat(found).st_mode)
            except (OSError, ValueError):
                link = False
            if link:
                try:
                    found = os.path.realpath(found)
                except OSError:  # another's /proc/PID/cwd: where it leads is not ours to know
                    found = UNKNOWN
            known[walked] = found
        there = found
    return there


def _temporary() -> Iterable[str]:
    """The person's own temporary folder, where the system gives each person one (macOS)."""
    folder = os.environ.get("TMPDIR", "")
    if folder.startswith(("/var/folders/", "/private/var/folders/")):
        yield os.path.normpath(folder)


def _search_path(request: CommandRequest) -> list[str]:
    """The folders of the request's PATH, absolute with a slash at the end, without our shims'."""
    search = request.environment.get("PATH", os.defpath)
    return _folders(search, request.cwd, (*_SHIMS, *_own()))


@functools.cache
def _own() -> tuple[str, ...]:
    return (str(directory.root()),)


@functools.lru_cache(maxsize=64)
def _folders(search: str, cwd: str, own: tuple[str, ...]) -> list[str]:
    found = []
    for folder in search.split(os.pathsep):
        path = os.path.normpath(os.path.join(cwd, folder or "."))  # noqa: PTH118
        if not any(paths.inside(path, root) for root in own):
            found.append(path.rstrip("/") + "/")
    return found


def _names(request: CommandRequest, reading: Reading | None) -> Iterable[str]:
    """The names to look up: bare ones that are no builtins; of a path, itself and its last part."""
    words = [request.argv[0] if request.mode is Mode.EXEC else request.script]
    words += [command.name or "" for command in (reading.commands if reading else ())]
    for word in words:
        name = word.rpartition("/")[2]
        if name and word not in SHELL_BUILTINS and len(name) < 256 and "\0" not in word:
            yield name
            if word.startswith("/"):
                yield paths.join("/", word)


def _find(name: str, search: list[str]) -> str | None:
    if name.startswith("/"):
        return name if os.path.lexists(name) else None
    for folder in search:
        path = folder + name
        try:
            found = os.stat(path)  # noqa: PTH116
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(found.st_mode) and found.st_mode & 0o111:
            return path
    return None


def _of_script(facts: Facts, request: CommandRequest) -> Facts:
    script = paths.join(request.cwd, request.script) if request.script else ""
    return facts if script == facts.script else replace(facts, script=script)


def _paths(request: CommandRequest, reading: Reading | None, facts: Facts) -> Iterable[str]:
    """Every path that a word of the reading could mean."""
    if request.script:
        yield paths.join(request.cwd, request.script)
    for command in reading.commands if reading else ():
        folders = directories(command, request.cwd, facts)
        for folder in folders or (None,):
            for access in programs.accesses(command):
                attached = paths.absolute(access.attached or "", folder, facts)
                if attached is not None:
                    yield attached
            yield from containers.sources(command, folder, facts)
            yield from databases.mentioned(command, folder, facts)
            targets = [one.target for one in command.redirects if not one.op.startswith("<<")]
            for word in (*command.words, *targets):
                yield from _of_word(word, folder, facts)
            for one in command.inputs:
                yield paths.absolute(one, folder, facts) or request.cwd


def _of_word(word: Word, folder: str | None, facts: Facts) -> Iterable[str]:
    yield from paths.all_of_word(word, () if folder is None else (folder,), facts)
    value = word.value or ""
    for sign in "=@":
        _, found, rest = value.partition(sign)
        if found and rest:
            attached = paths.absolute(rest, folder, facts)
            if attached is not None:
                yield attached
    if len(value) > 2 and value[0] == "-" and value[1] != "-":
        attached = paths.absolute(value[2:], folder, facts)  # -ofile
        if attached is not None:
            yield attached
