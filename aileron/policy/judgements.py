"""What is judged without a rule in a file: the ids, and what each is about.

`override` may name those that ask, whole; nobody lifts those that deny.  An id
with `*` stands for a family (`inline/python`, `environment/PATH`).
"""

from __future__ import annotations

import fnmatch

from aileron.model import Verdict

JUDGEMENTS: dict[str, tuple[Verdict, str]] = {
    "structural/pipe-to-shell": (Verdict.DENY, "feeds a program into a shell or an interpreter"),
    "structural/dynamic-eval": (Verdict.DENY, "evaluates text that is made at run time"),
    "structural/decoded-execution": (Verdict.DENY, "runs decoded text"),
    "structural/remote-substitution": (Verdict.DENY, "runs text fetched from the network"),
    "structural/fork-bomb": (Verdict.DENY, "starts itself without end"),
    "structural/reverse-shell": (Verdict.DENY, "gives a shell to another machine"),
    "structural/secret-to-network": (Verdict.DENY, "sends a credential"),
    "effect/destroys": (Verdict.DENY, "deletes the root, a home or a system folder"),
    "effect/password-file": (Verdict.DENY, "touches the system's password or key store"),
    "effect/vital-file": (Verdict.DENY, "writes a file that the system's safety rests on"),
    "effect/device": (Verdict.DENY, "writes a device (reading one asks)"),
    "effect/own-files": (Verdict.DENY, "writes Aileron's files or a policy (reading them asks)"),
    "effect/credential": (Verdict.ASK, "reads or writes a credential"),
    "effect/startup-file": (Verdict.ASK, "writes a start-up or configuration file"),
    "effect/repository-internals": (Verdict.ASK, "writes into .git"),
    "effect/ci": (Verdict.ASK, "writes the CI configuration"),
    "effect/write-outside": (Verdict.ASK, "writes outside the project"),
    "effect/link-outside": (Verdict.ASK, "makes a link that leads outside the project"),
    "effect/delete-tree": (Verdict.ASK, "deletes a folder that is no build output"),
    "effect/unknown-path": (Verdict.ASK, "writes a path that is decided at run time"),
    "effect/terminal": (Verdict.ASK, "writes to the terminal itself"),
    "effect/network": (Verdict.ASK, "opens a connection from the shell"),
    "effect/own-variables": (Verdict.DENY, "sets Aileron's variables"),
    "effect/own-process": (Verdict.DENY, "ends Aileron's processes"),
    "effect/process": (Verdict.ASK, "ends a process that the command did not start"),
    "effect/upload": (Verdict.ASK, "sends to another machine"),
    "effect/local-data": (Verdict.ASK, "deletes from a database of this machine"),
    "effect/production": (Verdict.ASK, "changes data in production"),
    "effect/local-url": (Verdict.ASK, "reads an address that is not of the web"),
    "effect/run-download": (Verdict.ASK, "runs what the same command fetched"),
    "effect/written-task": (Verdict.ASK, "writes a Makefile or package.json and runs it"),
    "package/unknown": (
        Verdict.ASK,
        "installs a package that neither project nor many others name",
    ),
    "package/source": (Verdict.ASK, "installs from a registry that is not widely known"),
    "container/reach": (Verdict.ASK, "gives a container more of this machine than its own"),
    "container/unread": (Verdict.ASK, "starts a container with words that are not known"),
    "database/reads": (Verdict.ALLOW, "only reads a database of this machine"),
    "database/file": (Verdict.ALLOW, "works on a database in a file of the project"),
    "database/changes": (Verdict.ASK, "does more with a database than read it, or elsewhere"),
    "inline/*": (Verdict.ASK, "runs code given in the command itself (inline/python …)"),
    "environment/*": (Verdict.ASK, "sets a variable that changes what programs do"),
}

# The asks that an allow of the command lifts; of the others only one that names the path does.
SOFT = frozenset(
    {"inline/*", "effect/upload", "effect/local-url", "effect/local-data", "effect/production"}
    | {"package/unknown", "package/source"}
)


def find(name: str) -> Verdict | None:
    """What a judgement of this id says; None if there is none."""
    if name in JUDGEMENTS:
        return JUDGEMENTS[name][0]
    for pattern, (verdict, _) in JUDGEMENTS.items():
        if "*" in pattern and "*" not in name and fnmatch.fnmatchcase(name, pattern):
            return verdict
    return None


def family(name: str) -> str:
    """The id above under which a judgement is listed, "" if there is none."""
    if name in JUDGEMENTS:
        return name
    return next((one for one in JUDGEMENTS if "*" in one and fnmatch.fnmatchcase(name, one)), "")
