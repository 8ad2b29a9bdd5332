"""The canary: proof, before the agent starts, that its shells ask the broker.

Each argv form in which the agent starts a shell is run inside the tier with
the agent's own environment, around a text that only this launch knows.  All of
the texts must arrive at the broker, and the shells must really run them; else
the launch is refused.  Nothing is inferred from how things were set up.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from pathlib import Path

from aileron.agents.base import Adapter
from aileron.errors import LaunchRefused
from aileron.session.broker import Broker
from aileron.session.tier import Held

STATUS = 37  # what the canary's text exits with
TIME = 20.0  # seconds for all forms together; a login shell may be slow


def prove(broker: Broker, held: Held, adapter: Adapter, cwd: Path) -> int:
    """The number of forms proved; LaunchRefused names the first one that is not in the path."""
    token = f"aileron-canary-{secrets.token_hex(16)}"
    broker.canary = token
    forms = [form for form in adapter.forms(held.shell, held.tier) if _exists(form[0])]
    texts = [f"exit {STATUS} # {token}-{number}" for number, _ in enumerate(forms)]
    started = [
        subprocess.Popen(
            held.command([*form, text]),
            env=dict(held.environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            process_group=0,
        )
        for form, text in zip(forms, texts, strict=True)
    ]
    deadline = time.monotonic() + TIME
    try:
        for form, text, process in zip(forms, texts, started, strict=True):
            try:
                _, said = process.communicate(timeout=max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise _refused(form, "it did not end in time") from None
            if text not in broker.arrived:
                last = said.decode(errors="replace").strip().splitlines()[-1:]
                raise _refused(form, "it ran without asking" if not last else last[0])
            if process.returncode != STATUS:
                raise _refused(form, f"it ended with status {process.returncode}, not {STATUS}")
    finally:
        for process in started:
            _end(process)
        broker.canary = ""
    return len(forms)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends a form with all that it has started: a child that is not yet tied to its parent
    would live on, and hold the pipe for ever."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stderr is not None:
        process.stderr.close()


def _exists(program: str) -> bool:
    return "/" not in program or os.access(program, os.X_OK)


def _refused(form: list[str], why: str) -> LaunchRefused:
    return LaunchRefused(
        f"the shim is not in the path of {' '.join(form)}: {why}",
        hint="aileron doctor shows what is mediated; install Aileron again if its shim is missing",
    )
