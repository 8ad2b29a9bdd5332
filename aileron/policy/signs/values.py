"""What the search for plain signs of harm knows of a value in a program.

A value may be known as text, or as text that starts so; its `marks` say where it
came from, and go wherever the value goes:

    decoded, fetched        out of base64 and its like; out of the network
    socket, received        a connection; what came out of one
    environment             all variables of the environment
    file:PATH, listed:PATH  what is in a file; names that a folder holds
    shell                   a shell that was started
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aileron.policy import network

NOTHING: frozenset[str] = frozenset()
SHELLS = frozenset(
    {"sh", "bash", "dash", "zsh", "ksh", "ash", "csh", "tcsh", "fish", "cmd", "cmd.exe"}
    | {"powershell", "powershell.exe", "pwsh"}
)
# A word that is a shell, somewhere in a text.
SHELL_WORD = re.compile(
    r"(?<![\w./-])(?:/(?:usr/)?(?:local/)?bin/)?(?:env\s+)?"
    r"(?:(?:ba|da|z|k|a|c|tc|fi)?sh|cmd(?:\.exe)?|powershell(?:\.exe)?|pwsh)(?![\w./-])"
)
INTERPRETER = re.compile(r"(?:python|perl|ruby|node|php|lua)[\d.]*")
# A text that ends where a shell takes a program.
_SHELL_TAKES = re.compile(r"(?:sh\s+-\w*c|/c|-Command|\beval|-e)\s+[\"']?\s*\Z")
_SENDER = re.compile(r"\s*(?:sudo\s+)?(?:curl|wget|nc|ncat|netcat|http|https|dig|nslookup|ssh)\b")
_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Value:
    """`name` is what it refers to (`os.system`), `address` where a connection leads, None
    if it is none; `items` are the parts of a list; `code` is a function of the program's own."""

    text: str | None = None
    prefix: str = ""
    marks: frozenset[str] = NOTHING
    name: str = ""
    items: tuple[Value, ...] | None = None
    address: str | None = None
    code: object = None

    @property
    def start(self) -> str:
        return self.prefix if self.text is None else self.text


