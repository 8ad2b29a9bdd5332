"""Real programs in a real terminal: what passes, what is asked, and how it all ends."""

from __future__ import annotations

import hashlib
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.terminal.outer import Outer, kill

Start = Callable[..., Outer]

RESETS = [b"\x1b[?1000l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[r", b"\x1b[?25h", b"\x1b[0m"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a program in Aileron's terminal in a terminal of ours; closes it afterwards."""
    with ExitStack() as stack:

        def begin(*argv: str, **options: object) -> Outer:
            return stack.enter_context(Outer(argv, tmp_path, **options))  # type: ignore[arg-type]

        yield begin


def sh(script: str) -> tuple[str, str, str]:
    return ("sh", "-c", script)


def python(script: str) -> tuple[str, str, str]:
    return (sys.executable, "-c", script)


# -- what passes through ------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "status"),
    [("exit 0", 0), ("exit 37", 37), ("kill -KILL $$", 137), ("kill -TERM $$", 143)],
)
def test_the_childs_end_is_ours(start: Start, script: str, status: int) -> None:
    """Exit status and signal of the child pass through, and the settings are as before."""
    outer = start(*sh(f"echo hello; {script}"))
    assert outer.over() == f"{status} same=yes"
    assert "hello" in outer.rows
    assert all(sequence in outer.log for sequence in RESETS)
    assert not outer.shows("aileron")()


def test_the_bar_takes_one_row_and_covers_none(start: Start) -> None:
    """The child has a row less, the bar is at the bottom, and lines before it stay."""
    shell = "seq 40; {}; echo status=$? over"
    outer = start(*sh("stty size; read x"), shell=shell)
    outer.see("aileron · agent · shim · unproven")
    outer.see("23 80")
    assert outer.bar.endswith("[heron]")
    assert outer.rows[-3:-1] == ["23 80", ""] and outer.rows[-4] == "40"
    outer.started()
    outer.tell("bar", "3 seen")
    outer.see("3 seen")
    outer.type("\r")
    outer.over()


def test_the_child_starts_with_the_persons_settings(start: Start) -> None:
    """`stty` shows inside what it showed outside."""
    shell = "stty -echo intr ^G; {}; echo status=$? over"
    outer = start(*sh("stty -a; exit 5"), shell=shell)
    assert outer.over() == "5"
    assert b"intr = ^G" in outer.log and b"-echo " in outer.log


def test_a_new_size_reaches_the_child(start: Start) -> None:
    """The child hears of it and sees a row less than there is."""
    outer = start(*sh("trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done"))
    outer.see("ready")
    outer.resize(30, 100)
    outer.see("29 100")
    assert outer.over() == "0 same=yes"


ECHO_ALL = """
import hashlib, os, sys, tty
tty.setraw(0)
os.write(1, b"ready")
digest, left = hashlib.sha256(), int(sys.argv[1])
while left:
    data = os.read(0, left)
    left -= len(data)
    digest.update(data)
    os.write(1, data)
os.write(1, digest.hexdigest().encode())
"""


def test_a_megabyte_of_paste_arrives_whole(start: Start) -> None:
    """No byte of a large paste is lost, though the child echoes all of it."""
    body = (b"some text to paste \x1d " * 50_000)[:1_000_000]
    paste = b"\x1b[200~" + body + b"\x1b[201~"
    outer = start(*python(ECHO_ALL), str(len(paste)))
    outer.drawn = False
    outer.until(outer.logged(b"ready"))
    outer.type(paste)
    assert outer.over() == "0 same=yes"
    assert hashlib.sha256(paste).hexdigest().encode() in outer.log


def test_a_flood_of_output_arrives_whole_and_in_order(start: Start) -> None:
    """Five megabytes pass, the last line with them."""
    outer = start(*sh("seq 700000"))
    outer.drawn = False
    assert outer.over() == "0 same=yes"
    lines = re.sub(rb"\x1b[^\r]*?\x1b8", b"", bytes(outer.log)).split(b"\r\n")
    assert [int(line) for line in lines if line.isdigit()][-1] == 700000


