"""`aileron policy`, `aileron init` and `aileron trust`, as a person calls them."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aileron.cli.init import init
from aileron.cli.policy import policy
from aileron.cli.trust import trust
from aileron.errors import AileronError, Denied, PolicyError, UsageError


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, and a state folder of its own."""
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    monkeypatch.setenv("AILERON_HOME", str(tmp_path / "state"))
    return root


def run(command: str, *words: str, given: str | bytes = "") -> Result:
    """One call; its exit status is `return_value`, an error of ours is `exception`."""
    name = {"policy": policy, "init": init, "trust": trust}[command]
    return CliRunner().invoke(name, words, input=given, standalone_mode=False)


def error(result: Result) -> AileronError:
    assert isinstance(result.exception, AileronError), result.exception
    return result.exception


def write(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o644)


@pytest.mark.parametrize(
    ("words", "status", "verdict"),
    [
        (["ls", "-la"], 0, "allow"),
        (["git", "push", "origin", "main"], 1, "ask"),
        (["cd x && git push"], 1, "ask"),
        (["rm", "-rf", "/"], 1, "deny"),
        (["echo", "a | sh"], 0, "allow"),
        (["echo a | sh"], 1, "deny"),
    ],
)
def test_test_tells_the_verdict_and_exits_by_it(
    words: list[str], status: int, verdict: str
) -> None:
    """One argument is shell text, several are the words of one command."""
    result = run("policy", "test", *words)
    assert (result.return_value, result.output.partition(":")[0]) == (status, verdict)


def test_test_gives_json_with_the_stable_fields() -> None:
    found = json.loads(run("policy", "test", "--json", "ls; git push").output)
    assert list(found) == ["command", "verdict", "rule", "layer", "reason", "parts"]
    assert (found["command"], found["verdict"], found["rule"]) == (
        "ls; git push",
        "ask",
        "git-push",
    )
    assert found["layer"] == "builtin"
    assert [part["verdict"] for part in found["parts"]] == ["allow", "ask"]


def test_test_reads_json_strings_line_by_line() -> None:
    """Newlines, empty lines and odd characters included; the status says done."""
    commands = ["ls\ngit push", "cat <<'E'\nx\nE\n", "echo \u202e", "echo \ud800", ""]
    given = "\n\n".join(json.dumps(one) for one in commands)
    result = run("policy", "test", "--json", "-", given=given)
    found = [json.loads(line) for line in result.output.splitlines()]
    assert [one["command"] for one in found] == commands
    assert [one["verdict"] for one in found] == ["ask", "allow", "allow", "ask", "allow"]
    assert result.return_value == 0


@pytest.mark.parametrize("given", ["ls\n", '{"a": 1}\n', "[1]\n", b"\xff\n"])
def test_a_line_that_is_no_json_string_is_named(given: str | bytes) -> None:
    found = error(run("policy", "test", "-", given=given))
    assert isinstance(found, UsageError) and "line 1 is not" in found.message


def test_test_judges_in_a_folder_that_need_not_exist() -> None:
    result = run("policy", "test", "--cwd", "/no/such/app", "echo x > /no/such/app/src/a")
    assert result.return_value == 0
    assert run("policy", "test", "echo x > /no/such/app/src/a").return_value == 1


def test_test_takes_files_in_and_out(place: Path, tmp_path: Path) -> None:
    write(place / "aileron.yaml", "deny: [ls]\nallow: [git push]\n")
    (tmp_path / "state").mkdir()
    write(tmp_path / "state" / "settings.yaml", "deny: [pwd]\n")
    write(tmp_path / "other.yaml", "allow: [git push]\n")
    assert run("policy", "test", "ls").return_value == 1
    assert run("policy", "test", "--no-project", "ls").return_value == 0
    assert run("policy", "test", "pwd").return_value == 1
    assert run("policy", "test", "--no-user", "pwd").return_value == 0
    assert run("policy", "test", "git", "push").return_value == 1  # not trusted
    named = ("--policy", str(tmp_path / "other.yaml"))
    assert run("policy", "test", *named, "git", "push").return_value == 0
    assert run("policy", "test", *named, "ls").return_value == 0


def test_options_of_the_command_are_its_own() -> None:
    found = json.loads(run("policy", "test", "--json", "git", "log", "--json", "-n", "3").output)
    assert found["command"] == "git log --json -n 3"


