"""The statements of a program: which expressions it has, and what it stores where."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from aileron.inline import attributes, core, package_tables, python_tables, variables
from aileron.inline.core import classify
from aileron.inline.deeds import Deed
from aileron.inline.expressions import RC_PARAMS, Expressions
from aileron.inline.method_tables import DEFINED_DUNDERS, HARMFUL
from aileron.inline.values import Value
from aileron.inline.words import names

# Modules whose objects do something else once such an attribute of theirs is set.
_LED_BY_ATTRIBUTES = names(
    "tempfile logging zipfile tarfile urllib requests subprocess gzip bz2 lzma sqlite3 argparse"
    " http threading configparser concurrent string"
)
_LEADING = names("""
    name filename fp pid args full_url host data selector url type method mode stream pattern
    default choices action function func target kwargs delimiter path base dir
    returncode terminator level emit handle filters suffix prefix
    """)
_ANNOTATION = re.compile(r"(?:(?!__)[\w.\[\], |'\"])*")


class Statements(Expressions):
    def block(self, statements: Iterable[ast.stmt]) -> None:
        for one in statements:
            self.statement(one)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=value):
                self.value(value)
            case ast.Assign(targets=targets, value=value):
                self.value(value)
                for target in targets:
                    self.target(target)
            case ast.AugAssign(target=target, value=value):
                self.value(value)
                self.target(target)
            case ast.AnnAssign(target=target, annotation=annotation, value=maybe):
                self.annotation(annotation)
                if maybe is not None:
                    self.value(maybe)
                self.target(target)
            case ast.For(target=target, iter=inner) | ast.AsyncFor(target=target, iter=inner):
                self.value(inner)
                self.target(target)
                self.block([*node.body, *node.orelse])
            case ast.While(test=test) | ast.If(test=test):
                self.value(test)
                self.block([*node.body, *node.orelse])
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                for item in items:
                    self.value(item.context_expr)
                    if item.optional_vars is not None:
                        self.target(item.optional_vars)
                self.block(body)
            case ast.Try(handlers=handlers) | ast.TryStar(handlers=handlers):
                self.block(node.body)
                for handler in handlers:
                    if handler.type is not None:
                        self.value(handler.type)
                    if handler.name:
                        self.defined(handler.name, handler)
                    self.block(handler.body)
                self.block([*node.orelse, *node.finalbody])
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.function(node)
            case ast.ClassDef():
                self.klass(node)
            case ast.Import(names=names):
                for alias in names:
                    self.imported(alias.name, node)
                    self.defined(alias.asname or "", node)
            case ast.ImportFrom():
                self.imported_from(node)
            case ast.Return(value=maybe):
                if maybe is not None:
                    self.value(maybe)
            case ast.Raise(exc=exc, cause=cause):
                for raised in (exc, cause):
                    if raised is not None:
                        self.value(raised)
            case ast.Assert(test=test, msg=msg):
                self.value(test)
                if msg is not None:
                    self.value(msg)
            case ast.Delete(targets=targets):
                for target in targets:
                    self.target(target)
            case ast.Match(subject=subject, cases=cases):
                self.value(subject)
                for one in cases:
                    self.pattern(one.pattern)
                    if one.guard is not None:
                        self.value(one.guard)
                    self.block(one.body)
            case ast.Global() | ast.Nonlocal() | ast.Pass() | ast.Break() | ast.Continue():
                pass
            case _:
                self.run.unknown(f"{type(node).__name__} is not read", node)

    # Imports

    def imported(self, module: str, node: ast.stmt) -> None:
        """One module: its name, and whether anything is known about it."""
        top = module.partition(".")[0]
        self.run.add(Deed("import", top), node)
        if classify(module) == "module":
            return
        if top in python_tables.OTHERS or top in package_tables.REFUSED or top in core.KNOWN:
            if classify(module) not in ("computes", "foreign"):
                self.run.unknown(f"imports {module}", node)
            return
        if any(part in HARMFUL or part.startswith("_") for part in module.split(".")):
            self.run.unknown(f"imports {module}", node)
        self.run.add(Deed("module", module), node)

    def imported_from(self, node: ast.ImportFrom) -> None:
        if node.level or not node.module:
            self.run.unknown("imports from a package around it", node)
            return
        self.imported(node.module, node)
        for alias in node.names:
            if alias.name == "*":
                plain = "*" in core.COMPUTES.get(node.module, ()) or node.module in _PLAIN_STARS
                if not plain or node.module.startswith(("torch", "numpy")):
                    self.run.unknown(f"imports every name of {node.module}", node)
                continue
            self.defined(alias.asname or "", node)
            dotted = f"{node.module}.{alias.name}"
            if classify(dotted) == "foreign":
                why = attributes.refused(alias.name, self.run)
                if why:
                    self.run.unknown(f"imports {dotted}", node)

    # Definitions

    def defined(self, name: str, node: ast.AST) -> None:
        if name.startswith("__") and name.endswith("__") and name not in DEFINED_DUNDERS:
            self.run.unknown(f"defines {name}", node)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.defined(node.name, node)
        if getattr(node, "type_params", None):
            self.run.unknown("type parameters are not read", node)
        self.decorated(node.decorator_list)
        self.defaults(node.args)
        if node.returns is not None:
            self.annotation(node.returns)
        self.block(node.body)

    def decorated(self, decorators: list[ast.expr]) -> None:
        """A decorator is called with what it stands before."""
        for one in decorators:
            if self._is_property(one):
                continue
            for function in self.alternatives(one):
                if function.kind == "ref":
                    function = self.held(function, one)
                if function.kind not in ("callable", "foreign"):
                    self.run.unknown("a decorator that is not known", one)

    def _is_property(self, node: ast.expr) -> bool:
        """`@x.setter`"""
        return isinstance(node, ast.Attribute) and node.attr in ("setter", "getter", "deleter")

    def klass(self, node: ast.ClassDef) -> None:
        self.defined(node.name, node)
        if getattr(node, "type_params", None):
            self.run.unknown("type parameters are not read", node)
        self.decorated(node.decorator_list)
        for base in node.bases:
            self.value(base)
        for one in node.keywords:
            self.value(one.value)
        self.block(node.body)

    def defaults(self, arguments: ast.arguments) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.value(default)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
        for one in every:
            self.defined(one.arg, one)
            if one.annotation is not None:
                self.annotation(one.annotation)

    def annotation(self, node: ast.expr) -> None:
        """Annotations are evaluated, and so may texts in them be, by what looks at them."""
        for one in ast.walk(node):
            text = one.value if isinstance(one, ast.Constant) else ""
            if isinstance(text, str) and not _ANNOTATION.fullmatch(text):
                self.run.unknown("an annotation that may be evaluated", node)
        self.value(node)

    # What is stored into

    def target(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name):
                self.defined(name, node)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for one in elements:
                    self.target(one)
            case ast.Starred(value=inner):
                self.target(inner)
            case ast.Attribute(value=inner):
                self.stored(node, self.alternatives(inner))
            case ast.Subscript(value=inner, slice=index):
                self._stored_under(self.alternatives(inner), inner, index)
            case _:
                self.run.unknown("assigns to what is not read", node)

    def stored(self, target: ast.Attribute, bases: Iterable[Value]) -> None:
        """`x.attr = …`: never on a module or a library's class."""
        attr = target.attr
        why = attributes.refused(attr, self.run, target.value)
        if why:
            self.run.unknown(why, target)
        if attr in _LEADING and self.run.modules & _LED_BY_ATTRIBUTES:
            self.run.unknown(f"sets .{attr} of a value that is not known", target)
        for base in bases:
            if base.kind in ("ref", "foreign"):
                what = base.name or "what comes from a module that is not known,"
                self.run.unknown(f"changes {what}.{attr}", target)

    def _stored_under(self, bases: Iterable[Value], node: ast.expr, index: ast.expr) -> None:
        key = self.value(index)
        for base in bases:
            if base.kind != "ref":
                continue
            if base.name == "os.environ":
                variables.sets(key, node, self.run)
            elif base.name.startswith("matplotlib.") and base.name.endswith("rcParams"):
                if key.texts is None or not all(map(RC_PARAMS.fullmatch, key.texts)):
                    self.run.unknown("sets an option that may load code", node)
            elif base.name != "sys.argv" and classify(base.name) != "foreign":
                self.run.unknown(f"changes {base.name}", node)

    # Patterns

    def pattern(self, node: ast.pattern) -> None:
        for one in ast.walk(node):
            match one:
                case ast.MatchValue(value=value):
                    self.value(value)
                case ast.MatchClass(cls=cls, patterns=patterns, kwd_attrs=names):
                    found = self.alternatives(cls)
                    builtin = all(v.name.startswith("builtins.") for v in found)
                    if patterns and not builtin:
                        self.run.unknown("matches what a class says of itself", one)
                    self.value(cls)
                    for name in names:
                        why = attributes.refused(name, self.run)
                        if why or name in core.METHODS:
                            self.run.unknown(why or f".{name} is handed on", one)
                case ast.MatchMapping(keys=keys):
                    for key in keys:
                        self.value(key)


_PLAIN_STARS = frozenset({"collections", "typing", "itertools", "dataclasses", "datetime", "json"})
