"""Command lines of interpreters: where each gets its program from.

`-c CODE`, `-e CODE`, a file, or standard input: what stands behind the first of
them is the program's own, and no option of the interpreter.  A line with an option
that is not known to leave the program what it is, is not read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from aileron.shell import python_modules
from aileron.shell.reading import Word

INPUT = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
_PYTHON_VALUES = "WX"


@dataclass(frozen=True, slots=True)
class Program:
    """`kind` is code, module, file, input, nothing or unread; `word` holds or names it, `rest`
    are the words behind it.  `files`: they are files that it goes through ("read"), or
    changes in place ("write")."""

    kind: str
    word: Word | None = None
    rest: tuple[Word, ...] = ()
    timed: bool = False  # timeit was given it
    files: str = ""


def python(words: Sequence[Word]) -> Program:
    """Where a Python gets its program from; `words` begin with its name."""
    at = 1
    while at < len(words):
        word = words[at]
        text = word.value
        at += 1
        if text in INPUT:
            return Program("input", None, tuple(words[at:]))
        if text is None or text[:1] != "-" or text == "--":
            if text == "--" and at < len(words):
                word, at = words[at], at + 1
            return Program("file", word, tuple(words[at:]))
        if text == "--check-hash-based-pycs":
            at += 1
        elif text[:2] != "--":
            for place, letter in enumerate(text[1:], 2):
                attached = text[place:]
                if letter in "cm":
                    kind = "code" if letter == "c" else "module"
                    if attached:
                        found: Word | None = Word(word.source, attached, quoted=True)
                    else:
                        found = words[at] if at < len(words) else None
                        at += 1
                    return _given(kind, found, tuple(words[at:]))
                if letter in _PYTHON_VALUES:
                    at += 0 if attached else 1
                    break
        elif text in ("--version", "--help"):
            return Program("nothing")
    return Program("input")


def _given(kind: str, found: Word | None, rest: tuple[Word, ...]) -> Program:
    """Code, or a module; what timeit is given is code."""
    if kind == "module" and found is not None and found.value == python_modules.TIMES:
        code = python_modules.timed(rest)
        return Program("code", Word(code or "", code, quoted=True), timed=True)
    return Program(kind, found, rest)


_NODE_CODE = frozenset({"-e", "--eval", "-p", "--print", "-pe"})
_NODE_PLAIN = re.compile(
    r"--input-type=(?:module|commonjs)|--no-(?:warnings|deprecation)|--trace-[a-z-]+"
    r"|--experimental-(?!loader|config|policy|sea|test|default)[a-z-]+|--expose-gc|--harmony[a-z-]*"
    r"|--(?:max-old-space-size|stack-size|stack-trace-limit)=\d+|--enable-source-maps"
    r"|--unhandled-rejections=[a-z-]+|--disable-warning=\w+|--preserve-symlinks"
)


def node(words: Sequence[Word]) -> Program:
    """node and bun: the options may stand behind the program, too."""
    code: Word | None = None
    given = False
    at = 1
    while at < len(words):
        word = words[at]
        text = word.value
        at += 1
        if text in INPUT and not given:
            return Program("input", None, tuple(words[at - 1 :]))
        if text is None or text[:1] != "-" or text in INPUT:
            rest = tuple(words[at - 1 :])
            return (
                Program("code", code, rest) if given else Program("file", word, tuple(words[at:]))
            )
        if text == "--":
            return Program("code", code, tuple(words[at:])) if given else Program("unread")
        name, equals, attached = text.partition("=")
        if name in _NODE_CODE and (equals or name != text):
            found: Word | None = Word(word.source, attached, quoted=True)
        elif name in _NODE_CODE:
            following = words[at] if at < len(words) else None
            first = following.value[:1] if following is not None and following.value else ""
            if following is None or (first == "-" and name in ("-p", "--print")):
                continue  # what is printed stands behind another option
            found, at = following, at + 1
        elif _NODE_PLAIN.fullmatch(text):
            continue
        else:
            return Program("unread")
        if given:
            return Program("unread")
        code, given = found, True
    return Program("code", code) if given else Program("input")


def bun(words: Sequence[Word]) -> Program:
    found = node(words)
    return found if found.kind == "code" else Program("unread")


_DENO_PLAIN = frozenset({"-p", "--print", "-q", "--quiet", "--ext=js", "--ext=mjs"})


def deno(words: Sequence[Word]) -> Program:
    """`deno eval CODE`"""
    rest = [word for word in words[1:] if word.value not in _DENO_PLAIN]
    if len(rest) == 2 and rest[0].value == "eval" and (rest[1].value or "-")[:1] != "-":
        return Program("code", rest[1])
    return Program("unread")


_RUBY_SWITCHES = re.compile(
    r"-(?P<letters>[nplaw0]*)(?:(?P<last>[eri])(?P<value>.*))?|-W[0-2]?|-F.+"
)


def ruby(words: Sequence[Word]) -> Program:
    """`ruby -rjson -ne CODE file`: the texts of several -e are the lines of one program."""
    lines: list[str] = []
    code = goes = changes = False
    at = 1
    while at < len(words):
        text = words[at].value
        if text is None or text[:1] != "-" or text in ("-", "--"):
            break
        found = _RUBY_SWITCHES.fullmatch(text)
        at += 1
        if found is None:
            return Program("unread")
        goes = goes or bool(set(found["letters"] or "") & set("np"))
        value: str | None = found["value"] or ""
        last = found["last"]
        if last in ("e", "r") and not value:
            value = words[at].value if at < len(words) else None
            at += 1
        if last == "i" and value and not re.fullmatch(r"\.\w+", value):
            return Program("unread")
        if value is None or (last == "r" and not re.fullmatch(r"[\w./-]+", value)):
            return Program("unread")
        changes = changes or last == "i"
        if last == "e":
            code = True
            lines.append(value)
        elif last == "r":
            lines.insert(0, f"require '{value}'")
    files = "write" if changes else "read" if goes else ""
    if code:
        rest = tuple(words[at + (at < len(words) and words[at].value == "--") :])
        return Program(
            "code", Word("\n".join(lines), "\n".join(lines), quoted=True), rest, files=files
        )
    if at < len(words) and words[at].value == "--" and len(words) - at < 3:
        at += 1  # `ruby --`, `ruby -- -`
    if (at == len(words) or words[at].value in INPUT) and not lines and not files:
        return Program("input", None, tuple(words[at + 1 :]))
    return Program("unread")


@dataclass(frozen=True, slots=True)
class Options:
    """The command line of an interpreter that is read in one way: `code` options carry a program,
    `plain` and `valued` (with a word of its own) leave it what it is, `load` names a module.
    `reads` tells that it reads its program from standard input."""

    code: tuple[str, ...]
    plain: re.Pattern[str]
    valued: dict[str, re.Pattern[str]]
    load: str = ""
    reads: bool = True


_UNREAD = Program("unread")
_PHP_SETTING = re.compile(
    r"(?:memory_limit|display_errors|error_reporting|date\.timezone|xdebug\.mode|opcache\.enable\w*"
    r"|zend\.assertions|max_execution_time|short_open_tag|phar\.readonly|precision)"
    r"(?:=[\w.,/ +~&^|-]*)?"
)
_PROJECT = r"--project(?:=(?:@\.?|(?!/|~)(?:(?!\.\.)[\w./@-])*))?"
OPTIONS = {
    "php": Options(("-r",), re.compile(rf"-[nqC]|-d{_PHP_SETTING.pattern}"), {"-d": _PHP_SETTING}),
    "lua": Options(("-e",), re.compile("-[WE]"), {}, load="-l"),
    "r": Options(
        ("-e",),
        re.compile(
            r"--(?:vanilla|slave|no-echo|quiet|silent|no-save|no-restore|no-init-file|no-site-file"
            r"|no-environ|save|restore|verbose|no-restore-data|no-readline|default-packages=[\w,]+"
            r"|encoding=[\w-]+)|-[sq]"
        ),
        {},
    ),
    "elixir": Options(("-e", "--eval"), re.compile(r"--no-halt|--erl-config"), {}, reads=False),
    "mix": Options(
        ("-e", "--eval"),
        re.compile(
            r"--no-(?:start|compile|deps-check|halt|archives-check|elixir-version-check|optional-deps)"
        ),
        {},
        reads=False,
    ),
    "julia": Options(
        ("-e", "-E", "--eval", "--print"),
        re.compile(
            rf"{_PROJECT}|-q|--quiet|-O[0-3]?|--(?:startup-file|color|banner|history-file"
            r"|check-bounds|compiled-modules|code-coverage|depwarn|warn-overwrite|inline|optimize"
            r"|threads|min-optlevel|handle-signals|pkgimages)=[\w,]+|-t\w+|--code-coverage"
        ),
        {"-t": re.compile(r"\d+|auto"), "--threads": re.compile(r"\d+|auto")},
    ),
}


def read(known: Options, words: Sequence[Word]) -> Program:
    """An interpreter's command line: the texts of several options are one program."""
    lines: list[str] = []
    given = False
    at = 1
    while at < len(words):
        text = words[at].value
        if text is None or text[:1] != "-" or text in ("-", "--"):
            break
        at += 1
        name, equals, attached = text.partition("=")
        short = text[:2] if text[:2] in known.code and text[1:2] != "-" else ""
        following = words[at].value if at < len(words) else None
        if text in known.code or (known.load and text == known.load):
            if following is None:
                alone = text in known.code and not lines and at < len(words)
                return Program("code", words[at], tuple(words[at + 1 :])) if alone else _UNREAD
            given = given or text in known.code
            lines.append(following if text in known.code else f'require "{following}"')
            at += 1
        elif name in known.code and equals and name[:2] == "--":
            given = True
            lines.append(attached)
        elif known.plain.fullmatch(text):
            continue
        elif text in known.valued and following is not None:
            if not known.valued[text].fullmatch(following):
                return Program("unread")
            at += 1
        elif short:
            given = True
            lines.append(text[2:])
        else:
            return Program("unread")
    rest = tuple(words[at:])
    if given:
        code = "\n".join(lines)
        return Program("code", Word(code, code, quoted=True), rest)
    if rest and rest[0].value == "--" and known is OPTIONS["php"]:
        rest = rest[1:]
        if rest and rest[0].value not in INPUT:
            return _UNREAD
    if lines or not known.reads:
        return Program("unread")
    if not rest or rest[0].value in INPUT:
        return Program("input", None, rest[1:])
    return Program("file", rest[0], rest[1:])


def php(words: Sequence[Word]) -> Program:
    return read(OPTIONS["php"], words)


def lua(words: Sequence[Word]) -> Program:
    return read(OPTIONS["lua"], words)


def r(words: Sequence[Word]) -> Program:
    return read(OPTIONS["r"], words)


def elixir(words: Sequence[Word]) -> Program:
    return read(OPTIONS["elixir"], words)


def julia(words: Sequence[Word]) -> Program:
    return read(OPTIONS["julia"], words)


def mix(words: Sequence[Word]) -> Program:
    """`mix run -e CODE`: the project's own code is there, too."""
    if len(words) < 2 or words[1].value != "run":
        return Program("unread")
    return read(OPTIONS["mix"], words[1:])