def test_signals_that_python_ignores_are_not_ignored_inside(start: Start) -> None:
    """A closed pipe ends a program, as it does outside."""
    outer = start(*sh("kill -PIPE $$; echo alive"))
    assert outer.over() == "141 same=yes"


def test_the_child_has_a_terminal_of_its_own(start: Start) -> None:
    """/dev/tty works inside, and Ctrl-C reaches the child through it."""
    outer = start(*sh("trap 'echo interrupted; exit 3' INT; echo ready >/dev/tty; read x"))
    outer.see("ready")
    outer.type("\x03")
    assert outer.over() == "3 same=yes"
    assert outer.shows("interrupted")()


# -- ends -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_to_aileron_end_the_child_and_restore_the_terminal(
    start: Start, number: signal.Signals
) -> None:
    """The child gets the signal; the terminal is as it was."""
    modes = r"printf '\033[?1049h\033[?1000h\033[?2004h\033[?25lready'"
    outer = start(*sh(f"{modes}; exec sleep 100"))
    pid, _ = outer.started()
    outer.see("ready")
    kill(pid, number)
    assert outer.over() == f"{128 + number} same=yes"
    assert outer.hear() == ["ended", None, number, number]
    end = bytes(outer.log)[outer.log.rindex(b"ready") :]
    assert b"\x1b[?1049l" in end and all(sequence in end for sequence in RESETS)


def test_a_child_that_does_not_listen_is_killed(start: Start) -> None:
    """After some seconds a child that ignores the signal is killed."""
    outer = start(*sh("trap '' TERM HUP; echo ready; while :; do sleep 0.1; done"))
    pid, _ = outer.started()
    outer.see("ready")
    kill(pid, signal.SIGTERM)
    assert outer.over() == "137 same=yes"


def test_a_killed_child_leaves_the_terminal_whole(start: Start) -> None:
    """Also when the child dies in the middle of a sequence."""
    outer = start(*sh(r"printf '\033[?1003h\033[44mready\033]0;half a ti'; exec sleep 100"))
    _, child = outer.started()
    outer.see("ready")
    kill(child, signal.SIGKILL)
    assert outer.over() == "137 same=yes"
    assert b"half a ti" not in outer.log


def test_a_closed_window_hangs_up_the_child_and_denies(start: Start, tmp_path: Path) -> None:
    """When the terminal goes, the child gets a HUP and the question its no."""
    gone = tmp_path / "gone"
    outer = start(*sh(f"trap 'touch {gone}; exit 0' HUP; echo ready; while :; do sleep 0.05; done"))
    outer.started()
    outer.see("ready")
    outer.tell("ask", "1", "rm -rf x")
    outer.see("APPROVAL")
    outer.hang_up()
    assert outer.hear() == ["1", False, "once", "none", ""]
    outer.until(gone.exists)
    assert outer.hear() == ["ended", 0, None, signal.SIGHUP]


def test_what_cannot_be_started_says_why(start: Start) -> None:
    """No such program, or no such folder: a message, and the terminal untouched."""
    outer = start("/no/such/program")
    assert outer.over() == "1 same=yes"
    assert outer.shows("aileron: cannot start /no/such/program: no such file or directory")()
    assert b"\x1b" not in outer.log


def test_a_folder_that_is_gone_says_so(start: Start) -> None:
    """The folder to start in is named, not the program."""
    outer = start("true", environment={"CHILD_CWD": "/no/such/folder"})
    assert outer.over() == "1 same=yes"
    assert outer.shows("aileron: cannot start /no/such/folder: no such file")()


# -- stop and go ------------------------------------------------------------------------


def test_a_child_that_stops_itself_where_nobody_could_wake_it_goes_on(start: Start) -> None:
    """Without job control outside there is nothing to stop for."""
    outer = start(*sh("kill -STOP $$; echo went on"))
    assert outer.over() == "0 same=yes"
    assert outer.shows("went on")()


def test_stopped_and_continued_by_a_shell(start: Start) -> None:
    """TSTP gives the terminal back to the shell, `fg` takes it again."""
    shell = "set -m; before=$(stty -g); {}; test $before = $(stty -g) && echo clean; fg"
    shell += "; echo status=$? over"
    outer = start(*sh("echo ready; read x; echo got $x"), shell=shell)
    pid, _ = outer.started()
    outer.see("ready")
    kill(pid, signal.SIGTSTP)
    outer.see("clean")
    outer.see("aileron · agent")
    outer.type("line\r")
    outer.see("got line")
    assert outer.over() == "0"


