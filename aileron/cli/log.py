"""`aileron log`: what happened, one line a command; with --session, the summary."""

from __future__ import annotations

import json
import re
import textwrap
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from aileron.audit import log as store
from aileron.audit import report
from aileron.cli.text import VERDICTS, paint, visible
from aileron.errors import UsageError
from aileron.session import home

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
EPILOG = """\b
Examples:
  aileron log                          the commands of the last session
  aileron log --session last           its summary
  aileron log --since 7d --verdict deny
  aileron log --follow
"""


@click.command(epilog=EPILOG)
@click.option("--session", help="A session's id, the start of one, or `last`: its summary.")
@click.option("--verdict", type=click.Choice(["allow", "ask", "deny"]))
@click.option("--since", metavar="TIME", help="30m, 12h, 7d, or a date: over all sessions.")
@click.option("--command", metavar="GLOB", help="Only commands that fit, as in 'git push*'.")
@click.option("--all", "everything", is_flag=True, help="Also start-up text, and what ran inside.")
@click.option("--follow", is_flag=True, help="Go on as the session does.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a command.")
def log(
    session: str | None,
    verdict: str | None,
    since: str | None,
    command: str | None,
    everything: bool,
    follow: bool,
    as_json: bool,
) -> int:
    """Show the commands of a session: when, verdict, how it ended, by which rule."""
    folder = home.audit()
    moment = moment_of(since) if since else None
    if since and not session:
        paths = [folder / f"{name}.jsonl" for name in store.sessions(folder)]
    else:
        paths = [store.find(folder, session or "last")]
    if session and not (as_json or verdict or command or since or everything or follow):
        _print_summary(report.summary(report.entries(store.lines(paths[0]))))
        return 0
    for path in paths:
        entries = report.entries(_follow(path) if follow else store.lines(path))
        for row in (
            _stream(entries, everything) if follow else report.rows(entries, everything=everything)
        ):
            for shown in report.matching([row], verdict=verdict, since=moment, command=command):
                click.echo(json.dumps(shown) if as_json else _line(shown))
    return 0


def _line(row: report.Row) -> str:
    verdict = str(row["verdict"])
    word = verdict if report.ran(row) == (verdict != "deny") else "denied"
    when = str(row["time"])[11:19]
    if report.is_rule(row):
        head = f"{when}  {'rule':6}  {report.ending(row):9}"
        lines = str(row["command"]).split("\n")
        shown = "; ".join(visible(line.strip()) for line in lines)
        return f"{head}  {shown}\n{'':10}{visible(str(row['reason']))}"
    head = f"{when}  {paint(f'{word:6}', VERDICTS.get(verdict, '0'))}  {report.ending(row):9}"
    tail = "" if report.ran(row) else f"\n{'':10}{visible(str(row['reason']))}  ({row['rule']})"
    return f"{head}  {visible(str(row['command']))}{tail}"


def _print_summary(found: report.Summary) -> None:
    minutes, seconds = divmod(int(found.seconds), 60)
    state = "" if found.ended else ", still running or cut off"
    click.echo(
        f"session {found.session}: {found.agent}, {found.tier} tier, "
        f"{minutes} min {seconds} s{state}"
    )
    click.echo(
        f"{found.seen} commands: {found.allowed} ran, {found.asked} asked about, "
        f"{found.denied} denied; {found.inside} more inside them, {found.startup} at start-up"
    )
    if found.statuses:
        endings = sorted(found.statuses.items(), key=lambda item: -item[1])
        click.echo("ended: " + ", ".join(f"{count} with {ending}" for ending, count in endings))
    for title, listed in (("denied", found.denials), ("asked and run", found.questions)):
        if listed:
            click.echo(f"\n{title}:")
        for row in listed:
            why = visible(str(row["reason"]))
            click.echo(f"  {visible(str(row['command']))}\n    {why}  ({row['rule']})")
            if row["verdict"] == "ask":
                click.echo(f"    {_answered(row)}")
    if found.rules:
        click.echo("\nrules written:")
    for row in found.rules:
        for line in textwrap.dedent(str(row["command"])).split("\n"):
            click.echo(f"  {visible(line.rstrip())}")
        click.echo(f"    {visible(str(row['reason']))}")


def _answered(row: report.Row) -> str:
    approval = row.get("approval")
    if not isinstance(approval, dict):
        return "withdrawn before anybody answered"
    word = "approved" if approval.get("approved") else "denied"
    note = f": {visible(str(approval['note']))}" if approval.get("note") else ""
    return f"{word} ({approval.get('channel')}, {approval.get('scope')}){note}"


def moment_of(since: str) -> str:
    """`30m`, `7d` or a date as RFC 3339 in UTC; UsageError for anything else."""
    short = re.fullmatch(r"(\d+)([smhd])", since)
    try:
        if short:
            moment = datetime.now(UTC) - timedelta(seconds=int(short[1]) * UNITS[short[2]])
        else:
            moment = datetime.fromisoformat(since).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"not a time: {since}", hint="30m, 12h, 7d, 2026-05-01 or 2026-05-01T09:00:00Z"
        ) from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _follow(path: Path) -> Iterator[bytes]:
    """The lines that are there, then those that come, until the session has ended."""
    with path.open("rb") as file:
        held = b""
        while True:
            held += file.readline()
            if not held.endswith(b"\n"):
                time.sleep(0.2)
                continue
            yield held
            if b'"event":"session_end"' in held:
                return
            held = b""


def _stream(entries: Iterator[report.Row], everything: bool) -> Iterator[report.Row]:
    """Each command as soon as it has ended or was refused."""
    open_rows: dict[object, report.Row] = {}
    for entry in entries:
        for row in report.rows([entry], everything=everything):
            open_rows[row["seq"]] = entry
            if report.is_rule(row) or not report.ran(row):
                yield row
        started = open_rows.pop(entry.get("of"), None) if entry.get("event") == "finished" else None
        if started is not None:
            yield from report.rows([started, entry], everything=everything)
