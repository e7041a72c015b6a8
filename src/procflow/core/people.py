"""Who may and who must: roles, stand-ins, absence, four eyes (PRO-07, PRO-08).

Pure answers over the surroundings; who asks is `decide`, the inbox and `why`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from procflow.core.organisation import Organisation, Surroundings


def stand_ins(surroundings: Surroundings, person: str, now: datetime) -> tuple[str, ...]:
    """Who gets the work of `person` while absent: the first of the organisation's `stand_in` that is there.

    `mate` is the person's team mate; any other word is a role. Absent stand-ins are passed over; an empty
    answer means that nobody is left. With "" for the person: who has the work of somebody who is not there any more.
    """
    organisation = surroundings.organisation
    for word in organisation.stand_in:
        if word == "mate":
            mate = organisation.people.get(person, {}).get("mate")
            candidates: tuple[str, ...] = (mate,) if mate else ()
        else:
            candidates = organisation.members.get(word, ())
        present = tuple(
            name for name in candidates if name != person and surroundings.absent(name, now) is None
        )
        if present:
            return present
    return ()


def holders(
    surroundings: Surroundings, roles: Iterable[str], people: Iterable[str], now: datetime
) -> Mapping[str, str]:
    """Everyone who has the work now -> for whom ("" when it is their own).

    A role's work is all its present members'; if all are away, their stand-ins'; and where the organisation has no such
    role any more, the stand-ins' as their own, for the cases outlive the organisation's file. A role that is there and
    that nobody has is nobody's. A named person's work is that person's, and while the person is absent (or has left
    the organisation) the stand-ins'.
    """
    found: dict[str, str] = {}
    organisation, absences = surroundings.organisation, surroundings.absences
    known = organisation.people
    for person in people:
        if person in known and surroundings.absent(person, now) is None:
            found[person] = ""
        else:
            for name in stand_ins(surroundings, person, now):
                found.setdefault(name, person)
    for role in roles:
        members = organisation.members.get(role, ())
        present = [n for n in members if surroundings.absent(n, now) is None] if absences else members
        for name in present:
            found[name] = ""
        if not members and role not in organisation.roles:
            for name in stand_ins(surroundings, "", now):
                found.setdefault(name, "")
        elif not present:
            for member in members:
                for name in stand_ins(surroundings, member, now):
                    found.setdefault(name, member)
    return found


def left_behind(
    organisation: Organisation, roles: Iterable[str], people: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of these roles and people, those that the organisation has no more: their work is with the stand-ins."""
    return (
        tuple(role for role in roles if role not in organisation.roles),
        tuple(name for name in people if name not in organisation.people),
    )


def stands_in_for(surroundings: Surroundings, person: str, now: datetime) -> tuple[str, ...]:
    """The absent people whose work `person` has now."""
    return tuple(
        absence.person
        for absence in surroundings.absences
        if absence.covers(now) and person in stand_ins(surroundings, absence.person, now)
    )
