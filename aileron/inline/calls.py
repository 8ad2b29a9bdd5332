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
from aileron.inline.folders import glob_folder, globbed, listed, only_narrows
from aileron.inline.values import CALLABLE, FILE, NUMBER, OPAQUE, Value

Arguments = Sequence[Value]
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSW|CREDENTIAL|AUTH|PWD$|_PAT$|DSN|COOKIE", re.IGNORECASE)
_NOT_SECRET = frozenset({"PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY"})
_REMOTE = re.compile(r"(?i)(https?|ftp|s3|gs|hf)://[\w\[]")


# A database's address: a file by its path, and what is said about how it is opened.
_DATABASE_URI = re.compile(
    r"file:(?:///+(?=[\w.]))?([\w./@+ -]+)(?:\?((?:(?:mode|cache|immutable|nolock)=\w+&?)*))?"
)
_ONLY_READS = re.compile(r"(?:^|&)(?:mode=ro|immutable=1)(?:&|$)")


def _database(call: ast.Call, evaluate: Callable[[ast.expr], Value], run: Run) -> Value:
    """`sqlite3.connect`: a path, or with `uri=True` a literal address of a file."""
    if len(call.args) > 1:
        run.unknown("opens a database in a way that is not read", call)
    effect = DOES["sqlite3.connect"][0]
    node = argument(call, effect)
    given = evaluate(node) if node is not None else OPAQUE
    addressed = [
        one
        for one in call.keywords
        if one.arg == "uri" and not (isinstance(one.value, ast.Constant) and not one.value.value)
    ]
    if not addressed:
        switches("sqlite3.connect", call, run)
        _effect(effect.kind, given, call, run)
        return OPAQUE
    rest = [one for one in call.keywords if one not in addressed]
    switches("sqlite3.connect", ast.Call(call.func, call.args, rest), run)
    for text in given.texts or ("",):
        if re.fullmatch(r"file::memory:(\?cache=\w+)?", text):
            continue
        found = _DATABASE_URI.fullmatch(text)
        if found is None or "%" in text:
            run.unknown("opens a database by an address that is not read", call)
            continue
        path = "/" + found[1] if text.startswith("file:///") else found[1]
        kind = "read" if _ONLY_READS.search(found[2] or "") else effect.kind
        _effect(kind, values.text(path), call, run)
    return OPAQUE


def table(dotted: str, call: ast.Call, evaluate: Callable[[ast.expr], Value], run: Run) -> Value:
    """A call of a function that a table describes."""
    if is_spread(call):
        run.unknown(f"calls {dotted} with what is decided at run time", call)
        return OPAQUE
    if dotted == "sqlite3.connect":
        return _database(call, evaluate, run)
    switches(dotted, call, run)
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
            result = listed(dotted, given, only_narrows(call, run.names))
        elif effect.kind == "glob":
            root = keyword(call, "root_dir")
            result = globbed(given, None if root is None else evaluate(root))
    if dotted in ("shutil.copy", "shutil.copy2", "shutil.move"):
        _into_folder([evaluate(one) for one in call.args[:2]], call, run)
    return result


def _into_folder(given: Arguments, call: ast.Call, run: Run) -> None:
    """What is copied to a folder gets its own name there."""
    if len(given) < 2 or given[1].texts is None:
        return
    source, target = given
    if source.texts is None:
        for one in target.texts or ():
            run.path("write", values.below(one or "."), call)
        return
    leaves = values.text(*(posixpath.basename(one.rstrip("/")) for one in source.texts))
    run.path("write", values.joined([target, leaves], "path"), call)


def _effect(kind: str, given: Value, call: ast.Call, run: Run) -> None:
    match kind:
        case "source":
            run.source(given, call)
        case "list":
            run.path("read", given, call)
        case "glob":
            for one in given.texts or (None,):
                folder = OPAQUE if one is None else values.text(glob_folder(one)[0] or ".")
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


def _whole(arguments: Arguments) -> Value:
    """A path from the root on: what `..` leads to is not there any more."""
    first = _same(arguments)
    climbs = first.texts is not None and any(".." in one for one in first.texts)
    return OPAQUE if climbs else first


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
    "os.path.normpath": _each(posixpath.normpath),
    "os.path.abspath": _whole,
    "os.path.realpath": _whole,
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
    "shutil.which": _text,
    "imageio_ffmpeg.get_ffmpeg_exe": lambda arguments: values.text("ffmpeg"),
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
