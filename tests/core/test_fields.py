"""Input checked against field types: what is taken and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from procflow.core.expressions import Template
from procflow.core.fields import (
    NORMALISERS,
    check_value,
)
from procflow.core.procedure import Field, Text
from procflow.core.times import Span, parse_time

from .fields_at_hand import CONTEXT, codes, field, taken


@pytest.mark.parametrize(
    ("type", "raw", "value"),
    [
        ("string", "010190", "010190"),
        ("string", 104233, "104233"),
        ("string", "Søren", "Søren"),
        ("string", "linje 1\nlinje 2", "linje 1\nlinje 2"),
        ("plain_text", "Ring efter kl. 16\r\nTak", "Ring efter kl. 16\nTak"),
        ("plain_text", "👩‍👧 ringede", "👩‍👧 ringede"),
        (
            "plain_text",
            "\ufeffFor\u00adsik\u00adring\u200b fra web\u2028ny linje",
            "Forsikring fra web\nny linje",
        ),
        ("integer", "12", 12),
        ("integer", " -12 ", -12),
        ("integer", 5.0, 5),
        ("integer", Decimal("7.00"), 7),
        ("integer", "0012", 12),
        ("number", "12,5", Decimal("12.5")),
        ("number", "12.50", Decimal("12.5")),
        ("number", "0.125", Decimal("0.125")),
        ("number", 0.1, Decimal("0.1")),
        ("number", "1000", 1000),
        ("boolean", "Ja", True),
        ("boolean", "nej", False),
        ("boolean", "on", True),  # what a box of a web form sends where its page gives no value
        ("boolean", "off", False),
        ("boolean", "YES", True),
        ("boolean", "false", False),
        ("boolean", False, False),
        ("tick", True, True),
        ("tick", "ja", True),
        ("tick", "on", True),
        ("date", "2026-05-11", date(2026, 5, 11)),
        ("date", "11.05.2026", date(2026, 5, 11)),
        ("date", "11-05-2026", date(2026, 5, 11)),
        ("date", "11/5-2026", date(2026, 5, 11)),
        ("date", "11/05 2026", date(2026, 5, 11)),
        ("date", "11. maj 2026", date(2026, 5, 11)),
        ("date", "1. Dec. 2026", date(2026, 12, 1)),
        ("date", "11 May 2026", date(2026, 5, 11)),
        ("date", "1.5.2026", date(2026, 5, 1)),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("date", date(2026, 5, 11), date(2026, 5, 11)),
        ("instant", "2026-05-11 10:05", datetime(2026, 5, 11, 8, 5, tzinfo=UTC)),
        ("instant", "2026-01-11T10:05", datetime(2026, 1, 11, 9, 5, tzinfo=UTC)),
        ("instant", "11.05.2026 10:05", datetime(2026, 5, 11, 8, 5, tzinfo=UTC)),
        ("instant", "11.5.2026 kl. 8.05", datetime(2026, 5, 11, 6, 5, tzinfo=UTC)),
        ("instant", "11/5-2026 8:05", datetime(2026, 5, 11, 6, 5, tzinfo=UTC)),
        ("instant", "2026-05-11T10:05:06Z", datetime(2026, 5, 11, 10, 5, 6, tzinfo=UTC)),
        ("instant", "2026-05-11T10:05:06.25+02:00", datetime(2026, 5, 11, 8, 5, 6, 250000, tzinfo=UTC)),
        ("instant", "2026-10-25T02:30+02:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("instant", datetime(2026, 5, 11, 10, 5), datetime(2026, 5, 11, 8, 5, tzinfo=UTC)),
        ("duration", "4 working days", parse_time("4 working days")),
        ("duration", "90 minutes", Span.of(timedelta(minutes=90))),
        ("duration", timedelta(hours=2), Span.of(timedelta(hours=2))),
        ("email", "Mette.Holm+x@Example.COM", "Mette.Holm+x@example.com"),
        ("email", " mette@blåbær.example ", "mette@blåbær.example"),
        ("phone", "71 99 99 01", "+4571999901"),
        ("phone", "71-99-99-01", "+4571999901"),
        ("phone", "004571999901", "+4571999901"),
        ("phone", "+45 71\u00a099 99 01", "+4571999901"),
        ("phone", 71999901, "+4571999901"),
        ("phone", "\u202a+45 71 99 99 01\u202c", "+4571999901"),  # copied from a telephone
        ("phone", "+46 8 123 456 78", "+46812345678"),
        ("person", "QAA", "qaa"),
        ("person", {"id": "qbb", "name": "Bo Test"}, "qbb"),
        ("role", "Agent", "agent"),
    ],
)
def test_what_people_and_systems_write_becomes_a_value(type: str, raw: Any, value: Any) -> None:
    found = taken(field(type), raw)
    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)


@pytest.mark.parametrize(
    ("type", "raw", "code"),
    [
        ("string", True, "wrong_type"),
        ("string", ["a"], "wrong_type"),
        ("string", "a\x00b", "nul"),
        ("string", "a\x1b[31m", "control"),
        ("string", "a\ud800", "broken_text"),
        ("string", "x" * 1_000_000, "text_too_large"),
        ("string", "ø" * 40_000, "text_too_large"),
        ("plain_text", "abc\x07", "control"),
        ("plain_text", "abc\u202edef", "invisible"),
        ("plain_text", "abc\u200edef", "invisible"),
        ("plain_text", "hun sagde 010190\u200b-1234", "cpr"),
        ("plain_text", "12 34", "no_letter"),
        ("plain_text", 12, "wrong_type"),
        ("integer", "1.5", "wrong_type"),
        ("integer", 1.5, "wrong_type"),
        ("integer", True, "wrong_type"),
        ("integer", "\uff11\uff12", "wrong_type"),  # digits that only look like 12
        ("integer", "٣", "wrong_type"),
        ("integer", "1_000", "wrong_type"),
        ("integer", "1.000", "number_unclear"),
        ("integer", "9" * 5000, "number_too_long"),
        ("integer", 10**40, "number_too_long"),
        ("number", "12,500", "number_unclear"),
        ("number", "1.000,50", "wrong_type"),
        ("number", "1e5", "wrong_type"),
        ("number", "nan", "wrong_type"),
        ("number", float("nan"), "wrong_type"),
        ("number", float("inf"), "wrong_type"),
        ("number", False, "wrong_type"),
        ("boolean", "maybe", "wrong_type"),
        ("boolean", 1, "wrong_type"),
        ("tick", False, "tick"),
        ("tick", "nej", "tick"),
        ("date", "2026-02-30", "no_such_date"),
        ("date", "31.04.2026", "no_such_date"),
        ("date", "0000-01-01", "no_such_date"),
        ("date", "11/05/2026", "wrong_type"),
        ("date", "11.05-2026", "wrong_type"),
        ("date", "11/5-26", "wrong_type"),
        ("date", "31/4-2026", "no_such_date"),
        ("date", "11. mays 2026", "no_such_date"),
        ("date", "２０２６-05-11", "wrong_type"),
        ("date", datetime(2026, 5, 11, tzinfo=UTC), "wrong_type"),
        ("instant", "2026-05-11", "wrong_type"),
        ("instant", "2026-05-11 24:00", "no_such_time"),
        ("instant", "2026-03-29 02:30", "no_such_time"),  # the clocks are set forward
        ("instant", "2026-10-25 02:30", "time_twice"),  # and back
        ("instant", "0001-01-01T00:00+14:00", "no_such_date"),
        ("instant", "2026-02-30 10:00", "no_such_date"),
        ("duration", "soon", "wrong_type"),
        ("duration", "next open day at 09:00", "wrong_type"),
        ("duration", "9" * 100 + " days", "wrong_type"),
        ("duration", 5, "wrong_type"),
        ("email", "mette@example.com\r\nBcc: other@example.com", "email_line_break"),
        ("email", "mette@example.com\n", "email_line_break"),
        ("email", "mette", "wrong_type"),
        ("email", "mette@", "wrong_type"),
        ("email", "@example.com", "wrong_type"),
        ("email", "Mette <mette@example.com>", "wrong_type"),
        ("email", "a@b@example.com", "wrong_type"),
        ("email", "mette@localhost", "wrong_type"),
        ("email", "mette..holm@example.com", "wrong_type"),
        ("email", "mette@exa mple.com", "wrong_type"),
        ("email", "mette@-example.com", "wrong_type"),
        ("email", "mette@example..com", "wrong_type"),
        ("email", "mette@[127.0.0.1]", "wrong_type"),
        ("email", "mette@127.0.0.1", "wrong_type"),
        ("email", "m" * 65 + "@example.com", "wrong_type"),
        ("email", "m@" + "x" * 64 + ".com", "wrong_type"),
        ("email", "mette@ex\u0430mple.com", "email_lookalike"),  # a Cyrillic letter
        ("email", "mette@ｅxample.com", "email_lookalike"),
        ("email", "met\u200bte@example.com", "wrong_type"),
        ("phone", "PROSAM", "phone_letters"),
        ("phone", "7199990l", "phone_letters"),
        ("phone", "71\u200b999901", "phone_letters"),
        ("phone", "７１９９９９０１", "phone_letters"),
        ("phone", "+44 (0)20 7946 0000", "phone_letters"),
        ("phone", "7199990", "phone_length"),
        ("phone", "4571999901", "phone_length"),
        ("phone", "+457199990", "phone_length"),
        ("phone", "+1234567890123456", "phone_length"),
        ("phone", "+0045", "phone_length"),
        ("phone", "", "phone_letters"),
        ("phone", "01999901", "phone_danish"),
        ("phone", "+45 11 99 99 01", "phone_danish"),
        ("person", "nobody", "unknown_person"),
        ("person", 12, "wrong_type"),
        ("role", "boss", "unknown_role"),
        ("file", "mette.png", "file_not_stored"),
        ("file", {"hash": "", "name": "a", "type": "image/png", "size": 1}, "file_not_stored"),
        ("file", {"hash": "a", "name": "a\u202egnp.exe", "type": "image/png", "size": 1}, "control"),
        ("evidence", {"accepted": True}, "evidence_entered"),
        ("object", "text", "wrong_type"),
        ("object", '{"a": 1', "bad_json"),
        ("object", '{"a": 1, "a": 2}', "bad_json"),
        ("object", '{"a": NaN}', "bad_json"),
        ("array", "[1, 2", "bad_json"),
        ("array", "[" * 60_000, "too_deep"),
    ],
)
def test_what_is_not_right_is_refused_with_its_code(type: str, raw: Any, code: str) -> None:
    assert codes(field(type), raw) == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Kunden er født 010190-1234 og vil klage", "cpr"),
        ("cpr 310190–1234", "cpr"),
        ("cpr 010190 - 1234", "cpr"),
        ("cpr ０１０１９０-１２３４", "cpr"),
        ("cpr 010190\u200d-1234", "cpr"),
        ("cpr 0101901234567", None),
        ("cpr 320190-1234", None),  # no such day
        ("cpr 011390-1234", None),  # no such month
        ("cpr 070761 4285", "cpr"),  # its check digit fits
        ("policen 0707614285", "cpr"),
        ("kl. 110526 1005", None),
        ("kundenummer 0104233113", None),
        ("kort 4571 0000 0000 0001", "card_number"),
        ("kort 4571-0000-0000-0001", "card_number"),
        ("kort 4571000000000001", "card_number"),
        ("kort 45 71 00 00 00 00 00 01", "card_number"),
        ("kort 3782 822463 10005", "card_number"),
        ("kort 12 4571 0000 0000 0001", "card_number"),
        ("kort 4571 0000 0000 0000", "card_number"),  # a digit wrong, and still written like a card
        ("kort 4571000000000002", None),  # a digit wrong, and it could be any number
        ("ring 71999901 eller 71999902", None),
        ("ring 71999901 71999903", None),
    ],
)
def test_free_text_holds_no_cpr_and_no_card_number(text: str, code: str | None) -> None:
    value, problems = check_value(field("plain_text"), text, CONTEXT)
    if code is None:
        assert (value, problems) == (text, ())
    else:
        assert [p.code for p in problems] == [code]
        assert not any(digits in repr(problems) for digits in ("1234", "0001", "4285", "0005"))


@pytest.mark.parametrize("text", ["Kunden har fået EPILEPSI i går", "the diagnosis is not known yet"])
def test_free_text_holds_nothing_that_the_organisation_never_writes_down(text: str) -> None:
    never = CONTEXT.__class__(never=r"(?i)\b(epilepsi|diagnos\w*)\b")
    value, problems = check_value(field("plain_text"), text, never)
    assert (value, [p.code for p in problems]) == (None, ["sensitive"])
    assert check_value(field("plain_text"), "Kunden ringer igen i morgen", never)[1] == ()
    assert check_value(field("string"), text, never) == (text, ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("010190-1234", "cpr"),
        ("4571 0000 0000 0001", "card_number"),
        ("<b>Zoë</b> 2", None),
        ("P-20011/7", None),
    ],
)
def test_a_name_or_reference_may_be_kept_from_holding_a_personal_number(text: str, code: str | None) -> None:
    _, problems = check_value(field("string", format="no_personal_number"), text, CONTEXT)
    assert [p.code for p in problems] == ([code] if code else [])


def test_an_ordinary_string_may_hold_what_free_text_may_not() -> None:
    assert taken(field("string"), "010190-1234") == "010190-1234"


@pytest.mark.parametrize(
    ("keywords", "raw", "expected"),
    [
        ({"enum": ["PROSAM", "KAB"]}, "PROSAN", ["enum"]),
        ({"const": "JA"}, "ja", ["const"]),
        ({"pattern": "^[0-9]{4,10}$"}, "104233x", ["pattern"]),
        ({"pattern": "^[0-9]{4,10}$"}, "104233\n", ["pattern"]),
        ({"pattern": r"^\d+$"}, "１２３", ["pattern"]),
        ({"pattern": "(a+)+$"}, "a" * 5000 + "!", ["pattern"]),
        ({"pattern": "x"}, "x" * 10_001, ["pattern_text_too_long"]),
        ({"minLength": 10}, "for kort", ["min_length"]),
        ({"maxLength": 3}, "lang", ["max_length"]),
        ({"minLength": 10, "pattern": "^[0-9]+$"}, "abc", ["min_length", "pattern"]),
        ({"format": "uri"}, "not a uri", ["format"]),
        ({"format": "time"}, "25:00", ["format"]),
        ({"format": "date"}, "2026-02-30", ["format"]),
        ({"format": "date-time"}, "2026-02-03T10:00", ["format"]),
        ({"format": "ipv4"}, "256.1.1.1", ["format"]),
        ({"format": "uuid"}, "1234", ["format"]),
        ({"format": "duration"}, "P", ["format"]),
    ],
)
def test_keywords_narrow_text(keywords: dict[str, Any], raw: str, expected: list[str]) -> None:
    assert codes(field("string", **keywords), raw) == expected


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("uri", "https://example.com/a?b=c#d"),
        ("uri", "urn:isbn:0451450523"),
        ("time", "09:00"),
        ("time", "09:00:30+02:00"),
        ("date-time", "2026-02-03T10:00:00Z"),
        ("date", "2026-02-03"),
        ("email", "a@example.com"),
        ("hostname", "mail.example.com"),
        ("ipv6", "::1"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000"),
        ("duration", "P1DT2H"),
        ("duration", "P3W"),
    ],
)
def test_formats_take_what_has_the_form(form: str, text: str) -> None:
    assert taken(field("string", format=form), text) == text


def test_a_pattern_is_searched_for_as_json_schema_says() -> None:
    assert taken(field("string", pattern="[0-9]{3}"), "ab123cd") == "ab123cd"


@pytest.mark.parametrize(
    ("type", "keywords", "raw", "expected"),
    [
        ("integer", {"minimum": 1}, 0, ["minimum"]),
        ("integer", {"maximum": 10}, "11", ["maximum"]),
        ("number", {"exclusiveMinimum": 0}, 0, ["exclusive_minimum"]),
        ("number", {"exclusiveMaximum": 1.5}, "1,5", ["exclusive_maximum"]),
        ("number", {"multipleOf": 0.1}, "0.25", ["multiple_of"]),
        ("integer", {"enum": [1, 2]}, 3, ["enum"]),
        ("date", {"minimum": "2026-01-01"}, "31.12.2025", ["minimum"]),
        ("duration", {"maximum": "24 hours"}, "25 hours", ["maximum"]),
        ("duration", {"maximum": "24 hours"}, "1 working day", ["maximum"]),
    ],
)
def test_keywords_narrow_numbers_dates_and_durations(
    type: str, keywords: dict[str, Any], raw: Any, expected: list[str]
) -> None:
    assert codes(field(type, **keywords), raw) == expected


def test_decimals_are_exact_against_multiples_and_limits() -> None:
    assert taken(field("number", multipleOf=0.1, minimum=0.3), 0.3) == Decimal("0.3")
    assert taken(field("number", multipleOf=Decimal("0.01")), "19,99") == Decimal("19.99")
    assert taken(field("date", maximum="2026-12-31"), "31.12.2026") == date(2026, 12, 31)


def test_the_nearest_word_is_offered_and_the_entered_one_is_not_repeated() -> None:
    _, (problem,) = check_value(field("string", name="carrier", enum=["PROSAM", "KAB"]), "PROSAMM", CONTEXT)
    assert problem.words("en") == "carrier: must be one of: PROSAM, KAB. Did you mean “PROSAM”?"
    assert problem.words("da") == "carrier: skal være en af: PROSAM, KAB. Mente du “PROSAM”?"
    _, (problem,) = check_value(field("person", name="caseworker"), "qax", CONTEXT)
    assert problem.facts["nearest"] == "qaa"


def test_who_enters_the_label_of_a_word_is_told_the_word() -> None:
    """What people read is the label; where words are typed, they type what they read."""
    labels = {
        "water": Text((("da", Template(("Vand",))), ("en", Template(("Water",))))),
        "power": Text((("da", Template(("Strøm",))),)),
    }
    kind = structs.replace(field("string", name="kind", enum=["water", "power"]), labels=labels)
    for entered, word in (("Vand", "water"), (" vand ", "water"), ("STRØM", "power")):
        _, (problem,) = check_value(kind, entered, CONTEXT)
        assert problem.words("da") == f"kind: skal være en af: water, power. Mente du “{word}”?"


def test_a_field_with_only_words_has_no_type() -> None:
    declared = Field("size", "", {"enum": ["S", 2, True]})
    assert taken(declared, "S") == "S"
    assert taken(declared, "2") == 2
    assert taken(declared, "true") is True
    assert codes(declared, "M") == ["enum"]


@pytest.mark.parametrize(
    ("normalise", "raw", "value"),
    [
        (("trim", "upper"), "  p-20011 ", "P-20011"),
        (("lower",), "ABC", "abc"),
        (("digits",), "10 42-33", "104233"),
        (("no_spaces",), "a b\tc", "abc"),
        (("trim", "upper", "dashed"), " p20011 ", "P-20011"),
        (("dashed",), "ÆØ \u2013 2001", "ÆØ-2001"),
        (("dashed",), "P-2001", "P-2001"),
        (("dashed",), "P-2001-2", "P-2001-2"),
        (("dashed",), "2001", "2001"),
        (("clock",), " 14.30 ", "14:30"),
        (("clock",), "kl. 9.05", "09:05"),
        (("clock",), "Kl 9", "09:00"),
        (("clock",), "14:30", "14:30"),
        (("clock",), "14:30:00", "14:30:00"),
        (("clock",), "after lunch", "after lunch"),
    ],
)
def test_text_is_normalised_before_it_is_checked(normalise: tuple[str, ...], raw: str, value: str) -> None:
    assert set(normalise) <= set(NORMALISERS)
    assert taken(field("string", normalise=normalise, pattern=f"^{value}$"), raw) == value


def test_look_alike_digits_are_refused_after_normalising_and_not_dropped() -> None:
    assert codes(field("string", normalise=("digits",), pattern="^[0-9]+$"), "1２3") == ["pattern"]


def test_text_comes_out_in_one_unicode_form() -> None:
    assert taken(field("string", maxLength=1), "a\u030a") == "å"


class PlacedText(str):
    """A text that knows where it stood, as a reader of files may give it."""


@pytest.mark.parametrize("text", ["Mette", "Søren", "a\u030a"])
def test_text_of_a_reader_becomes_plain_text(text: str) -> None:
    assert type(taken(field("string"), PlacedText(text))) is str
    assert [type(part) for part in taken(field("array"), [PlacedText(text)])] == [str]
