"""Real agents, from npm, in a folder of the checkout's own; installed once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import needed

FOLDER = Path(__file__).resolve().parent.parent.parent / "build" / "agents"
PACKAGES = {
    "codex": "@openai/codex@0.169.0",
    "claude": "@anthropic-ai/claude-code@2.1.197",
    "opencode": "opencode-ai@1.18.33",
}


@pytest.fixture(scope="session")
def agents() -> Path:
    """The folder with the agents' programs.

    They are half a gigabyte, so they are fetched only where somebody asks for
    them: in CI, or with AILERON_TEST_AGENTS=1.
    """
    programs = FOLDER / "node_modules" / ".bin"
    if all((programs / name).exists() for name in PACKAGES):
        return programs
    if not (os.environ.get("CI") or os.environ.get("AILERON_TEST_AGENTS")):
        pytest.skip("real agents are not installed: run with AILERON_TEST_AGENTS=1")
    npm = shutil.which("npm")
    if npm is None:
        needed("npm is not installed")
    assert npm is not None
    FOLDER.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", *PACKAGES.values()],
        cwd=FOLDER,
        check=True,
        timeout=600,
        stdin=subprocess.DEVNULL,
    )
    return programs
