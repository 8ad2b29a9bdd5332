"""`aileron doctor`: what is mediated on this machine, by what, and what is not.

Each check is something that was tried, not something that was looked up.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import click

from aileron import agents
from aileron.agents.base import Adapter
from aileron.cli.text import paint
from aileron.containment import probe
from aileron.containment.probe import Check
from aileron.errors import AileronError
from aileron.model import READERS, Tier
from aileron.session import facts, readers

MEDIATED = {
    Tier.CONTAINED: [
        "every bash, sh, dash and zsh, by whatever path and environment it is started",
        "programs started without a shell: denies, written asks, and what leaves the machine",
    ],
    Tier.SHIM: ["commands that the agent hands to the shell of its environment"],
}
NOT_MEDIATED = {
    Tier.CONTAINED: [
        "the agent's own file tools (they start no program); home is writable",
        "the network",
        "abstract sockets (X11 without a file, some D-Bus set-ups)",
        "a program under another name (a copy of git is not known to be git)",
        "a thread that rewrites its arguments while the kernel starts a program",
        "the person's next session, if the project's folder is replaced by another",
    ],
    Tier.SHIM: [
        "shells started by absolute path, and programs started without a shell",
        "the agent's own file tools, and the network",
        "an agent that wants out: the same user can stop the broker or forge an approval",
    ],
}


@click.command(epilog="Example: aileron doctor codex")
@click.argument("agent", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object an agent.")
def doctor(agent: str | None, as_json: bool) -> int:
    """Tell for AGENT (default: each known one that is installed) which tier it would get,
    what is mediated there, and what is not. Exits 1 when something needs attention."""
    tier = probe.contained()
    checks = [*tier, *_readers()]
    names = [agent] if agent else list(agents.KNOWN)
    reports = [_report(agents.adapter(name), checks, all(one.ok for one in tier)) for name in names]
    shown = [r for r in reports if agent or r["path"]] or reports
    for report in shown:
        if as_json:
            click.echo(json.dumps(report))
    if not as_json:
        _print(shown, checks)
    return 0 if all(r["tier"] for r in shown) and all(c.ok for c in checks) else 1


def _readers() -> list[Check]:
    """Who reads a command beside Aileron itself; bashlex is an extra that may be absent."""
    return [_reader(name) for name in READERS]


def _reader(name: str) -> Check:
    extra = name == "bashlex"
    hint = f"pip install aileron-shell{'[bashlex]' if extra else ''}"
    title = f"reader {name}"
    for reader in readers.load([name]):
        seen = reader.read("a 'b'")
        if seen.commands == (("a", "b"),):
            return Check(name=title, ok=True, detail="reads every command, too")
        return Check(name=title, ok=False, detail=seen.failed, hint=hint)
    return Check(name=title, ok=extra, detail="not installed", hint=hint)


def _report(adapter: Adapter, checks: list[Check], contained: bool) -> dict[str, object]:
    project = Path(facts.project_root(str(Path.cwd())))
    found: list[Check] = []
    path, version, chosen = "", "", None
    try:
        program = adapter.find(os.environ, project)
        path, version = str(program), adapter.version(program)
        found.append(Check(name="found", ok=True, detail=path))
    except AileronError as error:
        found.append(Check(name="found", ok=False, detail=error.message, hint=error.hint))
    if contained:
        chosen = Tier.CONTAINED
    elif adapter.honours_shell:
        chosen = Tier.SHIM
    overruled = adapter.overruled(project) if adapter.honours_shell else ""
    if overruled:
        found.append(
            Check(
                name="shim tier",
                ok=chosen is Tier.CONTAINED,
                detail=f"{overruled} sets the agent's shell or PATH",
                hint="in the contained tier it changes nothing",
            )
        )
    return {
        "agent": adapter.name,
        "path": path,
        "version": version,
        "tier": chosen.value if chosen else "",
        "mediated": MEDIATED[chosen] if chosen else [],
        "not_mediated": NOT_MEDIATED[chosen] if chosen else ["everything: it would be refused"],
        "checks": [_row(check) for check in (*checks, *found)],
    }


def _row(check: Check) -> dict[str, object]:
    return {"name": check.name, "ok": check.ok, "detail": check.detail, "hint": check.hint}


def _print(reports: list[dict[str, object]], checks: list[Check]) -> None:
    click.echo(f"this machine ({sys.platform}):")
    _print_checks([_row(check) for check in checks])
    for report in reports:
        said = f" {report['version']}" if report["version"] else ""
        click.echo(f"\n{report['agent']}{said}: {report['tier'] or 'refused'} tier")
        own = report["checks"]
        assert isinstance(own, list)
        _print_checks(own[len(checks) :])
        for title in ("mediated", "not_mediated"):
            click.echo(f"  {title.replace('_', ' ')}:")
            lines = report[title]
            assert isinstance(lines, list)
            for line in lines:
                click.echo(f"    - {line}")


def _print_checks(rows: list[dict[str, object]]) -> None:
    for row in rows:
        mark = paint("ok", "32") if row["ok"] else paint("no", "31")
        click.echo(f"  {mark}  {row['name']}: {row['detail']}")
        if row["hint"] and not row["ok"]:
            click.echo(f"      hint: {row['hint']}")
