"""The first process of a namespace is held, and ends it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from aileron.containment import first
from tests.conftest import program, until

pytestmark = [pytest.mark.linux, pytest.mark.usefixtures("contained")]


def test_what_bubblewrap_left_behind_ends(tmp_path: Path) -> None:
    """As when it was killed before it could ask to be ended with its parent."""
    read, write = os.pipe()
    with open(write, "wb"):
        namespace = ["--unshare-user", "--unshare-pid", "--bind", "/", "/", "--proc", "/proc"]
        there = tmp_path / "there"
        agent = ["sh", "-c", f"touch {there}; exec sleep 1000"]
        outer = subprocess.Popen(
            [program("bwrap"), *namespace, "--info-fd", str(write), "--", *agent],
            pass_fds=[write],
        )
    process = first.hold(read, 20)
    assert process is not None
    until(there.exists)
    pid = int(Path(f"/proc/self/fdinfo/{process}").read_text().split("Pid:")[1].split()[0])
    outer.kill()
    outer.wait()
    assert Path(f"/proc/{pid}").exists()
    first.end(process)
    until(lambda: not Path(f"/proc/{pid}").exists())


def test_nothing_reported_is_nothing_held() -> None:
    read, write = os.pipe()
    os.close(write)
    assert first.hold(read, 20) is None
    read, write = os.pipe()
    started = time.monotonic()
    assert first.hold(read, 0.05) is None
    assert time.monotonic() - started < 10
    os.close(write)
