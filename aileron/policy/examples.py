"""A rule is held to its examples when its file is read.

`match` lists shell text of which this rule must speak about a part, `not_match`
text of which it must speak about none, whatever other rules say:

    - command: git push origin main
      match: [git push origin main, cd app && git push --force origin main]
      not_match: git push origin feature

An example is read and matched as a command of an agent would be, in the
project's folder, in a world where every program is found in /usr/bin and no
path is a link.  A rule speaks about a command if it gives its verdict to it:

    deny    a match that depends on what is decided at run time is neither a `match`,
            since it only asks, nor a `not_match`
    ask     any match
    allow   one that covers the files, too: `cat *` does not match `cat .env`,
            `{command: cat *, path: .env}` does

What cannot be read to its end is no `not_match`: nobody knows what is in it.
"""

from __future__ import annotations

from collections.abc import Callable

from aileron.errors import PolicyError
from aileron.model import CommandRequest, Facts, Policy, Verdict
from aileron.policy.match import Match
from aileron.policy.parts import speaks
from aileron.policy.schema import Example, Source
from aileron.shell.reading import Reading

SHOWN = 60  # characters of an example in a message


def check(source: Source, read: Callable[[str], Reading], *, project: str, home: str) -> None:
    """Raises PolicyError, at the example, for the first that a rule does not keep to."""
    policy = Policy(rules=(), overrides=frozenset(name for name, _ in source.overrides))
    for example in source.examples:
        reading = read(example.text)
        request = CommandRequest(argv=("bash", "-c", example.text), cwd=project, text=example.text)
        facts = Facts(project=project, home=home, programs=_programs(reading))
        matched = speaks(policy, example.rule, request, facts, reading)
        problem, hint = _problem(example, reading, matched)
        if problem:
            raise PolicyError(
                problem, file=source.file, line=example.line, column=example.column, hint=hint
            )


def _programs(reading: Reading) -> dict[str, str | None]:
    names = {(command.name or "").rpartition("/")[2] for command in reading.commands}
    return {name: f"/usr/bin/{name}" for name in names if name}


def _problem(example: Example, reading: Reading, matched: Match) -> tuple[str, str]:
    """What is wrong with an example, and a hint; nothing if the rule keeps to it."""
    about = f"{example.text[:SHOWN]!r}{'…' if len(example.text) > SHOWN else ''}"
    maybe = "what is decided at run time may make it match, and then it asks"
    if example.matches:
        if matched is Match.CERTAIN:
            return "", ""
        return f"this rule does not match its example {about}", (
            maybe if matched else _why(example, reading)
        )
    if matched:
        return f"this rule matches {about}, which is an example of what it does not match", (
            "" if matched is Match.CERTAIN else maybe
        )
    if not reading.complete:
        return f"the example {about} is not completely read: {reading.why}", ""
    return "", ""


def _why(example: Example, reading: Reading) -> str:
    if not reading.complete:
        return f"it is not completely read: {reading.why}"
    if example.rule.bucket is Verdict.ALLOW:
        return (
            "allow matches word by word, with * at the end for any further words; what it "
            "touches outside the project, or a credential, only if the rule names the path"
        )
    return "`aileron policy parse` shows the commands in a text"
