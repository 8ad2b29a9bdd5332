"""What a real shell runs of a text whose commands are stubs.

The commands are `c1`, `c2`, …, which exist only as links to one stub in a directory
of their own: it appends its name and arguments to a file and succeeds or fails by
its number.  Nothing else can be executed but a few programs that start others, so
running any text here does no harm.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

STUBS = 120
STUB = """#!/bin/sh
name="${{0##*/}}"
printf '%s\\0' "$#" "$name" "$@" >> "{log}"
exit $((${{name#c}} % 2))
"""
PASSED = ("bash", "sh", "dash", "env", "xargs", "nohup", "nice", "timeout", "cat")
TIME_LIMIT = 3.0  # s


class Stubs:
    """A directory that is all of PATH, and running texts in it."""

    def __init__(self, root: Path) -> None:
        self.path = root / "bin"
        self.path.mkdir()
        self.cwd = root / "work" / "work"
        self.cwd.mkdir(parents=True)
        self.log = root / "log"
        stub = root / "stub"
        stub.write_text(STUB.format(log=self.log))
        stub.chmod(0o755)
        for number in range(1, STUBS + 1):
            (self.path / f"c{number}").symlink_to(stub)
        for name in PASSED:
            found = shutil.which(name)
            if found:
                (self.path / name).symlink_to(found)

    def run(self, shell: str, text: str) -> set[tuple[str, ...]] | None:
        """The stubs that ran, with their arguments; None if it took too long.

        It is over when all that it started has let go of the pipe they inherit.
        """
        self.log.write_text("")
        read, write = os.pipe()
        process = subprocess.Popen(
            [str(self.path / shell), "-c", text],
            cwd=self.cwd,
            env={
                "PATH": str(self.path),
                "FUNCNEST": "4",
                "HOME": str(self.cwd),
                "LC_ALL": "C.UTF-8",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(write,),
            start_new_session=True,
        )
        os.close(write)
        ready, _, _ = select.select([read], [], [], TIME_LIMIT)
        os.close(read)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for item in self.cwd.iterdir():
            item.unlink()
        return set(_logged(self.log.read_bytes())) if ready else None


def _logged(log: bytes) -> Iterator[tuple[str, ...]]:
    """Each command is written as the number of its arguments and its words, NUL behind each."""
    words = iter(log.decode("utf-8", "surrogateescape").split("\0")[:-1])
    for count in words:
        yield tuple(islice(words, int(count) + 1))
