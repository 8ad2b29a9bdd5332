"""The control socket: what `aileron status` and `aileron approval` ask a running session.

One JSON object a line, each way; one exchange a connection.

    {"op": "status"}                                    → what the bar shows
    {"op": "approvals"}                                 → {"approvals": [...]}
    {"op": "answer", "id", "approved", "scope", "note"} → {"state": ...}
    {"op": "rules", "id"}                               → {"rules": [...], "why_not": ...}

A yes of scope `always` names by its `digest` the one of the rules that the person saw.
An answer, and a look at the rules, is refused to any process that descends from the
session's agent, by the chain of parents that the kernel keeps.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aileron.approval.state import Approval, NotPending
from aileron.errors import AileronError
from aileron.model import Resolution
from aileron.session import ancestry, peer
from aileron.session.answers import Answers

LIMIT = 64 * 1024
TIME = 5.0


@dataclass
class Control:
    """The server's side; `agent` is the agent's process once it has started."""

    answers: Answers
    session: str
    status: Callable[[], dict[str, object]]
    agent: ancestry.Process | None = None

    async def serve(self, connection: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(TIME):
            got = bytearray()
            while not got.endswith(b"\n") and len(got) < LIMIT:
                chunk = await loop.sock_recv(connection, 4096)
                if not chunk:
                    return
                got += chunk
        try:
            asked = json.loads(got)
            pid = peer.credentials(connection)[1]
            answer = self._answer(asked, pid)
        except (ValueError, KeyError, TypeError) as error:
            answer = {"error": f"not understood: {error}"}
        await loop.sock_sendall(connection, json.dumps(answer).encode() + b"\n")

    def _answer(self, asked: dict[str, object], pid: int) -> dict[str, object]:
        match asked["op"]:
            case "status":
                return self.status()
            case "approvals":
                desk = self.answers.desk
                now = desk.clock()
                return {"approvals": [self._row(a, now) for a in desk.all()]}
            case "answer" | "rules" if not self._may_answer(pid):
                return {"error": "a process of an agent's cannot answer questions"}
            case "answer":
                return self._resolve(asked)
            case "rules":
                return self._rules(str(asked["id"]))
            case other:
                return {"error": f"unknown operation {other}"}

    def _may_answer(self, pid: int) -> bool:
        known = self.agent is not None and self.agent not in ancestry.chain(pid)
        return known and _shares_our_view(pid)

    def _resolve(self, asked: dict[str, object]) -> dict[str, object]:
        scope = asked.get("scope")
        resolution = Resolution(
            approved=asked["approved"] is True,
            channel="cli",
            scope=str(scope) if scope in ("session", "always") else "once",
            note=str(asked.get("note", "")),
            by=str(os.getuid()),
            digest=str(asked.get("digest", "")),
        )
        try:
            approval = self.answers.give(str(asked["id"]), resolution)
        except KeyError:
            return {"error": f"no approval has the id {asked['id']}"}
        except NotPending as error:
            return {"error": f"it is {error.state.value} already"}
        except AileronError as error:
            return {"error": error.message, "hint": error.hint}
        return {"state": approval.state.value}

    def _rules(self, number: str) -> dict[str, object]:
        try:
            offer = self.answers.offer(self.answers.desk.find(number))
        except KeyError:
            return {"error": f"no approval has the id {number}"}
        rules = [
            {
                "where": way.place.where,
                "file": str(way.place.path),
                "line": way.edit.first,
                "lines": way.edit.lines,
                "reach": way.reach,
                "digest": way.digest,
            }
            for way in offer.ways
        ]
        return {"rules": rules, "why_not": offer.why_not}

    def _row(self, approval: Approval, now: float) -> dict[str, object]:
        return {
            "id": approval.id,
            "session": self.session,
            "command": approval.command,
            "cwd": approval.cwd,
            "reason": approval.decision.reason,
            "rule": approval.decision.rule,
            "state": approval.state.value,
            "age_s": round(now - approval.created, 1),
            "expires_s": round(max(0.0, approval.expires - now), 1),
        }


def _shares_our_view(pid: int) -> bool:
    """Whether the process is in no namespace of its own, as every contained agent's is."""
    if sys.platform != "linux":
        return True
    try:
        theirs, ours = Path(f"/proc/{pid}/ns/pid"), Path("/proc/self/ns/pid")
        return theirs.readlink() == ours.readlink()
    except OSError:
        return False


def ask(path: Path, question: dict[str, object]) -> dict[str, object]:
    """The client's side: one exchange with a session; AileronError when it does not answer."""
    deadline = time.monotonic() + TIME
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIME)
            connection.connect(str(path))
            connection.sendall(json.dumps(question).encode() + b"\n")
            got = bytearray()
            while not got.endswith(b"\n"):
                chunk = connection.recv(65536)
                if not chunk or time.monotonic() > deadline:
                    break
                got += chunk
        answer = json.loads(got)
    except (OSError, ValueError) as error:
        raise AileronError(
            f"the session does not answer: {error}", hint="see which ones run: aileron status"
        ) from error
    if not isinstance(answer, dict) or "error" in answer:
        found = answer if isinstance(answer, dict) else {"error": "nonsense"}
        raise AileronError(str(found["error"]), hint=str(found.get("hint", "")))
    return answer
