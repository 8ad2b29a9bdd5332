"""Plain signs of harm in a Python program, from its syntax tree.

The program is followed in the order of its text: what a name holds, where that came from,
into which call it goes.  A loop is gone through twice, both ways of a condition are taken, a
function is followed where it is called, or once if it never is.  Nothing here proves that a
program is harmless; what is not followed gives no sign.
"""

from __future__ import annotations

import ast
import contextlib
import re
import warnings
from collections.abc import Sequence
from dataclasses import replace

from aileron.policy.signs import values
from aileron.policy.signs.python_bombs import is_bomb
from aileron.policy.signs.python_calls import Calls
from aileron.policy.signs.values import UNKNOWN, Sign, Value

STEPS = 20_000
DEPTH = 6
_PYTHON_2 = re.compile(r"\b(exec|print)\s+(?![=(,.)])([^;\n]+)")
_KIND_OF_FILE = re.compile(
    r"is_?(file|dir|link|symlink|mount|abs)|exists|__name__|platform|os\.name"
)


class _Enough(Exception):
    """The program was followed far enough."""


def signs(code: str, home: str) -> tuple[Sign, ...]:
    tree = _parsed(code)
    if tree is None:
        return ()
    reader = Reader(home)
    with contextlib.suppress(_Enough, RecursionError):
        reader.program(tree)
    return tuple(dict.fromkeys(reader.calls.found))


def _parsed(code: str) -> ast.Module | None:
    for text in (code, _PYTHON_2.sub(r"\1(\2)", code)):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(text)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
    return None


