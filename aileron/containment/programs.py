"""Where the package keeps its compiled programs, and whether they are there."""

from __future__ import annotations

from pathlib import Path

BINARIES = Path(__file__).resolve().parent.parent / "_bin"


def native_shim() -> Path | None:
    """The compiled shim; None where none was built and the Python fallback stands in."""
    path = BINARIES / "aileron-sh"
    try:
        return path if path.read_bytes()[:2] != b"#!" else None
    except OSError:
        return None


def watcher() -> Path | None:
    """The program that puts exec watching on a tree, where one was built (Linux)."""
    path = BINARIES / "aileron-watch"
    return path if path.is_file() else None
