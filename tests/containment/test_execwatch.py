"""What an answer does, with real processes: what runs, what is refused, what ends."""

from __future__ import annotations

import errno
import json
import os
import platform
import pty
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from aileron.containment import execwatch
from aileron.containment.execwatch import Answer, Exec, ExecWatch
from aileron.errors import LaunchRefused
from tests.containment.lab import (
    ECHO,
    MARKS,
    NOBODY,
    PYTHON,
    ROOT,
    TRUE,
    TRY,
    Judge,
    allow,
    compiled,
    eventually,
    inode,
    python,
    watched,
)

pytestmark = MARKS


# What the answer does


def test_a_refused_program_fails_with_eperm(helper: Path) -> None:
    with watched(helper, python(TRY + f"attempt({TRUE!r})"), lambda found: Answer.DENY) as run:
        assert run.end() == "Operation not permitted\n"


@pytest.mark.parametrize("yes", [True, False])
def test_an_answer_may_come_later_and_counts_once(helper: Path, yes: bool) -> None:
    asked = python(TRY + f"attempt({TRUE!r})")
    with watched(helper, asked, lambda found: Answer.PENDING) as run:
        eventually(lambda: len(run.seen) == 2)
        id = run.seen[1].id
        assert run.watch.alive(id)
        run.watch.answer(id + 1, not yes)
        run.watch.answer(id, yes)
        run.watch.answer(id, not yes)
        assert run.end() == ("0\n" if yes else "Operation not permitted\n")
        assert not run.watch.alive(id)


def test_an_exec_that_changed_while_it_waited_is_refused(helper: Path) -> None:
    """One thread executes, another rewrites the arguments before the answer."""
    code = (
        "import ctypes, sys, threading\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "word = ctypes.create_string_buffer(b'status')\n"
        "argv = (ctypes.c_void_p * 3)(ctypes.addressof(word), ctypes.addressof(word), None)\n"
        "def go():\n"
        "    libc.execv(sys.argv[1].encode(), argv); print(ctypes.get_errno(), flush=True)\n"
        "t = threading.Thread(target=go); t.start()\n"
        "sys.stdin.readline(); word.value = b'push'; print('changed', flush=True); t.join()\n"
    )
    with watched(helper, [PYTHON, "-I", "-c", code, ECHO], lambda found: Answer.PENDING) as run:
        eventually(lambda: len(run.seen) == 2)
        run.tell()
        assert run.line() == "changed"
        run.watch.answer(run.seen[1].id, True)
        assert run.end() == f"{errno.EPERM}\n"
    assert "changed" in run.notices[0]


def test_an_exec_may_run_though_its_parent_ended_while_it_waited(helper: Path) -> None:
    code = f"import os; os.fork() and os._exit(0); os.execv({ECHO!r}, ['echo', 'orphan'])"
    with watched(helper, python(code), lambda found: Answer.PENDING) as run:
        run.child.wait(20)
        eventually(lambda: len(run.seen) == 2)
        run.watch.answer(run.seen[1].id, True)
        assert run.end() == "orphan\n"


def test_a_target_killed_while_it_waits_leaves_the_watch_whole(helper: Path) -> None:
    code = TRY + f"attempt({ECHO!r}); attempt({TRUE!r})"
    with watched(
        helper,
        python(code),
        lambda found: Answer.PENDING if found.path == ECHO else Answer.ALLOW,
    ) as run:
        eventually(lambda: len(run.seen) == 2)
        waiting = run.seen[1]
        os.kill(waiting.pid, signal.SIGKILL)
        eventually(lambda: not run.watch.alive(waiting.id))
        run.watch.answer(waiting.id, True)
        assert run.end().split("\n")[-2] == "0"


def test_a_judge_that_fails_refuses_that_program_only(helper: Path) -> None:
    def judge(found: Exec) -> Answer:
        if found.path == ECHO:
            raise RuntimeError("no such rule")
        return Answer.ALLOW

    code = TRY + f"attempt({ECHO!r}); attempt({TRUE!r})"
    with watched(helper, python(code), judge) as run:
        assert run.end() == "Operation not permitted\n0\n"
    assert "no such rule" in run.notices[0]


# Shells and shims


