"""`policy replay`: what another policy would have changed, told from real logs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aileron.audit import chain, log
from aileron.audit.past import Record
from aileron.cli.policy import policy
from aileron.errors import AileronError, Denied, PolicyError, UsageError
from aileron.session import home

from . import sessions
from .sessions import made

COMMANDS = [
    ("foo list --limit 5", "once"),
    ("foo list --limit 5", "once"),
    ("git push origin main", "no"),
    ("foo delete 3", ""),
    ("ls -la", ""),
    ("rm -rf /", ""),
    ("cat <<E\nx\nE\nfoo 'a  b'", "once"),
]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return sessions.place(tmp_path, monkeypatch)


def replay(policy_text: str, *words: str) -> Result:
    new = Path.cwd().parent / "new.yaml"
    new.write_text(policy_text)
    new.chmod(0o644)
    return CliRunner().invoke(policy, ["replay", *words, str(new)], standalone_mode=False)


def found(policy_text: str, *words: str) -> dict[str, object]:
    result = replay(policy_text, "--json", *words)
    assert result.exception is None, result.exception
    answer: dict[str, object] = json.loads(result.stdout)
    return answer


def changes(answer: dict[str, object]) -> list[tuple[str, str, str, int]]:
    listed = answer["changes"]
    assert isinstance(listed, list)
    return [
        (one["command"], one["old"]["verdict"], one["new"]["verdict"], one["count"])
        for one in listed
    ]


def test_what_changes_is_listed_with_how_often_and_why(place: Path) -> None:
    made(place, COMMANDS)
    result = replay("allow: [foo list *, git push *]\ndeny: [ls]\n")
    assert result.return_value == 1
    assert "ask   → allow    2x  foo list --limit 5" in result.output
    assert "allow → deny     1x  ls -la" in result.output
    assert "a person said no to this once" in result.output
    assert "(deny-ls, new.yaml:2)" in result.output
    assert (
        "7 decisions in 1 session, 4 would change, 3 fewer asks, 3 newly allowed" in result.output
    )
    answer = found("allow: [foo list *]\n")
    assert changes(answer) == [("foo list --limit 5", "ask", "allow", 2)]
    assert (answer["decisions"], answer["different"], answer["fewer_asks"]) == (7, 6, 2)


def test_a_policy_that_changes_nothing_says_so(place: Path) -> None:
    made(place, COMMANDS)
    result = replay("allow: [no-such-program]\n")
    assert result.return_value == 0 and "0 would change" in result.output


def test_the_present_policy_is_the_one_to_compare_with(place: Path) -> None:
    """Also where it is another than the one by which it was decided."""
    made(place, COMMANDS)
    (place / "aileron.yaml").write_text("deny: [foo list]\n")
    (place / "aileron.yaml").chmod(0o644)
    answer = found("allow: [foo list *]\n")
    assert changes(answer) == [("foo list --limit 5", "deny", "allow", 2)]
    assert answer["decided_otherwise"] == 2
    result = replay("allow: [foo list *]\n")
    assert "when it ran: ask (default)" in result.output


def test_the_session_that_is_meant(place: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    first = made(place, [("foo a", "once")])
    second = made(other, [("foo b", "once")])
    assert changes(found("allow: [foo *]\n")) == [("foo a", "ask", "allow", 1)]
    assert found("allow: [foo *]\n")["elsewhere"] == 1
    named = found("allow: [foo *]\n", "--session", second.stem)
    assert changes(named) == [("foo b", "ask", "allow", 1)]
    assert changes(found("allow: [foo *]\n", "--session", first.stem))[0][0] == "foo a"
    assert found("allow: [foo *]\n", "--since", "2099-01-01")["decisions"] == 0


def test_what_was_started_inside_is_judged_as_that(place: Path) -> None:
    """A built-in ask that does not reach outside does not count there, before or after."""
    audit = log.AuditLog(home.audit(), "s1")
    audit.write("session_start", {"project": str(place)})
    entry = {"cwd": str(place), "verdict": "allow", "rule": "descendant", "reason": "r"}
    for origin, command in (
        ("descendant", "foo"),
        ("exec", "git push"),
        ("startup", "setup"),
        ("program", "x"),
    ):
        audit.write("decided", {"command": command, "origin": origin, **entry})
    audit.close()
    assert changes(found("deny: [foo, git push, setup, x]\n")) == [
        ("foo", "allow", "deny", 1),
        ("git push", "ask", "deny", 1),
    ]
    assert changes(found("allow: [git push]\n")) == []


def test_what_the_log_does_not_hold_is_said(place: Path) -> None:
    audit = log.AuditLog(home.audit(), "s1")
    audit.write("session_start", {"project": str(place)})
    entry = {"cwd": str(place), "verdict": "ask", "rule": "unread", "origin": "agent"}
    reason = "the text comes from a pipe and could not be read before it runs"
    audit.write("decided", {"command": "bash -s", "reason": reason, **entry})
    audit.close()
    answer = found("deny: [bash]\n")
    assert (answer["unknown"], answer["changes"]) == (1, [])
    assert "1 cannot be decided again" in replay("deny: [bash]\n").output


def test_a_damaged_log_is_read_as_far_as_it_goes_and_left_as_it_is(place: Path) -> None:
    path = made(place, COMMANDS)
    lines = path.read_bytes().splitlines(keepends=True)
    odd = [b"{not json\n", b"[" * 100_000 + b"\n", b"\xff\xfe\n", b"[1]\n", b'"x"\n', b"\n"]
    odd += [b'{"event":"decided"}\n', b'{"event":"decided","command":1,"origin":["x"]}\n']
    odd += [b'{"event":"decided","origin":"agent","approval":"x","cwd":{}}\n']
    path.write_bytes(b"".join([*lines[:2], *odd, *lines[2:], b'{"torn']))
    before = path.read_bytes()
    answer = found("allow: [foo list *]\n")
    assert changes(answer) == [("foo list --limit 5", "ask", "allow", 2)]
    assert answer["damaged"] == 5
    assert path.read_bytes() == before
    assert chain.broken(log.lines(path)) == 3


def test_what_an_agent_ran_does_nothing_to_the_terminal(place: Path) -> None:
    made(place, [("foo '\x1b]0;owned\x07' \u202e", "once"), ("foo \r\n\tbar", "once")])
    output = replay("deny: [foo]\n").output
    assert output and all(line.isprintable() for line in output.splitlines())


def test_a_large_log_is_decided_once_a_command(place: Path) -> None:
    audit = log.AuditLog(home.audit(), "20990101T000000-aa", sync=False)
    audit.write("session_start", {"project": str(place)})
    entry = {"cwd": str(place), "verdict": "ask", "rule": "default", "origin": "agent"}
    for number in range(20_000):
        audit.write("decided", {"command": f"foo {number % 50}", **entry}, durable=False)
    audit.close()
    answer = found("allow: [foo *]\n")
    assert (answer["decisions"], answer["different"], answer["changed"]) == (20_000, 50, 20_000)


def test_mistakes_are_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def error(result: Result) -> AileronError:
        assert isinstance(result.exception, AileronError)
        return result.exception

    assert isinstance(error(replay("allow: [x]\n")), UsageError)  # nothing on record
    made(place, COMMANDS)
    wrong = error(replay("deny: {x: 1}\n"))
    assert isinstance(wrong, PolicyError) and "new.yaml:1:7: deny must be a list" in wrong.message
    assert isinstance(error(replay("allow: [x]\n", "--since", "yesterday")), UsageError)
    assert isinstance(error(replay("allow: [x]\n", "--since", "9999999999999d")), UsageError)
    assert isinstance(error(replay("allow: [x]\n", "--session", "nope")), UsageError)
    missing = CliRunner().invoke(policy, ["replay", "/no/such.yaml"], standalone_mode=False)
    assert isinstance(error(missing), PolicyError)
    monkeypatch.setattr("aileron.session.inside.session", lambda: "s1")
    assert isinstance(error(replay("allow: [x]\n")), Denied)


def test_a_command_in_another_folder_is_another_command(place: Path) -> None:
    (place / "sub").mkdir()
    made(place, [("echo x > ../a", "")], cwd=str(place / "sub"))
    made(place, [("echo x > ../a", "no")])
    record = Record()
    for name in log.sessions(home.audit()):
        record.add(log.lines(home.audit() / f"{name}.jsonl"))
    assert sorted(one.verdict for one in record.past.values()) == ["allow", "ask"]
