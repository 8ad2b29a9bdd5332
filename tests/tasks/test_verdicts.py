"""The tables of this folder: a project, and what happens to the commands that run its tasks.

    -- NAME --             a file of the project
    -- settings.yaml --    the person's policy, for the commands behind it
    -- commands --         VERDICT RULE COMMAND; RULE is `.` where any will do

In a command ⏎ stands for a newline.  All files are there for all commands, and git
knows the files of src, but nothing of build, dist, coverage and node_modules.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Aileron
from tests.tasks.world import judge_of, request

TABLES = sorted(Path(__file__).parent.glob("*.txt"))


def sections(path: Path) -> list[tuple[str, str]]:
    parts = re.split(r"^-- (\S+) --\n", path.read_text(), flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("table", TABLES, ids=[path.stem for path in TABLES])
def test_what_a_task_does_decides(table: Path, aileron: Aileron) -> None:
    found = sections(table)
    for name, text in [*found, ("src/main.c", "x"), ("main.c", "x")]:
        if name not in ("commands", "settings.yaml"):
            aileron.write(name, text, 0o755 if name.endswith(".sh") else 0o644)
    subprocess.run(["git", "add", "-A"], cwd=aileron.project, check=True)
    wrong = []
    for name, text in found:
        if name == "settings.yaml":
            settings = aileron.home / ".aileron" / "settings.yaml"
            settings.parent.mkdir(mode=0o700, exist_ok=True)
            settings.write_text(text)
            settings.chmod(0o600)
        if name == "commands":
            wrong += judged(aileron, [line for line in text.splitlines() if line[:1] not in "#"])
    assert not wrong, "\n" + "\n".join(wrong)


def judged(aileron: Aileron, lines: list[str]) -> list[str]:
    """What is wrong with the verdicts on these commands."""
    judge = judge_of(aileron)
    wrong = []
    for line in lines:
        verdict, rule, command = line.split(" ", 2)
        answer = judge.decide(request(aileron, command.replace("⏎", "\n")))
        if answer.verdict.value != verdict or rule not in (".", answer.rule, answer.place):
            found = f"{answer.verdict.value} {answer.rule}: {answer.reason}"
            wrong.append(f"{command}\n    {verdict} {rule}\n    {found}")
    return wrong
