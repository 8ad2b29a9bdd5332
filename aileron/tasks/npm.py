"""package.json: what `npm run x`, `yarn x`, `pnpm x`, `bun run x` and an install would run.

The nearest package.json upwards counts.  A script brings its `pre` and `post`
scripts along; what stands behind its name (for npm: behind `--`) is appended to
it.  npm, pnpm, yarn and bun give it to `sh -c`, in the folder of package.json.
Where a name is no script, yarn and pnpm run the program of that name from
node_modules/.bin.  Workspaces are not looked through: which packages they mean
stands in other files.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator

from aileron.tasks.task import Call, File, Plan, Read, Step, Words, bounded, names, quoted

FILES = ("package.json",)
NAMES = names("npm pnpm yarn yarnpkg bun")
ALL = names("npm-run-all run-s run-p npm-run-all2")

_RUN = names("run run-script rum urn")
_SHORT = {"test": "test", "t": "test", "tst": "test", "start": "start", "stop": "stop"}
_SHORT |= {"restart": "restart"}
# What runs where package.json has no such script.
_WITHOUT = {"start": "node server.js", "restart": "npm stop --if-present && npm start"}
_INSTALL = names("""
    install i in ins inst insta instal isnt isnta isntal isntall ci clean-install ic install-clean
    isntall-clean
    """)
_LIFECYCLE = {
    "install": "preinstall install postinstall prepublish preprepare prepare postprepare",
    "version": "preversion version postversion",
    "pack": "prepack prepare postpack",
    "publish": "prepublishOnly prepack prepare postpack publish postpublish",
}
_FOLDER = names("--prefix -C --dir --cwd")
_WORKSPACES = names("""
    -w --workspace --workspaces -ws --include-workspace-root -F --filter --filter-prod -r
    --recursive --script-shell --shell --workspace-root -g --global --location
    """)
_FLAGS = names("""
    -s --silent --quiet -q --verbose -d --if-present --ignore-scripts --no-audit --no-fund
    --foreground-scripts --offline --prefer-offline --frozen-lockfile --immutable
    --no-frozen-lockfile --force -f --legacy-peer-deps --no-progress --color --no-color --bun -b
    --parallel --sequential --no-bail --aggregate-output --stream -D --save-dev --production
    --include=dev --omit=dev --no-optional --ignore-engines --non-interactive --pure-lockfile -y
    --yes --watch --hot
    """)
# What yarn, pnpm and bun do by themselves; any other word is the name of a script.
_OWN = names("""
    access add approve-builds audit autoclean bin build-cache cache cat-file cat-index check
    completion config constraints create dedupe deploy-cache dlx docs doctor env exec explain
    fetch find-hash fund generate-lock-entry global help hook import info init init-package
    licenses link list ll login logout ls node npm outdated owner pack patch patch-commit
    patch-remove plugin pm policies prune publish rb rebuild remove rm root search self-update
    server set setup stage store tag team un uninstall unlink unplug update up upgrade
    upgrade-interactive upgrade version versions why whoami workspace workspaces x deploy repl a c
    link bugs repo
    """)
_BUN_OWN = names("test build install upgrade outdated feedback")
_BUN_FILE = re.compile(r".*\.[cm]?[jt]sx?|.*/.*|-")


def call(name: str, words: Words, folder: str) -> Call | None:
    """What an npm, yarn, pnpm or bun command asks of package.json."""
    if name in ALL:
        patterns = tuple(word for word in words if word and not word.startswith("-"))
        return Call(name, folder, FILES, True, patterns) if patterns else None
    options: set[str] = set()
    at = 0
    found: list[str] = []
    while at < len(words) and len(found) < 2:
        word = words[at]
        flag, equals, value = (word or "").partition("=")
        if word is None or flag in _WORKSPACES:
            return None
        if flag in _FOLDER:
            given = value if equals else words[at + 1] if at + 1 < len(words) else None
            if not given:
                return None
            folder = posixpath.normpath(posixpath.join(folder, given))
            at += 1 if equals else 2
            continue
        if word.startswith("-") and word != "--":
            if flag not in _FLAGS and not equals and not (found and name == "npm"):
                return None
            options.add(flag)
        elif word != "--":
            found.append(word)
            if found[0] not in _RUN:
                at += 1
                break
        at += 1
    rest = words[at:]
    if any(word is not None and word.partition("=")[0] in _WORKSPACES for word in _own(rest)):
        return None
    kept = frozenset(options & {"--ignore-scripts"})
    return _call(name, found, rest, folder, kept)


def _own(words: Words) -> Words:
    """The words in front of `--`: the runner's own."""
    return words[: words.index("--")] if "--" in words else words


