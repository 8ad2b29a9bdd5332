"""The canary leaves nothing behind."""

from __future__ import annotations

import os
import subprocess

from aileron.session.canary import _end
from tests.conftest import until


def test_a_form_ends_with_all_that_it_started() -> None:
    """A child that outlives its parent holds the pipe; waiting for its end would be for ever."""
    process = subprocess.Popen(
        ["sh", "-c", "sleep 1000 & echo up >&2; exec sleep 1000"],
        stderr=subprocess.PIPE,
        process_group=0,
    )
    assert process.stderr is not None
    assert process.stderr.readline() == b"up\n"
    _end(process)
    assert process.returncode is not None

    def gone() -> bool:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    until(gone)
