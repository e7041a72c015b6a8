from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from procflow.core.calendar import Due, calendar_from_yaml_values
from procflow.core.phrases import PHRASES
from procflow.core.spans import UNIT_WORDS
from procflow.core.times import Span, parse_time
from procflow.core.words import (
    date_in_words,
    due_in_words,
    duration_in_words,
    instant_in_words,
    list_in_words,
    number_in_words,
    relative_in_words,
    span_in_words,
)

ZONE = "Europe/Copenhagen"
LANGUAGES = ("da", "en", "nb", "nl")
CALENDAR = calendar_from_yaml_values(
    ZONE,
    "DK",
    ["06-05"],
    {"mon-fri": "09:00-17:00"},
    {date(2026, 4, 2): "Skærtorsdag", date(2026, 4, 3): "Langfredag", date(2026, 4, 6): "Anden påskedag"},
)


def at(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE), fold=fold).astimezone(UTC)


def told(text: str, start: str, language: str = "en", bare: str = "closing") -> list[str]:
    return due_in_words(CALENDAR.due(parse_time(text), at(start), bare_date=bare), ZONE, language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("da", "onsdag den 4. marts 2026 kl. 10.12"),
        ("en", "Wednesday 4 March 2026 at 10:12"),
        ("nb", "onsdag 4. mars 2026 kl. 10.12"),
        ("nl", "woensdag 4 maart 2026 om 10:12"),
        ("da-DK", "onsdag den 4. marts 2026 kl. 10.12"),
        ("no", "onsdag 4. mars 2026 kl. 10.12"),
        ("fr", "Wednesday 4 March 2026 at 10:12"),
    ],
)
def test_an_instant_is_told_in_the_readers_language_and_zone(language: str, words: str) -> None:
    assert instant_in_words(datetime(2026, 3, 4, 9, 12, 33, tzinfo=UTC), ZONE, language) == words


def test_seconds_are_told_when_asked_for() -> None:
    instant = datetime(2026, 3, 4, 9, 12, 3, tzinfo=UTC)
    assert instant_in_words(instant, ZONE, "da", seconds=True).endswith("kl. 10.12.03")
    assert instant_in_words(instant, ZONE, "en", seconds=True).endswith("10:12:03")


def test_an_hour_that_comes_twice_has_its_zone_behind_it() -> None:
    assert (
        instant_in_words(at("2026-10-25 02:30"), ZONE, "da") == "søndag den 25. oktober 2026 kl. 02.30 CEST"
    )
    assert instant_in_words(at("2026-10-25 02:30", 1), ZONE, "en") == "Sunday 25 October 2026 at 02:30 CET"
    assert instant_in_words(at("2026-10-25 03:00"), ZONE, "en") == "Sunday 25 October 2026 at 03:00"
    assert instant_in_words(at("2026-03-29 03:00"), ZONE, "en") == "Sunday 29 March 2026 at 03:00"
    instant = datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert instant_in_words(instant, "America/Sao_Paulo", "en", with_zone=True).endswith("06:00 UTC-03:00")


def test_a_date_is_told_without_a_time() -> None:
    assert date_in_words(date(2026, 5, 1), "da") == "fredag den 1. maj 2026"
    assert date_in_words(date(2026, 12, 24), "nb") == "torsdag 24. desember 2026"
    assert date_in_words(date(2026, 1, 1), "en", year=False) == "Thursday 1 January"


@pytest.mark.parametrize(
    ("when", "da", "en"),
    [
        ("2026-03-04 15:00", "i dag kl. 15.00", "today 15:00"),
        ("2026-03-05 00:00", "i morgen kl. 00.00", "tomorrow 00:00"),
        ("2026-03-03 23:59", "i går kl. 23.59", "yesterday 23:59"),
        ("2026-03-09 15:00", "mandag den 9. marts kl. 15.00", "Monday 9 March 15:00"),
        ("2027-01-04 17:00", "mandag den 4. januar 2027 kl. 17.00", "Monday 4 January 2027 17:00"),
    ],
)
def test_near_instants_are_told_by_the_day(when: str, da: str, en: str) -> None:
    now = at("2026-03-04 23:30")
    assert relative_in_words(at(when), now, ZONE, "da") == da
    assert relative_in_words(at(when), now, ZONE, "en") == en


