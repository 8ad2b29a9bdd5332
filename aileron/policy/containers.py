"""Commands that start a container, or run something in one: what it gets of this machine.

`docker run`, `create` and `exec`, and compose's `run` and `exec`, are fine in themselves;
the command inside is judged as a part of its own (`inside.py`).  What asks is more of this
machine than that: rights, devices, namespaces of the host, and a mounted folder that the
command could not write (or, mounted read-only, read) without a question.  An option that is
not listed here asks; so does a word that could turn out to be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from aileron.model import Facts, Verdict
from aileron.policy import effects, paths
from aileron.policy.finding import Finding, ask
from aileron.policy.shape import Container, Mount, Shape
from aileron.policy.tables import names
from aileron.policy.usage import Access
from aileron.shell.reading import SimpleCommand, Word

REACH = "container/reach"
UNREAD = "container/unread"
MOST = 20  # mounts of one container

_ENGINES = names("docker podman nerdctl")
_COMPOSES = names("docker-compose podman-compose")
PROGRAMS = _ENGINES | _COMPOSES
_VERBS = names("run create exec")
_ENGINE_FLAGS = names("-D --debug --noout --syslog")
_ENGINE_VALUES = names("-l --log-level")
_COMPOSE_FLAGS = names("--all-resources --compatibility --dry-run --verbose -D --debug")
_COMPOSE_VALUES = names("""
    -f --file -p --project-name --profile --env-file --project-directory --ansi --progress
    --parallel -l --log-level
    """)
_RUN_FLAGS = names("""
    -d --detach -i --interactive -t --tty -P --publish-all -q --quiet --rm --rmi --init --read-only
    --read-only-tmpfs --replace --sig-proxy --no-healthcheck --no-hosts --no-hostname --tls-verify
    --disable-content-trust --http-proxy --passwd --oom-kill-disable --unsetenv-all
    --build --no-deps --quiet-pull --quiet-build --remove-orphans --service-ports --use-aliases -T
    --no-TTY --no-tty
    """)
_RUN_VALUES = names("""
    -a --attach --add-host --annotation --arch --blkio-weight --cap-drop -c --cpu-shares --cpus
    --cpu-period --cpu-quota --cpuset-cpus --cpuset-mems --detach-keys --dns --dns-opt --dns-option
    --dns-search --domainname -e --env --entrypoint --expose --gpus --group-add --health-cmd
    --health-interval
    --health-retries --health-start-interval --health-start-period --health-timeout
    --health-on-failure -h --hostname --image-volume --ip --ip6 --label --link --link-local-ip
    --mac-address -m --memory --memory-reservation --memory-swap --memory-swappiness --name
    --network-alias --oom-score-adj --os --pids-limit --platform --pod -p --publish --pull
    --requires --restart --retry --retry-delay --shm-size --stop-signal --stop-timeout --timeout
    --tz --ulimit --umask -u --user --variant
    """)
_EXEC_FLAGS = names("""
    -d --detach -i --interactive -t --tty -T --no-TTY --no-tty --latest
    """)
_EXEC_VALUES = names("-e --env -u --user --detach-keys --index")
# Options that ask, and take a value.
_REACHING = names("""
    --cap-add --device --device-cgroup-rule --volumes-from --cgroup-parent --sysctl --volume-driver
    --secret --init-path --uidmap --gidmap --storage-opt
    """)
# Options of both whose values matter.
_LOOKED_AT = names("""
    -v --volume --mount --tmpfs -w --workdir --env-file --env-from-file --label-file --cidfile
    --pidfile --pid --ipc --uts --userns --cgroupns --net --network --security-opt --runtime
    --log-driver --log-opt
    """)
_PLAIN = {
    **dict.fromkeys(
        names("--pid --ipc --uts --userns --cgroupns"),
        re.compile(r"private|shareable|none|auto|keep-id(?::[\w=,]*)?|nomap"),
    ),
    **dict.fromkeys(names("--net --network"), re.compile(r"(?!ns:|container:)[\w.:-]+")),
    "--security-opt": re.compile(r"no-new-privileges(?:[:=]true)?"),
    "--runtime": re.compile(r"nvidia|runc|crun|runsc"),
    "--log-driver": re.compile(r"none|json-file|local|journald"),
    "--log-opt": re.compile(r"(?:max-size|max-file|mode|tag|compress)=[\w.-]*"),
}
_REASONS = {
    "--privileged": "gives the container every right over this machine",
    "--device": "gives the container a device of this machine",
    "--volumes-from": "gives the container what another one sees, which is not known",
    "--use-api-socket": "lets the container start others",
    "--env-host": "gives the container every variable of this session",
}

_PWD = r"\$PWD(?!\w)|\$\{PWD\}|\$\(pwd\)|`pwd`"
_HOME = r"\$HOME(?!\w)|\$\{HOME\}"
_ROOT = r"\$\(git rev-parse --show-toplevel\)"
_KNOWN = re.compile(rf"(?P<pwd>{_PWD})|(?P<home>{_HOME})|(?P<root>{_ROOT})|[\w./@%+,:=~-]|\"")
# What can only be one word: its expansions are quoted, or known to hold no blanks.
_ONE = re.compile(r"(?:[\w./@%+,:=~-]|\"[^\"@*]*\"|\$\(id -[ug]\)|\$UID(?!\w)|\$\{UID\})+")


@dataclass(slots=True)
class Start:
    """A command line that starts a container, or runs something in one, taken apart."""

    command: SimpleCommand
    cwd: str | None
    known: bool  # whether its mounts are all there are
    mounts: list[Mount] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    variables: list[tuple[str, Word]] = field(default_factory=list)
    workdir: str | None = None
    sources: list[str] = field(default_factory=list)  # of its mounts, before links are followed

    def container(self) -> Container:
        return Container(tuple(self.mounts), self.known, self.workdir, tuple(self.variables))


def start(command: SimpleCommand, cwd: str | None, facts: Facts) -> Start | None:
    """None if the command starts nothing in a container."""
    base = (command.name or "").rpartition("/")[2]
    if base not in PROGRAMS:
        return None
    words = list(command.words[1:])
    compose = base in _COMPOSES
    rest, odd = _globals(words, compose=compose)
    if not compose and rest and rest[0].value in ("container", "compose"):
        compose = rest[0].value == "compose"
        rest, more = _globals(rest[1:], compose=compose)
        odd = odd or more
    verb = rest[0].value if rest else ""
    if odd:
        if not {word.value for word in words} & _VERBS:
            return None
        found = Start(command, cwd, known=False)
        found.findings.append(ask(UNREAD, f"{base} {odd} may lead to other containers"))
        return found
    if verb not in _VERBS or (compose and verb == "create"):
        return None
    found = Start(command, cwd, known=verb != "exec" and not compose)
    _Options(found, verb == "exec", facts).read(rest[1:])
    return found


def _globals(words: Sequence[Word], *, compose: bool) -> tuple[list[Word], str]:
    """The words behind the options before a subcommand, and an option that is not harmless."""
    values = _COMPOSE_VALUES if compose else _ENGINE_VALUES
    flags = _COMPOSE_FLAGS if compose else _ENGINE_FLAGS
    at = 0
    while at < len(words):
        value = words[at].value
        if value is None:
            return [], words[at].source
        flag, equals, _ = value.partition("=")
        if flag in values:
            at += 1 if equals else 2
        elif value in flags:
            at += 1
        elif value.startswith("-"):
            return [], flag
        else:
            break
    return list(words[at:]), ""


def spelled(word: Word, cwd: str | None, facts: Facts) -> str | None:
    """A word with the folders that its expansions stand for; None if there is more in it."""
    if word.value is not None:
        return word.value
    text, at, quoted = "", 0, False
    while at < len(word.source):
        found = _KNOWN.match(word.source, at)
        if found is None:
            return None
        at = found.end()
        if found.lastgroup is None:
            quoted ^= found[0] == '"'
            text += found[0].strip('"')
            continue
        known = {"pwd": cwd, "home": facts.home, "root": facts.project}[found.lastgroup]
        if not known or re.search(r"[:,]" if quoted else r"[:,\s*?\[]", known):
            return None
        text += known
    return text


@dataclass(slots=True)
class _Options:
    """Reads the options of one command, as docker does: up to the first word that is none."""

    start: Start
    exec: bool
    facts: Facts

    def read(self, words: Sequence[Word]) -> None:
        flags = _EXEC_FLAGS if self.exec else _RUN_FLAGS
        values = (_EXEC_VALUES if self.exec else _RUN_VALUES) | _LOOKED_AT | _REACHING
        at = 0
        while at < len(words):
            word = words[at]
            text = spelled(word, self.start.cwd, self.facts)
            if self.start.command.appended and "{" in word.source:
                self.unread(word)  # input comes to stand there
                return
            if text is None:
                flag, equals, _ = word.prefix.partition("=")
                if not (equals and flag in values and flag.startswith("--") and _one(word)):
                    self.unread(word)
                    return
                self.value(flag, word, None)
                at += 1
                continue
            if text == "--" or len(text) < 2 or text[0] != "-":
                return
            at += 1
            flag, attached, odd = self.option(text, flags, values)
            if odd:
                self.reach(odd)
                if odd != "--privileged":
                    self.start.known = False
                    return  # whether it takes a value is not known
            if not flag:
                continue
            if attached is not None:
                self.value(flag, replace(word, value=attached), attached)
            elif at < len(words):
                if self.start.command.appended and "{" in words[at].source:
                    self.unread(words[at])
                    return
                self.value(flag, words[at], spelled(words[at], self.start.cwd, self.facts))
                at += 1

    def option(
        self, text: str, flags: frozenset[str], values: frozenset[str]
    ) -> tuple[str, str | None, str]:
        """The option that takes a value, the value that is attached to it, and an option that
        is not known, or not harmless."""
        flag, equals, attached = text.partition("=")
        if text.startswith("--"):
            if flag in values:
                return flag, attached if equals else None, ""
            return "", None, "" if flag in flags else flag
        for at, letter in enumerate(text[1:], start=1):
            one, rest = f"-{letter}", text[at + 1 :]
            if one in values or (one == "-l" and not self.exec):
                return one, (rest[1:] if rest[0] == "=" else rest) if rest else None, ""
            if one not in flags and not (one == "-l" and self.exec):
                return "", None, one
            if rest[:1] == "=":
                break
        return "", None, ""

    def unread(self, word: Word) -> None:
        what = f"starts a container with words that are decided at run time: {word.source}"
        self.start.known = False
        self.start.findings.append(ask(UNREAD, what))

    def reach(self, flag: str, value: str = "") -> None:
        why = _REASONS.get(flag, "gives the container more than its own")
        shown = f"{flag} {value}".strip()
        self.start.known = self.start.known and flag != "--volumes-from"
        self.start.findings.append(ask(REACH, f"{why}: {shown}"))
        if flag == "--privileged":
            self.start.mounts.append(Mount("/dev", "/dev"))
        elif flag == "--device" and value.startswith("/dev/"):
            source, target = (*value.split(":"), value)[:2]
            self.start.mounts.append(Mount(target if target != value else source, source))

    def value(self, flag: str, word: Word, text: str | None) -> None:
        if len(self.start.mounts) >= MOST:
            self.start.mounts.clear()
            self.start.known = False
            self.start.findings.append(ask(UNREAD, "mounts more than can be looked at"))
        if flag in ("-v", "--volume"):
            self.volume(word, text)
        elif flag == "--mount":
            self.mount(word, text)
        elif flag in _REACHING:
            self.reach(flag, text if text is not None else word.source)
        elif text is None and not _one(word):
            self.unread(word)
        elif flag == "--tmpfs":
            if text is not None:
                self.start.mounts.append(Mount(target=paths.join("/", text.partition(":")[0])))
        elif flag in ("-w", "--workdir"):
            self.start.workdir = text if text is not None and text.startswith("/") else None
        elif flag in ("-e", "--env"):
            name, _, value = (text or word.prefix).partition("=")
            shown = None if text is None or "=" not in text else value
            self.start.variables.append((name, Word(source=word.source, value=shown)))
        elif flag in ("--env-file", "--env-from-file", "--label-file", "--cidfile", "--pidfile"):
            self.file(flag, word, text)
            self.start.variables.append(("*", word))
        elif flag in _PLAIN and (text is None or not _PLAIN[flag].fullmatch(text)):
            self.reach(flag, text or word.source)

    def file(self, flag: str, word: Word, text: str | None) -> None:
        """A file of this machine; variables for the container may come from the project's own."""
        path = None if text is None else paths.absolute(text, self.start.cwd, self.facts)
        kind = "write" if flag in ("--cidfile", "--pidfile") else "read"
        access = Access(kind, word, 0)
        if path is None:
            self.unread(word)
            return
        if kind == "read" and paths.inside(paths.real(path, self.facts), self.facts.project):
            found = None
        else:
            found = effects.known(access, path, self.facts)
        if found is not None:
            self.start.findings.append(found)

    # Mounts

    def volume(self, word: Word, text: str | None) -> None:
        fields = text.split(":") if text is not None else []
        if not 1 <= len(fields) <= 3 or not fields[-1]:
            self.unknown(word)
            return
        source, target = ("", *fields)[-2:] if len(fields) < 3 else fields[:2]
        options = fields[2].split(",") if len(fields) == 3 else []
        readonly = "ro" in options or "readonly" in options
        if source and ("/" in source or source[0] in ".~"):
            self.bind(word, source, target, readonly)
        else:
            self.start.mounts.append(Mount(paths.join("/", target), lasts=bool(source)))

    def mount(self, word: Word, text: str | None) -> None:
        if text is None or '"' in text:
            self.unknown(word)
            return
        given = {}
        for one in text.split(","):
            key, equals, value = one.partition("=")
            given[key.strip().lower()] = value if equals else "true"
        kind = given.pop("type", "volume")
        source = given.pop("source", "") or given.pop("src", "")
        target = given.pop("target", "") or given.pop("destination", "") or given.pop("dst", "")
        readonly = [given.pop(key) for key in ("readonly", "ro") if key in given]
        given = {k: v for k, v in given.items() if not k.startswith(("tmpfs-", "bind-propagation"))}
        given = {k: v for k, v in given.items() if k not in ("consistency", "relabel")}
        if given or not target or kind not in ("bind", "volume", "tmpfs"):
            self.reach("--mount", text)
            self.start.known = False
        elif kind == "bind":
            self.bind(word, source, target, any(one in ("true", "1") for one in readonly))
        else:
            mount = Mount(paths.join("/", target), lasts=kind == "volume" and bool(source))
            self.start.mounts.append(mount)

    def unknown(self, word: Word) -> None:
        self.start.known = False
        what = f"mounts what is decided at run time: {word.source}"
        self.start.findings.append(ask("effect/unknown-path", what, firm=True))

    def bind(self, word: Word, source: str, target: str, readonly: bool) -> None:
        path = paths.absolute(source, self.start.cwd, self.facts)
        if path is None or set(path) & set("*?["):
            self.unknown(word)
            return
        self.start.sources.append(path)
        real = paths.real(path, self.facts)
        self.start.mounts.append(Mount(paths.join("/", target), real, readonly))
        access = Access("read" if readonly else "write", word, 0)
        found = effects.known(access, path, self.facts)
        how = f"mounts {path} into the container"
        if found is None:
            if any(paths.holds_credentials(one, self.facts) for one in (path, real)):
                finding = ask("effect/credential", f"{how} with the credentials in it", firm=True)
                self.start.findings.append(replace(finding, path=path))
        elif found.verdict is Verdict.DENY and found.rule not in _ALWAYS_DENIED:
            finding = ask("effect/write-outside", how, firm=True)
            self.start.findings.append(replace(finding, path=path))
        else:
            self.start.findings.append(replace(found, reason=how))


_ALWAYS_DENIED = frozenset({"effect/own-files", "effect/password-file"})


def _one(word: Word) -> bool:
    return _ONE.fullmatch(word.source) is not None


def judge(shape: Shape, facts: Facts) -> Iterable[Finding]:
    """What is to be said of a command line that starts a container, or runs something in one."""
    if not shape.names & PROGRAMS:
        return
    found = start(shape.command, shape.cwd, facts)
    if found is None:
        return
    if shape.container is not None:
        yield ask(UNREAD, "starts a container from within another")
    yield from found.findings


def sources(command: SimpleCommand, cwd: str | None, facts: Facts) -> list[str]:
    """The files and folders of this machine that a command line mounts into a container."""
    found = start(command, cwd, facts)
    return found.sources if found is not None else []
