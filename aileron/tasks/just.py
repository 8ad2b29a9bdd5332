"""justfiles: what `just [recipe] [arguments]` would run.

A recipe's lines go to the shell one by one, those of a recipe with a `#!` line
together to what it names; what a recipe needs runs, too.  `{{name}}` is known
where it is a variable or a parameter with a literal value; any other expression
is a variable in the text.  Backticks run while the file is evaluated: they are
commands, whatever the recipe.  `import` and `mod` bring recipes of other files;
then, and for a recipe that is not there, the plan is not the whole truth.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from aileron.tasks.task import UNKNOWN, Call, File, Plan, Read, Step, Words, bounded, names

FILES = ("justfile", "Justfile", ".justfile", "JUSTFILE")
NAMES = names("just")

_SHELLS = names("sh bash dash zsh")
_TELLS = names("""
    -l --list --summary --show -s --dump --fmt --init -e --edit --groups --man --completions
    --changelog --variables --version -V --help -h --evaluate --choose --command -c
    """)
_FLAGS = names("""
    -v --verbose -q --quiet -n --dry-run --highlight --no-highlight --no-deps --one --unstable
    --timestamp --yes --explain --check --no-aliases -u --unsorted --allow-missing
    """)
_NAME = re.compile(r"@?([A-Za-z_][\w-]*)(?=[\s:])")
_PIECE = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|:=|[^'\"`:]+|.", re.DOTALL)
_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][\w-]*)\s*:=\s*(.*)")
_ALIAS = re.compile(r"alias\s+([A-Za-z_][\w-]*)\s*:=\s*([A-Za-z_][\w-]*)")
_SETTING = re.compile(r"set\s+([\w-]+)(?:\s*:=\s*(.*))?")
_LITERAL = re.compile(r"'([^'{]*)'|\"([^\"\\{]*)\"")
_INTERPOLATION = re.compile(r"\{\{(?!\{)(.*?)\}\}", re.DOTALL)
_BACKTICK = re.compile(r"```(.*?)```|`([^`]*)`", re.DOTALL)
_PARAMETER = re.compile(r"[+*]?\$?([A-Za-z_][\w-]*)(?:=(\S+))?")
_NEED = re.compile(r"\(\s*([A-Za-z_][\w-]*)|([A-Za-z_][\w-]*)|[()]|\S")
_FIRST_LINE = re.compile(
    r"#!\s*(?:/usr)?(?:/local)?/bin/(?:env\s+)?(bash|sh|dash|zsh)(?:\s+-[eux]+)*\s*"
)


def call(name: str, words: Words, folder: str) -> Call | None:
    """What a just command asks for."""
    del name
    settings: list[tuple[str, str | None]] = []
    file, at = "", 0
    upwards = True
    while at < len(words):
        word = words[at]
        if word is None:
            return None
        flag, equals, value = word.partition("=")
        setting = re.fullmatch(r"([A-Za-z_][\w-]*)=(.*)", word, re.DOTALL)
        if setting:
            settings.append((setting[1], setting[2]))
        elif flag in ("-f", "--justfile", "-d", "--working-directory", "--set"):
            count = 2 if flag == "--set" else 1
            given = (value,) if equals else words[at + 1 : at + 1 + count]
            if None in given or len(given) != count:
                return None
            if flag == "--set":
                settings.append((given[0] or "", given[1]))
            elif flag in ("-f", "--justfile"):
                file, upwards = given[0] or "", False
            else:
                return None
            at += 0 if equals else count
        elif flag in _TELLS or (word.startswith("-") and flag not in _FLAGS):
            return None
        elif word.startswith("-"):
            if flag in ("-n", "--dry-run"):
                return None
        else:
            break
        at += 1
    rest = words[at:]
    if rest and (rest[0] is None or "::" in rest[0] or "/" in rest[0]):
        return None
    task = (rest[0],) if rest and rest[0] else ()
    files = (file,) if file else FILES
    return Call("just", folder, files, upwards, task, rest[1:], tuple(settings))


@dataclass
class Recipe:
    name: str
    parameters: list[str]
    needs: list[str]
    lines: list[str] = field(default_factory=list)
    attributes: str = ""
    is_alias: bool = False


@dataclass
class Justfile:
    recipes: dict[str, list[Recipe]] = field(default_factory=dict)
    variables: dict[str, str | None] = field(default_factory=dict)
    shell: str | None = "sh"
    commands: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def plan(call: Call, file: File, read: Read) -> Plan:
    """The recipes that a call would run."""
    del read
    whole = _parse(file.text)
    whole.variables |= dict(call.settings)
    steps: list[Step] = []
    own = [name for name, found in whole.recipes.items() if not found[0].is_alias]
    goals = [*call.tasks] or own[:1]
    if not goals:
        whole.doubts.append("it has no recipe")
    # Words behind a recipe are its arguments, or further recipes where it takes none.
    words = list(call.words)
    while goals and words and words[0] in whole.recipes:
        if any(recipe.parameters for recipe in whole.recipes.get(goals[-1], [])):
            break
        goals.append(words.pop(0) or "")
    waiting = list(reversed(goals))
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in whole.recipes:
            whole.doubts.append(f"there is no recipe {name}")
        for recipe in whole.recipes.get(name, []):
            given = words if name == goals[-1] or recipe.is_alias else None
            steps += _steps(recipe, whole, given, file.folder)
            waiting += reversed(recipe.needs)
            if recipe.is_alias:
                goals += recipe.needs
    before = [Step("", text, file.folder, whole.shell or "sh") for text in whole.commands]
    return bounded([*before, *steps], [*whole.doubts, ""][0])


def _parse(text: str) -> Justfile:
    whole = Justfile()
    here: Recipe | None = None
    attributes = ""
    waiting = text.replace("\r\n", "\n").split("\n")
    at = 0
    while at < len(waiting):
        line = waiting[at]
        at += 1
        if line[:1] in (" ", "\t"):
            if here is not None:
                here.lines.append(line)
            continue
        if not line.strip():
            if here is not None:
                here.lines.append("")
            continue
        if line.startswith("#"):
            continue
        taken = [line]
        while at < len(waiting) and _is_open("\n".join(taken)) and len(taken) < 200:
            taken.append(waiting[at])
            at += 1
        line = "\n".join(taken)
        if line.startswith("["):
            attributes += line
            here = None
            continue
        here = _statement(line, whole, attributes)
        attributes = ""
    return whole


def _is_open(line: str) -> bool:
    """Whether a statement goes on in the next line."""
    return line.endswith("\\") or line.count("```") % 2 == 1 or line.count('"""') % 2 == 1


