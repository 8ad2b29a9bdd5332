"""The command line.  A subcommand is one file, imported when it is called.

Errors are printed here and nowhere else: `aileron: …`, `rule: …`, `hint: …` on
standard error, and the exit status of the error.  0 done, 1 refused or found
something, 2 usage, 126 denied.
"""

from __future__ import annotations

import difflib
import os
import sys
from importlib import import_module

import click

from aileron import __version__
from aileron.errors import AileronError
from aileron.session.say import fail

COMMANDS = {
    "launch": ("launch:launch", "Run an agent with every command judged"),
    "init": ("init:init", "Write a commented aileron.yaml"),
    "trust": ("trust:trust", "Trust this project's aileron.yaml"),
    "doctor": ("doctor:doctor", "Tell what is mediated here, and what is not"),
    "status": ("status:status", "List the sessions that run now"),
    "log": ("log:log", "Show what happened in a session"),
    "approval": ("approval:approval", "List and answer open questions"),
    "policy": ("policy:policy", "Test, show and check the policy"),
}


class Commands(click.Group):
    """A group whose members are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found: click.Command = getattr(import_module(f"aileron.cli.{module}"), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"aileron {__version__}")
        ctx.exit()


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: aileron launch codex",
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=version)
def cli() -> None:
    """Run a coding agent in a terminal that Aileron owns: every command it runs is read,
    judged by your policy, asked about where the policy says so, and recorded."""


def main() -> int:
    """The `aileron` command; returns its exit status."""
    try:
        done = cli.main(standalone_mode=False, prog_name="aileron")
        return done if isinstance(done, int) else 0
    except AileronError as error:
        return fail(error)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return 0
    except click.ClickException as error:
        print(f"aileron: {_lower(error.format_message())}", file=sys.stderr)
        print(f"hint: {_advice(error)}", file=sys.stderr)
        return 2
    except click.Abort:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what reads our output has enough
        return 0
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        return fail(AileronError(f"{_lower(error.strerror or str(error))}{where}"))


def _advice(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    if error.message.startswith("No such command") and len(sys.argv) > 1:
        close = difflib.get_close_matches(sys.argv[1], COMMANDS, 1)
        if close:
            return f"did you mean {close[0]}?"
    return f"see {context.command_path if context else 'aileron'} --help"


def _lower(message: str) -> str:
    message = message.rstrip(".")
    return message[:1].lower() + message[1:]


if __name__ == "__main__":
    sys.exit(main())
