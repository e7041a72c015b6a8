"""What may happen to a case: people choose what is offered, messages and signals come, time passes, others answer."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from procflow.core.between_cases import MADE_HERE
from procflow.core.procedure import State as Place
from procflow.proof.fitting import surely_fits
from procflow.proof.lens import Lens
from procflow.proof.silence import minded, minds_moments
from procflow.proof.state import State

#: What time brings.
BY_TIME = frozenset({"warn", "missed", "after", "promise"})

#: What happens although nobody acts: time passes, and deliveries end.
BY_ITSELF = BY_TIME | {"done", "failed"}


class Move(Struct, frozen=True, gc=False):
    """Something that may happen.

    `kind` is open, choice, message, event, missed, warn, after, promise, time, done or failed; `name` the start's place in
    the file (`by:PROCEDURE` where another one opens the case), the choice, event, deadline, timer, promise or state;
    `state` the one whose choice it is, or whose `invoke` answers. `time` is any step of which nothing else is minded, such as
    a warning: what may happen at once is looked at again.
    """

    kind: str
    name: str
    state: str = ""


class Moves:
    """The moves of one procedure as a lens sees it."""

    def __init__(self, lens: Lens) -> None:
        self.lens, self.procedure = lens, lens.procedure
        self.times = lens.plan.times
        self._of: dict[str, tuple[Move, ...]] = {}
        self._events: dict[str, frozenset[str]] = {}
        plan = lens.plan
        self.never_sent = MADE_HERE | plan.only_raised | self.procedure.deadline.keys()
        self.silent: frozenset[tuple[str, str]] = frozenset()
        if lens.promises and not any(minds_moments(promise) for promise in lens.promises):
            told = minded(lens.promises)
            self.silent = frozenset(
                (q.state, q.name)
                for q in plan.quiet
                if not q.keys & lens.keys and not q.operations & lens.operations and q.name not in told
            )
        self.failing: frozenset[str] = frozenset(s.name for s in self.procedure.states if self._fails(s))
        self.surely: frozenset[str] = frozenset(s.name for s in self.procedure.states if self._answers(s))

    def _fails(self, state: Place) -> bool:
        """Whether the answer may be that it failed: a delivery for good, or a procedure that would not be opened."""
        invoke, plan = state.invoke, self.lens.plan
        if invoke is None:
            return False
        if not invoke.procedure or self.lens.fails or plan.refusing(invoke.procedure):
            return True
        fields = plan.around.fields
        return self.lens.strict and not surely_fits(
            invoke, self.procedure, fields.get(invoke.procedure, {}), fields
        )

    def _answers(self, state: Place) -> bool:
        """Whether the answer comes although nobody acts: deliveries end, and so do some procedures."""
        invoke = state.invoke
        return invoke is not None and (
            not invoke.procedure or invoke.procedure in self.lens.plan.around.finishing
        )

    def openings(self) -> list[Move]:
        """One for each start, and one for each procedure that opens this one."""
        found = [Move("open", str(n)) for n in range(len(self.procedure.starts))]
        found += [Move("open", f"by:{call.by}", str(n)) for n, call in enumerate(self.lens.plan.around.calls)]
        return found or [Move("open", "")]

    def possible(self, state: State) -> Iterator[Move]:
        """Every move that the state may take; whether it can is seen when it is taken."""
        if state.closed:
            return
        events: set[str] = set()
        for name in (*state.active, *self.lens.plan.outer(state.active)):
            yield from self._choices(name)
            events |= self._handled(name)
            if name in state.waiting:
                yield Move("done", name, name)
                if name in self.failing:
                    yield Move("failed", name, name)
        if "message" in events and ("", "message") not in self.silent:
            yield Move("message", "message")
        for event in sorted(events - self.never_sent):
            if ("", event) in self.silent:
                continue
            yield Move("event", event)
        pending = dict(state.pending)
        for item in pending:
            if self.times.comes_first(item, pending):
                kind, _, name = item.partition(":")
                yield Move(kind, name)
        if not self.lens.plan.drifting.isdisjoint(state.active):
            yield Move("time", "")

    def _choices(self, name: str) -> tuple[Move, ...]:
        found = self._of.get(name)
        if found is None:
            choices = self.procedure.state[name].choices
            found = self._of[name] = tuple(
                [Move("choice", c.name, name) for c in choices if (name, c.name) not in self.silent]
            )
        return found

    def _handled(self, name: str) -> frozenset[str]:
        found = self._events.get(name)
        if found is None:
            found = self._events[name] = frozenset(event for event, _ in self.procedure.state[name].events)
        return found

    def by_message(self, move: Move) -> bool:
        """Whether it is a message that opens the case."""
        return (
            move.kind == "open"
            and move.name.isdigit()
            and self.procedure.starts[int(move.name)].kind == "message"
        )

    def by_itself(self, move: Move) -> bool:
        """Whether it happens although nobody acts: time passes, and deliveries end."""
        if move.kind in ("done", "failed"):
            return move.state in self.surely
        return move.kind in BY_TIME
