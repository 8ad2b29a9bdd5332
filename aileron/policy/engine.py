"""`decide`: one request, one policy, the facts of the moment, one decision.

Every simple command that could run is a part with a verdict of its own; the
strictest part is the decision (how a part gets its verdict stands in `part.py`).
A text that was not read to its end is never allowed.
"""

from __future__ import annotations

import posixpath
import shlex

from aileron.model import (
    CommandRequest,
    Decision,
    Facts,
    Layer,
    Mode,
    Part,
    Policy,
    Verdict,
)
from aileron.policy import inline, paths
from aileron.policy.parts import judged, shapes_of
from aileron.policy.scripts import NO_SCRIPTS, Scripts
from aileron.policy.tables import names
from aileron.policy.through import Inside, looked_through
from aileron.shell.reading import Reading, SimpleCommand, Word

UNREAD = "unread"
_SYSTEM_FOLDERS = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/opt",
    "/nix",
    "/snap",
    "/Library",
    "/System",
    "/Applications",
)
RUNS_OTHERS = inline.SHELLS | names(
    """
    env xargs find fd time timeout nice nohup setsid stdbuf ionice chrt taskset watch flock parallel
    entr script unbuffer busybox toybox caffeinate command builtin exec eval git tar ssh docker
    """
)
# Options of a shell that leave the meaning of its text alone.
_PLAIN_LETTERS = frozenset("abcefhilmnpsuvxBCEHT")
_PLAIN_NAMES = names("""
    allexport errexit noglob hashall noexec nounset verbose xtrace braceexpand noclobber errtrace
    functrace histexpand history ignoreeof monitor notify pipefail physical vi emacs
    interactive-comments
    """)
_PLAIN_LONG = names("--norc --noprofile --login --noediting --verbose --no-rcs")


def decide(
    policy: Policy,
    request: CommandRequest,
    facts: Facts,
    reading: Reading | None,
    *,
    descendant: bool = False,
    scripts: Scripts = NO_SCRIPTS,
) -> Decision:
    """What may happen to a request.

    `reading` is what the request's text says, None where the text could not be
    had; `descendant` tells that an allowed command of this session started it;
    `scripts` are the scripts that it runs, as they are now.
    Nothing is looked up here: the same values give the same decision.
    """
    if request.mode is Mode.INFORMATION:
        return _whole(Verdict.ALLOW, "information", "the shell only tells about itself")
    if request.mode is Mode.EXEC:
        reading = reading or of_arguments(request.argv)
    elif request.mode is Mode.SCRIPT and _is_system_script(request, facts):
        reading = of_arguments(_script_arguments(request))
    if reading is None:
        return _unread(request, descendant)
    shapes = shapes_of(request, facts, reading)
    parts = judged(policy, request, facts, reading, shapes, descendant=descendant)
    if not descendant:
        parts = looked_through(Inside(policy, request, facts, scripts), shapes, parts)
    strictest = max(parts, key=lambda part: part.verdict.strictness, default=None)
    doubt = _doubt(request, reading)
    excused = descendant and request.mode not in (Mode.INTERACTIVE, Mode.UNKNOWN)
    allowed = strictest is None or strictest.verdict is Verdict.ALLOW
    if doubt and allowed and not excused:
        return _whole(Verdict.ASK, UNREAD, doubt, parts=tuple(parts), complete=False)
    if strictest is None:
        return _whole(Verdict.ALLOW, "empty", "there is nothing to run")
    return Decision(
        verdict=strictest.verdict,
        rule=strictest.rule,
        layer=strictest.layer,
        reason=strictest.reason,
        parts=tuple(parts),
        complete=not doubt,
        place=strictest.place,
        message=strictest.message,
    )


def _whole(
    verdict: Verdict,
    rule: str,
    reason: str,
    *,
    parts: tuple[Part, ...] = (),
    complete: bool = True,
) -> Decision:
    return Decision(
        verdict=verdict,
        rule=rule,
        layer=Layer.BUILTIN,
        reason=reason,
        parts=parts,
        complete=complete,
    )


def of_arguments(argv: tuple[str, ...]) -> Reading:
    """A program started without a shell, as a reading: its words are what they are.

    What the program runs itself is not looked through here, so that one which
    does (env, xargs, a shell) is not completely read.
    """
    words = tuple(Word(source=word, value=word, quoted=True) for word in argv)
    command = SimpleCommand(words=words, source=shlex.join(argv))
    name = posixpath.basename(argv[0]) if argv else ""
    complete = name not in RUNS_OTHERS
    why = "" if complete else f"what {name} runs was not looked through"
    return Reading((command,), complete, why)


def _is_system_script(request: CommandRequest, facts: Facts) -> bool:
    if not request.script:
        return False
    path = paths.real(paths.join(request.cwd, request.script), facts)
    own = (facts.project, facts.home, facts.aileron_home, *facts.scratch)
    if any(root not in ("", "/") and paths.inside(path, root) for root in own):
        return False
    return any(paths.inside(path, folder) for folder in _SYSTEM_FOLDERS)


def _script_arguments(request: CommandRequest) -> tuple[str, ...]:
    """The script's own argument vector: what stands behind it in the shell's."""
    after = request.argv[1:]
    if request.script in after:
        after = after[after.index(request.script) + 1 :]
    return (paths.join(request.cwd, request.script), *after)


def _unread(request: CommandRequest, descendant: bool) -> Decision:
    if request.mode is Mode.INTERACTIVE:
        reason = "an interactive shell: what will be typed into it cannot be read before it runs"
    elif request.mode is Mode.UNKNOWN:
        reason = "the shell was started with options that are not known"
    elif descendant:
        return _whole(Verdict.ALLOW, UNREAD, "inside an allowed command, not read", complete=False)
    elif request.mode is Mode.SCRIPT:
        reason = f"the script could not be read before it runs: {request.script}"
    else:
        reason = "the text comes from a pipe and could not be read before it runs"
    return _whole(Verdict.ASK, UNREAD, reason, complete=False)


def _doubt(request: CommandRequest, reading: Reading) -> str:
    """Why the reading may not be the whole truth, "" if it is."""
    if not reading.complete:
        return f"not completely read: {reading.why or 'the text was not understood'}"
    if request.mode is Mode.UNKNOWN:
        return "the shell was started with options that are not known"
    odd = _odd_option(request.options)
    return f"the shell's option {odd} may change what its text means" if odd else ""


def _odd_option(options: tuple[str, ...]) -> str:
    named = False
    for option in options:
        if named:
            named = False
            if option not in _PLAIN_NAMES:
                return option
        elif option in _PLAIN_LONG or option in ("-", "--"):
            continue
        elif option[:1] in "-+" and option[1:2] != "-":
            letters = set(option[1:])
            if "o" in letters:
                named = True
                letters.discard("o")
            if not letters <= _PLAIN_LETTERS:
                return option
        else:
            return option
    return ""
