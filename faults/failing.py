"""The n-th operation on the disk fails (R3): an error or no room, once or for ever, under every verb of the command line that
writes, in this process.

Afterwards a case is as it was or exactly one step further; what was acknowledged is there; what failed says so in words
with the exit code of storage; and the next command just works, with no repair.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import random
import shutil
import tempfile
from pathlib import Path

import apsw

from faults.calls import EVERYDAY, _sequences
from faults.counting import Count
from faults.house import made, what_is_wrong
from faults.vfs import Failing, through
from procflow.app import App
from procflow.cli import main
from procflow.core.decide import Command

_ERRORS: tuple[tuple[str, type[apsw.Error]], ...] = (("an error", apsw.IOError), ("no room", apsw.FullError))
#: Every how many-eth is looked at whole, chains and projections too.
_WHOLE = 5


def every_operation(figure: int, seed: int) -> Count:
    """Every point of every verb, with every fault, in an order that the seed gives; so many of them."""
    count, texts, dice = Count(), set[str](), random.Random(seed)
    memory = "/dev/shm"
    root = Path(tempfile.mkdtemp(prefix="faults-", dir=memory if Path(memory).is_dir() else None))
    vfs, here = Failing(), os.getcwd()
    try:
        made(root / "closed", 1)
        _left_by_the_dead(root / "closed", root / "left")
        points = []
        for first, verb in itertools.product(("closed", "left"), EVERYDAY):
            vfs.arm(0, apsw.IOError, forever=False)
            code, said = _ran(_fresh(root, first), vfs, verb)
            if code not in (0, 1):
                raise RuntimeError(f"`procflow {' '.join(verb)}` does not run: {said}")
            for at in range(1, vfs.count + 1):
                points += [
                    (first, verb, at, words, error, forever)
                    for words, error in _ERRORS
                    for forever in (False, True)
                ]
        steps = {first: sum(_sequences(_fresh(root, first)).values()) for first in ("closed", "left")}
        dice.shuffle(points)
        for first, verb, at, words, error, forever in points:
            if count.fired >= figure:
                break
            where = f"{' '.join(verb[:2])}: {words} at operation {at}{' and after' if forever else ''}"
            where += ", while what the dead left is recovered" if first == "left" else ""
            work = _fresh(root, first)
            vfs.arm(at, error, forever=forever)
            _try(work, vfs, verb, steps[first], where, count, texts)
        count.told = f"of {len(points)} points of {len(EVERYDAY)} verbs; {len(texts)} different messages"
    finally:
        os.chdir(here)
        shutil.rmtree(root, ignore_errors=True)
    return count


def all_points(figure: int, seed: int) -> Count:
    """Every one there is, however many; at least so many must fire."""
    return every_operation(10**9, seed)


def _left_by_the_dead(closed: Path, left: Path) -> None:
    """The same a few steps later, as one leaves it who is killed: the log not copied into the database."""
    shutil.copytree(closed, left)
    with App(str(left)) as app:
        for n in range(5):
            app.engine.submit(1, Command(f"left-{n}", "choice", "remark", "ann"))
        shutil.copytree(left, left.with_name("copy"), ignore=shutil.ignore_patterns("*.db-shm"))
    shutil.rmtree(left)
    left.with_name("copy").rename(left)
    assert (left / "cases.db-wal").stat().st_size


def _fresh(root: Path, first: str) -> Path:
    work = root / "work"
    os.chdir(root)
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(root / first, work)
    (work / "letter.txt").write_text("Kære kunde\n")
    return work


def _ran(work: Path, vfs: Failing, verb: tuple[str, ...]) -> tuple[int, str]:
    """(exit code, what was said)."""
    os.chdir(work)
    out = io.StringIO()
    with through(vfs, Failing.NAME), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main(list(verb))
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except Exception as problem:
            return 99, f"Traceback: {type(problem).__name__}: {problem}"
    return code, out.getvalue()


def _try(
    work: Path, vfs: Failing, verb: tuple[str, ...], steps: int, where: str, count: Count, texts: set[str]
) -> None:
    code, said = _ran(work, vfs, verb)
    if not vfs.fired:
        return  # it made fewer operations this time, or this one cannot fail so
    what, full = vfs.what, vfs.error is apsw.FullError
    count.fired += 1
    vfs.arm(0, apsw.IOError, forever=False)
    where = f"{where} ({what})"
    for words in what_is_wrong(work, {}, whole=count.fired % _WHOLE == 0):
        count.wrong(f"{where}: {words}")
    grown = sum(_sequences(work).values()) - steps
    if grown not in (0, 1):
        count.wrong(f"{where}: {grown} steps were taken")
    if code == 0 and not grown and verb[0] not in ("attach", "run"):
        count.wrong(f"{where}: it said that it was done, and it was not")
    if code not in (0, 4) or "Traceback" in said:
        count.wrong(f"{where}: exit code {code}, {said[-200:]!r}")
    if code == 4:
        texts.add(said.replace(str(work), "…"))
        if "malformed" in said or "damaged" in said or (full and "space" not in said):
            count.wrong(f"{where}: the words are not about what happened: {said[-200:]!r}")
    with App(str(work)) as app:
        case = app.engine.load(1)
        answer = app.engine.submit(1, Command("next", "choice", "remark", "ann"))
        if not answer.accepted or answer.sequence != case.row.sequence + 1:
            count.wrong(f"{where}: the next command did not take its step")
