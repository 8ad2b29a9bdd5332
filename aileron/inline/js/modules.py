"""Modules: Node's own, packages, the project's files; what is imported, and as what.

A module of the project or a package may run: `node x.js`, which does the same, may, too.
A file that is imported by its path is read.
"""

from __future__ import annotations

import posixpath
import re

from aileron.inline import values
from aileron.inline.deeds import Deed
from aileron.inline.js import tables
from aileron.inline.js.core import Run
from aileron.inline.trees import Node
from aileron.inline.values import FOREIGN, OPAQUE, Value

_PACKAGE = re.compile(r"(?P<name>(?:@[\w.-]+/)?[A-Za-z0-9][\w.-]*)(?P<rest>/[\w./@-]+)?")
_ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", ".node", ".ts", ".tsx", ".jsx", "/")
_CODE = re.compile(r"\.(?:js|cjs|mjs|node|ts|tsx|mts|cts|jsx)$")


def module(name: Value, node: Node, run: Run) -> Value:
    """What `require(name)` yields."""
    if name.texts is None or len(name.texts) != 1:
        run.unknown("loads a module that is decided at run time", node)
        return OPAQUE
    (text,) = name.texts
    plain = text.removeprefix("node:")
    if (plain in tables.MODULES and plain != "test") or text == "node:test":
        return values.ref(tables.SAME.get(plain, plain))
    if text.startswith(("node:", values.HOME)):
        run.unknown(f"loads {plain.lstrip(values.HOME)}", node)
        return OPAQUE
    if text in tables.SAME:
        run.add(Deed("module", text), node)
        return values.ref(tables.SAME[text])
    if text.startswith(("./", "../", "/")) or text in (".", ".."):
        return _file(text, node, run)
    package = _PACKAGE.fullmatch(text)
    if (
        package is None
        or ".." in text
        or package["name"] in tables.REFUSED
        or text in tables.REFUSED
    ):
        run.unknown(f"loads {text}", node)
        return OPAQUE
    run.add(Deed("module", text), node)
    run.imported.add(text)
    return OPAQUE if text.endswith(".json") else FOREIGN


def _file(text: str, node: Node, run: Run) -> Value:
    run.add(Deed("read", text), node)
    if text.endswith(".json"):
        run.imported.add(text)
        return OPAQUE
    if not posixpath.splitext(text)[1]:
        run.add(Deed("read", f"{text}.json"), node)
    run.add(Deed("module", text), node)
    run.imported.add(text)
    return FOREIGN


def imported(source: Node, name: str, run: Run) -> Value:
    """What a name of an import statement means."""
    text = source.text[1:-1]
    if "\\" in text:
        run.unknown("loads a module that is decided at run time", source)
        return OPAQUE
    found = module(values.text(text), source, run)
    if name in ("*", "default") or found.kind != "ref":
        if found.kind == "foreign" and name in tables.HARMFUL:
            run.unknown(f"imports {name} from {text}", source)
        return found
    dotted = f"{found.name}.{name.strip(chr(34) + chr(39))}"
    return values.ref(tables.SAME.get(dotted, dotted))


def loads_what_it_writes(run: Run) -> None:
    """A file that the program itself writes may be the module that it loads."""
    local = {posixpath.normpath(one) for one in run.imported if one[:1] in "./"}
    packages = {one for one in run.imported if one[:1] not in "./"}
    for deed in list(run.found):
        if deed.kind != "write":
            continue
        if deed.value is None:
            if run.imported and not all(one.endswith(".json") for one in run.imported):
                run.unknown("writes files, which may be modules that it loads", None)
            continue
        path = posixpath.normpath(str(deed.value))
        same = any(path in (f"{one}{end}" for end in _ENDINGS) for one in local)
        same = same or any(path.startswith(f"{one}/") for one in local)
        same = same or (bool(packages) and "node_modules" in path.split("/"))
        if same and not (path.endswith(".json") and path in local):
            run.unknown(f"writes {path}, which may be a module that it loads", None)
