"""The contract of channels without a test runner: its clauses in order, and asking them one by one.

It must not know pytest: `procflow plugin test` runs where that is not installed.
"""

from __future__ import annotations

import inspect
import tempfile
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from procflow.errors import ProcflowError
from procflow.testing.channel_desk import ChannelDesk, place
from procflow.testing.clauses_answers import Answers
from procflow.testing.clauses_by_hand import ByHand, OnlyByHand
from procflow.testing.clauses_honest import Honesty
from procflow.testing.clauses_pushed import Pushed, PushedDesk, Pusher
from procflow.testing.clauses_receiving import Receiving
from procflow.testing.clauses_sending import Sending
from procflow.testing.clauses_trouble import Trouble
from procflow.testing.peer import Peer


class WholeContract(ByHand, Honesty, Receiving, Answers, Trouble, Sending):
    """Every clause for a channel that is spoken to."""


@dataclass(frozen=True)
class Held:
    """Whether a clause holds; `why` it does not."""

    clause: str
    why: str

    @property
    def holds(self) -> bool:
        return not self.why


def clauses(real: bool) -> list[tuple[str, Callable[[ChannelDesk], None]]]:
    """(the sentence, what asks it), in the order of the files."""
    return _clauses_of(WholeContract() if real else OnlyByHand())


def clauses_pushed() -> list[tuple[str, Callable[[PushedDesk], None]]]:
    """The same of what the outside pushes through the web door."""
    return _clauses_of(Pushed())


def _clauses_of(contract: object) -> list[tuple[str, Callable[[Any], None]]]:
    found: dict[str, Callable[[Any], None]] = {}
    for part in reversed(type(contract).__mro__):
        for name in vars(part):
            if name.startswith("test_"):
                found[name] = getattr(contract, name)
    return [(sentence(name), ask) for name, ask in found.items()]


def sentence(name: str) -> str:
    """The sentence that the name of a clause is."""
    return name.removeprefix("test_").replace("_", " ").replace(" s ", "'s ")


def ask_all(peer: Peer, real: bool, words: str = "") -> Iterator[Held]:
    """Every clause (with these words in it), each with what is wrong. Raises ProcflowError where the channel or its other side does not start."""
    with tempfile.TemporaryDirectory(prefix="procflow-contract-", dir=place()) as folder:
        desk = ChannelDesk(peer, Path(folder))
        try:
            for told, ask in clauses(real):
                if words not in told:
                    continue
                desk.be("well")
                yield Held(told, _why(ask, desk))
                if desk.in_time.blocked:
                    yield Held("the other clauses can be asked", "a channel that hangs is asked no further")
                    return
        finally:
            desk.close()


def ask_pushed(pusher: Pusher, words: str = "") -> Iterator[Held]:
    """The same for what the outside pushes through the web door."""
    with tempfile.TemporaryDirectory(prefix="procflow-contract-", dir=place()) as folder:
        desk = PushedDesk(pusher, Path(folder))
        try:
            for told, ask in clauses_pushed():
                if words in told:
                    yield Held(told, _why(ask, desk))
        finally:
            desk.close()


def _why(ask: Callable[[Any], None], desk: ChannelDesk | PushedDesk) -> str:
    """What a clause says of the channel; "" when it holds."""
    try:
        ask(desk)
    except AssertionError as wrong:
        return str(wrong).strip() or "it does not hold"
    except ProcflowError as wrong:
        return wrong.message
    except Exception as wrong:  # the author's side of the contract may raise anything
        return told(wrong, desk.peer if isinstance(desk, ChannelDesk) else desk.pusher)
    return ""


def told(why: Exception, side: object) -> str:
    """What the author's side of the contract raised, with its line where it stands in the author's own files."""
    if isinstance(why, NotImplementedError):
        return f"{why} is still to be written"
    own = Path(inspect.getfile(side if isinstance(side, type) else type(side))).resolve().parent
    lines = [
        f" ({Path(frame.filename).name}, line {frame.lineno})"
        for frame in traceback.extract_tb(why.__traceback__)
        if own in Path(frame.filename).resolve().parents
    ]
    return f"{type(why).__name__}: {why}{lines[-1] if lines else ''}"
