from __future__ import annotations

from collections.abc import Callable
from datetime import date, time

import pytest

from procflow.core.opening import closed_days, days_of, ranges_of, week_of
from procflow.errors import CalendarError


@pytest.mark.parametrize(
    ("key", "days"),
    [
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("sat", [5]),
        ("mon,wed", [0, 2]),
        ("Mon - Wed, fri", [0, 1, 2, 4]),
        ("sat-mon", [5, 6, 0]),
        ("monday", [0]),
    ],
)
def test_weekdays_are_ranges_and_lists(key: str, days: list[int]) -> None:
    assert days_of(key) == days


@pytest.mark.parametrize("key", ["mon-fir", "", "mon-wed-fri", "man", "mon,mon", "mon-wed,tue"])
def test_a_key_that_is_no_weekday_is_named(key: str) -> None:
    with pytest.raises(CalendarError) as wrong:
        days_of(key)
    assert wrong.value.hint


def test_the_nearest_weekday_is_the_hint() -> None:
    with pytest.raises(CalendarError) as wrong:
        days_of("mon-fir")
    assert "'fir' in 'mon-fir'" in wrong.value.message
    assert wrong.value.hint == "fri"


def test_ranges_are_sorted_and_may_touch() -> None:
    assert ranges_of(["13:00-17:00", "9:00 - 13:00"], "mon") == (
        (time(9), time(13)),
        (time(13), time(17)),
    )
    assert ranges_of("09:00-12:00, 13:00-17:00", "mon") == ((time(9), time(12)), (time(13), time(17)))
    assert ranges_of(" Closed ", "sun") == ranges_of("", "sun") == ranges_of([], "sun") == ()
    assert ranges_of("00:00-24:00", "mon") == ((time(0), time(0)),)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("22:00-06:00", "does not end on the day it begins"),
        ("09:00-09:00", "does not end on the day it begins"),
        (["09:00-13:00", "12:00-17:00"], "overlap"),
        ("9-17", "no range of hours"),
        ("09:00", "no range of hours"),
        ("09:70-17:00", "no time of day"),
        ("09:00-24:30", "no time of day"),
    ],
)
def test_hours_that_cannot_be_are_refused(value: str | list[str], said: str) -> None:
    with pytest.raises(CalendarError, match=said) as wrong:
        ranges_of(value, "mon-fri")
    assert wrong.value.hint
    assert "mon-fri" in wrong.value.message


@pytest.mark.parametrize(
    ("wrong", "said", "hint", "word"),
    [
        (lambda: days_of("mon-wed-fri"), "'mon-wed-fri' is no range of weekdays", "mon-fri", "mon-wed-fri"),
        (lambda: days_of("mon,mon"), "'mon,mon' names a weekday twice", "mon-fri", "mon,mon"),
        (
            lambda: ranges_of("09:70-17:00", "mon"),
            "'09:70-17:00' under 'mon' is no time of day", "from 00:00 to 24:00", "09:70-17:00",
        ),
        (
            lambda: days_of("xyzzy"),
            "'xyzzy' in 'xyzzy' is no weekday",
            "mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri", "xyzzy",
        ),
        (
            lambda: week_of({"mon-fri": "09:00-17:00", "fri": "closed"}),
            "fri has its opening hours twice: in 'mon-fri' and in 'fri'", "leave fri out of one of them", "fri",
        ),
        (
            lambda: ranges_of("9-17", "mon"),
            "'9-17' under 'mon' is no range of hours", "09:00-17:00", "9-17",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_what_to_write_and_with_the_word_that_is_wrong(
    wrong: Callable[[], object], said: str, hint: str, word: str
) -> None:
    with pytest.raises(CalendarError) as told:
        wrong()
    assert (told.value.message, told.value.hint, told.value.facts) == (said, hint, {"word": word})


def test_a_weekday_has_its_hours_once() -> None:
    with pytest.raises(CalendarError, match="fri has its opening hours twice: in 'mon-fri' and in 'fri'"):
        week_of({"mon-fri": "09:00-17:00", "fri": "09:00-15:00"})


def test_a_week_begins_on_monday() -> None:
    week = week_of({"sun": "10:00-12:00", "mon": "09:00-17:00"})
    assert week[0] == ((time(9), time(17)),)
    assert week[6] == ((time(10), time(12)),)
    assert week[1:6] == ((),) * 5


def test_days_are_closed_every_year_or_once() -> None:
    assert closed_days(["12-24", "02-29", "2026-05-15"]) == (
        frozenset({(12, 24), (2, 29)}),
        frozenset({date(2026, 5, 15)}),
    )
