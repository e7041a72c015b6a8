"""How a way ends that shows what no owner can want: a choice of whose alternatives none holds, or two; a step that never
comes to rest.

It must not know how the way there is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from procflow.core.chart import Chart
from procflow.core.choices import ITEM_CHOICES, choices_named, who_may_take
from procflow.core.decide import field_context, with_note
from procflow.core.expressions import Expression, Node, holds
from procflow.core.fields import check_input
from procflow.core.offers import offered_names
from procflow.core.procedure import Choice, Procedure
from procflow.core.refusals import Refusal
from procflow.core.scope import StepScope
from procflow.errors import CalendarError, EvaluationError
from procflow.proof.asking import own_guards
from procflow.rehearsal.witness_attempts import Attempt
from procflow.rehearsal.witness_moves import Moves
from procflow.rehearsal.witness_scene import Scene, Step
from procflow.rehearsal.witness_wishes import Wish, wishes_in

#: Why a choice is refused of whose alternatives none holds.
_NONE_HOLDS = frozenset({"guard", "not_offered"})
#: How many people are away at the most where a case hangs.
_MOST_AWAY = 2


class Ending(Struct, frozen=True):
    """The last step of such a way. `kind` is gap, overlap or loop; `later` is the alternative that holds too. A way that
    ends in `hang` has none: nobody may act."""

    kind: str
    choice: Choice | None = None
    later: int = 0

    def wishes(self, step: int, procedure: Procedure) -> Iterator[Wish]:
        """What the data must be like, so that it ends so."""
        if self.choice is None:
            return
        wanted = [a.when for a in self.choice.alternatives if a.when is not None]
        if self.kind == "overlap":
            wanted = [g for g in (self.choice.alternatives[self.later].when,) if g is not None]
        for guard in wanted:
            yield from wishes_in(guard, self.kind == "overlap", step, procedure)

    def attempts(
        self, moves: Moves, scene: Scene, move: Any, hints: Mapping[str, Sequence[Any]]
    ) -> Iterator[Attempt]:
        """What can be tried; also where nobody is offered the choice."""
        if self.kind != "gap" or self.choice is None:
            yield from moves.of(scene, move.kind, move.name, move.state, hints)
            return
        alone = len(choices_named(scene.procedure, scene.case, self.choice.name)) < 2
        word = self.choice.name if alone else f"{self.choice.state}.{self.choice.name}"
        people = [who for who in scene.surroundings.organisation.people if _may(who, self.choice, scene)]
        for entered in moves.entered(scene, with_note(self.choice), self.choice.name, people, hints):
            given = {"with": entered.given} if entered.given else {}
            yield Attempt(({"do": word, "by": entered.who, **given},), entered.learn)

    def shown(self, before: Scene, step: Step, refusal: Refusal | str | None) -> bool:
        """Whether a step ended so; `before` is the scene in which it was tried."""
        if isinstance(refusal, str):
            return False
        code = refusal.code if refusal is not None else ""
        if self.kind == "loop":
            return code == "loop"
        assert self.choice is not None
        shared, own = own_guards(self.choice)
        if code not in (_NONE_HOLDS if self.kind == "gap" else ("",)):
            return False
        scope = _scope_of(before, self.choice, step)
        if scope is None or not all(_holds(part, scope) for part in shared):
            return False
        both = [all(_holds(part, scope) for part in parts) for parts in own]
        if self.kind == "gap":
            return not any(both)
        return both[self.later] and any(both[: self.later])


def hangs(scene: Scene) -> bool:
    """Whether nobody of the organisation may take a choice that leads on from where the case stands, and nobody is away."""
    return not scene.case.is_closed and not scene.away and not _leading_on(scene)


def left_by_all(scene: Scene) -> tuple[Scene, dict[str, Any]]:
    """The scene once whoever may still lead on is away, and what each of the people may choose then; as it was, with
    nothing said of choices, where somebody always may."""
    there = scene
    for _ in range(_MOST_AWAY + 1):
        people = _leading_on(there)
        if not people:
            surroundings = there.surroundings
            offered = {
                who: sorted(
                    _own(offered_names(there.procedure, there.case, surroundings, who, there.now), there)
                )
                for who in surroundings.organisation.people
            }
            return there, {"choices": offered}
        there = there.fork()
        if not there.goes({"absent": {"person": people[0]}}):
            break
    return scene, {}


def _own(names: Iterable[str], scene: Scene) -> set[str]:
    """Without what is offered of items, which a scenario does not ask for."""
    own = {choice.name for state in scene.procedure.states for choice in state.choices}
    return {name for name in names if name in own or name not in ITEM_CHOICES}


def _leading_on(scene: Scene) -> list[str]:
    """Who may take a choice that leads on from where the case stands."""
    case, procedure = scene.case, scene.procedure
    chart = Chart(procedure)
    places = dict.fromkeys(name for leaf in case.active for name in (leaf, *chart.around[leaf]))
    leading = [
        choice
        for name in places
        for choice in procedure.state[name].choices
        if any(each.to is not None for each in choice.alternatives)
    ]
    people = scene.surroundings.organisation.people
    return [who for who in people if any(_may(who, choice, scene) for choice in leading)]


def _may(who: str, choice: Choice, scene: Scene) -> bool:
    scope = StepScope(scene.procedure, scene.case, scene.surroundings, scene.now, actor=who)
    state = scene.procedure.state[choice.state]
    try:
        return who_may_take(scene.procedure, state, choice, scene.case, who, scope)[0] is None
    except (EvaluationError, CalendarError):
        return False


def _holds(node: Node, scope: StepScope) -> bool:
    try:
        return holds(Expression("", node, (0, 0)), scope)
    except (EvaluationError, CalendarError):
        return False


def _scope_of(scene: Scene, choice: Choice, step: Step) -> StepScope | None:
    """What the guards see of the step; None where what is entered does not fit."""
    case, surroundings = scene.case, scene.surroundings
    values, problems = check_input(with_note(choice), step.get("with") or {}, field_context(surroundings))
    if problems:
        return None
    who = str(step.get("by", ""))
    scope = StepScope(scene.procedure, case, surroundings, scene.now, past=case, actor=who, given=values)
    scope.overlay = {name: value for name, value in values.items() if name in choice.stored_names}
    return scope
