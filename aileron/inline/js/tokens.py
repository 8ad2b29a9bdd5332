"""Whether a program can only be cut into the tokens that its tree is made of.

The rule: where JavaScript's grammar lets the same bytes be a pattern or a division, a
comment or an operator, a keyword or a name, both readers must take them for the same;
else the tree could hide what runs.  So a `/` counts only where what stands before it
decides, and names that are keywords elsewhere do not count at all.
"""

from __future__ import annotations

import re

from aileron.inline.trees import Node
from aileron.inline.words import names

_WHOLE = names("string regex comment html_comment hash_bang_line")
_BEFORE_PATTERN = names(
    "( , = : [ ! & | ? { ; + - * % < > ~ ^ => && || ?? == === != !== <= >= += -= *= &&= ||= ??= "
    "return typeof case in instanceof delete void throw new else do ${ ..."
)
_BEFORE_DIVISION = names(
    "identifier property_identifier private_property_identifier number string ) ] ` this regex"
    " true false null undefined"
)
_NOT_NAMES = names(
    "yield await let async arguments eval static implements interface package undefined"
)
_NAMES = names(
    "identifier shorthand_property_identifier shorthand_property_identifier_pattern"
    " property_identifier private_property_identifier statement_identifier"
)
_ARROWS = re.compile("<!--|-->")
_TEXTS = names("string_fragment comment regex_pattern escape_sequence")
_FUNCTIONS = names(
    "function_declaration function_expression generator_function generator_function_declaration"
    " arrow_function method_definition class_static_block"
)
_LABELLED = names("break_statement continue_statement")


def doubt(root: Node, typed: bool) -> str:
    """Why the tree may not be the only one, "" if it is; `typed` for what reads TypeScript, too."""
    before = ""
    quiet: list[tuple[int, int]] = []
    waiting = [root]
    while waiting:
        node = waiting.pop()
        kind = node.kind
        if kind in _TEXTS:
            quiet.append((node.start, node.end))
        if node.children:
            why = _node(node, typed)
            if why:
                return why
            if kind not in _WHOLE:
                waiting.extend(reversed(node.children))
                continue
            quiet += [(one.start, one.end) for one in node.children if one.kind in _TEXTS]
        if node.start == node.end and kind in (";", ""):
            continue  # a semicolon that is not written
        if kind == "comment":
            if not node.text.startswith(("//", "/*")):
                return "has a comment that is not read"
            continue
        why = _token(node, kind, before)
        if why:
            return why
        before = kind
    return _arrows(root, quiet)


def _token(node: Node, kind: str, before: str) -> str:
    if kind in ("html_comment", "hash_bang_line"):
        return "has a comment that is not read"
    if kind == "regex" and before and before not in _BEFORE_PATTERN:
        return "has a / that can be read in two ways"
    if kind in ("/", "/=") and before not in _BEFORE_DIVISION:
        return "has a / that can be read in two ways"
    if kind in _NAMES:
        text = node.text
        if "\\" in text:
            return "has an escape in a name"
        if kind not in ("property_identifier", "statement_identifier") and text in _NOT_NAMES:
            return f"uses {text}"
    return ""


def _node(node: Node, typed: bool) -> str:
    kind = node.kind
    if kind == "yield_expression" and not _is_in(node, "*"):
        return "uses yield as a name"
    if kind in _LABELLED:
        between = node.source[node.start : node.end]
        if b"\n" in between and node.child("statement_identifier") is not None:
            return "has a label on another line"
    if typed and kind == "binary_expression" and node.has(">", ">>", ">>>"):
        first = node.source[node.fields["right"].start : node.fields["right"].start + 1]
        if first in (b"(", b"`") and b"<" in node.source:
            return "may be TypeScript"
    return ""


def _is_in(node: Node, mark: str) -> bool:
    """Whether the nearest function around is a generator."""
    for one in node.above():
        if one.kind in _FUNCTIONS:
            return one.has(mark) and one.kind != "arrow_function"
    return False


def _arrows(root: Node, quiet: list[tuple[int, int]]) -> str:
    """`<!--` and `-->` start comments, but not in texts."""
    code = root.source.decode("latin-1")
    if "--" not in code:
        return ""
    known = bytearray(len(code))
    for start, end in quiet:
        known[start:end] = b"\1" * (end - start)
    for match in _ARROWS.finditer(code):
        if not all(known[match.start() : match.end()]):
            return "has a comment that is not read"
    return ""
