"""Signs of life: each host keeps one in the store now and then, so that others can tell whether, and how, it runs.

It names nobody: it says since when the host runs, what it is, and from which channels nothing can be fetched.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.json import decode as from_json
from msgspec.json import encode as to_json

if TYPE_CHECKING:
    from procflow.app.parts import Parts

#: Under which kind they are kept.
KIND = "host"
#: How often a host gives a sign of life, and the seconds after which one that has given none is taken for away.
BEAT_EVERY, BEAT_LATE = timedelta(seconds=20), 120.0
#: How long a host that gives none any more is still known; and is told of where another runs, which took over from it.
KNOWN_FOR, TOLD_FOR = timedelta(days=7), timedelta(days=1)


class NotFetched(Struct, frozen=True):
    """A channel from which nothing can be fetched: since when, and for how many tries in a row."""

    channel: str
    since: datetime
    times: int


class Beat(Struct, frozen=True):
    """One host's last sign of life. `troubles`: channels from which nothing could be fetched then."""

    name: str
    at: datetime
    since: datetime
    kind: str
    version: str
    pid: int
    troubles: tuple[str, ...] = ()
    failing: tuple[NotFetched, ...] = ()


class Alive:
    """The signs of life of the host in this process, under one name for as long as it runs."""

    def __init__(self, app: Parts, kind: str) -> None:
        self._app, self._kind = app, kind
        self._name, self._since = app.outbox.holder, app.world.now()
        self._last: datetime | None = None
        self._troubles: tuple[str, ...] = ()

    def beat(self, now: datetime) -> None:
        """Called at every round; keeps a sign when it is time, or when something has changed."""
        troubles = tuple(sorted(self._app.channels.troubles))
        soon = self._last is not None and timedelta(0) <= now - self._last < BEAT_EVERY
        if soon and troubles == self._troubles:
            return
        from procflow import __version__

        self._last, self._troubles = now, troubles
        failing = tuple(
            NotFetched(each.channel, each.since, each.times)
            for _, each in sorted(self._app.channels.failing.items())
        )
        said = Beat(self._name, now, self._since, self._kind, __version__, os.getpid(), troubles, failing)
        self._app.store.keep(KIND, self._name, to_json(said), now + KNOWN_FOR)

    def took_over(self) -> None:
        """What hosts of yore had begun is done: those that gave no sign since long are not missed any more."""
        now = self._app.world.now()
        for beat in hosts_alive(self._app):
            if (now - beat.at).total_seconds() >= BEAT_LATE:
                self._app.store.drop_kept(KIND, beat.name)

    def gone(self) -> None:
        """It stopped in good order: nobody has to wait for another sign."""
        if self._last is not None:
            self._app.store.drop_kept(KIND, self._name)


def hosts_alive(app: Any) -> list[Beat]:
    """The last sign of each host that has not stopped in good order, the newest first."""
    rows = app.store.all_kept(KIND, app.world.now())
    beats = [from_json(row.value, type=Beat) for row in rows]
    return sorted(beats, key=lambda beat: beat.at, reverse=True)
