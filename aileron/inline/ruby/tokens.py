"""Whether a Ruby program can only be cut into the tokens that its tree is made of.

What `x /a/` means depends in Ruby on whether x is a variable; a grammar cannot know.  So a
`/`, `%`, `<<`, `?` counts only where what stands around it decides.
"""

from __future__ import annotations

import re

from aileron.inline.trees import Node
from aileron.inline.words import names

_WHOLE = names("string regex subshell string_array symbol_array delimited_symbol comment")
_BEFORE_LITERAL = names(
    "( , = [ { | && || ! !~ =~ == != ? : => => ; if unless and or not when return while until += "
    "elsif then do ||= << + #{"
)
_REFUSED = names("""
    heredoc_beginning heredoc_body character uninterpreted delimited_symbol chained_string
    method singleton_method class singleton_class module alias undef
    """)
_ODD_LINES = re.compile(r"^(?:=begin|=end|__END__)|\A(?:.*\n)?#.*coding|\r", re.MULTILINE)


def doubt(root: Node, code: str) -> str:
    """Why the tree may not be the only one, "" if it is."""
    if _ODD_LINES.search(code):
        return "has lines that are not read"
    before = ""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        kind = node.kind
        if node.named and kind in _REFUSED:
            return f"has a part that is not read: {kind.replace('_', ' ')}"
        if kind == "comment":
            continue
        whole = node.named and kind in _WHOLE
        if whole and node.source[node.start : node.start + 1] in (b"/", b"%"):
            if before and before not in _BEFORE_LITERAL:
                return "has a literal that can be read in two ways"
        elif not node.named and kind in ("/", "%", "<<", "?") and _is_glued(node):
            return f"has a {kind} that can be read in two ways"
        if node.children and not whole:
            waiting.extend(reversed(node.children))
            continue
        if whole:
            inner = [one for one in node.children if one.kind == "interpolation"]
            for one in inner:
                why = doubt_inside(one)
                if why:
                    return why
        if node.end > node.start:
            before = kind if not whole else "string"
    return ""


def doubt_inside(node: Node) -> str:
    return doubt(Node("program", node.start, node.end, True, node.source, None, node.children), "")


def _is_glued(node: Node) -> bool:
    """Whether an operator has a blank before it, and none behind."""
    source = node.source
    blank = source[node.start - 1 : node.start] in (b" ", b"\t", b"\n", b"")
    return blank and source[node.end : node.end + 1] not in (b" ", b"\n", b"=")
