"""The roster and the absences that people give notice of: what may be asked of the organisation, and why not.

Pure: each answers with the entries of the organisation's journal, or with a refusal that changes nothing. A shift
is one duty on one day and always has exactly one holder (INV-45); a swap needs the word of both (PRO-23). It must
not know who keeps the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from procflow.core import journal as j
from procflow.core.nearest import nearest
from procflow.core.organisation import Absence, Organisation, Shift, Surroundings, meeting, overlapping
from procflow.core.refusals import Refusal
from procflow.core.words import date_in_words, instant_in_words

_LANGUAGES = ("en", "da")

#: What the organisation is asked, decided: the entries for its journal, or why not.
Decided = tuple[Any, ...] | Refusal


def stranger(organisation: Organisation, *people: str) -> Refusal | None:
    """The refusal for the first of these who is nobody here; the empty text is no one in particular."""
    for name in people:
        if name and name not in organisation.people:
            near = nearest(name, tuple(organisation.people))
            return Refusal("unknown_person", {"actor": name, "near": f" ({near}?)" if near else ""})
    return None


# absences


def absence_registered(
    surroundings: Surroundings, absence: Absence, by: str, now: datetime, *, mate_must_stay: bool = False
) -> Decided:
    """Register an absence. One that is there already, to the letter, gives no entries.

    With `mate_must_stay` it is refused while the team mate is away too: a holiday, that somebody gives notice of
    (PRO-24). Illness asks nobody.
    """
    organisation = surroundings.organisation
    refusal = stranger(organisation, absence.person, by)
    if refusal is not None:
        return refusal
    if absence.until is not None and absence.until <= absence.since:
        return Refusal("backwards", _period(organisation, absence))
    old = overlapping(surroundings.absences, absence)
    if old is not None:
        if (old.since, old.until) == (absence.since, absence.until):
            return ()
        return Refusal(
            "overlap", {"actor": organisation.name_of(absence.person), **_period(organisation, old)}
        )
    away = mate_away(surroundings, absence)
    if mate_must_stay and away is not None:
        return Refusal("mate_away", _mates(organisation, absence.person, away))
    return (j.AbsenceRegistered(absence.person, absence.since, absence.until, by, now),)


def mate_away(surroundings: Surroundings, absence: Absence) -> Absence | None:
    """The absence of the team mate that meets this one, if there is one (PRO-08)."""
    mate = surroundings.organisation.people.get(absence.person, {}).get("mate")
    return next(
        (other for other in surroundings.absences if other.person == mate and meeting(other, absence)), None
    )


def _mates(organisation: Organisation, person: str, away: Absence) -> dict[str, Any]:
    names = {"actor": organisation.name_of(person), "mate": organisation.name_of(away.person)}
    return {**names, **_period(organisation, away)}


def mate_warning(surroundings: Surroundings, absence: Absence, language: str) -> str:
    """What to say where both mates are away; "" where one of them is there."""
    away = mate_away(surroundings, absence)
    if away is None:
        return ""
    return Refusal("mate_away", _mates(surroundings.organisation, absence.person, away)).words(language)


def absence_ended(surroundings: Surroundings, person: str, at: datetime, by: str) -> Decided:
    """End the absence that runs at `at`; one that only begins then is taken away."""
    organisation = surroundings.organisation
    refusal = stranger(organisation, person, by)
    if refusal is not None:
        return refusal
    if surroundings.absent(person, at) is None:
        return Refusal("not_absent", {"actor": organisation.name_of(person)})
    return (j.AbsenceEnded(person, at, by),)


def _period(organisation: Organisation, absence: Absence) -> dict[str, Any]:
    zone = organisation.zone
    return {
        "since": {lang: instant_in_words(absence.since, zone, lang) for lang in _LANGUAGES},
        "until": {
            lang: instant_in_words(absence.until, zone, lang) if absence.until else "?" for lang in _LANGUAGES
        },
    }


# shifts


def shift_of(shifts: Sequence[Shift], person: str, day: date) -> Shift | None:
    """The shift that a person has on a day."""
    return next((shift for shift in shifts if shift.day == day and shift.person == person), None)


def shift_assigned(
    surroundings: Surroundings, day: date, name: str, person: str, by: str, now: datetime
) -> Decided:
    """Put a person on a shift, which is new or changes hands; an empty person takes the shift off the roster."""
    organisation = surroundings.organisation
    refusal = stranger(organisation, person, by)
    if refusal is not None:
        return refusal
    old = next((s for s in surroundings.shifts if (s.day, s.name) == (day, name)), None)
    if not person and old is None:
        return Refusal("no_such_shift", {"shift": name, "day": _day(day)})
    if person:
        if old is not None and old.person == person:
            return ()
        own = shift_of(surroundings.shifts, person, day)
        if own is not None:
            return _has_one(organisation, own)
    return (j.ShiftAssigned(day, name, person, by, now),)


def shift_swapped(
    surroundings: Surroundings,
    day: date,
    giver: str,
    taker: str,
    confirmed: Sequence[str],
    by: str,
    now: datetime,
    in_return: date | None = None,
) -> Decided:
    """The giver's shift of a day goes to the taker, and the taker's of `in_return` to the giver (PRO-23)."""
    organisation = surroundings.organisation
    refusal = stranger(organisation, giver, taker, by, *confirmed)
    if refusal is not None:
        return refusal
    if giver == taker:
        return Refusal("same_person", {"actor": organisation.name_of(giver)})
    silent = [name for name in (giver, taker) if name not in confirmed]
    if silent:
        names = ", ".join(organisation.name_of(name) for name in silent)
        return Refusal("not_confirmed", {"people": names})
    shifts = surroundings.shifts
    given = shift_of(shifts, giver, day)
    if given is None:
        return Refusal("no_shift", {"actor": organisation.name_of(giver), "day": _day(day)})
    back = None
    if in_return is not None:
        back = shift_of(shifts, taker, in_return)
        if back is None:
            return Refusal("no_shift", {"actor": organisation.name_of(taker), "day": _day(in_return)})
    taken = shift_of(shifts, taker, day)
    if taken is not None and taken != back:
        return _has_one(organisation, taken)
    if back is not None and in_return is not None:
        own = shift_of(shifts, giver, in_return)
        if own is not None and own != given:
            return _has_one(organisation, own)
    return (
        j.ShiftSwapped(
            day, given.name, giver, taker, in_return, back.name if back else "", tuple(confirmed), by, now
        ),
    )


def _has_one(organisation: Organisation, shift: Shift) -> Refusal:
    facts = {"actor": organisation.name_of(shift.person), "shift": shift.name, "day": _day(shift.day)}
    return Refusal("has_shift", facts)


def _day(day: date) -> Mapping[str, str]:
    return {lang: date_in_words(day, lang) for lang in _LANGUAGES}
