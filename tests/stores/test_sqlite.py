"""What only a store on disk must hold: its settings and rights, its migrations, and reading."""

import json
import os
import shutil
import tempfile
import time
from pathlib import Path

import apsw
import pytest
from msgspec.structs import replace

from procflow.errors import Busy, NotFound, StorageError
from procflow.stores.contract_steps import MORNING, following, opening, task
from procflow.stores.sqlite import SqliteStore
from procflow.stores.sqlite_connection import NEWEST, migration_files, refuse_old_sqlite

from .on_disk import made, one_case, run

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


def test_the_check_of_the_store_asks_no_more_often_where_there_are_more_cases_and_says_whose_tasks_differ(
    store: SqliteStore,
) -> None:
    def asked() -> int:
        statements: list[str] = []
        store._connection.exec_trace = lambda _, sql, __: statements.append(sql) is None
        assert store.self_check() == []
        store._connection.exec_trace = None
        return len(statements)

    def opened(name: str) -> None:
        step = opening(store, name)
        store.append(replace(step, tasks=(task(step), task(step, "second"))))

    opened("a")
    few = asked()
    for n in range(9):
        opened(f"more {n}")
    assert asked() == few
    for changed in (
        "DELETE FROM tasks WHERE number = 2",
        "UPDATE tasks SET due = 5 WHERE number = 7 AND task = 'second'",
        "INSERT INTO tasks SELECT 'p:else', act_by, due, since, number, task, kind, roles, people, deadline FROM tasks WHERE number = 10",
    ):
        store._connection.execute(changed).fetchall()
    told = [words for words in store.self_check() if "open tasks" in words]
    assert [words.split()[5] for words in told] == ["2", "7", "10"]


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


def test_a_path_that_is_longer_than_sqlite_takes_is_said_so(path: str) -> None:
    made(path).close()
    folder = Path(path).parent.joinpath(*["a" * 200] * 3)
    folder.mkdir(parents=True)
    there = Path(shutil.copy(path, folder))
    with pytest.raises(StorageError, match="its path is longer than SQLite takes"):
        SqliteStore(str(there))


def test_nothing_is_acknowledged_that_would_go_into_a_file_that_was_moved_or_replaced(path: str) -> None:
    store = made(path)
    one_case(store)
    os.rename(path, f"{path}-away")
    for replaced in (False, True):
        if replaced:
            shutil.copy(f"{path}-away", path)
        with pytest.raises(StorageError, match="was moved, removed or replaced"):
            store.append(opening(store, "two"))
        with pytest.raises(StorageError, match="was moved, removed or replaced"), store.together():
            pass
    os.rename(f"{path}-away", path)
    store.append(opening(store, "two"))
    assert len(store.cases()) == 2
    store.close()


def test_what_lies_beside_the_store_is_missed_before_anything_is_written_and_nothing_acknowledged_is_lost(
    path: str,
) -> None:
    for end in ("-wal", "-shm"):
        store, other = SqliteStore(path, create=True), SqliteStore(path)
        store.append(one := opening(store, f"one{end}"))
        os.unlink(path + end)
        for missing in (store, other):
            with pytest.raises(StorageError, match=f"{end} beside the store was moved, removed or replaced"):
                missing.append(following(one))
            with pytest.raises(StorageError), missing.together():
                pass
        fresh = SqliteStore(path)
        assert fresh.load(one.row.case_id) is not None
        if end == "-shm":
            fresh.append(following(one))
        for each in (fresh, other, store):
            each.close()
        again = SqliteStore(path)
        assert again.self_check() == []
        assert [case.sequence for case in again.cases()] == [1] if end == "-wal" else [1, 2]
        again.close()


@pytest.mark.parametrize("quiet", [True, False], ids=["a quiet folder", "two changes in one second"])
def test_a_file_beside_the_store_is_missed_whatever_the_time_of_its_folder_says(
    path: str, quiet: bool
) -> None:
    folder = os.path.dirname(path)
    store = SqliteStore(path, create=True)
    store.append(one := opening(store, "one"))
    at = 1_000_000_000.5 if quiet else os.stat(folder).st_mtime // 1  # some file systems count whole seconds
    os.utime(folder, (at, at))
    store.append(two := following(one))
    os.unlink(path + "-wal")
    if not quiet:
        os.utime(folder, (at, at))
    with pytest.raises(StorageError, match="-wal beside the store"):
        store.append(following(two))
    store.close()


