"""What the child has made of the terminal, as far as Aileron has to know it.

The child owns rows 1 to `rows`; where there is a bar it is row `rows + 1`.  Of
all that a child can change, only what Aileron's own drawing would disturb, or be
disturbed by, is followed here, and every sequence that draws around the child or
puts its state back is built here from it.

The terminal has one slot for each screen to save a cursor in, and the bar needs it.
While the child has something in it (`slot_held`), the bar is put off for a moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SAVE, RESTORE = b"\x1b7", b"\x1b8"
PLAIN = b"\x1b[0m\x1b(B\x0f"  # no attributes, letters from ASCII
NO_LINK = b"\x1b]8;;\x1b\\"

ORIGIN, AUTOWRAP, CURSOR, SIDES, FOCUS, PASTE, FRAME = 6, 7, 25, 69, 1004, 2004, 2026
SCREENS = frozenset({47, 1047, 1049})
MOUSE = (9, 1000, 1002, 1003)
ENCODINGS = (1005, 1006, 1015, 1016)


@dataclass(frozen=True, slots=True)
class Size:
    """Rows and columns, and the same in pixels (0 where the terminal does not say)."""

    rows: int
    columns: int
    width: int = 0
    height: int = 0


@dataclass(slots=True)
class Tracked:
    """`size` is the child's area, the whole terminal where there is no `bar`."""

    size: Size
    bar: bool = True
    top: int = 1
    bottom: int = 0  # set to `rows` below
    alternate: bool = False
    insert: bool = False
    modes: dict[int, bool] = field(default_factory=dict)
    stored: dict[int, bool] = field(default_factory=dict)  # by XTSAVE
    sides: bytes = b""  # parameters of the left and right margin
    link: bytes = b""  # the OSC that opened the link now open
    other_keys: bytes = b""  # parameters of modifyOtherKeys
    kitty: list[bytes] = field(default_factory=list)  # keyboard flags pushed, the last in force
    shape: bool = False
    slot_held: bool = False
    slot_origin: bool = False
    saved_on: set[bool] = field(default_factory=set)  # screens with a cursor saved by the child
    content: bytes = b""  # what the bar shows: at most `columns - 1` cells
    dirty: bool = False  # the bar may have been touched
    left_bar: int = 0  # row of a bar that a change of size left behind the panel

    def __post_init__(self) -> None:
        self.bottom = self.bottom or self.rows

    @property
    def rows(self) -> int:
        return self.size.rows

    @property
    def columns(self) -> int:
        return self.size.columns

    def on(self, mode: int) -> bool:
        return self.modes.get(mode, _by_default(mode))

    @property
    def loose(self) -> bool:
        """Whether a line feed could leave the child's rows: its region ends above their end."""
        return self.bar and self.bottom < self.rows

    def reset(self) -> None:
        """All that a full reset of the terminal (RIS) undoes."""
        self.top, self.bottom, self.dirty = 1, self.rows, True
        self.alternate = self.insert = self.shape = False
        self.slot_held = self.slot_origin = False
        self.saved_on.clear()
        self.sides = self.link = self.other_keys = b""
        self.kitty.clear()
        self.modes.clear()
        self.stored.clear()

    def margins(self) -> bytes:
        """The child's scroll region; moves the cursor."""
        return b"\x1b[%d;%dr" % (self.top, self.bottom)

    def margins_kept(self) -> bytes:
        """The child's scroll region, with the cursor kept."""
        self.slot_held, self.slot_origin = False, self.on(ORIGIN)
        return SAVE + self.margins() + RESTORE

    def _put_aside(self, switch: bytes = b"") -> bytes:
        """Before drawing of ours: what would bend it is switched off.

        `switch` goes right behind the saved cursor: a switch of screens saves
        it in the same slot.
        """
        self.slot_held, self.slot_origin = False, self.on(ORIGIN)
        return b"".join(
            (
                SAVE + switch,
                NO_LINK if self.link else b"",
                b"\x1b[?69l" if self.on(SIDES) else b"",
                b"\x1b[?6l",
                b"\x1b[4l" if self.insert else b"",
            )
        )

    def _put_back(self) -> bytes:
        """After drawing of ours; the cursor and its pen come last."""
        sides = b"\x1b[?69h" + (b"\x1b[%bs" % self.sides if self.sides else b"")
        return b"".join(
            (
                sides if self.on(SIDES) else b"",
                b"\x1b[?6h" if self.on(ORIGIN) else b"",
                b"\x1b[4h" if self.insert else b"",
                RESTORE,
                self.link,
            )
        )

    def draw_bar(self) -> bytes:
        """The bar on its row, all else kept."""
        self.dirty = False
        if not self.bar:
            return b""
        line = b"\x1b[%d;1H%b%b%b\x1b[K" % (self.rows + 1, PLAIN, self.content, PLAIN)
        return self._put_aside() + line + self._put_back()

    def take_size(self, size: Size, bar: bool) -> None:
        """A new size while the panel covers everything; `close_panel` does the rest."""
        self.left_bar = self.left_bar or (self.rows + 1 if self.bar else self.rows)
        self.size, self.bar = size, bar
        self.top, self.bottom, self.dirty = 1, size.rows, bar

    def resize(self, size: Size, bar: bool) -> bytes:
        """Takes over a new size; the old bar is wiped where its row now is the child's."""
        aside = self._put_aside()
        self.take_size(size, bar)
        return aside + b"\x1b[r" + self._wipe_left_bar() + self._put_back() + self.begin()

    def _wipe_left_bar(self) -> bytes:
        row, self.left_bar = self.left_bar, 0
        return b"\x1b[%d;1H\x1b[0m\x1b[2K" % row if 0 < row <= self.rows else b""

    def begin(self) -> bytes:
        """Makes room for the bar below the cursor, without covering a line.

        A terminal that shrinks may leave the cursor on its last row, the bar's:
        a line feed and one row up bring it off there, and change nothing elsewhere.
        """
        if not self.bar:
            return b""
        self.dirty = True
        return b"\n\x1b[A" + self.margins_kept()

    def open_panel(self) -> bytes:
        """An empty screen of ours, on which only focus and paste are reported."""
        mouse = b"".join(_private(mode, False) for mode in MOUSE if self.on(mode))
        return b"".join(
            (
                b"\x1b[?2026l" if self.on(FRAME) else b"",
                self._put_aside(b"" if self.alternate else b"\x1b[?1049h"),
                mouse,
                b"\x1b[>4;0m" if self.other_keys else b"",
                b"\x1b[>0u" if self.kitty else b"",
                b"\x1b[?25l\x1b[?7l\x1b[?1004h\x1b[?2004h\x1b[r",
                PLAIN + b"\x1b[2J",
            )
        )

    def close_panel(self) -> bytes:
        """The child's screen and modes as they were; its alternate screen comes back empty."""
        self.dirty = True
        resized = bool(self.left_bar)
        return b"".join(
            (
                PLAIN,
                b"\x1b[<u" if self.kitty else b"",
                b"\x1b[2J" if self.alternate else b"\x1b[2J\x1b[?1049l",
                b"\x1b[>%bm" % self.other_keys if self.other_keys else b"",
                *(_private(mode, self.on(mode)) for mode in (FOCUS, PASTE)),
                *(_private(mode, True) for mode in (*MOUSE, CURSOR, AUTOWRAP) if self.on(mode)),
                self._wipe_left_bar(),
                b"" if resized else self.margins(),
                self._put_back(),
                self.begin() if resized else b"",
            )
        )

    def resume(self) -> bytes:
        """What the child has set, once more, after `end` and a pause."""
        return b"".join(
            (
                b"\x1b[?1049h" if self.alternate else b"",
                *(_private(mode, on) for mode, on in self.modes.items() if on != _by_default(mode)),
                b"\x1b[4h" if self.insert else b"",
                b"\x1b[>%bm" % self.other_keys if self.other_keys else b"",
                b"\x1b[>%bu" % self.kitty[-1] if self.kitty else b"",
                self.begin(),
            )
        )

    def end(self) -> bytes:
        """Leaves the terminal as a shell expects it, and what the child wrote where it is."""
        modes = (1, *MOUSE, FOCUS, *ENCODINGS, PASTE, FRAME, 2031)
        return b"".join(
            (
                b"\x1b[<99u" if self.kitty else b"",
                b"\x1b[?1049l" if self.alternate else b"",
                b"\x1b[<99u" if self.kitty else b"",
                *(_private(mode, False) for mode in modes),
                NO_LINK if self.link else b"",
                b"\x1b[?69l" if self.on(SIDES) else b"",
                b"\x1b[?6l" if self.on(ORIGIN) else b"",
                SAVE + b"\x1b[r",
                b"\x1b[%d;1H\x1b[0m\x1b[2K" % (self.rows + 1) if self.bar else b"",
                RESTORE,
                b"\x1b[4l\x1b[?7h\x1b[?25h\x1b>",
                b"\x1b[>4;0m" if self.other_keys else b"",
                b"\x1b[0 q" if self.shape else b"",
                PLAIN,
            )
        )


def _by_default(mode: int) -> bool:
    return mode in (AUTOWRAP, CURSOR)


def _private(mode: int, value: bool) -> bytes:
    return b"\x1b[?%d%c" % (mode, b"h" if value else b"l")
