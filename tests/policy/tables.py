"""Reads the tables in this folder: what should happen to which command.

A table is a text with sections; a line that starts with # is a comment.

    -- aileron.yaml --     the project's policy (trusted; `-- untrusted aileron.yaml --` is not)
    -- settings.yaml --    the person's policy
    -- facts --            cwd DIR · program NAME -> PATH (or none) · link PATH -> PATH
                           package REGISTRY NAME (the project names it)
    -- commands --         VERDICT RULE COMMAND; RULE is `.` where any will do
    -- inside --           the same for what an allowed command starts
    -- not denied --       COMMAND alone: it may be allowed or asked about

Policies and facts hold for the commands behind them, until the next policy or
facts section.  In a command ⏎ stands for a newline.  The project is /app, the
home folder /home/dev, and every program is found in /usr/bin unless facts say
otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from aileron.model import CommandRequest, Decision, Facts, Layer, Package, Policy, Rule
from aileron.policy.engine import decide
from aileron.policy.merge import merge
from aileron.policy.schema import Source, parse
from aileron.session import packages, policy_files
from aileron.shell.read import read
from aileron.shell.reading import Reading
from aileron.shell.wrappers import Wrappers

HERE = Path(__file__).parent
VERDICTS = ("allow", "ask", "deny")
NOT_DENIED = "not denied"
OTHERS = ("edit.txt", "errors.txt", "examples.txt", "lint.txt", "manifests.txt")


@dataclass(frozen=True)
class World:
    """The policies and facts that a case is judged by."""

    project: str = ""
    trusted: bool = True
    user: str = ""
    cwd: str = "/app"
    programs: tuple[tuple[str, str | None], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    packages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Case:
    place: str
    verdict: str
    rule: str
    command: str
    world: World = field(default_factory=World)
    inside: bool = False


@cache
def wrappers() -> Wrappers:
    return policy_files.load_wrappers()


@cache
def builtin() -> tuple[Source, ...]:
    return tuple(file.source for file in policy_files.read_builtin())


@cache
def policy(project: str = "", user: str = "", trusted: bool = True) -> Policy:
    return merge(
        builtin(),
        parse(project, file="aileron.yaml", layer=Layer.PROJECT) if project else None,
        parse(user, file="settings.yaml", layer=Layer.USER) if user else None,
        trusted=trusted,
    )


def facts(reading: Reading | None, world: World) -> Facts:
    programs: dict[str, str | None] = {}
    for command in reading.commands if reading else ():
        name = (command.name or "").rpartition("/")[2]
        programs[name] = f"/usr/bin/{name}"
    found = Facts(
        project="/app",
        home="/home/dev",
        aileron_home="/home/dev/.aileron",
        programs=programs | dict(world.programs),
        links=dict(world.links),
    )
    request = CommandRequest(argv=(), cwd=world.cwd)
    named = dict.fromkeys(world.packages, Package(known="the project"))
    return replace(found, packages=packages.gather([(request, reading)], found) | named)


@cache
def reading_of(command: str) -> Reading:
    return read(command, "bash", wrappers())


def judge(
    command: str,
    world: World | None = None,
    *,
    inside: bool = False,
    only: Callable[[Rule], bool] | None = None,
) -> Decision:
    """The decision on one command, with the reader that sessions use; by the rules that
    `only` keeps, where it is given."""
    world = world or World()
    request = CommandRequest(argv=("bash", "-c", command), cwd=world.cwd, text=command)
    reading = reading_of(command)
    rules = policy(world.project, world.user, world.trusted)
    if only is not None:
        rules = replace(rules, rules=tuple(filter(only, rules.rules)))
    return decide(rules, request, facts(reading, world), reading, descendant=inside)


@cache
def decision(case: Case) -> Decision:
    """What every test of the tables starts from: each case is judged once."""
    return judge(case.command, case.world, inside=case.inside)


def fits(case: Case, found: Decision) -> bool:
    """Whether a decision is what the table says."""
    if case.verdict == NOT_DENIED:
        return found.verdict.value != "deny"
    return found.verdict.value == case.verdict and case.rule in (".", found.rule)


def every_table() -> list[Path]:
    """All but those that are about files, not commands."""
    return [path for path in sorted(HERE.glob("*.txt")) if path.name not in OTHERS]


def every_case() -> Iterator[Case]:
    for path in every_table():
        yield from cases(path)


def cases(path: Path) -> Iterator[Case]:
    world = World()
    section = "commands"
    lines: list[str] = []
    for number, line in enumerate([*path.read_text(encoding="utf-8").splitlines(), "-- --"], 1):
        header = re.fullmatch(r"-- *(.*?) *--", line)
        if header is None:
            lines.append(line)
            if line.strip() and not line.startswith("#"):
                place = f"{path.name}:{number}"
                if section in ("commands", "inside"):
                    yield _case(place, line, world, section == "inside")
                elif section == "not denied":
                    yield Case(place, NOT_DENIED, ".", line.replace("⏎", "\n"), world)
            continue
        world = _changed(world, section, lines)
        section, lines = header[1], []


def _changed(world: World, section: str, lines: list[str]) -> World:
    text = "\n".join(lines) + "\n"
    if section == "aileron.yaml":
        return replace(world, project=text, trusted=True)
    if section == "untrusted aileron.yaml":
        return replace(world, project=text, trusted=False)
    if section == "settings.yaml":
        return replace(world, user=text)
    if section != "facts":
        return world
    world = replace(world, cwd="/app", programs=(), links=(), packages=())
    for line in filter(None, (line.partition("#")[0].strip() for line in lines)):
        kind, _, rest = line.partition(" ")
        left, _, right = (part.strip() for part in rest.partition("->"))
        if kind == "cwd":
            world = replace(world, cwd=rest.strip())
        elif kind == "program":
            found = None if right == "none" else right
            world = replace(world, programs=(*world.programs, (left, found)))
        elif kind == "package":
            registry, name = rest.split()
            world = replace(world, packages=(*world.packages, (registry, name)))
        elif kind == "link":
            world = replace(world, links=(*world.links, (left, right)))
        else:
            raise ValueError(line)
    return world


def _case(place: str, line: str, world: World, inside: bool) -> Case:
    verdict, rule, command = line.split(None, 2)
    if verdict not in VERDICTS:
        raise ValueError(f"{place}: {verdict} is no verdict")
    return Case(place, verdict, rule, command.replace("⏎", "\n"), world, inside)
