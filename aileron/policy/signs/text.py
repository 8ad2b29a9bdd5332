"""Plain signs of harm in a JavaScript, Perl, Ruby, PHP or Lua program, from its tokens.

No grammar is followed: a value is what the tokens of its expression hold, a call's arguments
are what stands in its brackets (or up to the end of the statement), a callback's parameters
are what the call that takes it yields.  The text is gone through twice, so that what is
given to a function is known in its body.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from aileron.policy.signs import values
from aileron.policy.signs.tables import TEXTS, Names
from aileron.policy.signs.text_calls import Calls
from aileron.policy.signs.text_names import prepared
from aileron.policy.signs.tokens import OPENERS, PARTNERS, Token, pairs_of, tokens
from aileron.policy.signs.values import UNKNOWN, Sign, Value
from aileron.policy.tables import names

STEPS = 20_000
FAMILY = {"bun": "node", "deno": "node"}
_BODIES = frozenset({"body", "data", "content", "payload", "text", "html"})  # of a message
_ASSIGNS = frozenset({"=", "+=", ".=", "||=", ":=", "??=", "<<"})
_CONCATENATES = {"node": "+", "ruby": "+", "perl": ".", "php": ".", "lua": ".."}
_MODIFIERS = names("if unless while until for foreach and or rescue then do end else elsif")
_SKIPPED = names("await new my our local return const let var async yield print echo puts not")
_OPERATORS = re.compile(r"[-+*/%.,=<>&|?:(\[{!~^]+$|\band$|\bor$")
_DISTINCT = re.compile(
    r"\w+Sync|rm_rf?|remove_\w+|rmtree|\w*decode(?:64|_\w+)|homedir|rimraf|runInThisContext"
    r"|runInNewContext|unb64|writeFile|readFile|unlink|decode_base64"
)
_THROUGH = {"node": ("of", "in"), "ruby": ("in",), "lua": ("in",), "php": ("as",)}
_FORMATS = frozenset({"sprintf", "format", "Kernel.format", "util.format", "string.format"})
_TAKES_NO_BRACKETS = frozenset({"perl", "ruby"})


class Enough(Exception):
    """The program was followed far enough."""


def signs(language: str, code: str, home: str) -> tuple[Sign, ...]:
    family = FAMILY.get(language, language)
    found: list[Sign] = []
    reader = Reader(family, prepared(family, tokens(family, code), home), home, found)
    try:
        for _ in range(2):
            found.clear()
            reader.scan()
        reader.calls.end()
    except (Enough, RecursionError):
        pass
    return tuple(dict.fromkeys(found))


class Reader:
    def __init__(
        self,
        language: str,
        found: Sequence[Token],
        home: str,
        signs_found: list[Sign],
        outer: Reader | None = None,
    ) -> None:
        self.language = language
        self.tokens = found
        self.home = home
        self.found = signs_found
        self.names: Names = TEXTS[language]
        self.scope: dict[str, Value] = outer.scope if outer else {}
        self.functions: dict[str, tuple[str, ...]] = outer.functions if outer else {}
        self.root: Reader = outer.root if outer else self
        self.steps = 0
        self.pairs = pairs_of(found)
        self.ends: dict[int, int] = {}
        self.calls: Calls = Calls(self) if outer is None else outer.calls.of(self)

    def step(self, many: int = 1) -> None:
        self.root.steps += many
        if self.root.steps > STEPS:
            raise Enough

    def inner(self, found: Sequence[Token]) -> Reader:
        """A reader for the code in a string."""
        made = prepared(self.language, found, self.home)
        return Reader(self.language, made, self.home, self.found, self)

    def again(self, code: str) -> tuple[Sign, ...]:
        """The signs in code that the program itself evaluates."""
        return signs(self.language, code, self.home)

    def scan(self) -> None:
        for at, token in enumerate(self.tokens):
            self.step()
            for piece in token.pieces:
                if not isinstance(piece, str):
                    self.inner(piece).scan()
            if token.kind == "sign" and token.text in _ASSIGNS:
                self._assigned(at)
            elif token.kind == "name":
                self._named(at)
            elif token.kind in ("command", "pattern"):
                self.calls.literal(at)

    # Names

    def resolved(self, at: int) -> str:
        """What the name at a place refers to: an alias of a module spelled out."""
        text = self.tokens[at].text
        head, dot, rest = re.fullmatch(r"([^.:]*)([.:]*)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
        known = self.scope.get(text) or (self.scope.get(head) if head else None)
        if known is not None and known.name:
            return known.name if text in self.scope or not dot else f"{known.name}{dot}{rest}"
        if known is not None and known.text and self.language == "php" and self._is_call(at):
            return known.text
        return text

    def matches(self, name: str, wanted: frozenset[str]) -> bool:
        if name in wanted:
            return True
        last = re.split(r"\.|::|->|:", name)[-1]
        if last == name:
            return False
        return (
            f".{last}" in wanted
            or f"->{last}" in wanted
            or f":{last}" in wanted
            or (last in wanted and _DISTINCT.fullmatch(last) is not None)
        )

    def _is_call(self, at: int) -> bool:
        return self.sign(at + 1) == "("

    def sign(self, at: int) -> str:
        if 0 <= at < len(self.tokens) and self.tokens[at].kind == "sign":
            return self.tokens[at].text
        return ""

    def _named(self, at: int) -> None:
        text = self.tokens[at].text
        if text in ("function", "sub", "def", "fn"):
            self._function(at)
        elif at and text in _THROUGH.get(self.language, ()):
            self._loop(at)
        elif text in ("for", "foreach") and self.language == "perl":
            self._perl_loop(at)
        elif text == "import" and self.language == "node":
            self._imported(at)
        self.calls.name(at, self.resolved(at))

    def _imported(self, at: int) -> None:
        end = self.statement_end(at + 1)
        module = next((one for one in self.tokens[at:end] if one.kind == "string"), None)
        if module is not None:
            self._bind_names(at + 1, end, Value(name=module.text.removeprefix("node:")))

    def _bind_names(self, start: int, end: int, value: Value) -> None:
        """Names that are bound at once: `{ a, b: c }`, `[a, b]`, `($a, $b)`, `* as x`."""
        inside = any(self.sign(at) == "{" for at in range(start, end))
        at = start
        while at < end:
            token = self.tokens[at]
            if token.kind == "name" and token.text not in ("as", "from"):
                member = f"{value.name}.{token.text}" if value.name and inside else value.name
                target = token.text
                follows = self.tokens[at + 1].text if at + 1 < end else ""
                if follows in (":", "as") and at + 2 < end:
                    target, at = self.tokens[at + 2].text, at + 2
                self.scope[target] = replace(value, name=member, text=None)
            at += 1

    def _function(self, at: int) -> None:
        """`function f(a, b)`, `def f(a)`, `sub f`: the names of its parameters."""
        if at + 1 >= len(self.tokens) or self.tokens[at + 1].kind != "name":
            return
        name = self.tokens[at + 1].text
        self._results(name, at + 2)
        if self.language == "perl":
            self.functions[name] = ("@_",)
        elif self.sign(at + 2) == "(":
            end = self.pairs.get(at + 2, at + 2)
            given = [one.text for one in self.tokens[at + 3 : end] if one.kind == "name"]
            self.functions[name] = tuple(given)

    def _results(self, name: str, at: int) -> None:
        """What a function yields comes from where the values in it do."""
        opener = next(
            (n for n in range(at, min(at + 30, len(self.tokens))) if self.sign(n) == "{"), at
        )
        end = self.pairs.get(opener, at)
        if self.language in ("ruby", "lua"):
            words = ((n, self.tokens[n].text) for n in range(at, len(self.tokens)))
            end = next((n for n, word in words if word == "end"), at)
        returns = any(one.text == "return" for one in self.tokens[at:end])
        if end > at and (returns or self.language in ("perl", "ruby")):
            made = self.marks(at, end) - {"socket", "shell"}
            self.scope[name] = Value(marks=made)

    def passed(self, name: str, given: Sequence[Value]) -> None:
        """What a function of the program's own is called with."""
        parameters = self.functions.get(name, ())
        if parameters == ("@_",):
            made = values.marked(values.marks_of(given))
            self.scope["@_"] = self.scope["shift"] = self.scope["$_"] = made
            return
        for parameter, value in zip(parameters, given, strict=False):
            self.scope[parameter] = values.either(self.scope.get(parameter, value), value)

    # Assignments and loops

    def _assigned(self, at: int) -> None:
        if at == 0 or (self.tokens[at].text == "<<" and self.language != "ruby"):
            return
        first = self.split(at + 1, self.statement_end(at + 1), ",")
        value = self.value(*first[0]) if first else UNKNOWN
        before = self.tokens[at - 1]
        self._arrow(before.text, at + 1)
        if before.kind == "name" and self.language in ("lua", "ruby"):
            here = at - 1
            while self.sign(here - 1) == "," and self.tokens[here - 2].kind == "name":
                here -= 2
                self.scope[self.tokens[here].text] = replace(value, text=None, items=None)
        if before.kind == "name":
            adds = self.tokens[at].text not in ("=", ":=")
            old = self.scope.get(before.text)
            if before.text[:1] == "." and not adds:
                self._into(self.chain_start(at - 1), value)
            elif adds and old is not None:
                self.scope[before.text] = values.concatenated([old, value])
            else:
                self.scope[before.text] = value
                owner_name, _, part = before.text.rpartition(".")
                if part in _BODIES and owner_name in self.scope:
                    held = values.marks_of([value])
                    self.scope[owner_name] = values.with_marks(self.scope[owner_name], held)
                if before.text[:1] == "$" and self.language == "perl":
                    self.scope[f"@{before.text[1:]}"] = value
        elif before.text in PARTNERS and at - 1 in self.pairs:
            start = self.pairs[at - 1]
            owner = self.tokens[start - 1] if start else None
            if owner is not None and owner.kind == "name" and owner.text not in _SKIPPED:
                self._into(start - 1, value)
            else:
                self._bind_names(start, at - 1, value)

    def _arrow(self, name: str, at: int) -> None:
        """`const f = (a, b) => …`, `f = function (a) {`: a function, and its parameters."""
        here = at + 1 if at < len(self.tokens) and self.tokens[at].text == "async" else at
        if here < len(self.tokens) and self.tokens[here].text == "function":
            here = next((n for n in range(here, here + 3) if self.sign(n) == "("), here)
        end = self.pairs.get(here, here) if self.sign(here) == "(" else here
        if self.sign(end + 1) in ("=>", "{") or (self.language == "lua" and self.sign(here) == "("):
            given = [self.tokens[n].text for n in self.chunks(here, end + 1)]
            self.functions[name] = tuple(given)

    def _into(self, at: int, value: Value) -> None:
        """A value that becomes part of what a name holds."""
        name = self.tokens[at].text
        if self.tokens[at].kind == "name":
            self.scope[name] = values.with_marks(
                self.scope.get(name, UNKNOWN), values.marks_of([value])
            )

    def _loop(self, at: int) -> None:
        """`for (const x of xs)`, `for x in xs`, `foreach (xs as $x)`."""
        if self.tokens[at].text == "as":
            self.step(len(self.pairs))
            start = max((one for one, end in self.pairs.items() if one < at < end), default=-1)
            names_at = range(at + 1, self.pairs.get(start, at + 1))
            given = self.value(start + 1, at)
        else:
            end = self.statement_end(at + 1)
            given = self.value(at + 1, end)
            names_at = range(max(0, at - 4), at)
        for one in names_at:
            token = self.tokens[one]
            if token.kind == "name" and token.text not in _SKIPPED | {"for", "pairs", "each"}:
                self.scope[token.text] = values.element(replace(given, text=None, name=""))

    def _perl_loop(self, at: int) -> None:
        """`for my $x (xs) {`, `… for xs`."""
        here = at + 1
        variable = "$_"
        while here < len(self.tokens) and self.tokens[here].kind == "name":
            if self.tokens[here].text[:1] == "$":
                variable = self.tokens[here].text
            elif self.tokens[here].text not in _SKIPPED:
                break
            here += 1
        if self.sign(here) == "(":
            given = self.value(here + 1, self.pairs.get(here, here))
        else:
            given = self.value(here, self.statement_end(here))
        self.scope[variable] = values.element(replace(given, text=None, name=""))

    # Values

    def value(self, start: int, end: int) -> Value:
        """What the tokens from `start` up to `end` are as one value."""
        self.step()
        while start < end and (
            self.tokens[start].text in _SKIPPED or self.sign(start) in ("\\", "...", "@", "*")
        ):
            start += 1
        while self.sign(start) == "(" and self.pairs.get(start) == end - 1:
            start, end = start + 1, end - 1
        if start >= end:
            return UNKNOWN
        if end - start == 1:
            return self._one(start)
        parts = self.split(start, end, _CONCATENATES[self.language])
        if len(parts) > 1:
            return values.concatenated([self.value(*one) for one in parts])
        if self.sign(start) == "[" and self.pairs.get(start) == end - 1:
            items = tuple(self.value(*one) for one in self.split(start + 1, end - 1, ","))
            return Value(items=items)
        name = self.resolved(start) if self.tokens[start].kind == "name" else ""
        if name in self.names.joins or name in _FORMATS or "promisify" in name:
            inside = self.arguments(start)
            if inside is not None and inside[1] + self._is_call(start) == end:
                given = self.given(start)
                if "promisify" in name:
                    return given[0] if given else UNKNOWN
                if name in _FORMATS:
                    return values.formatted(given[0], given[1:]) if given else UNKNOWN
                return values.joined(given) if given else UNKNOWN
        return Value(marks=self.marks(start, end), address=self.address(start, end))

    def _one(self, at: int) -> Value:
        token = self.tokens[at]
        if token.kind == "string" and token.flags == "w":
            return Value(items=tuple(values.text(one) for one in token.text.split()))
        if token.kind == "string":
            return self.whole(token)
        if token.kind == "command":
            return values.marked(self.marks(at, at + 1))
        if token.kind == "name":
            known = self.scope.get(token.text)
            if known is not None:
                return known
            return Value(marks=self.marks(at, at + 1), name=self.resolved(at))
        return UNKNOWN

    def whole(self, token: Token) -> Value:
        """A string, with what stands in it."""
        parts = [self._piece(one) for one in token.pieces]
        return values.concatenated(parts) if parts else values.text("")

    def _piece(self, piece: str | tuple[Token, ...]) -> Value:
        if isinstance(piece, str):
            return values.text(piece)
        inner = self.inner(piece)
        return inner.value(0, len(inner.tokens))

    def marks(self, start: int, end: int) -> frozenset[str]:
        """Where all that stands in a range of tokens may come from."""
        found: set[str] = set()
        at = start
        while at < end:
            self.step()
            token = self.tokens[at]
            if token.kind == "name":
                made, after = self.calls.marks(at, end)
                found |= made
                at = max(after, at + 1)
                continue
            for piece in token.pieces:
                if not isinstance(piece, str):
                    found |= values.marks_of([self._piece(piece)])
            if token.kind == "command":
                found |= self.calls.printed(token)
            at += 1
        return frozenset(found)

    def address(self, start: int, end: int) -> str | None:
        """The address in a call that speaks with another machine; None if nothing does."""
        speaks = self.names.fetch | self.names.connect | self.names.send
        at = next(
            (
                one
                for one in range(start, end)
                if self.tokens[one].kind == "name"
                and (
                    self.matches(self.resolved(one), speaks) or "curl_init" in self.tokens[one].text
                )
            ),
            None,
        )
        if at is None:
            known = (
                self.scope.get(one.text) for one in self.tokens[start:end] if one.kind == "name"
            )
            return next((one.address for one in known if one and one.address is not None), None)
        return self.calls.leads_to(at, end)

    # Where things begin and end

    def statement_end(self, start: int) -> int:
        found = self.ends.get(start)
        if found is None:
            found = self.ends[start] = self._statement_end(start)
            self.step(found - start)
        return found

    def _statement_end(self, start: int) -> int:
        at = start
        lines = self.language in ("ruby", "lua", "node")
        while at < len(self.tokens):
            token = self.tokens[at]
            if token.kind == "sign":
                if token.text == ";" or token.text in PARTNERS:
                    return at
                if token.text in OPENERS and at in self.pairs:
                    if at > start and token.text == "{" and self._is_block(at):
                        return at
                    at = self.pairs[at] + 1
                    continue
            words = self.language in ("perl", "ruby", "lua")
            if words and at > start and token.kind == "name" and token.text in _MODIFIERS:
                return at
            if lines and at > start and token.first and not self._continues(at):
                return at
            at += 1
        return at

    def _is_block(self, at: int) -> bool:
        """Whether a `{` begins a block of statements behind an expression."""
        return self.language == "perl" and self.sign(at - 1) == ")"

    def _continues(self, at: int) -> bool:
        before, token = self.tokens[at - 1], self.tokens[at]
        if before.kind in ("sign", "name") and _OPERATORS.search(before.text):
            return before.text not in (")", "]", "}")
        return token.text[:1] in ".?:+*/|&," and token.kind in ("sign", "name")

    def split(self, start: int, end: int, sign: str) -> list[tuple[int, int]]:
        found = []
        at = begin = start
        while at < end:
            if self.sign(at) in OPENERS and at in self.pairs:
                at = self.pairs[at] + 1
                continue
            if self.sign(at) == sign:
                found.append((begin, at))
                begin = at + 1
            at += 1
        self.step((end - start) // 4)
        if begin < end:
            found.append((begin, end))
        return found

    def arguments(self, at: int) -> tuple[int, int] | None:
        """The range of what a name is called with, None if it is no call."""
        if self.sign(at + 1) == "(":
            return at + 2, self.pairs.get(at + 1, len(self.tokens))
        if at + 1 >= len(self.tokens):
            return None
        follows = self.tokens[at + 1]
        if self.language == "lua" and follows.kind == "string":
            return at + 1, at + 2
        bare = self.language == "php" and self.tokens[at].text.startswith(("include", "require"))
        if self.language not in _TAKES_NO_BRACKETS and not bare:
            return None
        if follows.first and self.language == "ruby":
            return None
        starts = follows.kind != "sign" or follows.text in ("[", "\\", "<", "-", ":", "<<", "*")
        end = self.statement_end(at + 1)
        return (at + 1, end) if starts and end > at + 1 else None

    def given(self, at: int) -> list[Value]:
        inside = self.arguments(at)
        return [self.value(*one) for one in self.split(*inside, ",")] if inside else []

    def chain_start(self, at: int) -> int:
        """Where the expression begins that a method at this place is called on."""
        while (at > 0 and self.tokens[at].text[:1] in (".", ":")) or (
            at > 0 and self.tokens[at].text[:2] in ("->", "::")
        ):
            at -= 1
            while at > 0 and self.sign(at) in PARTNERS and at in self.pairs:
                at = self.pairs[at]
                before = self.tokens[at - 1] if at else None
                if before is None or (before.kind != "name" and before.text not in PARTNERS):
                    break
                if before.kind == "name" and before.text in _SKIPPED | _MODIFIERS:
                    break
                at -= 1
        return at

    def chunks(self, start: int, end: int) -> Iterator[int]:
        """The places of all names in a range."""
        return (at for at in range(start, end) if self.tokens[at].kind == "name")
