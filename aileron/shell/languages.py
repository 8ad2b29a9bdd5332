"""Small languages in which programs take commands as an argument: what they run.

Each function takes the text and finds the parts that a shell would read.  They
do not understand the language: they know its ways to start a program, and say
`unknown` where such a way is taken with something that is not literal.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence

from aileron.shell.filters import Found, awk, sed
from aileron.shell.reading import Word

EXPANSION = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|`[^`]*`|\$[\w@*#?!$-]")
STRING = r'"((?:[^"\\]|\\.)*)"'


def known_part(word: Word) -> str:
    """The text of a word, without what is decided at run time."""
    if word.value is not None:
        return word.value
    return EXPANSION.sub("", word.source).strip("\"'")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _calls(text: str, before: str, string: str = STRING, after: str = "") -> Found:
    """What stands in a string behind `before`; unknown where it is not a string alone."""
    found = Found()
    for match in re.finditer(before, text, re.IGNORECASE):
        literal = re.compile(string + after, re.DOTALL).match(text, match.end())
        if literal:
            found.texts.append(_unescaped(next(one for one in literal.groups() if one is not None)))
        else:
            found.unknown = True
    return found


def commas(text: str) -> Found:
    """A command with commas between its words (gcc -wrapper)."""
    return Found([shlex.join(text.split(","))])


def shell(text: str) -> Found:
    """The shell that a program will give text to: a well-known one is no command here."""
    name = text.rsplit("/", 1)[-1]
    return Found([] if name in ("sh", "bash", "dash", "zsh", "ksh", "fish") else [text])


def standard_input(text: str) -> Found:
    """A file of commands in a language that is not read, which may be the standard input."""
    return Found([], text in ("-", "/dev/stdin", "/dev/fd/0"))


def ansible(text: str) -> Found:
    """A command, or the settings of a module."""
    return Found([] if re.match(r"\s*\w+=", text) else [text])


def cargo(text: str) -> Found:
    return Found([f"cargo {text}"])


def tmux(text: str) -> Found:
    return Found([f"tmux {one.strip()}" for one in re.split(r"\\?;", text) if one.strip()])


def less(text: str) -> Found:
    text = text.removeprefix("+")
    return Found([text[1:]] if text.startswith("!") else [])


def dc(text: str) -> Found:
    return Found(re.findall(r"!(?![<=>])([^\n]+)", text))


# Editors

VIM_MODIFIER = re.compile(
    r"""[\s:]+|[%\d.$,;+*-]+(?=\s*[a-zA-Z!])|'[<>a-z],?
    |(?:sil(?:ent)?!?|noa(?:utocmd)?|keepj(?:umps)?|keepp(?:atterns)?|vert(?:ical)?|tab|bo(?:tright)?
    |to(?:pleft)?|uns(?:ilent)?|(?:arg|buf|win|tab|c|cf|l|lf)do!?|verb(?:ose)?\s*\d*)\s+
    |(?:g(?:lobal)?!?|v(?:global)?)(?P<d>[/#@,])(?:\\.|(?!(?P=d)).)*(?P=d)
    |norm(?:al)?!?\s+[^:]*:""",
    re.VERBOSE,
)
VIM_RUNS = re.compile(
    r"(?:!|(?:r|re|rea|read|w|wr|wri|writ|write)!?\s+!"
    r"|ter(?:m|mi|min|mina|minal)?\b(?:\s*\+\+\S+)*|mak(?:e)?\b!?(?=(?P<make>\s|\Z)))(?P<rest>.*)",
    re.DOTALL,
)
VIM_CODE = re.compile(
    r"(?:lua|py|py3|python3?|pyx|perl|rub|ruby|tcl|mz|so|source)\b(?P<rest>.*)", re.DOTALL
)
VIM_CALL = r"\b(?:system|systemlist|job_start|jobstart|termopen|term_start)\(\s*"
VIM_STRING = r"""(?:"((?:[^"\\]|\\.)*)"|'([^']*)')"""
INLINE = re.compile(r"system|popen|subprocess|spawn|exec|jobstart|vim\.cmd|%x|`")


