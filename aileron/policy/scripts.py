"""Scripts of the project that a command runs: which file, and whether its bytes can be relied on.

The rule: where nothing else speaks about a command that runs a script of the project
(or of scratch space), the commands in the script decide.  Its bytes are looked at when
the command is judged; so it does not count where the same text writes the script
first, or brings files from elsewhere.  Between the judging and the running the script
can still be changed by others; what it then starts is judged as what an allowed
command starts, as it is for `python x.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aileron.model import Facts
from aileron.policy import effects, inline, paths
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.policy.tasks import Task
from aileron.shell.reading import Reading
from aileron.tasks.task import Call

DEPTH = 4  # scripts that run scripts
_SOURCES = names("source .")
# Programs that bring files from elsewhere, whatever their arguments say.
BRINGS = names("""
    git hg svn curl wget tar unzip 7z rsync scp sftp patch ftp aria2c gh docker podman nerdctl
    docker-compose podman-compose dvc cookiecutter copier aws gsutil rclone kubectl
    """)
# Programs that write no file but by a redirection, or those that their arguments name.
_WRITES_NOTHING = names("""
    cd echo printf cat ls chmod test [ true false : export set sleep pwd date grep egrep fgrep rg
    head tail wc sort uniq cut tr jq find which type command env timeout time nice nohup bash sh
    mkdir touch unset local declare readonly exit return stat file diff cmp basename dirname
    realpath readlink seq yes expr id whoami uname hostname ps pgrep cp mv rm tee sed
    """)
_CHANGES_MODES = names("chmod touch")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A script that a command runs: its absolute path, and the shell that the command says
    ("" where the script's first line does)."""

    path: str
    shell: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it was when the command was judged; `digest` is SHA-256 of its bytes."""

    reading: Reading
    digest: str
    missing: bool = False  # there is no such file


@dataclass(frozen=True, slots=True)
class Scripts:
    """What is known of scripts, by path and the folder that they would run in, and of tasks."""

    known: Mapping[tuple[str, str], Script] = field(default_factory=dict)
    tasks: Mapping[Call, Task] = field(default_factory=dict)

    def of(self, shape: Shape, wanted: Wanted) -> Script | None:
        return self.known.get((wanted.path, shape.cwd or ""))


NO_SCRIPTS = Scripts()


def wanted(shape: Shape, facts: Facts) -> Wanted | None:
    """The script of the project or of scratch space that a command runs."""
    words = shape.command.words
    if shape.container is not None:
        return None  # its files are not this machine's
    if shape.name in _SOURCES:
        path = paths.of_word(words[1], shape.cwd, facts) if len(words) > 1 else None
        found = Wanted(path, "bash") if path else None
    elif "/" in shape.name and shape.program is not None:
        found = Wanted(shape.program)
    else:
        program = inline.program(shape)
        shell = program is not None and program.interpreter.language == "shell"
        if program is None or not shell or program.source != "file" or program.word is None:
            return None
        path = paths.of_word(program.word, shape.cwd, facts)
        found = Wanted(path, shape.base) if path else None
    if found is None or shape.cwd is None:
        return None
    roots = (facts.project, *facts.scratch)
    there = paths.real(found.path, facts)
    if not any(paths.inside(found.path, root) and paths.inside(there, root) for root in roots):
        return None
    return found


def may_change(shapes: Sequence[Shape], at: int, path: str, facts: Facts, *, missing: bool) -> bool:
    """Whether a command of the text, other than the one at `at`, may write the script.

    What is missing could be made by nearly any program; what is there, hardly.
    """
    for number, shape in enumerate(shapes):
        if number == at:
            continue
        before = number < at or shape.command.background or shapes[at].command.loop
        writes = shape.name and not shape.names & _WRITES_NOTHING if missing else False
        if before and (writes or shape.names & BRINGS):
            return True
        if before and shape.command.words and shape.command.name is None:
            return True
        for access in effects.touched(shape):
            if access.kind == "read" or (access.index and shape.names & _CHANGES_MODES):
                continue
            touched = effects.path_of(access, shape, facts)
            if touched is None or paths.inside(path, touched):
                return True
    return False
