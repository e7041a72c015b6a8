"""Calls to one plugin: its process started when it is needed and anew after it broke; one call at a time, or several
for a plugin that can.

Three breaks in a row open a breaker for a minute. It must not know channels' modes or effects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from threading import RLock
from typing import Any

from procflow.errors import ProcflowError
from procflow.hosts.frames import to_json
from procflow.hosts.plugin_process import Broken, PluginProcess
from procflow.plugin_source import PluginSource

#: Breaks in a row after which a plugin is left alone, and for how many seconds.
BREAKS, REST = 3, 60.0
#: Seconds of waiting after which one more question is put to a plugin that takes several at once.
_ONE_MORE = 0.025
#: Seconds for a plugin to be imported and to make its channels.
LOADING = 30.0


class Trouble(Exception):
    """A call that did not work out; trying again later may. `after` is when, in seconds, where that is known."""

    def __init__(self, plugin: str, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.plugin = plugin
        self.message = message
        self.after = after


class PluginCalls:
    """The seat of one plugin in the house. Safe for several threads."""

    def __init__(
        self,
        plugin: str,
        source: PluginSource,
        settings: Mapping[str, Mapping[str, Any]],
        folder: str,
        limit: int,
        monotonic: Callable[[], float],
    ) -> None:
        self._plugin = plugin
        self._source = source
        self._settings = settings
        self._folder = folder
        self._limit = limit
        self._monotonic = monotonic
        self._lock = RLock()  # held while an answer is used: its user may ask this very plugin
        self._process: PluginProcess | None = None
        self._breaks = 0
        self._rests_until: float | None = None
        self._closed = False

    def ask(self, question: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        """The answer: with `value`, or with `refused`. Raises Trouble, whose text names the plugin."""
        with self._lock:
            if self._closed:
                raise Trouble(self._plugin, f"the plugin {self._plugin} is closed")
            self._rested()
            process = self._running()
            answer = self._call(process, question, deadline)
            self._breaks, self._rests_until = 0, None
        return self._unraised(question, answer)

    def ask_all(
        self,
        questions: Sequence[tuple[str, Mapping[str, Any]]],
        deadline: float,
        at_once: int,
        going: Callable[[], bool],
    ) -> Iterator[list[tuple[str, Mapping[str, Any] | Trouble]]]:
        """(name, answer or Trouble) for each of the named questions, in batches as the answers come.

        Two are under way at first, so that one is answered while the other is worked on; where that takes long, more
        and more, up to `at_once`. Of what has the same name before its first `/`, parts with different ones after it
        are asked one after the other. When `going` says no, no further question is begun, and it has no answer here.
        """
        waiting = list(questions)
        under_way: dict[int, tuple[str, Mapping[str, Any]]] = {}
        with self._lock:
            begun = self._monotonic()
            while waiting or under_way:
                most = min(2 + int((self._monotonic() - begun) / _ONE_MORE), at_once)
                go = going()
                while (
                    go and len(under_way) < most and (found := _next(waiting, under_way.values())) is not None
                ):
                    name, question = waiting.pop(found)
                    try:
                        under_way[self._begin(question, deadline, new=not under_way)] = (name, question)
                    except Trouble as why:
                        yield [(name, why), *((other, why) for other, _ in under_way.values())]
                        under_way = {}
                if not under_way:
                    if go and waiting:
                        continue  # what was under way broke: the rest is asked anew
                    return
                more = bool(waiting) and go and most < at_once
                if answers := self._answers(under_way, _ONE_MORE if more else deadline):
                    yield answers

    def _begin(self, question: Mapping[str, Any], deadline: float, *, new: bool) -> int:
        """`new`: nothing is under way, so that a process that has ended is started anew."""
        if self._closed:
            raise Trouble(self._plugin, f"the plugin {self._plugin} is closed")
        self._rested()
        process = self._running() if new or self._process is None else self._process
        try:
            return process.begin(question, deadline)
        except Broken as why:
            raise self._broken(question, why) from why

    def _answers(
        self, under_way: dict[int, tuple[str, Mapping[str, Any]]], wait: float
    ) -> list[tuple[str, Mapping[str, Any] | Trouble]]:
        """What was answered, taken out of `under_way`; where the process broke, that for all of it."""
        process = self._process
        found: list[tuple[str, Mapping[str, Any] | Trouble]] = []
        try:
            if process is None:
                raise Broken("was ended")
            for number, answer in process.answers(wait):
                name, question = under_way.pop(number)
                try:
                    found.append((name, self._unraised(question, self._sensible(process, answer))))
                    self._breaks, self._rests_until = 0, None
                except Trouble as why:
                    found.append((name, why))
        except Broken as why:
            for name, question in under_way.values():
                found.append(
                    (
                        name,
                        self._broken(question, why) if self._process else _same(self._plugin, question, why),
                    )
                )
            under_way.clear()
        return found

    def _unraised(self, question: Mapping[str, Any], answer: Mapping[str, Any]) -> Mapping[str, Any]:
        if "raised" in answer:
            what = question["call"]
            raise Trouble(self._plugin, f"the plugin {self._plugin} raised in {what}: {answer['raised']}")
        return answer

    @property
    def printed(self) -> str:
        """The last of what the running process has printed."""
        process = self._process
        return process.printed if process is not None else ""

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.end()
                self._process = None

    def _rested(self) -> None:
        if self._rests_until is not None:
            left = self._rests_until - self._monotonic()
            if left > 0:
                raise Trouble(
                    self._plugin,
                    f"the plugin {self._plugin} broke {self._breaks} times in a row and rests",
                    left,
                )

    def _running(self) -> PluginProcess:
        if self._process is not None and self._process.alive:
            return self._process
        if self._process is not None:
            self._process.end()
            self._process = None
        try:
            settings = to_json(self._settings)  # secrets are looked up here
        except ProcflowError as why:
            raise Trouble(self._plugin, why.message) from why
        self._process = PluginProcess(self._folder, self._limit)
        question = {"call": "load", "source": self._source.as_json(), "settings": settings}
        answer = self._call(self._process, question, LOADING)
        if "value" not in answer:
            process, self._process = self._process, None
            process.end()
            said = answer.get("raised") or answer.get("refused", {}).get("message", "")
            self._broke()
            raise Trouble(self._plugin, f"the plugin {self._plugin} could not be loaded: {said}")
        return self._process

    def _call(
        self, process: PluginProcess, question: Mapping[str, Any], deadline: float
    ) -> Mapping[str, Any]:
        try:
            answer = process.call(question, deadline)
        except Broken as why:
            raise self._broken(question, why) from why
        return self._sensible(process, answer)

    def _sensible(self, process: PluginProcess, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        if "garbage" in answer:
            self._process = None
            process.end()
            self._broke()
            raise Trouble(self._plugin, f"the plugin {self._plugin} answered nonsense: {answer['garbage']}")
        return answer

    def _broken(self, question: Mapping[str, Any], why: Broken) -> Trouble:
        self._process = None
        self._broke()
        return _same(self._plugin, question, why)

    def _broke(self) -> None:
        self._breaks += 1
        if self._breaks >= BREAKS:
            self._rests_until = self._monotonic() + REST


def _same(plugin: str, question: Mapping[str, Any], why: Broken) -> Trouble:
    return Trouble(plugin, f"the plugin {plugin} {why} ({question['call']}); it is started anew")


def _next(waiting: Sequence[tuple[str, Any]], under_way: Iterable[tuple[str, Any]]) -> int | None:
    """The place of the first question that may be begun beside those under way."""
    busy: dict[str, str] = {}
    for name, _ in under_way:
        first, _, rest = name.partition("/")
        busy[first] = rest.partition("/")[0]
    for place, (name, _) in enumerate(waiting):
        first, _, rest = name.partition("/")
        if busy.setdefault(first, rest.partition("/")[0]) == rest.partition("/")[0]:
            return place
    return None
