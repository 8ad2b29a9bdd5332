"""Starts the agent on a pty of its own.

The child becomes leader of a new session with the pty as its terminal; the pty
has the size and the settings (`stty`) of the person's before the child's first
instruction.  How it ended is an `Ending`, also when a signal ended it.
"""

from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aileron.errors import LaunchRefused
from aileron.terminal.tracked import Size

_TRAMPOLINE = str(Path(__file__).with_name("ctty.py"))
_STALE = ("LINES", "COLUMNS")  # would tell the child the size of another terminal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How the child ended: `status` or `signal` is set; `cause` is the signal that
    ended Aileron itself first, 0 when the child ended by itself."""

    status: int | None = None
    signal: int | None = None
    cause: int = 0

    @property
    def code(self) -> int:
        """The exit status a shell would show."""
        return self.status if self.status is not None else 128 + (self.signal or 0)


@dataclass(slots=True)
class Child:
    """A running agent; `master` is the near end of its pty."""

    pid: int
    master: int
    ending: Ending | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def poll(self) -> str:
        """`running`, `stopped` (told once for each stop) or `ended`; then `ending` is set."""
        if self.ending is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:  # somebody else has taken its status: not a success
                pid, status = self.pid, 1 << 8
            if pid and os.WIFSTOPPED(status):
                return "stopped"
            if not pid:
                return "running"
            code = os.waitstatus_to_exitcode(status)
            self.ending = Ending(status=code) if code >= 0 else Ending(signal=-code)
            if self._process is not None:
                self._process.returncode = code
        return "ended"

    def send(self, number: int) -> None:
        """Signals the child and all of its process group."""
        if self.ending is None:
            for kill in (os.killpg, os.kill):
                try:
                    kill(self.pid, number)
                except (ProcessLookupError, PermissionError):
                    continue
                break

    def is_cooked(self) -> bool:
        """Whether the child's terminal edits lines, as it does for a shell's commands."""
        try:
            local: int = termios.tcgetattr(self.master)[3] if self.master >= 0 else 0
        except termios.error:  # it is ending
            return False
        return bool(local & termios.ICANON)

    def resize(self, size: Size) -> None:
        if self.master >= 0:
            set_size(self.master, size)


def set_size(fd: int, size: Size) -> None:
    packed = struct.pack("HHHH", size.rows, size.columns, size.width, size.height)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, packed)


def get_size(fd: int) -> Size:
    packed = fcntl.ioctl(fd, termios.TIOCGWINSZ, b"\0" * 8)
    return Size(*struct.unpack("HHHH", packed))


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: str,
    size: Size,
    settings_of: int,
    pass_fds: Sequence[int] = (),
) -> Child:
    """Starts `argv` on a new pty; LaunchRefused says why it could not be started.

    `settings_of` is a descriptor of the person's terminal, before it is made raw.
    """
    master, slave = os.openpty()
    near, far = os.pipe()
    try:
        termios.tcsetattr(slave, termios.TCSANOW, termios.tcgetattr(settings_of))
        set_size(slave, size)
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", _TRAMPOLINE, str(far), *argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={name: value for name, value in env.items() if name not in _STALE},
            cwd=cwd,
            pass_fds=[*pass_fds, far],
            start_new_session=True,
        )
    except OSError as error:
        os.close(master)
        os.close(near)
        raise _refused(cwd, error.errno) from error
    finally:
        os.close(far)
        os.close(slave)
    with os.fdopen(near, "rb") as report:
        failure = report.read()
    if failure:
        process.wait()
        os.close(master)
        raise _refused(argv[0], int(failure))
    os.set_blocking(master, False)
    return Child(pid=process.pid, master=master, _process=process)


def _refused(what: str, number: int | None) -> LaunchRefused:
    return LaunchRefused(f"cannot start {what}: {os.strerror(number or 0).lower()}")