def test_the_shim_runs_unasked_also_as_an_interpreter(helper: Path, tmp_path: Path) -> None:
    shutil.copy(TRUE, tmp_path / "shim")
    (tmp_path / "script").write_text("#!./shim\n")
    (tmp_path / "script").chmod(0o755)
    code = TRY + "attempt('./shim'); attempt('./script')"
    shims = frozenset([inode(tmp_path / "shim")])
    denies: Judge = lambda found: Answer.DENY  # noqa: E731
    with watched(helper, python(code), denies, cwd=tmp_path, shims=shims) as run:
        assert run.end() == "0\n0\n"
    assert len(run.seen) == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_real_shell_runs_only_for_a_child_of_an_allowed_shim(
    helper: Path, tmp_path: Path, known: bool
) -> None:
    """By descriptor, by name, and as the interpreter of a script; the judge is not asked."""
    shutil.copy(TRUE, tmp_path / "bash")
    (tmp_path / "script").write_text("#!./bash\n")
    (tmp_path / "script").chmod(0o755)
    asked: list[tuple[int, int, int]] = []

    def may(found: Exec, parent_start: int) -> bool:
        asked.append((found.pid, found.ppid, parent_start))
        return known

    code = (
        TRY + "attempt('./bash'); attempt('./script')\n"
        "fd = os.open('bash', 0)\n"
        "if os.fork() == 0: os.execve(fd, ['sh'], {})\n"
        "print(os.wait()[1])\n"
    )
    shells = frozenset([inode(tmp_path / "bash")])
    with watched(helper, python(code), cwd=tmp_path, shells=shells, may_exec_shell=may) as run:
        out, _ = run.child.communicate(timeout=30)
    assert len(run.seen) == 1
    me = run.seen[0]
    assert [(ppid, start) for _, ppid, start in asked] == [(me.pid, me.start_time)] * 3
    if known:
        assert out == "0\n0\n0\n"
    else:
        assert out.count("Operation not permitted") == 3


# Storms, crowds and the end


def test_two_hundred_programs_at_once(helper: Path) -> None:
    code = (
        f"import subprocess; all = [subprocess.Popen([{TRUE!r}, str(n)]) for n in range(200)];"
        "print(sum(p.wait() for p in all))"
    )
    with watched(helper, python(code)) as run:
        assert run.end() == "0\n"
    assert sorted(run.programs()) == sorted((TRUE, str(n)) for n in range(200))


def test_threads_that_start_programs_together(helper: Path) -> None:
    code = (
        "import subprocess, threading\n"
        f"def go(): [subprocess.run([{TRUE!r}], check=True) for _ in range(10)]\n"
        "all = [threading.Thread(target=go) for _ in range(8)]\n"
        "[t.start() for t in all]; [t.join() for t in all]; print('done')\n"
    )
    with watched(helper, python(code)) as run:
        assert run.end() == "done\n"
    assert len(run.programs()) == 80


def test_signals_do_not_disturb_a_waiting_exec(helper: Path) -> None:
    """As Go's scheduler sends them: handled, many, in the midst of the exec."""
    code = (
        "import os, signal; signal.signal(signal.SIGURG, lambda *a: None);"
        f"print('ready', flush=True); os.execv({ECHO!r}, ['echo', 'ran'])"
    )
    with watched(helper, python(code), lambda found: Answer.PENDING) as run:
        assert run.line() == "ready"
        eventually(lambda: len(run.seen) == 2)
        for _ in range(300):
            os.kill(run.child.pid, signal.SIGURG)
        kernel = tuple(int(n) for n in platform.release().split(".")[:2])
        assert len(run.seen) == 2 or kernel < (6, 0)  # there each signal starts the wait anew

        def over() -> bool:
            run.watch.answer(run.seen[-1].id, True)
            return run.child.poll() is not None

        eventually(over)
        assert run.end() == "ran\n"


def test_close_refuses_what_waits_and_all_that_comes(helper: Path) -> None:
    code = (
        TRY + "import threading\n"
        f"t = threading.Thread(target=attempt, args=({ECHO!r},)); t.start(); t.join()\n"
        f"sys.stdin.readline(); attempt({TRUE!r})\n"
    )
    with watched(helper, python(code), lambda found: Answer.PENDING) as run:
        eventually(lambda: len(run.seen) == 2)
        run.watch.close()
        assert run.line() == "Operation not permitted"
        run.watch.answer(run.seen[1].id, True)
        assert not run.watch.alive(run.seen[1].id)
        run.tell()
        assert run.line() == "Function not implemented"
        run.watch.close()


