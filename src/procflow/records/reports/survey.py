"""The report `survey`: satisfaction, importance and performance, and the gaps between them (KAM-08).

G1 = importance − performance, as customers see it; G2 = importance, and G3 = performance, customers − employees. It
compares by the factor's id, never by the place of a row. Where two sources of a survey disagree (Q14) it takes the
one that the parameter `survey_source` names, or the first, and says so with what follows from each reading. A group
with fewer than five answers is not published (`survey_least_answers`).
"""

from __future__ import annotations

from decimal import Decimal

from procflow.core.nearest import did_you_mean
from procflow.errors import NotFound
from procflow.records.reports.figures import from_document
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.reading import Import
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Row, Table
from procflow.records.reports.survey_means import GROUPS, Means, Survey, difference, exact_of, value_of
from procflow.records.reports.survey_words import (
    GROUP,
    MEASURE,
    conflict_remarks,
    factor_named,
    plan_remarks,
    sample_remarks,
)

_FACTOR = Column("factor", {"da": "Faktor", "en": "Factor"})
_GAP_COLUMNS = (
    _FACTOR,
    Column("importance", {"da": "Vigtighed, kunder", "en": "Importance, customers"}, "number"),
    Column("performance", {"da": "Indsats, kunder", "en": "Performance, customers"}, "number"),
    Column("g1", {"da": "G1", "en": "G1"}, "signed"),
    Column("importance_employees", {"da": "Vigtighed, medarbejdere", "en": "Importance, employees"}, "number"),
    Column("g2", {"da": "G2", "en": "G2"}, "signed"),
    Column("performance_employees", {"da": "Indsats, medarbejdere", "en": "Performance, employees"}, "number"),
    Column("g3", {"da": "G3", "en": "G3"}, "signed"),
    Column("since", {"da": "G1 siden sidst", "en": "G1 since the last survey"}, "signed"),
    Column("disputed", {"da": "Omstridt", "en": "Disputed"}),
)  # fmt: skip
_SATISFACTION_COLUMNS = (
    _FACTOR,
    Column("customers", {"da": "Kunder", "en": "Customers"}, "number"),
    Column("employees", {"da": "Medarbejdere tror", "en": "Employees think"}, "number"),
    Column("difference", {"da": "Forskel", "en": "Difference"}, "signed"),
)
_CONFLICT_COLUMNS = (
    _FACTOR,
    Column("group", {"da": "Gruppe", "en": "Group"}),
    Column("measure", {"da": "Mål", "en": "Measure"}),
    Column("source", {"da": "Kilde", "en": "Source"}),
    Column("value", {"da": "Værdi", "en": "Value"}, "number"),
    Column("used", {"da": "Brugt her", "en": "Used here"}),
)
_CHARTS = (
    Chart("gap", "gaps", {"da": "Vigtighed og vores indsats, som kunderne ser det", "en": "Importance and performance, as customers see it"}, "factor", ("importance", "performance"), low=1, high=7),
    Chart("gap", "gaps", {"da": "Vigtighed: kunder og medarbejdere", "en": "Importance: customers and employees"}, "factor", ("importance", "importance_employees"), low=1, high=7),
    Chart("gap", "satisfaction", {"da": "Tilfredshed: kunder og medarbejdere", "en": "Satisfaction: customers and employees"}, "factor", ("customers", "employees"), low=1, high=5),
)  # fmt: skip


def build(reader: Reader) -> Parts:
    chosen, earlier = _chosen(reader)
    if chosen is None:
        return Parts(_tables())
    survey = _read(reader, chosen, str(reader.parameter("survey_source") or ""))
    before = _read(reader, earlier, next(iter(survey.order), "")).shown if earlier is not None else {}
    gaps = _gaps(survey, before)
    remarks = (
        *conflict_remarks(survey),
        *plan_remarks(gaps, Decimal(str(reader.parameter("survey_important")))),
        *sample_remarks(survey),
    )
    return Parts(
        _tables(gaps, _satisfied(survey), _told(survey)), _figures(survey, len(gaps)), _CHARTS, remarks
    )


