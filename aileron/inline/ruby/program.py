"""What a Ruby program given in a command does, proven from its syntax tree.

The rule is that of `aileron.inline.js`: what is not known to be harmless is unknown.
Only small programs are read: those that define nothing, and hold no class or
method as a value.
"""

from __future__ import annotations

from collections.abc import Sequence

from aileron.inline import trees
from aileron.inline.deeds import Deed
from aileron.inline.ruby import tokens
from aileron.inline.ruby.calls import Program
from aileron.inline.ruby.files import Run
from aileron.inline.trees import Unread


def deeds(code: str, argv: Sequence[str | None] = ()) -> tuple[Deed, ...]:
    """What the program may do; `argv` is ARGV.  Never raises."""
    try:
        root = trees.tree("ruby", code)
        doubt = tokens.doubt(root, code)
        if doubt:
            return (Deed("unknown", doubt),)
        run = Run(argv=tuple(argv))
        Program(run, root).statement(root)
    except Unread as why:
        return (Deed("unknown", str(why)),)
    except (RecursionError, MemoryError):
        return (Deed("unknown", "is nested too deep"),)
    if run.foreign and any(_may_be_code(one) for one in run.found):
        run.unknown("writes what may be code that it loads", None)
    return run.deeds()


def _may_be_code(deed: Deed) -> bool:
    return deed.kind == "write" and (deed.value is None or str(deed.value).endswith((".rb", ".so")))
