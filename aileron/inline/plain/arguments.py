"""The arguments of a call, and what is known of the value of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aileron.inline import values
from aileron.inline.plain.tokens import Token
from aileron.inline.trees import Unread
from aileron.inline.values import OPAQUE, Value

_CLOSERS = {"(": ")", "[": "]", "{": "}"}
_NAMES = {"php": ":", "r": "=", "julia": "="}
_SEPARATORS = {"php": (",",), "lua": (",", ";"), "r": (",",), "elixir": (",",), "julia": (",", ";")}
_STOPS = frozenset({";", ")", "]", "}", "|>", "->"})
_GOES_ON = frozenset({",", "|>", "<>", "+", "(", "["})


@dataclass(frozen=True, slots=True)
class Argument:
    name: str
    tokens: tuple[Token, ...]


def pairs(tokens: Sequence[Token]) -> dict[int, int]:
    """Which bracket closes which."""
    found: dict[int, int] = {}
    opened: list[tuple[int, str]] = []
    for at, token in enumerate(tokens):
        if token.kind != "sign":
            continue
        if token.text in _CLOSERS:
            opened.append((at, _CLOSERS[token.text]))
        elif token.text in _CLOSERS.values():
            if not opened or opened[-1][1] != token.text:
                raise Unread("has brackets that do not match")
            start, _ = opened.pop()
            found[start] = at
    if opened:
        raise Unread("has brackets that do not match")
    return found


def split(language: str, tokens: Sequence[Token]) -> list[Argument]:
    """The arguments between two brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.kind == "sign" and token.text in _CLOSERS:
            depth += 1
        elif token.kind == "sign" and token.text in _CLOSERS.values():
            depth -= 1
        if depth == 0 and token.kind == "sign" and token.text in _SEPARATORS[language]:
            parts.append([])
        elif token.kind != "end":
            parts[-1].append(token)
    return [_argument(language, one) for one in parts if one]


def _argument(language: str, tokens: list[Token]) -> Argument:
    sign = _NAMES.get(language, "")
    if len(tokens) > 1 and tokens[0].kind in ("name", "string") and sign == tokens[1].text:
        return Argument(tokens[0].value or tokens[0].text, tuple(tokens[2:]))
    if tokens[0].kind == "key":
        return Argument(tokens[0].text[:-1], tuple(tokens[1:]))
    return Argument("", tuple(tokens))


def bare(tokens: Sequence[Token], at: int) -> tuple[Token, ...]:
    """What is given without brackets, up to the end of the line (`IO.puts x`)."""
    depth = 0
    end = at
    while end < len(tokens):
        token = tokens[end]
        if token.kind == "sign" and token.text in _CLOSERS:
            depth += 1
        elif depth and token.kind == "sign" and token.text in _CLOSERS.values():
            depth -= 1
        elif (
            (not depth and token.kind == "sign" and token.text in _STOPS)
            or (not depth and token.kind == "name" and token.text in ("do", "end", "else"))
            or (not depth and token.kind == "end" and tokens[end - 1].text not in _GOES_ON)
        ):
            break
        end += 1
    return tuple(tokens[at:end])


_JOINS = {"php": ".", "lua": "..", "elixir": "<>", "julia": "*"}
_PATHS = {"elixir": ("Path.join",), "r": ("file.path",), "julia": ("joinpath",)}
_TEXTS = {"r": ("paste0",), "julia": ("string",)}
_SAME = {
    "elixir": ("Path.expand", "Path.absname"),
    "r": ("path.expand", "normalizePath"),
    "julia": ("expanduser", "abspath", "normpath"),
    "php": ("realpath",),
}
HOMES = {
    "elixir": ("System.user_home!", "System.user_home"),
    "julia": ("homedir",),
    "r": (),
    "php": (),
    "lua": (),
}
_ENVIRONMENTS = frozenset(
    {"getenv", "os.getenv", "Sys.getenv", "System.get_env", "System.fetch_env!"}
)


