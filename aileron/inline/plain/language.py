"""What is known of PHP, Lua, R, Elixir and Julia, each a table.

`HARMLESS` are functions and constants that only compute, print, or tell of the machine; `M.*`
is all that a module has.  `DOES`, one function a line: what it does to which argument (a
number, and behind `=` the names that it may have; `*` is each of them, `-` none).
`CALLBACKS`: which argument is a function, where a text may name one.  `BUILTIN` is what the
language has beside: it stays unknown where code of others is loaded, too.  `REFUSED` are
packages that are for running, sending or deleting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from aileron.inline.words import names

# What functions of packages, and of the project's own code, are called that do more.
_HARMFUL = re.compile(
    r"""(?ix) (?:.*[._:>\\])? (?: system\d* | exec\w* | shell\w* | spawn\w* | popen\w* | cmd | sh
    | bash | evalu?\w* | run_?(?:command|shell|process|cmd|program)\w* | start_?process\w*
    | delete\w*[!?]? | destroy\w*!? | drop\w*!? | remove\w*!? | rm\w*!? | unlink\w* | truncate\w*!?
    | purge\w* | wipe\w* | erase\w* | reset\w* | deploy\w* | publish\w* | push | upload\w* | post\w*
    | put | patch\w* | send\w* | request\w* | kill\w* | halt | query\w*!? | statement | unprepared
    | migrate\w* | rollback\w* | invoke\w* | call | callmethod | apply | new_?instance\w*
    | force_?delete\w* | install\w* | insert\w*!? | update\w*!? | create\w*!? | save\w*!?
    | write\w*!? | put_?contents | store\w* | download\w* | raw | unguard | transaction\w*
    | flush\w* | artisan | dispatch\w* | notify | setaccessible | bind | bindto | fromcallable
    | loadstring | dofile | loadfile | load_file | dbexecute | dbwriteTable | dbsendquery
    | dbremovetable | deliver\w* | charge\w* | refund\w* | transfer\w*
    | (?:dir|file)_delete | do_?file )"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    name: str
    harmless: frozenset[str]
    does: Mapping[str, tuple[tuple[str, str], ...]]
    callbacks: Mapping[str, tuple[int, str]]
    keywords: frozenset[str]
    builtin: frozenset[str]
    classes: frozenset[str]
    refused: frozenset[str]
    libraries: frozenset[str]
    common: frozenset[str]

    def is_harmless(self, name: str) -> bool:
        if name in self.harmless:
            return True
        head, dot, _ = name.rpartition(".")
        return bool(dot) and f"{head}.*" in self.harmless

    def is_builtin(self, name: str) -> bool:
        """Whether the language itself has it, and it is not known to be harmless."""
        if self.name == "julia" and name.startswith("unsafe_"):
            return True
        return name in self.builtin or re.split(r"[.:]", name)[0] in self.builtin

    def is_harmful(self, name: str) -> bool:
        return _HARMFUL.fullmatch(name) is not None


@cache
def language(name: str) -> Language:
    table = import_module(f"aileron.inline.plain.tables_{name}")
    return Language(
        name=name,
        harmless=names(table.HARMLESS),
        does={line.split()[0]: _effects(line.split()[1:]) for line in _lines(table.DOES)},
        callbacks={
            one[0]: (int(one[1]), one[2] if len(one) > 2 else "")
            for one in map(str.split, _lines(table.CALLBACKS))
        },
        keywords=names(table.KEYWORDS),
        builtin=names(table.BUILTIN),
        classes=names(table.CLASSES),
        refused=names(table.REFUSED),
        libraries=names(table.LIBRARIES),
        common=names(table.COMMON),
    )


def _lines(table: str) -> list[str]:
    return [line for line in table.splitlines() if line.strip()]


def _effects(words: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple(zip(words[::2], words[1::2], strict=True))
