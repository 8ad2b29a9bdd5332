"""Whether one rule speaks about every command that another one speaks about.

Told only where it is certain; "no" means "not known".  A rule is more general if
it asks for less: fewer words, more alternatives, no path.  What a deny or an ask
says about an allow is tried with the real matcher: the words of the allow up to
its first wildcard are a command, and further words behind it take no match away.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import replace

from aileron.model import Facts, Rule, Verdict
from aileron.policy import effects, match, structural, usage
from aileron.policy.match import Match
from aileron.policy.shape import Shape, shape
from aileron.shell.reading import Reading, SimpleCommand, Word

# A folder that no pattern names by chance: what is told must hold wherever the project is.
SOMEWHERE = Facts(project="/…project", home="/…home", aileron_home="/…home/.aileron")
ELSEWHERE = "/…elsewhere"
MOST = 16  # commands that one rule is tried as
_TAR = frozenset({"tar", "gtar", "bsdtar"})


def alternatives(pattern: str) -> list[str]:
    return pattern.split("|") if pattern.strip("|") else [pattern]


def is_wild(text: str) -> bool:
    return text != "[" and any(sign in text for sign in "*?[")


def program(rule: Rule) -> str:
    return rule.words[0] if rule.words else rule.binary


def covers(general: Rule, specific: Rule) -> bool:
    """Whether `general` speaks about each command that `specific` does, as surely.

    Both are of one file; `general` is of the same bucket, or a stricter one.
    """
    if general.bucket is Verdict.ALLOW:
        return specific.bucket is Verdict.ALLOW and _covers_tightly(general, specific)
    if specific.bucket is Verdict.ALLOW:
        return _overrules(general, specific)
    return (
        _covers_program(program(general), program(specific))
        and _covers_options(general, specific)
        and _covers_operands(_operands(general), _operands(specific))
        and set(general.args_contain) <= set(specific.args_contain)
        and general.working_dir in ("", specific.working_dir)
        and general.path in ("", specific.path)
    )


def _covers_program(general: str, specific: str) -> bool:
    if not general or general == specific:
        return True
    every = alternatives(general)
    return bool(specific) and all(
        one in every or (not ("/" in one or is_wild(one)) and match.is_one(general, one))
        for one in alternatives(specific)
    )


# Two denies or asks


def _is_option(word: str) -> bool:
    return word.startswith("-") and len(word) > 1


def _operands(rule: Rule) -> list[str]:
    found = [one for one in rule.words[1:] if not _is_option(one)]
    while found and found[-1] == "*":
        found.pop()
    return found


def _covers_options(general: Rule, specific: Rule) -> bool:
    given = [one for one in specific.words[1:] if _is_option(one)]
    return all(
        any(one == other or _is_either(one, other) for other in given)
        for one in general.words[1:]
        if _is_option(one)
    )


def _is_either(general: str, specific: str) -> bool:
    """Whether all alternatives of an option word are among those of another."""
    if "=" in general + specific or match.CLUSTER.fullmatch(specific):
        return False  # a value, or letters that may come one by one
    every = {*alternatives(general), *alternatives(specific)}
    return all(map(_is_option, every)) and set(alternatives(specific)) <= set(alternatives(general))


def _covers_operands(general: list[str], specific: list[str]) -> bool:
    return len(general) <= len(specific) and all(
        map(_covers_operand, general, specific[: len(general)])
    )


def _covers_operand(general: str, specific: str) -> bool:
    if general == specific:
        return True
    if match.SUBCOMMAND.fullmatch(general) and not match.SUBCOMMAND.fullmatch(specific):
        return False  # it would have to be in its place
    if "://" in general and "://" not in specific:
        return False
    return set(alternatives(specific)) <= set(alternatives(general))


# Two allows


def _covers_tightly(general: Rule, specific: Rule) -> bool:
    if general.path != specific.path or general.working_dir not in ("", specific.working_dir):
        return False
    if not set(general.args_contain) <= set(specific.args_contain):
        return False
    first, other = program(general), program(specific)
    if other == "*" != first:
        return False
    if first != "*" and not _covers_program(first, other):
        return False
    given, rest = _tight_words(specific)
    wanted, more = _tight_words(general)
    if not more and (rest or len(given) != len(wanted)):
        return False
    if len(given) < len(wanted) or not all(
        set(alternatives(one)) <= set(alternatives(other))
        for one, other in zip(given, wanted, strict=False)
    ):
        return False
    # A word that names a file lifts an ask about that file; only its own rule names it.
    return len(given) == len(wanted) or not _may_name_a_file(specific)


def _tight_words(rule: Rule) -> tuple[list[str], bool]:
    """The words behind the program, and whether any further ones may follow."""
    if not rule.words:
        return [], True
    if rule.words[-1] == "*":
        return list(rule.words[1:-1]), True
    return list(rule.words[1:]), False


def _may_name_a_file(rule: Rule) -> bool:
    commands = list(_commands(rule))
    options = any(word.startswith("-") for word in rule.words[1:])
    for command in commands:
        names = frozenset({command.name or "", (command.name or "").rpartition("/")[2]})
        if names & match.OPERANDS_ONLY:
            return True
        known, _ = usage.usage_of(command, names)
        if known is not None and (known.takes_files or options):
            return True
    return not commands or len(commands[0].words) <= len(_tight_words(rule)[0])


# An allow, and what may overrule it


def _commands(rule: Rule) -> Iterator[SimpleCommand]:
    """The commands that an allow rule's words up to its first wildcard are; none if too many."""
    given, _ = _tight_words(rule)
    words = list(itertools.takewhile(lambda word: not is_wild(word), given))
    every = [alternatives(one) for one in (program(rule), *words)]
    count = 1
    for one in every:
        count *= len(one)
    if count > MOST or is_wild(program(rule)):
        return
    for argv in itertools.product(*every):
        yield SimpleCommand(words=tuple(map(_word, argv)), source=" ".join(argv))


