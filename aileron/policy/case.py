"""A request with everything that its decision rests on, so that it can be decided again:
under another policy, or with one rule more.

`parts` of a decision and `shapes` of its case stand for the same commands, in the same order;
behind them a decision may have parts that are about the whole text.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from aileron.model import CommandRequest, Decision, Facts, Mode, Part, Policy, Rule
from aileron.policy import engine, linked, part, parts, structural
from aileron.policy.finding import Finding
from aileron.policy.scripts import NO_SCRIPTS, Script, Scripts, wanted
from aileron.policy.shape import Shape
from aileron.shell.reading import Reading


@dataclass(frozen=True, kw_only=True)
class Case:
    """`reading` is None where the request's text could not be had."""

    request: CommandRequest
    reading: Reading | None
    facts: Facts
    scripts: Scripts = NO_SCRIPTS
    descendant: bool = False

    def decide(self, policy: Policy) -> Decision:
        return engine.decide(
            policy,
            self.request,
            self.facts,
            self.reading,
            descendant=self.descendant,
            scripts=self.scripts,
        )

    @cached_property
    def shapes(self) -> list[Shape]:
        if self.reading is None:
            return []
        return parts.shapes_of(self.request, self.facts, self.reading)

    @cached_property
    def _text(self) -> structural.Text:
        return structural.Text(self.reading or Reading(()), self.shapes, self.facts)

    @cached_property
    def _known(self) -> list[Facts]:
        return linked.known(self.shapes, self.facts)

    def findings(self, policy: Policy, at: int) -> list[Finding]:
        """All that speaks about a command but the allow rules, whether it decided or not."""
        shape = self.shapes[at]
        rules = part.index_of(policy.rules).about(shape.names)
        facts = self._known[at]
        return part.findings_of(policy, rules, shape, facts, parts.around(self._text, at))

    def judge(self, policy: Policy, at: int) -> Part:
        """The verdict on one command, by itself: a script that it runs is not looked into."""
        structure = parts.around(self._text, at)
        return part.judge(
            policy, self.shapes[at], self._known[at], structure, descendant=self.descendant
        )

    def allows(self, policy: Policy, at: int) -> list[Rule]:
        """The allow rules that cover a command, whether they decided or not."""
        shape = self.shapes[at]
        rules = part.index_of(policy.rules).about(shape.names)
        return [rule for rule, _ in part.allows_of(policy, rules, shape, self._known[at])]

    def script(self, at: int) -> tuple[str, Script, Case] | None:
        """The script that a command runs, if its bytes are known: its path, and its own case."""
        shape = self.shapes[at]
        found = wanted(shape, self.facts)
        script = self.scripts.of(shape, found) if found else None
        if found is None or script is None or script.program:
            return None
        cwd = shape.cwd or self.request.cwd
        request = replace(self.request, text="", cwd=cwd, options=(), script="", mode=Mode.COMMAND)
        return found.path, script, replace(self, request=request, reading=script.reading)
