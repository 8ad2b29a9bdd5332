"""What a word or a redirection holds: the commands in it, and what it feeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from aileron.shell.expansion import document, one
from aileron.shell.listing import MOST
from aileron.shell.reading import Redirect, SimpleCommand, Word
from aileron.shell.scanner import MAX_COMMANDS, Stop
from aileron.shell.scope import Scope, Where
from aileron.shell.tree import (
    Command,
    Compound,
    Expansion,
    Part,
    RawRedirect,
    RawWord,
    Script,
    Simple,
)

STANDARD_INPUT = ("", "0")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command stands: what it inherits from all that is around it."""

    via: tuple[str, ...] = ()
    feeds: str = ""
    upstream: tuple[int, ...] = ()
    input: Word | None = None  # the here-document that the standard input is
    alone: bool = True  # nobody else reads that input
    substituted: bool = False
    appended: bool = False
    background: bool = False
    loop: bool = False
    holes: frozenset[str] = frozenset()
    lines: tuple[str, ...] = ()  # the patterns of the standard input's lines
    inputs: tuple[str, ...] = ()  # … and of what is put in for the holes
    supposed: bool = False


NOTHING = SimpleCommand(())


def _lines(text: Word) -> tuple[str, ...]:
    """The lines of a literal here-document, if they are few."""
    found = text.value.splitlines() if text.value is not None and len(text.value) < 4096 else []
    return tuple(dict.fromkeys(found)) if len(found) <= MOST else ()


class PartWalk:
    def __init__(self, shell: str) -> None:
        self.shell = shell
        self.found: list[SimpleCommand] = []

    def script(self, script: Script, scope: Scope, place: Place) -> None:
        raise NotImplementedError

    def possible(self, made: Word, raw: RawWord, scope: Scope, assigned: str = "") -> Word:
        raise NotImplementedError

    def printed(self, part: Expansion) -> tuple[str, ...]:
        raise NotImplementedError

    def reserve(self) -> int:
        if len(self.found) >= MAX_COMMANDS:
            raise Stop(f"it holds more than {MAX_COMMANDS} commands")
        self.found.append(NOTHING)
        return len(self.found) - 1

    # Words

    def nested(self, parts: Iterable[Part | Script], scope: Scope, place: Place) -> None:
        """The commands in the expansions of a word; those of `>( )` are left to `outputs`."""
        for part in parts:
            if isinstance(part, Script):
                inner = replace(place, substituted=True, appended=False)
                self.script(part, scope.copy(), inner)
            elif isinstance(part, Expansion) and part.nested and not part.writes:
                self.nested(part.nested, scope, place)

    def writers(self, parts: Iterable[Part | Script], scope: Scope, place: Place) -> None:
        """The commands in `>( )`: fed by the command whose word it is."""
        for part in parts:
            if isinstance(part, Expansion) and part.nested:
                if part.writes:
                    for script in part.nested:
                        assert isinstance(script, Script)
                        self.script(script, scope.copy(), place)
                else:
                    self.writers(part.nested, scope, place)

    # Redirections

    def carried(
        self, redirects: list[Redirect], node: Compound, where: Where, place: Place
    ) -> None:
        """The redirections of a compound, as a command without words that has them."""
        if redirects:
            command = SimpleCommand(
                (),
                redirects=tuple(redirects),
                source=node.source,
                via=place.via,
                upstream=place.upstream,
                substituted=place.substituted,
                background=place.background,
                loop=place.loop,
                cwds=where,
            )
            self.found.append(command)

    def redirect(self, raw: RawRedirect, scope: Scope) -> Redirect:
        if raw.body is not None:
            return Redirect(raw.op, raw.fd, document(raw.body, raw.target.source, scope.known))
        known = {} if raw.op in ("<<", "<<-") else scope.known
        target = one(raw.target, known)
        if raw.op != "<<<" and "{" in target.source and "," in target.source and not target.quoted:
            target = replace(target, value=None, dynamic=target.dynamic | {"brace"})
        return Redirect(raw.op, raw.fd, target)

    def targets(
        self, raws: Sequence[RawRedirect], redirects: Sequence[Redirect], scope: Scope
    ) -> list[Redirect]:
        """The redirections with what their targets could be."""
        return [
            one
            if one.op[:2] == "<<"
            else replace(one, target=self.possible(one.target, raw.target, scope))
            for raw, one in zip(raws, redirects, strict=True)
        ]

    def printed_into(self, target: RawWord) -> tuple[str, ...]:
        """The lines of `< <(…)`."""
        part = target.parts[0] if len(target.parts) == 1 else None
        return self.printed(part) if isinstance(part, Expansion) else ()

    def string(self, raw: RawRedirect, target: Word, scope: Scope) -> tuple[str, ...]:
        """The line of `<<< "$x"`, as far as that is known."""
        return self.possible(target, raw.target, scope).could if raw.op == "<<<" else ()

    def fed(
        self, raws: Sequence[RawRedirect], redirects: Sequence[Redirect], scope: Scope, place: Place
    ) -> Place:
        """Walks what the redirections hold; the place with the standard input they give."""
        result = place
        for raw, redirect in zip(raws, redirects, strict=True):
            first = len(self.found)
            self.nested(raw.target.parts, scope, place)
            if raw.body is not None:
                self.nested(raw.body.parts, scope, place)
            if raw.op[0] != "<" or raw.fd not in STANDARD_INPUT:
                continue
            inside = tuple(range(first, len(self.found)))
            target = redirect.target
            if raw.op in ("<<", "<<-", "<<<"):
                if raw.body is not None:
                    target = replace(target, source=raw.body.source)
                elif target.value is not None:  # so that a backslash at its end continues the line
                    target = replace(target, value=target.value + "\n")
                result = replace(
                    result,
                    feeds="heredoc",
                    upstream=inside,
                    input=target,
                    alone=True,
                    lines=_lines(target) or self.string(raw, target, scope),
                )
            elif raw.op == "<&":
                result = replace(result, feeds=result.feeds or "file", input=None, lines=())
            else:
                feeds = "process" if "process" in target.dynamic else "file"
                lines = self.printed_into(raw.target) if feeds == "process" else ()
                result = replace(result, feeds=feeds, upstream=inside, input=None, lines=lines)
        return result

    def outputs(self, node: Command, scope: Scope, place: Place) -> None:
        """The commands in a command's `>( )`: what they read is what it writes."""
        place = replace(place, feeds="pipe", input=None, alone=True, appended=False, lines=())
        for raw in node.redirects:
            self.writers(raw.target.parts, scope, place)
        for word in node.words:
            self.writers(word.parts, scope, place)
        for item in node.assignments if isinstance(node, Simple) else ():
            self.writers([*(item.subscript or ()), *item.value.parts], scope, place)
