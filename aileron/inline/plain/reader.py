"""A program in PHP, Lua, R, Elixir or Julia, read by its names.

The rule: every function, class and module that the program names is known.  What does more
than compute may be called by its name, with arguments that can be read, and handed on only
as what it does to anything.  So no value of the program can be a function that does more,
and what is called through a value is harmless, or the project's own.  What makes code of text,
or finds a function by a name that is decided at run time, is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aileron.inline.deeds import Deed
from aileron.inline.plain import effects, loads
from aileron.inline.plain.arguments import Argument, Values, bare, pairs, split
from aileron.inline.plain.effects import Run
from aileron.inline.plain.language import Language
from aileron.inline.plain.scope import Scope, is_closure
from aileron.inline.plain.tokens import Token
from aileron.inline.words import names

_TARGETS = frozenset({"=", "<-", "<<-"})
_PIPES = frozenset({"|>", "%>%", "%<>%", "%T>%"})
_OPERATORS = frozenset({"%%", "%/%", "%*%", "%in%", "%o%", "%x%", "%||%", "%like%", "%+%", "%$%"})
_BASE = re.compile(r"\A(?:base|stats|utils|graphics|grDevices|methods|tools):::?(?=\w)")
_INI = frozenset(
    {"memory_limit", "display_errors", "error_reporting", "precision", "serialize_precision"}
    | {"max_execution_time", "date.timezone", "display_startup_errors", "xdebug.mode"}
)


class Reader:
    def __init__(self, language: Language, tokens: Sequence[Token], run: Run, scope: Scope) -> None:
        self.language = language
        self.tokens = tokens
        self.run = run
        self.scope = scope
        self.pairs = pairs(tokens)
        self.read = Values(language.name, scope.known)
        self.done = -1  # up to here a load has read what it loads

    def whole(self) -> None:
        for at, token in enumerate(self.tokens):
            if token.parts:
                Reader(self.language, token.parts, self.run, self.scope).whole()
            if at <= self.done:
                continue
            match token.kind:
                case "name":
                    self.name(at, token)
                case "atom":
                    self.atom(at, token)
                case "variable":
                    self.variable(at, token)
                case "member":
                    self.member(at, token)
                case "macro":
                    if token.text not in self.language.harmless:
                        self.unknown(f"uses {token.text}", at)
                case "command":
                    effects.command(token, self.run)
                case "operator":
                    if token.text not in _OPERATORS | _PIPES:
                        self.unknown(f"uses {token.text}", at)
                case "string":
                    if token.value is not None and self.reaches(token.value):
                        self.unknown(f"names {token.value}", at)
                case "sign":
                    self.sign(at, token)

    def unknown(self, why: str, at: int) -> None:
        self.run.unknown(why, self.tokens[at])

    def text(self, at: int) -> str:
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    def kind(self, at: int) -> str:
        return self.tokens[at].kind if 0 <= at < len(self.tokens) else ""

    def reaches(self, text: str) -> bool:
        """Whether a text is the name of a function that does more: some calls take one."""
        if self.language.name not in ("php", "r"):
            return False
        return any(kind != "read" for kind, _ in self.language.does.get(text, ())) or (
            self.language.is_builtin(text) and text not in ("c", "call", "class", "process", "run")
        )

    # Names

    def resolved(self, token: Token) -> str:
        text = token.text
        if self.language.name == "php":
            text = text.removeprefix("\\")
            lower = text.lower()
            known = lower in self.language.harmless or lower in self.language.does
            return lower if known or lower in self.language.keywords else text
        return _BASE.sub("", text) if self.language.name == "r" else text

    def name(self, at: int, token: Token) -> None:
        language, name = self.language, self.resolved(token)
        if name in language.keywords:
            self.keyword(at, name)
            return
        if self.is_key(at):
            return
        called = self.given(at)
        if name in language.does:
            self.effect(at, name, called)
        elif language.is_harmless(name):
            self.harmless(at, name, called)
        elif language.is_builtin(name):
            self.unknown(f"uses {name}", at)
        elif not self.is_known(at, name, called is not None):
            doing = "calls" if called is not None else "uses"
            self.unknown(f"{doing} {name}", at)

    def is_key(self, at: int) -> bool:
        """Whether a name is what is set, or the name of an argument."""
        after = self.text(at + 1)
        if self.language.name == "php":
            return after == ":" and self.text(at - 1) in ("(", ",")
        if self.kind(at + 1) != "sign" or after not in _TARGETS:
            return False
        if self.tokens[at].text.startswith("package."):
            self.searches(at)
        return True

    def searches(self, at: int) -> None:
        """Lua's folders of modules: those of the project, said in words."""
        rest = bare(self.tokens, at + 2)[:5]
        texts = [one.value or "" for one in rest if one.kind == "string"]
        plain = all(re.fullmatch(r";?(?:\./)?[\w/]*[?][\w./?;]*", one) for one in texts)
        if not texts or not plain or any(".." in one or one[:1] == "/" for one in texts):
            self.unknown("changes where modules come from", at)

    def given(self, at: int) -> list[Argument] | None:
        """The arguments of the call of a name, None if it is not called."""
        language, after = self.language.name, at + 1
        if language == "julia" and self.text(after) == ".":
            after += 1
        piped = self.text(at - 1) in _PIPES and self.kind(at - 1) != "end"
        found: list[Argument] | None = None
        if self.text(after) == "(" and self.kind(after) == "sign":
            glued = language != "elixir" or self.tokens[after].glued
            inside = self.tokens[after + 1 : self.pairs[after]]
            if not glued:
                inside = bare(self.tokens, after)
            found = split(language, inside)
        elif language == "lua" and self.kind(after) == "string":
            found = [Argument("", (self.tokens[after],))]
        elif language == "lua" and self.text(after) == "{":
            found = [Argument("", tuple(self.tokens[after : self.pairs[after] + 1]))]
        elif language == "elixir" and self.begins_argument(after):
            found = split(language, bare(self.tokens, after))
        if piped:
            found = [Argument("", self.before_pipe(at - 1)), *(found or [])]
        return found

    def before_pipe(self, at: int) -> tuple[Token, ...]:
        """What is handed on by a pipe, where it is one token."""
        before = self.text(at - 2) if at > 1 else ";"
        alone = at == 1 or before in (";", "(", "=", "<-", ",") or self.kind(at - 2) == "end"
        return (self.tokens[at - 1],) if at and alone else (Token("sign", "?", at),)

    def begins_argument(self, at: int) -> bool:
        kind, text = self.kind(at), self.text(at)
        if kind in ("string", "number", "atom", "key"):
            return True
        if kind == "name":
            return text not in self.language.keywords or text in (
                "fn",
                "not",
                "nil",
                "true",
                "false",
            )
        glued = at < len(self.tokens) and self.tokens[at].glued
        follows = at + 1 < len(self.tokens) and self.tokens[at + 1].glued
        return (
            text in ("[", "%", "&", "{", "~", "-", "<<", "^")
            and not glued
            and (text in ("[", "{", "<<", "&", "%") or follows)
        )

    def effect(self, at: int, name: str, called: list[Argument] | None) -> None:
        run, token = self.run, self.tokens[at]
        kinds = self.language.does[name]
        if self.language.name == "r" and called is None and name in self.scope.targets:
            kinds = tuple(one for one in kinds if one[0] in ("delete", "delete-tree", "text"))
        if kinds and kinds[0][0] in ("module", "load"):
            self.done = max(self.done, loads.called(self, at, kinds[0][0], called))
            return
        if self.language.name == "julia" and called is not None:
            called = self.julia(at, name, called)
            if called == []:
                return
        if kinds and kinds[0][0] == "run":
            if not (called and len(called) == 1 and called[0].tokens[0].kind == "command"):
                self.unknown(f"calls {name} with what is decided at run time", at)
            return
        if (self.text(at + 1) == "(" and self.text(at + 2) == "...") or self.spreads(called):
            called = None
        effects.does(kinds, called, self.read, token, run)

    def spreads(self, called: list[Argument] | None) -> bool:
        """Whether arguments are put in that do not show (`...$x`, `x...`, table.unpack)."""
        for one in called or ():
            texts = [token.text for token in one.tokens]
            if "..." in texts or "!!!" in texts or any(t.endswith("unpack") for t in texts[:1]):
                return True
        return False

    def julia(self, at: int, name: str, called: list[Argument]) -> list[Argument]:
        """What is written to, read from or opened: a stream that was opened before is no file."""
        first = called[0].tokens if called else ()
        streams = self.scope.streams | {"stdout", "stderr", "stdin", "devnull"}
        if first and len(first) == 1 and first[0].text in streams:
            return []
        through = name in ("read", "write", "readlines", "eachline") and first
        if through and (first[0].text == "IOBuffer" or first[0].kind == "command"):
            return []
        if name == "open" and called:
            function = any(token.text == "->" for token in first) or (
                len(first) == 1 and first[0].text in self.language.does
            )
            return called[1:] if function else called
        if not called:
            return [] if name in ("readdir", "read", "eachline", "readline") else called
        return called

    def harmless(self, at: int, name: str, called: list[Argument] | None) -> None:
        if name in self.language.callbacks and called is not None:
            self.callback(at, name, called)
        if self.language.name == "r":
            if "::" in name:
                self.run.foreign = True
            loads.r_checks(self, at, name, called or [])
        elif name == "ini_set" and called is not None:
            known = self.read.of(called[0].tokens).texts if called else None
            if known is None or not set(known) <= _INI:
                self.unknown("changes a setting", at)
        elif name == "preg_replace" and called is not None:
            known = self.read.of(called[0].tokens).texts if called else None
            if known is None or any(re.search(r"\W\w*e\w*\Z", one) for one in known):
                self.unknown("may run what it replaces", at)
        elif called is None and name in self.language.callbacks:
            self.unknown(f"hands on {name}", at)

    def callback(self, at: int, name: str, called: list[Argument]) -> None:
        """A function among the arguments: of the program itself, or known to be harmless."""
        place, key = self.language.callbacks[name]
        named = [one for one in called if one.name]
        plain = [one for one in called if not one.name]
        chosen = [one for one in named if key and key.startswith(one.name)]
        if not chosen:
            chosen = plain[place:][:1]
            if any(one.name in ("X", "x", "data", "INDEX", "MARGIN", "args") for one in named):
                self.unknown(f"calls {name} in a way that is not read", at)
        if self.spreads(called) or (named and self.language.name == "php"):
            self.unknown(f"calls {name} in a way that is not read", at)
        for one in chosen:
            if not self.is_function(one.tokens):
                self.unknown(f"calls what {name} is given", at)

    def is_function(self, tokens: Sequence[Token]) -> bool:
        first = tokens[0]
        if first.text in ("null", "NULL"):
            return len(tokens) == 1
        if first.text in ("function", "fn", "\\", "static", "&"):
            return is_closure(tokens, self.language.name)
        if len(tokens) > 1 and not (first.kind == "name" and tokens[1].text == "("):
            # A function with a part of it, or a first-class callable: strlen(...)
            return False
        name = first.value if first.kind == "string" else self.resolved(first)
        if name is None:
            return False
        if first.kind == "variable" or (name in self.scope.closures):
            return name in self.scope.closures
        if len(tokens) > 1:
            return self.language.name == "php" and [t.text for t in tokens[1:]] == ["(", "...", ")"]
        does = self.language.does.get(name)
        if does is not None:
            return first.kind != "string" and self.language.name != "php"
        if name in self.language.callbacks:
            return False
        return (
            self.language.is_harmless(name)
            or re.fullmatch(r"[-+*/^<>=!&|]+|\[\[?", name) is not None
        )

    def is_known(self, at: int, name: str, called: bool) -> bool:
        """Whether a name that no table has is the program's own, or the project's."""
        language, run = self.language.name, self.run
        head = re.split(r"[.:\\]", name)[0] if language not in ("r", "elixir") else name
        if language == "elixir":
            return self.elixir(at, name, called)
        if language == "php":
            return self.php(at, name, called)
        if head in self.scope.targets and (language != "r" or not called or self.defines(name)):
            return not (called and run.foreign and "." in name and self.language.is_harmful(name))
        if language == "r" and not called:
            return not re.search(r":::?", name) or not self.language.is_harmful(name)
        if language == "r" and re.search(r":::?", name):
            package, _, function = name.replace(":::", "::").partition("::")
            run.foreign = True
            run.add(Deed("module", package), self.tokens[at])
            refused = package in self.language.refused or self.language.is_builtin(function)
            return not refused and not self.language.is_harmful(function)
        return run.foreign and not (called and self.language.is_harmful(name))

    def defines(self, name: str) -> bool:
        return name in self.scope.targets

    def elixir(self, at: int, name: str, called: bool) -> bool:
        if name[:1].islower() or name[:1] == "_":
            if "." in name or not called:
                return True
            return name in self.scope.targets and self.text(at + 1) != "("
        if not self.run.foreign:
            return not called and "." not in name and self.text(at - 1) in ("%", "|", ",", "in")
        function = name.rpartition(".")[2]
        return not (function[:1].islower() and self.language.is_harmful(name))

    def php(self, at: int, name: str, called: bool) -> bool:
        before, after = self.text(at - 1), self.text(at + 1)
        known = name in self.language.classes
        own = self.run.foreign and ("\\" in name or name in self.scope.imported)
        if before == "new":
            return known or own
        if self.kind(at + 1) == "member" and after.startswith("::"):
            if after == "::class":
                return True
            if self.text(at + 2) != "(":
                return known or own
            return own and not self.language.is_harmful(after[2:])
        if called:
            if name in self.scope.functions:
                return True
            if self.run.foreign and name.lower() in self.language.common:
                return True
            return own and not self.language.is_harmful(name)
        if before in ("instanceof", "(", "|", ":", ",", "?") or self.kind(at + 1) == "variable":
            return True  # a type, or a constant
        return own or re.fullmatch(r"[A-Z][A-Z0-9_]*", name) is not None

    # What is no name

    def atom(self, at: int, token: Token) -> None:
        if self.language.name != "elixir":
            return
        called = self.given(at)
        if self.text(at + 1).startswith(".") and self.kind(at + 1) == "member":
            self.unknown(f"calls {token.text}{self.text(at + 1)}", at)
        elif "." not in token.text:
            return
        elif token.text in self.language.does:
            self.effect(at, token.text, called)
        elif not self.language.is_harmless(token.text):
            self.unknown(f"calls {token.text}", at)
        elif called is not None and token.text in self.language.callbacks:
            self.callback(at, token.text, called)

    def variable(self, at: int, token: Token) -> None:
        if token.text in ("$_SERVER", "$_ENV"):
            key = self.tokens[at + 2].value if self.text(at + 1) == "[" else None
            if key is None or self.text(at + 3) != "]":
                self.run.add(Deed("secret-env", None), token)
            elif effects.names_secret(key):
                self.run.add(Deed("secret-env", key), token)
        elif token.text == "$GLOBALS":
            self.unknown("uses $GLOBALS", at)
        if self.text(at + 1) == "(" and token.text not in self.scope.closures:
            self.unknown(f"calls {token.text}", at)
        if self.text(at - 1) == "new" or self.text(at + 1).startswith("::"):
            self.unknown("uses a class that is decided at run time", at)

    def member(self, at: int, token: Token) -> None:
        name = re.sub(r"^\W+", "", token.text)
        language = self.language.name
        called = self.text(at + 1) == "("
        if language == "elixir":
            if called or self.begins_argument(at + 1):
                self.unknown(f"calls {token.text} of what is not known", at)
            return
        if language == "lua":
            called = called or self.kind(at + 1) == "string" or self.text(at + 1) == "{"
        if language == "lua" and name in (
            "write",
            "close",
            "lines",
            "read",
            "seek",
            "gsub",
            "flush",
        ):
            return
        harmful = self.run.foreign and self.language.is_harmful(name)
        if called and (harmful or (language == "php" and _REFLECTS.match(name))):
            self.unknown(f"calls {token.text} of what is not known", at)
        if language == "php" and called and name in _TAKES_FUNCTIONS:
            for one in split(language, self.tokens[at + 2 : self.pairs[at + 1]]):
                if not self.is_function(one.tokens) and one.tokens[0].kind != "number":
                    self.unknown(f"calls what {token.text} is given", at)

    def sign(self, at: int, token: Token) -> None:
        before = self.tokens[at - 1] if at else None
        language = self.language.name
        if token.text == "(" and before is not None:
            if language in ("php", "r") and before.kind == "string":
                self.unknown("calls what a text names", at)
            elif language == "php" and before.text in (")", "]"):
                control = self.opener_word(at - 1) in _CONTROLS
                if not control:
                    self.unknown("calls what is not named", at)
        elif language == "php" and token.text in ("$", "->", "::", "?->"):
            self.unknown(f"has a {token.text} that is decided at run time", at)
        elif language == "elixir" and token.text == "@":
            self.unknown("has an attribute", at)

    def opener_word(self, end: int) -> str:
        start = next((a for a, b in self.pairs.items() if b == end), 0)
        return self.text(start - 1).lower()

    def keyword(self, at: int, name: str) -> None:
        self.done = max(self.done, loads.keyword(self, at, name))


_CONTROLS = frozenset(
    {"if", "while", "for", "foreach", "switch", "elseif", "function", "fn", "match"}
)
# What reaches anything by its name.
_REFLECTS = re.compile(r"(?i)new_?instance|invoke|set\w*value|setaccessible|getclosure")
_TAKES_FUNCTIONS = names("""
    map each filter reduce reject transform flatMap mapWithKeys tap pipe through walk callback call
    apply when every mapInto eachSpread mapSpread uasort uksort
    """)
