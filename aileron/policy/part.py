"""The verdict on one simple command, from all that was found about it.

In this order:

    1. a deny: structural, of an effect, or a rule's          (any layer)
    2. an ask that the project's or the person's rules say
    3. a firm built-in ask (a file, a variable): lifted only by a rule that
       names the path, or by `override`
    4. an allow that the project's or the person's rules say
    5. a built-in ask: a rule's, or inline code
    6. a built-in allow, or what a judgement has proven to be fine
    7. the policy's `default`

A deny or ask that matches only if a word turns out to be something is an ask.

Descendants, the processes that an allowed command starts, are judged by the
denies, by the asks that a person or project wrote, and by the built-in asks
that reach outside or cannot be undone (`outward`); all else there is allowed.
Eval of run-time text is part of how many build tools work, and what it starts
is a descendant again, so inside an allowed command it is no deny.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from aileron.model import Facts, Layer, Part, Policy, Rule, Verdict
from aileron.policy import (
    containers,
    databases,
    devices,
    effects,
    environment,
    inline,
    inside,
    match,
    nearby,
    network,
    packages,
    paths,
    powershell,
    processes,
    structural,
    tasks,
)
from aileron.policy.finding import Finding, ask
from aileron.policy.match import Match
from aileron.policy.shape import SHELL_BUILTINS, Shape

DEFAULT = "default"
DYNAMIC = "dynamic/program"


class Index:
    """The rules of a policy by the program that their pattern starts with."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.named: dict[str, list[int]] = {}
        self.general: list[int] = []
        for at, rule in enumerate(rules):
            pattern = rule.words[0] if rule.words else rule.binary
            for one in pattern.split("|"):
                if not one or (one != "[" and any(sign in one for sign in "*?[/")):
                    self.general.append(at)
                else:
                    self.named.setdefault(one, []).append(at)

    def mentions(self, name: str) -> bool:
        return name in self.named

    def about(self, names: Iterable[str]) -> list[Rule]:
        """The rules that could speak about a program of these names, in the policy's order."""
        found = set(self.general)
        for name in names:
            found.update(self.named.get(name, ()))
        return [self.rules[at] for at in sorted(found)]


_INDEXES: dict[int, Index] = {}


def index_of(rules: tuple[Rule, ...]) -> Index:
    """The index of a policy's rules, remembered; it holds the rules, so their id stays theirs."""
    found = _INDEXES.get(id(rules))
    if found is None or found.rules is not rules:
        if len(_INDEXES) >= 8:
            _INDEXES.clear()
        found = _INDEXES[id(rules)] = Index(rules)
    return found


def judge(
    policy: Policy,
    shape: Shape,
    facts: Facts,
    structure: list[Finding],
    *,
    descendant: bool = False,
    task: bool = False,
) -> Part:
    """`structure` is what the text around the command says about it (`structural.py`); `task`
    tells that a task of the project runs it (`tasks.py`)."""
    rules = index_of(policy.rules).about(shape.names)
    findings = findings_of(policy, rules, shape, facts, structure)
    if task:
        findings = tasks.counted(findings, shape, facts)
        chosen = _chosen(policy, rules, shape, facts, findings)
        if chosen.rule in (DEFAULT, DYNAMIC):
            chosen = _finding(Verdict.ALLOW, DEFAULT, chosen.reason)
    elif descendant:
        chosen = _chosen_inside(findings)
    else:
        chosen = _chosen(policy, rules, shape, facts, findings)
    words = " ".join(word.source for word in shape.command.words)
    return made(chosen, shape.command.source or words, shape.command.argv)


def findings_of(
    policy: Policy, rules: list[Rule], shape: Shape, facts: Facts, structure: list[Finding]
) -> list[Finding]:
    """Everything that speaks about a command but the allow rules."""
    findings = [*structure, *_of_itself(shape, facts), *_spoken(policy, rules, shape, facts)]
    told = databases.judge(shape, facts)
    if told is not None:
        findings = databases.joined(findings, told)
    findings = nearby.settled(processes.settled(findings))
    findings = packages.joined(findings, shape, facts)
    return [one for one in findings if not is_overridden(one, policy)]


def _of_itself(shape: Shape, facts: Facts) -> Iterable[Finding]:
    """What a command is found to do, whatever any rule says about it."""
    yield from (effects if shape.container is None else inside).judge(shape, facts)
    yield from containers.judge(shape, facts)
    yield from devices.judge(shape, facts)
    yield from environment.judge(shape, facts)
    yield from inline.judge(shape, facts)
    yield from nearby.judge(shape, facts)
    yield from network.judge(shape)
    yield from powershell.judge(shape)


