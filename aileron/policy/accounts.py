"""The person's own account: whoever removes it removes the home with it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from aileron.model import Facts
from aileron.policy.finding import Finding, deny
from aileron.policy.shape import Shape
from aileron.policy.tables import names

_REMOVES = names("userdel deluser rmuser dscl sysadminctl")
_MYSELF = re.compile(r"[\"']?(?:\$\{?(?:USER|LOGNAME)\}?|\$\((?:whoami|id -un)\)|`whoami`)[\"']?")


def judge(shape: Shape, facts: Facts) -> Iterator[Finding]:
    if shape.base not in _REMOVES or not facts.home:
        return
    words = shape.command.words[1:]
    name = posixpath.basename(facts.home)
    if shape.base in ("dscl", "sysadminctl"):
        if not any(re.fullmatch(r"-?delete(User)?", word.value or "") for word in words):
            return
    elif any(word.value in ("--help", "-h", "--group") for word in words):
        return
    # `deluser dev docker` takes somebody out of a group.
    operands = [word for word in words if not (word.value or "").startswith("-")]
    if shape.base == "deluser" and len(operands) > 1:
        return
    for word in operands:
        own = (word.value or "").rpartition("/")[2] == name
        if own or _MYSELF.fullmatch(word.source):
            yield deny("effect/destroys", f"{shape.base} removes the account of this home")
            return
