"""A repository that wants a decision to take for ever, to go wrong, or to look elsewhere."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.approval.state import keys
from aileron.model import Verdict
from aileron.session import facts
from aileron.tasks import just, make, npm
from aileron.tasks.task import LONGEST, MOST_STEPS, File
from tests.conftest import Aileron
from tests.tasks.world import judge_of, request

GROWS = "\n".join(
    ["A0 = x x x x x x x x", *(f"A{n} = " + f"$(A{n - 1}) " * 9 for n in range(1, 30))]
)
MAKEFILES = {
    "a variable that doubles": f"{GROWS}\nall: ; echo $(A29)\n",
    "a variable that is itself": "A = $(A)\nall: ; echo $(A)\n",
    "two that are each other": "A = $(B)\nB = $(A)x\nall: ; echo $(A)\n",
    "references in references": "all: ; echo " + "$(" * 60_000 + "\n",
    "references that close": "all: ; echo " + "$(" * 20_000 + ")" * 20_000 + "\n",
    "brackets in a condition": "ifeq " + "(" * 100_000 + "\nendif\n",
    "text that is multiplied": "A := "
    + "a" * 90_000
    + "\nB := $(subst a,$(A),$(A))\nall: ; $(B)\n",
    "words that are multiplied": "A := "
    + "a " * 60_000
    + "\nB := $(foreach x,$(A),$(foreach y,$(A),$(x)$(y)))\nall: ; $(B)\n",
    "additions without end": "A =\n" + "A += xxxxxxxxxxxxxxx\n" * 12_000 + "all: ; $(A)\n",
    "targets without end": "".join(f"t{n}: t{n + 1} t{n + 2}\n" for n in range(12_000)),
    "targets in one rule": "all: " + "a " * 100_000 + "\n" + "a " * 10_000 + ": ; echo $@\n",
    "patterns without end": "".join(f"%{n}: %{n}x ; echo\n" for n in range(9_000)) + "all: b1\n",
    "a pattern that grows": "%: %x ; echo $@\n%x: %xx ; echo $@\nall: ax\n",
    "conditions in conditions": "ifdef A\n" * 60_000,
    "a definition without end": "define A\n" * 50_000,
    "recipes without end": "all:\n" + "\techo x\n" * 40_000,
    "a line of backslashes": "all: " + "\\" * 200_000 + "\n",
    "comments": "#" * 250_000 + "\nall: ; echo " + "\\#" * 20_000 + "\n",
    "colons": ":" * 250_000,
    "dollars": "all: ; echo " + "$" * 200_000 + "\n",
    "blanks": "all:" + " " * 200_000 + "x\n",
    "one that includes itself": "include Makefile\nall: ; echo\n",
    "one that runs itself": "all: ; $(MAKE) all other\nother: ; $(MAKE) all $(X)\n",
    "signs of our own": "A = \ue000?HOME\ue001\nall: ; ls $(A)\n",
    "modifiers": "export override " * 15_000 + "\n",
    "a name of blanks": "define a" + " " * 120_000 + "b\nendef\n",
    "an assignment of blanks": "a" + " " * 120_000 + "b = c\n" + "b" + " " * 90_000 + "\n",
    "nothing": "",
    "a null byte": "all: ; echo \0\n",
}
PACKAGES = {
    "deep": '{"scripts": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "numbers": '{"scripts": {"all": ' + "9" * 50_000 + "}}",
    "many": json.dumps(
        {"scripts": {f"s{n}": "npm run all" for n in range(8_000)} | {"all": "run-s '*'"}}
    ),
    "stars": json.dumps({"scripts": {"a" * 5000: "x", "all": f"run-s '{'*a' * 2000}'"}}),
    "long": json.dumps({"scripts": {"all": "echo x; " * 30_000}}),
    "loops": json.dumps(
        {
            "scripts": {
                "all": "npm run b && npm run c",
                "b": "npm run c; npm run all",
                "c": "npm run b; npm run all",
            }
        }
    ),
    "no text": '{"scripts": {"all": {"x": 1}}}',
    "odd names": json.dumps({"scripts": {"all": "git push", "preall": "\x1b[2J\nls"}}),
}
JUSTFILES = {
    "recipes that need each other": "all: b c\nb: c all\nc: b all\n",
    "many": "".join(f"r{n}: r{n + 1} r{n + 2}\n  echo {n}\n" for n in range(9_000)) + "all: r0\n",
    "braces": "all:\n  echo " + "{{" * 60_000 + "\n",
    "open braces": "all:\n  echo " + "{{ " * 60_000 + "\n",
    "quotes": "all:\n  echo x\nx := " + "'" * 90_000 + "\ny := " + '"""' * 9_001 + "\n",
    "backticks": "x := " + "`" * 90_000 + "\nall:\n  echo\n",
    "colons": "all" + " a:" * 60_000 + "\n",
    "blanks": "all" + " " * 120_000 + "\n",
}


def decides(aileron: Aileron, text: str, seconds: float = 5) -> Verdict:
    """The verdict, within far more time than it should take."""
    judge = judge_of(aileron)
    start = time.monotonic()
    decision = judge.decide(request(aileron, text))
    assert time.monotonic() - start < seconds
    return decision.verdict


@pytest.mark.parametrize("name", MAKEFILES)
def test_a_hostile_makefile_is_judged_in_time(name: str, aileron: Aileron) -> None:
    aileron.write("Makefile", MAKEFILES[name])
    assert decides(aileron, "make all") is Verdict.ALLOW


