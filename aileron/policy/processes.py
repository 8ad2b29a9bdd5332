"""`kill`: only of processes that the same text started needs no question.

So may `pkill -f server.py` where the same text starts server.py: that is a restart.

These are `$!`, a variable that is nothing else (`PID=$!`), a job (`%1`), and a file of
the project or of scratch space that holds a number (`kill $(cat server.pid)`).  Whoever
ends Aileron's processes is denied (`own.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aileron.model import Facts, Verdict
from aileron.policy import inline, paths
from aileron.policy.finding import Finding, ask
from aileron.policy.paths import Place
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Word

RULE = "effect/process"
OWN = "effect/own-process"
RULED = "processes"  # the built-in rule about ending processes by name
_SCRIPT = re.compile(r"[\w-]{3,}\.(?:py|js|mjs|cjs|ts|rb|php|jar)")
_LAST = frozenset(("$!", "${!}", '"$!"', '"${!}"', '"$(jobs -p)"', "$(jobs -p)"))
_NAMED = re.compile(r'"?\$\{?([A-Za-z_]\w*)(?:\[[@*0-9]+\])?\}?"?')
_PID_FILE = re.compile(r'"?(?:\$\(|`)\s*(?:cat|<)\s+"?([\w./~-]+)"?\s*(?:\)|`)"?')
_SETTERS = names("read printf mapfile readarray declare local typeset getopts")
_SIGNAL = re.compile(r"-(?:[0-9]+|[A-Z]+[0-9]*|n|s)$")


def judge(shapes: Sequence[Shape], index: int, facts: Facts) -> list[Finding]:
    shape = shapes[index]
    if shape.name not in ("kill", "/bin/kill", "/usr/bin/kill", "pkill"):
        return []
    if shape.base == "pkill" and _restarts(shapes, shape):
        return [Finding(verdict=Verdict.ALLOW, rule=OWN, reason="starts anew what it ends")]
    if shape.base != "kill":
        return []
    others = [
        word.source for word in _targets(shape) if not _is_own(word.source, shapes, shape, facts)
    ]
    if shape.command.appended:
        others.append("what it is given")
    return (
        [ask(RULE, f"ends a process that this command did not start: {others[0]}")]
        if others
        else []
    )


def settled(findings: list[Finding]) -> list[Finding]:
    """Without what the rule says, where what is ended is the text's own."""
    if not any(one.rule == OWN and one.verdict is Verdict.ALLOW for one in findings):
        return findings
    return [one for one in findings if one.rule != RULED]


def _restarts(shapes: Sequence[Shape], shape: Shape) -> bool:
    """Whether all that `pkill -f` may end is a script that the same text starts."""
    words = [word.value for word in shape.command.words[1:]]
    given = [one for one in words if one is not None and not _SIGNAL.match(one) and one != "-9"]
    if None in words or given[:1] != ["-f"] or len(given) != 2:
        return False
    script = given[1].rpartition(" ")[2].rpartition("/")[2]
    return _SCRIPT.fullmatch(script) is not None and any(
        one is not shape and (word.value or "").rpartition("/")[2] == script
        for one in shapes
        if inline.interpreter(one) is not None
        for word in one.command.words[1:]
    )


def _targets(shape: Shape) -> Iterable[Word]:
    words = shape.command.words[1:]
    values = [word.value for word in words]
    if values[:1] in (["-0"], ["-l"], ["-L"]):
        return
    if values and _SIGNAL.match(values[0] or ""):
        words = words[2 if values[0] in ("-s", "-n") else 1 :]
    yield from (word for word in words if word.value != "--")


def _is_own(source: str, shapes: Sequence[Shape], shape: Shape, facts: Facts) -> bool:
    if source in _LAST or re.fullmatch(r"%\w*", source):
        return True
    named = _NAMED.fullmatch(source)
    if named is not None:
        given = [
            word.source
            for one in shapes
            for name, word in one.command.assignments
            if name == named[1]
        ]
        if any(
            one.name in _SETTERS and any(word.value == named[1] for word in one.command.words[1:])
            for one in shapes
        ):
            return False
        return bool(given) and all(_is_last(one, shapes, shape, facts) for one in given)
    file = _PID_FILE.fullmatch(source)
    path = paths.absolute(file[1], shape.cwd, facts) if file is not None else None
    return path is not None and paths.place(path, facts) in (Place.PROJECT, Place.SCRATCH)


def _is_last(source: str, shapes: Sequence[Shape], shape: Shape, facts: Facts) -> bool:
    if source in ("", '""') or _NAMED.fullmatch(source):
        return source in ("", '""')
    inner = source.removeprefix("(").removesuffix(")").strip()
    return inner in ("", *_LAST) or _is_own(inner, shapes, shape, facts)
