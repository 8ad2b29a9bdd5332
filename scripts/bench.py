"""What a command costs through Aileron, beside plain bash, in one interleaved run.

    scripts/bench [ROUNDS]

Each round runs `bash -c :` once in every way, so that a busy machine slows all
of them alike; printed are the medians and their ratio to plain bash.  Broker,
policy and audit are the real ones; the audit's wait for the disk is shown by
itself, since it is the disk's and not ours.  The commands are started by a
process of their own, as an agent is one: else the broker's turn would hold up
the clock.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from aileron.agents.base import Adapter
from aileron.approval.desk import Desk, OnAsk
from aileron.containment import programs
from aileron.model import Tier
from aileron.session import policy_files
from aileron.session.session import Session, opened

BUDGETS = {"native": 2.0, "fallback": 9.0}  # times bash -c :
WARM = 10  # rounds before the measured ones: caches warm, text seen before


def session(stack: ExitStack, *, native: bool, sync: bool) -> Session:
    """A session in the shim tier, whose shims are the compiled ones or the fallback."""
    found = programs.BINARIES
    if not native:
        programs.BINARIES = found / "none"
    loaded = policy_files.load(str(Path.cwd()), aileron_home=Path(os.environ["AILERON_HOME"]))
    made = stack.enter_context(opened(Adapter("bench"), loaded, Tier.SHIM, Desk(OnAsk.DENY)))
    made.gate.audit.sync = sync
    programs.BINARIES = found
    return made


def once(program: str) -> float:
    """Milliseconds from the start of `bash -c :` to its end."""
    started = time.perf_counter()
    child = os.posix_spawn(program, ["bash", "-c", ":"], os.environ)
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"{program} ended with {status}")
    return (time.perf_counter() - started) * 1e3


def measure(ways: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """The times of each way, in a process that stands for the agent."""
    order = [sys.executable, __file__, "--measure", str(rounds), json.dumps(ways)]
    answer = subprocess.run(order, stdout=subprocess.PIPE, check=True, text=True).stdout
    taken: dict[str, list[float]] = json.loads(answer)
    return taken


def measured(rounds: int, ways: dict[str, str]) -> None:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, program in ways.items():
            taken[name].append(once(program))
    print(json.dumps(taken))


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp")))
        os.environ |= {"AILERON_HOME": str(folder / "home"), "XDG_RUNTIME_DIR": str(folder)}
        (folder / "home").mkdir(mode=0o700)
        ways = {"bash -c :": "/bin/bash"}
        if programs.native_shim() is None:
            print("native: not measured, the shim was not compiled")
        else:
            ways["native"] = str(session(stack, native=True, sync=False).run.bin / "bash")
            ways["with fsync"] = str(session(stack, native=True, sync=True).run.bin / "bash")
        ways["fallback"] = str(session(stack, native=False, sync=False).run.bin / "bash")
        taken = measure(ways, WARM + rounds)
    base = statistics.median(taken["bash -c :"][WARM:])
    for name, times in taken.items():
        median = statistics.median(times[WARM:])
        budget = f"   (budget {BUDGETS[name]})" if name in BUDGETS else ""
        print(f"{name:12} median {median:6.2f} ms  {median / base:5.2f} x bash -c :{budget}")


if sys.argv[1:2] == ["--measure"]:
    measured(int(sys.argv[2]), json.loads(sys.argv[3]))
else:
    main()
