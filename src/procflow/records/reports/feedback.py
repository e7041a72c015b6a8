"""The report `feedback`: what customers answered when we asked them, and the net promoter score (PRO-34).

It counts the cases of `feedback_invitation`: an answer in the days in which it came. NPS is the share of 9 and 10
less the share of 0 to 6, from −100 to 100. A group with fewer than five answers is not published; where that leaves
one group hidden beside published ones, the smallest of these is hidden too, so that nobody can reckon it back.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from decimal import Decimal

from procflow.records.reports.facts import CaseFacts
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Remark, Row, Table, Words, share

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
_GROUP = Column("group", {"da": "Gruppe", "en": "Group"})
_SCORES = (
    Column("detractors", {"da": "0–6", "en": "0–6"}, "count"),
    Column("passives", {"da": "7–8", "en": "7–8"}, "count"),
    Column("promoters", {"da": "9–10", "en": "9–10"}, "count"),
)
_GROUP_COLUMNS = (
    Column("by", {"da": "Efter", "en": "By"}),
    _GROUP,
    Column("asked", {"da": "Spurgt", "en": "Asked"}, "count"),
    Column("answers", {"da": "Svar", "en": "Answers"}, "count"),
    *_SCORES,
    Column("nps", {"da": "NPS", "en": "NPS"}, "signed"),
)
_SCORE_COLUMNS = (_GROUP, *_SCORES)
_FOLLOW_UP_COLUMNS = (
    Column("state", {"da": "Opfølgning", "en": "Follow-up"}),
    Column("cases", {"da": "Sager", "en": "Cases"}, "count"),
)
_CHARTS = (
    Chart("share", "scores", {"da": "Svarene", "en": "The answers"}, "group", ("promoters", "passives", "detractors"), ("good", "plain", "bad")),
)  # fmt: skip


def nps(scores: Counter[str]) -> Decimal | None:
    """The net promoter score to one decimal; None of no answers."""
    total = sum(scores.values())
    if not total:
        return None
    return (Decimal(scores["promoter"] - scores["detractor"]) * 100 / total).quantize(Decimal("0.1"))


def kind_of(score: int) -> str:
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


class _Tally:
    """Invitations, answers and follow-ups of the days, counted case by case."""

    def __init__(self, reader: Reader) -> None:
        self.period = reader.period
        self.least = int(reader.parameter("survey_least_answers"))
        self.scores: dict[str, dict[str, Counter[str]]] = {name: defaultdict(Counter) for name in _BY}
        self.invited: dict[str, Counter[str]] = {name: Counter() for name in _BY}
        self.followed: Counter[str] = Counter()

    def take(self, case: CaseFacts) -> None:
        keys = {name: str(case.data.get(name) or "") for name in _BY}
        if self.period.holds(case.opened) and case.outcome != "not_invited":
            for name, key in keys.items():
                self.invited[name][key] += 1
        score, at = case.data.get("score"), case.set_at.get("score")
        if score is not None and self.period.holds(at):
            for name, key in keys.items():
                self.scores[name][key][kind_of(int(score))] += 1
        for clock in case.clocks:
            if clock.deadline == "followed_up" and (
                clock.verdict == "running" or self.period.holds(clock.settled)
            ):
                self.followed[clock.verdict] += 1

    @property
    def asked(self) -> int:
        return self.invited["channel"].total()

    @property
    def total(self) -> Counter[str]:
        """The answers of everybody: each case has a channel, if only the one that is not given."""
        return sum(self.scores["channel"].values(), Counter())

    @property
    def answers(self) -> int:
        return self.total.total()


def build(reader: Reader) -> Parts:
    tally = _Tally(reader)
    for case in reader.cases(_KINDS, (PROCEDURE,)):
        tally.take(case)
    rows = _rows(tally)
    return Parts(
        (_groups(tally, rows), _scores(rows), _follow_up(tally)), _figures(tally), _CHARTS, _remarks(tally)
    )


def _rows(tally: _Tally) -> tuple[Row, ...]:
    """All together, then each group; nothing of no invitation and no answer."""
    if not (tally.asked or tally.answers):
        return ()
    rows = [_row(Named("all", _ALL.words), _ALL, tally.asked, tally.total, tally.answers < tally.least)]
    for name, title in _BY.items():
        scores, invited = tally.scores[name], tally.invited[name]
        sizes = {key: scores[key].total() for key in {*scores, *invited}}
        hidden = hidden_groups(sizes, tally.least)
        for key in sorted(sizes):
            words = Named(key or "not_given", _GROUPS.get(key) or dict.fromkeys(("da", "en"), key))
            rows.append(_row(Named(name, title), words, invited[key], scores[key], key in hidden))
    return tuple(rows)


def _row(by: Named, group: Named, asked: int, scores: Counter[str], hidden: bool) -> Row:
    answers = sum(scores.values())
    if hidden or not answers:
        return by, group, asked, answers, None, None, None, None
    return by, group, asked, answers, scores["detractor"], scores["passive"], scores["promoter"], nps(scores)


def hidden_groups(sizes: Mapping[str, int], least: int) -> set[str]:
    """The groups that are not published: those under the least size, and where that is one among others, the
    smallest of the others too."""
    small = {key for key, size in sizes.items() if 0 < size < least}
    others = sorted((size, key) for key, size in sizes.items() if size >= least)
    if len(small) == 1 and others:
        small.add(others[0][1])
    return small


def _groups(tally: _Tally, rows: tuple[Row, ...]) -> Table:
    least = tally.least
    return Table(
        "groups",
        {"da": "Svar efter gruppe", "en": "Answers by group"},
        _GROUP_COLUMNS,
        rows,
        {
            "da": f"Grupper med færre end {least} svar vises ikke. NPS er andelen af 9–10 minus andelen af 0–6.",
            "en": f"Groups with fewer than {least} answers are not shown. NPS is the share of 9–10 less the share of 0–6.",
        },
    )


def _scores(rows: tuple[Row, ...]) -> Table:
    """The groups that are published, for the chart."""
    shown = tuple((row[1], *row[4:7]) for row in rows if row[4] is not None)
    return Table("scores", {"da": "Svarene", "en": "The answers"}, _SCORE_COLUMNS, shown)


def _follow_up(tally: _Tally) -> Table:
    counts = tally.followed
    return Table(
        "follow_up",
        {"da": "Utilfredse kunder, der skulle ringes op", "en": "Customers who were not content and were to be called"},
        _FOLLOW_UP_COLUMNS,
        tuple((Named(key, words), counts[key]) for key, words in _FOLLOWED.items() if counts[key]),
    )  # fmt: skip


def _figures(tally: _Tally) -> tuple[Figure, ...]:
    answers, asked = tally.answers, tally.asked
    score = nps(tally.total) if answers >= tally.least else None
    rate = share(answers, asked) if answers <= asked else None
    return (
        Figure("nps", {"da": "NPS", "en": "NPS"}, score, "signed", "good"),
        Figure("answers", {"da": "Svar", "en": "Answers"}, answers),
        Figure("rate", {"da": "Svarprocent", "en": "Answered"}, rate, "share"),
        Figure("late", {"da": "Ikke fulgt op til tiden", "en": "Not followed up in time"}, tally.followed["missed"], tone="bad"),
    )  # fmt: skip


def _remarks(tally: _Tally) -> tuple[Remark, ...]:
    answers, least = tally.answers, tally.least
    if not 0 < answers < least:
        return ()
    told = {
        "da": f"Svar indtil nu: kun {answers}; fra {least} bliver tallene vist.",
        "en": f"Answers so far: only {answers}; figures are shown from {least} on.",
    }
    return (Remark("note", told),)


REPORT = Report(
    "feedback",
    {"da": "Kundernes svar", "en": "Customer feedback"},
    {"da": "Hvad kunderne svarede, da vi spurgte, og NPS", "en": "What customers answered when we asked, and the NPS"},
    build,
    see=("lead", "quality_coach", "manager", "process_owner", "compliance", "kam"),
)  # fmt: skip
