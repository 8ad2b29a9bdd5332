"""Which broker a shim asks: its own session's, and nothing that an agent can choose."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from .lab import (
    GONE,
    Lab,
    new_lab,
    run,
)


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
