"""Public holidays by the `holidays` package: the only door to it, opened only when documents are published.

A calendar keeps the days that it was given, so a step never comes here.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from procflow.errors import CalendarError

#: What the package calls a language that we name otherwise.
_ALSO = {"nb": "no", "nn": "no"}
#: What people call their country; the package knows the English names.
_OWN_NAMES = {
    "DANMARK": "DK",
    "NORGE": "NO",
    "SVERIGE": "SE",
    "NEDERLAND": "NL",
    "DEUTSCHLAND": "DE",
    "UK": "GB",
}


def public_holidays(country: str, first_year: int, last_year: int, language: str) -> dict[date, str]:
    """The public holidays (weekends included) of a country from one year to another, both included.

    `country` is an ISO 3166 code, with a subdivision behind a hyphen where one is wanted (`DE-BY`). Names
    are in `language` where the package has it, else in the country's own. Raises CalendarError.
    """
    return dict(_public_holidays(country, first_year, last_year, language))


@lru_cache(maxsize=32)
def _public_holidays(country: str, first_year: int, last_year: int, language: str) -> dict[date, str]:
    """Worked out once in a process: forty years of feasts take longer than to read the organisation."""
    import holidays

    code, _, part = country.strip().upper().partition("-")
    known = holidays.list_supported_countries()
    if code not in known:
        raise CalendarError(
            f"no public holidays are known for {country!r:.40}", _near(code, known), {"word": country}
        )
    if part and part not in known[code]:
        hint = " or ".join(f"{code}-{name}" for name in _alike(part, known[code])) or code
        raise CalendarError(
            f"{code} has no part {part!r:.40} with holidays of its own", hint, {"word": country}
        )
    years = range(first_year, last_year + 1)
    kind: Any = type(holidays.country_holidays(code))
    found = holidays.country_holidays(
        code, subdiv=part or None, years=years, language=_language(kind, language), categories=("public",)
    )
    return {day: found[day] for day in sorted(found)}


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


def _near(word: str, known: Any) -> str:
    """The code of the country whose name this is, else the codes that it may be a slip of."""
    if word in _OWN_NAMES:
        return _OWN_NAMES[word]
    if len(word) > 3:
        from difflib import get_close_matches

        from holidays.registry import COUNTRIES

        names = {name.replace("_", " ").upper(): facts[1] for name, facts in COUNTRIES.items()}
        near = get_close_matches(word, names, 1, 0.6)
        if near and names[near[0]] in known:
            return str(names[near[0]])
    return " or ".join(_alike(word, known) or sorted(known)[:10])


def _alike(word: str, known: Any) -> list[str]:
    return [code for code in sorted(known) if code[:1] == word[:1] and len(code) == len(word)]
