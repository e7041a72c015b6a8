"""Whether a function can read what it is given: a text that is no number, or no day, and a place behind the end of a text
go wrong although they are set.

It must not know what a case is, nor where it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import (
    Call,
    Compare,
    If,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Negative,
    Node,
    Select,
    Sum,
)
from procflow.core.procedure import Field, Procedure
from procflow.core.tables import Table
from procflow.core.times import parse_time
from procflow.errors import ProcflowError
from procflow.proof.reading import asks_of

#: What reads a text, and goes wrong where it says nothing of the kind.
_READERS = frozenset({"int", "double", "decimal", "bool", "timestamp", "date", "duration"})
#: What has a smallest and a largest only where there is something.
_BEST = frozenset({"min", "max", "math.least", "math.greatest"})
#: Which argument, counted with the target, is a place in a text.
_PLACES = {"substring": (1, 2), "charAt": (1,), "indexOf": (2,), "lastIndexOf": (2,)}
#: Which argument has to be understood in itself: a pattern, so many digits, a zone.
_UNDERSTOOD = {"matches": 1, "round": 1, "split": 2, "replace": 3}
_TEXTS = frozenset({"string", "plain_text"})
#: Functions that give a text.
_WORDS = frozenset({
    "lowerAscii", "upperAscii", "lower", "upper", "trim", "reverse", "replace", "join", "substring", "charAt", "string",
    "param", "mailbox", "shift",
})  # fmt: skip
#: A pattern of nothing but figures: the fewest, and the most, of them.
_FIGURES = re.compile(r"\^(?:\[0-9\]|\\d)(?:\{(\d+)(?:,(\d+))?\})?\$")
_MOST_FIGURES = 34

#: What each variable of a macro goes through.
Bound = Mapping[str, Node]


class Legible:
    """Of one procedure, with the parameters and tables of its organisation."""

    def __init__(self, procedure: Procedure, constants: Any) -> None:
        self.procedure, self.constants = procedure, constants
        self.tables: Mapping[str, Table] = getattr(constants, "tables", None) or {}

    def doubt(self, node: Call, bound: Bound) -> Node | bool:
        """False: it can read whatever it may be given; True: perhaps not; else what holds where it cannot."""
        function, given = node.function, node.given
        if function in _READERS:
            return self._may_be_text(given[0]) and not self._reads(given[0], _reader(function))
        if function == "add_time":
            return self._may_be_text(given[1]) and not self._reads(given[1], _is_time)
        if function in _BEST and len(given) == 1:
            return self._has_none(given[0], bound)
        if function == "join":
            return self._may_have_gaps(given[0], bound)
        if function in _PLACES:
            return self._is_behind(node)
        place = _UNDERSTOOD.get(function, 1 if function.startswith("get") and function in LIBRARY else 99)
        return len(given) > place and not isinstance(given[place], Literal)

    # places in a text

    def _is_behind(self, node: Call) -> Node | bool:
        """That a text is shorter than a place in it."""
        given = node.given
        places = [given[n] for n in _PLACES[node.function] if n < len(given)]
        known = [p.value for p in places if isinstance(p, Literal) and type(p.value) is int and p.value >= 0]
        if len(known) < len(places) or known != sorted(known):
            return True
        if not known or known[-1] <= self._fewest(given[0]):
            return False
        return Compare("<", Call("size", given[0], (), node.at), Literal(known[-1], node.at), node.at)

    def _fewest(self, node: Node) -> int:
        """How many characters a text has at least, where it is set."""
        field = self.procedure.fields.get(node.name) if isinstance(node, Name) else None
        if field is None:
            return 0
        figures = _FIGURES.fullmatch(str(field.schema.get("pattern", "")))
        least = int(figures[1] or 1) if figures else 0
        return max(least, int(field.schema.get("minLength", 0)))

    # lists

    def _has_none(self, node: Node, bound: Bound) -> Node | bool:
        """That there is nothing in a list, or something that has no value."""
        if self._may_have_gaps(node, bound):
            return True
        while isinstance(node, Macro) and node.kind == "map" and len(node.bodies) == 1:
            node = node.over  # as many as there are in that
        if isinstance(node, Items):
            return not node.items
        if isinstance(node, Call) and node.function == "split":
            return False
        return Compare("==", node, Literal(None, node.at), node.at)

    def _may_have_gaps(self, node: Node, bound: Bound) -> bool:
        """Whether in a list that is made there may be something that has no value."""
        if not (isinstance(node, Macro) and node.kind == "map"):
            return False
        inner, body = {**bound, node.variable: node.over}, node.bodies[-1]
        return isinstance(body, Select | Index) and not self.always_there(body, inner)

    def always_there(self, node: Node, bound: Bound) -> bool:
        """Whether it is a part that each thing of a list has, or one of the things themselves."""
        if not (isinstance(node, Select) and isinstance(node.of, Name) and node.of.name in bound):
            return False
        over = bound[node.of.name]
        while isinstance(over, Macro) and over.kind == "filter":
            over = over.over
        if isinstance(over, Call) and over.function in ("members", "cases"):
            return node.field in ("id", "name", "roles", "number", "opened", "procedure")
        field = self.procedure.fields.get(over.name) if isinstance(over, Name) else None
        if field is None or field.items is None:
            return False
        return node.field in field.items.required or (
            field.items.type == "person" and node.field in ("id", "name", "roles")
        )

    # texts that say something

    def _may_be_text(self, node: Node) -> bool:
        match node:
            case Literal():
                return False  # a text that is written out was looked at as the file was checked
            case Name():
                field = self.procedure.fields.get(node.name)
                return field.type in _TEXTS if field is not None else node.name != "now"
            case Negative() | Compare():
                return False
            case Sum():
                return self._may_be_text(node.first) if all(t.operator == "+" for t in node.rest) else False
            case If():
                return self._may_be_text(node.then) or self._may_be_text(node.otherwise)
            case Call() if node.function in LIBRARY or node.function in _WORDS:
                if node.function in _BEST:
                    return any(self._may_be_text(part) for part in node.given)
                return node.function in _WORDS
            case Call():
                return False
            case Select(of=Name(name="input"), field=name):
                return any(ask.field.type in _TEXTS for ask in asks_of(self.procedure) if ask.name == name)
            case Select(of=Name(name="message" | "case"), field="received" | "opened" | "number"):
                return False
            case Select(
                of=Index(of=Call(function="table", args=(Literal(value=str() as table),))), field=name
            ):
                found = self.tables.get(table)
                columns = () if found is None else found.columns
                return not any(column.name == name and column.type not in _TEXTS for column in columns)
        return True

    def _reads(self, node: Node, reads: Callable[[str], bool]) -> bool:
        """Whether every text that a value may be can be read."""
        words = list(self._words(node))
        return bool(words) and all(word is not None and reads(word) for word in words)

    def _words(self, node: Node) -> Iterator[str | None]:
        """The texts that a value may be; None for any."""
        match node:
            case Literal():
                if isinstance(node.value, str):
                    yield node.value
            case Name() if node.name in self.procedure.fields:
                yield from _words_of(self.procedure.fields[node.name])
            case If():
                for branch in (node.then, node.otherwise):
                    if not isinstance(branch, Literal):
                        yield from self._words(branch) if self._may_be_text(branch) else ()
                    elif isinstance(branch.value, str):
                        yield branch.value
            case Call(function="param", args=(Literal(value=str() as name),)):
                parameters = getattr(getattr(self.constants, "organisation", None), "parameters", {})
                yield str(parameters[name]) if name in parameters else None
            case Select(
                of=Index(of=Call(function="table", args=(Literal(value=str() as table),))), field=name
            ):
                found = self.tables.get(table)
                for version in found.versions if found is not None else ():
                    yield from (str(row[name]) for row in version.rows if row.get(name) is not None)
            case _:
                yield None


def _words_of(field: Field) -> Iterator[str | None]:
    words = field.schema.get("enum")
    if words:
        yield from (str(word) for word in words if word is not None)
        return
    if "const" in field.schema:
        yield str(field.schema["const"])
        return
    figures = _FIGURES.fullmatch(str(field.schema.get("pattern", "")))
    if figures and int(figures[2] or figures[1] or 1) <= _MOST_FIGURES:
        yield "9" * int(figures[2] or figures[1] or 1)  # one is like any other
    elif field.schema.get("format") == "date":
        yield "2026-05-11"
    else:
        yield None


class _Free:
    """What a function asks of the evaluation around it."""

    zone = "UTC"

    def spend(self, steps: int) -> None:
        pass


def _reader(function: str) -> Callable[[str], bool]:
    def reads(text: str) -> bool:
        try:
            LIBRARY[function].run(_Free(), text)
        except ProcflowError:
            return False
        return True

    return reads


def _is_time(text: str) -> bool:
    try:
        parse_time(text.removeprefix("minus "))
    except (ProcflowError, ValueError, OverflowError):
        return False
    return True
