"""Reading against real shells: what ran must be among what was found.

Texts are made from a grammar, some of them damaged afterwards, and from tokens in
any order.  `AILERON_SOAK` sets how many (150 without it), `AILERON_SEED` where to start.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import yaml

from aileron.shell.read import read
from aileron.shell.reading import Reading, Word
from aileron.shell.wrappers import wrappers_from
from tests.shell.shell_programs import Grammar
from tests.shell.shell_soup import soup
from tests.shell.shell_stubs import Stubs

COUNT = int(os.environ.get("AILERON_SOAK", "150"))
FIRST = int(os.environ.get("AILERON_SEED", "1"))
TABLE = Path(__file__).parents[2] / "policy_defaults" / "wrappers.yaml"


@pytest.fixture(scope="module")
def stubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stubs]:
    yield Stubs(tmp_path_factory.mktemp("stubs"))


AGREES = [
    text.strip("\n")
    for text in (Path(__file__).parent / "agrees.txt").read_text().split("\n%%\n")
    if text.strip() and not text.startswith("#")
]
FROM_INPUT = Word("", None)

Argv = tuple[str, ...]


def is_as_read(words: Sequence[Word], argv: Argv) -> bool:
    """Whether a command that was found could have run as `argv`.

    A word that is decided at run time, and a file name pattern, stands for any words.
    """
    if not words:
        return not argv
    first = words[0]
    if first.value is None or first.dynamic:
        return any(is_as_read(words[1:], argv[at:]) for at in range(len(argv) + 1))
    return argv[:1] == (first.value,) and is_as_read(words[1:], argv[1:])


def missed(reading: Reading, ran: set[Argv]) -> set[Argv]:
    """What ran although it was not found, word for word."""
    found = [
        (*command.words, *([FROM_INPUT] if command.appended else []))
        for command in reading.commands
        if command.words
    ]
    return {argv for argv in ran if not any(is_as_read(words, argv) for words in found)}


TEXTS: dict[str, tuple[str, Callable[[int], str], float]] = {
    # the shell that runs it, the text of a seed, how many of them must be read completely
    "bash": ("bash", lambda seed: Grammar(seed).text, 0.6),
    "bash, damaged": ("bash", lambda seed: Grammar(seed, mutate=True).text, 0.2),
    "bash, soup": ("bash", soup, 0.03),
    "dash": ("dash", lambda seed: Grammar(seed, plain=True).text, 0.6),
    "dash, damaged": ("dash", lambda seed: Grammar(seed, plain=True, mutate=True).text, 0.2),
    "dash, soup": ("dash", soup, 0.02),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_what_a_shell_runs_is_found(stubs: Stubs, kind: str) -> None:
    """No text that counts as completely read runs a command that was not found."""
    shell, text_of, least = TEXTS[kind]
    if not (stubs.path / shell).exists():
        pytest.skip(f"{shell} is not installed")
    wrappers = wrappers_from(yaml.safe_load(TABLE.read_text()))
    misses = []
    complete = 0
    for seed in range(FIRST, FIRST + COUNT // 3):
        text = text_of(seed)
        reading = read(text, shell, wrappers)
        if not reading.complete:
            continue
        complete += 1
        ran = stubs.run(shell, text)
        if ran is not None and missed(reading, ran):
            misses.append((seed, sorted(missed(reading, ran)), text))
    assert not misses
    assert complete > COUNT // 3 * least


def test_what_is_read_exactly_is_as_bash_runs_it(stubs: Stubs) -> None:
    """All of agrees.txt is read; of a part of it, or all in a soak, bash is asked, too."""
    wrappers = wrappers_from(yaml.safe_load(TABLE.read_text()))
    readings = [(text, read(text, "bash", wrappers)) for text in AGREES]
    assert not [(text, reading.why) for text, reading in readings if not reading.complete]
    chosen = readings[:: max(1, len(readings) // COUNT)]
    wrong = []
    for text, reading in chosen:
        ran = stubs.run("bash", text)
        if ran is not None and missed(reading, ran):
            wrong.append((text, missed(reading, ran)))
    assert not wrong
