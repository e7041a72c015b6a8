from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procflow.core.times import (
    AtInstant,
    EveryOpenDay,
    NextOpenDay,
    OnDate,
    Shifted,
    Span,
    TimeSyntaxError,
    Today,
    Warn,
    from_moment,
    parse_recurring,
    parse_time,
    parse_warn,
)
from procflow.errors import CalendarError

FORMS = {
    "60 seconds": Span(60, "seconds"),
    "30 minutes": Span(30, "minutes"),
    "1 hour": Span(1, "hours"),
    "1.5 hours": Span(Decimal("1.5"), "hours"),
    "24 hours on open days": Span(24, "hours_on_open_days"),
    "3 days": Span(3, "days"),
    "2 weeks": Span(2, "weeks"),
    "1 month": Span(1, "months"),
    "3 months": Span(3, "months"),
    "1 year": Span(1, "years"),
    "1 working day": Span(1, "working_days"),
    "4 working days": Span(4, "working_days"),
    "6 open hours": Span(6, "open_hours"),
    "today at closing": Today("closing"),
    "today at 15:00": Today(time(15)),
    "next open day at 09:00": NextOpenDay(time(9)),
    "next open day": NextOpenDay("opening"),
    "next open day at closing": NextOpenDay("closing"),
    "every open day at 08:00": EveryOpenDay(time(8)),
    "every first open day of the month at 09:00": EveryOpenDay(time(9), "month"),
    "every first open day of the quarter": EveryOpenDay("opening", "quarter"),
    "2026-05-19": OnDate(date(2026, 5, 19)),
    "2026-05-19 17:00": OnDate(date(2026, 5, 19), time(17)),
    "2026-05-19T15:00:00Z": AtInstant(datetime(2026, 5, 19, 15, tzinfo=UTC)),
    "2026-11-30 minus 3 months": Shifted(OnDate(date(2026, 11, 30)), Span(3, "months")),
    "2026-11-30 minus 3 months rolled back to an open day": Shifted(
        OnDate(date(2026, 11, 30)), Span(3, "months"), True, "back"
    ),
    "2026-11-30 10:00 plus 2 working days rolled forward to an open day": Shifted(
        OnDate(date(2026, 11, 30), time(10)), Span(2, "working_days"), False, "forward"
    ),
    "2026-05-19T15:00:00Z plus 4 open hours": Shifted(
        AtInstant(datetime(2026, 5, 19, 15, tzinfo=UTC)), Span(4, "open_hours"), False
    ),
    "2026-08-30 rolled back to an open day": Shifted(OnDate(date(2026, 8, 30)), None, True, "back"),
}


@pytest.mark.parametrize("text", FORMS)
def test_each_form_is_read_and_written_again(text: str) -> None:
    assert parse_time(text) == FORMS[text]
    assert str(parse_time(text)) == text
    assert hash(parse_time(text)) == hash(FORMS[text])


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("  24   HOURS  on  Open days ", "24 hours on open days"),
        ("Next Open Day at 9:00", "next open day at 09:00"),
        ("next open day at opening", "next open day"),
        ("1 days", "1 day"),
        ("4 working day", "4 working days"),
        ("1.50 hours", "1.5 hours"),
        ("2.0 hours", "2 hours"),
        ("2026-05-19T17:00:00+02:00", "2026-05-19T15:00:00Z"),
        ("2026-05-19 17:00+02:00", "2026-05-19T15:00:00Z"),
        ("2026-05-19t17:00", "2026-05-19 17:00"),
        ("2026-05-19T17:00:00.250000+00:00", "2026-05-19T17:00:00.250000Z"),
        ("2026-05-19 17:00:30", "2026-05-19 17:00:30"),
        ("-90 minutes", "-90 minutes"),
    ],
)
def test_case_and_blanks_do_not_matter_and_one_text_is_canonical(text: str, canonical: str) -> None:
    assert str(parse_time(text)) == canonical
    assert parse_time(canonical) == parse_time(text)


