"""The build hook: a compiled shim where there is a compiler, the script where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .lab import ROOT, build_hook

PARTS = ["aileron", "aileron_sh", "policy_defaults", "hatch_build.py", "pyproject.toml"]
PARTS += ["README.md", "LICENSE"]


def build(tmp_path: Path, **environment: str) -> zipfile.ZipFile:
    """The wheel of a fresh copy of the sources."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("_bin"))
        elif (ROOT / part).exists():
            shutil.copy(ROOT / part, copy / part)
    subprocess.run(["git", "init", "-q", "."], cwd=copy, check=True)
    (copy / ".gitignore").write_text("/aileron/_bin/\n/build/\n")
    ended = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=copy,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    (wheel,) = tmp_path.glob("*.whl")
    return zipfile.ZipFile(wheel)


def script(wheel: zipfile.ZipFile) -> bytes:
    (name,) = [n for n in wheel.namelist() if n.endswith(".data/scripts/aileron-sh")]
    assert wheel.getinfo(name).external_attr >> 16 & 0o111 == 0o111
    return wheel.read(name)


def test_a_wheel_with_a_compiler_holds_the_compiled_shim(native: Path, tmp_path: Path) -> None:
    with build(tmp_path) as wheel:
        assert wheel.filename is not None
        assert "-py3-none-" in wheel.filename
        assert not wheel.filename.endswith("-any.whl")
        shim = wheel.read("aileron/_bin/aileron-sh")
        assert script(wheel) == shim
        assert not shim.startswith(b"#!")
        assert b"@RUN@" in wheel.read("aileron/_bin/fallback.py")
        assert not [name for name in wheel.namelist() if name.endswith((".c", ".h"))]


def test_a_wheel_without_a_compiler_holds_the_script(tmp_path: Path) -> None:
    with build(tmp_path, AILERON_NO_NATIVE="1") as wheel:
        assert wheel.filename is not None
        assert wheel.filename.endswith("-py3-none-any.whl")
        assert script(wheel).startswith(b"#!python")
        assert "aileron/_bin/fallback.py" in wheel.namelist()
        assert "aileron/_bin/aileron-sh" not in wheel.namelist()


def test_no_compiler_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    hook = build_hook()
    assert hook.compile_program(ROOT, hook.SHIM, tmp_path / "aileron-sh") == hook.NO_COMPILER
    assert list(tmp_path.iterdir()) == []


def test_a_compiler_that_fails_is_quoted_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = tmp_path / "bin" / "cc"
    compiler.parent.mkdir()
    compiler.write_text("#!/bin/sh\necho no such thing as stdio.h >&2\nexit 1\n")
    compiler.chmod(0o755)
    monkeypatch.setenv("PATH", f"{compiler.parent}:/nowhere")
    monkeypatch.delenv("CC", raising=False)
    hook = build_hook()
    why = hook.compile_program(ROOT, hook.SHIM, tmp_path / "out" / "aileron-sh")
    assert why == "cc failed: no such thing as stdio.h"
    assert list((tmp_path / "out").iterdir()) == []


def test_a_program_whose_source_is_missing_is_left_out(tmp_path: Path) -> None:
    hook = build_hook()
    program = hook.Program("aileron-other", ("other.c",), (sys.platform,))
    why = hook.compile_program(ROOT, program, tmp_path / "aileron-other")
    assert why == "the sources of aileron-other are missing"


def test_a_program_for_another_system_is_left_out(tmp_path: Path) -> None:
    hook = build_hook()
    program = hook.Program("aileron-other", ("shim.c",), ("plan9",))
    assert hook.compile_program(ROOT, program, tmp_path / "x") == (
        f"aileron-other is not for {sys.platform}"
    )
