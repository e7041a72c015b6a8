"""What a million cases cost: a step, the inbox, the next deadline, the counters and the start of a command, each with a
store of `SCALE_CASES` open cases (a million) against one of ten thousand in the same run; and the memory of the process
that fills it, which takes a step for each case.

All cases are opened and stepped by the engine itself, many in one flush. A tenth of them have a deadline that runs and a
mail that waits; the steps that are measured stand all over the store.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from benchmarks.report import Result, flush_probe
from benchmarks.step_bench import engine_on, prepare_documents, step
from procflow.app import App
from procflow.cli import COLLECT_AT
from procflow.core.decide import Command
from procflow.engine import Engine

CASES = int(os.environ.get("SCALE_CASES", "1000000"))
FEW = 10_000
ROUNDS, STEPS, READS, STARTS = 12, 60, 40, 1
GOAL = 1.25
#: Of so many cases one has been stepped: its deadline runs and its mail waits.
STEPPED = 10
TOGETHER = 500
#: From one measured case to the next; a prime, so that each is met once.
STRIDE = 7_919
#: Memory is compared between here and the end: before it, the caches of an engine are still filling.
SETTLED = 0.2


def resident() -> int:
    """Bytes of this process that are in memory."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def fill(folder: str, cases: int, told: Callable[[int, int], None]) -> None:
    """A workspace of so many open cases; `told(steps taken, bytes resident)` now and then."""
    engine = engine_on(folder, create=True)
    prepare_documents(engine)
    with open(os.path.join(folder, "procflow.toml"), "w", encoding="utf-8") as file:
        file.write('store = "sqlite:cases.db"\nlanguage = "en"\n')
    taken = 0
    for first in range(1, cases + 1, TOGETHER):
        engine.keys.refill(first + TOGETHER)
        with engine.store.together():
            for n in range(first, min(first + TOGETHER, cases + 1)):
                answer = engine.open("bench", Command(f"open-{n}", "open", "bench", "anna"))
                assert answer.accepted, answer.refusal
                taken += 1
                if n % STEPPED == 0:
                    step(engine, n)
                    taken += 1
        told(taken, resident())
    engine.store.close()


class Side:
    """One of the two stores, with an order in which its cases are stepped."""

    def __init__(self, folder: str, cases: int) -> None:
        self.folder = folder
        self.engine: Engine = engine_on(folder)
        self.app = App(folder)
        everywhere = (n * STRIDE % cases + 1 for n in range(cases))
        self._next = iter([n for n in everywhere if n % STEPPED])

    def step(self) -> None:
        step(self.engine, next(self._next))

    def inbox(self) -> None:
        assert len(self.app.whole_inbox("anna", limit=50).mine) == 50

    def next_deadline(self) -> None:
        store = self.engine.store
        assert store.next_due() is not None
        assert store.due(datetime(2026, 3, 20, tzinfo=UTC), 20)

    def counters(self) -> None:
        now = self.engine.world.now()
        assert self.engine.store.counts() and self.engine.store.queues(now, now + timedelta(days=1))

    def start(self) -> None:
        subprocess.run(
            [sys.executable, "-m", "procflow", "--workspace", self.folder, "case", "5", "--json"],
            check=True, capture_output=True, env={**os.environ, "PROCFLOW_AS": "anna"},
        )  # fmt: skip

    def close(self) -> None:
        self.engine.store.close()
        self.app.close()


def seconds(one: Callable[[], None], times: int) -> float:
    begun = time.perf_counter()
    for _ in range(times):
        one()
    return (time.perf_counter() - begun) / times


def run() -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="procflow-scale-") as folder:
        few, many = os.path.join(folder, "few"), os.path.join(folder, "many")
        os.mkdir(few)
        os.mkdir(many)
        fill(few, FEW, lambda *_: None)
        memory: list[tuple[int, int]] = []
        begun = time.perf_counter()
        fill(many, CASES, lambda *now: memory.append(now))
        filled = time.perf_counter() - begun
        size = os.path.getsize(os.path.join(many, "cases.db"))
        gc.set_threshold(COLLECT_AT)
        gc.collect()
        gc.freeze()
        sides = Side(many, CASES), Side(few, FEW)
        results = [_memory(memory)]
        notes = {
            "cases": f"{CASES:,}, {size / 1e6:,.0f} MB; filled by {memory[-1][0]:,} steps of the engine in "
            f"{filled:,.0f} s, {memory[-1][0] / filled:,.0f} a second"
        }
        for name, times in (("step", STEPS), ("inbox", READS), ("next_deadline", READS), ("counters", READS),
                            ("start", STARTS)):  # fmt: skip
            probe = flush_probe(folder)
            ours, reference = (getattr(side, name) for side in sides)
            for one in (ours, reference):
                seconds(one, times)  # warm
            rounds = [(seconds(ours, times), seconds(reference, times)) for _ in range(ROUNDS)]
            ratios = [a / b for a, b in rounds]
            results.append(
                Result(
                    f"scale {name.replace('_', ' ')}", statistics.median(ratios), GOAL, "lower",
                    statistics.median(a for a, _ in rounds), statistics.median(b for _, b in rounds),
                    (min(ratios), max(ratios)), probe, notes if name == "step" else {},
                )
            )  # fmt: skip
        gc.unfreeze()
        for side in sides:
            side.close()
    return results


def _memory(told: list[tuple[int, int]]) -> Result:
    """The bytes at the end against those when the caches were full; the medians are bytes, not seconds."""
    settled = [at for at in told if at[0] >= told[-1][0] * SETTLED]
    first, last = settled[0], settled[-1]
    ratios = [size / first[1] for _, size in settled]
    return Result(
        "scale memory", last[1] / first[1], 1.05, "lower", 0.0, 0.0, (min(ratios), max(ratios)), 0.0,
        {"of the process": f"{first[1] / 1e6:,.1f} MB after {first[0]:,} steps, {last[1] / 1e6:,.1f} MB after {last[0]:,}"},
    )  # fmt: skip
