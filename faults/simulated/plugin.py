"""The plugins and the outside: what takes letters, answers questions and brings mails, slowly, twice, or not at all.

A plugin's process is simulated by its own loop's function (`channel_process`), in the thread of all. The outside
remembers everything that it was ever handed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from faults.simulated.plan import Mail, Misdeed
from faults.simulated.turns import Killed
from procflow.errors import UsageError
from procflow.hosts.channel_process import _do, _Garbage
from procflow.hosts.plugin_calls import Trouble
from procflow.hosts.questions import Question, Questions
from procflow.ports import Delivery, Inbound

if TYPE_CHECKING:
    from faults.simulated.house import House
    from faults.simulated.process import Process


@dataclass
class Handed:
    """One try at handing over: what the outside got, from whom, and how it ended for the one who tried."""

    key: str
    wire: bytes
    process: str
    began: float
    claimed: int  # the point at which the one who tried asked the store for it
    since: datetime | None = None  # when that was, by its clock
    asked: datetime | None = None  # when it began to hand over, by its clock
    took: bool = False
    ended: float | None = None
    how: str = "under way"
    left: bytes | None = None  # with "part": what the next try must send
    after: float = 0.0  # with "retry": the seconds that were asked for
    excused: bool = False  # the one who tried could not know that it was taken


@dataclass
class Outside:
    """Everybody out there. `taken` is what a receiver who remembers keys has, once each."""

    tries: list[Handed] = field(default_factory=list)
    taken: dict[str, bytes] = field(default_factory=dict)
    asked: int = 0
    box: list[Inbound] = field(default_factory=list)
    made: int = 0


class Plugins:
    """The plugins of a house; a seat for each process that asks."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._calls = 0
        self.names = tuple(dict.fromkeys(each.partition(".")[0] for each in house.scene.operations))

    def seat(self, process: Process) -> Seat:
        return Seat(self._house, process)

    def misdeed(self, call: str) -> Misdeed | None:
        """What goes wrong with this call."""
        if self._house.turns.ending or call not in ("prepare", "deliver", "fetch"):
            return None
        self._calls += 1
        return self._house.plan.misdeeds.get(self._calls)


