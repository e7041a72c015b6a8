"""The values that expressions see, how two of them compare, and how data keeps one.

null (`None`), yes/no, text, exact numbers (`int | Decimal`), civil dates, instants (aware, UTC), durations
(`Span`), lists, and objects (any `Mapping`); a `Person` is an object whose `id` stands for it.
It must not know expressions, procedures or where a value came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from typing import Any

from procflow.core.times import Span
from procflow.errors import EvaluationError

#: Any value at run time; see the module's docstring for the kinds.
Value = Any
Number = int | Decimal

#: A number has at most this many digits before, and in all, a fraction is rounded to them.
DIGITS = 34
_LIMIT = 10**DIGITS
#: IEEE decimal128: exact up to 34 digits, rounded half to even beyond.
EXACT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)


class Person(Mapping[str, Value]):
    """Somebody of the organisation: `id` and what else is known; equal to whoever has the same id.

    The other keys are name, mail, phone, region, roles and mate; an absent one reads as null in expressions.
    """

    __slots__ = ("_facts", "id")
    id: str

    def __init__(self, facts: Mapping[str, Value]) -> None:
        object.__setattr__(self, "_facts", dict(facts))
        object.__setattr__(self, "id", str(facts["id"]))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a person is frozen: {name} cannot be set")

    def __getitem__(self, key: str) -> Value:
        return self._facts[key]  # type: ignore[attr-defined]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)  # type: ignore[attr-defined]

    def __len__(self) -> int:
        return len(self._facts)  # type: ignore[attr-defined]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Person):
            return self.id == other.id
        return self.id == other if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Person({self.id!r})"


def number(x: object) -> Number:
    """`x` as the one exact number type: an int where it is whole, else a Decimal without closing zeros.

    Takes int, Decimal, float (as it is written) and text of digits; raises EvaluationError for anything else,
    for what is not finite and for whole parts of more than 34 digits; fractions are rounded to 34 digits.
    """
    if type(x) is int:
        if -_LIMIT < x < _LIMIT:
            return x
        raise EvaluationError(f"a number has more than {DIGITS} digits")
    if isinstance(x, str) and len(x) > 7000:
        raise EvaluationError(f"a number has more than {DIGITS} digits")
    if isinstance(x, bool) or not isinstance(x, int | Decimal | float | str):
        raise EvaluationError(f"{kind(x)} is not a number")
    if isinstance(x, int):
        return number(int(x))
    try:
        exact = x if isinstance(x, Decimal) else Decimal(repr(x) if isinstance(x, float) else x)
    except DecimalException:
        raise EvaluationError(f"{x!r:.60} is not a number") from None
    if not exact.is_finite():
        raise EvaluationError("a number must be finite")
    if exact and exact.adjusted() >= DIGITS:  # asked before int(): 1e999999999 would fill the memory
        raise EvaluationError(f"a number has more than {DIGITS} digits")
    exact = EXACT.normalize(exact)
    if exact == exact.to_integral_value():
        return number(int(exact))
    return exact


def exact_numbers(value: Value) -> Value:
    """What came as JSON from outside, with every number in it as the language's; raises EvaluationError as `number`."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return {name: exact_numbers(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [exact_numbers(item) for item in value]
    return value


def is_number(x: object) -> bool:
    """Whether `x` is a number of the language; a yes/no never is."""
    return type(x) is int or isinstance(x, Decimal) or (isinstance(x, int) and not isinstance(x, bool))


def kind(x: object) -> str:
    """The plain word for what `x` is, for messages."""
    if x is None:
        return "nothing"
    if isinstance(x, bool):
        return "a yes/no"
    if is_number(x):
        return "a number"
    if isinstance(x, str):
        return "a text"
    if isinstance(x, datetime):
        return "an instant"
    if isinstance(x, date):
        return "a date"
    if isinstance(x, Span):
        return "a duration"
    if isinstance(x, Person):
        return "a person"
    if isinstance(x, Mapping):
        return "an object"
    if isinstance(x, list | tuple):
        return "a list"
    return f"an unknown kind of value ({type(x).__name__})"


def elapsed(delta: timedelta) -> Span:
    """The duration of exactly `delta`."""
    return Span.of(delta)


def identity(x: object) -> object:
    """A person's id; anything else as it is."""
    return x.get("id", x) if isinstance(x, Mapping) and "id" in x else x


