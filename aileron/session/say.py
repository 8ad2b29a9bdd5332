"""How the commands of ours print an error: once, on standard error, with its hint."""

from __future__ import annotations

import os
import sys

from aileron.errors import AileronError

STYLES = {"aileron": "31;1", "rule": "2", "hint": "2"}


def fail(error: AileronError) -> int:
    """Print an error as a person should read it; returns its exit status."""
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    for line in error.lines():
        label, _, rest = line.partition(": ")
        style = STYLES.get(label, "0")
        print(f"\033[{style}m{label}:\033[0m {rest}" if colour else line, file=sys.stderr)
    return error.exit_code


def notice(text: str) -> None:
    print(f"aileron: {text}", file=sys.stderr)
