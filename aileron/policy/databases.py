"""What a database's client does: where it connects, and whether what it is told only reads.

Reading from a database of this machine (no host given, a socket, `localhost`) is allowed, and
so is working with a database in a file of the project.  All else asks: a host that is not this
machine's or not known, an option that is not listed here, text that nobody has read, and every
statement that does more than read.  What the person's own configuration says (PGHOST in the
environment of the launch, ~/.my.cnf) stands; what the command itself says is looked at.

In a container "this machine" is the container, and files are judged as any command's are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from aileron.model import Facts, Verdict
from aileron.policy import client_names as known
from aileron.policy import effects, paths, sql
from aileron.policy.connections import (
    CHANGES,
    Given,
    Unproven,
    arguments,
    at_database,
    at_host,
    check_runners,
    check_variables,
    client_of,
)
from aileron.policy.finding import Finding, ask
from aileron.policy.paths import Place
from aileron.policy.shape import Shape
from aileron.policy.usage import Access
from aileron.shell.reading import SimpleCommand, Word

RULE = "remote-database"
READS = "database/reads"
FILE = "database/file"


class Denied(Exception):
    """It works on a file that nobody may touch."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.reason)
        self.finding = finding


# What it is told


def _input(command: SimpleCommand) -> Iterator[str]:
    """The text on its standard input, if it is a literal one."""
    last = [one.target for one in command.redirects if one.op in ("<<", "<<-", "<<<")]
    if command.feeds == "heredoc" and last:
        if last[-1].value is None:
            raise Unproven("its text is decided at run time")
        yield last[-1].value
    elif command.feeds == "file":
        raise Unproven("the text in a file is not read")
    elif command.feeds:
        raise Unproven("its text comes from another command")


def _text(words: Iterable[Word]) -> Iterator[str]:
    for word in words:
        if word.value is None:
            raise Unproven(f"its text is decided at run time: {word.source[:40]}")
        yield word.value


def _only_reads(texts: Iterable[str], dialect: str) -> str:
    """What the statements are; Unproven if one of them does more than read."""
    verbs: dict[str, None] = {}
    for text in texts:
        for statement in sql.statements(text, dialect):
            if statement.why:
                raise Unproven(statement.why)
            verbs[statement.verb] = None
    return ", ".join(verbs)


# The clients: each gives words for what it reads, or raises Unproven


def _postgres_address(given: Given) -> None:
    for word in given.values("-h", "--host"):
        at_host(word)
    for word in [*given.values("-d", "--dbname"), *given.operands]:
        at_database(word)


def _psql(shape: Shape, facts: Facts) -> str:
    given = arguments(shape.command.words[1:], known.PSQL)
    _postgres_address(given)
    for word in given.values("-v", "--set", "--variable"):
        name = (word.value or "").partition("=")[0]
        if not name or (name.isupper() and name not in known.PSQL_SETTINGS):
            raise Unproven(f"it sets {name or word.source}")
    texts = list(_text(given.values("-c", "--command")))
    if not texts and given.has("-l", "--list", "-V", "--version", "-?", "--help"):
        return "the list of databases"
    texts += [] if texts else _input(shape.command)
    if not texts:
        raise Unproven("its commands are typed into it")
    return _only_reads(texts, "postgres")


def _pg_dump(shape: Shape, facts: Facts) -> str:
    given = arguments(shape.command.words[1:], known.PG_DUMP)
    _postgres_address(given)
    return "a whole database"


def _mysql(shape: Shape, facts: Facts) -> str:
    given = arguments(shape.command.words[1:], known.MYSQL)
    _mysql_address(given)
    texts = list(_text(given.values("-e", "--execute")))
    if not texts and given.has("-V", "--version", "-?", "--help"):
        return "its version"
    texts += [] if texts else _input(shape.command)
    if not texts:
        raise Unproven("its commands are typed into it")
    return _only_reads(texts, "mysql")


def _mysql_address(given: Given) -> None:
    for word in given.values("-h", "--host"):
        at_host(word)
    for word in given.values("--default-character-set"):
        if word.value not in ("utf8", "utf8mb4"):
            raise Unproven("its character set changes how text is read")


