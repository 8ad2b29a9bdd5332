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
    if at == len(words) and not lines and not files:
        return Program("input")
    return Program("unread")
