"""Answers to questions, and the rule that a yes for always writes.

The rule: `always` is offered for the part that asks, and only where one rule of exactly its
words answers it (`policy/rule_for.py`).  What would be written is shown first, as the file
will have it; a yes names the bytes that were shown, and only these are written.  Then the
question itself is judged again, and so is all else that waits: what still asks is asked.

    project     the project's aileron.yaml, if the person trusts it as it is; the new
                bytes are trusted in its place
    here        the person's settings.yaml, for this project only
    everywhere  the person's settings.yaml

The session's own policy gets that rule and nothing else that the file may have got meanwhile.
In the log the rule stands before it is in the file.
All of it runs in the broker's loop.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from aileron.approval import state
from aileron.approval.desk import Desk
from aileron.approval.state import Approval, NotPending
from aileron.audit.log import AuditLog
from aileron.errors import AileronError, AuditError, PolicyError
from aileron.model import Layer, Part, Policy, Resolution, Rule, Verdict
from aileron.policy import paths
from aileron.policy.case import Case
from aileron.policy.edit import Edit, with_rule
from aileron.policy.rule_for import Proposed, is_delicate, literal, rule_for
from aileron.session import policy_files, policy_write
from aileron.session.judge import Judge
from aileron.session.policy_files import USER_FILE, Loaded

BY_RULE = Resolution(approved=True, channel="rule", scope="always")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a rule may be written to: `old` is what the file holds, None where there is none."""

    where: str  # project, here, everywhere
    path: Path
    layer: Layer
    old: bytes | None
    working_dir: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """One way to make a yes last; `digest` is SHA-256 of the file's bytes with the rule in them,
    `reach` says in words what else the rule allows."""

    place: Place
    edit: Edit
    reach: str

    @property
    def new(self) -> bytes:
        return self.edit.text.encode()

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.new).hexdigest()


@dataclass(frozen=True, slots=True)
class Offer:
    """The ways to make a yes last, the best one first; where there are none, why."""

    ways: tuple[Lasting, ...] = ()
    why_not: str = ""


