"""What is deleted is all that a folder holds, by a list of it.

`ls / | sed 's|^|/|' | xargs rm -rf`, `cd ~; rm -rf $(ls -A)`: the names come from a list of the
root, a home or a system folder, and nothing between picks some of them.  A filter (grep, head,
find's -name) makes it a question, as for any path that is decided at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aileron.model import Facts
from aileron.policy import effects, paths
from aileron.policy.finding import Finding, deny
from aileron.policy.flow import Flow
from aileron.policy.shape import Shape
from aileron.policy.tables import names

_LISTS = names("ls dir vdir exa eza lsd")
_PASSES = names("sort uniq cat tac tr rev shuf xargs echo printf sudo doas tee nl")
_PREFIXES = re.compile(r"s(.)\^\1([^\1]*?)\1g?")
_PRINTS = re.compile(r"\s*\{\s*print\s*(\"[^\"]*\")?\s*(\$0|\$1|\$NF)?\s*\}\s*")


def judge(flow: Flow, index: int, facts: Facts) -> Iterator[Finding]:
    shape = flow.shapes[index]
    if shape.container is not None:
        return
    origins: set[int] = set()
    for access in effects.touched(shape):
        if access.kind != "delete" or access.word.value is not None:
            continue
        if access.index and access.word.source[:1] in "/~":
            start = access.word.source.partition("$")[0].rstrip("\"'{")
            folder = paths.absolute(start, shape.cwd, facts)
            if folder is None or not paths.is_precious(folder, facts):
                continue  # `rm -rf /tmp/x/$f`
        origins |= flow.into(index, access.word)
        if shape.command.appended and not access.index:
            origins |= flow.piped(index) | _of_runner(flow, index)
    for at in origins:
        folder = _folder(flow.shapes[at], facts)
        if folder and all(at == one or _passes(flow.shapes[one], facts) for one in origins):
            yield deny("effect/destroys", f"deletes what a list of {folder} holds")
            return


def _of_runner(flow: Flow, index: int) -> set[int]:
    """What reaches the words of the xargs in front of a command (`xargs -a <(ls)`)."""
    for at in range(index - 1, max(-1, index - 6), -1):
        if flow.shapes[at].base == "xargs" and not flow.shapes[at].command.appended:
            return flow.substituted(at) | flow.piped(at)
    return set()


def _folder(shape: Shape, facts: Facts) -> str:
    """The precious folder that a command lists, "" if it lists none."""
    words = [word for word in shape.command.words[1:] if not (word.value or "").startswith("-")]
    if shape.base in _LISTS:
        given = [path for word in words for path in paths.all_of_word(word, shape.cwds, facts)]
        for path in given if words else shape.cwds:
            if paths.is_precious(path.removesuffix("/*"), facts) and not _is_project(path, facts):
                return path
    return ""


def _is_project(path: str, facts: Facts) -> bool:
    return paths.inside(path, facts.project)


def _passes(shape: Shape, facts: Facts) -> bool:
    """Whether a command passes on all the names that it is given, as paths to the same files."""
    if shape.base in _PASSES:
        return True
    given = [word.value or "" for word in shape.command.words[1:]]
    if shape.base in ("sed", "gsed"):
        found = [_PREFIXES.fullmatch(one) for one in given if not one.startswith("-")]
        folders = [paths.absolute(one[2], shape.cwd, facts) for one in found if one]
        return len(folders) == len(found) and all(
            one is not None and paths.is_precious(one, facts) for one in folders
        )
    if shape.base in ("awk", "gawk", "mawk"):
        found = [_PRINTS.fullmatch(one) for one in given]
        return len(given) == 1 and all(
            one is not None
            and (not one[1] or paths.is_precious(one[1].strip('"').rstrip("/") or "/", facts))
            for one in found
        )
    return False
