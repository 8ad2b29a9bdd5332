"""How PHP, Lua, R, Elixir and Julia load code: of packages, and of the project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aileron.inline import values
from aileron.inline.deeds import Deed
from aileron.inline.plain.arguments import Argument, bare

if TYPE_CHECKING:
    from aileron.inline.plain.reader import Reader

_NAME = re.compile(r"[\w.-]+")
_SAFE_ARGUMENTS = frozenset({"quietly", "warn.conflicts", "verbose"})
_INCLUDES = frozenset({"include", "include_once", "require", "require_once"})
_FORMULAS = frozenset({"lm", "glm", "aov", "loess", "xtabs", "model.matrix", "ftable"})
_OPTIONS = frozenset(
    {"digits", "width", "scipen", "warn", "stringsAsFactors", "mc.cores", "timeout", "max.print"}
    | {"repos", "encoding", "OutDec", "tibble.width", "tibble.print_max", "dplyr.width", "Ncpus"}
    | {"pillar.width", "dplyr.summarise.inform", "crayon.enabled", "repr.plot.width"}
)


def called(reader: Reader, at: int, kind: str, given: list[Argument] | None) -> int:
    """A function that loads: `dofile("x.lua")`, `library(x)`; yields up to where it was read."""
    end = at + 1
    if given is None or not given:
        reader.unknown("loads what is decided at run time", at)
        return at
    if reader.text(at + 1) == "(":
        end = reader.pairs[at + 1] if kind == "load" else at
    first = given[0].tokens
    if kind == "load":
        if (
            any(one.name not in _SAFE_ARGUMENTS for one in given[1:])
            and reader.language.name == "r"
        ):
            reader.unknown("loads a package in a way that is not read", at)
        named = reader.language.name == "r" and len(first) == 1 and first[0].kind == "name"
        text = first[0].text if named else first[0].value if len(first) == 1 else None
        package(reader, at, text)
        return end if named else at
    module(reader, at, reader.read.of(first).texts)
    return at


def package(reader: Reader, at: int, name: str | None) -> None:
    """A package, or a module, by its name."""
    language = reader.language
    if name is None or not _NAME.fullmatch(name):
        reader.unknown("loads what is decided at run time", at)
        return
    if name in language.libraries:
        return
    head = name.split(".")[0] if language.name != "r" else name
    builtin = language.name != "r" and language.is_builtin(name)
    if name in language.refused or head in language.refused or builtin:
        reader.unknown(f"loads {name}", at)
        return
    reader.run.foreign = True
    reader.run.add(Deed("module", name), reader.tokens[at])


def module(reader: Reader, at: int, texts: tuple[str, ...] | None) -> None:
    """A file of the project that is run."""
    if texts is None or any(":" in one or not one for one in texts):
        reader.unknown("loads what is decided at run time", at)
        return
    for one in texts:
        reader.run.path("read", values.text(one), reader.tokens[at])
        reader.run.add(Deed("module", one), reader.tokens[at])
    reader.run.foreign = True


def keyword(reader: Reader, at: int, name: str) -> int:
    """A word of the language that loads, or gives a function another name."""
    language = reader.language.name
    if language == "php" and name in _INCLUDES:
        rest = bare(reader.tokens, at + 1)
        end = next(
            (n for n, one in enumerate(rest) if one.text in ("[", "?:", "??", ",")), len(rest)
        )
        cut = rest[:end]
        if cut and cut[0].text == "(":
            depth = 0
            for number, one in enumerate(cut):
                depth += (one.text == "(") - (one.text == ")")
                if depth == 0:
                    cut = cut[: number + 1]
                    break
        module(reader, at, reader.read.of(cut).texts)
    elif language == "php" and name == "use":
        return _php_use(reader, at)
    elif language == "php" and name in ("new",) and reader.kind(at + 1) not in ("name",):
        reader.unknown("makes an object of a class that is not named", at)
    elif language == "php" and name in ("goto", "declare"):
        if name == "goto":
            reader.unknown("jumps", at)
    elif language == "elixir" and name in ("alias", "require", "import", "use"):
        return _elixir(reader, at, name)
    elif language == "julia" and name in ("using", "import"):
        return _julia(reader, at)
    return at


def _php_use(reader: Reader, at: int) -> int:
    if reader.text(at + 1) == "(":
        return at
    rest = bare(reader.tokens, at + 1)
    if len(rest) != 1 or rest[0].kind != "name" or "\\" not in rest[0].text.strip("\\"):
        reader.unknown("imports in a way that is not read", at)
        return at
    reader.scope.imported.add(rest[0].text.rpartition("\\")[2])
    return at + 1


def _elixir(reader: Reader, at: int, name: str) -> int:
    rest = bare(reader.tokens, at + 1)
    target = rest[0].text if rest and rest[0].kind == "name" else ""
    if target in reader.language.libraries:
        return at + 1
    odd = len(rest) != 1 and not (name == "alias" and [t.text for t in rest[1:3]] == [".", "{"])
    if not target or odd or reader.language.is_builtin(target) or name == "use":
        reader.unknown(f"has {name} {target}", at)
    elif not reader.run.foreign:
        reader.unknown(f"loads {target}", at)
    elif name == "import":
        reader.unknown(f"has {name} {target}", at)
    return at + len(rest)


def _julia(reader: Reader, at: int) -> int:
    """`using A, B: c, d`"""
    rest = bare(reader.tokens, at + 1)
    listed = False
    for number, one in enumerate(rest, at + 1):
        if one.text == ":":
            listed = True
        elif one.text == "," or one.kind == "end":
            continue
        elif one.kind in ("name", "macro") and one.text != "as" and one.text != "in":
            if not listed:
                package(reader, number, one.text)
            elif reader.language.is_builtin(one.text):
                reader.unknown(f"imports {one.text}", number)
        else:
            reader.unknown("imports in a way that is not read", number)
    return at + len(rest)


def r_checks(reader: Reader, at: int, name: str, given: list[Argument]) -> None:
    """Calls of R that make code of a text, or change what others do."""
    if name in _FORMULAS:
        first = [one for one in given if one.name in ("", "formula")][:1]
        if not first or not any(one.text == "~" for one in first[0].tokens):
            reader.unknown(f"calls {name} with what may be code", at)
    elif name == "options" and any(one.name not in _OPTIONS for one in given):
        reader.unknown("changes an option", at)
