"""The report `lateness`: open cases whose deadline has passed, and how late the host took what time brings (X-63)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from operator import itemgetter

from procflow.records.reports.columns import CASE, DAY, DEADLINE, PROCEDURE
from procflow.records.reports.facts import CaseFacts
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Row, Table, median, quantile

_KINDS = frozenset(
    {
        "CommandTaken", "TaskOpened", "TaskClaimed", "TaskGiven", "StateLeft",
        "DeadlineStarted", "DeadlineMet", "DeadlineMissed", "DeadlineEnded", "DeadlinePaused", "DeadlineResumed",
    }
)  # fmt: skip
_PROMPT = timedelta(minutes=1)
_UNIT = Column("unit", {"da": "Enhed nu", "en": "Unit now"})
_UNIT_COLUMNS = (
    _UNIT,
    Column("cases", {"da": "Sager", "en": "Cases"}, "count"),
    Column("median", {"da": "For sent, median", "en": "Late by, median"}, "span"),
    Column("most", {"da": "For sent, mest", "en": "Late by, most"}, "span"),
)
_CASE_COLUMNS = (
    CASE,
    PROCEDURE,
    DEADLINE,
    _UNIT,
    Column("due", {"da": "Frist", "en": "Due"}, "instant"),
    Column("late", {"da": "For sent", "en": "Late by"}, "span"),
    Column("open", {"da": "heraf åbningstid", "en": "of it open time"}, "open"),
)
_HOST_COLUMNS = (
    DAY,
    Column("steps", {"da": "Skridt", "en": "Steps"}, "count"),
    Column("late", {"da": "Over 1 minut efter", "en": "Over 1 minute after"}, "count"),
    Column("median", {"da": "Efter, median", "en": "After, median"}, "span"),
    Column("p95", {"da": "Efter, 95 %", "en": "After, 95 %"}, "span"),
    Column("most", {"da": "Efter, mest", "en": "After, most"}, "span"),
)
_PAST = {"da": "Åbne sager over tiden", "en": "Open cases past their deadline"}
_CHARTS = (Chart("bars", "units", _PAST, "unit", ("cases",), ("bad",)),)


class _Tally:
    """What is late, and what was taken late, case by case."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.cases: list[Row] = []
        self.by_unit: dict[str, list[timedelta]] = defaultdict(list)
        self.units: dict[str, Named] = {}
        self.steps: dict[date, list[timedelta]] = defaultdict(list)

    def take(self, case: CaseFacts) -> None:
        calendar = self.reader.organisation.calendar
        for due, late in case.late_steps:
            if self.reader.period.holds(due):
                self.steps[calendar.civil_date(due)].append(late)
        missed = [
            (clock.due, clock.deadline)
            for clock in case.clocks
            if clock.verdict == "missed" and clock.due is not None
        ]
        if case.closed is None and missed:
            self._take_late(case, *min(missed, key=itemgetter(0)))

    def _take_late(self, case: CaseFacts, due: datetime, deadline: str) -> None:
        reader, as_of = self.reader, self.reader.period.as_of
        unit = reader.unit_of(case.working, case.procedure)
        self.units[unit.id] = unit
        self.by_unit[unit.id].append(as_of - due)
        self.cases.append(
            (
                case.number, reader.procedure_words(case.procedure),
                reader.deadline_words(case.procedure, deadline), unit, due, as_of - due,
                reader.open_time(due, as_of),
            )
        )  # fmt: skip


def build(reader: Reader) -> Parts:
    tally = _Tally(reader)
    for case in reader.cases(_KINDS):
        tally.take(case)
    return Parts((_by_unit(tally), _each_case(tally), _by_day(tally)), _figures(tally), _CHARTS)


def _by_unit(tally: _Tally) -> Table:
    rows = tuple(
        (tally.units[name], len(spans), median(spans), max(spans))
        for name, spans in sorted(tally.by_unit.items())
    )
    return Table("units", _PAST, _UNIT_COLUMNS, rows)


def _each_case(tally: _Tally) -> Table:
    rows = sorted(tally.cases, key=lambda row: (-row[5], row[0]))  # type: ignore[operator]
    return Table("cases", {"da": "Sagerne", "en": "The cases"}, _CASE_COLUMNS, tuple(rows), show=25)


def _by_day(tally: _Tally) -> Table:
    rows = tuple(
        (
            day, len(spans), sum(span > _PROMPT for span in spans), median(spans),
            quantile(spans, 19, 20), max(spans),
        )
        for day, spans in sorted(tally.steps.items())
    )  # fmt: skip
    return Table(
        "host",
        {"da": "Hvornår værten tog det, som tiden bragte", "en": "When the host took what time brought"},
        _HOST_COLUMNS,
        rows,
        {
            "da": "Skridtene tæller på deres frist, også når værten var nede; her står, hvor længe efter de blev taget.",
            "en": "Steps count at their due instant even when the host was away; this is how long after it they were taken.",
        },
        show=31,
    )


def _figures(tally: _Tally) -> tuple[Figure, ...]:
    late = [span for spans in tally.by_unit.values() for span in spans]
    taken = [span for spans in tally.steps.values() for span in spans]
    return (
        Figure("cases", _PAST, len(late), tone="bad"),
        Figure("most", {"da": "For sent, mest", "en": "Late by, most"}, max(late, default=None), "span", "bad"),
        Figure("host", {"da": "Værten efter, 95 %", "en": "Host after, 95 %"}, quantile(taken, 19, 20), "span"),
    )  # fmt: skip


REPORT = Report(
    "lateness",
    {"da": "Forsinkelser", "en": "Lateness"},
    {"da": "Åbne sager over tiden, og hvor sent værten tog det, som tiden bragte", "en": "Open cases past their deadline, and how late the host took what time brought"},
    build,
)  # fmt: skip
