"""The gate: every command of a session passes here, whoever reports it.

    start-up   text that the agent runs for itself, to the letter, before its first command
    envelope   taken off where it is exactly the agent's and sources only known files
    decision   by itself, or as a descendant of a command that runs
    question   where the policy says ask: answered by what was approved for the
               tree, by a grant, or by a person
    record     `decided` is on the disk before anything starts

A command that cannot be recorded is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aileron.agents.base import Adapter, Envelope
from aileron.approval import state
from aileron.approval.desk import Desk
from aileron.audit.log import AuditLog
from aileron.errors import AuditError
from aileron.model import CommandRequest, Decision, Layer, Mode, Resolution, Verdict
from aileron.session.ancestry import Process
from aileron.session.judge import Judge, unwrapped
from aileron.session.record import (
    Command,
    Counts,
    Running,
    allowed_by_rules,
    covered,
    entry,
    refusal,
    shown,
    transports,
)
from aileron.wire import Report

SHELLS = ("bash", "dash", "sh", "zsh")
NOTICES = 200  # of a session; what comes after is counted only
SCRATCH = ("/tmp", "/var/tmp")  # what lies here, anybody may have made
FILE_LIMIT = 4 * 1024 * 1024  # bytes of a snapshot that an envelope sources


@dataclass(frozen=True, slots=True)
class Admission:
    """`command` runs; or it does not, and `refusal` is what its shim prints."""

    command: Command | None
    refusal: str = ""


@dataclass
class Gate:
    judge: Judge
    adapter: Adapter
    desk: Desk
    audit: AuditLog
    changed: Callable[[], None] = lambda: None
    counts: Counts = field(default_factory=Counts)
    running: Running = field(default_factory=Running)
    notices: list[str] = field(default_factory=list)
    program: tuple[str, ...] = ()  # the agent's own command line, until it has started
    turned: bool = False  # the agent has sent a command of its own
    _files: set[str] = field(default_factory=set)  # digests that envelopes may source

    async def admit(
        self,
        request: CommandRequest,
        chain: Sequence[Process],
        *,
        waiting: Callable[[], Awaitable[None]],
        gone: Callable[[], Awaitable[object]],
    ) -> Admission:
        """Judge a request; `chain` is its process and its ancestors, nearest first."""
        above = self.running.above(chain[1:])
        origin = "agent" if above is None else "descendant"
        inside = above is not None
        decision: Decision | None = None
        if above is None and request.mode is Mode.COMMAND and request.text is not None:
            decision = self._startup(request.text)
            if decision is not None:
                origin = "startup"
            else:
                request = self._unwrap(request, request.text)
        if above is None and self._is_program(request):
            origin, decision = "program", PROGRAM
        if decision is None:
            wrapper = above is None and self._is_wrapper(request)
            inside = wrapper or above is not None
            decision = self.judge.decide(request, descendant=inside)
            if above is None and not self.turned and decision.verdict is Verdict.ALLOW:
                # The agent comes up or looks around; its model has not spoken yet.
                origin = "program" if wrapper else "startup"
        resolution = None
        if decision.verdict is Verdict.ASK:
            decision, resolution = await self._resolve(
                request, decision, origin, above, inside, waiting, gone
            )
            if resolution is None:
                return Admission(None)
        return self._settle(request, decision, chain[0], origin, above, resolution)

    def _settle(
        self,
        request: CommandRequest,
        decision: Decision,
        process: Process,
        origin: str,
        above: Command | None,
        resolution: Resolution | None,
    ) -> Admission:
        allowed = decision.verdict is Verdict.ALLOW or (
            decision.verdict is Verdict.ASK and resolution is not None and resolution.approved
        )
        seq = self._write("decided", request, decision, origin, above, resolution)
        if seq is None:
            return Admission(None, UNRECORDED)
        inside = above is not None and decision.verdict is Verdict.ALLOW
        if origin not in ("startup", "program") and not inside and resolution != FOR_TREE:
            self.counts = self.counts.plus(decision.verdict, allowed)
        self.changed()
        if not allowed:
            return Admission(None, refusal(decision, resolution))
        return Admission(self._root(request, decision, process, origin, seq, above, resolution))

    def _root(
        self,
        request: CommandRequest,
        decision: Decision,
        process: Process,
        origin: str,
        seq: int,
        above: Command | None,
        resolution: Resolution | None,
    ) -> Command:
        """The command as the root of a tree, in which what was approved is not asked again."""
        approved = decision.parts if resolution is not None else ()
        command = Command(
            seq=seq,
            process=process,
            request=request,
            decision=decision,
            parent=None if above is None else above.seq,
            origin=origin,
            whole=decision.rule == "startup"
            or (origin == "exec" and resolution is not None)
            or (above is not None and above.whole),
            approved=(
                *(part.argv for part in approved if part.verdict is Verdict.ASK),
                *(above.approved if above is not None else ()),
            ),
            allowed=(*allowed_by_rules(decision), *(above.allowed if above is not None else ())),
        )
        self.running.add(command)
        return command

    async def admit_program(
        self,
        request: CommandRequest,
        decision: Decision,
        chain: Sequence[Process],
        *,
        gone: Callable[[], Awaitable[object]],
    ) -> str:
        """Settle a program that the policy does not simply allow: "" when it may start,
        else the refusal."""
        above = self.running.above(chain)
        own_start = above is None and not self.turned and self.adapter.starts(request.argv)
        if own_start and not self._is_in_reach(request.argv[0]):
            own = self._own("starts this program at its start")
            seq = self._write("decided", request, own, "startup", None, None)
            if seq is None:
                return UNRECORDED
            self._root(request, own, chain[0], "startup", seq, None, None)
            return ""
        resolution = None
        if decision.verdict is Verdict.ASK:
            decision, resolution = await self._resolve(
                request, decision, "exec", above, True, _at_once, gone
            )
            if resolution is None:
                return WITHDRAWN
        allowed = decision.verdict is Verdict.ALLOW or (
            resolution is not None and resolution.approved
        )
        seq = self._write("decided", request, decision, "exec", above, resolution)
        if seq is None:
            return UNRECORDED
        if resolution != FOR_TREE:
            self.counts = self.counts.plus(decision.verdict, allowed)
        if allowed:
            self._root(request, decision, chain[0], "exec", seq, above, resolution)
        self.changed()
        return "" if allowed else refusal(decision, resolution)

    def notice(self, text: str) -> None:
        """Something the person should know, kept for the bar and written down, once."""
        if text in self.notices or len(self.notices) >= NOTICES:
            return
        self.notices.append(text)
        with contextlib.suppress(AuditError):  # the next command is refused for it
            self.audit.write("notice", {"notice": text}, durable=False)
        self.changed()

    def finish(self, command: Command, report: Report | None) -> None:
        """The command ended; without a report its shim was lost."""
        self.running.remove(command)
        if command.origin == "startup" and command.request.text is not None:
            made = self.adapter.startup(command.request.text)
            if made is not None and made.makes:
                self._know(made.makes)
        members: dict[str, object] = {"of": command.seq}
        if report is None:
            members["lost"] = True
        else:
            members |= {
                "status": report.status,
                "signal": report.signal,
                "wall_ms": round(report.wall_us / 1000, 1),
                "user_ms": round(report.user_us / 1000, 1),
                "system_ms": round(report.system_us / 1000, 1),
                "maxrss_kb": report.maxrss_kb,
            }
        try:
            self.audit.write("finished", members, durable=False)
        except AuditError:
            self.changed()  # the next command is refused for it

    def _is_program(self, request: CommandRequest) -> bool:
        """Whether this shell is the agent itself: a script, or a shell that the person launched.

        Only its start is known to be wanted: what it runs then is judged by itself.
        """
        if not self.program or self.turned:
            return False
        if request.mode is Mode.INTERACTIVE:
            if Path(self.program[0]).resolve().name not in SHELLS:
                return False
        elif request.mode is not Mode.SCRIPT:
            return False
        script = request.mode is Mode.SCRIPT
        arguments = request.argv[len(request.options) + 1 + script :]
        started = (request.script if script else request.argv[0], *arguments)
        if started[1:] != self.program[1:] or not _same_file(started[0], self.program[0]):
            return False
        self.program = ()
        return True

    def _is_wrapper(self, request: CommandRequest) -> bool:
        """Whether this is a script of an installed program, before the model can have spoken.

        An agent may be a script that runs others (pyenv, nvm) and then becomes the agent: so
        it is part of the program, and no root of a tree.
        """
        if self.turned or request.mode is not Mode.SCRIPT:
            return False
        return not self._is_in_reach(request.script)

    def _is_in_reach(self, path: str) -> bool:
        """Whether the agent, or anybody, could have put this file where it is."""
        real = Path(os.path.realpath(path))
        return any(real.is_relative_to(folder) for folder in (self.judge.project, *SCRATCH))

    # -- what an agent does for itself --------------------------------------

    def _startup(self, text: str) -> Decision | None:
        found = self.adapter.startup(text)
        if found is None:
            return None
        if found.reads:
            self._know(found.reads)
        if self.turned:
            return Decision(
                verdict=Verdict.DENY,
                rule="startup/late",
                layer=Layer.BUILTIN,
                reason="what the agent runs at its start came after its first command",
            )
        return self._own("runs this at its start")

    def _own(self, what: str) -> Decision:
        return Decision(
            verdict=Verdict.ALLOW,
            rule="startup",
            layer=Layer.BUILTIN,
            reason=f"{self.adapter.name} {what}",
        )

    def _unwrap(self, request: CommandRequest, text: str) -> CommandRequest:
        envelope = self.adapter.unwrap(text)
        self.turned = self.turned or self.adapter.turns(envelope)
        if envelope is None or not self._trusts(envelope):
            return request
        return unwrapped(request, envelope.command)

    def _trusts(self, envelope: Envelope) -> bool:
        return all(_digest(file) in self._files for file in envelope.files)

    def _know(self, file: str) -> None:
        digest = _digest(file)
        if digest and not self.turned:
            self._files.add(digest)

    # -- questions and records ----------------------------------------------

    async def _resolve(
        self,
        request: CommandRequest,
        decision: Decision,
        origin: str,
        above: Command | None,
        inside: bool,
        waiting: Callable[[], Awaitable[None]],
        gone: Callable[[], Awaitable[object]],
    ) -> tuple[Decision, Resolution | None]:
        """The answer to a question, and the decision that it answers; no answer when whoever
        asked went away before it came.

        An answer for always is a rule in the policy by now, for one part: what still asks
        is another question.
        """
        while True:
            if above is not None and (
                (above.whole and transports(decision)) or covered(decision, above)
            ):
                return decision, FOR_TREE
            keys = state.keys(request, decision)
            resolution = self.desk.granted(keys)
            if resolution is not None:
                return decision, resolution
            self._write("asked", request, decision, origin, above, None)
            resolution = await self.desk.ask(
                shown(request),
                request.cwd,
                decision,
                keys,
                request=request,
                descendant=inside,
                waiting=waiting,
                gone=gone,
            )
            if resolution is None:
                self._write("withdrawn", request, decision, origin, above, None)
            if resolution is None or not (resolution.approved and resolution.scope == "always"):
                return decision, resolution
            again = self.judge.decide(request, descendant=inside)
            if again.verdict is Verdict.ALLOW:
                return decision, resolution
            decision = again
            if decision.verdict is Verdict.DENY:
                return decision, DENIED_NOW

    def _write(
        self,
        event: str,
        request: CommandRequest,
        decision: Decision,
        origin: str,
        above: Command | None,
        resolution: Resolution | None,
    ) -> int | None:
        """The entry's number, None when it could not be written.

        What an allowed command starts is allowed by that command's record, which
        is on the disk: its own entry need not be waited for.
        """
        members = entry(shown(request), request, decision)
        members["origin"] = origin
        if above is not None:
            members["parent"] = above.seq
        if resolution is not None:
            members["approval"] = answer(resolution)
        plain = above is not None and decision.verdict is Verdict.ALLOW
        try:
            return self.audit.write(event, members, durable=not plain)
        except AuditError:
            return None


def answer(resolution: Resolution) -> dict[str, object]:
    out: dict[str, object] = {
        "approved": resolution.approved,
        "channel": resolution.channel,
        "scope": resolution.scope,
    }
    if resolution.note:
        out["note"] = resolution.note
    return out


async def _at_once() -> None:
    """A program that the kernel holds needs no word that its question is open."""


def _same_file(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


PROGRAM = Decision(
    verdict=Verdict.ALLOW,
    rule="program",
    layer=Layer.BUILTIN,
    reason="this is the program that was launched",
)
# The answer that the command above has been given counts for what it starts.
FOR_TREE = Resolution(approved=True, channel="tree")
# The world has changed while the question was open.
DENIED_NOW = Resolution(approved=False, channel="none", note="the policy denies it by now")
WITHDRAWN = "aileron: denied: the program that was asked about is gone\n"
UNRECORDED = (
    "aileron: denied: the audit log cannot be written\n"
    "hint: nothing runs without a record; tell the person, do not retry\n"
)


def _digest(file: str) -> str:
    try:  # a FIFO in the file's place must not hold up the broker
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as opened:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return ""
        content = opened.read(FILE_LIMIT + 1)
    return hashlib.sha256(content).hexdigest() if len(content) <= FILE_LIMIT else ""
