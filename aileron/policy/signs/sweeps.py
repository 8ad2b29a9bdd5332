"""A program that goes through all of a folder, and deletes what it comes by.

`finddepth(sub { unlink or rmdir }, $ENV{HOME})`, `Dir.glob("#{Dir.home}/*").each { rm_rf }`: in any
language a list of the home folder, or of one that is spelled out, and a call that deletes what
only the run knows.  A condition that picks some of it is no plain sign; a question whether it is
a file or a folder is no such condition.
"""

from __future__ import annotations

import re

from aileron.policy.signs.values import Sign

_HOME = re.compile(
    r"\$ENV\{[\"']?HOME[\"']?\}|Dir\.home|ENV(?:\.fetch\([\"']HOME[\"']\)|\[[\"']HOME[\"']\])"
    r"|getenv\([\"']HOME[\"']\)|\$_(?:SERVER|ENV)\[[\"']HOME[\"']\]|\w*\.?homedir\(\)|os\.homedir"
    r"|process\.env\.HOME|os\.path\.expanduser\(r?[\"']~/?[\"']\)|(?:pathlib\.)?Path\.home\(\)"
    r"|os\.environ(?:\.get\([\"']HOME[\"']\)|\[[\"']HOME[\"']\])|require\([\"']os[\"']\)\.homedir\(\)"
    r"|File\.expand_path\([\"']~[\"']\)|Etc\.getpwuid\.dir|File::HomeDir->my_home"
)
_LISTS = re.compile(
    r"\b(?:glob|iglob|scandir|opendir|readdirSync|readdir|listdir|walk|finddepth|find|entries|children"
    r"|each_child|foreach|lfs\.dir|Dir\[|RecursiveDirectoryIterator|DirectoryIterator|FilesystemIterator"
    r")\b\s*[(\[ ]|\bDir\["
)
_WALKED = re.compile(
    r"(~)[\"']?\)?\.(?:(?:iterdir|walk|each_child|children)\b|r?glob\(\s*[\"'][*/.]+[\"'])"
)
_DELETES = re.compile(
    r"\b(?:unlink|unlinkSync|rmdir|rmdirSync|rm_rf|rm_r|rm|rmtree|remove_tree|remove|rmSync|remove_dir"
    r"|removeSync|rimraf|delete)\b\s*(?:\(\s*)?(?=[\w$@;})]|or\b|os\.|p\.|File\.)(?!\s*[\"'])"
    r"|[\"'](?:unlink|rmdir)[\"']\s*,"
    r"|\brm\s+-\w*[rf]\w*\s*[^\"'`\n;]*(?:[\"']\s*[.+,]|\$\{?\w|#\{|\{\w*\})"
    r"|[\"']rm[\"']\s*,\s*[\"']-\w*[rf]\w*[\"']\s*,\s*(?![\"'])"
)
_TYPE_TESTS = re.compile(
    r"\b(?:if|unless|and|&&|\?)?\s*!?\(?\s*(?:-[fdel]\b(?:\s*\$\w+)?(?:\s*&&\s*!?-[fdel]\b)?"
    r"|File\.(?:file|directory|exist|symlink)\?\s*\(?\w+\)?|is_(?:file|dir|link)\(\$\w+\)"
    r"|os\.path\.(?:isfile|isdir|islink|exists)\([^()]*\)|\w+\.is_(?:file|dir)\(\))\)?"
    r"(?:\s*\?)?|\bif\s+__name__|\belse\b"
)
_CHOOSES = re.compile(
    r"\b(?:if|unless|next|continue|grep|filter|select|reject|when|case|switch|match|endsWith|endswith"
    r"|startsWith|startswith|fnmatch|elif)\b|=~|&&|\?\s*\w|[=!]=|\.name\b"
)


def signs(code: str) -> tuple[Sign, ...]:
    if all(_is_spelled_out(code, found.end()) for found in _DELETES.finditer(code)):
        return ()
    plain = _HOME.sub("~", code)
    roots = [_root(plain, found.end()) for found in _LISTS.finditer(plain)]
    roots += [found[1] for found in _WALKED.finditer(plain)]
    known = [one for one in roots if one]
    if not known or _CHOOSES.search(_TYPE_TESTS.sub(" ", plain)):
        return ()
    return tuple(Sign("clear", one) for one in dict.fromkeys(known))


def _is_spelled_out(code: str, at: int) -> bool:
    """Whether what is deleted is a name that is set to a text."""
    name = re.match(r"\$?\w+", code[at:])
    return name is not None and bool(re.search(rf"{re.escape(name[0])}\s*=\s*[\"']", code))


_SPELLED = re.compile(
    r"[\s\"'#${}(]*(~|/(?:home|Users)/[\w.-]+|/root|/[\w/.-]*)[\s\"'}.+]*(?:/?[\"']?/?[{},.*/\"']*)?\s*"
    r"(?:,\s*(?:GLOB_BRACE|\d|recursive\s*=\s*True|File::FNM_DOTMATCH|\{[^}]*\}))?\s*[)\]};,]?"
)


def _root(code: str, at: int) -> str:
    """The folder that a list of names is made of, "" where that is not all of a folder."""
    rest = code[at : at + 400]
    block = re.match(r"\s*(?:\{\s*wanted\s*=>\s*)?(?:sub\s*\{|\\?&?\w+\s*,)", rest)
    if block is not None:  # find(sub { … }, FOLDER)
        end = _block_end(rest) if "{" in block[0] else block.end() - 1
        comma = rest.find(",", end)
        if comma < 0:
            return ""
        rest = rest[comma + 1 :]
    found = _SPELLED.match(rest)
    if found is None:
        return ""
    after = rest[found.end() : found.end() + 1]
    return "" if re.match(r"[\w]", after) and found[0].rstrip()[-1:] not in ")]};," else found[1]


def _block_end(text: str) -> int:
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if char == "}" and depth <= 0:
            return at
    return len(text)
