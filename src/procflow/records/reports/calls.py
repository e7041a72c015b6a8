"""The report `calls`: calls offered, answered and missed, by person and day (PRO-25).

An answered call is a case of `call_in` that a person opened; a missed one is a case of `missed_call`, for the person
at whose desk it rang. Only time on duty counts: a shift of the roster on that day where it has any, else opening
hours, and never an absence. Everybody sees the own figures; names of others only who looks after them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from procflow.records.reports.columns import DAY
from procflow.records.reports.facts import CaseFacts
from procflow.records.reports.reader import SUPERVISORS, Parts, Reader, Report
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Table, median, share

ANSWERED, MISSED = "call_in", "missed_call"
_KINDS = frozenset({"DataSet"})
_NOBODY = Named("nobody", {"da": "Ingen bestemt", "en": "Nobody in particular"})
_CALLED_BACK = {
    "called_back": {"da": "Ringet tilbage", "en": "Called back"},
    "written_to": {"da": "Skrevet til", "en": "Written to"},
    "number_withheld": {"da": "Skjult nummer", "en": "Number withheld"},
    "open": {"da": "Venter endnu", "en": "Still waiting"},
}
_OFFERED = Column("offered", {"da": "Ringede", "en": "Offered"}, "count")
_TAKEN = Column("answered", {"da": "Besvaret", "en": "Answered"}, "count")
_LOST = Column("missed", {"da": "Ubesvaret", "en": "Missed"}, "count")
_RATE = Column("rate", {"da": "Besvaret, andel", "en": "Answered, share"}, "share")
_PEOPLE_COLUMNS = (
    Column("person", {"da": "Medarbejder", "en": "Person"}), _OFFERED, _TAKEN, _LOST, _RATE,
    Column("rang", {"da": "Ringede forgæves, median", "en": "Rang in vain, median"}, "span"),
    Column("off_duty", {"da": "Uden for vagt", "en": "Off duty"}, "count"),
)  # fmt: skip
_DAY_COLUMNS = (DAY, _OFFERED, _TAKEN, _LOST, _RATE)
_CALLBACK_COLUMNS = (
    Column("outcome", {"da": "Udfald", "en": "Outcome"}),
    Column("calls", {"da": "Opkald", "en": "Calls"}, "count"),
    Column("median", {"da": "Ventetid, median", "en": "Waited, median"}, "span"),
)
_CHARTS = (
    Chart("share", "people", {"da": "Besvaret og ubesvaret", "en": "Answered and missed"}, "person", ("answered", "missed"), ("good", "bad")),
    Chart("days", "days", {"da": "Opkald dag for dag", "en": "Calls day by day"}, "day", ("answered", "missed"), ("good", "bad")),
)  # fmt: skip


class _Tally:
    """The calls of the days, counted case by case."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.people: dict[str, Counter[str]] = defaultdict(Counter)
        self.named: dict[str, Named] = {}
        self.rang: dict[str, list[timedelta]] = defaultdict(list)
        self.days: dict[date, Counter[str]] = {day: Counter() for day in reader.period.day_by_day()}
        self.became: Counter[str] = Counter()  # of the missed ones
        self.waited: dict[str, list[timedelta]] = defaultdict(list)

    def take(self, case: CaseFacts) -> None:
        reader = self.reader
        if not reader.period.holds(case.opened) or (case.procedure == ANSWERED and case.origin):
            return  # a call that we made ourselves, to call back
        person, at, kind = _call(case)
        off = not _on_duty(reader, person, at)
        who = _NOBODY if not person else reader.staff(person)
        self.named[who.id] = who
        self.people[who.id]["off" if off else kind] += 1
        if self.days and not off:
            self.days[reader.organisation.calendar.civil_date(case.opened)][kind] += 1
        if kind == "missed":
            self._take_missed(case, who, at)

    def _take_missed(self, case: CaseFacts, who: Named, at: datetime) -> None:
        if isinstance(seconds := case.data.get("rang_for"), int):
            self.rang[who.id].append(timedelta(seconds=seconds))
        outcome = case.outcome or "open"
        self.became[outcome] += 1
        if case.closed is not None and outcome != "number_withheld":
            self.waited[outcome].append(case.closed - at)

    @property
    def total(self) -> Counter[str]:
        return sum(self.people.values(), Counter())


