"""The one statement by which a step is stored on PostgreSQL: the case moves from the sequence and head that the step
was decided on, and everything else hangs on that; where the case does not move, nothing is written.

Which parts the statement has depends on what the step brings; each mixture is one text, which the server keeps prepared.
It must not know connections.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from procflow.core.record import microseconds
from procflow.stored import ORGANISATION, Append, EffectRow
from procflow.stores.rows import Row, effect_parts, queues_moved

Values = dict[str, Any]

_MOVE = """moved AS (
UPDATE cases SET sequence = %(sequence)s, head = %(hash)s, snapshot = %(snapshot)s, definition = %(definition)s,
    next_due = %(next_due)s::bigint{sets}
WHERE case_id = %(case)s AND sequence = %(sequence)s - 1 AND head = %(previous)s{holds}
RETURNING number
)"""
_TAKE = """taken AS (
UPDATE counters SET number = number + {counts}, slot = slot + {takes}
WHERE {number}{slot}{holds}
RETURNING one
), moved AS (
INSERT INTO cases (number, case_id, procedure, definition, sequence, head, key_slot, closed, late, outcome, next_due,
    tasks, snapshot)
SELECT %(number)s, %(case)s, %(procedure)s, %(definition)s, 1, %(hash)s, %(slot)s, %(closes)s, %(late)s, %(outcome)s,
    %(next_due)s::bigint, %(tasks)s, %(snapshot)s FROM taken
RETURNING number
)"""
_COUNT = """, tallied AS (
INSERT INTO tallies AS t SELECT pg_backend_pid() & 63, 1 - %(closes)s, %(closes)s, %(late)s * (1 - %(closes)s)
FROM moved
ON CONFLICT (part) DO UPDATE SET open = t.open + excluded.open, closed = t.closed + excluded.closed,
    late = t.late + excluded.late
)"""
_JOURNAL = """, written AS (
INSERT INTO journal (place, number, sequence, command_id, at, ran_at, definition, surroundings, previous, hash, entries)
SELECT procflow_place(%(n)s::integer), number, %(sequence)s, %(command)s, %(at)s, %(ran_at)s, %(definition)s,
    %(version)s, %(previous)s, %(hash)s, %(entries)s FROM moved
), told AS (
INSERT INTO answers SELECT %(command)s, %(answer)s FROM moved
)"""
_GONE = """, gone AS (
DELETE FROM tasks t USING moved, unnest(%(gone_whose)s::text[], %(gone_act)s::bigint[], %(gone_due)s::bigint[],
    %(gone_since)s::bigint[], %(gone_task)s::text[], %(gone_kind)s::text[]) AS g (whose, act_by, due, since, task, kind)
WHERE t.whose = g.whose AND t.act_by = g.act_by AND t.due = g.due AND t.since = g.since AND t.number = moved.number
    AND t.task = g.task AND t.kind = g.kind
)"""
_COME = """, come AS (
INSERT INTO tasks SELECT c.whose, c.act_by, c.due, c.since, moved.number, c.task, c.kind, c.roles, c.people, c.deadline
FROM moved, unnest(%(come_whose)s::text[], %(come_act)s::bigint[], %(come_due)s::bigint[], %(come_since)s::bigint[],
    %(come_task)s::text[], %(come_kind)s::text[], %(come_roles)s::text[], %(come_people)s::text[],
    %(come_deadline)s::text[]) AS c (whose, act_by, due, since, task, kind, roles, people, deadline)
ON CONFLICT (whose, act_by, due, since, number, task, kind)
DO UPDATE SET roles = excluded.roles, people = excluded.people, deadline = excluded.deadline
)"""
_QUEUES = """, counted AS (
INSERT INTO queues AS q SELECT m.whose, pg_backend_pid() & 63, m.work, m.items
FROM moved, unnest(%(queue_whose)s::text[], %(queue_work)s::bigint[], %(queue_items)s::bigint[])
    AS m (whose, work, items)
ON CONFLICT (whose, part) DO UPDATE SET work = q.work + excluded.work, items = q.items + excluded.items
)"""
_EFFECTS = """, asked AS (
INSERT INTO effects SELECT moved.number, e.* FROM moved, unnest(%(e_sequence)s::bigint[], %(e_n)s::bigint[],
    %(e_channel)s::text[], %(e_operation)s::text[], %(e_parameters)s::bytea[], %(e_state)s::text[],
    %(e_attempts)s::integer[], %(e_next)s::bigint[], %(e_wire)s::bytea[], %(e_error)s::text[], %(e_lease)s::bigint[],
    %(e_holder)s::text[], %(e_asked)s::bigint[], %(e_unless)s::text[]) AS e
)"""
_SETTLE = """, settled AS (
UPDATE effects SET state = s.state, error = s.error, holder = '', lease_until = NULL,
    next_try = CASE s.state WHEN 'waiting' THEN NULL ELSE effects.next_try END
FROM moved, unnest(%(s_case)s::text[], %(s_sequence)s::bigint[], %(s_n)s::bigint[], %(s_state)s::text[],
    %(s_error)s::text[]) AS s (case_id, sequence, n, state, error)
WHERE effects.number = CASE WHEN s.case_id = %(case)s THEN moved.number
        ELSE (SELECT c.number FROM cases c WHERE c.case_id = s.case_id) END
    AND effects.sequence = s.sequence AND effects.n = s.n AND effects.state NOT IN ('done', 'dropped')
    AND (%(holder)s = '' OR effects.holder = %(holder)s)
RETURNING 1
)"""
_IDENTITIES = """, unknown AS (
DELETE FROM identities i USING moved WHERE i.number = moved.number AND i.fingerprint <> ALL (%(prints)s::bytea[])
), known AS (
INSERT INTO identities SELECT p.fingerprint, {open}, moved.number FROM moved
    CROSS JOIN unnest(%(prints)s::bytea[]) AS p (fingerprint)
WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.number = moved.number AND i.fingerprint = p.fingerprint)
ON CONFLICT DO NOTHING
)"""
_CLOSED = """, shut AS (
UPDATE identities SET open = 0 FROM moved WHERE identities.number = moved.number AND identities.open = 1{known}
)"""
_MESSAGE = """, got AS (
UPDATE inbound SET state = 'taken', case_id = %(case)s FROM moved WHERE inbound.id = %(message)s
)"""
_TURNS = """, turned AS (
INSERT INTO turns SELECT t.place, t.last FROM moved, unnest(%(turn_at)s::text[], %(turn_now)s::text[]) AS t (place, last)
ON CONFLICT (place) DO UPDATE SET last = excluded.last
)"""
_DONE_FOR = """, done AS (
INSERT INTO done_for SELECT d.person, d.at, moved.number, d.sequence, d.choice, d.done_by FROM moved,
    unnest(%(d_person)s::text[], %(d_at)s::bigint[], %(d_sequence)s::bigint[], %(d_choice)s::text[], %(d_by)s::text[])
    AS d (person, at, sequence, choice, done_by)
ON CONFLICT (person, at, number, sequence) DO UPDATE SET choice = excluded.choice, done_by = excluded.done_by
)"""


def step(append: Append, n: int, kept: str | None, gone: set[Row], come: set[Row]) -> tuple[str, Values]:
    """The statement and its values; it gives the number of the case, or nothing where the case did not move. `n`
    counts the steps of one transaction, `kept` are the tasks as the row of the case keeps them."""
    row = append.row
    at = microseconds(row.at)
    organisation = row.case_id == ORGANISATION
    values: Values = {
        "case": row.case_id, "sequence": row.sequence, "hash": row.hash, "previous": row.previous, "n": n,
        "command": row.command_id, "at": at, "ran_at": at if row.ran_at is row.at else microseconds(row.ran_at),
        "definition": row.definition, "version": row.surroundings, "entries": row.entries,
        "snapshot": append.snapshot, "answer": append.answer,
        "next_due": None if append.next_due is None else microseconds(append.next_due),
    }  # fmt: skip
    shape = [
        "opens" if row.sequence == 1 else "",
        "organisation" if organisation else "",
        _slot(append, organisation) if row.sequence == 1 else "",
        "tasks" if kept is not None else "",
        "judged" if append.closes or append.late is not None else "",
    ]
    if row.sequence == 1 or shape[-1]:
        late = None if append.late is None and row.sequence > 1 else int(bool(append.late))
        values |= {"closes": int(append.closes), "late": late, "outcome": append.outcome}
    if row.sequence == 1:
        number = 0 if organisation else append.number
        values |= {
            "number": number,
            "procedure": append.procedure,
            "slot": append.key_slot,
            "tasks": kept or "[]",
        }
    elif kept is not None:
        values["tasks"] = kept
    if append.surroundings is not None:
        shape.append("surroundings")
        values["surroundings"] = append.surroundings
    if append.message:
        shape.append("message")
        values["message"] = append.message
    for part in (_of_tasks(gone, come), _of_people(append), _of_looks(append), _of_effects(append.effects),
                 _of_settled(append), _of_identities(append)):  # fmt: skip
        for name, more in part:
            shape.append(name)
            values |= more
    return _text(tuple(shape)), values


def _slot(append: Append, organisation: bool) -> str:
    """Whether an opening takes a key slot: not the organisation without one, not a case under its message's key."""
    if organisation and append.key_slot == 0:
        return "no slot"
    return "slot or message" if append.message else "slot"


