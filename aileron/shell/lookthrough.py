"""Looking through: what a command runs, found in its words by the table of `wrappers`.

What is found is either the words of another command or text that a shell will
read.  Where the words do not tell where the command starts, or what the text
is, that is a doubt: the reading is then not complete.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aileron.shell.reading import Word
from aileron.shell.wrappers import Wrapper

SIMPLE_TEXT = re.compile(r"[\w \t./:=@%+,-]*\Z")
SUBSTITUTION = re.compile(r"\$\(|`")
STRICT = frozenset(("-i", "--posix", "-posix"))  # here aliases count
HARMLESS = frozenset(
    """
    pipefail errexit nounset xtrace noglob noclobber verbose extglob globstar nullglob dotglob
    failglob nocaseglob nocasematch inherit_errexit lastpipe
    """.split()  # noqa: SIM905
)
INPUT = frozenset(("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"))
DESCRIPTORS = ("/dev/", "/proc/")
FROM_INPUT = Word("", None, frozenset(("parameter",)), False, "")
SHELLS = {"bash": "bash", "rbash": "bash", "zsh": "zsh"}  # the others are read as sh


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """One thing that a command runs: `words` of a command, or `text` for `shell`.

    `same` is for text that this very shell reads, so that it sees its variables
    and directory.  A word that holds one of `holes` is replaced at run time.
    """

    via: str
    words: tuple[Word, ...] = ()
    assignments: tuple[tuple[str, Word], ...] = ()
    text: str | None = None
    shell: str = "sh"
    same: bool = False
    appended: bool = False
    holes: frozenset[str] = frozenset()


@dataclass(slots=True)
class Sight:
    """What was seen: `input` when the command reads commands from its standard input."""

    inner: list[Inner] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    input: str = ""  # the shell that does


def look(entry: Wrapper, name: str, words: Sequence[Word], appended: bool = False) -> Sight:
    """What `words` (the first is the program, called `name`) run; `appended` words may follow."""
    sight = Sight()
    if entry.inside:
        _inside(entry, name, words, sight)
        return sight
    if not entry.named:
        _scan_texts(entry, name, words, sight)
        if entry.runs == "nothing" and not entry.subcommands:
            return sight
    found = options(entry, words, 1)
    taken = 0
    while taken < entry.operands and found.start < len(words):
        operand = words[found.start]
        if operand.value is None and not operand.quoted:
            found.doubts.append(f"a word before the command of {name} could be several")
        found.start += 1
        taken += 1
        if entry.again:
            found = options(entry, words, found.start, found)
    sight.doubts += found.doubts
    if found.value(entry.foreign):
        sight.doubts.append(f"the language of {name} is not read")
    for option, prefixes in entry.texts.items():
        for value in found.value((option,)):
            _text_value(f"{name} {option}", value, prefixes, sight)
    if found.value(entry.stops):
        return sight
    started = taken >= entry.operands or entry.runs != "text"
    bare = "*" in entry.bare or bool(found.value(entry.bare))
    if started and bare and not sight.inner:
        rest = words[found.start :]
        if not rest or (entry.runs == "nothing" and not found.value(entry.texts)):
            sight.input = "sh"
            if appended:
                sight.doubts.append(f"what {name} runs is decided at run time")
            return sight
    if taken < entry.operands:
        if appended and entry.runs in ("words", "text"):
            sight.inner.append(Inner(via=name, words=(FROM_INPUT,), appended=True))
        return sight
    split = found.value(entry.splits)
    if split:
        text = split[0].value if split[0] else None
        if text is None or not SIMPLE_TEXT.match(text):
            sight.doubts.append(f"{name} splits a text that could not be read")
            return sight
        pieces = [Word(piece, piece, frozenset(), False, piece) for piece in text.split()]
        return look(entry, name, [words[0], *pieces, *words[found.start :]], appended)
    holes = frozenset(
        (word.value if word and word.value else "{}") for word in found.value(entry.holes)
    )
    _run(entry, name, words, found, holes, appended, sight)
    return sight


def _run(
    entry: Wrapper,
    name: str,
    words: Sequence[Word],
    found: Options,
    holes: frozenset[str],
    appended: bool,
    sight: Sight,
) -> None:
    rest = list(words[found.start :])
    if entry.marker:
        at = next((i for i, word in enumerate(rest) if word.value == entry.marker), None)
        if at is None:
            return
        rest = rest[at + 1 :]
    if entry.until:
        at = next((i for i, word in enumerate(rest) if word.value in entry.until), len(rest))
        if at == 0 and rest:
            sight.doubts.append(f"{name} runs its arguments")
        rest = rest[:at]
    appended = appended or entry.appended
    if entry.subcommands:
        _subcommand(entry, name, rest, appended, sight)
    elif entry.runs == "shell":
        _shell(name, rest, found, appended, sight)
    elif entry.runs == "file":
        if rest and ("process" in rest[0].dynamic or (rest[0].value or "").startswith(DESCRIPTORS)):
            sight.doubts.append(f"what {name} runs is decided at run time")
    elif entry.runs == "first":
        if rest and rest[0].value not in ("", "-"):
            _text(name, rest[:1], sight, same=True)
    elif entry.runs in ("text", "here"):
        if rest:
            here = entry.runs == "here"
            _text(name, rest, sight, same=here, appended=appended, holes=holes)
    elif entry.runs == "words":
        _words(entry, name, rest, holes, appended, sight)


def _words(
    entry: Wrapper,
    name: str,
    rest: list[Word],
    holes: frozenset[str],
    appended: bool,
    sight: Sight,
) -> None:
    assignments = []
    while entry.assignments and rest and "=" in rest[0].prefix:
        word = rest.pop(0)
        if word.value is None and not word.quoted:
            sight.doubts.append(f"a word before the command of {name} could be several")
        variable, _, text = (word.value or word.prefix).partition("=")
        value = None if word.value is None else text
        assignments.append(
            (variable, Word(text, value, word.dynamic, word.quoted, word.prefix.partition("=")[2]))
        )
    if not rest and appended and not entry.appended:
        rest = [FROM_INPUT]
    if rest:
        sight.inner.append(
            Inner(
                via=name,
                words=tuple(rest),
                assignments=tuple(assignments),
                appended=appended,
                holes=holes,
            )
        )


def _text(
    via: str,
    words: Sequence[Word],
    sight: Sight,
    *,
    shell: str = "sh",
    same: bool = False,
    appended: bool = False,
    holes: frozenset[str] = frozenset(),
) -> None:
    pieces = []
    for word in words:
        if word.value is None or "glob" in word.dynamic:
            sight.doubts.append(f"{via} runs text that is decided at run time")
            return
        pieces.append(word.value)
    text = " ".join(pieces)
    sight.inner.append(
        Inner(via=via, text=text, shell=shell, same=same, appended=appended, holes=holes)
    )


def _text_value(via: str, value: Word | None, prefixes: tuple[str, ...], sight: Sight) -> None:
    """An option's value, if it starts with one of `prefixes`: the rest is text for a shell."""
    if value is None:
        return
    if value.value is None:
        if any(p.startswith(value.prefix.lower()[: len(p)]) for p in prefixes):
            sight.doubts.append(f"{via} runs text that is decided at run time")
        return
    low = value.value.lower()
    for prefix in prefixes:
        head, star, tail = prefix.partition("*")
        at = low.find(tail, len(head)) if star else 0
        if low.startswith(head) and at >= 0:
            text = value.value[at + len(tail) if star else len(prefix) :]
            _text(via, [Word(text, text, value.dynamic, value.quoted, text)], sight)
            return