def _chosen(reader: Reader) -> tuple[Import | None, Import | None]:
    """The survey that is asked for (the newest), and the one before it."""
    surveys = [one for one in reader.standing.imports if one.kind == "survey"]
    newest = {one.name: one for one in surveys}  # the same name again replaces
    wanted = reader.given.get("survey")
    names = list(dict.fromkeys(one.name for one in surveys))
    if wanted is None:
        found = names[-2:]
    elif wanted in newest:
        found = names[max(names.index(wanted) - 1, 0) : names.index(wanted) + 1]
    else:
        raise NotFound(
            f"there is no survey {wanted!r}",
            did_you_mean(wanted, names) or f"there are {', '.join(names) or 'none'}",
        )
    return (newest[found[-1]], newest[found[0]] if len(found) > 1 else None) if found else (None, None)


def _read(reader: Reader, chosen: Import, believed: str) -> Survey:
    rows, facts = from_document(reader.store.document(chosen.document))
    return Survey(
        rows, believed, int(reader.parameter("survey_least_answers")), bool(facts.get("hand_picked"))
    )


def _tables(
    gaps: tuple[Row, ...] = (), satisfied: tuple[Row, ...] = (), told: tuple[Row, ...] = ()
) -> tuple[Table, ...]:
    meaning = {
        "da": "G1 er vigtighed minus indsats hos kunderne: over nul gør vi for lidt, under nul mere end nødvendigt. G2 er kundernes vigtighed minus medarbejdernes, G3 kundernes indsats minus medarbejdernes.",
        "en": "G1 is importance less performance for customers: above zero we do too little, below zero more than is asked. G2 is importance for customers less that for employees, G3 the same for performance.",
    }
    disagree = {"da": "Hvor kilderne siger hver sit", "en": "Where the sources disagree"}
    return (
        Table("gaps", {"da": "Afvigelser", "en": "Gaps"}, _GAP_COLUMNS, gaps, meaning),
        Table("satisfaction", {"da": "Tilfredshed", "en": "Satisfaction"}, _SATISFACTION_COLUMNS, satisfied),
        Table("conflicts", disagree, _CONFLICT_COLUMNS, told),
    )


def _gaps(survey: Survey, before: Means) -> tuple[Row, ...]:
    disputed = {conflict.factor for conflict in survey.conflicts}
    return tuple(
        (*_gap_row(factor, survey.shown, before), factor in disputed)
        for factor in survey.factors("importance", "performance")
    )


def _gap_row(factor: str, means: Means, before: Means) -> Row:
    importance, performance = (exact_of(means, "customer", m, factor) for m in ("importance", "performance"))
    theirs, done = (exact_of(means, "employee", m, factor) for m in ("importance", "performance"))
    g1 = difference(importance, performance)
    was = difference(*(exact_of(before, "customer", m, factor) for m in ("importance", "performance")))
    return (
        factor_named(factor),
        *(value_of(means, "customer", m, factor) for m in ("importance", "performance")),
        g1,
        value_of(means, "employee", "importance", factor),
        difference(importance, theirs),
        value_of(means, "employee", "performance", factor),
        difference(performance, done),
        difference(g1, was),
    )


def _satisfied(survey: Survey) -> tuple[Row, ...]:
    rows: list[Row] = []
    for factor in survey.factors("satisfaction"):
        customers, employees = (value_of(survey.shown, group, "satisfaction", factor) for group in GROUPS)
        rows.append((factor_named(factor), customers, employees, difference(customers, employees)))
    return tuple(rows)


def _told(survey: Survey) -> tuple[Row, ...]:
    """What each source says where they disagree."""
    return tuple(
        (
            factor_named(c.factor), GROUP[c.group], MEASURE[c.measure],
            Named(source, dict.fromkeys(("da", "en"), source)), value, source == survey.used(c),
        )
        for c in survey.conflicts
        for source, value in c.values
    )  # fmt: skip


def _figures(survey: Survey, factors: int) -> tuple[Figure, ...]:
    return (
        Figure("factors", {"da": "Faktorer", "en": "Factors"}, factors),
        Figure("customers", {"da": "Kunder", "en": "Customers"}, survey.answered("customer")),
        Figure("employees", {"da": "Medarbejdere", "en": "Employees"}, survey.answered("employee")),
        Figure("conflicts", {"da": "Modsigelser", "en": "Conflicts"}, len(survey.conflicts), tone="bad"),
    )


REPORT = Report(
    "survey",
    {"da": "Tilfredshedsundersøgelse", "en": "Satisfaction survey"},
    {"da": "Vigtighed, indsats og tilfredshed, og afvigelserne mellem dem", "en": "Importance, performance and satisfaction, and the gaps between them"},
    build,
    see=("lead", "quality_coach", "manager", "process_owner", "compliance", "kam"),
    owners=False,
    options=("survey",),
)  # fmt: skip
