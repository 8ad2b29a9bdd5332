"""What a command would do to files, judged by where they lie.

Reading: allowed, but a credential asks, and so do Aileron's own files; the
system's password and key stores are denied.
Writing: allowed in the project, in scratch space and to the standard streams.
Anywhere else it asks; so do a credential, a start-up file, the repository's
own files (`.git/hooks`, `.git/config`) and the CI configuration.  Aileron's
files, a project's policy, devices, the password files and systemd's units are
denied.  A path that is decided at run time asks.
Deleting: as writing; a whole tree asks unless it is build output or lies in
scratch space, and the root, a home or a system folder is denied.

An ask from here is firm: only a rule that names the path lifts it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import replace

from aileron.model import Facts, Verdict
from aileron.policy import cleaning, paths, programs, python_modules
from aileron.policy.finding import Finding
from aileron.policy.paths import Place
from aileron.policy.shape import Shape
from aileron.policy.usage import Access, accesses
from aileron.shell.reading import ANYTHING, Word

_WRITES = frozenset({">", ">>", ">|", "&>", "&>>", "<>", ">&"})
_DENIED_WRITES = {
    Place.AILERON: "effect/own-files",
    Place.SECRET: "effect/password-file",
    Place.VITAL: "effect/vital-file",
    Place.DEVICE: "effect/device",
}
_ASKED_WRITES = {
    Place.CREDENTIAL: "effect/credential",
    Place.STARTUP: "effect/startup-file",
    Place.VCS: "effect/repository-internals",
    Place.CI: "effect/ci",
}
_VERBS = {
    "read": "reads",
    "write": "writes",
    "delete": "deletes",
    "name": "changes",
    "link": "makes a link to",
    "clear": "deletes in",
}
_QUIET_DEVICES = frozenset({"/dev/tty", "/dev/ptmx", "/dev/console"})


def touched(shape: Shape) -> list[Access]:
    """Every file that the command reads, writes or deletes, redirections among them."""
    found = (
        accesses(shape.command, shape.names)
        + cleaning.accesses(shape.command, shape.names)
        + programs.accesses(shape.command)
    )
    found += python_modules.accesses(shape.command)
    for redirect in shape.command.redirects:
        target = redirect.target
        if redirect.op in ("<<", "<<-", "<<<") or target.source[:2] in ("<(", ">("):
            continue
        duplicated = redirect.op in (">&", "<&") and (
            target.value is not None and re.fullmatch(r"\d+-?|-", target.value) is not None
        )
        if not duplicated:
            kind = "write" if redirect.op in _WRITES else "read"
            found.append(Access(kind, target, 0))
    return found


def path_of(access: Access, shape: Shape, facts: Facts) -> str | None:
    """The path of an access where there is one only."""
    found = paths_of(access, shape, facts)
    return found[0] if len(found) == 1 else None


def paths_of(access: Access, shape: Shape, facts: Facts) -> tuple[str, ...]:
    """Every path that an access may be to, none where that is decided at run time."""
    folders = shape.cwds
    if access.attached is not None:
        word = Word(source=access.attached, value=None, could=(access.attached,))
        return paths.all_of_word(word, folders, facts)
    if shape.command.appended and access.word.value == "{}":
        word = replace(access.word, value=None, could=shape.command.inputs)
        return paths.all_of_word(word, folders, facts) if word.could else ()
    if access.kind == "link":
        link = _link_folder(shape, facts)
        folders = (link,) if link is not None else ()
    return paths.all_of_word(access.word, folders, facts)


def judge(shape: Shape, facts: Facts) -> Iterable[Finding]:
    for access in touched(shape):
        found = paths_of(access, shape, facts)
        if (not found or ANYTHING in found) and access.kind != "name":
            missing = unknown(access)
            if missing is not None:
                yield missing
        for path in found if ANYTHING not in found else [p for p in found if p != ANYTHING]:
            judged = known(access, path, _itself(access, path, facts))
            if judged is not None:
                yield judged
            if access.kind in ("delete", "clear"):
                yield from _led(access, path, facts)


def _itself(access: Access, path: str, facts: Facts) -> Facts:
    """The facts for a deletion: of a link that the text made, only itself is deleted."""
    if access.kind != "delete" or not any(link == path for link, _ in facts.made):
        return facts
    return replace(facts, made=tuple(one for one in facts.made if one[0] != path))


def _led(access: Access, path: str, facts: Facts) -> Iterable[Finding]:
    """The deny that a deletion deserves where the links on the way to it lead: the last of
    them is only deleted itself."""
    name = posixpath.basename(path)
    text = access.attached or access.word.source.rstrip("\"'")
    if access.kind == "clear" or text.endswith("/") or any(sign in name for sign in "*?["):
        there = paths.real(path, facts)
    else:
        there = paths.join(paths.real(posixpath.dirname(path), facts), name)
    judged = known(access, there, facts) if there != path else None
    if judged is not None and judged.verdict is Verdict.DENY:
        yield judged


def known(access: Access, path: str, facts: Facts) -> Finding | None:
    """What is to be said of an access to this absolute path."""
    if access.kind == "name":
        return _write(access, path, facts) if paths.is_policy_file(path, facts) else None
    if access.kind == "read":
        return _read(access, path, facts)
    if path.startswith(("/dev/tcp/", "/dev/udp/")):
        return _finding(Verdict.ASK, "effect/network", access, path, "opens a connection")
    if access.kind == "link":
        return _link(access, path, facts)
    if access.kind == "clear":
        precious = paths.is_precious(path, facts) and path != facts.project
        return _finding(Verdict.DENY, "effect/destroys", access, path) if precious else None
    if access.kind == "delete" and access.tree:
        return _delete_tree(access, path, facts)
    return _write(access, path, facts)


def unknown(access: Access) -> Finding | None:
    """What is to be said of an access to a path that is decided at run time."""
    source = access.attached or access.word.source
    if access.kind in ("link", "clear"):
        return None
    if access.kind == "read":
        if not paths.ends_as_credential(access.attached or _tail(access.word)):
            return None
        return Finding(
            verdict=Verdict.ASK,
            rule="effect/credential",
            reason=f"reads {source}, wherever that is",
            firm=True,
            word=access.index,
        )
    verb = _VERBS[access.kind]
    return Finding(
        verdict=Verdict.ASK,
        rule="effect/unknown-path",
        reason=f"{verb} a path that is decided at run time: {source}",
        firm=True,
        word=access.index,
    )


def _tail(word: Word) -> str:
    """The end of a word that is known although its start is not: `$x/.ssh/id_rsa`."""
    if word.value is not None:
        return word.value
    found = re.search(r"[\w./~-]*$", word.source.rstrip("\"'"))
    return found[0] if found else ""


def _link_folder(shape: Shape, facts: Facts) -> str | None:
    """The folder that a relative link is relative to: its own, if it is a symbolic one."""
    words = shape.command.words
    symbolic = any(re.match(r"-\w*s|--symbolic$", word.value or "") for word in words[1:])
    place = words[-1].value
    if not symbolic or len(words) < 4 or place is None or place.endswith("/"):
        return shape.cwd
    path = paths.of_word(words[-1], shape.cwd, facts)
    return posixpath.dirname(path) if path is not None else None


def _link(access: Access, path: str, facts: Facts) -> Finding | None:
    """A link must not make a delicate place look like one of the project's."""
    where = paths.place(path, facts)
    if where in (Place.PROJECT, Place.SCRATCH, Place.SINK, Place.SYSTEM):
        return None
    return _finding(Verdict.ASK, "effect/link-outside", access, path)


