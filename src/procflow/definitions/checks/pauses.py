"""States in `pause_in` in which nothing stands still: the deadline does not run there, or the case is over."""

from __future__ import annotations

from procflow.core.procedure import Deadline
from procflow.definitions.building import place
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.flow import Flow
from procflow.definitions.checks.outline import listed
from procflow.definitions.nodes import YMap


def check(examined: Examined, deadline: Deadline, node: YMap, out: Findings) -> None:
    """Look at each state of `pause_in`; `node` is the deadline as it is written."""
    running, chart = examined.flow.running(deadline), examined.flow.chart
    unmet = _unmet(examined.flow, deadline)
    for item in listed(node.get("pause_in")):
        state = examined.procedure.state.get(str(item))
        if state is None or not running:
            continue
        within = {name for name in running if name == state.name or state.name in chart.around.get(name, ())}
        if within & unmet and not state.ends_the_case:
            continue
        why = "it does not run there"
        if within:
            why = "there the case is closed" if state.ends_the_case else "it is met by then"
        message = f"the deadline `{deadline.name}` never stands still in `{item}`: {why}"
        hint = "name the state in which nobody here can act, or take it away"
        out.add(place(item), "PF481", message, hint)


def _unmet(flow: Flow, deadline: Deadline) -> frozenset[str]:
    """The states in which a case may be before the deadline is met; of nested states all in which it may run."""
    running = flow.running(deadline)
    if not flow.chart.is_flat:
        return running
    meets = {(moment.kind, moment.name) for moment in deadline.met}
    found: set[str] = set()
    waiting = [name for moment in deadline.starts for name in flow.after(moment) if name in flow.reached]
    while waiting:
        name = waiting.pop()
        if name in found or ("entering", name) in meets:
            continue
        found.add(name)
        for group in flow.groups[name]:
            if (group.kind, group.name) not in meets and ("leaving", name) not in meets:
                waiting += [entered for t in group.taken for entered in flow.may_enter(t)]
    return frozenset(found)
