"""Small perl programs: whether they only compute, filter and print.

The rule: what is not in this small part of the language counts as more.  A program may use its
own variables, patterns, arithmetic, blocks and loops, and the functions that are listed; it may
read standard input and the files of its command line, and print.  It may not name what would
lead elsewhere: %ENV, @ARGV, files, references (without `strict` a text is one, to anything),
code in a pattern, a quote in backticks, subroutines, modules but a few.

perl reads a `/` or a `{` by what it expects at that place; so does this, and where perl
guesses, it gives up.
"""

from __future__ import annotations

import re

from aileron.policy.perl_quotes import CLOSERS, FOREIGN, WORD, More, Quotes, end_of
from aileron.policy.tables import names

MODULES = {
    "strict": names(""),
    "warnings": names(""),
    "utf8": names(""),
    "feature": names(""),
    "List::Util": names("""
        sum sum0 max min maxstr minstr first uniq uniqnum uniqstr shuffle product any all none
        """),
    "POSIX": names("floor ceil fmod strftime round"),
    "Scalar::Util": names("looks_like_number"),
    "Time::HiRes": names("time"),
}
_BLOCKS = names("map grep sort first any all none")
# Functions that take a list, and those that take one value or $_.
_LISTS = names("""
    join map grep sort reverse push unshift splice sprintf split die warn substr index rindex print
    printf say return atan2 sum sum0 max min maxstr minstr first uniq uniqnum uniqstr shuffle
    product any all none fmod strftime
    """)
_UNARY = names("""
    keys values each exists delete defined scalar length lc uc lcfirst ucfirst pop shift chomp chop
    chr ord hex oct int abs sqrt sin cos exp log rand srand localtime gmtime quotemeta pos exit eof
    lock fc floor ceil round looks_like_number undef not
    """)
_ALONE = names("time wantarray")
_LOOPS = names("next last redo")
_DECLARES = names("my our local state")
_CONDITIONS = names("if unless while until")
_MODIFIERS = _CONDITIONS | {"for", "foreach"}
_WORD_OPERATORS = names("eq ne lt gt le ge cmp and or xor x isa") - {"isa"}
_SCALARS = '_&.,/\\;!@|"'  # the special ones that are plain, beside $1 and its like

_NUMBER = re.compile(r"0[xX][0-9a-fA-F_]+|\d[\d_]*(?:\.(?!\.)\d*)?(?:[eE][-+]?\d+)?|\.\d+")
_OPERATOR = re.compile(
    r"\*\*=|\|\|=|&&=|//=|<=>|\.\.\.|\*\*|=~|!~|==|!=|<=|>=|&&|\|\||//|\.\.|\+=|-=|\*=|/=|\.=|%="
    r"|=>|<(?!<)|>(?!>)|[-+*/%.=,&|^]"
)
_KEY = re.compile(r"\{[ \t]*-?[A-Za-z_]\w*[ \t]*\}")
_FAT_COMMA = re.compile(r"[A-Za-z_]\w*[ \t]*=>")
_INPUT = re.compile(r"<(?:STDIN)?>")
_CODE = re.compile(r"\(\s*\?\s*\??\s*p?\{|\(\*|`|^=[A-Za-z]|[\r\0]", re.MULTILINE)
_COUNTS = re.compile(r"%[-+ #0-9.*vhlqLV$]*n")
_USE = re.compile(
    r"(?:use|no)[ \t]+([\w:]+)(?:[ \t]+(?:qw)?[(\"' ]?([\w:. ]*)[)\"']?)?[ \t]*(?:;|\Z)"
)
DEPTH = 40


