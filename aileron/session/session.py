"""A session's parts, made in order and taken down in reverse.

    run directory → tier → audit log → gate → broker, running → …

Whatever fails on the way takes down what was made before it.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import secrets
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aileron import __version__
from aileron.agents.base import Adapter
from aileron.approval.desk import Desk
from aileron.audit.log import AuditLog
from aileron.containment.programs import native_shim
from aileron.errors import AuditError
from aileron.model import Tier
from aileron.session import home, readers
from aileron.session import tier as tiers
from aileron.session.answers import Answers
from aileron.session.broker import Broker
from aileron.session.control import Control
from aileron.session.directory import RunDirectory
from aileron.session.gate import Gate
from aileron.session.judge import judge_for
from aileron.session.policy_files import Loaded
from aileron.session.tier import Held

READERS_AFTER = 1.5  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    id: str
    run: RunDirectory
    held: Held
    gate: Gate
    broker: Broker
    control: Control
    answers: Answers

    def status(self) -> dict[str, object]:
        """What the bar shows, as numbers."""
        counts = self.gate.counts
        return {
            "seen": counts.seen,
            "allowed": counts.allowed,
            "asked": counts.asked,
            "denied": counts.denied,
            "waiting": len(self.gate.desk.pending()),
        }

    def begin(self, program: str, forms: int) -> None:
        """The first entry: who runs what under which policy, and what was proved."""
        judge = self.gate.judge
        self.gate.turned = False  # what the canary's login shells ran was nobody's turn
        members = {
            "agent": self.gate.adapter.title,
            "program": program,
            "tier": self.held.tier.value,
            "cwd": str(Path.cwd()),
            "project": judge.project,
            "policy": judge.policy.digest,
            "canary": forms,
            "principal": {"uid": os.getuid(), "user": _user()},
            "version": __version__,
        }
        self.broker.call(lambda: self.gate.audit.write("session_start", members))
        # By the broker's thread, while the agent starts; what comes before it waits for it.
        self.broker.loop.call_soon_threadsafe(lambda: judge.readers)

    def read_with_all(self) -> None:
        """Load the readers that take long to load: when the agent is up, in a thread of its own."""
        judge, loop = self.gate.judge, self.broker.loop

        def load() -> None:
            loaded = readers.load(judge.policy.readers)
            with contextlib.suppress(RuntimeError):  # the session has ended
                loop.call_soon_threadsafe(judge.use, loaded)

        thread = threading.Thread(target=load, name="readers", daemon=True)
        loop.call_soon_threadsafe(loop.call_later, READERS_AFTER, thread.start)

    def end(self, status: int) -> None:
        """Stop answering, and write the last entry."""
        self.broker.stop()
        with contextlib.suppress(AuditError):  # said already to whoever was refused for it
            self.gate.audit.write("session_end", {"status": status, **self.status()})


@contextlib.contextmanager
def opened(adapter: Adapter, loaded: Loaded, tier: Tier, desk: Desk) -> Iterator[Session]:
    """A running session without its agent."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    with ExitStack() as stack:
        run = stack.enter_context(RunDirectory(name))
        held = tiers.hold(tier, adapter, run, Path.cwd())
        stack.callback(held.close)
        audit = AuditLog(home.audit(), name)
        stack.callback(audit.close)
        judge = judge_for(loaded)
        gate = Gate(judge, adapter, desk, audit)
        status: list[Callable[[], dict[str, object]]] = []
        answers = Answers(desk, judge, audit, loaded)
        control = Control(answers, name, lambda: status[0]())
        broker = Broker(
            gate,
            run.broker_socket,
            held.shells,
            dict(os.environ),
            _shims_only(run),
            control.serve,
            run.control_socket,
        )
        stack.callback(broker.stop)
        made = Session(
            id=name,
            run=run,
            held=held,
            gate=gate,
            broker=broker,
            control=control,
            answers=answers,
        )
        status.append(made.status)
        broker.start()
        yield made


def _shims_only(run: RunDirectory) -> Callable[[int], bool]:
    """Whether a process runs the shim of this session, by the file that the kernel says it runs."""
    if native_shim() is None or sys.platform != "linux":
        return lambda pid: True  # the fallback runs as Python; the shim tier is no boundary
    own = (run.bin / "aileron-sh").stat()

    def is_shim(pid: int) -> bool:
        try:
            found = os.stat(f"/proc/{pid}/exe")  # noqa: PTH116
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino)

    return is_shim


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
