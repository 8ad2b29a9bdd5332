"""From the lines of a session's log to what a person reads.  Pure.

A rule that a person wrote by an answer is a row of its own, of the event `rule`: its command is
the rule, its reason the place.

A command is two entries, `decided` and `finished`; here they become one row.
What a command started inside itself is left out unless it was asked about or
denied, and so is what an agent runs for itself at its start: `everything`
brings both back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

Row = dict[str, object]

FIELDS = [
    "session",
    "seq",
    "time",
    "event",
    "command",
    "verdict",
    "rule",
    "layer",
    "reason",
    "cwd",
    "approval",
    "status",
    "signal",
    "wall_ms",
]


def entries(lines: Iterable[bytes]) -> Iterator[Row]:
    """The entries of a log; a line that is not JSON is passed over (verify names it)."""
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            yield entry


def rows(log: Iterable[Row], *, everything: bool = False) -> list[Row]:
    """One row a command, in the order they were decided, with FIELDS first."""
    found: dict[object, Row] = {}
    for entry in log:
        event = entry.get("event")
        if event in ("decided", "withdrawn"):
            if everything or _worth_showing(entry):
                row: Row = {name: entry.get(name) for name in FIELDS}
                for name in ("origin", "parent", "place", "complete"):
                    if name in entry:
                        row[name] = entry[name]
                found[entry.get("seq")] = row
        elif event == "rule":
            found[entry.get("seq")] = _rule(entry)
        elif event == "rule_failed":
            found.pop(entry.get("of"), None)
        elif event == "finished" and entry.get("of") in found:
            row = found[entry.get("of")]
            row["event"] = "finished"
            for name in ("status", "signal", "wall_ms"):
                row[name] = entry.get(name)
    return list(found.values())


def _rule(entry: Row) -> Row:
    row: Row = {name: entry.get(name) for name in FIELDS}
    lines = entry.get("lines")
    row["command"] = "\n".join(map(str, lines)) if isinstance(lines, list) else ""
    row["verdict"] = "allow"
    row["reason"] = f"{entry.get('file')}:{entry.get('line')}"
    row["approval"] = {"channel": entry.get("channel"), "scope": "always"}
    return row


def is_rule(row: Row) -> bool:
    return row["event"] == "rule"


def _worth_showing(entry: Row) -> bool:
    if entry.get("origin") in ("startup", "program"):
        return False
    approval = entry.get("approval")
    if isinstance(approval, dict) and approval.get("channel") == "tree":
        return False  # answered with the command it belongs to
    return entry.get("origin") != "descendant" or entry.get("verdict") != "allow"


def matching(
    found: Iterable[Row], *, verdict: str | None, since: str | None, command: str | None
) -> list[Row]:
    """The rows with this verdict, not before this RFC 3339 time, whose command fits this glob."""
    return [
        row
        for row in found
        if (verdict is None or row["verdict"] == verdict)
        and (since is None or str(row["time"]) >= since)
        and (command is None or fnmatchcase(str(row["command"]), command))
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Times in seconds; `ended` is False while the session runs, or when it was cut off."""

    session: str
    agent: str
    tier: str
    started: str
    seconds: float
    ended: bool
    seen: int
    allowed: int
    asked: int
    denied: int
    inside: int
    startup: int
    statuses: dict[str, int]
    denials: list[Row]
    questions: list[Row]
    rules: list[Row]


def summary(log: Iterable[Row]) -> Summary:
    """What a session came to; ValueError for an empty log."""
    all_entries = list(log)
    if not all_entries:
        raise ValueError("an empty log")
    first, last = all_entries[0], all_entries[-1]
    every = rows(all_entries, everything=True)
    mine = [row for row in every if _worth_showing(row) and not is_rule(row)]
    denied = [row for row in mine if not ran(row)]
    return Summary(
        session=str(first.get("session", "")),
        agent=str(first.get("agent", "")),
        tier=str(first.get("tier", "")),
        started=str(first.get("time", "")),
        seconds=_seconds(str(first.get("time", "")), str(last.get("time", ""))),
        ended=last.get("event") == "session_end",
        seen=len(mine),
        allowed=len(mine) - len(denied),
        asked=sum(row["verdict"] == "ask" for row in mine),
        denied=len(denied),
        inside=sum(row.get("origin") == "descendant" for row in every),
        startup=sum(row.get("origin") == "startup" for row in every),
        statuses=dict(Counter(ending(row) for row in mine if row["event"] == "finished")),
        denials=denied,
        questions=[row for row in mine if row["verdict"] == "ask" and ran(row)],
        rules=[row for row in every if is_rule(row)],
    )


def ran(row: Row) -> bool:
    """Whether the command was let run."""
    if row["event"] == "withdrawn":
        return False
    approval = row.get("approval")
    if row["verdict"] == "ask":
        return isinstance(approval, dict) and approval.get("approved") is True
    return row["verdict"] == "allow"


def ending(row: Row) -> str:
    """How a command ended, in a word or two."""
    if is_rule(row):
        return "written"
    if row["event"] != "finished":
        return "" if ran(row) else "not run"
    if row.get("signal") is not None:
        return f"signal {row['signal']}"
    return "lost" if row.get("status") is None else f"exit {row['status']}"


def _seconds(start: str, end: str) -> float:
    try:
        return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    except ValueError:
        return 0.0
