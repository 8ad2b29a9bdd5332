"""A program that is nowhere to be found: nothing can run, so nothing is asked.

Only where that is certain: the request's PATH was searched to its end, the shell reads
no start-up file that could change it, and no command of the same text could bring the
program, name a function or an alias like it, or lead PATH elsewhere.  A name that a rule
mentions is that rule's; and where the words speak of sending or destroying, the person
is asked all the same, since it may be there for somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aileron.model import CommandRequest, Facts, Mode, Policy
from aileron.policy import part
from aileron.policy.bringing import BRINGS
from aileron.policy.shape import SHELL_BUILTINS, Shape
from aileron.policy.tables import names

_MAKES_NAMES = names(
    "alias source . enable hash PATH export declare typeset function unalias shopt"
)
_LASTING = names("""
    deploy publish push release delete destroy remove drop send upload apply sync restore login
    logout kill reset wipe purge prune promote rollback terminate revoke transfer charge refund
    commit merge install uninstall submit post put erase format shutdown reboot migrate
    """)
_SHELLS = names("bash sh dash")
# What a program may be run by: those that look it up as the shell does, on this machine.
_STARTERS = names("""
    bash sh dash eval env timeout time nice nohup xargs find command exec stdbuf setsid trap fd
    """)


def is_absent(
    policy: Policy, request: CommandRequest, shapes: Sequence[Shape], at: int, facts: Facts
) -> bool:
    """Whether the command at `at` names a program that cannot run, since there is none."""
    shape = shapes[at]
    name = shape.name
    if not name or "/" in name or name in SHELL_BUILTINS or not facts.searched:
        return False
    if facts.programs.get(name, "") is not None or part.index_of(policy.rules).mentions(name):
        return False
    if request.mode is not Mode.COMMAND or request.shell not in _SHELLS or _starts_up(request):
        return False
    if request.text not in request.argv:
        return False  # an agent's envelope may have brought functions, a script anything
    if any(via and via.split()[0] not in _STARTERS for via in shape.command.via):
        return False
    if any(key.startswith(f"BASH_FUNC_{name}") for key in request.environment):
        return False
    if any(speaks_of_lasting(word.value or word.source) for word in shape.command.words):
        return False
    return not any(
        one.names & (BRINGS | _MAKES_NAMES)
        or any(variable == "PATH" for variable, _ in one.command.assignments)
        or (one.command.words and one.command.name is None)
        for one in shapes
    )


def _starts_up(request: CommandRequest) -> bool:
    """Whether the shell reads files of the person before the command."""
    if request.environment.get("BASH_ENV"):
        return True
    return any(
        one in ("--login", "--rcfile", "--init-file")
        or (one[:1] == "-" and one[1:2] != "-" and set(one) & set("li"))
        for one in request.options
    )


def speaks_of_lasting(word: str) -> bool:
    return bool(_LASTING & set(re.split(r"[^a-z]+", word.lower())))
