"""What reading a command yields: the values that `shell/` returns and `policy/` judges.

A `Reading` lists every simple command that could run.  `complete` is False
where anything was not understood; then `why` says what, in words for a person,
and the list holds what was found up to there.
"""

from __future__ import annotations

from dataclasses import dataclass

PROJECT = "\0project"  # the start of a path: the repository's root, whatever that is

SCRIPT = "\0script"  # …: the script's own file
GIVEN = "\0given\0"  # …: NAME, NUL, DEFAULT, NUL: the variable of the environment, or the default
ANYTHING = "\0anything"  # among the patterns of a word: it may be something else, too


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command.

    `value` is the decoded literal, None as soon as anything in it is decided
    at run time.  `dynamic` says by what: any of "parameter", "command",
    "arithmetic", "glob", "brace", "tilde", "process".  A tilde at the start of
    a word (`~/x`) leaves `value` as written when it is the only thing dynamic;
    so does a glob (`*.py`), with the glob characters in place.
    `prefix` is the literal text before the first run-time part.  `home` is the word with
    `$HOME`, or the hole that input is put into, left in it, where that is all that is
    dynamic: what a shell reads as text.
    `could` are the patterns of file names that a word without a value may stand for,
    as far as that is known (`possible.py`); none means that it may be anything.
    """

    source: str
    value: str | None
    dynamic: frozenset[str] = frozenset()
    quoted: bool = False
    prefix: str = ""
    home: str | None = None
    could: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """One redirection.

    `op` is as in bash (`>`, `>>`, `>|`, `<`, `<>`, `&>`, `&>>`, `>&`, `<&`,
    `<<`, `<<-`, `<<<`).  `target` is the file or descriptor word; for `<<` and
    `<<-` its value is the body (None when the body has expansions), for `<<<`
    the string.
    """

    op: str
    fd: str
    target: Word


@dataclass(frozen=True, slots=True)
class SimpleCommand:
    """One command that could run.

    `via` names what it was found behind, outermost first: `("sudo", "xargs")`,
    `("eval",)`, `("bash -c",)`.  `feeds` tells where its standard input comes
    from: "" (inherited), "pipe", "heredoc", "file", "process".  `upstream`
    holds the indices (in `Reading.commands`) of the commands whose output is
    piped into it, directly or through others.  `appended` is True when further
    arguments join at run time (xargs, find -exec {}).  `cwd` is the directory
    a literal `cd` earlier in the text leads to, as written and joined ("" = the
    request's own, None = unknown); `cwds` are all that it may be, where a `cd` may have
    failed (none: unknown; ANYTHING among them: or another).
    `inputs` are the patterns of what xargs and find put in, as `could`.
    `supposed` marks what another command is only supposed to run (`supposed.py`).
    """

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    source: str = ""
    via: tuple[str, ...] = ()
    feeds: str = ""
    upstream: tuple[int, ...] = ()
    substituted: bool = False  # runs inside $( ), ` ` or <( )
    appended: bool = False
    background: bool = False
    loop: bool = False
    function: bool = False  # its name is a function defined in the same text
    cwds: tuple[str, ...] = ("",)
    inputs: tuple[str, ...] = ()
    supposed: bool = False

    @property
    def name(self) -> str | None:
        """The decoded command name; None when dynamic, "" for bare assignments or redirections."""
        return self.words[0].value if self.words else ""

    @property
    def argv(self) -> tuple[str | None, ...]:
        return tuple(word.value for word in self.words)


@dataclass(frozen=True, slots=True)
class Spawns:
    """What a text starts beside itself, whatever happens (`spawns.py`): `multiplies` are the
    functions that do so with themselves, `beside` the names and paths that the text starts;
    `floods` tells that a loop without end does nothing but start more."""

    multiplies: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    floods: bool = False


NO_SPAWNS = Spawns()


@dataclass(frozen=True, slots=True)
class Reading:
    """`substitutions` maps a command's index to the indices of the commands
    inside the substitutions of its own words (what reaches its arguments).
    `texts` are the texts that commands of this one run (`bash -c`, `eval`, `trap`,
    a here-document to a shell); their commands are listed, too, with a `via`.
    `hooks` are the indices of commands that read what a tool prints to set itself up."""

    commands: tuple[SimpleCommand, ...]
    complete: bool = True
    why: str = ""
    substitutions: tuple[tuple[int, tuple[int, ...]], ...] = ()
    texts: tuple[str, ...] = ()
    spawns: Spawns = NO_SPAWNS
    hooks: frozenset[int] = frozenset()
