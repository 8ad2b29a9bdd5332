"""A disk that the system itself names, and that a command then writes.

`lsblk`, `findmnt`, `blkid`, `df` and a listing of /dev print disks: what writes raw data to a
target that comes from them (`dd of=$(findmnt -no SOURCE /)`) is denied, though which of the
disks it is only the run tells.  What is only read from one is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aileron.policy import devices
from aileron.policy.finding import Finding, deny
from aileron.policy.flow import Flow
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Word

_NAMES = names("lsblk findmnt blkid df lsscsi swapon pvs zpool diskutil")
_WRITERS = names("dd dcfldd gdd shred tee cp wipefs blkdiscard scrub badblocks pv")
_WHOLE = re.compile(r"[\"']?(?:of=)?[\"']?(?:/dev/)?[$`]")  # the name itself, not `out-$d.txt`
_DEVICES = re.compile(r"/dev(/|$)|/sys/(class/)?block|/proc/(mounts|partitions)")


def judge(flow: Flow, index: int) -> Iterator[Finding]:
    shape = flow.shapes[index]
    if shape.container is not None:
        return
    written = [one.target for one in shape.command.redirects if one.op in (">", ">>", ">|", "<>")]
    tool = shape.base in _WRITERS or devices.is_tool(shape)
    if not tool and not written:
        return
    words = [word for word in shape.command.words[1:] if word.value is None or _hole(word, shape)]
    if shape.base in ("dd", "dcfldd", "gdd"):
        words = [word for word in words if re.match(r"[\"']?of=", word.source)]
    elif shape.base == "cp":
        words = words[-1:] if words and shape.command.words[-1] is words[-1] else []
    put_in = shape.command.appended and (shape.base != "dd" or bool(words))
    origins: set[int] = set()
    for word in (*(words if tool else ()), *written):
        if word.value is None and _WHOLE.match(word.source):
            origins |= flow.into(index, word)
            if word in written and word.dynamic & {"command"}:
                origins |= flow.loose()
    if put_in and tool:
        origins |= flow.piped(index)
    if any(_lists(flow.shapes[at]) for at in origins):
        yield deny(devices.RULE, f"{shape.base} writes the device that another command names")


def _hole(word: Word, shape: Shape) -> bool:
    return shape.command.appended and "{}" in (word.value or "")


def _lists(shape: Shape) -> bool:
    """Whether a command prints the names of disks."""
    if shape.names & _NAMES:
        return True
    if shape.base in ("fdisk", "sfdisk", "parted"):
        return any(re.match(r"-\w*l|--list", word.value or "") for word in shape.command.words[1:])
    return shape.base in ("ls", "find", "cat", "awk", "grep", "echo", "printf") and any(
        _DEVICES.match(word.value or word.source) for word in shape.command.words[1:]
    )
