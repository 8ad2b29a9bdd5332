"""An answer for always: shown, confirmed, written, in force; and never by the agent."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.conftest import Aileron, program, until
from tests.session.test_terminal import Screen, armed, terminal

pytestmark = [pytest.mark.linux, pytest.mark.usefixtures("contained")]

OWN = """\
# mine
allow:
  - make *   # builds

# never
deny: [git push origin main]
"""
TWICE = "for i in 1 2; do bash -c 'git push origin dev'; echo code:$?; done; echo done"


def settings(aileron: Aileron, text: str | None = None) -> Path:
    home = aileron.home / ".aileron"
    home.mkdir(mode=0o700, exist_ok=True)
    path = home / "settings.yaml"
    if text is not None:
        path.write_text(text)
        path.chmod(0o600)
    return path


def agent(aileron: Aileron, text: str) -> tuple[str, str]:
    return "--", str(aileron.write("agent.sh", f"#!/bin/sh\n{text}\n", 0o755))


def shows_rule(screen: Screen) -> str:
    """Press `a` until the rule is on the screen and takes keys."""
    screen.sees("APPROVAL")
    screen.sees("o once")
    press(screen, "a", "for always")
    return screen.sees(r"without an answer|no such answer")


def has(screen: str, text: str) -> bool:
    """Whether a text is on the screen, wherever its lines were broken."""
    return _solid(text) in _solid(screen)


def _solid(text: str) -> str:
    return re.sub(r"[\s│┊]+", "", text)


def press(screen: Screen, key: str, sees: str) -> str:
    """Press a key, more than once if it came too early, until the screen shows something."""
    deadline = time.monotonic() + 15
    while True:
        screen.press(key)
        try:
            return screen.sees(sees, seconds=0.9)
        except AssertionError:
            assert time.monotonic() < deadline, screen.text


def test_always_writes_the_rule_that_was_shown_and_asks_no_more(aileron: Aileron) -> None:
    path = settings(aileron, OWN)
    with terminal(aileron, *agent(aileron, TWICE)) as screen:
        text = shows_rule(screen)
        assert has(text, f"for always, into {path}, from line 4 on:")
        assert "│   - command: git push origin dev" in text
        assert has(text, f"working_dir: {aileron.project}")
        assert has(text, f"allows exactly these words, in any folder of {aileron.project}")
        assert path.read_text() == OWN, "nothing is written by the first key"
        press(screen, "a", "done")
        screen.ends()
    assert "code:126" not in screen.raw
    lines = OWN.splitlines(keepends=True)
    rule = f"  - command: git push origin dev\n    working_dir: {aileron.project}\n"
    assert path.read_text() == "".join([*lines[:3], rule, *lines[3:]])
    assert path.stat().st_mode & 0o777 == 0o600
    summary = aileron("log", "--session", "last").stdout
    assert "2 commands: 2 ran, 1 asked about, 0 denied" in summary
    assert "approved (terminal, always)" in summary
    assert "rules written:\n  - command: git push origin dev\n" in summary
    assert f"{path}:4" in aileron("log").stdout
    assert aileron("policy", "test", "git push origin dev").returncode == 0
    assert aileron("policy", "test", "git push origin dev2").returncode == 1
    assert aileron("policy", "test", "--cwd", "/srv", "git push origin dev").returncode == 1


def test_in_forty_columns_all_of_it_can_be_read(aileron: Aileron) -> None:
    path = settings(aileron)
    with terminal(aileron, *agent(aileron, TWICE), columns=40) as screen:
        assert "a always" in screen.sees("o once")
        text = shows_rule(screen)
        assert "│   - command: git push origin dev\n" in text
        assert has(text, f"into {path}, from line 1 on:")
        assert "a writes it   f elsewhere   d deny\nEsc goes back\n" in text
        press(screen, "a", "done")
        screen.ends()
    assert "- command: git push origin dev\n" in path.read_text()


def test_two_questions_are_two_rules_in_one_file(aileron: Aileron) -> None:
    """The second was shown before the first was written, and is shown anew."""
    path = settings(aileron, OWN)
    text = "bash -c 'git push origin a' & bash -c 'git push origin b' & wait; echo done"
    with terminal(aileron, *agent(aileron, text)) as screen:
        screen.sees("1 more waiting")
        shows_rule(screen)
        press(screen, "a", "for always|o once")
        shows_rule(screen)
        press(screen, "a", "done")
        screen.ends()
    assert "has changed since" not in screen.raw
    written = path.read_text()
    assert "git push origin a\n" in written
    assert "git push origin b\n" in written
    assert written.count("\n") == OWN.count("\n") + 4


def test_escape_goes_back_and_deny_denies(aileron: Aileron) -> None:
    path = settings(aileron)
    with terminal(
        aileron, *agent(aileron, "bash -c 'git push origin dev'; echo code:$?")
    ) as screen:
        shows_rule(screen)
        press(screen, "\x1b", "o once")
        shows_rule(screen)
        press(screen, "d", "code:126")
        screen.ends()
    assert not path.exists()


def test_a_held_key_is_no_second_one(aileron: Aileron) -> None:
    """It repeats for as long as it is down; the rule is shown and stays unwritten."""
    path = settings(aileron)
    with terminal(
        aileron, *agent(aileron, "bash -c 'git push origin dev'; echo code:$?")
    ) as screen:
        armed(screen)
        press(screen, "a", "for always")
        ends = time.monotonic() + 3
        while time.monotonic() < ends:
            screen.press("a")
            time.sleep(0.03)  # as keyboards repeat
        screen.sees("for always")
        assert not path.exists()


def test_one_rule_for_the_part_that_asks_and_another_question_for_the_rest(
    aileron: Aileron,
) -> None:
    path = settings(aileron)
    text = "bash -c 'git push origin dev; npm publish'; echo code:$?"
    with terminal(aileron, *agent(aileron, text)) as screen:
        assert "npm" not in shows_rule(screen)
        press(screen, "a", "asks npm publish")
        screen.sees("o once")
        press(screen, "d", "code:126")
        screen.ends()
    assert "git push origin dev" in path.read_text()
    assert "npm" not in path.read_text()
    assert "the person said no to this" in screen.raw


def test_other_places_are_a_key_away(aileron: Aileron) -> None:
    """A trusted aileron.yaml comes first; `f` goes round them all."""
    own = aileron.write("aileron.yaml", "# the team's\nallow: [make *]  # builds\n")
    assert aileron("trust", "--yes").returncode == 0
    with terminal(aileron, *agent(aileron, TWICE)) as screen:
        text = shows_rule(screen)
        assert has(text, f"into {own}, from line 2")
        assert has(text, "allow: [make *, git push origin dev]  # builds")
        assert has(text, "for everybody who trusts this file")
        assert has(press(screen, "f", "working_dir"), f"in any folder of {aileron.project}")
        assert has(press(screen, "f", "any project"), "in any folder of any project")
        press(screen, "f", "everybody")
        press(screen, "a", "done")
        screen.ends()
    assert "code:126" not in screen.raw
    assert own.read_text() == "# the team's\nallow: [make *, git push origin dev]  # builds\n"
    assert not settings(aileron).exists()
    trusted = json.loads((aileron.home / ".aileron" / "trust.json").read_text())
    assert trusted[str(own)] == hashlib.sha256(own.read_bytes()).hexdigest()
    assert aileron("policy", "test", "git push origin dev").returncode == 0


def test_a_project_that_is_not_trusted_is_not_written_to(aileron: Aileron) -> None:
    text = "# theirs\nallow: []\n"
    own = aileron.write("aileron.yaml", text)
    with waiting(aileron, "git push origin dev") as session:
        rules = offered(session)
        assert [rule["where"] for rule in rules["rules"]] == ["here", "everywhere"]
        done = session("approval", "approve", "1", "--always", "--where", "project", "--yes")
        assert done.returncode == 1
        assert "--where here or --where everywhere" in done.stderr
        assert session("approval", "approve", "1", "--always", "--yes").returncode == 0
    assert own.read_text() == text
    assert not (aileron.home / ".aileron" / "trust.json").exists()
    assert "git push origin dev" in settings(aileron).read_text()


@contextmanager
def waiting(aileron: Aileron, *commands: str) -> Iterator[Aileron]:
    """A session whose agent runs these at the same time; all that ask do."""
    lines = [f"bash -c '{command}' &" for command in commands]
    out = aileron.home / "out"
    words = ("launch", "--on-ask", "wait", *agent(aileron, "\n".join([*lines, "wait"])))
    process = aileron.start(*words, out=out)
    try:
        until(lambda: len(open_questions(aileron)) == len(commands))
        yield aileron
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()


def open_questions(aileron: Aileron) -> list[dict[str, object]]:
    shown = aileron("approval", "list", "--json").stdout
    return [json.loads(line) for line in shown.splitlines()]


def offered(aileron: Aileron, number: str = "1") -> dict[str, Any]:
    """What the session says it would write."""
    [file] = (aileron.home / ".aileron" / "sessions").glob("*.json")
    path = json.loads(file.read_text())["control"]
    code = (
        "import json, sys; from pathlib import Path; from aileron.session import control;"
        "print(json.dumps(control.ask(Path(sys.argv[1]), {'op': 'rules', 'id': sys.argv[2]})))"
    )
    done = aileron.run([sys.executable, "-c", code, path, number])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_always_from_another_terminal(aileron: Aileron) -> None:
    """It shows the lines and asks; without a terminal it wants --yes."""
    path = settings(aileron, OWN)
    with waiting(aileron, "git push origin dev") as session:
        done = session("approval", "approve", "1", "--always")
        assert done.returncode == 2
        assert "- command: git push origin dev" in done.stdout
        assert "--yes" in done.stderr
        for answer, expected in (
            ("n", "the question is still open"),
            ("y", "written, and approved"),
        ):
            child = pexpect.spawn(
                sys.executable,
                session.argv("approval", "approve", "1", "--always", "--where", "everywhere")[1:],
                cwd=str(session.project),
                env=session.environment,
                encoding="utf-8",
                timeout=20,
            )
            child.expect(r"into .*settings.yaml, from line 4 on:")
            child.expect(r"    {2}- git push origin dev\r\n")
            child.expect("allows exactly these words, in any folder of any project")
            child.expect(r"Write it, and approve\? \[y/N\]: ")
            assert path.read_text() == OWN
            child.sendline(answer)
            child.expect(expected)
            child.close()
    assert path.read_text() == OWN.replace("# builds\n", "# builds\n  - git push origin dev\n")
    assert "approved (cli, always)" in aileron("log", "--session", "last").stdout


def test_what_waits_and_is_allowed_by_now_is_not_asked_about(aileron: Aileron) -> None:
    """Two texts are two questions; the rule answers both."""
    with waiting(aileron, "git push origin dev", "git push  origin dev") as session:
        assert session("approval", "approve", "1", "--always", "--yes").returncode == 0
    summary = aileron("log", "--session", "last").stdout
    assert "2 commands: 2 ran, 2 asked about" in summary
    assert "approved (rule, always)" in summary


WHY_NOT = {
    'perl -e "unlink 1"': "asked about each time",
    "cat .env": "asked about each time",
    "bash deploy.sh": "no rule notices when it changes",
    "git push $REMOTE": "no rule of these words",
    "terraform apply": "your own rule asks (settings.yaml:1)",
    "echo a; f() {": "not read to its end",
    "make all": "no rule notices when it changes",
    "python3 p.py": "a command that runs started this",
}


def test_where_no_rule_can_answer_there_is_none_and_it_says_why(aileron: Aileron) -> None:
    settings(aileron, "ask: [terraform *]\n")
    aileron.write("deploy.sh", "#!/bin/sh\ngit push origin dev\n", 0o755)
    aileron.write("Makefile", "all:\n\tgit push origin dev\n")
    aileron.write("p.py", "import os; os.system('git push origin dev')\n")
    files = [aileron.write(f"c{n}.sh", f"{text}\n") for n, text in enumerate(WHY_NOT)]
    del files
    lines = "\n".join(f'bash -c "$(cat c{n}.sh)" &' for n in range(len(WHY_NOT)))
    words = ("launch", "--on-ask", "wait", *agent(aileron, f"{lines}\nwait"))
    process = aileron.start(*words)
    try:
        until(lambda: len(open_questions(aileron)) == len(WHY_NOT))
        wrong = []
        for row in open_questions(aileron):
            command = next(c for c in WHY_NOT if c == row["command"] or "p.py" in c)
            found = offered(aileron, str(row["id"]))
            if found["rules"] or WHY_NOT[command] not in found["why_not"]:
                wrong.append((row["command"], found))
            done = aileron("approval", "approve", str(row["id"]), "--always", "--yes")
            assert (done.returncode, done.stdout) == (1, "")
            assert "not for always: " in done.stderr
        assert not wrong
    finally:
        process.kill()
        process.wait()
    assert settings(aileron).read_text() == "ask: [terraform *]\n"


def test_the_panel_says_why_there_is_no_always(aileron: Aileron) -> None:
    aileron.write("deploy.sh", "#!/bin/sh\ngit push origin dev\n", 0o755)
    with terminal(aileron, *agent(aileron, "bash -c 'bash deploy.sh'")) as screen:
        armed(screen)
        assert "a always" not in screen.text
        press(screen, "a", "not for always: a script of the project")


def test_a_rule_that_was_there_before_lets_it_run_too(aileron: Aileron) -> None:
    """The program that the command is has no question of its own; what somebody asks has."""
    settings(aileron, "allow: [git push origin dev]\nask: [git push origin b]\n")
    text = "bash -c 'git push origin dev'; bash -c 'git push origin b'"
    done = aileron("launch", *agent(aileron, text))
    assert "git push origin b is in ask" in done.stderr
    assert "sends commits" not in done.stderr
    assert (
        "2 commands: 1 ran, 1 asked about, 1 denied" in aileron("log", "--session", "last").stdout
    )


def test_a_file_that_changed_meanwhile_is_kept_and_shown_again(aileron: Aileron) -> None:
    path = settings(aileron, OWN)
    with terminal(aileron, *agent(aileron, TWICE)) as screen:
        shows_rule(screen)
        path.write_text("# new\n" + OWN)
        text = press(screen, "a", "failed")
        assert has(text, "the policy has changed since the rule was shown")
        assert path.read_text() == "# new\n" + OWN
        shows_rule(screen)
        press(screen, "a", "done")
        screen.ends()
    assert path.read_text().startswith("# new\n# mine\nallow:\n  - make *   # builds\n  - command")
    assert "code:126" not in screen.raw


def test_a_file_that_may_not_be_replaced_is_left_alone(aileron: Aileron) -> None:
    """A symbolic link, for one: dotfiles are kept that way."""
    real = aileron.home / "dotfiles.yaml"
    real.write_text(OWN)
    settings(aileron).symlink_to(real)
    with waiting(aileron, "git push origin dev") as session:
        found = offered(session)
        assert not found["rules"]
        assert "is a symbolic link" in found["why_not"]
        session("approval", "deny", "1")
    assert real.read_text() == OWN
    assert settings(aileron).is_symlink()


AGENT = """
import glob, json, os, socket, subprocess, sys, time
asked = subprocess.Popen(["bash", "-c", "git push origin dev"])
home = os.environ["AILERON_HOME"]
def say(question):
    for file in glob.glob(home + "/sessions/*.json"):
        entry = json.load(open(file))
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(entry["control"])
            connection.sendall(json.dumps(question).encode() + b"\\n")
            return json.loads(connection.makefile().readline())
