"""What the functions of Ruby's classes do: to files, to the network, and what they give back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from aileron.inline import values
from aileron.inline.deeds import Deed
from aileron.inline.found import Found
from aileron.inline.ruby import tables
from aileron.inline.trees import Node
from aileron.inline.values import OPAQUE, Value
from aileron.inline.words import names

_REMOTE = re.compile(r"https?://[\w\[]", re.IGNORECASE)


def _lines(table: str) -> dict[str, frozenset[str]]:
    pairs = (line.partition(": ") for line in table.replace("\n  ", " ").splitlines() if line)
    return {name: names(known) for name, _, known in pairs}


COMPUTES = _lines(tables.COMPUTES)
DOES = {line.split()[0]: line.split()[1:] for line in tables.DOES.splitlines() if line}
CLASSES = {one.rpartition(".")[0] for one in DOES} | set(COMPUTES)


@dataclass(slots=True)
class Run(Found):
    argv: tuple[str | None, ...] = ()
    foreign: bool = False  # code of a package or of the project was loaded


def computed(dotted: str, given: list[Value]) -> Value:
    if dotted == "File.join" and given:
        if all(one.texts is not None or one.leaf for one in given):
            whole: list[Value] = []
            for number, one in enumerate(given):
                whole += [values.text("/")] * (number > 0) + [one]
            return values.concatenated(whole)
        return OPAQUE
    if dotted in ("URI.parse", "String.new") and len(given) == 1:
        return given[0]
    if dotted in ("Dir.home",):
        return values.text(values.HOME) if not given else OPAQUE
    if dotted == "File.basename" and len(given) == 1:
        return replace(values.LEAF, edge=True)
    return OPAQUE


def does(dotted: str, given: list[Value], arguments: list[Node], node: Node, run: Run) -> Value:
    spread = names("splat_argument hash_splat_argument block_argument")
    if any(one.kind in spread for one in arguments) or not given:
        run.unknown(f"calls {dotted} with what is decided at run time", node)
        return OPAQUE
    effects = DOES[dotted]
    result = OPAQUE
    for kind, at in zip(effects[::2], effects[1::2], strict=True):
        places = range(len(given)) if at == "*" else [int(at)]
        for place in places:
            if place < len(given):
                result = _effect(dotted, kind, given[place], given, node, run)
    return result


def _effect(dotted: str, kind: str, one: Value, given: list[Value], node: Node, run: Run) -> Value:
    if one.items is not None:
        for item in one.items:
            _effect(dotted, kind, item, given, node, run)
        return OPAQUE
    one = one if one.kind == "data" else OPAQUE
    if kind in ("fetch", "send"):
        known = one.texts is not None and all(map(_REMOTE.match, one.texts)) and len(given) == 1
        for text in one.texts if one.texts is not None else (None,):
            prefix = "" if text is not None else one.prefix
            run.add(Deed(kind if known else "send", text, prefix), node)
    elif kind == "open":
        mode = given[1].texts if len(given) > 1 else ("r",)
        if mode is None or any("r" in text for text in mode):
            run.path("read", one, node)
        if mode is None or any(set(text) & set("wa+") for text in mode):
            run.path("write", one, node)
    elif kind == "list":
        return _listed(dotted, one, node, run)
    else:
        run.path(kind, one, node)
    return OPAQUE


def _listed(dotted: str, one: Value, node: Node, run: Run) -> Value:
    if one.texts is None or len(one.texts) != 1:
        run.path("read", OPAQUE, node)
        return values.many(OPAQUE)
    (pattern,) = one.texts
    if dotted != "Dir.glob":
        run.path("read", one, node)
        return values.many(values.LEAF)
    magic = re.search(r"[*?\[{]", pattern)
    head = pattern if magic is None else pattern[: magic.start()]
    folder = head[: head.rfind("/") + 1]
    run.path("read", values.text(folder or "."), node)
    if magic is None or "{" in pattern or ".." in pattern[len(folder) :]:
        return values.many(OPAQUE)
    return values.many(values.below(folder or ".", edge=not pattern[len(folder) :].strip("*/")))
