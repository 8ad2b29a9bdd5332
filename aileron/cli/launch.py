"""`aileron launch`: the options, and nothing else; the session is session/launch.py."""

from __future__ import annotations

import click

EPILOG = """\b
Examples:
  aileron launch codex                      codex, contained, asking in this terminal
  aileron launch claude -- -p "fix it"      what follows the agent is the agent's
  aileron launch --on-ask deny codex exec "run the tests"
  aileron launch -- ./my-agent --flag       any program
"""


@click.command(
    epilog=EPILOG,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option(
    "--tier",
    type=click.Choice(["auto", "shim", "contained"]),
    default="auto",
    show_default=True,
    help="How the agent is held: by the kernel (contained, Linux), or by its environment (shim).",
)
@click.option(
    "--on-ask",
    type=click.Choice(["prompt", "wait", "deny"]),
    help="What to do with a question: ask here (the default with a terminal), wait for "
    "`aileron approval`, or deny (the default without one).",
)
@click.option(
    "--trust-project",
    metavar="DIGEST",
    help="Trust the project's aileron.yaml for this session if this is its SHA-256.",
)
@click.argument("agent")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def launch(
    tier: str, on_ask: str | None, trust_project: str | None, agent: str, args: tuple[str, ...]
) -> int:
    """Run AGENT with every command it starts judged, asked about and recorded."""
    from aileron.session import launch as session

    given = args[1:] if args[:1] == ("--",) else args
    return session.launch(
        session.Options(
            agent=agent, arguments=given, tier=tier, on_ask=on_ask, trust_digest=trust_project
        )
    )
