"""What a stopped exec is about to run, read from outside (Linux).

The rules this file keeps:

  - The file is found as the target would find it: from its root and directory,
    through its own /proc/self, by descriptor, along `#!` lines.
  - Reading is bounded: 4 MB and 2^18 words of argv; beyond, it is marked
    truncated.  It never waits for the target: not on memory that the target
    serves itself (userfaultfd), nor on a lease that it holds on a file.
  - What cannot be read is `Unread`; what the kernel would refuse is `Futile`.
    Nothing else is raised.

A thread of the target may rewrite its memory after this reading.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from aileron.wire import text

Inode = tuple[int, int]  # device and number


@dataclass(frozen=True, slots=True, kw_only=True)
class Exec:
    """A program that is about to be executed.

    `given` is the path as the caller wrote it ("" for a descriptor), `path` what
    it resolves to in the caller's own mount namespace.  For a `#!` script
    `interpreter` holds the words that the kernel will put before the script, as
    written there, and `runs` is the file of the last interpreter; else
    `interpreter` is empty and `runs` equals `inode`.  `truncated` says that
    there is more in the real argv than in this one.
    """

    id: int  # of the notification, for `ExecWatch.answer`
    pid: int
    tid: int
    ppid: int = field(compare=False)  # another one when the parent ends
    start_time: int  # of pid, in clock ticks since boot
    given: str
    path: str
    argv: tuple[str, ...]
    cwd: str
    inode: Inode
    runs: Inode
    interpreter: tuple[str, ...] = ()
    truncated: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        """The argument vector as what `runs` gets it: for a script, the interpreter's."""
        if not self.interpreter:
            return self.argv
        return (*self.interpreter, self.given or self.path, *self.argv[1:])


class Unread(Exception):
    """What is about to run could not be read; the message says why."""


class Futile(Exception):
    """The kernel would refuse this exec too, with `errno`."""

    def __init__(self, number: int) -> None:
        super().__init__(os.strerror(number))
        self.errno = number


class Call(NamedTuple):
    """One notification: execve or execveat, waiting."""

    id: int
    tid: int
    path: int  # addresses in the target
    argv: int
    base: str  # where a relative path starts, under /proc/TID
    empty: bool  # whether an empty path means `base` itself


PAGE = 4096
ARGV_BYTES = 4 * 1024 * 1024  # more than Linux takes with its usual stack limit
ARGV_WORDS = 1 << 18
ARGV_PAGES = 2048  # however far apart the target has laid its words
PATH_BYTES = 4096
_PART = struct.Struct("=QQ")  # struct iovec
_USERFAULT = "/proc/sys/vm/unprivileged_userfaultfd"
ADDRESS = (1 << 56) - 1  # the byte above may be a tag (aarch64)
_libc = ctypes.CDLL(None, use_errno=True)


def _contents(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, PAGE)
    finally:
        os.close(fd)


def _may_wait() -> bool:
    """Whether any program may serve its own page faults to the kernel."""
    try:
        return _contents(_USERFAULT).strip() != b"0"
    except FileNotFoundError:  # a kernel without userfaultfd
        return False


class _Memory:
    """The memory of a stopped task, read a page at a time and each page once.

    A process that has made itself undumpable (codex does) gives its /proc files
    to root.  Its memory is then read by process_vm_readv, which asks for no file
    but would wait on a page that the target serves itself; so not where any
    program may do that.
    """

    def __init__(self, tid: int) -> None:
        self._tid = tid
        self._pages: dict[int, bytes] = {}
        self._fd = -1
        try:
            self._fd = os.open(f"/proc/{tid}/mem", os.O_RDONLY | os.O_CLOEXEC)
        except PermissionError as error:
            if _may_wait():
                raise Unread(f"its memory is closed to us, and {_USERFAULT} is not 0") from error
        except OSError as error:
            raise Unread(f"its memory cannot be read: {error.strerror}") from error

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)

    def _page(self, number: int) -> bytes:
        found = self._pages.get(number)
        if found is None:
            try:
                found = self._pages[number] = self._read(number * PAGE)
            except OSError as error:
                raise Unread(f"its memory cannot be read: {error.strerror}") from error
            if len(found) != PAGE:
                raise Unread("its memory is gone")
        return found

    def _read(self, address: int) -> bytes:
        if self._fd >= 0:
            return os.pread(self._fd, PAGE, address)
        room = ctypes.create_string_buffer(PAGE)
        here, there = _PART.pack(ctypes.addressof(room), PAGE), _PART.pack(address, PAGE)
        one = ctypes.c_ulong(1)
        size = int(_libc.process_vm_readv(self._tid, here, one, there, one, ctypes.c_ulong(0)))
        if size < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return room.raw[:size]

    def string(self, address: int, limit: int) -> bytes | None:
        """The bytes up to the NUL, None when there are more than `limit`."""
        found = b""
        number, offset = divmod(address & ADDRESS, PAGE)
        while len(found) <= limit:
            page = self._page(number)
            end = page.find(0, offset)
            found += page[offset : end if end >= 0 else PAGE]
            if end >= 0:
                return found if len(found) <= limit else None
            number, offset = number + 1, 0
        return None

    def _pointers(self, address: int) -> Iterator[int]:
        number, offset = divmod(address & ADDRESS, PAGE)
        if offset % 8:
            raise Unread("its argument vector is not aligned")
        while True:
            for (pointer,) in struct.iter_unpack("=Q", self._page(number)[offset:]):
                yield pointer
            number, offset = number + 1, 0

    def argv(self, address: int) -> tuple[tuple[str, ...], bool]:
        """The words, and whether there are more than were read."""
        words: list[str] = []
        if not address:  # Linux takes that for no words
            return (), False
        left = ARGV_BYTES
        for pointer in self._pointers(address):
            if not pointer:
                return tuple(words), False
            word = None
            if len(words) < ARGV_WORDS and len(self._pages) < ARGV_PAGES:
                word = self.string(pointer, left - 1)
            if word is None:
                break
            left -= len(word) + 1
            words.append(text(word))
        return tuple(words), True


