"""What a JavaScript program given in a command does, proven from its syntax tree.

The rule: everything that is not known to be harmless is unknown.  `tables` says
what is known; `tokens` makes sure that there is only one way to read the text; the
program is never run, and nothing outside it is looked at.  What the proof takes
for granted, and the policy has to check, comes as deeds: what code of the project's own or
of a package does (`module`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from aileron.inline import trees
from aileron.inline.deeds import Deed
from aileron.inline.js import modules, processes, tables, tokens
from aileron.inline.js.core import Run, outside
from aileron.inline.js.expressions import Expressions
from aileron.inline.js.names import FUNCTIONS, names_of
from aileron.inline.trees import Node, Unread
from aileron.inline.words import names

_HOLDS = names("""
    program statement_block if_statement else_clause while_statement do_statement for_statement
    try_statement finally_clause switch_statement switch_body switch_case switch_default
    labeled_statement return_statement throw_statement expression_statement lexical_declaration
    variable_declaration
    """)
_NOTHING = names("empty_statement break_statement continue_statement statement_identifier comment")
# What must have been looked at, wherever it stands.
_CHECKED = names("""
    call_expression new_expression member_expression subscript_expression assignment_expression
    augmented_assignment_expression function_declaration function_expression arrow_function
    generator_function generator_function_declaration method_definition class class_declaration
    update_expression identifier shorthand_property_identifier this
    """)


class Program(Expressions):
    def statements(self, nodes: Iterable[Node]) -> None:
        for one in nodes:
            self.statement(one)

    def statement(self, node: Node) -> None:
        kind = node.kind
        self.seen.add(node)
        if kind in _HOLDS:
            self.statements(node.parts)
        elif kind == "variable_declarator":
            if "value" in node.fields:
                self.alternatives(node.fields["value"])
            self.target(node.fields["name"])
        elif kind == "for_in_statement":
            self.value(node.fields["right"])
            self.target(node.fields["left"])
            for one in node.parts:
                if one not in (node.fields["left"], node.fields["right"]):
                    self.statement(one)
        elif kind == "catch_clause":
            if "parameter" in node.fields:
                self.target(node.fields["parameter"])
            self.statement(node.fields["body"])
        elif kind in ("function_declaration", "generator_function_declaration"):
            self.parts(node)
        elif kind == "class_declaration":
            self.klass(node)
        elif kind == "import_statement":
            self.imported(node)
        elif kind.endswith(("_statement", "_clause", "_declaration")) and kind not in _NOTHING:
            self.run.unknown(f"{kind.replace('_', ' ')} is not read", node)
        elif kind not in _NOTHING:
            self.value(node)

    def imported(self, node: Node) -> None:
        source = node.fields.get("source")
        if source is None or "\\" in source.text:
            self.run.unknown("loads a module that is decided at run time", node)
            return
        modules.imported(source, "*", self.run)
        top = self.run.names.top
        for bindings in top.bound.values():
            for one in bindings:
                if one.how == "import" and one.node is source:
                    self.binding(one)


def deeds(code: str, argv: Sequence[str | None] = (), typed: bool = False) -> tuple[Deed, ...]:
    """What the program may do, in the order of its text; () if it only computes and prints.

    `argv` are the words behind it, which become process.argv[1:]; None is one decided at
    run time.  `typed`: TypeScript would be understood, too.  Never raises.
    """
    try:
        root = trees.tree("javascript", code)
    except Unread as why:
        return (Deed("unknown", str(why)),)
    doubt = tokens.doubt(root, typed)
    if doubt:
        return (Deed("unknown", doubt),)
    try:
        run = _read(root, argv, shaken=False)
        if run.wild and run.stores:
            run = _read(root, argv, shaken=True)
    except (RecursionError, MemoryError):
        return (Deed("unknown", "is nested too deep"),)
    if run.wild and run.loose:
        run.unknown("may call what it finds under a name that is decided at run time", None)
    processes.fed(run)
    modules.loads_what_it_writes(run)
    return run.deeds()


def _read(root: Node, argv: Sequence[str | None], shaken: bool) -> Run:
    run = Run(names=names_of(root), argv=tuple(argv), shaken=shaken)
    run.fixed_arguments = _arguments_are_fixed(root)
    program = Program(run)
    program.statement(root)
    for node in root.walk():
        skipped = node.named and node.kind in _CHECKED and node not in program.seen
        if skipped and not _is_name(node):
            run.unknown("has a part that is not read", node)
    return run


def _is_name(node: Node) -> bool:
    """Whether an identifier is the name of a function, a class or an import."""
    parent = node.parent
    if node.kind != "identifier" or parent is None:
        return False
    named = parent.kind in FUNCTIONS or parent.kind in ("class", "class_declaration")
    imports = ("import_clause", "namespace_import", "import_specifier")
    return (named and parent.fields.get("name") is node) or parent.kind in imports


_LOOKS = names("slice length includes indexOf join map filter forEach find some at")


def _arguments_are_fixed(root: Node) -> bool:
    """Whether nothing of the program can change process.argv."""
    for node in root.walk():
        if node.end - node.start > 6 or node.text not in ("argv", "args"):
            continue
        if node.kind in ("string_fragment", "shorthand_property_identifier_pattern"):
            return False
        member = node.parent
        if member is not None and member.kind in ("import_specifier", "pair_pattern"):
            return False
        if member is None or node.kind != "property_identifier":
            continue
        if member.kind != "member_expression":
            continue
        around = outside(member)
        if around is None or not _looks(around, member):
            return False
    return True


def _looks(around: Node, member: Node) -> bool:
    if around.kind == "subscript_expression" and around.fields["object"] is member:
        above = outside(around)
        return (
            above is not None
            and not (
                above.kind.endswith("assignment_expression") and above.fields["left"] is around
            )
            and above.kind not in ("update_expression", "array_pattern", "pair_pattern")
        )
    if around.kind == "member_expression":
        return around.fields["property"].text in _LOOKS
    if around.kind == "variable_declarator":
        return around.fields["name"].kind == "array_pattern"
    if around.kind == "arguments":
        callee = around.parent.fields.get("function") if around.parent is not None else None
        name = callee.fields.get("property", callee).text if callee is not None else ""
        return name in tables.KEEPS
    return around.kind in ("spread_element", "for_in_statement")