@dataclass
class Answers:
    desk: Desk
    judge: Judge
    audit: AuditLog
    loaded: Loaded
    _as_read: dict[str, str] = field(default_factory=dict)  # the digests of the policy's files

    def __post_init__(self) -> None:
        files = (self.loaded.project, self.loaded.user)
        self._as_read = {str(one.path): one.digest for one in files if one is not None}

    def offer(self, approval: Approval) -> Offer:
        """What `always` would write for this question."""
        if approval.request is None:
            return Offer(why_not="what asks is not known any more")
        case = self.judge.case(approval.request, descendant=approval.descendant)
        policy = self.judge.policy
        decision = case.decide(policy)
        asking = [at for at, one in enumerate(decision.parts) if one.verdict is Verdict.ASK]
        if decision.verdict is not Verdict.ASK:
            return Offer(why_not=f"no question any more: the policy says {decision.verdict.value}")
        if not decision.complete or not asking:
            return Offer(why_not="what was not read to its end has no rule")
        part = decision.parts[asking[0]]
        made = rule_for(policy, case, asking[0]) if not part.digest else None
        if made is None:
            return Offer(why_not=_why_not(policy, case, asking[0], part))
        ways: list[Lasting] = []
        problems: list[str] = []
        for place in self._places(made, problems):
            rule = replace(
                made.rule, layer=place.layer, file=str(place.path), working_dir=place.working_dir
            )
            try:
                edit = with_rule((place.old or b"").decode(), rule)
            except (PolicyError, UnicodeDecodeError) as error:
                problems.append(str(error))
                continue
            if _answers(edit.rule, policy, case, asking[0]):
                reach = self._reach(made.rule, place, case, asking[0])
                ways.append(Lasting(place=place, edit=edit, reach=reach))
        return Offer(tuple(ways), "" if ways else (*problems, "no rule answers it")[0])

    def give(self, number: str, resolution: Resolution) -> Approval:
        """A person's answer.  KeyError for an unknown number, NotPending when it has ended; with
        any AileronError nothing was written and the question is still open."""
        approval = self.desk.find(number)
        if not (resolution.approved and resolution.scope == "always"):
            return self.desk.answer(number, resolution)
        state.check(approval, resolution, self.desk.clock())
        way = next((w for w in self.offer(approval).ways if w.digest == resolution.digest), None)
        if way is None:
            raise AileronError(
                "the policy has changed since the rule was shown",
                hint="nothing was written: look at the rule again",
            )
        self._write(way, approval, resolution)
        self.judge.policy = self._with(way)
        done = self.desk.answer(number, resolution)
        self._reconsider()
        return done

    # -- where to ---------------------------------------------------------------

    def _places(self, made: Proposed, problems: list[str]) -> Iterator[Place]:
        own = self.loaded.project
        if own is not None:
            with _noted(problems):
                held = policy_write.content(own.path)
                if held is not None and self._is_trusted(own.path, held):
                    yield Place(where="project", path=own.path, layer=Layer.PROJECT, old=held)
        settings = Path(self.judge.aileron_home) / USER_FILE
        with _noted(problems):
            held = policy_write.content(settings)
            here = _as_pattern(self.judge.project, self.judge.home)
            person = Place(where="everywhere", path=settings, layer=Layer.USER, old=held)
            if here:
                yield replace(person, where="here", working_dir=here)
            if not made.local:
                yield person

    def _is_trusted(self, path: Path, held: bytes) -> bool:
        trusted = policy_files.trusted_digest(Path(self.judge.aileron_home), path)
        return trusted == hashlib.sha256(held).hexdigest()

    def _reach(self, rule: Rule, place: Place, case: Case, at: int) -> str:
        """What else the rule allows, in words."""
        where = {
            "project": "in any folder, for everybody who trusts this file",
            "here": f"in any folder of {place.working_dir}",
            "everywhere": "in any folder of any project",
        }[place.where]
        program = case.shapes[at].program
        ours = program is not None and paths.inside(program, self.judge.project)
        changed = f"; also when {rule.words[0]} has changed" if ours and rule.words else ""
        return f"exactly these words, {where}{changed}"

    # -- the effect --------------------------------------------------------------

    def _write(self, way: Lasting, approval: Approval, resolution: Resolution) -> None:
        place, home = way.place, Path(self.judge.aileron_home)
        entry = {
            "rule": way.edit.rule.id,
            "layer": place.layer.value,
            "file": str(place.path),
            "line": way.edit.rule.line,
            "lines": list(way.edit.lines),
            "digest": way.digest,
            "channel": resolution.channel,
            "by": resolution.by or str(os.getuid()),
            "command": approval.command,
        }
        with policy_write.beside(place.path, place.old, way.new) as replace_it:
            seq = self.audit.write("rule", entry)
            try:
                if place.where != "project":
                    replace_it()
                    return
                before = hashlib.sha256(place.old or b"").hexdigest()
                policy_files.trust(home, place.path, way.digest)
                try:
                    replace_it()
                except PolicyError:
                    policy_files.trust(home, place.path, before)
                    raise
            except PolicyError as error:
                with contextlib.suppress(AuditError):  # the next command is refused for it
                    self.audit.write("rule_failed", {"of": seq, "reason": error.message})
                raise

    def _with(self, way: Lasting) -> Policy:
        """The session's policy with the rule; those below it in the file have moved."""
        policy, rule = self.judge.policy, way.edit.rule
        file = str(way.place.path)
        rules = policy.rules
        old = hashlib.sha256(way.place.old or b"").hexdigest()
        if self._as_read.get(file) == old:
            self._as_read[file] = way.digest
            more = len(way.new.splitlines()) - len((way.place.old or b"").splitlines())
            rules = tuple(
                replace(one, line=one.line + more)
                if one.file == rule.file and one.line >= rule.line
                else one
                for one in rules
            )
        digest = hashlib.sha256(f"{policy.digest} {way.digest}".encode()).hexdigest()
        return replace(policy, rules=(*rules, rule), digest=digest)

    def _reconsider(self) -> None:
        """What waits and is allowed by now needs nobody's answer; what does not is shown again,
        since it would be written into other bytes."""
        for one in self.desk.pending():
            if one.request is None:
                continue
            decision = self.judge.decide(one.request, descendant=one.descendant)
            if decision.verdict is Verdict.ALLOW:
                with contextlib.suppress(NotPending):
                    self.desk.answer(one.id, BY_RULE)
        self.desk.show_again()


@contextlib.contextmanager
def _noted(problems: list[str]) -> Iterator[None]:
    try:
        yield
    except PolicyError as error:
        problems.append(error.message)


def _as_pattern(folder: str, home: str) -> str:
    """A folder as a rule names it, "" where no rule can."""
    if home not in ("", "/") and folder != home and paths.inside(folder, home):
        rest = literal(folder[len(home) :])
        return f"~{rest}" if rest else ""
    return literal(folder) or ""


def _answers(rule: Rule, policy: Policy, case: Case, at: int) -> bool:
    """Whether the part is allowed with the rule as the file has it, and by this rule."""
    part = case.decide(replace(policy, rules=(*policy.rules, rule))).parts[at]
    return part.verdict is Verdict.ALLOW and (part.rule, part.layer) == (rule.id, rule.layer)


def _why_not(policy: Policy, case: Case, at: int, part: Part) -> str:
    """Why there is no rule for this part, for the person who would have one."""
    if part.layer is not Layer.BUILTIN:
        where = f" ({part.place})" if part.place else ""
        return f"your own rule asks{where}: change that one"
    if case.descendant:
        return "a command that runs started this: no rule speaks about what is inside"
    if part.digest:
        return "a script of the project asks: no rule notices when it changes"
    if at >= len(case.shapes):
        return "it is about the text as a whole: no rule speaks about that"
    if is_delicate(policy, case, at, part):
        return "code, secrets and files like these are asked about each time"
    return "no rule of these words would answer it"
