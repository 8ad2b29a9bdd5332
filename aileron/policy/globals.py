"""Options that may stand before a subcommand and change nothing about what it does.

Only the built-in allow rules look past them, so that `kubectl -n dev get pods` is what
`kubectl get pods` is.  What a setting of git runs is listed by the reading; here are
those that run nothing.  A folder counts where it lies in the project.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aileron.model import Facts
from aileron.policy import paths
from aileron.policy.global_options import VALUES
from aileron.policy.shape import Shape, one_word
from aileron.policy.tables import names
from aileron.shell.reading import ANYTHING, Word

_FLAGS = {"git": names("--no-pager -P --no-optional-locks"), "aws": names("--no-cli-pager")}
_FOLDERS = frozenset({"-C", "-chdir", "--project-directory"})
_SETTING = re.compile(
    r"(?:color\.[\w.]+|core\.(?:quotepath|autocrlf|safecrlf|abbrev|precomposeunicode)|user\.(?:name|email)"
    r"|advice\.\w+|log\.\w+|diff\.(?:renames|context|algorithm|noprefix)|commit\.gpgsign|tag\.gpgsign"
    r"|init\.defaultbranch|pull\.(?:rebase|ff)|merge\.conflictstyle|status\.\w+|column\.\w+)(?:=.*)?",
    re.IGNORECASE,
)


def without_globals(shape: Shape, facts: Facts) -> Sequence[Word]:
    """The words behind the program, without such options before its subcommand."""
    words = shape.command.words[1:]
    base = shape.base
    if base not in VALUES:
        return words
    rest = _skipped(base, words, shape, facts)
    kept: tuple[Word, ...] = ()
    if base in ("docker", "podman", "nerdctl") and rest and rest[0].value == "compose":
        kept = (rest[0],)
        rest = _skipped("docker-compose", rest[1:], shape, facts)
    return (*kept, *rest)


def _skipped(base: str, words: Sequence[Word], shape: Shape, facts: Facts) -> Sequence[Word]:
    values, flags = VALUES[base], _FLAGS.get(base, frozenset())
    at = 0
    while at < len(words):
        word = words[at]
        flag, equals, _ = (word.prefix if word.value is None else word.value).partition("=")
        if flag in flags and not equals:
            at += 1
            continue
        if flag not in values or (word.value is None and not equals):
            break
        if not equals and at + 1 == len(words):
            break
        given = _texts(word, f"{flag}=") if equals else _texts(words[at + 1], "")
        if given is None or not all(
            _is_harmless(flag, one, base, shape, facts) for one in given or (ANYTHING,)
        ):
            break
        at += 1 if equals else 2
    return words[at:]


def _texts(word: Word, start: str) -> tuple[str, ...] | None:
    """What an option's value may be, none where that is not known; None if it may be more than
    one word."""
    if word.value is not None:
        return (word.value.removeprefix(start),)
    if word.dynamic & {"glob", "brace"} or not one_word(word):
        return None
    return tuple(one.removeprefix(start) for one in word.could)


def _is_harmless(flag: str, value: str, base: str, shape: Shape, facts: Facts) -> bool:
    if flag in _FOLDERS:
        if value == ANYTHING:
            return False
        path = paths.absolute(value, shape.cwd, facts)
        roots = (facts.project, *facts.scratch)
        return path is not None and any(paths.inside(path, root) for root in roots)
    if base == "git":
        return _SETTING.fullmatch(value) is not None
    return True
