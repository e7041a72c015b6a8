"""The organisation's own journal: documents put in force, absences. Its sequence is the surroundings' version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec.json import encode as to_json
from msgspec.structs import replace

from procflow.core import journal as j
from procflow.core.decide import Command
from procflow.core.organisation import Absence, Surroundings, overlapping
from procflow.core.record import (
    decode,
    encode,
    encode_entries,
)
from procflow.core.refusals import Refusal
from procflow.core.words import instant_in_words
from procflow.engine.answers import HOST_TRIES, START_HASH, Answer
from procflow.engine.rows import hash_of
from procflow.errors import Conflict
from procflow.ports import (
    ORGANISATION,
    Append,
    JournalRow,
    Store,
    StoredCase,
    World,
)

#: The organisation before its first entry.
NO_ORGANISATION: Mapping[str, Any] = {"organisation": "", "tables": {}, "absences": ()}


class OrganisationJournal:
    """The part of the engine that keeps the organisation's journal."""

    store: Store
    world: World
    surroundings: Callable[[], Surroundings]
    _known: Callable[[Command], Answer | None]

    def register_absence(self, command_id: str, absence: Absence, by: str) -> Answer:
        """Register an absence; an overlapping one, or one of nobody here, is refused."""
        known = self._known(Command(command_id, "absent"))
        if known is not None:
            return known
        current = self.surroundings()
        people = current.organisation.people
        stranger = next((name for name in (absence.person, by) if name and name not in people), "")
        if stranger:
            return Answer(
                False, ORGANISATION, 0, current.version, Refusal("unknown_person", {"actor": stranger})
            )
        old = overlapping(current.absences, absence)
        if old is not None and old == absence:
            return Answer(True, ORGANISATION, 0, current.version, None, None, True)
        if old is not None:
            zone = current.organisation.zone
            facts = {
                "actor": current.organisation.name_of(absence.person),
                "since": {lang: instant_in_words(old.since, zone, lang) for lang in ("en", "da")},
                "until": {
                    lang: instant_in_words(old.until, zone, lang) if old.until else "?"
                    for lang in ("en", "da")
                },
            }
            return Answer(False, ORGANISATION, 0, current.version, Refusal("overlap", facts))
        entry = j.AbsenceRegistered(absence.person, absence.since, absence.until, by)
        return self.organise(command_id, (entry,))

    def end_absence(self, command_id: str, person: str, at: datetime, by: str) -> Answer:
        """End the absence that runs at `at` (take it away where it only begins then); others stay."""
        known = self._known(Command(command_id, "absent"))
        if known is not None:
            return known
        current = self.surroundings()
        people = current.organisation.people
        stranger = next((name for name in (person, by) if name and name not in people), "")
        if stranger:
            return Answer(
                False, ORGANISATION, 0, current.version, Refusal("unknown_person", {"actor": stranger})
            )
        if current.absent(person, at) is None:
            facts = {"actor": current.organisation.name_of(person)}
            return Answer(False, ORGANISATION, 0, current.version, Refusal("not_absent", facts))
        return self.organise(command_id, (j.AbsenceEnded(person, at, by),))

    def publish_surroundings(
        self, command_id: str, organisation: str, tables: Mapping[str, str]
    ) -> Answer | None:
        """Put documents in force; None when they are in force already."""
        row = self.store.load(ORGANISATION)
        if row is not None:
            state = decode(row.snapshot)
            if state["organisation"] == organisation and dict(state["tables"]) == dict(tables):
                return None
        return self.organise(command_id, (j.SurroundingsPublished(organisation, dict(tables)),))

    def organise(self, command_id: str, entries: tuple[Any, ...]) -> Answer:
        """Append to the organisation's journal. The same command id again changes nothing."""
        for _ in range(HOST_TRIES):
            known = self._known(Command(command_id, "organise"))
            if known is not None:
                return known
            row = self.store.load(ORGANISATION)
            if row is None:
                row = StoredCase(ORGANISATION, 0, "", "", 0, START_HASH, 0, b"", False)
                state: dict[str, Any] = dict(NO_ORGANISATION)
            else:
                state = dict(decode(row.snapshot))
            for entry in entries:
                state = fold_organisation(state, entry)
            now = self.world.now()
            step = JournalRow(
                ORGANISATION, row.sequence + 1, command_id, now, now, state["organisation"], row.sequence + 1,
                encode_entries(entries), row.head, b"",
            )  # fmt: skip
            step = replace(step, hash=hash_of(step))
            told = {"case": ORGANISATION, "number": 0, "sequence": step.sequence}
            try:
                self.store.append(
                    Append(
                        row=step,
                        snapshot=encode(state),
                        answer=to_json(told),
                        key_slot=0,
                        opens=row.sequence == 0,
                    )
                )
            except Conflict:
                continue
            return Answer(True, ORGANISATION, 0, step.sequence)
        raise Conflict("the organisation is being changed by others", "try again")


def fold_organisation(state: Mapping[str, Any], entry: Any) -> dict[str, Any]:
    """The organisation's journal, one entry further."""
    after = dict(state)
    if isinstance(entry, j.SurroundingsPublished):
        after["organisation"], after["tables"] = entry.organisation, dict(entry.tables)
    elif isinstance(entry, j.AbsenceRegistered):
        after["absences"] = (*after["absences"], (entry.person, entry.since, entry.until))
    elif isinstance(entry, j.AbsenceEnded):
        kept = []
        for person, since, until in after["absences"]:
            if person == entry.person and since <= entry.at and (until is None or until > entry.at):
                if since == entry.at:
                    continue
                until = entry.at  # one that is still to come stays
            kept.append((person, since, until))
        after["absences"] = tuple(kept)
    else:
        raise TypeError(f"no fold for {type(entry).__name__}")
    return after
