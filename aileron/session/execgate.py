"""Programs that start without a shell, on their way to the gate.

What the kernel reports (containment/execwatch.py) becomes a request of mode
EXEC and is judged as a descendant: by every deny, the asks that somebody
wrote, and the built-in asks for what leaves the machine or cannot be taken
back.  A program is judged under the path that was given and the file that it
leads to, since either name may lie; the stricter verdict counts.

What is allowed goes on at once, from the watcher's own thread.  The rest is
recorded, and asked about, in the broker's loop.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aileron.containment.execwatch import Answer, Exec, ExecWatch
from aileron.containment.tell import tell
from aileron.model import CommandRequest, Decision, Mode, Verdict
from aileron.session import ancestry
from aileron.session.ancestry import Process
from aileron.session.gate import Gate

LOADER = re.compile(r"ld(-linux|-musl)?[-.a-z0-9_]*\.so(\.[0-9]+)?|ld\.so")
STILL_THERE = 0.5  # seconds between looks at whether the asking process lives


@dataclass
class ExecGate:
    """`own` is the launch's command line, which the watched tree begins with: it is not the
    agent's, and passes once."""

    gate: Gate
    loop: asyncio.AbstractEventLoop
    own: tuple[str, ...] = ()
    seen: int = 0
    _watch: ExecWatch | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _refused: deque[tuple[object, ...]] = field(default_factory=lambda: deque(maxlen=256))

    def watch(
        self,
        listener: int,
        shims: frozenset[tuple[int, int]],
        shells: frozenset[tuple[int, int]],
    ) -> ExecWatch:
        """The watcher of this listener, started."""
        self._watch = ExecWatch(
            listener,
            self.judge,
            shims=shims,
            shells=shells,
            may_exec_shell=self._may_exec_shell,
            notice=lambda text: self._in_loop(lambda: self.gate.notice(text)),
        )
        self._watch.start()
        return self._watch

    def judge(self, found: Exec) -> Answer:
        """In the watcher's thread: go on, or wait for what the loop decides."""
        self.seen += 1
        if self.own and found.argv == self.own:
            self.own = ()
            return Answer.ALLOW
        if found.truncated:
            self._in_loop(lambda: self.gate.notice(f"{found.path}: too many arguments to read"))
            return Answer.DENY
        request, decision = self._decide(found)
        if decision.verdict is Verdict.ALLOW:
            return Answer.ALLOW
        if _attempt(found) in self._refused:  # the next folder of its PATH leads here again
            return Answer.DENY
        chain = ancestry.chain(found.pid, os.getpid())
        self._in_loop(lambda: self._start(found, request, decision, chain))
        return Answer.PENDING

    def _decide(self, found: Exec) -> tuple[CommandRequest, Decision]:
        judged = []
        for argv in lines(found):
            request = CommandRequest(argv=argv, cwd=found.cwd, mode=Mode.EXEC, shell="")
            judged.append((request, self.gate.judge.decide(request, descendant=True)))
        return max(judged, key=lambda pair: pair[1].verdict.strictness)

    def _may_exec_shell(self, found: Exec, parent_start: int) -> bool:
        return self.gate.running.start_shell(Process(found.ppid, parent_start), found.argv)

    def _in_loop(self, act: Callable[[], object]) -> None:
        self.loop.call_soon_threadsafe(act)

    def _start(
        self,
        found: Exec,
        request: CommandRequest,
        decision: Decision,
        chain: Sequence[Process],
    ) -> None:
        task = self.loop.create_task(self._settle(found, request, decision, chain))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle(
        self,
        found: Exec,
        request: CommandRequest,
        decision: Decision,
        chain: Sequence[Process],
    ) -> None:
        assert self._watch is not None
        watch = self._watch

        async def gone() -> None:
            while watch.alive(found.id):
                await asyncio.sleep(STILL_THERE)

        refusal = "aileron: denied: judging it failed\n"
        try:
            refusal = await self.gate.admit_program(request, decision, chain, gone=gone)
        finally:
            if refusal:
                self._refused.append(_attempt(found))
                tell(found.pid, refusal)
            watch.answer(found.id, not refusal)


def lines(found: Exec) -> list[tuple[str, ...]]:
    """The command lines that this exec may amount to; each is judged.

    A program answers to the path given, the file that leads to, and, some of
    them, the name in argv[0] (`git-push` is `git push`); a script to its
    interpreter (`#!/usr/bin/git push`: the kernel reports no inner exec); and
    the dynamic loader runs the program it is given.
    """
    rest = found.argv[1:]
    names: dict[str, str] = {}
    for name in (found.path, found.given, *found.argv[:1]):
        names.setdefault(name.rsplit("/", 1)[-1], name)  # a rule looks at the last part
    out = [(name, *rest) for name in names.values() if name]
    if found.interpreter:
        out.append(found.command)
    for base in names:
        if base.startswith("git-"):
            out.append(("git", base.removeprefix("git-"), *rest))
        if LOADER.fullmatch(base):
            out += [rest[at:] for at, word in enumerate(rest) if not word.startswith("-")]
    return out


def _attempt(found: Exec) -> tuple[object, ...]:
    return found.pid, found.start_time, found.inode, found.argv
