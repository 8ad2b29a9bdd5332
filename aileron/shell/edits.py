"""What an edit makes of a value that is known as a pattern of file names: `${x%.py}`, `tr`, `sed`.

A value whose letters are all known is edited as bash does it.  Of one with a `*` in it only that
is told which holds whatever stands there: an edit must not bring in a slash or make `..`.  What
starts from a folder that only the moment knows (`~`, `.` for `$PWD`) is no text to edit.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable

from aileron.shell.listing import ANY, Names, folders
from aileron.shell.reading import ANYTHING

_LITERAL = re.compile(r"/|/?[\w@%+,=-][\w./:@%+,=-]*")
_PATTERN = re.compile(r"/?[\w@%+,=*?-][\w./:@%+,=*?-]*")
_GLOB = re.compile(r"[\w./:@%+,= *?-]+")
_REPLACES = re.compile(r"((?:[\w .,:=@+-]|\\[/.])+)(?:/([\w .,:=@+/-]*))?")
_ENDING = re.compile(r"\.[\w.]+")
_SUBSTITUTES = re.compile(r"s([/|#,:@])((?:\\.|(?!\1).)+)\1((?:\\.|(?!\1).)*)\1([gI]*)")
_NEW = re.compile(r"[\w-](?:[\w-]|\.(?=\w)|\\[1-9LUE])*|\.\w[\w-]*")
_TAKES_AWAY = re.compile(r"\^[-_]\+?|(?:\w|\\\.|-)+\$")
_CASES: dict[tuple[str, str], Callable[[str], str]] = {
    **dict.fromkeys([("A-Z", "a-z"), ("[:upper:]", "[:lower:]"), ("[A-Z]", "[a-z]")], str.lower),
    **dict.fromkeys([("a-z", "A-Z"), ("[:lower:]", "[:upper:]"), ("[a-z]", "[A-Z]")], str.upper),
}


def edited(value: str, name: str, sign: str, text: str, *, quoted: bool) -> Names:
    """What `${name…}` may be where the variable is `value`, none where that is not known."""
    if value == ANYTHING:
        return (value,)
    if value == "":
        return ("",) if sign[:1] in ("%", "#", ",", "^", "/") else ()
    if name in ("PWD", "HOME") and (value, sign) in ((".", "%%"), ("~", "%%")):
        return ("",) if text == "/*" else ()
    if name in ("PWD", "HOME") and (sign, text) == ("%", "/"):
        return (value,)
    if sign == "%" and text == "/*" and not _LITERAL.fullmatch(value):
        slashed = "/" in re.split(r"[*?]", value)[0] or value in (".", "~")
        return folders(value) if slashed else (*folders(value), value)
    if value.startswith("\0"):
        return ()
    if sign == "##" and text == "*/":
        last = posixpath.basename(value)
        return (last,) if last not in ("", ".", "..", "~") else ()
    if sign == "%" and _ENDING.fullmatch(text) and value not in (".", "~"):
        return (value.removesuffix(text),)
    if sign == "%" and text == ".*" and value not in (".", "~"):
        folder, slash, last = value.rpartition("/")
        stem = last.rpartition(".")[0]
        return (f"{folder}{slash}{stem or ANY}",)
    return _text_of(value, sign, text, quoted=quoted)


def _text_of(value: str, sign: str, text: str, *, quoted: bool) -> Names:
    if sign in (",,", "^^") and not text:
        made = cased(value, str.lower if sign == ",," else str.upper)
    elif sign in (",", "^") and not text and _LITERAL.fullmatch(value) and value.isascii():
        made = (value[0].lower() if sign == "," else value[0].upper()) + value[1:]
    elif sign in ("/", "//"):
        found = _REPLACES.fullmatch(text)
        if found is None or (" " in (found[2] or "") and not quoted):
            return ()
        old = re.sub(r"\\(.)", r"\1", found[1])
        made = replaced(value, old, found[2] or "", every=sign == "//")
    elif sign in ("%", "%%", "#", "##"):
        made = _cut(value, sign, text)
    else:
        made = None
    return () if made is None or made.startswith("~") else (made,)


def cased(value: str, change: Callable[[str], str]) -> str | None:
    """A value in capitals, or without."""
    plain = _PATTERN.fullmatch(value) and value.isascii() and ".." not in value
    return change(value) if plain else None


def replaced(value: str, old: str, new: str, *, every: bool) -> str | None:
    if _LITERAL.fullmatch(value):
        return value.replace(old, new) if every else value.replace(old, new, 1)
    safe = len(old) == 1 and every and new and not set(new) & set("/. ")
    if not safe or not _PATTERN.fullmatch(value) or old in "*?" or ".." in value:
        return None
    return value.replace(old, new)


def _cut(value: str, sign: str, text: str) -> str | None:
    """A value without what a pattern matches at its start or end."""
    if not _GLOB.fullmatch(text):
        return None
    if not _LITERAL.fullmatch(value):
        fixed = re.split(r"[*?]", value)[0]
        if not _PATTERN.fullmatch(value) or ".." in value:
            return None
        if sign == "#" and not set(text) & set("*?") and len(fixed) >= len(text):
            return value.removeprefix(text)
        if sign == "%%" and text == ".*" and not fixed.startswith("."):
            return fixed.partition(".")[0] if "." in fixed else f"{fixed}{ANY}"
        return None
    sizes = range(len(value) + 1)
    if sign[0] == "%":
        cuts = [value[:at] for at in sizes if fnmatch.fnmatchcase(value[at:], text)]
        return value if not cuts else cuts[-1] if sign == "%" else cuts[0]
    cuts = [value[at:] for at in sizes if fnmatch.fnmatchcase(value[:at], text)]
    return value if not cuts else cuts[0] if sign == "#" else cuts[-1]


def translated(values: list[str], patterns: Names) -> Names:
    """What `tr` makes of what it reads, for changes of case and of a single character."""
    if len(values) != 2:
        return ()
    change = _CASES.get((values[0], values[1]))
    made: list[str] = []
    for one in patterns:
        if one == "":
            continue
        if change is not None:
            found = cased(one, change)
        elif all(re.fullmatch(r"[\w .,:@+/]|\\n", value) for value in values):
            old, new = values
            found = replaced(one, old, new, every=True) if "n" not in (old[1:], new[1:]) else None
        else:
            found = None
        if found is None:
            return ()
        made.append(found)
    return tuple(made)


def substituted(script: str, patterns: Names) -> Names:
    """What `sed` makes of a name by `s/a/b/`: some name, where that brings in no slash."""
    for step in script.split(";"):
        found = _SUBSTITUTES.fullmatch(step.strip())
        if found is None or "/" in found[3]:
            return ()
        if not (_NEW.fullmatch(found[3]) or (not found[3] and _TAKES_AWAY.fullmatch(found[2]))):
            return ()
    for one in patterns:
        if one and (not _PATTERN.fullmatch(one) or one.startswith("/") or ".." in one):
            return ()
    return (ANY,) if any(patterns) else ()
