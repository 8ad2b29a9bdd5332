"""What is known of the shell at a point of the text: directory, variables, functions.

A subshell works on a copy; so does what may not run at all (`&&`, `if`, loops),
and afterwards only that is known which holds whether it ran or not.

The value of a variable is put in only when its name stands once in the whole text
without a dollar before it: then nothing but that one assignment can have set it.
What it could be is followed from each assignment to the next (`assigned.py`): where
ways meet it is what any of them made of it, in a loop what the loop may make of it is
not known until it is set again, and behind the loop it is any of what was assigned there.
Which names these are is one set for all scopes of a text, so that what may set any
variable (a sourced file) ends it everywhere.  In a text where bash may drop the
rest of a line after an error nothing is put in, nor are the variables that bash
itself sets, computes or keeps from being set.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from aileron.shell.assigned import DECLARES, Variables, variables
from aileron.shell.listing import ANY, MOST
from aileron.shell.possible import EMPTY, POSITIONS, could_of, literal, places
from aileron.shell.reading import ANYTHING, PROJECT, SimpleCommand, Word
from aileron.shell.tree import Compound, Pipeline, Script, Simple

OWN = frozenset(
    """
    _ REPLY OPTARG OPTIND OPTERR MAPFILE PWD OLDPWD COPROC COPROC_PID DIRSTACK GROUPS RANDOM
    SRANDOM SECONDS LINENO EPOCHSECONDS EPOCHREALTIME HISTCMD HISTFILE FUNCNAME UID EUID PPID
    SHELLOPTS SHLVL PIPESTATUS LINES COLUMNS HOSTNAME HOSTTYPE MACHTYPE OSTYPE READLINE_LINE
    READLINE_POINT READLINE_MARK READLINE_ARGUMENT COMPREPLY IFS
    """.split()  # noqa: SIM905
)
# Errors after which bash goes on with the next line, and a child that has functions only.
DROPS = re.compile(
    r"\breadonly\b|\bfailglob\b|\[-|\$\{\w+![^}]|[/%]=?[ \t]*(?:0|[A-Za-z_$(])[^()]{0,80}\)\)"
    r"|\b(?:UID|EUID|PPID)=|\b(?:export|declare|typeset|local)[ \t]+-\w*[fr]"
)
MAX_KNOWN = 256  # variables, functions: copies must stay cheap
MAX_PATH = 4096
MOST_ELEMENTS = 256  # of an array

NAMES = re.compile(r"(?<![$A-Za-z0-9_])(?<!\$\{)[A-Za-z_][A-Za-z0-9_]*")
SET_BY_USE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)[\[:=]")
CHANGES_DIRECTORY = re.compile(r"\b(?:cd|pushd|popd)\b")
TEMPORARY_SET = re.compile(r"(?<![$\w{])TMPDIR\b")
DECLARED = re.compile(r"[A-Za-z_]\w*=")
NAMEREF = re.compile(r"-\w*n")
PLAIN_OPTIONS = frozenset("-xgar")  # of `declare`: a value stays as it is
CD_OPTIONS = frozenset(("-P", "-L", "-e", "-@", "--"))


UNKNOWN: tuple[str, ...] = ()
MOST_FOLDERS = 6

# The folders that it may be, ANYTHING if it may be another; none where nothing is known.
Where = tuple[str, ...]


Calls = tuple[tuple[Word, ...], ...]
Given = Sequence[Sequence[Word]]  # what `$0`, `$1` and so on may each be


def or_elsewhere(where: Where) -> Where:
    """One of these folders, or any other."""
    return where if not where or ANYTHING in where else (*where, ANYTHING)


def either(first: Where, second: Where) -> Where:
    """The one or the other."""
    if not first or not second:
        return UNKNOWN
    found = tuple(dict.fromkeys((*first, *second)))
    return found if len(found) <= MOST_FOLDERS else UNKNOWN


@dataclass(slots=True)
class Scope:
    """`where` are the folders that the shell may be in, as `SimpleCommand.cwds`; `could` what
    variables may be, as `Word.could`, and the elements of arrays (`name[@]`).  `once` holds the
    names that stand once in the text."""

    where: Where = ("",)
    variables: dict[str, str] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    once: set[str] = field(default_factory=set)  # the same one for all copies
    could: dict[str, tuple[str, ...]] = field(default_factory=dict)
    names: Variables = field(default_factory=Variables)  # the same one for all copies
    arrays: dict[str, Calls] = field(default_factory=dict)  # all that each may hold
    unsure: set[str] = field(default_factory=set)  # arrays that may hold something else, too
    left: list[Where] = field(default_factory=list)  # what pushd remembers
    last: Where = UNKNOWN  # where `cd -` leads
    arguments: Calls = ()  # what "$@" may be: in a function, those of each of its calls
    within: str = ""  # the name of that function
    history: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)  # … for all copies

    @property
    def known(self) -> Mapping[str, str]:
        """The values of variables as they are put in."""
        if self.variables.keys() <= self.once:
            return self.variables
        return {name: value for name, value in self.variables.items() if name in self.once}

    @property
    def guesses(self) -> dict[str, tuple[str, ...]]:
        """What each variable may be, those whose value is known among them."""
        return {name: (value,) for name, value in self.variables.items()} | self.could

    def copy(self) -> Scope:
        return Scope(
            self.where,
            dict(self.variables),
            set(self.functions),
            self.once,
            dict(self.could),
            self.names,
            dict(self.arrays),
            set(self.unsure),
            list(self.left),
            self.last,
            self.arguments,
            self.within,
            self.history,
        )

    def reset(self, calls: Calls) -> None:
        """`set -- …`: what the positional parameters may be from here."""
        self.arguments = calls
        for name in POSITIONS:
            self.could.pop(name, None)
        if calls:
            self.could |= could_of(places(calls))

    def give(self, given: Given) -> None:
        """What `$0`, `$1` and so on may be; all behind the last is like the last."""
        every = [word for each in given[1:] for word in each]
        named = {str(at): given[min(at, len(given) - 1)] for at in range(10)}
        if all(len(each) == 1 for each in given):
            named |= {str(at): [EMPTY] for at in range(len(given), 10)}
        self.could |= could_of(named | {"@": every or [EMPTY], "*": every or [EMPTY]})

    def shift(self, command: SimpleCommand) -> None:
        """`shift` in a function: its calls' arguments move up."""
        count = command.words[1].value if len(command.words) == 2 else "1"
        if len(command.words) > 2 or count is None or not count.isdigit():
            self.forget_arguments()
            return
        self.arguments = tuple(each[int(count) :] for each in self.arguments)
        self.could |= could_of(places(self.arguments))

    def forget_arguments(self) -> None:
        for name in POSITIONS:
            if name in self.could:
                self.could[name] = tuple(dict.fromkeys((*self.could[name], ANYTHING)))
        self.arguments = ()

    def inside(self, outer: Scope) -> Scope:
        """This one, of a text that another shell reads: where the outer shell is, perhaps
        with its variables."""
        self.where = outer.where
        for name, patterns in outer.guesses.items():
            if name not in self.names.followed and len(patterns) < MOST:
                self.could.setdefault(name, (*patterns, ANYTHING))
        if outer.names.every is None or self.names.every is None:
            self.names.every = None
        else:
            self.names.every |= outer.names.every
        return self

    def become(self, other: Scope) -> None:
        self.where, self.functions = other.where, other.functions
        self.left, self.last = other.left, other.last
        self.take(other)

    def take(self, other: Scope) -> None:
        """Its variables are those of the other one."""
        self.variables, self.could = other.variables, other.could
        self.arrays, self.unsure = other.arrays, other.unsure
        self.arguments = other.arguments

    def perhaps(self, other: Scope) -> None:
        """Takes over what a part of the text that may not run made of the variables."""
        if self.arguments != other.arguments:
            for name in POSITIONS:
                given = (ANYTHING, *self.could.get(name, ()), *other.could.get(name, ()))
                self.could[name] = tuple(dict.fromkeys(given))[:MOST]
            self.forget_arguments()
        if self.arrays != other.arrays or self.unsure != other.unsure:
            self.unsure = self.unsure | other.unsure | (self.arrays.keys() ^ other.arrays.keys())
            for name, held in other.arrays.items():
                both = tuple(dict.fromkeys((*self.arrays.get(name, ()), *held)))
                self.arrays[name] = both
                if len(both) > MOST:
                    del self.arrays[name]
        if self.could == other.could and self.variables == other.variables:
            return
        mine, theirs = self.guesses, other.guesses
        for name in dict.fromkeys((*mine, *theirs)):
            here, there = mine.get(name, (ANYTHING,)), theirs.get(name, (ANYTHING,))
            if here != there and name not in POSITIONS:
                self.variables.pop(name, None)
                found = tuple(dict.fromkeys((*here, *there)))
                self.keep(name, found if len(found) <= MOST else ())

    def lose(self) -> None:
        """Nothing is known of any variable from here."""
        for name in (*self.variables, *self.could, *self.arrays):
            self.history.append((name, ()))
        self.variables.clear()
        self.could.clear()
        self.arrays.clear()
        self.arguments = ()

    def clear(self, name: str) -> None:
        """What was known of this variable no longer holds."""
        self.variables.pop(name, None)
        self.arrays.pop(name, None)
        self.could.pop(name, None)
        self.could.pop(f"{name}[@]", None)

    def drop(self, name: str) -> None:
        """Nothing is known of this variable from here."""
        self.clear(name)
        self.history += [(name, ()), (f"{name}[@]", ())]

    def put(self, name: str, word: Word) -> None:
        """An assignment that stands alone."""
        exact = word.value is not None and not word.dynamic and name in self.once
        patterns = literal(word) if word.value is not None else word.could
        self.clear(name)
        self.history.append((f"{name}[@]", ()))
        if name in self.names.numbers:
            self.could[name] = (ANY,)
        else:
            self.may_be(name, patterns)
        if exact and word.value is not None and len(self.variables) < MAX_KNOWN:
            self.variables[name] = word.value
            self.history.append((name, (word.value,)))

    def may_be(self, name: str, patterns: tuple[str, ...]) -> None:
        self.history.append((name, patterns))
        self.keep(name, patterns)

    def keep(self, name: str, patterns: tuple[str, ...]) -> None:
        """What is known by now, which is nothing new."""
        self.could.pop(name, None)
        bare = name.removesuffix("[@]")
        if bare in self.names.loose and patterns and ANYTHING not in patterns:
            patterns = (*patterns, ANYTHING)
        known = bare in self.names.followed or bare in self.names.loose
        if patterns and known and len(self.could) < MAX_KNOWN:
            self.could[name] = patterns

    # Loops, and functions that are called

    def entered_loop(self, names: set[str]) -> None:
        """What the loop sets may be as an earlier round left it."""
        for name in names:
            self.variables.pop(name, None)
            if name in self.arrays:
                self.unsure.add(name)
            for one in (name, f"{name}[@]"):
                if name in self.names.numbers:
                    continue
                if name in self.names.followed:
                    self.could[one] = tuple(dict.fromkeys((*self.could.get(one, ()), ANYTHING)))
                else:
                    self.could.pop(one, None)

    def left_loop(self, names: set[str], start: int, before: Scope) -> None:
        """Behind a loop: what its variables were before, or any of what it assigned."""
        made: dict[str, dict[str, None]] = {}
        for name, patterns in self.history[start:]:
            made.setdefault(name, {}).update(dict.fromkeys(patterns or (ANYTHING,)))
        guesses = before.guesses
        for name in sorted(names):
            if name in self.names.numbers:
                continue
            self.variables.pop(name, None)
            for one in (name, f"{name}[@]"):
                found = dict.fromkeys((*guesses.get(one, (ANYTHING,)), *made.get(one, ())))
                self.keep(one, tuple(found) if len(found) <= MOST else ())
            if name in self.arrays or name in before.arrays:
                self.unsure.add(name)

    def called(self, name: str | None) -> None:
        """A function of the text may set what any of them sets."""
        if name in self.names.functions:
            for one in self.names.changed & (self.names.several | self.names.loose):
                self.drop(one)

    def later(self) -> None:
        """Of a text that runs at another time: what is set at one place only is known."""
        for name in self.names.several | self.names.loose:
            self.clear(name)
        for name in POSITIONS:
            self.could.pop(name, None)
        self.arguments = ()

    def define(self, name: str) -> None:
        if len(self.functions) < MAX_KNOWN:
            self.functions.add(name)

    def forget(self, command: SimpleCommand) -> None:
        """The effect of a builtin that sets the variables, or unsets the functions, it names."""
        if command.name == "unset":
            self.functions -= {word.value or "" for word in command.words}
            if any(word.value is None for word in command.words):
                self.functions.clear()
        if command.name in ("source", ".") or any(
            (word.value or word.prefix).startswith("IFS") for word in command.words[1:]
        ):
            self.once.clear()
            if command.name in ("source", "."):
                self.names = Variables(every=None)
                self.lose()
        if command.name in ("[", "test", "printf") and not any(
            word.value == "-v" for word in command.words
        ):
            return  # they set nothing
        option = command.words[1].value or "A" if len(command.words) > 1 else "A"
        if command.name == "set" and option[0] in "-+" and "A" not in option:
            return
        for word in command.words:
            if word.value is None and not DECLARED.match(word.prefix):
                self.lose()
                return
            declares = command.name in DECLARES
            if declares and DECLARED.match(word.value or word.prefix):
                continue  # that is for `declare`
            for name in NAMES.findall(word.value or word.prefix):
                if not declares or command.name not in ("export", "readonly"):
                    self.drop(name)

    def hold(self, name: str, words: Sequence[Word], held: Calls, *, more: bool = False) -> None:
        """`name=(…)`, or `more` elements of it: `words` are the elements, in any number; `held`
        are all rows of words that these may be, none if that is not known."""
        elements = f"{name}[@]"
        known = self.could.get(elements, (ANYTHING,)) if more else ()
        before = self.arrays.get(name, ()) if more else ((),)
        unsure = more and name in self.unsure
        self.clear(name)
        every = [one.could or (ANYTHING,) if one.value is None else (one.value,) for one in words]
        patterns = tuple(dict.fromkeys(one for each in every for one in each)) or ("",)
        self.history += [(name, ()), (elements, patterns)]
        if name not in self.names.followed or len(self.could) >= MAX_KNOWN:
            return
        found = tuple(dict.fromkeys((*known, *patterns)))
        if len(found) <= MOST:
            self.could[elements] = found
        rows = [(*first, *one) for first in before for one in held]
        if 0 < len(rows) <= MOST and all(len(one) <= MOST_ELEMENTS for one in rows):
            self.arrays[name] = tuple(rows)
            self.unsure -= set() if unsure else {name}

    def count(self, loop: Compound) -> None:
        """`for ((i = 0; …))`: what is always a number."""
        for word in loop.words:
            for name in self.names.numbers.intersection(NAMES.findall(word.source)):
                self.could[name] = (ANY,)

    def declare(self, command: SimpleCommand) -> None:
        """`local d="$1"`: what a builtin that declares makes of what is known."""
        options = [
            word.value or "" for word in command.words if word.value and word.value[0] in "-+"
        ]
        if command.name != "export" and any(map(NAMEREF.match, options)):
            self.lose()  # the name of another may stand for any
            return
        plain = not set("".join(options)) - PLAIN_OPTIONS
        if command.name == "local" and not self.within:
            plain = False  # it fails
        for word in command.words[1:]:
            name, sign, value = (word.value or word.prefix).partition("=")
            if not sign:
                continue
            patterns: tuple[str, ...] = ()
            if plain and not value.startswith("("):
                tilde = {"tilde"} if value.startswith("~") else set()
                dynamic = word.dynamic - {"tilde"} | (word.dynamic & tilde)
                patterns = tuple(
                    one if one == ANYTHING else one.partition("=")[2] for one in word.could
                )
                if word.value is not None:
                    patterns = literal(replace(word, value=value, dynamic=dynamic))
            for one in NAMES.findall(name)[:1]:
                self.clear(one)
                self.history.append((f"{one}[@]", ()))
                self.may_be(one, patterns if one == name else ())

    def change_directory(self, command: SimpleCommand) -> None:
        before = self.where
        found = [word for word in command.words[1:] if word.value not in CD_OPTIONS]
        if command.name == "popd":
            self.where = self.left.pop() if self.left and not found else UNKNOWN
        elif len(found) > 1 or (command.name == "pushd" and not found):
            self.where = UNKNOWN
        elif not found:
            self.where = ("~",)
        elif found[0].value == "-":
            self.where = self.last if command.name == "cd" else UNKNOWN
        else:
            self.where = self._entered(found[0])
            if command.name == "pushd":
                self.left.append(before)
        self.last = before

    def enter(self, folder: Word) -> None:
        """The folder that a program goes to before it runs a command."""
        self.where = self._entered(folder)

    def _entered(self, word: Word) -> Where:
        targets = word.could if word.value is None else (word.value,)
        if word.value is not None and "glob" in word.dynamic:
            return UNKNOWN
        tilde = word.value is None or "tilde" in word.dynamic
        entered: Where = ()
        for target in targets:
            if target[:1] in ("-", "+") or target == ANYTHING:
                return UNKNOWN
            if target.startswith(("/", PROJECT)) or (tilde and target.startswith("~")):
                made: Where = (target,)
            elif not target or target == ".":
                made = self.where
            else:
                target = f"./{target}" if target.startswith("~") else target
                made = tuple(map(functools.partial(_below, target), self.where))
            if not made or any(len(one) > MAX_PATH for one in made):
                return UNKNOWN
            entered = either(entered, made) if entered else made
        return entered


