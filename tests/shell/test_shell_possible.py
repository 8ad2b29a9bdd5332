"""What a word could be, against what bash makes of it: in a folder with files, each command
`show` prints its arguments, and each of these must be one of the patterns."""

from __future__ import annotations

import fnmatch
import os
import subprocess
from pathlib import Path

import pytest

from aileron.session.policy_files import load_wrappers
from aileron.shell.read import read
from aileron.shell.reading import PROJECT

WRAPPERS = load_wrappers()
KNOWN = r"""
for f in src/*.py; do show "$f.bak"; done
for f in src/*.py; do show "${f%.py}.txt" "${f##*/}" "${f%/*}/x"; done
for f in a b c; do show "out/$f"; done
for f in a b; do show "$f"; done; for f in c d; do show "x/$f"; done
for f in {1..3}; do show "n-$f"; done
for f in $(seq 1 4); do show "n-$f.txt"; done
for f in $(find src -name '*.py'); do show "$f"; done
for f in $(ls src); do show "src/$f"; done
for f in $(ls *.log); do show "$f"; done
find . -name '*.py' | while read -r f; do show "$f"; done
find src -type f | sort | head -2 | while IFS= read -r f; do show "$f.new"; done
while IFS= read -r f; do show "$f"; done < <(find src -name '*.py' -print)
find src -name '*.py' -print0 | xargs -0 show
find . -name '*.log' | xargs -I{} show {}.old
find src -name x.py -exec show {} \;
find src -type d -exec show {}/new \;
grep -rl import src | xargs show
grep -l import src/x.py src/y.py | tail -n 1 | xargs show
ls -t *.log | tail -n +1 | xargs show
T=$(mktemp -d); show "$T/x"; rmdir "$T"
T=$(mktemp ./work.XXXXXX); show "$T"; rm "$T"
T=$(mktemp -t work.XXXXXX); show "$T"; rm "$T"
D=$(dirname src/x.py); show "$D/new"
N=$(basename src/x.py .py); show "out/$N.txt"
for f in src/*.py; do n=$(basename "$f" .py); show "out/$n.txt"; done
show "log-$(date +%Y%m%d-%H%M).txt" "$(date -u +%s)"
show "$PWD/build" "$(pwd)/build" "${PWD}/x"
show "$HOME/x" ~/y
show "out.$$" "n$((1 + 2))" "$RANDOM.txt"
x=src; show "$x/$(date +%s)"
R=$(git rev-parse --show-toplevel); show "$R/x"
for f in $(git ls-files); do show "$f"; done
git ls-files '*.py' | xargs show
d=$(find . -maxdepth 1 -name src); show "$d/x"
echo src/x.py src/y.py | tr ' ' '\n' | cat >/dev/null; show done
for d in src other; do (cd "$d" && show "$d"); done
f() { show "$1.txt"; }; f a; f b
sh -c 'show "$0" "$1" "$2x"' a b c
bash -c 'show "$1.bak" "$@"' _ src/x.py other
bash -c 'for f; do show "$f.new"; done' _ a b
find src -name '*.py' -exec sh -c 'show "$1" "$1.txt"' _ {} \;
find . -name '*.py' -exec sh -c 'for f in "$@"; do show "$f.bak"; done' _ {} +
find src -name '*.py' -print0 | xargs -0 sh -c 'for f; do show "$f"; done' _
ls *.log | xargs -I{} sh -c 'show "$1"' _ {}
ls *.log | xargs -n1 sh -c 'show "$0.x"'
f() { for x in "$@"; do show "$x"; done; }; f a b c
f() { local d="$1"; show "$d/x"; }; f src
f() { shift; show "$1"; }; f a b
f() { "$@"; }; f show a
true && d=src; show "$d/x"
a=(src/*.py); for f in "${a[@]}"; do show "$f"; done; show "${a[0]}.bak"
a=(show x y); "${a[@]}" z
mapfile -t a < <(git ls-files '*.py'); for f in "${a[@]}"; do show "$f"; done
i=0; while [ $i -lt 3 ]; do show "n-$i"; i=$((i + 1)); done
for ((i = 0; i < 3; i++)); do show "n-$i"; done
D="$(cd "$(dirname src/x.py)" && pwd)"; show "src"
for f in $(find src -name '*.py'); do show "${f%/*}/new" "$(dirname "$f")/new"; done
find src -name '*.py' | grep x | sed -n '1,5p' | xargs show
"""
UNKNOWN = r"""
show "$X"
for f in "$@"; do show "$f"; done
f=a; read f; show "$f"
f=$(cat list); show "$f"
f=$(printf '%s' "$X"); show "$f"
for f in src/*; do f=/etc; show "$f"; done
for f in src/*; do source ./x; show "$f"; done
for f in src/*; do . ./x; show "$f"; done
for f in src/*; do printf -v f /etc; show "$f"; done
for f in src/*; do declare -n g=f; g=/etc; show "$f"; done
for f in src/*; do (( f = 3 )); show "$f"; done
for f in src/*; do show "${f/src/..}"; done
for f in a b; do for f in $X; do show "$f"; done; done
find -L src | xargs show
find "$X" -name y | xargs show
find src -printf '/etc/%f\n' | xargs show
find src | sed 's|src|/etc|' | xargs show
find src | awk '{print "/" $1}' | xargs show
ls -l | xargs show
ls -R | xargs show
date +/etc/passwd | xargs show
show "$(date +/etc/%Y)"
show "$(basename ..)" "build/$(basename "$X")"
show "a$(pwd)" "a$HOME"
T=$(mktemp -p "$X"); show "$T"
x=f; read "$x"; show "$f"
trap $'\x66=/etc' DEBUG; for f in src/*; do show "$f"; done
"""


