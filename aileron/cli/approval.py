"""`aileron approval`: answer a session's questions from another terminal."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import click

from aileron.cli.text import visible
from aileron.errors import AileronError, UsageError
from aileron.session import control, home, inside


@dataclass(frozen=True, slots=True)
class Question:
    """`row` is what is shown; `number` is the session's own id of the question."""

    row: dict[str, object]
    control: Path
    number: str


@click.group(epilog="Example: aileron approval approve 3")
def approval() -> None:
    """List and answer the open questions of running sessions."""


@approval.command("list", epilog="Example: aileron approval list --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--all", "everything", is_flag=True, help="Also those that have ended.")
def list_(as_json: bool, everything: bool) -> int:
    """List what waits for an answer; exits 1 when nothing does."""
    rows = [q.row for q in _questions() if everything or q.row["state"] == "pending"]
    for row in rows:
        click.echo(json.dumps(row) if as_json else _line(row))
    if not rows and not as_json:
        click.echo("nothing is waiting")
    return 0 if rows else 1


@approval.command(epilog="Example: aileron approval show 3")
@click.argument("number", metavar="ID")
@click.option("--json", "as_json", is_flag=True)
def show(number: str, as_json: bool) -> int:
    """Show one question whole."""
    row = _find(number).row
    if as_json:
        click.echo(json.dumps(row))
        return 0
    for name in ("id", "session", "state", "command", "cwd", "reason", "rule", "age_s"):
        click.echo(f"{name + ':':9} {visible(str(row[name]))}")
    return 0


@approval.command(epilog="Example: aileron approval approve 3 --session")
@click.argument("number", metavar="ID")
@click.option("--session", "for_session", is_flag=True, help="Also for the rest of its session.")
def approve(number: str, for_session: bool) -> int:
    """Say yes to one question."""
    return _answer(number, approved=True, scope="session" if for_session else "once", note="")


@approval.command(epilog='Example: aileron approval deny 3 --note "use the staging branch"')
@click.argument("number", metavar="ID")
@click.option("--note", default="", help="What the agent should do instead; it reads this.")
def deny(number: str, note: str) -> int:
    """Say no to one question."""
    return _answer(number, approved=False, scope="once", note=note)


def _questions() -> list[Question]:
    found: list[Question] = []
    several = len(home.running()) > 1
    for entry in home.running():
        try:
            answer = control.ask(Path(str(entry["control"])), {"op": "approvals"})
        except AileronError:
            continue
        rows = answer["approvals"]
        assert isinstance(rows, list)
        for row in rows:
            # With several sessions a bare number would be ambiguous.
            shown = f"{row['session']}/{row['id']}" if several else row["id"]
            found.append(Question({**row, "id": shown}, Path(str(entry["control"])), row["id"]))
    return found


def _find(number: str) -> Question:
    for question in _questions():
        if number in (question.row["id"], f"{question.row['session']}/{question.number}"):
            return question
    raise UsageError(f"no approval has the id {number}", hint="see aileron approval list --all")


def _answer(number: str, *, approved: bool, scope: str, note: str) -> int:
    inside.refuse_inside("answering a question")
    found = _find(number)
    said: dict[str, object] = {"approved": approved, "scope": scope, "note": note}
    answer = control.ask(found.control, {"op": "answer", "id": found.number, **said})
    late = answer["state"] == "withdrawn"
    word = "approved" if approved else "denied"
    click.echo(
        f"{word}: the command has ended meanwhile; the next try may run once" if late else word
    )
    return 0


def _line(row: dict[str, object]) -> str:
    age, left = float(str(row["age_s"])), float(str(row["expires_s"]))
    return (
        f"{row['id']}  {visible(str(row['command']))}\n"
        f"   {row['reason']}  ({row['rule']}; waits {age:.0f} s, {left:.0f} s left)"
    )
