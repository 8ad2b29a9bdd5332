"""One rule more in a policy file, and everything else as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aileron.errors import PolicyError
from aileron.model import Layer, Rule, Verdict
from aileron.policy import edit, schema

TABLE = Path(__file__).with_name("edit.txt")


def cases() -> Iterator[tuple[str, str, str, str]]:
    text = TABLE.read_text(encoding="utf-8")
    parts = re.split(r"(?m)^-- (before: .*|rule|after) --\n", text)[1:]
    named = list(zip(parts[::2], parts[1::2], strict=True))
    for at in range(0, len(named), 3):
        (name, before), (_, rule), (_, after) = named[at : at + 3]
        yield name.removeprefix("before: "), _section(before), rule, after.rstrip("\n") + "\n"


def _section(text: str) -> str:
    return text.removesuffix("⏎\n") if text.endswith("⏎\n") else text


def rule(text: str) -> Rule:
    """The one rule of a YAML text."""
    written = f"allow: [{text.strip()}]\n"
    return schema.parse(written, file="aileron.yaml", layer=Layer.PROJECT).rules[0]


CASES = list(cases())


@pytest.mark.parametrize(
    ("before", "wanted", "after"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_rule_goes_where_a_person_would_put_it(before: str, wanted: str, after: str) -> None:
    if after == "refused\n":
        with pytest.raises(PolicyError):
            edit.with_rule(before, rule(wanted))
        return
    made = edit.with_rule(before, rule(wanted))
    assert made.text.rstrip("\n") + "\n" == after
    assert made.text.endswith("\n") or not before.endswith("\n")
    shown = made.text.splitlines()[made.first - 1 : made.first - 1 + len(made.lines)]
    assert tuple(shown) == made.lines
    assert made.rule.words == rule(wanted).words


def test_line_ends_and_the_mark_of_an_editor_stay() -> None:
    """CRLF, a lone CR, a byte order mark: the new line ends as the others do."""
    for end in ("\r\n", "\r", "\n"):
        for mark in ("", "\ufeff"):
            before = mark + end.join(("allow:  # a", "  - make *", "", "deny: [x]", ""))
            made = edit.with_rule(before, rule("git push"))
            expected = ("allow:  # a", "  - make *", "  - git push", "", "deny: [x]", "")
            assert made.text == mark + end.join(expected)
            assert (made.first, made.lines) == (3, ("  - git push",))


def test_what_cannot_be_seen_is_spelled_out() -> None:
    """A word that turns the reading direction round does not hide in the file."""
    hidden = "rm \u202etxt.*"
    made = edit.with_rule("allow: [make]\n", rule(f'"{hidden}"'))
    assert "\u202e" not in made.text
    assert made.rule.words == tuple(hidden.split())


def test_what_is_refused_says_what_to_write() -> None:
    text = "allow: []\ndeny:\n  - {command: rm *, id: allow-git-push}\n"
    with pytest.raises(PolicyError) as caught:
        edit.with_rule(text, rule("git push"))
    assert caught.value.hint == "write it yourself, into allow: [git push]"


def test_the_other_yaml_loader_gives_the_same_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where libyaml is missing, PyYAML's own positions are used."""
    accepted = [case for case in CASES if case[3] != "refused\n"]
    texts = [edit.with_rule(before, rule(wanted)).text for _, before, wanted, _ in accepted]
    monkeypatch.setattr(edit, "_Loader", yaml.SafeLoader)
    again = [edit.with_rule(before, rule(wanted)).text for _, before, wanted, _ in accepted]
    assert again == texts


COMMENTS = st.sampled_from(["# why", "# - make *", "#", "# é: 'x", "# allow: [x]"])
COMMANDS = st.sampled_from(
    ["make *", "git push origin dev", "'*.sh'", '"a: b"', "x#y", "a|b *", "{command: a, path: b}"]
)


