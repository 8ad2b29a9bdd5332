"""`aileron launch`, from the options to the exit status.

policy     loaded once; what an agent changes later counts for the next session, and only
           an answer of the person's for always adds its rule to this one
tier       chosen by probes, or refused
session    run directory, audit, gate, broker
canary     the shims are in the path, or the launch is refused
agent      started in its tier, watched, until it ends
end        what waits is denied, the log closed, the counts printed
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aileron import agents
from aileron.approval.desk import Desk, OnAsk
from aileron.containment import first
from aileron.containment.execwatch import receive_listener
from aileron.errors import UsageError
from aileron.model import Tier
from aileron.session import ancestry, canary, home, inside, policy_files, say, tier
from aileron.session.execgate import ExecGate
from aileron.session.plain import Plain, supervised
from aileron.session.session import Session, opened

if TYPE_CHECKING:  # imported where there is a terminal, since it takes its time
    from aileron.session.screen import Screen
    from aileron.terminal.spawn import Child

START_TIME = 20.0  # seconds that the tier has to come up


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    agent: str
    arguments: tuple[str, ...] = ()
    tier: str = "auto"
    on_ask: str | None = None
    trust_digest: str | None = None


def launch(options: Options) -> int:
    """Run an agent in a session; returns its exit status (128 + N when signal N ended it)."""
    inside.refuse_inside("launching an agent")
    screen = _screen()
    desk = Desk(_on_ask(options.on_ask, screen is not None), screen)
    cwd = Path.cwd()
    loaded = policy_files.load(
        str(cwd), aileron_home=home.ensure(), trust_digest=options.trust_digest
    )
    project = Path(loaded.root)
    adapter = agents.adapter(options.agent)
    program = adapter.find(os.environ, project)
    chosen, told = tier.choose(options.tier, adapter, project)
    arguments = adapter.arguments(options.arguments, chosen)
    for text in filter(None, (told, *loaded.policy.notices)):
        say.notice(text)

    with opened(adapter, loaded, chosen, desk) as session:
        forms = canary.prove(session.broker, session.held, adapter, cwd)
        session.gate.program = (str(program), *arguments)
        session.begin(str(program), forms)
        session.read_with_all()
        status = 1
        try:
            status = _run(session, [str(program), *arguments], screen)
        finally:
            session.end(status)
    if sys.stderr.isatty():
        _goodbye(session)
    return status


def _screen() -> Screen | None:
    """The terminal of standard input and output, None where they are none."""
    stdin, stdout = sys.stdin.fileno(), sys.stdout.fileno()
    if not (os.isatty(stdin) and os.isatty(stdout)):
        return None
    from aileron.session.screen import Screen

    return Screen(stdin, stdout)


def _run(session: Session, words: list[str], screen: Screen | None) -> int:
    """Start the agent in its tier and stay with it until it ends."""
    held, environment = session.held, dict(session.held.environment)
    with ExitStack() as stack:
        watch = stack.enter_context(Watch()) if held.tier is Tier.CONTAINED else None
        passed = watch.passed if watch else ()
        command = held.command(words, *passed)
        started: Child | Plain
        if screen is not None:
            started = screen.spawn(session, command, environment, passed)
        else:
            started = supervised(session, command, environment, passed)
        stack.callback(started.send, signal.SIGKILL)
        if watch:
            watch.begin(session, command)
        _register(session, started.pid, stack)
        if screen is not None:
            return screen.run()
        assert isinstance(started, Plain)
        return started.wait()


class Watch(ExitStack):
    """Judges what the agent's tree starts without a shell, and ends that tree at the end.

    `passed` are the descriptors by which bubblewrap and the watcher report."""

    def __init__(self) -> None:
        super().__init__()
        self._listener, listener = socket.socketpair()
        self._info, info = os.pipe()
        self._theirs = self.enter_context(ExitStack())
        self.enter_context(self._listener)
        self._theirs.enter_context(listener)
        self._theirs.callback(os.close, info)
        self.passed = (listener.fileno(), info)

    def begin(self, session: Session, command: Sequence[str]) -> None:
        """Refused where it cannot be done."""
        self._theirs.close()
        space = session.held.space
        assert space is not None
        listener = receive_listener(self._listener, START_TIME)
        own = tuple(command[command.index("--") + 1 :])  # what the watcher starts
        gate = ExecGate(session.gate, session.broker.loop, own)
        shells = frozenset(_inode(Path(shell)) for shell in space.shells)
        shim = frozenset({_inode(Path(space.shim))})
        self.callback(gate.watch(listener, shim, shells).close)
        process = first.hold(self._info, START_TIME)
        if process is not None:
            self.callback(first.end, process)


def _register(session: Session, pid: int, stack: ExitStack) -> None:
    """Note the session for `aileron status`, and whose questions are not the agent's to answer."""
    me, agent = ancestry.stat(os.getpid()), ancestry.stat(pid)
    assert me is not None
    session.control.agent = agent[0] if agent else None
    entry = {
        "id": session.id,
        "agent": session.gate.adapter.title,
        "tier": session.held.tier.value,
        "cwd": str(Path.cwd()),
        "pid": me[0].pid,
        "started": me[0].started,
        "agent_pid": pid,
        "agent_started": agent[0].started if agent else 0,
        "control": str(session.run.control_socket),
    }
    stack.callback(home.register(session.id, entry).unlink, missing_ok=True)


def _inode(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _on_ask(wanted: str | None, terminal: bool) -> OnAsk:
    if wanted == "prompt" and not terminal:
        raise UsageError(
            "--on-ask prompt needs a terminal",
            hint="with --on-ask wait, `aileron approval` answers from another one",
        )
    return OnAsk(wanted or ("prompt" if terminal else "deny"))


def _goodbye(session: Session) -> None:
    counts = session.gate.counts
    say.notice(
        f"{counts.seen} commands: {counts.allowed} ran, {counts.asked} asked about, "
        f"{counts.denied} denied (aileron log --session {session.id})"
    )
