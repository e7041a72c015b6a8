"""The tables of open work in the SQLite store: outbox, inbox of messages, drafts; tasks are in `sqlite_tasks`.

Every list is a stretch of one index, so that it costs the same with a million cases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import apsw

from procflow.core.record import from_microseconds, microseconds
from procflow.errors import NotFound
from procflow.stored import Draft, EffectRow, InboundRow
from procflow.stores.conflicts import effect_moved, message_taken, slot_taken
from procflow.stores.rows import effect_parts, inbound_row
from procflow.stores.sqlite_session import Execute, Row, Session, instant, stamp

_EFFECTS = """
SELECT c.case_id || '/' || e.sequence || '/' || e.n, c.case_id, e.channel, e.operation, e.parameters, e.state,
    e.attempts, e.next_try, e.wire, e.error, e.lease_until, e.holder, e.asked_at, e.unless_left
FROM effects e JOIN cases c ON c.number = e.number
"""
_READY = """
SELECT number, sequence, n FROM effects
WHERE state = 'waiting' AND coalesce(next_try, 0) <= ?1
    AND (holder = '' OR lease_until <= ?1 OR lease_until > ?2) AND instr(?4, ' ' || channel || ' ') = 0
ORDER BY coalesce(next_try, 0), number, sequence, n LIMIT ?3
"""
_CLAIM = """
UPDATE effects SET holder = ?5, lease_until = ?6, attempts = attempts + 1
WHERE (number, sequence, n) IN (ready)
RETURNING (SELECT case_id FROM cases c WHERE c.number = effects.number), number, sequence, n, channel, operation,
    parameters, state, attempts, next_try, wire, error, lease_until, holder, asked_at, unless_left
""".replace("ready", _READY)  # nosec: B608 - our own words, no value
#: One of them, where it may be tried.
_CLAIM_ONE = """
UPDATE effects SET holder = ?4, lease_until = ?7, attempts = attempts + 1
WHERE number = (SELECT number FROM cases WHERE case_id = ?3) AND sequence = ?5 AND n = ?6
    AND state = 'waiting' AND coalesce(next_try, 0) <= ?1
    AND (holder = '' OR lease_until <= ?1 OR lease_until > ?2)
RETURNING n
"""
_HERE = "number = (SELECT number FROM cases WHERE case_id = ?2) AND sequence = ?3 AND n = ?4"
_KEEP = """
UPDATE effects SET wire = ?1 WHERE here AND state = 'waiting' AND holder = ?5 AND wire IS NULL RETURNING n
""".replace("here", _HERE)  # nosec: B608 - our own words, no value
_LET_GO = """
UPDATE effects SET holder = '', lease_until = NULL, attempts = attempts - 1
WHERE here AND state = 'waiting' AND holder = ?1
""".replace("here", _HERE)  # nosec: B608 - our own words, no value
_SETTLE = """
UPDATE effects SET state = ?1, error = ?5, holder = '', lease_until = NULL,
    next_try = CASE ?1 WHEN 'waiting' THEN NULL ELSE next_try END
