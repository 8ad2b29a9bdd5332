"""What a call in a JavaScript, Perl, Ruby, PHP or Lua program does with what it is given."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aileron.policy.signs import values
from aileron.policy.signs.text_bombs import is_bomb
from aileron.policy.signs.text_sources import ROTATED, Sources
from aileron.policy.signs.values import SHELL_WORD, Sign, Value

if TYPE_CHECKING:
    from aileron.policy.signs.text import Reader

_SENDING = re.compile(
    r"(?:\.|->|:)(?:write|end|send|post|put|patch|request|puts|print|syswrite|sendall|emit|printf"
    r"|sendMail|sendto|get|set_form_data|<<|body|post_form|publish|sendmail|send_message)$"
)
_LOGS_IN = frozenset({"key", "cert", "ca", "pfx", "privateKey"})
_WRITES_TO = frozenset(
    {"print", "printf", "say", "syswrite", "send", "fwrite", "fputs", "socket_write"}
)
_MAY_REPEAT = frozenset({"loop", "while", "until", "for", "setInterval", "def", "function", "redo"})
_CHOOSES = frozenset(
    {"if", "unless", "next", "continue", "grep", "&&", "?", "select", "reject", "when", "elsif"}
)
_DUPLICATES = re.compile(r"(?:<|>)&\s*=?\s*\d")
_LOOP_WORDS = frozenset({"forEach", "each", "map", "for", "foreach", "each_child", "while"})


class Calls(Sources):
    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self.state: dict[str, bool] = {}  # what was seen of a reverse shell

    def of(self, reader: Reader) -> Calls:
        found = Calls(reader)
        found.state = self.state
        return found

    def end(self) -> None:
        seen = self.state
        if seen.get("socket") and (
            seen.get("numbered") or (seen.get("redirects") and seen.get("shell"))
        ):
            self.reader.found.append(Sign("reverse-shell"))

    def literal(self, at: int) -> None:
        """Backticks and patterns: what runs in them."""
        reader = self.reader
        token = reader.tokens[at]
        if token.kind == "command":
            self._run([reader.whole(token)])
        elif "ee" in token.flags and token.pieces and not isinstance(token.pieces[0], str):
            inner = reader.inner(token.pieces[0])
            self._executes(inner.marks(0, len(inner.tokens)))
        elif ROTATED.search(token.text) and at > 1 and reader.sign(at - 1) == "=~":
            before = at - 2
            if reader.sign(before) == ")":
                before = next(iter(reader.chunks(reader.pairs.get(before, before), at)), before)
            reader._into(before, values.marked({"decoded"}))

    def _executes(self, marks: frozenset[str]) -> None:
        self.reader.found += values.executes(marks)

    def name(self, at: int, name: str) -> None:
        """What happens where a name stands."""
        reader, table = self.reader, self.reader.names
        if (name in table.forks or name in _MAY_REPEAT) and is_bomb(reader, at, name):
            reader.found.append(Sign("fork-bomb"))
        inside = reader.arguments(at)
        if inside is None:
            self._reference(at, name)
            if reader.language == "ruby":
                self._callbacks(at, name, (at + 1, at + 1))
                if name[:1] == "." and reader.matches(name, reader.names.delete):
                    made = reader.value(reader.chain_start(at), at)
                    reader.found += values.deletes(made, tree=True)
            elif reader.sign(at - 1) == "<" and reader.sign(at + 1) == ">":
                reader.scope["$_"] = values.marked(reader.marks(at, at + 1))
            return
        self._callbacks(at, name, inside)
        given = reader.given(at)
        reader.passed(name, given)
        if reader.matches(name, table.connect):
            self.state["socket"] = True
        if reader.matches(name, table.evaluate):
            self._evaluated(at, name, inside, given)
        if reader.matches(name, table.run) and given:
            self._ran(inside, given)
        self._files(at, name, inside, given)
        self._sent(at, name, inside, given)
        self._redirected(at, name, inside)

    def _reference(self, at: int, name: str) -> None:
        """`.then(eval)`: a function that is called with what the chain yields."""
        reader = self.reader
        if not (reader.sign(at - 1) == "(" and reader.sign(at + 1) == ")" and at > 1):
            return
        caller = reader.tokens[at - 2].text
        if not re.search(r"(?:\.|^)(?:then|map|forEach|on|each)$", caller):
            return
        held = self._receiver(reader.chain_start(at - 2), at - 2)
        if reader.matches(name, reader.names.evaluate) or reader.matches(name, reader.names.run):
            self._executes(held)

    def _evaluated(
        self, at: int, name: str, inside: tuple[int, int], given: Sequence[Value]
    ) -> None:
        reader = self.reader
        if reader.sign(at + 1) == "{" or reader.sign(inside[0]) == "{":
            return  # a block, not a text
        path = name.startswith(("include", "require"))
        marks = reader.marks(*inside)
        if path:
            start = given[0].start if given else ""
            marks = frozenset({"fetched"}) if re.match(r"(?:https?|ftp)://", start) else frozenset()
            if re.match(r"data:[^,]*;base64", start):
                marks = frozenset({"decoded"})
        self._executes(marks)
        text = given[0].text if given else None
        if text and not path and text != "" and reader.root.steps < 20_000:
            reader.root.steps += 2_000
            reader.found += reader.again(text)

    def _ran(self, inside: tuple[int, int], given: Sequence[Value]) -> None:
        reader = self.reader
        command = [
            one
            for one in given
            if not (one.text is None and not one.marks and not one.prefix and one.items is None)
        ]
        first = given[0]
        several = [*(first.items or (first,))]
        for one in given[1:]:
            several += [*(one.items or (one,))] if one.text is not None or one.items else []
        self._run(several if len(several) > 1 else command[:1] or given[:1])
        texts = " ".join(one.start for one in several)
        marks = reader.marks(*inside)
        if "socket" in marks and SHELL_WORD.search(texts):
            reader.found.append(Sign("reverse-shell"))

    def _run(self, words: Sequence[Value]) -> None:
        reader = self.reader
        given = words[0] if len(words) == 1 else Value(items=tuple(words))
        reader.found += values.runs(given)
        text = " ".join(one.start for one in words)
        if SHELL_WORD.search(text):
            if _DUPLICATES.search(text):
                self.state["numbered"] = True
            if not re.search(r"\s-\w*c\b", text):
                self.state["shell"] = True
        elif "$_" in text or (given.text is None and not given.prefix):
            self.state["shell"] = True  # what is read is run

    def _files(self, at: int, name: str, inside: tuple[int, int], given: Sequence[Value]) -> None:
        reader, table = self.reader, self.reader.names
        if reader.matches(name, table.delete) or reader.matches(name, table.unlink):
            tree = reader.matches(name, table.delete)
            every = [part for one in given for part in (one.items or (one,))]
            if not every and reader.sign(at - 1) != ".":
                every = [reader.value(reader.chain_start(at), at)]
            for one in every:
                if one.text is not None or not self._chosen(at):
                    reader.found += values.deletes(one, tree=tree)
        if reader.matches(name, table.write) and given and given[0].text is not None:
            reader.found.append(Sign("write", given[0].text))
        if reader.matches(name, table.writes_last) and len(given) > 1:
            if given[1].text is not None:
                reader.found.append(Sign("write", given[1].text))
            if given[0].text is not None and re.search(r"rename|move|mv", name):
                reader.found.append(Sign("unlink", given[0].text))
        if re.search(r"(?:^|[.:>])(?:open|fopen|openSync|new)$", name):
            self._opened(at, name, inside, given)

    def _opened(self, at: int, name: str, inside: tuple[int, int], given: Sequence[Value]) -> None:
        reader = self.reader
        texts = [one.text for one in given]
        if reader.language == "perl" and name == "open":
            path = texts[2] if len(texts) > 2 else (texts[1] if len(texts) > 1 else None)
            mode = (texts[1] or "").strip() if len(texts) > 1 else ""
            if mode.startswith((">", "+")) and path is not None:
                reader.found.append(Sign("write", path.lstrip("+>< ")))
            handle = next(reader.chunks(*inside), None)
            for one in reader.chunks(*(reader.split(*inside, ",") or [inside])[0]):
                handle = one if reader.tokens[one].text not in ("my", "local", "our") else handle
            if handle is not None:
                marks = self._read((inside[0], inside[1]))
                if mode.endswith("|") or mode.startswith("-|"):
                    marks = self.output_of((path or "").rstrip("| "))
                reader.scope[reader.tokens[handle].text] = values.marked(marks)
            return
        mode = next((one for one in texts[1:2] if one), "")
        if re.match(r"[rb]*[waxc+]", mode) and texts[0] is not None and "." not in mode:
            reader.found.append(Sign("write", texts[0]))

    def _chosen(self, at: int) -> bool:
        """Whether a condition stands between a loop and what it deletes."""
        reader = self.reader
        for one in range(at - 1, max(-1, at - 60), -1):
            text = reader.tokens[one].text
            last = re.split(r"[.:>]", text)[-1]
            if text in _CHOOSES or last in ("filter", "select", "reject", "grep"):
                return True
            if last in _LOOP_WORDS:
                filtered = [t.text for t in reader.tokens[max(0, one - 12) : one]]
                return any(re.search(r"(?:filter|select|reject|grep)$", t) for t in filtered)
        ahead = reader.tokens[at : at + 12]
        return any(one.text in ("if", "unless") for one in ahead)

    def _sent(self, at: int, name: str, inside: tuple[int, int], given: Sequence[Value]) -> None:
        reader, table = self.reader, self.reader.names
        marks = reader.marks(*inside)
        if name.endswith(".pipe") and "socket" in marks:
            held = self._receiver(reader.chain_start(at), at)
            reader.found += values.sends(self._leads(inside), _secret(held))
        secret = _secret(marks - self._keys(inside))
        if not secret:
            return
        if reader.matches(name, table.fetch | table.send | table.connect) or (
            self._fetches(name, inside)
        ):
            address = self.leads_to(at, inside[1])
            if not address and "curl_setopt" in name and given and given[0].address is not None:
                address = given[0].address
            reader.found += values.sends(address, secret)
        elif _SENDING.search(name) or _SENDING.search("." + name.rpartition(".")[2]):
            start = reader.chain_start(at)
            held = self._receiver(start, at)
            if held & {"socket", "fetched"}:
                known = self._head(start if start < at else at) or self._head(at)
                leads = known.address if known else reader.address(start, at)
                reader.found += values.sends(leads or self.leads_to(at, inside[1]), secret)
        if name in _WRITES_TO and "socket" in marks:
            reader.found += values.sends(self._leads(inside), secret)

    def _keys(self, inside: tuple[int, int]) -> frozenset[str]:
        """What `{key: …, cert: …}` are set to: that logs in, and is not sent."""
        reader = self.reader
        found: frozenset[str] = frozenset()
        for at in range(*inside):
            if reader.tokens[at].text in _LOGS_IN and reader.sign(at + 1) in (":", "=>"):
                end = at + 2
                while end < inside[1] and reader.sign(end) not in (",", "}", ")"):
                    end = reader.pairs.get(end, end) + 1
                found |= reader.marks(at + 2, end)
        return found

    def _leads(self, inside: tuple[int, int]) -> str:
        """Where the connection leads that stands in a range."""
        scope = self.reader.scope
        known = (scope.get(one.text) for one in self.reader.tokens[inside[0] : inside[1]])
        return next((one.address for one in known if one and one.address), "")

    def _redirected(self, at: int, name: str, inside: tuple[int, int]) -> None:
        """The standard streams led into a connection, and a shell's into one."""
        reader = self.reader
        if not re.search(r"(?:open|reopen|dup2|write|pipe)$", name):
            return
        tokens = reader.tokens[max(0, at - 3) : inside[1]]
        reader.step(len(tokens))
        texts = [one.text for one in tokens]
        standard = any(one in ("STDIN", "STDOUT", "STDERR") for one in texts)
        if name == "open" and standard and any("&" in one.text for one in tokens):
            self.state["redirects"] = True
        if re.search(r"(?:->|\.)(?:fdopen|reopen)$", name) and "socket" in reader.marks(*inside):
            self.state["redirects"] = True
        if re.search(r"(?:->|\.)(?:dup2|write|pipe)$", name) or name == "dup2":
            held = reader.marks(*inside) | self._receiver(reader.chain_start(at), at)
            if {"socket", "shell"} <= held or ("shell" in held and "received" in held):
                reader.found.append(Sign("reverse-shell"))

    def _callbacks(self, at: int, name: str, inside: tuple[int, int]) -> None:
        """The parameters of functions in a call's arguments hold what the call yields."""
        reader = self.reader
        parameters = self._parameters(at, inside)
        if not parameters:
            return
        held = set(self._receiver(reader.chain_start(at), at))
        held |= self.marks(at, inside[1])[0]
        if reader.matches(name, reader.names.fetch) or self._fetches(name, inside):
            held.add("fetched")
        if "socket" in held and reader.matches(name, reader.names.receive):
            held.add("received")
        for mark in list(held):
            if mark.startswith("file:"):
                held.discard(mark)
        if reader.matches(name, reader.names.read):
            held |= self._read(inside)
        if not held:
            return
        for one in parameters:
            before = reader.scope.get(one)
            marks = frozenset(held) | (before.marks if before else frozenset())
            reader.scope[one] = Value(marks=marks, address=before.address if before else None)
        if "socket" in held:
            reader.scope["this"] = values.marked(held)

    def _parameters(self, at: int, inside: tuple[int, int]) -> list[str]:
        reader = self.reader
        found: list[str] = []
        for one in range(*inside):
            reader.step()
            if reader.sign(one) == "=>":
                if reader.sign(one - 1) == ")":
                    start = reader.pairs.get(one - 1, one - 1)
                    found += [reader.tokens[n].text for n in reader.chunks(start, one)]
                elif reader.tokens[one - 1].kind == "name":
                    found.append(reader.tokens[one - 1].text)
                break
            if reader.tokens[one].text == "function":
                start = next((n for n in range(one, inside[1]) if reader.sign(n) == "("), one)
                found += [
                    reader.tokens[n].text
                    for n in reader.chunks(start, reader.pairs.get(start, start))
                ]
                break
        if reader.language == "ruby":
            after = reader.pairs.get(at + 1, at) + 1 if reader.sign(at + 1) == "(" else inside[1]
            found += self._block(after)
        return found

    def _block(self, at: int) -> list[str]:
        """The parameters of a Ruby block that begins here."""
        reader = self.reader
        begins = reader.sign(at) == "{" or (
            at < len(reader.tokens) and reader.tokens[at].text == "do"
        )
        if not begins or reader.sign(at + 1) != "|":
            return []
        end = next((n for n in range(at + 2, len(reader.tokens)) if reader.sign(n) == "|"), at)
        return [reader.tokens[n].text for n in reader.chunks(at + 2, end)]


def _secret(marks: frozenset[str]) -> list[str]:
    return [one for one in marks if one == "environment" or one.startswith("file:")]
