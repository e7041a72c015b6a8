"""The report `cases`: what was opened, what was closed with which outcome, and what is open, by procedure."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Chart, Column, Figure, Table, median, quantile, share

_PROCEDURE = Column("procedure", {"da": "Procedure", "en": "Procedure"})
_KINDS = frozenset({"DeadlineMissed", "DeadlineStarted", "DeadlineMet", "DeadlineEnded"})


def build(reader: Reader) -> Parts:
    period = reader.period
    calendar = reader.organisation.calendar
    opened: Counter[str] = Counter()
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    standing: Counter[str] = Counter()
    late: Counter[str] = Counter()
    lasted: dict[str, list[timedelta]] = defaultdict(list)
    days = {day: [0, 0] for day in period.days()} if (period.last - period.first).days < 400 else {}
    for case in reader.cases(_KINDS):
        name = case.procedure
        if period.holds(case.opened):
            assert case.opened is not None
            opened[name] += 1
            if days:
                days[calendar.civil_date(case.opened)][0] += 1
        if case.closed is None:
            standing[name] += 1
            late[name] += any(clock.verdict == "missed" for clock in case.clocks)
        elif period.holds(case.closed):
            outcomes[name][case.outcome] += 1
            if case.opened is not None:
                lasted[name].append(case.closed - case.opened)
            if days:
                days[calendar.civil_date(case.closed)][1] += 1
    names = sorted({*opened, *outcomes, *standing})
    closed = {name: sum(outcomes[name].values()) for name in names}
    by_procedure = Table(
        "procedures",
        {"da": "Sager efter procedure", "en": "Cases by procedure"},
        (
            _PROCEDURE,
            Column("opened", {"da": "Oprettet", "en": "Opened"}, "count"),
            Column("closed", {"da": "Afsluttet", "en": "Closed"}, "count"),
            Column("on_time", {"da": "Åbne, til tiden", "en": "Open, on time"}, "count"),
            Column("late", {"da": "Åbne, for sent", "en": "Open, late"}, "count"),
            Column("median", {"da": "Varighed, median", "en": "Duration, median"}, "span"),
            Column("p90", {"da": "Varighed, 90 %", "en": "Duration, 90 %"}, "span"),
        ),
        tuple(
            (
                reader.procedure_words(name), opened[name], closed[name], standing[name] - late[name], late[name],
                median(lasted[name]), quantile(lasted[name], 9, 10),
            )
            for name in names
        ),
        {
            "da": "Varighed er fra oprettelse til afslutning af de sager, der blev afsluttet i perioden.",
            "en": "Duration runs from opening to closing, of the cases closed in these days.",
        },
    )  # fmt: skip
    by_outcome = Table(
        "outcomes",
        {"da": "Udfald af de afsluttede sager", "en": "Outcomes of the cases closed"},
        (
            _PROCEDURE,
            Column("outcome", {"da": "Udfald", "en": "Outcome"}),
            Column("cases", {"da": "Sager", "en": "Cases"}, "count"),
            Column("share", {"da": "Andel", "en": "Share"}, "share"),
        ),
        tuple(
            (reader.procedure_words(name), reader.outcome_words(outcome), count, share(count, closed[name]))
            for name in names
            for outcome, count in sorted(outcomes[name].items(), key=lambda pair: (-pair[1], pair[0]))
        ),
    )
    by_day = Table(
        "days",
        {"da": "Dag for dag", "en": "Day by day"},
        (
            Column("day", {"da": "Dag", "en": "Day"}, "day"),
            Column("opened", {"da": "Oprettet", "en": "Opened"}, "count"),
            Column("closed", {"da": "Afsluttet", "en": "Closed"}, "count"),
        ),
        tuple((day, *counts) for day, counts in days.items()) if names else (),
        show=31,
    )
    charts = (
        Chart("days", "days", {"da": "Oprettet og afsluttet", "en": "Opened and closed"}, "day", ("opened", "closed"), ("plain", "good")),
        Chart("stack", "procedures", {"da": "Åbne sager", "en": "Open cases"}, "procedure", ("on_time", "late"), ("good", "bad")),
        Chart("bars", "outcomes", {"da": "Udfald", "en": "Outcomes"}, "outcome", ("cases",)),
    )  # fmt: skip
    figures = (
        Figure("opened", {"da": "Oprettet", "en": "Opened"}, sum(opened.values())),
        Figure("closed", {"da": "Afsluttet", "en": "Closed"}, sum(closed.values())),
        Figure(
            "open", {"da": "Åbne ved periodens slutning", "en": "Open at the end"}, sum(standing.values())
        ),
        Figure("late", {"da": "heraf for sent", "en": "of these late"}, sum(late.values()), tone="bad"),
    )
    return Parts((by_procedure, by_outcome, by_day), figures, charts)


REPORT = Report(
    "cases",
    {"da": "Sager", "en": "Cases"},
    {"da": "Oprettede, afsluttede og åbne sager efter procedure og udfald", "en": "Cases opened, closed and open, by procedure and outcome"},
    build,
)  # fmt: skip
