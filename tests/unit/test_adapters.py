"""What each agent puts around a command is taken off exactly, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aileron.agents import adapter
from aileron.agents.quoting import literal
from aileron.errors import LaunchRefused
from aileron.model import Tier

SNAPSHOT = "/home/u/.claude/shell-snapshots/snapshot-bash-1795241032049-yu6860.sh"
CLAUDE = (
    f"source {SNAPSHOT} 2>/dev/null || true && shopt -u extglob 2>/dev/null || true && "
    "eval {command} < /dev/null && pwd -P >| /tmp/claude-d402-cwd"
)
CODEX_SNAPSHOT = "/home/u/.codex/shell_snapshots/01a1-70e2.1795242389587762582.sh"
CODEX = """__CODEX_SNAPSHOT_OVERRIDE_SET_0="${CODEX_SESSION_ID+x}"
__CODEX_SNAPSHOT_OVERRIDE_0="${CODEX_SESSION_ID-}"
__CODEX_SNAPSHOT_PROXY_OVERRIDE_SET_0="${NO_PROXY+x}"
__CODEX_SNAPSHOT_PROXY_OVERRIDE_0="${NO_PROXY-}"
__CODEX_SNAPSHOT_PROXY_ENV_SET="${CODEX_NETWORK_PROXY_ACTIVE+x}"

if . '@SNAPSHOT@' >/dev/null 2>&1; then :; fi

if [ -n "${__CODEX_SNAPSHOT_OVERRIDE_SET_0}" ]; then
  if [ -z "${CODEX_SESSION_ID+x}" ] || [ "${CODEX_SESSION_ID-}" != "${__CODEX_SNAPSHOT_OVERRIDE_0}" ]; then export CODEX_SESSION_ID="${__CODEX_SNAPSHOT_OVERRIDE_0}"; else export CODEX_SESSION_ID; fi
else builtin unset CODEX_SESSION_ID 2>/dev/null || command unset CODEX_SESSION_ID; fi
builtin unset __CODEX_SNAPSHOT_OVERRIDE_SET_0 __CODEX_SNAPSHOT_OVERRIDE_0 2>/dev/null || command unset __CODEX_SNAPSHOT_OVERRIDE_SET_0 __CODEX_SNAPSHOT_OVERRIDE_0
if [ -n "${PATH:-}" ]; then export PATH='/opt/codex-path':"$PATH"; else export PATH='/opt/codex-path'; fi

exec '/bin/bash' -c @COMMAND@"""  # noqa: E501


def claude(command: str) -> str:
    return CLAUDE.replace("{command}", command)


def codex(command: str) -> str:
    return CODEX.replace("@SNAPSHOT@", CODEX_SNAPSHOT).replace("@COMMAND@", command)


WRAPPED = [
    ("'ls -la; false'", "ls -la; false"),
    ("""'echo '"'"'a b'"'"' "$HOME"'""", """echo 'a b' "$HOME\""""),
    (r"'it'\''s'", "it's"),
    ("'one\ntwo'", "one\ntwo"),
    ("cat", "cat"),
    ('"git log"', "git log"),
]


@pytest.mark.parametrize(("quoted", "command"), WRAPPED)
def test_the_command_inside_an_envelope_is_found(quoted: str, command: str) -> None:
    found = adapter("claude").unwrap(claude(quoted))
    assert found is not None
    assert (found.command, found.files) == (command, (SNAPSHOT,))
    found = adapter("codex").unwrap(codex(quoted))
    assert found is not None
    assert (found.command, found.files) == (command, (CODEX_SNAPSHOT,))


FORGED = [
    claude("'ls'; rm -rf x"),
    claude('"$(rm -rf x)"'),
    claude("$x"),
    claude("'ls'").replace("source ", "rm -rf x; source "),
    claude("'ls'") + "; rm -rf x",
    claude("'ls'").replace(SNAPSHOT, "/tmp/evil.sh"),
    claude("'ls'").replace("claude-d402-cwd", "passwd"),
    codex("'ls'; rm -rf x"),
    codex("'ls' && rm -rf x"),
    codex('"`rm -rf x`"'),
    codex("'ls'").replace("exec '/bin/bash'", "rm -rf x\nexec '/bin/bash'"),
    codex("'ls'").replace("; then :; fi", "; then rm -rf x; fi"),
    codex("'ls'").replace(CODEX_SNAPSHOT, "/tmp/evil.sh"),
    codex("'ls'").replace("builtin unset CODEX_SESSION_ID", "builtin unset $(rm -rf x)"),
    codex("'ls'").replace("'/opt/codex-path'", "'/opt/codex-path'`rm x`"),
]


