"""Names that stand for something known: a module by `require`, the home folder by its variable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aileron.policy.signs.tokens import Token


def prepared(language: str, found: Sequence[Token], home: str) -> list[Token]:
    """The tokens, with `require("x")` as the name x, and the home folder as its text."""
    made: list[Token] = []
    at = 0
    while at < len(found):
        size, token = _required(language, found, at)
        before = made[-1] if made else None
        joins = token.kind == "name" and token.text[:1] in (".", ":") and language != "perl"
        if joins and before is not None and before.kind == "name" and before.text[:1] not in ".:$":
            made[-1] = replace(before, text=before.text + token.text)
        else:
            made.append(token)
        at += size
    return _with_home(language, made, home)


def _required(language: str, found: Sequence[Token], at: int) -> tuple[int, Token]:
    """`require("x")` as a name; how many tokens it takes, and the token in their place."""
    here = found[at]
    if language not in ("node", "lua") or here.text not in ("require", "import"):
        return 1, here
    texts = [one.text for one in found[at : at + 4]]
    bare = language == "lua" and len(texts) > 1 and found[at + 1].kind == "string"
    if bare or (len(texts) == 4 and texts[1] == "(" and texts[3] == ")"):
        name = found[at + 1 if bare else at + 2]
        if name.kind == "string":
            text = name.text.removeprefix("node:")
            return (2 if bare else 4), Token("name", text, first=here.first)
    return 1, here


def _with_home(language: str, found: Sequence[Token], home: str) -> list[Token]:
    made: list[Token] = []
    at = 0
    while at < len(found):
        size = _home_tokens(language, [one.text for one in found[at : at + 4]])
        if size:
            made.append(Token("string", home, (home,), first=found[at].first))
        else:
            made.append(found[at])
        at += size or 1
    return made


def _home_tokens(language: str, texts: Sequence[str]) -> int:
    """How many tokens mean the home folder, 0 if these do not."""
    one = texts[0]
    name = texts[2] if len(texts) > 3 else ""
    if language == "perl" and one == "$ENV" and name == "HOME":
        return 4
    if language == "perl" and one == "%ENV" and name == "HOME":
        return 4
    if language == "php" and (
        (one == "getenv" and name == "HOME") or (one in ("$_SERVER", "$_ENV") and name == "HOME")
    ):
        return 4
    if language == "ruby" and name == "HOME" and one in ("ENV", "ENV.fetch", "ENV.[]"):
        return 4
    if language == "lua" and name == "HOME" and one == "os.getenv":
        return 4
    if language == "node":
        if one in ("process.env.HOME", "process.env.USERPROFILE"):
            return 1
        if one == "process.env" and name in ("HOME", "USERPROFILE"):
            return 4
        if one in ("os.homedir", "homedir") and texts[1:3] == ["(", ")"]:
            return 3
    if language == "ruby" and one == "Dir.home":
        return 3 if texts[1:3] == ["(", ")"] else 1
    return 0