def programs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("possible")
    for name in ("src/x.py", "src/y.py", "src/deep/z.py", "a.log", "b.log", "other/o"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("import os\n")
    show = root / "show"
    show.write_text('#!/bin/sh\nprintf \'%s\\0\' "$@" >> "$SHOWN"\n')
    show.chmod(0o755)
    for command in (["init", "-q"], ["add", "src"]):
        subprocess.run(["git", *command], cwd=root, check=True)
    return root


@pytest.mark.parametrize("program", programs(KNOWN))
def test_what_bash_makes_is_one_of_the_patterns(program: str, folder: Path, tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    environment = os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "SHOWN": str(shown)}
    environment["TMPDIR"] = "/tmp"
    subprocess.run(["bash", "-c", program], cwd=folder, env=environment, check=True)
    made = [one for one in shown.read_text().split("\0") if one] if shown.exists() else []
    patterns: set[str] = set()
    for command in read(program, "bash", WRAPPERS).commands:
        if command.name == "show":
            for word in command.words[1:]:
                patterns.update((word.value,) if word.value is not None else word.could)
                assert word.value is not None or word.could, f"nothing is known of {word.source}"
            patterns.update(command.inputs)
    for one in made:
        assert any(_fits(one, pattern, folder) for pattern in patterns), (one, patterns)
    assert made or program.endswith("show done")


def _fits(made: str, pattern: str, folder: Path) -> bool:
    if pattern.startswith("~"):
        pattern = os.environ["HOME"] + pattern[1:]
    if pattern == "." or pattern.startswith("./"):
        if fnmatch.fnmatchcase(made, f"{folder}{pattern[1:]}"):
            return True
        made, pattern = made.removeprefix("./"), pattern.removeprefix("./")
    return fnmatch.fnmatchcase(made, pattern.replace(PROJECT, str(folder)))


@pytest.mark.parametrize("program", programs(UNKNOWN))
def test_what_could_be_anything_has_no_patterns(program: str) -> None:
    shows = [one for one in read(program, "bash", WRAPPERS).commands if one.name == "show"]
    assert shows
    assert any(
        word.value is None and not word.could for one in shows for word in one.words[1:]
    ) or any(one.appended and not one.inputs for one in shows)
