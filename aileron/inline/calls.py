"""What calls of known functions do, and what they give back where that is worth knowing."""

from __future__ import annotations

import ast
import posixpath
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace

from aileron.inline import values
from aileron.inline.attributes import home, reads_only, switches
from aileron.inline.core import DOES, Run, argument, is_spread, keyword
from aileron.inline.deeds import Deed
from aileron.inline.names import Names
from aileron.inline.values import CALLABLE, FILE, LEAF, NUMBER, OPAQUE, Value

Arguments = Sequence[Value]
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSW|CREDENTIAL|AUTH|PWD$|_PAT$|DSN|COOKIE", re.IGNORECASE)
_NOT_SECRET = frozenset({"PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY"})
_REMOTE = re.compile(r"(?i)(https?|ftp|s3|gs|hf)://[\w\[]")
_MAGIC = re.compile(r"[*?\[]")


def table(dotted: str, call: ast.Call, evaluate: Callable[[ast.expr], Value], run: Run) -> Value:
    """A call of a function that a table describes."""
    if is_spread(call):
        run.unknown(f"calls {dotted} with what is decided at run time", call)
        return OPAQUE
    switches(dotted, call, run)
    if dotted == "sqlite3.connect" and len(call.args) > 1:
        run.unknown("opens a database in a way that is not read", call)
    result = OPAQUE
    for effect in DOES[dotted]:
        node = argument(call, effect)
        given = evaluate(node) if node is not None else None
        if effect.kind == "scratch":
            if given is not None:
                run.path("write", given, call)
            else:
                result = _scratch(dotted, call)
            continue
        if given is None:
            if effect.kind in ("list",):
                given = values.text(".")
            else:
                continue
        _effect(effect.kind, given, call, run)
        if effect.kind == "list":
            result = _listed(dotted, given, _only_narrows(call, run.names))
        elif effect.kind == "glob":
            root = keyword(call, "root_dir")
            result = _globbed(given, None if root is None else evaluate(root))
    if dotted.endswith(("rename", "replace", "copy", "copyfile", "move")):
        return OPAQUE
    return result


def _effect(kind: str, given: Value, call: ast.Call, run: Run) -> None:
    match kind:
        case "source":
            run.source(given, call)
        case "list":
            run.path("read", given, call)
        case "glob":
            for one in given.texts or (None,):
                folder = OPAQUE if one is None else values.text(_glob_folder(one)[0] or ".")
                run.path("read", folder if one is not None else replace(given, items=None), call)
        case "both":
            run.path("read", given, call)
            run.path("write", given, call)
        case "fetch":
            url("fetch", given, call, run)
        case _:
            run.path(kind, given, call)


def url(kind: str, given: Value, node: ast.AST, run: Run) -> None:
    if given.texts is None:
        run.add(Deed(kind, None, given.prefix), node)
    for one in given.texts or ():
        if _REMOTE.match(one):
            run.add(Deed(kind, one), node)
        else:
            run.unknown("opens a URL that may be a file", node)


def _scratch(dotted: str, call: ast.Call) -> Value:
    # A suffix or prefix could lead out of the folder.
    plain = not call.args and all(
        isinstance(one.value, ast.Constant)
        and not (isinstance(one.value.value, str) and "/" in one.value.value)
        for one in call.keywords
    )
    place = values.below("/tmp") if plain else OPAQUE
    if dotted.endswith("mkstemp"):
        return values.sequence((NUMBER, place), False)
    return FILE if dotted.endswith("File") else place


def _only_narrows(call: ast.Call, known: Names) -> bool:
    """Whether what is gone through with os.walk never adds folders to its lists of them."""
    parent = known.parents.get(call)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        return parent.func.id in ("list", "sorted") and parent.func.id not in known.bound
    if not isinstance(parent, ast.For | ast.comprehension) or parent.iter is not call:
        return False
    target = parent.target
    if not isinstance(target, ast.Tuple) or len(target.elts) < 3:
        return False
    folders = target.elts[1]
    if not isinstance(folders, ast.Name):
        return False
    if any(one.how != "element" for one in known.bound[folders.id]):
        return False
    return all(_narrows(load, known) for load in known.loads.get(folders.id, ()))


