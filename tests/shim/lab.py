"""A run directory with shims in it, and a broker of the tests' own behind its socket.

`Lab` holds what a session would: RUN/broker.sock, RUN/bin/{bash,dash,zsh,sh}.
Its broker answers each request by the function it was given (`allow` unless
told otherwise) and keeps what it was asked and told.
"""

from __future__ import annotations

import importlib.util
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from aileron import wire
from aileron.session import fallback

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("bash", "sh", "dash", "zsh")
DEADLINE = 20.0  # seconds after which something that must happen has not

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="as Linux has it")
GONE = "the broker of this session is gone"

Answer = Callable[[wire.Hello, socket.socket], None]


def build_hook() -> ModuleType:
    """`hatch_build.py`, so that tests compile exactly as the wheel is built."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def real_shell(name: str) -> str:
    """The path of the machine's own shell of that name, "" without one."""
    found = shutil.which(name, path="/bin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
    return str(Path(found).resolve()) if found else ""


def install(run: Path, native: Path | None, patience: float = 10.0) -> None:
    """Puts the shim into a run directory under the shells' names, as the launcher does.

    `patience`: seconds that the fallback waits for an answer.
    """
    folder = run / "bin"
    folder.mkdir(mode=0o700)
    shim = folder / NAMES[0]
    if native is not None:
        shutil.copyfile(native, shim)
    else:
        source = (ROOT / "aileron_sh" / "fallback.py").read_text()
        source = source.replace("@RUN@", str(run)).replace(
            "ANSWER_TIME = 10.0", f"ANSWER_TIME = {patience}"
        )
        fallback.install(source, shim, run / "fallback.code")
    shim.chmod(0o500)
    for name in NAMES[1:]:
        (folder / name).hardlink_to(shim)


def receive(connection: socket.socket) -> bytes:
    """The body of one frame; b"" at the end of the connection."""
    head = connection.recv(4, socket.MSG_WAITALL)
    return connection.recv(wire.length(head), socket.MSG_WAITALL) if head else b""


def reply_for(hello: wire.Hello) -> bytes:
    """The frame that allows the real shell of the shim's name."""
    path = real_shell(Path(hello.shim).name)
    return wire.encode_reply(wire.Reply(allowed=True, path=path))


def allow(hello: wire.Hello, connection: socket.socket) -> None:
    connection.sendall(reply_for(hello))


@dataclass
class Lab:
    run: Path
    answer: Answer = allow
    asked: list[wire.Hello] = field(default_factory=list)
    reports: list[wire.Report] = field(default_factory=list)
    connections: int = 0

    def shim(self, name: str = "bash") -> str:
        return str(self.run / "bin" / name)

    def start(self) -> None:
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.run / "broker.sock"))
        self._listener.listen(256)
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """The broker goes away; its socket's file stays, as after a crash."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        self.connections += 1
        with connection, suppress(OSError):
            hello = wire.decode_request(receive(connection))
            self.asked.append(hello)
            self.answer(hello, connection)
            report = receive(connection)
            if report:
                self.reports.append(wire.decode_report(report))


@contextmanager
def new_lab(native: Path | None, patience: float = 10.0) -> Iterator[Lab]:
    """A lab of its own; under a short path, since a socket's path may not be long."""
    with tempfile.TemporaryDirectory(prefix="aileron-", dir="/tmp") as folder:
        run = Path(folder).resolve() / "run"
        run.mkdir(mode=0o700)
        install(run, native, patience)
        lab = Lab(run)
        lab.start()
        try:
            yield lab
        finally:
            lab.stop()


def sending(raw: bytes) -> Answer:
    return lambda hello, connection: connection.sendall(raw)


def run(
    shim: str, *words: str, argv0: str = "bash", **more: object
) -> subprocess.CompletedProcess[str]:
    """Runs the shim, or any program, with this argv and nothing on its standard input."""
    options: dict[str, object] = {"stdin": subprocess.DEVNULL, **more}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [argv0, *words],
        executable=shim,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
        **options,
    )


def until(condition: Callable[[], object], what: str) -> None:
    """Waits for a condition, with a deadline."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.005)
