"""Zones: what is known of how long it still is until each thing is due."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta

import pytest

from procflow.core.times import Span
from procflow.definitions.from_texts import documents_of
from procflow.proof.lengths import closes_by_day
from procflow.proof.zones import FOREVER, Zone, closed, firing, passing, started, without
from procflow.rehearsal.bench import ORGANISATION

HOUR = 3600.0
PLAIN = "procedure: p\ntitle: P\ninitial: a\nstates: {a: {final: true}}\n"


def running(**hours: float) -> Zone:
    """Items that began together, each of so many hours."""
    lengths = {item: (length * HOUR, length * HOUR) for item, length in hours.items()}
    return started({}, lengths, tuple(hours))


def left(zone: Zone | None, item: str) -> tuple[float, float]:
    """The least and the most time that an item still has, in hours."""
    assert zone is not None
    return -zone.get(("", item), FOREVER) / HOUR, zone.get((item, ""), FOREVER) / HOUR


def never(other: str) -> bool:
    return False


def test_of_two_that_began_together_the_shorter_is_first_and_the_rest_of_the_other_is_known() -> None:
    zone = running(a=1, b=3)
    assert left(firing(zone, "a", "ab", never), "b") == (2, 2)
    assert firing(zone, "b", "ab", never) is None


def test_time_that_passed_is_not_known_but_the_difference_stays() -> None:
    zone = passing(running(a=1, b=3), "ab")
    assert left(zone, "a") == (0, 1)
    assert left(zone, "b") == (2, 3)
    assert left(firing(zone, "a", "ab", never), "b") == (2, 2)
    assert firing(zone, "b", "ab", never) is None


def test_what_begins_while_something_runs_may_come_before_or_after_it() -> None:
    zone = started(passing(running(a=2), "a"), {"b": (HOUR, HOUR)}, "ab")
    assert left(firing(zone, "a", "ab", never), "b") == (0, 1)
    assert left(firing(zone, "b", "ab", never), "a") == (0, 1)
    later = started(passing(running(a=1), "a"), {"b": (3 * HOUR, 3 * HOUR)}, "ab")
    assert left(firing(later, "a", "ab", never), "b") == (2, 3)
    assert firing(later, "b", "ab", never) is None


def test_of_two_that_are_due_at_once_the_order_says_which_is_first() -> None:
    zone = running(a=1, b=1)
    assert left(firing(zone, "a", "ab", never), "b") == (0, 0)
    assert firing(zone, "a", "ab", "b".__eq__) is None


def test_a_length_between_bounds_leaves_what_it_leaves() -> None:
    zone = started({}, {"a": (HOUR, HOUR), "b": (HOUR / 2, FOREVER)}, "ab")
    assert left(firing(zone, "a", "ab", never), "b") == (0, FOREVER)
    assert left(firing(zone, "b", "ab", never), "a") == (0, 0.5)


def test_what_is_gone_is_forgotten_and_nothing_else() -> None:
    zone = running(a=1, b=2, c=4)
    assert without(zone, {"b"}) == running(a=1, c=4)


@pytest.mark.parametrize("least", [1.0, 2.0, 3.0])
def test_bounds_that_cannot_be_fit_nothing(least: float) -> None:
    assert (closed({("a", ""): 2.0, ("", "a"): -least}, "a") is None) == (least > 2)


def test_so_many_working_days_are_so_many_more_that_have_come_whenever_they_begin() -> None:
    """So lengths in working days can be added up, whatever holidays lie between."""
    calendar = documents_of(PLAIN, organisation=ORGANISATION).organisation.calendar
    assert closes_by_day(calendar)
    first = date(2026, 12, 1)
    working = [day for n in range(200) if calendar.is_open_day(day := first + timedelta(days=n))]

    def come(instant: datetime) -> int:
        return bisect_right(working, calendar.civil_date(instant))

    begins = [calendar.midnight(first) + timedelta(hours=n * 7) for n in range(500)]
    for amount in (1, 3):
        ends = [calendar.due(Span(amount, "working_days"), begin).at for begin in begins]
        assert {come(end) - come(begin) for begin, end in zip(begins, ends, strict=True)} == {amount}
