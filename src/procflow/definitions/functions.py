"""The signatures of every function: CEL's library, and those that know the case and the organisation.

What they do stands in `core/expression_functions.py` and in the scope; here is only what they take and give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from procflow.definitions.types import (
    ANY,
    BOOL,
    CASE,
    DATE,
    DURATION,
    EVIDENCE,
    FILE,
    INSTANT,
    MESSAGE,
    NUMBER,
    PERSON,
    ROLE,
    TEXT,
    ListOf,
    MapOf,
    Type,
    Typed,
)

#: Where an expression stands: a condition, a value of `set` or an effect, words for people, a promise.
GUARD, VALUE, WORDS, PROMISE = "guard", "value", "words", "promise"
EVERYWHERE = frozenset({GUARD, VALUE, WORDS, PROMISE})
_PROMISES = frozenset({PROMISE})

#: One parameter: a type, or several of which one is wanted.
Parameter = Type | tuple[Type, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives.

    `literal` names the vocabulary (state, choice, event, deadline, operation, role, mailbox, param, table,
    decision, procedure, person, channel) of the first argument; with `strict` it must be written out, without
    it a value is allowed too. The last `optional` parameters may be left out; `flows` says that the
    result is personal when an argument is; `where` the places in which the function has a meaning.
    """

    parameters: tuple[Parameter, ...]
    result: Type | Typed
    literal: str | None = None
    strict: bool = True
    optional: int = 0
    where: frozenset[str] = EVERYWHERE
    flows: bool = False
    style: str = "function"  # function, method or both

    @property
    def typed(self) -> Typed:
        return self.result if isinstance(self.result, Typed) else Typed(self.result)


def _looks_up(literal: str, result: Type | Typed, *more: Parameter, strict: bool = True) -> Signature:
    return Signature((TEXT, *more), result, literal=literal, strict=strict)


#: The functions of the language; plugins add theirs (`register_functions`).
FUNCTIONS: Mapping[str, Signature] = {
    "person": _looks_up("person", Typed(PERSON, unset=True), strict=False),
    "members": _looks_up("role", ListOf(PERSON), strict=False),
    "role": _looks_up("role", ROLE, strict=False),
    "mate": Signature((PERSON,), Typed(PERSON, unset=True)),
    "absent": Signature((PERSON, (DATE, INSTANT), (DATE, INSTANT)), BOOL, optional=2),
    "shift": Signature((PERSON, (DATE, INSTANT)), Typed(TEXT, unset=True)),
    "on_duty": Signature(((DATE, INSTANT),), ListOf(PERSON)),
    "mailbox": _looks_up("mailbox", TEXT, strict=False),
    "param": _looks_up("param", ANY),
    "table": _looks_up("table", MapOf(ANY)),
    "decide": _looks_up("decision", ANY, MapOf(ANY)),
    "proof_of": Signature((MESSAGE,), EVIDENCE),
    "evidence": _looks_up("channel", EVIDENCE, FILE),
    "due": _looks_up("deadline", Typed(INSTANT, unset=True)),
    "act_by": _looks_up("deadline", Typed(INSTANT, unset=True)),
    "open_at": Signature((INSTANT,), BOOL),
    "add_time": Signature(((INSTANT, DATE), (TEXT, DURATION)), INSTANT, flows=True),
    "cases": _looks_up("procedure", ListOf(CASE), MapOf(ANY)),
    "count": _looks_up("choice", NUMBER),
    "count_today": _looks_up("choice", NUMBER),
    "who": _looks_up("choice", Typed(PERSON, unset=True)),
    "did": _looks_up("operation", BOOL),
    "missed": _looks_up("deadline", BOOL),
    "state": _looks_up("state", BOOL),
    "closed": Signature((), BOOL),
    "choice": Signature((TEXT,), BOOL, literal="choice", where=_PROMISES),
    "event": Signature((TEXT,), BOOL, literal="event", where=_PROMISES),
}

#: The result of `min` and `max` is that of their values; the checker joins them.
SAME = ANY

