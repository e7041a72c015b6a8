"""Hostile expressions (S2): those of the shipped procedures with words and pieces exchanged, and made anew from the
grammar. None takes long or much memory, none reaches Python, and each has the value that the slow evaluator gives it.
"""

from __future__ import annotations

import random
import re
import resource
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from faults.counting import Count
from faults.fuzzing import fuzzed
from faults.reference import Wrong, value
from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import OutOfBudget, evaluate, explain, expression_from_json, to_json, unparse
from procflow.core.times import Span, parse_time
from procflow.core.values import Person
from procflow.definitions.parse import MAX_SOURCE, ExpressionSyntaxError, parse_expression
from procflow.errors import EvaluationError

_REPOSITORY = Path(__file__).parent.parent
#: The most memory that one expression may take, in KiB.
MEMORY = 32 << 10
NAMES: Mapping[str, Any] = {
    "b": True, "n": 7, "unset": None, "d": Decimal("0.1"), "s": "Ærø bro", "empty": "", "ints": (3, 1, 2),
    "texts": ("ab", "æ", ""), "when": datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "day": date(2026, 5, 11),
    "gap": parse_time("60 minutes"), "wait": parse_time("4 working days"), "table": {"x": 1, "y": None, "z": {"k": "v"}},
    "ann": Person({"id": "ann", "name": "Ann Test", "roles": ("agent",)}), "many": tuple(range(2000)), "long": "x" * 60_000,
    "rows": ({"id": "1", "v": 2}, {"id": "2", "v": None}),
}  # fmt: skip
_PLAIN = (type(None), bool, int, Decimal, str, datetime, date, Span)
_TOKENS = (
    *NAMES, *LIBRARY, *"+-*/%()[]{}?:,.!<>", "==", "!=", "<=", ">=", "&&", "||", "in", "null", "true", "false", "0", "1", "-1", "1e9",
    "9" * 34, "0.1", "1e-40", "'a'", '"æ"', "''", "has(", ".all(x, ", ".exists(x, ", ".map(x, ", ".filter(x, ", ".exists_one(x, ",
    "x", "__class__", "__globals__", "format", "'{0.__class__}'", "'%1000000d'", "'(a+)+$'", "'^(a|a)*$'", "real", "id", "name",
)  # fmt: skip


class _Desk:
    zone = "UTC"

    def name(self, name: str) -> Any:
        return NAMES[name]

    def call(self, function: str, args: Sequence[Any]) -> Any:
        if function == "param":
            return {"k": 4}.get(args[0]) if args and isinstance(args[0], str) else None
        raise EvaluationError(f"there is no function {function}")


def evaluated(figure: int, seed: int) -> Count:
    return fuzzed("faults.hostile_expressions:Expressions procflow.definitions procflow.core", figure, seed)


class Expressions:
    bound, took = 0.05, 0.0

    def __init__(self) -> None:
        found: set[str] = set()
        for path in sorted((_REPOSITORY / "procedures").rglob("procedure.yaml")):
            text = path.read_text(encoding="utf-8")
            found.update(re.findall(r"\$\{([^}]+)\}", text))
            found.update(re.findall(r"(?:when|never|always): *'([^']+)'", text))
        self._texts = sorted(found)
        self._desk = _Desk()
        self._parsed = self._valued = self._dear = 0

    def seeds(self) -> Sequence[bytes]:
        dice = random.Random(1)
        return [text.encode() for text in (*self._texts[::3], *(_made(dice, 3) for _ in range(200)))]

    def wrong(self, data: bytes) -> str:
        text = data.decode("utf-8", "replace")
        before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
        try:
            expression = parse_expression(text)
        except ExpressionSyntaxError as refused:
            line, column = refused.at
            return (
                ""
                if line == 1 and 1 <= column <= len(text) + 2
                else f"refused outside of it, at {refused.at}"
            )
        self._parsed += 1
        try:
            ours: Any = evaluate(expression, self._desk)
            self._valued += 1
        except OutOfBudget:
            self._dear += 1
            return self._grown(before)
        except EvaluationError:
            ours = Wrong
        finally:
            self.took = time.process_time() - begun
        if grown := self._grown(before):
            return grown
        if (not_plain := _not_plain(ours)) and ours is not Wrong:
            return f"it reached {not_plain}"
        try:
            theirs: Any = value(expression.node, self._desk, {})
        except (Wrong, EvaluationError):
            theirs = Wrong
        if not _is_same(ours, theirs):
            return f"the slow evaluator says otherwise: {str(theirs)[:60]!r}, not {str(ours)[:60]!r}"
        written = unparse(expression.node)
        again = parse_expression(written) if len(written) <= MAX_SOURCE else expression
        if again.node != expression.node or expression_from_json(to_json(expression)).node != expression.node:
            return f"it is another when it is written out: {unparse(expression.node)[:200]}"
        explain(expression, self._desk)
        return ""

    def _grown(self, before: int) -> str:
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        return f"it took {grown >> 10} MiB" if grown > MEMORY else ""

    def told(self) -> str:
        return f"{self._parsed:,} could be read, {self._valued:,} had a value, {self._dear:,} cost too much; "

    def mutate(self, data: bytes, dice: random.Random) -> bytes:
        text = data.decode("utf-8", "replace")
        how = dice.randrange(-2, 7)
        if how <= 0:
            return _made(dice, dice.randrange(1, 6)).encode()
        words = [(found.start(), found.end()) for found in re.finditer(r"\w+|'[^']*'|\S", text)] or [(0, 0)]
        start, end = dice.choice(words)
        if how == 1:
            text = text[:start] + dice.choice(_TOKENS) + text[end:]
        elif how == 2:
            text = text[:end] + dice.choice((" ", "")) + dice.choice(_TOKENS) + text[end:]
        elif how == 3:
            text = text[:start] + text[end:]
        elif how == 4:
            text = text[:start] + _made(dice, 2) + text[end:]
        elif how == 5:
            text = dice.choice(("({})", "!({})", "[{}]", "({}).map(x, x)", "many.map(x, {})", "{} || {}", "size({})", "string({})",
                                "({}) == ({})", "{{'k': {}}}", "({}) ? 1 : {}", "-({})")).replace("{}", text)  # fmt: skip
        else:
            other = dice.choice(self._texts)
            text = text[:start] + "(" + other + ")" + text[end:]
        return text.encode("utf-8", "replace")


