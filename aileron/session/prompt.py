"""Asking on a plain terminal: a few lines, one key.

For a command that stands alone (standalone.py); an agent's session has the
panel.  What was typed before the question is thrown away, and only `o` is a
yes, and `a` twice: the first shows the rule that the second writes.
"""

from __future__ import annotations

import asyncio
import os
import select
import termios
import threading
import time
import tty
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aileron.approval.state import NotPending
from aileron.errors import AileronError
from aileron.model import Resolution
from aileron.terminal.visible import plain

if TYPE_CHECKING:
    from aileron.approval.state import Approval
    from aileron.session.answers import Answers, Offer

ARMED_AFTER = 0.7  # seconds: a key typed before belongs to something else
ANSWERED = {"o": "run\n", "a": "always\n", "d": "denied\n"}
NO = (b"d", b"\x1b", b"\x03", b"\x04", b"")


@dataclass
class LinePrompt:
    """A channel on an open terminal; `attach` it to its session before the first question."""

    terminal: int
    _answers: Answers | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _open: set[str] = field(default_factory=set)
    _ended: set[str] = field(default_factory=set)

    def attach(self, answers: Answers, loop: asyncio.AbstractEventLoop) -> None:
        self._answers, self._loop = answers, loop

    def present(self, approval: Approval) -> None:
        assert self._answers is not None
        if approval.id in self._open:
            return
        self._open.add(approval.id)
        offer = self._answers.offer(approval)
        threading.Thread(target=self._ask, args=(approval, offer), daemon=True).start()

    def withdraw(self, approval: Approval) -> None:
        self._ended.add(approval.id)

    def _ask(self, approval: Approval, offer: Offer) -> None:
        decision = approval.decision
        place = f" ({decision.place})" if decision.place else ""
        self._write(
            f"aileron: this command asks: {plain(decision.reason)}\n"
            f"rule: {decision.rule}{place}\n\n    {plain(approval.command)}\n\n"
        )
        always = "a always, " if offer.ways else ""
        pressed = self._key(approval, f"o run it once, {always}d deny: ", "oa" if always else "o")
        resolution = Resolution(approved=pressed == "o", channel="terminal")
        if pressed == "a":
            pressed = self._key(approval, _shown(offer), "oa")
            resolution = replace(resolution, approved=pressed != "d")
            if pressed == "a":
                digest = offer.ways[0].digest
                resolution = replace(resolution, scope="always", digest=digest)
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._answer, approval, resolution)

    def _answer(self, approval: Approval, resolution: Resolution) -> None:
        assert self._answers is not None
        self._open.discard(approval.id)
        try:
            self._answers.give(approval.id, resolution)
        except (NotPending, KeyError):
            self._write("aileron: too late, the question had ended\n")
        except AileronError as error:  # no rule was written: it is asked again
            self._write("".join(f"{plain(line)}\n" for line in error.lines()))
            self.present(approval)

    def _key(self, approval: Approval, question: str, yes: str) -> str:
        """The key that answers: one of `yes`, or `d`."""
        self._write(question)
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
                    break
                if key in [one.encode() for one in yes]:
                    self._write(ANSWERED[key.decode()])
                    return key.decode()
        finally:
            termios.tcsetattr(self.terminal, termios.TCSADRAIN, before)
        self._write(ANSWERED["d"])
        return "d"

    def _write(self, text: str) -> None:
        os.write(self.terminal, text.encode("utf-8", "replace"))


def _shown(offer: Offer) -> str:
    """The rule that would be written, and the question whether to."""
    way = offer.ways[0]
    lines = "".join(f"    {plain(line)}\n" for line in way.edit.lines)
    return (
        f"\nfor always, into {plain(str(way.place.path))}, from line {way.edit.first} on:\n"
        f"{lines}allows {plain(way.reach)}\n\na write it, o run it once, d deny: "
    )
