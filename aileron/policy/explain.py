"""Why a command gets its verdict, as a tree of its parts, and what would change it (changes.py).

A part stands below the one that runs it: what sudo, `bash -c` or xargs starts, what is in its
`$(…)`, what is in the script that it runs.  Each tells the rule that decided, what else spoke
about it without deciding, and the files it touches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from aileron.model import Decision, Layer, Part, Policy, Verdict
from aileron.policy import effects, network, paths, structural
from aileron.policy.case import Case
from aileron.policy.changes import Change, changes
from aileron.policy.finding import Finding
from aileron.policy.parts import SUPPOSED
from aileron.policy.scripts import DEPTH
from aileron.policy.senders import FETCHERS
from aileron.policy.senders import NAMES as SENDERS
from aileron.policy.shape import Shape
from aileron.shell.reading import ANYTHING, SimpleCommand

TOUCHES = {
    "read": "reads",
    "write": "writes",
    "delete": "deletes",
    "clear": "deletes in",
    "name": "may change",
    "link": "links to",
}
_SINKS = frozenset({"/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/zero"})
_SENDING = frozenset({network.RULE, "effect/network"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A rule or judgement that spoke about a part without deciding; `why` is why not."""

    verdict: Verdict
    rule: str
    layer: Layer
    place: str
    reason: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One part.  `by` is how it is run by the one above (`sudo`, `$(…)`, a script's path);
    `touches` pairs reads, writes, deletes and sends with files and addresses."""

    text: str
    part: Part
    by: str = ""
    touches: tuple[tuple[str, tuple[str, ...]], ...] = ()
    others: tuple[Other, ...] = ()
    changes: tuple[Change, ...] = ()
    inner: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`changes` are about the text as a whole."""

    decision: Decision
    nodes: tuple[Node, ...]
    changes: tuple[Change, ...] = ()


def explain(policy: Policy, case: Case, trusted: Policy | None = None) -> Explanation:
    """`trusted` is the policy if the project's file were trusted, None where it is, or is none."""
    decision = case.decide(policy)
    whole: tuple[Change, ...] = ()
    if not decision.complete:
        why = decision.reason if decision.rule == "unread" else "the text was not read to its end"
        if case.reading is not None and not case.reading.complete:
            why = case.reading.why or why
        what = f"write it so that it can be read: {why}; no rule allows what was not read"
        whole = (Change(kind="rewrite", text=what),)
    return Explanation(
        decision=decision,
        nodes=_Tree(policy, trusted).nodes(case, decision.parts, 0),
        changes=whole,
    )


@dataclass(frozen=True, slots=True)
class _Tree:
    policy: Policy
    trusted: Policy | None

    def nodes(self, case: Case, parts: Iterable[Part], depth: int) -> tuple[Node, ...]:
        made = list(parts)
        below: dict[int, list[tuple[int, str]]] = {}
        commands = 0
        for at, (above, by) in enumerate(_parents(case)):
            below.setdefault(above, []).append((at, by))
            commands = at + 1

        def under(parent: int) -> Iterator[Node]:
            for at, by in below.get(parent, ()):
                if made[at].rule == SUPPOSED:  # it says nothing; what it runs may
                    yield from under(at)
                    continue
                inner = (*under(at), *self.scripts(case, made[at], at, depth))
                yield self.node(case, made[at], at, by, inner)

        whole = (
            Node(text=one.text, part=one, changes=tuple(changes(self.policy, case, one, at)))
            for at, one in enumerate(made[commands:], start=commands)
        )
        return (*under(-1), *whole)

    def scripts(self, case: Case, part: Part, at: int, depth: int) -> Iterator[Node]:
        """The commands of the script that a part runs, where they decided."""
        script = case.script(at) if part.digest and depth < DEPTH else None
        if script is None:
            return
        path, _, inner = script
        parts = [
            replace(one, verdict=Verdict.ASK) if one.rule == structural.EVAL else one
            for one in inner.decide(self.policy).parts
        ]
        for node in self.nodes(inner, parts, depth + 1):
            yield replace(node, by=node.by or paths.as_written(path, case.facts))

    def node(self, case: Case, part: Part, at: int, by: str, inner: tuple[Node, ...]) -> Node:
        shape = case.shapes[at]
        findings = case.findings(self.policy, at)
        return Node(
            text=_text(shape.command, by),
            part=part,
            by=by,
            touches=tuple(_touches(case, shape, findings)),
            others=tuple(_others(self.policy, case, at, part, findings)),
            changes=tuple(changes(self.policy, case, part, at, self.trusted)),
            inner=inner,
        )


def _parents(case: Case) -> Iterator[tuple[int, str]]:
    """For each command the one that runs it, or holds it in a word, and how; -1 for none."""
    if case.reading is None:
        return
    commands = case.reading.commands
    holds: dict[int, int] = {}
    for outer, inner in case.reading.substitutions:
        for at in inner:
            holds[at] = max(outer, holds.get(at, -1))
    latest: dict[tuple[tuple[str, ...], str], int] = {}
    for at, command in enumerate(commands):
        holder = holds.get(at, -1)
        runner = -1
        if command.via:
            first = command.via[-1].split()[0]
            runner = latest.get((command.via[:-1], first), -1)
        name = (command.name or "").rpartition("/")[2]
        if name:
            latest[command.via, name] = at
        if runner >= holder and runner >= 0:
            yield runner, command.via[-1]
        else:
            yield holder, "$(…)" if holder >= 0 else ""


def _text(command: SimpleCommand, by: str) -> str:
    """The command as it was written; of one that another runs only its own words."""
    if command.source and by in ("", "$(…)"):
        return command.source
    words = [word.source for word in command.words]
    return " ".join(words) or command.source


def _touches(
    case: Case, shape: Shape, findings: list[Finding]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    found: dict[str, dict[str, None]] = {}
    for access in effects.touched(shape):
        if "process" in access.word.dynamic:
            continue
        named = found.setdefault(TOUCHES[access.kind], {})
        paths_of = effects.paths_of(access, shape, case.facts)
        for path in paths_of:
            if path != ANYTHING and path not in _SINKS:
                named[paths.as_written(path, case.facts)] = None
        if not paths_of or ANYTHING in paths_of:
            named[f"{access.attached or access.word.source} (decided at run time)"] = None
    for one in findings:
        if one.rule in _SENDING:
            found.setdefault("sends", {})[one.reason] = None
    if "sends" not in found and shape.names & SENDERS - FETCHERS:
        found["sends"] = {"what it reads may leave this machine": None}
    for name, shown_paths in found.items():
        if shown_paths:
            yield name, tuple(shown_paths)


# From the strongest: what decides where several speak (see part.py).
_DENY, _WRITTEN_ASK, _FIRM_ASK, _WRITTEN_ALLOW, _ASK, _ALLOW = range(1, 7)
_WINS = {
    _DENY: "a deny goes before everything",
    _WRITTEN_ASK: "an ask that somebody wrote goes before every allow",
    _FIRM_ASK: "only a rule that names the path lifts this ask",
    _WRITTEN_ALLOW: "an allow that somebody wrote goes before what is built in",
    _ASK: "a built-in ask goes before a built-in allow",
    _ALLOW: "the first one counts",
}


def _rank(verdict: Verdict, layer: Layer, firm: bool) -> int:
    if verdict is Verdict.DENY:
        return _DENY
    if verdict is Verdict.ASK:
        return _WRITTEN_ASK if layer is not Layer.BUILTIN else _FIRM_ASK if firm else _ASK
    return _ALLOW if layer is Layer.BUILTIN else _WRITTEN_ALLOW


def _others(
    policy: Policy, case: Case, at: int, part: Part, findings: list[Finding]
) -> Iterator[Other]:
    """What spoke without deciding; each rule once."""
    if part.digest:
        return  # nothing spoke about it: what is in the script decided
    seen = {(part.rule, part.layer)}
    firm = any(one.firm and one.rule == part.rule for one in findings)
    winner = _rank(part.verdict, part.layer, firm)
    lost = _WINS[winner]
    if winner == _FIRM_ASK and not any(one.path for one in findings if one.rule == part.rule):
        lost = "no allow rule lifts this ask"
    for one in findings:
        if (one.rule, one.layer) in seen:
            continue
        seen.add((one.rule, one.layer))
        why = lost
        if one.firm and winner == _WRITTEN_ALLOW:
            why = "the rule that allows it names the path"
        elif _rank(one.verdict, one.layer, one.firm) == winner:
            why = "another one of its kind came first"
        yield Other(
            verdict=one.verdict,
            rule=one.rule,
            layer=one.layer,
            place=one.place,
            reason=one.reason,
            why=why,
        )
    for rule in case.allows(policy, at):
        if (rule.id, rule.layer) in seen:
            continue
        seen.add((rule.id, rule.layer))
        same = _rank(Verdict.ALLOW, rule.layer, False) == winner
        yield Other(
            verdict=Verdict.ALLOW,
            rule=rule.id,
            layer=rule.layer,
            place=rule.place,
            reason=rule.description or " ".join(rule.words),
            why="another one of its kind came first" if same else lost,
        )
