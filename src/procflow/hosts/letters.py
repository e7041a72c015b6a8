"""What a letter is to whoever gets it: whether a person had it sent, and which message of theirs it answers.

Read from the record when the letter is made, so that no step pays for it. It must not know mails, or how they are sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any

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
        return _taken_by(step)
    return ""


class Letter:
    """What the house knows of one letter, looked up when it is asked for."""

    def __init__(self, engine: Engine, row: EffectRow, parameters: Mapping[str, Any]) -> None:
        self._engine, self._row = engine, row
        self._receivers = {
            each for name in ("to", "cc") for address in _addresses(parameters.get(name)) for each in _alike(address)
        }  # fmt: skip
        last = _sequence(row)
        rows = engine.store.journal(row.case_id, max(last - 1 - LOOK_BACK, 0))
        self._steps = list(takewhile(lambda step: step.sequence <= last, rows))

    def automatic(self) -> str:
        """no: a person took the step that asks for it; replied: a message of who gets it did, and this is the answer;
        generated: nobody had it sent."""
        step = self._steps[-1] if self._steps else None
        if step is not None and _taken_by(step):
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

    def _of_receiver(self, steps: Iterable[JournalRow]) -> Iterator[Mapping[str, Any]]:
        """The messages of these steps that who gets the letter wrote on its channel."""
        for step in steps:
            for entry in decode_some(step.entries, _WANTED):
                if isinstance(entry, j.MessageReceived) and entry.channel == self._row.channel:
                    message = self._message(entry.id)
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
    engine: Engine, row: EffectRow, parameters: Mapping[str, Any], wanted: Mapping[str, str]
) -> Mapping[str, Any]:
    """The parameters with what the house knows: `wanted` is parameter -> one of FILLED."""
    left = {name: what for name, what in wanted.items() if parameters.get(name) is None}
    if not left:
        return parameters
    letter = Letter(engine, row, parameters)
    found = {name: value for name, what in left.items() if (value := FILLED[what](letter))}
    return {**parameters, **found}


def _sequence(row: EffectRow) -> int:
    return int(row.key.split("/")[1])


def _taken_by(step: JournalRow) -> str:
    for entry in decode_some(step.entries, _WANTED):
        if isinstance(entry, j.CommandTaken):
            return entry.by
    return ""


def _addresses(value: Any) -> list[str]:
    items = value if isinstance(value, list | tuple) else [value] if value else []
    return [address for item in items for address in _ADDRESS.findall(str(item))]


def _alike(address: str) -> set[str]:
    return {each.casefold() for each in known_as(address)}
