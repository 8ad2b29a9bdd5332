"""`structural/secret-to-network`: a credential reaches a program that sends.

It may get there by a pipe, a substitution, a variable (`K=$(cat key)`), a file that the
same text makes of it (`cp .env x`), a commit that is pushed, or by a name (`-F f=@.env`).
A key that a program only uses to log in (`ssh -i key`) is not sent.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from aileron.model import Facts
from aileron.policy import effects, paths, programs
from aileron.policy.finding import Finding, deny
from aileron.policy.paths import Place
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import ANYTHING, Word

RULE = "structural/secret-to-network"
FETCHERS = names("""
    curl wget wget2 nc ncat netcat socat aria2c http https xh xhs lynx w3m links elinks ftp lftp
    tftp fetch axel telnet
    """)
SENDERS = FETCHERS | names("""
    ssh scp sftp rsync rclone sendmail mail mutt dig nslookup host drill ping ping6 traceroute aws
    gsutil s3cmd gh glab
    """)
_COPIERS = names("aws gsutil s3cmd rclone gh")
_KEY_USERS = names("ssh sftp scp rsync")
_CONNECTIONS = ("/dev/tcp/", "/dev/udp/")
_ATTACHED = re.compile(r"[@<]|(?:FILE|OPEN|GOPEN):", re.IGNORECASE)
_PUT = re.compile(r"^\s*(?:m?put|reput)\s+(?:-\w+\s+)*(\S+)", re.MULTILINE)
VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
# What everybody's keys are called: nothing but their owner is meant to get these.
_KEY_NAMES = re.compile(
    r"AWS_(SECRET_ACCESS_KEY|SESSION_TOKEN)|(ANTHROPIC|OPENAI|GEMINI|GOOGLE)_API_KEY"
    r"|(GH|GITHUB|GITLAB|NPM|PYPI|VAULT|SLACK|CLOUDFLARE_API)_TOKEN|\w*PRIVATE_KEY"
)
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSW|KEY|DATABASE_URL|DSN|CREDENTIAL")
_SOURCES = frozenset({"source", "."})
_BODY = names("-d --data --data-raw --data-binary --data-urlencode -F --form --json --post-data")
_PRINTS = (
    ("gh", "auth", "token"),
    ("kubectl", "get", "secret"),
    ("kubectl", "get", "secrets"),
    ("vault", "kv", "get"),
    ("vault", "read"),
    ("op", "read"),
    ("pass", "show"),
    ("aws", "secretsmanager", "get-secret-value"),
    ("gcloud", "auth", "print-access-token"),
    ("security", "find-generic-password"),
    ("aws", "configure", "export-credentials"),
    ("aws", "configure", "get"),
    ("az", "account", "get-access-token"),
    ("git", "credential", "fill"),
    ("heroku", "auth:token"),
    ("npm", "token"),
    ("doctl", "auth"),
)


_OWNERS = {
    "what gh auth token": re.compile(r"https://(?:api|uploads)\.github\.com/"),
    "what gcloud auth print-access-token": re.compile(r"https://[\w-]+\.googleapis\.com/"),
}


class Flows(Protocol):
    def sources(self, index: int) -> set[int]: ...
    def substituted(self, index: int) -> set[int]: ...


def sends(shape: Shape) -> bool:
    """Whether what a command reads could leave the machine by it."""
    if shape.names & SENDERS or programs.sends(shape.command):
        return True
    if shape.names & {"openssl"} and any(one.value == "s_client" for one in shape.command.words):
        return True
    return is_connected(shape) or _is(shape, "git", "push")


def is_connected(shape: Shape) -> bool:
    targets = [one.target for one in shape.command.redirects]
    return any((one.value or one.prefix).startswith(_CONNECTIONS) for one in targets)


def _is(shape: Shape, name: str, *verbs: str) -> bool:
    operands = [token.value for token in shape.tokens if token.kind == "operand"]
    return name in shape.names and operands[: len(verbs)] == list(verbs)


def _texts(word: Word) -> tuple[str, ...]:
    """What a word may be, as far as that is known; `$HOME` as a tilde."""
    if word.value is not None:
        return (word.value,)
    return tuple(one for one in word.could if one != ANYTHING)


def _is_secret(path: str, facts: Facts) -> bool:
    return path != ANYTHING and paths.place(path, facts) in (Place.CREDENTIAL, Place.SECRET)


def _prints(shape: Shape) -> str:
    """What a command prints that is secret, whatever files it reads."""
    operands = [one for one in shape.command.words[1:] if not (one.value or "-").startswith("-")]
    if shape.names & {"printenv", "env"} and not operands:
        return "the environment, with all the keys in it"
    if "printenv" in shape.names and any(_KEY_NAMES.fullmatch(one.value or "") for one in operands):
        return f"${operands[0].value}"
    if shape.names & {"gpg", "gpg2"} and any(
        (one.value or "").startswith("--export-secret") for one in shape.command.words
    ):
        return "secret keys"
    if shape.names & {"curl", "wget"} and any(
        "169.254.169.254" in one.source and "credentials" in one.source
        for one in shape.command.words
    ):
        return "the credentials of this machine"
    if shape.names & {"echo", "printf"}:
        for word in shape.command.words[1:]:
            for name in VARIABLE.findall(word.source) if word.value is None else ():
                if _KEY_NAMES.fullmatch(name):
                    return f"${name}"
    for name, *verbs in _PRINTS:
        if name in shape.names and _is(shape, name, *verbs):
            return f"what {name} {' '.join(verbs)} prints"
    return ""


def _is_its_own(secret: str, shape: Shape) -> bool:
    """Whether a token goes, as a header, to none but those who gave it."""
    owner = next((hosts for name, hosts in _OWNERS.items() if secret.startswith(name)), None)
    if owner is None or not shape.names & {"curl"} or is_connected(shape):
        return False
    words = shape.command.words
    addresses = [word for word in words if "://" in word.source]
    headers = all(
        before.value in ("-H", "--header") and word.prefix.lower().startswith("authorization:")
        for before, word in itertools.pairwise(words)
        if word.value is None
    )
    return (
        headers
        and bool(addresses)
        and all(word.value is not None and owner.match(word.value) for word in addresses)
    )


class Secrets:
    """Which commands of one text hold a secret, in their output or their words."""

    def __init__(self, shapes: Sequence[Shape], facts: Facts, flows: Flows) -> None:
        self.shapes, self.facts, self.flows = shapes, facts, flows
        self.files: dict[str, str] = {}  # paths that the text fills with a secret
        self.variables: dict[str, str] = {}
        self.own: list[str] = [""] * len(shapes)
        self.staged = ""  # a secret that is added to the repository
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
            for access in effects.touched(shape)
        ]
        read = [path for kind, found in touched if kind == "read" for path in found]
        self.own[index] = self.own[index] or next(
            filter(None, [*map(self._held, read), _prints(shape), self._spoken(shape)]), ""
        )
        secret = self._reaching(index) or self.own[index]
        if not secret:
            return
        for kind, found in touched:
            for path in found if kind == "write" else ():
                self.files.setdefault(path, secret)
        if not shape.command.words or shape.name in ("export", "declare", "local", "readonly"):
            given = [name for name, _ in shape.command.assignments]
            given += [
                word.source.partition("=")[0]
                for word in shape.command.words[1:]
                if "=" in word.source
            ]
            self.variables.update(dict.fromkeys(given, secret))
        if shape.name == "read":
            names = [word.value for word in shape.command.words[1:] if word.value]
            self.variables.update({name: secret for name in names if name[0] != "-"})
        if any(_is(shape, "git", one) for one in ("add", "stage", "commit")):
            self.staged = secret
        if shape.name in _SOURCES or (shape.name == "export" and self._reaching(index)):
            self.loaded = secret

    def _held(self, path: str) -> str:
        """The secret in a file."""
        if path in self.files:
            return self.files[path]
        return path if _is_secret(path, self.facts) else ""

    def _made_here(self) -> str:
        """The secret in a file that the text made in the project."""
        inside = (one for one in self.files if paths.inside(one, self.facts.project))
        return self.files.get(next(inside, ""), "")

    def _spoken(self, shape: Shape) -> str:
        """A secret that a variable in the words, or in a here-document, stands for."""
        if _is(shape, "git", "commit"):
            flags = "".join(one.value or "" for one in shape.command.words if one.value)
            if re.search(r"-\w*a", flags) and self._made_here():
                return self._made_here()
        if _is(shape, "git", "add"):
            for word in shape.command.words[2:]:
                for path in paths.all_of_word(word, shape.cwds, self.facts):
                    if self._held(path):
                        return self._held(path)
            whole = any(word.value in ("-A", ".", "--all") for word in shape.command.words)
            if whole and self._made_here():
                return self._made_here()
        if not self.variables:
            return ""
        words = [*shape.command.words, *(one.target for one in shape.command.redirects)]
        for word in words if any(word.value is None for word in words) else ():
            for name in VARIABLE.findall(word.source):
                if name in self.variables:
                    return self.variables[name]
        return ""

    def _reaching(self, index: int) -> str:
        """The secret that reaches a command by pipes and substitutions."""
        origins = self.flows.sources(index) | self.flows.substituted(index)
        return next((self.own[at] for at in sorted(origins) if self.own[at]), "")

    def judge(self, index: int) -> Iterable[Finding]:
        shape = self.shapes[index]
        if not sends(shape):
            return
        secret = self._sent(index)
        if secret and not _is_its_own(secret, shape):
            yield deny(RULE, f"{shape.name or 'a redirection'} would send {secret}")

    def _sent(self, index: int) -> str:
        shape = self.shapes[index]
        if _is(shape, "git", "push"):
            return self.staged
        secret = self._reaching(index) or self._spoken(shape) or self._in_loop(shape)
        if secret:
            return secret
        if shape.names & _KEY_USERS:
            return self._put(shape) or (self.own[index] if shape.names & {"scp", "rsync"} else "")
        for word in shape.command.words[1:]:
            for text in _texts(word):
                for piece in (*_ATTACHED.split(text)[1:], *self._copied(shape, text)):
                    path = paths.absolute(piece.partition(";")[0], shape.cwd, self.facts)
                    if path and "://" not in piece and self._held(path):
                        return self._held(path)
        own = "" if self.own[index] == _prints(shape) else self.own[index]
        return own or self._keys(shape) or self._through_descriptor(shape)

    def _copied(self, shape: Shape, text: str) -> tuple[str, ...]:
        if shape.names & {"gh"} and not _is(shape, "gh", "gist", "create"):
            return ()
        return (text,) if shape.names & _COPIERS else ()

    def _put(self, shape: Shape) -> str:
        """What ssh gets on its standard input, and sftp is told to put."""
        for redirect in shape.command.redirects:
            target = redirect.target
            if redirect.op == "<":
                found = paths.all_of_word(target, shape.cwds, self.facts)
                held = next(filter(None, map(self._held, found)), "")
                if held:
                    return held
            text = target.value or next(iter(_texts(target)), target.source)
            for piece in _PUT.findall(text.strip("\"'")) if "sftp" in shape.names else ():
                home = re.sub(r"^\$\{?HOME\}?", "~", piece)
                path = paths.absolute(home, shape.cwd, self.facts)
                if path and self._held(path):
                    return self._held(path)
        return ""

    def _in_loop(self, shape: Shape) -> str:
        """`for l in $(cat key); do dig "$l.example"`: what the loop goes through is sent."""
        if not shape.command.loop or all(word.value is not None for word in shape.command.words):
            return ""
        return next(
            (
                self.own[at]
                for at, one in enumerate(self.shapes)
                if self.own[at] and one.command.substituted and not one.command.loop
            ),
            "",
        )

    def _keys(self, shape: Shape) -> str:
        """A well-known key in what curl sends, other than as the header that it is for."""
        words = shape.command.words
        for before, word in itertools.pairwise(words):
            body = (before.value or "") in _BODY or "://" in word.source
            for name in VARIABLE.findall(word.source) if body and word.value is None else ():
                if _KEY_NAMES.fullmatch(name) or (self.loaded and _SECRET_NAME.search(name)):
                    return f"${name}"
        return ""

    def _through_descriptor(self, shape: Shape) -> str:
        """`exec 3<>/dev/tcp/…; cat key >&3`."""
        if not is_connected(shape) or shape.name != "exec":
            return ""
        for at, one in enumerate(self.shapes):
            if self.own[at] and any(item.op == ">&" for item in one.command.redirects):
                return self.own[at]
        return ""
