"""What waits to be done, in memory: what is due, the work of people, and the effects to deliver.

It must not know how a step is kept.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from procflow.errors import Conflict
from procflow.stored import DoneFor, EffectRow, Queue, StoredCase, TaskPlace, TaskRow
from procflow.stores.conflicts import effect_moved

_LAST = datetime.max.replace(tzinfo=UTC)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


class WorkInMemory:
    """The part of `MemoryStore` that is asked what there is to do."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self._cases: dict[str, StoredCase] = {}
        self._next_due: dict[str, datetime] = {}
        self._tasks: dict[str, tuple[TaskRow, ...]] = {}
        self._turns: dict[str, str] = {}
        self._done_for: list[DoneFor] = []
        self._effects: dict[str, EffectRow] = {}

    # --- time

    def due(self, now: datetime, limit: int = 100) -> list[tuple[datetime, str]]:
        with self._lock:
            found = [
                (instant, self._cases[case_id].number, case_id)
                for case_id, instant in self._next_due.items()
                if instant <= now
            ]
            return [(instant, case_id) for instant, _, case_id in sorted(found)[:limit]]

    def next_due(self) -> datetime | None:
        with self._lock:
            return min(self._next_due.values(), default=None)

    # --- tasks

    def tasks(
        self, *, roles: Sequence[str] = (), people: Sequence[str] = (), limit: int = 200,
        after: TaskPlace | None = None,
    ) -> list[TaskRow]:  # fmt: skip
        with self._lock:
            found = [
                self._numbered(task)
                for tasks in self._tasks.values()
                for task in tasks
                if not (roles or people) or set(roles) & set(task.roles) or set(people) & set(task.people)
            ]
            behind = found if after is None else [t for t in found if _task_order(t) > _order_of(after)]
            return sorted(behind, key=_task_order)[:limit]

    def work_of(self, people: Sequence[str]) -> dict[str, int]:
        with self._lock:
            held = [task.people for tasks in self._tasks.values() for task in tasks if task.kind == "work"]
            return {one: sum(one in names for names in held) for one in people}

    def turn(self, place: str) -> str:
        return self._turns.get(place, "")

    def queues(self, now: datetime, until: datetime) -> list[Queue]:
        found: dict[tuple[str, str], list[TaskRow]] = {}
        with self._lock:
            for tasks in self._tasks.values():
                for task in tasks:
                    for whose in [
                        *((role, "") for role in task.roles),
                        *(("", one) for one in task.people),
                    ] or [("", "")]:
                        found.setdefault(whose, []).append(task)
        ordered = sorted(
            found, key=lambda whose: f"r:{whose[0]}" if whose[0] else f"p:{whose[1]}" if whose[1] else ""
        )
        return [_queue(role, person, found[role, person], now, until) for role, person in ordered]

    def asked(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        with self._lock:
            rows = [task for tasks in self._tasks.values() for task in tasks]
        roles = sorted({role for task in rows for role in task.roles})
        return tuple(roles), tuple(sorted({one for task in rows for one in task.people}))

    def done_for(self, person: str, since: datetime, until: datetime | None = None) -> list[DoneFor]:
        with self._lock:
            return sorted(
                (
                    one
                    for one in self._done_for
                    if one.person == person and since <= one.at and (until is None or one.at < until)
                ),
                key=lambda one: (one.at, one.number, one.sequence),
            )

    def tasks_of(self, case_id: str) -> list[TaskRow]:
        with self._lock:
            return sorted((self._numbered(task) for task in self._tasks.get(case_id, ())), key=_task_order)

    def _numbered(self, task: TaskRow) -> TaskRow:
        case = self._cases[task.case_id]
        return replace(
            task,
            number=case.number,
            procedure=case.procedure,
            definition=case.definition,
            sequence=case.sequence,
        )

    # --- outbox

    def claim_effects(
        self, now: datetime, lease: timedelta, holder: str, limit: int = 50, but: Collection[str] = ()
    ) -> list[EffectRow]:
        with self._lock:
            ready = [effect for effect in self._effects.values() if _may_be_tried(effect, now, lease)]
            ready = [effect for effect in ready if effect.channel not in but]
            ready = sorted(ready, key=lambda each: (each.next_try or _FIRST, *self._effect_order(each)[1:]))
            return [self._claimed(effect, now + lease, holder) for effect in ready[:limit]]

    def claim_effect(self, key: str, now: datetime, lease: timedelta, holder: str) -> EffectRow | None:
        with self._lock:
            effect = self._effects.get(key)
            if effect is None or not _may_be_tried(effect, now, lease):
                return None
            return self._claimed(effect, now + lease, holder)

    def _claimed(self, effect: EffectRow, until: datetime, holder: str) -> EffectRow:
        held = replace(effect, holder=holder, lease_until=until, attempts=effect.attempts + 1)
        self._effects[effect.key] = held
        return held

    def keep_wires(self, holder: str, wires: Mapping[str, bytes]) -> None:
        with self._lock:
            kept = {}
            for key, wire in wires.items():
                effect = self._held(key, holder)
                if effect.wire is not None and effect.wire != wire:
                    raise effect_moved(key, "has its bytes already, and every try sends those")
                kept[key] = replace(effect, wire=wire)
            self._effects.update(kept)

    def let_go(self, holder: str, keys: Iterable[str]) -> None:
        with self._lock:
            for key in keys:
                with suppress(Conflict):
                    effect = self._held(key, holder)
                    attempts = effect.attempts - 1
                    self._effects[key] = replace(effect, holder="", lease_until=None, attempts=attempts)

    def postpone(
        self, key: str, holder: str, next_try: datetime, error: str, left: bytes | None = None
    ) -> None:
        with self._lock:
            effect = self._held(key, holder)
            self._effects[key] = replace(
                effect, next_try=next_try, error=error, holder="", lease_until=None, wire=left or effect.wire
            )

    def _held(self, key: str, holder: str) -> EffectRow:
        effect = self._effects.get(key)
        if effect is None:
            raise effect_moved(key, "is not in the outbox")
        if effect.state != "waiting":
            raise effect_moved(key, f"is {effect.state} already")
        if effect.holder != holder:
            raise effect_moved(key, f"is held by {effect.holder or 'nobody'}, not by {holder}")
        return effect

    def effects(self, case_id: str) -> list[EffectRow]:
        with self._lock:
            found = [effect for effect in self._effects.values() if effect.case_id == case_id]
            return sorted(found, key=lambda effect: self._effect_order(effect)[2:])

    def _effect_order(self, effect: EffectRow) -> tuple[datetime, int, int, int]:
        _, sequence, n = effect.key.split("/")
        return effect.asked_at or _FIRST, self._cases[effect.case_id].number, int(sequence), int(n)

    def effect(self, key: str) -> EffectRow | None:
        return self._effects.get(key)

    def waiting_effects(self, asked_before: datetime, limit: int = 100) -> list[EffectRow]:
        with self._lock:
            found = [
                effect
                for effect in self._effects.values()
                if effect.state == "waiting" and (effect.asked_at or _FIRST) < asked_before
            ]
            found.sort(key=lambda effect: (effect.asked_at or _FIRST, effect.key))
            return found[:limit]

    def next_effect(self) -> datetime | None:
        with self._lock:
            waiting = [effect for effect in self._effects.values() if effect.state == "waiting"]
            return min(
                (
                    effect.lease_until
                    if effect.holder and effect.lease_until
                    else effect.next_try or effect.asked_at or _FIRST
                    for effect in waiting
                ),
                default=None,
            )


def _may_be_tried(effect: EffectRow, now: datetime, lease: timedelta) -> bool:
    """Whether it waits, its time has come, and nobody holds it (a lease that reaches too far counts as expired)."""
    held = effect.lease_until is not None and now < effect.lease_until <= now + 2 * lease
    return effect.state == "waiting" and (effect.next_try is None or effect.next_try <= now) and not held


def _task_order(task: TaskRow) -> tuple[datetime, datetime, datetime, int, str, str]:
    return _order_of(task.place)


def _order_of(place: TaskPlace) -> tuple[datetime, datetime, datetime, int, str, str]:
    act_by, due, since, number, task, kind = place
    return act_by or _LAST, due or _LAST, since, number, task, kind


def _queue(role: str, person: str, tasks: list[TaskRow], now: datetime, until: datetime) -> Queue:
    acts = [task.act_by for task in tasks if task.act_by is not None]
    by = [task for task in tasks if task.act_by is not None and task.act_by <= until]
    late = sum(task.due is not None and task.due <= now for task in by)
    work = sum(task.kind == "work" for task in tasks)
    oldest = min(task.since for task in tasks)
    return Queue(role, person, work, len(tasks) - work, late, len(by) - late, oldest, min(acts, default=None))
