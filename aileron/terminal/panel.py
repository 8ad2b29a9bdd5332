"""The approval panel: what a person reads before saying yes or no, and their keys.

- Only `o` (once), `s` (this session) and `a` (always) say yes.  Enter, `y`, space and
  digits mean nothing: agents' own questions train people to press them.
- `a` answers nothing by itself: it shows the lines that would be written, where, and what
  else they allow.  Only a second `a` under them is the yes, once their end has been on the
  screen; the clock starts again between the two, so that a key held down is no second one.
- A key counts from 700 ms after the panel opened and after 150 ms of silence; what
  is typed before is discarded and starts the silence again.  So does anything that
  did not come as one key alone: a paste, a burst.  A panel without focus takes no
  key and starts over when the focus comes back.  It is `tick` that arms the panel,
  after all input was read: a key that was typed early and read late does not count.
- `d` and Esc say no, `n` says no with a note for the agent, and so does time.
- Mouse, focus, held keys and a terminal's own replies are never answers.
- The whole command can be seen: head and tail at once, all of it after `m`.  Each
  of its rows starts with a gutter, so no text in it can pass for a row of ours.

A `Prompt` is shown as text of others (`visible.py`).  Times are seconds of one
monotonic clock.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from aileron.model import Resolution
from aileron.terminal.keys import Kind, Token
from aileron.terminal.visible import Cell, Line, Span, cells, clip, plain, width

ARMED_AFTER = 0.7
SILENCE = 0.15
NOTE_LIMIT = 200
ROWS_OF_A_FACT = 3
MARKED_CUT = 2  # in so few rows there is no room to say that there are more
SHOWN_CHARACTERS = 64 * 1024  # of a longer command, its two ends

YES_KEYS = {"o": "once", "s": "session"}
NO_RULE = "for always, write a rule into aileron.yaml"
_MOVES = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": 10, "pageup": -10}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What `always` would write: `lines` of a file, the first of them with the number `line`.

    `reach` says in words what else they allow; `digest` is what the answer names them by.
    """

    lines: tuple[str, ...]
    file: str
    line: int
    reach: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question for a person; texts as they came, `expires_at` when it is a no by itself.

    `marked_part` is the part of `command` that asked, `why_unread` says why it
    could not be read, where that is so.  `always` are the ways to answer it for good, the
    best first; where there are none `no_rule` says why.  `problem` is why the answer that was
    given before came to nothing.
    """

    id: str
    command: str
    cwd: str
    reason: str
    rule: str
    agent: str
    expires_at: float
    marked_part: str = ""
    place: str = ""
    why_unread: str = ""
    always: tuple[Written, ...] = ()
    no_rule: str = NO_RULE
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelState:
    """`note` is what has been typed of a note, None while none is; `shown` is which of `always`
    waits for its second key, None while none does, and `unseen` that its end is not in view."""

    opened_at: float
    always: tuple[Written, ...] = ()
    no_rule: str = NO_RULE
    shown: int | None = None
    unseen: bool = False
    armed: bool = False
    quiet_since: float = 0.0
    focused: bool = True
    scroll: int = 0
    everything: bool = False
    note: str | None = None
    hint: str = ""


def opened(prompt: Prompt, now: float) -> PanelState:
    """The panel of a question that is shown from now on."""
    return PanelState(opened_at=now, quiet_since=now, always=prompt.always, no_rule=prompt.no_rule)


def renewed(state: PanelState, prompt: Prompt, now: float) -> PanelState:
    """The panel after its question was asked once more; a rule that was on the screen is shown
    no longer if it is not the same."""
    if state.shown is not None and state.always != prompt.always:
        return opened(prompt, now)
    return replace(state, always=prompt.always, no_rule=prompt.no_rule)


def wait_left(state: PanelState, now: float) -> float:
    """Seconds until a key counts, 0.0 when it does, infinity without focus."""
    if not state.focused:
        return float("inf")
    return max(state.opened_at + ARMED_AFTER - now, state.quiet_since + SILENCE - now, 0.0)


def tick(state: PanelState, now: float) -> PanelState:
    """Lets keys count from now on, if it is time."""
    return replace(state, armed=state.armed or wait_left(state, now) == 0)


def expiry(note: str = "") -> Resolution:
    """The no that needs nobody: time ran out, or nobody can be asked any more."""
    return Resolution(approved=False, channel="none", note=note)


def key(
    state: PanelState, tokens: Sequence[Token], now: float
) -> tuple[PanelState, Resolution | None]:
    """What the tokens of one read do: a new state, and the answer if there is one."""
    for token in tokens:
        if token.kind is Kind.FOCUS_OUT:
            state = replace(state, focused=False, armed=False)
        elif token.kind is Kind.FOCUS_IN and not state.focused:
            state = replace(state, focused=True, armed=False, opened_at=now)
    pressed = [token for token in tokens if token.kind in (Kind.TEXT, Kind.KEY)]
    pasted = any(token.kind is Kind.PASTE for token in tokens)
    if pasted or (pressed and not state.armed):
        return replace(state, quiet_since=now, armed=False), None
    if state.note is not None:
        return _edit_note(state, pressed)
    if len(pressed) == 1 and (pressed[0].kind is Kind.KEY or len(pressed[0].name) == 1):
        return _press(state, pressed[0], now)
    moves = [_MOVES.get(token.name) for token in pressed]
    if all(moves):
        return replace(state, scroll=max(state.scroll + sum(filter(None, moves)), 0)), None
    return replace(state, quiet_since=now, armed=False), None


def _press(state: PanelState, token: Token, now: float) -> tuple[PanelState, Resolution | None]:
    name = token.name
    if state.shown is not None:
        return _confirm(state, state.shown, token, now)
    if token.kind is Kind.TEXT and name in YES_KEYS:
        return state, Resolution(approved=True, channel="terminal", scope=YES_KEYS[name])
    if name in ("d", "escape"):
        return state, Resolution(approved=False, channel="terminal")
    if name == "n":
        return replace(state, note="", hint=""), None
    if name == "a" and state.always:
        return _showing(state, 0, now), None
    if name == "a":
        return replace(state, hint=f"not for always: {state.no_rule}"), None
    if name == "m":
        return replace(state, everything=not state.everything, scroll=0, hint=""), None
    if name in _MOVES:
        return replace(state, scroll=max(state.scroll + _MOVES[name], 0)), None
    return replace(state, hint="no such answer"), None


def _showing(state: PanelState, at: int, now: float) -> PanelState:
    """Other text that keys would answer: the clock starts again."""
    return replace(state, shown=at, armed=False, opened_at=now, quiet_since=now, scroll=0, hint="")


def _confirm(
    state: PanelState, at: int, token: Token, now: float
) -> tuple[PanelState, Resolution | None]:
    name = token.name
    if name == "a" and state.unseen:
        return replace(state, hint="there is more of it: see it first, with the arrows"), None
    if token.kind is Kind.TEXT and name == "a":
        digest = state.always[at].digest
        return state, Resolution(approved=True, channel="terminal", scope="always", digest=digest)
    if name == "f" and len(state.always) > 1:
        return _showing(state, (at + 1) % len(state.always), now), None
    if name == "d":
        return state, Resolution(approved=False, channel="terminal")
    if name == "escape":
        return replace(state, shown=None, scroll=0, hint=""), None
    if name in _MOVES:
        return replace(state, scroll=max(state.scroll + _MOVES[name], 0)), None
    return replace(state, hint="no such answer: Esc goes back"), None


def _edit_note(state: PanelState, pressed: Sequence[Token]) -> tuple[PanelState, Resolution | None]:
    note = state.note or ""
    for token in pressed:
        if token.kind is Kind.TEXT:
            note = (note + token.name)[:NOTE_LIMIT]
        elif token.name == "backspace":
            note = note[:-1]
        elif token.name == "ctrl+u":
            note = ""
        elif token.name == "escape":
            return replace(state, note=None), None
        elif token.name == "enter":
            return state, Resolution(approved=False, channel="terminal", note=note.strip())
    return replace(state, note=note), None


@dataclass(frozen=True, slots=True)
class View:
    """Exactly as many lines as there are rows; `scroll` is the state's, within bounds, and
    `unseen` says that what would be written goes on below them."""

    lines: tuple[Line, ...]
    scroll: int
    unseen: bool = False


def render(
    prompt: Prompt,
    state: PanelState,
    now: float,
    *,
    rows: int,
    columns: int,
    secret: str = "",
    behind: int = 0,
    ascii_only: bool = False,
) -> View:
    """The panel for `rows` rows of `columns - 1` cells; `behind` questions wait after it."""
    room = max(columns - 1, 1)
    title = _title(prompt, secret, room, ascii_only)
    foot = _foot(prompt, state, now, behind, room, ascii_only)
    if len(foot) > max(rows - 2, 0) and not state.armed:  # why no key counts comes first
        foot = [((_status(prompt, state, now), "bold"),), *foot]
    foot = foot[: max(rows - 2, 0)]
    height = max(rows - 1 - len(foot), 0)
    if state.shown is not None:
        written, about = _always(prompt, state.always[state.shown], room, ascii_only)
        scroll = min(state.scroll, max(len(written) + len(about) - height, 0))
        body = _cut([*written, *about], scroll, height, ascii_only)
        body += [()] * (height - len(body))
        lines = [clip(line, room) for line in [title, *body, *foot][:rows]]
        marked = height > MARKED_CUT and len(written) + len(about) > scroll + height
        return View(tuple(lines), scroll, unseen=len(written) > scroll + height - marked)
    command = _command_lines(prompt.command, prompt.marked_part, room, ascii_only)
    facts = _facts(prompt, room, ascii_only)
    scroll = 0
    if len(command) + 1 + len(facts) <= height:
        body = [*command, (), *facts]
    elif state.everything:
        whole = [*command, (), *facts]
        scroll = min(state.scroll, max(len(whole) - height, 0))
        body = whole[scroll : scroll + height]
    else:
        short = [(), *_facts(prompt, room, ascii_only, ROWS_OF_A_FACT)]
        short = short[: max(height - min(len(command), 3), 0)]
        body = _ends(command, height - len(short), ascii_only) + short
    body += [()] * (height - len(body))
    lines = [clip(line, room) for line in [title, *body, *foot][:rows]]
    return View(tuple(lines), scroll)


def _title(prompt: Prompt, secret: str, room: int, ascii_only: bool) -> Line:
    agent = plain(prompt.agent, ascii_only=ascii_only)
    word = f"[{plain(secret, ascii_only=ascii_only)}]" if secret else ""
    choices = (f" APPROVAL  {agent} wants to run ", f" APPROVAL {agent}", "APPROVAL")
    left = next((text for text in choices if width(text) + 1 + width(word) <= room), choices[-1])
    gap = " " * max(room - width(left) - width(word), 1)
    return ((left + gap + word, "alert"),)


def _foot(
    prompt: Prompt, state: PanelState, now: float, behind: int, room: int, ascii_only: bool
) -> list[Line]:
    if state.note is not None:
        note = plain(state.note, ascii_only=ascii_only)
        while width(note) > max(room - 8, 0):
            note = note[1:]
        keys = [("Enter", "refuses with this note"), ("Esc", "goes back")]
        return [(("note: ", "bold"), (note, ""), ("_", "bold")), *_key_lines(keys, room)]
    if state.shown is not None:
        other = [("f", "elsewhere")] if len(state.always) > 1 else []
        keys = [("a", "writes it"), *other, ("d", "deny"), ("Esc", "goes back")]
        return [*_key_lines(keys, room), *_status_lines(prompt, state, now, room, ascii_only)]
    always = [("a", "always")] if state.always else []
    keys = [("o", "once"), ("s", "this session"), *always, ("d", "deny")]
    keys += [("n", "deny with a note")]
    more = ("m", "less" if state.everything else "more")
    lines = [
        *_key_lines([*keys, more], room),
        *_status_lines(prompt, state, now, room, ascii_only),
    ]
    return [*lines, ((f"{behind} more waiting after this", "bold"),)] if behind else lines


def _key_lines(keys: Sequence[tuple[str, str]], room: int) -> list[Line]:
    lines: list[list[Span]] = [[]]
    used = 0
    for name, meaning in keys:
        size = len(name) + len(meaning) + 1
        if lines[-1] and used + 3 + size > room:
            lines.append([])
            used = 0
        gap = "   " if lines[-1] else ""
        lines[-1] += [(gap, ""), (name, "bold"), (" " + meaning, "")]
        used += len(gap) + size
    return [tuple(line) for line in lines]


def _status_lines(
    prompt: Prompt, state: PanelState, now: float, room: int, ascii_only: bool
) -> list[Line]:
    return _plain_lines(_status(prompt, state, now), "bold", room, ascii_only)


def _plain_lines(text: str, style: str, room: int, ascii_only: bool) -> list[Line]:
    """A text in rows of `room`, broken between words where that can be."""
    lines: list[Line] = []
    left = plain(text, ascii_only=ascii_only)
    while width(left) > room:
        end = max((at for at, c in enumerate(left[: room + 1]) if c == " "), default=0)
        end = end or room
        lines.append(((left[:end], style),))
        left = left[end:].lstrip()
    return [*lines, ((left, style),)]


def _status(prompt: Prompt, state: PanelState, now: float) -> str:
    left = wait_left(state, now)
    if not state.focused:
        return "this window has no focus: no key counts"
    if not state.armed:
        return f"keys count in {left:.1f} s"
    minutes, seconds = divmod(max(int(prompt.expires_at - now), 0), 60)
    return state.hint or f"without an answer: denied in {minutes}:{seconds:02d}"


def _facts(prompt: Prompt, room: int, ascii_only: bool, most: int | None = None) -> list[Line]:
    """All there is to know besides the command, each fact in at most `most` rows."""
    rule = f"{prompt.rule} ({prompt.place})" if prompt.place else prompt.rule
    part = "" if prompt.marked_part == prompt.command else prompt.marked_part
    unread = f"could not be read: {prompt.why_unread}" if prompt.why_unread else ""
    named = (
        ("failed", prompt.problem, "bold"),
        ("asks", part, "mark"),
        ("unread", unread, "bold"),
        ("in", prompt.cwd, ""),
        ("why", prompt.reason, ""),
        ("rule", rule, ""),
    )
    return _named(named, room, ascii_only, most)


_PROSE = ("failed", "unread", "why")


def _sentences(shown: list[Cell], room: int) -> list[list[Cell]]:
    """Prose in rows of `room` columns, broken at a space where there is one."""
    rows: list[list[Cell]] = []
    while True:
        ends = list(itertools.accumulate(cell.width for cell in shown))
        fits = max(bisect.bisect_right(ends, room), 1)
        if fits >= len(shown):
            return [*rows, shown]
        space = next((at for at in range(fits, 0, -1) if shown[at].text == " "), 0)
        rows.append(shown[: space or fits])
        shown = shown[space + 1 if space else fits :]


def _named(
    named: Sequence[tuple[str, str, str]], room: int, ascii_only: bool, most: int | None = None
) -> list[Line]:
    lines: list[Line] = []
    for name, text, style in named:
        if text:
            label, rest = ((f"{name:>6} ", "dim"),), ((" " * 7, ""),)
            shown = list(cells(text, ascii_only=ascii_only))
            rows: list[Line] = []
            for row in _sentences(shown, room - 7) if name in _PROSE else [shown]:
                begins = rest if rows else label
                rows += _wrapped(row, [style] * len(row), room, begins, rest)
            if most is not None and len(rows) > most:
                dots = " ..." if ascii_only else " …"
                rows = [*rows[: most - 1], (*clip(rows[most - 1], room - len(dots)), (dots, "dim"))]
            lines += rows
    return lines


def _always(
    prompt: Prompt, written: Written, room: int, ascii_only: bool
) -> tuple[list[Line], list[Line]]:
    """What would be written, and where, each line with a gutter as a command has; and about it."""
    to = f"for always, into {written.file}, from line {written.line} on:"
    lines = _plain_lines(to, "bold", room, ascii_only)
    lines += _command_lines("\n".join(written.lines), "", room, ascii_only)
    asks = prompt.marked_part or prompt.command
    named = (("allows", written.reach, ""), ("asks", asks, "mark"), ("in", prompt.cwd, ""))
    return lines, [(), *_named(named, room, ascii_only)]


def _cut(lines: Sequence[Line], scroll: int, height: int, ascii_only: bool) -> list[Line]:
    """As many lines from `scroll` on as there is room for; the last says if there are more."""
    shown = list(lines[scroll : scroll + height])
    left = len(lines) - scroll - height
    if left > 0 and height > MARKED_CUT:
        dots = "..." if ascii_only else "…"
        shown[-1] = ((f"{dots} {left + 1} more rows: arrows show them {dots}", "alert"),)
    return shown


def _ends(lines: Sequence[Line], height: int, ascii_only: bool) -> list[Line]:
    if len(lines) <= height:
        return list(lines)
    if height < 3:
        return list(lines[: max(height, 0)])
    head = (height - 1) * 2 // 3
    tail = height - 1 - head
    dots = "..." if ascii_only else "…"
    missing = f"{dots} {len(lines) - head - tail} rows not shown here: m shows all {dots}"
    return [*lines[:head], ((missing, "alert"),), *lines[len(lines) - tail :]]


@lru_cache(maxsize=4)
def _command_lines(command: str, marked: str, room: int, ascii_only: bool) -> tuple[Line, ...]:
    """The command with its gutter; a row for each of its lines, more where it is wide."""
    if len(command) > SHOWN_CHARACTERS:
        half = SHOWN_CHARACTERS // 2
        between = f"{len(command) - 2 * half} characters are not shown at all"
        return (
            *_command_lines(command[:half], marked, room, ascii_only),
            ((between, "alert"),),
            *_command_lines(command[-half:], marked, room, ascii_only),
        )
    shown = list(cells(command, ascii_only=ascii_only))
    styles = _marks(command, marked)
    starts, goes_on = ("| ", ": ") if ascii_only else ("│ ", "┊ ")
    lines: list[Line] = []
    at = 0
    for text in command.split("\n"):
        part = slice(at, at + len(text))
        lines += _wrapped(shown[part], styles[part], room, ((starts, "dim"),), ((goes_on, "dim"),))
        at += len(text) + 1
    return tuple(lines)


def _marks(command: str, marked: str) -> list[str]:
    styles = [""] * len(command)
    if marked and marked != command:
        at = command.find(marked)
        while at >= 0:
            styles[at : at + len(marked)] = ["mark"] * len(marked)
            at = command.find(marked, at + len(marked))
    return styles


def _wrapped(
    shown: Sequence[Cell], styles: Sequence[str], room: int, first: Line, rest: Line
) -> list[Line]:
    """The cells in rows of `room`, the first and the others with their own beginning."""
    lines: list[Line] = []
    spans: list[Span] = list(first)
    used = sum(width(text) for text, _ in first)
    for cell, style in zip(shown, styles, strict=True):
        if used + cell.width > room and len(spans) > len(first):
            lines.append(tuple(spans))
            spans, used = list(rest), sum(width(text) for text, _ in rest)
        style = "escape" if cell.escaped else style
        if len(spans) > len(first) and spans[-1][1] == style:
            spans[-1] = (spans[-1][0] + cell.text, style)
        else:
            spans.append((cell.text, style))
        used += cell.width
    return [*lines, tuple(spans)]
