"""Whether a promise stays open although time passes: nothing is due any more, or the same comes round again and again.

Nobody acts meanwhile. It must not know how the case came to where it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from procflow.core.case import Case
from procflow.rehearsal.stage import Endless
from procflow.rehearsal.witness_scene import Scene

#: Things due one after the other, until a case must have come to rest or to where it was.
_MOST_TURNS = 80
_A_MINUTE = timedelta(minutes=1)
_A_MONTH = timedelta(days=30)


def for_ever(scene: Scene, promise: str, spend: Callable[[], None] = lambda: None) -> Scene | None:
    """The scene a month after a case came to rest, or to where it was, with the promise still open; else None."""
    if not scene.case_id or scene.promise(promise) != "pending":
        return None
    after, seen = scene.fork(), set()
    for _ in range(_MOST_TURNS):
        due = after.stage.store.next_due()
        mark = repr([_standing(after.stage.load(case_id).plain) for case_id in after.stage.cases])
        if due is None or mark in seen:
            break
        if due > after.now:
            seen.add(mark)
        spend()
        if not _wait(after, due) or after.promise(promise) != "pending":
            return None
    else:
        return None
    if after.stage.waiting():
        return None  # a delivery ends, well or badly, whatever people do
    last = {"wait": f"until {after.local(after.now + _A_MONTH)}"}
    try:
        after.act(last)
    except Endless:
        return None
    if after.promise(promise) != "pending":
        return None
    after.steps = (*scene.steps, last)  # what is due on the way happens on the way
    return after


def _wait(scene: Scene, due: datetime) -> bool:
    try:
        scene.act({"wait": f"until {scene.local(max(due, scene.now) + _A_MINUTE)}"})
    except Endless:
        return False
    return True


def _standing(case: Case) -> str:
    """How a case stands, its instants aside: one that comes back to it by time alone goes round for ever."""
    clocks = sorted((name, clock.state, clock.warned) for name, clock in case.clocks.items())
    data = sorted(case.data.items(), key=lambda each: each[0])
    gone = (sorted(case.timers), sorted(case.fired), sorted(case.missed), sorted(case.kept))
    return repr((case.active, data, clocks, *gone))
