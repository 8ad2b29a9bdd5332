"""Programs that wipe, format or divide disks, and which of their words is the disk.

One that changes a device of this machine is denied, also from a container that was given it.
So is one whose target is decided at run time (`mkfs.ext4 "$DISK"`): such a program is made for
disks.  What is known to be a file of the project or of scratch space is no disk.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from aileron.model import Facts
from aileron.policy import paths
from aileron.policy.finding import Finding, deny
from aileron.policy.paths import Place
from aileron.policy.shape import Container, Shape
from aileron.policy.tables import names
from aileron.shell.reading import ANYTHING, Word

RULE = "effect/device"

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """`changes` are the words with one of which it changes a disk (none: always), `looks` those
    with which it does not; `target` says which words may be the disk: "all", "last", "first";
    `unknown` that one decided at run time is taken for a disk."""

    changes: frozenset[str] = _NONE
    looks: frozenset[str] = _NONE
    target: str = "all"
    unknown: bool = True


_HELP = names("--help -h --version -V")
_FORMATS = Tool(target="last", looks=_HELP | {"-N", "-n"})
TOOLS: dict[str, Tool] = {
    **dict.fromkeys(names("mkfs mke2fs mkntfs mkdosfs newfs mkswap"), _FORMATS),
    "blkdiscard": Tool(target="last", looks=_HELP),
    "wipefs": Tool(
        target="last", changes=names("-a --all -o --offset -f --force"), looks=names("-n --no-act")
    ),
    "badblocks": Tool(target="last", changes=names("-w -n")),
    "shred": Tool(target="last", looks=names("-u --remove") | _HELP),
    "sgdisk": Tool(
        looks=names("-p --print -i --info -v --verify -b --backup -O --print-mbr -P --pretend")
        | _HELP,
        target="last",
    ),
    **dict.fromkeys(
        names("fdisk sfdisk cfdisk gdisk cgdisk"),
        Tool(looks=names("-l --list -s -d --dump -x -J --json -F -V --verify -n") | _HELP),
    ),
    "parted": Tool(
        changes=names("rm mklabel mktable mkpart resizepart rescue move"), target="first"
    ),
    "mdadm": Tool(changes=names("--zero-superblock --create -C --fail --remove"), unknown=False),
    "cryptsetup": Tool(changes=names("luksFormat erase luksErase reencrypt"), target="second"),
    "qemu-img": Tool(changes=names("convert dd"), target="last", unknown=False),
    "hdparm": Tool(
        changes=names("""
            --security-erase --security-erase-enhanced --trim-sector-ranges --write-sector
            --make-bad-sector --repair-sector --sanitize-block-erase --sanitize-crypto-scramble
            --sanitize-overwrite --fwdownload
            """),
        target="last",
    ),
    "nvme": Tool(
        changes=names("format sanitize write write-zeroes write-uncor dsm delete-ns fw-commit"),
        target="second",
    ),
    "blkzone": Tool(changes=names("reset finish"), target="last"),
    "sg_format": Tool(),
    "sg_sanitize": Tool(),
    "ddrescue": Tool(target="second", unknown=False),
    "partclone": Tool(changes=names("-r -O -o --restore --overwrite --output"), unknown=False),
    "debugfs": Tool(changes=names("-w"), unknown=False),
    "tune2fs": Tool(looks=names("-l") | _HELP, unknown=False),
    "dd": Tool(unknown=False),
    "dcfldd": Tool(unknown=False),
}
_FAMILIES = re.compile(r"(mkfs|newfs|partclone)[._]\w+|g(dd|shred)")
# The start of a word that can only be a disk, or one of those there are.
_DISK = re.compile(r"/dev/(?:[^\w/]|(?:sd|hd|vd|xvd|nvme|mmcblk|md|dm-|disk/|mapper/))")
_NO_DISK = re.compile(r"(?i)loop|tty|pts|zram|nbd|ram\d")


def _tool(shape: Shape) -> Tool | None:
    family = _FAMILIES.fullmatch(shape.base)
    return TOOLS.get(shape.base) or (TOOLS.get(family[1] or family[2]) if family else None)


def is_tool(shape: Shape) -> bool:
    """Whether a command changes disks, if one is its target."""
    tool = _tool(shape)
    return tool is not None and _changes(tool, shape)


def judge(shape: Shape, facts: Facts) -> Iterator[Finding]:
    tool = _tool(shape)
    if tool is not None and _changes(tool, shape):
        disk = next((one for one in _targets(tool, shape) if _is_disk(one, shape, facts)), None)
        if disk is not None:
            yield deny(RULE, f"{shape.base} changes {disk.source}, a device")
            return
        unknown = _unknown(tool, shape, facts)
        if unknown is not None:
            yield deny(RULE, f"{shape.base} is made for devices, and may get one: {unknown.source}")
            return
    for redirect in shape.command.redirects:
        if redirect.op in (">", ">>", ">|", "<>", "&>") and _may_be_disk(redirect.target, ""):
            yield deny(RULE, f"writes a device: {redirect.target.source}")


def _changes(tool: Tool, shape: Shape) -> bool:
    given = {(word.value or "").partition("=")[0] for word in shape.command.words[1:]}
    letters = {f"-{one}" for text in given if re.fullmatch(r"-[A-Za-z]+", text) for one in text[1:]}
    if (given | letters) & tool.looks:
        return False
    return not tool.changes or bool((given | letters) & tool.changes)


def _targets(tool: Tool, shape: Shape) -> Sequence[Word]:
    """The words that may be the disk, where they are known to be one."""
    words = shape.command.words[1:]
    if shape.base in ("dd", "dcfldd", "gdd") or (
        shape.base == "qemu-img" and any(word.value == "dd" for word in words)
    ):
        return [word for word in words if word.source.lstrip("\"'").startswith("of=")]
    if shape.base in ("qemu-img", "ddrescue"):
        return words[-1:] if shape.base == "qemu-img" else words[1:]
    return words


_PUT_IN = Word(source="what is put in", value=None)


def _unknown(tool: Tool, shape: Shape, facts: Facts) -> Word | None:
    """The word in the disk's place that is decided at run time."""
    words = [word for word in shape.command.words[1:] if not (word.value or "").startswith("-")]
    if shape.command.appended:
        put_in = replace(_PUT_IN, could=shape.command.inputs)
        hole = [at for at, word in enumerate(words) if word.value == "{}"]
        words = [put_in if at in hole else word for at, word in enumerate(words)]
        words += [] if hole else [put_in]
    if not tool.unknown or not words or shape.container is not None:
        return None
    place = {"last": words[-1:], "first": words[:1], "second": words[1:2]}.get(tool.target, words)
    for word in place:
        if word.value is not None or not word.source or _NO_DISK.search(word.source):
            continue
        found = paths.all_of_word(word, shape.cwds, facts)
        if not found or any(
            one == ANYTHING or paths.place(one, facts) not in (Place.PROJECT, Place.SCRATCH)
            for one in found
        ):
            return word
    return None


def _is_disk(word: Word, shape: Shape, facts: Facts) -> bool:
    text = word.value if word.value is not None else ""
    start = "of=" if text.startswith("of=") or word.source.lstrip("\"'").startswith("of=") else ""
    for one in (text,) if text else word.could:
        path = paths.absolute(one.removeprefix(start), shape.cwd, facts)
        if path is None or path == ANYTHING:
            continue
        path = _outside(path, shape.container)
        if path is not None and paths.place(path, facts) is Place.DEVICE and path != "/dev":
            return not _NO_DISK.search(posixpath.basename(path))
    return shape.container is None and _may_be_disk(word, start)


def _may_be_disk(word: Word, start: str) -> bool:
    """`/dev/$DISK`: which one it is, only the run tells."""
    if word.value is not None:
        return False
    text = re.sub(r"[\"']", "", word.source).removeprefix(start)
    return _DISK.match(text) is not None and not _NO_DISK.search(text)


def _outside(path: str, container: Container | None) -> str | None:
    """What a path in a container is on this machine, None where it is the container's own."""
    if container is None:
        return path
    for mount in container.mounts:
        if mount.source and paths.inside(path, mount.target):
            return paths.join(mount.source, "./" + path[len(mount.target.rstrip("/")) :])
    return None
