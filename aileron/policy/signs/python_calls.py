"""What a call in a Python program does, where that is one of the plain signs of harm."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from aileron.policy.signs import tables, values
from aileron.policy.signs.tables import PYTHON
from aileron.policy.signs.values import SHELLS, UNKNOWN, Sign, Value

_ENVIRONMENT = frozenset({"os.environ", "os.environb", "posix.environ"})
_SAME = frozenset(
    """
    str bytes bytearray list tuple dict set sorted reversed repr iter next min max enumerate zip
    filter json.dumps compile decode encode strip rstrip lstrip format read readlines splitlines
    split os.path.abspath os.path.realpath os.path.normpath os.fspath pathlib.Path
    posixpath.normpath io.StringIO io.BytesIO as_posix resolve absolute textwrap.dedent memoryview
    """.split()  # noqa: SIM905
)
_MODULES = frozenset({"__import__", "importlib.import_module", "importlib.__import__"})
_CODECS = re.compile(
    r"(?i)rot_?13|hex(_codec)?|base_?64(_codec)?|zip|zlib(_codec)?|bz2(_codec)?|uu"
)
_TAKES_IN = frozenset(
    {"append", "extend", "add", "attach", "set_content", "set_payload", "add_attachment"}
    | {"add_alternative", "add_field", "writestr", "update", "setdefault"}
)
_WORDS_AT = {"os.exec": 0, "os.spawn": 1, "os.posix_spawn": 0}
_WRITES = re.compile(r"[rb]*[wax+]")


class Reader(Protocol):
    scope: dict[str, Value]

    def value(self, node: ast.expr) -> Value: ...
    def attribute(self, inner: Value, attr: str) -> Value: ...
    def call(
        self, node: object, arguments: Sequence[Value], keywords: dict[str, Value]
    ) -> Value: ...
    def text(self, code: str) -> None: ...


class Calls:
    def __init__(self, reader: Reader, home: str) -> None:
        self.reader = reader
        self.home = home
        self.found: list[Sign] = []
        self.files: dict[str, frozenset[str]] = {}  # what was written to a file
        self.chosen = 0  # conditions that choose among what a loop goes through
        self.dup = self.shell = False

    def end(self) -> None:
        if self.dup and self.shell:
            self.found.append(Sign("reverse-shell"))

    def knows(self, name: str) -> bool:
        every = [PYTHON.evaluate, PYTHON.run, PYTHON.decode, PYTHON.delete, PYTHON.unlink]
        every += [PYTHON.forks, PYTHON.connect, PYTHON.lists, PYTHON.joins, _ENVIRONMENT]
        return any(name in one for one in every) or name.split(".")[0] in tables.PYTHON_NETWORK

    def attribute(self, inner: Value, attr: str) -> Value:
        name = f"{inner.name}.{attr}" if inner.name else f".{attr}"
        for plain in ("builtins.", "__builtins__.", "__builtin__."):
            name = name.removeprefix(plain)
        if name in ("os.sep", "os.path.sep"):
            return values.text("/")
        if name == "os.environ":
            return Value(name=name, marks=frozenset({"environment"}))
        if attr == "pw_dir":
            return values.text(self.home)
        if attr == "name":
            return Value(marks=inner.marks, name=name)
        if attr in ("text", "content", "path", "stdin", "stdout", "raw", "body"):
            return replace(inner, name=name)
        return Value(marks=values.marks_of([inner]), name=name, address=inner.address)

    def item(self, inner: Value, key: Value) -> Value:
        if inner.name in _ENVIRONMENT:
            return self.variable(key.text)
        if (
            inner.name in ("__builtins__", "builtins.__dict__", "__builtins__.__dict__")
            and key.text
        ):
            return Value(name=key.text)
        if inner.name in ("sys.modules", "globals()", "locals()") and key.text:
            return Value(name=key.text)
        if inner.name.endswith(".__dict__") and key.text:
            return self.attribute(Value(name=inner.name[: -len(".__dict__")]), key.text)
        return values.marked(values.marks_of([inner]))

    def variable(self, name: str | None) -> Value:
        if name == "HOME":
            return values.text(self.home)
        if name in ("USER", "LOGNAME"):
            return values.text(posixpath.basename(self.home))
        return UNKNOWN

    # The call

    def call(self, node: ast.Call) -> Value:
        receiver = UNKNOWN
        if isinstance(node.func, ast.Attribute):
            receiver = self.reader.value(node.func.value)
            function = self.reader.attribute(receiver, node.func.attr)
        else:
            function = self.reader.value(node.func)
            receiver = Value(marks=function.marks, address=function.address)
        given = [self.reader.value(one) for one in node.args]
        keywords = {one.arg or "**": self.reader.value(one.value) for one in node.keywords}
        if function.code is not None:
            return self.reader.call(function.code, given, keywords)
        name = function.name
        every = [*given, *keywords.values()]
        self._passed_on(name, given)
        self._effects(name, receiver, given, keywords, node)
        return self._result(name, receiver, given, keywords, every)

    def _passed_on(self, name: str, given: Sequence[Value]) -> None:
        """`map(exec, x)`, `Thread(target=f)`: a function that is called by another."""
        if name.rpartition(".")[2] in ("map", "filter", "Thread", "submit", "reduce", "apply"):
            for number, one in enumerate(given[:-1]):
                if one.code is not None:
                    self.reader.call(one.code, [values.element(given[number + 1])], {})
                else:
                    self._runs(one.name, [values.element(given[number + 1])], {})

    def _effects(
        self,
        name: str,
        receiver: Value,
        given: Sequence[Value],
        keywords: Mapping[str, Value],
        node: ast.Call,
    ) -> None:
        last = name.rpartition(".")[2]
        method = f".{last}"
        self._runs(name, given, keywords)
        first = given[0] if given else keywords.get("path", UNKNOWN)
        if name in PYTHON.delete or (method in PYTHON.delete and "." in name):
            self._delete(first, tree=True)
        elif name in PYTHON.unlink:
            self._delete(first, tree=False)
        elif method in PYTHON.unlink:
            self._delete(receiver, tree=False)
        if method in PYTHON.write and receiver.text is not None:
            self._write(receiver, given)
        if name in PYTHON.writes_last or (method in PYTHON.writes_last and len(given) == 1):
            target = given[-1] if given else UNKNOWN
            if target.text is not None and (name in PYTHON.writes_last or "/" in target.text):
                self._write(target, given[:1])
            if last in ("rename", "move", "replace") and given:
                moved = given[0] if len(given) > 1 else receiver
                if moved.text is not None:
                    self.found.append(Sign("unlink", moved.text))
        if last == "open" and name != "os.popen":
            self._opened(name, receiver, given, keywords)
        if last == "write" and receiver.name == "opened" and receiver.text is not None:
            self.files[receiver.text] = values.marks_of(given)
        if last == "connect" and isinstance(node.func, ast.Attribute):
            self._connected(node.func.value, given)
        if name in ("os.dup2", "posix.dup2") and "socket" in values.marks_of(given):
            self.dup = True
        feeds = last in ("write", "communicate") and "received" in values.marks_of(given)
        if feeds and "shell" in receiver.marks:
            self.found.append(Sign("reverse-shell"))
        self._sent(name, receiver, given, keywords)
        if last in _TAKES_IN and isinstance(node.func, ast.Attribute):
            self._taken_in(node.func.value, [*given, *keywords.values()])

    def _runs(self, name: str, given: Sequence[Value], keywords: Mapping[str, Value]) -> None:
        if name in PYTHON.evaluate and given:
            if given[0].text is not None:
                self.reader.text(given[0].text)
            self.found += values.executes(values.marks_of(given[:1]))
        elif name in PYTHON.run:
            command = self._command(name, given, keywords)
            self.found += values.runs(command)
            self._run_written(command)
            if _is_shell(command):
                self.shell = True
                streams = [keywords.get(one, UNKNOWN) for one in ("stdin", "stdout", "stderr")]
                if "socket" in values.marks_of(streams):
                    self.found.append(Sign("reverse-shell"))

    def _command(self, name: str, given: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        for start, at in _WORDS_AT.items():
            if name.startswith(start):
                rest = given[at:]
                if len(rest) == 2 and rest[1].items is not None:
                    rest = [rest[0], *rest[1].items]
                return Value(items=(*rest[:1], *rest[2:])) if rest else UNKNOWN
        if name == "asyncio.create_subprocess_exec":
            return Value(items=tuple(given))
        return given[0] if given else keywords.get("args", keywords.get("cmd", UNKNOWN))

    def _run_written(self, command: Value) -> None:
        words = [one.text or "" for one in command.items or ()] or (command.text or "").split()
        name = words[0].rpartition("/")[2] if words else ""
        reads = name in SHELLS or values.INTERPRETER.fullmatch(name)
        for word in words if reads else words[:1]:
            if "decoded" in self.files.get(word, frozenset()):
                self.found.append(Sign("decoded"))

    def _delete(self, value: Value, *, tree: bool) -> None:
        if value.text is not None:
            self.found.append(Sign("delete" if tree else "unlink", value.text))
        elif not self.chosen:
            self.found += values.deletes(value, tree=tree)

    def _write(self, value: Value, given: Sequence[Value]) -> None:
        if value.text is not None:
            self.found.append(Sign("write", value.text))
            self.files[value.text] = values.marks_of(given)

    def _opened(
        self,
        name: str,
        receiver: Value,
        given: Sequence[Value],
        keywords: Mapping[str, Value],
    ) -> None:
        own = name in ("open", "io.open", "codecs.open", "os.open", "posix.open")
        path = given[0] if own and given else receiver
        modes = given[1:] if own else given
        mode = keywords.get("mode", modes[0] if modes else values.text("r"))
        writes = mode.text is not None and _WRITES.match(mode.text)
        if (writes or (name == "os.open" and mode.text is None)) and path.text is not None:
            self.found.append(Sign("write" if writes else "opens", path.text))

    def _connected(self, where: ast.expr, given: Sequence[Value]) -> None:
        """`s.connect((host, port))`: from here on the name is known to lead there."""
        if isinstance(where, ast.Name) and where.id in self.reader.scope and given:
            before = self.reader.scope[where.id]
            if "socket" in before.marks or before.address is not None:
                self.reader.scope[where.id] = replace(before, address=_address(given, {}))

    def _taken_in(self, into: ast.expr, given: Sequence[Value]) -> None:
        """`message.set_content(secret)`: from here on the name holds it."""
        if isinstance(into, ast.Name) and into.id in self.reader.scope:
            before = self.reader.scope[into.id]
            held = {one for one in values.marks_of(given) if one.startswith("file:")}
            self.reader.scope[into.id] = values.with_marks(before, frozenset(held))

    def _sent(
        self, name: str, receiver: Value, given: Sequence[Value], keywords: Mapping[str, Value]
    ) -> None:
        if not _is_network(name):
            return
        every = [*given, *keywords.values()]
        marks = set(values.marks_of(every))
        if name.rpartition(".")[2] in tables.PYTHON_UPLOADS:
            marks |= {f"file:{one.text}" for one in given if one.text}
        address = _address(given, keywords)
        if receiver.address is not None and not values.is_address(address):
            address = receiver.address
        for one in every:
            if one.address:
                address = one.address
        self.found += values.sends(address, marks)

    def _result(
        self,
        name: str,
        receiver: Value,
        given: Sequence[Value],
        keywords: Mapping[str, Value],
        every: Sequence[Value],
    ) -> Value:
        last = name.rpartition(".")[2]
        marks = values.marks_of([*every, receiver])
        first = given[0] if given else UNKNOWN
        if name in PYTHON.shields or last in ("startswith", "endswith", "index", "count", "exists"):
            return UNKNOWN
        if name in _MODULES and first.text:
            return Value(name=first.text)
        if name == "getattr" and len(given) > 1 and given[1].text:
            return self.attribute(first, given[1].text)
        if name in ("os.getenv", "os.environ.get", "os.environ.pop", "os.environ.setdefault"):
            return self.variable(first.text)
        if name in ("globals", "locals"):
            return Value(name=f"{name}()")
        if name == "vars" and first.name:
            return Value(name=f"{first.name}.__dict__")
        found = self._path_result(name, receiver, given)
        if found is not None:
            return found
        if name in PYTHON.lists or f".{last}" in PYTHON.lists:
            return self._listed(name, receiver, first, marks)
        if name in PYTHON.decode or (f".{last}" in PYTHON.decode and "." in name):
            return values.marked(marks | {"decoded"})
        if last in ("decode", "encode") and self._is_codec(name, given):
            return values.marked(marks | {"decoded"})
        if name == "map" and first.name in PYTHON.decode:
            return values.marked(marks | {"decoded"})
        if name in ("bytes", "bytearray") and first.text is None and not first.marks:
            return values.marked(marks | {"decoded"})
        if last == "join" and receiver.text is not None and first.items is not None:
            glue = [value for one in first.items for value in (receiver, one)][1:]
            return values.concatenated(glue)
        if last == "format" and receiver.text is not None:
            return values.formatted(receiver, given)
        if last == "replace" and receiver.text is not None and len(given) > 1:
            old, new = given[0].text, given[1].text
            if old and new is not None:
                return Value(receiver.text.replace(old, new), marks=receiver.marks)
        if name in PYTHON.run:
            return self._output(name, given, keywords)
        if last == "open" and name != "webbrowser.open":
            path = first if name in ("open", "io.open", "codecs.open", "os.open") else receiver
            return self._file(path)
        if last in ("read_text", "read_bytes", "FileIO") and not given:
            return self._file(receiver)
        if last in ("dotenv_values", "read_csv", "TextFileReader") and first.text:
            return self._file(first)
        if name in PYTHON.connect:
            where = _address(given, keywords) or receiver.address
            return Value(marks=marks | {"socket"}, name=name, address=where)
        if "socket" in receiver.marks and last in PYTHON.receive:
            return values.marked(marks | {"received"})
        if "socket" in receiver.marks:
            return Value(marks=marks, name=".", address=receiver.address)
        if name in PYTHON.fetch and len(given) > 1 and given[1].text is not None:
            self.files[given[1].text] = frozenset({"fetched"})
        if _is_network(name):
            client = last in tables.PYTHON_CLIENTS
            address = _address(given, keywords)
            return Value(
                marks=marks | {"fetched"} if not client else marks,
                name=name if client else "",
                address=(address or receiver.address or "") if client else None,
            )
        if last in _SAME or name in _SAME:
            source = first if name in _SAME and given else receiver
            plain = source.name != "opened" and last not in ("strip", "split", "read")
            return Value(
                source.text if plain else None,
                source.prefix,
                marks,
                items=source.items if last in ("list", "tuple", "sorted", "set") else None,
                name=source.name if source.name in _ENVIRONMENT else "",
            )
        return values.marked(marks)

    def _is_codec(self, name: str, given: Sequence[Value]) -> bool:
        chosen = given[1:2] if name.startswith("codecs.") else given[:1]
        return (
            bool(chosen) and _CODECS.fullmatch((chosen[0].text or "").replace("-", "_")) is not None
        )

    def _path_result(self, name: str, receiver: Value, given: Sequence[Value]) -> Value | None:
        """Of what names a path."""
        last = name.rpartition(".")[2]
        if name in ("pathlib.Path.home", "Path.home"):
            return Value(self.home)
        if last in ("expanduser", "expandvars"):
            inner = given[0] if given else receiver
            return _expanded(inner, self.home)
        if name == "getpass.getuser":
            return values.text(posixpath.basename(self.home))
        if name in PYTHON.joins and given:
            return values.joined(given)
        if last == "joinpath" and given:
            return values.joined([receiver, *given])
        return None

    def _listed(self, name: str, receiver: Value, first: Value, marks: frozenset[str]) -> Value:
        folder = first
        if name.startswith("glob.") or name in ("glob", "iglob"):
            whole = first.text
            name_part = (whole or "").rpartition("/")[2]
            if whole is None or not name_part or set(name_part) - set("*.?"):
                return Value(marks=marks)
            folder = values.text(whole.rstrip("*.?").rstrip("/").removesuffix("/**") or "/")
        elif name.rpartition(".")[2] in ("iterdir", "glob", "rglob"):
            folder = receiver
            if first.text is not None and set(first.text) - set("*/"):
                return Value(marks=marks)
        if folder.text is None:
            return Value(marks=marks)
        return Value(marks=marks | {f"listed:{folder.text}"})

    def _file(self, path: Value) -> Value:
        """What is in a file."""
        if path.text is not None:
            known = self.files.get(path.text, frozenset())
            return Value(path.text, marks=known | {f"file:{path.text}"}, name="opened")
        listed = {one[len("listed:") :] for one in path.marks if one.startswith("listed:")}
        marks = {f"file:{one.rstrip('/')}/{{}}" for one in listed}
        return values.marked(values.without_listing(path.marks) | marks)

    def _output(self, name: str, given: Sequence[Value], keywords: Mapping[str, Value]) -> Value:
        """What a program prints: the file that `cat` is given, the environment of `env`."""
        command = self._command(name, given, keywords)
        words = [one.text or "" for one in command.items or ()] or (command.text or "").split()
        marks = values.output([_tilde(one, self.home) for one in words])
        if _is_shell(command):
            marks.add("shell")
        return values.marked(marks)


def _is_shell(command: Value) -> bool:
    """Whether a program that is started is a shell that reads from its input."""
    words = [one.text or "" for one in command.items or ()] or (command.text or "").split()
    if not words or words[0].rpartition("/")[2] not in SHELLS:
        return False
    return not any(re.fullmatch(r"-\w*c|/c", one, re.IGNORECASE) for one in words[1:])


def _is_network(name: str) -> bool:
    root, dot, _ = name.partition(".")
    if not dot or root not in tables.PYTHON_NETWORK:
        return False
    return not any(name.startswith(one) for one in tables.PYTHON_OFFLINE)


_HOSTS = ("url", "base_url", "host", "hostname", "address", "uri", "server")


def _address(given: Sequence[Value], keywords: Mapping[str, Value]) -> str:
    """The address among the arguments of a call, as far as it is known; "" if it is not."""
    for name in _HOSTS:
        if name in keywords:
            return keywords[name].start
    for one in given:
        if one.items:
            return one.items[0].start
        if one.start and (values.is_address(one.start) or one.start == "localhost"):
            return one.start
    return given[0].start if given else ""


def _expanded(value: Value, home: str) -> Value:
    if value.text is not None:
        return Value(_tilde(value.text, home), marks=value.marks)
    return Value(prefix=_tilde(value.prefix, home), marks=value.marks)


def _tilde(path: str, home: str) -> str:
    for start in ("~", "$HOME", "${HOME}"):
        if path == start or path.startswith(start + "/"):
            return home + path[len(start) :]
    return path
