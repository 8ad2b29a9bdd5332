"""The rewriter: what the child writes, on its way to the terminal.

It reads the child's bytes as a terminal would and lets through what cannot reach
the bar; `sequences.py` says what that is.  Three rules hold for all of it:

1. What comes out ends at a character's and a sequence's end.  An incomplete
   sequence, string or character stays inside until the rest comes, so Aileron
   may draw between any two calls, and any split of the input gives the same output.
2. A sequence leaves in one canonical form: control characters inside it go first,
   an aborted or malformed one does not leave at all.  So no terminal can read a
   sequence differently from how it was judged.
3. The C1 controls of UTF-8 (C2 80 to C2 9F) are dropped: some terminals obey them.

Plain text and the commonest harmless sequences are skipped by one regular
expression; everything else takes the slow way.
"""

from __future__ import annotations

import re

from aileron.terminal import sequences
from aileron.terminal.tracked import Tracked

SEQUENCE_LIMIT = 256  # bytes of one sequence; what has no end by then is no sequence
STRING_LIMIT = 8 * 1024 * 1024  # a longer OSC or DCS is dropped whole

_ATTENTION = re.compile(rb"\x1b(?!\[[0-9;]{0,48}+[@ABCDGKPXm])")
_C1 = re.compile(rb"\xc2(?![\xa0-\xbf])")  # also one that might become one
_PART_OF_CHARACTER = re.compile(
    rb"(?:[\xc3-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)
_CSI = re.compile(rb"\x1b\[([<-?]?)([0-9:;]{0,200})([ -/]{0,4})([@-~])")
_ENDS_IN_SEQUENCE = re.compile(rb"\x1b\[[0-9;:]*[@-~]\Z")
_STRING_ENDS = re.compile(rb"[\x18\x1a\x1b]")
_COMMAND_ENDS = re.compile(rb"[\x07\x18\x1a\x1b]")  # BEL ends an OSC, and only that
_C0 = bytes(range(0x20)) + b"\x7f"
_UNREADABLE = "\ufffd".encode()

_ESC, _CAN, _SUB, _DEL = 0x1B, 0x18, 0x1A, 0x7F
_STRING_KINDS = b"]PX^_k"


class Rewriter:
    """`tracked` is what the child has set; `replies` collects bytes for the child's input."""

    def __init__(self, tracked: Tracked) -> None:
        self.tracked = tracked
        self.replies = bytearray()
        self._rest = b""
        self._before = b""  # the text just before, for REP
        self._kind = 0  # of the string being read, 0 outside of one
        self._string = bytearray()
        self._too_long = False

    def feed(self, data: bytes) -> bytes:
        """The bytes for the terminal; `tracked.dirty` says whether the bar has to follow."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        out: list[bytes] = []
        at, end = 0, len(data)
        while at < end:
            if self._kind:
                at = self._inside_string(data, at, out)
                continue
            stop = start = _next(data, at)
            if start == end:
                part = _PART_OF_CHARACTER.search(data, max(at, end - 3))
                if part:
                    stop = part.start()
                    self._rest = data[stop:]
            if stop > at:
                out.append(data[at:stop])
                self._before = out[-1][-64:]
            at = self._control(data, start, out) if start < end else end
        whole = b"".join(out)
        if whole and self.tracked.loose:
            self.tracked.dirty = True
        return whole

    def _control(self, data: bytes, at: int, out: list[bytes]) -> int:
        """Handles what starts at `at`; returns where to go on."""
        if data[at] == 0xC2:
            following = data[at + 1 : at + 2]
            if not following:
                self._rest = data[at:]
                return len(data)
            if b"\x80" <= following <= b"\x9f":
                return at + 2
            out.append(_UNREADABLE)  # alone: what is dropped next must not complete it
            return at + 1
        found = _CSI.match(data, at)
        if found:
            out.append(self._csi(found))
            return found.end()
        return self._slowly(data, at, out)

    def _csi(self, found: re.Match[bytes]) -> bytes:
        prefix, numbers, between, final = found.groups()
        raw, name = found[0], prefix + between + final
        before, self._before = self._before, b""
        if name in sequences.PASSING:
            return raw if b":" not in numbers or name == b"m" else b""
        if b":" in numbers or numbers.count(b";") >= sequences.MOST_PARAMETERS:
            return b""
        given = [int(n or b"0") for n in numbers.split(b";")] if numbers else []
        if name == b"b":
            return self._repeat(before, given)
        if name == b"t":
            self.replies += sequences.size_report(self.tracked, given)
        handler = sequences.HANDLERS.get(name)
        return handler(self.tracked, given, raw) if handler else b""

    def _repeat(self, before: bytes, given: list[int]) -> bytes:
        if _ENDS_IN_SEQUENCE.search(before):
            return b""
        last = before.decode("utf-8", "ignore")[-1:]
        times = min((*given, 0)[0] or 1, self.tracked.rows * self.tracked.columns)
        return last.encode() * times if last.isprintable() else b""

    def _slowly(self, data: bytes, at: int, out: list[bytes]) -> int:
        """A sequence byte by byte: one with controls in it, malformed or incomplete."""
        controls, body = bytearray(), bytearray()
        for place in range(at + 1, min(len(data), at + SEQUENCE_LIMIT)):
            byte = data[place]
            if byte in (_CAN, _SUB):
                return self._emit(out, bytes(controls), place + 1)
            if byte == _ESC or byte > _DEL:
                return self._emit(out, bytes(controls), place)
            if byte < 0x20:
                controls.append(byte)
            elif byte != _DEL:
                body.append(byte)
                if len(body) == 1 and byte in _STRING_KINDS:
                    self._kind, self._too_long = byte, False
                    return self._emit(out, bytes(controls), place + 1)
                if _is_complete(body):
                    out.append(bytes(controls))
                    return self._emit(out, self._dispatch(bytes(body)), place + 1)
        if len(data) - at >= SEQUENCE_LIMIT:
            return self._emit(out, bytes(controls), at + SEQUENCE_LIMIT)
        self._rest = data[at:]
        return len(data)

    def _emit(self, out: list[bytes], data: bytes, following: int) -> int:
        out.append(data)
        self._before = b""
        return following

    def _dispatch(self, body: bytes) -> bytes:
        if not body.startswith(b"["):
            return sequences.escape(self.tracked, body)
        found = _CSI.fullmatch(b"\x1b" + body)
        return self._csi(found) if found else b""

    def _inside_string(self, data: bytes, at: int, out: list[bytes]) -> int:
        ends = _COMMAND_ENDS if self._kind == ord("]") else _STRING_ENDS
        found = ends.search(data, at)
        stop = found.start() if found else len(data)
        if len(self._string) + stop - at > STRING_LIMIT:
            self._too_long = True
            self._string.clear()
        elif not self._too_long:
            self._string += data[at:stop]
        if found is None:
            return len(data)
        if data[stop] in (_CAN, _SUB):
            self._leave_string()
            return stop + 1
        if data[stop] == _ESC and stop + 1 == len(data):
            self._rest = data[stop:]
            return len(data)
        kind, too_long = self._kind, self._too_long
        body = _C1.sub(_UNREADABLE, self._leave_string().translate(None, _C0))
        bell = data[stop] != _ESC
        if not too_long:
            out.append(sequences.string(self.tracked, kind, body, b"\x07" if bell else b"\x1b\\"))
        if bell:
            return stop + 1
        return stop + 2 if data[stop + 1] == ord("\\") else stop

    def _leave_string(self) -> bytes:
        body = bytes(self._string)
        self._kind = 0
        self._string.clear()
        return body


def _next(data: bytes, at: int) -> int:
    """Where the first thing is that may not simply pass, the end of `data` if all may."""
    found = _ATTENTION.search(data, at)
    stop = found.start() if found else len(data)
    c1 = _C1.search(data, at, stop)
    return c1.start() if c1 else stop


def _is_complete(body: bytearray) -> bool:
    """Whether the bytes after an ESC are a whole sequence."""
    if body[0] == ord("["):
        return len(body) > 1 and 0x40 <= body[-1] <= 0x7E
    return 0x30 <= body[-1] <= 0x7E
