"""The report `classes`: customers by class, cut by share of turnover and told against both yardsticks (KAM-07, Q15).

The sources give two: A are 5 to 10 % of the customers, and 20 % of the customers bring 80 % of the turnover. The cut
is by turnover (`class_a_turnover`, `class_b_turnover`, in per cent); what it gives is then held against the bands of
customers and against the rule of 80 and 20. A class never changes how a customer is answered.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from procflow.core.nearest import did_you_mean
from procflow.errors import NotFound
from procflow.records.reports.figures import from_document
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Cell, Chart, Column, Figure, Named, Remark, Table, share

_BANDED = ("A", "B")
_CLASSES = {
    name: Named(name, {"da": f"{name}-kunder", "en": f"{name} customers"}) for name in ("A", "B", "C", "D")
}
_HUNDRED = Decimal(100)


def build(reader: Reader) -> Parts:
    imports = {one.name: one for one in reader.standing.imports if one.kind == "turnover"}
    wanted = reader.given.get("turnover")
    if wanted is not None and wanted not in imports:
        known = did_you_mean(wanted, imports) or f"there are {', '.join(imports) or 'none'}"
        raise NotFound(f"there are no figures of turnover {wanted!r}", known)
    if not imports:
        return Parts(_tables((), (), ()))
    chosen = imports[wanted] if wanted is not None else list(imports.values())[-1]
    rows, _ = from_document(reader.store.document(chosen.document))
    rows.sort(key=lambda row: (-row["turnover"], row["kn"]))
    total = sum((row["turnover"] for row in rows), Decimal())
    cut_a = Decimal(str(reader.parameter("class_a_turnover"))) / _HUNDRED
    cut_b = Decimal(str(reader.parameter("class_b_turnover"))) / _HUNDRED
    customers: list[tuple[Cell, ...]] = []
    counts: Counter[str] = Counter()
    turnover: dict[str, Decimal] = dict.fromkeys("ABC", Decimal())
    moved = 0
    so_far = Decimal()
    for place, row in enumerate(rows, 1):
        before = so_far / total if total else Decimal(1)
        so_far += row["turnover"]
        now = "A" if before < cut_a else "B" if before < cut_b else "C"
        counts[now] += 1
        turnover[now] += row["turnover"]
        was = row["class"] or None
        moved += was is not None and was != now
        customers.append(
            (
                row["kn"], row["turnover"], share(row["turnover"], total), share(place, len(rows)),
                share(so_far, total), _CLASSES[now], _CLASSES[was] if was else None,
                was is not None and was != now,
            )
        )  # fmt: skip
    by_count = _by_count(reader, [row["turnover"] for row in rows])
    classes = tuple(
        (
            _CLASSES[name], counts[name], share(counts[name], len(rows)), _band(reader, name),
            _inside(reader, name, counts[name], len(rows)), turnover[name], share(turnover[name], total),
            by_count[name][0], share(by_count[name][1], total),
        )
        for name in "ABC"
    )  # fmt: skip
    twenty = Decimal(str(reader.parameter("class_top_customers")))
    eighty = Decimal(str(reader.parameter("class_top_turnover")))
    top = int(len(rows) * twenty / _HUNDRED) or min(len(rows), 1)
    brings = share(sum((row["turnover"] for row in rows[:top]), Decimal()), total)
    needed = share(_needed([row["turnover"] for row in rows], total * eighty / _HUNDRED), len(rows))
    yardsticks = (
        (
            Named("pareto_turnover", {"da": f"De største {twenty} % af kunderne bringer", "en": f"The largest {twenty} % of the customers bring"}),
            brings, eighty / _HUNDRED, None if brings is None else brings >= eighty / _HUNDRED,
        ),
        (
            Named("pareto_customers", {"da": f"{eighty} % af omsætningen kommer fra", "en": f"{eighty} % of the turnover comes from"}),
            needed, twenty / _HUNDRED, None if needed is None else needed <= twenty / _HUNDRED,
        ),
    )  # fmt: skip
    figures = (
        Figure("customers", {"da": "Kunder", "en": "Customers"}, len(rows)),
        Figure("turnover", {"da": "Omsætning", "en": "Turnover"}, total, "money"),
        Figure("a", {"da": "A-kunder", "en": "A customers"}, counts["A"], tone="good"),
        Figure("moved", {"da": "Skifter klasse", "en": "Change class"}, moved, tone="bad"),
    )
    charts = (
        Chart("pareto", "customers", {"da": "Fra den største kunde til den mindste", "en": "From the largest customer to the smallest"}, "kn", ("customers", "so_far", "class")),
        Chart("stack", "classes", {"da": "Kunder i klasserne", "en": "Customers in the classes"}, "class", ("customers",), ("good",)),
    )  # fmt: skip
    return Parts(_tables(classes, yardsticks, tuple(customers)), figures, charts, _remarks(reader, classes))


def _needed(turnovers: list[Decimal], wanted: Decimal) -> int:
    """How many of the largest customers bring at least so much."""
    so_far = Decimal()
    for count, turnover in enumerate(turnovers, 1):
        so_far += turnover
        if so_far >= wanted:
            return count
    return len(turnovers)


def _limits(reader: Reader, name: str) -> tuple[Decimal, Decimal] | None:
    if name not in _BANDED:
        return None
    key = f"class_{name.lower()}"
    low, high = (Decimal(str(reader.parameter(f"{key}_{end}"))) / _HUNDRED for end in ("least", "most"))
    return low, high


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


def _tables(
    classes: tuple[tuple[Cell, ...], ...],
    yardsticks: tuple[tuple[Cell, ...], ...],
    customers: tuple[tuple[Cell, ...], ...],
) -> tuple[Table, ...]:
    class_ = Column("class", {"da": "Klasse", "en": "Class"})
    turnover = Column("turnover", {"da": "Omsætning", "en": "Turnover"}, "money")
    return (
        Table(
            "classes",
            {"da": "Klasserne", "en": "The classes"},
            (
                class_,
                Column("customers", {"da": "Kunder", "en": "Customers"}, "count"),
                Column("share", {"da": "Andel af kunderne", "en": "Share of the customers"}, "share"),
                Column("band", {"da": "Ventet andel", "en": "Expected share"}),
                Column("inside", {"da": "Inden for", "en": "Inside"}),
                turnover,
                Column("turnover_share", {"da": "Andel af omsætningen", "en": "Share of the turnover"}, "share"),
                Column("by_count", {"da": "Kunder, skåret efter antal", "en": "Customers, cut by number"}, "count"),
                Column("by_count_turnover", {"da": "Deres andel af omsætningen", "en": "Their share of the turnover"}, "share"),
            ),
            classes,
            {
                "da": "Klasserne er skåret efter andel af omsætningen. De to sidste kolonner viser, hvad der var kommet ud af at skære efter antal kunder.",
                "en": "The classes are cut by share of turnover. The last two columns show what a cut by number of customers would have given.",
            },
        ),
        Table(
            "yardsticks",
            {"da": "Reglen om 80 og 20", "en": "The rule of 80 and 20"},
            (
                Column("rule", {"da": "Regel", "en": "Rule"}),
                Column("found", {"da": "Fundet", "en": "Found"}, "share"),
                Column("expected", {"da": "Ventet", "en": "Expected"}, "share"),
                Column("holds", {"da": "Holder", "en": "Holds"}),
            ),
            yardsticks,
        ),
        Table(
            "customers",
            {"da": "Kunderne", "en": "The customers"},
            (
                Column("kn", {"da": "Kundenummer", "en": "Customer number"}),
                turnover,
                Column("share", {"da": "Andel", "en": "Share"}, "share"),
                Column("customers", {"da": "Andel af kunderne indtil her", "en": "Share of the customers up to here"}, "share"),
                Column("so_far", {"da": "Andel af omsætningen indtil her", "en": "Share of the turnover up to here"}, "share"),
                class_,
                Column("was", {"da": "Klasse hidtil", "en": "Class so far"}),
                Column("changes", {"da": "Skifter", "en": "Changes"}),
            ),
            customers,
            show=50,
        ),
    )  # fmt: skip


def _remarks(reader: Reader, classes: tuple[tuple[Cell, ...], ...]) -> tuple[Remark, ...]:
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
