"""Deliveries beside the host: a gateway that does not answer holds up no other channel, no deadline, and nothing that
comes in.

What is to go out by a plugin is handed to a thread of that plugin, with a store of its own; while it has something under
way, nothing more is claimed for its channels. It must not know how effects are claimed, or what an answer leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from procflow.errors import ProcflowError

if TYPE_CHECKING:
    from procflow.hosts.outbox import Outbox
    from procflow.stored import EffectRow

#: An outbox over a store of its own, and what closes that.
Opened = tuple["Outbox", Callable[[], None]]
Work = tuple[Sequence["EffectRow"], datetime]


class Aside:
    """The threads that deliver beside one host; `close` waits until what was begun is finished.

    `opened` opens the workspace once more. `seat_of` says of a channel which plugin it goes by: "" where it needs none, and
    is done by the host itself. `free` is called, from another thread, when a plugin can take more. `asked` says whether this
    process was asked to stop.
    """

    def __init__(
        self,
        opened: Callable[[], Opened],
        seat_of: Callable[[str], str],
        free: Callable[[], None],
        asked: Callable[[], bool],
    ) -> None:
        self._opened, self._seat_of, self._free, self._asked = opened, seat_of, free, asked
        self._carriers: dict[str, _Carrier] = {}
        self._closing = Event()
        self._lock = Lock()
        self._wrong: list[BaseException] = []

    def busy(self) -> Collection[str]:
        """The channels of the plugins that have something under way now."""
        return {name for each in self._carriers.values() if each.busy for name in each.channels}

    def take(self, rows: Sequence[EffectRow], now: datetime) -> list[EffectRow]:
        """Hand over what was claimed at `now`; -> what is left for the host itself to do."""
        left: list[EffectRow] = []
        by_seat: dict[str, list[EffectRow]] = {}
        for row in rows:
            seat = self._seat_of(row.channel)
            (by_seat.setdefault(seat, []) if seat else left).append(row)
        for seat, some in by_seat.items():
            carrier = self._carrier(seat)
            if carrier is None:
                left += some
            else:
                carrier.take(some, now)
        return left

    def faults(self) -> list[BaseException]:
        """What went wrong since this was asked last, so that it is told by the host."""
        with self._lock:
            found, self._wrong = self._wrong, []
        return found

    def close(self) -> None:
        """Nothing more is begun; returns when all that was begun is finished."""
        self._closing.set()
        for each in self._carriers.values():
            each.end()
        for each in self._carriers.values():
            each.wait()

    def _stops(self) -> bool:
        return self._closing.is_set() or self._asked()

    def _carrier(self, seat: str) -> _Carrier | None:
        """None where the workspace cannot be opened once more now: then the host does it, as slow as it may be."""
        found = self._carriers.get(seat)
        if found is None:
            try:
                outbox, close = self._opened()
            except (ProcflowError, OSError):
                return None
            outbox.stopping = self._stops
            found = self._carriers[seat] = _Carrier(seat, outbox, close, self._free, self._went_wrong)
        return found

    def _went_wrong(self, why: BaseException) -> None:
        with self._lock:
            self._wrong.append(why)


class _Carrier:
    """One plugin's thread. `busy` from when it is given something until all of that has an answer, or waits again."""

    def __init__(
        self,
        seat: str,
        outbox: Outbox,
        close: Callable[[], None],
        free: Callable[[], None],
        wrong: Callable[[BaseException], None],
    ) -> None:
        self._outbox, self._close, self._free, self._wrong = outbox, close, free, wrong
        self._work: SimpleQueue[Work | None] = SimpleQueue()
        self.channels: set[str] = set()
        self.busy = False
        self._thread = Thread(target=self._go_on, name=f"delivers by {seat}", daemon=True)
        self._thread.start()

    def take(self, rows: Sequence[EffectRow], now: datetime) -> None:
        self.channels |= {row.channel for row in rows}
        self.busy = True
        self._work.put((rows, now))

    def end(self) -> None:
        self._work.put(None)

    def wait(self) -> None:
        self._thread.join()

    def _go_on(self) -> None:
        for rows, now in iter(self._work.get, None):
            try:
                self._outbox.deliver_claimed(rows, now)
            except Exception as why:
                self._wrong(why)
            self.busy = False
            with suppress(Exception):  # the host looks around by itself all the same
                self._free()
        with suppress(ProcflowError, OSError):
            self._close()
