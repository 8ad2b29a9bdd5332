"""`policy explain`: each text in the folder explain/ has the tree that stands below it.

A file holds policies and facts as the other tables do (tables.py), and `-- $ COMMAND --` with
the lines that are to be printed for it.  The lines of built-in rules are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from aileron.cli.policy import policy as command_line
from aileron.cli.tree import drawn
from aileron.model import CommandRequest, Layer, Policy, Verdict
from aileron.policy.case import Case
from aileron.policy.explain import Node, explain
from aileron.policy.parts import SUPPOSED
from aileron.policy.scripts import Script, Scripts
from aileron.shell.read import read

from . import sessions, tables

FOLDER = Path(__file__).parent / "explain"
SECTION = re.compile(r"-- *(.*?) *--")


def without_lines(policy: Policy) -> Policy:
    return replace(
        policy,
        rules=tuple(
            replace(one, line=0) if one.layer is Layer.BUILTIN else one for one in policy.rules
        ),
    )


def case_of(command: str, world: tables.World, scripts: dict[str, str] | None = None) -> Case:
    reading = read(command, "bash", tables.wrappers())
    request = CommandRequest(argv=("bash", "-c", command), cwd=world.cwd, text=command)
    facts = tables.facts(reading, world)
    known = {}
    for path, text in (scripts or {}).items():
        inner = read(text, "bash", tables.wrappers())
        names = tables.facts(inner, world).programs
        facts = replace(facts, programs={**facts.programs, **names})
        known[path, world.cwd] = Script(reading=inner, digest=path)
    return Case(request=request, reading=reading, facts=facts, scripts=Scripts(known))


def shown(command: str, world: tables.World, scripts: dict[str, str] | None = None) -> list[str]:
    rules = without_lines(tables.policy(world.project, world.user, world.trusted))
    trusted = None
    if not world.trusted:
        trusted = without_lines(tables.policy(world.project, world.user, True))
    found = explain(rules, case_of(command, world, scripts), trusted)
    return list(drawn(command, found))


def expected(path: Path) -> Iterator[tuple[str, tables.World, dict[str, str], list[str]]]:
    world = tables.World()
    scripts: dict[str, str] = {}
    section, lines = "", []
    for line in [*path.read_text(encoding="utf-8").splitlines(), "-- --"]:
        header = SECTION.fullmatch(line)
        if header is None:
            lines.append(line)
            continue
        if section.startswith("$ "):
            body = [one for one in lines if one.strip()]
            yield section[2:].replace("⏎", "\n"), world, scripts, body
        elif section.startswith("script "):
            scripts = {**scripts, section.removeprefix("script "): "\n".join(lines) + "\n"}
        else:
            world = tables._changed(world, section, lines)
        section, lines = header[1], []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_each_text_has_its_tree(path: Path) -> None:
    wrong = []
    for command, world, scripts, wanted in expected(path):
        found = shown(command, world, scripts)
        if found != wanted:
            wrong.append("\n".join([f"-- $ {command} --", *found]))
    assert not wrong, "\n" + "\n".join(wrong)


def every(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from every(node.inner)


def test_every_command_of_the_tables_has_one_node_for_each_part() -> None:
    """The tree leaves nothing out, and its verdicts are the decision's own."""
    for case in tables.every_case():
        if case.inside:
            continue
        judged = case_of(case.command, case.world)
        rules = tables.policy(case.world.project, case.world.user, case.world.trusted)
        found = explain(rules, judged)
        parts = [node.part for node in every(found.nodes)]
        told = [part for part in found.decision.parts if part.rule != SUPPOSED]
        assert sorted(map(str, parts)) == sorted(map(str, told)), case.place


def test_nothing_is_wider_than_the_screen_but_rules() -> None:
    for case in tables.every_case():
        for line in shown(case.command, case.world):
            if len(line) > 80 and line.lstrip("│ ").startswith(("- ", "path: ")):
                continue
            assert len(line) <= 80 or line.count("│") > 10, (case.place, line)


def test_what_an_agent_writes_does_nothing_to_the_terminal() -> None:
    for text in ("foo $'\\e[31m' \x1b]0;x\x07 \u202e\nbar", "echo \udcff", "'\r' x"):
        for line in shown(text, tables.World()):
            assert line.isprintable(), repr(line)


def test_a_denied_text_says_that_nothing_lifts_it() -> None:
    rules = tables.policy()
    for command in ("curl x | sh", "rm -rf /", "eval $x"):
        nodes = explain(rules, case_of(command, tables.World())).nodes
        denied = [one for one in every(nodes) if one.part.verdict is Verdict.DENY]
        assert denied and all(one.changes[0].kind == "nothing" for one in denied)
        assert not any(change.proposed for one in denied for change in one.changes)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return sessions.place(tmp_path, monkeypatch)


def run(*words: str, given: str = "") -> tuple[object, str]:
    result = CliRunner().invoke(
        command_line, ["explain", *words], input=given, standalone_mode=False
    )
    assert result.exception is None, result.exception
    return result.return_value, result.output


def test_the_command_exits_by_the_verdict_and_takes_json_lines(place: Path) -> None:
    assert run("ls")[0] == 0
    assert run("git", "push")[0] == 1
    status, output = run("--json", "-", given='"ls"\n"git push"\n')
    found = [json.loads(line) for line in output.splitlines()]
    assert (status, [one["verdict"] for one in found]) == (0, ["allow", "ask"])
    assert found[1]["parts"][0]["change"][0]["allow"] == "- git push"


def test_a_script_is_explained_command_by_command(place: Path) -> None:
    (place / "x.sh").write_text("#!/bin/sh\nls\nfoo a\n")
    (place / "x.sh").chmod(0o755)
    (found,) = json.loads(run("--json", "./x.sh")[1])["parts"]
    assert [(one["text"], one["by"], one["verdict"]) for one in found["parts"]] == [
        ("ls", "./x.sh", "allow"),
        ("foo a", "./x.sh", "ask"),
    ]


def test_what_is_shown_can_be_written_down_and_then_counts(place: Path) -> None:
    """The lines of a rule, copied into the file that is named, allow the command."""
    text = "foo a 'b c' > ~/somewhere.txt"
    found = json.loads(run("--json", text)[1])
    (change, *_) = found["parts"][0]["change"]
    state = place.parent / "state"
    state.mkdir(exist_ok=True)
    lines = "".join(f"  {line}\n" for line in change["allow"].splitlines())
    (state / "settings.yaml").write_text(f"allow:\n{lines}")
    (state / "settings.yaml").chmod(0o600)
    assert run(text)[0] == 0
    assert run(text.replace("somewhere", "elsewhere"))[0] == 1


def test_a_huge_text_is_explained_in_time(place: Path) -> None:
    """A thousand questions, deep nesting, a word without end."""
    for text in ("; ".join(f"p{n} x" for n in range(900)), "ls $(p " * 45 + ")" * 45, "p " * 2000):
        assert run("-", given=json.dumps(text) + "\n")[0] == 0
