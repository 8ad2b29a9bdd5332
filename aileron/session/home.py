"""`$AILERON_HOME`: policy, trust, audit and the list of sessions.

    settings.yaml   the user's policy           trust.json   project files the user trusts
    audit/          one log a session           sessions/    one small file a running session

What is here is never writable inside a session.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from aileron.errors import LaunchRefused
from aileron.session import ancestry


def path() -> Path:
    given = os.environ.get("AILERON_HOME", "")
    return Path(given).absolute() if given else Path.home() / ".aileron"


def ensure() -> Path:
    """The folder, made 0700 when it is missing."""
    home = path()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = home.stat()
    except OSError as error:
        raise LaunchRefused(
            f"the state folder cannot be made: {error.strerror}: {home}",
            hint="set AILERON_HOME to a folder that you can write",
        ) from error
    if found.st_mode & 0o022 or found.st_uid not in (os.getuid(), 0):
        raise LaunchRefused(f"others can write the state folder: {home}", hint=f"chmod go-w {home}")
    return home


def audit() -> Path:
    return path() / "audit"


def register(session: str, entry: Mapping[str, object]) -> Path:
    """Note a running session; the caller removes the file at its end."""
    folder = ensure() / "sessions"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = folder / f"{session}.json"
    file.write_text(json.dumps(dict(entry)))
    return file


def running() -> list[dict[str, object]]:
    """The sessions whose launcher is alive; the files of dead ones are removed."""
    found: list[dict[str, object]] = []
    for file in sorted((path() / "sessions").glob("*.json")):
        try:
            entry = json.loads(file.read_text())
            pid, started = int(entry["pid"]), int(entry["started"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        alive = ancestry.stat(pid)
        if alive is None or alive[0].started != started:
            file.unlink(missing_ok=True)
        else:
            found.append(entry)
    return found
