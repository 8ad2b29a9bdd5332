"""Fetching and sending.

A request is a fetch if its address and its headers are literal, and it has neither a
body nor a method that sends; everything else sends: data may be in any part of it.
"""

from __future__ import annotations

from collections.abc import Callable

from aileron.inline import values
from aileron.inline.deeds import Deed
from aileron.inline.js import core
from aileron.inline.js.core import Run, unwrapped
from aileron.inline.js.options import options
from aileron.inline.trees import Node
from aileron.inline.values import OPAQUE, Value
from aileron.inline.words import names

Evaluate = Callable[[Node], Value]
REQUESTS = names("""
    fetch http.get https.get http.request https.request axios axios.get axios.head axios.post
    axios.put axios.patch axios.delete axios.request
    """)
_SENDS = names(
    "axios axios.post axios.put axios.patch axios.delete axios.request http.request https.request"
)
_QUIET = names("""
    signal redirect cache credentials mode keepalive referrer timeout agent responseType
    rejectUnauthorized maxRedirects duplex validateStatus family
    """)
_PARTS = names("protocol host hostname port path")
_METHODS = names("GET HEAD OPTIONS get head options")


def request(dotted: str, call: Node, evaluate: Evaluate, run: Run) -> Value:
    given = core.arguments(call)
    held = {one: evaluate(one) for one in given}
    objects = [one for one in given if unwrapped(one).kind == "object"]
    plain = [one for one in given if one not in objects and held[one].kind != "callable"]
    if core.is_spread(call) or not given:
        run.unknown("sends what is decided at run time", call)
        return OPAQUE
    known: dict[str, Node] | None = {}
    for one in (*objects, *plain[1:]):
        more = options(one, run)
        known = None if more is None or known is None else known | more
    sends = dotted in _SENDS or known is None or _sends(known, held, evaluate)
    if plain:
        address = held[plain[0]]
        sends = sends or (known is not None and bool(known.keys() & _PARTS))
    else:
        address = _address(dotted, known or {}, evaluate)
    if address.texts is None and not address.below:
        sends = True
    kind = "send" if sends else "fetch"
    for text in address.texts if address.texts is not None else (None,):
        run.add(Deed(kind, text, "" if text is not None else address.prefix), call)
    return OPAQUE


def _sends(known: dict[str, Node], held: dict[Node, Value], evaluate: Evaluate) -> bool:
    for name, node in known.items():
        if name in _QUIET or name in _PARTS:
            continue
        if name == "method":
            method = evaluate(node)
            if method.texts is None or not set(method.texts) <= _METHODS:
                return True
        elif name == "headers":
            headers = evaluate(node)
            if headers.named is None or any(one.texts is None for _, one in headers.named):
                return True
        else:
            return True
    return False


def _address(dotted: str, known: dict[str, Node], evaluate: Evaluate) -> Value:
    """The address that options spell out."""
    scheme = "https" if dotted.startswith("https") else "http"
    found = {name: evaluate(node) for name, node in known.items() if name in _PARTS}
    parts = {name: one.texts[0] for name, one in found.items() if one.texts and len(one.texts) == 1}
    host = parts.get("hostname") or parts.get("host") or ("" if known else None)
    if len(parts) < len(found) or host is None or "protocol" in parts:
        return OPAQUE
    port = f":{parts['port']}" if "port" in parts else ""

    return values.text(f"{scheme}://{host or 'localhost'}{port}{parts.get('path', '/')}")


def connects(call: Node, given: list[Value], run: Run) -> Value:
    """`new WebSocket(address)`"""
    address = given[0] if given else OPAQUE
    for text in address.texts if address.texts is not None else (None,):
        run.add(Deed("send", text, "" if text is not None else address.prefix), call)
    return OPAQUE
