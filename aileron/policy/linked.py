"""Links that a text makes before it uses them: what lies behind one is what it leads to.

`ln -s / tmp/cache && rm -rf tmp/cache/*` deletes the root.  A link of `ln`, `cp -s`, `cp -l` and
a folder that `mount --bind` shows elsewhere count for the commands behind it, until the same
text deletes the link.  Where a link would lie is told by its words: in a folder of that name, or
under the name itself, of which both count.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from aileron.model import Facts
from aileron.policy import effects, paths
from aileron.policy.shape import Shape
from aileron.shell.reading import ANYTHING

MOST = 16
_LINKS = re.compile(r"--(?:symbolic-link|link)|-[a-zA-Z]*[sl][a-zA-Z]*")
_BINDS = re.compile(r"--r?bind|-B|(?:-o)?(?:\w+,)*r?bind(?:,\w+)*")
_SHOWS = frozenset({"mount", "bindfs", "mount_nullfs"})


def known(shapes: Sequence[Shape], facts: Facts) -> list[Facts]:
    """The facts for each of the commands, with the links that those before it made."""
    made: tuple[tuple[str, str], ...] = ()
    found: list[Facts] = []
    for shape in shapes:
        here = replace(facts, made=made) if made else facts
        found.append(here)
        if made and shape.names & {"rm", "unlink"}:
            gone = _paths(shape, "delete", here)
            made = tuple(one for one in made if one[0] not in gone)
        if len(made) < MOST:
            made += tuple(_of(shape, here))
    return found


def _of(shape: Shape, facts: Facts) -> Iterator[tuple[str, str]]:
    """The links that a command makes: each with where it leads."""
    given = [word.value or "" for word in shape.command.words[1:]]
    if shape.names & _SHOWS:
        if "bindfs" not in shape.names and not any(_BINDS.fullmatch(one) for one in given):
            return
        operands = [word for word in shape.command.words[1:] if word.source[:1] != "-"]
        shown = [paths.of_word(word, shape.cwd, facts) for word in operands[-2:]]
        if len(shown) == 2 and shown[0] and shown[1] and ANYTHING not in shown:
            yield shown[1], paths.real(shown[0], facts)
        return
    copies = "cp" in shape.names and any(_LINKS.fullmatch(one) for one in given)
    if not copies and not shape.names & {"ln", "link"}:
        return
    sources = _paths(shape, "read" if copies else "link", facts)
    places = _paths(shape, "write", facts)
    if "ln" in shape.names and len(sources) == 0 and len(places) == 1 and shape.cwd:
        sources, places = places, [shape.cwd]  # `ln -s ~/.aileron`
    for source in sources:
        there = paths.real(source, facts)
        for place in places:
            for link in (posixpath.join(place, posixpath.basename(source)), place):
                if link != there and not paths.inside(there, link):
                    yield link, there


def _paths(shape: Shape, kind: str, facts: Facts) -> list[str]:
    return [
        path
        for access in effects.touched(shape)
        if access.kind == kind
        for path in effects.paths_of(access, shape, facts)
        if path != ANYTHING
    ]
