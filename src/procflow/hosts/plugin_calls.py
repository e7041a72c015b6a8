"""Calls to one plugin: one at a time, its process started when it is needed and anew after it broke.

Three breaks in a row open a breaker for a minute. It must not know channels' modes or effects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from procflow.errors import ProcflowError
from procflow.hosts.frames import to_json
from procflow.hosts.plugin_process import Broken, PluginProcess
from procflow.plugin_source import PluginSource

#: Breaks in a row after which a plugin is left alone, and for how many seconds.
BREAKS, REST = 3, 60.0
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
        self._lock = Lock()
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
            self._process = None
            self._broke()
            raise Trouble(
                self._plugin, f"the plugin {self._plugin} {why} ({question['call']}); it is started anew"
            ) from why
        if "garbage" in answer:
            self._process = None
            process.end()
            self._broke()
            raise Trouble(self._plugin, f"the plugin {self._plugin} answered nonsense: {answer['garbage']}")
        return answer

    def _broke(self) -> None:
        self._breaks += 1
        if self._breaks >= BREAKS:
            self._rests_until = self._monotonic() + REST
