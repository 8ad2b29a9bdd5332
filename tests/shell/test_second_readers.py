"""Other readers only make a verdict stricter, and cannot be turned off by provoking an error."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from aileron.errors import PolicyError
from aileron.model import READERS, CommandRequest, Layer
from aileron.policy.merge import merge
from aileron.policy.schema import Source, parse
from aileron.session import readers
from aileron.session.judge import Judge
from aileron.shell.agreement import Reader, Seen, confirmed, first_missing
from aileron.shell.gaps import plainer
from aileron.shell.reading import Reading
from tests.policy.tables import cases as policy_cases
from tests.shell.test_shell_reading import TABLE, WRAPPERS, reading

OTHERS = readers.load()
POLICY = Path(__file__).parents[1] / "policy"

# Texts that tree-sitter cannot read and no gap explains: they are asked about.
ASKED = (
    "[[ -e $(c1) && ( x == a* || ! y =~ ^(a|b $(c2))$ ) ]] && c3",
    # (( that closes as two subshells: no other reader takes it for that
    "echo $(((1>0)) && c2)",
    'c1 $((c2); (c3)) "$((c4) | c5)"; ((c6 a) && (c7 ")")) || c8',
    "(( (1) + (2) )); (((c1); c2); c3); c4 $(((1)) ) $(( (1) ))",
    "c1 <<''; c2 <<\"$x\" <<`c9`\n$(c9)\n\n$(c9)\n$x\n$(c3)\n`c9`\nc4",
    "c1 {a[1]}>f; coproc \"N\" { c2; }; f@() { c3; }; function %'x' { c4; }; c5 | time c6",
)


def judged(text: str, shell: str = "bash") -> Reading:
    return confirmed(text, reading(text, shell), OTHERS)


def test_all_readers_are_there() -> None:
    assert tuple(reader.name for reader in OTHERS) == READERS


def needless(texts: list[tuple[str, str]]) -> list[tuple[str, str]]:
    whole = [(text, shell) for text, shell in texts if reading(text, shell).complete]
    found = [(text, judged(text, shell)) for text, shell in whole]
    return [(text, one.why) for text, one in found if not one.complete]


def test_no_everyday_command_is_asked_about_for_their_sake() -> None:
    paths = sorted(POLICY.glob("*.txt"))
    assert needless([(one.command, "bash") for path in paths for one in policy_cases(path)]) == []


def test_few_of_the_odd_ones_are() -> None:
    """The table is about corners of bash, some of which no other reader knows."""
    found = needless([(case.text, case.shell) for case in TABLE])
    assert len(found) < len(TABLE) / 15, found


@pytest.mark.parametrize("text", ASKED)
def test_what_is_asked_about_for_their_sake(text: str) -> None:
    assert "cannot read it" in judged(text).why


# What tree-sitter misreads, and the same with a syntax error or a command behind it.
GAPS = {
    "here-document; operator": "cat <<E; c1\na\nE",
    "here-document & operator": "cat <<E & c1\n$(c2)\nE",
    "here-document and redirection": "cat << E 2>&1 | c1\n$(c2)\nE",
    "two here-documents": "cat <<A <<B; c1\n$(c2)\nA\nb\nB",
    "here-document in a subshell": "(cat <<E)\na\nE",
    "a delimiter in pieces": 'cat <<E"O"F\n$(c9)\nEOF',
    "a dollar kept from expansion": "cat <<E\n\\$(c9)\nE",
    "a line of a here-document continued": "cat <<EOF\nx\\\nEOF\n$(c1)\nEOF\nc2",
    "fall through": "case a in a) c1;& b) c2;;& esac",
    "the last clause": "case a in\n a)\nesac",
    "read and write": "c1 <>f",
    "two redirections": 'c1 >a <<<"$(c2)"',
    "equals in a test": "[[ $a = *b* || $a = c ]] && c1",
    "for over the arguments": "for i do c1; done",
    "do on a line of its own": "for i\ndo c1; done",
    "a comment right behind a semicolon": "c1 ;# it's $(c9\nc2",
    "a dollar alone": "c1 $(c2 | c3 ^x$)",
    "an assignment redirected": "n=$((1 + 0)) 2>/dev/null && c1",
    "text in $''": "case a in $'a') c1;; b) c2;& esac",
    "time of a group": "time { c1; c2; }",
    "time of a command": "time -p c1 | c2",
    "coproc": "coproc c1 a; coproc NAME { c2; }",
    "no blank": "if(c1)then(c2)fi",
    "backticks": "c1 `c2 \\`c3\\``",
    "a line continued in a word": "wh\\\nile c1; do c2 >\\\n> x; done",
    "glued to an assignment": "x=$a/$b; y=$a/b/$c c1",
    "behind a redirection": "c1 >&2 a b && c2 - 2>f",
    "a dash before a redirection": "c0 | c1 -i - 2>&1 | c2",
    "a dollar in a here-document": "cat <<E\n$ c9\ncosts 5$, $(c1)\nE",
    "a line that looks like the delimiter": "cat <<E\n  E\nE \nE\nc1",
    "a dollar in a word": "sed s/x$/y/ f | c1 $.",
    "escaped quotes in $''": "c1 $'it\\'s' $'\\\\' $'\\''",
    "an empty substitution": "c1 a$() $( ) && c2",
    "not a group": "if ! { c1; }; then ! [[ a ]] && ! (c2); fi",
    "no semicolon before a brace": "f() { (c1) }; g() { if c2; then c3; fi }; { [[ a ]] }",
    "no semicolon before then": "if [[ -e x ]] then c1; else c2; fi",
    "two subshells": "c1 $((c2); (c3)) && ((c4) | c5)",
    "a pattern with parentheses": "[[ $x == *.@(jpg|png) && -f $x ]] && c1",
    "a blank in a subscript": 'c1 "${m[a b]}" ${m[c, d]}',
    "two redirections before a here-string": "c1 >f 2>&1 <<< a",
    "time of an assignment": "time x=1 c1",
}


@pytest.mark.parametrize("text", GAPS.values(), ids=GAPS)
def test_a_known_gap_is_excused(text: str) -> None:
    assert judged(text).complete, judged(text).why


@pytest.mark.parametrize("text", GAPS.values(), ids=GAPS)
def test_a_gap_hides_no_command(text: str) -> None:
    """Ours finds what stands behind it or in it; and where ours did not, the other reader does."""
    for hidden in (f"{text}\nhidden x", f"{text}\necho $(hidden x)", f"a <(hidden x)\n{text}"):
        found = reading(hidden)
        assert "hidden" in {command.name for command in found.commands}
        blind = Reading(tuple(one for one in found.commands if one.name != "hidden"))
        assert not confirmed(hidden, blind, OTHERS).complete


@pytest.mark.parametrize("text", GAPS.values(), ids=GAPS)
def test_a_gap_excuses_no_other_error(text: str) -> None:
    found = reading(text)
    for wrong in (f"{text}\nif hidden", f"( {text}\n", f"{text}\n}} && ("):
        assert not confirmed(wrong, Reading(found.commands), OTHERS).complete


@pytest.mark.parametrize(
    "text",
    ["rm -rf x", "a; a", "a b", "a $(b)", "a | b", "! c", "[ -f x ]", "export A=$(b)", "$x y"],
)
def test_a_command_that_ours_does_not_list_is_asked_about(text: str) -> None:
    found = reading(text)
    assert confirmed(text, found, OTHERS).complete
    for at in [at for at, one in enumerate(found.commands) if not one.supposed]:
        fewer = Reading(found.commands[:at] + found.commands[at + 1 :])
        assert not confirmed(text, fewer, OTHERS).complete


def test_words_are_compared_as_far_as_both_know_them() -> None:
    assert first_missing([("rm", "-r", "x")], [("rm", "-r", "y")]) is not None
    assert first_missing([("rm", "-r", None)], [("rm", "-r", "y")]) is None
    assert first_missing([("rm", "x")], [("rm", None)]) is None
    assert first_missing([("rm", "x")], [("rm", "x", "y")]) is not None
    assert first_missing([(None,)], []) is not None
    assert first_missing([("time", "-p", "rm")], [("rm",)]) is None


def test_a_text_inside_a_text_is_read_too() -> None:
    text = "bash -c 'a; eval \"b; c\"' && trap 'd' EXIT && sudo e"
    found = reading(text)
    assert judged(text).complete
    assert found.texts == ('a; eval "b; c"', "b; c", "d")
    for name in "abcd":
        fewer = tuple(one for one in found.commands if one.name != name)
        blind = Reading(fewer, texts=found.texts)
        assert not confirmed(text, blind, OTHERS).complete, name
    broken = Reading(found.commands, texts=("a; (b",))
    assert "cannot read it" in confirmed(text, broken, OTHERS).why


def test_a_keyword_alone_is_no_command() -> None:
    assert confirmed("time; a", reading("time; a"), OTHERS).complete


def test_a_reader_alone_never_completes_a_reading() -> None:
    agrees = Reader("other", lambda text: Seen())
    assert confirmed("(", reading("("), [agrees]) == reading("(")


def test_bashlex_does_not_decide_alone() -> None:
    (bashlex,) = readers.load(["bashlex"])
    assert confirmed("case a in b) c;; esac", reading("case a in b) c;; esac"), [bashlex]).complete
    assert not confirmed("a; 'b'", reading("a"), [bashlex]).complete
    assert confirmed("a; 'b'" + " x" * 4096, reading("a"), [bashlex]).complete  # too long for it
    assert confirmed("a; b", reading("a"), [bashlex]).complete  # too plain


@pytest.mark.parametrize(
    "text",
    [
        "a|" * 400 + "a; for i do x; done",
        "[[ a =~ b ]];" * 1900,
        "cat <<E\n" * 1900,
        "\\`" * 30000,
        "x" * 65536,
        "\\\n" * 30000,
        "<<E;" * 10000,
        "$(" * 20000,
        '"$(a "' * 9000,
    ],
    ids=range(9),
)
def test_no_text_raises_or_takes_long(text: str) -> None:
    """Long is what the test run would notice; the bench has the figures."""
    plainer(text)
    for reader in OTHERS:
        if len(text) <= reader.limit:
            reader.read(text)


def test_threads_share_nothing() -> None:
    texts = [case.text for case in TABLE]
    expected = [judged(text).complete for text in texts]
    found: list[list[bool]] = []
    threads = [
        threading.Thread(target=lambda: found.append([judged(text).complete for text in texts]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


# The setting


def source(text: str, layer: Layer) -> Source:
    return parse(text, file="aileron.yaml", layer=layer)


def test_which_readers_run_is_a_setting_of_the_person() -> None:
    assert merge([]).readers == READERS
    person = source("readers: [bashlex]", Layer.USER)
    assert merge([], None, person).readers == ("bashlex",)
    project = source("readers: []", Layer.PROJECT)
    assert merge([], project, trusted=True).readers == ()
    assert merge([], project, person, trusted=True).readers == ("bashlex",)


def test_a_repository_cannot_turn_one_off() -> None:
    project = source("readers: [tree-sitter]", Layer.PROJECT)
    policy = merge([], project)
    assert policy.readers == READERS
    assert "readers" in policy.notices[0]


@pytest.mark.parametrize("text", ["readers:", "readers: bashlex", "readers: [shfmt]"])
def test_a_setting_that_is_wrong_is_an_error(text: str) -> None:
    with pytest.raises(PolicyError, match="reader"):
        source(text, Layer.USER)


def test_the_judge_listens_to_them() -> None:
    judge = Judge(
        policy=merge([]), wrappers=WRAPPERS, project="/app", home="/h", aileron_home="/h/a"
    )
    request = CommandRequest(argv=("bash", "-c", "a"), cwd="/app", text="a")
    assert judge.reading(request) == reading("a")
    assert [one.name for one in judge.readers] == ["tree-sitter"]  # what loads fast
    judge.use((Reader("x", lambda _: Seen((("b",),))),))
    found = judge.reading(request)  # and what was read before is read again
    assert found is not None
    assert found.why == "x sees a command in it that is not known: b"


def test_one_that_is_broken_agrees_to_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(readers.MODULES, "tree-sitter", ("json",))
    monkeypatch.setitem(__import__("sys").modules, "aileron.shell.by_treesitter", None)
    monkeypatch.delattr("aileron.shell.by_treesitter")
    (broken,) = readers.load(["tree-sitter"])
    assert "cannot be loaded" in confirmed("a", reading("a"), [broken]).why
