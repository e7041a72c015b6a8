"""Another way around a step that cannot be taken: what else leads from the same state to the same one.

The prover names one way of several that it does not tell apart; a guard that nothing meets may stand on just that one.
It must not know why a step cannot be taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec.structs import replace

from procflow.core.procedure import Procedure

#: Others that are tried.
_MOST = 2


def detours(
    procedure: Procedure, way: Sequence[Any], last: Any, place: int
) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The way and its last step with another transition in place of the one at `place`: a choice, a message or an event."""
    whole = [*way, *([last] if last is not None else [])]
    step = whole[place] if place < len(whole) else None
    if step is None or not step.taken or step.move.kind not in ("choice", "message", "event"):
        return
    known = {each.id: each for each in procedure.transitions()}
    first = known.get(step.taken[0])
    if first is None or first.to is None:
        return
    for other in islice(_beside(procedure, first), _MOST):
        around = (*whole[:place], _instead(step, other.id), *whole[place + 1 :])
        yield around[: len(way)], around[-1] if last is not None else None


def _beside(procedure: Procedure, first: Any) -> Iterator[Any]:
    for other in procedure.state[first.source].transitions():
        alike = (other.to, other.back) == (first.to, first.back)
        if other.id != first.id and alike and _kind_and_name(other.id)[0]:
            yield other


def _instead(step: Any, transition: str) -> Any:
    kind, name, state = _kind_and_name(transition)
    move = replace(step.move, kind=kind, name=name, state=state)
    return replace(step, move=move, chosen=(), taken=(transition, *step.taken[1:]))


def _kind_and_name(transition: str) -> tuple[str, str, str]:
    """What makes a transition, by its id: (kind, name, state) of the move; three times "" for one by time or at once."""
    source, _, _ = transition.rpartition("#")
    if "~" in source:
        name = source.partition("~")[2]
        return (
            ("message" if name == "message" else "event", name, "")
            if name not in ("done", "failed")
            else ("", "", "")
        )
    state, dot, name = source.rpartition(".")
    return ("choice", name, state) if dot else ("", "", "")
