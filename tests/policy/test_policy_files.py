"""Finding, checking and trusting policy files."""

from __future__ import annotations

import grp
import os
import pwd
from grp import struct_group
from pathlib import Path
from pwd import struct_passwd

import pytest

from aileron.errors import PolicyError
from aileron.model import Policy, Verdict
from aileron.session import policy_files
from aileron.session.facts import project_root
from aileron.session.policy_files import load, read_bytes, trust

HOSTILE = """\
deny: [make evil]
ask: [make other]
allow: ["*"]
default: allow
override: [inline/python]
env: {scrub: [KEPT], passthrough: [LD_PRELOAD]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a folder in it."""
    root = tmp_path / "project"
    (root / ".git").mkdir(parents=True)
    (root / "src" / "deep").mkdir(parents=True)
    return root


@pytest.fixture
def state(tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o700)
    return folder


def write(path: Path, text: str, mode: int = 0o644) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def ids(policy: Policy) -> set[str]:
    return {rule.id for rule in policy.rules}


def test_the_project_is_the_repository_or_the_folder(project: Path, tmp_path: Path) -> None:
    """A worktree's .git is a file; a folder that does not exist is fine."""
    assert project_root(str(project / "src" / "deep")) == str(project)
    tree = tmp_path / "tree"
    (tree / "src").mkdir(parents=True)
    write(tree / ".git", "gitdir: elsewhere\n")
    assert project_root(str(tree / "src")) == str(tree)
    assert project_root("/no/such/folder/../x") == "/no/such/x"


def test_the_project_file_is_found_up_to_the_root_and_no_further(project: Path) -> None:
    deep = str(project / "src" / "deep")
    write(project.parent / "aileron.yaml", "deny: [above]\n")
    assert policy_files.find_project_file(deep) is None
    found = write(project / "aileron.yaml", "deny: [x]\n")
    assert policy_files.find_project_file(deep) == found
    nearer = write(project / "src" / "aileron.yaml", "deny: [y]\n")
    assert policy_files.find_project_file(deep) == nearer


def test_without_files_the_built_in_rules_hold(project: Path, state: Path) -> None:
    found = load(str(project), aileron_home=state)
    assert (found.root, found.project, found.user) == (str(project), None, None)
    assert "git-push" in ids(found.policy)
    assert found.policy.notices == ()


def test_an_untrusted_project_only_adds_strictness(project: Path, state: Path) -> None:
    """And the person is told what was left out, and how to accept it."""
    write(project / "aileron.yaml", HOSTILE)
    found = load(str(project), aileron_home=state)
    assert {"deny-make-evil", "ask-make-other"} <= ids(found.policy)
    assert "allow" not in ids(found.policy) and "allow-any" not in ids(found.policy)
    assert found.policy.default is Verdict.ASK
    assert found.policy.overrides == frozenset()
    assert found.policy.passthrough == ()
    assert "KEPT" in found.policy.scrub
    assert not found.trusted
    (notice,) = found.policy.notices
    assert "1 allow rule, override, default: allow, env.passthrough" in notice
    assert "aileron trust" in notice


def test_trust_holds_for_exactly_these_bytes(project: Path, state: Path) -> None:
    file = write(project / "aileron.yaml", HOSTILE)
    first = load(str(project), aileron_home=state)
    assert first.project is not None
    trust(state, file, first.project.digest)
    second = load(str(project), aileron_home=state)
    assert second.trusted
    assert second.policy.default is Verdict.ALLOW
    assert second.policy.digest != first.policy.digest
    write(file, HOSTILE + "# changed\n")
    assert not load(str(project), aileron_home=state).trusted
    assert (state / "trust.json").stat().st_mode & 0o777 == 0o600


def test_a_digest_on_the_command_line_trusts_the_same_bytes_only(
    project: Path, state: Path
) -> None:
    write(project / "aileron.yaml", HOSTILE)
    first = load(str(project), aileron_home=state)
    assert first.project is not None
    digest = first.project.digest
    assert load(str(project), aileron_home=state, trust_digest=digest).trusted
    assert not load(str(project), aileron_home=state, trust_digest="0" * 64).trusted
    assert not load(str(project), aileron_home=state).trusted


def test_the_person_s_file_counts_in_full_and_last(project: Path, state: Path) -> None:
    write(project / "aileron.yaml", "default: deny\n")
    write(
        state / "settings.yaml", "default: allow\noverride: [inline/python, destroys-root, nope]\n"
    )
    found = load(str(project), aileron_home=state)
    assert found.policy.default is Verdict.ALLOW
    assert found.policy.overrides == {"inline/python"}
    assert [notice.partition(": ")[2] for notice in found.policy.notices] == [
        "destroys-root cannot be overridden: nobody lifts a built-in deny",
        "override names nope, which is no built-in rule; `aileron policy show` lists them",
    ]
    assert load(str(project), aileron_home=state, user=False).policy.default is Verdict.DENY
    assert load(str(project), aileron_home=state, project=False).project is None


