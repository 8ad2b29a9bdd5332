"""The files that a sending command hands over, and whether that leaves this machine.

A file may stand as a word, as an option's value, behind a mark (`f=@x`, `x@f`, `<f`,
`fileb://f`), or in the text that a client is given (`put x`, `mirror -R x`, `\\copy … from 'x'`):
as a word, a here-document, or what `echo` pipes into it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from aileron.model import Facts
from aileron.policy import paths
from aileron.policy.connections import is_here as is_here_by_host
from aileron.policy.network import addresses
from aileron.policy.senders import Sender, says, sets_up
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.policy.usage import Access
from aileron.shell.reading import ANYTHING, Word

_MARK = re.compile(r"[@<]|fileb?://|(?:FILE|OPEN|GOPEN):", re.IGNORECASE)
_ALTERNATIVES = re.compile(r"[{},]")  # `curl -T '{a,b}'`
_ENDS = re.compile(r"[;#]|:(?=[a-z]+/)")  # behind a file: its type, its label
_REMOTE = re.compile(r"[a-z][\w+.-]*://|[^/:\s]+:|[\w.-]+/[\w.-]+:|\$\{?\w+\}?:", re.IGNORECASE)
_LOCAL_HOST = re.compile(
    r"(?:[a-z][\w+.-]*://)?(?:[^@/]*@)?(?:[a-z0-9-]+:)?"
    r"(?:localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[?::1\]?)(?:[:/?#,][^@]*)?$",
    re.IGNORECASE,
)
_WITH_HOST = re.compile(r"[a-z][\w+.-]*://[^/]|[\w.-]+@[\w.-]+", re.IGNORECASE)
_DETOURS = names("-x --proxy --resolve --connect-to --preproxy -J -o --unix-socket")
_HOST_SETTING = re.compile(r"\bhost(?:addr)?=([^\s;&]+)")
_PUT = re.compile(
    r"(?:^|(?<=[\n;|&,]))[\s\"']*(?:(?:m?put|reput|send(?:_\w+)?|append|queue\s+put|put-file)\b"
    r"|mirror\b(?=[^\n;]*\s(?:-\w*R|--reverse)))([^\n;|&]*)",
    re.MULTILINE | re.IGNORECASE,
)
_LOCAL_FOLDER = re.compile(r"(?:^|[\n;])\s*lcd\s+([^\s;]+)", re.IGNORECASE)
_LOADS = re.compile(
    r"\\copy|\\i\b|\\!|\\o\b|infile|\bsource\b|\.import|\.read|readFile|\bcat\(", re.I
)
_WEB_COMMANDS = re.compile(
    r"Invoke-(?:WebRequest|RestMethod)|\b(?:iwr|irm|curl|wget)\b|Upload(?:File|String|Data)"
    r"|Send-MailMessage|TcpClient|Start-BitsTransfer",
    re.IGNORECASE,
)
_INTO_FILE = re.compile(r"-(?:OutFile|Destination)\s+\S+|Out-File\s+\S+|>\s*\S+", re.IGNORECASE)
_SETTING = re.compile(r"@([^\s\"']+)|^\s*(?:-T|(?:--)?upload-file)\s*[=: ]\s*\"?([^\s\"]+)", re.M)
_VERBS = names("cp mv sync scp copy rsync mirror")
_TOKEN = re.compile(r"[^\s\"'`(){}|;,&]+")


def texts(word: Word) -> tuple[str, ...]:
    """What a word may be, as far as that is known; `$HOME` as a tilde."""
    if word.value is not None:
        return (word.value,)
    known = tuple(one for one in word.could if one != ANYTHING)
    return known or (_with_home(word.home or word.source),)


def _with_home(source: str) -> str:
    return re.sub(r"\$(?:HOME\b|\{HOME\})", "~", source).strip("\"'")


def files(
    shape: Shape,
    sender: Sender,
    fed: Sequence[Shape],
    facts: Facts,
    written: Callable[[str], str] = lambda path: "",
) -> Iterator[str]:
    """Every path that the command may send; `fed` are those that pipe into it, `written` tells
    what the same text wrote into a file."""
    if shape.command.appended:
        for one in shape.command.inputs:
            yield from _absolute(one, shape, facts)
    if sender.copies:
        yield from _copied(shape, sender, facts)
        return
    for word, kind in given(shape, sender):
        if kind == "file":
            yield from paths.all_of_word(word, shape.cwds, facts)
        for text in texts(word) if kind != "text" else ():
            if "\n" in text or (kind == "file" and " " in text):
                continue
            is_address = "://" in text and not text.startswith("file")
            pieces = [] if is_address else _MARK.split(text)[1:]
            pieces += _ALTERNATIVES.split(text) if kind == "file" else []
            for piece in pieces:
                yield from _absolute(_ENDS.split(piece)[0], shape, facts)
    if any(re.match(r"-\w*K|--config", word.value or "") for word in shape.command.words):
        for document in (*_documents(shape), *map(said_by, fed)):
            for found in _SETTING.findall(document):
                yield from _absolute(found[0] or found[1], shape, facts)
    yield from _spoken(shape, sender, fed, facts, written)


def _absolute(text: str, shape: Shape, facts: Facts) -> Iterator[str]:
    if not text or "://" in text or text == ANYTHING:
        return
    for folder in shape.cwds or (facts.project,):  # wherever it is, its name tells enough
        path = paths.absolute(text, folder, facts)
        if path is not None and path != ANYTHING:
            yield path


def given(shape: Shape, sender: Sender) -> Iterator[tuple[Word, str]]:
    """The words of a command that may be sent, each with what it is: a "file", a text that may
    hold a "marked" one, or a "text"."""
    plain = "file" if sender.operands else "marked"
    pending = ""
    skipped = sender.skip
    options = True
    for word in shape.command.words[1:]:
        text = word.value if word.value is not None else word.prefix
        flag, pending = pending, ""
        if flag and sets_up(flag, sender):
            continue
        if flag and not text.startswith("-"):
            yield word, _kind(flag, sender)
        elif options and text == "--":
            options = False
        elif options and len(text) > 1 and text[0] == "-":
            flag, equals, _ = text.partition("=")
            short = text[:2]
            if equals:
                if not sets_up(flag, sender):
                    rest = tuple(one.partition("=")[2] for one in texts(word))
                    yield replace(word, value=None, could=rest), _kind(flag, sender)
                continue
            if text[1] != "-" and (len(text) > 2 or word.value is None):  # `-F.env`, `-d@.env`
                if not sets_up(flag, sender) and not sets_up(short, sender):
                    rest = tuple(one[2:] for one in texts(word))
                    kind = "marked" if short not in sender.files | sender.texts else None
                    yield replace(word, value=None, could=rest), kind or _kind(short, sender)
                if word.value is None:
                    continue
            pending = flag
        elif skipped and word.value is not None:
            skipped -= 1
        else:
            yield word, plain


def _kind(flag: str, sender: Sender) -> str:
    if says(flag, sender):
        return "text"
    return "file" if sender.operands or flag in sender.files else "marked"


def _copied(shape: Shape, sender: Sender, facts: Facts) -> Iterator[str]:
    """What a copier takes elsewhere: all that stands before the last word that is another
    machine, and what a pattern chooses there (`--include '.env*'`)."""
    for word in [*_sources(shape, sender), *_chosen(shape)]:
        if word.value is None or not _REMOTE.match(word.value):
            found = paths.all_of_word(word, shape.cwds, facts)
            yield from found
            if word.value is None and not found:  # `~/.ssh/$f`
                yield from _absolute(_with_home(word.source), shape, facts)


def _sources(shape: Shape, sender: Sender) -> list[Word]:
    plain = [word for word, _ in given(shape, sender) if not _is_option(word)]
    if sender.skip and plain and plain[0].value in _VERBS:
        plain = plain[1:]
    ends = [at for at, word in enumerate(plain) if _is_elsewhere(word, shape)]
    return plain[: ends[-1]] if ends else []


def _chosen(shape: Shape) -> Iterator[Word]:
    for before, word in itertools.pairwise(shape.command.words):
        if before.value == "--include":
            yield word
        elif before.value in ("-f", "--filter") and (word.value or "").startswith("+ "):
            pattern = (word.value or "")[2:]
            yield Word(source=pattern, value=None, could=(pattern,))
        elif (word.value or "").startswith("--include="):
            pattern = (word.value or "").partition("=")[2]
            yield Word(source=pattern, value=None, could=(pattern,))


def goes_elsewhere(shape: Shape, sender: Sender) -> bool:
    """Whether what a command sends leaves this machine, as far as its words say."""
    if sender.copies:
        plain = [word for word, _ in given(shape, sender) if not _is_option(word)]
        return any(_is_elsewhere(word, shape) for word in plain)
    if shape.names & {"nc", "ncat", "netcat"} and any(
        re.fullmatch(r"-\w*U|--unixsock", word.value or "") for word in shape.command.words
    ):
        return False
    said = [one.value or one.prefix for one in shape.command.words[1:]]
    if sender.hosts:
        return any(_names_host(shape, sender))
    if {one.partition("=")[0] for one in said} & _DETOURS:
        return True
    found = addresses(shape)
    if found is not None:
        return not found or not all(
            one.value is not None and _LOCAL_HOST.match(one.value) for one in found
        )
    local = any(_LOCAL_HOST.match(one) for one in said)
    return not local or any(_WITH_HOST.match(one) and not _LOCAL_HOST.match(one) for one in said)


def _is_option(word: Word) -> bool:
    return (word.value or word.prefix).startswith("-") and word.value != "-"


def _is_elsewhere(word: Word, shape: Shape) -> bool:
    if word.value is None:
        return not word.could or any(_REMOTE.match(one) for one in (word.source, *word.could))
    if shape.names & {"mc"}:
        return word.value[:1] not in "./~"
    return _REMOTE.match(word.value) is not None and not _LOCAL_HOST.match(word.value)


def _names_host(shape: Shape, sender: Sender) -> Iterator[bool]:
    """Whether each host that a database's client, or the like, is given is another machine."""
    pending = ""
    for word in shape.command.words[1:]:
        text = word.value if word.value is not None else word.prefix
        flag, equals, attached = text.partition("=")
        if pending in sender.hosts and pending:
            found = word.value is None or not is_here_by_host(text)
            yield (
                found and not (text[:1] in "./~" and text)
                if "://" not in text
                else (not _LOCAL_HOST.match(text))
            )
        elif equals and flag in sender.hosts:
            yield not is_here_by_host(attached) and attached[:1] not in "./~"
        elif text[:2] == "-h" and text[:2] in sender.hosts and len(text) > 2:
            yield not is_here_by_host(text[2:])
        elif re.match(r"[a-z][\w+.-]*://", text, re.I):
            yield not _LOCAL_HOST.match(text)
        elif re.match(r"[\w.-]+@[\w.-]+:", text):
            yield True
        else:
            for host in _HOST_SETTING.findall(text):
                yield not is_here_by_host(host)
        pending = text if text.startswith("-") else ""


