"""The first process of a namespace: when it ends, the kernel ends all the others.

bubblewrap's `--die-with-parent` sees to that, but for the moment between the
program's start and its own request to the kernel: an agent that came up just as
its launcher was told to end would be left behind.  So the launcher holds on to
that process by a descriptor, which no later process can be taken for.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time


def hold(info: int, seconds: float) -> int | None:
    """A descriptor of the process that bubblewrap reports on `info` (its --info-fd); None when
    there is none in time.  Closes `info`."""
    told = b""
    deadline = time.monotonic() + seconds
    with open(info, "rb", buffering=0) as report:
        while select.select([report], [], [], max(0.0, deadline - time.monotonic()))[0]:
            more = report.read(4096)
            if not more:
                break
            told += more
    try:
        return os.pidfd_open(json.loads(told)["child-pid"])
    except (ValueError, KeyError, OSError):
        return None


def end(process: int) -> None:
    """End the namespace of a held process, and let go of it."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, signal.SIGKILL)
    os.close(process)