def _read(access: Access, path: str, facts: Facts) -> Finding | None:
    where = paths.place(path, facts)
    if where is Place.SECRET:
        return _finding(Verdict.DENY, "effect/password-file", access, path)
    if where is Place.CREDENTIAL:
        return _finding(Verdict.ASK, "effect/credential", access, path)
    if where is Place.AILERON:
        return _finding(Verdict.ASK, "effect/own-files", access, path)
    if where is Place.DEVICE and path not in _QUIET_DEVICES:
        return _finding(Verdict.ASK, "effect/device", access, path)
    if paths.holds_home(path, facts):
        reason = f"reads {path} with all the credentials in it"
        return _finding(Verdict.ASK, "effect/credential", access, path, reason)
    return None


def _write(access: Access, path: str, facts: Facts) -> Finding | None:
    where = _place(access, path, facts)
    if paths.is_policy_file(path, facts):
        return _finding(Verdict.DENY, "effect/own-files", access, path, what="a policy of Aileron")
    if path in _QUIET_DEVICES:
        return _finding(Verdict.ASK, "effect/terminal", access, path, what="the terminal")
    if (
        access.kind == "delete"
        and _holds_all(path)
        and paths.is_precious(posixpath.dirname(path), facts)
    ):
        return _finding(Verdict.DENY, "effect/destroys", access, path)
    if where in _DENIED_WRITES:
        return _finding(Verdict.DENY, _DENIED_WRITES[where], access, path)
    if where in _ASKED_WRITES:
        return _finding(Verdict.ASK, _ASKED_WRITES[where], access, path)
    if where in (Place.PROJECT, Place.SCRATCH, Place.SINK):
        return None
    if access.kind == "delete" and paths.is_precious(path, facts):
        return _finding(Verdict.DENY, "effect/destroys", access, path)
    return _finding(Verdict.ASK, "effect/write-outside", access, path)


