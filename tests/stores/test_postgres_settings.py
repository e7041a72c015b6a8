"""What a server, a database or a user is set to beyond the house's wishes: it changes nothing of what is stored, and whoever
is ended by it goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from procflow.errors import Busy, NotAllowed
from procflow.stores.contract_steps import MORNING, effect, following, id_of, opening
from procflow.stores.postgres import PostgresStore
from procflow.stores.postgres_bell import Listener, say
from procflow.stores.postgres_connection import in_database

#: By each of them something is read or ended otherwise; the server may not know the last.
_SETTINGS = (
    "standard_conforming_strings = off", "bytea_output = escape", "transform_null_equals = on", "array_nulls = off",
    "idle_session_timeout = '40ms'", "idle_in_transaction_session_timeout = '40ms'", "lock_timeout = '1ms'",
    "default_transaction_isolation = serializable", "default_transaction_deferrable = on", "DateStyle = 'SQL, DMY'",
    "transaction_timeout = '40ms'",
)  # fmt: skip


@pytest.fixture
def url(postgres: Any) -> str:
    return str(postgres.url())


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore(url)
    yield store
    store.close()


def set_for(url: str, setting: str) -> None:
    in_database(url, f'ALTER DATABASE "{url.rpartition("/")[2]}" SET {setting}')


def known(url: str, setting: str) -> bool:
    name = setting.partition(" ")[0].lower()
    return bool(in_database(url, f"SELECT 1 FROM pg_settings WHERE lower(name) = '{name}'"))


@pytest.mark.parametrize("setting", _SETTINGS)
def test_whatever_a_database_is_set_to_what_is_stored_is_what_was_given(url: str, setting: str) -> None:
    """Bytes of an effect came back as other bytes where strings did not conform, and who waited was ended."""
    if not known(url, setting):
        pytest.skip("this server has no such setting")
    set_for(url, setting)
    store, listener = PostgresStore(url), None
    try:
        listener = Listener(store, "a")
        step = opening(store, "a")
        asked = [effect(step, n, parameters=bytes(range(256)) + b"\\x41'\\") for n in (1, 2)]
        store.append(replace(step, effects=tuple(asked)))
        with store.at_one_instant():
            threading.Event().wait(0.1)
            row = next(iter(store.journal(id_of("a"))))
        assert row == step.row
        store.keep("k", "n", b"\\x00'\\\0", MORNING)
        assert [each.parameters for each in store.effects(id_of("a"))] == [each.parameters for each in asked]
        threading.Event().wait(0.1)
        assert listener.heard() == ["."], "it has not been ended since"
        say(store, "word")
        threading.Event().wait(0.1)
        assert listener.heard() == ["word"]
        assert store.self_check() == []
    finally:
        if listener is not None:
            listener.close()
        store.close()


def test_a_transaction_that_was_ended_because_its_process_slept_is_done_again(store: PostgresStore) -> None:
    """A process that was stopped for a minute in the middle of a step was told what the server calls it."""
    slept = []

    def work(execute: Any) -> int:
        if not slept:
            execute("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
            slept.append(threading.Event().wait(0.2))
        return int(execute("SELECT 7").fetchone()[0])

    assert store.write(work) == 7


def test_whom_the_server_has_ended_for_being_idle_gets_another_connection(
    store: PostgresStore, url: str
) -> None:
    store.read("SELECT set_config('idle_session_timeout', '20ms', false)")
    threading.Event().wait(0.2)
    assert store.read("SELECT 7") == [(7,)]


def test_what_an_administrator_cancels_is_told_as_something_to_do_again(store: PostgresStore) -> None:
    ((process,),) = store.read("SELECT pg_backend_pid()")
    other = threading.Timer(0.2, in_database, (store.access[0], f"SELECT pg_cancel_backend({process})"))
    other.start()
    with pytest.raises(Busy, match="cancelled") as why:
        store.read("SELECT pg_sleep(10)")
    other.join()
    assert "again" in why.value.hint
    step = opening(store, "a")
    store.append(step)
    store.append(following(step))


def test_whom_the_server_does_not_take_is_told_what_to_change_there(url: str) -> None:
    """That it cannot be reached was told, and to see whether it runs."""
    name = f"clerk_{url.rpartition('_')[2]}"
    database, theirs = url.rpartition("/")[2], url.replace("//postgres@", f"//{name}@")
    in_database(url, f"CREATE ROLE {name} LOGIN")
    server = url.replace(database, "postgres")
    for shut, opened, words in (
        (f"ALTER ROLE {name} NOLOGIN", f"ALTER ROLE {name} LOGIN", "not permitted to log in"),
        (f'REVOKE CONNECT ON DATABASE "{database}" FROM public', f'GRANT CONNECT ON DATABASE "{database}" TO public', "permission denied"),
        (f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false', f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true', "not currently accepting"),
    ):  # fmt: skip
        in_database(server, shut)
        with pytest.raises(NotAllowed, match=words) as why:
            PostgresStore(theirs)
        assert "LOGIN" in why.value.hint and "is it running" not in why.value.hint
        in_database(server, opened)
