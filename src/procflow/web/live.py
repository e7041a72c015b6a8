"""What changed, told to everybody who watches: one watcher for each server, woken by the bell that every process rings
after a step, and looking for itself twice a second where nothing rings.

The journal is the memory: each reader keeps its place in it and nothing else, so that one who reads slowly costs
nothing and one who comes back goes on where it was, whichever server it comes back to. It must not know pages, and it
tells of a case only that it moved.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import closing, suppress
from functools import partial
from threading import Event, Lock, Thread
from typing import Any

from msgspec import Struct

from procflow.app import App
from procflow.builtin.bell import Bell
from procflow.errors import Busy
from procflow.stored import Change
from procflow.web.presence import DESKS, WHO, Here, Presence, said

#: Says a word to whoever is named; see `App.ring`.
Ring = Callable[..., None]
#: Seconds after which the watcher looks by itself.
POLL = 0.5
#: Seconds after which a reader looks again whether the watcher has begun.
_SOON = 0.02
#: Seconds after which a reader to whom nothing was said hears that the stream is alive.
BEAT = 10.0
#: Changes kept at hand; a reader that is further behind is read for in the store.
KEPT = 2048
#: Readers at a time, of one server and of one person.
MOST, MOST_OF_ONE = 400, 24
#: Cases whose presence waits for one reader.
_MOST_PASSING = 64


class News(Struct, frozen=True, gc=False):
    """One thing that changed. `kind`: case (a step of `change`), organisation, procedures (documents put in force),
    messages (what waits unmatched) or here (`people` at a case). `place` is 0 for what is not kept: who comes back
    later does not hear of it. `restricted`: the case's procedure says who may see it."""

    kind: str
    place: int = 0
    change: Change | None = None
    restricted: bool = False
    people: tuple[Here, ...] = ()


class Reader:
    """One who watches. Made by `Live.reader`, used on the loop that made it."""

    def __init__(self, person: str, place: int) -> None:
        self.person, self.place = person, place
        self._loop = asyncio.get_running_loop()
        self._rung = asyncio.Event()
        self.passing: dict[str, News] = {}  # what is not in the journal: the latest of each kind and case

    def ring(self) -> None:
        """From any thread."""
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._rung.set)

    async def wait(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), BEAT)
        self._rung.clear()


