"""What one test of one command found: a verdict, its rule, and the words for a person.

`firm` findings stand until a person names them: an allow rule that covers the
program alone does not lift them (`cat *` says nothing about `~/.ssh/id_rsa`);
one that names the `path` does, and so does `override: <rule id>`.
"""

from __future__ import annotations

from dataclasses import dataclass

from aileron.model import Layer, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    verdict: Verdict
    rule: str
    reason: str
    layer: Layer = Layer.BUILTIN
    place: str = ""
    message: str = ""
    outward: bool = False
    firm: bool = False
    certain: bool = True  # False: only if a word turns out, at run time, to be something
    path: str = ""  # absolute, where the finding is about one file
    word: int = 0  # the word that named the path; 0 for a redirection


def deny(rule: str, reason: str, *, message: str = "") -> Finding:
    return Finding(verdict=Verdict.DENY, rule=rule, reason=reason, message=message)


def ask(rule: str, reason: str, *, firm: bool = False, outward: bool = False) -> Finding:
    return Finding(verdict=Verdict.ASK, rule=rule, reason=reason, firm=firm, outward=outward)
