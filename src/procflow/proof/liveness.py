"""Whether something comes eventually: under fairness, and without assuming that people act.

Fair is: time passes, so what is due comes; and deliveries are retried until they succeed or fail for good. A promise is
broken where a case can go on for ever without it: where nothing is due or awaited any more, or round and round while
everything that is due keeps coming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from procflow.core.procedure import Promise
from procflow.proof.moves import Move
from procflow.proof.space import Edge, Space
from procflow.proof.state import State


class Stuck(Struct, frozen=True):
    """A state from which a case may go on for ever; `round` are the states that it goes round in."""

    number: int
    round: tuple[int, ...] = ()


def for_ever(space: Space, promise: Promise) -> Iterator[Stuck]:
    """The states from which a case may go on without the promise being kept, although time passes, the first first."""

    def pends(state: State) -> bool:
        return not state.closed and any(
            n == promise.name and kind == "pending" for n, kind, _ in state.monitors
        )

    return lasting(space, pends)


def lasting(space: Space, within: Callable[[State], bool]) -> Iterator[Stuck]:
    """The states from which a case may stay for ever among those states, although time passes: first those where it
    stands still, then one of each round."""
    numbers = {n for n, state in enumerate(space.states) if within(state)}
    for number in sorted(numbers):
        if not due(space, number):
            yield Stuck(number)  # nobody acts, and nothing is due
    for component in sorted((c for c in _components(numbers, space) if _fair(space, c)), key=min):
        yield Stuck(min(component), tuple(component))


def due(space: Space, number: int) -> frozenset[str]:
    """What happens in a state although nobody acts. What is due there and is refused does not."""
    state = space.states[number]
    surely = space.moves.surely
    items = [*(item for item, _ in state.pending), *(f"answer:{s}" for s in state.waiting if s in surely)]
    if not space.refused:
        return frozenset(items)
    return frozenset(item for item in items if not _is_refused(space, number, item))


def _is_refused(space: Space, number: int, item: str) -> bool:
    kind, _, name = item.partition(":")
    if kind == "answer":
        return any((number, Move(word, name, name)) in space.refused for word in ("done", "failed"))
    return (number, Move(kind, name)) in space.refused


def _fair(space: Space, component: list[int]) -> bool:
    """Whether a case can go round here for ever while everything that is due comes."""
    inside = set(component)
    edges = [(n, edge) for n in component for edge in space.edges[n] if edge.there in inside]
    if not edges:
        return False
    everywhere = frozenset.intersection(*(due(space, n) for n in component))
    for _, edge in edges:
        everywhere -= edge.armed | {_item_of(edge)}
    return not everywhere


def settles(space: Space, item: str, edge: Edge) -> bool:
    """Whether an edge makes something come or begin anew, or leads to where it is not due."""
    return item in edge.armed or item == _item_of(edge) or item not in due(space, edge.there)


def _item_of(edge: Edge) -> str:
    """What it is that comes with an edge."""
    if edge.move.kind in ("done", "failed"):
        return f"answer:{edge.move.state}"
    return f"{edge.move.kind}:{edge.move.name}"


def _components(numbers: set[int], space: Space) -> Iterator[list[int]]:
    """Strongly connected components of the states given (Tarjan, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    on_stack: set[int] = set()
    work: list[tuple[int, Iterator[int]]] = []

    def visit(number: int) -> None:
        index[number] = low[number] = len(index)
        stack.append(number)
        on_stack.add(number)
        work.append((number, iter([edge.there for edge in space.edges[number] if edge.there in numbers])))

    for root in sorted(numbers):
        if root in index:
            continue
        visit(root)
        while work:
            number, following = work[-1]
            for there in following:
                if there not in index:
                    visit(there)
                    break
                if there in on_stack:
                    low[number] = min(low[number], index[there])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[number])
                if low[number] == index[number]:
                    component = []
                    while True:
                        top = stack.pop()
                        on_stack.discard(top)
                        component.append(top)
                        if top == number:
                            break
                    yield component
