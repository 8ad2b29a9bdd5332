"""awk and sed programs: whether they only filter, or could run and write.

Both are small enough to be read to their end.  What is not understood counts
as more than filtering, so that it is asked about.
"""

from __future__ import annotations

import re

_AWK_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\\\n|\#[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*")
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<sign>\|\||&&|\|&|>>|<=|>=|==|!=|!~|\+\+|--|\*\*|[-+*/%^]=|[^\s\w"])
      | (?P<line>\n)""",
    re.VERBOSE | re.DOTALL,
)
_AWK_REGEX = re.compile(r"/(?:[^/\\\n\[]|\\.|\[\^?\]?(?:[^\]\\\n]|\\.)*\])*/")
_AWK_REFUSED = {"system": "it runs commands", "getline": "it reads files or commands"}


def awk_does_more(program: str) -> str:
    """What an awk program could do beyond filtering, in words; "" if nothing."""
    at = 0
    before = ""  # the last token, which tells a regular expression from a division
    depth = 0
    printing = False
    while at < len(program):
        if program[at] == "/" and _awk_expects_value(before):
            found = _AWK_REGEX.match(program, at)
            if found is None:
                return "it could not be read"
            before, at = "0", found.end()
            continue
        token = _AWK_TOKEN.match(program, at)
        if token is None:
            return "it could not be read"
        at = token.end()
        text = token[0]
        if token["space"]:
            continue
        if text in _AWK_REFUSED:
            return _AWK_REFUSED[text]
        if text in ("|", "|&"):
            return "it runs commands"
        if text == "@":
            return "it loads or calls what is not in it"
        if text in ("print", "printf"):
            printing, depth = True, 0
        elif text in ("(", "["):
            depth += 1
        elif text in (")", "]"):
            depth -= 1
        elif text in (";", "\n", "}"):
            printing = False
        elif text in (">", ">>") and printing and depth <= 0:
            return "it writes files"
        before = text
    return ""


def _awk_expects_value(before: str) -> bool:
    """Whether a `/` after this token starts a regular expression."""
    if not before:
        return True
    if before[0] in '"0123456789.' or before in (")", "]", "$", "++", "--"):
        return False
    if before[0].isalpha() or before[0] == "_":
        return before in ("print", "printf", "return", "in", "case", "if", "while", "do", "else")
    return True


_SED_PLAIN = "=dDgGhHnNpPxzF"
_SED_SINKS = frozenset({"/dev/stdout", "/dev/stderr"})


def sed_does_more(script: str) -> str:
    """What a sed script could do beyond editing text, in words; "" if nothing."""
    at, end = 0, len(script)
    unread = "it could not be read"

    def delimited(start: int, delimiter: str, *, regex: bool = True) -> int:
        """The position after the delimiter that ends a section, -1 if that is not certain.

        Old and new seds differ on a delimiter inside brackets, so that is not read.
        """
        here = start
        while here < end:
            if script[here] == "\\":
                here += 2
            elif script[here] == delimiter:
                return here + 1
            elif script[here] == "[" and regex:
                close = here + 1
                close += script[close : close + 1] == "^"
                found = script.find("]", close + 1)
                held = script[here:found].replace("\\" + delimiter, "")
                if found == -1 or delimiter in held:
                    return -1
                here = found + 1
            else:
                here += 1
        return -1

    while at < end:
        sign = script[at]
        if sign in " \t\n;{}!,":
            at += 1
        elif sign == "#":
            at = (script.find("\n", at) + 1) or end
        elif sign.isdigit() or sign in "$~+":
            at += 1
        elif sign == "/":
            at = delimited(at + 1, "/")
            if at < 0:
                return unread
            while at < end and script[at] in "IM":
                at += 1
        elif sign == "\\" and at + 1 < end:
            at = delimited(at + 2, script[at + 1])
            if at < 0:
                return unread
        elif sign in _SED_PLAIN:
            at += 1
        elif sign in "qQlL":
            at += 1
            while at < end and script[at] in " \t0123456789":
                at += 1
        elif sign in "btTv:":
            while at < end and script[at] not in ";\n}":
                at += 1
        elif sign in "aic":
            while at < end and script[at] != "\n":
                at += 2 if script[at] == "\\" else 1
        elif sign in "rR":
            at = (script.find("\n", at) + 1) or end
        elif sign in "sy":
            if at + 1 >= end or script[at + 1] in "\\\n":
                return unread
            middle = delimited(at + 2, script[at + 1], regex=sign == "s")
            at = delimited(middle, script[at + 1], regex=False) if middle > 0 else -1
            if at < 0:
                return unread
            while sign == "s" and at < end and (script[at] in "gpiImMew" or script[at].isdigit()):
                if script[at] == "e":
                    return "it runs commands"
                if script[at] == "w":
                    return _sed_writes(script, at)
                at += 1
        elif sign in "wW":
            return _sed_writes(script, at)
        elif sign == "e":
            return "it runs commands"
        else:
            return unread
    return ""


def _sed_writes(script: str, at: int) -> str:
    name, _, rest = script[at + 1 :].partition("\n")
    if name.strip() in _SED_SINKS:
        return sed_does_more(rest)
    return "it writes files"
