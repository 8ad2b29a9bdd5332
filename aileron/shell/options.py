"""The options of a command that the table knows: which there are, and what stands behind them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from aileron.shell.reading import Word
from aileron.shell.wrappers import Option, Wrapper

ASSIGNMENT = re.compile(r"[^-=][^=]*=")
ABBREVIATION = 5  # how much of an option anywhere is taken for an abbreviation
MANY = re.compile(r"\$@|\$\{@|\[@\]|\$\{!\w+@")  # any number of words although it is quoted
# One word even without quotes: numbers, and the folders that a person works in.
ONE = re.compile(
    r"(?:\$(?:[?#$!]|PWD|HOME|UID|\{(?:PWD|HOME|UID|#\w+)\}|\(pwd\)|\(\([^$`]*\)\))|[\w./:@=,-])*"
)
FLAG = Option()


@dataclass(slots=True)
class Seen:
    """What stands before the command (`operands`, `assigned`), and the `rest`."""

    met: list[tuple[str, Option, Word | None]] = field(default_factory=list)
    commands: list[tuple[str, tuple[Word, ...]]] = field(default_factory=list)
    operands: list[Word] = field(default_factory=list)
    assigned: list[Word] = field(default_factory=list)
    rest: list[Word] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def has(self, names: Collection[str]) -> bool:
        return any(name in names for name, _, _ in self.met)

    def values(self, role: str) -> list[Word | None]:
        return [value for _, option, value in self.met if option.role == role]


def literal(word: Word) -> str:
    """What is known of the start of a word."""
    return word.value if word.value is not None else word.prefix


def several(word: Word) -> bool:
    """Whether the run may make several words of it, or none."""
    if word.value is not None or ONE.fullmatch(word.source):
        return False
    return not word.quoted or MANY.search(word.source) is not None


@dataclass(slots=True)
class _Scan:
    entry: Wrapper
    name: str
    words: Sequence[Word]
    seen: Seen
    at: int = 1

    @property
    def tolerant(self) -> bool:
        return self.entry.anywhere or self.entry.loose

    def doubt(self, what: str) -> None:
        if not self.tolerant:
            self.seen.doubts.append(what)

    def next(self, name: str) -> Word | None:
        """The next word, as the value of an option."""
        word = self.words[self.at] if self.at < len(self.words) else None
        self.at += 1
        if word is not None and several(word):
            self.doubt(f"the value of {name} could be several words")
        return word

    def meet(self, name: str, option: Option, attached: Word | None) -> None:
        if option.role == "rest":
            self.command(name, attached)
            return
        value = attached
        if value is not None and several(value):
            self.doubt(f"the value of {name} could be several words")
        if value is None and (option.takes[:1] == "=" or self.given(option)):
            value = self.next(name)
            self.at += len(option.takes) - 1
        self.seen.met.append((name, option, value))

    def given(self, option: Option) -> bool:
        """Whether the next word is the value that an option can have."""
        following = self.words[self.at : self.at + 1]
        return option.takes == "?" and any(literal(word)[:1] != "-" for word in following)

    def command(self, name: str, first: Word | None) -> None:
        """The words up to where the command of an option ends."""
        found = [first] if first is not None else []
        while self.at < len(self.words):
            word = self.words[self.at]
            self.at += 1
            if word.value in self.entry.ends and (word.value != "+" or _is_hole(found)):
                break
            found.append(word)
        self.seen.commands.append((name, tuple(found)))

    def long(self, name: str) -> tuple[str, Option] | None:
        options = self.entry.options
        if name in options:
            return name, options[name]
        if len(name) < 3 or name[1] != "-" or "-" not in (name[0], name[1]):
            return None
        if self.tolerant and len(name) < ABBREVIATION:
            return None
        known = self.entry.running if self.tolerant else tuple(options)
        found = [one for one in known if one.startswith(name)]
        if found and len({options[one] for one in found}) == 1:
            return found[0], options[found[0]]
        return None

    def option(self, word: Word, text: str) -> None:
        self.at += 1
        name, equals, tail = text.partition("=")
        options = self.entry.options
        if text[:2] == "--" or (len(name) > 2 and name in options):
            known = self.long(name)
            if known is None or (word.value is None and not equals):
                self.doubt(f"the option {name} is not known")
            else:
                self.meet(*known, _rest(word, tail) if equals else None)
            return
        if "+" in options and text[0] == "+":
            self.meet("+", options["+"], _rest(word, text[1:]))
            return
        self.letters(word, text[0], text[1:])

    def letters(self, word: Word, sign: str, text: str) -> None:
        for at, letter in enumerate(text):
            name = sign + letter
            option = self.entry.options.get(name)
            tail = text[at + 1 :]
            if option is None:
                if not self.tolerant:
                    self.doubt(f"the option {name} is not known")
                    return
            elif option.takes == "=" and self.entry.runs == "shell":
                self.meet(name, option, None)  # a shell's -o: the next word, wherever it stands
            elif option.takes or option.role == "rest":
                whole = tail or word.value is None
                self.meet(name, option, _rest(word, tail) if whole else None)
                return
            else:
                self.meet(name, option, None)
        if word.value is None:
            self.doubt(f"the option {text and sign + text} goes on in a way that is not known")

    def bundle(self, text: str) -> None:
        """The old form of tar: letters, then their values in the order of the letters."""
        self.at += 1
        for letter in text:
            option = self.entry.options.get(f"-{letter}", FLAG)
            if option.takes != "*":
                self.meet(f"-{letter}", option, None)


def scan(entry: Wrapper, name: str, words: Sequence[Word]) -> Seen:
    """Goes over the options of `words`, the first of which is the program."""
    seen = Seen()
    state = _Scan(entry, name, words, seen)
    if entry.bundled and len(words) > 1 and literal(words[1])[:1] not in ("-", ""):
        state.bundle(words[1].value or "")
    ended = False
    while state.at < len(words):
        word = words[state.at]
        text = literal(word)
        if text == entry.marker != "" and not ended:
            break
        if text == "--" and not ended:
            ended = True
            state.at += 1
        elif not ended and _is_option(entry, text):
            if len(text) == 1 or (entry.numbers and text[1:].lstrip("+-").isdigit()):
                state.at += 1
            else:
                state.option(word, text)
        elif entry.anywhere:
            if several(word) and not word.prefix and entry.ends:
                seen.doubts.append(f"the arguments of {name} are decided at run time")
            seen.operands.append(word)
            state.at += 1
        elif entry.again and entry.assignments and not ended and ASSIGNMENT.match(text):
            seen.assigned.append(word)
            state.at += 1
        elif len(seen.operands) < entry.operands:
            if several(word):
                seen.doubts.append(f"a word before the command of {name} could be several")
            seen.operands.append(word)
            state.at += 1
            ended = ended or not entry.again
        else:
            if several(word) and word.prefix in ("", "-") and not ended and words[state.at + 1 :]:
                state.doubt(f"where the command of {name} starts is decided at run time")
            break
    seen.rest = list(words[state.at :])
    if entry.anywhere and not entry.marker:
        seen.operands, seen.rest = seen.operands[: entry.operands], seen.operands[entry.operands :]
    return seen


def _is_option(entry: Wrapper, text: str) -> bool:
    if len(text) < 2:
        return text == "-" and text in entry.options
    if text[0] == "+":
        return entry.numbers or "+" in entry.options or text[:2] in entry.options
    return text[0] == "-"


def _is_hole(found: Sequence[Word | None]) -> bool:
    return bool(found) and found[-1] is not None and found[-1].value == "{}"


def _rest(word: Word, text: str) -> Word:
    """What is attached to an option, of a word that starts with `text` behind it."""
    before = literal(word).removesuffix(text)
    return replace(
        word,
        source=word.source.removeprefix(before),
        value=None if word.value is None else text,
        prefix=text,
    )
