"""`aileron policy explain`: why a command gets its verdict, part by part, and what would
change it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from aileron.cli.given import WORDS, Given, lines, options, text_of
from aileron.cli.text import visible
from aileron.cli.tree import drawn
from aileron.model import Decision, Policy, Verdict
from aileron.policy.changes import Change
from aileron.policy.explain import Explanation, Node, Other
from aileron.policy.explain import explain as explained
from aileron.policy.merge import merge
from aileron.session import home, policy_files


@click.command(
    context_settings=WORDS, epilog="Example: aileron policy explain 'sudo cp x /etc/x | tee log'"
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each command.")
@options
@click.argument("command", metavar="CMD…|-", nargs=-1, required=True)
def explain(given: Given, as_json: bool, command: tuple[str, ...]) -> int:
    """Explain a verdict: every part, its rule, its files, and what would change it.

    Each rule that is shown was tried: with it the part is allowed.  With - each line of
    standard input is a command as a JSON string.  Exits 0 when a single command would be
    allowed, 1 when it would be asked about or denied.
    """
    files = _files(given)
    trusted = _if_trusted(given)

    def show(text: str) -> Decision:
        case = given.judge.case(given.request(text))
        found = explained(given.judge.policy, case, trusted)
        if as_json:
            click.echo(json.dumps(_as_json(text, found)))
            return found.decision
        for line in drawn(text, found):
            click.echo(line)
        if _rules(found.nodes):
            click.echo(files)
        return found.decision

    if command == ("-",):
        for text in lines():
            show(text)
        return 0
    return 0 if show(text_of(command)).verdict is Verdict.ALLOW else 1


def _files(given: Given) -> str:
    """Where the files of the rules are, and when they count."""
    loaded = given.loaded
    own = loaded.project.path if loaded.project else Path(loaded.root) / policy_files.PROJECT_FILE
    project = _short(own.absolute(), given.folder)
    user = _short(home.path() / policy_files.USER_FILE, given.folder)
    return (
        f"{visible(project)} counts for this project, once trusted (`aileron trust`);\n"
        f"{visible(user)} for all projects"
    )


def _rules(nodes: Iterable[Node]) -> bool:
    """Whether a rule is shown anywhere in a tree."""
    return any(
        any(change.proposed for change in node.changes) or _rules(node.inner) for node in nodes
    )


def _short(path: Path, folder: str) -> str:
    """A path as a person in this folder would name it."""
    for root, sign in ((Path(folder), ""), (Path.home(), "~/")):
        if path.is_relative_to(root):
            return sign + str(path.relative_to(root))
    return str(path)


def _if_trusted(given: Given) -> Policy | None:
    """The policy if the project's file were trusted; None where it is, or there is none."""
    loaded = given.loaded
    if loaded.project is None or loaded.trusted:
        return None
    return merge(
        [one.source for one in loaded.builtin],
        loaded.project.source,
        loaded.user.source if loaded.user else None,
        trusted=True,
    )


def _as_json(text: str, found: Explanation) -> dict[str, object]:
    decision = found.decision
    return {
        "command": text,
        "verdict": decision.verdict.value,
        "rule": decision.rule,
        "layer": decision.layer.value,
        "reason": decision.reason,
        "complete": decision.complete,
        "change": [_change_as_json(one) for one in found.changes],
        "parts": [_node_as_json(one) for one in found.nodes],
    }


def _node_as_json(node: Node) -> dict[str, object]:
    part = node.part
    return {
        "text": node.text,
        "by": node.by,
        "verdict": part.verdict.value,
        "rule": part.rule,
        "layer": part.layer.value,
        "place": part.place,
        "reason": part.reason,
        "touches": {name: list(what) for name, what in node.touches},
        "also": [_other_as_json(one) for one in node.others],
        "change": [_change_as_json(one) for one in node.changes],
        "parts": [_node_as_json(one) for one in node.inner],
    }


def _other_as_json(other: Other) -> dict[str, object]:
    return {
        "verdict": other.verdict.value,
        "rule": other.rule,
        "layer": other.layer.value,
        "place": other.place,
        "reason": other.reason,
        "why": other.why,
    }


def _change_as_json(change: Change) -> dict[str, object]:
    made: dict[str, object] = {"kind": change.kind, "text": change.text}
    if change.proposed is not None:
        made["allow"] = "\n".join(change.proposed.lines)
        made["files"] = ["project"] if change.proposed.local else ["project", "user"]
    if change.override:
        made["override"] = change.override
    if change.after is not None:
        made["after"] = change.after.value
    if change.caution:
        made["caution"] = change.caution
    return made
