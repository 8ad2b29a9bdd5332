"""Whether a command brings files from elsewhere, whatever its words say about where to.

Such a command may change a script or a program that the same text runs afterwards
(`scripts.py`).  What only reads or asks brings nothing (`git describe`, `docker compose ps`,
`kubectl get`); of what names the file that it writes the effects tell (`curl -o`, `tar -C`).
"""

from __future__ import annotations

from aileron.policy.shape import Shape
from aileron.policy.tables import names

BRINGS = names("""
    git hg svn curl wget tar unzip 7z rsync scp sftp patch ftp aria2c gh docker podman nerdctl
    docker-compose podman-compose dvc cookiecutter copier aws gsutil rclone kubectl
    """)
# Programs that make what runs from the project's own sources.
BUILDS = names("""
    gcc g++ cc c++ clang clang++ rustc go cargo make gmake cmake ninja meson javac zig swiftc swift
    nim nimble dotnet ghc cabal stack nasm yasm ld tsc bazel mvn gradle gradlew just task npm yarn
    pnpm bun gfortran ocamlfind dune crystal kotlinc scalac
    """)
# The files that these write are known by their words.
_BY_EFFECTS = names("curl tar rsync scp")
_SERVER_NAMES = names("-J --remote-header-name --remote-name-all -OJ -JO -LOJ -sLOJ -OJL -LJO")
_COMPOSE = names("""
    ps logs images top port version ls config events stats up down start stop restart pull build
    create exec run kill wait
    """)
_CONTAINERS = names("""
    ps logs inspect images version info stats top port diff history search events start stop restart
    wait kill pull build rm rmi tag
    """)
# By program, the first words that bring nothing; a second table where a second word decides.
_READS = {
    "git": names("""
        status diff log show describe rev-parse rev-list ls-files ls-tree ls-remote cat-file blame
        annotate grep shortlog name-rev merge-base for-each-ref show-ref show-branch symbolic-ref
        reflog config var version help count-objects check-ignore check-attr cherry diff-tree
        diff-index diff-files range-diff whatchanged remote fetch add commit tag branch push
        notes fsck verify-commit verify-tag hash-object write-tree commit-tree gc
        """),
    "docker-compose": _COMPOSE,
    "podman-compose": _COMPOSE,
    **dict.fromkeys(names("docker podman nerdctl"), _CONTAINERS),
    "kubectl": names("""
        get describe logs explain version top api-resources api-versions cluster-info diff config
        rollout wait auth apply
        """),
    "gh": names("status search api auth browse version help"),
    "svn": names("status info log diff list cat blame"),
    "hg": names("status log diff id identify summary root parents branch branches tags"),
}
_SHOWN = names("view list status diff checks watch create comment edit")
_READS_LONG = {
    "docker": {"compose": _COMPOSE},
    "podman": {"compose": _COMPOSE},
    "nerdctl": {"compose": _COMPOSE},
    "gh": dict.fromkeys(names("pr issue run release repo workflow gist label cache"), _SHOWN),
}
_VALUES = names("""
    -c -C -f --file -p --project-name --profile --env-file --project-directory --context -n
    --namespace --git-dir --work-tree -R --repo
    """)


def brings(shape: Shape) -> bool:
    if shape.names & {"curl"}:
        return any((word.value or "") in _SERVER_NAMES for word in shape.command.words)
    tools = shape.names & (BRINGS - _BY_EFFECTS)
    if not tools:
        return False
    if shape.names & {"wget"}:
        return not any(
            (word.value or "").startswith(("-O", "-qO", "-nvO", "--output-document", "--spider"))
            for word in shape.command.words
        )
    if shape.names & {"unzip"}:
        return shape.command.argv[1:2] not in (("-l",), ("-p",), ("-t",), ("-v",), ("-Z",))
    given = _operands(shape)
    outputs = any((word.value or "").startswith(("-o", "--output")) for word in shape.command.words)
    if given[:1] == ["build"] and outputs:
        return True  # `docker build --output .`
    if given[:1] == ["compose"] and len(tools) == 1:
        given = ["compose", *_operands(shape, behind="compose")]
    for tool in tools:
        first, second = [*given, None, None][:2]
        if first is not None and first in _READS.get(tool, ()):
            continue
        if second is None or second not in _READS_LONG.get(tool, {}).get(first or "", ()):
            return True
    return False


def _operands(shape: Shape, behind: str = "") -> list[str | None]:
    """The words that are no options of the program itself, up to the subcommand's own."""
    found: list[str | None] = []
    words = list(shape.command.argv[1:])
    if behind:
        words = words[words.index(behind) + 1 :]
    at = 0
    while at < len(words) and len(found) < 2:
        word = words[at]
        if word is not None and word.startswith("-"):
            at += 2 if word in _VALUES else 1
            continue
        found.append(word)
        at += 1
    return found
