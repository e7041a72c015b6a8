"""Where `to: outer.last` can go back to: the states inside in which a case can be when `outer` is left, and goes on.

It must not know values; what a guard says is not judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from procflow.core.procedure import Transition

if TYPE_CHECKING:
    from procflow.definitions.checks.flow import Flow


def left_in(flow: Flow, outer: str) -> tuple[str, ...]:
    """The states inside `outer` that a way back may enter, in document order; all of them where not every target is known."""
    chart = flow.chart
    inside = [name for name in flow.procedure.state if chart.is_inside(name, outer)]
    if not flow.is_whole:
        return tuple(inside)
    left = {name for name in inside if _is_left(flow, name, outer)}
    around = {name for one in left for name in chart.around[one]}
    return tuple([name for name in inside if name in left or name in around])


def _is_left(flow: Flow, name: str, outer: str) -> bool:
    """Whether `outer` can be left while `name`, inside it, is active."""
    for other in flow.beside[name]:
        for group in flow.groups[other]:
            if group.kind != "always" and _moves_on_at_once(flow, name):
                continue  # it is left before anything else happens
            if any(flow.leaves(t, outer) and not _ends_the_case(flow, t) for t in group.taken):
                return True
    return False


def _ends_the_case(flow: Flow, transition: Transition) -> bool:
    """Whether nothing follows it: an end, or a state that is one but for its word."""
    entered = [flow.procedure.state[name] for name in flow.enters(transition)]
    return any(
        not state.parent and not flow.chart.inside[state.name] and not flow.groups[state.name]
        for state in entered
    )


def _moves_on_at_once(flow: Flow, name: str) -> bool:
    always = [group.taken for group in flow.groups[name] if group.kind == "always"]
    return any(taken and taken[-1].when is None and taken[-1].to is not None for taken in always)
