"""Whether a rule speaks about a command.

Deny and ask rules match loosely: the words of the pattern in their order, with
options, and further operands, before, between and after them; options anywhere,
clustered or not, `--flag=value` like `--flag value`, an abbreviation like the
whole; any path to the same program, any quoting.  Only what looks like a
subcommand must be where the pattern has it, or `npm run publish` would be `npm
publish`.  A word that is decided at run time may be anything that starts as it
does: then the match is less than CERTAIN, and a deny becomes an ask.

Allow rules match tightly: word by word, each literal.  `*` as the last word
stands for any further words, or none; inside a word it matches within the
decoded, normalised word, never an expansion and never a leading `-`.  The
program must be what its name promises (`shape.py`).

In both, `a|b` in a word of a pattern means either.
"""

from __future__ import annotations

import enum
import fnmatch
import functools
import re
from collections.abc import Callable, Sequence

from aileron.model import Facts, Layer, Rule
from aileron.policy import paths
from aileron.policy.globals import without_globals
from aileron.policy.shape import Shape, Token
from aileron.policy.tables import names
from aileron.shell.reading import ANYTHING, Word


class Match(enum.IntEnum):
    """`FAINT`: only if an argument at run time is an option, or a certain operand; `POSSIBLE`: if
    the subcommand, or an option that is nothing but a variable, turns out to be so."""

    NO = 0
    FAINT = 1
    POSSIBLE = 2
    CERTAIN = 3


# Programs whose operands are files, not subcommands: their pattern words may come in any place.
OPERANDS_ONLY = names(
    """
    cat head tail less more grep rg sed awk cp mv rm ln mkdir touch chmod chown chgrp tee dd shred
    ls find diff sort source . cd curl wget ssh scp rsync nc kill pkill killall open
    """
)
# Programs whose second word is a subcommand, too: `gh pr merge`.
TWO_LEVELS = names(
    """
    gh glab docker podman nerdctl aws gcloud gsutil az kubectl oc helm flux argocd doctl heroku
    firebase supabase dotnet flutter poetry uv rustup brew pm2 stripe
    """
)
# Programs whose letters are not bundled: in -DCMAKE_BUILD_TYPE there is no -E.
NO_CLUSTERS = names(
    """
    cmake ctest cpack gcc g++ cc c++ clang clang++ cpp ld gfortran as nasm sbt java javac jar clj
    clojure scala kotlin go terraform tofu dotnet msbuild ffmpeg openssl convert magick
    """
)
_RUNS_FILES = names(
    "sh bash dash zsh ksh python python2 python3 pypy3 node nodejs deno bun perl ruby php lua"
)
SUBCOMMAND = re.compile(r"[a-z][A-Za-z0-9:_|-]*")
_VARIABLE = re.compile(r"\$(\w+|\{\w+\})")
_SHORT = re.compile(r"-[A-Za-z0-9]{1,3}")
CLUSTER = re.compile(r"-[A-Za-z]{2,3}")
_SAME = {"-f": "--force", "--force": "-f", "-r": "--recursive", "-R": "--recursive"}
_SAME["--recursive"] = "-r"
_WILD = "*?["