def does_more(program: str, modules: frozenset[str] = frozenset(), *, loops: bool = False) -> str:
    """What a program could do beyond filtering, in words; "" if nothing.

    `modules` are those that options of perl load; `loops` tells that it stands in the loop
    of -n or -p.
    """
    unknown = modules - MODULES.keys()
    if unknown:
        return f"it loads {min(unknown)}"
    if _CODE.search(program):
        return "it may run what a pattern or a quote holds"
    try:
        _Program(program, set(modules), loops).whole()
    except More as more:
        return str(more)
    except RecursionError:
        return "it is nested too deep"
    return ""


class _Program(Quotes):
    def __init__(self, text: str, modules: set[str], loops: bool) -> None:
        super().__init__(text)
        self.modules = modules
        self.loops = loops
        self.depth = 0

    def inside(self, code: str) -> str:
        return does_more(code, frozenset(self.modules))

    # Statements

    def whole(self) -> None:
        self.statements()
        while self.loops and self.takes("}"):  # `}{`: what stands behind the loop
            self.needs("{")
            self.statements()
        if self.space():
            raise self.refuse()

    def statements(self) -> None:
        self.depth += 1
        if self.depth > DEPTH:
            raise More("it is nested too deep")
        while True:
            while self.takes(";"):
                pass
            sign = self.space()
            if sign in ("", "}"):
                break
            self.statement()
        self.depth -= 1

    def block(self) -> None:
        self.needs("{")
        self.statements()
        self.needs("}")

    def statement(self) -> None:
        word = self.word()
        fat = _FAT_COMMA.match(self.text, self.at)
        if self.sees("{"):
            self.block()
        elif word in _CONDITIONS and not fat:
            self.at += len(word)
            self.condition()
            while self.word() in ("elsif", "else"):
                last = self.word() == "else"
                self.at += len(self.word())
                self.block() if last else self.condition()
        elif word in ("for", "foreach") and not fat:
            self.at += len(word)
            self.loop()
        elif word in ("END", "BEGIN", "INIT") and not fat:
            self.at += len(word)
            self.block()
        elif word in ("use", "no"):
            self.use()
        else:
            self.expression()
            while self.word() in _MODIFIERS:
                self.at += len(self.word())
                self.expression()
            if self.space() not in ("", ";", "}"):
                raise self.refuse()

    def condition(self) -> None:
        self.needs("(")
        self.expression(empty=True)
        self.needs(")")
        self.block()

    def loop(self) -> None:
        if self.word() in _DECLARES:
            self.at += len(self.word())
        if self.sees("$"):
            self.variable()
        self.needs("(")
        self.expression(empty=True)
        while self.takes(";"):
            self.expression(empty=True)
        self.needs(")")
        self.block()

    def use(self) -> None:
        found = _USE.match(self.text, self.at)
        if found is None:
            raise self.refuse("a module")
        module = found[1]
        if module not in MODULES and not re.fullmatch(r"v?5[\d.]*", module):
            raise self.refuse(module)
        self.modules.add(module)
        self.at = found.end()

    # Expressions: terms, and operators between them

    def expression(self, *, empty: bool = False) -> None:
        self.depth += 1
        if self.depth > DEPTH:
            raise More("it is nested too deep")
        if not (empty and self.space() in (")", "]", "}", ";", "")):
            self.term()
            while self.operator():
                if self.space() in (")", "]", "}", ";", ""):
                    break  # a comma at the end of a list; an operator would not be perl
                self.term()
        self.depth -= 1

    def operator(self) -> bool:
        """Passes over an operator; whether there was one, and so a term follows."""
        while self.takes("++") or self.takes("--"):
            pass
        word = self.word()
        if word in _WORD_OPERATORS or re.match(r"x\d", word):
            self.at += 1 if word[0] == "x" and word != "xor" else len(word)
            self.takes("=") if word == "x" and not self.sees("==") else None
            return True
        if word:
            return False
        if self.takes("?"):
            self.expression()
            self.needs(":")
            return True
        self.space()
        found = _OPERATOR.match(self.text, self.at)
        if found is None:
            return False
        self.at = found.end()
        return True

    def term(self) -> None:
        while True:
            sign = self.space()
            rest = self.text[self.at : self.at + 2]
            if rest in ("++", "--"):
                self.at += 2
            elif sign in ("!", "~", "+") or (sign == "-" and not rest[1:].isalpha()):
                self.at += 1
            else:
                break
        if sign in ("$", "@", "%"):
            self.variable()
        elif sign == "(":
            self.at += 1
            self.expression(empty=True)
            self.needs(")")
            while self.sees("["):
                self.subscript("[")
        elif sign in ("'", '"'):
            self.quoted(sign, expands=sign == '"')
        elif sign == "/":
            self.pattern("m")
        elif sign == "<":
            found = _INPUT.match(self.text, self.at)
            if found is None:
                raise self.refuse("a file")
            self.at = found.end()
        elif _NUMBER.match(self.text, self.at):
            found = _NUMBER.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if re.match(r"\.\d|\w", self.text[self.at : self.at + 2]) and not self.sees("x"):
                raise self.refuse("a version")
        elif self.word():
            self.named()
        else:
            raise self.refuse(sign)

    def variable(self) -> None:
        sign = self.text[self.at]
        length = self.text.startswith("$#", self.at)
        self.at += 2 if length else 1
        name = WORD.match(self.text, self.at)
        if length and name is None:
            raise self.refuse("a reference")
        if name:
            self.at = name.end()
            follows = self.text[self.at : self.at + 1]
            plain = name[0] not in FOREIGN or (
                sign == "$" and name[0] == "ARGV" and follows not in ("[", "{")
            )
            if not plain or self.text.startswith(("::", "'"), self.at):
                raise self.refuse(f"{sign}{name[0]}")
        elif sign == "$" and (found := re.compile(r"[1-9]\d*").match(self.text, self.at)):
            self.at = found.end()
        elif sign == "$" and self.text.startswith("+{", self.at):
            self.at += 1
            name = WORD.match("x")
        elif sign == "$" and self.text[self.at : self.at + 1] in tuple(_SCALARS):
            self.at += 1
        else:
            raise self.refuse("a reference")
        if name and sign != "%" and self.space() in ("[", "{"):
            self.subscript(self.text[self.at])
            if self.space() in ("[", "{"):
                raise self.refuse("a reference")
        if self.sees("->"):
            raise self.refuse("a reference")

    def subscript(self, opener: str) -> None:
        key = _KEY.match(self.text, self.at) if opener == "{" else None
        if key:
            self.at = key.end()
            return
        self.at += 1
        self.expression()
        self.needs(CLOSERS[opener])

    # Words

    def named(self) -> None:
        fat = _FAT_COMMA.match(self.text, self.at)
        word = self.word()
        self.at += len(word)
        if fat:
            return
        if word in ("q", "qq", "qw", "m", "qr", "s", "tr", "y"):
            self.quote_like(word)
        elif word in _DECLARES:
            self.declared(word)
        elif word in ("print", "printf", "say"):
            self.printed(word)
        elif word in _LOOPS:
            if self.word() == "LINE":
                self.at += len("LINE")
            elif self.word() not in _MODIFIERS | {"and", "or", ""}:
                raise self.refuse(self.word())
        elif word in _ALONE:
            self.takes("()")
        elif word in _LISTS or word in _UNARY:
            self.function(word)
        else:
            raise self.refuse(word)
        if self.sees("->") or self.sees("::"):
            raise self.refuse("a reference")

    def declared(self, word: str) -> None:
        if self.takes("("):
            self.expression(empty=True)
            self.needs(")")
        elif self.space() in ("$", "@", "%"):
            self.variable()
        else:
            raise self.refuse(word)

    def function(self, word: str) -> None:
        if word in _OF_MODULES and not any(word in MODULES.get(one, ()) for one in self.modules):
            raise self.refuse(word)
        if word == "sprintf":
            self.format()
        bracket = self.takes("(")
        if word in _BLOCKS:
            self.chooser(word)
        if bracket:
            self.expression(empty=True)
            self.needs(")")
            while self.sees("["):
                raise self.refuse()
            return
        if not self.ends_here(word):
            self.term()

    def chooser(self, word: str) -> None:
        """The block, or the first word, of map, grep, sort and their like."""
        if self.sees("{"):
            self.block()
            self.takes(",")
            if self.space() in tuple("/?-+&*.<%") and not re.match(
                r"<(STDIN)?>|%\w", self.text[self.at : self.at + 8]
            ):
                raise self.refuse()
        elif word == "sort" and (self.sees("$") or (self.word() and self.word() not in _SORTED)):
            raise self.refuse("sort by a subroutine")

    def ends_here(self, word: str) -> bool:
        """Whether a function without brackets has no argument: it takes $_ then, or nothing."""
        sign = self.space()
        ahead = self.text[self.at : self.at + 2]
        name = self.word()
        if sign in ("", ";", ")", "}", "]", ",", ":", "=") or name in _MODIFIERS:
            return True
        if name in _WORD_OPERATORS - {"x"} and not _FAT_COMMA.match(self.text, self.at):
            return True
        if ahead in ("||", "&&", "!=", "!~", ">=", "<=") or sign == ">":
            return ahead not in ("<=",)
        if sign == "." and not ahead[1:].isdigit():
            return True
        if sign in ("?", "*", "&", "[", "{", "|", "x", "\\", "^") and not name:
            raise self.refuse()
        if sign == "/" and word not in _LISTS:
            raise self.refuse()
        if sign == "%" and not WORD.match(ahead[1:]):
            raise self.refuse()
        return False

    def format(self) -> None:
        """The text that printf and sprintf begin with: known, and without %n."""
        found = re.compile(r"\s*\(?\s*(?=[\"'])").match(self.text, self.at)
        if found is None:
            raise self.refuse("a format that is made at run time")
        start = found.end()
        end = end_of(self.text, start + 1, self.text[start])
        if _COUNTS.search(self.text, start, end):
            raise self.refuse("%n")

    def printed(self, word: str) -> None:
        before = self.at
        bracket = self.takes("(")
        handle = self.word() in ("STDOUT", "STDERR")
        if handle:
            self.at += len(self.word())
            if self.sees(",") or self.sees("->") or self.sees("::"):
                raise self.refuse()
        if self.sees("{"):
            raise self.refuse("a file")
        if word == "printf":
            self.format()
        self.not_a_handle()
        if not bracket:
            if not self.ends_here("print"):
                self.term()
            return
        self.expression(empty=True)
        self.needs(")")
        if before == self.at:
            raise self.refuse()

    def not_a_handle(self) -> None:
        """`print $x …`: perl takes $x for a file where a value seems to follow."""
        found = re.compile(r"\$\w+").match(self.text, self.at)
        if found is None:
            return
        after = self.text[found.end() :]
        if not after[:1].isspace():
            if after[:1] in ("", "[", "{", ";", ",", ")", "}", ".", "=", "+", "-", "*", "/", "%"):
                if after[:1] not in ("-", "/", "%", "*", "+") or after[1:2].isspace():
                    return
                if re.match(r"\+\+|--|[-+*%]\d|\*\*", after):
                    return
            raise self.refuse()
        after = after.lstrip(" \t\n")
        name = WORD.match(after)
        if name:
            if name[0] in _WORD_OPERATORS | _MODIFIERS:
                return
        elif re.match(r"[;,)}]|\Z|[.+*/%=?<>!&|-]=?[~=>&|]?\s|=~|\.[\"'$]|\.\.|\[", after):
            return
        raise self.refuse("a file")


_OF_MODULES = frozenset().union(*MODULES.values()) - {"time"}
_SORTED = _LISTS | _UNARY | {"qw", "map"}
