"""Signals, process groups and ends of file are as if the shim were the shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from .lab import DEADLINE, Lab, real_shell, until

# newer Pythons warn of what the lab's broker threads cannot harm: nothing but an exec follows
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def as_usual() -> None:
    """Python's own children would have SIGPIPE ignored."""
    for name in ("PIPE", "XFSZ"):
        signal.signal(signal.Signals[f"SIG{name}"], signal.SIG_DFL)


def start(
    shell: str, command: str, before: Callable[[], object] = as_usual
) -> subprocess.Popen[str]:
    """A shell that leads a session of its own, with pipes for its input and output."""
    return subprocess.Popen(
        [shell, "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=before,
        restore_signals=False,
    )


def line(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().rstrip("\n")


def output(shell: str, command: str, before: Callable[[], object]) -> str:
    with start(shell, command, before) as started:
        return started.communicate(timeout=DEADLINE)[0]


# The shell waits for the signal, then for a line, and tells how often its trap has run by then.
# It starts no program meanwhile: an interrupt in just that moment can make bash itself spin.
COUNTING = (
    "n=0; trap 'n=$((n+1))' {name}; echo ready;"
    " while [ $n = 0 ]; do read -t 0.05 x; done; echo got; read x; echo total $n"
)
PASSED_ON = ["HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "WINCH", "CONT", "ALRM", "PIPE", "URG"]


@pytest.mark.parametrize("name", PASSED_ON)
def test_a_signal_to_the_shim_reaches_the_shell_once(name: str, lab: Lab) -> None:
    with start(lab.shim(), COUNTING.format(name=name)) as started:
        assert line(started.stdout) == "ready"
        started.send_signal(signal.Signals[f"SIG{name}"])
        assert line(started.stdout) == "got"
        assert started.communicate("tell\n", timeout=DEADLINE)[0] == "total 1\n"
    assert started.returncode == 0


@pytest.mark.parametrize("name", ["HUP", "INT", "TERM", "USR1", "ABRT", "KILL", "SEGV"])
def test_a_shell_that_dies_of_a_signal_takes_the_shim_with_it(name: str, lab: Lab) -> None:
    with start(lab.shim(), f"ulimit -c 0; kill -{name} $$; read x") as started:
        assert started.wait(DEADLINE) == -signal.Signals[f"SIG{name}"]


def test_a_command_that_is_ended_by_its_process_group_ends(lab: Lab) -> None:
    with start(lab.shim(), "echo ready; sleep 1000; echo never") as started:
        assert line(started.stdout) == "ready"
        os.killpg(started.pid, signal.SIGTERM)
        assert started.communicate(timeout=DEADLINE)[0] == ""
    assert started.returncode == -signal.SIGTERM


@LINUX
def test_a_shim_that_is_killed_takes_the_shell_with_it(lab: Lab) -> None:
    """The pipe ends when the last process that holds it is gone."""
    with start(lab.shim(), "echo ready; exec sleep 1000") as started:
        assert line(started.stdout) == "ready"
        started.kill()
        assert started.communicate(timeout=DEADLINE)[0] == ""


def test_an_alarm_that_was_set_before_rings_in_the_shell(lab: Lab) -> None:
    """It is how some programs limit the time of the shell that they become."""

    def before() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.3)

    with start(lab.shim(), "exec sleep 1000", before) as started:
        assert started.communicate(timeout=DEADLINE)[0] == ""
    assert started.returncode == -signal.SIGALRM


def stopped(started: subprocess.Popen[str]) -> int:
    """Waits until a program is stopped; the signal that did it."""
    _, status = os.waitpid(started.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    return os.WSTOPSIG(status)


def test_when_the_shell_stops_the_shim_stops_and_when_it_goes_on_so_does_the_shell(
    lab: Lab,
) -> None:
    command = "echo ready; kill -STOP $$; echo goes on"
    with start(lab.shim(), command) as started:
        assert line(started.stdout) == "ready"
        assert stopped(started) == signal.SIGSTOP
        started.send_signal(signal.SIGCONT)
        assert started.communicate(timeout=DEADLINE)[0] == "goes on\n"
    assert started.returncode == 0


GOING_ON = "trap 'n=$((n+1))' CONT; n=0; echo ready; read x; echo total $n"


def test_a_group_that_is_stopped_goes_on_as_a_group(lab: Lab) -> None:
    """The shell may hear of it twice: had it not stopped yet, the shim cannot know that it did."""
    with start(lab.shim(), GOING_ON) as started:
        assert line(started.stdout) == "ready"
        os.killpg(started.pid, signal.SIGSTOP)
        stopped(started)
        os.killpg(started.pid, signal.SIGCONT)
        ended = started.communicate("tell\n", timeout=DEADLINE)[0]
    assert ended in ("total 1\n", "total 2\n")


def test_a_group_that_is_stopped_goes_on_when_the_shim_alone_is_told_so(lab: Lab) -> None:
    with start(lab.shim(), GOING_ON) as started:
        assert line(started.stdout) == "ready"
        os.killpg(started.pid, signal.SIGSTOP)
        stopped(started)
        started.send_signal(signal.SIGCONT)
        assert started.communicate("tell\n", timeout=DEADLINE)[0] == "total 1\n"


# --- what the shell inherits ---------------------------------------------------------

MASKS = "grep -E '^Sig(Blk|Ign|Pnd)|^ShdPnd' /proc/self/status"


def ignore(*names: str) -> Callable[[], None]:
    def before() -> None:
        for name in names:
            signal.signal(signal.Signals[f"SIG{name}"], signal.SIG_IGN)

    return before


def block() -> None:
    as_usual()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGINT, signal.SIGCHLD})


def ignore_all() -> None:
    as_usual()
    ignore("HUP", "INT", "QUIT", "TERM", "USR1", "CHLD", "WINCH", "CONT", "TSTP", "ALRM")()


@LINUX
@pytest.mark.parametrize("before", [as_usual, block, ignore_all])
def test_the_shell_inherits_the_signals_as_they_were(before: Callable[[], None], lab: Lab) -> None:
    """Blocked and ignored ones are just those that the real shell would see."""
    command = f"{MASKS}; {MASKS} | cat"
    assert output(lab.shim(), command, before) == output(real_shell("bash"), command, before)


@LINUX
def test_an_ignored_broken_pipe_stays_ignored(native_lab: Lab) -> None:
    expected = output(real_shell("bash"), MASKS, ignore("PIPE", "XFSZ"))
    assert output(native_lab.shim(), MASKS, ignore("PIPE", "XFSZ")) == expected


def test_an_ignored_interrupt_does_not_end_the_command(lab: Lab) -> None:
    with start(lab.shim(), "echo ready; read x; echo $x", ignore("INT")) as started:
        assert line(started.stdout) == "ready"
        os.killpg(started.pid, signal.SIGINT)
        assert started.communicate("whole\n", timeout=DEADLINE)[0] == "whole\n"
    assert started.returncode == 0


@LINUX
def test_the_shell_is_in_the_shims_process_group_and_session(lab: Lab) -> None:
    with start(lab.shim(), "cut -d' ' -f5,6 /proc/$$/stat") as started:
        assert started.communicate(timeout=DEADLINE)[0] == f"{started.pid} {started.pid}\n"


@LINUX
def test_limits_and_priorities_are_untouched(lab: Lab) -> None:
    command = "ulimit -a; umask; nice; ulimit -Hc"

    def before() -> None:
        os.umask(0o137)
        os.nice(3)

    assert output(lab.shim(), command, before) == output(real_shell("bash"), command, before)


# --- who holds what open -----------------------------------------------------------


def test_a_reader_sees_the_end_when_the_shell_has_closed_its_output(lab: Lab) -> None:
    """The shim holds nothing open while the shell goes on."""
    with start(lab.shim(), "exec >&-; read x; exit 4") as started:
        assert started.stdout is not None
        assert started.stdout.read() == ""
        assert started.poll() is None
        assert started.stdin is not None
        started.stdin.write("go\n")
        started.stdin.close()
        assert started.wait(DEADLINE) == 4


def test_a_background_child_keeps_the_pipe_and_not_the_status(lab: Lab) -> None:
    command = "(read x; echo late $x) <&0 & exit 6"
    with start(lab.shim(), command) as started:
        assert started.wait(DEADLINE) == 6
        assert started.communicate("line\n", timeout=DEADLINE)[0] == "late line\n"


def test_a_descriptor_that_the_shell_closes_is_closed(lab: Lab) -> None:
    """A lock or a pipe on a higher number, too."""
    reader, writer = os.pipe()
    with subprocess.Popen(
        [lab.shim(), "-c", f"exec {writer}>&-; read x"], stdin=subprocess.PIPE, pass_fds=[writer]
    ) as started:
        os.close(writer)
        assert os.read(reader, 1) == b""
        assert started.poll() is None
        started.communicate(b"go\n", timeout=DEADLINE)
    os.close(reader)


@LINUX
def test_no_zombie_and_no_process_is_left(lab: Lab) -> None:
    with start(lab.shim(), "echo $$") as started:
        shell = int(line(started.stdout))
        assert started.wait(DEADLINE) == 0
    until(lambda: not Path(f"/proc/{shell}").exists(), "the end of the shell")
