"""What `+ - * / %` and a minus sign do to two values of the language.

Numbers are exact: whole ones up to 34 digits, fractions rounded to 34 digits; `/` never cuts off.
It must not know expressions or where a value came from; null is the caller's matter.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, DecimalException, localcontext

from procflow.core.times import Span
from procflow.core.values import EXACT, Number, Value, elapsed, is_number, kind, number
from procflow.errors import EvaluationError

MAX_TEXT = 65_536
MAX_LIST = 10_000
#: Steps that reckoning with instants and durations costs.
_TIMES = 8

_WORDS = {"+": "added to", "-": "subtracted from", "*": "multiplied by", "/": "divided by", "%": "divided by"}


def check_text(length: int, spend: Callable[[int], None]) -> None:
    """Refuse a text longer than 64 Ki characters before it is made, and charge for it."""
    if length > MAX_TEXT:
        raise EvaluationError(f"a text would have {length} characters; at most {MAX_TEXT} are allowed")
    if length > 64:
        spend(length // 64)


def check_list(length: int, spend: Callable[[int], None]) -> None:
    """Refuse a list longer than 10 000 elements before it is made, and charge for it."""
    if length > MAX_LIST:
        raise EvaluationError(f"a list would have {length} elements; at most {MAX_LIST} are allowed")
    spend(length // 4)


def combine(operator: str, a: Value, b: Value, spend: Callable[[int], None]) -> Value:
    """`a operator b` for + - * / %; raises EvaluationError where kinds do not fit or the budget is spent."""
    if is_number(a) and is_number(b):
        return _numbers(operator, a, b)
    if operator == "+":
        if isinstance(a, str) and isinstance(b, str):
            check_text(len(a) + len(b), spend)
            return a + b
        if isinstance(a, list | tuple) and isinstance(b, list | tuple):
            check_list(len(a) + len(b), spend)
            return (*a, *b)
    if operator in "+-":
        spend(_TIMES)
        timed = _times(operator, a, b)
        if timed is not None:
            return timed
    if operator == "-":
        raise EvaluationError(f"{kind(b)} cannot be subtracted from {kind(a)}")
    hint = "write string(…) around what is no text" if isinstance(a, str) != isinstance(b, str) else ""
    raise EvaluationError(f"{kind(a)} cannot be {_WORDS[operator]} {kind(b)}", hint)


def negative(a: Value) -> Value:
    """`-a` for a number or an elapsed duration."""
    if is_number(a):
        return number(a.copy_negate() if isinstance(a, Decimal) else -a)  # `-` would round to 28 digits
    if isinstance(a, Span):
        return elapsed(-_delta(a))
    raise EvaluationError(f"{kind(a)} has no negative")


def _numbers(operator: str, a: Number, b: Number) -> Number:
    if type(a) is int and type(b) is int:
        if operator == "+":
            return number(a + b)
        if operator == "-":
            return number(a - b)
        if operator == "*":
            return number(a * b)
    if operator in "/%" and b == 0:
        raise EvaluationError("a number is divided by zero")
    if operator == "%" and type(a) is int and type(b) is int:
        rest = abs(a) % abs(b)  # the sign of what is divided, as in CEL
        return -rest if a < 0 else rest
    x, y = Decimal(a), Decimal(b)
    try:
        if operator == "+":
            return number(EXACT.add(x, y))
        if operator == "-":
            return number(EXACT.subtract(x, y))
        if operator == "*":
            return number(EXACT.multiply(x, y))
        if operator == "/":
            return number(EXACT.divide(x, y))
        return number(EXACT.remainder(x, y))
    except DecimalException:
        raise EvaluationError("the result does not fit into 34 digits") from None


def rounded(x: Number, rounding: str) -> Number:
    """The whole number next to `x` by a rounding mode of `decimal`."""
    if type(x) is int:
        return x
    with localcontext(EXACT):
        return number(Decimal(x).to_integral_value(rounding=rounding))


def _delta(span: Span) -> timedelta:
    delta = span.elapsed()
    if delta is None:
        raise EvaluationError(
            f"{span} depends on the calendar, so it cannot be reckoned with here",
            f'write add_time(instant, "{span}")',
        )
    return delta


def _times(operator: str, a: Value, b: Value) -> Value:
    """Instants, dates and durations; None where the kinds do not fit."""
    try:
        if isinstance(a, datetime):
            if isinstance(b, Span):
                return a + _delta(b) if operator == "+" else a - _delta(b)
            if isinstance(b, datetime) and operator == "-":
                return elapsed(a - b)
        elif isinstance(a, date):
            if isinstance(b, date) and not isinstance(b, datetime) and operator == "-":
                return (a - b).days
        elif isinstance(a, Span):
            if isinstance(b, datetime) and operator == "+":
                return b + _delta(a)
            if isinstance(b, Span):
                return elapsed(_delta(a) + _delta(b) if operator == "+" else _delta(a) - _delta(b))
    except OverflowError:
        raise EvaluationError("the instant lies outside the years 1 to 9999") from None
    return None
