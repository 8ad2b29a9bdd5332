"""`aileron-watch`, compiled once for all tests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containment.lab import ROOT, compiled


@pytest.fixture(scope="session")
def helper() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        source = ROOT / "aileron_sh" / "watch.c"
        yield compiled(source, Path(folder, "aileron-watch"), "-Wall", "-Wextra", "-Werror")
