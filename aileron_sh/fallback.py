#!@PYTHON@ -IS
"""aileron-sh where there was no C compiler: the same shim, 5 ms slower.

shim.c tells what it does and why.  The launcher puts it into the run directory
with the interpreter and RUN written into it, best as compiled code behind a
script of four lines: to compile takes longer than all the rest.  It imports
little for the same reason.  It is for the shim tier only: bound over /bin/sh it
would call itself.

What it does not do: it never reads standard input (that text then counts as not
read), it cannot pass on an argv[0] other than its own path, which the kernel
hides from scripts, and SIGPIPE and SIGXFSZ reach the shell as default even
where they were ignored, because Python changes them before it starts.
"""

import _socket
import posix
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing these would cost more than all the rest
    import signal as _signal
    from typing import NoReturn
else:
    import _signal

RUN = "@RUN@"
FIXED = "/dev/aileron"
DENIED = 126
ANSWER_TIME = 10.0  # seconds
TEXT_LIMIT = 64 * 1024
FRAME_LIMIT = 4 * 1024 * 1024
OPEN_FILES = 4096  # descriptors closed one by one where the system must

LONG_FLAGS = {"debug", "debugger", "dump-po-strings", "dump-strings", "login", "noediting"}
LONG_FLAGS |= {"noprofile", "norc", "posix", "pretty-print", "restricted", "verbose"}
LONG_WITH_FILE = ("init-file", "rcfile")
LONG_INFORMATION = ("help", "version")
COMMON_NAMES = {"allexport", "errexit", "noclobber", "noexec", "noglob", "nounset", "pipefail"}
COMMON_NAMES |= {"verbose", "xtrace"}
BASH_LETTERS = "abcefhiklmnoprstuvxBCDEHOPT"
COMMON_LETTERS = "acdefhilmnopsuvxC"

SENT = (
    b"PATH HOME SHLVL PWD BASH_ENV ENV SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND IFS CDPATH"
    b" GLOBIGNORE POSIXLY_CORRECT BASH_COMPAT BASH_XTRACEFD TMPDIR"
).split()
SENT_PREFIXES = (b"LD_", b"DYLD_", b"BASH_FUNC_")

STOPS = ("TSTP", "TTIN", "TTOU")
FROM_TERMINAL = {getattr(_signal, f"SIG{name}") for name in ("INT", "QUIT", "WINCH", *STOPS)}
FAULTS = ("SEGV", "BUS", "FPE", "ILL", "TRAP", "SYS")
NOT_WATCHED = {getattr(_signal, f"SIG{name}") for name in ("KILL", "STOP", *FAULTS)}
SENT_BY_PROCESS = (0, -1, -6)  # SI_USER, SI_QUEUE, SI_TKILL
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG


def raw(text: str) -> bytes:
    return text.encode(sys.getfilesystemencoding(), "surrogateescape")


def say(text: bytes) -> None:
    try:
        posix.write(2, text)
    except OSError:
        return  # nobody reads it; the exit status still says it


def fail(message: str, hint: str) -> "NoReturn":
    say(f"aileron: denied: {message}\nhint: {hint}\n".encode())
    posix._exit(DENIED)


# --- bash's argument grammar: options.c ---------------------------------------


def long_options(argv: list[str]) -> tuple[int, str]:
    """(index of the first word that is no long option, mode so far: "", v or u)"""
    at, mode = 1, ""
    while at < len(argv) and argv[at].startswith("-") and argv[at] != "--":
        two = argv[at].startswith("--")
        name = argv[at][2 if two else 1 :]
        if name in LONG_INFORMATION:
            mode = "v"
        elif name in LONG_WITH_FILE:
            at += 1
            if at == len(argv):
                return at, "u"
        elif name not in LONG_FLAGS:
            return (at + 1, "u") if two else (at, mode)
        at += 1
    return at, mode


def read_arguments(shell: str, argv: list[str], terminals: bool) -> tuple[str, int, int]:
    """(mode, end of the option words, index of the first operand)"""
    bash = shell in ("bash", "aileron-sh")
    known = BASH_LETTERS if bash else COMMON_LETTERS
    end, mode = 1, ""
    if bash:
        end, mode = long_options(argv)
    elif argv[1:2] in (["--version"], ["--help"]):
        end, mode = 2, "v"
    letters: set[str] = set()
    interactive = ended = False
    while not mode and end < len(argv) and argv[end][:1] in ("-", "+"):
        row = argv[end]
        if ended := row in ("-", "--"):
            break
        end += 1
        for at, letter in enumerate(row[1:], 2):
            if letter not in known or (not bash and row[0] == "+" and letter in "cis"):
                mode = "u"
                break
            letters.add(letter)
            if letter == "i":
                interactive = row[0] == "-"
            if letter in "oO":
                last = not row[at:] and end < len(argv)
                if not bash and not (last and argv[end] in COMMON_NAMES):
                    mode = "u"
                end = min(end + 1, len(argv))
    operand = end + ended
    text, stdin, given = "c" in letters, "s" in letters, operand < len(argv)
    if mode:
        return mode, end, operand
    if text:
        mode = "c" if given and (bash or not stdin) else "u"
    elif given and not stdin:
        mode = "f"
    else:
        mode = "i" if interactive or terminals else "s"
    return mode, end, operand


