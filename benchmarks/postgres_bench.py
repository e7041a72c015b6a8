"""A durable step on PostgreSQL against the bare statement that writes the same rows, on the same server in the same run.

The reference replays, on a copy of the same database, the very statements and values that the steps stored themselves
with: prepared, on one connection, each its own transaction, and nothing else. The server is one of its own on a disk, as
it comes from its makers but for its address; both sides take turns.
"""

from __future__ import annotations

import gc
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from benchmarks.report import Result, flush_probe
from benchmarks.step_bench import BenchWorld, prepare_documents, step
from procflow.cli import COLLECT_AT
from procflow.core.decide import Command
from procflow.engine import Engine
from procflow.stores.postgres import PostgresStore
from procflow.stores.postgres_aside import DatabaseKeys
from procflow.testing.own_postgres import OwnPostgres

ROUNDS = 12
STEPS = 60


def engine_on(url: str, keys: str) -> Engine:
    world = BenchWorld(datetime(2026, 3, 3, 9, 12, tzinfo=UTC))
    store = PostgresStore(url, create=True)
    return Engine(store, DatabaseKeys(store, keys, world, create=not os.path.exists(keys)), world)


def end(engine: Engine) -> None:
    engine.keys.close()  # type: ignore[attr-defined]
    engine.store.close()


def prepare(url: str, keys: str, cases: int) -> None:
    """A store with `cases` open cases, all about to take the measured step."""
    engine = engine_on(url, keys)
    prepare_documents(engine)
    for n in range(cases):
        engine.keys.refill(n + 1)
        answer = engine.open("bench", Command(f"open-{n}", "open", "bench", "anna"))
        assert answer.accepted, answer.refusal
    engine.store.write(lambda execute: execute("ANALYZE"))  # type: ignore[attr-defined]
    end(engine)


def recorded(url: str, keys: str, cases: range) -> list[tuple[str, Any]]:
    """The statement and values that each step stored itself with."""
    engine = engine_on(url, keys)
    store: Any = engine.store
    found: list[tuple[str, Any]] = []
    run: Callable[..., Any] = store._run

    def watched(sql: str, values: Any = ()) -> Any:
        if sql.startswith("WITH moved"):
            found.append((sql, values))
        return run(sql, values)

    store._run = watched
    for n in cases:
        step(engine, n)
    end(engine)
    assert len(found) == len(cases)
    return found


def run() -> Result:
    with tempfile.TemporaryDirectory(prefix="procflow-bench-") as folder:
        os.chmod(folder, 0o755)
        with OwnPostgres(("autovacuum=on", "shared_buffers=128MB"), within=folder) as server:
            total, keys = ROUNDS * STEPS, os.path.join(folder, "cases.keys")
            prepare(server.make("made"), keys, total + STEPS)
            urls = {name: server.make(name, "made") for name in ("trace", "ours", "bare")}
            statements = recorded(urls["trace"], keys, range(1, total + STEPS + 1))
            engine, bare = engine_on(urls["ours"], keys), PostgresStore(urls["bare"])
            cursor = bare._cursor

            def replay(n: int) -> None:
                sql, values = statements[n - 1]
                cursor.execute(sql.encode(), values).fetchall()

            for n in range(total + 1, total + STEPS + 1):  # warm both
                step(engine, n)
                replay(n)
            gc.set_threshold(COLLECT_AT)  # as in every process of procflow
            gc.collect()
            gc.freeze()
            rounds, probes = [], [flush_probe(folder)]
            for r in range(ROUNDS):
                numbers = range(r * STEPS + 1, (r + 1) * STEPS + 1)
                start = time.perf_counter()
                for n in numbers:
                    step(engine, n)
                middle = time.perf_counter()
                for n in numbers:
                    replay(n)
                rounds.append(((middle - start) / STEPS, (time.perf_counter() - middle) / STEPS))
            gc.unfreeze()
            probes.append(flush_probe(folder))
            version = bare.about.version
            end(engine)
            bare.close()
    ours = statistics.median(a for a, _ in rounds)
    raw = statistics.median(b for _, b in rounds)
    ratios = [b / a for a, b in rounds]
    return Result(
        "postgres", statistics.median(ratios), 0.7, "higher", ours, raw, (min(ratios), max(ratios)),
        statistics.median(probes),
        {"above the reference": f"{(ours - raw) * 1e6:,.0f} µs a step", "server": f"PostgreSQL {version}"},
    )  # fmt: skip
