"""Whether a rule speaks about a command.

Deny and ask rules match loosely: the words of the pattern in their order, with
options, and further operands, before, between and after them; options anywhere,
clustered or not, `--flag=value` like `--flag value`, an abbreviation like the
whole; any path to the same program, any quoting.  Only what looks like a
subcommand must be where the pattern has it, or `npm run publish` would be `npm
publish`.  A word that is decided at run time may be anything that
starts as it does: then the match is POSSIBLE, and a possible deny is an ask.

Allow rules match tightly: word by word, each literal.  `*` as the last word
stands for any further words, or none; inside a word it matches within the
decoded, normalised word, never an expansion and never a leading `-`.  A bare
program name matches only what the person would expect of it: a shell builtin,
or a program that the request's PATH finds outside project and scratch space,
or in the project's own .venv/bin or node_modules/.bin, or nowhere (then
nothing can run).  A path matches a bare name only if it is what that name
resolves to.

In both, `a|b` in a word of a pattern means either.
"""

from __future__ import annotations

import enum
import fnmatch
import functools
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass

from aileron.model import Facts, Rule
from aileron.policy import paths
from aileron.policy.tables import names
from aileron.shell.reading import SimpleCommand, Word


class Match(enum.IntEnum):
    NO = 0
    POSSIBLE = 1
    CERTAIN = 2


# What bash, dash and zsh run without looking at PATH.
SHELL_BUILTINS = names("""
    . : [ alias bg bind break builtin caller cd command compgen complete compopt continue declare
    dirs disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill
    let local logout mapfile popd printf pushd pwd read readarray readonly return set shift shopt
    source suspend test times trap true type typeset ulimit umask unalias unset wait [[ ((
    """)

# Programs whose operands are files, not subcommands: their pattern words may come in any place.
OPERANDS_ONLY = names("""
    cat head tail less more grep rg sed awk cp mv rm ln mkdir touch chmod chown chgrp tee dd shred
    ls find diff sort source . cd curl wget ssh scp rsync nc kill pkill killall open
    """)

_RUNS_FILES = names(
    "sh bash dash zsh ksh python python2 python3 pypy3 node nodejs deno bun perl ruby php lua"
)

# Programs whose second word is a subcommand, too: `gh pr merge`.
TWO_LEVELS = names(
    """
    gh glab docker podman nerdctl aws gcloud gsutil az kubectl oc helm flux argocd doctl heroku
    firebase supabase dotnet flutter poetry uv rustup brew pm2 stripe
    """
)
_SUBCOMMAND = re.compile(r"[a-z][a-z0-9:_|-]*(\.py)?")
_SHORT = re.compile(r"-[A-Za-z0-9]{1,3}")
_SAME = {"-f": "--force", "-r": "--recursive", "-R": "--recursive"}
_SAME |= {long: short for short, long in _SAME.items()} | {"--recursive": "-r"}
_RUNTIME = frozenset({"parameter", "command", "arithmetic"})
_VIRTUAL = re.compile(r"(.*/)?(\.?venv/bin|node_modules/\.bin)/[^/]+")


