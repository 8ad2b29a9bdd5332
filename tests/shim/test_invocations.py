"""Every way to start a shell does what the real shell does, and is asked about as what it is."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from aileron.model import Mode
from aileron.wire import MODES

from .lab import DEADLINE, NAMES, Lab, real_shell

TABLE = Path(__file__).with_name("invocations.txt")
LETTERS = {mode: letter.decode() for letter, mode in MODES.items()}


@dataclass(frozen=True)
class Row:
    line: int
    command: str
    asked: tuple[str, ...]  # "c text", in any order

    @property
    def shells(self) -> set[str]:
        return set(re.findall(r"\$(bash|dash|zsh)\b", self.command))


def table() -> list[Row]:
    rows: list[Row] = []
    command: list[str] = []
    asked: list[str] = []
    start = 0
    for number, line in enumerate([*TABLE.read_text().splitlines(), ""], 1):
        if line.startswith("    "):
            asked.append(line[4:])
        elif asked:
            rows.append(Row(start, "\n".join(command), tuple(asked)))
            command, asked = [], []
        if line and not line.startswith((" ", "#")):
            start = start if command else number
            command.append(line)
    assert not command
    return rows


ROWS = table()


def run(row: Row, shells: Path, work: Path) -> tuple[str, str, int]:
    """What the command line prints, says and returns, with its shells from a folder."""
    ended = subprocess.run(
        ["/bin/sh", "-c", row.command],
        cwd=work,
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(work),
            "LANG": "C.UTF-8",
            **{name: str(shells / name) for name in row.shells},
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=DEADLINE,
        start_new_session=True,
        check=False,
    )
    # the number of a process group, in the complaint of an interactive shell without a terminal
    said = re.sub(r"process group \(-?\d+\)", "process group (N)", ended.stderr)
    return ended.stdout, said, ended.returncode


def fresh(work: Path) -> Path:
    work.mkdir()
    return work


def as_listed(mode: Mode, text: str | None) -> str:
    return f"{LETTERS[mode]} " + ("-" if text is None else text.replace("\n", "\\n"))


def matches(listed: str, asked: str, reads_stdin: bool) -> bool:
    if listed.startswith("s ") and not reads_stdin:
        return asked == "s -"
    return asked == listed or (listed[2:] == "*" and asked[:2] == listed[:2])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"line-{row.line}")
def test_a_shell_started_so_does_what_the_real_one_does(
    row: Row, lab: Lab, request: pytest.FixtureRequest
) -> None:
    """Output, messages and status are those of the real shell; mode and text are as listed."""
    for name in row.shells:
        if not real_shell(name):
            pytest.skip(f"no {name} here")
    home = lab.run.parent
    real = fresh(home / "real")
    for name in NAMES:
        if real_shell(name):
            (real / name).symlink_to(real_shell(name))

    # one path for both, since a shell's messages begin with it
    shells = home / "shells"
    shells.symlink_to(real)
    expected = run(row, shells, fresh(home / "work"))
    (home / "work").rename(home / "work.real")
    shells.unlink()
    shells.symlink_to(lab.run / "bin")
    found = run(row, shells, fresh(home / "work"))

    assert found == expected
    reads_stdin = request.node.callspec.params["lab"] == "native"
    asked = [as_listed(hello.request.mode, hello.request.text) for hello in lab.asked]
    assert len(asked) == len(row.asked)
    for listed, one in zip(row.asked, asked, strict=True):
        assert matches(listed, one, reads_stdin), one[:200]
