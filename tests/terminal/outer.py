"""A person's terminal for tests: a pty of some size, and what is on its screen.

A shell runs in it, which runs the driver and afterwards says how that ended and
what has become of the terminal's settings.
"""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

import pexpect
import pyte

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0  # seconds until something that has not happened is a failure

# What runs in the terminal: settings before, the program, its status, settings after.
SHELL = 'before=$(stty -g); {}; status=$?; test "$before" = "$(stty -g)" && same=yes || same=no; '
SHELL += 'echo "status=$status same=$same over"'


class Outer:
    def __init__(
        self,
        argv: Sequence[str],
        directory: Path,
        *,
        rows: int = 24,
        columns: int = 80,
        environment: Mapping[str, str] | None = None,
        shell: str = SHELL,
    ) -> None:
        path = str(directory / "s")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(1)
        self._connection: socket.socket | None = None
        self._heard = b""
        self.log = bytearray()
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.drawn = True  # pyte is slow: a test of large output switches it off
        driver = [sys.executable, "-m", "tests.terminal.driver", path, *argv]
        self._process = pexpect.spawn(
            "/bin/sh",
            ["-c", shell.format(shlex.join(driver))],
            cwd=str(ROOT),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(directory),
                "TERM": "xterm-256color",
                "LC_ALL": "C.UTF-8",
                **(environment or {}),
            },
            dimensions=(rows, columns),
        )
        self._fd: int = self._process.child_fd
        os.set_blocking(self._fd, False)
        self._unsent = b""

    def __enter__(self) -> Outer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes the terminal and expects the driver to end of that alone."""
        self.hang_up()
        if self._connection is None and select.select([self._listener], [], [], 0)[0]:
            self._connection = self._listener.accept()[0]
        self._listener.close()
        if self._connection is not None:
            self._connection.settimeout(PATIENCE)
            while self._connection.recv(65536):
                pass
            self._connection.close()

    def hang_up(self) -> None:
        """Closes the terminal, as a window that is closed."""
        if self._fd >= 0:
            self._fd = -1
            self._process.close(force=True)

    # -- what a person does --------------------------------------------------------

    def type(self, keys: str | bytes) -> None:
        self._unsent += keys.encode() if isinstance(keys, str) else keys

    def resize(self, rows: int, columns: int) -> None:
        self.screen.resize(rows, columns)
        self._process.setwinsize(rows, columns)

    # -- what the test says to the driver -------------------------------------------

    def tell(self, *words: object) -> None:
        assert self._connection is not None
        self._connection.sendall(json.dumps(words).encode() + b"\n")

    def started(self) -> tuple[int, int]:
        """Waits for the driver; its process id and that of its child."""
        self.until(lambda: bool(select.select([self._listener], [], [], 0)[0]))
        self._connection = self._listener.accept()[0]
        word, pid, child = self.hear()
        assert word == "started"
        return int(pid), int(child)  # type: ignore[call-overload]

    def hear(self) -> list[object]:
        """The next thing the driver says."""
        connection = self._connection
        assert connection is not None

        def complete() -> bool:
            while b"\n" not in self._heard and select.select([connection], [], [], 0)[0]:
                data = connection.recv(65536)
                assert data, "the driver has gone"
                self._heard += data
            return b"\n" in self._heard

        self.until(complete)
        line, self._heard = self._heard.split(b"\n", 1)
        found: list[object] = json.loads(line)
        return found

    # -- what a person sees ----------------------------------------------------------

    def until(self, condition: Callable[[], bool]) -> None:
        """Lets the terminal live until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "\n".join([*self.rows, repr(self.log[-800:])])
            self._live(0.02)

    def _live(self, seconds: float) -> None:
        if self._fd < 0:
            return
        writers = [self._fd] if self._unsent else []
        readable, writable, _ = select.select([self._fd], writers, [], seconds)
        try:
            if writable:
                self._unsent = self._unsent[os.write(self._fd, self._unsent[:4096]) :]
            data = os.read(self._fd, 65536) if readable else b""
        except (BlockingIOError, OSError):
            return
        self.log += data
        if self.drawn:
            self._stream.feed(data)

    @property
    def rows(self) -> list[str]:
        return [row.rstrip() for row in self.screen.display]

    @property
    def bar(self) -> str:
        return self.rows[-1]

    def shows(self, text: str) -> Callable[[], bool]:
        return lambda: any(text in row for row in self.rows)

    def logged(self, text: bytes) -> Callable[[], bool]:
        """Whether this was ever written; each call looks only at what has come since."""
        looked = [0]

        def found() -> bool:
            start, looked[0] = max(looked[0] - len(text), 0), len(self.log)
            return self.log.find(text, start) >= 0

        return found

    def see(self, text: str) -> None:
        """Waits until some row holds this text."""
        self.until(self.shows(text))

    def see_gone(self, text: str) -> None:
        """Waits until no row holds this text."""
        self.until(lambda: not self.shows(text)())

    def answer(self, keys: str) -> None:
        """Types once the panel takes keys."""
        self.see("without an answer")
        self.type(keys)

    def over(self) -> str:
        """Waits for the end; what the shell says about it."""
        self.until(self.logged(b"over\r\n"))
        return self.log.decode("utf-8", "replace").rsplit("status=", 1)[1].split(" over")[0]


def kill(pid: int, number: signal.Signals) -> None:
    os.kill(pid, number)
