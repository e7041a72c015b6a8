"""A time that is a day later: by the calendar where the time counts so, else 24 hours.

It must not know procedures. What is only known in a step (`${param('clock')}`) is moved when the step asks.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from procflow.core.expressions import Call, Expression, Template
from procflow.core.times import AtInstant, NextOpenDay, OnDate, Shifted, Span, Today, parse_time
from procflow.errors import CalendarError

#: The function that a moved time calls; no plugin can have this name.
LATER = "a_day_later~"
#: What one day more is, in each unit that says it; the others become the unit beside.
_ONE_DAY = {
    "seconds": (1, 86_400, "seconds"), "minutes": (1, 1_440, "minutes"), "hours": (1, 24, "hours"),
    "hours_on_open_days": (1, 24, "hours_on_open_days"), "open_hours": (1, 8, "open_hours"),
    "days": (1, 1, "days"), "working_days": (1, 1, "working_days"), "weeks": (7, 1, "days"),
    "months": (31, 1, "days"), "years": (366, 1, "days"),
}  # fmt: skip


def a_day_later(spec: Any) -> Any:
    """A time of a procedure, moved: written out where it is known, else by a call of `LATER` in the step."""
    if isinstance(spec, Template) and not spec.is_static:
        # the first value is what it counts from (`${report_due} minus 2 weeks`), or all there is
        n, part = next((n, part) for n, part in enumerate(spec.parts) if isinstance(part, Expression))
        node = Call(LATER, None, (part.node,), part.at)
        later = Expression(f"{LATER}({part.source})", node, part.at)
        return Template((*spec.parts[:n], later, *spec.parts[n + 1 :]))
    return moved(spec)


def moved(value: Any) -> Any:
    """A time, or an instant or a date, a day later; what is no time stays as it is."""
    if isinstance(value, datetime | date):
        return value + timedelta(days=1)
    if isinstance(value, str):
        try:
            value = parse_time(value)
        except CalendarError:
            return value
        after = moved(value)
        return after if isinstance(after, Span) else str(after)
    if isinstance(value, Span):
        times, more, unit = _ONE_DAY[value.unit]
        return Span(value.amount * times + more, unit)
    if isinstance(value, Today):
        return NextOpenDay(value.at)
    if isinstance(value, NextOpenDay):
        return Today(value.at)  # a day earlier: nothing says the open day after next
    if isinstance(value, OnDate):
        return OnDate(value.day + timedelta(days=1), value.at)
    if isinstance(value, AtInstant):
        return AtInstant(value.at + timedelta(days=1))
    if isinstance(value, Shifted):
        return Shifted(moved(value.base), value.by, value.back, value.roll)
    return Span(2, "days")


def in_words(spec: Any) -> str:
    """A time as it is written."""
    if isinstance(spec, Template):
        return "".join(part if isinstance(part, str) else f"${{{part.source}}}" for part in spec.parts)
    return str(spec)