def _scan_texts(entry: Wrapper, name: str, words: Sequence[Word], sight: Sight) -> None:
    """Options anywhere, of a program whose other options are not named.

    A long option may be abbreviated; a letter may stand in a group of letters.
    """
    for at, word in enumerate(words[1:], 1):
        text = word.value if word.value is not None else word.prefix
        following = words[at + 1] if at + 1 < len(words) else None
        for option, prefixes in entry.texts.items():
            value: Word | None = None
            if option.startswith("--"):
                stem, attached, tail = text.partition("=")
                if len(stem) < 5 or not option.startswith(stem):
                    continue
                value = _rest(word, tail) if attached else following
            elif text[:1] == "-" and text[:2] != "--" and option[1] in text:
                tail = text[text.index(option[1]) + 1 :]
                value = _rest(word, tail) if tail else following
            _text_value(f"{name} {option}", value, prefixes, sight)


def _inside(entry: Wrapper, name: str, words: Sequence[Word], sight: Sight) -> None:
    starts, ends = entry.inside["starts"], entry.inside["ends"]
    at = 1
    while at < len(words):
        word = words[at]
        at += 1
        if word.value is None and not word.quoted and word.dynamic & {"parameter", "command"}:
            sight.doubts.append(f"the arguments of {name} are decided at run time")
        if word.value not in starts:
            continue
        end = at
        while end < len(words) and words[end].value not in ends:
            end += 1
        inner = tuple(words[at:end])
        if inner:
            via = f"{name} {word.value}"
            holes = frozenset(("{}",))
            sight.inner.append(Inner(via=via, words=inner, appended=True, holes=holes))
        at = end + 1


