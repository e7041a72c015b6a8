"""The graph, on `transitions`: what an innermost state offers, and where each transition leads.

The only module that knows `transitions`. It holds the graph and fires; it decides nothing, calls nothing
back and keeps no case. A procedure is flattened for it: one flat machine whose states are the procedure's,
nested ones and regions too, and every transition of an outer state stands on each innermost state inside it,
behind the inner ones' own, as SCXML looks for them. Each region of a case has a seat of its own in the machine.
What is left and entered around and beside a seat is the chart's arithmetic.

Traps that are closed here: no automatic triggers, no callbacks, no models bound, and every transition has a
trigger of its own, so that two alternatives never hide each other.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from transitions import Machine

from procflow.core.chart import Chart, Last
from procflow.core.procedure import Procedure, Transition

#: Ways between sets of active states that are kept, so that they are worked out once.
_MOST_MOVES = 4096


class _Seat:
    """The bare thing that `transitions` moves; it lives for one move."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Move(Struct, frozen=True, gc=False):
    """What a transition leaves, inner to outer, and the state in which it empties everything ("" is the whole)."""

    left: tuple[str, ...]
    domain: str


class Kernel:
    """One machine for one procedure, built once and shared by all its cases."""

    def __init__(self, procedure: Procedure) -> None:
        self.procedure = procedure
        self.chart = chart = Chart(procedure)
        self._by_id: dict[str, Transition] = {item.id: item for item in procedure.transitions()}
        # The machine answers in the order in which transitions were added: inner ones come first.
        inner_first = sorted(self._by_id.values(), key=lambda item: -len(chart.around[item.source]))
        self._machine: Any = Machine(
            model=None,
            states=list(chart.state),
            initial=procedure.initial,
            auto_transitions=False,
            transitions=[
                {
                    "trigger": item.id,
                    "source": list(chart.leaves(item.source)),
                    "dest": self._destination(item),
                }
                for item in inner_first
            ],
        )
        self.has_always = any(item.kind == "always" for item in self._by_id.values())
        self._offers: dict[str, tuple[Transition, ...]] = {}
        self._taking: dict[tuple[str, str, str], tuple[Transition, ...]] = {}
        self._led: dict[tuple[str, str], str] = {}
        self._moves: dict[tuple[str, tuple[str, ...]], Move] = {}
        self._entered: dict[str | tuple[str, ...], tuple[str, ...]] = {}

    @staticmethod
    def _destination(item: Transition) -> str | None:
        if item.to is None:
            return None  # an internal transition: nothing is left, nothing entered
        return item.source if item.to == "self" else item.to

    def offers(self, leaf: str) -> tuple[Transition, ...]:
        """Every transition that can start while `leaf` is active: its own, then those of the states around it,
        from the inner to the outer, each in document order."""
        found = self._offers.get(leaf)
        if found is None:
            found = tuple(self._by_id[name] for name in self._machine.get_triggers(leaf))
            self._offers[leaf] = found
        return found

    def taking(self, leaf: str, kind: str, name: str) -> tuple[Transition, ...]:
        """Those of them that take an event of that name, or (kind `always`) are taken at once."""
        key = (leaf, kind, name)
        found = self._taking.get(key)
        if found is None:
            found = tuple(item for item in self.offers(leaf) if item.kind == kind and item.name == name)
            if len(self._taking) < _MOST_MOVES:  # names of events come from outside too
                self._taking[key] = found
        return found

    def transition(self, id: str) -> Transition:
        return self._by_id[id]

    def fire(self, leaf: str, transition: Transition) -> str:
        """The state that `transition` leads to from `leaf`, before what is inside it is entered. The graph never
        changes, so it is asked once."""
        led = self._led.get((leaf, transition.id))
        if led is None:
            seat = _Seat(leaf)
            if not self._machine.events[transition.id].trigger(seat):
                raise AssertionError(f"the graph refused {transition.id}")
            led = self._led[leaf, transition.id] = seat.state
        return led

    def move(self, transition: Transition, case: Any) -> Move:
        """What the case leaves when it is taken. A seat of a region inside its source fires."""
        key = (transition.id, case.active)
        found = self._moves.get(key)
        if found is None:
            chart, source = self.chart, transition.source
            seat = next(name for name in case.active if name == source or chart.is_inside(name, source))
            self.fire(seat, transition)
            left = chart.left(transition, (*case.active, *case.around), case.last)
            found = Move(tuple(left), chart.domain(transition, case.last))
            if len(self._moves) < _MOST_MOVES and not transition.back:
                self._moves[key] = found
        return found

    def entered(self, taken: list[Transition], last: Last, moves: list[Move]) -> tuple[str, ...]:
        """What the transitions of one microstep enter, outer to inner; see `Chart.entered`."""
        key = taken[0].id if len(taken) == 1 else tuple([item.id for item in taken])
        found = self._entered.get(key)
        if found is None:
            found = tuple(self.chart.entered(taken, last, [move.domain for move in moves]))
            if len(self._entered) < _MOST_MOVES and not any(item.back for item in taken):
                self._entered[key] = found
        return found


def kernel_of(procedure: Procedure) -> Kernel:
    """The kernel of a procedure, built at first use and kept with it."""
    kept: Kernel | None = procedure.__dict__.get("kernel")
    if kept is None:
        kept = procedure.__dict__["kernel"] = Kernel(procedure)
    return kept


def keep_kernel(procedure: Procedure, kernel: Kernel | None) -> None:
    """Let `kernel_of` give this one from now on; None: one of its own again."""
    procedure.__dict__.pop("kernel", None)
    if kernel is not None:
        procedure.__dict__["kernel"] = kernel
