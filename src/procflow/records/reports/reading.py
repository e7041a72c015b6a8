"""Reading the journals of a store as of an instant: case by case, as a stream, and only the rows that say what is
asked for. The organisation is read as it stood then too, so that the same days give the same figures later.

It must not know what is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from msgspec import Struct

from procflow.core import journal as j
from procflow.core.organisation import Absence, Organisation
from procflow.core.record import decode_entries, decode_some
from procflow.errors import NOT_PUBLISHED, NotFound
from procflow.ports import Store
from procflow.records.reports.facts import CaseFacts
from procflow.stored import ORGANISATION

#: What every report needs of a case.
_ALWAYS = frozenset({"CaseOpened", "CaseClosed"})


class Import(Struct, frozen=True):
    """Figures that somebody brought in: `document` is the hash under which the store keeps them."""

    kind: str
    name: str
    document: str
    at: datetime
    by: str


class Standing(Struct, frozen=True):
    """The organisation as it stood at the end of the figures."""

    organisation: Organisation
    absences: tuple[Absence, ...] = ()
    imports: tuple[Import, ...] = ()
    shifts: Mapping[tuple[date, str], str] = {}

    def on_roster(self, day: date) -> frozenset[str]:
        """Who has a shift on a day; nobody where the roster has none that day."""
        return frozenset(person for (on, _), person in self.shifts.items() if on == day and person)


def standing(store: Store, as_of: datetime) -> Standing:
    """Raises NotFound where no organisation was ever published. Before the first one, the first one counts."""
    organisation = ""
    absences: list[Absence] = []
    imports: list[Import] = []
    shifts: dict[tuple[date, str], str] = {}
    for row in store.journal(ORGANISATION):
        late = row.at >= as_of
        for entry in decode_entries(row.entries):
            if isinstance(entry, j.SurroundingsPublished) and (not late or not organisation):
                organisation = entry.organisation
            elif late:
                continue
            elif isinstance(entry, j.AbsenceRegistered):
                absences.append(Absence(entry.person, entry.since, entry.until))
            elif isinstance(entry, j.AbsenceEnded):
                absences = list(_ended(absences, entry))
            elif isinstance(entry, j.FiguresImported):
                imports.append(Import(entry.kind, entry.name, entry.document, row.at, entry.by))
            elif isinstance(entry, j.ShiftAssigned):
                shifts[entry.day, entry.shift] = entry.person
            elif isinstance(entry, j.ShiftSwapped):
                shifts[entry.day, entry.shift] = entry.taker
                if entry.return_day is not None:
                    shifts[entry.return_day, entry.return_shift] = entry.giver
    if not organisation:
        raise NotFound(*NOT_PUBLISHED)
    found = Organisation.from_json(store.document(organisation))
    return Standing(found, tuple(absences), tuple(imports), shifts)


def _ended(absences: list[Absence], entry: j.AbsenceEnded) -> Iterator[Absence]:
    for absence in absences:
        ends = absence.person == entry.person and absence.covers(entry.at)
        if not ends:
            yield absence
        elif absence.since != entry.at:
            yield Absence(absence.person, absence.since, entry.at)


def cases_as_of(
    store: Store, as_of: datetime, kinds: frozenset[str], procedures: tuple[str, ...] = ()
) -> Iterator[CaseFacts]:
    """Every case that was opened before `as_of`, as it stood then, by number. `kinds` are the entries to look at;
    a row without any of them is passed by unread. Time within a case never goes back: a step that was entered
    late, or is about a time before the case was there, counts when it could first be known."""
    wanted = kinds | _ALWAYS
    marks = tuple(kind.encode() for kind in sorted(wanted))
    facts: CaseFacts | None = None
    place = -1
    done = False
    for number, procedure, row in store.journals(procedures):
        if number != place:
            if facts is not None and facts.opened is not None:
                facts.judge(as_of)
                yield facts
            place, facts, done = number, CaseFacts(number, row.case_id, procedure), False
        assert facts is not None
        if done:
            continue
        at = row.at if facts.at is None or row.at > facts.at else facts.at
        if at >= as_of:
            done = True
            continue
        facts.at = at
        if any(mark in row.entries for mark in marks):
            facts.fold(decode_some(row.entries, wanted), at, row.ran_at)
    if facts is not None and facts.opened is not None:
        facts.judge(as_of)
        yield facts