def made(chosen: Finding, text: str, argv: tuple[str | None, ...]) -> Part:
    return Part(
        text=text,
        argv=argv,
        verdict=chosen.verdict,
        rule=chosen.rule,
        layer=chosen.layer,
        reason=chosen.reason,
        place=chosen.place,
        message=chosen.message,
        outward=chosen.outward,
    )


def is_overridden(finding: Finding, policy: Policy) -> bool:
    if finding.layer is not Layer.BUILTIN or finding.verdict is Verdict.DENY:
        return False
    return finding.rule in policy.overrides


def _spoken(policy: Policy, rules: list[Rule], shape: Shape, facts: Facts) -> Iterable[Finding]:
    """What deny and ask rules say about the command."""
    for rule in rules:
        if rule.bucket is Verdict.ALLOW:
            continue
        matched = match.loose(rule, shape, facts)
        if matched is Match.CERTAIN:
            verdict = Verdict.ASK if _is_elsewhere(rule, shape) else rule.bucket
            yield _by_rule(rule, verdict, _reason(rule))
        elif matched and _counts(rule, matched):
            doubt = f"what is decided at run time may make it this: {_reason(rule)}"
            yield replace(_by_rule(rule, Verdict.ASK, doubt), certain=False)


def speaks(
    policy: Policy, rule: Rule, shape: Shape, facts: Facts, structure: list[Finding]
) -> Match:
    """How far one rule, by itself, gives its verdict to a command.

    An allow does so only if it also covers what the command touches: `cat *` alone says
    nothing about a credential.
    """
    if rule.bucket is not Verdict.ALLOW:
        found = match.loose(rule, shape, facts)
        if found is Match.CERTAIN or not found:
            return found
        if not _counts(rule, found):
            return Match.NO
        return Match.CERTAIN if rule.bucket is Verdict.ASK else found
    named = match.tight(rule, shape, facts)
    if named is None or not _covers_path(rule, shape, facts):
        return Match.NO
    for one in (*structure, *_of_itself(shape, facts)):
        if one.firm and not is_overridden(one, policy) and not _names(rule, named, one, facts):
            return Match.NO
    return Match.CERTAIN


def _counts(rule: Rule, matched: Match) -> bool:
    """Whether a match that is not certain asks: always for a rule that a person wrote.

    Of the built-in rules, which everybody has, only those that the subcommand could turn
    into, and those with lasting effects that a bare variable could: else every argument
    that is a variable would be a question.
    """
    if rule.layer is not Layer.BUILTIN or rule.bucket is Verdict.DENY:
        return True
    return matched is Match.POSSIBLE and (rule.outward or not _is_about_options(rule))


def _is_elsewhere(rule: Rule, shape: Shape) -> bool:
    """Whether a built-in rule names files of this machine, and the command runs in a container."""
    if shape.container is None or rule.layer is not Layer.BUILTIN:
        return False
    return any(word[:1] in ("/", "~") for word in rule.words[1:])


def _is_about_options(rule: Rule) -> bool:
    return any(word.startswith("-") for word in rule.words[1:])


def _by_rule(rule: Rule, verdict: Verdict, reason: str) -> Finding:
    return Finding(
        verdict=verdict,
        rule=rule.id,
        reason=reason,
        layer=rule.layer,
        place=rule.place,
        message=rule.message,
        outward=rule.outward,
    )


def _reason(rule: Rule) -> str:
    if rule.description:
        return rule.description
    about = " ".join(rule.words) or rule.binary or rule.path or rule.working_dir
    return f"{about or ' '.join(rule.args_contain)} is in {rule.bucket.value}"


def _first(findings: Iterable[Finding], wanted: Callable[[Finding], bool]) -> Finding | None:
    """The first finding that is wanted; one that a person or project wrote goes before."""
    found = [one for one in findings if wanted(one)]
    found.sort(key=lambda one: one.layer is Layer.BUILTIN)
    return found[0] if found else None


def allows_of(
    policy: Policy, rules: list[Rule], shape: Shape, facts: Facts
) -> list[tuple[Rule, dict[int, str]]]:
    """The allow rules that cover a command, each with the words that it names."""
    return [
        (rule, named)
        for rule in rules
        if rule.bucket is Verdict.ALLOW
        and not (rule.layer is Layer.BUILTIN and rule.id in policy.overrides)
        and (named := match.tight(rule, shape, facts)) is not None
        and _covers_path(rule, shape, facts)
    ]


