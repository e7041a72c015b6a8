"""The report `deadlines`: which unit kept its deadlines, with causes and the time used (X-20, X-21, X-27).

The unit is the one that had the work when the clock stopped. A deadline counts in the days in which it was met or
missed; one that ended without a verdict (the case was closed first) counts as neither.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from procflow.records.reports.columns import CASE, DEADLINE, PROCEDURE, UNIT
from procflow.records.reports.facts import CaseFacts, ClockFacts
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import (
    Chart,
    Column,
    Figure,
    Named,
    Remark,
    Row,
    Table,
    median,
    quantile,
    share,
)

_KINDS = frozenset(
    {
        "TaskOpened", "TaskClaimed", "TaskGiven", "StateLeft",
        "DeadlineStarted", "DeadlineMet", "DeadlineMissed", "DeadlineEnded", "DeadlinePaused", "DeadlineResumed",
    }
)  # fmt: skip
#: cause -> words; others are told as they stand.
_CAUSES = {
    "": {"da": "Ikke nået", "en": "Not done in time"},
    "closed_hours": {"da": "Ingen åbningstid at handle i", "en": "No open hour to act in"},
    "late_absence": {"da": "Fravær meldt for sent", "en": "Absence registered late"},
}
_CAUSE = Column("cause", {"da": "Årsag", "en": "Cause"})
_KEPT = Column("met", {"da": "Holdt", "en": "Met"}, "count")
_MISSED = Column("missed", {"da": "Overskredet", "en": "Missed"}, "count")
_SHARE = Column("kept", {"da": "Holdt, andel", "en": "Kept"}, "share")
_RUNNING = Column("running", {"da": "Løber", "en": "Running"}, "count")
_MEDIAN = Column("median", {"da": "Tid brugt, median", "en": "Time used, median"}, "span")
_UNIT_COLUMNS = (UNIT, _KEPT, _MISSED, _SHARE, _RUNNING, _MEDIAN)
_DEADLINE_COLUMNS = (
    UNIT, PROCEDURE, DEADLINE, _KEPT, _MISSED, _SHARE,
    Column("ended", {"da": "Uden afgørelse", "en": "No verdict"}, "count"), _RUNNING, _MEDIAN,
    Column("p90", {"da": "Tid brugt, 90 %", "en": "Time used, 90 %"}, "span"),
    Column("open", {"da": "Åbningstid, median", "en": "Open time, median"}, "open"),
)  # fmt: skip
_CAUSE_COLUMNS = (UNIT, _CAUSE, _MISSED)
_CLOCK_COLUMNS = (
    CASE, PROCEDURE, DEADLINE, UNIT,
    Column("started", {"da": "Startet", "en": "Started"}, "instant"),
    Column("due", {"da": "Frist", "en": "Due"}, "instant"),
    Column("stopped", {"da": "Standset", "en": "Stopped"}, "instant"),
    Column("used", {"da": "Tid brugt", "en": "Time used"}, "span"),
    Column("open", {"da": "heraf åbningstid", "en": "of it open time"}, "open"),
    Column("verdict", {"da": "Afgørelse", "en": "Verdict"}), _CAUSE,
)  # fmt: skip
_CHARTS = (
    Chart("share", "units", {"da": "Frister holdt efter enhed", "en": "Deadlines kept by unit"}, "unit", ("met", "missed"), ("good", "bad")),
    Chart("bars", "causes", {"da": "Årsager til overskridelse", "en": "Causes of missed deadlines"}, "cause", ("missed",), ("bad",)),
)  # fmt: skip
_VERDICTS = {
    "met": {"da": "Holdt", "en": "Met"},
    "missed": {"da": "Overskredet", "en": "Missed"},
    "ended": {"da": "Slut uden afgørelse", "en": "Ended without a verdict"},
}


class _Group:
    """What became of one deadline of a procedure, as far as one unit had the work."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.used: list[timedelta] = []
        self.open: list[timedelta] = []


