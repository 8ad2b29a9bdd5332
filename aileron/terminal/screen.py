"""What is on the person's terminal, without touching it: bytes in, bytes out.

There is the child's part, the bar, and for a while a question.  Data and moments
come in through methods; what has to reach the terminal gathers in `output`, what
has to reach the child in `input`, and `due` says when `elapse` must be called at
the latest.  The loop moves the bytes.

- One question is shown at a time, in the order they were asked; each new one
  starts the panel's clock again, since it is another text that keys would answer.
- While one is shown the child's output is kept as it came (`kept`) and goes
  through the rewriter afterwards.  A child on the alternate screen must then
  repaint (`repaint` becomes True), since that screen could not be kept.
- A question waits for the end of a paste, so that the paste is not torn.
- The bar waits a moment while the child has a cursor saved.
- A dumb terminal gets the child's bytes as they are, no bar, and questions as
  plain lines.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aileron.model import Resolution
from aileron.terminal import bar as bars
from aileron.terminal import panel
from aileron.terminal.bar import Bar
from aileron.terminal.keys import Keys, Kind, Token
from aileron.terminal.panel import PanelState, Prompt
from aileron.terminal.rewriter import Rewriter
from aileron.terminal.tracked import Size, Tracked
from aileron.terminal.visible import Line, paint

Answer = Callable[[Resolution], None]

SMALLEST = Size(4, 20)  # below this there is no bar
ESCAPE_WAIT = 0.05  # seconds after which a lone ESC is the key
SLOT_WAIT = 0.05  # the bar waits this long for the child to take its saved cursor back
OUTPUT_LIMIT = 256 * 1024  # bytes waiting for the terminal; then nothing is added that can wait
REPLAYED_AT_ONCE = 64 * 1024
REPLAY_WAIT = 0.01  # until the terminal is looked at again that took no more
PASTE_WAIT = 3.0  # a question waits this long for the end of a paste


@dataclass(frozen=True, slots=True)
class Look:
    """What the terminal can show; `keeps_main` is False where it may have no second screen."""

    dumb: bool = False
    colour: bool = True
    ascii_only: bool = False
    keeps_main: bool = True


def look(environment: Mapping[str, str]) -> Look:
    """By TERM, NO_COLOR and the locale."""
    name = environment.get("TERM", "")
    dumb = name in ("", "dumb", "unknown")
    names = ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environment[n] for n in names if environment.get(n)), "")
    return Look(
        dumb=dumb,
        colour=not dumb and not environment.get("NO_COLOR"),
        ascii_only="utf" not in locale.lower(),
        keeps_main=not name.startswith(("screen", "linux", "vt", "ansi")),
    )


def child_size(whole: Size, look: Look) -> Size:
    """The child's part of a terminal: one row less where there is a bar."""
    if look.dumb or whole.rows < SMALLEST.rows or whole.columns < SMALLEST.columns:
        return whole
    height = whole.height * (whole.rows - 1) // whole.rows
    return Size(whole.rows - 1, whole.columns, whole.width, height)


