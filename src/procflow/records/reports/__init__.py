"""Reports: figures from the journals as they stood at the end of some days, for those who may see them.

The same days give the same figures whenever they are asked for, once what was due in them has been taken.

Each report is a file, and all are read alike: its columns and charts stand as they are, `_Tally` takes one case after
the other and counts, each table has a function that makes it of the tally, and so have the figures and the remarks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from procflow.core.counted import count_in
from procflow.core.nearest import did_you_mean
from procflow.errors import NotFound, words_in_both
from procflow.ports import Store
from procflow.records.reports import (
    calls,
    cases,
    classes,
    deadlines,
    deliveries,
    feedback,
    lateness,
    leads,
    queues,
    survey,
)
from procflow.records.reports.period import Period
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Remark, Sheet

#: name -> report, in the order in which they are listed.
REPORTS: Mapping[str, Report] = {
    report.name: report
    for report in (
        cases.REPORT,
        deadlines.REPORT,
        queues.REPORT,
        lateness.REPORT,
        deliveries.REPORT,
        calls.REPORT,
        feedback.REPORT,
        survey.REPORT,
        classes.REPORT,
        leads.REPORT,
    )
}

_HIDDEN = {
    "da": "Uden de sager, som kun andre må se: {names}.",
    "en": "Without the cases that only others may see: {names}.",
}
_LAGGING = {
    "da": "Noget forfaldt i disse dage og er endnu ikke taget, i {n:case}. Kør værten (procflow run), så bliver tallene endelige.",
    "en": "Something fell due in these days and has not been taken yet, in {n:case}. Run the host (procflow run), and the figures become final.",
}


def find(name: str) -> Report:
    """Raises NotFound with the nearest name."""
    if name not in REPORTS:
        raise NotFound(
            *words_in_both(
                f"there is no report {name!r}",
                f"der er ingen rapport {name!r}",
                did_you_mean(name, REPORTS) or "`procflow report` lists them",
                did_you_mean(name, REPORTS) or "`procflow report` viser dem",
            )
        )
    return REPORTS[name]


def make(report: Report, reader: Reader, recurring: bool = False) -> Sheet:
    """The whole report. `recurring`: something that recurs should have opened a case in these days and has not."""
    period = reader.period
    parts: Parts = report.build(reader)
    remarks = parts.remarks
    if report.owners and reader.left_out and reader.own is None:
        titles = [reader.procedure_words(name).words for name in sorted(reader.left_out)]
        words = {
            language: text.format(names=", ".join(title[language] for title in titles))
            for language, text in _HIDDEN.items()
        }
        remarks = (*remarks, Remark("note", words))
    behind = lagging(reader.store, period) + recurring
    if behind:
        words = {language: text.format(n=count_in(language, behind)) for language, text in _LAGGING.items()}
        remarks = (*remarks, Remark("warning", words))
    return Sheet(
        report=report.name,
        title=report.title,
        first=period.first,
        last=period.last,
        as_of=period.end if period.is_over else period.as_of - timedelta(microseconds=1),
        zone=reader.organisation.zone,
        final=period.is_over and not behind,
        tables=parts.tables,
        figures=parts.figures,
        charts=parts.charts,
        remarks=remarks,
    )


def lagging(store: Store, period: Period, most: int = 1000) -> int:
    """How many cases have something that was due within the figures and has not been taken: deadlines and timers,
    cases to be started. What comes of it counts at its own time, and so can still change them."""
    last = period.as_of - timedelta(microseconds=1)
    behind = {case for _, case in store.due(last, most)}
    behind |= {e.case_id for e in store.waiting_effects(period.as_of, most) if e.channel == "start"}
    return len(behind)
