"""At a terminal the shim is not noticed: Ctrl-C, Ctrl-Z, fg, a change of size, a hang-up."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from aileron import wire

from .lab import DEADLINE, Lab, real_shell, until

# newer Pythons warn of what the lab's broker threads cannot harm: nothing but an exec follows
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")

PROMPT = "next> "
# The shell waits for the signal, then for a line, and tells how often its trap has run by then.
# It starts no program meanwhile: an interrupt in just that moment can make bash itself spin.
COUNTING = (
    "n=0; trap 'n=$((n+1))' {name}; echo ready;"
    " while [ $n = 0 ]; do read -t 0.05 x; done; echo got; read x; echo total $n"
)
WAITING = "while :; do sleep 0.02; done"


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, program: str, *words: str) -> None:
        environment = {"PATH": "/usr/bin:/bin", "PS1": PROMPT, "TERM": "dumb", "HISTFILE": ""}
        self.child = pexpect.spawn(
            program, list(words), env=environment, timeout=DEADLINE, encoding="utf-8", echo=False
        )

    def sees(self, text: str) -> None:
        self.child.expect_exact(text)

    def types(self, text: str) -> None:
        self.child.sendline(text)

    def control(self, letter: str) -> None:
        self.child.sendcontrol(letter)

    def ends(self) -> int | None:
        """The exit status, or the negative number of the signal."""
        self.child.expect(pexpect.EOF)
        self.child.close()
        return -self.child.signalstatus if self.child.signalstatus else self.child.exitstatus


def job(lab: Lab) -> str:
    """A command line that runs until it is interrupted, and says when it has gone on.

    A trap that is due just before a `read` begins has to wait for that: so none is long.
    """
    script = lab.run / "job"
    script.write_text("trap 'echo continued' CONT\necho started\nwhile :; do read -t 0.1 x; done\n")
    return f"{real_shell('bash')} {script}"


def never(hello: wire.Hello, connection: socket.socket) -> None:
    connection.recv(1)


@pytest.fixture
def outer() -> Iterator[Terminal]:
    """A real interactive bash, as a person has it."""
    terminal = Terminal(real_shell("bash"), "--norc", "-i")
    terminal.sees(PROMPT)
    yield terminal
    terminal.child.close(force=True)


def test_ctrl_c_reaches_the_shell_once(lab: Lab) -> None:
    terminal = Terminal(lab.shim(), "-c", COUNTING.format(name="INT"))
    terminal.sees("ready")
    terminal.control("c")
    terminal.sees("got")
    terminal.types("tell")
    terminal.sees("total 1")
    assert terminal.ends() == 0


def test_ctrl_c_ends_a_command_that_does_not_catch_it(lab: Lab) -> None:
    terminal = Terminal(lab.shim(), "-c", "echo ready; sleep 1000; echo never")
    terminal.sees("ready")
    terminal.control("c")
    assert terminal.ends() == -signal.SIGINT


def test_a_change_of_size_reaches_the_shell_once(lab: Lab) -> None:
    terminal = Terminal(lab.shim(), "-c", COUNTING.format(name="WINCH"))
    terminal.sees("ready")
    terminal.child.setwinsize(30, 99)
    terminal.sees("got")
    terminal.types("tell")
    terminal.sees("total 1")
    assert terminal.ends() == 0


def test_when_the_terminal_goes_away_the_shell_is_hung_up(lab: Lab) -> None:
    """The system tells only the leader of the session, which is the shim."""
    mark = lab.run / "hung-up"
    command = f"trap '> {mark}; exit' HUP; echo ready; {WAITING}"
    ours, theirs = os.openpty()

    def take_terminal() -> None:
        os.setsid()
        fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)

    with subprocess.Popen(
        [lab.shim(), "-c", command], stdin=theirs, stdout=theirs, preexec_fn=take_terminal
    ) as started:
        os.close(theirs)
        assert os.read(ours, 100) == b"ready\r\n"
        os.close(ours)
        until(mark.exists, "the hang-up")
        started.wait(DEADLINE)


def test_ctrl_z_stops_a_command_and_fg_lets_it_go_on(lab: Lab, outer: Terminal) -> None:
    command = 'trap "n=\\$((n+1))" CONT; echo ready; read x; echo heard $x $n; exit 3'
    outer.types(f"{lab.shim()} -c '{command}'")
    outer.sees("ready")
    outer.control("z")
    outer.sees("Stopped")
    outer.sees(PROMPT)
    outer.types("jobs -l")
    outer.sees("Stopped")
    outer.sees(PROMPT)
    outer.types("fg")
    outer.sees("read x")
    outer.types("word")
    outer.sees("heard word 1")  # it was told once to go on
    outer.sees(PROMPT)
    outer.types("echo status $?")
    outer.sees("status 3")


def test_a_command_that_ignores_ctrl_z_is_not_stopped(lab: Lab, outer: Terminal) -> None:
    outer.types(f"{lab.shim()} -c \"trap '' TSTP; echo ready; read x; echo heard \\$x\"")
    outer.sees("ready")
    outer.control("z")
    outer.types("word")
    outer.sees("heard word")
    outer.sees(PROMPT)


def test_bg_and_wait_work(lab: Lab, outer: Terminal) -> None:
    outer.types(f"{lab.shim()} -c 'echo ready; sleep 0.5; exit 4'")
    outer.sees("ready")
    outer.control("z")
    outer.sees("Stopped")
    outer.types("bg")
    outer.sees(PROMPT)
    outer.types("wait %1; echo status $?")
    outer.sees("status 4")


def test_an_interactive_shell_has_job_control(lab: Lab) -> None:
    terminal = Terminal(lab.shim(), "--norc", "-i")
    terminal.sees(PROMPT)
    terminal.types(job(lab))
    terminal.sees("started")
    terminal.control("z")
    terminal.sees("Stopped")
    terminal.sees(PROMPT)
    terminal.types("fg")
    terminal.sees("continued")
    terminal.control("c")
    terminal.sees(PROMPT)
    terminal.types("echo status $?")
    terminal.sees("status 130")
    terminal.sees(PROMPT)
    terminal.types("exit 5")
    assert terminal.ends() == 5


def test_an_interactive_shell_in_an_interactive_shell_gives_the_terminal_back(
    lab: Lab, outer: Terminal
) -> None:
    outer.types(f"PS1='inner> ' {lab.shim()} --norc -i")
    outer.sees("inner> ")
    outer.types(job(lab))
    outer.sees("started")
    outer.control("c")
    outer.sees("inner> ")
    outer.types("suspend")
    outer.sees("Stopped")
    outer.sees(PROMPT)
    outer.types("fg")
    outer.types("echo back")
    outer.sees("back")
    outer.sees("inner> ")
    outer.types("exit")
    outer.sees(PROMPT)
    outer.types("read x < /dev/tty; echo outer read $x")
    outer.types("this")
    outer.sees("outer read this")


def test_ctrl_c_while_a_person_is_asked_ends_the_command(lab: Lab) -> None:
    mark: Path = lab.run / "it-ran"
    lab.answer = never
    terminal = Terminal(lab.shim(), "-c", f"> {mark}")
    until(lambda: lab.asked, "the question")
    terminal.control("c")
    assert terminal.ends() == -signal.SIGINT
    assert not mark.exists()


def test_a_shell_that_a_person_types_into_is_interactive(lab: Lab) -> None:
    """No -i: standard input and standard error are terminals."""
    terminal = Terminal(lab.shim(), "--norc")
    terminal.sees(PROMPT)
    terminal.types("exit 6")
    assert terminal.ends() == 6
    (hello,) = lab.asked
    assert (hello.request.mode.value, hello.request.text) == ("interactive", None)
    assert hello.terminal is True
