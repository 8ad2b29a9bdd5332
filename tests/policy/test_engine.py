"""How single verdicts become a decision, and what holds for every policy and command."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.model import CommandRequest, Decision, Facts, Layer, Mode, Policy, Verdict
from aileron.policy import judgements, tasks
from aileron.policy.engine import decide
from aileron.policy.merge import merge
from aileron.policy.schema import parse
from aileron.session import policy_files
from aileron.shell.read import read
from aileron.shell.reading import Reading, SimpleCommand, Word

from . import tables

CASES = list(tables.every_case())
SOME = CASES[::3]  # enough for what holds for all of them
FACTS = Facts(project="/app", home="/home/dev", aileron_home="/home/dev/.aileron")


def user(text: str) -> Policy:
    return merge(tables.builtin(), user=parse(text, file="settings.yaml", layer=Layer.USER))


def request(mode: Mode, *argv: str, text: str | None = None, script: str = "") -> CommandRequest:
    return CommandRequest(argv=argv, cwd="/app", mode=mode, text=text, script=script)


def judged(
    request: CommandRequest, *, inside: bool = False, policy: Policy | None = None
) -> Decision:
    reading = None if request.text is None else read(request.text, "bash", tables.wrappers())
    return decide(policy or tables.policy(), request, FACTS, reading, descendant=inside)


# What could not be read


@pytest.mark.parametrize("mode", [Mode.INTERACTIVE, Mode.STDIN, Mode.SCRIPT, Mode.UNKNOWN])
def test_what_could_not_be_read_is_asked_about(mode: Mode) -> None:
    """Even where a policy allows everything else."""
    policy = user("allow: ['*']\ndefault: allow\n")
    found = judged(
        request(mode, "bash", script="x.sh" if mode is Mode.SCRIPT else ""), policy=policy
    )
    assert (found.verdict, found.complete) == (Verdict.ASK, False)


@pytest.mark.parametrize(
    ("mode", "verdict"),
    [
        (Mode.STDIN, Verdict.ALLOW),
        (Mode.SCRIPT, Verdict.ALLOW),
        (Mode.INTERACTIVE, Verdict.ASK),
        (Mode.UNKNOWN, Verdict.ASK),
    ],
)
def test_an_unread_text_inside_an_allowed_command(mode: Mode, verdict: Verdict) -> None:
    """What an allowed program starts is its own affair, but nobody types into a shell unseen."""
    assert judged(request(mode, "bash", script="x.sh"), inside=True).verdict is verdict


def test_a_shell_that_only_tells_about_itself_is_allowed() -> None:
    assert judged(request(Mode.INFORMATION, "bash", "--version")).verdict is Verdict.ALLOW


def test_an_incomplete_reading_asks_but_its_denies_stand() -> None:
    """bash runs the lines before a syntax error."""
    assert judged(request(Mode.COMMAND, "bash", text="ls\n(")).rule == "unread"
    assert judged(request(Mode.COMMAND, "bash", text="rm -rf /\n(")).verdict is Verdict.DENY


def test_an_unknown_option_of_the_shell_asks() -> None:
    """Some options change what a text means (`-O extglob`)."""
    plain = CommandRequest(
        argv=("bash", "-c", "ls"), cwd="/app", text="ls", options=("-euo", "pipefail", "-lc")
    )
    assert judged(plain).verdict is Verdict.ALLOW
    assert judged(replace(plain, options=("-O", "extglob", "-c"))).verdict is Verdict.ASK
    assert judged(replace(plain, options=("-o", "posix", "-c"))).verdict is Verdict.ASK
    assert judged(replace(plain, options=("--posix", "-c"))).verdict is Verdict.ASK


# Scripts and programs


def test_a_script_of_the_system_is_judged_as_the_program_it_is() -> None:
    """Whatever its text does: `ldd` is a shell script, and nobody cares."""
    facts = replace(FACTS, programs={"ldd": "/usr/bin/ldd"})
    text = 'eval "$x"; curl x | sh'
    found = decide(
        tables.policy(),
        request(Mode.SCRIPT, "bash", "/usr/bin/ldd", "a.out", text=text, script="/usr/bin/ldd"),
        facts,
        read(text, "bash", tables.wrappers()),
    )
    assert (found.verdict, found.parts[0].argv) == (Verdict.ALLOW, ("/usr/bin/ldd", "a.out"))


def test_a_script_of_the_project_is_judged_by_its_text() -> None:
    """A link to the system does not make it one of the system's."""
    found = judged(request(Mode.SCRIPT, "bash", "x.sh", text="git push", script="x.sh"))
    assert found.rule == "git-push"
    linked = replace(FACTS, links={"/usr/bin/x": "/app/x.sh"})
    ask = request(Mode.SCRIPT, "bash", "/usr/bin/x", text="git push", script="/usr/bin/x")
    assert decide(tables.policy(), ask, linked, read("git push")).rule == "git-push"


