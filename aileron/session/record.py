"""What the broker remembers of the commands of a session, and what it tells of them.

A `Command` lives from its request to its report.  While it runs, its process
is the root of a tree: what starts inside it is judged as a descendant, and what a
person approved for it is not asked about again inside.
`Counts` is what the bar and the summary show.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from aileron.model import CommandRequest, Decision, Layer, Resolution, Verdict
from aileron.session import ancestry
from aileron.session.ancestry import Process

LIMIT = 1024  # commands kept before those that have ended are looked for


@dataclass(slots=True, kw_only=True)
class Command:
    """`approved` are the argument vectors that a person approved for this tree, `allowed` those
    that a rule of the person's or the project's allows;
    `whole` says that one program was approved by itself, so that what it starts
    (git its ssh) raises no built-in question again; `parent` is the seq of the
    command it was started by, None for one that the agent started itself."""

    seq: int
    process: Process
    request: CommandRequest
    decision: Decision
    parent: int | None = None
    origin: str = "agent"  # agent, startup, program, descendant
    approved: tuple[tuple[str | None, ...], ...] = ()
    allowed: tuple[tuple[str | None, ...], ...] = ()
    whole: bool = False
    started: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    seen: int = 0
    allowed: int = 0
    asked: int = 0
    denied: int = 0
    waiting: int = 0

    def plus(self, verdict: Verdict, allowed: bool) -> Counts:
        """One more command: its verdict by the policy, and whether it ran in the end."""
        return replace(
            self,
            seen=self.seen + 1,
            allowed=self.allowed + allowed,
            asked=self.asked + (verdict is Verdict.ASK),
            denied=self.denied + (not allowed),
        )


@dataclass
class Running:
    """The commands that run now, by their shim's process."""

    by_process: dict[Process, Command] = field(default_factory=dict)
    limit: int = LIMIT

    def add(self, command: Command) -> None:
        if len(self.by_process) >= self.limit:
            # A program that was started without a shell sends no report of its end.
            alive = {p: c for p, c in self.by_process.items() if ancestry.lives(p)}
            self.by_process, self.limit = alive, max(LIMIT, 2 * len(alive))
        self.by_process[command.process] = command

    def remove(self, command: Command) -> None:
        self.by_process.pop(command.process, None)

    def start_shell(self, shim: Process, argv: tuple[str, ...]) -> bool:
        """Whether this shim may start its real shell now: its command was allowed, with these
        very arguments, and it has not started one yet.  (For the exec watcher's thread.)"""
        command = self.by_process.get(shim)
        if command is None or command.started or command.request.argv != argv:
            return False
        command.started = True
        return True

    def above(self, chain: Iterable[Process]) -> Command | None:
        """The nearest running command among these ancestors, other than the agent's program."""
        found = (self.by_process[p] for p in chain if p in self.by_process)
        return next((command for command in found if command.origin != "program"), None)


def covered(decision: Decision, above: Command) -> bool:
    """Whether every part that asks was approved already, for the tree it is in.

    What a written rule allowed for the tree answers the built-in questions about the same words,
    as it did for the command above; it does not lift what somebody's own rule asks.
    """
    asking = [part for part in decision.parts if part.verdict is Verdict.ASK]
    return bool(asking) and all(
        any(_same(part.argv, known) for known in above.approved)
        or (part.layer is Layer.BUILTIN and any(_same(part.argv, known) for known in above.allowed))
        for part in asking
    )


def allowed_by_rules(decision: Decision) -> tuple[tuple[str | None, ...], ...]:
    """The parts that a rule allows which somebody wrote."""
    return tuple(
        part.argv
        for part in decision.parts
        if part.verdict is Verdict.ALLOW and part.layer is not Layer.BUILTIN and part.argv
    )


def _same(argv: tuple[str | None, ...], approved: tuple[str | None, ...]) -> bool:
    """The same words; the program by any path, a word that was not literal as any one word."""
    if len(argv) != len(approved) or not argv:
        return False
    pairs = list(zip(argv, approved, strict=True))
    first, known = pairs[0]
    program = (
        first is not None
        and known is not None
        and first.rsplit("/", 1)[-1] == known.rsplit("/", 1)[-1]
    )
    return (program or first == known) and all(k is None or a == k for a, k in pairs[1:])


# What git starts to reach the other side of a transfer that was approved.
TRANSPORT = ("git-receive-pack", "git-upload-pack", "git-upload-archive")


def transports(decision: Decision) -> bool:
    """Whether all that asks is git's own way to the other side, and by built-in rules only."""
    asking = [part for part in decision.parts if part.verdict is Verdict.ASK]
    return bool(asking) and all(
        part.layer is Layer.BUILTIN and _is_transport(part.argv) for part in asking
    )


def _is_transport(argv: tuple[str | None, ...]) -> bool:
    program = (argv[0] or "").rsplit("/", 1)[-1] if argv else ""
    if program == "git" and len(argv) > 1:
        return argv[1] in ("send-pack", "receive-pack", "upload-pack", "remote-https")
    if program in TRANSPORT:
        return True
    # `sh -c 'ssh … "$@"'`: the ssh that this starts is judged with its real words.
    last = argv[-1] if argv else ""
    return program == "ssh" and (last is None or last.startswith(TRANSPORT))


def entry(command: str, request: CommandRequest, decision: Decision) -> dict[str, object]:
    """The members of a `decided` entry that say what was judged, and how."""
    out: dict[str, object] = {
        "command": command,
        "cwd": request.cwd,
        "verdict": decision.verdict.value,
        "rule": decision.rule,
        "layer": decision.layer.value,
        "reason": decision.reason,
    }
    if decision.place:
        out["place"] = decision.place
    if not decision.complete:
        out["complete"] = False
    return out


def shown(request: CommandRequest) -> str:
    """The command as a person should see it."""
    if request.text is not None and not request.script:
        return request.text
    words = (request.script, *request.argv[2:]) if request.script else request.argv
    return " ".join(words)


def refusal(decision: Decision, resolution: Resolution | None = None) -> str:
    """What the agent reads on stderr: why, by which rule, what to do instead."""
    place = f" ({decision.place})" if decision.place else ""
    reason, advice = decision.reason, decision.message
    if resolution is not None and resolution.channel == "none":
        reason = f"{reason}, and {resolution.note}"
    elif resolution is not None:
        reason = f"the person said no to this: {reason}"
        advice = resolution.note or advice
    hint = (
        f"{advice}; do not retry" if advice else "do not retry; find another way or ask the person"
    )
    return f"aileron: denied: {reason}\nrule: {decision.rule}{place}\nhint: {hint}\n"
