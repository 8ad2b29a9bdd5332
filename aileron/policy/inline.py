"""Programs given to an interpreter in the command itself.

`node -e`, `perl -ne` and a here-document to an interpreter ask, with an id for
each language (`inline/perl`): what they do is not in the words that rules speak
about.  So does an interpreter that will read its program from a standard input
nobody has seen.  Of a program in some languages its text tells what it does
(`programs.py`).  What only looks at the grammar of a program (`php -l`, `bash -n`)
runs none.  awk and sed programs are read: those that only filter need no
question (`filters.py`).

What a shell reads from `-c` or a literal here-document is not inline code: the
reader has taken it apart, and each command in it is judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from aileron.model import Facts
from aileron.policy import filters, perl_options, programs, python_modules, signs
from aileron.policy.finding import Finding, ask
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import SimpleCommand, Word

SHELLS = names("sh bash dash zsh ksh mksh ash fish csh tcsh rbash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """How one language's command line is read: `code` options carry a program, `values`
    take a word that is none, `module` options name a program that is already there."""

    language: str
    code: frozenset[str]
    values: frozenset[str] = frozenset()
    module: frozenset[str] = frozenset()
    attached: str = ""  # letters of options with the rest of their word as a value
    verbs: frozenset[str] = frozenset()  # first words that carry a program (`deno eval`)
    runs: frozenset[str] = frozenset()  # first words after which a program's file comes
    reads_input: bool = True  # without an operand the program comes from standard input
    clusters: bool = True  # several letters may stand behind one `-`
    checks: str = ""  # a letter that has it look at the grammar of a program, and run nothing


_PYTHON = Interpreter(
    language="python",
    code=names("-c"),
    values=names("-W -X --check-hash-based-pycs"),
    module=names("-m"),
)
_NODE = Interpreter(
    language="node",
    code=names("-e -p --eval --print -pe"),
    values=names("-r --require --import --loader --experimental-loader -C --conditions --env-file"),
    module=names("--test --run -c --check"),
)
_PERL = Interpreter(language="perl", code=names("-e -E"), values=names("-I -x"), attached="MmFCDiV")
_RUBY = Interpreter(
    language="ruby",
    checks="c",
    code=names("-e"),
    values=names("-I -r -E -C"),
    module=names("-S"),
    attached="iFKTWx0",
)

INTERPRETERS: dict[str, Interpreter] = {
    **dict.fromkeys(names("python pypy ipython"), _PYTHON),
    **dict.fromkeys(names("node nodejs"), _NODE),
    "bun": Interpreter(
        language="bun", code=names("-e -p --eval --print"), runs=names("run"), reads_input=False
    ),
    "deno": Interpreter(
        language="deno", code=frozenset(), verbs=names("eval"), runs=names("run"), reads_input=False
    ),
    "perl": _PERL,
    "ruby": _RUBY,
    "php": Interpreter(
        language="php",
        checks="l",
        code=names("-r -R -B -E --run --process-code"),
        values=names("-d -c -z -t"),
        module=names("-f -S -a -i -m -v"),
    ),
    "lua": Interpreter(language="lua", code=names("-e"), values=names("-l")),
    "luajit": Interpreter(language="lua", code=names("-e"), values=names("-l")),
    "Rscript": Interpreter(language="r", code=names("-e")),
    "R": Interpreter(language="r", code=names("-e"), module=names("-f --file CMD")),
    "osascript": Interpreter(language="applescript", code=names("-e"), values=names("-l")),
    **dict.fromkeys(
        names("irb iex ghci ocaml sbcl guile erl jshell clj clojure octave gnuplot"),
        Interpreter(language="repl", code=names("-e --eval -eval --execute"), clusters=False),
    ),
    "tclsh": Interpreter(language="tcl", code=frozenset()),
    "julia": Interpreter(
        language="julia",
        code=names("-e -E --eval --print"),
        values=names("-p -t -L --load -J --sysimage -H --home -C --cpu-target --threads"),
        clusters=False,
    ),
    "elixir": Interpreter(
        language="elixir",
        code=names("-e --eval"),
        values=names("-r -pr -pa -pz --name --sname --cookie --erl --boot --vm-args"),
        module=names("-S"),
        clusters=False,
    ),
    "mix": Interpreter(
        language="elixir",
        code=names("-e --eval"),
        values=names("-r --require -c --config -pr --parallel-require --preload-modules"),
        runs=names("run"),
        reads_input=False,
        clusters=False,
    ),
    "groovy": Interpreter(language="groovy", code=names("-e"), clusters=False),
    "scala": Interpreter(language="scala", code=names("-e"), clusters=False),
    "swift": Interpreter(
        language="swift", code=names("-e"), module=names("build test run package"), reads_input=True
    ),
    "pwsh": Interpreter(language="powershell", code=names("-c -Command -EncodedCommand -e -enc")),
    "ghc": Interpreter(language="haskell", code=names("-e"), reads_input=False, clusters=False),
}

_SHELL = Interpreter(
    language="shell",
    code=names("-c"),
    values=names("-o -O +o +O --rcfile --init-file"),
    checks="n",
)
_DESCRIPTOR = re.compile(r"/dev/stdin|/dev/fd/\d+|/proc/(?:self|thread-self|\d+)/fd/\d+")
_VERSIONED = re.compile(r"(python|pypy|ipython|perl|ruby|node|lua|php)[0-9.]*t?(-[0-9.]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Where an interpreter or a shell takes its program from.

    `source` is code (an argument holds it), file, module, stdin or information;
    `word` is the argument that holds or names it.
    """

    interpreter: Interpreter
    source: str
    word: Word | None = None


