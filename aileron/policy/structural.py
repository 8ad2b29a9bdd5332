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

`structural/fork-bomb`: a function or a script that starts itself beside itself, whatever
happens, and an endless input to an xargs that runs many at a time.

`structural/secret-to-network` stands in `secrets.py`.

Only what runs counts: text that merely mentions these is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aileron.model import Facts, Verdict
from aileron.policy import (
    accounts,
    built,
    compiled,
    disks,
    effects,
    inline,
    later,
    listed,
    moved,
    own,
    patched,
    paths,
    processes,
    production,
)
from aileron.policy.connections import Around
from aileron.policy.finding import Finding, ask, deny
from aileron.policy.flow import Flow
from aileron.policy.leaves import is_connected
from aileron.policy.printed import VARIABLE
from aileron.policy.secrets import Secrets
from aileron.policy.senders import FETCHERS
from aileron.policy.shape import SHELL_BUILTINS, Shape, is_piped
from aileron.policy.shape import shape as shape_of
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


# Letters that are written as their numbers.
_SPELLED = re.compile(r"(?:\\x[2-7][0-9a-fA-F]|\\0?[01][0-7]{2}|\\u00[2-7][0-9a-fA-F]){2}")


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
    if shape.names & {"printf", "echo"}:
        return any(_SPELLED.search(one) for one in given)
    if "tr" in shape.names:
        return any("n-za-m" in one.lower() for one in given)
    return bool(shape.names & {"uudecode", "uudeview", "rev"})


class Text:
    """One reading with its commands made ready, and what flows where in it."""

    def __init__(self, reading: Reading, shapes: Sequence[Shape], facts: Facts) -> None:
        self.shapes = shapes
        self.facts = facts
        self.flow = Flow(reading, shapes)
        self.inside = self.flow.inside
        self.hooks = reading.hooks
        self.fetches = [bool(shape.names & FETCHERS) for shape in shapes]
        self.decodes = [is_decoder(shape) for shape in shapes]
        self.made = self._made()
        self.held = self._telling()
        self.secrets = Secrets(shapes, facts, self)
        self.around = Around(shapes)

    def sources(self, index: int) -> set[int]:
        """The commands whose output may reach this one by pipes, and by substitutions in those."""
        return self.flow.piped(index)

    def substituted(self, index: int) -> set[int]:
        """The commands whose output may reach the words of this one."""
        return self.flow.substituted(index)

    def _telling(self) -> dict[str, set[int]]:
        """Variables that are set from what commands print: the commands that decode or fetch."""
        found = {
            name: {at for at in origins if self.decodes[at] or self.fetches[at]}
            for name, origins in self.flow.held.items()
        }
        return {name: telling for name, telling in found.items() if telling}

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
    if index in text.hooks:
        pass  # its part says what the tool is
    elif shape.name == "eval":
        found += _evaluated(text, index, shape.command.words[1:])
        if any(word.value is None for word in shape.command.words[1:]):
            found.append(_deny(EVAL, "eval of text that is made at run time"))
    elif shape.name in _SOURCES and len(shape.command.words) > 1:
        found += _sourced(text, index, shape.command.words[1])
    elif shape.command.words and shape.command.words[0].value is None:
        found += _evaluated(text, index, shape.command.words[:1])
        found += _if_it_deletes(shape, text.facts)
    program = inline.program(_passed_on(text, shape))
    if program is not None:
        found += _programmed(text, index, program)
    found += _runs_made(text, shape, program)
    found += _listed(text, index)
    if _is_fork_bomb(text, index):
        found.append(deny(BOMB, "a function that starts itself without end"))
    if shape.base in _SPREADS and _has_endless_input(text, index):
        found.append(deny(BOMB, "starts processes without end"))
    found += text.secrets.judge(index)
    found += compiled.judge(text.shapes, index, text.facts)
    found += text.around.judge(index)
    found += production.judge(text.shapes, index)
    if "rm" in shape.names:
        found += moved.judge(text.shapes, index, text.facts)
    found += processes.judge(text.shapes, index, text.facts)
    found += own.files(text.shapes, index, text.facts)
    found += disks.judge(text.flow, index)
    found += own.installed(text.flow, index)
    found += accounts.judge(shape, text.facts)
    found += built.judge(text.shapes, index, text.facts)
    found += patched.judge(text.shapes, index, text.facts)
    found += listed.judge(text.flow, index, text.facts)
    found += later.judge(text, index)
    if shape.base in own.ACTS:
        origins = text.sources(index) | text.substituted(index)
        found += own.processes(text.shapes, index, origins)
    if shape.command.words and shape.command.name is None and shape.command.loop:
        connected = any(one.name == "exec" and is_connected(one) for one in text.shapes)
        if connected and any(item.op in (">&", "<&") for item in shape.command.redirects):
            found.append(_deny(PIPE, "what comes from the network is run"))
    if shape.names & inline.SHELLS and is_connected(shape):
        found.append(_deny(PIPE, f"{shape.name} takes its commands from the network"))
    return found


def _passed_on(text: Text, shape: Shape) -> Shape:
    """What a function that runs its arguments (`run() { "$@"; }`) is given to run."""
    words = shape.command.words
    if len(words) < 3 or shape.name in SHELL_BUILTINS or words[1].value not in inline.SHELLS:
        return shape
    if not any(
        one.command.words[:1] and one.command.words[0].source in _ARGUMENTS for one in text.shapes
    ):
        return shape
    command = replace(shape.command, words=words[1:], function=False, cwds=shape.cwds)
    return shape_of(command, "/", text.facts)


