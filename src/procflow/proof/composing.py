"""Procedures that open each other, seen from one of them: who opens it and with what, and how those it invokes end.

An invoked procedure is stood in for by its ends: the outcomes that it can have, and what is known of its data there. It
must not know promises: each procedure is proved by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from procflow.core.expressions import Name, Select, Template, walk
from procflow.core.lookups import effects_of
from procflow.core.procedure import At, Procedure
from procflow.core.promises import SAFETY
from procflow.proof.domains import ANY, OPAQUE, OR_NONE, Domain
from procflow.proof.explore import explore
from procflow.proof.lens import Lens
from procflow.proof.live import liveness_of
from procflow.proof.liveness import lasting
from procflow.proof.moves import Moves
from procflow.proof.outcomes import blank, outcomes
from procflow.proof.plan import Around, Call, End, Plan
from procflow.proof.reading import (
    conditions_of,
    expressions_in,
    keys_in,
    keys_of,
    keys_of_all,
    sets_of,
)
from procflow.proof.space import Budget, Space

#: States that are looked at to see how one procedure ends.
_MOST = 3_000

#: For each place where a case is opened, what each field can be.
Ways = tuple[tuple[tuple[str, tuple[Any, ...]], ...], ...]


class Sharp(Struct, frozen=True):
    """What is around a procedure once it was looked at how others open it, and what that takes for granted."""

    around: Around
    assumed: frozenset[str]


class Composition:
    """The procedures of a workspace, and what one proof needs to know of the others."""

    def __init__(self, procedures: Mapping[str, Procedure], constants: Any) -> None:
        self.procedures, self.constants = procedures, constants
        self.calls: dict[str, dict[str, Call]] = {}
        self.read: dict[str, set[str]] = {}
        for procedure in procedures.values():
            self._look(procedure)
        self.signalled: dict[str, set[str]] = {}
        for name, event in (found for procedure in procedures.values() for found in signals_of(procedure)):
            self.signalled.setdefault(name, set()).add(event)
        self._ends: dict[str, tuple[tuple[End, ...], bool]] = {}
        self._busy: set[str] = set()
        self._plans: dict[str, Plan] = {}
        self._refusing: dict[str, bool] = {}
        self._asked: list[str] = []
        self._sharpening: list[str] = []
        self._sharp: dict[str, Sharp] = {}  # of each procedure, once it was looked at how others open it
        self._cut = 0  # how far down `_sharpening` stands what was asked for again while it was looked at

    def _look(self, procedure: Procedure) -> None:
        for opened, given in openings_by(procedure):
            calls = self.calls.setdefault(opened, {})
            before = dict(calls[procedure.name].given) if procedure.name in calls else given
            known = {  # None: this or that, or left out by one of the places
                name: before[name]
                if name in before and name in given and before[name] == given[name]
                else None
                for name in (*before, *given)
            }
            calls[procedure.name] = Call(procedure.name, tuple(known.items()))
        invoked = [
            s.invoke.procedure for s in procedure.states if s.invoke is not None and s.invoke.procedure
        ]
        read = set(results_read(procedure))
        for name in invoked:
            self.read.setdefault(name, set()).update(read)

    def plan(self, procedure: Procedure) -> Plan:
        """The plan by which one procedure is looked at for the sake of others."""
        known = self._plans.get(procedure.name)
        if known is not None and not self._busy:
            return known
        plan = self.own_plan(procedure)
        if not self._busy:
            self._plans[procedure.name] = plan
        return plan

    def own_plan(self, procedure: Procedure) -> Plan:
        """The plan of a proof of one procedure among the others: as if none had been looked at before."""
        names = {s.invoke.procedure for s in procedure.states if s.invoke is not None and s.invoke.procedure}
        ends, finishing, fields = {}, set(), {}
        for name in sorted(names):
            found, finishes = self.ends(name)
            ends[name] = found
            fields[name] = dict(self.procedures[name].fields) if name in self.procedures else {}
            if finishes:
                finishing.add(name)
        signalled = frozenset(self.signalled.get(procedure.name, ()))
        calls = tuple(self.calls.get(procedure.name, {}).values())
        plan = Plan(
            procedure,
            Around(self.constants, calls, ends, frozenset(finishing), signalled, fields),
        )
        plan.sharpen, plan.refusing = self.sharpen, self.can_refuse
        return plan

    def is_invoked(self, name: str) -> bool:
        """Whether some case waits for the end of one of this procedure, and may cease to."""
        states = (state for procedure in self.procedures.values() for state in procedure.states)
        return any(state.invoke is not None and state.invoke.procedure == name for state in states)

    def sharpen(self, plan: Plan) -> bool:
        """Look at what the other procedures can give where they open the case; -> whether anything was learned.

        What is learned hangs on nothing but the procedures, in whatever order they are proved.
        """
        name = plan.name
        if plan.is_sharp or name in self._sharpening:
            if name in self._sharpening:
                self._cut = min(self._cut, self._sharpening.index(name))
            return False
        sharp = self._sharp.get(name)
        if sharp is None:
            before, self._cut = self._cut, len(self._sharpening)
            self._sharpening.append(name)
            try:
                sharp = self._sharpened(self.own_plan(plan.procedure))
            finally:
                self._sharpening.pop()
            if self._cut >= len(self._sharpening):
                self._sharp[name] = sharp
            self._cut = min(before, self._cut)
        plan.around, plan.is_sharp = sharp.around, name in self._sharp or plan is not self._plans.get(name)
        plan.assumed_there = sharp.assumed
        plan.assumed |= sharp.assumed
        return any(call.ways for call in sharp.around.calls)

    def _sharpened(self, plan: Plan) -> Sharp:
        """Look at each of those that open the case, by a plan of its own: what one that is shared has assumed hangs on
        what else it was looked at for."""
        assumed: set[str] = set()
        plan.around = replace(plan.around, calls=tuple(self.calls.get(plan.name, {}).values()))
        wanted = (plan.everything | plan.promised(plan.procedure.promises)) & plan.procedure.fields.keys()
        calls = {call.by: call for call in plan.around.calls}
        fields = {
            call.by: {n: plan.matter.domains[n] for n, _ in call.given if n in wanted}
            for call in calls.values()
        }
        for by, call in calls.items():
            if by != plan.name and fields[by]:
                caller = self.own_plan(self.procedures[by])
                self.sharpen(caller)
                calls[by] = replace(call, ways=self._ways(caller, plan.name, fields[by]))
                assumed |= caller.assumed
        own = calls.pop(plan.name, None)
        plan.around = replace(plan.around, calls=tuple(calls.values()))
        ways: Ways = ()
        while own is not None and fields[plan.name]:  # opened by itself: from the others' openings on
            found = self._ways(plan, plan.name, fields[plan.name])
            own = replace(own, ways=found)
            if set(found) == set(ways) or not found:
                break
            ways = found
            plan.around = replace(plan.around, calls=(*calls.values(), own))
        if own is not None:
            plan.around = replace(plan.around, calls=(*calls.values(), own))
        return Sharp(plan.around, frozenset(assumed | plan.assumed))

    def _ways(self, caller: Plan, name: str, fields: Mapping[str, Domain]) -> Ways:
        """For each place where one procedure opens another, what each field can be given there."""
        found: dict[Any, dict[str, set[Any]]] = {}
        places = _places(caller.procedure, name)
        for field, domain in fields.items():
            all_of_it = {(at, field, value) for at in places for value in domain.options(OR_NONE)}
            given = [g.get(field) for opened, g in openings_by(caller.procedure) if opened == name]
            keys = frozenset().union(*(keys_in(spec) for spec in given))
            guards = [
                t.when
                for t in caller.procedure.transitions()
                if t.when is not None and keys_of(t.when.node) & keys
            ]
            kept = caller.grown(keys | keys_of_all(guards))
            lens = Lens(caller, kept, ends_with=keys, opens=(name, {field: domain}))
            space = explore(lens, Budget(_MOST), _has_seen(all_of_it))
            if not space.complete:
                return ()
            for place, told, value in space.opened:
                found.setdefault(place, {}).setdefault(told, set()).add(value)
        return tuple(
            tuple((field, _open(values, fields[field])) for field, values in sorted(place.items()))
            for _, place in sorted(found.items())
        )

    def ends(self, name: str) -> tuple[tuple[End, ...], bool]:
        """How a procedure can end, and whether it does although nobody acts."""
        known = self._ends.get(name)
        if known is None:
            procedure = self.procedures.get(name)
            if procedure is None or name in self._busy:
                return self._plain(procedure), False
            self._busy.add(name)
            known = self._ends[name] = self._found(procedure)
            self._busy.discard(name)
        return known

    def can_refuse(self, name: str) -> bool:
        """Whether a procedure may refuse to be opened by another: one case is open already, or it says so, a promise does, or
        something on its way in goes wrong."""
        known = self._refusing.get(name)
        if known is not None:
            return known
        procedure = self.procedures.get(name)
        if procedure is None or procedure.one_open_per or name in self._asked:
            return True
        self._asked.append(name)
        found = self._refuses(self.plan(procedure))
        self._asked.pop()
        if not found or not (
            self._asked or self._sharpening
        ):  # else it hangs on what is still being looked at
            self._refusing[name] = found
        return found

    def _refuses(self, plan: Plan) -> bool:
        """Look at the openings by others alone."""
        at_once = [t for s in plan.procedure.states for t in s.always]
        if any(t.refuse is not None or plan.may_not_fit(t) for t in at_once):
            return True
        if not self._breaks_at_once(plan):
            return False
        self.sharpen(plan)
        return self._breaks_at_once(plan)

    def _breaks_at_once(self, plan: Plan) -> bool:
        promises = [p for p in plan.procedure.promises if p.kind in SAFETY]
        lens = Lens(plan, plan.everything | plan.promised(promises), promises)
        moves, live = Moves(lens), liveness_of(plan, promises)
        openings = [move for move in moves.openings() if move.name.startswith("by:")]
        for opening in openings:
            found = list(outcomes(moves, live, blank(lens), opening))
            if any(outcome.broken or outcome.cut or outcome.wrong for outcome in found) or not any(
                outcome.state is not None for outcome in found
            ):
                return True
        return False

    def _plain(self, procedure: Procedure | None) -> tuple[End, ...]:
        if procedure is None:
            return ()
        found: dict[str, None] = {}
        for state in procedure.states:
            if state.ends_the_case:
                found.update(dict.fromkeys(_outcomes(procedure, state.outcome, state.name)))
        return tuple(End(outcome) for outcome in found)

    def _found(self, procedure: Procedure) -> tuple[tuple[End, ...], bool]:
        plan = self.plan(procedure)
        wanted = frozenset(self.read.get(procedure.name, ())) & procedure.fields.keys()
        wanted |= {name for s in procedure.states if s.ends_the_case and (name := _named(s.outcome))}
        lens = Lens(plan, plan.grown(wanted | plan.in_the_way), ends_with=wanted, strict=True)
        space = explore(lens, Budget(_MOST))
        if not space.complete:
            return self._plain(procedure), False
        found: dict[End, None] = {}
        for state in space.states:
            if not state.closed:
                continue
            data = {n: v for n, v in zip(lens.fields, state.data, strict=True) if n in wanted}
            known = {n: _told(lens.domains[n], v) for n, v in data.items()}
            spec = procedure.state[state.closed].outcome
            name = _named(spec)
            value = data.get(name) if name else None
            outcomes = _ending_with(procedure, spec, state.closed, value if name else OR_NONE)
            found.update(dict.fromkeys(End(outcome, tuple(sorted(known.items()))) for outcome in outcomes))
        finishes = next(lasting(space, lambda state: not state.closed), None) is None
        return tuple(found), finishes


def _has_seen(everything: set[Any]) -> Callable[[Space], bool]:
    return lambda space: space.opened >= everything


def _places(procedure: Procedure, opened: str) -> set[At]:
    """Where one procedure opens another."""
    found = {
        effect.at
        for effect in effects_of(procedure)
        if effect.operation == "start"
        and isinstance(effect.parameters, Mapping)
        and str(effect.parameters.get("procedure")) == opened
    }
    invokes = [state.invoke for state in procedure.states if state.invoke is not None]
    return found | {invoke.at for invoke in invokes if invoke.procedure == opened}


def _open(values: set[Any], domain: Domain) -> tuple[Any, ...]:
    """What a field can be, left open where it can be anything of its kind."""
    rest = values - {None}
    if not domain.is_exact and rest <= {OPAQUE}:
        return (OR_NONE if None in values and rest else None if None in values else OPAQUE,)
    if domain.values and rest >= set(domain.values):
        return (OR_NONE if None in values else ANY,)
    return tuple(sorted(values, key=repr))


def _told(domain: Any, value: Any) -> Any:
    if value is OR_NONE or value is ANY:
        return value
    if domain.counts and value is not None:
        return OPAQUE
    return value


def _named(spec: Any) -> str:
    single = spec.single if isinstance(spec, Template) else None
    return single.node.name if single is not None and isinstance(single.node, Name) else ""


def _ending_with(procedure: Procedure, spec: Any, state: str, value: Any) -> list[str]:
    """The outcomes of an end where the field that names it has this value."""
    if isinstance(value, str):
        return [value]
    if value is None:
        return [state]
    found = _outcomes(procedure, spec, state)
    return found if value is OR_NONE else found[:-1] or found


def _outcomes(procedure: Procedure, spec: Any, state: str) -> list[str]:
    """What an end may be called: where the field that names it has no value, as the state is."""
    if spec is None:
        return [state]
    if not isinstance(spec, Template):
        return [str(spec)]
    if spec.is_static:
        return ["".join(str(part) for part in spec.parts)]
    field = procedure.fields.get(_named(spec))
    words = field.schema.get("enum") if field is not None else None
    return [*(str(word) for word in words or ()), state]


def openings_by(procedure: Procedure) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(procedure, what it is given) of every other case that one opens."""
    for state in procedure.states:
        if state.invoke is not None and state.invoke.procedure:
            given = state.invoke.parameters
            yield state.invoke.procedure, given if isinstance(given, Mapping) else {}
    for effect in effects_of(procedure):
        if effect.operation == "start" and isinstance(effect.parameters, Mapping):
            given = effect.parameters.get("with")
            yield str(effect.parameters.get("procedure")), given if isinstance(given, Mapping) else {}


def results_read(procedure: Procedure) -> Iterator[str]:
    """The names of `result.<name>` that a procedure reads anywhere that decides or is stored."""
    expressions = list(conditions_of(procedure))
    for _, spec in sets_of(procedure):
        expressions += expressions_in(spec)
    for expression in expressions:
        for node in walk(expression.node):
            if isinstance(node, Select) and isinstance(node.of, Name) and node.of.name == "result":
                yield node.field


def signals_of(procedure: Procedure) -> Iterator[tuple[str, str]]:
    """(procedure, event) of everything that one signals to others."""
    for effect in effects_of(procedure):
        if effect.operation == "signal" and isinstance(effect.parameters, Mapping):
            to = effect.parameters.get("to")
            if isinstance(to, Mapping) and isinstance(to.get("procedure"), str):
                yield to["procedure"], str(effect.parameters.get("name"))
