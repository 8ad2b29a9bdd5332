"""How this session's agent is held: the tier, and what follows from it.

`auto` takes the contained tier wherever every probe passes.  Where one fails,
an agent that takes its shell from the environment may run in the shim tier,
which is said aloud; any other agent is refused with what to install.  Nothing
falls back in silence, and an agent that no shim can reach is never let through.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aileron.agents.base import Adapter
from aileron.containment import probe
from aileron.containment.namespace import (
    CONTAINED,
    HIDDEN_FOLDERS,
    HIDDEN_SOCKETS,
    Namespace,
    argv,
    without_hidden,
)
from aileron.errors import LaunchRefused
from aileron.model import Tier
from aileron.session import home, policy_files
from aileron.session.broker import RealShell
from aileron.session.directory import SHELL_NAMES, RunDirectory

PACKAGE = Path(__file__).resolve().parents[1]
SYSTEM = (Path("/"), Path("/usr"), Path("/usr/local"))
READ_AS = {"bash": "bash", "rbash": "bash", "zsh": "zsh", "dash": "dash", "ash": "dash"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """`shells` is for the broker, `environment` for the agent; `space` is None in the shim tier."""

    tier: Tier
    shells: Mapping[str, RealShell]
    environment: Mapping[str, str]
    shell: str  # where the agent finds the shim under the name bash
    space: Namespace | None = None

    def command(
        self, words: Sequence[str], watch: int | None = None, info: int | None = None
    ) -> list[str]:
        """The command line that runs `words` in the tier; `watch` is the exec watcher's socket,
        `info` where the namespace's first process is reported."""
        if self.space is None:
            return list(words)
        command = argv(self.space, words, info)
        if watch is None:
            return command
        # Around bubblewrap: its own first process, which the agent's can reach, is watched too.
        watcher = f"{self.space.tier}/bin/aileron-watch"
        return [watcher, str(watch), "--", *command]

    def close(self) -> None:
        for shell in self.shells.values():
            if shell.descriptor >= 0:
                os.close(shell.descriptor)


def choose(wanted: str, adapter: Adapter, project: Path) -> tuple[Tier, str]:
    """The tier, and what to tell the person about it ("" when there is nothing to tell)."""
    if wanted in ("auto", "contained"):
        failed = [check for check in probe.contained() if not check.ok]
        if not failed:
            return Tier.CONTAINED, ""
        first = failed[0]
        problem = f"{first.name}: {first.detail}"
        if wanted == "contained":
            raise LaunchRefused(
                f"the contained tier does not work here: {problem}", hint=first.hint
            )
        if not adapter.honours_shell:
            raise LaunchRefused(
                f"{adapter.name} cannot be gated on this machine: {problem}",
                hint=first.hint or "aileron doctor tells more",
            )
        told = (
            f"not contained ({problem}): only commands that {adapter.name} hands to its shell are "
            "judged, and a program can leave this tier"
        )
        return _shim(adapter, project), told
    told = "the shim tier stops accidents, not an agent that wants out"
    return _shim(adapter, project), told


def _shim(adapter: Adapter, project: Path) -> Tier:
    if adapter.known and not adapter.honours_shell:
        raise LaunchRefused(
            f"{adapter.name} takes no shell from its environment: in the shim tier nothing that it "
            "runs would be judged",
            hint=f"use the contained tier; where it does not work: {probe.INSTALL_BWRAP}",
        )
    file = adapter.overruled(project)
    if file:
        raise LaunchRefused(
            f"a file of the project sets the shell or the PATH of {adapter.name}: {file}",
            hint="remove its env entries, or use the contained tier, which they cannot undo",
        )
    return Tier.SHIM


def hold(tier: Tier, adapter: Adapter, run: RunDirectory, cwd: Path) -> Held:
    """Prepare the tier: descriptors of the real shells, the agent's environment, the namespace."""
    given = dict(os.environ)
    given.pop("LINES", None)  # they would hide the bar's row from the agent
    given.pop("COLUMNS", None)
    if tier is Tier.CONTAINED:
        return _contained(adapter, run, cwd, given)
    shells: dict[str, RealShell] = {}
    for name in SHELL_NAMES:
        real = shutil.which("bash" if name == "aileron-sh" else name, path=_outside(given, run))
        if real:
            shells[str(run.bin / name)] = RealShell(_kind(Path(real)), path=real)
    shell = str(run.bin / "bash")
    given["PATH"] = f"{run.bin}{os.pathsep}{given.get('PATH', os.defpath)}"
    given |= adapter.environment(given, tier, shell, str(run.hint))
    return Held(tier=tier, shells=shells, environment=given, shell=shell)


