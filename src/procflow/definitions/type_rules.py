"""Which operators work between which types, what comes out, and what to say where they do not.

It must not know names or documents: types in, a type or a hint out.
"""

from __future__ import annotations

import re
from typing import Any

from procflow.core.expressions import Call, Compare, Literal, Name, Node, Select, Term, unparse
from procflow.core.values import is_number
from procflow.definitions.types import (
    ANY,
    BOOL,
    DATE,
    DURATION,
    INSTANT,
    NULL,
    NUMBER,
    TEXT,
    ListOf,
    MapOf,
    Record,
    Type,
    Typed,
    is_person,
    is_text,
    join,
)


def literal(value: Any) -> Typed:
    if value is None:
        return Typed(NULL)
    if isinstance(value, bool):
        return Typed(BOOL)
    return Typed(NUMBER if is_number(value) else TEXT)


def ordered(a: Type, b: Type) -> bool:
    if ANY in (a, b) or NULL in (a, b):
        return True
    return (a == b and a in (NUMBER, DATE, INSTANT, DURATION, BOOL)) or (is_text(a) and is_text(b))


def order_hint(node: Compare, a: Type, b: Type) -> str:
    if isinstance(node.left, Compare) and isinstance(node.left.right, Literal | Name | Select):
        middle = unparse(node.left.right)
        return f"write {unparse(node.left)} && {middle} {node.operator} {unparse(node.right)}"
    if {a, b} == {DATE, INSTANT}:
        return "write date(…) around the instant"
    if NUMBER in (a, b) and (day := day_without_quotes(node.left if a == NUMBER else node.right)):
        return f'write date("{day}"): without quotes it is a sum'
    for kind, function in ((DATE, "date"), (INSTANT, "timestamp"), (DURATION, "duration")):
        if kind in (a, b) and (is_text(a) or is_text(b)):
            return f"write {function}(…) around the text"
    if isinstance(a, ListOf) or isinstance(b, ListOf):
        return "compare its size()"
    if NUMBER in (a, b) and (is_text(a) or is_text(b)):
        text = node.left if is_text(a) else node.right
        if isinstance(text, Call) and text.function == "param":
            return f"write the parameter as a number, without quotes and units: {unparse(text)} is a text"
        return _as_number(text)
    return ""


def _as_number(text: Node) -> str:
    """What to write for a text that is to be a number; a field of the case is better declared as one."""
    if isinstance(text, Name) and text.name not in ("message", "input"):
        return f"declare `{text.name}` as {{type: number}}, or write decimal({text.name})"
    return "write decimal(…) around the text"


def a_column(node: Select, table: MapOf) -> tuple[str, str] | None:
    """What to say where a column of a table is asked for, and of no row: `table("limits").limit`."""
    row, keys = table.of, () if table.keys is None else table.keys.words
    if not isinstance(row, Record) or node.field not in row.fields or node.field in keys:
        return None
    of = unparse(node.of)
    return f"`{node.field}` is a column, and which row is meant is not said", f"write {of}[key].{node.field}"


def day_without_quotes(node: Node) -> str:
    """The day that a sum such as `2026-01-31` was meant to be; "" where it is none."""
    text = unparse(node).replace(" - ", "-")
    found = re.fullmatch(r"([12][0-9]{3})-([0-9]{1,2})-([0-9]{1,2})", text)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else ""


def result(operator: str, a: Type, b: Type) -> Type | None:
    """The type of `a operator b`, ANY where it cannot be known, None where it does not work."""
    if ANY in (a, b) or NULL in (a, b):
        return ANY
    if a == NUMBER and b == NUMBER:
        return NUMBER
    if operator == "+":
        if is_text(a) and is_text(b):
            return TEXT
        if isinstance(a, ListOf) and isinstance(b, ListOf):
            return join(Typed(a), Typed(b)).type
        if (a, b) == (DURATION, INSTANT):
            return INSTANT
    if operator in "+-" and b == DURATION and a in (INSTANT, DURATION):
        return a
    if operator == "-" and a == b == INSTANT:
        return DURATION
    return NUMBER if operator == "-" and a == b == DATE else None


def sum_hint(first: Node, term: Term, a: Type, b: Type) -> str:
    if term.operator == "+":
        if is_text(a) != is_text(b) and (is_person(a) or is_person(b)):
            return "write .name or .id behind the person"
        if is_text(a) != is_text(b) and INSTANT not in (a, b):
            return "write string(…) around what is no text"
    if term.operator != "+" and NUMBER in (a, b) and is_text(a) != is_text(b):
        return _as_number(term.node if is_text(b) else first)
    if INSTANT in (a, b):
        return 'write add_time(instant, "4 working days"), or duration("60 minutes") for elapsed time'
    return ""


def never_equal_hint(a: Type, b: Type) -> str:
    """What to write where `a == b` cannot hold."""
    if {a, b} == {DATE, INSTANT}:
        return "write date(…) around the instant"
    if is_text(a) or is_text(b):
        for kind, function in ((DATE, "date"), (INSTANT, "timestamp"), (DURATION, "duration")):
            if kind in (a, b):
                return f"write {function}(…) around the text"
        if NUMBER in (a, b):
            return "write the text in quotes and the number without"
    return ""
