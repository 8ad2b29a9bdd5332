"""What a command prints that is secret, whatever files it reads: the environment, a token.

A token may go, as the header that it is for, to those who gave it (`gh auth token` to GitHub);
what a store of secrets gives may go so to anybody, since nobody else knows whose it is.
"""

from __future__ import annotations

import itertools
import re

from aileron.policy.shape import Shape
from aileron.policy.tables import names

VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)")
# What everybody's keys are called: nothing but their owner is meant to get these.
KEY_NAMES = re.compile(
    r"AWS_(SECRET_ACCESS_KEY|SESSION_TOKEN)|(ANTHROPIC|OPENAI|GEMINI|GOOGLE)_API_KEY"
    r"|(GH|GITHUB|GITLAB|NPM|PYPI|VAULT|SLACK|CLOUDFLARE_API)_TOKEN|\w*PRIVATE_KEY"
)
_PRINTS = (
    ("gh", "auth", "token"),
    ("kubectl", "get", "secret"),
    ("kubectl", "get", "secrets"),
    ("gcloud", "auth", "print-access-token"),
    ("security", "find-generic-password"),
    ("security", "find-internet-password"),
    ("security", "dump-keychain"),
    ("aws", "configure", "export-credentials"),
    ("aws", "configure", "get"),
    ("aws", "sts", "get-session-token"),
    ("aws", "sts", "assume-role"),
    ("az", "account", "get-access-token"),
    ("git", "credential", "fill"),
    ("heroku", "auth:token"),
    ("npm", "token"),
    ("doctl", "auth"),
    ("keyctl", "print"),
)
_STORES = (
    ("vault", "kv", "get"),
    ("vault", "read"),
    ("op", "read"),
    ("op", "item", "get"),
    ("pass", "show"),
    ("bw", "get"),
    ("lpass", "show"),
    ("secret-tool", "lookup"),
    ("aws", "secretsmanager", "get-secret-value"),
    ("gcloud", "secrets", "versions", "access"),
    ("az", "keyvault", "secret", "show"),
    ("heroku", "config"),
    ("ansible-vault", "view"),
    ("chamber", "read"),
)
_OWNERS = {
    "what gh auth token": re.compile(r"https://(?:api|uploads)\.github\.com/"),
    "what gcloud auth print-access-token": re.compile(r"https://[\w-]+\.googleapis\.com/"),
}
_LOGIN_HEADER = re.compile(r"(?:authorization|private-token|[\w-]*(?:api-?key|token)):")
_PLAIN_ADDRESS = re.compile(r"\"?\$\{?\w*(?:URL|HOST|ADDR|ENDPOINT|BASE)\w*\}?[\w./?=&-]*\"?")
_ANYBODY = re.compile(r"https://[\w.-]+[/:?]?")
_PS_SHOWS = re.compile(r"[a-df-z]*e[a-z]*")  # `ps eww`
# A program's text that goes through all variables, and takes more than one of them.
_DUMPS = {
    "awk": re.compile(r"\bin\s+ENVIRON\b"),
    "python": re.compile(
        r"(?<!env=)(?<!\*\*)\bos\.environ\b(?!\s*(?:\[|\.(?:get|set|pop|update)))"
    ),
    "node": re.compile(
        r"(?<!env:)(?<!env: )(?<!\.\.\.)\bprocess\.env\b(?![.\[\w?])|Deno\.env\.toObject"
    ),
    "ruby": re.compile(r"\bENV\.(?:to_|each|map|inspect|sort)|\b(?:puts|p|print)\s+ENV\b(?!\[)"),
    "perl": re.compile(r"%ENV\b"),
    "php": re.compile(r"getenv\(\s*\)|\$_(?:ENV|SERVER)\b(?!\s*\[)"),
    "jq": re.compile(r"(?:^|[|({,\s])(?:env|\$ENV)\s*(?:$|[|)},]|\.\[?\])"),
}
_INTERPRETERS = re.compile(r"([gmn]?awk|python|node|ruby|perl|php|jq|bun|deno)[\d.]*")
_FAMILY = {"gawk": "awk", "mawk": "awk", "nawk": "awk", "bun": "node", "deno": "node"}
_ALL_VARIABLES = {
    "set": names(""),
    "export": names("-p"),
    "compgen": names("-v -e -A variable export"),
    "declare": names("-p -x -px -xp"),
    "typeset": names("-p -x -px -xp"),
    "history": names(""),
}


