"""The run directory of a session: 0700, gone when the session ends.

    <root>/                     $XDG_RUNTIME_DIR/aileron, or aileron-UID in the temporary folder
      <session>/
        control.sock            for people: status, approvals (never inside the agent's tier)
        tier/                   all that the agent's side sees (at /dev/aileron when contained)
          broker.sock           for the shims
          hint.md               what an agent is told about all this
          bin/                  aileron-sh under the names agents accept, aileron-watch

A root that somebody else owns or can write is refused: whoever can write here
can answer for the broker.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from aileron.agents.base import HINT
from aileron.containment.programs import BINARIES, native_shim, watcher
from aileron.errors import LaunchRefused
from aileron.session import fallback

SHELL_NAMES = ("bash", "sh", "zsh", "dash", "aileron-sh")
SOCKET_PATH_LIMIT = 103  # bytes a Unix socket's name may have on macOS; Linux takes 107


def root() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir() and os.access(runtime, os.W_OK):
        return Path(runtime) / "aileron"
    return Path(tempfile.gettempdir()).resolve() / f"aileron-{os.getuid()}"


@dataclass
class RunDirectory:
    """Made on entry, removed on exit."""

    session: str

    def __post_init__(self) -> None:
        self.root = root()
        self.path = self.root / self.session
        self.tier = self.path / "tier"
        self.bin = self.tier / "bin"
        self.broker_socket = self.tier / "broker.sock"
        self.hint = self.tier / "hint.md"
        self.control_socket = self.path / "control.sock"

    def __enter__(self) -> RunDirectory:
        if len(os.fsencode(self.broker_socket)) > SOCKET_PATH_LIMIT:
            raise LaunchRefused(
                f"the run directory's path is too long for a socket: {self.path}",
                hint="set XDG_RUNTIME_DIR or TMPDIR to a shorter path",
            )
        try:
            self.root.mkdir(mode=0o700, exist_ok=True)
            found = self.root.lstat()
            if (
                not stat.S_ISDIR(found.st_mode)
                or found.st_uid != os.getuid()
                or found.st_mode & 0o077
            ):
                raise LaunchRefused(
                    f"others can write the run directory: {self.root}",
                    hint=f"remove it and start again: rm -rf {self.root}",
                )
            self.bin.mkdir(mode=0o700, parents=True)
            self.path.chmod(0o700)
            self._install()
        except OSError as error:
            raise LaunchRefused(
                f"the run directory cannot be made: {error.strerror}: {error.filename}",
                hint="set XDG_RUNTIME_DIR or TMPDIR to a folder that you can write",
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def _install(self) -> None:
        self.hint.write_text(HINT + "\n")
        native = native_shim()
        first = self.bin / SHELL_NAMES[0]
        if native is not None:
            shutil.copyfile(native, first)
        else:
            source = (BINARIES / "fallback.py").read_text().replace("@RUN@", str(self.tier))
            fallback.install(source, first, self.tier / "fallback.code")
        first.chmod(0o500)
        for name in SHELL_NAMES[1:]:
            (self.bin / name).hardlink_to(first)
        watch = watcher()
        if watch is not None:
            shutil.copyfile(watch, self.bin / "aileron-watch")
            (self.bin / "aileron-watch").chmod(0o500)
