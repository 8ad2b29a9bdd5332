"""`aileron-sh` without a session: one command, judged as in one.

The shim starts this when it finds no broker.  It makes a session of a single
command in the shim tier: the same policy, the same gate, the same record; a
question is asked on the terminal that the command was started from, and is
a no where there is none.  Inside a session it refuses: there a shim without a
broker is a copy that was made to get around it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from aileron.agents.base import Adapter
from aileron.approval.desk import Desk, OnAsk
from aileron.errors import AileronError
from aileron.model import Tier
from aileron.session import home, inside, policy_files, say
from aileron.session.prompt import LinePrompt
from aileron.session.session import opened


def run(argv: list[str]) -> int:
    """Judge and run one shell command line (argv[0] included); returns its exit status."""
    inside.refuse_inside("a shell without its broker")
    prompt = _prompt()
    desk = Desk(OnAsk.PROMPT if prompt else OnAsk.DENY, prompt)
    loaded = policy_files.load(str(Path.cwd()), aileron_home=home.ensure())
    with opened(Adapter("aileron-sh"), loaded, Tier.SHIM, desk) as session:
        if prompt is not None:
            prompt.attach(session.answers, session.broker.loop)
        session.begin(argv[0], 0)
        status = 1
        try:
            name = Path(argv[0]).name.lstrip("-")
            shim = session.run.bin / name
            process = subprocess.Popen(
                argv,
                executable=shim if shim.exists() else session.run.bin / "bash",
                env=dict(os.environ),
                close_fds=False,
            )
            for number in (signal.SIGINT, signal.SIGQUIT):
                signal.signal(number, signal.SIG_IGN)  # the terminal sends it to the command too
            for number in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, lambda got, _: process.send_signal(got))
            code = process.wait()
            status = 128 - code if code < 0 else code
        finally:
            session.end(status)
    return status


def _prompt() -> LinePrompt | None:
    try:
        return LinePrompt(os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY))
    except OSError:
        return None


def main() -> int:
    words = sys.argv[1:]
    try:
        return run(words[1:] if words[:1] == ["--"] else words)
    except AileronError as error:
        say.fail(error)
        return 126


if __name__ == "__main__":
    sys.exit(main())
