"""What there is in a repository that its policy may want to speak about.

The repository is somebody else's: of its files only names are taken over, and only
those of plain letters; what is read is bounded, and whatever cannot be read is
passed over.  Links are not followed, nothing is run.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

MOST_READ = 256 * 1024  # bytes of one file
MOST_LISTED = 2000  # names in one folder
MOST_SAID = 8  # of one kind

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@+-]{0,59}")
BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+-]{0,59}")
FILE = re.compile(r"\.?[A-Za-z0-9_][A-Za-z0-9_.+-]{0,59}")
_REACHES_OUT = re.compile(
    r"(?:^|[^a-z])(?:deploy|publish|release|ship|prod|production|push|upload|rollback|destroy"
    r"|teardown|provision|migrate)(?:[^a-z]|$)",
    re.IGNORECASE,
)
_EVERYDAY = re.compile(
    r"(?:check|test|tests|lint|format|fmt|build|typecheck|bench|setup)(?:\.\w+)?"
)
_TARGET = re.compile(r"(?m)^([A-Za-z0-9_][A-Za-z0-9_.@+-]{0,59})[ \t]*:(?![=:])")
_RECIPE = re.compile(r"(?m)^@?([A-Za-z0-9_][A-Za-z0-9_-]{0,59})(?:[ \t][^:=\n]*)?:(?!=)")
_REMOTE = re.compile(r'(?m)^[ \t]*\[remote "([^"\n]{1,60})"\]')
_ENV = re.compile(r"\.env(?:\.(?!example$|sample$|template$|dist$|defaults$|test$|schema$).+)?")
_DATABASE = re.compile(r".+\.(?:sqlite3?|db)")

# A file or folder of the repository, and the commands that go with it.
MARKERS = (
    (("Dockerfile", "Containerfile"), ("docker push",)),
    (("main.tf", "terraform", "versions.tf"), ("terraform apply", "terraform destroy")),
    (("Chart.yaml", "helmfile.yaml", "charts"), ("helm upgrade", "helm uninstall")),
    (("k8s", "kubernetes", "kustomization.yaml"), ("kubectl apply", "kubectl delete")),
    (("Pulumi.yaml",), ("pulumi up", "pulumi destroy")),
    (("ansible.cfg", "playbooks"), ("ansible-playbook",)),
    (("serverless.yml", "serverless.yaml"), ("serverless deploy", "serverless remove")),
    (("fly.toml",), ("fly deploy",)),
    (("vercel.json",), ("vercel deploy",)),
    (("netlify.toml",), ("netlify deploy",)),
    (("wrangler.toml", "wrangler.jsonc"), ("wrangler deploy",)),
    (("firebase.json",), ("firebase deploy",)),
    (("Cargo.toml",), ("cargo publish",)),
    (("alembic.ini",), ("alembic upgrade", "alembic downgrade")),
    (("manage.py",), ("python|python3 manage.py migrate|flush",)),
    (("prisma",), ("prisma migrate deploy|reset",)),
    (("bin/rails", "Rakefile"), ("rails|rake db:migrate|db:rollback",)),
    ((".github/workflows",), ("gh workflow run",)),
    ((".gitlab-ci.yml",), ("glab ci run",)),
)
CI = (".github/workflows", ".gitlab-ci.yml", ".circleci", ".buildkite", "Jenkinsfile")
MANAGERS = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lock", "bun"))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`command` (or `path`) is what a rule would say, `about` what in the repository it comes
    from; `tried` is a command that shows what the policy says so far.  `frees` tells that the
    rule would be an allow; else it would be stricter than that."""

    command: str
    about: str
    tried: str = ""
    path: str = ""
    frees: bool = False


def survey(root: Path) -> list[Suggestion]:
    """Suggestions for the policy of the repository at `root`, in no bucket yet."""
    found: list[Suggestion] = []
    for kind in (_remotes, _scripts, _targets, _folder, _markers, _secrets, _databases):
        of_kind: dict[tuple[str, str], Suggestion] = {}
        for one in kind(root):
            of_kind.setdefault((one.command, one.path), one)
            if len(of_kind) == MOST_SAID and kind is not _markers:
                break
        found += of_kind.values()
    return found


def ci(root: Path) -> str:
    """Where the repository says what its CI runs, "" if it does not."""
    return next((name for name in CI if exists(root / name)), "")


