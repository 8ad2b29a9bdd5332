"""What every name of a JavaScript program may be bound to, scope by scope.

A name is everything that any line binds or assigns to it, in the scope that it
belongs to.  A `var` belongs to its function; a function in a block belongs to the
block and to the function around, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aileron.inline.trees import Node
from aileron.inline.words import names

FUNCTIONS = names(
    "function_declaration generator_function_declaration function_expression generator_function"
    " arrow_function method_definition"
)
CLASSES = names("class_declaration class")
REFERENCES = names("identifier shorthand_property_identifier")
_DECLARED = names("function_declaration generator_function_declaration")

Step = tuple[str, str | int]


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """`how` is value, element (of `for … of`), key (of `for … in`), function, class,
    parameter (of `node`, at `number`), import (`name` of the module in `node`), number or opaque.

    `path` are the parts to take of the value, one after the other: ("item", 1), ("key", "a"),
    ("rest", ""), ("any", "").
    """

    how: str
    node: Node | None = None
    path: tuple[Step, ...] = ()
    number: int = 0
    name: str = ""


@dataclass(eq=False, slots=True)
class Scope:
    kind: str  # program, function, body or block
    above: Scope | None = None
    bound: dict[str, list[Binding]] = field(default_factory=dict)
    uses: dict[str, list[Node]] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)  # let, const, class, import: nothing else is meant
    unset: set[str] = field(default_factory=set)  # … without a value

    def bind(self, name: str, binding: Binding | None) -> None:
        found = self.bound.setdefault(name, [])
        if binding is not None:
            found.append(binding)

    def of(self, name: str) -> Scope | None:
        """The scope that a name belongs to, seen from this one."""
        here: Scope | None = self
        while here is not None and name not in here.bound:
            here = here.above
        return here

    def function(self) -> Scope:
        here = self
        while here.kind not in ("program", "body") and here.above is not None:
            here = here.above
        return here


@dataclass(eq=False, slots=True)
class Names:
    top: Scope = field(default_factory=lambda: Scope("program"))
    scopes: dict[Node, Scope] = field(default_factory=dict)  # of each name that is used
    places: dict[Node, Scope] = field(default_factory=dict)  # of each that is given a value
    functions: dict[Node, list[tuple[Scope, str]]] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)  # properties that the program makes
    properties: set[str] = field(default_factory=set)  # and all that it names

    def bindings(self, node: Node) -> tuple[Scope | None, list[Binding]]:
        name = node.text
        place = self.scopes.get(node) or self.places.get(node)
        scope = place.of(name) if place is not None else None
        return scope, ([] if scope is None else scope.bound[name])

    def uses(self, function: Node) -> list[Node] | None:
        """Where a function is spoken of by its name; None if it is held otherwise."""
        places = self.functions.get(function)
        if not places:
            return None
        return [one for scope, name in places for one in scope.uses.get(name, ())]


def names_of(root: Node) -> Names:
    made = _Walk()
    made.visit(root)
    return made.names


class _Walk:
    def __init__(self) -> None:
        self.names = Names()
        self.assigned: list[tuple[Node, Scope, Binding]] = []

    def visit(self, root: Node) -> None:
        waiting: list[tuple[Node, Scope]] = [(root, self.names.top)]
        while waiting:
            node, scope = waiting.pop()
            waiting.extend(reversed(self.node(node, scope)))
        for target, scope, binding in self.assigned:
            name = target.text
            (scope.of(name) or self.names.top).bind(name, binding)
        for node, scope in self.names.scopes.items():
            found = scope.of(node.text)
            if found is not None:
                found.uses.setdefault(node.text, []).append(node)

    def node(self, node: Node, scope: Scope) -> list[tuple[Node, Scope]]:
        """Notes one node; the children that are left, with their scopes."""
        kind = node.kind
        if kind in REFERENCES:
            self.names.scopes[node] = scope
            return []
        if kind in FUNCTIONS:
            return self.function(node, scope)
        if kind in CLASSES:
            return self.klass(node, scope)
        if kind == "variable_declarator":
            return self.declared(node, scope)
        if kind in ("statement_block", "switch_body", "for_statement"):
            scope = Scope("block", scope)
        elif kind == "class_static_block":
            scope = Scope("body", scope)
        elif kind == "for_in_statement":
            return self.loop(node, Scope("block", scope))
        elif kind == "catch_clause":
            scope = Scope("block", scope)
            parameter = node.fields.get("parameter")
            if parameter is not None:
                rest = self.pattern(parameter, Binding("opaque", parameter), scope, scope, True)
                return [*rest, *self.others(node, scope, parameter)]
        elif kind == "assignment_expression":
            left, right = node.fields["left"], node.fields["right"]
            rest = self.pattern(left, Binding("value", right), scope, None, False)
            return [*rest, (right, scope)]
        elif kind == "augmented_assignment_expression":
            left = node.fields["left"]
            if left.kind == "identifier":
                self.assigned.append((left, scope, Binding("augmented", node)))
        elif kind == "update_expression":
            argument = node.fields["argument"]
            if argument.kind == "identifier":
                self.assigned.append((argument, scope, Binding("number")))
        elif kind == "import_statement":
            self.imported(node)
            return []
        elif kind in ("property_identifier", "private_property_identifier"):
            self.names.properties.add(node.text)
        elif kind in ("pair", "method_definition", "field_definition"):
            self.member(node)
        return [(one, scope) for one in node.children]

    def others(self, node: Node, scope: Scope, *but: Node | None) -> list[tuple[Node, Scope]]:
        return [(one, scope) for one in node.children if one not in but]

    # Definitions

    def function(self, node: Node, scope: Scope) -> list[tuple[Node, Scope]]:
        name = node.fields.get("name")
        rest: list[tuple[Node, Scope]] = []
        inner = Scope("function", scope)
        if node.kind == "method_definition":
            self.member(node)
            if name is not None:
                rest.append((name, scope))
        elif name is not None:
            outer = scope.function()
            places = [inner] if node.kind not in _DECLARED else [scope, outer]
            if node.kind in _DECLARED and outer.above is not None and outer.kind == "body":
                places += [outer.above] if name.text in outer.above.bound else []
            for place in dict.fromkeys(places):
                place.bind(name.text, Binding("function", node))
                self.names.functions.setdefault(node, []).append((place, name.text))
        parameters = node.fields.get("parameters")
        given = [node.fields["parameter"]] if "parameter" in node.fields else []
        given = parameters.parts if parameters is not None else given
        for number, one in enumerate(given):
            binding = Binding("parameter", node, number=number)
            rest += self.pattern(one, binding, inner, inner, True)
        body = node.fields.get("body")
        if body is not None:
            within = Scope("body", inner)
            if body.kind == "statement_block":
                rest += [(one, within) for one in body.children]
            else:
                rest.append((body, within))
        return rest

    def klass(self, node: Node, scope: Scope) -> list[tuple[Node, Scope]]:
        name = node.fields.get("name")
        inner = Scope("block", scope)
        if name is not None:
            inner.bind(name.text, Binding("class", node))
            inner.kept.add(name.text)
            if node.kind == "class_declaration":
                scope.bind(name.text, Binding("class", node))
                scope.kept.add(name.text)
        return self.others(node, inner, name)

    def member(self, node: Node) -> None:
        name = node.fields.get("key") or node.fields.get("name") or node.fields.get("property")
        if name is None:
            return
        text = name.text
        if name.kind == "string":
            text = text[1:-1]
        self.names.members.add(text)

    def declared(self, node: Node, scope: Scope) -> list[tuple[Node, Scope]]:
        name, value = node.fields["name"], node.fields.get("value")
        lexical = node.parent is not None and node.parent.kind == "lexical_declaration"
        place = scope if lexical else scope.function()
        if place.kind == "body" and place.above is not None and name.text in place.above.bound:
            place = place.above  # a parameter that is declared again
        binding = None if value is None else Binding("value", value)
        rest = self.pattern(name, binding, scope, place, lexical)
        if value is not None:
            if value.kind in FUNCTIONS and name.kind == "identifier":
                self.names.functions.setdefault(value, []).append((place, name.text))
            rest.append((value, scope))
        return rest

    def loop(self, node: Node, scope: Scope) -> list[tuple[Node, Scope]]:
        left, right = node.fields["left"], node.fields["right"]
        how = "key" if node.has("in") else "element"
        kind = node.fields.get("kind")
        place = None
        if kind is not None:
            place = scope.function() if kind.kind == "var" else scope
        lexical = kind is not None and kind.kind != "var"
        rest = self.pattern(left, Binding(how, right), scope, place, lexical)
        return [*rest, *self.others(node, scope, left)]

    def imported(self, node: Node) -> None:
        source = node.fields.get("source")
        clause = node.child("import_clause")
        for one in clause.parts if clause is not None else ():
            if one.kind == "identifier":
                self.import_as(one, Binding("import", source, name="default"))
            elif one.kind == "namespace_import":
                self.import_as(one.parts[0], Binding("import", source, name="*"))
            else:
                for item in one.parts:
                    name = item.fields["name"]
                    binding = Binding("import", source, name=name.text)
                    self.import_as(item.fields.get("alias", name), binding)

    def import_as(self, node: Node, binding: Binding) -> None:
        self.names.top.bind(node.text, binding)
        self.names.top.kept.add(node.text)

    # Patterns

    def pattern(
        self, node: Node, binding: Binding | None, scope: Scope, place: Scope | None, kept: bool
    ) -> list[tuple[Node, Scope]]:
        """Binds the names of a pattern in `place`, or assigns them; what it evaluates is left."""
        kind = node.kind
        if kind in ("identifier", "shorthand_property_identifier_pattern", "undefined"):
            self.names.places[node] = place or scope
            if place is not None:
                place.bind(node.text, binding)
                if kept:
                    place.kept.add(node.text)
                if binding is None:
                    place.unset.add(node.text)
            elif binding is not None:
                self.assigned.append((node, scope, binding))
            return []
        if kind in ("assignment_pattern", "object_assignment_pattern"):
            left, right = node.fields["left"], node.fields["right"]
            rest = self.pattern(left, binding, scope, place, kept)
            rest += self.pattern(left, Binding("value", right), scope, place, kept)
            return [*rest, (right, scope)]
        if kind == "rest_pattern":
            return self.pattern(node.parts[0], _part(binding, ("rest", "")), scope, place, kept)
        rest = []
        if kind == "array_pattern":
            number = 0
            for one in node.children:
                if one.kind == ",":
                    number += 1
                elif one.named and one.kind != "comment":
                    inner = _part(binding, ("item", number))
                    rest += self.pattern(one, inner, scope, place, kept)
            return rest
        if kind == "object_pattern":
            for one in node.parts:
                rest += self.property(one, binding, scope, place, kept)
            return rest
        return [(node, scope)]  # a member that is assigned to

    def property(
        self, node: Node, binding: Binding | None, scope: Scope, place: Scope | None, kept: bool
    ) -> list[tuple[Node, Scope]]:
        if node.kind == "pair_pattern":
            key = node.fields["key"]
            inner = _part(binding, _step(key))
            self.names.properties.add(key.text.strip("'\""))
            rest = self.pattern(node.fields["value"], inner, scope, place, kept)
            return [*rest, (key, scope)]
        if node.kind == "rest_pattern":
            return self.pattern(node, binding, scope, place, kept)
        name = node.fields["left"] if node.kind == "object_assignment_pattern" else node
        self.names.properties.add(name.text)
        return self.pattern(node, _part(binding, ("key", name.text)), scope, place, kept)


def _step(key: Node) -> Step:
    if key.kind in ("property_identifier", "number"):
        return ("key", key.text)
    if key.kind == "string" and "\\" not in key.text:
        return ("key", key.text[1:-1])
    return ("any", "")


def _part(binding: Binding | None, step: Step) -> Binding | None:
    if binding is None:
        return None
    path = (*binding.path, step)
    return Binding(binding.how, binding.node, path, binding.number, binding.name)
