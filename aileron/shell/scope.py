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
from collections.abc import Mapping
from dataclasses import dataclass, field

from aileron.shell.reading import SimpleCommand
from aileron.shell.tree import Pipeline, Script, Simple

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
CD_OPTIONS = frozenset(("-P", "-L", "-e", "-@", "--"))


@dataclass(slots=True)
class Scope:
    """`cwd` as in `SimpleCommand`; `once` holds the names that stand once in the text."""

    cwd: str | None = ""
    variables: dict[str, str] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    once: set[str] = field(default_factory=set)  # the same one for all copies

    @property
    def known(self) -> Mapping[str, str]:
        """The values of variables as they are put in."""
        if self.variables.keys() <= self.once:
            return self.variables
        return {name: value for name, value in self.variables.items() if name in self.once}

    def copy(self) -> Scope:
        return Scope(self.cwd, dict(self.variables), set(self.functions), self.once)

    def become(self, other: Scope) -> None:
        self.cwd, self.variables, self.functions = other.cwd, other.variables, other.functions

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
        if not self.variables:
            return
        for word in command.words:
            if word.value is None:
                self.variables.clear()
                return
            for name in NAMES.findall(word.value):
                self.variables.pop(name, None)

    def change_directory(self, command: SimpleCommand) -> None:
        found = [word for word in command.words[1:] if word.value not in CD_OPTIONS]
        if command.name == "popd" or len(found) > 1 or (command.name == "pushd" and not found):
            self.cwd = None
            return
        if not found:
            self.cwd = "~"
            return
        target = found[0].value
        if target is None or "glob" in found[0].dynamic or target[:1] in ("-", "+"):
            self.cwd = None
        elif target.startswith("/") or "tilde" in found[0].dynamic:
            self.cwd = target
        elif self.cwd is not None and target:
            target = f"./{target}" if target.startswith("~") else target
            self.cwd = f"{self.cwd.rstrip('/')}/{target}" if self.cwd else target
        if self.cwd is not None and len(self.cwd) > MAX_PATH:
            self.cwd = None


def scope_for(text: str) -> Scope:
    """What is known at the start of a text."""
    counts: dict[str, int] = {}
    if "=" in text and "$" in text and "IFS" not in text and not DROPS.search(text):
        for name in (*NAMES.findall(text), *SET_BY_USE.findall(text)):
            counts[name] = counts.get(name, 0) + 1
    once = {name for name, count in counts.items() if count == 1 and name not in OWN}
    return Scope(once={name for name in once if not name.startswith("BASH")})


def is_one(script: Script) -> bool:
    """Whether a list is a single simple command, the only one who reads its input."""
    if len(script.items) != 1 or len(script.items[0].pipelines) != 1:
        return False
    commands = script.items[0].pipelines[0].commands
    return len(commands) == 1 and isinstance(commands[0], Simple)


def leaves(pipeline: Pipeline) -> bool:
    """Whether it ends the shell: what follows `cd x || exit` runs in x."""
    command = pipeline.commands[0] if len(pipeline.commands) == 1 else None
    if not isinstance(command, Simple) or not command.words:
        return False
    return command.words[0].literal() == "exit"
