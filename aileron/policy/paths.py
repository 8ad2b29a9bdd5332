"""Where a path lies, and so what reading, writing or deleting it would mean.

A path is judged absolute and normalised, after `~`, `$HOME`, `..` and the
directory that a literal `cd` led to, and once more where `facts.links` says
that it leads elsewhere: of the two places the more delicate one counts.
"""

from __future__ import annotations

import enum
import fnmatch
import posixpath
import re
from collections.abc import Sequence

from aileron.model import Facts
from aileron.policy.tables import names
from aileron.shell.reading import ANYTHING, GIVEN, PROJECT, SCRIPT, Word


class Place(enum.Enum):
    """From the plainest to the most delicate; the order is what `places` relies on."""

    SINK = "a standard stream"
    SCRATCH = "scratch space"
    PROJECT = "the project"
    HOME = "the home folder"
    OUTSIDE = "a place outside the project"
    SYSTEM = "the system"
    CI = "the CI configuration"
    VCS = "the repository's own files"
    STARTUP = "a start-up or configuration file"
    CREDENTIAL = "a credential"
    DEVICE = "a device"
    VITAL = "a file that the system's safety rests on"
    SECRET = "the system's password or key store"
    AILERON = "Aileron's own files"

    @property
    def delicacy(self) -> int:
        return _ORDER[self]


_ORDER = {place: number for number, place in enumerate(Place)}

_SINKS = re.compile(
    r"/dev/(null|zero|full|random|urandom|stdin|stdout|stderr|fd/\d+|shm/.*)$|/proc/self/fd/\d+$"
)
_SYSTEM = re.compile(
    r"/(usr|bin|sbin|lib|lib32|lib64|libx32|etc|boot|sys|proc|dev|var|run|root|opt|srv|nix|snap"
    r"|System|Library|Applications|private)(/|$)"
)
_VITAL = re.compile(
    r"/etc/(passwd|group|sudoers|sudoers\.d|pam\.d|pam\.conf|ld\.so\.preload|security|systemd)(/|-?$)"
    r"|/(usr/)?lib/systemd/|/run/systemd/|/System(/|$)|/Library/(Launch|Preferences|Security)"
)
_SECRET = re.compile(r"/etc/(shadow|gshadow|master\.passwd)-?$|/Library/Keychains(/|$)")
_SYSTEM_CREDENTIAL = re.compile(
    r"/etc/ssh/ssh_host_\w+_key$|/(var/)?run/secrets(/|$)|/proc/[^/]+/(environ|mem)$"
    r"|/(var/)?run/docker\.sock$|/etc/(ssl/private|kubernetes)(/|$)"
)
_OWN_PROGRAM = re.compile(r"/s?bin/aileron(-sh|-watch)?$")
_RUN_DIRECTORY = re.compile(r"/run/user/\d+/aileron(/|$)|/dev/aileron(/|$)")

# Below the home folder; a folder stands for everything in it.
_HOME_CREDENTIALS = names("""
    .ssh .aws .azure .gnupg .password-store .netrc .pgpass .my.cnf .git-credentials .pypirc .npmrc
    .s3cfg .boto .vault-token .kube/config .docker/config.json .config/gh .config/gcloud .config/hub
    .config/op .config/doctl .config/rclone .config/git/credentials .config/google-chrome
    .config/chromium .config/BraveSoftware .mozilla .thunderbird .local/share/keyrings
    .cargo/credentials .cargo/credentials.toml .gem/credentials .terraform.d/credentials.tfrc.json
    .codex/auth.json .claude/.credentials.json .local/share/opencode/auth.json .bash_history
    .zsh_history .fly .config/solana .ethereum .electrum
    Library/Cookies Library/Messages Library/Mail Library/Safari
""") | {"Library/Application Support/Google/Chrome", "Library/Application Support/Firefox"}
_STARTUP = names("""
    .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile
    .zlogin .zlogout .inputrc .gitconfig .config/git .config/fish .vimrc .vim .config/nvim .emacs
    .emacs.d .tmux.conf .config/autostart .config/environment.d .pam_environment .xinitrc .xprofile
    .xsession .local/bin bin .cargo/bin .cargo/config.toml .codex .claude .claude.json .gemini .qwen
    .config/opencode .cursor .config/Code .vscode Library/LaunchAgents Library/LaunchDaemons
    """)
_VITAL_HOME = names("""
    .config/systemd Library/LaunchAgents Library/LaunchDaemons Library/Preferences
    """)