def interpreter(shape: Shape) -> Interpreter | None:
    """The interpreter or shell that the command starts, None if it is neither."""
    for name in shape.names:
        if name in SHELLS:
            return _SHELL
        if name in INTERPRETERS:
            return INTERPRETERS[name]
        found = _VERSIONED.fullmatch(name)
        if found:
            return INTERPRETERS[found[1]]
    return None


def program(shape: Shape) -> Program | None:
    """Where the command's program comes from, None if the command is no interpreter."""
    known = interpreter(shape)
    if known is None:
        return None
    found = _program(known, shape.command)
    if found.source == "stdin" and _checks(known, shape.command):
        return Program(interpreter=known, source="information")
    return found


def _checks(known: Interpreter, command: SimpleCommand) -> bool:
    """Whether a program is only looked at (`php -l`, `bash -n`), wherever it comes from."""
    given = [word.value or "" for word in command.words[1:]]
    options = [one for one in given if one[:1] == "-"]
    plain = all(re.fullmatch(r"-[cdlnquvwWtT0-9]+", one) for one in options)
    return (
        bool(known.checks)
        and plain
        and len(options) == len(given)
        and any(known.checks in one for one in options)
    )


def is_code(shape: Shape) -> bool:
    """Whether the command carries a program in itself, that no shell reads."""
    found = program(shape)
    if found is None or found.interpreter.language == "shell":
        return False
    return found.source in ("code", "stdin")


def _program(known: Interpreter, command: SimpleCommand) -> Program:
    words = list(command.words[1:])
    at = 0
    stdin_operand = False
    while at < len(words):
        word = words[at]
        value = word.value
        if value is None:
            # Could be an option, could be a file: the file is what it is nearly always.
            return Program(interpreter=known, source="file", word=word)
        if value == "-" or _DESCRIPTOR.fullmatch(value):
            stdin_operand = True
            break
        if value == "--":
            operand = words[at + 1] if at + 1 < len(words) else None
            if operand is None or operand.value in ("-", "/dev/stdin"):
                break
            return Program(interpreter=known, source="file", word=operand)
        if value[:1] not in "-+" or len(value) < 2:
            if value in known.verbs:
                return Program(
                    interpreter=known,
                    source="code",
                    word=words[-1] if at + 1 < len(words) else None,
                )
            if value in known.module:
                return Program(interpreter=known, source="module", word=word)
            if value in known.runs:
                at += 1
                continue
            return Program(interpreter=known, source="file", word=word)
        flag, equals, _ = value.partition("=")
        if value in ("--version", "--help", "-V", "-h", "-VV") or (
            value == "-v"
            and (
                known.language in ("node", "php")
                or (known.language in ("ruby", "perl", "lua") and len(words) == 1)
            )
        ):
            return Program(interpreter=known, source="information")
        kind = _option(known, flag)
        if kind == "code":
            carries = equals or not _ends_cluster(known.code, flag)
            following = word if carries else (words[at + 1] if at + 1 < len(words) else None)
            if known.language == "shell":
                following = _shell_program(words, at)
            return Program(interpreter=known, source="code", word=following)
        if kind == "module" and known.language == "r" and value != "CMD":  # -f FILE
            at += 1 if equals else 2
            if any(one.value == "-e" for one in words[at:]):
                continue
        if kind == "module":
            return Program(interpreter=known, source="module", word=word)
        if kind == "stdin":
            stdin_operand = True
            break
        at += 2 if kind == "value" and not equals else 1
    if (
        known.language == "perl"
        and command.appended
        and any(word.value == "-c" for word in command.words)
    ):
        return Program(interpreter=known, source="code")  # what BEGIN holds runs
    if known.reads_input or stdin_operand:
        return Program(interpreter=known, source="stdin")
    return Program(interpreter=known, source="module")


