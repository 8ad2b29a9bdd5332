"""The decisions of past sessions, each command once.  Pure.

Only what a policy decided: not an agent's own start-up text, nor what is said about the
session.  A line that cannot be read is counted and passed over, as `log` does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Origins of a decision: by the agent, inside an allowed command, a program without a shell.
KINDS = ("agent", "descendant", "exec")
_ENDINGS = (b'"event":"finished"', b'"event":"asked"')
_HEAD = 200  # bytes of a line before the text of others begins
_NOBODY = ("none",)
_UNASKED = ("tree", "grant")  # channels of a yes that was given before
_READ = "not completely read:"


@dataclass(slots=True, kw_only=True)
class Past:
    """One command in one folder; the verdict, rule and reason are those of the last time.

    `approved` and `denied` count a person's answers, `asks` those times that one was asked and said
    yes.  `known` is False where the log does not hold what the shell would have read.
    """

    command: str
    cwd: str
    kind: str
    project: str
    verdict: str = ""
    rule: str = ""
    reason: str = ""
    last: str = ""
    count: int = 0
    asks: int = 0
    approved: int = 0
    denied: int = 0
    known: bool = True


@dataclass(slots=True)
class Record:
    """What was found in the logs of some sessions."""

    past: dict[tuple[str, str, str, str], Past] = field(default_factory=dict)
    sessions: int = 0
    damaged: int = 0
    startup: int = 0
    elsewhere: int = 0  # sessions of other projects

    @property
    def decisions(self) -> int:
        return sum(one.count for one in self.past.values())

    def add(
        self, lines: Iterable[bytes], *, since: str | None = None, project: str | None = None
    ) -> None:
        """One session's lines; those before `since`, or of another project, are left out."""
        root = ""
        taken = False
        for line in lines:
            entry = _entry(line)
            if entry is None:
                self.damaged += bool(line.strip())
                continue
            event = entry.get("event")
            if event == "session_start":
                root = _text(entry, "project")
                if project is not None and root != project:
                    self.elsewhere += 1
                    return
            if event not in ("decided", "withdrawn"):
                continue
            if since is not None and _text(entry, "time") < since:
                continue
            taken = True
            self._decided(entry, root or _text(entry, "cwd"))
        self.sessions += taken

    def _decided(self, entry: dict[str, object], project: str) -> None:
        kind = _text(entry, "origin")
        if kind not in KINDS:
            self.startup += 1
            return
        command, cwd = _text(entry, "command"), _text(entry, "cwd")
        key = (command, cwd, kind, project)
        found = self.past.get(key)
        if found is None:
            found = Past(command=command, cwd=cwd, kind=kind, project=project)
            self.past[key] = found
        found.count += 1
        found.verdict, found.rule = _text(entry, "verdict"), _text(entry, "rule")
        found.reason, found.last = _text(entry, "reason"), _text(entry, "time")
        found.known = found.rule != "unread" or found.reason.startswith(_READ)
        approval = entry.get("approval")
        if isinstance(approval, dict) and approval.get("channel") not in _NOBODY:
            yes = approval.get("approved") is True
            found.approved += yes
            found.denied += not yes
            found.asks += yes and approval.get("channel") not in _UNASKED


def denials(lines: Iterable[bytes]) -> Iterator[Past]:
    """What a person said no to in one session's lines."""
    record = Record()
    record.add(line for line in lines if b'"approved":false' in line or b'"session_start"' in line)
    return (one for one in record.past.values() if one.denied)


def _entry(line: bytes) -> dict[str, object] | None:
    """A line of the log, {} for one that is about no decision, None for a damaged one."""
    if any(ending in line[:_HEAD] for ending in _ENDINGS):
        return {}
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _text(entry: dict[str, object], name: str) -> str:
    found = entry.get(name)
    return found if isinstance(found, str) else ""
