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
from aileron.shell.reading import ANYTHING, PROJECT

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
for f in src/*; do f=/etc; show "$f"; done
f=a; show "$f"; f=b/c; show "$f.x"
f=.e; f+=nv; show "$f"
out="bin/x"; [ 1 = 1 ] && out="$out.exe"; show "$out"
out="bin/x"; [ 1 = 2 ] && out="$out.exe"; show "$out"
if [ 1 = 2 ]; then d=a; else d=b; fi; show "$d/x"
if [ 1 = 2 ]; then d=a; elif true; then d=c; else d=b; fi; show "$d/x"
case b in a) d=1;; *) d=2;; esac; show "$d"
if true; then d=a; else exit 1; fi; show "$d/x"
d=a; if true; then d=b; fi; show "$d/x"
d=a; for i in 1 2; do d=b; [ $i = 1 ] && break; d=c; done; show "$d"
d=a; for i in 1 2; do d=$i; done; show "$d"
d=a; while read -r x; do d=b; done < src/x.py; show "$d"
d=a; d=b > out.log; show "$d"; rm out.log
x=a; x=b y="$x/1"; show "$y"
for n in 1 2 4; do export GOMAXPROCS=$n; show "b-$n"; awk -v n="$n" 'BEGIN { n = 3 }'; done
c=ch/a; for env in dev prod; do v="$c/v-$env"; [ -f "$v" ] || { echo no; }; show "$v"; done
f() { show -x "$@" end; }; f a b; f c
f() { show "${@:2}"; }; f a b; f c d e
args=(-q -x); show "${args[@]}" tests
args=(-q); args+=(-x y); show "${args[@]}" tests
args=(-q); if true; then args+=(-x); fi; show "${args[@]}" tests
args=(-q); [ 1 = 2 ] && args+=(-x); show "${args[@]}" tests
declare -a args=(a b); show "${args[@]}"
f() { local args=(x "$1"); show "${args[@]}"; }; f a
readonly x=src; show "$x/a"
export x=src; show "$x/a"
x=src; export x; show "$x/a"
f() { local x=src/a; show "$x"; }; f
set -- a b; show "$1" "$@" "x/$2"
set -- a b; shift; show "$1" "$@"
set -- a b; set -- c "$@"; show "$@"
set -e; set -- a; set -euo pipefail; show "$1"
x=Debug; show "${x,,}/a" "${x^^}" "${x,}"
for f in src/*.py; do show "${f^^}" "${f//\//-}"; done
for lr in 1e-3 3e-4; do name="lr_${lr//-/m}"; show "$name"; done
x=a.b.c; show "${x%%.*}" "${x%.*}" "${x#*.}" "${x##*.}" "${x/b/d}" "${x//./_}"
x=src/a/b; show "${x#src/}" "${x##*/}" "${x%/*}" "${x%%/*}"
f() { show "${1%.py}.txt" "${1##*/}"; }; f src/x.py
f() { show "${1:-$HOME}" "${1:-$HOME/x}"; }; f; f a
x=a; show "${x:-$HOME}"
show "x${PWD%%/*}" "y${HOME%%/*}"
t=HOME; show "${!t}"
a=src; t=a; show "${!t}/x"
show "$(printf '/%s' home dev)" "$(printf '%s/%s' a "b")" "$(printf 'n%d' 3)"
for f in $(printf '%s\n' a b); do show "$f"; done
type=Debug; show "b-$(echo "$type" | tr A-Z a-z)" "$(echo "$type" | tr '[:upper:]' '[:lower:]')"
x=Abc; show "src/$(echo "$x" | sed -E 's/([A-Z])/-\L\1/g; s/^-//').ts"
for f in src/*.py; do show "$(basename "$f" | tr a-z A-Z)"; done
for f in src/*.py; do show "$(basename "$f" | sed 's/\.py$/.txt/')"; done
m=(); while read -r -d '' f; do m+=("$f"); done < <(git ls-files -z); show "${m[@]}" "${m[0]}.x"
T=$(mktemp -d /tmp/fix.XXXXXX); show "$T/x"; rmdir "$T"
T=$(mktemp); show "$T.x"; rm "$T"
shopt -s lastpipe; x=a; echo b | read -r x; show "z"
x=a; f() { x=b; }; f; show z
f() { local d=$1; d="$d/x"; show "$d"; }; f src
f() { x="${1}"; x="out/$x"; show "$x"; }; f src; f a
i=0; while [ $i -lt 3 ]; do n=out-$i; n="$n.txt"; show "$n"; i=$((i + 1)); done
x=a; (x=/etc; true); show "$x"
x=a; echo b | { read -r x; }; show "$x"
x=a; y=$(echo b); show "$x/$y"
x=src/a; show "$(dirname "$x")" "$(basename "$x")"
x="one two"; x=b; show $x
"""
UNKNOWN = r"""
show "$X"
for f in "$@"; do show "$f"; done
f=a; read f; show "$f"
f=$(cat list); show "$f"
f=$(printf '%s' "$X"); show "$f"
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
f=a; for i in 1 2; do show "$f"; f=/etc; done
f=a; while [ "$f" != / ]; do show "x$f" "$f"; f=/; done
f=a; g() { f=/etc; }; g; show "$f"
f=a; g() { f=/etc; }; h() { "$@"; }; h g; show "$f"
f=a; trap 'show "$f"' EXIT; f=/etc
f=a; trap 'f=/etc' DEBUG; show "$f"
f=a; eval "f=$X"; show "$f"
f=a; if true; then f=$X; fi; show "$f"
f=a; printf -v f '%s' /etc; show "$f"
f=a; : $((f = 3)); show "$f"
f=a; [ 1 ] && read -r f; show "$f"
f=src; for i in 1 2; do show "$f"; read -r f; done
local f=src; f=a; g() { show "$f"; }; f=/etc; g
for i in 1 2; do X=${X:-y}/..; show "$X"; done
f=(a b); f+=("$X"); show "${f[@]}"
set -- a; for i in 1 2; do show "$1"; set -- /etc; done
set -- a; set -- $X; show "$1"
set -- a; trap 'show "$1"' EXIT; set -- /etc
f=a; declare -n g=f; g=/etc; show "$f"
f=/; readonly f; f=a; show "$f"
f=a:/etc; IFS=:; show $f
f() { show $@; }; f "a /etc"
x=src/..a; show "$(echo "$x" | sed 's/a$//')"
for f in src/*; do show "${f//y/..}" "${f/src/}"; done
HOME=$(cat list); show "$HOME"
X=a; d=$PWD; show "${d%%/*}x"
declare -i f; f=a; show "$f"
d=a; for i in 1 2; do export e="$d"; show "$e/x"; read -r d; done
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
        word.value is None and (not word.could or ANYTHING in word.could)
        for one in shows
        for word in one.words[1:]
    ) or any(one.appended and not one.inputs for one in shows)