def _narrows(load: ast.Name, known: Names) -> bool:
    """`dirs` looked at, `dirs.remove(x)`, `dirs[:] = [d for d in dirs if …]`."""
    if known.only_looks(load):
        return True
    parent = known.parents.get(load)
    above = known.parents.get(parent) if parent is not None else None
    if isinstance(parent, ast.Attribute):
        return parent.attr in ("remove", "sort", "clear") and isinstance(above, ast.Call)
    if not isinstance(parent, ast.Subscript) or not isinstance(above, ast.Assign):
        return False
    kept = above.value
    if isinstance(kept, ast.List):
        return not kept.elts
    if not isinstance(kept, ast.ListComp) or len(kept.generators) != 1:
        return False
    source = kept.generators[0]
    same = isinstance(kept.elt, ast.Name) and ast.dump(source.target) == ast.dump(
        ast.Name(kept.elt.id, ast.Store())
    )
    only = isinstance(kept.elt, ast.Name) and len(known.bound.get(kept.elt.id, ())) >= 1
    return same and only and isinstance(source.iter, ast.Name) and source.iter.id == load.id


def _listed(dotted: str, folder: Value, whole: bool) -> Value:
    only = folder.texts[0] if folder.texts is not None and len(folder.texts) == 1 else None
    if dotted.endswith("listdir"):
        return values.many(LEAF)
    if dotted.endswith("walk") and not whole:
        return values.many(OPAQUE)
    found = replace(folder, kind="data") if only is None else values.below(only or ".")
    if found.texts is not None:
        found = OPAQUE
    if dotted.endswith("scandir"):
        return values.many(replace(found, edge=False))
    root = replace(found, edge=True)
    leaves = values.many(LEAF)
    return values.many(values.sequence((root, leaves, leaves), False))


def _glob_folder(pattern: str) -> tuple[str, str]:
    magic = _MAGIC.search(pattern)
    head = pattern if magic is None else pattern[: magic.start()]
    folder = head[: head.rfind("/") + 1]
    return folder, pattern[len(folder) :]


def _globbed(pattern: Value, root: Value | None) -> Value:
    if pattern.texts is None:
        ok = pattern.below and root is None
        return values.many(pattern if ok else OPAQUE)
    found = []
    for one in pattern.texts:
        folder, rest = _glob_folder(one)
        if root is not None or ".." in rest or one.startswith(values.HOME):
            found.append(OPAQUE)
        elif _MAGIC.search(one) is None:
            found.append(values.text(one))
        else:
            edge = not rest.replace("**", "").strip("/")
            found.append(values.below(folder or ".", edge=edge))
    return values.many(values.join(found))


# Functions whose result is worth knowing: they do nothing.


def _join(arguments: Arguments) -> Value:
    return values.joined(arguments, "data")


def _path(arguments: Arguments) -> Value:
    return values.joined(arguments, "path") if arguments else values.text(".", kind="path")


def _each(function: Callable[[str], str]) -> Callable[[Arguments], Value]:
    def compute(arguments: Arguments) -> Value:
        first = arguments[0] if arguments else OPAQUE
        if first.texts is None or any(one.startswith(values.HOME) for one in first.texts):
            return OPAQUE
        return values.text(*map(function, first.texts))

    return compute


def _same(arguments: Arguments) -> Value:
    return replace(arguments[0], kind="data") if arguments else OPAQUE


def _text(arguments: Arguments) -> Value:
    first = arguments[0] if len(arguments) == 1 else OPAQUE
    return replace(first, kind="data", items=None, each=None, under=None, mutable=False)


def _expanded(arguments: Arguments) -> Value:
    first = arguments[0] if arguments else OPAQUE
    return home(replace(first, kind="data"))


def _variables(arguments: Arguments) -> Value:
    first = arguments[0] if arguments else OPAQUE
    if first.texts is not None and not any("$" in one for one in first.texts):
        return first
    return OPAQUE


def _sequence(arguments: Arguments) -> Value:
    if not arguments:
        return OPAQUE
    first = arguments[0]
    if first.items is not None:
        return replace(first, mutable=True)
    return values.many(values.element(first))


def _unordered(arguments: Arguments) -> Value:
    return values.many(values.element(arguments[0])) if arguments else OPAQUE


def _enumerated(arguments: Arguments) -> Value:
    each = values.element(arguments[0]) if arguments else OPAQUE
    return values.many(values.sequence((NUMBER, each), False))


def _zipped(arguments: Arguments) -> Value:
    return values.many(values.sequence(map(values.element, arguments), False))


def _number(arguments: Arguments) -> Value:
    return NUMBER


def _numbers(arguments: Arguments) -> Value:
    return values.many(NUMBER)


def _split_words(arguments: Arguments) -> Value:
    first = arguments[0] if len(arguments) == 1 else OPAQUE
    if first.texts is None or len(first.texts) != 1:
        return OPAQUE
    try:
        return values.sequence(map(values.text, shlex.split(first.texts[0])))
    except ValueError:
        return OPAQUE


def _callable(arguments: Arguments) -> Value:
    return CALLABLE


def _file(arguments: Arguments) -> Value:
    return FILE


