"""The JSON Schema that editors read says what `schema.py` does, key by key and error by error."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from aileron.errors import PolicyError
from aileron.model import READERS, Layer
from aileron.policy.schema import BUCKETS, RULE_KEYS, TOP, parse
from aileron.session import policy_files

from . import test_schema

SCHEMA: dict[str, Any] = json.loads(policy_files.schema_text())

# What errors.txt has and no schema can say: it is not about the document that YAML gives.
BEYOND = (
    "the key",  # … is here twice
    "the id",
    "anchors and aliases",
    "tags",
    "found character that cannot start any token",
    "mapping values are not allowed",
    "a key must be a word",
)

GOOD = """\
null
---
version: 1
default: ask
---
version: "1"
default: deny
override: [inline/python, git-push]
readers: []
---
allow:
deny: []
override: git-push
---
allow: [go test *, "7z", 1.0, true, no *, tool 'with | space' x, "a 'b; c'"]
ask: [a|b -c|-d, "* -x"]
deny: [git commit -m "a && b", x -|y]
---
deny:
- {command: git push, args_contain: x, path: p, working_dir: w, id: a/b-c.1, description: d,
   message: m, override: git-push, match: git push, not_match: [git pull, git stash]}
- {binary: 7z}
- {path: private/*}
- {working_dir: infra}
- {args_contain: [a, b]}
allow:
- {binary: tool, override: [a, b]}
- {command: a x|-b, path: ~/x}
---
env: {scrub: [AWS_*, X], passthrough: Y}
---
env: {}
profiles: {a: b}
notifications: [{slack: x}]
secrets: {A: "vault:B"}
network: x
budget: 1
contain: null
"""
BAD = """\
allow: {a: b}
---
allow: [null]
---
allow: [[a]]
---
allow: ["  "]
---
deny: ["a\\eb"]
---
deny: [a |]
---
deny: [( a )]
---
deny: [a ; b]
---
deny: [a; b]
---
deny: [{ a }]
---
deny: [a >| b]
---
deny: ["a 'b"]
---
deny: ['a "b']
---
deny: [{command: "a | b"}]
---
ask: [{command: a b|-c}]
---
allow: [{args_contain: x}]
---
deny: [{args_contain: []}]
---
deny: [{command: a, args_contain: {}}]
---
deny: [{command: a, match: }]
---
deny: [{command: a, not_match: {}}]
---
deny: [{command: a, match: [""]}]
---
deny: [{command: a, id: A}]
---
deny: [{command: a, override: [A]}]
---
deny: [{command: a, path: ""}]
---
override: {a: b}
---
override: null
---
env: {scrub: null}
---
env: null
---
readers: null
---
readers: [x]
---
default: null
---
version: 2
---
version: null
"""


def documents(text: str) -> list[str]:
    return text.split("---\n")


def is_accepted(text: str) -> bool:
    try:
        parse(text, file="aileron.yaml", layer=Layer.PROJECT)
    except PolicyError:
        return False
    return True


def is_valid(value: object, schema: dict[str, Any] = SCHEMA) -> bool:
    """As much of JSON Schema as ours uses; a keyword that is not here is an error."""
    if "$ref" in schema:  # what stands beside it does not count in draft 7
        return is_valid(value, SCHEMA["definitions"][schema["$ref"].rpartition("/")[2]])
    for keyword, wanted in schema.items():
        if keyword in NOTES:
            continue
        if not CHECKS[keyword](value, wanted, schema):
            return False
    return True


NOTES = {"$schema", "title", "description", "definitions", "deprecated", "deprecationMessage"}
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def _type(value: object, wanted: str | list[str]) -> bool:
    names = [wanted] if isinstance(wanted, str) else wanted
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names)


def _properties(value: object, wanted: dict[str, Any]) -> bool:
    pairs = value.items() if isinstance(value, dict) else ()
    return all(is_valid(one, wanted[name]) for name, one in pairs if name in wanted)


CHECKS: dict[str, Any] = {
    "type": lambda value, wanted, _: _type(value, wanted),
    "enum": lambda value, wanted, _: any(
        value == one and type(value) is type(one) for one in wanted
    ),
    "pattern": lambda value, wanted, _: not isinstance(value, str) or re.search(wanted, value),
    "properties": lambda value, wanted, _: _properties(value, wanted),
    "additionalProperties": lambda value, wanted, schema: (
        not isinstance(value, dict) or wanted or set(value) <= set(schema["properties"])
    ),
    "required": lambda value, wanted, _: not isinstance(value, dict) or set(wanted) <= set(value),
    "items": lambda value, wanted, _: (
        not isinstance(value, list) or all(is_valid(one, wanted) for one in value)
    ),
    "minItems": lambda value, wanted, _: not isinstance(value, list) or len(value) >= wanted,
    "anyOf": lambda value, wanted, _: any(is_valid(value, one) for one in wanted),
    "allOf": lambda value, wanted, _: all(is_valid(value, one) for one in wanted),
    "not": lambda value, wanted, _: not is_valid(value, wanted),
}


def test_both_know_the_same_keys() -> None:
    """A key that is added to one of them is missing in the other."""
    top = SCHEMA["properties"]
    assert set(top) == set(TOP)
    assert set(SCHEMA["definitions"]["rule"]["properties"]) == set(RULE_KEYS)
    assert set(top["default"]["enum"]) == set(BUCKETS)
    assert set(top["readers"]["items"]["enum"]) == set(READERS)
    assert set(top["env"]["properties"]) == {"scrub", "passthrough"}


@pytest.mark.parametrize("text", documents(GOOD))
def test_both_accept_a_good_file(text: str) -> None:
    assert (is_accepted(text), is_valid(yaml.safe_load(text))) == (True, True)


@pytest.mark.parametrize("text", documents(BAD))
def test_both_refuse_a_bad_file(text: str) -> None:
    assert (is_accepted(text), is_valid(yaml.safe_load(text))) == (False, False)


@pytest.mark.parametrize(("expected", "text"), test_schema.mistakes())
def test_both_refuse_each_mistake_of_the_table(expected: str, text: str) -> None:
    message = expected.partition(" ")[2]
    if not message.startswith(BEYOND):
        assert not is_valid(yaml.safe_load(text))


def test_the_built_in_rules_are_valid_but_for_what_is_theirs() -> None:
    """`outward` is not for a project; the rest of them is good practice."""
    text = (policy_files.defaults_folder() / "builtin.yaml").read_text(encoding="utf-8")
    assert is_valid(yaml.safe_load(re.sub(r"(?m)^ +(?:outward: true|unless: .*)\n", "", text)))
    assert not is_valid(yaml.safe_load(text))
