"""The same work gives the same record, byte for byte, on every store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from procflow.builtin.world import FrozenWorld
from procflow.core.decide import Command
from procflow.hosts.contract import CADENCE, MORNING
from procflow.ports import Keys, Store
from procflow.stores.evidence import MemoryEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore
from procflow.stores.postgres import PostgresStore
from procflow.stores.sqlite import SqliteStore
from procflow.testing import LocalHouse


def days_of_work(make: Callable[[], Store]) -> dict[str, Any]:
    """Two cases over days: calls, mails, a deadline missed, a refusal; -> everything that the store keeps of it."""
    world = FrozenWorld(MORNING)
    keys: Keys = MemoryKeys(world)
    store = make()
    house = LocalHouse(store, keys, MemoryEvidence(keys), world)
    house.publish(CADENCE)
    given = {"kn": "104233", "email": "mette@customer.example"}
    cases = [
        house.open("cadence", Command(f"o-{n}", "open", "cadence", "ann", given)).case_id for n in range(2)
    ]
    for day in range(3):
        house.submit(cases[0], Command(f"a-{day}", "choice", "no_answer", "ann"))
        house.advance(timedelta(hours=2))
        house.submit(cases[0], Command(f"b-{day}", "choice", "no_answer", "bob"))
        house.advance(timedelta(hours=22))
    assert not house.submit(cases[1], Command("no", "choice", "nothing", "ann")).accepted
    house.advance(timedelta(days=9))
    house.submit(cases[1], Command("end", "choice", "reached", "liz"))
    house.submit(cases[1], Command("end-2", "choice", "reached", "ann"))
    store.seal_heads(house.now())
    until = house.now() + timedelta(days=1)
    kept = {
        "journal": [list(store.journal(case)) for case in (*cases, "organisation")],
        "cases": store.cases(),
        "tasks": store.tasks(),
        "queues": store.queues(house.now(), until),
        "effects": [store.effects(case) for case in cases],
        "due": [store.next_due(), store.next_effect(), store.due(until)],
        "access": list(store.access_log()),
        "counts": dict(store.counts()),
        "heads": [content.split(b"\n")[1:] for _, _, _, content in store.seals()],
    }
    assert store.self_check() == []
    store.close()
    return kept


def test_days_of_work_leave_the_same_record_in_memory_on_sqlite_and_on_postgresql(
    tmp_path: Path, postgres: Any
) -> None:
    in_memory = days_of_work(MemoryStore)
    assert sum(map(len, in_memory["journal"])) >= 20 and in_memory["access"]
    assert days_of_work(lambda: SqliteStore(str(tmp_path / "cases.db"), create=True)) == in_memory
    assert days_of_work(lambda: PostgresStore(postgres.url())) == in_memory
