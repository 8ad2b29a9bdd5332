"""What is odd about the rules of one file, though it is a policy.

A rule is named that can never match, that a built-in deny overrules whatever it
says, or that another rule of the file leaves nothing to say:

    the other is of a stricter bucket and speaks about all that this one does
    the other is of the same bucket, does so too, and stands first, or this one
    has no words of its own for the person or the agent

Each warning is right, and not every odd rule is named: where two patterns are
hard to compare, or a strange program would make sense of a rule, nothing is said.
A deny or an ask that a built-in rule covers is not odd: it is the project's own
word, and it stays when the built-in rule changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aileron.model import Rule, Verdict
from aileron.policy.covers import (
    alternatives,
    covers,
    denied_anyway,
    impossible_argument,
    program,
)
from aileron.policy.part import Index
from aileron.policy.schema import Source
from aileron.policy.tables import names

MOST = 500  # rules of a file that are compared with each other

_KEYWORDS = names("if then elif else fi for while until do done case esac !")
_OF_FOLDERS = names("rm cd ls cp mv chmod chown find du")  # grep '$HOME' means what it says
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=.*", re.DOTALL)
_REDIRECTION = re.compile(r"\d?>&(\d|-)|(\d|&)?>{1,2}/dev/\w+")
_FOLDER = re.compile(r"\$(HOME|PWD|OLDPWD|\{HOME\}|\{PWD\}|\{OLDPWD\})(/.*)?", re.DOTALL)
_VARIABLE = re.compile(r"\$(\{?[A-Za-z_]\w*\}?)(/.*)?", re.DOTALL)


def lint(source: Source, builtin: Sequence[Source]) -> tuple[str, ...]:
    """Warnings about the rules of a file, in their order, in the form `file:line: text`."""
    denies = [rule for one in builtin for rule in one.rules if rule.bucket is Verdict.DENY]
    others = Index(source.rules[:MOST])
    found = []
    for at, rule in enumerate(source.rules):
        text = _never(rule) or _denied(rule, denies)
        if not text and at < MOST:
            text = _shadowed(rule, others)
        if text:
            found.append(f"{rule.file}:{rule.line}: {text}")
    return tuple(found)


# Never


def _never(rule: Rule) -> str:
    return next(_reasons(rule), "")


def _reasons(rule: Rule) -> Iterator[str]:
    first = program(rule)
    if re.search(r"\s", first) and "/" not in first:
        yield f"this never matches: no program is called {first!r}; {_write(rule)}"
    if all(_ASSIGNMENT.fullmatch(one) for one in alternatives(first)):
        yield (
            f"this never matches: {first!r} before a program is a variable, and no word of "
            "the command; begin with the program"
        )
    if first and all(one in _KEYWORDS for one in alternatives(first)):
        yield (
            f"this never matches: {first!r} belongs to the shell's grammar; the commands "
            "behind it are judged by themselves"
        )
    for word in rule.words[1:]:
        if _REDIRECTION.fullmatch(word):
            yield (
                f"this never matches: {word!r} is a redirection, and no word of the command; "
                "say which file with path"
            )
        if _FOLDER.fullmatch(word) and ("/" in word or first in _OF_FOLDERS):
            yield f"{word!r} stands for itself here, not for a folder; {_tilde(word)}"
    for name, value in (("path", rule.path), ("working_dir", rule.working_dir)):
        if _VARIABLE.fullmatch(value):
            yield f"this never matches: {name} knows no variables: {value!r}; {_tilde(value)}"
    missing = impossible_argument(rule)
    if missing:
        yield (
            f"this never matches: none of its words contains {missing!r}, and there is no "
            "* at the end for any further words"
        )


def _write(rule: Rule) -> str:
    return "say it with command" if rule.binary else "leave the inner quotes out"


def _tilde(text: str) -> str:
    if "HOME" in text[:8]:
        return "write ~ for the home folder"
    return "write ~ for the home folder; other paths are relative to the project"


# Always overruled


def _denied(rule: Rule, denies: Sequence[Rule]) -> str:
    if rule.bucket is not Verdict.ALLOW:
        return ""
    for deny in denies:
        if covers(deny, rule):
            return f"this never counts: the built-in {deny.id} ({deny.place}) denies it"
    judgement = denied_anyway(rule)
    return f"this never counts: the built-in {judgement} denies it" if judgement else ""


def _shadowed(rule: Rule, others: Index) -> str:
    silent = not (rule.message or rule.description)
    before = True  # the rules come in the order of the file
    for other in others.about(alternatives(program(rule))):
        if other is rule:
            before = False
        if other is rule or other.bucket.strictness < rule.bucket.strictness:
            continue
        if not covers(other, rule):
            continue
        if other.bucket is not rule.bucket:
            return f"this never counts: {_named(other)} is in {other.bucket.value} and covers it"
        if covers(rule, other):
            if before:
                return f"this is the same as {_named(other)}"
        elif before or silent:
            return f"this adds nothing: {_named(other)} covers it"
    return ""


def _named(rule: Rule) -> str:
    about = " ".join(rule.words) or rule.binary or rule.path or rule.id
    shown = about if len(about) <= 40 else f"{about[:39]}…"
    return f"{shown!r} ({rule.place})"
