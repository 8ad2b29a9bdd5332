"""What all parts of reading a JavaScript program share: its tables made ready, and its state."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from aileron.inline.found import Found
from aileron.inline.js import tables
from aileron.inline.js.names import Names
from aileron.inline.trees import Node
from aileron.inline.words import names


@dataclass(frozen=True, slots=True)
class Effect:
    """What a call does to its argument of this number."""

    kind: str
    number: int


def _computes() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for line in tables.COMPUTES.replace("\n  ", " ").splitlines():
        module, _, known = line.partition(":")
        if module:
            found[module] = names(known)
    return found


def _does() -> dict[str, tuple[Effect, ...]]:
    found: dict[str, tuple[Effect, ...]] = {}
    for line in tables.DOES.splitlines():
        name, *rest = line.split() or [""]
        pairs = zip(rest[::2], rest[1::2], strict=True)
        effects = tuple(Effect(kind, int(number)) for kind, number in pairs)
        module, _, function = name.rpartition(".")
        if not name:
            continue
        found[name] = effects
        if module in ("fs", "Deno", "rimraf", "mkdirp"):
            found[f"{name}Sync"] = found[f"{name}.sync"] = effects
        if module == "fs":
            found[f"fs.promises.{function}"] = effects
    return found


COMPUTES: Mapping[str, frozenset[str]] = _computes()
DOES: Mapping[str, tuple[Effect, ...]] = _does()
GLOBALS = COMPUTES["global"]
# What has a reading of its own (`calls.py`, `starts.py`, `network.py`).
SPECIAL: set[str] = set()
_OBJECTS = names("""
    console process require module exports globalThis global Deno Bun import.meta process.env
    Object.prototype Array.prototype process.report fs.promises
    """)


@functools.lru_cache(4096)
def classify(dotted: str) -> str:
    """module, does, computes, member (of what computes) or unknown."""
    if dotted in SPECIAL or dotted in DOES:
        return "does"
    if _is_explicit(dotted):
        return "computes"
    before, _, name = dotted.rpartition(".")
    if not before:
        if dotted in GLOBALS:
            return "computes"
        module = dotted in tables.MODULES or dotted in _OBJECTS
        return "module" if module else "unknown"
    if dotted in tables.NOT:
        return "unknown"
    known = COMPUTES.get(before)
    if known is not None and name in known:
        return "computes"
    if dotted in _OBJECTS or dotted in COMPUTES:
        return "module"
    if name in tables.FORBIDDEN:
        return "unknown"
    if known is not None and "*" in known:
        return "computes"
    above = classify(before)
    if known is not None or above in ("module", "unknown", "does"):
        return "unknown"
    return "member"


@functools.cache
def _explicit() -> frozenset[str]:
    """Names with dots in them that the table has, and what leads to them."""
    found = set()
    for module, known in COMPUTES.items():
        for name in known:
            parts = name.split(".")
            found |= {f"{module}.{'.'.join(parts[:n])}" for n in range(2, len(parts) + 1)}
    return frozenset(found)


def _is_explicit(dotted: str) -> bool:
    return dotted in _explicit()


@dataclass(slots=True)
class Run(Found):
    """One reading of one program.

    `wild`: a value may come from a key that is not known, and so be JavaScript's own.
    `stores`: something may be stored into such a value.  `loose`: such a value may be called.
    `shaken`: both of the first, so that what methods and loops yield is not known.
    `feeds`: a program that was started may be given input.
    """

    names: Names
    argv: tuple[str | None, ...] = ()
    fixed_arguments: bool = True  # nothing changes process.argv
    shaken: bool = False
    wild: bool = False
    stores: bool = False
    loose: bool = False
    feeds: bool = False
    functions: dict[str, Node] = field(default_factory=dict)
    imported: set[str] = field(default_factory=set)  # local modules
    started: list[tuple[Node, list[str]]] = field(default_factory=list)  # without waiting


def arguments(call: Node) -> list[Node]:
    """The arguments of a call as they stand."""
    found = call.fields.get("arguments")
    return found.parts if found is not None and found.kind == "arguments" else []


def is_spread(call: Node) -> bool:
    return any(one.kind == "spread_element" for one in arguments(call))


def unwrapped(node: Node) -> Node:
    """An expression without the parentheses around it."""
    while node.kind == "parenthesized_expression" and len(node.parts) == 1:
        node = node.parts[0]
    return node


def outside(node: Node) -> Node | None:
    """What stands around an expression and its parentheses."""
    here = node.parent
    while here is not None and here.kind == "parenthesized_expression":
        if here.parent is None or here.parent.kind.endswith("_statement"):
            return here
        here = here.parent
    return here
