"""Programs that a Python program starts: the calls that start them, and their options."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aileron.inline import starts, values
from aileron.inline.core import Run, is_spread, keyword
from aileron.inline.values import OPAQUE, Value
from aileron.inline.words import names

Evaluate = Callable[[ast.expr], Value]
Variables = Callable[[ast.expr], bool]

SUBPROCESS = frozenset(
    f"subprocess.{one}" for one in names("run call check_call check_output Popen")
)
TEXTS = frozenset({"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"})
_POSITIONAL = (
    "args",
    "bufsize",
    "executable",
    "stdin",
    "stdout",
    "stderr",
    "preexec_fn",
    "close_fds",
    "shell",
    "cwd",
    "env",
)
_PLAIN = names("""
    args bufsize stdout stderr preexec_fn close_fds cwd env text universal_newlines encoding errors
    timeout check capture_output start_new_session shell input stdin restore_signals process_group
    """)
# The first argument that is a word of the program: `execv(path, argv)`, `spawnl(mode, path, …)`.
_WORDS_AT = {
    **dict.fromkeys(("execl", "execlp", "execv", "execvp"), 0),
    **dict.fromkeys(("spawnl", "spawnlp", "spawnv", "spawnvp"), 1),
    **dict.fromkeys(("posix_spawn", "posix_spawnp"), 0),
}
EXECS = frozenset(f"os.{one}" for one in _WORDS_AT)


def shell_text(dotted: str, call: ast.Call, evaluate: Evaluate, run: Run) -> Value:
    """os.system and its like."""
    given = [evaluate(one) for one in call.args] or [evaluate(k.value) for k in call.keywords[:1]]
    if is_spread(call) or not given:
        run.unknown(f"calls {dotted} with what is decided at run time", call)
    else:
        starts.text(given[0], call, run)
        mode = call.args[1] if len(call.args) > 1 else keyword(call, "mode")
        if dotted == "os.popen" and mode is not None:
            reads = isinstance(mode, ast.Constant) and mode.value == "r"
            if not reads:
                run.unknown("gives a program input that is decided at run time", call)
        if len(call.args) + len(call.keywords) > 1 and dotted.startswith("subprocess"):
            run.unknown(f"calls {dotted} with more than a command", call)
    return values.FILE if dotted == "os.popen" else OPAQUE


def executes(dotted: str, call: ast.Call, evaluate: Evaluate, run: Run) -> Value:
    """os.exec…, os.spawn…, os.posix_spawn: the program, then its words."""
    at = _WORDS_AT[dotted.rpartition(".")[2]]
    given = [evaluate(one) for one in call.args]
    variadic = dotted.rpartition(".")[2] in ("execl", "execlp", "spawnl", "spawnlp")
    if is_spread(call) or call.keywords or len(given) < at + 2:
        run.unknown(f"calls {dotted} with what is decided at run time", call)
        return OPAQUE
    if "posix_spawn" in dotted and not _is_environment(call.args[2:]):
        run.unknown("starts a program with variables that are not known", call)
    program = given[at]
    items = tuple(given[at + 1 :]) if variadic else given[at + 1].items
    starts.words(Value(items=(program, *(items[1:] if items else (OPAQUE,)))), call, run)
    return OPAQUE


def _is_environment(rest: list[ast.expr]) -> bool:
    return len(rest) == 1 and isinstance(rest[0], ast.Attribute) and rest[0].attr == "environ"


def process(
    dotted: str, call: ast.Call, evaluate: Evaluate, variables: Variables, run: Run
) -> Value:
    """subprocess.run and its like."""
    options: dict[str, ast.expr] = dict(zip(_POSITIONAL, call.args, strict=False))
    options |= {one.arg: one.value for one in call.keywords if one.arg is not None}
    options = {name: node for name, node in options.items() if not _is_none(node)}
    if is_spread(call) or "args" not in options or len(call.args) > len(_POSITIONAL):
        run.unknown("starts a program with what is decided at run time", call)
        return OPAQUE
    odd = sorted(options.keys() - _PLAIN)
    if odd:
        run.unknown(f"starts a program with {odd[0]}", call)
    shell = _switch(options.get("shell"))
    if shell is None:
        run.unknown("may or may not start a shell", call)
    if "env" in options and not variables(options["env"]):
        run.unknown("starts a program with variables that are not known", call)
    given = {name: evaluate(node) for name, node in options.items() if name not in ("env", "shell")}
    command = given["args"]
    folder = given.get("cwd", values.NONE)
    fed = _input(given)
    if shell and (command.items is not None or command.each is not None):
        run.unknown("gives a shell a list of words", call)
    elif shell and folder.kind == "none" and fed is None:
        starts.text(command, call, run)
    elif shell:
        texts = None if command.texts is None else [f"{{ {one}\n}}" for one in command.texts]
        starts.around(texts, folder, fed, call, run)
    elif folder.kind == "none" and fed is None:
        starts.words(command, call, run)
    else:
        words = starts.as_words(command)
        starts.around([starts.shown(one) for one in words], folder, fed, call, run)
    return OPAQUE


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _switch(node: ast.expr | None) -> bool | None:
    if node is None:
        return False
    return bool(node.value) if isinstance(node, ast.Constant) else None


def _input(given: dict[str, Value]) -> Value | None:
    """What stands on the program's standard input, None if it is nothing of this program's."""
    fed = given.get("input", values.NONE)
    if fed.kind != "none":
        return fed
    stdin = given.get("stdin", values.NONE)
    return None if stdin.kind in ("none", "devnull") else OPAQUE
