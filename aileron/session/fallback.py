"""The Python shim in a run directory, for machines where none could be compiled.

The start of the interpreter is nearly all that it costs.  So it is compiled once,
here, and not at every command; it runs without `site`; and what it imports is
looked for in the last folder of the path only (the rest is built in).
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from aileron.errors import LaunchRefused

_COMPILE = """\
import marshal, sys
sys.version_info >= (3, 11) or sys.exit(1)
code = compile(sys.stdin.read(), "aileron-sh", "exec", optimize=2)
sys.stdout.buffer.write(marshal.dumps(code))
"""
_START = """\
#!{python} -IS
import marshal
import posix
import sys
del sys.path[:-1]
fd = posix.open({code!r}, posix.O_RDONLY | posix.O_CLOEXEC)
exec(marshal.loads(posix.read(fd, 1 << 20)))
"""


def install(source: str, target: Path, code: Path) -> None:
    """Compile the shim's source into `code`, and make `target` the script that starts it."""
    python, compiled = _compiled(source)
    code.write_bytes(compiled)
    target.write_text(_START.format(python=python, code=str(code)))


def _compiled(source: str) -> tuple[str, bytes]:
    """An interpreter, and what it made of this source.

    The system's own where it is new enough: it is built to start fast, and no agent can
    write to it.  Else the one behind the link of our environment.
    """
    ours = str(Path(sys.executable).resolve())
    for python in ("/usr/bin/python3", ours) if sys.platform == "linux" else (ours,):
        with contextlib.suppress(OSError):
            order = [python, "-IS", "-c", _COMPILE]
            made = subprocess.run(order, input=source.encode(), capture_output=True, check=False)
            if made.returncode == 0:
                return python, made.stdout
    raise LaunchRefused(
        f"the shim could not be compiled by {ours}",
        hint="install a C compiler and then Aileron again: scripts/setup",
    )
