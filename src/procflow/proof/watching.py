"""Deadlines and promises in an abstract step, as the engine minds them (`core/clocks.py`, `core/promises.py`)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence, Set
from typing import Any

from procflow.core.expressions import Template
from procflow.core.procedure import Deadline, Effect, Moment, Procedure, Promise
from procflow.proof.lens import Lens
from procflow.proof.moves import Moves
from procflow.proof.oracle import Broken
from procflow.proof.reading import expressions_in, keys_in
from procflow.proof.world import World


class StepWatching:
    """The part of a step that minds what time will bring and what was promised."""

    moves: Moves
    w: World
    lens: Lens
    procedure: Procedure
    truth: Callable[[Any, World], bool]
    began: int
    opening: int
    _effects: Callable[[Sequence[Effect]], None]

    def _clocks(self, moments: Set[tuple[str, str]], *, whole: bool) -> None:
        w = self.w
        if not self.lens.clocks and not self.moves.times.of_data:
            w.changed.clear()
            return
        for deadline in self._concerned(moments):
            name = deadline.name
            state = w.clocks.get(name, "")
            running = state in ("running", "paused")
            if running and self._matches(deadline.met, moments, whole):
                self._met(deadline)
                running, state = False, "met"
            if (
                not running
                and (not state or deadline.again)
                and self._starts(deadline, moments, whole, state)
            ):
                w.clocks[name] = "running"
                w.clocks.pop(f"warned:{name}", None)
                self._runs(deadline, self.began)
                if self._matches(deadline.met, set(), whole):
                    self._met(deadline)
            elif running and state == "running" and w.changed & self.lens.plan.times_read[name]:
                self._runs(deadline, self.began)
            if deadline.pause_in and whole:
                self._stand_still(deadline)
        self._timers_again()
        w.changed.clear()

    def _concerned(self, moments: Set[tuple[str, str]]) -> Collection[Deadline]:
        """The deadlines that such a moment, or what was set, can start, meet, stop or reckon anew."""
        lens = self.lens
        if (
            not lens.clocks
            or not isinstance(moments, frozenset)
            or not lens.times_read.isdisjoint(self.w.changed)
        ):
            return lens.clocks.values()
        found = lens.concerned.get(moments)
        if found is None:
            found = lens.concerned[moments] = tuple(
                [
                    d
                    for d in lens.clocks.values()
                    if d.pause_in
                    or any(m.kind == "when" or (m.kind, m.name) in moments for m in (*d.starts, *d.met))
                ]
            )
        return found

    def _starts(self, deadline: Deadline, moments: Set[tuple[str, str]], whole: bool, state: str) -> bool:
        if not self._matches(deadline.starts, moments, whole):
            return False
        if not state or any((m.kind, m.name) in moments for m in deadline.starts if m.kind != "when"):
            return True
        return self.w.oracle.pick(2) == 0  # only where it has become true

    def _runs(self, deadline: Deadline, began: int) -> None:
        """Its instant comes, unless a part of its time has no value; so does its warning, which may come again where the
        instant was moved after it."""
        w, item = self.w, f"missed:{deadline.name}"
        warned, warning = f"warned:{deadline.name}", f"warn:{deadline.name}"
        w.forget(f"due:{deadline.name}")
        if not all(self._has_value(spec) for spec in (deadline.since, deadline.within, deadline.until)):
            w.pending.pop(item, None)
            w.pending.pop(warning, None)
            return
        w.pending[item] = began
        w.armed.add(item)
        if not (self.lens.minds(deadline.warn) or (self.lens.judged and deadline.warn_at)):
            return
        if warned in w.clocks and w.oracle.pick(2) == 0:
            return  # it is not heard twice
        w.clocks.pop(warned, None)
        w.pending[warning] = began
        w.armed.add(warning)

    def _has_value(self, spec: Any) -> bool:
        if not isinstance(spec, Template) or spec.is_static or not keys_in(spec):
            return True
        return not any(self.lens.conditions.unset(e.node, self.w) for e in expressions_in(spec))

    def _timers_again(self) -> None:
        """Timers whose data changed are reckoned anew, unless they have fired."""
        w = self.w
        if not w.changed or not self.moves.times.of_data:
            return
        for name in (*w.active, *self.lens.plan.outer(w.active)):
            for after in self.procedure.state[name].after:
                if w.changed & keys_in(after.time) and f"fired:{after.id}" not in w.clocks:
                    w.pending.pop(f"after:{after.id}", None)
                    if self._has_value(after.time):
                        w.pending[f"after:{after.id}"] = -1
                        w.armed.add(f"after:{after.id}")

    def _stand_still(self, deadline: Deadline) -> None:
        w, name = self.w, deadline.name
        inside = any(w.within(state) for state in deadline.pause_in)
        if inside and w.clocks.get(name) == "running":
            w.clocks[name] = "paused"
            w.pending.pop(f"missed:{name}", None)
            w.pending.pop(f"warn:{name}", None)
        elif not inside and w.clocks.get(name) == "paused":
            w.clocks[name] = "running"
            self._runs(deadline, -1)

    def _met(self, deadline: Deadline) -> None:
        met = "met" if f"missed:{deadline.name}" in self.w.pending else "unset"
        self.w.clocks[deadline.name] = self.w.met[deadline.name] = met
        self.w.clocks.pop(f"warned:{deadline.name}", None)
        self.w.forget(f"due:{deadline.name}")
        self.w.pending.pop(f"missed:{deadline.name}", None)
        self.w.pending.pop(f"warn:{deadline.name}", None)

    def _matches(self, wanted: Sequence[Moment], moments: Set[tuple[str, str]], whole: bool) -> bool:
        for moment in wanted:
            if moment.kind == "when":
                if whole and moment.when is not None and self.truth(moment.when, self.w):
                    return True
            elif (moment.kind, moment.name) in moments:
                return True
        return False

    # promises

    def _judge(self, moment: tuple[str, str]) -> None:
        w = self.w
        if not self.lens.promises:
            return
        w.moment, w.watching = moment, True
        try:
            for promise in self.lens.promises:
                self._watch(promise)
        finally:
            w.watching = False

    def _watch(self, promise: Promise) -> None:
        w, name, kind = self.w, promise.name, promise.kind
        if kind in ("never", "always"):
            if self.truth(promise.p, w) is (kind == "never"):
                raise Broken(name)
            return
        state, seen = w.monitors.get(name, ("idle", 0))
        if kind == "at_most":
            if self.truth(promise.p, w):
                if seen + 1 > promise.times:
                    raise Broken(name)
                w.monitors[name] = ("pending", seen + 1)
            return
        assert promise.q is not None
        if kind == "before":
            if not seen:
                if self.truth(promise.q, w):
                    w.monitors[name] = ("kept", 1)
                elif self.truth(promise.p, w):
                    raise Broken(name)
        elif state == "pending":
            if self.truth(promise.q, w):
                w.monitors.pop(name)
                w.pending.pop(f"promise:{name}", None)
        elif state != "broken" and self.truth(promise.p, w) and not self.truth(promise.q, w):
            w.monitors[name] = ("pending", 0)
            if promise.within is not None:
                w.pending[f"promise:{name}"] = self.began + self.opening
                w.armed.add(f"promise:{name}")

    def _alarm(self, name: str) -> None:
        self.w.monitors[name] = ("broken", 0)
        self.w.alarmed.add(name)

    def _settle(self) -> None:
        """A case that reached an end is closed; what was to come eventually has not."""
        w = self.w
        if w.closing:
            for promise in self.lens.promises:
                if promise.kind == "after" and w.monitors.get(promise.name, ("", 0))[0] == "pending":
                    self._alarm(promise.name)
            w.pending.clear()
            w.waiting.clear()
