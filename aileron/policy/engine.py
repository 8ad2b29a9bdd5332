"""`decide`: one request, one policy, the facts of the moment, one decision.

Every simple command that could run is a part with a verdict of its own; the
strictest part is the decision.  For one part, in this order:

    1. a deny: structural, of an effect, or a rule's          (any layer)
    2. an ask that the project's or the person's rules say
    3. a firm built-in ask (a file, a variable): lifted only by a rule that
       names the path, or by `override`
    4. an allow that the project's or the person's rules say
    5. a built-in ask: a rule's, or inline code
    6. a built-in allow
    7. the policy's `default`

A deny or ask that matches only if a word turns out to be something is an ask.
A text that was not read to its end is never allowed.

Descendants, the processes that an allowed command starts, are judged by the
denies, by the asks that a person or project wrote, and by the built-in asks
that reach outside or cannot be undone (`outward`); all else there is allowed.
Eval of run-time text is part of how many build tools work, and what it starts
is a descendant again, so inside an allowed command it is no deny.
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Callable, Iterable

from aileron.model import (
    CommandRequest,
    Decision,
    Facts,
    Layer,
    Mode,
    Part,
    Policy,
    Rule,
    Verdict,
)
from aileron.policy import effects, environment, inline, match, network, paths, structural
from aileron.policy.finding import Finding, ask
from aileron.policy.match import Match
from aileron.policy.shape import SHELL_BUILTINS, Shape, shape
from aileron.policy.tables import names
from aileron.shell.reading import Reading, SimpleCommand, Word

UNREAD = "unread"
DEFAULT = "default"
_SYSTEM_FOLDERS = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/opt",
    "/nix",
    "/snap",
    "/Library",
    "/System",
    "/Applications",
)
# Options of a shell that leave the meaning of its text alone.
_RUNS_OTHERS = inline.SHELLS | names(
    """
    env xargs find fd time timeout nice nohup setsid stdbuf ionice chrt taskset watch flock parallel
    entr script unbuffer busybox toybox caffeinate command builtin exec eval git tar ssh docker
    """
)
_PLAIN_LETTERS = frozenset("abcefhilmnpsuvxBCEHT")
_PLAIN_NAMES = names("""
    allexport errexit noglob hashall noexec nounset verbose xtrace braceexpand noclobber errtrace
    functrace histexpand history ignoreeof monitor notify pipefail physical vi emacs
    interactive-comments
    """)
_PLAIN_LONG = names("--norc --noprofile --login --noediting --verbose --no-rcs")


class _Index:
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

    def about(self, names: Iterable[str]) -> list[Rule]:
        """The rules that could speak about a program of these names, in the policy's order."""
        found = set(self.general)
        for name in names:
            found.update(self.named.get(name, ()))
        return [self.rules[at] for at in sorted(found)]


_INDEXES: dict[int, _Index] = {}


def _index(rules: tuple[Rule, ...]) -> _Index:
    """The index of a policy's rules, remembered; it holds the rules, so their id stays theirs."""
    found = _INDEXES.get(id(rules))
    if found is None or found.rules is not rules:
        if len(_INDEXES) >= 8:
            _INDEXES.clear()
        found = _INDEXES[id(rules)] = _Index(rules)
    return found