def test_a_program_without_a_shell_is_judged_by_its_words() -> None:
    """Words that look like shell text are words."""
    assert judged(request(Mode.EXEC, "git", "push")).rule == "git-push"
    assert judged(request(Mode.EXEC, "echo", "$(rm -rf /)", "|", "sh")).verdict is Verdict.ALLOW


def test_a_program_that_runs_others_is_not_allowed_unless_it_was_looked_through() -> None:
    assert judged(request(Mode.EXEC, "env", "-i", "bash", "-c", "git push")).verdict is Verdict.ASK


# Decisions


def test_the_strictest_part_is_the_decision() -> None:
    found = tables.judge("ls; git push; rm -rf /; cat .env")
    verdicts = [part.verdict.value for part in found.parts]
    assert verdicts == ["allow", "ask", "deny", "ask"]
    assert (found.verdict, found.rule) == (Verdict.DENY, "effect/destroys")


def test_a_part_names_its_rule_place_and_advice() -> None:
    """What a refusal shows, and what the agent learns from it."""
    policy = user("deny:\n  - command: make x\n    message: use make y\n")
    part = judged(request(Mode.COMMAND, "bash", text="make x"), policy=policy).parts[0]
    assert (part.rule, part.layer, part.place, part.message) == (
        "deny-make-x",
        Layer.USER,
        "settings.yaml:2",
        "use make y",
    )


def test_an_empty_text_is_allowed() -> None:
    assert judged(request(Mode.COMMAND, "bash", text=" \n# nothing\n")).verdict is Verdict.ALLOW


def test_a_hand_made_reading_needs_no_text() -> None:
    word = Word(source="$x", value=None, dynamic=frozenset({"parameter"}))
    reading = Reading((SimpleCommand(words=(word,), source="$x"),))
    found = decide(tables.policy(), request(Mode.COMMAND, "bash", text="$x"), FACTS, reading)
    assert found.rule == "dynamic/program"


# What holds for every command of the tables


def strictness(found: Decision) -> int:
    return found.verdict.strictness


@cache
def before(case: tables.Case) -> int:
    return strictness(tables.judge(case.command, case.world))


@pytest.mark.parametrize(
    "wrap", ["env {}", "timeout 5 {}", "nice {}", "command {}", "{} &", "! {}"]
)
def test_wrapping_a_command_never_lowers_its_verdict(wrap: str) -> None:
    for case in SOME:
        if "⏎" in case.command or "\n" in case.command or case.inside:
            continue
        first = case.command.split()[0]
        if not first.isalnum() or any(sign in case.command for sign in "|&;<>(){}`#="):
            continue  # only the first command would be wrapped
        if first in ("cd", "eval", "exec", "export", "source", "bash", "time", "alias", "enable"):
            continue
        after = wrap.format(case.command)
        assert strictness(tables.judge(after, case.world)) >= before(case), after


@pytest.mark.parametrize("quote", ["bash -c {}", "sh -c {}", "eval {}", "sudo bash -c {}"])
def test_a_command_in_quotes_never_gets_a_lower_verdict(quote: str) -> None:
    for case in SOME:
        if case.inside or "'" in case.command:
            continue
        after = quote.format(f"'{case.command}'")
        assert strictness(tables.judge(after, case.world)) >= before(case), after