def _spoken(
    shape: Shape,
    sender: Sender,
    fed: Sequence[Shape],
    facts: Facts,
    written: Callable[[str], str],
) -> Iterator[str]:
    """The files that a text names which the client is told to follow."""
    if not sender.speaks:
        return
    if sender.speaks == "transfer":
        said = [_said(shape), *_documents(shape), *map(said_by, fed)]
        batches = [*shape.command.words[1:], *(one.target for one in shape.command.redirects)]
        for word in batches:
            said += [written(one) for one in paths.all_of_word(word, shape.cwds, facts)]
        for text in said:
            folder = _LOCAL_FOLDER.search(text)
            for piece in _PUT.findall(text):
                for token in _tokens(piece):
                    yield from _absolute(token, shape, facts)
                    if folder is not None:
                        yield from _absolute(f"{folder[1]}/{token}", shape, facts)
        return
    for word in shape.command.words[1:]:
        for text in texts(word) if "command" not in word.dynamic else ():
            if sender.speaks == "powershell":
                text = _INTO_FILE.sub("", text) if _WEB_COMMANDS.search(text) else ""
                text = re.sub(r"\$(?:env:)?(?:HOME|USERPROFILE)\b", "~", text, flags=re.I)
                for token in _tokens(text.replace("\\", "/")):
                    yield from _absolute(token, shape, facts)
                continue
            runs = sender.speaks == "shell" or _LOADS.search(text)
            for token in _tokens(text) if runs and " " in text else ():
                yield from _absolute(token, shape, facts)
    for text in _documents(shape):
        for token in _tokens(text) if _LOADS.search(text) else ():
            yield from _absolute(token, shape, facts)


