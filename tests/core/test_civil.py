from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from procflow.core.civil import in_iso, is_repeated, months_on, utc_of, zone_name

ZONES = [ZoneInfo(name) for name in ("Europe/Copenhagen", "America/Havana", "Australia/Lord_Howe", "UTC")]


@given(st.sampled_from(ZONES), st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1)))
@example(ZONES[0], datetime(2010, 10, 31, 2, 0, fold=1))
def test_a_wall_clock_that_exists_comes_back_from_its_instant(zone: ZoneInfo, wall: datetime) -> None:
    instant, jump = utc_of(wall, zone)
    back = instant.astimezone(zone).replace(tzinfo=None)
    if jump == "gap":
        assert back > wall
        before = (instant - timedelta(microseconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < wall, "nothing lies between the gap and the first moment after it"
    else:
        assert back == wall
        assert is_repeated(instant.astimezone(zone)) is (jump == "overlap")
        assert instant.astimezone(zone).fold == 0


@given(st.sampled_from([UTC, *ZONES]), st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))
@example(ZONES[0], datetime(2010, 10, 31, 2, 0, fold=1))
def test_an_instant_in_iso_is_what_isoformat_says(zone: ZoneInfo, wall: datetime) -> None:
    instant = wall.replace(tzinfo=zone)
    assert in_iso(instant) == instant.isoformat()
    assert in_iso(instant.astimezone(UTC)) == instant.astimezone(UTC).isoformat()


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("Europe/Copenhagen", "2026-03-29 02:00", "2026-03-29T01:00:00+00:00"),
        ("Europe/Copenhagen", "2026-03-29 02:59:59.5", "2026-03-29T01:00:00+00:00"),
        ("America/Havana", "2026-03-08 00:30", "2026-03-08T05:00:00+00:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:15", "2026-10-03T15:30:00+00:00"),
        ("Pacific/Apia", "2011-12-30 12:00", "2011-12-30T10:00:00+00:00"),
    ],
)
def test_a_skipped_wall_clock_is_the_first_moment_after(zone: str, wall: str, instant: str) -> None:
    found = utc_of(datetime.fromisoformat(wall), ZoneInfo(zone))
    assert found == (datetime.fromisoformat(instant), "gap")


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-500, 500))
def test_months_keep_the_day_or_take_the_last_one(day: date, months: int) -> None:
    found, clamped = months_on(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    if clamped:
        assert found.day < day.day
        assert (found + timedelta(days=1)).day == 1
    else:
        assert found.day == day.day


def test_february_has_29_days_every_fourth_year_and_of_the_hundreds_only_every_fourth() -> None:
    last = {
        year: months_on(date(year, 1, 31), 1)[0].day for year in (1896, 1900, 1901, 2000, 2024, 2100, 2400)
    }
    assert last == {1896: 29, 1900: 28, 1901: 28, 2000: 29, 2024: 29, 2100: 28, 2400: 29}


def test_months_outside_the_calendar_are_an_overflow() -> None:
    assert months_on(date(9999, 11, 30), 1) == (date(9999, 12, 30), False)
    assert months_on(date(1, 2, 1), -1) == (date(1, 1, 1), False)
    for day, months in ((date(9999, 12, 1), 1), (date(1, 1, 1), -1)):
        with pytest.raises(OverflowError, match=r"^the date lies outside the years 1 to 9999$"):
            months_on(day, months)


def test_a_zone_without_letters_is_told_by_its_offset() -> None:
    instant = datetime(2026, 7, 1, tzinfo=UTC)
    assert zone_name(instant.astimezone(ZoneInfo("Europe/Copenhagen"))) == "CEST"
    assert zone_name(instant.astimezone(ZoneInfo("Asia/Kathmandu"))) == "UTC+05:45"
