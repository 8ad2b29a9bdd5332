"""The other commands: answering from elsewhere, status, a shell without a session."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from aileron.containment.programs import native_shim
from tests.conftest import Aileron, needed, program, until

PUSH = ("--", "bash", "-c", "git push origin dev; echo ran")


@pytest.fixture
def waiting(aileron: Aileron, tmp_path: Path, contained: None) -> tuple[Aileron, Path]:
    """A session with one open question, its output in a file."""
    out = tmp_path / "out"
    aileron.process = aileron.start("launch", "--on-ask", "wait", *PUSH, out=out)  # type: ignore[attr-defined]
    until(lambda: "git push" in aileron("approval", "list").stdout)
    return aileron, out


def ended(aileron: Aileron) -> int:
    process: subprocess.Popen[str] = aileron.process  # type: ignore[attr-defined]
    return process.wait(timeout=30)


def test_a_denial_from_another_terminal_carries_its_note(waiting: tuple[Aileron, Path]) -> None:
    aileron, out = waiting
    assert aileron("approval", "deny", "1", "--note", "use a branch").stdout == "denied\n"
    assert ended(aileron) == 126
    assert "hint: use a branch; do not retry" in out.read_text()
    assert "ran" not in out.read_text().split()
    assert "use a branch" in aileron("log", "--session", "last").stdout


def test_an_approval_from_another_terminal_lets_it_run(waiting: tuple[Aileron, Path]) -> None:
    aileron, out = waiting
    row = json.loads(aileron("approval", "list", "--json").stdout)
    assert {"id", "session", "command", "reason", "rule", "age_s", "expires_s"} <= set(row)
    assert aileron("approval", "approve", row["id"]).stdout == "approved\n"
    ended(aileron)
    assert out.read_text().split()[-1] == "ran"
    again = aileron("approval", "approve", row["id"])
    assert again.returncode in (1, 2)


def test_status_shows_the_session_while_it_runs(waiting: tuple[Aileron, Path]) -> None:
    aileron, _ = waiting
    row = json.loads(aileron("status", "--json").stdout)
    assert row["waiting"] == 1
    assert row["tier"] == "contained"
    aileron("approval", "deny", "1")
    ended(aileron)
    done = aileron("status")
    assert (done.returncode, done.stdout) == (1, "no session is running\n")


def test_a_command_that_is_killed_withdraws_and_a_late_yes_counts_once(
    aileron: Aileron, tmp_path: Path, contained: None
) -> None:
    """Agents give up sooner than people read: the next try of the same command may run."""
    out = tmp_path / "out"
    aileron.write(
        "agent.py",
        "import os, subprocess, time\n"
        "def push(patience):\n"
        "    started = subprocess.Popen(['bash', '-c', 'git push'])\n"
        "    try: return started.wait(patience)\n"
        "    except subprocess.TimeoutExpired: started.terminate(); return started.wait()\n"
        "print('first', push(1), flush=True)\n"
        "while not os.path.exists('answered'): time.sleep(0.05)\n"
        "print('second', push(60), flush=True)\n"
        "print('third', push(60), flush=True)\n",
    )
    words = ("launch", "--on-ask", "wait", "--", program("python3"), "agent.py")
    process = aileron.start(*words, out=out)
    until(lambda: "first" in out.read_text())
    said = aileron("approval", "approve", "1").stdout
    assert "next try" in said
    (aileron.project / "answered").touch()
    until(lambda: "git push" in aileron("approval", "list").stdout)  # the third try asks again
    text = out.read_text()
    assert "second 128" in text  # git's own: there is nowhere to push to
    aileron("approval", "deny", "2")
    assert process.wait(timeout=30) == 0
    assert "third 126" in out.read_text()


@pytest.fixture
def shell() -> str:
    """The shim as it is installed, outside any session."""
    found = native_shim()
    if found is None:
        needed("the native shim was not built")
    beside = Path(sys.prefix) / "bin" / "aileron-sh"
    if not beside.exists():
        needed(f"aileron is not installed into {sys.prefix}")
    return str(beside)


def alone(aileron: Aileron, shell: str, command: str) -> subprocess.CompletedProcess[str]:
    return aileron.run([shell, "-c", command])


def test_a_shell_without_a_session_is_judged_by_the_same_policy(
    aileron: Aileron, shell: str
) -> None:
    assert alone(aileron, shell, "echo $0 $((1+1)); exit 3").returncode == 3
    done = alone(aileron, shell, "git push")
    assert done.returncode == 126
    assert "aileron: denied" in done.stderr
    assert "hint: " in done.stderr


@pytest.mark.parametrize(("key", "code"), [("o", 7), ("d", 126), ("\x1b", 126)])
def test_a_shell_without_a_session_asks_on_its_terminal(
    aileron: Aileron, shell: str, key: str, code: int
) -> None:
    child = pexpect.spawn(
        shell,
        ["-c", "crontab -l >/dev/null 2>&1; git push >/dev/null 2>&1; exit 7"],
        cwd=str(aileron.project),
        env=aileron.environment,
        encoding="utf-8",
        timeout=20,
    )
    child.expect("o run it once, (a always, )?d deny: ")
    deadline = time.monotonic() + 15
    while child.isalive() and time.monotonic() < deadline:
        child.send(key)
        index = child.expect(["run\r\n", "denied\r\n", pexpect.TIMEOUT, pexpect.EOF], timeout=0.5)
        if index != 2:
            break
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code


def test_doctor_tells_what_works_here(aileron: Aileron, contained: None) -> None:
    done = aileron("doctor", "--json")
    checks = {
        check["name"]: check
        for line in done.stdout.splitlines()
        for check in json.loads(line)["checks"]
    }
    for name in ("bubblewrap", "exec watching", "reader tree-sitter", "reader bashlex"):
        assert checks[name]["ok"], checks[name]
