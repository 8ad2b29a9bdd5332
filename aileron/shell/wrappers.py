"""Programs that run other commands: the table of how they do it.

The table is `policy_defaults/wrappers.yaml`, one entry for one or several names;
a program that it does not name runs nothing but itself.  An entry is a line, or a
mapping with that line as its `options`.  What the marks behind an option mean
stands at the head of the table.  In the line, before the options, may stand what
is run (else `words`):

    words       the words behind options and operands are a command
    text        they are joined by blanks and read by a shell, somewhere
    either      one of them is read by a shell, several are a command
    code        the first of them is text in `language` (sh, if not said)
    each        each of them is; all but the first in the language `then`, if it is said
    template    they are a text with holes, its input behind `:::` (parallel)
    keys        they are typed into a shell
    here        joined by blanks, they are read by this very shell (eval)
    first       the first of them is read by this very shell (trap)
    shell       a shell: `-c TEXT`, or what it finds on its standard input
    file        the first of them is a file that this very shell reads (source)
    program     a program in another language (programs.py): `-c CODE`, standard input
    nothing     only what options and subcommands say

and the short fields

    1           so many words stand between options and command
    again       options may follow these operands, too
    anywhere    options may stand anywhere, and those not named take no value
    loose       the same for options before the command
                (an entry that runs nothing but its options has them anywhere)
    bundled     the first word is a group of letters, without a `-`, too (tar)
    numbers     -5 and +5 are options
    assignments NAME=value words may stand before the command
    appended    further words join the command at run time
    bare=-s     with this option (`*`: always) and no command it is a shell, which
                reads its standard input
    marker=--   the command starts behind this word
    head=bash   the command is the arguments of this program, or of such words
    language=   what `code` and `each` are in; then= see there
    stdin=      the language of what it reads from its standard input
    separator=; several commands of its own stand between such words (tmux)

The fields of a mapping:

    ends        where the command of an option ends
    variables   environment variables whose value is run; NAME@language, if no shell reads it
    files       a first word that ends so is a script that it runs itself
    settings    what the value of an `@settings` option starts with, in any case; the
                rest is text for a shell.  `*` is anything, a `/` at the end stays
    unread      settings whose value is a file or directory that says what is run
    code        operands that start so name a program (SHELL=)
    modes       {option: entry}: with this one, what is run is said there
    subcommands {words: entry}: what is run depends on the first operand
    input       how it says that its standard input is commands it cannot show

An option that the entry does not name, before the command, makes where the
command starts unknown: that is said, and the reading is not complete.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from aileron.errors import PolicyError

FILE = "wrappers.yaml"
RUNS = frozenset(
    "words text either code each template keys here first shell file program nothing".split()  # noqa: SIM905
)
OPTION = re.compile(r"([-+](?:[^\s=@{~^>*!]*))((?:={1,3}|@[a-z]+|\{\}|~|\^|>)?)([*?]?)(!?)")
WITH_VALUE = ("bare", "marker", "language", "then", "head", "separator", "stdin")
ROLES = {
    "": "",
    "=": "",
    "==": "",
    "===": "",
    "{}": "hole",
    "~": "split",
    "^": "program",
    ">": "rest",
}
ANYWHERE = {"options", "settings", "unread", "variables", "runs", "stdin"}  # these only


@dataclass(frozen=True, slots=True)
class Option:
    """`takes`: "" no value, "=" one (attached, or the next word), "==" two, "*" one if attached,
    "?" the next word, too, if that is no option.

    `role` is what the value is: "" nothing that runs, "hole", "split", "program", "folder",
    "rest" (a command follows), or the name of a language.
    """

    takes: str = ""
    role: str = ""
    stops: bool = False


@dataclass(frozen=True, kw_only=True)
class Wrapper:
    runs: str = "words"
    options: Mapping[str, Option] = field(default_factory=dict)
    language: str = "sh"
    then: str = ""
    head: str = ""
    operands: int = 0
    again: bool = False
    anywhere: bool = False
    loose: bool = False
    bundled: bool = False
    numbers: bool = False
    assignments: bool = False
    appended: bool = False
    marker: str = ""
    separator: str = ""
    input: str = ""
    stdin: str = ""
    bare: frozenset[str] = frozenset()
    ends: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    variables: Mapping[str, str] = field(default_factory=dict)
    code: frozenset[str] = frozenset()
    settings: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    unread: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    modes: Mapping[str, Wrapper] = field(default_factory=dict)
    subcommands: Mapping[str, Wrapper] = field(default_factory=dict)

    @cached_property
    def running(self) -> tuple[str, ...]:
        """The long options that run something: these are recognised abbreviated, anywhere."""
        return tuple(name for name, option in self.options.items() if option.role)


@dataclass(frozen=True)
class Wrappers:
    """The table by program name (the last part of its path).

    An entry is read when it is first asked for: few of them are, in one session.
    """

    programs: Mapping[str, object] = field(default_factory=dict)
    made: dict[str, Wrapper] = field(default_factory=dict, compare=False)

    def find(self, name: str) -> Wrapper | None:
        name = name.rsplit("/", 1)[-1]
        if name not in self.programs:
            return None
        if name not in self.made:
            self.made[name] = _entry(name, self.programs[name])
        return self.made[name]

    @cached_property
    def environment(self) -> Wrapper:
        """What all the variables together run that some program of the table looks at."""
        found: dict[str, str] = {}
        for entry in self.programs.values():
            if isinstance(entry, dict) and isinstance(entry.get("variables"), str):
                found |= _variables(entry["variables"])
        return Wrapper(runs="nothing", variables=found)

    def check(self) -> None:
        """PolicyError for the first entry that has a mistake."""
        for name in self.programs:
            self.find(name)


EMPTY = Wrappers()


def wrappers_from(data: object) -> Wrappers:
    """The table from parsed YAML; PolicyError when it is no mapping."""
    return Wrappers(_by_name("", data))


def _wrong(where: str, what: str) -> PolicyError:
    return PolicyError(f"{where or 'the table'} {what}", file=FILE)


def _mapping(where: str, data: object) -> dict[str, object]:
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise _wrong(where, "is not a mapping with names as keys")
    return data


def _by_name(where: str, data: object) -> dict[str, object]:
    return {name: v for k, v in _mapping(where, data).items() for name in k.split()}


def _text(where: str, data: object) -> str:
    if not isinstance(data, str):
        raise _wrong(where, "is not a text of names between blanks")
    return data


FIELDS = {item.name: item.type for item in fields(Wrapper)}


def _entry(where: str, entry: object) -> Wrapper:
    given: dict[str, Any] = {}
    if isinstance(entry, str):
        entry = {"options": entry}
    for key, value in _mapping(where, entry).items():
        place = f"{where}: {key}"
        kind = FIELDS.get(key)
        if kind is None:
            raise _wrong(place, "is not a field")
        if kind == "frozenset[str]":
            given[key] = frozenset(_text(place, value).split())
        elif key == "options":
            given |= _line(where, _text(place, value))
        elif key == "variables":
            given[key] = _variables(_text(place, value))
        elif key in ("settings", "unread"):
            given[key] = {one: _setting(one) for one in _text(place, value).split()}
        elif key in ("subcommands", "modes"):
            given[key] = {k: _entry(f"{where} {k}", v) for k, v in _by_name(place, value).items()}
        elif type(value).__name__ != kind:
            raise _wrong(place, f"is not a {kind}")
        else:
            given[key] = value
    for names in given.get("modes", {}):
        given["options"] = {names: Option(), **given.get("options", {})}
    if set(given) <= ANYWHERE and given.get("runs") == "nothing":
        given["anywhere"] = True
    made = Wrapper(**given)
    if made.runs not in RUNS:
        raise _wrong(f"{where}: runs", f"is none of {', '.join(sorted(RUNS))}")
    return made


def _variables(text: str) -> dict[str, str]:
    named = (one.partition("@") for one in text.split())
    return {name: language or "sh" for name, _, language in named}


def _line(where: str, text: str) -> dict[str, Any]:
    """The short fields of an entry, and its options."""
    options: dict[str, Option] = {}
    given: dict[str, Any] = {"options": options}
    for item in text.split():
        field, equals, value = item.partition("=")
        match = OPTION.fullmatch(item)
        if match is not None:
            name, mark, optional, stops = match.groups()
            role = mark[1:] if mark[:1] == "@" else ROLES.get(mark, "")
            takes = mark if role == "" else "=" if mark != ">" else ""
            options[name] = Option(optional or takes, role, bool(stops))
        elif item.isdigit():
            given["operands"] = int(item)
        elif item in RUNS:
            given["runs"] = item
        elif FIELDS.get(item) == "bool":
            given[item] = True
        elif equals and field in WITH_VALUE:
            given[field] = {value} | given.get(field, set()) if field == "bare" else value
        else:
            raise _wrong(f"{where}: {item}", "is neither a field nor an option")
    return given


def _setting(text: str) -> re.Pattern[str]:
    """`alias.*=!` as a pattern; blanks do for the `=`, which ssh and apt allow."""
    pieces = re.split(r"([*=])", text)
    made = {"*": "[^=]*?", "=": r"\s*[=\s]\s*"}
    pattern = "".join(made.get(piece) or re.escape(piece) for piece in pieces)
    if text.endswith("/"):
        pattern = pattern[:-1] + "(?=/)"
    return re.compile(rf"\s*{pattern}", re.IGNORECASE | re.DOTALL)
