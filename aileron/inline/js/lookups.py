"""What names mean, and that nothing which does something is held as a value.

A module, or a function that does something, may be called by its name and asked for
its parts, and be given another name; it is never a part of a value.  A name
that stands for one stands for nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace

from aileron.inline import values
from aileron.inline.js import core, environment, modules, tables
from aileron.inline.js.core import Run, classify, outside, unwrapped
from aileron.inline.js.names import FUNCTIONS, Binding, Scope, Step
from aileron.inline.trees import Node
from aileron.inline.values import CALLABLE, FOREIGN, NUMBER, OPAQUE, Value
from aileron.inline.words import names

# Expressions that may stand for what is not held.
NAMING = names("""
    identifier shorthand_property_identifier member_expression subscript_expression
    parenthesized_expression await_expression call_expression ternary_expression sequence_expression
    """)
_EITHER = frozenset({"||", "??", "&&"})
_HARMFUL = frozenset({"module", "does", "unknown"})
_CALLS = 64  # of one function that are looked at


class Lookups(ABC):
    def __init__(self, run: Run) -> None:
        self.run = run
        self.seen: set[Node] = set()
        self._values: dict[Node, Value] = {}
        self._alternatives: dict[Node, tuple[Value, ...]] = {}
        self._names: dict[tuple[Scope | None, str], tuple[Value, ...]] = {}

    @abstractmethod
    def evaluate(self, node: Node) -> Value: ...

    @abstractmethod
    def call(self, node: Node) -> tuple[Value, ...]: ...

    @abstractmethod
    def member(self, base: Value, name: str, node: Node) -> Value: ...

    @abstractmethod
    def subscript(self, node: Node) -> tuple[Value, ...]: ...

    def value(self, node: Node) -> Value:
        """What an expression yields as a value to be held."""
        known = self._values.get(node)
        if known is None:
            self._values[node] = OPAQUE  # for what is defined by itself
            if self.names_something(node):
                known = values.join(self.held(one, node) for one in self.alternatives(node))
            else:
                self.seen.add(node)
                known = self.evaluate(node)
            self._values[node] = known
        return known

    def names_something(self, node: Node) -> bool:
        return node.kind in NAMING or (node.kind == "binary_expression" and node.has(*_EITHER))

    def alternatives(self, node: Node) -> tuple[Value, ...]:
        """What an expression may mean where it is called, given a name, or asked for a part."""
        if not self.names_something(node):
            return (self.value(node),)
        known = self._alternatives.get(node)
        if known is None:
            self._alternatives[node] = (OPAQUE,)
            self.seen.add(node)
            known = tuple(dict.fromkeys(self._found(node)))
            self._alternatives[node] = known
        return known

    def _found(self, node: Node) -> Iterable[Value]:
        match node.kind:
            case "identifier" | "shorthand_property_identifier":
                return self.name(node)
            case "member_expression":
                name = node.fields["property"].text
                base = node.fields["object"]
                found = [self.member(one, name, node) for one in self.alternatives(base)]
                chained = node.child("optional_chain") is not None
                return [values.maybe_missing(one) for one in found] if chained else found
            case "subscript_expression":
                return self.subscript(node)
            case "call_expression":
                return self.call(node)
            case "ternary_expression":
                self.value(node.fields["condition"])
                return [
                    *self.alternatives(node.fields["consequence"]),
                    *self.alternatives(node.fields["alternative"]),
                ]
            case "binary_expression":
                return [
                    *self.alternatives(node.fields["left"]),
                    *self.alternatives(node.fields["right"]),
                ]
        last: tuple[Value, ...] = (OPAQUE,)
        for one in node.parts:  # parentheses, await and commas: the last one counts
            last = self.alternatives(one)
        return last

    def held(self, value: Value, node: Node) -> Value:
        """A value that is stored or handed on: nothing that does something may be."""
        if value.kind != "ref":
            return value
        if value.name == "process.env":
            return environment.held(node, self.run)
        kind = classify(value.name)
        if kind in _HARMFUL:
            what = {"module": "the module ", "does": "", "unknown": ""}[kind]
            why = "is not known to be harmless" if kind == "unknown" else "is handed on"
            self.run.unknown(f"{what}{value.name} {why}", node)
            return OPAQUE
        if kind == "member":
            return OPAQUE
        around = outside(node)
        compared = around is not None and around.has("instanceof")
        if value.name in tables.CHANGEABLE and not compared:
            self.run.wild = True
        return environment.constant(value.name, node, self.run)

    # Names

    def name(self, node: Node) -> tuple[Value, ...]:
        self.seen.add(node)
        scope, bindings = self.run.names.bindings(node)
        name = node.text
        known = self._names.get((scope, name))
        if known is None:
            self._names[scope, name] = (OPAQUE,)
            known = self._bound(node, name, scope, bindings)
            self._names[scope, name] = known
        if scope is None and len(known) == 1 and known[0].kind == "none":
            parent = node.parent
            if not (parent is not None and parent.kind == "unary_expression"):  # typeof x
                self.run.unknown(f"{name} is not defined", node)
        return known

    def _bound(
        self, node: Node, name: str, scope: Scope | None, bindings: list[Binding]
    ) -> tuple[Value, ...]:
        found: list[Value] = []
        if scope is None or (scope is self.run.names.top and name not in scope.kept):
            found += self.builtin(name)
        for one in bindings:
            found += self.binding(one)
        refs = [one for one in found if one.kind == "ref"]
        others = [one for one in found if one.kind not in ("ref", "none")]
        if len(set(refs)) + bool(others) > 1 and any(classify(o.name) in _HARMFUL for o in refs):
            self.run.unknown(f"{name} is given several meanings", node)
        if not others:
            return tuple(dict.fromkeys(refs)) or (values.NONE,)
        held = values.join([*others, *(one for one in found if one.kind == "none")])
        if scope is not None and (name not in scope.kept or name in scope.unset):
            held = values.maybe_missing(held)
        if held.mutable or held.items is not None or held.named is not None:
            uses = scope.uses.get(name, []) if scope is not None else []
            if not all(map(self.only_looks, uses)):
                held = values.without_mutable_parts(values.without_parts(held))
            elif len(uses) > 1:
                held = values.without_mutable_parts(held)
        return (*dict.fromkeys(refs), held)

    def builtin(self, name: str) -> list[Value]:
        """What a name means that the program does not define."""
        if name == "__dirname":
            return [values.text(".")]
        if name == "__filename":
            return [OPAQUE]
        name = tables.SAME.get(f"global.{name}", name)
        if name in ("global", "globalThis"):
            return [values.ref("globalThis")]
        if "/" in name or (name in tables.MODULES and name in tables.NOT_AS_NAMES - {"process"}):
            return [values.ref(name)] if name in ("console", "module") else []
        return [values.ref(name)] if name != "global" and classify(name) != "unknown" else []

    def binding(self, binding: Binding) -> tuple[Value, ...]:
        found = self._start(binding)
        for step in binding.path:
            found = tuple(self.part(one, step, binding) for one in found)
        return found

    def _start(self, binding: Binding) -> tuple[Value, ...]:
        node = binding.node
        match binding.how:
            case "function":
                assert node is not None
                return (self.function_value(node),)
            case "class":
                return (CALLABLE,)
            case "number":
                return (NUMBER,)
            case "opaque":
                return (OPAQUE,)
        assert node is not None
        match binding.how:
            case "parameter":
                return self.parameter(node, binding.number)
            case "import":
                return (modules.imported(node, binding.name, self.run),)
            case "augmented":
                operator = node.fields["operator"].text
                right = node.fields["right"]
                if operator in ("||=", "??=", "&&="):
                    return self.alternatives(right)
                return (OPAQUE if operator == "+=" else NUMBER,)
            case "element":
                each = values.element(self.value(node))
                return (OPAQUE if self.run.shaken else each,)
            case "key":
                return (self.keys(self.value(node)),)
        if not binding.path and unwrapped(node).kind in FUNCTIONS:
            return (self.function_value(unwrapped(node)),)
        return self.alternatives(node)

    def keys(self, value: Value) -> Value:
        if value.named is not None:
            return values.text(*(key for key, _ in value.named)) if value.named else OPAQUE
        return NUMBER if value.items is not None else OPAQUE

    def part(self, value: Value, step: Step, binding: Binding) -> Value:
        """What a pattern takes of a value."""
        how, which = step
        node = binding.node
        assert node is not None
        if how == "key":
            return self.member(value, str(which), node)
        value = self.held(value, node)
        if how == "item":
            if value.items is None:
                return OPAQUE if self.run.shaken else values.element(value)
            known = not self.run.shaken and int(which) < len(value.items)
            return value.items[int(which)] if known else OPAQUE
        if how == "any":
            self.run.wild = self.run.feeds = True
        return FOREIGN if value.kind == "foreign" else OPAQUE

    # Functions

    def function_value(self, node: Node) -> Value:
        name = str(node.start)
        self.run.functions[name] = node
        return replace(CALLABLE, name=name)

    def parameter(self, function: Node, number: int) -> tuple[Value, ...]:
        """A parameter is what the calls give it, where all of them can be seen."""
        parameters = function.fields.get("parameters")
        given = parameters.parts if parameters is not None else []
        if number < len(given) and given[number].kind == "rest_pattern":
            return (OPAQUE,)
        parent = outside(function)
        if parent is not None and parent.kind == "arguments" and parent.parent is not None:
            return self._called_back(function, parent, parent.parent, number)
        calls: list[Node] = []
        named = function.fields.get("name") is not None
        if parent is not None and parent.kind == "call_expression":
            if named:
                return (OPAQUE,)
            calls = [parent]
        else:
            uses = self.run.names.uses(function)
            if uses is None or (named and function.kind in ("function_expression", "class")):
                return (OPAQUE,)
            for use in uses:
                call = use.parent
                if call is None or call.fields.get("function") is not use:
                    return (OPAQUE,)
                calls.append(call)
        if not calls or len(calls) > _CALLS:
            return (OPAQUE,)
        found: list[Value] = []
        for call in calls:
            if core.is_spread(call) or call.fields["arguments"].kind != "arguments":
                return (OPAQUE,)
            arguments = core.arguments(call)
            there = number < len(arguments)
            default = number < len(given) and given[number].kind == "assignment_pattern"
            if there or not default:
                found.append(self.value(arguments[number]) if there else values.NONE)
        return (values.join(found),)

    def _called_back(
        self, function: Node, arguments: Node, call: Node, number: int
    ) -> tuple[Value, ...]:
        """The parameter of a function that is handed on."""
        callee = call.fields.get("function")
        at = next((n for n, one in enumerate(arguments.parts) if unwrapped(one) is function), -1)
        if call.kind == "new_expression":
            made = call.fields["constructor"]
            promise = made.kind == "identifier" and self.alternatives(made) == (
                values.ref("Promise"),
            )
            return (CALLABLE,) if promise and at == 0 else (OPAQUE,)
        if callee is None or callee.kind != "member_expression" or self.run.shaken:
            return (OPAQUE,)
        name = callee.fields["property"].text
        bases = self.alternatives(callee.fields["object"])
        if name == "then" and at == 0 and number == 0:
            return bases
        if bases == (values.ref("Array"),) and name == "from" and number == 1:
            return (NUMBER,)
        if at == 0 and name in tables.ELEMENTS and not any(one.kind == "ref" for one in bases):
            base = values.join(bases)
            if number == tables.ELEMENTS[name]:
                return (values.element(base),)
            # Maps and sets give a key in place of the number.
            listed = base.items is not None or (base.each is not None and base.name != "set")
            own = name in self.run.names.members or bool(self.run.imported)
            counts = listed or (name != "forEach" and not own and base.kind != "foreign")
            if number == tables.ELEMENTS[name] + 1 and counts:
                return (NUMBER,)
        return (OPAQUE,)

    # What is known of a list or an object holds as long as it is only looked at.

    def only_looks(self, use: Node) -> bool:
        """Whether what a name stands for is looked at where it stands, and neither kept
        nor changed."""
        here, parent = use, outside(use)
        while parent is not None and parent.fields.get("object") is here:
            call = parent.parent
            if call is not None and call.fields.get("function") is parent:
                return self._looking_method(parent)
            here, parent = parent, outside(parent)
        if parent is None:
            return False
        if parent.kind == "arguments":
            call = parent.parent
            callee = call.fields.get("function") if call is not None else None
            if callee is None or call is None:
                made = call.fields.get("constructor") if call is not None else None
                return made is not None and made.text in ("Set", "Map")
            name = callee.fields.get("property", callee).text
            return name in tables.KEEPS and name not in self.run.names.members
        if parent.kind == "for_in_statement":
            return parent.fields.get("right") is here
        if parent.kind == "spread_element":
            return True
        if parent.kind == "variable_declarator" and here is not use:
            return False
        if parent.kind in ("binary_expression", "unary_expression"):
            return not parent.has(*_EITHER, "delete")
        return parent.kind in ("template_substitution", "parenthesized_expression")

    def _looking_method(self, member: Node) -> bool:
        node = member.fields.get("property")
        name = node.text if node is not None else ""
        harmless = name in tables.METHODS and name not in tables.CHANGES
        return harmless and name not in self.run.names.members


def is_function(node: Node) -> bool:
    return node.kind in FUNCTIONS
