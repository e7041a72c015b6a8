"""A cell as people read it, in their language and zone, and as programs read it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from procflow.core.words import duration_in_words, number_in_words
from procflow.records.reports.sheet import Cell, Named, in_language

YES_NO = {"da": ("ja", "nej"), "en": ("yes", "no")}


def spoken(value: Cell, kind: str, language: str, zone: str) -> str:
    """The cell in words; "–" where nothing is known."""
    if value is None:
        return "–"
    if isinstance(value, Named):
        return in_language(value.words, language)
    if isinstance(value, bool):
        return YES_NO.get(language, YES_NO["en"])[not value]
    if isinstance(value, datetime):
        return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _hours(value, language) if kind == "open" else duration_in_words(value, language)
    if kind == "share" and isinstance(value, Decimal | int):
        return f"{number_in_words(_rounded(Decimal(value) * 100, 1), language)} %"
    if isinstance(value, Decimal) and kind in ("number", "signed"):
        value = _rounded(value, 1)
    if kind == "signed" and isinstance(value, Decimal | int):
        text = number_in_words(-value if value < 0 else value, language)
        return f"+{text}" if value > 0 else f"−{text}" if value < 0 else text
    if kind == "money" and isinstance(value, Decimal | int):
        return _thousands(_rounded(Decimal(value), 2), language)
    if kind == "count" and isinstance(value, int):
        return _thousands(Decimal(value), language)
    if isinstance(value, Decimal | int):
        return number_in_words(value, language)
    return str(value)


def plain(value: Cell, language: str) -> Any:
    """The cell for programs: ids for what is named, seconds for a span, ISO texts for days and instants in UTC."""
    if isinstance(value, Named):
        return value.id
    if isinstance(value, timedelta):
        seconds = Decimal(value // timedelta(microseconds=1)) / 1_000_000
        return int(seconds) if seconds == seconds.to_integral_value() else float(seconds)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _hours(value: timedelta, language: str) -> str:
    """Opening hours are told in hours: a day of them is no day."""
    hours, rest = divmod(value // timedelta(minutes=1), 60)
    hour = "t" if language == "da" else "h"
    return f"{hours} {hour} {rest} min" if hours and rest else f"{hours} {hour}" if hours else f"{rest} min"


def _rounded(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _thousands(value: Decimal, language: str) -> str:
    text = f"{value:,f}"
    return text.translate(str.maketrans(",.", ".,")) if language in ("da", "nb", "nl") else text
