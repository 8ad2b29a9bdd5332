"""What all tests share: an Aileron of their own, and loud, counted skips."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aileron.containment import probe


@dataclass
class Aileron:
    """The command line in a repository and a home of its own."""

    home: Path
    project: Path
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "USER", "LOGNAME")}
        return {
            **keep,
            "HOME": str(self.home),
            "AILERON_HOME": str(self.home / ".aileron"),
            "GIT_AUTHOR_NAME": "t",
            "GIT_AUTHOR_EMAIL": "t@example.org",
            "GIT_COMMITTER_NAME": "t",
            "GIT_COMMITTER_EMAIL": "t@example.org",
            **self.extra,
        }

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "aileron.cli.main", *words]

    def __call__(
        self, *words: str, input: str = "", timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run to the end, without a terminal."""
        return self.run(self.argv(*words), input=input, timeout=timeout)

    def run(
        self, command: list[str], *, input: str = "", timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """The same with any command line."""
        return subprocess.run(
            command,
            cwd=self.project,
            env=self.environment,
            input=input,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            start_new_session=True,
        )

    def start(self, *words: str, out: Path | None = None) -> subprocess.Popen[str]:
        """Run in the background, without a terminal."""
        sink = out.open("w") if out is not None else subprocess.DEVNULL
        try:
            return subprocess.Popen(
                self.argv(*words),
                cwd=self.project,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        finally:
            if not isinstance(sink, int):
                sink.close()

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path


@pytest.fixture
def aileron(tmp_path: Path) -> Aileron:
    """An Aileron with an empty home, in a repository with one commit."""
    home, project = tmp_path / "home", tmp_path / "project"
    home.mkdir(mode=0o700)
    project.mkdir()
    made = Aileron(home, project)
    for words in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "x"]):
        subprocess.run(["git", *words], cwd=project, env=made.environment, check=True)
    return made


@pytest.fixture(scope="session")
def contained() -> None:
    """Skips, with the reason, where the contained tier does not work."""
    failed = [check for check in probe.contained() if not check.ok]
    if failed:
        needed(f"{failed[0].name}: {failed[0].detail}")


def needed(what: str) -> None:
    """Skip for something that is missing here; in CI it must not be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have it: {what}")
    pytest.skip(what)


def program(name: str) -> str:
    """The path of a program; skips where it is not installed."""
    found = shutil.which(name)
    if found is None:
        needed(f"{name} is not installed")
    assert found is not None
    return found


def until(there: Callable[[], object], seconds: float = 20) -> None:
    """Wait for a condition; a test fails when it does not come."""
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