UNKNOWN = Value()


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that a program plainly does.

    `kind` is decoded, fetched, piped, reverse-shell or fork-bomb; delete (a tree), clear (what a
    folder holds), unlink or write, of the path `value`; or send, of the file or `environment`
    that `value` names, to `address`.
    """

    kind: str
    value: str = ""
    address: str = ""


def text(value: str, marks: frozenset[str] = NOTHING) -> Value:
    return Value(value, marks=marks)


def marked(marks: Iterable[str]) -> Value:
    return Value(marks=frozenset(marks))


def marks_of(values: Iterable[Value]) -> frozenset[str]:
    """The marks of some values and of all their parts."""
    found: set[str] = set()
    for one in values:
        found |= one.marks
        if one.items:
            found |= marks_of(one.items)
    return frozenset(found)


def without_listing(marks: frozenset[str]) -> frozenset[str]:
    return frozenset(one for one in marks if not one.startswith("listed:"))


def concatenated(parts: Sequence[Value]) -> Value:
    """Texts one behind the other."""
    known: str | None = ""
    prefix = ""
    marks: frozenset[str] = NOTHING
    for one in parts:
        if known is None and one.text and one.text.strip("/*"):
            marks = without_listing(marks)  # something in what was listed
        marks |= marks_of([one])
        if known is not None:
            prefix = known + one.start
            known = known + one.text if one.text is not None else None
    if known is not None and len(known) > _LONGEST:
        known = None
    return Value(known, "" if known is not None else prefix[:_LONGEST], marks)


def joined(parts: Sequence[Value]) -> Value:
    """Parts of a path."""
    whole = UNKNOWN
    for number, one in enumerate(parts):
        if number == 0:
            whole = Value(one.text, one.prefix, marks_of([one]))
        elif whole.text is not None and one.text is not None:
            made = posixpath.join(whole.text, one.text)
            whole = Value(made, marks=whole.marks | one.marks)
        elif one.text is not None and one.text.startswith("/"):
            whole = Value(one.text, marks=whole.marks | one.marks)
        else:
            whole = concatenated([whole, text("/"), one])
    return whole


def either(one: Value, other: Value) -> Value:
    """What is known of a value that is one of two."""
    if one == other:
        return one
    return Value(
        text=one.text if one.text == other.text else None,
        prefix=posixpath.commonprefix([one.start, other.start]),
        marks=marks_of([one, other]),
        name=one.name or other.name,
        address=one.address if one.address is not None else other.address,
        code=one.code or other.code,
    )


def element(value: Value) -> Value:
    """What going through a value yields."""
    if value.items:
        found = value.items[0]
        for one in value.items[1:]:
            found = either(found, one)
        return found
    return Value(marks=value.marks)


def program_of(given: Value) -> Value:
    """Of what is run as a text, or as words, the part that says what runs."""
    items = given.items
    if not items:
        return given
    first = (items[0].text or "").rpartition("/")[2]
    if INTERPRETER.fullmatch(first):
        for number, one in enumerate(items[1:-1], 1):
            if one.text in ("-c", "-e", "-r"):
                return Value(marks=marks_of([items[number + 1]]))
    if first in SHELLS:
        for number, one in enumerate(items[1:-1], 1):
            if re.fullmatch(r"-\w*c|/c|-Command", one.text or "", re.IGNORECASE):
                return items[number + 1]
        return Value(marks=NOTHING, text="")
    return items[0]


def runs(given: Value) -> list[Sign]:
    """The signs of running text, or words, in a shell's place."""
    found: list[Sign] = []
    made = program_of(given)
    marks = marks_of([made])
    if made.text is None and (not made.prefix.strip() or _SHELL_TAKES.search(made.prefix)):
        found += executes(marks)
    if made.text is None and "socket" in marks and SHELL_WORD.search(made.prefix):
        found.append(Sign("reverse-shell"))
    if _SENDER.match(made.prefix if made.text is None else ""):
        found += sends(made.prefix, made.marks)
    if given.items:
        words = [one.text for one in given.items]
        found += _words(words, given.items)
        if words[0] is not None and _SENDER.match(words[0]):
            where = next((one for one in words[1:] if one and is_address(one)), "")
            found += sends(where, marks_of(given.items))
    if made.text:
        found += shell_text(made.text)
    return found


def output(words: Sequence[str]) -> set[str]:
    """The marks of what a program prints: a file, the environment, something fetched."""
    found: set[str] = set()
    name = words[0].rpartition("/")[2] if words else ""
    if name in ("cat", "base64", "head", "tail", "xxd"):
        found |= {f"file:{one}" for one in words[1:] if one[:1] != "-"}
    if name == "base64" and {"-d", "-D", "--decode"} & set(words):
        found.add("decoded")
    if name in ("curl", "wget"):
        found.add("fetched")
    if [*words] in (["env"], ["printenv"]):
        found.add("environment")
    return found


def executes(marks: frozenset[str]) -> list[Sign]:
    """The signs of running a value with these marks."""
    if "received" in marks:
        return [Sign("reverse-shell")]
    return [Sign(one) for one in ("decoded", "fetched") if one in marks]


def sends(address: str, marks: Iterable[str]) -> list[Sign]:
    """The signs of sending a value with these marks."""
    if network.is_local(address):
        return []
    found = []
    for mark in sorted(marks):
        if mark == "environment":
            found.append(Sign("send", mark, address))
        elif mark.startswith("file:"):
            found.append(Sign("send", mark[len("file:") :], address))
    return found


def is_address(word: str) -> bool:
    return "://" in word or re.fullmatch(r"[\w-]+(\.[\w-]+)+(:\d+)?(/\S*)?", word) is not None