_PROJECT_STARTUP = names(".envrc .mcp.json .claude .codex .opencode .cursor .gemini .vscode")
_CI = re.compile(
    r"(^|/)(\.github/(workflows|actions)|\.circleci|\.buildkite)(/|$)"
    r"|(^|/)(\.gitlab-ci\.yml|\.travis\.yml|\.drone\.yml|Jenkinsfile|azure-pipelines\.ya?ml"
    r"|bitbucket-pipelines\.yml|appveyor\.yml)$"
)
_VCS = re.compile(r"(^|/)\.git(/(?!COMMIT_EDITMSG$|MERGE_MSG$)|$)|(^|/)\.(hg|svn)(/|$)")
_CREDENTIAL_NAME = re.compile(
    r"\.env(\.(?!example$|sample$|template$|dist$|defaults$|test$|schema$)[^/]*)?"
    r"|id_(rsa|dsa|ecdsa|ed25519)(?!.*\.pub$).*"
    r"|.*\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk)"
    r"|\.(netrc|pgpass|git-credentials|pypirc|vault-token|htpasswd)"
    r"|service[-_]account[^/]*\.json|.*\.keychain(-db)?"
)
_PUBLIC = re.compile(r".*\.pub$|known_hosts(\.old)?$|authorized_keys$")

BUILD_OUTPUT = names("""
    node_modules dist build out target obj .next .nuxt .output .turbo .parcel-cache .cache
    __pycache__ .pytest_cache .mypy_cache .ruff_cache .hypothesis .tox .nox .eggs .gradle .venv venv
    coverage htmlcov .coverage .nyc_output tmp .tmp test-results playwright-report storybook-static
    _build DerivedData Pods elm-stuff .dart_tool .svelte-kit .angular .vite _site .terraform
    """)
_BUILD_OUTPUT = re.compile(
    r".+\.(egg-info|dSYM|py[cod]|o|obj|a|so|class|tsbuildinfo|gcda|gcno|gcov|swp|swo|orig|rej|bak"
    r"|tmp|temp|log)|.+~|cmake-build-.+|\.DS_Store|Thumbs\.db|\.coverage\..+|\._.+"
)

_KNOWN = re.compile(r'"?\$(?:\{(HOME|PWD)\}|(HOME|PWD)(?![A-Za-z0-9_]))"?([\w./@%+,:=*?-]*)"?')


_HOMES = re.compile(r"/(?:home|Users)(?:/[^/]+)?|/root|/")
_ANY_HOME = re.compile(r"^/(?:home|Users)/[^/]+(?=/|$)|^/root(?=/|$)")


def join(folder: str, path: str) -> str:
    """`path` as seen from `folder`, normalised; both may be absolute."""
    whole = path if path.startswith("/") else f"{folder}/{path}"
    if whole[0] == "/" and "//" not in whole and "/." not in whole and whole[-1] != "/":
        return whole  # nothing to normalise: nearly always
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "/" + joined.lstrip("/") if joined.startswith("/") else joined


def inside(path: str, folder: str) -> bool:
    return bool(folder) and (path == folder or path.startswith(folder.rstrip("/") + "/"))


def home_expanded(path: str, home: str) -> str:
    """`~`, `~/x` and `~user/x` spelled out, as far as that can be known."""
    if not path.startswith("~"):
        return path
    user, slash, rest = path[1:].partition("/")
    if not user:
        return (home or "/home") + slash + rest
    return ("/root" if user == "root" else f"/home/{user}") + slash + rest


def absolute(text: str, folder: str | None, facts: Facts) -> str | None:
    """A path as written, made absolute; None when it starts from an unknown folder, ANYTHING
    when that is the folder."""
    if text[:1] == "\0":
        return _marked(text, folder, facts)
    expanded = home_expanded(text, facts.home)
    if expanded.startswith("/"):
        if "/proc/" in expanded:
            expanded = _without_process(expanded, folder)
        return join("/", expanded)
    return folder if folder is None or folder == ANYTHING else join(folder, expanded)


_PROCESS = re.compile(r"/[/.]*proc/(?:(?:self|thread-self|\d+)/+)(?:task/+\d+/+)?(root|cwd)(?=/|$)")


def _without_process(path: str, folder: str | None) -> str:
    """The path without a process's own door to the root, or to the folder it runs in."""
    found = _PROCESS.match(path)
    if found is None:
        return path
    rest = path[found.end() :]
    if found[1] == "root":
        return rest or "/"
    return f"{folder}{rest}" if folder is not None and "self/" in found[0] else path


