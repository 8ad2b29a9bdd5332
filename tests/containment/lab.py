"""A watched program, and small things that the tests of exec watching share."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aileron.containment import execwatch
from aileron.containment.execwatch import Answer, Exec, ExecWatch, Inode

MARKS = [
    pytest.mark.linux,
    pytest.mark.skipif(
        sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"),
        reason="exec watching is for Linux on x86_64 and aarch64",
    ),
]

ROOT = Path(__file__).resolve().parents[2]
PYTHON = os.path.realpath(sys.executable)
NOBODY = 65534
TRUE = os.path.realpath(shutil.which("true") or "/bin/true")
ECHO = os.path.realpath(shutil.which("echo") or "/bin/echo")
BWRAP = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--disable-userns", "--bind", "/", "/")


TRY = (
    "import os, subprocess, sys\n"
    "def attempt(*words):\n"
    "    try: print(subprocess.run(words).returncode, flush=True)\n"
    "    except OSError as e: print(e.strerror, flush=True)\n"
)


def compiled(source: Path, target: Path, *flags: str) -> Path:
    """The program, by the first compiler that makes it; skips where there is none."""
    tried = []
    for compiler, linking in (("musl-gcc", "-static"), ("cc", "-static"), ("cc", "-Os")):
        if shutil.which(compiler):
            command = [compiler, linking, "-Os", *flags, "-o", str(target), str(source)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return target
            tried.append(done.stderr)
    pytest.skip("no C compiler makes " + source.name + ": " + ("\n".join(tried) or "none is here"))


def eventually(condition: Callable[[], Any]) -> Any:
    """What the condition gives once it is true; fails after 20 seconds."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.002)
    pytest.fail("it did not come to pass")


class Run:
    """A watched program, its judge's list of what it saw, and the notices."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.child = child
        self.watch: ExecWatch
        self.seen: list[Exec] = []
        self.notices: list[str] = []

    def end(self) -> str:
        """Its output, after it has ended well."""
        out, _ = self.child.communicate(timeout=30)
        assert self.child.returncode == 0, out
        return out

    def line(self) -> str:
        assert self.child.stdout is not None
        return self.child.stdout.readline().strip()

    def tell(self, line: str = "go") -> None:
        assert self.child.stdin is not None
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()

    def programs(self) -> list[tuple[str, ...]]:
        """The argument vectors, without that of the watched program itself."""
        return [found.argv for found in self.seen[1:]]


Judge = Callable[[Exec], Answer]


def allow(found: Exec) -> Answer:
    return Answer.ALLOW


@contextlib.contextmanager
def watched(
    helper: Path,
    command: list[str],
    judge: Judge = allow,
    *,
    before: tuple[str, ...] = (),
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    **options: Any,
) -> Iterator[Run]:
    """Runs the command under the watch; its own exec is allowed and seen first."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = subprocess.Popen(
            [*before, str(helper), str(theirs.fileno()), "--", *command],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=cwd,
            env=env,
        )
        run = Run(child)
        theirs.close()

        def see(found: Exec) -> Answer:
            run.seen.append(found)
            return judge(found) if len(run.seen) > 1 else Answer.ALLOW

        try:
            listener = execwatch.receive_listener(ours, 20)
            run.watch = ExecWatch(listener, see, notice=run.notices.append, **options)
            run.watch.start()
            try:
                yield run
            finally:
                run.watch.close()
        finally:
            child.kill()
            child.communicate()


def python(code: str, *args: str) -> list[str]:
    return [PYTHON, "-I", "-S", "-c", code, *args]


def inode(path: Path | str) -> Inode:
    status = Path(path).stat()
    return status.st_dev, status.st_ino


def bubblewrap() -> tuple[str, ...]:
    """The command line before ours; skips where no namespace can be made."""
    bwrap = shutil.which("bwrap")
    if not bwrap:
        pytest.skip("there is no bubblewrap")
    before = (bwrap, *BWRAP, "--dev", "/dev", "--proc", "/proc", "--")
    tried = subprocess.run([*before, TRUE], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no namespaces here: {tried.stderr}")
    return before
