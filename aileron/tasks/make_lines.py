"""The lines of a Makefile, taken apart but not yet expanded.

A line that starts with a tab behind a rule belongs to its recipe; an assignment
or a directive ends the rule, a condition, a comment or an empty line does not.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_CONDITION = re.compile(r"(ifeq|ifneq|ifdef|ifndef)(?=[\s(\"'])\s*(.*)")
_ELSE = re.compile(r"else(?:\s+(.*))?")
_MODIFIERS = re.compile(r"(?:(?:export|override|private|unexport)\s++(?!(?:[+?!]|:{1,3})?=))*")
_DEFINE = re.compile(r"(?:(?:export|override)\s++)*define\s++(?![:+?!]?=)")
_OPERATOR = re.compile(r"(?:[+?!]|:{1,3})?=$")
_INCLUDE = re.compile(r"([-s]?include)\s+(.*)")
_ASSIGNMENT = re.compile(r"\s*([^\s:#=]+?)\s*(\?=|\+=|!=|:{1,3}=|=)[ \t]*(.*)", re.DOTALL)
_SIGNS = re.compile(r"\$[({]|[(){}:=;#]|\$[^#]", re.DOTALL)
_CLOSES = {"(": ")", "{": "}"}


@dataclass(frozen=True, slots=True)
class Line:
    """`kind` is one of: assign (name, op, text), rule (name: the targets, op, text: what is behind
    the colon), recipe (text), if (name: which, text), else, endif, include (op, text), define
    (name, op, text), export (text: names), other (text), which is expanded for what that does."""

    kind: str
    name: str = ""
    op: str = ""
    text: str = ""
    strong: bool = False  # by `override`: nothing else changes it then


@functools.lru_cache(maxsize=16)
def lines(text: str) -> tuple[Line, ...]:
    return tuple(_lines(text))


def _lines(text: str) -> Iterator[Line]:
    waiting = text.replace("\r\n", "\n").split("\n")
    at, in_rule = 0, False
    while at < len(waiting):
        first = waiting[at]
        recipe = in_rule and first.startswith("\t")
        taken = [first[1:] if recipe else first]
        while _goes_on(waiting[at]) and at + 1 < len(waiting):
            at += 1
            taken.append(waiting[at].removeprefix("\t") if recipe else waiting[at])
        at += 1
        if recipe:
            yield Line("recipe", text="\n".join(taken))
            continue
        line = _uncommented(_joined(taken)).strip()
        if not line:
            continue
        found = _DEFINE.match(line)
        if found:
            body, at = _body(waiting, at)
            named = line[found.end() :]
            operator = _OPERATOR.search(named[-4:])
            op = operator[0] if operator else ""
            yield Line("define", named[: len(named) - len(op)].strip(), op or "=", body)
            in_rule = False
            continue
        for one in _line(line):
            if one.kind not in ("if", "else", "endif"):
                in_rule = one.kind in ("rule", "recipe")
            yield one


def _goes_on(line: str) -> bool:
    return line.endswith("\\") and (len(line) - len(line.rstrip("\\"))) % 2 == 1


def _joined(taken: list[str]) -> str:
    if len(taken) == 1:
        return taken[0]
    first = taken[0][:-1].rstrip()
    rest = [one[:-1] if at < len(taken) - 2 else one for at, one in enumerate(taken[1:])]
    return " ".join([first, *(one.strip() for one in rest)])


def _uncommented(line: str) -> str:
    """A line without its comment; `\\#` is a sign like others, and so is one inside of `$( )`."""
    if "#" not in line:
        return line
    kept, start = "", 0
    for at in _outside(line, "#"):
        before = line[start:at]
        backslashes = len(before) - len(before.rstrip("\\"))
        kept += before[: len(before) - (backslashes + 1) // 2]
        if backslashes % 2 == 0:
            return kept
        kept += "#"
        start = at + 1
    return kept + line[start:]


def _body(waiting: list[str], at: int) -> tuple[str, int]:
    """The body of a define, and where it ends."""
    kept: list[str] = []
    depth = 1
    while at < len(waiting):
        word = waiting[at].split(None, 1)[:1]
        depth += (word == ["define"]) - (word == ["endef"])
        at += 1
        if not depth:
            break
        kept.append(waiting[at - 1])
    return "\n".join(kept), at


def _line(line: str) -> Iterator[Line]:
    found = _CONDITION.fullmatch(line)
    if found:
        yield Line("if", found[1], text=found[2])
        return
    found = _ELSE.fullmatch(line)
    if found:
        yield Line("else")
        inner = _CONDITION.fullmatch(found[1] or "")
        if inner:
            yield Line("if", inner[1], op="else", text=inner[2])
        return
    if line == "endif":
        yield Line("endif")
        return
    found = _INCLUDE.fullmatch(line)
    if found:
        yield Line("include", op=found[1], text=found[2])
        return
    bare = _without_modifiers(line)
    colon, sign = _first(bare)
    if sign == "=":
        assignment = assigned(bare)
        strong = "override" in line[: len(line) - len(bare)]
        yield replace(assignment, strong=strong) if assignment else Line("other", text=line)
    elif sign == ":":
        yield from _rule(bare, colon)
    elif bare != line:
        yield Line("export", text=bare)
    elif not line.startswith(("vpath", "undefine ")):
        yield Line("other", text=line)


def assigned(line: str) -> Line | None:
    """A line as the assignment that it is."""
    found = _ASSIGNMENT.fullmatch(line)
    return Line("assign", found[1], found[2], found[3]) if found else None


def _first(line: str, signs: str = ":=") -> tuple[int, str]:
    """Where the first of the signs outside of every `$( )` stands, and what it is: an assignment
    of any kind is "="."""
    for at in _outside(line, signs):
        if line[at] == ":" and re.match(r":{1,3}=", line[at : at + 4]):
            return at, "="
        return at, line[at]
    return -1, ""


def _outside(line: str, signs: str) -> Iterator[int]:
    """Where the signs stand outside of every `$( )`."""
    depth: list[str] = []
    for found in _SIGNS.finditer(line):
        sign = found[0]
        if sign in ("$(", "${"):
            depth.append(sign[1])
        elif depth and sign == depth[-1]:
            depth.append(sign)
        elif depth and sign == _CLOSES[depth[-1]]:
            depth.pop()
        elif not depth and sign in signs:
            yield found.start()


def _rule(line: str, colon: int) -> Iterator[Line]:
    rest = line[colon + 1 :]
    op = ":"
    if rest.startswith(":"):
        rest, op = rest[1:], "::"
    targets = line[:colon].removesuffix("&")
    at, _ = _first(rest, ";")
    before = rest if at < 0 else rest[:at]
    _, sign = _first(before)
    own = assigned(_without_modifiers(before.strip())) if sign == "=" else None
    if own is not None:
        yield Line("assign", own.name, f"{targets.strip()}:", rest)
        return
    yield Line("rule", targets.strip(), op, before.strip())
    if at >= 0:
        yield Line("recipe", text=rest[at + 1 :].strip())


def _without_modifiers(text: str) -> str:
    found = _MODIFIERS.match(text)
    return text[found.end() :] if found else text
