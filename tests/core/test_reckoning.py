"""Due instants: the tables of worked deadlines, both clock changes, and what holds for any time."""

from __future__ import annotations

import json
import os
import time as system_time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.core.calendar import Calendar, Due, calendar_from_yaml_values
from procflow.core.record import decode, encode
from procflow.core.times import EveryOpenDay, Span, parse_time
from procflow.definitions.holidays_of import public_holidays
from procflow.errors import CalendarError

DK = ZoneInfo("Europe/Copenhagen")


@pytest.fixture(scope="module", autouse=True, params=["UTC", "America/New_York"])
def system_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    system_time.tzset()
    assert datetime(2026, 7, 1).astimezone().utcoffset() == timedelta(
        hours=0 if request.param == "UTC" else -4
    )
    for calendar in (CALENDAR, *OTHER_CALENDARS):
        calendar._days.clear()  # nothing that was looked up under another system zone is left
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    system_time.tzset()


def danish(**changed: object) -> Calendar:
    values: dict[str, object] = {
        "zone": "Europe/Copenhagen",
        "country": "DK",
        "closed": ["06-05", "12-24", "12-31"],
        "open": {"mon-fri": "09:00-17:00"},
        "holidays": public_holidays("DK", 2020, 2035, "da"),
    }
    return calendar_from_yaml_values(**(values | changed))  # type: ignore[arg-type]


CALENDAR = danish()


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=DK, fold=fold).astimezone(UTC)


def due(text: str, start: str, *, calendar: Calendar = CALENDAR, fold: int = 0, bare: str = "closing") -> Due:
    return calendar.due(parse_time(text), at(start, fold), bare_date=bare)


def notes(found: Due) -> dict[str, dict[str, object]]:
    return {name: dict(facts) for name, facts in found.derivation}


# start; fold; due after 24 hours; fold; act_by; due where closed days stand still
DAY_AND_NIGHT = [
    ("2026-03-03 10:12", 0, "2026-03-04 10:12", 0, "2026-03-04 10:12", "2026-03-04 10:12"),
    ("2026-03-06 15:00", 0, "2026-03-07 15:00", 0, "2026-03-06 17:00", "2026-03-09 15:00"),
    ("2026-03-28 14:00", 0, "2026-03-29 15:00", 0, None, "2026-03-31 00:00"),
    ("2026-04-01 15:30", 0, "2026-04-02 15:30", 0, "2026-04-01 17:00", "2026-04-07 15:30"),
    ("2026-05-13 16:00", 0, "2026-05-14 16:00", 0, "2026-05-13 17:00", "2026-05-15 16:00"),
    ("2026-10-23 14:00", 0, "2026-10-24 14:00", 0, "2026-10-23 17:00", "2026-10-26 14:00"),
    ("2026-10-24 11:00", 0, "2026-10-25 10:00", 0, None, "2026-10-27 00:00"),
    ("2026-10-25 02:30", 0, "2026-10-26 01:30", 0, None, "2026-10-27 00:00"),
    ("2026-12-23 13:15", 0, "2026-12-24 13:15", 0, "2026-12-23 17:00", "2026-12-28 13:15"),
]


@pytest.mark.parametrize(("start", "fold", "ends", "end_fold", "act_by", "paused"), DAY_AND_NIGHT)
def test_24_hours_are_real_hours(
    start: str, fold: int, ends: str, end_fold: int, act_by: str | None, paused: str
) -> None:
    found = due("24 hours", start, fold=fold)
    assert found.at == at(ends, end_fold)
    assert found.act_by == (None if act_by is None else at(act_by))
    assert found.closed_hours is (act_by is None)


@pytest.mark.parametrize(("start", "fold", "ends", "end_fold", "act_by", "paused"), DAY_AND_NIGHT)
def test_24_hours_on_open_days_stand_still_on_closed_ones(
    start: str, fold: int, ends: str, end_fold: int, act_by: str | None, paused: str
) -> None:
    assert due("24 hours on open days", start, fold=fold).at == at(paused)