def _below(target: str, folder: str) -> str:
    if folder == ANYTHING:
        return ANYTHING
    return f"{folder.rstrip('/')}/{target}" if folder else target


def scope_for(text: str, script: Script) -> Scope:
    """What is known at the start of a text."""
    counts: dict[str, int] = {}
    if "=" in text and "$" in text and "IFS" not in text and not DROPS.search(text):
        for name in (*NAMES.findall(text), *SET_BY_USE.findall(text)):
            counts[name] = counts.get(name, 0) + 1
    once = {name for name, count in counts.items() if count == 1 and name not in OWN}
    names = variables(text, script)
    names.forget(OWN)
    could: dict[str, tuple[str, ...]] = {}
    if "TMPDIR" in text and not TEMPORARY_SET.search(text):
        could["TMPDIR"] = ("/tmp",)
    return Scope(
        once={name for name in once if not name.startswith("BASH")},
        names=names,
        could=could,
    )


def moves(script: Script, moving: set[str]) -> bool:
    """Whether a list may change the directory of the shell that runs it."""
    for item in script.items:
        for pipeline in () if item.background else item.pipelines:
            if len(pipeline.commands) > 1:
                continue
            for command in pipeline.commands:
                if isinstance(command, Simple):
                    name = command.words[0].literal() if command.words else ""
                    if name in moving or CHANGES_DIRECTORY.search(command.source):
                        return True
                elif command.kind != "subshell" and any(
                    moves(body, moving) for body in command.bodies
                ):
                    return True
    return False


def is_one(script: Script) -> bool:
    """Whether a list is a single simple command, the only one who reads its input."""
    if len(script.items) != 1 or len(script.items[0].pipelines) != 1:
        return False
    commands = script.items[0].pipelines[0].commands
    return len(commands) == 1 and isinstance(commands[0], Simple)


def leaves(pipeline: Pipeline, within: str = "") -> bool:
    """Whether it ends the shell, or the function: what follows `cd x || exit` runs in x."""
    command = pipeline.commands[0] if len(pipeline.commands) == 1 else None
    if not isinstance(command, Simple) or not command.words:
        return False
    return command.words[0].literal() in ("exit", "return" if within else "exit")