@pytest.mark.parametrize("linked", [False, True], ids=["the folder itself", "a link to it"])
def test_a_folder_that_gave_way_to_another_is_missed(tmp_path: Path, linked: bool) -> None:
    """What a restore does beside a desk that still runs: another folder gets the name, or a link leads to another one."""
    first, second, named = tmp_path / "first", tmp_path / "second", tmp_path / "named"
    for folder in (first, second):
        folder.mkdir()
        made(str(folder / "cases.db")).close()
    if linked:
        named.symlink_to(first)
    else:
        first.rename(named)
    store = SqliteStore(str(named / "cases.db"))
    store.append(one := opening(store, "one"))
    # the time of the folder is older than a tick: from here on the folder is all that is looked at
    time.sleep(0.06)
    store.append(two := following(one))
    if linked:
        named.unlink()
        named.symlink_to(second)
    else:
        named.rename(first)
        second.rename(named)
    with pytest.raises(StorageError, match="was moved, removed or replaced"):
        store.append(following(two))
    store.close()


def test_a_link_to_a_store_has_the_same_gate_as_the_store(path: str, tmp_path: Path) -> None:
    made(path).close()
    (tmp_path / "elsewhere").mkdir()
    os.symlink(path, link := str(tmp_path / "elsewhere" / "linked.db"))
    store, linked = SqliteStore(path, timeout=0.1), SqliteStore(link, timeout=0.1)
    with store.together(), pytest.raises(Busy):
        linked.append(opening(linked, "two"))
    linked.append(opening(linked, "two"))
    made(str(tmp_path / "another.db")).close()
    os.unlink(link)
    os.symlink(tmp_path / "another.db", link)
    with pytest.raises(StorageError, match="moved, removed or replaced while it is in use"):
        linked.append(opening(linked, "three"))
    store.close()
    linked.close()


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


AFTER_A_LOOK = """
import os, sys, json
from procflow.errors import StorageError
from procflow.stores.contract_steps import opening
from procflow.stores.sqlite import SqliteStore
path = sys.argv[1]
SqliteStore(path).close()  # all that is imported late
os.rename(path + "-shm", path + "-shm.x") if os.path.exists(path + "-shm") else None
if os.geteuid() == 0:  # rights do not bind root
    for place in (os.path.dirname(path), *(each.path for each in os.scandir(os.path.dirname(path)))):
        os.chown(place, 65534, 65534)
    os.setgid(65534); os.setuid(65534)
os.chmod(path, 0o400)
SqliteStore(path, reading=True).close()
os.chmod(path, 0o600)
said = []
for _ in range(2):
    store = SqliteStore(path)
    try:
        store.append(opening(store, "b"))
        said.append("stored")
    except StorageError as why:
        said += [why.message, why.hint]
        os.chmod(path + "-shm", 0o600)
    store.close()
print(json.dumps(said))
"""


def test_a_file_beside_the_store_that_kept_the_rights_of_a_moment_is_named_and_what_to_do() -> None:
    """A look while the store could not be written left an index that nobody could write, for good, and nobody was told
    which file that was."""
    folder = Path(tempfile.mkdtemp(prefix="procflow-store-"))
    store = made(str(folder / "cases.db"))
    one_case(store)
    store.close()
    found = run(AFTER_A_LOOK, str(folder / "cases.db"))
    shutil.rmtree(folder)
    assert found.returncode == 0, found.stderr
    message, hint, then = json.loads(found.stdout)
    assert f"nothing can be written into {folder}/cases.db-shm; nothing was written" in message
    assert (hint.endswith(f"chmod u+w {folder}/cases.db-shm"), then) == (True, "stored")


def test_an_empty_file_is_told_as_that_to_who_only_looks_too(path: str) -> None:
    Path(path).touch()
    for reading in (False, True):
        with pytest.raises(StorageError, match="is empty: nothing is left in the file"):
            SqliteStore(path, reading=reading)


def test_inboxes_and_what_is_due_are_read_along_an_index(store: SqliteStore) -> None:
    """Nothing that people or hosts ask all day may read more rows than it answers with."""
    from procflow.stores import sqlite, sqlite_tasks, sqlite_work

    questions = [
        (sqlite_tasks._STRETCH, 2),
        (sqlite_tasks._BEHIND, 8),
        (sqlite_work._READY, 4),
        *((sql, 0) for sql in sqlite_work._NEXT),
        (sqlite._FIND, 2),
        ("SELECT next_due, case_id FROM cases WHERE next_due <= ? ORDER BY next_due, number LIMIT ?", 2),
    ]
    for sql, values in questions:
        plan = store._connection.execute(f"EXPLAIN QUERY PLAN {sql}", (1,) * values).fetchall()
        words = [row[3] for row in plan]
        scans = [step for step in words if step.startswith("SCAN") and "INDEX" not in step]
        assert scans == [], (sql, words)