_ORDERED = (NUMBER, TEXT, DATE, INSTANT, DURATION, ListOf(ANY))
_SIZED = (TEXT, ListOf(ANY), MapOf(ANY))
_TIMES = (INSTANT, DATE)


def _method(result: Type, *parameters: Parameter, optional: int = 0, style: str = "method") -> Signature:
    return Signature(parameters, result, optional=optional, flows=True, style=style)


def _function(result: Type, *parameters: Parameter, optional: int = 0) -> Signature:
    return Signature(parameters, result, optional=optional, flows=True)


_MANY = Signature((_ORDERED,) * 64, SAME, optional=63, flows=True)
_ROUND = _function(NUMBER, NUMBER)

#: CEL's library, the target of a method as first parameter.
LIBRARY_SIGNATURES: Mapping[str, Signature] = {
    "size": _method(NUMBER, _SIZED, style="both"),
    "contains": _method(BOOL, TEXT, TEXT),
    "startsWith": _method(BOOL, TEXT, TEXT),
    "endsWith": _method(BOOL, TEXT, TEXT),
    "matches": _method(BOOL, TEXT, TEXT, style="both"),
    "lowerAscii": _method(TEXT, TEXT),
    "upperAscii": _method(TEXT, TEXT),
    "lower": _method(TEXT, TEXT),
    "upper": _method(TEXT, TEXT),
    "trim": _method(TEXT, TEXT),
    "reverse": _method(TEXT, TEXT),
    "replace": _method(TEXT, TEXT, TEXT, TEXT, NUMBER, optional=1),
    "split": _method(ListOf(TEXT), TEXT, TEXT, NUMBER, optional=1),
    "join": _method(TEXT, ListOf(TEXT), TEXT, optional=1),
    "substring": _method(TEXT, TEXT, NUMBER, NUMBER, optional=1),
    "charAt": _method(TEXT, TEXT, NUMBER),
    "indexOf": _method(NUMBER, TEXT, TEXT, NUMBER, optional=1),
    "lastIndexOf": _method(NUMBER, TEXT, TEXT, NUMBER, optional=1),
    "int": _function(NUMBER, (NUMBER, TEXT, INSTANT)),
    "double": _function(NUMBER, (NUMBER, TEXT)),
    "decimal": _function(NUMBER, (NUMBER, TEXT)),
    "string": _function(TEXT, (TEXT, NUMBER, BOOL, DATE, INSTANT, DURATION, PERSON)),
    "bool": _function(BOOL, (BOOL, TEXT)),
    "timestamp": _function(INSTANT, (TEXT, INSTANT, NUMBER)),
    "duration": _function(DURATION, (TEXT, DURATION)),
    "date": _function(DATE, (TEXT, INSTANT, DATE), TEXT, optional=1),
    "getFullYear": _method(NUMBER, _TIMES, TEXT, optional=1),
    "getMonth": _method(NUMBER, _TIMES, TEXT, optional=1),
    "getDate": _method(NUMBER, _TIMES, TEXT, optional=1),
    "getDayOfMonth": _method(NUMBER, _TIMES, TEXT, optional=1),
    "getDayOfWeek": _method(NUMBER, _TIMES, TEXT, optional=1),
    "getDayOfYear": _method(NUMBER, _TIMES, TEXT, optional=1),
    "getHours": _method(NUMBER, (INSTANT, DURATION), TEXT, optional=1),
    "getMinutes": _method(NUMBER, (INSTANT, DURATION), TEXT, optional=1),
    "getSeconds": _method(NUMBER, (INSTANT, DURATION), TEXT, optional=1),
    "getMilliseconds": _method(NUMBER, (INSTANT, DURATION), TEXT, optional=1),
    "min": _MANY,
    "max": _MANY,
    "abs": _ROUND,
    "round": _function(NUMBER, NUMBER, NUMBER, optional=1),
    "floor": _ROUND,
    "ceil": _ROUND,
    "math.least": _MANY,
    "math.greatest": _MANY,
    "math.abs": _ROUND,
    "math.sign": _ROUND,
    "math.round": _ROUND,
    "math.floor": _ROUND,
    "math.ceil": _ROUND,
    "math.trunc": _ROUND,
}
