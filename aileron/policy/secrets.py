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
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from aileron.model import Facts
from aileron.policy import effects, paths, programs, senders, sent, written
from aileron.policy.finding import Finding, ask, deny
from aileron.policy.paths import Place
from aileron.policy.printed import KEY_NAMES, VARIABLE, is_call, is_its_own, prints
from aileron.policy.senders import Sender
from aileron.policy.shape import SHELL_BUILTINS, Shape
from aileron.policy.tables import names
from aileron.policy.usage import Access, usage_of
from aileron.shell import listing
from aileron.shell.reading import ANYTHING, Word

RULE = "structural/secret-to-network"
_CONNECTIONS = ("/dev/tcp/", "/dev/udp/")
_HERE = re.compile(r"/dev/(?:tcp|udp)/(?:localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0)/")
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSW|KEY|DATABASE_URL|DSN|CREDENTIAL")
_SOURCES = frozenset({"source", "."})
_BODY = names("-d --data --data-raw --data-binary --data-urlencode -F --form --json --post-data")
# Named like a key, and made to be handed out; and what is of no use without another key.
_HANDED_OUT = re.compile(
    r"(?:.*[-_.])?(?:ca|cacert|cert|chain|fullchain|bundle|pub|public|public[-_]?key|csr|dhparams?|root)"
    r"(?:[-_]?\d+)?\.pem|.+\.(?:enc|age|sops|vault|encrypted)"
)
_OPENS_DOORS = re.compile(r"\.(?:pem|key|p12|pfx|crt)$")
# What only tells about a file, or only takes it as a name.
_TELLS = names("""
    ls stat file du chmod chown chgrp touch rm mkdir rmdir find fd test sha1sum sha256sum sha512sum
    md5sum b2sum shasum wc ssh-add ssh-keygen ssh-agent git docker podman docker-compose realpath
    readlink basename dirname keychain diff cmp which direnv sops kubeseal ansible-vault npm pnpm
    yarn make cargo go
    """)
_ARCHIVERS = names("tar bsdtar gtar zip 7z 7za 7zz rar cpio rsync ar pax cp")
_CLIPBOARDS = names("xclip xsel pbcopy wl-copy clip.exe")
_FOLDERS = (".kube", ".docker", ".config")  # in which keys are, beside other things
_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst|lz4|br|gpg|asc|enc|age|b64|base64|zip|tgz|tar)$")
_LISTERS = names("find fd ls locate echo printf")
_LISTS = names("-a --arg-file")
_KEEPS = names("add stage commit tag notes update-index hash-object")
_PACKS = (("docker", "build"), ("docker", "commit"), ("docker", "buildx"), ("podman", "build"))
_PUSHES = (("docker", "push"), ("podman", "push"), ("docker", "buildx"))
_PUBLISHES = (
    ("npm", "publish"),
    ("pnpm", "publish"),
    ("yarn", "publish"),
    ("cargo", "publish"),
    ("gem", "push"),
    ("twine", "upload"),
    ("uv", "publish"),
    ("poetry", "publish"),
    ("netlify", "deploy"),
    ("firebase", "deploy"),
    ("vercel", "deploy"),
    ("surge",),
)


class Flows(Protocol):
    def sources(self, index: int) -> set[int]: ...
    def substituted(self, index: int) -> set[int]: ...


def sends(shape: Shape) -> bool:
    """Whether what a command reads could leave the machine by it."""
    if senders.of(shape) is not None or programs.sends(shape.command):
        return True
    if shape.names & {"openssl"} and any(one.value == "s_client" for one in shape.command.words):
        return True
    if is_call(shape, "git", "push") or any(is_call(shape, *one) for one in _PUSHES + _PUBLISHES):
        return True
    return is_connected(shape)


def is_connected(shape: Shape) -> bool:
    targets = [one.target for one in shape.command.redirects]
    if shape.names & {"tee", "dd", "cp"}:
        targets += shape.command.words[1:]
    given = [(one.value or one.prefix).removeprefix("of=") for one in targets]
    return any(one.startswith(_CONNECTIONS) and not _HERE.match(one) for one in given)


def _is_secret(path: str, facts: Facts) -> bool:
    if path == ANYTHING or _HANDED_OUT.fullmatch(posixpath.basename(path)):
        return False
    return paths.place(path, facts) in (Place.CREDENTIAL, Place.SECRET)


