"""Programs in other languages that are given in a command: how, and what they run.

A language stands in `LANGUAGES` if a program in it can be proven from its syntax
tree, or its names (`aileron.inline`).  What a program does beyond running others (files, the
network) is the policy's matter.
"""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aileron.inline.deeds import Deed
from aileron.shell import command_lines, languages
from aileron.shell.command_lines import Program
from aileron.shell.filters import Found
from aileron.shell.reading import Word

LIMIT = 16 * 1024  # characters of a program that is looked into
STANDS_FOR_WORD = '"$_"'
_DECIDED_LATER: tuple[str | None, ...] = (None,) * 32

Argv = tuple[str | None, ...]
Prove = Callable[[str, Argv], tuple[Deed, ...]]


def _python(code: str, argv: Argv) -> tuple[Deed, ...]:
    from aileron.inline.python import deeds  # loaded when it is first needed

    return deeds(code, argv)


def _node(code: str, argv: Argv) -> tuple[Deed, ...]:
    from aileron.inline.js.program import deeds

    return deeds(code, argv)


def _typescript(code: str, argv: Argv) -> tuple[Deed, ...]:
    from aileron.inline.js.program import deeds

    return deeds(code, _DECIDED_LATER, typed=True)


def _ruby(code: str, argv: Argv) -> tuple[Deed, ...]:
    from aileron.inline.ruby.program import deeds

    return deeds(code, argv)


def _plain(language: str, *, loaded: bool = False) -> Prove:
    """One of the languages that are read by their names (`inline/plain`)."""

    def prove(code: str, argv: Argv) -> tuple[Deed, ...]:
        from aileron.inline.plain.program import deeds

        return deeds(language, code, argv, loaded=loaded)

    return prove


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """`shown` is its name for a person; `commands` are the programs that run it, `option` the
    one that gives them a program.  `plain` finds what is plainly handed to a shell, in
    a text that cannot be read."""

    shown: str
    commands: re.Pattern[str]
    option: str
    program: Callable[[Sequence[Word]], Program]
    prove: Prove
    plain: Callable[[str], Found] | None = None


LANGUAGES = {
    "python": Language(
        shown="Python",
        commands=re.compile(r"(?!python2)(?:i?python|pypy)[0-9.]*"),
        option="-c",
        program=command_lines.python,
        prove=_python,
    ),
    "node": Language(
        shown="JavaScript",
        commands=re.compile(r"node(?:js)?"),
        option="-e",
        program=command_lines.node,
        prove=_node,
        plain=languages.node,
    ),
    "bun": Language(
        shown="JavaScript",
        commands=re.compile(r"bun"),
        option="-e",
        program=command_lines.bun,
        prove=_typescript,
        plain=languages.node,
    ),
    "deno": Language(
        shown="JavaScript",
        commands=re.compile(r"deno"),
        option="eval",
        program=command_lines.deno,
        prove=_typescript,
        plain=languages.node,
    ),
    "ruby": Language(
        shown="Ruby",
        commands=re.compile(r"ruby[0-9.]*"),
        option="-e",
        program=command_lines.ruby,
        prove=_ruby,
        plain=languages.perl,
    ),
    "php": Language(
        shown="PHP",
        commands=re.compile(r"php(?:7\.4|8(?:\.[0-5])?)?"),
        option="-r",
        program=command_lines.php,
        prove=_plain("php"),
        plain=languages.php,
    ),
    "lua": Language(
        shown="Lua",
        commands=re.compile(r"lua(?:jit|5\.[1-4])?"),
        option="-e",
        program=command_lines.lua,
        prove=_plain("lua"),
    ),
    "r": Language(
        shown="R",
        commands=re.compile(r"R|Rscript"),
        option="-e",
        program=command_lines.r,
        prove=_plain("r"),
    ),
    "elixir": Language(
        shown="Elixir",
        commands=re.compile(r"elixir"),
        option="-e",
        program=command_lines.elixir,
        prove=_plain("elixir"),
    ),
    "mix": Language(
        shown="Elixir",
        commands=re.compile(r"mix"),
        option="-e",
        program=command_lines.mix,
        prove=_plain("elixir", loaded=True),
    ),
    "julia": Language(
        shown="Julia",
        commands=re.compile(r"julia"),
        option="-e",
        program=command_lines.julia,
        prove=_plain("julia"),
    ),
}


@functools.lru_cache(1024)
def of(command: str) -> str:
    """The language that a program runs, "" if it is none of them."""
    base = command.rsplit("/", 1)[-1]
    return next((name for name, one in LANGUAGES.items() if one.commands.fullmatch(base)), "")


@functools.lru_cache(256)
def deeds(language: str, code: str, argv: Argv) -> tuple[Deed, ...]:
    """What a program does."""
    if len(code) > LIMIT:
        return (Deed("unknown", f"it is longer than {LIMIT // 1024} KB"),)
    return LANGUAGES[language].prove(code, argv)


def runs(language: str, code: str, argv: Argv) -> Found:
    """The commands that a program runs, as text for a shell."""
    found = Found()
    known = deeds(language, code, argv)
    plain = LANGUAGES[language].plain
    if plain is not None and all(deed.kind == "unknown" for deed in known):
        return Found(plain(code).texts)
    for deed in known:
        if deed.kind == "words" and isinstance(deed.value, tuple):
            words = (STANDS_FOR_WORD if one is None else shlex.quote(one) for one in deed.value)
            found.texts.append(" ".join(words))
        elif deed.kind == "text" and isinstance(deed.value, str):
            found.texts.append(deed.value)
        elif deed.kind in ("words", "text"):
            found.unknown = True
    return found
