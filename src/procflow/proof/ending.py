"""From where an end can be reached."""

from __future__ import annotations

from procflow.proof.moves import Move
from procflow.proof.space import Space


def surely_ending(space: Space) -> set[int]:
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
            by_move: dict[Move, bool] = {}
            for edge in edges:
                by_move[edge.move] = by_move.get(edge.move, True) and edge.there in sure
            if any(all_sure and _always_there(space, move) for move, all_sure in by_move.items()):
                sure.add(number)
                moved = True
    return sure


def _always_there(space: Space, move: Move) -> bool:
    """Whether a move can be taken whatever its guards answer: its last alternative has none."""
    if move.kind in ("missed", "after", "done", "failed", "warn", "promise"):
        return True
    if move.kind != "choice":
        return False
    alternatives = space.lens.procedure.state[move.state].choices_by_name[move.name].alternatives
    return alternatives[-1].when is None and all(a.refuse is None for a in alternatives)


def may_end(space: Space) -> set[int]:
    """The states from which some way leads to an end."""
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
