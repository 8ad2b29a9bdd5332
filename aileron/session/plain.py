"""An agent without a terminal of ours: it shares our own standard files.

TERM and HUP go on to the agent; INT and QUIT reach it by themselves, from the
terminal that we both have, if there is one.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aileron.errors import LaunchRefused
from aileron.session.session import Session


@dataclass(frozen=True, slots=True)
class Plain:
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, number: int) -> None:
        """Signal the agent; nothing happens when it has ended."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Its exit status as a shell would show it."""
        code = self.process.wait()
        return 128 - code if code < 0 else code


def supervised(
    session: Session,
    command: Sequence[str],
    environment: Mapping[str, str],
    pass_fds: Sequence[int],
) -> Plain:
    """Start the agent; must be called from the main thread, which handles signals."""
    try:
        process = subprocess.Popen(list(command), env=dict(environment), pass_fds=tuple(pass_fds))
    except OSError as error:
        raise LaunchRefused(f"cannot start {command[0]}: {error.strerror}") from error
    agent = Plain(process)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: agent.send(got))
    for number in (signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda got, _: None)
    return agent
