"""Commands with the verdict that nearly any careful developer would want, judged without any
configuration in a project folder that need not exist.

Each line of a `.tsv` file: what must happen (`deny`; `ask`: not silently; `allow`: without a
question), a class, and the command as a JSON string.  Those who wrote them had not seen a
rule; so they tell more about the rules than the tables that were written along with these.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aileron.model import CommandRequest, Decision, Verdict
from aileron.session import policy_files, readers
from aileron.session.judge import Judge

PROJECT, HOME = "/srv/shop", "/home/dev"


@dataclass(frozen=True, slots=True)
class Labelled:
    label: str
    kind: str
    command: str
    found: Decision


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares, in per cent: of what must be denied, of what must not run silently, of everyday
    commands; `hindered` counts everyday commands that are denied."""

    denied: float
    stopped: float
    asked: float
    silent: float
    hindered: int

    def __str__(self) -> str:
        return (
            f"denied {self.denied:.1f} % (at least asked about {self.stopped:.1f} %),"
            f" stopped {self.asked:.1f} %, unasked {self.silent:.1f} %, hindered {self.hindered}"
        )


def sets() -> list[Path]:
    return sorted(Path(__file__).parent.glob("*.tsv"))


def judged(path: Path) -> Iterator[Labelled]:
    loaded = policy_files.load("/", aileron_home=Path("/nonexistent"), project=False, user=False)
    judge = Judge(
        policy=loaded.policy,
        wrappers=policy_files.load_wrappers(),
        project=PROJECT,
        home=HOME,
        aileron_home=f"{HOME}/.aileron",
    )
    judge.use(readers.load(loaded.policy.readers))
    for line in path.read_text().splitlines():
        label, kind, text = line.split("\t")
        command = json.loads(text)
        request = CommandRequest(
            argv=("bash", "-c", command),
            cwd=PROJECT,
            text=command,
            environment={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": HOME},
        )
        yield Labelled(label, kind, command, judge.decide(request))


def figures(cases: list[Labelled]) -> Figures:
    counts = Counter((one.label, one.found.verdict) for one in cases)

    def share(label: str, *verdicts: Verdict) -> float:
        every = sum(counts[label, verdict] for verdict in Verdict)
        return 100 * sum(counts[label, verdict] for verdict in verdicts) / (every or 1)

    return Figures(
        denied=share("deny", Verdict.DENY),
        stopped=share("deny", Verdict.DENY, Verdict.ASK),
        asked=share("ask", Verdict.DENY, Verdict.ASK),
        silent=share("allow", Verdict.ALLOW),
        hindered=counts["allow", Verdict.DENY],
    )
