"""Disks under a store: full, failing, damaged; each is told in words that fit, and none as another."""

import json
import os
import resource
import signal
import subprocess
import sys
import textwrap

import apsw
import pytest

from procflow.errors import Busy, StorageError
from procflow.records.audit import audit
from procflow.stores.contract_steps import following, id_of
from procflow.stores.sqlite import SqliteStore
from procflow.stores.sqlite_connection import in_words

from .on_disk import made, one_case

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


def test_a_flush_that_fails_is_an_error_of_the_disk_and_the_store_is_opened_anew_for_what_comes_next(
    path: str,
) -> None:
    store = made(path)
    one_case(store)
    store.close()
    found = _failing(
        path,
        "EIO",
        "fdatasync",
        "1..3",
        """
        import sys, json
        from procflow.errors import StorageError
        from procflow.stores.contract_steps import opening
        from procflow.stores.sqlite import SqliteStore
        store = SqliteStore(sys.argv[1])
        words = []
        for name in "uvwxyz":
            try:
                mark = store.mark()
                store.append(opening(store, name))
                assert mark != store.mark()
                words.append(name)
            except StorageError as why:
                words.append(why.message)
        print(json.dumps(words))
        """,
    )
    assert "(INJECTED)" in found.stderr, "the fault did not fire"
    first, *others, last = json.loads(found.stdout)
    assert "the disk failed" in first
    assert "malformed" not in first
    assert "damaged" not in first
    assert last == "z", others
    store = SqliteStore(path)
    assert audit(store).findings == ()
    stored = {case.id for case in store.cases()}
    assert {id_of(words) for words in (*others, last) if len(words) == 1} <= stored
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
    with pytest.raises(StorageError, match="is damaged") as why:
        SqliteStore(path).cases()
    assert "\n" not in why.value.message, "whatever SQLite says of it, an error is one line"


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
