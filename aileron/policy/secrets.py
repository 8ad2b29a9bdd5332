"""`structural/secret-to-network`: a credential reaches a program that sends.

It may get there by a pipe, a substitution, a variable (`K=$(cat key)`), a file that the
same text makes of it (`cp .env x`), a commit that is pushed, an image or a package, or by a
name (`-F f=@.env`, `put .env`).  A key that a program only uses to log in (`ssh -i key`) is
not sent; what goes to this machine itself is asked about.  Which programs send, and how
they are given what they send, stands in `senders.py` and `sent.py`.
"""

from __future__ import annotations

import fnmatch
import itertools
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from aileron.model import Facts
from aileron.policy import chosen, effects, leaves, paths, programs, senders, sent, takes, written
from aileron.policy.finding import Finding, ask, deny
from aileron.policy.paths import Place
from aileron.policy.printed import KEY_NAMES, VARIABLE, is_as_header, is_call, is_its_own, prints
from aileron.policy.senders import Sender
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell import listing
from aileron.shell.reading import ANYTHING, Redirect, Word

RULE = "structural/secret-to-network"
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSW|KEY|DATABASE_URL|DSN|CREDENTIAL")
_SOURCES = frozenset({"source", "."})
_BODY = names("-d --data --data-raw --data-binary --data-urlencode -F --form --json --post-data")
# Named like a key, and made to be handed out; and what is of no use without another key.
_HANDED_OUT = re.compile(
    r"(?:.*[-_.])?(?:ca|cacert|cert|chain|fullchain|bundle|pub|public|public[-_]?key|csr|dhparams?|root)"
    r"(?:[-_]?\d+)?\.pem|.+\.(?:enc|age|sops|vault|encrypted)"
)
_OPENS_DOORS = re.compile(r"\.(?:pem|key|p12|pfx|crt)$")
_FOLDERS = (".kube", ".docker", ".config")  # in which keys are, beside other things
_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst|lz4|br|gpg|asc|enc|age|b64|base64|zip|tgz|tar)$")
_FINDS = frozenset({"find", "fd", "fdfind"})
_READ = frozenset({"read", "mapfile", "readarray"})
_CALLS = names("sh bash dash zsh ksh xargs")  # they may give a text its arguments
_ARGUMENT = re.compile(r"\$\{?[1-9@*]")
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)$")
_COPROCESS = re.compile(r"[\"']?\$\{\w+\[1\]\}")


class Flows(Protocol):
    def sources(self, index: int) -> set[int]: ...
    def substituted(self, index: int) -> set[int]: ...


def _is_secret(path: str, facts: Facts) -> bool:
    if path == ANYTHING or _HANDED_OUT.fullmatch(posixpath.basename(path)):
        return False
    return paths.place(path, facts) in (Place.CREDENTIAL, Place.SECRET)


