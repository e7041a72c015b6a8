"""One abstract state of a case: what is known of it between two steps."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from procflow.proof.orders import Facts


class State(Struct, frozen=True, gc=False):
    """What is known of a case between two steps; equal states have the same future."""

    active: tuple[str, ...] = ()  # the innermost states, in document order
    data: tuple[Any, ...] = ()  # in the order of the lens
    atoms: frozenset[tuple[str, bool]] = frozenset()
    facts: Facts = frozenset()
    counts: tuple[int, ...] = ()
    today: tuple[int, ...] = ()
    did: frozenset[str] = frozenset()
    missed: frozenset[str] = frozenset()
    taken: frozenset[str] = frozenset()  # choices that somebody took, whose `who` is kept
    clocks: tuple[tuple[str, str], ...] = ()  # deadline -> running, paused, met, missed
    ahead: tuple[tuple[tuple[str, str], float], ...] = ()  # how long it is until what is pending, see `zones`
    pending: tuple[tuple[str, int], ...] = ()  # what time will do -> when it began, as a rank
    monitors: tuple[tuple[str, str, int], ...] = ()
    waiting: frozenset[str] = frozenset()  # states whose `invoke` has not answered
    asked: frozenset[str] = frozenset()  # outside effects since anything but an answer came
    last: tuple[tuple[str, tuple[str, ...]], ...] = ()
    gaps: tuple[int | None, ...] = ()  # how much longer lists are than choices were often taken, see `gaps`
    closed: str = ""
    alarmed: frozenset[str] = frozenset()
