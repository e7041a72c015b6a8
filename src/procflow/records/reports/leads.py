"""The report `leads`: leads, fees and commissions between insurer and intermediary (INT-02 to INT-05, INT-11).

It counts the cases of `lead`, `settlement` and `information_report`. An intermediary sees the own part only. Fees are
held against accepted leads: each has exactly one (INV-43), and where that is not so the report says it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

from procflow.records.reports.calls import person_id
from procflow.records.reports.facts import CaseFacts
from procflow.records.reports.reader import SUPERVISORS, Parts, Reader, Report
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Remark, Row, Table, share

LEAD, SETTLEMENT, INFORMATION = "lead", "settlement", "information_report"
_KINDS = frozenset(
    {"DataSet", "CommandTaken", "DeadlineStarted", "DeadlineMet", "DeadlineMissed", "DeadlineEnded"}
)
_OUTCOMES = {
    "won_same": {"da": "Vundet, samme", "en": "Won, same product"},
    "won_other": {"da": "Vundet, andet", "en": "Won, other product"},
    "lost": {"da": "Tabt", "en": "Lost"},
    "refused": {"da": "Afvist", "en": "Refused"},
    "expired": {"da": "Udløbet", "en": "Expired"},
}
_KINDS_OF = {
    "lead_fee": {"da": "Pris for kundeemne", "en": "Fee of a lead", "nl": "Vergoeding voor een lead"},
    "commission": {"da": "Provision", "en": "Commission", "nl": "Provisie"},
}
_SIDES = {
    "insurer": {"da": "Selskabet", "en": "The insurer", "nl": "De verzekeraar"},
    "intermediary": {"da": "Formidleren", "en": "The intermediary", "nl": "Het intermediair"},
}
_WHO = Column("intermediary", {"da": "Formidler", "en": "Intermediary", "nl": "Intermediair"})
_LEAD_COLUMNS = (
    _WHO,
    Column("delivered", {"da": "Nye", "en": "New"}, "count"),
    Column("accepted", {"da": "Modtaget", "en": "Accepted"}, "count"),
    *(Column(name, words, "count") for name, words in _OUTCOMES.items()),
    Column("open", {"da": "Åbne", "en": "Open"}, "count"),
    Column("won", {"da": "Vundet af afgjorte", "en": "Won of decided"}, "share"),
    Column("deviation", {"da": "Andet produkt af vundne", "en": "Other product of won"}, "share"),
)
_LEDGER_COLUMNS = (
    _WHO,
    Column("kind", {"da": "Hvad", "en": "What"}),
    Column("currency", {"da": "Valuta", "en": "Currency"}),
    Column("entries", {"da": "Poster", "en": "Entries"}, "count"),
    Column("booked", {"da": "Bogført", "en": "Booked"}, "money"),
    Column("credited", {"da": "Krediteret", "en": "Credited"}, "money"),
    Column("settled", {"da": "Afregnet", "en": "Settled"}, "money"),
    Column("outstanding", {"da": "Udestår", "en": "Outstanding"}, "money"),
)
_REPORT_COLUMNS = (
    _WHO,
    Column("owes", {"da": "Hvem skylder", "en": "Who owes"}),
    Column("owing", {"da": "Skal fortælles", "en": "To be told"}, "count"),
    Column("overdue", {"da": "heraf for sent", "en": "of these overdue"}, "count"),
    Column("unread", {"da": "Skal læses", "en": "To be read"}, "count"),
    Column("balanced", {"da": "Læst i disse dage", "en": "Read in these days"}, "count"),
)
_CHARTS = (
    Chart("stack", "leads", {"da": "Hvad der blev af kundeemnerne", "en": "What became of the leads"}, "intermediary", ("won_same", "won_other", "lost", "refused"), ("good", "even", "plain", "bad")),
    Chart("bars", "reports", {"da": "Meldinger, der mangler", "en": "Reports overdue"}, "intermediary", ("overdue",), ("bad",)),
)  # fmt: skip


class _Tally:
    """Leads, money and mutual information of the days, counted case by case; first of each key is the intermediary."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.leads: dict[str, Counter[str]] = defaultdict(Counter)
        self.ledger: dict[tuple[str, str, str], dict[str, Decimal]] = defaultdict(
            lambda: defaultdict(Decimal)
        )
        self.owing: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.accepted: set[int] = set()
        self.fees: Counter[int] = Counter()

    def take(self, case: CaseFacts) -> None:
        who = person_id(case.data.get("intermediary"))
        if self.reader.alone and who != self.reader.person:
            return
        if case.procedure == LEAD:
            self._take_lead(case, self.leads[who])
        elif case.procedure == SETTLEMENT:
            kind = str(case.data.get("kind") or "")
            self._take_money(case, kind, self.ledger[who, kind, str(case.data.get("currency") or "")])
        else:
            self._take_report(case, self.owing[who, str(case.data.get("owes") or "")])

    def _take_lead(self, case: CaseFacts, counts: Counter[str]) -> None:
        period = self.reader.period
        accepted = [taken.at for taken in case.taken if taken.name == "accept"]
        if accepted:
            self.accepted.add(case.number)
        counts["new"] += period.holds(case.opened)
        counts["accepted"] += any(period.holds(at) for at in accepted)
        settled = [taken.at for taken in case.taken if taken.name in ("won", "lost")]
        if settled:  # what came of it is known from here on, also while a party still owes its word on it
            counts[str(case.data.get("came_of_it"))] += period.holds(settled[-1])
        elif case.closed is None:
            counts["open"] += 1
        elif period.holds(case.closed):
            counts[case.outcome] += 1

    def _take_money(self, case: CaseFacts, kind: str, sums: dict[str, Decimal]) -> None:
        period, amount, lead = self.reader.period, case.data.get("amount"), case.data.get("lead")
        if kind == "lead_fee" and isinstance(lead, int | Decimal):
            self.fees[int(lead)] += 1
        if not isinstance(amount, int | Decimal):
            return
        if period.holds(case.opened):
            sums["entries"] += 1
            sums["booked"] += amount
        if period.holds(case.closed):
            sums["credited" if case.outcome == "credited" else "settled"] += amount
        elif case.closed is None:
            sums["outstanding"] += amount

    def _take_report(self, case: CaseFacts, counts: Counter[str]) -> None:
        if case.closed is not None:
            counts["balanced"] += self.reader.period.holds(case.closed)
            return
        told = any(taken.name == "tell" for taken in case.taken)
        counts["unread" if told else "owing"] += 1
        counts["overdue"] += any(clock.verdict == "missed" for clock in case.clocks[-1:])


