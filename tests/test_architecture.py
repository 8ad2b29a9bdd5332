"""Imports point down, pure files touch nothing, and nothing grows without end.

Only the syntax trees are looked at; nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted(p for p in (ROOT / "aileron").rglob("*.py") if "_bin" not in p.parts)

# From the bottom up: a package may import what stands before it, and itself.
ORDER = ["__version__", "errors", "model", "wire", "inline", "tasks", "shell", "policy", "approval"]
ORDER += ["audit", "terminal", "agents", "containment", "session", "cli"]

# The files that decide.  Clock, files and sockets reach them as arguments or not at all.
PURE_PACKAGES = ("shell", "inline", "tasks", "policy")
PURE_FILES = {
    "errors.py",
    "model.py",
    "wire.py",
    "approval/state.py",
    "audit/chain.py",
    "audit/past.py",
    "audit/report.py",
    "agents/quoting.py",
    "containment/namespace.py",
    "session/environment.py",
    "terminal/rewriter.py",
    "terminal/screen.py",
    "terminal/sequences.py",
    "terminal/tracked.py",
    "terminal/visible.py",
    "terminal/bar.py",
    "terminal/panel.py",
    "terminal/keys.py",
}
IMPURE = {"os", "time", "socket", "random", "secrets", "subprocess", "threading", "asyncio", "sys"}
IMPURE |= {"select", "selectors", "signal", "shutil", "tempfile", "pathlib", "glob", "pty", "pwd"}

LINES = 500


def name(path: Path) -> str:
    return str(path.relative_to(ROOT / "aileron"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            if node.module == "aileron":
                yield from (f"aileron.{alias.name}" for alias in node.names)


def package(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_point_down(path: Path) -> None:
    own = path.relative_to(ROOT / "aileron").parts[0].removesuffix(".py")
    if own == "__init__":
        return
    for module in imports(path):
        other = package(module) if module.startswith("aileron.") else ""
        if not other or other == own:
            continue
        assert ORDER.index(other) < ORDER.index(own), f"{name(path)} imports {module}"


def is_pure(path: Path) -> bool:
    inside = path.relative_to(ROOT / "aileron")
    return str(inside) in PURE_FILES or inside.parts[0] in PURE_PACKAGES


@pytest.mark.parametrize("path", [p for p in FILES if is_pure(p)], ids=name)
def test_what_decides_touches_nothing(path: Path) -> None:
    taken = {module.split(".")[0] for module in imports(path)} & IMPURE
    assert not taken, f"{name(path)} imports {', '.join(sorted(taken))}"
    calls = [n.func for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
    opened = [c for c in calls if isinstance(c, ast.Name) and c.id in ("open", "exec", "eval")]
    assert not opened


def test_every_pure_file_that_is_named_exists() -> None:
    assert [p for p in PURE_FILES if not (ROOT / "aileron" / p).is_file()] == []


@pytest.mark.parametrize("path", FILES, ids=name)
def test_no_module_outgrows_a_reader(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_is_called_manager_helper_or_utils(path: Path) -> None:
    classes = [n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.ClassDef)]
    for found in [path.stem, *classes]:
        assert not found.lower().endswith(("manager", "helper", "utils", "util")), found


def test_the_python_shim_stays_thin() -> None:
    """It is loaded for every command: nothing but what the interpreter has built in."""
    allowed = {"posix", "_socket", "_signal", "fcntl", "select", "errno", "time", "array"}
    allowed |= {"sys", "__future__", "resource", "marshal", "_stat", "_struct", "struct"}
    top = ast.parse((ROOT / "aileron_sh" / "fallback.py").read_text()).body
    taken = set()
    for node in top:
        if isinstance(node, ast.Import):
            taken |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            taken.add(node.module or "")
    assert taken <= allowed, taken - allowed
