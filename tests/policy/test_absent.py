"""A program that is nowhere cannot run, where that is certain; where it is not, it asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from aileron.model import CommandRequest, Decision
from aileron.session.judge import Judge

NOTHING_RUNS = """
frobnicate --all
frobnicate x | head -3
timeout 5 frobnicate x.ini 2>&1
bash -c 'frobnicate x'
cd src && frobnicate
"""
ASKS = """
zdump UTC
frobnicate deploy
frobnicate --delete-all x
./frobnicate && frobnicate
alias frobnicate=ls; frobnicate
export PATH=$PWD:$PATH; frobnicate
PATH=$PWD frobnicate
hash -p /tmp/x frobnicate; frobnicate
. ./env.sh; frobnicate
curl -so ~/.local/bin/frobnicate https://x.example && frobnicate
$X; frobnicate
sudo frobnicate
npx frobnicate
uv run frobnicate
ssh host frobnicate
docker run image frobnicate
goreleaser check
"""


@pytest.fixture
def decide(judge: Judge) -> Callable[[CommandRequest], Decision]:
    return judge.decide


def request(text: str, cwd: str = "/") -> CommandRequest:
    path = {"PATH": "/usr/bin:/bin:/usr/sbin"}
    return CommandRequest(argv=("bash", "-c", text), cwd=cwd, text=text, environment=path)


def test_nothing_can_run(decide: Callable[[CommandRequest], Decision]) -> None:
    for text in NOTHING_RUNS.strip().splitlines():
        assert decide(request(text)).verdict.value == "allow", text


def test_it_may_be_there_after_all(decide: Callable[[CommandRequest], Decision]) -> None:
    for text in ASKS.strip().splitlines():
        assert decide(request(text)).verdict.value == "ask", text


def test_a_shell_that_reads_start_up_files_may_find_it(
    decide: Callable[[CommandRequest], Decision],
) -> None:
    plain = request("frobnicate x")
    for other in (
        replace(plain, options=("-lc",)),
        replace(plain, options=("--login", "-c")),
        replace(plain, options=("-ic",)),
        replace(plain, shell="zsh"),
        replace(plain, environment={**plain.environment, "BASH_ENV": "/x"}),
        replace(plain, environment={**plain.environment, "BASH_FUNC_frobnicate%%": "() { x; }"}),
        replace(plain, argv=("bash", "-c", "source snapshot && eval 'frobnicate x'")),
    ):
        assert decide(other).verdict.value == "ask", other
