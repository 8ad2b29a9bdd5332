"""How rules are shown: on lines that fit a pager, in the order in which they count.

    deny                   whoever says it; nothing lifts it
    ask, written here      before any allow
    ask, of a file         what a command does: an allow that names the path lifts it
    allow, written here    before what is built in
    ask, allow, built in   in this order
    default                what nothing speaks about

What the project and the person wrote comes first, and whole: nothing of it is cut
off.  A built-in pattern that is too long is; `--json` has all of it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from aileron.cli.text import VERDICTS, paint, visible
from aileron.model import READERS, Layer, Rule, Verdict
from aileron.policy.judgements import JUDGEMENTS, SOFT, family
from aileron.policy.schema import Source
from aileron.session.policy_files import Loaded

WIDTH = 80
INDENT = "      "


def about(rule: Rule) -> str:
    """What a rule speaks about, in words."""
    said = [" ".join(rule.words) or rule.binary]
    said += [f"containing {text!r}" for text in rule.args_contain]
    if rule.path:
        said.append(f"path {rule.path}")
    if rule.working_dir:
        said.append(f"in {rule.working_dir}")
    return " ".join(filter(None, said))


def wishes(source: Source) -> Iterator[tuple[str, str]]:
    """What a file asks for beyond denies and asks, each with its place."""
    name = source.file.rpartition("/")[2]
    for rule in source.rules:
        if rule.bucket is Verdict.ALLOW:
            yield f"allow {about(rule)}", rule.place
    for override, line in source.overrides:
        yield f"cancel the built-in rule {override}", f"{name}:{line}"
    if source.default is Verdict.ALLOW:
        yield "allow everything that no rule speaks about", f"{name}:{source.default_line}"
    for variable in source.passthrough:
        yield f"pass the variable {variable} to commands", name
    if source.readers is not None and set(source.readers) < set(READERS):
        kept = ", ".join(source.readers) or "nobody"
        yield f"have {kept} confirm how commands are read, and no other reader", name


def cancelled(loaded: Loaded) -> dict[str, str]:
    """The built-in rules and judgements that are overridden, each with the place that says so."""
    found: dict[str, str] = {}
    for file in filter(None, (loaded.project if loaded.trusted else None, loaded.user)):
        for name, line in file.source.overrides:
            if name in loaded.policy.overrides:
                found.setdefault(name, f"{file.path.name}:{line}")
    return found


def listing(loaded: Loaded) -> Iterator[str]:
    """The policy in force as lines, and what is not in force."""
    off = cancelled(loaded)
    own = [rule for rule in loaded.policy.rules if rule.layer is not Layer.BUILTIN]
    built = [rule for rule in loaded.policy.rules if rule.layer is Layer.BUILTIN]
    yield from _not_in_force(loaded)
    yield "deny: whoever says it, nothing lifts it"
    yield from _rules([*_of(own, Verdict.DENY), *_of(built, Verdict.DENY)], off)
    yield from _judged([name for name in JUDGEMENTS if JUDGEMENTS[name][0] is Verdict.DENY], off)
    if _of(own, Verdict.ASK):
        yield from ("", "ask, written here: before any allow")
        yield from _rules(_of(own, Verdict.ASK), off)
    asked = [name for name in JUDGEMENTS if JUDGEMENTS[name][0] is Verdict.ASK]
    yield from ("", "ask, by what a command touches: lifted by an allow that names the path")
    yield from _judged([name for name in asked if name not in SOFT], off)
    if _of(own, Verdict.ALLOW):
        yield from ("", "allow, written here: before what is built in")
        yield from _rules(_of(own, Verdict.ALLOW), off)
    yield from ("", "ask, built in: lifted by an allow written here")
    yield from _rules(_of(built, Verdict.ASK), off)
    yield from _judged([name for name in asked if name in SOFT], off)
    yield from ("", "allow, built in")
    yield from _rules(_of(built, Verdict.ALLOW), off)
    yield from ("", f"default: {loaded.policy.default.value}")


def _of(rules: Iterable[Rule], bucket: Verdict) -> list[Rule]:
    return [rule for rule in rules if rule.bucket is bucket]


def _not_in_force(loaded: Loaded) -> Iterator[str]:
    if loaded.project is None or loaded.trusted:
        return
    lines = list(wishes(loaded.project.source))
    if not lines:
        return
    name = visible(loaded.project.path.name)
    yield f"not in force: {name} is not trusted; `aileron trust` shows it and asks"
    for text, place in lines:
        yield from _wrapped(INDENT + visible(text), f"[{visible(place)}]")
    yield ""


def _rules(rules: Iterable[Rule], off: Mapping[str, str]) -> Iterator[str]:
    for rule in rules:
        short = rule.layer is Layer.BUILTIN
        yield from _lines(rule.bucket, about(rule), f"{rule.id}, {rule.place}", short)
        if short and rule.id in off:
            yield f"{INDENT}overridden by {visible(off[rule.id])}"


def _judged(names: Iterable[str], off: Mapping[str, str]) -> Iterator[str]:
    """What is judged without a rule."""
    for name in names:
        verdict, text = JUDGEMENTS[name]
        yield from _lines(verdict, text, name, False)
        for other, place in off.items():
            if family(other) == name:
                which = "" if other == name else f": {visible(other)}"
                yield f"{INDENT}overridden by {visible(place)}{which}"


def _lines(verdict: Verdict, text: str, place: str, short: bool) -> Iterator[str]:
    text, place = visible(text), f"[{visible(place)}]"
    room = WIDTH - len(INDENT) - len(place) - 2
    if short and len(text) > room:
        text = text[: max(room, 20) - 1] + "…"
    first, *others = _wrapped(f"{verdict.value:5} {text}", place)
    word = paint(first[:5], VERDICTS[verdict.value])
    yield word + first[5:]
    yield from others


def _wrapped(text: str, place: str) -> list[str]:
    """A text on as many lines as it takes, its place behind it, or below where it is too long."""
    if len(text) + len(place) + 2 <= WIDTH:
        return [f"{text}  {place}"]
    return [*_wrap(text, ""), *_wrap(place, INDENT)]


def _wrap(text: str, first: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=INDENT, break_on_hyphens=False
    )