_ARGUMENTS = frozenset({'"$@"', "$@", "$*", '"${@}"'})
_EVERYTHING = re.compile(r"-[rRfvd]*[rR][rRfvd]*|--recursive|--force|-[fvd]+|--")


def _if_it_deletes(shape: Shape, facts: Facts) -> list[Finding]:
    """`$X -rf /`: whatever it is, nobody wants it there."""
    words = [word.value for word in shape.command.words[1:]]
    options = [one for one in words if one is not None and _EVERYTHING.fullmatch(one)]
    if not any((one[:2] != "--" and "f" in one) or one == "--force" for one in options):
        return []
    command = replace(shape.command, words=(Word("rm", "rm"), *shape.command.words[1:]))
    supposed = replace(shape, command=command, names=_RM)
    deleted = [one for one in effects.touched(supposed) if one.kind == "delete" and one.tree]
    denied = [
        one
        for one in effects.judge(supposed, facts)
        if one.verdict is Verdict.DENY and one.rule == "effect/destroys"
    ]
    return denied[:1] if len(denied) >= len(deleted) else []


_RM = frozenset({"rm"})
_OTHER_INPUT = frozenset("::: :::: -a --arg-file --version --help --citation".split())  # noqa: SIM905
_PROGRAM_FILES = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_READS_PROGRAM = frozenset({"awk", "gawk", "mawk", "nawk", "make", "gmake", "sed", "just"})


def _listed(text: Text, index: int) -> list[Finding]:
    """Programs that take commands, or a program of their own kind, from a pipe."""
    shape = text.shapes[index]
    if shape.base in ("make", "gmake", "just") and any(
        "process" in word.dynamic for word in shape.command.words[1:]
    ):
        return [_deny(PIPE, f"{shape.base} runs the output of a command")]
    if shape.command.feeds != "pipe":
        return []
    given = set(shape.command.argv[1:])
    alone = shape.base == "parallel" and not own.runs_another(text.shapes, index)
    if alone and not given & _OTHER_INPUT:
        return [_deny(PIPE, "a pipe feeds commands into parallel")]
    if shape.base in _READS_PROGRAM and given & _PROGRAM_FILES and given & {"-f", "--file"}:
        return _origin(text, text.sources(index), f"fed into {shape.base}")
    return []


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
    opened = any(
        one.op == "<" and one.fd not in ("", "0") and "process" in one.target.dynamic
        for one in shape.command.redirects
    )
    if opened and program.source in ("stdin", "file"):
        return [_deny(PIPE, f"{shape.name} runs the output of a command")]
    if program.source == "stdin" and shape.command.appended and is_piped(shape.command):
        return []  # what comes from the pipe are its arguments
    if program.source == "stdin":
        return _fed(text, index, shell, language)
    if program.source == "code" and word is not None:
        found = _evaluated(text, index, [word])
        filled = word.value is None and re.fullmatch(r"[\"']?[^\s$`\"']+[\"']?", word.source)
        piped = shell and shape.command.appended and is_piped(shape.command)
        if piped and (filled or _is_last(shape, word)):
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
        if kind == "fetched" and shape.name in _SOURCES:
            return [_deny(REMOTE, f"{path} is fetched, and read by this very shell")]
        if kind == "fetched":
            return [
                ask("effect/run-download", f"{path} is fetched and run in one command", firm=True)
            ]
    return []


def judge_text(reading: Reading) -> list[Finding]:
    """What only the text as a whole shows."""
    if reading.spawns.multiplies:
        name = reading.spawns.multiplies[0]
        return [deny(BOMB, f"{name} is a function that starts itself without end")]
    if reading.spawns.floods:
        return [deny(BOMB, "a loop without end does nothing but start more processes")]
    return []


def starts_itself(reading: Reading, path: str, cwd: str, facts: Facts) -> bool:
    """Whether a script, which lies at `path`, starts itself beside itself."""
    there = paths.real(path, facts)
    started = (paths.absolute(one, cwd, facts) for one in reading.spawns.beside)
    return any(one is not None and paths.real(one, facts) == there for one in started)


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


_SPREADS = frozenset({"xargs", "parallel"})
_ENDLESS = frozenset({"yes"})
_ENDLESS_FILES = frozenset({"/dev/zero", "/dev/urandom", "/dev/random"})
_ENDS_INPUT = frozenset({"head", "timeout", "take", "sed", "awk", "dd"})


def _has_endless_input(text: Text, index: int) -> bool:
    """`yes | xargs -P0 …`: processes beside one another for an input that never ends."""
    shape = text.shapes[index]
    if shape.base == "xargs" and not any(
        re.match(r"-\w*P|--max-procs", one or "") for one in shape.command.argv[1:]
    ):
        return False
    origins = [text.shapes[at] for at in text.sources(index)]
    if any(one.names & _ENDS_INPUT for one in origins):
        return False
    return any(one.names & _ENDLESS or _reads_endless(one) for one in origins)


def _reads_endless(shape: Shape) -> bool:
    words = [*shape.command.words[1:], *(one.target for one in shape.command.redirects)]
    return any(word.value in _ENDLESS_FILES for word in words)