def _option(known: Interpreter, flag: str) -> str:
    """What one option word means: code, module, value (a word follows), stdin or plain."""
    for kind, options in (("code", known.code), ("module", known.module), ("value", known.values)):
        if flag in options:
            return kind
    if flag.startswith(("--", "+")):
        return "plain"
    if not known.clusters:
        return "code" if flag[:2] in known.code and known.language == "julia" else "plain"
    for letter in flag[1:]:
        one = f"-{letter}"
        if letter in known.attached:
            return "plain"
        if one in known.code:
            return "code"
        if one in known.module:
            return "module"
        if one in known.values:
            # A value attached to its letter ends the cluster.
            return "value" if flag.endswith(letter) else "plain"
        if known.language == "shell" and letter == "s":
            return "stdin"
    return "plain"


def _ends_cluster(code: frozenset[str], flag: str) -> bool:
    return flag in code or (not flag.startswith("--") and f"-{flag[-1]}" in code)


def _shell_program(words: list[Word], at: int) -> Word | None:
    """The text of `-c`: bash takes the first word after its options, not the next one."""
    here = at + 1
    while here < len(words):
        value = words[here].value
        if value in ("-o", "-O", "+o", "+O"):
            here += 2
        elif value is not None and len(value) > 1 and value[0] in "-+" and value != "--":
            here += 1
        elif value == "--":
            return words[here + 1] if here + 1 < len(words) else None
        else:
            return words[here]
    return None


def _only_computes(shape: Shape, found: Program) -> bool:
    """Whether it is a perl program, in words or a here-document, that is proven harmless."""
    if found.interpreter.language != "perl":
        return False
    words = shape.command.words[1:]
    if found.source == "code":
        return perl_options.only_computes(words)
    documents = [one for one in shape.command.redirects if one.op in ("<<", "<<-", "<<<")]
    if found.source != "stdin" or shape.command.feeds != "heredoc" or not documents:
        return False
    return perl_options.only_computes(words, documents[-1].target.value)


def judge(shape: Shape, facts: Facts) -> Iterable[Finding]:
    found = program(shape)
    for language, text in _codes(shape, found):
        yield from signs.judge(language, text, shape.cwd, facts)
    yield from python_modules.judge(shape)
    known = programs.deeds(shape.command)
    if known is not None:
        yield from programs.judge(shape, known, facts)
    elif found is not None and _only_computes(shape, found):
        return
    elif found is not None and found.interpreter.language != "shell":
        language = found.interpreter.language
        if found.source == "code":
            yield ask(f"inline/{language}", f"{language} code given in the command itself")
        elif found.source == "stdin" and shape.command.feeds in ("", "heredoc"):
            what = "from a here-document" if shape.command.feeds else "from standard input"
            yield ask(f"inline/{language}", f"{language} reads its program {what}")
    yield from _filter(shape)


def _codes(shape: Shape, found: Program | None) -> Iterable[tuple[str, str]]:
    """The programs that a command is given as text, each with its language.

    One with expansions of the shell in it is looked into as it is written: most of it is known.
    """
    for name in _FILTERS:
        if shape.names & _FILTER_NAMES[name]:
            yield from ((name, text) for text in _scripts(shape.command, name) if text)
    if found is None:
        return
    language = found.interpreter.language
    if found.source == "stdin" and shape.command.feeds == "heredoc":
        documents = [one for one in shape.command.redirects if one.op in ("<<", "<<-", "<<<")]
        for one in documents[-1:]:
            known = one.target.value
            yield (
                language,
                re.sub(r"\\([\\$`])", r"\1", one.target.source) if known is None else known,
            )
    elif found.source == "module" and python_modules.timed(shape.command):
        yield language, python_modules.timed(shape.command) or ""
    elif found.source == "code":
        whole = [one for one in _code_words(shape, found.interpreter) if one]
        if not whole and found.word is not None:
            whole = [_text(found.word)]
        yield language, "\n".join(whole)


