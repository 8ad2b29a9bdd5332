"""`aileron trust`: let a project's aileron.yaml allow things.

Its denies and asks count as they are; what it allows, overrides or passes
through is somebody else's wish until the person has seen exactly these bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aileron.cli.rules import wishes
from aileron.cli.text import visible
from aileron.errors import PolicyError, UsageError
from aileron.model import Layer
from aileron.session import home, inside, policy_files


@click.command(epilog="Example: aileron trust")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts that know what they trust.")
def trust(yes: bool) -> int:
    """Show what this project's aileron.yaml would allow, and trust these bytes of it."""
    inside.refuse_inside("trusting a policy")
    path = policy_files.find_project_file(str(Path.cwd()))
    if path is None:
        raise PolicyError(
            "there is none here",
            file=policy_files.PROJECT_FILE,
            hint="aileron init writes one",
        )
    found = policy_files.read_file(path, Layer.PROJECT)
    if policy_files.trusted_digest(home.path(), path) == found.digest:
        click.echo(f"{visible(str(path))} is trusted already")
        return 0
    click.echo(f"{visible(str(path))} would:")
    lines = [f"{text}  ({place})" for text, place in wishes(found.source)]
    lines = lines or ["allow nothing by itself"]
    for line in lines:
        click.echo(f"  {visible(line)}")
    click.echo(f"sha256 {found.digest}")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                "there is no terminal to ask on", hint="look at the file, then: aileron trust --yes"
            )
        if not click.confirm("Trust exactly these bytes?", default=False):
            return 1
    policy_files.trust(home.ensure(), path, found.digest)
    click.echo("trusted; it is asked again when the file changes")
    return 0
