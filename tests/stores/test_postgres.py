"""The store on PostgreSQL beyond the contract: connections that go, servers that refuse, and many nodes at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from procflow.builtin.bell import Bell
from procflow.builtin.world import FrozenWorld
from procflow.errors import Busy, Conflict, NotAllowed, NotFound, ProcflowError, StorageError, UsageError
from procflow.stored import PeopleFacts
from procflow.stores.contract_steps import MINUTE, MORNING, effect, following, id_of, message, opening, task
from procflow.stores.postgres import PostgresStore
from procflow.stores.postgres_aside import DatabaseEvidence, DatabaseKeys
from procflow.stores.postgres_bell import Listener, say
from procflow.stores.postgres_connection import NEWEST, in_database, masked, migration_files
from procflow.testing.cable import Cable


@pytest.fixture
def url(postgres: Any) -> str:
    return str(postgres.url())


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore(url)
    yield store
    store.close()


def until(holds: Callable[[], object]) -> None:
    """Wait for something that must come."""
    waited = threading.Event()
    for _ in range(2000):
        if holds():
            return
        waited.wait(0.01)
    raise AssertionError("it did not come in twenty seconds")


def with_cable(url: str, cable: Cable) -> str:
    head, _, rest = url.rpartition("@127.0.0.1:")
    return f"{head}@127.0.0.1:{cable.port}/{rest.partition('/')[2]}"


# --- what a session keeps


def test_the_settings_that_the_promises_need_are_in_force(store: PostgresStore) -> None:
    settings = {name: store.read(f"SHOW {name}")[0][0] for name in (
        "synchronous_commit", "TimeZone", "default_transaction_isolation", "fsync", "full_page_writes",
        "tcp_user_timeout", "tcp_keepalives_idle", "lock_timeout", "client_encoding",
    )}  # fmt: skip
    assert settings["synchronous_commit"] == settings["fsync"] == settings["full_page_writes"] == "on"
    assert (settings["TimeZone"], settings["default_transaction_isolation"]) == ("UTC", "read committed")
    assert (settings["lock_timeout"], settings["client_encoding"]) == ("10s", "UTF8")
    assert "synchronous_commit on" in store.server()
    assert migration_files()[-1][0] == NEWEST


def test_a_server_that_would_lose_what_it_acknowledged_is_refused(url: str, postgres: Any) -> None:
    in_database(url, "ALTER DATABASE " + url.rpartition("/")[2] + " SET synchronous_commit = off")
    store = PostgresStore(url)
    assert store.read("SHOW synchronous_commit") == [("on",)]  # whatever the database says
    store.close()
    in_database(url, "ALTER SYSTEM SET fsync = off")
    postgres.server.reload()
    try:
        until(lambda: in_database(url, "SHOW fsync") == [("off",)])
        with pytest.raises(StorageError, match="fsync = off") as why:
            PostgresStore(url)
        assert "restart" in why.value.hint
    finally:
        in_database(url, "ALTER SYSTEM RESET fsync")
        postgres.server.reload()
        until(lambda: in_database(url, "SHOW fsync") == [("on",)])


@pytest.mark.parametrize("table", ["journal", "access_log", "seals", "documents"])
def test_what_is_only_added_to_refuses_changes_and_deletions(store: PostgresStore, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with pytest.raises(StorageError, match="only ever added to"):
            store.write(lambda execute, statement=statement: execute(statement))


# --- what is refused, in words


def test_a_server_that_is_not_there_is_named(url: str) -> None:
    with pytest.raises(StorageError, match="cannot be reached") as why:
        PostgresStore("postgresql://desk:s3cret@127.0.0.1:1/desk")
    assert "postgresql://desk@127.0.0.1:1/desk" in why.value.message
    assert "s3cret" not in str(why.value) + str(why.value.facts)
    with pytest.raises(NotFound, match="no such database") as missing:
        PostgresStore(url + "_none")
    assert "CREATE DATABASE" in missing.value.hint
    with pytest.raises(UsageError, match="no address of a PostgreSQL database"):
        PostgresStore("postgresql://[broken")


def test_a_user_that_the_server_does_not_know_is_not_told_as_a_database(url: str) -> None:
    """It was told to make a database, which was there."""
    with pytest.raises(NotFound, match="no such user") as missing:
        PostgresStore(url.replace("postgres@", "ghost@", 1)).close()
    assert "CREATE ROLE" in missing.value.hint and "DATABASE" not in missing.value.hint


def test_a_wrong_password_is_told_without_it(url: str, postgres: Any) -> None:
    in_database(url, "CREATE ROLE guarded LOGIN PASSWORD 'right'")
    postgres.server.demand_password("guarded")
    address = url.replace("postgres@", "guarded@")
    for password in ("wr0ng", ""):
        with pytest.raises(NotAllowed, match="does not let us in") as why:
            PostgresStore(address, password)
        assert "wr0ng" not in str(why.value) + str(why.value.facts)
        assert "password_file" in why.value.hint
    with pytest.raises(NotAllowed, match="may not") as no_rights:
        PostgresStore(address, "right").load(1)
    assert "GRANT" in no_rights.value.hint


def test_a_server_that_is_full_says_so_and_is_waited_for(url: str) -> None:
    in_database(url, "CREATE ROLE crowd LOGIN")
    in_database(url, "GRANT ALL ON ALL TABLES IN SCHEMA public TO crowd")
    address = url.replace("postgres@", "crowd@")
    store = PostgresStore(address, timeout=0.2)
    in_database(url, "ALTER ROLE crowd CONNECTION LIMIT 0")
    with pytest.raises(Busy, match="has no connection left for us: too many connections") as why:
        PostgresStore(address)
    assert "max_connections" in why.value.hint
    in_database(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'crowd'")
    with pytest.raises(Busy, match="no connection left"):
        store.load(1)
    in_database(url, "ALTER ROLE crowd CONNECTION LIMIT 5")
    assert store.load(1) is None
    store.close()


def test_a_user_without_rights_of_its_own_cannot_make_a_store(postgres: Any) -> None:
    url = postgres.url(made=False)
    in_database(url, "CREATE ROLE guest LOGIN")
    with pytest.raises(NotFound, match="there is no store"):
        PostgresStore(url)
    with pytest.raises(NotAllowed, match="may not do this"):
        PostgresStore(url.replace("postgres@", "guest@"), create=True)
    assert in_database(url, "SELECT to_regclass('house')") == [(None,)]


def test_tables_of_another_program_and_a_newer_store_are_refused(postgres: Any, url: str) -> None:
    other = postgres.url(made=False)
    in_database(other, "CREATE TABLE migrations (x int)")
    with pytest.raises(StorageError, match="another program"):
        PostgresStore(other, create=True)
    in_database(url, f"INSERT INTO migrations VALUES ({NEWEST + 1}, 'later.sql', '')")
    with pytest.raises(StorageError, match="newer version"):
        PostgresStore(url)


@pytest.mark.parametrize(
    "theirs",
    [
        "CREATE TABLE cases (id int, title text)",
        "CREATE TABLE seals (id int)",
        "CREATE TABLE house (id int)",
        "CREATE TABLE migrations (name text); CREATE TABLE house (id int)",
    ],
)
def test_whatever_table_of_another_program_has_a_name_of_ours_is_told_and_stays(
    postgres: Any, theirs: str
) -> None:
    other = postgres.url(made=False)
    in_database(other, theirs)
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    before = in_database(other, tables)
    with pytest.raises(StorageError, match="another program"):
        PostgresStore(other, create=True)
    assert in_database(other, tables) == before, "nothing was made beside them"


def test_a_changed_migration_is_found(store: PostgresStore) -> None:
    store.write(lambda execute: execute("UPDATE migrations SET sha256 = '' WHERE number = 1"))
    assert any("another text" in words for words in store.self_check())


def test_many_nodes_make_the_tables_of_a_new_store_once(postgres: Any) -> None:
    url = postgres.url(made=False)
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(lambda _: PostgresStore(url, create=True), range(6)))
    assert stores[0].read("SELECT count(*) FROM migrations") == [(NEWEST,)]
    for store in stores:
        store.close()


def test_a_text_that_cannot_be_kept_is_refused_and_nothing_is_stored(store: PostgresStore) -> None:
    with pytest.raises(UsageError, match="NUL"):
        store.append(opening(store, "a", command="a\0b"))
    assert store.load(1) is None
    store.log_access(MORNING, "qaa", "refused", "c", "no\0thing", "code")
    assert [fields["choice"] for *_, fields in store.access_log()] == ["no␀thing"]


# --- connections that go


def kill_connections(url: str) -> int:
    """As an administrator does, or a failover: every connection of the store ends; -> how many."""
    return len(in_database(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                " WHERE datname = current_database() AND pid <> pg_backend_pid()"))  # fmt: skip


def test_a_store_whose_connection_was_ended_goes_on(store: PostgresStore, url: str) -> None:
    step = opening(store, "a")
    assert kill_connections(url) == 1
    store.append(step)
    assert kill_connections(url) == 1
    assert store.load(1) is not None
    assert kill_connections(url) == 1
    assert store.receive(message(store, "m"))
    assert kill_connections(url) == 1
    with store.together():
        store.append(step := following(step))
        store.append(following(step))
    assert store.load(1).sequence == 3  # type: ignore[union-attr]


def test_a_step_whose_answer_never_came_is_stored_once_and_told_as_done(url: str, postgres: Any) -> None:
    """The connection is cut when the server has the step: whether it stores it, only the server knows."""
    with Cable(postgres.server.port) as cable:
        store = PostgresStore(with_cable(url, cable))
        step = opening(store, "a")
        for _ in range(12):
            cable.cut_after = b"BINARY-MARK"
            step = replace(step, snapshot=b"BINARY-MARK")
            store.append(step)
            step = following(step)
        assert cable.cuts == 12
        assert [row.sequence for row in store.journal(id_of("a"))] == list(range(1, 13))
        cable.cut_after = b"COMMIT"
        # not "received before", although it was stored by the first try
        assert store.receive(message(store, "m"))
        cable.cut_after = b"COMMIT"
        store.log_access(MORNING, "qaa", "seen", "c", "", "")
        assert cable.cuts == 14
        assert len(list(store.access_log())) == 1
        assert store.self_check() == []
        store.close()


def test_what_was_written_together_when_the_answer_never_came_is_known_for_sure(
    url: str, postgres: Any
) -> None:
    with Cable(postgres.server.port) as cable:
        store = PostgresStore(with_cable(url, cable))
        first = opening(store, "a")
        store.append(first)
        with store.together():
            store.append(first := following(first))
            store.append(first := following(first))
            cable.cut_after = b"COMMIT"
        assert store.load(1).sequence == 3  # type: ignore[union-attr]
        with pytest.raises(StorageError, match="cannot be reached"), store.together():
            store.append(first := following(first))
            cable.cut()
            store.append(following(first))
        assert store.load(1).sequence == 3, "what was not committed did not happen"  # type: ignore[union-attr]
        store.close()


@pytest.mark.parametrize(
    "last_heard", [b"server_version_num", b"SET synchronous_commit", b"max(number)", b"SELECT 1 FROM house"]
)
def test_a_connection_that_goes_while_a_store_is_opened_is_made_again(
    url: str, postgres: Any, last_heard: bytes
) -> None:
    PostgresStore(url, create=True).close()
    with Cable(postgres.server.port) as cable:
        cable.cut_after = last_heard
        store = PostgresStore(with_cable(url, cable))
        assert cable.cuts == 1 and store.last_change() == 0
        store.close()


def test_a_store_whose_server_stays_away_says_so_and_comes_back_with_it(url: str, postgres: Any) -> None:
    with Cable(postgres.server.port) as cable:
        store = PostgresStore(with_cable(url, cable), timeout=0.2)
        store.append(one := opening(store, "a"))
        cable.close()
        with pytest.raises(StorageError, match="cannot be reached") as why:
            store.append(following(one))
        assert "goes on when it is back" in why.value.hint
        store._url = url  # the cable is mended
        store.append(following(one))
        assert store.load(1).sequence == 2  # type: ignore[union-attr]
        store.close()


def test_a_closed_store_says_so(store: PostgresStore) -> None:
    store.close()
    for ask in (lambda: store.load(1), lambda: store.tick("x", MORNING)):
        with pytest.raises(StorageError, match="is closed"):
            ask()


# --- many nodes


def race(url: str, count: int, work: Callable[[PostgresStore, int], object]) -> list[object]:
    """`work(store, n)` on as many nodes at once, each with a connection of its own; -> results, or what was raised."""
    begin = threading.Barrier(count)

    def one(n: int) -> object:
        store = PostgresStore(url)
        try:
            begin.wait()
            return work(store, n)
        except ProcflowError as why:
            return why
        finally:
            store.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def reasons(results: list[object]) -> list[str]:
    return sorted(str(why.facts["reason"]) for why in results if isinstance(why, Conflict))


def test_of_many_nodes_that_move_a_case_or_open_one_exactly_one_does(store: PostgresStore, url: str) -> None:
    first = opening(store, "a")
    store.append(first)
    results = race(url, 6, lambda node, n: node.append(following(first, f"by {n}")))
    assert results.count(None) == 1 and reasons(results) == ["sequence"] * 5
    openings = [opening(store, f"b{n}") for n in range(6)]
    results = race(url, 6, lambda node, n: node.append(openings[n]))
    assert results.count(None) == 1 and reasons(results) == ["number"] * 5
    assert dict(store.counts()) == {"open": 2, "closed": 0, "late": 0}


def test_what_two_steps_must_not_both_decide_on_is_decided_once(store: PostgresStore, url: str) -> None:
    cases = [opening(store, "first")]
    store.append(cases[0])
    for n in range(5):
        cases.append(opening(store, f"c{n}"))
        store.append(cases[-1])
    free = PeopleFacts(work=(("ann", 0),))
    steps = [following(case, people=free, tasks=(task(case, roles=(), people=("ann",)),)) for case in cases]
    results = race(url, 6, lambda node, n: node.append(steps[n]))
    assert results.count(None) == 1 and reasons(results) == ["queue"] * 5
    assert store.work_of(["ann"]) == {"ann": 1}
    one = results.index(None)
    cases = [following(steps[n]) if n == one else following(cases[n]) for n in range(6)]
    turns = [replace(case, people=PeopleFacts(turns=(("p/s", "", f"p{n}"),))) for n, case in enumerate(cases)]
    results = race(url, 6, lambda node, n: node.append(turns[n]))
    assert results.count(None) == 1 and reasons(results) == ["turn"] * 5
    assert store.self_check() == []


def test_an_effect_is_claimed_by_one_node_and_none_waits_for_another(store: PostgresStore, url: str) -> None:
    step = opening(store, "a")
    store.append(replace(step, effects=tuple(effect(step, n) for n in range(1, 25))))
    results = race(url, 6, lambda node, n: node.claim_effects(MORNING, MINUTE, f"h{n}", limit=6))
    keys = [row.key for rows in results for row in rows]  # type: ignore[attr-defined]
    assert len(keys) == len(set(keys)) == 24
    slightly_behind = store.claim_effects(MORNING - timedelta(seconds=20), MINUTE, "another clock")
    assert slightly_behind == [], "a node whose clock is a little behind takes nothing away"


def test_a_message_that_two_nodes_bring_is_received_once(store: PostgresStore, url: str) -> None:
    row = message(store, "m")
    results = race(url, 4, lambda node, n: node.receive(replace(row, id=f"{n}")))
    assert (results.count(True), results.count(False)) == (1, 3)


def test_whoever_watches_is_told_of_no_step_before_every_earlier_one_has_ended(
    store: PostgresStore, url: str
) -> None:
    """A transaction that began earlier and ends later must not come to stand behind what was told already."""
    store.append(one := opening(store, "a"))
    store.append(two := opening(store, "b"))
    seen = store.last_change()
    slow = PostgresStore(url)
    with slow.together():
        slow.append(following(one))
        store.append(following(two))
        assert store.changes(seen) == [], "the other may yet come to stand before it"
    told = store.changes(seen)
    assert [change.number for change in told] == [1, 2]
    slow.close()


def test_together_never_stands_in_a_circle_with_another(store: PostgresStore, url: str) -> None:
    """Two nodes that hold what the other needs: one is told to do it by itself, at once."""
    store.append(one := opening(store, "a"))
    store.append(two := opening(store, "b"))
    meet = threading.Barrier(2)

    def both(node: PostgresStore, n: int) -> object:
        mine, other = (one, two) if n == 0 else (two, one)
        with node.together():
            node.append(following(mine, f"mine {n}"))
            meet.wait()
            node.append(following(other, f"other {n}"))
        return None

    results = race(url, 2, both)
    assert any(isinstance(why, Busy) for why in results)
    assert all(why is None or isinstance(why, Busy | Conflict) for why in results)
    assert store.self_check() == []


def test_what_is_read_at_one_instant_is_of_that_instant_and_a_lost_connection_is_told(
    store: PostgresStore, url: str
) -> None:
    store.append(one := opening(store, "a", tasks=()))
    other = PostgresStore(url)
    with store.at_one_instant():
        assert store.counts()["open"] == 1
        other.append(following(one))
        other.append(opening(other, "b"))
        with store.at_one_instant():
            assert [case.sequence for case in store.cases()] == [1]
        assert store.self_check() == []
    assert [case.sequence for case in store.cases()] == [2, 1]
    with pytest.raises(StorageError), store.at_one_instant():
        in_database(
            url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
        with suppress(StorageError):  # as the audit does, which goes on with its other parts
            store.cases()
    assert len(store.cases()) == 2
    other.close()


def test_a_deadlock_is_done_again_without_anybody_hearing_of_it(store: PostgresStore, url: str) -> None:
    in_database(url, "ALTER DATABASE " + url.rpartition("/")[2] + " SET deadlock_timeout = '20ms'")
    store.tick("a", MORNING)
    store.tick("b", MORNING)
    meet, tries = threading.Barrier(2), [0, 0]

    def cross(node: PostgresStore, n: int) -> object:
        def work(execute: Any) -> None:
            tries[n] += 1
            first, second = ("a", "b") if n == 0 else ("b", "a")
            execute("UPDATE ticks SET last = last + 1 WHERE name = %s", (first,))
            if tries[n] == 1:
                meet.wait()
            execute("UPDATE ticks SET last = last + 1 WHERE name = %s", (second,))

        return node.write(work)

    assert race(url, 2, cross) == [None, None]
    assert sum(tries) >= 3, "one of the two was done again"
    assert store.ticks() == dict.fromkeys("ab", MORNING + timedelta(microseconds=2))


# --- words between nodes


def test_a_node_hears_what_another_says_and_not_itself(
    store: PostgresStore, tmp_path: Path, url: str
) -> None:
    other = PostgresStore(url)
    bell = Bell(str(tmp_path), "desk-1", Listener(store, "desk-1"))
    assert bell.wait(0) == {"."}, "from here on nothing is missed"
    say(other, "mail")
    until(lambda: bell.wait(0.05) == {"mail"})
    say(other, "not for desks", only="host")
    say(other, "from itself", "desk-1")
    say(other, "for desks", only="desk-")
    heard: set[str] = set()
    until(lambda: heard.update(bell.wait(0.05)) or heard)
    assert heard == {"for desks"}
    kill_connections(url)
    # it came back, and may have missed something
    until(lambda: heard.update(bell.wait(0.05)) or "." in heard)
    listener = Listener(store, "desk-2")
    assert listener._connection is not None
    listener._connection.pgconn.finish()  # as the library does when it meets the end by itself
    assert listener.fileno() == -1, "it is not there now, and comes back"
    listener.close()
    other.close()
    bell.close()


# --- keys and evidence


def test_every_node_needs_the_same_key_file(store: PostgresStore, url: str, tmp_path: Path) -> None:
    world = FrozenWorld(MORNING)
    first = DatabaseKeys(store, str(tmp_path / "a.keys"), world, create=True)
    sealed = first.seal(7, b"place", b"secret")
    node = PostgresStore(url)
    with pytest.raises(StorageError, match="not the one that this store was made with") as why:
        DatabaseKeys(node, str(tmp_path / "b.keys"), world, create=True)
    assert "bring it from the node" in why.value.hint
    (tmp_path / "copy.keys").write_bytes((tmp_path / "a.keys").read_bytes())
    (tmp_path / "copy.keys").chmod(0o600)
    second = DatabaseKeys(node, str(tmp_path / "copy.keys"), world)
    assert second.open(7, b"place", sealed) == b"secret"
    assert second.fingerprint("Mette") == first.fingerprint("mette ")
    evidence, copy = DatabaseEvidence(store, first), DatabaseEvidence(node, second)
    facts = evidence.put(b"a paper", key_slot=7, name="paper.txt")
    assert copy.get(facts["hash"], key_slot=7) == b"a paper"
    assert list(copy.hashes()) == [facts["hash"]]
    second.erase([7])
    with pytest.raises(StorageError, match="was erased"):
        copy.get(facts["hash"], key_slot=7)
    for ring in (first, second):
        ring.close()
    node.close()


def test_two_nodes_that_make_keys_at_once_agree_on_each(
    store: PostgresStore, url: str, tmp_path: Path
) -> None:
    DatabaseKeys(store, str(tmp_path / "a.keys"), FrozenWorld(MORNING), create=True).close()

    def seal(node: PostgresStore, n: int) -> tuple[bytes, ...]:
        keys = DatabaseKeys(node, str(tmp_path / "a.keys"), FrozenWorld(MORNING + n * MINUTE))
        keys.refill(1)
        return tuple(keys._key(slot) for slot in (1, 500, 1500))

    assert len(set(race(url, 4, seal))) == 1


# --- what it costs


def test_inboxes_and_what_is_due_are_read_along_an_index(store: PostgresStore) -> None:
    from procflow.stores import postgres_tasks, postgres_work

    questions: list[tuple[str, Any]] = [
        (postgres_tasks._STRETCH, (["r:agent"], 20)),
        (postgres_work._ANY_READY, {"now": 1, "until": 1, "far": 1, "but": ["sms"]}),
        (
            "SELECT next_due, case_id FROM cases WHERE next_due <= %s ORDER BY next_due, number LIMIT %s",
            (1, 1),
        ),
        (postgres_work._NEXT, ()),
    ]
    for sql, values in questions:
        plan = "\n".join(row[0] for row in store.read(f"EXPLAIN {sql}", values))
        assert "Seq Scan" not in plan.replace("Seq Scan on house", "") and "Index" in plan, plan


def test_an_address_is_shown_without_its_password() -> None:
    assert masked("postgresql://desk:s3cret@db.example:5433/desk?sslmode=verify-full") == (
        "postgresql://desk@db.example:5433/desk"
    )
    assert "s3cret" not in masked("host=db.example password=s3cret dbname=desk")
    assert "s3cret" not in masked("postgresql://desk:s3cret@[broken")


def test_a_store_that_was_brought_to_another_server_keeps_the_order_of_its_steps(url: str) -> None:
    """A new server counts its transactions anew; what was stored before must stay before."""
    store = PostgresStore(url)
    store.append(one := opening(store, "a"))
    store.write(lambda execute: execute("UPDATE house SET base = 1125899906842624"))
    store.append(two := following(one))
    store.write(lambda execute: execute("UPDATE house SET base = 0"))  # as on the new server
    store.close()
    store = PostgresStore(url)
    store.append(following(two))
    assert [change.sequence for change in store.changes(0)] == [1, 2, 3]
    store.close()
