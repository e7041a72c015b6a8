"""What no owner can want, found without being asked.

Kinds: `dead` (a state, choice or event that never is), `cannot_end` (no end can be reached from here), `loop` (a step
that never comes to rest), `deadline` (one that nothing can meet), `effect_twice` (an outside effect asked for twice on one
way with no choice, message or time between), `gap` and `overlap` (alternatives of which none, or two, can hold), `hang`
(nobody may act, and no time leads on), `lost_message` (a message or event that comes before the case waits for it).
"""

from __future__ import annotations

from collections.abc import Iterator

from procflow.core.lookups import effects_of
from procflow.core.procedure import At
from procflow.proof.alternatives import alternatives
from procflow.proof.ending_nowhere import cannot_end, loops
from procflow.proof.hanging import NAMED, hanging
from procflow.proof.looking import Finding, Look, comes_to
from procflow.proof.losing import lost as lost_in
from procflow.proof.never_taken import never
from procflow.proof.outcomes import Outcome
from procflow.proof.plan import Plan
from procflow.proof.replay import replayed
from procflow.proof.space import Budget, Space
from procflow.proof.unmet import unmet

__all__ = ["Finding", "findings_of"]


def findings_of(plan: Plan, budget: Budget, most: int) -> tuple[list[Finding], bool]:
    """What was found, and whether everything could be looked at."""
    look = Look(plan, budget, most)
    found = _found(look)
    if any(f.way and f.way[0].move.name.startswith("by:") for f in found) and plan.sharpen(plan):
        look = Look(plan, budget, most)
        found = _found(look)
    return sorted(dict.fromkeys(found), key=lambda f: (f.at, f.kind, f.what)), look.complete


def _found(look: Look) -> list[Finding]:
    space = look.explore(frozenset())
    found = list(loops(look, space))
    if not found:
        look.fails = True  # what is done for the case that it fails is no dead end
        found += never(look, look.explore(frozenset()) if look.invokes else space)
        look.fails = False
    found += cannot_end(look, space)
    found += _twice(look, space)
    found += _lost(look, space)
    found += unmet(look)
    found += alternatives(look)
    for state, at, why, way in hanging(look.plan, lambda: look.explore(frozenset(), look.telling())):
        named = why == NAMED
        found.append(Finding("hang", state, at, way, "four_eyes" if named else why, not named))
    return found


def _twice(look: Look, space: Space) -> Iterator[Finding]:
    """Outside effects that are asked for twice with nothing between."""
    effects = {effect.operation: effect.at for effect in effects_of(look.procedure)}
    for state in look.procedure.states:
        if state.invoke is not None:
            effects.setdefault(state.invoke.operation, state.invoke.at)
    for (operation, at), (number, step) in space.twice.items():
        way = (*space.way_to(number), step)

        def goal(outcome: Outcome, what: tuple[str, At] = (operation, at)) -> bool:
            return what in outcome.world.twice

        run = replayed(look.lens, way, goal, frozenset(), look.budget)
        if run.steps is not None:
            yield Finding("effect_twice", operation, at, run.steps)


def _lost(look: Look, space: Space) -> Iterator[Finding]:
    """Messages and events that come before the case waits for them, and are waited for in vain."""
    for name, at, way, state in lost_in(look.plan, space):
        run = replayed(look.lens, way, comes_to(state), frozenset(), look.budget)
        if run.steps is not None:
            yield Finding("lost_message", name, at, run.steps)
