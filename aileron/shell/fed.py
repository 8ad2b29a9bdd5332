"""Commands that a program reads from its standard input: literal ones are read, too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from aileron.shell import hidden, languages, programs
from aileron.shell.lookthrough import Sight
from aileron.shell.parts import Place
from aileron.shell.reading import Redirect, SimpleCommand, Word
from aileron.shell.scope import Scope
from aileron.shell.ways import WaysWalk

STANDARD_INPUT_FILES = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")


_INTERPRETERS = re.compile(r"(?:.*/)?(?:(?:python|pypy)[0-9.]*|node|nodejs|perl|ruby|php|lua)")
_DATABASES = re.compile(r"(?:.*/)?(?:sqlite3|psql|mysql|mariadb|mongosh|redis-cli|duckdb)")


class FedWalk(WaysWalk):
    def program(self, words: Sequence[Word], place: Place) -> Redirect | None:
        """The here-document of `cat <<'E' | python3`, which might as well be the interpreter's,
        and the statements of `echo 'select 1' | psql`."""
        if place.feeds != "pipe" or place.input is None or place.input.value is None:
            return None
        if not words or len(place.upstream) != 1:
            return None
        name = words[0].value or ""
        copied = self.found[place.upstream[0]].name == "cat" and _INTERPRETERS.fullmatch(name)
        if not copied and not _DATABASES.fullmatch(name):
            return None
        return Redirect("<<", "", replace(place.input, source=place.input.value))

    def shell_input(self, name: str, shell: str, index: int, scope: Scope, place: Place) -> None:
        """A shell that reads commands from its standard input: literal ones are read, too."""
        if place.input is None:
            self.doubts.append(f"{name} reads commands from its standard input")
            return
        text = place.input.value
        if text is None or "glob" in place.input.dynamic:
            self.doubts.append(f"{name} reads commands that are decided at run time")
            return
        if not place.alone:
            self.doubts.append(f"{name} reads commands from what others read, too")
        first = len(self.found)
        place = replace(
            place, via=(*place.via, f"{name} <<"), feeds="", upstream=(), input=None, lines=()
        )
        self.read_again(text, shell, False, scope, place)
        if any(
            item.feeds == "" and (item.name is None or item.name in hidden.READS_INPUT)
            for item in self.found[first:]
        ):
            self.doubts.append("a command reads from the text that is being run")

    def script_input(self, name: str, sight: Sight, scope: Scope, place: Place) -> None:
        """A program that reads commands of its own from a here-document: what they run."""
        given = place.input
        assert given is not None
        if sight.language in programs.LANGUAGES:
            found = programs.runs(sight.language, given.value or "", sight.arguments)
        else:
            found = languages.script(sight.language, languages.known_part(given))
        if found.unknown or (given.value is None and found.texts):
            self.doubts.append(f"{name} runs what is decided at run time")
        place = replace(
            place, via=(*place.via, f"{name} <<"), feeds="", upstream=(), input=None, lines=()
        )
        for text in found.texts if given.value is not None else ():
            self.read_again(text, "sh", False, scope, place)

    def sourced(self, command: SimpleCommand, scope: Scope, place: Place) -> bool:
        """`source /dev/stdin <<< 'text'`: this shell reads the text."""
        found = place.input
        name = command.words[1].value if len(command.words) > 1 else None
        if name in ("stdin", "./stdin"):  # in /dev
            self.doubts.append(f"{command.name} may read its standard input")
        if len(command.words) != 2 or name not in STANDARD_INPUT_FILES:
            return False
        if not place.alone or found is None or found.value is None:
            return False
        if "return" in found.value:
            scope = scope.copy()
        place = replace(place, via=(*place.via, f"{command.name} <<"), upstream=(), input=None)
        self.read_again(found.value, self.shell, True, scope, replace(place, feeds=""))
        return True
