"""In a session nothing runs unless the broker said so, and then just that runs."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from aileron import wire

from .lab import (
    DEADLINE,
    GONE,
    Lab,
    allow,
    real_shell,
    reply_for,
    run,
    sending,
    until,
)


def refused(lab: Lab, why: str) -> None:
    """The command does not run, the status is 126, the message has a hint."""
    mark = lab.run / "it-ran"
    ended = run(lab.shim(), "-c", f"touch {mark}")
    assert not mark.exists()
    assert ended.returncode == 126
    assert ended.stdout == ""
    first, hint, *rest = ended.stderr.splitlines()
    assert first == f"aileron: denied: {why}"
    assert hint.startswith("hint: ")
    assert not rest


def frame(*fields: wire.Field) -> bytes:
    return wire.frame(fields)


GARBLED = "the broker's answer could not be read"
SLOW = "the broker of this session does not answer"


def test_a_broker_that_does_not_listen_any_more_denies(lab: Lab) -> None:
    lab.stop()
    refused(lab, GONE)


def test_a_broker_that_ends_while_it_is_asked_denies(lab: Lab) -> None:
    lab.answer = lambda hello, connection: connection.close()
    refused(lab, GONE)


def test_a_broker_that_ends_in_the_middle_of_its_answer_denies(lab: Lab) -> None:
    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        connection.sendall(reply_for(hello)[:-1])
        connection.shutdown(socket.SHUT_WR)

    lab.answer = answer
    refused(lab, GONE)


def test_a_broker_that_ends_while_a_person_is_asked_denies(lab: Lab) -> None:
    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        connection.sendall(wire.WAIT)
        connection.shutdown(socket.SHUT_WR)

    lab.answer = answer
    refused(lab, GONE)


def test_a_broker_that_is_silent_denies(hasty_lab: Lab) -> None:
    hasty_lab.answer = lambda hello, connection: None
    refused(hasty_lab, SLOW)


def test_an_answer_that_drips_denies(hasty_lab: Lab) -> None:
    """Each byte starts no new time limit."""

    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        connection.sendall(reply_for(hello)[:6])

    hasty_lab.answer = answer
    refused(hasty_lab, SLOW)


def test_a_queue_that_nobody_serves_denies(hasty_lab: Lab) -> None:
    hasty_lab.stop()
    path = hasty_lab.run / "broker.sock"
    path.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(0)
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(str(path))
        ended = run(hasty_lab.shim(), "-c", f"touch {hasty_lab.run}/it-ran")
        for one in waiting:
            one.close()
    assert ended.returncode == 126
    assert ended.stderr.startswith("aileron: denied: the broker of this session")
    assert not (hasty_lab.run / "it-ran").exists()


def test_while_a_person_is_asked_there_is_no_time_limit(hasty_lab: Lab) -> None:
    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        connection.sendall(wire.WAIT)
        connection.settimeout(1.0)  # longer than the shim's patience
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(None)
        connection.sendall(wire.WAIT)
        connection.sendall(reply_for(hello))

    hasty_lab.answer = answer
    assert run(hasty_lab.shim(), "-c", "echo ran").stdout == "ran\n"


BASH = real_shell("bash").encode()

NOT_THE_PROTOCOL = {
    "nothing of ours": b"HTTP/1.1 200 OK\r\n\r\n",
    "too large": (wire.MAX_FRAME + 1).to_bytes(4, "big"),
    "too large for any memory": b"\xff\xff\xff\xff",
    "empty": frame(),
    "no verdict": frame((b"P", BASH)),
    "a verdict that is none": frame((b"K", b"maybe"), (b"P", BASH)),
    "a verdict with more behind it": frame((b"K", b"allow\n"), (b"P", BASH)),
    "two verdicts": frame((b"K", b"allow"), (b"K", b"deny"), (b"P", BASH)),
    "no shell": frame((b"K", b"allow")),
    "two shells": frame((b"K", b"allow"), (b"P", BASH), (b"P", BASH)),
    "a shell by a relative path": frame((b"K", b"allow"), (b"P", b"bash")),
    "a shell without a name": frame((b"K", b"allow"), (b"P", b"")),
    "a zero byte": frame((b"K", b"allow"), (b"P", BASH + b"\0x")),
    "an unknown field": frame((b"K", b"allow"), (b"P", BASH), (b"?", b"")),
    "wait and more": frame((b"Y", b""), (b"K", b"allow"), (b"P", BASH)),
    "wait with a value": frame((b"Y", b"x")),
    "a field cut off": b"\0\0\0\x0aK\0\0\0\x09allow",
    "a field's length cut off": b"\0\0\0\x0dK\0\0\0\x05allowP\0\0",
    "a field of four gigabytes": b"\0\0\0\x0aK\xff\xff\xff\xffallow",
}


@pytest.mark.parametrize("raw", NOT_THE_PROTOCOL.values(), ids=NOT_THE_PROTOCOL.keys())
def test_an_answer_that_is_not_the_protocol_denies(raw: bytes, lab: Lab) -> None:
    lab.answer = sending(raw)
    why = GARBLED
    mark = lab.run / "it-ran"
    ended = run(lab.shim(), "-c", f"touch {mark}")
    assert (ended.returncode, mark.exists()) == (126, False)
    assert ended.stderr.startswith(f"aileron: denied: {why}\nhint: ")


def test_a_denial_is_printed_as_it_is(lab: Lab) -> None:
    text = "aileron: denied: no\nrule: a (b:1)\nhint: do not retry\n"
    lab.answer = sending(wire.encode_reply(wire.Reply(allowed=False, refusal=text)))
    ended = run(lab.shim(), "-c", f"touch {lab.run}/it-ran")
    assert (ended.returncode, ended.stdout, ended.stderr) == (126, "", text)
    assert not (lab.run / "it-ran").exists()


def test_a_denial_without_words_says_so(lab: Lab) -> None:
    lab.answer = sending(wire.encode_reply(wire.Reply(allowed=False)))
    ended = run(lab.shim(), "-c", ":")
    assert ended.returncode == 126
    assert ended.stderr.startswith("aileron: denied: ")


def test_a_denial_that_nobody_can_read_denies_all_the_same(lab: Lab) -> None:
    lab.answer = sending(wire.encode_reply(wire.Reply(allowed=False, refusal="no\n")))
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        ended = subprocess.run(
            [lab.shim(), "-c", ":"], stderr=nobody, check=False, timeout=DEADLINE
        )
    assert ended.returncode == 126


def test_the_shell_may_come_as_a_descriptor(lab: Lab) -> None:
    """The shell is executed through it, and does not find it open."""
    if sys.platform != "linux":
        pytest.skip("only Linux executes a descriptor")

    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        shell = os.open(BASH, os.O_RDONLY)
        socket.send_fds(connection, [frame((b"K", b"allow"))], [shell])
        os.close(shell)

    lab.answer = answer
    command = 'echo "$BASH_VERSION" $#; for i in {3..40}; do [ -e /dev/fd/$i ] && echo $i; done'
    plain = run(real_shell("bash"), "-c", command, "name", "one")
    assert run(lab.shim(), "-c", command, "name", "one").stdout == plain.stdout


@pytest.mark.parametrize("beside", [["path"], ["second"]])
def test_a_descriptor_beside_another_shell_denies(beside: list[str], lab: Lab) -> None:
    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        shell = os.open(BASH, os.O_RDONLY)
        fields = [(b"K", b"allow")] + ([(b"P", BASH)] if "path" in beside else [])
        shells = [shell, shell] if "second" in beside else [shell]
        socket.send_fds(connection, [frame(*fields)], shells)
        os.close(shell)

    lab.answer = answer
    refused(lab, GARBLED)


def test_a_shim_that_is_ended_while_a_person_is_asked_withdraws_the_question(lab: Lab) -> None:
    waiting: list[bool] = []
    ended: list[bytes] = []

    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        connection.sendall(wire.WAIT)
        waiting.append(True)
        try:
            ended.append(connection.recv(1))
        except ConnectionResetError:  # it had not read that it is to wait
            ended.append(b"")

    lab.answer = answer
    with subprocess.Popen([lab.shim(), "-c", f"touch {lab.run}/it-ran"]) as shim:
        until(lambda: waiting, "the question")
        shim.terminate()
        assert shim.wait(DEADLINE) == -15
    until(lambda: ended, "the end of the connection")
    assert ended == [b""]
    assert not (lab.run / "it-ran").exists()


def test_a_hundred_at_once_get_each_their_own_answer(lab: Lab) -> None:
    """Every other one is denied; each ends as its own answer says."""

    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        assert hello.request.text is not None
        if hello.request.text.endswith("1"):
            connection.sendall(wire.encode_reply(wire.Reply(allowed=False, refusal="no\n")))
        else:
            allow(hello, connection)

    lab.answer = answer
    null = subprocess.DEVNULL
    started = [
        subprocess.Popen([lab.shim(), "-c", f"exit {n % 50}"], stdin=null, stdout=null, stderr=null)
        for n in range(100)
    ]
    statuses = [shim.wait(DEADLINE) for shim in started]
    assert statuses == [126 if n % 50 % 10 == 1 else n % 50 for n in range(100)]
