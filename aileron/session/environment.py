"""Which variables an agent gets, and which its commands lose.

Some variables change what a shell does with a text between reading and
running it: BASH_ENV and ENV name files to run first, SHELLOPTS and BASHOPTS
change the grammar, PS4 runs under -x, BASH_FUNC_* replace commands, LD_* and
DYLD_* replace libraries.  A command loses them, unless the policy passes them
(`env.passthrough`) or the value is the one that the person launched with; a
start-up file is lost even then, since anybody may have written to it since.
`env.scrub` adds names (a trailing `*` for a prefix) that no command gets.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from fnmatch import translate

from aileron.model import Policy

FILES = ("BASH_ENV", "ENV")
CHANGERS = ("SHELLOPTS", "BASHOPTS", "PS4", "BASH_XTRACEFD", "BASH_COMPAT", "POSIXLY_CORRECT")
PREFIXES = ("BASH_FUNC_", "LD_", "DYLD_")


def changes_meaning(name: str) -> bool:
    return name in FILES or name in CHANGERS or name.startswith(PREFIXES)


def scrubbed(
    policy: Policy, sent: Mapping[str, str], launched: Mapping[str, str]
) -> tuple[str, ...]:
    """The names that a command loses: of those its shim sent, and of those it was launched with."""
    lost = [
        name
        for name, value in sent.items()
        if changes_meaning(name) and (name in FILES or launched.get(name) != value)
    ]
    unwanted, wanted = _one_of(policy.scrub), _one_of(policy.passthrough)
    lost += [name for name in {**launched, **sent} if unwanted.fullmatch(name)]
    lost += [name for name in policy.scrub if "*" not in name]
    return tuple(dict.fromkeys(name for name in lost if not wanted.fullmatch(name)))


def put(sent: Mapping[str, str]) -> tuple[str, ...]:
    """What a command gets: a SHLVL, since bash without one, on a socket, takes itself for a
    login from another machine and runs `~/.bashrc` first, which nobody read."""
    level = sent.get("SHLVL", "")
    return () if level.isascii() and level.isdigit() and int(level) > 0 else ("SHLVL=1",)


@functools.lru_cache(maxsize=8)
def _one_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """What matches any of these patterns; without one, nothing does."""
    return re.compile("|".join(map(translate, patterns)) or "(?!)")
