"""The values of expressions, and the deeds of evaluating them.

Each expression of the program is evaluated once, whether or not it would run.
What is not known is unknown: a kind of node that stands nowhere here, a property
that leads out of what was proven, a call of a value that is not known.
"""

from __future__ import annotations

from dataclasses import replace

from aileron.inline import values
from aileron.inline.js import core, environment, tables
from aileron.inline.js.calls import Calls
from aileron.inline.js.core import classify, outside
from aileron.inline.js.names import CLASSES, FUNCTIONS
from aileron.inline.js.texts import constant
from aileron.inline.trees import Node
from aileron.inline.values import FILE, FOREIGN, NONE, NUMBER, OPAQUE, Value
from aileron.inline.words import names

_MAY_BE_SET = names("process.exitCode process.title module.exports exports")
_CONSUMES = names("String Number Boolean stringify log error warn info isNaN parseInt parseFloat")


class Expressions(Calls):
    # Properties

    def member(self, base: Value, name: str, node: Node) -> Value:
        """A property, by a name that is known."""
        run = self.run
        if base.kind == "ref":
            return self._of_known(base.name, name, node)
        if base.kind == "foreign":
            if name in tables.HARMFUL:
                run.unknown(f".{name} of a module that is not known", node)
                return OPAQUE
            return FOREIGN
        if name in tables.FORBIDDEN:
            run.unknown(f".{name} leads into JavaScript itself", node)
            return OPAQUE
        if name in ("stdin", "stdio") and base.kind != "file":
            run.feeds = True
        if base.named is not None:
            return next((one for key, one in base.named if key == name), OPAQUE)
        if name in ("length", "size", "byteLength"):
            return NUMBER
        if base.kind == "file":
            return FILE if name == "fd" else OPAQUE
        if name == "name" and base.below and not base.edge:
            return values.LEAF  # of an entry of a folder: one file name
        if name in ("path", "parentPath") and base.below:
            return OPAQUE
        return OPAQUE

    def _of_known(self, base: str, name: str, node: Node) -> Value:
        if base == "globalThis":
            found = self.builtin(name)
            if not found:
                self.run.unknown(f"globalThis.{name} is not known", node)
            return found[0] if found else OPAQUE
        if base == "process.env":
            return environment.read(name, node, self.run)
        kind = classify(base)
        if name == "default" and kind == "module":
            return values.ref(base)
        dotted = f"{base}.{name}"
        dotted = tables.SAME.get(dotted, dotted)
        if classify(dotted) == "unknown":
            if kind in ("computes", "member") and base not in core.COMPUTES:
                held = self.held(values.ref(base), node)
                if held.kind != "callable":
                    return self.member(held, name, node)
            self.run.unknown(f"{dotted} is not known to be harmless", node)
            return OPAQUE
        if name == "length" and classify(dotted) == "member":
            return NUMBER
        return values.ref(dotted)

    def subscript(self, node: Node) -> tuple[Value, ...]:
        bases = self.alternatives(node.fields["object"])
        index = self.value(node.fields["index"])
        found: list[Value] = []
        for base in bases:
            if base == values.ref("process.env"):
                for text in index.texts if index.texts is not None else (None,):
                    found.append(environment.read(text, node, self.run))
            elif index.texts is not None and index.kind != "number":
                if "argv" in index.texts and node.fields["index"].kind != "string":
                    self.run.unknown("uses its arguments under another name", node)
                found += [self.member(base, one, node) for one in index.texts]
            else:
                found.append(self._at(base, index, node))
        sure = not index.edge and node.child("optional_chain") is None
        return tuple(found if sure else map(values.maybe_missing, found))

    def _at(self, base: Value, index: Value, node: Node) -> Value:
        """What stands under a number, or under a key that is not known."""
        base = self.held(base, node)
        if index.kind == "number":
            number = index.texts[0] if index.texts is not None and len(index.texts) == 1 else ""
            if base.items is not None:
                if number.isdigit() and int(number) < len(base.items):
                    return base.items[int(number)]
                return OPAQUE if number else values.maybe_missing(values.element(base))
            if base.kind == "foreign":
                return FOREIGN
            each = values.maybe_missing(values.element(base))
            return each if base.each is not None else OPAQUE
        if not self._consumed(node):
            self.run.wild = True
        self.run.feeds = True
        if base.named is not None:
            found = values.join(one for _, one in base.named) if base.named else OPAQUE
            return values.maybe_missing(found)
        return values.maybe_missing(values.element(base)) if base.items is not None else OPAQUE

    def _consumed(self, node: Node) -> bool:
        """Whether a value is only printed, compared or computed with where it stands."""
        parent = outside(node)
        if parent is None:
            return False
        if parent.kind == "binary_expression":
            return not parent.has("||", "??", "&&") or self._consumed(parent)
        if parent.kind == "arguments":
            call = parent.parent
            callee = call.fields.get("function") if call is not None else None
            return (
                callee is not None
                and callee.kind in ("identifier", "member_expression")
                and callee.fields.get("property", callee).text in _CONSUMES
                and all(one.kind == "ref" for one in self.alternatives(callee))
            )
        if parent.kind in ("assignment_expression", "augmented_assignment_expression"):
            return parent.fields["left"] is node
        return parent.kind in (
            "template_substitution",
            "unary_expression",
            "update_expression",
            "parenthesized_expression",
            "expression_statement",
        )

    # Everything else

    def evaluate(self, node: Node) -> Value:
        kind = node.kind
        known = constant(node)
        if known is not None:
            return known
        match kind:
            case "template_string":
                return self._template(node)
            case "binary_expression":
                return self._binary(node)
            case "unary_expression":
                return self._unary(node)
            case "update_expression":
                self.target(node.fields["argument"])
                return NUMBER
            case "assignment_expression":
                self.assigned(node.fields["left"], node.fields["right"])
                return self._copied(node.fields["right"])
            case "augmented_assignment_expression":
                self.assigned(node.fields["left"], node.fields["right"])
                return OPAQUE
            case "array":
                return self._array(node)
            case "object":
                return self._object(node)
            case "new_expression":
                return self.new(node)
            case "spread_element":
                return replace(self.value(node.parts[0]), texts=None, named=None, kind="data")
            case "yield_expression":
                for one in node.parts:
                    self.value(one)
                return OPAQUE
            case "this":
                return self._this(node)
            case "meta_property":
                return OPAQUE
            case "template_substitution" | "computed_property_name":
                return self.value(node.parts[0])
        if kind in FUNCTIONS:
            return self.function(node)
        if kind in CLASSES:
            return self.klass(node)
        self.run.unknown(f"{kind.replace('_', ' ')} is not read", node)
        return OPAQUE

    def _copied(self, right: Node) -> Value:
        found = self.alternatives(right)
        if any(one.kind == "ref" for one in found):
            return OPAQUE
        return values.without_mutable_parts(values.without_parts(values.join(found)))

    def _template(self, node: Node) -> Value:
        parts = []
        for one in node.parts:
            text = constant(one)
            parts.append(text if text is not None else plain(self.value(one)))
        return values.concatenated(parts) if parts else values.text("")

    def _binary(self, node: Node) -> Value:
        """Long sums lean to the left: they are walked, not called."""
        terms: list[Node] = []
        here = node
        while here.kind == "binary_expression" and here.has("+"):
            self.seen.add(here)
            terms.append(here.fields["right"])
            here = here.fields["left"]
        if terms:
            terms.append(here)
            return _sum([self.value(one) for one in reversed(terms)])
        for one in (node.fields["left"], node.fields["right"]):
            if one.kind != "private_property_identifier":
                self.value(one)
        return NUMBER

    def _unary(self, node: Node) -> Value:
        argument = node.fields["argument"]
        if node.has("delete"):
            self.deleted(argument)
        elif node.has("typeof"):
            self.alternatives(argument)
            return values.LEAF
        else:
            found = self.value(argument)
            if node.has("-") and found.texts is not None and found.kind == "number":
                return replace(values.text(*(f"-{one}" for one in found.texts)), kind="number")
        return NONE if node.has("void") else NUMBER

    def _array(self, node: Node) -> Value:
        items: list[Value] = []
        before = "["
        for one in node.children:
            if one.kind == "," and before in ("[", ","):
                items.append(replace(OPAQUE, name="*"))  # a hole
            before = one.kind
            if not one.named or one.kind == "comment":
                continue
            found = self.value(one)
            if one.kind != "spread_element":
                items.append(found)
            elif found.items is not None and not self.run.shaken:
                items += found.items
            else:
                items.append(replace(OPAQUE, name="*"))
        return values.sequence(items)

    def _object(self, node: Node) -> Value:
        """An object: what stands under its keys, where all of them are literal."""
        found: list[tuple[str, Value]] = []
        known = True
        for one in node.parts:
            if one.kind == "pair":
                name = self.key(one.fields["key"])
                value = self.value(one.fields["value"])
            elif one.kind == "shorthand_property_identifier":
                name, value = one.text, self.value(one)
            elif one.kind == "method_definition":
                name = self.defined(one)
                plain_method = not one.has("get", "set")
                value = values.CALLABLE if plain_method else OPAQUE
            elif one.kind == "spread_element":
                name, value = None, self.value(one)
            else:
                name, value = None, OPAQUE
                self.run.unknown(f"{one.kind} is not read", one)
            if name is None:
                known = False
            else:
                found.append((name, value))
        if any(name in ("then", "toJSON") for name, _ in found):
            return OPAQUE  # it is something else where it is waited for
        return values.record(found) if known else OPAQUE

    def key(self, node: Node) -> str | None:
        """A key as it is written; None if it is decided at run time."""
        if node.kind == "computed_property_name":
            found = self.value(node.parts[0])
            if found.texts is None or len(found.texts) != 1 or found.edge:
                return None
            name = found.texts[0]
        else:
            literal = constant(node)
            name = node.text
            if literal is not None and node.kind != "property_identifier":
                name = literal.texts[0] if literal.texts else "\0"
        if name in ("__proto__", "\0"):
            self.run.unknown("has a key that leads into JavaScript itself", node)
        return name

    def _this(self, node: Node) -> Value:
        """`this` is what a class made, in a class; anywhere else it may be all there is."""
        for one in node.above():
            if one.kind in ("class_body",):
                return OPAQUE
            if one.kind in FUNCTIONS and one.kind not in ("arrow_function", "method_definition"):
                break
            if one.kind == "method_definition":
                above = one.parent
                if above is not None and above.kind == "class_body":
                    return OPAQUE
                break
        self.run.unknown("this may be all that JavaScript has", node)
        return OPAQUE

    # What is stored into

    def assigned(self, left: Node, right: Node) -> None:
        self.alternatives(right)
        if left.kind not in ("identifier", "object_pattern", "array_pattern"):
            self.value(right)
        self.target(left)

    def target(self, node: Node) -> None:
        kind = node.kind
        self.seen.add(node)
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            self.name(node)
        elif kind in ("object_pattern", "array_pattern", "rest_pattern"):
            for one in node.parts:
                self.target(one)
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            self.alternatives(node.fields["right"])
            self.target(node.fields["left"])
        elif kind == "pair_pattern":
            if node.fields["key"].kind == "computed_property_name":
                self.value(node.fields["key"])
            self.target(node.fields["value"])
        elif kind == "parenthesized_expression":
            self.target(node.parts[0])
        elif kind == "member_expression":
            name = node.fields["property"].text
            for base in self.alternatives(node.fields["object"]):
                self._stored(base, name, node)
        elif kind == "subscript_expression":
            index = self.value(node.fields["index"])
            for base in self.alternatives(node.fields["object"]):
                for text in index.texts if index.texts is not None else (None,):
                    self._stored(base, text, node)
        else:
            self.run.unknown("assigns to what is not read", node)

    def _stored(self, base: Value, name: str | None, node: Node) -> None:
        """`x.name = …`: never on a module or what JavaScript brings along."""
        if base.kind in ("ref", "foreign"):
            dotted = f"{base.name}.{name}"
            if base.name == "process.env":
                environment.sets(name, node, self.run)
            elif dotted not in _MAY_BE_SET and base.name not in ("exports", "module.exports"):
                what = base.name or "what comes from a module that is not known,"
                self.run.unknown(f"changes {what}.{name or '…'}", node)
            return
        if name in tables.FORBIDDEN:
            self.run.unknown(f".{name} leads into JavaScript itself", node)
        self.changed(node.fields["object"])

    def deleted(self, node: Node) -> None:
        node = core.unwrapped(node)
        self.seen.add(node)
        if node.kind not in ("member_expression", "subscript_expression"):
            self.value(node)
            return
        base = node.fields["object"]
        if base.kind == "member_expression" and base.text == "require.cache":
            self.seen.update(base.walk())
            if "index" in node.fields:
                self.value(node.fields["index"])
            return
        if base.kind == "member_expression" and base.text == "process.env":
            self.target(node)
            return
        self.target(node)


def plain(value: Value) -> Value:
    """A value as it stands in a text."""
    if value.items is not None or value.named is not None or value.each is not None:
        return OPAQUE
    return value


def _sum(terms: list[Value]) -> Value:
    """Numbers are added up to the first text, and what follows is put behind it."""
    found = terms[0]
    for number, one in enumerate(terms[1:], 1):
        if found.kind != "number" or (one.texts is not None and one.kind != "number"):
            return values.concatenated([plain(found), *map(plain, terms[number:])])
        found = NUMBER if one.kind == "number" else OPAQUE
    return found
