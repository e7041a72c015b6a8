"""Whether a promise stays open although time passes: nothing is due any more, or the same comes round again and again.

Nobody acts meanwhile, or people do the same again and again. It must not know how the case came to where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from procflow.core.case import Case, Folding
from procflow.core.clocks import due_items
from procflow.core.journal import DeadlineResumed, DeadlineStarted, PromiseMoved, TimerArmed
from procflow.core.procedure import Procedure
from procflow.core.step import plain
from procflow.core.values import is_number
from procflow.rehearsal.stage import Endless
from procflow.rehearsal.witness_constants import constants_of
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


def goes_round(scene: Scene, promise: str, since: int) -> bool:
    """Whether a case stands where it stood after its step `since`, and meanwhile the promise was open throughout.

    Whatever time would bring must have begun anew in the round, else it comes however often people go round; or its
    clock stood still for a while and ran at no other time, for it may stand still as long as one likes.
    """
    if not scene.case_id or scene.promise(promise) != "pending":
        return False
    case = Case(id=scene.case_id)
    before = after = ""
    numbers: list[Mapping[str, Any]] = []  # as they stood before the round, and after each step of it
    begun: set[str] = set()
    stood: set[str] = set()
    ran: set[str] = set()
    at = scene.now
    for row, entries in scene.stage.engine.journal(scene.case_id):
        folding = Folding.of(case)
        if row.sequence > since:
            ran |= _running(case) if row.at > at else set()
            begun |= _begun_in(entries, scene.procedure)
            stood |= {entry.name for entry in entries if isinstance(entry, DeadlineResumed)}
            if any(isinstance(entry, PromiseMoved) and entry.name == promise for entry in entries):
                return False
        for entry in entries:
            folding.apply(entry)
        case, at = folding.case(), row.at
        after = _place(scene, case)
        before = after if row.sequence == since else before
        if row.sequence >= since:
            numbers.append({name: plain(case.data.get(name)) for name in scene.procedure.fields})
    ran |= _running(case) if scene.now > at else set()
    begun |= {f"{kind}:{name}" for name in stood - ran for kind in ("missed", "warn")}
    due = [(at, item) for at, _, _, item in due_items(scene.procedure, scene.case)]
    if any(at <= scene.now for at, _ in due):
        return False  # it comes before anybody acts again
    coming = {item for _, item in due if not item.startswith("promise:")}  # the time of a promise only alarms
    return (
        before == after
        and coming <= begun
        and bool(numbers)
        and _leads_nowhere(scene, numbers[0], numbers[-1])
    )


def _begun_in(entries: Iterable[Any], procedure: Procedure) -> set[str]:
    """What time will bring that began, or began anew, in a step."""
    begun: set[str] = set()
    for entry in entries:
        if isinstance(entry, TimerArmed):
            begun.add(f"after:{entry.id}")
        elif isinstance(entry, DeadlineStarted) and (
            entry.moved or procedure.deadline[entry.name].until is None
        ):
            begun |= {f"missed:{entry.name}", f"warn:{entry.name}"}
    return begun


def _running(case: Case) -> set[str]:
    return {name for name, clock in case.clocks.items() if clock.state == "running" and clock.paused is None}


def _leads_nowhere(scene: Scene, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether no number comes nearer to one with which it is compared: then the next round goes as this one did."""
    constants = constants_of(scene.procedure, scene.surroundings.organisation.parameters)
    for name in constants.read:
        one, other = before[name], after[name]
        if one == other or not is_number(one) or not is_number(other):
            continue
        limits = [limit for limit in constants.values.get(name, ()) if is_number(limit)]
        if name in constants.equals or not limits:
            return False
        if not (max(limits) < one < other or other < one < min(limits)):
            return False
    return True


def _place(scene: Scene, case: Case) -> str:
    """Where a case stands, without what may grow: numbers, instants, lists, counts."""
    fields = scene.procedure.fields
    kept = [
        (name, plain(case.data.get(name)))
        for name in sorted(fields)
        if "enum" in fields[name].schema or fields[name].type in ("boolean", "person", "role")
    ]
    return repr((case.active, kept))


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
