"""Small languages in which programs take commands as an argument: what they run.

Each function takes the text and finds the parts that a shell would read.  They
do not understand the language: they know its ways to start a program, and say
`unknown` where such a way is taken with something that is not literal.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from aileron.shell.filters import Found, awk, sed
from aileron.shell.reading import Word

EXPANSION = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|`[^`]*`|\$(?:\w+|[@*#?!$-])")
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


def files(text: str) -> Found:
    """A file or directory that says what is run."""
    return Found([], text not in ("", "/dev/null"))


def path(text: str) -> Found:
    """A program, if it is a path."""
    return Found([text] if text.startswith("/") else [])


def formats(text: str) -> Found:
    """What tmux puts in a line of its own: `#(command)`."""
    return Found(re.findall(r"#\(((?:[^()]|\([^()]*\))*)\)", text))


def goflags(text: str) -> Found:
    """The options of $GOFLAGS that name a program."""
    return Found(re.findall(r"-(?:toolexec|exec|vettool)=(\S+)", text))


def fzf(text: str) -> Found:
    """What keys are bound to, of which some run a command."""
    action = r"\b(?:execute(?:-silent|-multi)?|become|reload(?:-sync)?|preview|transform[\w-]*)"
    found = re.findall(action + r"(?:\(([^)]*)\)|\[([^]]*)\]|\{([^}]*)\}|:(.*))", text, re.DOTALL)
    return Found([next(one for one in groups if one) for groups in found if any(groups)])


def ytdlp(text: str) -> Found:
    """A command, and before it when it is run."""
    when = r"(?:pre_process|after_\w+|before_dl|post_process|video|playlist):"
    return Found([re.sub(when, "", text, count=1)])


def server(text: str) -> Found:
    """A command or a script of the project, but no address to wait for."""
    return Found([] if re.fullmatch(r"[\d|]+|\S+://\S+|:?\d+/\S*", text) else [text])


def ansible(text: str) -> Found:
    """A command, or the settings of a module."""
    return Found([] if re.match(r"\s*\w+=", text) else [text])


def cargo(text: str) -> Found:
    return Found([f"cargo {text}"])


def task(text: str) -> Found:
    """A command, or a script of the project (`npm:watch`)."""
    script = re.match(r"(npm|yarn|pnpm|bun|node|deno):(.*)", text)
    return Found([f"{script[1]} run {shlex.quote(script[2])}" if script else text])


def tmux(text: str) -> Found:
    return Found([f"tmux {one.strip()}" for one in re.split(r"\\?;", text) if one.strip()])


def less(text: str) -> Found:
    text = text.removeprefix("+")
    return Found([text[1:]] if text.startswith("!") else [])


ED = re.compile(r"(?P<writes>[^!]*[aic]\Z)|[^!a-zA-Z]*(?:[erwW]\s*)?!(?P<rest>.+)")


def ed(text: str) -> Found:
    """A script: its commands, without the lines that they put into the file."""
    found = Found()
    writes = False
    for line in text.split("\n"):
        match = None if writes else ED.match(line)
        if match and match["rest"]:
            found.texts.append(match["rest"].lstrip("!"))
        writes = line != "." if writes else bool(match and match["writes"])
    return found


def lessopen(text: str) -> Found:
    """`|program %s` or `||- program %s`: what less reads a file through."""
    return Found([text.lstrip("|-").strip()])


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
    r"(?:!|(?:r|re|rea|read|w|wr|wri|writ|write)(?:!?\s+|(?<=[rd]))!"
    r"|ter(?:m|mi|min|mina|minal)?\b(?:\s*\+\+\S+)*|mak(?:e)?\b!?(?=(?P<make>\s|\Z)))(?P<rest>.*)",
    re.DOTALL,
)
VIM_CODE = re.compile(
    r"(?:lua|py|py3|python3?|pyx|perl|rub|ruby|tcl|mz|so|source)\b(?P<rest>.*)", re.DOTALL
)
VIM_PROGRAM = re.compile(
    r"\bset?l?\b[^|]*?\b(?:makeprg|mp|grepprg|gp|equalprg)=((?:\\.|[^\s|\\])+)"
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
    found.texts += [_unescaped(one) for one in VIM_PROGRAM.findall(text)]
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
    return Found([(match[1] or match[2]).strip() for match in SQLITE.finditer(text)])


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


# In these languages only what is plainly handed to a shell is found: the policy asks about
# the rest of the program anyway.

QUOTED = r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\$]|\\.)*)`)"""
# Backticks alone may stand in a pattern or a string.
EXECUTED = re.compile(r"(?:%x|\bqx)\s*(?:\{([^{}]*)\}|\(([^()]*)\))")


def _handed(text: str, calls: str) -> Found:
    found = _calls(text, rf"\b(?:{calls})\s*\(?\s*(?=[\"'`])", QUOTED)
    return Found(found.texts)


def node(text: str) -> Found:
    return _handed(text, r"execSync|(?:child_process[\"']?\)?|cp)\.exec")


def perl(text: str) -> Found:
    found = _handed(text, "system|exec")
    return Found(found.texts + [braced or plain for braced, plain in EXECUTED.findall(text)])


def php(text: str) -> Found:
    return _handed(text, "system|exec|shell_exec|passthru|popen")


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
    "files": files,
    "path": path,
    "formats": formats,
    "goflags": goflags,
    "fzf": fzf,
    "ytdlp": ytdlp,
    "server": server,
    "ansible": ansible,
    "task": task,
    "tmux": tmux,
    "less": less,
    "dc": dc,
    "lessopen": lessopen,
    "node": node,
    "perl": perl,
    "php": php,
    "ed": ed,
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

BY_LINE = frozenset(("vim", "gdb"))


def script(language: str, text: str) -> Found:
    """What a whole script runs: of some languages only one line at a time is read."""
    lines = text.split("\n") if language in BY_LINE else [text]
    found = [LANGUAGES[language](line) for line in lines]
    return Found([one for part in found for one in part.texts], any(one.unknown for one in found))
