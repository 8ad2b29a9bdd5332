"""Makefiles: what `make [target…]` would run.

Read as GNU make reads them: variables, conditions, included files of the
project, rules with their prerequisites, pattern rules by the names they fit.
The recipes of the targets and of all that they need count, whether they are up
to date or not; so does every `$(shell)` and `!=` that is expanded on the way,
which make runs while it reads, whatever the target, and with -n, too.

Where a condition is not known both branches count.  A variable that is not
known is a variable in the text; the plan says then that it is not the whole
truth, as it does for `$(eval)`, `define` that makes rules, an included file that
is none of the project's, .RECIPEPREFIX, and a target that no rule speaks about.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from aileron.tasks import make_lines
from aileron.tasks.make_values import Endless, Values, is_unknown, mark, shown
from aileron.tasks.task import Call, File, Plan, Read, Step, Words, bounded, names

FILES = ("GNUmakefile", "makefile", "Makefile")
NAMES = names("make gmake")

_SHELLS = names("sh bash dash zsh")
_PLAIN_FLAGS = re.compile(r"(?:(?:-[euxolv]+|pipefail|errexit|nounset)\s+){0,9}-[euxol]*c")
_LETTERS_WITH_VALUE = frozenset("fCIoWj")
_LONG_WITH_VALUE = {
    "--file": "f",
    "--makefile": "f",
    "--directory": "C",
    "--include-dir": "I",
    "--old-file": "o",
    "--assume-old": "o",
    "--what-if": "W",
    "--new-file": "W",
    "--assume-new": "W",
}
_LETTERS = frozenset("bmBdhkLnpqrRsSStvwij")
_LONG = names("""
    --always-make --keep-going --no-keep-going --stop --no-builtin-rules --no-builtin-variables
    --silent --quiet --no-silent --print-directory --no-print-directory --warn-undefined-variables
    --debug --trace --touch --jobs --output-sync --load-average --max-load --check-symlink-times
    --ignore-errors --environment-overrides --print-data-base
    """)
_DRY = names("--dry-run --just-print --recon --question")
_TELLS = names("--version --help")
_SETTING = re.compile(r"([^\s:=+?!#]+)(:{0,3}|\+|\?)=(.*)", re.DOTALL)
# What is read besides the Makefile itself: never a file that may hold secrets.
_INCLUDED = re.compile(r"(?:GNUm|[Mm])akefile[^/]*|[^/]+\.(?:mk|mak|make)")
_MOST_INCLUDED = 24
_PREFIX = re.compile(r"[\s@+-]*")


def call(name: str, words: Words, folder: str) -> Call | None:
    """What a make command asks for."""
    del name
    files: list[str] = []
    goals: list[str] = []
    settings: list[tuple[str, str | None]] = []
    options: set[str] = set()
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word is None:
            return None
        setting = _SETTING.fullmatch(word) if not word.startswith("-") else None
        if setting:
            if setting[1] in ("SHELL", ".SHELLFLAGS", "MAKEFLAGS", "GNUMAKEFLAGS", "MAKEFILES"):
                return None
            settings.append((setting[1], setting[3] if setting[2] in ("", ":", "::") else None))
            continue
        if not word.startswith("-") or word == "-":
            goals.append(word)
            continue
        letter, value = _option(word, options)
        if letter == "?" or letter in _TELLS:
            return None
        if not letter:
            continue
        if value is None and letter != "j":
            value = words[at] if at < len(words) else None
            at += 1
            if value is None:
                return None
        elif value is None and at < len(words) and (words[at] or "").isdigit():
            at += 1
        if letter == "C" and value is not None:
            folder = posixpath.normpath(posixpath.join(folder, value))
        elif letter == "f" and value is not None:
            files.append(value)
        elif letter in "IoW":
            options.add("unclear")
    if len(files) > 1:
        return None
    return Call(
        runner="make",
        folder=folder,
        files=tuple(files) or FILES,
        tasks=tuple(goals),
        settings=tuple(settings),
        options=frozenset(options),
    )


def _option(word: str, options: set[str]) -> tuple[str, str | None]:
    """The letter of an option that takes a value, and the value if it is attached; "?" is one
    that is not known, and "" one that takes none."""
    if word.startswith("--"):
        flag, equals, value = word.partition("=")
        if flag in _LONG_WITH_VALUE:
            return _LONG_WITH_VALUE[flag], value if equals else None
        if flag in _DRY:
            options.add("dry")
        return (flag, None) if flag in _TELLS else ("" if flag in _LONG | _DRY else "?", None)
    for at, letter in enumerate(word[1:], start=1):
        if letter in _LETTERS_WITH_VALUE:
            return letter, word[at + 1 :] or None
        if letter not in _LETTERS:
            return "?", None
        if letter in "nq":
            options.add("dry")
        if letter in "hv":
            return "--help", None
    return "", None


@dataclass
class Rule:
    """`certain` is False behind a condition that is not known."""

    targets: list[str]
    needs: list[str]
    op: str
    certain: bool
    recipe: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)  # needs that no `$^` names

    def of(self, stem: str) -> Rule:
        """A pattern rule, for one name that fits it."""
        made = [[one.replace("%", stem, 1) for one in needs] for needs in (self.needs, self.order)]
        return replace(self, needs=made[0], order=made[1])


def plan(call: Call, file: File, read: Read, known: Mapping[str, str] | None = None) -> Plan:
    """The recipes that a call would run; `known` are variables of the environment."""
    fixed = {name: mark() if value is None else value for name, value in call.settings}
    own = {"CURDIR": call.folder, "PWD": call.folder, "MAKECMDGOALS": " ".join(call.tasks)}
    own["MAKEFILE_LIST"] = posixpath.relpath(file.path, call.folder)
    given = {name: mark() if value is None else value for name, value in call.environment}
    values = Values({**(known or {}), **given, **own}, fixed)
    makefile = Makefile(values, read, call.folder)
    try:
        makefile.evaluate(file.text)
        steps = list(makefile.steps(call, posixpath.basename(file.path)))
    except (Endless, RecursionError):
        steps = []
        makefile.doubts.append("its variables grow without end")
    before = [Step("", shown(text), call.folder, "sh") for text in values.shells]
    unclear = [*makefile.doubts, *values.doubts, ""][0]
    if not unclear and "unclear" in call.options:
        unclear = "options of make decide what runs"
    return bounded([*before, *steps], unclear)


class Makefile:
    """The rules of a Makefile, as its lines are evaluated one after another."""

    def __init__(self, values: Values, read: Read, folder: str) -> None:
        self.values = values
        self.read = read
        self.folder = folder
        self.rules: list[Rule] = []
        self.doubts: list[str] = []
        self.included: list[str] = []
        self.one_shell = False
        self._defaults: list[str] = []  # the first target; several behind a condition not known
        self._settled = False

    def evaluate(self, text: str, depth: int = 0, certain: bool = True) -> None:
        branches: list[list[bool | None]] = []  # of each condition: those before, the present one
        here: list[Rule] = []
        for line in make_lines.lines(text.replace("\ue000", "?").replace("\ue001", "?")):
            if line.kind in ("if", "else", "endif"):
                self._condition(line, branches)
                continue
            state = _state(branches)
            if state is False:
                continue
            sure = certain and state is True
            if line.kind == "recipe":
                for rule in here:
                    rule.recipe.append(line.text)
                continue
            here = []
            if line.kind == "rule":
                here = self._rule(line, sure)
            elif line.kind in ("assign", "define"):
                self._assign(line, sure)
            elif line.kind == "export":
                for name in self.values.expand(line.text).split():
                    self.values.given.setdefault(name, (mark(f"?{name}"), False))
            elif line.kind == "include":
                self._include(line, depth, sure)
            elif self.values.expand(line.text).strip():
                self.doubts.append("a line of it is made when make reads it")

    def _condition(self, line: make_lines.Line, branches: list[list[bool | None]]) -> None:
        if line.kind == "endif":
            if branches:
                branches.pop()
        elif line.kind == "else":
            if branches:
                before, now = branches[-1]
                taken = _either(before, now)
                branches[-1] = [taken, None if taken is None else not taken]
        else:
            found = self._truth(line) if _state(branches) is not False else False
            if line.op == "else" and branches:
                before, rest = branches[-1]
                branches[-1] = [before, False if rest is False else _both(rest, found)]
            else:
                branches.append([False, found])

    def _truth(self, line: make_lines.Line) -> bool | None:
        """Whether a condition holds; None where that is not known.

        What nobody set is taken for empty: it is how switches like `V=1` are written.
        """
        if line.name in ("ifdef", "ifndef"):
            name = self.values.expand(line.text).strip()
            value = self.values.given.get(name, ("", True))[0] or self.values.fixed.get(name, "")
            value = _unset(value)
            if is_unknown(name) or is_unknown(value):
                return None
            return bool(value or self.values.known.get(name)) == (line.name == "ifdef")
        sides = _sides(line.text)
        if sides is None:
            return None
        expanded = [_unset(self.values.expand(side)) for side in sides]
        if any(is_unknown(side) for side in expanded):
            return None
        return (expanded[0] == expanded[1]) == (line.name == "ifeq")

    def _assign(self, line: make_lines.Line, sure: bool) -> None:
        if line.op.endswith(":"):  # of one target: it may have any value elsewhere
            _, _, value = line.text.partition("=")
            self.values.expand(value)
            self.values.set(line.name, "=", mark(), certain=False)
            return
        name = self.values.expand(line.name)
        if is_unknown(name) or name == ".RECIPEPREFIX":
            self.doubts.append(f"it sets {shown(name)}")
            return
        self.values.set(name, line.op, line.text, certain=sure, strong=line.strong)

    def _include(self, line: make_lines.Line, depth: int, sure: bool) -> None:
        for word in self.values.expand(line.text).split():
            path = posixpath.normpath(posixpath.join(self.folder, word))
            readable = _INCLUDED.fullmatch(posixpath.basename(path)) and not is_unknown(word)
            self.included.append(word)
            text = None
            if readable and len(self.included) <= _MOST_INCLUDED and depth < 8:
                text = self.read(path)
            if text is not None:
                self.evaluate(text, depth + 1, sure)
            else:
                self.doubts.append(f"it includes {shown(word)}")

    def _rule(self, line: make_lines.Line, sure: bool) -> list[Rule]:
        targets = self.values.expand(line.name).split()
        needs = self.values.expand(line.text)
        if ":" in needs:  # a static pattern: what it needs is made of each target's name
            needs = needs.partition(":")[2]
        if ".ONESHELL" in targets:
            self.one_shell = True
        if any(is_unknown(target) for target in targets):
            self.doubts.append("a rule's target is decided when make reads it")
            targets = [target for target in targets if not is_unknown(target)]
        if not self._settled:
            own = [one for one in targets if "%" not in one and (one[0] != "." or "/" in one)]
            self._defaults += own[:1]
            self._settled = sure and own != []
        plain, _, order = needs.partition("|")
        rule = Rule(targets, plain.split(), line.op, sure, order=order.split())
        self.rules.append(rule)
        return [rule]

    def steps(self, call: Call, file: str) -> Iterator[Step]:
        """What the goals and all that they need would run."""
        by_target: dict[str, list[Rule]] = {}
        patterns: list[Rule] = []
        for rule in self.rules:
            for target in rule.targets:
                if "%" in target:
                    patterns.append(rule)
                else:
                    by_target.setdefault(target, []).append(rule)
        chosen = self.values.value(".DEFAULT_GOAL", {})
        goals = list(call.tasks) or ([chosen] if chosen else self._defaults)
        if not goals or is_unknown(chosen):
            self.doubts.append("its default target is not known")
        waiting = [*reversed(goals), *self.included, file]
        seen: set[str] = set()
        while waiting:
            target = waiting.pop()
            if target in seen:
                continue
            seen.add(target)
            if is_unknown(target):
                self.doubts.append("what a target needs is decided when make reads it")
                continue
            about = by_target.get(target, [])
            found = _wanted(about)
            if not any(rule.recipe for rule in found):
                made = [rule.of(stem) for rule, stem in _fitting(patterns, target)]
                self.values.work += len(made)
                found += made
                about = [*made, *about]
            if not any(rule.recipe for rule in found) and target in goals:
                found = found or by_target.get(".DEFAULT", [])
            if not found and target in goals:
                self.doubts.append(f"there is no target {target}")
            if not all(rule.certain for rule in found):
                self.doubts.append("a condition in it is not known")
            for rule in found:
                every = [need for one in about if one is not rule for need in one.needs]
                own = [] if rule.op == "::" else every
                yield from self._recipe(rule, [*rule.needs, *own], target, call)
            needs = [need for rule in about for need in (*rule.needs, *rule.order)]
            waiting += reversed(needs)

    def _recipe(self, rule: Rule, needs: list[str], target: str, call: Call) -> Iterator[Step]:
        shell = self._shell()
        every = " ".join(needs)
        if "%" in every:  # of a static pattern
            every = mark()
        once = every if is_unknown(every) else " ".join(dict.fromkeys(needs))
        local = {"@": target, "^": once, "+": every, "?": mark(), "*": mark(), "|": mark()}
        local["<"] = every if is_unknown(every) else "".join(needs[:1])
        local |= {"@D": posixpath.dirname(target) or ".", "@F": posixpath.basename(target)}
        texts: list[str] = []
        for line in rule.recipe:
            expanded = self.values.expand(line, local)
            if is_unknown(expanded):
                self.doubts.append("a variable in it is not known")
            always = "$(MAKE)" in line or "${MAKE}" in line
            # A variable may hold several lines; a backslash joins what is one.
            for one in re.split(r"(?<!\\)\n", shown(expanded)):
                prefix = _PREFIX.match(one)
                start = prefix.end() if prefix else 0
                if "dry" in call.options and not always and "+" not in one[:start]:
                    continue
                texts.append(one[start:])
        if shell is None:
            if texts:
                self.doubts.append("its SHELL is none that is read")
            return
        for text in ["\n".join(texts)] if self.one_shell else texts:
            yield Step(target, text, call.folder, shell)

    def _shell(self) -> str | None:
        """The shell that recipes are given to, None where that is no shell that is read."""
        words = self.values.value("SHELL", {}).split() if "SHELL" in self.values.given else ["sh"]
        if words[:1] in (["/usr/bin/env"], ["/bin/env"]):
            words = words[1:]
        name = posixpath.basename(words[0]) if words else ""
        flags = self.values.given.get(".SHELLFLAGS", ("-c", False))[0]
        plain = _PLAIN_FLAGS.fullmatch(" ".join([*words[1:], flags.strip()])[:100])
        if name not in _SHELLS or not plain:
            return None
        return name


def _wanted(rules: list[Rule]) -> list[Rule]:
    """Of several rules for one target the last recipe counts, but where that is not sure."""
    with_recipe = [rule for rule in rules if rule.recipe]
    if not with_recipe:
        return rules[:1]
    if with_recipe[-1].op == ":" and all(rule.certain for rule in with_recipe):
        return with_recipe[-1:]
    return with_recipe


def _fitting(patterns: list[Rule], target: str) -> Iterator[tuple[Rule, str]]:
    for rule in patterns[:200]:
        for pattern in rule.targets:
            before, star, after = pattern.partition("%")
            if pattern == "%" or not star or len(target) < len(before + after):
                continue
            if target.startswith(before) and target.endswith(after) and rule.recipe:
                yield rule, target[len(before) : len(target) - len(after)]
                break


def _sides(text: str) -> tuple[str, str] | None:
    """The two texts that ifeq compares."""
    text = text.strip()
    if text.startswith("("):
        depth = 0
        for found in re.finditer(r"[(),]", text):
            if found[0] == ")":
                depth -= 1
            elif found[0] == "(":
                depth += 1
            elif depth == 1:
                behind = text[found.end() :].rstrip().removesuffix(")")
                return text[1 : found.start()].rstrip(), behind.lstrip()
        return None
    quoted = re.fullmatch(r"(\"[^\"]*\"|'[^']*')\s+(\"[^\"]*\"|'[^']*')", text)
    return (quoted[1][1:-1], quoted[2][1:-1]) if quoted else None


def _unset(text: str) -> str:
    return re.sub("\ue000\\?\\w+\ue001", "", text)


def _state(branches: list[list[bool | None]]) -> bool | None:
    state: bool | None = True
    for _, now in branches:
        state = _both(state, now)
    return state


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _either(one: bool | None, other: bool | None) -> bool | None:
    if one is True or other is True:
        return True
    return None if one is None or other is None else False
