"""What is known of a value while a program is read.

All values that a program holds are tame: data, files that were opened with a
deed of their own, harmless functions, and objects of libraries whose harmful
methods are known by name.  Modules and functions that do something are `ref`s,
which may only be called or asked for an attribute, never held.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

HOME = "\0~"  # how a text starts that is the home folder: no source text can hold it
START = "\0."  # the same of the folder that the program starts in, by its whole path
MOST = 32  # texts that one value may have before it counts as decided at run time
LONGEST = 64 * 1024  # of one text
LARGEST = 256  # parts of one value, with all in them


@dataclass(frozen=True, slots=True)
class Value:
    """`kind` is data, number, path (of pathlib), file, callable, foreign, none, or ref (to `name`).

    `texts` are all the strings it may be, None if that is decided at run time;
    then it starts with `prefix`, and with `below` stays in that folder.  `leaf`
    means that it is a number or a single file name.  `items` are the parts of a
    list or tuple in order, `each` is what going through it yields, `under` what
    a dictionary holds under its keys; `named` is what stands under which key, where all of
    them are known.  `mutable` may be changed in place.  `edge`
    means that it may be the folder itself, or a leaf that is `..`; of `texts`, that it may be
    none of them, but nothing at all, which is a word of its own where it is put into a text.
    `fixed` is below a folder, with a name of which a part is known: not all that is there.
    """

    kind: str = "data"
    texts: tuple[str, ...] | None = None
    prefix: str = ""
    below: bool = False
    leaf: bool = False
    edge: bool = False
    fixed: bool = False
    items: tuple[Value, ...] | None = None
    each: Value | None = None
    under: Value | None = None
    named: tuple[tuple[str, Value], ...] | None = None
    mutable: bool = False
    name: str = ""
    size: int = 1


OPAQUE = Value()
NUMBER = Value("number", leaf=True)
LEAF = Value(leaf=True)
FILE = Value("file")
CALLABLE = Value("callable")
FOREIGN = Value("foreign")
NONE = Value("none")


def text(*values: str, kind: str = "data") -> Value:
    return Value(kind, tuple(dict.fromkeys(values)) if len(values) <= MOST else None)


def ref(name: str) -> Value:
    return Value("ref", name=name)


def below(folder: str, kind: str = "data", edge: bool = False) -> Value:
    """Something found in a folder."""
    prefix = folder if folder.endswith("/") else f"{folder}/"
    return Value(kind, prefix=prefix, below=True, edge=edge)


def sequence(items: Iterable[Value], mutable: bool = True) -> Value:
    parts = tuple(items)
    size = 1 + sum(one.size for one in parts)
    if size > LARGEST:
        return Value(mutable=mutable)
    return Value(items=parts, mutable=mutable, size=size)


def many(each: Value) -> Value:
    return mapping(each, None)


def mapping(each: Value, under: Value | None) -> Value:
    size = 1 + each.size + (under.size if under is not None else 0)
    return Value(each=each, under=under, mutable=True, size=size) if size <= LARGEST else OPAQUE


def record(parts: Iterable[tuple[str, Value]]) -> Value:
    """An object with these keys, the last of the same name."""
    named = tuple(dict(parts).items())
    size = 1 + sum(one.size for _, one in named)
    return Value(named=named, mutable=True, size=size) if size <= LARGEST else OPAQUE


def join(values: Iterable[Value]) -> Value:
    """What is known of a value that may be any of these."""
    given = list(dict.fromkeys(values))
    found = [one for one in given if one.kind != "none"]
    missing = len(found) < len(given)
    if not found:
        return NONE
    if len(found) == 1:
        return maybe_missing(found[0]) if missing else found[0]
    kinds = {one.kind for one in found}
    kind = kinds.pop() if len(kinds) == 1 else "data"
    mixed = len({one.kind == "number" for one in found}) > 1
    if all(one.texts is not None for one in found) and not mixed:
        every = dict.fromkeys(itertools.chain.from_iterable(one.texts or () for one in found))
        if len(every) <= MOST:
            edge = missing or any(one.edge for one in found)
            return Value(kind, tuple(every), leaf=all(one.leaf for one in found), edge=edge)
    if all(one.items is not None for one in found):
        sizes = {len(one.items or ()) for one in found}
        if len(sizes) == 1:
            parts = tuple(map(join, zip(*(one.items or () for one in found), strict=True)))
            return replace(sequence(parts, any(one.mutable for one in found)), kind=kind)
    if all(one.below for one in found) and len({one.prefix for one in found}) == 1:
        edge = any(one.edge for one in found)
        return Value(kind, prefix=found[0].prefix, below=True, edge=edge)
    if all(one.leaf for one in found):
        return Value(kind, leaf=True, edge=any(one.edge for one in found))
    if mixed:
        return OPAQUE
    starts = [start for one in found for start in (one.texts or (_start(one),))]
    return Value(kind, prefix=common_start(starts))


def maybe_missing(value: Value) -> Value:
    """The value, or nothing at all."""
    return value if value.texts is None else replace(value, edge=True)


def element(value: Value) -> Value:
    """What going through a value yields."""
    if value.each is not None:
        return value.each
    if value.items is not None:
        return join(value.items) if value.items else OPAQUE
    return FOREIGN if value.kind == "foreign" else OPAQUE


def part(value: Value, number: int, of: int | None = None) -> Value:
    """The part of a list or tuple with this number; `of` where it is taken into so many names."""
    items = value.items
    if (
        items is not None
        and (of is None or of == len(items))
        and -len(items) <= number < len(items)
    ):
        return items[number]
    return element(value) if items is None else OPAQUE


def without_parts(value: Value) -> Value:
    """The value after something unknown may have changed it in place."""
    return OPAQUE if value.mutable else value


def without_mutable_parts(value: Value) -> Value:
    if value.items is not None:
        value = replace(value, items=tuple(map(_frozen, value.items)))
    if value.each is not None:
        value = replace(value, each=_frozen(value.each))
    if value.under is not None:
        value = replace(value, under=_frozen(value.under))
    if value.named is not None:
        value = replace(value, named=tuple((key, _frozen(one)) for key, one in value.named))
    return value


def _frozen(value: Value) -> Value:
    return OPAQUE if value.mutable else without_mutable_parts(value)


def concatenated(parts: Sequence[Value], kind: str = "data", missing: str = "undefined") -> Value:
    """Texts one behind the other; `missing` is what stands for nothing at all."""
    whole: list[str] | None = [""]
    prefix, is_below = "", False
    literal = ""  # what it starts with, whether or not it stays in a folder
    for number, one in enumerate(parts):
        texts = (*one.texts, missing) if one.texts is not None and one.edge else one.texts
        if whole is not None and texts is not None and _fit(whole, texts):
            whole = [before + after for before in whole for after in texts]
            continue
        rest = parts[number + 1] if number + 1 < len(parts) else text("")
        stays = not one.edge or _stays(one, rest)
        if whole is None:
            # What stands behind the first unknown part may keep or leave the folder.
            tails = one.texts
            harmless = (one.leaf and stays) if tails is None else not any(map(_climbs, tails))
            is_below = is_below and harmless
            continue
        prefix = common_start(whole)
        alone = len(whole) == 1 and not one.below and not one.leaf
        literal = prefix + one.prefix if alone else prefix
        if len(whole) == 1 and one.below and not prefix:
            prefix, is_below = (one.prefix, True) if stays else ("", False)
        elif len(whole) == 1 and one.leaf:
            is_below = stays and not _climbs(prefix) and not prefix.startswith(HOME)
            prefix = prefix[: prefix.rfind("/") + 1] or "./"
        elif not one.below:
            prefix += one.prefix
        whole = None
    if whole is not None:
        return Value(kind, tuple(dict.fromkeys(whole)))
    leaf = all(map(_is_leaf, parts))
    fixed = is_below and _names(parts)
    edge = leaf and all(one.edge or one.texts == ("",) for one in parts)
    prefix = prefix if is_below else literal
    return Value(kind, prefix=prefix, below=is_below, leaf=leaf, edge=edge, fixed=fixed)


def _names(parts: Sequence[Value]) -> bool:
    """Whether a part of the last name is literal in all that the parts may be."""
    for one in reversed(parts):
        if one.texts is None:
            if not one.leaf:
                return False
        elif all(_LITERAL.search(text) for text in one.texts):
            return True
        elif any("/" in text for text in one.texts):
            return False
    return False


_LITERAL = re.compile(r"\w[^/]*$")


def _fit(first: Sequence[str], second: Sequence[str]) -> bool:
    long = max(map(len, first), default=0) + max(map(len, second), default=0)
    return len(first) * len(second) <= MOST and long <= LONGEST


def _stays(one: Value, rest: Value) -> bool:
    """Whether a folder itself, or a leaf that may be `..`, is harmless before what follows."""
    pattern = _NAME_GOES_ON if one.leaf else _FOLDER_ENDS
    return rest.texts is not None and all(map(pattern.match, rest.texts))


_NAME_GOES_ON = re.compile(r"[^/]*[^./]")
_FOLDER_ENDS = re.compile("/|$")


def _is_leaf(value: Value) -> bool:
    if value.texts is None:
        return value.leaf
    return not any("/" in one or ".." in one or one[:1] == HOME[0] for one in value.texts)


def common_start(texts: Sequence[str]) -> str:
    least, most = min(texts), max(texts)
    same = next((n for n, sign in enumerate(least) if most[n] != sign), len(least))
    return least[:same]


def _start(value: Value) -> str:
    return "" if value.below else value.prefix


def _climbs(tail: str) -> bool:
    return ".." in tail


def joined(parts: Iterable[Value], kind: str) -> Value:
    """Paths joined as os.path.join does."""
    whole = text("")
    for number, one in enumerate(parts):
        if number == 0:
            whole = replace(one, kind=kind)
            continue
        if whole.texts is not None and one.texts is not None:
            if _fit(whole.texts, one.texts):
                both = (_join(a, b) for a in whole.texts for b in one.texts)
                whole = text(*both, kind=kind)
                continue
            whole = Value(kind)
        elif one.texts is not None and any(_climbs(b) or b[:1] in "/\0" for b in one.texts if b):
            whole = Value(kind)
        elif one.texts is not None:
            whole = below(".", kind) if whole.leaf else replace(whole, kind=kind)
        elif one.edge and one.leaf:
            whole = Value(kind)
        elif one.leaf and whole.texts is not None and len(whole.texts) == 1:
            whole = below(whole.texts[0] or ".", kind)
        elif one.leaf:
            whole = below(".", kind) if whole.leaf else replace(whole, kind=kind)
        elif one.prefix.startswith(("/", HOME)):
            whole = Value(kind, prefix=one.prefix, below=one.below)
        else:
            whole = Value(kind)  # the second may be absolute
    return whole


def _join(first: str, second: str) -> str:
    return second if second.startswith(HOME) else posixpath.join(first, second)