def _mysqladmin(shape: Shape, facts: Facts) -> str:
    given = arguments(shape.command.words[1:], known.MYSQL)
    _mysql_address(given)
    commands = list(_text(given.operands))
    for one in commands:
        if one not in known.MYSQLADMIN:
            raise Unproven(f"changes the server: {one}")
    if not commands:
        raise Unproven("what it does is not said")
    return ", ".join(commands)


_MONGO = re.compile(
    r"(?:mongodb://)?(?:[^@/?#]*@)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:/[\w-]*)?"
    r"(?:\?(?:authSource|directConnection|replicaSet|retryWrites)=[\w-]+)?|[A-Za-z][\w-]*"
)
_REDIS = re.compile(
    r"rediss?://(?:[^@/?#]*@)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(?:/\d*)?"
)


def _mongosh(shape: Shape, facts: Facts) -> str:
    given = arguments(shape.command.words[1:], known.MONGOSH)
    for word in given.values("--host"):
        at_host(word)
    if len(given.operands) > 1:
        raise Unproven("it may run a file")
    for one in given.operands:
        if not _MONGO.fullmatch(one.value or ""):
            raise Unproven(f"it connects to {one.value or one.source}")
    texts = list(_text(given.values("--eval")))
    if not texts or shape.command.feeds:
        raise Unproven("its commands are typed into it")
    for text in texts:
        bare = known.MONGO_TEXT.sub('""', text.strip().rstrip(";"))
        if not known.MONGO_READS.fullmatch(bare) or known.MONGO_RUNS.search(text):
            raise Unproven("its program is not known only to read")
    return "documents"


def _redis(shape: Shape, facts: Facts) -> str:
    given = arguments(shape.command.words[1:], known.REDIS)
    for word in given.values("-h"):
        at_host(word)
    for word in given.values("-u"):
        if not _REDIS.fullmatch(word.value or ""):
            raise Unproven(f"it connects to {word.value or word.source}")
    if given.has(*known.REDIS_TELLS) and not given.operands:
        return "what is stored"
    words = [(word.value or "").lower() for word in given.operands]
    if not words or shape.command.feeds:
        raise Unproven("its commands are typed into it")
    about = known.REDIS_READS.get(words[0])
    if about is None or (about and (len(words) < 2 or words[1] not in about)):
        raise Unproven(f"changes the database: {' '.join(words[: 2 if about else 1]).upper()}")
    return words[0].upper()


# Databases in files


def _sqlite(shape: Shape, facts: Facts) -> str:
    return _file(shape, facts, known.SQLITE, "sqlite")


def _duckdb(shape: Shape, facts: Facts) -> str:
    return _file(shape, facts, known.DUCKDB, "duckdb")


def _file(shape: Shape, facts: Facts, grammar: known.Grammar, dialect: str) -> str:
    given = arguments(shape.command.words[1:], grammar)
    database, texts = _told(given)
    if not texts and given.has("-version", "-help", "-h"):
        return "its version"
    if not texts and shape.command.feeds == "file" and shape.container is not None:
        raise Unproven("the text in a file is not read")
    told = list(_text(texts))
    if not told and shape.command.feeds != "file":
        told += _input(shape.command)
        if not told:
            raise Unproven("its commands are typed into it")
    changes, files = False, [("script", word) for word in given.values("-f", "-init")]
    if not texts:
        files += [("script", one.target) for one in shape.command.redirects if one.op == "<"]
        changes |= shape.command.feeds == "file"
    for text in told:
        for statement in sql.statements(text, dialect):
            if statement.destroys:
                raise Unproven(statement.destroys)
            changes |= bool(statement.why)
            files += [(kind, _word(path)) for kind, path in statement.files]
    changes |= bool(given.values("-f", "-init"))
    if database is not None:
        files.append(("database", database))
    for kind, word in files:
        _place(kind, word, shape, facts, changes=changes)
    return "works on a database of the project" if changes else "only reads a database"


def _told(given: Given) -> tuple[Word | None, list[Word]]:
    """The database, and the texts that it is told."""
    texts = given.values("-cmd", "-c", "-s") + given.operands[1:]
    return (given.operands[0] if given.operands else None), texts


