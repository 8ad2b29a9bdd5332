"""One adapter for each agent; `adapter(name)` finds it, or the generic one."""

from __future__ import annotations

from importlib import import_module

from aileron.agents.base import Adapter

# The names in the order `aileron doctor` lists them: module and class are called alike.
KNOWN = ("codex", "claude", "opencode")


def adapter(name: str) -> Adapter:
    """The adapter of the program with this base name."""
    if name not in KNOWN:
        return Adapter(name)
    module = import_module(f"aileron.agents.{name}")
    made: Adapter = getattr(module, name.capitalize())(name)
    return made
