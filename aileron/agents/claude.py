"""claude (Claude Code), measured at 2.1.197.

Claude takes CLAUDE_CODE_SHELL, then $SHELL, if the path holds "bash" or "zsh";
so the shim is offered under the name bash.  A project's .claude/settings.json
can set these variables itself, which undoes the shim tier (not the contained
one).

A command arrives as `source SNAPSHOT 2>/dev/null || true && shopt -u extglob … &&
eval 'CMD' < /dev/null && pwd -P >| FILE`.  The snapshot is made by a script that
Claude runs once; its text is known up to the paths in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from aileron.agents.base import HINT, Adapter, Envelope, Startup, has_option, real_shell
from aileron.agents.quoting import literal
from aileron.model import Tier

_SNAPSHOT = r"/[^\s'\"\\$`]+/shell-snapshots/snapshot-(?:bash|zsh)-\d+-[a-z0-9]+\.sh"
_HEAD = re.compile(
    rf"(?:source ({_SNAPSHOT}) 2>/dev/null \|\| true && )?"
    r"(?:shopt -u extglob 2>/dev/null \|\| true && "
    r"|setopt NO_EXTENDED_GLOB 2>/dev/null \|\| true && )?eval "
)
_TAIL = re.compile(r"(?: < /dev/null)? && pwd -P >\| /[^\s'\"\\$`;&|<>()]+/claude-[0-9a-f]+-cwd")
_MAKER = re.compile(rf"SNAPSHOT_FILE=({_SNAPSHOT})\n")
_PATHS = (
    # what differs from one machine to the next, each in a place where it is only text
    (re.compile(_SNAPSHOT), "@SNAPSHOT@"),
    (re.compile(r"_cc_bin=/[^\s'\"\\$`;&|<>()]+"), "_cc_bin=@CLAUDE@"),
    (re.compile(r"'PATH_END_[a-z0-9]+'\nexport PATH=[^\n]*\nPATH_END_[a-z0-9]+\n"), "@PATH@\n"),
    (re.compile(r'source "/[^\s\'"\\$`]+/\.(?:bashrc|zshrc)"'), "source @RC@"),
)
SNAPSHOT_MAKERS = frozenset(
    {
        "5a031a9d744ee10eb1b6825a0b37e6b38c3cbb7ad12ab7a9e0c408b06816f22f",  # bash, no ~/.bashrc
        "51a824559764873309cef761c8f4780480433741a149ec54e2cb5972daefdd2c",  # bash, with one
    }
)
STARTUP_TEXTS = frozenset({"env"})

# It looks whether the person has an ssh key for GitHub.
GITHUB_PROBE = (
    *("ssh", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=2"),
    *("-o", "StrictHostKeyChecking=yes", "git@github.com"),
)
# It keeps the list of its plugins as a repository, and sets how git reaches it.
PLUGIN_GIT = ("git", "-c", "core.sshCommand=ssh -o BatchMode=yes -o StrictHostKeyChecking=yes")
PLUGIN_VERBS = (("clone",), ("fetch",), ("pull",))
RISKY = ("-u", "-c", "--upload-pack", "--config", "--template", "ext:")

OWN_ASKING = (
    "--permission-mode",
    "--dangerously-skip-permissions",
    "--allow-dangerously-skip-permissions",
    "--permission-prompt-tool",
    "--allowedTools",
    "--allowed-tools",
)
SHELL_VARIABLES = ("SHELL", "CLAUDE_CODE_SHELL", "CLAUDE_CODE_SHELL_PREFIX", "PATH", "BASH_ENV")
# Subcommands that start no conversation, and so take none of our options.
HOUSEKEEPING = ("mcp", "config", "doctor", "update", "install", "setup-token", "plugin", "auth")


class Claude(Adapter):
    install = "npm install -g @anthropic-ai/claude-code"
    honours_shell = True
    known = True

    def arguments(self, given: Sequence[str], tier: Tier) -> list[str]:
        if given and given[0] in HOUSEKEEPING:
            return list(given)
        ours: list[str] = []
        if not has_option(given, "--append-system-prompt"):
            ours += ["--append-system-prompt", HINT]
        if not has_option(given, *OWN_ASKING):
            # Contained, nothing is left for Claude to ask about.  In the shim tier its
            # questions about files and the network stay: only commands are judged there.
            skip = tier is Tier.CONTAINED
            ours += ["--dangerously-skip-permissions"] if skip else ["--allowedTools=Bash"]
        return [*ours, *given]

    def environment(
        self, given: Mapping[str, str], tier: Tier, shell: str, hint: str
    ) -> dict[str, str]:
        if tier is Tier.SHIM:
            return {"SHELL": shell, "CLAUDE_CODE_SHELL": shell}
        # Without it Claude refuses, as root, to leave the asking to somebody else.
        added = {"CLAUDE_CODE_SHELL": real_shell(("bash",))}
        return {**added, "IS_SANDBOX": "1"} if os.getuid() == 0 else added

    def overruled(self, project: Path) -> str:
        for name in ("settings.json", "settings.local.json"):
            file = project / ".claude" / name
            try:
                settings = json.loads(file.read_text())
            except FileNotFoundError:
                continue
            except (OSError, ValueError):
                return str(file)
            env = settings.get("env", {}) if isinstance(settings, dict) else {}
            if not isinstance(env, dict) or any(key in SHELL_VARIABLES for key in env):
                return str(file)
        return ""

    def forms(self, shell: str, tier: Tier) -> list[list[str]]:
        forms = [[shell, "-c"], [shell, "-c", "-l"]]
        # Its hooks are run by /bin/sh, which only the contained tier is in the path of.
        return [*forms, ["/bin/sh", "-c"]] if tier is Tier.CONTAINED else forms

    def unwrap(self, text: str) -> Envelope | None:
        head = _HEAD.match(text)
        word = literal(text, head.end()) if head else None
        if head is None or word is None or not _TAIL.fullmatch(text, word[1]):
            return None
        return Envelope(command=word[0], files=(head[1],) if head[1] else ())

    def turns(self, envelope: Envelope | None) -> bool:
        # Claude looks around by plain `sh -c` before; its model's commands all come wrapped.
        return envelope is not None

    def starts(self, argv: Sequence[str]) -> bool:
        words = (Path(argv[0]).name, *argv[1:])
        if words == GITHUB_PROBE:
            return True
        return (
            words[:3] == PLUGIN_GIT
            and words[3:4] in PLUGIN_VERBS
            and not any(word.startswith(RISKY) for word in words[4:])
        )

    def startup(self, text: str) -> Startup | None:
        maker = _MAKER.match(text)
        if maker is None:
            return Startup() if text in STARTUP_TEXTS else None
        known = _digest(text) in SNAPSHOT_MAKERS
        return Startup(makes=maker[1]) if known else None


def _digest(text: str) -> str:
    """SHA-256 of a snapshot maker with its paths taken out."""
    for pattern, placeholder in _PATHS:
        text = pattern.sub(placeholder, text)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
