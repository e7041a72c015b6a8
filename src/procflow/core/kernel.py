"""The graph, on `transitions`: what a state offers, and where each transition leads.

The only module that knows `transitions`. It holds the graph and fires; it decides nothing, calls nothing
back and keeps no case. Traps that are closed here: no automatic triggers, no callbacks, no models bound,
and every transition has a trigger of its own, so that two alternatives never hide each other.
"""

from __future__ import annotations

from typing import Any

from transitions import Machine

from procflow.core.procedure import Procedure, Transition


class _Seat:
    """The bare thing that `transitions` moves; it lives for one move."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Kernel:
    """One machine for one procedure, built once and shared by all its cases."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self._by_id: dict[str, Transition] = {item.id: item for item in procedure.transitions()}
        self._machine: Any = Machine(
            model=None,
            states=[state.name for state in procedure.states],
            initial=procedure.initial,
            auto_transitions=False,
            transitions=[
                {"trigger": item.id, "source": item.source, "dest": self._destination(item)}
                for item in self._by_id.values()
            ],
        )
        self._offers: dict[str, tuple[Transition, ...]] = {}
        self._led: dict[tuple[str, str], str] = {}

    @staticmethod
    def _destination(item: Transition) -> str | None:
        if item.to is None:
            return None  # an internal transition: nothing is left, nothing entered
        return item.source if item.to == "self" else item.to

    def offers(self, state: str) -> tuple[Transition, ...]:
        """Every transition that starts in `state`, in document order."""
        found = self._offers.get(state)
        if found is None:
            found = tuple(self._by_id[name] for name in self._machine.get_triggers(state))
            self._offers[state] = found
        return found

    def transition(self, id: str) -> Transition:
        return self._by_id[id]

    def fire(self, state: str, transition: Transition) -> str:
        """The state after `transition` was taken in `state`. The graph never changes, so it is asked once."""
        led = self._led.get((state, transition.id))
        if led is None:
            seat = _Seat(state)
            if not self._machine.events[transition.id].trigger(seat):
                raise AssertionError(f"the graph refused {transition.id}")
            led = self._led[state, transition.id] = seat.state
        return led


def kernel_of(procedure: Procedure) -> Kernel:
    """The kernel of a procedure, built at first use and kept with it."""
    kept: Kernel | None = procedure.__dict__.get("kernel")
    if kept is None:
        kept = procedure.__dict__["kernel"] = Kernel(procedure)
    return kept
