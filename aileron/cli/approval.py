"""`aileron approval`: answer a session's questions from another terminal."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from aileron.cli.text import visible
from aileron.errors import AileronError, UsageError
from aileron.session import control, home, inside

PLACES = ("project", "here", "everywhere")
WITHOUT = "approve it once, with --session, or write a rule yourself"


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
@click.option("--always", is_flag=True, help="Also from now on: shows the rule that it writes.")
@click.option(
    "--where",
    type=click.Choice(PLACES),
    help="With --always: into aileron.yaml, or into your own file, for this project or for all.",
)
@click.option("--yes", is_flag=True, help="With --always: do not ask before writing.")
def approve(number: str, for_session: bool, always: bool, where: str | None, yes: bool) -> int:
    """Say yes to one question."""
    if for_session and always:
        raise UsageError("--session and --always are two answers", hint="give one of them")
    if (where or yes) and not always:
        raise UsageError("--where and --yes belong to --always", hint="aileron approval --help")
    if always:
        return _always(number, where, yes)
    return _answer(number, approved=True, scope="session" if for_session else "once")


@approval.command(epilog='Example: aileron approval deny 3 --note "use the staging branch"')
@click.argument("number", metavar="ID")
@click.option("--note", default="", help="What the agent should do instead; it reads this.")
def deny(number: str, note: str) -> int:
    """Say no to one question."""
    return _answer(number, approved=False, note=note)


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


def _always(number: str, where: str | None, yes: bool) -> int:
    """Show the rule, and write it with the answer if the person says so."""
    inside.refuse_inside("writing a policy")
    found = _find(number)
    offer = control.ask(found.control, {"op": "rules", "id": found.number})
    rules = offer["rules"]
    assert isinstance(rules, list)
    places = [str(rule["where"]) for rule in rules]
    if not rules:
        raise AileronError(f"not for always: {visible(str(offer['why_not']))}", hint=WITHOUT)
    if where is not None and where not in places:
        raise AileronError(
            f"the rule cannot be written there: {where}",
            hint=f"--where {' or --where '.join(places)}",
        )
    rule = rules[places.index(where) if where else 0]
    click.echo(f"into {visible(str(rule['file']))}, from line {rule['line']} on:")
    for line in rule["lines"]:
        click.echo(f"    {visible(str(line))}")
    click.echo(f"allows {visible(str(rule['reach']))}")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("there is no terminal to ask on", hint="if it is right, add --yes")
        if not click.confirm("Write it, and approve?", default=False):
            click.echo("nothing was written; the question is still open")
            return 1
    return _answer(number, approved=True, scope="always", digest=str(rule["digest"]))


def _answer(
    number: str, *, approved: bool, scope: str = "once", note: str = "", digest: str = ""
) -> int:
    inside.refuse_inside("answering a question")
    found = _find(number)
    said: dict[str, object] = {"approved": approved, "scope": scope, "note": note}
    said["digest"] = digest
    answer = control.ask(found.control, {"op": "answer", "id": found.number, **said})
    late = answer["state"] == "withdrawn"
    word = "approved" if approved else "denied"
    if scope == "always":
        click.echo("written: the next try is not asked about" if late else "written, and approved")
        return 0
    click.echo(
        f"{word}: the command has ended meanwhile; the next try may run once" if late else word
    )
    return 0


def _line(row: dict[str, object]) -> str:
    age, left = float(str(row["age_s"])), float(str(row["expires_s"]))
    return (
        f"{row['id']}  {visible(str(row['command']))}\n"
        f"   {visible(str(row['reason']))}  ({row['rule']}; waits {age:.0f} s, {left:.0f} s left)"
    )
