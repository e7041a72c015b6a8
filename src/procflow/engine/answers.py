"""What the engine gives back, and what it holds of a case while it works on it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from procflow.core.case import Case
from procflow.core.refusals import Refusal
from procflow.stored import StoredCase

#: The head of a journal before its first row.
START_HASH = bytes(32)
#: How often a host's command is decided again after somebody was faster.
HOST_TRIES = 20


class Answer(Struct, frozen=True, gc=False):
    """What became of a command. `case` is the case as it now is (plain), None when there is none.

    Accepted and yet with a refusal: the command of a host or channel is kept as a stuck item. `shown`: nothing
    was opened, this is the open case that `one_open_per` shows instead.
    """

    accepted: bool
    case_id: str
    number: int = 0
    sequence: int = 0
    refusal: Refusal | None = None
    case: Case | None = None
    repeated: bool = False
    entries: tuple[Any, ...] = ()
    shown: bool = False


class Loaded(Struct, frozen=True, gc=False):
    """A case as it is stored: the row, the state with sealed values, and the same in plain."""

    row: StoredCase
    sealed: Case
    plain: Case