Parts = list[tuple[str, Values]]


def numbers(values: Iterable[int | None]) -> str:
    """An array of whole numbers as PostgreSQL reads it."""
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


def _of_tasks(gone: set[Row], come: set[Row]) -> Parts:
    found: Parts = []
    # both at once have no order: a row of the same key is changed, not replaced
    stay = {row[:7] for row in come}
    away = [row for row in gone if row[:7] not in stay]
    if away:
        whose, act, due, since, _, task, kind, *_ = zip(*away, strict=True)
        found.append(("gone", {"gone_whose": [*whose], "gone_act": numbers(act), "gone_due": numbers(due),
                               "gone_since": numbers(since), "gone_task": [*task], "gone_kind": [*kind]}))  # fmt: skip
    if come:
        whose, act, due, since, _, task, kind, roles, people, deadline = zip(*come, strict=True)
        found.append(("come", {"come_whose": [*whose], "come_act": numbers(act), "come_due": numbers(due),
                               "come_since": numbers(since), "come_task": [*task], "come_kind": [*kind],
                               "come_roles": [*roles], "come_people": [*people],
                               "come_deadline": [*deadline]}))  # fmt: skip
    if moved := queues_moved(gone, come):
        whose, work, items = zip(*moved, strict=True)
        found.append(
            ("queues", {"queue_whose": [*whose], "queue_work": numbers(work), "queue_items": numbers(items)})
        )
    return found