def as_written(path: str, facts: Facts) -> str:
    """An absolute path as a rule would have it: from the project's root, or from the home."""
    if inside(path, facts.project) and facts.project != "/":
        return "./" + path[len(facts.project.rstrip("/")) + 1 :]
    if facts.home and inside(path, facts.home):
        return "~" + path[len(facts.home.rstrip("/")) :]
    return path


def _marked(text: str, folder: str | None, facts: Facts) -> str | None:
    """A path that starts from what only the moment knows (`shell/reading.py`)."""
    if text.startswith(PROJECT):
        return join("/", facts.project + text.removeprefix(PROJECT))
    if text.startswith(SCRIPT):
        return join("/", facts.script + text.removeprefix(SCRIPT)) if facts.script else None
    name, _, rest = text.removeprefix(GIVEN).partition("\0")
    default, _, rest = rest.partition("\0")
    return absolute((facts.environment.get(name) or default) + rest, folder, facts)


def of_word(word: Word, folder: str | None, facts: Facts) -> str | None:
    """The absolute path that a word names, None where that is decided at run time.

    A tilde is expanded only where the shell would; `$HOME` and `$PWD` are known.
    """
    if word.value is not None:
        if word.value.startswith("~") and "tilde" not in word.dynamic:
            return absolute(f"./{word.value}", folder, facts)
        return absolute(word.value, folder, facts)
    if len(word.could) == 1 and word.could[0] != ANYTHING:
        return absolute(word.could[0], folder, facts)
    found = _KNOWN.fullmatch(word.source)
    if found is None:
        return None
    start = facts.home if "HOME" in (found[1], found[2]) else folder
    if start == ANYTHING:
        return start
    return join(start, "." + found[3]) if start and found[3][:1] in ("", "/") else None


