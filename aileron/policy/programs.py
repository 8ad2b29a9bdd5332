"""A program given in the command itself: judged by what it provably does.

The files that it reads, writes and deletes are judged as a shell command's are, a
variable that it sets like an assignment, sending like an upload; the commands that
it runs are commands of the reading.  What is not proven asks, with the reason.
Modules that it loads, the project's own among them, may run: `python x.py` and
`node x.js`, which do the same, may, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from aileron.inline.deeds import Deed
from aileron.model import Facts
from aileron.policy import environment, network, paths
from aileron.policy.finding import Finding, ask
from aileron.policy.paths import Place
from aileron.policy.shape import Shape
from aileron.policy.usage import Access
from aileron.shell import programs
from aileron.shell.reading import SimpleCommand, Word

_KINDS = {"read": "read", "write": "write", "delete": "delete", "delete-tree": "delete"}
_WEB = re.compile(r"(?:https?|ftp)://", re.IGNORECASE)
_PIECES = re.compile(r"((?:[^\\$]|\\.)*)(\$\w+|\$\{\w+\}|\$|\Z)", re.DOTALL)
_NAME = re.compile(r"[\w./@:+%-]*", re.ASCII)
MOST = 8  # texts of one program that are gone through
LONGEST = 4 * 1024
_HOST = re.compile(r"\w+://[^/@?#\\]+[/?#]")  # to its end


def deeds(command: SimpleCommand) -> tuple[Deed, ...] | None:
    """What the program does; None if the command runs none, or one that is not known."""
    language = programs.of(command.name or "")
    if not language or "ipython" in (command.name or ""):  # which understands more than Python
        return None
    found = programs.LANGUAGES[language].program(command.words)
    argv = tuple(word.value for word in found.rest)
    if found.kind == "code" and found.word is not None and found.word.value is not None:
        return programs.deeds(language, found.word.value, argv)
    if found.kind == "code" and found.word is not None:
        return _of_each(language, found.word, argv)
    if found.kind == "input" and command.feeds == "heredoc":
        last = [one.target.value for one in command.redirects if one.op in ("<<", "<<-", "<<<")]
        if last and last[-1] is not None:
            return programs.deeds(language, last[-1], argv)
    return None


def _of_each(language: str, word: Word, argv: tuple[str | None, ...]) -> tuple[Deed, ...] | None:
    """What a program may do that holds variables of the shell, each of a few known words; None
    where that is not known, or where it runs commands, which nobody would have read."""
    texts = _possible(word)
    if not 0 < len(texts) <= MOST:
        return None
    found = dict.fromkeys(deed for text in texts for deed in programs.deeds(language, text, argv))
    return None if any(deed.kind in ("text", "words") for deed in found) else tuple(found)


def _possible(word: Word) -> tuple[str, ...]:
    """The texts that a word may be, where plain names alone are put in for its variables."""
    source = word.source
    if word.dynamic != {"parameter"} or len(source) > LONGEST or source[:1] + source[-1:] != '""':
        return ()
    whole: list[str] = []
    for literal, name in _PIECES.findall(source[1:-1]):
        whole.append(re.escape(re.sub(r"\\([\"\\$`])", r"\1", literal).replace("\\\n", "")))
        key = name.strip("${}")
        if key:
            whole.append(f"(?P={key})" if f"(?P<{key}>" in "".join(whole) else f"(?P<{key}>.*)")
        elif name:
            return ()
    pattern = re.compile("".join(whole), re.DOTALL)
    matches = [(one, found) for one in word.could if (found := pattern.fullmatch(one))]
    plain = all(_NAME.fullmatch(text) for _, found in matches for text in found.groups())
    return tuple(one for one, _ in matches) if plain else ()


def accesses(command: SimpleCommand) -> list[Access]:
    """The files that the program reads, writes or deletes."""
    found = _gone_through(command)
    for deed in deeds(command) or ():
        kind = _KINDS.get(deed.kind)
        if kind is None:
            continue
        path = deed.value if isinstance(deed.value, str) else None
        everything = path is None and deed.below and not deed.fixed  # that a folder holds
        tree = deed.kind == "delete-tree" or everything
        if path is None and deed.below:
            path = f"{deed.prefix.rstrip('/') or '/'}/{{}}"
        shown = Word(source=path or f"{deed.prefix}…", value=None, prefix=deed.prefix)
        found.append(Access(kind, shown, 0, path, tree))
    return found


def _gone_through(command: SimpleCommand) -> list[Access]:
    """The files that the interpreter hands to the program line by line (`ruby -ne`)."""
    language = programs.of(command.name or "")
    if not language:
        return []
    given = programs.LANGUAGES[language].program(command.words)
    kinds = {"read": ["read"], "write": ["read", "write"]}.get(given.files, [])
    return [Access(kind, word, 0) for word in given.rest for kind in kinds]


def _is_local(deed: Deed) -> bool:
    """Whether an address is this machine's own, as far as it is known."""
    if isinstance(deed.value, str):
        return network.is_local(deed.value)
    return _HOST.match(deed.prefix) is not None and network.is_local(deed.prefix)


def sends(command: SimpleCommand) -> bool:
    """Whether the program opens a connection to another machine."""
    return any(
        deed.kind in ("send", "fetch") and not _is_local(deed) for deed in deeds(command) or ()
    )


def _only_the_projects(shape: Shape, known: Sequence[Deed], facts: Facts) -> bool:
    """Whether all that the program reads are files of the project that are known by name.

    Their code may run: so may a module of the project.
    """
    for deed in known:
        if deed.kind in ("fetch", "send", "text", "words", "write"):
            return False
        if deed.kind == "read":
            value = deed.value if isinstance(deed.value, str) else None
            path = paths.absolute(value, shape.cwd, facts) if value is not None else None
            if path is None or paths.place(path, facts) is not Place.PROJECT:
                return False
    return any(deed.kind == "read" for deed in known)


def judge(shape: Shape, known: Sequence[Deed], facts: Facts) -> Iterable[Finding]:
    """What is to be said of a program beside its files."""
    language = programs.of(shape.command.name or "")
    shown = programs.LANGUAGES[language].shown
    for deed in known:
        value = deed.value if isinstance(deed.value, str) else ""
        if deed.kind == "unknown":
            yield ask(f"inline/{language}", f"the {shown} program {value}")
        elif deed.kind == "unpickle" and not _only_the_projects(shape, known, facts):
            yield ask(f"inline/{language}", f"the {shown} program {value} may run what it reads")
        elif deed.kind == "variable" and environment.delicate(value):
            why = environment.delicate(value)
            yield ask(f"environment/{value}", f"the program sets {value}: {why}", firm=True)
        elif deed.kind == "send" and not _is_local(deed):
            where = value or "an address that is decided at run time"
            yield ask(network.RULE, f"the program sends to {where}", outward=True)
        elif deed.kind == "fetch" and not _WEB.match(value or deed.prefix or "http://"):
            yield ask("effect/local-url", f"the program reads {value}, which is not of the web")
