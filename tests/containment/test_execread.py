"""What is read of a program before it runs, with real processes."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from aileron.containment import execread
from tests.containment.lab import (
    ECHO,
    MARKS,
    PYTHON,
    TRUE,
    TRY,
    bubblewrap,
    inode,
    python,
    watched,
)

pytestmark = MARKS


def test_a_program_started_without_a_shell_is_seen_as_it_is(helper: Path, tmp_path: Path) -> None:
    """Path, arguments, folder, process and parent are those of the new program."""
    code = (
        "import subprocess, os, sys; p = subprocess.Popen(['./tool', 'push', '-f', 'caf\\xe9', ''],"
        " stdout=1); p.wait(); print(p.pid, os.getpid())"
    )
    (tmp_path / "real").write_bytes(Path(ECHO).read_bytes())
    (tmp_path / "real").chmod(0o755)
    (tmp_path / "tool").symlink_to(tmp_path / "real")
    with watched(helper, python(code), cwd=tmp_path) as run:
        said = run.end().split("\n")
    assert said[0] == "push -f café "
    (found,) = run.seen[1:]
    assert [found.pid, found.ppid] == [int(n) for n in said[1].split()]
    assert found.tid == found.pid
    assert found.start_time >= run.seen[0].start_time > 0
    assert (found.given, found.path) == ("./tool", str(tmp_path / "real"))
    assert found.argv == ("./tool", "push", "-f", "café", "")
    assert found.cwd == str(tmp_path)
    assert found.inode == found.runs == inode(tmp_path / "real")
    assert not found.truncated
    assert not found.interpreter


@pytest.mark.skipif(not shutil.which("make"), reason="there is no make")
def test_a_rule_that_make_runs_without_a_shell_is_seen(helper: Path, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text(f"all:\n\t@{ECHO} pushed\n")
    with watched(helper, [shutil.which("make") or "", "-C", str(tmp_path), "-s"]) as run:
        assert run.end() == "pushed\n"
    assert run.programs() == [(ECHO, "pushed")]


def test_a_program_that_left_its_family_is_seen(helper: Path) -> None:
    """Forked twice, in a session of its own, its parents gone."""
    code = (
        "import os, sys\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        f"        os.execv({ECHO!r}, ['echo', 'away'])\n"
        "    os._exit(0)\n"
    )
    with watched(helper, python(code)) as run:
        assert run.end() == "away\n"
    assert run.programs() == [("echo", "away")]


def test_a_thread_that_executes_is_seen_as_its_process(helper: Path) -> None:
    code = (
        "import os, threading; print(os.getpid(), flush=True);"
        f"t = threading.Thread(target=os.execv, args=({TRUE!r}, ['true'])); t.start(); t.join()"
    )
    with watched(helper, python(code)) as run:
        out = run.end()
    found = run.seen[1]
    assert found.pid == int(out) == run.seen[0].pid
    assert found.tid != found.pid
    assert found.start_time == run.seen[0].start_time


def test_a_path_search_shows_only_what_is_there(helper: Path, tmp_path: Path) -> None:
    """Folders without the program, and files that cannot run, reach nobody."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "echo").write_text("not executable")
    search = f"/nowhere:{tmp_path}/a:{tmp_path}/b:{Path(ECHO).parent}"
    with watched(helper, ["env", "echo", "hi"], env={"PATH": search + ":/usr/bin:/bin"}) as run:
        assert run.end() == "hi\n"
    assert [found.path for found in run.seen[1:]] == [ECHO]


