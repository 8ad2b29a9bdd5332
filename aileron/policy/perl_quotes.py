"""The text of a small perl program as it is read: space, words, strings and patterns.

Where a quote ends is found as perl finds it, before anything in it is looked at; then the
variables in it are, and the code in their brackets.
"""

from __future__ import annotations

import re

from aileron.policy.tables import names

FOREIGN = names("""
    ENV INC SIG ARGV ARGVOUT STDIN STDOUT STDERR ISA EXPORT main CORE UNIVERSAL DB AUTOLOAD DESTROY
    """)
_SPACE = re.compile(r"(?:[ \t\n]+|\#[^\n]*)*")
WORD = re.compile(r"[A-Za-z_]\w*")
_FLAGS = re.compile(r"[a-zA-Z]*")
_PLAIN_FLAGS = {
    "m": frozenset("gimsxonpcadlu"),
    "s": frozenset("gimsxonpcadlur"),
    "tr": frozenset("cdsr"),
}
CLOSERS = {"(": ")", "[": "]", "{": "}", "<": ">"}


class More(Exception):
    """The program does more, or may; the text says what."""


class Quotes:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def inside(self, code: str) -> str:
        """What code in a string could do beyond filtering, "" if nothing."""
        raise NotImplementedError

    def space(self) -> str:
        """Passes over space and comments; the sign that follows, "" at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def sees(self, sign: str) -> bool:
        self.space()
        return self.text.startswith(sign, self.at)

    def takes(self, sign: str) -> bool:
        if self.sees(sign):
            self.at += len(sign)
            return True
        return False

    def needs(self, sign: str) -> None:
        if not self.takes(sign):
            raise More("it could not be read")

    def word(self) -> str:
        """The word that stands here, without passing over it."""
        self.space()
        found = WORD.match(self.text, self.at)
        return found[0] if found else ""

    def refuse(self, what: str = "") -> More:
        return More(f"it uses {what}" if what else "it could not be read")

    # Quotes and patterns

    def quote_like(self, how: str) -> None:
        if how in ("m", "qr", "s", "tr", "y"):
            self.pattern(how)
            return
        self.quoted(self.delimiter("({[/|!"), expands=how == "qq")

    def delimiter(self, known: str) -> str:
        """The sign that a quote begins with; a `#` is one only right behind the word."""
        found = re.compile(r"[ \t\n]+(?![#\s])|(?![ \t\n])").match(self.text, self.at)
        if found is None:
            raise self.refuse()
        self.at = found.end()
        opener = self.text[self.at : self.at + 1]
        if not opener or opener not in known:
            raise self.refuse()
        return opener

    def quoted(self, opener: str, *, expands: bool) -> None:
        start = self.at + 1
        self.at = end_of(self.text, start, CLOSERS.get(opener, opener), opener)
        if expands:
            self.interpolated(self.text[start : self.at], pattern=False)
        self.at += 1

    def pattern(self, how: str) -> None:
        opener = self.delimiter("/|,#!~{([")
        kind = {"y": "tr", "qr": "m"}.get(how, how)
        start = self.at + 1
        end = end_of(self.text, start, CLOSERS.get(opener, opener), opener)
        if kind != "tr":
            self.interpolated(self.text[start:end], pattern=True)
        self.at = end + 1
        if kind != "m":
            if opener in CLOSERS:
                opener = self.delimiter("/|,!~{([")
                self.at += 1
            start = self.at
            end = end_of(self.text, start, CLOSERS.get(opener, opener), opener)
            if kind == "s":
                self.interpolated(self.text[start:end], pattern=False)
            self.at = end + 1
        flags = _FLAGS.match(self.text, self.at)
        if flags:
            if not set(flags[0]) <= _PLAIN_FLAGS[kind]:
                raise self.refuse(f"the flags {flags[0]}")
            self.at = flags.end()

    def interpolated(self, body: str, *, pattern: bool) -> None:
        """The variables in a string or a pattern; code in their brackets is read, too."""
        at = 0
        while at < len(body):
            sign = body[at]
            if sign == "\\":
                at += 2
            elif sign == "$" or (sign == "@" and re.match(r"[\w{$:+-]", body[at + 1 : at + 2])):
                at = self.in_string(body, at, pattern)
            else:
                at += 1

    def in_string(self, body: str, at: int, pattern: bool) -> int:
        sign, after = body[at], body[at + 1 :]
        if pattern and sign == "$" and (not after or after[0] in "()| \n\t"):
            return at + 1
        if not pattern and sign == "$" and re.match(r"#[A-Za-z_]", after):
            at, after = at + 1, after[1:]
        braced = re.match(r"\{(\w+)\}", after)
        name = braced or re.match(r"(\w+)", after)
        if name is None:
            special = sign == "$" and re.match(r"[&.,;!]|\+(?=\{\w+\})", after)
            if not special or (pattern and special[0] != "&"):
                raise self.refuse("a reference")
            at += 1 + special.end()
            if special[0] == "+":
                return at + body[at:].index("}") + 1
            if re.match(r"[\[{]|->", body[at : at + 2]):
                raise self.refuse("a reference")
            return at
        if name[1] in FOREIGN - ({"ARGV"} if sign == "$" else set()) or name[1] == "0":
            raise self.refuse(f"{sign}{name[1]}")
        at += 1 + name.end()
        follows = body[at : at + 3]
        if re.match(r"::|'\w|->[\[{@$%&*]", follows):
            raise self.refuse("a reference")
        if follows[:1] in ("[", "{"):
            if pattern or name[1] == "ARGV":
                raise self.refuse("a part of a variable in a pattern")
            closer = CLOSERS[follows[0]]
            end = end_of(body, at + 1, closer, follows[0])
            inner = body[at + 1 : end]
            if end >= len(body) or "\\" in inner:
                raise self.refuse()
            if not re.fullmatch(r"\s*-?\w+\s*", inner):
                more = self.inside(inner)
                if more or ";" in inner:
                    raise More(more or "it could not be read")
            elif follows[0] == "[" and not re.fullmatch(r"-?\d+", inner):
                raise self.refuse(inner)
            at = end + 1
            if re.match(r"[\[{]|->[\[{@$%&*]", body[at : at + 3]):
                raise self.refuse("a reference")
        return at


def end_of(text: str, at: int, closer: str, opener: str = "") -> int:
    """Where a quote ends, as perl finds it; More where it does not."""
    end = closing(text, at, closer, opener)
    if end < 0:
        raise More("it could not be read")
    return end


def closing(text: str, at: int, closer: str, opener: str = "") -> int:
    """Where a closing sign stands, -1 for nowhere: a backslash hides one, pairs are passed over."""
    depth = 0
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            at += 2
            continue
        if sign == closer:
            if depth == 0:
                return at
            depth -= 1
        elif sign == opener and opener != closer:
            depth += 1
        at += 1
    return -1
