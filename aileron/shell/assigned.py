"""Which variables a text sets, and how: told by its tree, not by its letters.

What is set by an assignment, a loop, `read` or a builtin that declares is followed from command
to command (`scope.py`).  What something else sets (`((…))`, `${x:=…}`, getopts) is not followed,
unless it is always a number.  Where a text may run text of its own (`eval`, `trap`) a name that
is set at several places is not followed, nor one that the letters of that text may set.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from aileron.shell.tree import (
    Command,
    Compound,
    Expansion,
    Literal,
    Part,
    RawAssignment,
    RawWord,
    Script,
    Simple,
)

# Names that are set by what stands behind them, other than an assignment or a loop.
_SETTERS = re.compile(
    r"\b(?:read|mapfile|readarray|printf[ \t]+-v|declare|local|export|typeset|readonly|unset|let"
    r"|getopts|select|coproc)\b[^\n;|&<]*|\(\([^\n;|&]*"
)
_RUNS_TEXT = re.compile(r"\b(?:trap|eval)\b")
# What may run text of the same shell, or a function at any time.
_OWN_TEXT = re.compile(
    r"\b(?:trap|eval|alias|PROMPT_COMMAND|command_not_found_handle|bind|complete|fc|enable)\b"
    r"|\b(?:mapfile|readarray)\b[^\n;|&]*[ \t]-\w*C|@P\}"
)
_SOURCES = re.compile(
    r"(?:^|[;&|(`{!]|\b(?:then|do|else|if|while|until|time|command|builtin)\b)[ \t]*\.[ \t]",
    re.MULTILINE,
)
# Errors after which bash goes on with the next line, as if what stands behind were not there.
_DROPS = re.compile(
    r"\breadonly\b|\bfailglob\b|\[-\d|\$\{\w+!|\$\{!\w+\}|\$\{(?:\w+|[@*]):(?![-=?+]|\d+\})"
    r"|\$\[|\$\{\w+\[(?![@*]\]|\d+\])|\w\[[^\]]*\]\+?=|[/%]=?[ \t]*(?:0|[A-Za-z_$(])[^()]{0,80}\)\)"
    r"|\b(?:declare|typeset|local)[ \t]+-\w*r"
)
# An assignment; a form's field (`curl -F "f=@$f"`) is none.
_ASSIGNED = re.compile(
    r"(?<!\s-[Fd] )(?<!\s-[Fd] [\"'])(?<!--form )(?<!--form [\"'])(?<![$\w{])"
    r"([A-Za-z_]\w*)(?:=|\+=|\[)"
)
_LOOPS = re.compile(r"\b(?:for|select)[ \t]+([A-Za-z_]\w*)\b")
_SET_BY_USE = re.compile(r"\$\{([A-Za-z_]\w*)(?:\[[^]]*\])?:?=")
_NAME = re.compile(r"(?<![$\w{])[A-Za-z_]\w*")
_SET_HERE = re.compile(r"(?:-v)?([A-Za-z_]\w*)(?:\[.*)?(?:[-+*/%]?=.*|\+\+|--)?", re.DOTALL)
_WHOLE_NAME = re.compile(r"[A-Za-z_]\w*")
_DECLARED = re.compile(r"([A-Za-z_]\w*)(?:\[[^]]*\])?\+?=")
_COMPUTED = re.compile(
    r"(?<![\w$])([A-Za-z_]\w*)(?:\[[^]]*\])?[ \t]*(?:(?:[-+*/%&|^]|<<|>>)?=(?!=)|\+\+|--)"
    r"|(?:\+\+|--)[ \t]*([A-Za-z_]\w*)"
)
_COUNTERS = frozenset(("RANDOM", "SECONDS", "LINENO", "UID", "EUID", "PPID", "BASHPID"))
_DIGITS = re.compile(r"\d+")
_PLAIN_IFS = re.compile(r"""IFS=(?:''|""|\$'(?:\\[nt0]|[ ])*'|" ?(?:\\[tn])*"|)$""")

DECLARES = frozenset(("declare", "local", "export", "typeset", "readonly"))
_READ_VALUES = frozenset("-d -i -n -N -p -t -u".split())  # noqa: SIM905
_OTHERS = frozenset(
    "getopts wait vared print zparseopts integer float sysread zstat strftime".split()  # noqa: SIM905
)
# Behind these an assignment that stands before a command may stay, or reach more than a program.
_KEEPS = frozenset(
    """
    . : break builtin command continue eval exec exit export readonly return set shift source
    times trap unset
    """.split()  # noqa: SIM905
)
_KEPT_OPTIONS = frozenset("xgaIr")  # of `declare`: those that leave a value as it is


@dataclass(slots=True)
class Variables:
    """The variables of a text: `followed` are set by nothing but what is followed, `several` of
    them at more than one place; `numbers` are always set to one; `every` is all that may be set;
    `changed` are those that functions set, `functions` their names; `splits` says that what is
    put in without quotes may be split otherwise than at blanks; `loose` may be set by what is
    not seen, too: what is known of them is never all."""

    followed: set[str] = field(default_factory=set)
    several: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    every: set[str] | None = field(default_factory=set)  # None: any
    changed: set[str] = field(default_factory=set)
    functions: set[str] = field(default_factory=set)
    splits: bool = False
    loose: set[str] = field(default_factory=set)

    def forget(self, names: Iterable[str]) -> None:
        self.loose.difference_update(names)
        self.followed.difference_update(names)
        self.numbers.difference_update(names)


def variables(text: str, script: Script) -> Variables:
    if "$" not in text:
        return Variables()
    if _may_set_any(text):
        return Variables(every=None)
    counts = _by_letters(text)
    if not counts:
        return Variables()
    places = Places()
    places.script(script)
    every = set(counts) | set(places.counts) | places.others
    functions, changed = places.functions, places.changed
    if places.any:
        return Variables(every=every, changed=changed, functions=functions, splits=True)
    places.end()
    known = places.counts
    numbers = {name for name, count in places.numeric.items() if count >= known.get(name, 0)}
    followed = {name for name in known if name not in places.others}
    followed.difference_update(_SET_BY_USE.findall(text))
    several = {name for name in followed if known[name] > 1}
    if not several and all(counts[name] == known.get(name) for name in counts):
        pass  # each is set at one place, whoever counts
    elif _OWN_TEXT.search(text):
        followed = {name for name in followed if counts.get(name, 1) in (1, places.loops.get(name))}
        followed |= {  # set in that text
            name for name in counts if counts[name] == 1 and name not in known
        } - places.others
        numbers = {name for name in numbers if counts.get(name, 1) <= known.get(name, 0)}
    elif _DROPS.search(text) or not places.computable(numbers):
        followed = {name for name in followed if known[name] in (1, places.loops.get(name))}
    return Variables(
        followed,
        several & followed,
        numbers,
        every,
        changed,
        functions,
        places.splits,
        {*known, *counts} - followed - places.others,
    )


def set_in(node: Command) -> set[str]:
    """The names of the variables that a part of a text may set."""
    places = Places()
    places.command(node)
    places.end()
    return {*places.counts, *places.others, *places.numeric}


def _may_set_any(text: str) -> bool:
    if "source" in text or ("$'" in text and _RUNS_TEXT.search(text)):
        return True
    return (". " in text or ".\t" in text) and _SOURCES.search(text) is not None


def _by_letters(text: str) -> dict[str, int]:
    """How often each name may be set, text in quotes and other programs' text included."""
    counts: dict[str, int] = {}
    for name in _ASSIGNED.findall(text):
        counts[name] = counts.get(name, 0) + 1
    for name in _LOOPS.findall(text) if "for" in text or "select" in text else ():
        counts[name] = counts.get(name, 0) + 1
    for name in _SET_BY_USE.findall(text):
        counts[name] = counts.get(name, 0) + 2
    for piece in _SETTERS.findall(text):
        assigned = set(_ASSIGNED.findall(piece))
        for name in _NAME.findall(piece):
            counts[name] = counts.get(name, 0) + (name not in assigned)
    return counts


