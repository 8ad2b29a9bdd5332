"""Plain signs of harm in the source of a program that is compiled: C, Go, Rust, Java and others.

No grammar is followed.  What counts is a call that deletes, writes, runs or forks, with a path or
text in its brackets that is spelled out, is the home folder, or is a name that was set to one
of these.  Comments are taken out; a text that only mentions such things is no call.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aileron.policy.signs import values
from aileron.policy.signs.values import SHELLS, Sign

SUFFIXES = (
    *(".c", ".cc", ".cpp", ".cxx", ".h", ".hpp", ".m", ".go", ".rs", ".java", ".cs", ".kt"),
    *(".kts", ".swift", ".scala", ".zig", ".nim", ".d", ".cr", ".hs", ".groovy", ".dart"),
)
LIMIT = 64 * 1024
MOST = 200  # calls that are looked at

_COMMENTS = re.compile(
    r'("(?:[^"\\\n]|\\.)*"|`[^`]*`)|//[^\n]*|/\*.*?\*/', re.DOTALL
)  # texts are kept
_TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`')
_DELETES = re.compile(
    r"(?<![A-Za-z0-9_])(?:remove_all|remove_dir_all|remove_dir|remove_file|remove|rmdir|unlink|nftw"
    r"|RemoveAll|Remove|removeItem|deleteRecursively|deleteDirectory|cleanDirectory|forceDelete"
    r"|delete|deleteIfExists|Delete|walkFileTree|deleteTree|deleteSync|removeDirectoryRecursive"
    r"|rmdirRecurse|rm_rf|removeDir)\s*\("
)
_TREES = re.compile(r"[aA]ll|[rR]ecurs|Directory|Tree|Item|nftw|rm_rf|removeDir|Delete")
_RUNS = re.compile(
    r"(?<![A-Za-z0-9_])(?:system|popen|execl[ep]?|execv[pe]*|posix_spawnp?|Command|Command::new"
    r"|ProcessBuilder|exec|Start|ProcessStartInfo|CommandContext|StartProcess|run|launch|shell"
    r"|readProcess|callCommand|execShellCmd|Process|execute|args?|callProcess)\s*\("
)
_OPENS = re.compile(
    r"(?<![A-Za-z0-9_])(?:open|fopen|freopen|create|OpenFile|Create|WriteFile|write|writeText"
    r"|FileOutputStream|FileWriter|RandomAccessFile|OpenWrite|WriteAllText|WriteAllBytes"
    r"|ofstream(?:\s+\w+)?|fs::write|newOutputStream|writeString|AppendAllText)\s*\("
)
_FOR_WRITING = re.compile(
    r'O_WRONLY|O_RDWR|"[rb]*[wa][b+]*"|"r\+|"rw|[Cc]reate|[wW]rite|ofstream|OutputStream'
)
_HOME = re.compile(
    r'getenv\(\s*"HOME"\s*\)|Getenv\(\s*"HOME"\s*\)|UserHomeDir\(\)|getProperty\(\s*"user\.home"\s*\)'
    r'|var(?:_os)?\(\s*"HOME"\s*\)(?:\.unwrap\(\))?|home_dir\(\)(?:\.unwrap\(\))?|NSHomeDirectory\(\)'
    r'|GetFolderPath\([^)]*UserProfile\)|homeDirectoryForCurrentUser|environment\["HOME"\]\w*'
    r'|GetEnvironmentVariable\(\s*"HOME"\s*\)|getHomeDirectory|getHomeDir\(\)|System\.getenv\("HOME"\)'
)
_SET = re.compile(
    r"(?:^|[;{(\n]|\b(?:let|var|val|final|const|auto|String|string|File|Path|char)\b)\s*(?:mut\s+)?"
    r"[\w<>*&:\[\]]*?[\s*&]*\b(\w+)(?:\s*\[\w*\])?(?:\s*:\s*[\w&]+)?(?:\s*,\s*\w+)?\s*:?=\s*([^;\n=][^;\n]*)"
)
_CONNECTS = re.compile(
    r"\bconnect\s*\(|net\.Dial|TcpStream::connect|new\s+(?:java\.net\.)?Socket\s*\(|TcpClient\s*\("
    r"|\bSocket\s*\(\s*\"|NWConnection"
)
_ENDLESS = re.compile(
    r"(?:for\s*\(\s*;\s*;\s*\)|while\s*\(\s*(?:1|true)\s*\)|\bloop\b|\bfor(?=\s*\{)"
    r"|while\s+true)\s*(\{[^{}]*\}|[^;{}]*;)"
)
_FORKS = re.compile(
    r"\bv?fork\s*\(\s*\)|os\.Args\[0\]|/proc/self/exe|current_exe\(\)|os\.Executable"
)
_ENDS = re.compile(
    r"\b(?:wait|waitpid|sleep|usleep|accept|read|exit|_exit|break|return|pause|recv|Wait|Sleep"
    r"|execl[ep]?|execv[pe]*|exec|status|output|getchar|poll|select|Run|Accept)\b"
)


def signs(code: str) -> tuple[Sign, ...]:
    if len(code) > LIMIT:
        return ()
    bare = _COMMENTS.sub(lambda found: found[1] or " ", code)
    known = dict(_known(bare))
    found: list[Sign] = []
    for call, inside in _calls(_DELETES, bare):
        for path in _paths(inside, known):
            found.append(Sign("delete" if _TREES.search(call) else "unlink", path))
    for call, inside in _calls(_OPENS, bare):
        if _FOR_WRITING.search(call + inside) or _FOR_WRITING.search(_rest(bare, inside)):
            found += [Sign("write", path) for path in [*_paths(inside, known)][:1]]
    shell = False
    for line in _statements(bare):
        texts = _texts(line)
        found += values.shell_text(" ".join(texts)) if len(texts) > 1 else []
        for one in texts:
            found += values.shell_text(one)
        shell = shell or (
            any(one.rpartition("/")[2] in SHELLS for one in texts)
            and not any(one in ("-c", "/c", "/C", "-Command") for one in texts)
        )
    if shell and _CONNECTS.search(bare):
        found.append(Sign("reverse-shell"))
    if any(_FORKS.search(one[1]) and not _ENDS.search(one[1]) for one in _ENDLESS.finditer(bare)):
        found.append(Sign("fork-bomb"))
    return tuple(dict.fromkeys(found))


def _calls(pattern: re.Pattern[str], code: str) -> Iterator[tuple[str, str]]:
    """Each call that a pattern finds, and what stands in its brackets."""
    for number, found in enumerate(pattern.finditer(code)):
        if number == MOST:
            return
        before = code[max(0, found.start() - 12) : found.start()]
        if re.search(r"\b(?:fn|func|void|def|fun|int|static)\s+\Z", before):
            continue  # it is what is defined
        inside = code[found.end() : _closing(code, found.end())]
        if not inside.strip() and code[found.start() - 1] == ".":  # `File(x).deleteRecursively()`
            inside = re.split(r"[;{}=\n]", code[: found.start() - 1])[-1]
        yield found[0], inside


def _closing(code: str, at: int) -> int:
    depth = 1
    quoted = False
    for end in range(at, min(len(code), at + 2_000)):
        char = code[end]
        if char == '"' and code[end - 1] != "\\":
            quoted = not quoted
        elif not quoted:
            depth += (char == "(") - (char == ")")
            if depth == 0:
                return end
    return min(len(code), at + 2_000)


def _rest(code: str, inside: str) -> str:
    """What stands in front of a call, in its statement: `OpenOptions::new().write(true).open(`."""
    at = code.find(inside)
    return code[max(code.rfind(";", 0, at), code.rfind("{", 0, at), at - 120, 0) : at]


def _texts(code: str) -> list[str]:
    return [_unescaped(one[1] if one[1] is not None else one[2]) for one in _TEXT.finditer(code)]


def _unescaped(text: str) -> str:
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def _statements(code: str) -> Iterator[str]:
    """The statements that run a program."""
    for number, found in enumerate(_RUNS.finditer(code)):
        if number == MOST:
            return
        end = code.find(";", found.start())
        line = code.find("\n", found.start())
        ends = [one for one in (end, line) if one > 0]
        stop = min(ends) if ends and code[: found.start()].count('"') % 2 == 0 else len(code)
        chained = re.compile(r"\s*\.\s*\w+\s*\(").match(code, line) if line == stop > 0 else None
        while chained is not None:  # `Command::new("rm")` and its `.arg(…)` on lines of their own
            stop = code.find("\n", chained.end())
            stop = stop if stop > 0 else len(code)
            chained = re.compile(r"\s*\.\s*\w+\s*\(").match(code, stop)
        yield code[found.start() : stop]


def _known(code: str) -> Iterator[tuple[str, str]]:
    """Names that are set to a path that is spelled out, or to the home folder."""
    for found in _SET.finditer(code):
        path = _path(found[2].strip(), {})
        if path is not None:
            yield found[1], path


def _paths(inside: str, known: dict[str, str]) -> Iterator[str]:
    """The paths that a call is given."""
    for argument in re.split(r",(?![^()]*\))", inside):
        path = _path(argument.strip(), known)
        if path is not None:
            yield path


def _path(argument: str, known: dict[str, str]) -> str | None:
    """The path that an expression is, where that is all that it is."""
    texts = _texts(argument)
    home = _HOME.search(argument)
    rest = _TEXT.sub("", _HOME.sub("", argument))
    rest = re.sub(
        r"\b(?:new|File|Path|Paths|get|of|toPath|URL|fileURLWithPath|atPath|at|path|PathBuf|from|Some"
        r"|as_str|to_string|String|unwrap|expect|clone|fs|std|filesystem|Directory|java|io|nio|file"
        r"|Join|filepath|join|resolve|os|env|dirs|System|Environment|FileManager|default|self|toString|c_str|value|true|false|Optional)\b",
        "",
        rest,
    )
    if home is not None:
        others = [one for one in texts if one not in ("HOME", "user.home")]
        if re.search(r"\w", rest):
            return None
        return "/".join(["~", *(one.strip("/") for one in others if one)])
    names = re.findall(r"[A-Za-z_]\w*", rest)
    if names:
        return known.get(names[0]) if len(names) == 1 and not texts else None
    if len(texts) == 1 and texts[0][:1] in "/~.":
        return texts[0] or None
    return None
