"""The values of expressions, and the deeds of evaluating them.

Each expression of the program is evaluated once, whether or not it would run.
Two rules carry the proof.  What does something (a module, `open`, `os.remove`)
may be called by its name but never held as a value, so that no value that a
program holds can do anything.  What is not known is unknown.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from aileron.inline import attributes, calls, commands, core, values, variables
from aileron.inline.builtin_calls import BUILTIN
from aileron.inline.core import classify
from aileron.inline.lookups import STREAMS, WRITE_PATHS, Lookups
from aileron.inline.values import CALLABLE, FOREIGN, NUMBER, OPAQUE, Value
from aileron.inline.words import names

_OPENS = names("""
    builtins.open io.open io.open_code io.FileIO codecs.open os.open os.fdopen gzip.open bz2.open
    lzma.open tarfile.open gzip.GzipFile bz2.BZ2File zipfile.ZipFile tarfile.TarFile
    """)
# What of a class or function may be shown, and what shows it.
_SHOWN = names("__init__ __new__ __call__ __mro__ __bases__ __annotations__")
_SHOWS = names("""
    print repr str inspect.signature inspect.getsource inspect.getdoc inspect.getfullargspec
    inspect.getsourcefile inspect.getsourcelines
    """)
core.SPECIAL.update(
    _OPENS,
    commands.SUBPROCESS,
    commands.TEXTS,
    commands.EXECS,
    (one for one in BUILTIN if classify.__wrapped__(one) != "computes"),
    ("os.environ", "matplotlib.rcParams", "matplotlib.pyplot.rcParams"),
)
RC_PARAMS = re.compile(r"(font|figure|axes|lines|legend|xtick|ytick|grid)\.[\w.]+")
_MAKES_CALLABLES = ("torch.nn.", "numpy.vectorize", "numpy.poly1d", "scipy.interpolate.")
_STREAM_NAMES = names("file stream fp f fileobj fdst new_target csvfile data")


class Expressions(Lookups):
    """Evaluates; `statements.py` says which expressions a program has."""

    # Attributes

    def attribute(self, base: Value, node: ast.Attribute) -> Value:
        if base.kind == "ref":
            dotted = f"{base.name}.{node.attr}"
            name = node.attr
            if classify(base.name) == "module" and name in ("__version__", "__file__", "__doc__"):
                return OPAQUE
            if classify(dotted) not in ("member", "foreign"):
                return values.ref(dotted)
            if classify(dotted) == "foreign" and not attributes.refused(name, self.run):
                return values.ref(dotted)
            base = self.held(base, node.value)
        if node.attr == "__class__" and self._only_named(node):
            return OPAQUE
        if node.attr in _SHOWN and self._only_shown(node):
            return OPAQUE
        why = attributes.refused(node.attr, self.run, node.value)
        if not why and (node.attr in core.METHODS or node.attr == "open"):
            why = "" if self._is_data(base) else f".{node.attr} is handed on"
        if why:
            self.run.unknown(why, node)
        return attributes.attribute(base, node.attr, self.run)

    def _only_named(self, node: ast.Attribute) -> bool:
        parent = self.run.names.parents.get(node)
        return isinstance(parent, ast.Attribute) and parent.attr in ("__name__", "__qualname__")

    def _only_shown(self, node: ast.Attribute) -> bool:
        """Whether an attribute is handed to nothing but what tells about it."""
        call = self.run.names.parents.get(node)
        if not isinstance(call, ast.Call) or node not in call.args or call.keywords:
            return False
        name = ast.unparse(call.func)
        head, bound = name.partition(".")[0], self.run.names.bound
        if head == "inspect":
            told = [one.name for one in bound.get(head, []) if one.how == "import"]
            return name in _SHOWS and told == ["inspect"] and len(bound[head]) == 1
        return name in _SHOWS and head not in bound

    def _is_data(self, base: Value) -> bool:
        return base.kind == "foreign"

    # Calls

    def call(self, node: ast.Call) -> Value:
        function = node.func
        if isinstance(function, ast.Attribute):
            found = []
            for base in self.alternatives(function.value):
                dotted = f"{base.name}.{function.attr}" if base.kind == "ref" else ""
                if dotted.startswith("os.environ."):
                    found.append(variables.method(self, node, function.attr))
                elif dotted.endswith("rcParams.update") and len(node.args) == 1:
                    found.append(self.options(node.args[0]))
                elif dotted.startswith("sys.path."):
                    found.append(variables.search(self, node, function.attr))
                elif dotted and not self._is_method(base, function, dotted):
                    found.append(self.known(self.attribute(base, function), node))
                else:
                    found.append(self._method(base, function, node))
            return values.join(found)
        return values.join([self.known(one, node) for one in self.alternatives(function)])

    def _is_method(self, base: Value, function: ast.Attribute, dotted: str) -> bool:
        """Whether a name below a known one is a method of what it computes (`str.lower`)."""
        return dotted not in core.SPECIAL and classify(dotted) == "member"

    def _method(self, base: Value, function: ast.Attribute, node: ast.Call) -> Value:
        name = function.attr
        inherited = isinstance(function.value, ast.Call) and (
            isinstance(function.value.func, ast.Name)
            and function.value.func.id == "super"
            and not function.value.args
        )
        arguments = self.arguments(node)
        if inherited and name in ("__init__", "__new__", "__enter__", "__exit__", "default"):
            return OPAQUE
        own = bool(self.run.names.members & {"home", "cwd"})
        if base.name.startswith("pathlib.") and name in ("home", "cwd") and not own:
            return values.text(values.HOME if name == "home" else ".", kind="path")
        held = self.held(base, function.value)
        why = attributes.refused(name, self.run, function.value)
        if why:
            self.run.unknown(why, node)
            return OPAQUE
        if base.kind == "ref" and classify(base.name) in ("computes", "member"):
            held = OPAQUE
        return attributes.called(held, name, node, arguments, self.run)

    def known(self, function: Value, node: ast.Call) -> Value:
        """A call of what is known by its dotted name, or held as a value."""
        if function.kind != "ref":
            self.arguments(node)
            if function.kind not in ("callable", "foreign"):
                self.run.unknown("calls a value that is not known", node)
            if self.run.names.is_class(node.func):
                return CALLABLE
            return FOREIGN if function.kind == "foreign" else OPAQUE
        dotted, run = function.name, self.run
        if dotted in commands.SUBPROCESS:
            return commands.process(dotted, node, self.value, self._can_be_said, run)
        if dotted in commands.TEXTS:
            return commands.shell_text(dotted, node, self.value, run)
        if dotted in commands.EXECS:
            return commands.executes(dotted, node, self.value, run)
        if dotted == "builtins.print" and any(one.arg == "file" for one in node.keywords):
            self.stream(node, dotted)
        if dotted in BUILTIN:
            return BUILTIN[dotted](self, node)
        arguments_too = dotted not in core.SPECIAL and dotted not in core.DOES
        if dotted in _OPENS:
            found = calls.open_file(dotted, node, self.value, run)
            self.arguments(node)
            return found
        if dotted in core.DOES:
            found = calls.table(dotted, node, self.value, run)
            self.arguments(node)
            return found
        kind = classify(dotted)
        if kind == "computes":
            attributes.switches(dotted, node, run)
        elif kind != "foreign":
            self.held(function, node.func)
        arguments = self.arguments(node) if arguments_too else []
        if kind == "foreign":
            return FOREIGN
        if dotted in STREAMS:
            self.stream(node, dotted)
        if dotted.startswith(_MAKES_CALLABLES):
            return CALLABLE
        compute = calls.RESULTS.get(dotted)
        elsewhere = dotted == "shutil.which" and node.keywords  # in a PATH of its own
        if compute is None or core.is_spread(node) or elsewhere:
            return OPAQUE
        return compute(arguments)

    def options(self, node: ast.expr) -> Value:
        """matplotlib's options: some of them start programs."""
        keys = node.keys if isinstance(node, ast.Dict) else [None]
        for one in keys:
            key = OPAQUE if one is None else self.value(one)
            if key.texts is None or not all(map(RC_PARAMS.fullmatch, key.texts)):
                self.run.unknown("sets an option that may load code", node)
        self.value(node)
        return OPAQUE

    def stream(self, node: ast.Call, dotted: str) -> None:
        """Trees and archives have a `write` that takes a path: they are no files to write to."""
        if not self.run.modules & WRITE_PATHS:
            return
        at = STREAMS[dotted]
        given = [one.value for one in node.keywords if one.arg in _STREAM_NAMES]
        given += node.args[at : at + 1] if at >= 0 else []
        if core.is_spread(node) or any(
            self.value(one).kind not in ("file", "none") for one in given
        ):
            self.run.unknown(f"{dotted} may be given what is no file", node)

    def _can_be_said(self, node: ast.expr) -> bool:
        return variables.can_be_said(self, node)

    def arguments(self, node: ast.Call) -> list[Value]:
        """The arguments by position; those by keyword are evaluated, too."""
        for one in node.keywords:
            self.value(one.value)
        return [self.value(one) for one in node.args]

    # Everything else

    def evaluate(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=constant):
                return _constant(constant)
            case ast.Call():
                return self.call(node)
            case ast.JoinedStr(values=parts):
                return values.concatenated([self.value(one) for one in parts])
            case ast.FormattedValue(value=inner, conversion=conversion, format_spec=spec):
                found = self.value(inner)
                if spec is not None:
                    self.value(spec)
                if spec is not None or conversion not in (-1, 115):
                    return NUMBER if found.kind == "number" and _is_plain(spec) else OPAQUE
                return replace(found, kind="data", items=None, each=None, under=None)
            case ast.BinOp(left=left, op=op, right=right):
                return self._operation(self.value(left), op, self.value(right))
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return self._sequence(elements, isinstance(node, ast.List))
            case ast.Set(elts=elements):
                return values.many(values.join(self.value(one) for one in elements))
            case ast.Dict(keys=keys, values=inside):
                names = [self.value(one) for one in keys if one is not None]
                under = values.join(self.value(one) for one in inside)
                if len(names) < len(keys):
                    return OPAQUE
                return values.mapping(values.join(names), under)
            case ast.Subscript():
                return self.subscript(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.value(test)
                return values.join([self.value(body), self.value(orelse)])
            case ast.BoolOp(values=inside):
                return values.join([self.value(one) for one in inside])
            case ast.UnaryOp(op=op, operand=operand):
                self.value(operand)
                plain = isinstance(op, ast.Not) or isinstance(operand, ast.Constant)
                return NUMBER if plain else OPAQUE
            case ast.Compare(left=left, comparators=others):
                for one in (left, *others):
                    self._compared(one)
                return OPAQUE
            case ast.Lambda(args=arguments, body=body):
                self.defaults(arguments)
                self.value(body)
                return CALLABLE
            case ast.NamedExpr(value=inner):
                return self.value(inner)
            case ast.Starred(value=inner):
                return replace(self.value(inner), texts=None)
            case ast.ListComp(elt=inner) | ast.SetComp(elt=inner) | ast.GeneratorExp(elt=inner):
                self._generators(node.generators)
                return values.many(self.value(inner))
            case ast.DictComp(key=key, value=inner):
                self._generators(node.generators)
                return values.mapping(self.value(key), self.value(inner))
            case ast.Yield(value=None):
                return OPAQUE
            case ast.Yield(value=ast.expr() as inner) | ast.YieldFrom(value=inner):
                self.value(inner)
                return OPAQUE
            case ast.Await(value=inner):
                self.value(inner)
                return OPAQUE
            case ast.Slice(lower=lower, upper=upper, step=step):
                for bound in (lower, upper, step):
                    if bound is not None:
                        self.value(bound)
                return OPAQUE
        self.run.unknown(f"{type(node).__name__} is not read", node)
        return OPAQUE

    def _compared(self, node: ast.expr) -> None:
        """Whether a name is in the environment, or among the modules, is no reading of it."""
        if isinstance(node, ast.Attribute):
            if node.attr == "environ" and variables.is_environ(self, node):
                return
            found = self.alternatives(node) if node.attr == "modules" else ()
            if found and all(one.kind == "ref" and one.name == "sys.modules" for one in found):
                return
        self.value(node)

    def _generators(self, generators: list[ast.comprehension]) -> None:
        for one in generators:
            self.value(one.iter)
            self.target(one.target)
            for condition in one.ifs:
                self.value(condition)

    def _sequence(self, elements: list[ast.expr], mutable: bool) -> Value:
        items: list[Value] = []
        for one in elements:
            found = self.value(one)
            if isinstance(one, ast.Starred):
                items += found.items if found.items is not None else (replace(OPAQUE, name="*"),)
            else:
                items.append(found)
        return values.sequence(items, mutable)

    def _operation(self, left: Value, op: ast.operator, right: Value) -> Value:
        if isinstance(op, ast.Div) and "path" in (left.kind, right.kind):
            return values.joined([left, right], "path")
        if isinstance(op, ast.Add):
            if left.items is not None:
                more = right.items if right.items is not None else (replace(OPAQUE, name="*"),)
                return values.sequence((*left.items, *more))
            numbers = {left.kind, right.kind} & {"number"}
            if right.items is not None or numbers:
                return NUMBER if left.kind == right.kind == "number" else OPAQUE
            return values.concatenated([left, right])
        if isinstance(op, ast.Mod) and left.texts is not None and len(left.texts) == 1:
            return Value(prefix=left.texts[0].partition("%")[0])
        if left.kind == "foreign" or right.kind == "foreign":
            return FOREIGN
        return OPAQUE

    def subscript(self, node: ast.Subscript) -> Value:
        bases = self.alternatives(node.value)
        index = self.value(node.slice)
        if values.ref("os.environ") in bases:
            return calls.variable(index, node, self.run)
        base = self.value(node.value)
        if base.kind == "foreign":
            return FOREIGN
        if base.under is not None:
            return base.under
        number = _number(node.slice)
        if number is not None and base.items is not None:
            return values.part(base, number)
        if isinstance(node.slice, ast.Slice):
            if base.items is not None and not base.mutable:
                return values.many(values.join(base.items) if base.items else OPAQUE)
            return values.many(values.element(base)) if base.each is not None else OPAQUE
        return values.element(base) if base.each is not None or base.items is not None else OPAQUE


def _constant(constant: object) -> Value:
    if isinstance(constant, str):
        return values.text(constant)
    if isinstance(constant, bytes):
        return OPAQUE
    if constant is None:
        return values.NONE
    if isinstance(constant, int) and abs(constant) < 10**18:
        return replace(values.text(str(constant)), kind="number", leaf=True)
    return NUMBER


def _is_plain(spec: ast.expr | None) -> bool:
    """A format that makes no `/`: `04d`, `.2f`."""
    if not isinstance(spec, ast.JoinedStr):
        return True
    return all(
        isinstance(one, ast.Constant) and "/" not in str(one.value) and ".." not in str(one.value)
        for one in spec.values
    )


def _number(node: ast.expr) -> int | None:
    try:
        found = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        return None
    return found if isinstance(found, int) else None
