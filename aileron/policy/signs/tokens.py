"""Tokens of JavaScript, Perl, Ruby, PHP and Lua: names, strings and signs, without comments.

What is only mentioned in a string or a comment must not be taken for code, and code in a string
(`"${x}"`, `"#{x}"`, `"@{[ x ]}"`) must; a `/` starts a pattern where a value is expected.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aileron.policy.perl_quotes import closing
from aileron.policy.tables import names

OPENERS = frozenset("([{")
PARTNERS = {")": "(", "]": "[", "}": "{"}
CLOSERS = {"(": ")", "[": "]", "{": "}", "<": ">"}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is name, string, number, sign or command (backticks, `%x`, `qx`).

    `pieces` are what a string is made of: text, or the tokens of code in it.
    `flags` are those behind a pattern (`s/…/…/ee`); `first` tells that it begins a line.
    """

    kind: str
    text: str
    pieces: tuple[str | tuple[Token, ...], ...] = ()
    flags: str = ""
    first: bool = False


_COMMENTS = {
    "node": re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)|<!--[^\n]*", re.DOTALL),
    "perl": re.compile(r"#[^\n]*"),
    "ruby": re.compile(r"#[^\n]*"),
    "php": re.compile(r"//[^\n]*|#(?!\[)[^\n]*|/\*.*?(?:\*/|\Z)|<\?(?:php|=)?|\?>", re.DOTALL),
    "lua": re.compile(r"--\[(=*)\[.*?(?:\]\1\]|\Z)|--[^\n]*", re.DOTALL),
}
_WORD = r"[A-Za-z_]\w*"
_NAMES = {
    "node": re.compile(r"(?:\?\.|\.)?\s*[A-Za-z_$#][\w$]*(?:\s*\??\.\s*[A-Za-z_$#][\w$]*)*"),
    "perl": re.compile(
        rf"->\s*{_WORD}|[$@%&]\$*\#?(?:\^\w|{_WORD}(?:::\w+)*|::\w+|\d+|[_&!@/\\,;.0<>()\[\]~^|+-])"
        rf"|{_WORD}(?:::{_WORD})*"
    ),
    "ruby": re.compile(
        rf"(?:&?\.|::)\s*{_WORD}[?!]?|[$@]{{1,2}}\w+|\$[~!@&_/\\,;.<>0*$?:\"]"
        rf"|{_WORD}(?:(?:::|&?\.)\s*{_WORD})*[?!]?"
    ),
    "php": re.compile(
        rf"(?:\?->|->|::)\s*{_WORD}|\$+{_WORD}|\\?{_WORD}(?:\\{_WORD})*(?:::{_WORD})*"
    ),
    "lua": re.compile(rf"[.:]\s*{_WORD}|{_WORD}(?:\s*[.:]\s*{_WORD})*"),
}
_NUMBER = re.compile(r"\d[\w.]*|\.\d+")
_SIGN = re.compile(
    r"=>|->|\|\|=|&&=|\?\?=|\*\*=|\.\.\.|<=>|===|!==|==|!=|=~|!~|<=|>=|<<=|>>=|\+=|-=|\*=|/=|\.=|%=|\|=|&="
    r"|\^=|::|\|\||&&|\+\+|--|\*\*|\.\.|<<|>>|:=|\?\?|.",
    re.DOTALL,
)
_SPACE = re.compile(r"[ \t\r\n\f]+|\\\n")
# After these words, a `/` starts a pattern and not a division.
_VALUE_WORDS = names("""
    return typeof case in of delete void if unless and or not while until split grep map join
    when then puts print push x eq ne lt gt cmp await yield
    """)
_PERL_QUOTE = re.compile(r"(qw|qq|qx|qr|q|m|s|tr|y)(?!\w)(?!\s*(?:=>|[,;)}=]))")
_RUBY_QUOTE = re.compile(r"%([qQwWiIxrs]?)(?=[\[({<|!/^~-])")
_HEREDOC = {
    "perl": re.compile(r"<<~?(?:\"([^\"\n]*)\"|'([^'\n]*)'|([A-Za-z_]\w*))"),
    "ruby": re.compile(r"<<[~-]?(?:\"([^\"\n]*)\"|'([^'\n]*)'|([A-Z_]\w*))"),
    "php": re.compile(r"<<<[ \t]*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([A-Za-z_]\w*))"),
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "e": "\x1b", "\n": ""}
_ESCAPED = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u?x?\{([0-9a-fA-F]+)\}|(.))", re.S)
_DOLLAR = re.compile(
    r"\$(?:\{\^?\w+\}|\w+|[!@&_])(?:(?:->)?(?:\[[^\]\s]*\]|\{[^}\s]*\}))*|@\w+(?:\{[^}]*\})?"
)
DEPTH = 8


def tokens(language: str, code: str, depth: int = 0) -> tuple[Token, ...]:
    return tuple(_Scanner(language, code, depth).all())


