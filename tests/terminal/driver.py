"""A program that runs another in Aileron's terminal, steered by a test over a socket.

    python -m tests.terminal.driver SOCKET PROGRAM ARGUMENT…

It connects to SOCKET, says its process id, and then obeys one JSON list a line:
`["ask", ID, COMMAND]`, `["ask", ID, COMMAND, SECONDS]`, `["withdraw", ID]`,
`["bar", STATE]`.  Each answer goes back as `[ID, approved, scope, channel, note]`.
It ends as the program did.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time

from aileron.errors import AileronError
from aileron.model import Resolution
from aileron.terminal.bar import Bar
from aileron.terminal.loop import Terminal
from aileron.terminal.panel import Prompt
from aileron.terminal.spawn import spawn


def main() -> int:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(sys.argv[1])
    says = connection.makefile("w")
    state = ["unproven"]

    def bar() -> Bar:
        return Bar(agent="agent", tier="shim", state=state[0], secret="heron")

    terminal = Terminal(stdin=0, stdout=1, bar=bar, environment=os.environ)

    def say(*words: object) -> None:
        print(json.dumps(words), file=says, flush=True)

    def ask(prompt_id: str, command: str, seconds: float = 600.0) -> None:
        def answered(it: Resolution) -> None:
            say(prompt_id, it.approved, it.scope, it.channel, it.note)

        prompt = Prompt(
            id=prompt_id,
            command=command,
            cwd="/project",
            reason="because",
            rule="some-rule",
            agent="agent",
            expires_at=time.monotonic() + seconds,
        )
        terminal.ask(prompt, answered)

    def obey() -> None:
        for line in connection.makefile():
            word, *arguments = json.loads(line)
            if word == "ask":
                ask(*arguments)
            elif word == "withdraw":
                terminal.withdraw(*arguments)
            else:
                state[:] = arguments
                terminal.wake()

    try:
        child = spawn(
            sys.argv[2:],
            env=os.environ,
            cwd=os.environ.get("CHILD_CWD", "."),
            size=terminal.child_size(),
            settings_of=0,
        )
    except AileronError as error:
        print(*error.lines(), sep="\n")
        return error.exit_code
    say("started", os.getpid(), child.pid)
    threading.Thread(target=obey, daemon=True).start()
    ending = terminal.run(child)
    say("ended", ending.status, ending.signal, ending.cause)
    return ending.code


if __name__ == "__main__":
    sys.exit(main())
