"""Variables that change what a command does.

Setting one of these, before a command or by `export`, asks: it can make an
ordinary command load, run or contact something else.  Values that are known to
be plain are fine (`GIT_PAGER=cat`, `PYTHONPATH=src`), and so is every variable
that is not here.  Such an ask is firm: a rule that allows the command says
nothing about its environment.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable

from aileron.model import Facts
from aileron.policy import paths
from aileron.policy.finding import Finding, ask, deny
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Word

_LOADS = "it loads code into programs"
_RUNS = "programs run what it names"
_READS = "it changes how text is read"
_LEADS = "it leads programs elsewhere"

DELICATE = {
    "LD_*": _LOADS,
    "DYLD_*": _LOADS,
    "GCONV_PATH": _LOADS,
    "NODE_OPTIONS": _LOADS,
    "NODE_PATH": _LOADS,
    "PYTHON*": _LOADS,
    "PERL5*": _LOADS,
    "PERLLIB": _LOADS,
    "RUBYOPT": _LOADS,
    "RUBYLIB": _LOADS,
    "PHPRC": _LOADS,
    "PHP_INI_SCAN_DIR": _LOADS,
    "LUA_INIT*": _RUNS,
    "LUA_PATH*": _LOADS,
    "LUA_CPATH*": _LOADS,
    "R_PROFILE*": _RUNS,
    "R_ENVIRON*": _LOADS,
    "R_LIBS*": _LOADS,
    "JULIA_LOAD_PATH": _LOADS,
    "JULIA_DEPOT_PATH": _LOADS,
    "ERL_*FLAGS": _RUNS,
    "ERL_LIBS": _LOADS,
    "ELIXIR_ERL_OPTIONS": _RUNS,
    "JAVA_TOOL_OPTIONS": _LOADS,
    "_JAVA_OPTIONS": _LOADS,
    "JDK_JAVA_OPTIONS": _LOADS,
    "GOFLAGS": _RUNS,
    "RUSTC_WRAPPER": _RUNS,
    "BASH_ENV": _READS,
    "ENV": _READS,
    "BASH_FUNC_*": _READS,
    "IFS": _READS,
    "SHELLOPTS": _READS,
    "BASHOPTS": _READS,
    "POSIXLY_CORRECT": _READS,
    "PS4": _RUNS,
    "PROMPT_COMMAND": _RUNS,
    "PATH": "it decides which programs run",
    "SHELL": _RUNS,
    "*PAGER": _RUNS,
    "LESSOPEN": _RUNS,
    "LESSCLOSE": _RUNS,
    "*EDITOR": _RUNS,
    "VISUAL": _RUNS,
    "BROWSER": _RUNS,
    "GIT_*": "git runs or reads what it names",
    "*_ASKPASS": _RUNS,
    "IMAGEIO_FFMPEG_EXE": _RUNS,
    "RSYNC_RSH": _RUNS,
    "TAR_OPTIONS": _RUNS,
    "MAKEFLAGS": _RUNS,
    "GNUMAKEFLAGS": _RUNS,
    "MAKEFILES": _RUNS,
    "HOME": "it moves every path below ~",
    "PWD": "it moves every path below $PWD",
    "AILERON_*": "it is Aileron's own",
    "DOCKER_HOST": _LEADS,
    "DOCKER_CONTEXT": _LEADS,
    "DOCKER_CONFIG": _LEADS,
    "CONTAINER_HOST": _LEADS,
    "CONTAINER_CONNECTION": _LEADS,
    "http_proxy": _LEADS,
    "https_proxy": _LEADS,
    "all_proxy": _LEADS,
    "HTTP_PROXY": _LEADS,
    "HTTPS_PROXY": _LEADS,
    "ALL_PROXY": _LEADS,
    "SSL_CERT_FILE": _LEADS,
    "SSL_CERT_DIR": _LEADS,
    "CURL_CA_BUNDLE": _LEADS,
    "REQUESTS_CA_BUNDLE": _LEADS,
    "NODE_EXTRA_CA_CERTS": _LEADS,
    "NODE_TLS_REJECT_UNAUTHORIZED": _LEADS,
    "PIP_*INDEX_URL": _LEADS,
    "UV_*INDEX*": _LEADS,
    "npm_config_*": _LEADS,
    "NPM_CONFIG_*": _LEADS,
}

# Folders below the one that a command runs in.
_OWN_FOLDERS = r"(?!.*\.\.)(?!/)(?!.*[;:]/)[\w./?;:-]*"

# The first pattern that covers a name decides; its values are plain.
PLAIN = {
    "PYTHONUNBUFFERED": ".*",
    "PYTHONDONTWRITEBYTECODE": ".*",
    "PYTHONIOENCODING": ".*",
    "PYTHONUTF8": ".*",
    "PYTHONHASHSEED": ".*",
    "PYTHONWARNINGS": "|ignore|default|error|always|once|ignore::\\w+",
    "PYTHONFAULTHANDLER": ".*",
    "PYTHONTRACEMALLOC": ".*",
    "PYTHONASYNCIODEBUG": ".*",
    "PYTHONBREAKPOINT": "0?",
    "PYTHONNOUSERSITE": ".*",
    "PYTHONSAFEPATH": ".*",
    "PHP_INI_SCAN_DIR": "",
    "LUA_PATH*": _OWN_FOLDERS,
    "LUA_CPATH*": _OWN_FOLDERS,
    "R_LIBS*": _OWN_FOLDERS,
    "JULIA_LOAD_PATH": "@|@stdlib|:|@:@stdlib",
    "JULIA_DEPOT_PATH": _OWN_FOLDERS,
    "ERL_*FLAGS": "(-kernel shell_history (enabled|disabled)|\\+[A-Z] ?\\d+(:\\d+)?| )*",
    "NODE_OPTIONS": "(--(max-old-space-size|stack-size)=\\d+|--no-warnings"
    "|--experimental-vm-modules|--trace-\\w+|--openssl-legacy-provider| )*",
    "IFS": "[\\s,:;|=/.-]{0,3}",
    "SHELL": "/bin/(ba|da|z)?sh|/usr/bin/(ba|da|z)sh",
    "*PAGER": "|cat|less|more|less -[A-Z]+",
    "*EDITOR": "|:|true|cat|vi|vim|nano",
    "VISUAL": "|:|true|cat|vi|vim|nano",
    "GIT_TERMINAL_PROMPT": ".*",
    "GIT_AUTHOR_*": ".*",
    "GIT_COMMITTER_*": ".*",
    "GIT_MERGE_AUTOEDIT": ".*",
    "GIT_OPTIONAL_LOCKS": ".*",
    "GIT_LFS_SKIP_SMUDGE": ".*",
    "GIT_CONFIG_NOSYSTEM": ".*",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_TRACE*": "[0-2]?|true|false",
    "GIT_DIFF_OPTS": ".*",
    "GOFLAGS": "(-mod=(mod|vendor|readonly)|-count=\\d+|-v|-race|-buildvcs=(false|true)| )*",
    "MAKEFLAGS": "-?j ?\\d*",
    "npm_config_yes": ".*",
    "npm_config_loglevel": "\\w*",
    "npm_config_cache": "/tmp/[\\w./-]+",
    "DOCKER_CONTEXT": "|default|desktop-linux|colima|orbstack|rootless",
    "PIP_*INDEX_URL": "https://pypi\\.org/simple/?|https://download\\.pytorch\\.org/[\\w/.]+",
}

_DECLARES = frozenset({"export", "declare", "typeset", "readonly", "local", "env", "sudo"})
_ASSIGNMENT = re.compile(r"([A-Za-z_][^=\s+]*)\+?=")
_READS_INTO = frozenset({"read", "mapfile", "readarray", "getopts"})
_COMPUTES = frozenset({"let", "(("})


def judge(shape: Shape, facts: Facts) -> Iterable[Finding]:
    if shape.name == "unset" and any(
        word.value is None and "AILERON_" in word.source for word in shape.command.words
    ):
        yield deny("effect/own-variables", "takes away what Aileron is found by")
    for name, word in assigned(shape):
        why = delicate(name)
        if name.startswith("AILERON_"):
            yield deny("effect/own-variables", f"sets {name}: {why}")
        elif why and not _plain(name, word, shape, facts):
            yield ask(f"environment/{name}", f"sets {name}: {why}", firm=True)


_ELSEWHERE = re.compile(
    r"(?:\b(?:for|select)\s+|\$\{|\(\()(PATH|IFS|LD_\w+|BASH_ENV|ENV|PS4|HOME|PWD"
    r"|PGHOST|PGHOSTADDR|PGSERVICE|MYSQL_HOST|NVM_DIR|SDKMAN_DIR|ASDF_DIR|CARGO_HOME|IDF_PATH|EMSDK"
    r"|ZEPHYR_BASE|CONDA_PREFIX|CONDA_ROOT|CONDA_DIR|VIRTUAL_ENV)\b(?:\s+in\b|:?=|\s*[-+]?=)"
)


_SIGNS = names("""
    PATH IFS LD_ ENV PS4 HOME PWD PGHOST PGSERVICE MYSQL_HOST NVM_DIR SDKMAN_DIR ASDF_DIR IDF_PATH
    EMSDK ZEPHYR_BASE CONDA_
    """)


def judge_text(text: str) -> Iterable[Finding]:
    """Variables that are set by something other than a simple command: a loop, `${PATH:=x}`."""
    if not any(sign in text for sign in _SIGNS):
        return
    for found in _ELSEWHERE.finditer(text):
        name = found[1]
        why = delicate(name) or _LEADS
        yield ask(f"environment/{name}", f"sets {name}: {why}", firm=True)


def assigned(shape: Shape) -> Iterable[tuple[str, Word]]:
    """Each variable that a command sets, with its value as a word."""
    command = shape.command
    for name, word in command.assignments:
        if not (name == "IFS" and shape.name in ("read", "mapfile", "readarray")):
            yield name, word
    if shape.names & _DECLARES:
        for word in command.words[1:]:
            text = word.value if word.value is not None else word.source
            found = _ASSIGNMENT.match(text)
            if found:
                yield found[1], _after(word, found.end())
    for name in _set_otherwise(shape):
        yield name, Word(source=name, value=None)


def _set_otherwise(shape: Shape) -> Iterable[str]:
    """Variables that a builtin sets by their name: `read PATH`, `printf -v PATH`, `let PATH=1`."""
    words = [word.value or "" for word in shape.command.words[1:]]
    if shape.name in _READS_INTO:
        yield from (word for word in words if word.isidentifier())
    elif shape.name == "printf" and words[:1] == ["-v"]:
        yield from words[1:2]
    elif shape.name == "printf" and words and words[0].startswith("-v"):
        yield words[0][2:]
    elif shape.name in _COMPUTES:
        yield from (found[1] for word in words for found in _COMPUTED.finditer(word))


_COMPUTED = re.compile(r"([A-Za-z_]\w*)\s*(?:[-+*/%&|^]|<<|>>)?=(?!=)")


def _after(word: Word, start: int) -> Word:
    """The part of an assignment word behind its `=`."""
    if word.value is not None:
        rest = word.value[start:]
        return Word(source=rest, value=rest, dynamic=word.dynamic, quoted=word.quoted)
    prefix = word.prefix[start:] if len(word.prefix) > start else ""
    known = all("=" in one[:start] for one in word.could)
    return Word(
        source=word.source[start:],
        value=None,
        dynamic=word.dynamic,
        prefix=prefix,
        could=tuple(one[start:] for one in word.could) if known else (),
    )


def delicate(name: str) -> str:
    """Why setting a variable matters, "" if it does not."""
    if name in DELICATE:
        return DELICATE[name]
    for pattern, why in DELICATE.items():
        if "*" in pattern and fnmatch.fnmatchcase(name, pattern):
            return why
    return ""


def _plain(name: str, word: Word, shape: Shape, facts: Facts) -> bool:
    if name == "PATH":
        return _search_path(word, shape, facts, "PATH", project=False)
    if name in ("PYTHONPATH", "NODE_PATH"):
        return _search_path(word, shape, facts, name, project=True)
    if word.value is None:
        return False
    for pattern, values in PLAIN.items():
        if fnmatch.fnmatchcase(name, pattern):
            return re.fullmatch(values, word.value) is not None
    return False


def _search_path(word: Word, shape: Shape, facts: Facts, name: str, *, project: bool) -> bool:
    """Whether every folder of a search path is one where a bare name may be found.

    For programs: outside project and scratch space, or where the project has its programs.
    For modules (`project`): the project too, whose code runs anyway.
    """
    for part in _folders(word):
        if part in (f"${name}", f"${{{name}}}", f"${{{name}:-}}", f"${{{name}:+:${name}}}"):
            continue
        if _TELLS_HOME.fullmatch(part):
            continue
        if not part:
            if project:
                continue
            return False
        path = _folder(part, shape, facts)
        if path is None or paths.place(path, facts) is paths.Place.SINK:
            return False  # /dev/shm: anybody writes there
        inside = any(paths.inside(path, root) for root in (facts.project, *facts.scratch))
        tools = re.search(r"/(\.?venv/bin|node_modules/\.bin)$", path) is not None
        own = tools or _is_own_folder(path, facts)
        if inside and not own and not (project and paths.inside(path, facts.project)):
            return False
    return True


# What a tool tells about where it keeps programs.
_TELLS_HOME = re.compile(
    r"(?:\$\(|`)(?:go env (?:GOPATH|GOROOT)|pyenv root|brew --prefix(?: [\w@.-]+)?|npm bin|yarn bin"
    r"|npm (?:config get|prefix) (?:prefix|-g)|npm prefix|composer global config bin-dir --absolute"
    r"|python3? -m site --user-base|gem env gemdir|rustc --print sysroot|llvm-config --bindir"
    r"|ruby -e 'puts Gem\.user_dir')(?:\)|`)(?:/(?:bin|shims|sbin|libexec)(?:/[\w-]+)?)?"
)
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})((?:/[\w.@+-]+)*)/?")
# Variables that say where a tool lives: the person's, where the text does not set them.
_HOMES = names("""
    GOPATH GOROOT GOBIN CARGO_HOME RUSTUP_HOME PYENV_ROOT RBENV_ROOT NODENV_ROOT GOENV_ROOT
    NVM_DIR NVM_BIN FNM_DIR VOLTA_HOME BUN_INSTALL DENO_INSTALL PNPM_HOME JAVA_HOME JDK_HOME
    M2_HOME MAVEN_HOME GRADLE_HOME SDKMAN_DIR ANDROID_HOME ANDROID_SDK_ROOT ANDROID_NDK_HOME
    FLUTTER_HOME FLUTTER_ROOT PUB_CACHE ASDF_DIR ASDF_DATA_DIR CONDA_PREFIX CONDA_ROOT
    VIRTUAL_ENV POETRY_HOME GEM_HOME DOTNET_ROOT CUDA_HOME CUDA_PATH IDF_PATH EMSDK
    ZEPHYR_BASE HOMEBREW_PREFIX XDG_DATA_HOME PIPX_BIN_DIR GHCUP_INSTALL_BASE_PREFIX
    ELAN_HOME LLVM_HOME QT_DIR VCPKG_ROOT KREW_ROOT WASMTIME_HOME
    """)


def _folders(word: Word) -> list[str]:
    """The folders of a search path as they are written."""
    text = word.source if word.value is None else word.value
    if word.value is None:
        text = text.removeprefix('"').removesuffix('"')
    return text.split(":")


def _folder(part: str, shape: Shape, facts: Facts) -> str | None:
    """The absolute path of one folder, None where it is not known."""
    part = re.sub(r"^(?:\$\(pwd\)|`pwd`)(?=/|$)", ".", part)
    led = _VARIABLE.fullmatch(part)
    if led is not None and (led[1] or led[2]) not in ("HOME", "PWD"):
        name = led[1] or led[2]
        value = shape.variables.get(name) or facts.environment.get(name)
        if value is None and name in _HOMES:
            return paths.join(facts.home or "/home", f".{name}{led[3]}")
        if value is None or not value.startswith("/"):
            return None
        return paths.join("/", value + led[3])
    if "$" in part:
        return paths.of_word(Word(source=part, value=None), shape.cwd, facts)
    if re.search(r"[`\"'\\*?\[]", part):
        return None
    return paths.absolute(part, shape.cwd, facts)


def _is_own_folder(path: str, facts: Facts) -> bool:
    """Whether a folder is where the project has its own programs, or what it builds."""
    if path == facts.project or not paths.inside(path, facts.project):
        return False
    named = path.rpartition("/")[2] in ("bin", ".bin")
    return named or paths.is_build_output(path, facts)


def own_folders(word: Word, shape: Shape, facts: Facts) -> list[str]:
    """The folders of the project that a search path begins or goes on with."""
    found = [_folder(part, shape, facts) for part in _folders(word) if part]
    return [one for one in found if one is not None and _is_own_folder(one, facts)]