@pytest.mark.parametrize(
    ("text", "offset", "hint"),
    [
        ("", 0, "30 minutes"),
        ("5days", 0, "5 days"),
        ("1,5 hours", 0, "1.5 hours"),
        ("4 buisness days", 2, "4 working days"),
        ("3 hverdage", 2, "3 working days"),
        ("16 opening hours", 3, "16 open hours"),
        ("4 business hours", 2, "4 open hours"),
        ("4 working hours", 10, "4 open hours"),
        ("3 open days", 7, "3 working days"),
        ("2026-07-13 less 5 working days", 11, "2026-07-13 minus 5 working days"),
        ("every first day of the quarter at 10:00", 12, "first open day of the quarter at 10:00"),
        ("4 dayz", 2, "4 days"),
        ("12", 2, "12 "),
        ("next open dya at 09:00", 10, "next open day at 09:00"),
        ("next open day at 15.00", 17, "next open day at 15:00"),
        ("next open day 9.30", 14, "next open day at 09:30"),
        ("every open day kl. 8", 15, "every open day at 08:00"),
        ("today", 5, "today at closing"),
        ("toady at closing", 0, "today at closing"),
        ("tomorrow at 09:00", 0, "next open day at 09:00"),
        ("open day at 08:00", 0, "every open day at 08:00"),
        ("2026-13-01", 0, "2026-05-19"),
        ("19-05-2026", 0, "2026-05-19"),
        ("2026-05-19 25:00", 11, "23:59"),
        ("2026-05-19T17:00+99:00", 0, "2026-05-19T17:00Z"),
        ("4 working", 9, "4 working days"),
        ("24 hours on open", 16, "24 hours on open days"),
        ("2 days on open days", 7, "24 hours on open days"),
        ("0 working days", 0, "1 working day"),
        ("1.5 days", 0, "2 days"),
        ("-3 days", 0, "3 days"),
        ("2026-11-30 minus", 16, "30 minutes"),
        ("2026-11-30 minus -3 hours", 17, "2026-11-30"),
        ("2026-11-30 minus 3 months rolled bak", 33, "2026-11-30 minus 3 months rolled back to an open day"),
        ("4 working days please", 15, "4 working days"),
        ("1 hour 30 minutes", 7, "90 minutes"),
        ("9999999999999 hours", 0, "24 hours"),
        ("0.0000000001 hours", 0, "1 second"),
        ("two weeks", 0, "2 weeks"),
        ("to uger", 0, "2 uger"),
        ("08:00", 0, "today at 08:00, or next open day at 08:00"),
        ("3 days before 2026-05-11", 7, "2026-05-11 minus 3 days"),
        ("4 hours open", 8, "4 open hours"),
        ("24 open-hours", 3, "24 open hours"),
        ("24 timer på åbne dage", 3, "24 hours on open days"),
    ],
)
def test_a_wrong_text_names_the_place_and_the_nearest_form(text: str, offset: int, hint: str) -> None:
    with pytest.raises(TimeSyntaxError) as wrong:
        parse_time(text)
    assert wrong.value.offset == offset
    assert hint in wrong.value.hint
    assert wrong.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 working days", "at least 1 working day is counted"),
        ("1.5 days", "days are counted whole"),
        ("9999999999999 hours", "the time is too long to be reckoned with"),
    ],
)
def test_a_length_that_cannot_be_counted_is_told_in_its_own_words(text: str, said: str) -> None:
    with pytest.raises(TimeSyntaxError) as wrong:
        parse_time(text)
    assert said in wrong.value.message


def test_a_syntax_error_is_a_value_error_and_a_calendar_error() -> None:
    with pytest.raises(ValueError):
        parse_time("soon")
    with pytest.raises(CalendarError):
        parse_time("soon")


def test_elapsed_spans_compare_add_and_subtract() -> None:
    hour, minutes = Span(1, "hours"), Span(60, "minutes")
    assert hour == minutes
    assert hash(hour) == hash(minutes)
    assert hour <= minutes and hour >= minutes and not hour < minutes and not hour > minutes
    assert Span(59, "minutes") < hour < Span(3601, "seconds")
    assert hour + Span(30, "minutes") == Span(90, "minutes")
    assert Span(30, "minutes") - hour == Span(-30, "minutes")
    assert str(hour + minutes) == "2 hours"
    assert hour.elapsed() == timedelta(hours=1)


