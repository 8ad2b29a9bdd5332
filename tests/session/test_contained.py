"""The contained tier: whatever way a command starts, it passes the gate."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.conftest import Aileron, program

pytestmark = [pytest.mark.linux, pytest.mark.usefixtures("contained")]


def rows(aileron: Aileron, *more: str) -> list[dict[str, object]]:
    shown = aileron("log", "--session", "last", "--json", *more).stdout
    return [json.loads(line) for line in shown.splitlines()]


ALLOWED = [
    "echo one-$((1+1))",
    "ls -la; false",
    "git status --short && git log --oneline -n 1",
    'for f in *; do wc -l "$f"; done',
    "cat <<'X'\n$(git push)\nX",
    "python3 -V",
    "env -i /bin/bash -c 'echo inner'",
    "exit 7",
]


@pytest.mark.parametrize("command", ALLOWED)
def test_a_harmless_command_runs_as_without_aileron(aileron: Aileron, command: str) -> None:
    """Same output and same exit status as bash alone."""
    aileron.write("a.txt", "x\n")
    direct = subprocess.run(
        ["bash", "-c", command],
        cwd=aileron.project,
        env=aileron.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    gated = aileron("launch", "--", "bash", "-c", command)
    assert gated.stdout == direct.stdout
    code = direct.returncode
    assert gated.returncode == (code if code >= 0 else 128 - code)
    assert [row["verdict"] for row in rows(aileron)] == ["allow"]


HIDDEN = {
    "a shell by its absolute path": "/bin/bash -c 'git push -f'",
    "without an environment": "env -i /bin/bash -c 'git push origin main'",
    "a shell of a shell": "sh -c \"bash -c 'git push -f'\"",
    "a program that starts a shell": "python3 s.py",
    "a program that starts a program": "python3 p.py",
    "a daemon": "python3 d.py; cat out",
    "make, with a shell": "make shell",
    "make, without a shell": "make plain",
    "a script": "./s.sh",
    "a script whose interpreter is git": "./g.sh",
    "a program under another name": "python3 l.py",
}
LOOKED_INTO = ("a script", "make, with a shell", "make, without a shell")  # asked before they ran
DAEMON = """
import os, subprocess, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        done = subprocess.run(["sh", "-c", "git push -f"], stderr=open("err", "w"))
        os.rename("err", "out")
        os._exit(0)
    os._exit(0)
os.wait()
while not os.path.exists("out"): time.sleep(0.01)
"""


@pytest.mark.parametrize("how", sorted(HIDDEN))
def test_a_push_is_stopped_however_it_starts(aileron: Aileron, how: str) -> None:
    """Nobody is there to ask, so it is refused, and the record has it."""
    if "make" in how:
        program("make")
    git = program("git")
    aileron.write("s.py", "import os; os.system('git push -f')\n")
    aileron.write(
        "p.py", "import subprocess\ntry: subprocess.run(['git', 'push', '-f'])\nexcept OSError: 0\n"
    )
    aileron.write("d.py", DAEMON)
    aileron.write("Makefile", "shell:\n\t@true && git push -f\nplain:\n\tgit push -f\n")
    aileron.write("s.sh", "#!/bin/sh\ngit push -f\n", 0o755)
    aileron.write("g.sh", f"#!{git} push\n", 0o755)
    linked = "import os\nos.symlink(%r, 'ls')\ntry: os.execv('./ls', ['ls', 'push', '-f'])\n"
    aileron.write("l.py", linked % git + "except OSError: 0\n")
    aileron.write(
        "aileron.yaml", "ask:\n  - command: git push\n    id: own\nallow:\n  - ./s.sh\n  - ./g.sh\n"
    )
    digest = hashlib.sha256((aileron.project / "aileron.yaml").read_bytes()).hexdigest()
    trusted = f"--trust-project={digest}"
    done = aileron("launch", trusted, "--", "bash", "-c", HIDDEN[how])
    stopped = [row for row in rows(aileron) if row["rule"] == "own"]
    assert stopped, done.stderr
    assert all(not row["approval"]["approved"] for row in stopped)  # type: ignore[index]
    assert "push" in str(stopped[0]["command"]) or how in LOOKED_INTO
    if how != "a daemon":  # its standard error is its own
        assert "aileron: denied" in done.stderr + done.stdout


def test_a_hundred_harmless_shells_bring_no_question(aileron: Aileron) -> None:
    aileron.write("Makefile", 'all:\n\t@for i in $$(seq 100); do sh -c "echo $$i; true"; done\n')
    program("make")
    done = aileron("launch", "--", "bash", "-c", "make | tail -n 1")
    assert done.stdout == "100\n"
    found = rows(aileron)
    assert [row["command"] for row in found] == ["make | tail -n 1"]
    assert len(rows(aileron, "--all")) > 100


def test_the_persons_things_are_out_of_reach(aileron: Aileron) -> None:
    """State and audit are absent, the policy is read-only, the terminals are others'."""
    aileron.write("aileron.yaml", "deny:\n  - git push\n")
    aileron.write(
        "look.py",
        "import os, glob\n"
        "home = os.environ['HOME'] + '/.aileron'\n"
        "print('state', os.listdir(home))\n"
        "try: open('aileron.yaml', 'a'); print('policy writable')\n"
        "except OSError as e: print('policy', e.errno)\n"
        "print('terminals', [p for p in glob.glob('/dev/pts/*') if p[9:].isdigit()])\n"
        "print('first', open('/proc/1/comm').read().strip())\n"
        "print('control', glob.glob('/dev/aileron/*control*'))\n"
        "try: open('/dev/aileron/x', 'w'); print('tier writable')\n"
        "except OSError as e: print('tier', e.errno)\n",
    )
    aileron.extra["SSH_AUTH_SOCK"] = "/nowhere"
    done = aileron("launch", "--", "bash", "-c", "python3 look.py; echo ${SSH_AUTH_SOCK-none}")
    assert done.stdout.splitlines() == [
        "state []",
        "policy 30",
        "terminals []",
        "first bwrap",
        "control []",
        "tier 30",
        "none",
    ]


