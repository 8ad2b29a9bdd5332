"""Packages that are installed by name: a name that nobody knows asks.

Agents write names that they made up, and somebody may have taken just these.  So a package may be
installed without a question if the project's own manifests or lock files name it, or if it is
widely used (`registries.py`).  `session/packages.py` looks both up; here is what a command would
fetch, and what that means.

    A version, an extra, a tag or a marker belongs to no name.  A path is none, nor is `-r FILE`:
    what files of the project name is the project's choice.
    A name that is decided at run time is one that nobody knows.
    Where every address in an install is a registry that is widely known, it is no address that
    asks (`install-from-url`, `install-from-index`); any other one does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from aileron.model import Facts, Package
from aileron.policy import installers
from aileron.policy.finding import Finding, ask
from aileron.policy.installers import Installer
from aileron.policy.registries import CHANNELS, INDEXES, listed
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import ANYTHING, Word

UNKNOWN, SOURCE = "package/unknown", "package/source"
ADDRESSES = names("install-from-url install-from-index")
ADVICE = (
    "do not guess names: tell the person what this package is for and ask;"
    " once they agree, name it in the project's manifest"
)

_REMOTE = ("git+", "git@", "hg+", "svn+", "bzr+", "github:", "gitlab:", "bitbucket:", "gist:")
_LOCAL = (".", "/", "~", "file:", "link:", "portal:", "workspace:", "patch:", "path:")
_ARCHIVES = {
    "pypi": (".whl", ".tar.gz", ".tgz", ".zip", ".tar.bz2", ".egg"),
    "npm": (".tgz", ".tar.gz", ".tar"),
    "conda": (".conda", ".tar.bz2"),
}
_PATTERN = re.compile(r"[*?\[]")
_STRANGER = Package()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an install would fetch: a name, "" where it is decided at run time; or, of the
    registries `indexes` and `channels`, where from."""

    registry: str
    name: str


def wanted(shape: Shape) -> tuple[Wanted, ...]:
    """The packages that a command would fetch by name, and the addresses that it names."""
    found = installers.find(shape.base, shape.command.argv)
    if found is None:
        return ()
    installer, skip = found
    words = shape.command.words[skip:]
    first = next((word.value for word in words if not (word.value or "-").startswith("-")), "")
    if shape.base == "uv" and first == "run":
        installer = installers.UV_RUN
    line = _line(installer, words)
    taken = _taken(installer, [word.value for word in line.operands])
    if taken is None:
        return ()
    made: list[Wanted] = []
    for option, texts in line.options:
        made += _of_option(installer, option, texts)
    if not installer.within and not any(
        option in installer.elsewhere for option, _ in line.options
    ):
        for word in line.operands[taken:]:
            made += _of_operand(installer.registry, _texts(word))
        if shape.command.appended:
            inputs = shape.command.inputs
            made += _of_operand(installer.registry, inputs or (None,))
    return tuple(dict.fromkeys(made))


Texts = tuple[str | None, ...]  # what a word may be, None where that is not known


@dataclass(frozen=True, slots=True)
class _Line:
    operands: list[Word]
    options: list[tuple[str, Texts]]


def _line(installer: Installer, words: Iterable[Word]) -> _Line:
    """The words as operands, and options with their values."""
    line = _Line([], [])
    pending = ""
    literal = False  # behind `--`
    for word in words:
        text = word.value if word.value is not None else word.prefix
        if pending:
            line.options.append((pending, _texts(word)))
            pending = ""
        elif literal or not text.startswith("-") or text == "-":
            if not _is_option(word):
                line.operands.append(word)
        elif text == "--":
            literal = True
        else:
            flag, equals, attached = text.partition("=")
            known = word.value is not None
            if equals:
                line.options.append((flag, (attached if known or "/" in attached else None,)))
            elif text in installer.valued:
                pending = text
            elif text[:2] in installer.valued and len(text) > 2 and text[1] != "-":
                line.options.append((text[:2], (text[2:] if known else None,)))
            elif text[1] != "-" and f"-{text[-1]}" in installer.valued and len(text) < 6:
                pending = f"-{text[-1]}"  # the last of a cluster (`-yc conda-forge`)
            else:
                line.options.append((text, ()))
    return line