STOPS = """
import os, signal, termios, tty
before = termios.tcgetattr(0)
tty.setraw(0)
os.write(1, b"ready")
os.read(0, 1)
termios.tcsetattr(0, termios.TCSANOW, before)
signal.signal(signal.SIGCONT, lambda *_: print("went on", flush=True))
os.kill(0, signal.SIGTSTP)
signal.pause()
input()
"""


def test_a_child_that_stops_itself_on_a_key_gives_the_terminal_to_the_shell(start: Start) -> None:
    """Its own stop would reach nobody: Aileron stops for it, and wakes it."""
    shell = "set -m; {}; echo stopped; fg; echo status=$? over"
    outer = start(*python(STOPS), shell=shell)
    outer.see("ready")
    outer.type("\x1a")
    outer.see("stopped")
    outer.see("went on")
    outer.see("aileron · agent")
    outer.type("\r")
    assert outer.over() == "0"


# -- questions ----------------------------------------------------------------------------

ECHO = 'stty -echo; echo ready; while read x; do echo "got <$x>"; done'


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("o", [True, "once", "terminal", ""]),
        ("s", [True, "session", "terminal", ""]),
        ("d", [False, "once", "terminal", ""]),
        ("\x1b", [False, "once", "terminal", ""]),
    ],
)
def test_a_question_is_answered_by_a_key(start: Start, keys: str, answer: list[object]) -> None:
    """The panel covers the screen, the key answers and does not reach the child."""
    outer = start(*sh(ECHO))
    outer.started()
    outer.see("ready")
    before = outer.rows[:-1]
    outer.tell("ask", "7", "git push --force")
    outer.see("git push --force")
    assert outer.bar.startswith(" *** APPROVAL 1 waiting ***") and outer.bar.endswith("[heron]")
    outer.answer(keys)
    assert outer.hear() == ["7", *answer]
    outer.see("aileron · agent")
    assert b"\x1b[?1049h" in outer.log and b"\x1b[?1049l" in outer.log
    assert bytes(outer.log).count(b"\x07") == 1
    outer.type("line\r")
    outer.see("got <line>")
    assert before[0] == "ready"


def test_a_refusal_with_a_note(start: Start) -> None:
    """The note's letters answer nothing, and the note goes with the no."""
    outer = start(*sh(ECHO))
    outer.started()
    outer.tell("ask", "1", "make")
    outer.answer("n")
    outer.see("note: _")
    outer.type("so not")
    outer.see("note: so not_")
    outer.type("\r")
    assert outer.hear() == ["1", False, "once", "terminal", "so not"]


def test_what_was_typed_ahead_answers_nothing(start: Start) -> None:
    """Keys before the panel takes them neither answer nor reach the child."""
    outer = start(*sh(ECHO))
    outer.started()
    outer.see("ready")
    outer.tell("ask", "1", "make")
    outer.see("keys count in")
    outer.type("o")
    outer.answer("\r y1\x1b[200~o\x1b[201~\x1b[<0;5;5M")
    outer.see("keys count in")  # a burst: the silence starts again
    outer.answer("d")
    assert outer.hear() == ["1", False, "once", "terminal", ""]
    outer.see("aileron · agent")
    outer.type("line\r")
    outer.see("got <line>")


def test_questions_wait_for_each_other(start: Start) -> None:
    """One at a time, in order, each with its own countdown; the bar counts them."""
    outer = start(*sh(ECHO))
    outer.started()
    outer.tell("ask", "1", "first command")
    outer.tell("ask", "2", "second command")
    outer.see("1 more waiting")
    assert "APPROVAL 2 waiting" in outer.bar
    outer.answer("o")
    assert outer.hear() == ["1", True, "once", "terminal", ""]
    outer.see("second command")
    outer.see("keys count in")
    outer.answer("d")
    assert outer.hear() == ["2", False, "once", "terminal", ""]
    outer.see("aileron · agent")


