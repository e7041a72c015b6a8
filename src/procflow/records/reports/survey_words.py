"""The words of the report `survey`: what its factors are called, and the remarks that belong to its figures."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from procflow.core.words import number_in_words
from procflow.records.reports.sheet import Named, Remark, Row, Words
from procflow.records.reports.survey_means import Conflict, Survey, difference, exact_of, exchanged

_FACTORS: Mapping[str, Words] = {
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
GROUP = {
    "customer": Named("customer", {"da": "Kunder", "en": "Customers"}),
    "employee": Named("employee", {"da": "Medarbejdere", "en": "Employees"}),
}
MEASURE = {
    "importance": Named("importance", {"da": "Vigtighed", "en": "Importance"}),
    "performance": Named("performance", {"da": "Indsats", "en": "Performance"}),
    "satisfaction": Named("satisfaction", {"da": "Tilfredshed", "en": "Satisfaction"}),
}


def factor_named(factor: str) -> Named:
    return Named(factor, _FACTORS.get(factor) or dict.fromkeys(("da", "en"), factor.replace("_", " ")))


def conflict_remarks(survey: Survey) -> list[Remark]:
    """Each contradiction once; where two factors look exchanged, what each reading makes of G3."""
    remarks = []
    for c in survey.conflicts:
        da = "; ".join(f"{source}: {number_in_words(value, 'da')}" for source, value in c.values)
        en = "; ".join(f"{source}: {value}" for source, value in c.values)
        used = survey.used(c)
        name = factor_named(c.factor).words
        group, measure = GROUP[c.group].words, MEASURE[c.measure].words
        remarks.append(
            Remark(
                "conflict",
                {
                    "da": f"{name['da']}, {measure['da'].lower()}, {group['da'].lower()}: kilderne siger hver sit ({da}). Her bruges {used} (parameteren survey_source).",
                    "en": f"{name['en']}, {measure['en'].lower()}, {group['en'].lower()}: the sources disagree ({en}). Here {used} is used (parameter survey_source).",
                },
            )
        )
    for one, other in exchanged(survey.conflicts):
        remarks.append(_readings(one, other, survey))
    return remarks


def _readings(one: Conflict, other: Conflict, survey: Survey) -> Remark:
    """G3 of both factors: as printed, with only this column exchanged, with both columns exchanged."""
    used, means = survey.used(one), survey.means
    printed = next(source for source in dict(one.values) if source != used)
    facts = []
    for a, b in ((one, other), (other, one)):
        mine, straight, crossed = (
            exact_of(survey.sources[printed], "customer", a.measure, a.factor),
            exact_of(means, "employee", a.measure, a.factor),
            exact_of(means, "employee", a.measure, b.factor),
        )
        right = exact_of(means, "customer", a.measure, a.factor)
        facts.append(
            (a.factor, difference(mine, straight), difference(right, straight), difference(right, crossed))
        )

    def told(language: str) -> str:
        words = (
            ("som trykt {}, kun kundernes kolonne byttet {}, begge kolonner byttet {}")
            if language == "da"
            else "as printed {}, only the customers' column exchanged {}, both columns exchanged {}"
        )
        return "; ".join(
            f"{factor_named(factor).words[language]}: "
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


def plan_remarks(gaps: tuple[Row, ...], least: Decimal) -> list[Remark]:
    """Factors that matter, from `least` on, and on which we do less: they call for an activity plan."""
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


def sample_remarks(survey: Survey) -> list[Remark]:
    """What must be known of the people who were asked."""
    remarks = []
    if survey.hand_picked:
        remarks.append(
            Remark(
                "note",
                {
                    "da": "Deltagerne er håndplukket: tallene er ikke repræsentative.",
                    "en": "The participants were hand-picked: the figures are not representative.",
                },
            )
        )
    if survey.hidden:
        groups = sorted({group for group, _, _ in survey.hidden})
        da = " og ".join(GROUP[group].words["da"].lower() for group in groups)
        en = " and ".join(GROUP[group].words["en"].lower() for group in groups)
        remarks.append(
            Remark(
                "note",
                {
                    "da": f"Færre end {survey.least} svar fra {da}: de vises ikke.",
                    "en": f"Fewer than {survey.least} answers from {en}: they are not shown.",
                },
            )
        )
    return remarks
