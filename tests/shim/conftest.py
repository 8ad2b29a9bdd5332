"""The shim, compiled once for all tests; each test runs on it and on the fallback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab import Lab, build_hook, new_lab


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled shim."""
    hook = build_hook()
    target = tmp_path_factory.mktemp("shim") / "aileron-sh"
    why = hook.compile_program(hook.ROOT, hook.SHIM, target)
    if why == hook.NO_COMPILER:
        pytest.skip(why)
    assert not why, why
    return target


@pytest.fixture(params=["native", "fallback"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A session with the shim of either kind."""
    with new_lab(request.getfixturevalue("native") if request.param == "native" else None) as lab:
        yield lab


@pytest.fixture
def native_lab(native: Path) -> Iterator[Lab]:
    """A session with the compiled shim: for what the fallback leaves out."""
    with new_lab(native) as lab:
        yield lab
