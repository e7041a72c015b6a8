"""A durable step against the same step by others who keep cases durably, each in a process of its own, in turn in one run:
SpiffWorkflow, DBOS on SQLite and on PostgreSQL, Temporal's dev server. `benchmarks.peers` says what a step is."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime

from benchmarks.report import Result, flush_probe
from benchmarks.step_bench import BenchWorld, engine_on, prepare, prepare_documents, step
from procflow.core.decide import Command
from procflow.engine import Engine
from procflow.stores.keys import KeyFile

ROUNDS, OURS, THEIRS = 8, 40, 40


class Peer:
    """One peer at work."""

    def __init__(self, name: str, folder: str, *where: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.peers.{name}", folder, *where],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._said(ROUNDS * THEIRS + THEIRS) == "ready"

    def _said(self, number: int) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(number, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the peer ended: `make bench` installs the peers")
        return line.strip()

    def take(self) -> float:
        """Seconds of one step, by a round of them."""
        return float(self._said(THEIRS)) / THEIRS

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Ours:
    """The engine over one store, with cases that are about to take the step."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._next = 0

    def take(self) -> float:
        begun = time.perf_counter()
        for _ in range(OURS):
            self._next += 1
            step(self.engine, self._next)
        return (time.perf_counter() - begun) / OURS


def compared(name: str, goal: float, ours: Ours, peer: Peer, folder: str) -> Result:
    ours.take(), peer.take()  # warm both
    flush = flush_probe(folder)
    rounds = [(ours.take(), peer.take()) for _ in range(ROUNDS)]
    ratios = [b / a for a, b in rounds]
    mine, theirs = (statistics.median(side) for side in zip(*rounds, strict=True))
    notes = {"steps a second": f"{1 / mine:,.0f} against {1 / theirs:,.0f}"}
    return Result(
        f"peers {name}", statistics.median(ratios), goal, "higher", mine, theirs, (min(ratios), max(ratios)), flush, notes
    )  # fmt: skip


def on_postgres(url: str, folder: str) -> Engine:
    from procflow.stores.postgres import PostgresStore

    world = BenchWorld(datetime(2026, 3, 3, 9, 12, tzinfo=UTC))
    engine = Engine(
        PostgresStore(url, create=True), KeyFile.create(os.path.join(folder, "pg.keys"), world), world
    )
    prepare_documents(engine)
    for n in range(1, (ROUNDS + 1) * OURS + 1):
        engine.keys.refill(n)
        answer = engine.open("bench", Command(f"open-{n}", "open", "bench", "anna"))
        assert answer.accepted, answer.refusal
    return engine


def run() -> list[Result]:
    from procflow.testing.own_postgres import OwnPostgres
    from procflow.testing.own_temporal import OwnTemporal

    results = []
    with ExitStack() as ends:
        folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="procflow-peers-"))
        os.chmod(folder, 0o755)  # PostgreSQL does not run as root, and has to reach its own folder in it
        prepare(folder, 3 * (ROUNDS + 1) * OURS)
        ours = Ours(engine_on(folder))
        ends.callback(ours.engine.store.close)
        for name, goal, module in (
            ("SpiffWorkflow", 10.0, "spiff"), ("DBOS on SQLite", 15.0, "dbos_steps")):  # fmt: skip
            with Peer(module, folder) as peer:
                results.append(compared(name, goal, ours, peer, folder))
        temporal = OwnTemporal(folder)
        temporal.start()
        ends.callback(temporal.stop)
        with Peer("temporal_updates", folder, temporal.address, "1") as peer:
            results.append(compared("Temporal's dev server", 20.0, ours, peer, folder))
        with Peer("temporal_updates", folder, temporal.address, "20") as peer:
            peer.take()  # warm
            many = statistics.median(peer.take() for _ in range(ROUNDS))
        results[-1].notes["updates a second, twenty at once"] = f"{1 / many:,.0f}"
        server = ends.enter_context(OwnPostgres(["synchronous_commit=on"], within=folder))
        theirs = server.make("dbos", "template0")
        on = Ours(on_postgres(server.make("ours", "template0"), folder))
        ends.callback(on.engine.store.close)
        with Peer("dbos_steps", folder, theirs) as peer:
            results.append(compared("DBOS on PostgreSQL", 1.6, on, peer, folder))
    return results