def test_parse_shows_every_simple_command() -> None:
    result = run("policy", "parse", "--json", "a $x 'b c' | d && (e)")
    assert json.loads(result.output) == {
        "command": "a $x 'b c' | d && (e)",
        "complete": True,
        "commands": [["a", None, "b c"], ["d"], ["e"]],
    }
    assert result.return_value == 0
    assert run("policy", "parse", "a 'b").return_value == 1
    expanded = run("policy", "parse", "--json", "a *.c ~/x '*' {b,c}")
    assert json.loads(expanded.output)["commands"] == [["a", None, None, "*", "b", "c"]]
    filled = run("policy", "parse", "--json", "xargs -I{} a {} x{}; echo {}")
    assert json.loads(filled.output)["commands"][1:] == [["a", None, None], ["echo", "{}"]]
    many = run("policy", "parse", "--json", "-", given='"a"\n"b ("\n')
    assert [json.loads(line)["complete"] for line in many.output.splitlines()] == [True, False]


def test_show_lists_every_rule_with_its_place(place: Path) -> None:
    write(place / "aileron.yaml", "deny:\n- git push origin main\n")
    lines = run("policy", "show").output.splitlines()
    assert any(
        "git push origin main  [deny-git-push-origin-main, aileron.yaml:2]" in x for x in lines
    )
    assert any("[git-push, builtin.yaml:" in line for line in lines)
    rules = [json.loads(line) for line in run("policy", "show", "--json").output.splitlines()]
    assert {"id", "bucket", "layer", "file", "line", "command", "overridden"} <= set(rules[0])


def test_show_goes_in_the_order_in_which_rules_count(place: Path, tmp_path: Path) -> None:
    """Headings in their order, what is written here before what is built in, narrow lines."""
    (tmp_path / "state").mkdir()
    own = "allow: [make x]\noverride: [git-push, inline/node]\n"
    write(tmp_path / "state" / "settings.yaml", own)
    long = " ".join(f"word{at}" for at in range(40))
    write(place / "aileron.yaml", f"deny: [b]\nask: [a, {long}]\n")
    lines = run("policy", "show").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    heads = [
        line.partition(":")[0] for line in lines if re.match("(deny|ask|allow|default)[:,]", line)
    ]
    assert heads == [
        "deny",
        "ask, written here",
        "ask, by what a command touches",
        "allow, written here",
        "ask, built in",
        "allow, built in",
        "default",
    ]
    assert lines[1] == "deny  b  [deny-b, aileron.yaml:1]"
    assert long in " ".join(" ".join(lines).split())  # nothing of what is written here is cut off
    at = next(at for at, line in enumerate(lines) if "[git-push, builtin.yaml:" in line)
    assert lines[at + 1] == "      overridden by settings.yaml:2"
    assert "      overridden by settings.yaml:2: inline/node" in lines


def test_show_tells_what_is_not_in_force(place: Path) -> None:
    """And who could put it in force; once that is done, it is listed as the rest."""
    write(
        place / "aileron.yaml",
        "allow: [make x]\noverride: [git-push]\ndefault: allow\nreaders: []\n"
        "env: {passthrough: [LD_X]}\ndeny: [make y]\n",
    )
    lines = run("policy", "show").stdout.splitlines()
    end = lines.index("")
    assert "aileron.yaml is not trusted; `aileron trust` shows it" in lines[0]
    there = "\n".join(lines[:end])
    for text in ("allow make x", "git-push", "everything that no rule", "LD_X", "nobody confirm"):
        assert text in there
    assert not any("overridden" in line for line in lines)
    rules = [json.loads(line) for line in run("policy", "show", "--json").stdout.splitlines()]
    assert not any(rule["command"] == "make x" for rule in rules)
    run("trust", "--yes")
    lines = run("policy", "show").stdout.splitlines()
    assert "allow make x  [allow-make-x, aileron.yaml:1]" in lines
    assert not any("not in force" in line for line in lines)
    rules = [json.loads(line) for line in run("policy", "show", "--json").stdout.splitlines()]
    (push,) = [rule for rule in rules if rule["id"] == "git-push"]
    assert (push["overridden"], push["overridden_by"]) == (True, "aileron.yaml:2")


def test_what_a_repository_wrote_is_shown_and_not_obeyed(place: Path) -> None:
    write(place / "aileron.yaml", 'allow: ["x\\u202e\\u009b2J y"]\n')
    found = run("policy", "show").stdout
    assert "\u202e" not in found and "\\u202e" in found