def decide(
    policy: Policy,
    request: CommandRequest,
    facts: Facts,
    reading: Reading | None,
    *,
    descendant: bool = False,
) -> Decision:
    """What may happen to a request.

    `reading` is what the request's text says, None where the text could not be
    had; `descendant` tells that an allowed command of this session started it.
    Nothing is looked up here: the same values give the same decision.
    """
    if request.mode is Mode.INFORMATION:
        return _whole(Verdict.ALLOW, "information", "the shell only tells about itself")
    if request.mode is Mode.EXEC:
        reading = reading or of_arguments(request.argv)
    elif request.mode is Mode.SCRIPT and _is_system_script(request, facts):
        reading = of_arguments(_script_arguments(request))
    if reading is None:
        return _unread(request, descendant)
    parts = _parts(policy, request, facts, reading, descendant)
    strictest = max(parts, key=lambda part: part.verdict.strictness, default=None)
    doubt = _doubt(request, reading)
    excused = descendant and request.mode not in (Mode.INTERACTIVE, Mode.UNKNOWN)
    allowed = strictest is None or strictest.verdict is Verdict.ALLOW
    if doubt and allowed and not excused:
        return _whole(Verdict.ASK, UNREAD, doubt, parts=tuple(parts), complete=False)
    if strictest is None:
        return _whole(Verdict.ALLOW, "empty", "there is nothing to run")
    return Decision(
        verdict=strictest.verdict,
        rule=strictest.rule,
        layer=strictest.layer,
        reason=strictest.reason,
        parts=tuple(parts),
        complete=not doubt,
        place=strictest.place,
        message=strictest.message,
    )


def _whole(
    verdict: Verdict,
    rule: str,
    reason: str,
    *,
    parts: tuple[Part, ...] = (),
    complete: bool = True,
) -> Decision:
    return Decision(
        verdict=verdict,
        rule=rule,
        layer=Layer.BUILTIN,
        reason=reason,
        parts=parts,
        complete=complete,
    )


def of_arguments(argv: tuple[str, ...]) -> Reading:
    """A program started without a shell, as a reading: its words are what they are.

    What the program runs itself is not looked through here, so that one which
    does (env, xargs, a shell) is not completely read.
    """
    words = tuple(Word(source=word, value=word, quoted=True) for word in argv)
    command = SimpleCommand(words=words, source=shlex.join(argv))
    name = posixpath.basename(argv[0]) if argv else ""
    complete = name not in _RUNS_OTHERS
    why = "" if complete else f"what {name} runs was not looked through"
    return Reading((command,), complete, why)


def _is_system_script(request: CommandRequest, facts: Facts) -> bool:
    if not request.script:
        return False
    path = paths.real(paths.join(request.cwd, request.script), facts)
    own = (facts.project, facts.home, facts.aileron_home, *facts.scratch)
    if any(root not in ("", "/") and paths.inside(path, root) for root in own):
        return False
    return any(paths.inside(path, folder) for folder in _SYSTEM_FOLDERS)


def _script_arguments(request: CommandRequest) -> tuple[str, ...]:
    """The script's own argument vector: what stands behind it in the shell's."""
    after = request.argv[1:]
    if request.script in after:
        after = after[after.index(request.script) + 1 :]
    return (paths.join(request.cwd, request.script), *after)


def _unread(request: CommandRequest, descendant: bool) -> Decision:
    if request.mode is Mode.INTERACTIVE:
        reason = "an interactive shell: what will be typed into it cannot be read before it runs"
    elif request.mode is Mode.UNKNOWN:
        reason = "the shell was started with options that are not known"
    elif descendant:
        return _whole(Verdict.ALLOW, UNREAD, "inside an allowed command, not read", complete=False)
    elif request.mode is Mode.SCRIPT:
        reason = f"the script could not be read before it runs: {request.script}"
    else:
        reason = "the text comes from a pipe and could not be read before it runs"
    return _whole(Verdict.ASK, UNREAD, reason, complete=False)


def _doubt(request: CommandRequest, reading: Reading) -> str:
    """Why the reading may not be the whole truth, "" if it is."""
    if not reading.complete:
        return f"not completely read: {reading.why or 'the text was not understood'}"
    if request.mode is Mode.UNKNOWN:
        return "the shell was started with options that are not known"
    odd = _odd_option(request.options)
    return f"the shell's option {odd} may change what its text means" if odd else ""


