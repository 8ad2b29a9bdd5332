"""`aileron policy suggest`: rules that would have answered what was asked; nothing is written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import click

from aileron.audit import log as store
from aileron.audit.past import Past, Record, denials
from aileron.cli import past as pasts
from aileron.cli.text import visible
from aileron.errors import PolicyError
from aileron.model import CommandRequest
from aileron.policy.rule_for import yaml
from aileron.policy.suggest import Asked, Denied, Suggestion, Suggestions
from aileron.policy.suggest import suggest as suggested
from aileron.session import home, inside, policy_files, readers, say
from aileron.session.judge import Judge, judge_for

EPILOG = """\b
Examples:
  aileron policy suggest
  aileron policy suggest --session last --json
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Where rules would go."""

    path: Path
    user: bool = False


@dataclass(slots=True)
class Projects:
    """A judge for each project of the log."""

    judges: dict[str, Judge] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)

    def judge(self, root: str) -> Judge:
        found = self.judges.get(root)
        if found is None:
            try:
                loaded = policy_files.load(root, aileron_home=home.path())
            except PolicyError as error:
                say.notice(f"left out: {error.message}")
                loaded = policy_files.load(root, aileron_home=home.path(), project=False)
            found = self.judges[root] = judge_for(loaded)
            found.use(readers.load(loaded.policy.readers))
            own = loaded.project.path if loaded.project else None
            self.files[root] = File(path=own or Path(root) / policy_files.PROJECT_FILE)
        return found


@click.command(epilog=EPILOG)
@pasts.options
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def suggest(session: str | None, since: str | None, as_json: bool) -> int:
    """Suggest rules for what you approved; each was tried, and nothing is written.

    Without options the sessions of the last 30 days count, and not fewer than the last 10.  No
    rule is suggested that would allow what you said no to in any session.
    """
    inside.refuse_inside("reading what other sessions did")
    folder = home.audit()
    record = Record()
    paths, moment = pasts.chosen(folder, session, since)
    for path in pasts.progress(paths, "sessions read"):
        record.add(store.lines(path), since=moment)
    approved: dict[str, list[Past]] = {}
    for past in record.past.values():
        if past.asks and past.known and past.kind == "agent" and past.project.startswith("/"):
            approved.setdefault(past.project, []).append(past)
    projects = Projects()
    denied = list(_denied(folder, projects)) if approved else []
    found = {
        root: suggested(
            projects.judge(root).policy,
            (
                Asked(case=projects.judge(root).case(_request(one)), asks=one.asks)
                for one in pasts.progress(mine, "commands decided again")
            ),
            denied,
        )
        for root, mine in approved.items()
    }
    placed = _placed(found, projects)
    inner = sum(one.asks for one in record.past.values() if one.kind != "agent")
    if as_json:
        click.echo(json.dumps(_as_json(placed, found.values(), inner)))
        return 0
    for file, suggestions in placed.items():
        for line in _block(file, suggestions):
            click.echo(line)
    for line in _counts(found.values(), inner, pasts.said(session, since)):
        click.echo(f"# {line}")
    return 0


def _denied(folder: Path, projects: Projects) -> Iterable[Denied]:
    """All that a person ever said no to, as if the agent asked for it again."""
    seen: set[tuple[str, str, str]] = set()
    for name in store.sessions(folder):
        for one in denials(store.lines(folder / f"{name}.jsonl")):
            key = (one.command, one.cwd, one.project)
            if key in seen or not one.project.startswith("/"):
                continue
            seen.add(key)
            judge = projects.judge(one.project)
            yield Denied(case=judge.case(_request(one)), policy=judge.policy)


def _request(past: Past) -> CommandRequest:
    return pasts.request_of(past, dict(os.environ))


def _placed(
    found: dict[str, Suggestions], projects: Projects
) -> dict[File, list[tuple[Suggestion, int]]]:
    """Each rule with its asks under the file it belongs into: a rule that several projects want,
    and that speaks of no place in them, into the person's own."""
    wanted: dict[tuple[str, ...], list[tuple[str, Suggestion]]] = {}
    for root, suggestions in found.items():
        for one in suggestions.found:
            wanted.setdefault(one.proposed.lines, []).append((root, one))
    user = File(path=home.path() / policy_files.USER_FILE, user=True)
    placed: dict[File, list[tuple[Suggestion, int]]] = {}
    for every in wanted.values():
        first = every[0][1]
        if len(every) > 1 and not first.proposed.local:
            placed.setdefault(user, []).append((first, sum(one.asks for _, one in every)))
            continue
        for root, one in every:
            placed.setdefault(projects.files[root], []).append((one, one.asks))
    return placed


def lines_of(suggestion: Suggestion) -> list[str]:
    """The rule as an item of `allow:`, with its examples."""
    first, *rest = suggestion.proposed.lines
    if not first.startswith("- command: "):
        first = f"- command: {first.removeprefix('- ')}"
    made = [first, *rest]
    for key, texts in (("match", suggestion.match), ("not_match", suggestion.not_match)):
        if texts:
            made += [f"  {key}:", *(f"    - {yaml(text)}" for text in texts)]
    return made


def _block(file: File, suggestions: list[tuple[Suggestion, int]]) -> Iterable[str]:
    then = "" if file.user else ", then run `aileron trust`"
    yield f"# add these lines to {visible(str(file.path))}{then}"
    yield "allow:"
    for suggestion, asks in suggestions:
        yield f"  # {pasts.counted(asks, 'ask')}"
        for line in lines_of(suggestion):
            yield f"  {visible(line)}"
    yield ""


def _counts(found: Iterable[Suggestions], inner: int, sessions: str) -> Iterable[str]:
    every = list(found)
    total = sum(one.asks for one in every)
    if not total:
        yield f"nothing that was asked about and approved is on record ({sessions})"
    else:
        answered = sum(one.answered for one in every)
        asks = pasts.counted(total, "ask")
        yield f"{answered} of {asks} that you approved would not have come ({sessions})"
    for count, why in (
        (sum(one.settled for one in every), "asked no more, since the policy answers them"),
        (
            sum(one.unruled for one in every),
            "without a rule: code, credentials, variables, words made at run time …",
        ),
        (
            sum(one.refused for one in every),
            "left to you: a no to something like it, a yes only once, or too many rules",
        ),
        (inner, "from inside a command, where no allow counts"),
    ):
        if count:
            yield f"{count}: {why}"


def _as_json(
    placed: dict[File, list[tuple[Suggestion, int]]], found: Iterable[Suggestions], inner: int
) -> dict[str, object]:
    every = list(found)
    return {
        "suggestions": [
            {
                "file": str(file.path),
                "yaml": "\n".join(lines_of(suggestion)),
                "asks": asks,
                "commands": list(suggestion.commands),
                "match": list(suggestion.match),
                "not_match": list(suggestion.not_match),
            }
            for file, suggestions in placed.items()
            for suggestion, asks in suggestions
        ],
        "asks": sum(one.asks for one in every),
        "answered": sum(one.answered for one in every),
        "settled": sum(one.settled for one in every),
        "unruled": sum(one.unruled for one in every),
        "refused": sum(one.refused for one in every),
        "inside": inner,
    }