RESULTS: dict[str, Callable[[Arguments], Value]] = {
    "os.path.join": _join,
    "os.path.basename": _each(posixpath.basename),
    "os.path.dirname": _each(posixpath.dirname),
    "os.path.normpath": _same,
    "os.path.abspath": _same,
    "os.path.realpath": _same,
    "os.path.expanduser": _expanded,
    "os.path.expandvars": _variables,
    "os.fspath": _text,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "pathlib.PosixPath": _path,
    "pathlib.PurePosixPath": _path,
    "builtins.str": _text,
    "builtins.list": _sequence,
    "builtins.tuple": _sequence,
    "builtins.sorted": _unordered,
    "builtins.reversed": _unordered,
    "builtins.set": _unordered,
    "builtins.frozenset": _unordered,
    "builtins.iter": _unordered,
    "builtins.enumerate": _enumerated,
    "builtins.zip": _zipped,
    "builtins.len": _number,
    "builtins.int": _number,
    "builtins.float": _number,
    "builtins.range": _numbers,
    "tqdm.tqdm": _unordered,
    "shlex.split": _split_words,
    "shlex.quote": lambda arguments: OPAQUE,
    "io.StringIO": _file,
    "io.BytesIO": _file,
    "functools.partial": _callable,
    "functools.lru_cache": _callable,
    "functools.wraps": _callable,
    "functools.cmp_to_key": _callable,
    "operator.itemgetter": _callable,
    "dataclasses.dataclass": _callable,
    "collections.namedtuple": _callable,
    "os.getcwd": lambda arguments: values.text("."),
    "tempfile.gettempdir": lambda arguments: values.text("/tmp"),
    "time.time": _number,
    "os.getpid": _number,
}


def constant(dotted: str, run: Run) -> Value:
    """What a name of a module holds that is no function."""
    match dotted:
        case "sys.stdout" | "sys.stderr" | "sys.stdin":
            return FILE
        case "sys.argv" if run.names.arguments:
            known = (OPAQUE if one is None else values.text(one) for one in run.argv)
            return values.sequence((values.text("-c"), *known), False)
        case "sys.executable":
            return values.text("python3")
        case "os.sep":
            return values.text("/")
        case "os.curdir":
            return values.text(".")
        case "os.pardir":
            return values.text("..")
        case "os.devnull":
            return values.text("/dev/null")
        case "sys.argv" | "sys.path" | "sys.version" | "sys.platform" | "sys.version_info":
            return OPAQUE
    return CALLABLE


def open_file(
    dotted: str, call: ast.Call, evaluate: Callable[[ast.expr], Value], run: Run
) -> Value:
    """open and its like: what is written may be read first, and says so by its mode."""
    if is_spread(call):
        run.unknown("opens what is decided at run time", call)
        return FILE
    name = call.args[0] if call.args else (keyword(call, "file") or keyword(call, "filename"))
    name = name or keyword(call, "path") or keyword(call, "name") or keyword(call, "fileobj")
    if name is None:
        run.unknown("opens what is decided at run time", call)
        return FILE
    mode = call.args[1] if len(call.args) > 1 else (keyword(call, "mode") or keyword(call, "flags"))
    if keyword(call, "opener") is not None:
        run.unknown("opens with an opener of its own", call)
    if isinstance(name, ast.Constant) and isinstance(name.value, int):
        if not 0 <= name.value <= 2:
            run.unknown("opens a descriptor that it did not open", call)
        return FILE
    given = evaluate(name)
    if given.kind == "number":
        if given.texts is not None:
            run.unknown("opens a descriptor that it did not open", call)
        return FILE  # a descriptor: what it leads to was opened before
    if dotted == "os.open":
        plain = mode is None or (isinstance(mode, ast.Attribute) and mode.attr == "O_RDONLY")
        run.path("read" if plain else "write", given, call)
        return NUMBER
    if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and "tarfile" in dotted:
        mode = ast.Constant(mode.value.partition(":")[0].partition("|")[0])
    if dotted in ("os.fdopen", "io.FileIO") and mode is None:
        mode = ast.Constant("r")
    run.path("read" if reads_only(mode) else "write", given, call)
    if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and "+" in mode.value:
        run.path("read", given, call)
    return OPAQUE if dotted.startswith(("zipfile", "tarfile")) else FILE


def variable(names: Value, node: ast.AST, run: Run) -> Value:
    """Reading an environment variable."""
    if names.texts is None:
        run.add(Deed("secret-env", None), node)
        return OPAQUE
    for one in names.texts:
        if _SECRET.search(one) and one not in _NOT_SECRET:
            run.add(Deed("secret-env", one), node)
    return values.text(values.HOME) if names.texts == ("HOME",) else OPAQUE
