"""The names that a command prints, where that can be told: patterns of files, one for all.

`find src -name '*.py'` prints what lies below src and is called `*.py`; what passes
lines on as they are (sort, head) prints what it is given.  A pattern is written as file
names in a shell are, its `*` may stand for folders, too.  A name that a program makes
never is `..`, and holds no slash where it is one part of a path.  No pattern at all
means that nothing is known.  An empty one says that the command may print nothing.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Sequence

from aileron.shell.reading import ANYTHING, PROJECT, SimpleCommand, Word

ANY = "*"
MOST = 16

Names = tuple[str, ...]

PASSES = frozenset(("sort", "uniq", "head", "tail", "tac", "shuf", "cat", "tr", "sed", "grep"))
_FORMAT = re.compile(r"%[sdb]|%%|[^%\\*?\[]+")
_SED_PICKS = re.compile(r"(?:\d+|\$)?(?:,(?:\d+|\$))?[pdq]")
_GREPS = frozenset(("grep", "egrep", "fgrep", "rg", "ag", "ack", "zgrep"))
_GREP_LISTS = re.compile(r"-\w*[lL]\w*|--files(?:-with(?:out)?-match(?:es)?)?")
_GREP_VALUES = frozenset(
    "-e -f -m -A -B -C -g -t -T --include --exclude --exclude-dir --glob --type --regexp".split()  # noqa: SIM905
)
FIND_ACTS = frozenset(("-exec", "-execdir", "-ok", "-okdir", "-delete"))
_FIND_SHOWS = frozenset(("-printf", "-fprintf", "-fprint", "-fprint0", "-fls", "-ls"))
_FIND_OTHERS = _FIND_SHOWS | {"-o", "-or", ",", "-files0-from"}
_FIND_NOT = frozenset(("!", "-not"))
_FIND_NAMES = frozenset(("-name", "-iname"))
_ONE_PART = frozenset(("seq", "nproc", "whoami", "id", "hostname", "uname", "wc", "arch"))
_DATE = re.compile(r"[+](?:%[a-zA-CE-wyz%]|[\w .:-])*|-u|--utc|-I\w*")
_GIT_VALUES = frozenset(("--short", "HEAD", "--abbrev-ref", "--verify", "-q"))


def named(word: Word) -> Names:
    """What an operand could be: itself, or what is known of it."""
    if word.value is not None:
        return (word.value,)
    return () if ANYTHING in word.could else word.could


def names(command: SimpleCommand, given: Names) -> Names:
    """The patterns of what a command prints; `given` are those of the lines that it reads."""
    name = (command.name or "").rpartition("/")[2]
    words = command.words[1:]
    values = [word.value for word in words]
    if any(item.op[0] == ">" and item.fd in ("", "1") for item in command.redirects):
        return ()
    if name in _MAKERS:
        return _MAKERS[name](words, values)
    if name in ("find", "gfind"):
        return () if set(values) & (FIND_ACTS | _FIND_SHOWS) else _may_be_none(found(words))
    if name == "git":
        return _git(values)
    if name in _GREPS and any(_GREP_LISTS.fullmatch(one or "") for one in values):
        return _may_be_none(_grep(words))
    if name == "fd" or name == "fdfind":
        return _may_be_none(_fd(words))
    if name == "ls":
        return _may_be_none(_ls(words))
    if name == "echo":
        return _joined(words[1:] if values[:1] in (["-n"], ["-e"]) else words)
    if name == "printf":
        return _formatted(words)
    if name in PASSES and given and _passes(name, values):
        return _may_be_none(given)
    return ()


def through(command: SimpleCommand, inner: SimpleCommand, given: Names) -> Names:
    """What `xargs COMMAND` prints: the files that it is given, where the command lists these."""
    name = (inner.name or "").rpartition("/")[2]
    lists = name in _GREPS and any(_GREP_LISTS.fullmatch(word.value or "") for word in inner.words)
    lists = lists or (name == "ls" and any(word.value == "-d" for word in inner.words))
    return _may_be_none(given) if lists and command.name == "xargs" else ()


def _may_be_none(patterns: Names) -> Names:
    return (*patterns, "") if patterns and "" not in patterns else patterns


def _few(patterns: Sequence[str]) -> Names:
    made = tuple(dict.fromkeys(patterns))
    return made if len(made) <= MOST else ()


def found(words: Sequence[Word]) -> Names:
    """What find prints, or puts in for `{}`."""
    roots: list[str] = []
    rest: list[Word] = list(words)
    while rest:
        value = rest[0].value
        if value in ("-H", "-L"):
            return ()  # it may leave the folder by a link
        if value is not None and (value[:1] in ("-", "(") or value == "!"):
            break
        patterns = named(rest.pop(0))
        if not patterns:
            return ()
        roots += patterns
    if any(word.value is None and not word.could for word in rest):
        return ()
    only = _only_named(_before_action([word.value or "" for word in rest]))
    made: list[str] = []
    for root in roots or ["."]:
        below = f"{root.rstrip('/') or '/'}/".replace("//", "/")
        if not only or _fits(posixpath.basename(root.rstrip("/")) or "/", only):
            made.append(root)
        made.append(below + (only or ANY))
    return _few(made)


def _only_named(tests: Sequence[str]) -> str:
    """The pattern that all that find finds is called by, "" if there is none."""
    if _FIND_OTHERS.intersection(tests):
        return ""
    if any(no in _FIND_NOT and one == "(" for no, one in itertools.pairwise(tests)):
        return ""  # what stands in the group is what is not found
    for at, one in enumerate(tests[:-1]):
        if one in _FIND_NAMES and (at == 0 or tests[at - 1] not in {*_FIND_NOT, "("}):
            return tests[at + 1]
    return ""


def _located(words: Sequence[Word], values: Sequence[str | None]) -> Names:
    """Where a program lies: in some folder of programs."""
    names = [one for one in values if one not in ("-v", "-a", "-p")]
    plain = all(one is not None and re.fullmatch(r"[\w.+-]+", one) for one in names)
    return _few([f"/usr/local/bin/{one}" for one in names]) if plain else ()


def put_in(name: str, words: Sequence[Word], lines: Names) -> Names:
    """What a program puts into the command that it runs; `lines` are those of its input."""
    if name in ("find", "gfind"):
        patterns = found(words)
    elif name == "parallel":
        at = next((at for at, word in enumerate(words) if word.value == ":::"), None)
        given = [named(word) for word in words[at + 1 :]] if at is not None else []
        patterns = _few([one for found in given for one in found]) if all(given) else ()
        patterns = lines if at is None else patterns
    else:
        patterns = _fd(words, running=True) if name in ("fd", "fdfind") else lines
    return tuple(one for one in patterns if one)


def _before_action(given: Sequence[str]) -> list[str]:
    """The tests of find that stand before what it does with what it found."""
    at = next((at for at, one in enumerate(given) if one in FIND_ACTS), len(given))
    return list(given[:at])


def _fits(name: str, pattern: str) -> bool:
    stem = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return "[" in pattern or re.fullmatch(stem, name, re.IGNORECASE) is not None


def _passes(name: str, values: Sequence[str | None]) -> bool:
    """Whether a filter passes its lines on as they are."""
    if name == "tr":
        return list(values) in (["\\n", "\\0"], ["\\0", "\\n"], ["\\n", " "])
    if name == "sed":
        rest = [one for one in values if one not in ("-n", "-e")]
        return len(rest) == 1 and _SED_PICKS.fullmatch(rest[0] or "") is not None
    operands = [one for one in values if one is None or not one.startswith("-")]
    if name == "grep":
        odd = {"-o", "-c", "-n", "-A", "-B", "-C", "-f", "-b", "-H"}
        return len(operands) == 1 and not any((one or "")[:2] in odd for one in values)
    if name in ("head", "tail"):
        return all(one is not None and one.strip("+-").isdigit() for one in operands)
    return not operands and all(one is not None and one[:2] not in ("-o", "-T") for one in values)


def _git(values: Sequence[str | None]) -> Names:
    plain = [one for one in values if one is not None]
    if len(plain) < len(values) or not plain:
        return ()
    if plain[0] == "rev-parse":
        if plain[1:] == ["--show-toplevel"]:
            return (PROJECT,)
        return (ANY,) if all(one in _GIT_VALUES for one in plain[1:]) else ()
    if plain[:2] == ["branch", "--show-current"] or plain[0] == "describe":
        return (ANY,)
    lists = plain[0] in ("ls-files", "ls-tree") or (plain[0] == "diff" and "--name-only" in plain)
    lists = lists or (plain[0] == "grep" and any(_GREP_LISTS.fullmatch(one) for one in plain))
    return (ANY, "") if lists and "-C" not in plain and "--format" not in " ".join(plain) else ()


def _operands(words: Sequence[Word], valued: frozenset[str]) -> list[Word] | None:
    """The words that are no options; None where that is not certain."""
    made: list[Word] = []
    pending = False
    for word in words:
        value = word.value
        if pending:
            pending = False
        elif value is None and not word.could:
            if not word.quoted:
                return None
            made.append(word)
        elif value is not None and value.startswith("-") and len(value) > 1:
            pending = value in valued
        else:
            made.append(word)
    return made


def _grep(words: Sequence[Word]) -> Names:
    operands = _operands(words, _GREP_VALUES)
    if operands is None:
        return ()
    given = {word.value for word in words}
    if not given & {"-e", "-f", "--regexp", "--files"}:
        operands = operands[1:]
    if not operands:
        return (ANY,)
    made: list[str] = []
    for word in operands:
        patterns = named(word)
        if not patterns:
            return ()
        for one in patterns:
            made += [one, f"{one.rstrip('/')}/{ANY}"]
    return _few(made)


def _fd(words: Sequence[Word], *, running: bool = False) -> Names:
    runs = ("-x", "-X", "--exec", "--exec-batch")
    at = next((at for at, word in enumerate(words) if word.value in runs), len(words))
    if at < len(words) and not running:
        return ()
    words = words[:at]
    valued = frozenset("-e -t -d -E -s -j --extension --type --max-depth --exclude".split())  # noqa: SIM905
    operands = _operands(words, valued)
    if operands is None:
        return ()
    folders = [one for word in operands[1:] for one in named(word)]
    return _few([f"{one.rstrip('/')}/{ANY}" for one in folders] or [ANY])


def _ls(words: Sequence[Word]) -> Names:
    operands = _operands(words, frozenset())
    letters = "".join(word.value or "" for word in words if (word.value or "").startswith("-"))
    if operands is None or set(letters) & set("lisR"):
        return ()
    made = [one for word in operands for one in named(word)]
    if len(made) < len(operands):
        return ()
    if made and ("d" in letters or all("*" in posixpath.basename(one) for one in made)):
        return _few(made)  # files: of a folder it would print what is in it
    return _few([*made, ANY])


def _joined(words: Sequence[Word]) -> Names:
    """What echo prints: each word by itself, for whoever takes the text apart."""
    made: list[str] = []
    for word in words:
        patterns = named(word)
        if not patterns or any(sign in "".join(patterns) for sign in "\\\n"):
            return ()
        made += [piece for one in patterns for piece in one.split(" ") if piece]
    return _few(made)


def _formatted(words: Sequence[Word]) -> Names:
    """What printf prints: all in one, or each line by itself."""
    form = words[0].value if words else None
    if form is None or form[:1] in ("-", "~"):
        return ()
    lines = form.endswith(("\\n", "\\0"))
    found = _FORMAT.findall(form[:-2] if lines else form)
    if "".join(found) != (form[:-2] if lines else form):
        return ()
    rest = list(words[1:])
    made: list[str] = []
    first = True
    whole = [""]
    while first or rest:
        if lines:
            whole = [""]
        for piece in found:
            patterns: Names = (piece.replace("%%", "%"),)
            if piece in ("%s", "%d", "%b"):
                word = rest.pop(0) if rest else None
                patterns = named(word) if word is not None else ("",)
                if piece != "%s" and not all(re.fullmatch(r"[\w.*-]*", one) for one in patterns):
                    return ()
            whole = [before + one for before in whole for one in patterns]
            if not whole or len(whole) > MOST:
                return ()
        made += whole if lines else []
        first = False
        if not any(piece in ("%s", "%d", "%b") for piece in found):
            break
    made = made if lines else whole
    if any("\0" in one[1:] or set(one) & set(" \t\n") for one in made):
        return ()
    return _few(made)


def _mktemp(words: Sequence[Word], values: Sequence[str | None]) -> Names:
    folder, template, at = "", "", 0
    while at < len(words):
        value = values[at]
        following = values[at + 1] if at + 1 < len(words) else None
        if value is None:
            return ()
        if value in ("-p", "--suffix"):
            folder = (following or "") if value == "-p" else folder
            if following is None:
                return ()
            at += 1
        elif value.startswith("--tmpdir="):
            folder = value.partition("=")[2]
        elif value == "-t":
            folder = folder or "/tmp"
        elif not value.startswith("-"):
            template = value
        at += 1
    if template and not folder:
        return (re.sub("X+", ANY, template),)
    if "/" in template:
        return ()
    return (f"{(folder or '/tmp').rstrip('/')}/{re.sub('X+', ANY, template) or 'tmp.*'}",)


def _last(words: Sequence[Word], values: Sequence[str | None]) -> Names:
    """basename: the last part of a path, without its ending."""
    if not words or (values[0] or "").startswith("-") or len(words) > 2:
        return ()
    ending = (values[1] or "") if len(words) == 2 else ""
    made = [posixpath.basename(one.rstrip("/")).removesuffix(ending) for one in named(words[0])]
    return () if any(one in ("", ".", "..") for one in made) else _few(made)


def _folder(words: Sequence[Word], values: Sequence[str | None]) -> Names:
    if len(words) != 1 or (values[0] or "").startswith("-"):
        return ()
    return _few([folder for one in named(words[0]) for folder in folders(one)])


def folders(pattern: str) -> Names:
    """What a file that a pattern stands for may lie in."""
    if pattern.startswith("\0") or (pattern[:1] == "~" and "/" not in pattern):
        return (f"{pattern}/..",)
    found = posixpath.dirname(pattern.rstrip("/")) or "."
    if pattern == ".":  # the folder at hand, or where that lies in
        return (".", "./..")
    deep = ANY in posixpath.basename(pattern)
    return (found, f"{found}/{ANY}") if deep else (found,)


def _itself(words: Sequence[Word], values: Sequence[str | None]) -> Names:
    operands = [word for word in words if not (word.value or "").startswith("-")]
    return _few(named(operands[0])) if len(operands) == 1 else ()


def _here(words: Sequence[Word], values: Sequence[str | None]) -> Names:
    return (".",) if all(one in ("-P", "-L") for one in values) else ()


def _date(words: Sequence[Word], values: Sequence[str | None]) -> Names:
    plain = all(one is not None and _DATE.fullmatch(one) for one in values)
    return (ANY,) if plain and values else ()


def _device(words: Sequence[Word], values: Sequence[str | None]) -> Names:
    """The name of a disk, or of a part of one."""
    plain = [one or "" for one in values]
    columns = {"SOURCE", "NAME", "PATH"} & {*plain, *(one[-6:] for one in plain)}
    letters = "".join(one for one in plain if re.fullmatch(r"-[a-z]+", one))
    if "--output=source" in plain or set(plain[:1]) & {"-L", "-U"}:
        return ("/dev/*",)
    return ("/dev/*",) if columns and ("SOURCE" in columns or "p" in letters) else ()


def _part(words: Sequence[Word], values: Sequence[str | None]) -> Names:
    """One part of a path: a number, a name."""
    return (ANY,) if all(re.fullmatch(r"[\w.-]*", one or "/") for one in values) else ()


_MAKERS = {
    "mktemp": _mktemp,
    "basename": _last,
    "dirname": _folder,
    "realpath": _itself,
    "readlink": _itself,
    "pwd": _here,
    "which": _located,
    "command": _located,
    "date": _date,
    **dict.fromkeys(_ONE_PART, _part),
    "blkid": _device,
    "findmnt": _device,
    "lsblk": _device,
    "df": _device,
}
