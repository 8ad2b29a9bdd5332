"""What a command takes of the files that it names: whether it tells what is in them, and how much.

`openssl x509 -in key.pem` uses a key, `git show HEAD:.env` prints one, `grep ^VERSION= .env`
prints nothing secret, and `grep API_TOKEN .env | cut -d= -f2` one value, which may go to those
who gave it.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Iterator

from aileron.policy import senders, sent
from aileron.policy.printed import is_call
from aileron.policy.shape import SHELL_BUILTINS, Shape
from aileron.policy.tables import names
from aileron.policy.usage import Access, usage_of
from aileron.shell.reading import Word

CLIPBOARDS = names("xclip xsel pbcopy wl-copy clip.exe")
ARCHIVERS = names("tar bsdtar gtar zip 7z 7za 7zz rar cpio rsync ar pax cp")
# What only tells about a file, or only takes it as a name.
_TELLS = names("""
    ls stat file du chmod chown chgrp touch rm mkdir rmdir find fd test sha1sum sha256sum sha512sum
    md5sum b2sum shasum wc ssh-add ssh-keygen ssh-agent git docker podman docker-compose realpath
    readlink basename dirname keychain diff cmp which direnv sops kubeseal ansible-vault npm pnpm
    yarn make cargo go
    """)
# What puts one file into another.
_HIDES = names(
    "steghide stegsnow outguess exiftool convert magick attr setfattr exiv2 jphide sqlite3"
)
_LISTS = names("-a --arg-file")
_PICKERS = names("grep egrep rg sed awk gawk cut jq yq head dotenv")
_ENCODERS = names("base64 base32 basenc xxd od hexdump gzip xz bzip2 zip tar openssl gpg age")
_GIT_SHOWS = names("show cat-file archive diff stash log blame")
_SETS = re.compile(r"(--env=)?[\"']?([A-Za-z_]\w*)=")
# Settings that are no secret.
_PLAIN_SETTING = re.compile(
    r"[\"'^/\\s(]*(?:export )?(?:[A-Z0-9]+_)*(?:VERSION|TAG|HOST|HOSTNAME|PORT|REGION|ENV|NAME"
    r"|BRANCH|DOMAIN|PROJECT|BUCKET|API_URL|BASE_URL|DEBUG|LEVEL|USER|USERNAME|IMAGE|MODE)"
    r"\b[=.*\\s/)]*[\"'p]*"
)


def whole_folders(shape: Shape) -> bool:
    """Whether a command takes all that is in the folders it is given."""
    if shape.names & {"grep", "egrep", "fgrep"}:
        return any(re.match(r"-\w*[rR]|--recursive", w.value or "") for w in shape.command.words)
    return bool(shape.names & (ARCHIVERS | {"rg", "ag", "ack"}))


def environment(shape: Shape) -> Iterator[str]:
    """The variables that a command sets for another, as `docker run -e K=…` and `env K=…` do."""
    for before, word in itertools.pairwise(shape.command.words):
        found = _SETS.match(word.source)
        if found and word.value is None:
            given = before.value in ("-e", "--env") or found[1]
            if given or shape.names & {"env", "sudo"}:
                yield found[2]


def only_uses(shape: Shape) -> bool:
    """Whether what a command reads of a secret file stays with it, or is no secret."""
    if shape.names & {"grep", "egrep"}:
        plain = [
            one.value for one in shape.command.words[1:] if not (one.value or "-").startswith("-")
        ]
        inverts = any(re.match(r"-\w*[vfe]", one.value or "") for one in shape.command.words[1:])
        return bool(plain and not inverts and _PLAIN_SETTING.fullmatch(plain[0] or ""))
    if "openssl" not in shape.names:
        return False
    given = {word.value for word in shape.command.words}
    return bool(given & {"-sign", "-pubout", "-verify", "-noout", "x509", "req"})


def picks(shape: Shape) -> bool:
    """Whether a command takes one value of a file of settings."""
    return bool(shape.names & _PICKERS)


def encodes(shape: Shape) -> bool:
    return bool(shape.names & _ENCODERS)


def is_one_token(path: str) -> bool:
    """Whether a file holds nothing but a token."""
    return posixpath.basename(path) in (".vault-token", ".token")


def pastes(shape: Shape) -> bool:
    if shape.names & {"pbpaste", "wl-paste"} or _of_tmux(shape, "show-buffer", "save-buffer"):
        return True
    return bool(shape.names & {"xclip", "xsel"}) and any(
        re.match(r"-o|--output", word.value or "") for word in shape.command.words
    )


def copies(shape: Shape) -> bool:
    """Whether a command keeps what it is given where another one may get it."""
    return bool(shape.names & CLIPBOARDS) or _of_tmux(shape, "load-buffer", "set-buffer")


def _of_tmux(shape: Shape, *verbs: str) -> bool:
    return any(is_call(shape, "tmux", verb) for verb in verbs)


def handed(shape: Shape) -> list[Access]:
    """The files that a program takes of which nothing is known: it may well print them."""
    if "git" in shape.names:
        return list(_shown(shape))
    if not shape.name or shape.name in SHELL_BUILTINS or shape.names & _TELLS:
        return []
    if shape.names & {"xargs", "parallel"}:
        words = shape.command.words
        listed = [word for by, word in itertools.pairwise(words) if by.value in _LISTS]
        return [Access("read", word, 0) for word in listed]
    if shape.names & _HIDES:
        given = sent.handed(shape)
        return given + [Access("write", one.word, 0) for one in given if one.kind == "read"]
    usage = usage_of(shape.command, shape.names)[0]
    if senders.of(shape) is not None or (usage is not None and usage.takes_files):
        return []
    return sent.handed(shape)


def _shown(shape: Shape) -> Iterator[Access]:
    """`git show HEAD:.env`, `git hash-object -w .env`"""
    words = shape.command.words[1:]
    given = [word.value or "" for word in words]
    if any(one in ("notes", "commit", "tag") for one in given[:2]):
        for before, word in itertools.pairwise(words):
            if before.value in ("-F", "--file"):
                yield Access("read", word, 0)
        return
    if not any(one in _GIT_SHOWS or one == "hash-object" for one in given[:2]):
        return
    for one in given[1:]:
        path = one.rpartition(":")[2]
        if path and not path.startswith("-"):
            yield Access("read", Word(source=path, value=None, could=(path,)), 0)
