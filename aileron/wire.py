"""The protocol between the shim and the broker: bytes to values and back.

A frame is a length (4 bytes, big endian) and that many bytes of fields; a
field is a tag (1 byte), a length (4 bytes, big endian) and its bytes.  One
connection carries one command:

    shim   → broker   request    V version  X path of the shim's own file  N argv[0]
                                 A argument (repeated)  O option word (repeated)
                                 M mode  C text  F script path  D directory
                                 E NAME=value (repeated)  T "1" if stdin is a terminal
    broker → shim     wait       Y          (a person is being asked: no time limit now)
    broker → shim     reply      K allow|deny  P path of the real shell, or a
                                 descriptor in SCM_RIGHTS beside the frame
                                 U name to unset (repeated)  S NAME=value to set (repeated)
                                 R text for stderr
    shim   → broker   report     Z "exit N" | "signal N"  W wall time in µs
                                 Q "user_us system_us maxrss_kb"

Modes: c text of -c, f script file, s standard input, i interactive,
v information only (--version, --help), u options the shim does not know.
`C` holds the text of -c, or the bytes of the script or of standard input where
the shim could read all of them; it is absent where it could not.

Everything that is not exactly this is a `WireError`: the broker then denies,
the shim then exits 126.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aileron.errors import WireError
from aileron.model import CommandRequest, Mode

VERSION = b"1"
HEAD = 4  # bytes of a frame's length
MAX_FRAME = 4 * 1024 * 1024  # Linux takes 2 MB of arguments and environment
TEXT_LIMIT = 64 * 1024  # larger text is not read, see shell/

MODES = {
    b"c": Mode.COMMAND,
    b"f": Mode.SCRIPT,
    b"s": Mode.STDIN,
    b"i": Mode.INTERACTIVE,
    b"v": Mode.INFORMATION,
    b"u": Mode.UNKNOWN,
}

Field = tuple[bytes, bytes]
_FIELD = struct.Struct(">cI")  # a field's tag and length


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """A request as it came: the command, and the shim's own account of itself."""

    request: CommandRequest
    shim: str  # path of the shim's own file, as the kernel names it to the shim
    terminal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The broker's answer; `path` is empty when a descriptor goes with it."""

    allowed: bool
    path: str = ""
    unset: tuple[str, ...] = ()
    put: tuple[str, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a command ended: `status` or `signal` is set, the other is None; times in µs."""

    status: int | None
    signal: int | None
    wall_us: int
    user_us: int = 0
    system_us: int = 0
    maxrss_kb: int = 0


def text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def raw(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def frame(fields: Iterable[Field]) -> bytes:
    """One frame from its fields; WireError when it is larger than MAX_FRAME."""
    body = b"".join(tag + len(value).to_bytes(4, "big") + value for tag, value in fields)
    if len(body) > MAX_FRAME:
        raise WireError(f"a frame of {len(body)} bytes is larger than {MAX_FRAME}")
    return len(body).to_bytes(4, "big") + body


def length(head: bytes) -> int:
    """The size of the frame that these four bytes announce."""
    if len(head) != 4:
        raise WireError("a frame starts with four bytes")
    size = int.from_bytes(head, "big")
    if size > MAX_FRAME:
        raise WireError(f"a frame of {size} bytes is larger than {MAX_FRAME}")
    return size


def fields(body: bytes) -> list[Field]:
    """The fields of one frame's body, in order."""
    found: list[Field] = []
    at = 0
    while at < len(body):
        try:
            tag, size = _FIELD.unpack_from(body, at)
        except struct.error:
            raise WireError("a field is cut off") from None
        at += _FIELD.size
        value = body[at : at + size]
        if len(value) < size:
            raise WireError("a field is cut off")
        found.append((tag, value))
        at += size
    return found


def _by_tag(body: bytes) -> dict[bytes, list[bytes]]:
    found: dict[bytes, list[bytes]] = {}
    for tag, value in fields(body):
        found.setdefault(tag, []).append(value)
    return found


def _one(found: Mapping[bytes, list[bytes]], tag: bytes, default: bytes | None = None) -> bytes:
    values = found.get(tag, [])
    if len(values) > 1 or (not values and default is None):
        raise WireError(f"field {tag.decode('latin-1')} must come once")
    if values:
        return values[0]
    assert default is not None
    return default


def _all(found: Mapping[bytes, list[bytes]], tag: bytes) -> tuple[str, ...]:
    return tuple(map(text, found.get(tag, ())))


_TAKES_FILE = ("--rcfile", "--init-file", "-rcfile", "-init-file")
_INFORMATION = ("help", "version")


def _agrees(request: CommandRequest) -> bool:
    """Whether mode and text are what the arguments say.

    The option words stand first; each is one, or the value that one before it
    takes; the text of -c is the word after them, and after `--` or `-`.
    """
    options = request.options
    after = request.argv[1 + len(options) :]
    if request.argv[1 : 1 + len(options)] != options:
        return False
    if after[:1] in (("--",), ("-",)):  # the end of the options, not counted among them
        after = after[1:]
    values = 0
    for word in options:
        if word[:1] not in ("-", "+"):
            values -= 1
        elif word in _TAKES_FILE:
            values += 1
        elif not word.startswith("--"):
            values += word.count("o") + word.count("O")
        if values < 0:
            return False
    if request.mode is Mode.INFORMATION:
        return any(word.lstrip("-") in _INFORMATION for word in options)
    if request.mode is Mode.COMMAND and request.text is not None:
        letters = "".join(w[1:] for w in options if w[:1] in "-+" and w[:2] != "--")
        return "c" in letters and after[:1] == (request.text,)
    return True


def decode_request(body: bytes) -> Hello:
    found = _by_tag(body)
    if _one(found, b"V") != VERSION:
        raise WireError("the shim speaks another version of the protocol")
    mode = MODES.get(_one(found, b"M"))
    if mode is None:
        raise WireError("unknown mode")
    environment: dict[str, str] = {}
    for item in _all(found, b"E"):
        name, _, value = item.partition("=")
        environment[name] = value
    argv0 = text(_one(found, b"N"))
    request = CommandRequest(
        argv=(argv0, *_all(found, b"A")),
        cwd=text(_one(found, b"D")),
        text=text(_one(found, b"C")) if b"C" in found else None,
        mode=mode,
        options=_all(found, b"O"),
        script=text(_one(found, b"F", b"")),
        environment=environment,
    )
    if not _agrees(request):
        raise WireError("what it says of its arguments is not what they are")
    return Hello(
        request=request,
        shim=text(_one(found, b"X")),
        terminal=_one(found, b"T", b"0") == b"1",
    )


WAIT = frame([(b"Y", b"")])


def encode_reply(reply: Reply) -> bytes:
    out: list[Field] = [(b"K", b"allow" if reply.allowed else b"deny")]
    if reply.path:
        out.append((b"P", raw(reply.path)))
    out += [(b"U", raw(name)) for name in reply.unset]
    out += [(b"S", raw(item)) for item in reply.put]
    if reply.refusal:
        out.append((b"R", raw(reply.refusal)))
    return frame(out)


def decode_report(body: bytes) -> Report:
    found = _by_tag(body)
    try:
        kind, number = _one(found, b"Z").split()
        wall = int(_one(found, b"W"))
        user, system, maxrss = (int(n) for n in _one(found, b"Q", b"0 0 0").split())
        ended = int(number)
    except ValueError as error:
        raise WireError("a report that is not one") from error
    if kind not in (b"exit", b"signal"):
        raise WireError("a report that is not one")
    return Report(
        status=ended if kind == b"exit" else None,
        signal=ended if kind == b"signal" else None,
        wall_us=wall,
        user_us=user,
        system_us=system,
        maxrss_kb=maxrss,
    )
