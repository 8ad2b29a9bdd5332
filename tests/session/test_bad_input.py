"""What can be wrong with the world: each a clear error with a hint, and nothing runs."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from aileron.containment.programs import native_shim
from tests.conftest import Aileron, program, until

AGENT = ("launch", "--tier", "shim", "--")


def refused(done: subprocess.CompletedProcess[str], code: int, *said: str) -> None:
    assert done.returncode == code, done.stderr
    lines = [line for line in done.stderr.splitlines() if line]
    assert lines[0].startswith("aileron: ") or "aileron: " in done.stderr
    assert "Traceback" not in done.stderr
    for text in said:
        assert text in done.stderr
    assert "hint: " in done.stderr


def test_an_agent_that_is_not_there(aileron: Aileron) -> None:
    refused(aileron("launch", "nosuch"), 1, "no such agent: nosuch")
    refused(aileron("launch", "./nosuch"), 1, "no such agent")


def test_codex_is_refused_where_no_shim_can_reach_it(aileron: Aileron, tmp_path: Path) -> None:
    fake = tmp_path / "bin" / "codex"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho ran\n")
    fake.chmod(0o755)
    aileron.extra["PATH"] = f"{fake.parent}:{os.environ['PATH']}"
    done = aileron("launch", "--tier", "shim", "codex")
    refused(done, 1, "codex", "bubblewrap")
    assert "ran" not in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("deny:\n  - [\n", "aileron.yaml:3:1"),
        ("denny:\n  - ls\n", "did you mean deny"),
        ("deny: 3\n", "aileron.yaml:1:"),
        ("deny:\n  - binary: ls\n    colour: red\n", "aileron.yaml:3:"),
    ],
)
def test_a_wrong_policy_says_where(aileron: Aileron, text: str, said: str) -> None:
    aileron.write("aileron.yaml", text)
    done = aileron(*AGENT, "true")
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_policy_that_others_can_write_is_refused(aileron: Aileron) -> None:
    aileron.write("aileron.yaml", "deny:\n  - ls\n", 0o666)
    refused(aileron(*AGENT, "true"), 1, "can be written by others", "chmod go-w")


def test_a_policy_that_cannot_be_read_is_refused(aileron: Aileron) -> None:
    if os.getuid() == 0:
        (aileron.project / "aileron.yaml").mkdir()
        done = aileron(*AGENT, "true")
        assert done.returncode == 1
        assert "is not a regular file" in done.stderr
    else:
        aileron.write("aileron.yaml", "deny:\n  - ls\n", 0o000)
        refused(aileron(*AGENT, "true"), 1, "cannot be read")


def test_asking_here_needs_a_terminal(aileron: Aileron) -> None:
    refused(aileron("launch", "--on-ask", "prompt", "--", "true"), 2, "needs a terminal")


def test_wrong_usage_points_to_help(aileron: Aileron) -> None:
    refused(aileron("lanch"), 2, "did you mean launch?")
    refused(aileron("launch"), 2, "aileron launch --help")
    refused(aileron("launch", "--tier", "none", "--", "true"), 2, "--tier")


def test_a_state_folder_that_others_can_write_is_refused(aileron: Aileron) -> None:
    (aileron.home / ".aileron").mkdir(mode=0o777)
    (aileron.home / ".aileron").chmod(0o777)
    refused(aileron(*AGENT, "true"), 1, "others can write the state folder", "chmod go-w")


def test_a_run_directory_that_others_can_write_is_refused(aileron: Aileron, tmp_path: Path) -> None:
    aileron.extra["TMPDIR"] = "/tmp"
    aileron.extra["XDG_RUNTIME_DIR"] = f"/tmp/r{os.getpid()}"
    runtime = Path(aileron.extra["XDG_RUNTIME_DIR"])
    (runtime / "aileron").mkdir(parents=True)
    (runtime / "aileron").chmod(0o777)
    try:
        refused(aileron(*AGENT, "true"), 1, "others can write the run directory")
    finally:
        shutil.rmtree(runtime)


def test_a_command_that_cannot_be_recorded_does_not_run(aileron: Aileron) -> None:
    """The disk is full (here: files may not grow) when `decided` should be written."""
    run = "subprocess.run(['bash', '-c', 'echo ran # ' + 'x' * 50_000])\n"
    aileron.write("go.py", "import subprocess\n" + run * 40)

    shim = native_shim()
    limit = 200_000 + (shim.stat().st_size if shim else 0)  # the shim is copied before

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(
        aileron.argv(*AGENT, program("python3"), "go.py"),
        cwd=aileron.project,
        env=aileron.environment,
        capture_output=True,
        text=True,
        preexec_fn=full,
        check=False,
        timeout=120,
    )
    assert 0 < done.stdout.count("ran") < 40
    assert "aileron: denied: the audit log cannot be written" in done.stderr
    refusals = done.stderr.count("aileron: denied")
    assert done.stdout.count("ran") + refusals == 40


def test_a_broker_that_is_killed_in_mid_question_lets_nothing_run(
    aileron: Aileron, tmp_path: Path
) -> None:
    out, code = tmp_path / "out", aileron.project / "code"
    aileron.write(
        "ask.py",
        "import os, subprocess\n"
        "done = subprocess.run([os.environ['SHELL'], '-c', 'git push'])\n"
        "open('part', 'w').write(str(done.returncode))\n"
        "os.rename('part', 'code')\n",
    )
    words = ("launch", "--tier", "shim", "--on-ask", "wait", "--", program("python3"), "ask.py")
    launched = aileron.start(*words, out=out)
    until(lambda: "git push" in aileron("approval", "list").stdout)
    launched.send_signal(signal.SIGKILL)
    launched.wait()
    until(code.exists)
    assert code.read_text() == "126"
    assert "aileron: denied: the broker of this session is gone" in out.read_text()


def test_a_run_directory_that_goes_away_lets_nothing_run(aileron: Aileron) -> None:
    """The agent of the shim tier can remove it; its next shell finds nothing to ask."""
    aileron.write(
        "gone.py",
        "import os, shutil, subprocess\n"
        "shell = os.environ['SHELL']\n"
        "os.unlink(os.path.dirname(os.path.dirname(shell)) + '/broker.sock')\n"
        "done = subprocess.run([shell, '-c', 'echo ran'], capture_output=True, text=True)\n"
        "print(done.returncode, done.stdout, done.stderr)\n",
    )
    done = aileron(*AGENT, program("python3"), "gone.py")
    assert done.stdout.startswith("126")
    assert "ran" not in done.stdout.split()


@pytest.mark.linux
def test_a_shim_that_is_not_in_the_path_refuses_the_launch(
    aileron: Aileron, contained: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the shim taken out of the namespace by hand, the canary finds the real shell."""
    broken = (
        "import dataclasses, sys\n"
        "from aileron.containment import probe\n"
        "probe.shells = lambda: ('/usr/bin/true',)\n"
        "from aileron.cli.main import main\n"
        "sys.argv = ['aileron', 'launch', '--', 'bash', '-c', 'echo ran']\n"
        "sys.exit(main())\n"
    )
    done = subprocess.run(
        [*aileron.argv()[:1], "-c", broken],
        cwd=aileron.project,
        env=aileron.environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    refused(done, 1, "the shim is not in the path of")
    assert "ran" not in done.stdout


def test_a_log_that_is_not_there_says_what_to_do(aileron: Aileron) -> None:
    refused(aileron("log"), 2, "no session is on record yet")
    refused(aileron("log", "--since", "yesterday"), 2, "not a time")
