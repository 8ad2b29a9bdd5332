"""Text from the network that something runs later, or one line after the other.

A shell's start-up file, a hook of the repository, a table of cron and the queue of `at` are run
by whoever comes by; so what a fetch writes there is run unseen (`curl … >> ~/.bashrc`,
`curl … | crontab -`).  The same holds for a program that is given such text and runs each line
of it (`curl … | awk '{system($0)}'`), and for a fetched file that this very shell then reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aileron.policy import effects, inline, paths
from aileron.policy.finding import Finding, deny
from aileron.policy.shape import Shape
from aileron.policy.tables import names

if TYPE_CHECKING:
    from aileron.policy.structural import Text

RULE = "structural/remote-substitution"
_ADVICE = "fetch to a file, read it, then use it"
_SHELL_FILES = re.compile(
    r"\.(bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv|zprofile"
    r"|zlogin|zlogout|envrc)|config\.fish"
)
_SYSTEM_FILES = re.compile(
    r"/etc/(cron[^/]*|profile\.d|init\.d|rc\.d|update-motd\.d)/.+"
    r"|/etc/(crontab|profile|bash\.bashrc|bashrc|zshrc|zshenv|zprofile|environment|rc\.local)"
    r"|/var/spool/(cron|at)/.+"
)
_HOOK = re.compile(r"/\.git/hooks/(?!commit-msg$|[^/]*\.sample$)[^/]+$")  # Gerrit's is fetched
_QUEUES = names("at batch crontab fcrontab")
_AWK_RUNS = re.compile(
    r"\bsystem\s*\(\s*[$\w]|print[^|}]*\|\s*\"[^\"]*\b(?:ba|da|z|k)?sh\b|[\"\w)]\s*\|\s*getline"
)
_TAKES_LINES = re.compile(
    r"stdin|STDIN|<>|\$_|\bgets\b|ARGF|\binput\(|fileinput|/dev/fd/0|FileSync\(0|io\.(?:read|lines)"
)
_RUNS_LINES = re.compile(
    r"(?<![\w.])(?:os\.)?(?:system|exec|eval|popen|shell_exec|passthru|execute)\b\s*"
    r"(?:\(\s*(?:[$@<]|\"?\$_|(?!f?[\"'])\w)|[$@<;}]|\"?\$_|gets\b|$)"
    r"|\b(?:execSync|getoutput|check_output|Popen|Function)\(\s*[$\w]|`[$#]\{?\$?_"
)


def judge(text: Text, index: int) -> Iterator[Finding]:
    shape = text.shapes[index]
    if shape.container is not None:
        return
    origins = text.sources(index) | text.substituted(index)
    fetched = any(text.fetches[at] or text.decodes[at] for at in origins)
    if shape.base in _QUEUES and fetched:
        yield _deny(f"text from the network is given to {shape.base}")
    decodes = text.decodes[index] and not shape.names & {"printf", "echo", "tr"}
    if fetched or text.fetches[index] or decodes:
        for path in _written(text, shape):
            name = path.rpartition("/")[2]
            if _SHELL_FILES.fullmatch(name) or _SYSTEM_FILES.fullmatch(path) or _HOOK.search(path):
                yield _deny(f"text from the network is written to {path}, which runs by itself")
                return
    if fetched and shape.command.feeds == "pipe":
        language, code = _code(shape)
        if _runs_lines(language, code):
            yield _deny(f"{shape.base} runs what comes from the network")
    if shape.base in _TALKERS and _FETCHES_AND_RUNS.search(_whole(shape)):
        yield _deny(f"{shape.base} runs what it fetches")
    if any(one.name == "ztcp" for one in text.shapes) and (
        shape.name == "eval" or (shape.names & inline.SHELLS and _on_reply(shape))
    ):
        yield deny("structural/reverse-shell", "a shell is given to a connection")
    yield from _looped(text, index)


_TALKERS = names("expect tclsh wish tclsh8.6")
_FETCHES_AND_RUNS = re.compile(
    r"(?=.*\bexec\s+(?:\S*/)?(?:curl|wget)\b)(?=.*\b(?:eval|send|uplevel|exec\s+(?:ba|da|z)?sh)\b)",
    re.DOTALL,
)


def _whole(shape: Shape) -> str:
    """The program of expect or tclsh, as far as the text holds it."""
    given = [*shape.command.words[1:], *(one.target for one in shape.command.redirects)]
    return "\n".join(word.value or word.source for word in given)


def _on_reply(shape: Shape) -> bool:
    return any("REPLY" in one.target.source for one in shape.command.redirects)


def _runs_lines(language: str, code: str) -> bool:
    """Whether a program runs what it reads from its standard input."""
    if language == "awk":
        return _AWK_RUNS.search(code) is not None
    reads = language in ("perl", "ruby") or _TAKES_LINES.search(code) is not None
    return reads and language != "" and _RUNS_LINES.search(code) is not None


def _written(text: Text, shape: Shape) -> Iterator[str]:
    for access in effects.touched(shape):
        if access.kind == "write":
            for path in effects.paths_of(access, shape, text.facts):
                yield paths.real(path, text.facts)


def _code(shape: Shape) -> tuple[str, str]:
    """The language and the text of the program that a command is given in its words."""
    values = [word.value or word.source for word in shape.command.words[1:]]
    if shape.names & {"awk", "gawk", "mawk", "nawk"}:
        return "awk", "\n".join(values)
    program = inline.program(shape)
    if program is None or program.source != "code":
        return "", ""
    return program.interpreter.language, "\n".join(values)


def _looped(text: Text, index: int) -> Iterator[Finding]:
    """`for c in "${lines[@]}"; do bash -c "$c"; done` after a fetch into the lines."""
    shape = text.shapes[index]
    if not shape.command.loop:
        return
    program = inline.program(shape)
    words = [program.word] if program and program.source == "code" and program.word else []
    if shape.command.words and shape.command.words[0].value is None:
        words = [shape.command.words[0]]
    elif shape.name == "eval":
        words = list(shape.command.words[1:])
    for word in words:
        reaching = text.flow.into(index, word) if word.value is None else set()
        if any(text.fetches[at] or text.decodes[at] for at in reaching):
            yield _deny("what comes from the network is run line by line")
            return


def _deny(reason: str) -> Finding:
    return deny(RULE, reason, message=_ADVICE)
