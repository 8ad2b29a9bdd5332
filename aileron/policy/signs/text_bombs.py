"""Loops without an end in which a program starts itself again, seen in its tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aileron.policy.signs.text import Reader

MANY = 32  # rounds of a loop that forks: 2 to the power of these
_TRUE = frozenset({"1", "true", "!0", "!false", "42", ""})
_ITSELF = re.compile(
    r"__filename|process\.(?:argv|argv0|execPath)|\$0|__FILE__|\$PROGRAM_NAME|^arg$"
)
_WORDS = frozenset({"while", "until", "for", "loop", "setInterval"})
_HEAD = 40  # tokens of a loop that are looked at


def is_bomb(reader: Reader, at: int, name: str) -> bool:
    if name in ("def", "function"):
        return _calls_itself(reader, at)
    if name in _WORDS:
        return _loops(reader, at, name)
    if name == "redo":
        return _redone(reader, at)
    return _while_behind(reader, at, name)


def _while_behind(reader: Reader, at: int, name: str) -> bool:
    """`fork while 1`."""
    if name not in reader.names.forks or reader.language not in ("perl", "ruby"):
        return False
    here = at + 1
    if reader.sign(here) == "(" or (reader.sign(here) == "{" and reader.language == "ruby"):
        here = reader.pairs.get(here, here) + 1
    if here >= len(reader.tokens):
        return False
    how = reader.tokens[here].text
    if how not in ("while", "until", "for", "foreach"):
        return False
    reader.step(reader.statement_end(here + 1) - here)
    rest = [one.text for one in reader.tokens[here + 1 : reader.statement_end(here + 1)]]
    if any(one in reader.names.ends for one in rest):
        return False
    return _endless(how, rest, reader)


def _endless(how: str, condition: list[str], reader: Reader) -> bool:
    text = "".join(one for one in condition if one not in ("(", ")", "do"))
    if how == "until":
        return text in ("0", "false", "nil")
    if how in ("for", "foreach"):
        ranged = re.fullmatch(r"\d+\.\.(\d+)", text)
        return text == ";;" or (ranged is not None and int(ranged[1]) >= MANY)
    return text in _TRUE or text in reader.names.forks or "||1" in text or "||true" in text


def _loops(reader: Reader, at: int, name: str) -> bool:
    """`while (1) { fork }`, `loop { fork }`, `for (;;) fork()`."""
    tokens = reader.tokens
    here = at + 1
    condition: list[str] = []
    if name == "setInterval":
        end = reader.pairs.get(here, here)
        return _starts(reader, here + 1, end) and not _ends(reader, here + 1, end)
    if name != "loop":
        if reader.sign(here) == "(":
            close = reader.pairs.get(here, here)
            condition = [one.text for one in tokens[here + 1 : close]]
            here = close + 1
        elif reader.language in ("ruby", "lua"):
            while here < len(tokens) and tokens[here].text != "do" and not tokens[here].first:
                if reader.sign(here) == ";":
                    break
                condition.append(tokens[here].text)
                here += 1
        else:
            return False
        reader.step(here - at)
        if not _endless(name, condition, reader):
            return False
    if reader.sign(here) == "{":
        end = reader.pairs.get(here, len(tokens))
    elif reader.language in ("ruby", "lua"):
        end = len(tokens)
    else:
        end = reader.statement_end(here)
    return _starts(reader, here, end) and not _ends(reader, here, end)


def _starts(reader: Reader, start: int, end: int) -> bool:
    """Whether a range of tokens starts this program again."""
    plain = reader.language != "node"
    for at in range(start, min(end, len(reader.tokens))):
        reader.step()
        if reader.tokens[at].kind != "name":
            continue
        name = reader.resolved(at)
        if (
            plain
            and name in reader.names.forks
            and reader.tokens[at - 1].text not in ("sub", "def")
        ):
            return True
        last = name.rpartition(".")[2]
        if name in reader.names.forks or name in reader.names.run or last in ("fork", "spawn"):
            inside = reader.arguments(at)
            if inside and any(_ITSELF.search(one.text) for one in reader.tokens[slice(*inside)]):
                return True
    return False


def _ends(reader: Reader, start: int, end: int) -> bool:
    for token in reader.tokens[start : min(end, start + 400)]:
        reader.step()
        if token.kind == "name":
            last = re.split(r"\.|->|::", token.text)[-1]
            if token.text in reader.names.ends or (last and f".{last}" in reader.names.ends):
                return True
    return False


def _calls_itself(reader: Reader, at: int) -> bool:
    """`def f; fork { f }; f; end`: a function that forks and calls itself."""
    tokens = reader.tokens
    if at + 1 >= len(tokens) or tokens[at + 1].kind != "name":
        return False
    name = tokens[at + 1].text
    opener = next(
        (n for n in range(at + 2, min(at + 20, len(tokens))) if reader.sign(n) == "{"), -1
    )
    if reader.language == "ruby":
        start = at + 2
        end = next((n for n in range(start, len(tokens)) if tokens[n].text == "end"), len(tokens))
    elif opener < 0:
        return False
    else:
        start, end = opener + 1, reader.pairs.get(opener, len(tokens))
    reader.step(end - start)
    again = any(one.kind == "name" and one.text == name for one in tokens[start:end])
    return again and _starts(reader, start, end) and not _ends(reader, start, end)


def _redone(reader: Reader, at: int) -> bool:
    """`{ fork; redo }`."""
    reader.step(len(reader.pairs))
    opener = max((one for one, end in reader.pairs.items() if one < at < end), default=-1)
    if opener < 0 or reader.sign(opener) != "{":
        return False
    end = reader.pairs[opener]
    return _starts(reader, opener, end) and not _ends(reader, opener, end)
