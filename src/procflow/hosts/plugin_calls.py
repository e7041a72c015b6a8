"""Calls to one plugin: its process started when it is needed and anew after it broke; one call at a time, or several
for a plugin that can.

Three breaks in a row open a breaker for a minute. It must not know channels' modes or effects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from time import monotonic  # answers come in real time, also where World's clock stands still
from typing import Any

from procflow.errors import ProcflowError
from procflow.hosts.frames import to_json
from procflow.hosts.plugin_process import Broken, PluginProcess
from procflow.hosts.questions import Question, Questions
from procflow.plugin_source import PluginSource

#: Breaks in a row after which a plugin is left alone, and for how many seconds.
BREAKS, REST = 3, 60.0
#: Answers that are handed on together, so that they are stored together; seconds that the first of them waits for more: at
#: least, at most, and as a multiple of what using the last ones took (a disk may flush slowly).
_TOGETHER, _WAITS, _LONGEST_WAIT, _TIMES = 64, 0.01, 0.1, 3
#: Seconds for a plugin to be imported and to make its channels.
LOADING = 30.0
_LOAD = {"call": "load"}


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
        self._loading: int | None = None  # the question whose answer says that the process is ready
        self._breaks = 0
        self._rests_until: float | None = None
        self._closed = False

    def wake(self) -> None:
        """Start the process if there is none, without waiting for it: it loads while others are asked. What goes wrong is
        told to whoever asks."""
        if not self._lock.acquire(blocking=False):
            return  # somebody asks it
        try:
            if not self._closed and self._process is None:
                self._rested()
                self._start().say()
        except (Trouble, Broken, OSError):
            self._process = self._loading = None
        finally:
            self._lock.release()

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
        self, questions: Questions, deadline: float, at_once: int, going: Callable[[], bool]
    ) -> Iterator[list[tuple[Question, Mapping[str, Any] | Trouble]]]:
        """(question, answer or Trouble) for each, in batches as the answers come; more may be added meanwhile.

        At most `at_once` are under way; how many of them the plugin works on at a time is its own affair. When `going`
        says no, no further question is begun, and it has no answer here.
        """
        under_way: dict[int, Question] = {}
        found: list[tuple[Question, Mapping[str, Any] | Trouble]] = []
        since, patience = 0.0, _WAITS  # when the first of what was found came, and how long it waits
        with self._lock:
            while True:
                go = going()
                while go and len(under_way) < at_once and (each := questions.take()) is not None:
                    try:
                        under_way[self._begin(each.request, deadline, new=not under_way)] = each
                    except Trouble as why:
                        broken = [each, *under_way.values()]
                        found += [(other, why) for other in broken]
                        under_way = {}
                if under_way:
                    wait = max(since + patience - monotonic(), 0.0) if found else deadline
                    came = self._answers(under_way, wait)
                    if came and not found:
                        since = monotonic()
                    found += came
                over = not under_way and not (go and questions)
                if found and (over or len(found) >= _TOGETHER or monotonic() - since >= patience):
                    handed = monotonic()
                    yield found
                    found = []
                    patience = min(max(_WAITS, (monotonic() - handed) * _TIMES), _LONGEST_WAIT)
                elif over:
                    return

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
        self, under_way: dict[int, Question], wait: float
    ) -> list[tuple[Question, Mapping[str, Any] | Trouble]]:
        """What was answered, taken out of `under_way`; where the process broke, that for all of it."""
        process = self._process
        found: list[tuple[Question, Mapping[str, Any] | Trouble]] = []
        try:
            if process is None:
                raise Broken("was ended")
            for number, answer in process.answers(wait):
                each = under_way.pop(number, None)
                if each is None:
                    continue  # who asked that did not wait for it: its disk was full, say
                try:
                    found.append((each, self._unraised(each.request, self._sensible(process, answer))))
                    self._breaks, self._rests_until = 0, None
                except Trouble as why:
                    found.append((each, why))
        except Broken as why:
            for each in under_way.values():
                broken = self._broken(each.request, why) if self._process else None
                found.append((each, broken or _same(self._plugin, each.request, why)))
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

    def let_go(self) -> None:
        """Nothing is asked any more, and the process is told to end; `close` waits until it has."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.let_go()

    def close(self) -> None:
        self.let_go()
        with self._lock:
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
        if self._process is not None and (self._loading is not None or self._process.alive):
            return self._loaded(self._process)
        if self._process is not None:
            self._process.end()
            self._process = None
        return self._loaded(self._start())

    def _start(self) -> PluginProcess:
        """A process that loads the plugin."""
        try:
            settings = to_json(self._settings)  # secrets are looked up here
        except ProcflowError as why:
            raise Trouble(self._plugin, why.message) from why
        process = PluginProcess(self._folder, self._limit)
        self._loading = process.begin(
            {**_LOAD, "source": self._source.as_json(), "settings": settings}, LOADING
        )
        self._process = process
        return process

    def _loaded(self, process: PluginProcess) -> PluginProcess:
        """The process, once it is ready to be asked."""
        if self._loading is None:
            return process
        number, self._loading = self._loading, None
        try:
            answer = self._sensible(process, process.heard(number, LOADING))
        except Broken as why:
            raise self._broken(_LOAD, why) from why
        if "value" not in answer:
            self._process = None
            process.end()
            said = answer.get("raised") or answer.get("refused", {}).get("message", "")
            self._broke()
            raise Trouble(self._plugin, f"the plugin {self._plugin} could not be loaded: {said}")
        return process

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
