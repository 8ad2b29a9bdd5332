"""Evaluation that does not show: what runs, or changes what runs, without being a command.

bash evaluates the subscript in `a[$(c)]` wherever it takes text for a variable's
name or for arithmetic, even if that text was in single quotes; some builtins
change what later words mean.  None of it can be listed as a command, so each is
a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aileron.shell.reading import SimpleCommand, Word
from aileron.shell.tree import Literal, RawWord

SUBSTITUTION = re.compile(r"\$\(|`|\$\{")

# Builtins that take names or arithmetic, or set variables by a name they are given.
SETS_VARIABLES = frozenset(
    """
    declare typeset local export readonly unset read mapfile readarray getopts printf let eval
    source . set wait test [ trap
    """.split()  # noqa: SIM905
)
READS_INPUT = frozenset(
    """
    read mapfile readarray head dd sed tail cut awk python python3 perl ruby node sh bash
    select more less ssh
    """.split()  # noqa: SIM905
)
PROMPTS = frozenset(("PS4", "PS0", "PS1", "PS2", "PROMPT_COMMAND", "BASH_ENV", "ENV"))
ZSH_TABLES = frozenset(("aliases", "galiases", "saliases", "functions", "commands", "builtins"))
COMMAND_TABLES = frozenset(("BASH_ALIASES", "BASH_CMDS"))
HARMLESS_SHOPT = frozenset(
    """
    autocd cdspell checkhash checkjobs checkwinsize cmdhist dirspell dotglob execfail extglob
    failglob globasciiranges globstar gnu_errfmt histappend histreedit histverify hostcomplete
    huponexit inherit_errexit interactive_comments lastpipe lithist localvar_inherit
    localvar_unset login_shell mailwarn no_empty_cmd_completion nocaseglob nocasematch
    nullglob progcomp promptvars shift_verbose sourcepath xpg_echo -s -u -q -p -o
    """.split()  # noqa: SIM905
)
ZSH_WORDS = frozenset(
    """
    noglob nocorrect repeat foreach end - setopt unsetopt emulate zmodload autoload
    """.split()  # noqa: SIM905
)


def in_word(word: RawWord) -> list[str]:
    """Doubts about an operand of `[[ ]]`, or what a `for` or `case` goes through."""
    for part in word.parts:
        if isinstance(part, Literal) and part.quoted and _evaluates(part.text):
            return [_subscript(part.text)]
    return []


def in_command(command: SimpleCommand, shell: str) -> list[str]:
    doubts = []
    for name, word in command.assignments:
        text = word.value or ""
        if _evaluates(text):
            doubts.append(_subscript(text))
        if name in PROMPTS and (word.value is None or SUBSTITUTION.search(text)):
            doubts.append(f"{name} holds text that runs later")
        if name in COMMAND_TABLES or (shell == "zsh" and name in ZSH_TABLES):
            doubts.append(f"{name} changes what a command name means")
    name = command.name or ""
    if name in CHECKS:
        doubts += CHECKS[name](command.words[1:], shell)
    if name in SETS_VARIABLES:
        doubts += _names(command.words[1:])
    if shell == "zsh" and name in ZSH_WORDS:
        doubts.append(f"zsh would read {name} differently than bash")
    if name == "exec" and len(command.words) == 1 and _takes_input(command):
        doubts.append("exec changes where later commands read from")
    return doubts


def _evaluates(text: str) -> bool:
    """Whether it is like `a[$(c)]`."""
    start = text.find("[")
    return start >= 0 and SUBSTITUTION.search(text, start) is not None


def _subscript(text: str) -> str:
    return f"“{text[:40]}” could run as part of a subscript"


def _names(words: tuple[Word, ...]) -> list[str]:
    return [_subscript(text) for word in words if _evaluates(text := word.value or "")]


def _takes_input(command: SimpleCommand) -> bool:
    return any(item.op[0] == "<" and item.fd in ("", "0") for item in command.redirects)


def _shopt(words: tuple[Word, ...], shell: str) -> list[str]:
    for word in words:
        if word.value not in HARMLESS_SHOPT:
            return [f"shopt {word.source} changes how text is read"]
    return []


def _set(words: tuple[Word, ...], shell: str) -> list[str]:
    for word in words:
        text = word.value
        if text in ("--", "-"):
            break
        if text is None or text in ("keyword", "posix", "alias"):
            return ["set changes how text is read"]
        if text[:1] in "-+" and "k" in text:
            return ["set -k changes how text is read"]
    return []


def _alias(words: tuple[Word, ...], shell: str) -> list[str]:
    if words and shell != "bash":
        return ["alias changes what a command name means"]
    return []


def _enable(words: tuple[Word, ...], shell: str) -> list[str]:
    return ["enable changes what a command name means"]


def _hash(words: tuple[Word, ...], shell: str) -> list[str]:
    return _option(words, "p", "hash -p changes what a command name means")


def _bind(words: tuple[Word, ...], shell: str) -> list[str]:
    return _option(words, "x", "bind -x holds text that runs later")


def _complete(words: tuple[Word, ...], shell: str) -> list[str]:
    return _option(words, "C", "complete -C holds text that runs later")


def _mapfile(words: tuple[Word, ...], shell: str) -> list[str]:
    return _option(words, "C", "mapfile -C holds text that runs later")


def _option(words: tuple[Word, ...], letter: str, what: str) -> list[str]:
    for word in words:
        if word.value is None or (word.value[:1] == "-" and letter in word.value):
            return [what]
    return []


CHECKS: dict[str, Callable[[tuple[Word, ...], str], list[str]]] = {
    "shopt": _shopt,
    "set": _set,
    "alias": _alias,
    "enable": _enable,
    "hash": _hash,
    "bind": _bind,
    "complete": _complete,
    "mapfile": _mapfile,
    "readarray": _mapfile,
}
