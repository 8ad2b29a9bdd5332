"""Under which names a program that starts without a shell is judged."""

from __future__ import annotations

import pytest

from aileron.containment.execread import Exec
from aileron.session.execgate import lines


def starting(path: str, *argv: str, given: str = "", interpreter: tuple[str, ...] = ()) -> Exec:
    return Exec(
        id=1,
        pid=1,
        tid=1,
        ppid=0,
        start_time=0,
        given=given or path,
        path=path,
        argv=argv,
        cwd="/p",
        inode=(1, 1),
        runs=(1, 1),
        interpreter=interpreter,
    )


PUSH = ("push", "-f")


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (starting("/usr/bin/git", "git", *PUSH), ("/usr/bin/git", *PUSH)),
        (starting("/usr/bin/git", "ls", *PUSH), ("/usr/bin/git", *PUSH)),
        (starting("/usr/bin/git", "ls", *PUSH, given="./ls"), ("/usr/bin/git", *PUSH)),
        (starting("/tmp/x", "git", *PUSH), ("git", *PUSH)),
        (starting("/usr/bin/git", "git-push", "-f"), ("git", *PUSH)),
        (starting("/usr/lib/git-core/git-push", "x", "-f"), ("git", *PUSH)),
        (
            starting("/lib64/ld-linux-x86-64.so.2", "ld", "/usr/bin/git", *PUSH),
            ("/usr/bin/git", *PUSH),
        ),
        (
            starting("/lib/ld-musl-x86_64.so.1", "ld", "--argv0", "ls", "/bin/git", *PUSH),
            ("/bin/git", *PUSH),
        ),
        (
            starting("/p/g", "g", interpreter=("/usr/bin/git", "push")),
            ("/usr/bin/git", "push", "/p/g"),
        ),
    ],
)
def test_a_program_is_judged_by_every_name_it_answers_to(
    found: Exec, line: tuple[str, ...]
) -> None:
    assert line in lines(found)


def test_a_plain_program_is_judged_once() -> None:
    assert lines(starting("/usr/bin/grep", "grep", "x")) == [("/usr/bin/grep", "x")]
