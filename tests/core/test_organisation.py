"""The organisation as a value: its words, what is laid over it, and its form as JSON."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from procflow.core.calendar import Calendar
from procflow.core.organisation import (
    NoQueues,
    Organisation,
    no_cases,
    no_judge,
    value_from_json,
    value_to_json,
)
from procflow.core.spans import Span

HOUSE = Organisation(
    "bench",
    Calendar("Europe/Copenhagen", ((),) * 7),
    languages=("da", "en"),
    stand_in=("mate", "lead"),
    roles={"agent": {"en": "Agent", "da": "Kundeservice"}, "clerk": {"en": "Clerk"}, "lead": {"nl": "Baas"}},
    people={
        "ann": {"name": "Ann Test", "roles": ["agent", "lead"], "mate": "bob"},
        "bob": {"roles": ["agent"]},
    },
    mailboxes={"main": "main@bench.example"},
    parameters={"limit": 3, "from": date(2026, 1, 1)},
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (True, True), (None, None), (3, 3), ("x", "x"), (Decimal("1.50"), {"$n": "1.50"}),
        (date(2026, 5, 11), {"$d": "2026-05-11"}),
        (datetime(2026, 5, 11, 8, 5, tzinfo=UTC), {"$i": "2026-05-11T08:05:00+00:00"}),
        (Span(4, "working_days"), {"$s": "4 working days"}),
        ({"a": Decimal("2.5"), "b": {"c": 1}}, {"$m": {"a": {"$n": "2.5"}, "b": {"$m": {"c": 1}}}}),
        ((1, (Decimal("0.5"), "x"), {"y": date(2026, 1, 1)}), [1, [{"$n": "0.5"}, "x"], {"$m": {"y": {"$d": "2026-01-01"}}}]),
    ],
)  # fmt: skip
def test_values_of_the_language_are_json_that_says_their_kind(value: Any, written: Any) -> None:
    assert value_to_json(value) == written
    back = value_from_json(json.loads(json.dumps(written)))
    assert back == value and type(back) is type(value)


def test_what_is_no_value_of_the_language_is_refused() -> None:
    with pytest.raises(TypeError, match="set is no value of the language"):
        value_to_json({1})


def test_it_comes_back_from_its_json_as_it_was() -> None:
    assert Organisation.from_json(HOUSE.to_json()) == HOUSE


def test_a_role_is_called_what_the_language_the_house_or_anybody_calls_it() -> None:
    assert HOUSE.role_name("agent", "en") == "Agent" and HOUSE.role_name("agent", "da") == "Kundeservice"
    assert HOUSE.role_name("agent", "nl") == "Kundeservice", "the house's own language comes before others"
    assert HOUSE.role_name("clerk", "da") == "Clerk" and HOUSE.role_name("lead", "en") == "Baas"
    assert HOUSE.role_name("unheard", "en") == "unheard"
    assert (HOUSE.name_of("ann"), HOUSE.name_of("bob"), HOUSE.name_of("zoe")) == ("Ann Test", "bob", "zoe")


def test_people_are_found_by_their_id_as_it_is_typed_and_roles_by_their_people() -> None:
    assert [HOUSE.person_id(code) for code in ("ann", " ANN ", "Ann", "zoe", "")] == [
        "ann",
        "ann",
        "ann",
        None,
        None,
    ]
    assert HOUSE.members == {"agent": ("ann", "bob"), "clerk": (), "lead": ("ann",)}


def test_what_is_laid_over_it_changes_that_and_nothing_else() -> None:
    over = HOUSE.laid_over(
        {"people": {"ann": {"mate": None}, "cat": {"roles": ["clerk"]}}, "parameters": {"limit": 4}, "languages": ["en"],
         "roles": {"clerk": {"da": "Skriver"}}, "mailboxes": {"other": "o@bench.example"}, "stand_in": ["lead"]}
    )  # fmt: skip
    assert over.people == {
        "ann": {"name": "Ann Test", "roles": ["agent", "lead"], "mate": None}, "bob": HOUSE.people["bob"], "cat": {"roles": ["clerk"]},
    }  # fmt: skip
    assert over.parameters == {"limit": 4, "from": date(2026, 1, 1)} and over.languages == ("en",)
    assert over.roles["clerk"] == {"da": "Skriver"} and over.roles["agent"] == HOUSE.roles["agent"]
    assert over.mailboxes == {"main": "main@bench.example", "other": "o@bench.example"}
    assert over.stand_in == ("lead",) and (over.name, over.calendar) == (HOUSE.name, HOUSE.calendar)
    assert HOUSE.laid_over({}) == HOUSE
    other = Calendar("UTC", ((),) * 7)
    assert HOUSE.laid_over({"calendar": other}).calendar is other


def test_where_nobody_counts_judges_or_keeps_cases() -> None:
    assert NoQueues().work_of(["ann", "bob"]) == {"ann": 0, "bob": 0} and NoQueues().turn("x") == ""
    assert no_cases("errand", {"kn": "1"}) == ()
    judged = no_judge("sms", {}, {}, datetime(2026, 5, 11, tzinfo=UTC), {})
    assert (judged["accepted"], judged["verdict"]) == (False, "rejected")
    assert judged["reason"] == {"en": "nobody judges evidence by sms", "da": "ingen vurderer bevis fra sms"}
