"""A due instant with its derivation: what was counted, from when, what was left out and why.

The derivation is data - phrase ids with plain arguments - so that it keeps in a journal and is told in any
language later (`words`). It must not know how instants are computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct

from procflow.core.civil import in_iso

#: A step asks for the same few instants again and again.
_read = lru_cache(1000)(datetime.fromisoformat)

#: (phrase id, arguments); instants are ISO texts in UTC, dates ISO dates, spans their canonical text.
Note = tuple[str, Mapping[str, Any]]


class ToldAgain(tuple[Note, ...]):
    """Notes that are the same for many cases, because they were counted once for all of them.

    Whoever writes a due instant that ends with them keeps in `written` what was written, so that it is written once
    too: for the facts that were told beside them, the bytes before the first note and those after it.
    """

    written: tuple[tuple[Any, ...], bytes, bytes] | None = None


class DueFacts(dict[str, Any]):
    """A due instant as plain JSON values; `again` are the notes behind the first one, where others share them."""

    again: ToldAgain | None = None


class Due(Struct, frozen=True):
    """`at` and `act_by` are in UTC.

    `act_by` is the last open instant (closing time included) from the start on and not after `at`; where
    there is none it is None and `closed_hours` says so (CL `act_by`). A time that lay before its start has
    neither: nobody was closed, it was over.
    """

    at: datetime
    derivation: tuple[Note, ...] = ()
    act_by: datetime | None = None
    closed_hours: bool = False
    again: ToldAgain | None = None  # its notes behind the first, where they are shared

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Due):
            return NotImplemented
        return (self.at, self.derivation, self.act_by, self.closed_hours) == (
            other.at, other.derivation, other.act_by, other.closed_hours,
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.at, self.act_by, self.closed_hours))  # the derivation holds tables

    @property
    def opens(self) -> datetime | None:
        """With `closed_hours`: the first open instant, which becomes the target; None if none is known."""
        for name, facts in self.derivation:
            if name == "closed_hours" and facts.get("opens"):
                return datetime.fromisoformat(facts["opens"])
        return None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; lists are tuples, as the record gives them back."""
        at, act_by = in_iso(self.at), self.act_by
        facts = DueFacts(
            at=at,
            derivation=self.derivation,
            act_by=at if act_by is self.at else None if act_by is None else in_iso(act_by),
            closed_hours=self.closed_hours,
        )
        facts.again = self.again
        return facts

    @staticmethod
    def instant(document: Mapping[str, Any]) -> datetime:
        """Only the `at` of what `to_json` gave."""
        return _read(document["at"])

    @staticmethod
    def last_open(document: Mapping[str, Any]) -> datetime | None:
        """Only the `act_by` of what `to_json` gave."""
        act_by = document["act_by"]
        return None if act_by is None else _read(act_by)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Due:
        act_by = document["act_by"]
        return cls(
            at=datetime.fromisoformat(document["at"]),
            derivation=tuple((name, _frozen(facts)) for name, facts in document["derivation"]),
            act_by=None if act_by is None else datetime.fromisoformat(act_by),
            closed_hours=bool(document["closed_hours"]),
        )


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value