@st.composite
def lists(draw: st.DrawFn, indent: str) -> str:
    """A list of rules behind its key, in one of the styles that people write."""
    items = draw(st.lists(COMMANDS, max_size=3))
    style = draw(st.sampled_from(["block", "flow", "lines"]))
    if style == "block":
        out = ""
        inner = indent + draw(st.sampled_from(["", "  ", "    "]))
        for item in items:
            out += f"\n{inner}-  {item}{draw(st.sampled_from(['', '  # quick']))}"
            out += draw(st.sampled_from(["", f"\n{inner}{draw(COMMENTS)}", "\n"]))
        return out or draw(st.sampled_from(["", " ~", " null  # none", "\n  # none"]))
    if style == "flow":
        return f" [{', '.join(items)}]" + draw(st.sampled_from(["", "  # all"]))
    inner = "\n" + indent + "   "
    parts = [item + draw(st.sampled_from([",  # it", ","])) for item in items[:-1]]
    parts += [items[-1] + draw(st.sampled_from(["", ",", " , # it", "  # it"]))] if items else []
    parts += draw(st.lists(COMMENTS, max_size=1))
    return f" [{inner}{inner.join(parts)}\n{indent} ]"


@st.composite
def policies(draw: st.DrawFn) -> str:
    indent = draw(st.sampled_from(["", "", "  "]))
    lines = draw(st.lists(COMMENTS, max_size=2))
    for key in draw(st.permutations(["allow", "deny", "ask", "env", "version"])):
        if draw(st.booleans()):
            continue
        if key == "version":
            lines.append(f"{indent}version: 1")
        elif key == "env":
            lines += [f"{indent}env:", f"{indent}  scrub:", f"{indent}    - X_*  # them"]
        else:
            lines.append(f"{indent}{key}:{draw(lists(indent))}")
        lines += draw(st.lists(st.one_of(COMMENTS, st.just("")), max_size=2))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return end.join("\n".join(lines).split("\n")) + draw(st.sampled_from(["", end, end + end]))


def told(source: schema.Source) -> list[object]:
    """The rules of a file without their lines."""
    return [(r.bucket, r.id, r.words, r.binary, r.args_contain, r.path) for r in source.rules]


def parsed(text: str) -> schema.Source:
    return schema.parse(text, file="aileron.yaml", layer=Layer.PROJECT)


@settings(deadline=None, max_examples=300)
@given(policies(), st.sampled_from(["git push", "{command: cat *, path: ~/x}", "'* -n 1'"]))
def test_any_policy_takes_one_rule_more_and_keeps_the_rest(before: str, wanted: str) -> None:
    """The old rules in their order, the new one; nothing of the old text is lost but a null."""
    try:
        old = parsed(before)
    except PolicyError:  # the same rule twice may give the same id; such files are not made here
        pytest.fail(before)
    made = edit.with_rule(before, rule(wanted))
    new = parsed(made.text)
    added = [one for one in told(new) if one not in told(old)]
    assert len(new.rules) == len(old.rules) + 1
    assert [one for one in told(new) if one not in added] == told(old)
    assert [r.words for r in new.rules if r.bucket is Verdict.ALLOW][-1] == rule(wanted).words
    assert (new.default, new.scrub, new.overrides) == (old.default, old.scrub, old.overrides)
    rest = iter(made.text)
    kept = re.sub(r"(?m)(allow: )(~|null)", r"\1", before)
    assert all(character in rest for character in kept)


PIECES = ["allow:", "deny:", "\n", "  ", "- ", "a", "[", "]", "{", "}", ", ", "# x", "'", '"', "|"]
PIECES += [">", "~", ": ", "---\n", "...\n", "?", "\t"]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES)))
def test_any_text_is_refused_or_keeps_all_it_had(pieces: list[str]) -> None:
    """Nothing but a PolicyError, and never a file that says something else."""
    before = "".join(pieces)
    try:
        made = edit.with_rule(before, rule("git push"))
    except PolicyError:
        return
    assert len(parsed(made.text).rules) == len(parsed(before).rules) + 1