def _is_option(word: Word) -> bool:
    """Whether a word that is decided at run time can only be an option, or nothing."""
    return (
        word.value is None
        and bool(word.could)
        and all(one == "" or one.startswith("-") for one in word.could)
    )


def _texts(word: Word) -> Texts:
    if word.value is not None:
        return (word.value,)
    if word.could and ANYTHING not in word.could and not any(map(_PATTERN.search, word.could)):
        return tuple(part for one in word.could for part in one.split())  # as the shell splits it
    # `torch==$VERSION`, `https://data.pyg.org/whl/torch-$TORCH.html`
    named = re.match(r"[^\s=<>~!@;\[]+(?=[=<>~!@;\[])|https://[^/\s]+/.*", word.prefix)
    return (named[0],) if named else (None,)


def _taken(installer: Installer, operands: list[str | None]) -> int | None:
    """How many operands are the verb of an install, None where they are of no install."""
    skip = 1 if operands and (operands[0] or "").startswith("+") else 0  # cargo +nightly
    for verb in sorted(installer.verbs, key=len, reverse=True):
        given = operands[skip : skip + len(verb)]
        if len(given) == len(verb) and all(
            one in ("*", word) for one, word in zip(verb, given, strict=True)
        ):
            return skip + len(verb)
    return None


def _of_option(installer: Installer, option: str, texts: Texts) -> Iterator[Wanted]:
    for text in texts:
        if option in installer.within:
            for one in (text or "").split(",") if text is not None else (None,):
                yield from _of_operand(installer.registry, (one,))
        elif text is not None and option == "--trusted-host":
            yield Wanted(INDEXES, f"{text}, trusted without a certificate")
        elif option in installer.sources and installer.registry == "conda" and "-c" in option[:3]:
            yield (
                Wanted(CHANNELS, text or "") if "://" not in (text or "") else _address(text or "")
            )
        elif text is None:
            if option in installer.sources:
                yield Wanted(INDEXES, "")
        elif "://" in text or text.startswith(_REMOTE):
            yield _address(text)
        elif option in installer.sources and not text.startswith(_LOCAL):
            yield Wanted(INDEXES, text)


def _address(text: str) -> Wanted:
    """An address as the table of the known ones has it; as it is where it can be none of them."""
    name, equals, rest = text.partition("=")
    if equals and rest.startswith("https://") and re.fullmatch(r"[\w.-]+", name):
        text = rest  # uv: `--index NAME=URL`
    try:
        parts = urlsplit(text)
    except ValueError:
        return Wanted(INDEXES, text)
    odd = any(sign in text for sign in ("\\", "%", "..")) or parts.netloc != parts.hostname
    if parts.scheme != "https" or odd:
        return Wanted(INDEXES, text)
    return Wanted(INDEXES, f"{parts.netloc}{parts.path}".rstrip("/"))


def _of_operand(registry: str, texts: Texts) -> Iterator[Wanted]:
    for text in texts:
        if text is None:
            yield Wanted(registry, "")
        elif text.startswith("-") or not text.strip():
            continue
        elif "://" in text or text.startswith(_REMOTE):
            yield _address(text)
        elif not text.startswith(_LOCAL) and not text.endswith(_ARCHIVES.get(registry, ())):
            yield from _NAMES[registry](text.strip())


def _python(text: str) -> Iterator[Wanted]:
    if "/" not in text and "\\" not in text and text[0] not in "=<>~!;":
        yield Wanted("pypi", re.split(r"[\s\[=<>~!@;(^]", text)[0])


def _conda(text: str) -> Iterator[Wanted]:
    channel, both, name = text.rpartition("::")
    if both:
        yield Wanted(CHANNELS, re.sub(r"/(?:linux|osx|win|noarch)[\w-]*$", "", channel))
    yield Wanted("conda", re.split(r"[\s\[=<>~!@;]", name)[0])


def _node(text: str) -> Iterator[Wanted]:
    text = text.removeprefix("npm:")
    name, at, tag = text[1:].partition("@")
    name = text[:1] + name
    if at and tag.startswith("npm:"):  # an alias
        yield from _node(tag)
    elif at and (tag.startswith(_REMOTE) or "/" in tag) and not tag.startswith(_LOCAL):
        yield Wanted("npm", tag)
    elif not (at and tag.startswith(_LOCAL)):
        yield Wanted("npm", name.partition("#")[0])