def vim(text: str) -> Found:
    """One command line of vi, vim or ex."""
    while match := VIM_MODIFIER.match(text):
        text = text[match.end() :]
    runs = VIM_RUNS.match(text)
    if runs:
        command = runs["rest"].strip().removesuffix("<CR>").removesuffix("\r")
        if runs["make"] is not None:
            command = f"make {command}"
        return Found([command] if command else [])
    found = _calls(text, VIM_CALL, VIM_STRING, r"\s*[,)]")
    code = VIM_CODE.match(text)
    if code:
        return Found([], INLINE.search(code["rest"]) is not None)
    execute = re.match(r"exe(?:c|cu|cut|cute)?\b\s*", text)
    if execute:
        string = re.compile(VIM_STRING + r"\s*(?=\||\Z)").match(text, execute.end())
        inner = vim(_unescaped(string[1] or string[2] or "")) if string else Found([], True)
        return Found(inner.texts + found.texts, inner.unknown or found.unknown)
    event = re.match(r"(?:au|autocmd)!?\s+\S+\s+\S+\s+", text)
    bar = event or re.match(r"""(?:[^|"'\\]|\\.|"[^"]*"|'[^']*'|["'])*\|""", text)
    if bar:
        more = vim(text[bar.end() :])
        found = Found(found.texts + more.texts, found.unknown or more.unknown)
    return found


def elisp(text: str) -> Found:
    found = _calls(
        text, r"\((?:async-shell-command|shell-command(?:-to-string)?|compile|eshell-command)\s+"
    )
    for match in re.finditer(r"\((call-process|process-file|process-lines|start-process)\s", text):
        end = text.find(")", match.end())
        words = [_unescaped(one) for one in re.findall(STRING, text[match.end() : end])]
        words = words[2:] if match[1] == "start-process" else words
        found.texts += [shlex.join(words)] if words else []
        found.unknown = found.unknown or not words
    found.unknown = found.unknown or "(make-process" in text
    return found


# Debuggers

GDB = re.compile(
    r"\s*(?:(?:shell|make)\s+|!|(?:pipe|\|)[^|]*\||target\s+(?:extended-)?remote\s*\|"
    r"|platform\s+shell\s+)\s*(?P<rest>.*)",
    re.DOTALL,
)


def gdb(text: str) -> Found:
    match = GDB.match(text)
    if match:
        head = "make " if text.lstrip().startswith("make") else ""
        return Found([head + match["rest"]])
    code = re.match(r"\s*(?:py|python|pi|script|guile|gu)\b", text)
    return Found([], bool(code and INLINE.search(text)))


# Databases

SQLITE = re.compile(
    r"^\s*\.(?:sh|she|shel|shell|sys|syst|syste|system)\s+(.+)$"
    r"|^\s*\.(?:o|once|output|import|read|excel)\b[^|\n]*\|(.+)$",
    re.MULTILINE,
)


def sqlite(text: str) -> Found:
    found = [match[1] or match[2] for match in SQLITE.finditer(text)]
    return Found([one.strip().strip("'\"") if one.count(" ") else one for one in found])


PSQL = re.compile(
    r"\\!\s*([^\n]+)|\\(?:o|out|g|gx|w|write)\b[^|\n]*?\|\s*([^\n]+)"
    r"|\b(?:from|to)\s+program\s+'((?:[^']|'')*)'",
    re.IGNORECASE,
)


def psql(text: str) -> Found:
    found = Found()
    for match in PSQL.finditer(text):
        quoted = (match[3] or "").replace("''", "'")
        found.texts.append(match[1] or match[2] or quoted)
    if text.lstrip().startswith("\\"):
        found.texts += re.findall(r"`([^`]+)`", text)
    found.unknown = re.search(r"\b(?:from|to)\s+program\s+[^'\s]", text, re.IGNORECASE) is not None
    return found


