"""What programs for awk and sed run: `system("…")`, pipes, and sed's `e`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(slots=True)
class Found:
    """Text that a shell reads; `unknown` when something that does not show may run, too."""

    texts: list[str] = field(default_factory=list)
    unknown: bool = False


AWK_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<comment>\#[^\n]*)|(?P<name>[A-Za-z_]\w*)
    |(?P<number>[\d.]+)|(?P<or>\|\|)|(?P<pipe>\|&?)|(?P<end>[;{}\n])|(?P<blank>[ \t\r]+|\\\n)
    |(?P<slash>/)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[\^?\]?[^\]\n]*\])*/")
STRING_ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\", "/": "/"}


def awk(program: str) -> Found:
    """The strings that `system`, `| getline` and `print |` run."""
    tokens = _awk_tokens(program)
    found = Found()
    for at, (kind, text) in enumerate(tokens):
        if kind == "name" and text == "system":
            end = at + 3
            whole = tokens[at + 1 : at + 2] == [("other", "(")]
            _awk_string(tokens, at + 2, found, whole and tokens[end : end + 1] == [("other", ")")])
        elif kind == "pipe" and tokens[at + 1 : at + 2] == [("name", "getline")]:
            before = tokens[at - 2] if at > 1 else ("end", "")
            alone = before[0] == "end" or before[1] in ("(", "!", "&", "while", "if", "=")
            _awk_string(tokens, at - 1, found, alone)
        elif kind == "pipe":
            after = tokens[at + 2] if at + 2 < len(tokens) else ("end", "")
            _awk_string(tokens, at + 1, found, after[0] == "end")
    return found


def _awk_tokens(program: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(program):
        match = AWK_TOKEN.match(program, at)
        if match is None:
            break
        kind = match.lastgroup or "other"
        if kind == "slash" and not _is_value(tokens):
            match = REGEX.match(program, at) or match
            kind = "regex"
        if kind not in ("blank", "comment"):
            tokens.append((kind, match[0]))
        at = match.end()
    return tokens


def _is_value(tokens: list[tuple[str, str]]) -> bool:
    """Whether a value stands before a slash, which then divides."""
    kind, text = tokens[-1] if tokens else ("end", "")
    return (
        kind in ("string", "number")
        or text in (")", "]")
        or (kind == "name" and text not in ("print", "printf", "return", "in"))
    )


def _awk_string(tokens: list[tuple[str, str]], at: int, found: Found, alone: bool) -> None:
    kind, text = tokens[at] if 0 <= at < len(tokens) else ("", "")
    if kind == "string" and alone:
        escaped = r"\\(.)"
        found.texts.append(
            re.sub(escaped, lambda m: STRING_ESCAPES.get(m[1], m[0]), text[1:-1], flags=re.DOTALL)
        )
    else:
        found.unknown = True


SED_ADDRESS = re.compile(r"[\s\d$,~+!;{}]+|I(?=[\s,!a-zA-Z])|M(?=[\s,!a-zA-Z])")
SED_FLAGS = re.compile(r"[\w\s]*?(?=[;\n}#]|\Z)")


def sed(script: str) -> Found:
    """What `e` and the flag `e` of `s` run."""
    found = Found()
    at = 0
    while at < len(script):
        blank = SED_ADDRESS.match(script, at)
        if blank:
            at = blank.end()
            continue
        letter = script[at]
        at += 1
        if letter in "/\\":
            delimiter = script[at : at + 1] if letter == "\\" else "/"
            at = _sed_until(script, at + (letter == "\\"), delimiter)
        elif letter in "sy":
            delimiter = script[at : at + 1]
            middle = _sed_until(script, at + 1, delimiter)
            end = _sed_until(script, middle, delimiter)
            flags = SED_FLAGS.match(script, end)
            at = flags.end() if flags else end
            given = (flags[0] if flags else "").split("w")[0]
            if letter == "s" and "e" in given:
                found.unknown = True
                text = script[middle : end - 1]
                if not re.search(r"&|\\\d", text):
                    found.texts.append(text)
            elif flags and "w" in flags[0]:
                at = _line_end(script, end)
        elif letter == "e":
            end = _line_end(script, at)
            command = script[at:end].strip()
            found.unknown = found.unknown or not command
            found.texts += [command] if command else []
            at = end
        elif letter in "aic":
            end = _line_end(script, at)
            while script[end - 1 : end] == "\\" and end < len(script):
                end = _line_end(script, end + 1)
            at = end
        elif letter in "rRwW#":
            at = _line_end(script, at)
        elif letter in ":btT":
            while at < len(script) and script[at] not in ";\n}":
                at += 1
    return found


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _sed_until(script: str, at: int, delimiter: str) -> int:
    """Behind the next delimiter that is not escaped."""
    while at < len(script):
        if script[at] == "\\":
            at += 1
        elif script[at] == delimiter:
            return at + 1
        at += 1
    return at
