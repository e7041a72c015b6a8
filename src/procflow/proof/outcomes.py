"""Every way in which one move can go, and the state that each comes to."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from procflow.proof import orders
from procflow.proof.clocks import ASIDE
from procflow.proof.lens import Lens
from procflow.proof.live import Liveness
from procflow.proof.moves import Move, Moves
from procflow.proof.oracle import Broken, Circle, Impossible, Oracle, Wrong
from procflow.proof.reading import FRESH
from procflow.proof.space import NOTHING, Step
from procflow.proof.state import State
from procflow.proof.step import Step as Stepping
from procflow.proof.world import Seed, World

#: Transitions that are taken over all ways of one move at the most: a round whose guards are not kept has a way more for
#: each answer at each time round, and those that come to nothing are gone too.
MOST_IN_ONE_MOVE = 20_000
#: So many over all moves of a procedure, and from then on as many in one: it is looked at dozens of times, and where a move
#: has very many ways it has them each time.
MOST_IN_ALL, ENOUGH_IN_ONE_MOVE = 200_000, 500
#: Terms that only grow.
_CLOCKS = ("now", "date(now)")


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
    cut: bool = False  # none: there are more ways than are gone, and this stands for the rest


def outcomes(moves: Moves, live: Liveness, state: State, move: Move) -> Iterator[Outcome]:
    """Every way in which one move can go; where there are too many, the last one is `cut` short."""
    lens = moves.lens
    seed = lens.seed
    if seed is None or seed.state is not state:
        seed = lens.seed = Seed(lens, state)
    prefix: tuple[int, ...] | None = ()
    plan, taken = lens.plan, 0
    most = MOST_IN_ONE_MOVE if plan.transitions_gone < MOST_IN_ALL else ENOUGH_IN_ONE_MOVE
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
        long = max(1, len(world.taken))
        taken += long
        plan.transitions_gone += long
        if taken > most:
            yield Outcome(None, Step(move), world, cut=True)
            return
        prefix = oracle.following()
        if impossible and not (wrong or world.probed):
            continue
        step = Step(move, tuple(world.chosen), tuple(world.taken))
        found = None if broken or circle or unsure or impossible else frozen(world, moves, live)
        yield Outcome(found, step, world, broken, circle, impossible, unsure, wrong)


def blank(lens: Lens) -> State:
    """The state before a case is open."""
    return State(
        data=(None,) * len(lens.fields),
        counts=(0,) * len(lens.counted),
        today=(0,) * len(lens.today),
        gaps=(0,) * len(lens.gaps),
    )


def left_aside(state: State, move: Move) -> State:
    """The state once a step by time was refused: it lies with a person, is tried again at any time, and others come."""
    item = f"{move.kind}:{move.name}"
    pending = tuple([(each, ASIDE if each == item else rank) for each, rank in state.pending])
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
    lasting_keys = keys - lens.days if lens.days else keys
    facts = world.facts
    if facts:
        lasting = lens.lasting.get((facts, keys))
        if lasting is None:
            lasting = facts
            for clock in _CLOCKS:
                if any(clock in fact[:2] for fact in facts):
                    lasting = orders.later(lasting, clock)
            lasting = orders.without(
                lasting, lambda term: type(term) is str and not _lasting(term, depends, lasting_keys)
            )
            lens.lasting[facts, keys] = lasting
        facts = lasting
    return State(
        world.active if not world.closed else (),
        tuple([data[name] if name in keys else None for name in lens.fields]),
        frozenset([item for item in world.atoms.items() if depends[item[0]] <= lasting_keys])
        if world.atoms
        else frozenset(),
        facts,
        tuple([n if f"count:{name}" in keys else 0 for name, n in world.counts.items()]),
        tuple([n if f"count_today:{name}" in keys else 0 for name, n in world.today.items()]),
        frozenset([name for name in world.did if f"did:{name}" in keys]) if world.did else NOTHING,
        frozenset([name for name in world.missed if f"missed:{name}" in keys]) if world.missed else NOTHING,
        frozenset([name for name in world.who if f"who:{name}" in keys]) if world.who else NOTHING,
        tuple(sorted(world.clocks.items())) if world.clocks and not world.closed else (),
        tuple(sorted(world.ahead.items())) if world.ahead else (),
        moves.times.ranked(world.pending),
        monitors,
        frozenset(world.waiting) if world.waiting else NOTHING,
        frozenset(world.since) if world.waiting else NOTHING,
        tuple(sorted(world.last.items())) if world.last and not world.closed else (),
        tuple([None if gap[0] not in keys else world.gaps[gap] for gap in lens.gaps]) if world.gaps else (),
        world.closed,
        frozenset(world.alarmed) if world.alarmed else NOTHING,
    )


def _lasting(term: str, depends: dict[str, frozenset[str]], keys: frozenset[str]) -> bool:
    on = depends.get(term)
    return term in _CLOCKS or (on is not None and FRESH not in on and on <= keys)