class Secrets:
    """Which commands of one text hold a secret, in their output or their words."""

    def __init__(self, shapes: Sequence[Shape], facts: Facts, flows: Flows) -> None:
        self.shapes, self.facts, self.flows = shapes, facts, flows
        self.files: dict[str, str] = {}  # paths that the text fills with a secret
        self.variables: dict[str, str] = {}
        self.own: list[str] = [""] * len(shapes)
        self.staged = ""  # a secret that is added to the repository
        self.packed = ""  # … to an image
        self.copied = ""  # … to the clipboard
        self.loaded = ""  # a file of secrets whose variables the shell has
        if not any(sends(shape) for shape in shapes):
            return
        for _ in range(2):  # what a loop's end makes, its start may send
            for index in range(len(shapes)):
                self._follow(index)

    def _follow(self, index: int) -> None:
        shape = self.shapes[index]
        touched = [
            (access.kind, effects.paths_of(access, shape, self.facts))
            for access in (*effects.touched(shape), *_handed(shape))
        ]
        read = [path for kind, found in touched if kind == "read" for path in found]
        read = [] if _only_uses(shape) else [_outside(path, shape) for path in read]
        packs = bool(shape.names & _ARCHIVERS)
        self.own[index] = self.own[index] or next(
            filter(
                None,
                [
                    *(self._held(path, whole=packs) for path in read),
                    prints(shape),
                    self._spoken(shape, shape.command.words),
                    self._listed(index),
                    self.copied if _pastes(shape) else "",
                ],
            ),
            "",
        )
        secret = self._reaching(index) or self.own[index]
        if any(is_call(shape, *one) for one in _PACKS):
            self.packed = self.packed or secret or self._made_here()
        if is_call(shape, "docker", "cp") or is_call(shape, "podman", "cp"):
            words = shape.command.words[2:]
            put = [p for word in words for p in paths.all_of_word(word, shape.cwds, self.facts)]
            self.packed = self.packed or next(filter(None, map(self._held, put)), "")
        if not secret:
            return
        for kind, found in touched:
            for path in found if kind == "write" else ():
                self._fill(path, secret, read)
        if not shape.command.words or shape.name in ("export", "declare", "local", "readonly"):
            given = [name for name, _ in shape.command.assignments]
            given += [
                word.source.partition("=")[0]
                for word in shape.command.words[1:]
                if "=" in word.source
            ]
            self.variables.update(dict.fromkeys(given, secret))
        if shape.name in ("read", "mapfile", "readarray"):
            set_here = [word.value for word in shape.command.words[1:] if word.value]
            self.variables.update({name: secret for name in set_here if name[0] != "-"})
        if "git" in shape.names and set(senders.operands(shape)[:1]) & _KEEPS:
            self.staged = secret
        if shape.names & _CLIPBOARDS:
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
        if not shape.names & _ARCHIVERS and not shape.command.appended:
            return ""
        for at in self.flows.sources(index) | self.flows.substituted(index):
            one = self.shapes[at]
            if not one.names & _LISTERS:
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
        if not self.variables:
            return ""
        words = [*words, *(one.target for one in shape.command.redirects)]
        for word in words if any(word.value is None for word in words) else ():
            for name in VARIABLE.findall(word.source):
                if name in self.variables:
                    return self.variables[name]
        return ""

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
        return next((self.own[at] for at in sorted(origins) if self.own[at]), "")

    def judge(self, index: int) -> Iterable[Finding]:
        shape = self.shapes[index]
        if not sends(shape):
            return
        secret = self._sent(index)
        if secret and not is_its_own(secret, shape):
            yield deny(RULE, f"{shape.name or 'a redirection'} would send {secret}")
        sender = senders.of(shape) if not secret else None
        given = self._handed_over(index, sender) if sender is not None else ""
        if given:
            why = f"{shape.name} would give {given} to a server of this machine"
            yield ask("effect/credential", why, firm=True)

    def _sent(self, index: int) -> str:
        shape = self.shapes[index]
        if is_call(shape, "git", "push"):
            return self.staged
        if any(is_call(shape, *one) for one in _PUSHES):
            return self.packed
        sender = senders.of(shape)
        if any(is_call(shape, *one) for one in _PUBLISHES) and (
            sender is None or self._made_here()
        ):
            return self._made_here()
        if sender is not None and not is_connected(shape):
            return self._handed_over(index, sender) if sent.goes_elsewhere(shape, sender) else ""
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
        made = any(word.dynamic & {"command", "process"} for word in words)
        secret = self._reaching(index, words=made) or self._spoken(shape, words)
        secret = secret or self._in_loop(shape) or self._listed(index) or self._opened(shape)
        if secret:
            return secret
        fed = [self.shapes[at] for at in sorted(self.flows.sources(index))]

        def text_of(path: str) -> str:
            found = written.literal(self.shapes, path, index, self.facts)
            return found[1] if found is not None else ""

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
        listed = (
            at
            for at, one in enumerate(self.shapes)
            if self.own[at] and one.command.substituted and not one.command.loop
        )
        for at in listed:
            if not any(at in self.flows.substituted(by) for by in range(len(self.shapes))):
                return self.own[at]
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
        if not is_connected(shape) or shape.name != "exec":
            return ""
        for at, one in enumerate(self.shapes):
            if self.own[at] and any(item.op == ">&" for item in one.command.redirects):
                return self.own[at]
        return ""


def _outside(path: str, shape: Shape) -> str:
    """The path on this machine of what a container sees."""
    for mount in shape.container.mounts if shape.container is not None else ():
        if mount.source and paths.inside(path, mount.target):
            return mount.source + path[len(mount.target.rstrip("/")) :]
    return path


def _handed(shape: Shape) -> list[Access]:
    """The files that a program takes of which nothing is known: it may well print them."""
    if not shape.name or shape.name in SHELL_BUILTINS or shape.names & _TELLS:
        return []
    if shape.names & {"xargs", "parallel"}:
        words = shape.command.words
        found = [word for by, word in itertools.pairwise(words) if by.value in _LISTS]
        return [Access("read", word, 0) for word in found]
    usage = usage_of(shape.command, shape.names)[0]
    if senders.of(shape) is not None or (usage is not None and usage.takes_files):
        return []
    return sent.handed(shape)


def _only_uses(shape: Shape) -> bool:
    """Whether a key that openssl reads is used, not printed."""
    if "openssl" not in shape.names:
        return False
    given = {word.value for word in shape.command.words}
    return bool(given & {"-sign", "-pubout", "-verify", "-noout", "x509", "req"})


def _pastes(shape: Shape) -> bool:
    if shape.names & {"pbpaste", "wl-paste"}:
        return True
    return bool(shape.names & {"xclip", "xsel"}) and any(
        re.match(r"-o|--output", word.value or "") for word in shape.command.words
    )
