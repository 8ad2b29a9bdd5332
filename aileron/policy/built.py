"""Source files that a text writes word for word, and then compiles or runs.

`cat > x.go <<'EOF' … EOF; go run x.go` runs what it wrote.  A program that is compiled is not
proven harmless, nor asked about (the project's own are not); one that plainly does what is denied
in a shell (`signs/sources.py`) is denied where the text goes on to build or run anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aileron.model import Facts
from aileron.policy import effects, signs, written
from aileron.policy.finding import Finding
from aileron.policy.shape import Shape
from aileron.policy.signs import sources
from aileron.policy.tables import names
from aileron.shell import output

_BUILDS = names("""
    gcc g++ cc c++ c99 c89 clang clang++ tcc rustc rust-script go cargo make gmake cmake ninja
    javac java jshell kotlinc kotlin zig swiftc swift nim dotnet csc mcs scala scalac bazel mvn
    meson gradle gradlew just groovy dart crystal dmd ldc2 rdmd ghc runghc runhaskell stack cabal
    tinygo
    """)
MOST = 8  # files of one text that are looked into


def judge(shapes: Sequence[Shape], index: int, facts: Facts) -> Iterator[Finding]:
    shape = shapes[index]
    if not shape.names & _BUILDS or shape.container is not None:
        return
    for text in _texts(shapes, index, facts):
        for sign in sources.signs(text):
            finding = signs.finding(sign, shape.cwd, facts)
            if finding is not None:
                yield finding
                return


def _texts(shapes: Sequence[Shape], index: int, facts: Facts) -> Iterator[str]:
    """The sources that a command may build: those written before, and what it is given itself."""
    for path in [*dict.fromkeys(_sources(shapes[:index], facts))][:MOST]:
        found = written.literal(shapes, path, index, facts)
        if found is not None:
            yield found[1]
    command = shapes[index].command
    for redirect in command.redirects:
        if redirect.op in ("<<", "<<-", "<<<"):
            yield redirect.target.value or redirect.target.source
    for at in command.upstream:
        text = output.written(shapes[at].command, "bash") if at < len(shapes) else None
        if text is not None:
            yield text


def _sources(shapes: Sequence[Shape], facts: Facts) -> Iterator[str]:
    """The source files that commands write."""
    for shape in shapes:
        for access in effects.touched(shape):
            path = effects.path_of(access, shape, facts) if access.kind == "write" else None
            if path is not None and path.endswith(sources.SUFFIXES):
                yield path
