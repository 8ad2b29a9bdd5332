"""The variables of a Makefile, and what a text becomes when make expands it.

What make decides by looking at the world (`$(wildcard)`, the output of
`$(shell)`, a variable of the environment) is unknown: it stays in the text as a
mark, which a shell reads as a variable.  The commands of `$(shell)` are kept,
in `shells`, where an expansion would run them.  All work is counted: a Makefile
whose variables grow without end is given up on (`Endless`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping

from aileron.tasks.task import UNKNOWN, names

WORK = 20_000  # expansions, and thousands of characters made by them
LONGEST_MADE = 4_000_000
DEEPEST = 40
_MARK = re.compile("\ue000([^\ue001]*)\ue001")
_REFERENCE = re.compile(r"\$(?:[({]|.|$)", re.DOTALL)
_NOT_SET = re.compile("\ue000\\?\\w+\ue001")
_BRACKETS = re.compile(r"[(){}]")
_FUNCTION = re.compile(
    r"(shell|info|warning|error|eval|call|if|or|and|foreach|let|file|subst|patsubst|strip|filter"
    r"|filter-out|findstring|sort|word|words|wordlist|firstword|lastword|dir|notdir|suffix|basename"
    r"|addsuffix|addprefix|join|abspath|realpath|wildcard|origin|flavor|value|guile|intcmp)(?:\s+|$)"
)
_NAME = re.compile(r"[A-Za-z_]\w*")
# Nobody sets them but who logs in: what is not in the Makefile is not simply empty.
_ALWAYS_SET = names("PATH USER LOGNAME TMPDIR PWD HOME LANG TERM EDITOR VISUAL")
# An unknown variable that stands alone, or in front of a word, is taken for one that is not set.
_ABSENT = re.compile("(?:(?<=[\\s@+-])|\\A)\ue000\\?(\\w+)\ue001(?=[\\w\\s@-]|\\Z)")

DEFAULTS = {
    "MAKE": "make",
    "SHELL": "/bin/sh",
    "RM": "rm -f",
    "CC": "cc",
    "CXX": "g++",
    "CPP": "$(CC) -E",
    "AR": "ar",
    "AS": "as",
    "LD": "ld",
    "MAKEFLAGS": "",
    "MAKELEVEL": "0",
    "MFLAGS": "",
    ".DEFAULT_GOAL": "",
}


class Endless(Exception):
    """A text that grows beyond what is worth looking at."""


def mark(name: str = "") -> str:
    return f"\ue000{name}\ue001"


def is_unknown(text: str) -> bool:
    return "\ue000" in text


def shown(text: str) -> str:
    """The text for a shell: a mark is a variable, one that is probably not set is nothing."""
    if not is_unknown(text):
        return text
    text = _ABSENT.sub(lambda found: mark(found[1]) if found[1] in _ALWAYS_SET else "", text)
    return _MARK.sub(_variable, text)


def _variable(found: re.Match[str]) -> str:
    name = found[1].removeprefix("?")
    return f"${{{name}}}" if _NAME.fullmatch(name) else UNKNOWN


class Values:
    """Variables by their name, as (text, whether it is expanded when it is used)."""

    def __init__(self, known: Mapping[str, str], fixed: Mapping[str, str]) -> None:
        self.known = known
        self.fixed = dict(fixed)  # set on the command line: no assignment changes them
        self.given: dict[str, tuple[str, bool]] = {}
        self.strong: set[str] = set()
        self.shells: list[str] = []
        self.doubts: list[str] = []
        self.work = 0

    def set(
        self, name: str, op: str, text: str, *, certain: bool = True, strong: bool = False
    ) -> None:
        """An assignment, as a line makes it; `strong` with `override` in front of it."""
        if strong:
            self.strong.add(name)
            if name in self.fixed:
                self.given[name] = (self.fixed.pop(name), True)
        elif name in self.fixed or name in self.strong:
            return
        before = self.given.get(name)
        if op == "?=" and (before is not None or name in self.known):
            return
        if op in (":=", "::=", ":::=", "!="):
            if op == "!=":
                self.shells.append(self.expand(text))
            new = (mark() if op == "!=" else self.expand(text), False)
        elif op == "+=" and before is not None:
            added = text if before[1] else self.expand(text)
            self._spend(len(before[0]))
            new = (f"{before[0]} {added}" if added else before[0], before[1])
        else:
            new = (text, True)
        if not certain and before != new:
            self._spend(len(new[0]))
            if op == "!=" or (new[1] and "$" in new[0]):
                self.expand(new[0])  # the commands in it may run
            new = (mark(), False)
        self.given[name] = new

    def expand(self, text: str, local: Mapping[str, str] | None = None, depth: int = 0) -> str:
        """The text with its references replaced; `local` are `$@`, `$1` and the like."""
        if "$" not in text:
            return text
        if depth > DEEPEST:
            raise Endless
        kept: list[str] = []
        at = 0
        for_now = local or {}
        while found := _REFERENCE.search(text, at):
            self._spend(found.start() - at)
            kept.append(text[at : found.start()])
            sign = found[0][1:]
            at = found.end()
            if sign in ("", "$"):
                kept.append(sign)
                continue
            if sign in "({":
                end = self._end(text, at, sign)
                if end < 0:
                    raise Endless
                inner = text[at:end]
                at = end + 1
                kept.append(self._reference(inner, for_now, depth + 1))
            else:
                kept.append(self.value(sign, for_now, depth + 1))
        kept.append(text[at:])
        whole = "".join(kept)
        self._spend(len(whole))
        return whole

    def _spend(self, length: int) -> None:
        self.work += 1 + length // 1000
        if self.work > WORK:
            raise Endless

    def _end(self, text: str, start: int, opening: str) -> int:
        closing = ")" if opening == "(" else "}"
        depth = 1
        for found in _BRACKETS.finditer(text, start):
            depth += (found[0] == opening) - (found[0] == closing)
            if not depth:
                self._spend(found.start() - start)
                return found.start()
        return -1

    def value(self, name: str, local: Mapping[str, str], depth: int = 0) -> str:
        """What `$(name)` is."""
        if name in local:
            return local[name]
        if name in self.fixed:
            return self.fixed[name]
        if name in self.given:
            text, deferred = self.given[name]
            return self.expand(text, local, depth + 1) if deferred else text
        if name in self.known:
            return self.known[name]
        if name in DEFAULTS:
            return self.expand(DEFAULTS[name], local, depth + 1)
        if _NAME.fullmatch(name):
            return mark(f"?{name}")
        return mark() if name in ("<", "^", "?", "*", "+", "|", "@", "%") else ""

    def _reference(self, inner: str, local: Mapping[str, str], depth: int) -> str:
        function = _FUNCTION.match(inner)
        if function:
            return self._call(function[1], inner[function.end() :], local, depth)
        name = self.expand(inner, local, depth) if "$" in inner else inner
        before, colon, change = name.partition(":")
        if colon and "=" in change:
            old, _, new = change.partition("=")
            value = self.value(before.strip(), local, depth)
            if _NOT_SET.fullmatch(value):
                return value
            if "%" in change:
                return _patsubst(old, new, value)
            return _patsubst(f"%{old}", f"%{new}", value)
        return mark() if is_unknown(name) else self.value(name.strip(), local, depth)

    def _call(self, name: str, text: str, local: Mapping[str, str], depth: int) -> str:
        if name == "shell":
            return self._shell(self.expand(text, local, depth))
        parts = arguments(text)
        if name == "if" or name == "foreach":
            return self._choice(name, parts, local, depth)
        if name == "call":
            return self._called(parts, local, depth)
        given = [self.expand(part, local, depth) for part in parts]
        if name in ("eval", "file", "guile"):
            if name != "eval" or given != [""]:
                self.doubts.append(f"it uses $({name})")
            return ""
        if name in ("info", "warning", "error"):
            return ""
        if name in ("abspath", "realpath") and "CURDIR" in self.known and not is_unknown(given[0]):
            here = self.known["CURDIR"]
            return " ".join(
                posixpath.normpath(posixpath.join(here, one)) for one in given[0].split()
            )
        pure = _PURE.get(name)
        if pure is None or any(is_unknown(one) for one in given):
            return mark()
        _bound(*given)
        return pure(given)

    def _shell(self, text: str) -> str:
        self.shells.append(text)
        if text.strip() in ("pwd", "pwd -P"):
            return self.known.get("CURDIR", mark())
        return mark()

    def _choice(self, name: str, parts: list[str], local: Mapping[str, str], depth: int) -> str:
        if name == "if":
            condition = self.expand(parts[0].strip(), local, depth)
            branches = [self.expand(part, local, depth) for part in parts[1:3]]
            if is_unknown(condition):
                return mark()
            chosen = branches[:1] if condition.strip() else branches[1:2]
            return chosen[0] if chosen else ""
        if len(parts) < 3:
            return mark()
        variable = self.expand(parts[0], local, depth).strip()
        words = self.expand(parts[1], local, depth)
        body = ",".join(parts[2:])
        if is_unknown(words):
            self.expand(body, {**local, variable: mark()}, depth)
            return mark()
        _bound(words, body)
        made = [self.expand(body, {**local, variable: word}, depth) for word in words.split()]
        return " ".join(made)

    def _called(self, parts: list[str], local: Mapping[str, str], depth: int) -> str:
        given = [self.expand(part, local, depth) for part in parts]
        name = given[0].strip()
        text = self.given.get(name, ("", True))[0] if name not in self.fixed else ""
        if not text or is_unknown(name):
            return mark()
        numbers = {str(number): one for number, one in enumerate(given)}
        empty = {str(number): "" for number in range(len(given), 10)}
        return self.expand(text, {**local, **empty, **numbers}, depth + 1)


def _bound(*texts: str) -> None:
    """What is made of two texts may be as long as one times the other."""
    lengths = sorted((len(one) for one in texts), reverse=True)
    if len(lengths) > 1 and lengths[0] * lengths[1] > LONGEST_MADE:
        raise Endless


def arguments(text: str) -> list[str]:
    """The arguments of a function: what stands between commas outside of brackets."""
    found: list[str] = []
    depth = start = 0
    for sign in re.finditer(r"[(){},]", text):
        if sign[0] in "({":
            depth += 1
        elif sign[0] in ")}":
            depth -= 1
        elif depth <= 0:
            found.append(text[start : sign.start()])
            start = sign.end()
    return [*found, text[start:]]


def _patsubst(old: str, new: str, text: str) -> str:
    if is_unknown(text) or is_unknown(old + new):
        return mark()
    before, star, after = old.partition("%")
    kept = []
    for word in text.split():
        if star and word.startswith(before) and word.endswith(after):
            stem = word[len(before) : len(word) - len(after)]
            kept.append(new.replace("%", stem, 1))
        else:
            kept.append(new if not star and word == old else word)
    return " ".join(kept)


def _each(change: Callable[[str], str]) -> Callable[[list[str]], str]:
    return lambda given: " ".join(filter(None, map(change, given[0].split())))


def _at(index: int) -> Callable[[list[str]], str]:
    return lambda given: given[0].split()[index] if given[0].split() else ""


def _dir(word: str) -> str:
    return word[: word.rfind("/") + 1] or "./"


def _dot(word: str) -> int:
    """Where the suffix of a name starts."""
    at = word.rfind(".")
    return at if at > word.rfind("/") else len(word)


def _filtered(keep: bool) -> Callable[[list[str]], str]:
    def of(given: list[str]) -> str:
        patterns = [one.partition("%") for one in given[0].split()[:50]]
        words = given[-1].split()
        kept = {word for word in words if any(_fits(one, word) for one in patterns)}
        return " ".join(word for word in words if (word in kept) == keep)

    return of


def _fits(pattern: tuple[str, str, str], word: str) -> bool:
    before, star, after = pattern
    if not star:
        return word == before
    return len(word) >= len(before + after) and word.startswith(before) and word.endswith(after)


_PURE: dict[str, Callable[[list[str]], str]] = {
    "subst": lambda given: given[2].replace(given[0], given[1]) if len(given) > 2 else "",
    "patsubst": lambda given: _patsubst(*given[:3]) if len(given) > 2 else "",
    "strip": lambda given: " ".join(given[0].split()),
    "filter": _filtered(True),
    "filter-out": _filtered(False),
    "findstring": lambda given: given[0] if given[0] in given[-1] else "",
    "sort": lambda given: " ".join(sorted(set(given[0].split()))),
    "firstword": _at(0),
    "lastword": _at(-1),
    "words": lambda given: str(len(given[0].split())),
    "dir": _each(_dir),
    "notdir": _each(lambda word: word.rpartition("/")[2]),
    "suffix": _each(lambda word: word[_dot(word) :]),
    "basename": _each(lambda word: word[: _dot(word)]),
    "addsuffix": lambda given: " ".join(word + given[0] for word in given[-1].split()),
    "addprefix": lambda given: " ".join(given[0] + word for word in given[-1].split()),
}
