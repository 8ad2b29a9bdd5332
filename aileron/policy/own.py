"""Aileron's own files in any word of a command, and its processes found by any list.

What a program does with its words is not known of most programs.  So one that is given a path
of Aileron's own, alone or as a part of a word (`UNIX-CONNECT:$HOME/.aileron/broker.sock`), is
denied, unless it is known to only look, or runs another command, which is judged by itself.
Prose that mentions such a path is no word of this kind: it has blanks in it.

A program that acts on processes is denied where a list of Aileron's processes is in the text:
`kill $(pgrep aileron)`, `ps | grep aileron | while read p; do kill $p; done`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from aileron.model import Facts
from aileron.policy import databases, effects, paths
from aileron.policy.connections import CHANGES
from aileron.policy.finding import Finding, deny
from aileron.policy.flow import Flow
from aileron.policy.paths import Place
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Word

FILES = "effect/own-files"
PROCESSES = "effect/own-process"

# Programs that change nothing of what their words name; where they read it, that asks.
_LOOKS = names("""
    ls dir vdir ll stat file test [ [[ echo printf cd pushd realpath readlink basename dirname du df
    tree exa eza lsd find fd fdfind locate which whereis type command wc namei getfacl lsattr xattr
    mdls lsof fuser export declare local readonly typeset read set : true false for case return
    aileron git gh glab grep egrep fgrep rg ag ack man info help apropos open xdg-open sqlite3
    sqlite duckdb inotifywait mountpoint findmnt ps pgrep pstree pidof exit trap
    """)
ACTS = names("""
    kill pkill killall skill snice xargs gdb lldb strace ltrace dtrace bpftrace perf renice prlimit
    taskset chrt ionice cpulimit reptyr nsenter criu frida py-spy injcode dd tee
    """)
_LISTS = names("pgrep pidof pidwait lsof fuser ps pstree top htop btop ss netstat")
_FILTERS = names("grep egrep fgrep rg awk gawk mawk nawk sed ag ack jq perl")
_PARTS = re.compile(r"[:=,@]")
_ATTACHED = re.compile(r"-\w(?=[/~])")


def files(shapes: Sequence[Shape], index: int, facts: Facts) -> Iterator[Finding]:
    """Aileron's own files in the words of a command that may change them."""
    shape = shapes[index]
    if not shape.name or shape.container is not None or runs_another(shapes, index):
        return
    if shape.base in _LOOKS and not _changes(shape, facts):
        return
    known: set[int] | None = None
    for index, word in enumerate(shape.command.words[1:], 1):
        path = next((one for one in _own_paths(word, shape, facts)), None)
        if path is None:
            continue
        if known is None:
            known = {one.index for one in effects.touched(shape) if one.kind == "read"}
        if index not in known or shape.base in _LOOKS:
            yield deny(FILES, f"{shape.base} is given {path}, Aileron's own")
            return


_FINDS = re.compile(
    r"\b(which|command\s+-[vV]|type\s+-\w*[pP]\w*|whereis|readlink|realpath|import|find_spec"
    r"|pip3?\s+show|uv\s+pip\s+show|pipx)\b.*\baileron"
)


def installed(flow: Flow, index: int) -> Iterator[Finding]:
    """What changes Aileron's own program, found by a command that tells where it lies."""
    shape = flow.shapes[index]
    if shape.container is not None:
        return
    for access in effects.touched(shape):
        if access.kind not in ("write", "delete") or access.word.value is not None:
            continue
        origins = flow.into(index, access.word)
        if shape.command.appended and not access.index:
            origins |= flow.piped(index)
        if any(_FINDS.search(_line(flow.shapes[at])) for at in origins):
            yield deny(FILES, f"{shape.base} changes the program of Aileron")
            return


def _line(shape: Shape) -> str:
    return " ".join(word.value or word.source for word in shape.command.words)


def runs_another(shapes: Sequence[Shape], index: int) -> bool:
    """Whether the command is followed by one that it runs."""
    via = shapes[index].command.via
    if index + 1 >= len(shapes):
        return False
    inner = shapes[index + 1].command.via
    return len(inner) > len(via) and inner[: len(via)] == via


def _changes(shape: Shape, facts: Facts) -> bool:
    """Whether a program that mostly looks does more this time."""
    told = databases.judge(shape, facts)
    if told is not None and told.rule == CHANGES:
        return True
    given = {word.value for word in shape.command.words[1:]}
    return shape.base == "fuser" and any(re.match(r"-\w*k|--kill", one or "") for one in given)


def _own_paths(word: Word, shape: Shape, facts: Facts) -> Iterator[str]:
    texts = (word.value,) if word.value is not None else word.could
    for text in texts:
        if text is None or ("aileron" not in text and not _inside_own(shape, facts)):
            continue
        if len(text) > 4096 or any(sign in text for sign in " \t\n"):
            continue
        starts = [0, *(found.end() for found in _PARTS.finditer(text))]
        attached = _ATTACHED.match(text)
        for start in [*starts, *([attached.end()] if attached else [])]:
            piece = re.split(r"[:,]", text[start:])[0]
            if piece[:1] in ("", "-"):
                continue
            path = paths.absolute(piece, shape.cwd, facts)
            if path is not None and paths.place(path, facts) is Place.AILERON:
                yield path


def _inside_own(shape: Shape, facts: Facts) -> bool:
    return shape.cwd is not None and paths.place(shape.cwd, facts) is Place.AILERON


def processes(shapes: Sequence[Shape], index: int, origins: Iterable[int]) -> Iterator[Finding]:
    """A command of `ACTS` on Aileron's processes; `origins` are the commands whose output
    reaches it."""
    shape = shapes[index]
    if shape.base in ("dd", "tee") and not any(
        (word.value or word.source).startswith("/proc/") for word in shape.command.words
    ):
        return
    if shape.base == "xargs":
        return  # the command that it runs is judged
    if any(_is_list(shapes, at) for at in origins):
        yield deny(PROCESSES, "acts on the processes that guard this session")
        return
    words = shape.command.words[1:]
    dynamic = [one for one in words if one.value is None] or shape.command.appended
    named = any("aileron" in plain(one.source) and "command" in one.dynamic for one in words)
    if named or (dynamic and any(_is_list(shapes, at) for at in range(len(shapes)))):
        yield deny(PROCESSES, "acts on the processes that guard this session")


def _is_list(shapes: Sequence[Shape], at: int) -> bool:
    """Whether a command looks for Aileron's processes, or takes them out of a list of all."""
    shape = shapes[at]
    words = shape.command.words[1:]
    if not any("aileron" in plain(word.source) for word in words):
        return False
    if shape.base in _LISTS:
        return True
    if shape.base not in _FILTERS or _leaves_out(shape):
        return False
    if any(shapes[one].base in _LISTS for one in shape.command.upstream if one < len(shapes)):
        return True
    return any("/proc" in text for word in words for text in (word.source, *word.could))


def _leaves_out(shape: Shape) -> bool:
    return any(re.match(r"-\w*v\w*$|--invert-match$", one or "") for one in shape.command.argv[1:])


def plain(text: str) -> str:
    """A word without the brackets that hide it from its own search (`[a]ileron`)."""
    return re.sub(r"[][\"'\\]", "", text)
