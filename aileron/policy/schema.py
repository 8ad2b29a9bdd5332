"""The text of a policy file, turned into its rules; every error has file, line and column.

    allow: [go test *]               buckets: a rule in words, or a mapping with any of command,
    ask:   [{command: gh pr merge}]  binary, args_contain, path, working_dir, and id, description,
    deny:  [git push origin main]    message, override (a built-in rule that this one replaces),
                                     match, not_match (shell text; `examples.py` holds it to them)
    default: ask                     what no rule speaks about
    override: [inline/python]        built-in asks and allows that do not count
    env: {scrub: [X_*], passthrough: [Y]}
    readers: [tree-sitter, bashlex]  who must agree with our own reading of a command

Keys that later parts own (`version`, `notifications`, `secrets`, `network`,
`budget`, `contain`) are accepted and left alone; `profiles` brings a warning.
Everything else is an error, as are duplicate keys, anchors and aliases, tags,
and rules that are shell text rather than the words of one command.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import yaml

from aileron.errors import PolicyError
from aileron.model import READERS, Layer, Rule, Verdict
from aileron.policy.tables import names

RESERVED = ("version", "notifications", "secrets", "network", "budget", "contain", "profiles")
BUCKETS = {verdict.value: verdict for verdict in Verdict}
TOP = (*BUCKETS, "default", "override", "env", "readers", *RESERVED)
RULE_KEYS = (
    "command",
    "binary",
    "args_contain",
    "path",
    "working_dir",
    "id",
    "description",
    "message",
    "override",
    "match",
    "not_match",
)
MATCHING = ("command", "binary", "args_contain", "path", "working_dir")
OPERATORS = names("| || && ; & |& > >> < << <<< >| &> ;; ( ) { }")
MAX_DEPTH = 20
MAX_EXAMPLES = 1000  # in one file, since each is read and matched whenever the file is
MAX_EXAMPLE_TEXT = 64 * 1024  # characters, of all of them together

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\*?")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_QUOTING = re.compile(r"[\\'\"]")
_ID = re.compile(r"[a-z0-9][a-z0-9_./-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text that a rule says it matches, or does not match, and where it says so."""

    rule: Rule
    text: str
    matches: bool
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One policy file, read.

    `overrides` pairs the id of a built-in rule with the line that names it;
    `notices` are warnings for a person, in the form `file:line: text`.
    """

    layer: Layer
    file: str
    rules: tuple[Rule, ...] = ()
    default: Verdict | None = None
    default_line: int = 0
    overrides: tuple[tuple[str, int], ...] = ()
    scrub: tuple[str, ...] = ()
    passthrough: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    readers: tuple[str, ...] | None = None
    examples: tuple[Example, ...] = ()


class _Reader:
    """Walks the nodes of one file; every method raises PolicyError at the node to blame."""

    def __init__(self, file: str, layer: Layer) -> None:
        self.file = file
        self.layer = layer
        self.rules: list[Rule] = []
        self.overrides: list[tuple[str, int]] = []
        self.notices: list[str] = []
        self.ids: dict[str, int] = {}
        self.examples: list[Example] = []
        self.example_text = 0

    def error(self, node: yaml.Node | yaml.Event, text: str, hint: str = "") -> PolicyError:
        return self.error_at(node.start_mark, text, hint)

    def error_at(self, mark: object, text: str, hint: str = "") -> PolicyError:
        line, column = getattr(mark, "line", -1) + 1, getattr(mark, "column", -1) + 1
        return PolicyError(text, file=self.file, line=line, column=column, hint=hint)

    def pairs(
        self, node: yaml.Node, known: tuple[str, ...], what: str
    ) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self.error(node, f"{what} must be a mapping (key: value)")
        seen: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.error(key, "a key must be a word")
            name = key.value
            if name in seen:
                raise self.error(key, f"the key {name} is here twice, first in line {seen[name]}")
            seen[name] = key.start_mark.line + 1
            if name not in known:
                raise self.error(key, f"unknown key {name!r} in {what}", _did_you_mean(name, known))
            yield name, key, value

    def text(self, node: yaml.Node, what: str) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(node, f"{what} must be text")
        if node.tag == "tag:yaml.org,2002:null":
            raise self.error(node, f"{what} is empty")
        if not node.value.strip():
            raise self.error(node, f"{what} is empty")
        if _CONTROL.search(node.value):
            raise self.error(node, f"{what} holds a control character")
        return str(node.value)

    def items(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null":
            return []  # `allow:` with everything below it commented out
        if not isinstance(node, yaml.SequenceNode):
            raise self.error(
                node, f"{what} must be a list", f"write {what}: [ … ], or one - a line"
            )
        return list(node.value)

    def one_or_more(self, node: yaml.Node, what: str) -> list[yaml.Node]:
        return [node] if isinstance(node, yaml.ScalarNode) else self.items(node, what)

    def words(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        text = self.text(node, what)
        try:
            words = tuple(shlex.split(text) if _QUOTING.search(text) else text.split())
        except ValueError:
            raise self.error(node, f"{what} has a quote that does not end") from None
        if not words or not words[0]:
            raise self.error(node, f"{what} is empty")
        for word in words:
            if word in OPERATORS or word.endswith(";"):
                raise self.error(
                    node,
                    f"{what} names one command, not shell text: {word!r} has no meaning here",
                    "every part of a line is judged by itself; write one rule for each part",
                )
        return words

    def rule(self, node: yaml.Node, bucket: Verdict) -> None:
        line = node.start_mark.line + 1
        fields: dict[str, str] = {}
        words: tuple[str, ...] = ()
        contain: tuple[str, ...] = ()
        examples: list[tuple[yaml.Node, bool]] = []
        outward = False
        unless = ""
        what = f"a rule in {bucket.value}"
        if isinstance(node, yaml.MappingNode):
            known = (*RULE_KEYS, "outward", "unless") if self.layer is Layer.BUILTIN else RULE_KEYS
            for name, key, value in self.pairs(node, known, what):
                if name == "command":
                    words = self.words(value, name)
                    fields[name] = value.value
                elif name == "args_contain":
                    contain = tuple(self.text(one, name) for one in self.one_or_more(value, name))
                elif name == "override":
                    self.override(value)
                elif name in ("match", "not_match"):
                    examples += [(one, name == "match") for one in self.one_or_more(value, name)]
                elif name == "outward":
                    outward = self.truth(value, name)
                elif name == "unless":
                    unless = self.text(value, name)
                elif name == "id":
                    fields[name] = self.identity(key, self.text(value, name))
                else:
                    fields[name] = self.text(value, name)
            self.check(node, bucket, {*fields, *(["args_contain"] if contain else [])})
        else:
            words = self.words(node, what)
            fields["command"] = node.value if isinstance(node, yaml.ScalarNode) else ""
        if "binary" in fields and words:
            raise self.error(node, f"{what} has both command and binary", "keep one of them")
        if bucket is not Verdict.ALLOW:
            self.check_alternatives(node, words, what)
        named = fields.get("id") or self.derived(bucket, fields, contain)
        made = Rule(
            id=named,
            bucket=bucket,
            layer=self.layer,
            file=self.file,
            line=line,
            words=words,
            binary=fields.get("binary", ""),
            args_contain=contain,
            path=fields.get("path", ""),
            working_dir=fields.get("working_dir", ""),
            description=fields.get("description", ""),
            message=fields.get("message", ""),
            outward=outward,
            unless=unless,
        )
        self.rules.append(made)
        for one, matches in examples:
            self.example(one, made, matches)

    def example(self, node: yaml.Node, rule: Rule, matches: bool) -> None:
        text = self.text(node, "an example")
        if len(self.examples) == MAX_EXAMPLES:
            raise self.error(node, f"this file has more than {MAX_EXAMPLES} examples")
        self.example_text += len(text)
        if self.example_text > MAX_EXAMPLE_TEXT:
            limit = MAX_EXAMPLE_TEXT // 1024
            raise self.error(node, f"the examples of this file are longer than {limit} KB together")
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self.examples.append(
            Example(rule=rule, text=text, matches=matches, line=line, column=column)
        )

    def check(self, node: yaml.Node, bucket: Verdict, given: set[str]) -> None:
        if not given & set(MATCHING):
            raise self.error(node, "a rule must say what it is about", _one_of(MATCHING))
        if bucket is Verdict.ALLOW and not given & {"command", "binary"}:
            raise self.error(
                node,
                "a rule in allow must name its program",
                "add command: or binary: to it; a path alone would allow any program",
            )

    def check_alternatives(self, node: yaml.Node, words: tuple[str, ...], what: str) -> None:
        """Options are looked for anywhere, other words in their order: not both in one word."""
        for word in words[1:]:
            every = [one.startswith("-") and len(one) > 1 for one in word.split("|")]
            if any(every) and not every[0]:
                raise self.error(
                    node,
                    f"{what} has an option and another word as alternatives: {word!r}",
                    "write two rules",
                )

    def truth(self, node: yaml.Node, what: str) -> bool:
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:bool":
            raise self.error(node, f"{what} must be true or false")
        return str(node.value).lower() in ("true", "yes", "on")

    def identity(self, node: yaml.Node, name: str) -> str:
        if not _ID.fullmatch(name):
            raise self.error(node, f"{name!r} is no id", "use a-z, 0-9, and - _ . / between them")
        if name in self.ids:
            raise self.error(node, f"the id {name} is here twice, first in line {self.ids[name]}")
        self.ids[name] = node.start_mark.line + 1
        return name

    def derived(self, bucket: Verdict, fields: dict[str, str], contain: tuple[str, ...]) -> str:
        """A stable id from the bucket and the rule's own text."""
        text = " ".join([*(fields.get(name, "") for name in MATCHING), *contain])
        slug = re.sub(r"[^a-z0-9]+", "-", text.lower().replace("*", " any ")).strip("-")
        name = f"{bucket.value}-{slug}"[:80].rstrip("-")
        count, found = 1, name
        while found in self.ids:
            count += 1
            found = f"{name}-{count}"
        self.ids[found] = 0
        return found

    def override(self, node: yaml.Node) -> None:
        for one in self.one_or_more(node, "override"):
            name = self.text(one, "override")
            if not _ID.fullmatch(name):
                raise self.error(one, f"{name!r} is no id", "`aileron policy show` lists the ids")
            self.overrides.append((name, one.start_mark.line + 1))

    def names(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        found = []
        for one in self.one_or_more(node, what):
            name = self.text(one, what)
            if not _NAME.fullmatch(name):
                raise self.error(
                    one, f"{name!r} is no name of a variable", "a * may stand at its end"
                )
            found.append(name)
        return tuple(found)

    def readers(self, node: yaml.Node) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):  # an empty value must not turn them off
            raise self.error(node, "readers must be a list", "readers: [] leaves all of them out")
        found = []
        for one in node.value:
            name = self.text(one, "readers")
            if name not in READERS:
                hint = _did_you_mean(name, READERS)
                raise self.error(one, f"{name!r} is no reader of commands", hint)
            found.append(name)
        return tuple(dict.fromkeys(found))

    def top(self, node: yaml.Node) -> Source:
        default: Verdict | None = None
        default_line = 0
        scrub: tuple[str, ...] = ()
        passthrough: tuple[str, ...] = ()
        readers: tuple[str, ...] | None = None
        for name, key, value in self.pairs(node, TOP, "a policy file"):
            if name in BUCKETS:
                for item in self.items(value, name):
                    self.rule(item, BUCKETS[name])
            elif name == "default":
                text = self.text(value, name)
                if text not in BUCKETS:
                    raise self.error(
                        value,
                        f"default must be allow, ask or deny, not {text!r}",
                        _did_you_mean(text, (*BUCKETS,)),
                    )
                default, default_line = BUCKETS[text], key.start_mark.line + 1
            elif name == "override":
                self.override(value)
            elif name == "env":
                for part, _, names in self.pairs(value, ("scrub", "passthrough"), "env"):
                    if part == "scrub":
                        scrub = self.names(names, "env.scrub")
                    else:
                        passthrough = self.names(names, "env.passthrough")
            elif name == "readers":
                readers = self.readers(value)
            elif name == "version":
                if self.text(value, name) != "1":
                    raise self.error(value, f"version must be 1, not {value.value!r}")
            elif name == "profiles":
                line = key.start_mark.line + 1
                self.notices.append(f"{self.file}:{line}: profiles are deprecated and ignored")
        return Source(
            layer=self.layer,
            file=self.file,
            rules=tuple(self.rules),
            default=default,
            default_line=default_line,
            overrides=tuple(self.overrides),
            scrub=scrub,
            passthrough=passthrough,
            notices=tuple(self.notices),
            readers=readers,
            examples=tuple(self.examples),
        )