@pytest.mark.parametrize("boxed", [False, True], ids=["bare", "in a namespace"])
@pytest.mark.parametrize(
    "name",
    [
        "/proc/self/exe",
        "/proc/thread-self/exe",
        "/proc/self/fd/{fd}",
        "/dev/fd/{fd}",
        "/proc/{pid}/exe",
        "/proc/self/root/{python}",
        "/proc/self/cwd/../{python}",
        "{folder}/link",
        "link",
        "./link",
        "../{name}/link",
        "/../..{python}",
        "{folder}/absolute",
    ],
)
def test_every_name_of_a_file_leads_to_the_file(
    helper: Path, tmp_path: Path, name: str, boxed: bool
) -> None:
    """Names through /proc mean the target's own process, not the watcher's."""
    (tmp_path / "link").symlink_to("/proc/self/exe")
    (tmp_path / "absolute").symlink_to(PYTHON)
    code = (
        "import os, sys; os.chdir(sys.argv[3]); fd = os.open(sys.executable, 0);"
        "os.set_inheritable(fd, True); name = sys.argv[1].format(fd=fd, pid=os.getpid(),"
        "python=sys.argv[2], folder=os.getcwd(), name=os.path.basename(os.getcwd()));"
        "os.chdir('/') if 'cwd/..' in name else None;"
        "os.execv(name, ['x', '-I', '-S', '-c', 'print(1)'])"
    )
    command = python(code, name, PYTHON, str(tmp_path))
    with watched(helper, command, before=bubblewrap() if boxed else ()) as run:
        assert run.end() == "1\n"
    assert [found.path for found in run.seen] == [PYTHON, PYTHON]
    assert run.seen[1].inode == inode(PYTHON)


@pytest.mark.parametrize("boxed", [False, True], ids=["bare", "in a namespace"])
@pytest.mark.parametrize(
    "name",
    ["/proc/net/../exe", "/proc/self/task/1/exe", "/proc/self/../../..{echo}"],
)
def test_a_winding_name_is_read_right_or_refused(helper: Path, name: str, boxed: bool) -> None:
    code = (
        "import os, sys\ntry: os.execv(sys.argv[1], ['x', '-I', '-S', '-c', ''])\n"
        "except OSError as e: print(e.errno)"
    )
    command = python(code, name.format(echo=ECHO))
    with watched(helper, command, before=bubblewrap() if boxed else ()) as run:
        out = run.end()
    right = [ECHO] if "echo" in name else [PYTHON]
    if out.strip() in (str(errno.EPERM), str(errno.ENOENT)):
        assert len(run.seen) == 1
    else:
        assert [found.path for found in run.seen[1:]] == right


def test_a_program_in_memory_is_seen_with_its_name(helper: Path) -> None:
    """execveat of a descriptor with an empty path, as fexecve does it."""
    code = (
        "import os, sys; fd = os.memfd_create('payload', 0);"
        f"os.write(fd, open({ECHO!r}, 'rb').read()); os.execve(fd, ['ls', 'hidden'], {{}})"
    )
    with watched(helper, python(code)) as run:
        assert run.end() == "hidden\n"
    found = run.seen[1]
    assert found.path.startswith("/memfd:payload")
    assert (found.given, found.argv) == ("", ("ls", "hidden"))


def test_a_program_relative_to_a_folder_is_seen(helper: Path, tmp_path: Path) -> None:
    """execveat with a folder's descriptor."""
    shutil.copy(ECHO, tmp_path / "tool")
    code = (
        "import ctypes, os, sys; libc = ctypes.CDLL(None); fd = os.open(sys.argv[1], 0);"
        "argv = (ctypes.c_char_p * 3)(b'tool', b'hi', None);"
        "libc.syscall(int(sys.argv[2]), fd, b'tool', argv, None, 0)"
    )
    number = {"x86_64": "322", "aarch64": "281"}[platform.machine()]
    with watched(helper, [PYTHON, "-I", "-c", code, str(tmp_path), number], cwd=Path("/")) as run:
        assert run.end() == "hi\n"
    assert [(x.given, x.path) for x in run.seen[1:]] == [("tool", str(tmp_path / "tool"))]


