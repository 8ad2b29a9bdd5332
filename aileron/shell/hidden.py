"""Evaluation that does not show: what runs, or changes what runs, without being a command.

bash evaluates the subscript in `a[$(c)]` wherever it takes text for a variable's
name or for arithmetic, even if that text was in single quotes; some builtins
change what later words mean.  None of it can be listed as a command, so each is
a doubt.

Text like `$(c)` that is stored unexpanded may be put together with a `[` later, so
where a text both stores such and does arithmetic, what it would run is walked, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from aileron.shell.reading import SimpleCommand, Word
from aileron.shell.tree import Literal, RawWord

SUBSTITUTION = re.compile(r"\$\(|`|\$\{")
PROMPT_RUNS = re.compile(r"\$\(|`|\$\{|\\[0-7]")
SUBSCRIPT = re.compile(r"\w\[[^\]]{0,150}(?:\$\(|`)")  # stands in data that something may read
# Variables whose value is computed when they are assigned.
INTEGERS = frozenset(("RANDOM", "SECONDS", "OPTIND", "LINENO", "HISTCMD", "SRANDOM"))
READERS = frozenset(("read", "mapfile", "readarray"))

# Builtins that take names or arithmetic, or set variables by a name they are given.
SETS_VARIABLES = frozenset(
    """
    declare typeset local export readonly unset read mapfile readarray getopts printf let eval
    source . set wait test [ trap
    """.split()  # noqa: SIM905
)
READS_INPUT = frozenset(
    """
    read mapfile readarray head dd sed tail cut awk python python3 perl ruby node sh bash
    select more less ssh
    """.split()  # noqa: SIM905
)
TAKES_NAMES = SETS_VARIABLES - {"eval", "trap", "source", "."}
NAMED = frozenset(
    """
    declare typeset local export readonly unset read mapfile readarray getopts wait
    """.split()  # noqa: SIM905
)
DECLARES = frozenset(("declare", "typeset", "local", "export", "readonly"))
ARRAY_OPTION = re.compile(r"-\w*[aA]")
ARRAY_LITERAL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?\+?=\(")
PROMPTS = frozenset(("PS4", "PS0", "PS1", "PS2", "PROMPT_COMMAND"))
# Names of prompts where they are no plain assignment: read, printf -v, a loop's variable …
PROMPT_NAMED = re.compile(
    r"(?<![\w$])(?<!\$\{)(?:PS4|PS0|PROMPT_COMMAND)(?![\w=])"
    r"|\$\{(?:PS4|PS0|PROMPT_COMMAND):?="
)
START_UP = frozenset(("BASH_ENV", "SHELLOPTS", "BASHOPTS", "POSIXLY_CORRECT"))
SET_LETTERS = ("-k", "-H", "+B")
SET_NAMES = frozenset(("keyword", "posix", "alias", "history", "histexpand", "braceexpand"))
ZSH_TABLES = frozenset(("aliases", "galiases", "saliases", "functions", "commands", "builtins"))
COMMAND_TABLES = frozenset(("BASH_ALIASES", "BASH_CMDS"))
HARMLESS_SHOPT = frozenset(
    """
    autocd cdspell checkhash checkjobs checkwinsize cmdhist dirspell dotglob execfail extglob
    failglob globasciiranges globstar gnu_errfmt histappend histreedit histverify hostcomplete
    huponexit inherit_errexit interactive_comments lastpipe lithist localvar_inherit
    localvar_unset login_shell mailwarn no_empty_cmd_completion nocaseglob nocasematch
    nullglob patsub_replacement noexpand_translation force_fignore
    progcomp promptvars shift_verbose sourcepath xpg_echo -s -u -q -p -o
    """.split()  # noqa: SIM905
)
ZSH_WORDS = frozenset(
    """
    noglob nocorrect repeat foreach end - setopt unsetopt emulate zmodload autoload
    """.split()  # noqa: SIM905
)


def kept(word: RawWord) -> str:
    """The text of a word without its expansions: what is stored when it is assigned."""
    return "".join(part.text for part in word.parts if isinstance(part, Literal))


def subscripted(text: str) -> bool:
    """Whether bash would run something in `text` if it took it for a variable's name."""
    start = text.find("[")
    return start >= 0 and SUBSTITUTION.search(text, start) is not None


def named(name: str | None, words: Sequence[RawWord]) -> list[str]:
    """The words of a command called `name` that it takes for names, and that run something."""
    if name in ("command", "builtin") and words[1:]:
        name = kept(words[1])
    if name not in TAKES_NAMES or (name == "printf" and not any(map(_is_v, words))):
        return []
    found = [kept(word).partition("=(")[0] for word in words[1:]]  # the elements are no names
    return [text for text in found if subscripted(text)]


def _is_v(word: RawWord) -> bool:
    return kept(word).startswith("-v")


def stored(text: str) -> bool:
    """Whether `text` holds a substitution, unexpanded; or a piece that could begin one."""
    return SUBSTITUTION.search(text) is not None or text.endswith("$")


def data(command: SimpleCommand, passed: bool) -> list[str]:
    """Texts of a command that a variable could get its value from, and that run something.

    Its words may where they are `passed` on (to a function, to `read`), and where it stands in
    a substitution; the standard input of `read` may, too.
    """
    found: list[str | None] = []
    if passed or command.substituted:
        found += [word.value for word in command.words[1:]]
    if passed or command.substituted or command.name in READERS or not command.words:
        found += [item.target.value for item in command.redirects if item.op[:2] == "<<"]
    return [text for text in found if text and (stored(text) if passed else SUBSCRIPT.search(text))]


def computes(command: SimpleCommand) -> tuple[bool, bool]:
    """Whether a builtin takes values for expressions, and whether for subscripts."""
    words = command.words[1:]
    values = [word.value or word.prefix for word in words]
    takes = command.name in NAMED or command.name == "let"
    if command.name in DECLARES:
        takes = any(re.match(r"-\w*[in]", value) for value in values)
    elif command.name in ("test", "[", "printf"):
        takes = any(value.startswith(("-v", "-R")) for value in values)
    if command.name in TAKES_NAMES:
        takes = takes or any(map(subscripted, values))
    takes = takes or any(name in INTEGERS for name, _ in command.assignments)
    sources = [word.source for word in words]
    brackets = any("[" in one and ("$" in one or "`" in one) for one in sources)
    return takes, takes and brackets


def in_variable(name: str, value: str | None, shell: str) -> list[str]:
    """Doubts about a variable that is set, by whatever means."""
    doubts = []
    if name in PROMPTS and (value is None or ("\\" in value and PROMPT_RUNS.search(value))):
        doubts.append(f"{name} holds text that runs later")
    if name in START_UP or name.startswith("BASH_FUNC_"):
        doubts.append(f"{name} changes what a shell does before it reads its text")
    if name in COMMAND_TABLES or (shell == "zsh" and name in ZSH_TABLES):
        doubts.append(f"{name} changes what a command name means")
    return doubts


def prompts(command: SimpleCommand) -> list[tuple[str, str]]:
    """Texts that a command makes a prompt of, with its name: bash expands them to show it."""
    found = [(name, word.value) for name, word in command.assignments]
    if command.name in SETS_VARIABLES:
        for word in command.words[1:]:
            variable, _, value = (word.value or "").partition("=")
            found.append((variable, value))
    return [(name, value) for name, value in found if value and name in PROMPTS]


def callback(command: SimpleCommand) -> str | None:
    """The text that `mapfile -C text` runs, with two words behind it; None if it has none."""
    values = [word.value for word in command.words]
    if command.name not in ("mapfile", "readarray") or values.count("-C") != 1:
        return None
    return values[values.index("-C") + 1] if values[-1] != "-C" else None


def in_command(command: SimpleCommand, shell: str) -> list[str]:
    doubts = []
    for name, word in command.assignments:
        doubts += in_variable(name, word.value, shell)
    name = command.name or ""
    words = command.words[1:]
    if name in CHECKS:
        doubts += CHECKS[name](words, shell)
    if name in SETS_VARIABLES:
        for word in words:
            variable, _, value = (word.value or word.prefix).partition("=")
            doubts += in_variable(variable, value if word.value is not None else None, shell)
    if shell == "zsh" and name in ZSH_WORDS:
        doubts.append(f"zsh would read {name} differently than bash")
    if name == "exec" and not words and _takes_input(command):
        doubts.append("exec changes where later commands read from")
    return doubts


def array_texts(
    command: SimpleCommand, arrays: set[str]
) -> tuple[list[tuple[str, str]], list[str]]:
    """`declare -a x='(…)'`: bash reads and expands what is in the quotes.

    These texts, and doubts about those that the run decides.  `arrays` are the names known
    to be arrays, for which no -a is needed; those declared here are added.
    """
    texts: list[tuple[str, str]] = []
    doubts: list[str] = []
    words = command.words[1:]
    declared = any(ARRAY_OPTION.match(word.value or word.prefix) for word in words)
    for word in words:
        written = word.value if word.value is not None else word.prefix
        name, equals, value = written.partition("=")
        if declared or ARRAY_LITERAL.match(word.source):
            arrays.add(name)
        if not equals or ARRAY_LITERAL.match(word.source):
            continue
        if word.value is None:
            if name in arrays and value[:1] in ("", "("):
                doubts.append(f"{command.name} reads an array that is decided at run time")
        elif value.startswith("(") and value.endswith(")"):
            texts.append((name, value))
    return texts, doubts


def names_by_value(command: SimpleCommand) -> bool:
    """Whether a builtin gets the name of a variable from another variable."""
    return command.name in NAMED and any(
        word.value is None and not word.prefix for word in command.words[1:]
    )


def _takes_input(command: SimpleCommand) -> bool:
    return any(item.op[0] == "<" and item.fd in ("", "0") for item in command.redirects)


def _shopt(words: tuple[Word, ...], shell: str) -> list[str]:
    for word in words:
        if word.value not in HARMLESS_SHOPT:
            return [f"shopt {word.source} changes how text is read"]
    return []


def _set(words: tuple[Word, ...], shell: str) -> list[str]:
    names = False  # the word is the name of an option
    for word in words:
        text = word.value
        if text in ("--", "-") or (text is not None and not names and text[:1] not in ("-", "+")):
            break
        if text is None or (names and text in SET_NAMES):
            return ["set changes how text is read"]
        names = text[:1] in ("-", "+") and text[-1:] == "o"
        for option in SET_LETTERS:
            if text[:1] == option[0] and option[1] in text:
                return [f"set {option} changes how text is read"]
    return []


def _alias(words: tuple[Word, ...], shell: str) -> list[str]:
    if words and shell != "bash":
        return ["alias changes what a command name means"]
    return []


def _enable(words: tuple[Word, ...], shell: str) -> list[str]:
    return ["enable changes what a command name means"]


def _hash(words: tuple[Word, ...], shell: str) -> list[str]:
    return _option(words, "p", "hash -p changes what a command name means")


def _bind(words: tuple[Word, ...], shell: str) -> list[str]:
    return _option(words, "x", "bind -x holds text that runs later")


def _complete(words: tuple[Word, ...], shell: str) -> list[str]:
    return _option(words, "C", "complete -C holds text that runs later")


def _compgen(words: tuple[Word, ...], shell: str) -> list[str]:
    if any(word.value is None or SUBSTITUTION.search(word.value) for word in words):
        return ["compgen -W expands text that is decided at run time"]
    return _option(words, "CF", "compgen -C runs a command")


def _jobs(words: tuple[Word, ...], shell: str) -> list[str]:
    if words and words[0].value == "-x":
        return []  # what it runs is read
    return _option(words, "x", "jobs -x runs a command")


def _mapfile(words: tuple[Word, ...], shell: str) -> list[str]:
    values = [word.value for word in words]
    if values.count("-C") == 1:  # what it runs is read, if it is there
        at = values.index("-C")
        words = () if None in values[at : at + 2] else (*words[:at], *words[at + 2 :])
        if None in values[at : at + 2]:
            return ["mapfile -C holds text that runs later"]
    return _option(words, "C", "mapfile -C holds text that runs later")


def _option(words: tuple[Word, ...], letters: str, what: str) -> list[str]:
    for word in words:
        if word.value is None or (
            word.value[:1] == "-" and any(letter in word.value for letter in letters)
        ):
            return [what]
    return []


CHECKS: dict[str, Callable[[tuple[Word, ...], str], list[str]]] = {
    "shopt": _shopt,
    "set": _set,
    "alias": _alias,
    "enable": _enable,
    "hash": _hash,
    "bind": _bind,
    "complete": _complete,
    "compgen": _compgen,
    "jobs": _jobs,
    "mapfile": _mapfile,
    "readarray": _mapfile,
}
