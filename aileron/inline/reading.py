"""What the parts of reading a program may ask about it."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable

from aileron.inline.core import Run
from aileron.inline.values import Value


class Reading(ABC):
    """One program that is being read; `expressions.py` and `statements.py` fill it in."""

    run: Run

    @abstractmethod
    def value(self, node: ast.expr) -> Value: ...

    @abstractmethod
    def alternatives(self, node: ast.expr) -> tuple[Value, ...]: ...

    @abstractmethod
    def arguments(self, node: ast.Call) -> list[Value]: ...

    @abstractmethod
    def target(self, node: ast.expr) -> None: ...

    @abstractmethod
    def defaults(self, arguments: ast.arguments) -> None: ...

    @abstractmethod
    def stored(self, target: ast.Attribute, bases: Iterable[Value]) -> None: ...
