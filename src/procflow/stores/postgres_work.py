"""The tables of open work in the PostgreSQL store: outbox, inbox of messages, drafts.

What is claimed is skipped by every other node (`SKIP LOCKED`), held by a lease, and can be changed by its holder alone.
Nodes have clocks of their own: a lease counts as set by a clock that went wrong only when it reaches further than a
node's clock may differ from another's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from procflow.core.record import from_microseconds, microseconds
from procflow.errors import NotFound
from procflow.stored import Draft, EffectRow, InboundRow
from procflow.stores.conflicts import effect_moved, message_taken, slot_taken
from procflow.stores.postgres_session import Execute, Session
from procflow.stores.rows import effect_parts, inbound_row

_COLUMNS = """e.channel, e.operation, e.parameters, e.state, e.attempts, e.next_try, e.wire, e.error, e.lease_until,
    e.holder, e.asked_at, e.unless_left"""
_EFFECTS = """
SELECT c.case_id, e.sequence, e.n, COLUMNS FROM effects e JOIN cases c ON c.number = e.number
""".replace("COLUMNS", _COLUMNS)  # nosec: B608 - our own words, no value
_READY = """state = 'waiting' AND coalesce(next_try, 0) <= %(now)s
    AND (holder = '' OR lease_until <= %(now)s OR lease_until > %(far)s)"""
_ANY_READY = "SELECT 1 FROM effects WHERE READY AND channel <> ALL(%(but)s::text[]) LIMIT 1".replace("READY", _READY)  # fmt: skip # nosec: B608 - our own words, no value
_CLAIM = """
WITH ready AS (
    SELECT number, sequence, n FROM effects WHERE READY AND channel <> ALL(%(but)s::text[])
    ORDER BY coalesce(next_try, 0), number, sequence, n LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE effects e SET holder = %(holder)s, lease_until = %(until)s, attempts = attempts + 1
FROM ready r JOIN cases c ON c.number = r.number
WHERE e.number = r.number AND e.sequence = r.sequence AND e.n = r.n
RETURNING c.case_id, e.sequence, e.n, COLUMNS, e.number
""".replace("COLUMNS", _COLUMNS).replace("READY", _READY)  # nosec: B608 - our own words, no value
_HERE = (
    "number = (SELECT number FROM cases WHERE case_id = %(case)s) AND sequence = %(sequence)s AND n = %(n)s"
)
_CLAIM_ONE = """
UPDATE effects SET holder = %(holder)s, lease_until = %(until)s, attempts = attempts + 1
WHERE THIS_ONE AND READY
""".replace("THIS_ONE", _HERE).replace("READY", _READY)  # nosec: B608 - our own words, no value
_KEEP = """
UPDATE effects SET wire = %(wire)s WHERE THIS_ONE AND state = 'waiting' AND holder = %(holder)s AND wire IS NULL
""".replace("THIS_ONE", _HERE)  # nosec: B608 - our own words, no value
_LET_GO = """
UPDATE effects SET holder = '', lease_until = NULL, attempts = attempts - 1
WHERE THIS_ONE AND state = 'waiting' AND holder = %(holder)s
""".replace("THIS_ONE", _HERE)  # nosec: B608 - our own words, no value
_PLACE = "SELECT state, holder, wire FROM effects WHERE THIS_ONE FOR UPDATE".replace("THIS_ONE", _HERE)  # fmt: skip # nosec: B608 - our own words, no value
_POSTPONE = """
UPDATE effects SET next_try = %(next)s, error = %(error)s, wire = %(wire)s, holder = '', lease_until = NULL WHERE THIS_ONE
""".replace("THIS_ONE", _HERE)  # nosec: B608 - our own words, no value
#: When the first of those may be tried that nobody tried, that wait for their next try, that somebody holds.
_NEXT = """SELECT least(
    (SELECT coalesce(asked_at, 0) FROM effects WHERE state = 'waiting' AND coalesce(next_try, 0) = 0
        AND holder = '' ORDER BY coalesce(asked_at, 0) LIMIT 1),
    (SELECT next_try FROM effects WHERE state = 'waiting' AND coalesce(next_try, 0) > 0
        AND holder = '' ORDER BY coalesce(next_try, 0) LIMIT 1),
    (SELECT lease_until FROM effects WHERE state = 'waiting' AND holder <> '' ORDER BY lease_until LIMIT 1)
)"""
_MESSAGES = "SELECT id, source, external_id, received, key_slot, content, raw_hash, state, case_id, reason FROM inbound"


class Work(Session):
    """What is open for channels, what came in from outside, and what people are typing."""

    # --- outbox

    def claim_effects(
        self, now: datetime, lease: timedelta, holder: str, limit: int = 50, but: Collection[str] = ()
    ) -> list[EffectRow]:
        values = {**_times(now, lease), "holder": holder, "limit": limit, "but": list(but)}
        with self._lock:
            if not self._asked(lambda: self._run(_ANY_READY, values).fetchall()):
                return []  # asking costs no write
        return self._transact(self._claim, values)

    @staticmethod
    def _claim(execute: Execute, values: Mapping[str, Any]) -> list[EffectRow]:
        found = execute(_CLAIM, values).fetchall()
        found.sort(key=lambda row: (row[8] or 0, row[15], row[1], row[2]))  # whose time came first
        return [_effect(row[:15]) for row in found]

    def claim_effect(self, key: str, now: datetime, lease: timedelta, holder: str) -> EffectRow | None:
        place = _place(key)
        if place is None or not self._transact(
            self._claim_one, {**place, **_times(now, lease), "holder": holder}
        ):
            return None
        return self.effect(key)

    @staticmethod
    def _claim_one(execute: Execute, values: Mapping[str, Any]) -> bool:
        return execute(_CLAIM_ONE, values).rowcount > 0

    def keep_wires(self, holder: str, wires: Mapping[str, bytes]) -> None:
        self._transact(self._keep_wires, holder, wires)

    @staticmethod
    def _keep_wires(execute: Execute, holder: str, wires: Mapping[str, bytes]) -> None:
        for key, wire in sorted(wires.items()):
            place = _place(key) or _NOWHERE
            if execute(_KEEP, {**place, "wire": wire, "holder": holder}).rowcount:
                continue
            if _held(execute, key, holder) != wire:
                raise effect_moved(key, "has its bytes already, and every try sends those")

    def let_go(self, holder: str, keys: Iterable[str]) -> None:
        self._transact(self._let_go, holder, sorted(keys))

    @staticmethod
    def _let_go(execute: Execute, holder: str, keys: list[str]) -> None:
        for key in keys:
            execute(_LET_GO, {**(_place(key) or _NOWHERE), "holder": holder})

    def postpone(
        self, key: str, holder: str, next_try: datetime, error: str, left: bytes | None = None
    ) -> None:
        self._transact(self._postpone, key, holder, microseconds(next_try), error, left)

    @staticmethod
    def _postpone(
        execute: Execute, key: str, holder: str, next_try: int, error: str, left: bytes | None
    ) -> None:
        wire = _held(execute, key, holder)
        execute(
            _POSTPONE, {**(_place(key) or _NOWHERE), "next": next_try, "error": error, "wire": left or wire}
        )

    def effects(self, case_id: str) -> list[EffectRow]:
        rows = self._rows(f"{_EFFECTS} WHERE c.case_id = %s ORDER BY e.sequence, e.n", (case_id,))
        return [_effect(row) for row in rows]

    def effect(self, key: str) -> EffectRow | None:
        parts = effect_parts(key)
        if parts is None:
            return None
        row = self._row(f"{_EFFECTS} WHERE c.case_id = %s AND e.sequence = %s AND e.n = %s", parts)
        return None if row is None else _effect(row)

    def waiting_effects(self, asked_before: datetime, limit: int = 100) -> list[EffectRow]:
        sql = f"{_EFFECTS} WHERE e.state = 'waiting' AND coalesce(e.asked_at, 0) < %s"
        order = "ORDER BY coalesce(e.asked_at, 0), e.number, e.sequence, e.n LIMIT %s"
        return [_effect(row) for row in self._rows(f"{sql} {order}", (microseconds(asked_before), limit))]

    def next_effect(self) -> datetime | None:
        ((first,),) = self._rows(_NEXT)
        return None if first is None else from_microseconds(first)

    # --- messages

    def receive(self, message: InboundRow) -> bool:
        return self._transact(self._receive, message)

    @staticmethod
    def _receive(execute: Execute, message: InboundRow) -> bool:
        known = "SELECT 1 FROM inbound WHERE source = %s AND external_id = %s"
        if execute(known, (message.source, message.external_id)).fetchone():
            return False
        (slot,) = execute("SELECT slot FROM counters FOR NO KEY UPDATE").fetchone() or (0,)
        if execute(known, (message.source, message.external_id)).fetchone():
            return False  # received by another node while we stood in line
        if message.key_slot != slot + 1:
            raise slot_taken(message.id, message.key_slot, slot + 1)
        execute("UPDATE counters SET slot = slot + 1")
        execute(
            "INSERT INTO inbound (place, id, source, external_id, received, key_slot, content, raw_hash, state,"
            " case_id, reason) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                message.key_slot,  # slots are taken in order, one by each message
                message.id,
                message.source,
                message.external_id,
                microseconds(message.received),
                message.key_slot,
                message.content,
                message.raw_hash,
                message.state,
                message.case_id,
                message.reason,
            ),
        )
        return True

    def messages(self, state: str, limit: int = 100) -> list[InboundRow]:
        rows = self._rows(f"{_MESSAGES} WHERE state = %s ORDER BY place LIMIT %s", (state, limit))
        return [inbound_row(row) for row in rows]

    def message(self, id: str) -> InboundRow | None:
        row = self._row(f"{_MESSAGES} WHERE id = %s", (id,))
        return None if row is None else inbound_row(row)

    def settle_message(self, id: str, state: str, case_id: str, reason: str) -> None:
        self._transact(self._settle_message, id, state, case_id, reason)

    @staticmethod
    def _settle_message(execute: Execute, message: str, state: str, case_id: str, reason: str) -> None:
        found = execute("SELECT state, case_id FROM inbound WHERE id = %s FOR UPDATE", (message,)).fetchone()
        if found is None:
            raise NotFound(f"there is no message {message}", facts={"message": message})
        if found[0] == "taken" and found != (state, case_id):
            raise message_taken(message, found[0])
        execute(
            "UPDATE inbound SET state = %s, case_id = %s, reason = %s WHERE id = %s",
            (state, case_id, reason, message),
        )

    # --- drafts

    def keep_draft(self, draft: Draft) -> None:
        self._transact(self._keep_draft, draft)

    @staticmethod
    def _keep_draft(execute: Execute, draft: Draft) -> None:
        execute(
            "INSERT INTO drafts (case_id, person, choice, key_slot, content) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (case_id, person, choice)"
            " DO UPDATE SET key_slot = excluded.key_slot, content = excluded.content",
            (draft.case_id, draft.person, draft.choice, draft.key_slot, draft.content),
        )

    def draft(self, case_id: str, person: str, choice: str) -> Draft | None:
        row = self._row(
            "SELECT case_id, person, choice, key_slot, content FROM drafts"
            " WHERE case_id = %s AND person = %s AND choice = %s",
            (case_id, person, choice),
        )
        return None if row is None else Draft(*row)

    def drop_draft(self, case_id: str, person: str, choice: str) -> None:
        if self.draft(case_id, person, choice) is not None:
            self._transact(self._drop_draft, case_id, person, choice)

    @staticmethod
    def _drop_draft(execute: Execute, *place: str) -> None:
        execute("DELETE FROM drafts WHERE case_id = %s AND person = %s AND choice = %s", place)


def _times(now: datetime, lease: timedelta) -> dict[str, int]:
    """Now, until when a lease taken now lasts, and how far at most one may reach that another node took."""
    return {
        "now": microseconds(now),
        "until": microseconds(now + lease),
        "far": microseconds(now + 2 * lease),
    }


_NOWHERE: Mapping[str, Any] = {"case": "", "sequence": 0, "n": 0}


def _place(key: str) -> Mapping[str, Any] | None:
    parts = effect_parts(key)
    return None if parts is None else dict(zip(("case", "sequence", "n"), parts, strict=True))


def _held(execute: Execute, key: str, holder: str) -> bytes | None:
    """The kept bytes of a waiting effect that `holder` holds; else Conflict."""
    place = _place(key)
    found = execute(_PLACE, place).fetchone() if place is not None else None
    if found is None:
        raise effect_moved(key, "is not in the outbox")
    state, held_by, wire = found
    if state != "waiting":
        raise effect_moved(key, f"is {state} already")
    if held_by != holder:
        raise effect_moved(key, f"is held by {held_by or 'nobody'}, not by {holder}")
    return None if wire is None else bytes(wire)


def _effect(row: Sequence[Any]) -> EffectRow:
    case, sequence, n, *values = row
    for place in (5, 8, 10):
        if values[place] is not None:
            values[place] = from_microseconds(values[place])
    return EffectRow(f"{case}/{sequence}/{n}", case, *values)
