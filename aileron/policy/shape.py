"""A command made ready to be judged: its program, its folder, its arguments by kind.

A bare program name means what a person expects of it if it is the shell's own,
or a program that the request's PATH finds outside project and scratch space,
or in the project's own .venv/bin or node_modules/.bin, or nowhere at all (then
nothing can run).  A path means what its last part promises only if it is what
that name resolves to.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from aileron.model import Facts
from aileron.policy import paths
from aileron.policy.global_options import ANYWHERE, VALUES
from aileron.policy.tables import names
from aileron.shell.reading import ANYTHING, SimpleCommand, Word

# What bash, dash and zsh run without looking at PATH.
SHELL_BUILTINS = names(
    """
    . : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare
    dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill
    let local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt
    source suspend test times trap true type typeset ulimit umask unalias unset wait [[ ((
    """
)

_RUNTIME = frozenset({"parameter", "command", "arithmetic"})
_TOOLS = re.compile(
    r"(.*/)?(\.?venv/bin|node_modules/\.bin|vendor/bin)/[^/]+|bin/(rails|rake|rspec|bundle)"
)
_NAMED = re.compile(r"(--?[A-Za-z][\w-]*)=")  # an option whose value is decided at run time
_ONE_WORD = re.compile(r'(?:^|(?<==))"[^"@*]*"$')
# Options of git that take no word: what follows one is the subcommand.
_GIT_FLAGS = names("--no-pager -P -p --paginate --no-optional-locks --no-replace-objects --bare")
_UNKNOWN = Word(source="…", value=None, dynamic=frozenset({"parameter"}))


@dataclass(frozen=True, slots=True)
class Token:
    """One argument; `kind` is option, value (may belong to an option before it), given (it does
    belong to one) or operand."""

    kind: str
    word: Word
    value: str | None
    many: bool = False  # may expand to several words, or none
    maybe_option: bool = False


@dataclass(frozen=True, slots=True)
class Mount:
    """What a container sees at `target`: a folder or file of this machine (`source`, absolute),
    or, without one, a volume that outlives the container (`lasts`) or something that does not."""

    target: str
    source: str = ""
    readonly: bool = False
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """Where a command runs that is not this machine; `known` tells whether `mounts` is all that
    it sees of this machine, `variables` are those that its command line sets."""

    mounts: tuple[Mount, ...] = ()
    known: bool = False
    workdir: str | None = None
    variables: tuple[tuple[str, Word], ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """`program` is the absolute path of what runs, where the name holds a slash or PATH finds
    it; `names` are all the names that a rule may know the program by; `expected` tells whether
    it is what its name promises; `cwd` is the folder it runs in, None if that is not known;
    `cwds` are those that it may run in, where a `cd` may have failed; `container` is where
    it runs, None on this machine: then its paths are the container's; `variables` are those that
    the text sets, each with the one path that it is set to, or ANYTHING (`homes.py`)."""

    command: SimpleCommand
    name: str
    base: str
    names: frozenset[str]
    program: str | None
    expected: bool
    cwd: str | None
    tokens: tuple[Token, ...]
    cwds: tuple[str, ...] = ()
    container: Container | None = None
    known_paths: dict[str, str | None] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    def path(self, token: Token, facts: Facts) -> str | None:
        """The absolute path that a literal argument could mean."""
        value = token.value or ""
        if value in self.known_paths:
            return self.known_paths[value]
        found = None
        if self.cwd is not None and value[:1] not in ("", "-") and "://" not in value:
            if value == token.word.value:
                found = paths.of_word(token.word, self.cwd, facts)
            else:
                found = paths.absolute(value, self.cwd, facts)
        self.known_paths[value] = found
        return found


def shape(command: SimpleCommand, cwd: str, facts: Facts) -> Shape:
    """`cwd` is the request's directory; the command's own is worked out from it."""
    folders = directories(command, cwd, facts)
    folder = folders[0] if len(folders) == 1 else None
    name = command.name or ""
    base = name.rpartition("/")[2]
    program = None
    if "/" in name:
        program = paths.of_word(command.words[0], folder, facts)
    elif name and name not in SHELL_BUILTINS:
        program = facts.programs.get(name)
    every = {name, base}
    if program and program in facts.links:
        every.add(posixpath.basename(facts.links[program]))
    return Shape(
        command=command,
        name=name,
        base=base,
        names=frozenset(every - {""}),
        program=program,
        expected=_expected(name, base, program, facts),
        cwd=folder,
        tokens=tuple(_tokens(command, base)),
        cwds=folders,
    )


def directories(command: SimpleCommand, cwd: str, facts: Facts) -> tuple[str, ...]:
    """The absolute directories that a command may run in, none when that is not known; with
    ANYTHING among them it may be another."""
    found = [
        one if one == ANYTHING else paths.absolute(one, cwd, facts) if one else paths.join("/", cwd)
        for one in command.cwds
    ]
    if None in found or set(found) == {ANYTHING}:
        return ()
    return tuple(dict.fromkeys(one for one in found if one))


def _expected(name: str, base: str, program: str | None, facts: Facts) -> bool:
    if "/" not in name:
        if name in SHELL_BUILTINS:
            return True
        return facts.searched if program is None else _is_elsewhere(program, facts)
    if program is None:
        return False
    if facts.programs.get(program, program) is None:
        return _is_elsewhere(program, facts)  # there is no such file: nothing can run
    if _is_tool(program, facts):
        return True
    resolved = facts.programs.get(base)
    if resolved is None or not _is_elsewhere(resolved, facts):
        return False
    same = {resolved, paths.real(resolved, facts)}
    return bool(same & {program, paths.real(program, facts)})


def _is_elsewhere(program: str, facts: Facts) -> bool:
    """Outside project and scratch space, or where a project keeps the tools it installed."""
    if not any(paths.inside(program, root) for root in (facts.project, *facts.scratch)):
        return True
    return _is_tool(program, facts) or (
        # Whoever works in the home folder itself still has tools below it (`~/.pyenv`).
        facts.project == facts.home and program.startswith(f"{facts.home}/.")
    )


def _is_tool(program: str, facts: Facts) -> bool:
    if not paths.inside(program, facts.project):
        return False
    return bool(_TOOLS.fullmatch(program[len(facts.project.rstrip("/")) + 1 :]))


def _tokens(command: SimpleCommand, base: str) -> Iterable[Token]:
    options = True
    after = ""  # the option before, whose value this may be
    subcommand = False
    packs = base in ("tar", "gtar", "bsdtar")
    for word in command.words[1:]:
        value = word.value
        if packs and value and re.fullmatch(r"[a-zA-Z]+", value):
            value = f"-{value}"  # the old form: a cluster of options without its dash
        packs = False
        given = after in VALUES.get(base, ()) and (base in ANYWHERE or not subcommand)
        named = _NAMED.match(word.prefix) if value is None and options else None
        if named is not None and one_word(word):
            yield Token("option", word, named[1])
            yield Token("value", word, None)
            after = ""
        elif given and (value is not None or one_word(word)):
            yield Token("given", word, value)
            after = ""
        elif value is None:
            runtime = bool(word.dynamic & _RUNTIME)
            free = runtime and (not word.prefix or word.prefix.startswith("-"))
            free = free and (
                not word.could or any(one[:1] in ("-", "") or one == ANYTHING for one in word.could)
            )
            many = runtime and not _ONE_WORD.fullmatch(word.source)
            yield Token("value", word, None, many=many, maybe_option=free and options)
            after = ""
        elif options and value == "--":
            options, after = False, ""
        elif options and len(value) > 1 and value[0] == "-":
            flag, equals, attached = value.partition("=")
            yield Token("option", word, flag)
            if equals:
                yield Token("value", word, attached)
            after = "" if equals or (base == "git" and flag in _GIT_FLAGS) else flag
        else:
            yield Token("value" if after else "operand", word, value)
            subcommand = subcommand or not after
            after = ""
    if command.appended:
        word = replace(_UNKNOWN, could=command.inputs)
        free = is_piped(command) and not command.inputs
        yield Token("value", word, None, many=True, maybe_option=free)


def one_word(word: Word) -> bool:
    """Whether a word that is decided at run time stays a single one: its value is quoted."""
    return _ONE_WORD.search(word.source) is not None


def is_piped(command: SimpleCommand) -> bool:
    """Whether further arguments come from a program that reads them from a pipe."""
    return any(via.split()[0] in ("xargs", "parallel") for via in command.via if via)