def _word(text: str) -> Word:
    dynamic = frozenset({"tilde"}) if text.startswith("~") else frozenset()
    return Word(source=text, value=text, dynamic=dynamic)


def _shapes(command: SimpleCommand) -> list[Shape]:
    """The command in the project's folder, and in another one, if its words mean the same there.

    Those that are files to the matcher mean the same only where they lead to the same file.
    """
    here = shape(command, SOMEWHERE.project, SOMEWHERE)
    if all(match.is_file(one, here) or one.startswith("-") for one in command.argv[1:] if one):
        return [here]
    return [here, shape(command, ELSEWHERE, SOMEWHERE)]


@functools.lru_cache(maxsize=1024)
def _tried(rule: Rule) -> tuple[Shape, ...]:
    return tuple(made for command in _commands(rule) for made in _shapes(command))


def _overrules(strict: Rule, allow: Rule) -> bool:
    if not _covers_program(program(strict), program(allow)):
        return False
    if strict.working_dir not in ("", allow.working_dir):
        return False
    contained = tuple(one for one in strict.args_contain if one not in allow.args_contain)
    if not strict.words[1:] and not contained and not strict.path:
        return True
    if not set(program(allow).split("|")).isdisjoint(_TAR):
        return False  # its first word may be options
    # The program matches, whatever it is called: only the arguments are tried.
    tried = replace(strict, working_dir="", args_contain=contained, binary="")
    if tried.words:
        tried = replace(tried, words=("*", *tried.words[1:]))
    made = _tried(allow)
    return bool(made) and all(match.loose(tried, one, SOMEWHERE) is Match.CERTAIN for one in made)


def denied_anyway(rule: Rule) -> str:
    """The built-in judgement that denies all that an allow rule matches, "" if there is none."""
    given, rest = _tight_words(rule)
    made = _tried(rule)
    if rest or not made or len(made[0].command.words) <= len(given):
        return ""  # further words could make it another command
    if any(".." in word for word in given):
        return ""  # where that leads depends on the project's place
    found = [_denied(one) for one in made]
    return found[0] if all(found) else ""


def _denied(made: Shape) -> str:
    text = structural.Text(Reading((made.command,)), [made], SOMEWHERE)
    for one in (*structural.judge(text, 0), *effects.judge(made, SOMEWHERE)):
        if one.verdict is Verdict.DENY:
            return one.rule
    return ""


def impossible_argument(rule: Rule) -> str:
    """A text that an allow rule's arguments must contain and cannot, "" if there is none."""
    given, rest = _tight_words(rule)
    if rule.bucket is not Verdict.ALLOW or rest or any(map(is_wild, given)):
        return ""
    if any("/" in word or word.startswith("~") for word in given) or _may_name_a_file(rule):
        return ""  # the same file has other names, too
    every = [one for word in given for one in alternatives(word)]
    for text in rule.args_contain:
        if not any(text in one for one in every):
            return text
    return ""