def _of_people(append: Append) -> Parts:
    facts, found = append.people, Parts()
    if facts is None:
        return found
    if facts.work or facts.turns:
        found.append(("people", {
            "work_who": [who for who, _ in facts.work], "work_had": numbers(had for _, had in facts.work),
            "turn_at": [place for place, _, _ in facts.turns], "turn_last": [last for _, last, _ in facts.turns],
        }))  # fmt: skip
    if facts.turns:
        found.append(("turns", {"turn_now": [now for _, _, now in facts.turns]}))
    if facts.done_for:
        done = facts.done_for
        found.append(("done for", {
            "d_person": [one.person for one in done], "d_at": numbers(microseconds(one.at) for one in done),
            "d_sequence": numbers(one.sequence for one in done), "d_choice": [one.choice for one in done],
            "d_by": [one.by for one in done],
        }))  # fmt: skip
    return found


def _of_looks(append: Append) -> Parts:
    if not append.looked:
        return []
    return [("looked", {
        "look_in": [looked.procedure for looked in append.looked],
        "look_for": [" ".join(one.hex() for one in looked.fingerprints) for looked in append.looked],
        "look_found": [
            " ".join(f"{number}:{sequence}" for number, sequence in looked.found) for looked in append.looked
        ],
    })]  # fmt: skip


def _of_effects(effects: Sequence[EffectRow]) -> Parts:
    if not effects:
        return []
    places = [effect.key.split("/") for effect in effects]

    def stamps(name: str) -> str:
        instants = [getattr(effect, name) for effect in effects]
        return numbers(None if instant is None else microseconds(instant) for instant in instants)

    return [("effects", {
        "e_sequence": numbers(int(sequence) for _, sequence, _ in places),
        "e_n": numbers(int(n) for _, _, n in places),
        "e_channel": [effect.channel for effect in effects], "e_operation": [effect.operation for effect in effects],
        "e_parameters": [effect.parameters for effect in effects], "e_state": [effect.state for effect in effects],
        "e_attempts": numbers(effect.attempts for effect in effects), "e_next": stamps("next_try"),
        "e_wire": [effect.wire for effect in effects], "e_error": [effect.error for effect in effects],
        "e_lease": stamps("lease_until"), "e_holder": [effect.holder for effect in effects],
        "e_asked": stamps("asked_at"), "e_unless": [effect.unless_left for effect in effects],
    })]  # fmt: skip


