"""Asking on a plain terminal: a few lines, one key.

For a command that stands alone (standalone.py); an agent's session has the
panel.  What was typed before the question is thrown away, and only `o` is a
yes.
"""

from __future__ import annotations

import asyncio
import os
import select
import termios
import threading
import time
import tty
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aileron.approval.state import NotPending
from aileron.model import Resolution
from aileron.terminal.visible import plain

if TYPE_CHECKING:
    from aileron.approval.desk import Desk
    from aileron.approval.state import Approval

ARMED_AFTER = 0.7  # seconds: a key typed before belongs to something else
NO = (b"d", b"\x1b", b"\x03", b"\x04", b"")


@dataclass
class LinePrompt:
    """A channel on an open terminal; `attach` it to its desk before the first question."""

    terminal: int
    _desk: Desk | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _ended: set[str] = field(default_factory=set)

    def attach(self, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        self._desk, self._loop = desk, loop

    def present(self, approval: Approval) -> None:
        threading.Thread(target=self._ask, args=(approval,), daemon=True).start()

    def withdraw(self, approval: Approval) -> None:
        self._ended.add(approval.id)

    def _ask(self, approval: Approval) -> None:
        decision = approval.decision
        place = f" ({decision.place})" if decision.place else ""
        question = (
            f"aileron: this command asks: {plain(decision.reason)}\n"
            f"rule: {decision.rule}{place}\n\n    {plain(approval.command)}\n\n"
            "o run it once, d deny: "
        )
        self._write(question)
        approved = self._key(approval)
        self._write("run\n" if approved else "denied\n")
        assert self._desk is not None
        assert self._loop is not None
        resolution = Resolution(approved=approved, channel="terminal")
        self._loop.call_soon_threadsafe(self._answer, approval.id, resolution)

    def _answer(self, number: str, resolution: Resolution) -> None:
        assert self._desk is not None
        try:
            self._desk.answer(number, resolution)
        except NotPending:
            self._write("aileron: too late, the question had ended\n")

    def _key(self, approval: Approval) -> bool:
        before = termios.tcgetattr(self.terminal)
        armed = time.monotonic() + ARMED_AFTER
        try:
            tty.setcbreak(self.terminal, termios.TCSAFLUSH)
            while approval.id not in self._ended:
                if not select.select([self.terminal], [], [], 0.2)[0]:
                    continue
                key = os.read(self.terminal, 64)
                if time.monotonic() < armed and key:
                    continue
                if key in NO:
                    return False
                if key == b"o":
                    return True
        finally:
            termios.tcsetattr(self.terminal, termios.TCSADRAIN, before)
        return False

    def _write(self, text: str) -> None:
        os.write(self.terminal, text.encode("utf-8", "replace"))
