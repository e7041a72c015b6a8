"""The inbox and a step over HTTP with 100,000 open cases, against bare Starlette in the same run: one read of the same
rows, and one raw durable transaction that executes the very statements of the same step.

Both servers run in a process of their own, under the same uvicorn, and are asked by the same client over kept
connections. `DESK_CASES` says how many cases there are.
"""

from __future__ import annotations

import http.client
import json
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from threading import Thread

from benchmarks.desk_screen import fill_desk, in_words, key_to_screen
from benchmarks.report import Result, flush_probe
from benchmarks.step_bench import engine_on, prepare_documents, recorded
from procflow.core.decide import Command

CASES = int(os.environ.get("DESK_CASES", "100000"))
ROUNDS, READS, STEPS, CLIENTS = 6, 240, 120, 4
#: What each server is asked for.
LOOKS = {"ours": "/api/inbox?limit=50", "bare": "/inbox"}
STEPPED = {"ours": "/api/cases/{case}/choices/register", "bare": "/step/{case}"}
GIVEN = {"phone": "+4571999901", "wish": "take the glass cover off the policy", "carrier": "A"}

#: One request: (connection, the number of it) -> the status of its answer.
Ask = Callable[[http.client.HTTPConnection, int], int]


def fill(folder: str) -> None:
    """A workspace with open cases, all about to take the measured step."""
    engine = engine_on(folder, create=True)
    prepare_documents(engine)
    with open(os.path.join(folder, "procflow.toml"), "w", encoding="utf-8") as file:
        file.write('store = "sqlite:cases.db"\nlanguage = "en"\n')
    for first in range(1, CASES + 1, 500):
        engine.keys.refill(first + 500)
        with engine.store.together():
            for n in range(first, min(first + 500, CASES + 1)):
                answer = engine.open("bench", Command(f"open-{n}", "open", "bench", "anna"))
                assert answer.accepted, answer.refusal
    engine.store.close()


