"""Where packages come from: how a registry writes its names, which of them are widely used, and
which files of a project name its own.

The names are `policy_defaults/packages.yaml`.  Two names are nearly the same if one or two
letters were typed otherwise, left out, added or swapped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

WIDELY_USED = "widely used"
INDEXES, CHANNELS = "indexes", "channels"  # registries of addresses, not of packages

_PYTHON = (
    "pyproject.toml requirements*.txt requirements*.in Pipfile setup.cfg setup.py constraints*.txt"
    " requirements/*.txt requirements/*.in environment*.yml environment*.yaml pixi.toml uv.lock"
    " poetry.lock pdm.lock Pipfile.lock pixi.lock conda-lock.yml"
)
_NODE = (
    "package.json deno.json deno.jsonc package-lock.json npm-shrinkwrap.json yarn.lock"
    " pnpm-lock.yaml pnpm-workspace.yaml bun.lock deno.lock"
)
# The files that name a project's packages, those that people write first.
MANIFESTS: dict[str, tuple[str, ...]] = {
    name: tuple(files.split())
    for name, files in {
        "pypi": _PYTHON,
        "conda": "environment.yml " + _PYTHON,
        "npm": _NODE,
        "jsr": "deno.json " + _NODE,
        "crates": "Cargo.toml Cargo.lock",
        "gems": "Gemfile *.gemspec gems.rb Gemfile.lock",
        "packagist": "composer.json composer.lock",
        "go": "go.mod go.work go.sum",
        "hex": "mix.exs gleam.toml mix.lock manifest.toml rebar.config",
        "nuget": "*.csproj *.fsproj *.vbproj Directory.Packages.props packages.config"
        " packages.lock.json .config/dotnet-tools.json",
    }.items()
}
_LONGEST = 64  # letters of a name for which a nearly equal one is looked for


def normal(registry: str, name: str) -> str:
    """The name as its registry compares it."""
    if registry in ("pypi", "conda"):
        return re.sub(r"[-_.]+", "-", name).lower()
    if registry == "crates":
        return name.replace("_", "-").lower()
    return name.lower()


@dataclass(frozen=True)
class Names:
    """The widely used names of one registry, as it writes them."""

    registry: str
    written: tuple[str, ...]

    @cached_property
    def exact(self) -> Mapping[str, str]:
        plain = (name for name in self.written if not name.endswith("*"))
        return {normal(self.registry, name): name for name in plain}

    @cached_property
    def below(self) -> tuple[str, ...]:
        if self.registry == "go":  # the packages of a module
            return tuple(name.rstrip("/*").lower() + "/" for name in self.written)
        return tuple(name[:-1].lower() for name in self.written if name.endswith("*"))

    def has(self, name: str) -> bool:
        found = normal(self.registry, name)
        # `x/*` is about `x`, too
        return found in self.exact or f"{found}/".startswith(self.below) or self._dotted(found)

    def _dotted(self, found: str) -> bool:
        return self.registry == "nuget" and f"{found}.".startswith(self.below)

    def near(self, name: str) -> str:
        """The one that was probably meant, "" if none is nearly the same."""
        found = normal(self.registry, name)
        if not 4 <= len(found) <= _LONGEST:
            return ""
        most = 1 if len(found) < 7 else 2
        near = [
            (far, other)
            for other in self.exact
            if abs(len(other) - len(found)) <= most
            and len(other) > 3
            and (far := distance(found, other, most)) <= most
        ]
        return self.exact[min(near)[1]] if near else ""


@dataclass(frozen=True)
class Known:
    """All that is widely used; `meant` says by registry what is often written for another name."""

    registries: Mapping[str, Names]
    meant: Mapping[str, Mapping[str, str]]

    def has(self, registry: str, name: str) -> bool:
        if registry == "conda" and self.has("pypi", name):
            return True
        return registry in self.registries and self.registries[registry].has(name)

    def near(self, registry: str, name: str) -> str:
        """A widely used package that this name was probably to be."""
        written = self.meant.get(registry, {}).get(normal(registry, name))
        if written:
            return written
        found = self.registries[registry].near(name) if registry in self.registries else ""
        return found or (self.near("pypi", name) if registry == "conda" else "")


def known_from(table: Mapping[str, object]) -> Known:
    """The table of `packages.yaml`."""
    registries = {
        registry: Names(registry, tuple(text.split()))
        for registry, text in table.items()
        if isinstance(text, str)
    }
    meant = table.get("meant")
    return Known(registries, meant if isinstance(meant, dict) else {})


def distance(one: str, other: str, most: int) -> int:
    """How many letters differ, two that are swapped counting once; counted as far as `most`."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        here = [at]
        for to, found in enumerate(other, start=1):
            cost = min(row[to] + 1, here[-1] + 1, row[to - 1] + (letter != found))
            swapped = at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == found
            here.append(min(cost, before[to - 2] + 1) if swapped else cost)
        if min(here) > most:
            return most + 1
        before, row = row, here
    return row[-1]


def listed(found: Iterable[str]) -> str:
    """Names as a sentence has them."""
    every = list(found)
    return " and ".join(filter(None, (", ".join(every[:-1]), every[-1]))) if every else ""
