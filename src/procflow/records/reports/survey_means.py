"""What a survey says: the means of each of its sources, where two of them disagree, and which one is believed.

It must not know tables, nor the words that people read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from procflow.records.reports.figures import Row

GROUPS = ("customer", "employee")
_TENTH = Decimal("0.1")

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


class Survey:
    """One survey as it is read: of the sources that disagree `believed` counts where it is one of them, else the one
    that was met first. A mean of fewer than `least` answers is in `means`, and not in `shown`. `hand_picked`:
    who was asked was chosen by hand."""

    def __init__(self, rows: list[Row], believed: str, least: int, hand_picked: bool = False) -> None:
        self.least, self.hand_picked = least, hand_picked
        self.sources = means_of(rows)
        self.order = sorted(self.sources, key=lambda name: name != believed)
        self.conflicts = conflicts_of(self.sources)
        self.means = _merged(self.sources, self.order)
        self.hidden = {key for key, (_, n) in self.means.items() if n < least}
        self.shown = {key: value for key, value in self.means.items() if key not in self.hidden}

    def factors(self, *measures: str) -> list[str]:
        return list(dict.fromkeys(factor for _, measure, factor in self.means if measure in measures))

    def answered(self, group: str) -> int:
        return max((n for (one, _, _), (_, n) in self.means.items() if one == group), default=0)

    def used(self, conflict: Conflict) -> str:
        """The source that counts where several say different things."""
        said = dict(conflict.values)
        return next(source for source in self.order if source in said)


def _merged(sources: Mapping[str, Means], order: list[str]) -> Means:
    """One mean of each thing, of the first source that has it."""
    found: Means = {}
    for source in order:
        for key, value in sources[source].items():
            found.setdefault(key, value)
    return found


def exchanged(conflicts: list[Conflict]) -> list[tuple[Conflict, Conflict]]:
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


def value_of(means: Means, group: str, measure: str, factor: str) -> Decimal | None:
    """A mean as people read it, to one decimal."""
    found = exact_of(means, group, measure, factor)
    return None if found is None else _tenth(found)


def exact_of(means: Means, group: str, measure: str, factor: str) -> Decimal | None:
    found = means.get((group, measure, factor))
    return None if found is None else found[0]


def difference(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else _tenth(one - other)


def _tenth(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, ROUND_HALF_UP)
