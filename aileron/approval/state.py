"""What may happen to a question, as values.

An approval is pending until exactly one thing ends it: a person approves or
denies it, it expires, or its command goes away and it is withdrawn.  The first
of these wins; all later ones are refused.  Only one late answer still counts:
a yes to a withdrawn question becomes a grant for one use of the same digest,
until the question would have expired, since agents give up sooner than people
read.

A yes for always leaves no grant: it wrote a rule, and the policy is asked again.

A grant names what was approved (`keys`, one for each part that asked) and how
often it may be used.  It never outlives its session, and it never touches a
DENY: the policy is asked again each time, a grant only answers its questions.
"""

from __future__ import annotations

import enum
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from aileron.model import CommandRequest, Decision, Resolution, Verdict

EXPIRY = 600.0  # seconds: a question without an answer is a no
LIMIT = 32  # open questions in a session; the next one is denied


class State(enum.Enum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """`created` and `expires` are seconds of a monotonic clock; `request` is what was judged, as
    what an allowed command starts if `descendant`."""

    id: str
    command: str
    cwd: str
    decision: Decision
    keys: frozenset[str]
    created: float
    expires: float
    state: State = State.PENDING
    resolution: Resolution | None = None
    request: CommandRequest | None = None
    descendant: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """`uses` is how many more commands it answers, None for any number."""

    keys: frozenset[str]
    expires: float | None = None
    uses: int | None = None


class NotPending(Exception):
    """The question has ended already; `state` says how."""

    def __init__(self, state: State) -> None:
        super().__init__(state.value)
        self.state = state


def keys(request: CommandRequest, decision: Decision) -> frozenset[str]:
    """What a yes to this decision is bound to: each part that asked, where it would run.

    Text that could not be read has one key, the digest of all of it.
    """
    asked = [part for part in decision.parts if part.verdict is Verdict.ASK]
    if not decision.complete or not asked:
        return frozenset({_digest([request.cwd, request.mode.value, request.text, request.argv])})
    return frozenset(_digest([request.cwd, part.text, part.argv, part.digest]) for part in asked)


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


def check(approval: Approval, resolution: Resolution, now: float) -> None:
    """Raise NotPending where this answer comes too late."""
    late_yes = approval.state is State.WITHDRAWN and resolution.approved
    if approval.state is not State.PENDING and not (late_yes and now < approval.expires):
        raise NotPending(approval.state)
    if now >= approval.expires:
        raise NotPending(State.EXPIRED)


def resolve(
    approval: Approval, resolution: Resolution, now: float
) -> tuple[Approval, Grant | None]:
    """The approval after an answer, and the grant that a yes leaves behind.

    Raises NotPending when something else ended it first.
    """
    check(approval, resolution, now)
    if approval.state is State.WITHDRAWN:
        if resolution.scope == "always":
            return approval, None
        return approval, Grant(keys=approval.keys, expires=approval.expires, uses=1)
    state = State.APPROVED if resolution.approved else State.DENIED
    grant = None
    if resolution.approved and resolution.scope == "session":
        grant = Grant(keys=approval.keys)
    return replace(approval, state=state, resolution=resolution), grant


def end(approval: Approval, state: State) -> Approval:
    """Expire or withdraw; a question that has ended stays as it is."""
    return replace(approval, state=state) if approval.state is State.PENDING else approval


def covers(grants: Iterable[Grant], wanted: frozenset[str], now: float) -> bool:
    """Whether live grants together answer every one of these keys."""
    live = [g for g in grants if (g.expires is None or now < g.expires) and g.uses != 0]
    return bool(wanted) and wanted <= frozenset().union(*(g.keys for g in live))


def spend(grants: Iterable[Grant], wanted: frozenset[str]) -> tuple[Grant, ...]:
    """The grants after they answered these keys once; used-up ones are gone."""
    left: list[Grant] = []
    for grant in grants:
        if grant.uses is not None and grant.keys & wanted:
            if grant.uses > 1:
                left.append(replace(grant, uses=grant.uses - 1))
        else:
            left.append(grant)
    return tuple(left)
