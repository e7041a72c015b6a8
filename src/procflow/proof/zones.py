"""How long it still is until each thing is due, as far as that is known: bounds on times, and on their differences.

A zone has for each pair of items the most that the one may be due later than the other; "" stands for now. It is the
zone of a timed automaton whose clocks run down. It must not know what the items are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

#: (item, other) -> the most, in seconds, that `item` may be due later than `other`.
Zone = dict[tuple[str, str], float]
FOREVER = float("inf")
_TICK = 1e-6


def closed(zone: Zone, items: Collection[str]) -> Zone | None:
    """With everything that follows; None where nothing fits."""
    names = ["", *items]
    found = dict(zone)
    for k in names:
        for i in names:
            ik = found.get((i, k), FOREVER) if i != k else 0.0
            if ik == FOREVER:
                continue
            for j in names:
                kj = found.get((k, j), FOREVER) if k != j else 0.0
                if ik + kj < (found.get((i, j), FOREVER) if i != j else 0.0):
                    if i == j:
                        return None
                    found[i, j] = ik + kj
    return found


def passing(zone: Zone, items: Collection[str]) -> Zone:
    """After some time, in which nothing came due."""
    found = {pair: bound for pair, bound in zone.items() if pair[0]}
    for item in items:
        found["", item] = 0.0
    return closed(found, items) or found


def firing(zone: Zone, item: str, items: Collection[str], behind: Callable[[str], bool]) -> Zone | None:
    """At the instant at which `item` is due, before all others; None where it cannot be the first.

    `behind` says of another one that it comes first where both are due at once.
    """
    first = dict(zone)
    for other in items:
        if other != item:
            first[item, other] = min(first.get((item, other), FOREVER), -_TICK if behind(other) else 0.0)
    settled = closed(first, items)
    if settled is None:
        return None
    found: Zone = {}
    for (a, b), bound in settled.items():
        if a == item:
            if b:
                found["", b] = min(found.get(("", b), FOREVER), bound)
        elif b == item:
            if a:
                found[a, ""] = min(found.get((a, ""), FOREVER), bound)
        elif a and b:
            found[a, b] = bound
    return closed(found, [other for other in items if other != item])


def without(zone: Zone, gone: Collection[str]) -> Zone:
    return {pair: bound for pair, bound in zone.items() if pair[0] not in gone and pair[1] not in gone}


def started(zone: Zone, lengths: Mapping[str, tuple[float, float]], items: Collection[str]) -> Zone:
    """With items that begin now, each of a length between two bounds."""
    found = dict(zone)
    for item, (least, most) in lengths.items():
        found["", item] = -least
        if most < FOREVER:
            found[item, ""] = most
    return closed(found, items) or found
