"""What all parts of reading a program share: the tables made ready, and the deeds found so far."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from aileron.inline import method_tables, package_tables, python_tables
from aileron.inline.found import Found
from aileron.inline.names import Names
from aileron.inline.words import names


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call does to one argument: `number` -1 is the object itself, -2 none by position."""

    kind: str
    number: int
    keyword: str


def _computes(*tables: str) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for table in tables:
        for line in table.replace("\n  ", " ").splitlines():
            module, _, names = line.partition(":")
            if module:
                found[module] = frozenset(names.split())
    return found


def _effects(*tables: str) -> dict[str, tuple[Effect, ...]]:
    found: dict[str, tuple[Effect, ...]] = {}
    for line in "\n".join(tables).splitlines():
        name, *rest = line.split() or [""]
        pairs = zip(rest[::2], rest[1::2], strict=True)
        effects = []
        for kind, where in pairs:
            number, _, keyword = where.partition(":")
            at = -1 if where == "self" else int(number or -2)
            effects.append(Effect(kind, at, keyword))
        if name:
            found[name] = tuple(effects)
    return found


def _modules(names: Iterator[str]) -> frozenset[str]:
    found = set()
    for name in names:
        parts = name.split(".")
        found |= {".".join(parts[: n + 1]) for n in range(len(parts))}
    return frozenset(found)


COMPUTES: Mapping[str, frozenset[str]] = _computes(python_tables.COMPUTES, package_tables.COMPUTES)
DOES: Mapping[str, tuple[Effect, ...]] = _effects(python_tables.DOES, package_tables.DOES)
METHODS: Mapping[str, tuple[Effect, ...]] = _effects(method_tables.DOES)
_LIBRARY = frozenset(one.partition(".")[0] for one in _computes(python_tables.COMPUTES))
STANDARD = (python_tables.OTHERS | _LIBRARY) - {"builtins"}

# Functions with a reading of their own (`calls.py`, `commands.py`, `expressions.py`).
SPECIAL: set[str] = set()

# Modules of Python's own that are harmless, and whose names functions have, too.
_ALSO_FUNCTIONS = names("array time copy select trace random string calendar")

MODULES = _modules(
    name
    for name in (
        *COMPUTES,
        *(one.rpartition(".")[0] for one in DOES),
        *("subprocess", "runpy", "importlib.util", "pty", "matplotlib.image"),
    )
)
KNOWN = frozenset(one.partition(".")[0] for one in MODULES)


@functools.lru_cache(4096)
def classify(dotted: str) -> str:
    """module, does, computes, member (of what computes), foreign or unknown."""
    if dotted in SPECIAL or dotted in DOES:
        return "does"
    if dotted in MODULES:
        return "module"
    module, _, name = dotted.rpartition(".")
    if not module:
        refused = name in python_tables.OTHERS or name in package_tables.REFUSED
        return "unknown" if refused else "foreign"
    names = COMPUTES.get(module, frozenset())
    if name in names:
        return "computes"
    if "*" in names and name[0] != "_" and dotted not in package_tables.NOT:
        return "unknown" if name in STANDARD - _ALSO_FUNCTIONS else "computes"
    before = classify(module)
    if before in ("computes", "member"):
        return "member"
    if before == "foreign":
        return "unknown" if name in method_tables.HARMFUL else "foreign"
    return "unknown"


@dataclass(slots=True)
class Run(Found):
    """One reading of one program."""

    names: Names
    argv: tuple[str | None, ...] = ()
    modules: set[str] = field(default_factory=set)  # the first part of all that is imported


def argument(call: ast.Call, effect: Effect) -> ast.expr | None:
    """The argument that an effect speaks about, None where it is not given."""
    if 0 <= effect.number < len(call.args):
        return call.args[effect.number]
    return keyword(call, effect.keyword)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == name), None)


def is_spread(call: ast.Call) -> bool:
    """Whether `*xs` or `**xs` hides which arguments there are."""
    return any(isinstance(one, ast.Starred) for one in call.args) or any(
        one.arg is None for one in call.keywords
    )