def _call(
    name: str, found: list[str], rest: Words, folder: str, options: frozenset[str]
) -> Call | None:
    first = found[0] if found else ""
    if first in _INSTALL or (not first and name == "yarn" and not rest):
        if any(word is None or not word.startswith("-") for word in rest):
            return None  # packages: the project's own scripts do not run
        if "--ignore-scripts" in rest or options:
            return None
        return _lifecycle("install", folder)
    if first in ("version", "pack", "publish") and name != "bun":
        return None if options else _lifecycle(first, folder)
    if first in _RUN:
        script = found[1] if len(found) > 1 else ""
    elif first in _SHORT and name != "bun":
        script = _SHORT[first]
    elif name in ("yarn", "yarnpkg", "pnpm", "bun") and first and first not in _OWN:
        script = first
        if name == "bun" and first in _BUN_OWN:
            return None
    else:
        return None
    if not script or (name == "bun" and _BUN_FILE.fullmatch(script)):
        return None
    if name != "npm":
        options |= {"bin"}
    return Call(name, folder, FILES, True, (script,), _appended(name, rest), options=options)


def _lifecycle(kind: str, folder: str) -> Call:
    scripts = tuple(_LIFECYCLE[kind].split())
    return Call("npm", folder, FILES, True, scripts, options=names("lifecycle"))


def _appended(name: str, rest: Words) -> Words:
    """The arguments of the script: npm takes options in front of `--` for its own."""
    if name != "npm":
        return rest[1:] if rest[:1] == ("--",) else rest
    own = _own(rest)
    kept = tuple(word for word in own if word is None or not word.startswith("-"))
    return kept + rest[len(own) + 1 :]


def plan(call: Call, file: File, read: Read) -> Plan:
    """The scripts of package.json that a call would run."""
    del read
    try:
        whole = json.loads(file.text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return Plan((), "it is no JSON that could be read")
    given = whole.get("scripts", {}) if isinstance(whole, dict) else None
    if not isinstance(given, dict):
        return Plan((), "it has no table of scripts")
    scripts = {name: text for name, text in given.items() if isinstance(text, str)}
    if call.runner in ALL:
        matched = list(_matched(call.tasks, scripts))
        unclear = "" if matched else "there is no such script"
        steps = [step for name in matched for step in _steps(name, scripts, call, file)]
        return bounded(steps, unclear)
    if "lifecycle" in call.options:
        kept = [Step(name, scripts[name], file.folder) for name in call.tasks if name in scripts]
        return bounded(kept, "")
    [name] = call.tasks
    found = list(_steps(name, scripts, call, file))
    if name not in scripts and found == []:
        return Plan((), f"there is no script {name}")
    return bounded(found, "")


def _steps(name: str, scripts: dict[str, str], call: Call, file: File) -> Iterator[Step]:
    text = scripts.get(name)
    if text is None:
        if name in _WITHOUT:
            text = _WITHOUT[name]
        elif "bin" in call.options and re.fullmatch(r"[\w@][\w@./-]*", name):
            yield Step(name, name + quoted(call.words), call.folder)
            return
        else:
            return
    hooks = "--ignore-scripts" not in call.options
    if hooks and f"pre{name}" in scripts:
        yield Step(f"pre{name}", scripts[f"pre{name}"], file.folder)
    yield Step(name, text + quoted(call.words), file.folder)
    if hooks and f"post{name}" in scripts:
        yield Step(f"post{name}", scripts[f"post{name}"], file.folder)


def _matched(patterns: Iterable[str], scripts: dict[str, str]) -> Iterator[str]:
    """The scripts that npm-run-all means: `*` stands for what has no colon in it."""
    for pattern in patterns:
        wanted = pattern.split()[0] if pattern.split() else ""
        if "*" not in wanted:
            yield from [wanted] if wanted in scripts else []
            continue
        parts = re.split(r"(\*\*?)", wanted[:200])
        signs = {"*": "[^:]*", "**": ".*"}
        if len(parts) > 7:
            continue
        expression = re.compile("".join(signs.get(part, re.escape(part)) for part in parts))
        yield from (name for name in scripts if len(name) < 200 and expression.fullmatch(name))
