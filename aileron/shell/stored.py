"""Text that a command stores, and that bash may run later: prompts, what arithmetic reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aileron.shell import functions, hidden
from aileron.shell.parser import Parser
from aileron.shell.parts import PartWalk, Place
from aileron.shell.reading import SimpleCommand
from aileron.shell.scanner import Notes, Stop
from aileron.shell.scope import UNKNOWN, Scope
from aileron.shell.tree import Expansion, RawRedirect, Simple

MAX_TEXT = 128 * 1024  # of all texts that are read again
# A bracket without a name before it, or one that is not closed: a piece of a subscript.
OPENS_SUBSCRIPT = re.compile(r"(?<!\w)\[|\[[^\]]*\Z")
STORES = hidden.DECLARES | {"set", "printf"}


class StoredWalk(PartWalk):
    def __init__(self, shell: str, extglob: bool) -> None:
        super().__init__(shell)
        self.extglob = extglob
        self.doubts: list[str] = []
        self.bodies: functions.Bodies = {}
        self.expanded: set[str] = set()  # texts that were walked as subscripts
        self.opens = False  # text is stored that starts with a parenthesis or brace
        self.pieces: dict[str, None] = {}  # text that arithmetic could run, if there is any
        self.arithmetic = False  # values of variables are taken for expressions
        self.subscripts = False  # what is expanded becomes part of a subscript
        self.brackets = False  # a value may become a piece of a subscript
        self.coprocs: set[int] = set()  # commands whose output `read -u` may get
        self.text = 0
        self.depth = 0

    def read_again(self, text: str, shell: str, same: bool, scope: Scope, place: Place) -> None:
        raise NotImplementedError

    def stored(self, node: Simple, name: str | None, place: Place) -> None:
        """Notes text in quotes that bash could expand later; what it expands now is walked."""
        for text in hidden.named(name, node.words):
            self.evaluated(text, place)
        self.duplicated(node.redirects, place)
        values = [item.value for item in node.assignments]
        values += [item.target for item in node.redirects if item.op == "<<<"]
        if name in STORES:
            values += node.words[1:]
        for value in values:
            self.store(hidden.kept(value))
            if name == "printf" and "[" in value.source:
                self.brackets = True

    def duplicated(self, redirects: Sequence[RawRedirect], place: Place) -> None:
        """The target of `>&` that is no number: bash expands it, and then what came out."""
        for item in redirects:
            if item.op != ">&":
                continue
            text = hidden.kept(item.target)
            if hidden.SUBSTITUTION.search(text):
                self.evaluated(text, place)
            if any(isinstance(part, Expansion) for part in item.target.parts):
                self.arithmetic = self.subscripts = True

    def store(self, text: str) -> None:
        if hidden.stored(text):
            self.pieces[text] = None
        self.opens = self.opens or text[:1] in ("(", "{")
        self.brackets = self.brackets or OPENS_SUBSCRIPT.search(text) is not None

    def noted(self, notes: Notes) -> None:
        self.doubts += notes.doubts
        self.arithmetic = self.arithmetic or notes.arithmetic
        self.subscripts = self.subscripts or notes.subscripts
        self.opens = self.opens or notes.opens

    def computes(self, command: SimpleCommand) -> None:
        takes, subscripts = hidden.computes(command)
        self.arithmetic = self.arithmetic or takes or hidden.names_by_value(command)
        self.subscripts = self.subscripts or subscripts

    def late(self, text: str) -> None:
        """At the end of the whole `text`: what arithmetic in it would run, if there is any.

        A value is run where it holds a subscript, or where it may become part of one.
        """
        prompts = "PS4" in text or "PROMPT" in text or "PS0" in text
        if prompts and hidden.PROMPT_NAMED.search(text):
            self.doubts.append("a prompt is set to text that runs later")
        if not self.arithmetic:
            return
        pieces = dict(self.pieces)
        readers = [one for one in self.found if one.name in hidden.READERS | self.bodies.keys()]
        piped = {at for one in readers for at in one.upstream}
        for at, command in enumerate(self.found):
            read = at in piped or (bool(readers) and at in self.coprocs)
            passed = read or command.name in self.bodies
            pieces.update(dict.fromkeys(hidden.data(command, passed)))
        if not (self.subscripts or self.brackets):
            pieces = {text: None for text in pieces if hidden.SUBSCRIPT.search(text)}
        if self.opens and any(piece.endswith("$") for piece in pieces):
            self.doubts.append("text in quotes could run as part of arithmetic")
        for piece in pieces:
            self.evaluated(piece, Place(substituted=True))

    def prompt(self, variable: str, text: str, place: Place) -> None:
        if variable == "PROMPT_COMMAND":
            inside = replace(place, via=(*place.via, variable), feeds="", input=None, lines=())
            self.read_again(text, self.shell, True, Scope(UNKNOWN), inside)
        elif hidden.PROMPT_RUNS.search(text) and "\\" not in text:  # else it was a doubt
            self.evaluated(text, replace(place, substituted=True))

    def evaluated(self, text: str, place: Place) -> None:
        """What runs when bash expands `text` as a subscript: as if in double quotes."""
        if text in self.expanded:
            return
        self.expanded.add(text)
        self.text += len(text)
        notes = Notes(extglob=self.extglob)
        shown = text.partition("\n")[0][:40]
        doubt = f"“{shown}” could run as part of a subscript"
        if "\\" in text or "\n" in text or self.text > MAX_TEXT:
            self.doubts.append(doubt)
            return
        try:
            parts = Parser(text, self.shell, self.depth, notes).here_text()
        except Stop:
            self.doubts.append(doubt)
            return
        self.noted(notes)
        via = (*place.via, "subscript")
        self.nested(parts, Scope(UNKNOWN), replace(place, via=via, feeds="", input=None, lines=()))
