"""What reading a command costs: our parse and walk, and each of the other readers.

    scripts/bench_reading [CORPUS]     one JSON string a line; default: the tests' own commands

Each text is read as one that was never seen; printed are milliseconds, and
how many texts are not completely read, by ours and by all of them together.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from aileron.session import policy_files, readers
from aileron.shell.agreement import confirmed
from aileron.shell.read import read
from aileron.shell.reading import Reading

BUDGETS = {"ours": (0.25, 3.0), "all": (0.5, 5.0)}  # p50, p99 in milliseconds
TABLES = Path(__file__).resolve().parent.parent / "tests"


def corpus(path: str | None) -> list[str]:
    if path:
        return [json.loads(line) for line in Path(path).read_text("utf-8").splitlines() if line]
    from tests.policy.tables import cases as policy_cases
    from tests.shell.shell_table import cases

    found = [
        one.command for path in (TABLES / "policy").glob("*.txt") for one in policy_cases(path)
    ]
    return found + [one.text for one in cases((TABLES / "shell" / "reading.txt").read_text())]


def timed(act: Callable[[], Reading]) -> tuple[float, Reading]:
    """The best of three: what else the machine does is not the reader's doing."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        found = act()
        times.append((time.perf_counter() - started) * 1e3)
    return min(times), found


def report(name: str, times: list[float], unread: int) -> None:
    cuts = statistics.quantiles(times, n=100)
    budget = "   (budget {} {})".format(*BUDGETS[name]) if name in BUDGETS else ""
    print(
        f"{name:12} p50 {cuts[49]:6.3f}  p99 {cuts[98]:6.3f}  max {max(times):6.3f} ms  "
        f"not read: {unread} of {len(times)}{budget}"
    )


def imports() -> None:
    """How long each takes to load, in a process of its own."""
    for name, modules in readers.MODULES.items():
        if readers.installed(name):
            code = f"import time; t = time.perf_counter(); import {', '.join(modules)}; "
            code += "print((time.perf_counter() - t) * 1e3)"
            taken = [
                float(subprocess.run([sys.executable, "-c", code], capture_output=True).stdout)
                for _ in range(5)
            ]
            print(f"{name:12} loads in {min(taken):5.1f} ms")


def main() -> None:
    texts = corpus(sys.argv[1] if len(sys.argv) > 1 else None)
    wrappers = policy_files.load_wrappers()
    others = readers.load()
    for text in texts[:50]:
        confirmed(text, read(text, "bash", wrappers), others)  # caches warm
    taken: dict[str, list[float]] = {}
    unread: dict[str, int] = {}
    for text in texts:
        ours, reading = timed(lambda text=text: read(text, "bash", wrappers))  # type: ignore[misc]
        total, all_complete = ours, reading.complete
        taken.setdefault("ours", []).append(ours)
        unread["ours"] = unread.get("ours", 0) + (not reading.complete)
        for one in others:
            time_, found = timed(lambda: confirmed(text, reading, [one]))  # noqa: B023
            total += time_
            all_complete = all_complete and found.complete
            taken.setdefault(one.name, []).append(time_)
            unread[one.name] = unread.get(one.name, 0) + (reading.complete and not found.complete)
        taken.setdefault("all", []).append(total)
        unread["all"] = unread.get("all", 0) + (not all_complete)
    for name, times in taken.items():
        report(name, times, unread[name])
    imports()


if __name__ == "__main__":
    main()