class Screen:
    """`bar` is asked for the bar's state whenever that is drawn."""

    def __init__(self, whole: Size, look: Look, bar: Callable[[], Bar]) -> None:
        self.output, self.input, self.kept = bytearray(), bytearray(), bytearray()
        self.due: dict[str, float] = {}
        self.repaint = False  # the child has to draw all again
        self.ctrl_z = False  # the child got Ctrl-Z
        self._look = look
        self._bar = bar
        size = child_size(whole, look)
        self._tracked = Tracked(size, bar=size.rows < whole.rows)
        self._rewriter = Rewriter(self._tracked)
        self._keys = Keys()
        self._prompts: deque[tuple[Prompt, Answer]] = deque()
        self._panel: PanelState | None = None
        self._drawn: list[str] = []  # the rows of the panel as they stand on the screen
        self._was_held = False  # the child had a cursor saved when that was last looked at
        self._held_until = 0.0  # how long the bar waits for it
        self._shown: object = None  # what the bar, or on a dumb terminal the panel, was drawn from

    @property
    def size(self) -> Size:
        return self._tracked.size

    @property
    def asking(self) -> bool:
        return self._panel is not None

    # -- entering and leaving ----------------------------------------------------

    def enter(self) -> None:
        if not self._look.dumb:
            self.output += self._tracked.begin()
            self._draw_bar()

    def leave(self) -> None:
        """The terminal as a shell expects it; a question that is open stays in the queue."""
        if self._panel is not None:
            self._close_panel()
        if not self._look.dumb:
            self.output += self._tracked.end()

    def resume(self, now: float) -> None:
        """After `leave` and a pause: the child's modes, the bar, and what waits."""
        if not self._look.dumb:
            self.output += self._tracked.resume()
            self._draw_bar()
        self.repaint = True
        self.replay(now)
        self._next_prompt(now)

    # -- bytes -------------------------------------------------------------------

    def from_child(self, data: bytes, now: float) -> None:
        if self._panel is not None or self.kept:
            self.kept += data
        else:
            self._pass_on(data, now)

    def _pass_on(self, data: bytes, now: float) -> None:
        if self._look.dumb:
            self.output += data
            return
        self.output += self._rewriter.feed(data)
        self.input += self._rewriter.replies
        self._rewriter.replies.clear()
        self._redraw_bar(now)

    def replay(self, now: float) -> None:
        """Passes on what was kept, a part at a time so that keys are not delayed."""
        if self._panel is not None or not self.kept:
            return
        wait = 0.0
        if len(self.output) >= OUTPUT_LIMIT:
            wait = REPLAY_WAIT
        else:
            part = bytes(self.kept[:REPLAYED_AT_ONCE])
            del self.kept[:REPLAYED_AT_ONCE]
            self._pass_on(part, now)
        if self.kept:
            self.due["replay"] = now + wait

    def finish(self, now: float) -> None:
        """The end: every question gets its no, all that was kept is passed on."""
        self.deny_all(now)
        kept = bytes(self.kept)
        self.kept.clear()
        self._pass_on(kept, now)
        self.leave()

    def from_person(self, data: bytes, now: float) -> None:
        tokens = self._keys.feed(data)
        if self._keys.pending:
            self.due["escape"] = now + ESCAPE_WAIT
        if self._panel is not None:
            # answers to what the child asked before the panel opened are the child's
            self.input += b"".join(token.raw for token in tokens if token.kind is Kind.REPLY)
            self._press(tokens, now)
            return
        self.input += data
        self.ctrl_z = any(token.name == "ctrl+z" for token in tokens)
        if self._prompts and not self._keys.pasting:
            self._next_prompt(now)

    def elapse(self, now: float) -> None:
        """Does what has become due."""
        actions: dict[str, Callable[[float], None]] = {
            "bar": lambda _: self._draw_bar(),
            "escape": lambda now: self._press(self._keys.flush(), now),
            "paste": self._next_prompt,
            "panel": self._tick,
            "replay": self.replay,
        }
        for name in [name for name, when in self.due.items() if when <= now]:
            self.due.pop(name, None)
            actions[name](now)

    # -- the bar and the size ----------------------------------------------------

    def refresh(self, now: float) -> None:
        """The bar may have something else to say."""
        if self._panel is not None:
            self._draw_panel(now)
        elif self._tracked.bar and self._bar_line() != self._shown:
            self._tracked.dirty = True
            self._redraw_bar(now)

    def resize(self, whole: Size, now: float) -> bool:
        """Takes over the terminal's size; True if the child has to be told."""
        size = child_size(whole, self._look)
        has_bar = size.rows < whole.rows
        if (size, has_bar) == (self._tracked.size, self._tracked.bar):
            return False
        if self._look.dumb:
            self._tracked.size = size
        elif self._panel is not None:
            self._tracked.take_size(size, has_bar)
            self._drawn = []
            self._draw_panel(now)
        else:
            self.output += self._tracked.resize(size, has_bar)
            self._draw_bar()
        return True

    def _redraw_bar(self, now: float) -> None:
        held = self._tracked.slot_held
        if held and not self._was_held:
            self._held_until = now + SLOT_WAIT
        self._was_held = held
        if self._tracked.dirty and held and now < self._held_until and not self._tracked.loose:
            self.due["bar"] = self._held_until
        elif self._tracked.dirty:
            self._draw_bar()

    def _draw_bar(self) -> None:
        self.due.pop("bar", None)
        if self._tracked.bar and self._panel is None:
            self._shown = self._bar_line()
            self._tracked.content = _encoded(self._painted(self._shown))
            self.output += self._tracked.draw_bar()

    def _bar_line(self) -> Line:
        state = self._bar()
        if self._prompts:
            waiting = max(state.waiting, len(self._prompts))
            answering = self._panel is not None
            state = dataclasses.replace(state, waiting=waiting, answering=answering)
        return bars.render(state, self._tracked.columns, ascii_only=self._look.ascii_only)

    def _painted(self, line: Line) -> str:
        return paint(line, colour=self._look.colour)

    # -- questions ---------------------------------------------------------------

    def ask(self, prompt: Prompt, answer: Answer, now: float) -> None:
        for at, (known, _) in enumerate(self._prompts):
            if known.id == prompt.id:
                self._prompts[at] = (prompt, answer)
                if self._panel is not None and at == 0:
                    self._panel = panel.renewed(self._panel, prompt, now)
                    self._tick(now)
                return
        self._prompts.append((prompt, answer))
        if self._panel is None and not self._keys.pasting:
            self._next_prompt(now)
        elif self._panel is None:
            self.due.setdefault("paste", now + PASTE_WAIT)
        self.refresh(now)

    def withdraw(self, prompt_id: str, now: float) -> None:
        first = self._prompts[0][0].id if self._prompts else None
        self._prompts = deque(item for item in self._prompts if item[0].id != prompt_id)
        if self._panel is not None and first == prompt_id:
            self._next_prompt(now)
        self.refresh(now)

    def deny_all(self, now: float) -> None:
        """Nobody can answer any more: every question gets its no."""
        while self._prompts:
            self._prompts.popleft()[1](panel.expiry())
        self._next_prompt(now)

    def _next_prompt(self, now: float) -> None:
        """Shows the first question that waits; closes the panel when none does."""
        self.due.pop("paste", None)
        if not self._prompts:
            if self._panel is not None:
                self._close_panel()
                self.replay(now)
            return
        opening = self._panel is None
        self._panel = panel.opened(self._prompts[0][0], now)
        if opening:
            self._open_panel()
        self.output += b"\x07"
        self._tick(now)

    def _open_panel(self) -> None:
        if self._keys.pasting:  # its end will not reach the child any more
            self.input += b"\x1b[201~"
        self._drawn = []
        self._shown = None
        if not self._look.dumb:
            self.output += self._tracked.open_panel()

    def _close_panel(self) -> None:
        self._panel = None
        self.due.pop("panel", None)
        if not self._look.dumb:
            self.repaint = self._tracked.alternate or not self._look.keeps_main
            self.output += self._tracked.close_panel()
            self._draw_bar()

    def _press(self, tokens: Sequence[Token], now: float) -> None:
        if self._panel is None:
            return
        self._panel, resolution = panel.key(self._panel, tokens, now)
        if resolution is None:
            self._tick(now)
        else:
            self._answered(resolution, now)

    def _answered(self, resolution: Resolution, now: float) -> None:
        _, answer = self._prompts.popleft()
        answer(resolution)
        self._next_prompt(now)
        self.refresh(now)

    def _tick(self, now: float) -> None:
        """The panel's clock: the countdown until keys count, and the end of the question."""
        if self._panel is None:
            return
        expires = self._prompts[0][0].expires_at
        if now >= expires:
            self._answered(panel.expiry(), now)
            return
        self._panel = panel.tick(self._panel, now)
        self._draw_panel(now)
        left = panel.wait_left(self._panel, now)
        self.due["panel"] = min(now + (min(left, 0.1) if 0 < left < 60 else 1.0), expires)

    def _draw_panel(self, now: float) -> None:
        if self._panel is None:
            return
        view = panel.render(
            self._prompts[0][0],
            self._panel,
            now,
            rows=self._tracked.rows,
            columns=self._tracked.columns,
            secret=self._bar().secret,
            behind=len(self._prompts) - 1,
            ascii_only=self._look.ascii_only,
        )
        self._panel = dataclasses.replace(self._panel, scroll=view.scroll, unseen=view.unseen)
        if self._look.dumb:
            self._print_panel(view.lines)
            return
        lines = [*view.lines, self._bar_line()] if self._tracked.bar else view.lines
        if len(self.output) >= OUTPUT_LIMIT:
            return
        rows = [self._painted(line) for line in lines]
        old, self._drawn = self._drawn or [""] * len(rows), rows
        changed = [row for row, pair in enumerate(zip(rows, old, strict=True)) if len({*pair}) > 1]
        self.output += _encoded("".join(f"\x1b[{n + 1};1H{rows[n]}\x1b[K" for n in changed))

    def _print_panel(self, lines: Sequence[Line]) -> None:
        """The panel without escape sequences, again only when something but the time changed."""
        state = self._panel
        assert state is not None
        shown = (self._prompts[0][0].id, dataclasses.replace(state, quiet_since=0.0))
        if shown != self._shown:
            self._shown = shown
            texts = ("".join(text for text, _ in line) for line in lines)
            self.output += _encoded("".join(f"\r\n{text}" for text in texts if text) + "\r\n")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")