def mysql(text: str) -> Found:
    return Found(
        [
            one.strip()
            for one in re.findall(
                r"(?:(?:^|[;\n])\s*(?:system|pager)\s+|\\!\s*|\\P\s+)([^;\n]+)", text, re.IGNORECASE
            )
        ]
    )


def lftp(text: str) -> Found:
    found = re.findall(r"(?:^|[;&\n])\s*(?:!|shell\s)\s*([^;\n]+)", text)
    found += re.findall(r"(?<!\|)\|(?!\|)\s*([^;|\n]+)", re.sub(r"!.*", "", text))
    return Found([one.strip() for one in found])


# Scripting

TCL = re.compile(
    r"(?:^|[;\n\[{\"])\s*(?P<how>spawn|exec|system|overlay|fork)\b(?P<options>(?:\s+-\w*)*)"
    r"(?P<rest>[^;\n\]]*)"
)


def tcl(text: str) -> Found:
    found = Found()
    for match in TCL.finditer(text):
        rest = match["rest"].strip()
        rest = re.sub(r"\{([^{}]*)\}", lambda m: shlex.quote(m[1]), rest).rstrip("}").strip()
        if match["how"] == "system" and rest[:1] in "\"'":
            rest = rest.strip("\"'")
        if "$" in rest or text[match.end("rest") - len(match["rest"].lstrip()) :][:1] == "[":
            found.unknown = True
        elif rest:
            found.texts.append(rest)
    pipes = _calls(text, r"\bopen\s+(?=[\"{]?\|)", r'["{]?\|\s*([^"}]*)["}]?')
    return Found(found.texts + pipes.texts, found.unknown or pipes.unknown)


def applescript(text: str) -> Found:
    found = _calls(text, r"\bdo\s+(?:shell\s+)?script\s+(?:\(\s*)?", STRING, r"(?!\s*&)")
    more = _calls(
        text, r"\bdoShellScript\(\s*", r"""(?:"((?:[^"\\]|\\.)*)"|'([^']*)')""", r"\s*[,)]"
    )
    return Found(found.texts + more.texts, found.unknown or more.unknown)


def socat(text: str) -> Found:
    """An address: EXEC, SYSTEM and SHELL run what stands up to a comma."""
    found = Found()
    for address in text.split("!!"):
        match = re.match(r"\s*(exec|system|shell)\s*:(.*)", address, re.IGNORECASE | re.DOTALL)
        if match:
            rest = re.match(r"""(?:[^,"'\\]|\\.|"[^"]*"|'[^']*')*""", match[2], re.DOTALL)
            command = rest[0] if rest else match[2]
            if command[:1] in "\"'" and command[-1:] == command[:1]:
                command = command[1:-1]
            found.texts.append(command.replace("\\,", ","))
    return found


def makefile(text: str) -> Found:
    """Rules given to make itself: recipes and $(shell …)."""
    found = Found()
    recipes = re.findall(
        r"\$\(shell\s+([^()]*)\)|!=\s*(.*)|^\t(.*)|^[^=\n]*?:[^=\n;]*;(.*)", text, re.M
    )
    for groups in recipes:
        recipe = next((one for one in groups if one), "").strip().lstrip("@+-").strip()
        if "$" in recipe.replace("$$", ""):
            found.unknown = True
        elif recipe:
            found.texts.append(recipe.replace("$$", "$"))
    found.unknown = found.unknown or re.search(r"^\s*-?include\b|\$\(eval", text, re.M) is not None
    return found


LANGUAGES: dict[str, Callable[[str], Found]] = {
    "awk": awk,
    "sed": sed,
    "commas": commas,
    "cargo": cargo,
    "shell": shell,
    "input": standard_input,
    "ansible": ansible,
    "tmux": tmux,
    "less": less,
    "dc": dc,
    "vim": vim,
    "elisp": elisp,
    "gdb": gdb,
    "sqlite": sqlite,
    "psql": psql,
    "mysql": mysql,
    "lftp": lftp,
    "tcl": tcl,
    "applescript": applescript,
    "socat": socat,
    "makefile": makefile,
}


# What takes more than one text

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
