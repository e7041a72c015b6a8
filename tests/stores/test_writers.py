"""Threads of one process that write to one file: those who come while another waits or flushes go along with it."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from procflow.errors import Busy, Conflict, StorageError
from procflow.stored import Append
from procflow.stores.contract_steps import MORNING, following, opening
from procflow.stores.gate import Gate
from procflow.stores.sqlite import SqliteStore
from procflow.stores.writers import writers_of

THREADS = 5
_ABOUT_ALL = frozenset({"BEGIN", "COMMIT", "ROLLBACK"})


class House:
    """A file with some cases, and a store object on it for each thread, as a server has them."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.stores: list[Any] = [SqliteStore(path, create=True)]
        self.stores[0].publish([("d1", "procedure", "policy_change", b"compiled")], MORNING)
        self.opened = []
        for n in range(THREADS):
            self.opened.append(opening(self.stores[0], f"case {n}"))
            self.stores[0].append(self.opened[-1])
        self.stores += [SqliteStore(path, timeout=20) for _ in range(THREADS - 1)]
        self.answers: dict[int, BaseException | None] = {}
        self.statements: list[tuple[str, int]] = []  # with how many were answered by then
        for store in self.stores:
            store._connection.exec_trace = self._trace

    def _trace(self, cursor: Any, sql: str, bindings: Any) -> bool:
        self.statements.append((sql, len(self.answers)))
        return True

    def write_together(self, *steps: Append) -> None:
        """Each in a thread with a store of its own, in this order: the first leads, and waits at the gate, which
        another process holds; the others come meanwhile."""
        elsewhere, writers = Gate(self.path + ".lock"), writers_of(self.path)
        elsewhere.acquire()
        threads = []
        for n, step in enumerate(steps):
            threads.append(Thread(target=self._write, args=(n, step)))
            threads[-1].start()
            until(lambda n=n: bool(writers._leading) and len(writers.waiting) == n)
        elsewhere.release()
        for thread in threads:
            thread.join(30)
        elsewhere.close()
        assert len(self.answers) == len(steps)
        assert (list(writers.waiting), writers._leading) == ([], {})

    def _write(self, n: int, step: Append) -> None:
        try:
            self.stores[n].append(step)
            self.answers[n] = None
        except BaseException as told:
            self.answers[n] = told

    def sequences(self) -> list[int]:
        return [case.sequence for case in self.stores[0].cases()]

    def kinds(self) -> list[type[Any] | None]:
        return [None if self.answers[n] is None else type(self.answers[n]) for n in sorted(self.answers)]


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.001)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(str(tmp_path / "cases.db"))
    yield house
    assert house.stores[0].self_check() == []
    for store in house.stores:
        store.close()


def test_writes_that_come_while_another_waits_are_flushed_in_one_go_and_answered_only_then(
    house: House,
) -> None:
    house.write_together(*map(following, house.opened))
    assert house.kinds() == [None] * THREADS
    assert [answered for sql, answered in house.statements if sql == "COMMIT"] == [0]
    assert house.sequences() == [2] * THREADS
    places = [change.number for change in house.stores[1].changes(THREADS)]
    assert places == [1, 2, 3, 4, 5]  # in the order in which they came


def test_of_two_steps_on_one_case_in_one_flush_the_first_is_taken_and_only_the_other_is_told(
    house: House,
) -> None:
    one, two, three, *_ = house.opened
    late = following(two, "too late")
    house.write_together(following(one), following(two), late, following(three))
    assert house.kinds() == [None, None, Conflict, None]
    told = house.answers[2]
    assert isinstance(told, Conflict)
    assert told.facts["reason"] == "sequence"
    assert house.sequences() == [2, 2, 2, 1, 1]
    assert house.stores[0].answered("too late") is None


