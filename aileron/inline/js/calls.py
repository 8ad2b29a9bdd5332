"""Calls: of functions that are known, of the program's own, and of methods."""

from __future__ import annotations

import posixpath
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import replace

from aileron.inline import values
from aileron.inline.found import written
from aileron.inline.js import core, environment, files, modules, network, processes, results, tables
from aileron.inline.js.core import DOES, Run, classify, unwrapped
from aileron.inline.js.lookups import Lookups, is_function
from aileron.inline.js.names import FUNCTIONS
from aileron.inline.js.texts import constant
from aileron.inline.trees import Node
from aileron.inline.values import CALLABLE, FOREIGN, NUMBER, OPAQUE, Value
from aileron.inline.words import names

_CALLABLE_MODULES = names("assert assert.strict events test")
_LOADS = names("require process.getBuiltinModule")
_SOCKETS = names("WebSocket EventSource")
_PROMISES = names("then catch finally")
_ALIASES = names("util.promisify module.createRequire")
core.SPECIAL.update(
    network.REQUESTS,
    processes.TEXTS,
    processes.WORDS,
    files.SPECIAL,
    _LOADS,
    _SOCKETS,
    _ALIASES,
    ("process.chdir", "process.on", "process.once", "process.off", "process.removeAllListeners"),
)
# Of what `fs.promises.open` gives.
_OF_FILES = names("readFile writeFile appendFile readLines createReadStream createWriteStream stat")


