"""Made-up Makefiles, read by us and by GNU make: what `make -n` prints is what we found."""

from __future__ import annotations

import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aileron.tasks import make
from aileron.tasks.task import File
from tests.conftest import program

NAMES = ("A", "B", "C", "D")
TARGETS = ("one", "two", "three", "four", "five")
FILES = ("x.c", "y.c")
OBJECTS = ("x.o", "y.o", "x.p")

WORDS = st.sampled_from(
    ["a", "b.c", "lib/x.c", "-rf", "'q'", "%", "x=1", "$$HOME", "$$(id)", "\\#"]
)


def reference(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name = st.sampled_from(NAMES)
    plain = st.sampled_from(["$({})", "${{{}}}", "$({}:.c=.o)", "$({}:%.c=%.h)"])
    functions = st.sampled_from(
        [
            "$(subst a,b,{0})",
            "$(patsubst %.c,%.o,{0})",
            "$(strip {0})",
            "$(filter %.c a,{0})",
            "$(filter-out %.c,{0})",
            "$(sort {0})",
            "$(firstword {0})",
            "$(lastword {0})",
            "$(words {0})",
            "$(dir {0})",
            "$(notdir {0})",
            "$(addprefix p/,{0})",
            "$(addsuffix .s,{0})",
            "$(basename {0})",
            "$(suffix {0})",
            "$(findstring a,{0})",
            "$(if {0},yes,no)",
            "$(foreach v,{0},<$(v)>)",
            "$(call F,{0},z)",
            "$(call F,$(A))",
        ]
    )
    return st.one_of(
        st.builds(str.format, plain, name), st.builds(str.format, functions, inner), inner
    )


TEXTS = st.recursive(WORDS, reference, max_leaves=3)
VALUES = st.lists(TEXTS, max_size=3).map(" ".join)
ASSIGNMENTS = st.builds(
    lambda name, op, value: f"{name} {op} {value}",
    st.sampled_from(NAMES),
    st.sampled_from(["=", ":=", "?=", "+=", "::="]),
    VALUES,
)
DEFINES = st.builds(
    lambda name, values: "\n".join([f"define {name}", *(f"echo {one}" for one in values), "endef"]),
    st.sampled_from(NAMES),
    st.lists(VALUES, min_size=1, max_size=2),
)
RECIPES = st.builds(
    lambda prefix, value, more: f"\t{prefix}echo {value}{more}",
    st.sampled_from(["", "@", "-", "@-", " @ "]),
    st.one_of(VALUES, st.sampled_from(["$@", "$<", "$^", "$+", "$(@D)/$(@F)", "$(A)"])),
    st.sampled_from(["", " \\\n\t  and more", " # no comment", " ; $(B)"]),
)


@st.composite
def rules(draw: st.DrawFn) -> str:
    at = draw(st.integers(0, len(TARGETS) - 1))
    needs = draw(st.lists(st.sampled_from(TARGETS[at + 1 :] + OBJECTS + FILES), max_size=3))
    colon = draw(st.sampled_from([":", ":", ":", ": x.c |"]))
    inline = draw(st.sampled_from(["", "", " ; echo inline $@"]))
    lines = draw(st.lists(RECIPES, max_size=3))
    return "\n".join([f"{TARGETS[at]}{colon} {' '.join(needs)}{inline}", *lines])


@st.composite
def conditions(draw: st.DrawFn) -> str:
    test = draw(
        st.one_of(
            st.builds("{} ({},{})".format, st.sampled_from(["ifeq", "ifneq"]), VALUES, WORDS),
            st.builds("ifeq '{}' \"\"".format, st.sampled_from(["", "$(A)"])),
            st.builds("{} {}".format, st.sampled_from(["ifdef", "ifndef"]), st.sampled_from(NAMES)),
        )
    )
    inside = st.lists(st.one_of(ASSIGNMENTS, rules()), min_size=1, max_size=2).map("\n".join)
    otherwise = draw(st.sampled_from(["", "else", "else ifdef A"]))
    end = f"\n{otherwise}\n{draw(inside)}" if otherwise else ""
    return f"{test}\n{draw(inside)}{end}\nendif"


START = "F = ($1|$2)\nA = a x.c\nC := b\nD ="
END = "B ?= last\none two three four five:\n"

MAKEFILES = st.lists(
    st.one_of(
        ASSIGNMENTS,
        ASSIGNMENTS,
        DEFINES,
        rules(),
        rules(),
        conditions(),
        st.just("# a comment \\\n that goes on"),
        st.just(".PHONY: one two three four five"),
        st.just("%.o: %.c\n\techo compile $< $@"),
        st.just("override A = fixed"),
        st.just("export B"),
    ),
    min_size=1,
    max_size=9,
).map(lambda parts: "\n".join([START, *parts, END]))

COUNTS: Counter[str] = Counter()


def bare(lines: Iterable[str]) -> set[str]:
    """Without the blanks that mean nothing to a shell."""
    return {" ".join(line.split()) for line in lines} - {""}


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=MAKEFILES, goal=st.sampled_from(["", *TARGETS]))
def test_what_make_would_run_is_what_was_found(text: str, goal: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in (*FILES, "x.p", "y.p"):
            (Path(folder) / name).write_text("")
        path = Path(folder) / "Makefile"
        path.write_text(text)
        done = subprocess.run(
            [program("make"), "-nBrR", *([goal] if goal else [])],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin"},
        )
        call = make.call("make", (goal,) if goal else (), folder)
        assert call is not None
        plan = make.plan(call, File(str(path), text), lambda path: None)
    if done.returncode or plan.unclear:
        COUNTS[plan.unclear or done.stderr] += 1
        return
    COUNTS["compared"] += 1
    lines = [line for line in done.stdout.split("\n") if not line.startswith("make: ")]
    found = [line for step in plan.steps for line in step.text.split("\n")]
    assert bare(found) == bare(lines), f"{done.stdout}\n{plan}"


def test_enough_of_them_could_be_compared() -> None:
    if not COUNTS:
        pytest.skip("nothing was compared in this run")
    assert COUNTS["compared"] > COUNTS.total() / 3, COUNTS
