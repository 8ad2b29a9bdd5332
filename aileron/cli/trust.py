"""`aileron trust`: let a project's aileron.yaml allow things.

Its denies and asks count as they are; what it allows, overrides or passes
through is somebody else's wish until the person has seen exactly these bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from aileron.cli.text import visible
from aileron.errors import PolicyError, UsageError
from aileron.model import Layer, Rule, Verdict
from aileron.policy.schema import Source
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
    lines = list(_wishes(found.source)) or ["allow nothing by itself"]
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


def _wishes(source: Source) -> Iterator[str]:
    """What a file asks for beyond denies and asks, one line each."""
    for rule in source.rules:
        if rule.bucket is Verdict.ALLOW:
            yield f"allow {_about(rule)}  ({rule.place})"
    for name, line in source.overrides:
        yield f"cancel the built-in rule {name}  (line {line})"
    if source.default is Verdict.ALLOW:
        yield f"allow everything that no rule speaks about  (line {source.default_line})"
    for name in source.passthrough:
        yield f"pass the variable {name} to commands"


def _about(rule: Rule) -> str:
    about = " ".join(rule.words) or rule.binary
    if rule.path:
        about += f" on {rule.path}"
    if rule.working_dir:
        about += f" in {rule.working_dir}"
    return about
