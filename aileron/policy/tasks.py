"""Tasks of the project that a command runs by name: `npm run x`, `make x`, `just x`.

What runs is the project's own text, so the commands in it speak, too.  But they
are the everyday work of the project: who allows `make test` allows what a
Makefile has in it for that, known by name or not.  So the rule is:

    A command in a task counts where it is denied, or where a rule or an effect asks
    about it: it publishes, pushes, deletes files that git knows, runs with somebody
    else's rights, changes this machine or writes outside the project.  What no rule
    speaks about does not count, nor does what is decided at run time, code given in the
    command itself, a variable that is set, a credential of the project's own, a cache,
    where code comes from, or a program ended by its name: the task is code of the project,
    as `python x.py` is.
    A program that is fed into a shell (`curl … | sh`) asks, where it would be denied to
    an agent: many a `make lint` fetches its tools so.
    The strictest of what counts, and of what the command by itself says, decides.

    Where a name says that something is sent (`make deploy`), and all that runs can be
    read and is allowed, and none of it is a program of the project that does the
    sending, the name asks no longer.

    Where the text cannot be read to its end, or is not there, what was found counts,
    and what the command by itself says stands.

    An allow that a person wrote (`make *`) covers what the built-in rules ask inside;
    it covers no deny, and nothing that a person or the project asks.

    A command that writes the Makefile or package.json and runs it is asked about:
    nobody has read what it runs.  What brings files from elsewhere (`git pull && make`)
    changes nothing: it is everyday.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aileron.model import Facts, Layer, Part, Verdict
from aileron.policy import effects, inline, paths, structural, usage
from aileron.policy.finding import Finding
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Reading
from aileron.tasks import runners
from aileron.tasks.task import UNKNOWN, Call

# Built-in asks about a name that promises sending: reading what runs tells more.
BY_NAME = frozenset({"deploy-target", "deploy-script"})
WRITTEN = "effect/written-task"

# Built-in asks about where code comes from, about options that run or write something, and about
# ending programs by name: in a task these are the project's own choice.
CHOICES = names("""
    remote-code remote-code-run remote-code-dlx remote-code-npm remote-code-pipx remote-code-go
    remote-code-deno install-from-url install-from-index runs-exec script-shell nix-remote
    composer-runs find-writes tar-runs sort-runs rg-runs grep-runs zip-runs
    split-runs man-runs go-runs make-runs make-eval less-runs less-command curl-settings
    compiler-runs python-module-code python-module-attached code-in-options cmake-commands
    mix-do-code awk-loads git-clone-settings git-writes-file node-inspects
    runs-outward runs-outward-exec processes install-tool install-go-tool install-cargo-tool
    install-toolchain install-globally-pip install-dotnet-tool
    """)
_AT_RUN_TIME = names("effect/unknown-path effect/process container/unread")
FED = frozenset({structural.PIPE, structural.REMOTE})
_SENDING = re.compile(r"deploy|publish|release|upload|push|ship", re.IGNORECASE)
_LIFECYCLE = re.compile(r"install|prepare|prepublish|prepack")
_CHANGES_MODES = names("chmod touch")
_FINDS = names("find gfind fd fdfind")


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of a task, as a shell would read it in a folder."""

    task: str
    folder: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class Task:
    """What a call runs, as its files were when the command was judged.

    `path` is the runner's file, "" if there is none; `places` are all the paths where it could
    be, and the files it includes; `digest` is SHA-256 over what was read.
    """

    path: str
    places: frozenset[str]
    pieces: tuple[Piece, ...] = ()
    unclear: str = ""
    digest: str = ""


def called(shape: Shape, facts: Facts) -> Call | None:
    """The task of the project that a command asks for."""
    if not runs(shape) or not shape.expected or shape.cwd is None or shape.command.appended:
        return None
    return _call(shape, shape.cwd, facts)


def _call(shape: Shape, folder: str, facts: Facts) -> Call | None:
    given: list[str | None] = []
    for word in shape.command.words[1:]:
        value = word.value
        if word.dynamic - {"tilde"}:
            value = None
        elif value is not None and "tilde" in word.dynamic:
            value = paths.home_expanded(value, facts.home)
        given.append(value)
    call = runners.call(shape.base, tuple(given), folder)
    if call is None or not shape.command.assignments:
        return call
    assigned = tuple((name, word.value) for name, word in shape.command.assignments)
    return replace(call, environment=assigned)


def counted(findings: Iterable[Finding], shape: Shape, facts: Facts) -> list[Finding]:
    """What of that which is found about a command counts where a task runs it."""
    return [
        replace(one, verdict=Verdict.ASK, firm=True) if one.rule in FED else one
        for one in findings
        if _counts(one, facts) and not (_finds(shape) and _is_found(one, shape, facts))
    ]


def _finds(shape: Shape) -> bool:
    """Whether a command deletes what find finds."""
    return bool(_FINDS & shape.names) or any(via.split()[0] in _FINDS for via in shape.command.via)