class Server:
    """One of the two servers in a process of its own."""

    def __init__(self, kind: str, folder: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.desk_servers", kind, folder], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)


def asked(port: int, count: int, one: Ask) -> tuple[float, list[float]]:
    """(requests a second, seconds of each) of `count` requests by some clients at once."""
    taken: list[float] = []
    wrong: list[int] = []

    def client(which: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for n in range(which, count, CLIENTS):
            begun = time.perf_counter()
            status = one(connection, n)
            taken.append(time.perf_counter() - begun)
            if status >= 400:
                wrong.append(status)
        connection.close()

    threads = [Thread(target=client, args=(which,)) for which in range(CLIENTS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    assert not wrong, wrong[:5]
    return count / seconds, taken


def _answered(connection: http.client.HTTPConnection) -> int:
    answer = connection.getresponse()
    answer.read()
    return answer.status


def _read(path: str) -> Ask:
    def one(connection: http.client.HTTPConnection, n: int) -> int:
        connection.request("GET", path)
        return _answered(connection)

    return one


def _step(path: str, first: int) -> Ask:
    """A step of one case after the other, from the case `first` on."""
    body, json_kind = json.dumps({"with": GIVEN}), {"content-type": "application/json"}

    def one(connection: http.client.HTTPConnection, n: int) -> int:
        connection.request("POST", path.format(case=first + n), body, json_kind)
        return _answered(connection)

    return one


def _busy(look: Ask, work: Ask) -> Ask:
    """One client works while the others look, so that what they see changes all the time."""
    return lambda connection, n: look(connection, n) if n % CLIENTS else work(connection, n // CLIENTS)


def run() -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="procflow-bench-") as folder:
        servers = _started(folder)
        probes = [flush_probe(folder)]
        figures = _Figures()
        try:
            for r in range(ROUNDS + 1):
                found = _round(servers, r)
                if r > 0:  # the first one warms
                    figures.take(found)
        finally:
            for server in servers.values():
                server.stop()
        screen = _screen(os.path.join(folder, "desk"))
        probes.append(flush_probe(folder))
    return figures.results(statistics.median(probes), screen)


def _started(folder: str) -> dict[str, Server]:
    """Both servers, each on a copy of the same cases; the bare one knows the statements of every step to come."""
    made = os.path.join(folder, "made")
    os.mkdir(made)
    fill(made)
    copies = {name: shutil.copytree(made, os.path.join(folder, name)) for name in ("trace", "ours", "bare")}
    total = (ROUNDS + 1) * (STEPS + READS // CLIENTS)
    statements = recorded(copies["trace"], range(1, total + 1))
    with open(os.path.join(copies["bare"], "statements.pickle"), "wb") as file:
        pickle.dump(statements, file)
    return {name: Server(name, copies[name]) for name in ("ours", "bare")}


def _round(servers: dict[str, Server], r: int) -> dict[str, tuple[float, list[float]]]:
    """Looks, steps, and both at once, of the one server and of the other in turn."""
    found = {}
    for name, server in servers.items():
        found[f"inbox {name}"] = asked(server.port, READS, _read(LOOKS[name]))
    for name, server in servers.items():
        found[f"step {name}"] = asked(server.port, STEPS, _step(STEPPED[name], r * STEPS + 1))
    first = (ROUNDS + 1) * STEPS + r * READS // CLIENTS + 1
    for name, server in servers.items():
        both = _busy(_read(LOOKS[name]), _step(STEPPED[name], first))
        found[f"busy {name}"] = asked(server.port, READS, both)
    return found


class _Figures:
    """What the rounds gave: of each kind the rates of both servers, and the seconds of every request."""

    def __init__(self) -> None:
        self.rates: dict[str, list[tuple[float, float]]] = {"inbox": [], "step": [], "busy": []}
        self.slow: dict[str, list[float]] = defaultdict(list)

    def take(self, found: dict[str, tuple[float, list[float]]]) -> None:
        for kind, pairs in self.rates.items():
            pairs.append((found[f"{kind} ours"][0], found[f"{kind} bare"][0]))
        for key, (_, taken) in found.items():
            self.slow[key] += taken

    def results(self, probe: float, screen: dict[str, str]) -> list[Result]:
        looked = self.rates["busy"]
        told = {
            "with a step for every three looks": f"{statistics.median(a / b for a, b in looked):.2f} of the reference, {statistics.median(a for a, _ in looked):,.0f} requests a second"
        }
        return [self._result("inbox", probe, told), self._result("step", probe, screen)]

    def _result(self, kind: str, probe: float, more: dict[str, str]) -> Result:
        pairs, slow = self.rates[kind], self.slow
        return Result(
            f"desk {kind}",
            statistics.median(a / b for a, b in pairs),
            0.4,
            "higher",
            1 / statistics.median(a for a, _ in pairs),
            1 / statistics.median(b for _, b in pairs),
            (min(a / b for a, b in pairs), max(a / b for a, b in pairs)),
            probe,
            {
                "requests a second": f"{statistics.median(a for a, _ in pairs):,.0f} against {statistics.median(b for _, b in pairs):,.0f}, {CLIENTS} clients, {CASES:,} open cases",
                "p99": f"{_p99(slow[f'{kind} ours']):.1f} ms against {_p99(slow[f'{kind} bare']):.1f} ms",
                **more,
            },
        )


def _screen(folder: str) -> dict[str, str]:
    """From a key to the screen, as people at the desk have it (goal: below 100 ms at the median)."""
    fill_desk(folder)
    server = Server("desk", folder)
    try:
        times = key_to_screen(server.port)
    finally:
        server.stop()
    return {
        "from the key that saves to the next state on the screen (goal: 100 ms)": in_words(times["screen"]),
        "from a choice's key to its form on the screen": in_words(times["form"]),
    }


def _p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[98] * 1000
