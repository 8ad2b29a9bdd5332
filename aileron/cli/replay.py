"""`aileron policy replay`: which past decisions another policy of the project would change.

Each command of the log is decided twice with what is known of it today, by the policy as it
is and with the other file as the project's; only the policy differs between the two.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click

from aileron.audit import log as store
from aileron.audit.past import Past, Record
from aileron.cli import past as pasts
from aileron.cli.text import VERDICTS, paint, visible
from aileron.errors import PolicyError
from aileron.model import Decision, Verdict
from aileron.session import home, inside, policy_files, readers, say
from aileron.session.facts import project_root
from aileron.session.judge import Judge, judge_for

LONGEST = 400  # characters of a command that are shown
EPILOG = """\b
Examples:
  aileron policy replay aileron.yaml.new
  aileron policy replay --since 7d --json new.yaml
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One command decided again: by the policy as it is, and by the other one."""

    past: Past
    now: Decision
    then: Decision

    @property
    def changed(self) -> bool:
        return self.now.verdict is not self.then.verdict

    @property
    def differed(self) -> bool:
        """Whether it was decided otherwise when it ran."""
        return self.past.verdict != self.now.verdict.value


@click.command(epilog=EPILOG)
@pasts.options
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.argument("new", metavar="NEW.yaml", type=click.Path(path_type=Path))
def replay(session: str | None, since: str | None, as_json: bool, new: Path) -> int:
    """Tell which past decisions would change if NEW.yaml were the project's file, and trusted.

    Without options the sessions of the last 30 days count, and not fewer than the last 10.
    Nothing is run or written.  Exits 1 when something would change.
    """
    inside.refuse_inside("reading what other sessions did")
    policy_files.read_bytes(new)  # a wrong file is said before the long part
    record = Record()
    paths, moment = pasts.chosen(home.audit(), session, since)
    root = _root(paths[0]) if session else project_root(str(Path.cwd()))
    for path in pasts.progress(paths, "sessions read"):
        record.add(store.lines(path), since=moment, project=root)
    now = policy_files.load(root, aileron_home=home.path())
    then = policy_files.load(root, aileron_home=home.path(), policy_file=new)
    for notice in dict.fromkeys((*now.policy.notices, *then.policy.notices)):
        say.notice(notice)
    known = [one for one in record.past.values() if one.known]
    judges = (_judge(now), _judge(then))
    found = [
        _replayed(one, *judges)
        for one in pasts.progress(known, f"of {len(known)} commands decided again")
    ]
    if as_json:
        click.echo(json.dumps(_as_json(record, found)))
    else:
        _print(record, found, pasts.said(session, since), root)
    return 1 if any(one.changed for one in found) else 0


def _root(path: Path) -> str:
    """The project of a session."""
    for line in store.lines(path):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        found = entry.get("project") if isinstance(entry, dict) else None
        if isinstance(found, str) and found.startswith("/"):
            return found
    raise PolicyError("does not say which project it was in", file=str(path))


def _judge(loaded: policy_files.Loaded) -> Judge:
    judge = judge_for(loaded)
    judge.use(readers.load(loaded.policy.readers))
    return judge


def _replayed(past: Past, now: Judge, then: Judge) -> Replayed:
    request = pasts.request_of(past, dict(os.environ))
    descendant = past.kind != "agent"
    case = now.case(request, descendant=descendant)
    same = now.policy.readers == then.policy.readers
    other = case if same else then.case(request, descendant=descendant)
    return Replayed(past=past, now=case.decide(now.policy), then=other.decide(then.policy))


def _weight(one: Replayed) -> tuple[bool, int]:
    """What somebody said no to stands first, then what came most often."""
    return not (one.past.denied and one.then.verdict is Verdict.ALLOW), -one.past.count


def _sum(found: Iterable[Replayed]) -> int:
    return sum(one.past.count for one in found)


def _print(record: Record, found: list[Replayed], sessions: str, root: str) -> None:
    changed = sorted((one for one in found if one.changed), key=_weight)
    for one in changed:
        was, becomes = one.now.verdict.value, one.then.verdict.value
        head = f"{paint(f'{was:5}', VERDICTS[was])} → {paint(f'{becomes:5}', VERDICTS[becomes])}"
        click.echo(f"{head} {one.past.count:4}x  {visible(one.past.command[:LONGEST])}")
        place = f", {one.then.place}" if one.then.place else ""
        click.echo(f"{'':21}{visible(one.then.reason)}  ({one.then.rule}{place})")
        if one.past.denied and one.then.verdict is Verdict.ALLOW:
            click.echo(f"{'':21}a person said no to this {_times(one.past.denied)}")
        if one.differed:
            click.echo(f"{'':21}when it ran: {one.past.verdict} ({visible(one.past.rule)})")
    if changed:
        click.echo()
    click.echo(_summary(record, found))
    unknown = sum(one.count for one in record.past.values() if not one.known)
    differed = _sum(one for one in found if one.differed)
    if differed:
        click.echo(
            f"{differed} were decided otherwise when they ran: policy, programs, files and "
            "scripts are those of today"
        )
    if unknown:
        click.echo(f"{unknown} cannot be decided again: what the shell read is not in the log")
    if record.damaged:
        click.echo(f"{pasts.counted(record.damaged, 'damaged line')} passed over")
    if record.elsewhere:
        others = pasts.counted(record.elsewhere, "session")
        click.echo(f"{others} of other projects than {visible(root)} left out")
    if not record.past:
        click.echo(f"no decision is on record for this project ({sessions})")


def _summary(record: Record, found: list[Replayed]) -> str:
    counts = _counts(found)
    parts = [
        f"{pasts.counted(record.decisions, 'decision')} in "
        f"{pasts.counted(record.sessions, 'session')}",
        f"{counts['changed']} would change",
    ]
    parts += [
        f"{counts[name]} {words}"
        for name, words in (
            ("fewer_asks", "fewer asks"),
            ("more_asks", "more asks"),
            ("newly_allowed", "newly allowed"),
            ("newly_denied", "newly denied"),
        )
        if counts[name]
    ]
    return ", ".join(parts)


def _counts(found: list[Replayed]) -> dict[str, int]:
    changed = [one for one in found if one.changed]

    def to(verdict: Verdict) -> int:
        return _sum(one for one in changed if one.then.verdict is verdict)

    return {
        "changed": _sum(changed),
        "fewer_asks": _sum(one for one in changed if one.now.verdict is Verdict.ASK),
        "more_asks": to(Verdict.ASK),
        "newly_allowed": to(Verdict.ALLOW),
        "newly_denied": to(Verdict.DENY),
    }


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _as_json(record: Record, found: list[Replayed]) -> dict[str, object]:
    return {
        "decisions": record.decisions,
        "sessions": record.sessions,
        "different": len(record.past),
        **_counts(found),
        "unknown": sum(one.count for one in record.past.values() if not one.known),
        "decided_otherwise": _sum(one for one in found if one.differed),
        "damaged": record.damaged,
        "elsewhere": record.elsewhere,
        "changes": [_change(one) for one in found if one.changed],
    }


def _change(one: Replayed) -> dict[str, object]:
    return {
        "command": one.past.command,
        "cwd": one.past.cwd,
        "origin": one.past.kind,
        "count": one.past.count,
        "approved": one.past.approved,
        "denied": one.past.denied,
        "recorded": {"verdict": one.past.verdict, "rule": one.past.rule},
        "old": _decision(one.now),
        "new": _decision(one.then),
    }


def _decision(decision: Decision) -> dict[str, object]:
    return {
        "verdict": decision.verdict.value,
        "rule": decision.rule,
        "layer": decision.layer.value,
        "place": decision.place,
        "reason": decision.reason,
    }
