"""The protocol between shim and broker takes what is exactly right and nothing else."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aileron import wire
from aileron.errors import WireError
from aileron.model import Mode


def request(**changed: bytes | list[bytes]) -> bytes:
    fields: dict[str, bytes | list[bytes]] = {
        "V": b"1",
        "X": b"/usr/bin/bash",
        "N": b"bash",
        "A": [b"-c", b"ls"],
        "O": b"-c",
        "M": b"c",
        "C": b"ls",
        "D": b"/work",
        "E": [b"PATH=/bin", b"EMPTY="],
        "T": b"0",
        **changed,
    }
    pairs: list[wire.Field] = []
    for tag, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            pairs.append((tag.encode(), item))
    return wire.frame(pairs)[4:]


def test_a_request_comes_out_as_it_went_in() -> None:
    hello = wire.decode_request(request())
    assert hello.request.argv == ("bash", "-c", "ls")
    assert hello.request.mode is Mode.COMMAND
    assert hello.request.text == "ls"
    assert hello.request.environment == {"PATH": "/bin", "EMPTY": ""}
    assert hello.shim == "/usr/bin/bash"
    assert not hello.terminal


def test_bytes_that_are_not_utf_8_survive() -> None:
    hello = wire.decode_request(request(A=[b"-c", b"echo \xff"], C=b"echo \xff"))
    assert hello.request.text is not None
    assert wire.raw(hello.request.text) == b"echo \xff"


def test_absent_text_is_none_and_empty_text_is_empty() -> None:
    assert wire.decode_request(request(C=[])).request.text is None
    assert wire.decode_request(request(A=[b"-c", b""], C=b"")).request.text == ""


@pytest.mark.parametrize(
    "broken",
    [
        request(V=b"2"),
        request(M=b"?"),
        request(V=[]),
        request(N=[b"a", b"b"]),
        request()[:-1],
        b"V\x00\x00",
        b"V\xff\xff\xff\xff",
    ],
)
def test_anything_else_is_refused(broken: bytes) -> None:
    with pytest.raises(WireError):
        wire.decode_request(broken)


@pytest.mark.parametrize(
    ("arguments", "options", "claim"),
    [
        ([b"-c", b"rm x", b"ls"], [b"-c"], {"C": b"ls"}),
        ([b"-c", b"rm x", b"ls"], [b"-c", b"rm x"], {"C": b"ls"}),
        ([b"-c", b"rm x"], [b"-c"], {"M": b"v", "C": []}),
        ([b"-c", b"ls"], [], {"C": b"ls"}),
        ([b"x", b"-c", b"ls"], [b"-c"], {"C": b"ls"}),
        ([b"ls"], [b"-e"], {"M": b"f", "F": b"ls"}),
    ],
)
def test_a_frame_whose_claims_are_not_its_arguments_is_refused(
    arguments: list[bytes], options: list[bytes], claim: dict[str, bytes | list[bytes]]
) -> None:
    with pytest.raises(WireError, match="not what they are"):
        wire.decode_request(request(A=arguments, O=options, **claim))


@given(st.binary(max_size=300))
def test_garbage_never_raises_anything_but_a_wire_error(garbage: bytes) -> None:
    for decode in (wire.decode_request, wire.decode_report):
        with contextlib.suppress(WireError):
            decode(garbage)


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=1), st.binary(max_size=80))))
def test_fields_come_back_in_order(fields: list[wire.Field]) -> None:
    framed = wire.frame(fields)
    assert wire.length(framed[:4]) == len(framed) - 4
    assert wire.fields(framed[4:]) == fields


def test_a_frame_has_a_limit_both_ways() -> None:
    with pytest.raises(WireError):
        wire.frame([(b"C", b"x" * (wire.MAX_FRAME + 1))])
    with pytest.raises(WireError):
        wire.length(b"\xff\xff\xff\xff")


def test_a_report_tells_how_a_command_ended() -> None:
    body = wire.frame([(b"Z", b"signal 9"), (b"W", b"1500"), (b"Q", b"10 20 3000")])[4:]
    report = wire.decode_report(body)
    assert (report.status, report.signal, report.wall_us, report.maxrss_kb) == (None, 9, 1500, 3000)
