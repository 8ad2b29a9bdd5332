"""Where a database's client connects, as its words, its variables and the text around it say.

Only what is understood to be this machine is: no host, a socket, `localhost`.  An option that
is not listed (`client_names.py`) may do anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from aileron.policy import client_names as known
from aileron.policy import environment
from aileron.policy.finding import Finding, ask
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Word

CHANGES = "database/changes"

_ONE_WORD = re.compile(r'"[^"@*]*"')
# One word that is no option, whatever its expansions are.
_ONE_OPERAND = re.compile(r'"(?:\$PWD|\$HOME|\$\{PWD\}|\$\{HOME\})/[\w./-]*"|"[\w/.:][^"@*]*"')


class Unproven(Exception):
    """Why a command is not known only to read."""


@dataclass(slots=True)
class Given:
    """The options of a client with their values, and its operands."""

    options: list[tuple[str, Word | None]] = field(default_factory=list)
    operands: list[Word] = field(default_factory=list)

    def values(self, *flags: str) -> list[Word]:
        return [word for flag, word in self.options if flag in flags and word is not None]

    def has(self, *flags: str) -> bool:
        return any(flag in flags for flag, _ in self.options)


def arguments(words: Sequence[Word], grammar: known.Grammar) -> Given:
    """The words behind a client's name; Unproven for an option that is not listed."""
    found = Given()
    at = 0
    while at < len(words):
        word = words[at]
        text = word.value
        at += 1
        if text is None:
            if not _ONE_OPERAND.fullmatch(word.source):
                raise Unproven(f"one of its words is decided at run time: {word.source}")
            found.operands.append(word)
        elif text == "--":
            found.operands += words[at:]
            break
        elif len(text) < 2 or text[0] != "-":
            found.operands.append(word)
            if not grammar.permutes:
                found.operands += words[at:]
                break
        else:
            flag, attached = _option(text, grammar, found)
            if attached is None and flag in grammar.values:
                if at == len(words):
                    raise Unproven(f"{flag} has no value")
                if words[at].value is None and not _ONE_WORD.fullmatch(words[at].source):
                    raise Unproven(f"the value of {flag} is decided at run time")
                found.options.append((flag, words[at]))
                at += 1
            elif flag:
                value = None if attached is None else replace(word, value=attached)
                found.options.append((flag, value))
    return found


def _option(text: str, grammar: known.Grammar, found: Given) -> tuple[str, str | None]:
    """The option of a word (the last, if it holds several letters), and a value attached to it."""
    flag, equals, attached = text.partition("=")
    if text.startswith("--") or grammar.words:
        if grammar.words:
            flag = "-" + flag.lstrip("-")
            if equals:
                raise Unproven(f"its option {text} may do more than read")
        if flag in grammar.values or flag in grammar.flags or flag in grammar.attached:
            return flag, attached if equals else None
        raise Unproven(f"its option {flag} may do more than read")
    for at in range(1, len(text)):
        letter, rest = f"-{text[at]}", text[at + 1 :]
        if letter in grammar.values:
            return letter, rest or None
        if letter in grammar.attached:
            return letter, rest
        if letter not in grammar.flags:
            raise Unproven(f"its option {letter} may do more than read")
        found.options.append((letter, None))
    return "", None


# Where it connects

_LOCAL = re.compile(
    r"localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|::1|\[::1\]|/[\w./-]*|@[\w.-]+", re.I
)
_POSTGRES = re.compile(
    r"postgres(?:ql)?://(?:[^@/?#]*@)?(?P<hosts>[^@/?#]*)(?:/[\w.-]*)?(?:\?(?P<query>[^#]*))?"
)
_PLAIN_KEYS = names("""
    port dbname user password sslmode connect_timeout application_name schema
    target_session_attrs
    """)


def is_here(host: str) -> bool:
    """Whether a host, or each of several, is this machine."""
    return all(
        not one or _LOCAL.fullmatch(re.sub(r"(?<=[^:]):\d+$", "", one)) for one in host.split(",")
    )


