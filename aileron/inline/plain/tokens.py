"""The tokens of a program in PHP, Lua, R, Elixir or Julia.

What a language reads by what stands around it is only read here where that is plain; the
rest is `Unread`.  Code in a string (`"{$f()}"`, `#{…}`, `$(…)`) are tokens of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from aileron.inline.trees import Unread
from aileron.inline.words import names

DEPTH = 12
MOST = 4_000  # tokens of one program


@dataclass(frozen=True)
class Token:
    """`kind` is name, member (`.x`, `->x`), variable, string, number, atom, macro, command, sign
    or end (of a line).  `value` is what a string holds, None with code in it, which is `parts`;
    `glued`: nothing stands between it and the token before."""

    kind: str
    text: str
    start: int
    value: str | None = None
    parts: tuple[Token, ...] = ()
    glued: bool = False

    @cached_property
    def is_value(self) -> bool:
        return self.kind not in ("sign", "end") or self.text in (")", "]", "}")


_WORD = r"[^\W\d]\w*"
_COMMENTS = {
    "php": re.compile(r"//[^\n]*|#(?!\[)[^\n]*|/\*.*?\*/", re.DOTALL),
    "lua": re.compile(r"--\[(=*)\[.*?\]\1\]|--(?!\[=*\[)[^\n]*", re.DOTALL),
    "r": re.compile(r"#[^\n]*"),
    "elixir": re.compile(r"#[^\n]*"),
    "julia": re.compile(r"#(?!=)[^\n]*"),
}
_TOKENS = {
    "php": {
        "member": rf"(?:\?->|->)\s*{_WORD}|::\s*(?:{_WORD}|\${_WORD})",
        "variable": rf"\${_WORD}",
        "name": rf"\\?{_WORD}(?:\\{_WORD})*",
    },
    "lua": {
        "member": rf"(?<!\.)\.\s*{_WORD}|(?<!:):\s*{_WORD}(?=\s*[(\"'{{\[])",
        "name": rf"{_WORD}(?:\s*\.\s*{_WORD})*",
    },
    "r": {
        "member": rf"[$@]\s*(?:{_WORD}[\w.]*|\.{_WORD}[\w.]*)",
        "name": rf"(?:{_WORD}[\w.]*:::?)?(?:[^\W\d_]|\.(?!\d))[\w.]*",
        "operator": r"%[^%\s]*%",
    },
    "elixir": {
        "key": rf"{_WORD}[?!]?:(?=[\s])",
        "name": r"[A-Z]\w*(?:\.[A-Z]\w*)*(?:\.[a-z_]\w*[?!]?)?|[a-z_]\w*[?!]?",
        "atom": rf"(?<![\w:]):(?:{_WORD}[?!]?(?:\.{_WORD}[?!]?)?|\"[^\"\\#]*\")",
        "member": rf"(?<!\.)\.\s*{_WORD}[?!]?",
        "macro": rf"@{_WORD}",
    },
    "julia": {
        "name": rf"{_WORD}(?:!(?!=))?(?:\.{_WORD}(?:!(?!=))?)*",
        "member": rf"(?<=[)\]}}\"])\.{_WORD}(?:!(?!=))?",
        "atom": rf"(?<![\w:)\]}}\"]):{_WORD}!?",
        "macro": rf"@{_WORD}(?:\.{_WORD})*!?",
    },
}
_NUMBER = re.compile(
    r"0[xXbo][\da-fA-F_]+|\d[\d_]*(?:\.(?!\.)\d[\d_]*)?(?:[eE][-+]?\d+)?[Lf]?|\.\d+(?:[eE][-+]?\d+)?"
)
_SIGNS = re.compile(
    r"\.\.\.|<=>|===|!==|<<=|>>=|\*\*=|\?\?=|<<-|->>|:::|\|>|<-|->|=>|==|!=|~=|=~|<=|>=|&&|\|\||\?\?|\+\+|--"
    r"|\*\*|\.\.|<>|<<|>>|::|//|\+=|-=|\*=|/=|\.=|%=|\|=|&=|\^=|\\\\|."
)
_PLAIN = frozenset("()[]{}.,;:=<>+-*/%&|!~^?")
_MORE = {"php": "$@", "lua": "#", "r": "\\", "elixir": "\\", "julia": "\\'∈≤≥≠√π"}
_SPACE = re.compile(r"[ \t\r\f]+|\\\n")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'", "$": "$", "/": "/", "#": "#"}
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_SIGILS = re.compile(r"~([srwcDTUNSRW])(?=[(\[{<|/\"'])")
_PREFIXES = names("r raw b v s dateformat big")
_LINES = names("elixir julia r")  # languages in which the end of a line counts


def tokens(language: str, code: str) -> tuple[Token, ...]:
    return _Scanner(language, code).whole()


class _Scanner:
    def __init__(self, language: str, code: str) -> None:
        self.language = language
        self.code = code
        self.at = 0
        self.depth = 0
        self.count = 0
        pieces = (f"(?P<{kind}>{rule})" for kind, rule in _TOKENS[language].items())
        self.rule = re.compile("|".join(pieces))

    def whole(self) -> tuple[Token, ...]:
        if "\0" in self.code or ("\r" in self.code):
            raise Unread("has signs that are not read")
        found = self.until("")
        if self.at < len(self.code):
            raise Unread("has a bracket that is not read")
        return found

    def until(self, closer: str) -> tuple[Token, ...]:
        """The tokens up to a closing bracket that was opened before them."""
        self.depth += 1
        if self.depth > DEPTH:
            raise Unread("is nested too deep")
        found: list[Token] = []
        opened: list[str] = []
        while self.at < len(self.code):
            before = self.at
            if self._blank(found):
                continue
            if not opened and closer and self.code[self.at] == closer:
                break
            token = self._token(found, not found or before == self.at)
            if token.kind == "sign":
                if token.text in ("(", "[", "{"):
                    opened.append(_PAIRS[token.text])
                elif token.text in (")", "]", "}") and (not opened or opened.pop() != token.text):
                    raise Unread("has brackets that do not match")
            found.append(token)
            self.count += 1
            if self.count > MOST:
                raise Unread("is too long")
        if opened or (closer and self.at >= len(self.code)):
            raise Unread("has brackets that do not match")
        self.depth -= 1
        return tuple(found)

    def _blank(self, found: list[Token]) -> bool:
        code, at = self.code, self.at
        space = _SPACE.match(code, at) or _COMMENTS[self.language].match(code, at)
        if space and not (space[0].startswith("\\") and self.language not in ("julia",)):
            self.at = space.end()
            if self.language == "php" and "?>" in space[0]:
                raise Unread("leaves PHP in a comment")
            return True
        if code[at] == "\n":
            self.at += 1
            if self.language in _LINES:
                found.append(Token("end", "\n", at))
            return True
        return False

    def _token(self, found: list[Token], glued: bool) -> Token:
        code, at = self.code, self.at
        glued = at > 0 and not code[at - 1].isspace()
        quoted = self._quoted(found, glued)
        if quoted is not None:
            return quoted
        number = _NUMBER.match(code, at)
        if number and not (code[at] == "." and glued):
            self.at = number.end()
            return Token("number", number[0], at, glued=glued)
        name = self.rule.match(code, at)
        if name:
            self.at = name.end()
            kind = name.lastgroup or ""
            return Token(kind, re.sub(r"\s+", "", name[0]), at, glued=glued)
        sign = _SIGNS.match(code, at)
        text = sign[0] if sign else ""
        if not text or not set(text) <= _PLAIN | set(_MORE[self.language]):
            raise Unread("has signs that are not read")
        if self.language == "php" and code.startswith(("?>", "<<<", "#["), at):
            raise Unread("has a part that is not read")
        self.at += len(text)
        return Token("sign", text, at, glued=glued)

    # Strings

    def _quoted(self, found: list[Token], glued: bool) -> Token | None:
        code, at, language = self.code, self.at, self.language
        sign = code[at]
        last = found[-1] if found else None
        if language == "lua":
            long = re.compile(r"\[(=*)\[").match(code, at)
            if long:
                return self._to(at, long.end(), f"]{long[1]}]", escapes=False)
        if language == "elixir":
            if sign == "?":
                letter = re.compile(r"\?(?:\\.|[^\s\\])").match(code, at)
                if letter is None or (glued and last is not None and last.is_value):
                    raise Unread("has a ? that is not read")
                self.at = letter.end()
                return Token("number", letter[0], at)
            sigil = _SIGILS.match(code, at)
            if sigil:
                return self._sigil(at, sigil)
            if sign == "~" and code[at + 1 : at + 2].isalpha():
                raise Unread("has a sigil that is not read")
        if language == "r":
            if sign == "`":
                end = code.find("`", at + 1)
                inner = code[at + 1 : end]
                if end < 0 or "\\" in inner or ":" in inner:
                    raise Unread("has a name in backticks that is not read")
                self.at = end + 1
                return Token("name", inner, at, glued=glued)
            if re.compile(r"[rR][\"']").match(code, at):
                raise Unread("has a raw string")
        if language == "julia":
            prefix = re.compile(rf"({_WORD})(?=[\"`])").match(code, at)
            if prefix:
                if prefix[1] not in _PREFIXES or code[prefix.end()] == "`":
                    raise Unread(f"has a {prefix[1]} string")
                self.at = prefix.end()
                made = self._string(at, '"', expands=False)
                flags = re.compile(r"[imsxa]*\b").match(code, self.at)
                self.at = flags.end() if flags else self.at
                return made
            if sign == "'":
                return self._apostrophe(last, glued)
            if sign == "`":
                end = code.find("`", at + 1)
                if end < 0 or set(code[at + 1 : end]) & set("$\\`"):
                    raise Unread("has a command that is not read")
                self.at = end + 1
                return Token("command", code[at + 1 : end], at, code[at + 1 : end])
        if sign == "`" and language == "php":
            end = code.find("`", at + 1)
            if end < 0 or set(code[at + 1 : end]) & set("$\\{"):
                raise Unread("has a command that is not read")
            self.at = end + 1
            return Token("command", code[at + 1 : end], at, code[at + 1 : end])
        if sign not in "\"'":
            return None
        if language in ("elixir", "julia") and code.startswith(sign * 3, at):
            return self._string(at, sign * 3, expands=True)
        if language == "php" and sign == "'":
            return self._single(at)
        return self._string(at, sign, expands=language in ("php", "elixir", "julia"))

    def _to(self, start: int, at: int, closer: str, *, escapes: bool) -> Token:
        end = self.code.find(closer, at)
        if end < 0:
            raise Unread("has a string without an end")
        self.at = end + len(closer)
        text = self.code[at:end]
        return Token("string", text, start, text.removeprefix("\n") if not escapes else None)

    def _single(self, start: int) -> Token:
        found = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL).match(self.code, start)
        if found is None:
            raise Unread("has a string without an end")
        self.at = found.end()
        return Token("string", found[1], start, re.sub(r"\\([\\'])", r"\1", found[1]))

    def _sigil(self, start: int, sigil: re.Match[str]) -> Token:
        opener = self.code[sigil.end()]
        closer = _PAIRS.get(opener, opener)
        if self.code.startswith(opener * 3, sigil.end()):
            raise Unread("has a sigil that is not read")
        body = re.compile(
            rf"((?:[^\\{re.escape(closer)}]|\\.)*){re.escape(closer)}([a-z]*)", re.DOTALL
        ).match(self.code, sigil.end() + 1)
        if body is None or ("#{" in body[1] and sigil[1].islower()):
            raise Unread("has a sigil that is not read")
        self.at = body.end()
        plain = sigil[1] in "sS" and "\\" not in body[1]
        return Token("string", body[1], start, body[1] if plain else None)

    def _apostrophe(self, last: Token | None, glued: bool) -> Token:
        """In Julia a letter, or behind a value its transpose."""
        at = self.at
        if glued and last is not None and last.is_value:
            if last.text in ("return", "in", "end", "if", "else", "do", "for", "while", "begin"):
                raise Unread("has a ' that is not read")
            self.at += 1
            return Token("sign", "'", at, glued=True)
        found = re.compile(r"'(?:\\u?\w+|\\.|[^'\\])'").match(self.code, at)
        if found is None:
            raise Unread("has a ' that is not read")
        self.at = found.end()
        return Token("number", found[0], at)

    def _string(self, start: int, quote: str, *, expands: bool) -> Token:
        code, language = self.code, self.language
        self.at += len(quote)
        text: list[str] | None = []
        parts: list[Token] = []
        while True:
            if self.at >= len(code):
                raise Unread("has a string without an end")
            if code.startswith(quote, self.at):
                break
            sign = code[self.at]
            if sign == "\\":
                following = code[self.at + 1 : self.at + 2]
                known = _ESCAPES.get(following) if expands or language in ("lua", "r") else None
                text = None if text is None or known is None else [*text, known]
                self.at += 2
                continue
            inner = self._inner(quote) if expands else None
            if inner is not None:
                text = None
                parts += [Token("sign", "(", self.at), *inner, Token("sign", ")", self.at)]
                continue
            if text is not None:
                text.append(sign)
            self.at += 1
        self.at += len(quote)
        whole = code[start : self.at]
        return Token("string", whole, start, None if text is None else "".join(text), tuple(parts))

    def _inner(self, quote: str) -> tuple[Token, ...] | None:
        """The code that stands here in a string, if any does."""
        code, language, at = self.code, self.language, self.at
        if language == "elixir":
            if not code.startswith("#{", at):
                return None
            return self._bracketed(2, "}")
        if language == "julia":
            if code[at] != "$":
                return None
            if code.startswith("$(", at):
                return self._bracketed(2, ")")
            name = re.compile(rf"\$({_WORD}!?)").match(code, at)
            if name is None:
                raise Unread("has a $ in a string that is not read")
            self.at = name.end()
            return (Token("name", name[1], at),)
        if code.startswith("${", at):
            raise Unread("has ${ in a string")
        if code.startswith("{$", at):
            return self._bracketed(1, "}")
        name = re.compile(rf"\${_WORD}(?:\[(?:\w+|-?\d+|\${_WORD})\]|->{_WORD})?").match(code, at)
        if name is None:
            return None
        self.at = name.end()
        found = re.findall(rf"\${_WORD}", name[0])
        return tuple(Token("variable", one, at) for one in found)

    def _bracketed(self, skip: int, closer: str) -> tuple[Token, ...]:
        self.at += skip
        found = self.until(closer)
        self.at += len(closer)
        return found