def all_of_word(word: Word, folders: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """Every absolute path that a word may name, seen from each of the folders; none where
    that is decided at run time; ANYTHING where there may be others."""
    if word.value is None and word.could:
        found = [
            one if one == ANYTHING else absolute(one, folder, facts)
            for one in word.could
            for folder in folders or (None,)
        ]
    else:
        found = [of_word(word, folder, facts) for folder in folders or (None,)]
    return () if None in found else tuple(dict.fromkeys(one for one in found if one))


def real(path: str, facts: Facts) -> str:
    """Where the path leads by the symbolic links of the moment, and those of the same text."""
    for link, leads in facts.made:
        if inside(path, link):
            return join(leads, "./" + path[len(link) :])
    return facts.links.get(path, path)


def _roots(folder: str, facts: Facts) -> tuple[str, ...]:
    there = real(folder, facts)
    return (folder,) if there == folder else (folder, there)


def _below(path: str, names: frozenset[str], root: str) -> bool:
    """Whether the path is one of `names` under `root`, or inside one of them."""
    parts = path[len(root.rstrip("/")) + 1 :].split("/")
    return any("/".join(parts[:depth]) in names for depth in (1, 2, 3, 4))


# What a pattern of file names is tried on: would it reach one of these?
_TYPICAL = (".env", ".env.local", ".env.production", ".netrc", ".pgpass", "id_rsa", "id_ed25519")


def _could_be_credential(path: str, homes: list[str]) -> bool:
    """Whether a path with wildcards could turn out to be a credential.

    As in a shell a wildcard at the start of a name does not reach a hidden one,
    and `*` alone is taken for the ordinary files that it nearly always means.
    """
    name = posixpath.basename(path)
    if len(name.strip("*?")) > 1 and any(_reaches(name, one) for one in _TYPICAL):
        return True
    for home in homes:
        below = path[len(home.rstrip("/")) + 1 :].split("/")
        for credential in _HOME_CREDENTIALS:
            parts = credential.split("/")
            if len(below) >= len(parts) and all(map(_reaches, below, parts)):
                return True
    return False


# Where a path with wildcards in it could lead although its letters do not say so.
_SYSTEM_WIDE = tuple(
    f"/etc/{name}"
    for name in ("passwd", "group", "shadow", "gshadow", "sudoers", "sudoers.d/any", "pam.d/any")
)
_OF_PROJECT = (".git/config", ".git/hooks/any", ".github/workflows/any", ".gitlab-ci.yml")


def _resolved(path: str, facts: Facts, homes: list[str]) -> str:
    """The delicate place that a path with wildcards could turn out to be, "" if there is none.

    What stands for any name at all (`*`) is taken for the ordinary files that it nearly
    always means.
    """
    known = [
        *_SYSTEM_WIDE,
        facts.aileron_home,
        *(f"{root}/{one}" for root in homes for one in _STARTUP | _VITAL_HOME),
    ]
    known += (
        f"{root}/{one}"
        for root in _roots(facts.project, facts)
        if inside(path, root)
        for one in _OF_PROJECT
    )
    parts = path.split("/")
    for one in known:
        names = one.split("/")
        if one and len(parts) >= len(names) and all(map(_means, parts, names)):
            return "/".join([one, *parts[len(names) :]])
    return ""


def _means(pattern: str, name: str) -> bool:
    if pattern == name or name == "any":
        return True
    return len(pattern.strip("*?")) > 1 and _reaches(pattern, name)


def _reaches(pattern: str, name: str) -> bool:
    hidden = name.startswith(".") and not pattern.startswith(".")
    return not hidden and fnmatch.fnmatchcase(name, pattern)


def _own(path: str, facts: Facts) -> bool:
    homes = _roots(facts.aileron_home, facts) if facts.aileron_home else ()
    if any(inside(path, root) for root in homes):
        return True
    wild = "*" in path and len(posixpath.basename(path)) > 3
    if wild and any(fnmatch.fnmatchcase(root, path) for root in homes):
        return True
    if _RUN_DIRECTORY.match(path) or _OWN_PROGRAM.search(path):
        return True
    return any(
        re.match(r"aileron-\d+(/|$)", path[len(root) + 1 :])
        for root in facts.scratch
        if inside(path, root)
    )


def _place(path: str, facts: Facts) -> Place:
    found = _place_of(path, facts)
    if any(sign in path for sign in "*?["):
        homes = [root for root in _roots(facts.home, facts) if inside(path, root)]
        leads = _resolved(path, facts, homes if facts.home else [])
        if leads:
            return max(found, _place_of(leads, facts), key=lambda one: one.delicacy)
    return found


def _place_of(path: str, facts: Facts) -> Place:
    if _own(path, facts):
        return Place.AILERON
    if _SINKS.match(path):
        return Place.SINK
    if _SECRET.search(path):
        return Place.SECRET
    roots = _roots(facts.home, facts) if facts.home else ()
    own_homes = [root for root in roots if inside(path, root)]
    homes = own_homes or _ANY_HOME.findall(path)  # what is in another's is no less delicate
    if any(inside(path, f"{home}/.aileron") for home in homes):
        return Place.AILERON
    if _VITAL.match(path) or any(_below(path, _VITAL_HOME, home) for home in homes):
        return Place.VITAL
    if path.startswith("/dev/"):
        return Place.DEVICE
    name = posixpath.basename(path)
    if not _PUBLIC.match(name) and (
        _CREDENTIAL_NAME.fullmatch(name)
        or _SYSTEM_CREDENTIAL.match(path)
        or any(_below(path, _HOME_CREDENTIALS, home) for home in homes)
        or (any(sign in path for sign in "*?[") and _could_be_credential(path, homes))
    ):
        return Place.CREDENTIAL
    if any(_below(path, _STARTUP, home) for home in homes):
        return Place.STARTUP
    for root in _roots(facts.project, facts):
        if inside(path, root):
            below = path[len(root.rstrip("/")) + 1 :]
            if _VCS.search(below):
                return Place.VCS
            if _CI.search(below):
                return Place.CI
            if any(part in _PROJECT_STARTUP for part in below.split("/")):
                return Place.STARTUP
            return Place.PROJECT
    if own_homes:
        return Place.HOME
    if any(inside(path, folder) for root in facts.scratch for folder in _roots(root, facts)):
        return Place.SCRATCH
    return Place.SYSTEM if path == "/" or _SYSTEM.match(path) else Place.OUTSIDE


def place(path: str, facts: Facts) -> Place:
    """Where an absolute path lies, itself or by its link, the more delicate of the two."""
    if _SINKS.match(path):
        return Place.SINK
    there = real(path, facts)
    found = _place(path, facts)
    if there == path:
        return found
    # A link in scratch space or in the project that leads into the project is the project.
    return max(found, _place(there, facts), key=lambda one: one.delicacy)


def ends_as_credential(tail: str) -> bool:
    """Whether a path of which only the end is known can only be a credential's."""
    parts = tail.split("/")
    if any(part in (".ssh", ".aws", ".gnupg") for part in parts[:-1]):
        return _PUBLIC.match(parts[-1]) is None
    return len(parts[-1]) > 3 and _CREDENTIAL_NAME.fullmatch(parts[-1]) is not None


def holds_home(path: str, facts: Facts) -> bool:
    """The home folder, or one that holds it; not where that is the project itself."""
    if inside(path, facts.project):
        return False
    return _HOMES.fullmatch(path) is not None or (bool(facts.home) and inside(facts.home, path))


def holds_credentials(path: str, facts: Facts) -> bool:
    """A folder with credentials, sockets or Aileron's files somewhere in it."""
    if holds_home(path, facts) or re.fullmatch(r"/(etc|proc|dev|(var|run|root)(/.*)?)", path):
        return True
    if facts.aileron_home and inside(facts.aileron_home, path):
        return True
    below = inside(path, facts.home) and not inside(path, facts.project)
    return below and any(inside(f"{facts.home}/{one}", path) for one in _HOME_CREDENTIALS)


def is_policy_file(path: str, facts: Facts) -> bool:
    """A project's policy: whoever writes it decides what the next session allows."""
    name = posixpath.basename(path)
    if name.startswith("ail") and fnmatch.fnmatchcase("aileron.yaml", name):  # `aileron*`
        return True
    return "aileron.yaml" in (name, posixpath.basename(real(path, facts)))


def is_build_output(path: str, facts: Facts) -> bool:
    """Whether a path of the project is, or lies in, what a build makes."""
    for root in _roots(facts.project, facts):
        if inside(path, root):
            parts = path[len(root.rstrip("/")) + 1 :].split("/")
            return any(part in BUILD_OUTPUT or _BUILD_OUTPUT.fullmatch(part) for part in parts)
    return False


_SYSTEM_FOLDER = re.compile(
    r"/|/(usr|bin|sbin|lib\w*|etc|boot|sys|proc|dev|var|run|root|opt|srv|home|nix|System"
    r"|Library|Applications|Users|private)(/(bin|sbin|lib\w*|share|local|etc|var))?"
)


def is_system_folder(path: str) -> bool:
    """The root, or a top folder of the system."""
    return _SYSTEM_FOLDER.fullmatch(path) is not None


def is_precious(path: str, facts: Facts) -> bool:
    """The root, a home, a folder that holds one, or a top folder of the system."""
    if is_system_folder(path) or (facts.home and inside(facts.home, path)):
        return True
    if any(sign in path for sign in "*?[") and _means_precious(path, facts):
        return True
    return re.fullmatch(r"/(home|Users)/[^/]+", path) is not None


_TOP_FOLDERS = names("""
    /usr /bin /sbin /lib /lib64 /etc /boot /sys /proc /dev /var /run /root /opt /srv /home /usr/bin
    /usr/lib /usr/sbin /usr/local /usr/share /var/lib
    """)


def _means_precious(path: str, facts: Facts) -> bool:
    """Whether a path with wildcards in it can only be meant for such a folder (`/ho*e/d?v`)."""
    parts = path.split("/")
    for one in (*_TOP_FOLDERS, facts.home):
        known = one.split("/")
        if len(known) == len(parts) and all(map(_means, parts, known)):
            return True
    return False


def matches(pattern: str, path: str, facts: Facts, *, tight: bool) -> bool:
    """Whether an absolute path falls under a rule's path pattern.

    A pattern is relative to the project's root unless it starts with `/` or
    `~`; a folder covers what is in it; `*` crosses `/`.  A tight match must
    hold where the path's link leads, too, and its `*` at the start of a name
    does not reach a hidden one (`~/*` is not `~/.ssh`).
    """
    wanted = absolute(pattern, facts.project, facts)
    if wanted is None:
        return False
    if tight:
        return all(_matches(wanted, one, tight) for one in (path, real(path, facts)))
    return any(_matches(wanted, one, tight) for one in (path, real(path, facts)))


def _matches(wanted: str, path: str, tight: bool) -> bool:
    if not any(sign in wanted for sign in "*?["):
        return inside(path, wanted)
    if not (fnmatch.fnmatchcase(path, wanted) or fnmatch.fnmatchcase(path, wanted + "/*")):
        return False
    return not tight or path.count("/.") <= wanted.count("/.")
