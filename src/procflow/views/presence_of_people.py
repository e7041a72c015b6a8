"""Everybody of the organisation as plain values: who is here, who is away and who stands in, team mates, shifts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from procflow.app import App
from procflow.core.mates import mate_of
from procflow.core.organisation import Absence
from procflow.core.people import stand_ins
from procflow.core.roster import mate_warning
from procflow.core.words import date_in_words, instant_in_words

#: How far ahead the roster is shown.
_AHEAD = timedelta(days=20)


def people_view(app: App, language: str) -> dict[str, Any]:
    """Absences now and to come, with what is wrong with them; pairs; shifts; everybody."""
    surroundings, now = app.engine.surroundings(), app.world.now()
    organisation = surroundings.organisation
    zone, name = organisation.zone, organisation.name_of
    open_ = app.store.work_of(list(organisation.people))
    absences = sorted(
        (a for a in surroundings.absences if (a.until is None or a.until > now) and a.person in organisation.people),
        key=lambda a: (a.since, a.person),
    )  # fmt: skip
    today = organisation.calendar.civil_date(now)
    days: dict[Any, list[dict[str, str]]] = {}
    for shift in app.roster(today, today + _AHEAD):
        days.setdefault(shift.day, []).append({"shift": shift.name, "person": shift.person, "name": name(shift.person)})  # fmt: skip
    return {
        "absences": [
            {
                "person": a.person, "name": name(a.person), "now": a.covers(now), "since": a.since, "until": a.until,
                "since_words": instant_in_words(a.since, zone, language),
                "until_words": instant_in_words(a.until, zone, language) if a.until else "",
                "open": open_.get(a.person, 0),
                "stand_ins": [name(one) for one in stand_ins(surroundings, a.person, max(now, a.since))],
                "warning": mate_warning(surroundings, Absence(a.person, a.since, a.until), language),
            }
            for a in absences
        ],
        "pairs": [{"one": one, "other": other, "names": (name(one), name(other))} for one, other in app.mates()],
        "days": [{"day": day, "words": date_in_words(day, language), "shifts": shifts} for day, shifts in sorted(days.items())],
        "shifts": sorted({shift.name for shift in surroundings.shifts}),
        "people": sorted(
            (
                {
                    "person": person, "name": name(person), "open": open_.get(person, 0),
                    "roles": [organisation.role_name(role, language) for role in facts.get("roles", ())],
                    "mate": name(mate) if (mate := mate_of(organisation, person)) else "",
                    "away": surroundings.absent(person, now) is not None,
                }
                for person, facts in organisation.people.items()
            ),
            key=lambda one: one["name"],
        ),
    }  # fmt: skip
