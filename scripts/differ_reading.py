"""Our reader against shfmt's tree and tree-sitter, over the shell scripts of this machine.

    scripts/differ_reading [FOLDER…]     default: /usr/bin and git's own programs

Nothing is run.  Exits 1 if shfmt sees a command in a text that ours read
completely and does not list; where tree-sitter differs, that is printed only.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aileron.session import policy_files, readers
from aileron.shell.agreement import Words, doubt, first_missing
from aileron.shell.read import LIMIT, read

FOLDERS = ("/usr/bin", "/usr/sbin", "/usr/lib/git-core", "/usr/libexec/git-core")
SHEBANG = re.compile(rb"#! ?/(?:usr/)?bin/(?:env )?(bash|dash|sh)\b")
DIALECT = {"bash": "bash", "dash": "posix", "sh": "posix"}


def scripts(folders: list[str]) -> Iterator[tuple[Path, str, str]]:
    for path in sorted(path for folder in folders for path in Path(folder).glob("*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LIMIT:
            continue
        content = path.read_bytes()
        found = SHEBANG.match(content)
        if found:
            yield path, found[1].decode(), content.decode("utf-8", "surrogateescape")


def shfmt(program: str, text: str, shell: str) -> list[Words] | None:
    """The commands that shfmt sees, up to the first word that is not plain; None if it fails."""
    order = [program, f"-ln={DIALECT[shell]}", "-tojson"]
    done = subprocess.run(order, input=text.encode("utf-8", "surrogateescape"), capture_output=True)
    if done.returncode:
        return None
    found: list[Words] = []
    stack: list[Any] = [json.loads(done.stdout)]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if node.get("Type") == "CallExpr" and node.get("Args"):
                found.append(words(node["Args"]))
            stack += node.values()
        elif isinstance(node, list):
            stack += node
    return found


def words(args: list[dict[str, Any]]) -> Words:
    made: list[str | None] = []
    for arg in args:
        parts = arg.get("Parts", [])
        plain = len(parts) == 1 and parts[0].get("Type") == "Lit"
        value = parts[0]["Value"] if plain else None
        made.append(None if value is None or re.search(r"[\\{]", value) else value)
        if made[-1] is None:
            break
    return tuple(made)


def main() -> int:
    program = shutil.which("shfmt") or shutil.which("shfmt", path=str(Path(sys.executable).parent))
    if program is None:
        print("SKIPPED: shfmt is not installed (pip install shfmt-py)", file=sys.stderr)
        return 0
    wrappers = policy_files.load_wrappers()
    (sitter,) = readers.load(["tree-sitter"])
    counts: Counter[str] = Counter()
    for path, shell, text in scripts(sys.argv[1:] or list(FOLDERS)):
        reading = read(text, shell, wrappers)
        counts["complete" if reading.complete else "not complete"] += 1
        if not reading.complete:
            continue
        theirs = shfmt(program, text, shell)
        if theirs is None:
            counts["shfmt cannot read"] += 1
        else:
            missing = first_missing(theirs, [one.argv for one in reading.commands if not one.via])
            if missing is not None:
                counts["shfmt sees more"] += 1
                print(f"{path}: shfmt sees {missing}")
        why = doubt(text, reading, sitter)
        if why:
            counts["tree-sitter differs"] += 1
            print(f"{path}: {why}")
    print(", ".join(f"{name}: {count}" for name, count in sorted(counts.items())))
    return 1 if counts["shfmt sees more"] else 0


if __name__ == "__main__":
    sys.exit(main())
