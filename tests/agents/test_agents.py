"""Real codex, claude and opencode: what their models ask for passes Aileron, whole and once."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.agents.model import Model
from tests.agents.setups import SETUPS
from tests.conftest import Aileron

pytestmark = [pytest.mark.agents, pytest.mark.linux]

POLICY = "version: 1\ndeny:\n  - git push origin main\n"
COMMANDS = [
    "git --version",
    "git push origin main",
    "cat <<'X' | wc -l\nit's \"one\"\n$HOME `x`\nX",
    "ls missing-file; false",
    "printf '%s\\n' \"two words\" && echo $((40+2))",
]


def run(agent: str, aileron: Aileron, agents: Path, model: Model, tier: str) -> None:
    setup = SETUPS[agent](aileron.home, aileron.project, model.url)
    aileron.extra |= setup.environment
    aileron.extra["PATH"] = f"{agents}{os.pathsep}{os.environ['PATH']}"
    done = aileron("launch", "--tier", tier, agent, "--", *setup.headless)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def remote(aileron: Aileron, tmp_path: Path) -> Path:
    """A bare repository that the project could push to."""
    path = tmp_path / "remote.git"
    for words in (
        ["git", "init", "-q", "--bare", str(path)],
        ["git", "remote", "add", "origin", str(path)],
        ["git", "branch", "-M", "main"],
    ):
        subprocess.run(words, cwd=aileron.project, env=aileron.environment, check=True)
    return path


@pytest.mark.parametrize(
    ("agent", "tier"),
    [
        ("codex", "contained"),
        ("claude", "contained"),
        ("opencode", "contained"),
        ("claude", "shim"),
        ("opencode", "shim"),
    ],
)
def test_an_agent_is_gated(
    agent: str, tier: str, aileron: Aileron, agents: Path, contained: None, remote: Path
) -> None:
    """Allowed commands run unasked with their own output, a denied one does not run and says
    why, and the log has each once, as the model wrote it."""
    aileron.write("aileron.yaml", POLICY)
    with Model(COMMANDS) as model:
        run(agent, aileron, agents, model, tier)
    results = list(model.results.values())
    assert len(results) == len(COMMANDS)
    assert "git version" in results[0]
    assert "aileron: denied" in results[1]
    assert "aileron.yaml:3" in results[1]
    assert "2" in results[2]
    assert "missing-file" in results[3]
    assert "two words\n42" in results[4]

    pushed = subprocess.run(
        ["git", "branch", "--list"], cwd=remote, capture_output=True, text=True, check=True
    )
    assert pushed.stdout == ""
    rows = [
        json.loads(line)
        for line in aileron("log", "--session", "last", "--json").stdout.splitlines()
    ]
    assert [row["command"] for row in rows] == COMMANDS
    assert [row["verdict"] for row in rows] == ["allow", "deny", "allow", "allow", "allow"]
    assert [row["status"] for row in rows] == [0, None, 0, 1, 0]


@pytest.mark.parametrize("agent", sorted(SETUPS))
def test_the_model_is_told_that_its_commands_are_gated(
    agent: str, aileron: Aileron, agents: Path, contained: None
) -> None:
    with Model([]) as model:
        run(agent, aileron, agents, model, "contained")
    assert any("judged by Aileron" in prompt for prompt in model.prompts)
