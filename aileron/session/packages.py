"""What is known of the packages that commands would install: whether they are widely used, and
whether the project names them.

The table of the widely used is read at the first install; files of the project only for a name
that is not in it.  These are the manifests and lock files in the command's folder, in those
above it and in the project's root: no more than 12, and of each the first megabyte.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

import yaml

from aileron.model import CommandRequest, Facts, Package
from aileron.policy import installers, paths
from aileron.policy.packages import Wanted, wanted
from aileron.policy.registries import MANIFESTS, WIDELY_USED, Known, known_from, normal
from aileron.policy.shape import shape
from aileron.session import contents, policy_files
from aileron.shell.reading import Reading

FILE = "packages.yaml"
LIMIT = 1024 * 1024
MOST_FILES = 12
MOST_NAMES = 16  # that are looked for in files, for one request
_ENTRIES = 2000  # of a folder
_HIGHEST = 16  # folders
_HITS = 200
_DASHES = str.maketrans("_.", "--")

Pairs = Iterable[tuple[CommandRequest, Reading | None]]


def gather(pairs: Pairs, facts: Facts) -> dict[tuple[str, str], Package]:
    """By registry and name, all that commands of the readings would fetch."""
    found: dict[tuple[str, str], Package] = {}
    files = _Files(facts)
    looked_for = 0
    for one, folder in _wanted(pairs, facts):
        key = (one.registry, one.name)
        if not one.name or found.get(key, Package()).known:
            continue
        if known().has(*key):
            found[key] = Package(known=WIDELY_USED)
            continue
        looked_for += 1
        if looked_for > MOST_NAMES:
            break
        named = files.naming(one, folder) if one.registry in MANIFESTS else ""
        found[key] = Package(known=named, meant="" if named else known().near(*key))
    return found


@functools.cache
def known() -> Known:
    """The packages that are widely used."""
    text = (policy_files.defaults_folder() / FILE).read_text(encoding="utf-8")
    return known_from(yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))


def _wanted(pairs: Pairs, facts: Facts) -> Iterator[tuple[Wanted, str]]:
    """What commands would fetch, and the folders they run in."""
    for request, reading in pairs:
        there = replace(facts, script=request.script) if request.script else facts
        for command in reading.commands if reading else ():
            if installers.may_install(command.name or ""):
                made = shape(command, request.cwd, there)
                for one in wanted(made):
                    yield one, made.cwd or facts.project


@dataclass
class _Files:
    """The manifests of a project, as they are read."""

    facts: Facts
    texts: dict[str, str] = field(default_factory=dict)

    def naming(self, one: Wanted, folder: str) -> str:
        """The file that names a package, "" if none does."""
        for path in self._manifests(one.registry, folder):
            if path not in self.texts:
                if len(self.texts) >= MOST_FILES:
                    return ""
                content = contents.start(path, LIMIT) or b""
                self.texts[path] = content.decode("utf-8", "replace").lower()
            if any(names(self.texts[path], one.registry, name) for name in _forms(one)):
                return path.rpartition("/")[2]
        return ""

    def _manifests(self, registry: str, folder: str) -> Iterator[str]:
        for place in dict.fromkeys([*_upwards(folder, self.facts.project), self.facts.project]):
            there = _listing(place)
            for pattern in MANIFESTS[registry]:
                inner, slash, last = pattern.rpartition("/")
                base = paths.join(place, inner) if slash else place
                for name in _listing(base) if slash else there:
                    if fnmatchcase(name, last):
                        yield paths.join(base, name)


def _upwards(folder: str, root: str) -> Iterator[str]:
    """The folder, and those above it up to the project's root."""
    for _ in range(_HIGHEST):
        yield folder
        if folder == root or not paths.inside(folder, root):
            return
        folder = folder.rpartition("/")[0] or "/"


def _listing(folder: str) -> Sequence[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in itertools.islice(entries, _ENTRIES))
    except (OSError, ValueError):
        return ()


def _forms(one: Wanted) -> Iterator[str]:
    """The name as a manifest may have it: a Go package is named by its module."""
    yield one.name
    parts = one.name.split("/")
    if one.registry == "go":
        for count in range(len(parts) - 1, 2 if parts[0] == "github.com" else 1, -1):
            yield "/".join(parts[:count])


# What stands before and behind a name where it is an entry, not a word of a sentence.
_BEFORE = re.compile(
    r"""^[ \t]*(?:-[ \t]+)?[/'"]?$ | ['"]$ | node_modules/$ | dependencies[.-]['"]?$ | \{[ \t]*:$
    | ^[ \t]*(?:require|gem|tool|install[-_]requires|requires|setup[-_]requires|deps)
      [ \t=(]*['"]?$""",
    re.VERBOSE,
)
_BEHIND = re.compile(r"""['"]|[ \t]*(?:[=<>~!@:;,\[\]()\#}\r\n]|\Z)|[ \t]+v?\d""")


def names(text: str, registry: str, name: str) -> bool:
    """Whether a manifest's text, in small letters, has the name as an entry."""
    looked_for = normal(registry, name) if registry != "crates" else name.lower()
    if registry in ("pypi", "conda", "crates"):
        text, looked_for = text.translate(_DASHES), looked_for.translate(_DASHES)
    at = text.find(looked_for)
    for _ in range(_HITS):
        if at < 0:
            return False
        line = text.rfind("\n", 0, at) + 1
        before = text[max(line, at - 80) : at]
        if _BEFORE.search(before) and _BEHIND.match(text, at + len(looked_for)):
            return True
        at = text.find(looked_for, at + 1)
    return False
