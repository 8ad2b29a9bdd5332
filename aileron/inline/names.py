"""What every name of a program may be bound to.

All scopes are taken as one: a name is everything that any line binds it to, and
what Python itself binds it to.  That is more than it can be, and never less.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from aileron.inline.words import names

# Functions that neither keep nor change a list that they are given.
_KEEPS_LISTS = names(
    "print len repr str sorted enumerate zip list tuple set min max sum any all reversed"
)
_KEEPS_LISTS_ATTRIBUTES = names(
    "run call check_call check_output Popen join dumps dump execv execvp"
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Binding:
    """`how` is value, element, import, function, class, parameter or opaque.

    `value` is the expression, `path` the positions to take in it one after the
    other, each (number, of how many); `name` what is imported.
    """

    how: str
    value: ast.expr | None = None
    path: tuple[tuple[int, int], ...] = ()
    name: str = ""
    node: ast.AST | None = None


@dataclass(slots=True)
class Names:
    bound: dict[str, list[Binding]] = field(default_factory=dict)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    loads: dict[str, list[ast.Name]] = field(default_factory=dict)
    calls: dict[str, list[ast.Call]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)  # modules all of whose names are imported
    members: set[str] = field(default_factory=set)  # methods and attributes of the program's own
    arguments: bool = True  # whether sys.argv is only looked at

    def changed(self, name: str, beside: ast.expr | None = None) -> bool:
        """Whether a list of this name may be changed in place, or be held elsewhere.

        What is done with it at `beside` is known.
        """
        loads = (load for load in self.loads.get(name, ()) if load is not beside)
        return not all(self.only_looks(load) for load in loads)

    def only_looks(self, load: ast.expr) -> bool:
        """Whether the list that an expression names is looked at where it stands, and not kept."""
        parent = self.parents.get(load)
        if isinstance(parent, ast.keyword):
            call = self.parents.get(parent)
            function = call.func if isinstance(call, ast.Call) else None
            asks = isinstance(function, ast.Attribute) and function.attr in ("get", "head")
            return asks and parent.arg in ("headers", "params")
        if isinstance(parent, ast.Call):
            # `f(xs)`, but not `xs(…)`
            if parent.func is load:
                return False
            function = parent.func
            if isinstance(function, ast.Name):
                return function.id in _KEEPS_LISTS and function.id not in self.bound
            return (
                isinstance(function, ast.Attribute)
                and function.attr in _KEEPS_LISTS_ATTRIBUTES
                and function.attr not in self.members
            )
        if isinstance(parent, ast.For | ast.comprehension):
            return parent.iter is load
        if isinstance(parent, ast.Starred):
            return isinstance(self.parents.get(parent), ast.List | ast.Call)
        if isinstance(parent, ast.Attribute):
            call = self.parents.get(parent)
            called = isinstance(call, ast.Call) and call.func is parent
            return called and parent.attr in ("items", "keys", "values", "get", "index", "count")
        if isinstance(parent, ast.Subscript):
            return (
                parent.value is load and isinstance(parent.ctx, ast.Load) and self._is_read(parent)
            )
        return isinstance(parent, ast.BinOp | ast.Compare | ast.FormattedValue | ast.If)

    def _is_read(self, subscript: ast.Subscript) -> bool:
        """`xs[0]` where it is an argument or joined, but not `xs[0].append(…)`, `xs[0][1] = …`."""
        parent = self.parents.get(subscript)
        return isinstance(parent, ast.BinOp | ast.Compare | ast.FormattedValue) or (
            isinstance(parent, ast.Call) and parent.func is not subscript
        )

    def is_method(self, node: ast.AST) -> bool:
        """Whether a function is defined in a class, be it below an `if` there."""
        here = self.parents.get(node)
        while here is not None and not isinstance(here, Function | ast.Lambda | ast.ClassDef):
            here = self.parents.get(here)
        return isinstance(here, ast.ClassDef)

    def is_class(self, node: ast.expr) -> bool:
        """Whether an expression is the name of a class of the program's own."""
        bindings = self.bound.get(node.id, []) if isinstance(node, ast.Name) else []
        return bool(bindings) and all(one.how == "class" for one in bindings)

    def repeats(self, node: ast.AST) -> bool:
        """Whether the node may run more than once."""
        here = self.parents.get(node)
        while here is not None:
            if isinstance(
                here, Function | ast.Lambda | ast.For | ast.While | ast.comprehension | ast.ClassDef
            ) or hasattr(here, "generators"):
                return True
            here = self.parents.get(here)
        return False


