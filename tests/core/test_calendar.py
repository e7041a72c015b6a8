from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from procflow.core.calendar import Calendar, calendar_from_yaml_values
from procflow.errors import CalendarError

DK = ZoneInfo("Europe/Copenhagen")
HOLIDAYS = {
    date(2026, 4, 2): "Skærtorsdag",
    date(2026, 4, 3): "Langfredag",
    date(2026, 4, 5): "Påskedag",
    date(2026, 4, 6): "Anden påskedag",
    date(2027, 1, 1): "Nytårsdag",
}


def made(**changed: object) -> Calendar:
    values: dict[str, object] = {
        "zone": "Europe/Copenhagen",
        "country": "DK",
        "closed": ["06-05", "2026-05-15"],
        "open": {"mon-fri": ["09:00-12:00", "13:00-17:00"]},
        "holidays": HOLIDAYS,
    }
    return calendar_from_yaml_values(**(values | changed))  # type: ignore[arg-type]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=DK)


def test_open_days_are_weekdays_that_are_no_holiday_and_not_closed_by_custom() -> None:
    calendar = made()
    assert calendar.is_open_day(date(2026, 4, 1))
    assert not calendar.is_open_day(date(2026, 4, 2))
    assert not calendar.is_open_day(date(2026, 4, 4))
    assert not calendar.is_open_day(date(2026, 6, 5))
    assert not calendar.is_open_day(date(2026, 5, 15))
    assert calendar.is_open_day(date(2027, 5, 14)), "a full date closes that day only"


def test_every_closed_day_has_its_reason() -> None:
    calendar = made(open={"mon-thu": "09:00-17:00"})
    assert [calendar.day(date(2026, 4, n)).reason for n in (1, 2, 4, 5, 10)] == [
        "", "holiday", "weekend", "holiday", "no_hours",
    ]  # fmt: skip
    assert calendar.day(date(2026, 4, 5)).name == "Påskedag"


def test_at_the_closing_instant_nobody_is_there() -> None:
    calendar = made()
    assert calendar.is_open(at("2026-04-01 09:00"))
    assert calendar.is_open(at("2026-04-01 16:59:59"))
    assert not calendar.is_open(at("2026-04-01 17:00"))
    assert not calendar.is_open(at("2026-04-01 12:00"))
    assert not calendar.is_open(at("2026-04-01 08:59:59"))


def test_next_and_last_open_look_over_breaks_nights_and_closed_days() -> None:
    calendar = made()
    assert calendar.next_open(at("2026-04-01 10:00")) == at("2026-04-01 10:00")
    assert calendar.next_open(at("2026-04-01 12:00")) == at("2026-04-01 13:00")
    assert calendar.next_open(at("2026-04-01 17:00")) == at("2026-04-07 09:00")
    early = at("2026-03-01 00:00")
    assert calendar.last_open(at("2026-04-06 20:00"), early) == at("2026-04-01 17:00")
    assert calendar.last_open(at("2026-04-01 12:30"), early) == at("2026-04-01 12:00")
    assert calendar.last_open(at("2026-04-01 11:00"), early) == at("2026-04-01 11:00")
    assert calendar.last_open(at("2026-04-06 20:00"), at("2026-04-01 17:00")) == at("2026-04-01 17:00")
    assert calendar.last_open(at("2026-04-06 20:00"), at("2026-04-01 17:01")) is None
    assert calendar.last_open(at("2026-04-01 11:00"), at("2026-04-01 11:01")) is None


def test_opening_and_closing_of_a_date_are_in_utc_and_none_where_it_is_closed() -> None:
    calendar = made()
    assert calendar.opening(date(2026, 4, 1)) == datetime(2026, 4, 1, 7, tzinfo=UTC)
    assert calendar.closing(date(2026, 4, 1)) == datetime(2026, 4, 1, 15, tzinfo=UTC)
    assert calendar.closing(date(2026, 4, 4)) is None
    assert calendar.opening(date(2026, 4, 4)) is None


def test_a_desk_that_never_closes_is_open_over_midnight() -> None:
    calendar = made(open={"mon-sun": "00:00-24:00"}, closed=[])
    assert calendar.is_open(at("2026-05-05 23:59:59"))
    assert calendar.closing(date(2026, 5, 5)) == calendar.opening(date(2026, 5, 6)) == at("2026-05-06 00:00")
    assert calendar.last_open(at("2026-04-02 10:00"), at("2026-04-02 00:00")) == at("2026-04-02 00:00")


def test_days_have_23_and_25_hours_when_the_clock_changes_and_hours_in_a_gap_do_not_exist() -> None:
    calendar = made(open={"mon-sun": "01:00-05:00"}, holidays={date(2026, 1, 1): "x"})
    spring, autumn = calendar.day(date(2026, 3, 29)), calendar.day(date(2026, 10, 25))
    assert (spring.ends - spring.begins, autumn.ends - autumn.begins) == (
        timedelta(hours=23),
        timedelta(hours=25),
    )
    assert [end - start for start, end in (*spring.open, *autumn.open)] == [
        timedelta(hours=3),
        timedelta(hours=5),
    ]
    vanished = made(open={"sun": "02:00-03:00", "mon": "09:00-10:00"})
    assert not vanished.is_open_day(date(2026, 3, 29))
    assert vanished.is_open_day(date(2026, 3, 22))