_PATH = getattr(os, "O_PATH", 0) | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC  # waits for nothing
_LINKS = 40  # the kernel's own limits
_SCRIPTS = 5
_HEAD = 256
_PROC = 0x9FA0  # statfs's type
_OPENAT2 = 437
_BENEATH = struct.pack("=QQQ", _READ, 0, 0x02 | 0x08)  # no magic links, not out of the start
_IN_ROOT = struct.pack("=QQQ", _READ, 0, 0x02 | 0x10)  # no magic links, the start is the root
_FUTILE = (
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EACCES,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOEXEC,
)


def _on_proc(fd: int) -> bool:
    """Whether this file lies on a proc file system, wherever that is mounted."""
    room = ctypes.create_string_buffer(256)  # struct statfs, its first word is the type
    if _libc.fstatfs(fd, room) != 0:
        raise OSError(ctypes.get_errno(), "fstatfs")
    return int(struct.unpack_from("=q", room.raw)[0]) == _PROC


def _link(path: str) -> str:
    return text(os.readlink(path.encode()))  # noqa: PTH115 - bytes: the name may not be UTF-8


def _name(fd: int) -> str:
    """Where the kernel says this file is, seen from the root of its mount namespace."""
    return _link(f"/proc/self/fd/{fd}")


def _open(call: Call, base: str, path: bytes) -> int:
    """A readable descriptor of the file that the target reaches by `path`.

    One system call does for most; it refuses what it could get wrong (links out
    of the start, links that /proc makes), and that, like every error, is then
    settled name by name.
    """
    if path:
        absolute = path[:1] == b"/"
        start = os.open(f"/proc/{call.tid}/{'root' if absolute else base}", _PATH)
        try:
            how = _IN_ROOT if absolute else _BENEATH
            found = int(_libc.syscall(_OPENAT2, start, path, how, ctypes.c_size_t(len(how))))
        finally:
            os.close(start)
        if found >= 0:
            return found
    found = _walk(call, base, path)
    try:
        status = os.fstat(found)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EACCES, "not a file")
        try:
            return os.open(f"/proc/self/fd/{found}", _READ)
        except OSError as error:
            raise Unread(f"its file cannot be read: {error.strerror}") from error
    finally:
        os.close(found)


def _walk(call: Call, base: str, path: bytes) -> int:
    """An O_PATH descriptor of the same, found name by name.

    The kernel would follow absolute links from our root and take /proc/self for
    ours.  Only links that /proc itself makes (`exe`, `cwd`, `fd/N`) are left to
    it: they mean the same to all.
    """
    proc = f"/proc/{call.tid}"
    root = os.open(f"{proc}/root", _PATH)
    here = -1
    try:
        here = os.open(f"{proc}/root" if path[:1] == b"/" else f"{proc}/{base}", _PATH)
        names = path.split(b"/")[::-1]
        links = 0
        ours = False  # in our own /proc: `..` leads elsewhere, threads have other numbers
        while names:
            name = names.pop()
            if name in (b"", b"."):
                continue
            if ours and name in (b"..", b"task"):
                raise Unread("its path winds through /proc/self")
            if name == b".." and _same(here, root):
                continue
            there = os.open(name, _PATH | os.O_NOFOLLOW, dir_fd=here)
            if stat.S_ISLNK(os.fstat(there).st_mode):
                links += 1
                try:
                    jump, more, ours = _follow(call, name, there, ours)
                finally:
                    os.close(there)
                if links > _LINKS:
                    raise OSError(errno.ELOOP, "links")
                names += more.split(b"/")[::-1]
                if not jump:
                    continue
                there = os.open(jump, _PATH, dir_fd=here)
            os.close(here)
            here = there
        found, here = here, -1
        return found
    finally:
        os.close(root)
        if here >= 0:
            os.close(here)


