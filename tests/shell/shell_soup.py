"""Texts that no grammar makes: tokens of the shell's language in any order.

Most are syntax errors, and of those that are not many are read by bash in ways
nobody would write.  They found what the programs of a grammar did not.
"""

from __future__ import annotations

import random

COMMANDS = ["c1", "c2 a", "c3", "c4 'b c'", "c5 x=1", "x=2 c6", "c7 a[1]"]
OPERATORS = [
    ";",
    ";;",
    "&",
    "&&",
    "|",
    "||",
    "|&",
    "\n",
    "\n",
    "!",
    ";&",
    ";;&",
    "(",
    ")",
    "{",
    "}",
]
WORDS = ["if", "then", "else", "fi", "for x in a", "do", "done", "while", "until", "case a in"]
WORDS += ["esac", "a)", "a|b)", "*)", "in", "function f", "f()", "f", "coproc", "coproc N", "time"]
WORDS += [
    "[[",
    "]]",
    "((",
    "))",
    "select x in a",
    "return",
    "break",
    "elif",
    "for ((;;))",
    "time -p",
]
PIECES = [
    "$(",
    "`",
    '"',
    "'",
    "$((",
    "))",
    "${x:-",
    "}",
    "${",
    "$'",
    "\\",
    "\\\n",
    "#",
    " #",
    "$",
    "<(",
]
PIECES += [
    ">(",
    "$[",
    "${x#'",
    "'}",
    '"${x//',
    "${x/",
    '"',
    "]",
    "a[",
    "x=(",
    "x=",
    "x+=",
    "{a,",
    ",b}",
    "~",
    "*",
    "@(",
    "$x",
    "\\'",
    '\\"',
]
REDIRECTIONS = [
    ">f",
    "<f",
    "2>&1",
    ">&-",
    "<<< a",
    "<<E",
    "<<'E'",
    "<<-E",
    "&>f",
    "{v}>f",
    "<>f",
    ">|f",
]
LINES = ["\nE\n", "\n\tE\n", "\nE", "E\n"]
BUILTINS = ["eval", "eval 'c8 a'", "trap 'c9' EXIT", "command", "exec", "builtin", "env", "xargs"]
BUILTINS += ["bash -c", "sh -c 'c10'", "test -v", "printf -v", "declare", "let", "unset", "read"]
BUILTINS += ["set --", "shift", "alias c1=c11", "nice", "timeout 5", "cat", ":"]
BUILTINS += ["bash -s <<< 'c13 a'", "; . /dev/stdin <<< 'c14 a'", "FOO=1", "$x"]
KINDS = [
    (COMMANDS, 8),
    (OPERATORS, 8),
    (WORDS, 6),
    (PIECES, 6),
    (REDIRECTIONS, 2),
    (LINES, 1),
    (BUILTINS, 2),
]


def soup(seed: int) -> str:
    """One text; a different one for each seed."""
    chance = random.Random(seed)
    kinds = [kind for kind, _ in KINDS]
    weights = [weight for _, weight in KINDS]
    text = ""
    for _ in range(chance.randint(2, 14)):
        text += chance.choice(chance.choices(kinds, weights)[0])
        text += chance.choice((" ", " ", " ", "", ";", "\n"))
    return text
