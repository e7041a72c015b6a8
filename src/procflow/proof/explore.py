"""Every state that a case can come to, by the shortest way; within a budget, and saying so when it is used up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from procflow.proof.lens import Lens
from procflow.proof.live import liveness_of
from procflow.proof.moves import Move, Moves
from procflow.proof.outcomes import Outcome, blank, left_aside, outcomes
from procflow.proof.space import NOTHING, Breach, Budget, Edge, Space, Step
from procflow.proof.state import State

#: The number of the state before a case is open.
_BEFORE = -1


def explore(
    lens: Lens,
    budget: Budget | None = None,
    until: Callable[[Space], bool] = lambda space: False,
    *,
    breaches: int = 1,
) -> Space:
    """Look at everything that a lens shows, or stop where each of its promises has so many breaches, or where `until`
    says so."""
    exploration = _Exploration(lens, budget if budget is not None else Budget(), until, breaches)
    exploration.run()
    return exploration.space


class _Exploration:
    """One look at everything that a lens shows, state by state in the order in which they were found."""

    def __init__(self, lens: Lens, budget: Budget, until: Callable[[Space], bool], breaches: int) -> None:
        self.budget, self.until, self.most = budget, until, breaches
        self.moves = Moves(lens)
        self.live = liveness_of(lens.plan, lens.promises, lens.ends_with)
        self.space = Space(lens, self.moves)
        self.known: dict[State, int] = {}
        self.todo: deque[int] = deque()
        self.promised = {promise.name for promise in lens.promises}
        #: A message that opens no case lies with a person: another way shows more.
        self.untold: dict[str, Breach] = {}

    def run(self) -> None:
        """Go from the openings on until nothing is new, what was looked for is seen or the budget is used up."""
        space, moves = self.space, self.moves
        before = blank(space.lens)
        for move in moves.openings():
            if not space.stopped:
                self.look(_BEFORE, before, move)
                space.stopped = self.seen()
        while self.todo and space.complete and not space.stopped:
            number = self.todo.popleft()
            state = space.states[number]
            for move in moves.possible(state):
                edges = len(space.edges[number])
                self.look(number, state, move)
                if len(space.edges[number]) == edges and moves.by_itself(move):
                    space.refuses(number, move)
                if self.seen():
                    space.stopped = True
                    break
        self.budget.steps += space.steps
        space.breaches = {**self.untold, **space.breaches}

    def seen(self) -> bool:
        """Whether what is looked for was found: a way to break each promise, or what the caller asks for."""
        return self.all_broken() or self.until(self.space)

    def all_broken(self) -> bool:
        space = self.space
        if not self.promised or len(space.breaches) < len(self.promised):
            return False
        return self.most == 1 or len(space.also) >= (self.most - 1) * len(self.promised)

    def look(self, number: int, state: State, move: Move) -> None:
        """Follow every way in which a move can go from a state."""
        space = self.space
        for outcome in outcomes(self.moves, self.live, state, move):
            space.steps += 1
            if outcome.cut:
                space.complete = False
                return
            world, step = outcome.world, outcome.step
            dropped = frozenset(world.dropped) if world.dropped else NOTHING
            for probed in world.probed:
                space.probed.setdefault(probed, (number, step, dropped))
            if outcome.impossible:
                if outcome.wrong and self.moves.by_itself(move):
                    self.lay_aside(number, state, step, dropped)
            elif outcome.broken:
                self.note_breach(number, outcome.broken, step, dropped)
                if self.all_broken():
                    return  # the first way to break each is all that is looked for
            elif outcome.circle or outcome.unsure:
                space.circles.append((number, step, dropped))
            else:
                self.come_to(number, state, outcome, dropped)

    def note_breach(self, number: int, promise: str, step: Step, dropped: frozenset[str]) -> None:
        """Note the first way that breaks a promise."""
        breaches = (
            self.untold if number == _BEFORE and self.moves.by_message(step.move) else self.space.breaches
        )
        breach = Breach(promise, number, step, dropped)
        if breaches.setdefault(promise, breach) is not breach and self.most > 1:
            self.space.also.append(breach)

    def come_to(self, number: int, state: State, outcome: Outcome, dropped: frozenset[str]) -> None:
        """Note what happened on a way that comes to a state, and the way itself."""
        space, world, step = self.space, outcome.world, outcome.step
        for id in world.taken:
            if id not in space.taken:
                space.taken[id] = (number, step, dropped)
        space.entered.update(world.entered)
        if world.clocks or world.met:
            for clock in (*world.clocks.items(), *world.met.items()):
                if clock not in space.met:
                    space.met[clock] = (number, step, dropped)
        for asked in world.twice:
            space.twice.setdefault(asked, (number, step))
        if world.opened:
            space.opened.update(world.opened)
        assert outcome.state is not None
        there = self.number_of(outcome.state, number, step, dropped)
        if there is None:
            return
        if world.doubted and self.moves.by_itself(step.move):
            self.lay_aside(number, state, step, dropped)
        for name in world.lost:
            space.lost.setdefault(name, []).append(there)
        if number == _BEFORE:
            space.prompted |= {there} if world.since else set()
        else:
            edge = Edge(there, step.move, dropped, frozenset(world.armed), step, bool(world.since))
            space.edges[number].append(edge)

    def lay_aside(self, number: int, state: State, step: Step, dropped: frozenset[str]) -> None:
        """Note that a step by time is or may be refused, and go on from there."""
        self.space.refuses(number, step.move, dropped)
        aside = left_aside(state, step.move)
        bare = Step(step.move, step.chosen)
        there = self.number_of(aside, number, bare, dropped) if aside != state else None
        if there is not None:
            self.space.edges[number].append(Edge(there, step.move, dropped, NOTHING, bare))

    def number_of(self, state: State, before: int, step: Step, dropped: frozenset[str]) -> int | None:
        """The number of a state that was come to, new or known; none where no more may be looked at."""
        there = self.known.get(state)
        if there is None:
            space = self.space
            if not self.budget.take():
                space.complete = False
                return None
            there = self.known[state] = len(space.states)
            space.states.append(state)
            space.edges.append([])
            space.ways.append((before, step, dropped))
            self.todo.append(there)
        return there
