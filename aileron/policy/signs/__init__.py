"""Code given to an interpreter that plainly does what is denied in a shell.

The rule: a program that is not proven harmless asks.  One that runs decoded or fetched text,
gives a shell to a connection, starts itself without end, deletes the root, a home or a system
folder, sends a credential or the whole environment to another machine, writes a disk, or
changes Aileron's own files, speaks to it or ends its processes is denied.  Only what the program
does counts: text that mentions these things is a string, and a value is followed from where it
comes from to where it goes.

What is not followed gives no sign, and asks as before: nothing is allowed by this.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterable

from aileron.model import Facts
from aileron.policy import network, paths
from aileron.policy.finding import Finding, deny
from aileron.policy.paths import Place
from aileron.policy.signs.tables import TEXTS
from aileron.policy.signs.values import Sign

LIMIT = 16 * 1024  # characters of a program that is looked into
# A program without one of these words does nothing that is looked for.
_WORTH = re.compile(
    r"(?i)eval|exec|system|spawn|popen|fork|compile|function|load|include|require|assert|instance_"
    r"|rm|delete|remove|unlink|rmtree|rmdir|write|open|put|append|rename|move|copy|cp|mv|touch|link"
    r"|socket|inet|http|fetch|post|send|request|connect|url|ftp|smtp|dns|process|subprocess|getoutput"
    r"|__import__|builtins|getattr|`|%x|qx|/e|boto|ee|spew|passthru|mail|shell|opt|interact|aileron"
)
_DISK = re.compile(r"/dev/(?:(?:s|h|v|xv)d[a-z]|nvme|mmcblk|disk|dm-|mapper/|md\d|k?mem$|port$)")
_KINDS = {
    "decoded": ("structural/decoded-execution", "the program runs decoded text"),
    "fetched": ("structural/remote-substitution", "the program runs text from the network"),
    "piped": ("structural/pipe-to-shell", "the program pipes text from the network into a shell"),
    "reverse-shell": ("structural/reverse-shell", "the program gives a shell to a connection"),
    "fork-bomb": ("structural/fork-bomb", "the program starts itself without end"),
    "ends-own": ("effect/own-process", "the program acts on what guards this session"),
}
_ADVICE = {
    "decoded": "write the program out as it is",
    "fetched": "fetch to a file, read it, then use it",
}


@functools.lru_cache(256)
def signs(language: str, code: str, home: str) -> tuple[Sign, ...]:
    """What a program plainly does; paths as it says them."""
    if len(code) > LIMIT or not _WORTH.search(code):
        return ()
    if language == "python":
        from aileron.policy.signs import own, python, sweeps  # loaded when it is first needed

        return python.signs(code, home) + own.signs(language, code) + sweeps.signs(code)
    if language == "awk":
        return _awk(code)
    if language in TEXTS:
        from aileron.policy.signs import own, sweeps, text, uploads

        family = text.FAMILY.get(language, language)
        found = text.signs(language, code, home) + uploads.signs(family, code, home)
        return found + own.signs(family, code) + sweeps.signs(code)
    return ()


_INET = re.compile(r"(?:(\w+)\s*=\s*)?\"/inet[46]?/(?:tcp|udp)/\w*/([^/\"]*)")
_LINES = re.compile(r"\bgetline\b[^;)]*<\s*\"([^\"]+)\"")
_RUNS = re.compile(r"\bsystem\s*\(|\(?\b(\w+)\s*\|&?\s*getline")

_FETCHES = re.compile(r"\"[^\"]*\b(?:curl|wget|fetch|ncat|nc|lynx)\s")
_RUNS_TEXT = re.compile(r"\bsystem\s*\(\s*[\w$]|\|\s*\"[^\"]*\b(?:ba|da|z|k)?sh\b[^\"]*\"")


def _awk(code: str) -> tuple[Sign, ...]:
    """An awk program that runs what a connection or a fetch says, or sends a file or the
    environment."""
    if _FETCHES.search(code) and re.search(r"\bgetline\b", code) and _RUNS_TEXT.search(code):
        return (Sign("fetched"),)
    connections = _INET.findall(code)
    names = {name for name, _ in connections}
    if not connections:
        return ()
    found = []
    if any(one[1] not in names for one in _RUNS.finditer(code)):
        found.append(Sign("reverse-shell"))
    if re.search(r"\bin\s+ENVIRON\b", code) and not network.is_local(connections[0][1]):
        found.append(Sign("send", "environment", connections[0][1]))
    if not network.is_local(connections[0][1]):
        found += [Sign("send", path, connections[0][1]) for path in _LINES.findall(code)]
    return tuple(found)


def judge(language: str, code: str, folder: str | None, facts: Facts) -> Iterable[Finding]:
    """The denies that a program given in a command deserves; `folder` is where it starts."""
    for sign in signs(language, code, facts.home):
        found = finding(sign, folder, facts)
        if found is not None:
            yield found


def finding(sign: Sign, folder: str | None, facts: Facts) -> Finding | None:
    """The deny that a sign deserves, if it does; `folder` is where the program starts."""
    if sign.kind in _KINDS:
        rule, reason = _KINDS[sign.kind]
        return deny(rule, reason, message=_ADVICE.get(sign.kind, ""))
    if sign.kind == "send" and sign.value == "environment":
        what = "the environment, with all the keys in it"
        return deny("structural/secret-to-network", f"the program would send {what}")
    path = paths.absolute(sign.value, folder, facts)
    if path is None:
        return None
    if sign.kind == "send":
        if paths.place(path, facts) in (Place.CREDENTIAL, Place.SECRET):
            return deny("structural/secret-to-network", f"the program would send {path}")
        return None
    if sign.kind == "connect":
        if paths.place(path, facts) is Place.AILERON:
            return deny("effect/own-files", f"the program connects to {path}, Aileron's own")
        return None
    return _changed(sign.kind, path, facts)


def _changed(kind: str, path: str, facts: Facts) -> Finding | None:
    """What is denied about a path that the program writes or deletes."""
    deletes = kind in ("delete", "clear")
    root = posixpath.dirname(path) if set(posixpath.basename(path)) <= set("*.?") else path
    if deletes and paths.is_precious(root or "/", facts):
        return deny("effect/destroys", f"the program deletes {path}")
    if paths.is_policy_file(path, facts) or paths.place(path, facts) is Place.AILERON:
        return deny("effect/own-files", f"the program changes {path}, Aileron's own")
    if kind == "write" and _DISK.match(path):
        return deny("effect/device", f"the program writes {path}")
    return None
