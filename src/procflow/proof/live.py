"""What can still matter from a state on: what nothing will read again is forgotten.

Two states of a case that differ only in what is never read again have the same future, so they are one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from procflow.core.expressions import And, Call, Expression, Literal, Template
from procflow.core.procedure import Effect, Invoke, Procedure, Promise, State, Transition
from procflow.proof.plan import Plan
from procflow.proof.reading import FRESH, asked_of, expressions_in, keys_in, keys_of, keys_of_all, read_by

Keys = frozenset[str]
_NONE: Keys = frozenset()


class Liveness:
    """For each set of active states, what may still be read before it is set anew."""

    def __init__(self, plan: Plan, promises: Sequence[Promise], wanted: Keys = _NONE) -> None:
        self.plan, self.procedure = plan, plan.procedure
        placed, everywhere = _placed(plan, promises)
        told = [e for d in self.procedure.deadlines for e in (*d.warn, *d.missed)]
        # `wanted` is what is asked for in the end
        self.always = keys_of_all(everywhere).union(wanted, *(_reckoned_in(plan, effect) for effect in told))
        states = self.procedure.states
        own = {s.name: keys_of_all(placed.get(s.name, ())) | _own(plan, s) for s in states}
        steps = plan.steps  # they hang on no promise
        if not steps:
            steps |= {s.name: [self._step(t) for t in s.transitions()] for s in states}
        self.from_state = dict(own)
        grown = True
        while grown:
            grown = False
            for name, found in self.from_state.items():
                new = found
                for targets, use, kills in steps[name]:
                    later = _NONE.union(*[self.from_state[target] for target in targets])
                    new = new | use | (later - kills)
                if new != found:
                    self.from_state[name] = new
                    grown = True
        self._kept: dict[tuple[str, ...], Keys] = {}

    def of(self, active: tuple[str, ...]) -> Keys:
        found = self._kept.get(active)
        if found is None:
            found = self.always.union(*[self.from_state[s] for s in (*active, *self.plan.outer(active))])
            self._kept[active] = found
        return found

    def _step(self, transition: Transition) -> tuple[tuple[str, ...], Keys, Keys]:
        """(where it may lead, what it reads of the data before it, what it sets for certain)."""
        choice = None
        if transition.kind == "choice":
            choice = self.procedure.state[transition.source].choices_by_name[transition.name]
        asked = (
            frozenset(a.name for a in choice.asks if a.stored and not a.optional)
            if choice is not None
            else _NONE
        )
        guards = keys_of_all([transition.when]) - asked
        sets = frozenset().union(*(keys_in(spec) for _, spec in transition.sets))
        use = guards | (sets - asked) | _of_effects(self.plan, transition.effects)
        if choice is not None:
            use |= _specs((*choice.other_than,))
        kills = asked | {name for name, _ in transition.sets}
        return self._targets(transition), use, frozenset(kills)

    def _targets(self, transition: Transition) -> tuple[str, ...]:
        if transition.to is None:
            return ()
        target = transition.source if transition.to == "self" else transition.to
        chart = self.plan.chart
        inside = [name for name in chart.state if name == target or chart.is_inside(name, target)]
        return (*inside, *chart.around[target], *self._beside(target))

    def _beside(self, target: str) -> list[str]:
        """Regions that begin because a state inside their parallel state is entered."""
        chart = self.plan.chart
        parallel = [outer for outer in chart.around[target] if chart.state[outer].parallel]
        return [name for name in chart.state for outer in parallel if chart.is_inside(name, outer)]


def liveness_of(plan: Plan, promises: Sequence[Promise], wanted: Keys = _NONE) -> Liveness:
    """Worked out once for the same promises."""
    key = (tuple(promise.name for promise in promises), frozenset(wanted))
    found: Liveness | None = plan.living.get(key)
    if found is None:
        found = plan.living[key] = Liveness(plan, promises, wanted)
    return found


def _own(plan: Plan, state: State) -> Keys:
    """What is read while a state is active, or on the way in and out."""
    found = _of_effects(plan, (*state.entry, *state.exit))
    found |= _reckoned_in(plan, state.invoke)
    for after in state.after:
        found |= keys_in(after.time)
    return found | _specs(state.task.other_than if state.task else ())


def _specs(specs: Iterable[object]) -> Keys:
    found: set[str] = set()
    for spec in specs:
        found |= {f"who:{spec}"} if not isinstance(spec, Template) else keys_in(spec)
    return frozenset(found)


def _of_effects(plan: Plan, effects: Iterable[Effect]) -> Keys:
    found = keys_of_all(expression for effect in effects for expression in asked_of(effect))
    return found.union(*(_reckoned_in(plan, effect) for effect in effects)) if plan.risks else found


def _reckoned_in(plan: Plan, owner: Effect | Invoke | None) -> Keys:
    """What is reckoned with where an effect is asked for, which may go wrong."""
    return _NONE.union(*(keys_of(node) for node in plan.risks.get(id(owner), ())))


def _placed(plan: Plan, promises: Sequence[Promise]) -> tuple[dict[str, list[Expression]], list[Expression]]:
    """What promises and deadlines read: by the state in which alone it can matter, and everywhere."""
    procedure = plan.procedure
    placed: dict[str, list[Expression]] = {}
    everywhere: list[Expression] = []
    for deadline in procedure.deadlines:
        everywhere += [m.when for m in (*deadline.starts, *deadline.met) if m.when is not None]
        everywhere += [each for e in (*deadline.warn, *deadline.missed) for each in asked_of(e)]
        everywhere += [
            e for spec in (deadline.since, deadline.within, deadline.until) for e in expressions_in(spec)
        ]
    for promise in promises:
        for expression in read_by(promise):
            states = only_in(expression, procedure) if promise.kind != "always" else None
            if states is None:
                everywhere.append(expression)
            for state in states or ():
                placed.setdefault(state, []).append(expression)
    return placed, everywhere


def only_in(expression: Expression, procedure: Procedure) -> list[str] | None:
    """The states outside which the condition is no whatever is known; None where that is not plain."""
    parts = expression.node.parts if isinstance(expression.node, And) else (expression.node,)
    for part in parts:
        if isinstance(part, Call) and part.args and isinstance(part.args[0], Literal):
            word = str(part.args[0].value)
            if part.function == "state" and word in procedure.state:
                return [word]
            if part.function == "choice":
                return list(_around_choice(procedure, word))
    return None


def _around_choice(procedure: Procedure, word: str) -> Iterator[str]:
    for state in procedure.states:
        choice = state.choices_by_name.get(word)
        if choice is not None:
            yield state.name
            for transition in choice.alternatives:
                if transition.to is not None:
                    yield state.name if transition.to == "self" else transition.to


__all__ = ["FRESH", "Liveness", "keys_of"]