class Calls(Lookups):
    @abstractmethod
    def statements(self, nodes: Iterable[Node]) -> None: ...

    @abstractmethod
    def target(self, node: Node) -> None: ...

    @abstractmethod
    def key(self, node: Node) -> str | None: ...

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._returns: dict[Node, Value] = {}

    def arguments(self, call: Node) -> list[Value]:
        return [self.value(one) for one in core.arguments(call)]

    def call(self, node: Node) -> tuple[Value, ...]:
        function = unwrapped(node.fields["function"])
        self.seen.update((function, node.fields["function"]))
        if node.fields["arguments"].kind == "template_string":
            return (self._tagged(function, node.fields["arguments"]),)
        if function.kind == "import":
            given = self.arguments(node)
            return (modules.module(given[0] if given else OPAQUE, node, self.run),)
        if function.kind == "super":
            self.arguments(node)
            return (OPAQUE,)
        if function.kind == "member_expression":
            return self._on(function.fields["object"], function.fields["property"].text, node)
        if function.kind == "subscript_expression":
            index = self.value(function.fields["index"])
            if index.texts is None or len(index.texts) != 1 or index.kind == "number":
                self.run.unknown("calls a method that is decided at run time", node)
                self.value(function.fields["object"])
                self.arguments(node)
                return (OPAQUE,)
            return self._on(function.fields["object"], index.texts[0], node)
        found: list[Value] = []
        for one in self.alternatives(function):
            found += self.known(one, node)
        return tuple(found)

    def _on(self, where: Node, name: str, node: Node) -> tuple[Value, ...]:
        """A method of what an expression names."""
        if where.kind == "super":
            self.arguments(node)
            if name not in tables.METHODS and not self._is_own(name):
                self.run.unknown(f"calls .{name}() of a value that is not known", node)
            return (OPAQUE,)
        found: list[Value] = []
        for base in self.alternatives(where):
            if base.kind == "ref" and name in _PROMISES and classify(base.name) == "module":
                made = self.method(OPAQUE, name, where, node)  # of import(…)
                found.append(made if name == "then" else base)
            elif base.kind == "ref":
                known = self.member(base, name, node)
                if base.name in environment.ARGUMENTS and name in tables.CHANGES:
                    self.run.unknown("changes its arguments", node)
                is_method = known.kind == "ref" and classify(known.name) == "member"
                if is_method or known.kind == "number":
                    found.append(self.method(self.held(base, where), name, where, node))
                elif known.kind == "ref":
                    found += self.known(known, node)
                else:
                    found.append(self.method(self.held(base, where), name, where, node))
            else:
                found.append(self.method(base, name, where, node))
        return tuple(found)

    def known(self, function: Value, node: Node) -> tuple[Value, ...]:
        """A call of what is known by its dotted name, or of a value."""
        if function.kind == "foreign":
            self.arguments(node)
            return (FOREIGN,)
        if function.kind == "callable":
            self.arguments(node)
            made = self.run.functions.get(function.name)
            return (self.returned(made) if made is not None else OPAQUE,)
        if function.kind != "ref":
            self.arguments(node)
            if self._is_handed(node.fields["function"]):
                self.run.loose = True  # what a program holds is harmless, unless it is wild
                return (OPAQUE,)
            self.run.unknown("calls a value that is not known", node)
            return (OPAQUE,)
        dotted = function.name
        if dotted in _ALIASES:
            return self._alias(dotted, node)
        kind = classify(dotted)
        if kind == "does":
            return (self._does(dotted, node),)
        given = self.arguments(node)
        if kind == "module" and dotted in _CALLABLE_MODULES:
            return (OPAQUE,)
        if kind != "computes":
            self.run.unknown(f"{dotted} is not known to be harmless", node)
            return (OPAQUE,)
        self._calls_back(dotted.rpartition(".")[2], node)
        if dotted == "Object.assign":
            first = core.arguments(node)[:1]
            for one in first:
                self.changed(one)
        if dotted == "Object.create" and len(given) > 1:
            self.run.unknown("makes properties that are not read", node)
        compute = results.RESULTS.get(dotted)
        if compute is None or core.is_spread(node) or self.run.shaken:
            return (OPAQUE,)
        return (compute(given),)

    def _is_handed(self, function: Node) -> bool:
        """Whether a name is that of a parameter: what it is, a function's caller decided."""
        if function.kind != "identifier":
            return False
        _, bindings = self.run.names.bindings(function)
        return bool(bindings) and all(one.how in ("parameter", "element") for one in bindings)

    def _alias(self, dotted: str, node: Node) -> tuple[Value, ...]:
        """`promisify(f)` does what f does; `createRequire(…)` is a require."""
        given = core.arguments(node)
        if dotted.endswith("createRequire"):
            self.arguments(node)
            where = given[0].text if given else ""
            if where not in ("import.meta.url", "__filename", "import.meta.filename"):
                self.run.unknown("loads modules from another folder", node)
            return (values.ref("require"),)
        found = self.alternatives(given[0]) if given else (OPAQUE,)
        for one in given[1:]:
            self.value(one)
        return found

    def _does(self, dotted: str, node: Node) -> Value:
        run = self.run
        if dotted in _LOADS:
            given = self.arguments(node)
            return modules.module(given[0] if given else OPAQUE, node, run)
        if dotted in network.REQUESTS:
            return network.request(dotted, node, self.value, run)
        if dotted in processes.TEXTS or dotted in processes.WORDS:
            return processes.start(dotted, node, self.value, run)
        given = self.arguments(node)
        if dotted in files.SPECIAL or dotted in DOES:
            return files.call(dotted, node, self.value, run)
        if dotted == "process.chdir":
            only = given[0].texts if given else None
            if only is None or len(only) != 1 or run.folder:
                run.unknown("goes to a folder that is decided at run time", node)
            else:
                run.folder = posixpath.normpath(written(only[0]))
            return OPAQUE
        if dotted in _SOCKETS:
            run.unknown(f"calls {dotted} as a function", node)
        return OPAQUE

    def _tagged(self, function: Node, text: Node) -> Value:
        for one in text.parts:
            if constant(one) is None:
                self.value(one)
        for known in self.alternatives(function):
            if known == values.ref("String.raw"):
                plain = ("string_fragment", "escape_sequence")
                raw = all(part.kind in plain for part in text.parts)
                return values.text(text.text[1:-1]) if raw else OPAQUE
            if known.kind != "callable":
                self.run.unknown("calls a value that is not known", function)
        return OPAQUE

    # Methods

    def _is_own(self, name: str) -> bool:
        """Whether the program itself makes properties of this name."""
        return name in self.run.names.members and name not in tables.REACHING

    def method(self, base: Value, name: str, where: Node, node: Node) -> Value:
        run = self.run
        given = self.arguments(node)
        if base.kind == "foreign":
            self.member(base, name, node)
            return FOREIGN
        if base.named is not None and any(key == name for key, _ in base.named):
            run.loose = True
            return OPAQUE  # a function of the program's own
        if name in tables.FORBIDDEN:
            run.unknown(f".{name} leads into JavaScript itself", node)
            return OPAQUE
        of_file = base.kind == "file" and name in _OF_FILES
        if name not in tables.METHODS and not self._is_own(name) and not of_file:
            run.unknown(f"calls .{name}() of a value that is not known", node)
            return OPAQUE
        if name not in tables.METHODS:
            run.loose = True
        if name in tables.CHANGES:
            self.changed(where)
        if name == "listen" and given and given[0].kind != "number":
            run.unknown("listens somewhere that is decided at run time", node)
        self._calls_back(name, node)
        if run.shaken or core.is_spread(node) or name in run.names.members:
            return OPAQUE
        return results.method(base, name, given, self._of_function(node))

    def _of_function(self, node: Node) -> Value | None:
        """What the function returns that a method is given first."""
        first = core.arguments(node)[:1]
        function = unwrapped(first[0]) if first else None
        if function is None or not is_function(function):
            return OPAQUE if function is not None else None
        return self.returned(function)

    def _calls_back(self, name: str, node: Node) -> None:
        """What is called by a function that it is given to must be known to be a function."""
        at = tables.CALLBACKS.get(name)
        given = core.arguments(node)
        if at is None or at >= len(given):
            return
        found = self.value(given[at])
        if name in tables.TIMERS and found.kind != "callable" and found.kind != "foreign":
            self.run.unknown(f"gives {name} what may be code", node)
        known = found.kind in ("callable", "number", "none", "foreign")
        if not known and found.texts is None:
            self.run.loose = True

    def changed(self, node: Node) -> None:
        """Something is stored into a value: is it one that the program made?"""
        node = unwrapped(node)
        if node.kind in ("this", "array", "object"):
            return
        if node.kind == "identifier":
            _, bindings = self.run.names.bindings(node)
            if bindings and all(
                one.how == "value" and not one.path and one.node is not None and _is_made(one.node)
                for one in bindings
            ):
                return
        self.run.stores = True

    # Functions and classes

    def function(self, node: Node) -> Value:
        """A function that is written here: its body is read, whoever calls it."""
        self.parts(node)
        return self.function_value(node)

    def parts(self, node: Node) -> None:
        self.seen.add(node)
        parameters = node.fields.get("parameters") or node.fields.get("parameter")
        if parameters is not None:
            one_name = parameters.kind == "identifier"
            for one in [parameters] if one_name else parameters.parts:
                self.target(one)
        body = node.fields.get("body")
        if body is None:
            return
        if body.kind == "statement_block":
            self.statements(body.parts)
        else:
            self.value(body)

    def returned(self, function: Node) -> Value:
        """What a function returns, as one value for all of its calls."""
        known = self._returns.get(function)
        if known is None:
            self._returns[function] = OPAQUE
            known = self._returned(function)
            self._returns[function] = known
        return known

    def _returned(self, function: Node) -> Value:
        body = function.fields.get("body")
        if body is None or function.has("*"):
            return OPAQUE
        if body.kind != "statement_block":
            return self.value(body)
        found: list[Value] = []
        waiting = list(body.children)
        while waiting:
            one = waiting.pop()
            if one.kind in FUNCTIONS:
                continue
            if one.kind == "return_statement":
                found += [self.value(part) for part in one.parts] or [values.NONE]
            waiting += one.children
        statements = [one for one in body.parts if one.kind != "empty_statement"]
        if not statements or statements[-1].kind not in ("return_statement", "throw_statement"):
            found.append(values.NONE)
        return values.join(found)

    def defined(self, node: Node) -> str | None:
        """A method of a class or an object; its name, if that is known."""
        name = self.key(node.fields["name"])
        self.parts(node)
        return name

    def klass(self, node: Node) -> Value:
        self.seen.add(node)
        heritage = node.child("class_heritage")
        if heritage is not None:
            for base in self.alternatives(heritage.parts[0]):
                known = base.kind == "ref" and (
                    classify(base.name) == "computes" or base.name == "events"
                )
                if not known and base.kind not in ("callable", "foreign"):
                    self.run.unknown("extends a class that is not known", node)
        for one in node.fields["body"].parts:
            if one.kind == "method_definition":
                self.defined(one)
            elif one.kind == "field_definition":
                self.key(one.fields["property"])
                if "value" in one.fields:
                    self.value(one.fields["value"])
            elif one.kind == "class_static_block":
                self.statements(one.fields["body"].parts)
            else:
                self.run.unknown(f"{one.kind} is not read", one)
        return CALLABLE

    def new(self, node: Node) -> Value:
        made = node.fields["constructor"]
        given = self.arguments(node)
        found: list[Value] = []
        for one in self.alternatives(made):
            if one.kind == "foreign":
                found.append(FOREIGN)
            elif one.kind == "callable":
                found.append(OPAQUE)
            elif one.kind == "ref" and one.name in _SOCKETS:
                found.append(network.connects(node, given, self.run))
            elif one.kind == "ref" and (classify(one.name) == "computes" or one.name == "events"):
                found.append(self._made(one.name, given, node))
            else:
                self.run.unknown("makes an object of a class that is not known", node)
        return values.join(found)

    def _made(self, dotted: str, given: list[Value], node: Node) -> Value:
        if dotted == "Promise" and given and given[0].kind != "callable":
            self.run.loose = True
        if core.is_spread(node) or self.run.shaken:
            return OPAQUE
        if dotted == "Set" and len(given) == 1:
            return replace(values.many(values.element(given[0])), name="set")
        if dotted == "Array":
            return OPAQUE
        if dotted == "URL" and given:
            where = core.arguments(node)[1:2]
            if len(given) == 1:
                return given[0] if not _is_file(given[0]) else OPAQUE
            local = where[0].text == "import.meta.url"
            return given[0] if local and not _is_file(given[0]) else OPAQUE
        return NUMBER if dotted == "Number" else OPAQUE


def _is_file(value: Value) -> bool:
    return value.texts is None or any(
        one.lower().lstrip().startswith("file") for one in value.texts
    )


_FRESH = names("JSON.parse require structuredClone Object.fromEntries Object.create Object.keys")


def _is_made(node: Node) -> bool:
    """Whether an expression always makes a value of the program's own."""
    node = unwrapped(node)
    if node.kind in ("array", "object", "new_expression", "string", "number"):
        return True
    if node.kind in ("null", "undefined"):
        return True
    if node.kind != "call_expression":
        return False
    return node.fields["function"].text in _FRESH
