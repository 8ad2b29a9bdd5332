"""The runners that are known, by the names that they are started by."""

from __future__ import annotations

from collections.abc import Mapping

from aileron.tasks import just, make, npm
from aileron.tasks.task import Call, File, Plan, Read, Words

NAMES = npm.NAMES | npm.ALL | make.NAMES | just.NAMES
PACKAGES = npm.NAMES  # of their commands most run nothing of the project
FILES = frozenset((*npm.FILES, *make.FILES, *just.FILES))


def call(name: str, words: Words, folder: str) -> Call | None:
    """What a command of this name asks for; None if that is not plainly to be read."""
    if name in make.NAMES:
        return make.call(name, words, folder)
    if name in just.NAMES:
        return just.call(name, words, folder)
    return npm.call(name, words, folder) if name in NAMES else None


def plan(call: Call, file: File, read: Read, environment: Mapping[str, str]) -> Plan:
    """What a call would run, by the runner's file."""
    if call.runner in make.NAMES:
        return make.plan(call, file, read, environment)
    if call.runner in just.NAMES:
        return just.plan(call, file, read)
    return npm.plan(call, file, read)
