"""Sending by the clients that everybody uses to fetch.

curl, wget and httpie are allowed to fetch.  What sends (a body, a form, a file,
a method other than GET or HEAD) asks, and asks inside an allowed program, too,
unless every address is this machine's own: a test against one's own server is
everyday work, but for deleting from a database there.  An address that is decided at
run time may be anybody's, and one that a command's output is a part of tells it to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aileron.policy.finding import Finding, ask
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Word

RULE = "effect/upload"

_HARMLESS_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_CURL_SENDS = names(
    "-d --data --data-raw --data-binary --data-urlencode --data-ascii --json -F --form"
    " --form-string -T --upload-file --mail-from --mail-rcpt -Q --quote"
)
_CURL_METHOD = names("-X --request")
_CURL_VALUES = names(
    "-A --user-agent -b --cookie -c --cookie-jar -C --continue-at -D --dump-header -e --referer"
    " -E --cert -H --header -K --config -m --max-time -o --output -r --range -u --user -U -w"
    " --write-out -x --proxy -y -Y -z --connect-timeout --retry --retry-delay --retry-max-time"
    " --resolve --cacert --capath --key --limit-rate --max-filesize --interface --output-dir"
    " --connect-to --unix-socket --oauth2-bearer --tls-max --ciphers --max-redirs -P -t"
)
_CURL_URL = names("--url")
_WGET_SENDS = names("--post-data --post-file --body-data --body-file")
_WGET_METHOD = names("--method")
_WGET_VALUES = names(
    "-O --output-document -o -a -P --directory-prefix -U --user-agent --header -T --timeout -t"
    " --tries -w --wait -Q -l --level -A -R -D -I -X --user --password -i --input-file --referer"
)
# Names that a compose file's network gives its containers: no name of the internet has no dot.
_SERVICES = (
    r"api|app|web|server|backend|frontend|client|worker|service|gateway|proxy|db|database|postgres"
    r"|mysql|mariadb|mongo|mongodb|redis|cache|elasticsearch|opensearch|kafka|rabbitmq|minio"
    r"|localstack|mock|mocks|wiremock|mailhog|mailpit|host\.docker\.internal"
)
_LOCAL = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?"
    r"(?:" + _SERVICES + r"|localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|0\.0\.0\.0|\[::1?\])"
    r"(?::\d+)?(?:[/?#].*)?$",
    re.IGNORECASE,
)
# Where databases listen that are spoken to as the web is.
_DATABASE = re.compile(
    r"(?:https?://)?(?:[^@/]*@)?[^/:]+:(?:9200|5984|6333|8086|8123|2379|8500|8529|7474|15672)(?:/|$)"
)
# A command's output as a part of the query, of the host's name, or made fit for an address.
_TELLS = re.compile(
    r"[?&=][^#]*(?:\$\(|`)|(?:\$\([^)]*\)|`[^`]*`)\.[a-z0-9-]+\."
    r"|\b(?:base64|base32|xxd|od|hexdump|gzip|bzip2|xz)\b"
)
_SAYS_LITTLE = re.compile(
    r"(?:\$\(|`)\s*(?:uname|arch|date|nproc|git (?:rev-parse|describe|branch|symbolic-ref)|jq -n?r"
    r"|printf|echo|cat [\w./-]*VERSION|node -p|cut|basename|seq|expr)\b[^|]*[)`]"
)
_OTHER_SCHEMES = ("file:", "scp:", "sftp:", "smb:", "ldap:", "dict:", "gopher:", "telnet:")
_HTTPIE_DATA = re.compile(r"[^=:@]+(=|:=|@|=@|:=@)(?!=).*", re.DOTALL)


def is_local(address: str) -> bool:
    """Whether an address is this machine's own."""
    return _LOCAL.match(address) is not None


