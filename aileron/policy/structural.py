"""Denies that no policy lifts: what runs text that nobody has seen.

`structural/pipe-to-shell`: a pipe, a redirection, a substitution or a
here-document feeds a *program* into a shell, or into an interpreter that reads
its program from there (`… | sh`, `curl … | python3`, `bash <(…)`).  It is data,
and fine, for `python3 -c …`, `python3 x.py`, `bash script.sh` and `bash -c …`.
A literal here-document to a shell is read as the commands it is; to an
interpreter it asks like inline code.

`structural/dynamic-eval`: eval of anything that is not literal.

`structural/decoded-execution`: decoded text (base64, xxd, openssl …) reaches
execution, by a pipe, a substitution, or a file that the same text then runs.

`structural/remote-substitution`: a substitution with a network fetch in it is
a command's name, an argument of eval or source, or the text of `sh -c` and of
inline code.

`structural/fork-bomb`: a function that pipes into itself in the background.

`structural/secret-to-network` stands in `secrets.py`.

Only what runs counts: text that merely mentions these is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aileron.model import Facts
from aileron.policy import effects, inline, moved, paths, processes, production
from aileron.policy.connections import Around
from aileron.policy.finding import Finding, ask, deny
from aileron.policy.printed import VARIABLE
from aileron.policy.secrets import Secrets, is_connected
from aileron.policy.senders import FETCHERS
from aileron.policy.shape import Shape, is_piped
from aileron.shell.hooks import reads_hook
from aileron.shell.reading import Reading, Word

_SOURCES = frozenset({".", "source"})
_REACHING = frozenset({"command", "process"})

PIPE = "structural/pipe-to-shell"
EVAL = "structural/dynamic-eval"
DECODED = "structural/decoded-execution"
REMOTE = "structural/remote-substitution"
BOMB = "structural/fork-bomb"

_ADVICE = {
    PIPE: "write the program to a file, read it, then run the file",
    EVAL: "write the command out instead of building it",
    DECODED: "write the program out as it is",
    REMOTE: "fetch to a file, read it, then use it",
}


def is_decoder(shape: Shape) -> bool:
    """Whether the command turns unreadable text into readable."""
    given = {word.value for word in shape.command.words[1:] if word.value is not None}
    short = "".join(one[1:] for one in given if re.fullmatch(r"-[A-Za-z]+", one))
    if shape.names & {"base64", "base32", "basenc", "gbase64"}:
        return "d" in short or "D" in short or any(one.startswith("--d") for one in given)
    if "xxd" in shape.names:
        return "r" in short or "--revert" in given or "-revert" in given
    if "openssl" in shape.names:
        return "-d" in given
    if shape.names & {"gpg", "gpg2"}:
        return "d" in short or "--decrypt" in given
    return bool(shape.names & {"uudecode", "uudeview"})


class Text:
    """One reading with its commands made ready, and what flows where in it."""

    def __init__(self, reading: Reading, shapes: Sequence[Shape], facts: Facts) -> None:
        self.shapes = shapes
        self.facts = facts
        self.inside = dict(reading.substitutions)
        self.fetches = [bool(shape.names & FETCHERS) for shape in shapes]
        self.decodes = [is_decoder(shape) for shape in shapes]
        self.made = self._made()
        self.held = self._held()
        self.secrets = Secrets(shapes, facts, self)
        self.around = Around(shapes)

    def sources(self, index: int) -> set[int]:
        """The commands whose output may reach this one by pipes, and by substitutions in those."""
        found: set[int] = set()
        waiting = list(self.shapes[index].command.upstream)
        while waiting:
            at = waiting.pop()
            if at not in found and at < len(self.shapes):
                found.add(at)
                waiting += self.shapes[at].command.upstream
                waiting += self.inside.get(at, ())
        return found

    def substituted(self, index: int) -> set[int]:
        """The commands whose output may reach the words of this one."""
        found: set[int] = set()
        waiting = list(self.inside.get(index, ()))
        while waiting:
            at = waiting.pop()
            if at not in found and at < len(self.shapes):
                found.add(at)
                waiting += self.shapes[at].command.upstream
                waiting += self.inside.get(at, ())
        return found

    def _held(self) -> dict[str, set[int]]:
        """Variables that are set from what commands print: the commands that decode or fetch."""
        found: dict[str, set[int]] = {}
        for index, shape in enumerate(self.shapes):
            if shape.command.words or not shape.command.assignments:
                continue
            origins = self.substituted(index)
            telling = {at for at in origins if self.decodes[at] or self.fetches[at]}
            for name, _ in shape.command.assignments if telling else ():
                found.setdefault(name, set()).update(telling)
        return found

    def _made(self) -> dict[str, str]:
        """Files that this text writes with decoded or fetched content: path to "decoded" or
        "fetched"."""
        found: dict[str, str] = {}
        for index, shape in enumerate(self.shapes):
            origin = {index} | self.sources(index)
            if any(self.decodes[at] for at in origin):
                kind = "decoded"
            elif any(self.fetches[at] for at in origin):
                kind = "fetched"
            else:
                continue
            for access in effects.touched(shape):
                path = effects.path_of(access, shape, self.facts)
                if access.kind == "write" and path is not None:
                    found[path] = kind
        # A copy, a rename or a filter of such a file is one, too.
        for shape in self.shapes if found else ():
            touched = [
                (access.kind, effects.path_of(access, shape, self.facts))
                for access in effects.touched(shape)
            ]
            kinds = [found[path] for kind, path in touched if kind == "read" and path in found]
            for kind, path in touched:
                if kinds and kind == "write" and path is not None:
                    found.setdefault(path, kinds[0])
        return found


def judge(text: Text, index: int) -> list[Finding]:
    """What the structure of the text says about one of its commands."""
    shape = text.shapes[index]
    found: list[Finding] = []
    if reads_hook(shape.command, [text.shapes[at].command for at in text.inside.get(index, ())]):
        pass  # its part says what the tool is
    elif shape.name == "eval":
        found += _evaluated(text, index, shape.command.words[1:])
        if any(word.value is None for word in shape.command.words[1:]):
            found.append(_deny(EVAL, "eval of text that is made at run time"))
    elif shape.name in _SOURCES and len(shape.command.words) > 1:
        found += _sourced(text, index, shape.command.words[1])
    elif shape.command.words and shape.command.words[0].value is None:
        found += _evaluated(text, index, shape.command.words[:1])
    program = inline.program(shape)
    if program is not None:
        found += _programmed(text, index, program)
    found += _runs_made(text, shape, program)
    if _is_fork_bomb(text, index):
        found.append(deny(BOMB, "a function that starts itself without end"))
    found += text.secrets.judge(index)
    found += text.around.judge(index)
    found += production.judge(text.shapes, index)
    if "rm" in shape.names:
        found += moved.judge(text.shapes, index, text.facts)
    if "kill" in shape.name or shape.name == "xargs":
        origins = text.sources(index) | text.substituted(index)
        found += processes.judge(text.shapes, index, origins, text.facts)
    if shape.command.words and shape.command.name is None and shape.command.loop:
        connected = any(one.name == "exec" and is_connected(one) for one in text.shapes)
        if connected and any(item.op in (">&", "<&") for item in shape.command.redirects):
            found.append(_deny(PIPE, "what comes from the network is run"))
    if shape.names & inline.SHELLS and is_connected(shape):
        found.append(_deny(PIPE, f"{shape.name} takes its commands from the network"))
    return found


def _deny(rule: str, reason: str) -> Finding:
    return deny(rule, reason, message=_ADVICE.get(rule, ""))


def _origin(text: Text, indices: set[int], what: str) -> list[Finding]:
    found = []
    if any(text.decodes[at] for at in indices):
        found.append(_deny(DECODED, f"decoded text is {what}"))
    if any(text.fetches[at] for at in indices):
        found.append(_deny(REMOTE, f"text fetched from the network is {what}"))
    return found


def _evaluated(text: Text, index: int, words: Sequence[Word]) -> list[Finding]:
    """Words whose substitutions would be run as text."""
    named = {name for word in words for name in VARIABLE.findall(word.source)}
    held = {at for name in named & text.held.keys() for at in text.held[name]}
    if not any(word.dynamic & _REACHING for word in words):
        return _origin(text, held, "run as a command")
    return _origin(text, text.substituted(index) | held, "run as a command")


def _sourced(text: Text, index: int, word: Word) -> list[Finding]:
    found = _evaluated(text, index, [word])
    if "process" in word.dynamic:
        found.append(_deny(PIPE, "the output of a command is sourced"))
    elif word.value in ("/dev/stdin", "/dev/fd/0") and not has_literal_document(text.shapes[index]):
        found.append(_deny(PIPE, "standard input is sourced"))
    return found


def has_literal_document(shape: Shape) -> bool:
    """Whether the standard input is a here-document that the reader could take apart."""
    documents = [one for one in shape.command.redirects if one.op in ("<<", "<<-", "<<<")]
    return bool(documents) and documents[-1].target.value is not None


def _programmed(text: Text, index: int, program: inline.Program) -> list[Finding]:
    shape = text.shapes[index]
    language = program.interpreter.language
    shell = language == "shell"
    word = program.word
    if program.source == "stdin":
        return _fed(text, index, shell, language)
    if program.source == "code" and word is not None:
        found = _evaluated(text, index, [word])
        if shell and shape.command.appended and is_piped(shape.command) and _is_last(shape, word):
            found.append(_deny(PIPE, "the arguments of -c come from a pipe"))
        return found
    if program.source == "code" and shell and shape.command.appended and is_piped(shape.command):
        return [_deny(PIPE, "the text of -c comes from a pipe")]
    if program.source == "file" and word is not None:
        found = _evaluated(text, index, [word])
        if "process" in word.dynamic:
            found.append(_deny(PIPE, f"{shape.name} runs the output of a command"))
        return found
    return []


def _is_last(shape: Shape, word: Word) -> bool:
    return (
        bool(shape.command.words) and shape.command.words[-1] is word and "{}" in (word.value or "")
    )


def _fed(text: Text, index: int, shell: bool, language: str) -> list[Finding]:
    """A shell or interpreter that reads its program from its standard input."""
    shape = text.shapes[index]
    feeds = shape.command.feeds
    who = shape.name or language
    found: list[Finding] = []
    if feeds == "pipe":
        if any(text.decodes[at] for at in text.sources(index)):
            found.append(_deny(DECODED, f"decoded text is piped into {who}"))
        found.append(_deny(PIPE, f"a pipe feeds a program into {who}"))
    elif feeds == "process":
        found += _origin(text, text.substituted(index), f"fed into {who}")
        found.append(_deny(PIPE, f"the output of a command is fed into {who} as its program"))
    elif feeds == "file":
        if not _is_nothing(shape):
            found.append(_deny(PIPE, f"a redirection feeds a program into {who}"))
    elif feeds == "heredoc" and not has_literal_document(shape):
        found += _origin(text, text.substituted(index), f"fed into {who}")
        if shell:
            found.append(_deny(PIPE, f"a here-document made at run time feeds {who}"))
    return found


def _is_nothing(shape: Shape) -> bool:
    inputs = [one for one in shape.command.redirects if one.op in ("<", "<>")]
    return bool(inputs) and inputs[-1].target.value == "/dev/null"


def _runs_made(text: Text, shape: Shape, program: inline.Program | None) -> list[Finding]:
    """A file that the same text decoded (deny) or fetched (ask), and now runs."""
    if not text.made:
        return []
    words = [shape.command.words[0]] if shape.command.words and "/" in shape.name else []
    if shape.name in _SOURCES:
        words += shape.command.words[1:2]
    if program is not None and program.source == "file" and program.word is not None:
        words.append(program.word)
    for word in words:
        path = paths.of_word(word, shape.cwd, text.facts)
        kind = text.made.get(path) if path is not None else None
        if kind == "decoded":
            return [_deny(DECODED, f"{path} is decoded and run in one command")]
        if kind == "fetched":
            return [
                ask("effect/run-download", f"{path} is fetched and run in one command", firm=True)
            ]
    return []


# `:(){ :|:& };:` and its kin: a function that starts itself in the background.
_STARTS_ITSELF = re.compile(
    r"(?:\A|[\s;&|(])([\w:.-]+)[ \t]*\(\)\s*\{(?:[^}]*[\s;&|])?\1[ \t]*&(?!&)[^}]*\}"
)


def judge_text(text: str) -> list[Finding]:
    """What only the text as a whole shows."""
    if "()" in text and _STARTS_ITSELF.search(text):
        return [deny(BOMB, "a function that starts itself without end")]
    return []


def _is_fork_bomb(text: Text, index: int) -> bool:
    """Whether a command is the call of a function, in its own body, that feeds itself."""
    shape = text.shapes[index]
    if shape.command.feeds != "pipe" or index not in shape.command.upstream:
        return False
    if shape.command.name is None:  # `"$@"` in a function that pipes: asked about as it stands
        return False
    # The commands of a function in `f | f` reach themselves, too; but they are programs.
    return shape.program is None or any(
        one.command.function and one.name == shape.name for one in text.shapes
    )
