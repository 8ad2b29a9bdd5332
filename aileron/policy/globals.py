"""Options that may stand before a subcommand and change nothing about what it does.

Only the built-in allow rules look past them, so that `kubectl -n dev get pods` is what
`kubectl get pods` is.  What a setting of git runs is listed by the reading; here are
those that run nothing.  A folder counts where it lies in the project.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aileron.model import Facts
from aileron.policy import paths
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Word

_KUBECTL = names("-n --namespace --context --cluster --request-timeout")
_DOCKER = names("--context -c")
_COMPOSE = names("-f --file -p --project-name --profile --env-file --project-directory --ansi")
_AWS = names("--profile --region --output --color --query")
_VALUES = {
    "kubectl": _KUBECTL,
    "oc": _KUBECTL,
    "helm": names("-n --namespace --kube-context"),
    "docker": _DOCKER,
    "podman": _DOCKER,
    "nerdctl": frozenset(),
    "docker-compose": _COMPOSE,
    "podman-compose": _COMPOSE,
    "aws": _AWS,
    "gh": names("-R --repo"),
    "gcloud": names("--project --format --region --zone"),
    "git": names("-c -C"),
    "go": names("-C"),
    "terraform": names("-chdir"),
    "tofu": names("-chdir"),
}
_FLAGS = {"git": names("--no-pager -P --no-optional-locks"), "aws": names("--no-cli-pager")}
_FOLDERS = frozenset({"-C", "-chdir", "--project-directory"})
_SETTING = re.compile(
    r"(?:color\.[\w.]+|core\.(?:quotepath|autocrlf|safecrlf|abbrev|precomposeunicode)|user\.(?:name|email)"
    r"|advice\.\w+|log\.\w+|diff\.(?:renames|context|algorithm|noprefix)|commit\.gpgsign|tag\.gpgsign"
    r"|init\.defaultbranch|pull\.(?:rebase|ff)|merge\.conflictstyle|status\.\w+|column\.\w+)(?:=.*)?",
    re.IGNORECASE,
)


def without_globals(shape: Shape, facts: Facts) -> Sequence[Word]:
    """The words behind the program, without such options before its subcommand."""
    words = shape.command.words[1:]
    base = shape.base
    if base not in _VALUES:
        return words
    rest = _skipped(base, words, shape, facts)
    kept: tuple[Word, ...] = ()
    if base in ("docker", "podman", "nerdctl") and rest and rest[0].value == "compose":
        kept = (rest[0],)
        rest = _skipped("docker-compose", rest[1:], shape, facts)
    return (*kept, *rest)


def _skipped(base: str, words: Sequence[Word], shape: Shape, facts: Facts) -> Sequence[Word]:
    values, flags = _VALUES[base], _FLAGS.get(base, frozenset())
    at = 0
    while at < len(words):
        flag, equals, attached = (words[at].value or "").partition("=")
        if flag in flags and not equals:
            at += 1
            continue
        if flag not in values:
            break
        if equals:
            value: str | None = attached
        else:
            value = words[at + 1].value if at + 1 < len(words) else None
        if value is None or not _is_harmless(flag, value, base, shape, facts):
            break
        at += 1 if equals else 2
    return words[at:]


def _is_harmless(flag: str, value: str, base: str, shape: Shape, facts: Facts) -> bool:
    if flag in _FOLDERS:
        path = paths.absolute(value, shape.cwd, facts)
        roots = (facts.project, *facts.scratch)
        return path is not None and any(paths.inside(path, root) for root in roots)
    if base == "git":
        return _SETTING.fullmatch(value) is not None
    return True
