"""Programs that run other commands: the table of how they do it.

The table is `policy_defaults/wrappers.yaml`, one entry a program; a program
that it does not name runs nothing but itself.  An entry says which options
there are (`flags`, `values` for those that take the next word, `optional` for
those whose value is attached or absent), and what is run:

    runs: words       the words behind options and `operands` are a command
    runs: text        they are joined by blanks and read by a shell, somewhere
    runs: here        the same, read by this very shell (eval)
    runs: first       the first of them is read by this very shell (trap)
    runs: shell       a shell: `-c TEXT`, or what it finds on its standard input
    runs: file        the first of them is a file that this very shell reads (source)
    runs: nothing     only what the fields below say

    stops             options with which nothing is run (`sudo -l`)
    bare              with one of these options (`*`: always) and no command it is a
                      shell, which reads its standard input
    operands          how many words stand between options and command
    again             options may follow the operands, too
    numbers           -5 and +5 are options
    assignments       NAME=value words may stand before the command
    marker            the command starts behind this word
    until             the command ends before one of these words
    appended          further words join the command at run time
    holes             options that name a string which input will replace
    inside            {starts, ends}: each command stands between two such words
    splits            options whose value is split into words (env -S)
    texts             {option: [prefix…]}: option values that a shell reads, those
                      that start with a prefix (case does not count) without it
    subcommands       {word: entry}: what is run depends on the first operand
    foreign           a shell whose language is not read: with this option, never

An option that the entry does not name, before the command, makes where the
command starts unknown: that is said, and the reading is not complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

from aileron.errors import PolicyError

FILE = "wrappers.yaml"
RUNS = ("words", "text", "here", "first", "shell", "file", "nothing")


@dataclass(frozen=True, kw_only=True)
class Wrapper:
    runs: str = "words"
    flags: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    stops: frozenset[str] = frozenset()
    holes: frozenset[str] = frozenset()
    splits: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    until: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()
    operands: int = 0
    again: bool = False
    numbers: bool = False
    assignments: bool = False
    appended: bool = False
    marker: str = ""
    inside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subcommands: Mapping[str, Wrapper] = field(default_factory=dict)

    @cached_property
    def named(self) -> frozenset[str]:
        """The options that the entry names; with none, only `texts` are looked for, anywhere."""
        return frozenset().union(
            self.flags,
            self.values,
            self.optional,
            self.stops,
            self.holes,
            self.splits,
            self.foreign,
        )

    @cached_property
    def known(self) -> frozenset[str]:
        return self.named | frozenset(self.texts)


@dataclass(frozen=True, slots=True)
class Wrappers:
    """The table by program name (the last part of its path)."""

    programs: Mapping[str, Wrapper] = field(default_factory=dict)

    def find(self, name: str) -> Wrapper | None:
        return self.programs.get(name.rsplit("/", 1)[-1])


EMPTY = Wrappers()


def wrappers_from(data: object) -> Wrappers:
    """The table from parsed YAML; PolicyError when it has another shape."""
    return Wrappers({name: _entry(name, entry) for name, entry in _mapping("", data).items()})


def _wrong(where: str, what: str) -> PolicyError:
    return PolicyError(f"{where or 'the table'} {what}", file=FILE)


def _mapping(where: str, data: object) -> dict[str, object]:
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise _wrong(where, "is not a mapping with names as keys")
    return data


def _names(where: str, data: object) -> frozenset[str]:
    if not isinstance(data, str):
        raise _wrong(where, "is not a text of names between blanks")
    return frozenset(data.split())


def _entry(where: str, data: object) -> Wrapper:
    known = {item.name: item.type for item in fields(Wrapper)}
    given: dict[str, object] = {}
    for key, value in _mapping(where, data).items():
        place = f"{where}: {key}"
        kind = known.get(key)
        if kind is None:
            raise _wrong(place, "is not a field")
        if kind == "frozenset[str]":
            given[key] = _names(place, value)
        elif key == "inside":
            given[key] = {k: _names(place, v) for k, v in _mapping(place, value).items()}
        elif key == "texts":
            given[key] = {k: _prefixes(place, v) for k, v in _mapping(place, value).items()}
        elif key == "subcommands":
            items = _mapping(place, value).items()
            given[key] = {name: _entry(f"{where} {k}", v) for k, v in items for name in k.split()}
        elif type(value).__name__ != kind:
            raise _wrong(place, f"is not a {kind}")
        else:
            given[key] = value
    entry = Wrapper(**given)  # type: ignore[arg-type]
    if entry.runs not in RUNS:
        raise _wrong(f"{where}: runs", f"is none of {', '.join(RUNS)}")
    return entry


def _prefixes(where: str, data: object) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(item, str) for item in data):
        raise _wrong(where, "is not a list of texts")
    return tuple(item.lower() for item in data)
