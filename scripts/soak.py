"""Load and kills, on the real command line.

    python -m scripts.soak load [COMMANDS]     shells, 32 at a time, each judged and recorded once
    python -m scripts.soak kills [TIMES] [SEED]

A kill takes the launcher, the agent or one of the agent's shells at a moment of
chance.  Afterwards nothing of the session may run, the terminal must be as it
was (a launcher that was killed outright cannot see to that), and the log must
be whole but for a torn last line.
"""

from __future__ import annotations

import json
import os
import pty
import random
import signal
import subprocess
import sys
import tempfile
import termios
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aileron.audit import chain, log
from tests.conftest import Aileron

SHELLS = """
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor
def one(n):
    return subprocess.run(["bash", "-c", f"echo {n}"], capture_output=True, text=True)
with ThreadPoolExecutor(32) as pool:
    for n, done in enumerate(pool.map(one, range(int(sys.argv[1])))):
        assert (done.stdout, done.returncode) == (f"{n}\\n", 0), (n, done)
"""
BUSY = "while :; do /bin/sh -c :; bash -c 'echo $((1 + 1)) >/dev/null'; done"
MARK = "AILERON_SOAK"


@contextmanager
def place() -> Iterator[Aileron]:
    """A project and an environment of their own, whose processes can be found by MARK."""
    with tempfile.TemporaryDirectory() as folder:
        home, project = Path(folder, "home"), Path(folder, "project")
        home.mkdir(mode=0o700)
        project.mkdir()
        mark = {MARK: f"{os.getpid()}-{random.random()}", "TERM": "xterm-256color"}
        yield Aileron(home, project, mark)


def logged(aileron: Aileron) -> list[Path]:
    return sorted((aileron.home / ".aileron").rglob("*.jsonl"))


def load(commands: int) -> None:
    with place() as aileron:
        started = time.monotonic()
        done = aileron("launch", "--", sys.executable, "-c", SHELLS, str(commands), timeout=3600)
        assert done.returncode == 0, done.stderr
        took = time.monotonic() - started
        (file,) = logged(aileron)
        entries = [json.loads(line) for line in log.lines(file)]
        decided = Counter(e["command"] for e in entries if e["event"] == "decided")
        for n in range(commands):
            assert decided[f"echo {n}"] == 1, (n, decided[f"echo {n}"])
        print(f"load: {commands} shells in {took:.1f} s, each recorded once")


def marked(mark: str) -> list[int]:
    """The processes that a session left: those with its mark in their environment."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def below(pid: int) -> list[int]:
    """A process's descendants, parents first."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [one for child in map(int, children) for one in (child, *below(child))]


def kill_once(chance: random.Random) -> str:
    with place() as aileron:
        ours, theirs = pty.openpty()
        before = termios.tcgetattr(theirs)
        child = subprocess.Popen(
            aileron.argv("launch", "--", "bash", "-c", BUSY),
            cwd=aileron.project,
            env=aileron.environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.set_blocking(ours, False)
        kind = chance.choice(("launcher", "launcher by TERM", "launcher by HUP", "tree"))
        ends = time.monotonic() + chance.uniform(0.05, 3)
        while time.monotonic() < ends and child.poll() is None:
            drain(ours)
        if kind == "tree":
            victims = below(child.pid)
            if victims:
                kill(chance.choice(victims), signal.SIGKILL)
            time.sleep(0.3)
            kill(child.pid, signal.SIGTERM)
        else:
            numbers = {"launcher": signal.SIGKILL, "launcher by TERM": signal.SIGTERM}
            kill(child.pid, numbers.get(kind, signal.SIGHUP))
        ends = time.monotonic() + 15
        while (child.poll() is None or marked(aileron.extra[MARK])) and time.monotonic() < ends:
            drain(ours)
        assert child.poll() is not None, f"{kind}: the launcher still runs"
        left = marked(aileron.extra[MARK])
        assert not left, f"{kind}: left {[Path(f'/proc/{p}/cmdline').read_bytes() for p in left]}"
        if kind != "launcher":
            assert termios.tcgetattr(theirs) == before, f"{kind}: the terminal is not as it was"
        for file in logged(aileron):
            assert chain.broken(log.lines(file)) is None, f"{kind}: the log is broken"
        os.close(ours)
        os.close(theirs)
        return kind


def kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def drain(terminal: int) -> None:
    try:
        os.read(terminal, 65536)
    except BlockingIOError:
        time.sleep(0.01)


def kills(times: int, seed: int) -> None:
    kinds: Counter[str] = Counter()
    for number in range(times):
        try:
            kinds[kill_once(random.Random(f"{seed} {number}"))] += 1
        except AssertionError as error:
            raise SystemExit(f"kills: seed {seed}, time {number}: {error}") from None
    print(f"kills: {times} sessions, seed {seed}: {dict(kinds)}, nothing left behind")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[2:]]
    if sys.argv[1:2] == ["load"]:
        load(*(given or [2000]))
    else:
        kills(*(given or [50]), *([] if len(given) > 1 else [1]))
