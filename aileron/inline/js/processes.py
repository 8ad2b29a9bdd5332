"""Programs that a JavaScript program starts: child_process, and what it is told."""

from __future__ import annotations

from collections.abc import Callable

from aileron.inline import starts, values
from aileron.inline.deeds import Deed
from aileron.inline.js import core, environment
from aileron.inline.js.core import Run, unwrapped
from aileron.inline.js.options import options, switch
from aileron.inline.trees import Node
from aileron.inline.values import NONE, OPAQUE, Value
from aileron.inline.words import names

Evaluate = Callable[[Node], Value]
_PLAIN = names("""
    cwd env input shell stdio encoding timeout maxBuffer killSignal windowsHide detached signal
    serialization windowsVerbatimArguments
    """)
_SHELLS = names("/bin/sh /bin/bash sh bash /usr/bin/bash /bin/dash")
TEXTS = names("child_process.exec child_process.execSync")
WORDS = names("""
    child_process.execFile child_process.execFileSync child_process.spawn child_process.spawnSync
    child_process.fork
    """)


def start(dotted: str, call: Node, evaluate: Evaluate, run: Run) -> Value:
    given = core.arguments(call)
    for one in given:
        if unwrapped(one).kind != "object":
            evaluate(one)
    if core.is_spread(call) or not given:
        run.unknown("starts a program with what is decided at run time", call)
        return OPAQUE
    command = evaluate(given[0])
    rest = given[1:]
    listed: Value = values.sequence(())
    if dotted in WORDS and rest and _is_list(rest[0], evaluate):
        listed = evaluate(rest[0])
        rest = rest[1:]
    rest = [one for one in rest if evaluate_kind(one, evaluate) != "callable"]
    known = options(rest[0] if rest else None, run) if len(rest) < 2 else None
    if known is None:
        run.unknown("starts a program with options that are decided at run time", call)
        return OPAQUE
    _said(dotted, command, listed, known, call, evaluate, run)
    return OPAQUE


def evaluate_kind(node: Node, evaluate: Evaluate) -> str:
    return "object" if unwrapped(node).kind == "object" else evaluate(node).kind


def _is_list(node: Node, evaluate: Evaluate) -> bool:
    if unwrapped(node).kind == "object":
        return False
    found = evaluate(node)
    return found.named is None and found.kind != "callable"


def _said(
    dotted: str,
    command: Value,
    listed: Value,
    known: dict[str, Node],
    call: Node,
    evaluate: Evaluate,
    run: Run,
) -> None:
    odd = sorted(known.keys() - _PLAIN)
    if odd:
        run.unknown(f"starts a program with the option {odd[0]}", call)
    if "env" in known:
        variables(known["env"], call, evaluate, run)
    held = {name: evaluate(node) for name, node in known.items() if name not in ("env", "...")}
    folder, fed = held.get("cwd", NONE), held.get("input")
    shell = _shell(known.get("shell"), held.get("shell"), call, run) or dotted in TEXTS
    if dotted == "child_process.fork":
        if command.texts is None:
            run.unknown("starts a program that is decided at run time", call)
        command = values.sequence(
            (values.text("node"), command, *(listed.items or ()))
            if listed.items is not None
            else (values.text("node"), command, OPAQUE)
        )
    elif dotted in WORDS:
        items = listed.items
        command = values.sequence((command, *(items if items is not None else (OPAQUE,))))
        if command.items is None:
            command = values.sequence((OPAQUE,))
    if shell and command.items is not None:
        spaced: list[Value] = []
        for number, one in enumerate(command.items):
            spaced += [values.text(" ")] * (number > 0) + [one]
        command = values.concatenated(spaced)
    texts: list[str] | None
    if shell:
        texts = None if command.texts is None else [f"{{ {one}\n}}" for one in command.texts]
    else:
        texts = [starts.shown(one) for one in starts.as_words(command)]
    waits = dotted.endswith("Sync")
    if not waits and texts is not None:
        run.started.append((call, texts))
    if folder.kind != "none" or fed is not None:
        starts.around(texts, folder, fed, call, run)
    elif shell:
        starts.text(command, call, run)
    else:
        starts.words(command, call, run)


def _shell(node: Node | None, value: Value | None, call: Node, run: Run) -> bool:
    found = switch(node)
    if found is not None:
        return found
    if value is None or value.texts is None or not all(one in _SHELLS for one in value.texts):
        run.unknown("may or may not start a shell", call)
    return True


def variables(node: Node, call: Node, evaluate: Evaluate, run: Run) -> None:
    """`env: {...process.env, NAME: value}`"""
    node = unwrapped(node)
    if node.text == "process.env":
        evaluate(node)
        return
    known = options(node, run)
    if node.kind != "object" or known is None:
        run.unknown("starts a program with variables that are not known", call)
        return
    for name, value in known.items():
        if name == "...":
            if value.text != "process.env":
                run.unknown("starts a program with variables that are not known", call)
        else:
            environment.sets(name, node, run)
        evaluate(value)


def fed(run: Run) -> None:
    """Programs that were not waited for, where something may write to them."""
    if run.feeds:
        for call, texts in run.started:
            starts.around(texts, NONE, OPAQUE, call, run)
    if run.shaken and any(one.kind in _RUNS for one in run.found):
        run.add(Deed("unknown", "may change what JavaScript itself does"), None)


_RUNS = names("text words fetch send")
