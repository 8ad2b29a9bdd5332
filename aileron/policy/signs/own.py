"""Signs that a program reaches for Aileron itself: its processes, or what it listens on.

A program that names Aileron in a text, lists processes and calls what ends them means those;
one that names a path of Aileron's own and calls what opens connections speaks to it, as a
person would.
Comments are no part of a program, and a text that only mentions these calls is a text.
"""

from __future__ import annotations

import ast
import contextlib
import re
import warnings
from collections.abc import Iterable

from aileron.policy.signs.tokens import Token, tokens
from aileron.policy.signs.values import Sign

_ENDS = re.compile(r"kill(?:pg|all)?|posix_kill|terminate|suspend|send_signal|pidfd_send_signal")
_NAMED = re.compile(r"(?<![\w/.-])aileron(?![\w/])")
_LISTS = re.compile(
    r"^(?:process_iter|pids|ProcessTable|find_by_name|sysinfo)$|\b(?:pgrep|pidof|ps|lsof|fuser)\b|^/proc"
)
_CONNECTS = re.compile(r"(?i)\w*connect\w*|\w*unix\w*|socketpath|p?fsockopen|stream_socket_client")
_FOLDER = re.compile(r"(?:^|[/:=])(\.aileron(?:/[^\s'\"]*)?)$|(/run/user/\d+/aileron(?:/\S*)?)$")
_CHANGES = re.compile(r"(?i)\b(?:delete|update|insert|replace|drop|alter|vacuum|pragma)\b")


def signs(language: str, code: str) -> tuple[Sign, ...]:
    if "aileron" not in code:
        return ()
    texts: set[str] = set()
    names: set[str] = set()
    if language == "python":
        _python(code, texts, names)
    else:
        with contextlib.suppress(RecursionError):
            _tokens(tokens(language, code), texts, names)
    found = []
    named = any(_NAMED.search(re.sub(r"[][]", "", one)) for one in texts)
    if named and _any(_ENDS, names) and any(_LISTS.search(one) for one in texts | names):
        found.append(Sign("ends-own"))
    path = next((where for one in texts if (where := _own_path(one))), "")
    only_reads = "sqlite3" in names and not any(_CHANGES.search(one) for one in texts)
    if path and _any(_CONNECTS, names) and not only_reads:
        found.append(Sign("connect", path))
    return tuple(found)


def _any(pattern: re.Pattern[str], names: Iterable[str]) -> bool:
    return any(pattern.fullmatch(one) for one in names)


def _own_path(text: str) -> str:
    found = _FOLDER.search(text)
    if found is None:
        return ""
    return f"~/{found[1]}" if found[1] else found[2]


def _python(code: str, texts: set[str], names: set[str]) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as text):
                texts.add(text)
            case ast.Constant(value=bytes() as data):
                texts.add(data.decode("latin-1"))
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str() as name):
                names.add(name)


def _tokens(found: Iterable[Token], texts: set[str], names: set[str]) -> None:
    for token in found:
        if token.kind == "name":
            names.update(re.split(r"\W+", token.text))
        elif token.kind in ("string", "command"):
            texts.update(one for one in token.pieces if isinstance(one, str))
            texts.add(token.text)
        for piece in token.pieces:
            if not isinstance(piece, str):
                _tokens(piece, texts, names)
