"""codex (openai), measured at 0.169.

Codex ignores $SHELL: it takes the login shell of the password file if that is
bash or zsh, else /usr/bin/bash.  Only the contained tier reaches it.  Its TUI
hands commands to a background daemon that may be older than the session and
so outside of it: `--no-daemon` is not negotiable.  A project's config can empty
the environment of commands; `shell_environment_policy` on the command line wins
over it.

A command arrives as `bash -lc CMD`, or wrapped: lines that save variables, the
snapshot of the person's shell set-up sourced, lines that restore them, and
`exec '/bin/bash' -c 'CMD'`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from aileron.agents.base import HINT, Adapter, Envelope, Startup, has_option
from aileron.agents.quoting import literal
from aileron.errors import LaunchRefused
from aileron.model import Tier

# The text that writes a snapshot of the login shell, by its digest.
SNAPSHOT_WRITERS = frozenset(  # at 0.169
    {
        "6414b5f0a9e24341a4f2215ad77a0ae9b1871bcfa1dfff48260df5e29f4f8638",  # bash
        "12d1a86ee7f6eece6981ff347a0743d942487ed4a4f8f37faebc4bf1ba114d22",  # zsh
        "606ec0bf83428339cb5ddff73963aeec008880fd60a2b8799cf37d96d71d3d30",  # sh
    }
)

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_SNAPSHOT = r"[^'\"\\$`\n]+/shell_snapshots/[A-Za-z0-9.-]+"
_CHECK = re.compile(rf'set -e; \. "({_SNAPSHOT})"')
_SOURCE = re.compile(rf"if \. '({_SNAPSHOT}\.sh)' >/dev/null 2>&1; then :; fi")
_EXEC = re.compile(r"\nexec '/[A-Za-z0-9_./-]+' -l?c ")
_SLOT = r"__CODEX_SNAPSHOT_(?:PROXY_)?OVERRIDE"
_LINES = tuple(
    re.compile(line)
    for line in (
        "",
        rf'{_SLOT}_SET_\d+="\$\{{{_NAME}\+x\}}"',
        rf'{_SLOT}_\d+="\$\{{{_NAME}-\}}"',
        rf'__CODEX_SNAPSHOT_PROXY_ENV_SET="\$\{{{_NAME}\+x\}}"',
        rf'if \[ -n "\$\{{{_SLOT}_SET_\d+\}}" \]; then',
        rf'  if \[ -z "\$\{{({_NAME})\+x\}}" \] \|\| \[ "\$\{{\1-\}}" != "\$\{{{_SLOT}_\d+\}}" \]; '
        rf'then export \1="\$\{{{_SLOT}_\d+\}}"; else export \1; fi',
        rf"else builtin unset ({_NAME}) 2>/dev/null \|\| command unset \1; fi",
        rf"builtin unset ({_SLOT}_SET_\d+ {_SLOT}_\d+) 2>/dev/null \|\| command unset \1",
        rf'if \[ -n "\$__CODEX_SNAPSHOT_PROXY_ENV_SET" \] \|\| \[ -n "\$\{{{_NAME}\+x\}}" \]; then',
        "fi",
        r"if \[ -n \"\$\{PATH:-\}\" \]; then export PATH='([^']*)':\"\$PATH\"; "
        r"else export PATH='\1'; fi",
    )
)

OWN_ASKING = ("-a", "--ask-for-approval", "--full-auto", "--approve-for-me")
OWN_SANDBOX = ("-s", "--sandbox")
BYPASS = ("--dangerously-bypass-approvals-and-sandbox", "--yolo")
TIER_KEYS = ("shell_environment_policy", "features.daemon_auto_start")
# Subcommands that hand the work to a process or machine outside the session.
ELSEWHERE = ("app-server", "remote-control", "exec-server", "cloud")


class Codex(Adapter):
    install = "npm install -g @openai/codex"
    known = True

    def arguments(self, given: Sequence[str], tier: Tier) -> list[str]:
        self._refuse_conflicts(given)
        ours = ["--no-daemon"] if "--no-daemon" not in given else []
        ours += ["-c", "features.daemon_auto_start=false"]
        ours += ["-c", "shell_environment_policy.inherit=all"]
        if not _sets(given, "developer_instructions"):
            ours += ["-c", f'developer_instructions="{HINT}"']
        if not has_option(given, *OWN_ASKING, *OWN_SANDBOX, *BYPASS):
            ours.append(BYPASS[0])
        return [*ours, *given]

    def _refuse_conflicts(self, given: Sequence[str]) -> None:
        for key in TIER_KEYS:
            if _sets(given, key):
                raise LaunchRefused(
                    f"codex's setting {key} is what keeps its commands in the session",
                    hint=f"leave -c {key}… out",
                )
        remote = has_option(given, "--remote")
        if remote or next((a for a in given if not a.startswith("-")), "") in ELSEWHERE:
            raise LaunchRefused(
                "codex would run its commands outside the session",
                hint="start codex itself: aileron launch codex",
            )
        if (
            has_option(given, *OWN_SANDBOX)
            and not _value(given, OWN_SANDBOX) == "danger-full-access"
        ):
            raise LaunchRefused(
                "inside codex's own sandbox the shim cannot reach its broker, so every command "
                "would be denied",
                hint="leave --sandbox out: aileron contains codex itself",
            )

    def forms(self, shell: str, tier: Tier) -> list[list[str]]:
        return [["/bin/bash", "-c"], ["/bin/bash", "-lc"], ["/bin/sh", "-c"]]

    def unwrap(self, text: str) -> Envelope | None:
        # The command is one quoted word, in which this line cannot stand: the first one counts.
        last = _EXEC.search(text)
        return _unwrap(text[: last.start()], text[last.end() :]) if last else None

    def startup(self, text: str) -> Startup | None:
        if hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest() in SNAPSHOT_WRITERS:
            return Startup()
        check = _CHECK.fullmatch(text)
        return Startup(reads=check[1]) if check else None


def _unwrap(head: str, tail: str) -> Envelope | None:
    word = literal(tail, 0)
    if word is None or word[1] != len(tail):
        return None
    files: list[str] = []
    for line in head.split("\n"):
        source = _SOURCE.fullmatch(line)
        if source:
            files.append(source[1])
        elif not any(pattern.fullmatch(line) for pattern in _LINES):
            return None
    return Envelope(command=word[0], files=tuple(files)) if len(files) == 1 else None


def _sets(given: Sequence[str], key: str) -> bool:
    """Whether the arguments set this configuration key, or one below it."""
    for index, argument in enumerate(given):
        if argument in ("-c", "--config"):
            value = given[index + 1] if index + 1 < len(given) else ""
        elif argument.startswith("--config="):
            value = argument.removeprefix("--config=")
        elif argument.startswith("-c") and not argument.startswith("--"):
            value = argument[2:]
        elif argument in ("--enable", "--disable") and key.startswith("features."):
            value = "features." + (given[index + 1] if index + 1 < len(given) else "")
        else:
            continue
        name = value.partition("=")[0].strip()
        if name == key or name.startswith(key + "."):
            return True
    return False


def _value(given: Sequence[str], names: Sequence[str]) -> str:
    for index, argument in enumerate(given):
        if argument in names:
            return given[index + 1] if index + 1 < len(given) else ""
        for name in names:
            if argument.startswith(name):
                return argument.removeprefix(name).removeprefix("=")
    return ""
