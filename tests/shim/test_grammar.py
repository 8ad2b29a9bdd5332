"""Whatever the words are: what runs is what the broker was asked about, or nothing."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from aileron.model import Mode

from .lab import DEADLINE, Lab, real_shell

WORDS = """
-c -c -c -lc -cl -ec -co -oc -cs -ooc +c +ce -l -s -is -e +e -x -n -t -b -f -p -A -z -O +O -o +o -eo
errexit pipefail nounset stdin interactive shinstdin extglob -- - + --norc -norc --rcfile -login
--login --posix -posix --verbose --bogus one two one two one
""".split()  # noqa: SIM905, a list of words to be read as such

# Which of these a mode may lead to; `word` is the first one that is no option.
ALLOWED = {
    Mode.COMMAND: "text of {word}",
    Mode.SCRIPT: "script {word}",
    Mode.STDIN: "standard input",
    Mode.INTERACTIVE: "standard input",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two names that are scripts here, and programs on PATH."""
    (tmp_path / "bin").mkdir()
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"echo script {name}\n")
        program = tmp_path / "bin" / name
        program.write_text(f"#!{real_shell('sh')}\necho text of {name}\n")
        program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("shell", ["bash", "dash", "zsh"])
def test_what_runs_is_what_was_asked_about(shell: str, lab: Lab, folder: Path) -> None:
    """For words that a seed makes up; mode u (unknown) promises nothing."""
    if not real_shell(shell):
        pytest.skip(f"no {shell} here")
    made_up = random.Random(shell)
    for _ in range(60):
        words = made_up.choices(WORDS, k=made_up.randint(1, 6))
        ended = subprocess.run(
            [lab.shim(shell), *words],
            input="echo standard input\n",
            cwd=folder,
            env={"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder)},
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            start_new_session=True,
            check=False,
        )
        request = lab.asked[-1].request
        said = {"text of one", "text of two", "script one", "script two", "standard input"}
        ran = said & set(ended.stdout.splitlines())
        word = request.script if request.mode is Mode.SCRIPT else request.text
        if request.mode is Mode.UNKNOWN:
            assert shell != "bash" or not ran, words
        else:
            assert ran <= {ALLOWED.get(request.mode, "").format(word=word)}, words
    assert len(lab.asked) == 60