def _of_settled(append: Append) -> Parts:
    if not append.settled:
        return []
    places = [effect_parts(key) or ("", 0, 0) for key, _, _ in append.settled]
    return [("settled", {
        "s_case": [case for case, _, _ in places], "s_sequence": numbers(sequence for _, sequence, _ in places),
        "s_n": numbers(n for _, _, n in places), "s_state": [state for _, state, _ in append.settled],
        "s_error": [error for _, _, error in append.settled], "s_count": len(append.settled), "holder": append.holder,
    })]  # fmt: skip


def _of_identities(append: Append) -> Parts:
    if append.identities is None:
        return []
    return [("identities", {"prints": [*dict.fromkeys(append.identities)]})]


@cache
def _text(shape: tuple[str, ...]) -> str:
    """The statement of one mixture of parts. Checks come in the order in which they cost."""
    has = frozenset(shape)
    opens, slot = "opens" in has, shape[2]
    holds = ""
    if "organisation" in has:
        holds += " AND procflow_organisation_moves()"
    if "surroundings" in has:
        holds += " AND procflow_organisation_at(%(surroundings)s)"
    if "message" in has:
        holds += " AND procflow_message_free(%(message)s)"
    if "people" in has:
        holds += """ AND procflow_people_hold(%(work_who)s::text[], %(work_had)s::bigint[], %(turn_at)s::text[],
        %(turn_last)s::text[])"""
    if "looked" in has:
        holds += " AND procflow_cases_hold(%(look_in)s::text[], %(look_for)s::text[], %(look_found)s::text[])"
    if opens:
        counts = "0" if "organisation" in has else "1"
        number = "one = 1" if "organisation" in has else "number = %(number)s - 1"
        own = "(%(slot)s = procflow_slot_of(%(message)s))"
        takes = {"slot": "1", "no slot": "0", "slot or message": f"(NOT {own})::int"}[slot]
        wanted = {
            "slot": " AND slot = %(slot)s - 1",
            "no slot": "",
            "slot or message": f" AND (slot = %(slot)s - 1 OR {own})",
        }[slot]
        head = _TAKE.format(counts=counts, takes=takes, number=number, slot=wanted, holds=holds)
        if "organisation" not in has:
            head += _COUNT
    else:
        sets = ", tasks = %(tasks)s" if "tasks" in has else ""
        if "judged" in has:
            sets += """, closed = greatest(closed, %(closes)s), late = coalesce(%(late)s::integer, late),
    outcome = CASE WHEN %(closes)s = 1 THEN %(outcome)s ELSE outcome END"""
        head = _MOVE.format(sets=sets, holds=holds)
    parts = [
        _JOURNAL,
        _GONE if "gone" in has else "",
        _COME if "come" in has else "",
        _QUEUES if "queues" in has else "",
        _TURNS if "turns" in has else "",
        _DONE_FOR if "done for" in has else "",
        _SETTLE if "settled" in has else "",
        _EFFECTS if "effects" in has else "",
        _IDENTITIES.format(open=_open(has)) if "identities" in has else "",
        _closing(has),
        _MESSAGE if "message" in has else "",
    ]
    last = "SELECT number FROM moved"
    if "settled" in has:
        last += " WHERE procflow_must((SELECT count(*) FROM settled) = %(s_count)s, 'effect')"
    return f"WITH {head}{''.join(parts)} {last}"


def _open(has: frozenset[str]) -> str:
    """Whether a fingerprint that is new stands for an open case after this step."""
    if "opens" in has:
        return "1 - %(closes)s"
    there = "(SELECT 1 - c.closed FROM cases c WHERE c.case_id = %(case)s)"
    return f"CASE WHEN %(closes)s = 1 THEN 0 ELSE {there} END" if "judged" in has else there


def _closing(has: frozenset[str]) -> str:
    if "judged" not in has or "opens" in has:
        return ""
    known = " AND identities.fingerprint = ANY (%(prints)s::bytea[])" if "identities" in has else ""
    return _CLOSED.format(known=f"{known} AND %(closes)s = 1")
