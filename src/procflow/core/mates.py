"""Team mates that people choose themselves (PRO-08): who may be paired, who may part, and what counts beside the file.

Pure: each answers with the entries of the organisation's journal, or with a refusal that changes nothing. Mates are
each other's, nobody is their own, and nobody has two (INV-10). It must not know who keeps the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from procflow.core import journal as j
from procflow.core.organisation import Organisation, Surroundings
from procflow.core.refusals import Refusal
from procflow.core.roster import Decided, stranger

#: A person, the mate since then ("": none), and the mate that the organisation's file named at that time.
Chosen = tuple[str, str, str]


def mates_paired(
    surroundings: Surroundings, one: str, other: str, confirmed: Sequence[str], by: str, now: datetime
) -> Decided:
    """Make two people each other's mate; both must have said yes. A pair that is there gives no entries."""
    organisation = surroundings.organisation
    refusal = stranger(organisation, one, other, by, *confirmed)
    if refusal is not None:
        return refusal
    if one == other:
        return Refusal("own_mate", {"actor": organisation.name_of(one)})
    if mate_of(organisation, one) == other and mate_of(organisation, other) == one:
        return ()
    for person in (one, other):
        mate = mate_of(organisation, person)
        if mate and mate != (other if person == one else one):
            names = {"actor": organisation.name_of(person), "mate": organisation.name_of(mate)}
            return Refusal("has_mate", names)
    silent = [person for person in (one, other) if person not in confirmed]
    if silent:
        names = {"people": ", ".join(organisation.name_of(person) for person in silent)}
        return Refusal("pair_not_confirmed", names)
    written = _written(surroundings, one), _written(surroundings, other)
    return (j.MatesPaired(one, other, *written, tuple(confirmed), by, now),)


def mates_parted(surroundings: Surroundings, one: str, other: str, by: str, now: datetime) -> Decided:
    """Let two mates part; the word of one is enough."""
    organisation = surroundings.organisation
    refusal = stranger(organisation, one, other, by)
    if refusal is not None:
        return refusal
    if mate_of(organisation, one) != other and mate_of(organisation, other) != one:
        names = {"actor": organisation.name_of(one), "mate": organisation.name_of(other)}
        return Refusal("not_mates", names)
    written = _written(surroundings, one), _written(surroundings, other)
    return (j.MatesParted(one, other, *written, by, now),)


def mate_of(organisation: Organisation, person: str) -> str:
    """The id of a person's mate; "" for nobody."""
    return str(organisation.people.get(person, {}).get("mate") or "")


def chosen_after(chosen: Iterable[Chosen], entry: j.MatesPaired | j.MatesParted) -> tuple[Chosen, ...]:
    """What people chose, one entry further."""
    kept = [one for one in chosen if one[0] not in (entry.one, entry.other)]
    paired = isinstance(entry, j.MatesPaired)
    kept.append((entry.one, entry.other if paired else "", entry.one_written))
    kept.append((entry.other, entry.one if paired else "", entry.other_written))
    return tuple(kept)


def with_mates(
    organisation: Organisation, chosen: Iterable[Chosen]
) -> tuple[Organisation, Mapping[str, str]]:
    """The organisation with the mates that people chose, and what its file says of those.

    Whose mate was changed in the file since has the one of the file: the newer word counts. A mate whose own mate is
    somebody else by now is none.
    """
    mates: dict[str, str] = {}
    for person, mate, written in chosen:
        if person in organisation.people and mate_of(organisation, person) == written != mate:
            mates[person] = mate if mate in organisation.people else ""
    if not mates:
        return organisation, {}
    mates = {
        person: mate if mates.get(mate, mate_of(organisation, mate)) == person else ""
        for person, mate in mates.items()
    }
    people = {person: {"mate": mate or None} for person, mate in mates.items()}
    return organisation.laid_over({"people": people}), {p: mate_of(organisation, p) for p in mates}


def _written(surroundings: Surroundings, person: str) -> str:
    """The mate that the file names, whatever people chose since."""
    written = surroundings.mates_written.get(person)
    return mate_of(surroundings.organisation, person) if written is None else written
