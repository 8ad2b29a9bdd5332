"""What a rule asks about, where its words show that it stays on this machine.

`nc localhost 7070` and `telnet localhost 25` speak to a server of this machine's own, as
`curl localhost` does: with nothing but options about time and form, one host and one port.
`git worktree remove --force /tmp/x` deletes a folder of scratch space, as `rm -rf` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aileron.model import Facts, Verdict
from aileron.policy import paths
from aileron.policy.finding import Finding
from aileron.policy.paths import Place
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import ANYTHING, Word

RULE = "nearby"
_RULED = names("remote-connection remote-shell git-worktree-discard")
_FLAGS = re.compile(r"-[vzunNCc46tdr]+|--(?:verbose|send-only|recv-only|no-shutdown|crlf|udp|zero)")
_TIMED = re.compile(r"-[vzunNC46]*[wqiG](\d+[sm]?)?|--(?:wait|idle-timeout|delay)(?:=(\d+[sm]?))?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:ms|s|m)?")
_HERE = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1|0\.0\.0\.0")
_PORT = re.compile(r"\d{1,5}(?:-\d{1,5})?|[a-z]+")


def judge(shape: Shape, facts: Facts) -> Iterable[Finding]:
    if shape.container is not None:
        return
    if shape.name in ("nc", "ncat", "netcat", "telnet") and _is_local(shape):
        yield _settled("speaks to this machine only")
    elif shape.name == "git" and _is_scratch(shape, facts):
        yield _settled("deletes a folder of scratch space")


def settled(findings: list[Finding]) -> list[Finding]:
    """Without what the rules say, where nothing leaves this machine or is lost."""
    if not any(one.rule == RULE for one in findings):
        return findings
    return [one for one in findings if one.rule not in _RULED or one.verdict is not Verdict.ASK]


def _settled(reason: str) -> Finding:
    return Finding(verdict=Verdict.ALLOW, rule=RULE, reason=reason)


def _is_local(shape: Shape) -> bool:
    """Whether a client is told nothing but a host, which is this machine, and a port."""
    operands: list[Word] = []
    words = list(shape.command.words[1:])
    if shape.command.appended:
        return False
    while words:
        word = words.pop(0)
        value = word.value
        if value is None or not value.startswith("-"):
            operands.append(word)
        elif shape.name == "telnet":
            return False
        elif (timed := _TIMED.fullmatch(value)) is not None:
            if not any(timed.groups()):
                following = words.pop(0).value if words else None
                if following is None or not _NUMBER.fullmatch(following):
                    return False
        elif not _FLAGS.fullmatch(value):
            return False
    return (
        len(operands) == 2
        and _HERE.fullmatch(operands[0].value or "") is not None
        and _is_port(operands[1])
    )


def _is_port(word: Word) -> bool:
    if word.value is not None:
        return _PORT.fullmatch(word.value) is not None
    return bool(word.could) and all(_PORT.fullmatch(one) for one in word.could)


def _is_scratch(shape: Shape, facts: Facts) -> bool:
    """Whether `git worktree remove` removes nothing but folders of scratch space."""
    operands = [word for word in shape.command.words[1:] if not (word.value or "").startswith("-")]
    if [word.value for word in operands[:2]] != ["worktree", "remove"] or len(operands) != 3:
        return False
    if shape.command.appended:
        return False
    found = paths.all_of_word(operands[2], shape.cwds, facts)
    return bool(found) and all(
        one != ANYTHING
        and one not in facts.scratch
        and paths.place(one, facts) is Place.SCRATCH
        and one.rpartition("/")[2].strip("*?.") != ""
        for one in found
    )