def _odd_option(options: tuple[str, ...]) -> str:
    named = False
    for option in options:
        if named:
            named = False
            if option not in _PLAIN_NAMES:
                return option
        elif option in _PLAIN_LONG or option in ("-", "--"):
            continue
        elif option[:1] in "-+" and option[1:2] != "-":
            letters = set(option[1:])
            if "o" in letters:
                named = True
                letters.discard("o")
            if not letters <= _PLAIN_LETTERS:
                return option
        else:
            return option
    return ""


def _parts(
    policy: Policy, request: CommandRequest, facts: Facts, reading: Reading, descendant: bool
) -> list[Part]:
    shapes = [shape(command, request.cwd, facts) for command in reading.commands]
    text = structural.Text(reading, shapes, facts)
    index = _index(policy.rules)
    parts = [
        _part(policy, index, facts, shape, structural.judge(text, at), descendant)
        for at, shape in enumerate(shapes)
    ]
    for found in () if descendant else environment.judge_text(request.text or ""):
        if not _is_overridden(found, policy):
            parts.append(_made(found, request.text or "", ()))
    return parts


def _part(
    policy: Policy,
    index: _Index,
    facts: Facts,
    shape: Shape,
    structure: list[Finding],
    descendant: bool,
) -> Part:
    rules = index.about(shape.names) if shape.name else index.about(())
    findings = [*structure, *effects.judge(shape, facts), *environment.judge(shape, facts)]
    findings += [*inline.judge(shape), *network.judge(shape)]
    findings += _spoken(policy, rules, shape, facts)
    findings = [one for one in findings if not _is_overridden(one, policy)]
    if descendant:
        chosen = _chosen_inside(findings)
    else:
        chosen = _chosen(policy, rules, shape, facts, findings)
    words = " ".join(word.source for word in shape.command.words)
    return _made(chosen, shape.command.source or words, shape.command.argv)


def _made(chosen: Finding, text: str, argv: tuple[str | None, ...]) -> Part:
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


def _is_overridden(finding: Finding, policy: Policy) -> bool:
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
            yield _by_rule(rule, rule.bucket, _reason(rule))
        elif matched is Match.POSSIBLE:
            yield _by_rule(rule, Verdict.ASK, f"it may turn out to be: {_reason(rule)}")


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
    allows = [
        (rule, named)
        for rule in rules
        if rule.bucket is Verdict.ALLOW
        and not (rule.layer is Layer.BUILTIN and rule.id in policy.overrides)
        and (named := match.tight(rule, shape, facts)) is not None
        and _covers_path(rule, shape, facts)
    ]
    written = [(rule, named) for rule, named in allows if rule.layer is not Layer.BUILTIN]
    for one in findings:
        if one.firm and not any(_names(rule, named, one, facts) for rule, named in written):
            return one
    if written:
        rule = written[0][0]
        return _by_rule(rule, Verdict.ALLOW, _reason(rule))
    if shape.command.words and shape.command.words[0].value is None:
        return ask("dynamic/program", "which program runs is decided at run time")
    builtin = _first(findings, lambda one: not one.firm)
    if builtin is not None:
        return builtin
    if allows:
        return _by_rule(allows[0][0], Verdict.ALLOW, _reason(allows[0][0]))
    if _is_read(shape) and shape.expected:
        return _finding(Verdict.ALLOW, "shell-text", "each command of its text is judged")
    return _default(policy, shape, facts)


def _is_read(shape: Shape) -> bool:
    """Whether the command is a shell whose text the reader has taken apart."""
    program = inline.program(shape)
    if program is None or program.interpreter.language != "shell":
        return False
    if program.source == "code":
        return program.word is not None and program.word.value is not None
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
    if not shape.expected:
        base = posixpath.basename(shape.name)
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
            and (
                one.layer is not Layer.BUILTIN or (one.outward and "may turn out" not in one.reason)
            )
        ),
    )
    if asked is not None:
        return asked
    return _finding(Verdict.ALLOW, "descendant", "inside an allowed command")
