"""An exception at every line of Python that a commit, a host's round and the making of a store run (R6).

A person's Ctrl-C or a machine without memory may come anywhere. Afterwards no transaction is open, the gate is free,
and the next command takes its step.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import procflow
from faults.counting import Count
from faults.house import made, what_is_wrong
from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import ProcflowError
from procflow.stores.gate import Gate
from procflow.stores.sqlite import SqliteStore

_SOURCE = str(Path(procflow.__file__).parent)
#: The rooms whose lines are tried: where something is held, open or half written.
ROOMS = ("engine", "stores", "hosts", "app")
RAISED: tuple[type[BaseException], ...] = (KeyboardInterrupt, MemoryError)


def every_line(figure: int, seed: int) -> Count:
    count, lines = Count(), set[tuple[str, int]]()
    memory = "/dev/shm"  # nothing here is about disks, and flushes cost most of the time
    root = Path(tempfile.mkdtemp(prefix="faults-", dir=memory if os.path.isdir(memory) else None))
    try:
        made(root / "first", 1)
        for what, act in (("a step", _step), ("a host's round", _round), ("making a store", _making)):
            for raised in RAISED:
                _every_line_of(root, what, act, raised, count, lines)
        count.told = f"{len(lines)} different lines"
        if count.fired < figure:
            count.wrong("fewer lines ran than there were; has the work moved to other rooms?")
    finally:
        shutil.rmtree(root, ignore_errors=True)
    return count


def _every_line_of(
    root: Path, what: str, act: Callable[[Path], None], raised: type[BaseException], count: Count,
    lines: set[tuple[str, int]],
) -> None:  # fmt: skip
    """Once to see which lines run, then once more for each of them. What is imported when it is first wanted must be
    there before: its lines run only then."""
    act(_fresh(root))
    seen: list[tuple[str, int]] = []
    with _traced(seen, None, raised):
        act(_fresh(root))
    for place in dict.fromkeys(seen):
        work = _fresh(root)
        fired: list[tuple[str, int]] = []
        try:
            with _traced(fired, place, raised):
                act(work)
        except (raised, ProcflowError):
            pass
        except BaseException as other:
            count.wrong(
                f"{what}, {raised.__name__} at {_short(place)}: it came out as {type(other).__name__}: {other}"
            )
        if fired[-1:] != [place]:
            continue
        count.fired += 1
        lines.add(place)
        if left := _left_behind(work):
            count.wrong(f"{what}, {raised.__name__} at {_short(place)}: {left}")


def _fresh(root: Path) -> Path:
    for app in _OPEN:
        app.close()
    _OPEN.clear()
    work = root / "work"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(root / "first", work)
    return work


#: The apps of the last try, open as they are in a host that goes on after a fault.
_OPEN: list[App] = []


def _open(work: Path) -> App:
    app = App(str(work))
    _OPEN.append(app)
    return app


def _step(work: Path) -> None:
    app = _open(work)
    app.engine.submit(1, Command("tried", "choice", "remark", "ann"))
    app.close()


def _round(work: Path) -> None:
    app = _open(work)
    app.local_host().look_around(messages=False)


def _making(work: Path) -> None:
    path = str(work / "new.db")
    store = SqliteStore(path, create=True)
    store.close()


def _left_behind(work: Path) -> str:
    """What is wrong afterwards, while the one that was hit is still open; "" for nothing."""
    for app in _OPEN:
        store = app.__dict__.get("store")
        if isinstance(store, SqliteStore) and not store._closed and store._connection.in_transaction:
            return "a transaction was left open"
    gate = Gate(str(work / "cases.db.lock"), timeout=0.2)
    try:
        gate.acquire()
        gate.release()
    except ProcflowError as problem:
        return f"the gate was left closed: {problem.message}"
    finally:
        gate.close()
    with App(str(work)) as app:
        before = app.engine.load(1).row.sequence
        answer = app.engine.submit(1, Command("after", "choice", "remark", "ann"))
        if not answer.accepted or answer.sequence != before + 1:
            return "the next step was not taken"
    return "; ".join(what_is_wrong(work, {}, whole=False))


@contextmanager
def _traced(
    seen: list[tuple[str, int]], place: tuple[str, int] | None, raised: type[BaseException]
) -> Iterator[None]:
    """Notes each line of ROOMS as it is reached, and raises at `place`, once."""

    def lines(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            here = frame.f_code.co_filename, frame.f_lineno
            if place is None:
                seen.append(here)
            elif here == place and not seen:
                seen.append(here)
                raise raised
        return lines

    def calls(frame: FrameType, event: str, argument: Any) -> Any:
        name = frame.f_code.co_filename
        if name.startswith(_SOURCE) and name[len(_SOURCE) + 1 :].split("/")[0].removesuffix(".py") in ROOMS:
            return lines
        return None

    before = sys.gettrace()
    sys.settrace(calls)
    try:
        yield
    finally:
        sys.settrace(before)


def _short(place: tuple[str, int]) -> str:
    return f"{place[0].removeprefix(_SOURCE + '/')}:{place[1]}"