def test_close_amid_a_crowd_leaves_nobody_waiting(helper: Path) -> None:
    """Every program either ran or failed."""
    code = (
        "import subprocess, threading\n"
        "def go():\n"
        "    for n in range(100):\n"
        f"        try: subprocess.run([{TRUE!r}])\n"
        "        except OSError: pass\n"
        "all = [threading.Thread(target=go) for _ in range(4)]\n"
        "[t.start() for t in all]; [t.join() for t in all]; print('done')\n"
    )
    with watched(helper, python(code)) as run:
        eventually(lambda: len(run.seen) > 20)
        run.watch.close()
        assert run.end() == "done\n"


def test_the_watch_ends_with_its_tree(helper: Path) -> None:
    with watched(helper, [TRUE]) as run:
        run.end()
        eventually(lambda: not any(t.name == "execwatch" for t in threading.enumerate()))


# The doors beside the filter

DOOR = r"""
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static char path[4096];
static unsigned int argv32[2];
static char *argv64[2];
int main(int argc, char **argv)
{
    long result = 0;
    strcpy(path, argv[2]);
    argv64[0] = path;
    argv32[0] = (unsigned int)(unsigned long)path;
    if (!strcmp(argv[1], "i386"))
        __asm__ volatile("int $0x80" : "=a"(result)
            : "a"(11), "b"(path), "c"(argv32), "d"(0) : "memory", "r8", "r9", "r10", "r11");
    else if (!strcmp(argv[1], "x32"))
        result = syscall(0x40000000 | 520, path, argv64, 0) < 0 ? -errno : 0;
    else if (!strcmp(argv[1], "x32at"))
        result = syscall(0x40000000 | 545, -100, path, argv64, 0, 0) < 0 ? -errno : 0;
    else if (!strcmp(argv[1], "x32 on 64"))
        result = syscall(0x40000000 | 59, path, argv64, 0) < 0 ? -errno : 0;
    else if (!strcmp(argv[1], "520"))
        result = syscall(520, path, argv64, 0) < 0 ? -errno : 0;
    else
        result = syscall(545, -100, path, argv64, 0, 0) < 0 ? -errno : 0;
    printf("%ld\n", result);
    return 0;
}
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="these doors are x86_64's")
@pytest.mark.parametrize("door", ["i386", "x32", "x32at", "x32 on 64", "520", "545"])
def test_other_system_call_tables_are_closed(helper: Path, tmp_path: Path, door: str) -> None:
    (tmp_path / "door.c").write_text(DOOR)
    program = compiled(tmp_path / "door.c", tmp_path / "door", "-no-pie")
    if door == "i386":  # shown to be open without the watch, else this proves nothing
        bare = subprocess.run([program, door, TRUE], capture_output=True, check=False)
        if bare.returncode != 0 or bare.stdout:
            pytest.skip("this kernel has no i386 door")
    with watched(helper, [str(program), door, TRUE]) as run:
        assert run.end() == f"{-errno.ENOSYS}\n"
    assert len(run.seen) == 1


def test_nothing_in_the_tree_gains_privileges(helper: Path) -> None:
    with watched(helper, ["grep", "-E", "NoNewPrivs|^Seccomp:", "/proc/self/status"]) as run:
        assert run.end().split() == ["NoNewPrivs:", "1", "Seccomp:", "2"]


# Namespaces and users


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become an ordinary user")
def test_an_ordinary_user_watches_as_root_does(tmp_path: Path) -> None:
    """This whole file again, without privileges."""
    if not shutil.which("setpriv"):
        pytest.skip("there is no setpriv")
    # env: setpriv's own exec still has root's right to look into any folder
    drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "env"]
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, NOBODY, NOBODY)
        options: dict[str, Any] = {
            "cwd": ROOT,
            "env": {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                "PYTHONDONTWRITEBYTECODE": "1",
                "HOME": folder,
                "TMPDIR": folder,
            },
            "capture_output": True,
            "text": True,
            "check": False,
            "timeout": 300,
        }
        ours = (sys.executable, "/usr/bin/python{}.{}".format(*sys.version_info))
        for command in ([*drop, name] for name in ours):
            tried = subprocess.run(
                [*command, "-c", f"import pytest, ctypes; open({__file__!r})"], **options
            )
            if tried.returncode == 0:
                break
        else:
            pytest.skip(f"an ordinary user cannot read this checkout or Python: {tried.stderr}")
        own = ["-m", "pytest", "-x", "-p", "no:cacheprovider", "--basetemp", f"{folder}/pytest"]
        files = [__file__, str(Path(__file__).with_name("test_execread.py"))]
        done = subprocess.run([*command, *own, *files], **options)
    assert done.returncode == 0, done.stdout
    print(done.stdout)


# The helper and the start


def test_the_probe_finds_that_it_works(helper: Path) -> None:
    assert execwatch.probe(helper) is None


def test_the_probe_says_that_the_helper_is_missing(tmp_path: Path) -> None:
    assert "there is no aileron-watch" in (execwatch.probe(tmp_path / "aileron-watch") or "")


def test_a_watch_within_a_watch_is_refused_with_the_reason(helper: Path) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path;"
        "from aileron.containment import execwatch; print(execwatch.probe(Path(sys.argv[1])))"
    )
    with watched(helper, [sys.executable, "-c", code, str(helper)]) as run:
        assert run.end() == execwatch.BUSY + "\n"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"E%d seccomp" % errno.EBUSY, "another seccomp listener is active"),
        (b"E%d seccomp" % errno.EINVAL, "seccomp: Invalid argument"),
        (b"L", "nonsense"),
        (b"Ewhat", "nonsense"),
        (b"", "ended before it began"),
        (None, "in time"),
    ],
)
def test_a_start_that_fails_says_why(sent: bytes | None, reason: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        if sent is not None:
            theirs.sendall(sent)
            theirs.close()
        with pytest.raises(LaunchRefused, match=reason):
            execwatch.receive_listener(ours, 0.01 if sent is None else 5)


@pytest.mark.parametrize(
    "words",
    [[], ["3"], ["x", "--", "true"], ["3", "true"], ["3", "--"], ["-1", "--", "true"]],
)
def test_the_helper_refuses_what_it_does_not_understand(helper: Path, words: list[str]) -> None:
    done = subprocess.run([helper, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 125
    assert done.stderr.startswith("usage: aileron-watch FD")


def test_the_helper_does_not_run_a_program_that_nobody_watches(helper: Path) -> None:
    """Its socket is closed: the program is not started."""
    done = subprocess.run([helper, "99", "--", ECHO], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (125, "")
    assert done.stderr.startswith("aileron: ")


def test_a_program_that_is_not_there_ends_with_127(helper: Path) -> None:
    with watched(helper, ["/nowhere/tool"]) as run:
        out, _ = run.child.communicate(timeout=30)
    assert run.child.returncode == 127
    assert out == "aileron: cannot run /nowhere/tool: No such file or directory\n"


def test_the_program_gets_the_terminal_and_none_of_our_descriptors(helper: Path) -> None:
    """With --ctty descriptor 0 is its controlling terminal, in a session of its own."""
    code = (
        "import json, os; tty = os.open('/dev/tty', os.O_RDWR);"
        "print(json.dumps([os.getsid(0) == os.getpid(), os.tcgetpgrp(0) == os.getpgid(0),"
        "sorted(int(n) for n in os.listdir('/proc/self/fd'))]))"
    )
    leader, follower = pty.openpty()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        child = subprocess.Popen(
            [helper, str(theirs.fileno()), "--ctty", "--", *python(code)],
            pass_fds=(theirs.fileno(),),
            stdin=follower,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        os.close(follower)
        theirs.close()
        watch = ExecWatch(execwatch.receive_listener(ours, 20), allow)
        watch.start()
        out, problem = child.communicate(timeout=30)
        watch.close()
    os.close(leader)
    assert child.returncode == 0, problem
    assert json.loads(out) == [True, True, [0, 1, 2, 3, 4]]  # /dev/tty and the listing itself
