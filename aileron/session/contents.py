"""The bytes of a file of the project, read without being led astray.

What is opened may be anything that a repository, or an agent, put there: a
FIFO that never ends, a device, a file of any length.
"""

from __future__ import annotations

import os
import stat


def of(path: str, limit: int, *, text: bool = True) -> bytes | None:
    """The bytes of a regular file, of text unless told; None of any other, and of a longer one."""
    content = start(path, limit + 1)
    if content is None or len(content) > limit or (text and b"\0" in content):
        return None
    return content


def start(path: str, count: int) -> bytes | None:
    """The first bytes of a regular file, None of any other."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(count)
    except OSError:
        return None
    finally:
        os.close(descriptor)
