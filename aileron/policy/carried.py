"""How a secret travels inside one text, from the file that it is in to what may send it.

By a pipe, a substitution, a variable, the arguments of a function, a copy or an archive of the
file, a descriptor, the clipboard, the list of files that were chosen for being secret, the
repository or an image.  What leaves, and how, stands in `secrets.py`.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from aileron.model import Facts
from aileron.policy import chosen, effects, leaves, paths, senders, takes
from aileron.policy.containers import PROGRAMS
from aileron.policy.paths import Place
from aileron.policy.printed import VARIABLE, is_call, prints
from aileron.policy.shape import SHELL_BUILTINS, Shape
from aileron.policy.tables import names
from aileron.policy.usage import usage_of
from aileron.shell import listing
from aileron.shell.reading import ANYTHING, Word

_SOURCES = frozenset({"source", "."})
# Named like a key, and made to be handed out; and what is of no use without another key.
_HANDED_OUT = re.compile(
    r"(?:.*[-_.])?(?:ca|cacert|cert|chain|fullchain|bundle|pub|public|public[-_]?key|csr|dhparams?|root)"
    r"(?:[-_]?\d+)?\.pem|.+\.(?:enc|age|sops|vault|encrypted)"
)
_FOLDERS = (".kube", ".docker", ".config")  # in which keys are, beside other things
_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst|lz4|br|gpg|asc|enc|age|b64|base64|zip|tgz|tar)$")
_VARIABLE_ALONE = re.compile(r"\"?\$\{?(\w+)\}?\"?")
_FILE_OF_VARIABLES = re.compile(r"--env-(?:from-)?file")
_FINDS = frozenset({"find", "fd", "fdfind"})
_READ = frozenset({"read", "mapfile", "readarray"})
_CALLS = names("sh bash dash zsh ksh xargs")  # they may give a text its arguments
_ARGUMENT = re.compile(r"\$\{?[1-9@*]")
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)$")


class Flows(Protocol):
    def sources(self, index: int) -> set[int]: ...
    def substituted(self, index: int) -> set[int]: ...


def _is_secret(path: str, facts: Facts) -> bool:
    if path == ANYTHING or _HANDED_OUT.fullmatch(posixpath.basename(path)):
        return False
    return paths.place(path, facts) in (Place.CREDENTIAL, Place.SECRET)


class Carried:
    """Which commands of one text hold a secret, in their output or their words."""

    def __init__(self, shapes: Sequence[Shape], facts: Facts, flows: Flows) -> None:
        self.facts, self.flows = facts, flows
        self.shapes = [leaves.as_run(shapes, at) for at in range(len(shapes))]
        self.files: dict[str, str] = {}  # paths that the text fills with a secret
        self.variables: dict[str, str] = {}
        self.single: set[str] = set()  # variables with one value of a file of settings
        self.lists: dict[str, str] = {}  # arrays of the lines of a secret
        self.given = ""  # a secret that a function or a script in the text is called with
        self.descriptors: dict[str, str] = {}
        self.own: list[str] = [""] * len(shapes)
        self.staged = ""  # a secret that is added to the repository
        self.packed = ""  # … to an image
        self.copied = ""  # … to the clipboard
        self.loaded = ""  # a file of secrets whose variables the shell has
        if not any(leaves.sends(shape) for shape in self.shapes):
            return
        for _ in range(3):  # a loop's start may send what its end makes, a body what a call gives
            for index in range(len(shapes)):
                self._follow(index)

    def _follow(self, index: int) -> None:
        shape = self.shapes[index]
        touched = [
            (access.kind, effects.paths_of(access, shape, self.facts))
            for access in (*effects.touched(shape), *takes.handed(shape))
        ]
        read = [path for kind, found in touched if kind == "read" for path in found]
        read = [] if takes.only_uses(shape) else [outside(path, shape) for path in read]
        packs = takes.whole_folders(shape)
        self.own[index] = self.own[index] or next(
            filter(
                None,
                [
                    *(self._held(path, whole=packs) for path in read),
                    prints(shape),
                    self._spoken(shape, shape.command.words),
                    self._listed(index),
                    self._opened(shape),
                    self.copied if takes.pastes(shape) else "",
                ],
            ),
            "",
        )
        secret = self._reaching(index) or self.own[index]
        if any(is_call(shape, *one) for one in leaves.PACKS):
            self.packed = self.packed or secret or self._made_here()
        if is_call(shape, "docker", "cp") or is_call(shape, "podman", "cp"):
            words = shape.command.words[2:]
            put = [p for word in words for p in paths.all_of_word(word, shape.cwds, self.facts)]
            into = next(filter(None, map(self._held, put)), "")
            self.packed = self.packed or into
            for word in words if into else ():  # the file in the container
                there = (word.value or "").partition(":")[2]
                if there.startswith("/"):
                    self._fill(there, into, put)
        if shape.name == "exec":
            for one in shape.command.redirects:
                opened = paths.all_of_word(one.target, shape.cwds, self.facts)
                if one.op == "<" and any(map(self._held, opened)):
                    self.descriptors[one.fd] = next(filter(None, map(self._held, opened)))
        if _may_be_function(shape) or shape.name == "set" or shape.names & _CALLS:
            by_words = self._first(self.flows.substituted(index))
            by_words = by_words or self._spoken(shape, shape.command.words)
            self.given = self.given or by_words or (secret if shape.name == "xargs" else "")
        if not secret and (shape.name in _READ or not shape.command.words):
            secret = self._chosen(index)  # the names of files that are taken for what they hold
        if not secret:
            return
        for kind, found in touched:
            for path in found if kind == "write" else ():
                self._fill(path, secret, read)
        for access in effects.touched(shape):  # `> "$o"`, wherever that is
            name = _VARIABLE_ALONE.fullmatch(access.word.source)
            if access.kind == "write" and name is not None:
                self.variables.setdefault(name[1], secret)
        self.variables.update(dict.fromkeys(takes.environment(shape), secret))
        if not shape.command.words or shape.name in ("export", "declare", "local", "readonly"):
            changed = [name for name, _ in shape.command.assignments]
            changed += [
                word.source.partition("=")[0]
                for word in shape.command.words[1:]
                if "=" in word.source
            ]
            self.variables.update(dict.fromkeys(changed, secret))
            if self._is_one_value(index, shape.command.words):
                self.single.update(changed)
        if shape.name in _READ:
            set_here = [word.value for word in shape.command.words[1:] if word.value]
            set_here = [name for name in set_here if name[0] != "-"]
            self.variables.update(dict.fromkeys(set_here, secret))
            if shape.name != "read" or any(
                re.fullmatch(r"-\w*a", word.value or "") for word in shape.command.words
            ):
                self.lists.update(dict.fromkeys(set_here, secret))
        if leaves.is_kept(shape):
            self.staged = secret
        if takes.copies(shape):
            self.copied = secret
        if shape.names & PROGRAMS and any(
            _FILE_OF_VARIABLES.match(w.value or "") for w in shape.command.words
        ):
            self.loaded = secret
        if shape.name in _SOURCES or (shape.name == "export" and self._reaching(index)):
            self.loaded = secret

    def _fill(self, path: str, secret: str, read: Sequence[str]) -> None:
        """Notes that a secret is in a file, or, of a folder, in one of that name there."""
        if paths.place(path, self.facts) is Place.SINK and not path.startswith("/dev/shm/"):
            return
        for one in read:
            self.files.setdefault(posixpath.join(path, posixpath.basename(one)), secret)
        if path not in (self.facts.project, self.facts.home, *self.facts.scratch):
            self.files.setdefault(path, secret)

    def _held(self, path: str, *, whole: bool = False) -> str:
        """The secret in a file, or in what the text put into a folder; `whole` tells that it is
        taken with all that is below."""
        if path in self.files:
            return self.files[path]
        if _is_secret(path, self.facts):
            return path
        if whole and path != ANYTHING and self._holds_keys(path):
            return f"{path} with all the credentials in it"
        packed = _PACKED.sub("", path)
        if packed in self.files:
            return self.files[packed]
        wild = any(sign in path for sign in "*?[")
        for one in self._strays():
            if paths.inside(one, path) or (wild and fnmatch.fnmatchcase(one, path)):
                return self.files[one]
        return ""

    def _holds_keys(self, path: str) -> bool:
        home = self.facts.home
        return paths.holds_home(path, self.facts) or (
            bool(home) and path in [f"{home}/{one}" for one in _FOLDERS]
        )

    def _strays(self) -> Iterator[str]:
        """The files that the text made of a secret, but not `.env` from `.env.x`."""
        for path, secret in self.files.items():
            kept = paths.inside(secret, self.facts.project) and _is_secret(path, self.facts)
            if not kept:
                yield path

    def _made_here(self) -> str:
        """The secret in a file that the text made in the project."""
        inside = (one for one in self._strays() if paths.inside(one, self.facts.project))
        return self.files.get(next(inside, ""), "")

    def _listed(self, index: int, *, reads: bool = False) -> str:
        """`find -name '.env*' | tar -cT -`: a secret among the files whose names come by a pipe."""
        shape = self.shapes[index]
        made = any("command" in word.dynamic for word in shape.command.words)
        if not (shape.names & takes.ARCHIVERS or shape.command.appended or made):
            return ""
        if any(one.split()[0] in _FINDS for one in shape.command.via[-1:]):
            by = shape.command.via[-1].split()[0]
            before = next((one for one in reversed(self.shapes[:index]) if by in one.names), None)
            because = chosen.because_secret(before) if before is not None else ""
            if because:
                return because
        if not shape.names & takes.ARCHIVERS and any(
            one.kind == "write"
            and one.word not in [item.target for item in shape.command.redirects]
            for one in effects.touched(shape)
        ):
            return ""  # it changes them where they are
        takes_them = bool(shape.names & takes.ARCHIVERS) or shape.command.appended
        because = self._chosen(index) if takes_them or reads or _reads(shape) else ""
        if because or not takes_them:
            return because
        for at in self.flows.sources(index) | self.flows.substituted(index):
            one = self.shapes[at]
            if not one.names & chosen.LISTERS:
                continue
            given = one.command.words[1:]
            named = listing.found(given) if "find" in one.names else ()
            found = [
                path for word in given for path in paths.all_of_word(word, one.cwds, self.facts)
            ]
            found += [paths.absolute(each, one.cwd, self.facts) or "" for each in named]
            held = next(filter(None, (self._held(path) for path in found if path)), "")
            if held:
                return held
        return ""

    def _chosen(self, index: int) -> str:
        """The pattern by which the names that reach a command were chosen as secret files."""
        origins = self.flows.sources(index) | self.flows.substituted(index)
        for at in sorted(origins):
            before = [self.shapes[one] for one in self.flows.sources(at)]
            because = chosen.because_secret(self.shapes[at], before)
            if because:
                return because
        return ""

    def _spoken(self, shape: Shape, words: Sequence[Word]) -> str:
        """A secret that a variable in the words, or in a here-document, stands for."""
        if is_call(shape, "git", "commit"):
            flags = "".join(one.value or "" for one in shape.command.words if one.value)
            if re.search(r"-\w*a", flags) and self._made_here():
                return self._made_here()
        if is_call(shape, "git", "add"):
            for word in shape.command.words[2:]:
                for path in paths.all_of_word(word, shape.cwds, self.facts):
                    if path != self.facts.project and self._held(path):
                        return self._held(path)
            whole = any(word.value in ("-A", ".", "--all") for word in shape.command.words)
            if whole and self._made_here():
                return self._made_here()
        words = [*words, *(one.target for one in shape.command.redirects)]
        for word in words if any(word.value is None for word in words) else ():
            for name in VARIABLE.findall(word.source):
                if name in self.variables:
                    return self.variables[name]
            if self.given and word.value is None and _ARGUMENT.search(word.source):
                return self.given
        for word in words if self.descriptors else ():
            opened = _DESCRIPTOR.search(word.value or "")
            if opened is not None and opened[1] in self.descriptors:
                return self.descriptors[opened[1]]
        return ""

    def _is_one_value(self, index: int, words: Iterable[Word]) -> bool:
        """Whether all the secrets in the words of a command are single values of settings."""
        origins = [self.shapes[at] for at in self.flows.substituted(index)]
        tokens = [at for at in self.flows.substituted(index) if self.own[at]]
        spoken = {name for word in words for name in VARIABLE.findall(word.source)}
        if any(name in self.variables and name not in self.single for name in spoken):
            return False
        if any(takes.encodes(one) for one in origins):
            return False
        return all(
            takes.is_one_token(self.own[at])
            or takes.picks(self.shapes[at])
            or any(
                at in self.flows.sources(by) and takes.picks(self.shapes[by])
                for by in self.flows.substituted(index)
            )
            for at in tokens
        )

    def _first(self, indices: Iterable[int]) -> str:
        return next((self.own[at] for at in sorted(indices) if self.own[at]), "")

    def _reaching(self, index: int, *, words: bool = True) -> str:
        """The secret that reaches a command by pipes and, by its words, by substitutions."""
        origins = self.flows.sources(index)
        if words:
            origins |= self.flows.substituted(index)
        command = self.shapes[index].command
        if command.appended:
            origins |= {at for at in range(index) if self.shapes[at].names & {"xargs", "parallel"}}
        if command.via and command.feeds in (
            "",
            "file",
        ):  # `docker exec -i c sh -c 'curl -d @-' < key`
            origins |= {
                at
                for at, one in enumerate(self.shapes[:index])
                if not one.command.via and one.name == command.via[0].split()[0]
                if any(item.op in ("<", "<<<", "<<") for item in one.command.redirects)
            }
        if command.feeds == "file":  # what stands behind `done <` or `} <`
            origins |= {
                at
                for at, one in enumerate(self.shapes)
                if not one.command.words and index in one.command.upstream
            }
        if command.feeds == "file" and not any(one.op == "<" for one in command.redirects):
            origins |= {  # `f < key`
                at
                for at, one in enumerate(self.shapes)
                if _may_be_function(one) and any(item.op == "<" for item in one.command.redirects)
            }
        return self._first(origins)

    def _opened(self, shape: Shape) -> str:
        """`exec 4<key; curl -d @- <&4`."""
        given = {one.target.value for one in shape.command.redirects if one.op == "<&"}
        if not given:
            return ""
        known = [self.descriptors[one] for one in given if one in self.descriptors]
        if known:
            return known[0]
        if given <= {None, *map(str, range(3))} and None not in given:
            return ""
        opened = (
            self.own[at]
            for at, one in enumerate(self.shapes)
            if one.name == "exec" and any(item.op == "<" for item in one.command.redirects)
        )
        return next(filter(None, opened), "")


def outside(path: str, shape: Shape) -> str:
    """The path on this machine of what a container sees."""
    for mount in shape.container.mounts if shape.container is not None else ():
        if mount.source and paths.inside(path, mount.target):
            return mount.source + path[len(mount.target.rstrip("/")) :]
    return path


def _reads(shape: Shape) -> bool:
    """Whether the files that a command is given are read, and not only named."""
    if senders.of(shape) is not None:
        return False
    return any(one.kind == "read" for one in effects.touched(shape))


def _may_be_function(shape: Shape) -> bool:
    """Whether a command is a function of the text, or one where it was defined on a condition."""
    if shape.command.function:
        return True
    if not shape.name or shape.name in SHELL_BUILTINS or senders.of(shape) is not None:
        return False
    return usage_of(shape.command, shape.names)[0] is None
