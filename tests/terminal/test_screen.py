"""What is put on the terminal, with a clock of the test's own and no terminal at all."""

from __future__ import annotations

import pytest

from aileron.model import Resolution
from aileron.terminal.bar import Bar
from aileron.terminal.panel import Prompt
from aileron.terminal.screen import OUTPUT_LIMIT, Look, Screen, child_size, look
from aileron.terminal.tracked import Size

WHOLE = Size(24, 80, 640, 384)
MAIN, PANEL = b"\x1b[?1049l", b"\x1b[?1049h"


class Played:
    """A screen, the answers it gave, and time that passes when told to."""

    def __init__(self, whole: Size = WHOLE, how: Look | None = None) -> None:
        self.now = 100.0
        self.state = "unproven"
        self.answers: list[tuple[str, Resolution]] = []
        self.screen = Screen(whole, how or Look(), self.bar)
        self.screen.enter()
        self.output()

    def bar(self) -> Bar:
        return Bar(agent="agent", tier="shim", state=self.state, secret="heron")

    def output(self) -> bytes:
        """What has reached the terminal since the last call."""
        data = bytes(self.screen.output)
        self.screen.output.clear()
        return data

    def input(self) -> bytes:
        data = bytes(self.screen.input)
        self.screen.input.clear()
        return data

    def ask(self, name: str, expires: float = 600.0) -> None:
        prompt = Prompt(
            id=name,
            command=name,
            cwd="/",
            reason="",
            rule="r",
            agent="agent",
            expires_at=self.now + expires,
        )
        self.screen.ask(prompt, lambda answer: self.answers.append((name, answer)), self.now)

    def write(self, data: bytes) -> bytes:
        self.screen.from_child(data, self.now)
        return self.output()

    def type(self, data: bytes) -> None:
        self.screen.from_person(data, self.now)

    def wait(self, seconds: float) -> None:
        """Lets time pass, doing what becomes due when it does."""
        until = self.now + seconds
        while self.screen.due and min(self.screen.due.values()) <= until:
            self.now = max(self.now, min(self.screen.due.values()))
            self.screen.elapse(self.now)
        self.now = until


def test_the_child_has_all_rows_but_one() -> None:
    """In pixels too, where the terminal knows them."""
    assert child_size(WHOLE, Look()) == Size(23, 80, 640, 368)


@pytest.mark.parametrize("whole", [Size(3, 80), Size(24, 19)])
def test_small_terminals_are_the_childs_alone(whole: Size) -> None:
    """Below four rows or twenty columns there is no bar."""
    assert child_size(whole, Look()) == whole
    assert b"aileron" not in Played(whole).write(b"\x1b[2J")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-256color", "LANG": "en_US.UTF-8"}, Look()),
        ({"TERM": "xterm", "LANG": "en_US.UTF-8", "LC_ALL": "C"}, Look(ascii_only=True)),
        ({"TERM": "xterm", "LC_CTYPE": "C.utf8", "NO_COLOR": "1"}, Look(colour=False)),
        ({"TERM": "screen", "LANG": "C.UTF-8"}, Look(keeps_main=False)),
        ({"TERM": "dumb", "LANG": "C.UTF-8"}, Look(dumb=True, colour=False)),
        ({}, Look(dumb=True, colour=False, ascii_only=True)),
    ],
)
def test_what_a_terminal_can_show(environment: dict[str, str], expected: Look) -> None:
    """By its name, the locale and NO_COLOR."""
    assert look(environment) == expected


def test_nothing_is_drawn_while_nothing_changes() -> None:
    """Text that cannot touch the bar passes alone, and an idle screen has nothing to do."""
    played = Played()
    assert played.write(b"hello\r\n\x1b[1mbold") == b"hello\r\n\x1b[1mbold"
    played.screen.refresh(played.now)
    assert played.output() == b""
    assert not played.screen.due


def test_the_bar_follows_in_the_same_write() -> None:
    """What erases the bar and the bar itself go out together."""
    out = Played().write(b"\x1b[2J")
    assert out.startswith(b"\x1b[2J\x1b7") and b"aileron" in out


def test_new_words_on_the_bar() -> None:
    """It is drawn again when it has something else to say."""
    played = Played()
    played.state = "1 seen"
    played.screen.refresh(played.now)
    assert b"1 seen" in played.output()


def test_the_bar_waits_for_a_saved_cursor() -> None:
    """For a moment only, and not between a save and a restore in one go."""
    played = Played()
    assert b"aileron" not in played.write(b"\x1b7")
    assert b"aileron" not in played.write(b"\x1b[2J")
    assert played.write(b"\x1b8").startswith(b"\x1b8\x1b7")
    played.write(b"\x1b7\x1b[2J")
    played.wait(0.2)
    assert b"aileron" in played.output()


def test_a_question_waits_for_the_end_of_a_paste() -> None:
    """The paste reaches the child whole, then the panel opens."""
    played = Played()
    played.type(b"\x1b[200~first ")
    played.ask("rm x")
    assert PANEL not in played.output()
    played.type(b"second\x1b[201~")
    assert PANEL in played.output()
    assert played.input() == b"\x1b[200~first second\x1b[201~"


def test_a_question_does_not_wait_for_ever() -> None:
    """A paste without an end is ended for the child, and answers nothing itself."""
    played = Played()
    played.type(b"\x1b[200~first ")
    played.ask("rm x")
    played.wait(5.0)
    assert PANEL in played.output()
    played.type(b"o")
    played.type(b"\x1b[201~")
    played.wait(1.0)
    assert played.input() == b"\x1b[200~first \x1b[201~"
    assert played.answers == []
    played.type(b"o")
    assert played.answers == [("rm x", Resolution(approved=True, channel="terminal"))]


