"""What the same text first moves out of the project, and then deletes there, is deleted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aileron.model import Facts
from aileron.policy import effects, paths
from aileron.policy.finding import Finding, ask
from aileron.policy.paths import Place
from aileron.policy.shape import Shape

RULE = "effect/delete-tree"


def judge(shapes: Sequence[Shape], index: int, facts: Facts) -> Iterator[Finding]:
    deleted = _paths(shapes[index], "delete", facts, tree=True)
    if not any(paths.place(path, facts) is Place.SCRATCH for path in deleted):
        return
    for shape in shapes[:index]:
        if "mv" not in shape.names:
            continue
        gone = [
            path
            for path in _paths(shape, "delete", facts)
            if paths.place(path, facts) is Place.PROJECT and not paths.is_build_output(path, facts)
        ]
        moved_to = _paths(shape, "write", facts)
        if gone and any(
            paths.inside(one, path) or paths.inside(path, one)
            for one in moved_to
            for path in deleted
        ):
            yield ask(RULE, f"deletes {gone[0]}, which it moved away before", firm=True)
            return


def _paths(shape: Shape, kind: str, facts: Facts, *, tree: bool = False) -> list[str]:
    return [
        path
        for access in effects.touched(shape)
        if access.kind == kind and (access.tree or not tree)
        for path in effects.paths_of(access, shape, facts)
    ]
