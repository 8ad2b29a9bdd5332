"""The real command on a real terminal: bar, panel, answers, and the terminal as it was."""

from __future__ import annotations

import re
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pyte
import pytest

from tests.conftest import Aileron

pytestmark = [pytest.mark.linux, pytest.mark.usefixtures("contained")]

ROWS, COLUMNS = 24, 80
ARMED = 1.0  # the panel's keys count a little after it opened; its countdown is on the screen


class Screen:
    """A person at a terminal of 24 rows: sees text, presses keys."""

    def __init__(self, child: pexpect.spawn[str], columns: int = COLUMNS) -> None:
        self.child = child
        self._screen = pyte.Screen(columns, ROWS)
        self._stream = pyte.Stream(self._screen)
        self.raw = ""

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def sees(self, pattern: str, seconds: float = 20) -> str:
        """Wait until the screen shows the pattern; the screen then."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"never saw {pattern!r}:\n{self.text}"
            self._read()
        return self.text

    def _read(self) -> None:
        try:
            got = self.child.read_nonblocking(65536, timeout=0.2)
        except pexpect.TIMEOUT:
            return
        except pexpect.EOF:
            got = ""
        self.raw += got
        # pyte prints what it does not know; the panel's keyboard modes are such.
        self._stream.feed(re.sub(r"\x1b\[[<>=][0-9;]*[a-z]", "", got))

    def press(self, keys: str) -> None:
        self.child.send(keys)

    def ends(self) -> int:
        deadline = time.monotonic() + 20
        while self.child.isalive():
            assert time.monotonic() < deadline, f"it did not end:\n{self.text}"
            self._read()
        self._read()
        self.child.close()
        assert self.child.exitstatus is not None
        return self.child.exitstatus


@contextmanager
def terminal(aileron: Aileron, *words: str, columns: int = COLUMNS) -> Iterator[Screen]:
    child = pexpect.spawn(
        aileron.argv()[0],
        [*aileron.argv()[1:], "launch", *words],
        cwd=str(aileron.project),
        env={**aileron.environment, "TERM": "xterm-256color"},
        dimensions=(ROWS, columns),
        encoding="utf-8",
        timeout=20,
    )
    try:
        yield Screen(child, columns)
    finally:
        child.close(force=True)


def armed(screen: Screen) -> None:
    """The panel is open and takes keys: its countdown has gone."""
    screen.sees("wants to run")
    screen.sees(r"o once")


ENDED = re.compile(r"code:\d")


def pushing(aileron: Aileron) -> tuple[str, str]:
    """An agent that pushes once and tells how that ended."""
    text = "#!/bin/sh\nbash -c 'git push origin dev'\necho code:$?\n"
    return "--", str(aileron.write("agent.sh", text, 0o755))


def test_the_bar_is_there_and_the_agent_has_one_row_less(aileron: Aileron) -> None:
    with terminal(aileron, "--", "bash", "-c", "stty size; echo ready; read x") as screen:
        text = screen.sees("ready")
        assert "23 80" in text
        bar = text.splitlines()[-1]
        assert "aileron" in bar
        assert "contained" in bar
        screen.press("\r")
        assert screen.ends() == 0


@pytest.mark.parametrize("key", ["d", "\x1b", "o", "s"])
def test_a_question_is_answered_by_its_keys(aileron: Aileron, key: str) -> None:
    """`o` and `s` run the command (it fails by itself: there is no remote), `d` and Esc do not."""
    with terminal(aileron, *pushing(aileron)) as screen:
        armed(screen)
        assert "git push origin dev" in screen.text
        assert "APPROVAL" in screen.text.splitlines()[-1]
        deadline = time.monotonic() + 15
        while not ENDED.search(screen.raw) and time.monotonic() < deadline:
            screen.press(key)
            try:
                screen.sees(ENDED.pattern, seconds=0.8)
            except AssertionError:
                continue
        if key in "os":
            assert "aileron: denied" not in screen.raw
            assert "code:126" not in screen.raw
        else:
            assert "code:126" in screen.raw
            assert "the person said no" in screen.raw
        screen.ends()


@pytest.mark.parametrize(
    "keys", ["\r", "y", " ", "1", "yes\r", "\x1b[200~o\x1b[201~", "\x1b[24;1R"]
)
def test_nothing_else_is_a_yes(aileron: Aileron, keys: str) -> None:
    """Enter, y, space, digits, pasted text and a terminal's replies leave the question open."""
    with terminal(aileron, *pushing(aileron)) as screen:
        armed(screen)
        opened = time.monotonic()
        while time.monotonic() < opened + 2 * ARMED:
            screen.press(keys)
            screen._read()
        assert "wants to run" in screen.text
        assert not ENDED.search(screen.raw)


def test_an_answer_for_the_session_is_not_asked_for_again(aileron: Aileron) -> None:
    twice = "for i in 1 2; do bash -c 'git push origin dev'; done; echo done"
    agent = aileron.write("agent.sh", f"#!/bin/sh\n{twice}\n", 0o755)
    with terminal(aileron, "--", str(agent)) as screen:
        armed(screen)
        deadline = time.monotonic() + 15
        while "wants to run" in screen.text and time.monotonic() < deadline:
            screen.press("s")
            try:
                screen.sees("done", seconds=0.8)
            except AssertionError:
                continue
        screen.sees("done")
        screen.ends()
    assert screen.raw.count("wants to run") >= 1
    shown = aileron("log", "--session", "last").stdout
    assert "2 commands: 2 ran" in shown


def test_the_terminal_is_as_it_was(aileron: Aileron, tmp_path: Path) -> None:
    """Settings, margins, cursor, keyboard and mouse modes, also when the agent left a mess."""
    mess = r"printf '\033[?1049h\033[?25l\033[?1000h\033[?2004h\033[3;9r'; stty raw -echo"
    with terminal(aileron, "--", "bash", "-c", mess) as screen:
        before = termios.tcgetattr(screen.child.fileno())
        deadline = time.monotonic() + 20
        while screen.child.isalive() and time.monotonic() < deadline:
            after = termios.tcgetattr(screen.child.fileno())
            screen._read()
        assert after[3] & (termios.ECHO | termios.ICANON) == before[3] & (
            termios.ECHO | termios.ICANON
        )
    for sequence in ("\x1b[?1049l", "\x1b[?25h", "\x1b[?1000l", "\x1b[?2004l", "\x1b[r"):
        assert sequence in screen.raw[-2000:], sequence


def test_a_terminal_of_three_rows_has_no_bar_and_works(aileron: Aileron) -> None:
    child = pexpect.spawn(
        aileron.argv()[0],
        [*aileron.argv()[1:], "launch", "--", "bash", "-c", "stty size; echo ok"],
        cwd=str(aileron.project),
        env={**aileron.environment, "TERM": "xterm-256color"},
        dimensions=(3, 80),
        encoding="utf-8",
        timeout=20,
    )
    child.expect("3 80")
    child.expect("ok")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
