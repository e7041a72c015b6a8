"""Killed at random under load (R1): one writer, eight at once, and one whose eight threads flush together, each reborn
until enough have died.

The children are forked from a process that has everything loaded and nothing open, so that a kill costs no start.
"""

from __future__ import annotations

import os
import random
import select
import signal
import time
from pathlib import Path
from threading import Barrier, Thread

from faults.counting import Count
from faults.history import ACCEPTED, Operation, wrong_in
from faults.house import journals, what_is_wrong, workspace
from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import Conflict

#: Kills in one workspace before it is looked at whole and a new one is made.
ROUND = 125


def one_writer(figure: int, seed: int) -> Count:
    return _killed(figure, seed, writers=1)


def eight_writers(figure: int, seed: int) -> Count:
    return _killed(figure, seed, writers=8)


def together(figure: int, seed: int) -> Count:
    return _killed(figure, seed, writers=1, threads=8)


def _killed(figure: int, seed: int, writers: int, threads: int = 1) -> Count:
    dice, count, steps = random.Random(seed), Count(), 0
    while count.fired < figure and not count.bad:
        with workspace(cases=8 if threads > 1 else 4) as (folder, cases):
            acknowledged: dict[str, Operation] = {}
            alive = [Writer(folder, cases, f"{count.fired}-{n}", threads) for n in range(writers)]
            for n in range(min(ROUND, figure - count.fired)):
                dying = alive.pop(dice.randrange(len(alive)))
                if dice.random() < 0.85:  # the others die while they open the workspace
                    dying.at_it()
                time.sleep(dice.uniform(0.0, 0.012))
                count.fired += dying.killed()
                acknowledged |= dying.acknowledged
                if n % 10 == 9 and writers == 1:
                    for words in what_is_wrong(folder, _where(acknowledged), whole=False):
                        count.wrong(words)
                alive.append(Writer(folder, cases, f"{count.fired}-{n}-again", threads))
            for writer in alive:
                writer.killed()
                acknowledged |= writer.acknowledged
            for words in what_is_wrong(folder, _where(acknowledged), whole=True):
                count.wrong(words)
            for words in wrong_in(acknowledged.values(), journals(folder), whole=False):
                count.wrong(words)
            steps += len(acknowledged)
    count.told = f"{steps} steps were acknowledged"
    return count


def _where(acknowledged: dict[str, Operation]) -> dict[str, str]:
    return {id: operation.case for id, operation in acknowledged.items()}


class Writer:
    """A child that takes steps until it is killed, and says of each that it was acknowledged."""

    def __init__(self, folder: Path, cases: list[str], name: str, threads: int = 1) -> None:
        self.acknowledged: dict[str, Operation] = {}
        self._heard, told = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(self._heard)
                open_all = Barrier(threads)
                for n in range(1, threads):
                    given = folder, cases[n % len(cases) :], f"{name}-{n}", told, open_all
                    Thread(target=_write_on, args=given).start()
                _write_on(folder, cases, name, told, open_all)
            finally:
                os._exit(3)
        os.close(told)

    def at_it(self) -> None:
        """Waits until a first step was acknowledged."""
        select.select([self._heard], [], [], 20)

    def killed(self) -> bool:
        """Whether it was still at it; afterwards it is known what it was told."""
        os.kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        parts = []
        while part := os.read(self._heard, 1 << 16):
            parts.append(part)
        os.close(self._heard)
        whole, _, _ = b"".join(parts).rpartition(b"\n")
        for line in whole.decode().splitlines():
            id, case, began, ended, sequence = line.split()
            self.acknowledged[id] = Operation(id, case, float(began), float(ended), ACCEPTED, int(sequence))
        return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def _write_on(folder: Path, cases: list[str], name: str, told: int, open_all: Barrier) -> None:
    app, n = App(str(folder)), 0
    app.engine.load(cases[0])
    open_all.wait()
    while True:
        for case in cases:
            n += 1
            id = f"{name}-{n}"
            while True:
                try:
                    began = time.monotonic()
                    answer = app.engine.submit(case, Command(id, "choice", "remark", "ann"))
                    ended = time.monotonic()
                    break
                except Conflict:
                    continue
            os.write(told, f"{id} {case} {began!r} {ended!r} {answer.sequence}\n".encode())
