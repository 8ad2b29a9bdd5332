"""The names that a program gives to its own values, and those of which the value is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aileron.inline.plain.arguments import Values, bare, pairs
from aileron.inline.plain.language import language
from aileron.inline.plain.tokens import Token
from aileron.inline.values import Value
from aileron.inline.words import names

_SETS = frozenset({"=", "<-", "<<-", "+=", "-=", "*=", ".=", "/=", "|=", "->", "->>", "??=", "++"})
_STARTS = frozenset({"", ";", "{", "}", "local", "const", "then", "do", "else", ")"})
# Functions of PHP that set what they are given.
_OUT = names("""
    preg_match preg_match_all preg_replace preg_replace_callback sscanf similar_text str_replace
    str_ireplace settype is_callable array_push array_pop array_shift array_unshift array_splice
    array_multisort array_walk sort rsort asort arsort ksort krsort natsort natcasesort shuffle
    usort uasort uksort next prev reset end each getimagesize exec system passthru proc_open flock
    """)


class Scope:
    """`targets` are all names that are set anywhere, `closures` those that hold a function of the
    program's own and nothing else."""

    def __init__(self, family: str, tokens: Sequence[Token]) -> None:
        self.language = family
        self.targets: set[str] = set()
        self.functions: set[str] = set()
        self.imported: set[str] = set()
        self.streams: set[str] = set()
        self.known: dict[str, Value] = {}
        self.closures: set[str] = set()
        self._gather(tokens)
        self._streams(tokens)
        every = list(_all(tokens))
        for name in sorted({one.text for one in every if one.kind in ("name", "variable")}):
            self._look(name, tokens)

    def _gather(self, tokens: Sequence[Token]) -> None:
        for at, token in enumerate(tokens):
            if token.parts:
                self._gather(token.parts)
            if token.kind != "name":
                continue
            after = tokens[at + 1].text if at + 1 < len(tokens) else ""
            before = tokens[at - 1].text if at else ""
            if (
                after in _SETS
                or before in ("->", "->>", "for", "local", "function", "<-")
                or (after in ("in", "=>", "∈"))
            ):
                self.targets.add(token.text)
            if before == "function" and token.text.isidentifier():
                self.functions.add(token.text)
            if token.text in ("function", "fn", "for", "do", "local", "let") or after == "->":
                self._parameters(tokens, at)
            if before == "\\":
                self._parameters(tokens, at - 1)
        for at, token in enumerate(tokens):
            if token.text in ("->", "=", "in", "\\") and token.kind in ("sign", "name"):
                self._listed(tokens, at)

    def _parameters(self, tokens: Sequence[Token], at: int) -> None:
        """The names behind `function (`, `do`, `for`, up to what ends them."""
        depth = 0
        for token in tokens[at + 1 : at + 40]:
            if token.kind == "sign" and token.text in "([{":
                depth += 1
            elif token.kind == "sign" and token.text in ")]}":
                depth -= 1
                if depth <= 0:
                    return
            elif token.text in ("->", "in", ";", "=>") or (token.kind == "end" and not depth):
                return
            elif token.kind == "name":
                self.targets.add(token.text)

    def _listed(self, tokens: Sequence[Token], at: int) -> None:
        """`a, b = …`, `(a, b) -> …`, `for (a, b) in`, `f(a, b) = …`: the names before a sign."""
        here = at - 1
        while here >= 0 and (
            tokens[here].kind == "name"
            or tokens[here].text in (",", "(", ")", "::", "{", "}", "local")
        ):
            if tokens[here].kind == "name":
                self.targets.add(tokens[here].text)
            here -= 1
        if tokens[at].text == "\\":
            self._parameters(tokens, at)

    def _streams(self, tokens: Sequence[Token]) -> None:
        """In Julia: `open(…) do io`, `io = open(…)`, `open(io -> …)`."""
        if self.language != "julia":
            return
        found: set[str] = set()
        others: set[str] = set()  # what is bound in another way
        for at, token in enumerate(tokens):
            following = [one.text for one in tokens[at + 1 : at + 4]]
            if token.text == "do" and following and at and tokens[at - 1].text == ")":
                (found if self._opens(tokens, at - 1) else others).add(following[0])
            elif token.kind == "name" and following[:1] == ["="]:
                opened = following[1:] in (["open", "("], ["IOBuffer", "("])
                (found if opened else others).add(token.text)
            elif token.text in ("function", "->", "for") or (
                token.text == ")" and "=" in following[:1]
            ):
                others |= {one.text for one in tokens if one.kind == "name"}
        self.streams = found - others

    def _opens(self, tokens: Sequence[Token], end: int) -> bool:
        depth = 0
        for at in range(end, 0, -1):
            depth += (tokens[at].text == ")") - (tokens[at].text == "(")
            if depth == 0:
                return tokens[at - 1].text == "open"
        return False

    def _look(self, name: str, tokens: Sequence[Token]) -> None:
        """Whether a name is set once, at the start of a statement, and only read elsewhere."""
        places = [at for at, one in enumerate(tokens) if one.text == name and one.kind in _NAMED]
        inside = sum(one.text == name for one in _inner(tokens))
        sets = [at for at in places if at + 1 < len(tokens) and tokens[at + 1].text in ("=", "<-")]
        if len(sets) != 1 or (inside and any(_writes(tokens, name))):
            return
        at = sets[0]
        before = tokens[at - 1] if at else None
        if before is not None and not (before.kind == "end" or before.text in _STARTS):
            return
        given = _value_tokens(tokens, at + 2, self.language)
        if not given:
            return
        rest = [one for one in places if one != at]
        if is_closure(given, self.language):
            if all(self._is_read(tokens, one, calls=True) for one in rest):
                self.closures.add(name)
            return
        if all(self._is_read(tokens, one, calls=False) for one in rest):
            value = Values(self.language, self.known).of(given)
            if value.texts is not None or value.prefix or value.items is not None:
                self.known[name] = value

    def _is_read(self, tokens: Sequence[Token], at: int, *, calls: bool) -> bool:
        """Whether a name stands where it can only be read: an argument, or a part of a text."""
        before = tokens[at - 1].text if at else ""
        after = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if calls and after == "(":
            return before not in ("&", "$")
        if before in (".", "..", "<>", "*", "echo", "print", "return") or after in (
            ".",
            "..",
            "<>",
        ):
            return before not in ("&", "as", "$") and after not in _SETS
        if before not in ("(", ",", "&") or after not in (")", ",") or before == "&":
            return calls and before == "&" and after in (")", ",") and _captures(tokens, at)
        name = _call_of(tokens, at)
        if self.language == "php":
            known = language("php")
            plain = known.callbacks if calls else {*known.harmless, *known.does} - _OUT
            return name.lower() in plain
        return bool(name)


