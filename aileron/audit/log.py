"""Writing the record of a session, and finding it again.

One JSONL file per session in `$AILERON_HOME/audit/`, 0600, appended by the
broker alone.  `decided` is on the disk before its command starts: a record
that cannot be written is an `AuditError`, and the command does not run.  After
a failed write nothing more is written, since the tail may be torn; every later
command of the session is refused for the same reason.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from aileron.audit import chain
from aileron.errors import AuditError, UsageError

# macOS has no fdatasync.
_sync = getattr(os, "fdatasync", os.fsync)


def now() -> str:
    """RFC 3339, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class AuditLog:
    """The one writer of a session's file.  Not thread safe: the broker's loop owns it."""

    def __init__(self, directory: Path, session: str, *, sync: bool = True) -> None:
        self.path = directory / f"{session}.jsonl"
        self._session = session
        self.sync = sync
        self._seq = 0
        self._prev = chain.START
        self._broken = ""
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
            self._fd = os.open(self.path, flags | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise AuditError(
                f"the audit log cannot be written: {error.strerror}: {self.path}",
                hint="make the folder writable or free some space: without a record nothing runs",
            ) from error

    def write(self, event: str, members: Mapping[str, object], *, durable: bool = True) -> int:
        """Append one entry and return its number; AuditError when it is not safely there."""
        if self._broken:
            raise AuditError(self._broken)
        seq = self._seq + 1
        written = chain.line(
            {"session": self._session, "seq": seq, "time": now(), "event": event, **members},
            self._prev,
        )
        try:
            left = written
            while left:  # a short write is a full disk: writing the rest will say so
                left = left[os.write(self._fd, left) :]
            if durable and self.sync:
                _sync(self._fd)
        except OSError as error:
            self._broken = f"the audit log cannot be written: {error.strerror}: {self.path}"
            raise AuditError(
                self._broken, hint="free some space and start a new session"
            ) from error
        self._seq, self._prev = seq, chain.digest(written)
        return seq

    @property
    def head(self) -> str:
        return self._prev

    def close(self) -> None:
        """A session that never began leaves no file behind."""
        os.close(self._fd)
        if not self._seq and not self._broken:
            self.path.unlink(missing_ok=True)


def sessions(directory: Path) -> list[str]:
    """The sessions on record, oldest first (their ids sort by time)."""
    try:
        return sorted(entry.stem for entry in directory.iterdir() if entry.suffix == ".jsonl")
    except FileNotFoundError:
        return []


def find(directory: Path, wanted: str) -> Path:
    """The file of one session: an id, the start of one, or `last`."""
    known = sessions(directory)
    if not known:
        raise UsageError("no session is on record yet", hint="start one: aileron launch codex")
    matches = [known[-1]] if wanted == "last" else [s for s in known if s.startswith(wanted)]
    if len(matches) != 1:
        problem = "no session is called" if not matches else "several sessions start with"
        raise UsageError(f"{problem} {wanted}", hint=f"the last one is {known[-1]}")
    return directory / f"{matches[0]}.jsonl"


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file; a torn last one (no newline) is left out."""
    with path.open("rb") as file:
        for written in file:
            if written.endswith(b"\n"):
                yield written
