"""The graph of states: what is never reached, never left, never ends, goes in circles, or belongs to nobody.

What a guard says is not judged here, except where no guard can help.
"""

from __future__ import annotations

from collections.abc import Mapping

from procflow.definitions.building import key_place
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.flow import Flow
from procflow.errors import Diagnostic


def check(examined: Examined) -> list[Diagnostic]:
    """Every problem of the graph."""
    out = Findings(examined.path)
    dead = _dead(examined, out)
    _nobody(examined, out)
    if examined.is_plain:
        _unanswered(examined, dead, out)
        _unreached(examined, out)
        _ends(examined, dead, out)
    _behind(examined, out)
    return out.found


def _unreached(examined: Examined, out: Findings) -> None:
    procedure, flow = examined.procedure, examined.flow
    unreached = [
        state
        for state in procedure.states
        if state.name not in flow.reached and (not state.parent or state.parent in flow.reached)
    ]
    into: dict[str, list[str]] = {}
    for state in unreached:
        inside = [name for name in flow.groups if flow.chart.is_inside(name, state.name)]
        for name in (state.name, *inside):
            for target in flow.following[name]:
                if target != state.name:
                    into.setdefault(target, []).append(state.name)
    for state in unreached:
        others = [name for name in into.get(state.name, ()) if name not in flow.reached_from([state.name])]
        if others:
            continue  # it follows from a state that is not reached itself
        hint = "lead a transition here with `to:`, or take the state away"
        message = f"no case ever comes to the state `{state.name}`"
        out.add(state.at, "PF250", message, hint, (state.name,))


def _dead(examined: Examined, out: Findings) -> set[str]:
    """States in which nothing can happen any more, although they are no end."""
    procedure, flow = examined.procedure, examined.flow
    dead: set[str] = set()
    for state in procedure.states:
        if state.final or flow.groups[state.name] or state.has_inside:
            continue
        if state.invoke is None and flow.chart.around[state.name] and _moves_on(flow, state.name):
            continue  # what stands around it, or beside it, can leave it
        dead.add(state.name)
        what = "nobody can leave the state `{}`"
        ends = f"`{state.parent}`" if state.parent else "the case"
        hint = f"add choices, events, `after` or `always`, or `final: true` if {ends} ends here"
        if state.invoke is not None:
            what = "the state `{}` waits for an answer and takes none"
            hint = "add `events: {done: …, failed: …}`"
        elif state.outcome is not None and not state.parent:
            what = "the state `{}` has an outcome, and is not marked as an end"
            hint = "add `final: true` beside the outcome"
        out.add(state.at, "PF251", what.format(state.name), hint)
    return dead


def _unanswered(examined: Examined, dead: set[str], out: Findings) -> None:
    """A state that can be left by a failure alone: with an answer the case hangs."""
    flow = examined.flow
    for state in examined.procedure.states:
        names = {(group.kind, group.name) for group in flow.groups[state.name]}
        if state.invoke is None or state.name in dead or state.has_inside:
            continue
        if flow.chart.around[state.name] and _moves_on(flow, state.name):
            continue
        if names == {("event", "failed")}:
            message = f"nobody can leave the state `{state.name}` once it is answered: it takes `failed` and not `done`"
            out.add(state.at, "PF251", message, "add `done: {to: …}` to its `events:`")


def _moves_on(flow: Flow, name: str) -> bool:
    """Whether a transition of a state around, or of another region, takes a case out of a state."""
    return any(
        flow.leaves(t, name)
        for other in flow.beside[name]
        for group in flow.groups[other]
        for t in group.taken
    )


def _ends(examined: Examined, dead: set[str], out: Findings) -> None:
    """States from which no end can be reached; of `dead` ones that was told."""
    procedure, flow = examined.procedure, examined.flow
    if not any(state.ends_the_case for state in procedure.states):
        if not dead:
            at = key_place(examined.tree, "states")
            hint = "mark the last state with `final: true` and give it an `outcome`"
            out.add(at, "PF252", "no state is an end, so no case is ever closed", hint)
        return
    leaves = frozenset(name for name in flow.reached if not flow.chart.inside[name])
    onward = {name: tuple([to for to in flow.following[name] if to in leaves]) for name in leaves}
    for ring in _traps(onward, leaves):
        if any(procedure.state[name].ends_the_case for name in ring) or ring & dead:
            continue
        if all(group.kind == "always" for name in ring for group in flow.groups[name]):
            continue  # it goes in circles within one step, which is told as that
        names = [state.name for state in procedure.states if state.name in ring]
        first = procedure.state[names[0]]
        others = "".join(f", `{name}`" for name in names[1:])
        out.add(
            first.at,
            "PF252",
            f"from `{first.name}`{others} no end can be reached" if others else
            f"the state `{first.name}` cannot be left, so no end can be reached",
            "lead a transition to a final state",
        )  # fmt: skip


def _traps(following: Mapping[str, tuple[str, ...]], reached: frozenset[str]) -> list[frozenset[str]]:
    """Sets of states that a case moves among for ever once it is there, smallest first."""
    closure: dict[str, frozenset[str]] = {}
    for name in reached:
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            here = waiting.pop()
            if here not in seen:
                seen.add(here)
                waiting.extend(following[here])
        closure[name] = frozenset(seen)
    rings = {own for name, own in closure.items() if all(name in closure[other] for other in own)}
    return sorted(rings, key=lambda ring: (len(ring), sorted(ring)))


def _nobody(examined: Examined, out: Findings) -> None:
    """A choice of a state without a task belongs to whom its `by` names."""
    for state in examined.procedure.states:
        if state.task is not None or _works_inside(examined, state.name):
            continue
        nobodys = [choice for choice in state.choices if choice.by is None]
        if nobodys:
            inside = ", and none of those inside it has" if state.has_inside else ""
            names = " and ".join(f"`{choice.name}`" for choice in nobodys)
            message = f"nobody can take {names}: the state `{state.name}` has no task{inside}"
            hint = f"add `task: {{role: …}}` to the state, or `by:` to the choice{'s' if nobodys[1:] else ''}"
            out.add(nobodys[0].at, "PF257", message, hint)


def _works_inside(examined: Examined, name: str) -> bool:
    chart = examined.flow.chart
    return any(s.task is not None and chart.is_inside(s.name, name) for s in examined.procedure.states)


def _behind(examined: Examined, out: Findings) -> None:
    """Alternatives behind one without a guard."""
    for groups in examined.flow.groups.values():
        for group in groups:
            behind = group.alternatives[len(group.taken) :]
            if behind:
                last = group.taken[-1]
                message = f"this alternative is never taken: the one in line {last.at[0]} has no guard"
                hint = "give the earlier one a `when`, or move it to the end"
                out.add(behind[0].at, "PF255", message, hint)
