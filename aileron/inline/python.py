"""What a Python program given in a command does, proven from its syntax tree.

The rule: everything that is not known to be harmless is unknown.  The tables
(`python_tables`, `package_tables`, `method_tables`) say what is known; the program
is never run, and nothing outside it is looked at.  What the proof takes for
granted, and the policy has to check, comes as deeds: that an imported module is
the one of that name (`import`), what code of the project's own does (`module`).
The program must be run by Python 3.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

from aileron.inline.core import Run
from aileron.inline.deeds import Deed
from aileron.inline.names import names_of
from aileron.inline.statements import Statements

LIMIT = 64 * 1024  # bytes of UTF-8
_CODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_SAME_CODING = frozenset({"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"})


def deeds(code: str, argv: Sequence[str | None] = ()) -> tuple[Deed, ...]:
    """What the program may do, in the order of its text; () if it only computes and prints.

    `argv` are the words behind it, which become sys.argv[1:]; None is one decided
    at run time.  Never raises.
    """
    why = _unread(code)
    if why:
        return (Deed("unknown", why),)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
        run = Run(names_of(tree), tuple(argv), _imported(tree))
        Statements(run).block(tree.body)
    except (SyntaxError, ValueError, OverflowError):
        return (Deed("unknown", "it is not Python that could be read"),)
    except (RecursionError, MemoryError):
        return (Deed("unknown", "it is nested too deep"),)
    _imports_what_it_writes(run)
    return run.deeds()


def _unread(code: str) -> str:
    if len(code) > LIMIT or len(code.encode("utf-8", "surrogatepass")) > LIMIT:
        return f"it is longer than {LIMIT // 1024} KB"
    for line in re.split(r"\r\n?|\n", code, maxsplit=2)[:2]:
        coding = _CODING.match(line)
        if coding and coding[1].lower().replace("_", "-") not in _SAME_CODING:
            return "it says that it is written in another encoding"
    return ""


def _imported(tree: ast.Module) -> set[str]:
    """The first parts of the names of all modules."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def _imports_what_it_writes(run: Run) -> None:
    """A file that the program itself writes may be the module that it imports."""
    taken = run.modules | {"sitecustomize", "usercustomize"}
    for deed in list(run.found):
        if deed.kind == "write" and isinstance(deed.value, str):
            parts = deed.value.removesuffix(".py").split("/")
            if deed.value.endswith((".py", ".so", ".pth")) and taken.intersection(parts):
                run.unknown(f"writes {deed.value}, which may be a module that it imports", None)
