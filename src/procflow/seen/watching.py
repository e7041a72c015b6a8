"""Who tells and who hears: `tell` reads an event by the list and gives it to everyone who listens.

What a listener does wrong harms nobody. It must not know what becomes of an event.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from procflow.errors import ProcflowError
from procflow.ports import World
from procflow.seen.events import EVENTS, Told, read
from procflow.seen.faults import taken_apart

#: The id of the request that is being answered here.
REQUEST: ContextVar[str] = ContextVar("procflow_request", default="")


class Place(Struct, frozen=True):
    """Where in which trace one is: its own id and that of what it is part of (0: of nothing)."""

    trace: int
    span: int
    parent: int
    sampled: bool

    @property
    def as_header(self) -> str:
        """As W3C's `traceparent`."""
        return f"00-{self.trace:032x}-{self.span:016x}-{1 if self.sampled else 0:02x}"


#: The place that is worked at here, where traces are on.
HERE: ContextVar[Place | None] = ContextVar("procflow_here", default=None)


class Tracer(Protocol):
    """See `seen.traces`."""

    def begin(self, parent: Place | None = None, said: str = "") -> Place: ...
    def close(self) -> None: ...


Listener = Callable[[Told], None]


class Watching:
    """One for each process that runs or serves; for several threads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.listeners: list[Listener] = []
        self.tracer: Tracer | None = None  # where traces are on
        self.figures: Callable[[], bytes] | None = None  # what Prometheus reads, where somebody counts
        self._at: datetime | None = None  # when something was told last
        self.looked = world.monotonic()  # when the host's own loop last went round

    @contextmanager
    def place(self, said: str = "", parent: Place | None = None) -> Iterator[Place | None]:
        """What is done inside is a part of what is done here, or of `parent`, or of what `said` (a traceparent) names."""
        if self.tracer is None:
            yield None
            return
        place = self.tracer.begin(parent or (None if said else HERE.get()), said)
        before = HERE.set(place)
        try:
            yield place
        finally:
            HERE.reset(before)

    def tell(self, event: str, fault: BaseException | None = None, **fields: Any) -> None:
        """Something happened; `fault` is taken apart into its class and place. Never raises."""
        with suppress(Exception):
            of_kind = EVENTS[event]
            given = dict(fields) if fault is None else {**fields, **taken_apart(fault)}
            if "request" in of_kind.fields and not given.get("request"):
                given["request"] = REQUEST.get()
            if "trace" in of_kind.fields and (here := HERE.get()) is not None:
                given["trace"] = f"{here.trace:032x}"
            told = Told(self._now(), of_kind, read(of_kind, given))
            for listener in self.listeners:
                with suppress(Exception):
                    listener(told)

    def _now(self) -> datetime:
        """The world's time; where that cannot be told (a file that stands for the clock holds none), when it last could:
        that is when it matters what goes wrong."""
        try:
            self._at = self.world.now()
        except ProcflowError:
            if self._at is None:
                raise
        return self._at