def _statement(line: str, whole: Justfile, attributes: str) -> Recipe | None:
    alias = _ALIAS.match(line)
    setting = _SETTING.match(line)
    if alias:
        whole.recipes[alias[1]] = [Recipe(alias[1], [], [alias[2]], is_alias=True)]
        return None
    if setting and line.startswith("set "):
        _set(setting[1], setting[2] or "", whole)
        return None
    if re.match(r"(import|mod)\b\??\s", line):
        whole.doubts.append("it brings recipes of other files")
        return None
    whole.commands += [found[1] or found[2] or "" for found in _BACKTICK.finditer(line)]
    assignment = _ASSIGNMENT.match(line)
    if assignment:
        literal = _LITERAL.fullmatch(assignment[2].partition("#")[0].strip())
        value = (literal[1] if literal[1] is not None else literal[2]) if literal else None
        whole.variables[assignment[1]] = value
        return None
    found = _header(line.replace("\\\n", " "))
    if found is None:
        whole.doubts.append("a line of it is not understood")
        return None
    name, parameters, needs = found
    recipe = Recipe(name, parameters.split(), _needs(needs), attributes=attributes)
    if "[windows]" not in attributes:  # of those for several systems each could run
        whole.recipes.setdefault(name, []).append(recipe)
    return recipe


def _header(line: str) -> tuple[str, str, str] | None:
    """The first line of a recipe: its name, its parameters, and what it needs."""
    name = _NAME.match(line)
    if name is None:
        return None
    for piece in _PIECE.finditer(line, name.end()):
        if piece[0] == ":":
            return name[1], line[name.end() : piece.start()], line[piece.end() :]
    return None


