"""States inside states and regions side by side: where they begin, how they end, and what leads between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from procflow.core.procedure import Choice, State
from procflow.definitions.building import key_place, place
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.flow import Flow
from procflow.definitions.checks.outline import StateNode, moves_of, states_of
from procflow.definitions.nodes import submap
from procflow.errors import Diagnostic


def check(examined: Examined) -> list[Diagnostic]:
    """Every problem of nested states and regions."""
    out = Findings(examined.path)
    _backs(examined, out)
    if not examined.flow.chart.is_flat:
        _initials(examined, out)
        _ends(examined, out)
        if examined.is_plain:
            _never_done(examined, out)
        _across(examined, out)
        _twice(examined, out)
    return out.found


def _backs(examined: Examined, out: Findings) -> None:
    """`to: flat.last`: there is nothing inside to go back to."""
    states = examined.procedure.state
    for state in states_of(examined.tree):
        for move in moves_of(state.node):
            for layer in move.layers():
                word = str(layer.get("to", ""))
                name = word.removesuffix(".last")
                if word != name and name in states and not states[name].has_inside:
                    message = f"the state `{name}` has nothing inside, so there is no `{word}`"
                    out.add(place(layer["to"]), "PF400", message, f"write `to: {name}`")


def _initials(examined: Examined, out: Findings) -> None:
    """A nested state begins in one of its own; a name that is not there at all was told already."""
    chart = examined.flow.chart
    for state in states_of(examined.tree):
        word = str(state.node.get("initial", ""))
        if word in submap(state.node, "states"):
            continue
        if word in examined.procedure.state and not chart.is_inside(word, state.name):
            inside = ", ".join(f"`{name}`" for name in chart.inside.get(state.name, ()))
            message = f"`{state.name}` cannot begin in `{word}`, which does not stand inside it"
            out.add(place(state.node["initial"]), "PF401", message, f"one of those inside: {inside}")


def _built(examined: Examined) -> Iterator[tuple[StateNode, State]]:
    """Each state where it stands, with what was built of it; of several with one name, which are told, just one."""
    for state in states_of(examined.tree):
        made = examined.procedure.state.get(state.name)
        if made is not None and made.at == state.at:
            yield state, made


def _ends(examined: Examined, out: Findings) -> None:
    """An end inside a state ends only that state; `done` of a state that also waits for an answer."""
    for state, made in _built(examined):
        if made.final and made.parent and made.outcome is not None:
            message = f"`{made.name}` ends `{made.parent}` and not the case, so it has no outcome"
            hint = (
                f"take the outcome away, and lead `events: done:` of `{made.parent}` to a state that has it"
            )
            out.add(key_place(state.node, "outcome"), "PF402", message, hint)
        if made.has_inside and made.invoke is not None and "done" in made.events_by_name:
            message = f"`done` of `{made.name}` comes both when what it invokes answers and when what is inside ends"
            hint = "let a state inside it invoke"
            out.add(key_place(submap(state.node, "events"), "done"), "PF406", message, hint)


def _never_done(examined: Examined, out: Findings) -> None:
    """`done` of a state whose inside never ends."""
    flow = examined.flow
    for state, made in _built(examined):
        if not made.has_inside or made.invoke is not None or made.name not in flow.reached:
            continue
        if "done" not in made.events_by_name or made.name in flow.done:
            continue
        at = key_place(submap(state.node, "events"), "done")
        if made.parallel:
            regions = [name for name in flow.chart.inside[made.name] if name not in flow.done]
            never = ", ".join(f"`{name}`" for name in regions)
            message = f"`{made.name}` is never done: no case comes to an end of its region {never}"
        else:
            message = f"`{made.name}` is never done: no case comes to an end of its own"
        out.add(at, "PF403", message, "mark a state inside with `final: true`, and lead a transition there")


def _across(examined: Examined, out: Findings) -> None:
    """A transition from one region into another leaves all regions and begins them anew."""
    flow, procedure = examined.flow, examined.procedure
    for t in procedure.transitions():
        to = flow.target(t)
        if to is None or to == t.source:
            continue
        common = next((o for o in flow.chart.around[t.source] if o in flow.chart.around[to]), "")
        if common and procedure.state[common].parallel:
            message = (
                f"this leads from one region of `{common}` into another: all of them are left and begin anew"
            )
            hint = "lead it to a state of its own region, or `raise` an event that the other region takes"
            out.add(t.to_at, "PF404", message, hint)


def _twice(examined: Examined, out: Findings) -> None:
    """Choices of one name that one role is offered at the same time."""
    flow = examined.flow
    offering: dict[str, list[tuple[State, Choice]]] = {}
    for state in examined.procedure.states:
        for choice in state.choices:
            offering.setdefault(choice.name, []).append((state, choice))
    for name, places in offering.items():
        for (one, first), (two, second) in combinations(places, 2):
            if two.name not in flow.beside[one.name] or not _roles(flow, one, first) & _roles(
                flow, two, second
            ):
                continue
            if one.name in flow.chart.around[two.name]:
                message = f"`{two.name}` offers `{name}` to the same people as `{one.name}` around it, and hides that one"
            else:
                message = f"`{one.name}` and `{two.name}` offer `{name}` to the same people at the same time"
            hint = f"give one of them another name; as it is people have to say `{one.name}.{name}` for the first"
            out.add(second.at, "PF405", message, hint)


def _roles(flow: Flow, state: State, choice: Choice) -> set[str]:
    """The roles to which a choice surely belongs."""
    if choice.by is not None:
        given = choice.by if isinstance(choice.by, list | tuple) else (choice.by,)
        return {item for item in given if isinstance(item, str)}
    if state.task is not None:
        return {state.task.role} - {""}
    inside = [s for s in flow.procedure.states if flow.chart.is_inside(s.name, state.name)]
    return {s.task.role for s in inside if s.task is not None} - {""}