def test_a_copy_of_the_shim_is_no_way_around(aileron: Aileron) -> None:
    aileron.write(
        "again.py",
        "import shutil, subprocess\n"
        "shutil.copy('/bin/bash', 'mine')\n"
        "done = subprocess.run(['./mine', '-c', 'echo ran'], stderr=subprocess.STDOUT)\n"
        "print(done.returncode)\n",
    )
    done = aileron("launch", "--", "bash", "-c", "python3 again.py")
    assert "ran" not in done.stdout.split()
    assert "126" in done.stdout
    assert "not one of the session's" in done.stdout


REAL_SHELL = """
import glob, os
shim = os.stat("/bin/bash").st_ino
for exe in glob.glob("/proc/[0-9]*/exe"):
    try:
        if os.readlink(exe).endswith("/bash") and os.stat(exe).st_ino != shim:
            break
    except OSError:
        continue
try:
    os.execv(exe, ["bash", "-c", "echo escaped"])
except OSError as error:
    print("refused", error.errno)
"""


def test_a_real_shell_cannot_be_had_from_a_running_one(aileron: Aileron) -> None:
    """The real shell's file is reachable through /proc, but only a shim may start it."""
    aileron.write("again.py", REAL_SHELL)
    done = aileron("launch", "--", "bash", "-c", "python3 again.py; true")
    assert done.stdout == "refused 1\n"


def test_inside_a_session_nothing_can_be_launched_or_answered(aileron: Aileron) -> None:
    words = " ".join(aileron.argv("launch", "--", "true"))
    settings = aileron.home / ".aileron" / "settings.yaml"
    settings.parent.mkdir(mode=0o700)
    settings.write_text(f"allow:\n  - {words}\n")
    done = aileron("launch", "--", "bash", "-c", f"{words}; echo $?")
    assert "126" in done.stdout
    assert "not possible inside a session" in done.stderr


def test_the_programs_own_script_starts_and_what_it_runs_is_judged(aileron: Aileron) -> None:
    agent = aileron.write("agent.sh", "#!/bin/sh\necho up\nsh -c 'git push -f'\n", 0o755)
    done = aileron("launch", "--", str(agent))
    assert done.stdout == "up\n"
    assert [row["verdict"] for row in rows(aileron)] == ["ask"]


def test_the_exit_status_and_signal_of_the_agent_come_through(aileron: Aileron) -> None:
    aileron.write("end.py", "import os, sys; os.kill(os.getpid(), int(sys.argv[1]))\n")
    python = program("python3")
    assert aileron("launch", "--", python, "-c", "raise SystemExit(5)").returncode == 5
    assert aileron("launch", "--", python, "end.py", "15").returncode == 143
    assert aileron("launch", "--", "true").returncode == 0


