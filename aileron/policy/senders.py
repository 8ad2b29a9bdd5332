"""The programs that hand what they are given to another machine, and how it is given to them.

One line a program, or a program with its subcommand.  Of its words those are sent that name a
file, but for the values of options that only log in or set up (`_SETS_UP`, and a program's own
`values`).  A program that is not here sends where its subcommand says so (`croc send`) or its
name does (`pastebinit`), and no file that a project runs is such a program.  What a service
keeps secrets for (`gh secret set`, `fly secrets import`) is no sending: it asks like the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aileron.policy.shape import SHELL_BUILTINS, Shape
from aileron.policy.tables import names
from aileron.policy.usage import usage_of

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """`operands` tells whether plain words are files that it sends; `copies` that the last says
    where to, which may be this machine; `files` are options whose value is a file where plain
    words are none; `values` those whose value is never sent, `texts`
    those whose value is sent as it stands, and names no file; `hosts` those that say where to, of
    a program that stays on this machine without; `speaks` is the language of a text it is given:
    transfer, sql, shell or powershell."""

    operands: bool = True
    copies: bool = False
    files: frozenset[str] = _NONE
    values: frozenset[str] = _NONE
    texts: frozenset[str] = _NONE
    hosts: frozenset[str] = _NONE
    speaks: str = ""
    serves: bool = False  # it has subcommands, and some of them are for secrets
    skip: int = 0  # words of the subcommand


_COPIER = Sender(copies=True, values=names("-x"))
_SHELL_COPIER = Sender(copies=True, values=names("-i -F -o -P -S -J -l -c -D -X -p -f -e"))
_UPLOADER = Sender()
_SERVICE = Sender(serves=True)
_RAW = Sender(operands=False)
_MAILER = Sender(values=names("-F -f -C -r -e -b -c --file --from --to"), texts=names("-s"))
_DATABASE = Sender(
    operands=False,
    values=names("-a -p -U --user"),
    files=names("--file"),
    hosts=names("-h --host -H -u --uri --url -s -S --server"),
    speaks="sql",
)
_TRANSFER = Sender(operands=False, speaks="transfer", values=names("-A -i -F -S -b -P -u -U"))
_FORGE = Sender(
    serves=True, values=names("-R --repo -O -D"), texts=names("-t -b --body -m -d --desc -c")
)

_SSH_VALUES = names("-i -F -l -p -J -S -L -R -D -W -E -c -m -b -B")

SENDERS: dict[str, Sender] = {
    **dict.fromkeys(
        names("""
            wget2 http https httpie xh xhs lynx links elinks fetch axel telnet aria2c
            dig nslookup getent host drill kdig delv dog doggo ping ping6 fping hping3 traceroute
            tracepath tracepath6 mtr nmap whois finger resolvectl systemd-resolve resolveip
            avahi-resolve ntpdate sntp snmptrap snmpset snmpget snmpwalk ldapsearch
            """),
        _RAW,
    ),
    "curl": Sender(operands=False, files=names("-T --upload-file")),
    "wget": Sender(operands=False, files=names("--post-file --body-file")),
    **dict.fromkeys(
        names("kafka-console-producer kafka-console-producer.sh kafka-console-producer.bat"), _RAW
    ),
    "logger": Sender(operands=False, hosts=names("-n --server"), files=names("-f --file")),
    **dict.fromkeys(names("jira acli linear notion confluence trello asana"), _RAW),
    "telegram-cli": Sender(operands=False, speaks="transfer"),
    **dict.fromkeys(
        names("llm aichat sgpt chatgpt mods tgpt gemini claude codex qwen aider openai fabric"),
        Sender(operands=False, files=names("-f --file -a --attachment --image -i")),
    ),
    "w3m": Sender(operands=False, files=names("-post")),
    **dict.fromkeys(names("nc ncat netcat socat"), Sender(operands=False, speaks="shell")),
    **dict.fromkeys(
        names("pwsh powershell powershell.exe"), Sender(operands=False, speaks="powershell")
    ),
    **dict.fromkeys(names("ssh mosh dbclient"), Sender(operands=False, values=_SSH_VALUES)),
    **dict.fromkeys(names("scp pscp rsync rcp unison"), _SHELL_COPIER),
    **dict.fromkeys(
        names("sftp ftp lftp tftp ncftp smbclient cadaver psftp tnftp yafc"), _TRANSFER
    ),
    **dict.fromkeys(names("rclone s3cmd s4cmd s5cmd gsutil azcopy gcs obsutil ossutil"), _COPIER),
    "aws s3": Sender(copies=True, skip=1),
    "gcloud storage": Sender(copies=True, skip=1),
    "gcloud compute": Sender(copies=True, skip=1, serves=True),
    "kubectl cp": Sender(copies=True, skip=1, values=names("-n -c")),
    "oc cp": Sender(copies=True, skip=1, values=names("-n -c")),
    "kubectl run": Sender(operands=False, skip=1),
    "kubectl exec": Sender(operands=False, skip=1),
    "oc exec": Sender(operands=False, skip=1),
    "mc cp": Sender(copies=True, skip=1),
    "mc mirror": Sender(copies=True, skip=1),
    "mc pipe": Sender(operands=False, skip=1),
    **dict.fromkeys(
        names("""
            aws gcloud az bq oci doctl linode-cli scw ibmcloud hcloud b2 swift openstack ipfs
            heroku huggingface-cli hf kaggle dbxcli gdrive rsync.net megaput mega-put surge
            """),
        _SERVICE,
    ),
    **dict.fromkeys(names("gh glab hub tea gitea lab"), _FORGE),
    "gh api": Sender(operands=False, skip=1, files=names("--input")),
    "glab api": Sender(operands=False, skip=1, files=names("--input")),
    **dict.fromkeys(
        names("""
            sendmail mail mailx s-nail nail mutt neomutt msmtp swaks sendemail sendEmail mpack
            mhmail himalaya ssmtp nullmailer-inject
            """),
        _MAILER,
    ),
    **dict.fromkeys(
        names("""
            pastebinit wgetpaste gist transfer ffsend croc ncftpput wput ftpput curlftpput slackcat
            telegram-send hastebin haste ix sprunge 0x0 termbin dropbox_uploader.sh dropbox_uploader
            """),
        _UPLOADER,
    ),
    **dict.fromkeys(
        names(
            "psql mysql mariadb redis-cli valkey-cli mongosh mongo mongoimport sqlcmd mqsh cqlsh"
        ),
        _DATABASE,
    ),
    **dict.fromkeys(
        names("mosquitto_pub mqttx"),
        Sender(operands=False, files=names("-f --file"), hosts=names("-h --host -L --url")),
    ),
    **dict.fromkeys(names("kcat kafkacat"), Sender(values=names("-X -F"))),
    **dict.fromkeys(names("nats amqp-publish stomp"), Sender(values=names("-s --server"))),
    **dict.fromkeys(names("websocat wscat grpcurl evans"), _RAW),
    **dict.fromkeys(
        names("restic borg duplicity kopia rdiff-backup"), Sender(hosts=names("-r --repo"))
    ),
}
# Those that always send, whatever their other words say.
NAMES = frozenset(name for name, one in SENDERS.items() if " " not in name and not one.hosts)
FETCHERS = names("""
    curl wget wget2 nc ncat netcat socat aria2c http https httpie xh xhs lynx w3m links elinks ftp
    lftp tftp fetch axel telnet
    """)

# Options that log in, or say how to go about it: their values go to nobody but for that.
_SETS_UP = re.compile(
    r"-{1,2}[\w.-]*(?:cert|key|ident|conf|cred|netrc|secret|pass(?!-?through)|token|auth|tls|ssl"
    r"|ca-?(?:file|path)|defaults|keystore|pkcs|p12|profile|env|exclude|ignore|rsh)[\w.-]*"
    r"|--?(?:e|ca)"
)
# … whose value is sent as it stands.
_SAYS = re.compile(r"--?(?:name|title|subject|message|label|tag|description|notes)")
_WRITES_HERE = re.compile(r"-o|-O|--(?:out(?:put)?|dest|save|log|download)[\w-]*")
# What services keep secrets by: that is what they are for.
_MEANT = re.compile(
    r"(?:secrets?|variables?|env|auth|login|ssh-keys?|gpg-keys?|config|certs?|certificates?|keyvault"
    r"|kms|ssm|secretsmanager|acm|iam|kv|configure|keys?|credentials?|iot|codespace)(?::.*)?"
)
_SEND_VERB = re.compile(
    r"(?:upload|send|put|push|share|publish|paste|post|transfer)(?:[-_:](?!env|secret).*)?"
)
_FETCH_VERB = re.compile(
    r"(?:get|download|pull(?!-request)|list|show|read|describe|receive)(?:-.*)?"
)
_COPY_VERB = names("cp copy copyto sync mv move mirror")
_SEND_NAME = re.compile(
    r"(?!(?:pb|wl-|xdg-|copyq)?paste$).*(?:upload|paste|webhook|telegram|slack|discord|xmpp|ntfy|matrix-"
    r"|onionshare|(?:^|[-_])(?:send|share|transfer)(?:[-_.]|$)).*"
)
# What subcommands of these say is done here, or their tool is for secrets.
_NOT_SENDERS = names("""
    git hg jj svn make just task npm pnpm yarn bun node deno python python3 ruby php perl docker
    podman nerdctl vault op bw doppler sops dotenv-vault dotenvx infisical chamber age gopass pass
    kubeseal credhub keyring secret-tool security teller berglas envchain aws-vault akeyless ls cd
    vim vi nano emacs code find test go cargo pip uv poetry bundle rails rake kubectl helm terraform
    adb step
    """)


_EDITORS = names("vim vi nvim view ex ed vimdiff")
_PIPES = re.compile(r"!\s*(?:curl|wget|nc|ncat|netcat|ssh|socat|scp)\b")


def sets_up(flag: str, sender: Sender) -> bool:
    """Whether the value of an option stays here, or only opens the door."""
    if flag in sender.files:
        return False
    return (
        flag in sender.values
        or _WRITES_HERE.fullmatch(flag) is not None
        or (len(flag) > 2 and _SETS_UP.fullmatch(flag) is not None)
    )


def says(flag: str, sender: Sender) -> bool:
    """Whether the value of an option is a text, and names no file."""
    return flag in sender.texts or _SAYS.fullmatch(flag) is not None


def operands(shape: Shape, *, loose: bool = False) -> list[str]:
    """The plain words, among the first of which a subcommand is; `loose` also takes those that
    may be the value of an option."""
    kinds = ("operand", "value") if loose else ("operand",)
    return [token.value for token in shape.tokens if token.kind in kinds and token.value]


def of(shape: Shape) -> Sender | None:
    """How the command sends, None if it does not."""
    given = operands(shape, loose=True)[:3]
    if shape.names & _EDITORS and any(
        _PIPES.search(one.value or "") for one in shape.command.words
    ):
        return _UPLOADER
    for name in shape.names:
        found = next(
            (SENDERS[f"{name} {verb}"] for verb in given if f"{name} {verb}" in SENDERS), None
        )
        found = found or SENDERS.get(name)
        if found is not None:
            return None if found.serves and _is_no_upload(shape) else found
    return _by_its_words(shape, given)


def _is_no_upload(shape: Shape) -> bool:
    """Whether the subcommand of a service keeps secrets there, or fetches."""
    given = operands(shape)
    if any(_MEANT.fullmatch(one) for one in given[:2]):
        return True
    verbs = given[:3]
    fetches = any(_FETCH_VERB.fullmatch(one) for one in verbs)
    return fetches and not any(_SEND_VERB.fullmatch(one) for one in verbs)


def _by_its_words(shape: Shape, given: list[str]) -> Sender | None:
    """A program that is not listed: its subcommand, or its name, says that it sends."""
    name = shape.name
    if not name or "/" in name or shape.command.function or name in SHELL_BUILTINS | _NOT_SENDERS:
        return None
    if usage_of(shape.command, shape.names)[0] is not None or _is_no_upload(shape):
        return None
    if any(_SEND_VERB.fullmatch(one) for one in given) or _SEND_NAME.fullmatch(name):
        return _UPLOADER
    if set(given) & _COPY_VERB and any("://" in one for one in operands(shape)):
        return _COPIER
    return None
