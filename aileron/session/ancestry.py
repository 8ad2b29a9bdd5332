"""Who started whom.

A process is named by its pid and the moment it started (clock ticks since
boot), since the pid alone may be given to another one.  The chain of parents
is what the kernel recorded at fork: a process can leave it (a double fork, and
then it is judged by itself), but it cannot enter that of another.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    started: int


def stat(pid: int) -> tuple[Process, int] | None:
    """The process and its parent's pid; None when it is gone."""
    if sys.platform != "linux":
        return _stat_by_ps(pid)
    try:  # by descriptor: a command waits for this, level by level
        descriptor = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        raw = os.read(descriptor, 1024)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    # The name, in parentheses, may hold anything: what follows the last ")" is fixed.
    rest = raw[raw.rindex(b")") + 2 :].split()
    return Process(pid, int(rest[19])), int(rest[1])


def _stat_by_ps(pid: int) -> tuple[Process, int] | None:
    found = subprocess.run(
        ["/bin/ps", "-o", "ppid=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split(None, 1)
    if len(found) != 2:
        return None
    return Process(pid, hash(found[1].strip())), int(found[0])


def lives(process: Process) -> bool:
    """Whether it is still the same process that has this pid."""
    found = stat(process.pid)
    return found is not None and found[0] == process


def chain(pid: int, until: int = 0) -> tuple[Process, ...]:
    """The process and its ancestors below `until`, nearest first; what is gone ends the chain."""
    found: list[Process] = []
    while pid > 0 and pid != until:
        entry = stat(pid)
        if entry is None:
            break
        found.append(entry[0])
        pid = entry[1]
    return tuple(found)
