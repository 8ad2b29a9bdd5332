"""A tree of the parser as text again.

Words and redirections are printed as they were written, the structure around them
anew: what is read from that must be the same tree.  Commands whose tree keeps no
form of its own (`case`, `[[ ]]`, `(( ))`, C-style `for`) are printed as they stood.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from aileron.shell.tree import AndOr, Command, Compound, RawRedirect, Script, Simple

KEYWORDS = {"while": "while", "for": "for", "select": "select"}


class Unprintable(Exception):
    """It holds a here-document in a command that is printed as it stood."""


class Printer:
    def __init__(self) -> None:
        self.documents: list[RawRedirect] = []

    def script(self, script: Script) -> str:
        return "".join(map(self.item, script.items))

    def item(self, item: AndOr) -> str:
        text = ""
        for pipeline, operator in zip(item.pipelines, ["", *item.operators], strict=True):
            text += f" {operator} " if operator else ""
            text += " | ".join(map(self.command, pipeline.commands)) or "!"
        text += " &\n" if item.background else "\n"
        for redirect in self.documents:
            assert redirect.body is not None
            text += f"{redirect.body.source}{redirect.target.literal()}\n"
        self.documents.clear()
        return text

    def command(self, command: Command) -> str:
        pieces = [self.simple(command) if isinstance(command, Simple) else self.compound(command)]
        return " ".join(filter(None, [*pieces, *map(self.redirect, command.redirects)]))

    def simple(self, command: Simple) -> str:
        if any(item.subscript for item in command.assignments):
            raise Unprintable
        pieces = [f"{item.name}{item.op}{item.value.source}" for item in command.assignments]
        return " ".join([*pieces, *(word.source for word in command.words)])

    def redirect(self, redirect: RawRedirect) -> str:
        fd = redirect.fd if redirect.fd.isdigit() else redirect.fd and "{" + redirect.fd + "}"
        if redirect.body is not None:
            self.documents.append(redirect)
        return f"{fd}{redirect.op} {redirect.target.source}"

    def compound(self, node: Compound) -> str:
        bodies = node.bodies
        if node.kind in ("case", "test", "arithmetic", "cfor"):
            if "<<" in node.source or node.redirects:
                raise Unprintable
            return node.source
        if node.kind == "subshell":
            return f"( {self.script(bodies[0])})"
        if node.kind == "group":
            return f"{{ {self.script(bodies[0])}}}"
        if node.kind == "while":
            return f"while {self.script(bodies[0])}do {self.script(bodies[1])}done"
        if node.kind in ("for", "select"):
            words = " ".join(word.source for word in node.words)
            # no words and no `in` look the same in the tree
            return f"{node.kind} {node.name} in {words}\ndo {self.script(bodies[0])}done"
        if node.kind == "if":
            pairs = len(bodies) // 2
            text = "".join(
                f"{'elif' if at else 'if'} {self.script(bodies[2 * at])}"
                f"then {self.script(bodies[2 * at + 1])}"
                for at in range(pairs)
            )
            return text + (f"else {self.script(bodies[-1])}" if len(bodies) % 2 else "") + "fi"
        head = f"coproc {node.name}".strip() if node.kind == "coproc" else f"function {node.name}"
        return f"{head} {self.command(bodies[0].items[0].pipelines[0].commands[0])}"


def printed(script: Script) -> str:
    return Printer().script(script)


def shape(node: object) -> object:
    """The tree as a value to compare, without where its nodes stand."""
    if isinstance(node, list):
        return [shape(item) for item in node]
    if not is_dataclass(node):
        return node
    skipped = {"start"} | ({"source"} if isinstance(node, Compound | Simple) else set())
    return {f.name: shape(getattr(node, f.name)) for f in fields(node) if f.name not in skipped}
