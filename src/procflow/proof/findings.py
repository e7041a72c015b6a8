"""What no owner can want, found without being asked.

Kinds: `dead` (a state, choice or event that never is), `endless` (no end can be reached from here), `circle` (a step
that never comes to rest), `unmet` (a deadline that nothing can meet), `twice` (an outside effect asked for twice in one
go), `lost` (an event or answer that nothing takes).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from procflow.core.procedure import At, Procedure, Transition
from procflow.proof.explore import Budget, Space, Step, explore
from procflow.proof.lens import Lens, Plan
from procflow.proof.reading import effects_of
from procflow.proof.replay import replayed


class Finding(Struct, frozen=True):
    """Something that is wrong. `what` names it, `way` leads there; `detail` says more, by kind."""

    kind: str
    what: str
    at: At
    way: tuple[Step, ...] = ()
    detail: str = ""


def findings_of(plan: Plan, budget: Budget, most: int) -> tuple[list[Finding], bool]:
    """What was found, and whether everything could be looked at."""
    look = _Look(plan, budget, most)
    found = look.run()
    return sorted(found, key=lambda f: f.at), look.complete


class _Look:
    def __init__(self, plan: Plan, budget: Budget, most: int) -> None:
        self.plan, self.procedure, self.budget, self.most = plan, plan.procedure, budget, most
        self.complete = True
        self.keys: frozenset[str] = frozenset()

    def run(self) -> list[Finding]:
        space = self._explore(frozenset())
        found = list(self._never(space))
        space, endless = self._endless(space)
        found += endless
        found += self._odd(space)
        found += self._unmet()
        return found

    def _explore(self, keys: frozenset[str], clocks: frozenset[str] = frozenset()) -> Space:
        share = Budget(min(self.most, self.budget.left), progress=self.budget.progress)
        space = explore(Lens(self.plan, keys, (), clocks), share)
        self.budget.left -= share.states
        self.budget.states += share.states
        self.budget.steps += share.steps
        self.complete = self.complete and space.complete
        return space

    # what never is

    def _never(self, space: Space) -> Iterator[Finding]:
        """With nothing kept more can happen than does, so what does not happen here never does."""
        if not space.complete:
            return
        for state in self.procedure.states:
            if state.name not in space.entered and (not state.parent or state.parent in space.entered):
                yield Finding("dead", state.name, state.at, detail="state")
        for transition in self.procedure.transitions():
            if (
                transition.source in space.entered
                and transition.id not in space.taken
                and transition.refuse is None
            ):
                yield _dead(transition)

    # no end in reach

    def _endless(self, space: Space) -> tuple[Space, list[Finding]]:
        keys: frozenset[str] = frozenset()
        while True:
            if not space.complete:
                return space, []
            sure = _surely_ending(space)
            open_ones = [n for n in range(len(space.states)) if n not in sure]
            if not open_ones:
                return space, []
            dropped = frozenset().union(*(edge.dropped for n in open_ones for edge in space.edges[n]))
            new = self.plan.grown(dropped) - keys
            if not new:
                return space, list(self._endless_ones(space, open_ones))
            keys |= new
            space = self._explore(keys)

    def _endless_ones(self, space: Space, open_ones: list[int]) -> Iterator[Finding]:
        may = _may_end(space)
        told: set[str] = set()
        for number in open_ones:
            if number in may:
                continue
            state = space.states[number]
            for name in state.active:
                if name not in told:
                    told.add(name)
                    yield Finding("endless", name, self.procedure.state[name].at, tuple(space.way_to(number)))

    # what is seen on the way

    def _odd(self, space: Space) -> Iterator[Finding]:
        effects = {effect.operation: effect.at for effect in effects_of(self.procedure)}
        for state in self.procedure.states:
            if state.invoke is not None:
                effects.setdefault(state.invoke.operation, state.invoke.at)
        for operation, (number, step) in space.twice.items():
            way = replayed(self.plan, None, (*space.way_to(number), step), self.budget)
            if way is not None:
                yield Finding("twice", operation, effects.get(operation, self.procedure.at), way)
        for name, (number, step) in space.lost.items():
            if name.startswith(("done ", "failed ")):
                continue
            way = replayed(self.plan, None, (*space.way_to(number), step), self.budget)
            if way is not None:
                yield Finding("lost", name, self.procedure.at, way)
        if space.circles:
            number, step = space.circles[0]
            at = next(
                (t.at for t in self.procedure.transitions() if t.id in step.taken and t.kind == "always"),
                self.procedure.at,
            )
            yield Finding("circle", step.move.name, at, (*space.way_to(number), step))

    def _unmet(self) -> Iterator[Finding]:
        for deadline in self.procedure.deadlines:
            if not deadline.met:
                continue
            space = self._explore(frozenset(), frozenset({deadline.name}))
            started = any(name == deadline.name for name, _ in space.met)
            if space.complete and started and (deadline.name, "met") not in space.met:
                yield Finding("unmet", deadline.name, deadline.at)


def _dead(transition: Transition) -> Finding:
    name = transition.name or transition.id
    return Finding("dead", name, transition.at, detail=transition.kind)


def _surely_ending(space: Space) -> set[int]:
    """The states from which some moves surely lead to an end, whatever the answers of what is not kept."""
    sure = {n for n, state in enumerate(space.states) if state.closed}
    moved = True
    while moved:
        moved = False
        for number, edges in enumerate(space.edges):
            if number in sure:
                continue
            if any(not edge.dropped and edge.there in sure for edge in edges):
                sure.add(number)
                moved = True
                continue
            by_move: dict[object, bool] = {}
            for edge in edges:
                by_move[edge.move] = by_move.get(edge.move, True) and edge.there in sure
            if any(all_sure and _always_offered(space, move) for move, all_sure in by_move.items()):
                sure.add(number)
                moved = True
    return sure


def _always_offered(space: Space, move: object) -> bool:
    """Whether a move can be taken whatever its guards answer: its last alternative has none."""
    kind, name, state = move.kind, move.name, move.state  # type: ignore[attr-defined]
    if kind in ("missed", "after", "done", "failed", "warn", "promise"):
        return True
    procedure: Procedure = space.lens.procedure
    if kind == "choice":
        alternatives = procedure.state[state].choices_by_name[name].alternatives
        return alternatives[-1].when is None and all(a.refuse is None for a in alternatives)
    return False


def _may_end(space: Space) -> set[int]:
    back: dict[int, list[int]] = {}
    for number, edges in enumerate(space.edges):
        for edge in edges:
            back.setdefault(edge.there, []).append(number)
    todo = [n for n, state in enumerate(space.states) if state.closed]
    found = set(todo)
    while todo:
        for number in back.get(todo.pop(), ()):
            if number not in found:
                found.add(number)
                todo.append(number)
    return found
