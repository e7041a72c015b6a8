"""Public holidays by the `holidays` package: the only door to it, opened only when documents are published.

A calendar keeps the days that it was given, so a step never comes here.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from procflow.errors import CalendarError

#: What the package calls a language that we name otherwise.
_ALSO = {"nb": "no", "nn": "no"}
#: What people call their country; the package knows the English names.
_OWN_NAMES = {
    "DANMARK": "DK", "NORGE": "NO", "SVERIGE": "SE", "ISLAND": "IS", "NEDERLAND": "NL", "DEUTSCHLAND": "DE", "TYSKLAND": "DE",
    "UK": "GB", "ENGLAND": "GB", "GREAT BRITAIN": "GB",
}  # fmt: skip


class PublicHolidays(Mapping[date, str]):
    """The public holidays of a country or a part of it, by day; a year's are worked out when one asks for a day of it.

    Whoever checks a document asks for a few years of the seventy-six for which it may be published.
    """

    __slots__ = ("_code", "_found", "_language", "_part", "first_year", "last_year")

    def __init__(self, code: str, part: str, first_year: int, last_year: int, language: str | None) -> None:
        self._code, self._part, self._language = code, part, language
        self.first_year, self.last_year = first_year, last_year
        self._found: dict[int, dict[date, str]] = {}

    def year(self, year: int) -> dict[date, str]:
        """The holidays of a year, in their order; none of one that was not asked for."""
        found = self._found.get(year)
        if found is None:
            found = self._found[year] = self._of(year) if self.first_year <= year <= self.last_year else {}
        return found

    def _of(self, year: int) -> dict[date, str]:
        import holidays

        with warnings.catch_warnings():  # that a year lies before the first one known: then it has none
            warnings.simplefilter("ignore")
            known = holidays.country_holidays(
                self._code, subdiv=self._part or None, years=year, expand=False,
                language=self._language, categories=("public",),
            )  # fmt: skip
        return {day: known[day] for day in sorted(known) if day.year == year}

    def __getitem__(self, day: date) -> str:
        return self.year(day.year)[day]

    def __iter__(self) -> Iterator[date]:
        for year in range(self.first_year, self.last_year + 1):
            yield from self.year(year)

    def __len__(self) -> int:
        return sum(len(self.year(year)) for year in range(self.first_year, self.last_year + 1))

    def __bool__(self) -> bool:
        return self.years() is not None

    def years(self) -> tuple[int, int] | None:
        """The first and the last year with a holiday; None where there is none."""
        asked = range(self.first_year, self.last_year + 1)
        first = next((year for year in asked if self.year(year)), None)
        last = next((year for year in reversed(asked) if self.year(year)), None)
        return None if first is None or last is None else (first, last)

    def __repr__(self) -> str:
        return f"<holidays of {self._code}{'-' * bool(self._part)}{self._part}>"


@lru_cache(maxsize=32)
def public_holidays(country: str, first_year: int, last_year: int, language: str) -> PublicHolidays:
    """The public holidays (weekends included) of a country from one year to another, both included.

    `country` is an ISO 3166 code, with a subdivision behind a hyphen where one is wanted (`DE-BY`). Names
    are in `language` where the package has it, else in the country's own. Raises CalendarError.
    """
    import holidays

    code, _, part = country.strip().upper().partition("-")
    try:
        kind: Any = type(holidays.country_holidays(code))
    except NotImplementedError:
        known = holidays.list_supported_countries()  # reads those of all countries
        raise CalendarError(
            f"no public holidays are known for {country!r:.40}", _near(code, known), {"word": country}
        ) from None
    if part and part not in kind.subdivisions:
        hint = " or ".join(f"{code}-{name}" for name in _alike(part, kind.subdivisions)) or code
        raise CalendarError(
            f"{code} has no part {part!r:.40} with holidays of its own", hint, {"word": country}
        )
    return PublicHolidays(code, part, first_year, last_year, _language(kind, language))


def _language(kind: Any, wanted: str) -> str | None:
    """The package's code for a language; its default for the country where it has no names in it.

    It must always be passed: left out, names follow the locale of the machine.
    """
    supported: tuple[str, ...] = tuple(getattr(kind, "supported_languages", ()) or ())
    wanted = wanted.replace("-", "_")
    base = wanted.partition("_")[0]
    for code in (wanted, base, _ALSO.get(base, base)):
        if code in supported:
            return code
    own = getattr(kind, "default_language", None)
    if isinstance(own, str) and own.partition("_")[0] == base:
        return own
    return next((code for code in supported if code.partition("_")[0] == base), own)


def code_of(country: str) -> str:
    """The ISO 3166 code of the country that a word names, in English, in its own language or nearly; "" for any other."""
    word = country.strip().upper()
    if word in _OWN_NAMES:
        return _OWN_NAMES[word]
    from holidays.registry import COUNTRIES

    if word in {facts[1] for facts in COUNTRIES.values()}:
        return word
    if len(word) <= 3:
        return ""
    from difflib import get_close_matches

    names = {name.replace("_", " ").upper(): str(facts[1]) for name, facts in COUNTRIES.items()}
    near = get_close_matches(word, names, 1, 0.75)
    return names[near[0]] if near else ""


def _near(word: str, known: Any) -> str:
    """The code of the country whose name this is, else the codes that it may be a slip of."""
    return code_of(word) or " or ".join(_alike(word, known) or sorted(known)[:10])


def _alike(word: str, known: Any) -> list[str]:
    return [code for code in sorted(known) if code[:1] == word[:1] and len(code) == len(word)]