def test_answers_to_the_childs_questions_still_reach_it() -> None:
    """A report that arrives while the panel is open is the child's; keys are not."""
    played = Played()
    played.ask("rm x")
    played.type(b"\x1b[?62;4cxyz\x1b[<0;5;5M")
    assert played.input() == b"\x1b[?62;4c"


def test_escape_alone_denies() -> None:
    """Once it is clear that nothing follows."""
    played = Played()
    played.ask("rm x")
    played.wait(1.0)
    played.type(b"\x1b")
    assert played.answers == []
    played.wait(0.1)
    assert played.answers == [("rm x", Resolution(approved=False, channel="terminal"))]


def test_a_question_that_is_asked_once_more_is_the_same_question() -> None:
    """It keeps its place in the queue, and its one answer goes to the last who asked."""
    played = Played()
    for name in ("rm x", "rm y", "rm x", "rm y"):
        played.ask(name)
    played.wait(1.0)
    played.type(b"o")
    played.wait(1.0)
    played.type(b"d")
    played.wait(1.0)
    assert [(name, answer.approved) for name, answer in played.answers] == [
        ("rm x", True),
        ("rm y", False),
    ]
    assert not played.screen.asking


def test_time_denies_one_after_the_other() -> None:
    """Each question has its own end, also while it still waits for its turn."""
    played = Played()
    played.ask("first", expires=5.0)
    played.ask("second", expires=8.0)
    played.ask("third", expires=4.0)
    played.wait(6.0)
    assert [name for name, _ in played.answers] == ["first"]
    played.wait(6.0)
    assert [name for name, _ in played.answers] == ["first", "second", "third"]
    assert not any(answer.approved for _, answer in played.answers)
    assert MAIN in played.output()


def test_what_the_child_wrote_meanwhile_comes_in_order() -> None:
    """Kept while the panel is open, passed on before anything newer."""
    played = Played()
    played.ask("rm x")
    played.output()
    body = b"".join(b"line %06d\r\n" % n for n in range(30_000))
    for at in range(0, len(body), 10_000):
        assert played.write(body[at : at + 10_000]) == b""
    played.wait(1.0)
    played.type(b"d")
    out = played.output()
    while played.screen.kept:
        assert len(out) < len(body)
        out += played.write(b"")
        played.wait(0.1)
        out += played.output()
    out += played.write(b"after")
    assert out.split(MAIN, 1)[1].split(b"\x1b[K\x1b8")[-1] == body + b"after"


def test_a_terminal_that_takes_nothing_is_not_written_to_for_ever() -> None:
    """An open panel stops drawing when its output does not leave."""
    played = Played()
    played.ask("rm x")
    played.screen.output += b"x" * OUTPUT_LIMIT
    size = len(played.screen.output)
    played.wait(60.0)
    assert len(played.screen.output) == size


def test_only_a_child_whose_screen_was_lost_must_repaint() -> None:
    """On the main screen the terminal kept it, on the alternate one it is gone."""
    played = Played()
    played.ask("rm x")
    played.wait(1.0)
    played.type(b"d")
    assert not played.screen.repaint
    played.write(b"\x1b[?1049h")
    played.ask("rm y")
    played.wait(1.0)
    played.type(b"d")
    assert played.screen.repaint


def test_leaving_puts_back_what_the_child_has_set() -> None:
    """Only what was set is reset where resetting it could do harm."""
    played = Played()
    played.write(b"\x1b[?1049h\x1b[>1u\x1b[>4;2m\x1b[5 q\x1b]8;;http://x/\x1b\\")
    played.screen.leave()
    out = played.output()
    for reset in (b"\x1b[?1049l", b"\x1b[<99u", b"\x1b[>4;0m", b"\x1b[0 q", b"\x1b]8;;\x1b\\"):
        assert reset in out
    quiet = Played()
    quiet.screen.leave()
    out = quiet.output()
    for reset in (b"\x1b[?1049l", b"u", b"\x1b[>4;0m", b" q", b"\x1b]8", b"\x1b[?6l"):
        assert reset not in out


def test_going_on_after_a_pause_sets_it_again() -> None:
    """Modes, screen and keyboard flags of the child, then the bar."""
    played = Played()
    played.write(b"\x1b[?1049h\x1b[?1002h\x1b[?25l\x1b[>1u")
    played.screen.leave()
    played.output()
    played.screen.resume(played.now)
    out = played.output()
    for again in (b"\x1b[?1049h", b"\x1b[?1002h", b"\x1b[?25l", b"\x1b[>1u", b"aileron"):
        assert again in out
    assert played.screen.repaint


def test_a_question_outlives_a_pause() -> None:
    """It is asked again, from the beginning."""
    played = Played()
    played.ask("rm x")
    played.wait(1.0)
    played.screen.leave()
    assert not played.screen.asking
    played.screen.resume(played.now)
    assert played.screen.asking
    played.type(b"o")
    assert played.answers == []


def test_the_end_denies_what_is_open_and_shows_what_was_kept() -> None:
    """Nothing is lost and nothing is allowed."""
    played = Played()
    played.ask("first")
    played.ask("second")
    played.write(b"last words")
    played.screen.finish(played.now)
    assert b"last words" in played.output()
    assert [name for name, _ in played.answers] == ["first", "second"]
    assert {answer.channel for _, answer in played.answers} == {"none"}
