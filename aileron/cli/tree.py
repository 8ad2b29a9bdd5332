"""Draws what a command does, and why, as a tree of text: plain lines, colour on top.

Nothing here decides or looks anything up.  Lines are 80 columns wide at most, but for
those that are there to be copied whole: the lines of a rule.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from aileron.cli.text import VERDICTS, paint, visible
from aileron.model import Part
from aileron.policy.changes import Change
from aileron.policy.explain import Explanation, Node, Other
from aileron.session.policy_files import PROJECT_FILE, USER_FILE

WIDTH = 80
LABEL = 8  # `deletes `
_NARROWEST = 24
_LONGEST = 400  # characters of one text that are shown


def drawn(text: str, found: Explanation) -> Iterator[str]:
    """The lines of an explanation."""
    decision = found.decision
    verdict = decision.verdict.value
    head = _wrapped(f"{verdict}: {_shown(text)}", "", " " * (len(verdict) + 2))
    first = next(head)
    yield paint(verdict, VERDICTS[verdict]) + first[len(verdict) :]
    yield from head
    if not found.nodes or not decision.complete:
        yield from _labelled("reason", decision.reason, "")
    for change in found.changes:
        yield from _change(change, "")
    yield from _nodes(found.nodes, "")


def _nodes(nodes: Sequence[Node], prefix: str) -> Iterator[str]:
    for at, node in enumerate(nodes):
        last = at == len(nodes) - 1
        yield from _node(node, prefix, last)


def _node(node: Node, prefix: str, last: bool) -> Iterator[str]:
    verdict = node.part.verdict.value
    branch = prefix + ("└─ " if last else "├─ ")
    below = prefix + ("   " if last else "│  ")
    inside = below + ("│  " if node.inner else "   ")
    by = f"({_shown(node.by)}) " if node.by else ""
    lines = _wrapped(f"{by}{_shown(node.text)}", branch + f"{verdict:5} ", below + " " * 6)
    first = next(lines)
    yield branch + paint(verdict, VERDICTS[verdict]) + first[len(branch) + len(verdict) :]
    yield from lines
    yield from _labelled("rule", _rule(node.part), inside)
    for name, what in node.touches:
        yield from _labelled(name, ", ".join(map(_shown, what)), inside)
    for other in node.others:
        yield from _labelled("also", _other(other), inside)
    for change in node.changes:
        yield from _change(change, inside)
    yield from _nodes(node.inner, below)


def _rule(part: Part) -> str:
    place = f" ({part.place})" if part.place else ""
    return f"{part.rule}{place}: {part.reason}"


def _other(other: Other) -> str:
    place = f" ({other.place})" if other.place else ""
    return f"{other.verdict.value} by {other.rule}{place}, but {other.why}"


def _change(change: Change, prefix: str) -> Iterator[str]:
    caution = f" ({change.caution})" if change.caution else ""
    if change.proposed is not None:
        where = PROJECT_FILE if change.proposed.local else f"{PROJECT_FILE} or {USER_FILE}"
        yield from _labelled("change", f"allow, in {where}{caution}:", prefix)
        for line in change.proposed.lines:
            yield f"{prefix}{'':{LABEL + 2}}{visible(line)}"
    elif change.override:
        yield from _labelled("change", f"override: [{change.override}]{caution}", prefix)
    else:
        yield from _labelled("change", f"{change.text}{caution}", prefix)


def _labelled(label: str, text: str, prefix: str) -> Iterator[str]:
    gap = label.ljust(LABEL) if len(label) < LABEL else f"{label} "
    lines = _wrapped(_shown(text), prefix + gap, prefix + " " * LABEL)
    first = next(lines)
    yield prefix + paint(gap, "2") + first[len(prefix) + len(gap) :]
    yield from lines


def _shown(text: str) -> str:
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return visible(cut)


def _wrapped(text: str, first: str, rest: str) -> Iterator[str]:
    """The text in lines of WIDTH; deep in a tree they are longer, never narrower than readable."""
    width = max(WIDTH, len(rest) + _NARROWEST, len(first) + _NARROWEST)
    found = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    yield from found or [first.rstrip()]