def _place(access: Access, path: str, facts: Facts) -> Place:
    """Where a path lies; what `..` leads to from a project in scratch space is no scratch."""
    found = paths.place(path, facts)
    if found is Place.SCRATCH and any(paths.inside(facts.project, one) for one in facts.scratch):
        named = (access.attached or access.word.value or "", *access.word.could)
        if any(one.startswith("..") for one in named):
            return Place.OUTSIDE
    return found


def _holds_all(path: str) -> bool:
    """Whether a pattern takes in all that is in its folder (`/*`, `~/.[a-z]*`)."""
    name = posixpath.basename(path)
    return "*" in name and re.fullmatch(r"[*?.]*(?:\[[^]]*\])?[*?.]*", name) is not None


def _delete_tree(access: Access, path: str, facts: Facts) -> Finding | None:
    root = path
    glob = "glob" in access.word.dynamic or access.word.value is None or access.word.value == "{}"
    if glob and set(posixpath.basename(path)) <= set("*.?"):
        root = posixpath.dirname(path)  # `/usr/*` empties /usr
    many = root != path or any(sign in posixpath.basename(path) for sign in "*?[")
    folder = posixpath.dirname(path)
    some = many and paths.is_system_folder(folder) and folder != facts.project
    if paths.is_precious(root, facts) or some:
        return _finding(Verdict.DENY, "effect/destroys", access, path)
    found = _write(access, path, facts)
    if found is not None:
        return found
    if _place(access, root, facts) is Place.SCRATCH and root not in facts.scratch:
        return None
    if paths.is_build_output(root, facts):
        return None
    return _finding(
        Verdict.ASK, "effect/delete-tree", access, path, f"deletes {path} and all that is in it"
    )


def _finding(
    verdict: Verdict, rule: str, access: Access, path: str, reason: str = "", *, what: str = ""
) -> Finding:
    return Finding(
        verdict=verdict,
        rule=rule,
        reason=reason or f"{_VERBS[access.kind]} {path}{f', {what}' if what else ''}",
        firm=True,
        path=path,
        word=access.index,
    )
