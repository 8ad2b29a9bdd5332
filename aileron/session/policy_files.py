"""The policy files: found, checked, read and trusted.

Built-in rules are package data.  The project's are in `aileron.yaml`, in the
folder or above it up to the repository's root; the person's in
`$AILERON_HOME/settings.yaml`.  A file that others could have written says
nothing about what its owner wants, so it is refused: it must be a regular file
of ours or root's, not writable by group or others, readable, at most 1 MB.

`$AILERON_HOME/trust.json` (0600) says which bytes of which project file the
person has trusted: {"/path/aileron.yaml": "sha256 in hex"}.
"""

from __future__ import annotations

import grp
import hashlib
import json
import os
import pwd
import stat
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from aileron.errors import PolicyError
from aileron.model import Layer, Policy
from aileron.policy import examples
from aileron.policy.merge import merge
from aileron.policy.schema import Source, parse
from aileron.session import readers
from aileron.session.facts import project_root
from aileron.shell.read import read
from aileron.shell.wrappers import Wrappers, wrappers_from

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LARGEST = 1024 * 1024
PROJECT_FILE = "aileron.yaml"
USER_FILE = "settings.yaml"
TRUST_FILE = "trust.json"
BUILTIN_FILE = "builtin.yaml"
WRAPPERS_FILE = "wrappers.yaml"
SCHEMA_FILE = "policy.schema.json"
NO_SECOND_READER = (
    "tree-sitter is not installed: commands are read by Aileron's own parser, and nobody checks it"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One policy file as it was read: its rules, its exact bytes' digest, and where it is."""

    source: Source
    path: Path
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A policy with where it came from; `project` and `user` are None where there is no file."""

    policy: Policy
    root: str
    builtin: tuple[File, ...]
    project: File | None = None
    user: File | None = None
    trusted: bool = False

    @property
    def files(self) -> tuple[File, ...]:
        return (*self.builtin, *(one for one in (self.project, self.user) if one is not None))


def defaults_folder() -> Path:
    """Where the built-in rules and tables are: in the installed package, or in the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_defaults"
    return installed if installed.is_dir() else package.parent / "policy_defaults"


def load_wrappers() -> Wrappers:
    """The table of programs that run other programs."""
    path = defaults_folder() / WRAPPERS_FILE
    try:
        return wrappers_from(yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader))
    except (OSError, yaml.YAMLError) as error:
        raise PolicyError(f"cannot be read: {error}", file=str(path)) from error


def schema_text() -> str:
    """The JSON Schema of policy files, as text."""
    path = defaults_folder() / SCHEMA_FILE
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PolicyError(f"cannot be read: {error}", file=str(path)) from error


def read_bytes(path: Path) -> bytes:
    """The bytes of a policy file that nobody else can have written; PolicyError otherwise."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except OSError as error:
        hint = f"chmod u+r {path}" if isinstance(error, PermissionError) else ""
        raise PolicyError(
            f"cannot be read: {(error.strerror or 'unknown error').lower()}",
            file=str(path),
            hint=hint,
        ) from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise PolicyError("is not a regular file", file=str(path))
    with os.fdopen(descriptor, "rb") as file:
        if found.st_uid not in (os.geteuid(), 0):
            raise PolicyError(
                f"belongs to somebody else (uid {found.st_uid})",
                file=str(path),
                hint=f"look at it, and if it is as you want it: chown {os.geteuid()} {path}",
            )
        if found.st_mode & 0o002 or (found.st_mode & 0o020 and not _is_private(found.st_gid)):
            raise PolicyError(
                "can be written by others",
                file=str(path),
                hint=f"look at it, and if it is as you want it: chmod go-w {path}",
            )
        if found.st_size > LARGEST:
            raise PolicyError(f"is larger than {LARGEST // 1024} KB", file=str(path))
        try:
            content = file.read(LARGEST + 1)
        except OSError as error:
            raise PolicyError(f"cannot be read: {error.strerror}", file=str(path)) from error
    if len(content) > LARGEST:
        raise PolicyError(f"is larger than {LARGEST // 1024} KB", file=str(path))
    return content


def _is_private(gid: int) -> bool:
    """Whether a group is the person's alone: named like them and without other members, as
    systems make them whose umask lets groups write."""
    try:
        person, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(gid)
    except KeyError:
        return False
    own = group.gr_gid == person.pw_gid != 0 and group.gr_name == person.pw_name
    return own and set(group.gr_mem) <= {person.pw_name}


def read_file(path: Path, layer: Layer, root: str = "") -> File:
    """One policy file, checked and parsed; PolicyError with file, line and column.

    `root` is the project that it is used in, if that is not the one it lies in.
    """
    return _parsed(path, read_bytes(path), layer, root)


def _parsed(path: Path, content: bytes, layer: Layer, root: str = "") -> File:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise PolicyError("is not valid UTF-8", file=str(path), line=line, column=column) from error
    digest = hashlib.sha256(content).hexdigest()
    source = parse(text, file=str(path), layer=layer)
    if source.examples:
        wrappers = load_wrappers()
        examples.check(
            source,
            lambda text: read(text, "bash", wrappers),
            project=root or _root_for(path, layer),
            home=str(Path.home()),
        )
    return File(source=source, path=path, digest=digest)


def _root_for(path: Path, layer: Layer) -> str:
    """The project that the examples in a file are about.

    A person's own file is used in every project, and must not be right in one and wrong
    in the next: its examples are about a folder that is nobody's.
    """
    return project_root(str(path.absolute().parent)) if layer is Layer.PROJECT else "/project"


def read_builtin() -> tuple[File, ...]:
    """The rules that Aileron comes with.

    They are part of the program: whoever could write them could write it, too, so that
    their permissions are no reason to refuse (a checkout under umask 002 is fine).
    """
    path = defaults_folder() / BUILTIN_FILE
    try:
        content = path.read_bytes()
    except OSError as error:
        raise PolicyError(f"cannot be read: {error}", file=str(path)) from error
    return (_parsed(path, content, Layer.BUILTIN),)


def find_project_file(cwd: str) -> Path | None:
    """`aileron.yaml` in the folder or above it, not further than the repository's root."""
    root = Path(project_root(cwd))
    folder = Path(os.path.normpath(cwd))
    for one in (folder, *folder.parents):
        candidate = one / PROJECT_FILE
        try:
            candidate.lstat()
        except OSError:
            if one == root:
                return None
            continue
        return candidate
    return None


