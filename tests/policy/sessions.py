"""Past sessions, recorded by the real gate, desk and log; only the person is played.

    made(folder, [("foo a", "once"), ("git push", "no"), ("ls", "")])

is a session in which the agent ran these, and a person answered `once`, `session`, `no`, or
nobody did (``).  Returns the session's log.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aileron.agents.base import Adapter
from aileron.approval.desk import Desk, OnAsk
from aileron.approval.state import Approval
from aileron.audit.log import AuditLog
from aileron.model import CommandRequest, Resolution
from aileron.session import home, policy_files
from aileron.session.ancestry import Process
from aileron.session.gate import Gate
from aileron.session.judge import judge_for
from aileron.wire import Report

PROGRAMS = ("foo", "bar", "baz")  # that no rule speaks about


def place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository to be in, a state folder, and programs that no rule speaks about on PATH.

    The folder of a test lies in scratch space, where programs are not taken for what they are
    called: for these tests there is no scratch space.
    """
    root = folder / "project"
    (root / ".git").mkdir(parents=True)
    programs = folder / "bin"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).touch(mode=0o755)
    monkeypatch.chdir(root)
    monkeypatch.setenv("AILERON_HOME", str(folder / "state"))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr("aileron.session.facts.SCRATCH", ())
    return root


ANSWERS = {
    "once": Resolution(approved=True, channel="terminal", scope="once"),
    "session": Resolution(approved=True, channel="terminal", scope="session"),
    "no": Resolution(approved=False, channel="terminal"),
    "": Resolution(approved=False, channel="none", note="nobody answered"),
}


@dataclass
class Person:
    """Answers every question at once with the answer that stands next."""

    desk: Desk | None = None
    answer: str = ""
    asked: list[str] = field(default_factory=list)

    def present(self, approval: Approval) -> None:
        assert self.desk is not None
        self.asked.append(approval.command)
        loop = asyncio.get_running_loop()
        loop.call_soon(self.desk.answer, approval.id, ANSWERS[self.answer])

    def withdraw(self, approval: Approval) -> None:
        pass


def made(
    project: Path, commands: Iterable[tuple[str, str]], *, name: str = "", cwd: str = ""
) -> Path:
    """The log of a session in this project."""
    number = len(list(home.audit().glob("*.jsonl"))) if home.audit().is_dir() else 0
    name = name or f"20990101T{number:06}-{number:06x}"
    loaded = policy_files.load(str(project), aileron_home=home.ensure())
    person = Person()
    desk = Desk(OnAsk.PROMPT, person)
    person.desk = desk
    audit = AuditLog(home.audit(), name, sync=False)
    gate = Gate(judge_for(loaded), Adapter("agent"), desk, audit)
    gate.turned = True
    audit.write("session_start", {"agent": "agent", "project": str(project), "tier": "shim"})

    async def run() -> None:
        for number, (command, answer) in enumerate(commands, start=1):
            person.answer = answer
            request = CommandRequest(
                argv=("bash", "-c", command),
                cwd=cwd or str(project),
                text=command,
                environment=dict(os.environ),
            )
            admission = await gate.admit(
                request, [Process(number, number)], waiting=_at_once, gone=_never
            )
            if admission.command is not None:
                gate.finish(admission.command, _REPORT)

    asyncio.run(run())
    audit.write("session_end", {"status": 0})
    audit.close()
    return audit.path


_REPORT = Report(status=0, signal=None, wall_us=1, user_us=1, system_us=1, maxrss_kb=1)


async def _at_once() -> None:
    pass


async def _never() -> None:
    await asyncio.Event().wait()