WORKING_DAYS = [
    ("2026-03-09", "2026-03-13", "2026-03-16", "2026-03-13", "2026-03-14"),
    ("2026-04-01", "2026-04-10", "2026-04-13", "2026-04-05", "2026-04-06"),
    ("2026-05-11", "2026-05-18", "2026-05-19", "2026-05-15", "2026-05-16"),
    ("2026-05-21", "2026-05-28", "2026-05-29", "2026-05-25", "2026-05-26"),
    ("2026-06-02", "2026-06-09", "2026-06-10", "2026-06-06", "2026-06-07"),
    ("2026-10-22", "2026-10-28", "2026-10-29", "2026-10-26", "2026-10-27"),
    ("2026-12-23", "2027-01-04", "2027-01-05", "2026-12-27", "2026-12-28"),
]


@pytest.mark.parametrize(("start", "four", "five", "four_days", "five_days"), WORKING_DAYS)
@pytest.mark.parametrize("clock", ["00:00", "08:59", "10:05", "17:00", "23:59"])
def test_working_days_leave_out_the_day_of_start_and_end_at_closing(
    start: str, four: str, five: str, four_days: str, five_days: str, clock: str
) -> None:
    assert due("4 working days", f"{start} {clock}").at == at(f"{four} 17:00")
    assert due("5 working days", f"{start} {clock}").at == at(f"{five} 17:00")
    assert due("4 days", f"{start} {clock}").at == at(f"{four_days} {clock}")
    assert due("5 days", f"{start} {clock}").at == at(f"{five_days} {clock}")


def test_what_was_counted_once_is_told_and_written_alike_for_every_case_of_the_day() -> None:
    calendar = danish()
    first, second = (
        due("4 working days", f"2026-04-01 {clock}", calendar=calendar) for clock in ("10:05", "11:40")
    )
    for found in (first, first, second):
        told = json.loads(json.dumps(found.to_json()))
        assert encode(found.to_json()) == encode(told)
    assert first.derivation[1:] == second.derivation[1:] and first.derivation[0] != second.derivation[0]
    assert {word for word, _ in second.derivation} == {"start", "working_days", "closed"}


@pytest.mark.parametrize(
    ("text", "start", "ends"),
    [
        ("15 working days", "2026-05-22 16:30", "2026-06-16 17:00"),
        ("4 working days", "2026-10-22 10:00", "2026-10-28 17:00"),
        ("10 working days", "2026-08-28 09:00", "2026-09-11 17:00"),
        ("4 working days", "2026-03-07 12:00", "2026-03-12 17:00"),
        ("1 working day", "2026-04-02 12:00", "2026-04-07 17:00"),
        ("15 open hours", "2026-04-01 15:30", "2026-04-08 14:30"),
        ("8 open hours", "2026-03-06 17:00", "2026-03-09 17:00"),
        ("6 open hours", "2026-03-03 08:00", "2026-03-03 15:00"),
        ("1.5 open hours", "2026-03-06 16:00", "2026-03-09 09:30"),
        ("1 month", "2026-01-31 10:00", "2026-02-28 10:00"),
        ("1 month", "2028-01-31 10:00", "2028-02-29 10:00"),
        ("13 months", "2026-12-31 10:00", "2028-01-31 10:00"),
        ("1 year", "2028-02-29 10:00", "2029-02-28 10:00"),
        ("2 weeks", "2026-03-20 10:00", "2026-04-03 10:00"),
        ("today at closing", "2026-03-03 10:00", "2026-03-03 17:00"),
        ("today at 15:00", "2026-03-03 10:00", "2026-03-03 15:00"),
        ("today at 15:00", "2026-03-03 15:00", "2026-03-04 15:00"),
        ("today at 15:00", "2026-03-07 10:00", "2026-03-07 15:00"),
        ("today at closing", "2026-03-03 17:00", "2026-03-04 17:00"),
        ("today at closing", "2026-03-06 18:00", "2026-03-09 17:00"),
        ("today at closing", "2026-05-14 10:00", "2026-05-15 17:00"),
        ("next open day at 09:00", "2026-04-01 12:00", "2026-04-07 09:00"),
        ("next open day at 09:00", "2026-03-02 07:00", "2026-03-03 09:00"),
        ("next open day", "2026-03-07 07:00", "2026-03-09 09:00"),
        ("next open day at closing", "2026-03-07 07:00", "2026-03-09 17:00"),
        ("every open day at 08:00", "2026-03-06 07:59", "2026-03-06 08:00"),
        ("every open day at 08:00", "2026-03-06 08:00", "2026-03-09 08:00"),
        ("2026-05-19 14:00", "2026-05-11 10:00", "2026-05-19 14:00"),
        ("2026-05-19T12:00:00Z", "2026-05-11 10:00", "2026-05-19 14:00"),
        ("2026-05-19 plus 4 working days", "2026-05-11 10:00", "2026-05-26 17:00"),
        ("2026-05-19 minus 2 working days", "2026-05-11 10:00", "2026-05-15 17:00"),
        ("2026-05-18 10:00 minus 2 working days", "2026-05-11 10:00", "2026-05-13 10:00"),
        ("2026-05-18 10:00 minus 2 open hours", "2026-05-11 10:00", "2026-05-15 16:00"),
        ("2026-05-18 10:00 minus 24 hours on open days", "2026-05-11 10:00", "2026-05-15 10:00"),
        ("2026-05-19 plus 90 minutes", "2026-05-11 10:00", "2026-05-19 18:30"),
        ("2026-05-19 10:00 minus 3 days rolled back to an open day", "2026-05-11 10:00", "2026-05-15 10:00"),
        ("2026-05-16 rolled forward to an open day", "2026-05-11 10:00", "2026-05-18 17:00"),
    ],
)
def test_worked_times(text: str, start: str, ends: str) -> None:
    assert due(text, start).at == at(ends)


