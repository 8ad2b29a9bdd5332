"""A word on the standard error of a process whose exec was refused (Linux).

A refused exec is one errno, "operation not permitted", which tells nobody why.
The kernel lets us duplicate a descriptor of the process (the same right as for
reading its memory), so the reason goes where its own message will go.  Nothing
is written that could block, and no failure matters.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select

_PIDFD_GETFD = 438  # the same on x86_64 and aarch64
_libc = ctypes.CDLL(None, use_errno=True)


def tell(pid: int, text: str) -> None:
    """Write up to one pipe buffer's worth to the process's descriptor 2."""
    message = text.encode("utf-8", "replace")[: select.PIPE_BUF]
    with contextlib.suppress(OSError):
        process = os.pidfd_open(pid)
        try:
            descriptor = _libc.syscall(_PIDFD_GETFD, process, 2, 0)
        finally:
            os.close(process)
        if descriptor < 0:
            return
        try:
            if select.select([], [descriptor], [], 0)[1]:
                os.write(descriptor, message)
        finally:
            os.close(descriptor)
