"""A text as `tree-sitter-bash` reads it: a grammar and a parser that share nothing with ours.

What of its tree is not a command, though it is called one, stands here; texts
that it does not read at all are the matter of `gaps.py`.

    x=$a/$b      the second half it takes for a command: glued to an assignment, it is none
    >f word      a word behind a redirection it takes for part of that: the words of a command
                 that is redirected are known up to the redirection only
    - {} a$      it drops some words, or parts of them: words are known up to such a gap only

It looks for the end of each `=~` in all of the text that follows, so that a long
text with many of them is one that it cannot read.
"""

from __future__ import annotations

import re

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

from aileron.shell.agreement import Seen, Words

LANGUAGE = Language(tree_sitter_bash.language())

ESCAPED = re.compile(rb"\\(?:\n|(.))", re.DOTALL)
ESCAPED_IN_STRING = re.compile(rb'\\(?:\n|([$`"\\]))')
# Nodes that hold no command.
LEAVES = frozenset(
    ("word", "raw_string", "comment", "variable_name", "special_variable_name", "string_content")
)
LISTS = frozenset(("pipeline", "list", "negated_command"))  # a redirection holds around all of it
DECLARES = frozenset(("declaration_command", "unset_command"))


MAX_CONDITIONS = 2_000_000  # =~ times bytes


def seen(text: str) -> Seen:
    data = text.encode("utf-8", "surrogatepass")
    if data.count(b"=~") * len(data) > MAX_CONDITIONS:
        return Seen(failed="too many conditions")
    root = Parser(LANGUAGE).parse(data).root_node
    if root.has_error:
        return Seen(failed="syntax error")
    found: list[Words] = []
    stack = [(root, False)]
    while stack:
        node, redirected = stack.pop()
        kind = node.type
        if kind == "command":
            words = command(node, data)
            if words:
                # a word behind a redirection counts as part of that
                found.append((*words, None) if redirected else words)
        elif kind in DECLARES:
            found.append((node.children[0].type, None))
        elif kind == "test_command" and node.children[0].type == "[":
            found.append(("[", None))
        redirected = kind == "redirected_statement" or (redirected and kind in LISTS)
        for child in reversed(node.named_children):
            if child.type not in LEAVES:
                stack.append((child, redirected))
    return Seen(tuple(found))


def command(node: Node, data: bytes) -> Words:
    words: list[str | None] = []
    end, assigns = node.start_byte, False
    for child in node.children:
        kind, gap = child.type, data[end : child.start_byte]
        glued = end > node.start_byte and (not gap or gap == b"$")
        end = child.end_byte
        if kind == "variable_assignment" and not words:
            assigns = True
        elif glued and assigns and not words:
            continue  # x=$a/$b: the second half is no command
        elif kind.endswith("_redirect"):
            continue
        elif gap.replace(b"\\\n", b"").strip():
            words.append(None)
        elif kind == "command_name":
            words.append(decoded(child.children[0], data))
        else:
            words.append(decoded(child, data) if child.is_named else None)
        if words and words[-1] is None:
            break
    return tuple(words)


def decoded(node: Node, data: bytes) -> str | None:
    """A word's literal text, None where it has none or it is not known."""
    kind = node.type
    source = data[node.start_byte : node.end_byte]
    if kind in ("word", "number"):
        if node.named_child_count or b"{" in source:
            return None
        return ESCAPED.sub(rb"\1", source).decode()
    if kind == "raw_string":
        return source[1:-1].decode()
    if kind == "string":
        if any(child.type != "string_content" for child in node.named_children):
            return None
        return ESCAPED_IN_STRING.sub(rb"\1", source[1:-1]).decode()
    if kind == "concatenation":
        text = ""
        for child in node.children:
            part = decoded(child, data) if child.is_named else None
            if part is None:
                return None
            text += part
        return text
    return None
