"""`policy suggest`: rules from what was approved, and never one too many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aileron.audit import log
from aileron.cli.policy import policy
from aileron.errors import Denied
from aileron.model import Layer
from aileron.policy.schema import parse
from aileron.session import home

from . import sessions
from .sessions import made


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return sessions.place(tmp_path, monkeypatch)


def suggest(*words: str) -> str:
    result = CliRunner().invoke(policy, ["suggest", *words], standalone_mode=False)
    assert result.exception is None, result.exception
    assert result.return_value == 0
    return result.stdout


def found(*words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(suggest("--json", *words))
    return answer


def rules(*words: str) -> list[tuple[str, int]]:
    """Each suggested command with the asks that it would have answered."""
    out = []
    for one in found(*words)["suggestions"]:
        lines = one["yaml"].splitlines()
        path = next((f" {line.strip()}" for line in lines if line.startswith("  path:")), "")
        out.append((lines[0].removeprefix("- command: ") + path, one["asks"]))
    return out


def tool(project: Path) -> None:
    """A program of the project that nobody can look through."""
    (project / "tool").write_bytes(b"\x7fELF\0")
    (project / "tool").chmod(0o755)


def yes(*commands: str) -> list[tuple[str, str]]:
    return [(one, "once") for one in commands]


def test_what_was_approved_becomes_the_narrowest_rule(place: Path) -> None:
    made(place, yes("foo show a", "foo show b", "foo show a", "bar x --y 1", "ls"))
    assert rules() == [("foo show a|b", 3), ("bar x --y 1", 1)]


def test_numbers_and_many_different_words_are_put_together(place: Path) -> None:
    made(place, yes(*(f"foo show {n}" for n in range(7))))
    made(place, yes("bar list", "bar list --all", "bar list x y"))
    assert rules() == [("foo show [0-9]*", 7), ("bar list *", 3)]


def test_nothing_that_was_said_no_to_would_be_allowed(place: Path) -> None:
    """Not by a wider rule, not by the exact one, not by several together, in any session."""
    made(place, [("foo show secret-thing", "no"), ("bar a", "no"), ("baz one && baz two", "no")])
    made(place, yes("foo show", "foo show a b", "foo show --x", "bar a", "baz one", "baz two"))
    for number in range(12):
        made(place, [("ls", "")], name=f"20990102T0000{number:02}-aaaaaa")
    names = dict(rules())
    assert "foo show *" not in names and "bar a" not in names
    assert {"foo show", "foo show a b", "foo show --x"} <= names.keys()
    assert len({"baz one", "baz two"} & names.keys()) == 1


def test_what_reaches_outside_is_suggested_in_its_exact_words_after_a_second_yes(
    place: Path,
) -> None:
    made(place, yes("git push origin a", "git push origin b", "git push origin c"))
    assert rules() == []
    made(place, yes("git push origin a", "gh pr create --fill"))
    assert rules() == [("git push origin a", 2)]


def test_an_open_end_does_not_reach_what_a_built_in_rule_asks_about(place: Path) -> None:
    """`podman foo *` would allow `--push`, `npm foo *` `--script-shell`."""
    made(place, yes("podman foo a", "podman foo b c", "podman foo d e f", "podman foo --x"))
    made(place, yes("npm foo a", "npm foo b c", "npm foo d e f"))
    assert not any(name.endswith("*") for name, _ in rules())


@pytest.mark.parametrize(
    "command",
    [
        'python3 -c "$x"',
        "node -e 'x()'",
        "cat .env",
        "cat ~/.ssh/id_rsa",
        "echo x >> ~/.bashrc",
        "foo <<E\nx\nE",
        "foo $x",
        "foo 'unfinished",
        "LD_PRELOAD=x foo",
        "foo --password=hunter2",
        "gh auth token",
        "foo 'a|b'",
    ],
)
def test_some_things_are_never_suggested(command: str, place: Path) -> None:
    made(place, yes(*[command] * 3))
    answer = found()
    assert (answer["suggestions"], answer["unruled"]) == ([], 3)


def test_a_file_outside_is_named(place: Path) -> None:
    made(place, yes("tee ~/notes.txt"))
    assert rules() == [("tee ~/notes.txt path: ~/notes.txt", 1)]


def test_an_answer_that_was_given_before_is_no_ask(place: Path) -> None:
    made(place, [("foo a", "session"), ("foo a", "once"), ("foo a", "")])
    assert rules() == [("foo a", 1)]


def test_no_is_not_yes_and_silence_is_neither(place: Path) -> None:
    made(place, [("foo a", "no"), ("foo b", "")])
    assert found()["suggestions"] == [] and found()["asks"] == 0
    assert "nothing that was asked about and approved is on record" in suggest()


def test_what_is_printed_can_be_put_into_the_file_and_answers(place: Path) -> None:
    tool(place)
    made(place, yes("foo show a", "foo 'b c' && bar d", "tee ~/x", "./tool x"))
    text = suggest()
    assert f"add these lines to {place}/aileron.yaml" in text
    plain = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert len(parse(plain, file="aileron.yaml", layer=Layer.PROJECT).rules) == 5
    (place / "aileron.yaml").write_text(text)
    (place / "aileron.yaml").chmod(0o644)
    trusted = CliRunner().invoke(policy, ["check", "aileron.yaml"], standalone_mode=False)
    assert trusted.return_value == 0, trusted.output
    from aileron.session import policy_files

    digest = policy_files.read_file(place / "aileron.yaml", Layer.PROJECT).digest
    policy_files.trust(home.ensure(), place / "aileron.yaml", digest)
    answer = found()
    assert (answer["settled"], answer["suggestions"]) == (4, [])


def test_two_projects_share_a_rule_in_the_persons_own_file(place: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    tool(place)
    tool(other)
    made(place, yes("foo a", "./tool x"))
    made(other, yes("foo a", "./tool x"))
    files = sorted((one["file"], one["yaml"].splitlines()[0]) for one in found()["suggestions"])
    assert files == sorted(
        [
            (str(tmp_path / "state" / "settings.yaml"), "- command: foo a"),
            (str(place / "aileron.yaml"), "- command: ./tool x"),
            (str(other / "aileron.yaml"), "- command: ./tool x"),
        ]
    )


def test_examples_say_what_the_rule_is_about_and_what_not(place: Path) -> None:
    made(place, [*yes("foo show a", "foo show b c", "foo show --d"), ("foo delete x", "no")])
    (one,) = found()["suggestions"]
    assert one["match"] == ["foo show a", "foo show b c", "foo show --d"]
    assert one["not_match"][0] == "foo delete x"


def test_questions_from_inside_are_counted_not_answered(place: Path) -> None:
    audit = log.AuditLog(home.audit(), "s1")
    audit.write("session_start", {"project": str(place)})
    audit.write(
        "decided",
        {
            "command": "git push",
            "origin": "exec",
            "cwd": str(place),
            "verdict": "ask",
            "rule": "git-push",
            "approval": {"approved": True, "channel": "terminal", "scope": "once"},
        },
    )
    audit.close()
    answer = found()
    assert (answer["inside"], answer["suggestions"]) == (1, [])


def test_a_project_whose_file_is_broken_does_not_stop_the_others(
    place: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    made(place, yes("foo a"))
    made(other, yes("foo b"))
    (other / "aileron.yaml").write_text("{{{")
    assert {name for name, _ in rules()} == {"foo a", "foo b"}


def test_nothing_of_an_agent_reaches_the_terminal_as_it_is(place: Path) -> None:
    made(place, yes("foo '\x1b]0;x\x07'", "foo '\u202e'", "foo 'a\nallow: [\"*\"]'", "foo ok"))
    text = suggest()
    assert all(line.isprintable() for line in text.splitlines())
    assert rules() == [("foo ok", 1)]


def test_logs_are_only_read_and_not_inside_a_session(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(place, yes("foo a"))
    before = sorted((one, one.read_bytes()) for one in home.path().rglob("*") if one.is_file())
    suggest()
    after = sorted((one, one.read_bytes()) for one in home.path().rglob("*") if one.is_file())
    assert before == after and path.exists()
    monkeypatch.setattr("aileron.session.inside.session", lambda: "s1")
    result = CliRunner().invoke(policy, ["suggest"], standalone_mode=False)
    assert isinstance(result.exception, Denied)
