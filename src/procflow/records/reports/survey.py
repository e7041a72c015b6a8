"""The report `survey`: satisfaction, importance and performance, and the gaps between them (KAM-08).

G1 = importance − performance, as customers see it; G2 = importance, and G3 = performance, customers − employees. It
compares by the factor's id, never by the place of a row. Where two sources of a survey disagree (Q14) it takes the
one that the parameter `survey_source` names, or the first, and says so with what follows from each reading. A group
with fewer than five answers is not published (`survey_least_answers`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from msgspec import Struct

from procflow.core.nearest import did_you_mean
from procflow.core.words import number_in_words
from procflow.errors import NotFound
from procflow.records.reports.figures import Row, from_document
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.reading import Import
from procflow.records.reports.sheet import Cell, Chart, Column, Figure, Named, Remark, Table, Words

_GROUPS = ("customer", "employee")
_TENTH = Decimal("0.1")
_WORDS: Mapping[str, Words] = {
    "fixed_contact": {"da": "Fast kontaktperson", "en": "A fixed contact person"},
    "follow_up": {"da": "Løbende opfølgning", "en": "Continuous follow-up"},
    "available": {"da": "Til at få fat i når som helst", "en": "Available at any time"},
    "needs": {"da": "Overblik over mine behov", "en": "Overview of my needs"},
    "how_often": {"da": "Ved, hvor ofte jeg vil kontaktes", "en": "Knows how often I want contact"},
    "how": {"da": "Ved, hvordan jeg vil kontaktes", "en": "Knows how I want contact"},
    "events": {"da": "Indbyder til arrangementer", "en": "Invites me to events"},
    "quality": {"da": "Kvalitet", "en": "Quality"},
    "price": {"da": "Pris", "en": "Price"},
    "delivery": {"da": "Levering", "en": "Delivery"},
    "availability": {"da": "Tilgængelighed", "en": "Availability"},
}

#: (group, measure, factor) -> (mean, how many answered).
Means = dict[tuple[str, str, str], tuple[Decimal, int]]


class Conflict(Struct, frozen=True):
    """Two sources give different means of the same."""

    group: str
    measure: str
    factor: str
    values: tuple[tuple[str, Decimal], ...]


def means_of(rows: list[Row]) -> dict[str, Means]:
    """The means of each source; single answers of a source outweigh a mean that it gives as well."""
    answers: dict[tuple[str, tuple[str, str, str]], list[Decimal]] = defaultdict(list)
    found: dict[str, Means] = {}
    for row in rows:
        source = row["source"] or "answers"
        key = (row["group"], row["measure"], row["factor"])
        if row["respondent"]:
            answers[source, key].append(row["score"])
        else:
            found.setdefault(source, {})[key] = (row["score"], int(row["n"]))
    for (source, key), scores in answers.items():
        found.setdefault(source, {})[key] = (sum(scores, Decimal()) / len(scores), len(scores))
    return found


def conflicts_of(sources: Mapping[str, Means]) -> list[Conflict]:
    """What two sources say differently, to one decimal, in the order in which it was said first."""
    keys = dict.fromkeys(key for means in sources.values() for key in means)
    found = []
    for key in keys:
        values = tuple((source, _tenth(means[key][0])) for source, means in sources.items() if key in means)
        if len({value for _, value in values}) > 1:
            found.append(Conflict(*key, values))
    return found


def contradictions(rows: list[Row]) -> list[str]:
    """What a survey says in two ways, a line each."""
    return [
        f"{c.factor}, {c.measure}, {c.group}: "
        + ", ".join(f"{source} says {value}" for source, value in c.values)
        for c in conflicts_of(means_of(rows))
    ]


def build(reader: Reader) -> Parts:
    chosen, earlier = _chosen(reader)
    if chosen is None:
        return Parts(_tables((), (), ()))
    rows, facts = from_document(reader.store.document(chosen.document))
    sources = means_of(rows)
    conflicts = conflicts_of(sources)
    order = _order(sources, str(reader.parameter("survey_source") or ""))
    means = _merged(sources, order)
    least = int(reader.parameter("survey_least_answers"))
    hidden = {key: n for key, (_, n) in means.items() if n < least}
    shown: Means = {key: value for key, value in means.items() if key not in hidden}
    before: Means = {}
    if earlier is not None:
        old = means_of(from_document(reader.store.document(earlier.document))[0])
        said = _merged(old, _order(old, order[0] if order else ""))
        before = {key: value for key, value in said.items() if value[1] >= least}
    disputed = {(c.group, c.measure, c.factor) for c in conflicts}
    gaps = tuple(
        _gap_row(factor, shown, before, disputed) for factor in _factors(means, "importance", "performance")
    )
    satisfied = tuple(
        (
            _named(factor),
            *_pair(shown, "satisfaction", factor),
            _difference(*_pair(shown, "satisfaction", factor)),
        )
        for factor in _factors(means, "satisfaction")
    )
    told = tuple(
        (
            _named(c.factor), _GROUP[c.group], _MEASURE[c.measure], Named(source, dict.fromkeys(("da", "en"), source)),
            value, source == next((one for one in order if any(s == one for s, _ in c.values)), ""),
        )
        for c in conflicts
        for source, value in c.values
    )  # fmt: skip
    remarks = (
        *_conflict_remarks(conflicts, means, sources, order),
        *_plan_remarks(reader, gaps),
        *_sample_remarks(facts, means, hidden, least),
    )
    figures = (
        Figure("factors", {"da": "Faktorer", "en": "Factors"}, len(gaps)),
        Figure("customers", {"da": "Kunder", "en": "Customers"}, _answered(means, "customer")),
        Figure("employees", {"da": "Medarbejdere", "en": "Employees"}, _answered(means, "employee")),
        Figure("conflicts", {"da": "Modsigelser", "en": "Conflicts"}, len(conflicts), tone="bad"),
    )  # fmt: skip
    charts = (
        Chart("gap", "gaps", {"da": "Vigtighed og vores indsats, som kunderne ser det", "en": "Importance and performance, as customers see it"}, "factor", ("importance", "performance"), low=1, high=7),
        Chart("gap", "gaps", {"da": "Vigtighed: kunder og medarbejdere", "en": "Importance: customers and employees"}, "factor", ("importance", "importance_employees"), low=1, high=7),
        Chart("gap", "satisfaction", {"da": "Tilfredshed: kunder og medarbejdere", "en": "Satisfaction: customers and employees"}, "factor", ("customers", "employees"), low=1, high=5),
    )  # fmt: skip
    return Parts(_tables(gaps, satisfied, told), figures, charts, remarks)


_GROUP = {
    "customer": Named("customer", {"da": "Kunder", "en": "Customers"}),
    "employee": Named("employee", {"da": "Medarbejdere", "en": "Employees"}),
}
_MEASURE = {
    "importance": Named("importance", {"da": "Vigtighed", "en": "Importance"}),
    "performance": Named("performance", {"da": "Indsats", "en": "Performance"}),
    "satisfaction": Named("satisfaction", {"da": "Tilfredshed", "en": "Satisfaction"}),
}


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


def _order(sources: Mapping[str, Means], preferred: str) -> list[str]:
    """The sources in the order in which they are believed: the preferred one, then as they were met."""
    return sorted(sources, key=lambda name: name != preferred)


def _merged(sources: Mapping[str, Means], order: list[str]) -> Means:
    """One mean of each thing, of the first source that has it."""
    found: Means = {}
    for source in order:
        for key, value in sources[source].items():
            found.setdefault(key, value)
    return found


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, ROUND_HALF_UP)


def _named(factor: str) -> Named:
    return Named(factor, _WORDS.get(factor) or dict.fromkeys(("da", "en"), factor.replace("_", " ")))


def _factors(means: Means, *measures: str) -> list[str]:
    return list(dict.fromkeys(factor for _, measure, factor in means if measure in measures))


def _answered(means: Means, group: str) -> int:
    return max((n for (one, _, _), (_, n) in means.items() if one == group), default=0)


def _value(means: Means, group: str, measure: str, factor: str) -> Decimal | None:
    found = means.get((group, measure, factor))
    return None if found is None else _tenth(found[0])


def _exact(means: Means, group: str, measure: str, factor: str) -> Decimal | None:
    found = means.get((group, measure, factor))
    return None if found is None else found[0]


def _pair(means: Means, measure: str, factor: str) -> tuple[Decimal | None, Decimal | None]:
    customers, employees = (_value(means, group, measure, factor) for group in _GROUPS)
    return customers, employees


def _difference(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else _tenth(one - other)


def _gap_row(
    factor: str, means: Means, before: Means, disputed: set[tuple[str, str, str]]
) -> tuple[Cell, ...]:
    importance, performance = (_exact(means, "customer", m, factor) for m in ("importance", "performance"))
    theirs, done = (_exact(means, "employee", m, factor) for m in ("importance", "performance"))
    g1 = _difference(importance, performance)
    was = _difference(*(_exact(before, "customer", m, factor) for m in ("importance", "performance")))
    return (
        _named(factor),
        *(_value(means, "customer", m, factor) for m in ("importance", "performance")),
        g1,
        _value(means, "employee", "importance", factor),
        _difference(importance, theirs),
        _value(means, "employee", "performance", factor),
        _difference(performance, done),
        _difference(g1, was),
        any(one[2] == factor for one in disputed),
    )


def _tables(
    gaps: tuple[tuple[Cell, ...], ...],
    satisfied: tuple[tuple[Cell, ...], ...],
    told: tuple[tuple[Cell, ...], ...],
) -> tuple[Table, ...]:
    factor = Column("factor", {"da": "Faktor", "en": "Factor"})
    return (
        Table(
            "gaps",
            {"da": "Afvigelser", "en": "Gaps"},
            (
                factor,
                Column("importance", {"da": "Vigtighed, kunder", "en": "Importance, customers"}, "number"),
                Column("performance", {"da": "Indsats, kunder", "en": "Performance, customers"}, "number"),
                Column("g1", {"da": "G1", "en": "G1"}, "signed"),
                Column("importance_employees", {"da": "Vigtighed, medarbejdere", "en": "Importance, employees"}, "number"),
                Column("g2", {"da": "G2", "en": "G2"}, "signed"),
                Column("performance_employees", {"da": "Indsats, medarbejdere", "en": "Performance, employees"}, "number"),
                Column("g3", {"da": "G3", "en": "G3"}, "signed"),
                Column("since", {"da": "G1 siden sidst", "en": "G1 since the last survey"}, "signed"),
                Column("disputed", {"da": "Omstridt", "en": "Disputed"}),
            ),
            gaps,
            {
                "da": "G1 er vigtighed minus indsats hos kunderne: over nul gør vi for lidt, under nul mere end nødvendigt. G2 er kundernes vigtighed minus medarbejdernes, G3 kundernes indsats minus medarbejdernes.",
                "en": "G1 is importance less performance for customers: above zero we do too little, below zero more than is asked. G2 is importance for customers less that for employees, G3 the same for performance.",
            },
        ),
        Table(
            "satisfaction",
            {"da": "Tilfredshed", "en": "Satisfaction"},
            (
                factor,
                Column("customers", {"da": "Kunder", "en": "Customers"}, "number"),
                Column("employees", {"da": "Medarbejdere tror", "en": "Employees think"}, "number"),
                Column("difference", {"da": "Forskel", "en": "Difference"}, "signed"),
            ),
            satisfied,
        ),
        Table(
            "conflicts",
            {"da": "Hvor kilderne siger hver sit", "en": "Where the sources disagree"},
            (
                factor,
                Column("group", {"da": "Gruppe", "en": "Group"}),
                Column("measure", {"da": "Mål", "en": "Measure"}),
                Column("source", {"da": "Kilde", "en": "Source"}),
                Column("value", {"da": "Værdi", "en": "Value"}, "number"),
                Column("used", {"da": "Brugt her", "en": "Used here"}),
            ),
            told,
        ),
    )  # fmt: skip


# remarks


def _conflict_remarks(
    conflicts: list[Conflict], means: Means, sources: Mapping[str, Means], order: list[str]
) -> list[Remark]:
    """Each contradiction once; where two factors look exchanged, what each reading makes of G3."""
    remarks = []
    for c in conflicts:
        da = "; ".join(f"{source}: {number_in_words(value, 'da')}" for source, value in c.values)
        en = "; ".join(f"{source}: {value}" for source, value in c.values)
        used = next(source for source in order if any(one == source for one, _ in c.values))
        name = _named(c.factor).words
        group, measure = _GROUP[c.group].words, _MEASURE[c.measure].words
        remarks.append(
            Remark(
                "conflict",
                {
                    "da": f"{name['da']}, {measure['da'].lower()}, {group['da'].lower()}: kilderne siger hver sit ({da}). Her bruges {used} (parameteren survey_source).",
                    "en": f"{name['en']}, {measure['en'].lower()}, {group['en'].lower()}: the sources disagree ({en}). Here {used} is used (parameter survey_source).",
                },
            )
        )
    for one, other in _exchanged(conflicts):
        remarks.append(_readings(one, other, means, sources, order))
    return remarks


def _exchanged(conflicts: list[Conflict]) -> list[tuple[Conflict, Conflict]]:
    """Pairs of factors whose values two sources have the other way round."""
    found = []
    for n, one in enumerate(conflicts):
        for other in conflicts[n + 1 :]:
            same = (one.group, one.measure) == (other.group, other.measure)
            mine, theirs = dict(one.values), dict(other.values)
            if same and len(mine) == 2 and mine.keys() == theirs.keys():
                first, second = mine
                if mine[first] == theirs[second] and mine[second] == theirs[first]:
                    found.append((one, other))
    return found


def _readings(
    one: Conflict, other: Conflict, means: Means, sources: Mapping[str, Means], order: list[str]
) -> Remark:
    """G3 of both factors: as printed, with only this column exchanged, with both columns exchanged."""
    used = next(source for source in order if source in dict(one.values))
    printed = next(source for source in dict(one.values) if source != used)
    facts = []
    for a, b in ((one, other), (other, one)):
        mine, straight, crossed = (
            _exact(sources[printed], "customer", a.measure, a.factor),
            _exact(means, "employee", a.measure, a.factor),
            _exact(means, "employee", a.measure, b.factor),
        )
        right = _exact(means, "customer", a.measure, a.factor)
        facts.append(
            (a.factor, _difference(mine, straight), _difference(right, straight), _difference(right, crossed))
        )

    def told(language: str) -> str:
        words = (
            ("som trykt {}, kun kundernes kolonne byttet {}, begge kolonner byttet {}")
            if language == "da"
            else "as printed {}, only the customers' column exchanged {}, both columns exchanged {}"
        )
        return "; ".join(
            f"{_named(factor).words[language]}: "
            + words.format(*("–" if v is None else number_in_words(v, language) for v in values))
            for factor, *values in facts
        )

    return Remark(
        "conflict",
        {
            "da": f"De to ligner en ombytning i {printed}. G3 bliver da: {told('da')}. Det kan ikke afgøres her.",
            "en": f"The two look exchanged in {printed}. G3 would then be: {told('en')}. This cannot be decided here.",
        },
    )


def _plan_remarks(reader: Reader, gaps: tuple[tuple[Cell, ...], ...]) -> list[Remark]:
    """Factors that matter and on which we do less: they call for an activity plan."""
    least = Decimal(str(reader.parameter("survey_important")))
    named: list[Any] = [
        row[0]
        for row in gaps
        if isinstance(row[1], Decimal) and row[1] >= least and isinstance(row[3], Decimal) and row[3] > 0
    ]
    if not named:
        return []
    listed = {language: ", ".join(one.words[language] for one in named) for language in ("da", "en")}
    return [
        Remark(
            "warning",
            {
                "da": f"Vigtige faktorer, hvor vi gør for lidt: {listed['da']}. De skal have en handlingsplan med ansvarlig og frist.",
                "en": f"Important factors on which we do too little: {listed['en']}. They need an activity plan with an owner and a date.",
            },
        )
    ]


def _sample_remarks(
    facts: Mapping[str, Any], means: Means, hidden: Mapping[tuple[str, str, str], int], least: int
) -> list[Remark]:
    remarks = []
    if facts.get("hand_picked"):
        remarks.append(
            Remark(
                "note",
                {
                    "da": "Deltagerne er håndplukket: tallene er ikke repræsentative.",
                    "en": "The participants were hand-picked: the figures are not representative.",
                },
            )
        )
    if hidden:
        groups = sorted({group for group, _, _ in hidden})
        da = " og ".join(_GROUP[group].words["da"].lower() for group in groups)
        en = " and ".join(_GROUP[group].words["en"].lower() for group in groups)
        remarks.append(
            Remark(
                "note",
                {
                    "da": f"Færre end {least} svar fra {da}: de vises ikke.",
                    "en": f"Fewer than {least} answers from {en}: they are not shown.",
                },
            )
        )
    return remarks


REPORT = Report(
    "survey",
    {"da": "Tilfredshedsundersøgelse", "en": "Satisfaction survey"},
    {"da": "Vigtighed, indsats og tilfredshed, og afvigelserne mellem dem", "en": "Importance, performance and satisfaction, and the gaps between them"},
    build,
    see=("lead", "quality_coach", "manager", "process_owner", "compliance", "kam"),
    owners=False,
    options=("survey",),
)  # fmt: skip
