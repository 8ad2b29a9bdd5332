"""`aileron init`: suggestions for what a repository has, none of which does anything by itself."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from aileron.cli.init import init, written
from aileron.model import Layer
from aileron.policy.lint import lint
from aileron.policy.merge import merge
from aileron.policy.schema import Source, parse
from aileron.session import survey

from . import tables

SUGGESTION = re.compile(r"(?m)^( *)# (?=- |override:)")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, and a state folder of its own."""
    found = tmp_path / "project"
    (found / ".git").mkdir(parents=True)
    monkeypatch.chdir(found)
    monkeypatch.setenv("AILERON_HOME", str(tmp_path / "state"))
    return found


def read(text: str) -> Source:
    return parse(text, file="aileron.yaml", layer=Layer.PROJECT)


def warnings(source: Source) -> list[str]:
    merged = merge(tables.builtin(), source, trusted=True)
    return [*merged.notices, *lint(source, tables.builtin())]


def lines(text: str) -> dict[str, list[str]]:
    """The suggestions of each section, without their reasons."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in text.splitlines():
        if re.fullmatch(r"(deny|ask|allow):", line):
            section = line[:-1]
        elif SUGGESTION.match(line):
            found.setdefault(section, []).append(line.partition("# - ")[2].partition("  ")[0])
    return found


def fill(root: Path) -> None:
    """A repository with some of everything."""
    scripts = {"deploy": "x", "ship": "x", "test": "x", "prod:seed": "x", "ship:": "x"}
    (root / "package.json").write_text(json.dumps({"version": "1", "scripts": scripts}))
    (root / "pnpm-lock.yaml").touch()
    (root / "Makefile").write_text("all: x\nship: all\n\tx\nRELEASE := 1\ndeploy-prod:\n\tx\n")
    (root / "justfile").write_text('@release version:\n  x\nprod := "1"\ntest:\n  x\n')
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / "scripts").mkdir()
    for name in ("deploy.sh", "check", "other"):
        (root / "scripts" / name).write_text('#!/bin/sh\ncurl -T x "$1"\n')
        (root / "scripts" / name).chmod(0o755)
    (root / "scripts" / "release.txt").touch()
    (root / "db").mkdir()
    for name in (".env", ".env.prod", ".env.example", "db/dev.sqlite3", "main.tf", "Dockerfile"):
        (root / name).touch()
    (root / ".git" / "config").write_text('[remote "origin"]\n\turl = x\n[remote "up"]\n')
    (root / ".git" / "refs" / "remotes" / "origin").mkdir(parents=True)
    head = root / ".git" / "refs" / "remotes" / "origin" / "HEAD"
    head.write_text("ref: refs/remotes/origin/trunk\n")
    (root / ".git" / "packed-refs").write_text("a refs/heads/x\nb refs/remotes/up/main\n")


def test_what_a_repository_has_is_suggested_where_it_makes_a_difference(root: Path) -> None:
    """Deny what asks already, ask about what runs, allow what asks."""
    fill(root)
    text, count = written(root)
    assert lines(text) == {
        "deny": [
            "git push origin trunk",
            "git push up main",
            "pnpm publish",
            "pnpm run deploy",
            "make deploy-prod",
            "just release",
            "./scripts/deploy.sh",
            "docker push",
            "terraform apply",
            "terraform destroy",
            "gh workflow run",
            "{path: .env}",
            "{path: .env.prod}",
            "{path: db/dev.sqlite3}",
        ],
        "ask": [
            "pnpm run ship",
            "pnpm run prod:seed",
            '"pnpm run ship:"',
            "make ship",
        ],
        "allow": ["./scripts/check *", ""],
    }
    assert count == 20 and "# override: [effect/ci]" in text


def test_nothing_is_in_force_and_any_one_suggestion_may_be(root: Path) -> None:
    """The file, and the file with one of its lines uncommented, or all, load without warnings."""
    fill(root)
    text, count = written(root)
    found = list(SUGGESTION.finditer(text))
    assert len(found) == count
    whole = read(text)
    assert (whole.rules, whole.overrides, warnings(whole)) == ((), (), [])
    for one in found:
        source = read(text[: one.start()] + one[1] + text[one.end() :])
        assert len(source.rules) + len(source.overrides) == 1
        assert warnings(source) == []
    every = read(SUGGESTION.sub(r"\1", text))
    assert len(every.rules) + len(every.overrides) == count


def test_an_empty_repository_gets_a_file_without_suggestions(root: Path) -> None:
    text, count = written(root)
    assert (count, lines(text), read(text).rules) == (0, {}, ())


HOSTILE = [
    "deploy\nallow:\n  - '*'",
    "deploy\r- rm",
    "deploy\u2028- rm",
    "deploy\u0085- rm",
    "deploy\x1b[2J",
    "deploy # x",
    "deploy: [x]",
    "deploy *",
    "deploy|*",
    "*deploy",
    "-deploy",
    "&deploy",
    "deploy'",
    'deploy"',
    "deploy\\",
    "deploy\u202e",
    "deploy;x",
    "$(deploy)",
    "ship" * 40,
    "dep\ud800loy",
    "",
]


def test_names_that_would_be_something_else_are_left_out(root: Path) -> None:
    """Whatever a file, a script or a remote is called, nothing of it leaves its comment."""
    scripts = dict.fromkeys(HOSTILE, "x") | {"deploy": "x"}
    (root / "package.json").write_text(json.dumps({"private": True, "scripts": scripts}))
    (root / "Makefile").write_text("".join(f"{name}:\n\tx\n" for name in HOSTILE[:-2]))
    remotes = "".join(f'[remote "{name}"]\n' for name in HOSTILE[:-2])
    (root / ".git" / "config").write_text(remotes)
    (root / ".git" / "packed-refs").write_text("x refs/heads/main\n")
    (root / "scripts").mkdir()
    for name in HOSTILE[:-3]:
        for path in (root / "scripts" / name, root / f".env.{name}", root / f"{name}.db"):
            try:
                path.touch(0o755)
            except OSError:
                continue
    text, _ = written(root)
    assert text.replace("\n", "").replace("…", "").isascii()
    assert text.replace("\n", "").isprintable()
    source = read(text)
    assert (source.rules, source.overrides, source.default) == ((), (), None)
    for one in SUGGESTION.finditer(text):
        (rule,) = read(text[: one.start()] + one[1] + text[one.end() :]).rules
        assert not any(sign in " ".join(rule.words) for sign in "*|")
    assert "npm run deploy" in text


def test_what_cannot_be_read_is_passed_over(root: Path, tmp_path: Path) -> None:
    """A pipe, a folder, a link to elsewhere, far too much, and what is no JSON."""
    os.mkfifo(root / "package.json")
    (root / "Makefile").mkdir()
    (tmp_path / "justfile").write_text("deploy:\n  x\n")
    (root / "justfile").symlink_to(tmp_path / "justfile")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "deploy").touch(0o755)
    (root / "scripts").symlink_to(tmp_path / "scripts")
    assert survey.survey(root) == []
    (root / "package.json").unlink()
    for text in ("[" * 100_000, '{"scripts": 1}', "[]", "{", '{"scripts": {"deploy"', "\0"):
        (root / "package.json").write_text(text)
        assert survey.survey(root) == []
    big = {"scripts": {"deploy": "x" * survey.MOST_READ}, "private": True}
    (root / "package.json").write_text(json.dumps(big))
    assert survey.survey(root) == []
    (root / ".git" / "config").write_bytes(b'[remote "\xff"]\n[remote "../../x"]\n')
    assert survey.survey(root) == []


def test_there_is_an_end_to_suggestions(root: Path) -> None:
    (root / "Makefile").write_text("".join(f"deploy-{at}:\n" for at in range(5000)))
    for at in range(3000):
        (root / f"x{at}.db").touch()
    _, count = written(root)
    assert count == 2 * survey.MOST_SAID


def test_an_editor_is_pointed_at_a_schema_of_the_repository_only(root: Path) -> None:
    assert "yaml-language-server" not in written(root)[0]
    (root / "aileron.schema.json").touch()
    assert written(root)[0].startswith("# yaml-language-server: $schema=./aileron.schema.json\n")


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_what_is_there_stays(kind: str, root: Path) -> None:
    path = root / "aileron.yaml"
    if kind == "file":
        path.write_text("deny: [x]\n")
    elif kind == "link":
        path.symlink_to("/no/such/file")
    else:
        path.mkdir()
    result = CliRunner().invoke(init, [], standalone_mode=False)
    assert "is there already" in str(result.exception)
    assert not Path("/no/such/file").exists()
