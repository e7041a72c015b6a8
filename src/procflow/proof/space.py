"""What an exploration of a procedure found: its states, the ways between them, and what is wrong on them."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec import Struct, field

from procflow.proof.lens import Lens
from procflow.proof.moves import Move, Moves
from procflow.proof.state import State

#: States that are looked at unless said otherwise.
BUDGET = 200_000

NOTHING: frozenset[str] = frozenset()


class Step(Struct, frozen=True, gc=False):
    """One move on a way, with what was chosen in it and the transitions that it took."""

    move: Move
    chosen: tuple[tuple[str, str, object], ...] = ()
    taken: tuple[str, ...] = ()


#: Where something was first seen: the number of a state, the step from it, and what was asked for there in vain.
Place = tuple[int, Step, frozenset[str]]


class Breach(Struct, frozen=True):
    """A step that a safety promise refuses, from the state it is tried in; `dropped` was asked for and not kept."""

    promise: str
    source: int
    step: Step
    dropped: frozenset[str] = NOTHING


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
    ways: list[Place] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)
    breaches: dict[str, Breach] = field(default_factory=dict)
    also: list[Breach] = field(default_factory=list)  # after the first, where several are looked for
    taken: dict[str, Place] = field(default_factory=dict)
    entered: set[str] = field(default_factory=set)
    twice: dict[tuple[str, tuple[int, int]], tuple[int, Step]] = field(default_factory=dict)
    circles: list[Place] = field(default_factory=list)
    met: dict[tuple[str, str], Place] = field(default_factory=dict)
    probed: dict[tuple[str, str, int], Place] = field(default_factory=dict)
    opened: set[tuple[tuple[int, int], str, object]] = field(default_factory=set)
    #: Raised event -> states after nothing took it.
    lost: dict[str, list[int]] = field(default_factory=dict)
    #: What is due in a state, and is or may be refused; with what was asked for in vain where it may be.
    refused: dict[tuple[int, Move], frozenset[str]] = field(default_factory=dict)
    #: States in which a case opens with something asked outside.
    prompted: set[int] = field(default_factory=set)
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

    def refuses(self, number: int, move: Move, dropped: frozenset[str] = NOTHING) -> None:
        """Note that something that is due in a state is or may be refused."""
        self.refused[number, move] = self.refused.get((number, move), NOTHING) | dropped

    def dropped_where_refused(self, numbers: Collection[int]) -> frozenset[str]:
        """What was asked for in vain where something is refused in one of these states."""
        return NOTHING.union(*(dropped for (number, _), dropped in self.refused.items() if number in numbers))

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