def test_one_that_is_refused_is_no_reason_for_the_others_to_be_written_by_halves(house: House) -> None:
    one, two, *_ = house.opened
    statements: list[str] = []

    def seen(cursor: Any, sql: str, bindings: Any) -> bool:
        statements.append(sql.partition(" ")[0])
        return True

    house.stores[0]._connection.exec_trace, asked = seen, len(house.statements)
    house.write_together(
        following(one), following(two), following(two, "same"), *map(following, house.opened[2:4])
    )
    assert house.kinds() == [None, None, Conflict, None, None]
    assert house.sequences() == [2, 2, 2, 2, 1]
    assert [word for word in statements if word in _ABOUT_ALL] == [
        "BEGIN",
        "ROLLBACK",
        "BEGIN",
        "ROLLBACK",
        "COMMIT",
    ]
    assert "COMMIT" not in [sql for sql, _ in house.statements[asked:]]  # all of them in one flush
    assert [change.sequence for change in house.stores[1].changes(THREADS)] == [2] * 4


def test_a_command_that_came_twice_in_one_flush_is_taken_once(house: House) -> None:
    one, two, *_ = house.opened
    house.write_together(following(one), following(two, "same"), following(two, "same"))
    assert house.kinds() == [None, None, Conflict]
    assert house.sequences() == [2, 2, 1, 1, 1]
    assert house.stores[2].answered("same") == following(two, "same").answer


def test_where_the_flush_fails_everybody_is_told_and_nothing_is_there(house: House) -> None:
    leading = house.stores[0]._connection
    leading.set_commit_hook(lambda: True)  # SQLite refuses the commit
    house.write_together(*map(following, house.opened))
    assert house.kinds() == [StorageError] * THREADS
    assert len({id(told) for told in house.answers.values()}) == THREADS  # each an error of its own
    assert house.sequences() == [1] * THREADS
    leading.set_commit_hook(None)
    house.answers.clear()
    house.write_together(*map(following, house.opened))
    assert house.sequences() == [2] * THREADS


def test_a_ctrl_c_in_the_one_who_leads_harms_no_other(house: House) -> None:
    journals = count(1)

    def struck(cursor: Any, sql: str, bindings: Any) -> bool:
        if sql.startswith("INSERT INTO journal") and next(journals) == 2:  # in the middle of another's write
            raise KeyboardInterrupt
        return True

    house.stores[0]._connection.exec_trace = struck
    house.write_together(*map(following, house.opened))
    assert house.kinds() == [KeyboardInterrupt, None, None, None, None]
    assert house.sequences() == [1, 2, 2, 2, 2]


def test_a_ctrl_c_right_behind_the_commit_leaves_the_others_their_answers(house: House) -> None:
    leading = house.stores[0]
    inner = leading._execute

    def execute(sql: str, *bindings: Any) -> Any:
        done = inner(sql, *bindings)
        if sql == "COMMIT":
            raise KeyboardInterrupt
        return done

    leading._execute = execute
    house.write_together(*map(following, house.opened))
    leading._execute = inner
    assert house.kinds() == [KeyboardInterrupt, None, None, None, None]
    assert house.sequences() == [2] * THREADS


def test_who_waits_in_line_for_nothing_is_told_who_holds_the_gate(house: House) -> None:
    elsewhere = Gate(house.path + ".lock")
    elsewhere.acquire()
    for store in house.stores:
        store._gate.timeout = 0.3
    threads = [Thread(target=house._write, args=(n, following(house.opened[n]))) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    elsewhere.release()
    elsewhere.close()
    assert house.kinds() == [Busy] * 3
    assert all("pid" in told.facts for told in house.answers.values())  # type: ignore[union-attr]
    assert house.sequences() == [1] * THREADS


def test_another_name_of_the_file_is_the_same_line_and_another_file_is_not(
    house: House, tmp_path: Path
) -> None:
    (tmp_path / "other name.db").symlink_to(house.path)
    assert writers_of(str(tmp_path / "other name.db")) is writers_of(house.path)
    other = SqliteStore(str(tmp_path / "other.db"), create=True)
    assert writers_of(other.path) is not writers_of(house.path)
    other.close()
