"""The organisation's own journal: documents put in force, absences, shifts, mates. Its sequence is the surroundings' version."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from msgspec.json import encode as to_json
from msgspec.structs import replace

from procflow.core import journal as j
from procflow.core.decide import Command, Request
from procflow.core.mates import chosen_after, mates_paired, mates_parted
from procflow.core.organisation import Absence, Surroundings
from procflow.core.record import (
    decode,
    encode,
    encode_entries,
)
from procflow.core.refusals import Refusal
from procflow.core.roster import Decided, absence_ended, absence_registered, shift_assigned, shift_swapped
from procflow.engine.answers import HOST_TRIES, START_HASH, Answer
from procflow.engine.at_hand import AtHand
from procflow.engine.rows import hash_of
from procflow.errors import Conflict
from procflow.stored import ORGANISATION, Append, JournalRow, StoredCase

#: The organisation before its first entry.
NO_ORGANISATION: Mapping[str, Any] = {"organisation": "", "tables": {}, "absences": ()}
#: How long a shift that is over stays on the roster; the journal keeps it for ever.
_SHIFTS_STAY = timedelta(days=100)


class OrganisationJournal(AtHand):
    """The part of the engine that keeps the organisation's journal."""

    _known: Callable[[Command], Answer | None]
    read_anew: Any
    read_roster: Any

    def register_absence(
        self, command_id: str | Request, absence: Absence, by: str, *, mate_must_stay: bool = False
    ) -> Answer:
        """Register an absence; an overlapping one, or one of nobody here, is refused."""
        now = self.world.now()
        answer = self.organise(
            command_id,
            lambda here: absence_registered(here, absence, by, now, mate_must_stay=mate_must_stay),
        )
        return self._moved(answer, absence.person)

    def end_absence(self, command_id: str | Request, person: str, at: datetime, by: str) -> Answer:
        """End the absence that runs at `at` (take it away where it only begins then); others stay."""
        return self._moved(
            self.organise(command_id, lambda here: absence_ended(here, person, at, by)), person
        )

    def _moved(self, answer: Answer, person: str) -> Answer:
        """The work of somebody who is away, or back, moves at once."""
        if answer.accepted and not answer.repeated:
            self.read_anew(person)
        return answer

    def assign_shift(self, command_id: str | Request, day: date, name: str, person: str, by: str) -> Answer:
        """Put a person on a shift; an empty person takes the shift off the roster."""
        now = self.world.now()
        return self._planned(
            self.organise(command_id, lambda here: shift_assigned(here, day, name, person, by, now))
        )

    def swap_shift(
        self,
        command_id: str | Request,
        day: date,
        giver: str,
        taker: str,
        confirmed: Sequence[str],
        by: str,
        in_return: date | None = None,
    ) -> Answer:
        """Let two people swap; both must have confirmed it."""
        now = self.world.now()
        return self._planned(
            self.organise(
                command_id,
                lambda here: shift_swapped(here, day, giver, taker, confirmed, by, now, in_return),
            )
        )

    def _planned(self, answer: Answer) -> Answer:
        """The work that goes by the roster moves at once."""
        if answer.accepted and not answer.repeated:
            self.read_roster()
        return answer

    def pair_mates(
        self, command_id: str | Request, one: str, other: str, confirmed: Sequence[str], by: str
    ) -> Answer:
        """Make two people each other's mate; both must have said yes."""
        now = self.world.now()
        answer = self.organise(command_id, lambda here: mates_paired(here, one, other, confirmed, by, now))
        return self._moved(self._moved(answer, one), other)

    def part_mates(self, command_id: str | Request, one: str, other: str, by: str) -> Answer:
        """Let two mates part."""
        now = self.world.now()
        answer = self.organise(command_id, lambda here: mates_parted(here, one, other, by, now))
        return self._moved(self._moved(answer, one), other)

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

    def organise(
        self, command_id: str | Request, wanted: tuple[Any, ...] | Callable[[Surroundings], Decided]
    ) -> Answer:
        """Append to the organisation's journal. The same command id again changes nothing.

        What is `wanted` may be decided on the surroundings as they are at the commit: where somebody was faster
        it is decided again, so that of two holidays that exclude each other only one is registered.
        """
        request = command_id if isinstance(command_id, Request) else Request(command_id)
        command_id, asked = request.id, request.asked
        for _ in range(HOST_TRIES):
            known = self._known(Command(command_id, "organise", asked=asked))
            if known is not None:
                return known
            entries = wanted if isinstance(wanted, tuple) else ()
            expected = None
            if not isinstance(wanted, tuple):
                here = self.surroundings()
                decided = wanted(here)
                if isinstance(decided, Refusal):
                    return Answer(False, ORGANISATION, 0, here.version, decided)
                if not decided:
                    return Answer(True, ORGANISATION, 0, here.version, None, None, True)
                entries, expected = decided, here.version
            row = self.store.load(ORGANISATION)
            if expected is not None and (row is None or row.sequence != expected):
                continue
            step = _step(row, command_id, asked, entries, self.world.now())
            try:
                self.store.append(step)
            except Conflict:
                continue
            return Answer(True, ORGANISATION, 0, step.row.sequence)
        raise Conflict("the organisation is being changed by others", "try again")


