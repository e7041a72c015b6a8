"""Everything about one procedure that all its explorations share, and what is known of those around it.

It must not know what an exploration keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from procflow.core.chart import Chart
from procflow.core.expressions import Name, Node, Template
from procflow.core.lookups import effects_of
from procflow.core.procedure import Deadline, Field, Procedure, Promise, Transition
from procflow.proof.clocks import Times
from procflow.proof.domains import Domain, Matter, coarsened, domain_of, matter_of, sampled
from procflow.proof.gaps import Gap, gaps_of
from procflow.proof.limits import Limits, is_narrow, limits_of
from procflow.proof.reading import (
    conditions_of,
    keys_in,
    keys_of_all,
    only_put,
    read_by,
    read_of,
    sets_of,
    times_of,
)
from procflow.proof.reckoning import reckoned_by_itself, risks_of
from procflow.proof.silence import Quiet, may_drift, quiet_of

if TYPE_CHECKING:
    from procflow.proof.conditions import Conditions


class Call(Struct, frozen=True):
    """How another procedure opens this one: what it gives, as a document writes it."""

    by: str
    given: tuple[tuple[str, Any], ...] = ()
    ways: tuple[
        tuple[tuple[str, tuple[Any, ...]], ...], ...
    ] = ()  # once it was looked at: the values, by the place


class End(Struct, frozen=True):
    """How an invoked procedure can end: its outcome, and what is known of its data there.

    A value is None where it is unset, `OPAQUE` where it is only known to be set; what is not named may be anything.
    """

    outcome: str
    data: tuple[tuple[str, Any], ...] = ()


class Around(Struct, frozen=True):
    """What a proof takes from around a procedure. `constants` evaluates `param` and its like."""

    constants: Any
    calls: tuple[Call, ...] = ()
    ends: dict[str, tuple[End, ...]] = {}
    finishing: frozenset[str] = frozenset()  # invoked procedures that come to an end although nobody acts
    signalled: frozenset[str] = frozenset()  # events that other procedures send it
    fields: dict[str, dict[str, Any]] = {}  # of each invoked procedure its fields


class Plan:
    """Everything about one procedure that all its explorations share."""

    def __init__(self, procedure: Procedure, around: Around) -> None:
        from procflow.proof.conditions import Conditions

        self.procedure, self.around = procedure, around
        self.assumed: set[str] = set()  # what was taken for granted where it was asked: tables, people
        self.refusing: Callable[[str], bool] = lambda name: (
            True
        )  # whether an invoked procedure may not be opened
        self.sharpen: Callable[[Plan], bool] = lambda plan: False  # look at how others open the case
        self.is_sharp = False  # whether that was looked at
        self.assumed_there: frozenset[str] = frozenset()  # and what that takes for granted
        self.matter: Matter = matter_of(procedure, around.constants)
        self.conditions: Conditions = Conditions(procedure, around.constants)
        self.conditions.assume = self.assumed.add
        self.chart = Chart(procedure)
        self.depends: dict[str, frozenset[str]] = {}
        self.alternatives: dict[tuple[str, str, str], tuple[Transition, ...]] = {}
        self.passages: tuple[dict[Any, Any], dict[Any, Any]] = (
            {},
            {},
        )  # without a look at effects, and with one
        self.left: dict[Any, tuple[list[str], str]] = {}
        self.entered: dict[Any, list[str]] = {}
        self.is_coarse = False  # whether lists that grow are not kept one by one, see `coarse`
        self.transitions_gone = 0  # over all explorations, see `outcomes`
        self.asked: dict[int, str] = {}
        self.living: dict[Any, Any] = {}
        self.steps: dict[str, Any] = {}  # what the transitions of each state read and set, see `live`
        self._own: dict[int, Domain] = {}
        self._limits: dict[int, Limits] = {}
        self.around_of: dict[tuple[str, ...], tuple[str, ...]] = {}

    def domain_of(self, field: Field) -> Domain:
        """The domain of what only one step is given."""
        found = self._own.get(id(field))
        if found is None:
            found = self._own[id(field)] = domain_of(field)
        return found

    @property
    def name(self) -> str:
        return self.procedure.name

    @cached_property
    def restless(self) -> frozenset[str]:
        """The innermost states in which something may happen by itself at once."""
        return frozenset(
            name
            for name in self.procedure.state
            if any(self.procedure.state[s].always for s in (name, *self.chart.around[name]))
        )

    @cached_property
    def drifting(self) -> frozenset[str]:
        """Of these those in which it may begin to happen at a later step, although nothing is done there."""
        own = {state.name for state in self.procedure.states if may_drift(state)}
        return frozenset(n for n in self.restless if not own.isdisjoint((n, *self.chart.around[n])))

    def taking(self, leaf: str, kind: str, name: str) -> tuple[Transition, ...]:
        """What can start while `leaf` is active: its own alternatives, then those of the states around it."""
        key = (leaf, kind, name)
        found = self.alternatives.get(key)
        if found is None:
            states = [self.procedure.state[s] for s in (leaf, *self.chart.around[leaf])]
            found = self.alternatives[key] = tuple(
                [t for state in states for t in state.transitions() if t.kind == kind and t.name == name]
            )
        return found

    def outer(self, active: tuple[str, ...]) -> tuple[str, ...]:
        """The states around the innermost ones, in document order."""
        found = self.around_of.get(active)
        if found is None:
            names = {outer for leaf in active for outer in self.chart.around[leaf]}
            found = self.around_of[active] = tuple(sorted(names, key=self.chart.order.__getitem__))
        return found

    @cached_property
    def narrow(self) -> dict[str, Field]:
        """The fields of whose values something is known beforehand."""
        return {name: field for name, field in self.procedure.fields.items() if is_narrow(field)}

    @cached_property
    def set_by_itself(self) -> tuple[frozenset[str], bool]:
        """What may not fit its field where nobody acts, so that the step is refused and leads nowhere.

        -> (numbers that are counted and have limits, whether there is anything else).
        """
        counted: set[str] = set()
        others = False
        for transition in self.procedure.transitions():
            for name, spec in transition.sets if transition.kind != "choice" else ():
                field = self.narrow.get(name)
                if field is None or not isinstance(spec, Template):
                    continue
                if self.matter.domains[name].counts:
                    counted.add(name)
                else:
                    others = others or not self._fits(spec, field)
        return frozenset(counted), others

    @cached_property
    def reckoned_by_itself(self) -> frozenset[str]:
        return reckoned_by_itself(self.procedure, self.around.constants)

    @cached_property
    def risks(self) -> dict[int, tuple[Node, ...]]:
        return risks_of(self.procedure, self.around.constants)

    @property
    def in_the_way(self) -> frozenset[str]:
        """What decides whether a step in which nobody acts is refused, so that it leads nowhere."""
        return self.set_by_itself[0] | self.reckoned_by_itself

    @cached_property
    def overtaking(self) -> frozenset[str]:
        """What decides whether a step by time is refused, where something else that time brings then comes before it."""
        return self.in_the_way if self.clocks > 1 else frozenset()

    @cached_property
    def clocks(self) -> int:
        """How many things time may bring."""
        deadlines = self.procedure.deadlines
        warnings = sum(bool(deadline.warn) for deadline in deadlines)
        return sum(len(state.after) for state in self.procedure.states) + len(deadlines) + warnings

    def may_not_fit(self, transition: Transition) -> bool:
        """Whether something that a transition sets may be none of its field, so that the step is refused."""
        return any(
            name in self.narrow and isinstance(spec, Template) and not self._fits(spec, self.narrow[name])
            for name, spec in transition.sets
        )

    def _fits(self, spec: Template, field: Field) -> bool:
        """Whether a value comes from a field that takes no more."""
        node = spec.single.node if spec.single is not None else None
        other = self.procedure.fields.get(node.name) if isinstance(node, Name) else None
        return other is not None and (other.type, other.schema) == (field.type, field.schema)

    def limits_of(self, field: Field) -> Limits:
        found = self._limits.get(id(field))
        if found is None:
            found = self._limits[id(field)] = limits_of(field)
        return found

    @cached_property
    def only_put(self) -> frozenset[str]:
        return only_put(self.procedure)

    @cached_property
    def gaps(self) -> frozenset[Gap]:
        return gaps_of(self.procedure)

    @cached_property
    def times(self) -> Times:
        return Times(self.procedure, self.around.constants)

    @cached_property
    def quiet(self) -> tuple[Quiet, ...]:
        return quiet_of(self.procedure)

    @cached_property
    def sources(self) -> dict[str, frozenset[str]]:
        """For each field what its assigned values are made of."""
        found: dict[str, frozenset[str]] = {}
        for name, spec in sets_of(self.procedure):
            found[name] = found.get(name, frozenset()) | keys_in(spec)
        for name, evidence in self.procedure.covered_by.items():
            for item in evidence:
                found.setdefault(item, frozenset())
            del name
        return found

    def grown(self, keys: Collection[str]) -> frozenset[str]:
        """With everything that the fields among them are computed from."""
        found = set(keys)
        waiting = list(keys)
        while waiting:
            new = self.sources.get(waiting.pop(), frozenset()) - found
            found |= new
            waiting += new
        return frozenset(found)

    @cached_property
    def everything(self) -> frozenset[str]:
        """All that decides what happens."""
        found = set(keys_of_all(conditions_of(self.procedure)))
        for deadline in self.procedure.deadlines:
            found |= self.of_times(deadline)
        for state in self.procedure.states:
            for after in state.after:
                found |= keys_in(after.time)
            specs = (
                *(state.task.other_than if state.task else ()),
                *(s for c in state.choices for s in c.other_than),
            )
            for spec in specs:
                found |= keys_in(spec) if not isinstance(spec, str) else {f"who:{spec}"}
        return self.grown(found)

    @cached_property
    def times_read(self) -> dict[str, frozenset[str]]:
        """For each deadline what its times are computed from."""
        return {deadline.name: self.of_times(deadline) for deadline in self.procedure.deadlines}

    @staticmethod
    def of_times(deadline: Deadline) -> frozenset[str]:
        return frozenset().union(*(keys_in(spec) for spec in times_of(deadline)))

    @cached_property
    def dues(self) -> dict[str, tuple[str, str, bool | None]]:
        """What is due at a field: item -> (the clock that shows it, the field, whether it is over at that very value).

        None: of a time on a closed day it is not known, for it comes as we open next.
        """
        times = {
            f"missed:{d.name}": d.until
            for d in self.procedure.deadlines
            if not d.pause_in and d.since is None
        }
        times |= {f"after:{a.id}": a.time for state in self.procedure.states for a in state.after}
        found: dict[str, tuple[str, str, bool | None]] = {}
        for item, spec in times.items():
            single = spec.single if isinstance(spec, Template) else None
            field = (
                self.procedure.fields.get(single.node.name)
                if single and isinstance(single.node, Name)
                else None
            )
            if field is not None and field.type in ("date", "instant"):
                is_day = field.type == "date"
                opens = is_day and item.startswith("after:")
                found[item] = (
                    "date(now)" if is_day else "now", field.name, None if opens else not is_day,
                )  # fmt: skip
        return found

    @cached_property
    def sampled(self) -> dict[str, Domain]:
        return sampled(self.procedure, self.matter)

    @cached_property
    def coarse(self) -> dict[str, Domain]:
        return coarsened(self.matter.domains, self.sources)

    @cached_property
    def read_as_input(self) -> frozenset[str]:
        """The fields of the case that a step that asks for them reads as `input.NAME` too."""
        return frozenset(self.procedure.fields) & read_of("input", self.procedure)

    @cached_property
    def handled(self) -> frozenset[str]:
        """The names of events that some state takes."""
        return frozenset(name for state in self.procedure.states for name, _ in state.events)

    @cached_property
    def raised(self) -> frozenset[str]:
        return frozenset(str(e.parameters) for e in effects_of(self.procedure) if e.operation == "raise")

    @cached_property
    def only_raised(self) -> frozenset[str]:
        """What the case raises itself, and no procedure signals to it."""
        return self.raised - self.around.signalled

    def promised(self, promises: Sequence[Promise]) -> frozenset[str]:
        """What promises read, with everything that it is computed from.

        Of those that something comes eventually also what can stand in the way of time.
        """
        keys = keys_of_all(e for promise in promises for e in read_by(promise))
        if any(promise.kind == "after" for promise in promises):
            keys |= self.in_the_way
        keys |= self.overtaking
        return self.grown(keys)