@functools.lru_cache(maxsize=8192)
def _either(pattern: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The alternatives of a pattern word: those that are plain, and those with a wildcard."""
    every = pattern.split("|") if pattern.strip("|") else [pattern]
    wild = tuple(one for one in every if one != "[" and any(sign in one for sign in _WILD))
    return frozenset(every) - set(wild), wild


def is_one(pattern: str, text: str) -> bool:
    """Whether a text is one of a pattern word's alternatives."""
    return _whole(pattern)(text) is not None


@functools.lru_cache(maxsize=8192)
def _whole(pattern: str) -> Callable[[str], object]:
    """The matcher of a pattern word, compiled: each command is held against many words."""
    plain, wild = _either(pattern)
    return re.compile("|".join([*map(re.escape, plain), *map(fnmatch.translate, wild)])).fullmatch


@functools.lru_cache(maxsize=8192)
def _pattern_path(pattern: str, project: str, home: str) -> str:
    """A pattern as an absolute path; it is relative to the project's root."""
    return paths.join(project, paths.home_expanded(pattern, home))


# Loosely


def loose(rule: Rule, shape: Shape, facts: Facts) -> Match:
    """How a deny or ask rule matches."""
    found = _loose(rule, shape, facts)
    return Match.NO if found and rule.unless and _only_tries(rule.unless, shape) else found


def tries(rule: Rule, shape: Shape, facts: Facts) -> bool:
    """Whether a command only tries what a rule speaks about."""
    return (
        bool(rule.unless)
        and _only_tries(rule.unless, shape)
        and _loose(rule, shape, facts) is Match.CERTAIN
    )


def _loose(rule: Rule, shape: Shape, facts: Facts) -> Match:
    found = _loose_program(rule, shape, facts)
    if found and rule.words:
        found = min(found, _loose_arguments(rule.words[1:], shape, facts))
    if found and rule.args_contain:
        found = min(found, *(_contains(text, shape) for text in rule.args_contain))
    if found and rule.working_dir:
        if shape.cwd is None:
            found = min(found, Match.FAINT)
        elif not paths.matches(rule.working_dir, shape.cwd, facts, tight=False):
            return Match.NO
    if found and rule.path:
        found = min(found, _touches(rule.path, shape, facts))
    return found


def _only_tries(options: str, shape: Shape) -> bool:
    """Whether an option says for certain that nothing is done, and no other may take it back."""
    flags = [token for token in shape.tokens if token.kind == "option"]
    if any(token.maybe_option or token.many for token in shape.tokens):
        return False
    if any((token.value or "").startswith("--no-") for token in flags):
        return False
    given = [one for one in options.split("|") if _option(one, shape.tokens, True) is Match.CERTAIN]
    names = [one.partition("=")[0] for one in given]
    return bool(given) and sum(token.value in names for token in flags) <= 1


def _loose_program(rule: Rule, shape: Shape, facts: Facts) -> Match:
    pattern = rule.words[0] if rule.words else rule.binary
    if not pattern:
        return Match.CERTAIN
    if not shape.name:
        return Match.NO
    if any(is_one(pattern, name) for name in shape.names):
        return Match.CERTAIN
    if "/" in pattern and shape.program:
        here = (shape.program, paths.real(shape.program, facts))
        for one in pattern.split("|"):
            wanted = _pattern_path(one, facts.project, facts.home) if "/" in one else ""
            if wanted and any(fnmatch.fnmatchcase(path, wanted) for path in here):
                return Match.CERTAIN
    return Match.NO


def _loose_arguments(patterns: tuple[str, ...], shape: Shape, facts: Facts) -> Match:
    found = Match.CERTAIN
    operands: list[str] = []
    for pattern in patterns:
        if pattern.startswith("-") and len(pattern) > 1 and pattern != "--":
            bundles = not shape.names & NO_CLUSTERS
            found = min(found, _options(pattern, shape.tokens, bundles))
            if not found:
                return Match.NO
        elif pattern != "--":
            operands.append(pattern)
    return min(found, _operands(operands, shape, facts)) if operands else found


def _options(pattern: str, tokens: tuple[Token, ...], bundles: bool) -> Match:
    """An option word of a pattern; where letters are bundled, it may come letter by letter."""
    whole = _option(pattern, tokens, bundles)
    if whole is Match.CERTAIN or not CLUSTER.fullmatch(pattern):
        return whole
    return max(whole, min(_option(f"-{letter}", tokens, bundles) for letter in pattern[1:]))


def _option(pattern: str, tokens: tuple[Token, ...], bundles: bool) -> Match:
    best = Match.NO
    flags = _flags(pattern)
    for at, token in enumerate(tokens):
        if token.value is None:
            if token.maybe_option and any(one.startswith(token.word.prefix) for one, _ in flags):
                bare = _VARIABLE.fullmatch(token.word.source)
                best = max(best, Match.POSSIBLE if bare else Match.FAINT)
        elif token.kind == "option":
            following = tokens[at + 1] if at + 1 < len(tokens) else None
            for flag, wanted in flags:
                if _is_option(flag, token.value, bundles):
                    best = max(best, _option_value(wanted, following))
        if best is Match.CERTAIN:
            break
    return best


@functools.lru_cache(maxsize=4096)
def _flags(pattern: str) -> tuple[tuple[str, str], ...]:
    """The alternatives of an option word, each with the value that it must have ("": any);
    in `-m=a|b` the value has the alternatives."""
    found: list[tuple[str, str]] = []
    for one in pattern.split("|"):
        if one.startswith("-") or not found:
            flag, _, wanted = one.partition("=")
            found.append((flag, wanted))
        else:
            flag, wanted = found[-1]
            found[-1] = (flag, f"{wanted}|{one}")
    return tuple(found)


def _option_value(wanted: str, following: Token | None) -> Match:
    if not wanted:
        return Match.CERTAIN
    if following is None:
        return Match.NO
    if following.value is None:
        return Match.FAINT
    return Match.CERTAIN if is_one(wanted, following.value) else Match.NO


@functools.lru_cache(maxsize=8192)
def _is_option(pattern: str, value: str, bundles: bool) -> bool:
    if fnmatch.fnmatchcase(value, pattern) or value == _SAME.get(pattern):
        return True
    if pattern.startswith("--"):
        if value.startswith("--"):
            return len(value) > 3 and pattern.startswith(value)
        pattern = _SAME.get(pattern, "")
    if _SHORT.fullmatch(pattern) and len(value) > 1 and value[1] != "-":
        if not bundles:
            return value.startswith(pattern)
        cluster = re.match(r"-([A-Za-z0-9]*)", value)
        letters = set(cluster[1]) if cluster else set()
        wanted = {"r" if sign == "R" else sign for sign in pattern[1:]}
        return wanted <= letters | ({"r"} if "R" in letters else set())
    return False


def _operands(patterns: list[str], shape: Shape, facts: Facts) -> Match:
    """The operand words of a pattern against the arguments: how far it can have got at each
    argument, and how certainly."""
    end = len(patterns)
    if patterns[-1] == "*":
        end -= 1
    subcommands = 0
    if not shape.names & OPERANDS_ONLY:
        while subcommands < min(2, end) and SUBCOMMAND.fullmatch(patterns[subcommands]):
            subcommands += 1
    strict = subcommands if shape.names & TWO_LEVELS else min(subcommands, 1)
    reached = _over_gaps({0: Match.CERTAIN}, patterns, end)
    for token in shape.tokens:
        following: dict[int, Match] = {}
        for at, sure in reached.items():
            if at == end:
                _raise(following, end, sure)
                continue
            anywhere = at >= strict or patterns[at] == "*" or patterns[at - 1 if at else 0] == "*"
            if token.kind != "operand" or anywhere:
                _raise(following, at, sure)
            here = at
            while patterns[here] != "*":
                found = _word(patterns[here], token, shape, facts)
                if found is Match.POSSIBLE and here >= subcommands:
                    found = Match.FAINT
                if not found:
                    break
                here += 1
                sure = min(sure, found)
                _raise(following, here, sure)
                if not token.many or here == end:
                    break
        reached = _over_gaps(following, patterns, end)
        if not reached or reached.get(end) is Match.CERTAIN:
            break
    return reached.get(end, Match.NO)


def _raise(states: dict[int, Match], at: int, sure: Match) -> None:
    states[at] = max(states.get(at, Match.NO), sure)


def _over_gaps(states: dict[int, Match], patterns: list[str], end: int) -> dict[int, Match]:
    """A `*` inside a pattern may stand for no word at all."""
    for at in sorted(states):
        here = at
        while here < end and patterns[here] == "*":
            here += 1
            _raise(states, here, states[at])
    return states


def _word(pattern: str, token: Token, shape: Shape, facts: Facts) -> Match:
    if token.kind in ("option", "given"):
        return Match.NO
    if token.value is not None:
        if is_one(pattern, token.value) or _is_same_path(pattern, token, shape, facts):
            return Match.CERTAIN
        return Match.NO
    if token.word.could and ANYTHING not in token.word.could:
        could = any(is_one(pattern, one) for one in token.word.could)
        return Match.POSSIBLE if could else Match.NO
    prefix = token.word.prefix
    for one in pattern.split("|"):
        start = re.split(r"[*?\[]", one, maxsplit=1)[0]
        if start.startswith(prefix) or (start != one and prefix.startswith(start)):
            return Match.POSSIBLE
    return Match.NO


def _is_same_path(pattern: str, token: Token, shape: Shape, facts: Facts) -> bool:
    """Whether a literal argument is a path that the pattern names in another way."""
    value = token.value or ""
    files = "/" in value or bool(shape.names & OPERANDS_ONLY)
    if "://" in pattern or not (files or any(sign in pattern for sign in "/.~")):
        return False
    path = shape.path(token, facts)
    if path is None:
        return False
    here = (path, paths.real(path, facts))
    for one in pattern.split("|"):
        wanted = _pattern_path(one, facts.project, facts.home)
        if wanted in here or (
            any(sign in wanted for sign in _WILD)
            and any(fnmatch.fnmatchcase(path, wanted) for path in here)
        ):
            return True
    return False


def _contains(text: str, shape: Shape) -> Match:
    best = Match.NO
    for token in shape.tokens:
        if token.word.value is None:
            best = Match.FAINT
        elif text in token.word.value:
            return Match.CERTAIN
    return best


def _touches(pattern: str, shape: Shape, facts: Facts) -> Match:
    best = Match.NO
    wanted = _pattern_path(pattern, facts.project, facts.home)
    words = [token.word for token in shape.tokens if token.kind != "option"]
    words += [redirect.target for redirect in shape.command.redirects if redirect.op[:2] != "<<"]
    for word in words:
        found = paths.all_of_word(word, shape.cwds, facts)
        if any(paths.matches(pattern, path, facts, tight=False) for path in found):
            return Match.CERTAIN
        if found and ANYTHING not in found:
            continue
        start = paths.absolute(word.prefix, shape.cwd, facts) if "/" in word.prefix else None
        if start is None or start.startswith(wanted) or wanted.startswith(start):
            best = Match.FAINT
    return best


# Tightly


def tight(rule: Rule, shape: Shape, facts: Facts) -> dict[int, str] | None:
    """How an allow rule matches: the words that it names, by index, with the pattern of each;
    None if it does not match.  A word that only the last `*` covers is not named."""
    if not shape.name:
        return None
    if not _tight_program(rule.words[0] if rule.words else rule.binary, shape, facts):
        return None
    named: dict[int, str] = {}
    words: Sequence[Word] = shape.command.words[1:]
    if rule.layer is Layer.BUILTIN:
        words = without_globals(shape, facts)
    if rule.words:
        patterns = rule.words[1:]
        rest = rule.words[-1] == "*"
        if rest:
            patterns = patterns[:-1]
        if len(words) < len(patterns) or (not rest and len(words) > len(patterns)):
            return None
        if shape.command.appended and not rest:
            return None
        for at, (pattern, word) in enumerate(zip(patterns, words, strict=False), start=1):
            if not _tight_word(pattern, word, shape, facts):
                return None
            if pattern.strip("*?./~|-"):
                named[at] = pattern
    values = [word.value for word in words if word.value is not None]
    if any(not any(text in value for value in values) for text in rule.args_contain):
        return None
    if rule.working_dir and (
        shape.cwd is None or not paths.matches(rule.working_dir, shape.cwd, facts, tight=True)
    ):
        return None
    return named


def _tight_program(pattern: str, shape: Shape, facts: Facts) -> bool:
    if pattern == "*" or (shape.expected and is_one(pattern, shape.base)):
        return True
    if "/" in pattern and shape.program:
        for one in pattern.split("|"):
            wanted = _pattern_path(one, facts.project, facts.home) if "/" in one else ""
            if wanted and fnmatch.fnmatchcase(shape.program, wanted):
                return True
    return False


def _tight_word(pattern: str, word: Word, shape: Shape, facts: Facts) -> bool:
    value = word.value
    if value is None or word.dynamic - {"tilde"}:
        return False
    plain, wild = _either(pattern)
    if value in plain and not (shape.cwd != facts.project and is_file(value, shape)):
        return True
    for one in plain:
        if is_file(one, shape) and _is_same_file(one, word, shape, facts):
            return True
    for one in wild:
        if value.startswith("-") and not one.startswith("-"):
            continue
        if "/" in one and "://" not in one:
            path = paths.of_word(word, shape.cwd, facts)
            if path is not None and paths.matches(one, path, facts, tight=True):
                return True
        elif ".." not in value.split("/") and fnmatch.fnmatchcase(value, one):
            return True
    return False


def is_file(text: str, shape: Shape) -> bool:
    """Whether a word of this command is a file, whose meaning depends on the folder."""
    if text.startswith(("/", "~", "./", "../")):
        return True
    return not text.startswith("-") and bool(shape.names & (OPERANDS_ONLY | _RUNS_FILES))


def _is_same_file(pattern: str, word: Word, shape: Shape, facts: Facts) -> bool:
    path = paths.of_word(word, shape.cwd, facts)
    return path is not None and path == _pattern_path(pattern, facts.project, facts.home)
