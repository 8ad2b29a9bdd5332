"""What `policy test` and its like are given: commands, and by which policy to judge them."""

from __future__ import annotations

import functools
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from aileron import agents
from aileron.errors import UsageError
from aileron.model import CommandRequest
from aileron.session import home, policy_files, readers, say
from aileron.session.judge import Judge, judge_for
from aileron.session.policy_files import Loaded

WORDS = {"ignore_unknown_options": True, "allow_interspersed_args": False}
_Called = TypeVar("_Called", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The policy that the options name, with its judge, ready to judge texts."""

    loaded: Loaded
    judge: Judge
    folder: str
    agent: str

    def request(self, text: str) -> CommandRequest:
        """A text as the broker would get it from the agent, out of its envelope."""
        envelope = agents.adapter(self.agent).unwrap(text) if self.agent else None
        inner = envelope.command if envelope is not None else text
        return CommandRequest(
            argv=("bash", "-c", inner), cwd=self.folder, text=inner, environment=dict(os.environ)
        )


def options(command: _Called) -> _Called:
    """The options that say how to judge; they arrive as one argument, `given`."""

    @functools.wraps(command)
    def called(
        agent: str,
        cwd: str,
        policy_file: Path | None,
        no_project: bool,
        no_user: bool,
        **rest: object,
    ) -> object:
        folder = os.path.abspath(cwd or ".")  # noqa: PTH100
        loaded = policy_files.load(
            folder,
            aileron_home=home.path(),
            policy_file=policy_file,
            project=not no_project,
            user=not no_user,
        )
        for notice in loaded.policy.notices:
            say.notice(notice)
        judge = judge_for(loaded)
        judge.use(readers.load(loaded.policy.readers))
        return command(given=Given(loaded=loaded, judge=judge, folder=folder, agent=agent), **rest)

    for option in reversed(_OPTIONS):
        called = option(called)
    return called  # type: ignore[return-value]


_OPTIONS = (
    click.option("--agent", default="", metavar="NAME", help="Unwrap this agent's envelope first."),
    click.option(
        "--cwd", default="", metavar="DIR", help="Judge as in this folder; it need not exist."
    ),
    click.option(
        "--policy",
        "policy_file",
        type=click.Path(path_type=Path),
        help="Use this file as the project's, and trust it.",
    ),
    click.option("--no-project", is_flag=True, help="Leave the project's file out."),
    click.option("--no-user", is_flag=True, help="Leave your own file out."),
)


def text_of(command: Sequence[str]) -> str:
    """One argument is shell text; several are the words of one command."""
    return command[0] if len(command) == 1 else shlex.join(command)


def lines() -> Iterator[str]:
    """The commands on standard input, one JSON string a line; UsageError where one is none."""
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        try:
            text = json.loads(line)
        except (ValueError, RecursionError) as error:  # [[[[… is not a string either
            raise UsageError(f"line {number} is not JSON: {error}") from error
        if not isinstance(text, str):
            raise UsageError(f"line {number} is not a JSON string")
        yield text
