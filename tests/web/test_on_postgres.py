"""The desk on two machines that share a database: what happens at one is seen at the other, also after a failover."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from ready import started
from serving import Served
from small import small_workspace
from test_live import Stream, procflow

from procflow.stores.postgres_connection import in_database


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