def _set(name: str, value: str, whole: Justfile) -> None:
    if name == "shell":
        given = re.findall(r"'([^']*)'|\"([^\"]*)\"", value)
        words = [one or other for one, other in given]
        shell = posixpath.basename(words[0]) if words else ""
        plain = all(re.fullmatch(r"-[euxlc]+|-o|pipefail", word) for word in words[1:])
        whole.shell = shell if shell in _SHELLS and plain else None
    elif name in ("working-directory", "script-interpreter"):
        whole.doubts.append(f"it sets {name}")


def _needs(text: str) -> list[str]:
    """The names of the recipes that stand behind the colon, without their arguments."""
    found: list[str] = []
    depth = 0
    for one in _NEED.finditer(text.partition("#")[0]):
        if one[1]:
            if depth == 0:
                found.append(one[1])
            depth += 1
        elif one[0] == "(":
            depth += 1
        elif one[0] == ")":
            depth -= 1
        elif one[2] and depth == 0:
            found.append(one[2])
    return found


def _steps(
    recipe: Recipe, whole: Justfile, words: list[str | None] | None, folder: str
) -> Iterator[Step]:
    if re.search(r"script|working-directory|no-cd", recipe.attributes):
        whole.doubts.append("a recipe runs elsewhere or otherwise")
        if not re.search(r"no-cd", recipe.attributes):
            return
    known = _arguments(recipe, whole, words)
    lines = recipe.lines
    while lines and not lines[-1]:
        lines = lines[:-1]
    indent = re.match(r"[ \t]*", lines[0]) if lines else None
    width = indent.end() if indent else 0
    kept = [line[width:] for line in lines]
    if kept and kept[0].startswith("#!"):
        first = _FIRST_LINE.fullmatch(kept[0])
        if first is None:
            whole.doubts.append("a recipe is in another language")
        else:
            yield Step(recipe.name, _shown("\n".join(kept[1:]), known, whole), folder, first[1])
        return
    if whole.shell is None:
        whole.doubts.append("its shell is none that is read")
        return
    joined: list[str] = []
    for line in kept:
        joined.append(line.lstrip() if joined else line)
        if line.endswith("\\"):
            continue
        text = "\n".join(joined)
        joined = []
        yield Step(
            recipe.name, _shown(re.sub(r"\A[@-]+", "", text), known, whole), folder, whole.shell
        )


def _arguments(
    recipe: Recipe, whole: Justfile, words: list[str | None] | None
) -> dict[str, str | None]:
    known = dict(whole.variables)
    for at, parameter in enumerate(recipe.parameters):
        found = _PARAMETER.fullmatch(parameter)
        if found is None:
            continue
        literal = _LITERAL.fullmatch(found[2] or "")
        value = (literal[1] if literal[1] is not None else literal[2]) if literal else None
        if words is None:  # another recipe needs it, perhaps with arguments
            value = None
        elif at < len(words):
            rest = words[at:] if parameter[0] in "+*" else words[at : at + 1]
            value = None if None in rest else " ".join(one or "" for one in rest)
        elif parameter[0] == "*" and not found[2]:
            value = ""
        known[found[1]] = value
    return known


def _shown(text: str, known: dict[str, str | None], whole: Justfile) -> str:
    def value(found: re.Match[str]) -> str:
        inner = found[1].strip()
        whole.commands += [one[1] or one[2] or "" for one in _BACKTICK.finditer(inner)]
        literal = _LITERAL.fullmatch(inner)
        if literal:
            return literal[1] if literal[1] is not None else literal[2]
        given = known.get(inner)
        if given is None:
            whole.doubts.append("a value in it is not known")
            return UNKNOWN
        return given

    end = (
        text.rfind("}}") + 2 if "}}" in text else 0
    )  # behind it nothing closes: looking there would take long
    return _INTERPOLATION.sub(value, text[:end]).replace("{{{{", "{{") + text[end:]