def _subcommand(entry: Wrapper, name: str, rest: list[Word], appended: bool, sight: Sight) -> None:
    value = rest[0].value if rest else None
    inner = entry.subcommands.get(value) if value else None
    if inner is not None:
        seen = look(inner, f"{name} {value}", rest, appended)
        sight.inner += seen.inner
        sight.doubts += seen.doubts


def _shell(name: str, rest: list[Word], found: Options, appended: bool, sight: Sight) -> None:
    language = SHELLS.get(name, "sh")
    met = {option for option, _ in found.met}
    if met & STRICT:
        language = "sh"
    for option, value in found.met:
        if option in ("-O", "+O", "-o") and value and value.value not in HARMLESS:
            sight.doubts.append(f"{name} {option} {value.source} changes how text is read")
    if any(SUBSTITUTION.search(word.value or "") for word in rest[1:]):
        sight.doubts.append(f"an argument of {name} could run as part of arithmetic")
    if "-c" in met:
        if rest:
            _text(f"{name} -c", rest[:1], sight, shell=language)
        elif appended:
            sight.doubts.append(f"{name} -c runs text that is decided at run time")
    elif not rest and appended:
        sight.doubts.append(f"what {name} runs is decided at run time")
    elif not rest or "-s" in met or rest[0].value in INPUT:
        sight.input = language
    elif "process" in rest[0].dynamic or (rest[0].value or "").startswith(DESCRIPTORS):
        sight.doubts.append(f"what {name} runs is decided at run time")


@dataclass(slots=True)
class Options:
    """The options of one command: where its operands start, and what was met."""

    start: int
    met: list[tuple[str, Word | None]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def value(self, names: Iterable[str]) -> list[Word | None]:
        return [value for name, value in self.met if name in names]


def options(
    entry: Wrapper, words: Sequence[Word], start: int, found: Options | None = None
) -> Options:
    """Goes over the options from `start`; stops at the first word that is none.

    A word that the run decides could be an option, an operand or nothing: what
    it stands for is left to the operands, and said as a doubt by who reads them.
    """
    found = found or Options(start)
    while found.start < len(words):
        text = words[found.start].value
        if text == "-" and text in entry.flags:
            found.start += 1
            continue
        if text is None or len(text) < 2 or text[0] not in "-+":
            break
        if text == "--":
            if entry.marker != "--":
                found.start += 1
            break
        if text[0] == "+" and not (entry.numbers or text[:2] in entry.known):
            break
        if entry.numbers and text[1:].lstrip("+-").isdigit():
            found.start += 1
            continue
        _option(entry, words, text, found)
    return found


def _option(entry: Wrapper, words: Sequence[Word], text: str, found: Options) -> None:
    place = found.start
    found.start += 1
    name, attached, rest = text.partition("=")
    word = words[place]
    if text.startswith("--") or (name in entry.known and len(name) > 2) or text in entry.known:
        if name not in entry.known:
            found.doubts.append(f"the option {name} is not known")
        elif attached:
            found.met.append((name, _rest(word, rest)))
        elif name not in entry.values and name in entry.flags | entry.stops | entry.optional:
            found.met.append((name, None))
        else:
            _takes_next(words, name, found)
        return
    for at, letter in enumerate(text[1:], 1):
        name = text[0] + letter
        tail = text[at + 1 :]
        if name in entry.optional:
            found.met.append((name, _rest(word, tail) if tail else None))
            return
        if name not in entry.values and name in entry.flags | entry.stops:
            found.met.append((name, None))
        elif name in entry.known:
            if entry.runs == "shell":  # whose -o takes the next word wherever it stands
                _takes_next(words, name, found)
                continue
            if tail:
                found.met.append((name, _rest(word, tail)))
            else:
                _takes_next(words, name, found)
            return
        else:
            found.doubts.append(f"the option {name} is not known")
            return


def _rest(word: Word, text: str) -> Word:
    return Word(text, text, word.dynamic, word.quoted, text)


def _takes_next(words: Sequence[Word], name: str, found: Options) -> None:
    value = words[found.start] if found.start < len(words) else None
    if value is not None and value.value is None and not value.quoted:
        found.doubts.append(f"the value of {name} could be several words")
    found.met.append((name, value))
    found.start += 1
