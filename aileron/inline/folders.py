"""What is found in folders: by os.listdir, os.walk and glob.

Names that were found lead nowhere else; os.walk goes where its lists of folders
lead, so that a program which adds to them is not followed.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from aileron.inline import values
from aileron.inline.names import Names
from aileron.inline.values import LEAF, OPAQUE, Value

_MAGIC = re.compile(r"[*?\[]")


def only_narrows(call: ast.Call, known: Names) -> bool:
    """Whether what is gone through with os.walk never adds folders to its lists of them."""
    parent = known.parents.get(call)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        return parent.func.id in ("list", "sorted") and parent.func.id not in known.bound
    if not isinstance(parent, ast.For | ast.comprehension) or parent.iter is not call:
        return False
    target = parent.target
    if not isinstance(target, ast.Tuple) or len(target.elts) < 3:
        return False
    folders = target.elts[1]
    if not isinstance(folders, ast.Name):
        return False
    if any(one.how != "element" for one in known.bound[folders.id]):
        return False
    return all(_narrows(load, known) for load in known.loads.get(folders.id, ()))


def _narrows(load: ast.Name, known: Names) -> bool:
    """`dirs` looked at, `dirs.remove(x)`, `dirs[:] = [d for d in dirs if …]`."""
    if known.only_looks(load):
        return True
    parent = known.parents.get(load)
    above = known.parents.get(parent) if parent is not None else None
    if isinstance(parent, ast.Attribute):
        return parent.attr in ("remove", "sort", "clear") and isinstance(above, ast.Call)
    if not isinstance(parent, ast.Subscript) or not isinstance(above, ast.Assign):
        return False
    kept = above.value
    if isinstance(kept, ast.List):
        return not kept.elts
    if not isinstance(kept, ast.ListComp) or len(kept.generators) != 1:
        return False
    source = kept.generators[0]
    same = isinstance(kept.elt, ast.Name) and ast.dump(source.target) == ast.dump(
        ast.Name(kept.elt.id, ast.Store())
    )
    only = isinstance(kept.elt, ast.Name) and len(known.bound.get(kept.elt.id, ())) >= 1
    return same and only and isinstance(source.iter, ast.Name) and source.iter.id == load.id


def listed(dotted: str, folder: Value, whole: bool) -> Value:
    only = folder.texts[0] if folder.texts is not None and len(folder.texts) == 1 else None
    if dotted.endswith("listdir"):
        return values.many(LEAF)
    if dotted.endswith("walk") and not whole:
        return values.many(OPAQUE)
    found = replace(folder, kind="data") if only is None else values.below(only or ".")
    if found.texts is not None:
        found = OPAQUE
    if dotted.endswith("scandir"):
        return values.many(replace(found, edge=False))
    root = replace(found, edge=True)
    leaves = values.many(LEAF)
    return values.many(values.sequence((root, leaves, leaves), False))


def glob_folder(pattern: str) -> tuple[str, str]:
    magic = _MAGIC.search(pattern)
    head = pattern if magic is None else pattern[: magic.start()]
    folder = head[: head.rfind("/") + 1]
    return folder, pattern[len(folder) :]


def globbed(pattern: Value, root: Value | None) -> Value:
    if pattern.texts is None:
        ok = pattern.below and root is None
        return values.many(pattern if ok else OPAQUE)
    found = []
    for one in pattern.texts:
        folder, rest = glob_folder(one)
        if root is not None or ".." in rest or one.startswith(values.HOME):
            found.append(OPAQUE)
        elif _MAGIC.search(one) is None:
            found.append(values.text(one))
        else:
            edge = not rest.replace("**", "").strip("/")
            found.append(values.below(folder or ".", edge=edge))
    return values.many(values.join(found))