def _contained(adapter: Adapter, run: RunDirectory, cwd: Path, given: dict[str, str]) -> Held:
    space = _space(run, cwd, given)
    shells: dict[str, RealShell] = {}
    for path in space.shells:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        shells[path] = RealShell(_kind(Path(path)), descriptor=descriptor)
    by_name = {Path(path).name: path for path in space.shells}
    for name in SHELL_NAMES:
        known = by_name.get("bash" if name == "aileron-sh" else name)
        if known is not None:
            real = shells[known]
            own = RealShell(real.kind, descriptor=os.dup(real.descriptor))
            shells[f"{CONTAINED}/bin/{name}"] = own
    given = without_hidden(given)
    shell = by_name.get("bash", space.shells[0])
    given |= adapter.environment(given, Tier.CONTAINED, shell, f"{CONTAINED}/{run.hint.name}")
    return Held(tier=Tier.CONTAINED, shells=shells, environment=given, shell=shell, space=space)


def _space(run: RunDirectory, cwd: Path, environment: Mapping[str, str]) -> Namespace:
    """The namespace of a session; makes the person's tmux folder so that it can be hidden."""
    uid = os.getuid()
    tmux = Path(f"/tmp/tmux-{uid}")
    tmux.mkdir(mode=0o700, exist_ok=True)  # a server started later is hidden too
    folders = [Path(f.format(uid=uid)) for f in HIDDEN_FOLDERS]
    folders += [*_run_roots(run, uid), home.ensure()]
    sockets = [Path(s) for s in HIDDEN_SOCKETS]
    for name, value in environment.items():
        if name in ("SSH_AUTH_SOCK", "TMUX", "VSCODE_IPC_HOOK_CLI", "VSCODE_GIT_IPC_HANDLE"):
            sockets.append(Path(value.split(",")[0]))
        elif name == "XDG_RUNTIME_DIR":
            folders.append(Path(value))
    sockets += [*Path("/tmp").glob("kitty*"), *Path("/tmp").glob("ssh-*/agent.*")]
    readonly = [PACKAGE, home.path() / "settings.yaml"]
    # Our environment, interpreter and rules; those of the system are root's anyway.
    ours = [Path(sys.prefix), Path(sys.base_prefix), policy_files.defaults_folder()]
    readonly += [path for path in ours if path not in SYSTEM]
    readonly += [folder / "aileron.yaml" for folder in (cwd, *cwd.parents)]
    hidden = _outermost([f.resolve() for f in folders if f.is_dir()])
    return Namespace(
        bwrap=shutil.which("bwrap") or "bwrap",
        tier=str(run.tier),
        shim=str(run.bin / "aileron-sh"),
        shells=probe.shells(),
        folders=tuple(str(f) for f in hidden),
        sockets=tuple(
            dict.fromkeys(
                str(s.resolve())
                for s in sockets
                if s.is_socket() and not any(s.resolve().is_relative_to(f) for f in hidden)
            )
        ),
        readonly=tuple(dict.fromkeys(str(p.resolve()) for p in readonly if p.exists())),
        cwd=str(cwd),
    )


def _run_roots(run: RunDirectory, uid: int) -> list[Path]:
    """Every place where a session of this person may have its run directory, now or later."""
    fallback = Path(f"/tmp/aileron-{uid}")
    fallback.mkdir(mode=0o700, exist_ok=True)
    return [run.root, fallback, Path(tempfile.gettempdir()) / fallback.name]


def _outermost(folders: list[Path]) -> list[Path]:
    """Without those inside another one, which is empty then."""
    kept: list[Path] = []
    for folder in sorted(set(folders)):
        if not any(folder.is_relative_to(outer) for outer in kept):
            kept.append(folder)
    return kept


def _kind(path: Path) -> str:
    """What reads the text: by the file's real name, since `sh` may be anything, and by its
    version, since macOS still has bash 3.2."""
    real = path.resolve()
    kind = READ_AS.get(real.name, "sh")
    return _bash(real) if kind == "bash" else kind


@functools.cache
def _bash(path: Path) -> str:
    """Asked once: a tier holds the same bash under several names."""
    try:
        told = subprocess.run([path, "--version"], env={}, capture_output=True, check=False).stdout
    except OSError:
        return "bash"
    version = re.search(rb"version (\d+)", told)
    return "bash-3" if version and int(version[1]) < 4 else "bash"


def _outside(given: Mapping[str, str], run: RunDirectory) -> str:
    folders = given.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join([f for f in folders if Path(f) != run.bin] + ["/bin", "/usr/bin"])