class Live:
    """The watcher of one server. It begins with its first reader and ends with `stop`."""

    def __init__(self, open_app: Callable[[], App], poll: float = POLL) -> None:
        self._open_app, self._poll = open_app, poll
        self._lock = Lock()
        self._readers: list[Reader] = []
        self._recent: deque[News] = deque(maxlen=KEPT)
        self._last = 0
        self._marks: Mapping[str, Any] = {}
        self._watcher: Thread | None = None
        self._started, self._ended = Event(), Event()
        self.presence = Presence()
        self._here: dict[str, dict[str, str]] = {}  # case -> page of ours -> what it said last
        self.trouble = ""

    # readers

    def reader(self, person: str, after: int | None = None) -> Reader:
        """One more who watches, from the change after `after` on; without it, from now on. Raises Busy."""
        with self._lock:
            of_one = sum(reader.person == person for reader in self._readers)
            if self._ended.is_set() or len(self._readers) >= MOST or of_one >= MOST_OF_ONE:
                raise Busy("too many pages watch already", "close some of them")
            self._begun()
            reader = Reader(person, -1 if after is None else max(after, 0))
            self._readers.append(reader)
        for case_id in self.presence.where(person):
            reader.passing[f"here {case_id}"] = self._who_is(case_id)
        return reader

    def _begun(self) -> None:
        """Inside the lock: the watcher begins with whoever needs it first."""
        if self._watcher is None and not self._ended.is_set():
            self._watcher = Thread(target=self._watch, name="live", daemon=True)
            self._watcher.start()

    def leave(self, reader: Reader) -> None:
        with self._lock, suppress(ValueError):
            self._readers.remove(reader)

    async def news(
        self, reader: Reader, in_thread: Callable[[Callable[[App], Any]], Any]
    ) -> AsyncIterator[list[News]]:
        """What changed, as it changes, in the order of the journal; an empty list at the beginning, and where
        nothing did for a while.

        It ends when the server does. A reader must be given back with `leave`.
        """
        while not self._started.is_set():
            if not await self._begins():
                yield []
        if reader.place < 0:
            reader.place = self._last
        # a place of another store, or of a backup that was put back
        reader.place = min(reader.place, self._last)
        if reader.place == self._last:
            yield []
        while not self._ended.is_set():
            found = self._after(reader.place)
            if found is None:
                found = await in_thread(partial(_kept, place=reader.place))
            if found:
                reader.place = found[-1].place
            with self._lock:
                passing, reader.passing = list(reader.passing.values()), {}
            if found or passing:
                yield [*found, *passing]
                continue
            before = self._last
            await reader.wait()
            if self._last == before and not reader.passing and not self._ended.is_set():
                yield []

    async def _begins(self) -> bool:
        """Whether the watcher knows its place, within a beat: until then no reader has one."""
        for _ in range(int(BEAT / _SOON)):
            if self._started.is_set():
                return True
            await asyncio.sleep(_SOON)
        return False

    def place(self, app: App) -> int:
        """The place from which a page hears on whose content is read after this."""
        return self._last if self._started.is_set() else app.engine.seen("place", app.store.last_change)

    @property
    def last(self) -> int:
        """The place of the newest change that was seen."""
        return self._last

    def _after(self, place: int) -> list[News] | None:
        """What is at hand of the changes after a place; None where some of them are not."""
        with self._lock:
            if place >= self._last:
                return []
            if not self._recent or self._recent[0].place > place + 1:
                return None
            return [news for news in self._recent if news.place > place]

    # presence

    def here(self, ring: Ring, case_id: str, number: int, person: str, page: str, doing: str) -> None:
        """Somebody looks at a case, types in it or has gone, on one page; every server of the workspace hears it."""
        word = said(case_id, number, person, page, doing)
        with self._lock:
            self._begun()
            pages = self._here.setdefault(case_id, {})
            if doing == "gone":
                pages.pop(page, None)
            else:
                pages[page] = word
            if not pages:
                del self._here[case_id]
        self._said(word)
        ring(word, only=DESKS, not_me=self._name)

    def _said(self, word: str) -> str:
        """Remember it and tell it; -> the case where somebody has come to it."""
        case_id, new = self.presence.take(word)
        if case_id:
            self._tell_here(case_id)
        return case_id if new else ""

    def _say_again(self, ring: Ring, case_id: str) -> None:
        """Who came on another server hears at once who is here; without a case, of all of them."""
        with self._lock:
            here = self._here.values() if not case_id else [self._here.get(case_id, {})]
            words = [word for pages in here for word in pages.values()]
        for word in words:
            ring(word, only=DESKS, not_me=self._name)

    def _tell_here(self, case_id: str) -> None:
        news = self._who_is(case_id)
        there = {one.person for one in news.people}
        self._pass(f"here {case_id}", news, lambda reader: reader.person in there)

    def _who_is(self, case_id: str) -> News:
        number, people = self.presence.at(case_id)
        return News("here", 0, Change(0, case_id, number, 0, ""), False, people)

    def _forget(self, case_id: str) -> None:
        if not self.presence.at(case_id)[1]:
            with self._lock:
                self._here.pop(case_id, None)

    # the watcher

    _name = ""

    def _watch(self) -> None:
        """Until the end, and again where it could not go on: a store that cannot be reached now comes back."""
        try:
            while not self._ended.is_set():
                try:
                    self._watched()
                except Exception as problem:
                    self.trouble = str(problem)
                    self._ended.wait(self._poll)
        finally:
            self._started.set()

    def _watched(self) -> None:
        with closing(self._open_app()) as app:
            if not self._started.is_set():
                self._begin(app)
                self._started.set()
            self._name = self._name or f"{DESKS}{app.world.new_id()[:16]}"
            with closing(app.bell(self._name)) as bell:
                app.ring(WHO, only=DESKS, not_me=self._name)
                while not self._ended.is_set():
                    self._listen(app, bell)

    def _listen(self, app: App, bell: Bell) -> None:
        words = bell.wait(self._poll)
        if WHO in words:
            self._say_again(app.ring, "")
        for word in words:
            if came := self._said(word):
                self._say_again(app.ring, came)
        self._safely(lambda: self._look(app))
        for case_id in self.presence.gone():
            self._forget(case_id)
            self._tell_here(case_id)

    def _safely(self, look: Callable[[], None]) -> None:
        """A look that fails (a full disk, a locked file) is made again at the next bell; meanwhile nothing is told."""
        try:
            look()
            self.trouble = ""
        except Exception as problem:
            self.trouble = str(problem)

    def _begin(self, app: App) -> None:
        self._last = app.store.last_change()
        self._marks = _marks(app)

    def _look(self, app: App) -> None:
        last = app.store.last_change()
        if last < self._last:  # another store, or a backup that was put back
            with self._lock:
                self._recent.clear()
                self._last = last
        while found := _news(app, app.store.changes(self._last, KEPT)):
            with self._lock:
                self._recent.extend(found)
                self._last = found[-1].place
            self._ring_all()
        marks = _marks(app)
        changed = [kind for kind in marks if marks[kind] != self._marks.get(kind)]
        self._marks = marks
        for kind in changed:
            self._pass(kind, News(kind))

    def _ring_all(self) -> None:
        with self._lock:
            readers = list(self._readers)
        for reader in readers:
            reader.ring()

    def _pass(self, key: str, news: News, to: Callable[[Reader], bool] = lambda reader: True) -> None:
        """To whom it concerns, once: the latest of a kind stands for those before it."""
        with self._lock:
            readers = [reader for reader in self._readers if to(reader)]
            for reader in readers:
                if key in reader.passing or len(reader.passing) < _MOST_PASSING:
                    reader.passing[key] = news
        for reader in readers:
            reader.ring()

    def stop(self) -> None:
        """Every stream ends; from any thread, and again without harm."""
        self._ended.set()
        self._ring_all()
        if self._watcher is not None:
            self._watcher.join(5.0)