def test_a_question_can_be_taken_back(start: Start) -> None:
    """A withdrawn question disappears; the next one is not answered for it."""
    outer = start(*sh(ECHO))
    outer.started()
    outer.see("ready")
    outer.tell("ask", "1", "first command")
    outer.tell("ask", "2", "second command")
    outer.see("first command")
    outer.see("without an answer")
    outer.tell("withdraw", "1")
    outer.see("second command")
    outer.see("keys count in")
    outer.tell("withdraw", "2")
    outer.see_gone("second command")
    outer.see("aileron · agent")
    outer.tell("bar", "done")
    outer.see("done")


def test_time_is_a_no(start: Start) -> None:
    """Nobody answers, and that is the answer."""
    outer = start(*sh(ECHO))
    outer.started()
    outer.tell("ask", "1", "make", 0.3)
    assert outer.hear() == ["1", False, "once", "none", ""]
    outer.see("aileron · agent")


def test_the_childs_end_is_a_no(start: Start) -> None:
    """A question that is open when the child ends is answered, and the terminal restored."""
    outer = start(*sh("read x; exit 4"))
    _, child = outer.started()
    outer.tell("ask", "1", "make")
    outer.see("APPROVAL")
    kill(child, signal.SIGKILL)
    assert outer.hear() == ["1", False, "once", "none", ""]
    assert outer.over() == "137 same=yes"


def test_output_during_a_question_comes_afterwards(start: Start, tmp_path: Path) -> None:
    """The panel is not drawn over, and no output is lost."""
    go = tmp_path / "go"
    wait = f"while ! test -e {go}; do sleep 0.02; done"
    outer = start(
        *sh(f"stty -echo; echo ready; {wait}; seq 1000 1030; echo last; touch {go}ne; read x")
    )
    outer.started()
    outer.see("ready")
    outer.tell("ask", "1", "make")
    outer.see("APPROVAL")
    go.touch()
    outer.until(Path(f"{go}ne").exists)
    outer.see("without an answer")
    assert b"1030" not in outer.log
    outer.type("o")
    outer.see("last")
    shown = [row for row in outer.rows if row.isdigit()]
    assert shown == [str(n) for n in range(1031 - len(shown), 1031)]
    assert "aileron · agent" in outer.bar


def test_a_flood_during_a_question_waits(start: Start) -> None:
    """More output than is kept stops the child, not the panel."""
    outer = start(*sh("echo ready; read x; seq 2000000; echo all; sleep 100"))
    outer.started()
    outer.see("ready")
    outer.drawn = False
    outer.type("\r")
    outer.until(outer.logged(b"\r\n10000\r\n"))
    outer.tell("ask", "1", "make")
    outer.until(outer.logged(b"without an answer"))
    outer.type("d")
    assert outer.hear() == ["1", False, "once", "terminal", ""]
    outer.until(outer.logged(b"all\r\n"))
    assert b"2000000\r\n" in outer.log


def test_a_child_that_dies_in_such_a_flood_is_over(start: Start) -> None:
    """Output that waits for the panel does not keep the session alive."""
    outer = start("yes")
    _, child = outer.started()
    outer.drawn = False
    outer.tell("ask", "1", "make")
    outer.until(outer.logged(b"without an answer"))
    kill(child, signal.SIGKILL)
    assert outer.hear() == ["1", False, "once", "none", ""]
    assert outer.over() == "137 same=yes"


def test_a_closed_window_in_such_a_flood_is_over_too(start: Start) -> None:
    """Nobody is left to show it to, and nothing waits for that."""
    outer = start("yes")
    outer.started()
    outer.drawn = False
    outer.tell("ask", "1", "make")
    outer.until(outer.logged(b"without an answer"))
    outer.hang_up()
    assert outer.hear() == ["1", False, "once", "none", ""]
    assert outer.hear() == ["ended", None, signal.SIGHUP, signal.SIGHUP]


REPAINTS = r"trap 'stty size >>sizes' WINCH; printf '\033[?1049h\033[2Jfull screen'; "


