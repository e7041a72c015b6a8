"""The words that stand around a report in every form."""

from __future__ import annotations

from collections.abc import Mapping

from procflow.core.words import date_in_words, instant_in_words
from procflow.records.reports.sheet import Sheet

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "days": "{first} to {last}",
        "day": "{first}",
        "final": "Final: nothing that happens later changes these figures.",
        "provisional": "Not final: figures up to {as_of}.",
        "empty": "There is nothing to report for these days.",
        "none": "Nothing.",
        "more": "and {n} more; --format csv gives them all",
        "more_html": "The first {shown} of {n} rows; the CSV form has them all.",
        "table": "Figures as a table",
        "note": "Note",
        "warning": "Look at this",
        "conflict": "Conflict",
        "made": "procflow report {report} · as of {as_of} · zone {zone}",
        "of": "of",
    },
    "da": {
        "days": "{first} til {last}",
        "day": "{first}",
        "final": "Endelig: intet, der sker senere, ændrer disse tal.",
        "provisional": "Ikke endelig: tal til og med {as_of}.",
        "empty": "Der er intet at rapportere for disse dage.",
        "none": "Intet.",
        "more": "og {n} til; --format csv giver dem alle",
        "more_html": "De første {shown} af {n} rækker; CSV-formen har dem alle.",
        "table": "Tallene som tabel",
        "note": "Bemærk",
        "warning": "Se på dette",
        "conflict": "Modsigelse",
        "made": "procflow report {report} · opgjort {as_of} · zone {zone}",
        "of": "af",
    },
}


def words(language: str) -> Mapping[str, str]:
    return WORDS.get(language, WORDS["en"])


def days_in_words(sheet: Sheet, language: str) -> str:
    first, last = (date_in_words(day, language) for day in (sheet.first, sheet.last))
    name = "day" if sheet.first == sheet.last else "days"
    text = words(language)[name].format(first=first, last=last)
    return text[:1].upper() + text[1:]


def standing_in_words(sheet: Sheet, language: str) -> str:
    """Whether the figures can still change, in a sentence."""
    if sheet.final:
        return words(language)["final"]
    return words(language)["provisional"].format(as_of=instant_in_words(sheet.as_of, sheet.zone, language))