def test_a_civil_date_that_a_zone_left_out_is_closed() -> None:
    calendar = Calendar("Pacific/Apia", (((time(9), time(17)),),) * 7, first_year=2011, last_year=2012)
    assert not calendar.is_open_day(date(2011, 12, 30))
    assert calendar.is_open_day(date(2011, 12, 31))
    assert calendar.midnight(date(2011, 12, 30)) == calendar.midnight(date(2011, 12, 31))


def test_what_lies_outside_the_known_years_says_so() -> None:
    calendar = made()
    with pytest.raises(CalendarError, match=r"2028-01-03 lies outside the years .* 2026 to 2027") as wrong:
        calendar.is_open(at("2028-01-03 10:00"))
    assert wrong.value.facts["last_year"] == 2027
    with pytest.raises(CalendarError):
        calendar.is_open_day(date(2025, 12, 31))


def test_a_date_or_an_instant_has_a_civil_day_and_nothing_else_has_one() -> None:
    calendar = made()
    assert (
        calendar.civil_day(at("2026-04-01 00:00")) == calendar.civil_day(date(2026, 4, 1)) == date(2026, 4, 1)
    )
    assert calendar.civil_day(at("2026-03-31 23:59")) == date(2026, 3, 31)
    assert calendar.civil_day("2026-04-01") is None


def test_a_calendar_without_opening_hours_never_opens() -> None:
    calendar = made(open={})
    assert not calendar.is_open(at("2026-04-01 10:00"))
    assert calendar.last_open(at("2026-04-01 10:00"), at("2026-01-01 10:00")) is None
    for ask in (
        lambda: calendar.next_open(at("2026-04-01 10:00")),
        lambda: calendar.open_day_before(date(2026, 4, 1)),
    ):
        with pytest.raises(CalendarError, match=r"^no weekday has opening hours\n") as wrong:
            ask()
        assert wrong.value.hint == "give the organisation's calendar an `open:`"


def test_a_calendar_comes_back_from_json_as_it_was() -> None:
    calendar = made(
        closed=["06-05", "02-29", "2026-05-15"], open={"mon-fri": "09:00-17:00", "sat": "00:00-24:00"}
    )
    document = json.loads(json.dumps(calendar.to_json()))
    again = Calendar.from_json(document)
    assert again == calendar
    assert hash(again) == hash(calendar)
    assert dict(again.holidays) == HOLIDAYS
    assert len(again.holidays) == len(HOLIDAYS)
    assert again.to_json() == calendar.to_json() == document
    assert again.day(date(2026, 4, 6)) == calendar.day(date(2026, 4, 6))


def test_json_does_not_depend_on_the_order_in_which_a_calendar_was_written() -> None:
    turned = made(
        closed=["2026-05-15", "06-05"],
        open={"thu,fri": ["13:00-17:00", "09:00-12:00"], "mon-wed": ["09:00-12:00", "13:00-17:00"]},
        holidays=dict(reversed(HOLIDAYS.items())),
    )
    assert json.dumps(turned.to_json()) == json.dumps(made().to_json())
    assert turned == made()


def test_without_a_country_there_are_no_holidays_and_many_years() -> None:
    calendar = made(country="", holidays={})
    assert calendar.is_open_day(date(2026, 4, 2))
    assert calendar.is_open_day(date(2190, 4, 2))


def test_known_years_can_be_given() -> None:
    assert made(years=(2020, 2040)).is_open_day(date(2040, 4, 2))


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"zone": "Europe/Copenhagn"}, "Europe/Copenhagn"),
        ({"closed": ["6/5"]}, "6/5"),
        ({"closed": ["02-30"]}, "02-30"),
        ({"closed": ["2026-02-29"]}, "2026-02-29"),
        ({"holidays": {}}, "DK"),
    ],
)
def test_a_wrong_word_is_named(changed: dict[str, object], word: str) -> None:
    with pytest.raises(CalendarError) as wrong:
        made(**changed)
    assert word in wrong.value.message
    assert wrong.value.hint
    assert wrong.value.facts["word"] == word


def test_an_unknown_zone_gets_the_nearest_name() -> None:
    with pytest.raises(CalendarError) as wrong:
        made(zone="Europe/Copenhagn")
    assert wrong.value.hint == "Europe/Copenhagen"


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="7 days"):
        Calendar("UTC", ((),) * 5)


def test_an_instant_is_on_its_civil_day_whatever_was_asked_before() -> None:
    """Days that were looked up are found again without asking the zone; where its clock moves, the zone is asked."""
    span = 25 * 24 * 60
    for zone in ("Europe/Copenhagen", "America/Havana", "America/St_Johns", "Australia/Lord_Howe", "UTC"):
        made, tz = calendar_from_yaml_values(zone, "", [], {"mon-fri": "09:00-17:00"}, {}), ZoneInfo(zone)
        for start in (datetime(2026, 3, 1, tzinfo=UTC), datetime(2010, 10, 20, tzinfo=UTC)):  # midnight twice
            for n in range(3000):
                instant = start + timedelta(minutes=n * 7919 % span)
                asked = instant.astimezone(tz) if n % 3 else instant
                expected = instant.astimezone(tz).date()
                assert made.civil_date(asked) == expected
                if n % 2:
                    assert made.day_of(asked).date == expected
