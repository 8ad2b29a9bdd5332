"""package.json, read by us and by npm: the texts that npm gives to its shell are what we found."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from aileron.tasks import npm
from aileron.tasks.task import File
from tests.conftest import program

SCRIPTS = {
    "test": "vitest run",
    "pretest": "tsc",
    "build": "vite build # and no more",
    "postbuild": "cp -r dist public",
    "prebuild": "",
    "stop": "echo stop",
    "odd:name": "echo $X && false || true",
    "preinstall": "echo preinstall",
    "postinstall": "echo postinstall",
    "prepare": "husky",
    "preprepare": "echo preprepare",
    "install": "echo install",
    "version": "git add -A",
    "postversion": "git push",
    "prerestart": "echo prerestart",
}
CASES = [
    "test",
    "t",
    "run test",
    "run build",
    "run-script build",
    "run build -- --watch 'a b' $HOME",
    "run build --if-present x -- y",
    "run odd:name",
    "run --ignore-scripts test",
    "stop",
    "start",
    "restart",
    "run missing",
    "install",
    "ci",
    "install --ignore-scripts",
    "version patch",
    "--prefix sub test",
    "-C sub run test",
]


@pytest.mark.parametrize("command", CASES)
def test_what_npm_would_run_is_what_was_found(command: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    shell = tmp_path / "shell"
    shell.write_text(f'#!/bin/sh\nprintf "%s\\t%s\\n" "$PWD" "$2" >> {log}\n')
    shell.chmod(0o755)
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    for folder in (project, project / "sub"):
        text = json.dumps({"name": folder.name, "version": "1.0.0", "scripts": SCRIPTS})
        (folder / "package.json").write_text(text)
        lock = {"name": folder.name, "version": "1.0.0", "lockfileVersion": 3, "packages": {}}
        (folder / "package-lock.json").write_text(json.dumps(lock))
    (project / "server.js").write_text("")
    (project / "sub" / "server.js").write_text("")
    words = [word.strip("'") for word in command.replace("'a b'", "a\0b").split()]
    words = [word.replace("\0", " ") for word in words]
    subprocess.run(
        [program("npm"), "--offline", "--no-audit", f"--script-shell={shell}", *words],
        cwd=project,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    ran = log.read_text().splitlines() if log.exists() else []
    assert {one for one in found(tuple(words), project) if one.split("\t")[1]} == set(ran)


def found(words: tuple[str, ...], project: Path) -> set[str]:
    call = npm.call("npm", words, str(project))
    if call is None:
        return set()
    path = Path(call.folder) / "package.json"
    plan = npm.plan(call, File(str(path), path.read_text()), lambda path: None)
    return {f"{step.folder}\t{step.text}" for step in plan.steps}