def _text(word: Word) -> str:
    if word.value is not None:
        return word.value
    source = word.source
    if source[:1] == source[-1:] == '"' and len(source) > 1:
        return re.sub(r"\\([\"\\$`])", r"\1", source[1:-1])
    return source


def _code_words(shape: Shape, known: Interpreter) -> Iterable[str]:
    """What stands behind each `-e`, or is attached to it (`-e'…'`, `--eval=…`)."""
    words = shape.command.words[1:]
    at = 0
    while at < len(words):
        value = _text(words[at])
        at += 1
        if value[:1] != "-" or value == "-" or value == "--":
            return
        flag, equals, attached = value.partition("=")
        if equals and flag in known.code:
            yield attached
        elif value in known.code or _clustered(value, known) == value:
            yield _text(words[at]) if at < len(words) else ""
            at += 1
            if known.language not in ("perl", "ruby", "lua", "r", "elixir", "julia"):
                return
        elif _clustered(value, known):
            yield value[len(_clustered(value, known)) :]
        elif value in known.values:
            at += 1


def _clustered(value: str, known: Interpreter) -> str:
    """The part of a cluster of options up to the one that takes code, "" if none does."""
    if value.startswith("--"):
        return ""
    if not known.clusters:
        return value[:2] if value[:2] in known.code and known.language == "julia" else ""
    for place, letter in enumerate(value[1:], 2):
        if f"-{letter}" in known.code:
            return value[:place]
        if f"-{letter}" in known.values or not letter.isalnum() or letter in known.attached:
            return ""
    return ""


def _filter(shape: Shape) -> Iterable[Finding]:
    for name, judgement in _FILTERS.items():
        if shape.names & _FILTER_NAMES[name]:
            for text in _scripts(shape.command, name):
                why = judgement(text) if text is not None else "it is decided at run time"
                if why:
                    yield ask(f"inline/{name}", f"the {name} program does more than filter: {why}")
                    return


_FILTERS = {"awk": filters.awk_does_more, "sed": filters.sed_does_more}
_FILTER_NAMES = {
    "awk": frozenset({"awk", "gawk", "mawk", "nawk"}),
    "sed": frozenset({"sed", "gsed"}),
}
_FILTER_VALUES = {"awk": ("-F", "-v"), "sed": ("-l",)}
_FILTER_CODE = {"awk": ("-e", "--source"), "sed": ("-e", "--expression")}
_FILTER_FILE = ("-f", "--file")


def _with_numbers(word: Word) -> str | None:
    """A program in which only numbers are decided at run time (`$((n - 5)),${n}p`)."""
    numbers = word.dynamic <= {"arithmetic"} and len(word.could) == 1
    return word.could[0].replace("*", "1") if numbers else None


def _scripts(command: SimpleCommand, name: str) -> Iterable[str | None]:
    """The programs that an awk or sed command is given as text; None for one that is dynamic."""
    found: list[str | None] = []
    operand: list[str | None] = []
    words = command.words[1:]
    at = 0
    from_file = False
    while at < len(words):
        value = words[at].value
        following = words[at + 1].value if at + 1 < len(words) else ""
        if value is None:
            if not words[at].prefix.startswith(("-v", "-F", "-i")):
                operand.append(_with_numbers(words[at]))
        elif value == "--":
            operand += [word.value for word in words[at + 1 :]]
            break
        elif value.startswith("-") and len(value) > 1:
            flag, equals, attached = value.partition("=")
            if flag in _FILTER_CODE[name]:
                found.append(attached if equals else following)
                at += 0 if equals else 1
            elif value.startswith("-e") and name == "sed":
                found.append(value[2:])
            elif re.fullmatch(r"-[nErsuz]*e", value) and name == "sed":
                found.append(following)
                at += 1
            elif flag in _FILTER_FILE:
                from_file = True
                at += 0 if equals else 1
            elif value in _FILTER_VALUES[name]:
                at += 1
        else:
            operand.append(value)
        at += 1
    if not found and not from_file:
        found = operand[:1]
    return found