while not (say({"op": "approvals"}) or {}).get("approvals"):
    time.sleep(0.05)
print(say({"op": "rules", "id": "1"}))
for digest in ("", "0" * 64):
    print(say({"op": "answer", "id": "1", "approved": True, "scope": "always", "digest": digest}))
cli = [*sys.argv[1:], "approval", "approve", "1", "--always", "--yes"]
print(subprocess.run(cli, capture_output=True, text=True).stderr)
asked.kill()
"""


def test_the_agent_can_neither_see_nor_give_an_answer_for_always(aileron: Aileron) -> None:
    """Not over the socket, which in the shim tier it can reach, and not by the command."""
    aileron.write("agent.py", AGENT)
    words = ("--tier", "shim", "--on-ask", "wait", "--", program("python3"), "agent.py")
    aileron.extra["PYTHONPATH"] = ""
    done = aileron("launch", *words, *aileron.argv())
    said = done.stdout
    assert said.count("a process of an agent's cannot answer questions") == 3, done
    assert "is not possible inside a session" in said
    assert not settings(aileron).exists()


def test_a_shell_without_a_session_offers_it_too(aileron: Aileron) -> None:
    beside = Path(sys.prefix) / "bin" / "aileron-sh"
    if not beside.exists():
        pytest.skip(f"aileron is not installed into {sys.prefix}")
    path = settings(aileron)
    child = pexpect.spawn(
        str(beside),
        ["-c", "git push origin dev >/dev/null 2>&1; exit 7"],
        cwd=str(aileron.project),
        env=aileron.environment,
        encoding="utf-8",
        timeout=20,
    )
    child.expect("o run it once, a always, d deny: ")
    for expected in ("a write it, o run it once, d deny: ", pexpect.EOF):
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            child.send("a")
            if child.expect([expected, pexpect.TIMEOUT], timeout=0.5) == 0:
                break
    child.close()
    assert child.exitstatus == 7
    assert "git push origin dev" in path.read_text()


def test_the_log_without_a_place_for_the_entry_keeps_the_file_as_it_was(aileron: Aileron) -> None:
    """What cannot be recorded is not written either."""
    path = settings(aileron, OWN)
    with waiting(aileron, "git push origin dev") as session:
        [log] = (session.home / ".aileron" / "audit").glob("*.jsonl")
        subprocess.run(["chattr", "+i", str(log)], check=False, capture_output=True)
        done = session("approval", "approve", "1", "--always", "--yes")
        subprocess.run(["chattr", "-i", str(log)], check=False, capture_output=True)
        if done.returncode == 0:
            pytest.skip("this file system has no immutable files")
        assert "audit log cannot be written" in done.stderr
        assert path.read_text() == OWN
        session("approval", "deny", "1")
