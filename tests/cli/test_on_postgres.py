"""The command line on a store that several nodes share: the same commands, on PostgreSQL."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from procflow.app import App
from procflow.builtin.world import RealWorld
from procflow.cli.doctor_look import look
from procflow.stores.postgres_connection import in_database

CLOCKED = 'store = "{url}"\nlanguage = "en"\nclock = "clock.txt"\n[channels.mail]\nmode = "file"\n'


def on_postgres(desk: Any, url: str) -> Any:
    """The same workspace, published again into a database."""
    for name in desk.folder.glob("cases.*"):
        name.unlink()
    shutil.rmtree(desk.folder / "evidence", ignore_errors=True)
    desk.write("procflow.toml", CLOCKED.format(url=url))
    desk.ok("check")
    return desk


@pytest.fixture
def team(desk: Any, postgres: Any) -> Any:
    return on_postgres(desk, postgres.url(made=False))


def node(desk: Any, folder: Path) -> Any:
    """Another machine with the same settings, documents and key file."""
    shutil.copytree(desk.folder, folder)
    return type(desk)(folder)


def test_the_main_job_is_done_on_two_nodes_that_share_a_database(team: Any, tmp_path: Path) -> None:
    other = node(team, tmp_path / "other")
    team.registered()
    assert "awaiting evidence" in other.ok("case", "1")
    other.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    assert "at policy dept" in team.ok("log", "1"), "evidence that one node took is there for the other"
    assert not (team.folder / "evidence").exists() and not (team.folder / "cases.db").exists()
    audited = team.json("audit")
    assert audited["whole"] is True and audited["counts"]["files"] >= 1
    findings = other.json("doctor")["findings"]
    assert [one for one in findings if one["level"] == "wrong"] == []
    assert any(
        "PostgreSQL" in one["message"] and "synchronous_commit on" in one["message"] for one in findings
    )
    assert "Nothing is wrong." in team.ok("doctor")


def test_a_node_without_the_key_file_is_told_where_it_comes_from(team: Any, tmp_path: Path) -> None:
    team.registered()
    other = node(team, tmp_path / "other")
    (other.folder / "cases.keys").unlink()
    done = other.run("case", "1")
    assert done.returncode == 4 and "the key file" in done.stderr and "is missing" in done.stderr
    assert not (other.folder / "cases.keys").exists(), "a new one would open nothing"


def test_an_empty_database_beside_a_key_file_is_never_begun_anew(team: Any, postgres: Any) -> None:
    team.registered()
    settings = (team.folder / "procflow.toml").read_text()
    team.write("procflow.toml", CLOCKED.format(url=postgres.url(made=False)))
    for command in (("open", "policy_change"), ("case", "1"), ("check",), ("run", "--once")):
        done = team.run(*command)
        assert done.returncode == 4 and "store copy" in done.stderr and "cases.keys" in done.stderr
    assert "✗ store: there is no store in the database" in team.run("doctor").stdout
    assert team.run("health", "--without-host").returncode == 1
    team.write("procflow.toml", settings)
    assert team.ok("open", "policy_change").startswith("Case 2")


def test_a_file_of_the_password_that_is_not_there_is_told_and_not_taken_for_a_lost_database(
    team: Any,
) -> None:
    team.registered()
    written = (team.folder / "procflow.toml").read_text()
    url = re.search(r'"(postgresql://[^"]*)"', written)[1]  # type: ignore[index]
    rest = "\n".join(line for line in written.splitlines() if not line.startswith("store ="))
    team.write("procflow.toml", f'{rest}\n[store]\nurl = "{url}"\npassword_file = "none.txt"\n')
    done = team.run("inbox")
    assert done.returncode == 2 and "store.password_file cannot be read: none.txt" in done.stderr
    assert "backup" not in done.stderr
    (team.folder / "none.txt").mkdir()
    assert "store.password_file cannot be read: none.txt" in team.run("inbox").stderr


def test_a_database_that_is_away_ends_each_command_with_what_to_do(team: Any) -> None:
    team.registered()
    settings = (team.folder / "procflow.toml").read_text()
    head, _, rest = settings.partition("@127.0.0.1:")
    team.write("procflow.toml", f"{head}@127.0.0.1:1/{rest.partition('/')[2]}")
    done = team.run("inbox")
    assert done.returncode == 4
    assert "cannot be reached" in done.stderr and "is it running" in done.stderr
    told = json.loads(team.run("do", "1", "not_wanted", "--json").stdout)
    assert (told["ok"], told["error"]["code"]) == (False, "storage")


def test_a_workspace_is_made_on_a_database_that_is_empty_and_on_no_other(
    desk: Any, postgres: Any, tmp_path: Path
) -> None:
    url = postgres.url(made=False)
    made = desk.json("init", str(tmp_path / "new"), "--empty", "--store", url)
    assert "procflow.toml" in made["made"]
    assert f'store = "{url}"' in (tmp_path / "new" / "procflow.toml").read_text()
    new = type(desk)(tmp_path / "new")
    new.ok("check")

    class Ahead(RealWorld):
        def now(self) -> datetime:
            return datetime(2090, 1, 1, tzinfo=UTC)

    with App(str(tmp_path / "new"), world=Ahead()) as app:
        (apart,) = [one for one in look(app) if "from the database's" in one.message[0]]
    assert apart.level == "wrong" and "NTP" in apart.advice[0]
    done = desk.run("init", str(tmp_path / "second"), "--store", url)
    assert done.returncode == 2 and "another node" in done.stderr
    assert not (tmp_path / "second").exists()
    for address, code, words in (
        (f"{url}_none", 6, "no such database"),
        ("postgresql://desk:hunter2@127.0.0.1/desk", 1, "a password does not stand in this file"),
    ):
        done = desk.run("init", str(tmp_path / "third"), "--store", address)
        assert (done.returncode, "hunter2" in done.stdout + done.stderr) == (code, False)
        assert words in done.stderr
        assert not (tmp_path / "third").exists()


def test_a_rehearsal_beside_real_cases_is_refused_there_too(team: Any) -> None:
    team.registered()
    settings = (team.folder / "procflow.toml").read_text()
    team.write("procflow.toml", settings.replace('clock = "clock.txt"\n', ""))
    done = team.run("open", "policy_change")
    assert done.returncode == 2 and "rehearsal" in done.stderr


# --- from a file to a database, and back


def everything(desk: Any) -> dict[str, Any]:
    """What people and auditors see of a workspace, for comparison."""
    return {
        "cases": [desk.json("case", str(number)) for number in (1, 2)],
        "log": [desk.json("log", str(number)) for number in (1, 2)],
        "inbox": desk.json("inbox", "--all"),
        "queues": desk.json("queues"),
        "audit": {
            name: n for name, n in desk.json("audit")["counts"].items() if name not in ("accesses", "seals")
        },
    }


def test_a_workspace_moves_to_a_database_and_back_and_is_the_same(
    desk: Any, postgres: Any, tmp_path: Path
) -> None:
    desk.registered()
    desk.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    desk.ok("open", "errand", "--with", "kn=104233")
    desk.run("do", "2", "nothing_of_the_kind")  # refused: a line in the access log
    desk.ok("run", "--once")
    before, url = everything(desk), postgres.url(made=False)
    told = desk.ok("store", "copy", "--to", url)
    assert "Copied 2 cases with 5 steps and 1 file " in told and "The record of the copy is whole." in told
    assert "in place of its line `store`:\n\n[store]\n" in told  # beside it, it is no TOML
    again = desk.run("store", "copy", "--to", url)
    assert again.returncode == 2 and "is not empty" in again.stderr

    settings = (desk.folder / "procflow.toml").read_text()
    desk.write("procflow.toml", settings.replace('store = "sqlite:cases.db"', f'store = "{url}"'))
    for name in ("cases.db", "evidence"):  # nothing of the files is needed any more but the key file
        (desk.folder / name).rename(tmp_path / name)
    assert everything(desk) == before
    desk.ok("do", "2", "pass_on")
    desk.ok("run", "--once")
    after = everything(desk)

    back = desk.json("store", "copy", "--to", str(tmp_path / "back" / "cases.db"))
    assert (
        back["whole"] is True
        and back["rows"]["cases"] == after["audit"]["cases"] + 1
        and back["files"] == before["audit"]["files"]
    )
    desk.write("procflow.toml", back["settings"] + "\n" + settings.replace('store = "sqlite:cases.db"\n', ""))
    assert everything(desk) == after
    taken = desk.run("store", "copy", "--to", str(tmp_path / "back" / "cases.db"))
    assert taken.returncode == 2
    desk.ok("open", "errand", "--with", "kn=104233")
    assert desk.json("audit")["whole"] is True


def test_a_copy_into_the_database_of_another_workspace_is_refused_as_that(
    desk: Any, postgres: Any, tmp_path: Path
) -> None:
    url = postgres.url(made=False)
    desk.json("init", str(tmp_path / "theirs"), "--empty", "--store", url)
    type(desk)(tmp_path / "theirs").ok("check")
    desk.registered()
    done = desk.run("store", "copy", "--to", url)
    assert done.returncode == 2 and "is not empty" in done.stderr and "database that is empty" in done.stderr
    assert "key file" not in done.stderr
    assert type(desk)(tmp_path / "theirs").json("audit")["counts"]["cases"] == 0


def test_what_is_printed_for_the_settings_leads_to_the_very_copy(desk: Any, postgres: Any) -> None:
    """The schema, the way over TLS and which server is meant were left out of the address: it led to another store."""
    plain = postgres.url(made=False)
    in_database(plain, "CREATE SCHEMA branch")
    desk.registered()
    url = f"{plain}?options=-csearch_path%3Dbranch&sslmode=prefer&password=hunter2&target_session_attrs=any"
    (desk.folder / "password.txt").write_text("hunter2\n")
    told = desk.json("store", "copy", "--to", url, "--password-file", "password.txt")
    settings = tomllib.loads(told["settings"])["store"]
    assert settings["url"] == url.replace("&password=hunter2", "")
    assert settings["password_file"] == str(desk.folder / "password.txt")
    written = (desk.folder / "procflow.toml").read_text().replace('store = "sqlite:cases.db"\n', "")
    desk.write("procflow.toml", f"{written}\n{told['settings']}\n")
    (desk.folder / "cases.db").unlink()
    assert desk.ok("case", "1").startswith("Case 1")
    again = desk.json("store", "copy", "--to", str(desk.folder / "back.db"))
    assert again["whole"] is True


def test_the_database_of_a_copy_that_was_killed_at_its_end_is_told_as_what_it_is(
    desk: Any, postgres: Any
) -> None:
    """`not empty` was all that somebody read whose copy had been killed after it was durable."""
    url = postgres.url(made=False)
    desk.registered()
    desk.ok("store", "copy", "--to", url)
    again = desk.run("store", "copy", "--to", url)
    assert again.returncode == 2 and "already holds a copy of this store" in again.stderr
    assert "whole or not at all" in again.stderr and "procflow audit" in again.stderr


def test_a_copy_is_refused_while_a_host_runs(team: Any, tmp_path: Path) -> None:
    team.registered()
    with App(str(team.folder)) as app:
        bell = app.bell("a-host")
        done = team.run("store", "copy", "--to", str(tmp_path / "cases.db"))
        bell.close()
    assert done.returncode == 2 and "others are at work" in done.stderr and "procflow run" in done.stderr
    assert not (tmp_path / "cases.db").exists()


def test_a_backup_of_a_database_is_a_workspace_on_files_that_is_proved_like_any_other(
    team: Any, tmp_path: Path
) -> None:
    team.registered()
    team.ok("do", "1", "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes")
    made = team.json("backup", str(tmp_path / "copy"), "--keys", str(tmp_path / "safe" / "keys"))
    assert made["files"] > 3 and (tmp_path / "copy" / "cases.db").exists()
    proved = team.json(
        "restore", str(tmp_path / "copy"), "--check", "--keys", str(tmp_path / "safe" / "keys")
    )
    assert proved["whole"] is True and proved["counts"]["files"] == 1
    team.ok(
        "restore", str(tmp_path / "copy"), str(tmp_path / "back"), "--keys", str(tmp_path / "safe" / "keys")
    )
    back = type(team)(tmp_path / "back")
    assert (back.folder / "procflow.toml").read_text().startswith('store = "sqlite:cases.db"')
    shutil.copy(team.folder / "clock.txt", back.folder / "clock.txt")
    assert back.json("case", "1") == team.json("case", "1")
