"""A durable step against the same step by others who keep cases durably, each in a process of its own, in turn in one run:
SpiffWorkflow, DBOS on SQLite and on PostgreSQL, Temporal's dev server. `benchmarks.peers` says what a step is.

Each is asked twice: with the small procedure of `step`, and with one of the size of those that come with procflow, whose
cases go all the way to their end. What became of a case is compared before anything is said of it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers.procedures import CLAIM, SMALL, Procedure
from benchmarks.report import Result, flush_probe
from benchmarks.step_bench import BenchWorld, prepare_documents
from procflow.core import journal as j
from procflow.core.decide import Command
from procflow.core.procedure import procedure_to_json
from procflow.definitions.build import build_procedure
from procflow.definitions.reader import read
from procflow.engine import Engine
from procflow.stores.keys import KeyFile
from procflow.stores.sqlite import SqliteStore

#: Rounds, and how many cases of each procedure go through its steps in one: forty steps either way.
ROUNDS, CASES = 8, {SMALL.name: 40, CLAIM.name: 5}
_OWN_NAME = {SMALL.name: "bench", CLAIM.name: "claim"}
_DOCUMENT = Path(__file__).parent / "peers" / "claim.yaml"


class Peer:
    """One peer at work on one procedure."""

    def __init__(self, name: str, procedure: Procedure, folder: str, *where: str) -> None:
        self._procedure = procedure
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.peers.{name}", procedure.name, folder, *where],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._said((ROUNDS + 1) * CASES[procedure.name]) == "ready"

    def _said(self, order: object) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(order, file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the peer ended: `make bench` installs the peers")
        return line.strip()

    def take(self) -> float:
        """Seconds of one step, by a round of them."""
        count = CASES[self._procedure.name]
        return float(self._said(count)) / (count * len(self._procedure.path))

    def show(self, number: int) -> Any:
        """What a case is now."""
        return json.loads(self._said(f"show {number}"))

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
    """The engine over one store, with cases that are about to go through the steps."""

    def __init__(self, engine: Engine, procedure: Procedure, cases: range) -> None:
        self.engine, self._procedure, self._left = engine, procedure, iter(cases)
        self.last = 0

    def take(self) -> float:
        mine = [next(self._left) for _ in range(CASES[self._procedure.name])]
        submit = self.engine.submit
        begun = time.perf_counter()
        for n, (name, given) in enumerate(self._procedure.path):
            for number in mine:
                answer = submit(number, Command(f"step-{number}-{n}", "choice", name, "anna", given))
                assert answer.accepted, answer.refusal
        taken = time.perf_counter() - begun
        self.last = mine[-1]
        return taken / (len(mine) * len(self._procedure.path))

    def show(self, number: int) -> Any:
        case = self.engine.load(number).plain
        asked = [
            entry.parameters.value
            for _, entries in self.engine.journal(number)
            for entry in entries
            if isinstance(entry, j.EffectRequested)
        ]
        data = {
            name: value.isoformat() if isinstance(value, date) else value for name, value in case.data.items()
        }
        return {"state": case.outcome or case.active[0], "data": data, "mails": asked}


def _same(ours: Any, number: int, theirs: Any, other: int) -> bool:
    """Whether two cases came to the same, but for their numbers."""
    for case, own in ((ours, number), (theirs, other)):
        for mail in case["mails"]:
            assert mail["subject"] == f"Case {own}", mail
            mail["subject"] = "Case"
    return bool(ours == theirs)


def compared(name: str, goal: float, procedure: Procedure, ours: Ours, peer: Peer, folder: str) -> Result:
    ours.take(), peer.take()  # warm both
    flush = flush_probe(folder)
    rounds = [(ours.take(), peer.take()) for _ in range(ROUNDS)]
    last = (ROUNDS + 1) * CASES[procedure.name]
    mine, theirs = ours.show(ours.last), peer.show(last)
    assert _same(mine, ours.last, theirs, last), (mine, theirs)
    ratios = [b / a for a, b in rounds]
    one, other = (statistics.median(side) for side in zip(*rounds, strict=True))
    notes = {"steps a second": f"{1 / one:,.0f} against {1 / other:,.0f}"}
    called = f"peers {name}" if procedure is SMALL else f"peers {name}, a claim"
    return Result(
        called, statistics.median(ratios), goal, "higher", one, other, (min(ratios), max(ratios)), flush, notes
    )  # fmt: skip


def opened(engine: Engine, procedure: Procedure, peers: int) -> Iterator[Ours]:
    """For each of so many peers: cases of the procedure that are about to go through its steps."""
    each = (ROUNDS + 1) * CASES[procedure.name]
    for n in range(peers):
        numbers = []
        for place in range(n * each, (n + 1) * each):
            engine.keys.refill(engine.store.next_slot())
            command = Command(f"open-{procedure.name}-{place}", "open", _OWN_NAME[procedure.name], "anna")
            answer = engine.open(_OWN_NAME[procedure.name], command)
            assert answer.accepted, answer.refusal
            numbers.append(answer.number)
        yield Ours(engine, procedure, range(numbers[0], numbers[-1] + 1))


def engine_over(store: Any, keys: str) -> Engine:
    """An engine with both procedures in force."""
    world = BenchWorld(datetime(2026, 3, 3, 9, 12, tzinfo=UTC))
    engine = Engine(store, KeyFile.create(keys, world), world)
    prepare_documents(engine)
    document, unread = read(_DOCUMENT.read_text(encoding="utf-8"), _DOCUMENT.name)
    assert document is not None, unread
    claim, problems = build_procedure(document, _DOCUMENT.name, {}, ("en",), "Europe/Copenhagen")
    assert claim is not None and not problems, problems
    engine.store.publish([("c", "procedure", "claim", procedure_to_json(claim))], world.now())
    return engine


def run() -> list[Result]:
    from procflow.stores.postgres import PostgresStore
    from procflow.testing.own_postgres import OwnPostgres
    from procflow.testing.own_temporal import OwnTemporal

    results = []
    with ExitStack() as ends:
        folder = ends.enter_context(tempfile.TemporaryDirectory(prefix="procflow-peers-"))
        os.chmod(folder, 0o755)  # PostgreSQL does not run as root, and has to reach its own folder in it
        store = SqliteStore(os.path.join(folder, "cases.db"), create=True)
        ends.callback(store.close)
        engine = engine_over(store, os.path.join(folder, "cases.keys"))
        temporal = OwnTemporal(folder)
        temporal.start()
        ends.callback(temporal.stop)
        server = ends.enter_context(OwnPostgres(["synchronous_commit=on"], within=folder))
        on_server = PostgresStore(server.make("ours", "template0"), create=True)
        ends.callback(on_server.close)
        on_postgres = engine_over(on_server, os.path.join(folder, "pg.keys"))
        peers: list[tuple[str, float, str, tuple[str, ...]]] = [
            ("SpiffWorkflow", 10.0, "spiff", ()),
            ("SpiffWorkflow, specification aside", 10.0, "spiff", ("aside",)),
            ("DBOS on SQLite", 15.0, "dbos_steps", ()),
            ("Temporal's dev server", 20.0, "temporal_updates", (temporal.address, "1")),
        ]
        for procedure in (SMALL, CLAIM):
            all_ours = opened(engine, procedure, len(peers))
            for (name, goal, module, where), ours in zip(peers, all_ours, strict=True):
                with Peer(module, procedure, folder, *where) as peer:
                    results.append(compared(name, goal, procedure, ours, peer, folder))
            with Peer("temporal_updates", procedure, folder, temporal.address, "20") as peer:
                peer.take()  # warm
                many = statistics.median(peer.take() for _ in range(ROUNDS))
            at_once = min(20, CASES[procedure.name])
            results[-1].notes[f"updates a second, {at_once} at once"] = f"{1 / many:,.0f}"
            theirs = server.make(f"dbos_{procedure.name}", "template0")
            (ours,) = opened(on_postgres, procedure, 1)
            with Peer("dbos_steps", procedure, folder, theirs) as peer:
                results.append(compared("DBOS on PostgreSQL", 1.6, procedure, ours, peer, folder))
    return results