def at_host(host: Word) -> None:
    if host.value is None:
        raise Unproven(f"it connects to an address that is decided at run time: {host.source}")
    if not is_here(host.value):
        raise Unproven(f"it connects to {host.value}")


def at_database(word: Word) -> None:
    """A database's name, which may be a whole address."""
    text = word.value
    if text is None:
        raise Unproven(f"it connects to an address that is decided at run time: {word.source}")
    if "://" in text:
        found = _POSTGRES.fullmatch(text)
        if found is None or "%" in found["hosts"]:
            raise Unproven("it connects to an address that is not understood")
        if not is_here(found["hosts"]):
            raise Unproven(f"it connects to {found['hosts']}")
        _settings((found["query"] or "").split("&"))
    elif "=" in text:
        if set(text) & set("'\"\\"):
            raise Unproven("it connects to an address that is not understood")
        _settings(re.sub(r"\s*=\s*", "=", text).split())


def _settings(given: Iterable[str]) -> None:
    for one in given:
        key, _, value = one.partition("=")
        if key in ("host", "hostaddr"):
            at_host(Word(source=value, value=value))
        elif key and (key not in _PLAIN_KEYS or re.search(r"[=%/]", value)):
            raise Unproven(f"it connects as {key} says")


def check_variables(shape: Shape, client: known.Client) -> None:
    """The variables that the client looks at, as far as the command sets them."""
    given = list(environment.assigned(shape))
    for name, word in [*given, *(shape.container.variables if shape.container else ())]:
        if name == "*":
            raise Unproven("it connects as a file of variables says")
        if not name.startswith(client.variables) or name in known.PLAIN_VARIABLES:
            continue
        if name not in known.HOST_VARIABLES or not word.value or not is_here(word.value):
            raise Unproven(f"it connects as {name} says")


def check_runners(shape: Shape) -> None:
    """What a command was found behind may give it another environment, or another machine."""
    for one in shape.command.via:
        if one.split()[0] not in known.PLAIN_RUNNERS:
            raise Unproven(f"where it connects depends on {one}")
    if shape.command.appended:
        raise Unproven("more of its words come from its input")


def client_of(shape: Shape) -> known.Client | None:
    return known.CLIENTS.get(shape.base)


class Around:
    """What the other commands of a text change about where a client connects."""

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.shapes = shapes
        self.found: dict[known.Client, tuple[int, str]] = {}

    def judge(self, at: int) -> Iterator[Finding]:
        client = client_of(self.shapes[at])
        if client is None:
            return
        if client not in self.found:
            self.found[client] = self._first(client)
        index, why = self.found[client]
        if index < at:
            yield ask(CHANGES, why, outward=client is not known.FILE_CLIENT)

    def _first(self, client: known.Client) -> tuple[int, str]:
        for at, shape in enumerate(self.shapes):
            if shape.names & _SOURCES:
                return at, f"where it connects may be changed by {shape.command.source[:40]}"
            if shape.names & _EXPORTS and any(
                word.value is None and "=" not in word.prefix for word in shape.command.words[1:]
            ):
                return at, "where it connects is exported at run time"
            exported = [(word.value or "", word) for word in shape.command.words[1:]]
            exported = exported if shape.names & _EXPORTS else []
            if client_of(shape) is not None:
                continue  # what it sets is its own
            for name, word in [*environment.assigned(shape), *exported]:
                if name.startswith(client.variables) and not _is_plain(name, word):
                    return at, f"it connects as {name.partition('=')[0]} says"
        return len(self.shapes), ""


_SOURCES = names("source .")
_EXPORTS = names("export declare typeset")


def _is_plain(name: str, word: Word) -> bool:
    name, equals, _ = name.partition("=")
    if equals or name in known.PLAIN_VARIABLES:
        return True  # `export A=b` is found as an assignment, too
    return name in known.HOST_VARIABLES and bool(word.value) and is_here(word.value or "")
