"""What time brings to an abstract case: which deadline, timer or promise can be due next.

Of what began together the shorter is due first; of what began earlier, what is shorter. Of equally long ones the earlier,
unless the other comes before it at one instant: two steps may have begun them at the same. What is not comparable, such as
working days with hours, comes in any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from procflow.core.calendar import Calendar
from procflow.core.expressions import Template
from procflow.core.procedure import After, Deadline, Procedure
from procflow.core.times import EveryOpenDay, Span, Time, TimeSyntaxError, parse_time, parse_warn
from procflow.errors import EvaluationError, ProcflowError
from procflow.proof.lengths import DAY, HOUR, Bounds, bounds_of, closes_by_day
from procflow.proof.reading import keys_in
from procflow.proof.zones import FOREVER

_RANK = {"warn": 0, "missed": 1, "after": 2, "promise": 3}
Length = tuple[str, Any]
#: When it began, of what was refused and lies with a person: it is tried again at any time, and nothing waits for it.
ASIDE = -2
#: Units that are so many of another one, whatever the calendar says.
_UNITS = {"weeks": ("days", 7), "years": ("months", 12)}
#: Units of which every hour counts.
_PLAIN = frozenset({"elapsed", "days", "months"})


class Times:
    """The lengths of one procedure's clocks. An item is `kind:name`."""

    def __init__(self, procedure: Procedure, constants: Any) -> None:
        self.procedure = procedure
        self.after: dict[str, After] = {a.id: a for s in procedure.states for a in s.after}
        self.of_data = any(
            keys_in(after.time) for after in self.after.values()
        )  # whether a timer hangs on data
        self.spans: dict[str, Span] = {}
        self.at: dict[str, Time] = {}  # the same, and times of day
        self.parts: dict[str, float] = {}
        for deadline in procedure.deadlines:
            if deadline.since is None and not deadline.pause_in:
                self._keep(f"missed:{deadline.name}", deadline.within, constants)
                self._keep_part(deadline)
        for id, after in self.after.items():
            self._keep(f"after:{id}", after.time, constants)
        for promise in procedure.promises:
            self._keep(f"promise:{promise.name}", promise.within, constants)
        self.lengths = {item: _length(span) for item, span in self.spans.items()}
        organisation = getattr(constants, "organisation", None)
        self.calendar: Calendar | None = organisation.calendar if organisation is not None else None
        self.place = {f"missed:{d.name}": n for n, d in enumerate(procedure.deadlines)}
        self._ranks: dict[tuple[tuple[str, int], ...], tuple[tuple[str, int], ...]] = {}
        self.place |= {f"after:{id}": n for n, id in enumerate(self.after)}

    def _keep(self, item: str, spec: Any, constants: Any) -> None:
        found = time_of(spec, constants)
        if found is not None:
            self.at[item] = found
        if isinstance(found, Span):
            self.spans[item] = found

    def comes_again(self, after: After) -> bool:
        """Whether it comes every open day while its state lasts."""
        found = self.at.get(f"after:{after.id}")
        if found is None and isinstance(after.time, Template):
            first = after.time.parts[0]
            return isinstance(first, str) and first.strip().casefold().startswith("every ")
        return isinstance(found, EveryOpenDay)

    def _keep_part(self, deadline: Deadline) -> None:
        """How large a part of the time is over at the warning at the most, where no calendar counts it."""
        length = self.spans.get(f"missed:{deadline.name}")
        percent = parse_warn(deadline.warn_at).percent if deadline.warn_at else None
        if percent is not None and length is not None and _length(length)[0] in _PLAIN:
            self.parts[deadline.name] = float(percent) / 100.0

    def bounds(self, item: str, by: str) -> Bounds:
        """How long an item that begins now takes at least and at most, in seconds by the clock on the `wall` or `elapsed`;
        or in `working` days that come: of these it is known exactly how many they are."""
        kind, _, name = item.partition(":")
        if by == "working":
            span = self.spans.get(item)
            if span is not None and span.unit == "working_days":
                return float(span.amount), float(span.amount)
            _, most = self.bounds(item, "wall")
            return 0.0, most // DAY + 1.0 if most < FOREVER else most
        if kind == "warn":
            _, most = self.bounds(f"missed:{name}", by)
            return 0.0, most * self.parts.get(name, 1.0) + HOUR
        return bounds_of(self.at.get(item), self.calendar, wall=by == "wall")

    @cached_property
    def in_working_days(self) -> frozenset[str]:
        """What ends as a working day does; nothing, where a day does not end before midnight."""
        found = {item for item, span in self.spans.items() if span.unit == "working_days"}
        if not found or self.calendar is None or not closes_by_day(self.calendar):
            return frozenset()
        return frozenset(found)

    def comes_first(self, item: str, pending: Mapping[str, int]) -> bool:
        """Whether nothing is due before it for certain."""
        mine, began = self.lengths.get(item), pending[item]
        kind, _, name = item.partition(":")
        if kind == "missed" and pending.get(f"warn:{name}", ASIDE) != ASIDE:
            return False
        if mine is None or began < 0:
            return True
        for other, since in pending.items():
            theirs = self.lengths.get(other)
            if other == item or theirs is None or since < 0 or since > began or theirs[0] != mine[0]:
                continue
            if theirs[1] < mine[1]:
                return False
            if theirs[1] == mine[1] and self._order(other) < self._order(item):
                if since < began and mine[0] == "months":
                    continue  # a month of the 29th at ten and one of the 30th at nine are over on one day
                return False
        return True

    def before(self, other: str, item: str, by: str = "") -> bool:
        """Whether `other` comes first where both are due at one instant, or within one day."""
        if by == "working" and not {other, item} <= self.in_working_days:
            return False  # either may be the earlier one that day
        return self._order(other) < self._order(item)

    def _order(self, item: str) -> tuple[int, int]:
        return _RANK[item.partition(":")[0]], self.place.get(item, 0)

    def ranked(self, pending: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
        """What is pending, with ranks only where they tell anything."""
        if not pending:
            return ()
        items = tuple(sorted(pending.items()))
        found = self._ranks.get(items)
        if found is None:
            found = self._ranks[items] = self._ranked(items)
        return found

    def _ranked(self, items: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
        groups: dict[str, list[int]] = {}
        for item, began in items:
            length = self.lengths.get(item)
            if length is not None and began >= 0:
                groups.setdefault(length[0], []).append(began)
        places = {
            unit: {began: n for n, began in enumerate(sorted(set(all_)))} for unit, all_ in groups.items()
        }
        found = []
        for item, began in items:
            length = self.lengths.get(item)
            comparable = length is not None and began >= 0
            else_ = ASIDE if began == ASIDE else -1
            found.append((item, places[length[0]][began] if comparable and length is not None else else_))
        return tuple(found)


def length_of(spec: Any, constants: Any) -> Length | None:
    """(unit, amount) of a length that does not depend on the case; None for any other time."""
    span = span_of(spec, constants)
    return _length(span) if span is not None else None


def _length(span: Span) -> Length:
    elapsed = span.elapsed()
    if elapsed is not None:
        return "elapsed", elapsed
    unit, times = _UNITS.get(span.unit, (span.unit, 1))
    return unit, span.amount * times


def span_of(spec: Any, constants: Any) -> Span | None:
    """A length of time that does not depend on the case; None for any other time."""
    found = time_of(spec, constants)
    return found if isinstance(found, Span) else None


def time_of(spec: Any, constants: Any) -> Time | None:
    """A time that does not depend on the case; None for any other."""
    if isinstance(spec, Template):
        if keys_in(spec):
            return None
        try:
            spec = "".join(
                part if isinstance(part, str) else str(_evaluated(part, constants)) for part in spec.parts
            )
        except (EvaluationError, KeyError, ProcflowError):
            return None
    if isinstance(spec, str):
        try:
            spec = parse_time(spec)
        except TimeSyntaxError:
            return None
    return spec if isinstance(spec, Time) else None


def _evaluated(expression: Any, constants: Any) -> Any:
    from procflow.core.expressions import evaluate

    return evaluate(expression, constants)
