"""Every order of two commands on one case (R8): each read of the store, and each turn at its gate, in every interleaving.

What is inside a transaction nobody else can see, so that it is one point. Two threads with a store of their own are let
go on one point at a time; the order is told beforehand, and all orders are told in turn. Afterwards the case must be
what one of the two serial orders would have made of it, each accepted command in it once.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faults.counting import Count
from faults.house import GIVEN, made, what_is_wrong
from procflow.app import App
from procflow.core.decide import Command
from procflow.errors import ProcflowError
from procflow.stores.writers import Writers

#: Pairs of commands: (kind, name, person, given).
Act = tuple[str, str, str, dict[str, Any]]
REMARK: Act = ("choice", "remark", "ann", {})
REMARK_BOB: Act = ("choice", "remark", "bob", {})
CALLED: Act = ("choice", "no_answer", "ann", {})
CALLED_BOB: Act = ("choice", "no_answer", "bob", {})
REACHED: Act = ("choice", "reached", "ann", {})
REACHED_BOB: Act = ("choice", "reached", "bob", {})
FOUR_EYES: Act = ("choice", "decide", "ann", {})
NOTE: Act = ("note", "note", "bob", {"note": "Kunden vil ringes op om eftermiddagen"})
ASSIGN: Act = ("assign", "assign", "bob", {"person": "ann"})
CLAIM: Act = ("claim_task", "", "ann", {})
CLAIM_BOB: Act = ("claim_task", "", "bob", {})
PAIRS: tuple[tuple[Act, Act], ...] = (
    (REMARK, REMARK_BOB), (CALLED, CALLED_BOB), (CALLED, FOUR_EYES), (REACHED, REACHED_BOB), (REMARK, REACHED_BOB),
    (REMARK, NOTE), (CALLED, NOTE), (REACHED, ASSIGN), (CLAIM, CLAIM_BOB), (CLAIM, ASSIGN), (CLAIM, REACHED_BOB),
    (ASSIGN, NOTE), (CALLED, REACHED_BOB),
)  # fmt: skip
#: The most orders of one pair; a pair that has more says so.
MOST = 3_432


class _Held(threading.Event):
    """One of the two, waiting for its turn."""

    blocked = False
    over = False


@dataclass
class _Orders:
    """Lets two actors go on, one point at a time. `told` are the choices to make; `made` those that were made, each
    with how many there were to choose from."""

    told: list[int]
    made: list[tuple[int, int]] = field(default_factory=list)
    actors: tuple[_Held, _Held] = field(default_factory=lambda: (_Held(), _Held()))
    here: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    holder: int | None = None

    def point(self, actor: int) -> None:
        """The actor is at a point, and waits until it may go on."""
        self.actors[actor].clear()
        self.here.release()
        if not self.actors[actor].wait(30):
            raise TimeoutError("an order came to a stand")

    def run(self, works: tuple[Callable[[], None], Callable[[], None]]) -> None:
        threads = [
            threading.Thread(target=self._live, args=(n, work), daemon=True) for n, work in enumerate(works)
        ]
        for thread in threads:
            thread.start()
            self.here.acquire()
        while going := [n for n in (0, 1) if not self.actors[n].over]:
            free = [n for n in going if not (self.actors[n].blocked and self.holder not in (None, n))]
            turn = len(self.made)
            choice = self.told[turn] if turn < len(self.told) else 0
            self.made.append((choice, len(free)))
            self.actors[free[choice]].set()
            if not self.here.acquire(timeout=30):
                raise TimeoutError("an order came to a stand")
        for thread in threads:
            thread.join(30)

    def _live(self, actor: int, work: Callable[[], None]) -> None:
        self.point(actor)
        work()
        self.actors[actor].over = True
        self.here.release()

    def next(self) -> list[int] | None:
        """The choices of the order after this one; None after the last."""
        made = list(self.made)
        while made:
            choice, of = made.pop()
            if choice + 1 < of:
                return [each for each, _ in made] + [choice + 1]
        return None


class _Gate:
    """A gate at which the two wait by the order that was told."""

    def __init__(self, orders: _Orders, actor: int) -> None:
        self._orders, self._actor = orders, actor

    def acquire(self, timeout: float | None = None) -> None:
        me = self._orders.actors[self._actor]
        me.blocked = True
        self._orders.point(self._actor)
        me.blocked = False
        self._orders.holder = self._actor

    def release(self) -> None:
        if self._orders.holder == self._actor:
            self._orders.holder = None
            self._orders.point(self._actor)

    def close(self) -> None:
        pass


def all_orders(figure: int, seed: int) -> Count:
    count, told = Count(), []
    root = Path(tempfile.mkdtemp(prefix="faults-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    try:
        made(root / "work", 0)
        with App(str(root / "work")) as one, App(str(root / "work")) as two:
            for first, second in PAIRS:
                serial = [_serially(one, order) for order in ((first, second), (second, first))]
                orders = 0
                choices: list[int] | None = []
                while choices is not None and orders < MOST:
                    choices = _one_order(one, two, (first, second), choices, serial, count)
                    orders += 1
                told.append(f"{orders}{'+' if choices is not None else ''}")
                count.fired += orders
        for words in what_is_wrong(root / "work", {}, whole=True):
            count.wrong(words)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    count.told = f"{len(PAIRS)} pairs: {', '.join(told)}"
    return count


def _fresh(app: App) -> str:
    return app.engine.open("cadence", Command(app.world.new_id(), "open", "cadence", "ann", GIVEN)).case_id


def _taken(app: App, case: str, act: Act) -> str:
    kind, name, person, given = act
    try:
        answer = app.engine.submit(case, Command(f"{case}-{name}-{person}", kind, name, person, given))
    except ProcflowError as problem:
        return problem.code
    return "accepted" if answer.accepted else answer.refusal.code if answer.refusal is not None else "?"


def _serially(app: App, acts: tuple[Act, Act]) -> tuple[Any, ...]:
    case = _fresh(app)
    for act in acts:
        _taken(app, case, act)
    return _what_it_is(app, case)


def _what_it_is(app: App, case: str) -> tuple[Any, ...]:
    """The case without its instants."""
    plain = app.engine.load(case).plain
    tasks = sorted((name, task.claimed_by, task.people) for name, task in plain.tasks.items())
    return plain.active, dict(plain.data), dict(plain.counts), plain.is_closed, tasks


def _one_order(
    one: App, two: App, acts: tuple[Act, Act], choices: list[int], serial: list[tuple[Any, ...]], count: Count
) -> list[int] | None:
    case = _fresh(one)
    orders, answers = _Orders(choices), ["", ""]
    undo = [_instrumented(app, orders, n) for n, app in enumerate((one, two))]

    def live(n: int, app: App) -> Callable[[], None]:
        def work() -> None:
            answers[n] = _taken(app, case, acts[n])

        return work

    try:
        orders.run((live(0, one), live(1, two)))
    finally:
        for back in undo:
            back()
    where = f"{acts[0][1]} and {acts[1][1]}, order {[choice for choice, _ in orders.made]}"
    found = _what_it_is(one, case)
    if found not in serial:
        count.wrong(f"{where}: {answers} gave {found}, and no serial order does")
    rows = list(one.store.journal(case))
    taken = [row.command_id for row in rows[1:]]
    accepted = [
        f"{case}-{act[1]}-{act[2]}" for act, said in zip(acts, answers, strict=True) if said == "accepted"
    ]
    if sorted(taken) != sorted(accepted):
        count.wrong(f"{where}: accepted {accepted}, and in the journal stand {taken}")
    if [row.sequence for row in rows] != list(range(1, len(rows) + 1)):
        count.wrong(f"{where}: the journal has gaps")
    return orders.next()


def _instrumented(app: App, orders: _Orders, actor: int) -> Callable[[], None]:
    """Every read of the store and every turn at its gate becomes a point; -> what takes that back."""
    store: Any = app.store
    gate, rows, writers = store._gate, store._rows, store._writers

    def read(*arguments: Any) -> Any:
        if orders.holder != actor:
            orders.point(actor)
        return rows(*arguments)

    store._gate, store._rows = _Gate(orders, actor), read
    store._writers = Writers()  # as if each were a process of its own

    def back() -> None:
        store._gate, store._writers = gate, writers
        del store._rows

    return back