def test_a_clock_time_that_comes_twice_is_told_with_its_zone_in_lists_too() -> None:
    twice, now = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 24, 10, tzinfo=UTC)
    told = [relative_in_words(twice + timedelta(hours=n), now, ZONE, "en") for n in range(3)]
    assert told == ["tomorrow 02:30 CEST", "tomorrow 02:30 CET", "tomorrow 03:30"]


def test_spans_have_singular_and_plural() -> None:
    assert [span_in_words(Span(n, "working_days"), "da") for n in (1, 4)] == ["1 arbejdsdag", "4 arbejdsdage"]
    assert [span_in_words(Span(n, "hours"), "nl") for n in (1, 4)] == ["1 uur", "4 uur"]
    assert span_in_words(Span(24, "hours_on_open_days"), "nb") == "24 timer på åpne dager"
    assert span_in_words(Span(Decimal("1.5"), "hours"), "da") == "1,5 timer"
    assert span_in_words(Span(3, "months"), "en") == "3 months"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("unit", UNIT_WORDS)
def test_every_unit_has_words_in_every_language(unit: str, language: str) -> None:
    words = span_in_words(Span(2, unit), language)
    assert words.startswith("2 ") and "_" not in words


def test_the_english_units_are_those_of_the_language_of_time() -> None:
    for unit in UNIT_WORDS:
        for amount in (1, 2):
            assert span_in_words(Span(amount, unit), "en") == str(Span(amount, unit))


def test_numbers_are_exact_with_the_languages_decimal_mark() -> None:
    assert number_in_words(Decimal("1234.50"), "da") == "1234,50"
    assert number_in_words(Decimal("1234.5"), "en") == "1234.5"
    assert number_in_words(-7, "nb") == "-7"
    assert number_in_words(Decimal("1E+3"), "nl") == "1000"
    assert number_in_words(Decimal("0.0000001"), "da") == "0,0000001"


def test_lists_have_commas() -> None:
    assert list_in_words(["Anna", "Bo", "Pia"], "da") == "Anna, Bo, Pia"
    assert list_in_words([], "en") == ""


@pytest.mark.parametrize(
    ("delta", "da", "en"),
    [
        (timedelta(hours=3, minutes=53, seconds=59), "3 t 53 min", "3 h 53 min"),
        (timedelta(days=2, hours=4), "2 d 4 t", "2 d 4 h"),
        (timedelta(minutes=5, seconds=20), "5 min 20 s", "5 min 20 s"),
        (timedelta(seconds=45), "45 s", "45 s"),
        (timedelta(), "0 s", "0 s"),
        (timedelta(hours=-2), "−2 t", "−2 h"),
        (timedelta(days=1, seconds=5), "1 d", "1 d"),
    ],
)
def test_durations_are_short(delta: timedelta, da: str, en: str) -> None:
    assert duration_in_words(delta, "da") == da
    assert duration_in_words(delta, "en") == en


def test_a_derivation_names_what_it_left_out() -> None:
    assert told("4 working days", "2026-04-01 15:30") == [
        "It counts from Wednesday 1 April 2026 at 15:30.",
        "4 working days: the day it counts from is not one of them, and it ends at closing time.",
        "Closed days, not counted: Thursday 2 April (Skærtorsdag), Friday 3 April (Langfredag), Saturday 4 April "
        "and Sunday 5 April (weekend), Monday 6 April (Anden påskedag).",
        "It is due on Friday 10 April 2026 at 17:00.",
    ]


def test_a_month_that_is_too_short_is_told_with_the_day_that_was_wanted() -> None:
    assert told("1 month", "2026-01-31 14:00")[2] == (
        "The month has no day 31, so it is its last day, Saturday 28 February 2026."
    )


