"""What one process changes, everybody who watches hears at once; who may not see a case hears nothing of it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ready import started
from serving import Served
from small import small_workspace

from procflow.app import App
from procflow.errors import Busy
from procflow.web.live import MOST_OF_ONE, Live, visible
from procflow.web.presence import FORGOTTEN, Here, Presence, said


class Stream:
    """An open `/live`, read event by event."""

    def __init__(self, served: Served, path: str = "/live", **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        self._connection.request("GET", path, headers={n.replace("_", "-"): v for n, v in headers.items()})
        self.answer = self._connection.getresponse()
        assert self.answer.status == 200

    def event(self) -> tuple[str, Any, str]:
        """(name, data, id) of the next event; a beat only where it stands first. ("end", …) when the stream ends."""
        fields: dict[str, str] = {}
        while line := self.answer.readline().decode():
            if line.strip():
                name, _, value = line.rstrip("\n").partition(": ")
                fields[name] = value
            elif "data" in fields:
                return fields["event"], json.loads(fields["data"]), fields.get("id", "")
        return "end", {}, ""

    def next(self) -> tuple[str, Any, str]:
        """The next event that is no beat."""
        while (found := self.event())[0] == "beat":
            pass
        return found

    def close(self) -> None:
        self._connection.close()


def procflow(folder: Path, *args: str) -> Any:
    ran = started([*args, "--json"], folder)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: Any) -> Path:
    made = small_workspace(tmp_path_factory.mktemp("live"))
    assert started(["check"], made).returncode == 0
    return made


def test_a_step_of_another_process_is_heard_by_every_open_page_and_by_one_that_comes_back(folder):
    served = Served(folder, "--no-host", person="anna")
    try:
        one, other = Stream(served), Stream(served)
        assert one.answer.getheader("content-type", "").startswith("text/event-stream")
        first = one.event()
        assert first[0] == "beat" and first[2] == str(first[1]["place"]), (
            "a page knows at once where it stands"
        )
        other.event()

        procflow(folder, "open", "call_back", "--as", "bo", "--with", "name=Mette")
        heard = one.next()
        assert heard[:2] == ("case", {"number": 1, "sequence": 1, "procedure": "call_back"})
        assert other.next() == heard
        other.close()

        procflow(folder, "do", "1", "wrong", "--as", "bo")
        assert one.next()[1] == {"number": 1, "sequence": 2, "procedure": "call_back"}
        back = Stream(served, Last_Event_ID=heard[2])
        assert back.next()[1]["sequence"] == 2, "what was missed meanwhile is told"
        back.close()

        procflow(folder, "absent", "bo", "--until", "2060-01-05 12:00", "--as", "lis")
        assert one.next()[0] == "organisation"

        procflow(folder, "open", "coaching", "--as", "nora")
        procflow(folder, "note", "1", "called twice", "--as", "lis")
        heard = one.next()
        assert heard[1]["number"] == 1, "of a case that only the coach sees, Anna hears nothing"

        assert served.post("/live/here", {"case": "1", "page": "p1", "doing": "typing"})[0] == 204
        name, data, id_ = one.next()
        assert (name, id_) == ("here", "")
        assert data == {"number": 1, "people": [{"person": "anna", "name": "Anna Test", "typing": True}]}
        assert served.post("/live/here", {"case": "2", "page": "p1", "doing": "typing"})[0] == 204
        assert served.post("/live/here", {"case": "1", "doing": "typing"})[0] == 400
    finally:
        assert served.stop() == ""
    assert one.next()[0] == "end", "the stream ends with the server, and keeps it from nothing"


def watched(folder: Path, work: Any) -> None:
    """`work(live, in_thread)` on a loop of its own, with a watcher of its own."""

    async def whole() -> None:
        live = Live(lambda: App(str(folder)), poll=0.05)
        app = threading.local()

        async def in_thread(ask: Any) -> Any:
            def asked() -> Any:
                if not hasattr(app, "it"):
                    app.it = App(str(folder))
                return ask(app.it)

            return await asyncio.get_running_loop().run_in_executor(None, asked)

        try:
            await work(live, in_thread)
        finally:
            live.stop()

    asyncio.run(whole())


def test_a_reader_that_is_slow_keeps_only_its_place_and_still_hears_everything(tmp_path):
    folder = small_workspace(tmp_path)
    with App(str(folder)) as app:
        app.check()

        async def work(live: Live, in_thread: Any) -> None:
            reader = live.reader("anna")
            news = live.news(reader, in_thread)
            assert await anext(news) == []
            before = reader.place
            number = app.open("call_back", "bo", {}).number
            for _ in range(60):
                assert app.note(number, "bo", "called once more").accepted
            while live.last < before + 61:
                assert not live.trouble
                await asyncio.sleep(0.01)
            assert not reader.passing and not hasattr(reader, "queue"), "nothing waits for it but its place"
            heard = []
            while len(heard) < 61:
                heard += [one.change.sequence for one in await anext(news) if one.kind == "case"]
            assert heard == list(range(1, 62))

            live._recent.clear()  # as when it was so far behind that nothing of it is at hand any more
            late = live.reader("bo", after=before)
            assert [one.change.sequence for one in await anext(live.news(late, in_thread))] == heard

            ahead = live.reader("lis", after=10**9)  # a place of a store that a backup was put in place of
            assert await anext(live.news(ahead, in_thread)) == [] and ahead.place == live.last

            for _ in range(MOST_OF_ONE - 1):
                live.reader("anna")
            with pytest.raises(Busy):
                live.reader("anna")
            live.leave(reader)
            live.reader("anna")

        watched(folder, work)


def test_what_waits_unmatched_and_what_is_put_in_force_is_heard_too(tmp_path):
    folder = small_workspace(tmp_path)
    with App(str(folder)) as app:
        app.check()

        async def work(live: Live, in_thread: Any) -> None:
            reader = live.reader("anna")
            news = live.news(reader, in_thread)
            await anext(news)
            path = folder / "procedures" / "call_back" / "procedure.yaml"
            path.write_text(path.read_text().replace("2 hours", "3 hours"))
            app.check()
            kinds: set[str] = set()
            while "procedures" not in kinds:
                kinds |= {one.kind for one in await anext(news)}
            ran = started(["receive", "--channel", "sms", "--from", "+4571999901", "--text", "hej"], folder)
            assert ran.returncode == 0, ran.stderr
            while "messages" not in kinds:
                kinds |= {one.kind for one in await anext(news)}

        watched(folder, work)


def test_a_watcher_that_finds_no_store_begins_when_it_is_there_and_from_then_on(tmp_path):
    folder = small_workspace(tmp_path)
    with App(str(folder)) as app:
        app.check()
        app.open("call_back", "bo", {})
    (folder / "cases.db").rename(folder / "away")

    async def work(live: Live, in_thread: Any) -> None:
        news = live.news(live.reader("anna"), in_thread)
        first = asyncio.ensure_future(anext(news))
        while not live.trouble:
            await asyncio.sleep(0.01)
        assert "cases.db" in live.trouble and not first.done()
        (folder / "away").rename(folder / "cases.db")
        assert await first == [], "nothing of what was before"
        with App(str(folder)) as app:
            app.note(1, "bo", "called once more")
        assert [one.change.sequence for one in await anext(news)] == [2]

    watched(folder, work)


def test_of_a_case_that_is_shown_to_some_only_they_hear(tmp_path):
    folder = small_workspace(tmp_path)
    with App(str(folder)) as app:
        app.check()

        async def work(live: Live, in_thread: Any) -> None:
            news = live.news(live.reader("anna"), in_thread)
            await anext(news)
            app.open("coaching", "nora", {})
            told = await anext(news)
            assert [one.kind for one in visible(app, told, "nora")] == ["case"]
            assert visible(app, told, "anna") == [] and visible(app, told, "nobody") == []

        watched(folder, work)


def presence() -> Iterator[tuple[Presence, list[float]]]:
    now = [0.0]
    yield Presence(lambda: now[0]), now


def test_people_at_a_case_are_there_until_they_go_or_are_not_heard_of_any_more():
    ((there, now),) = presence()
    assert there.take(said("c1", 1, "anna", "p1", "looking")) == ("c1", True)
    assert there.take(said("c1", 1, "anna", "p1", "looking")) == ("c1", False)
    assert there.take(said("c1", 1, "bo", "p2", "typing")) == ("c1", True)
    assert there.at("c1") == (1, (Here("anna", False), Here("bo", True)))
    there.take(said("c1", 1, "bo", "p3", "looking"))
    there.take(said("c1", 1, "bo", "p2", "gone"))
    assert there.at("c1")[1][1] == Here("bo", False), "a second page of one person is the same person"
    now[0] = FORGOTTEN - 1
    there.take(said("c1", 1, "bo", "p3", "typing"))
    now[0] = FORGOTTEN
    assert there.gone() == ["c1"] and there.at("c1") == (1, (Here("bo", True),))
    now[0] = 3 * FORGOTTEN
    assert there.gone() == ["c1"] and there.at("c1") == (0, ())
    assert there.gone() == []


@pytest.mark.parametrize(
    "word",
    [
        ".",
        "mail",
        "here\t",
        "here\t[1]",
        'here\t["c","x","p","q","typing"]',
        'here\t["c",1,"p","q","x"]',
        'here\t["c",1,"p',
    ],
)
def test_what_is_said_wrongly_changes_nothing(word):
    there = Presence()
    assert there.take(word) == ("", False)
    assert there.at("c") == (0, ())