def _same(one: int, other: int) -> bool:
    return os.path.sameopenfile(one, other) and _name(one) == _name(other)


def _follow(call: Call, name: bytes, link: int, ours: bool) -> tuple[bytes, bytes, bool]:
    """Where a link leads: what to open in its place ("" for its own folder), the
    names to go on with, and whether that is in our own /proc."""
    if _on_proc(link) and name == b"self":
        return b"/proc/%d" % _leader(call.tid), b"", True
    if _on_proc(link) and name == b"thread-self":
        return b"/proc/%d/task/%d" % (_leader(call.tid), call.tid), b"", True
    leads = os.readlink(b"", dir_fd=link)
    if _on_proc(link) and not leads.startswith(b"self/"):  # as /proc/net does
        return name, b"", False
    if leads[:1] == b"/":
        return b"/proc/%d/root" % call.tid, leads, False
    return b"", leads, ours


def shebang(head: bytes) -> tuple[bytes, ...]:
    """The interpreter and its one argument, if any, from a file's first 256 bytes.

    () when this is no script; OSError(ENOEXEC) when the kernel takes it for none.
    """
    if not head.startswith(b"#!"):
        return ()
    line, newline, _ = head[2:_HEAD].partition(b"\n")
    blank = b" \t"
    whole = bool(newline) or len(head) < _HEAD or any(c in b" \t\0" for c in line.lstrip(blank))
    line = line.strip(blank).partition(b"\0")[0] if whole else b""
    for at, byte in enumerate(line):
        if byte in blank:
            argument = line[at:].lstrip(blank)
            return (line[:at], argument) if argument else (line[:at],)
    if not line:
        raise OSError(errno.ENOEXEC, "no interpreter")
    return (line,)


class _Program(NamedTuple):
    path: str
    inode: Inode
    runs: Inode
    interpreter: tuple[str, ...]


def _program(call: Call, given: bytes) -> _Program:
    """The file and its interpreters; OSError as the kernel would refuse it."""
    if not given and not call.empty:
        raise OSError(errno.ENOENT, "no path")
    words: tuple[bytes, ...] = ()
    path, inode = "", (0, 0)
    for depth in range(_SCRIPTS + 1):
        fd = _open(call, "cwd", words[0]) if depth else _open(call, call.base, given)
        try:
            status = os.fstat(fd)
            if not (stat.S_ISREG(status.st_mode) and status.st_mode & 0o111):
                raise OSError(errno.EACCES, "not executable")
            runs = (status.st_dev, status.st_ino)
            if not depth:
                path, inode = _name(fd), runs
            line = shebang(os.read(fd, _HEAD))
        finally:
            os.close(fd)
        if not line:
            return _Program(path, inode, runs, tuple(text(word) for word in words))
        words = line + words
    raise OSError(errno.ELOOP, "interpreters")


def _stat(pid: int) -> list[bytes]:
    """The fields of /proc/PID/stat from the third on."""
    fields = _contents(f"/proc/{pid}/stat").rpartition(b") ")[2].split(None, 20)
    if len(fields) < 20:
        raise Unread("its process is gone")
    return fields


def birth(pid: int) -> tuple[int, int]:
    """The parent of a process and its own start time (clock ticks since boot); OSError."""
    fields = _stat(pid)
    return int(fields[1]), int(fields[19])


def _leader(tid: int) -> int:
    """The process that this thread belongs to."""
    if int(_stat(tid)[17]) == 1:  # a thread alone
        return tid
    for line in _contents(f"/proc/{tid}/status").split(b"\n"):
        if line.startswith(b"Tgid:"):
            return int(line[5:])
    raise Unread("it has no process")


def look(call: Call) -> Exec:
    """The exec as the target has it now; Unread or Futile."""
    memory = _Memory(call.tid)
    try:
        given = memory.string(call.path, PATH_BYTES - 1)
        if given is None:
            raise Futile(errno.ENAMETOOLONG)
        program = _program(call, given)
        argv, truncated = memory.argv(call.argv)
        fields = _stat(call.tid)
        pid = call.tid
        if int(fields[17]) > 1:
            pid = _leader(call.tid)
            fields = _stat(pid)
        cwd = _link(f"/proc/{call.tid}/cwd")
    except OSError as error:
        if error.errno in _FUTILE:
            raise Futile(error.errno) from error
        raise Unread(f"its file cannot be found: {error.strerror}") from error
    finally:
        memory.close()
    return Exec(
        id=call.id,
        pid=pid,
        tid=call.tid,
        ppid=int(fields[1]),
        start_time=int(fields[19]),
        given=text(given),
        path=program.path,
        argv=argv,
        cwd=cwd,
        inode=program.inode,
        runs=program.runs,
        interpreter=program.interpreter,
        truncated=truncated,
    )