def test_a_derivation_is_told_in_danish() -> None:
    assert told("24 hours", "2026-03-06 15:00", "da") == [
        "Der tælles fra fredag den 6. marts 2026 kl. 15.00.",
        "24 timer uden pause: nætter og lukkede dage tæller med.",
        "Fristen er lørdag den 7. marts 2026 kl. 15.00.",
        "Der er lukket, når fristen udløber: det sidste åbne øjeblik er fredag den 6. marts 2026 kl. 17.00.",
    ]


def test_a_clock_change_and_closed_hours_are_told_with_zones() -> None:
    lines = told("24 hours", "2026-10-24 11:00")
    assert lines[0] == "It counts from Saturday 24 October 2026 at 11:00 CEST."
    assert lines[2] == "The clock goes back 1 hour on Sunday 25 October 2026 at 02:00 CET (CEST becomes CET)."
    assert lines[3:] == [
        "It is due on Sunday 25 October 2026 at 10:00 CET.",
        "It is closed all the time until then; it opens on Monday 26 October 2026 at 09:00 CET.",
    ]
    assert "frem" in told("24 hours", "2026-03-28 14:00", "da")[2]


ALL_KINDS = [
    ("24 hours", "2026-03-28 14:00"),
    ("24 hours on open days", "2026-06-04 14:00"),
    ("6 open hours", "2026-04-01 14:00"),
    ("1 month", "2026-01-31 14:00"),
    ("1 day", "2026-03-28 02:30"),
    ("1 day", "2026-10-24 02:30"),
    ("5 working days", "2026-06-02 10:00"),
    ("today at closing", "2026-04-02 10:00"),
    ("today at 15:00", "2026-04-01 16:00"),
    ("next open day at 09:00", "2026-04-01 16:00"),
    ("every open day at closing", "2026-04-01 16:00"),
    ("every first open day of the month at 09:00", "2026-04-01 16:00"),
    ("every first open day of the quarter at 09:00", "2026-04-01 16:00"),
    ("every first open day of the year", "2026-01-01 08:00"),
    ("2026-05-19", "2026-04-01 16:00"),
    ("2026-05-16", "2026-04-01 16:00"),
    ("2026-03-16", "2026-04-01 16:00"),
    ("2026-05-19T10:00Z", "2026-04-01 16:00"),
    ("2026-07-31 minus 2 months rolled back to an open day", "2026-04-01 16:00"),
    ("2026-07-31 plus 1 day rolled forward to an open day", "2026-04-01 16:00"),
    ("2026-07-31 10:00 plus 2 open hours", "2026-04-01 16:00"),
    ("2026-07-31 10:00 minus 2 working days", "2026-04-01 16:00"),
    ("1 hour", "2026-12-31 22:00"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("bare", ["closing", "opening", "start"])
@pytest.mark.parametrize(("text", "start"), ALL_KINDS)
def test_every_derivation_is_whole_sentences_in_every_language(
    text: str, start: str, bare: str, language: str
) -> None:
    lines = told(text, start, language, bare)
    assert lines
    for line in lines:
        assert line.endswith(".") and line[0] == line[0].upper()
        assert not set("{}_[") & set(line), line
        assert "+00:00" not in line


def test_every_phrase_is_told_by_some_derivation() -> None:
    used = {"due", "act_by", "forward", "backward", "never_open"}
    used |= {"elapsed_paused", "stood_still"}  # told in test_pauses
    for text, start in ALL_KINDS:
        for bare in ("closing", "opening", "start"):
            used |= {name for name, _ in CALENDAR.due(parse_time(text), at(start), bare_date=bare).derivation}
    assert used == set(PHRASES)


def test_a_derivation_reads_the_same_after_json() -> None:
    for text, start in ALL_KINDS:
        due = CALENDAR.due(parse_time(text), at(start))
        again = Due.from_json(json.loads(json.dumps(due.to_json())))
        assert due_in_words(again, ZONE, "da") == due_in_words(due, ZONE, "da")


def test_a_phrase_of_a_newer_version_still_shows_its_facts() -> None:
    due = Due(at("2026-04-01 16:00"), (("tide", {"level": "high"}),), at("2026-04-01 16:00"))
    assert due_in_words(due, ZONE, "en")[0] == "tide: level high"
