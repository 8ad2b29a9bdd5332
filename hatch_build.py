"""Builds the C programs into the wheel; without a compiler, the script that stands in.

Each program of `PROGRAMS` is compiled into `aileron/_bin/`, static where the
machine can: a static program starts faster, and LD_PRELOAD cannot reach it.
`aileron-sh` also goes among the wheel's scripts, so that it is on PATH beside
`aileron`.  Where it cannot be compiled, or AILERON_NO_NATIVE=1 says so,
`fallback.py` takes its place there; in `aileron/_bin/` that script always is.

A checkout that is installed with `pip install -e .` finds the programs at the
same place, `aileron/_bin/`, which git ignores.
"""

import os
import platform
import shlex
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
SOURCES = Path("aileron_sh")
BINARIES = Path("aileron/_bin")
SCRIPT = Path("build/aileron-sh")  # the fallback as installers want a script to begin


@dataclass(frozen=True)
class Program:
    """A C program: its name, its sources in `aileron_sh/`, the systems it is for."""

    name: str
    sources: tuple[str, ...]
    systems: tuple[str, ...] = ("linux", "darwin")


SHIM = Program("aileron-sh", ("shim.c", "options.c", "text.c", "environment.c", "wire.c", "run.c"))
WATCH = Program("aileron-watch", ("watch.c",), systems=("linux",))
PROGRAMS = (SHIM, WATCH)

FLAGS = ("-std=c11", "-Os", "-s", "-Wall", "-Wextra", "-fstack-protector-strong")
NO_COMPILER = "no C compiler was found"
TIME = 300  # seconds for one compilation


def compilers() -> list[tuple[str, ...]]:
    """The commands to try, best first."""
    plain = tuple(shlex.split(os.environ.get("CC", "cc")))
    if sys.platform != "linux":
        return [plain]
    return [("musl-gcc", "-static"), (*plain, "-static"), plain]


def compile_program(root: Path, program: Program, target: Path, flags: tuple[str, ...] = ()) -> str:
    """Compiles to the file `target`; the empty string, or why it could not be done."""
    if sys.platform not in program.systems:
        return f"{program.name} is not for {sys.platform}"
    sources = [root / SOURCES / name for name in program.sources]
    if not all(source.exists() for source in sources):
        return f"the sources of {program.name} are missing"
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}")
    said = NO_COMPILER
    for compiler in compilers():
        if shutil.which(compiler[0]) is None:
            continue
        command = [*compiler, *FLAGS, *flags, "-o", str(unfinished), *map(str, sources)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=TIME, check=False)
        if ran.returncode == 0:
            # a running copy of the old file must not be written to
            unfinished.replace(target)
            return ""
        said = f"{compiler[0]} failed: {ran.stderr.strip()[-400:]}"
        unfinished.unlink(missing_ok=True)
    return said


def wheel_tag() -> str:
    """`py3-none-<platform>`: any Python 3, but this system and processor."""
    if sys.platform == "darwin":
        release = platform.mac_ver()[0].split(".")[0]
        return f"py3-none-macosx_{release}_0_{platform.machine()}"
    here = sysconfig.get_platform().replace("-", "_").replace(".", "_")
    return f"py3-none-{here}"


class CustomBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        fallback = root / SOURCES / "fallback.py"
        (root / BINARIES).mkdir(exist_ok=True)
        shutil.copy(fallback, root / BINARIES / fallback.name)
        built = [program.name for program in PROGRAMS if self._build(root, program)]

        script = root / BINARIES / SHIM.name
        if SHIM.name not in built:
            self.app.display_warning("aileron-sh is the slower Python script (about 5 ms more)")
            script = root / SCRIPT
            script.parent.mkdir(exist_ok=True)
            _, _, body = fallback.read_text().partition("\n")
            script.write_text("#!python -IS\n" + body)
            script.chmod(0o755)
        build_data["shared_scripts"][str(script)] = SHIM.name
        build_data["artifacts"].append(f"/{BINARIES}/*")
        if built:
            build_data["pure_python"] = False
            build_data["tag"] = wheel_tag()

    def _build(self, root: Path, program: Program) -> bool:
        target = root / BINARIES / program.name
        why = "AILERON_NO_NATIVE=1"
        if os.environ.get("AILERON_NO_NATIVE") != "1":
            why = compile_program(root, program, target)
        if why:
            self.app.display_warning(f"{program.name} was not built: {why}")
            target.unlink(missing_ok=True)
        return not why
