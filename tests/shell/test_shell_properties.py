"""What holds for every text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.shell.parser import Parser
from aileron.shell.read import read
from aileron.shell.reading import Reading
from aileron.shell.scanner import Notes, Stop
from aileron.shell.tree import AndOr, Compound, Pipeline, Script, Simple
from aileron.shell.wrappers import wrappers_from
from tests.shell.shell_print import Unprintable, printed, shape
from tests.shell.shell_programs import Grammar

TABLE = Path(__file__).parents[2] / "policy_defaults" / "wrappers.yaml"
WRAPPERS = wrappers_from(yaml.safe_load(TABLE.read_text()))
PIECES = st.sampled_from(
    r"""
    a b=c $x ${ } $( ) ` " ' \ | & ; && || < > << <<- <<< <( >( ( ) (( )) $(( [[ ]] [ = { , }
    if then else fi for in do done while case esac ;; function time ! coproc # * ? ~ 1 2>&1
    sudo env xargs -I{} bash -c eval find -exec {} \; trap @( x=( a[ ] += $' $" -- -
    """.split()  # noqa: SIM905
)
SPACED = st.lists(st.tuples(PIECES, st.sampled_from(["", " ", "\n", "\\\n"]))).map(
    lambda pairs: "".join(piece + gap for piece, gap in pairs)
)
SHELLS = st.sampled_from(["bash", "sh", "zsh"])


@settings(deadline=None)
@given(
    st.one_of(st.text(), SPACED, st.binary().map(lambda b: b.decode("utf-8", "surrogateescape")))
)
def test_no_text_raises(text: str) -> None:
    """The answer is always a reading, and an incomplete one says why."""
    found = read(text, "bash", WRAPPERS)
    assert found.complete is (found.why == "")


@settings(deadline=None)
@given(SPACED, SHELLS)
def test_no_text_raises_in_any_shell(text: str, shell: str) -> None:
    assert isinstance(read(text, shell, WRAPPERS), Reading)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.characters(categories=["Cc", "Cs"], exclude_characters="\t\n"))
def test_text_with_junk_in_it_is_never_complete(seed: int, junk: str) -> None:
    text = Grammar(seed).text
    at = seed % (len(text) + 1)
    assert not read(text[:at] + junk + text[at:], "bash", WRAPPERS).complete


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_a_line_more_hides_no_command(seed: int) -> None:
    """What a complete text runs is still found when unreadable lines follow."""
    text = Grammar(seed).text
    alone = read(text, "bash", WRAPPERS)
    if not alone.complete:
        return
    followed = read(text + "\n)\n", "bash", WRAPPERS)
    assert not followed.complete
    found = [command.source for command in followed.commands]
    assert all(command.source in found for command in alone.commands)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_text_cut_anywhere_keeps_what_came_before(seed: int, cut: int) -> None:
    """Every command whose line was read before the cut is found."""
    lines = [f"c{number} a" for number in range(3)]
    text = "\n".join(lines) + "\n" + Grammar(seed).text
    start = len("\n".join(lines)) + 1
    found = read(text[: start + cut % (len(text) - start + 1)], "bash", WRAPPERS)
    assert [command.source for command in found.commands[:3]] == lines


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_indices_lead_to_commands(seed: int) -> None:
    found = read(Grammar(seed, mutate=True).text, "bash", WRAPPERS)
    size = len(found.commands)
    pointed = [at for command in found.commands for at in command.upstream]
    pointed += [at for one, inside in found.substitutions for at in (one, *inside)]
    assert all(0 <= at < size for at in pointed)


def tree(text: str) -> Script | None:
    """The tree of a text that is read whole."""
    items: list[AndOr] = []
    try:
        Parser(text, "bash", 0, Notes()).whole(items)
    except Stop:
        return None
    return Script(items)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6))
def test_what_is_printed_reads_as_the_same_tree(seed: int) -> None:
    found = tree(Grammar(seed).text)
    if found is None:
        return
    try:
        text = printed(found)
    except Unprintable:
        return
    again = tree(text)
    assert again is not None, text
    assert shape(again) == shape(found), text
    assert printed(again) == text


BETWEEN = re.compile(
    r"""(?:[ \t\n;&|(){}!]|\#[^\n]*|(?:[0-9]*|\{\w+(?:\[\w+\])?\})[<>]|\[\[|\]\]
    |(?:if|then|elif|else|fi|while|until|do|done|for|select|in|case|esac|function|coproc
    |time(?:[ \t]+-p)?(?:[ \t]+--)?)(?=[\s;&|()<>]|\Z))*""",
    re.VERBOSE,
)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6))
def test_every_byte_is_accounted_for(seed: int) -> None:
    """What is in no command of a text is keywords, operators, blanks and comments."""
    text = Grammar(seed).text
    found = tree(text)
    if found is None or "\\\n" in text or "<<" in text:
        return
    spans: list[tuple[int, int]] = []
    gather(found, spans)
    at = 0
    for start, end in sorted(spans):
        assert BETWEEN.fullmatch(text[at:start]), (text, text[at:start])
        at = max(at, end)
    assert BETWEEN.fullmatch(text[at:]), (text, text[at:])


def gather(node: object, spans: list[tuple[int, int]]) -> None:
    """Where the commands, and the words of compound ones, stand in the text."""
    if isinstance(node, Script):
        held: list[Any] = node.items
    elif isinstance(node, AndOr):
        held = node.pipelines
    elif isinstance(node, Pipeline):
        held = node.commands
    else:
        held = []
    for item in held:
        gather(item, spans)
    if isinstance(node, Simple):
        spans.append((node.start, node.start + len(node.source)))
    elif isinstance(node, Compound):
        if node.kind in ("test", "arithmetic", "cfor", "function", "coproc"):
            spans.append((node.start, node.start + len(node.source)))
            return
        for redirect in node.redirects:
            spans.append(
                (redirect.target.start, redirect.target.start + len(redirect.target.source))
            )
        for word in node.words:
            spans.append((word.start, word.start + len(word.source)))
        if node.name:
            at = len(node.kind) + node.start + 1
            spans.append((at, at + len(node.name)))
        for body in node.bodies:
            gather(body, spans)
