"""The house under a seed (R7): every process, plugin, clock and mail in one thread, and every choice made by the seed.

A seed that fails prints what did not hold, the ingredients that are enough for it, and how to see it again:
`python -m faults simulation --seed N` runs that one seed and prints its trace.
"""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Iterable

from faults.counting import Count
from faults.simulated.checks import what_is_wrong
from faults.simulated.house import House
from faults.simulated.plan import Plan
from faults.simulated.scene import Scene
from procflow.definitions.workspace import collecting_nothing

#: Every kind of fault must have come at least once in so many seeds.
_ONE_IN = 20
_KINDS = ("killed", "stalled", "jumped", "asleep", "again", "overtook", "misdeed", "published")
#: How many times a failing seed is run again with less, to find out what is enough.
_SHRINKS = 60
#: After so many seeds what they left behind is cleared away. To look for it all the time took a sixth of theirs.
_CLEARED_AFTER = 25
#: Lines of a trace that a failing seed shows in a run of many.
_LAST = 40


class Ran:
    """What came of one seed."""

    def __init__(self, scene: Scene, seed: int, without: frozenset[int] = frozenset()) -> None:
        plan = Plan(seed, without)
        house = House(plan, scene.of(plan))
        try:
            house.run()
            ended = len(house.turns.trace)
            self.wrong = what_is_wrong(house) if house.last is not None else house.wrong
            self.fired, self.points = house.turns.fired, house.turns.points
            self.ingredients, self.shipped = plan.ingredients, plan.shipped
            self._points = house.turns.trace[:ended]
        finally:
            house.close()

    @property
    def trace(self) -> list[str]:
        return [f"{n:6} {at:12.3f} {who:20} {what}" for n, at, who, what in self._points]

    @property
    def digest(self) -> str:
        """The same for the same seed, in every process."""
        return hashlib.sha256("\n".join(self.trace).encode()).hexdigest()


def seeds(figure: int, seed: int) -> Count:
    """So many seeds from this one on in which faults really fired; it stops at the first that fails."""
    count, fired, ran, shipped = Count(), Counter[str](), 0, 0
    scene = Scene()
    try:
        with collecting_nothing():
            while count.fired < figure and not count.bad:
                found = Ran(scene, seed + ran)
                ran += 1
                shipped += found.shipped
                fired.update(dict.fromkeys(found.fired, 1))
                count.fired += bool(found.fired)
                if found.wrong:
                    _tell(scene, seed + ran - 1, found, count)
                _clear_away(ran)
    finally:
        scene.close()
    count.told = f"{ran} seeds, {shipped} with the shipped procedures; in how many came: {', '.join(f'{kind} {fired[kind]}' for kind in _KINDS)}"
    if not count.bad and figure >= _ONE_IN * 5:
        if shipped * _ONE_IN < figure:
            count.wrong(f"only {shipped} seeds were about the shipped procedures")
        for kind in _KINDS:
            if fired[kind] * _ONE_IN < figure:
                count.wrong(f"{kind} came in {fired[kind]} seeds only")
    return count


def one(seed: int, without: Iterable[int] = ()) -> Count:
    """One seed, with all that happened."""
    count = Count()
    scene = Scene()
    try:
        found = Ran(scene, seed, frozenset(without))
    finally:
        scene.close()
    for line in found.trace:
        print(line)
    count.fired = sum(found.fired.values())
    count.told = f"{found.points} points, trace {found.digest[:16]}; {dict(found.fired)}"
    for words in found.wrong:
        count.wrong(words)
    return count


def first_that_fails(most: int, seed: int = 1) -> tuple[int, str] | None:
    """(seed, what did not hold) of the first of so many seeds that fails; for what is planted."""
    scene = Scene()
    try:
        with collecting_nothing():
            for n in range(seed, seed + most):
                found = Ran(scene, n)
                if found.wrong:
                    return n, found.wrong[0]
                _clear_away(n)
    finally:
        scene.close()
    return None


def _clear_away(ran: int) -> None:
    """What is left of some seeds; what is still there then, all of them share."""
    if ran % _CLEARED_AFTER == 0:
        gc.collect()
        gc.freeze()


def _tell(scene: Scene, seed: int, found: Ran, count: Count) -> None:
    for words in found.wrong:
        count.wrong(f"seed {seed}: {words}")
    without = _shrunk(scene, seed, found)
    left = found.ingredients - len(without)
    least = Ran(scene, seed, without)
    again = f"python -m faults simulation --seed {seed}"
    if without:
        again += f" --without {','.join(map(str, sorted(without)))}"
    for line in least.trace[-_LAST:]:
        count.wrong(line)
    count.bad.append(
        f"{left} of its {found.ingredients} ingredients are enough, and {least.points} points: {again}"
    )


def _shrunk(scene: Scene, seed: int, found: Ran) -> frozenset[int]:
    """The ingredients without which it fails the same way; large parts are tried first, then one by one."""
    without: frozenset[int] = frozenset()
    tries, size = 0, max(found.ingredients // 2, 1)
    while tries < _SHRINKS:
        left = [n for n in range(1, found.ingredients + 1) if n not in without]
        for begin in range(0, len(left), size):
            if tries >= _SHRINKS:
                break
            tries += 1
            less = without | set(left[begin : begin + size])
            if _alike(Ran(scene, seed, less).wrong, found.wrong):
                without = less
        if size == 1:
            break
        size //= 2
    return without


def _alike(some: list[str], others: list[str]) -> bool:
    """Whether the first thing that did not hold is of the same kind: its words without numbers and names."""

    def kind(words: str) -> str:
        return "".join(c for c in words if c.isalpha() or c == " ")[:24]

    return bool(some) and any(kind(one) == kind(others[0]) for one in some)
