"""What is gathered about the names and paths of a command."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from aileron.model import CommandRequest, Facts, Mode
from aileron.policy.shape import shape
from aileron.session.facts import gather, reading_of
from aileron.shell.read import read
from aileron.shell.wrappers import EMPTY


def facts(text: str, cwd: Path, search: str, **more: str) -> Facts:
    request = CommandRequest(
        argv=("bash", "-c", text), cwd=str(cwd), text=text, environment={"PATH": search}
    )
    return gather(
        [(request, reading_of(request, EMPTY))],
        project=more.get("project", str(cwd)),
        home=more.get("home", "/home/dev"),
        aileron_home="/home/dev/.aileron",
    )


def program(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_a_name_is_what_the_request_s_path_finds_first(tmp_path: Path) -> None:
    """Files that cannot be run, and folders, are passed over; an empty entry is the folder."""
    first, second = tmp_path / "first", tmp_path / "second"
    wanted = program(second, "tool")
    program(first, "tool").chmod(0o644)
    (first / "other").mkdir()
    found = facts("tool; other; ./tool", tmp_path, f"{first}:{second}")
    assert found.programs["tool"] == str(wanted)
    assert found.programs["other"] is None
    here = program(tmp_path, "nearby")
    assert facts("nearby", tmp_path, f"{first}:").programs["nearby"] == str(here)
    assert facts("nearby", tmp_path, "second:.").programs["nearby"] == str(here)


def test_a_path_too_long_to_look_through_leaves_what_was_not_found_unknown(tmp_path: Path) -> None:
    """Else an agent's PATH of thousands of folders would hold up the broker for all the others."""
    program(tmp_path, "tool")
    many = ":".join([*(f"/no/{n}" for n in range(30_000)), str(tmp_path)])
    found = facts("tool", tmp_path, many)
    assert found.programs["tool"] is None and not found.searched
    assert facts("tool", tmp_path, str(tmp_path)).searched
    command = read("tool").commands[0]
    assert not shape(command, str(tmp_path), found).expected
    assert shape(command, str(tmp_path), replace(found, searched=True)).expected


def test_a_path_tells_whether_it_is_there(tmp_path: Path) -> None:
    tool = program(tmp_path, "tool")
    found = facts(f"{tool} x; /no/such/tool", tmp_path, str(tmp_path))
    assert found.programs[str(tool)] == str(tool)
    assert found.programs["/no/such/tool"] is None
    assert found.programs["tool"] == str(tool)


def test_links_are_followed_for_every_path_that_is_mentioned(tmp_path: Path) -> None:
    """Words, redirections, what follows `=` or `@`, a folder on the way, what is not there yet."""
    root = Path(os.path.realpath(tmp_path))
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    (root / "secret").symlink_to("/etc/hostname-of-nowhere")
    text = "cat link/new secret > link/out; dd of=link/x; curl -d @secret; tool -osecret"
    found = facts(text, root, "/usr/bin").links
    assert found[f"{root}/link/new"] == f"{root}/real/new"
    assert found[f"{root}/link/out"] == f"{root}/real/out"
    assert found[f"{root}/link/x"] == f"{root}/real/x"
    assert found[f"{root}/secret"] == "/etc/hostname-of-nowhere"


def test_a_literal_cd_is_followed(tmp_path: Path) -> None:
    root = Path(os.path.realpath(tmp_path))
    (root / "sub").mkdir()
    (root / "sub" / "x").symlink_to("/elsewhere")
    assert facts("cd sub && cat x", root, "/usr/bin").links[f"{root}/sub/x"] == "/elsewhere"


def test_a_linked_project_is_known_by_both_names(tmp_path: Path) -> None:
    root = Path(os.path.realpath(tmp_path))
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    found = facts("ls", root / "link", "/usr/bin", project=str(root / "link"))
    assert found.links[str(root / "link")] == str(root / "real")


def test_aileron_s_own_shims_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `bash` starts behind the shim is the bash that comes next."""
    monkeypatch.setattr("aileron.session.facts.directory.root", lambda: tmp_path / "run")
    program(tmp_path / "run" / "1" / "tier" / "bin", "tool")
    real = program(tmp_path / "usr", "tool")
    from aileron.session import facts as module

    module._own.cache_clear()
    try:
        search = f"{tmp_path}/run/1/tier/bin:{tmp_path}/usr"
        assert facts("tool", tmp_path, search).programs["tool"] == str(real)
    finally:
        module._own.cache_clear()


@pytest.mark.parametrize("text", ["a/" * 3000 + "x", "x" * 100_000, "'a\tb'", "cat " + "/a" * 2000])
def test_no_word_is_too_long_or_too_odd(tmp_path: Path, text: str) -> None:
    assert facts(text, tmp_path, "/usr/bin").project == str(tmp_path)


def test_a_program_without_a_shell_is_read_as_its_words() -> None:
    request = CommandRequest(argv=("git", "log", "a b|c"), cwd="/", mode=Mode.EXEC)
    reading = reading_of(request, EMPTY)
    assert reading is not None
    assert [one.argv for one in reading.commands] == [("git", "log", "a b|c")]
    none = CommandRequest(argv=("bash",), cwd="/", mode=Mode.INTERACTIVE)
    assert reading_of(none, EMPTY) is None