def judge(shape: Shape) -> Iterable[Finding]:
    found = _sending(shape)
    if found is None:
        return
    sends, addresses = found
    if any((one.value or one.prefix).lower().startswith(_OTHER_SCHEMES) for one in addresses):
        yield ask("effect/local-url", f"{shape.name} reads by something other than the web")
    if any(map(_tells, addresses)):
        yield ask(RULE, f"{shape.name} sends what a command prints", outward=True)
    if not sends:
        return
    deletes = any(
        (one.value or "") in ("DELETE", "-XDELETE", "--request=DELETE")
        for one in shape.command.words
    )
    if deletes and any(_DATABASE.match(one.value or one.prefix) for one in addresses):
        yield ask("effect/local-data", "deletes from a database", outward=True)
    if addresses and all(one.value is not None and _LOCAL.match(one.value) for one in addresses):
        return
    where = next((one.value or one.source for one in addresses), "an address that is not shown")
    yield ask(RULE, f"{shape.name} sends to {where}", outward=True)


def _tells(word: Word) -> bool:
    """Whether an address has what a command prints in it, for somebody else to read."""
    if not word.dynamic & {"command"} or is_local(word.prefix):
        return False
    return _TELLS.search(_SAYS_LITTLE.sub("", word.source)) is not None


def addresses(shape: Shape) -> list[Word] | None:
    """The words that are addresses, None of a program that is not one of these clients."""
    found = _sending(shape)
    return found[1] if found is not None else None


def _sending(shape: Shape) -> tuple[bool, list[Word]] | None:
    """Whether the command sends, and its addresses; None if it is none of the clients."""
    if shape.names & {"curl"}:
        every = _CURL_VALUES | _CURL_SENDS | _CURL_METHOD
        return _client(shape, _CURL_SENDS, _CURL_METHOD, every, _CURL_URL)
    if shape.names & {"wget", "wget2"}:
        every = _WGET_VALUES | _WGET_SENDS | _WGET_METHOD
        return _client(shape, _WGET_SENDS, _WGET_METHOD, every, frozenset())
    if shape.names & {"http", "https", "xh", "xhs"}:
        return _httpie(shape)
    return None


def _client(
    shape: Shape,
    sends: frozenset[str],
    methods: frozenset[str],
    values: frozenset[str],
    urls: frozenset[str],
) -> tuple[bool, list[Word]]:
    """Whether a curl or wget command sends, and the words that are its addresses."""
    sending = False
    addresses: list[Word] = []
    pending = ""
    options = True
    for word in shape.command.words[1:]:
        value = word.value
        if pending:
            if pending in methods:
                sending |= value is None or value.upper() not in _HARMLESS_METHODS
            elif pending in urls:
                addresses.append(word)
            pending = ""
        elif value is None:
            addresses.append(word)
        elif value == "--" and options:
            options = False
        elif options and value.startswith("--"):
            flag, equals, attached = value.partition("=")
            sending |= any(one.startswith(flag) for one in sends) and len(flag) > 4
            if flag in methods and equals:
                sending |= attached.upper() not in _HARMLESS_METHODS
            elif flag in values | urls and not equals:
                pending = flag
        elif options and value.startswith("-") and len(value) > 1:
            for at, letter in enumerate(value[1:], start=1):
                flag, rest = f"-{letter}", value[at + 1 :]
                sending |= flag in sends
                if flag in values:
                    if rest and flag in methods:
                        sending |= rest.upper() not in _HARMLESS_METHODS
                    pending = "" if rest else flag
                    break
        else:
            addresses.append(word)
    return sending, addresses


def _httpie(shape: Shape) -> tuple[bool, list[Word]]:
    operands = [
        word
        for word in shape.command.words[1:]
        if word.value is None or not word.value.startswith("-")
    ]
    sending = bool(shape.command.feeds)
    method = operands[0].value if operands else None
    if method is not None and method.isalpha() and method.isupper():
        sending |= method not in _HARMLESS_METHODS
        operands = operands[1:]
    sending |= any(
        word.value is None or _HTTPIE_DATA.fullmatch(word.value) is not None
        for word in operands[1:]
    )
    return sending, operands[:1]
