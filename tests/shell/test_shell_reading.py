"""What reading a text finds: reading.txt, and what a table of words cannot show."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from aileron.shell.read import read
from aileron.shell.reading import Reading, SimpleCommand
from aileron.shell.wrappers import wrappers_from
from tests.shell.shell_table import Case, cases, shown

HERE = Path(__file__).parent
WRAPPERS = wrappers_from(
    yaml.safe_load((HERE.parents[1] / "policy_defaults" / "wrappers.yaml").read_text())
)
TABLE = cases((HERE / "reading.txt").read_text())


def reading(text: str, shell: str = "bash") -> Reading:
    return read(text, shell, WRAPPERS)


def only(text: str, name: str) -> SimpleCommand:
    (found,) = [command for command in reading(text).commands if command.name == name]
    return found


@pytest.mark.parametrize("case", TABLE, ids=lambda case: f"line {case.line}")
def test_the_table_holds(case: Case) -> None:
    assert shown(reading(case.text, case.shell)) == case.expected


@pytest.mark.parametrize(
    ("text", "name", "feeds", "upstream"),
    [
        ("a | b", "a", "", []),
        ("a | b", "b", "pipe", ["a"]),
        ("a | (b; c) | d", "c", "pipe", ["a"]),
        ("a | (b; c) | d", "d", "pipe", ["a", "b", "c"]),
        ("a | { b | c; }", "c", "pipe", ["a", "b"]),
        ("a $(b) | c", "c", "pipe", ["a", "b"]),
        ("a | while b; do c; done", "c", "pipe", ["a"]),
        ("a | b < f", "b", "file", []),
        ("a | b <&3", "b", "pipe", ["a"]),
        ("b <<< x", "b", "heredoc", []),
        ("b <<E\n$(a)\nE\n", "b", "heredoc", ["a"]),
        ("b < <(a)", "b", "process", ["a"]),
        ("{ b; } < <(a)", "b", "process", ["a"]),
        ("a | tee >(b)", "b", "pipe", ["a", "tee"]),
        ("a > >(b)", "b", "pipe", ["a"]),
        ("{ a; } > >(b)", "b", "pipe", ["a"]),
        ("x=>(b) a", "b", "pipe", ["a"]),
        ("a | x=$(b)", "b", "pipe", ["a"]),
        ("f() { b; }; a | f", "b", "pipe", ["a"]),
        ("f() { g; }; g() { b; }; a | f", "b", "pipe", ["a"]),
        ("f() { a; }; f | b", "b", "pipe", ["f", "a"]),
        ("a | sudo b", "b", "pipe", ["a"]),
        ("coproc b", "b", "pipe", []),
    ],
)
def test_where_a_command_reads_from(text: str, name: str, feeds: str, upstream: list[str]) -> None:
    """`upstream` names all whose output reaches it, through groups and functions, too."""
    found = only(text, name)
    assert found.feeds == feeds
    assert [reading(text).commands[at].name for at in found.upstream] == upstream


@pytest.mark.parametrize(
    ("text", "cwd"),
    [
        ("c", ""),
        ("cd x && c", "x"),
        ("cd x && cd y && c", "x/y"),
        ("cd x && cd /y/z && c", "/y/z"),
        ("cd -P -- x && c", "x"),
        ("cd && c", "~"),
        ("cd ~/x && c", "~/x"),
        ("cd '~' && c", "./~"),
        ("cd x && { c; }", "x"),
        ("cd x && (cd y && a; c)", None),
        ("cd x && (cd y && a) && c", "x"),
        ("(cd x && a); c", ""),
        ("cd x | a; c", ""),
        ("cd x & c", ""),
        ("cd x || exit 1; c", "x"),
        ("cd x && cd y || exit; c", "x/y"),
        ("cd x || a; c", None),
        ("cd x; c", None),
        ("cd x\nc", None),
        ("cd x && a; c", None),
        ("cd $x && c", None),
        ("cd - && c", None),
        ("cd x* && c", None),
        ("popd && c", None),
        ("if a; then cd x; fi; c", None),
        ("for i in 1 2; do c; cd x; done", None),
        ("f() { cd x; }; f; c", None),
        ("eval 'cd x' && c", None),
        ("cd x && bash -c 'c'", "x"),
        ("bash -c 'cd x'; c", ""),
        ("echo $(cd x && a); c", ""),
        ("exit() { :; }; cd x || exit; c", None),
    ],
)
def test_the_directory_a_literal_cd_leads_to(text: str, cwd: str | None) -> None:
    """Only where the cd is sure to have happened; None where it may have failed."""
    cwds = only(text, "c").cwds
    assert (cwds[0] if len(cwds) == 1 else None) == cwd


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("c() { a; }; c", True),
        ("function c { a; }; b; (c)", True),
        ("c() { a; }; command c", False),
        ("c() { a; }; env c", False),
        ("c; c() { a; }", False),
        ("if b; then c() { a; }; fi; c", False),
        ("b && c() { a; }; c", False),
        ("(c() { a; }); c", False),
        ("c() { a; } & c", False),
        ("c() { a; }; unset -f c; c", False),
        ("c() { a; }; bash -c c", False),
        ("c() { a; }; eval c", True),
    ],
)
def test_a_name_is_a_function_only_where_that_is_sure(text: str, sure: bool) -> None:
    found = [command for command in reading(text).commands if command.name == "c"]
    assert found[-1].function is sure


def test_background_loop_and_substitution_are_noted() -> None:
    found = {c.name: c for c in reading("a & { b; } & for i in $(d); do e; done; f").commands}
    assert [name for name, c in found.items() if c.background] == ["a", "b"]
    assert [name for name, c in found.items() if c.loop] == ["e"]
    assert [name for name, c in found.items() if c.substituted] == ["d"]


def test_the_commands_in_an_argument_are_known() -> None:
    """`substitutions` leads from a command to what ran to make its words, not its redirections."""
    found = reading('a "$(b | c)" > $(d); e <(f)')
    names = {
        found.commands[at].name: [found.commands[i].name for i in inside]
        for at, inside in found.substitutions
    }
    assert names == {"a": ["b", "c"], "e": ["f"]}


@pytest.mark.parametrize(
    ("word", "value", "dynamic", "quoted", "prefix"),
    [
        ("abc", "abc", set(), False, "abc"),
        ("'a b'", "a b", set(), True, "a b"),
        ("a$x", None, {"parameter"}, False, "a"),
        ('"a$x"', None, {"parameter"}, True, "a"),
        ('"$@"', None, {"parameter"}, False, ""),
        ("a$(b)c", None, {"command"}, False, "a"),
        ("a$((1))", None, {"arithmetic"}, False, "a"),
        ("<(b)", None, {"process"}, False, ""),
        ("src/*.py", "src/*.py", {"glob"}, False, "src/"),
        ("src/'*'*.py", "src/**.py", {"glob"}, True, "src/*"),
        ("'*'", "*", set(), True, "*"),
        ("[", "[", set(), False, "["),
        ("~/x", "~/x", {"tilde"}, False, ""),
        ("a=~/x", "a=~/x", {"tilde"}, False, "a="),
        ("'~'/x", "~/x", set(), True, "~/x"),
        ("a{b,c", "a{b,c", set(), False, "a{b,c"),
        ("a{b..c}{1..9999}", None, {"brace"}, False, "a"),
        ("x/$y/*", None, {"parameter", "glob"}, False, "x/"),
        ("@{u}", "@{u}", set(), False, "@{u}"),
    ],
)
def test_a_word_says_what_is_known_of_it(
    word: str, value: str | None, dynamic: set[str], quoted: bool, prefix: str
) -> None:
    found = reading(f"a {word}").commands[0].words[1]
    assert (found.source, found.value, set(found.dynamic)) == (word, value, dynamic)
    assert (found.quoted, found.prefix) == (quoted, prefix)


def test_redirections_are_decoded() -> None:
    found = reading("a 2>>'x y' <&3 {fd}>$z <<-E\n\tb\\$\n\tE\n").commands[0].redirects
    assert [(r.op, r.fd, r.target.value) for r in found] == [
        (">>", "2", "x y"),
        ("<&", "", "3"),
        (">", "fd", None),
        ("<<-", "", "b$\n"),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("c\0", "control character 0x00"),
        ("c\r\n", "control character 0x0d"),
        ("c \x1b[0m", "control character 0x1b"),
        ("c \x85", "control character 0x85"),
        ("c \udcff", "not valid Unicode"),
        ("c " + "x" * 65536, "longer than 64 KB"),
        ("c " + "é" * 32768, "longer than 64 KB"),
        ("$(" * 60 + "c" + ")" * 60, "nested more than 50 deep"),
        ("( " * 60 + "c" + ")" * 60, "nested more than 50 deep"),
        ("${x:-" * 60 + "}" * 60, "nested more than 50 deep"),
        ("eval " * 60 + "c", "nested more than 50 deep"),
        ("env " * 60 + "c", "nested more than 50 deep"),
        ("c\n" * 3000, "more than 800 commands"),
    ],
)
def test_text_that_is_not_read(text: str, why: str) -> None:
    found = reading(text)
    assert not found.complete
    assert why in found.why


def test_a_shell_whose_language_is_unknown_is_not_read() -> None:
    assert not reading("c", "fish").complete


def test_without_the_table_nothing_is_looked_through() -> None:
    assert [c.name for c in read("sudo rm x").commands] == ["sudo"]


def test_positions_lead_back_to_the_text() -> None:
    text = "a 'b c' && d $(e) | f >g"
    assert [c.source for c in reading(text).commands] == ["a 'b c'", "d $(e)", "e", "f >g"]