def _deno(text: str) -> Iterator[Wanted]:
    if text.startswith("npm:"):
        yield from _node(text)
    elif text.startswith(("jsr:", "@")):
        name, _, _ = text.removeprefix("jsr:")[1:].partition("@")
        yield Wanted("jsr", f"@{name}")


def _rust(text: str) -> Iterator[Wanted]:
    if "/" not in text:
        yield Wanted("crates", text.partition("@")[0])


def _php(text: str) -> Iterator[Wanted]:
    name = re.split(r"[\s:=@]", text)[0]
    if "/" in name:  # else a constraint of the one before, `php` or `ext-json`
        yield Wanted("packagist", name)


def _go(text: str) -> Iterator[Wanted]:
    name, _, version = text.partition("@")
    if "." in name.partition("/")[0] and version != "none":  # else a package of Go itself
        yield Wanted("go", name.removesuffix("/..."))


def _hex(text: str) -> Iterator[Wanted]:
    name = text.partition("@")[0]
    if name[:1].isalpha():  # else a version
        yield Wanted("hex", name)


def _of(registry: str) -> Callable[[str], Iterator[Wanted]]:
    def plain(text: str) -> Iterator[Wanted]:
        yield Wanted(registry, re.split(r"[@:\s]", text)[0])

    return plain


_NAMES: dict[str, Callable[[str], Iterator[Wanted]]] = {
    "pypi": _python,
    "conda": _conda,
    "npm": _node,
    "jsr": _deno,
    "crates": _rust,
    "gems": _of("gems"),
    "packagist": _php,
    "go": _go,
    "hex": _hex,
    "nuget": _of("nuget"),
}


def package(one: Wanted, facts: Facts) -> Package:
    return facts.packages.get((one.registry, one.name), _STRANGER)


def strangers(shape: Shape, facts: Facts) -> tuple[Wanted, ...]:
    """What a command would fetch that neither the project names nor everybody knows."""
    return tuple(one for one in wanted(shape) if not package(one, facts).known)


def named(shape: Shape, facts: Facts) -> Facts:
    """The facts as they were if the project named all that the command would fetch."""
    found = {
        (one.registry, one.name): Package(known="the project")
        for one in strangers(shape, facts)
        if one.registry not in (INDEXES, CHANNELS) and one.name
    }
    return replace(facts, packages={**facts.packages, **found})


def joined(findings: list[Finding], shape: Shape, facts: Facts) -> list[Finding]:
    """What else is said of a command, with what is known of the packages that it installs."""
    every = wanted(shape)
    if not every:
        return findings
    sources = [one for one in every if one.registry in (INDEXES, CHANNELS)]
    strange = strangers(shape, facts)
    found = findings
    if sources and not any(one in strange for one in sources):
        found = [one for one in findings if one.rule not in ADDRESSES]
    told = list(_told(strange, facts))
    if any(one.rule in ADDRESSES for one in found):
        told = [one for one in told if one.rule != SOURCE]
    return [*found, *told]


def _told(strange: tuple[Wanted, ...], facts: Facts) -> Iterator[Finding]:
    packages = [one for one in strange if one.registry not in (INDEXES, CHANNELS)]
    if packages:
        yield replace(ask(UNKNOWN, _reason(packages, facts)), message=ADVICE)
    sources = [one for one in strange if one not in packages]
    if sources:
        kind = "channel" if sources[0].registry == CHANNELS else "registry"
        shown = listed(one.name or "an address that is decided at run time" for one in sources)
        yield ask(SOURCE, f"installs from {shown}: no {kind} that is widely used")


def _reason(packages: list[Wanted], facts: Facts) -> str:
    literal = [one for one in packages if one.name]
    if not literal:
        return "installs a package whose name is decided at run time"
    reason = f"installs {listed(one.name for one in literal)}: "
    reason += "neither named by this project nor widely used"
    guessed = listed(dict.fromkeys(filter(None, (package(one, facts).meant for one in literal))))
    return f"{reason}; did you mean {guessed}?" if guessed else reason
