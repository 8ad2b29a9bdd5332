"""The shim, compiled once for all tests; each test runs on it and on the fallback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .lab import Lab, build_hook, new_lab

PATIENCE = 0.4  # seconds that a shim waits for an answer in the tests of that


def build(target: Path, *flags: str) -> Path:
    hook = build_hook()
    why = hook.compile_program(hook.ROOT, hook.SHIM, target, flags)
    if why == hook.NO_COMPILER:
        pytest.skip(why)
    assert not why, why
    return target


@pytest.fixture(scope="session")
def native(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled shim."""
    return build(tmp_path_factory.mktemp("shim") / "aileron-sh")


@pytest.fixture(scope="session")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled shim, but it waits less long for an answer."""
    flag = f"-DANSWER_TIME_US={int(PATIENCE * 1e6)}"
    return build(tmp_path_factory.mktemp("hasty") / "aileron-sh", flag)


@pytest.fixture(params=["native", "fallback"])
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """A session with the shim of either kind."""
    with new_lab(request.getfixturevalue("native") if request.param == "native" else None) as lab:
        yield lab


@pytest.fixture(params=["native", "fallback"])
def hasty_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The same with little patience."""
    native = request.getfixturevalue("hasty") if request.param == "native" else None
    with new_lab(native, PATIENCE) as lab:
        yield lab


@pytest.fixture
def native_lab(native: Path) -> Iterator[Lab]:
    """A session with the compiled shim: for what the fallback leaves out."""
    with new_lab(native) as lab:
        yield lab
