"""What only a store on disk must hold: settings, rights, disks that are full or fail, and several processes."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from procflow.errors import Busy, Conflict, NotFound, StorageError
from procflow.ports import Append
from procflow.records.audit import audit
from procflow.stores.contract_steps import MORNING, effect, following, opening, task
from procflow.stores.gate import Gate
from procflow.stores.sqlite import SqliteStore
from procflow.stores.sqlite_connection import NEWEST, in_words, migration_files, refuse_old_sqlite


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "cases.db")


@pytest.fixture
def store(path: str) -> Iterator[SqliteStore]:
    store = made(path, timeout=0.3)
    yield store
    store.close()


def made(path: str, **options: float) -> SqliteStore:
    """A new store in which the definition of the cases to come is published."""
    store = SqliteStore(path, create=True, **options)  # type: ignore[arg-type]
    store.publish([("d1", "procedure", "policy_change", b"compiled")], MORNING)
    return store


def one_case(store: SqliteStore, name: str = "a", steps: int = 3) -> Append:
    step = opening(store, name)
    store.append(step)
    for _ in range(steps - 1):
        step = following(step)
        store.append(step)
    return step


def run(code: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        **options,  # type: ignore[call-overload]
    )


# --- settings and rights


def test_the_settings_that_the_promises_need_are_in_force(store: SqliteStore) -> None:
    def setting(name: str) -> object:
        return store._connection.execute(f"PRAGMA {name}").get

    assert setting("journal_mode") == "wal"
    assert setting("synchronous") == 2
    assert setting("foreign_keys") == 1
    assert setting("trusted_schema") == 0
    assert setting("cell_size_check") == 1
    assert setting("secure_delete") == 1
    assert setting("mmap_size") == 0
    assert setting("user_version") == NEWEST == max(number for number, _, _ in migration_files())


def test_the_settings_are_in_force_when_an_existing_store_is_opened_again(path: str) -> None:
    made(path).close()
    store = SqliteStore(path)
    assert store._connection.execute("PRAGMA synchronous").get == 2
    assert store._connection.execute("PRAGMA foreign_keys").get == 1
    store.close()


def test_what_another_connection_commits_moves_the_mark(store: SqliteStore, path: str) -> None:
    before = store.mark()
    other = SqliteStore(path)
    assert store.mark() == before, "to open a store changes nothing"
    one_case(other, steps=1)
    after = store.mark()
    assert after != before and store.load(1) is not None
    one_case(other, "b", steps=1)
    assert store.mark() != after
    other.close()


def test_every_table_is_strict(store: SqliteStore) -> None:
    tables = store._connection.execute("PRAGMA table_list").fetchall()
    loose = [
        row[1] for row in tables if row[2] == "table" and not row[5] and not row[1].startswith("sqlite_")
    ]
    assert loose == []


@pytest.mark.parametrize("table", ["journal", "access_log", "seals", "documents"])
def test_what_is_only_added_to_refuses_changes_and_deletions(store: SqliteStore, table: str) -> None:
    one_case(store)
    store.publish([("h", "procedure", "travel", b"x")], MORNING)
    store.log_access(MORNING, "qaa", "refused", "", "", "")
    store.seal_heads(MORNING)
    column = {"documents": "kind"}.get(table, "sequence")
    for sql in (
        f"UPDATE {table} SET {column} = {column}",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    ):
        with pytest.raises(apsw.ConstraintError, match=r"append-only|kept as they are"):
            store._connection.execute(sql).fetchall()


def test_the_files_of_a_store_are_for_its_owner_alone(store: SqliteStore, path: str) -> None:
    one_case(store)
    for name in (path, path + "-wal", path + ".lock"):
        assert os.stat(name).st_mode & 0o077 == 0, name


def test_an_sqlite_that_can_corrupt_a_shared_file_is_refused() -> None:
    for version in ("3.40.1", "3.51.2", "3.7.0"):
        with pytest.raises(StorageError, match="corrupt") as why:
            refuse_old_sqlite(version)
        assert "apsw" in why.value.hint
    refuse_old_sqlite("3.51.3")
    refuse_old_sqlite("3.54.1")


def test_a_missing_store_is_not_made_unless_it_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        SqliteStore(str(tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_another_kind_is_refused_in_words(tmp_path: Path) -> None:
    text = tmp_path / "notes.db"
    text.write_text("these are notes, " * 100)
    with pytest.raises(StorageError, match="not an SQLite file"):
        SqliteStore(str(text))
    other = tmp_path / "other.db"
    apsw.Connection(str(other)).execute("CREATE TABLE t (x)").fetchall()
    with pytest.raises(StorageError, match="another program"):
        SqliteStore(str(other))


def test_a_store_of_a_newer_version_is_refused(path: str) -> None:
    made(path).close()
    connection = apsw.Connection(path)
    connection.execute(f"PRAGMA user_version = {NEWEST + 1}").fetchall()
    connection.close()
    with pytest.raises(StorageError, match="newer version"):
        SqliteStore(path)
    with pytest.raises(StorageError, match="newer version"):
        SqliteStore(path, reading=True)


def test_the_texts_of_the_migrations_are_remembered(path: str) -> None:
    store = made(path)
    store.close()
    connection = apsw.Connection(path)
    connection.execute("UPDATE migrations SET sha256 = zeroblob(32)").fetchall()
    connection.close()
    store = SqliteStore(path)
    assert any("migration 1" in words for words in store.self_check())
    store.close()


# --- reading only


def test_a_store_opened_for_reading_reads_and_refuses_to_write(path: str) -> None:
    store = made(path)
    step = one_case(store)
    reader = SqliteStore(path, reading=True)
    assert len(list(reader.journal(step.row.case_id))) == 3
    store.append(following(step))
    assert len(list(reader.journal(step.row.case_id))) == 4
    with pytest.raises(StorageError, match="reading only"):
        reader.append(opening(reader, "b"))
    reader.close()
    store.close()


def test_a_read_only_store_in_a_read_only_folder_can_be_read_by_another_account() -> None:
    folder = Path(tempfile.mkdtemp(prefix="procflow-store-"))  # pytest's own folders are for itself alone
    path = folder / "cases.db"
    store = made(str(path))
    one_case(store)
    store.close()
    (folder / "cases.db.lock").unlink()
    path.chmod(0o444)
    folder.chmod(0o555)
    found = run(
        """
        import os, sys, json
        from procflow.errors import StorageError
        from procflow.stores.contract_steps import opening
        from procflow.stores.sqlite import SqliteStore
        if os.geteuid() == 0:  # rights do not bind root
            os.setgid(65534); os.setuid(65534)
        store = SqliteStore(sys.argv[1])
        steps = len(list(store.journal(store.load(1).id)))
        try:
            store.append(opening(store, "b"))
        except StorageError as why:
            print(json.dumps([steps, why.message]))
        store.close()
        """,
        str(path),
    )
    folder.chmod(0o755)
    left = sorted(item.name for item in folder.iterdir())
    shutil.rmtree(folder)
    assert found.returncode == 0, found.stderr
    steps, words = json.loads(found.stdout)
    assert steps == 3
    assert "reading only" in words
    assert left == ["cases.db"]


# --- disks that are full or fail


def test_a_full_disk_refuses_the_step_in_words_and_the_store_goes_on_afterwards(path: str) -> None:
    store = made(path)
    step = one_case(store)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, unlimited[1]))
    acked = step
    try:
        with pytest.raises(StorageError, match="no space left") as why:
            for _ in range(1000):
                acked, step = step, following(step, snapshot=os.urandom(5000))
                store.append(step)
        assert why.value.exit_code == 4
        assert len(list(store.journal(acked.row.case_id))) == acked.row.sequence
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    store.append(following(acked))
    assert audit(store).findings == ()
    store.close()


def _failing(path: str, error: str, call: str, when: str, code: str) -> subprocess.CompletedProcess[str]:
    """The code in a process whose system call fails at the given time; strace says whether it did."""
    return subprocess.run(
        [
            *("strace", "-f", "-q", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"),
            *(sys.executable, "-c", textwrap.dedent(code), path),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_flush_that_fails_is_an_error_of_the_disk_and_the_store_is_not_used_any_more(path: str) -> None:
    store = made(path)
    one_case(store)
    store.close()
    found = _failing(
        path,
        "EIO",
        "fdatasync",
        "1+",
        """
        import sys, json
        from procflow.errors import StorageError
        from procflow.stores.contract_steps import opening
        from procflow.stores.sqlite import SqliteStore
        store = SqliteStore(sys.argv[1])
        words = []
        for name in "xy":
            try:
                store.append(opening(store, name))
            except StorageError as why:
                words.append(why.message)
        print(json.dumps(words))
        """,
    )
    assert "(INJECTED)" in found.stderr, "the fault did not fire"
    first, second = json.loads(found.stdout)
    assert "the disk failed" in first
    assert "malformed" not in first
    assert "damaged" not in first
    assert "failed before" in second
    store = SqliteStore(path)
    assert audit(store).findings == ()
    store.close()


@pytest.mark.parametrize("when", ["3+", "6", "9+"])
def test_a_read_that_fails_is_never_reported_as_damage(path: str, when: str) -> None:
    store = made(path)
    for name in "abcdefgh":
        one_case(store, name, steps=12)
    store.close()
    found = _failing(
        path,
        "EIO",
        "pread64",
        when,
        """
        import sys
        from procflow.errors import StorageError
        from procflow.stores.sqlite import SqliteStore
        try:
            store = SqliteStore(sys.argv[1])
            for case in store.cases():
                list(store.journal(case.id))
        except StorageError as why:
            print(why.message)
        """,
    )
    assert "(INJECTED)" in found.stderr, "the fault did not fire"
    assert "Traceback" not in found.stderr
    assert "is damaged" not in found.stdout
    assert "malformed" not in found.stdout


@pytest.mark.parametrize("call", ["pwrite64", "ftruncate"])
def test_where_the_file_that_all_share_cannot_grow_there_is_a_look_and_a_full_disk_is_named(
    path: str, call: str
) -> None:
    store = made(path)
    one_case(store)
    store.close()
    found = _failing(
        path,
        "ENOSPC",
        call,
        "1",
        """
        import sys
        from procflow.errors import StorageError
        from procflow.stores.contract_steps import opening
        from procflow.stores.sqlite import SqliteStore
        store = SqliteStore(sys.argv[1])
        print(store.reading_only, store.load(1).number)
        try:
            store.append(opening(store, "x"))
        except StorageError as why:
            print(why.message)
        """,
    )
    assert "(INJECTED)" in found.stderr, "the fault did not fire"
    assert found.stdout.startswith("True 1\n")
    assert "no space left" in found.stdout and "nothing was written" in found.stdout


def test_a_damaged_file_is_called_damaged(path: str) -> None:
    store = made(path)
    for name in "abcdefgh":
        one_case(store, name, steps=12)
    store.close()
    with open(path, "r+b") as file:
        for page in range(1, os.path.getsize(path) // 4096):
            file.seek(page * 4096)
            file.write(b"\x7f" * 100)
    with pytest.raises(StorageError, match="is damaged"):
        SqliteStore(path).cases()


def test_every_kind_of_failure_has_a_cause_the_file_and_a_next_step(path: str) -> None:
    for fault in (
        apsw.FullError("x"),
        apsw.ReadOnlyError("x"),
        apsw.CantOpenError("x"),
        apsw.NotADBError("x"),
        apsw.IOError("x"),
        apsw.NoMemError("x"),
        apsw.BusyError("x"),
        PermissionError(13, "Permission denied"),
    ):
        found = in_words(fault, path)
        assert path in found.message
        assert found.hint
        assert found.facts["file"] == path
    assert isinstance(in_words(apsw.BusyError("x"), path), Busy)


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


def test_inboxes_and_what_is_due_are_read_along_an_index(store: SqliteStore) -> None:
    """Nothing that people or hosts ask all day may read more rows than it answers with."""
    from procflow.stores import sqlite, sqlite_tasks, sqlite_work

    questions = [
        (sqlite_tasks._STRETCH, 2),
        (sqlite_tasks._BEHIND, 8),
        (sqlite_work._READY, 3),
        *((sql, 0) for sql in sqlite_work._NEXT),
        (sqlite._FIND, 2),
        ("SELECT next_due, case_id FROM cases WHERE next_due <= ? ORDER BY next_due, number LIMIT ?", 2),
    ]
    for sql, values in questions:
        plan = store._connection.execute(f"EXPLAIN QUERY PLAN {sql}", (1,) * values).fetchall()
        words = [row[3] for row in plan]
        scans = [step for step in words if step.startswith("SCAN") and "INDEX" not in step]
        assert scans == [], (sql, words)


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


def test_a_disk_that_fails_within_what_is_written_together_leaves_nothing_of_it(
    path: str, store: SqliteStore
) -> None:
    step = one_case(store)
    limit = os.path.getsize(f"{path}-wal") if os.path.exists(f"{path}-wal") else 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit + 8192, hard))
    try:
        with pytest.raises(StorageError), store.together():
            for _ in range(2000):
                store.append(step := following(step, snapshot=b"x" * 4000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    again = SqliteStore(path)
    assert [case.sequence for case in again.cases()] == [3]
    again.close()
