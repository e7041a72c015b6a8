from __future__ import annotations

import os
import subprocess
import sys
import warnings
from datetime import date

import holidays
import pytest

from procflow.definitions.holidays_of import code_of, public_holidays
from procflow.errors import CalendarError


def test_danish_holidays_of_2026_have_danish_names() -> None:
    assert public_holidays("DK", 2026, 2026, "da") == {
        date(2026, 1, 1): "Nytårsdag",
        date(2026, 4, 2): "Skærtorsdag",
        date(2026, 4, 3): "Langfredag",
        date(2026, 4, 5): "Påskedag",
        date(2026, 4, 6): "Anden påskedag",
        date(2026, 5, 14): "Kristi himmelfartsdag",
        date(2026, 5, 24): "Pinsedag",
        date(2026, 5, 25): "Anden pinsedag",
        date(2026, 12, 25): "Juledag",
        date(2026, 12, 26): "Anden juledag",
    }


def test_store_bededag_is_no_holiday_since_2024() -> None:
    found = public_holidays("DK", 2023, 2030, "da")
    assert [day for day, name in found.items() if "bededag" in name.lower()] == [date(2023, 5, 5)]


@pytest.mark.parametrize("country", ["DK", "US", "DE-BY", "SA", "CN"])
def test_year_by_year_they_are_those_of_all_years_at_once(country: str) -> None:
    code, _, part = country.partition("-")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = holidays.country_holidays(
            code, subdiv=part or None, years=range(1998, 2032), language="en_US", categories=("public",)
        )
    found = public_holidays(country, 1998, 2031, "en_US")
    assert dict(found) == {day: found[day] for day in whole}
    assert found.years() == (min(whole).year, max(whole).year)
    assert date(2035, 1, 1) not in found


def test_only_public_holidays_are_given() -> None:
    found = public_holidays("DK", 2026, 2026, "da")
    assert not {date(2026, 5, 1), date(2026, 6, 5), date(2026, 12, 24), date(2026, 12, 31)} & set(found)


def test_both_years_are_included_and_days_are_in_order() -> None:
    found = public_holidays("DK", 2025, 2027, "da")
    assert list(found) == sorted(found)
    assert {day.year for day in found} == {2025, 2026, 2027}


@pytest.mark.parametrize(
    ("country", "language", "new_year"),
    [
        ("DK", "en", "New Year's Day"),
        ("DK", "nl", "Nytårsdag"),
        ("NO", "nb", "Første nyttårsdag"),
        ("NL", "nl", "Nieuwjaarsdag"),
        ("GB", "en", "New Year's Day"),
        ("GB", "da", "New Year's Day"),
        ("dk", "da-DK", "Nytårsdag"),
        ("DE", "en_US", "New Year's Day"),
        ("US", "da", "New Year's Day"),
    ],
)
def test_names_are_in_the_language_asked_for_or_the_countrys_own(
    country: str, language: str, new_year: str
) -> None:
    assert public_holidays(country, 2026, 2026, language)[date(2026, 1, 1)] == new_year


def test_names_do_not_follow_the_locale_of_the_machine() -> None:
    code = (
        "from procflow.definitions.holidays_of import public_holidays;"
        "print(sorted(public_holidays('DK', 2026, 2026, 'da').values())[0],"
        "public_holidays('DK', 2026, 2026, 'zz')[__import__('datetime').date(2026, 1, 1)])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-X", "utf8", "-c", code],
            env=os.environ | {"LANG": locale, "LANGUAGE": locale, "LC_ALL": locale},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        ).stdout.strip()
        for locale in ("C", "en_US.UTF-8", "uk_UA.UTF-8")
    }
    assert said == {"Anden juledag Nytårsdag"}


def test_a_part_of_a_country_has_days_of_its_own() -> None:
    assert date(2026, 1, 6) in public_holidays("DE-BY", 2026, 2026, "de")
    assert date(2026, 1, 6) not in public_holidays("DE", 2026, 2026, "de")


@pytest.mark.parametrize(
    ("country", "hint"),
    [
        ("DN", "DK"),
        ("Danmark", "DK"),
        ("Denmark", "DK"),
        ("Norge", "NO"),
        ("Holland", ""),
        ("", ""),
        ("DE-BX", "DE-BY"),
        ("DK-X1", "DK"),
    ],
)
def test_an_unknown_country_gets_the_nearest_codes(country: str, hint: str) -> None:
    with pytest.raises(CalendarError) as wrong:
        public_holidays(country, 2026, 2026, "da")
    assert hint in wrong.value.hint
    assert wrong.value.hint
    assert wrong.value.facts["word"] == country


def test_importing_the_door_does_not_open_it() -> None:
    code = "import sys, procflow.definitions.holidays_of, procflow.core.calendar; print('holidays' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


def test_no_year_is_worked_out_that_nobody_asks_for() -> None:
    days = public_holidays("DK", 2001, 2074, "da")
    assert days.years() == (2001, 2074) and date(2026, 5, 25) in days
    assert sorted(days._found) == [2001, 2026, 2074]


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Denmark", "DK"),
        ("Tyskland", "DE"),
        ("Portugal", "PT"),
        ("dk", "DK"),
        ("da", ""),
        ("Copenhagen", ""),
        ("", ""),
    ],
)
def test_a_country_is_known_by_its_name_and_nothing_else_by_chance(word: str, code: str) -> None:
    assert code_of(word) == code
