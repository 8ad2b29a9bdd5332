"""The environment and the folders of modules: what of them is read, set and handed on."""

from __future__ import annotations

import ast

from aileron.inline import calls, core, values
from aileron.inline.core import Run
from aileron.inline.deeds import Deed
from aileron.inline.reading import Reading
from aileron.inline.values import OPAQUE, Value
from aileron.inline.words import names


def method(reading: Reading, node: ast.Call, name: str) -> Value:
    arguments = reading.arguments(node)
    if name == "copy" and only_for_env(node, reading.run):
        return OPAQUE
    if name in ("copy", "items", "values"):
        return calls.variable(OPAQUE, node, reading.run)
    if name == "keys":
        return OPAQUE
    if name == "update" and len(node.args) == 1 and isinstance(node.args[0], ast.Dict):
        if not can_be_said(reading, node.args[0]):
            sets(OPAQUE, node, reading.run)
        return OPAQUE
    if name not in ("get", "setdefault", "pop") or not arguments or core.is_spread(node):
        reading.run.unknown("changes variables that are decided at run time", node)
        return OPAQUE
    if name != "get":
        sets(arguments[0], node, reading.run)
    found = calls.variable(arguments[0], node, reading.run)
    return values.join([found, arguments[1]]) if len(arguments) > 1 else found


def only_for_env(node: ast.expr, run: Run) -> bool:
    """Whether a copy of the environment only goes to programs as `env=`."""
    known = run.names
    parent = known.parents.get(node)
    copied = isinstance(parent, ast.Dict) or isinstance(node, ast.Call)
    while isinstance(parent, ast.Call | ast.Dict | ast.Attribute):
        if isinstance(parent, ast.Attribute) and parent.attr != "copy":
            return False
        if isinstance(parent, ast.Call) and parent.func is not node:
            named = isinstance(parent.func, ast.Name) and parent.func.id == "dict"
            if not named or "dict" in known.bound:
                return False
        copied = copied or isinstance(parent, ast.Call)
        node, parent = parent, known.parents.get(parent)
    if isinstance(parent, ast.keyword):
        return _is_env(parent, run)
    if (
        not copied
        or not isinstance(parent, ast.Assign)
        or not isinstance(parent.targets[0], ast.Name)
    ):
        return False
    return len(parent.targets) == 1 and _goes_to_env(parent.targets[0].id, run)


def _goes_to_env(name: str, run: Run) -> bool:
    known = run.names
    for load in known.loads.get(name, ()):
        parent = known.parents.get(load)
        stores = isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store)
        if not stores and not (isinstance(parent, ast.keyword) and _is_env(parent, run)):
            return False
    return True


def _is_env(argument: ast.keyword, run: Run) -> bool:
    call = run.names.parents.get(argument)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    return argument.arg == "env" and call.func.attr in _STARTS


_STARTS = names("run call check_call check_output Popen")
# What the proof itself relies on.
_RELIED_ON = names("HOME TMPDIR TEMP TMP")


def held(node: ast.expr, run: Run) -> Value:
    """The whole environment as a value."""
    if only_for_env(node, run):
        return OPAQUE
    if not run.names.only_looks(node) and not _is_copied(run.names.parents.get(node)):
        run.unknown("os.environ is handed on", node)
    return calls.variable(OPAQUE, node, run)


def _is_copied(parent: ast.AST | None) -> bool:
    if isinstance(parent, ast.Call):
        return isinstance(parent.func, ast.Name) and parent.func.id == "dict"
    return isinstance(parent, ast.Dict)


def search(reading: Reading, node: ast.Call, name: str) -> Value:
    """sys.path.insert and append: folders from which modules come."""
    arguments = reading.arguments(node)
    at = {"insert": 1, "append": 0}.get(name)
    if at is None or len(arguments) != at + 1 or core.is_spread(node):
        reading.run.unknown("changes where modules come from", node)
    else:
        reading.run.path("search", arguments[at], node)
    return OPAQUE


def sets(name: Value, node: ast.AST, run: Run) -> None:
    for one in name.texts if name.texts is not None else (None,):
        run.add(Deed("variable", one), node)
        if one is None or one in _RELIED_ON:
            run.unknown(f"sets {one or 'a variable that is decided at run time'}", node)


def can_be_said(reading: Reading, node: ast.expr) -> bool:
    """Whether an `env=` holds what can be said: the program's own, and literal names."""
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Attribute(attr="environ"):
            return is_environ(reading, node)
        case ast.Call(func=ast.Attribute(attr="copy", value=inner), args=[], keywords=[]):
            return is_environ(reading, inner)
        case ast.Call(func=ast.Name(id="dict"), args=arguments, keywords=keywords):
            if "dict" in reading.run.names.bound or not all(
                can_be_said(reading, one) for one in arguments
            ):
                return False
            return all(_sets(reading, one.arg, one.value) for one in keywords)
        case ast.Dict(keys=keys, values=inner_values):
            for key, inner in zip(keys, inner_values, strict=True):
                if key is None and not can_be_said(reading, inner):
                    return False
                literal = key.value if isinstance(key, ast.Constant) else None
                if key is not None and not _sets(reading, literal, inner):
                    return False
            return True
        case ast.Name(id=name):
            return _named(reading, name)
    return False


def _sets(reading: Reading, name: object, node: ast.expr) -> bool:
    reading.value(node)
    if not isinstance(name, str):
        return False
    sets(values.text(name), node, reading.run)
    return True


def is_environ(reading: Reading, node: ast.expr) -> bool:
    return reading.alternatives(node) == (values.ref("os.environ"),)


def _named(reading: Reading, name: str) -> bool:
    """A name that holds such variables, and is only given keys that can be seen."""
    known = reading.run.names
    bindings = known.bound.get(name, [])
    if len(bindings) != 1 or bindings[0].how != "value" or bindings[0].path:
        return False
    if len(known.loads.get(name, ())) > 64:
        return False
    for load in known.loads.get(name, ()):
        parent = known.parents.get(load)
        if isinstance(parent, ast.keyword) and parent.arg == "env":
            continue
        if not isinstance(parent, ast.Subscript) or parent.value is not load:
            return False
        if isinstance(known.parents.get(parent), ast.AugAssign):
            return False
        if isinstance(parent.ctx, ast.Store):
            if not isinstance(parent.slice, ast.Constant):
                return False
            sets(reading.value(parent.slice), parent, reading.run)
    source = bindings[0].value
    return source is not None and not isinstance(source, ast.Name) and can_be_said(reading, source)
