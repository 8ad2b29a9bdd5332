"""What the program is given from outside: arguments, variables, the constants of modules."""

from __future__ import annotations

import re

from aileron.inline import values
from aileron.inline.deeds import Deed
from aileron.inline.js.core import Run, outside
from aileron.inline.trees import Node
from aileron.inline.values import CALLABLE, FILE, NUMBER, OPAQUE, Value
from aileron.inline.words import names

_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSW|CREDENTIAL|AUTH|PWD$|_PAT$|DSN|COOKIE", re.IGNORECASE)
_NOT_SECRET = frozenset({"PWD", "OLDPWD", "SSH_AUTH_SOCK", "XAUTHORITY"})
# What the proof itself relies on.
_RELIED_ON = names("HOME TMPDIR TEMP TMP")
_OPAQUE = names("""
    process.argv0 process.execArgv process.version process.versions process.platform process.arch
    process.title process.features process.config process.release __filename
    import.meta.url import.meta.filename import.meta.main util.inspect.defaultOptions
    os.constants fs.constants buffer.constants Bun.version Deno.version module.builtinModules
    http.STATUS_CODES http.METHODS Deno.build global.undefined perf_hooks.performance.timeOrigin
    """)
_NUMBERS = names(
    "NaN Infinity process.pid process.ppid Math.PI Math.E Number.MAX_SAFE_INTEGER process.exitCode"
)
ARGUMENTS = names("process.argv Deno.args Bun.argv")


def constant(dotted: str, node: Node, run: Run) -> Value:
    """What a name holds that only computes."""
    if dotted in ("process.stdout", "process.stderr", "process.stdin"):
        return FILE
    if dotted in ARGUMENTS:
        return _arguments(dotted, run)
    if dotted in ("process.execPath", "Deno.execPath"):
        return values.text("node")
    if dotted == "os.EOL":
        return values.text("\n")
    if dotted in ("path.sep", "path.delimiter"):
        return values.text("/" if dotted.endswith("sep") else ":")
    if dotted == "import.meta.dirname":
        return values.text(".")
    if dotted == "os.devNull":
        return values.text("/dev/null")
    if dotted == "undefined":
        return values.NONE
    if dotted in _NUMBERS:
        return NUMBER
    if dotted in _OPAQUE:
        return OPAQUE
    return CALLABLE


def _arguments(dotted: str, run: Run) -> Value:
    if not run.fixed_arguments:
        return OPAQUE
    given = [OPAQUE if one is None else values.text(one) for one in run.argv]
    if dotted == "Deno.args":
        return values.sequence(given[1:] if run.argv[:1] == ("-",) else given, False)
    return values.sequence((values.text("node"), *given), False)


def held(node: Node, run: Run) -> Value:
    """All the variables as a value: a copy for a program that is started, or all of them read."""
    parent = outside(node)
    if parent is not None and parent.kind == "spread_element":
        return OPAQUE
    if parent is not None and parent.kind == "pair":
        key = parent.fields["key"].text
        if key == "env":
            return OPAQUE
    if not (parent is not None and parent.kind == "binary_expression"):  # 'X' in process.env
        run.add(Deed("secret-env", None), node)
        looks = parent is not None and parent.kind in ("arguments", "expression_statement")
        if not looks or not _is_read(parent):
            run.unknown("process.env is handed on", node)
    return OPAQUE


_READERS = names("keys entries values log stringify error info dir table")


def _is_read(parent: Node | None) -> bool:
    if parent is None or parent.kind == "expression_statement":
        return True
    call = parent.parent
    callee = call.fields.get("function") if call is not None else None
    return callee is not None and callee.fields.get("property", callee).text in _READERS


def read(name: str | None, node: Node, run: Run) -> Value:
    """Reading a variable; None: it is not known which."""
    if name is None or (_SECRET.search(name) and name not in _NOT_SECRET):
        run.add(Deed("secret-env", name), node)
    return values.text(values.HOME) if name == "HOME" else OPAQUE


def sets(name: str | None, node: Node, run: Run) -> None:
    run.add(Deed("variable", name), node)
    if name is None or name in _RELIED_ON:
        run.unknown(f"sets {name or 'a variable that is decided at run time'}", node)
