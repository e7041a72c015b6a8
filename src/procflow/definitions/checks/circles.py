"""Procedures that open each other: one that opens itself again and again before anybody can stop it, or that waits for
itself for ever.

Guards are not judged: what has one may stop. It must not know data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from procflow.core.procedure import At, Procedure, State
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.flow import Flow
from procflow.errors import Diagnostic

Procedures = Mapping[str, Procedure | None]


def check(examined: Examined) -> list[Diagnostic]:
    """The procedure's own part in a circle of openings; each procedure of the circle tells its own."""
    out = Findings(examined.path)
    procedures = examined.known.procedures
    if procedures is None or not examined.is_plain:
        return out.found
    name = examined.procedure.name
    for opened, at in _at_once(examined.procedure):
        way = _way(opened, name, procedures)
        if way:
            hint = "put the opening behind a guard, a choice or a time, so that it ends"
            out.add(at, "PF259", f"`{name}` opens {_told(way)}at once, and so on without end", hint)
    if not out.found:
        _waits(examined, procedures, out)
    return out.found


def _told(way: list[str]) -> str:
    """`itself ` or `b, which opens c, which opens itself, `."""
    names = [*(f"`{name}`" for name in way[:-1]), "itself"]
    return ", which opens ".join(names) + ("," if len(way) > 1 else "") + " "


def _at_once(procedure: Procedure) -> Iterator[tuple[str, At]]:
    """(procedure, place) of the cases that every case of a procedure opens in its very first step."""
    for state in _first_states(procedure):
        invoke = state.invoke
        if invoke is not None and invoke.procedure:
            yield invoke.procedure, invoke.at
        for effect in state.entry:
            surely = effect.when is None and effect.each is None
            if effect.operation == "start" and surely and isinstance(effect.parameters, Mapping):
                yield str(effect.parameters.get("procedure")), effect.at


def _first_states(procedure: Procedure) -> Iterator[State]:
    """The states that every case surely enters as it is opened."""
    seen: set[str] = set()
    name: str | None = procedure.initial
    while name in procedure.state and name not in seen:
        seen.add(name)
        state = procedure.state[name]
        yield state
        first = state.always[0] if state.always else None
        name = first.to if first is not None and first.when is None else None


def _way(start: str, goal: str, procedures: Procedures) -> list[str]:
    """From one procedure to another by openings at once, both included; empty where there is no such way."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        name = way[-1]
        if name == goal:
            return way
        procedure = procedures.get(name)
        if name not in seen and procedure is not None:
            seen.add(name)
            ways += [[*way, opened] for opened, _ in _at_once(procedure)]
    return []


def _waits(examined: Examined, procedures: Procedures, out: Findings) -> None:
    """A case that can only end when another of its own procedure has ended before."""
    name = examined.procedure.name
    invoking = [state for state in examined.procedure.states if state.invoke and state.invoke.procedure]
    if not invoking or name in ending(procedures):
        return
    if not any(state.final for state in examined.procedure.states if state.name in examined.flow.reached):
        return  # no end at all is told as that
    for state in invoking:
        assert state.invoke is not None
        if name in _invoked_from(state.invoke.procedure, procedures):
            message = f"a case of `{name}` ends only when another one has ended that it invokes itself"
            hint = "lead some way to an end that does not wait for the answer"
            out.add(state.invoke.at, "PF259", message, hint)
            return


def _invoked_from(name: str, procedures: Procedures) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        here = waiting.pop()
        procedure = procedures.get(here)
        if here not in found:
            found.add(here)
            for state in procedure.states if procedure is not None else ():
                if state.invoke is not None and state.invoke.procedure:
                    waiting.append(state.invoke.procedure)
    return found


def ending(procedures: Procedures) -> set[str]:
    """The procedures of which a case can come to an end, whatever it waits for; those not known count as such."""
    ends = {name for name, procedure in procedures.items() if procedure is None}
    changed = True
    while changed:
        changed = False
        for name, procedure in procedures.items():
            if name not in ends and procedure is not None and _can_end(procedure, ends):
                ends.add(name)
                changed = True
    return ends


def _can_end(procedure: Procedure, ends: set[str]) -> bool:
    """Whether some way leads to an end, on which only procedures answer that end themselves."""
    flow = Flow(procedure)
    seen: set[str] = set()
    waiting = [flow.initial]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in procedure.state:
            continue
        seen.add(name)
        state = procedure.state[name]
        if state.final:
            return True
        invoked = state.invoke.procedure if state.invoke is not None else ""
        for group in flow.groups[name]:
            answered = group.kind == "event" and group.name in ("done", "failed")
            if answered and invoked and invoked not in ends:
                continue
            waiting += [target for t in group.taken if (target := flow.target(t)) is not None]
    return False
