"""Files that are chosen by what they are called, or by what is in them, because they are secret.

`find ~ -name '*.pem'`, `fd '^\\.env$'`, `locate id_rsa`, `git ls-files | grep env$`, `grep -rl
API_KEY .`: whatever takes the files that these name takes keys.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from aileron.policy.shape import Shape
from aileron.policy.tables import names

LISTERS = names("find gfind fd fdfind ls locate mlocate plocate echo printf")
_NAMED = names("-name -iname -path -ipath -wholename -iwholename -regex -iregex")
_GREPS = names("grep egrep fgrep rg ag ack zgrep")
_LISTS_FILES = re.compile(r"-\w*l\w*|--files-with-match(?:es)?")
_SECRET_FILE = re.compile(
    r"(?:^|[^\w.-])\.?env(?:[.*|)]|$)|(?:^|[^\w])\.env\b|\bid_(?:\*|rsa|dsa|ecdsa|ed25519|\[)"
    r"|\.(?:pem|key|kdbx|p12|pfx|ppk|jks|keystore)(?:\W|$)|\.(?:ssh|aws|gnupg|kube|netrc|pgpass)\b"
    r"|credential|\bnetrc\b|pgpass|\.npmrc|\.pypirc|kubeconfig|secrets?\.|private[-_]?key"
    r"|\b(?:ssh|aws)\b",
    re.IGNORECASE,
)
_HARMLESS = re.compile(r"\.pub\b|example|sample|template|dist\b|\bca\.pem", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"(?:API|ACCESS|SECRET|PRIVATE)[\w|()?\[\] .-]*KEY|SECRET|PASSW|_TOKEN|TOKEN=|AKIA|ghp_|sk-",
    re.IGNORECASE,
)


def because_secret(shape: Shape, before: Iterable[Shape] = ()) -> str:
    """The pattern by which a command lists secret files, "" if it does not; `before` are the
    commands that pipe names into it."""
    for text, pattern in _patterns(shape, list(before)):
        plain = text.replace("\\", "").replace("^", "").rstrip("$")
        if pattern.search(plain) and not _HARMLESS.search(plain):
            return f"the files that {text} names"
    return ""


def _patterns(shape: Shape, before: list[Shape]) -> Iterator[tuple[str, re.Pattern[str]]]:
    words = shape.command.words[1:]
    values = [word.value or "" for word in words]
    plain = [one for one in values if one and not one.startswith("-")]
    if shape.names & {"find", "gfind"}:
        for flag, text in itertools.pairwise(["", *values]):
            if flag in _NAMED:
                yield text, _SECRET_FILE
    elif shape.names & {"fd", "fdfind", "locate", "mlocate", "plocate"}:
        for text in plain[:1] if shape.names & {"fd", "fdfind"} else plain:
            yield text, _SECRET_FILE
    elif "git" in shape.names and values[:1] == ["ls-files"]:
        for text in plain[1:]:
            yield text, _SECRET_FILE
    elif shape.names & _GREPS and plain and not any(_inverts(one) for one in values):
        if any(_LISTS_FILES.fullmatch(one) for one in values):
            yield plain[0], _SECRET_TEXT
        elif any(_lists(one) for one in before) and len(plain) == 1:
            yield plain[0], _SECRET_FILE


def _inverts(value: str) -> bool:
    return re.fullmatch(r"-\w*v\w*|--invert-match", value) is not None


def _lists(shape: Shape) -> bool:
    return bool(shape.names & LISTERS) or (
        "git" in shape.names
        and any(one.value in ("ls-files", "ls-tree") for one in shape.command.words)
    )
