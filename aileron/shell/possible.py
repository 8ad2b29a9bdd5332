"""What a word could be where only the run can tell: patterns of file names, or nothing known.

`"$f.bak"` in `for f in src/*.py` is `src/*.py.bak`.  A variable is followed where one
place of the text sets it: an assignment, a loop, `read`.  What is known this way tells
where a file lies; it never tells which command runs, but for a deny (`supposed.py`).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aileron.shell.listing import ANY, MOST, Names, folders
from aileron.shell.reading import ANYTHING, GIVEN, PROJECT, SCRIPT, Word
from aileron.shell.tree import Expansion, Literal, RawWord

Printed = Callable[[Expansion], Names]

# Names that are set by what stands behind them, other than an assignment or a loop.
_SETTERS = re.compile(
    r"\b(?:read|mapfile|readarray|printf[ \t]+-v|declare|local|export|typeset|readonly|unset|let"
    r"|getopts|select|coproc)\b[^\n;|&<]*|\(\([^\n;|&]*"
)
_RUNS_TEXT = re.compile(r"\b(?:trap|eval)\b")
_SOURCES = re.compile(
    r"(?:^|[;&|(`{!]|\b(?:then|do|else|if|while|until|time|command|builtin)\b)[ \t]*\.[ \t]",
    re.MULTILINE,
)
# An assignment, and whether its value is a number; a form's field (`curl -F "f=@$f"`) is none.
_ASSIGNED = re.compile(
    r"(?<!\s-[Fd] )(?<!\s-[Fd] [\"'])(?<!--form )(?<!--form [\"'])(?<![$\w{])"
    r"([A-Za-z_]\w*)(?:=(\"?(?:\d+(?![\w./~*?${-])|\$\(\())?|\+=|\[)"
)
_DEFAULT = re.compile(r"\$\{([A-Za-z_]\w*):?-([^{}$`\"'\\]*)\}")
_ELEMENTS = re.compile(r"\$\{([A-Za-z_]\w*)\[(?:[@*]|\d+)\]\}")
_OWN_FILE = frozenset(("$0", "${0}", "$BASH_SOURCE", "${BASH_SOURCE}", "${BASH_SOURCE[0]}"))
_LOOPS = re.compile(r"\b(?:for|select)[ \t]+([A-Za-z_]\w*)\b")
_SET_BY_USE = re.compile(r"\$\{([A-Za-z_]\w*):?=")
_NAME = re.compile(r"(?<![$\w{])[A-Za-z_]\w*")
_EDITED = re.compile(r"\$\{([A-Za-z_]\w*)(%%?|##?)([^{}$`]*)\}")
_POSITIONAL = re.compile(r"\$\{?([1-9@*])(?::?([?-])([^{}$`]*))?\}?")
_PLACES = {"PWD": ".", "HOME": "~"}
_ONE_PART = frozenset(("USER", "LOGNAME", "USERNAME", "HOSTNAME"))  # of a path, each of them
_OR_FAILS = re.compile(r"\$\{([A-Za-z_]\w*):?\?[^{}$`]*\}")
_NUMBERS = frozenset(
    ("$$", "$#", "$?", "$!", "$RANDOM", "$SECONDS", "$UID", "$EUID", "$PPID", "$BASHPID", "$LINENO")
)


@dataclass(slots=True)
class Variables:
    """The variables of a text: `single` are set at one place, or by loops only; `numbers` are
    always set to one; `every` is all that may be set."""

    single: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    every: set[str] | None = field(default_factory=set)  # None: any


def variables(text: str) -> Variables:
    if "$" not in text:
        return Variables()
    if _may_set_any(text):
        return Variables(every=None)
    counts: dict[str, int] = {}
    loops: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for name, digits in _ASSIGNED.findall(text):
        counts[name] = counts.get(name, 0) + 1
        if digits:
            numbers[name] = numbers.get(name, 0) + 1
    for name in _LOOPS.findall(text) if "for" in text or "select" in text else ():
        counts[name] = counts.get(name, 0) + 1
        loops[name] = loops.get(name, 0) + 1
    for name in _SET_BY_USE.findall(text):
        counts[name] = counts.get(name, 0) + 2
    for piece in _SETTERS.findall(text):
        found = _ASSIGNED.findall(piece)
        assigned = {name for name, _ in found}
        computed = piece.startswith(("((", "let"))
        numeric = {name for name, digits in found if digits}
        for name in _NAME.findall(piece):
            counts[name] = counts.get(name, 0) + (name not in assigned)
            if computed and not (name in assigned and name in numeric):
                numbers[name] = numbers.get(name, 0) + 1
    return Variables(
        single={name for name, count in counts.items() if count in (1, loops.get(name))},
        numbers={name for name, count in numbers.items() if count >= counts.get(name, 0)},
        every=set(counts),
    )


def _may_set_any(text: str) -> bool:
    if "source" in text or ("$'" in text and _RUNS_TEXT.search(text)):
        return True
    return (". " in text or ".\t" in text) and _SOURCES.search(text) is not None


MOST_PARTS = 32  # of one word
EMPTY = Word("", "")
SOMETHING = Word("", None)


POSITIONS = "123456789@*"


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
) -> Names:
    """The patterns that a word may stand for, none where it may be anything."""
    if len(raw.parts) > MOST_PARTS:
        return ()
    whole = [""]
    for part in raw.parts:
        if isinstance(part, Literal):
            pieces: Names = (part.text,)
            if part.text.startswith("~") and part.quoted and whole == [""]:
                pieces = (f"./{part.text}",)
        else:
            pieces = _of(part, known, could, printed, every)
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


def _or_default(
    name: str,
    default: str,
    known: Mapping[str, str],
    could: Mapping[str, Names],
    every: set[str] | None,
) -> Names:
    """`${OUT:-build}`: of a variable that nothing in the text sets, the one that is given."""
    if name in known or name in could:
        values = (known[name],) if name in known else could[name]
        return tuple(one or default for one in values)
    if name in _PLACES:
        return (_PLACES[name],)
    return () if every is None or name in every else (f"{GIVEN}{name}\0{default}\0",)


def _of(
    part: Expansion,
    known: Mapping[str, str],
    could: Mapping[str, Names],
    printed: Printed,
    every: set[str] | None,
) -> Names:
    if part.kind == "command":
        return printed(part)
    if part.kind == "arithmetic":
        return (ANY,)
    if part.kind != "parameter":
        return ()
    if part.name:
        if part.name in known:
            return (known[part.name],)
        if part.name in could:
            return could[part.name]
        if part.name in _PLACES:
            return (_PLACES[part.name],)
        if part.name in _ONE_PART and every is not None and part.name not in every:
            return (ANY,)
    sure = _OR_FAILS.fullmatch(part.source)
    if sure is not None:
        name = sure[1]
        values = (known[name],) if name in known else could.get(name, ())
        return values or ((_PLACES[name],) if name in _PLACES else ())
    if part.source in _OWN_FILE:
        return could["0"] if "0" in could and "0" in part.source else (SCRIPT,)
    elements = _ELEMENTS.fullmatch(part.source)
    if elements is not None:
        return could.get(f"{elements[1]}[@]", ())
    default = _DEFAULT.fullmatch(part.source)
    if default is not None:
        return _or_default(default[1], default[2], known, could, every)
    if part.source in _NUMBERS:
        return (ANY,)
    positional = _POSITIONAL.fullmatch(part.source)
    if positional is not None:
        given = could.get(positional[1], ())
        if positional[2] == "-":
            return tuple(dict.fromkeys(one or positional[3] for one in given))
        return given
    edited = _EDITED.fullmatch(part.source)
    if edited is None:
        return ()
    name, sign, pattern = edited[1], edited[2], edited[3]
    values = (known[name],) if name in known else could.get(name, ())
    if name in _PLACES and not values:
        values = (_PLACES[name],)
        if pattern == "/":
            return values
    if sign == "%" and pattern == "/*":
        return tuple(one for value in values for one in folders(value))
    made = [_edited(value, sign, pattern) for value in values]
    return () if None in made else tuple(one for one in made if one is not None)


def _edited(value: str, sign: str, pattern: str) -> str | None:
    if value == ANYTHING:
        return value
    if value.startswith("\0"):
        return None
    if sign == "##" and pattern == "*/":
        last = posixpath.basename(value)
        return last if last not in ("", ".", "..") else None
    if sign == "%" and re.fullmatch(r"\.[\w.]+", pattern):
        return value.removesuffix(pattern)
    if sign == "%" and pattern == ".*":
        folder, slash, last = value.rpartition("/")
        stem = last.rpartition(".")[0]
        return f"{folder}{slash}{stem or ANY}"
    return None
