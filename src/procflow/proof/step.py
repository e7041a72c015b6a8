"""One step on an abstract state, in the order of the engine's own (`core/step.py`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from procflow.core.expressions import Template
from procflow.core.procedure import Start
from procflow.proof.asked_outside import StepEffects
from procflow.proof.asking import StepAsking
from procflow.proof.assigning import StepAssigning
from procflow.proof.chosen import look_back_on
from procflow.proof.domains import ANY, OPAQUE, OR_NONE, domain_of
from procflow.proof.microstep import StepMoving
from procflow.proof.moves import BY_ITSELF, BY_TIME, Move, Moves
from procflow.proof.oracle import Impossible
from procflow.proof.passing import StepPassing
from procflow.proof.plan import Call
from procflow.proof.reading import expressions_in, keys_in
from procflow.proof.world import World


class Step(StepMoving, StepAsking, StepAssigning, StepEffects, StepPassing):
    """One step in the making; `take` is all that others need."""

    def __init__(self, moves: Moves, world: World) -> None:
        self.moves, self.w, self.lens = moves, world, moves.lens
        self.plan, self.procedure, self.chart = self.lens.plan, self.lens.procedure, self.lens.chart
        self.truth: Callable[[Any, World], bool] = self.lens.conditions.truth
        self.passages = self.lens.passages
        self.queue: deque[tuple[str, str]] = deque()
        self.seen: set[Any] = set()
        self.count = 0
        self.several = 0  # how often an event was raised for one more of a list
        self.began = world.began
        self.blurred = False  # whether a value was reckoned that is not known
        self.opening = 0  # clocks of an opening count from when the request came, timers from now

    def take(self, move: Move) -> None:
        """Take a move. Raises Impossible, Circle, or Broken where a safety promise refuses the step."""
        w, kind = self.w, move.kind
        w.by_itself = kind in BY_ITSELF or (kind == "open" and move.name.startswith("by:"))
        w.opens = kind == "open"
        w.actor = False if kind in BY_TIME else None
        if kind not in ("done", "failed"):
            w.since.clear()
        if self.lens.timed:
            self._time_before(move)
        if self.lens.dues:
            self._not_due_yet(move)
        getattr(self, f"_on_{kind}")(move)
        self._always()
        self._raise_all()
        self._settle()
        if self.lens.timed:
            self._time_after()

    # what may happen

    def _on_open(self, move: Move) -> None:
        w, procedure = self.w, self.procedure
        self.opening = 1
        for name in w.data:
            default = procedure.fields[name].default
            if default is not None and not isinstance(default, Template):
                w.data[name] = w.lens.domains[name].kept(
                    tuple(default) if isinstance(default, list) else default
                )
                self._equal_to(name, default)
                self.w.resized(name, len(default) if isinstance(default, list | tuple) else None)
        start = procedure.starts[int(move.name)] if move.name.isdigit() else None
        if start is not None:
            by_person = start.kind == "by"
            self.opening = 0 if by_person else 1  # what a person asks for, comes as it is asked for
            self.w.actor = True if by_person else None
            self._started(start)
        elif move.name:
            self._called(self.plan.around.calls[int(move.state)])
        else:
            self._anything()
        self._begin()
        if start is not None and start.kind == "message" and not w.closing:
            self._always()
            self._raise_all()
            self._event("message")

    def _started(self, start: Start) -> None:
        if start.asks:
            self._ask(start.asks)
        elif start.kind in ("by", "event"):
            self._anything()
        for guard in (start.message, start.when):
            if guard is not None and not self.truth(guard, self.w):
                raise Impossible
        self._set(start.sets)

    def _anything(self) -> None:
        """Whoever opens the case may give any data."""
        for name in self.w.data:
            if self.lens.domains[name].evidence:
                continue
            self.w.forget(name)
            self.w.resized(name)
            self.w.data[name] = (
                OR_NONE if self.w.data[name] is None else ANY if self.lens.domains[name].is_exact else OPAQUE
            )

    def _called(self, call: Call) -> None:
        """Another procedure opens the case: with one of the ways in which it can, or anything where that is not known."""
        given: Sequence[tuple[str, Any]] = call.given
        if call.ways:
            given = call.ways[self.w.oracle.pick(len(call.ways))]
        for name, spec in given:
            if name not in self.w.data:
                continue
            self.w.forget(name)
            self.w.resized(name)
            if call.ways:
                self.w.data[name] = spec[self.w.oracle.pick(len(spec))]
            elif spec is None or next(expressions_in(spec), None) is not None:
                self.w.data[name] = OR_NONE
            else:
                spec = self._kept(name, tuple(spec) if isinstance(spec, list) else spec)
                self.w.data[name] = self.lens.domains[name].kept(spec)
                self._equal_to(name, spec)

    def _on_choice(self, move: Move) -> None:
        w, state = self.w, self.procedure.state[move.state]
        choice = state.choices_by_name[move.name]
        self._act(state, choice)
        self._ask(choice.asks)
        if choice.note:
            w.inputs["note"] = OPAQUE if choice.note == "required" else OR_NONE
        if self.lens.probe == (state.name, choice.name):
            self._probe(choice)
        for alternative in choice.alternatives:
            if alternative.when is None or self.truth(alternative.when, w):
                if alternative.refuse is not None:
                    raise Impossible
                if choice.asks:
                    self._given({ask.name for ask in alternative.asks if not ask.optional})
                if self.entered:
                    asked = {ask.name for ask in alternative.asks}
                    self._keep_old(self.old.keys() - asked)
                    w.void(self.entered & asked)
                if (
                    choice.note
                    and "note.write" in self.lens.operations
                    and (choice.note == "required" or w.oracle.pick(2) == 0)
                ):
                    self._did("note.write")
                self._microstep([alternative])
                return
        raise Impossible

    def _on_message(self, move: Move) -> None:
        if not self._event("message"):
            raise Impossible  # nothing moves; a person reads it

    def _on_event(self, move: Move) -> None:
        if not self._event(move.name):
            raise Impossible

    def _on_done(self, move: Move) -> None:
        w = self.w
        w.waiting.discard(move.state)
        invoke = self.procedure.state[move.state].invoke
        if invoke is not None and invoke.procedure and move.kind == "done":
            ends = self.plan.around.ends.get(invoke.procedure, ())
            if ends:
                end = ends[w.oracle.pick(len(ends))]
                w.results = {"outcome": end.outcome, **dict(end.data)}
                fields = self.plan.around.fields.get(invoke.procedure, {})
                w.room_domains |= {f"result.{n}": domain_of(fields[n]) for n, _ in end.data if n in fields}
                w.room_fields |= {f"result.{n}": fields[n] for n, _ in end.data if n in fields}
                w.chosen.append(("outcome", invoke.procedure, end.outcome))
        self._event_of(move.state, move.kind)

    _on_failed = _on_done

    def _on_time(self, move: Move) -> None:
        self._always()
        if not self.w.taken:
            raise Impossible

    def _on_warn(self, move: Move) -> None:
        del self.w.pending[f"warn:{move.name}"]
        deadline = self.procedure.deadline[move.name]
        if deadline.pause_in or self.plan.times_read[move.name]:  # then it may be reckoned anew
            self.w.clocks[f"warned:{move.name}"] = "warned"
        self._effects(deadline.warn)
        self._judge(("", ""))

    def _on_missed(self, move: Move) -> None:
        w, name = self.w, move.name
        del w.pending[f"missed:{name}"]
        w.pending.pop(f"warn:{name}", None)
        w.clocks[name] = "missed"
        w.clocks.pop(f"warned:{name}", None)
        if name in self.lens.missed:
            w.missed.add(name)
            look_back_on(w, f"missed:{name}")
            w.forget(f"missed:{name}")
        self._effects(self.procedure.deadline[name].missed)
        self._judge(("", ""))
        self._event(name)

    def _on_after(self, move: Move) -> None:
        w, item = self.w, f"after:{move.name}"
        after = self.moves.times.after[move.name]
        del w.pending[item]
        comes_again = self.moves.times.comes_again(after)
        if keys_in(after.time) and not comes_again:
            w.clocks[f"fired:{after.id}"] = "fired"
        entered = len(w.entered)
        for alternative in after.alternatives:
            if alternative.when is None or self.truth(alternative.when, w):
                self._microstep([alternative])
                break
        if comes_again and w.within(after.state) and after.state not in w.entered[entered:]:
            w.pending[item] = self.began + self.opening
            w.armed.add(item)

    def _on_promise(self, move: Move) -> None:
        self.w.pending.pop(f"promise:{move.name}", None)
        self._alarm(move.name)
