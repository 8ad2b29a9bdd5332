"""What may be read from a value, and what its methods do.

A method that is not known to be harmless under its name, on whatever it is
called, is unknown; so is every name that leads out of what was proven.
"""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from aileron.inline import values
from aileron.inline.core import METHODS, Run, argument, is_spread, keyword
from aileron.inline.method_tables import (
    CLOSED,
    DUNDERS,
    HARMFUL,
    HARMLESS,
    PLAIN_KEYWORDS,
    STATISTICS,
)
from aileron.inline.values import FILE, FOREIGN, HOME, LEAF, NUMBER, OPAQUE, Value
from aileron.inline.words import names

Evaluate = Callable[[ast.expr], Value]
_SPECIAL = names("""
    replace open write add extract extractall dump query eval apply agg aggregate
    transform load copy pipe applymap execute executemany executescript
""")
_QUERY = re.compile(r"(?:(?!__)[\w\s<>=!&|,.'\"+*/%\[\]-])*")
_ONE_STATEMENT = re.compile(
    r"\s*(select|insert|update|delete|create\s+(unique\s+)?(table|index|view)|drop|alter\s+table"
    r"|explain|with|begin|commit|replace|pragma\s+(table_info|index_list|user_version))\b",
    re.IGNORECASE,
)
_SQL_DOES = re.compile(
    r"attach|vacuum|load_extension|writefile|readfile|edit\s*\(|outfile|pragma\s+(?!table_info"
    r"|index_list|user_version|foreign_keys|journal_mode|integrity_check)|copy\s|xp_|pg_",
    re.IGNORECASE,
)


# Private, and yet what it says: `_get_cache_folder`.
_ONLY_GIVES = re.compile(r"_(get|is|has)_[a-z]")

# A program that gives any class one of these makes paths mean something else.
_OF_PATHS = names("""
    parent name stem suffix resolve absolute joinpath expanduser with_suffix with_name with_stem
    home cwd iterdir glob rglob walk path rename
    """)


def refused(name: str, run: Run, base: ast.expr | None = None) -> str:
    """Why an attribute of this name may not be looked at, "" if it may."""
    if name.startswith("__") and name.endswith("__"):
        return "" if name in DUNDERS else f"{name} leads into Python itself"
    if name in HARMFUL:
        return f".{name} of a value that is not known"
    if name.startswith("_") and name not in HARMLESS and not _ONLY_GIVES.match(name):
        own = isinstance(base, ast.Name) and base.id in ("self", "cls")
        if not (own and _is_own(name, run)):
            return f".{name} is private to a library"
    return ""


def _is_own(name: str, run: Run) -> bool:
    """Whether a method of this name can only be one of the program's own."""
    return name in run.names.members and run.modules <= CLOSED


def attribute(base: Value, name: str, run: Run) -> Value:
    """A value's attribute, after `refused` had nothing to say."""
    if run.names.members & _OF_PATHS:
        base = replace(base, texts=None, prefix="", below=False)
    if base.kind == "path":
        return _of_path(base, name)
    if base.kind in ("foreign", "file"):
        return base if base.kind == "foreign" or name == "buffer" else OPAQUE
    if name == "name" and base.below and not base.edge:
        return LEAF  # of an entry of a folder: one file name
    if name == "path" and base.below:
        return base
    return OPAQUE


def _plain(path: str) -> str:
    """A path as pathlib writes it."""
    parts = "/".join(one for one in path.split("/") if one not in ("", "."))
    return f"/{parts}" if path.startswith("/") else parts or "."


def _parent(path: str) -> str:
    return posixpath.dirname(_plain(path)) or "."


def _name(path: str) -> str:
    return posixpath.basename(_plain(path)).removeprefix(".") and posixpath.basename(_plain(path))


def _split(path: str) -> tuple[str, str]:
    name = _name(path)
    at = name.rfind(".")
    return (name[:at], name[at:]) if 0 < at < len(name) - 1 else (name, "")


