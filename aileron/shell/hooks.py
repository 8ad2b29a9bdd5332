"""Tools that print text for a shell to read: `eval "$(pyenv init -)"` and its kin.

What they print is theirs, as what they do is: it is no text that somebody else has made.
Only a call that stands here, alone in its substitution, with literal words, is one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from aileron.shell.reading import SimpleCommand

_SHELL = r"(?:bash|zsh|sh|posix)"
_CALLS = {
    "pyenv": r"init (?:-|--path)(?: \w+)?|virtualenv-init -",
    **dict.fromkeys(("rbenv", "nodenv", "goenv", "jenv", "plenv"), r"init -(?: \w+)?"),
    "direnv": rf"(?:hook|export) {_SHELL}",
    "ssh-agent": r"(?:-s)?",
    "brew": r"shellenv(?: \w+)?",
    "conda": rf"shell\.{_SHELL} hook",
    **dict.fromkeys(("micromamba", "mamba"), rf"shell hook (?:-s|--shell)[ =]?{_SHELL}"),
    "fnm": rf"env(?: --use-on-cd| --shell[ =]{_SHELL})*",
    **dict.fromkeys(("mise", "rtx"), rf"(?:activate|env)(?: -s)? ?{_SHELL}?"),
    "opam": r"env(?: --\w+(?:=\w+)?)*",
    "luarocks": r"path(?: --bin)?",
    "dircolors": r"(?:-b)?",
    "lesspipe": r"",
    **dict.fromkeys(("zoxide", "starship", "atuin", "navi"), rf"(?:init|widget) {_SHELL}"),
    "minikube": r"(?:-p [\w-]+ )?(?:docker|podman)-env(?: -p [\w-]+)?",
    "poetry": r"env activate(?: \w+)?",
    "pdm": r"venv activate(?: [\w-]+)?",
    "pixi": r"shell-hook",
    **dict.fromkeys(
        ("kubectl", "helm", "gh", "docker", "npm", "poetry", "rustup", "pip", "uv", "oc", "kind"),
        rf"(?:completions?|generate-shell-completion|env activate) ?(?:{_SHELL}|--{_SHELL})?",
    ),
}
_HOMES = re.compile(r"(?:/opt/homebrew/bin/|/usr/local/bin/|/home/linuxbrew/\.linuxbrew/bin/)?")


def is_hook(argv: Sequence[str | None]) -> bool:
    """Whether these words only print a tool's own set-up."""
    if not argv or any(word is None for word in argv):
        return False
    known = [word or "" for word in argv]
    pattern = _CALLS.get(_HOMES.sub("", known[0], count=1))
    return pattern is not None and re.fullmatch(pattern, " ".join(known[1:])) is not None


def reads_hook(command: SimpleCommand, inside: Sequence[SimpleCommand], text: str) -> bool:
    """Whether `eval` or `source` reads what a hook prints, and nothing else.

    The whole text must not say that the tool's name is something else.
    """
    if command.name not in ("eval", "source", ".") or len(command.words) != 2 or len(inside) != 1:
        return False
    source, printed = command.words[1].source.strip('"'), inside[0]
    start = "$(" if command.name == "eval" else "<("
    whole = (f"{start}{printed.source})", f"{start}{printed.source} 2>/dev/null)")
    if not is_hook(printed.argv) or source not in whole:
        return False
    name = re.escape(printed.name or "")
    return re.search(rf"\bfunction\s+{name}\b|(?<![\w-]){name}\s*\(|\balias\b", text) is None