def test_a_child_on_the_alternate_screen_is_made_to_repaint(start: Start, tmp_path: Path) -> None:
    """It sees its size really change, and then be what it was."""
    loop = "while :; do sleep 0.05; done"
    outer = start(*sh(f"cd {tmp_path}; {REPAINTS} {loop}"))
    outer.started()
    outer.see("full screen")
    outer.tell("ask", "1", "make")
    outer.answer("d")
    sizes = tmp_path / "sizes"
    outer.until(lambda: sizes.exists() and sizes.read_text().endswith("23 80\n"))
    assert sizes.read_text().splitlines()[0] == "22 80"


def test_the_childs_modes_come_back(start: Start) -> None:
    """Mouse and paste modes are off while the panel is open, and on again afterwards."""
    modes = r"printf '\033[?1002h\033[?1006h\033[?2004h\033[?25l'"
    outer = start(*sh(f"{modes}; echo ready; read x"))
    outer.started()
    outer.see("ready")
    outer.tell("ask", "1", "make")
    outer.answer("d")
    outer.see("aileron · agent")
    opened, closed = bytes(outer.log).split(b"\x1b[?1049h", 1)[1].split(b"\x1b[?1049l", 1)
    assert b"\x1b[?1002l" in opened and b"\x1b[?2004h" in opened
    assert b"\x1b[?1002h" in closed and b"\x1b[?2004h" in closed and b"\x1b[?1004l" in closed
    assert b"\x1b[?25h" not in closed


def test_a_new_size_during_a_question(start: Start) -> None:
    """The panel follows at once, the child hears of it."""
    outer = start(
        *sh("trap 'echo now $(stty size)' WINCH; echo ready; while :; do sleep 0.05; done")
    )
    outer.started()
    outer.see("ready")
    outer.tell("ask", "1", "make")
    outer.see("APPROVAL")
    outer.resize(16, 60)
    outer.until(lambda: outer.bar.startswith(" *** APPROVAL"))
    outer.answer("d")
    outer.see("now 15 60")
    outer.until(lambda: "aileron" in outer.bar)


# -- terminals that can do less ----------------------------------------------------------


@pytest.mark.parametrize(("rows", "columns"), [(3, 80), (24, 19)])
def test_a_tiny_terminal_has_no_bar_and_all_else(start: Start, rows: int, columns: int) -> None:
    """The child has every row, and questions can still be answered."""
    outer = start(*sh("stty size; read x"), rows=rows, columns=columns)
    outer.started()
    outer.see(f"{rows} {columns}")
    assert not outer.shows("aileron")()
    outer.tell("ask", "1", "ls")
    outer.see("APPROVAL")
    outer.see("keys count in")
    outer.see_gone("keys count in")
    outer.see("once")
    outer.type("d")
    assert outer.hear()[:2] == ["1", False]
    outer.type("\r")
    assert outer.over() == "0 same=yes"


def test_a_terminal_that_grows_gets_its_bar(start: Start) -> None:
    """And loses it when it shrinks."""
    outer = start(*sh("trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done"), rows=3)
    outer.see("ready")
    outer.resize(10, 80)
    outer.see("9 80")
    outer.see("aileron · agent")
    outer.resize(3, 80)
    outer.see("3 80")
    outer.see_gone("aileron · agent")


def test_a_dumb_terminal_gets_no_escape_sequence(start: Start) -> None:
    """Everything in plain lines, the question too."""
    outer = start(*sh("stty size; read x; exit 2"), environment={"TERM": "dumb"})
    outer.started()
    outer.see("24 80")
    outer.tell("ask", "1", "git push")
    outer.answer("d")
    assert outer.hear() == ["1", False, "once", "terminal", ""]
    outer.type("\r")
    assert outer.over() == "2 same=yes"
    assert b"\x1b" not in outer.log and b"| git push" not in outer.log
    assert "│ git push".encode() in outer.log


def test_without_colour(start: Start) -> None:
    """NO_COLOR leaves bold and reverse, and no colour."""
    outer = start(*sh("read x"), environment={"NO_COLOR": "1", "LC_ALL": "C"})
    outer.started()
    outer.see("aileron | agent | shim")
    outer.tell("ask", "1", "git push")
    outer.answer("d")
    outer.see("aileron | agent")
    assert not re.search(rb"\x1b\[[0-9;]*(?:3[0-9]|4[0-9])[;m]", bytes(outer.log))
    assert outer.log.isascii()
