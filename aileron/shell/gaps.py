r"""What tree-sitter-bash is known to misread, written so that it reads it.

The rule: a text that it cannot read, or in which it sees what we do not, is
given to it once more, with these constructs put in other words.  Nothing that
could be a command is taken out: what is taken out is listed here, and is never
more than an operator, a keyword, a literal or a redirection to a literal file.  So
whatever else is in the text is still seen by it, and an error that has another
cause is still an error.

    here-document   an operator, a pipe or a redirection behind `<<E` in the same line, several
                    of them, a delimiter in pieces, \⏎ in the body: the document becomes
                    that of a test in the next line; \\ \$ \`, a dollar that stands alone
                    and lines that only look like the delimiter become _
    ;& ;;&          in the last clause of a case: ;;
    esac            behind a clause without ;; : ;; is added
    <>              <
    >file <<<       the redirection to a literal file before another one: taken out
    =               between blanks, as in [[ $x = *y* || … ]]: ==
    for x do        for x; do
    ;#              a blank before the comment
    dollar          one that stands alone, as in `grep x$)` or `s/x$/y/`: a backslash before it
    \⏎              in the middle of an operator, a keyword, an expansion: taken out
    redirection     of an assignment that stands alone: 2>&1, >/dev/null and the like are taken out
    $'…' $()        a variable: neither tells what it becomes
    time, coproc, ! before a compound command: taken out, with the name
    parenthesis     directly behind or before a keyword: a blank, or ; and a blank, between them
    } ) ]] fi done  before a keyword or } without a ; between them: it is added
    ((c) | d)       which starts with a subshell: a blank between the parentheses
    *.@(a|b)        a pattern of literals that goes on in parentheses: *
    ${x[a b]}       0 as the subscript
    backticks       inside backticks: $( )

Quotes are looked at in a rough way: where that goes wrong, tree-sitter sees
something that is not there, and the text is not completely read.
"""

from __future__ import annotations

import re
from bisect import bisect_left

HERE = re.compile(
    r"""'[^'\n]*' | "(?:[^"\\\n]|\\.)*" | \\. | (?:^|(?<=[\s;&|(]))\#.* | <<< | \(\(.*
      | <<(?P<dash>-?)[ \t]*(?P<delimiter>(?:[\w.!%+,:@^/-]|\\.|'[^'\n]*'|"[^"\n]*")+)""",
    re.VERBOSE,
)
QUOTING = re.compile(r"""[\\'"]""")
IN_BODY = re.compile(r"\\[\\$`]")
LONE = re.compile(r"\$(?=[^\w({?!#@*$`\[-]|\Z)")
CONTINUED = re.compile(r"(?<!\\)(?:\\\\)*\\\Z")

SUBSCRIPT = r"\{[!\#]?\w+\[[\w\ .,:/-]+\]"
OPENING = "if|while|until|for|case"
COMPOUND = rf"[{{(]|\[\[\s|(?:{OPENING})\b"
KEYWORDS = "if|then|elif|else|fi|while|until|do|done|esac"
GAPS = re.compile(
    rf"""(?P<kept>'[^']*' | "(?:[^"\\$`]|\\.|\$(?!\(|{SUBSCRIPT}))*" | \\.)
      | (?P<variable>\$'(?:[^'\\]|\\.)*' | \$\([ \t]*\))
      | (?P<clause>;;?&)
      | (?P<last>\)\s*)(?=esac\b)
      | (?P<readwrite><>)
      | (?P<file>[ \t][0-9&]?(?:>[>|]?|<>?)[ \t]?[\w./-]+)(?=[ \t]*[0-9]?&?[<>])
      | (?P<equals>[ \t]=)(?=[ \t])
      | (?P<loop>\bfor[ \t]+\w+)(?=\s+do\b)
      | (?P<comment>;)(?=\#)
      | (?P<dollar>\$)(?=[^\w({{?!#@*$'"`\[-]|\Z)
      | (?P<null>[ \t][0-9]?(?:>>?|<)(?:[ \t]?/dev/null|&[0-9-]))(?=[\s;|&)]|\Z)
      | (?P<prefix>\b(?:time(?:[ \t]+-p)?|coproc(?:[ \t]+\w+)?)[ \t]+)(?={COMPOUND})
      | (?P<not>(?<![^\s;&|(])!\s+)(?={COMPOUND})
      | (?P<behind>\b(?:{KEYWORDS}))(?=\()
      | (?P<before>\))(?=(?:{KEYWORDS})\b)
      | (?P<closing>(?:[}})]|\]\]|\b(?:fi|done|esac))[ \t]+)(?=\}}|(?:{KEYWORDS})\b)
      | (?P<subshell>\(\()(?=[^()]*\)[ \t]*[;|&])
      | (?P<pattern>(?<=[\w.*/\]}}-])[?*+@!]\([^()'"$`\\;&<>\s]+\))
      | (?P<subscript>\${SUBSCRIPT})""",
    re.VERBOSE | re.DOTALL,
)
JOINED = re.compile(r"'[^']*'|\\.", re.DOTALL)
BACKTICKS = re.compile(r"`(?:[^`\\]|\\.)*`", re.DOTALL)
IN_BACKTICKS = re.compile(r"\\([\\$`])")


