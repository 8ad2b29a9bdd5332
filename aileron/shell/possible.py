"""What a word could be where only the run can tell: patterns of file names, or nothing known.

`"$f.bak"` in `for f in src/*.py` is `src/*.py.bak`.  A variable is followed where one
place of the text sets it: an assignment, a loop, `read`.  What is known this way tells
where a file lies; it never tells which command runs, but for a deny (`supposed.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aileron.shell import edits
from aileron.shell.listing import ANY, MOST, Names
from aileron.shell.reading import ANYTHING, GIVEN, PROJECT, SCRIPT, Word
from aileron.shell.tree import Expansion, Literal, RawWord

Printed = Callable[[Expansion], Names]

_ELEMENTS = re.compile(r"\$\{([A-Za-z_]\w*)\[(?:[@*]|\d+)\]\}")
_OWN_FILE = frozenset(("$0", "${0}", "$BASH_SOURCE", "${BASH_SOURCE}", "${BASH_SOURCE[0]}"))
_USED = re.compile(r"\$\{(!?)([A-Za-z_]\w*|[1-9@*])(?:(:?[-?]|[%#,^]{1,2}|//?)(.*))?\}", re.DOTALL)
_JOINED = re.compile(r"\$(?:\*|\{\*\}|\{\w+\[\*\]\})")
_POSITIONAL = re.compile(r"\$\{?([1-9@*])\}?")
_DEFAULT = re.compile(r'("?)(?:\$(?:\{(\w+)\}|(\w+)))?([^{}$`"\'\\]*)\1')
_PLACES = {"PWD": ".", "HOME": "~"}
_ONE_PART = frozenset(("USER", "LOGNAME", "USERNAME", "HOSTNAME"))  # of a path, each of them
_NUMBERS = frozenset(
    ("$$", "$#", "$?", "$!", "$RANDOM", "$SECONDS", "$UID", "$EUID", "$PPID", "$BASHPID", "$LINENO")
)


MOST_PARTS = 32  # of one word
ONE_NAME = re.compile(r"[\w./:@%+,=][\w./:@%+,=-]*")  # means the same in quotes and without
EMPTY = Word("", "")
SOMETHING = Word("", None)


POSITIONS = "123456789@*"


def literal(word: Word) -> tuple[str, ...]:
    """What a value is that stands in the text, if it means the same in quotes and without."""
    value = word.value or ""
    if word.dynamic == {"tilde"}:
        return (value,) if value.startswith("~") and ONE_NAME.fullmatch(value[1:] or "x") else ()
    return (value,) if not word.dynamic and ONE_NAME.fullmatch(value) else ()


def places(calls: Sequence[Sequence[Word]]) -> dict[str, Sequence[Word]]:
    """The words that each positional parameter may stand for."""
    every = [word for each in calls for word in each]
    made: dict[str, Sequence[Word]] = {
        str(at + 1): [each[at] if at < len(each) else EMPTY for each in calls] for at in range(9)
    }
    return made | {"@": every, "*": every}


def could_of(given: Mapping[str, Sequence[Word]]) -> dict[str, Names]:
    """What positional parameters may be, from the words that each may stand for."""
    made: dict[str, Names] = {}
    for name, words in given.items():
        patterns: list[str] = []
        for word in words:
            known = word.could or (ANYTHING,)
            patterns += known if word.value is None else (word.value,)
        patterns = list(dict.fromkeys(patterns))
        if patterns and len(patterns) <= MOST:
            made[name] = tuple(patterns)
    return made


def could_be(
    raw: RawWord,
    known: Mapping[str, str],
    could: Mapping[str, Names],
    printed: Printed,
    every: set[str] | None = None,
    *,
    splits: str = "",
) -> Names:
    """The patterns that a word may stand for, none where it may be anything; `splits` are the
    signs at which what is put into it without quotes becomes several words."""
    if len(raw.parts) > MOST_PARTS:
        return ()
    whole = [""]
    values = _Values(known, could, printed, every)
    for part in raw.parts:
        if isinstance(part, Literal):
            pieces: Names = (part.text,)
            if part.text.startswith("~") and part.quoted and whole == [""]:
                pieces = (f"./{part.text}",)
        else:
            pieces = values.part(part)
            signs = splits if not part.quoted else ""
            if signs and any(set(one) & set(signs) for one in pieces):
                pieces = (*pieces, ANYTHING)
        if not pieces or len(whole) * len(pieces) > MOST:
            return ()
        if any(
            before and before[-1] not in "@=:<" and _is_start(piece)
            for before in whole
            for piece in pieces
        ):
            return ()
        whole = [
            ANYTHING if ANYTHING in (before, piece) else before + piece
            for before in whole
            for piece in pieces
        ]
    return tuple(dict.fromkeys(whole))


def _is_start(piece: str) -> bool:
    """Whether a piece means something at the start of a word only."""
    return piece.startswith((PROJECT, SCRIPT, GIVEN, "~")) or piece == "."


@dataclass(frozen=True, slots=True)
class _Values:
    """What is known of variables, and how what a command prints is told."""

    known: Mapping[str, str]
    could: Mapping[str, Names]
    printed: Printed
    every: set[str] | None

    def of(self, name: str) -> Names:
        """What a variable may be, none where that is not known."""
        if name in self.known:
            return (self.known[name],)
        if name in self.could:
            return self.could[name]
        unset = self.every is None or name not in self.every
        if name in _PLACES and unset:
            return (_PLACES[name],)
        return (ANY,) if name in _ONE_PART and unset and self.every is not None else ()

    def default(self, name: str, sign: str, text: str) -> Names:
        """`${OUT:-build}`: of a variable that nothing in the text sets, the one that is given."""
        found = _DEFAULT.fullmatch(text)
        if found is None:
            return ()
        used = found[2] or found[3]
        starts = self.of(used) if used else ("",)
        defaults = [ANYTHING if one == ANYTHING else one + found[4] for one in starts]
        values = self.of(name)
        if not defaults or any(one[:1] == "\0" for one in defaults):
            return ()
        if values:
            given = [one for one in values if one or sign == "-"]
            more = defaults if "" in values else []
            return tuple(dict.fromkeys((*given, *more)))
        if name.isdigit() or name in "@*" or self.every is None or name in self.every:
            return ()
        return tuple(f"{GIVEN}{name}\0{one}\0" for one in defaults)

    def part(self, part: Expansion) -> Names:
        if part.kind == "command":
            return self.printed(part)
        if part.kind == "arithmetic":
            return (ANY,)
        if part.kind != "parameter":
            return ()
        if part.name and part.source not in _NUMBERS:
            return self.of(part.name)
        if part.source in _OWN_FILE:
            named = "0" in self.could and "0" in part.source
            return self.could["0"] if named else (SCRIPT,)
        if part.source in _NUMBERS or part.source.startswith("${#"):
            return (ANY,)
        if part.quoted and "*" in part.source and _JOINED.fullmatch(part.source):
            return ()  # all in one word
        elements = _ELEMENTS.fullmatch(part.source)
        if elements is not None:
            return self.could.get(f"{elements[1]}[@]", ())
        positional = _POSITIONAL.fullmatch(part.source)
        if positional is not None:
            return self.could.get(positional[1], ())
        used = _USED.fullmatch(part.source)
        return self.used(used, quoted=part.quoted) if used is not None else ()

    def used(self, found: re.Match[str], *, quoted: bool) -> Names:
        """`${x%.py}`, `${x:-y}`, `${!x}`."""
        name, sign, text = found[2], found[3] or "", found[4] or ""
        if found[1]:
            named = self.of(name) if not sign else ()
            values = [self.of(one) or (ANYTHING,) for one in named]
            return tuple(dict.fromkeys(one for each in values for one in each))
        if sign in ("-", ":-"):
            return self.default(name, sign, text)
        if sign in ("?", ":?"):
            plain = not any(mark in text for mark in "{}$`")
            return self.of(name) if plain else ()
        made = [edits.edited(one, name, sign, text, quoted=quoted) for one in self.of(name)]
        return tuple(dict.fromkeys(one for each in made for one in each)) if all(made) else ()
