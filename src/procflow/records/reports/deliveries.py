"""The report `deliveries`: what was asked of each channel, what became of it, and what the channel was tried against.

A delivery counts in the days in which a case asked for it, as it stood at their end.
"""

from __future__ import annotations

from collections import defaultdict

from procflow.core.outside import goes_out
from procflow.records.reports.facts import CaseFacts, EffectFacts
from procflow.records.reports.reader import Parts, Reader, Report
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Remark, Row, Table, median, quantile

_KINDS = frozenset({"EffectRequested", "EffectAnswered"})
_WAYS = {
    "real": {"da": "Rigtigt", "en": "Real"},
    "manual": {"da": "I hånden", "en": "By hand"},
    "file": {"da": "I filer", "en": "Into files"},
    "off": {"da": "Slået fra", "en": "Switched off"},
}
_TRIED = {
    "live": {"da": "Modparten selv", "en": "The other side itself"},
    "recorded": {"da": "Hvad modparten engang svarede", "en": "What the other side once said"},
    "stand-in": {"da": "Kun vores egen efterligning", "en": "Our own stand-in only"},
    "unknown": {"da": "Ukendt her", "en": "Not known here"},
}
_ONLY = {
    "da": "Kanaler, der sender rigtigt og kun er prøvet mod vores egen efterligning: {names}. Hvordan modparten selv opfører sig, er ikke bevist.",
    "en": "Channels that really send and were only tried against our own stand-in: {names}. How the other side itself behaves is not proved.",
}
_OPERATION_COLUMNS = (
    Column("operation", {"da": "Handling", "en": "Operation"}),
    Column("asked", {"da": "Bestilt", "en": "Asked for"}, "count"),
    Column("done", {"da": "Gjort", "en": "Done"}, "count"),
    Column("failed", {"da": "Mislykket", "en": "Failed"}, "count"),
    Column("dropped", {"da": "Bortfaldet", "en": "Dropped"}, "count"),
    Column("waiting", {"da": "Venter", "en": "Waiting"}, "count"),
    Column("median", {"da": "Tid til svar, median", "en": "Time to the answer, median"}, "span"),
    Column("p95", {"da": "Tid til svar, 95 %", "en": "Time to the answer, 95 %"}, "span"),
)
_CHANNEL_COLUMNS = (
    Column("channel", {"da": "Kanal", "en": "Channel"}),
    Column("mode", {"da": "Måde nu", "en": "Mode now"}),
    Column("verified", {"da": "Prøvet mod", "en": "Tried against"}),
)
_CHARTS = (
    Chart("stack", "operations", {"da": "Hvad der blev af leveringerne", "en": "What became of the deliveries"}, "operation", ("done", "waiting", "failed"), ("good", "plain", "bad")),
)  # fmt: skip


class _Tally:
    """What the cases of the days asked of the channels."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.effects: dict[str, list[EffectFacts]] = defaultdict(list)  # by operation

    def take(self, case: CaseFacts) -> None:
        for effect in case.effects:
            if goes_out(effect.operation) and self.reader.period.holds(effect.asked):
                self.effects[effect.operation].append(effect)

    @property
    def channels(self) -> list[str]:
        return sorted({operation.partition(".")[0] for operation in self.effects})


def build(reader: Reader) -> Parts:
    tally = _Tally(reader)
    for case in reader.cases(_KINDS):
        tally.take(case)
    return Parts((_operations(tally), _tried(tally)), _figures(tally), _CHARTS, _remarks(tally))


def _operations(tally: _Tally) -> Table:
    rows: list[Row] = []
    for operation, effects in sorted(tally.effects.items()):
        spans = [each.answered - each.asked for each in effects if each.status == "done" and each.answered]
        times = median(spans), quantile(spans, 19, 20)
        rows.append((_as_it_is(operation), len(effects), *_counts(effects), *times))
    return Table("operations", {"da": "Leveringer", "en": "Deliveries"}, _OPERATION_COLUMNS, tuple(rows))


def _counts(effects: list[EffectFacts]) -> tuple[int, int, int, int]:
    """done, failed, dropped, waiting."""
    done = sum(each.status in ("done", "late") for each in effects)
    failed = sum(each.status in ("failed", "stuck") for each in effects)
    waiting = sum(each.status == "waiting" for each in effects)
    return done, failed, len(effects) - done - failed - waiting, waiting


def _as_it_is(name: str) -> Named:
    return Named(name, dict.fromkeys(("da", "en"), name))


def _tried(tally: _Tally) -> Table:
    """How each channel runs here now, and what it was tried against."""
    rows: list[Row] = []
    for name in tally.channels:
        mode, verified = tally.reader.channels.get(name, ("manual", "unknown"))
        rows.append((_as_it_is(name), Named(mode, _WAYS[mode]), Named(verified, _TRIED[verified])))
    return Table("channels", {"da": "Kanalerne", "en": "The channels"}, _CHANNEL_COLUMNS, tuple(rows))


def _figures(tally: _Tally) -> tuple[Figure, ...]:
    done, failed, _, waiting = _counts([effect for effects in tally.effects.values() for effect in effects])
    return (
        Figure("done", {"da": "Gjort", "en": "Done"}, done),
        Figure("failed", {"da": "Mislykket", "en": "Failed"}, failed, tone="bad"),
        Figure("waiting", {"da": "Venter", "en": "Waiting"}, waiting),
    )


def _remarks(tally: _Tally) -> tuple[Remark, ...]:
    only = [name for name in tally.channels if tally.reader.channels.get(name) == ("real", "stand-in")]
    if not only:
        return ()
    return (Remark("warning", {lang: words.format(names=", ".join(only)) for lang, words in _ONLY.items()}),)


REPORT = Report(
    "deliveries",
    {"da": "Leveringer", "en": "Deliveries"},
    {"da": "Hvad der blev bestilt af kanalerne, hvad der blev af det, og hvad de er prøvet mod", "en": "What was asked of the channels, what became of it, and what they were tried against"},
    build,
)  # fmt: skip
