"""The report `lateness`: open cases whose deadline has passed, and how late the host took what time brings (X-63)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Cell, Chart, Column, Figure, Named, Table, median, quantile

_KINDS = frozenset(
    {
        "CommandTaken", "TaskOpened", "TaskClaimed", "TaskGiven", "StateLeft",
        "DeadlineStarted", "DeadlineMet", "DeadlineMissed", "DeadlineEnded", "DeadlinePaused", "DeadlineResumed",
    }
)  # fmt: skip
_PROMPT = timedelta(minutes=1)


def build(reader: Reader) -> Parts:
    period, calendar = reader.period, reader.organisation.calendar
    cases: list[tuple[Cell, ...]] = []
    by_unit: dict[str, list[timedelta]] = defaultdict(list)
    units: dict[str, Named] = {}
    steps: dict[date, list[timedelta]] = defaultdict(list)
    for case in reader.cases(_KINDS):
        for due, late in case.late_steps:
            if period.holds(due):
                steps[calendar.civil_date(due)].append(late)
        missed = [clock for clock in case.clocks if clock.verdict == "missed" and clock.due is not None]
        if case.closed is not None or not missed:
            continue
        clock = min(missed, key=lambda clock: clock.due or period.as_of)
        assert clock.due is not None
        unit = reader.unit_of(case.working, case.procedure)
        units[unit.id] = unit
        late = period.as_of - clock.due
        by_unit[unit.id].append(late)
        cases.append(
            (
                case.number, reader.procedure_words(case.procedure),
                reader.deadline_words(case.procedure, clock.deadline), unit, clock.due, late,
                reader.open_time(clock.due, period.as_of),
            )
        )  # fmt: skip
    cases.sort(key=lambda row: (-row[5], row[0]))  # type: ignore[operator]
    late_units = Table(
        "units",
        {"da": "Åbne sager over tiden", "en": "Open cases past their deadline"},
        (
            Column("unit", {"da": "Enhed nu", "en": "Unit now"}),
            Column("cases", {"da": "Sager", "en": "Cases"}, "count"),
            Column("median", {"da": "For sent, median", "en": "Late by, median"}, "span"),
            Column("most", {"da": "For sent, mest", "en": "Late by, most"}, "span"),
        ),
        tuple(
            (units[name], len(spans), median(spans), max(spans)) for name, spans in sorted(by_unit.items())
        ),
    )
    late_cases = Table(
        "cases",
        {"da": "Sagerne", "en": "The cases"},
        (
            Column("case", {"da": "Sag", "en": "Case"}, "case"),
            Column("procedure", {"da": "Procedure", "en": "Procedure"}),
            Column("deadline", {"da": "Frist", "en": "Deadline"}),
            Column("unit", {"da": "Enhed nu", "en": "Unit now"}),
            Column("due", {"da": "Frist", "en": "Due"}, "instant"),
            Column("late", {"da": "For sent", "en": "Late by"}, "span"),
            Column("open", {"da": "heraf åbningstid", "en": "of it open time"}, "open"),
        ),
        tuple(cases),
        show=25,
    )
    host = Table(
        "host",
        {"da": "Hvornår værten tog det, som tiden bragte", "en": "When the host took what time brought"},
        (
            Column("day", {"da": "Dag", "en": "Day"}, "day"),
            Column("steps", {"da": "Skridt", "en": "Steps"}, "count"),
            Column("late", {"da": "Over 1 minut efter", "en": "Over 1 minute after"}, "count"),
            Column("median", {"da": "Efter, median", "en": "After, median"}, "span"),
            Column("p95", {"da": "Efter, 95 %", "en": "After, 95 %"}, "span"),
            Column("most", {"da": "Efter, mest", "en": "After, most"}, "span"),
        ),
        tuple(
            (
                day, len(spans), sum(span > _PROMPT for span in spans), median(spans),
                quantile(spans, 19, 20), max(spans),
            )
            for day, spans in sorted(steps.items())
        ),
        {
            "da": "Skridtene tæller på deres frist, også når værten var nede; her står, hvor længe efter de blev taget.",
            "en": "Steps count at their due instant even when the host was away; this is how long after it they were taken.",
        },
        show=31,
    )  # fmt: skip
    charts = (Chart("bars", "units", {"da": "Åbne sager over tiden", "en": "Open cases past their deadline"}, "unit", ("cases",), ("bad",)),)  # fmt: skip
    spans = [span for found in by_unit.values() for span in found]
    taken = [span for found in steps.values() for span in found]
    figures = (
        Figure("cases", {"da": "Åbne sager over tiden", "en": "Open cases past their deadline"}, len(spans), tone="bad"),
        Figure("most", {"da": "For sent, mest", "en": "Late by, most"}, max(spans, default=None), "span", "bad"),
        Figure("host", {"da": "Værten efter, 95 %", "en": "Host after, 95 %"}, quantile(taken, 19, 20), "span"),
    )  # fmt: skip
    return Parts((late_units, late_cases, host), figures, charts)


REPORT = Report(
    "lateness",
    {"da": "Forsinkelser", "en": "Lateness"},
    {"da": "Åbne sager over tiden, og hvor sent værten tog det, som tiden bragte", "en": "Open cases past their deadline, and how late the host took what time brought"},
    build,
)  # fmt: skip
