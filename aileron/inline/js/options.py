"""The options that a call is given as an object."""

from __future__ import annotations

from aileron.inline.js.core import Run, unwrapped
from aileron.inline.js.texts import constant
from aileron.inline.trees import Node


def options(node: Node | None, run: Run) -> dict[str, Node] | None:
    """The values by their keys; None if they are decided at run time.  {} for no options.

    A spread stands under `...`.
    """
    if node is None:
        return {}
    node = unwrapped(node)
    if node.kind == "identifier":
        _, bindings = run.names.bindings(node)
        only = bindings[0] if len(bindings) == 1 else None
        if only is None or only.how != "value" or only.path or only.node is None:
            return None
        scope = run.names.scopes[node].of(node.text)
        uses = scope.uses.get(node.text, []) if scope is not None else []
        if len(uses) != 1:
            return None
        node = unwrapped(only.node)
    if node.kind in ("null", "undefined"):
        return {}
    if node.kind != "object":
        return None
    found: dict[str, Node] = {}
    for one in node.parts:
        if one.kind == "pair" and one.fields["key"].kind != "computed_property_name":
            key = one.fields["key"]
            literal = constant(key)
            name = literal.texts[0] if literal is not None and literal.texts else key.text
            found[name] = one.fields["value"]
        elif one.kind == "shorthand_property_identifier":
            found[one.text] = one
        elif one.kind == "spread_element":
            if "..." in found:
                return None
            found["..."] = one.parts[0]
        else:
            return None
    return found


def switch(node: Node | None) -> bool | None:
    """Whether an option is on; None if that is not known."""
    if node is None or node.kind in ("false", "null", "undefined"):
        return False
    return True if node.kind == "true" else None