_NAMED = ("name", "variable")


def _captures(tokens: Sequence[Token], at: int) -> bool:
    return any(one.text == "use" for one in tokens[max(0, at - 8) : at])


def _call_of(tokens: Sequence[Token], at: int) -> str:
    """The name of the call in whose brackets a token stands, "" if it is none."""
    depth = 0
    for here in range(at - 1, -1, -1):
        text = tokens[here].text if tokens[here].kind == "sign" else ""
        if text in (")", "]", "}"):
            depth += 1
        elif text in ("(", "[", "{"):
            if depth == 0:
                plain = here and tokens[here - 1].kind in ("name", "member") and text == "("
                word = tokens[here - 1].text if plain else ""
                if _defines(tokens, here):
                    return ""
                return (
                    ""
                    if word in ("function", "fn", "foreach", "for", "list", "use", "do")
                    else word
                )
            depth -= 1
    return ""


def _defines(tokens: Sequence[Token], opener: int) -> bool:
    """Whether a bracket holds the parameters of a function that is defined there."""
    if opener > 1 and tokens[opener - 2].text == "function":
        return True
    end = pairs(tokens).get(opener, opener)
    return end + 1 < len(tokens) and tokens[end + 1].text in ("=", "->", "::", "where")


def is_closure(tokens: Sequence[Token], family: str) -> bool:
    """Whether an expression is a function of the program's own, and nothing but that."""
    first = [one.text for one in tokens[:2]]
    if first[0] == "static":
        tokens, first = tokens[1:], first[1:]
    if not first or first[0] not in ("function", "fn", "\\", "&"):
        return False
    if family != "php" or first[0] == "fn":
        return True
    opener = next((at for at, one in enumerate(tokens) if one.text == "{"), 0)
    return bool(opener) and pairs(tokens).get(opener) == len(tokens) - 1


def _value_tokens(tokens: Sequence[Token], at: int, language: str) -> tuple[Token, ...]:
    if language == "lua":  # a statement ends where the next begins
        first = tokens[at : at + 1]
        if first and first[0].text == "function":
            return tuple(first)
        after = tokens[at + 1].text if at + 1 < len(tokens) else ";"
        return () if after in ("..", ".", "(", "[", ":", ",", "or", "and", "+") else tuple(first)
    found = bare(tokens, at)
    return () if any(one.text == "," for one in found[1:2]) else found


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.parts)


def _inner(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from _all(token.parts)


def _writes(tokens: Sequence[Token], name: str) -> Iterator[bool]:
    """Whether code in a string sets a name."""
    for token in tokens:
        parts = token.parts
        for at, one in enumerate(parts[:-1]):
            if one.text == name and parts[at + 1].text in _SETS:
                yield True
        yield from _writes(parts, name)
