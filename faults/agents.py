"""Many at once on one file (R9, R10): people at the command line who think between two commands, beside a host; and
writers who do not think at all. Nobody reads that something is locked, nothing is lost, what they were told fits one
order, and nobody starves. How long they waited is told; only ten times the goal is wrong, for a machine may be busy.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from faults.counting import Count
from faults.history import ACCEPTED, CONFLICT, READ, Operation, wrong_in
from faults.house import PROCFLOW, journals, made, what_is_wrong
from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import Conflict

#: People, their cases, and seconds in which they think; what a command may take by the goal, and how much more a
#: machine of CI is given.
PEOPLE, CASES, THINK = 8, 6, 3.0
GOALS = {50: 0.5, 95: 0.5, 99: 1.0, 100: 2.0}
SLOWER = 10
#: The longest that a run of so many commands may take is this many seconds for each.
PATIENCE = 1.2
#: Writers without a thought, their cases, and the longest that one of them may wait by the goal.
HOT, HOT_CASES, HOT_WAIT = 32, 16, 1.0


def at_the_command_line(figure: int, seed: int) -> Count:
    """`figure` commands by eight people, while `procflow run` works on the same file."""
    count, root = Count(), Path(tempfile.mkdtemp(prefix="faults-"))
    host: subprocess.Popen[bytes] | None = None
    try:
        work = root / "work"
        cases = made(work, CASES)
        with (root / "host").open("wb") as printed:
            host = subprocess.Popen([PROCFLOW, "run"], cwd=work, stdout=printed, stderr=printed)
        time.sleep(2.0)
        before = _of(host.pid)
        people = [_Person(work, n, cases, seed) for n in range(PEOPLE)]
        end = time.monotonic() + figure * PATIENCE
        with ThreadPoolExecutor(PEOPLE) as side_by_side:
            list(side_by_side.map(lambda one: one.work(-(-figure // PEOPLE), end), people))
        after, alive = _of(host.pid), host.poll() is None
        host.send_signal(signal.SIGTERM)
        ended = host.wait(60)
        if not alive or ended not in (0, -signal.SIGTERM):
            count.wrong(f"the host ended with {ended}: {(root / 'host').read_text(errors='replace')[-500:]}")
        found = journals(work)
        done = _placed([each for person in people for each in person.done], found, count)
        looked = [each for person in people for each in person.operations]
        operations = done + looked
        count.fired = len(looked)
        for words in [words for person in people for words in person.wrong]:
            count.wrong(words)
        if "locked" in (root / "host").read_text(errors="replace"):
            count.wrong("the host read that something was locked")
        acknowledged = {each.id: each.case for each in operations if each.answer == ACCEPTED}
        for words in what_is_wrong(work, acknowledged, whole=True) + wrong_in(operations, found):
            count.wrong(words)
        conflicts = sum(each.answer == CONFLICT for each in operations)
        count.told = f"{len(acknowledged)} steps, {conflicts} conflicts; {_spread(looked, count)}; {_grown(before, after, count)}"
    finally:
        if host is not None and host.poll() is None:
            host.kill()
            host.wait()
        shutil.rmtree(root, ignore_errors=True)
    return count


class _Person:
    """Runs one command after the other as a process, and thinks in between."""

    def __init__(self, work: Path, n: int, cases: Sequence[str], seed: int) -> None:
        self._work, self._n, self._cases = work, n, cases
        self._dice = random.Random(seed * 100 + n)
        self.operations: list[Operation] = []
        self.done: list[Operation] = []
        self.wrong: list[str] = []

    def work(self, commands: int, end: float) -> None:
        time.sleep(self._dice.uniform(0, THINK))
        for k in range(commands):
            if time.monotonic() > end:
                return
            self._one(f"{self._n}-{k}")
            time.sleep(self._dice.uniform(0, 2 * THINK))

    def _one(self, id: str) -> None:
        n = self._dice.randrange(len(self._cases))
        reads = self._dice.random() < 0.3
        who = self._dice.choice(("ann", "bob"))
        verb = ("case", str(n + 1)) if reads else ("do", str(n + 1), "remark", "--request-id", id)
        began = time.monotonic()
        ran = subprocess.run(
            [PROCFLOW, *verb, "--as", who, "--json"],
            cwd=self._work, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        ended = time.monotonic()
        said = ran.stdout + ran.stderr
        if "Traceback" in said or re.search(r"(?i)\blocked\b|\bbusy\b", said) or ran.returncode not in (0, 3):
            self.wrong.append(f"`procflow {' '.join(verb)}` ended with {ran.returncode}: {said[-300:]!r}")
            return
        if ran.returncode == 3:
            self.operations.append(Operation(id, self._cases[n], began, ended, CONFLICT))
            return
        # what is shown is the case as it stands afterwards: a step further where somebody was at it meanwhile
        shown = int(json.loads(ran.stdout)["result"]["sequence"])
        self.operations.append(Operation(f"{id} shown", self._cases[n], began, ended, READ, shown))
        if not reads:
            self.done.append(Operation(id, self._cases[n], began, ended, ACCEPTED, shown))


def _placed(
    done: Sequence[Operation], found: Mapping[str, Sequence[tuple[int, str]]], count: Count
) -> list[Operation]:
    """The same with the step that each of them is."""
    at = {(case, id): sequence for case, rows in found.items() for sequence, id in rows}
    placed = [replace(each, sequence=at.get((each.case, each.id), -1)) for each in done]
    for each, shown in zip(placed, done, strict=True):
        if shown.sequence < each.sequence:
            count.wrong(f"{each.id} was shown the case at step {shown.sequence}, and is step {each.sequence}")
    return placed


def _spread(operations: Sequence[Operation], count: Count) -> str:
    took = sorted(each.ended - each.began for each in operations)
    told = []
    for share, goal in GOALS.items():
        found = took[min(len(took) - 1, len(took) * share // 100)] if took else 0.0
        told.append(f"{'max' if share == 100 else f'p{share}'} {found * 1000:.0f} ms")
        if found > goal * SLOWER:
            count.wrong(f"{told[-1]}, and {goal:g} s is the goal")
    return ", ".join(told)


def _of(pid: int) -> tuple[int, int]:
    """(KiB of memory, open files) of a process."""
    try:
        memory = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024
        return memory, len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0, 0


def _grown(before: tuple[int, int], after: tuple[int, int], count: Count) -> str:
    """The host in a short run may still fill its caches; what it may not do is open files and keep them."""
    if after[1] > before[1] + 4:
        count.wrong(f"the host has {after[1]} files open, and had {before[1]}")
    if after[0] > before[0] * 1.5:
        count.wrong(f"the host takes {after[0]} KiB, and took {before[0]}")
    return f"the host took {before[0] >> 10} and then {after[0] >> 10} MiB"


def without_a_thought(figure: int, seed: int) -> Count:
    """`figure` steps by 32 processes at once, each as fast as it can."""
    count, root = Count(), Path(tempfile.mkdtemp(prefix="faults-"))
    try:
        work = root / "work"
        cases = made(work, HOT_CASES)
        begin = time.monotonic() + 2.0
        children = []
        for n in range(HOT):
            pid = os.fork()
            if not pid:
                _write(work, cases, n, -(-figure // HOT), begin, root / f"told-{n}")
            children.append(pid)
        for n, pid in enumerate(children):
            _, status = os.waitpid(pid, 0)
            if status:
                count.wrong(
                    f"writer {n} ended with {os.waitstatus_to_exitcode(status)}: {_said(root / f'told-{n}.wrong')}"
                )
        operations = [
            Operation(*row) for n in range(HOT) for row in json.loads(_said(root / f"told-{n}") or "[]")
        ]
        count.fired = sum(each.answer == ACCEPTED for each in operations)
        acknowledged = {each.id: each.case for each in operations if each.answer == ACCEPTED}
        for words in what_is_wrong(work, acknowledged, whole=True) + wrong_in(
            operations, journals(work), whole=False
        ):
            count.wrong(words)
        took = sorted(each.ended - each.began for each in operations)
        longest, seconds = took[-1], max(each.ended for each in operations) - begin
        count.told = (
            f"{count.fired / seconds:,.0f} a second; waits p50 {took[len(took) // 2] * 1000:.0f}, "
            f"p99 {took[len(took) * 99 // 100] * 1000:.0f}, max {longest * 1000:.0f} ms"
        )
        if longest > HOT_WAIT * SLOWER:
            count.wrong(f"one waited {longest:.1f} s, and {HOT_WAIT:g} s is the goal")
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return count


def _said(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _write(work: Path, cases: Sequence[str], n: int, steps: int, begin: float, told: Path) -> None:
    dice, rows = random.Random(n), list[tuple[Any, ...]]()
    try:
        app = App(str(work))
        app.engine.load(cases[0])
        time.sleep(max(0.0, begin - time.monotonic()))
        for k in range(steps):
            id, case = f"hot-{n}-{k}", dice.choice(cases)
            while True:
                began = time.monotonic()
                try:
                    answer = app.engine.submit(case, Command(id, "choice", "remark", "ann"))
                except Conflict:  # somebody was faster, twice; that took its turn too
                    rows.append((id, case, began, time.monotonic(), CONFLICT))
                    continue
                rows.append((id, case, began, time.monotonic(), ACCEPTED, answer.sequence))
                break
        told.write_text(json.dumps(rows))
        os._exit(0)
    except BaseException as problem:
        Path(f"{told}.wrong").write_text(f"{type(problem).__name__}: {problem}")
        os._exit(1)
