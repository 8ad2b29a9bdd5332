"""The person's terminal: its descriptors, its settings, its size.

Reading and writing never block.  A descriptor is shared with the shell that
started us, and so would be its non-blocking flag; the terminal is therefore
opened a second time where that is possible.  Settings are put back exactly as
they were found, by `restore`, as often as it is called.
"""

from __future__ import annotations

import contextlib
import os
import select
import termios
from typing import Any

from aileron.errors import LaunchRefused
from aileron.terminal.spawn import get_size
from aileron.terminal.tracked import Size

_SMALL_WRITE = 256  # what a ready terminal takes at once, where writing might block


class Gone(Exception):
    """The terminal has hung up."""


def is_terminal(stdin: int, stdout: int) -> bool:
    """Whether there is a person to show something to and to read from."""
    return os.isatty(stdin) and os.isatty(stdout)


class Outer:
    """The terminal behind two descriptors; LaunchRefused when they are none."""

    def __init__(self, stdin: int, stdout: int) -> None:
        if not is_terminal(stdin, stdout):
            raise LaunchRefused("standard input and output are no terminal")
        self.stdin = stdin
        self.stdout = _reopened(stdout)
        self._private = self.stdout != stdout
        self._settings = termios.tcgetattr(stdin)

    def size(self) -> Size:
        """The size now; 24 by 80 where the terminal does not say."""
        try:
            size = get_size(self.stdin)
        except OSError as error:
            raise Gone from error
        return size if size.rows and size.columns else Size(24, 80)

    def make_raw(self) -> None:
        settings = [*self._settings[:6], [*self._settings[6]]]
        settings[0] &= ~(
            termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP | termios.INLCR
        ) & ~(termios.IGNCR | termios.ICRNL | termios.IXON | termios.IXOFF)
        settings[1] &= ~termios.OPOST
        settings[2] = settings[2] & ~(termios.CSIZE | termios.PARENB) | termios.CS8
        settings[3] &= ~(
            termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN
        )
        settings[6][termios.VMIN], settings[6][termios.VTIME] = 1, 0
        self._set(settings)

    def restore(self) -> None:
        with contextlib.suppress(Gone):  # then there is nothing left to restore
            self._set(self._settings)

    def _set(self, settings: list[Any]) -> None:
        try:
            termios.tcsetattr(self.stdin, termios.TCSANOW, settings)
        except termios.error as error:
            raise Gone from error

    def read(self) -> bytes:
        """What is there to read."""
        if not _is_ready(self.stdin, select.POLLIN):
            return b""
        try:
            data = os.read(self.stdin, 65536)
        except (BlockingIOError, InterruptedError):
            return b""
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """How many bytes the terminal took, 0 when it takes none now."""
        if not self._private:
            if not _is_ready(self.stdout, select.POLLOUT):
                return 0
            data = data[:_SMALL_WRITE]
        try:
            return os.write(self.stdout, data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise Gone from error

    def close(self) -> None:
        if self._private:
            os.close(self.stdout)
            self._private = False


def _reopened(fd: int) -> int:
    """The same terminal, opened anew and non-blocking; `fd` itself where that fails."""
    try:
        again = os.open(os.ttyname(fd), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError:
        return fd
    if os.fstat(again).st_rdev != os.fstat(fd).st_rdev:
        os.close(again)
        return fd
    return again


def _is_ready(fd: int, event: int) -> bool:
    poll = select.poll()
    poll.register(fd, event)
    return bool(poll.poll(0))