class Seat:
    """The seat of the plugins in one process: `PluginCalls` without another process behind it."""

    printed = ""

    def __init__(self, house: House, process: Process) -> None:
        self._house, self._process = house, process
        self._channels: dict[str, Any] = {name: _Channel(name, house, process) for name in house.plugin.names}
        self._handed: dict[str, Any] = {}

    def ask(self, question: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        call = question["call"]
        self._process.asks_at = self._house.turns.clock.now()
        misdeed = self._house.plugin.misdeed(call)
        channel = self._channels[question["channel"]]
        channel.misdeed = misdeed
        plugin = f"the plugin {question['channel']}"
        if misdeed is not None:
            self._house.turns.fired["misdeed"] += 1
            self._house.turns.told(self._process.name, f"PLUGIN {misdeed.kind} in {call}")
            if misdeed.kind == "slow":
                self._sleep(misdeed.seconds)
            elif misdeed.kind == "hangs":
                self._sleep(deadline)
                raise Trouble(plugin, f"{plugin} did not answer in {deadline:g} seconds")
            elif misdeed.kind == "breaks":
                raise Trouble(plugin, f"{plugin} ended")
        try:
            value = _do(self._channels, self._handed, question)
        except _Garbage as why:
            raise Trouble(plugin, f"{plugin} answered nonsense: {why}") from why
        except UsageError as why:
            return {"refused": {"message": why.message, "hint": why.hint}}
        except Exception as why:
            raise Trouble(plugin, f"{plugin} raised in {call}: {type(why).__name__}") from why
        finally:
            for each in self._handed.values():
                each.close()
        self._process.alive()
        self._process.point(f"{call} answered", "handed" if call == "deliver" else "")
        if misdeed is not None and misdeed.kind == "lost":
            raise Trouble(plugin, f"{plugin} ended before it had answered")
        return {"value": value}

    def ask_all(
        self, questions: Questions, deadline: float, at_once: int, going: Callable[[], bool]
    ) -> Iterator[list[tuple[Question, Mapping[str, Any] | Trouble]]]:
        together: list[tuple[Question, Mapping[str, Any] | Trouble]] = []
        while going() and (question := questions.take()) is not None:
            try:
                together.append((question, self.ask(question.request, deadline)))
            except Trouble as why:
                together.append((question, why))
            if len(together) >= at_once:
                yield together
                together = []
        if together:
            yield together

    def _sleep(self, seconds: float) -> None:
        self._process.turns.sleep(seconds, lambda: self._process.dead)
        self._process.alive()

    def close(self) -> None:
        """Nothing of it runs."""


class _Channel:
    """A channel of the outside. Making the bytes anew would show: no two times give the same."""

    misdeed: Misdeed | None = None

    def __init__(self, name: str, house: House, process: Process) -> None:
        self.name, self._house, self._process = name, house, process

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        if self.misdeed is not None and self.misdeed.kind == "raises":
            raise RuntimeError("it raises")
        outside = self._house.outside
        outside.made += 1
        self._process.point(f"makes {key}", "making")
        return json.dumps(
            {"parameters": dict(parameters), "made": outside.made}, sort_keys=True, default=str
        ).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        outside, turns = self._house.outside, self._process.turns
        misdeed = self.misdeed.kind if self.misdeed is not None else ""
        process = self._process
        handed = Handed(key, wire, process.name, process.under_way[key], *process.claimed.get(key, (0, None)))
        handed.asked = process.asks_at
        outside.tries.append(handed)
        handed.excused = misdeed == "lost"
        try:
            if misdeed == "part" and self.name == "mail" and b"the rest" not in wire:
                handed.how, handed.left = "part", wire[:-1] + b', "the rest": 1}'
                self._process.point(f"hands over a part of {key}", "handing")
                return Delivery("retry", {}, "one of two has it", None, handed.left)
            if misdeed in ("raises", "retry", "part"):
                handed.how = misdeed
                if misdeed == "raises":
                    raise RuntimeError("it raises")
                handed.how, handed.after = "retry", self._after() or 0.0
                return Delivery("retry", {}, "the line is busy", self._after())
            if misdeed == "fails":
                handed.how = "failed"
                return Delivery("failed", {}, "nobody lives there")
            self._process.point(f"hands over {key}", "handing")
            handed.took = True
            repeated = key in outside.taken
            outside.taken.setdefault(key, wire)
            try:
                self._process.point(f"the outside has {key}", "taken")
            except Killed:
                # it dies with its host; else it notes the yes on its own
                handed.excused = bool(outside.made % 2)
                if handed.excused:
                    raise
            handed.how = "taken"
            asked = f"{self.name}.{operation}"
            if asked in self._house.scene.results:
                parameters = json.loads(wire)["parameters"]
                return Delivery("done", self._house.scene.answer(asked, key, parameters))
            return Delivery("duplicate" if repeated else "done", {"reference": key})
        finally:
            handed.ended = turns.clock.true

    def _after(self) -> float | None:
        return self.misdeed.seconds if self.misdeed is not None and self.misdeed.seconds > 20 else None

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        box = self._house.outside.box
        if self.misdeed is not None and self.misdeed.kind == "raises":
            raise RuntimeError("it raises")
        start = int(cursor or 0) if self.name == "mail" else len(box)
        if self.misdeed is not None and self.misdeed.kind == "retry":
            start = 0  # it has forgotten how far it was, and brings everything again
        return box[start : start + 4], str(min(len(box), start + 4))

    def health(self) -> str:
        return ""


def inbound(house: House, mail: Mail) -> Inbound:
    """A mail of the plan as it comes: an answer to a letter that went out, where it says so and one has."""
    thread: tuple[str, ...] = ()
    letters = [key for key, wire in house.outside.taken.items() if b'"to"' in wire]
    if mail.answers and letters:
        thread = (letters[int(mail.roll * len(letters))],)
    received = house.turns.clock.now() - timedelta(seconds=mail.late)
    return Inbound(
        "mailbox", mail.id, "mail", mail.sender, "desk@house.example", received, subject=mail.subject, text=mail.text,
        thread=thread,
    )  # fmt: skip
