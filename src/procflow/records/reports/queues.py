"""The report `queues`: what waited for whom at the end of the days, and for how long."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from procflow.records.reports.facts import CaseFacts, TaskFacts
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Cell, Chart, Column, Figure, Named, Table, median

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
_UNIT = Column("unit", {"da": "Enhed", "en": "Unit"})


def build(reader: Reader) -> Parts:
    as_of = reader.period.as_of
    waiting: dict[str, list[tuple[timedelta, bool]]] = defaultdict(list)
    units: dict[str, Named] = {}
    tasks: list[tuple[Cell, ...]] = []
    for case in reader.cases(_KINDS):
        if case.closed is not None:
            continue
        for task in case.tasks:
            if task.closed is not None:
                continue
            unit = reader.unit_of((task.roles, task.people), case.procedure)
            units[unit.id] = unit
            age = as_of - task.opened
            waiting[unit.id].append((age, task.claimed is not None))
            tasks.append(_row(reader, case, task, unit, age, as_of))
    tasks.sort(key=lambda row: (-row[5], row[0]))  # type: ignore[operator]
    rows = []
    for name in sorted(waiting):
        ages = [age for age, _ in waiting[name]]
        bands = [0] * len(_BANDS)
        for age in ages:
            bands[next(n for n, (_, upto, _) in enumerate(_BANDS) if age < upto)] += 1
        claimed = sum(taken for _, taken in waiting[name])
        rows.append((units[name], len(ages), claimed, *bands, median(ages), max(ages)))
    queues = Table(
        "queues",
        {"da": "Køer ved periodens slutning", "en": "Queues at the end of the days"},
        (
            _UNIT,
            Column("tasks", {"da": "Opgaver", "en": "Tasks"}, "count"),
            Column("claimed", {"da": "heraf taget", "en": "of these taken"}, "count"),
            *(Column(name, words, "count") for name, _, words in _BANDS),
            Column("median", {"da": "Alder, median", "en": "Age, median"}, "span"),
            Column("oldest", {"da": "Ældste", "en": "Oldest"}, "span"),
        ),
        tuple(rows),
    )
    oldest = Table(
        "tasks",
        {"da": "De ældste opgaver", "en": "The oldest tasks"},
        (
            Column("case", {"da": "Sag", "en": "Case"}, "case"),
            Column("procedure", {"da": "Procedure", "en": "Procedure"}),
            Column("task", {"da": "Opgave", "en": "Task"}), _UNIT,
            Column("since", {"da": "Siden", "en": "Since"}, "instant"),
            Column("age", {"da": "Alder", "en": "Age"}, "span"),
            Column("open", {"da": "heraf åbningstid", "en": "of it open time"}, "open"),
        ),
        tuple(tasks),
        show=20,
    )  # fmt: skip
    tones = ("good", "plain", "even", "bad")
    chart = Chart("stack", "queues", {"da": "Opgavernes alder", "en": "Age of the tasks"}, "unit", tuple(name for name, _, _ in _BANDS), tones)  # fmt: skip
    ages = [age for pairs in waiting.values() for age, _ in pairs]
    figures = (
        Figure("tasks", {"da": "Opgaver venter", "en": "Tasks waiting"}, len(ages)),
        Figure("median", {"da": "Alder, median", "en": "Age, median"}, median(ages), "span"),
        Figure("oldest", {"da": "Ældste", "en": "Oldest"}, max(ages, default=None), "span", "bad"),
    )
    return Parts((queues, oldest), figures, (chart,))


def _row(
    reader: Reader, case: CaseFacts, task: TaskFacts, unit: Named, age: timedelta, as_of: datetime
) -> tuple[Cell, ...]:
    words = _ITEMS.get(task.kind)
    what = Named(task.kind, words) if words is not None else reader.state_words(case.procedure, task.name)
    procedure = reader.procedure_words(case.procedure)
    return case.number, procedure, what, unit, task.opened, age, reader.open_time(task.opened, as_of)


REPORT = Report(
    "queues",
    {"da": "Køer", "en": "Queues"},
    {"da": "Hvad der venter på hvem, og hvor længe det har ventet", "en": "What waits for whom, and for how long"},
    build,
)  # fmt: skip