def _kept(app: App, place: int) -> list[News]:
    """What the store keeps of the changes after a place."""
    return _news(app, app.store.changes(place, KEPT))


def _news(app: App, changes: list[Change]) -> list[News]:
    """Changes as they are told, each with whether it may be told to everybody."""
    found, known = [], {}
    for change in changes:
        if change.number == 0:
            found.append(News("organisation", change.place, change))
            continue
        if change.case_id not in known:
            row = app.store.load(change.case_id)
            known[change.case_id] = row is None or bool(app.engine.procedure(row.definition).visible_to)
        found.append(News("case", change.place, change, known[change.case_id]))
    return found


def _marks(app: App) -> Mapping[str, Any]:
    """By what is seen that something changed which is no step: kind -> its mark."""
    waiting = app.store.messages("unmatched", 100)
    return {
        "procedures": app.store.names_in_force("procedure"),
        "messages": (len(waiting), waiting[-1].id if waiting else ""),
    }


def visible(app: App, news: list[News], person: str) -> list[News]:
    """Of these, what a person may hear of: of a case that not everybody sees, only whoever does."""
    seen: dict[str, bool] = {}
    kept = []
    for one in news:
        if one.restricted and one.change is not None:
            if one.change.case_id not in seen:
                seen[one.change.case_id] = app.sees(one.change.case_id, person)
            if not seen[one.change.case_id]:
                continue
        kept.append(one)
    return kept
