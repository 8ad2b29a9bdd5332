"""Files: what the functions of `fs`, and those of Deno and Bun, do to which path."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from aileron.inline import values
from aileron.inline.js import core
from aileron.inline.js.core import DOES, Run, unwrapped
from aileron.inline.js.options import options, switch
from aileron.inline.trees import Node
from aileron.inline.values import FILE, LEAF, OPAQUE, Value
from aileron.inline.words import names

Evaluate = Callable[[Node], Value]
_OPENS = names("fs.open fs.openSync fs.promises.open")
_REMOVES = names("""
    fs.rm fs.rmSync fs.promises.rm fs.rmdir fs.rmdirSync fs.promises.rmdir Deno.remove
    Deno.removeSync
    """)
SPECIAL = _OPENS | _REMOVES | {"Bun.file"}
# Options that change nothing about which file it is, and whether it is written.
_PLAIN = names("""
    encoding mode signal flush recursive start end autoClose emitClose highWaterMark withFileTypes
    bigint persistent interval spaces force preserveTimestamps errorOnExist dereference filter
    maxRetries retryDelay append create parents EOL
    """)
_READS = names("r rs")


def call(dotted: str, node: Node, evaluate: Evaluate, run: Run) -> Value:
    given = core.arguments(node)
    if core.is_spread(node) or not given:
        run.unknown(f"calls {dotted} with what is decided at run time", node)
        return OPAQUE
    first = evaluate(given[0])
    if dotted in _OPENS:
        return _open(first, given[1:], node, evaluate, run)
    if dotted in _REMOVES:
        _path("delete-tree" if _is_tree(given[1:], evaluate, run) else "delete", first, node, run)
        return OPAQUE
    if dotted == "Bun.file":
        _path("read", first, node, run)
        if run.names.properties & {"write", "writer", "delete", "unlink"}:
            _path("write", first, node, run)
        return OPAQUE
    effects = DOES[dotted]
    result = OPAQUE
    for effect in effects:
        if effect.number >= len(given):
            continue
        path = evaluate(given[effect.number])
        if effect.kind == "descriptor":
            _descriptor(path, node, run)
        elif effect.kind == "list":
            _path("read", path, node, run)
            result = _listed(path, given[1:], evaluate, run)
        elif effect.kind == "below":
            result = _scratch(path, node, run)
        elif effect.kind != "none":
            _path(effect.kind, path, node, run)
    last = max(effect.number for effect in effects)
    kinds = {effect.kind for effect in effects}
    data = 1 if kinds == {"write"} and _takes_data(dotted) else 0
    _flags(dotted, kinds, given[last + 1 + data :], first, node, evaluate, run)
    return FILE if dotted.rpartition(".")[2].startswith("create") else result


def _takes_data(dotted: str) -> bool:
    return any(one in dotted for one in ("writeFile", "appendFile", "writeTextFile", "output"))


def _path(kind: str, value: Value, node: Node, run: Run) -> None:
    if value.kind == "number":
        _descriptor(value, node, run)
    elif value.items is not None or value.named is not None or value.each is not None:
        run.path(kind, OPAQUE, node)
    else:
        run.path(kind, value, node)


def _descriptor(value: Value, node: Node, run: Run) -> None:
    if value.texts is not None and not all(one in ("0", "1", "2") for one in value.texts):
        run.unknown("uses a descriptor that it did not open", node)


def _flags(
    dotted: str,
    kinds: set[str],
    rest: list[Node],
    first: Value,
    node: Node,
    evaluate: Evaluate,
    run: Run,
) -> None:
    """Options: a file that is read may be made by opening it."""
    for one in rest:
        if unwrapped(one).kind != "object":
            found = evaluate(one)
            if found.kind in ("callable", "number", "none") or found.texts is not None:
                continue
        known = options(one, run)
        if known is None or known.keys() - _PLAIN - {"flag", "flags"}:
            run.unknown(f"calls {dotted} with options that are not known", node)
            return
        for name in ("flag", "flags"):
            flag = evaluate(known[name]) if name in known else values.text("r")
            if kinds <= {"read"} and (flag.texts is None or not set(flag.texts) <= _READS):
                _path("write", first, node, run)


def _open(first: Value, rest: list[Node], node: Node, evaluate: Evaluate, run: Run) -> Value:
    flags = evaluate(rest[0]) if rest else values.text("r")
    texts = flags.texts if flags.kind == "data" else None
    if flags.kind == "callable":
        texts = ("r",)
    if texts is None or any("+" in one or one in _READS for one in texts):
        _path("read", first, node, run)
    if texts is None or not set(texts) <= _READS:
        _path("write", first, node, run)
    return FILE


def _is_tree(rest: list[Node], evaluate: Evaluate, run: Run) -> bool:
    for one in rest:
        if unwrapped(one).kind != "object" and evaluate(one).kind in ("callable", "none"):
            continue
        known = options(one, run)
        if known is None or "..." in known or switch(known.get("recursive")) is not False:
            return True
    return False


def _listed(folder: Value, rest: list[Node], evaluate: Evaluate, run: Run) -> Value:
    """The names in a folder; each is one file name, unless all that is below is asked for."""
    typed = False
    for one in rest:
        if unwrapped(one).kind != "object" and evaluate(one).kind in ("callable", "none"):
            continue
        known = options(one, run)
        if known is None and evaluate(one).texts is not None:
            continue
        if known is None or "..." in known or switch(known.get("recursive")) is not False:
            return values.many(OPAQUE)
        typed = typed or switch(known.get("withFileTypes")) is not False
    if not typed:
        return values.many(LEAF)
    only = folder.texts[0] if folder.texts is not None and len(folder.texts) == 1 else None
    return values.many(values.below(only) if only else OPAQUE)


def _scratch(prefix: Value, node: Node, run: Run) -> Value:
    """mkdtemp puts six letters behind what it is given."""
    if prefix.texts is None or len(prefix.texts) != 1:
        _path("write", prefix, node, run)
        return OPAQUE
    where = prefix.texts[0]
    folder = where if where.endswith("/") else posixpath.dirname(where)
    run.path("write", values.below(folder or "."), node)
    return values.below(folder or ".")
