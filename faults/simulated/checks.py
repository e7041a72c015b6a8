"""What must hold when all is quiet, whatever happened before: reckoned from what people were told, what the outside has and
what the journals say, and as little as possible by the code that is being tried.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

from faults.history import wrong_in
from faults.simulated.checks_outside import OUTSIDE
from faults.simulated.checks_rules import RULES
from faults.simulated.checks_time import TIME
from faults.simulated.house import House
from faults.simulated.looked import Looked
from procflow.app.auditing import verified
from procflow.core import journal as j
from procflow.stored import ORGANISATION
from procflow.stores.heads import read_heads


def what_is_wrong(house: House) -> list[str]:
    """Everything that does not hold, in words."""
    looked = Looked(house)
    found = list(house.wrong)
    for check in _CHECKS:
        found += check(looked)
    return found


def _record(looked: Looked) -> Iterator[str]:
    """The chain, the counters, and every case as its journal folds."""
    for finding in verified(looked.engine, looked.house.evidence).findings:
        yield f"audit: {finding}"
    times = Counter(row.command_id for rows in looked.rows.values() for row in rows)
    yield from (f"{id} was taken {n} times" for id, n in times.items() if n > 1)
    for case in looked.cases:
        rows = looked.rows[case.id]
        for before, row in pairwise(rows):
            if row.at < before.at:
                yield f"case {case.number}: step {row.sequence} is earlier than the one before it"


def _told(looked: Looked) -> Iterator[str]:
    """What people were told fits the journals (R10), and the journals hold nothing else of them."""
    journals = {id: [(row.sequence, row.command_id) for row in rows] for id, rows in looked.rows.items()}
    journals[ORGANISATION] = [(row.sequence, row.command_id) for row in looked.store.journal(ORGANISATION)]
    operations = looked.house.operations
    yield from wrong_in([each for each in operations if each.case], journals)
    where = {id: case for case, rows in journals.items() for _, id in rows}
    accepted = {each.id for each in operations if each.answer in ("accepted", "repeated")}
    for id in accepted:
        if id not in where:
            yield f"{id} was acknowledged and is not there"
    maybe = {each.id for each in operations if each.answer == "unknown"}
    stood = {
        row.command_id: looked.house.stored_at.get((id, row.sequence), (10**9, 0.0))[0]
        for id, rows in looked.rows.items()
        for row in rows
    }
    for each in operations:
        if each.answer in ("refused", "conflict") and stood.get(each.id, 10**9) < each.began:
            yield f"{each.id} was taken, and told {each.answer} when it was asked once more"
    for id in looked.house.asked.keys() & where.keys():
        if id not in accepted | maybe:
            yield f"{id} was never acknowledged, nobody died over it, and it stands in a journal"
        case, command = looked.house.asked[id]
        if command.kind != "open" and where[id] != case:
            yield f"{id} was asked of case {case} and stands in {where[id]}"
    for its, row, taken in looked.entries(j.CommandTaken):
        asked = looked.house.asked.get(row.command_id)
        if asked is None or taken.kind in ("open", "assign"):
            continue
        command = asked[1]
        if (taken.kind, taken.name, taken.by) != (command.kind, command.name, command.by):
            yield f"{row.command_id}: asked was {command.name} by {command.by}, case {its.number} took {taken.name} by {taken.by}"


def _projections(looked: Looked) -> Iterator[str]:
    """What the store keeps beside the journals, against what they fold to."""
    tasks: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    work: Counter[str] = Counter()
    listed = looked.store.tasks(limit=100_000)
    for row in listed:
        tasks[row.case_id].add((row.task, row.kind, row.roles, row.people, row.since))
        if row.kind == "work":
            work.update(row.people)
    late = 0
    for case in looked.cases:
        folded = looked.folded[case.id]
        wanted: set[tuple[Any, ...]] = set()
        for state, task in folded.tasks.items():
            if task.suspended is None:
                roles = () if task.claimed_by or task.allotted else task.roles
                people = (task.claimed_by,) if task.claimed_by else task.people
                wanted.add((state, "work", roles, people, task.since))
        wanted |= {
            (key, item.kind, item.roles, item.people, item.since)
            for key, item in folded.items.items()
            if item.kind != "kept"
        }
        if tasks[case.id] != wanted:
            yield f"case {case.number}: its tasks are {sorted(map(str, tasks[case.id]))}, and its journal says {sorted(map(str, wanted))}"
        if case.closed != (folded.closed is not None):
            yield f"case {case.number}: it is closed here and not there"
        late += bool(folded.missed) and not case.closed
    if looked.store.counts()["late"] != late:
        yield f"the counter says {looked.store.counts()['late']} late, the journals say {late}"
    people = looked.house.scene.people
    kept = dict(looked.store.work_of(people))
    if kept != {one: work[one] for one in people}:
        yield f"the counters of work are {kept}, the tasks say {dict(work)}"
    queues: Counter[tuple[str, str]] = Counter()
    for row in listed:
        queues.update([*((role, "") for role in row.roles), *(("", one) for one in row.people)])
    for queue in looked.store.queues(looked.now, looked.now + timedelta(days=1)):
        if (queue.role or queue.person) and queue.work + queue.items != queues[queue.role, queue.person]:
            yield f"the queue of {queue.role or queue.person} counts {queue.work + queue.items}, and {queues[queue.role, queue.person]} stand in it"


def _kept_apart(looked: Looked) -> Iterator[str]:
    """Nothing personal in clear; a key for each case and message; every head sealed; every refusal in the access log."""
    slots = Counter(case.key_slot for case in looked.cases)
    opened_by = {looked.rows[case.id][0].command_id for case in looked.cases}
    for state in ("new", "taken", "unmatched", "ignored"):
        for message in looked.store.messages(state, 10_000):
            if message.id not in opened_by:
                slots[message.key_slot] += 1
            if b"customer.example" in message.content or b"token-" in message.content:
                yield f"the message {message.id} stands there in clear"
    yield from (f"{n} have the key of slot {slot}" for slot, n in slots.items() if n > 1)
    for case in looked.cases:
        effects = looked.store.effects(case.id)
        written = [case.snapshot, *(row.entries for row in looked.rows[case.id])]
        written += [bytes(part) for effect in effects for part in (effect.parameters, effect.wire or b"")]
        if any(b"customer.example" in one or b"word-" in one for one in written):
            yield f"case {case.number}: something personal stands in clear"
    looked.store.seal_heads(looked.now)
    heads = {
        case: head for _, _, _, content in looked.store.seals() for case, _, head in read_heads(content).heads
    }
    for case in looked.cases:
        if heads.get(case.id) != case.head:
            yield f"case {case.number}: its head was not sealed"
    log = Counter(
        (each["person"], each["what"], each["case_id"], each["code"])
        for _, _, _, each in looked.store.access_log()
    )
    for refused, times in Counter(looked.house.refused).items():
        if log[refused] < times:
            yield f"it was refused {times} times and stands in the access log {log[refused]} times: {refused}"


_CHECKS = (_record, _told, _projections, _kept_apart, *TIME, *OUTSIDE, *RULES)