@pytest.mark.parametrize(
    ("day", "back", "raw", "rolled"),
    [
        ("2026-11-30", "3 months", "2026-08-30", "2026-08-28"),
        ("2026-05-31", "3 months", "2026-02-28", "2026-02-27"),
        ("2026-07-04", "3 months", "2026-04-04", "2026-04-01"),
        ("2027-01-01", "3 months", "2026-10-01", "2026-10-01"),
        ("2026-07-13", "1 month", "2026-06-13", "2026-06-12"),
        ("2026-03-31", "1 month", "2026-02-28", "2026-02-27"),
    ],
)
def test_months_before_a_date_are_clamped_and_rolled_back(day: str, back: str, raw: str, rolled: str) -> None:
    start = "2026-01-02 10:00"
    text = f"{day} minus {back}"
    assert due(f"{text} rolled back to an open day", start).at == at(f"{rolled} 17:00")
    assert due(f"{text} rolled back to an open day", start, bare="opening").at == at(f"{rolled} 09:00")
    plain = due(text, start)
    after_midnight = at(f"{raw} 00:00") + timedelta(days=1)
    assert plain.at == (at(f"{raw} 17:00") if raw == rolled else after_midnight), (
        "a closed day lasts till midnight"
    )


def test_a_bare_date_means_opening_or_closing_as_the_place_says() -> None:
    start = "2026-01-02 10:00"
    assert due("2026-05-19", start).at == at("2026-05-19 17:00")
    assert due("2026-05-19", start, bare="opening").at == at("2026-05-19 09:00")
    assert due("2026-05-19", start, bare="start").at == at("2026-05-19 09:00")
    # Saturday: until the end of it, from Monday's opening, and counted from its own midnight
    assert due("2026-05-16", start).at == at("2026-05-17 00:00")
    assert due("2026-05-16", start, bare="opening").at == at("2026-05-18 09:00")
    assert due("2026-05-16", start, bare="start").at == at("2026-05-16 00:00")
    with pytest.raises(ValueError, match="bare date"):
        due("2026-05-16", start, bare="noon")


def test_the_wall_clock_that_is_missing_is_the_first_moment_after() -> None:
    found = due("1 day", "2026-03-28 02:30")
    assert found.at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert CALENDAR.local(found.at).strftime("%H:%M %Z") == "03:00 CEST"
    assert notes(found)["gap"]["wall"] == "2026-03-29T02:30:00"
    assert due("2026-03-29 02:30", "2026-03-01 10:00").at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_the_wall_clock_that_comes_twice_is_its_first_coming() -> None:
    found = due("1 day", "2026-10-24 02:30")
    assert found.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert notes(found)["overlap"]["wall"] == "2026-10-25T02:30:00"