WHERE here AND state NOT IN ('done', 'dropped') AND (?6 = '' OR holder = ?6) RETURNING n
""".replace("here", _HERE)  # nosec: B608 - our own words, no value
#: When the first of those may be tried that nobody tried, that wait for their next try, that somebody holds.
_NEXT = (
    "SELECT coalesce(asked_at, 0) FROM effects WHERE state = 'waiting' AND coalesce(next_try, 0) = 0"
    " AND holder = '' ORDER BY coalesce(asked_at, 0) LIMIT 1",
    "SELECT next_try FROM effects WHERE state = 'waiting' AND coalesce(next_try, 0) > 0"
    " AND holder = '' ORDER BY coalesce(next_try, 0) LIMIT 1",
    "SELECT lease_until FROM effects WHERE state = 'waiting' AND holder <> '' ORDER BY lease_until LIMIT 1",
)
_MESSAGES = "SELECT id, source, external_id, received, key_slot, content, raw_hash, state, case_id, reason FROM inbound"


class Work(Session):
    """What is open for channels, what came in from outside, and what people are typing."""

    # --- outbox

    def claim_effects(
        self, now: datetime, lease: timedelta, holder: str, limit: int = 50, but: Collection[str] = ()
    ) -> list[EffectRow]:
        at, far, channels = microseconds(now), microseconds(now + 2 * lease), f" {' '.join(but)} "
        if not self._rows(_READY, (at, far, 1, channels)):
            return []  # asking costs no write
        return self._transact(self._claim, at, far, limit, channels, holder, microseconds(now + lease))

    @staticmethod
    def _claim(
        execute: Execute, at: int, far: int, limit: int, channels: str, holder: str, until: int
    ) -> list[EffectRow]:
        found = execute(_CLAIM, (at, far, limit, channels, holder, until)).fetchall()
        found.sort(key=lambda row: (row[9] or 0, *row[1:4]))  # whose time came first
        return [_effect((f"{case}/{sequence}/{n}", case, *rest)) for case, _, sequence, n, *rest in found]

    def claim_effect(self, key: str, now: datetime, lease: timedelta, holder: str) -> EffectRow | None:
        parts = effect_parts(key)
        at, far, until = (microseconds(now + n * lease) for n in (0, 2, 1))
        if parts is None or not self._transact(self._claim_one, at, far, until, parts, holder):
            return None
        return self.effect(key)

    @staticmethod
    def _claim_one(
        execute: Execute, at: int, far: int, until: int, parts: tuple[str, int, int], holder: str
    ) -> bool:
        case_id, sequence, n = parts
        return bool(execute(_CLAIM_ONE, (at, far, case_id, holder, sequence, n, until)).fetchall())

    def keep_wires(self, holder: str, wires: Mapping[str, bytes]) -> None:
        self._transact(self._keep_wires, holder, wires)

    @staticmethod
    def _keep_wires(execute: Execute, holder: str, wires: Mapping[str, bytes]) -> None:
        for key, wire in wires.items():
            if execute(_KEEP, (wire, *(effect_parts(key) or ("", 0, 0)), holder)).fetchall():
                continue
            _, kept = _held(execute, key, holder)
            if kept != wire:
                raise effect_moved(key, "has its bytes already, and every try sends those")

    def let_go(self, holder: str, keys: Iterable[str]) -> None:
        self._transact(self._let_go, holder, list(keys))

    @staticmethod
    def _let_go(execute: Execute, holder: str, keys: list[str]) -> None:
        for key in keys:
            execute(_LET_GO, (holder, *(effect_parts(key) or ("", 0, 0))))

    def postpone(
        self, key: str, holder: str, next_try: datetime, error: str, left: bytes | None = None
    ) -> None:
        self._transact(self._postpone, key, holder, microseconds(next_try), error, left)

    @staticmethod
    def _postpone(
        execute: Execute, key: str, holder: str, next_try: int, error: str, left: bytes | None
    ) -> None:
        place, wire = _held(execute, key, holder)
        execute(
            "UPDATE effects SET next_try = ?, error = ?, wire = ?, holder = '', lease_until = NULL"
            " WHERE number = ? AND sequence = ? AND n = ?",
            (next_try, error, left or wire, *place),
        )

    def effects(self, case_id: str) -> list[EffectRow]:
        rows = self._rows(f"{_EFFECTS} WHERE c.case_id = ? ORDER BY e.sequence, e.n", (case_id,))
        return [_effect(row) for row in rows]

    def effect(self, key: str) -> EffectRow | None:
        parts = effect_parts(key)
        if parts is None:
            return None
        row = self._row(f"{_EFFECTS} WHERE c.case_id = ? AND e.sequence = ? AND e.n = ?", parts)
        return None if row is None else _effect(row)

    def waiting_effects(self, asked_before: datetime, limit: int = 100) -> list[EffectRow]:
        sql = f"{_EFFECTS} WHERE e.state = 'waiting' AND coalesce(e.asked_at, 0) < ?"
        order = "ORDER BY coalesce(e.asked_at, 0), e.number, e.sequence, e.n LIMIT ?"
        return [_effect(row) for row in self._rows(f"{sql} {order}", (microseconds(asked_before), limit))]

    def next_effect(self) -> datetime | None:
        known = [row[0] for row in map(self._row, _NEXT) if row is not None]
        return from_microseconds(min(known)) if known else None

    # --- messages

    def receive(self, message: InboundRow) -> bool:
        return self._transact(self._receive, message)

    @staticmethod
    def _receive(execute: Execute, message: InboundRow) -> bool:
        known = execute(
            "SELECT 1 FROM inbound WHERE source = ? AND external_id = ?",
            (message.source, message.external_id),
        ).fetchone()
        if known:
            return False
        (slot,) = execute("SELECT slot FROM counters").fetchone()
        if message.key_slot != slot + 1:
            raise slot_taken(message.id, message.key_slot, slot + 1)
        execute("UPDATE counters SET slot = slot + 1")
        execute(
            "INSERT INTO inbound (id, source, external_id, received, key_slot, content, raw_hash, state, case_id,"
            " reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
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
        rows = self._rows(f"{_MESSAGES} WHERE state = ? ORDER BY place LIMIT ?", (state, limit))
        return [inbound_row(row) for row in rows]

    def message(self, id: str) -> InboundRow | None:
        row = self._row(f"{_MESSAGES} WHERE id = ?", (id,))
        return None if row is None else inbound_row(row)

    def settle_message(self, id: str, state: str, case_id: str, reason: str) -> None:
        self._transact(self._settle_message, id, state, case_id, reason)

    @staticmethod
    def _settle_message(execute: Execute, message: str, state: str, case_id: str, reason: str) -> None:
        found = execute("SELECT state, case_id FROM inbound WHERE id = ?", (message,)).fetchone()
        if found is None:
            raise NotFound(f"there is no message {message}", facts={"message": message})
        if found[0] == "taken" and found != (state, case_id):
            raise message_taken(message, found[0])
        execute(
            "UPDATE inbound SET state = ?, case_id = ?, reason = ? WHERE id = ?",
            (state, case_id, reason, message),
        )

    # --- drafts

    def keep_draft(self, draft: Draft) -> None:
        self._transact(self._keep_draft, draft)

    @staticmethod
    def _keep_draft(execute: Execute, draft: Draft) -> None:
        execute(
            "INSERT OR REPLACE INTO drafts (case_id, person, choice, key_slot, content)"
            " VALUES (?, ?, ?, ?, ?)",
            (draft.case_id, draft.person, draft.choice, draft.key_slot, draft.content),
        )

    def draft(self, case_id: str, person: str, choice: str) -> Draft | None:
        row = self._row(
            "SELECT case_id, person, choice, key_slot, content FROM drafts"
            " WHERE case_id = ? AND person = ? AND choice = ?",
            (case_id, person, choice),
        )
        return None if row is None else Draft(*row)

    def drop_draft(self, case_id: str, person: str, choice: str) -> None:
        if self.draft(case_id, person, choice) is not None:
            self._transact(self._drop_draft, case_id, person, choice)

    @staticmethod
    def _drop_draft(execute: Execute, *place: str) -> None:
        execute("DELETE FROM drafts WHERE case_id = ? AND person = ? AND choice = ?", place)


def write_effects(execute: Execute, number: int, effects: Sequence[EffectRow]) -> None:
    """Part of a step: the effects that it asks for; their keys were checked."""
    for effect in effects:
        _, sequence, n = effect.key.split("/")
        asked_at = stamp(effect.asked_at)
        try:
            execute(
                "INSERT INTO effects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    int(sequence),
                    int(n),
                    effect.channel,
                    effect.operation,
                    effect.parameters,
                    effect.state,
                    effect.attempts,
                    asked_at if effect.next_try is effect.asked_at else stamp(effect.next_try),
                    effect.wire,
                    effect.error,
                    None if effect.lease_until is None else stamp(effect.lease_until),
                    effect.holder,
                    asked_at,
                    effect.unless_left,
                ),
            )
        except apsw.ConstraintError as why:
            raise effect_moved(effect.key, "is in the outbox already") from why


def settle_effects(execute: Execute, settled: Sequence[tuple[str, str, str]], holder: str) -> None:
    """Part of a step: (key, state, error) each; one that waits again may be tried at once. `holder`, where it is said,
    must hold them."""
    for key, state, error in settled:
        if execute(_SETTLE, (state, *(effect_parts(key) or ("", 0, 0)), error, holder)).fetchall():
            continue
        found = _place(execute, key)
        if found is not None and found[1] not in ("done", "dropped"):
            raise effect_moved(key, f"is held by {found[2] or 'nobody'}, not by {holder}")
        raise effect_moved(key, "is not in the outbox" if found is None else f"is {found[1]} already")


def take_message(execute: Execute, message: str, case_id: str) -> int:
    """Part of a step: the case takes the message; -> its key slot. Raises Conflict when it is taken."""
    found = execute("SELECT state, key_slot FROM inbound WHERE id = ?", (message,)).fetchone()
    if found is None or found[0] == "taken":
        raise message_taken(message, None if found is None else found[0])
    execute("UPDATE inbound SET state = 'taken', case_id = ? WHERE id = ?", (case_id, message))
    return int(found[1])


def _place(execute: Execute, key: str) -> tuple[Row, str, str, bytes | None] | None:
    """((number, sequence, n), state, holder, wire) of the effect with this key."""
    parts = effect_parts(key)
    if parts is None:
        return None
    row = execute(
        "SELECT e.number, e.sequence, e.n, e.state, e.holder, e.wire"
        " FROM effects e JOIN cases c ON c.number = e.number"
        " WHERE c.case_id = ? AND e.sequence = ? AND e.n = ?",
        parts,
    ).fetchone()
    return None if row is None else (row[:3], row[3], row[4], row[5])


def _held(execute: Execute, key: str, holder: str) -> tuple[Row, bytes | None]:
    """The place and the kept bytes of a waiting effect that `holder` holds; else Conflict."""
    found = _place(execute, key)
    if found is None:
        raise effect_moved(key, "is not in the outbox")
    place, state, held_by, wire = found
    if state != "waiting":
        raise effect_moved(key, f"is {state} already")
    if held_by != holder:
        raise effect_moved(key, f"is held by {held_by or 'nobody'}, not by {holder}")
    return place, wire


def _effect(row: Row) -> EffectRow:
    values = list(row)
    for place in (7, 10, 12):
        values[place] = instant(values[place])
    return EffectRow(*values)
