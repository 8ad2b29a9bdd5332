"""What the broker is told, and what the shell then gets."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping

import pytest

from aileron import wire
from aileron.model import Mode

from .lab import (
    DEADLINE,
    LINUX,
    Lab,
    allow,
    real_shell,
    run,
    sending,
    until,
)


def test_the_broker_hears_what_was_started_and_where(lab: Lab) -> None:
    (lab.run / "here").mkdir()
    run(lab.shim(), "-ec", "echo $0", "name", "ü", cwd=lab.run / "here", argv0=lab.shim())
    (hello,) = lab.asked
    assert hello.shim == lab.shim()
    assert hello.terminal is False
    assert hello.request.argv == (lab.shim(), "-ec", "echo $0", "name", "ü")
    assert hello.request.options == ("-ec",)
    assert hello.request.mode is Mode.COMMAND
    assert hello.request.cwd == str(lab.run / "here")


def test_option_words_are_all_words_before_the_operand(lab: Lab) -> None:
    run(lab.shim(), "--rcfile", "/nowhere", "-eo", "pipefail", "-c", "--", ":", "-x", argv0="x")
    assert lab.asked[0].request.options == ("--rcfile", "/nowhere", "-eo", "pipefail", "-c")


def test_a_script_is_named_by_the_path_that_the_shell_opens(lab: Lab) -> None:
    folder = lab.run / "on-path"
    folder.mkdir()
    (folder / "script").write_text("echo from PATH\n")
    environment = {"PATH": f"/nowhere::{folder}:/bin:/usr/bin"}
    assert run(lab.shim(), "script", env=environment).stdout == "from PATH\n"
    assert lab.asked[0].request.script == f"{folder}/script"


def test_bash_gives_a_tilde_in_path_another_meaning_so_nothing_behind_it_was_read(
    lab: Lab,
) -> None:
    """A folder that is really called ~ must not stand in for the home folder."""
    for folder, text in {"home": "echo read by bash", "~": "echo harmless"}.items():
        (lab.run / folder).mkdir()
        (lab.run / folder / "script").write_text(text)
    environment = {"PATH": "~:/bin:/usr/bin", "HOME": str(lab.run / "home")}
    ended = run(lab.shim(), "script", env=environment, cwd=lab.run)
    assert ended.stdout == "read by bash\n"
    assert lab.asked[0].request.text is None


def test_just_the_variables_that_change_a_shell_are_sent(lab: Lab) -> None:
    sent = {"PATH": "/bin", "BASH_ENV": "", "LD_PRELOAD": "/x=y", "BASH_FUNC_a%%": "() { :; }"}
    sent |= {"IFS": "x\ny", "PS4": "ü", "DYLD_X": "1"}
    kept = {"SECRET": "1", "PATHS": "1", "XPATH": "1", "BASH": "1", "LD": "1"}
    run(lab.shim(), "-c", ":", env={**sent, **kept})
    assert lab.asked[0].request.environment == sent


def environment_of(lab: Lab, given: Mapping[str, str]) -> dict[str, str]:
    shown = run(lab.shim(), "-c", "exec /usr/bin/env -0", env=dict(given)).stdout
    return dict(item.split("=", 1) for item in shown.split("\0") if item)


def test_the_shell_gets_the_environment_as_the_broker_edits_it(lab: Lab) -> None:
    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        path = real_shell("bash")
        unset = ("GONE", "NEVER", "LD_PRELOAD", "BASH_FUNC_echo%%")
        put = ("NEW=a=b", "OLD=new", "EMPTY=")
        reply = wire.Reply(allowed=True, path=path, unset=unset, put=put)
        connection.sendall(wire.encode_reply(reply))

    lab.answer = answer
    given = {"GONE": "1", "GONE_NOT": "1", "OLD": "old", "LD_PRELOAD": "/nowhere.so"}
    found = environment_of(lab, {**given, "BASH_FUNC_echo%%": "() { :; }", "LC_ALL": "C"})
    expected = {"GONE_NOT": "1", "OLD": "new", "NEW": "a=b", "EMPTY": "", "LC_ALL": "C"}
    assert {name: found[name] for name in found if name not in ("PWD", "SHLVL", "_")} == expected


@LINUX
def test_python_leaves_nothing_of_its_own_in_the_environment(lab: Lab) -> None:
    given = {"LANG": "C", "A": "1"}
    found = environment_of(lab, given)
    assert {name: found[name] for name in found if name not in ("PWD", "SHLVL", "_")} == given


@LINUX
def test_a_shell_without_any_argv_is_asked_about(native_lab: Lab) -> None:
    program = (
        "import ctypes\n"
        "nothing = (ctypes.c_char_p * 1)(None)\n"
        f"ctypes.CDLL(None).execve({native_lab.shim().encode()!r}, nothing, nothing)\n"
    )
    null = subprocess.DEVNULL
    ended = subprocess.run([sys.executable, "-c", program], stdin=null, check=False)
    assert ended.returncode == 0
    assert native_lab.asked[0].request.argv == ("",)


@LINUX
def test_of_a_variable_that_comes_twice_the_shell_gets_the_one_that_was_sent(lab: Lab) -> None:
    """bash takes the last, getenv(3) the first: only one may reach the shell."""
    program = (
        "import ctypes, sys\n"
        "words = lambda *w: (ctypes.c_char_p * (len(w) + 1))(*w, None)\n"
        f"ctypes.CDLL(None).execve({lab.shim().encode()!r}, words(b'bash', b'-c', b'exec env'),\n"
        "    words(b'PATH=/first', b'LD_X=1', b'PATH=/bin:/usr/bin', b'LD_X=2'))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert lab.asked[0].request.environment == {"PATH": "/bin:/usr/bin", "LD_X": "2"}
    names = re.findall(r"(?m)^(?:PATH|LD_X)=.*$", ended.stdout)
    assert sorted(names) == ["LD_X=2", "PATH=/bin:/usr/bin"]


@pytest.mark.parametrize(
    ("command", "status", "signal"),
    [("exit 0", 0, None), ("exit 7", 7, None), ("kill -TERM $$", None, 15)],
)
def test_the_end_is_reported(
    command: str, status: int | None, signal: int | None, lab: Lab
) -> None:
    run(lab.shim(), "-c", command)
    until(lambda: lab.reports, "a report")
    (report,) = lab.reports
    assert (report.status, report.signal) == (status, signal)
    assert 0 < report.wall_us < DEADLINE * 1e6


def test_what_a_command_used_is_reported(native_lab: Lab) -> None:
    run(native_lab.shim(), "-c", "i=0; while ((i < 20000)); do ((i += 1)); done")
    until(lambda: native_lab.reports, "a report")
    (report,) = native_lab.reports
    assert report.user_us + report.system_us > 0
    assert report.maxrss_kb > 500


def test_a_broker_that_takes_no_report_changes_nothing(lab: Lab) -> None:
    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        allow(hello, connection)
        connection.close()

    lab.answer = answer
    ended = run(lab.shim(), "-c", "echo ran; exit 9")
    assert (ended.stdout, ended.returncode) == ("ran\n", 9)


def test_a_script_that_changes_while_it_is_judged_does_not_run(lab: Lab) -> None:
    script = lab.run / "script"
    script.write_text("echo judged\n")
    before = script.stat()

    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        assert hello.request.text == "echo judged\n"
        script.write_text("echo others\n")
        os.utime(script, ns=(before.st_atime_ns, before.st_mtime_ns))  # nothing to see
        allow(hello, connection)

    lab.answer = answer
    ended = run(lab.shim(), str(script))
    assert (ended.returncode, ended.stdout) == (126, "")
    assert "was changed while it was being judged" in ended.stderr


@LINUX
def test_standard_input_is_what_was_judged_whatever_becomes_of_the_file(native_lab: Lab) -> None:
    script = native_lab.run / "script"
    script.write_text("echo judged\n")

    def answer(hello: wire.Hello, connection: socket.socket) -> None:
        script.write_text("echo others\n")
        allow(hello, connection)

    native_lab.answer = answer
    with script.open() as opened:
        assert run(native_lab.shim(), stdin=opened).stdout == "judged\n"
    assert native_lab.asked[0].request.text == "echo judged\n"


@LINUX
def test_nobody_can_write_to_the_standard_input_that_was_judged(native_lab: Lab) -> None:
    command = b"echo echo more 2>/dev/null >>/dev/stdin; echo end\n"
    ended = subprocess.run(
        [native_lab.shim()], input=command, capture_output=True, check=False, timeout=DEADLINE
    )
    assert ended.stdout == b"end\n"


@LINUX
def test_a_socket_as_standard_input_is_read_when_its_other_end_has_closed(
    native_lab: Lab,
) -> None:
    """Some programs give their children sockets instead of pipes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(b"echo one\n")
        ours.sendall(b"echo two\n")
        ours.shutdown(socket.SHUT_WR)
        ended = run(native_lab.shim(), "-s", stdin=theirs.fileno())
        assert theirs.recv(100) == b""  # the shell has taken it
    assert ended.stdout == "one\ntwo\n"
    assert native_lab.asked[0].request.text == "echo one\necho two\n"


@LINUX
def test_a_denied_script_on_standard_input_is_left_where_it_was(native_lab: Lab) -> None:
    native_lab.answer = sending(wire.encode_reply(wire.Reply(allowed=False, refusal="no\n")))
    reader, writer = os.pipe()
    os.write(writer, b"echo x\n")
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        run(native_lab.shim(), stdin=pipe)
        assert pipe.read() == b"echo x\n"
