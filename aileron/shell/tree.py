"""The tree that the parser builds.

`start` is an offset in characters into the text a node was read from: the text
itself, or, inside backticks and here-documents, the text these hold once their
own backslashes are taken away.  `source` is the node as it stands there, so
that `start + len(source)` is its end.

A word is a row of parts: text as it will be (quotes removed), and expansions.
An expansion keeps everything that bash would run or expand in order to make
it: `${x:-$(c)}` nests a command expansion, `$(c)` nests a script.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Literal:
    text: str
    quoted: bool = False


@dataclass(slots=True)
class Expansion:
    """`kind` is parameter, command, arithmetic or process.

    `name` is set for a plain `$x` or `${x}` only.  `writes` marks `>( )`, whose
    commands are fed by the command it belongs to.
    """

    kind: str
    source: str
    quoted: bool = False
    name: str = ""
    nested: list[Part | Script] = field(default_factory=list)
    writes: bool = False


Part = Literal | Expansion


@dataclass(slots=True)
class RawWord:
    source: str
    start: int
    parts: list[Part]

    def literal(self) -> str | None:
        """The decoded text, None when any part is an expansion."""
        text = ""
        for part in self.parts:
            if isinstance(part, Expansion):
                return None
            text += part.text
        return text

    def quoted(self) -> bool:
        return any(part.quoted for part in self.parts)


@dataclass(slots=True)
class RawRedirect:
    """For `<<` and `<<-` the target is the delimiter, `body` the document."""

    op: str
    fd: str
    target: RawWord
    body: RawWord | None = None


@dataclass(slots=True)
class RawAssignment:
    """`name[subscript]=value`, `name=(…)`: the parts of subscripts are in `subscript`."""

    name: str
    op: str  # = or +=
    value: RawWord
    subscript: list[Part] | None = None
    array: bool = False
    elements: list[RawWord] = field(default_factory=list)  # of an array


@dataclass(slots=True)
class Simple:
    start: int
    source: str
    assignments: list[RawAssignment]
    words: list[RawWord]
    redirects: list[RawRedirect]


@dataclass(slots=True)
class Compound:
    """Everything that holds other commands.

    kind        name            words                    bodies
    subshell                                             the list
    group                                                the list
    if                                                   condition, then, …, else
    while until                                          condition, body
    for select  the variable    what is gone through     body
    cfor                        the three expressions    body
    case                        the word, the patterns   one for each clause
    test        ([[ ]])         the operands
    arithmetic  ((( )))         the expression
    function    its name                                 the compound, as a list
    coproc      its name or ""                           the command, as a list
    """

    kind: str
    start: int
    source: str = ""
    name: str = ""
    words: list[RawWord] = field(default_factory=list)
    bodies: list[Script] = field(default_factory=list)
    redirects: list[RawRedirect] = field(default_factory=list)


Command = Simple | Compound


@dataclass(slots=True)
class Pipeline:
    """`a | b`; empty for a `time` or `!` that stands alone."""

    commands: list[Command]


@dataclass(slots=True)
class AndOr:
    """`a && b || c`: one operator fewer than pipelines."""

    pipelines: list[Pipeline]
    operators: list[str]
    background: bool = False


@dataclass(slots=True)
class Script:
    items: list[AndOr]
