"""From a request to a decision: unwrap, read, gather facts, decide.

The steps are pure but for the facts; this file puts them in order and keeps
the parses of texts seen before, and decisions with all that they rest on.
Other readers must agree with a reading; what a program was started with is not
shell text, but it may hold some (`bash -c`), and they read that.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from aileron.model import CommandRequest, Decision, Facts, Mode, Policy
from aileron.policy.case import Case
from aileron.session import facts, home, packages, policy_files, readers, scripts
from aileron.session.policy_files import Loaded
from aileron.shell.agreement import Reader, confirmed
from aileron.shell.read import read
from aileron.shell.reading import Reading
from aileron.shell.wrappers import Wrappers

PARSES = 4096
DECISIONS = 2048


@dataclass
class Judge:
    """The policy of one session, and what is needed to apply it."""

    policy: Policy
    wrappers: Wrappers
    project: str
    home: str
    aileron_home: str
    _parses: OrderedDict[tuple[str, str], Reading] = field(default_factory=OrderedDict)
    _mentions: facts.Mentions = field(default_factory=facts.Mentions)
    _decided: OrderedDict[tuple[str, str], tuple[Policy, Case, Decision]] = field(
        default_factory=OrderedDict
    )

    @cached_property
    def readers(self) -> tuple[Reader, ...]:
        """Those that load fast, when they are first asked for; then what `use` brings."""
        return readers.load(self.policy.readers, slow=False)

    def use(self, loaded: tuple[Reader, ...]) -> None:
        """Have these readers agree from now on, also to what was read before."""
        self.readers = loaded
        self._parses.clear()

    def reading(self, request: CommandRequest) -> Reading | None:
        """The reading of the request's text, None where there is no text to read."""
        if request.text is None or request.mode is Mode.EXEC:
            words = facts.reading_of(request, self.wrappers)
            return confirmed("", words, self.readers) if words and words.texts else words
        return self._read(request.text, request.shell)

    def _read(self, text: str, shell: str) -> Reading:
        key = (text, shell)
        found = self._parses.get(key)
        if found is None:
            found = read(text, shell, self.wrappers)
            found = confirmed(text, found, self.readers)
            self._parses[key] = found
            if len(self._parses) > PARSES:
                self._parses.popitem(last=False)
        else:
            self._parses.move_to_end(key)
        return found

    def case(self, request: CommandRequest, *, descendant: bool = False) -> Case:
        """The request with all that its decision rests on."""
        reading = self.reading(request)
        if descendant:
            known = self._facts([(request, reading)])
            return Case(request=request, reading=reading, facts=known, descendant=True)
        known, found = scripts.gather(request, reading, self._facts, self._read)
        return Case(request=request, reading=reading, facts=known, scripts=found)

    def decide(self, request: CommandRequest, *, descendant: bool = False) -> Decision:
        """The facts are gathered each time; only a case that is equal in all that its decision
        rests on, under the very same policy, is not decided again."""
        case = self.case(request, descendant=descendant)
        if case.scripts.known or case.scripts.tasks:
            return case.decide(self.policy)
        key = (request.text or "", request.cwd)
        kept = self._decided.get(key)
        if kept is not None and kept[0] is self.policy and kept[1] == case:
            return kept[2]
        decision = case.decide(self.policy)
        self._decided[key] = (self.policy, case, decision)
        if len(self._decided) > DECISIONS:
            self._decided.popitem(last=False)
        return decision

    def _facts(self, pairs: Sequence[tuple[CommandRequest, Reading | None]]) -> Facts:
        found = facts.gather(
            pairs,
            project=self.project,
            home=self.home,
            aileron_home=self.aileron_home,
            mentions=self._mentions,
        )
        installed = packages.gather(pairs, found)
        return replace(found, packages=installed) if installed else found


def judge_for(loaded: Loaded) -> Judge:
    """The judge of a policy that was loaded, for the person who runs this."""
    return Judge(
        policy=loaded.policy,
        wrappers=policy_files.load_wrappers(),
        project=loaded.root,
        home=str(Path.home()),
        aileron_home=str(home.path()),
    )


def unwrapped(request: CommandRequest, command: str) -> CommandRequest:
    """The request as if the agent had sent only the command inside its envelope."""
    return replace(request, text=command)
