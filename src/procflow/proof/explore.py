"""Every state that a case can come to, by the shortest way; within a budget, and saying so when it is used up."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from procflow.proof import orders
from procflow.proof.domains import ANY, OR_NONE
from procflow.proof.lens import Lens
from procflow.proof.live import Liveness, liveness_of
from procflow.proof.moves import Move, Moves
from procflow.proof.oracle import Broken, Circle, Impossible, Oracle, Wrong
from procflow.proof.reading import FRESH
from procflow.proof.state import State
from procflow.proof.step import Step as Stepping
from procflow.proof.world import Seed, World

#: States that are looked at unless said otherwise.
BUDGET = 200_000
#: Transitions that are taken over all ways of one move at the most: a round whose guards are not kept has a way more for
#: each answer at each time round.
MOST_IN_ONE_MOVE = 20_000

_NOTHING: frozenset[str] = frozenset()
#: Terms that only grow.
_CLOCKS = ("now", "date(now)")


class Step(Struct, frozen=True, gc=False):
    """One move on a way, with what was chosen in it and the transitions that it took."""

    move: Move
    chosen: tuple[tuple[str, str, object], ...] = ()
    taken: tuple[str, ...] = ()


class Breach(Struct, frozen=True):
    """A step that a safety promise refuses, from the state it is tried in; `dropped` was asked for and not kept."""

    promise: str
    source: int
    step: Step
    dropped: frozenset[str] = _NOTHING


class Outcome(Struct):
    """What one way through one step came to: a state, or why there is none."""

    state: State | None
    step: Step
    world: World
    broken: str = ""
    circle: bool = False
    impossible: bool = False
    unsure: bool = False  # it goes in circles, unless numbers that are not known end it
    wrong: bool = False  # impossible, because something in it cannot be worked out


class Edge(Struct, frozen=True, gc=False):
    """From a state to another; `armed` is what time will do that began anew, `dropped` what was asked for in vain."""

    there: int
    move: Move
    dropped: frozenset[str]
    armed: frozenset[str]
    step: Step = Step(Move("open", ""))
    outside: bool = False  # whether something outside was asked for


class Space(Struct):
    """The states in the order they were found; `ways` leads back from each to the one it was reached from."""

    lens: Lens
    moves: Moves
    states: list[State] = field(default_factory=list)
    ways: list[tuple[int, Step, frozenset[str]]] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)
    breaches: dict[str, Breach] = field(default_factory=dict)
    taken: dict[str, tuple[int, Step, frozenset[str]]] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)
    twice: dict[tuple[str, tuple[int, int]], tuple[int, Step]] = field(default_factory=dict)
    circles: list[tuple[int, Step, frozenset[str]]] = field(default_factory=list)
    met: dict[tuple[str, str], tuple[int, Step, frozenset[str]]] = field(default_factory=dict)
    probed: dict[tuple[str, str, int], tuple[int, Step, frozenset[str]]] = field(default_factory=dict)
    opened: set[tuple[tuple[int, int], str, object]] = field(default_factory=set)
    lost: dict[str, list[int]] = field(default_factory=dict)  # raised event -> states after nothing took it
    refused: set[tuple[int, Move]] = field(
        default_factory=set
    )  # what is due in a state, and is or may be refused
    prompted: set[int] = field(
        default_factory=set
    )  # states in which a case opens with something asked outside
    steps: int = 0
    complete: bool = True
    stopped: bool = False  # because what was looked for was seen

    @property
    def whole(self) -> bool:
        """Whether everything was looked at."""
        return self.complete and not self.stopped

    def way_to(self, number: int) -> list[Step]:
        """The shortest way from the opening to a state."""
        found: list[Step] = []
        while number >= 0:
            number, step, _ = self.ways[number]
            found.append(step)
        return found[::-1]

    def dropped_on(self, number: int) -> frozenset[str]:
        """What was asked for on the way to a state and is not kept."""
        found: set[str] = set()
        while number >= 0:
            number, _, dropped = self.ways[number]
            found |= dropped
        return frozenset(found)


class Budget(Struct):
    """How many states may still be looked at, over all explorations of one proof."""

    left: int = BUDGET
    states: int = 0
    steps: int = 0
    progress: Callable[[int], None] = lambda states: None

    def take(self) -> bool:
        if self.left <= 0:
            return False
        self.left -= 1
        self.states += 1
        if not self.states % 500:
            self.progress(self.states)
        return True


def outcomes(moves: Moves, live: Liveness, state: State, move: Move) -> Iterator[Outcome]:
    """Every way in which one move can go."""
    lens = moves.lens
    seed = lens.seed
    if seed is None or seed.state is not state:
        seed = lens.seed = Seed(lens, state)
    prefix: tuple[int, ...] | None = ()
    while prefix is not None:
        oracle = Oracle(prefix)
        world = World(lens, seed, oracle)
        broken, circle, unsure, impossible, wrong = "", False, False, False, False
        try:
            Stepping(moves, world).take(move)
        except Impossible as why:
            impossible, wrong = True, type(why) is Wrong
        except Broken as why:
            broken = why.promise
        except Circle as why:
            circle, unsure = why.surely, not why.surely
        prefix = oracle.following()
        if impossible and not (wrong or world.probed):
            continue
        step = Step(move, tuple(world.chosen), tuple(world.taken))
        found = None if broken or circle or unsure or impossible else frozen(world, moves, live)
        yield Outcome(found, step, world, broken, circle, impossible, unsure, wrong)


def explore(
    lens: Lens, budget: Budget | None = None, until: Callable[[Space], bool] = lambda space: False
) -> Space:
    """Look at everything that a lens shows, or stop at the first breach of its promises, or where `until` says so."""
    budget = budget if budget is not None else Budget()
    moves = Moves(lens)
    live = liveness_of(lens.plan, lens.promises, lens.ends_with)
    space = Space(lens, moves)
    known: dict[State, int] = {}
    todo: deque[int] = deque()
    promised = {promise.name for promise in lens.promises}
    untold: dict[str, Breach] = {}  # a message that opens no case lies with a person: another way shows more
    blank = State(
        data=(None,) * len(lens.fields),
        counts=(0,) * len(lens.counted),
        today=(0,) * len(lens.today),
        gaps=(0,) * len(lens.gaps),
    )

    def number_of(state: State, before: int, step: Step, dropped: frozenset[str]) -> int:
        """The number of a state that was come to, new or known; -1 where no more may be looked at."""
        there = known.get(state)
        if there is None:
            if not budget.take():
                space.complete = False
                return -1
            there = known[state] = len(space.states)
            space.states.append(state)
            space.edges.append([])
            space.ways.append((before, step, dropped))
            todo.append(there)
        return there

    def lay_aside(number: int, state: State, step: Step, dropped: frozenset[str]) -> None:
        """Note that a step by time is or may be refused, and go on from there."""
        space.refused.add((number, step.move))
        aside = left_aside(state, step.move)
        there = number_of(aside, number, Step(step.move, step.chosen), dropped) if aside != state else -1
        if there >= 0:
            space.edges[number].append(
                Edge(there, step.move, dropped, _NOTHING, Step(step.move, step.chosen))
            )

    def look(number: int, state: State, move: Move) -> None:
        taken = 0
        for outcome in outcomes(moves, live, state, move):
            space.steps += 1
            world, step = outcome.world, outcome.step
            taken += len(world.taken)
            if taken > MOST_IN_ONE_MOVE:
                space.complete = False
                return
            dropped = frozenset(world.dropped) if world.dropped else _NOTHING
            for probed in world.probed:
                space.probed.setdefault(probed, (number, step, dropped))
            if outcome.impossible:
                if outcome.wrong and moves.by_itself(move):
                    lay_aside(number, state, step, dropped)
                continue
            if outcome.broken:
                breaches = untold if number < 0 and moves.by_message(move) else space.breaches
                breaches.setdefault(outcome.broken, Breach(outcome.broken, number, step, dropped))
                if len(space.breaches) == len(promised):
                    return  # the first way to break each is all that is looked for
                continue
            if outcome.circle or outcome.unsure:
                space.circles.append((number, step, dropped))
                continue
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
            there = number_of(outcome.state, number, step, dropped)
            if there < 0:
                continue
            if world.doubted and moves.by_itself(move):
                lay_aside(number, state, step, dropped)
            for name in world.lost:
                space.lost.setdefault(name, []).append(there)
            if number < 0:
                space.prompted |= {there} if world.since else set()
            if number >= 0:
                space.edges[number].append(
                    Edge(there, move, dropped, frozenset(world.armed), step, bool(world.since))
                )

    def seen() -> bool:
        return bool(promised and len(space.breaches) == len(promised)) or until(space)

    for move in moves.openings():
        if not space.stopped:
            look(-1, blank, move)
            space.stopped = seen()
    while todo and space.complete and not space.stopped:
        number = todo.popleft()
        state = space.states[number]
        for move in moves.possible(state):
            edges = len(space.edges[number])
            look(number, state, move)
            if len(space.edges[number]) == edges and moves.by_itself(move):
                space.refused.add((number, move))
            if seen():
                space.stopped = True
                break
    budget.steps += space.steps
    space.breaches = {**untold, **space.breaches}
    return space


def left_aside(state: State, move: Move) -> State:
    """The state once a step by time was refused: it lies with a person, is tried again at any time, and others come."""
    item = f"{move.kind}:{move.name}"
    pending = tuple([(each, -1 if each == item else rank) for each, rank in state.pending])
    ahead = tuple([pair for pair in state.ahead if item not in pair[0]])
    return replace(state, pending=pending, ahead=ahead)


def frozen(world: World, moves: Moves, live: Liveness) -> State:
    """The state after a step, without what nothing will read again."""
    lens = moves.lens
    if world.closed:
        keys = lens.ends_with
        monitors: tuple[tuple[str, str, int], ...] = ()
    else:
        minded = lens.minded.get(world.active)
        if minded is None:
            minded = lens.minded[world.active] = live.of(world.active) & lens.keys
        keys = minded
        monitors = (
            tuple(sorted((name, kind, seen) for name, (kind, seen) in world.monitors.items()))
            if world.monitors
            else ()
        )
    depends, data = lens.depends, world.data
    facts = world.facts
    if facts:
        lasting = lens.lasting.get((facts, keys))
        if lasting is None:
            lasting = facts
            for clock in _CLOCKS:
                if any(clock in fact[:2] for fact in facts):
                    lasting = orders.later(lasting, clock)
            lasting = orders.without(
                lasting, lambda term: type(term) is str and not _lasting(term, depends, keys)
            )
            lens.lasting[facts, keys] = lasting
        facts = lasting
    return State(
        world.active if not world.closed else (),
        tuple([data[name] if name in keys else None for name in lens.fields]),
        frozenset([item for item in world.atoms.items() if depends[item[0]] <= keys])
        if world.atoms
        else frozenset(),
        facts,
        tuple([n if f"count:{name}" in keys else 0 for name, n in world.counts.items()]),
        tuple([n if f"count_today:{name}" in keys else 0 for name, n in world.today.items()]),
        frozenset([name for name in world.did if f"did:{name}" in keys]) if world.did else _NOTHING,
        frozenset([name for name in world.missed if f"missed:{name}" in keys]) if world.missed else _NOTHING,
        frozenset([name for name in world.who if f"who:{name}" in keys]) if world.who else _NOTHING,
        tuple(sorted(world.clocks.items())) if world.clocks and not world.closed else (),
        tuple(sorted(world.ahead.items())) if world.ahead else (),
        moves.times.ranked(world.pending),
        monitors,
        frozenset(world.waiting) if world.waiting else _NOTHING,
        frozenset(world.since) if world.waiting else _NOTHING,
        tuple(sorted(world.last.items())) if world.last and not world.closed else (),
        tuple([None if gap[0] not in keys else world.gaps[gap] for gap in lens.gaps]) if world.gaps else (),
        world.closed,
        frozenset(world.alarmed) if world.alarmed else _NOTHING,
    )


def _lasting(term: str, depends: dict[str, frozenset[str]], keys: frozenset[str]) -> bool:
    on = depends.get(term)
    return term in _CLOCKS or (on is not None and FRESH not in on and on <= keys)


__all__ = [
    "ANY",
    "BUDGET",
    "OR_NONE",
    "Breach",
    "Budget",
    "Outcome",
    "Space",
    "Step",
    "explore",
    "frozen",
    "outcomes",
]