def test_the_second_half_past_two_counts_from_itself() -> None:
    assert due("24 hours", "2026-10-25 02:30", fold=1).at == at("2026-10-26 02:30")
    assert due("24 hours", "2026-10-25 02:30", fold=0).at == at("2026-10-26 01:30")
    assert due("1 hour", "2026-10-25 02:30", fold=0).at == at("2026-10-25 02:30", fold=1)
    assert due("0 days", "2026-10-25 02:30", fold=1).at == at("2026-10-25 02:30", fold=1)


def test_elapsed_hours_run_over_the_missing_hour() -> None:
    found = due("1 hour", "2026-03-29 01:30")
    assert found.at == at("2026-03-29 03:30")
    assert notes(found)["clock_change"] == {
        "at": "2026-03-29T01:00:00+00:00",
        "by": 3600,
        "from": "CET",
        "to": "CEST",
    }
    assert "clock_change" not in notes(due("24 hours on open days", "2026-03-28 14:00"))


def test_open_sundays_run_23_and_25_hours() -> None:
    calendar = danish(open={"mon-sun": "00:00-24:00"})
    for text in ("24 hours on open days", "24 open hours"):
        spring = due(text, "2026-03-28 14:00", calendar=calendar)
        autumn = due(text, "2026-10-24 14:00", calendar=calendar)
        assert (spring.at, autumn.at) == (at("2026-03-29 15:00"), at("2026-10-25 13:00"))
        assert "clock_change" in notes(spring) and "clock_change" in notes(autumn)


def test_store_bededag_is_a_holiday_to_2023_and_a_working_day_since() -> None:
    assert due("1 working day", "2023-05-04 10:00").at == at("2023-05-08 17:00")
    assert due("1 working day", "2024-04-25 10:00").at == at("2024-04-26 17:00")
    assert due("1 working day", "2026-04-30 10:00").at == at("2026-05-01 17:00")


def test_each_skipped_day_is_named_with_its_reason() -> None:
    found = notes(due("4 working days", "2026-04-01 15:30"))["closed"]["days"]
    assert found == (
        ("2026-04-02", "2026-04-02", "holiday", "Skærtorsdag"),
        ("2026-04-03", "2026-04-03", "holiday", "Langfredag"),
        ("2026-04-04", "2026-04-04", "weekend", ""),
        ("2026-04-05", "2026-04-05", "holiday", "Påskedag"),
        ("2026-04-06", "2026-04-06", "holiday", "Anden påskedag"),
    )
    custom = notes(due("4 working days", "2026-06-02 10:00"))["closed"]["days"]
    assert custom == (("2026-06-05", "2026-06-05", "custom", ""), ("2026-06-06", "2026-06-07", "weekend", ""))
    paused = notes(due("24 hours on open days", "2026-03-07 12:00"))["closed"]["days"]
    assert paused == (("2026-03-07", "2026-03-08", "weekend", ""),)


def test_a_closing_that_has_passed_says_so() -> None:
    assert "today_passed" in notes(due("today at closing", "2026-03-03 17:30"))
    assert "today_closed" in notes(due("today at closing", "2026-03-07 10:00"))
    assert "today_passed" not in notes(due("today at closing", "2026-03-03 16:00"))


def test_today_can_be_another_date_than_that_of_the_start() -> None:
    found = CALENDAR.due(parse_time("today at closing"), at("2026-03-03 10:00"), today=date(2026, 3, 5))
    assert found.at == at("2026-03-05 17:00")
    following = CALENDAR.due(parse_time("next open day"), at("2026-03-03 10:00"), today=date(2026, 3, 6))
    assert following.at == at("2026-03-09 09:00")


def test_closed_hours_name_the_first_open_instant() -> None:
    found = due("24 hours", "2026-10-24 11:00")
    assert found.opens == at("2026-10-26 09:00")
    assert due("24 hours", "2026-03-03 10:12").opens is None


