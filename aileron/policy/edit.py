"""One more allow rule in the text of a policy file, everything else of it as it was.

The rule: text is only put in, at one or two places that the nodes' positions give, and never
taken away (but for a `~` in the place of a list), so that every comment and every other line
stays, in its order.  The new item follows the last one of `allow`, in the style of that list
(block or flow), with its indentation and the file's line ends; a missing or empty list is made.

Then the whole is read again: it must hold exactly what it held, and the new rule behind the
other items of `allow`, or nothing is returned.  A file whose form is too unusual is refused
that way, not damaged.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from aileron.errors import PolicyError
from aileron.model import Rule, Verdict
from aileron.policy.schema import parse

KEY = Verdict.ALLOW.value
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_NEEDS_QUOTES = re.compile(r"[\s\\'\"]")
_MARKER = re.compile(r"(?m)^\.\.\.(?=\s|\Z)")
_STR = "tag:yaml.org,2002:str"
_MARK = "\ufeff"  # what some editors put before the first line
STEP = 2

Written = str | dict[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """`text` is the file's new text; `lines` are those that are new or changed in it, the first
    of them with the number `first`; `rule` is the new rule as the file will be read."""

    text: str
    first: int
    lines: tuple[str, ...]
    rule: Rule


@dataclass(frozen=True, slots=True)
class _Insertion:
    at: int
    text: str
    until: int = -1  # where what it replaces ends


def with_rule(text: str, rule: Rule) -> Edit:
    """The text with `rule` among those of `allow`; its layer and file are the file's.

    Raises PolicyError where the text is no policy, or the rule cannot be put into it.
    """
    before = parse(text, file=rule.file, layer=rule.layer)
    body = text.removeprefix(_MARK)
    wanted = _written(rule)
    try:
        root = yaml.compose(body, Loader=_Loader)
        pieces = _Text(body).insertions(root, wanted)
        new = text[: len(text) - len(body)] + _put_in(body, pieces)
        same = _value(yaml.compose(new.removeprefix(_MARK), Loader=_Loader)) == _plus(root, wanted)
        after = parse(new, file=rule.file, layer=rule.layer)
    except (yaml.YAMLError, PolicyError, ValueError) as error:
        raise _refusal(rule, wanted) from error
    allows = [one for one in after.rules if one.bucket is Verdict.ALLOW]
    if not same or len(after.rules) != len(before.rules) + 1 or not _is_same(allows[-1], rule):
        raise _refusal(rule, wanted)
    first, lines = _changed(text, new)
    return Edit(text=new, first=first, lines=lines, rule=allows[-1])


def _refusal(rule: Rule, wanted: Written) -> PolicyError:
    shown = _dumped([wanted], flow=True).strip()
    return PolicyError(
        "the rule cannot be put into this file without touching the rest of it",
        file=rule.file,
        hint=f"write it yourself, into allow: {shown}",
    )


# The rule as YAML


def _written(rule: Rule) -> Written:
    """A rule in words where that says it all, else a mapping."""
    command = " ".join(shlex.quote(w) if _needs_quotes(w) else w for w in rule.words)
    fields: dict[str, str | list[str]] = {
        "command": command,
        "binary": rule.binary,
        "args_contain": list(rule.args_contain),
        "path": rule.path,
        "working_dir": rule.working_dir,
        "description": rule.description,
        "message": rule.message,
    }
    given = {name: value for name, value in fields.items() if value}
    return command if list(given) == ["command"] else given


def _needs_quotes(word: str) -> bool:
    return not word or _NEEDS_QUOTES.search(word) is not None


def _dumped(value: object, *, flow: bool) -> str:
    """In one line where it is flow; what does not show itself is spelled out."""
    shows = json.dumps(value, ensure_ascii=False).isprintable()
    dumped = yaml.dump(
        value, default_flow_style=flow, allow_unicode=shows, width=10**9, sort_keys=False
    )
    return str(dumped)


def _plus(root: yaml.Node | None, wanted: Written) -> object:
    """The value of a file with the rule in it, to compare with what came out."""
    pairs = list(root.value) if isinstance(root, yaml.MappingNode) else []
    new = _value(yaml.compose(_dumped(wanted, flow=True), Loader=_Loader))
    found = [(_value(key), _value(value)) for key, value in pairs]
    for at, (key, value) in enumerate(pairs):
        if key.value == KEY:
            items = value.value if isinstance(value, yaml.SequenceNode) else []
            found[at] = found[at][0], ("seq", [*map(_value, items), new])
            return "map", found
    return "map", [*found, ((_STR, KEY), ("seq", [new]))]


def _value(node: yaml.Node | None) -> object:
    """What a node says, without how and where it says it."""
    if isinstance(node, yaml.MappingNode):
        return "map", [(_value(key), _value(value)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return "seq", [_value(one) for one in node.value]
    return (node.tag, node.value) if isinstance(node, yaml.ScalarNode) else None


def _is_same(found: Rule, wanted: Rule) -> bool:
    fields = ("words", "binary", "args_contain", "path", "working_dir", "description", "message")
    return all(getattr(found, name) == getattr(wanted, name) for name in fields)


# Where it goes


class _Text:
    """A file's text with the offsets of its lines."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(found.end() for found in _BREAK.finditer(text))]
        first = _BREAK.search(text)
        self.newline = first[0] if first else "\n"

    def at(self, mark: yaml.Mark) -> int:
        if mark.line >= len(self.starts):  # behind a last line that does not end
            return len(self.text)
        return min(self.starts[mark.line] + mark.column, len(self.text))

    def insertions(self, root: yaml.Node | None, wanted: Written) -> Sequence[_Insertion]:
        if not isinstance(root, yaml.MappingNode):
            return [self._at_the_end(0, STEP, wanted)]
        offset = _offset(root)
        for key, value in root.value:
            if key.value == KEY and isinstance(value, yaml.SequenceNode):
                if value.flow_style:
                    return self._in_flow(value, wanted)
                return [self._below(_last(value), value.start_mark.column, wanted)]
            if key.value == KEY:
                if root.flow_style or value.value:
                    return [self._instead_of_nothing(key, value, wanted)]
                return [self._below(key, key.start_mark.column + offset, wanted)]
        if root.flow_style:
            listed = f"{KEY}: {_dumped([wanted], flow=True).strip()}"
            return self._in_brackets(root, [value for _, value in root.value], listed)
        return [self._at_the_end(root.start_mark.column, offset, wanted)]

    def _instead_of_nothing(self, key: yaml.Node, value: yaml.Node, wanted: Written) -> _Insertion:
        listed = _dumped([wanted], flow=True).strip()
        if value.value:
            return _Insertion(self.at(value.start_mark), listed, self.at(value.end_mark))
        return _Insertion(self.text.index(":", self.at(key.end_mark)) + 1, f" {listed}")

    def _in_flow(self, value: yaml.SequenceNode, wanted: Written) -> Sequence[_Insertion]:
        return self._in_brackets(value, value.value, _dumped([wanted], flow=True).strip()[1:-1])

    def _in_brackets(
        self, node: yaml.Node, items: Sequence[yaml.Node], new: str
    ) -> Sequence[_Insertion]:
        """Behind the last item: in its line, or in one of its own where each item has one."""
        closing = self.at(node.end_mark) - 1
        if not items:
            start = self.starts[node.end_mark.line]
            if self.text[start:closing].strip(" "):
                return [_Insertion(closing, new)]
            step = " " * (closing - start + STEP)
            return [_Insertion(start, f"{step}{new}{self.newline}")]
        last, end = self.at(items[-1].start_mark), self.at(items[-1].end_mark)
        start = self.starts[items[-1].start_mark.line]
        line_end = self._line_end(end)
        if self.text[start:last].strip(" ") or line_end > closing:
            return [_Insertion(end, f", {new}")]
        comma = self.text[end:closing].lstrip().startswith(",")
        line = self.text[start:last] + new + ("," if comma else "") + self.newline
        return [*([] if comma else [_Insertion(end, ",")]), _Insertion(line_end, line)]

    def _below(self, node: yaml.Node, column: int, wanted: Written) -> _Insertion:
        """In lines of their own below the one in which a node ends."""
        at = self.at(node.end_mark)
        ended = at in self.starts[1:]  # the text of a block ends where the next line starts
        return self._lines(at if ended else self._line_end(at), column, wanted)

    def _at_the_end(self, column: int, offset: int, wanted: Written) -> _Insertion:
        marker = _MARKER.search(self.text)
        at = marker.start() if marker else len(self.text)
        lines = self._lines(at, column + offset, wanted)
        missing = "" if at in self.starts else self.newline
        key = f"{' ' * column}{KEY}:{self.newline}"
        return _Insertion(at, missing + key + lines.text.removeprefix(missing))

    def _lines(self, at: int, column: int, wanted: Written) -> _Insertion:
        missing = "" if at in self.starts else self.newline
        lines = _dumped([wanted], flow=False).splitlines()
        return _Insertion(
            at, missing + "".join(f"{' ' * column}{line}{self.newline}" for line in lines)
        )

    def _line_end(self, at: int) -> int:
        return next((start for start in self.starts if start > at), len(self.text))


def _offset(root: yaml.MappingNode) -> int:
    """How far the file's lists are indented from their keys."""
    for key, value in root.value:
        if isinstance(value, yaml.SequenceNode) and not value.flow_style and value.value:
            return max(int(value.start_mark.column) - int(key.start_mark.column), 0)
    return STEP


def _last(node: yaml.Node) -> yaml.Node:
    """The node in which another one ends; the end that a block says is its next one's start."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _put_in(text: str, pieces: Sequence[_Insertion]) -> str:
    for piece in sorted(pieces, key=lambda one: -one.at):
        text = text[: piece.at] + piece.text + text[max(piece.at, piece.until) :]
    return text


def _changed(old: str, new: str) -> tuple[int, tuple[str, ...]]:
    """The lines of a new text that are not the old one's, and the number of the first."""
    before, after = (_BREAK.sub("\n", text).removesuffix("\n").split("\n") for text in (old, new))
    first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        first += 1
    last = 0
    most = min(len(before), len(after)) - first
    while last < most and before[-1 - last] == after[-1 - last]:
        last += 1
    return first + 1, tuple(after[first : len(after) - last])
