"""Who is at the other end of a Unix socket."""

from __future__ import annotations

import socket
import struct
import sys

_SOL_LOCAL = 0  # macOS
_LOCAL_PEERCRED = 1
_LOCAL_PEERPID = 2


def credentials(connection: socket.socket) -> tuple[int, int]:
    """The uid and pid of the process that connected, by the kernel's account."""
    if sys.platform == "linux":
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid, uid, _ = struct.unpack("3i", raw)
        return uid, pid
    raw = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 8)
    _, uid = struct.unpack("II", raw)
    pid = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERPID)
    return uid, pid
