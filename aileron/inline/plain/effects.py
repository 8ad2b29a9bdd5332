"""What the functions of PHP, Lua, R, Elixir and Julia that do more do to their arguments."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from aileron.inline import starts, values
from aileron.inline.deeds import Deed
from aileron.inline.found import Found
from aileron.inline.plain.arguments import Argument, Values
from aileron.inline.plain.tokens import Token
from aileron.inline.values import OPAQUE, Value

_SECRET = re.compile(r"TOKEN|KEY|SECRET|PASSW|CREDENTIAL|AUTH|COOKIE", re.IGNORECASE)
_WEB = re.compile(r"(?:https?|ftp)://[\w\[]", re.IGNORECASE)
_SCHEME = re.compile(r"\s*(?:[A-Za-z][\w.+-]+:|file:|data:|\|)")
_STREAMS = re.compile(r"php://(?:stdin|stdout|stderr|output|input|memory|temp)\b.*|stdin|stdout")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_FETCHES = frozenset({"php", "r"})  # languages whose files may be of the web
_CODE = (".php", ".inc", ".lua", ".so", ".r", ".rdata", ".rprofile", ".ex", ".exs", ".beam", ".jl")
# What R calls the arguments before a path: where they are named, the path moves up.
_EARLY = (
    "x",
    "text",
    "object",
    "plot",
    "data",
    "df",
    "from",
    "file1",
    "robj",
    "txt",
    "sheet",
    "url",
)


@dataclass(slots=True)
class Run(Found):
    language: str = ""
    foreign: bool = False  # code of a package or of the project was loaded
    web: bool = False  # an address of the web stands in the program

    def writes_code(self) -> bool:
        """Whether it writes what may be code that it loads then."""
        return any(
            one.kind == "write" and (one.value is None or str(one.value).lower().endswith(_CODE))
            for one in self.found
        )


def does(
    effects: Sequence[tuple[str, str]],
    given: Sequence[Argument] | None,
    read: Values,
    token: Token,
    run: Run,
) -> None:
    """The deeds of a call; `given` is None where the function is handed on, to be called with
    anything."""
    if given and run.language == "php" and any(one.name for one in given):
        run.unknown("names its arguments", token)
    for kind, where in effects:
        if where == "-":
            run.path(kind, values.text("/tmp/made"), token)  # a new file of scratch space
        elif given is None:
            _effect("read" if kind == "open" else kind, OPAQUE, [], read, token, run)
        else:
            for one in _chosen(kind, where, given):
                _effect(kind, read.of(one.tokens), given, read, token, run)


def _chosen(kind: str, where: str, given: Sequence[Argument]) -> list[Argument]:
    """The arguments that an effect is on: by name, or by place where no name is in the way."""
    place, *known = where.split("=")
    if place == "*" and kind == "setenv":
        return list(given)
    if place == "*":
        return [one for one in given if not one.name or one.name in known]
    named = [one for one in given if one.name and any(k.startswith(one.name) for k in known)]
    if named:
        return named
    plain = [one for one in given if not one.name]
    if not place:
        return []
    early = sum(bool(one.name) and any(k.startswith(one.name) for k in _EARLY) for one in given)
    at = max(0, int(place) - early)
    return plain[at : at + 1]


def _effect(
    kind: str, one: Value, given: Sequence[Argument], read: Values, token: Token, run: Run
) -> None:
    if one.items is not None and kind not in ("words", "run"):
        for item in one.items:
            _effect(kind, item, given, read, token, run)
        return
    if one.each is not None:
        _effect(kind, one.each, given, read, token, run)
        return
    if kind == "env":
        for text in one.texts if one.texts is not None else (None,):
            if text is None or _SECRET.search(text):
                run.add(Deed("secret-env", text), token)
    elif kind == "setenv":
        _variable(one, given, token, run)
    elif kind == "text":
        starts.text(one, token, run)
    elif kind == "words":
        _words(given, read, token, run)
    elif kind == "folder":
        run.unknown("changes its folder", token)
    elif kind == "open":
        _open(one, given, read, token, run)
    elif kind == "table" and (one.texts is None or any(set(" \n") & set(t) for t in one.texts)):
        run.unknown("reads what may be a command", token)
    elif kind in ("read", "table"):
        _read(one, token, run)
    else:
        _change(kind, one, token, run)


def _read(one: Value, token: Token, run: Run) -> None:
    if one.texts is None:
        sure = one.leaf or one.below or "/" in one.prefix[:-1]
        if run.language in _FETCHES and (_WEB.match(one.prefix) or (run.web and not sure)):
            run.add(Deed("send", None, one.prefix), token)
        elif run.language in _FETCHES and not sure:
            run.source(one, token)
        elif _SCHEME.match(one.prefix) and not _DRIVE.match(one.prefix):
            run.unknown(f"reads {one.prefix}…", token)
        else:
            run.path("read", one, token)
        return
    for text in one.texts:
        if _STREAMS.fullmatch(text):
            continue
        if run.language in _FETCHES and _WEB.match(text):
            run.add(Deed("fetch", text), token)
        elif run.language in _FETCHES and _SCHEME.match(text):
            run.unknown(f"reads {text[:40]}", token)
        else:
            run.path("read", values.text(text), token)


def _change(kind: str, one: Value, token: Token, run: Run) -> None:
    for text in one.texts or ():
        if _STREAMS.fullmatch(text):
            return
        if run.language in _FETCHES and re.match(r"\w[\w.+-]+://", text):
            run.unknown(f"writes {text[:40]}", token)
    run.path(kind, one, token)


def _open(one: Value, given: Sequence[Argument], read: Values, token: Token, run: Run) -> None:
    named = [one for one in given if one.name and "open".startswith(one.name)]
    rest = [read.of(argument.tokens) for argument in named or given[1:2]]
    mode = rest[0].texts if rest else ("r",)
    if given[1:2] and any(part.kind == "atom" for part in given[1].tokens):  # of Elixir
        mode = tuple(part.text[1:2] for part in given[1].tokens if part.kind == "atom")
    if mode is None or not any(set(text) & set("wax") for text in mode):
        _read(one, token, run)
    if mode is None or any(set(text) & set("waxc+") for text in mode):
        _change("write", one, token, run)


def _variable(one: Value, given: Sequence[Argument], token: Token, run: Run) -> None:
    named = [argument.name for argument in given if argument.name]
    texts: list[str | None] = [*named, *(text.partition("=")[0] for text in one.texts or ())]
    if not texts:
        texts = [None]
    for text in texts:
        run.add(Deed("variable", text), token)
        if text is None or text in ("HOME", "TMPDIR") or "PATH" in text:
            run.unknown("sets a variable that it relies on", token)


def _words(given: Sequence[Argument], read: Values, token: Token, run: Run) -> None:
    """A program with a list of its arguments: System.cmd, proc_open; system2, of which a shell
    reads what it is given."""
    parts = [read.of(argument.tokens) for argument in given]
    odd = [argument for argument in given if argument.name not in ("", "into", "stderr_to_stdout")]
    if not parts or (len(odd) > 0 and run.language != "r"):
        run.unknown("starts a program in a way that is not read", token)
    if run.language == "php":
        if parts and parts[0].items is not None:
            starts.words(parts[0], token, run)
        elif parts:
            starts.text(parts[0], token, run)
        if len(parts) > 3:
            run.unknown("starts a program in a way that is not read", token)
        return
    words: list[Value] = parts[:1]
    if len(parts) > 1:
        more = parts[1].items
        words += more if more is not None else [parts[1]]
    if run.language == "r":
        known = [one.texts[0] for one in words if one.texts is not None and len(one.texts) == 1]
        plain = len(known) == len(words) and len(odd) == 0 and len(parts) < 3
        run.add(Deed("text", " ".join(known) if plain else None), token)
    elif words:
        starts.words(values.sequence(words), token, run)


def names_secret(name: str) -> bool:
    return _SECRET.search(name) is not None


def command(token: Token, run: Run) -> None:
    """What stands in backticks."""
    text = token.value or ""
    if run.language == "php":
        run.add(Deed("text", text), token)
        return
    try:
        run.add(Deed("words", tuple(shlex.split(text))), token)
    except ValueError:
        run.unknown("has a command that is not read", token)
