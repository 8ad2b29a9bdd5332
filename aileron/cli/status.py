"""`aileron status`: the sessions that run now."""

from __future__ import annotations

import json
from pathlib import Path

import click

from aileron.errors import AileronError
from aileron.session import control, home


@click.command(epilog="Example: aileron status --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def status(as_json: bool) -> int:
    """List the running sessions: agent, tier, counts, open questions.

    Exits 1 when none runs."""
    rows = [_row(entry) for entry in home.running()]
    for row in rows:
        if as_json:
            click.echo(json.dumps(row))
            continue
        counts = (
            f"{row['seen']} seen  {row['allowed']} allowed  {row['asked']} asked  "
            f"{row['denied']} denied"
            if "seen" in row
            else "does not answer"
        )
        click.echo(f"{row['id']}  {row['agent']}  {row['tier']}  {counts}")
        if row.get("waiting"):
            click.echo(f"  {row['waiting']} waiting: aileron approval list")
    if not rows and not as_json:
        click.echo("no session is running")
    return 0 if rows else 1


def _row(entry: dict[str, object]) -> dict[str, object]:
    try:
        live = control.ask(Path(str(entry["control"])), {"op": "status"})
    except AileronError:
        live = {}
    return {**{k: v for k, v in entry.items() if k != "control"}, **live}
