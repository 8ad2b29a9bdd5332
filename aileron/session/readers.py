"""The readers beside our own: which there are, and loading them.

Importing them takes its time, so that it is done while the agent starts, or when the
first text is to be read; the slow ones count from when they are there.  One that is not
installed does not count, and `aileron doctor` says so; one that is, but cannot be loaded,
agrees to nothing.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable

from aileron.model import READERS
from aileron.shell.agreement import Reader, Seen

MODULES = {"tree-sitter": ("tree_sitter", "tree_sitter_bash"), "bashlex": ("bashlex",)}
LIMITS = {"bashlex": 1024}  # it is slow
SLOW = ("bashlex",)  # to load: some hundred milliseconds


def installed(name: str) -> bool:
    return all(importlib.util.find_spec(module) is not None for module in MODULES[name])


def load(names: Iterable[str] = READERS, *, slow: bool = True) -> tuple[Reader, ...]:
    """The readers of these names that are installed, the fastest first."""
    wanted = set(names) - (set() if slow else set(SLOW))
    return tuple(_load(name) for name in READERS if name in wanted and installed(name))


def _load(name: str) -> Reader:
    try:
        if name == "bashlex":
            from aileron.shell import by_bashlex

            return Reader(name, by_bashlex.seen, must=False, limit=LIMITS[name])
        from aileron.shell import by_treesitter, gaps

        return Reader(name, by_treesitter.seen, gaps.plainer)
    except Exception as error:  # noqa: BLE001  # whatever a broken installation raises
        why = f"it cannot be loaded ({error})"
        return Reader(name, lambda text: Seen(failed=why))
