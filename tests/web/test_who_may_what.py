"""The table of who may what drives these: every route times every role, and what every route that writes withstands.

A new route is asked here by itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from asked import Doorman, Reached, ask, filled
from logging_in import procflow

from procflow.app import App
from procflow.cli.access_reference import columns, page, rooms, shipped_grounds
from procflow.core.policy import ACTIONS, OF_THE_FILES, Actor, Grounds, verdict
from procflow.web.rates import Rates
from procflow.web.routes import READING, Route
from procflow.web.site import Site

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "access.md"
#: In an order of their own: how they are declared hangs on what was imported first.
ROUTES = sorted((route for room in rooms() for route in room.routes), key=lambda r: (r.path, r.method))
WRITING = [route for route in ROUTES if route.method not in READING]


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shipped") / "desk"
    procflow(tmp_path_factory.getbasetemp(), "init", str(folder))
    procflow(folder, "check")
    return folder


@pytest.fixture(scope="module")
def reached(shipped: Path) -> Iterator[tuple[Site, list[Reached]]]:
    """The site with all that stands before its routes; the routes only say that they were reached."""
    there = [Reached(room) for room in rooms()]
    minutes = itertools.count(0.0, 60.0)  # every question in a minute of its own: nobody asks too often
    site = Site(lambda: App(str(shipped)), Doorman(), there, clock=lambda: next(minutes))
    yield site, there
    site.close()


@pytest.fixture(autouse=True)
def a_new_minute(reached: tuple[Site, list[Reached]]) -> None:
    """Each test asks as if nobody had asked before: together they ask more than one address may in a minute."""
    reached[0]._rates = Rates(monotonic)


@pytest.fixture(scope="module")
def grounds() -> Grounds:
    """What is decided on in the repository, which is itself the shipped workspace."""
    return shipped_grounds(str(ROOT))


def written() -> dict[str, dict[str, bool]]:
    """route -> role -> whether the page says that it is reached."""
    text = PAGE.read_text(encoding="utf-8").partition("## Routes of the desk")[2]
    roles = [re.findall(r"`(\w+)`", line) for line in re.findall(r"^\d+\. (.*)$", text, re.M)]
    found: dict[str, dict[str, bool]] = {}
    for method, path, cells in re.findall(r"^\| (\w+) `([^`]+)` \| `[\w.]+` \|(.*)\|$", text, re.M):
        said = [cell.strip() == "●" for cell in cells.split("|")]
        assert len(said) == len(roles)
        found[f"{method} {path}"] = {
            role: yes for group, yes in zip(roles, said, strict=True) for role in group
        }
    return found


def test_the_page_is_made_of_the_policy_the_routes_and_the_shipped_organisation(grounds: Grounds) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(rooms(), grounds), (
        "run: python -m procflow.cli.access_reference > docs/reference/access.md"
    )


def test_every_route_is_reached_by_the_roles_of_the_page_and_by_nobody_else(
    shipped: Path, reached: tuple[Site, list[Reached]]
) -> None:
    site, there = reached
    table = written()
    assert set(table) == {named(route) for route in ROUTES}
    with App(str(shipped)) as app:
        organisation = app.engine.surroundings().organisation
        role_of = {}
        for person, facts in organisation.people.items():
            if len(facts["roles"]) == 1:
                role_of.setdefault(facts["roles"][0], person)
    single = set(role_of)
    assert len(single) > 15, "most roles have somebody who has no other"
    asked = denied = 0
    for route in ROUTES:
        for role, person in {**role_of, "": ""}.items():
            expected = table[named(route)][role] if role else route.may == "page.public"
            path = filled(route.path, case="1")
            status, _, _ = ask(
                site, route.method, path, headers={"as": person, "sec-fetch-site": "same-origin"}
            )
            assert (status == 204) == expected, (named(route), role, status)
            assert expected or status == (403 if role else 401), (named(route), role, status)
            asked, denied = asked + 1, denied + (not expected and bool(role))
    assert sum(len(room.calls) for room in there) == sum(
        table[named(route)][role] if role else route.may == "page.public"
        for route in ROUTES
        for role in (*role_of, "")
    )
    with App(str(shipped)) as app:
        kept = [one["code"] for _, _, _, one in app.store.access_log()]
    assert kept.count("not_for_roles") == denied, "every denial is kept, and strangers fill no log"


def test_the_columns_of_the_page_cover_every_role_once(grounds: Grounds) -> None:
    roles = [role for group, _ in columns(grounds) for role in group]
    assert sorted(roles) == sorted(grounds.organisation.roles)


@pytest.mark.parametrize("route", WRITING, ids=named)
def test_a_route_that_writes_takes_nothing_from_a_page_of_another_site(
    reached: tuple[Site, list[Reached]], route: Route
) -> None:
    site, there = reached
    before = sum(len(room.calls) for room in there)
    path = filled(route.path, case="1")
    foreign = [
        {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1"},
        {"origin": "https://evil.example"}, {"origin": "null"}, {"origin": "http://127.0.0.1:81"}, {"origin": "http://127.0.0.1.evil.example"},
        {"origin": "http://["}, {"sec-fetch-site": ""}, {},
    ]  # fmt: skip
    for headers in foreign:
        for way in ("login", "os", ""):
            if not headers and way != "login":
                continue  # a program on this machine, or one that logs in
            who = {"as": "lead_1", "way": way} if way else {}
            status, _, _ = ask(site, route.method, path, headers={**headers, **who})
            assert status in (401, 403), (headers, way)
    assert sum(len(room.calls) for room in there) == before
    if route.may in ("page.public", "account.own", "case.step"):
        ours = {"as": "agent_1", "origin": "http://127.0.0.1"}
        assert ask(site, route.method, path, headers=ours)[0] == 204
        assert ask(site, route.method, path, headers={"as": "agent_1", "way": "token"})[0] == 204


@pytest.mark.parametrize("route", ROUTES, ids=named)
def test_every_answer_carries_what_keeps_a_browser_safe(
    reached: tuple[Site, list[Reached]], route: Route
) -> None:
    site, _ = reached
    for who in ("agent_1", ""):
        headers = {"as": who, "sec-fetch-site": "same-origin"}
        _, told, _ = ask(site, route.method, filled(route.path, case="1"), headers=headers)
        assert told["x-content-type-options"] == "nosniff" and told["cache-control"] == "no-store"
        assert (
            "script-src 'self'" in told["content-security-policy"]
            and "unsafe" not in told["content-security-policy"]
        )
        assert "strict-transport-security" not in told, "only over TLS"


def test_the_same_person_may_the_same_by_the_files_by_a_login_and_by_a_token(shipped: Path) -> None:
    with App(str(shipped)) as app:
        for person in app.engine.surroundings().organisation.people:
            for action in ACTIONS:
                grounds = app.grounds(action)
                said = {
                    way: verdict(Actor(person, way), action, grounds).allowed
                    for way in ("os", "login", "token")
                }
                assert said["login"] == said["token"]
                assert said["os"] == (said["login"] or action in OF_THE_FILES), (person, action)


def test_one_who_asks_too_often_waits_and_others_do_not(shipped: Path) -> None:
    from procflow.web.rates import OF_ADDRESS

    there = [Reached(room) for room in rooms()]
    site = Site(lambda: App(str(shipped)), Doorman(), there, clock=lambda: 30.0)
    answers = [ask(site, "GET", "/login") for _ in range(OF_ADDRESS + 1)]
    status, told, _ = answers[-1]
    assert status == 429 and 0 < int(told["retry-after"]) <= 60
    assert ask(site, "GET", "/login", headers={"as": "agent_1"})[0] == 204
    site.close()
