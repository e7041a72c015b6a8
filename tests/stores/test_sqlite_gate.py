"""Several processes and threads at one store: they take turns, and whoever is killed or interrupted holds nothing."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from procflow.errors import Busy, Conflict, StorageError
from procflow.records.audit import audit
from procflow.stores.contract_steps import effect, following, opening, task
from procflow.stores.gate import Gate
from procflow.stores.sqlite import SqliteStore

from .on_disk import made, one_case

# --- several processes

WRITER = """
import shutil
import sys
import tempfile
from procflow.errors import Conflict
from procflow.stores.contract_steps import following, opening
from procflow.stores.sqlite import SqliteStore
path, name, steps = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = SqliteStore(path)
while True:
    try:
        step = opening(store, name)
        store.append(step)
        break
    except Conflict:
        pass
print("acked", step.row.case_id, 1, flush=True)
for _ in range(steps - 1):
    step = following(step)
    store.append(step)
    print("acked", step.row.case_id, step.row.sequence, flush=True)
store.close()
"""


def test_two_processes_write_at_once_and_nobody_is_locked_out(path: str) -> None:
    made(path).close()
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, path, name, "200"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    for writer in writers:
        _, wrong = writer.communicate(timeout=60)
        assert writer.returncode == 0, wrong
        assert wrong == ""
    store = SqliteStore(path)
    assert [case.sequence for case in store.cases()] == [200, 200]
    report = audit(store)
    assert report.findings == ()
    assert report.counts["steps"] == 400
    store.close()


def test_a_writer_killed_thirty_times_loses_nothing_that_was_acknowledged(path: str) -> None:
    made(path).close()
    acked: dict[str, int] = {}
    for n in range(30):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, path, f"case {n}", "100000"], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        seen = [writer.stdout.readline()]
        time.sleep(0.005 + 0.003 * n)
        writer.send_signal(signal.SIGKILL)
        seen += writer.stdout.read().splitlines()
        assert writer.wait() == -signal.SIGKILL, "the kill did not happen"
        for line in seen:
            words = line.split()
            if len(words) == 3:
                acked[words[1]] = int(words[2])
    store = SqliteStore(path)  # the next process needs no repair
    assert len(acked) == 30
    for case_id, sequence in acked.items():
        case = store.load(case_id)
        assert case is not None
        assert case.sequence in (sequence, sequence + 1)
    assert audit(store).findings == ()
    store.close()


# --- the gate

HOLDER = """
import sys, time
from procflow.stores.gate import Gate
gate = Gate(sys.argv[1])
gate.acquire()
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(path: str) -> Iterator[subprocess.Popen[str]]:
    made(path).close()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path + ".lock"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_who_waits_too_long_is_told_who_holds_the_store(path: str, holder: subprocess.Popen[str]) -> None:
    store = SqliteStore(path, timeout=0.2)
    with pytest.raises(Busy, match=f"process {holder.pid} on ") as why:
        store.append(opening(store, "a"))
    assert why.value.exit_code == 7
    assert why.value.facts["pid"] == str(holder.pid)
    assert "since" in why.value.facts
    assert store.load(1) is None, "reading needs no gate"
    store.close()


def test_the_gate_of_a_killed_holder_is_free_at_once(path: str, holder: subprocess.Popen[str]) -> None:
    store = SqliteStore(path, timeout=10)
    threading.Timer(0.1, holder.kill).start()
    begun = time.monotonic()
    store.append(opening(store, "a"))
    assert 0.05 < time.monotonic() - begun < 2
    store.close()


def test_who_gave_up_waiting_holds_nothing_when_its_turn_comes(
    path: str, holder: subprocess.Popen[str]
) -> None:
    store = SqliteStore(path, timeout=0.1)
    for _ in range(3):
        with pytest.raises(Busy):
            store.append(opening(store, "a"))
    holder.kill()
    holder.wait()
    other = SqliteStore(path, timeout=1)
    other.append(opening(other, "b"))
    store.append(opening(store, "a"))
    store.close()
    other.close()


def test_waiting_threads_and_stores_take_turns(path: str) -> None:
    made(path).close()
    waits: list[float] = []

    def work(name: str) -> None:
        store = SqliteStore(path, timeout=10)
        step = None
        while step is None:
            try:
                step = opening(store, name)
                store.append(step)
            except Conflict:
                step = None
        for _ in range(50):
            step = following(step)
            begun = time.monotonic()
            store.append(step)
            waits.append(time.monotonic() - begun)
        store.close()

    threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == 300
    assert max(waits) < 3, "somebody was starved"


def test_a_released_gate_can_be_released_again(tmp_path: Path) -> None:
    one, two = Gate(str(tmp_path / "g")), Gate(str(tmp_path / "g"), timeout=0.1)
    one.acquire()
    with pytest.raises(Busy):
        two.acquire()
    one.release()
    one.release()
    two.acquire()
    two.release()
    one.close()
    two.close()


@pytest.mark.parametrize("line", range(1, 60))
def test_an_interrupt_at_any_line_of_a_step_leaves_no_open_transaction_and_no_held_gate(
    path: str, line: int
) -> None:
    store = made(path, timeout=0.2)
    step = one_case(store)
    new = following(step)
    new = replace(new, tasks=(task(new),), effects=(effect(new),), late=True)
    left = line * 3

    def trace(frame: object, event: str, _: object) -> object:
        nonlocal left
        if "procflow/stores" not in frame.f_code.co_filename:  # type: ignore[attr-defined]
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise KeyboardInterrupt
        return trace

    fired = False
    sys.settrace(trace)  # type: ignore[arg-type]
    try:
        store.append(new)
    except KeyboardInterrupt:
        fired = True
    finally:
        sys.settrace(None)
    assert fired or left > 0, "the interrupt did not come"
    assert not store._connection.in_transaction
    other = SqliteStore(path, timeout=0.2)
    case = other.load(1)
    assert case is not None
    assert case.sequence in (3, 4)
    if case.sequence == 3:
        other.append(new)
    assert other.self_check() == []
    other.close()
    store.close()


def test_a_closed_store_says_so_and_closes_again_in_peace(path: str) -> None:
    store = made(path)
    store.close()
    store.close()
    with pytest.raises(StorageError, match="is closed"):
        store.load(1)


def test_what_is_written_together_is_seen_by_others_at_its_end_or_not_at_all(
    path: str, store: SqliteStore
) -> None:
    step = one_case(store)
    other = SqliteStore(path)
    with store.together():
        store.append(step := following(step))
        store.append(following(step))
        assert [case.sequence for case in other.cases()] == [3]
    assert [case.sequence for case in other.cases()] == [5]
    with pytest.raises(KeyboardInterrupt), store.together():
        store.append(opening(store, "b"))
        raise KeyboardInterrupt
    assert [case.sequence for case in store.cases()] == [5]
    store.append(opening(store, "b"))  # the gate is open, and nothing is left half done
    assert [case.sequence for case in other.cases()] == [5, 1]
    assert other.self_check() == []
    other.close()
