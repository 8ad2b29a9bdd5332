"""Syntax trees of other languages, made by tree-sitter and kept as plain values.

A grammar is loaded when the first program in its language is met.  Where it is not
installed, or the text holds anything that it does not read, there is no tree: then
nothing is proven.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

LANGUAGES = {"javascript": "tree_sitter_javascript", "ruby": "tree_sitter_ruby"}
MOST = 20_000  # nodes: what has more is too long to be proven at once
# What readers of a language may take for a blank or the end of a line, each in its own way.
_ODD = re.compile("[\0-\x08\x0b-\x1f\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f]")
_MORE_ODD = re.compile("[\u3000\ufeff\ud800-\udfff]")


@dataclass(eq=False, slots=True)
class Node:
    """One node; `fields` are the children that have a name in the grammar, the first of each."""

    kind: str
    start: int
    end: int
    named: bool
    source: bytes
    parent: Node | None = None
    children: list[Node] = field(default_factory=list)
    fields: dict[str, Node] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return self.source[self.start : self.end].decode()

    @property
    def parts(self) -> list[Node]:
        """The children that are no punctuation and no comments."""
        return [one for one in self.children if one.named and one.kind != "comment"]

    def child(self, kind: str) -> Node | None:
        return next((one for one in self.children if one.kind == kind), None)

    def has(self, *tokens: str) -> bool:
        return any(one.kind in tokens for one in self.children)

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the order of the text."""
        waiting = [self]
        while waiting:
            one = waiting.pop()
            yield one
            waiting.extend(reversed(one.children))

    def above(self) -> Iterator[Node]:
        here = self.parent
        while here is not None:
            yield here
            here = here.parent


class Unread(Exception):
    """A program of which there is no tree; says why."""


@functools.cache
def _parser(language: str) -> Any:
    try:
        tree_sitter: Any = importlib.import_module("tree_sitter")
        grammar: Any = importlib.import_module(LANGUAGES[language])
        return tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    except Exception:  # noqa: BLE001  # whatever a missing or broken installation raises
        return None


def tree(language: str, code: str) -> Node:
    """The tree of a program; Unread if there is none."""
    if _ODD.search(code) or _MORE_ODD.search(code):
        raise Unread("holds a character that is not plain")
    parser = _parser(language)
    if parser is None:
        raise Unread("is in a language that cannot be read here")
    data = code.encode()
    root = parser.parse(data).root_node
    if root.has_error:
        raise Unread("could not be read")
    if root.descendant_count > MOST:
        raise Unread("is too long")
    return _plain(root, data)


def _plain(root: Any, data: bytes) -> Node:
    made = Node(root.type, root.start_byte, root.end_byte, True, data)
    if not root.child_count:
        return made
    cursor = root.walk()
    cursor.goto_first_child()
    above = made
    while True:
        found = cursor.node
        one = Node(found.type, found.start_byte, found.end_byte, found.is_named, data, above)
        above.children.append(one)
        name = cursor.field_name
        if name is not None:
            above.fields.setdefault(name, one)
        if cursor.goto_first_child():
            above = one
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent() or above is made:
                return made
            assert above.parent is not None
            above = above.parent