def _one_of(names: tuple[str, ...]) -> str:
    return "give it one of: " + ", ".join(names)


def _did_you_mean(name: str, known: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name.lower(), known, 1, 0.6)
    return f"did you mean {close[0]}?" if close else "known keys: " + ", ".join(known)


def _checked(reader: _Reader, text: str, parse: Callable[[], object]) -> object:
    try:
        return parse()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "this is not YAML"
        hint = ""
        if "alias" in problem or "alias" in (error.context or ""):
            hint = 'a rule that starts with * must be in quotes: "*.sh"'
        elif "\t" in _before(text, mark):
            hint = "indent with spaces, not with tabs"
        raise reader.error_at(mark, problem, hint) from None
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise PolicyError(
            "there is a character that YAML does not accept",
            file=reader.file,
            line=line,
            column=column,
        ) from None
    except yaml.YAMLError as error:
        raise PolicyError(f"this is not YAML: {error}", file=reader.file) from None


def _before(text: str, mark: yaml.Mark | None) -> str:
    """What stands in the line of a mark up to it."""
    lines = text.splitlines()
    if mark is None or mark.line >= len(lines):
        return ""
    return lines[mark.line][: mark.column + 1]


def _refuse_cleverness(reader: _Reader, text: str) -> None:
    """Anchors, aliases, tags and depth, told from the events, before anything is composed."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise reader.error(
                event,
                "anchors and aliases are not accepted in a policy",
                'write the rule out; a rule that starts with * or & must be in quotes: "*.sh"',
            )
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None):
            raise reader.error(event, "tags are not accepted in a policy")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise reader.error(event, "this is nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def parse(text: str, *, file: str, layer: Layer) -> Source:
    """The rules of one policy file; `file` is the name that messages will use.

    Raises PolicyError, with line and column, for everything that is not exactly
    a policy.  An empty file is a policy without rules.
    """
    reader = _Reader(file, layer)
    _checked(reader, text, lambda: _refuse_cleverness(reader, text))
    node = _checked(reader, text, lambda: yaml.compose(text, Loader=_Loader))
    if node is None:
        return Source(layer=layer, file=file)
    assert isinstance(node, yaml.Node)
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:null":
        return Source(layer=layer, file=file)
    return reader.top(node)
