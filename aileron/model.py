"""The nouns.

One word per concept, the same in code, YAML, JSON and on the screen.  All of
them are values: frozen, without behaviour that touches the world.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field


class Verdict(enum.Enum):
    """What may happen to a request; `strictness` orders them."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"

    @property
    def strictness(self) -> int:
        return ("allow", "ask", "deny").index(self.value)


class Layer(enum.Enum):
    """Who wrote a rule."""

    BUILTIN = "builtin"
    PROJECT = "project"
    USER = "user"


class Tier(enum.Enum):
    """How an agent is held: by its environment only, or by the kernel."""

    SHIM = "shim"
    CONTAINED = "contained"


class Mode(enum.Enum):
    """Where the shell that asks will take its commands from."""

    COMMAND = "command"  # -c TEXT
    SCRIPT = "script"  # a file
    STDIN = "stdin"  # standard input, or -s
    INTERACTIVE = "interactive"  # a person or a program types them, one by one
    INFORMATION = "information"  # --version, --help: runs nothing
    UNKNOWN = "unknown"  # options that the shim does not know
    EXEC = "exec"  # not a shell at all: a program started directly


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRequest:
    """A command that wants to run.

    `text` is what the shell would read, None where nobody could read it before
    it runs (a pipe that stays open, an interactive shell, a script that is
    larger than 64 KB); `argv` is the whole argument vector of the shell or
    program; `options` are the shell's option words (`-lc`, `-o`, `pipefail`);
    `script` is the path of a script file.  Text that is not UTF-8 carries
    surrogate escapes.
    """

    argv: tuple[str, ...]
    cwd: str
    text: str | None = None
    mode: Mode = Mode.COMMAND
    shell: str = "bash"  # bash, dash, sh, zsh: what will read the text
    options: tuple[str, ...] = ()
    script: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a policy.

    `words` is a command pattern split into words; the other fields are the
    mapping form.  `outward` marks a built-in ask that also counts inside the
    process tree of an allowed command (it leaves the machine or cannot be
    taken back); with one of the options in `unless` (`--dry-run|-n`) it does
    not speak about a command.
    """

    id: str
    bucket: Verdict
    layer: Layer
    file: str
    line: int
    words: tuple[str, ...] = ()
    binary: str = ""
    args_contain: tuple[str, ...] = ()
    path: str = ""
    working_dir: str = ""
    description: str = ""
    message: str = ""
    outward: bool = False
    unless: str = ""

    @property
    def place(self) -> str:
        """`aileron.yaml:5`, as messages name a rule."""
        name = self.file.rsplit("/", 1)[-1]
        return f"{name}:{self.line}" if self.line else name


# Who reads a text beside our own parser; all of them, unless the person takes one out.
READERS = ("tree-sitter", "bashlex")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The merged, immutable whole: what one session is judged by.

    `readers` must agree with our own reading of a text before it is allowed.

    `digest` names it: SHA-256 over the bytes of every file that went in, and
    over which of them were trusted.
    """

    rules: tuple[Rule, ...]
    default: Verdict = Verdict.ASK
    overrides: frozenset[str] = frozenset()
    scrub: tuple[str, ...] = ()
    passthrough: tuple[str, ...] = ()
    digest: str = ""
    notices: tuple[str, ...] = ()  # what a person should be told at launch
    readers: tuple[str, ...] = READERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What is known of a package that an install names, or of the address that it comes from.

    `known` says why it is no stranger: "widely used", or the file of the project that names
    it; `meant` is a widely used one whose name is nearly the same.
    """

    known: str = ""
    meant: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the world looked like when a request was judged; gathered by session/facts.py.

    `programs` maps each bare program name of the request to the absolute path
    that the request's PATH resolves it to, None where nothing was found; `searched`
    says whether all of that PATH was looked through.
    `project` is the repository's root, or the directory of the launch.
    `links` maps paths (absolute, normalised) to where they lead, for those
    that are, or lie behind, symbolic links; `made` are links that the text makes itself, each
    with where it leads (`policy/linked.py`).
    `script` is the script whose commands are judged, "" for a text that is no file;
    `environment` holds the variables that it starts with.
    `untracked` are folders of the project that a task deletes and in which git knows no file.
    `packages` holds, by registry and name, what installs would fetch (`policy/packages.py`).
    """

    project: str
    home: str = ""
    aileron_home: str = ""
    scratch: tuple[str, ...] = ("/tmp", "/var/tmp")
    programs: Mapping[str, str | None] = field(default_factory=dict)
    searched: bool = True
    links: Mapping[str, str] = field(default_factory=dict)
    made: tuple[tuple[str, str], ...] = ()
    script: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    untracked: frozenset[str] = frozenset()
    packages: Mapping[tuple[str, str], Package] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One simple command (or redirection) of a request, with its own verdict."""

    text: str
    argv: tuple[str | None, ...]  # decoded words, None where one is not literal
    verdict: Verdict
    rule: str  # the id of a Rule, or of a structural rule, or "default"
    layer: Layer
    reason: str
    place: str = ""  # file:line of the rule
    message: str = ""  # the rule's own advice to the agent
    outward: bool = False
    digest: str = ""  # SHA-256 of the script that the verdict is about


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A verdict, and every part that led to it.

    `complete` is False when the text could not be read to its end; such a
    decision is never ALLOW, whatever a policy says.
    """

    verdict: Verdict
    rule: str
    layer: Layer
    reason: str
    parts: tuple[Part, ...] = ()
    complete: bool = True
    place: str = ""
    message: str = ""

    def __bool__(self) -> bool:
        raise TypeError("a Decision has no truth value: compare its verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Who answered an approval, through which channel, and how.

    A yes for `always` says in `digest` which file it writes: SHA-256 of the policy file's
    bytes with the rule in them, as they were shown.
    """

    approved: bool
    channel: str  # terminal, cli, rule, none
    scope: str = "once"  # once, session, always
    note: str = ""  # for the agent
    by: str = ""
    digest: str = ""
