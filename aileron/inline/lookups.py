"""What names mean, and that nothing which does something is held as a value."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterable

from aileron.inline import calls, core, values, variables
from aileron.inline.core import Run, classify
from aileron.inline.names import Binding
from aileron.inline.python_tables import BUILTINS_THAT_DO
from aileron.inline.reading import Reading
from aileron.inline.values import CALLABLE, FOREIGN, OPAQUE, Value
from aileron.inline.words import names

_BUILTINS = core.COMPUTES["builtins"] | BUILTINS_THAT_DO


# Modules with objects whose `write` takes a path, and where functions take what they write to.
WRITE_PATHS = names("xml lxml zipfile")
STREAMS = {
    "builtins.print": -1,
    "contextlib.redirect_stderr": 0,
    "contextlib.redirect_stdout": 0,
    "csv.DictWriter": 0,
    "csv.writer": 0,
    "functools.partial": -1,
    "json.dump": 1,
    "logging.StreamHandler": 0,
    "logging.basicConfig": -1,
    "pickle.dump": 1,
    "plistlib.dump": 1,
    "pprint.PrettyPrinter": 3,
    "pprint.pp": 1,
    "pprint.pprint": 1,
    "shutil.copyfileobj": 1,
    "tomli_w.dump": 1,
    "tqdm.tqdm": -1,
    "traceback.print_exc": 1,
    "traceback.print_exception": -1,
    "traceback.print_stack": 2,
    "traceback.print_tb": 2,
    "yaml.dump": 1,
    "yaml.dump_all": 1,
    "yaml.safe_dump": 1,
    "yaml.safe_dump_all": 1,
}


# Names of subprocess, and the kinds of value that they are.
_CONSTANTS = {
    "subprocess.PIPE": "number",
    "subprocess.STDOUT": "number",
    "subprocess.DEVNULL": "devnull",
    "subprocess.CompletedProcess": "callable",
    "subprocess.CalledProcessError": "callable",
    "subprocess.TimeoutExpired": "callable",
    "subprocess.SubprocessError": "callable",
}


class Lookups(Reading):
    def __init__(self, run: Run) -> None:
        self.run = run
        self._values: dict[ast.expr, Value] = {}
        self._names: dict[str, tuple[Value, ...]] = {}

    @abstractmethod
    def evaluate(self, node: ast.expr) -> Value: ...

    @abstractmethod
    def attribute(self, base: Value, node: ast.Attribute) -> Value: ...

    def value(self, node: ast.expr) -> Value:
        """What an expression yields as a value to be held."""
        known = self._values.get(node)
        if known is None:
            self._values[node] = OPAQUE  # for a name that is defined by itself
            if isinstance(node, ast.Name | ast.Attribute):
                known = self._joined(self.alternatives(node), node)
            else:
                known = self.evaluate(node)
            self._values[node] = known
        return known

    def _joined(self, alternatives: tuple[Value, ...], node: ast.expr) -> Value:
        held = [self.held(one, node) for one in alternatives]
        if len(held) > 1:
            # A name of Python's that is given another value, too: as a path it is that value.
            builtin = [one.name.startswith("builtins.") for one in alternatives]
            held = [one for one, is_builtin in zip(held, builtin, strict=True) if not is_builtin]
        return values.join(held)

    def alternatives(self, node: ast.expr) -> tuple[Value, ...]:
        """What a name or attribute may mean where it is called or asked for an attribute."""
        if isinstance(node, ast.Name):
            return self.name(node)
        if isinstance(node, ast.Attribute):
            bases = self.alternatives(node.value)
            return tuple(self.attribute(base, node) for base in bases)
        return (self.value(node),)

    def held(self, value: Value, node: ast.expr) -> Value:
        """A value that is stored or handed on: nothing that does something may be."""
        if value.kind != "ref":
            return value
        kind = classify(value.name)
        if value.name in _CONSTANTS:
            return Value(_CONSTANTS[value.name])
        if value.name == "os.environ":
            return variables.held(node, self.run)
        if value.name == "sys.path" and not self.run.names.only_looks(node):
            self.run.unknown("sys.path is handed on", node)
        kept = value.name in STREAMS and STREAMS[value.name] >= 0
        if kept and self.run.modules & WRITE_PATHS:
            self.run.unknown(f"{value.name} is handed on", node)
        if kind == "computes":
            return calls.constant(value.name, self.run)
        if kind == "foreign":
            return FOREIGN
        if kind == "member":
            return OPAQUE
        what = {"module": "the module ", "does": "", "unknown": ""}[kind]
        why = "is not known to be harmless" if kind == "unknown" else "is handed on"
        self.run.unknown(f"{what}{value.name} {why}", node)
        return OPAQUE

    # Names

    def name(self, node: ast.Name) -> tuple[Value, ...]:
        known = self._names.get(node.id)
        if known is None:
            known = self._names[node.id] = self._bound(node)
        return known

    def _bound(self, node: ast.Name) -> tuple[Value, ...]:
        name, known = node.id, self.run.names
        bindings = known.bound.get(name, [])
        found: list[Value] = []
        refs = [values.ref(one.name) for one in bindings if one.how == "import"]
        if name.startswith("__") and name not in ("__name__", "__file__", "__doc__"):
            self.run.unknown(f"{name} leads into Python itself", node)
        if name in _BUILTINS:
            refs.append(values.ref(f"builtins.{name}"))
        elif name in ("__name__", "__file__", "__doc__"):
            found.append(OPAQUE)
        elif not bindings and known.stars:
            refs += [values.ref(f"{module}.{name}") for module in known.stars]
        elif not bindings:
            self.run.unknown(f"{name} is not defined", node)
        self._names[name] = (*refs, OPAQUE)  # for a name that is defined by itself
        found += [self._binding(one) for one in bindings if one.how != "import"]
        held = values.join(found) if found else values.NONE
        if held.mutable or held.items is not None or held.each is not None:
            if known.changed(name):
                held = values.without_parts(held)
                held = values.without_mutable_parts(held)
            elif len(known.loads.get(name, ())) > 1:
                held = values.without_mutable_parts(held)
        if held.kind != "none" or not refs:
            return (*dict.fromkeys(refs), held)
        return tuple(dict.fromkeys(refs))

    def _binding(self, binding: Binding) -> Value:
        match binding.how:
            case "function":
                assert isinstance(binding.node, ast.FunctionDef | ast.AsyncFunctionDef)
                return CALLABLE
            case "class":
                return CALLABLE
            case "parameter":
                return self._parameter(binding)
            case "opaque":
                return OPAQUE
        assert binding.value is not None
        found = self.value(binding.value)
        if binding.how == "element":
            found = values.element(found)
        for number, of in binding.path:
            found = values.part(found, number, of)
        return found

    def _parameter(self, binding: Binding) -> Value:
        """A parameter is what the calls give it, where all of them can be seen."""
        node, names = binding.node, self.run.names
        if not isinstance(node, ast.FunctionDef) or node.decorator_list or names.is_method(node):
            return OPAQUE
        given = names.calls.get(node.name, [])
        if len(given) != len(names.loads.get(node.name, ())) or not given or len(given) > 64:
            return OPAQUE
        order = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
        found = []
        for call in given:
            if core.is_spread(call):
                return OPAQUE
            argument = core.keyword(call, binding.name)
            if argument is None and binding.name in order[: len(call.args)]:
                argument = call.args[order.index(binding.name)]
            if argument is not None:
                found.append(self.value(argument))
        return values.join([*found, *self._default(node.args, binding.name)])

    def _default(self, arguments: ast.arguments, name: str) -> Iterable[Value]:
        every = [*arguments.posonlyargs, *arguments.args]
        with_default = every[len(every) - len(arguments.defaults) :]
        pairs = [
            *zip(with_default, arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        for one, default in pairs:
            if one.arg == name and default is not None:
                yield self.value(default)
