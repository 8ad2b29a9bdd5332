"""What a text starts again and again: functions that multiply, and what it starts beside itself.

A function multiplies where it starts itself, directly or by others, whatever happens: in the
background, or as more than one part of a pipe.  What stands behind a condition, or behind one
that may leave (`[ $1 -gt 3 ] && return`), is not whatever happens: that recursion ends.  A
single start after some sleep only goes on; it does not multiply.

A loop without end floods where all that its body does is to start something in the background:
nothing in it waits.

`beside` is the same of a script's own text: what it starts in the background, in a pipe with
itself or in an endless loop.  Whether that is the script itself, only its path tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aileron.shell.reading import SCRIPT, Spawns
from aileron.shell.tree import Command, Compound, Pipeline, RawWord, Script, Simple

_OWN_FILE = re.compile(r"\$\{?(?:0|BASH_SOURCE)\b")
_VARIABLE = re.compile(r'"?\$\{?(\w+)\}?"?')
_LEAVES = frozenset(("return", "exit", "break", "exec"))
_WAITS = frozenset(("sleep", "wait", "read", "inotifywait", "flock"))
_SUCCEEDS = frozenset(("true", ":", "echo", "printf", "sleep", "cd", "chmod", "set", "export"))
_RUN_OTHERS = frozenset(
    """
    nohup setsid exec command builtin time nice ionice env sudo doas bash sh dash zsh ksh timeout
    stdbuf chrt taskset source .
    """.split()  # noqa: SIM905
)
_MANY = re.compile(r"[\w./ -]+|\{[\w.,]+\}|\$\(seq [\d ]+\)|`seq [\d ]+`")
MOST = 2_000  # commands that are looked at


@dataclass(frozen=True, slots=True)
class Start:
    """`what` is a name or path, SCRIPT for the text's own file; `beside` tells that what starts
    it goes on; `often` that it happens in an endless loop."""

    what: str
    beside: bool
    often: bool = False


@dataclass(slots=True)
class Body:
    """What a list of commands starts whatever happens."""

    starts: list[Start] = field(default_factory=list)
    waits: bool = False
    left: bool = False  # behind here, nothing is sure


class _Look:
    def __init__(self) -> None:
        self.functions: dict[str, Body] = {}
        self.own: set[str] = set()  # variables that hold the text's own file
        self.seen = 0
        self.floods = False

    def script(self, script: Script, body: Body, *, beside: bool, often: bool) -> None:
        for item in script.items:
            sure = not body.left
            before = item.pipelines[0]
            for at, pipeline in enumerate(item.pipelines):
                if at:
                    sure = sure and item.operators[at - 1] == "&&" and _succeeds(before)
                before = pipeline
                self.pipeline(pipeline, body, item.background or beside, often, sure)

    def pipeline(
        self, pipeline: Pipeline, body: Body, beside: bool, often: bool, sure: bool
    ) -> None:
        piped = len(pipeline.commands) > 1
        for command in pipeline.commands:
            self.seen += 1
            if self.seen > MOST:
                return
            if isinstance(command, Simple):
                self.simple(command, body, beside or piped, often, sure)
            else:
                self.compound(command, body, beside or piped, often, sure)

    def simple(self, node: Simple, body: Body, beside: bool, often: bool, sure: bool) -> None:
        for item in node.assignments:
            if not node.words and _OWN_FILE.search(item.value.source):
                self.own.add(item.name)
        words = list(node.words)
        name = words[0].literal() if words else None
        if name in _WAITS and not beside:
            body.waits = True
        if name in _LEAVES and not (sure and name == "exec"):
            body.left = True
        while words and words[0].literal() in _RUN_OTHERS:
            del words[0]
            while words and re.match(r"-|\d+[smhd]?$|\w+=", words[0].source):
                del words[0]
        if words and sure:
            what = self.named(words[0])
            if what is not None:
                body.starts.append(Start(what, beside, often))

    def named(self, word: RawWord) -> str | None:
        text = word.literal()
        if text is not None:
            return text
        variable = _VARIABLE.fullmatch(word.source)
        if _OWN_FILE.search(word.source) or (variable and variable[1] in self.own):
            return SCRIPT
        return None

    def compound(self, node: Compound, body: Body, beside: bool, often: bool, sure: bool) -> None:
        kind = node.kind
        if kind == "function":
            inner = self.functions.setdefault(node.name, Body())
            self.script(node.bodies[0], inner, beside=False, often=False)
            return
        if kind in ("group", "subshell", "coproc"):
            inner = body if kind == "group" else Body(left=body.left)
            inner.left = inner.left or not sure
            self.script(node.bodies[0], inner, beside=beside or kind == "coproc", often=often)
            if inner is not body:
                body.starts += inner.starts
                body.waits |= inner.waits
            return
        endless = kind == "while" and _is_true(node.bodies[0])
        self.floods = self.floods or (_is_endless(node) and _only_starts(node.bodies[-1]))
        counted = kind == "for" and bool(node.words) and all(map(_is_literal, node.words))
        counted = counted or kind == "cfor"
        for part in node.bodies:
            inner = Body(left=body.left or not sure or not (endless or counted))
            inside = inner.left
            self.script(part, inner, beside=beside, often=often or endless or counted)
            body.starts += inner.starts
            body.waits |= inner.waits and (endless or counted)
            body.left |= (inner.left and not inside) or (inside and _has_exit(part))


def _has_exit(script: Script) -> bool:
    """Whether a conditional part may leave."""
    for item in script.items:
        for pipeline in item.pipelines:
            for command in pipeline.commands:
                if isinstance(command, Simple):
                    if command.words and command.words[0].literal() in _LEAVES:
                        return True
                elif command.kind != "function" and any(map(_has_exit, command.bodies)):
                    return True
    return False


def _succeeds(pipeline: Pipeline) -> bool:
    command = pipeline.commands[-1] if pipeline.commands else None
    return (
        isinstance(command, Simple)
        and bool(command.words)
        and command.words[0].literal() in _SUCCEEDS
    )


def _only_command(script: Script) -> Command | None:
    """The command of a list that holds no other."""
    items = script.items
    if len(items) != 1 or len(items[0].pipelines) != 1 or len(items[0].pipelines[0].commands) != 1:
        return None
    return items[0].pipelines[0].commands[0]


def _literals(script: Script) -> list[str | None]:
    command = _only_command(script)
    return [word.literal() for word in command.words] if isinstance(command, Simple) else []


def _is_true(condition: Script) -> bool:
    command = _only_command(condition)
    if command is None or isinstance(command, Simple):
        return _literals(condition) in (["true"], [":"], ["[", "1", "]"], ["sleep", "0"])
    return command.kind == "arithmetic" and command.source.strip("( )") == "1"


_FOREVER = re.compile(r"\(\(\s*(?:[\w=+-]*\s*;)\s*(?:1|true)?\s*;\s*[\w+=-]*\s*\)\)")
_NOTHING = frozenset(("disown", ":", "true", "echo", "printf", "let", "false"))


def _is_endless(node: Compound) -> bool:
    """Whether a loop goes on, whatever happens, unless its body leaves it."""
    if node.kind == "while":  # or until
        return _is_true(node.bodies[0]) or _literals(node.bodies[0]) == ["false"]
    return node.kind == "cfor" and _FOREVER.search(node.source) is not None


def _only_starts(script: Script) -> bool:
    """Whether a list starts something in the background, and does nothing that takes time."""
    starts = False
    for item in script.items:
        if item.background:
            starts = True
            continue
        if len(item.pipelines) != 1 or len(item.pipelines[0].commands) != 1:
            return False
        command = item.pipelines[0].commands[0]
        if isinstance(command, Simple):
            if command.words and command.words[0].literal() not in _NOTHING:
                return False
        elif command.kind in ("group", "subshell") and _only_starts(command.bodies[0]):
            starts = True
        else:
            return False
    return starts


def _is_literal(word: RawWord) -> bool:
    return _MANY.fullmatch(word.source) is not None


def spawns(script: Script) -> Spawns:
    look = _Look()
    whole = Body()
    look.script(script, whole, beside=False, often=False)
    multiplies = tuple(name for name in look.functions if _multiplies(name, look.functions))
    return Spawns(multiplies, tuple(_beside(whole, look.functions)), look.floods)


def _beside(whole: Body, functions: dict[str, Body]) -> Iterator[str]:
    """What a text starts beside itself: directly, or by a function that it calls."""
    done: set[str] = set()
    waiting: list[tuple[Start, Body]] = [(one, whole) for one in whole.starts]
    while waiting:
        start, body = waiting.pop()
        if start.what in functions:
            if start.what not in done:
                done.add(start.what)
                inner = functions[start.what]
                waiting += [
                    (Start(one.what, one.beside or start.beside, one.often or start.often), inner)
                    for one in inner.starts
                ]
        elif start.beside and (not body.waits or start.often or _times(start.what, body) > 1):
            yield start.what


def _times(what: str, body: Body) -> int:
    return sum(one.what == what for one in body.starts)


def _multiplies(name: str, functions: dict[str, Body]) -> bool:
    """Whether a function, by what it starts, starts itself beside itself."""
    waiting: list[tuple[str, bool, bool]] = [(name, False, False)]
    done: set[tuple[str, bool, bool]] = set()
    while waiting:
        at, beside, many = waiting.pop()
        body = functions[at]
        for start in body.starts:
            if start.what not in functions:
                continue
            often = many or start.often or _times(start.what, body) > 1
            reached = (start.what, beside or start.beside, often)
            if start.what == name and reached[1] and (often or not body.waits):
                return True
            if reached not in done:
                done.add(reached)
                waiting.append(reached)
    return False
