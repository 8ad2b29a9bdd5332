"""`aileron init`: a first policy for a project.

What the repository has (`session/survey.py`) becomes suggestions, each a line that
is commented out and says why.  One that guards goes where it makes a difference:
under ask if the command runs without a question so far, under deny if it is asked
about already.  Before anything is written each line is read as the policy that it
would be; one that would not say what it should is left out.

An editor is pointed at a schema only if the repository has one of its own: a path
on this machine would be nobody else's.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

import click

from aileron.cli.text import visible
from aileron.errors import PolicyError
from aileron.model import CommandRequest, Layer, Verdict
from aileron.policy.schema import parse
from aileron.session import facts, home, inside, policy_files, survey
from aileron.session.judge import judge_for
from aileron.session.policy_files import PROJECT_FILE
from aileron.session.survey import Suggestion

SCHEMA = "aileron.schema.json"
COLUMN = 44  # where the reasons stand
HEAD = """\
# What a coding agent may do in this project; Aileron judges every command by it.
# The built-in rules hold already: `aileron policy show` lists them.  Deny beats
# ask beats allow, and no rule here lifts a built-in deny.
#
# A rule is the words of a command, or {command: …, path: …, message: …}.  What is
# commented out below was found in this repository: uncomment what is right, and see
# what it does with `aileron policy check aileron.yaml` and `aileron policy test CMD`.
version: 1
"""
SECTIONS = {
    Verdict.DENY: "Denied without a question.  Words match with options between them, too.",
    Verdict.ASK: "A person is asked.",
    Verdict.ALLOW: (
        "Allowed without a question, once each person has run `aileron trust`.\n"
        "# `*` at the end stands for any further words."
    ),
}


@click.command(epilog="Example: aileron init")
def init() -> int:
    """Write a commented aileron.yaml with suggestions for what this repository has."""
    inside.refuse_inside("writing a policy")
    root = Path(facts.project_root(str(Path.cwd())))
    path = root / PROJECT_FILE
    if survey.exists(path):
        raise _is_there(path)
    text, count = written(root)
    try:
        # Not more than 0644 whatever the umask: a policy that others can write is refused.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        raise _is_there(path) from None
    except OSError as error:
        raise PolicyError(
            f"cannot be written: {(error.strerror or 'unknown error').lower()}", file=str(path)
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    click.echo(f"wrote {visible(str(path))}, with {count} suggestion{'' if count == 1 else 's'}")
    click.echo("next: edit it, try it with `aileron policy test CMD`, then `aileron launch AGENT`")
    return 0


def _is_there(path: Path) -> PolicyError:
    return PolicyError("is there already", file=str(path), hint=f"aileron policy check {path}")


def written(root: Path) -> tuple[str, int]:
    """The file for a repository, and how many suggestions are in it."""
    found = _placed(survey.survey(root), root)
    count = sum(map(len, found.values()))
    parts = [HEAD]
    if survey.exists(root / SCHEMA):
        parts.insert(0, f"# yaml-language-server: $schema=./{SCHEMA}\n")
    for verdict, about in SECTIONS.items():
        lines = "".join(f"{line}\n" for line in found[verdict])
        parts.append(f"\n# {about}\n{verdict.value}:\n{lines}")
    folder = survey.ci(root)
    if folder:
        count += 1
        about = "# Built-in asks that do not count here, once it is trusted."
        parts.append(f"\n{about}\n{_line('# override: [effect/ci]', f'writing {folder} asks')}\n")
    return "".join(parts), count


def _placed(suggestions: Iterable[Suggestion], root: Path) -> dict[Verdict, list[str]]:
    """The line of each suggestion, in the bucket where it makes a difference."""
    judge = judge_for(
        policy_files.load(str(root), aileron_home=home.path(), project=False, user=False)
    )
    found: dict[Verdict, list[str]] = {verdict: [] for verdict in SECTIONS}
    for one in suggestions:
        text = one.tried or one.command
        request = CommandRequest(
            argv=("bash", "-c", text), cwd=str(root), text=text, environment=dict(os.environ)
        )
        so_far = judge.decide(request).verdict
        if one.frees:
            bucket, why = Verdict.ALLOW, f"{one.about}; asks so far"
        elif so_far is Verdict.ALLOW:
            bucket, why = Verdict.ASK, f"{one.about}; runs so far"
        else:
            bucket, why = Verdict.DENY, f"{one.about}; asks so far"
        makes_a_difference = so_far is Verdict.ASK or not one.frees
        rule = _rule(one, bucket)
        if rule and makes_a_difference and so_far is not Verdict.DENY:
            found[bucket].append(_line(f"  # - {rule}", why))
    return found


def _line(rule: str, why: str) -> str:
    return f"{rule:{COLUMN}}  # {why}"


def _rule(one: Suggestion, bucket: Verdict) -> str:
    """A suggestion as YAML that is read as exactly what it says, "" if it cannot be."""
    for quoted in (str, json.dumps):
        text = f"{{path: {quoted(one.path)}}}" if one.path else quoted(one.command)
        try:
            (rule,) = parse(
                f"{bucket.value}:\n  - {text}  # …\n", file="", layer=Layer.PROJECT
            ).rules
        except (PolicyError, ValueError):
            continue
        if (rule.path, " ".join(rule.words)) == (one.path, one.command):
            return text
    return ""
