"""The file of a task runner, where the text that runs the task writes it itself.

Word for word into a file, on make's standard input, or by `npm pkg set scripts.NAME=TEXT`.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Sequence

from aileron.model import Facts
from aileron.policy import written
from aileron.policy.shape import Shape
from aileron.shell import output

_PACKAGES = frozenset({"npm", "pnpm", "yarn", "bun"})


def given(
    shapes: Sequence[Shape], at: int, path: str, before: str | None, *, facts: Facts
) -> str | None:
    """The text that the file at `path` will hold when the command at `at` runs; `before` is what
    it holds now; None where the commands before do not say."""
    name = posixpath.basename(path)
    if name == "-":
        return _on_input(shapes, at)
    found = written.literal(shapes, path, at, facts)
    text = found[1] if found is not None else None
    if name == "package.json":
        return _set_by_npm(shapes[:at], text if text is not None else before) or text
    return text


def _on_input(shapes: Sequence[Shape], at: int) -> str | None:
    """The here-document, or the words of the pipe, that make reads as its file."""
    command = shapes[at].command
    documents = [one for one in command.redirects if one.op in ("<<", "<<-", "<<<")]
    if documents:
        return documents[-1].target.value or documents[-1].target.source
    texts = (output.written(shapes[one].command, "bash") for one in command.upstream)
    return next((one for one in texts if one is not None), None)


def _set_by_npm(shapes: Sequence[Shape], before: str | None) -> str | None:
    """A package.json with the scripts that `npm pkg set` puts into it."""
    scripts: dict[str, str] = {}
    for shape in shapes:
        words = [word.value for word in shape.command.words]
        if shape.base in _PACKAGES and words[1:3] == ["pkg", "set"]:
            for word in words[3:]:
                name, equals, text = (word or "").partition("=")
                if equals and name.startswith("scripts."):
                    scripts[name.removeprefix("scripts.")] = text
    if not scripts:
        return None
    try:
        whole = json.loads(before) if before is not None else {}
    except ValueError:
        whole = {}
    if not isinstance(whole, dict):
        whole = {}
    held = whole.get("scripts")
    whole["scripts"] = {**(held if isinstance(held, dict) else {}), **scripts}
    return json.dumps(whole)