def test_receipt_at_closing_time_still_has_that_instant_to_act() -> None:
    assert due("24 hours", "2026-03-06 17:00").act_by == at("2026-03-06 17:00")
    assert due("24 hours", "2026-03-06 17:01").closed_hours


def test_a_date_that_lay_before_the_start_is_over_and_nobody_was_closed() -> None:
    found = due("2026-03-02", "2026-03-04 10:00")
    assert (found.at, found.act_by, found.closed_hours) == (at("2026-03-02 17:00"), None, False)
    assert "past" in notes(found)


def test_a_due_instant_survives_json_and_the_record() -> None:
    for text in ("24 hours", "5 working days", "2026-11-30 minus 3 months rolled back to an open day"):
        found = due(text, "2026-10-24 11:00")
        assert Due.from_json(json.loads(json.dumps(found.to_json()))) == found
        assert Due.from_json(found.to_json()).to_json() == found.to_json()
        assert decode(encode(found.to_json())) == found.to_json(), (
            "so that an unchanged clock is seen as such"
        )
        assert hash(Due.from_json(found.to_json())) == hash(found)


def test_add_takes_texts_and_negative_elapsed_spans() -> None:
    assert CALENDAR.add(at("2026-05-11 10:00"), "4 working days") == at("2026-05-18 17:00")
    assert CALENDAR.add(at("2026-05-11 10:00"), Span(-90, "minutes")) == at("2026-05-11 08:30")
    with pytest.raises(CalendarError):
        CALENDAR.add(at("2026-05-11 10:00"), "soon")


def test_every_open_day_comes_strictly_after() -> None:
    every = parse_time("every open day at 08:00")
    assert isinstance(every, EveryOpenDay)
    assert CALENDAR.every_after(every, at("2026-04-01 07:59")) == at("2026-04-01 08:00")
    assert CALENDAR.every_after(every, at("2026-04-01 08:00")) == at("2026-04-07 08:00")
    assert CALENDAR.every_after(every, at("2026-04-04 12:00")) == at("2026-04-07 08:00")


@pytest.mark.parametrize(
    ("of", "before", "due"),
    [
        ("month", "2026-04-30 10:00", "2026-05-01 09:00"),
        ("month", "2026-05-01 08:59", "2026-05-01 09:00"),
        ("month", "2026-05-01 09:00", "2026-06-01 09:00"),
        ("month", "2026-03-02 08:00", "2026-03-02 09:00"),  # 1 March is a Sunday
        ("quarter", "2026-02-10 10:00", "2026-04-01 09:00"),
        ("quarter", "2026-12-30 10:00", "2027-01-04 09:00"),  # over New Year's Day and a weekend
        ("year", "2026-01-02 09:00", "2027-01-04 09:00"),
    ],
)
def test_the_first_open_day_of_a_month_a_quarter_or_a_year_comes_once(of, before, due) -> None:
    every = parse_time(f"every first open day of the {of} at 09:00")
    assert CALENDAR.every_after(every, at(before)) == at(due)


def test_the_first_open_day_of_something_else_is_told_what_there_is() -> None:
    with pytest.raises(CalendarError, match="no month, quarter or year"):
        parse_time("every first open day of the week at 09:00")


@pytest.mark.parametrize(
    "text",
    [
        "4000 working days",
        "30 years",
        "1000000 open hours",
        "8000 years",
        "999999999 days",
        "9999999999 hours",
    ],
)
def test_a_time_beyond_the_known_years_is_refused_and_says_so(text: str) -> None:
    with pytest.raises(CalendarError, match="2020 to 2035"):
        due(text, "2026-05-11 10:00")


def test_an_instant_without_a_zone_and_a_time_less_than_none_are_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        CALENDAR.due(parse_time("1 hour"), datetime(2026, 5, 11))
    with pytest.raises(CalendarError, match="less than no time"):
        due("-1 hours", "2026-05-11 10:00")


@pytest.mark.parametrize(
    "text", ["4 working days", "2 open hours", "24 hours on open days", "next open day", "today at closing"]
)
def test_without_any_opening_hours_only_elapsed_and_civil_time_can_be_reckoned(text: str) -> None:
    never = danish(open={})
    with pytest.raises(CalendarError, match="no weekday has opening hours"):
        due(text, "2026-05-11 10:00", calendar=never)
    found = due("24 hours", "2026-05-11 10:00", calendar=never)
    assert found.closed_hours and found.opens is None


