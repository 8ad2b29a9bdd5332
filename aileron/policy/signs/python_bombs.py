"""Loops without an end in which a Python program starts itself again."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aileron.policy.signs.tables import PYTHON

MANY = 32  # rounds of a loop that forks: 2 to the power of these
_ENDLESS = frozenset({"itertools.count", "itertools.repeat", "itertools.cycle", "iter"})
_STARTS = frozenset({"Popen", "system", "popen", "run", "call", "spawnl", "spawnv", "spawnlp"})
_ITSELF = frozenset({"__file__", "sys.argv", "sys.orig_argv"})
_PROCESS = frozenset({"Process", "start_new_process"})

Dotted = Callable[[ast.expr], str]


def is_bomb(node: ast.AST, dotted: Dotted) -> bool:
    """Whether a loop, or a function that calls itself, starts processes without end."""
    if isinstance(node, ast.While):
        endless = _is_true(node.test) or _forks(node.test, dotted, "")
        return endless and _forks(node, dotted, "") and not _ends(node, dotted)
    if isinstance(node, ast.For):
        return _is_long(node.iter, dotted) and _forks(node, dotted, "") and not _ends(node, dotted)
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
        long = any(_is_long(one.iter, dotted) for one in node.generators)
        return long and _forks(node.elt, dotted, "") and not _ends(node.elt, dotted)
    if isinstance(node, ast.FunctionDef):
        names = [dotted(one.func) for one in ast.walk(node) if isinstance(one, ast.Call)]
        itself = node.name in names and _forks(node, dotted, "")
        looped = any(
            isinstance(one, ast.While) and _is_true(one.test) and _forks(one, dotted, node.name)
            for one in ast.walk(node)
        )
        return (itself or looped) and not _ends(node, dotted)
    return False


def _is_true(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=value):
            return bool(value)
        case ast.UnaryOp(op=ast.Not(), operand=ast.Constant(value=value)):
            return not value
        case ast.Compare(left=ast.Constant(value=one), ops=[ast.Eq()]):
            other = node.comparators[0]
            return isinstance(other, ast.Constant) and other.value == one
        case ast.BoolOp(op=ast.Or(), values=several):
            return any(map(_is_true, several))
    return False


def _is_long(node: ast.expr, dotted: Dotted) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = dotted(node.func)
    if name == "range" and node.args:
        last = node.args[-1] if len(node.args) < 3 else node.args[1]
        try:
            return int(ast.literal_eval(last)) >= MANY
        except (ValueError, TypeError, SyntaxError):
            return isinstance(last, ast.BinOp)
    endless = name in _ENDLESS and (name != "iter" or len(node.args) == 2)
    return endless and not (name == "itertools.repeat" and len(node.args) > 1)


def _forks(node: ast.AST, dotted: Dotted, function: str) -> bool:
    """Whether a call in the node starts this program again, or a process of `function`."""
    for one in ast.walk(node):
        if not isinstance(one, ast.Call):
            continue
        name = dotted(one.func)
        if name in PYTHON.forks:
            return True
        last = name.rpartition(".")[2]
        if last in _STARTS and _names_itself(one, dotted):
            return True
        if function and last in _PROCESS:
            targets = (inner.value for inner in one.keywords if inner.arg == "target")
            if any(isinstance(target, ast.Name) and target.id == function for target in targets):
                return True
    return False


def _names_itself(call: ast.Call, dotted: Dotted) -> bool:
    for one in ast.walk(call):
        if isinstance(one, ast.Name | ast.Attribute) and dotted(one) in _ITSELF:
            return True
    return False


def _ends(node: ast.AST, dotted: Dotted) -> bool:
    """Whether something in the node ends a loop or a process, or waits for one."""
    for one in ast.walk(node):
        if isinstance(one, ast.Break | ast.Return | ast.Raise):
            return True
        if isinstance(one, ast.Call):
            name = dotted(one.func)
            if name in PYTHON.ends or name.rpartition(".")[2] in PYTHON.ends:
                return True
    return False
