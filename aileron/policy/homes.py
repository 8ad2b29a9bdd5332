"""Where tools live: scripts that set up the shell for one, and folders that go into PATH.

`source ~/.nvm/nvm.sh`, `. .venv/bin/activate`, `PATH="$PYENV_ROOT/bin:$PATH"`: a developer's
day begins with these.  A script is known by its path, wherever the command may run; outside
project and scratch space nobody but the person put it there.  In the project it is a virtual
environment's `bin/activate`, or what a build of ROS sets up; not where the same text writes it.
A variable that leads to a tool is the person's where the text does not set it; where it does,
it counts for what it is set to, everywhere alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aileron.model import Facts, Verdict
from aileron.policy import effects, environment, paths
from aileron.policy.bringing import BUILDS
from aileron.policy.finding import Finding, ask
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import ANYTHING, Word

RULE = "environment-scripts"
_SOURCES = names("source .")
_OUTSIDE = re.compile(
    r".*/(?:nvm|asdf|sdkman-init|conda|mamba|micromamba|emsdk_env|chruby|init-nvm|opam-init/init"
    r"|google-cloud-sdk/(?:path|completion)\.bash\.inc|git-prompt|git-completion)(?:\.(?:ba|z)?sh)?"
    r"|.*/\.(?:cargo|ghcup|deno|elan|local/bin|rye|foundry|swiftly|wasmer|modular|juliaup)"
    r"/env(?:\.sh)?|.*/\.rvm/scripts/rvm|.*/esp-idf[^/]*/export\.sh|.*/zephyr/zephyr-env\.sh"
    r"|/opt/ros/[^/]+/(?:local_)?setup\.(?:ba|z)?sh"
    r"|/opt/intel/oneapi/(?:.*/)?(?:set)?vars\.sh|/opt/rh/[^/]+/enable"
    r"|/opt/(?:.*/)?(?:environment-setup-[\w-]+|settings64\.sh|activate\.sh)"
    r"|/opt/(?:mini|ana)?conda3?/bin/activate|/opt/mini(?:conda|forge)3?/bin/activate"
    r"|/etc/(?:os-release|lsb-release|profile|bashrc|bash\.bashrc|environment|bash_completion"
    r"|profile\.d/[\w.+-]+\.sh)|/usr/lib/(?:os-release|git-core/git-sh-\w+)"
    r"|/usr/share/(?:bash-completion|nvm|chruby|git|fzf|doc/fzf)/[\w./-]+"
)
_OF_HOME = re.compile(
    r"\.(?:bashrc|bash_profile|bash_login|bash_aliases|profile|zshrc|zprofile|zshenv|fzf\.bash)"
    r"|(?:.*/)?bin/activate"
)
_OF_PROJECT = re.compile(
    r"(?:.*/)?bin/activate|(?:.*/)?(?:install|devel)/(?:local_)?setup\.(?:ba|z)?sh"
)
# What the variable of a tool, or what the tool tells, leads to.
_BY_VARIABLE = {
    "NVM_DIR": r"/nvm\.sh|/bash_completion",
    "SDKMAN_DIR": r"/bin/sdkman-init\.sh",
    "ASDF_DIR": r"/(?:libexec/)?asdf\.sh",
    "CARGO_HOME": r"/env",
    "IDF_PATH": r"/export\.sh",
    "EMSDK": r"/emsdk_env\.sh",
    "ZEPHYR_BASE": r"/zephyr-env\.sh",
    "CONDA_PREFIX": r"/etc/profile\.d/\w+\.sh|/bin/activate",
    "CONDA_ROOT": r"/etc/profile\.d/\w+\.sh|/bin/activate",
    "CONDA_DIR": r"/etc/profile\.d/\w+\.sh|/bin/activate",
    "VIRTUAL_ENV": r"/bin/activate",
}
_TOLD = re.compile(
    r'"?(?:\$\(|`)(?:(conda) info --base(?:\)|`)"?/etc/profile\.d/(?:conda|mamba)\.sh'
    r"|(brew) --prefix(?: [\w@.-]+)?(?:\)|`)\"?/[\w./@-]*(?:nvm|asdf|chruby|conda)\.sh"
    r'|(poetry) env info (?:-p|--path)(?:\)|`)"?/bin/activate'
    r'|(pipenv) --venv(?:\)|`)"?/bin/activate)"?'
)
_LED = re.compile(r'"?\$(?:(\w+)|\{(\w+)(?::?-(\$HOME|\$\{HOME\}|~)(/[\w./-]*))?\})"?(/[\w./-]+)"?')
_DEFAULT = re.compile(r'"?\$\{(\w+):?[-=](?:\$HOME|\$\{HOME\}|~)(/[\w./-]*)\}"?')
_MAKES_ENVIRONMENTS = names("""
    python python3 virtualenv uv poetry pipenv pdm hatch conda mamba micromamba tox nox rm mkdir
    colcon catkin_make catkin pip pip3
    """)


_ASKED = re.compile(r"(?:\$\(|`)(?:conda|brew|poetry|pipenv) ")
_DEFINES = re.compile(
    r"\b(?:conda|brew|poetry|pipenv)\s*\(\s*\)|\bfunction\s+(?:conda|brew|p\w+)\b"
)


def judge_text(text: str) -> list[Finding]:
    """A function that may be what tells where a script lies, wherever the text defines it."""
    if not _ASKED.search(text) or not _DEFINES.search(text):
        return []
    return [ask(RULE, "a function of the text may tell where the script lies", firm=True)]


def with_variables(shapes: list[Shape], facts: Facts) -> list[Shape]:
    """Those commands that PATH or a script to source depend on, with what the text sets."""
    concerned = [at for at, one in enumerate(shapes) if one.name in _SOURCES or _sets_path(one)]
    if not concerned:
        return shapes
    told: dict[str, set[str]] = {}
    for one in shapes:
        for name, word in environment.assigned(one):
            found = _or_default(name, word, facts) or paths.all_of_word(word, one.cwds, facts)
            told.setdefault(name, set()).add(found[0] if len(found) == 1 else ANYTHING)
    variables = {
        name: next(iter(each)) if len(each) == 1 else ANYTHING for name, each in told.items()
    }
    made = list(shapes)
    for at in concerned:
        made[at] = replace(made[at], variables=variables)
    return made


def _or_default(name: str, word: Word, facts: Facts) -> tuple[str, ...]:
    """`NVM_DIR="${NVM_DIR:-$HOME/.nvm}"`: the value that there is, or one below the home."""
    found = _DEFAULT.fullmatch(word.source) if word.value is None else None
    if found is None or found[1] != name:
        return ()
    given = facts.environment.get(name)
    return (given or paths.join(facts.home or "/home", f".{found[2]}"),)


def _sets_path(shape: Shape) -> bool:
    return any(name == "PATH" for name, _ in environment.assigned(shape))


def judge(shapes: Sequence[Shape], at: int, facts: Facts) -> list[Finding]:
    shape = shapes[at]
    sources = shape.name in _SOURCES and len(shape.command.words) > 1
    if sources and not shape.command.appended and _sets_up(shapes, at, facts):
        return [Finding(verdict=Verdict.ALLOW, rule=RULE, reason="sets up the environment")]
    for name, word in environment.assigned(shape) if _sets_path(shape) else ():
        for folder in environment.own_folders(word, shape, facts) if name == "PATH" else ():
            if _writes(shapes, at, folder, facts, anywhere=True):
                why = f"sets PATH: programs come from {folder}, which the same command may write"
                return [ask("environment/PATH", why, firm=True)]
    return []


def _sets_up(shapes: Sequence[Shape], at: int, facts: Facts) -> bool:
    shape = shapes[at]
    word = shape.command.words[1]
    told = _TOLD.fullmatch(word.source)
    if told is not None:
        tool = next(one for one in told.groups() if one)
        return not any(one.command.function and one.name == tool for one in shapes)
    found = _led(word, shape.variables, facts) or paths.all_of_word(word, shape.cwds, facts)
    return bool(found) and all(_is_known(one, shapes, at, facts) for one in found)


def _led(word: Word, variables: Mapping[str, str], facts: Facts) -> tuple[str, ...]:
    """The paths that a tool's variable leads to; "" for what the person's own value says."""
    found = _LED.fullmatch(word.source) if word.value is None else None
    if found is None:
        return ()
    name, tail = found[1] or found[2], found[5]
    led: list[str] = []
    if found[3]:
        led.append(paths.join(facts.home or "/home", f".{found[4]}{tail}"))
    value = variables.get(name) or facts.environment.get(name)
    if value is not None:
        led.append(ANYTHING if value == ANYTHING else paths.join("/", value + tail))
    elif re.fullmatch(_BY_VARIABLE.get(name, "(?!)"), tail):
        led.append("")
    elif not led:
        return ()
    return tuple(led)


def _is_known(path: str, shapes: Sequence[Shape], at: int, facts: Facts) -> bool:
    if path == "":
        return True
    if path == ANYTHING:
        return False
    here = (path, paths.real(path, facts))
    if any(paths.inside(one, root) for one in here for root in (facts.project, *facts.scratch)):
        return (
            _OF_PROJECT.fullmatch(path) is not None
            and all("/.git/" not in one for one in here)
            and not _writes(shapes, at, path, facts)
        )
    if paths.place(path, facts) in (paths.Place.SINK, paths.Place.DEVICE):
        return False  # /dev/shm: anybody writes there
    home = f"{facts.home}/" if facts.home else ""
    if home and path.startswith(home) and _OF_HOME.fullmatch(path.removeprefix(home)):
        return True
    return _OUTSIDE.fullmatch(path) is not None


def _writes(
    shapes: Sequence[Shape], at: int, path: str, facts: Facts, *, anywhere: bool = False
) -> bool:
    """Whether another command of the text, that neither builds nor makes an environment, may
    write a file, or in a folder, before the one at `at`, or `anywhere`."""
    for number, shape in enumerate(shapes):
        if number == at or shape.names & (_MAKES_ENVIRONMENTS | BUILDS):
            continue
        if number > at and not (shape.command.loop or shape.command.background or anywhere):
            continue
        for access in effects.touched(shape):
            if access.kind not in ("write", "link"):
                continue
            for one in effects.paths_of(access, shape, facts):
                if one == ANYTHING or paths.inside(path, one) or paths.inside(one, path):
                    return True
    return False
