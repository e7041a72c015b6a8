"""The macros of expressions: `exists`, `all`, `exists_one`, `filter` and `map`, each over the elements of a list.

Every element is counted before its body is asked. It must not know what a name means: the frame's scope says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from procflow.core.arithmetic import check_list
from procflow.core.expression_nodes import Macro
from procflow.core.expression_run import ERROR_COST, Frame, OutOfBudget, Run, compiled, located, size_of, yes
from procflow.core.values import Value, listed
from procflow.errors import EvaluationError

_MISSING: Any = object()
Elements = Sequence[Value]
Bodies = tuple[Run, ...]


def macro(node: Macro, bound: frozenset[str]) -> Run:
    """The closure that evaluates a macro; its variable hides one of the same name around it."""
    over = compiled(node.over, bound)
    variable = node.variable
    inner = bound | {variable}
    bodies = tuple([compiled(body, inner) for body in node.bodies])
    cost = sum(size_of(body) for body in node.bodies)
    work = _MACROS[node.kind]

    def run(frame: Frame) -> Value:
        try:
            items = listed(over(frame))
        except EvaluationError as error:
            raise located(node.over, error) from None
        variables = frame.variables
        outer = variables.get(variable, _MISSING)
        try:
            return work(frame, items, variable, bodies, node, cost)
        finally:
            if outer is _MISSING:
                variables.pop(variable, None)
            else:
                variables[variable] = outer

    return run


def _quantified(decides: bool) -> Callable[[Frame, Elements, str, Bodies, Macro, int], Value]:
    """`exists` (decided by one yes) and `all` (by one no); an error counts only if nothing decides."""

    def run(frame: Frame, items: Elements, variable: str, bodies: Bodies, node: Macro, cost: int) -> Value:
        wrong: EvaluationError | None = None
        (body,) = bodies
        for item in items:
            frame.spend(cost)
            frame.variables[variable] = item
            try:
                value = yes(body(frame), node.bodies[0])
            except OutOfBudget:
                raise
            except EvaluationError as error:
                frame.spend(ERROR_COST + cost)
                wrong = wrong or error
            else:
                if value is decides:
                    return decides
        if wrong is not None:
            raise wrong
        return not decides

    return run


def _exists_one(
    frame: Frame, items: Elements, variable: str, bodies: Bodies, node: Macro, cost: int
) -> Value:
    return len(_filter(frame, items, variable, bodies, node, cost)) == 1


def _filter(frame: Frame, items: Elements, variable: str, bodies: Bodies, node: Macro, cost: int) -> Any:
    found: list[Value] = []
    for item in items:
        frame.spend(cost)
        frame.variables[variable] = item
        if yes(bodies[0](frame), node.bodies[0]):
            found.append(item)
    check_list(len(found), frame.spend)
    return tuple(found)


def _map(frame: Frame, items: Elements, variable: str, bodies: Bodies, node: Macro, cost: int) -> Value:
    made: list[Value] = []
    for item in items:
        frame.spend(cost)
        frame.variables[variable] = item
        if len(bodies) == 1 or yes(bodies[0](frame), node.bodies[0]):
            made.append(bodies[-1](frame))
    check_list(len(made), frame.spend)
    return tuple(made)


_MACROS: Mapping[str, Callable[[Frame, Elements, str, Bodies, Macro, int], Value]] = {
    "all": _quantified(False),
    "exists": _quantified(True),
    "exists_one": _exists_one,
    "map": _map,
    "filter": _filter,
}
