"""The terminal loop: moves bytes between the child's pty and the person's terminal.

What is drawn is decided in `screen.py`, what is asked and what an answer means
elsewhere.  Here is only what touches the world:

- Nothing blocks and every buffer has an end: when one side does not take its
  bytes, the other side's are not read any more.
- TERM, HUP, INT and QUIT go to the child, which has some seconds to end; TSTP and
  a child that stops itself put Aileron to sleep with its terminal restored.
- When the terminal hangs up, every question is answered with no and the child gets
  a HUP.
- However `run` ends (the child's end, a signal, a hang-up, an exception), the
  terminal is put back, and every question still open is answered with no.

`ask`, `withdraw` and `wake` may be called from any thread, at any time; callbacks
run in the loop's thread and must not wait.  `run` must be called in the main
thread, for the signals.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import select
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from aileron.terminal import panel
from aileron.terminal.bar import Bar
from aileron.terminal.outer import Gone, Outer
from aileron.terminal.panel import Prompt
from aileron.terminal.screen import OUTPUT_LIMIT, Answer, Screen, child_size, look
from aileron.terminal.spawn import Child, Ending
from aileron.terminal.tracked import Size

INPUT_LIMIT = 64 * 1024  # bytes waiting for the child
KEPT_LIMIT = 8 * 1024 * 1024  # of the child's output while a question is open
READ_AT_ONCE = 64 * 1024

REPAINT_GAP = 0.1  # seconds between the two changes of size that make the child repaint
GRACE = 3.0  # from a signal that ends us to the child's SIGKILL
STOPPING = 0.3  # from Ctrl-Z to the look whether the child has prepared to stop
SILENT = 0.05  # after the child's end: no more output for so long is the end of it
LAST_FLUSH = 1.0  # for what is left to write when a signal ends us

_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
_HANDLED = (*_ENDING, signal.SIGWINCH, signal.SIGCHLD, signal.SIGTSTP, signal.SIGCONT)


class Terminal:
    """`bar` is called in the loop's thread, whenever the bar is drawn.

    LaunchRefused when the descriptors are no terminal: see `outer.is_terminal`.
    """

    def __init__(
        self, *, stdin: int, stdout: int, bar: Callable[[], Bar], environment: Mapping[str, str]
    ) -> None:
        self._outer = Outer(stdin, stdout)
        self._look = look(environment)
        self._screen = Screen(self._outer.size(), self._look, bar)
        self._child = Child(pid=0, master=-1)
        self._due: dict[str, float] = {}
        self._cause = 0
        self._hung_up = False
        self._lock = threading.Lock()
        self._finished = False
        self._inbox: deque[Callable[[], None]] = deque()
        self._wake, self._waker = _pipe()
        self._signalled, self._signaller = _pipe()

    # -- for any thread ----------------------------------------------------------

    def wake(self) -> None:
        """The bar has something else to say."""
        self._post(lambda: self._screen.refresh(time.monotonic()))

    def ask(self, prompt: Prompt, answer: Answer) -> None:
        """Shows a question when those before it are answered; `answer` is called once.

        One that waits already, by its id, is replaced."""

        def post() -> None:
            self._screen.ask(prompt, answer, time.monotonic())

        if not self._post(post):
            answer(panel.expiry())

    def withdraw(self, prompt_id: str) -> None:
        """Takes a question back; its `answer` is not called any more."""
        self._post(lambda: self._screen.withdraw(prompt_id, time.monotonic()))

    def _post(self, action: Callable[[], None]) -> bool:
        with self._lock:
            if self._finished:
                return False
            self._inbox.append(action)
            with contextlib.suppress(BlockingIOError):  # it has been woken often enough
                os.write(self._waker, b"x")
            return True

    def child_size(self) -> Size:
        """The size to start the child with: one row less where there is a bar."""
        return child_size(self._outer.size(), self._look)

    # -- the run -----------------------------------------------------------------

    def run(self, child: Child) -> Ending:
        """Until the child has ended or was ended; the terminal is then as it was."""
        self._child = child
        handlers = {number: signal.signal(number, _noted) for number in _HANDLED}
        wakeup = signal.set_wakeup_fd(self._signaller, warn_on_full_buffer=False)
        try:
            self._start()
            while not self._is_over():
                self._turn()
        finally:
            try:
                self._finish()
            finally:
                signal.set_wakeup_fd(wakeup)
                for number, handler in handlers.items():
                    signal.signal(number, handler)
        ending = child.ending or Ending(signal=signal.SIGKILL)
        return dataclasses.replace(ending, cause=self._cause)

    def _start(self) -> None:
        try:
            self._outer.make_raw()
            self._screen.enter()
            self._resize()
            self._reap()
        except Gone:
            self._hang_up()

    def _is_over(self) -> bool:
        waits = self._screen.output or self._screen.kept
        written = not waits or self._cause or self._hung_up
        return self._child.ending is not None and self._child.master < 0 and bool(written)

    def _turn(self) -> None:
        """One wait, and all that was waited for."""
        ready = self._wait()
        try:
            if self._signalled in ready:
                self._signals()
            if self._wake in ready:
                self._messages()
            if self._outer.stdin in ready:
                self._screen.from_person(self._outer.read(), time.monotonic())
            if ready.get(self._child.master, 0) & ~select.POLLOUT:
                self._from_child()
            if self._screen.ctrl_z and not self._child.is_cooked():
                self._due["stopped"] = time.monotonic() + STOPPING
            self._screen.ctrl_z = False
            self._elapse()
            self._flush()
        except Gone:
            self._hang_up()
        self._to_child()

    def _wait(self) -> dict[int, int]:
        """The descriptors that are ready, with their events."""
        screen, poll = self._screen, select.poll()
        poll.register(self._signalled, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        if not self._hung_up and (screen.asking or len(screen.input) < INPUT_LIMIT):
            poll.register(self._outer.stdin, select.POLLIN)
        if not self._hung_up and screen.output:
            poll.register(self._outer.stdout, select.POLLOUT)
        wanted = select.POLLOUT if screen.input else 0
        wanted |= 0 if self._is_full() else select.POLLIN
        if self._child.master >= 0 and wanted:
            poll.register(self._child.master, wanted)
        dues = [*self._due.values(), *screen.due.values()]
        timeout = max(min(dues) - time.monotonic(), 0.0) * 1000 + 1 if dues else None
        return dict(poll.poll(timeout))

    def _is_full(self) -> bool:
        """Whether the child's output has to wait."""
        full = len(self._screen.output) >= OUTPUT_LIMIT or len(self._screen.kept) >= KEPT_LIMIT
        return full and not self._hung_up

    def _messages(self) -> None:
        _drain(self._wake)
        while self._inbox:
            self._inbox.popleft()()
        if self._hung_up or self._child.ending is not None:
            self._screen.deny_all(time.monotonic())

    def _elapse(self) -> None:
        now = time.monotonic()
        self._screen.elapse(now)
        for name in [name for name, when in self._due.items() if when <= now]:
            self._due.pop(name, None)
            if name == "kill":
                self._child.send(signal.SIGKILL)
            elif name == "repaint":
                self._child.resize(self._screen.size)
            elif name == "stopped" and self._child.is_cooked():
                self._suspend_with_child()
            elif name == "last output" and self._is_full():  # it is still there
                self._due[name] = now + SILENT
            elif name == "last output":
                self._close_master()
        if self._screen.repaint:
            self._screen.repaint = False
            size = self._screen.size
            self._child.resize(dataclasses.replace(size, rows=max(size.rows - 1, 1)))
            self._due["repaint"] = now + REPAINT_GAP

    # -- signals -----------------------------------------------------------------

    def _signals(self) -> None:
        """The ends first: what follows may find that the terminal has gone."""
        numbers = _drain(self._signalled)
        if signal.SIGCHLD in numbers:
            self._reap()
        for number in _ENDING:
            if number in numbers:
                self._end_child(number)
        if self._hung_up:
            return
        if signal.SIGCONT in numbers:  # whoever stopped us may have changed the settings
            self._outer.make_raw()
            self._screen.refresh(time.monotonic())
        if signal.SIGWINCH in numbers or signal.SIGCONT in numbers:
            self._resize()
        if signal.SIGTSTP in numbers:
            self._suspend()

    def _resize(self) -> None:
        if self._screen.resize(self._outer.size(), time.monotonic()):
            self._child.resize(self._screen.size)

    def _reap(self) -> None:
        state = self._child.poll()
        if state == "stopped" and self._hung_up:
            self._child.send(signal.SIGCONT)
        elif state == "stopped":
            self._suspend_with_child()
        elif state == "ended":
            self._screen.deny_all(time.monotonic())
            if self._child.master >= 0:
                self._due.setdefault("last output", time.monotonic() + SILENT)

    def _end_child(self, number: int) -> None:
        self._child.send(number)
        if not self._cause:
            self._cause = number
            self._due["kill"] = time.monotonic() + GRACE

    def _hang_up(self) -> None:
        if not self._hung_up:
            self._hung_up = True
            self._screen.deny_all(time.monotonic())
            self._end_child(signal.SIGHUP)

    def _suspend(self) -> None:
        """As a program that was stopped with Ctrl-Z: out of the way until it goes on."""
        self._screen.leave()
        self._flush_all()
        self._outer.restore()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, _noted)
        self._outer.make_raw()
        self._screen.resume(time.monotonic())
        self._resize()
        self._child.send(signal.SIGCONT)

    def _suspend_with_child(self) -> None:
        """The same, for a child that has stopped, and will draw all again by itself.

        Or that wants to: one that got Ctrl-Z as a key and then left its raw mode
        has sent itself a TSTP.  The kernel drops it, since nobody in the child's
        session could wake it, and the child waits for a CONT that never comes.
        """
        self._suspend()
        self._screen.repaint = False

    def _finish(self) -> None:
        with self._lock:
            self._finished = True
        try:
            self._messages()
            self._screen.finish(time.monotonic())
            with contextlib.suppress(Gone):
                self._flush_all()
        finally:
            self._outer.restore()
            self._outer.close()
            self._close_master()
            for fd in (self._wake, self._waker, self._signalled):
                os.close(fd)
            signal.set_wakeup_fd(-1)
            os.close(self._signaller)

    # -- bytes -------------------------------------------------------------------

    def _from_child(self) -> None:
        got = bytearray()
        try:
            while len(got) < READ_AT_ONCE:
                data = os.read(self._child.master, READ_AT_ONCE)
                if not data:
                    self._close_master()
                    break
                got += data
        except BlockingIOError:
            pass
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            self._close_master()  # nobody has the other side open any more
        if "last output" in self._due:
            self._due["last output"] = time.monotonic() + SILENT
        if not self._hung_up:
            self._screen.from_child(bytes(got), time.monotonic())

    def _close_master(self) -> None:
        self._due.pop("last output", None)
        if self._child.master >= 0:
            os.close(self._child.master)
            self._child.master = -1

    def _to_child(self) -> None:
        waiting = self._screen.input
        try:
            while waiting and self._child.master >= 0:
                del waiting[: os.write(self._child.master, waiting[:READ_AT_ONCE])]
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            waiting.clear()

    def _flush(self) -> None:
        waiting = self._screen.output
        if self._hung_up:  # nobody will see it
            waiting.clear()
            self._screen.kept.clear()
        while waiting:
            sent = self._outer.write(bytes(waiting[:READ_AT_ONCE]))
            if not sent:
                return
            del waiting[:sent]

    def _flush_all(self) -> None:
        """Writes what waits, but not for ever."""
        until = time.monotonic() + LAST_FLUSH
        self._flush()
        while self._screen.output and not self._hung_up and time.monotonic() < until:
            poll = select.poll()
            poll.register(self._outer.stdout, select.POLLOUT)
            poll.poll(50)
            self._flush()


def _pipe() -> tuple[int, int]:
    near, far = os.pipe()
    os.set_blocking(near, False)
    os.set_blocking(far, False)
    return near, far


def _drain(fd: int) -> bytes:
    try:
        return os.read(fd, 65536)
    except BlockingIOError:
        return b""


def _noted(number: int, frame: object) -> None:
    """The wakeup descriptor tells the loop; Python needs some handler all the same."""