def is_call(shape: Shape, name: str, *verbs: str) -> bool:
    """Whether a command is `name verb …`, whatever options stand between."""
    operands = [token.value for token in shape.tokens if token.kind == "operand"]
    return name in shape.names and operands[: len(verbs)] == list(verbs)


def prints(shape: Shape) -> str:
    """The secret that a command prints, in words for a person; "" if there is none."""
    words = shape.command.words[1:]
    operands = [one for one in words if not (one.value or "-").startswith("-")]
    if shape.names & {"printenv", "env"} and not operands:
        return "the environment, with all the keys in it"
    given = frozenset(one.value or "" for one in words)
    flags = _ALL_VARIABLES.get(shape.name)
    if flags is not None and given <= flags:
        what = "the history of commands" if shape.name == "history" else "all variables"
        return f"{what}, with the keys in them"
    if "printenv" in shape.names and any(KEY_NAMES.fullmatch(one.value or "") for one in operands):
        return f"${operands[0].value}"
    if "ps" in shape.names and any(_PS_SHOWS.fullmatch(one.value or "") for one in operands):
        return "the environments of programs, with the keys in them"
    language = _INTERPRETERS.fullmatch(shape.base)
    dumps = _DUMPS.get(_FAMILY.get(language[1], language[1])) if language is not None else None
    texts = [*words, *(one.target for one in shape.command.redirects if one.op[:2] == "<<")]
    if dumps is not None and any(dumps.search(one.value or "") for one in texts):
        return "the environment, with all the keys in it"
    if shape.names & {"gpg", "gpg2"} and any(one.startswith("--export-secret") for one in given):
        return "secret keys"
    if shape.names & {"curl", "wget"} and any(
        "169.254.169.254" in one.source and "credentials" in one.source for one in words
    ):
        return "the credentials of this machine"
    if "kubectl" in shape.names and is_call(shape, "kubectl", "config", "view"):
        return "the keys of the cluster" if "--raw" in given else ""
    if shape.names & {"echo", "printf"}:
        for word in words:
            for name in VARIABLE.findall(word.source) if word.value is None else ():
                if KEY_NAMES.fullmatch(name):
                    return f"${name}"
    for name, *verbs in (*_PRINTS, *_STORES):
        if name in shape.names and is_call(shape, name, *verbs):
            return f"what {name} {' '.join(verbs)} prints"
    return ""


def is_its_own(secret: str, shape: Shape) -> bool:
    """Whether a token goes, as a header, to none but those who gave it."""
    owner = next((hosts for name, hosts in _OWNERS.items() if secret.startswith(name)), None)
    if any(secret == f"what {' '.join(one)} prints" for one in _STORES):
        owner = _ANYBODY
    if owner is None or not shape.names & {"curl"} or shape.command.feeds in ("pipe", "file"):
        return False
    if any(one.target.value is None for one in shape.command.redirects):
        return False
    words = shape.command.words
    addresses = [word for word in words if "://" in word.source]
    return (
        is_as_header(shape)
        and not any(_PLAIN_ADDRESS.fullmatch(word.source) for word in words)
        and bool(addresses)
        and all(word.value is not None and owner.match(word.value) for word in addresses)
    )


def is_as_header(shape: Shape) -> bool:
    """Whether all that curl is told at run time is a header, or a user, to log in with, to one
    address that stands there."""
    words = shape.command.words
    if not shape.names & {"curl"} or shape.command.feeds:
        return False
    secret = [
        (before.value, word)
        for before, word in itertools.pairwise(words)
        if word.value is None and not _PLAIN_ADDRESS.fullmatch(word.source)
    ]
    addresses = [w for w in words if "://" in w.source or _PLAIN_ADDRESS.fullmatch(w.source)]
    return bool(addresses and secret) and all(
        (flag in ("-H", "--header") and _LOGIN_HEADER.match(word.prefix.lower()) is not None)
        or flag in ("-u", "--user", "--oauth2-bearer")
        for flag, word in secret
    )
