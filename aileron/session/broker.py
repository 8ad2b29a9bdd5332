"""The broker: where shims ask, and people look.

Its thread serves two sockets.  `broker.sock` speaks the shim's protocol
(wire.py): a request, perhaps a wait, a reply, a report.  `control.sock` answers
`aileron status` and `aileron approval`, and is never inside the agent's tier.

A connection whose peer is another user, a request that is not whole or not in
time, an unknown copy of the shim, too many at once: all are denied.  The shim
takes silence for a denial (126), so a broker that is gone lets nothing run.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aileron import wire
from aileron.errors import WireError
from aileron.session import ancestry, peer
from aileron.session.environment import put, scrubbed
from aileron.session.gate import Gate

REQUEST_TIME = 5.0  # seconds that a shim has to send its request
CONNECTIONS = 512  # open at once

FULL = "aileron: denied: too many commands at once\nhint: let some of them end first\n"
UNKNOWN = (
    "aileron: denied: this copy of the shell is not one of the session's\n"
    "hint: run bash or sh by its usual path; do not retry\n"
)


@dataclass(frozen=True, slots=True)
class RealShell:
    """The shell that a shim stands for: `path` to exec, or a descriptor to hand over."""

    kind: str  # bash, dash, sh, zsh: what reads the text
    path: str = ""
    descriptor: int = -1


Serve = Callable[[socket.socket], Coroutine[Any, Any, None]]


@dataclass
class Broker:
    """`shells` maps a shim's own path, as it reports it, to the shell behind it;
    `launched` is the environment of the launch; `is_shim` says whether a process
    runs the session's shim, so that no other program can speak for it.

    Texts that hold `canary`, a token that only the launcher knows, are the
    launch's own: they are let run and kept in `arrived`.
    """

    gate: Gate
    socket_path: Path
    shells: Mapping[str, RealShell]
    launched: Mapping[str, str]
    is_shim: Callable[[int], bool]
    control: Serve | None = None
    control_path: Path | None = None

    def __post_init__(self) -> None:
        self.canary = ""
        self.arrived: list[str] = []
        self._open = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._listeners: list[tuple[socket.socket, Serve]] = [
            (_listen(self.socket_path), self._shim)
        ]
        if self.control is not None and self.control_path is not None:
            self._listeners.append((_listen(self.control_path), self.control))
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Deny what waits and end the thread."""
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(timeout=5)
        for listener, _ in self._listeners:
            listener.close()

    def call(self, act: Callable[[], object]) -> None:
        """Run something in the loop, where the audit log and the gate live, and wait for it."""
        done: concurrent.futures.Future[None] = concurrent.futures.Future()

        def run() -> None:
            try:
                act()
            except BaseException as error:
                done.set_exception(error)
                raise
            done.set_result(None)

        self.loop.call_soon_threadsafe(run)
        done.result(timeout=10)

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        with contextlib.closing(self.loop):
            self.loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        for listener, serve in self._listeners:
            self.loop.add_reader(listener, self._accept, listener, serve)
        await self._stopping.wait()
        for listener, _ in self._listeners:
            self.loop.remove_reader(listener)
        self.gate.desk.close()
        # What waited is answered with a denial; what runs is not waited for.
        await asyncio.sleep(0)
        for open_task in tuple(self._tasks):
            open_task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, listener: socket.socket, serve: Serve) -> None:
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError:  # out of descriptors: whoever waits is denied by its own time limit
            self.loop.remove_reader(listener)
            self.loop.call_later(0.05, self._listen_again, listener, serve)
            return
        connection.setblocking(False)
        task = self.loop.create_task(self._connection(connection, serve))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _listen_again(self, listener: socket.socket, serve: Serve) -> None:
        if not self._stopping.is_set():
            self.loop.add_reader(listener, self._accept, listener, serve)

    async def _connection(self, connection: socket.socket, serve: Serve) -> None:
        self._open += 1
        with contextlib.closing(connection):
            try:
                if peer.credentials(connection)[0] == os.getuid():
                    await serve(connection)
            except (OSError, WireError, TimeoutError):
                pass  # the other end is gone or speaks something else: closing denies
            finally:
                self._open -= 1

    # -- one shim -----------------------------------------------------------

    async def _shim(self, connection: socket.socket) -> None:
        if self._open > CONNECTIONS:
            await self._refuse(connection, FULL)
            return
        async with asyncio.timeout(REQUEST_TIME):
            hello = wire.decode_request(await self._frame(connection))
        shell = self.shells.get(hello.shim)
        if shell is None or not self.is_shim(peer.credentials(connection)[1]):
            await self._refuse(connection, UNKNOWN)
            return
        request = replace(hello.request, shell=shell.kind)
        if self.canary and request.text is not None and self.canary in request.text:
            self.arrived.append(request.text)
            await self._allow(connection, shell)
            return
        chain = ancestry.chain(peer.credentials(connection)[1], os.getpid())
        if not chain:
            return

        async def waiting() -> None:
            await self.loop.sock_sendall(connection, wire.WAIT)

        def gone() -> Awaitable[object]:
            return self.loop.sock_recv(connection, 1)

        admission = await self.gate.admit(request, chain, waiting=waiting, gone=gone)
        if admission.command is None:
            await self._refuse(connection, admission.refusal)
            return
        report = None
        try:
            lost = scrubbed(self.gate.judge.policy, request.environment, self.launched)
            await self._allow(connection, shell, lost, put(request.environment))
            report = wire.decode_report(await self._frame(connection))
        finally:
            self.gate.finish(admission.command, report)

    async def _allow(
        self,
        connection: socket.socket,
        shell: RealShell,
        unset: tuple[str, ...] = (),
        added: tuple[str, ...] = (),
    ) -> None:
        answer = wire.Reply(allowed=True, path=shell.path, unset=unset, put=added)
        reply = wire.encode_reply(answer)
        if shell.descriptor < 0:
            await self.loop.sock_sendall(connection, reply)
            return
        # A fresh connection's buffer takes a small frame whole.
        sent = socket.send_fds(connection, [reply], [shell.descriptor])
        if sent < len(reply):
            await self.loop.sock_sendall(connection, reply[sent:])

    async def _refuse(self, connection: socket.socket, text: str) -> None:
        reply = wire.encode_reply(wire.Reply(allowed=False, refusal=text))
        await self.loop.sock_sendall(connection, reply)

    async def _frame(self, connection: socket.socket) -> bytes:
        """The body of the next frame; the shim sends no other before it is answered."""
        got = bytearray()
        size = wire.HEAD
        while len(got) < size:
            chunk = await self.loop.sock_recv(connection, 1 << 16)
            if not chunk:
                raise WireError("the shim ended in the middle of a frame")
            got += chunk
            if len(got) >= wire.HEAD:
                size = wire.HEAD + wire.length(bytes(got[: wire.HEAD]))
        if len(got) > size:
            raise WireError("the shim sent more than a frame")
        return bytes(got[wire.HEAD :])


def _listen(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(256)
    listener.setblocking(False)
    return listener
