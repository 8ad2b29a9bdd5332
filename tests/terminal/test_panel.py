"""The approval panel: what it shows, and which keys answer."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.model import Resolution
from aileron.terminal.keys import Keys
from aileron.terminal.panel import (
    PanelState,
    Prompt,
    Written,
    key,
    opened,
    render,
    renewed,
    tick,
    wait_left,
)
from aileron.terminal.visible import paint, width

PROMPT = Prompt(
    id="1",
    command="cd src &&\ngit push --force origin main",
    marked_part="git push --force origin main",
    cwd="/home/me/project",
    reason="rewrites what others have",
    rule="git-push-force",
    place="git.yaml:12",
    agent="codex",
    expires_at=600.0,
)
OPENED = PanelState(opened_at=0.0)
ARMED = 1.0  # a moment at which keys count

ONCE = Resolution(approved=True, channel="terminal", scope="once")
SESSION = Resolution(approved=True, channel="terminal", scope="session")
DENY = Resolution(approved=False, channel="terminal")


def press(
    sent: str, *, state: PanelState = OPENED, now: float = ARMED
) -> tuple[PanelState, Resolution | None]:
    """One read of these bytes (ESC is ^), with the time for a lone ESC, after a tick."""
    keys = Keys()
    tokens = keys.feed(sent.replace("^", "\x1b").encode()) + keys.flush()
    return key(tick(state, now), tokens, now)


@pytest.mark.parametrize(
    ("sent", "answer"),
    [("o", ONCE), ("s", SESSION), ("d", DENY), ("^", DENY), ("^[27u", DENY), ("^[111u", ONCE)],
)
def test_answers(sent: str, answer: Resolution) -> None:
    """The keys that answer, also in the encodings of newer terminals."""
    assert press(sent)[1] == answer


MEANS_NOTHING = {
    "enter": "\r",
    "y": "y",
    "Y": "Y",
    "space": " ",
    "one": "1",
    "capital": "O",
    "a": "a",
    "m": "m",
    "ctrl-o": "\x0f",
    "alt-o": "^o",
    "held key": "^[111;1:2u",
    "key let go": "^[111;1:3u",
    "cursor position": "^[24;80R",
    "device attributes": "^[?62;4c",
    "colour": "^]11;rgb:0/0/0\x07",
    "mouse": "^[<0;5;5M",
    "old mouse": "^[M ooo"[:-1],
    "paste": "^[200~o^[201~",
    "paste of escape": "^[200~^^[201~",
    "burst": "oo",
    "burst with enter": "o\r",
    "pasted line": "open the file\r",
    "focus": "^[I",
}


@pytest.mark.parametrize("case", MEANS_NOTHING)
def test_everything_else_does_not_answer(case: str) -> None:
    """What agents teach people to press, and all that is not a key press, is no answer."""
    assert press(MEANS_NOTHING[case])[1] is None


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=12))
def test_only_o_and_s_say_yes(sent: bytes) -> None:
    """Of all that one read can bring, only these two keys alone, in whichever encoding."""
    keys = Keys()
    tokens = keys.feed(sent) + keys.flush()
    _, answer = key(tick(OPENED, ARMED), tokens, ARMED)
    if answer is not None and answer.approved:
        pressed = [t for t in tokens if t.kind.value in ("text", "key")]
        assert [t.name for t in pressed] in (["o"], ["s"])


@pytest.mark.parametrize("sent", ["o", "s", "d", "^", "n"])
def test_what_was_typed_before_the_panel_is_discarded(sent: str) -> None:
    """For 700 ms no key counts."""
    state, answer = press(sent, now=0.69)
    assert answer is None
    assert state.note is None
    assert press(sent, now=0.71) != (tick(OPENED, 0.71), None)


def test_what_was_typed_early_and_read_late_is_discarded() -> None:
    """However late it is: a key counts only once the panel has said that it does."""
    tokens = Keys().feed(b"o")
    assert key(OPENED, tokens, 100.0)[1] is None
    assert key(tick(OPENED, 100.0), tokens, 100.0)[1] == ONCE


def test_typing_on_keeps_the_panel_waiting() -> None:
    """A key counts only after 150 ms without one."""
    state, now = OPENED, 0.6
    for _ in range(20):
        state, answer = press("o", state=state, now=now)
        assert answer is None
        now += 0.1
    assert press("o", state=state, now=now + 0.1)[1] == ONCE


def test_a_paste_starts_the_silence_again() -> None:
    """The end of a paste that came without its marks cannot answer."""
    state, _ = press("some pasted text with o", now=1.0)
    assert press("o", state=state, now=1.1)[1] is None
    state, _ = press("^[200~xo^[201~", now=1.0)
    assert press("o", state=state, now=1.1)[1] is None


def test_without_focus_no_key_counts() -> None:
    """Losing the focus disarms; getting it back starts the 700 ms again."""
    state, _ = press("^[O")
    assert wait_left(state, 100.0) == float("inf")
    assert press("o", state=state, now=100.0)[1] is None
    state, _ = press("^[I", state=state, now=200.0)
    assert press("o", state=state, now=200.6)[1] is None
    assert press("o", state=replace(state), now=200.8)[1] == ONCE


def test_focus_that_was_never_lost_changes_nothing() -> None:
    """Terminals that report the focus at once do not start the clock again."""
    state, _ = press("^[I", now=5.0)
    assert state == tick(OPENED, 5.0)


def test_a_note_for_the_agent() -> None:
    """`n` opens a line; Enter refuses with it, Esc goes back, and its letters answer nothing."""
    state, answer = press("n")
    assert answer is None
    for sent in ("use a branch", "\x7f\x7f", "h", "^[200~pasted^[201~"):
        state, answer = press(sent, state=state, now=2.0)
        assert answer is None
    state, _ = press("^", state=state, now=3.0)
    assert state.note is None
    state, _ = press("n", state=state, now=4.0)
    for sent in ("o", "s use a branchx", "\x7f"):
        state, answer = press(sent, state=state, now=4.0)
        assert answer is None
    answer = press("\r", state=state, now=4.0)[1]
    assert answer == replace(DENY, note="os use a branch")


def shown(
    prompt: Prompt = PROMPT,
    state: PanelState = OPENED,
    *,
    rows: int = 23,
    columns: int = 80,
    now: float = ARMED,
    behind: int = 0,
    ascii_only: bool = False,
) -> list[str]:
    view = render(
        prompt,
        tick(state, now),
        now,
        rows=rows,
        columns=columns,
        secret="heron",
        behind=behind,
        ascii_only=ascii_only,
    )
    return ["".join(part for part, _ in line).rstrip() for line in view.lines]


def test_it_shows_all_that_a_person_needs() -> None:
    """Command, the part that asked, place, reason, rule, keys, time, queue, secret word."""
    lines = shown(behind=2)
    assert lines[0].startswith(" APPROVAL  codex wants to run") and lines[0].endswith("[heron]")
    assert lines[1:3] == ["│ cd src &&", "│ git push --force origin main"]
    assert "  asks git push --force origin main" in lines
    assert "    in /home/me/project" in lines
    assert "   why rewrites what others have" in lines
    assert "  rule git-push-force (git.yaml:12)" in lines
    assert lines[-3] == "o once   s this session   d deny   n deny with a note   m more"
    assert lines[-2] == "without an answer: denied in 9:59"
    assert lines[-1] == "2 more waiting after this"


def test_the_part_that_asked_is_marked() -> None:
    """The part stands out inside the command, in colour and without."""
    view = render(PROMPT, OPENED, ARMED, rows=23, columns=80)
    assert view.lines[2] == (("│ ", "dim"), ("git push --force origin main", "mark"))
    assert "\x1b[0;1;4mgit push" in paint(view.lines[2], colour=False)


def test_a_command_that_could_not_be_read_says_why() -> None:
    """The reason stands beside the command."""
    lines = shown(replace(PROMPT, why_unread="a here-document is not closed"))
    assert "unread could not be read: a here-document is not closed" in lines


def test_a_reason_is_broken_at_spaces() -> None:
    """So that it can be read; a word that fills the row by itself is cut."""
    lines = shown(replace(PROMPT, reason="it sends what was written " + "x" * 30), columns=40)
    at = lines.index("   why it sends what was written")
    assert lines[at + 1] == " " * 7 + "x" * 30
    lines = shown(replace(PROMPT, reason="y" * 50), columns=40)
    at = lines.index("   why " + "y" * 32)
    assert lines[at + 1] == " " * 7 + "y" * 18


def test_the_countdown_is_seen() -> None:
    """Until keys count the panel says for how long they do not."""
    assert shown(now=0.2)[-1] == "keys count in 0.5 s"
    assert "no focus" in shown(state=replace(OPENED, focused=False))[-1]


HERE = Written(
    lines=("  - command: git push --force origin main", "    working_dir: ~/project"),
    file="/home/me/.aileron/settings.yaml",
    line=12,
    reach="exactly these words, in any folder of ~/project",
    digest="here",
)
THERE = replace(HERE, lines=("  - git push --force origin main",), digest="there")
ALWAYS = replace(PROMPT, always=(HERE, THERE))
CAN = opened(ALWAYS, 0.0)


def test_always_shows_what_it_would_write_and_a_second_key_writes_it() -> None:
    """Lines, file, line and reach are on the screen before the key that says yes."""
    assert "a always" in "\n".join(shown(ALWAYS, CAN))
    state, answer = press("a", state=CAN, now=1.0)
    assert answer is None
    lines = shown(ALWAYS, state, now=2.0)
    assert lines[1:6] == [
        "for always, into /home/me/.aileron/settings.yaml, from line 12 on:",
        "│   - command: git push --force origin main",
        "│     working_dir: ~/project",
        "",
        "allows exactly these words, in any folder of ~/project",
    ]
    assert lines[-2] == "a writes it   f elsewhere   d deny   Esc goes back"
    assert press("a", state=state, now=2.0)[1] == replace(ONCE, scope="always", digest="here")


def test_the_second_key_counts_no_sooner_than_a_first() -> None:
    """A key held down repeats into the clock that starts again."""
    state, now = CAN, 1.0
    for _ in range(100):
        state, answer = press("a", state=state, now=now)
        assert answer is None
        now += 0.1
    assert press("a", state=state, now=now + 0.1)[1] is not None


def test_while_the_rule_is_shown_only_its_own_keys_count() -> None:
    """`f` shows another place, Esc goes back, `d` denies; once and session mean nothing."""
    state, _ = press("a", state=CAN)
    for sent in ("o", "s", "n", "m", "\r", "y", "aa", "^[200~a^[201~"):
        assert press(sent, state=state, now=2.0)[1] is None
    assert press("d", state=state, now=2.0)[1] == DENY
    other, _ = press("f", state=state, now=2.0)
    assert press("a", state=other, now=2.5)[1] is None
    assert press("a", state=other, now=3.0)[1] == replace(ONCE, scope="always", digest="there")
    assert press("f", state=other, now=3.0)[0].shown == 0
    back, answer = press("^", state=state, now=2.0)
    assert answer is None
    assert press("o", state=back, now=3.0)[1] == ONCE


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=12))
def test_only_a_second_a_says_always(sent: bytes) -> None:
    """Of all that one read can bring under the rule, only this key alone is a yes."""
    state, _ = press("a", state=CAN)
    keys = Keys()
    tokens = keys.feed(sent) + keys.flush()
    _, answer = key(tick(state, 2.0), tokens, 2.0)
    if answer is not None and answer.approved:
        pressed = [t for t in tokens if t.kind.value in ("text", "key")]
        assert [t.name for t in pressed] == ["a"]


def test_without_a_rule_always_says_why() -> None:
    """It is not among the keys, and whoever presses it is told."""
    prompt = replace(PROMPT, no_rule="code is asked about each time, and more words than fit in")
    state = opened(prompt, 0.0)
    assert "a always" not in "\n".join(shown(prompt, state))
    state, answer = press("a", state=state)
    assert answer is None
    lines = shown(prompt, state, columns=41)
    assert lines[-2:] == [
        "not for always: code is asked about each",
        "time, and more words than fit in",
    ]


def test_a_rule_is_seen_to_its_end_before_it_is_written() -> None:
    """Where it does not fit, the arrows come first."""
    long = replace(HERE, lines=tuple(f"  - rule {n}" for n in range(30)))
    prompt = replace(PROMPT, always=(long,))
    state, _ = press("a", state=opened(prompt, 0.0))
    seen = 0
    for now in range(2, 60):
        view = render(prompt, tick(state, now), now, rows=10, columns=80)
        state = replace(tick(state, now), scroll=view.scroll, unseen=view.unseen)
        seen += any("rule 29" in text for line in view.lines for text, _ in line)
        state, answer = press("a", state=state, now=now)
        if answer is not None:
            assert seen
            return
        assert not seen
        assert "arrows" in state.hint
        state, _ = press("^[B", state=state, now=now)
    pytest.fail("it never came to its end")


def test_a_rule_of_the_agents_words_cannot_pass_for_the_panels_own() -> None:
    """Its lines have the gutter of a command, and its control characters are spelled out."""
    bad = replace(HERE, lines=("  - x\x1b[2J\u202e", "a writes nothing"), file="/p\n/x.yaml")
    state, _ = press("a", state=opened(replace(PROMPT, always=(bad,)), 0.0))
    lines = shown(replace(PROMPT, always=(bad,)), state, now=2.0)
    assert lines[1] == "for always, into /p<U+000A>/x.yaml, from line 12 on:"
    assert lines[2:4] == ["│   - x<U+001B>[2J<U+202E>", "│ a writes nothing"]


def test_a_question_that_is_asked_once_more_keeps_its_clock_but_not_another_rule() -> None:
    """Another answer changed the file: what was on the screen is not what would be written."""
    state = tick(CAN, 1.0)
    assert renewed(state, replace(ALWAYS, always=(THERE,)), 1.0).armed
    showing = tick(press("a", state=CAN)[0], 2.0)
    assert renewed(showing, ALWAYS, 2.0) == showing
    new = renewed(showing, replace(ALWAYS, always=(THERE,)), 2.0)
    assert new.shown is None
    assert not new.armed


def test_why_an_answer_came_to_nothing_is_said() -> None:
    assert "failed no space left" in shown(replace(PROMPT, problem="no space left"))


def test_text_of_the_agent_cannot_pass_for_the_panels_own() -> None:
    """Each row of the command has a gutter; control characters are spelled out."""
    lines = shown(replace(PROMPT, command="ls\n  rule allowed\r\n\x1b[2Jo once\u202e"))
    assert "│   rule allowed<U+000D>" in lines
    assert "│ <U+001B>[2Jo once<U+202E>" in lines
    long = "x" * 300
    rows = [line for line in shown(replace(PROMPT, command=long)) if "x" * 20 in line]
    assert rows[0].startswith("│ ") and all(row.startswith("┊ ") for row in rows[1:])


LONG = replace(PROMPT, command="\n".join(f"line {n}" for n in range(200)))


def test_a_long_command_shows_head_and_tail() -> None:
    """What is left out is counted, and the facts stay in sight."""
    lines = shown(LONG)
    assert "│ line 0" in lines and "│ line 199" in lines
    assert any("rows not shown here: m shows all" in line for line in lines)
    assert "  rule git-push-force (git.yaml:12)" in lines


def test_a_long_command_can_be_scrolled_to_its_end() -> None:
    """`m` shows all of it; keys move through it and stop at its ends."""
    state, _ = press("m")
    assert shown(LONG, state)[1] == "│ line 0"
    state, _ = press("j", state=state)
    assert shown(LONG, state)[1] == "│ line 1"
    for _ in range(60):
        state, _ = press("^[6~", state=state)
    view = render(LONG, state, ARMED, rows=23, columns=80)
    assert "  rule git-push-force (git.yaml:12)" in shown(LONG, state)
    state = replace(state, scroll=view.scroll)
    state, _ = press("k", state=state)
    assert shown(LONG, state) != shown(LONG, replace(state, scroll=view.scroll))


def test_an_enormous_command_shows_its_ends() -> None:
    """Two megabytes are not drawn, but nobody is told that they were."""
    state, _ = press("m")
    lines = shown(replace(PROMPT, command="a" * 1_000_000 + "b" * 1_000_000), state, rows=2000)
    assert any("1934464 characters are not shown at all" in line for line in lines)
    assert any(line.endswith("b" * 70) for line in lines)


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("columns", [20, 21, 40, 79, 200])
@pytest.mark.parametrize("rows", [1, 2, 3, 4, 6, 10, 23, 60])
@pytest.mark.parametrize("prompt", [PROMPT, LONG, replace(PROMPT, command="漢字" * 3000)])
def test_it_fits_any_terminal(prompt: Prompt, rows: int, columns: int, ascii_only: bool) -> None:
    """As many lines as rows, none wider than the row but one column."""
    prompt = replace(prompt, always=(HERE, replace(HERE, lines=("漢字" * 300,))))
    for state in (
        OPENED,
        replace(opened(prompt, 0.0), shown=0),
        replace(OPENED, hint="word " * 30),
    ):
        state = replace(state, always=prompt.always)
        view = render(prompt, state, ARMED, rows=rows, columns=columns, ascii_only=ascii_only)
        assert len(view.lines) == rows
        for line in view.lines:
            drawn = "".join(text for text, _ in line)
            assert width(drawn) <= columns - 1
            assert drawn.isascii() or not ascii_only


def test_three_rows_still_show_command_and_keys() -> None:
    """The smallest terminal has the question, its beginning and the keys."""
    lines = shown(rows=3)
    assert "APPROVAL" in lines[0] and "cd src" in lines[1] and lines[2].startswith("o once")
