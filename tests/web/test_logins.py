"""Logging in, by a real server and a real store: what a login is worth, how long, and what it withstands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from logging_in import CLOCK, PASSWORD, Visitor, housed, procflow, set_clock
from serving import Served

from procflow.app import App


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return housed(tmp_path_factory.mktemp("logins"), "anna", "bo", "lis", "nora")


@pytest.fixture(scope="module")
def served(house: Path) -> Iterator[Served]:
    served = Served(house, "--no-host")
    yield served
    assert served.stop() == ""


@pytest.fixture(autouse=True)
def _clock(house: Path) -> None:
    set_clock(house, CLOCK)


def accesses(house: Path) -> list[tuple[str, str, str, str]]:
    with App(str(house)) as app:
        found = [one for _, _, _, one in app.store.access_log()]
    return [(one["person"], one["what"], one["choice"], one["code"]) for one in found]


def test_who_is_not_logged_in_is_led_to_the_login_and_back_to_where_they_wanted_to_go(served: Served) -> None:
    anna = Visitor(served)
    status, headers, _ = anna.get("/account?tab=1")
    assert (status, headers["location"]) == (303, "/login?next=%2Faccount%3Ftab%3D1")
    status, _, page = anna.get(headers["location"])
    assert status == 200 and 'name="next" value="/account?tab=1"' in page and "Adgangskode" in page
    assert "Password" in anna.get("/login", accept_language="en")[2]
    status, headers, _ = anna.log_in("anna", wanted="/account?tab=1")
    assert (status, headers["location"]) == (303, "/account?tab=1")
    assert "Anna Test" in anna.get("/account")[2]
    status, headers, _ = anna.get("/login?next=/account")
    assert (status, headers["location"]) == (303, "/account"), "who is in already goes on"


@pytest.mark.parametrize(
    ("sent", "back"),
    [("/cases/1/do", "/cases/1"), ("/cases/1/work", "/cases/1"), ("/messages/abc", "/messages/abc"), ("/open/call_back", "/open/call_back"),
     ("/account/end", ""), ("/people/absent", "")],
)  # fmt: skip
def test_a_form_that_is_sent_when_the_login_is_over_leads_back_to_its_page(
    served: Served, sent: str, back: str
) -> None:
    status, headers, _ = Visitor(served).post(sent, {"note": "typed before it was over"})
    wanted = f"/login?{urlencode({'next': back})}" if back else "/login"
    assert (status, headers["location"]) == (303, wanted)


def test_a_program_that_is_nobody_is_told_so_and_not_led_anywhere(served: Served) -> None:
    status, headers, _ = served.get("/account", sec_fetch_mode="cors")
    assert status == 401 and "location" not in headers
    status, headers, body = served.get("/api/cases", accept_language="en")
    assert status == 401 and "`Authorization: Bearer`" in json.loads(body)["hint"]
    for shown in ("Basic YW5uYTp4", "pf_" + "a" * 49, "Token pf_x"):
        status, _, body = served.get("/api/cases", authorization=shown, accept_language="en")
        assert status == 401 and "write the word Bearer, a space" in json.loads(body)["hint"], shown
    status, headers, _ = served.post("/account/end", {"id": "x"})
    assert (status, headers["location"]) == (303, "/login")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)",
        "/%0d%0aset-cookie: a=b", "http:/evil.example", "///evil.example", "/\r\nlocation: //evil.example", " //evil.example", "evil.example",
    ],
)  # fmt: skip
def test_a_login_leads_to_no_other_site(served: Served, wanted: str) -> None:
    status, headers, _ = Visitor(served).log_in("anna", wanted=wanted)
    place = headers["location"]
    assert status == 303 and place.startswith("/") and not place.startswith(("//", "/\\"))
    assert (
        "\r" not in place
        and "\n" not in place
        and "a" not in headers.get_all("set-cookie")[0].split("=")[0:0]
    )
    assert len(headers.get_all("set-cookie")) == 1


def test_the_cookie_is_for_this_server_alone_and_out_of_reach_of_scripts(served: Served) -> None:
    _, headers, _ = Visitor(served).log_in("ANNA")
    (cookie,) = headers.get_all("set-cookie")
    name, _, rest = cookie.partition("=")
    value, *facts = rest.split("; ")
    assert name == "procflow" and len(value) == 43
    assert facts == ["Path=/", "Max-Age=36000", "HttpOnly", "SameSite=Lax"]


def test_a_login_gets_an_id_that_nobody_had_before_and_the_earlier_one_ends(
    served: Served, house: Path
) -> None:
    planted = "A" * 43
    anna = Visitor(served)
    anna.cookies["procflow"] = planted
    anna.log_in("anna")
    first = anna.cookies["procflow"]
    assert first != planted
    thief = Visitor(served)
    thief.cookies["procflow"] = planted
    assert thief.get("/account")[0] == 303
    anna.log_in("anna")
    assert anna.cookies["procflow"] != first
    thief.cookies["procflow"] = first
    assert thief.get("/account")[0] == 303
    kept = (house / "cases.db").read_bytes() + (house / "cases.db-wal").read_bytes()
    assert anna.cookies["procflow"].encode() not in kept and PASSWORD.encode() not in kept


def test_a_page_that_one_person_left_does_nothing_in_the_name_of_the_next(
    served: Served, house: Path
) -> None:
    """Anna types and goes; Bo logs in beside her page, in the same browser, and somebody presses Save there."""
    browser = Visitor(served)
    browser.log_in("anna")
    page = browser.get("/cases/1")[2]
    (whose,) = set(re.findall('name="drawn_for" value="([^"]*)"', page))
    assert whose == "anna"
    left = {
        "drawn_for": "anna",
        "take": "wrong",
        "request": "a" * 32,
        "seen": "1",
        "note": "Anna typed this here",
    }
    browser.log_in("bo")
    for path, form in (
        ("/cases/1/do", left), ("/cases/1/draft", left), ("/cases/1/work", {**left, "what": "claim"}),
        ("/open/call_back", {"drawn_for": "anna"}), ("/people/absent", {"drawn_for": "anna", "person": "bo"}),
    ):  # fmt: skip
        status, headers, told = browser.post(path, form)
        assert (status, headers["x-drawn-for-another"]) == (401, "yes"), path
        assert "siden er tegnet for en anden" in told
    assert procflow(house, "log", "1", "--json", by="anna").count('"sequence"') == 1
    browser.log_in("anna")
    assert browser.post("/cases/1/do", left)[0] == 303, "once she is back it is done, in her name"
    assert "Anna Test" in browser.get("/cases/1/story")[2]
    assert browser.post("/cases/1/do", {**left, "take": "found", "request": "b" * 32, "seen": ""})[0] == 303


def test_logging_out_ends_the_login_and_not_only_the_cookie(served: Served) -> None:
    anna = Visitor(served)
    anna.log_in("anna@small.example")
    secret = anna.cookies["procflow"]
    status, headers, _ = anna.post("/logout")
    assert (status, headers["location"]) == (303, "/login?out=1")
    assert "procflow" not in anna.cookies
    assert "logget ud" in anna.get("/login?out=1")[2]
    anna.cookies["procflow"] = secret
    assert anna.get("/account")[0] == 303


def test_a_login_ends_half_an_hour_after_its_last_use_and_ten_hours_after_its_beginning(
    served: Served, house: Path
) -> None:
    anna = Visitor(served)
    anna.log_in("anna")
    set_clock(house, "2026-05-11T10:34:59+02:00")
    assert anna.get("/account")[0] == 200
    set_clock(house, "2026-05-11T11:04:58+02:00")
    assert anna.get("/account")[0] == 200
    set_clock(house, "2026-05-11T11:34:58+02:00")
    assert anna.get("/account")[0] == 303
    set_clock(house, CLOCK)
    anna.log_in("anna")
    for hour in range(10, 20):
        for minute in ("10", "34", "58"):
            set_clock(house, f"2026-05-11T{hour}:{minute}:00+02:00")
            assert anna.get("/account")[0] == 200, (hour, minute)
    set_clock(house, "2026-05-11T20:04:59+02:00")
    assert anna.get("/account")[0] == 200
    set_clock(house, "2026-05-11T20:05:00+02:00")
    assert anna.get("/account")[0] == 303


def test_a_page_that_only_listens_keeps_no_login_alive(served: Served, house: Path) -> None:
    anna = Visitor(served)
    anna.log_in("anna")
    set_clock(house, "2026-05-11T10:25:00+02:00")
    anna.post("/live/here", {"case": "1", "page": "p1", "doing": "looks"})
    set_clock(house, "2026-05-11T10:35:00+02:00")
    assert anna.get("/account")[0] == 303


def test_a_login_outlives_a_restart_and_is_known_to_every_server_of_the_house(
    served: Served, house: Path
) -> None:
    anna = Visitor(served)
    anna.log_in("anna")
    other = Served(house, "--no-host")
    try:
        there = Visitor(other)
        there.cookies.update(anna.cookies)
        assert there.get("/account")[0] == 200
        there.post("/logout")
        assert anna.get("/account")[0] == 303, "ended here, ended there"
        anna.log_in("anna")
    finally:
        other.kill()
    again = Served(house, "--no-host")
    try:
        back = Visitor(again)
        back.cookies.update(anna.cookies)
        assert back.get("/account")[0] == 200
    finally:
        again.stop()


def test_what_is_wrong_is_said_in_the_same_words_whatever_it_is(served: Served, house: Path) -> None:
    answers = []
    for name, password in (
        ("anna", "wrong" * 5),
        ("nobody", PASSWORD),
        ("lis", ""),
        ("", ""),
        ("anna' or 1=1", "x"),
    ):
        visitor = Visitor(served)
        status, _, page = visitor.log_in(name, password)
        assert "procflow" not in visitor.cookies
        answers.append((status, page.split("<h1>")[1].split("<form")[0]))
    assert len(set(answers)) == 1 and answers[0][0] == 401
    assert "navn eller adgangskode er ikke rigtig" in answers[0][1]
    told = accesses(house)
    assert ("anna", "login", "password", "wrong") in told and ("-", "login", "password", "wrong") in told
    assert not any("nobody" in one for one in told), "what was typed as a name is not kept"


def test_guessing_is_stopped_for_a_while_and_locks_nobody_out_elsewhere(served: Served, house: Path) -> None:
    guesser = Visitor(served)
    set_clock(house, "2026-05-12T10:00:00+02:00")
    for _ in range(5):
        assert guesser.log_in("bo", "not this one at all")[0] == 401
    status, _, page = guesser.log_in("bo", PASSWORD)
    assert status == 429 and "prøv igen om 15 min." in page
    assert guesser.log_in("bo@small.example", PASSWORD)[0] == 429, "by whatever name"
    assert guesser.log_in("lis")[0] == 303, "somebody else may"
    set_clock(house, "2026-05-12T10:14:59+02:00")
    assert guesser.log_in("bo")[0] == 429
    set_clock(house, "2026-05-12T10:15:00+02:00")
    assert guesser.log_in("bo")[0] == 303


def test_a_new_password_wants_the_old_one_and_ends_every_other_login(served: Served) -> None:
    here, there = Visitor(served), Visitor(served)
    for visitor in (here, there):
        visitor.log_in("nora")
    new = "fire helt andre ord nu"
    page = here.post("/account/password", {"old": "wrong" * 4, "new": new, "again": new})
    assert page[0] == 403 and "ikke rigtig" in page[2]
    page = here.post("/account/password", {"old": PASSWORD, "new": new, "again": new + "!"})
    assert page[0] == 422 and "ikke ens" in page[2]
    for weak in (
        "short",
        "nora nora nora nora",
        "aaaaaaaaaaaaaaaaaaaa",
        "x" * 201,
        "Nora Test small.example",
    ):
        page = here.post("/account/password", {"old": PASSWORD, "new": weak, "again": weak})
        assert page[0] == 422, weak
    page = here.post("/account/password", {"old": PASSWORD, "new": new, "again": new})
    assert page[0] == 200 and "Adgangskoden er skiftet" in page[2]
    assert here.get("/account")[0] == 200
    assert there.get("/account")[0] == 303
    assert Visitor(served).log_in("nora")[0] == 401
    assert Visitor(served).log_in("nora", new)[0] == 303


def test_people_see_and_end_their_own_logins_and_nobody_elses(served: Served, house: Path) -> None:
    lis, phone, anna = Visitor(served), Visitor(served, user_agent="Phone <b>1</b>"), Visitor(served)
    lis.log_in("lis")
    phone.log_in("lis")
    anna.log_in("anna")
    page = lis.get("/account")[2]
    assert "Phone &lt;b&gt;1&lt;/b&gt;" in page and "127.0.0.1" in page
    (id_,) = [
        one["id"] for one in json.loads(procflow(house, "user", "logins", "lis", "--json"))["result"]["logins"]
        if one["browser"].startswith("Phone")
    ]  # fmt: skip
    assert anna.post("/account/end", {"id": id_})[0] == 404
    assert phone.get("/account")[0] == 200
    assert lis.post("/account/end", {"id": id_})[0] == 200
    assert phone.get("/account")[0] == 303
    procflow(house, "user", "logout", "lis", by="sys")
    assert lis.get("/account")[0] == 303
    assert anna.get("/account")[0] == 200


def test_who_is_removed_is_out_at_once(served: Served, house: Path) -> None:
    procflow(house, "user", "add", "qqq", typed=PASSWORD + "\n", rc=6)
    bo = Visitor(served)
    set_clock(house, "2026-05-14T10:00:00+02:00")
    bo.log_in("bo")
    token = json.loads(procflow(house, "token", "add", "bo", "--everything", "--json"))["result"]["token"]
    assert served.get("/", authorization=f"Bearer {token}")[0] == 200
    procflow(house, "user", "remove", "bo", by="lis")
    assert bo.get("/account")[0] == 303
    assert served.get("/", authorization=f"Bearer {token}")[0] == 401
    assert bo.log_in("bo")[0] == 401
    procflow(house, "user", "add", "bo", typed=PASSWORD + "\n")
    assert ("lis", "user.remove", "bo", "done") in accesses(house)


def test_a_token_does_what_its_scopes_say_for_as_long_as_it_lasts(served: Served, house: Path) -> None:
    made = (
        "token",
        "add",
        "anna",
        "--scope",
        "inbox.read",
        "--scope",
        "case.read",
        "--procedure",
        "coaching",
        "--days",
        "2",
    )
    told: dict[str, Any] = json.loads(procflow(house, *made, "--json"))["result"]
    token = told["token"]
    assert token.startswith("pf_") and len(token) == 52 and told["scopes"] == ["inbox.read", "case.read"]
    assert token.encode() not in (house / "cases.db").read_bytes() + (house / "cases.db-wal").read_bytes()
    shown = f"Bearer {token}"
    status, _, page = served.get("/", authorization=shown)
    assert status == 200 and "/cases/1" not in page.decode(), "the cases of other procedures are not its"
    assert served.get("/cases/1", authorization=shown)[0] == 403
    assert served.get("/account", authorization=shown)[0] == 403
    assert served.get("/", authorization=shown[:-1] + ("A" if shown[-1] != "A" else "B"))[0] == 401
    for nothing in ("Bearer", "Bearer ", "Basic YTpi", "Bearer pf_", shown + "x", "Bearer " + "é" * 40):
        assert served.ask("GET", "/", authorization=nothing.encode().decode("latin-1"))[0] == 401
    (listed,) = [
        one
        for one in json.loads(procflow(house, "token", "list", "--json"))["result"]["tokens"]
        if one["id"] == told["id"]
    ]
    assert listed["used"] is not None and "token" not in listed
    set_clock(house, "2026-05-13T10:05:00+02:00")
    assert served.get("/", authorization=shown)[0] == 401
    set_clock(house, CLOCK)
    procflow(house, "token", "revoke", told["id"][:6])
    assert served.get("/", authorization=shown)[0] == 401
    for wrong in (
        ("--scope", "case.reed"),
        (),
        ("--everything", "--scope", "case.read"),
        ("--everything", "--days", "9999"),
    ):
        procflow(house, "token", "add", "anna", *wrong, rc=2)
    procflow(house, "token", "add", "anna", "--everything", "--procedure", "nothing", rc=6)


def test_a_stranger_sends_little_and_nothing_is_read_of_who_may_not_send(served: Served) -> None:
    big = b"name=" + b"x" * 100_000
    kind = "application/x-www-form-urlencoded"
    assert served.ask("POST", "/login", big, content_type=kind)[0] == 413
    assert served.ask("POST", "/account/end", big, content_type=kind)[0] == 303
    anna = Visitor(served)
    anna.log_in("anna")
    cookie = f"procflow={anna.cookies['procflow']}"
    ours = {"content_type": kind, "cookie": cookie, "sec_fetch_site": "same-origin"}
    assert served.ask("POST", "/account/end", big, **ours)[0] == 404