_PARTS: dict[str, Callable[[str], str]] = {
    "parent": _parent,
    "name": _name,
    "stem": lambda path: _split(path)[0],
    "suffix": lambda path: _split(path)[1],
}


def _of_path(base: Value, name: str) -> Value:
    compute = _PARTS.get(name)
    if compute is None:
        return OPAQUE
    if base.texts is not None and not any(one.startswith(HOME) for one in base.texts):
        found = values.text(*map(compute, base.texts))
        return replace(found, kind="path") if name == "parent" else found
    if name == "parent":
        return Value("path")
    if base.edge or not base.below or name not in ("name", "stem"):
        return OPAQUE
    return LEAF if name == "name" else replace(LEAF, edge=True)  # the stem of `...x` is `..`


def called(base: Value, name: str, call: ast.Call, arguments: Sequence[Value], run: Run) -> Value:
    """The result of `base.name(…)`; the arguments have been read."""
    switches(f".{name}()", call, run)
    if name in METHODS:
        return _does(base, name, call, arguments, run)
    if name in _SPECIAL:
        return _special(base, name, call, arguments, run)
    if base.kind == "foreign":
        if name in ("run", "call", "Popen"):
            run.unknown(f".{name}() of a module that is not known", call)
        return FOREIGN
    if name not in HARMLESS and not _is_own(name, run):
        run.unknown(f"calls .{name}() of a value that is not known", call)
        return OPAQUE
    reads = name == "read" and "configparser" in run.modules and base.kind != "file"
    if reads and arguments and arguments[0].kind != "number":
        run.path("read", arguments[0], call)
    if run.names.members & _OF_PATHS:
        return Value("path") if base.kind == "path" else OPAQUE
    return _computed(base, name, arguments)


def _does(base: Value, name: str, call: ast.Call, arguments: Sequence[Value], run: Run) -> Value:
    if is_spread(call):
        run.unknown(f"calls .{name}() with what is decided at run time", call)
        return OPAQUE
    for effect in METHODS[name]:
        kind = {"list": "read", "found": "read"}.get(effect.kind, effect.kind)
        if effect.number == -1 or effect.kind == "found":
            if base.kind == "foreign" and base.texts is None and name in ("walk", "glob"):
                return FOREIGN
            run.path(kind, base, call)
            continue
        node = argument(call, effect)
        if node is None:
            if call.keywords and any(one.arg not in PLAIN_KEYWORDS for one in call.keywords):
                run.path(kind, OPAQUE, call)
            continue
        position = next((n for n, one in enumerate(call.args) if one is node), None)
        value = arguments[position] if position is not None else OPAQUE
        if position is None and isinstance(node, ast.Constant) and isinstance(node.value, str):
            value = values.text(node.value)
        run.path(kind, value, call)
    if run.names.members & _OF_PATHS:
        return OPAQUE
    if name in ("iterdir", "glob", "rglob"):
        return values.many(_found_in(base, name, arguments))
    if name == "rename" and call.args and base.kind == "path":
        return replace(arguments[0], kind="path")
    return OPAQUE


def _found_in(base: Value, name: str, arguments: Sequence[Value]) -> Value:
    pattern = arguments[0].texts if arguments else ("*",)
    if pattern is None or any(".." in one for one in pattern):
        return Value("path")
    # `**` alone finds the folder itself, too.
    edge = any(not one.strip("*/.") and name != "iterdir" and "**" in one for one in pattern)
    edge = edge or any(one in ("", ".") for one in pattern)
    if base.texts is not None and len(base.texts) == 1:
        return values.below(base.texts[0] or ".", "path", edge)
    return Value("path", prefix=base.prefix, below=base.below, edge=edge)