class Places:
    """Counts the places of a tree that set each variable."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.loops: dict[str, int] = {}
        self.numeric: dict[str, int] = {}
        self.others: set[str] = set()  # set in a way that is not followed
        self.changed: set[str] = set()
        self.functions: set[str] = set()
        self.any = False  # any name may be set
        self.splits = False  # what is put in without quotes is split otherwise than at blanks
        self.inside = 0  # functions around
        self.before: list[tuple[str, str | None]] = []  # assignments before a command
        self.computed: list[str] = []  # arithmetic

    def end(self) -> None:
        """What stands before a call of a function is set while that runs."""
        for name, command in self.before:
            if command is None or command in _KEEPS or command in self.functions:
                self.others.add(name)

    def computable(self, numbers: set[str]) -> bool:
        """Whether no arithmetic can fail: it knows numbers only."""
        return all(
            not re.search(r"\$(?![A-Za-z_{#])|[\[`]|\$\{(?!\w+\}|#)", text)
            and set(re.findall(r"[A-Za-z_]\w*", text)) <= numbers | _COUNTERS
            for text in self.computed
        )

    def sets(self, name: str, *, numeric: bool = False) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1
        if numeric:
            self.numeric[name] = self.numeric.get(name, 0) + 1
        if self.inside:
            self.changed.add(name)

    def computes(self, text: str, *, sure: bool = False) -> None:
        """What `((…))` and `$((…))` set: always a number."""
        self.computed += [] if sure else [text.removeprefix("$((").removesuffix("))")]
        if "=" in text or "++" in text or "--" in text:
            for first, second in _COMPUTED.findall(text):
                self.sets(first or second, numeric=True)
                self.others.add(first or second)

    def set_otherwise(self, names: Iterable[str]) -> None:
        for name in names:
            self.others.add(name)
            if self.inside:
                self.changed.add(name)

    def script(self, script: Script) -> None:
        for item in script.items:
            for pipeline in item.pipelines:
                for command in pipeline.commands:
                    self.command(command)

    def command(self, node: Command) -> None:
        for redirect in node.redirects:
            if redirect.fd and not redirect.fd.isdigit():
                self.set_otherwise(_NAME.findall(redirect.fd))
            self.parts(redirect.target.parts)
            if redirect.body is not None:
                self.parts(redirect.body.parts)
        for word in node.words:
            if len(word.parts) > 1 or isinstance(word.parts[0], Expansion):
                self.parts(word.parts)
        if isinstance(node, Simple):
            self.simple(node)
        else:
            self.compound(node)

    def compound(self, node: Compound) -> None:
        if node.kind == "function":
            self.functions.add(node.name)
            self.inside += 1
        elif node.kind == "for":
            self.sets(node.name)
            self.loops[node.name] = self.loops.get(node.name, 0) + 1
        elif node.kind in ("select", "coproc"):
            self.set_otherwise([node.name])
        for body in node.bodies:
            self.script(body)
        self.inside -= node.kind == "function"

    def parts(self, parts: Iterable[Part | Script]) -> None:
        for part in parts:
            if isinstance(part, Script):
                self.script(part)
            elif isinstance(part, Expansion):
                if part.kind == "arithmetic":
                    self.computes(part.source)
                elif part.kind == "parameter" and not part.name:
                    self.set_otherwise(_SET_BY_USE.findall(part.source))
                    if "[" in part.source or ":" in part.source:
                        self.computes(part.source, sure=True)
                if part.nested:
                    self.parts(part.nested)

    def simple(self, node: Simple) -> None:
        literal = node.words[0].literal() if node.words else ""
        for item in node.assignments:
            self.parts(item.subscript or ())
            self.parts(item.value.parts)
            for element in item.elements:
                self.parts(element.parts)
            if (
                item.name == "IFS"
                and literal != "read"
                and not _PLAIN_IFS.match(f"IFS={item.value.source}")
            ):
                self.splits = True
            if node.words:
                self.before.append((item.name, literal))
            else:
                self.sets(item.name, numeric=_is_number(item))
        if node.words:
            self.builtin(literal, node.words)

    def builtin(self, name: str | None, words: list[RawWord]) -> None:
        rest = words[1:]
        if name in ("command", "builtin") and rest:
            self.builtin(rest[0].literal(), rest)
        elif name is None or name in _OTHERS:
            self.set_otherwise(
                found[1] for word in rest if (found := _SET_HERE.fullmatch(word.literal() or ""))
            )
        elif name in DECLARES:
            self.declared(name, rest)
        elif name == "read":
            self.read(rest)
        elif name in ("mapfile", "readarray"):
            value = rest[-1].literal() if rest else "MAPFILE"
            if value is None:
                self.any = True
            else:
                self.sets(value)
        elif name == "printf":
            self.printed(rest)
        elif name == "unset":
            for word in rest:
                value = word.literal()
                self.any = self.any or value is None
                for one in _NAME.findall(value or ""):
                    self.sets(one)
        elif name == "let":
            for word in rest:
                value = word.literal()
                self.any = self.any or value is None
                self.computes(value or "")

    def declared(self, name: str, words: list[RawWord]) -> None:
        options = ""
        for word in words:
            start = word.parts[0].text if isinstance(word.parts[0], Literal) else None
            value = word.literal()
            if start is None:
                self.any = True
            elif start[:1] in ("-", "+"):
                options += start[1:]
                self.any = self.any or value is None or "n" in (value if name != "export" else "")
            else:
                found = _DECLARED.match(_text(word))
                one = found[1] if found else value
                if one is None or not _WHOLE_NAME.fullmatch(one):
                    self.any = True
                elif found is not None or name not in ("export", "readonly"):
                    self.sets(one)
                    if set(options) - _KEPT_OPTIONS:
                        self.set_otherwise([one])
                if one == "IFS" and not (found and _PLAIN_IFS.match(word.source)):
                    self.splits = self.splits or found is not None

    def read(self, words: list[RawWord]) -> None:
        skipped = False
        for word in words:
            value = word.literal()
            if skipped:
                skipped = False
            elif value is not None and value.startswith("-"):
                skipped = value[:1] + value[-1:] in _READ_VALUES
            elif value is None:
                self.any = True
            else:
                for one in _NAME.findall(value):
                    self.sets(one)

    def printed(self, words: list[RawWord]) -> None:
        first = words[0].literal() if words else ""
        if first is None:  # `printf "$x" y z` where x is `-v`
            self.any = self.any or (len(words) > 2 and len(_text(words[0])) == 0)
        elif first.startswith("-v"):
            name = first[2:] or (words[1].literal() if len(words) > 1 else "")
            if name is None:
                self.any = True
            elif first == "-v":
                self.sets(name)
            else:
                self.set_otherwise([name])


def _text(word: RawWord) -> str:
    """The literal text that a word starts with."""
    made = ""
    for part in word.parts:
        if not isinstance(part, Literal):
            break
        made += part.text
    return made


def _is_number(item: RawAssignment) -> bool:
    if item.op != "=" or item.array or item.subscript or len(item.value.parts) != 1:
        return False
    part = item.value.parts[0]
    if isinstance(part, Literal):
        return _DIGITS.fullmatch(part.text) is not None
    return part.kind == "arithmetic"
