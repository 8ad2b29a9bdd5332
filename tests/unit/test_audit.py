"""The record of a session: durable, chained, and readable again."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from aileron.audit import chain, log, report
from aileron.errors import AuditError, UsageError


def written(path: Path) -> list[bytes]:
    return list(log.lines(path))


def session(tmp_path: Path, name: str = "s1") -> log.AuditLog:
    return log.AuditLog(tmp_path / "audit", name)


def test_an_untouched_log_is_whole_and_any_change_names_its_line(tmp_path: Path) -> None:
    audit = session(tmp_path)
    for number in range(5):
        audit.write("decided", {"command": f"echo {number}"})
    audit.close()
    lines = written(audit.path)
    assert chain.broken(lines) is None
    assert chain.broken([*lines[:1], *lines[2:]]) == 2
    assert chain.broken([lines[1], lines[0], *lines[2:]]) == 1
    edited = [*lines[:2], lines[2].replace(b"echo 2", b"echo 9"), *lines[3:]]
    assert chain.broken(edited) == 4
    assert chain.broken([*lines, b"{not json\n"]) == 6


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    audit = session(tmp_path)
    assert audit.path.stat().st_mode & 0o777 == 0o600
    audit.close()


def test_a_session_never_writes_into_the_log_of_another(tmp_path: Path) -> None:
    audit = session(tmp_path)
    audit.write("session_start", {})
    audit.close()
    with pytest.raises(AuditError):
        session(tmp_path)


def test_a_session_that_never_began_leaves_no_file(tmp_path: Path) -> None:
    audit = session(tmp_path)
    audit.close()
    assert not audit.path.exists()


def test_a_full_disk_refuses_this_entry_and_all_that_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = session(tmp_path)
    audit.write("decided", {"command": "true"})

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(AuditError, match="No space left"):
            audit.write("decided", {"command": "true"})
    with pytest.raises(AuditError):  # the disk has room again, but the tail may be torn
        audit.write("decided", {"command": "true"})
    audit.close()
    assert len(written(audit.path)) == 1


def test_text_that_is_not_utf_8_can_be_recorded(tmp_path: Path) -> None:
    audit = session(tmp_path)
    audit.write("decided", {"command": "echo \udcff"})
    audit.close()
    assert json.loads(written(audit.path)[0])["command"] == "echo \udcff"


def test_last_is_the_newest_session_and_a_wrong_id_says_so(tmp_path: Path) -> None:
    for name in ("20260101T000000-aa", "20260102T000000-bb"):
        audit = session(tmp_path, name)
        audit.write("session_start", {})
        audit.close()
    folder = tmp_path / "audit"
    assert log.find(folder, "last").stem == "20260102T000000-bb"
    assert log.find(folder, "20260101").stem == "20260101T000000-aa"
    with pytest.raises(UsageError, match="several"):
        log.find(folder, "2026")
    with pytest.raises(UsageError, match="no session is called"):
        log.find(folder, "x")


def entry(seq: int, event: str, **members: object) -> report.Row:
    return {
        "session": "s",
        "seq": seq,
        "time": f"2026-01-01T00:00:{seq:02}.000Z",
        "event": event,
    } | members


STORY = [
    entry(1, "session_start", agent="codex", tier="contained"),
    entry(2, "decided", command="setup", verdict="allow", origin="startup"),
    entry(3, "decided", command="make", verdict="allow", origin="agent"),
    entry(4, "decided", command="cc x.c", verdict="allow", origin="descendant", parent=3),
    entry(5, "decided", command="git push -f", verdict="ask", origin="descendant", parent=3,
          approval={"approved": False, "channel": "terminal", "scope": "once"}),
    entry(6, "finished", of=3, status=2, signal=None, wall_ms=12.0),
    entry(7, "decided", command="rm -rf /", verdict="deny", origin="agent"),
    entry(8, "session_end", status=0),
]  # fmt: skip


def test_a_command_is_one_row_with_its_end() -> None:
    rows = report.rows(STORY)
    assert [row["command"] for row in rows] == ["make", "git push -f", "rm -rf /"]
    assert rows[0]["status"] == 2
    assert rows[0]["event"] == "finished"


def test_everything_brings_back_what_ran_inside_and_at_start_up() -> None:
    rows = report.rows(STORY, everything=True)
    assert [row["command"] for row in rows] == [
        "setup",
        "make",
        "cc x.c",
        "git push -f",
        "rm -rf /",
    ]


def test_the_summary_counts_what_a_person_cares_for() -> None:
    found = report.summary(STORY)
    assert (found.seen, found.allowed, found.asked, found.denied) == (3, 1, 1, 2)
    assert (found.inside, found.startup, found.ended) == (2, 1, True)
    assert found.statuses == {"exit 2": 1}
    assert found.seconds == 7.0


def test_a_rule_that_was_written_is_a_row_and_no_command() -> None:
    """One whose writing failed in the end is none at all."""
    rule = {"rule": "allow-x", "layer": "user", "file": "/h/settings.yaml", "line": 4}
    more = {"lines": ["  - x", "    path: y"], "channel": "cli", "by": "1000", "command": "x; y"}
    story = [
        *STORY,
        entry(98, "rule", **rule, **more),
        entry(99, "rule", **rule, **more),
        entry(100, "rule_failed", of=99, reason="read-only"),
    ]
    [row] = report.summary(story).rules
    assert row["command"] == "  - x\n    path: y"
    assert row["reason"] == "/h/settings.yaml:4"
    assert report.ending(row) == "written"
    assert report.summary(story).seen == report.summary(STORY).seen
    assert [r["seq"] for r in report.rows(story) if report.is_rule(r)] == [98]
