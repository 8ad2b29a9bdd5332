"""From a word of the tree to the words a command gets.

In bash's order: braces make several words, a tilde and parameters are put in,
what is put in unquoted is split, file names match.  What only the run can tell
makes a word's value None and is named in `dynamic`; a tilde or file name
pattern leaves the value as written.  A parameter is put in here only where its
value is known from an assignment in the same text.

`Word.quoted` says that the word stays one word: a literal with quotes in it, or
a word all of whose run-time parts are quoted (`"$@"` is many words all the same).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from aileron.shell.braces import LIMIT, expand
from aileron.shell.reading import Word
from aileron.shell.tree import Expansion, Literal, Part, RawWord

PLAIN = re.compile(r"[^*?\[{~(]*\Z")
GLOB_STARTS = re.compile(r"[*?\[]|[+@!]\(")
TILDE_LATER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=(?:[^~]*:)?~")
BLANKS = re.compile(r"[ \t\n]+")
SPLIT = re.compile(r"[ \t\n*?\[]")
STAND_IN = 0x10F000  # the last private characters of Unicode
MANY = re.compile(r"\$[@*]|\[[@*]\]|\$\{[!]?[@*]|[@*]\}")

NONE: frozenset[str] = frozenset()
GLOBBING = frozenset(("glob",))
BRACE = frozenset(("brace",))

Known = Mapping[str, str]


def words(
    raw: RawWord,
    known: Known,
    room: int = LIMIT,
    traced: Callable[[Word, RawWord], Word] | None = None,
) -> list[Word]:
    """What an argument stands for: no word, one, or several; with braces no more than `room`.

    `traced` adds to a word what it could be.
    """
    parts = raw.parts
    if len(parts) == 1:
        part = parts[0]
        if isinstance(part, Literal):
            if part.quoted or PLAIN.match(part.text):
                return [Word(raw.source, part.text, NONE, part.quoted, part.text)]
        elif not part.quoted and part.name in known:
            return _split(raw.source, known[part.name])
    if not any(isinstance(p, Literal) and not p.quoted and "{" in p.text for p in parts):
        made = one(raw, known)
        return [traced(made, raw) if traced else made]
    return _braces(raw, known, room, traced)


def _split(source: str, value: str) -> list[Word]:
    """What an unquoted `$x` becomes when x is known to be `value`."""
    found = []
    value = value.strip(" \t\n")
    for piece in BLANKS.split(value) if value else ():
        globs = GLOB_STARTS.search(piece) if _globs(piece) else None
        prefix = piece[: globs.start()] if globs else piece
        found.append(Word(source, piece, GLOBBING if globs else NONE, False, prefix))
    return found


def _braces(
    raw: RawWord, known: Known, room: int, traced: Callable[[Word, RawWord], Word] | None
) -> list[Word]:
    flat, strange = "", False
    kept: list[Part] = []
    for part in raw.parts:
        if isinstance(part, Literal) and not part.quoted:
            flat += part.text
        else:
            flat += chr(STAND_IN + len(kept))
            kept.append(part)
            strange = strange or _shows(part, raw.source)
    strange = strange or len(kept) > 0xFFF or any(ord(char) >= STAND_IN for char in raw.source)
    expanded = None if strange else expand(flat, min(room, LIMIT))
    if expanded is None:
        whole = one(raw, known)
        prefix = whole.prefix.split("{")[0]
        return [Word(raw.source, None, whole.dynamic | BRACE, False, prefix)]
    if expanded == [flat]:
        return [one(raw, known)]
    if any(isinstance(part, Expansion) and part.source[:2] != "${" for part in kept):
        known = {}  # the braces come first: `$x{1,2}` is `$x1 $x2`
    found = []
    for item in expanded:
        if item:
            parts = [
                kept[ord(piece) - STAND_IN] if piece[0] >= chr(STAND_IN) else Literal(piece)
                for piece in re.split(f"([{chr(STAND_IN)}-\U0010ffff])", item)
                if piece
            ]
            piece = RawWord(raw.source, raw.start, parts)
            made = one(piece, known)
            found.append(traced(made, piece) if traced else made)
    return found


def one(raw: RawWord, known: Known, *, assigned: bool = False) -> Word:
    """A word that stays one: an argument without braces, a redirection's target, a value.

    In a value that is `assigned` a tilde counts behind each colon, too.
    """
    value, prefix, unknown = "", "", False
    dynamic: set[str] = set()
    bare = ""  # the unquoted text, with a stand-in for everything else
    before_glob: str | None = None
    marked, splits = False, False
    for part in raw.parts:
        if isinstance(part, Literal):
            value += part.text
            marked = marked or part.quoted
            bare += "\0" if part.quoted else part.text
            if not unknown:
                if before_glob is None and not part.quoted:
                    starts = GLOB_STARTS.search(part.text)
                    before_glob = prefix + part.text[: starts.start()] if starts else None
                prefix += part.text
            continue
        text = known.get(part.name) if part.name else None
        if text is not None and (part.quoted or not SPLIT.search(text)):
            value += text
            marked = marked or part.quoted
            bare += "\0"
            if not unknown:
                prefix += text
            continue
        unknown = True
        dynamic.add(part.kind)
        bare += "\0"
        splits = splits or not part.quoted or _many(part)
    tilde = bare.startswith("~") or (
        "~" in bare and (TILDE_LATER.match(bare) is not None or (assigned and ":~" in bare))
    )
    if tilde:
        dynamic.add("tilde")
        unknown = unknown or bare[1:2] in ("+", "-")  # the directory, the last one
        prefix = "" if bare.startswith("~") else prefix[: prefix.find("~")]
    if _globs(bare):
        dynamic.add("glob")
        prefix = prefix if before_glob is None else before_glob
    quoted = not splits if unknown else marked
    home = _with_home(raw.parts) if dynamic == {"parameter"} else None
    return Word(raw.source, None if unknown else value, frozenset(dynamic), quoted, prefix, home)


def _with_home(parts: Sequence[Part]) -> str | None:
    """The word with $HOME left in it, None if anything else is expanded.

    Whoever reads it as text expands that as this shell does, unless it is quoted there.
    """
    text = ""
    for part in parts:
        if isinstance(part, Expansion) and part.name != "HOME":
            return None
        text += part.text if isinstance(part, Literal) else "${HOME}"
    return None if "'" in text or "\\" in text else text


def document(body: RawWord, source: str, known: Known) -> Word:
    """The body of a here-document: its value is known if all that is expanded in it is.

    If it is not, the word's source is the body as it is written.
    """
    value = ""
    dynamic = set()
    for part in body.parts:
        text = part.text if isinstance(part, Literal) else known.get(part.name)
        if isinstance(part, Expansion) and text is None:
            dynamic.add(part.kind)
        value += text or ""
    given = None if dynamic else value
    return Word(body.source if dynamic else source, given, frozenset(dynamic), True, given or "")


def _shows(part: Part, source: str) -> bool:
    """Whether bash's scan for braces could see into a part that it should pass over."""
    if isinstance(part, Literal):
        return "," in part.text and ".." in source
    text = part.source
    return text.startswith("${") and text.count("{") != text.count("}")


def _globs(bare: str) -> bool:
    if "*" in bare or "?" in bare:
        return True
    start = bare.find("[")
    return (start >= 0 and "]" in bare[start:]) or any(s in bare for s in ("@(", "+(", "!("))


def _many(part: Part) -> bool:
    return (
        isinstance(part, Expansion)
        and part.kind == "parameter"
        and MANY.search(part.source) is not None
    )
