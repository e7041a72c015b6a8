"""What a letter is to whoever gets it: whether a person had it sent, and which message of theirs it answers.

Read from the record when the letter is made, so that no step pays for it. It must not know mails, or how they are sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from msgspec import Struct

from procflow.core import journal as j
from procflow.core.record import decode, decode_some
from procflow.core.senders import known_as
from procflow.engine import Engine
from procflow.errors import ProcflowError
from procflow.stored import EffectRow, JournalRow

#: In how many steps before its own a message is looked for that a letter may answer.
LOOK_BACK = 200
#: How many of the messages before it a letter names: the first, and the last of the others.
MOST_NAMED = 20
_WANTED = frozenset({"CommandTaken", "MessageReceived"})
_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_ADDRESS = re.compile(r"[^\s<>,;\"]+@[^\s<>,;\"]+")


def asked_by(engine: Engine, row: EffectRow) -> str:
    """Who took the step that asks for an effect; "" where it was not a person."""
    for step in engine.store.journal(row.case_id, _sequence(row) - 1):
        return _read(step).by
    return ""


class Step(Struct, frozen=True):
    """A step of a case: who took it ("" where nobody did), and what came in, as (channel, id of the message)."""

    by: str
    messages: tuple[tuple[str, str], ...]


class Steps:
    """What led up to an effect. That of the step that was asked about last is kept: a step that asks for a copy to each of
    a thousand people is as long as all of them, and is read for each."""

    def __init__(self) -> None:
        self._last: tuple[tuple[str, int], list[Step]] = ("", 0), []

    def up_to(self, engine: Engine, row: EffectRow) -> list[Step]:
        """The step that asks for an effect, as the last, and those before it."""
        last = _sequence(row)
        at, found = self._last
        if at != (row.case_id, last):
            rows = engine.store.journal(row.case_id, max(last - 1 - LOOK_BACK, 0))
            found = [_read(step) for step in takewhile(lambda step: step.sequence <= last, rows)]
            self._last = (row.case_id, last), found
        return found


def _read(step: JournalRow) -> Step:
    by, messages = "", []
    for entry in reversed(list(decode_some(step.entries, _WANTED))):
        if isinstance(entry, j.CommandTaken):
            by = entry.by
        elif isinstance(entry, j.MessageReceived):
            messages.append((entry.channel, entry.id))
    return Step(by, tuple(reversed(messages)))


class Letter:
    """What the house knows of one letter, looked up when it is asked for."""

    def __init__(
        self, engine: Engine, row: EffectRow, parameters: Mapping[str, Any], steps: Sequence[Step]
    ) -> None:
        self._engine, self._row, self._steps = engine, row, steps
        self._receivers = {
            each for name in ("to", "cc") for address in _addresses(parameters.get(name)) for each in _alike(address)
        }  # fmt: skip

    def automatic(self) -> str:
        """no: a person took the step that asks for it; replied: a message of who gets it did, and this is the answer;
        generated: nobody had it sent."""
        step = self._steps[-1] if self._steps else None
        if step is not None and step.by:
            return "no"
        return "replied" if step is not None and any(self._of_receiver([step])) else "generated"

    def answers(self) -> list[str]:
        """The ids of the messages of this conversation, oldest first, the one that is answered last: the newest that the
        case had of who gets the letter. None: nobody of them wrote."""
        for message in self._of_receiver(reversed(self._steps)):
            own = str(message["external"]).partition(" ")[0]
            if _ID.fullmatch(own):
                before = [each for each in reversed(list(message["thread"])) if _ID.fullmatch(str(each))]
                named = list(dict.fromkeys(str(each) for each in before if each != own))
                return [*named[:1], *named[1:][-(MOST_NAMED - 2) :], own]
        return []

    def _of_receiver(self, steps: Iterable[Step]) -> Iterator[Mapping[str, Any]]:
        """The messages of these steps that who gets the letter wrote on its channel."""
        for step in steps:
            for channel, id in step.messages:
                if channel == self._row.channel:
                    message = self._message(id)
                    if message is not None and self._receivers & _alike(str(message["from"])):
                        yield message

    def _message(self, id: str) -> Mapping[str, Any] | None:
        """A person's message as it came in; None where it was none, or was erased."""
        row = self._engine.store.message(id)
        if row is None:
            return None
        try:
            content: Any = decode(self._engine.unseal_bytes(row.id, row.key_slot, decode(row.content)))
        except ProcflowError:
            return None
        return {**content, "external": row.external_id} if content.get("form") == "message" else None


#: What the house can fill in where a channel's schema asks for it (`x-house`) and the procedure gives nothing.
FILLED: Mapping[str, Callable[[Letter], Any]] = {"automatic": Letter.automatic, "answers": Letter.answers}


def filled_in(
    engine: Engine, row: EffectRow, parameters: Mapping[str, Any], wanted: Mapping[str, str], steps: Steps
) -> Mapping[str, Any]:
    """The parameters with what the house knows: `wanted` is parameter -> one of FILLED; `steps` is kept from one letter to
    the next."""
    left = {name: what for name, what in wanted.items() if parameters.get(name) is None}
    if not left:
        return parameters
    letter = Letter(engine, row, parameters, steps.up_to(engine, row))
    found = {name: value for name, what in left.items() if (value := FILLED[what](letter))}
    return {**parameters, **found}


def _sequence(row: EffectRow) -> int:
    return int(row.key.split("/")[1])


def _addresses(value: Any) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value] if value else []
    return [address for item in items for address in _ADDRESS.findall(str(item))]


def _alike(address: str) -> set[str]:
    return {each.casefold() for each in known_as(address)}