class _Tally:
    """The deadlines of the days, counted case by case."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.groups: dict[tuple[str, str, str], _Group] = defaultdict(_Group)  # unit, procedure, deadline
        self.units: dict[str, Named] = {}
        self.causes: Counter[tuple[str, str]] = Counter()  # unit, cause
        self.clocks: list[Row] = []

    def take(self, case: CaseFacts) -> None:
        for clock in case.clocks:
            if clock.verdict == "running" or self.reader.period.holds(clock.settled):
                self._take_clock(case, clock)

    def _take_clock(self, case: CaseFacts, clock: ClockFacts) -> None:
        reader = self.reader
        unit = reader.unit_of(clock.unit, case.procedure)
        self.units[unit.id] = unit
        group = self.groups[unit.id, case.procedure, clock.deadline]
        group.verdicts[clock.verdict] += 1
        if clock.verdict == "running":
            return
        used = clock.used
        assert used is not None
        business = reader.open_time(clock.started, clock.started + used) if not clock.pauses else None
        if clock.verdict == "met":
            group.used.append(used)
            if business is not None:
                group.open.append(business)
        if clock.verdict == "missed":
            self.causes[unit.id, clock.cause] += 1
        self.clocks.append(
            (
                case.number, reader.procedure_words(case.procedure),
                reader.deadline_words(case.procedure, clock.deadline), unit, clock.started, clock.due,
                clock.settled, used, business, Named(clock.verdict, _VERDICTS[clock.verdict]),
                _cause(clock.cause) if clock.verdict == "missed" else None,
            )
        )  # fmt: skip


def build(reader: Reader) -> Parts:
    tally = _Tally(reader)
    for case in reader.cases(_KINDS):
        tally.take(case)
    tables = _by_unit(tally), _by_deadline(tally), _by_cause(tally), _each_clock(tally)
    return Parts(tables, _figures(tally), _CHARTS, _remarks(tally))


def _by_unit(tally: _Tally) -> Table:
    verdicts: dict[str, Counter[str]] = defaultdict(Counter)
    used: dict[str, list[timedelta]] = defaultdict(list)
    for (unit, _, _), group in tally.groups.items():
        verdicts[unit] += group.verdicts
        used[unit] += group.used
    rows: list[Row] = []
    for unit, found in sorted(verdicts.items()):
        met, missed = found["met"], found["missed"]
        kept = share(met, met + missed)
        rows.append((tally.units[unit], met, missed, kept, found["running"], median(used[unit])))
    return Table(
        "units",
        {"da": "Frister holdt efter enhed", "en": "Deadlines kept by unit"},
        _UNIT_COLUMNS,
        tuple(rows),
        {
            "da": "Tid brugt er tiden på uret for de frister, der blev holdt, uden pauser. Enheden er den, der havde arbejdet, da uret standsede.",
            "en": "Time used is elapsed time of the deadlines that were met, without pauses. The unit is the one that had the work when the clock stopped.",
        },
    )


def _by_deadline(tally: _Tally) -> Table:
    reader = tally.reader
    rows: list[Row] = []
    for (unit, procedure, deadline), group in sorted(tally.groups.items()):
        met, missed = group.verdicts["met"], group.verdicts["missed"]
        rows.append(
            (
                tally.units[unit], reader.procedure_words(procedure), reader.deadline_words(procedure, deadline),
                met, missed, share(met, met + missed), group.verdicts["ended"], group.verdicts["running"],
                median(group.used), quantile(group.used, 9, 10), median(group.open),
            )
        )  # fmt: skip
    return Table("deadlines", {"da": "Efter frist", "en": "By deadline"}, _DEADLINE_COLUMNS, tuple(rows))


def _by_cause(tally: _Tally) -> Table:
    rows = tuple(
        (tally.units[unit], _cause(cause), count)
        for (unit, cause), count in sorted(tally.causes.items(), key=lambda pair: (pair[0][0], -pair[1]))
    )
    title = {"da": "Hvorfor frister blev overskredet", "en": "Why deadlines were missed"}
    return Table("causes", title, _CAUSE_COLUMNS, rows)


def _each_clock(tally: _Tally) -> Table:
    return Table(
        "clocks",
        {"da": "De enkelte ure", "en": "Each clock"},
        _CLOCK_COLUMNS,
        tuple(sorted(tally.clocks, key=_missed_first)),
        {"da": "De overskredne står først.", "en": "The missed ones stand first."},
        show=25,
    )


def _missed_first(row: Row) -> Any:
    verdict = row[9]
    assert isinstance(verdict, Named)
    return verdict.id != "missed", row[4], row[0], str(row[2])


def _cause(cause: str) -> Named:
    return Named(
        cause or "not_done", _CAUSES.get(cause) or dict.fromkeys(("da", "en"), cause.replace("_", " "))
    )


def _figures(tally: _Tally) -> tuple[Figure, ...]:
    total: Counter[str] = Counter()
    for group in tally.groups.values():
        total += group.verdicts
    settled = total["met"] + total["missed"]
    return (
        Figure("kept", {"da": "Frister holdt", "en": "Deadlines kept"}, share(total["met"], settled), "share", "good"),
        Figure("met", {"da": "Holdt", "en": "Met"}, total["met"]),
        Figure("missed", {"da": "Overskredet", "en": "Missed"}, total["missed"], tone="bad"),
        Figure("running", {"da": "Løber ved periodens slutning", "en": "Running at the end"}, total["running"]),
    )  # fmt: skip


def _remarks(tally: _Tally) -> tuple[Remark, ...]:
    if all(cause != "closed_hours" for _, cause in tally.causes):
        return ()
    told = {
        "da": "Nogle frister kunne ikke holdes, fordi der ikke var åbent. Det afgør parameteren callback_clock.",
        "en": "Some deadlines could not be kept because it was closed. The parameter callback_clock decides that.",
    }
    return (Remark("note", told),)


REPORT = Report(
    "deadlines",
    {"da": "Frister", "en": "Deadlines"},
    {"da": "Frister holdt og overskredet efter enhed, med årsager og tid brugt", "en": "Deadlines met and missed by unit, with causes and time used"},
    build,
)  # fmt: skip
