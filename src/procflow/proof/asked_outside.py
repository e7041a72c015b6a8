"""The effects of an abstract step: what the case itself can notice of them, and what is asked for twice."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from procflow.core.chart import Chart
from procflow.core.expressions import Expression, Node, Template, reads
from procflow.core.procedure import Effect, Invoke, Procedure
from procflow.errors import ProcflowError
from procflow.proof.chosen import look_back_on
from procflow.proof.domains import ANY, OPAQUE, OR_NONE, Domain
from procflow.proof.lens import Lens
from procflow.proof.moves import Moves
from procflow.proof.nodes import may_be_unset
from procflow.proof.oracle import Unknown, Wrong
from procflow.proof.plan import Plan
from procflow.proof.reading import expressions_in, in_words, keys_in
from procflow.proof.world import World

#: In the place of a state: an event that may be raised several times, for each thing of a list.
ONCE_MORE = "*"
_OUTSIDE = frozenset({"notify", "raise", "note.write", "signal"})


class StepEffects:
    """The part of a step that asks for effects."""

    w: World
    lens: Lens
    plan: Plan
    procedure: Procedure
    moves: Moves
    chart: Chart
    queue: deque[tuple[str, str]]
    opening: int
    began: int
    blurred: bool
    truth: Callable[[Any, World], bool]
    _valued: Callable[[Domain, Node], Any]
    _listed: Callable[[Sequence[Any]], Any]

    # effects

    def _effects(self, effects: Sequence[Effect]) -> None:
        if not effects or not self.lens.looks_at_effects:
            return
        risks = self.plan.risks if self.w.by_itself else None
        for effect in effects:
            if risks and id(effect) in risks:
                self._work_out(effect)
            if effect.operation == "start" and self.lens.opens and isinstance(effect.parameters, Mapping):
                self._opens(effect, str(effect.parameters.get("procedure")), effect.parameters.get("with"))
            outside = self.lens.outside and effect.operation not in _OUTSIDE
            if not outside and not self.lens.notices(effect.operation):
                continue
            if not self._is_wanted(effect):
                continue
            if effect.operation == "raise":
                self._raises(effect)
            if effect.each is not None and effect.operation in self.lens.operations and self.w.oracle.pick(2):
                continue  # an empty list
            self._did(effect.operation)
            if outside:
                self._outside(effect, effect.operation, effect.parameters)

    def _work_out(self, owner: Effect | Invoke) -> None:
        """Reckon as the engine does where nobody acts: what goes wrong in an effect refuses the step."""
        w, conditions = self.w, self.lens.conditions
        if isinstance(owner, Effect) and owner.when is not None and not self.truth(owner.when, w):
            return
        if isinstance(owner, Effect) and owner.each is not None and self._is_for_nobody(owner):
            return
        for node in self.plan.risks[id(owner)]:
            try:
                conditions._value(node)(w.frame)
            except Unknown:
                wrong = conditions.goes_wrong(node)
                if wrong is not None and wrong(w):
                    raise Wrong from None
            except (ProcflowError, KeyError):
                raise Wrong from None

    def _is_wanted(self, owner: Effect | Invoke) -> bool:
        """Whether the condition holds under which an effect is asked for."""
        if not isinstance(owner, Effect) or owner.when is None:
            return True
        return (
            self.w.oracle.pick(2) == 0
            if self._is_of_each(owner, owner.when)
            else self.truth(owner.when, self.w)
        )

    def _is_of_each(self, owner: Effect | Invoke, *read: Expression) -> bool:
        """Whether it hangs on the thing of a list that an effect is asked for with, where that has the name of a field."""
        if not isinstance(owner, Effect) or owner.each is None or owner.each_as not in self.procedure.fields:
            return False
        return any(owner.each_as in {name.partition(".")[0] for name in reads(e.node)} for e in read)

    def _raises(self, effect: Effect) -> None:
        name = str(effect.parameters)
        if effect.each is None:
            self.queue.append((name, ""))
        elif not self._is_for_nobody(effect):
            self.queue.append((name, ONCE_MORE))

    def _is_for_nobody(self, effect: Effect) -> bool:
        """Whether an effect is asked for with nothing of a list: it is empty, or nothing of it is meant."""
        spec = effect.each
        if isinstance(spec, Template) and spec.single is not None:
            if self.lens.conditions.unset(spec.single.node, self.w):
                return True
        elif not spec:
            return True
        return effect.when is not None and self.w.oracle.pick(2) == 1

    def _opens(self, owner: Effect | Invoke, procedure: str, given: Any) -> None:
        """Notice what another case is opened with."""
        assert self.lens.opens is not None
        name, wanted = self.lens.opens
        if procedure != name or not self._is_wanted(owner):
            return
        for field, domain in wanted.items():
            value = spec = given.get(field) if isinstance(given, Mapping) else None
            if self._is_of_each(owner, *expressions_in(spec)):
                single = spec.single if isinstance(spec, Template) else None
                value = OR_NONE if single is None or may_be_unset(single.node) else ANY
            elif isinstance(spec, list | tuple):
                value = self._listed(spec)
            elif isinstance(spec, Template):
                value = OPAQUE if spec.single is None else self._valued(domain, spec.single.node)
            for each in domain.options(value) if value is ANY or value is OR_NONE else (value,):
                kept = domain.kept(tuple(each) if isinstance(each, list) else each)
                self.w.opened.append((owner.at, field, kept))

    def _did(self, operation: str) -> None:
        if operation in self.lens.operations:
            self.w.did.add(operation)
            look_back_on(self.w, f"did:{operation}")
            self.w.forget(f"did:{operation}")

    def _outside(self, owner: Effect | Invoke, operation: str, parameters: Any) -> None:
        """Notice an outside effect that is asked for again, with the same words about the same data."""
        asked = self.plan.asked.get(id(owner))
        if asked is None:
            asked = self.plan.asked[id(owner)] = (
                f"{operation} {in_words(parameters)} {in_words(getattr(owner, 'each', None))}"
            )
            self.lens.depends[asked] = keys_in(parameters)
        if asked in self.w.since:
            self.w.twice.append((operation, owner.at))
        self.w.since.add(asked)