def _special(base: Value, name: str, call: ast.Call, arguments: Sequence[Value], run: Run) -> Value:
    first = arguments[0] if arguments else OPAQUE
    if name == "replace":
        # Only pathlib's takes one argument, and by position or as `target`.
        if len(call.args) == 1 and first.items is None and first.each is None:
            if not isinstance(call.args[0], ast.Dict):
                run.path("delete", base, call)
                run.path("write", first, call)
        elif is_spread(call) or keyword(call, "target") is not None:
            run.unknown("calls .replace() with what is decided at run time", call)
        return _computed(base, name, arguments)
    if name == "open":
        mode = call.args[0] if call.args else keyword(call, "mode")
        run.path("read" if reads_only(mode) and not is_spread(call) else "write", base, call)
        return FILE
    if name == "write":
        return _write(base, call, first, run)
    if name == "dump":
        target = arguments[1] if len(arguments) > 1 else first
        run.path("write", target, call)
        return OPAQUE
    if name in ("extract", "extractall", "add"):
        archive = next((one for one in ("tarfile", "zipfile") if one in run.modules), None)
        if archive is not None and (name != "add" or archive == "tarfile"):
            run.path("read" if name == "add" else "write", first if name == "add" else OPAQUE, call)
        return OPAQUE
    if name == "eval" and not arguments and not call.keywords:
        return base  # of a network: no more training
    if name in ("query", "eval"):
        plain = all(one.texts and all(map(_QUERY.fullmatch, one.texts)) for one in arguments)
        if not plain or call.keywords:
            run.unknown(f".{name}() evaluates what it is given", call)
        return OPAQUE
    if name == "copy":
        # Only pathlib's takes where to, from Python 3.14 on.
        if (call.args and base.kind not in ("foreign", "callable")) or is_spread(call):
            run.path("read", base, call)
            run.path("write", first, call)
        return _computed(base, name, arguments)
    if name == "load":
        if "importlib" in run.modules:
            run.unknown("calls .load() of a value that is not known", call)
        return OPAQUE
    if name.startswith("execute"):
        return _sql(name, call, first, run)
    for one in ast.walk(call):
        text = one.value if isinstance(one, ast.Constant) else None
        if text in METHODS or text in _SPECIAL or text in HARMFUL:
            run.unknown(f".{name}() calls a method by its name", call)
    if not all(_is_function(one, value) for one, value in zip(call.args, arguments, strict=False)):
        run.unknown(f".{name}() calls what is decided at run time", call)
    named = [one.value for one in call.keywords]
    named = [one.elts[-1] if isinstance(one, ast.Tuple) and one.elts else one for one in named]
    plain = all(isinstance(one, ast.Constant) or _is_function(one, OPAQUE) for one in named)
    if not plain or any(one.arg in (None, "func", "args", "kwds") for one in call.keywords):
        run.unknown(f".{name}() calls what is decided at run time", call)
    return FOREIGN if base.kind == "foreign" else OPAQUE


def _is_function(node: ast.expr, value: Value) -> bool:
    """A function, or literal names of statistics."""
    if value.kind in ("callable", "foreign") or isinstance(node, ast.Lambda):
        return True
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, str) or node.value in STATISTICS
    if isinstance(node, ast.List | ast.Tuple):
        return all(_is_function(one, OPAQUE) for one in node.elts)
    if isinstance(node, ast.Dict):
        return all(_is_function(one, OPAQUE) for one in node.values)
    return False


def _write(base: Value, call: ast.Call, first: Value, run: Run) -> Value:
    """`write` of a file takes text; that of a tree or an archive takes a path."""
    if base.kind != "file" and "write" not in run.names.members:
        if run.modules & {"xml", "lxml"}:
            run.path("write", first, call)
        elif "zipfile" in run.modules:
            run.path("read", first, call)
    return NUMBER


def _sql(name: str, call: ast.Call, first: Value, run: Run) -> Value:
    if first.texts is not None:
        if any(_SQL_DOES.search(one) for one in first.texts):
            run.unknown("the SQL may read or write other files", call)
    elif not (name != "executescript" and _ONE_STATEMENT.match(first.prefix)):
        run.unknown("the SQL is decided at run time", call)
    return OPAQUE