def _step(
    last: StoredCase | None, command_id: str, asked: str, entries: tuple[Any, ...], now: datetime
) -> Append:
    """The next step of the organisation's journal, after the `last` one."""
    state = dict(decode(last.snapshot) if last is not None else NO_ORGANISATION)
    for entry in entries:
        state = fold_organisation(state, entry)
    sequence, head = (last.sequence + 1, last.head) if last is not None else (1, START_HASH)
    row = JournalRow(
        ORGANISATION, sequence, command_id, now, now, state["organisation"], sequence, encode_entries(entries), head, b""
    )  # fmt: skip
    told: dict[str, Any] = {"case": ORGANISATION, "number": 0, "sequence": sequence}
    if asked:
        told["asked"] = asked
    return Append(
        row=replace(row, hash=hash_of(row)),
        snapshot=encode(state),
        answer=to_json(told),
        key_slot=0,
        opens=last is None or last.sequence == 0,
    )


def fold_organisation(state: Mapping[str, Any], entry: Any) -> dict[str, Any]:
    """The organisation's journal, one entry further."""
    after = dict(state)
    if isinstance(entry, j.SurroundingsPublished):
        after["organisation"], after["tables"] = entry.organisation, dict(entry.tables)
    elif isinstance(entry, j.AbsenceRegistered):
        entered = (entry.entered,) if entry.entered is not None else ()
        after["absences"] = (*after["absences"], (entry.person, entry.since, entry.until, *entered))
    elif isinstance(entry, j.AbsenceEnded):
        kept = []
        for person, since, until, *entered in after["absences"]:
            if person == entry.person and since <= entry.at and (until is None or until > entry.at):
                if since == entry.at:
                    continue
                until = entry.at  # one that is still to come stays
            kept.append((person, since, until, *entered))
        after["absences"] = tuple(kept)
    elif isinstance(entry, j.ShiftAssigned | j.ShiftSwapped):
        after["shifts"] = _shifts_after(after.get("shifts", ()), entry)
    elif isinstance(entry, j.MatesPaired | j.MatesParted):
        after["mates"] = chosen_after(after.get("mates", ()), entry)
    elif isinstance(entry, j.LookupsDeclared):
        for key, declared in (("lookups", entry.fields), ("lookups_ready", entry.ready)):
            after[key] = {name: tuple(fields) for name, fields in declared.items()}
    elif isinstance(entry, j.FiguresImported):
        pass  # no step sees figures; reports read them in the journal
    else:
        raise TypeError(f"no fold for {type(entry).__name__}")
    return after


def _shifts_after(
    shifts: tuple[tuple[date, str, str], ...], entry: j.ShiftAssigned | j.ShiftSwapped
) -> tuple[tuple[date, str, str], ...]:
    """The roster, one entry further: by day and name, without what is long over."""
    holders = {(day, name): person for day, name, person in shifts}
    if isinstance(entry, j.ShiftAssigned):
        holders[entry.day, entry.shift] = entry.person
    else:
        holders[entry.day, entry.shift] = entry.taker
        if entry.return_day is not None:
            holders[entry.return_day, entry.return_shift] = entry.giver
    oldest = (entry.entered - _SHIFTS_STAY).date()
    return tuple(
        (day, name, person) for (day, name), person in sorted(holders.items()) if person and day >= oldest
    )
