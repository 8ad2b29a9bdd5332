"""Whether this process runs inside a session, and what it may not do there.

An agent must not answer its own questions.  A command that changes state or
reads secrets refuses when the contained tier's fixed path is there, or when any
ancestor is the agent of a running session.  (In the shim tier this stops an
agent that plays by the rules, not one that forges; `doctor` says so.)
"""

from __future__ import annotations

import os
from pathlib import Path

from aileron.containment.namespace import CONTAINED
from aileron.errors import Denied
from aileron.session import ancestry, home


def session() -> str | None:
    """The session this process belongs to (`?` when only that it does is known), or None."""
    if Path(CONTAINED).exists():
        return "?"
    agents = {
        (entry.get("agent_pid"), entry.get("agent_started")): str(entry.get("id"))
        for entry in home.running()
    }
    for process in ancestry.chain(os.getpid()):
        found = agents.get((process.pid, process.started))
        if found is not None:
            return found
    return None


def refuse_inside(what: str) -> None:
    """Raise Denied inside a session; `what` completes "… is not possible inside a session"."""
    if session() is not None:
        raise Denied(
            f"{what} is not possible inside a session",
            hint="a person does this from another terminal; do not retry",
        )
