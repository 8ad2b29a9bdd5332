"""What a program in PHP, Lua, R, Elixir or Julia does, proven from its tokens (`reader.py`)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aileron.inline.deeds import Deed
from aileron.inline.plain.effects import Run
from aileron.inline.plain.language import language
from aileron.inline.plain.reader import Reader
from aileron.inline.plain.scope import Scope
from aileron.inline.plain.tokens import tokens
from aileron.inline.trees import Unread

_OPENS = re.compile(r"\s*<\?php\s")


def deeds(
    name: str, code: str, argv: Sequence[str | None] = (), *, loaded: bool = False
) -> tuple[Deed, ...]:
    """What the program may do; `loaded` tells that the project's own code is there from the
    start (`mix run`).  Never raises."""
    if name == "php" and _OPENS.match(code):
        code = _OPENS.sub("", code, count=1).rstrip().removesuffix("?>")
    if name == "php" and "<?" in code:
        return (Deed("unknown", "goes in and out of PHP"),)
    run = Run(language=name, foreign=loaded, web="://" in code)
    try:
        known = language(name)
        found = tokens(name, code)
        scope = Scope(name, found)
        Reader(known, found, run, scope).whole()
        if run.foreign and not loaded:  # what was loaded is there for all of it
            imported = scope.imported
            run = Run(language=name, foreign=True, web=run.web)
            scope = Scope(name, found)
            scope.imported |= imported
            Reader(known, found, run, scope).whole()
    except Unread as why:
        return (*run.deeds(), Deed("unknown", str(why)))
    except (RecursionError, MemoryError):
        return (Deed("unknown", "is nested too deep"),)
    if run.foreign and run.writes_code():
        run.unknown("writes what may be code that it loads", None)
    return run.deeds()
