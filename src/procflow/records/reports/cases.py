"""The report `cases`: what was opened, what was closed with which outcome, and what is open, by procedure."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

from procflow.records.reports.columns import DAY, PROCEDURE
from procflow.records.reports.facts import CaseFacts
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Chart, Column, Figure, Table, median, quantile, share

_KINDS = frozenset({"DeadlineMissed", "DeadlineStarted", "DeadlineMet", "DeadlineEnded"})
_OPENED = Column("opened", {"da": "Oprettet", "en": "Opened"}, "count")
_CLOSED = Column("closed", {"da": "Afsluttet", "en": "Closed"}, "count")
_PROCEDURE_COLUMNS = (
    PROCEDURE, _OPENED, _CLOSED,
    Column("on_time", {"da": "Åbne, til tiden", "en": "Open, on time"}, "count"),
    Column("late", {"da": "Åbne, for sent", "en": "Open, late"}, "count"),
    Column("median", {"da": "Varighed, median", "en": "Duration, median"}, "span"),
    Column("p90", {"da": "Varighed, 90 %", "en": "Duration, 90 %"}, "span"),
)  # fmt: skip
_OUTCOME_COLUMNS = (
    PROCEDURE,
    Column("outcome", {"da": "Udfald", "en": "Outcome"}),
    Column("cases", {"da": "Sager", "en": "Cases"}, "count"),
    Column("share", {"da": "Andel", "en": "Share"}, "share"),
)
_DAY_COLUMNS = (DAY, _OPENED, _CLOSED)
_CHARTS = (
    Chart("days", "days", {"da": "Oprettet og afsluttet", "en": "Opened and closed"}, "day", ("opened", "closed"), ("plain", "good")),
    Chart("stack", "procedures", {"da": "Åbne sager", "en": "Open cases"}, "procedure", ("on_time", "late"), ("good", "bad")),
    Chart("bars", "outcomes", {"da": "Udfald", "en": "Outcomes"}, "outcome", ("cases",)),
)  # fmt: skip


class _Tally:
    """The cases of the days, counted one by one."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.opened: Counter[str] = Counter()
        self.outcomes: dict[str, Counter[str]] = defaultdict(Counter)
        self.standing: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        self.lasted: dict[str, list[timedelta]] = defaultdict(list)
        self.days: dict[date, Counter[str]] = {day: Counter() for day in reader.period.day_by_day()}

    def take(self, case: CaseFacts) -> None:
        period, name = self.reader.period, case.procedure
        if period.holds(case.opened):
            self.opened[name] += 1
            self._on_its_day(case.opened, "opened")
        if case.closed is None:
            self.standing[name] += 1
            self.late[name] += any(clock.verdict == "missed" for clock in case.clocks)
        elif period.holds(case.closed):
            self.outcomes[name][case.outcome] += 1
            if case.opened is not None:
                self.lasted[name].append(case.closed - case.opened)
            self._on_its_day(case.closed, "closed")

    def _on_its_day(self, at: datetime, what: str) -> None:
        if self.days:
            self.days[self.reader.organisation.calendar.civil_date(at)][what] += 1

    @property
    def names(self) -> list[str]:
        return sorted({*self.opened, *self.outcomes, *self.standing})

    def closed(self, name: str) -> int:
        return self.outcomes[name].total()


def build(reader: Reader) -> Parts:
    tally = _Tally(reader)
    for case in reader.cases(_KINDS):
        tally.take(case)
    return Parts((_by_procedure(tally), _by_outcome(tally), _by_day(tally)), _figures(tally), _CHARTS)


def _by_procedure(tally: _Tally) -> Table:
    rows = tuple(
        (
            tally.reader.procedure_words(name), tally.opened[name], tally.closed(name),
            tally.standing[name] - tally.late[name], tally.late[name],
            median(tally.lasted[name]), quantile(tally.lasted[name], 9, 10),
        )
        for name in tally.names
    )  # fmt: skip
    return Table(
        "procedures",
        {"da": "Sager efter procedure", "en": "Cases by procedure"},
        _PROCEDURE_COLUMNS,
        rows,
        {
            "da": "Varighed er fra oprettelse til afslutning af de sager, der blev afsluttet i perioden.",
            "en": "Duration runs from opening to closing, of the cases closed in these days.",
        },
    )


def _by_outcome(tally: _Tally) -> Table:
    reader = tally.reader
    rows = tuple(
        (reader.procedure_words(name), reader.outcome_words(outcome), count, share(count, tally.closed(name)))
        for name in tally.names
        for outcome, count in sorted(tally.outcomes[name].items(), key=lambda pair: (-pair[1], pair[0]))
    )
    title = {"da": "Udfald af de afsluttede sager", "en": "Outcomes of the cases closed"}
    return Table("outcomes", title, _OUTCOME_COLUMNS, rows)


def _by_day(tally: _Tally) -> Table:
    rows = tuple((day, counts["opened"], counts["closed"]) for day, counts in tally.days.items())
    title = {"da": "Dag for dag", "en": "Day by day"}
    return Table("days", title, _DAY_COLUMNS, rows if tally.names else (), show=31)


def _figures(tally: _Tally) -> tuple[Figure, ...]:
    closed, standing = sum(map(tally.closed, tally.names)), tally.standing.total()
    return (
        Figure("opened", {"da": "Oprettet", "en": "Opened"}, tally.opened.total()),
        Figure("closed", {"da": "Afsluttet", "en": "Closed"}, closed),
        Figure("open", {"da": "Åbne ved periodens slutning", "en": "Open at the end"}, standing),
        Figure("late", {"da": "heraf for sent", "en": "of these late"}, tally.late.total(), tone="bad"),
    )


REPORT = Report(
    "cases",
    {"da": "Sager", "en": "Cases"},
    {"da": "Oprettede, afsluttede og åbne sager efter procedure og udfald", "en": "Cases opened, closed and open, by procedure and outcome"},
    build,
)  # fmt: skip