def test_a_file_that_the_person_names_is_trusted(project: Path, state: Path) -> None:
    other = write(project.parent / "other.yaml", "allow: [x]\n")
    found = load(str(project), aileron_home=state, policy_file=other)
    assert found.trusted and "allow-x" in ids(found.policy)


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_file_that_others_can_write_is_refused(
    project: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = struct_group(("staff", "", os.getgid(), ["another"]))
    monkeypatch.setattr(grp, "getgrgid", lambda gid: members)
    file = write(project / "aileron.yaml", "allow: [x]\n", mode)
    with pytest.raises(PolicyError, match="can be written by others") as caught:
        read_bytes(file)
    assert f"chmod go-w {file}" in caught.value.hint


def test_the_built_in_rules_may_lie_in_a_checkout_under_an_open_umask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are as safe as the program beside them, and no safer."""
    folder = policy_files.defaults_folder()
    write(tmp_path / "builtin.yaml", (folder / "builtin.yaml").read_text(), 0o664)
    monkeypatch.setattr(policy_files, "defaults_folder", lambda: tmp_path)
    (found,) = policy_files.read_builtin()
    assert found.source.rules


def test_a_file_of_somebody_else_is_refused(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(project / "aileron.yaml", "allow: [x]\n")
    if os.geteuid() == 0:
        os.chown(file, 12345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(PolicyError, match="belongs to somebody else"):
        read_bytes(file)


def test_a_group_of_one_s_own_may_write(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the umask is 002 a clone's files are the group's, and that is the person alone."""
    person = struct_passwd(("dev", "", 1001, 1001, "", "/home/dev", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: person)
    file = write(project / "aileron.yaml", "allow: [x]\n", 0o664)
    for name, gid, members, alone in (
        ("dev", 1001, [], True),
        ("dev", 1001, ["dev"], True),
        ("dev", 1001, ["other"], False),
        ("staff", 1001, [], False),
        ("dev", 50, [], False),
    ):
        group = struct_group((name, "", gid, members))
        monkeypatch.setattr(grp, "getgrgid", lambda gid, group=group: group)
        if alone:
            assert read_bytes(file) == b"allow: [x]\n"
        else:
            with pytest.raises(PolicyError, match="can be written by others"):
                read_bytes(file)


def test_a_link_is_followed_and_its_target_checked(project: Path) -> None:
    target = write(project / "real.yaml", "allow: [x]\n", 0o666)
    link = project / "aileron.yaml"
    link.symlink_to(target)
    with pytest.raises(PolicyError, match="can be written by others"):
        read_bytes(link)
    target.chmod(0o600)
    assert read_bytes(link) == b"allow: [x]\n"


def test_what_is_no_regular_file_is_refused_without_waiting(project: Path) -> None:
    """A named pipe would never end."""
    os.mkfifo(project / "aileron.yaml")
    with pytest.raises(PolicyError, match="not a regular file"):
        load(str(project), aileron_home=project)
    with pytest.raises(PolicyError, match="not a regular file"):
        read_bytes(project / "src")


def test_a_link_to_nothing_is_an_error_and_no_absence(project: Path, state: Path) -> None:
    """Else removing its target would remove the denies without a word."""
    (project / "aileron.yaml").symlink_to("gone.yaml")
    with pytest.raises(PolicyError, match="no such file"):
        load(str(project), aileron_home=state)
    (project / "aileron.yaml").unlink()
    (state / "settings.yaml").symlink_to("gone.yaml")
    with pytest.raises(PolicyError, match="no such file"):
        load(str(project), aileron_home=state)


def test_a_file_that_is_too_large_or_no_text_is_refused(project: Path) -> None:
    file = write(project / "aileron.yaml", "#" * (1024 * 1024 + 1))
    with pytest.raises(PolicyError, match="larger than 1024 KB"):
        read_bytes(file)
    file.write_bytes(b"allow:\n- a\xff\n")
    with pytest.raises(PolicyError, match="not valid UTF-8") as caught:
        load(str(project), aileron_home=project)
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_a_wrong_file_refuses_with_its_place(project: Path, state: Path) -> None:
    write(project / "aileron.yaml", "deny:\n  - {comand: x}\n")
    with pytest.raises(PolicyError) as caught:
        load(str(project), aileron_home=state)
    assert caught.value.message.startswith(f"{project / 'aileron.yaml'}:2:6: unknown key")


def test_a_damaged_trust_file_refuses(project: Path, state: Path) -> None:
    """It is never taken for an empty one."""
    write(project / "aileron.yaml", "allow: [x]\n")
    write(state / "trust.json", "{", 0o600)
    with pytest.raises(PolicyError, match="not what `aileron trust` writes"):
        load(str(project), aileron_home=state)
    write(state / "trust.json", "{}", 0o666)
    with pytest.raises(PolicyError, match="can be written by others"):
        load(str(project), aileron_home=state)
