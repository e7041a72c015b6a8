"""The report `queues`: what waited for whom at the end of the days, and for how long."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from procflow.records.reports.columns import CASE, PROCEDURE, UNIT
from procflow.records.reports.facts import CaseFacts, TaskFacts
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Row, Table, median

_KINDS = frozenset({"TaskOpened", "TaskClaimed", "TaskGiven", "StateLeft", "ItemOpened", "ItemSettled"})
_BANDS = (
    ("day", timedelta(days=1), {"da": "Under 1 døgn", "en": "Under 1 day"}),
    ("three_days", timedelta(days=3), {"da": "1–3 døgn", "en": "1–3 days"}),
    ("week", timedelta(days=7), {"da": "3–7 døgn", "en": "3–7 days"}),
    ("older", timedelta.max, {"da": "Over 7 døgn", "en": "Over 7 days"}),
)
_ITEMS = {
    "read": {"da": "At læse", "en": "To read"},
    "notice": {"da": "Besked i indbakken", "en": "Notice in the inbox"},
    "stuck": {"da": "Sidder fast", "en": "Stuck"},
    "failed": {"da": "Mislykket levering", "en": "Failed delivery"},
    "manual": {"da": "Gøres i hånden", "en": "Done by hand"},
    "handover": {"da": "Tilbudt af en kollega", "en": "Offered by a colleague"},
    "alarm": {"da": "Alarm", "en": "Alarm"},
}
_QUEUE_COLUMNS = (
    UNIT,
    Column("tasks", {"da": "Opgaver", "en": "Tasks"}, "count"),
    Column("claimed", {"da": "heraf taget", "en": "of these taken"}, "count"),
    *(Column(name, words, "count") for name, _, words in _BANDS),
    Column("median", {"da": "Alder, median", "en": "Age, median"}, "span"),
    Column("oldest", {"da": "Ældste", "en": "Oldest"}, "span"),
)
_TASK_COLUMNS = (
    CASE,
    PROCEDURE,
    Column("task", {"da": "Opgave", "en": "Task"}),
    UNIT,
    Column("since", {"da": "Siden", "en": "Since"}, "instant"),
    Column("age", {"da": "Alder", "en": "Age"}, "span"),
    Column("open", {"da": "heraf åbningstid", "en": "of it open time"}, "open"),
)
_CHARTS = (
    Chart("stack", "queues", {"da": "Opgavernes alder", "en": "Age of the tasks"}, "unit", tuple(name for name, _, _ in _BANDS), ("good", "plain", "even", "bad")),
)  # fmt: skip


class _Tally:
    """The tasks that wait at the end of the days, counted case by case."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.ages: dict[str, list[timedelta]] = defaultdict(list)  # by unit
        self.claimed: Counter[str] = Counter()
        self.units: dict[str, Named] = {}
        self.tasks: list[Row] = []

    def take(self, case: CaseFacts) -> None:
        if case.closed is None:
            for task in case.tasks:
                if task.closed is None:
                    self._take_task(case, task)

    def _take_task(self, case: CaseFacts, task: TaskFacts) -> None:
        reader, as_of = self.reader, self.reader.period.as_of
        unit = reader.unit_of((task.roles, task.people), case.procedure)
        self.units[unit.id] = unit
        age = as_of - task.opened
        self.ages[unit.id].append(age)
        self.claimed[unit.id] += task.claimed is not None
        words = _ITEMS.get(task.kind)
        what = Named(task.kind, words) if words is not None else reader.state_words(case.procedure, task.name)
        self.tasks.append(
            (
                case.number, reader.procedure_words(case.procedure), what, unit, task.opened, age,
                reader.open_time(task.opened, as_of),
            )
        )  # fmt: skip


def build(reader: Reader) -> Parts:
    tally = _Tally(reader)
    for case in reader.cases(_KINDS):
        tally.take(case)
    return Parts((_by_unit(tally), _oldest(tally)), _figures(tally), _CHARTS)


def _by_unit(tally: _Tally) -> Table:
    rows = tuple(
        (tally.units[name], len(ages), tally.claimed[name], *_in_bands(ages), median(ages), max(ages))
        for name, ages in sorted(tally.ages.items())
    )
    title = {"da": "Køer ved periodens slutning", "en": "Queues at the end of the days"}
    return Table("queues", title, _QUEUE_COLUMNS, rows)


def _in_bands(ages: list[timedelta]) -> list[int]:
    counts = [0] * len(_BANDS)
    for age in ages:
        counts[next(n for n, (_, upto, _) in enumerate(_BANDS) if age < upto)] += 1
    return counts


def _oldest(tally: _Tally) -> Table:
    rows = sorted(tally.tasks, key=lambda row: (-row[5], row[0]))  # type: ignore[operator]
    title = {"da": "De ældste opgaver", "en": "The oldest tasks"}
    return Table("tasks", title, _TASK_COLUMNS, tuple(rows), show=20)


def _figures(tally: _Tally) -> tuple[Figure, ...]:
    ages = [age for found in tally.ages.values() for age in found]
    return (
        Figure("tasks", {"da": "Opgaver venter", "en": "Tasks waiting"}, len(ages)),
        Figure("median", {"da": "Alder, median", "en": "Age, median"}, median(ages), "span"),
        Figure("oldest", {"da": "Ældste", "en": "Oldest"}, max(ages, default=None), "span", "bad"),
    )


REPORT = Report(
    "queues",
    {"da": "Køer", "en": "Queues"},
    {"da": "Hvad der venter på hvem, og hvor længe det har ventet", "en": "What waits for whom, and for how long"},
    build,
)  # fmt: skip