@pytest.mark.parametrize(
    ("spec", "text", "start", "warned"),
    [
        # elapsed time: three quarters of it
        ("75%", "8 hours", "2026-03-03 09:00", "2026-03-03 15:00"),
        # at night: the last open moment before it
        ("75%", "24 hours", "2026-03-03 10:12", "2026-03-03 17:00"),
        ("75%", "24 hours", "2026-03-06 15:00", "2026-03-06 17:00"),
        # nobody there since the start: it stays where it is
        ("75%", "24 hours", "2026-03-07 10:00", "2026-03-08 04:00"),
        # the part of the time that runs
        ("75%", "24 hours on open days", "2026-03-06 15:00", "2026-03-09 09:00"),
        ("50%", "24 hours on open days", "2026-03-28 14:00", "2026-03-30 12:00"),
        # the part of the open time: 7 of Monday's hours and 4 times 8
        ("75%", "4 working days", "2026-03-09 10:00", "2026-03-12 15:15"),
        ("50%", "8 open hours", "2026-03-06 15:00", "2026-03-09 11:00"),
        # civil days: three quarters of the time from start to due
        ("75%", "4 days", "2026-03-02 12:00", "2026-03-05 12:00"),
        ("4 hours before", "5 working days", "2026-05-11 10:05", "2026-05-19 13:00"),
        ("1 working day before", "5 working days", "2026-05-11 10:05", "2026-05-18 17:00"),
        ("10 hours before", "5 working days", "2026-05-11 10:05", "2026-05-18 17:00"),
        ("4 open hours before", "24 hours", "2026-03-03 10:12", "2026-03-03 14:12"),
        ("4 hours before", "2 hours", "2026-03-03 10:00", "2026-03-03 10:00"),
        ("15 years before", "2 hours", "2026-03-03 10:00", "2026-03-03 10:00"),
        ("30 days before", "2026-11-30", "2026-03-03 10:00", "2026-10-30 17:00"),
    ],
)  # fmt: skip
def test_warnings(spec: str, text: str, start: str, warned: str) -> None:
    what = parse_time(text)
    found = CALENDAR.due(what, at(start))
    assert CALENDAR.warn_at(spec, what, at(start), found.at) == at(warned)


def test_a_warning_without_a_clock_counts_elapsed_time() -> None:
    warned = CALENDAR.warn_at("50%", None, at("2026-03-03 10:00"), at("2026-03-03 14:00"))
    assert warned == at("2026-03-03 12:00")


def test_a_warning_of_something_overdue_is_due_at_once() -> None:
    assert CALENDAR.warn_at("50%", None, at("2026-03-03 10:00"), at("2026-03-02 14:00")) == at(
        "2026-03-02 14:00"
    )


# what holds for any start

STARTS = st.datetimes(datetime(2022, 1, 1), datetime(2030, 12, 31)).map(lambda d: d.replace(tzinfo=UTC))
COUNTED = st.one_of(
    st.builds(
        Span, st.integers(0, 500), st.sampled_from(["minutes", "hours", "hours_on_open_days", "open_hours"])
    ),
    st.builds(Span, st.integers(0, 30), st.sampled_from(["days", "weeks", "months"])),
    st.builds(Span, st.integers(1, 30), st.just("working_days")),
)
ANY = st.one_of(
    COUNTED,
    st.sampled_from(
        ["today at closing", "today at 15:00", "today at 02:30", "next open day", "next open day at 02:30",
         "every open day at 08:00", "next open day at closing", "today at opening"]
    ).map(parse_time),
)  # fmt: skip
OTHER_CALENDARS = (
    CALENDAR,
    danish(open={"mon-sun": "00:00-24:00"}),
    danish(open={"mon,wed": ["01:00-02:30", "02:45-04:00"], "sun": "00:00-24:00"}),
    danish(zone="America/Havana"),  # its clock changes at midnight
    danish(zone="Australia/Lord_Howe"),  # by half an hour
)
OTHERS = st.sampled_from(OTHER_CALENDARS)
quick = settings(max_examples=150, deadline=None)