def plainer(text: str) -> str:
    """The text without the constructs above; not for running."""
    parts = documents(text)
    done = []
    for part, body in parts:
        if not body:
            if "\\\n" in part:
                part = JOINED.sub(lambda found: "" if found[0] == "\\\n" else found[0], part)
            part = GAPS.sub(_without, part)
        if "\\`" in part:
            part = BACKTICKS.sub(_dollars, part)
        done.append(part)
    return "\n".join(done)


def _without(found: re.Match[str]) -> str:
    kind, text = found.lastgroup, found[0]
    if kind == "last":
        return ") ;;" + text[1:]
    if kind == "subscript":
        return text.partition("[")[0] + "[0]"
    return {
        "clause": ";;",
        "readwrite": "<",
        "file": "",
        "equals": " ==",
        "loop": text + ";",
        "comment": "; ",
        "dollar": "\\$",
        "null": " ",
        "prefix": "",
        "not": "",
        "variable": "${_}",
        "closing": text.rstrip() + "; ",
        "subshell": "( (",
        "pattern": "*",
        "behind": text + " ",
        "before": "); ",
    }.get(kind or "", text)


def _dollars(found: re.Match[str]) -> str:
    text = IN_BACKTICKS.sub(r"\1", found[0][1:-1])
    return "$(" + (BACKTICKS.sub(_dollars, text) if "`" in text else text) + ")"


def documents(text: str) -> list[tuple[str, bool]]:
    """The text in parts of whole lines; True for a here-document with its operator."""
    if "<<" not in text:
        return [(text, False)]
    lines = text.split("\n")
    ends: dict[str, list[int]] = {}
    for number, line in enumerate(lines):
        ends.setdefault(line, []).append(number)
        if line.startswith("\t"):
            ends.setdefault("\t" + line.lstrip("\t"), []).append(number)
    parts: list[tuple[str, bool]] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        operators = [found for found in HERE.finditer(line) if found["delimiter"]]
        bodies: list[tuple[str, bool]] = []
        after = at
        for found in operators:
            body, after = _body(found, lines, ends, after)
            if not body:
                break
            bodies.append((body, True))
        if not operators or len(bodies) < len(operators) or CONTINUED.search(line):
            parts.append((line, False))
            continue
        for found in reversed(operators):
            line = line[: found.start()] + " " + line[found.end() :]
        parts += [(line, False), *bodies]
        at = after
    return _joined(parts)


def _body(
    found: re.Match[str], lines: list[str], ends: dict[str, list[int]], start: int
) -> tuple[str, int]:
    """A here-document as a redirection of its own, "" if it has no end, and the line behind it."""
    delimiter = found["delimiter"]
    word = QUOTING.sub("", delimiter)
    quoted = word != delimiter
    last = len(lines)
    for form in (word, "\t" + word) if found["dash"] else (word,):
        numbers = ends.get(form, [])
        at = bisect_left(numbers, start)
        while not quoted and at < len(numbers) and _is_continued(lines, numbers[at], start):
            at += 1
        if at < len(numbers):
            last = min(last, numbers[at])
    if last == len(lines):
        return "", start
    body = "".join(line + "\n" for line in lines[start:last])
    looks = re.compile(rf"(?m)^[ \t]*{re.escape(word)}[ \t]*$")
    body = looks.sub("_", body)
    if not quoted:
        body = LONE.sub("_", body)
        body = IN_BODY.sub("_", body.replace("\\\n", ""))
    operator = f"<<'{word}'" if quoted else f"<<{word}"
    return f"[[ _ ]] {operator}\n{body}{word}", last + 1


def _is_continued(lines: list[str], number: int, start: int) -> bool:
    return number > start and CONTINUED.search(lines[number - 1]) is not None


def _joined(parts: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """Lines of code that follow each other become one part: quotes may span them."""
    done: list[tuple[list[str], bool]] = []
    for text, body in parts:
        if done and not body and not done[-1][1]:
            done[-1][0].append(text)
        else:
            done.append(([text], body))
    return [("\n".join(texts), body) for texts, body in done]