def load(
    cwd: str,
    *,
    aileron_home: Path,
    policy_file: Path | None = None,
    project: bool = True,
    user: bool = True,
    trust_digest: str | None = None,
) -> Loaded:
    """The policy for a session in `cwd`.

    `policy_file` takes the place of the project's file and is trusted, since
    the person named it; `trust_digest` trusts the project's file if it has
    exactly these bytes.  Raises PolicyError for any file that is wrong.
    """
    builtin = read_builtin()
    path = policy_file or (find_project_file(cwd) if project else None)
    own = read_file(path, Layer.PROJECT, project_root(cwd)) if path is not None else None
    trusted = own is not None and (
        policy_file is not None
        or own.digest == trust_digest
        or trusted_digest(aileron_home, own.path) == own.digest
    )
    settings = aileron_home / USER_FILE
    person = read_file(settings, Layer.USER) if user and settings.is_symlink() else None
    if user and person is None and settings.exists():
        person = read_file(settings, Layer.USER)
    files = (*builtin, *(one for one in (own, person) if one is not None))
    whole = hashlib.sha256()
    for one in files:
        whole.update(f"{one.source.layer.value} {one.digest}\n".encode())
    whole.update(b"trusted" if trusted else b"untrusted")
    policy = merge(
        [one.source for one in builtin],
        own.source if own else None,
        person.source if person else None,
        trusted=trusted,
        digest=whole.hexdigest(),
    )
    if "tree-sitter" in policy.readers and not readers.installed("tree-sitter"):
        policy = replace(policy, notices=(*policy.notices, NO_SECOND_READER))
    return Loaded(
        policy=policy,
        root=project_root(cwd),
        builtin=builtin,
        project=own,
        user=person,
        trusted=trusted,
    )


def _trust(aileron_home: Path) -> dict[str, str]:
    path = aileron_home / TRUST_FILE
    try:
        path.lstat()
    except OSError:
        return {}
    try:
        found = json.loads(read_bytes(path))
    except ValueError as error:
        raise PolicyError(
            "is not what `aileron trust` writes", file=str(path), hint=f"remove it: rm {path}"
        ) from error
    if not isinstance(found, dict):
        raise PolicyError(
            "is not what `aileron trust` writes", file=str(path), hint=f"remove it: rm {path}"
        )
    return {str(key): str(value) for key, value in found.items()}


def trusted_digest(aileron_home: Path, path: Path) -> str | None:
    """The digest of the bytes that were trusted at this path, None if none were."""
    return _trust(aileron_home).get(str(path.absolute()))


def trust(aileron_home: Path, path: Path, digest: str) -> None:
    """Remember that the person trusts exactly these bytes at this path."""
    known = _trust(aileron_home) | {str(path.absolute()): digest}
    target = aileron_home / TRUST_FILE
    temporary = target.with_name(f".{TRUST_FILE}.{os.getpid()}")
    try:
        aileron_home.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=2, sort_keys=True)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise PolicyError(f"cannot be written: {error.strerror}", file=str(target)) from error
