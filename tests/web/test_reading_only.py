"""A desk goes on showing what there is where nothing can be written for a while, and works again when it can."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from asked import Doorman, ask
from logging_in import housed

from procflow.app import App
from procflow.cli.access_reference import rooms
from procflow.ports import Store
from procflow.stores.sqlite import SqliteStore
from procflow.web.site import Site


class Looking(App):
    """As it is opened where the disk is full or mounted for reading."""

    @cached_property
    def store(self) -> Store:
        return SqliteStore(self.path("cases.db"), reading=True)


def test_who_asks_a_thread_of_the_desk_first_while_nothing_can_be_written_still_sees_what_there_is(
    tmp_path: Path,
) -> None:
    """Every page was answered with 503 by each thread that had not been asked before the disk was full."""
    house, full, opened = str(housed(tmp_path)), [True], list[App]()

    def open_app() -> App:
        opened.append(Looking(house) if full[0] else App(house))
        return opened[-1]

    site = Site(open_app, Doorman(), rooms())
    who = {"as": "anna"}
    try:
        for _ in range(2):
            assert ask(site, "GET", "/", headers=who)[0] == 200
            assert ask(site, "GET", "/api/inbox", headers=who)[0] == 200
            status, _, body = ask(site, "POST", "/cases/1/do", b"choice=called&answer=yes", who)
            assert status == 503 and b"nothing can be written" in body
        assert all(app.store._closed for app in opened), "none of them stays"  # type: ignore[attr-defined]
        full[0] = False
        assert ask(site, "GET", "/", headers=who)[0] == 200
        assert ask(site, "POST", "/cases/1/do", b"choice=called&answer=yes", who)[0] != 503
        assert not opened[-1].store._closed, "what was opened since is kept"  # type: ignore[attr-defined]
    finally:
        site.close()
