"""The format of reading.txt: a text, and what is found in it.

$ sudo rm x; true         the text, for bash (`sh$ `, `zsh$ `, `bash-3$ ` for these)
> …                       its further lines
    sudo rm x             a command that was found: its words, decoded; one that
    rm x    [sudo]        is decided at run time is ?, one with blanks has ' ' around
    true                  it; behind the words what it was found behind
    ! what is not known   why it is not completely read, if it is not
"""

from __future__ import annotations

from dataclasses import dataclass, field

from aileron.shell.reading import Reading, SimpleCommand

NOTHING = "(no command)"


@dataclass
class Case:
    line: int
    shell: str
    text: str
    expected: list[str] = field(default_factory=list)


def cases(table: str) -> list[Case]:
    found: list[Case] = []
    for number, line in enumerate(table.split("\n"), 1):
        shell, dollar, text = line.partition("$ ")
        if dollar and shell in ("", "sh", "dash", "zsh", "bash-3"):
            found.append(Case(number, shell or "bash", text))
        elif line.startswith(">"):
            found[-1].text += "\n" + line[2:]
        elif line.startswith("    "):
            found[-1].expected.append(line[4:])
        elif line and not line.startswith("#"):
            raise ValueError(f"line {number} is neither text nor expectation")
    return found


def shown(reading: Reading) -> list[str]:
    lines = [_command(command) for command in reading.commands if not command.supposed]
    return lines if reading.complete else [*lines, f"! {reading.why}"]


def _command(command: SimpleCommand) -> str:
    words = [f"{name}={_word(word.value)}" for name, word in command.assignments]
    words += [_word(value) for value in command.argv] or [NOTHING]
    notes = [*command.via, *(["appended"] if command.appended else [])]
    return " ".join(words) + (f"    [{', '.join(notes)}]" if notes else "")


def _word(value: str | None) -> str:
    if value is None:
        return "?"
    text = value.replace("\n", "\\n").replace("\t", "\\t")
    return f"'{text}'" if not text or " " in text or "'" in text else text