def _chosen(
    policy: Policy, rules: list[Rule], shape: Shape, facts: Facts, findings: list[Finding]
) -> Finding:
    denied = _first(findings, lambda one: one.verdict is Verdict.DENY)
    if denied is not None:
        return denied
    asked = _first(
        findings, lambda one: one.verdict is Verdict.ASK and one.layer is not Layer.BUILTIN
    )
    if asked is not None:
        return asked
    allows = allows_of(policy, rules, shape, facts)
    written = [(rule, named) for rule, named in allows if rule.layer is not Layer.BUILTIN]
    for one in findings:
        if one.firm and not any(_names(rule, named, one, facts) for rule, named in written):
            return one
    if written:
        rule = written[0][0]
        return _by_rule(rule, Verdict.ALLOW, _reason(rule))
    passed_on = shape.command.function  # to what its calls say, each a part of its own
    if shape.command.words and shape.command.words[0].value is None and not passed_on:
        return ask(DYNAMIC, "which program runs is decided at run time")
    builtin = _first(findings, lambda one: one.verdict is Verdict.ASK and not one.firm)
    if builtin is not None:
        return builtin
    if allows:
        return _by_rule(allows[0][0], Verdict.ALLOW, _reason(allows[0][0]))
    tried = next((rule for rule in rules if match.tries(rule, shape, facts)), None)
    if tried is not None and shape.expected:
        return _finding(Verdict.ALLOW, tried.id, "only tries what it would do")
    proven = _first(findings, lambda one: one.verdict is Verdict.ALLOW)
    if proven is not None:
        return proven
    if _is_read(shape) and shape.expected:
        return _finding(Verdict.ALLOW, "shell-text", "each command of its text is judged")
    return _default(policy, shape, facts)


def _is_read(shape: Shape) -> bool:
    """Whether the command is a shell whose text the reader has taken apart."""
    program = inline.program(shape)
    if program is None or program.interpreter.language != "shell":
        return False
    if program.source == "code":
        word = program.word
        return word is not None and (word.value is not None or word.home is not None)
    return program.source == "stdin" and structural.has_literal_document(shape)


def _default(policy: Policy, shape: Shape, facts: Facts) -> Finding:
    """What no rule speaks about."""
    if not shape.command.words:
        return _finding(Verdict.ALLOW, "assignment", "sets variables or opens files, runs nothing")
    name = shape.name
    if shape.command.function and name not in SHELL_BUILTINS:
        return _finding(Verdict.ALLOW, "function", f"{name} is a function of the same text")
    if policy.default is not Verdict.ASK:
        return _finding(policy.default, DEFAULT, f"no rule speaks about {name}")
    return _finding(Verdict.ASK, DEFAULT, _why(shape, facts))


def _why(shape: Shape, facts: Facts) -> str:
    """Why nothing allows a command, in words for a person."""
    program = shape.program
    if program is not None and paths.inside(program, facts.project):
        return f"runs a program of the project: {program}"
    if program is not None and any(paths.inside(program, root) for root in facts.scratch):
        return f"runs a program in scratch space: {program}"
    if shape.container is not None and not shape.expected:
        return f"runs {shape.name} of the container, or of what it sees of this machine"
    if not shape.expected:
        base = shape.base
        return f"{program or shape.name} is not the {base} that PATH finds"
    second = shape.command.words[1].value if len(shape.command.words) > 1 else None
    about = f"{shape.name} {second}" if second and second[:1].isalnum() else shape.name
    return f"no rule speaks about {about}"


def _finding(verdict: Verdict, rule: str, reason: str) -> Finding:
    return Finding(verdict=verdict, rule=rule, reason=reason)


def _covers_path(rule: Rule, shape: Shape, facts: Facts) -> bool:
    """Whether an allow rule with a `path` covers every file outside the project it touches."""
    if not rule.path:
        return True
    touched = [effects.path_of(one, shape, facts) for one in effects.touched(shape)]
    touched += containers.sources(shape.command, shape.cwd, facts)
    if not touched or None in touched:
        return False
    return all(
        paths.matches(rule.path, path, facts, tight=True)
        for path in touched
        if path is not None and not paths.inside(path, facts.project)
    ) and any(paths.matches(rule.path, path, facts, tight=True) for path in touched if path)


def _names(rule: Rule, named: dict[int, str], finding: Finding, facts: Facts) -> bool:
    """Whether an allow rule speaks about the very path of a firm finding."""
    if not finding.path:
        return False
    pattern = named.get(finding.word, "") if finding.word else ""
    for one in pattern.split("|") if pattern else ():
        if paths.matches(one, finding.path, facts, tight=True):
            return True
    return bool(rule.path) and paths.matches(rule.path, finding.path, facts, tight=True)


def _chosen_inside(findings: list[Finding]) -> Finding:
    """The verdict on a descendant of an allowed command."""
    denied = _first(
        findings, lambda one: one.verdict is Verdict.DENY and one.rule != structural.EVAL
    )
    if denied is not None:
        return denied
    asked = _first(
        findings,
        lambda one: (
            one.verdict is Verdict.ASK
            and (one.layer is not Layer.BUILTIN or (one.outward and one.certain))
        ),
    )
    if asked is not None:
        return asked
    return _finding(Verdict.ALLOW, "descendant", "inside an allowed command")