def names_of(tree: ast.Module) -> Names:
    names = Names()
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            names.parents[child] = node
    for node in ast.walk(tree):
        _note(node, names)
    return names


def _note(node: ast.AST, names: Names) -> None:
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            names.loads.setdefault(name, []).append(node)
            names.arguments = names.arguments and name != "getattr"
        case ast.Name(id=name, ctx=ast.Store()):
            _bind(names, name, _stored(node, names))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            if name == "setattr" and len(arguments) > 1 and isinstance(arguments[1], ast.Constant):
                names.members.add(str(arguments[1].value))
            names.calls.setdefault(name, []).append(node)
        case ast.Import():
            for alias in node.names:
                known = alias.name if alias.asname else alias.name.partition(".")[0]
                bound = alias.asname or known
                _bind(names, bound, Binding("import", name=known))
        case ast.ImportFrom():
            for alias in node.names:
                if alias.name == "*":
                    names.stars.append(node.module or "")
                else:
                    dotted = f"{node.module or ''}.{alias.name}"
                    names.arguments = names.arguments and alias.name != "argv"
                    _bind(names, alias.asname or alias.name, Binding("import", name=dotted))
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            _bind(names, node.name, Binding("function", node=node))
            if names.is_method(node):
                names.members.add(node.name)
            _parameters(node, node.args, names)
        case ast.Lambda():
            _parameters(node, node.args, names)
        case ast.ClassDef():
            _bind(names, node.name, Binding("class", node=node))
        case ast.ExceptHandler(name=str() as name) | ast.MatchStar(name=str() as name):
            _bind(names, name, Binding("opaque"))
        case ast.MatchAs(name=str() as name) | ast.MatchMapping(rest=str() as name):
            _bind(names, name, Binding("opaque"))
        case ast.Attribute(attr=attr):
            if isinstance(node.ctx, ast.Store):
                names.members.add(attr)
            if attr == "argv":
                names.arguments = names.arguments and _only_looks_at_arguments(node, names)


def _only_looks_at_arguments(node: ast.Attribute, names: Names) -> bool:
    parent = names.parents.get(node)
    if isinstance(parent, ast.Subscript):
        return isinstance(parent.ctx, ast.Load)
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Name)
        and parent.func.id in ("len", "print")
    )


def _bind(names: Names, name: str, binding: Binding) -> None:
    names.bound.setdefault(name, []).append(binding)


def _parameters(node: ast.AST, arguments: ast.arguments, names: Names) -> None:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    for one in every:
        _bind(names, one.arg, Binding("parameter", name=one.arg, node=node))
    for more in (arguments.vararg, arguments.kwarg):
        if more is not None:
            _bind(names, more.arg, Binding("opaque"))


def _stored(node: ast.AST, names: Names) -> Binding:
    """What an assignment, a loop or a `with` puts into a name."""
    path: list[tuple[int, int]] = []
    here: ast.AST = node
    while True:
        parent = names.parents.get(here)
        if isinstance(parent, ast.Tuple | ast.List):
            if len(parent.elts) > 32 or any(isinstance(one, ast.Starred) for one in parent.elts):
                return Binding("opaque")
            number = next(n for n, one in enumerate(parent.elts) if one is here)
            path.insert(0, (number, len(parent.elts)))
            here = parent
            continue
        break
    where = tuple(path)
    match parent:
        case ast.Assign(value=value) | ast.NamedExpr(value=value):
            return Binding("value", value, where)
        case ast.AnnAssign(value=ast.expr() as value):
            return Binding("value", value, where)
        case ast.For(iter=value) | ast.AsyncFor(iter=value) | ast.comprehension(iter=value):
            return Binding("element", value, where)
        case ast.withitem(context_expr=value):
            return Binding("value", value, where)
    return Binding("opaque")
