"""The expressions and calls of a Ruby program, and the deeds of evaluating them."""

from __future__ import annotations

import re
from dataclasses import replace

from aileron.inline import starts, values
from aileron.inline.deeds import Deed
from aileron.inline.ruby import files, tables
from aileron.inline.ruby.files import CLASSES, COMPUTES, DOES, Run
from aileron.inline.trees import Node
from aileron.inline.values import CALLABLE, FOREIGN, NONE, NUMBER, OPAQUE, Value
from aileron.inline.words import names

_HOLDS = names("""
    program body_statement block_body then else elsif if unless if_modifier unless_modifier while
    until while_modifier until_modifier do begin ensure case when pattern parenthesized_statements
    rescue_modifier return break next argument_list exceptions begin_block end_block
    """)
_NOTHING = names("comment empty_statement self")
_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSW|CREDENTIAL|AUTH|COOKIE", re.IGNORECASE)
_GEM = re.compile(r"[\w-]+(?:/[\w-]+)*")
_CHECKS = names("is_a? kind_of? instance_of? raise")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "e": "\x1b", "s": " ", "0": "\0"}


class Program:
    def __init__(self, run: Run, root: Node) -> None:
        self.run = run
        self.names: dict[str, list[Node]] = {}
        self.known: dict[str, Value] = {}
        for node in root.walk():
            if node.kind in ("assignment", "operator_assignment"):
                self._bind(node.fields["left"], node)
            elif node.kind in ("block_parameters", "exception_variable", "lambda_parameters"):
                for one in node.walk():
                    if one.kind == "identifier":
                        self._bind(one, node)
        self.uses: dict[str, list[Node]] = {}
        for node in root.walk():
            if node.kind == "identifier" and node.text in self.names:
                self.uses.setdefault(node.text, []).append(node)

    def _bind(self, target: Node, node: Node) -> None:
        if target.kind == "identifier":
            self.names.setdefault(target.text, []).append(node)
            if target.text in tables.COMMANDS | tables.RUNS or target.text in ("require", "open"):
                self.run.unknown(f"gives {target.text} another meaning", node)
        elif target.kind in ("left_assignment_list", "destructured_left_assignment"):
            for one in target.parts:
                self._bind(one, node)

    # Statements

    def statement(self, node: Node) -> None:
        kind = node.kind
        if kind in _NOTHING:
            return
        if kind in _HOLDS:
            for one in node.parts:
                self.statement(one)
        elif kind == "rescue":
            for one in node.parts:
                if one.kind == "exceptions":
                    for name in one.parts:
                        self._class_name(name)
                elif one.kind != "exception_variable":
                    self.statement(one)
        else:
            self.value(node)

    def _class_name(self, node: Node) -> None:
        if node.kind not in ("constant", "scope_resolution"):
            self.value(node)

    # Expressions

    def value(self, node: Node) -> Value:
        match node.kind:
            case "string" | "bare_string":
                return self._text(node)
            case "integer":
                plain = node.text.isdigit()
                return (
                    replace(values.text(node.text), kind="number", leaf=True) if plain else NUMBER
                )
            case "float" | "true" | "false" | "rational" | "complex":
                return NUMBER
            case "nil":
                return NONE
            case "simple_symbol" | "hash_key_symbol":
                return OPAQUE
            case "array" | "string_array" | "symbol_array":
                items = [self.value(one) for one in node.parts]
                spread = any(one.kind == "splat_argument" for one in node.parts)
                return OPAQUE if spread else values.sequence(items)
            case "hash" | "pair" | "range" | "splat_argument" | "hash_splat_argument":
                for one in node.parts:
                    self.value(one)
                return OPAQUE
            case "bare_symbol":
                return OPAQUE
            case "regex" | "interpolation":
                for one in node.parts:
                    if one.kind not in ("string_content", "escape_sequence"):
                        self.statement(one)
                return OPAQUE
            case "subshell":
                starts.text(self._text(node), node, self.run)
                return OPAQUE
            case "identifier":
                return self._name(node)
            case "constant" | "scope_resolution":
                return self._constant(node)
            case "global_variable":
                if node.text not in tables.GLOBALS:
                    self.run.unknown(f"uses {node.text}", node)
                return OPAQUE
            case "call":
                return self._call(node)
            case "element_reference":
                return self._element(node)
            case "assignment" | "operator_assignment":
                self.value(node.fields["right"])
                self._target(node.fields["left"])
                return OPAQUE
            case "binary":
                return self._binary(node)
            case "unary" | "conditional":
                for one in node.parts:
                    self.value(one)
                return OPAQUE
            case "block" | "do_block":
                self._block(node)
                return CALLABLE
            case "right_assignment_list":
                for one in node.parts:
                    self.value(one)
                return OPAQUE
        if node.kind in _HOLDS:
            self.statement(node)
            return OPAQUE
        self.run.unknown(f"has a part that is not read: {node.kind.replace('_', ' ')}", node)
        return OPAQUE

    def _text(self, node: Node) -> Value:
        parts: list[Value] = []
        quoted = node.kind == "bare_string" or node.text[:1] in "'%"
        for one in node.parts:
            if one.kind == "string_content":
                odd = (quoted and "\\" in one.text) or "#$" in one.text or "#@" in one.text
                parts.append(OPAQUE if odd else values.text(one.text))
            elif one.kind == "escape_sequence":
                found = _ESCAPES.get(one.text[1:])
                parts.append(OPAQUE if found is None else values.text(found))
            elif one.kind == "interpolation":
                inner = [self.value(part) for part in one.parts]
                parts.append(inner[0] if len(inner) == 1 and inner[0].items is None else OPAQUE)
            else:
                self.run.unknown("has a text that is not read", node)
        return values.concatenated(parts, missing="") if parts else values.text("")

    def _binary(self, node: Node) -> Value:
        left, right = self.value(node.fields["left"]), self.value(node.fields["right"])
        plain = left.items is None and right.items is None
        if node.has("+") and plain and "number" not in (left.kind, right.kind):
            return values.concatenated([left, right])
        return NUMBER if left.kind == right.kind == "number" and not node.has("..") else OPAQUE

    # Names

    def _name(self, node: Node) -> Value:
        name = node.text
        if name not in self.names:
            if name not in tables.COMMANDS:
                self.run.unknown(f"calls {name}", node)
            return OPAQUE
        if name not in self.known:
            self.known[name] = OPAQUE
            self.known[name] = self._bound(name)
        return self.known[name]

    def _bound(self, name: str) -> Value:
        """What a name that is given one value, and only looked at, holds."""
        (first, *more) = self.names[name]
        if more or not all(map(self._looks, self.uses[name])):
            return OPAQUE
        if first.kind == "assignment" and first.fields["left"].kind == "identifier":
            around = first.parent
            direct = around is not None and around.kind in (
                "program",
                "block_body",
                "body_statement",
            )
            late = all(one.start >= first.start for one in self.uses[name])
            found = self.value(first.fields["right"])
            return found if direct and late and found.kind in ("data", "number") else OPAQUE
        if first.kind != "block_parameters" or len(first.parts) != 1 or first.parent is None:
            return OPAQUE
        call = first.parent.parent
        method = call.fields.get("method") if call is not None and call.kind == "call" else None
        receiver = call.fields.get("receiver") if call is not None else None
        if method is None or receiver is None or method.text not in ("each", "map", "select"):
            return OPAQUE
        each = values.element(self.value(receiver))
        return each if each.kind == "data" else OPAQUE

    def _looks(self, use: Node) -> bool:
        """Texts can be changed in place: whether this one is only read where it stands."""
        parent = use.parent
        if parent is None:
            return False
        if parent.kind == "argument_list" and parent.parent is not None:
            call = parent.parent
            receiver = call.fields.get("receiver")
            if receiver is None:
                return call.fields["method"].text in tables.COMMANDS | tables.RUNS
            return receiver.kind in ("constant", "scope_resolution")
        if parent.kind == "call":
            method = parent.fields.get("method")
            return method is not None and method.text in ("each", "end_with?", "start_with?")
        if parent.kind == "binary":
            return not parent.has("<<")
        if parent.kind in ("assignment", "block_parameters"):
            return parent.fields.get("left") is use or parent.kind == "block_parameters"
        return parent.kind == "interpolation"

    def _constant(self, node: Node) -> Value:
        name = node.text
        if name == "ARGV":
            known = (OPAQUE if one is None else values.text(one) for one in self.run.argv)
            if node.parent is None or node.parent.kind not in (
                "element_reference",
                "interpolation",
            ):
                self.run.unknown("hands its arguments on", node)
            return values.sequence(known)
        if name == "ENV":
            self.run.add(Deed("secret-env", None), node)
            return OPAQUE
        if name in tables.CONSTANTS:
            return OPAQUE
        if self.run.foreign and name.split("::")[0] not in CLASSES:
            return FOREIGN
        self.run.unknown(f"uses {name} as a value", node)
        return OPAQUE

    def _element(self, node: Node) -> Value:
        base, *keys = node.parts
        given = [self.value(one) for one in keys]
        if base.text == "ENV" and len(given) == 1:
            self._reads_variable(given[0], node)
            return OPAQUE
        if base.text in ("Dir", "Hash", "Set", "Array"):
            if base.text == "Dir":
                for one in given:
                    self.run.path("read", OPAQUE if one.texts is None else one, node)
            return OPAQUE
        held = self.value(base)
        number = given[0].texts if len(given) == 1 and given[0].kind == "number" else None
        if held.items is not None and number is not None and len(number) == 1:
            at = int(number[0])
            return held.items[at] if at < len(held.items) else OPAQUE
        return FOREIGN if held.kind == "foreign" else OPAQUE

    def _reads_variable(self, name: Value, node: Node) -> None:
        for one in name.texts if name.texts is not None else (None,):
            if one is None or _SECRET.search(one):
                self.run.add(Deed("secret-env", one), node)

    def _target(self, node: Node) -> None:
        match node.kind:
            case "identifier" | "instance_variable":
                return
            case "left_assignment_list" | "destructured_left_assignment" | "rest_assignment":
                for one in node.parts:
                    self._target(one)
            case "element_reference":
                base, *keys = node.parts
                given = [self.value(one) for one in keys]
                if base.text == "ENV":
                    texts = given[0].texts if given else None
                    for text in texts if texts is not None else (None,):
                        self.run.add(Deed("variable", text), node)
                        if text is None or text in ("HOME", "TMPDIR"):
                            self.run.unknown("sets a variable that it relies on", node)
                elif base.kind in ("constant", "scope_resolution", "global_variable"):
                    if base.text != "$_":
                        self.run.unknown(f"changes {base.text}", node)
                else:
                    self.value(base)
            case "call" if node.fields["method"].text == "sync":
                return
            case "global_variable" if node.text == "$_":
                return
            case _:
                self.run.unknown(f"sets {node.text[:30]}", node)

    # Calls

    def _block(self, node: Node) -> None:
        for one in node.parts:
            if one.kind in ("block_parameters", "lambda_parameters"):
                plain = names("identifier destructured_parameter block_parameters splat_parameter")
                if not all(part.kind in plain for part in one.walk() if part.named):
                    self.run.unknown("has parameters that are not read", one)
            else:
                self.statement(one)

    def _given(self, node: Node) -> list[Value]:
        """The arguments of a call; its block is read, too."""
        found: list[Value] = []
        arguments = node.fields.get("arguments")
        symbols = node.fields["method"].text if "method" in node.fields else ""
        for one in arguments.parts if arguments is not None else ():
            if one.kind == "block_argument":
                name = one.parts[0] if one.parts else one
                if name.kind != "simple_symbol" or name.text[1:] not in tables.METHODS:
                    self.run.unknown("hands on what is called", one)
            elif one.kind in ("constant", "scope_resolution") and symbols in _CHECKS:
                found.append(OPAQUE)
            else:
                named = one.kind == "simple_symbol" and one.text[1:2].isalpha()
                if named and symbols in ("inject", "reduce", "sum"):
                    self.run.unknown("calls a method by its name", one)
                found.append(self.value(one))
        if "block" in node.fields:
            self._block(node.fields["block"])
        return found

    def _call(self, node: Node) -> Value:
        method = node.fields.get("method")
        receiver = node.fields.get("receiver")
        if method is None or method.kind not in ("identifier", "constant"):
            self.run.unknown("calls what is not named", node)
            self._given(node)
            return OPAQUE
        name = method.text
        if receiver is None:
            return self._command(name, node)
        if receiver.kind in ("constant", "scope_resolution"):
            return self._of_class(receiver.text, name, node)
        base = self.value(receiver)
        given = self._given(node)
        if base.kind == "foreign":
            if name in tables.HARMFUL:
                self.run.unknown(f"calls .{name} of what is not known", node)
            return FOREIGN
        if name not in tables.METHODS:
            self.run.unknown(f"calls .{name} of a value", node)
            return OPAQUE
        by_name = any(one.texts is not None and one.kind == "data" for one in given)
        if name in ("inject", "reduce") and by_name:
            self.run.unknown("may call a method by its name", node)
        if name in (
            "select",
            "sort",
            "reverse",
            "uniq",
            "first",
            "take",
            "drop",
            "reject",
            "filter",
        ):
            each = values.element(base) if base.each is not None else OPAQUE
            return values.many(each) if base.each is not None else OPAQUE
        return NUMBER if name in ("length", "size", "count") else OPAQUE

    def _command(self, name: str, node: Node) -> Value:
        given = self._given(node)
        run = self.run
        if name in self.names and "arguments" not in node.fields:
            return OPAQUE
        if name in tables.RUNS:
            self._starts(given, node)
        elif name in ("require", "require_relative"):
            self._requires(name, given, node)
        elif name not in tables.COMMANDS:
            run.unknown(f"calls {name}", node)
        elif name == "URI" and len(given) == 1:
            return given[0]
        elif name in ("gets", "readline", "readlines"):
            for one in run.argv:  # it reads the files that are named
                run.path("read", OPAQUE if one is None else values.text(one), node)
        return NUMBER if name in ("rand", "Integer", "Float") else OPAQUE

    def _starts(self, given: list[Value], node: Node) -> None:
        plain = all(one.items is None and one.kind in ("data", "number") for one in given)
        arguments = node.fields["arguments"].parts if "arguments" in node.fields else []
        odd = {"pair", "hash", "splat_argument", "hash_splat_argument"}
        if not given or not plain or any(one.kind in odd for one in arguments):
            self.run.unknown("starts a program in a way that is not read", node)
        elif len(given) == 1:
            starts.text(given[0], node, self.run)
        else:
            starts.words(values.sequence(given), node, self.run)

    def _requires(self, name: str, given: list[Value], node: Node) -> None:
        texts = given[0].texts if len(given) == 1 else None
        text = texts[0] if texts is not None and len(texts) == 1 else ""
        if name == "require" and text in tables.LIBRARIES:
            return
        local = name == "require_relative" or text.startswith(("./", "/"))
        if not text or text in tables.REFUSED or not (local or _GEM.fullmatch(text)):
            self.run.unknown(f"loads {text or 'what is decided at run time'}", node)
            return
        if local:
            for ending in ("", ".rb"):
                self.run.path("read", values.text(text + ending), node)
        self.run.add(Deed("module", text), node)
        self.run.foreign = True

    def _of_class(self, where: str, name: str, node: Node) -> Value:
        given = self._given(node)
        dotted = f"{where}.{name}"
        arguments = node.fields["arguments"].parts if "arguments" in node.fields else []
        if dotted in DOES:
            return files.does(dotted, given, arguments, node, self.run)
        if where == "ENV" and name in ("fetch", "dig"):
            self._reads_variable(given[0] if given else OPAQUE, node)
            return OPAQUE
        if "create_additions" in node.text:
            self.run.unknown("makes objects of what it reads", node)
        if name in COMPUTES.get(where, ()):
            return files.computed(dotted, given)
        if where in tables.CONSTANTS and where != "RbConfig::CONFIG":
            if where == "ARGV" and name in tables.METHODS - names(
                "each map first last join length"
            ):
                self.run.unknown("may change its arguments", node)
            if name not in tables.METHODS:
                self.run.unknown(f"calls {dotted}", node)
            return OPAQUE
        if self.run.foreign and where.split("::")[0] not in CLASSES and name not in tables.HARMFUL:
            return FOREIGN
        self.run.unknown(f"{dotted} is not known to be harmless", node)
        return OPAQUE
