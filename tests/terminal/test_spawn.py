"""Starting a program on a pty."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator

import pytest

from aileron.errors import LaunchRefused
from aileron.terminal.spawn import Child, spawn
from aileron.terminal.tracked import Size


@pytest.fixture
def terminal() -> Iterator[int]:
    """A terminal to take the settings from."""
    master, slave = os.openpty()
    yield slave
    os.close(master)
    os.close(slave)


def output(child: Child) -> str:
    """All that the child writes until its end."""
    data = b""
    while select.select([child.master], [], [], 20)[0]:
        try:
            data += os.read(child.master, 4096)
        except OSError:
            break
    while child.poll() == "running":
        select.select([], [], [], 0.01)
    os.close(child.master)
    return data.decode()


def test_descriptors_are_passed_on(terminal: int) -> None:
    """Those that are named, and no others."""
    near, far = os.pipe()
    other, unused = os.pipe()
    os.set_inheritable(other, False)
    script = f"import os; os.write({far}, b'hello')\n"
    script += "for fd in range(100):\n try: os.fstat(fd); print(fd)\n except OSError: pass"
    child = spawn(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"]},
        cwd="/",
        size=Size(10, 40),
        settings_of=terminal,
        pass_fds=(far,),
    )
    os.close(far)
    assert [int(fd) for fd in output(child).split()] == [0, 1, 2, far]
    assert os.read(near, 100) == b"hello"
    assert child.ending is not None and child.ending.code == 0
    for fd in (near, other, unused):
        os.close(fd)


def test_the_environment_is_the_one_that_was_given(terminal: int) -> None:
    """But for the size of another terminal."""
    child = spawn(
        ["sh", "-c", "echo $A-$LINES-$COLUMNS"],
        env={"PATH": os.environ["PATH"], "A": "b", "LINES": "99", "COLUMNS": "99"},
        cwd="/",
        size=Size(10, 40),
        settings_of=terminal,
    )
    assert output(child).strip() == "b--"


def test_what_is_no_program_is_refused(terminal: int) -> None:
    """With the reason, and without a process left behind."""
    with pytest.raises(LaunchRefused, match="cannot start /: permission denied"):
        spawn(["/"], env={}, cwd="/", size=Size(10, 40), settings_of=terminal)