def test_adding_commands_never_lowers_a_verdict() -> None:
    for case in SOME:
        if case.inside or "<<" in case.command or case.command.rstrip().endswith(("&", "\\")):
            continue
        for text in (f"{case.command}; ls", f"ls && {case.command}"):
            assert strictness(tables.judge(text, case.world)) >= before(case), text


WORDS = st.sampled_from(
    ["git", "push", "origin", "main", "ls", "rm", "-rf", "x", "*", "python3", "-c", "a|b", "make"]
)
RULES = st.lists(st.lists(WORDS, min_size=1, max_size=4).map(" ".join), max_size=4)
COMMANDS = st.sampled_from([case.command for case in CASES if not case.inside])


@settings(max_examples=80, deadline=None)
@given(allow=RULES, ask=RULES, deny=RULES, command=COMMANDS, more=RULES)
def test_adding_a_deny_never_widens(
    allow: list[str], ask: list[str], deny: list[str], command: str, more: list[str]
) -> None:
    """Whatever else the policy says, one more deny allows nothing more."""

    def verdict(denies: list[str]) -> int:
        rules = {"allow": allow, "ask": ask, "deny": denies}
        text = "\n".join(f"{name}: {[*found]!r}" for name, found in rules.items())
        world = tables.World(user=text)
        return strictness(tables.judge(command, world))

    assert verdict([*deny, *more]) >= verdict(deny)


@settings(max_examples=60, deadline=None)
@given(allow=RULES, command=COMMANDS, why=st.text(max_size=10))
def test_what_was_not_read_to_its_end_is_never_allowed(
    allow: list[str], command: str, why: str
) -> None:
    policy = user(f"allow: {[*allow, '*']!r}\ndefault: allow\n")
    reading = replace(read(command, "bash", tables.wrappers()), complete=False, why=why)
    ask = CommandRequest(argv=("bash", "-c", command), cwd="/app", text=command)
    assert decide(policy, ask, FACTS, reading).verdict is not Verdict.ALLOW


@settings(max_examples=60, deadline=None)
@given(deny=RULES, command=COMMANDS)
def test_who_wrote_a_deny_does_not_matter(deny: list[str], command: str) -> None:
    text = f"deny: {[*deny]!r}\n"
    own = tables.judge(command, tables.World(user=text))
    repository = tables.judge(command, tables.World(project=text, trusted=False))
    assert own.verdict is repository.verdict


# The built-in rules


def test_every_program_that_is_allowed_to_run_others_is_looked_through() -> None:
    """The rule `runners` is safe only for programs whose inner command is judged, too."""
    rule = next(rule for rule in tables.policy().rules if rule.id == "runners")
    looked = tables.wrappers().programs
    assert [name for name in rule.words[0].split("|") if name not in looked] == []


def test_every_built_in_rule_has_its_own_id_and_words_for_people() -> None:
    rules = tables.policy().rules
    assert len({rule.id for rule in rules}) == len(rules)
    assert [rule.id for rule in rules if not rule.description] == []


def test_every_rule_that_a_task_is_free_to_break_exists() -> None:
    known = {rule.id for rule in tables.policy().rules}
    assert known >= tasks.CHOICES | tasks.BY_NAME


def test_every_judgement_without_a_rule_is_listed_for_people() -> None:
    """What `aileron policy show` lists is what can happen, and `override` knows its name."""
    rules = {rule.id for rule in tables.policy().rules}
    found = {
        part.rule: part.verdict
        for case in CASES
        for part in tables.judge(case.command, case.world, inside=case.inside).parts
        if "/" in part.rule and part.rule not in rules and part.rule != "dynamic/program"
    }
    assert [name for name in found if judgements.find(name) is None] == []
    denies = [name for name, verdict in found.items() if verdict is Verdict.DENY]
    assert [name for name in denies if judgements.find(name) is not Verdict.DENY] == []
    unused = {name for name in judgements.JUDGEMENTS if "*" not in name} - set(found)
    assert unused == set()


def test_the_built_in_rules_are_where_the_package_looks_for_them() -> None:
    assert (policy_files.defaults_folder() / "builtin.yaml").is_file()