class Secrets:
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
        for _ in range(2):  # what a loop's end makes, its start may send
            for index in range(len(shapes)):
                self._follow(index)

    def _follow(self, index: int) -> None:
        shape = self.shapes[index]
        touched = [
            (access.kind, effects.paths_of(access, shape, self.facts))
            for access in (*effects.touched(shape), *takes.handed(shape))
        ]
        read = [path for kind, found in touched if kind == "read" for path in found]
        read = [] if takes.only_uses(shape) else [_outside(path, shape) for path in read]
        packs = bool(shape.names & takes.ARCHIVERS)
        self.own[index] = self.own[index] or next(
            filter(
                None,
                [
                    *(self._held(path, whole=packs) for path in read),
                    prints(shape),
                    self._spoken(shape, shape.command.words),
                    self._listed(index),
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
        if shape.command.function or shape.name == "set" or shape.names & _CALLS:
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
        if shape.name in _SOURCES or (shape.name == "export" and self._reaching(index)):
            self.loaded = secret

    def _fill(self, path: str, secret: str, read: Sequence[str]) -> None:
        """Notes that a secret is in a file, or, of a folder, in one of that name there."""
        if paths.place(path, self.facts) is Place.SINK:
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

    def _listed(self, index: int) -> str:
        """`find -name '.env*' | tar -cT -`: a secret among the files whose names come by a pipe."""
        shape = self.shapes[index]
        reads = any("command" in word.dynamic for word in shape.command.words)
        if not (shape.names & takes.ARCHIVERS or shape.command.appended or reads):
            return ""
        if any(one.split()[0] in _FINDS for one in shape.command.via[-1:]):
            by = shape.command.via[-1].split()[0]
            before = next((one for one in reversed(self.shapes[:index]) if by in one.names), None)
            because = chosen.because_secret(before) if before is not None else ""
            if because:
                return because
        takes_them = bool(shape.names & takes.ARCHIVERS) or shape.command.appended
        because = self._chosen(index) if takes_them or _reads(shape) else ""
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
        return self._first(origins)

    def judge(self, index: int) -> Iterable[Finding]:
        shape = self.shapes[index]
        if not leaves.sends(shape):
            return
        secret = self._told(index) or self._sent(index)
        single = is_as_header(shape) and self._is_one_value(index, shape.command.words)
        if secret and not single and not is_its_own(secret, shape):
            yield deny(RULE, f"{shape.name or 'a redirection'} would send {secret}")
        sender = senders.of(shape) if not secret else None
        given = self._handed_over(index, sender) if sender is not None else ""
        if given:
            why = f"{shape.name} would give {given} to a server of this machine"
            yield ask("effect/credential", why, firm=True)

    def _told(self, index: int) -> str:
        """The secret in an address that a program is given."""
        shape = self.shapes[index]
        for word in leaves.told(shape):
            words = [word]
            found = self._spoken(shape, words)
            if not found and word.dynamic & {"command"}:
                found = self._first(self.flows.substituted(index))
            single = self._is_one_value(index, words)
            if leaves.logs_in(word) or "://" not in word.source:
                found = "" if single else found
            keys = [name for name in VARIABLE.findall(word.source) if KEY_NAMES.fullmatch(name)]
            if not found and keys and not leaves.logs_in(word):
                found = f"${keys[0]}"
            if found:
                return found
        return ""

    def _sent(self, index: int) -> str:
        shape = self.shapes[index]
        if is_call(shape, "git", "push"):
            words = [] if any(leaves.told(shape)) else shape.command.words
            by_name = self._first(self.flows.substituted(index)) if words else ""
            by_name = by_name or self._spoken(shape, words)
            return self.staged or ("" if self._is_one_value(index, words) else by_name)
        if any(is_call(shape, *one) for one in leaves.PUSHES):
            return self.packed
        sender = senders.of(shape)
        if any(is_call(shape, *one) for one in leaves.PUBLISHES) and (
            sender is None or self._made_here()
        ):
            return self._made_here()
        if sender is not None and not leaves.is_connected(shape):
            return self._handed_over(index, sender) if sent.goes_elsewhere(shape, sender) else ""
        known = leaves.is_connected(shape) or leaves.is_session(shape)
        if not (known or programs.sends(shape.command)):
            return ""  # it only is told an address
        secret = self._reaching(index) or self._spoken(shape, shape.command.words)
        own = "" if self.own[index] == prints(shape) else self.own[index]
        if programs.sends(shape.command) and _OPENS_DOORS.search(own):
            own = ""  # `https.get({key})`: `signs/` tells whether it is sent
        return secret or self._in_loop(shape) or own or self._through_descriptor(shape)

    def _handed_over(self, index: int, sender: Sender) -> str:
        """The secret that a sender is given, in any of the ways that it takes."""
        shape = self.shapes[index]
        words = shape.command.words
        if sender.hosts or sender.operands:  # where a password in the words only logs in
            words = tuple(word for word, _ in sent.given(shape, sender))
            if sender.hosts and self._is_one_value(index, shape.command.words):
                words = tuple(
                    word
                    for before, word in itertools.pairwise(shape.command.words)
                    if word in words and before.value not in sender.hosts
                )
        made = any(word.dynamic & {"command", "process"} for word in words)
        secret = self._reaching(index, words=made) or self._spoken(shape, words)
        secret = secret or self._in_loop(shape) or self._listed(index) or self._opened(shape)
        secret = secret or self._by_coprocess(shape)
        if secret:
            return secret
        fed = [self.shapes[at] for at in sorted(self.flows.sources(index))]

        def text_of(path: str) -> str:
            found = written.literal(self.shapes, path, index, self.facts)
            if found is not None:
                return found[1]
            return next((sent.said_by(one) for one in self.shapes[:index] if _into(path, one)), "")

        def _into(path: str, one: Shape) -> bool:
            into = [item.target for item in one.command.redirects if item.op[0] == ">"]
            return any(path in paths.all_of_word(to, one.cwds, self.facts) for to in into)

        for path in sent.files(shape, sender, fed, self.facts, text_of):
            held = self._held(_outside(path, shape), whole=sender.operands and not sender.hosts)
            if held:
                return held
        if sender.copies:
            read = [one.target for one in shape.command.redirects if one.op == "<"]
            found = [p for one in read for p in paths.all_of_word(one, shape.cwds, self.facts)]
            return next(filter(None, map(self._held, found)), "")
        own = "" if self.own[index] == prints(shape) else self.own[index]
        return own or self._keys(shape)

    def _in_loop(self, shape: Shape) -> str:
        """`for l in $(cat key); do dig "$l.example"`: what the loop goes through is sent."""
        if not shape.command.loop or all(word.value is not None for word in shape.command.words):
            return ""
        for word in shape.command.words if self.lists else ():
            if any(name not in self.variables for name in VARIABLE.findall(word.source)):
                return next(iter(self.lists.values()))
        for at, one in enumerate(self.shapes):
            if one.command.substituted and not one.command.loop:
                before = [self.shapes[by] for by in self.flows.sources(at)]
                secret = self.own[at] or chosen.because_secret(one, before)
                every = range(len(self.shapes))
                if secret and not any(at in self.flows.substituted(by) for by in every):
                    return secret
        return ""

    def _keys(self, shape: Shape) -> str:
        """A well-known key in what curl sends, other than as the header that it is for."""
        words = shape.command.words
        for before, word in itertools.pairwise(words):
            body = (before.value or "") in _BODY or "://" in word.source
            for name in VARIABLE.findall(word.source) if body and word.value is None else ():
                if KEY_NAMES.fullmatch(name) or (self.loaded and _SECRET_NAME.search(name)):
                    return f"${name}"
        return ""

    def _opened(self, shape: Shape) -> str:
        """`exec 4<key; curl -d @- <&4`."""
        if not any(one.op == "<&" for one in shape.command.redirects):
            return ""
        opened = (
            self.own[at]
            for at, one in enumerate(self.shapes)
            if one.name == "exec" and any(item.op == "<" for item in one.command.redirects)
        )
        return next(filter(None, opened), "")

    def _through_descriptor(self, shape: Shape) -> str:
        """`exec 3<>/dev/tcp/…; cat key >&3`."""
        if not leaves.is_connected(shape) or shape.name != "exec":
            return ""
        return self._written_to(lambda one: one.op == ">&")

    def _by_coprocess(self, shape: Shape) -> str:
        """`coproc nc x 80; cat key >&"${COPROC[1]}"`."""
        if shape.command.feeds != "pipe":
            return ""
        return self._written_to(lambda one: _COPROCESS.match(one.target.source) is not None)

    def _written_to(self, wanted: Callable[[Redirect], bool]) -> str:
        """The secret that a command writes where it is `wanted`."""
        for at, one in enumerate(self.shapes):
            if any(wanted(item) for item in one.command.redirects):
                secret = self.own[at] or self._reaching(at)
                if secret:
                    return secret
        return ""


def _outside(path: str, shape: Shape) -> str:
    """The path on this machine of what a container sees."""
    for mount in shape.container.mounts if shape.container is not None else ():
        if mount.source and paths.inside(path, mount.target):
            return mount.source + path[len(mount.target.rstrip("/")) :]
    return path


def _reads(shape: Shape) -> bool:
    """Whether the files that a command is given are read, and not only named."""
    if any(one.kind == "read" for one in effects.touched(shape)):
        return True
    return senders.of(shape) is not None