class _Scanner:
    def __init__(self, language: str, code: str, depth: int) -> None:
        self.language = language
        self.code = code
        self.depth = depth
        self.at = 0
        self.first = True
        self.found: list[Token] = []
        self.documents: list[tuple[int, str, bool]] = []

    def all(self) -> list[Token]:
        code, language = self.code, self.language
        if language == "php" and "<?" in code:
            self.at = code.index("<?")
        while self.at < len(code):
            space = _SPACE.match(code, self.at)
            if space:
                if "\n" in space[0]:
                    self.first = True
                    self._documents(self.at + space[0].index("\n") + 1, space.end())
                    continue
                self.at = space.end()
                continue
            if language == "perl" and self.first and re.match(r"=[a-z]+\b", code[self.at :]):
                break_ = re.compile(r"^=cut\b.*$", re.M).search(code, self.at)
                if code[self.at - 1 : self.at] == "\n":
                    self.at = break_.end() if break_ else len(code)
                    continue
            comment = _COMMENTS[language].match(code, self.at)
            if comment and not self._is_code(comment[0]):
                self.at = comment.end()
                continue
            self._token()
        return self.found

    def _is_code(self, comment: str) -> bool:
        """`$#array` and the like, which a comment's sign is part of."""
        before = self.code[self.at - 1 : self.at]
        return self.language == "perl" and before == "$"

    def _documents(self, line: int, end: int) -> None:
        """The bodies of the here-documents that begin on this line."""
        if not self.documents:
            self.at = end
            return
        for index, mark, expands in self.documents:
            body = re.compile(rf"^[ \t]*{re.escape(mark)}\b", re.MULTILINE).search(self.code, line)
            stop = body.start() if body else len(self.code)
            text = self.code[line:stop]
            self.found[index] = self._string(text, expands, "string")
            line = body.end() if body else stop
        self.documents = []
        self.at = line

    def _add(self, token: Token) -> None:
        if self.first and not token.first:
            token = Token(token.kind, token.text, token.pieces, token.flags, True)
        self.first = False
        self.found.append(token)

    def _expects_value(self) -> bool:
        if not self.found:
            return True
        last = self.found[-1]
        if last.kind == "sign":
            return last.text not in (")", "]", "}")
        if self.language == "perl" and last.kind == "name" and self.code[self.at] != "/":
            return last.text[0] not in "$@%&-"
        return last.kind == "name" and last.text in _VALUE_WORDS

    def _token(self) -> None:
        code, language, at = self.code, self.language, self.at
        sign = code[at]
        if self._is_quoted():
            return
        if sign in "\"'`" and not (sign == "`" and language == "lua"):
            end = _end(code, at + 1, sign)
            kind = "command" if sign == "`" and language in ("perl", "ruby", "php") else "string"
            expands = sign != "'" and (language != "node" or sign == "`") and language != "lua"
            self._add(self._string(code[at + 1 : end], expands, kind))
            self.at = end + 1
            return
        if sign == "/" and language in ("node", "perl", "ruby") and self._expects_value():
            end = _pattern_end(code, at + 1)
            flags = re.compile(r"[a-z]*").match(code, end + 1)
            self._add(Token("pattern", code[at + 1 : end], flags=flags[0] if flags else ""))
            self.at = flags.end() if flags else end + 1
            return
        number = _NUMBER.match(code, at)
        if number:
            self._add(Token("number", number[0]))
            self.at = number.end()
            return
        name = _NAMES[language].match(code, at)
        if name and not (sign in "%&@" and not self._expects_value()):
            text = re.sub(r"\s+", "", name[0]).replace("?.", ".").replace("&.", ".")
            self._add(Token("name", text.replace("?->", "->")))
            self.at = name.end()
            return
        found = _SIGN.match(code, at)
        text = found[0] if found else sign
        if language in ("perl", "php") and text == "..":
            text = ".."
        self._add(Token("sign", text))
        self.at = at + len(text)

    def _is_quoted(self) -> bool:
        """Quotes that only one of the languages has; whether one was read."""
        code, language, at = self.code, self.language, self.at
        if language == "lua":
            long = re.compile(r"\[(=*)\[").match(code, at)
            if long:
                end = code.find(f"]{long[1]}]", long.end())
                end = len(code) if end < 0 else end
                self._add(Token("string", code[long.end() : end], (code[long.end() : end],)))
                self.at = end + len(long[1]) + 2
            return long is not None
        document = _HEREDOC[language].match(code, at) if language in _HEREDOC else None
        if document and (self._expects_value() or language != "ruby" or "~" in document[0]):
            mark = next(one for one in document.groups() if one is not None)
            self._add(Token("string", ""))
            self.documents.append((len(self.found) - 1, mark, document[2] is None))
            self.at = document.end()
            return True
        if language == "ruby":
            quote = _RUBY_QUOTE.match(code, at)
            if quote and (quote[1] or self._expects_value()):
                kind = "command" if quote[1] == "x" else "string"
                end = _end(code, quote.end() + 1, CLOSERS.get(code[quote.end()], code[quote.end()]))
                body = code[quote.end() + 1 : end]
                made = self._string(body, quote[1] not in ("q", "w", "i", "s"), kind)
                self._add(replace(made, flags="w") if quote[1] in ("w", "W") else made)
                self.at = end + 1
                return True
        if language == "perl" and self._before_is_free():
            return self._perl_quote()
        return False

    def _before_is_free(self) -> bool:
        """Whether a word here is no key, method or variable."""
        before = self.code[self.at - 1 : self.at]
        return before not in ("$", "@", "%", "&", ">") and not before.isalnum() and before != "_"

    def _perl_quote(self) -> bool:
        code = self.code
        quote = _PERL_QUOTE.match(code, self.at)
        if quote is None:
            return False
        at = quote.end()
        while at < len(code) and code[at].isspace():
            at += 1
        if at >= len(code) or code[at] in ",;)" or (code[at] == "#" and at > quote.end()):
            return False
        how = quote[1]
        opener = code[at]
        end = _end(code, at + 1, CLOSERS.get(opener, opener))
        body, after = code[at + 1 : end], end + 1
        second = ""
        if how in ("s", "tr", "y"):
            if opener in CLOSERS:
                after = _SPACE.match(code, after).end() if _SPACE.match(code, after) else after  # type: ignore[union-attr]
                opener = code[after : after + 1]
                after += 1
            end = _end(code, after, CLOSERS.get(opener, opener))
            second, after = code[after:end], end + 1
        flags = (
            re.compile(r"[a-z]*").match(code, after) if how not in ("q", "qq", "qw", "qx") else None
        )
        after = flags.end() if flags else after
        kind = {"qx": "command", "q": "string", "qq": "string", "qw": "string"}.get(how, "pattern")
        if how == "s" and flags and "e" in flags[0] and self.depth < DEPTH:
            inner = tokens("perl", second, self.depth + 1)
            self._add(Token("pattern", body, (inner,), flags[0]))
        elif kind == "pattern":
            self._add(
                Token(
                    kind, f"{body}\0{second}" if second else body, flags=flags[0] if flags else ""
                )
            )
        else:
            made = self._string(body, how in ("qq", "qx"), kind)
            self._add(replace(made, flags="w") if how == "qw" else made)
        self.at = after
        return True

    def _string(self, body: str, expands: bool, kind: str) -> Token:
        pieces = self._pieces(body) if expands and self.depth < DEPTH else [body]
        plain = tuple(_unescaped(one) if isinstance(one, str) else one for one in pieces)
        return Token(kind, "".join(one for one in plain if isinstance(one, str)), plain)

    def _pieces(self, body: str) -> list[str | tuple[Token, ...]]:
        """The text of a string, and the code in it."""
        found: list[str | tuple[Token, ...]] = []
        at = start = 0
        opens = {"node": "${", "ruby": "#{", "perl": "@{[", "php": "{$"}[self.language]
        while at < len(body):
            if body[at] == "\\":
                at += 2
                continue
            if body.startswith(opens, at):
                end = _end(body, at + len(opens), "}" if opens != "@{[" else "]", opens[-1])
                inner = body[at + len(opens) : end]
                inner = f"${inner}" if opens == "{$" else inner
                after = end + (2 if opens == "@{[" else 1)
            else:
                name = _DOLLAR.match(body, at) if self.language in ("perl", "php") else None
                if name is None or (name[0][0] == "@" and self.language == "php"):
                    at += 1
                    continue
                inner, after = re.sub(r"^\$\{(\w+)\}", r"$\1", name[0]), name.end()
            found += [body[start:at], tokens(self.language, inner, self.depth + 1)]
            at = start = after
        found.append(body[start:])
        return [one for one in found if one]


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text

    def one(match: re.Match[str]) -> str:
        digits = match[1] or match[2] or match[3]
        if digits:
            return chr(int(digits, 16)) if int(digits, 16) < 0x110000 else ""
        return _ESCAPES.get(match[4], match[4])

    return _ESCAPED.sub(one, text)


def _end(code: str, at: int, closer: str, opener: str = "") -> int:
    """Where what a closing sign ends does end, at the end of the code where it does not."""
    opener = opener or next((one for one, other in CLOSERS.items() if other == closer), "")
    end = closing(code, at, closer, opener)
    return end if end >= 0 else len(code)


def _pattern_end(code: str, at: int) -> int:
    inside = False
    while at < len(code) and code[at] != "\n":
        sign = code[at]
        if sign == "\\":
            at += 2
            continue
        if sign == "[":
            inside = True
        elif sign == "]":
            inside = False
        elif sign == "/" and not inside:
            return at
        at += 1
    return at


def pairs_of(found: Sequence[Token]) -> dict[int, int]:
    """Each bracket's place to that of its partner, both ways."""
    pairs: dict[int, int] = {}
    open_: list[int] = []
    for at, token in enumerate(found):
        if token.kind != "sign":
            continue
        if token.text in OPENERS:
            open_.append(at)
        elif token.text in PARTNERS:
            while open_ and found[open_[-1]].text != PARTNERS[token.text]:
                open_.pop()
            if open_:
                start = open_.pop()
                pairs[start], pairs[at] = at, start
    return pairs
