"""A durable step against a bare transaction that writes the same rows and bytes behind the same lock.

The reference replays, on a copy of the same store, the very statements and bindings that the step's
transaction executed: prepared statements, the gate, BEGIN IMMEDIATE, COMMIT, and nothing else.
"""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import tempfile
import time
from datetime import UTC, datetime
from typing import Any

from benchmarks.report import Result, flush_probe
from procflow.builtin.world import FrozenWorld, RealWorld
from procflow.cli import COLLECT_AT
from procflow.core.decide import Command
from procflow.core.organisation import Organisation
from procflow.core.procedure import procedure_to_json
from procflow.definitions.build import build_procedure
from procflow.definitions.documents import build_organisation
from procflow.definitions.reader import read
from procflow.engine import Engine
from procflow.stores.keys import KeyFile
from procflow.stores.sqlite import SqliteStore

ROUNDS = 12
STEPS = 60

ORGANISATION = """
organisation: bench
timezone: Europe/Copenhagen
languages: [en]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: []
roles: {agent: {en: Agent}}
people: {anna: {name: Anna Test, roles: [agent], mail: anna@example.com}}
mailboxes: {main: main@example.com}
"""

PROCEDURE = """
procedure: bench
title: {en: Bench}
owner: agent
starts: [{by: agent}]
correlate: [phone]
data:
  phone: {type: phone, pii: true}
  wish: {type: string, minLength: 5, pii: true}
  carrier: {enum: [A, B, C]}
initial: asked
states:
  asked:
    task: {role: agent}
    choices:
      register:
        ask: [phone, wish, carrier]
        when: 'carrier != "C" && size(wish) > 4'
        to: working
  working:
    entry:
      - mail.send: {to: "${mailbox('main')}", subject: "Case ${case.number}", text: "${wish}"}
    task: {role: agent}
    choices: {done: {to: ended}}
  ended: {final: true}
deadlines:
  answered: {starts: entering working, within: 4 working days, met: choice done, warn: {at: "75%", do: [{notify: {role: agent}}]}}
promises:
  settles: {says: It ends., after: 'state("working")', eventually: 'closed()'}
"""


class BenchWorld(FrozenWorld):
    """Time stands still, so that every run takes the same steps; randomness is the machine's, as in every process."""

    random_bytes = RealWorld.random_bytes


def engine_on(folder: str, *, create: bool = False) -> Engine:
    world = BenchWorld(datetime(2026, 3, 3, 9, 12, tzinfo=UTC))
    keys = os.path.join(folder, "cases.keys")
    ring = KeyFile.create(keys, world) if create else KeyFile(keys, world)
    return Engine(SqliteStore(os.path.join(folder, "cases.db"), create=create), ring, world)


def prepare(folder: str, cases: int) -> None:
    """A store with `cases` open cases, all about to take the measured step."""
    engine = engine_on(folder, create=True)
    prepare_documents(engine)
    for n in range(cases):
        engine.keys.refill(n + 1)
        answer = engine.open("bench", Command(f"open-{n}", "open", "bench", "anna"))
        assert answer.accepted, answer.refusal
    engine.store.close()


def prepare_documents(engine: Engine) -> None:
    """Put the procedure and the organisation in force."""
    document, unread = read(ORGANISATION, "organisation.yaml")
    assert document is not None, unread
    organisation, problems = build_organisation(document, "organisation.yaml")
    assert organisation is not None, problems
    document, unread = read(PROCEDURE, "procedure.yaml")
    assert document is not None, unread
    procedure, problems = build_procedure(document, "procedure.yaml", {}, ("en",), "Europe/Copenhagen")
    assert procedure is not None and not problems, problems
    store = engine.store
    organisation_bytes = Organisation.to_json(organisation)
    documents = [
        ("p", "procedure", "bench", procedure_to_json(procedure)),
        ("o", "organisation", "bench", organisation_bytes),
    ]
    store.publish(documents, engine.world.now())
    engine.publish_surroundings("publish", "o", {})