def reads_only(mode: ast.expr | None) -> bool:
    """Whether a mode given to open only reads."""
    if mode is None:
        return True
    if not isinstance(mode, ast.Constant) or not isinstance(mode.value, str):
        return False
    return not set(mode.value) & set("wax+")


def _computed(base: Value, name: str, arguments: Sequence[Value]) -> Value:
    """Results that are worth knowing: paths, words, file names."""
    if base.kind == "foreign":
        return FOREIGN
    if base.kind == "callable" and name in _STAYS:
        return base
    if base.kind == "path":
        if name in ("resolve", "absolute"):
            climbs = base.texts is not None and any(".." in one for one in base.texts)
            return Value("path") if climbs else base
        if name == "joinpath":
            return values.joined([base, *arguments], "path")
        if name == "expanduser":
            return home(base)
        if name in ("with_suffix", "with_name", "with_stem") and arguments:
            return _with(base, name, arguments[0])
        if name == "relative_to":
            return Value("path")
        return Value("path") if name in ("home", "cwd") else OPAQUE
    if base.texts is not None and len(base.texts) == 1:
        only = base.texts[0]
        if name == "split" and not arguments:
            return values.sequence(map(values.text, only.split()))
        if name == "join" and arguments:
            return _join(only, arguments[0])
        if name == "format":
            return Value(prefix=only.partition("{")[0])
        if name == "strip" and not arguments:
            return values.text(only.strip())
        if name == "splitlines" and not arguments:
            return values.sequence(map(values.text, only.splitlines()))
    if name == "items":
        if base.under is not None:
            return values.many(values.sequence((base.each or OPAQUE, base.under), False))
        return values.many(values.sequence((OPAQUE, OPAQUE), False))
    if name == "keys" and base.each is not None:
        return values.many(base.each)
    if name == "values" and base.under is not None:
        return values.many(base.under)
    if name in ("read", "readline", "getvalue", "text"):
        return OPAQUE
    return OPAQUE


def _with(base: Value, name: str, other: Value) -> Value:
    if other.texts is None or any("/" in one or one == ".." for one in other.texts):
        return Value("path")
    if base.texts is not None and len(base.texts) * len(other.texts) <= values.MOST:
        pairs = [(one, two) for one in base.texts for two in other.texts]
        return values.text(*(_changed(one, name, two) for one, two in pairs), kind="path")
    return Value("path") if base.edge else replace(base, kind="path", texts=None)


def _changed(path: str, name: str, other: str) -> str:
    stem, suffix = _split(path)
    after = {"with_name": other, "with_suffix": stem + other, "with_stem": other + suffix}[name]
    return posixpath.join(posixpath.dirname(_plain(path)), after)


def _join(between: str, parts: Value) -> Value:
    if parts.items is None:
        return OPAQUE
    whole: list[Value] = []
    for number, one in enumerate(parts.items):
        whole += [values.text(between)] * (number > 0) + [one]
    return values.concatenated(whole)


def home(path: Value) -> Value:
    """A path whose `~` is made the home folder; that of others is not known."""
    if path.texts is None:
        return path if path.prefix.startswith("/") else Value(path.kind)
    if any(_OTHER_HOME.match(one) for one in path.texts):
        return Value(path.kind)
    expanded = (HOME + one[1:] if one.startswith("~") else one for one in path.texts)
    return values.text(*expanded, kind=path.kind)


_STAYS = names("to cuda cpu train float double half")  # of a network: what it gives is itself
_OTHER_HOME = re.compile("~[^/]")
_SWITCHES = names("""
    allow_pickle trust_remote_code backend shell executable uri input memory plotting
""")


def switches(what: str, call: ast.Call, run: Run) -> None:
    """Arguments that make a function run or read more than its table says."""
    for one in call.keywords:
        off = isinstance(one.value, ast.Constant) and not one.value.value
        if one.arg in _SWITCHES and not off:
            run.unknown(f"calls {what} with {one.arg}", call)
