"""The report `classes`: customers by class, cut by share of turnover and told against both yardsticks (KAM-07, Q15).

The sources give two: A are 5 to 10 % of the customers, and 20 % of the customers bring 80 % of the turnover. The cut
is by turnover (`class_a_turnover`, `class_b_turnover`, in per cent); what it gives is then held against the bands of
customers and against the rule of 80 and 20. A class never changes how a customer is answered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from procflow.core.nearest import did_you_mean
from procflow.errors import NotFound
from procflow.records.reports.figures import from_document
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.reading import Import
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Remark, Row, Table, share

_BANDED = ("A", "B")
_CLASSES = {
    name: Named(name, {"da": f"{name}-kunder", "en": f"{name} customers"}) for name in ("A", "B", "C", "D")
}
_HUNDRED = Decimal(100)
_CLASS = Column("class", {"da": "Klasse", "en": "Class"})
_TURNOVER = Column("turnover", {"da": "Omsætning", "en": "Turnover"}, "money")
_CLASS_COLUMNS = (
    _CLASS,
    Column("customers", {"da": "Kunder", "en": "Customers"}, "count"),
    Column("share", {"da": "Andel af kunderne", "en": "Share of the customers"}, "share"),
    Column("band", {"da": "Ventet andel", "en": "Expected share"}),
    Column("inside", {"da": "Inden for", "en": "Inside"}),
    _TURNOVER,
    Column("turnover_share", {"da": "Andel af omsætningen", "en": "Share of the turnover"}, "share"),
    Column("by_count", {"da": "Kunder, skåret efter antal", "en": "Customers, cut by number"}, "count"),
    Column("by_count_turnover", {"da": "Deres andel af omsætningen", "en": "Their share of the turnover"}, "share"),
)  # fmt: skip
_YARDSTICK_COLUMNS = (
    Column("rule", {"da": "Regel", "en": "Rule"}),
    Column("found", {"da": "Fundet", "en": "Found"}, "share"),
    Column("expected", {"da": "Ventet", "en": "Expected"}, "share"),
    Column("holds", {"da": "Holder", "en": "Holds"}),
)
_CUSTOMER_COLUMNS = (
    Column("kn", {"da": "Kundenummer", "en": "Customer number"}),
    _TURNOVER,
    Column("share", {"da": "Andel", "en": "Share"}, "share"),
    Column("customers", {"da": "Andel af kunderne indtil her", "en": "Share of the customers up to here"}, "share"),
    Column("so_far", {"da": "Andel af omsætningen indtil her", "en": "Share of the turnover up to here"}, "share"),
    _CLASS,
    Column("was", {"da": "Klasse hidtil", "en": "Class so far"}),
    Column("changes", {"da": "Skifter", "en": "Changes"}),
)  # fmt: skip
_CHARTS = (
    Chart("pareto", "customers", {"da": "Fra den største kunde til den mindste", "en": "From the largest customer to the smallest"}, "kn", ("customers", "so_far", "class")),
    Chart("stack", "classes", {"da": "Kunder i klasserne", "en": "Customers in the classes"}, "class", ("customers",), ("good",)),
)  # fmt: skip


class _Tally:
    """The customers, from the largest to the smallest, each put into its class."""

    def __init__(self, reader: Reader, turnovers: list[Decimal]) -> None:
        self.reader, self.turnovers = reader, turnovers
        self.total = sum(turnovers, Decimal())
        self.cut_a, self.cut_b = (_hundredths(reader, f"class_{name}_turnover") for name in "ab")
        self.so_far = Decimal()
        self.counts: Counter[str] = Counter()
        self.turnover: dict[str, Decimal] = dict.fromkeys("ABC", Decimal())
        self.moved = 0
        self.customers: list[Row] = []

    def take(self, customer: Mapping[str, Any]) -> None:
        before = self.so_far / self.total if self.total else Decimal(1)
        self.so_far += customer["turnover"]
        now = "A" if before < self.cut_a else "B" if before < self.cut_b else "C"
        self.counts[now] += 1
        self.turnover[now] += customer["turnover"]
        was = customer["class"] or None
        moves = was is not None and was != now
        self.moved += moves
        place, of = self.counts.total(), len(self.turnovers)
        self.customers.append(
            (
                customer["kn"], customer["turnover"], share(customer["turnover"], self.total), share(place, of),
                share(self.so_far, self.total), _CLASSES[now], _CLASSES[was] if was else None, moves,
            )
        )  # fmt: skip


def build(reader: Reader) -> Parts:
    chosen = _chosen(reader)
    if chosen is None:
        return Parts(_tables())
    customers, _ = from_document(reader.store.document(chosen.document))
    customers.sort(key=lambda customer: (-customer["turnover"], customer["kn"]))
    tally = _Tally(reader, [customer["turnover"] for customer in customers])
    for customer in customers:
        tally.take(customer)
    classes = _classes(tally)
    tables = _tables(classes, _yardsticks(tally), tuple(tally.customers))
    return Parts(tables, _figures(tally), _CHARTS, _remarks(classes))


def _chosen(reader: Reader) -> Import | None:
    """The figures that are asked for, else the newest; None where there are none at all."""
    imports = {one.name: one for one in reader.standing.imports if one.kind == "turnover"}
    wanted = reader.given.get("turnover")
    if wanted is not None and wanted not in imports:
        known = did_you_mean(wanted, imports) or f"there are {', '.join(imports) or 'none'}"
        raise NotFound(f"there are no figures of turnover {wanted!r}", known)
    return imports[wanted] if wanted is not None else next(reversed(imports.values()), None)


def _tables(
    classes: tuple[Row, ...] = (), yardsticks: tuple[Row, ...] = (), customers: tuple[Row, ...] = ()
) -> tuple[Table, ...]:
    cut = {
        "da": "Klasserne er skåret efter andel af omsætningen. De to sidste kolonner viser, hvad der var kommet ud af at skære efter antal kunder.",
        "en": "The classes are cut by share of turnover. The last two columns show what a cut by number of customers would have given.",
    }
    rule = {"da": "Reglen om 80 og 20", "en": "The rule of 80 and 20"}
    return (
        Table("classes", {"da": "Klasserne", "en": "The classes"}, _CLASS_COLUMNS, classes, cut),
        Table("yardsticks", rule, _YARDSTICK_COLUMNS, yardsticks),
        Table("customers", {"da": "Kunderne", "en": "The customers"}, _CUSTOMER_COLUMNS, customers, show=50),
    )


def _classes(tally: _Tally) -> tuple[Row, ...]:
    reader, counts, all_ = tally.reader, tally.counts, len(tally.turnovers)
    by_count = _by_count(reader, tally.turnovers)
    return tuple(
        (
            _CLASSES[name], counts[name], share(counts[name], all_), _band(reader, name),
            _inside(reader, name, counts[name], all_), tally.turnover[name],
            share(tally.turnover[name], tally.total), by_count[name][0], share(by_count[name][1], tally.total),
        )
        for name in "ABC"
    )  # fmt: skip


def _limits(reader: Reader, name: str) -> tuple[Decimal, Decimal] | None:
    if name not in _BANDED:
        return None
    key = f"class_{name.lower()}"
    return _hundredths(reader, f"{key}_least"), _hundredths(reader, f"{key}_most")


def _hundredths(reader: Reader, parameter: str) -> Decimal:
    """A parameter in per cent, as a part of one."""
    return Decimal(str(reader.parameter(parameter))) / _HUNDRED


def _band(reader: Reader, name: str) -> str | None:
    limits = _limits(reader, name)
    if limits is None:
        return None
    return "–".join(f"{(end * _HUNDRED).normalize():f}" for end in limits) + " %"


def _inside(reader: Reader, name: str, count: int, all_: int) -> bool | None:
    limits, part = _limits(reader, name), share(count, all_)
    return None if limits is None or part is None else limits[0] <= part <= limits[1]


def _by_count(reader: Reader, turnovers: list[Decimal]) -> dict[str, tuple[int, Decimal]]:
    """The other cut: by the number of customers, at the upper end of each band."""
    found: dict[str, tuple[int, Decimal]] = {}
    start = 0
    for name in "ABC":
        limits = _limits(reader, name)
        size = (
            len(turnovers) - start
            if limits is None
            else min(int(len(turnovers) * limits[1]), len(turnovers) - start)
        )
        found[name] = size, sum(turnovers[start : start + size], Decimal())
        start += size
    return found


def _yardsticks(tally: _Tally) -> tuple[Row, ...]:
    """The rule of 80 and 20 from both its ends: what the largest bring, and how many bring the most."""
    reader, turnovers, all_ = tally.reader, tally.turnovers, len(tally.turnovers)
    twenty = Decimal(str(reader.parameter("class_top_customers")))
    eighty = Decimal(str(reader.parameter("class_top_turnover")))
    top = int(all_ * twenty / _HUNDRED) or min(all_, 1)
    brings = share(sum(turnovers[:top], Decimal()), tally.total)
    needed = share(_needed(turnovers, tally.total * eighty / _HUNDRED), all_)
    return (
        (
            Named("pareto_turnover", {"da": f"De største {twenty} % af kunderne bringer", "en": f"The largest {twenty} % of the customers bring"}),
            brings, eighty / _HUNDRED, None if brings is None else brings >= eighty / _HUNDRED,
        ),
        (
            Named("pareto_customers", {"da": f"{eighty} % af omsætningen kommer fra", "en": f"{eighty} % of the turnover comes from"}),
            needed, twenty / _HUNDRED, None if needed is None else needed <= twenty / _HUNDRED,
        ),
    )  # fmt: skip


def _needed(turnovers: list[Decimal], wanted: Decimal) -> int:
    """How many of the largest customers bring at least so much."""
    so_far = Decimal()
    for count, turnover in enumerate(turnovers, 1):
        so_far += turnover
        if so_far >= wanted:
            return count
    return len(turnovers)


def _figures(tally: _Tally) -> tuple[Figure, ...]:
    return (
        Figure("customers", {"da": "Kunder", "en": "Customers"}, len(tally.turnovers)),
        Figure("turnover", {"da": "Omsætning", "en": "Turnover"}, tally.total, "money"),
        Figure("a", {"da": "A-kunder", "en": "A customers"}, tally.counts["A"], tone="good"),
        Figure("moved", {"da": "Skifter klasse", "en": "Change class"}, tally.moved, tone="bad"),
    )


def _remarks(classes: tuple[Row, ...]) -> tuple[Remark, ...]:
    outside = [row[0] for row in classes if row[4] is False]
    remarks = [
        Remark(
            "note",
            {
                "da": "Klassen ændrer ikke, hvor hurtigt en kunde får svar. Skift skal godkendes af to.",
                "en": "A class does not change how soon a customer is answered. Changes are approved by two people.",
            },
        )
    ]
    if outside:
        names = ", ".join(str(name) for name in outside)
        remarks.append(
            Remark(
                "warning",
                {
                    "da": f"Uden for den ventede andel af kunderne: {names}. De to mål strider mod hinanden her (Q15).",
                    "en": f"Outside the expected share of the customers: {names}. The two yardsticks disagree here (Q15).",
                },
            )
        )
    return tuple(remarks)


REPORT = Report(
    "classes",
    {"da": "Kundeklasser", "en": "Customer classes"},
    {"da": "A-, B- og C-kunder efter omsætning, holdt op mod begge mål", "en": "A, B and C customers by turnover, held against both yardsticks"},
    build,
    see=("lead", "manager", "process_owner", "compliance", "kam"),
    owners=False,
    options=("turnover",),
)  # fmt: skip
