"""`aileron policy`: what the policy says, asked without running anything.

`test` is the broker's own judgement: the same reading, the same facts, the
same `decide`.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from aileron.cli import rules
from aileron.cli.explain import explain
from aileron.cli.given import WORDS, Given, lines, options, text_of
from aileron.cli.replay import replay
from aileron.cli.suggest import suggest
from aileron.cli.text import VERDICTS, paint, visible
from aileron.model import Decision, Layer, Part, Rule, Verdict
from aileron.policy.lint import lint
from aileron.policy.merge import merge
from aileron.session import home, policy_files, readers, say
from aileron.shell.agreement import confirmed
from aileron.shell.read import SHELLS, read
from aileron.shell.reading import Reading, SimpleCommand


@click.group(epilog="Example: aileron policy test git push origin main")
def policy() -> None:
    """Test, show and check the policy."""


@policy.command(
    context_settings=WORDS, epilog="Example: aileron policy test 'cd src && rm -rf build'"
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each command.")
@options
@click.argument("command", metavar="CMD…|-", nargs=-1, required=True)
def test(given: Given, as_json: bool, command: tuple[str, ...]) -> int:
    """Tell what would happen to a command; nothing is run.

    With - each line of standard input is a command as a JSON string, and each
    line of the answer a JSON object.  Exits 0 when a single command would be
    allowed, 1 when it would be asked about or denied.
    """

    def judged(text: str) -> Decision:
        return given.judge.decide(given.request(text))

    if command == ("-",):
        for text in lines():
            click.echo(json.dumps(_as_json(text, judged(text))))
        return 0
    text = text_of(command)
    decision = judged(text)
    if as_json:
        click.echo(json.dumps(_as_json(text, decision)))
    else:
        _print(text, decision)
    return 0 if decision.verdict is Verdict.ALLOW else 1


@policy.command(context_settings=WORDS, epilog="Example: aileron policy parse --json 'a | b'")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each command.")
@click.option(
    "--shell",
    type=click.Choice(sorted(SHELLS)),
    default="bash",
    show_default=True,
    help="Read it as this shell would.",
)
@click.option("--confirm", is_flag=True, help="Have the other readers agree, as for a decision.")
@click.argument("command", metavar="CMD…|-", nargs=-1, required=True)
def parse(as_json: bool, shell: str, confirm: bool, command: tuple[str, ...]) -> int:
    """Show the simple commands found in a command; a word that is not literal is null.

    With - each line of standard input is a command as a JSON string, and each
    line of the answer a JSON object.  Exits 1 when a single command was not
    completely read.
    """
    wrappers = policy_files.load_wrappers()
    others = readers.load() if confirm else ()

    def parsed(text: str) -> Reading:
        return confirmed(text, read(text, shell, wrappers), others)

    if command == ("-",):
        for text in lines():
            click.echo(json.dumps(_parsed(text, parsed(text))))
        return 0
    text = text_of(command)
    reading = parsed(text)
    if as_json:
        click.echo(json.dumps(_parsed(text, reading)))
        return 0 if reading.complete else 1
    for one in [one for one in reading.commands if not one.supposed]:
        click.echo(" ".join("…" if word is None else _quoted(word) for word in _literals(one)))
    if not reading.complete:
        click.echo(f"not completely read: {visible(reading.why)}", err=True)
    return 0 if reading.complete else 1


@policy.command(epilog="Example: aileron policy show --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a rule.")
def show(as_json: bool) -> int:
    """List the rules in force here in the order in which they count, each with the file and
    line it comes from, and what is not in force."""
    loaded = policy_files.load(str(Path.cwd()), aileron_home=home.path())
    for notice in loaded.policy.notices:
        say.notice(notice)
    if as_json:
        off = rules.cancelled(loaded)
        for rule in loaded.policy.rules:
            click.echo(json.dumps(_rule_as_json(rule, off)))
        return 0
    for line in rules.listing(loaded):
        click.echo(line)
    return 0


@policy.command(epilog="Example: aileron policy check aileron.yaml")
@click.argument("file", type=click.Path(path_type=Path))
def check(file: Path) -> int:
    """Read a policy file and say what is wrong with it, and what is odd: rules that never
    match, or that another one overrules.  Exits 1 when something is."""
    builtin = [one.source for one in policy_files.read_builtin()]
    own = file.absolute() == home.path() / policy_files.USER_FILE
    source = policy_files.read_file(file, Layer.USER if own else Layer.PROJECT).source
    project, user = (None, source) if own else (source, None)
    found = [*merge(builtin, project, user, trusted=True).notices, *lint(source, builtin)]
    for warning in found:
        say.notice(visible(warning))
    counts = [_count(len(source.rules), "rule"), "no errors"]
    counts += [_count(len(found), "warning")] if found else []
    click.echo(f"{visible(str(file))}: {', '.join(counts)}")
    return 1 if found else 0


@policy.command(epilog="Example: aileron policy schema > aileron.schema.json")
def schema() -> int:
    """Print the JSON Schema of policy files, by which an editor completes and checks them."""
    click.echo(policy_files.schema_text(), nl=False)
    return 0


def _count(count: int, of: str) -> str:
    return f"{count} {of}{'' if count == 1 else 's'}"


policy.add_command(explain)
policy.add_command(replay)
policy.add_command(suggest)


def _as_json(text: str, decision: Decision) -> dict[str, object]:
    return {
        "command": text,
        "verdict": decision.verdict.value,
        "rule": decision.rule,
        "layer": decision.layer.value,
        "reason": decision.reason,
        "parts": [_part_as_json(part) for part in decision.parts],
    }


def _part_as_json(part: Part) -> dict[str, object]:
    return {
        "text": part.text,
        "argv": list(part.argv),
        "verdict": part.verdict.value,
        "rule": part.rule,
        "layer": part.layer.value,
        "reason": part.reason,
        "place": part.place,
        "message": part.message,
    }


def _parsed(text: str, reading: Reading) -> dict[str, object]:
    commands = [_literals(one) for one in reading.commands if one.words and not one.supposed]
    why = {} if reading.complete else {"why": reading.why}
    return {"command": text, "complete": reading.complete, "commands": commands, **why}


HOLE = re.compile(r"\{(?:[/.#%+-]|//|/\.|\d+[/.]*)?\}")


def _literals(command: SimpleCommand) -> list[str | None]:
    """The words as the command gets them, None for one that the shell still expands, or that
    xargs, find and parallel put something into."""
    return [
        None if word.dynamic or (command.appended and HOLE.search(word.value or "")) else word.value
        for word in command.words
    ]


def _rule_as_json(rule: Rule, cancelled: Mapping[str, str]) -> dict[str, object]:
    off = rule.layer is Layer.BUILTIN and rule.id in cancelled
    return {
        "id": rule.id,
        "bucket": rule.bucket.value,
        "layer": rule.layer.value,
        "file": rule.file,
        "line": rule.line,
        "command": " ".join(rule.words),
        "binary": rule.binary,
        "args_contain": list(rule.args_contain),
        "path": rule.path,
        "working_dir": rule.working_dir,
        "description": rule.description,
        "message": rule.message,
        "overridden": off,
        "overridden_by": cancelled[rule.id] if off else "",
    }


def _quoted(word: str) -> str:
    return visible(shlex.quote(word))


def _print(text: str, decision: Decision) -> None:
    verdict = decision.verdict.value
    click.echo(f"{paint(verdict, VERDICTS[verdict])}: {visible(text)}")
    click.echo(f"reason: {visible(decision.reason)}")
    place = f" ({decision.place})" if decision.place else ""
    click.echo(f"rule: {decision.rule}{place}")
    if decision.message:
        click.echo(f"hint: {visible(decision.message)}")
    if len(decision.parts) < 2:
        return
    click.echo("parts:")
    for part in decision.parts:
        colour = paint(f"{part.verdict.value:5}", VERDICTS[part.verdict.value])
        click.echo(f"  {colour} {visible(part.text)}  [{part.rule}]")
