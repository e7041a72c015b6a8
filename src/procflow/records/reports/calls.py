"""The report `calls`: calls offered, answered and missed, by person and day (PRO-25).

An answered call is a case of `call_in` that a person opened; a missed one is a case of `missed_call`, for the person
at whose desk it rang. Only time on duty counts: a shift of the roster on that day where it has any, else opening
hours, and never an absence. Everybody sees the own figures; names of others only who looks after them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from procflow.records.reports.facts import CaseFacts
from procflow.records.reports.reader import SUPERVISORS, Parts, Reader, Report
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Table, median, share

ANSWERED, MISSED = "call_in", "missed_call"
_KINDS = frozenset({"DataSet"})
_NOBODY = Named("nobody", {"da": "Ingen bestemt", "en": "Nobody in particular"})
_OFFERED = Column("offered", {"da": "Ringede", "en": "Offered"}, "count")
_TAKEN = Column("answered", {"da": "Besvaret", "en": "Answered"}, "count")
_LOST = Column("missed", {"da": "Ubesvaret", "en": "Missed"}, "count")
_RATE = Column("rate", {"da": "Besvaret, andel", "en": "Answered, share"}, "share")
_CALLED_BACK = {
    "called_back": {"da": "Ringet tilbage", "en": "Called back"},
    "written_to": {"da": "Skrevet til", "en": "Written to"},
    "number_withheld": {"da": "Skjult nummer", "en": "Number withheld"},
    "open": {"da": "Venter endnu", "en": "Still waiting"},
}


def build(reader: Reader) -> Parts:
    period, calendar = reader.period, reader.organisation.calendar
    people: dict[str, Counter[str]] = defaultdict(Counter)
    named: dict[str, Named] = {}
    rang: dict[str, list[timedelta]] = defaultdict(list)
    days: dict[Any, Counter[str]] = (
        {day: Counter() for day in period.days()} if (period.last - period.first).days < 400 else {}
    )
    back: Counter[str] = Counter()
    waited: dict[str, list[timedelta]] = defaultdict(list)
    for case in reader.cases(_KINDS, (ANSWERED, MISSED)):
        if not period.holds(case.opened) or (case.procedure == ANSWERED and case.origin):
            continue  # a call that we made ourselves, to call back
        assert case.opened is not None
        person, at, kind = _call(case)
        off = not _on_duty(reader, person, at)
        who = _NOBODY if not person else reader.staff(person)
        named[who.id] = who
        people[who.id]["off" if off else kind] += 1
        if days and not off:
            days[calendar.civil_date(case.opened)][kind] += 1
        if kind == "missed":
            if isinstance(seconds := case.data.get("rang_for"), int):
                rang[who.id].append(timedelta(seconds=seconds))
            outcome = case.outcome or "open"
            back[outcome] += 1
            if case.closed is not None and outcome != "number_withheld":
                waited[outcome].append(case.closed - at)
    total = Counter[str]()
    for counts in people.values():
        total += counts
    offered = total["answered"] + total["missed"]
    by_person = Table(
        "people",
        {"da": "Opkald efter medarbejder", "en": "Calls by person"},
        (
            Column("person", {"da": "Medarbejder", "en": "Person"}), _OFFERED, _TAKEN, _LOST, _RATE,
            Column("rang", {"da": "Ringede forgæves, median", "en": "Rang in vain, median"}, "span"),
            Column("off_duty", {"da": "Uden for vagt", "en": "Off duty"}, "count"),
        ),
        tuple(_row(named[who], people[who], rang[who]) for who in sorted(people, key=lambda who: (who in ("nobody", "colleagues"), who))),
        {
            "da": "Kun tid på vagt tæller: vagtplanen, hvor den har en vagt den dag, ellers åbningstiden, og aldrig fravær. Medarbejderne skal vide, at statistikken føres.",
            "en": "Only time on duty counts: the roster where it has a shift that day, else opening hours, and never an absence. The staff must know that these statistics are kept.",
        },
    )  # fmt: skip
    by_day = Table(
        "days",
        {"da": "Opkald dag for dag", "en": "Calls day by day"},
        (Column("day", {"da": "Dag", "en": "Day"}, "day"), _OFFERED, _TAKEN, _LOST, _RATE),
        tuple(
            (day, c["answered"] + c["missed"], c["answered"], c["missed"], share(c["answered"], c["answered"] + c["missed"]))
            for day, c in days.items()
        )
        if offered
        else (),
        show=31,
    )  # fmt: skip
    called_back = Table(
        "callbacks",
        {"da": "Hvad der blev af de ubesvarede", "en": "What became of the missed ones"},
        (
            Column("outcome", {"da": "Udfald", "en": "Outcome"}),
            Column("calls", {"da": "Opkald", "en": "Calls"}, "count"),
            Column("median", {"da": "Ventetid, median", "en": "Waited, median"}, "span"),
        ),
        tuple(
            (
                Named(name, _CALLED_BACK.get(name) or reader.outcome_words(name).words),
                count,
                median(waited[name]),
            )
            for name, count in sorted(back.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
    )
    figures = (
        Figure("offered", {"da": "Opkald", "en": "Calls offered"}, offered),
        Figure("answered", {"da": "Besvaret", "en": "Answered"}, total["answered"]),
        Figure("missed", {"da": "Ubesvaret", "en": "Missed"}, total["missed"], tone="bad"),
        Figure("rate", {"da": "Besvaret, andel", "en": "Answered, share"}, share(total["answered"], offered), "share", "good"),
    )  # fmt: skip
    charts = (
        Chart("share", "people", {"da": "Besvaret og ubesvaret", "en": "Answered and missed"}, "person", ("answered", "missed"), ("good", "bad")),
        Chart("days", "days", {"da": "Opkald dag for dag", "en": "Calls day by day"}, "day", ("answered", "missed"), ("good", "bad")),
    )  # fmt: skip
    return Parts((by_person, by_day, called_back), figures, charts)


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


def _row(who: Named, counts: Counter[str], rang: list[timedelta]) -> tuple[Any, ...]:
    answered, missed = counts["answered"], counts["missed"]
    return (
        who, answered + missed, answered, missed, share(answered, answered + missed), median(rang), counts["off"],
    )  # fmt: skip


REPORT = Report(
    "calls",
    {"da": "Opkald", "en": "Calls"},
    {"da": "Opkald, besvarede og ubesvarede, efter medarbejder og dag", "en": "Calls offered, answered and missed, by person and day"},
    build,
    see=SUPERVISORS,
    owners=False,
    own=("agent", "advisor", "kc"),
)  # fmt: skip
