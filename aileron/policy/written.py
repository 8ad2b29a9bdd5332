"""Files that a text writes itself, word for word, before it runs them.

`cat > x.sh <<'EOF' …`, `tee x.py <<'EOF' …`, `echo … > x.sh`: what is in them is known, so
that a script is judged by its commands, and a program as if it had been given in the
command.  What such a program does beyond what is known of it needs no question, as for
`python x.py`; what is denied, or touches what is not the project's, counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aileron.model import Facts
from aileron.policy import inline, paths
from aileron.policy.shape import Shape, shape
from aileron.shell.output import written
from aileron.shell.reading import Redirect, SimpleCommand, Word

_INTO = frozenset((">", ">|"))


def literal(
    shapes: Sequence[Shape], path: str, before: int, facts: Facts
) -> tuple[int, str] | None:
    """The command before another one that writes a file whole, and the text that it writes."""
    for at in range(min(before, len(shapes)) - 1, -1, -1):
        text = _into(shapes[at], path, facts)
        if text is not None:
            return at, text
    return None


def _into(made: Shape, path: str, facts: Facts) -> str | None:
    command = made.command
    for redirect in command.redirects:
        if redirect.op in _INTO and redirect.fd in ("", "1"):
            if paths.of_word(redirect.target, made.cwd, facts) != path:
                return None
            rest = tuple(one for one in command.redirects if one is not redirect)
            return written(replace(command, redirects=rest), "bash")
    if made.name == "tee" and len(command.words) == 2:
        if paths.of_word(command.words[1], made.cwd, facts) != path:
            return None
        return written(replace(command, words=(Word("cat", "cat"),)), "bash")
    return None


def as_given(shapes: Sequence[Shape], at: int, facts: Facts) -> Shape | None:
    """A command that runs a program that its text wrote, as one that is given the program."""
    made = shapes[at]
    program = inline.program(made)
    if program is None or program.source != "file" or program.word is None:
        return None
    if program.interpreter.language == "shell":
        return None
    path = paths.of_word(program.word, made.cwd, facts)
    found = literal(shapes, path, at, facts) if path is not None else None
    if found is None:
        return None
    words = made.command.words
    behind = next(number for number, word in enumerate(words) if word is program.word)
    text = Word(source=found[1], value=found[1], quoted=True, prefix=found[1])
    command: SimpleCommand = replace(
        made.command,
        words=(words[0], Word("-", "-"), *words[behind + 1 :]),
        redirects=(*made.command.redirects, Redirect("<<", "", text)),
        feeds="heredoc",
        cwds=made.cwds,
    )
    return shape(command, "/", facts)
