"""What is known of the shell at a point of the text: directory, variables, functions.

A subshell works on a copy; so does what may not run at all (`&&`, `if`, loops),
and afterwards only that is known which holds whether it ran or not.

A variable is followed only when its name stands once in the whole text without
a dollar before it: then nothing but that one assignment can have set it.  Which
names these are is one set for all scopes of a text, so that what may set any
variable (a sourced file) ends it everywhere.  In a text where bash may drop the
rest of a line after an error nothing is followed, nor are the variables that bash
itself sets, computes or keeps from being set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aileron.shell.listing import ANY, MOST
from aileron.shell.possible import EMPTY, POSITIONS, Variables, could_of, places, variables
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

NAMES = re.compile(r"(?<![$A-Za-z0-9_])(?<!\$\{)[A-Za-z_][A-Za-z0-9_]*")
SET_BY_USE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)[\[:=]")
CHANGES_DIRECTORY = re.compile(r"\b(?:cd|pushd|popd)\b")
TEMPORARY_SET = re.compile(r"(?<![$\w{])TMPDIR\b")
DECLARED = re.compile(r"[A-Za-z_]\w*=")
ONE_NAME = re.compile(r"[\w./:@%+,=][\w./:@%+,=-]*")  # means the same in quotes and without
NAMEREF = re.compile(r"-\w*n")
CD_OPTIONS = frozenset(("-P", "-L", "-e", "-@", "--"))


UNKNOWN: tuple[str, ...] = ()
MOST_FOLDERS = 6

Where = tuple[str, ...]  # the folders that it may be, none where that is not known


Given = Sequence[Sequence[Word]]  # what `$0`, `$1` and so on may each be


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
    arrays: dict[str, tuple[Word, ...]] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)  # arrays that may not have been set
    left: list[Where] = field(default_factory=list)  # what pushd remembers
    last: Where = UNKNOWN  # where `cd -` leads
    arguments: tuple[tuple[Word, ...], ...] = ()  # in a function: those of each of its calls
    within: str = ""  # the name of that function

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
        )

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
            if name not in self.names.single and len(patterns) < MOST:
                self.could.setdefault(name, (*patterns, ANYTHING))
        if outer.names.every is None or self.names.every is None:
            self.names.every = None
        else:
            self.names.every |= outer.names.every
        return self

    def become(self, other: Scope) -> None:
        self.where, self.variables, self.functions = other.where, other.variables, other.functions
        self.could, self.left, self.last = other.could, other.left, other.last
        self.arrays, self.unsure = other.arrays, other.unsure

    def perhaps(self, other: Scope) -> None:
        """Takes over what a part of the text that may not run made of the variables."""
        if self.arguments != other.arguments:
            self.forget_arguments()
        for name in other.arrays.keys() - self.arrays.keys():
            self.arrays[name] = other.arrays[name]
            self.unsure.add(name)
        for name, patterns in other.guesses.items():
            known = self.variables.get(name)
            here = (known,) if known is not None else self.could.get(name, (ANYTHING,))
            if patterns != here:
                self.variables.pop(name, None)
                both = tuple(dict.fromkeys((*here, *patterns)))
                self.may_be(name, both if len(both) <= MOST else ())

    def lose(self) -> None:
        """Nothing is known of any variable from here."""
        self.variables.clear()
        self.could.clear()
        self.arrays.clear()

    def drop(self, name: str) -> None:
        """Nothing is known of this variable from here."""
        self.variables.pop(name, None)
        self.could.pop(name, None)
        self.could.pop(f"{name}[@]", None)
        self.arrays.pop(name, None)

    def assign(self, command: SimpleCommand) -> None:
        """The effect of assignments that stand alone."""
        for name, word in command.assignments:
            self.variables.pop(name, None)
            if (
                len(self.variables) < MAX_KNOWN
                and name in self.once
                and word.value is not None
                and not word.dynamic
            ):
                self.variables[name] = word.value
            folder = (word.value,) if word.value and word.dynamic == {"tilde"} else ()
            if word.value and not word.dynamic and ONE_NAME.fullmatch(word.value):
                folder = (word.value,)
            if name in self.names.numbers:
                self.could[name] = (ANY,)
            else:
                self.may_be(name, word.could if word.value is None else folder)

    def may_be(self, name: str, patterns: tuple[str, ...]) -> None:
        self.could.pop(name, None)
        if (
            patterns
            and name.removesuffix("[@]") in self.names.single
            and len(self.could) < MAX_KNOWN
        ):
            self.could[name] = patterns

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
                self.could.clear()
                self.arrays.clear()
        if not self.variables and not self.could:
            return
        if command.name in ("[", "test", "printf") and not any(
            word.value == "-v" for word in command.words
        ):
            return  # they set nothing
        for word in command.words:
            if word.value is None and not DECLARED.match(word.prefix):
                self.lose()
                return
            set_here = NAMES.findall(word.value or word.prefix.partition("=")[0])
            for name in set_here:
                self.drop(name)

    def hold(self, name: str, words: tuple[Word, ...]) -> None:
        """`name=(…)`: the elements of an array."""
        self.arrays.pop(name, None)
        every = [word.could if word.value is None else (word.value,) for word in words]
        patterns = tuple(dict.fromkeys(one for each in every for one in each))
        known = all(every) and len(patterns) <= MOST
        self.may_be(f"{name}[@]", patterns if known else ())
        if name in self.names.single and len(self.arrays) < MAX_KNOWN:
            self.arrays[name] = words
            self.unsure.discard(name)

    def count(self, loop: Compound) -> None:
        """`for ((i = 0; …))`: what is always a number."""
        for word in loop.words:
            for name in self.names.numbers.intersection(NAMES.findall(word.source)):
                self.could[name] = (ANY,)

    def declare(self, command: SimpleCommand) -> None:
        """`local d="$1"`: what a builtin that declares makes of what is known."""
        if any(NAMEREF.match(word.value or "") for word in command.words[1:]):
            self.lose()  # the name of another may stand for any
            return
        for word in command.words[1:]:
            name, sign, _ = (word.value or word.prefix).partition("=")
            if sign and word.could:
                self.may_be(name, tuple(one.partition("=")[2] for one in word.could))

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
                made = tuple(f"{one.rstrip('/')}/{target}" if one else target for one in self.where)
            if not made or any(len(one) > MAX_PATH for one in made):
                return UNKNOWN
            entered = either(entered, made) if entered else made
        return entered


def scope_for(text: str) -> Scope:
    """What is known at the start of a text."""
    counts: dict[str, int] = {}
    if "=" in text and "$" in text and "IFS" not in text and not DROPS.search(text):
        for name in (*NAMES.findall(text), *SET_BY_USE.findall(text)):
            counts[name] = counts.get(name, 0) + 1
    once = {name for name, count in counts.items() if count == 1 and name not in OWN}
    names = variables(text)
    names.single -= OWN
    names.numbers -= OWN
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