Scope = dict[str, Value]
_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Reader:
    def __init__(self, home: str) -> None:
        self.calls = Calls(self, home)
        self.members: Scope = {}
        self.stars: list[str] = []
        self.scope: Scope = {}
        self.returned: list[Value] = []
        self.stack: list[ast.AST] = []
        self.followed: set[ast.AST] = set()
        self.functions: list[_Function] = []
        self.loops = 0
        self.steps = 0

    def program(self, tree: ast.Module) -> None:
        self.block(tree.body)
        for node in self.functions:
            if node not in self.followed:
                self.call(node, (), {})
        self.calls.end()

    def text(self, code: str) -> None:
        """Code that the program itself evaluates."""
        tree = _parsed(code) if len(self.stack) < DEPTH else None
        if tree is not None:
            self.stack.append(tree)
            self.block(tree.body)
            self.stack.pop()

    # Statements

    def block(self, body: Sequence[ast.stmt]) -> None:
        for one in body:
            self.statement(one)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=value):
                self.value(value)
            case ast.Assign(targets=targets, value=value):
                found = self.value(value)
                for target in targets:
                    self.bind(target, found)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.bind(target, self.value(value))
            case ast.AugAssign(target=target, value=value):
                before = self.value(target)
                self.bind(target, values.concatenated([before, self.value(value)]))
            case ast.Import(names=aliases):
                for alias in aliases:
                    known = alias.name if alias.asname else alias.name.partition(".")[0]
                    self.scope[alias.asname or known] = Value(name=known)
            case ast.ImportFrom(module=module, names=aliases):
                for alias in aliases:
                    if alias.name == "*":
                        self.stars.append(module or "")
                    self.scope[alias.asname or alias.name] = Value(name=f"{module}.{alias.name}")
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.functions.append(node)
                self.scope[node.name] = Value(code=node)
                if is_bomb(node, self.dotted):
                    self.calls.found.append(Sign("fork-bomb"))
            case ast.ClassDef(name=name, body=body):
                self.block(body)
                self.scope[name] = replace(self.scope.pop("__init__", UNKNOWN), name="")
            case ast.Return(value=ast.expr() as value):
                self.returned.append(self.value(value))
            case ast.If(test=test, body=body, orelse=orelse):
                self.value(test)
                chooses = self.loops > 0 and not _KIND_OF_FILE.search(ast.unparse(test))
                self.calls.chosen += chooses
                self.either([body, orelse])
                self.calls.chosen -= chooses
            case (
                ast.For(target=target, iter=many, body=body, orelse=orelse)
                | ast.AsyncFor(target=target, iter=many, body=body, orelse=orelse)
            ):
                self.loop(node, body, target, self.value(many))
                self.block(orelse)
            case ast.While(test=test, body=body, orelse=orelse):
                self.value(test)
                self.loop(node, body)
                self.block(orelse)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    found = self.value(item.context_expr)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, found)
                self.block(body)
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                self.block(body)
                self.either([[], *(one.body for one in handlers)])
                self.block([*orelse, *final])
            case ast.Match(subject=subject, cases=cases):
                self.value(subject)
                self.either([[], *(one.body for one in cases)])
            case _:
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self.value(child)

    def either(self, bodies: Sequence[Sequence[ast.stmt]]) -> None:
        before = self.scope
        after: Scope | None = None
        for body in bodies:
            self.scope = dict(before)
            self.block(body)
            after = self.scope if after is None else _merged(after, self.scope)
        self.scope = after if after is not None else before

    def loop(
        self,
        node: ast.AST,
        body: Sequence[ast.stmt],
        target: ast.expr | None = None,
        many: Value = UNKNOWN,
    ) -> None:
        if is_bomb(node, self.dotted):
            self.calls.found.append(Sign("fork-bomb"))
        self.loops += 1
        for _ in range(2):
            before = dict(self.scope)
            if target is not None:
                self.bind(target, values.element(many))
            self.block(body)
            self.scope = _merged(before, self.scope)
        self.loops -= 1

    def bind(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name(id=name):
                self.scope[name] = value
            case ast.Attribute(attr=name):
                self.members[name] = values.either(self.members.get(name, value), value)
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                same = value.items is not None and len(value.items) == len(targets)
                for number, one in enumerate(targets):
                    part = value.items[number] if same and value.items else None
                    self.bind(one, part or replace(value, text=None, items=None))
            case ast.Starred(value=inner):
                self.bind(inner, values.element(value))
            case ast.Subscript(value=ast.Name(id=name)) if name in self.scope:
                self.scope[name] = values.with_marks(self.scope[name], values.marks_of([value]))

    # Expressions

    def value(self, node: ast.expr) -> Value:
        self.steps += 1
        if self.steps > STEPS:
            raise _Enough
        match node:
            case ast.Constant(value=str() as text):
                return values.text(text)
            case ast.Constant(value=bytes() as text):
                return values.text(text.decode("latin-1"))
            case ast.Name(id=name):
                return self.scope.get(name) or self.free(name)
            case ast.Attribute(value=inner, attr=attr):
                return self.attribute(self.value(inner), attr)
            case ast.Call():
                return self.calls.call(node)
            case ast.JoinedStr(values=parts):
                return values.concatenated([self.value(one) for one in parts])
            case ast.FormattedValue(value=inner):
                return self.value(inner)
            case ast.BinOp(left=left, op=op, right=right):
                return _combined(self.value(left), op, self.value(right))
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                return Value(items=tuple(self.value(one) for one in parts))
            case ast.Subscript(value=inner, slice=key):
                return self.subscript(self.value(inner), key)
            case ast.Lambda():
                self.functions.append(node)
                return Value(code=node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.value(test)
                return values.either(self.value(body), self.value(orelse))
            case ast.BoolOp(values=parts):
                found = [self.value(one) for one in parts]
                return Value(found[0].text, marks=values.marks_of(found), name=found[0].name)
            case ast.Compare():
                self.each(node)
                return UNKNOWN
            case ast.NamedExpr(target=target, value=inner):
                found_value = self.value(inner)
                self.bind(target, found_value)
                return found_value
            case ast.Await(value=inner) | ast.Starred(value=inner) | ast.YieldFrom(value=inner):
                return self.value(inner)
            case ast.ListComp(elt=one) | ast.SetComp(elt=one) | ast.GeneratorExp(elt=one):
                return self.comprehension(node.generators, [one], node)
            case ast.DictComp(key=key, value=inner):
                return self.comprehension(node.generators, [key, inner], node)
        return values.marked(values.marks_of(self.each(node)))

    def each(self, node: ast.AST) -> list[Value]:
        found = []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                found.append(self.value(child))
            elif isinstance(child, ast.keyword):
                found.append(self.value(child.value))
        return found

    def comprehension(
        self, generators: Sequence[ast.comprehension], parts: Sequence[ast.expr], node: ast.AST
    ) -> Value:
        chosen = 0
        for one in generators:
            self.bind(one.target, values.element(self.value(one.iter)))
            chosen += len(one.ifs)
            for test in one.ifs:
                chosen -= _KIND_OF_FILE.search(ast.unparse(test)) is not None
                self.value(test)
        if is_bomb(node, self.dotted):
            self.calls.found.append(Sign("fork-bomb"))
        self.calls.chosen += chosen
        found = [self.value(one) for one in parts]
        self.calls.chosen -= chosen
        return values.marked(values.marks_of(found))

    def dotted(self, node: ast.expr) -> str:
        """The name of what an expression refers to, without following calls in it."""
        match node:
            case ast.Name(id=name):
                return (self.scope.get(name) or self.free(name)).name or name
            case ast.Attribute(value=inner, attr=attr):
                return f"{self.dotted(inner)}.{attr}"
            case ast.Call(func=ast.Name(id="__import__"), args=[ast.Constant(value=str() as name)]):
                return name
        return ""

    def free(self, name: str) -> Value:
        """A name that the program has not bound: a builtin, or of a module taken whole."""
        for module in self.stars:
            if self.calls.knows(f"{module}.{name}"):
                return Value(name=f"{module}.{name}")
        return Value(name=name)

    def attribute(self, inner: Value, attr: str) -> Value:
        found = self.calls.attribute(inner, attr)
        if attr in self.members and not inner.name:
            return values.either(self.members[attr], found) if found.marks else self.members[attr]
        return found

    def subscript(self, inner: Value, key: ast.expr) -> Value:
        if isinstance(key, ast.Slice):
            back = isinstance(key.step, ast.UnaryOp)
            marks = values.marks_of([inner]) | ({"decoded"} if back else set())
            return values.marked(marks)
        found = self.value(key)
        if inner.items and isinstance(key, ast.Constant) and isinstance(key.value, int):
            return inner.items[key.value] if 0 <= key.value < len(inner.items) else UNKNOWN
        return self.calls.item(inner, found)

    # Functions of the program's own

    def call(self, node: object, arguments: Sequence[Value], keywords: dict[str, Value]) -> Value:
        if not isinstance(node, _Function) or node in self.stack or len(self.stack) >= DEPTH:
            return UNKNOWN
        self.followed.add(node)
        self.stack.append(node)
        before, returned = self.scope, self.returned
        self.scope, self.returned = dict(before), []
        given = node.args
        names = [one.arg for one in (*given.posonlyargs, *given.args)]
        if names[:1] in (["self"], ["cls"]):
            self.scope[names.pop(0)] = UNKNOWN
        for number, name in enumerate(names):
            self.scope[name] = arguments[number] if number < len(arguments) else UNKNOWN
        for name, one in keywords.items():
            self.scope[name] = one
        for more in (given.vararg, given.kwarg):
            if more is not None:
                self.scope[more.arg] = values.marked(values.marks_of(arguments))
        if isinstance(node, ast.Lambda):
            self.returned.append(self.value(node.body))
        else:
            self.block(node.body)
        found = self.returned
        self.scope, self.returned = before, returned
        self.stack.pop()
        result = found[0] if found else UNKNOWN
        for one in found[1:]:
            result = values.either(result, one)
        return result


def _merged(one: Scope, other: Scope) -> Scope:
    found = dict(one)
    for name, value in other.items():
        found[name] = values.either(found[name], value) if name in found else value
    return found


def _combined(left: Value, op: ast.operator, right: Value) -> Value:
    if isinstance(op, ast.Add):
        if left.items is not None and right.items is not None:
            return Value(items=(*left.items, *right.items))
        return values.concatenated([left, right])
    if isinstance(op, ast.Div):
        return replace(values.joined([left, right]), name=left.name)
    if isinstance(op, ast.Mod):
        return values.formatted(left, right)
    return values.marked(values.marks_of([left, right]))
