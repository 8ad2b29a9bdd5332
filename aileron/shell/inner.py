"""Arguments that make a command together: env -S, the templates of parallel, typed keys."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aileron.shell.filters import Found

ENV_ESCAPES = {"f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def split_env(text: str) -> list[str] | None:
    """The words that `env -S` makes of a text; None where the environment decides, or an error."""
    words: list[str] = []
    word: str | None = None
    quote = ""
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == quote:
            quote = ""
        elif char in "'\"" and not quote:
            quote, word = char, word or ""
        elif char == "\\":
            escaped = text[at : at + 1]
            at += 1
            if quote == "'":
                word = (word or "") + (escaped if escaped in ("\\", "'") else "\\" + escaped)
            elif escaped == "c" and not quote:
                break
            elif escaped == "_" and not quote:
                words += [word] if word is not None else []
                word = None
            elif escaped and escaped in "\\'\"$#_fnrtv":
                made = " " if escaped == "_" else ENV_ESCAPES.get(escaped, escaped)
                word = (word or "") + made
            else:
                return None
        elif quote == "'":
            word = (word or "") + char
        elif char == "$":
            return None
        elif not quote and char in " \t\n\v\f\r":
            words += [word] if word is not None else []
            word = None
        elif not quote and char == "#" and word is None:
            break
        else:
            word = (word or "") + char
    if quote:
        return None
    return words + ([word] if word is not None else [])


HOLE = re.compile(r"\{(?:[/.#%+-]|//|/\.|\d+[/.]*|\.\.)?\}|\{\d+(?://|/\.|[/.])\}")
SOURCES = frozenset((":::", ":::+", "::::", "::::+"))
STANDS_FOR_INPUT = '"$_"'
MANY = 50


def templates(words: Sequence[str | None], holes: set[str]) -> Found:
    """What GNU parallel runs: its command once, with input for the holes.

    Without a command, its arguments are the commands; where the command itself
    is a hole, they are put into it.
    """
    at = next((i for i, word in enumerate(words) if word in SOURCES), len(words))
    command, given = words[:at], words[at:]
    arguments = list(given[1:]) if given[:1] == [":::"] else []
    literal = all(one is not None and one not in SOURCES for one in arguments) and len(given) > 1
    literal = literal and len(arguments) <= MANY and given[0] == ":::"
    if any(word is None for word in command):
        if command[0] is None or len(command) == 1:
            return Found([], True)
        return Found([" ".join(STANDS_FOR_INPUT if one is None else one for one in command)])
    text = " ".join(word for word in command if word is not None)
    if not text:
        return Found([one for one in arguments if one] if literal else [], not literal)
    pattern = re.compile("|".join([HOLE.pattern, *map(re.escape, holes - {"{}"})]))
    if not pattern.search(text):
        return Found([text])
    if not literal and pattern.match(text):
        return Found([], True)
    if literal and pattern.fullmatch(text):
        return Found([one for one in arguments if one])
    deep = pattern.match(text) or re.search(r"\b(?:ba|z|da|k)?sh\s+-\w*c\b|\beval\b|'[^']*\{", text)
    if not deep:
        return Found([text])
    if not literal:
        return Found([pattern.sub(lambda _: STANDS_FOR_INPUT, text)], True)
    return Found([pattern.sub(re.escape(one or ""), text) for one in arguments])


KEYS = re.compile(
    r"(?:[CMS]-)+.|F\d+|Tab|BTab|Escape|Up|Down|Left|Right|Home|End|BSpace|NPage|PPage"
)
ENTER = re.compile(r"\n|\r|\^M|\^J|\\n|\\r|\\015|\\012")
ENTERS = frozenset(("Enter", "C-m", "C-j", "KPEnter"))


def typed(words: Sequence[str]) -> str:
    """The lines that keys type: those that end with a key that enters them."""
    text = ""
    for word in words:
        if word in ENTERS:
            text += "\n"
        elif word == "Space":
            text += " "
        elif not KEYS.fullmatch(word):
            text += ENTER.sub("\n", word)
    return text[: text.rfind("\n") + 1].strip("\n")
