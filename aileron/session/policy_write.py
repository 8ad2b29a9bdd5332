"""New bytes for a policy file: all of them, or the old ones stay.

They are written beside the file and to the disk first, so that a full disk is noticed
there, and then take its place by a rename.  That happens only if the file still holds what it
held when the person saw it.  A symbolic link, a file with other names, one of another owner or
that others can write is refused: what a rename would leave behind is not what anybody meant.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aileron.errors import PolicyError
from aileron.session.policy_files import read_bytes

NEW_FILE = 0o600
ADVICE = {
    errno.ENOSPC: "free some space and answer again; the file is as it was",
    errno.EDQUOT: "free some space and answer again; the file is as it was",
    errno.EROFS: "the file system is read-only; the file is as it was",
    errno.EACCES: "make the folder writable for you, or write the rule yourself",
    errno.EPERM: "make the folder writable for you, or write the rule yourself",
}


def content(path: Path) -> bytes | None:
    """What the file holds, None where there is none; PolicyError where it may not be replaced."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed(path, error) from error
    if stat.S_ISLNK(found.st_mode):
        raise PolicyError(
            "is a symbolic link, which would be replaced",
            file=str(path),
            hint=f"write the rule into {path.resolve()} yourself",
        )
    held = read_bytes(path)
    if found.st_nlink > 1:
        raise PolicyError(
            "has other names (hard links), which would keep the old text", file=str(path)
        )
    if found.st_uid != os.geteuid():
        raise PolicyError(f"belongs to somebody else (uid {found.st_uid})", file=str(path))
    return held


@contextmanager
def beside(path: Path, old: bytes | None, new: bytes) -> Iterator[Callable[[], None]]:
    """Writes the new bytes beside the file; what it yields puts them in its place.

    Raises PolicyError, then and there, when that cannot be done or the file does not hold
    `old` any more (None: it is not there); whatever is left over is removed.
    """
    temporary = f".{path.name}.{secrets.token_hex(8)}"
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _failed(path, error) from error
    try:
        _write(path, folder, temporary, new, NEW_FILE if old is None else None)

        def replace() -> None:
            _check(path, old)
            try:
                os.rename(temporary, path.name, src_dir_fd=folder, dst_dir_fd=folder)
                os.fsync(folder)
            except OSError as error:
                raise _failed(path, error) from error
            _check(path, new)

        yield replace
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        os.close(folder)


def _write(path: Path, folder: int, name: str, new: bytes, mode: int | None) -> None:
    try:
        kept = (
            stat.S_IMODE(os.stat(path.name, dir_fd=folder, follow_symlinks=False).st_mode)
            if mode is None
            else mode
        )
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, kept)
            file.write(new)
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise _failed(path, error) from error


def _check(path: Path, expected: bytes | None) -> None:
    if content(path) != expected:
        raise PolicyError(
            "has changed since it was shown",
            file=str(path),
            hint="nothing was written: look at the rule again",
        )


def _failed(path: Path, error: OSError) -> PolicyError:
    why = (error.strerror or "unknown error").lower()
    advice = ADVICE.get(error.errno or 0, "")
    return PolicyError(f"cannot be written: {why}", file=str(path), hint=advice)
