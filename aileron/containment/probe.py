"""What this machine can do, found out by doing it.

A `Check` is one line of `aileron doctor`.  Nothing is inferred from a version
or a file under /sys: the very bubblewrap call that a session would make is
made, once, around a program that does nothing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from aileron.containment import execwatch
from aileron.containment.namespace import Namespace, argv
from aileron.containment.programs import native_shim

SHELL_NAMES = ("bash", "sh", "dash", "zsh")
SHELL_FOLDERS = ("/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
INSTALL_BWRAP = "install bubblewrap: apt-get install bubblewrap, dnf install bubblewrap, …"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    ok: bool
    detail: str
    hint: str = ""


def shells() -> tuple[str, ...]:
    """The resolved paths of every shell here whose text we can judge."""
    found: list[str] = []
    candidates = [Path(f, name) for f in SHELL_FOLDERS for name in SHELL_NAMES]
    login = Path(pwd.getpwuid(os.getuid()).pw_shell or "/nowhere")
    if login.name in SHELL_NAMES:
        candidates.append(login)
    for candidate in candidates:
        path = str(candidate.resolve())
        if candidate.is_file() and os.access(path, os.X_OK) and path not in found:
            found.append(path)
    return tuple(found)


def contained() -> list[Check]:
    """The checks of the contained tier; it works where all are ok."""
    linux = sys.platform == "linux"
    checks = [
        Check(
            name="linux",
            ok=linux,
            detail="namespaces" if linux else f"{sys.platform} has no namespaces",
            hint="" if linux else "here only the shim tier works: --tier shim",
        )
    ]
    if not linux:
        return checks
    native = native_shim()
    checks.append(
        Check(
            name="native shim",
            ok=native is not None,
            detail=str(native) if native else "the shim was not compiled when Aileron was built",
            hint="" if native else "install a C compiler (apt-get install gcc) and install again",
        )
    )
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        checks.append(
            Check(name="bubblewrap", ok=False, detail="bwrap is not installed", hint=INSTALL_BWRAP)
        )
        return checks
    checks += [_namespaces(bwrap), _watch()]
    return checks


def _namespaces(bwrap: str) -> Check:
    tried = Namespace(
        bwrap=bwrap,
        tier="/",
        shim="/dev/null",
        shells=(),
        folders=(),
        sockets=(),
        readonly=(),
        cwd="/",
    )
    true = shutil.which("true") or "/bin/true"
    try:
        done = subprocess.run(
            argv(tried, [true]), capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check(name="bubblewrap", ok=False, detail=f"bwrap did not run: {error}")
    if done.returncode == 0:
        return Check(name="bubblewrap", ok=True, detail=bwrap)
    said = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
    return Check(name="bubblewrap", ok=False, detail=said[0], hint=_hint(said[0]))


def _hint(said: str) -> str:
    if "disable-userns" in said or "Unknown option" in said:
        return "bubblewrap 0.8 or newer is needed"
    if "mount proc" in said:
        return (
            "/proc is masked here, as in most containers: run the container with "
            "--security-opt systempaths=unconfined, or start Aileron outside of it"
        )
    if "uid map" in said or "Permission denied" in said or "Operation not permitted" in said:
        return (
            "this machine forbids user namespaces: on Ubuntu install apparmor-profiles and load "
            "bwrap-userns-restrict; in a container run it with --security-opt seccomp=unconfined; "
            "in a chroot they cannot work"
        )
    return ""


def _watch() -> Check:
    problem = execwatch.probe()
    return Check(
        name="exec watching",
        ok=problem is None,
        detail=problem or "programs started without a shell are judged too",
        hint="" if problem is None else "see aileron doctor --json for what is not mediated",
    )