@pytest.mark.parametrize("name", PACKAGES)
def test_a_hostile_package_is_judged_in_time(name: str, aileron: Aileron) -> None:
    aileron.write("package.json", PACKAGES[name])
    expected = Verdict.ASK if "git push" in PACKAGES[name] else Verdict.ALLOW
    assert decides(aileron, "npm run all") is expected


@pytest.mark.parametrize("name", JUSTFILES)
def test_a_hostile_justfile_is_judged_in_time(name: str, aileron: Aileron) -> None:
    aileron.write("justfile", JUSTFILES[name])
    assert decides(aileron, "just all") is Verdict.ALLOW


def test_tasks_that_name_each_other_a_thousand_times_are_looked_at_once(aileron: Aileron) -> None:
    rules = [
        f"t{n}:\n" + f"\t$(MAKE) t{n + 1}\n\t$(MAKE) t{n + 2}\n\t./s{n}.sh\n" * 60 for n in range(9)
    ]
    aileron.write("Makefile", "\n".join(rules))
    for n in range(9):
        aileron.write(f"s{n}.sh", f"#!/bin/sh\n./s{n + 1}.sh\nmake t{n}\n" * 300, 0o755)
    assert decides(aileron, "make t0", 20) is Verdict.ALLOW
    assert decides(aileron, "make deploy", 20) is Verdict.ASK


@pytest.mark.parametrize(
    "where", ["fifo", "directory", "outside", "dangling", "loop", "device", "big"]
)
def test_what_is_no_file_of_the_project_is_not_read(
    where: str, aileron: Aileron, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the verdict is what it is without looking: allowed for a test, a question for a
    deployment."""
    monkeypatch.setattr(facts, "SCRATCH", ())  # where this test's home lies, too
    path = aileron.project / "Makefile"
    outside = aileron.home / "Makefile"
    outside.write_text("test: ; git push\ndeploy: ; echo\n")
    if where == "fifo":
        os.mkfifo(path)
    elif where == "directory":
        path.mkdir()
    elif where == "big":
        path.write_text("deploy: ; echo\ntest: ; git push\n" + "#" * 300_000)
    else:
        links: dict[str, str | Path] = {
            "outside": outside,
            "dangling": "nowhere",
            "loop": path,
            "device": "/dev/zero",
        }
        path.symlink_to(links[where])
    assert decides(aileron, "make test") is Verdict.ALLOW
    assert decides(aileron, "make deploy") is Verdict.ASK


def test_a_folder_is_no_script(aileron: Aileron) -> None:
    (aileron.project / "src").mkdir()
    assert decides(aileron, "./src") is Verdict.ASK
    assert decides(aileron, "bash src") is Verdict.ASK


def test_a_file_above_the_project_is_not_read(
    aileron: Aileron, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts, "SCRATCH", ())
    (aileron.project.parent / "package.json").write_text('{"scripts": {"test": "git push"}}')
    (aileron.project.parent / "Makefile").write_text("test: ; git push")
    assert decides(aileron, "npm test") is Verdict.ALLOW
    assert decides(aileron, "make -C .. test") is Verdict.ALLOW
    assert decides(aileron, "make -f ../Makefile test") is Verdict.ALLOW


def test_a_secret_in_an_included_file_is_not_shown(aileron: Aileron) -> None:
    aileron.write(".env", "TOKEN=hunter2\n")
    aileron.write("Makefile", "include .env\nrelease: ; npm publish --token $(TOKEN)\n")
    decision = judge_of(aileron).decide(request(aileron, "make release"))
    assert decision.verdict is Verdict.ASK
    assert decision.rule == "npm-publish"
    assert "hunter2" not in decision.reason


@pytest.mark.parametrize("changed", ["Makefile", "rules.mk", "package.json", "push.sh"])
def test_an_answer_is_bound_to_the_bytes_of_every_file(changed: str, aileron: Aileron) -> None:
    """A yes to a task is no yes to what it becomes."""
    files = {
        "Makefile": "include rules.mk\ntag: ; npm run x\n",
        "rules.mk": "other: ; ls\n",
        "package.json": '{"scripts": {"x": "./push.sh"}}',
        "push.sh": "#!/bin/sh\ngit push\n",
    }
    for name, text in files.items():
        aileron.write(name, text, 0o755)
    asked = request(aileron, "make tag")
    judge = judge_of(aileron)
    first = judge.decide(asked)
    assert (first.verdict, first.rule) == (Verdict.ASK, "git-push")
    assert "Makefile's tag runs npm run x: package.json's x runs ./push.sh" in first.reason
    assert keys(asked, first) == keys(asked, judge.decide(asked))
    aileron.write(changed, files[changed] + "\n", 0o755)
    assert keys(asked, first) != keys(asked, judge.decide(asked))


SIGNS = [*"ab:=$(){}\n\t\\#,%@<^ ;'`[]*+-?!&|/.", '"', "ifeq ", "else", "endif", "define "]
TEXTS = st.lists(st.sampled_from(SIGNS) | st.characters(), max_size=80).map("".join)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, words=st.lists(st.none() | TEXTS, max_size=4))
def test_no_text_raises_and_no_plan_is_without_bounds(text: str, words: list[str | None]) -> None:
    for runner, name in ((make, "Makefile"), (npm, "package.json"), (just, "justfile")):
        for first in ("a", "run", "install", "-f", None):
            call = runner.call(name=sorted(runner.NAMES)[0], words=(first, *words), folder="/p")
            if call is None:
                continue
            plan = runner.plan(call, File(f"/p/{name}", text), lambda path: text)
            assert len(plan.steps) <= MOST_STEPS
            assert sum(len(step.text) for step in plan.steps) <= LONGEST
