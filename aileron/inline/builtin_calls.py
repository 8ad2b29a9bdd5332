"""Functions that need a reading of their own: reflection, the network, the process itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from aileron.inline import attributes, calls, core, values, variables
from aileron.inline.core import METHODS, classify
from aileron.inline.deeds import Deed
from aileron.inline.method_tables import HARMFUL, HARMLESS
from aileron.inline.reading import Reading
from aileron.inline.values import CALLABLE, OPAQUE, Value
from aileron.inline.words import names

_SAFE_LOADERS = frozenset({"yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader"})
_PLAIN_REQUEST = names(
    "url timeout verify stream allow_redirects context method cafile capath unverifiable"
)


def _looked_at(reading: Reading, call: ast.Call) -> list[ast.expr]:
    """Evaluates arguments that may name anything, since they are only looked at."""
    rest = [*call.args, *(one.value for one in call.keywords)]
    for one in rest:
        if isinstance(one, ast.Name | ast.Attribute):
            found = reading.alternatives(one)
            refs = all(v.kind == "ref" and v.name != "os.environ" for v in found)
            if refs and all(classify(v.name) != "unknown" for v in found):
                continue
        reading.value(one)
    return rest


def _looks(reading: Reading, call: ast.Call) -> Value:
    _looked_at(reading, call)
    return OPAQUE


def _type(reading: Reading, call: ast.Call) -> Value:
    if len(call.args) != 1 or call.keywords or core.is_spread(call):
        reading.run.unknown("makes a class at run time", call)
    _looked_at(reading, call)
    return OPAQUE


def _getattr(reading: Reading, call: ast.Call) -> Value:
    """`getattr(x, "name")` is `x.name`."""
    if len(call.args) < 2 or core.is_spread(call) or call.keywords:
        reading.run.unknown("reads an attribute that is decided at run time", call)
        reading.arguments(call)
        return OPAQUE
    name = reading.value(call.args[1])
    found = [reading.value(one) for one in call.args[2:]]
    bases = reading.alternatives(call.args[0])
    for one in name.texts if name.texts is not None else ("",):
        if not one:
            reading.run.unknown("reads an attribute that is decided at run time", call)
            continue
        for base in bases:
            dotted = f"{base.name}.{one}" if base.kind == "ref" else ""
            plain = one in ("__version__", "__name__", "__doc__", "__file__")
            if plain and (not dotted or classify(base.name) != "unknown"):
                found.append(OPAQUE)
            elif dotted and classify(dotted) == "computes":
                found.append(calls.constant(dotted, reading.run))
            elif dotted and classify(base.name) not in ("computes", "member"):
                foreign = classify(dotted) == "foreign" and not attributes.refused(one, reading.run)
                if not foreign:
                    reading.run.unknown(f"reads {dotted} by its name", call)
                found.append(OPAQUE)
            else:
                why = attributes.refused(one, reading.run)
                if why or one in METHODS or one in ("open", "execute"):
                    reading.run.unknown(why or f".{one} is handed on", call)
                found.append(OPAQUE)
    return values.join(found)


def _setattr(reading: Reading, call: ast.Call) -> Value:
    """`setattr(x, "name", v)` is `x.name = v`."""
    given = reading.arguments(call) if len(call.args) != 3 else []
    name = call.args[1] if len(call.args) > 1 else None
    if given or not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        reading.run.unknown("sets an attribute that is decided at run time", call)
        return OPAQUE
    reading.value(call.args[2])
    target = ast.Attribute(call.args[0], name.value, ast.Store())
    reading.stored(ast.copy_location(target, call), reading.alternatives(call.args[0]))
    return OPAQUE


def _by_name(reading: Reading, call: ast.Call) -> Value:
    """operator.attrgetter and methodcaller: functions that look up names."""
    given = reading.arguments(call)
    caller = isinstance(call.func, ast.Attribute | ast.Name) and "methodcaller" in ast.dump(
        call.func
    )
    for one in given[:1] if caller else given:
        for name in one.texts if one.texts is not None else ("__",):
            for part in name.split("."):
                bad = attributes.refused(part, reading.run) or part in METHODS or part in HARMFUL
                plain = part in HARMLESS if caller else True
                if (
                    bad
                    or not plain
                    or part in ("open", "replace", "write", "query", "eval", "apply")
                ):
                    reading.run.unknown(f"looks up {part} at run time", call)
    if core.is_spread(call):
        reading.run.unknown("looks up names at run time", call)
    return CALLABLE


def _compile(reading: Reading, call: ast.Call) -> Value:
    """Compiling alone checks the syntax; what it yields could be run."""
    reading.arguments(call)
    if not isinstance(reading.run.names.parents.get(call), ast.Expr):
        reading.run.unknown("compiles code", call)
    return OPAQUE


def _kill(reading: Reading, call: ast.Call) -> Value:
    given = reading.arguments(call)
    one = given[0].texts[0] if given and given[0].texts and len(given[0].texts) == 1 else None
    reading.run.add(Deed("words", ("kill", one)), call)
    return OPAQUE


def _link(symbolic: bool) -> Callable[[Reading, ast.Call], Value]:
    def link(reading: Reading, call: ast.Call) -> Value:
        given = reading.arguments(call)
        if len(given) < 2 or core.is_spread(call):
            reading.run.unknown("makes a link that is decided at run time", call)
            return OPAQUE
        words = ["ln", *(["-s"] if symbolic else []), "--"]
        shown: list[str | None] = [*words]
        for one in given[:2]:
            only = one.texts[0] if one.texts is not None and len(one.texts) == 1 else None
            shown.append(None if only is None or only.startswith(values.HOME) else only)
        reading.run.add(Deed("words", tuple(shown)), call)
        return OPAQUE

    return link


def _chdir(reading: Reading, call: ast.Call) -> Value:
    given = reading.arguments(call)
    folder = given[0] if given else OPAQUE
    only = folder.texts[0] if folder.texts is not None and len(folder.texts) == 1 else None
    absolute = only is not None and only.startswith(("/", values.HOME))
    again = reading.run.names.repeats(call) or reading.run.folder
    if only is None or (again and not absolute) or reading.run.folder not in ("", only):
        reading.run.unknown("changes its folder at run time, or more than once", call)
    else:
        reading.run.folder = only
    return OPAQUE


def _variable(reading: Reading, call: ast.Call) -> Value:
    given = reading.arguments(call)
    found = calls.variable(given[0] if given else OPAQUE, call, reading.run)
    return values.join([found, given[1]]) if len(given) > 1 else found


def _set_variable(reading: Reading, call: ast.Call) -> Value:
    given = reading.arguments(call)
    variables.sets(given[0] if given else OPAQUE, call, reading.run)
    return OPAQUE


def _request(kind: str, at: int = 0) -> Callable[[Reading, ast.Call], Value]:
    def request(reading: Reading, call: ast.Call) -> Value:
        given = reading.arguments(call)
        how = kind
        url = given[at] if at < len(given) else OPAQUE
        named = core.keyword(call, "url")
        url = reading.value(named) if named is not None else url
        extra = [one for one in call.keywords if one.arg not in _PLAIN_REQUEST]
        if not all(_is_literal(one.value, reading) for one in extra) or core.is_spread(call):
            how = "send"
        if any(one.arg in ("data", "json", "files", "auth") for one in extra):
            how = "send"
        if len(given) > at + 1 and not _is_literal(call.args[at + 1], reading):
            how = "send"
        if url.kind == "request":
            return OPAQUE
        calls.url(how, url, call, reading.run)
        return OPAQUE

    return request


def _is_literal(node: ast.expr, reading: Reading) -> bool:
    """Whether it is written out where it stands, or in the only places that give its name."""
    if isinstance(node, ast.Name):
        names = reading.run.names
        bound = names.bound.get(node.id, [])
        if names.changed(node.id, beside=node) or not bound:
            return False
        return all(
            one.how == "value" and not one.path and one.value is not None and _is_plain(one.value)
            for one in bound
        )
    return _is_plain(node)


def _is_plain(node: ast.expr) -> bool:
    return not any(
        isinstance(one, ast.Call | ast.Name | ast.Attribute | ast.JoinedStr)
        for one in ast.walk(node)
    )


def _make_request(reading: Reading, call: ast.Call) -> Value:
    _request("fetch")(reading, call)
    return Value("request")


def _session(reading: Reading, call: ast.Call) -> Value:
    reading.arguments(call)
    reading.run.add(Deed("send", None), call)
    return OPAQUE


def _numpy_load(reading: Reading, call: ast.Call) -> Value:
    reading.arguments(call)
    attributes.switches("numpy.load", call, reading.run)
    if len(call.args) > 2 or core.is_spread(call):
        reading.run.unknown("numpy.load may run what it reads", call)
    if len(call.args) > 1:
        reading.run.path("write", reading.value(call.args[0]), call)
    named = call.args[0] if call.args else core.keyword(call, "file")
    reading.run.path("read", OPAQUE if named is None else reading.value(named), call)
    return OPAQUE


def _torch_load(reading: Reading, call: ast.Call) -> Value:
    reading.arguments(call)
    safe = core.keyword(call, "weights_only")
    if core.is_spread(call) or core.keyword(call, "pickle_module") is not None:
        reading.run.unknown("torch.load may run what it reads", call)
    elif not (isinstance(safe, ast.Constant) and safe.value is True):
        reading.run.add(Deed("unpickle", "torch.load"), call)
    named = call.args[0] if call.args else core.keyword(call, "f")
    reading.run.path("read", OPAQUE if named is None else reading.value(named), call)
    return OPAQUE


def _unpickles(function: str, named: str = "") -> Callable[[Reading, ast.Call], Value]:
    """A function that makes objects of a file: of the one that `named` names, or of an open one."""

    def unpickle(reading: Reading, call: ast.Call) -> Value:
        reading.arguments(call)
        file = call.args[0] if call.args else core.keyword(call, named or "file")
        if core.is_spread(call) or file is None or not (named or _is_opened(file, reading)):
            reading.run.unknown(f"{function} may run what it reads", call)
            return OPAQUE
        if named:
            reading.run.source(reading.value(file), call)
        reading.run.add(Deed("unpickle", function), call)
        return OPAQUE

    return unpickle


def _is_opened(node: ast.expr, reading: Reading) -> bool:
    """Whether it is a file that open, and nothing else, has given."""
    if isinstance(node, ast.Name):
        bound = reading.run.names.bound.get(node.id, [])
        return bool(bound) and all(
            one.how == "value"
            and not one.path
            and isinstance(one.value, ast.Call)
            and _is_opened(one.value, reading)
            for one in bound
        )
    return isinstance(node, ast.Call) and all(
        one.kind == "ref" and one.name in ("builtins.open", "io.open", "gzip.open", "bz2.open")
        for one in reading.alternatives(node.func)
    )


def _yaml_load(reading: Reading, call: ast.Call) -> Value:
    reading.arguments(call)
    loader = core.keyword(call, "Loader") or (call.args[1] if len(call.args) > 1 else None)
    found = reading.alternatives(loader) if loader is not None else (OPAQUE,)
    if not all(one.kind == "ref" and one.name in _SAFE_LOADERS for one in found):
        reading.run.unknown("yaml.load may run what it reads", call)
    return OPAQUE


def _backend(reading: Reading, call: ast.Call) -> Value:
    given = reading.arguments(call)
    texts = given[0].texts if len(given) == 1 else None
    if texts is None or not all(
        re.fullmatch(r"(?i)agg|svg|pdf|ps|cairo|template", t) for t in texts
    ):
        reading.run.unknown("loads a backend by its name", call)
    return OPAQUE


def _find(reading: Reading, call: ast.Call) -> Value:
    """importlib.util.find_spec imports what stands before the last dot."""
    given = reading.arguments(call)
    texts = given[0].texts if given else None
    if texts is None or any("." in one for one in texts):
        reading.run.unknown("looks for a module that is decided at run time", call)
    return OPAQUE


def _spawn(reading: Reading, call: ast.Call) -> Value:
    reading.arguments(call)
    reading.run.unknown("gives a program a terminal of its own", call)
    return OPAQUE


def _pandas_option(reading: Reading, call: ast.Call) -> Value:
    for one in reading.arguments(call)[::2]:
        if one.texts is None or any("backend" in text for text in one.texts):
            reading.run.unknown("sets an option that may load code", call)
    return OPAQUE


BUILTIN: dict[str, Callable[[Reading, ast.Call], Value]] = {
    **dict.fromkeys(
        (
            *("builtins.dir", "builtins.hasattr", "builtins.print", "builtins.callable"),
            *("builtins.id", "builtins.isinstance", "builtins.bool", "builtins.issubclass"),
            *("inspect.getsource", "inspect.getsourcelines", "inspect.signature"),
            *("inspect.getsourcefile", "inspect.getfile", "inspect.getdoc", "inspect.isfunction"),
            *("inspect.isclass", "inspect.ismodule", "inspect.getfullargspec"),
        ),
        _looks,
    ),
    "builtins.type": _type,
    "builtins.getattr": _getattr,
    "builtins.setattr": _setattr,
    "builtins.compile": _compile,
    "operator.attrgetter": _by_name,
    "operator.methodcaller": _by_name,
    "os.kill": _kill,
    "os.killpg": _kill,
    "os.symlink": _link(True),
    "os.link": _link(False),
    "os.chdir": _chdir,
    "contextlib.chdir": _chdir,
    "os.getenv": _variable,
    "os.putenv": _set_variable,
    "os.unsetenv": _set_variable,
    "requests.get": _request("fetch"),
    "requests.head": _request("fetch"),
    "requests.options": _request("fetch"),
    "requests.post": _request("send"),
    "requests.put": _request("send"),
    "requests.patch": _request("send"),
    "requests.delete": _request("send"),
    "requests.request": _request("send", 1),
    "requests.Session": _session,
    "requests.session": _session,
    "urllib3.PoolManager": _session,
    "http.client.HTTPConnection": _session,
    "http.client.HTTPSConnection": _session,
    "socket.create_connection": _session,
    "urllib.request.urlopen": _request("fetch"),
    "urllib.request.Request": _make_request,
    "numpy.load": _numpy_load,
    "torch.load": _torch_load,
    "pickle.load": _unpickles("pickle.load"),
    "joblib.load": _unpickles("joblib.load", "filename"),
    "pandas.read_pickle": _unpickles("pandas.read_pickle", "filepath_or_buffer"),
    "yaml.load": _yaml_load,
    "matplotlib.use": _backend,
    "importlib.util.find_spec": _find,
    "pty.spawn": _spawn,
    "pandas.set_option": _pandas_option,
    "pandas.option_context": _pandas_option,
}
