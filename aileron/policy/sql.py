"""What a text for a database does: whether each of its statements provably only reads.

A text is split into tokens as its database splits it (`postgres`, `mysql`, `sqlite`,
`duckdb`), commands of the client among them.  Where databases, or their settings, differ on
where a string or a comment ends, it is not read.

A statement only reads if its first word says so, it names nothing that writes, and it calls
only functions that are listed: any other may be the database's own and do anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aileron.policy import sql_names
from aileron.policy.tables import names


class Unread(Exception):
    """The text was not understood; says why."""


class Token(NamedTuple):
    kind: str  # word (in capitals), name (in quotes), string, number, sign or client
    text: str


@dataclass(frozen=True, slots=True)
class Statement:
    """`verb` says what it is; `why` is "" if it only reads; `destroys` says what cannot be taken
    back; `files` are the files that it names: (read, write or database, path)."""

    verb: str
    why: str = ""
    destroys: str = ""
    files: tuple[tuple[str, str], ...] = ()


LONGEST = 20_000
FILES = ("sqlite", "duckdb")  # whose databases are files of this machine

# Tokens

_WORD = re.compile(r"[A-Za-z_\u0080-\uffff][\w$]*")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_LINE = {"mysql": re.compile(r"[^\n]*"), "": re.compile(r"[^\n\r]*")}
_STRING = re.compile(r"'(?:[^']|'')*'")
_NAME = re.compile(r'"(?:[^"]|"")*"')
_ESCAPED = re.compile(r"'(?:[^'\\]|\\.|'')*'", re.DOTALL)
_BACKTICK = re.compile(r"`[^`]*`")
_BRACKET = re.compile(r"\[[^\]]*\]")
_DOLLAR = re.compile(r"\$([A-Za-z_\u0080-\uffff]\w*)?\$")
_AMBIGUOUS = {sign: re.compile(rf"(?<!\\)(?:\\\\)*\\{sign}") for sign in "'\"`]"}
_VARIABLE = re.compile(r":(?=[\w'\"{])")
_NESTED = re.compile(r"/\*|\*/")
_ENDS_LINE = re.compile(r"^\s*(?:go|/)\s*;?\s*$", re.IGNORECASE | re.MULTILINE)  # as sqlite3 has it
_SIGN = re.compile(r"::|:=|[-()\[\]{},.;:=<>+*/%^&|!~?@#$]")


def tokens(text: str, dialect: str) -> Iterator[Token]:
    """The tokens of a text without its comments; Unread where that is not certain."""
    if len(text) > LONGEST:
        raise Unread("its SQL is too long to be read")
    if "\0" in text or re.search(r"\r(?!\n)", text):
        raise Unread("its SQL holds control characters")
    if dialect in FILES and _ENDS_LINE.search(text):
        raise Unread("a line of its SQL may end a statement")
    at = 0
    before = ""  # "" where a statement starts
    while at < len(text):
        found = _SPACE.match(text, at)
        if found:
            at = found.end()
            continue
        end = _comment(text, at, dialect)
        if end:
            at = end
            continue
        token, at = _token(text, at, dialect, before)
        before = "" if token.text == ";" and token.kind == "sign" else token.text
        yield token
        if token.kind == "client":
            before = ""


def _comment(text: str, at: int, dialect: str) -> int:
    """Where the comment that starts here ends, 0 if none does."""
    if text.startswith("--", at):
        if dialect == "mysql" and text[at + 2 : at + 3] not in ("", " ", "\t", "\n", "\r"):
            raise Unread("its SQL holds `--` that may or may not start a comment")
        found = _LINE["mysql" if dialect == "mysql" else ""].match(text, at)
        return found.end() if found else 0
    if dialect == "mysql" and text[at] == "#":
        found = _LINE["mysql"].match(text, at)
        return found.end() if found else 0
    if not text.startswith("/*", at):
        return 0
    if dialect == "mysql" and text[at + 2 : at + 3] in ("!", "+", "M"):
        raise Unread("its SQL holds a comment that is run")
    depth = 0
    for found in _NESTED.finditer(text, at):
        if found[0] == "/*":
            depth += 1
        elif found.start() > at + 1:
            depth -= 1
            if not depth:
                return found.end()
        if depth > 1 and dialect != "postgres":
            raise Unread("its SQL holds a comment within a comment")
    raise Unread("its SQL holds a comment without an end")


def _quoted(pattern: re.Pattern[str], text: str, at: int) -> tuple[str, int]:
    found = pattern.match(text, at)
    if found is None:
        raise Unread("its SQL holds a quote without an end")
    if pattern is not _ESCAPED and _AMBIGUOUS[found[0][-1]].search(found[0][1:]):
        raise Unread("its SQL holds a quote behind a backslash")
    return found[0][1:-1], found.end()


def _token(text: str, at: int, dialect: str, before: str) -> tuple[Token, int]:
    sign = text[at]
    if sign == "'":
        value, end = _quoted(_STRING, text, at)
        return Token("string", value.replace("''", "'")), end
    if sign == '"':
        value, end = _quoted(_NAME, text, at)
        kind = "string" if dialect == "mysql" else "name"
        return Token(kind, value.replace('""', '"')), end
    if sign == "`" and dialect in ("mysql", "sqlite"):
        value, end = _quoted(_BACKTICK, text, at)
        return Token("name", value), end
    if sign == "[" and dialect == "sqlite":
        value, end = _quoted(_BRACKET, text, at)
        return Token("name", value), end
    if sign == "$" and dialect in ("postgres", "duckdb") and (found := _DOLLAR.match(text, at)):
        close = text.find(found[0], found.end())
        if close < 0:
            raise Unread("its SQL holds a quote without an end")
        return Token("string", text[found.end() : close]), close + len(found[0])
    if sign == "\\" and dialect in ("postgres", "mysql"):
        return _client(text, at, dialect)
    if sign == "." and dialect in FILES and _starts_line(text, at):
        if before:
            raise Unread("its SQL holds a line that may be a command of the client")
        line = _LINE[""].match(text, at)
        return Token("client", line[0] if line else "."), line.end() if line else at + 1
    if found := _WORD.match(text, at):
        return _word(found, text, dialect)
    if found := _NUMBER.match(text, at):
        if _WORD.match(text, found.end()):
            raise Unread("its SQL holds a number with letters behind it")
        return Token("number", found[0]), found.end()
    if dialect == "postgres" and not text.startswith("::", at) and _VARIABLE.match(text, at):
        raise Unread("its SQL holds a variable of psql")
    if found := _SIGN.match(text, at):
        return Token("sign", found[0]), found.end()
    raise Unread(f"its SQL holds {sign!r}")


def _starts_line(text: str, at: int) -> bool:
    while at and text[at - 1] in " \t":
        at -= 1
    return not at or text[at - 1] == "\n"


def _word(found: re.Match[str], text: str, dialect: str) -> tuple[Token, int]:
    end = found.end()
    word = found[0].upper()
    if dialect in ("postgres", "duckdb"):
        if word == "E" and text[end : end + 1] == "'":
            value, end = _quoted(_ESCAPED, text, end)
            return Token("string", value), end
        if word == "U" and text[end : end + 2] in ("&'", '&"'):
            raise Unread("its SQL holds a text in another spelling")
    elif "$" in word:
        raise Unread("its SQL holds '$'")
    return Token("word", word), end


# Commands of the client

# What needs no question.
_PSQL = re.compile(
    r"\\(?:d[A-Za-z]{0,4}\+?|l\+?|list\+?|z|sf\+?|sv\+?|conninfo|echo|qecho|warn|h|help|\?|copyright"
    r"|x|t|a|H|timing|pset|f|encoding|q|errverbose|p|gdesc);?(?:[ \t][^`|\\:]*)?"
)
_DOT = re.compile(
    r"\.(?:schema|fullschema|tables|ta|mode|headers?|indexes|indices|dump|databases|separator|width"
    r"|quit|exit|nullvalue|timer|changes|show|help|version|bail|echo|stats|explain|eqp|print"
    r"|timeout|maxrows|highlight|dbinfo|lint)(?:[ \t][^|]*)?"
)
_DOT_FILE = re.compile(
    r"\.(output|once|backup|save|read|import|open)(?:[ \t]+(?:--csv|--skip[ \t]+\d+))*"
    r"[ \t]+([\w./~][\w./~-]*)(?:[ \t]+\w+)?[ \t]*"
)
_DOT_KINDS = {"read": "script", "import": "read", "open": "database"}
_ENDS = re.compile(r"\\gx?[ \t]*(?=\r?\n|$)")
_COMMAND = re.compile(r"\\[^\\\n\r]*")


def _client(text: str, at: int, dialect: str) -> tuple[Token, int]:
    """A command of the client; those that only end a statement are a `;`."""
    if dialect == "mysql":
        if text[at + 1 : at + 2] in ("g", "G"):
            return Token("sign", ";"), at + 2
        raise Unread(f"it holds {text[at : at + 2]}, a command of the client")
    if ends := _ENDS.match(text, at):
        return Token("sign", ";"), ends.end()
    found = _COMMAND.match(text, at)
    command = found[0].rstrip() if found else "\\"
    if found is None or not _PSQL.fullmatch(command):
        raise Unread(f"it holds {command.split()[0]}, a command of the client")
    return Token("client", command), found.end()


def _of_client(command: str) -> Statement:
    verb = command.split()[0]
    if command[0] == "\\" or _DOT.fullmatch(command.rstrip()):
        return Statement(verb)
    if found := _DOT_FILE.fullmatch(command):
        kind = _DOT_KINDS.get(found[1], "write")
        return Statement(verb, f"does more than read: {verb}", files=((kind, found[2]),))
    raise Unread(f"it holds {verb}, a command of the client")


# Statements

_READS = names("SELECT VALUES TABLE WITH SHOW EXPLAIN DESCRIBE DESC COPY PRAGMA SET USE HELP")
_TRANSACTION = names("BEGIN START COMMIT END ROLLBACK ABORT")
_DUCKDB_READS = names("FROM SUMMARIZE PIVOT UNPIVOT")
_EXPLAINED = names("SELECT VALUES TABLE WITH INSERT UPDATE DELETE REPLACE MERGE FROM")
_MODIFIES = names("INSERT DELETE MERGE")
_WRITES = names("INTO OUTFILE DUMPFILE PROGRAM")
# What a database in a file may be told without a question.
_FILE_VERBS = names("""
    INSERT REPLACE UPDATE DELETE CREATE ALTER ANALYZE REINDEX VACUUM SAVEPOINT RELEASE ATTACH DETACH
    COMMENT CHECKPOINT EXPORT MERGE
    """)
_ADDRESS = {"read": re.compile(r"\w+://"), "": re.compile(r"\w{2,}:")}


def statements(text: str, dialect: str) -> list[Statement]:
    """What a text does, statement by statement; Unread if that is not certain."""
    found: list[Statement] = []
    current: list[Token] = []
    for token in tokens(text, dialect):
        if token.kind == "client":
            found.append(_of_client(token.text))
        elif token == Token("sign", ";"):
            found += [_statement(current, dialect)] if current else []
            current = []
        else:
            current.append(token)
    return [*found, _statement(current, dialect)] if current else found


def _statement(given: Sequence[Token], dialect: str) -> Statement:
    start = next((at for at, one in enumerate(given) if one.text != "("), 0)
    rest = given[start:]
    verb = rest[0].text if rest[0].kind == "word" else ""
    if not verb:
        raise Unread(f"its SQL starts with {rest[0].text[:20]!r}")
    words = [one.text for one in rest if one.kind == "word"]
    why = _why(verb, rest, words, dialect)
    if dialect not in FILES:
        return Statement(verb, why)
    destroys = _destroys(verb, rest, words, why, dialect)
    return Statement(verb, why, destroys, () if destroys else tuple(_files(verb, rest, dialect)))


def _why(verb: str, given: Sequence[Token], words: Sequence[str], dialect: str) -> str:
    """Why a statement does more than read, "" if it does not."""
    if verb in ("EXPLAIN", "DESCRIBE", "DESC"):
        return _explained(verb, given, words, dialect)
    if verb in _TRANSACTION:
        known = "PREPARED" not in words and (verb != "START" or words[1:2] == ["TRANSACTION"])
        return "" if known else f"does more than read: {verb}"
    if verb not in _READS and not (dialect == "duckdb" and verb in _DUCKDB_READS):
        return f"changes the database: {verb}"
    if verb == "PRAGMA":
        return _pragma(given)
    why = {"SET": _setting, "COPY": _copied}.get(verb, _nothing)(given, words)
    if why:
        return why
    for at, word in enumerate(words):
        if word in _WRITES:
            return f"writes what it reads: {word}"
        if word in _MODIFIES or (word == "UPDATE" and words[at - 1] not in ("FOR", "KEY")):
            return f"changes the database: {word}"
    called = next(_called(given), "")
    return f"calls {called}, which may do more than read" if called else ""


def _nothing(given: Sequence[Token], words: Sequence[str]) -> str:
    return ""


def _explained(verb: str, given: Sequence[Token], words: Sequence[str], dialect: str) -> str:
    """EXPLAIN ANALYZE runs what it explains; without it nothing runs."""
    known = (at for at, one in enumerate(given) if one.kind == "word" and one.text in _EXPLAINED)
    at = next(known, 0)
    if not at:
        plain = verb != "EXPLAIN" or dialect == "mysql"
        return "" if plain and Token("sign", "(") not in given else f"explains {words[-1]}"
    inner = _why(given[at].text, given[at:], words[words.index(given[at].text) :], dialect)
    if {Token("word", "ANALYZE"), Token("word", "ANALYSE")} & set(given[:at]):
        return inner
    return inner if inner.startswith(("calls", "writes")) else ""


def _pragma(given: Sequence[Token]) -> str:
    rest = given[3:] if given[2:3] == [Token("sign", ".")] else given[1:]
    name = rest[0].text.upper() if rest else ""
    signs = {one.text for one in rest if one.kind == "sign"}
    known = sql_names.PRAGMAS_WITH if "(" in signs else sql_names.PRAGMAS
    return "" if name in known and "=" not in signs else f"changes a setting: PRAGMA {name}"


def _setting(given: Sequence[Token], words: Sequence[str]) -> str:
    named = [one for one in words[1:] if one not in ("SESSION", "LOCAL")]
    odd = {one.text for one in given if one.kind == "sign"} & {",", "@", "("}
    charset = named[:1] == ["NAMES"] and given[-1].text.upper() not in ("UTF8", "UTF8MB4")
    if odd or charset or not named or named[0] not in sql_names.SETTINGS:
        return f"changes a setting: {' '.join(named[:1])}"
    return ""


def _copied(given: Sequence[Token], words: Sequence[str]) -> str:
    depth, before = 0, ""
    for one in given:
        depth += {"(": 1, ")": -1}.get(one.text, 0) if one.kind == "sign" else 0
        if not depth and one.kind == "word":
            if one.text == "FROM" or (before == "TO" and one.text != "STDOUT"):
                break
            if before == "TO":
                return ""
            before = one.text
    return "changes the database or a file: COPY"


def _called(given: Sequence[Token]) -> Iterator[str]:
    """The functions called that are not known only to compute."""
    for at, one in enumerate(given[:-1]):
        if one.kind not in ("word", "name") or given[at + 1] != Token("sign", "("):
            continue
        before = given[at - 1] if at else Token("sign", "")
        name = one.text.upper()
        if before in (Token("sign", "::"), Token("word", "AS")):
            continue  # a type, or the columns of an alias
        if before == Token("sign", "."):
            schema = given[at - 2].text
            if schema.upper() not in ("PG_CATALOG", "INFORMATION_SCHEMA"):
                yield f"{schema}.{one.text}".lower()
                continue
        elif one.kind == "word" and name in sql_names.KEYWORDS:
            continue
        elif before in (Token("word", "WITH"), Token("word", "RECURSIVE")):
            continue  # the columns of what WITH names
        if name not in sql_names.FUNCTIONS and not sql_names.FAMILIES.fullmatch(name):
            yield one.text.lower()


# Databases in files


def _destroys(
    verb: str, given: Sequence[Token], words: Sequence[str], why: str, dialect: str
) -> str:
    """What is not to be done to a project's own database without a question, "" if nothing."""
    for at, one in enumerate(given[:-1]):
        name = one.text.upper()
        called = one.kind in ("word", "name") and given[at + 1] == Token("sign", "(")
        if called and name == "GLOB" and dialect == "sqlite":
            continue
        if called and sql_names.ACTS.fullmatch(name):
            return f"calls {name.lower()}, which reaches beyond the database"
    if verb in ("DROP", "TRUNCATE") or "DROP" in words:
        return "deletes from the database: " + ("TRUNCATE" if verb == "TRUNCATE" else "DROP")
    if "DELETE" in words and "WHERE" not in words and verb != "CREATE":
        return "deletes every row: DELETE without WHERE"
    if not why or verb in ("WITH", "COPY"):
        return ""
    if verb == "PRAGMA":
        return why if dialect != "sqlite" or set(words) & sql_names.PRAGMAS_ACT else ""
    if verb == "CREATE" and "VIRTUAL" in words and not set(words) & sql_names.VIRTUAL:
        return "makes a table of what is elsewhere: CREATE VIRTUAL TABLE"
    if verb == "CREATE" and (set(words[:6]) & {"SECRET", "REPLACE"}):
        return f"replaces or adds: CREATE {words[-1]}"
    return "" if verb in _FILE_VERBS else why


def _files(verb: str, given: Sequence[Token], dialect: str) -> Iterator[tuple[str, str]]:
    before = ""
    at = next((at for at, one in enumerate(given) if one.kind in ("string", "name")), 0)
    if verb == "ATTACH" and (not at or given[at + 1 : at + 2] not in ([], [Token("word", "AS")])):
        raise Unread("its SQL attaches what is decided at run time")
    for one in given:
        if one.kind not in ("string", "name"):
            before = one.text if one.kind == "word" else before
            continue
        if verb == "ATTACH" and one is given[at]:
            kind = "database"
        elif (verb in ("COPY", "VACUUM") and before in ("TO", "INTO")) or verb == "EXPORT":
            kind = "write"
        elif dialect == "duckdb":
            kind = "read"
        else:
            continue
        if _ADDRESS.get(kind, _ADDRESS[""]).match(one.text):
            raise Unread(f"its SQL names an address: {one.text}")
        yield kind, one.text
