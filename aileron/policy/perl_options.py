"""perl's command line: whether the programs in it only compute, filter and print (`perl.py`).

perl runs what a file operand is called that ends in `|`, writes to one that begins with `>`, and
splits by the code that `-F` is: no operand may be such a name, nor become one, and of the
options only those are taken that say nothing about code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aileron.policy import perl
from aileron.shell.reading import Word

_FLAGS = re.compile(
    r"-(?P<flags>[nplawWtTcfSX]|0(?:x[0-9a-fA-F]+|[0-7]*)|l[0-7]*)*(?P<rest>.*)", re.S
)
_LAST = re.compile(r"[eE]|i(?:\.\w+|~)?|C[\dSIOEioADLa]*|M[\w:]+(?:=[\w,:]*)?|F(?P<by>.+)", re.S)
_PLAIN_SPLIT = re.compile(
    r"(?P<q>[/'\"]?)(?:[\w,:;=\t #.+-]|\\[tsnWwdS|.,;]|[|](?=\Z)|\[[\w,:; \t]+\])+(?P=q)"
)


def only_computes(words: Sequence[Word], document: str | None = None) -> bool:
    """Whether `perl` with these words behind it only computes; `document` is its here-document."""
    codes: list[str] = []
    modules: set[str] = set()
    loops = False
    at = 0
    while at < len(words):
        value = words[at].value
        if value is None:
            return False
        if value[:1] != "-" or value in ("-", "--"):
            break
        at += 1
        found = _FLAGS.fullmatch(value)
        rest = found["rest"] if found else value
        loops = loops or re.match(r"-[\w]*[np]", value[: len(value) - len(rest)]) is not None
        if not rest:
            continue
        last = _LAST.fullmatch(rest)
        if last is None:
            return False
        if rest in ("e", "E"):
            code = words[at].value if at < len(words) else None
            if code is None:
                return False
            codes.append(code)
            at += 1
        elif rest[0] == "M":
            modules.add(rest[1:].partition("=")[0])
        elif last["by"] is not None:
            loops = True  # -F is -a, and that is -n
            if not _PLAIN_SPLIT.fullmatch(last["by"]):
                return False
    files = list(words[at:])
    if not codes and document is not None:
        codes = [document]
        if files[:1] and files[0].value not in ("-", "--"):
            return False
    if not codes or any(map(_is_odd, files)):
        return False
    return not perl.does_more("\n".join(codes), frozenset(modules), loops=loops)


def _is_odd(word: Word) -> bool:
    """Whether a file could be called what perl takes for a program or a file to write."""
    names = word.could if word.value is None else (word.value,)
    return not names or any(
        bool(set(name) & set("|<>\0")) or name[-1:] in ("*", "?", "]", "") for name in names
    )
