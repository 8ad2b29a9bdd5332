"""What every adapter answers, and the answers that do for an agent nobody has heard of.

An adapter knows how one agent starts commands.  It is asked before the launch
for arguments, environment and the argv forms to prove, and during the session
to unwrap the text that the agent puts around a command (its envelope).

Two rules bind all of them.  The person's own arguments win over the adapter's,
except over those that keep the tier whole: such a conflict is a LaunchRefused.
And an envelope is unwrapped only when every byte of it is as expected and the
files it sources are ones that the session saw being made; anything else is
judged as it stands.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aileron.errors import LaunchRefused
from aileron.model import Tier

HINT = (
    "Every shell command you run is judged by Aileron on behalf of the person you work for. "
    "A line that starts with 'aileron: denied' is a final refusal: read its rule and hint lines, "
    "do not retry the command and do not look for a way around it; "
    "use the alternative that the hint names, or tell the person what you wanted to do."
)


# Where installers put agents that a fresh shell does not have on its PATH yet.
INSTALLERS = (".local/bin", ".npm-global/bin", ".claude/local", ".opencode/bin", ".bun/bin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """`command` is what the model asked for; `files` are what the envelope sources before it."""

    command: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Startup:
    """Text that the agent runs for itself.  `makes` are the files that its envelopes
    will source later, known by this text; `""` when it makes none."""

    makes: str = ""
    reads: str = ""


@dataclass(frozen=True)
class Adapter:
    """The generic adapter: any program, held by what holds every program."""

    name: str

    install = ""  # how to get it, for the error message
    honours_shell = False  # whether the shim tier can reach it at all
    known = False

    @property
    def title(self) -> str:
        """The name that people see."""
        return self.name.rsplit("/", 1)[-1]

    def find(self, environment: Mapping[str, str], project: Path) -> Path:
        """The agent's program by PATH; never one inside the project, which could be anybody's."""
        if "/" in self.name:
            found = Path(self.name).absolute()
            if not found.is_file() or not os.access(found, os.X_OK):
                raise LaunchRefused(
                    f"no such agent: {self.name}", hint="give the path of a program"
                )
            return found
        skipped = None
        home = environment.get("HOME", "/")
        folders = environment.get("PATH", os.defpath).split(os.pathsep)
        for folder in (*folders, *(f"{home}/{place}" for place in INSTALLERS)):
            candidate = Path(folder or ".").absolute() / self.name
            if not (candidate.is_file() and os.access(candidate, os.X_OK)):
                continue
            if candidate.resolve().is_relative_to(project) and project != Path("/"):
                skipped = candidate
                continue
            return candidate
        if skipped is not None:
            raise LaunchRefused(
                f"the only {self.name} on PATH lies inside the project: {skipped}",
                hint=f"install it elsewhere, or name it: aileron launch {skipped}",
            )
        raise LaunchRefused(
            f"no such agent: {self.name}",
            hint=self.install or "it is not on PATH; give the path of a program, or install it",
        )

    def arguments(self, given: Sequence[str], tier: Tier) -> list[str]:
        """The agent's arguments: the person's, and ours in front of them."""
        return list(given)

    def environment(
        self, given: Mapping[str, str], tier: Tier, shell: str, hint: str
    ) -> dict[str, str]:
        """Variables to add; `shell` is the shim's path under the name bash, `hint` that of a
        file with HINT in it."""
        return {"SHELL": shell} if tier is Tier.SHIM else {}

    def overruled(self, project: Path) -> str:
        """A file of the project that sets what the shim tier depends on, "" if none does."""
        return ""

    def forms(self, shell: str, tier: Tier) -> list[list[str]]:
        """The argv forms in which this agent starts a shell, without the text at the end.

        In the shim tier only those that the environment decides can be in the path.
        """
        if tier is Tier.SHIM:
            return [[shell, "-c"], ["sh", "-c"]]
        return [["/bin/sh", "-c"], [shell, "-c"]]

    def unwrap(self, text: str) -> Envelope | None:
        """The command inside this agent's envelope, None when it is not one."""
        return None

    def turns(self, envelope: Envelope | None) -> bool:
        """Whether text of this kind means that the model has had its first turn."""
        return True

    def startup(self, text: str) -> Startup | None:
        """Whether this is, to the letter, what the agent runs for itself at its start."""
        return None

    def starts(self, argv: Sequence[str]) -> bool:
        """Whether this is, word for word, a program that the agent itself starts at its start,
        and that would be asked about otherwise."""
        return False

    def version(self, program: Path) -> str:
        """What the program says to --version, in one line; "" when it says nothing."""
        try:
            done = subprocess.run(
                [str(program), "--version"],
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        lines = [line.strip() for line in done.stdout.splitlines() if line.strip()]
        return lines[-1] if lines else ""


def has_option(given: Sequence[str], *names: str) -> str:
    """The first of these options that is among the arguments (before `--`), "" if none is.

    `--name=value` counts for `--name`, and `-sVALUE` for `-s`.
    """
    for argument in given:
        if argument == "--":
            break
        for name in names:
            long = name.startswith("--")
            if argument == name or argument.startswith(f"{name}=" if long else name):
                return argument
    return ""


def real_shell(names: Sequence[str] = ("bash", "sh")) -> str:
    """The shell that agents find without a session."""
    for name in names:
        found = shutil.which(name, path="/bin:/usr/bin:/usr/local/bin")
        if found:
            return found
    return "/bin/sh"