_PIPED = r"[^;&\n]*\|\s*(?:sudo\s+)?(?:\S*/)?(?:(?:ba|da|z|k)?sh|python[\d.]*|perl)\b(?!\s+-c)"
_TEXT_SIGNS = (
    ("piped", re.compile(r"\b(?:curl|wget)\b" + _PIPED)),
    ("fetched", re.compile(r"\b(?:ba|da|z|k)?sh\s+-c\s+[\"']?\$\((?:curl|wget)\b")),
    ("decoded", re.compile(r"\bbase64\s+(?:-d|-D|--decode)\b" + _PIPED)),
    ("reverse-shell", re.compile(r"\bsh\b(?=.*/dev/(?:tcp|udp)/).*[<>]&", re.DOTALL)),
    ("reverse-shell", re.compile(r"\b(?:nc|ncat|netcat)\b[^;&\n]*\s-\w*[ec]\s+\S*sh\b")),
    ("reverse-shell", re.compile(r"\bmkfifo\b.*\bsh\b.*\|\s*(?:nc|ncat|netcat|openssl)\b", re.S)),
    ("fork-bomb", re.compile(r"([\w:.-]+)\s*\(\)\s*\{[^}]*\1\s*\|\s*\1\s*&[^}]*\}")),
)


_QUOTED = re.compile(r"(?<!-c )(?:\"[^\"$`]*\"|'[^']*')")


def shell_text(whole: str) -> list[Sign]:
    """The signs in the text that a program gives to a shell."""
    bare = _QUOTED.sub("''", whole)
    found = [Sign(kind) for kind, pattern in _TEXT_SIGNS if pattern.search(bare)]
    words: list[str | None] = []
    for one in (*_shell_words(whole), ";"):
        if one and set(one) <= set(";&|()<>\n"):
            found += _words(words, ())
            words = []
        else:
            words.append(one)
    return found


def _shell_words(whole: str) -> list[str]:
    lexer = shlex.shlex(whole.replace("\n", " ; "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:
        return []


def _words(words: Sequence[str | None], values: Sequence[Value]) -> list[Sign]:
    """What a command does of which some words are known: `rm -rf` of a folder, `dd of=`."""
    rest = [*words]
    while rest and (rest[0] or "").rpartition("/")[2] in ("sudo", "env", "nohup", "exec"):
        rest.pop(0)
    name = (rest[0] or "").rpartition("/")[2] if rest else ""
    if name == "dd":
        return [Sign("write", one[3:]) for one in rest if one and one.startswith("of=")]
    if name != "rm" or not any(re.fullmatch(r"-\w*[rR]\w*|--recursive", one or "") for one in rest):
        return []
    found = [Sign("delete", one) for one in rest[1:] if one and not one.startswith("-")]
    for one in values:
        found += deletes(one, tree=True) if one.text is None else []
    return found


def deletes(value: Value, *, tree: bool) -> list[Sign]:
    if value.text is not None:
        return [Sign("delete" if tree else "unlink", value.text)]
    listed = (one[len("listed:") :] for one in sorted(value.marks) if one.startswith("listed:"))
    return [Sign("clear", one) for one in listed]


def with_marks(value: Value, marks: Iterable[str]) -> Value:
    return replace(value, marks=value.marks | frozenset(marks))


_HOLE = re.compile(r"%[-+#0 ]*\d*(?:\.\d+)?[sdrx]|\{\w*(?::[^}]*)?\}")


def formatted(pattern: Value, given: Value | Sequence[Value]) -> Value:
    """`"…%s…" % x` and `"…{}…".format(x)`."""
    several = given.items or (given,) if isinstance(given, Value) else tuple(given)
    if pattern.text is None:
        return marked(marks_of([pattern, *several]))
    parts: list[Value] = []
    at = number = 0
    for hole in _HOLE.finditer(pattern.text):
        parts.append(text(pattern.text[at : hole.start()]))
        parts.append(several[number] if number < len(several) else UNKNOWN)
        at, number = hole.end(), number + 1
    parts.append(text(pattern.text[at:]))
    if number < len(several):
        parts.append(marked(marks_of(several)))
    return concatenated(parts)