def test_a_script_shows_the_words_that_the_kernel_puts_before_it(
    helper: Path, tmp_path: Path
) -> None:
    """Two interpreters deep; echo says what the kernel made of it."""
    (tmp_path / "inner").write_text(f"#! {ECHO}  hello  there \n")
    (tmp_path / "outer").write_text("#!./inner\tone two\n")
    for name in ("inner", "outer"):
        (tmp_path / name).chmod(0o755)
    with watched(helper, ["env", "./outer", "arg"], cwd=tmp_path) as run:
        out = run.end()
    found = run.seen[-1]
    assert found.path == str(tmp_path / "outer")
    assert found.interpreter == (ECHO, "hello  there", "./inner", "one two")
    assert found.command == (*found.interpreter, "./outer", "arg")
    assert out == " ".join(found.command[1:]) + "\n"
    assert (found.inode, found.runs) == (inode(tmp_path / "outer"), inode(ECHO))


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\x7fELF", ()),
        (b"echo hi\n", ()),
        (b"#!/bin/sh\necho", (b"/bin/sh",)),
        (b"#!/bin/sh", (b"/bin/sh",)),
        (b"#! \t/bin/sh  \n", (b"/bin/sh",)),
        (b"#!/usr/bin/env -S git  push \n", (b"/usr/bin/env", b"-S git  push")),
        (b"#!/bin/sh\0-x\n", (b"/bin/sh",)),
        (b"#!/bin/sh " + b"a" * 300, (b"/bin/sh", b"a" * 246)),
    ],
)
def test_the_first_line_is_read_as_the_kernel_does(head: bytes, words: tuple[bytes, ...]) -> None:
    assert execread.shebang(head[:256]) == words


@pytest.mark.parametrize("head", [b"#!\n", b"#! \t \n/bin/sh", b"#!", b"#!/" + b"a" * 300])
def test_a_first_line_that_names_no_interpreter_does_not_run(head: bytes) -> None:
    with pytest.raises(OSError, match="no interpreter"):
        execread.shebang(head[:256])


