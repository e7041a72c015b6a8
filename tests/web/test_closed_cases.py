"""A case that its procedure shows to some stays closed to all others, whatever route they take to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from asked import Doorman, ask, filled, standing
from logging_in import housed, procflow
from msgspec.structs import fields

from procflow.api.room import RESOURCES
from procflow.app import App
from procflow.cli.access_reference import rooms
from procflow.core.policy import Actor
from procflow.errors import NotAllowed
from procflow.web.routes import READING, Route
from procflow.web.site import Site

TO_CASES = [route for room in rooms() for route in room.routes if "{case}" in route.path]
CLOSED, OPEN = "2", "1"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return housed(tmp_path_factory.mktemp("closed"))


@pytest.fixture(scope="module")
def site(house: Path) -> Iterator[Site]:
    with standing(house) as site:
        yield site


def sequence(house: Path, case: str) -> int:
    with App(str(house)) as app:
        return app.engine.load(case).row.sequence


#: What routes of the API ask for, by name.
VALUES = {
    "with": {},
    "text": "A word about it",
    "note": "A word for who takes it over",
    "until": "2 hours",
    "reason": "It waits",
    "person": "bo",
    "task": "",
}
FORM = b"choice=held&person=bo&do=assign&note=x&to=bo&what=assign&field=about&value=bo&action=claim"


def _sent(route: Route) -> tuple[bytes, dict[str, str]]:
    """What this route takes, so that it is not refused for its form: a form, JSON, or bytes."""
    declared = next((one for one in RESOURCES if (one.method, one.path) == (route.method, route.path)), None)
    if declared is None or route.method in READING:
        return FORM, {}
    if declared.sends:
        return b"x", {"content-type": declared.sends[0]}
    if declared.takes is None:
        return b"", {}
    body = {
        field.encode_name: VALUES[field.encode_name]
        for field in fields(declared.takes)
        if field.required or field.encode_name == "with"
    }
    return json.dumps(body).encode(), {"content-type": "application/json"}


@pytest.mark.parametrize("route", TO_CASES, ids=lambda route: f"{route.method} {route.path}")
def test_a_closed_case_is_closed_on_every_route(site: Site, house: Path, route: Route) -> None:
    if route.stream is not None:
        pytest.fail("a stream of one case needs a test of its own")
    with App(str(house)) as app:
        id_ = app.engine.load(CLOSED).row.id
    before = sequence(house, CLOSED)
    form, kind = _sent(route)
    for case in (CLOSED, id_):
        for who in ("anna", "lis"):
            headers = {"as": who, "sec-fetch-site": "same-origin", **kind}
            status, _, body = ask(
                site, route.method, filled(route.path, case=case, choice="held"), form, headers
            )
            assert status in (400, 403, 404), (who, status)
            assert b"Samtale" not in body and b"held" not in body.replace(b"/held", b""), (
                "nothing of it is told"
            )
    assert sequence(house, CLOSED) == before
    if route.method in READING and route.may != "audit.read":
        seen, _, _ = ask(site, "GET", filled(route.path, case=CLOSED), headers={"as": "nora"})
        assert seen in (200, 404)
        assert ask(site, "GET", filled(route.path, case=OPEN), headers={"as": "anna"})[0] in (200, 404)


def test_whoever_sees_it_does(site: Site) -> None:
    assert ask(site, "GET", f"/cases/{CLOSED}", headers={"as": "nora"})[0] == 200
    assert ask(site, "GET", f"/cases/{OPEN}", headers={"as": "anna"})[0] == 200


def test_nobody_acts_in_the_name_of_another(house: Path) -> None:
    with App(str(house)) as app, app.asked_by(Actor("anna")):
        for act in (
            lambda: app.look(CLOSED, "nora"),
            lambda: app.do(OPEN, "called", "bo", {"answer": "x"}),
            lambda: app.note(OPEN, "bo", "x"),
            lambda: app.claim(OPEN, "bo"),
            lambda: app.open("call_back", "bo", {}),
            lambda: app.assign(OPEN, "bo", "lis"),
            lambda: app.draft(OPEN, "bo", "called"),
            lambda: app.keep_draft(OPEN, "bo", "called", {"answer": "x"}),
            lambda: app.absent("bo", app.world.now(), None, "lis"),
            lambda: app.report("cases", None, None, "lis"),
        ):
            with pytest.raises(NotAllowed) as refused:
                act()
            assert refused.value.facts["reason"] == "not_oneself"
        with pytest.raises(NotAllowed):
            app.hand_back("lis")
        app.hand_back("anna")


def test_a_token_for_one_procedure_reaches_no_case_of_another(house: Path) -> None:
    with App(str(house)) as app, app.asked_by(Actor("nora", "token", None, ("call_back",))):
        for act in (
            lambda: app.look(CLOSED, "nora"),
            lambda: app.do(CLOSED, "held", "nora", {}),
            lambda: app.note(CLOSED, "nora", "x"),
            lambda: app.claim(CLOSED, "nora"),
            lambda: app.assign(CLOSED, "nora", "nora"),
            lambda: app.open("coaching", "nora", {}),
        ):
            with pytest.raises(NotAllowed) as refused:
                act()
            assert refused.value.facts["reason"] == "scope"
        assert [row.number for row in app.inbox("nora")] == []
        assert [row.number for row in app.inbox("", "nora")] == [1]
    with App(str(house)) as app, app.asked_by(Actor("nora")):
        assert [row.number for row in app.inbox("nora")] == [2]


def test_the_command_line_gives_the_same_answers(house: Path) -> None:
    assert "kun for Kvalitetscoach" in _stderr(house, "case", CLOSED, by="anna")
    for command in ("case", "log", "why", "who"):
        procflow(house, command, CLOSED, by="lis", rc=5)
        procflow(house, command, CLOSED, by="nora")
    procflow(house, "note", CLOSED, "x", by="anna", rc=5)


def _stderr(house: Path, *args: str, by: str) -> str:
    import os

    from ready import started

    done = started(args, house, {**os.environ, "PROCFLOW_AS": by})
    assert done.returncode == 5
    return done.stderr


LOOKING = [
    route for room in rooms() for route in room.routes if route.method == "GET" and route.stream is None
]


@pytest.mark.parametrize("route", LOOKING, ids=lambda route: f"{route.method} {route.path}")
def test_whoever_is_shown_personal_data_is_kept_in_the_access_log(
    site: Site, house: Path, route: Route
) -> None:
    """Whatever page holds what a customer said, the log says who was shown it and of which case."""
    with App(str(house)) as app:
        if not app.engine.load(OPEN).plain.is_closed:
            assert app.do(OPEN, "called", "anna", {"answer": "KANIN-7 Test"}).accepted
        id_ = app.engine.load(OPEN).row.id
        before = len(list(app.store.access_log()))
    path = filled(route.path, case=OPEN, procedure="call_back")
    status, _, body = ask(site, "GET", f"{path}?q=1", headers={"as": "anna", "sec-fetch-site": "same-origin"})
    with App(str(house)) as app:
        new = [one for _, _, _, one in app.store.access_log()][before:]
    if b"KANIN-7" in body:
        assert any((one["person"], one["case_id"], one["code"]) == ("anna", id_, "read") for one in new), (
            status
        )
    if route.path == "/cases/{case}":
        assert b"KANIN-7" in body, "the probe is shown somewhere"


def test_cases_with_personal_data_are_for_those_who_may_see_it(house: Path) -> None:
    settings = house / "procflow.toml"
    before = settings.read_text()
    settings.write_text(before + '[access]\n"personal.read" = ["quality_coach"]\n')
    try:
        with App(str(house)) as app:
            with pytest.raises(NotAllowed) as refused:
                app.look(OPEN, "anna")
            assert refused.value.facts["action"] == "personal.read" and not app.sees(OPEN, "anna")
            assert app.look(CLOSED, "nora").row.number == 2, "it holds none"
            assert app.look(OPEN, "nora").row.number == 1 and app.sees(OPEN, "nora")
    finally:
        settings.write_text(before)


def test_a_stream_is_looked_after_in_a_busy_house_too(site: Site, house: Path) -> None:
    import asyncio

    from starlette.requests import Request

    from procflow.web.live import BEAT
    from procflow.web.site import Watch

    head = [(b"as", b"anna"), (b"host", b"127.0.0.1")]
    request = Request(
        {"type": "http", "method": "GET", "path": "/live", "headers": head, "query_string": b""}
    )
    known = Doorman().who(None, request.headers, {}, "")  # type: ignore[arg-type]
    seconds = [0.0]
    watch = Watch(site, request, known, "desk.use", lambda: seconds[0])
    assert asyncio.run(watch.still(pause=False)) and asyncio.run(watch.still(pause=True))
    head[0] = (b"as", b"")  # the login has ended
    request = Request({**request.scope, "headers": head})
    watch = Watch(site, request, known, "desk.use", lambda: seconds[0])
    assert asyncio.run(watch.still(pause=False)), "it was looked at a moment ago"
    seconds[0] = BEAT
    assert not asyncio.run(watch.still(pause=False))