def _tokens(text: str) -> list[str]:
    return [one for one in _TOKEN.findall(text) if not one.startswith("-")]


def _said(shape: Shape) -> str:
    """The words of a client, each option's text as a line of its own."""
    lines = []
    for word in shape.command.words[1:]:
        text = texts(word)[0]
        lines.append("\n" if re.fullmatch(r"-\w*[ecR]|--command|--eval", text) else f"{text} ")
    return "".join(lines)


def _documents(shape: Shape) -> Iterable[str]:
    for one in shape.command.redirects:
        if one.op in ("<<", "<<-", "<<<"):
            text = one.target.value
            yield text if text is not None else _with_home(one.target.source.lstrip("$"))


def said_by(shape: Shape) -> str:
    """What `echo` or `printf` print, near enough."""
    if not shape.names & {"echo", "printf", "cat"}:
        return ""
    words = [texts(word)[0] for word in shape.command.words[1:]]
    words = [one for one in words if not re.fullmatch(r"-[neE]+", one)]
    text = " ".join(words)
    if "printf" in shape.names and words:
        pieces = re.split(r"%[sbq]", words[0])
        more = words[len(pieces) :]  # for which the format is used again
        fitting = [*words[1 : len(pieces)], *[""] * len(pieces)]
        text = "".join(f"{piece}{one}" for piece, one in zip(pieces, fitting, strict=False))
        text = "\n".join([text, *more])
    return "\n".join([text.replace("\\n", "\n"), *_documents(shape)])


def handed(shape: Shape) -> list[Access]:
    """What a program that nothing is known of is given: it may well print it."""
    words = shape.command.words
    found = [
        Access("write", word, 0)
        for before, word in itertools.pairwise(words)
        if before.value in ("-o", "--output", "--out")
    ]
    for word, _ in given(shape, _ANY_PROGRAM):
        for text in texts(word):
            for piece in (text, *_MARK.split(text)[1:]):
                if piece and " " not in piece:
                    place = Word(source=piece, value=None, could=(piece,))
                    found.append(Access("read", word=place, index=0))
    return found


_ANY_PROGRAM = Sender()