def test_nothing_is_left_behind(aileron: Aileron) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as runtime:  # a socket's path must be short
        aileron.extra["XDG_RUNTIME_DIR"] = runtime
        assert aileron("launch", "--", "bash", "-c", "true").returncode == 0
        assert list((Path(runtime) / "aileron").iterdir()) == []
    assert not list((aileron.home / ".aileron" / "sessions").iterdir())


ESCAPES = {
    "more arguments than a text may have": "/usr/bin/git git -c x.y=@LONG@ push -f",
    "a name in argv[0]": "/usr/bin/git git-push -f",
    "git's own folder": "@CORE@/git-push git-push -f",
    "the transfer without the push": "/usr/bin/git git send-pack --force x",
    "the dynamic loader": "@LOADER@ ld.so /usr/bin/git push -f",
}


@pytest.mark.parametrize("how", sorted(ESCAPES))
def test_another_name_for_a_push_is_no_way_around(aileron: Aileron, how: str) -> None:
    loaders = [*Path("/lib64").glob("ld-linux*"), *Path("/lib").glob("ld-linux*")]
    core = subprocess.run(
        ["git", "--exec-path"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if "@LOADER@" in ESCAPES[how] and not loaders:
        pytest.skip("there is no dynamic loader of glibc")
    words = [
        word.replace("@LONG@", "z" * 66000)
        .replace("@CORE@", core)
        .replace("@LOADER@", str(loaders[0] if loaders else ""))
        for word in ESCAPES[how].split()
    ]
    aileron.write(
        "run.py",
        f"import os\nwords = {words!r}\n"
        "try: os.execv(words[0], words[1:])\nexcept OSError as e: print('refused', e.errno)\n",
    )
    done = aileron("launch", "--", "bash", "-c", "python3 run.py")
    assert done.stdout == "refused 1\n", done.stderr
    assert [row["verdict"] for row in rows(aileron)] == ["allow", "ask"]


def test_the_first_process_of_the_namespace_is_no_way_out(aileron: Aileron) -> None:
    """Whoever takes over bubblewrap's own process is watched there as well."""
    aileron.write(
        "one.py",
        "text = open('/proc/1/status').read()\n"
        "print([line.split()[1] for line in text.splitlines() if line.startswith('Seccomp:')][0])\n"
        "caps = [line for line in open('/proc/self/status') if line.startswith('CapEff')]\n"
        "print(int(caps[0].split()[1], 16))\n"
        "try: open('/proc/sys/kernel/core_pattern', 'w'); print('writable')\n"
        "except OSError: print('closed')\n",
    )
    done = aileron("launch", "--", "bash", "-c", "python3 one.py")
    assert done.stdout.splitlines() == ["2", "0", "closed"]


def test_nothing_can_be_typed_into_the_terminal_of_the_person(aileron: Aileron) -> None:
    aileron.write(
        "type.py",
        "import fcntl, os, termios\nmaster, slave = os.openpty()\n"
        "try: fcntl.ioctl(slave, termios.TIOCSTI, b'x'); print('typed')\n"
        "except OSError as e: print('refused', e.errno)\n",
    )
    done = aileron("launch", "--", "bash", "-c", "python3 type.py")
    assert done.stdout == "refused 1\n"


def test_only_the_shim_speaks_for_the_shim(aileron: Aileron) -> None:
    """A program that sends a frame of its own gets a refusal, not the descriptor of a shell."""
    aileron.write(
        "forge.py",
        "import array, socket\n"
        "def field(tag, value): return tag + len(value).to_bytes(4, 'big') + value\n"
        "body = b''.join(field(t, v) for t, v in [(b'V', b'1'), (b'M', b'v'), (b'N', b'bash'),\n"
        "    (b'X', b'/dev/aileron/bin/bash'), (b'A', b'--version'),\n"
        "    (b'O', b'--version'), (b'D', b'/')])\n"
        "s = socket.socket(socket.AF_UNIX)\ns.connect('/dev/aileron/broker.sock')\n"
        "s.sendall(len(body).to_bytes(4, 'big') + body)\n"
        "data, fds, _, _ = socket.recv_fds(s, 4096, 4)\n"
        "print(len(fds), b'deny' in data)\n",
    )
    done = aileron("launch", "--", "bash", "-c", "python3 forge.py")
    assert done.stdout == "0 True\n"
