"""What calls give back, where that is worth knowing: they do nothing beside."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from aileron.inline import values
from aileron.inline.js import paths
from aileron.inline.values import FILE, LEAF, NONE, NUMBER, OPAQUE, Value
from aileron.inline.words import names

Arguments = Sequence[Value]
_GOES_ON = re.compile(r"[^/]*[^./$][^/]*")


def plain(value: Value) -> Value:
    """A value as it stands in a text."""
    if value.items is not None or value.named is not None or value.each is not None:
        return OPAQUE
    return value if value.kind not in ("callable", "file", "none") else OPAQUE


def _join(arguments: Arguments) -> Value:
    """path.join puts parts one behind the other: an absolute one stays below."""
    parts = [replace(plain(one), kind="data") for one in arguments]
    known = list(itertools.takewhile(lambda one: one.texts is not None, parts))
    rest = parts[len(known) :]
    start = _put_together(known)
    if start.texts is None:
        return OPAQUE
    if not rest:
        return start
    for one in rest:
        if one.texts is not None and any(text[:1] in ("", "/", "\0") for text in one.texts):
            return OPAQUE
        if one.prefix[:1] in ("/", "\0") and (known or one is not rest[0]):
            return OPAQUE
    return values.joined([start, *rest] if known else rest, "data")


def _put_together(parts: Sequence[Value]) -> Value:
    if math.prod(len(one.texts or ()) for one in parts) > values.MOST:
        return OPAQUE
    found: list[str] = []
    for texts in itertools.product(*(one.texts or () for one in parts)):
        whole = paths.normalized("/".join(filter(None, texts)))
        if whole is None:
            return OPAQUE
        found.append(whole)
    return values.text(*found)


def _resolve(arguments: Arguments) -> Value:
    """path.resolve gives a whole path: what stands before an absolute part does not count."""
    parts = [replace(plain(one), kind="data") for one in arguments]
    whole = values.joined([values.text(values.START), *parts], "data")
    return whole if whole.texts is None else _each(paths.resolved)(whole)


def _each(function: Callable[[str], str | None]) -> Callable[[Value], Value]:
    def compute(value: Value) -> Value:
        found = [function(one) for one in value.texts or (None,) if one is not None]
        if not found or any(one is None for one in found):
            return OPAQUE
        return values.text(*(one for one in found if one is not None))

    return compute


def _basename(arguments: Arguments) -> Value:
    first = plain(arguments[0]) if arguments else OPAQUE
    ending = arguments[1] if len(arguments) > 1 else values.text("")
    if first.texts is not None and ending.texts is not None and len(ending.texts) == 1:
        (cut,) = ending.texts
        return _each(lambda one: paths.base(one, cut))(first)
    if first.leaf or (first.below and not first.edge):
        return LEAF if len(arguments) == 1 and not first.edge else replace(LEAF, edge=True)
    return OPAQUE


def _dirname(arguments: Arguments) -> Value:
    return _each(paths.folder)(plain(arguments[0]) if arguments else OPAQUE)


def _normalize(arguments: Arguments) -> Value:
    return _each(paths.normalized)(plain(arguments[0]) if arguments else OPAQUE)


def _same(arguments: Arguments) -> Value:
    return plain(arguments[0]) if arguments else OPAQUE


def _text(arguments: Arguments) -> Value:
    if len(arguments) != 1:
        return OPAQUE
    return values.concatenated([replace(plain(arguments[0]), kind="data")])


def _keys(arguments: Arguments) -> Value:
    first = arguments[0] if arguments else OPAQUE
    if first.named is not None:
        return values.many(values.text(*(key for key, _ in first.named)))
    return values.many(NUMBER if first.items is not None else OPAQUE)


def _values(arguments: Arguments) -> Value:
    first = arguments[0] if arguments else OPAQUE
    if first.named:
        return values.many(values.join(one for _, one in first.named))
    return values.many(values.element(first) if first.items is not None else OPAQUE)


def _entries(arguments: Arguments) -> Value:
    first = arguments[0] if arguments else OPAQUE
    if not first.named:
        return values.many(values.sequence((OPAQUE, OPAQUE), False))
    if len(first.named) <= 16:
        pairs = (values.sequence((values.text(key), one), False) for key, one in first.named)
        return values.sequence(pairs)
    key = values.text(*(key for key, _ in first.named))
    one = values.join(one for _, one in first.named)
    return values.many(values.sequence((key, one), False))


def _listed(arguments: Arguments) -> Value:
    return values.many(values.element(arguments[0])) if len(arguments) == 1 else OPAQUE


def _number(arguments: Arguments) -> Value:
    return NUMBER


def _first(arguments: Arguments) -> Value:
    return arguments[0] if len(arguments) == 1 else OPAQUE


RESULTS: dict[str, Callable[[Arguments], Value]] = {
    "path.join": _join,
    "path.resolve": _resolve,
    "path.normalize": _normalize,
    "path.basename": _basename,
    "path.dirname": _dirname,
    "os.homedir": lambda arguments: values.text(values.HOME),
    "os.tmpdir": lambda arguments: values.text("/tmp"),
    "process.cwd": lambda arguments: values.text(values.START),
    "Deno.cwd": lambda arguments: values.text(values.START),
    "String": _text,
    "Object.keys": _keys,
    "Object.values": _values,
    "Object.entries": _entries,
    "Array.from": _listed,
    "Promise.all": _first,
    "Promise.resolve": _first,
    "Object.freeze": _first,
    **dict.fromkeys(
        names(
            "Number parseInt parseFloat isNaN isFinite Boolean Date.now process.uptime"
            " perf_hooks.performance.now Buffer.byteLength Math.floor Math.round Math.max Math.min"
            " Math.random Math.ceil Math.abs Math.trunc Math.pow fs.existsSync Array.isArray"
        ),
        _number,
    ),
}

_NUMBERS = names("""
    indexOf lastIndexOf charCodeAt codePointAt localeCompare search includes startsWith endsWith
    test has some every findIndex findLastIndex getTime getFullYear getMonth getDate getDay
    getHours getMinutes getSeconds getMilliseconds isFile isDirectory isSymbolicLink push
    """)
_SAME_ELEMENTS = names("filter slice sort reverse toSorted toReversed splice")
_ONE_ELEMENT = names("find findLast pop shift at")
_CASES: dict[str, Callable[[str], str]] = {
    "trim": str.strip,
    "trimEnd": str.rstrip,
    "trimStart": str.lstrip,
    "toString": str,
}


def method(base: Value, name: str, arguments: Arguments, returned: Value | None) -> Value:
    """What a method yields; `returned` is what the function that it was given does."""
    if name in _NUMBERS:
        return NUMBER
    if base.kind == "file":
        return FILE if name in ("on", "once", "setEncoding", "resume", "pipe") else OPAQUE
    if name in ("then", "catch", "finally"):
        if name == "then":
            return returned if returned is not None and len(arguments) == 1 else OPAQUE
        return base if returned is None else values.join([base, returned])
    if base.items is not None or base.each is not None:
        return _of_list(base, name, arguments, returned)
    if base.kind == "number":
        digits = name == "padStart" and len(arguments) > 1 and arguments[1].texts == ("0",)
        return LEAF if name in ("toString", "toFixed") or digits else OPAQUE
    base = plain(base)
    if base.leaf and name in ("replace", "replaceAll") and len(arguments) == 2:
        texts = arguments[1].texts
        if texts is not None and all(map(_GOES_ON.fullmatch, texts)):
            return replace(base, texts=None, kind="data")
        return replace(LEAF, edge=True) if texts == ("",) else OPAQUE
    if base.leaf and name in ("toLowerCase", "toUpperCase", "toString"):
        return replace(base, texts=None)
    if base.leaf and name == "padStart" and len(arguments) > 1 and arguments[1].texts == ("0",):
        return replace(LEAF, edge=base.edge)
    unsure = any(one.texts is not None and one.edge for one in arguments)
    if base.texts is None or unsure or any("\0" in one for one in base.texts):
        return OPAQUE
    return _of_text(base, name, arguments)


def _of_list(base: Value, name: str, arguments: Arguments, returned: Value | None) -> Value:
    if name in ("map", "flatMap"):
        single = returned is not None and name == "map"
        return values.many(returned if single and returned is not None else OPAQUE)
    if name == "slice" and base.items is not None and len(arguments) == 1:
        start = arguments[0].texts
        if start is not None and start[0].isdigit() and len(start) == 1:
            return values.sequence(base.items[int(start[0]) :])
    if name == "concat":
        more = [values.element(one) if one.items or one.each else one for one in arguments]
        return values.many(values.join([values.element(base), *more]))
    if name in _SAME_ELEMENTS:
        return values.many(values.element(base))
    if name in _ONE_ELEMENT:
        return values.maybe_missing(values.element(base))
    if name == "entries" and base.name != "set":
        return values.many(values.sequence((NUMBER, values.element(base)), False))
    if name == "join" and base.items is not None:
        between = arguments[0] if arguments else values.text(",")
        whole: list[Value] = []
        for number, one in enumerate(base.items):
            whole += [between] * (number > 0) + [plain(one)]
        odd = any(one.name == "*" or one.kind == "none" for one in base.items)
        return OPAQUE if odd else values.concatenated(whole, missing="")
    return NONE if name == "forEach" else OPAQUE


def _of_text(base: Value, name: str, arguments: Arguments) -> Value:
    texts = base.texts or ()
    if name in _CASES and not arguments:
        return values.text(*map(_CASES[name], texts))
    if name == "concat":
        return values.concatenated([base, *map(plain, arguments)])
    first = arguments[0].texts if arguments else None
    if name == "split" and len(texts) == 1 and first is not None and len(arguments) == 1:
        if len(first) == 1 and first[0] and arguments[0].kind == "data":
            return values.sequence(map(values.text, texts[0].split(first[0])))
        return OPAQUE
    if name in ("replace", "replaceAll") and len(arguments) == 2:
        second = arguments[1].texts
        plain_texts = first is not None and second is not None and len(first) == len(second) == 1
        if plain_texts and first and second and first[0] and "$" not in second[0]:
            count = 1 if name == "replace" else -1
            return values.text(*(one.replace(first[0], second[0], count) for one in texts))
    return OPAQUE