@pytest.mark.parametrize(
    "text", ["1 day", "1 working day", "24 hours on open days", "6 open hours", "1 month"]
)
def test_a_span_that_depends_on_the_calendar_has_no_order(text: str) -> None:
    span = parse_time(text)
    assert isinstance(span, Span)
    assert span.elapsed() is None
    hour = Span(1, "hours")
    for verb, use in (
        ("compared", lambda: span < hour), ("compared", lambda: hour >= span), ("compared", lambda: span > hour),
        ("added", lambda: span + hour), ("added", lambda: hour + span), ("subtracted", lambda: hour - span),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=f"^{text} depends on the calendar and cannot be {verb}$"):
            use()


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (0, "working_days", "at least 1 working day is counted"),
        (-1, "working_days", "working days cannot be less than none"),
        (Decimal("1.5"), "working_days", "working days are counted whole"),
        (Decimal("Infinity"), "hours", "a length of time is a finite number"),
    ],
)
def test_a_length_that_cannot_be_counted_says_why(amount: int | Decimal, unit: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        Span(amount, unit)


def test_days_do_not_run() -> None:
    assert Span(Decimal("1.5"), "open_hours").running() == timedelta(minutes=90)
    with pytest.raises(ValueError, match=r"^3 days counts days, no running time$"):
        Span(3, "days").running()


def test_time_is_counted_in_microseconds() -> None:
    assert Span(Decimal("0.000001"), "seconds").elapsed() == timedelta(microseconds=1)
    with pytest.raises(ValueError, match=r"^time is counted in microseconds, no smaller$"):
        Span(Decimal("0.0000001"), "seconds")


def test_units_of_other_kinds_are_never_equal() -> None:
    assert Span(24, "hours") != Span(1, "days")
    assert Span(24, "hours") != Span(24, "hours_on_open_days")
    assert Span(1, "hours") != "1 hour"


@given(st.timedeltas())
def test_every_length_has_a_span_and_its_text_keeps_it(delta: timedelta) -> None:
    span = Span.of(delta)
    assert span.elapsed() == delta
    assert parse_time(str(span)) == span


CLOCKS = st.one_of(st.sampled_from(["opening", "closing"]), st.times())
SPANS = st.one_of(
    st.builds(
        Span,
        st.decimals(0, 99999, places=3),
        st.sampled_from(["seconds", "minutes", "hours", "hours_on_open_days", "open_hours"]),
    ),
    st.builds(
        Span, st.integers(1, 9999), st.sampled_from(["days", "weeks", "months", "years", "working_days"])
    ),
)
MOMENTS = st.one_of(
    st.builds(OnDate, st.dates(), st.one_of(st.none(), st.times())),
    st.builds(AtInstant, st.datetimes(timezones=st.just(UTC))),
)
TIMES = st.one_of(
    SPANS,
    MOMENTS,
    st.builds(Today, CLOCKS),
    st.builds(NextOpenDay, CLOCKS),
    st.builds(EveryOpenDay, CLOCKS, st.sampled_from(["", "month", "quarter", "year"])),
    st.builds(Shifted, MOMENTS, SPANS, st.booleans(), st.sampled_from(["", "back", "forward"])),
    st.builds(Shifted, MOMENTS, st.none(), st.just(True), st.sampled_from(["back", "forward"])),
)


@given(TIMES)
def test_any_time_survives_its_own_text(what: object) -> None:
    assert parse_time(str(what)) == what
    assert str(parse_time(str(what))) == str(what)


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_a_syntax_error_inside_the_text(text: str) -> None:
    try:
        parse_time(text)
    except TimeSyntaxError as wrong:
        assert 0 <= wrong.offset <= len(text)
        assert wrong.hint


@given(
    st.lists(
        st.sampled_from(
            [
                "4",
                "1.5",
                "-2",
                "working",
                "open",
                "days",
                "day",
                "hours",
                "on",
                "next",
                "every",
                "today",
                "at",
                "09:00",
                "closing",
                "2026-05-19",
                "minus",
                "plus",
                "rolled",
                "back",
                "to",
                "an",
                "before",
                "T17:00Z",
                "75%",
                "24:00",
                "١",
            ]
        ),
        max_size=8,
    ).map(" ".join)
)
def test_words_of_the_language_in_any_order_never_break_the_reader(text: str) -> None:
    for read in (parse_time, parse_warn):
        try:
            assert str(read(text))
        except TimeSyntaxError as wrong:
            assert 0 <= wrong.offset <= len(text)


@pytest.mark.parametrize(
    ("text", "warn"),
    [
        ("75%", Warn(percent=75)),
        (" 62.5 % ", Warn(percent=Decimal("62.5"))),
        ("4 hours before", Warn(before=Span(4, "hours"))),
        ("1 working day before", Warn(before=Span(1, "working_days"))),
    ],
)
def test_a_warning_is_a_percentage_or_a_span_before(text: str, warn: Warn) -> None:
    assert parse_warn(text) == warn
    assert parse_warn(str(warn)) == warn


@pytest.mark.parametrize(
    "text", ["0%", "100%", "150%", "4 hours", "", "before", "0 hours before", "next open day before"]
)
def test_a_wrong_warning_is_refused_with_a_form(text: str) -> None:
    with pytest.raises(TimeSyntaxError) as wrong:
        parse_warn(text)
    assert wrong.value.hint


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        (1, "fortnights"),
        (-1, "days"),
        (Decimal("1.5"), "working_days"),
        (0, "working_days"),
        (Decimal("NaN"), "hours"),
    ],
)
def test_a_span_that_means_nothing_cannot_be_made(amount: int | Decimal, unit: str) -> None:
    with pytest.raises(ValueError):
        Span(amount, unit)


