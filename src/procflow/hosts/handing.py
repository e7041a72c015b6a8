"""Effects of one channel on their way through its plugin's process: made into bytes, and handed over, both going on at
the same time.

Who uses it puts in what is to be made, stores the bytes that come back, and puts those in to be handed over. It must not
know how effects are stored, or what an answer leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from procflow.errors import PluginError, ProcflowError
from procflow.hosts.questions import Questions
from procflow.ports import Delivery

#: (key, bytes) of what was made, (key, why) of what cannot be, (key, answer) of what was handed over.
Came = tuple[str, "bytes | ProcflowError | Delivery"]


class House(Protocol):
    """What is needed of the house of the channels."""

    def to_make(
        self, channel: str, operation: str, key: str, parameters: Mapping[str, Any]
    ) -> tuple[Callable[[bytes], bytes], Mapping[str, Any] | None]: ...
    def to_deliver(
        self, channel: str, operation: str, key: str, wire: bytes
    ) -> Delivery | Mapping[str, Any]: ...
    def delivered(self, channel: str, operation: str, key: str, wire: bytes, answer: Any) -> Delivery: ...
    def ask_all(
        self, channel: str, questions: Questions, going: Callable[[], bool]
    ) -> Iterator[Sequence[tuple[str, Any]]]: ...


class Handing:
    """One round of one channel. What is not begun when `going` says no comes back with no answer.

    Several effects are under way at a time where the channel can do that (`at_once`), those of one case's steps in the
    order of the steps. Nothing that a plugin does is raised.
    """

    def __init__(self, house: House, channel: str, going: Callable[[], bool]) -> None:
        self._house, self._channel, self._going = house, channel, going
        self._questions = Questions()
        self._came: list[Came] = []  # what needed no asking
        self._wire_of: dict[str, Callable[[bytes], bytes]] = {}
        self._out: dict[str, tuple[str, bytes]] = {}

    def make(self, operation: str, key: str, parameters: Mapping[str, Any]) -> None:
        """To be made into bytes; what comes back is bytes, or what `ChannelHouse.prepare` would raise."""
        try:
            wire_of, request = self._house.to_make(self._channel, operation, key, parameters)
        except ProcflowError as why:
            self._came.append((key, why))
            return
        self._questions.open(key)
        if request is None:
            self._came.append((key, wire_of(b"")))
            return
        self._wire_of[key] = wire_of
        self._questions.to_make(key, request)

    def deliver(self, operation: str, key: str, wire: bytes) -> None:
        """To be handed over; what comes back is what `ChannelHouse.deliver` would answer."""
        ready = self._house.to_deliver(self._channel, operation, key, wire)
        if isinstance(ready, Delivery):
            self._came.append((key, ready))
            return
        self._out[key] = (operation, wire)
        self._questions.to_hand_over(key, ready)

    def answers(self) -> Iterator[Sequence[Came]]:
        """What comes back, in batches, until there is no more; more may be put in while a batch is used."""
        while self._came or self._questions:
            if self._came:
                yield self._taken()
                continue
            for batch in self._house.ask_all(self._channel, self._questions, self._going):
                yield self._settled([(key, self._answer(key, answer)) for key, answer in batch])
                if self._came:
                    yield self._taken()
            if self._questions and not self._came:
                return  # it is too late to begin anything

    def _taken(self) -> Sequence[Came]:
        came, self._came = self._came, []
        return self._settled(came)

    def _settled(self, batch: Sequence[Came]) -> Sequence[Came]:
        """What is not made for the next question ends here, and later steps of its case may go on."""
        for key, came in batch:
            if not isinstance(came, bytes):
                self._questions.settled(key)
        return batch

    def let_go(self, key: str) -> None:
        """What was made is not handed over here after all."""
        self._questions.settled(key)

    def _answer(self, key: str, answer: Any) -> bytes | ProcflowError | Delivery:
        if key in self._wire_of:
            wire_of = self._wire_of.pop(key)
            return answer if isinstance(answer, ProcflowError) else wire_of(bytes(answer))
        operation, wire = self._out.pop(key)
        if isinstance(answer, PluginError):
            return Delivery("retry", {}, answer.message, answer.facts.get("after"))
        if isinstance(answer, ProcflowError):
            return Delivery("failed", {}, answer.message)
        return self._house.delivered(self._channel, operation, key, wire, answer)
