"""Reading shell text: every simple command that could run, or "I cannot".

`read` is a function of its arguments; it runs nothing, opens nothing and never
raises.  A reading is complete only if every byte of the text was understood as
bash 5.2 understands it, and as the shell that will run it does.  It is not
complete, and says why, for: text over 64 KB, 800 commands or 2,200 words (no
script of that size has so many: the text is made to take long), control
characters other than tab and newline, text that is not valid Unicode, anything
unclosed, any syntax error (bash runs the lines before it), nesting over 50, text
that is decided at run time and then read by a shell, and whatever could make
words mean something else.
The commands found up to there are listed all the same.
"""

from __future__ import annotations

import re

from aileron.shell import functions
from aileron.shell.parser import Parser
from aileron.shell.parts import Place
from aileron.shell.reading import Reading
from aileron.shell.scanner import Notes, Stop
from aileron.shell.scope import scope_for
from aileron.shell.tree import AndOr, Script
from aileron.shell.walk import Walk
from aileron.shell.wrappers import EMPTY, Wrappers

LIMIT = 64 * 1024  # bytes of UTF-8
SHELLS = frozenset(("bash", "bash-3", "sh", "dash", "zsh"))  # bash-3: as macOS has it
UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def read(text: str, shell: str = "bash", wrappers: Wrappers = EMPTY) -> Reading:
    """The commands of `text` as `shell` (one of SHELLS) would read them.

    `wrappers` is the table of programs that run other programs; without it
    nothing is looked through.
    """
    doubts = _unreadable(text, shell)
    text = text[:LIMIT]
    walk = Walk(wrappers, shell, text)
    notes = Notes(extglob="extglob" in text)
    items: list[AndOr] = []
    ends: list[str] = []
    try:
        Parser(text, shell, 0, notes).whole(items)
    except Stop as stop:
        ends.append(stop.why)
    except RecursionError:
        ends.append("it is nested too deep")
    try:
        walk.whole(Script(items), notes, scope_for(text, Script(items)), Place())
        if walk.bodies:
            functions.resolve(walk.found, walk.bodies)
        walk.noted(notes)
        walk.late(text)
    except Stop as stop:
        ends.append(stop.why)
    except RecursionError:
        ends.append("it is nested too deep")
    why = [*doubts, *ends, *walk.doubts]
    return Reading(
        tuple(walk.found),
        not why,
        why[0] if why else "",
        tuple(sorted(walk.substitutions.items())),
        tuple(walk.texts),
        walk.spawns,
        frozenset(walk.hooks),
    )


def _unreadable(text: str, shell: str) -> list[str]:
    doubts = []
    if shell not in SHELLS:
        doubts.append(f"{shell} is not a shell whose language is read")
    if len(text) > LIMIT or (
        not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > LIMIT
    ):
        doubts.append(f"it is longer than {LIMIT // 1024} KB")
    found = UNREADABLE.search(text)
    if found:
        surrogate = "\ud800" <= found[0] <= "\udfff"
        doubts.append(
            "it is not valid Unicode"
            if surrogate
            else f"it holds the control character {ord(found[0]):#04x}"
        )
    return doubts
