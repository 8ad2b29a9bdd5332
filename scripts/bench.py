"""What a command costs through the shim, beside plain bash, in one interleaved run.

    scripts/bench [ROUNDS]

Each round runs `bash -c :` once in every way, so that a busy machine slows all
of them alike; printed are the medians and their ratio to plain bash.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.shim.lab import build_hook, new_lab, real_shell

BUDGETS = {"native": 2.0, "fallback": 9.0}  # times bash -c :


def compiled(folder: Path) -> Path | None:
    hook = build_hook()
    why = hook.compile_program(hook.ROOT, hook.SHIM, folder / "aileron-sh")
    if why:
        print(f"native: not measured, {why}")
    return None if why else folder / "aileron-sh"


def once(program: str) -> float:
    started = time.perf_counter()
    child = os.posix_spawn(program, ["bash", "-c", ":"], os.environ)
    _, status = os.waitpid(child, 0)
    assert status == 0, f"{program} ended with {status}"
    return (time.perf_counter() - started) * 1e3


def interleaved(ways: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(5):  # caches warm, programs seen before
        for way in ways.values():
            way()
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name].append(way())
    return taken


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    bash = real_shell("bash")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ways: dict[str, Callable[[], float]] = {"bash -c :": lambda: once(bash)}
        kinds = {"native": compiled(folder), "fallback": None}
        for name, native in kinds.items():
            if name == "native" and native is None:
                continue
            shim = stack.enter_context(new_lab(native)).shim()
            ways[name] = lambda shim=shim: once(shim)  # type: ignore[misc]
        taken = interleaved(ways, rounds)
    base = statistics.median(taken["bash -c :"])
    for name, times in taken.items():
        median = statistics.median(times)
        line = f"{name:12} median {median:6.2f} ms"
        if name in BUDGETS:
            line += f"  {median / base:5.2f} x bash -c :   (budget {BUDGETS[name]})"
        print(line)


main()