# --- what the shell will read: text.c -----------------------------------------


def read_script(path: bytes) -> bytes | None:
    """The bytes of a script, None where they cannot or must not be read."""
    try:
        found = posix.stat(path)
        if found.st_mode & 0o170000 != 0o100000 or found.st_size > TEXT_LIMIT:
            return None
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC | posix.O_NOCTTY | posix.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    text = b""
    try:
        if posix.fstat(fd).st_mode & 0o170000 != 0o100000 or posix.lseek(fd, 0, 1) != 0:
            return None
        while len(text) <= TEXT_LIMIT and (more := posix.read(fd, TEXT_LIMIT + 1 - len(text))):
            text += more
    except OSError:
        return None
    finally:
        posix.close(fd)
    return text if len(text) <= TEXT_LIMIT else None


def script_path(name: bytes, path: bytes | None) -> bytes:
    """As bash opens it: as it is, or the first readable file of that name on PATH."""
    if not name or b"/" in name or path is None or posix.access(name, posix.F_OK):
        return name
    for folder in path.split(b":"):
        if folder and not folder.startswith(b"/"):
            break
        if folder and posix.access(folder + b"/" + name, posix.R_OK):
            return folder + b"/" + name
    return name


# --- the question and the answer: wire.c --------------------------------------


def environment() -> dict[bytes, bytes]:
    """What we were started with.  The kernel's copy, since Python changes its own (LC_CTYPE);
    of a name that comes twice the last value, which is the one that a shell uses."""
    try:
        fd = posix.open("/proc/self/environ", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return dict(posix.environ)
    block = b""
    while more := posix.read(fd, 1 << 16):
        block += more
    posix.close(fd)
    return dict(entry.split(b"=", 1) for entry in block.split(b"\0") if entry.find(b"=") > 0)


def field(tag: bytes, value: bytes) -> bytes:
    return tag + len(value).to_bytes(4, "big") + value


def gone() -> "NoReturn":
    hint = "no command can be judged any more; start a new session with aileron launch"
    fail("the broker of this session is gone", hint + "; do not retry")


def lost(error: OSError) -> "NoReturn":
    if not isinstance(error, TimeoutError):
        gone()
    hint = "the machine may be overloaded; try once more, then start a new session"
    fail("the broker of this session does not answer", hint)


def garbled() -> "NoReturn":
    hint = "the session and aileron-sh may be of different versions; start a new session"
    fail("the broker's answer could not be read", hint + "; do not retry")


class Broker:
    """A connection; its first answer must come in time, what follows `wait` need not."""

    def __init__(self, path: str) -> None:
        self.deadline: float | None = time.monotonic() + ANSWER_TIME
        self.shell = -1  # descriptor of the real shell
        held = []
        while True:
            self.socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
            if self.socket.fileno() > 2:
                break
            held.append(self.socket)  # a standard descriptor that was closed
        self.limit()
        self.socket.connect(path)

    def limit(self) -> None:
        left = None if self.deadline is None else self.deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError
        self.socket.settimeout(left)

    def receive(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            self.limit()
            more, beside, flags, _ = self.socket.recvmsg(size - len(got), _socket.CMSG_LEN(4))
            if not more:
                gone()
            if flags & _socket.MSG_CTRUNC:
                garbled()
            for level, kind, data in beside:
                if (level, kind) == (_socket.SOL_SOCKET, _socket.SCM_RIGHTS):
                    if self.shell >= 0 or len(data) != 4:
                        garbled()
                    self.shell = int.from_bytes(data, sys.byteorder)
                    posix.set_inheritable(self.shell, False)
            got += more
        return got

    def ask(self, request: bytes) -> None:
        if len(request) > FRAME_LIMIT:
            hint = "put the text into a file and run that; do not retry"
            fail("the command and its environment are too large to be judged", hint)
        self.limit()
        self.socket.sendall(len(request).to_bytes(4, "big") + request)

    def answer(self) -> dict[bytes, list[bytes]]:
        """The fields of the reply, {tag: [values]}."""
        while True:
            size = int.from_bytes(self.receive(4), "big")
            if size > FRAME_LIMIT:
                garbled()
            body = self.receive(size)
            self.deadline = None
            if body != field(b"Y", b""):
                return self.fields(body)

    def fields(self, body: bytes) -> dict[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        at = 0
        while at < len(body):
            tag, size = body[at : at + 1], int.from_bytes(body[at + 1 : at + 5], "big")
            value = body[at + 5 : at + 5 + size]
            at += 5 + size
            if at > len(body) or b"\0" in value or tag not in b"KPRUS":
                garbled()
            found.setdefault(tag, []).append(value)
        paths = found.get(b"P", [])
        if (
            found.get(b"K") not in ([b"allow"], [b"deny"])
            or len(found.get(b"R", [])) > 1
            or len(paths) > 1
            or not all(path.startswith(b"/") for path in paths)
            or (found[b"K"] == [b"allow"] and bool(paths) == (self.shell >= 0))
        ):
            garbled()
        return found


# --- the real shell: run.c ----------------------------------------------------


def find_prctl() -> int:
    """The address of prctl(2), 0 without one.  It takes its time: do it while the broker thinks."""
    if sys.platform != "linux":
        return 0
    try:
        import _ctypes
    except ImportError:
        return 0
    return _ctypes.dlsym(_ctypes.dlopen(None, 0), "prctl")  # type: ignore[arg-type]


def die_with(parent: int, prctl: int) -> None:
    if prctl:
        import _ctypes

        _ctypes.call_function(prctl, (SET_DEATH_SIGNAL, _signal.SIGKILL))
        if posix.getppid() != parent:
            posix._exit(DENIED)


def suffer(number: int) -> None:
    """Lets the default action of a signal happen to us."""
    if number not in (_signal.SIGKILL, _signal.SIGSTOP):
        _signal.signal(number, _signal.SIG_DFL)
    posix.kill(posix.getpid(), number)
    _signal.pthread_sigmask(_signal.SIG_UNBLOCK, {number})
    _signal.pthread_sigmask(_signal.SIG_BLOCK, {number})


def next_signal(watched: set[int], leader: bool) -> int:
    """Waits for a signal; its number if it is to be passed on, else 0."""
    number, by_process = 0, False
    if sys.platform == "darwin":  # tells no sender: what terminals send is taken for theirs
        number = _signal.sigwait(watched)
    else:
        came = _signal.sigwaitinfo(watched)
        number, by_process = came.si_signo, came.si_code in SENT_BY_PROCESS
    if number == _signal.SIGCHLD:
        return 0
    if by_process:
        return number
    if number in (_signal.SIGHUP, _signal.SIGCONT):
        return number if leader else 0
    return 0 if number in FROM_TERMINAL else number


def wait_for_end(shell: int, watched: set[int]) -> int:
    leader = posix.getsid(0) == posix.getpid()
    options = posix.WNOHANG | posix.WUNTRACED | posix.WCONTINUED
    go_on = _signal.SIGCONT
    passing: set[int] = set()
    while True:
        who, status = posix.waitpid(-1, options)
        while who:
            if who == shell:
                if not posix.WIFSTOPPED(status) and not posix.WIFCONTINUED(status):
                    return status
                if posix.WIFCONTINUED(status):
                    passing.discard(go_on)  # it need not be told
                elif go_on not in passing and go_on not in _signal.sigpending():
                    suffer(posix.WSTOPSIG(status))
                    if go_on in _signal.sigpending():
                        passing.add(next_signal({go_on}, leader))
            who, status = posix.waitpid(-1, options)
        for number in passing - {0}:
            posix.kill(shell, number)
        passing = {next_signal(watched, leader)}


def run_shell(
    broker: Broker,
    shell: bytes | int,
    argv: list[bytes],
    variables: dict[bytes, bytes],
    prctl: int,
) -> "NoReturn":
    watched: set[int] = {
        number
        for number in _signal.valid_signals()
        if number not in NOT_WATCHED and _signal.getsignal(number) != _signal.SIG_IGN
    } | {_signal.SIGCHLD, _signal.SIGPIPE, _signal.SIGXFSZ}
    parent = posix.getpid()
    inherited_mask = _signal.pthread_sigmask(_signal.SIG_BLOCK, _signal.valid_signals())
    inherited_child = _signal.signal(_signal.SIGCHLD, lambda number, frame: None)
    started = time.monotonic()
    child = posix.fork()
    if child == 0:
        die_with(parent, prctl)
        _signal.signal(_signal.SIGCHLD, inherited_child)
        for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
            _signal.signal(number, _signal.SIG_DFL)
        _signal.pthread_sigmask(_signal.SIG_SETMASK, inherited_mask)
        try:
            posix.execve(shell, argv, variables)
        except OSError:
            hint = "aileron doctor tells which shells it found"
            fail("the real shell could not be started", hint)
    posix.closerange(0, broker.socket.fileno())
    posix.closerange(broker.socket.fileno() + 1, OPEN_FILES)
    status = wait_for_end(child, watched)
    report(broker, status, int((time.monotonic() - started) * 1e6))
    if posix.WIFEXITED(status):
        posix._exit(posix.WEXITSTATUS(status))
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    suffer(posix.WTERMSIG(status))
    posix._exit(128 + posix.WTERMSIG(status))


def report(broker: Broker, status: int, wall: int) -> None:
    used = posix.times()
    ended = f"exit {posix.WEXITSTATUS(status)}"
    if posix.WIFSIGNALED(status):
        ended = f"signal {posix.WTERMSIG(status)}"
    usage = f"{int(used.children_user * 1e6)} {int(used.children_system * 1e6)} 0"
    body = field(b"Z", ended.encode()) + field(b"W", b"%d" % wall) + field(b"Q", usage.encode())
    broker.socket.settimeout(0)
    try:
        broker.socket.send(len(body).to_bytes(4, "big") + body)
    except OSError:
        return  # the command has run, its status stands


def find_broker() -> str | None:
    """The folder of the session's socket, None where there is no session."""
    for folder in (FIXED, RUN):
        if not folder.startswith("/"):  # nobody has written RUN: not in a run directory
            continue
        try:
            found = posix.stat(folder)
        except (FileNotFoundError, NotADirectoryError):
            continue
        if found.st_mode & 0o022 or found.st_uid not in (0, posix.geteuid()):
            fail(f"{folder} belongs to somebody else", "start a new session; do not retry")
        return folder
    return None


def request_of(
    argv: list[bytes],
    how: tuple[str, int, int],
    shim: str,
    script: bytes,
    text: bytes | None,
    variables: dict[bytes, bytes],
) -> bytes:
    mode, end, _ = how
    try:
        directory = posix.getcwdb()
    except OSError:  # it was deleted
        directory = b""
    fields = [(b"V", b"1"), (b"X", raw(shim)), (b"N", argv[0])]
    fields += [(b"A", word) for word in argv[1:]]
    fields += [(b"O", word) for word in argv[1:end]]
    fields += [(b"M", mode.encode()), (b"D", directory)]
    if text is not None:
        fields.append((b"C", text))
    if mode == "f":
        fields.append((b"F", script))
    fields += [
        (b"E", name + b"=" + value)
        for name, value in variables.items()
        if name in SENT or name.startswith(SENT_PREFIXES)
    ]
    fields.append((b"T", b"1" if posix.isatty(0) else b"0"))
    return b"".join(field(*item) for item in fields)


def main() -> "NoReturn":
    folder = find_broker()
    if folder is None:
        alone = [sys.executable, "-I", "-m", "aileron.session.standalone", "--", *sys.argv]
        posix.execv(sys.executable, alone)
    if _signal.getsignal(_signal.SIGINT) != _signal.SIG_IGN:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    try:  # first of all: the broker's turn begins while we read
        broker = Broker(f"{folder}/broker.sock")
    except OSError as error:
        lost(error)
    name = sys.argv[0].rpartition("/")[2]
    argv = [raw(word) for word in sys.argv]
    variables = environment()
    how = read_arguments(name, sys.argv, posix.isatty(0) and posix.isatty(2))
    mode, _, operand = how
    script, text = b"", None
    if mode == "c":
        text = argv[operand]
    elif mode == "f":
        script = script_path(argv[operand], variables.get(b"PATH"))
        text = read_script(script)
    try:
        broker.ask(request_of(argv, how, f"{folder}/bin/{name}", script, text, variables))
        prctl = find_prctl()
        reply = broker.answer()
    except OSError as error:
        lost(error)
    if reply[b"K"] == [b"deny"]:
        unsaid = b"aileron: denied: the policy of this session does not allow it\n"
        say(reply.get(b"R", [unsaid])[0])
        posix._exit(DENIED)
    if mode == "f" and text is not None and read_script(script) != text:
        fail("the script was changed while it was being judged", "run it again")
    for key in reply.get(b"U", []):
        variables.pop(key, None)
    for item in reply.get(b"S", []):
        key, _, value = item.partition(b"=")
        variables[key] = value
    shell = reply[b"P"][0] if b"P" in reply else broker.shell
    run_shell(broker, shell, argv, variables, prctl)


main()