def test_a_time_that_begins_with_minus_counts_from_the_moment_that_is_given():
    assert from_moment(date(2026, 7, 13), "minus 1 month") == "2026-07-13 00:00 minus 1 month"
    assert from_moment(date(2026, 7, 13), "4 working days") == "4 working days"
    instant = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    assert parse_time(from_moment(instant, "minus 2 days")) == parse_time("2026-03-02T10:30:00Z minus 2 days")


def test_what_comes_again_is_an_opening_day_or_a_length_of_time_with_or_without_every() -> None:
    day = parse_recurring("open day at 08:00")
    for text, hint in {
        "monday at 09:30": "open day at 09:30, and beside it `when: 'now.getDayOfWeek() == 1'`",
        "every søndag": "open day at 08:00, and beside it `when: 'now.getDayOfWeek() == 0'`",
        "monthly": "first open day of the month",
        "0 9 1 * *": "or 2 weeks",
        "open day at 9.30": "every open day at 09:30",
        "every open day kl. 9": "every open day at 09:00",
    }.items():
        with pytest.raises(TimeSyntaxError) as wrong:
            parse_recurring(text)
        assert hint in wrong.value.hint
    assert isinstance(day, EveryOpenDay) and parse_recurring("Every  open day at 08:00") == day
    assert parse_recurring("2 weeks") == parse_recurring(" every 2 weeks ") == Span(2, "weeks")
    assert parse_recurring("first open day of the month at 09:00") != day


@pytest.mark.parametrize("text", ["0 hours", "-2 hours", "2026-05-19", "every next open day"])
def test_what_does_not_come_again_is_refused(text: str) -> None:
    with pytest.raises(TimeSyntaxError) as wrong:
        parse_recurring(text)
    assert wrong.value.hint


def test_what_never_comes_again_is_told_what_may_stand_there() -> None:
    with pytest.raises(TimeSyntaxError) as wrong:
        parse_recurring("0 hours")
    assert wrong.value.message.endswith("`0 hours` is no time that comes again")
    assert wrong.value.hint == "every open day at 08:00, or 2 weeks"
