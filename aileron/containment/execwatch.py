"""Per-exec watching: every program that the agent's tree executes is seen and judged (Linux).

`aileron-watch` puts a seccomp filter on the tree; execve and execveat then wait
in the kernel until `ExecWatch`, a thread outside the tree, has answered.  The
rules this file keeps:

  - Every notification gets an answer.  What could not be read is refused
    (EPERM), and a notice says so.  Nothing a target does ends the thread.
  - An exec that the kernel would refuse gets the kernel's error from here: a
    PATH search never reaches the judge, and a file that appears in between is
    not run unread.
  - The shim runs unasked, for it reports to the broker itself.  A real shell
    runs only where `may_exec_shell` knows the process as the child of a shim
    whose command was allowed.  All else is the judge's.
  - Before a late yes the exec is read again; if it changed, it is refused.
  - After `close` whatever waits is refused; later execs fail with ENOSYS.

What it does not do: a thread of the target that rewrites the arguments between
this reading and the kernel's own can still win.  Only a look at the program
after the exec closes that.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import fcntl
import os
import select
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from aileron.containment.execread import Call, Exec, Futile, Inode, Unread, birth, look
from aileron.errors import LaunchRefused

__all__ = ["HELPER", "Answer", "Exec", "ExecWatch", "Inode", "probe", "receive_listener"]

HELPER = Path(__file__).resolve().parent.parent / "_bin" / "aileron-watch"
BUSY = (
    "another seccomp listener is active "
    "(WSL2 mirrored networking, a container runtime, or a nested session)"
)


class Answer(enum.Enum):
    ALLOW = "allow"
    DENY = "deny"
    PENDING = "pending"  # `ExecWatch.answer` will follow


# Talking to the kernel

_RECV = 0xC0502100  # struct seccomp_notif
_SEND = 0xC0182101  # struct seccomp_notif_resp
_ID_VALID = 0x40082102
_SET_FLAGS = 0x40082104
_SYNC_WAKE_UP = 1
_CONTINUE = 1
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
_RESPONSE = struct.Struct("=QqiI")
_EMPTY = bytes(_NOTIFICATION.size)
_AT_EMPTY_PATH = 0x1000
_AT_FDCWD = -100
_EXECVE, _EXECVEAT = {"x86_64": (59, 322), "aarch64": (221, 281)}.get(os.uname().machine, (-1, -1))


def _ioctl(fd: int, request: int, argument: bytes) -> bytes:
    while True:
        try:
            return fcntl.ioctl(fd, request, argument)
        except InterruptedError:
            continue


def _receive(listener: int) -> Call | None:
    """The next notification, which `poll` has announced; None when its target just died."""
    try:
        found = _NOTIFICATION.unpack(_ioctl(listener, _RECV, _EMPTY))
    except FileNotFoundError:
        return None
    id, tid, _, number, _, _, a, b, c, _, e, _ = found
    if number != _EXECVEAT:
        return Call(id, tid, path=a, argv=b, base="cwd", empty=False)
    descriptor = (a & 0xFFFFFFFF) - ((a & 0x80000000) << 1)
    base = "cwd" if descriptor == _AT_FDCWD else f"fd/{descriptor}"
    return Call(id, tid, path=b, argv=c, base=base, empty=bool(e & _AT_EMPTY_PATH))


def _no_shell(found: Exec, parent_start: int) -> bool:
    return False


def _silent(message: str) -> None:
    pass


class ExecWatch:
    """Owns the listener and answers for it in a thread of its own.

    `judge` is called in that thread and must be quick: what takes longer is
    PENDING and answered through `answer`, from any thread.  The first exec it
    sees is the agent's own program.  `may_exec_shell(exec, parent_start)`
    must say yes once only for each command that the broker allowed, since the
    process could exec the shell a second time.  `notice` gets sentences for the
    person, in this thread or in that of whoever calls `answer`.
    """

    def __init__(
        self,
        listener: int,
        judge: Callable[[Exec], Answer],
        *,
        shims: frozenset[Inode] = frozenset(),
        shells: frozenset[Inode] = frozenset(),
        may_exec_shell: Callable[[Exec, int], bool] = _no_shell,
        notice: Callable[[str], None] = _silent,
    ) -> None:
        self._listener = listener
        self._judge = judge
        self._shims = shims
        self._shells = shells
        self._may_exec_shell = may_exec_shell
        self._notice = notice
        self._open: dict[int, tuple[Call, Exec | None]] = {}
        self._lock = threading.Lock()  # over _open, _closed and every answer
        self._closed = False
        self._wake, self._waker = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._thread = threading.Thread(target=self._run, name="execwatch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def answer(self, id: int, allow: bool) -> None:
        """Answer an exec that was PENDING; one that is over or answered is ignored."""
        with self._lock:
            call, judged = self._open.get(id, (None, None))
        if call is None:
            return
        if allow:
            try:
                allow = look(call) == judged
            except (Unread, Futile):
                allow = False
            if not allow and self.alive(id):
                self._notice("a program was changed while the question was open: it was refused")
        self._settle(id, 0 if allow else errno.EPERM)

    def alive(self, id: int) -> bool:
        """Whether the exec of this notification still waits for its answer."""
        with self._lock:
            if self._closed:
                return False
            try:
                _ioctl(self._listener, _ID_VALID, struct.pack("=Q", id))
            except FileNotFoundError:
                return False
            return True

    def close(self) -> None:
        """Refuse what waits and end; from now on no program in the tree can be executed."""
        with self._lock:
            if not self._closed:
                os.write(self._waker, b"x")
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(2)
        self._end()

    def _end(self) -> None:
        for id in tuple(self._open):
            self._settle(id, errno.EPERM)
        with self._lock:
            if not self._closed:
                self._closed = True
                for fd in (self._listener, self._wake, self._waker):
                    os.close(fd)

    def _run(self) -> None:
        try:
            poll = select.poll()
            poll.register(self._listener, select.POLLIN)
            poll.register(self._wake, select.POLLIN)
            while not self._closed:
                ready = dict(poll.poll())
                if self._wake in ready:
                    break
                if not ready.get(self._listener, 0) & select.POLLIN:
                    break  # nobody is left in the tree
                call = _receive(self._listener)
                if call is not None:
                    self._serve(call)
        finally:
            self._end()

    def _serve(self, call: Call) -> None:
        with self._lock:
            self._open[call.id] = call, None
        try:
            answer = self._consider(call)
        except Futile as futile:
            self._settle(call.id, futile.errno)
        except Unread as unread:
            if self.alive(call.id):
                self._notice(f"a program that process {call.tid} runs was refused: {unread}")
            self._settle(call.id, errno.EPERM)
        except Exception as problem:  # noqa: BLE001 - a judge that fails refuses one exec, not all
            self._settle(call.id, errno.EPERM)
            self._notice(f"a program was refused, since judging it failed: {problem!r}")
        else:
            if answer is not Answer.PENDING:
                self._settle(call.id, 0 if answer is Answer.ALLOW else errno.EPERM)

    def _consider(self, call: Call) -> Answer:
        found = look(call)
        if found.runs in self._shims:
            return Answer.ALLOW
        if found.runs in self._shells:
            try:
                parent = birth(found.ppid)[1]
            except OSError as error:
                raise Unread("the parent that started a shell is gone") from error
            allowed = self._may_exec_shell(found, parent)
            return Answer.ALLOW if allowed else Answer.DENY
        with self._lock:
            self._open[call.id] = call, found
        if not self.alive(call.id):  # then what was read may be another process's
            return Answer.DENY
        return self._judge(found)

    def _settle(self, id: int, number: int) -> None:
        """Answer a notification once: 0 lets it go on, else it fails with this errno."""
        with self._lock:
            if self._closed or self._open.pop(id, None) is None:
                return
            response = _RESPONSE.pack(id, 0, -number, 0 if number else _CONTINUE)
            with contextlib.suppress(FileNotFoundError):  # the target died meanwhile
                _ioctl(self._listener, _SEND, response)


# Starting it


def receive_listener(sock: socket.socket, timeout: float) -> int:
    """The listener that `aileron-watch` sends, a descriptor that the caller then owns.

    LaunchRefused with the reason when it sends an error, ends, or says nothing
    for `timeout` seconds.
    """
    sock.settimeout(timeout)
    flags = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
    try:
        message, descriptors, _, _ = socket.recv_fds(sock, 256, 1, flags)
    except TimeoutError:
        raise LaunchRefused("exec watching did not start in time") from None
    except OSError as error:
        raise LaunchRefused(f"exec watching did not start: {error.strerror}") from error
    if message == b"L" and len(descriptors) == 1:
        return descriptors[0]
    for descriptor in descriptors:
        os.close(descriptor)
    if not message:
        raise LaunchRefused("exec watching did not start: its helper ended before it began")
    number, _, what = message[1:].decode("latin-1").partition(" ")
    if message[:1] != b"E" or not number.isdigit():
        raise LaunchRefused("exec watching did not start: its helper sent nonsense")
    if int(number) == errno.EBUSY:
        raise LaunchRefused(BUSY)
    raise LaunchRefused(f"exec watching did not start: {what}: {os.strerror(int(number))}")


def probe(helper: Path = HELPER) -> str | None:
    """None where exec watching works, else why it does not; found out by watching one program."""
    if not helper.is_file():
        return f"there is no {helper.name}: it is built for Linux where a C compiler is installed"
    true = shutil.which("true") or "/bin/true"
    notices: list[str] = []
    seen: list[Exec] = []

    def judge(found: Exec) -> Answer:
        seen.append(found)
        return Answer.ALLOW

    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            command = [str(helper), str(theirs.fileno()), "--", true]
            try:
                child = subprocess.Popen(
                    command,
                    pass_fds=(theirs.fileno(),),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                return f"{helper.name} cannot be started: {error.strerror}"
        try:
            watch = ExecWatch(receive_listener(ours, 5), judge, notice=notices.append)
            watch.start()
            try:
                status = child.wait(5)
            finally:
                watch.close()
        except LaunchRefused as refused:
            return refused.message
        except subprocess.TimeoutExpired:
            return "a watched program did not end"
        finally:
            child.kill()
            child.wait()
    if status == 0 and [found.argv for found in seen] == [(true,)]:
        return None
    return "; ".join(notices) or f"a watched program ended with status {status}"