def test_check_says_what_is_odd(tmp_path: Path, place: Path) -> None:
    """Each warning with file and line; the status tells that there are some."""
    path = place / "aileron.yaml"
    write(path, "deny: [make x]\nprofiles: {}\nallow:\n- make x\n- {command: a, match: a}\n")
    result = run("policy", "check", str(path))
    assert [*result.stderr.splitlines(), *result.stdout.splitlines()] == [
        f"aileron: {path}:2: profiles are deprecated and ignored",
        f"aileron: {path}:4: this never counts: 'make x' (aileron.yaml:1) is in deny and covers it",
        f"{path}: 3 rules, no errors, 2 warnings",
    ]
    assert result.return_value == 1
    assert run("policy", "test", "ls").return_value == 0
    write(path, "deny:\n- {command: a, match: b}\n")
    found = error(run("policy", "check", str(path)))
    assert found.message.startswith(f"{path}:2:23: this rule does not match its example 'b'")


def test_check_takes_the_person_s_file_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    path = tmp_path / "state" / "settings.yaml"
    write(path, "allow: [{command: ./x, match: ./x}]\nreaders: [tree-sitter]\n")
    assert run("policy", "check", str(path)).return_value == 0


def test_schema_prints_what_an_editor_reads() -> None:
    found = json.loads(run("policy", "schema").stdout)
    assert found["$schema"] == "http://json-schema.org/draft-07/schema#"


def test_check_says_what_is_wrong(tmp_path: Path) -> None:
    good, bad, odd = tmp_path / "a.yaml", tmp_path / "b.yaml", tmp_path / "c.yaml"
    write(good, "deny: [x]\n")
    write(bad, "deny: {x}\n")
    write(odd, "override: [no-such-rule]\n")
    assert run("policy", "check", str(good)).return_value == 0
    assert error(run("policy", "check", str(bad))).message == f"{bad}:1:7: deny must be a list"
    result = run("policy", "check", str(odd))
    assert result.return_value == 1 and "no-such-rule" in result.output


def test_init_writes_a_file_that_changes_nothing_and_never_overwrites(place: Path) -> None:
    """Not even under an open umask can others write it."""
    (place / "src").mkdir()
    os.chdir(place / "src")
    before = os.umask(0)
    try:
        assert run("init").return_value == 0
    finally:
        os.umask(before)
    path = place / "aileron.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert run("policy", "check", str(path)).output.endswith("0 rules, no errors\n")
    path.write_text("deny: [x]\n")
    assert "there already" in error(run("init")).message
    assert path.read_text() == "deny: [x]\n"


def test_trust_shows_what_it_would_accept(place: Path) -> None:
    write(
        place / "aileron.yaml",
        "deny: [a]\nallow: [git push]\noverride: [inline/node]\ndefault: allow\n"
        "env: {passthrough: [LD_X]}\n",
    )
    assert run("policy", "test", "git", "push").return_value == 1
    result = run("trust", "--yes")
    for text in ("allow git push", "inline/node", "everything that no rule", "LD_X", "sha256"):
        assert text in result.output
    assert run("policy", "test", "git", "push").return_value == 0
    assert "trusted already" in run("trust").output
    write(place / "aileron.yaml", "allow: [git push, x]\n")
    assert run("policy", "test", "git", "push").return_value == 1


def test_trust_does_not_guess_without_a_terminal(place: Path) -> None:
    write(place / "aileron.yaml", "allow: [x]\n")
    assert isinstance(error(run("trust")), UsageError)
    (place / "aileron.yaml").unlink()
    assert isinstance(error(run("trust", "--yes")), PolicyError)


@pytest.mark.parametrize("command", ["init", "trust"])
def test_nothing_is_changed_from_inside_a_session(
    command: str, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent neither writes nor trusts a policy."""
    write(place / "aileron.yaml", "allow: [x]\n")
    monkeypatch.setattr("aileron.session.inside.session", lambda: "s1")
    assert isinstance(error(run(command)), Denied)


@pytest.mark.parametrize(
    "words", [("policy",), ("policy", "test"), ("policy", "parse"), ("init",), ("trust",)]
)
def test_help_shows_an_example(words: tuple[str, ...]) -> None:
    assert "Example: aileron" in run(words[0], *words[1:], "--help").output