@pytest.mark.parametrize(
    ("words", "size"), [(15, 100_000), (5000, 3), (1, 70_000)], ids=["1.5 MB", "many", "one"]
)
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "cut"])
def test_long_arguments_are_read_whole_or_marked(
    helper: Path, words: int, size: int, cut: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that Linux takes is read; past a bound it is marked. The program gets all of them."""
    if cut:
        monkeypatch.setattr(execread, "ARGV_BYTES", 64 * 1024)
        monkeypatch.setattr(execread, "ARGV_WORDS", 4096)
    code = (
        f"import os; os.execv({PYTHON!r}, ['python', '-I', '-S', '-c',"
        f"'import sys; print(len(sys.argv))', *['x' * {size}] * {words}])"
    )
    with watched(helper, python(code)) as run:
        assert run.end() == f"{words + 1}\n"
    found = run.seen[1]
    assert found.truncated == cut
    assert found.argv[:4] == ("python", "-I", "-S", "-c")
    assert len(found.argv) <= execread.ARGV_WORDS
    assert sum(len(word) for word in found.argv) <= execread.ARGV_BYTES


def test_names_that_are_not_text_are_seen(helper: Path, tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff\n dir"
    os.mkdir(folder)  # noqa: PTH102
    shutil.copy(ECHO, os.fsdecode(folder + b"/t\xfe"))
    code = "import os, sys; os.chdir(os.fsencode(sys.argv[1])); os.execv(b't\\xfe', [b'\\xfd'])"
    with watched(helper, python(code, os.fsdecode(folder))) as run:
        run.end()
    assert run.seen[1].path.encode("utf-8", "surrogateescape") == folder + b"/t\xfe"
    assert run.seen[1].argv == ("\udcfd",)


# In a namespace, and what cannot be read


def test_in_a_namespace_all_is_seen_from_inside(helper: Path, tmp_path: Path) -> None:
    """A file that lies elsewhere outside is named and judged as it is inside."""
    shutil.copy(ECHO, tmp_path / "tool")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "tool").write_text("#!/nowhere\n")
    (tmp_path / "link").symlink_to(tmp_path / "inside")
    before = (*bubblewrap()[:-1], "--ro-bind", str(tmp_path), str(tmp_path / "inside"), "--")
    code = TRY + "os.chdir('link'); attempt('./tool', 'a'); attempt(sys.argv[1], 'b')"
    with watched(
        helper, python(code, str(tmp_path / "link/tool")), cwd=tmp_path, before=before
    ) as run:
        assert run.end() == "a\n0\nb\n0\n"
    there = str(tmp_path / "inside" / "tool")
    assert [(x.path, x.inode) for x in run.seen[1:]] == [(there, inode(tmp_path / "tool"))] * 2
    assert [x.cwd for x in run.seen[1:]] == [str(tmp_path / "inside")] * 2
    assert all(Path(f"/proc/{x.pid}").exists() or x.pid > 2 for x in run.seen)


def test_what_the_kernel_refuses_fails_as_ever_and_is_not_judged(
    helper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same errors with and without the watch."""
    (tmp_path / "plain").write_text("text")
    (tmp_path / "empty").write_text("#!\n")
    (tmp_path / "dangling").write_text("#!/nowhere/at/all\n")
    (tmp_path / "again").write_text(f"#!{tmp_path}/again\n")
    for name in ("empty", "dangling", "again"):
        (tmp_path / name).chmod(0o755)
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo", 0o755)
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
    code = (
        "import os, sys\n"
        "for name in ['plain', 'empty', 'dangling', 'again', 'loop', 'no', 'no/no', '', '.', '/',\n"
        "             'fifo', 'socket', '/dev/null', '/dev/tty',\n"
        "             'plain/x', '/proc/self/fd/99', 'x' * 300, 'y/' * 2500]:\n"
        "    try: os.execv(name, ['x'])\n"
        "    except OSError as e: print(name[:20], e.strerror)\n"
    )
    bare = subprocess.run(python(code), cwd=tmp_path, capture_output=True, text=True, check=True)
    with watched(helper, python(code), cwd=tmp_path) as run:
        assert run.end() == bare.stdout
    assert len(run.seen) == 1
    assert not run.notices


def test_what_cannot_be_read_is_refused_and_told(helper: Path) -> None:
    """An argument vector that points nowhere, to a page without access, askew."""
    code = (
        "import ctypes, mmap, sys\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "good = ctypes.create_string_buffer(sys.argv[1].encode())\n"
        "there = (ctypes.c_void_p * 3)(ctypes.addressof(good), None, None)\n"
        "wild = (ctypes.c_void_p * 3)(ctypes.addressof(good), 8, None)\n"
        "at = ctypes.addressof(there)\n"
        "for path, argv in [(8, at), (good, 8), (good, 2**63 + 8), (2**64 - 1, at), (good, wild),\n"
        "                   (good, at + 1)]:\n"
        "    libc.execv(ctypes.c_void_p(path) if isinstance(path, int) else path,\n"
        "               ctypes.c_void_p(argv) if isinstance(argv, int) else argv)\n"
        "    print(ctypes.get_errno())\n"
    )
    with watched(helper, [PYTHON, "-I", "-c", code, TRUE]) as run:
        assert run.end() == f"{errno.EPERM}\n" * 6
    assert len(run.seen) == 1
    assert len(run.notices) == 6


@pytest.mark.parametrize("boxed", [False, True], ids=["bare", "in a namespace"])
def test_a_program_that_made_itself_undumpable_is_seen(helper: Path, boxed: bool) -> None:
    """In a namespace always; outside one an ordinary user's watch has to refuse."""
    if Path("/proc/sys/vm/unprivileged_userfaultfd").read_text().strip() != "0":
        pytest.skip("every program may use userfaultfd here")
    code = (
        "import ctypes, subprocess, sys; ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
        "try: print(subprocess.run([sys.argv[1], 'hi'], check=True))\n"
        "except PermissionError: print('refused')\n"
    )
    command = [PYTHON, "-I", "-c", code, ECHO]
    with watched(helper, command, before=bubblewrap() if boxed else ()) as run:
        out = run.end()
    if boxed or os.getuid() == 0:
        assert run.programs() == [(ECHO, "hi")]
    else:
        assert out == "refused\n"
        assert "cannot be read" in run.notices[0]


def test_a_lease_on_the_file_holds_nobody_up(helper: Path, tmp_path: Path) -> None:
    """A program may make every reader of its file wait; the watch does not."""
    shutil.copy(TRUE, tmp_path / "tool")
    code = (
        "import fcntl, os, signal, sys; signal.signal(signal.SIGIO, signal.SIG_IGN)\n"
        "fd = os.open('tool', os.O_RDWR)\n"
        "fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)\n" + TRY + "attempt('./tool')\n"
    )
    with watched(helper, python(code), cwd=tmp_path) as run:
        assert run.end() == "Operation not permitted\n"