def exists(path: Path) -> bool:
    """Whether there is such a name, whatever it stands for."""
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def _text(path: Path) -> str:
    """The start of a regular file, "" where there is none to read."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
    try:
        descriptor = os.open(path, flags)
    except (OSError, ValueError):
        return ""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return ""
    with os.fdopen(descriptor, "rb") as file:
        try:
            return file.read(MOST_READ).decode("utf-8", "replace")
        except OSError:
            return ""


def _names(folder: Path, wanted: Callable[[os.DirEntry[str]], bool]) -> list[str]:
    """The names in a folder that is no link, in their order."""
    found: list[str] = []
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return []
        with os.scandir(folder) as entries:
            for at, entry in enumerate(entries):
                if at == MOST_LISTED:
                    break
                if FILE.fullmatch(entry.name) and wanted(entry):
                    found.append(entry.name)
    except OSError:
        pass
    return sorted(found)


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)


def _remotes(root: Path) -> Iterator[Suggestion]:
    git = root / ".git"
    for name in _REMOTE.findall(_text(git / "config")):
        if not NAME.fullmatch(name):
            continue
        branch = _main_branch(git, name)
        if branch:
            yield Suggestion(f"git push {name} {branch}", f"the main branch of {name}")


def _main_branch(git: Path, remote: str) -> str:
    head = _text(git / "refs" / "remotes" / remote / "HEAD").strip()
    named = head.removeprefix(f"ref: refs/remotes/{remote}/")
    if named != head and BRANCH.fullmatch(named):
        return named
    packed = _text(git / "packed-refs")
    for branch in ("main", "master", "trunk"):
        for kind in (f"remotes/{remote}", "heads"):
            if exists(git / "refs" / kind / branch) or f" refs/{kind}/{branch}\n" in packed:
                return branch
    return ""


def _scripts(root: Path) -> Iterator[Suggestion]:
    """Of package.json, those that sound as if they reached out."""
    manager = next((name for lock, name in MANAGERS if exists(root / lock)), "npm")
    try:
        package = json.loads(_text(root / "package.json"))
    except (ValueError, RecursionError):
        return
    if not isinstance(package, dict):
        return
    if package.get("private") is not True and "version" in package:
        yield Suggestion(f"{manager} publish", "package.json is not private")
    scripts = package.get("scripts")
    for name in scripts if isinstance(scripts, dict) else ():
        if NAME.fullmatch(name) and _REACHES_OUT.search(name):
            yield Suggestion(f"{manager} run {name}", "a script of package.json")


def _targets(root: Path) -> Iterator[Suggestion]:
    for files, program, pattern in (
        (("GNUmakefile", "makefile", "Makefile"), "make", _TARGET),
        (("justfile", "Justfile", ".justfile"), "just", _RECIPE),
    ):
        file = next((name for name in files if _text(root / name)), "")
        for name in pattern.findall(_text(root / file)) if file else ():
            if _REACHES_OUT.search(name):
                yield Suggestion(f"{program} {name}", f"a target of {file}")


def _folder(root: Path) -> Iterator[Suggestion]:
    """Programs in the usual folder for them."""

    def runs(entry: os.DirEntry[str]) -> bool:
        return _is_file(entry) and bool(entry.stat(follow_symlinks=False).st_mode & 0o100)

    for folder in ("scripts", "script", "bin", "tools"):
        for name in _names(root / folder, runs):
            command = f"./{folder}/{name}"
            if _REACHES_OUT.search(name):
                yield Suggestion(command, f"a program in {folder}/")
            elif _EVERYDAY.fullmatch(name):
                yield Suggestion(f"{command} *", f"a program in {folder}/", command, frees=True)


def _markers(root: Path) -> Iterator[Suggestion]:
    for names, commands in MARKERS:
        there = next((name for name in names if exists(root / name)), "")
        for command in commands if there else ():
            tried = " ".join(word.split("|")[0] for word in command.split())
            yield Suggestion(command, f"there is {there}", tried)


def _secrets(root: Path) -> Iterator[Suggestion]:
    for name in _names(root, lambda entry: bool(_ENV.fullmatch(entry.name)) and _is_file(entry)):
        yield Suggestion("", "whatever reads or writes it", f"cat {name}", path=name)


def _databases(root: Path) -> Iterator[Suggestion]:
    for folder in ("", "db", "data", "instance"):
        for name in _names(
            root / folder, lambda entry: bool(_DATABASE.fullmatch(entry.name)) and _is_file(entry)
        ):
            path = f"{folder}/{name}" if folder else name
            yield Suggestion("", "a database", f"sqlite3 {path}", path=path)
