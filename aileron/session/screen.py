"""The person's terminal as part of a session: the bar's numbers, questions, answers.

The terminal (terminal/loop.py) knows nothing of sessions, and the desk nothing
of terminals; here one is put before the other.  The loop runs in the main
thread, the desk in the broker's: a question goes over as a `Prompt`, its answer
comes back through the broker's loop.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from aileron.approval.state import Approval, NotPending
from aileron.errors import AileronError
from aileron.model import Decision, Resolution, Verdict
from aileron.session.answers import Lasting
from aileron.session.session import Session
from aileron.terminal.bar import Bar
from aileron.terminal.loop import Terminal
from aileron.terminal.panel import Prompt, Written
from aileron.terminal.spawn import Child, spawn

WORDS = "amber birch cedar coral delta ember fjord grove heron ivory jade lemon maple ocean"
WORDS += " olive onyx pearl plum quartz raven river sable slate tiger topaz umber violet willow"


class Screen:
    """One terminal for one session; also the session's channel for questions."""

    def __init__(self, stdin: int, stdout: int) -> None:
        self._session: Session | None = None
        self._secret = f"{secrets.choice(WORDS.split())}-{secrets.choice(WORDS.split())}"
        self._stdin = stdin
        self._terminal = Terminal(
            stdin=stdin, stdout=stdout, bar=self._bar, environment=dict(os.environ)
        )
        self._child: Child | None = None

    # -- for the launch, in the main thread -----------------------------------

    def spawn(
        self,
        session: Session,
        command: Sequence[str],
        environment: Mapping[str, str],
        pass_fds: Sequence[int],
    ) -> Child:
        self._session = session
        session.gate.changed = self._terminal.wake
        session.gate.desk.changed = self._terminal.wake
        self._child = spawn(
            command,
            env=environment,
            cwd=str(Path.cwd()),
            size=self._terminal.child_size(),
            settings_of=self._stdin,
            pass_fds=pass_fds,
        )
        return self._child

    def run(self) -> int:
        """Until the agent has ended; its exit status as a shell would show it."""
        assert self._child is not None
        return self._terminal.run(self._child).code

    def _bar(self) -> Bar:
        assert self._session is not None
        gate = self._session.gate
        counts = gate.counts
        return Bar(
            agent=gate.adapter.title,
            tier=self._session.held.tier.value,
            state=f"{counts.seen} seen" if counts.seen else "unproven",
            allowed=counts.allowed,
            asked=counts.asked,
            denied=counts.denied,
            waiting=len(gate.desk.pending()),
            secret=self._secret,
            hint=gate.notices[-1] if gate.notices else "",
        )

    # -- the channel, in the broker's loop --------------------------------------

    def present(self, approval: Approval) -> None:
        assert self._session is not None
        self._ask(approval)

    def _ask(self, approval: Approval, problem: str = "") -> None:
        assert self._session is not None
        answers, loop = self._session.answers, self._session.broker.loop

        def answered(resolution: Resolution) -> None:
            def settle() -> None:
                try:
                    answers.give(approval.id, resolution)
                except (NotPending, KeyError):  # it was answered elsewhere meanwhile
                    pass
                except AileronError as error:  # no rule was written: it is asked again
                    self._ask(
                        approval, f"{error.message}; {error.hint}" if error.hint else error.message
                    )

            with contextlib.suppress(RuntimeError):  # the loop has ended: denied already
                loop.call_soon_threadsafe(settle)

        self._terminal.ask(self._prompt(approval, problem), answered)

    def withdraw(self, approval: Approval) -> None:
        self._terminal.withdraw(approval.id)

    def _prompt(self, approval: Approval, problem: str) -> Prompt:
        assert self._session is not None
        decision = approval.decision
        offer = self._session.answers.offer(approval)
        asking = _asking(decision)
        return Prompt(
            id=approval.id,
            command=approval.command,
            marked_part=asking,
            cwd=approval.cwd,
            reason=decision.reason,
            rule=decision.rule,
            place=decision.place,
            why_unread="" if decision.complete else decision.reason,
            agent=self._session.gate.adapter.title,
            expires_at=approval.expires,  # the desk's clock is the terminal's
            always=tuple(_written(way) for way in offer.ways),
            no_rule=offer.why_not,
            problem=problem,
        )


def _written(way: Lasting) -> Written:
    return Written(
        lines=way.edit.lines,
        file=str(way.place.path),
        line=way.edit.first,
        reach=way.reach,
        digest=way.digest,
    )


def _asking(decision: Decision) -> str:
    """The first part that asks, as it was written."""
    return next((part.text for part in decision.parts if part.verdict is Verdict.ASK), "")