def step(engine: Engine, n: int) -> None:
    given = {"phone": "+4571999901", "wish": f"take the glass cover off policy {n}", "carrier": "A"}
    answer = engine.submit(n, Command(f"step-{n}", "choice", "register", "anna", given))
    assert answer.accepted, answer.refusal


def recorded(folder: str, cases: range) -> list[list[tuple[str, Any]]]:
    """The statements of each step's transaction, as the store executed them."""
    engine = engine_on(folder)
    connection: Any = engine.store._connection  # type: ignore[attr-defined]
    found: list[list[tuple[str, Any]]] = []
    inside: list[list[tuple[str, Any]]] = []

    def trace(cursor: Any, sql: str, bindings: Any) -> bool:
        if sql.startswith("BEGIN"):
            inside.append([])
        elif sql.startswith("COMMIT"):
            found.append(inside.pop())
        elif inside:
            inside[-1].append((sql, bindings))
        return True

    connection.exec_trace = trace
    for n in cases:
        step(engine, n)
    connection.exec_trace = None
    engine.store.close()
    return found


def three_rows(path: str, count: int) -> float:
    """Seconds of one plain transaction of three rows, for comparison."""
    import apsw

    connection = apsw.Connection(path)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    for name in ("a", "b", "c"):
        connection.execute(f"CREATE TABLE IF NOT EXISTS {name} (id INTEGER PRIMARY KEY, data BLOB)")
    execute = connection.cursor().execute
    data = b"x" * 300
    start = time.perf_counter()
    for _ in range(count):
        execute("BEGIN IMMEDIATE")
        for name in ("a", "b", "c"):
            execute(f"INSERT INTO {name} (data) VALUES (?)", (data,))
        execute("COMMIT")
    taken = (time.perf_counter() - start) / count
    connection.close()
    return taken


def run() -> Result:
    with tempfile.TemporaryDirectory(prefix="procflow-bench-") as folder:
        made = os.path.join(folder, "made")
        os.mkdir(made)
        total = ROUNDS * STEPS
        prepare(made, total + STEPS)
        copies = {name: os.path.join(folder, name) for name in ("trace", "ours", "bare")}
        for target in copies.values():
            shutil.copytree(made, target)
        statements = recorded(copies["trace"], range(1, total + STEPS + 1))
        engine = engine_on(copies["ours"])
        bare = SqliteStore(os.path.join(copies["bare"], "cases.db"))
        execute, gate = bare._execute, bare._gate
        assert gate is not None

        def replay(n: int) -> None:
            gate.acquire()
            execute("BEGIN IMMEDIATE")
            for sql, bindings in statements[n - 1]:
                execute(sql, bindings)
            execute("COMMIT")
            gate.release()

        for n in range(total + 1, total + STEPS + 1):  # warm both
            step(engine, n)
            replay(n)
        gc.set_threshold(COLLECT_AT)  # as in every process of procflow
        gc.collect()
        gc.freeze()  # what the benchmark itself holds must not cost either side the collector's time
        rounds = []
        probes = [flush_probe(folder)]
        for r in range(ROUNDS):
            numbers = range(r * STEPS + 1, (r + 1) * STEPS + 1)
            start = time.perf_counter()
            for n in numbers:
                step(engine, n)
            middle = time.perf_counter()
            for n in numbers:
                replay(n)
            end = time.perf_counter()
            rounds.append(((middle - start) / STEPS, (end - middle) / STEPS))
        gc.unfreeze()
        probes.append(flush_probe(folder))
        plain = three_rows(os.path.join(folder, "plain.db"), 300)
        engine.store.close()
        bare.close()
    ours = statistics.median(a for a, _ in rounds)
    raw = statistics.median(b for _, b in rounds)
    ratios = [b / a for a, b in rounds]
    flush = statistics.median(probes)
    return Result(
        "step", statistics.median(ratios), 0.5 if flush < 0.0002 else 0.9, "higher", ours, raw,
        (min(ratios), max(ratios)), flush,
        {
            "above the reference": f"{(ours - raw) * 1e6:,.0f} µs a step",
            "plain transaction of three rows": f"{plain * 1e6:,.0f} µs",
        },
    )  # fmt: skip