@pytest.mark.parametrize("text", FORGED)
def test_anything_beside_the_command_makes_it_no_envelope(text: str) -> None:
    assert adapter("claude").unwrap(text) is None
    assert adapter("codex").unwrap(text) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'a'\"b\"c", "abc"),
        (r'"a\"b\\c\d"', r'a"b\c\d'),
        (r"a\ b", "a b"),
        ("''", ""),
    ],
)
def test_a_literal_word_is_decoded_as_the_shell_would(text: str, value: str) -> None:
    assert literal(text, 0) == (value, len(text))


@pytest.mark.parametrize(
    "text", ['"$x"', "`x`", '"`x`"', "a$x", "'open", '"open', "*", "{a,b}", "~"]
)
def test_a_word_that_the_shell_would_expand_is_no_literal(text: str) -> None:
    assert literal(text, 0) is None


def test_codex_never_runs_its_commands_elsewhere() -> None:
    for given in (
        ["-c", "features.daemon_auto_start=true"],
        ["--enable", "daemon_auto_start"],
        ["-cshell_environment_policy.inherit=none"],
        ["--config=shell_environment_policy={}"],
        ["--remote", "ws://x"],
        ["app-server"],
        ["--sandbox", "read-only"],
        ["-sworkspace-write"],
    ):
        with pytest.raises(LaunchRefused):
            adapter("codex").arguments(given, Tier.CONTAINED)


def test_the_persons_own_flags_win_where_the_tier_stays_whole() -> None:
    bypass = "--dangerously-bypass-approvals-and-sandbox"
    ours = adapter("codex").arguments(["exec", "hi"], Tier.CONTAINED)
    assert bypass in ours
    assert "--no-daemon" in ours
    assert ours[-2:] == ["exec", "hi"]
    assert bypass not in adapter("codex").arguments(["-a", "untrusted"], Tier.CONTAINED)
    assert adapter("codex").arguments([bypass], Tier.CONTAINED).count(bypass) == 1
    assert "--dangerously-skip-permissions" in adapter("claude").arguments([], Tier.CONTAINED)
    assert "--dangerously-skip-permissions" not in adapter("claude").arguments(
        ["--permission-mode", "plan"], Tier.CONTAINED
    )


def test_in_the_shim_tier_claude_keeps_its_own_questions_about_files() -> None:
    assert "--dangerously-skip-permissions" not in adapter("claude").arguments([], Tier.SHIM)


def test_a_project_that_sets_the_agents_shell_is_noticed(tmp_path: Path) -> None:
    settings = tmp_path / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"env": {"FOO": "1"}}))
    assert adapter("claude").overruled(tmp_path) == ""
    settings.write_text(json.dumps({"env": {"CLAUDE_CODE_SHELL_PREFIX": "x"}}))
    assert adapter("claude").overruled(tmp_path) == str(settings)


def test_an_agent_inside_the_project_is_never_taken(tmp_path: Path) -> None:
    project, outside = tmp_path / "p", tmp_path / "bin"
    for folder in (project / "bin", outside):
        folder.mkdir(parents=True)
        (folder / "codex").write_text("#!/bin/sh\n")
        (folder / "codex").chmod(0o755)
    path = {"PATH": f"{project / 'bin'}:{outside}"}
    assert adapter("codex").find(path, project) == outside / "codex"
    with pytest.raises(LaunchRefused, match="inside the project"):
        adapter("codex").find({"PATH": str(project / "bin")}, project)


def test_an_agent_that_is_not_installed_says_how_to_get_it() -> None:
    with pytest.raises(LaunchRefused) as refused:
        adapter("codex").find({"PATH": "/nowhere"}, Path("/p"))
    assert "npm install -g @openai/codex" in refused.value.hint
