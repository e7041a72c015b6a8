"""The desk on two machines that share a database: what happens at one is seen at the other, also after a failover."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from ready import started
from serving import Served
from small import small_workspace
from test_live import Stream, procflow

from procflow.stores.postgres_connection import in_database
from procflow.testing.line import Line


def test_two_desks_on_two_machines_tell_each_other_what_happens_and_outlive_their_connections(
    tmp_path: Path, postgres: Any
) -> None:
    url, here, there = postgres.url(), tmp_path / "here", tmp_path / "there"
    here.mkdir()
    (small_workspace(here) / "procflow.toml").write_text(f'store = "{url}"\nlanguage = "en"\n')
    assert started(["check"], here).returncode == 0
    shutil.copytree(here, there)
    one, two = Served(here, person="anna"), Served(there, "--no-host", person="bo")
    try:
        page = Stream(one)
        assert page.event()[0] == "beat"
        procflow(there, "open", "call_back", "--as", "bo", "--with", "name=Mette")
        assert page.next()[1] == {"number": 1, "sequence": 1, "procedure": "call_back"}
        assert one.post("/live/here", {"case": "1", "page": "p1", "doing": "looking"})[0] == 204
        assert [each["person"] for each in page.next()[1]["people"]] == ["anna"]
        assert two.post("/live/here", {"case": "1", "page": "p2", "doing": "typing"})[0] == 204
        assert {each["person"]: each["typing"] for each in page.next()[1]["people"]} == {
            "anna": False,
            "bo": True,
        }

        ended = in_database(
            url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid()",
        )
        assert len(ended) >= 4, "both desks were connected, and listened"
        assert two.get("/")[0] == one.get("/")[0] == 200
        procflow(there, "do", "1", "wrong", "--as", "bo")
        while (heard := page.next())[0] != "case":
            continue
        assert heard[1] == {"number": 1, "sequence": 2, "procedure": "call_back"}
        status, _, body = two.get("/api/inbox")
        assert status == 200 and json.loads(body)["tasks"][0]["number"] == 1
        page.close()
    finally:
        assert [two.stop(), one.stop()] == ["", ""]


def over_a_line(tmp_path: Path, postgres: Any) -> tuple[Path, Line]:
    """A workspace whose database is reached over a line that can be cut, and the line."""
    head, _, rest = postgres.url().partition("@127.0.0.1:")
    line = Line(postgres.server.port, lambda: 0)
    folder = small_workspace(tmp_path)
    address = f"{head}@127.0.0.1:{line.port}/{rest.partition('/')[2]}"
    (folder / "procflow.toml").write_text(f'store = "{address}"\nlanguage = "en"\n')
    assert started(["check"], folder).returncode == 0
    return folder, line


def test_the_first_that_a_thread_of_the_desk_is_asked_waits_for_a_database_that_is_away_as_later_ones_do(
    tmp_path: Path, postgres: Any
) -> None:
    """Eight threads each said at once that the server is away, when they were asked for the first time."""
    folder, line = over_a_line(tmp_path, postgres)
    desk = Served(folder, "--no-host", person="anna")
    try:
        with ThreadPoolExecutor(4) as people:
            line.set("gone")
            asked = [people.submit(desk.get, "/") for _ in range(4)]
            assert not wait(asked, 0.7).done, "nobody is told yet"
            line.set("well")
            assert [each.result(30)[0] for each in asked] == [200] * 4
    finally:
        desk.stop()
        line.close()


def test_a_desk_takes_the_new_password_of_its_database_and_says_meanwhile_that_the_store_is_away(
    tmp_path: Path, postgres: Any
) -> None:
    """It knew the first one until it was started anew, and told people that they may not."""
    url, user = postgres.url(), f"clerk_{postgres.url().rpartition('_')[2]}"
    in_database(url, f"CREATE ROLE {user} LOGIN SUPERUSER PASSWORD 'one'")
    postgres.server.demand_password(user)
    folder = small_workspace(tmp_path)
    (folder / "password.txt").write_text("one\n")
    address = url.replace("//postgres@", f"//{user}@")
    (folder / "procflow.toml").write_text(
        f'language = "en"\n[store]\nurl = "{address}"\npassword_file = "password.txt"\n'
    )
    assert started(["check"], folder).returncode == 0
    desk = Served(folder, person="anna")
    try:
        assert desk.get("/api/inbox")[0] == 200
        in_database(url, f"ALTER ROLE {user} PASSWORD 'two'")
        in_database(url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{user}'")
        status, _, body = desk.get("/api/inbox")
        told = json.loads(body)
        assert (status, told["code"]) == (503, "storage") and "does not let us in" in told["detail"]
        (folder / "password.txt").write_text("two\n")
        assert [desk.get("/api/inbox")[0] for _ in range(12)] == [200] * 12
    finally:
        desk.kill()
        in_database(url, f"REASSIGN OWNED BY {user} TO postgres")
        in_database(url, f"DROP ROLE {user}")


def test_a_desk_writes_again_as_soon_as_its_database_can_be_written(tmp_path: Path, postgres: Any) -> None:
    """It stayed with a connection that could only be read, as the server was set when it was made."""
    url, folder = postgres.url(), small_workspace(tmp_path)
    name = url.rpartition("/")[2]
    (folder / "procflow.toml").write_text(f'store = "{url}"\nlanguage = "en"\n')
    assert started(["check"], folder).returncode == 0
    desk = Served(folder, person="anna")

    def opens() -> tuple[int, dict[str, Any]]:
        body = json.dumps({"procedure": "call_back", "with": {"name": "Mette"}}).encode()
        status, _, told = desk.ask("POST", "/api/cases", body, content_type="application/json")
        return status, json.loads(told)

    def ended() -> None:
        in_database(
            postgres.server.url(),
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )

    try:
        assert opens()[0] == 201
        in_database(postgres.server.url(), f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        ended()
        for _ in range(2):
            status, told = opens()
            assert (status, told["code"]) == (503, "storage"), told
            assert desk.get("/api/cases/1")[0] == 200, "what there is can be looked at"
        assert started(["inbox", "--as", "anna"], folder).returncode == 0
        in_database(postgres.server.url(), f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        found = [opens() for _ in range(6)]
        assert [status for status, _ in found].count(201) >= 3 and found[-1][0] == 201
    finally:
        desk.kill()


def test_threads_that_wait_for_a_database_that_stays_away_wait_side_by_side(
    tmp_path: Path, postgres: Any
) -> None:
    """Each waited for the one before it: the fourth was told after forty seconds."""
    folder, line = over_a_line(tmp_path, postgres)
    desk = Served(folder, "--no-host", person="anna")
    try:
        with ThreadPoolExecutor(4) as people:
            line.set("gone")
            asked = [people.submit(desk.get, "/api/inbox") for _ in range(4)]
            assert [each.result(29)[0] for each in asked] == [503] * 4, (
                "each is told within its thirty seconds"
            )
    finally:
        desk.kill()
        line.close()
