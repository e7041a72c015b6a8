"""32 people through one process, each in a thread with a workspace of their own as in `procflow serve`, against bare
SQLite that commits the statements of 32 steps at a time: nothing that answers so many can flush less often.

Beside it stands one person alone, in the same run: what going along with others' flushes is worth.
"""

from __future__ import annotations

import gc
import os
import shutil
import statistics
import tempfile
import time
from threading import Barrier, Thread

from benchmarks.report import Result, flush_probe
from benchmarks.step_bench import engine_on, prepare, recorded, step
from procflow.cli import COLLECT_AT
from procflow.engine import Engine
from procflow.stores.sqlite import SqliteStore

PEOPLE, ROUNDS, EACH = 32, 8, 8
#: How much faster than one person alone 32 of them should be.
TIMES = 2.0


class People:
    """Threads that take their steps when told; each on cases of its own."""

    def __init__(self, folder: str) -> None:
        self.flushes = 0
        self._ready, self._starts = Barrier(PEOPLE + 1), Barrier(PEOPLE + 1)
        self._read: tuple[dict[str, object], ...] = ({}, {}, {})
        self._threads = [Thread(target=self._work, args=(folder, n)) for n in range(PEOPLE)]
        for thread in self._threads:
            thread.start()
        self._ready.wait()  # all have opened the store

    def _work(self, folder: str, person: int) -> None:
        engine = engine_on(folder)
        engine.share(*self._read)  # type: ignore[arg-type]
        engine.surroundings()
        engine.store._connection.set_commit_hook(self._flushed)  # type: ignore[attr-defined]
        self._ready.wait()
        for r in range(ROUNDS + 1):
            self._starts.wait()
            for n in of_round(r)[person * EACH : (person + 1) * EACH]:
                step(engine, n)
            self._ready.wait()
        engine.store.close()

    def _flushed(self) -> bool:
        self.flushes += 1
        return False

    def round(self) -> float:
        """Seconds until everybody has taken their steps."""
        self._starts.wait()
        begun = time.perf_counter()
        self._ready.wait()
        return time.perf_counter() - begun

    def go(self) -> None:
        for thread in self._threads:
            thread.join()


def of_round(r: int) -> range:
    """The cases whose turn it is in a round."""
    return range(r * PEOPLE * EACH + 1, (r + 1) * PEOPLE * EACH + 1)


def run() -> Result:
    with tempfile.TemporaryDirectory(prefix="procflow-bench-") as folder:
        made = os.path.join(folder, "made")
        os.mkdir(made)
        count = PEOPLE * EACH
        prepare(made, (ROUNDS + 1) * count)
        copies = {name: os.path.join(folder, name) for name in ("trace", "ours", "alone", "bare")}
        for target in copies.values():
            shutil.copytree(made, target)
        statements = recorded(copies["trace"], range(1, (ROUNDS + 1) * count + 1))
        alone, bare = engine_on(copies["alone"]), SqliteStore(os.path.join(copies["bare"], "cases.db"))
        execute, gate = bare._execute, bare._gate
        assert gate is not None

        def replay(first: int) -> None:
            gate.acquire()
            execute("BEGIN IMMEDIATE")
            for n in range(first, first + PEOPLE):
                for sql, bindings in statements[n - 1]:
                    execute(sql, bindings)
            execute("COMMIT")
            gate.release()

        def by_one(engine: Engine, r: int) -> float:
            begun = time.perf_counter()
            for n in of_round(r):
                step(engine, n)
            return time.perf_counter() - begun

        def raw(r: int) -> float:
            begun = time.perf_counter()
            for n in of_round(r)[::PEOPLE]:
                replay(n)
            return time.perf_counter() - begun

        people = People(copies["ours"])
        gc.set_threshold(COLLECT_AT)  # as in every process of procflow
        gc.collect()
        gc.freeze()
        probes, rounds = [flush_probe(folder)], []
        for r in range(ROUNDS + 1):
            flushed = people.flushes
            rounds.append((people.round(), raw(r), by_one(alone, r), people.flushes - flushed))
        gc.unfreeze()
        people.go()
        probes.append(flush_probe(folder))
        alone.store.close()
        bare.close()
    del rounds[0]  # warm
    ratios = [theirs / ours for ours, theirs, _, _ in rounds]
    times = statistics.median(single / ours for ours, _, single, _ in rounds)
    ours = statistics.median(r[0] for r in rounds) / count
    return Result(
        "group", statistics.median(ratios), 0.5, "higher", ours,
        statistics.median(r[1] for r in rounds) / count, (min(ratios), max(ratios)), statistics.median(probes),
        {
            "steps a second": f"{1 / ours:,.0f}, {times:.1f} times one person alone (goal: {TIMES:g})",
            "steps in one flush": f"{count / statistics.mean(r[3] for r in rounds):.1f}, the reference {PEOPLE}",
        },
    )  # fmt: skip