@quick
@given(STARTS, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_elapsed_time_is_elapsed(start: datetime, delta: timedelta) -> None:
    assert CALENDAR.due(Span.of(delta), start).at - start == delta


@quick
@given(OTHERS, ANY, STARTS)
def test_nothing_is_due_before_it_starts_and_act_by_is_an_open_instant(
    calendar: Calendar, what: object, start: datetime
) -> None:
    found = calendar.due(what, start)  # type: ignore[arg-type]
    assert found.at >= start
    assert found.closed_hours is (found.act_by is None)
    if found.act_by is None:
        assert not any(
            calendar.is_open(start + (found.at - start) * n / 50) for n in range(50) if found.at > start
        )
    else:
        assert start <= found.act_by <= found.at
        day = calendar.day_of(found.act_by)
        before = calendar.day(day.date - timedelta(days=1))
        assert calendar.is_open(found.act_by) or found.act_by in {
            end for d in (before, day) for _, end in d.open
        }
        assert found.act_by == found.at or not calendar.is_open(found.act_by)


@quick
@given(OTHERS, ANY, STARTS)
def test_a_due_instant_is_the_same_after_json(calendar: Calendar, what: object, start: datetime) -> None:
    found = calendar.due(what, start)  # type: ignore[arg-type]
    assert Due.from_json(json.loads(json.dumps(found.to_json()))) == found
    again = Calendar.from_json(json.loads(json.dumps(calendar.to_json())))
    assert again.due(what, start) == found  # type: ignore[arg-type]


@quick
@given(OTHERS, st.integers(1, 40), st.sampled_from(["hours_on_open_days", "open_hours"]), STARTS)
def test_running_time_is_what_minutes_counted_one_by_one_say(
    calendar: Calendar, hours: int, unit: str, start: datetime
) -> None:
    start = start.replace(second=0, microsecond=0)
    found = calendar.due(Span(hours, unit), start).at
    left, now = hours * 60, start
    step = timedelta(minutes=15)
    now = now.replace(minute=now.minute // 15 * 15)  # every boundary lies on a quarter
    first = now
    while left > 0:
        runs = (
            calendar.is_open_day(calendar.civil_date(now))
            if unit == "hours_on_open_days"
            else calendar.is_open(now)
        )
        if runs:
            used = step - (start - first) if now == first else step
            left -= int(used / timedelta(minutes=1))
        now += step
    assert found == now + timedelta(minutes=left)


@quick
@given(OTHERS, st.integers(1, 20), STARTS)
def test_working_days_are_open_days_counted_one_by_one(
    calendar: Calendar, count: int, start: datetime
) -> None:
    day = calendar.civil_date(start)
    for _ in range(count):
        day += timedelta(days=1)
        while not calendar.is_open_day(day):
            day += timedelta(days=1)
    assert calendar.due(Span(count, "working_days"), start).at == calendar.closing(day)


@quick
@given(
    OTHERS,
    st.sampled_from(
        ["1%", "50%", "75%", "99%", "4 hours before", "1 working day before", "2 open hours before"]
    ),
    COUNTED,
    STARTS,
)
def test_a_warning_lies_between_start_and_due(
    calendar: Calendar, spec: str, what: Span, start: datetime
) -> None:
    ends = calendar.due(what, start).at
    warned = calendar.warn_at(spec, what, start, ends)
    assert start <= warned <= ends
    last = calendar.last_open(warned, start)
    assert last == warned or last is None or last <= start, "it falls in opening hours, where it can"


@quick
@given(STARTS, st.integers(1, 400), st.sampled_from(["hours_on_open_days", "open_hours"]))
def test_running_time_back_is_the_way_forward(start: datetime, count: int, unit: str) -> None:
    start = CALENDAR.next_open(start) + timedelta(minutes=1)
    forward = CALENDAR.add(start, Span(count, unit))
    back = CALENDAR.add(start, f"{forward.isoformat()} minus {Span(count, unit)}")
    assert CALENDAR.add(back, Span(count, unit)) == forward
