"""The report `feedback`: what customers answered when we asked them, and the net promoter score (PRO-34).

It counts the cases of `feedback_invitation`: an answer in the days in which it came. NPS is the share of 9 and 10
less the share of 0 to 6, from −100 to 100. A group with fewer than five answers is not published; where that leaves
one group hidden beside published ones, the smallest of these is hidden too, so that nobody can reckon it back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal

from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Cell, Chart, Column, Figure, Named, Remark, Table, Words, share

PROCEDURE = "feedback_invitation"
_KINDS = frozenset({"DataSet", "DeadlineStarted", "DeadlineMet", "DeadlineMissed", "DeadlineEnded"})
_BY: Mapping[str, Words] = {
    "channel": {"da": "Vej", "en": "Way"},
    "customer_class": {"da": "Kundeklasse", "en": "Customer class"},
}
_GROUPS: Mapping[str, Words] = {
    "sms": {"da": "SMS", "en": "SMS"},
    "mail": {"da": "Mail", "en": "Mail"},
    "": {"da": "Ikke oplyst", "en": "Not given"},
}
_ALL = Named("all", {"da": "Alle", "en": "All"})
_FOLLOWED = {
    "met": {"da": "Fulgt op til tiden", "en": "Followed up in time"},
    "missed": {"da": "Fulgt op for sent eller ikke", "en": "Followed up late or not at all"},
    "running": {"da": "Følges op", "en": "Being followed up"},
}


def nps(scores: Counter[str]) -> Decimal | None:
    """The net promoter score to one decimal; None of no answers."""
    total = sum(scores.values())
    if not total:
        return None
    return (Decimal(scores["promoter"] - scores["detractor"]) * 100 / total).quantize(Decimal("0.1"))


def kind_of(score: int) -> str:
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def build(reader: Reader) -> Parts:
    period = reader.period
    groups: dict[str, dict[str, Counter[str]]] = {name: defaultdict(Counter) for name in _BY}
    invited: dict[str, Counter[str]] = {name: Counter() for name in _BY}
    followed: Counter[str] = Counter()
    for case in reader.cases(_KINDS, (PROCEDURE,)):
        keys = {name: str(case.data.get(name) or "") for name in _BY}
        if period.holds(case.opened) and case.outcome != "not_invited":
            for name, key in keys.items():
                invited[name][key] += 1
        score, at = case.data.get("score"), case.set_at.get("score")
        if score is not None and period.holds(at):
            for name, key in keys.items():
                groups[name][key][kind_of(int(score))] += 1
        for clock in case.clocks:
            if clock.deadline == "followed_up" and (
                clock.verdict == "running" or period.holds(clock.settled)
            ):
                followed[clock.verdict] += 1
    least = int(reader.parameter("survey_least_answers"))
    total: Counter[str] = Counter()
    for scores in groups["channel"].values():
        total += scores
    asked = sum(invited["channel"].values())
    rows: list[tuple[Cell, ...]] = []
    if asked or total:
        rows.append(_row(Named("all", _ALL.words), _ALL, asked, total, sum(total.values()) < least))
        for name in _BY:
            sizes = {key: sum(groups[name][key].values()) for key in {*groups[name], *invited[name]}}
            hidden = hidden_groups(sizes, least)
            for key in sorted(sizes):
                words = Named(key or "not_given", _GROUPS.get(key) or dict.fromkeys(("da", "en"), key))
                rows.append(
                    _row(Named(name, _BY[name]), words, invited[name][key], groups[name][key], key in hidden)
                )
    table = Table(
        "groups",
        {"da": "Svar efter gruppe", "en": "Answers by group"},
        (
            Column("by", {"da": "Efter", "en": "By"}),
            Column("group", {"da": "Gruppe", "en": "Group"}),
            Column("asked", {"da": "Spurgt", "en": "Asked"}, "count"),
            Column("answers", {"da": "Svar", "en": "Answers"}, "count"),
            Column("detractors", {"da": "0–6", "en": "0–6"}, "count"),
            Column("passives", {"da": "7–8", "en": "7–8"}, "count"),
            Column("promoters", {"da": "9–10", "en": "9–10"}, "count"),
            Column("nps", {"da": "NPS", "en": "NPS"}, "signed"),
        ),
        tuple(rows),
        {
            "da": f"Grupper med færre end {least} svar vises ikke. NPS er andelen af 9–10 minus andelen af 0–6.",
            "en": f"Groups with fewer than {least} answers are not shown. NPS is the share of 9–10 less the share of 0–6.",
        },
    )
    shown = Table(
        "scores",
        {"da": "Svarene", "en": "The answers"},
        (
            Column("group", {"da": "Gruppe", "en": "Group"}),
            table.column("detractors"), table.column("passives"), table.column("promoters"),
        ),
        tuple((row[1], *row[4:7]) for row in rows if row[4] is not None),
    )  # fmt: skip
    follow_up = Table(
        "follow_up",
        {"da": "Utilfredse kunder, der skulle ringes op", "en": "Customers who were not content and were to be called"},
        (Column("state", {"da": "Opfølgning", "en": "Follow-up"}), Column("cases", {"da": "Sager", "en": "Cases"}, "count")),
        tuple((Named(key, words), followed[key]) for key, words in _FOLLOWED.items() if followed[key]),
    )  # fmt: skip
    answers = sum(total.values())
    figures = (
        Figure("nps", {"da": "NPS", "en": "NPS"}, nps(total) if answers >= least else None, "signed", "good"),
        Figure("answers", {"da": "Svar", "en": "Answers"}, answers),
        Figure("rate", {"da": "Svarprocent", "en": "Answered"}, share(answers, asked) if answers <= asked else None, "share"),
        Figure("late", {"da": "Ikke fulgt op til tiden", "en": "Not followed up in time"}, followed["missed"], tone="bad"),
    )  # fmt: skip
    charts = (
        Chart("share", "scores", {"da": "Svarene", "en": "The answers"}, "group", ("promoters", "passives", "detractors"), ("good", "plain", "bad")),
    )  # fmt: skip
    remarks: tuple[Remark, ...] = ()
    if 0 < answers < least:
        told = {
            "da": f"Svar indtil nu: kun {answers}; fra {least} bliver tallene vist.",
            "en": f"Answers so far: only {answers}; figures are shown from {least} on.",
        }
        remarks = (Remark("note", told),)
    return Parts((table, shown, follow_up), figures, charts, remarks)


def hidden_groups(sizes: Mapping[str, int], least: int) -> set[str]:
    """The groups that are not published: those under the least size, and where that is one among others, the
    smallest of the others too."""
    small = {key for key, size in sizes.items() if 0 < size < least}
    others = sorted((size, key) for key, size in sizes.items() if size >= least)
    if len(small) == 1 and others:
        small.add(others[0][1])
    return small


def _row(by: Named, group: Named, asked: int, scores: Counter[str], hidden: bool) -> tuple[Cell, ...]:
    answers = sum(scores.values())
    if hidden or not answers:
        return by, group, asked, answers, None, None, None, None
    return by, group, asked, answers, scores["detractor"], scores["passive"], scores["promoter"], nps(scores)


REPORT = Report(
    "feedback",
    {"da": "Kundernes svar", "en": "Customer feedback"},
    {"da": "Hvad kunderne svarede, da vi spurgte, og NPS", "en": "What customers answered when we asked, and the NPS"},
    build,
    see=("lead", "quality_coach", "manager", "process_owner", "compliance", "kam"),
)  # fmt: skip
