"""What a command writes, where its words tell: for a shell that it is piped into."""

from __future__ import annotations

from aileron.shell.reading import SimpleCommand

NEWLINE = "\n"


def written(command: SimpleCommand, shell: str) -> str | None:
    """The text that echo, printf or cat writes; None where it is not known."""
    values = [
        None if word.value is None or word.dynamic else word.value for word in command.words[1:]
    ]
    texts = [value for value in values if value is not None]
    if len(texts) < len(values) or command.function:
        return None
    if any(item.op[0] == ">" or item.fd not in ("", "0") for item in command.redirects):
        return None
    if command.name == "echo":
        return _echo(texts, shell)
    if command.name == "printf":
        return _printf(texts)
    if command.name == "cat" and texts in ([], ["-"]):
        return _cat(command)
    return None


def _echo(texts: list[str], shell: str) -> str | None:
    end = NEWLINE
    if texts[:1] == ["-n"]:
        texts, end = texts[1:], ""
    if texts[:1] == ["-e"] and shell.startswith("bash") and texts[1:2] != ["-n"]:
        text = " ".join(texts[1:]).replace("\\n", NEWLINE).replace("\\t", "\t") + end
        return None if "\\" in text else text
    text = " ".join(texts) + end
    if texts[:1] and texts[0].startswith("-"):
        return None
    return None if "\\" in text and not shell.startswith("bash") else text


def _printf(texts: list[str]) -> str | None:
    if not texts:
        return None
    form = texts[0].replace("\\n", NEWLINE).replace("\\t", "\t")
    if "\\" in form or form.startswith("-"):
        return None
    if form.replace("%s", "").count("%") or form.count("%s") > 1:
        return None
    return "".join(form.replace("%s", text) for text in texts[1:] or [""])


def _cat(command: SimpleCommand) -> str | None:
    if not command.redirects:
        return None
    last = command.redirects[-1]
    if last.op not in ("<<", "<<-", "<<<") or last.target.value is None:
        return None
    return last.target.value + (NEWLINE if last.op == "<<<" else "")
