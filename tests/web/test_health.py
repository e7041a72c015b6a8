"""What a process tells of itself while its database can be reached and does not do what it should: soon, and as what it is."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from ready import started
from serving import Served
from small import small_workspace

from procflow.stores.postgres_connection import in_database
from procflow.web.operations import AGAIN_AFTER


@pytest.fixture
def user(postgres: Any) -> Iterator[str]:
    """A user without more rights than it needs, whose tables these are."""
    name = f"desk_{postgres.url().rpartition('_')[2]}"
    in_database(postgres.server.url(), f"CREATE ROLE {name} LOGIN")
    yield name


@pytest.fixture
def url(postgres: Any, user: str) -> str:
    address = str(postgres.url(made=False))
    in_database(address, f"GRANT USAGE, CREATE ON SCHEMA public TO {user}")
    return address


@pytest.fixture
def served(tmp_path: Path, url: str, user: str) -> Iterator[Served]:
    folder = small_workspace(tmp_path)
    (folder / "procflow.toml").write_text(
        f'store = "{url.replace("//postgres@", f"//{user}@")}"\nlanguage = "en"\n'
    )
    assert started(["check"], folder).returncode == 0
    served = Served(folder, person="anna")
    assert ready(served) == []
    yield served
    served.kill()


def ready(served: Served) -> list[str]:
    """What fails now."""
    status, _, body = served.get("/health/ready")
    failing = [name for name, said in json.loads(body)["checks"].items() if said != "ok"]
    assert (status == 200) == (not failing)
    return failing


def until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        threading.Event().wait(0.2)


def test_a_table_that_somebody_holds_is_told_soon_and_nobody_takes_the_process_for_dead(
    served: Served, url: str
) -> None:
    """Whoever asked whether it lives waited for the store too, ten seconds and more: it would have been killed."""
    with psycopg.connect(url) as other, ThreadPoolExecutor(3) as pool:
        other.execute("LOCK TABLE cases, tallies IN ACCESS EXCLUSIVE MODE")
        threading.Event().wait(AGAIN_AFTER)  # until then the last answer is given again
        asked = time.monotonic()
        looking = pool.submit(ready, served)
        figures = pool.submit(served.get, "/metrics")
        threading.Event().wait(0.3)
        for _ in range(3):
            begun = time.monotonic()
            assert served.get("/health/live")[0] == 200
            assert time.monotonic() - begun < 1
        assert looking.result(20) == ["store"] and time.monotonic() - asked < 6
        done = started(["health", "--at", f"127.0.0.1:{served.port}"], served.folder)
        assert done.returncode == 1 and done.stdout.startswith("Not ready: store."), done.stdout + done.stderr
        other.rollback()
        assert figures.result(40)[0] == 200
    until(lambda: ready(served) == [], 15)
    log = [one for one in served.log() if one["event"] in ("not_ready", "ready")]
    assert [(one["event"], one["check"]) for one in log] == [("not_ready", "store"), ("ready", "store")]


def test_what_only_the_store_knows_is_not_told_as_wrong_where_the_store_does_not_say_it(
    served: Served, url: str
) -> None:
    """A table that could not be read was told as a clock that is wrong."""
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
        done = started(["health", "--without-host"], served.folder)
        assert done.stdout.startswith("Not ready: store."), done.stdout + done.stderr


def test_rights_that_are_missing_are_told_before_somebody_loses_work_to_them(
    served: Served, url: str, user: str
) -> None:
    """Tables that another user had brought back could be read only: the doctor found nothing wrong."""
    for right, table in (("INSERT", "journal"), ("UPDATE", "effects")):
        in_database(url, f"REVOKE {right} ON {table} FROM {user}")
        until(lambda: ready(served) == ["write"], 8)
        told = started(["doctor"], served.folder)
        assert told.returncode == 1
        assert f"{right} on {table}" in " ".join(told.stdout.split()) and "OWNER TO" in told.stdout
        in_database(url, f"GRANT {right} ON {table} TO {user}")
        until(lambda: ready(served) == [], 8)
        assert started(["doctor"], served.folder).returncode == 0


def test_a_server_that_can_only_be_read_is_told_within_seconds(served: Served, postgres: Any) -> None:
    """It took thirty of them."""
    database = postgres.server.url()
    in_database(database, "ALTER SYSTEM SET default_transaction_read_only = on")
    try:
        in_database(database, "SELECT pg_reload_conf()")
        until(lambda: ready(served) == ["write"], 8)
    finally:
        with psycopg.connect(database, autocommit=True) as other:
            other.execute("SET default_transaction_read_only = off")
            other.execute("ALTER SYSTEM RESET default_transaction_read_only")
            other.execute("SELECT pg_reload_conf()")
    until(lambda: ready(served) == [], 8)
