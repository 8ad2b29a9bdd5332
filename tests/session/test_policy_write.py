"""A policy file with new bytes: whole, or as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from aileron.errors import PolicyError
from aileron.session import policy_write
from tests.conftest import program

OLD, NEW = b"allow: []\n", b"allow: [make]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.yaml"
    path.write_bytes(OLD)
    path.chmod(0o640)
    return path


def put(path: Path, old: bytes | None = OLD, new: bytes = NEW) -> None:
    with policy_write.beside(path, old, new) as replace:
        replace()


def alone(path: Path) -> bool:
    """Whether nothing was left beside it."""
    return [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_bytes_change_and_the_mode_stays(file: Path) -> None:
    put(file)
    assert file.read_bytes() == NEW
    assert file.stat().st_mode & 0o777 == 0o640
    assert alone(file)


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    put(path, None)
    assert path.read_bytes() == NEW
    assert path.stat().st_mode & 0o777 == 0o600


def linked(path: Path) -> None:
    path.rename(path.with_name("real"))
    path.symlink_to("real")


def named_twice(path: Path) -> None:
    path.with_name("other").hardlink_to(path)


def open_to_others(path: Path) -> None:
    path.chmod(0o666)


def somebody_elses(path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, 4242, 4242)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def changed(path: Path) -> None:
    path.write_bytes(OLD + b"# more\n")


def gone(path: Path) -> None:
    path.unlink()


CASES = {
    linked: "is a symbolic link",
    named_twice: "has other names",
    open_to_others: "can be written by others",
    somebody_elses: "belongs to somebody else",
    a_folder: "is not a regular file",
    changed: "has changed since it was shown",
    gone: "has changed since it was shown",
}


@pytest.mark.parametrize("happens", CASES, ids=lambda one: one.__name__)
def test_what_may_not_be_replaced_is_left_as_it_is(file: Path, happens: object) -> None:
    """Also when it becomes so only after the new bytes were written beside it."""
    assert callable(happens)
    with pytest.raises(PolicyError) as caught, policy_write.beside(file, OLD, NEW) as replace:
        happens(file)
        before = {one.name: one.lstat().st_ino for one in file.parent.iterdir()}
        replace()
    assert CASES[happens] in caught.value.message
    left = {one.name: one.lstat().st_ino for one in file.parent.iterdir()}
    assert left == {name: inode for name, inode in before.items() if not name.startswith(".")}


def test_a_file_that_has_come_meanwhile_is_not_replaced(file: Path) -> None:
    with pytest.raises(PolicyError, match="has changed"):
        put(file, None)
    assert file.read_bytes() == OLD


WRITE = """
import os, resource, signal, sys
from pathlib import Path
from aileron.errors import AileronError
from aileron.session import policy_write
path, moment = Path(sys.argv[1]), sys.argv[2]
if moment == "full":
    resource.setrlimit(resource.RLIMIT_FSIZE, (5, 5))
try:
    with policy_write.beside(path, path.read_bytes(), b"allow: [make]\\n") as replace:
        if moment == "before": os.kill(os.getpid(), signal.SIGKILL)
        replace()
        if moment == "after": os.kill(os.getpid(), signal.SIGKILL)
except AileronError as error:
    print(*error.lines(), sep="\\n")
"""


def write(path: Path, moment: str, *around: str) -> str:
    words = [*around, sys.executable, "-c", WRITE, str(path), moment]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(("moment", "held"), [("before", OLD), ("after", NEW)])
def test_a_kill_leaves_the_one_or_the_other(file: Path, moment: str, held: bytes) -> None:
    write(file, moment)
    assert file.read_bytes() == held


def test_a_file_that_cannot_grow_is_as_it_was(file: Path) -> None:
    said = write(file, "full")
    assert "settings.yaml: cannot be written: file too large" in said
    assert file.read_bytes() == OLD
    assert alone(file)


@pytest.mark.linux
def test_a_read_only_file_system_says_so(file: Path, contained: None) -> None:
    said = write(
        file, "", program("bwrap"), "--bind", "/", "/", "--ro-bind", *[str(file.parent)] * 2
    )
    assert "cannot be written: read-only file system" in said
    assert "hint: " in said
    assert file.read_bytes() == OLD


@pytest.mark.linux
def test_a_full_disk_says_so(file: Path, contained: None) -> None:
    """On a file system of one page, which something else has filled."""
    room = str(file.parent / "room")
    script = (
        f"cp {file} {room}/settings.yaml && yes | head -c 9999 > {room}/filler;"
        f" {sys.executable} -c '{WRITE}' {room}/settings.yaml ''; cd {room}; cat s*; ls -A"
    )
    (file.parent / "room").mkdir()
    words = [program("bwrap"), "--bind", "/", "/", "--size", "8192", "--tmpfs", room]
    done = subprocess.run([*words, "sh", "-c", script], capture_output=True, text=True, check=False)
    assert "cannot be written: no space left on device" in done.stdout, done
    assert "hint: free some space" in done.stdout
    assert done.stdout.endswith("allow: []\nfiller\nsettings.yaml\n")
