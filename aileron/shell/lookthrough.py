"""Looking through: what a command runs, found in its words by the table of `wrappers`.

What is found is either the words of another command or text that a shell will
read.  A command whose name is decided at run time is one without a name, here as
anywhere.  Where the words do not tell where the command starts, or what the text
is, that is a doubt: the reading is then not complete.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aileron.shell import inner, languages, programs, python_modules
from aileron.shell.options import Seen, literal, scan, several
from aileron.shell.reading import Word
from aileron.shell.wrappers import Wrapper

SUBSTITUTION = re.compile(r"\$\(|`")
STRICT = frozenset(("-i", "--posix", "-posix"))  # here aliases count
HARMLESS = frozenset(
    """
    pipefail errexit nounset xtrace noglob noclobber verbose extglob globstar nullglob dotglob
    failglob nocaseglob nocasematch inherit_errexit lastpipe
    """.split()  # noqa: SIM905
)
INPUT = frozenset(("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"))
ALIAS = re.compile(r"\s*alias\.(?P<name>[^=]*?)\s*=\s*(?P<shell>!?)", re.IGNORECASE)
DATABASES = ("psql", "mysql", "sqlite")  # what is not known of their text is data
XARGS_FLAGS = frozenset(("-r", "-t", "-x", "--no-run-if-empty", "--verbose", "--exit"))
MANY = 32  # arguments that join at run time
DESCRIPTORS = ("/dev", "/proc")
NO_COMMAND = frozenset(("", "true", "false", "yes", "no", "on", "off", "0", "1"))
FROM_INPUT = Word("", None, frozenset(("parameter",)), False, "")
ONE_WORD = re.compile(r'"[^"@]*"|[^$`"]+.*', re.DOTALL)  # whatever it expands to
SHELLS = {"bash": "bash", "rbash": "bash", "zsh": "zsh"}  # the others are read as sh


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """One thing that a command runs: `words` of a command, or `text` for `shell`.

    `same` is for text that this very shell reads, so that it sees its variables
    and directory.  A word that holds one of `holes` is replaced at run time.  To a
    `closed` text nothing is joined: what follows it, `given`, are its `$0`, `$1` and so on.
    """

    via: str
    words: tuple[Word, ...] = ()
    assignments: tuple[tuple[str, Word], ...] = ()
    text: str | None = None
    shell: str = "sh"
    same: bool = False
    appended: bool = False
    closed: bool = False
    given: tuple[Word, ...] = ()
    holes: frozenset[str] = frozenset()
    listed: bool = False  # it counts only if the table has it
    folder: Word | None = None  # where it runs


@dataclass(slots=True)
class Sight:
    """What was seen: `input` when the command reads commands from its standard input."""

    inner: list[Inner] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    input: str = ""  # the shell that does
    language: str = ""  # what it reads from there in another language than a shell's
    arguments: tuple[str | None, ...] = ()  # that a program read from there gets
    may_read: bool = False  # a shell whose script's name may turn out to be no word at all


def look(
    entry: Wrapper,
    name: str,
    words: Sequence[Word],
    appended: bool = False,
    assignments: Sequence[tuple[str, Word]] = (),
) -> Sight:
    """What `words` (the first is the program, called `name`) run.

    `appended` words may follow; `assignments` stood before it.
    """
    sight = Sight()
    language = programs.of(name)
    if language:
        _program(sight, language, name, words, appended)
    if entry.runs == "program":
        return sight
    seen = scan(entry, name, words)
    sight.doubts += seen.doubts
    sight.language = entry.stdin
    look_at = _Look(entry, name, words, seen, appended, sight)
    for variable, value in assignments:
        if variable in entry.variables:
            look_at.code(variable, value, entry.variables[variable])
    look_at.values()
    if not any(option.stops for _, option, _ in seen.met):
        look_at.run()
    return sight


def with_input(found: Inner, words: Sequence[Word], given: str) -> Inner:
    """The command of an xargs whose input is known, with the words that it gets from there."""
    options = words[1 : len(words) - len(found.words)]
    more = [one for one in re.split(r"[ \t\n]+", given) if one]
    plain = all(one.value in XARGS_FLAGS for one in options) and not set(given) & set("'\"\\")
    if not (plain and found.appended and 0 < len(more) <= MANY) or found.words[0] is FROM_INPUT:
        return found
    return replace(found, words=(*found.words, *map(_plain, more)), appended=False)


def _program(sight: Sight, language: str, name: str, words: Sequence[Word], appended: bool) -> None:
    known = programs.LANGUAGES[language]
    found = known.program(words)
    arguments = tuple(word.value for word in found.rest) + ((None,) * MANY if appended else ())
    code = found.word.value if found.word is not None else None
    if found.kind == "code" and code is not None:
        runs = programs.runs(language, code, arguments)
        via = f"{name} {known.option}"
        sight.inner += [Inner(via=via, text=text) for text in runs.texts]
        sight.doubts += [f"{via} runs what is decided at run time"] if runs.unknown else []
    elif found.kind == "module" and found.word is not None:
        profiled = python_modules.profiled(found.word.value or "", found.rest)
        given = (profiled.module if profiled else ()) or (found.word, *found.rest)
        sight.inner.append(Inner(via=f"{name} -m", words=given, appended=appended, listed=True))
    elif found.kind == "input":
        sight.language, sight.arguments = language, arguments


@dataclass(slots=True)
class _Look:
    entry: Wrapper
    name: str
    words: Sequence[Word]
    seen: Seen
    appended: bool
    sight: Sight

    def doubt(self, what: str) -> None:
        self.sight.doubts.append(what)

    # Options

    def values(self) -> None:
        """What the values of options run."""
        for option_name, option, value in self.seen.met:
            if option.role not in ("", "hole", "split", "program", "folder") and value is not None:
                via = f"{self.name} {option_name}"
                if option.role == "settings":
                    self.setting(via, value)
                elif option.role == "named":
                    start = literal(value).partition("=")
                    self.dynamic_setting(via, replace(value, value=None, prefix="".join(start[:2])))
                else:
                    self.code(via, value, option.role)
        for option_name, words in self.seen.commands:
            appended = self.appended or self.entry.appended
            holes = frozenset(("{}",)) if self.entry.appended else frozenset[str]()
            if len(words) == 1 and not holes and " " in (words[0].value or ""):
                self.text(f"{self.name} {option_name}", words)
            elif words or appended:
                self.sight.inner.append(
                    Inner(
                        via=f"{self.name} {option_name}",
                        words=words or (FROM_INPUT,),
                        appended=appended,
                        holes=holes,
                    )
                )

    def setting(self, via: str, value: Word) -> None:
        if value.value is None:
            self.dynamic_setting(via, value)
            return
        alias = ALIAS.match(value.value)
        if alias and not alias["shell"]:
            if self.calls(alias):
                text = _plain(f"{self.name} {value.value[alias.end() :]}")
                self.text(via, [text, *self.arguments(alias)])
            return
        for pattern in self.entry.settings.values():
            match = pattern.match(value.value)
            if match and value.value[match.end() :].lower() not in NO_COMMAND:
                self.text(via, [_plain(value.value[match.end() :]), *self.arguments(alias)])
                return

        for pattern in self.entry.unread.values():
            match = pattern.match(value.value)
            if match:
                self.code(via, _plain(value.value[match.end() :]), "files")
                return

    def calls(self, alias: re.Match[str] | None) -> bool:
        """Whether the alias that an option defines is the command."""
        rest = self.seen.rest
        return alias is not None and bool(rest) and rest[0].value == alias["name"]

    def arguments(self, alias: re.Match[str] | None) -> list[Word]:
        """What stands behind an alias: it gets that, too."""
        if not self.calls(alias):
            return []
        return [
            _plain(inner.STANDS_FOR_INPUT if word.value is None else shlex.quote(word.value))
            for word in self.seen.rest[1:]
        ]

    def dynamic_setting(self, via: str, value: Word) -> None:
        """A setting with a part that is decided at run time: its name tells, if it is known."""
        known = value.prefix.lstrip().lower()
        named = re.search(r"[=\s]", known) is not None
        for text, pattern in (*self.entry.settings.items(), *self.entry.unread.items()):
            start = re.split(r"[*=]", text)[0].lower()
            open_start = not named and (known.startswith(start) or start.startswith(known))
            if open_start or any(pattern.match(known + more) for more in ("", "!", "/")):
                self.doubt(f"{via} runs text that is decided at run time")
                return

    def code(self, via: str, value: Word, language: str) -> None:
        """Text in a language: the commands it holds, as text for a shell."""
        if language == "sh":
            self.text(via, [value])
            return
        if language == "foreign":
            self.doubt(f"the language of {self.name} is not read")
            return
        if language == "input" and value.value is None:
            return
        text = languages.known_part(value)
        found = languages.LANGUAGES[language](text)
        nothing_known = not text.strip() and language not in DATABASES
        if value.value is None and (found.unknown or found.texts or nothing_known):
            self.doubt(f"{via} runs text that is decided at run time")
        elif found.unknown:
            self.doubt(f"{via} runs what is decided at run time")
        if value.value is not None:
            for one in found.texts:
                self.text(via, [_plain(one)])

    # Operands

    def run(self) -> None:
        entry, seen = self.entry, self.seen
        for names, mode in entry.modes.items():
            if seen.has((names,)):
                entry = mode
        if self.reads_input(entry):
            return
        if len(seen.operands) < self.entry.operands:
            if self.appended and entry.runs in ("words", "text", "either"):
                self.sight.inner.append(Inner(via=self.name, words=(FROM_INPUT,), appended=True))
            return
        if split := seen.values("split"):
            self.split(split[0])
            return
        rest = list(seen.rest)
        if entry.marker:
            at = next((i for i, word in enumerate(rest) if word.value == entry.marker), None)
            if at is None:
                return
            rest = rest[at + 1 :]
        if programs := seen.values("program"):
            first = programs[-1] or FROM_INPUT
            if first.value != "":
                rest = [first, *rest]
        elif entry.head:
            rest = [*map(_plain, entry.head.split()), *rest]
        if entry.subcommands and self.subcommands(entry, rest):
            return
        for word in (*seen.operands, *rest) if entry.code else ():
            self.assigned(entry, word)
        self.operands(entry, rest)

    def operands(self, entry: Wrapper, rest: list[Word]) -> None:
        name, runs = self.name, entry.runs
        if runs == "either":
            runs = "code" if len(rest) == 1 else "words"
        if runs == "words":
            self.command(entry, rest)
        elif runs == "shell":
            self.shell(rest)
        elif runs == "file":
            self.file(rest[:1])
        elif runs == "first":
            if rest and rest[0].value not in ("", "-"):
                self.text(name, rest[:1], same=True)
        elif runs in ("text", "here"):
            if rest:
                self.text(name, rest, same=runs == "here", appended=entry.appended)
            if self.appended:
                self.doubt(f"what {name} runs is decided at run time")
        elif runs == "template":
            self.template(rest)
        elif runs == "keys":
            self.keys(rest)
        elif runs in ("code", "each"):
            given = [word for word in rest if word.value != ""]
            for at, word in enumerate(given[:1] if runs == "code" else given):
                self.code(name, word, entry.then if at and entry.then else entry.language)

    def reads_input(self, entry: Wrapper) -> bool:
        """Whether, without a command, it is a shell that reads its standard input."""
        seen = self.seen
        started = len(seen.operands) >= self.entry.operands or entry.runs != "text"
        bare = "*" in entry.bare or seen.has(entry.bare)
        if entry.input:
            first = seen.rest[0].value if seen.rest else "-"
            if first == "-" and not any(option.role for _, option, _ in seen.met):
                self.doubt(entry.input)
            return False
        if not (started and bare) or self.sight.inner or self.sight.doubts:
            return False
        if seen.rest and entry.runs != "nothing":
            return False
        self.sight.input = "sh"
        if self.appended:
            self.doubt(f"what {self.name} runs is decided at run time")
        return True

    def split(self, value: Word | None) -> None:
        """env -S: its text becomes words, options first."""
        pieces = inner.split_env(value.value) if value and value.value is not None else None
        if pieces is None:
            self.doubt(f"{self.name} splits a text that could not be read")
            return
        words = [self.words[0], *map(_plain, pieces), *self.seen.rest]
        found = look(self.entry, self.name, words, self.appended)
        self.sight.inner += found.inner
        self.sight.doubts += found.doubts

    def subcommands(self, entry: Wrapper, rest: list[Word]) -> bool:
        """Whether what is run depends on the first of the words."""
        known = False
        pieces: list[list[Word]] = [[]]
        for word in rest:
            text = word.value or ""
            if entry.separator and text.endswith(entry.separator):
                if text != entry.separator:
                    pieces[-1].append(_plain(text.removesuffix(entry.separator)))
                pieces.append([])
            else:
                pieces[-1].append(word)
        for piece in pieces:
            value = piece[0].value if piece else None
            if value is None:
                continue
            found = entry.subcommands.get(value) or entry.subcommands.get("*")
            if found is not None:
                known = True
                seen = look(found, f"{self.name} {value}", piece, self.appended or entry.appended)
                self.sight.inner += seen.inner
                self.sight.doubts += seen.doubts
                self.sight.input = self.sight.input or seen.input
        return known

    def assigned(self, entry: Wrapper, word: Word) -> None:
        """An operand like SHELL=x or SYSTEM:x, whose rest is run."""
        text = literal(word)
        for start in entry.code:
            if text.startswith(start):
                if word.value is None:
                    self.doubt(f"{self.name} {start} runs text that is decided at run time")
                else:
                    self.code(f"{self.name} {start}", _plain(text.removeprefix(start)), "shell")

    def command(self, entry: Wrapper, rest: list[Word]) -> None:
        assignments = [assignment(word) for word in self.seen.assigned]
        while entry.assignments and rest and "=" in rest[0].prefix:
            word = rest.pop(0)
            if several(word):
                self.doubt(f"a word before the command of {self.name} could be several")
            assignments.append(assignment(word))
        if not rest and self.appended and not entry.appended:
            rest = [FROM_INPUT]
        if rest and (rest[0].value or "").endswith(tuple(entry.files)):
            return
        if rest:
            self.sight.inner.append(
                Inner(
                    via=self.name,
                    words=tuple(rest),
                    assignments=tuple(assignments),
                    appended=self.appended or entry.appended,
                    holes=self.holes(),
                    folder=next(iter(self.seen.values("folder")[-1:]), None),
                )
            )

    def holes(self) -> frozenset[str]:
        values = self.seen.values("hole")
        return frozenset((word.value if word and word.value else "{}") for word in values)

    def text(
        self,
        via: str,
        words: Sequence[Word],
        *,
        shell: str = "sh",
        same: bool = False,
        appended: bool = False,
        closed: bool = False,
        given: Sequence[Word] = (),
    ) -> None:
        known = [word.home if word.value is None else word.value for word in words]
        if None in known or any("glob" in word.dynamic for word in words):
            self.doubt(f"{via} runs text that is decided at run time")
            return
        text = " ".join(one or "" for one in known)
        found = Inner(via=via, text=text, shell=shell, same=same, appended=appended, closed=closed)
        self.sight.inner.append(replace(found, given=tuple(given), holes=self.holes()))

    def template(self, rest: list[Word]) -> None:
        texts = inner.templates(
            [word.value if "glob" not in word.dynamic else None for word in rest],
            {word.value or "{}" for word in self.seen.values("hole") if word},
        )
        if texts.unknown:
            self.doubt(f"{self.name} runs its arguments")
        for text in texts.texts:
            self.sight.inner.append(Inner(via=self.name, text=text, appended=True))

    def keys(self, rest: list[Word]) -> None:
        if any(word.value is None for word in rest):
            self.doubt(f"{self.name} types text that is decided at run time")
            return
        typed = inner.typed([word.value or "" for word in rest])
        if typed:
            self.text(self.name, [_plain(typed)])

    def file(self, rest: list[Word]) -> None:
        if rest and ("process" in rest[0].dynamic or (rest[0].value or "").startswith(DESCRIPTORS)):
            self.doubt(f"what {self.name} runs is decided at run time")

    def shell(self, rest: list[Word]) -> None:
        name, seen, sight = self.name, self.seen, self.sight
        language = SHELLS.get(name, "sh")
        if seen.has(STRICT):
            language = "sh"
        for option, _, value in seen.met:
            if option[1:] in ("o", "O") and value and value.value not in HARMLESS:
                self.doubt(f"{name} {option} {value.source} changes how text is read")
            elif option in ("+B", "-H"):
                self.doubt(f"{name} {option} changes how text is read")
        if any(SUBSTITUTION.search(word.value or "") for word in rest[1:]):
            self.doubt(f"an argument of {name} could run as part of arithmetic")
        if seen.has(("-c",)):
            if rest:
                self.text(f"{name} -c", rest[:1], shell=language, closed=True, given=rest[1:])
            elif self.appended:
                self.doubt(f"{name} -c runs text that is decided at run time")
        elif not rest and self.appended:
            if not seen.has(("-n",)):  # which reads and runs nothing
                self.doubt(f"what {name} runs is decided at run time")
        elif not rest or seen.has(("-s",)) or rest[0].value in INPUT:
            sight.input = language
            if seen.has(("-i",)):
                self.doubt(f"{name} -i puts in words of earlier lines")
        else:
            sight.may_read = rest[0].value is None and not ONE_WORD.fullmatch(rest[0].source)
            self.file(rest[:1])


def _plain(text: str) -> Word:
    return Word(shlex.quote(text), text, frozenset(), True, text)


def assignment(word: Word) -> tuple[str, Word]:
    variable, _, text = (word.value or word.prefix).partition("=")
    value = None if word.value is None else text
    return variable, Word(text, value, word.dynamic, word.quoted, word.prefix.partition("=")[2])
