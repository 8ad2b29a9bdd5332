"""Prints the four figures for each set of labelled commands, and each that is judged otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.policy import labelled


def main() -> None:
    for path in [Path(one) for one in sys.argv[1:]] or labelled.sets():
        cases = list(labelled.judged(path))
        print(f"{path.stem}: {len(cases)} commands: {labelled.figures(cases)}")
        for one in cases:
            found = one.found.verdict.value
            if found != one.label and not (one.label == "ask" and found == "deny"):
                print(f"  {one.label} -> {found} [{one.kind}] {one.command!r}")
                print(f"      [{one.found.rule}] {one.found.reason}")


main()
