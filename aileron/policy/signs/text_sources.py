"""Where the values in a JavaScript, Perl, Ruby, PHP or Lua program come from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aileron.policy import network
from aileron.policy.signs import values
from aileron.policy.signs.tokens import Token
from aileron.policy.signs.values import Value

if TYPE_CHECKING:
    from aileron.policy.signs.text import Reader

_ENCODED = re.compile(r"base64(url)?|hex|latin1|binary|[mMuH]\d*\*?|m0|rot13", re.IGNORECASE)
ROTATED = re.compile(r"(?i)a-za-z\0?n-za-mn-za-m")
_ONE_OF_IT = frozenset({"[", "{"})
_SHELL_ONLY = re.compile(
    r"\s*(?:exec\s+)?(?:\S*/)?(?:(?:ba|da|z|k)?sh|cmd(?:\.exe)?|powershell(?:\.exe)?)(?:\s+-\w+)*\s*"
)


class Sources:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def marks(self, at: int, end: int) -> tuple[frozenset[str], int]:
        """The marks of a name, or a call of it; and the place behind what was looked at."""
        reader, table = self.reader, self.reader.names
        name = reader.resolved(at)
        inside = reader.arguments(at)
        after = reader.pairs.get(at + 1, at) + 1 if reader.sign(at + 1) == "(" else at + 1
        known = reader.scope.get(reader.tokens[at].text) or self._head(at)
        marks = set(known.marks) if known is not None else set()
        if reader.sign(at - 1) == "<" and reader.sign(at + 1) == ">" and "socket" in marks:
            marks.add("received")
        if known is not None and known.items:
            marks |= values.marks_of(known.items)
        if reader.matches(name, table.shields) or name.endswith(".length"):
            return frozenset(), max(after, at + 1)
        if self._is_environment(at, name):
            marks.add("environment")
        if inside is None:
            if reader.matches(name, table.lists) and reader.sign(at + 1) == "[":
                marks |= self._listed(at, (at + 2, reader.pairs.get(at + 1, at + 2)))
            if reader.matches(name, table.connect):
                marks.add("socket")
            if name in table.fetch and "::" in name:
                marks.add("fetched")
            if reader.matches(name, table.decode) and (name[:1] in (".", "-") or name == "chr"):
                marks.add("decoded")
            marks |= self._received(at, name)
            return frozenset(marks), at + 1
        if self._decodes(at, name, inside):
            marks.add("decoded")
        if self._fetches(name, inside):
            marks.add("fetched")
        if reader.matches(name, table.connect):
            marks.add("socket")
        marks |= self._received(at, name)
        if reader.matches(name, table.read):
            marks |= self._read(inside)
        if reader.matches(name, table.lists):
            marks |= self._listed(at, inside)
        if reader.matches(name, table.run):
            marks |= self._output(inside)
        return frozenset(marks), at + 1

    def _head(self, at: int) -> Value | None:
        head = re.split(r"[.:]", self.reader.tokens[at].text)[0]
        return self.reader.scope.get(head) if head else None

    def _is_environment(self, at: int, name: str) -> bool:
        reader = self.reader
        if reader.language == "ruby" and re.match(r"ENV\.(to_|map|inspect|each)", name):
            return True
        if name not in reader.names.environment or reader.sign(at + 1) in _ONE_OF_IT:
            return False
        if name == "getenv":
            inside = reader.arguments(at)
            return inside is not None and inside[0] >= inside[1]
        if name == "ENV" and reader.language == "ruby":
            after = reader.tokens[at + 1].text if at + 1 < len(reader.tokens) else ""
            return after[:1] != "."
        return True

    def _decodes(self, at: int, name: str, inside: tuple[int, int]) -> bool:
        reader = self.reader
        if name == "Buffer.from" or (name.endswith(".toString") and reader.language == "node"):
            given = reader.given(at)
            encoding = given[-1].text if given else None
            return name == "Buffer.from" and bool(encoding and _ENCODED.fullmatch(encoding))
        if name in ("pack", "unpack", ".pack", ".unpack", ".unpack1") or name.endswith(
            (".unpack", ".unpack1", ".pack")
        ):
            given = reader.given(at)
            return bool(given and _ENCODED.fullmatch(given[0].text or ""))
        if name.endswith(".tr") or name == ".tr":
            texts = [one.text or "" for one in reader.given(at)]
            return ROTATED.search("".join(texts)) is not None
        if reader.language == "node" and name.endswith((".reverse", ".split")):
            return name.endswith(".reverse")
        return reader.matches(name, reader.names.decode)

    def _fetches(self, name: str, inside: tuple[int, int]) -> bool:
        reader = self.reader
        if name in (
            "get",
            "open",
            "file_get_contents",
            "file",
            "fopen",
            "URI",
            "include",
            "getstore",
            "readfile",
            "require",
            "Kernel.open",
            "URI.parse",
            "curl_init",
            "open-uri",
        ):
            whole = reader.split(*inside, ",")
            start = reader.value(*whole[0]).start if whole else ""
            if re.match(r"\s*(?:https?|ftp)://", start):
                return True
            return name == "get" and any(one.text.startswith("LWP") for one in reader.tokens)
        return name in reader.names.fetch or (
            name.endswith("curl_exec") or reader.matches(name, reader.names.fetch)
        )

    def _received(self, at: int, name: str) -> set[str]:
        reader = self.reader
        if reader.matches(name, reader.names.receive):
            start = reader.chain_start(at)
            held = set(self._receiver(start, at))
            inside = reader.arguments(at)
            if name[:1] not in (".", "-", ":") and inside is not None:
                held |= reader.marks(*inside) if "." not in name else set()
            if "socket" in held:
                return {"received"}
        return set()

    def _receiver(self, start: int, at: int) -> frozenset[str]:
        """The marks of what a method is called on."""
        known = self._head(at)
        marks = set(known.marks) if known is not None else set()
        if start < at:
            marks |= self.reader.marks(start, at)
        return frozenset(marks)

    def _read(self, inside: tuple[int, int]) -> set[str]:
        reader = self.reader
        parts = reader.split(*inside, ",")
        found = set()
        for one in parts[:3]:
            value = reader.value(*one)
            path = (value.text or "").lstrip("<> ")
            if path and not re.match(r"https?://|[<>+|-]+\Z|utf|r\Z|w\Z|a\Z", path):
                found.add(f"file:{path}")
            for mark in value.marks:
                if mark.startswith("listed:"):
                    found.add(f"file:{mark[len('listed:') :].rstrip('/')}/{{}}")
        return found

    def _listed(self, at: int, inside: tuple[int, int]) -> set[str]:
        reader = self.reader
        whole = reader.split(*inside, ",")
        text = reader.value(*whole[0]).text if whole else None
        if text is None:
            return set()
        base = text.rpartition("/")[2]
        if any(sign in text for sign in "*?"):
            if set(base) - set("*.?") or not base:
                return set()
            text = text.rstrip("*.?").rstrip("/").removesuffix("/**") or "/"
        return {f"listed:{text}"}

    def _output(self, inside: tuple[int, int]) -> set[str]:
        parts = self.reader.split(*inside, ",")
        words = [self.reader.value(*one) for one in parts]
        text = " ".join(one.start for one in words if one.items is None)
        return self.output_of(text)

    def output_of(self, text: str) -> set[str]:
        """What a program prints: a file, the environment; or what a shell is."""
        found = values.output(text.split())
        if text.strip() and _SHELL_ONLY.fullmatch(text):
            found.add("shell")
        return found

    def printed(self, token: Token) -> set[str]:
        """What the program in backticks prints."""
        return self.output_of("".join(one for one in token.pieces if isinstance(one, str)))

    def leads_to(self, at: int, end: int) -> str:
        """The address in the words of a call, "" if it is not known."""
        reader = self.reader
        inside = reader.arguments(at) or (at, end)
        best = ""
        reader.step(inside[1] - inside[0])
        for one in range(inside[0], max(inside[1], min(end, inside[1] + 12))):
            if one >= len(reader.tokens):
                break
            token = reader.tokens[one]
            value = reader.scope.get(token.text) if token.kind == "name" else None
            text = (
                reader._one(one).start if token.kind == "string" else (value.start if value else "")
            )
            text = text.strip()
            if "://" in text:
                return text
            if network.is_local(text) or (not best and values.is_address(text) and one < inside[1]):
                best = text
        return best