def build(reader: Reader) -> Parts:
    tally = _Tally(reader)
    for case in reader.cases(_KINDS, (LEAD, SETTLEMENT, INFORMATION)):
        tally.take(case)
    return Parts((_leads(tally), _ledger(tally), _reports(tally)), _figures(tally), _CHARTS, _remarks(tally))


def _who(reader: Reader, person: str) -> Named:
    return (
        Named(person, dict.fromkeys(("da", "en"), reader.organisation.name_of(person)))
        if person
        else Named("unknown", {"da": "Ukendt", "en": "Unknown"})
    )


def _leads(tally: _Tally) -> Table:
    rows: list[Row] = []
    for who, counts in sorted(tally.leads.items()):
        if counts.total():
            won = counts["won_same"] + counts["won_other"]
            rows.append(
                (
                    _who(tally.reader, who), counts["new"], counts["accepted"], *(counts[name] for name in _OUTCOMES),
                    counts["open"], share(won, won + counts["lost"]), share(counts["won_other"], won),
                )
            )  # fmt: skip
    return Table(
        "leads",
        {"da": "Kundeemner efter formidler", "en": "Leads by intermediary"},
        _LEAD_COLUMNS,
        tuple(rows),
        {
            "da": "Et andet produkt er altid tilladt; andelen er til samtalen om samarbejdet, ikke en fejl.",
            "en": "Another product is always allowed; the share is for talking about the co-operation, not a fault.",
        },
    )


def _ledger(tally: _Tally) -> Table:
    rows: list[Row] = []
    for (who, kind, currency), sums in sorted(tally.ledger.items()):
        if any(sums.values()):
            words = Named(kind, _KINDS_OF.get(kind) or {"da": kind, "en": kind})
            rows.append(
                (
                    _who(tally.reader, who), words, currency, int(sums["entries"]), sums["booked"], sums["credited"],
                    sums["settled"], sums["outstanding"],
                )
            )  # fmt: skip
    return Table(
        "ledger",
        {"da": "Priser og provisioner", "en": "Fees and commissions"},
        _LEDGER_COLUMNS,
        tuple(rows),
        {
            "da": "Bogført, krediteret og afregnet i disse dage; udestår ved deres slutning. Valutaer lægges aldrig sammen.",
            "en": "Booked, credited and settled in these days; outstanding at their end. Currencies are never added up.",
        },
    )


def _reports(tally: _Tally) -> Table:
    rows = tuple(
        (
            _who(tally.reader, who), Named(side, _SIDES.get(side) or {"da": side, "en": side}), counts["owing"],
            counts["overdue"], counts["unread"], counts["balanced"],
        )
        for (who, side), counts in sorted(tally.owing.items())
        if counts.total()
    )  # fmt: skip
    return Table("reports", {"da": "Gensidig oplysning", "en": "Mutual information"}, _REPORT_COLUMNS, rows)


def _figures(tally: _Tally) -> tuple[Figure, ...]:
    total = sum(tally.leads.values(), Counter[str]())
    won = total["won_same"] + total["won_other"]
    overdue = sum(counts["overdue"] for counts in tally.owing.values())
    return (
        Figure("delivered", {"da": "Kundeemner", "en": "Leads"}, total["new"]),
        Figure("won", {"da": "Vundet", "en": "Won"}, won, tone="good"),
        Figure("deviation", {"da": "Andet produkt, andel af vundne", "en": "Other product, share of won"}, share(total["won_other"], won), "share"),
        Figure("overdue", {"da": "Meldinger, der mangler", "en": "Reports overdue"}, overdue, tone="bad"),
    )  # fmt: skip


def _remarks(tally: _Tally) -> tuple[Remark, ...]:
    """Accepted leads and fees, held against each other."""
    accepted, fees = tally.accepted, tally.fees
    wrong: list[tuple[list[Any], str, str]] = [
        (sorted(accepted - fees.keys()), "Modtaget uden pris", "Accepted without a fee"),
        (sorted(n for n, count in fees.items() if count > 1), "Flere priser for ét kundeemne", "Several fees for one lead"),
        (sorted(fees.keys() - accepted), "Pris uden modtaget kundeemne", "Fee without an accepted lead"),
    ]  # fmt: skip
    remarks = []
    for numbers, da, en in wrong:
        if numbers:
            listed = ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "")
            remarks.append(Remark("warning", {"da": f"{da}: sag {listed}.", "en": f"{en}: case {listed}."}))
    return tuple(remarks)


REPORT = Report(
    "leads",
    {"da": "Kundeemner, priser og provisioner", "en": "Leads, fees and commissions"},
    {"da": "Kundeemner, priser, provisioner og gensidig oplysning efter formidler", "en": "Leads, fees, commissions and mutual information, by intermediary"},
    build,
    see=(*SUPERVISORS, "insurer", "account_manager", "partnership_forum"),
    owners=False,
    own=("intermediary",),
)  # fmt: skip
