"""What a terminal sends, cut into tokens.

A terminal sends keys, pastes, mouse and focus reports, and answers to questions
a program asked.  Only keys may ever answer for a person, so they have to be told
apart, in all encodings that are in use:

- plain: a letter is itself, Ctrl with a letter a byte below 32, Alt an ESC before it;
- legacy: `CSI 1;5A`, `CSI 3~`, `SS3 P`;
- kitty and CSI-u: `CSI code:shifted:base;modifiers:event;text u`;
- xterm's modifyOtherKeys: `CSI 27;modifiers;code~`.

Caps lock and num lock count as modifiers in the last two and are ignored.  A key
that is held down (event 2) or let go (event 3) is no key press.  All printable
characters of a stretch are one token: a person's key comes alone, a stretch of
several was pasted or typed by a program.  Between `CSI 200~` and `CSI 201~` all is
paste, in as many tokens as it came in.

The tokens' `raw` joined are the bytes that came in, whatever they were split into.
A lone ESC may be the key or the start of something; it stays pending until more
comes or `flush` is called.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

_LIMIT = 64 * 1024  # an answer longer than this is cut, its parts are answers too

_TEXT = re.compile(
    rb"(?:[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+"
)
_PART_OF_TEXT = re.compile(
    rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)
_CSI = re.compile(rb"\x1b\[([<-?]?)([0-9:;]*)([ -/]*)([@-~])")
_PART_OF_CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*\Z")
_STRING = re.compile(rb"\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)")
_PART_OF_STRING = re.compile(rb"\x1b[\]PX^_][^\x07\x1b]*\x1b?\Z")

_PASTE_STARTS, _PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"

_CONTROLS = {0x00: "ctrl+space", 0x08: "backspace", 0x09: "tab", 0x0A: "enter", 0x0D: "enter"}
_CONTROLS |= {0x1B: "escape", 0x1C: "ctrl+\\", 0x1D: "ctrl+]", 0x1E: "ctrl+^", 0x1F: "ctrl+_"}
_CONTROLS |= {0x7F: "backspace"}
_FINALS = {b"A": "up", b"B": "down", b"C": "right", b"D": "left", b"H": "home", b"F": "end"}
_FINALS |= {b"P": "f1", b"Q": "f2", b"R": "f3", b"S": "f4", b"Z": "shift+tab"}
_NUMBERS = {1: "home", 2: "insert", 3: "delete", 4: "end", 5: "pageup", 6: "pagedown"}
_CODES = {9: "tab", 13: "enter", 27: "escape", 127: "backspace", 57414: "enter"}
_CODES |= {57417: "left", 57418: "right", 57419: "up", 57420: "down"}
_LOCKS = 64 | 128
_SHIFT, _ALT, _CTRL, _SUPER = 1, 2, 4, 8


class Kind(enum.Enum):
    """What a token is; only TEXT and KEY come from pressing keys."""

    TEXT = "text"
    KEY = "key"
    HELD = "held"  # a key that repeats or was let go
    PASTE = "paste"
    MOUSE = "mouse"
    FOCUS_IN = "focus in"
    FOCUS_OUT = "focus out"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Token:
    """`name` is the text itself for TEXT, and for KEY `escape`, `up`, `ctrl+]`, `alt+x`."""

    kind: Kind
    raw: bytes
    name: str = ""


class Keys:
    """The tokenizer; `pasting` is True inside a bracketed paste."""

    def __init__(self) -> None:
        self.pasting = False
        self._rest = b""

    @property
    def pending(self) -> bool:
        """Whether something has begun that `flush` would end."""
        return bool(self._rest) and not self.pasting

    def feed(self, data: bytes) -> list[Token]:
        data = self._rest + data
        self._rest = b""
        found: list[Token] = []
        at = 0
        while at < len(data):
            token = self._pasted(data, at) if self.pasting else self._next(data, at)
            if token is None:
                self._rest = data[at:]
                break
            found.append(token)
            at += len(token.raw)
        return found

    def flush(self) -> list[Token]:
        """What is pending, taken as it stands: a lone ESC is the key."""
        if not self.pending:
            return []
        data, self._rest = self._rest, b""
        if len(data) == 1:
            return [_control(data)]
        if data.startswith(b"\x1b") and len(data) == 2:
            return [Token(Kind.KEY, data, "alt+" + chr(data[1]))]
        return [Token(Kind.REPLY, data)]

    def _pasted(self, data: bytes, at: int) -> Token | None:
        end = data.find(_PASTE_ENDS, at)
        if end >= 0:
            self.pasting = False
            return Token(Kind.PASTE, data[at : end + len(_PASTE_ENDS)])
        keep = next(n for n in range(5, -1, -1) if data.endswith(_PASTE_ENDS[:n]))
        raw = data[at : max(len(data) - keep, at)]
        return Token(Kind.PASTE, raw) if raw else None

    def _next(self, data: bytes, at: int) -> Token | None:
        """The token at `at`; None when it is not all there yet."""
        text = _TEXT.match(data, at)
        if text:
            return Token(Kind.TEXT, text[0], text[0].decode("utf-8", "replace"))
        if data[at] != 0x1B:
            if len(data) - at < 4 and _PART_OF_TEXT.match(data, at):
                return None
            return _control(data[at : at + 1])
        return self._escape(data, at)

    def _escape(self, data: bytes, at: int) -> Token | None:
        following = data[at + 1 : at + 2]
        if not following:
            return None
        if following == b"[":
            return self._csi(data, at)
        if following == b"O":
            if len(data) - at < 3:
                return None
            name = _FINALS.get(data[at + 2 : at + 3], "other")
            return Token(Kind.KEY, data[at : at + 3], name)
        if following in (b"]", b"P", b"X", b"^", b"_"):
            whole = _STRING.match(data, at)
            if whole:
                return Token(Kind.REPLY, whole[0])
            if _PART_OF_STRING.match(data, at):
                return None if len(data) - at < _LIMIT else Token(Kind.REPLY, data[at:])
            return Token(Kind.REPLY, data[at : data.index(b"\x1b", at + 2)])
        if following == b"\x1b":
            return _control(b"\x1b")
        letter = _TEXT.match(data[at + 1 : at + 5])
        if letter:
            first = letter[0].decode("utf-8", "replace")[0]
            return Token(Kind.KEY, b"\x1b" + first.encode(), "alt+" + first)
        if following[0] >= 0x80:
            return _control(b"\x1b")
        inner = _control(following)
        return Token(Kind.KEY, b"\x1b" + following, "alt+" + inner.name)

    def _csi(self, data: bytes, at: int) -> Token | None:
        found = _CSI.match(data, at)
        if not found:
            if _PART_OF_CSI.match(data, at) and len(data) - at < _LIMIT:
                return None
            broken = re.compile(rb"\x1b\[[0-?]*[ -/]*").match(data, at)
            assert broken is not None  # it starts with ESC [
            return Token(Kind.REPLY, broken[0])
        raw, (prefix, numbers, between, final) = found[0], found.groups()
        if raw == _PASTE_STARTS:
            self.pasting = True
            return Token(Kind.PASTE, raw)
        if final == b"M" and not prefix and not numbers:  # X10: three bytes follow
            return Token(Kind.MOUSE, data[at : at + 6]) if len(data) - at >= 6 else None
        if final in b"Mm" and (prefix == b"<" or numbers):
            return Token(Kind.MOUSE, raw)
        if prefix or between:
            return Token(Kind.REPLY, raw)
        if not numbers and final in b"IO":
            return Token(Kind.FOCUS_IN if final == b"I" else Kind.FOCUS_OUT, raw)
        return _key(raw, numbers, final)


def _control(raw: bytes) -> Token:
    byte = raw[0]
    name = _CONTROLS.get(byte) or (f"ctrl+{chr(byte + 0x60)}" if byte < 0x20 else "other")
    return Token(Kind.KEY, raw, name)


def _key(raw: bytes, numbers: bytes, final: bytes) -> Token:
    """A CSI sequence without prefix: a key in one of the encodings, or a reply."""
    fields = [[int(n[:9]) if n else 0 for n in field.split(b":")] for field in numbers.split(b";")]
    modifiers, event = _modifiers(fields)
    if final == b"u" and fields[0][0]:
        code = fields[0]
        point = code[1] if modifiers & _SHIFT and len(code) > 1 and code[1] else code[0]
        if point > 0x7F and len(code) > 2 and code[2] and not 57344 <= point <= 63743:
            point = code[2]  # the key of another script, by its place on the keyboard
        return _named(raw, _CODES.get(code[0]), point, modifiers, event)
    if final == b"~" and fields[0][0] == 27 and len(fields) > 2:
        point = fields[2][0]
        return _named(raw, _CODES.get(point), point, modifiers, 1)
    if final == b"~":
        return _named(raw, _NUMBERS.get(fields[0][0], "other"), 0, modifiers, event)
    if final in _FINALS and not (final == b"R" and numbers):  # CSI 5;9R is a cursor position
        return _named(raw, _FINALS[final], 0, modifiers, event)
    return Token(Kind.REPLY, raw)


def _modifiers(fields: list[list[int]]) -> tuple[int, int]:
    """Modifier bits without the locks, and the event: 1 pressed, 2 held, 3 let go."""
    if len(fields) < 2:
        return 0, 1
    bits = max(fields[1][0] - 1, 0) & ~_LOCKS
    return bits, fields[1][1] if len(fields[1]) > 1 else 1


def _named(raw: bytes, name: str | None, point: int, modifiers: int, event: int) -> Token:
    if event != 1:
        return Token(Kind.HELD, raw)
    printable = 0x20 < point < 0x110000 and not 57344 <= point <= 63743 and point != 0x7F
    if name is None and printable and not 0xD800 <= point <= 0xDFFF:
        character = chr(point)
        if not modifiers & ~_SHIFT:
            return Token(Kind.TEXT, raw, character.upper() if modifiers else character)
        name = character
    if name is None and point == 0x20:
        name = "space"
        if not modifiers & ~_SHIFT:
            return Token(Kind.TEXT, raw, " ")
    if name is None:
        return Token(Kind.KEY, raw, "other")
    held = ((_CTRL, "ctrl+"), (_ALT, "alt+"), (_SUPER, "super+"))
    return Token(Kind.KEY, raw, "".join(word for bit, word in held if modifiers & bit) + name)
