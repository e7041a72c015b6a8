"""How a clock shows: late, soon, calm or standing still, each with a word and a sign of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from procflow.core.organisation import Surroundings
from procflow.core.words import relative_in_words


class Shown(Struct, frozen=True):
    """`mood` is late, soon, calm or still; `word` says it; `when` is the instant in words, `at` for machines."""

    mood: str
    word: str = ""
    when: str = ""
    at: str = ""


def shown(
    due: datetime | None, act_by: datetime | None, now: datetime, surroundings: Surroundings,
    language: str, w: Mapping[str, Any],
) -> Shown:  # fmt: skip
    """Late from the due instant on; soon where it must be done by the end of today."""
    act = act_by or due
    if act is None:
        return Shown("calm")
    zone = surroundings.organisation.zone
    when = relative_in_words(act, now, zone, language)
    if due is not None and due <= now:
        return Shown("late", w["late"], when, act.isoformat())
    if act <= surroundings.calendar.day_of(now).ends:
        return Shown("soon", w["soon"], when, act.isoformat())
    return Shown("calm", "", when, act.isoformat())