def equal(a: Value, b: Value, spend: Callable[[int], None] | None = None) -> bool:
    """Whether two values are the same; values of different kinds never are, a person and their id are.

    `spend` is told how many elements were looked at.
    """
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, str):
        if isinstance(b, str):
            return a == b
        return isinstance(b, Mapping) and b.get("id") == a
    if is_number(a):
        return is_number(b) and bool(a == b)
    if isinstance(a, Mapping):
        if isinstance(b, str):
            return bool(a.get("id") == b)
        if not isinstance(b, Mapping):
            return False
        if isinstance(a, Person) or isinstance(b, Person):
            return bool(a.get("id") == b.get("id"))
        if spend is not None:
            spend(len(a))
        return len(a) == len(b) and all(key in b and equal(a[key], b[key], spend) for key in a)
    if isinstance(a, list | tuple):
        if not isinstance(b, list | tuple) or len(a) != len(b):
            return False
        if spend is not None:
            spend(len(a))
        return all(equal(x, y, spend) for x, y in zip(a, b, strict=True))
    if isinstance(a, datetime) or isinstance(b, datetime):
        return isinstance(a, datetime) and isinstance(b, datetime) and a == b
    if isinstance(a, Span) and isinstance(b, Span):
        left, right = a.elapsed(), b.elapsed()
        return left == right if left is not None and right is not None else a == b
    return type(a) is type(b) and bool(a == b)


#: Two values of one of these types have an order.
ORDERED = frozenset({int, str, bool, Decimal, date, datetime})


def order(a: Value, b: Value) -> int:
    """-1, 0 or 1 for two values of one kind that have an order; raises EvaluationError for any others.

    Texts are ordered by code point, no before yes, durations only where both are elapsed time.
    Neither may be null: the caller knows what null means there.
    """
    x: Any = a
    y: Any = b
    if type(a) is type(b) and type(a) in ORDERED:
        return -1 if x < y else int(x > y)
    if isinstance(a, bool) or isinstance(b, bool):
        fits = isinstance(a, bool) and isinstance(b, bool)
    elif isinstance(a, datetime) or isinstance(b, datetime):
        fits = isinstance(a, datetime) and isinstance(b, datetime)
        if not fits and isinstance(a, date) and isinstance(b, date):
            raise EvaluationError(
                "an instant cannot be compared with a date",
                "write date(…) around the instant to get its date",
            )
    elif isinstance(a, Span) and isinstance(b, Span):
        x, y = a.elapsed(), b.elapsed()
        if x is None or y is None:
            raise EvaluationError(
                f"the durations {a} and {b} have no order: one of them depends on the calendar",
                "add them to an instant with add_time and compare the instants",
            )
        fits = True
    else:
        fits = (
            (is_number(a) and is_number(b))
            or (isinstance(a, str) and isinstance(b, str))
            or (isinstance(a, date) and isinstance(b, date))
        )
    if not fits:
        raise EvaluationError(f"{kind(a)} and {kind(b)} have no order")
    return -1 if x < y else int(x > y)


def plain(x: Value) -> str:
    """A value as CEL's `string()` gives it: numbers in plain digits, instants as RFC 3339 in UTC."""
    if isinstance(x, str):
        return x
    if isinstance(x, bool):
        return "true" if x else "false"
    if isinstance(x, Decimal):
        return format(x, "f")
    if is_number(x):
        return str(x)
    if isinstance(x, datetime):
        return x.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(x, date):
        return x.isoformat()
    if isinstance(x, Span):
        return str(x)
    if isinstance(x, Mapping) and "id" in x:
        return str(x["id"])
    raise EvaluationError(f"{kind(x)} cannot be written as text")


def listed(x: Value) -> Sequence[Value]:
    """The elements of a list, or the keys of an object, as CEL walks them; null has none."""
    if isinstance(x, list | tuple):
        return x
    if x is None:
        return ()
    if isinstance(x, Mapping):
        return tuple(x)
    raise EvaluationError(f"{kind(x)} is not a list")


_PLAIN = frozenset({str, int, bool, type(None), Decimal, datetime, date, Span})


def storable(value: Value) -> Value:
    """A value as data keeps it: a person as an id, a role as its name, lists as tuples."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is not dict and isinstance(value, Person):
        return value["id"]
    if kind is dict or isinstance(value, Mapping):
        if len(value) == 1 and "role" in value:
            return value["role"]
        kept: dict[str, Value] = {}
        for key, item in value.items():
            kept[str(key)] = item if type(item) in _PLAIN else storable(item)
        return kept
    if isinstance(value, list | tuple):
        return tuple([item if type(item) in _PLAIN else storable(item) for item in value])
    return value
