"""What the operands and options of file programs mean: read, written or deleted.

One line a program; a program that is not here has no known effect on files.
`reads`, `writes` and `deletes` say which operands: "all", "first", "last",
"but first" or "but last".  `skip` operands in front are no files (a pattern, a
mode), unless one of the options in `instead` has already given them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from aileron.policy import archives, clusters
from aileron.policy.tables import names
from aileron.shell import listing
from aileron.shell.reading import SimpleCommand, Word

_ALWAYS = frozenset({""})


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    reads: str = ""
    writes: str = ""
    deletes: str = ""
    names: str = ""
    links: str = ""
    clears: str = ""
    skip: int = 0
    instead: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()  # options with a value that is no file
    read_values: frozenset[str] = frozenset()
    write_values: frozenset[str] = frozenset()  # … whose value is written
    target_values: frozenset[str] = frozenset()  # … and then every operand is a source
    tree: frozenset[str] = frozenset()  # options that make it take whole trees
    here: frozenset[str] = frozenset()  # options that write into the current folder ("": always)
    in_place: frozenset[str] = frozenset()  # options that write the operands back
    pairs: bool = False  # operands of the form if=FILE of=FILE
    remote: bool = False  # operands with a host in front (host:file) are no files of ours
    valued: frozenset[str] = field(init=False, default=frozenset())

    @property
    def takes_files(self) -> bool:
        """Whether operands, not only values of options, are files."""
        sides = (self.reads, self.writes, self.deletes, self.names, self.links, self.clears)
        return any(sides) or self.pairs or bool(self.in_place)

    def __post_init__(self) -> None:
        every = self.values | self.read_values | self.write_values | self.target_values
        object.__setattr__(self, "valued", every)


@dataclass(frozen=True, slots=True)
class Access:
    """One file that a command would touch.

    `kind` is read, write, delete, name (mentioned, perhaps written), link (what
    a new link leads to) or clear (some of what is in it is deleted).

    `index` is the word's place in the command (0 for a redirection); `attached`
    is the path where it is only a part of the word (`of=x`, `--output=x`).
    """

    kind: str
    word: Word
    index: int
    attached: str | None = None
    tree: bool = False


_READ = Usage(reads="all")
_READ_N = Usage(reads="all", values=names("-n -c --lines --bytes -w -s -N -j -t -A"))
_GREP = Usage(
    reads="all",
    skip=1,
    instead=names("-e --regexp -f --file"),
    values=names(
        "-e --regexp -m --max-count -A -B -C --include --exclude --exclude-dir -g --glob"
        " -t --type -T --type-not --color --context --after-context --before-context"
    ),
    read_values=names("-f --file"),
)
_COPY = Usage(
    reads="but last",
    writes="last",
    values=names("-S --suffix -m --mode -o --owner -g --group"),
    target_values=names("-t --target-directory"),
)
_CHANGE = Usage(writes="all", skip=1, instead=names("--reference"))
_COMPILER = Usage(write_values=names("-o --output --out --outfile --output-file"))

USAGES: dict[str, Usage] = {
    **dict.fromkeys(
        names(
            "cat tac less more bat batcat strings od hexdump base64 base32 md5sum sha1sum sha224sum"
            " sha256sum sha384sum sha512sum b2sum cksum paste join comm diff cmp fold fmt"
            " column rev zcat bzcat xzcat zless gunzip source . xclip pbcopy view"
        ),
        _READ,
    ),
    **dict.fromkeys(names("head tail nl wc expand unexpand tailf"), _READ_N),
    "cut": Usage(
        reads="all", values=names("-b -c -d -f --bytes --characters --delimiter --fields")
    ),
    **dict.fromkeys(names("grep egrep fgrep zgrep rg ag ack ugrep"), _GREP),
    "sort": Usage(
        reads="all",
        values=names("-k --key -t --field-separator -S --buffer-size --parallel"),
        write_values=names("-o --output"),
    ),
    "uniq": Usage(reads="first", writes="but first", values=names("-f -s -w")),
    "xxd": Usage(reads="first", writes="but first", values=names("-c -l -s -g -o -n")),
    "perl": Usage(
        reads="all",
        skip=1,
        instead=names("-e -E"),
        values=names("-e -E -I -M -m -F -C -x"),
        in_place=names("-i"),
    ),
    "sed": Usage(
        reads="all",
        skip=1,
        instead=names("-e --expression -f --file"),
        values=names("-e --expression -l --line-length"),
        read_values=names("-f --file"),
        in_place=names("-i --in-place"),
    ),
    **dict.fromkeys(
        names("awk gawk mawk nawk"),
        Usage(
            reads="all",
            skip=1,
            instead=names("-f --file"),
            values=names("-F -v --field-separator --assign"),
            read_values=names("-f --file"),
        ),
    ),
    "jq": Usage(reads="all", skip=1, instead=names("-f --from-file"), read_values=names("-f")),
    "tee": Usage(writes="all"),
    "cp": _COPY,
    "install": _COPY,
    "mv": replace(_COPY, deletes="but last"),
    "ln": replace(_COPY, links="but last"),
    "rsync": Usage(
        reads="but last",
        writes="last",
        values=names("-e --rsh --exclude --include --exclude-from --include-from -f --filter"),
        remote=True,
    ),
    "scp": Usage(
        reads="but last", writes="last", values=names("-i -P -F -o -l -c -J -S"), remote=True
    ),
    "rm": Usage(deletes="all", tree=names("-r -R --recursive")),
    "rmdir": Usage(deletes="all"),
    "unlink": Usage(deletes="all"),
    "shred": Usage(writes="all", deletes="all", values=names("-n -s --iterations --size")),
    "trash": Usage(deletes="all"),
    "touch": Usage(
        writes="all", values=names("-d --date -t --time"), read_values=names("-r --reference")
    ),
    "mkdir": Usage(writes="all", values=names("-m --mode")),
    "mkfifo": Usage(writes="all", values=names("-m --mode")),
    "truncate": Usage(writes="all", deletes="all", values=names("-s --size -r --reference")),
    "split": Usage(reads="first", writes="but first", values=names("-l -b -n -a -C")),
    "chmod": _CHANGE,
    "chown": _CHANGE,
    "chgrp": _CHANGE,
    "dd": Usage(pairs=True),
    "patch": Usage(writes="first", read_values=names("-i --input"), write_values=names("-o -d")),
    "tar -c": Usage(
        reads="all",
        write_values=names("-f --file"),
        values=names("-C --directory -T -X --exclude --exclude-from --files-from --transform"),
    ),
    "tar -x": Usage(
        read_values=names("-f --file"),
        write_values=names("-C --directory"),
        values=names(
            "-X -T -I -K -N --exclude --exclude-from --files-from --strip-components --transform"
            " --xform --use-compress-program --owner --group --mode --suffix"
        ),
        here=_ALWAYS,
    ),
    "tar -t": Usage(read_values=names("-f --file"), values=names("-C --directory")),
    "unzip": Usage(
        reads="first", write_values=names("-d"), values=names("-x -P -O -I"), here=_ALWAYS
    ),
    **dict.fromkeys(
        names("gzip bzip2 xz zstd lz4"),
        Usage(reads="all", writes="all", values=names("-S --suffix -T --threads")),
    ),
    "zip": Usage(writes="first", reads="but first", values=names("-x -i -n -P")),
    "curl": Usage(
        write_values=names("-o --output -c --cookie-jar -D --dump-header --output-dir"),
        read_values=names("-K --config -T --upload-file -b --cookie"),
        here=names("-O --remote-name --remote-name-all"),
    ),
    "wget": Usage(
        write_values=names("-O --output-document -o --output-file -P --directory-prefix"),
        read_values=names("--post-file --body-file -i --input-file"),
        here=_ALWAYS,
    ),
    "openssl": Usage(write_values=names("-out -keyout"), read_values=names("-in -inkey")),
    **dict.fromkeys(names("ed ex"), Usage(writes="all", values=names("-p -c"))),
    "sponge": Usage(writes="all"),
    "git worktree": Usage(skip=1, names="first", values=names("-b -B --reason")),
    "git format-patch": Usage(write_values=names("-o --output-directory --output")),
    **dict.fromkeys(
        names("convert magick montage composite"),
        Usage(
            reads="but last",
            writes="last",
            values=names(
                "-resize -quality -crop -rotate -density -geometry -background -gravity -extent"
                " -size -fill -font -pointsize -annotate -draw -format -depth -colorspace -blur"
                " -threshold -delay -loop -alpha -sample -scale -thumbnail -border -bordercolor"
                " -stroke -tile"
            ),
        ),
    ),
    **dict.fromkeys(
        names("mogrify optipng jpegoptim"),
        Usage(
            writes="all",
            values=names("-resize -quality -format -path -crop -rotate -density -depth -o -m -d"),
        ),
    ),
    "ffmpeg": Usage(
        writes="last",
        read_values=names("-i"),
        values=names(
            "-vf -af -c -c:v -c:a -b:v -b:a -r -s -ss -t -to -f -crf -preset -map -vcodec -acodec"
            " -codec -pix_fmt -movflags -filter_complex -threads -loglevel -v -q:v -q:a -vframes"
            " -frames:v -ar -ac -aspect -g -metadata -framerate -loop -sseof -fs -profile:v -level"
        ),
    ),
    "inkscape": Usage(
        reads="all",
        write_values=names("-o --export-filename --export-file"),
        values=names("-w -h -d --export-width --export-height --export-dpi"),
    ),
    "pandoc": Usage(
        reads="all",
        write_values=names("-o --output"),
        values=names("-f -t --from --to -r -w -V --variable -M --metadata -H -B -A --toc-depth"),
        read_values=names("--template --defaults -d --include-in-header --css -c --bibliography"),
    ),
    **dict.fromkeys(
        names("dot neato circo fdp sfdp twopi"),
        Usage(reads="all", write_values=names("-o")),
    ),
    **dict.fromkeys(
        names("pdftotext pdftoppm pdfimages qpdf ps2pdf"),
        Usage(reads="first", writes="but first", values=names("-f -l -r -x -y -W -H --pages")),
    ),
    **dict.fromkeys(
        names("cwebp dwebp avifenc rsvg-convert d2 mmdc wkhtmltopdf xsltproc"),
        Usage(
            reads="all",
            write_values=names("-o --output"),
        ),
    ),
    "yq": Usage(
        reads="all",
        skip=1,
        instead=names("-f --from-file"),
        read_values=names("-f --from-file"),
        in_place=names("-i --inplace --in-place"),
        values=names("-I --indent -p -o"),
    ),
    "git clone": Usage(
        writes="but first",
        values=names("-b --branch --depth -o --origin --filter -j --jobs --shallow-since"),
        here=_ALWAYS,
    ),
    "git rm": Usage(deletes="all"),
    "git mv": Usage(deletes="but last", writes="last"),
    "git restore": Usage(names="all", values=names("-s --source")),
    "git checkout": Usage(names="all", values=names("-b -B --orphan")),
    "git bundle": Usage(skip=1, writes="first"),
    "git archive": Usage(write_values=names("-o --output")),
    **dict.fromkeys(("7z a", "7za a", "7zz a", "rar a"), Usage(writes="first", reads="but first")),
    "7z": Usage(reads="", write_values=names("-o"), here=_ALWAYS),
    "7za": Usage(reads="", write_values=names("-o"), here=_ALWAYS),
    "pip install": Usage(write_values=names("-t --target --prefix --root --src")),
    "pip3 install": Usage(write_values=names("-t --target --prefix --root --src")),
    "find -exec": Usage(reads="leading"),
    "find -delete": Usage(clears="leading"),
    **dict.fromkeys(
        names("npm pnpm yarn"), Usage(write_values=names("--prefix --cwd --dir --modules-folder"))
    ),
    **dict.fromkeys(names("gcc g++ cc c++ clang clang++ rustc ld as javac tsc esbuild"), _COMPILER),
    "go build": Usage(write_values=names("-o")),
    "pg_dump": Usage(write_values=names("-f --file")),
    "virtualenv": Usage(writes="all", values=names("-p --python --prompt")),
}

_PAIRS = {"if=": "read", "of=": "write"}
_MODE = re.compile(r"-[rwxXstugo]+")
_TAR = (USAGES["tar -c"], USAGES["tar -x"], USAGES["tar -t"])
_UNKNOWN = Word(source="…", value=None, dynamic=frozenset({"parameter"}))


def accesses(command: SimpleCommand, names: frozenset[str]) -> list[Access]:
    """The files that a command's operands and options name, and what happens to them.

    A word that is decided at run time is listed too, as long as its program is
    known; the caller decides what an unknown path is worth.
    """
    usage, skip_words = usage_of(command, names)
    if usage is None:
        return []
    words = tuple(
        replace(word, value=word.could[0])
        if word.value is None and len(word.could) == 1 and word.could[0].startswith("-")
        else word
        for word in command.words
    )
    if usage is USAGES["find -delete"]:
        patterns = [Word(source=one, value=None, could=(one,)) for one in listing.found(words[1:])]
        cleared = [Access("clear", word, 0) for word in find_roots(command)]
        return cleared + [Access("delete", word, 0, tree=True) for word in patterns or [_UNKNOWN]]
    if usage in _TAR and len(words) > 1 and re.match(r"[a-zA-Z]", words[1].value or ""):
        # The old form: the first word is a cluster of options without its dash.
        first = replace(words[1], value=f"-{words[1].value}")
        words = (words[0], first, *words[2:])
    if usage is USAGES["tar -c"]:
        words = archives.moved(words)
    found: list[Access] = []
    operands: list[tuple[int, Word]] = []
    given = False  # an option that stands for the skipped operands
    tree = targeted = here = in_place = False
    options, pending = True, ""
    for index, word in enumerate(words[1 + skip_words :], start=1 + skip_words):
        value = word.value
        if pending:
            found += _option_value(usage, pending, word, index, None)
            pending = ""
        elif value is None and options and (flag := clusters.flag_of(usage.valued, word.prefix)):
            found += _option_value(
                usage, flag.rstrip("="), clusters.value_of(word, flag), index, None
            )
        elif value == "--" and options:
            options = False
        elif "chmod" in names and value is not None and _MODE.fullmatch(value):
            operands.append((index, word))
        elif value is not None and options and value.startswith("-") and len(value) > 1:
            flag, attached, pending = clusters.split(usage.valued, value)
            flags = {flag, *clusters.letters(value)}
            given |= bool(flags & usage.instead)
            tree |= bool(flags & usage.tree)
            targeted |= bool(flags & usage.target_values)
            here |= bool(flags & usage.here)
            in_place |= bool(flags & usage.in_place)
            if attached is not None:
                found += _option_value(usage, flag, word, index, attached)
        elif usage.pairs:
            if value is None and not word.could:
                kind = _PAIRS.get(word.source.lstrip("\"'")[:3])
                if kind:
                    found.append(Access(kind, word, index))
            for one in (value,) if value is not None else word.could:
                kind = _PAIRS.get(one[:3])
                if kind:
                    found.append(Access(kind, word, index, attached=one[3:]))
        else:
            operands.append((index, word))
    if not given:
        operands = operands[usage.skip :]
    if command.appended and not any(word.value == "{}" for _, word in operands):
        operands.append((0, replace(_UNKNOWN, could=command.inputs)))
    tree |= command.appended  # all that is found
    if usage.remote:
        local = [(at, word) for at, word in operands if not _is_remote(word)]
        if len(local) < len(operands) and operands and _is_remote(operands[-1][1]):
            found += [Access("read", word, at) for at, word in local]
            return found
        operands = [one for one in operands if one in local]
    for kind, which in (
        ("delete", usage.deletes),
        ("write", usage.writes),
        ("read", usage.reads),
        ("name", usage.names),
        ("link", usage.links),
        ("clear", usage.clears),
    ):
        everything = targeted and which == "but last"
        for index, word in operands if everything else _pick(operands, which, targeted):
            found.append(Access(kind, word, index, tree=tree))
    if "rsync" in names and any((word.value or "").startswith("--del") for word in words):
        found += [
            Access("delete", one.word, one.index, tree=True) for one in found if one.kind == "write"
        ]
    if "tar" in names and any(word.value == "--remove-files" for word in words):
        found += [Access("delete", one.word, one.index, tree=True) for one in found]
    if in_place:
        found += [Access("write", word, index) for index, word in operands]
    if usage in (USAGES["tar -x"], USAGES["unzip"]):
        where = (one for one in found if one.kind == "write")
        folder = next((one.attached or archives.text(one.word) for one in where), "")
        members = operands[1:] if "unzip" in names else operands
        found += [
            Access("write", word, at, attached=path)
            for at, word in members
            if (path := archives.member(folder, word))
        ]
    if (here or "" in usage.here) and names & {"curl", "wget"}:
        found += [Access("write", word, at, attached=_fetched(word)) for at, word in operands]
    if (here or "" in usage.here) and not any(one.kind == "write" for one in found):
        found.append(Access("write", Word(source=".", value="."), 0))
    return found


def _fetched(word: Word) -> str:
    """The file that an address is saved to: what stands behind its last slash."""
    path = (word.value or "").rpartition("://")[2].partition("?")[0]
    return path.partition("/")[2].rpartition("/")[2] or "index.html"


def find_roots(command: SimpleCommand) -> list[Word]:
    """Where a find command starts."""
    found: list[Word] = []
    for word in command.words[1:]:
        if word.value is not None and (word.value in ("(", "!") or word.value.startswith("-")):
            break
        found.append(word)
    return found or [Word(source=".", value=".")]


def _is_remote(word: Word) -> bool:
    return word.value is not None and re.match(r"[^/:]+:", word.value) is not None


def usage_of(command: SimpleCommand, names: frozenset[str]) -> tuple[Usage | None, int]:
    """What is known of a command's operands, and how many words stand before them."""
    second = command.words[1].value if len(command.words) > 1 else None
    if "find" in names:
        acts = listing.FIND_ACTS & set(command.argv)
        which = "-delete" if "-delete" in acts else "-exec"
        return (USAGES[f"find {which}"] if acts else None), 0
    if names & {"tar", "bsdtar", "gtar"}:
        given = [word.value or "" for word in command.words[1:]]
        flags = "".join(one for at, one in enumerate(given) if at == 0 or re.match(r"-\w", one))
        for mode, key in (("x", "-x"), ("t", "-t")):
            if mode in flags or f"--{'extract' if mode == 'x' else 'list'}" in given:
                return USAGES[f"tar {key}"], 0
        return USAGES["tar -c"], 0
    for name in names:
        if second and f"{name} {second}" in USAGES:
            return USAGES[f"{name} {second}"], 1
        if name in USAGES:
            return USAGES[name], 0
    return None, 0


def _option_value(
    usage: Usage, flag: str, word: Word, index: int, attached: str | None
) -> list[Access]:
    if flag in usage.write_values | usage.target_values:
        return [Access("write", word, index, attached=attached)]
    if flag in usage.read_values:
        return [Access("read", word, index, attached=attached)]
    return []


def _pick(operands: list[tuple[int, Word]], which: str, targeted: bool) -> list[tuple[int, Word]]:
    if which == "all":
        return operands
    if which == "leading":  # those before the first option: where find starts
        return [one for at, one in enumerate(operands, start=1) if one[0] == at]
    if which == "first":
        return operands[:1]
    if which == "but first":
        return operands[1:]
    if which == "last":
        return [] if targeted else operands[-1:]
    if which == "but last":
        return operands[:-1]
    return []