def _word(path: str) -> Word:
    return Word(source=path, value=path, dynamic=frozenset({"tilde"}))


_URI = re.compile(r"file:(?://(?=/))?([^?#%]*)(?:\?(?:(?:mode|cache|immutable|nolock)=\w+&?)*)?")


def _place(kind: str, word: Word, shape: Shape, facts: Facts, *, changes: bool) -> None:
    """Whether a file is one that needs no question."""
    if word.value in ("", ":memory:", ":memory"):
        return
    uri = _URI.fullmatch(word.value or "")
    path = paths.of_word(_word(uri[1]) if uri else word, shape.cwd, facts)
    if shape.container is not None:
        if kind == "script":
            raise Unproven(f"runs what is in {word.source}, which is not read")
        return
    if path is None or (word.value or "").startswith("file:") > bool(uri):
        raise Unproven(f"its file is decided at run time: {word.source}")
    where = paths.place(path, facts)
    ours = where in (Place.PROJECT, Place.SCRATCH, Place.SINK)
    if ours and not paths.is_policy_file(path, facts):
        return
    reads = kind == "read" or (kind == "database" and not changes)
    found = effects.known(Access("read" if reads else "write", word, 0), path, facts)
    if found is not None and found.verdict is Verdict.DENY:
        raise Denied(found)
    if found is None and reads and not (kind == "database" and where is Place.HOME):
        return
    verb = "reads" if kind == "read" else "runs" if kind == "script" else "works on"
    raise Unproven(f"{verb} {path}, which is {where.value}")


_READERS: dict[str, Callable[[Shape, Facts], str]] = {
    "psql": _psql,
    "pg_dump": _pg_dump,
    "mysql": _mysql,
    "mariadb": _mysql,
    "mysqladmin": _mysqladmin,
    "mariadb-admin": _mysqladmin,
    "mongosh": _mongosh,
    "redis-cli": _redis,
    "valkey-cli": _redis,
    "sqlite3": _sqlite,
    "duckdb": _duckdb,
}


_MENTIONED = re.compile(r"'([^'\n]+)'|\"([^\"\n]+)\"|^\s*\.\w+[ \t]+([^\s'\"]+)", re.MULTILINE)


def mentioned(command: SimpleCommand, cwd: str | None, facts: Facts) -> Iterator[str]:
    """The files of this machine that the text for a database in a file may name."""
    client = known.CLIENTS.get((command.name or "").rpartition("/")[2])
    if client is not known.FILE_CLIENT:
        return
    for word in (*command.words[1:], *(one.target for one in command.redirects)):
        for found in _MENTIONED.findall((word.value or "")[: sql.LONGEST]):
            path = paths.absolute("".join(found), cwd, facts)
            if path is not None:
                yield path


def judge(shape: Shape, facts: Facts) -> Finding | None:
    """An allow where a client is known only to read, or to work in the project; else an ask with
    the reason.  None if the command is no client that is known here."""
    client = client_of(shape)
    if client is None or not shape.expected:
        return None
    in_file = client is known.FILE_CLIENT
    try:
        check_runners(shape)
        check_variables(shape, client)
        what = _READERS[shape.base](shape, facts)
    except (Unproven, sql.Unread) as error:
        return ask(CHANGES, str(error), outward=not in_file)
    except Denied as denied:
        return denied.finding
    reason = what if in_file else f"only reads: {what}"
    return Finding(verdict=Verdict.ALLOW, rule=FILE if in_file else READS, reason=reason)


def joined(findings: list[Finding], told: Finding) -> list[Finding]:
    """What else is said of a client, with what is known of it: the rule that asks about every
    client is silent where one only reads, and says why where it asks."""
    if told.verdict is Verdict.ALLOW:
        return [*(one for one in findings if one.rule != RULE), told]
    found = [replace(one, reason=told.reason) if one.rule == RULE else one for one in findings]
    known_to_ask = told.rule == CHANGES and any(one.rule == RULE for one in found)
    return found if known_to_ask else [*found, told]
