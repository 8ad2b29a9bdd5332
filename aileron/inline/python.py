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
import posixpath
import re
import shlex
import warnings
from collections.abc import Sequence
from dataclasses import replace

from aileron.inline.core import Run, written
from aileron.inline.deeds import Deed
from aileron.inline.names import names_of
from aileron.inline.statements import Statements

LIMIT = 64 * 1024  # bytes of UTF-8
MOST = 256  # deeds of one program: more are not judged one by one
_CODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_SAME_CODING = frozenset({"utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii"})
_PATHS = frozenset({"read", "write", "delete", "delete-tree", "search"})


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
    found = sorted(run.found, key=lambda one: run.found[one])
    if run.folder:
        found = [after for one in found for after in _elsewhere(one, run.folder)]
    if len(found) > MOST:
        return (Deed("unknown", "it does too many things"),)
    return tuple(dict.fromkeys(found))


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


def _elsewhere(deed: Deed, folder: str) -> list[Deed]:
    """The deed as it stands, and as it is behind `os.chdir(folder)`: the order is not known."""
    where = written(folder)
    if deed.kind in _PATHS:
        path = deed.value if isinstance(deed.value, str) else deed.prefix
        if path.startswith(("/", "~")):
            return [deed]
        moved = posixpath.join(where, path)
        if deed.value is None:
            return [deed, replace(deed, prefix=moved)]
        return [deed, replace(deed, value=moved)]
    if deed.kind in ("text", "words"):
        start = f"cd -- {where if where.startswith('~') else shlex.quote(where)} && "
        if isinstance(deed.value, tuple):
            words = ('"$word"' if one is None else shlex.quote(one) for one in deed.value)
            return [deed, Deed("text", start + " ".join(words))]
        if deed.value is not None:
            return [deed, Deed("text", f"{start}{{ {deed.value}\n}}")]
    return [deed]
