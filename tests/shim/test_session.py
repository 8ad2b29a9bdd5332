"""In a session nothing runs unless the broker said so, and then just that runs."""

from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from aileron import wire
from aileron.model import Mode

from .lab import DEADLINE, Answer, Lab, allow, new_lab, real_shell, reply_for, until

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="as Linux has it")


def run(
    shim: str, *words: str, argv0: str = "bash", **more: object
) -> subprocess.CompletedProcess[str]:
    options: dict[str, object] = {"stdin": subprocess.DEVNULL, **more}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [argv0, *words],
        executable=shim,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
        **options,
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


def sending(raw: bytes) -> Answer:
    return lambda hello, connection: connection.sendall(raw)


def frame(*fields: wire.Field) -> bytes:
    return wire.frame(fields)


GONE = "the broker of this session is gone"
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


# --- which broker ----------------------------------------------------------------


def test_neither_environment_nor_argv0_leads_to_another_broker(lab: Lab, tmp_path: Path) -> None:
    """A socket of the agent's own, with a name like the session's, is never asked."""
    fake = tmp_path / "fake"
    (fake / "bin").mkdir(parents=True)
    (fake / "broker.sock").touch()
    (fake / "bin" / "bash").symlink_to(lab.shim())
    environment = {"AILERON_RUN": str(fake), "PATH": f"{fake}/bin:/bin"}
    argv0 = str(fake / "bin" / "bash")
    ended = run(lab.shim(), "-c", "echo ran", env=environment, argv0=argv0, cwd=fake)
    assert (ended.stdout, len(lab.asked)) == ("ran\n", 1)
    assert run(argv0, "-c", "echo ran", argv0=argv0, cwd=fake).stdout == "ran\n"
    assert len(lab.asked) == 2


def test_a_run_directory_that_others_can_write_is_not_trusted(lab: Lab) -> None:
    lab.run.chmod(0o770)
    ended = run(lab.shim(), "-c", f"touch {lab.run}/it-ran")
    assert (ended.returncode, lab.asked) == (126, [])
    assert ended.stderr.startswith("aileron: ")
    assert "hint: " in ended.stderr
    assert not (lab.run / "it-ran").exists()


def test_a_session_whose_socket_is_gone_denies(lab: Lab) -> None:
    lab.stop()
    (lab.run / "broker.sock").unlink()
    ended = run(lab.shim(), "-c", f"touch {lab.run}/it-ran")
    assert ended.returncode == 126
    assert ended.stderr.startswith("aileron: ")
    assert "hint: " in ended.stderr
    assert not (lab.run / "it-ran").exists()


@pytest.fixture
def contained() -> list[str]:
    """The words that give a command a /dev of its own; skips where that cannot be."""
    words = ["bwrap", "--bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    if shutil.which("bwrap") is None or subprocess.run([*words, "true"], check=False).returncode:
        pytest.skip("no bubblewrap here")
    return words


@pytest.mark.linux
def test_in_the_contained_tier_a_copy_beside_another_socket_asks_the_sessions_broker(
    native: Path, contained: list[str]
) -> None:
    with new_lab(native) as session, new_lab(native) as fake:
        words = [*contained, "--ro-bind", str(session.run), "/dev/aileron"]
        ended = run("bwrap", *words[1:], fake.shim(), "-c", "echo ran", argv0="bwrap")
        assert ended.stdout == "ran\n", ended.stderr
        assert fake.asked == []
        assert [hello.shim for hello in session.asked] == [fake.shim()]


@pytest.mark.linux
def test_in_the_contained_tier_a_missing_socket_denies(
    native: Path, contained: list[str], tmp_path: Path
) -> None:
    with new_lab(native) as fake:
        tmp_path.chmod(0o700)
        words = [*contained, "--ro-bind", str(tmp_path), "/dev/aileron"]
        ended = run("bwrap", *words[1:], fake.shim(), "-c", f"touch {fake.run}/it-ran")
        assert ended.returncode == 126
        assert ended.stderr.startswith(f"aileron: denied: {GONE}\nhint: ")
        assert fake.asked == []
        assert not (fake.run / "it-ran").exists()


# --- no session --------------------------------------------------------------------


@pytest.fixture
def installed(native: Path, tmp_path: Path) -> Path:
    """The shim as it is installed: beside aileron, and no socket anywhere."""
    folder = tmp_path / "venv" / "bin"
    folder.mkdir(parents=True)
    shim = folder / "aileron-sh"
    shim.write_bytes(native.read_bytes())
    shim.chmod(0o755)
    return shim


def interpreter(path: Path) -> None:
    """A stand-in for python that prints what it was called with."""
    path.write_text('#!/bin/sh\nfor word; do echo "[$word]"; done\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


JUDGED = ["-I", "-m", "aileron.session.standalone", "--", "-bash", "-c", "echo  x", "name"]


def test_without_a_session_aileron_itself_judges(installed: Path) -> None:
    python = installed.parent / "python3.11"
    interpreter(python)
    (installed.parent / "aileron").write_text(f"#!{python} -sE\nimport sys\n")
    ended = run(str(installed), "-c", "echo  x", "name", argv0="-bash")
    assert ended.stdout.splitlines() == [f"[{word}]" for word in JUDGED]


def test_an_aileron_behind_a_long_path_names_python_beside_it(installed: Path) -> None:
    """Installers write #!/bin/sh there; the interpreter is the one in the folder."""
    interpreter(installed.parent / "python3")
    (installed.parent / "aileron").write_text("#!/bin/sh\n'''exec' \"/a b/python\" ...\n")
    assert run(str(installed), "-c", ":").stdout.startswith("[-I]\n[-m]\n")


@pytest.mark.parametrize("line", ["", "#!", "#!python3\n", "#!/usr/bin/env python3\n", "\x7fELF"])
def test_without_a_session_and_without_aileron_nothing_runs(installed: Path, line: str) -> None:
    if line:
        (installed.parent / "aileron").write_text(line)
    ended = run(str(installed), "-c", f"touch {installed.parent}/it-ran")
    assert ended.returncode == 126
    assert ended.stderr.startswith("aileron: no session, and no aileron beside aileron-sh\nhint: ")
    assert not (installed.parent / "it-ran").exists()