@functools.lru_cache(maxsize=8192)
def _either(pattern: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The alternatives of a pattern word: those that are plain, and those with a wildcard."""
    every = pattern.split("|") if pattern.strip("|") else [pattern]
    wild = tuple(one for one in every if any(sign in one for sign in "*?["))
    return frozenset(every) - set(wild), wild


def _is(pattern: str, text: str) -> bool:
    """Whether a text is one of a pattern word's alternatives."""
    plain, wild = _either(pattern)
    return text in plain or any(fnmatch.fnmatchcase(text, one) for one in wild)


@dataclass(frozen=True, slots=True)
class _Token:
    """An argument as the loose match sees it; `kind` is option, value (may belong to an option
    before it) or operand."""

    kind: str
    word: Word
    value: str | None
    many: bool = False  # may expand to several words, or none
    maybe_option: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A command made ready to be matched against many rules."""

    command: SimpleCommand
    name: str
    names: frozenset[str]
    program: str | None  # absolute path, where the name holds a slash or PATH finds one
    cwd: str | None
    tokens: tuple[_Token, ...]


def shape(command: SimpleCommand, cwd: str, facts: Facts) -> Shape:
    """`cwd` is the request's directory; the command's own is worked out from it."""
    folder = directory(command, cwd, facts)
    name = command.name or ""
    program = None
    if "/" in name:
        program = paths.of_word(command.words[0], folder, facts)
    elif name and name not in SHELL_BUILTINS:
        program = facts.programs.get(name)
    names = {name, posixpath.basename(name)}
    if program:
        names.add(posixpath.basename(paths.real(program, facts)))
    return Shape(
        command=command,
        name=name,
        names=frozenset(names - {""}),
        program=program,
        cwd=folder,
        tokens=tuple(_tokens(command)),
    )


def directory(command: SimpleCommand, cwd: str, facts: Facts) -> str | None:
    """The absolute directory a command runs in, None when a `cd` before it is not literal."""
    if command.cwd is None:
        return None
    return paths.absolute(command.cwd, cwd, facts) if command.cwd else paths.join("/", cwd)


def _tokens(command: SimpleCommand) -> Iterable[_Token]:
    options = True
    after_option = False
    packs = (command.name or "").rpartition("/")[2] in ("tar", "gtar", "bsdtar")
    for word in command.words[1:]:
        value = word.value
        if packs and value and re.fullmatch(r"[a-zA-Z]+", value):
            value = f"-{value}"  # the old form: a cluster of options without its dash
        packs = False
        if value is None:
            runtime = bool(word.dynamic & _RUNTIME)
            free = runtime and (not word.prefix or word.prefix.startswith("-"))
            yield _Token("value", word, None, many=runtime, maybe_option=free and options)
            after_option = False
        elif options and value == "--":
            options = after_option = False
        elif options and len(value) > 1 and value[0] == "-":
            flag, equals, attached = value.partition("=")
            if equals:
                yield _Token("option", word, flag)
                yield _Token("value", word, attached)
                after_option = False
            else:
                yield _Token("option", word, value)
                after_option = True
        else:
            yield _Token("value" if after_option else "operand", word, value)
            after_option = False
    if command.appended:
        piped = any(name.split()[0] in ("xargs", "parallel") for name in command.via if name)
        yield _Token("value", _UNKNOWN, None, many=True, maybe_option=piped)


_UNKNOWN = Word(source="…", value=None, dynamic=frozenset({"parameter"}))


def loose(rule: Rule, shape: Shape, facts: Facts) -> Match:
    """How a deny or ask rule matches."""
    found = _loose_program(rule, shape, facts)
    if found and rule.words:
        found = min(found, _loose_arguments(rule.words[1:], shape, facts))
    if found and rule.args_contain:
        found = min(found, *(_contains(text, shape) for text in rule.args_contain))
    if found and rule.working_dir:
        if shape.cwd is None:
            found = min(found, Match.POSSIBLE)
        elif not paths.matches(rule.working_dir, shape.cwd, facts, tight=False):
            return Match.NO
    if found and rule.path:
        found = min(found, _touches(rule.path, shape, facts))
    return found


def _loose_program(rule: Rule, shape: Shape, facts: Facts) -> Match:
    pattern = rule.words[0] if rule.words else rule.binary
    if not pattern:
        return Match.CERTAIN
    if not shape.name:
        return Match.NO
    if any(_is(pattern, name) for name in shape.names):
        return Match.CERTAIN
    if "/" in pattern and shape.program:
        here = (shape.program, paths.real(shape.program, facts))
        for one in pattern.split("|"):
            wanted = paths.absolute(one, facts.project, facts) if "/" in one else None
            if wanted and any(fnmatch.fnmatchcase(path, wanted) for path in here):
                return Match.CERTAIN
    return Match.NO


def _loose_arguments(patterns: tuple[str, ...], shape: Shape, facts: Facts) -> Match:
    found = Match.CERTAIN
    operands: list[str] = []
    for pattern in patterns:
        if pattern.startswith("-") and len(pattern) > 1 and pattern != "--":
            found = min(found, _options(pattern, shape.tokens))
            if not found:
                return Match.NO
        elif pattern != "--":
            operands.append(pattern)
    return min(found, _operands(operands, shape, facts)) if operands else found


def _options(pattern: str, tokens: tuple[_Token, ...]) -> Match:
    """An option word of a pattern; a cluster of letters may come letter by letter."""
    whole = _option(pattern, tokens)
    if whole is Match.CERTAIN or not re.fullmatch(r"-[A-Za-z]{2,3}", pattern):
        return whole
    return max(whole, min(_option(f"-{letter}", tokens) for letter in pattern[1:]))


def _option(pattern: str, tokens: tuple[_Token, ...]) -> Match:
    best = Match.NO
    flag, equals, wanted = pattern.partition("=") if pattern[1] == "-" else (pattern, "", "")
    flags = flag.split("|")
    for at, token in enumerate(tokens):
        if token.value is None:
            if token.maybe_option and any(one.startswith(token.word.prefix) for one in flags):
                best = max(best, Match.POSSIBLE)
        elif token.kind == "option" and any(_is_option(one, token.value) for one in flags):
            if not equals:
                return Match.CERTAIN
            following = tokens[at + 1] if at + 1 < len(tokens) else None
            if following is None:
                continue
            if following.value is None:
                best = max(best, Match.POSSIBLE)
            elif fnmatch.fnmatchcase(following.value, wanted):
                return Match.CERTAIN
    return best


@functools.lru_cache(maxsize=8192)
def _is_option(pattern: str, value: str) -> bool:
    if fnmatch.fnmatchcase(value, pattern) or value == _SAME.get(pattern):
        return True
    if pattern.startswith("--"):
        if value.startswith("--"):
            return len(value) > 3 and pattern.startswith(value)
        pattern = _SAME.get(pattern, "")
    if _SHORT.fullmatch(pattern) and len(value) > 1 and value[1] != "-":
        cluster = re.match(r"-([A-Za-z0-9]*)", value)
        letters = set(cluster[1]) if cluster else set()
        wanted = {"r" if sign == "R" else sign for sign in pattern[1:]}
        return wanted <= letters | ({"r"} if "R" in letters else set())
    return False


def _operands(patterns: list[str], shape: Shape, facts: Facts) -> Match:
    tokens = shape.tokens
    strict = 0
    if not shape.names & OPERANDS_ONLY:
        most = 2 if shape.names & TWO_LEVELS else 1
        while strict < min(most, len(patterns)) and _SUBCOMMAND.fullmatch(patterns[strict]):
            strict += 1
    known: dict[tuple[int, int], Match] = {}

    def match(at: int, here: int) -> Match:
        if at == len(patterns) or (patterns[at] == "*" and at == len(patterns) - 1):
            return Match.CERTAIN
        if here == len(tokens):
            return Match.NO
        if (at, here) in known:
            return known[at, here]
        if patterns[at] == "*":
            found = max(match(at + 1, here), match(at, here + 1))
        else:
            token = tokens[here]
            found = _word(patterns[at], token, shape, facts)
            if found:
                following = match(at + 1, here + 1)
                if token.many:
                    following = max(following, match(at + 1, here))
                found = min(found, following)
            anywhere = at >= strict or (at > 0 and patterns[at - 1] == "*")
            if found is not Match.CERTAIN and (token.kind != "operand" or anywhere):
                found = max(found, match(at, here + 1))
        known[at, here] = found
        return found

    if len(patterns) * len(tokens) > 20_000 or len(tokens) > 400:
        # Too long to try every way (and to recurse): a plain pass decides what is possible.
        return _operands_by_presence(patterns, shape, facts)
    return match(0, 0)


def _operands_by_presence(patterns: list[str], shape: Shape, facts: Facts) -> Match:
    wanted = [pattern for pattern in patterns if pattern != "*"]
    present = all(
        any(_word(pattern, token, shape, facts) for token in shape.tokens) for pattern in wanted
    )
    return Match.POSSIBLE if present else Match.NO


def _word(pattern: str, token: _Token, shape: Shape, facts: Facts) -> Match:
    if token.kind == "option":
        return Match.NO
    if token.value is not None:
        if _is(pattern, token.value):
            return Match.CERTAIN
        path = _path_of(token, shape, facts)
        same = path is not None and any(
            _same_path(one, path, token, shape, facts) for one in pattern.split("|")
        )
        return Match.CERTAIN if same else Match.NO
    prefix = token.word.prefix
    for one in pattern.split("|"):
        start = re.split(r"[*?\[]", one, maxsplit=1)[0]
        if start.startswith(prefix) or (start != one and prefix.startswith(start)):
            return Match.POSSIBLE
    return Match.NO


def _path_of(token: _Token, shape: Shape, facts: Facts) -> str | None:
    """The path that a literal argument could mean."""
    value = token.value or ""
    if "://" in value or shape.cwd is None or value[:1] in ("", "-"):
        return None
    if token.value == token.word.value:
        return paths.of_word(token.word, shape.cwd, facts)
    return paths.absolute(value, shape.cwd, facts)


def _same_path(pattern: str, path: str, token: _Token, shape: Shape, facts: Facts) -> bool:
    value = token.value or ""
    looks = "/" in pattern or "/" in value or "." in pattern or "~" in pattern
    if not (looks or shape.names & OPERANDS_ONLY) or "://" in pattern:
        return False
    wanted = paths.absolute(pattern, facts.project, facts)
    if wanted is None:
        return False
    return any(fnmatch.fnmatchcase(one, wanted) for one in (path, paths.real(path, facts)))


def _contains(text: str, shape: Shape) -> Match:
    best = Match.NO
    for token in shape.tokens:
        if token.word.value is None:
            best = Match.POSSIBLE
        elif text in token.word.value:
            return Match.CERTAIN
    return best


def _touches(pattern: str, shape: Shape, facts: Facts) -> Match:
    best = Match.NO
    words = [token.word for token in shape.tokens if token.kind != "option"]
    words += [redirect.target for redirect in shape.command.redirects if redirect.op[:2] != "<<"]
    for word in words:
        path = paths.of_word(word, shape.cwd, facts)
        if path is None:
            if word.value is None and word.prefix and "/" in word.prefix:
                start = paths.absolute(word.prefix, shape.cwd, facts)
                wanted = paths.absolute(pattern, facts.project, facts)
                if start and wanted and not (start.startswith(wanted) or wanted.startswith(start)):
                    continue
            best = Match.POSSIBLE
        elif paths.matches(pattern, path, facts, tight=False):
            return Match.CERTAIN
    return best


def tight(rule: Rule, shape: Shape, facts: Facts) -> dict[int, str] | None:
    """How an allow rule matches: the words that it names, by index, with the pattern of each;
    None if it does not match.  A word that only the last `*` covers is not named."""
    command = shape.command
    if not shape.name:
        return None
    if not _tight_program(rule.words[0] if rule.words else rule.binary, shape, facts):
        return None
    named: dict[int, str] = {}
    if rule.words:
        patterns = rule.words[1:]
        rest = bool(rule.words) and rule.words[-1] == "*"
        if rest:
            patterns = rule.words[1:-1] if len(rule.words) > 1 else ()
        words = command.words[1:]
        if len(words) < len(patterns) or (not rest and len(words) > len(patterns)):
            return None
        if command.appended and not rest:
            return None
        for at, (pattern, word) in enumerate(zip(patterns, words, strict=False), start=1):
            if not _tight_word(pattern, word, shape, facts):
                return None
            if pattern.strip("*?./~|-"):
                named[at] = pattern
    values = [word.value for word in command.words[1:]]
    if any(not any(text in value for value in values if value) for text in rule.args_contain):
        return None
    if rule.working_dir and (
        shape.cwd is None or not paths.matches(rule.working_dir, shape.cwd, facts, tight=True)
    ):
        return None
    return named


def _tight_program(pattern: str, shape: Shape, facts: Facts) -> bool:
    if pattern == "*":
        return True
    if _is(pattern, posixpath.basename(shape.name)) and expected(shape, facts):
        return True
    if "/" in pattern and shape.program:
        for one in pattern.split("|"):
            wanted = paths.absolute(one, facts.project, facts) if "/" in one else None
            if wanted and fnmatch.fnmatchcase(shape.program, wanted):
                return True
    return False


def expected(shape: Shape, facts: Facts) -> bool:
    """Whether a command's program is what its bare name promises."""
    name = posixpath.basename(shape.name)
    if "/" not in shape.name:
        return name in SHELL_BUILTINS or shape.program is None or _trusted(shape.program, facts)
    if shape.program is None:
        return False
    if facts.programs.get(shape.program, shape.program) is None:
        return _trusted(shape.program, facts)  # there is no such file: nothing can run
    if _virtual(shape.program, facts):
        return True
    resolved = facts.programs.get(name)
    if resolved is None or not _trusted(resolved, facts):
        return False
    same = {resolved, paths.real(resolved, facts)}
    return bool(same & {shape.program, paths.real(shape.program, facts)})


def _trusted(program: str, facts: Facts) -> bool:
    """Outside project and scratch space, or where a project keeps the tools it installed."""
    if _virtual(program, facts):
        return True
    return not any(paths.inside(program, root) for root in (facts.project, *facts.scratch))


def _virtual(program: str, facts: Facts) -> bool:
    if not paths.inside(program, facts.project):
        return False
    return bool(_VIRTUAL.fullmatch(program[len(facts.project.rstrip("/")) + 1 :]))


def _tight_word(pattern: str, word: Word, shape: Shape, facts: Facts) -> bool:
    value = word.value
    if value is None or word.dynamic - {"tilde"}:
        return False
    plain, wild = _either(pattern)
    if value in plain and not (_is_file(value, shape) and shape.cwd != facts.project):
        return True
    for one in plain:
        if _is_file(one, shape) and _same_file(one, word, shape, facts):
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


def _is_file(text: str, shape: Shape) -> bool:
    """Whether a word of this command is a file, whose meaning depends on the folder."""
    if text.startswith(("/", "~", "./", "../")):
        return True
    return not text.startswith("-") and bool(shape.names & (OPERANDS_ONLY | _RUNS_FILES))


def _same_file(pattern: str, word: Word, shape: Shape, facts: Facts) -> bool:
    path = paths.of_word(word, shape.cwd, facts)
    return path is not None and path == paths.absolute(pattern, facts.project, facts)