def _call(case: CaseFacts) -> tuple[str, datetime, str]:
    """(at whose desk it rang, when, answered or missed)."""
    assert case.opened is not None
    if case.procedure == ANSWERED:
        return case.by, case.opened, "answered"
    rang_at = case.data.get("rang_at")
    return (
        person_id(case.data.get("called_agent")),
        rang_at if isinstance(rang_at, datetime) else case.opened,
        "missed",
    )


def person_id(value: Any) -> str:
    """The id of a person as data hold one: an id, or the whole person."""
    return str(value.get("id") or "") if isinstance(value, Mapping) else str(value or "")


def _on_duty(reader: Reader, person: str, at: datetime) -> bool:
    standing, calendar = reader.standing, reader.organisation.calendar
    if any(absence.person == person and absence.covers(at) for absence in standing.absences):
        return False
    if not calendar.is_open(at):
        return False
    holders = standing.on_roster(calendar.civil_date(at))
    return not (holders and person) or person in holders


def build(reader: Reader) -> Parts:
    tally = _Tally(reader)
    for case in reader.cases(_KINDS, (ANSWERED, MISSED)):
        tally.take(case)
    return Parts((_by_person(tally), _by_day(tally), _called_back(tally)), _figures(tally), _CHARTS)


def _by_person(tally: _Tally) -> Table:
    order = sorted(tally.people, key=lambda who: (who in ("nobody", "colleagues"), who))
    return Table(
        "people",
        {"da": "Opkald efter medarbejder", "en": "Calls by person"},
        _PEOPLE_COLUMNS,
        tuple(
            (tally.named[who], *_counts(tally.people[who]), median(tally.rang[who]), tally.people[who]["off"])
            for who in order
        ),
        {
            "da": "Kun tid på vagt tæller: vagtplanen, hvor den har en vagt den dag, ellers åbningstiden, og aldrig fravær. Medarbejderne skal vide, at statistikken føres.",
            "en": "Only time on duty counts: the roster where it has a shift that day, else opening hours, and never an absence. The staff must know that these statistics are kept.",
        },
    )


def _by_day(tally: _Tally) -> Table:
    total = tally.total
    rows = tuple((day, *_counts(counts)) for day, counts in tally.days.items())
    title = {"da": "Opkald dag for dag", "en": "Calls day by day"}
    return Table("days", title, _DAY_COLUMNS, rows if total["answered"] + total["missed"] else (), show=31)


def _called_back(tally: _Tally) -> Table:
    rows = tuple(
        (
            Named(name, _CALLED_BACK.get(name) or tally.reader.outcome_words(name).words), count,
            median(tally.waited[name]),
        )
        for name, count in sorted(tally.became.items(), key=lambda pair: (-pair[1], pair[0]))
    )  # fmt: skip
    title = {"da": "Hvad der blev af de ubesvarede", "en": "What became of the missed ones"}
    return Table("callbacks", title, _CALLBACK_COLUMNS, rows)


def _figures(tally: _Tally) -> tuple[Figure, ...]:
    offered, answered, missed, rate = _counts(tally.total)
    return (
        Figure("offered", {"da": "Opkald", "en": "Calls offered"}, offered),
        Figure("answered", {"da": "Besvaret", "en": "Answered"}, answered),
        Figure("missed", {"da": "Ubesvaret", "en": "Missed"}, missed, tone="bad"),
        Figure("rate", {"da": "Besvaret, andel", "en": "Answered, share"}, rate, "share", "good"),
    )


def _counts(counts: Counter[str]) -> tuple[int, int, int, Decimal | None]:
    """offered, answered, missed, and the share of the answered ones."""
    answered, missed = counts["answered"], counts["missed"]
    return answered + missed, answered, missed, share(answered, answered + missed)


REPORT = Report(
    "calls",
    {"da": "Opkald", "en": "Calls"},
    {"da": "Opkald, besvarede og ubesvarede, efter medarbejder og dag", "en": "Calls offered, answered and missed, by person and day"},
    build,
    see=SUPERVISORS,
    owners=False,
    own=("agent", "advisor", "kc"),
)  # fmt: skip
