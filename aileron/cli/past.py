"""The past as `policy replay` and `policy suggest` look at it: which sessions, read how.

The logs are only read.  What takes longer than a second says so on standard error.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click

from aileron.audit import log as store
from aileron.audit.past import Past
from aileron.cli.log import moment_of
from aileron.errors import UsageError
from aileron.model import CommandRequest, Mode

SESSIONS = 10
DAYS = 30
_Called = TypeVar("_Called", bound=Callable[..., object])
_Item = TypeVar("_Item")


def options(command: _Called) -> _Called:
    """`--session` and `--since`, as `log` has them."""
    since = click.option("--since", metavar="TIME", help="30m, 12h, 7d, or a date.")
    session = click.option("--session", help="A session's id, the start of one, or `last`.")
    return session(since(command))


def chosen(folder: Path, session: str | None, since: str | None) -> tuple[list[Path], str | None]:
    """The logs to read, and the moment from which on they count.

    Without either option: the sessions of the last 30 days, and not fewer than the last 10.
    """
    moment = moment_of(since) if since else None
    if session:
        return [store.find(folder, session)], moment
    known = store.sessions(folder)
    if not known:
        raise UsageError("no session is on record yet", hint="start one: aileron launch codex")
    if moment is None:
        days_ago = datetime.now(UTC) - timedelta(days=DAYS)
        recent = [one for one in known if one >= f"{days_ago:%Y%m%dT%H%M%S}"]
        known = known[-max(SESSIONS, len(recent)) :]
    return [folder / f"{one}.jsonl" for one in known], moment


def said(session: str | None, since: str | None) -> str:
    """Which sessions these are, in words."""
    if session:
        return f"session {session}"
    return f"since {since}" if since else f"the last {DAYS} days, or {SESSIONS} sessions"


def counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def request_of(past: Past, environment: dict[str, str]) -> CommandRequest:
    """The request as far as the log tells: a program's words are cut at blanks."""
    if past.kind == "exec":
        words = tuple(past.command.split(" "))
        return CommandRequest(argv=words, cwd=past.cwd, mode=Mode.EXEC, environment=environment)
    return CommandRequest(
        argv=("bash", "-c", past.command),
        cwd=past.cwd,
        text=past.command,
        environment=environment,
    )


def progress(items: Iterable[_Item], what: str) -> Iterator[_Item]:
    """The items, with a word on standard error about how far it is, after the first second."""
    terminal = sys.stderr.isatty()
    said_at = time.monotonic()
    shown = False
    for number, item in enumerate(items, 1):
        yield item
        if time.monotonic() - said_at >= 1 and (terminal or not shown):
            said_at, shown = time.monotonic(), True
            start, end = ("\r", "") if terminal else ("", "\n")
            sys.stderr.write(f"{start}aileron: {number} {what}{end}")
            sys.stderr.flush()
    if shown and terminal:
        sys.stderr.write("\r\033[K")
