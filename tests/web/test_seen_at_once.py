"""What is kept of one look for the next never hides a change: not one by another process, and not that time has passed."""

import json
import resource
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asked import ask, filled, routes_of, standing
from logging_in import housed, set_clock
from starlette.requests import Request
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute

from procflow.app import App
from procflow.core.organisation import Absence
from procflow.web.site import Site


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return housed(tmp_path)


@pytest.fixture
def site(house: Path) -> Iterator[Site]:
    with standing(house) as site:
        yield site


def inbox(site: Site, person: str) -> list[int]:
    """The numbers in an inbox; the same by API and by desk."""
    status, _, body = ask(site, "GET", "/api/inbox", headers={"as": person})
    assert status == 200
    found = [row["number"] for row in json.loads(body)["tasks"]]
    page = ask(site, "GET", "/", headers={"as": person})[2].decode()
    assert all((f'href="/cases/{number}"' in page) == (number in found) for number in range(1, 4))
    return found


def test_a_change_by_another_process_is_in_the_very_next_answer(site: Site, house: Path) -> None:
    assert inbox(site, "anna") == inbox(site, "anna") == [1]
    with App(str(house)) as other:
        assert other.open("call_back", "bo", {}).number == 3
        assert inbox(site, "anna") == [1, 3]
        assert other.assign(3, "bo", "lis").accepted
        assert (inbox(site, "anna"), inbox(site, "bo")) == ([1], [1, 3])
        away = Absence("bo", datetime(2026, 5, 12, 7, tzinfo=UTC), datetime(2026, 5, 13, 7, tzinfo=UTC))
        assert other.engine.register_absence("away", away, "lis").accepted
    assert inbox(site, "anna") == [1], "he is still here"
    set_clock(house, "2026-05-12T10:00:00+02:00")
    assert inbox(site, "anna") == [1, 3], "his mate has his work, and nothing but the time has changed"
    set_clock(house, "2026-05-13T10:00:00+02:00")
    assert inbox(site, "anna") == [1]


def test_whoever_loses_a_role_sees_its_work_no_more(site: Site, house: Path) -> None:
    assert inbox(site, "anna") == [1]
    written = house / "procedures" / "organisation.yaml"
    written.write_text(written.read_text().replace("Anna Test, roles: [agent]", "Anna Test, roles: [lead]"))
    with App(str(house)) as other:
        other.check()
    assert inbox(site, "anna") == []
    written.write_text(written.read_text().replace("languages: [da, en]", "languages: [en]"))
    with App(str(house)) as other:
        other.check()
    assert b"Waits for the call" in ask(site, "GET", "/api/inbox", headers={"as": "bo"})[2]


def test_a_route_is_found_by_its_parts_as_starlette_finds_it_in_turn(site: Site) -> None:
    found = 0
    for route in routes_of(site.rooms):
        path = filled(route.path)
        scope = {"type": "http", "method": route.method, "path": path, "root_path": "", "headers": []}
        in_turn = next(
            one for one in site._star.router.routes
            if isinstance(one, StarletteRoute) and one.matches(Request(scope).scope)[0] is Match.FULL
        )  # fmt: skip
        by_parts = site._star.router.found(route.method, path)  # type: ignore[attr-defined]
        assert by_parts is in_turn or ":" in route.path, path
        found += by_parts is not None
    assert found > 80
    for path in ("/", "/nothing", "/cases//story", "/cases/1/", "//", "/api/cases/1%2F2"):
        status = ask(site, "GET", path, headers={"as": "anna"})[0]
        assert status == (200 if path == "/" else 404 if path != "/cases/1/" else 307), path


def test_on_a_full_disk_people_go_on_reading_and_their_looks_are_kept_when_there_is_room(
    house: Path, site: Site
) -> None:
    headers = {"as": "anna"}
    sent = {**headers, "way": "token", "content-type": "application/json"}
    assert ask(site, "GET", "/api/cases/1", headers=headers)[0] == 200
    with App(str(house)) as app:
        before = [fields for *_, fields in app.store.access_log()]
        unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, unlimited[1]))
        try:
            full = [
                ask(site, "GET", path, headers=headers)[0]
                for path in ("/api/cases/1", "/cases/1", "/find?q=1")
            ]
            note = ask(site, "POST", "/api/cases/1/notes", b'{"text": "A note"}', sent)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
        assert full == [200, 200, 303] and note[0] == 503, note
        assert [fields for *_, fields in app.store.access_log()] == before
        assert ask(site, "GET", "/api/cases/1", headers=headers)[0] == 200
    site.close()
    with App(str(house)) as app:
        after = [fields["what"] for *_, fields in app.store.access_log()][len(before) :]
    assert sorted(after) == ["case", "case", "case", "find"]


def test_a_workspace_that_cannot_be_opened_is_told_in_words_and_goes_on_when_it_can(
    house: Path, site: Site
) -> None:
    keys = house / "cases.keys"
    keys.rename(house / "away")
    status, _, body = ask(site, "GET", "/api/cases/1", headers={"as": "anna"})
    assert status == 503 and b"cases.keys is missing" in body
    assert str(house).encode() not in body  # where it lies is for whoever runs it
    (house / "away").rename(keys)
    assert ask(site, "GET", "/api/cases/1", headers={"as": "anna"})[0] == 200