class Values:
    """What the values of a program are; `known` are those of its variables."""

    def __init__(self, language: str, known: dict[str, Value]) -> None:
        self.language = language
        self.known = known

    def of(self, tokens: Sequence[Token]) -> Value:
        tokens = [one for one in tokens if one.kind != "end"]
        if len(tokens) > 200:
            return OPAQUE
        joined = self._joined(tokens)
        if joined is not None:
            return joined
        if len(tokens) == 1:
            return self._single(tokens[0])
        if tokens and tokens[0].text == "(" and pairs(tokens).get(0) == len(tokens) - 1:
            return self.of(tokens[1:-1])
        if tokens and tokens[0].text in ("[", "{") and pairs(tokens).get(0) == len(tokens) - 1:
            return self._list(tokens[1:-1])
        is_call = len(tokens) > 2 and tokens[0].kind == "name" and tokens[1].text == "("
        if is_call and pairs(tokens).get(1) == len(tokens) - 1:
            return self._call(tokens[0].text.lstrip("\\"), tokens[2:-1])
        return OPAQUE

    def _joined(self, tokens: Sequence[Token]) -> Value | None:
        sign = _JOINS.get(self.language)
        parts: list[list[Token]] = [[]]
        depth = 0
        for token in tokens:
            if token.kind == "sign" and token.text in _CLOSERS:
                depth += 1
            elif token.kind == "sign" and token.text in _CLOSERS.values():
                depth -= 1
            if depth == 0 and token.kind == "sign" and token.text == sign:
                parts.append([])
            elif depth == 0 and token.kind == "sign" and token.text in ("?", ":", "|>", "??", "||"):
                return OPAQUE
            else:
                parts[-1].append(token)
        if len(parts) < 2 or not all(parts):
            return None
        return values.concatenated([self.of(one) for one in parts])

    def _single(self, token: Token) -> Value:
        if token.kind == "string" and token.value is not None:
            home = self.language == "r" and (token.value == "~" or token.value.startswith("~/"))
            return values.text(values.HOME + token.value[1:] if home else token.value)
        if token.kind == "string":
            start = token.text.lstrip("\"'").partition("{")[0].partition("$")[0].partition("#")[0]
            return Value(prefix=start) if "\\" not in start else OPAQUE
        if token.kind == "number" and token.text.isdigit():
            return Value("number", (token.text,), leaf=True)
        if token.kind in ("name", "variable"):
            if token.text == "__DIR__":
                return values.text(".")
            return self.known.get(token.text, OPAQUE)
        return OPAQUE

    def _list(self, tokens: Sequence[Token]) -> Value:
        return values.sequence(self.of(one.tokens) for one in split(self.language, tokens))

    def _call(self, name: str, inside: Sequence[Token]) -> Value:
        given = split(self.language, inside)
        parts = [self.of(one.tokens) for one in given]
        if name in HOMES[self.language]:
            return values.text(values.HOME)
        if any(one.name for one in given):
            return OPAQUE
        if name in _ENVIRONMENTS and len(parts) == 1 and parts[0].texts == ("HOME",):
            return values.text(values.HOME)
        if name in _SAME.get(self.language, ()) and len(parts) == 1:
            one = parts[0]
            tilde = one.texts is not None and len(one.texts) == 1 and one.texts[0][:1] == "~"
            if tilde and one.texts and re_home(one.texts[0]):
                return values.text(values.HOME + one.texts[0][1:])
            return one
        if name == "c" and self.language == "r":
            return values.sequence(parts)
        if name in _PATHS.get(self.language, ()) and parts:
            whole: list[Value] = []
            for number, one in enumerate(parts):
                whole += [values.text("/")] * (number > 0) + [one]
            return values.concatenated(whole)
        if name in _TEXTS.get(self.language, ()) and parts:
            return values.concatenated(parts)
        return OPAQUE


def re_home(text: str) -> bool:
    return text == "~" or text.startswith("~/")
