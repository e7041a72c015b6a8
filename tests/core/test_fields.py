"""Input checked against field types: what is taken, what is refused, and that no problem repeats a value."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procflow.core.field_problems import WORDS, Wrong
from procflow.core.field_types import MAX_DEPTH, any_value
from procflow.core.fields import (
    NORMALISERS,
    TYPES,
    FieldContext,
    FieldProblem,
    check_input,
    check_value,
    words_for_field,
)
from procflow.core.procedure import Ask, Field
from procflow.core.times import Span, parse_time

PEOPLE = ("qaa", "qbb", "qpp")
CONTEXT = FieldContext(
    zone="Europe/Copenhagen",
    languages=("da", "en"),
    person=lambda code: code if code in PEOPLE else None,
    people=PEOPLE,
    roles=("agent", "policy_dept"),
)


def field(type: str, name: str = "it", **more: Any) -> Field:
    own = {key: more.pop(key) for key in tuple(more) if key in Field.__struct_fields__}
    return Field(name, type, more, **own)


def taken(declared: Field, raw: Any) -> Any:
    value, problems = check_value(declared, raw, CONTEXT)
    assert problems == ()
    return value


def codes(declared: Field, raw: Any) -> list[str]:
    value, problems = check_value(declared, raw, CONTEXT)
    assert problems, f"{raw!r:.60} was taken as {value!r:.60}"
    assert value is None
    for problem in problems:
        assert problem.words("da") != problem.words("en")
    return [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("type", "raw", "value"),
    [
        ("string", "010190", "010190"),
        ("string", 104233, "104233"),
        ("string", "Søren", "Søren"),
        ("string", "linje 1\nlinje 2", "linje 1\nlinje 2"),
        ("plain_text", "Ring efter kl. 16\r\nTak", "Ring efter kl. 16\nTak"),
        ("plain_text", "👩‍👧 ringede", "👩‍👧 ringede"),
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
        ("boolean", "YES", True),
        ("boolean", "false", False),
        ("boolean", False, False),
        ("tick", True, True),
        ("tick", "ja", True),
        ("date", "2026-05-11", date(2026, 5, 11)),
        ("date", "11.05.2026", date(2026, 5, 11)),
        ("date", "11-05-2026", date(2026, 5, 11)),
        ("date", "1.5.2026", date(2026, 5, 1)),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("date", date(2026, 5, 11), date(2026, 5, 11)),
        ("instant", "2026-05-11 10:05", datetime(2026, 5, 11, 8, 5, tzinfo=UTC)),
        ("instant", "2026-01-11T10:05", datetime(2026, 1, 11, 9, 5, tzinfo=UTC)),
        ("instant", "11.05.2026 10:05", datetime(2026, 5, 11, 8, 5, tzinfo=UTC)),
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
        ("plain_text", "abc\u200bdef", "invisible"),
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


PHONES = field("array", "phones", items=field("phone", "phone"), maxItems=2)


@pytest.mark.parametrize(
    "raw",
    [
        ["71999901", "+4571999902"],
        ("71999901", "71999902"),
        "71 99 99 01, 71 99 99 02",
        '["71999901", "71999902"]',
        [71999901, 71999902],
    ],
)
def test_a_list_is_taken_in_every_form(raw: Any) -> None:
    assert taken(PHONES, raw) == ("+4571999901", "+4571999902")


def test_one_value_alone_is_a_list_of_one() -> None:
    assert taken(PHONES, "71999901") == ("+4571999901",)
    assert taken(PHONES, 71999901) == ("+4571999901",)


def test_every_wrong_item_is_named_by_its_place() -> None:
    _, problems = check_value(PHONES, ["71999901", "x", None], CONTEXT)
    assert [(p.path, p.code) for p in problems] == [("phones[1]", "phone_letters"), ("phones[2]", "missing")]
    assert codes(PHONES, ["71999901"] * 3) == ["max_items"]
    assert codes(field("array", items=field("string"), minItems=2), "a") == ["min_items"]
    assert codes(field("array", items=field("number"), uniqueItems=True), [1, "1.0"]) == ["unique_items"]
    assert taken(field("array", uniqueItems=True), [1, True, "1"]) == (1, True, "1")
    assert codes(field("array", uniqueItems=True), [{"a": [1]}, {"a": [1]}]) == ["unique_items"]


def test_a_list_has_a_greatest_length_and_names_few_of_many_faults() -> None:
    assert codes(field("array"), ["x"] * 10_001) == ["max_items"]
    found = codes(field("array", items=field("integer")), ["x"] * 9_000)
    assert found[-1] == "more_problems" and len(found) == 21


def test_lists_of_numbers_may_stand_between_semicolons() -> None:
    numbers = field("array", items=field("number"))
    assert taken(numbers, "1,5; 2,5") == (Decimal("1.5"), Decimal("2.5"))
    assert taken(numbers, "1, 2") == (1, 2)


ADDRESS = field(
    "object",
    "address",
    properties=(field("string", "street"), field("string", "zip", pattern="^[0-9]{4}$")),
    required=("street",),
)


def test_an_object_is_checked_part_by_part() -> None:
    assert taken(ADDRESS, {"street": "Nygade 1"}) == {"street": "Nygade 1", "zip": None}
    assert taken(ADDRESS, '{"street": "Nygade 1", "zip": "8000"}') == {"street": "Nygade 1", "zip": "8000"}
    _, problems = check_value(ADDRESS, {"zip": "80", "stret": "x"}, CONTEXT)
    assert [(p.path, p.code) for p in problems] == [
        ("address.street", "missing"),
        ("address.zip", "pattern"),
        ("address.stret", "unknown_field"),
    ]
    assert problems[2].facts["nearest"] == "street"


def test_hidden_characters_are_found_inside_lists_and_objects_too() -> None:
    assert codes(field("object"), {"a": ["x\x00"]}) == ["nul"]
    assert codes(ADDRESS, '{"street": "a\\u0000"}') == ["nul"]
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    assert codes(field("array"), deep) == ["too_deep"]


IMAGE = {"hash": "ab12", "name": "mette.PNG", "type": "image/png", "size": 10}


@pytest.mark.parametrize(
    "accept", [("image/*",), ("IMAGE/PNG",), (".png",), ("application/pdf", "image/png"), ()]
)
def test_a_stored_file_of_an_accepted_kind_is_taken(accept: tuple[str, ...]) -> None:
    assert taken(field("file", accept=accept), IMAGE) == IMAGE


@pytest.mark.parametrize("accept", [("image/jpeg",), ("application/*",), (".jpg",), ("image",)])
def test_a_file_of_another_kind_is_refused(accept: tuple[str, ...]) -> None:
    assert codes(field("file", accept=accept), IMAGE) == ["file_type"]


def ask(declared: Field, *, stored: bool = True, optional: bool = False) -> Ask:
    return Ask(declared, stored, optional)


ASKS = (
    ask(field("string", "kn", pattern="^[0-9]{4,10}$")),
    ask(field("string", "first_name")),
    ask(PHONES),
    ask(field("email", "email"), optional=True),
)
GOOD = {"kn": "104233", "first_name": "Mette", "phones": ["71999901"]}


def test_good_input_becomes_values_by_name() -> None:
    values, problems = check_input(ASKS, GOOD, CONTEXT)
    assert problems == ()
    assert values == {"kn": "104233", "first_name": "Mette", "phones": ("+4571999901",)}


def test_all_problems_come_at_once_in_the_order_asked_and_good_values_are_kept() -> None:
    values, problems = check_input(
        ASKS, {"kn": "x", "first_nam": "Mette", "phones": "71999901", "email": "m"}, CONTEXT
    )
    assert values == {"phones": ("+4571999901",)}
    assert [(p.name, p.code) for p in problems] == [
        ("kn", "pattern"), ("first_name", "missing"), ("email", "wrong_type"), ("first_nam", "unknown_field"),
    ]  # fmt: skip
    assert problems[-1].facts["nearest"] == "first_name"


@pytest.mark.parametrize("nothing", [None, "", "  ", "\u200b", [], "[]", " , "])
def test_nothing_given_is_missing_where_it_must_be_given(nothing: Any) -> None:
    _, problems = check_input((ask(PHONES),), {"phones": nothing}, CONTEXT)
    assert [p.code for p in problems] == ["missing"]


def test_nothing_given_is_no_problem_where_it_may_be_left_out() -> None:
    optional = (ask(field("email", "email"), optional=True), ask(PHONES, optional=True))
    assert check_input(optional, {"email": " "}, CONTEXT) == ({}, ())
    assert check_input(optional, {"phones": []}, CONTEXT) == ({"phones": ()}, ())  # the list is emptied
    empty_is_fine = ask(field("array", "phones", items=field("phone"), minItems=0))
    assert check_input((empty_is_fine,), {"phones": []}, CONTEXT) == ({"phones": ()}, ())


def test_a_text_that_normalising_leaves_empty_is_missing() -> None:
    _, problems = check_input((ask(field("string", "kn", normalise=("digits",))),), {"kn": "abc"}, CONTEXT)
    assert [p.code for p in problems] == ["missing"]


def test_a_no_is_an_answer() -> None:
    assert check_input((ask(field("boolean", "ill")),), {"ill": False}, CONTEXT) == ({"ill": False}, ())


def test_a_default_stands_in_except_for_data_that_need_not_be_given() -> None:
    days = field("integer", "days", default="5")
    assert check_input((ask(days),), {}, CONTEXT) == ({"days": 5}, ())
    assert check_input((ask(days, stored=False, optional=True),), {}, CONTEXT) == ({"days": 5}, ())
    assert check_input((ask(days, optional=True),), {}, CONTEXT) == ({}, ())
    assert check_input((ask(days),), {"days": 6}, CONTEXT) == ({"days": 6}, ())
    assert check_input((ask(days),), {}, CONTEXT, {"days": 7}) == ({"days": 7}, ())
    worked_out = field("integer", "days", default=object())  # a template, which only the step can fill
    assert [p.code for p in check_input((ask(worked_out),), {}, CONTEXT)[1]] == ["missing"]


def test_a_value_typed_as_a_name_is_not_repeated() -> None:
    _, problems = check_input((), {"010190-1234": "x", "kn104233": "y", "a b": "z"}, CONTEXT)
    assert [p.name for p in problems] == ["?", "?", "?"]


@pytest.mark.parametrize("type", TYPES)
@given(raw=st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text(), max_size=3)))
def test_any_input_is_a_value_or_a_problem_and_a_value_stays_the_same(type: str, raw: Any) -> None:
    declared = field(type, minLength=2)
    value, problems = check_value(declared, raw, CONTEXT)
    for problem in problems:
        assert problem.code in WORDS
        assert json.dumps(problem.words("da") + problem.words("en"))
    if not problems:
        assert check_value(declared, value, CONTEXT) == (value, ())


@given(secret=st.text(min_size=6, alphabet="qxzQXZ~§"))
def test_no_problem_repeats_what_was_entered(secret: str) -> None:
    narrow: dict[str, Any] = {"minLength": 200, "pattern": "^0$", "enum": ["0"], "format": "uuid"}
    for type in TYPES:
        _, problems = check_value(field(type, **narrow), secret, CONTEXT)
        assert problems or type == "array"
        assert secret not in repr(problems)
        assert not any(secret in p.words(language) for p in problems for language in ("da", "en"))


def test_every_code_has_words_in_both_languages() -> None:
    facts = dict.fromkeys(
        ("expected", "limit", "length", "allowed", "pattern", "format", "accept", "first", "second"), "x"
    )
    for code, words in WORDS.items():
        assert set(words) == {"da", "en"}
        for language in words:
            assert FieldProblem("f", "f", code, facts).words(language).startswith("f: ")


@pytest.mark.parametrize(
    ("declared", "da", "en"),
    [
        (
            field("phone"),
            "8 cifre eller +45..., for eksempel +45 71 99 99 01",
            "8 digits or +45..., for example +45 71 99 99 01",
        ),
        (field("string", enum=["A", "B"]), "en af: A, B", "one of: A, B"),
        (
            field("plain_text", minLength=10),
            "dine egne ord, mindst 10 tegn",
            "your own words, at least 10 characters",
        ),
        (
            field("integer", minimum=1, maximum=5),
            "et helt tal, for eksempel 12, fra 1 til 5",
            "a whole number, for example 12, from 1 to 5",
        ),
        (field("file", accept=("image/*",)), "en fil (image/*)", "a file (image/*)"),
        (
            field("array", items=field("boolean"), maxItems=3),
            "en eller flere, adskilt af komma: ja eller nej, højst 3 af dem",
            "one or more, separated by commas: yes or no, at most 3 of them",
        ),
        (ADDRESS, "navngivne værdier: street, zip", "named values: street, zip"),
        (field("string", const="x"), "x", "x"),
        (field("string", minLength=4, maxLength=4), "tekst, 4 tegn", "text, 4 characters"),
        (field("string", minLength=1, maxLength=4), "tekst, 1 til 4 tegn", "text, 1 to 4 characters"),
        (field("string", minLength=1), "tekst, mindst 1 tegn", "text, at least 1 character"),
        (field("string", maxLength=4), "tekst, højst 4 tegn", "text, at most 4 characters"),
        (
            field("number", exclusiveMinimum=1),
            "et tal, for eksempel 12 eller 12,5, mere end 1",
            "a number, for example 12 or 12.5, more than 1",
        ),
        (
            field("number", exclusiveMaximum=9, multipleOf=3),
            "et tal, for eksempel 12 eller 12,5, mindre end 9, i trin på 3",
            "a number, for example 12 or 12.5, less than 9, in steps of 3",
        ),
        (
            field("array", items=field("boolean"), minItems=2),
            "en eller flere, adskilt af komma: ja eller nej, mindst 2 af dem",
            "one or more, separated by commas: yes or no, at least 2 of them",
        ),
        (
            field("string", pattern="^[0-9]{4,8}$"),
            "4 til 8 cifre, for eksempel 1234",
            "4 to 8 digits, for example 1234",
        ),
    ],
)
def test_what_is_expected_is_said_in_both_languages(declared: Field, da: str, en: str) -> None:
    assert words_for_field(declared, "da") == da
    assert words_for_field(declared, "en") == en


def test_any_value_of_the_language_comes_out_clean_and_no_other_does() -> None:
    winter = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=1)))
    given_ = {" a ": ["x", {"b": 1.5}], 3: winter, "d": date(2026, 1, 1), "n": None, "y": True}
    found = any_value(given_)
    assert found == {
        " a ": ("x", {"b": Decimal("1.5")}), "3": winter, "d": date(2026, 1, 1), "n": None, "y": True,
    }  # fmt: skip
    assert found["3"].tzinfo is UTC and found["3"].hour == 11
    assert any_value(datetime(2026, 1, 1, 12)).tzinfo is UTC, "an instant without a zone is in UTC"
    with pytest.raises(Wrong) as wrong:
        any_value({1})
    assert (wrong.value.code, wrong.value.facts) == ("wrong_type", {"expected": ""})
    for deeper, code in (
        (any_list(MAX_DEPTH), ""),
        (any_list(MAX_DEPTH + 1), "too_deep"),
        (any_map(MAX_DEPTH + 1), "too_deep"),
    ):
        try:
            any_value(deeper)
        except Wrong as why:
            assert why.code == code
        else:
            assert code == ""


def any_list(depth: int) -> Any:
    return [any_list(depth - 1)] if depth else 1


def any_map(depth: int) -> Any:
    return {"x": any_map(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    ("type", "raw", "code", "expected"),
    [
        ("boolean", 3, "wrong_type", "boolean"), ("plain_text", 3, "wrong_type", "plain_text"),
        ("number", True, "wrong_type", "number"), ("integer", 1.5, "wrong_type", "integer"), ("string", [], "wrong_type", "string"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_told_what_is_expected(
    type: str, raw: Any, code: str, expected: str
) -> None:
    _, (problem,) = check_value(field(type), raw, CONTEXT)
    assert (problem.code, problem.facts["expected"]) == (code, expected)


def test_a_set_is_taken_as_a_list_in_its_order() -> None:
    assert taken(field("array"), {"b", "a", "c"}) == ("a", "b", "c")
    assert taken(field("array", items=field("string")), frozenset({"10", "9"})) == ("10", "9")


@pytest.mark.parametrize("type", TYPES)
def test_every_type_says_what_it_expects(type: str) -> None:
    assert words_for_field(field(type), "da") != words_for_field(field(type), "en")
