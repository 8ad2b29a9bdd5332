"""The desk: where questions wait for a person.

It performs what `state.py` decides: keeps the open approvals and the grants,
wakes the commands that wait, and shows each question to the channels.  All of
it runs in the broker's loop; other threads come in by `call_soon_threadsafe`.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import itertools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from aileron.approval.state import (
    EXPIRY,
    LIMIT,
    Approval,
    Grant,
    NotPending,
    State,
    covers,
    end,
    resolve,
    spend,
)
from aileron.model import CommandRequest, Decision, Resolution

KEPT = 64  # ended questions that `approval list` can still tell about


class OnAsk(enum.Enum):
    """What becomes of a question: shown in the terminal, left to the CLI, or denied at once."""

    PROMPT = "prompt"
    WAIT = "wait"
    DENY = "deny"


class Channel(Protocol):
    """Where a person can be asked.  Both are called in the broker's loop and return at once.

    A question that is presented once more takes the place of itself."""

    def present(self, approval: Approval) -> None: ...

    def withdraw(self, approval: Approval) -> None: ...


@dataclass
class Desk:
    on_ask: OnAsk
    channel: Channel | None = None
    changed: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    grants: tuple[Grant, ...] = ()
    _approvals: dict[str, Approval] = field(default_factory=dict)
    _waiting: dict[str, asyncio.Future[Resolution]] = field(default_factory=dict)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _closed: bool = False

    def granted(self, keys: frozenset[str]) -> Resolution | None:
        """The standing yes for these keys, used once by this call; None where there is none."""
        if not covers(self.grants, keys, self.clock()):
            return None
        self.grants = spend(self.grants, keys)
        return Resolution(approved=True, channel="grant", scope="session")

    async def ask(
        self,
        command: str,
        cwd: str,
        decision: Decision,
        keys: frozenset[str],
        *,
        request: CommandRequest | None = None,
        descendant: bool = False,
        waiting: Callable[[], Awaitable[None]],
        gone: Callable[[], Awaitable[Any]],
    ) -> Resolution | None:
        """A person's answer, or a refusal that nobody gave; None when the asker went away.

        `waiting` is awaited once before a person is asked; `gone` ends when the
        command's shim has gone.
        """
        if self.on_ask is OnAsk.DENY or self._closed:
            return _nobody("nobody is there to ask (--on-ask deny)")
        same = next((a for a in self.pending() if a.keys == keys), None)
        if same is None and len(self._waiting) >= LIMIT:
            return _nobody("too many questions are open already")
        approval = same or self._open(command, cwd, decision, keys, request, descendant)
        await waiting()
        answer = self._waiting[approval.id]
        leaving = asyncio.ensure_future(gone())
        left = max(0.0, approval.expires - self.clock())
        await asyncio.wait({answer, leaving}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            leaving.cancel()
            return answer.result()
        if leaving.done():
            self._end(approval.id, State.WITHDRAWN)
            return None
        leaving.cancel()
        self._end(approval.id, State.EXPIRED)
        return _nobody(f"nobody answered within {int(EXPIRY // 60)} minutes")

    def find(self, number: str) -> Approval:
        """KeyError for an unknown number."""
        return self._approvals[number]

    def answer(self, number: str, resolution: Resolution) -> Approval:
        """A person's answer; KeyError for an unknown number, NotPending when it has ended."""
        approval, grant = resolve(self._approvals[number], resolution, self.clock())
        self._approvals[number] = approval
        if grant is not None:
            self.grants += (grant,)
        answer = self._waiting.pop(number, None)
        if answer is not None and not answer.done():
            answer.set_result(resolution)
            if self.channel is not None:
                self.channel.withdraw(approval)
        self.changed()
        return approval

    def show_again(self) -> None:
        """What waits may have other answers than when it was shown."""
        if self.channel is not None and self.on_ask is OnAsk.PROMPT:
            for approval in self.pending():
                self.channel.present(approval)

    def close(self) -> None:
        """The session ends: every open question is denied."""
        self._closed = True
        for approval in self.pending():
            with contextlib.suppress(NotPending):
                self.answer(approval.id, _nobody("the session ended"))

    def pending(self) -> tuple[Approval, ...]:
        return tuple(a for a in self._approvals.values() if a.state is State.PENDING)

    def all(self) -> tuple[Approval, ...]:
        return tuple(self._approvals.values())

    def _open(
        self,
        command: str,
        cwd: str,
        decision: Decision,
        keys: frozenset[str],
        request: CommandRequest | None,
        descendant: bool,
    ) -> Approval:
        now = self.clock()
        approval = Approval(
            id=str(next(self._numbers)),
            command=command,
            cwd=cwd,
            decision=decision,
            keys=keys,
            created=now,
            expires=now + EXPIRY,
            request=request,
            descendant=descendant,
        )
        for number in list(self._approvals)[: max(0, len(self._approvals) - KEPT)]:
            if self._approvals[number].state is not State.PENDING:
                del self._approvals[number]
        self._approvals[approval.id] = approval
        self._waiting[approval.id] = asyncio.get_running_loop().create_future()
        if self.channel is not None and self.on_ask is OnAsk.PROMPT:
            self.channel.present(approval)
        self.changed()
        return approval

    def _end(self, number: str, ended: State) -> None:
        self._approvals[number] = end(self._approvals[number], ended)
        answer = self._waiting.pop(number, None)
        if answer is not None and not answer.done():
            # Others may wait for the same answer: theirs is a no as well.
            answer.set_result(_nobody(f"the question was {ended.value}"))
        if self.channel is not None:
            self.channel.withdraw(self._approvals[number])
        self.changed()


def _nobody(note: str) -> Resolution:
    return Resolution(approved=False, channel="none", note=note)