#: kind -> how a value of it is written, with the kinds of its parts in braces.
_FORMS: Mapping[str, Sequence[str]] = {
    "n": ("0", "1", "-3", "2.5", "n", "d", "1e33", "ints[0]", "table.x", "rows[0].v", "({n} + {n})", "({n} - {n})", "({n} * {n})",
          "({n} / {n})", "({n} % {n})", "-({n})", "size({t})", "size({l})", "{t}.indexOf({t})", "int({n})", "min({n}, {n})",
          "round({n}, {n})", "abs({n})", "({b} ? {n} : {n})", "{i}.getHours()", "{i}.getDayOfWeek()", "(day - {d})", "param('k')"),
    "t": ("s", "empty", "'ab'", "''", "'a,b'", "long", "texts[0]", "ann.name", "table.z.k", "({t} + {t})", "string({n})", "string({b})",
          "{t}.lower()", "{t}.reverse()", "{t}.replace({t}, {t})", "{t}.substring({n})", "{t}.charAt({n})", "{l}.join({t})",
          "({b} ? {t} : {t})", "{t}.trim()", "string({i})", "string({g})"),
    "b": ("b", "true", "false", "({n} < {n})", "({n} >= {n})", "({t} == {t})", "({t} != {t})", "({i} > {i})", "({b} && {b})", "({b} || {b})",
          "!({b})", "({n} in {l})", "({t} in table)", "{t}.contains({t})", "{t}.matches('^[a-z]+$')", "{l}.exists(x, x == {n})",
          "{l}.all(x, {b})", "rows.exists_one(x, x.v == {n})", "has(table.y)", "(unset == null)", "({l} == {l})", "({g} < {g})", "(ann == {t})"),
    "l": ("ints", "texts", "many", "rows", "[{n}, {n}]", "[{t}]", "[]", "({l} + {l})", "{l}.map(x, {n})", "{l}.filter(x, {b})",
          "{l}.map(x, x != {n}, {t})", "{t}.split({t})", "rows.map(x, x.id)", "many.filter(x, x % 7 == {n})"),
    "i": ("when", "timestamp('2026-05-11 10:05')", "({i} + {g})", "({i} - {g})", "({b} ? {i} : {i})"),
    "d": ("day", "date('2026-05-11')", "date({i})"),
    "g": ("gap", "wait", "duration('1h')", "({i} - {i})", "({g} + {g})", "-({g})"),
    "x": ("unset", "null", "table", "table.z", "ann", "x", "table[{t}]", "rows[{n}]", "{'k': {n}}", "{x}.id", "{x}.__class__", "{l}[{n}]"),
}  # fmt: skip
_KINDS = tuple(_FORMS)


def _made(dice: random.Random, depth: int, kind: str = "") -> str:
    """An expression by the grammar; now and then its kinds do not fit."""
    if not kind or dice.random() < 0.04:
        kind = dice.choice(_KINDS)
    forms = _FORMS[kind]
    form = dice.choice(forms if depth > 0 else [each for each in forms if "{" not in each])
    return re.sub(r"\{([a-z])\}", lambda part: _made(dice, depth - 1, part[1]), form)


def _not_plain(found: Any) -> str:
    """The first thing in it that is no value of the language, by its type."""
    if isinstance(found, (*_PLAIN, Person)):
        return ""
    if isinstance(found, list | tuple):
        return next((words for item in found if (words := _not_plain(item))), "")
    if isinstance(found, Mapping):
        return next((words for item in (*found, *found.values()) if (words := _not_plain(item))), "")
    return type(found).__name__


def _is_same(a: Any, b: Any) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(_is_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, Mapping):
        return list(a) == list(b) and all(_is_same(a[key], b[key]) for key in a)
    return bool(a == b)