def _is_found(finding: Finding, shape: Shape, facts: Facts) -> bool:
    """Whether a finding is about files of the project that are deleted by the look of their
    names (`*.pyc`), not one and all."""
    if finding.rule == "find-deletes":
        roots = [paths.of_word(word, shape.cwd, facts) for word in usage.find_roots(shape.command)]
        return all(root is None or paths.inside(root, facts.project) for root in roots)
    named = posixpath.basename(finding.path).strip("*?.{}") != "" or finding.path.endswith("/{}")
    return finding.rule == "effect/delete-tree" and named and _inside(finding.path, facts)


def _inside(path: str, facts: Facts) -> bool:
    return path != "" and paths.inside(path, facts.project)


def _counts(finding: Finding, facts: Facts) -> bool:
    if finding.verdict is Verdict.DENY:
        return finding.rule != structural.EVAL
    if not finding.certain:
        return False
    if finding.layer is not Layer.BUILTIN:
        return True
    if finding.rule in CHOICES or finding.rule in _AT_RUN_TIME:
        return False
    if finding.rule.startswith(("inline/", "environment/", "dynamic/", "package/")):
        return False
    return not (finding.path and _is_own(finding, facts))


def _is_own(finding: Finding, facts: Facts) -> bool:
    """Whether a finding about a file is about one that is the project's own affair."""
    path = finding.path
    if UNKNOWN in path:
        return True
    if finding.rule == "effect/write-outside":
        return paths.inside(path, f"{facts.home}/.cache")
    if not paths.inside(path, facts.project):
        return False
    if finding.rule == "effect/delete-tree":
        return path in facts.untracked
    return finding.rule == "effect/credential"


def runs(shape: Shape) -> bool:
    """Whether a command is one of a task runner, on this machine."""
    return shape.base in runners.NAMES and shape.container is None


def writes(
    shapes: Sequence[Shape], at: int, call: Call | None, task: Task | None, facts: Facts
) -> bool:
    """Whether a command of the text, other than the one at `at`, writes what the task is read
    from; where it is not known which file that is, any file of a runner's name."""
    if task is None:
        call = _call(shapes[at], shapes[at].cwd or "/", facts)
        if call is None and shapes[at].base in runners.PACKAGES:
            return False
    for number, shape in enumerate(shapes):
        before = number < at or shape.command.background or shapes[at].command.loop
        if number == at or not before:
            continue
        lifecycle = call is not None and "lifecycle" in call.options
        if _writes(shape, task, facts) and not (lifecycle and not _names_lifecycle(shape)):
            return True
    return False


def _names_lifecycle(shape: Shape) -> bool:
    """Whether what a command writes may have a script that an install runs by itself."""
    written = [*shape.command.words, *(one.target for one in shape.command.redirects)]
    return any(_LIFECYCLE.search(word.value or "install") for word in written)


def _writes(shape: Shape, task: Task | None, facts: Facts) -> bool:
    words = [word.value or "" for word in shape.command.words]
    if words[1:2] == ["pkg"] and words[2:3] in (["set"], ["delete"], ["fix"]):
        return task is None or any(place.endswith("/package.json") for place in task.places)
    for access in effects.touched(shape):
        if access.kind not in ("write", "delete"):
            continue
        if access.index and shape.names & _CHANGES_MODES:
            continue
        path = effects.path_of(access, shape, facts)
        if path is None:
            continue
        # `cp x/Makefile .`
        named = [posixpath.join(path, posixpath.basename(word)) for word in words[1:]]
        written = {path, paths.real(path, facts), *(named if access.kind == "write" else [])}
        if task is None and posixpath.basename(path) in runners.FILES:
            return True
        if task is not None and written & task.places:
            return True
    return False


def tells(shape: Shape) -> bool:
    """Whether an allowed command of a task that sends by its name could be what sends."""
    if shape.base in ("echo", "printf"):
        return False
    if any(_SENDING.search(word.value or "") for word in shape.command.words):
        return True
    program = inline.program(shape)
    return program is not None and program.interpreter.language != "shell"


def where(task: Task, piece: Piece, facts: Facts) -> str:
    """How a reason names a piece: `package.json's build`."""
    path = task.path
    if facts.project and paths.inside(path, facts.project):
        path = path[len(facts.project.rstrip("/")) + 1 :]
    name = " ".join(piece.task.split())
    name = name if len(name) < 40 else f"{name[:37]}…"
    return f"{path}'s {name}" if name else path


def stricter(outer: Part, found: Part) -> bool:
    """Whether what was found in a task goes before what the command by itself says."""
    if found.verdict.strictness <= outer.verdict.strictness:
        return found.verdict is Verdict.ASK and is_by_name(outer)
    if found.verdict is Verdict.DENY or found.rule in FED:
        return True
    return outer.layer is Layer.BUILTIN or found.layer is not Layer.BUILTIN


def is_by_name(outer: Part) -> bool:
    """Whether only the name of a task asks."""
    return outer.rule in BY_NAME and outer.layer is Layer.BUILTIN
